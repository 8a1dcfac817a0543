"""``pra audit``: export the log, and check an exported one with the public key and nothing of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.actions import auditing, kits
from app.audit import verify as verifier
from app.audit import verify_kit as kit_verifier
from app.audit import verify_seal as seal_verifier
from app.audit.exported import LogRefused
from app.cli import counting
from app.cli.searching import search

app = typer.Typer(no_args_is_help=True)
app.command("statistics")(counting.count)
app.command("search")(search)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write it; must not exist or be empty.")],
    despite_damage: Annotated[
        bool,
        typer.Option("--despite-damage", help="Export a damaged log too, with a warning that names what is wrong."),
    ] = False,
) -> None:
    """Write the whole log into a folder that anyone with the public key can check."""
    size = auditing.export_log(wiring.service_tools(), "operator", folder, despite_damage=despite_damage)
    typer.echo(f"{size} entries in {folder}. Check it with: pra audit verify {folder} --key KEY")


@app.command("key")
def key() -> None:
    """Print the public keys of the log, newest first."""
    for vkey in auditing.log_vkeys(wiring.service_tools()):
        typer.echo(vkey)


@app.command()
def kit(
    place: Annotated[Path, typer.Argument(help="Where to write it: an empty folder, or a file that ends in .zip.")],
    release: Annotated[str, typer.Option(help="Of which release, rel_…; without it, the whole log.")] = "",
) -> None:
    """Write what somebody needs to check a release, or the whole log, without this service."""
    kits.write_kit(wiring.service_tools(), "operator", place, release or None)
    typer.echo(f"The kit is in {place}. Begin with its page how-to-check.html.")


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="An exported log; or a kit, as a folder or a ZIP file.")],
    key: Annotated[str, typer.Option(help="The log's public key: text, or a file that holds it.")],
    previous: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint kept from earlier, which this log must continue; repeatable."),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(help="A witness's public key, text or a file: it must have cosigned this log; repeatable."),
    ] = None,
) -> None:
    """Check an exported log or a kit: signature, every entry, the tree. Exit status 1 when it does not hold."""
    more = [f"--previous={path}" for path in previous or []] + [f"--witness={_key_text(one)}" for one in witness or []]
    raise typer.Exit(kit_verifier.main([str(folder), "--key", _key_text(key), *more]))


@app.command("verify-receipt")
def verify_receipt(
    receipt: Annotated[Path, typer.Argument(help="A receipt as the API gives it, JSON.")],
    key: Annotated[str, typer.Option(help="The log's public key: text, or a file that holds it.")],
) -> None:
    """Check that one entry is in the log, from its receipt alone."""
    try:
        verifier.verify_receipt(json.loads(receipt.read_text("utf-8")), _key_text(key))
    except (LogRefused, ValueError) as error:
        typer.echo(f"refused: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("The log holds this entry.")


@app.command("verify-seal")
def verify_seal(
    file: Annotated[Path, typer.Argument(help="A seal or a proof as the API gives it, JSON.")],
    key: Annotated[str, typer.Option(help="The log's public key: text, or a file that holds it.")],
    log: Annotated[Path | None, typer.Option(help="An exported log: the seal is compared with all of it.")] = None,
    before: Annotated[
        str, typer.Option(help="An instant with its offset: say whether the person had opened before it.")
    ] = "",
) -> None:
    """Check a release's seal, or a proof of what somebody opened, offline. Exit status 1 when it does not hold."""
    more = [*(["--log", str(log)] if log else []), *(["--before", before] if before else [])]
    raise typer.Exit(seal_verifier.main([str(file), "--key", _key_text(key), *more]))


def _key_text(key: str) -> str:
    return Path(key).read_text("utf-8").split("\n")[0].strip() if "+" not in key and Path(key).is_file() else key
