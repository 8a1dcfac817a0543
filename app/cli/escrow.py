"""``pra escrow``: how far the offline escrow reaches, sealing anew to another recipient, and the export."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.actions import escrow
from app.rules.errors import Conflict

app = typer.Typer(no_args_is_help=True)


@app.command()
def status() -> None:
    """Say how many documents the holder of the escrow identity could recover. Exit status 1 when not all.

    What lies in the store is compared with the record: a backup of the store holds the one, an export the other.
    """
    found = escrow.escrow_status(wiring.service_tools())
    typer.echo(f"recipient: {found.recipient or 'none set; see pra keys escrow'}")
    typer.echo(f"sealed to them: {found.current}")
    typer.echo(f"sealed to an earlier recipient: {found.older}")
    typer.echo(f"sealed to a recipient that is not on record: {found.unknown}")
    typer.echo(f"sealed to nobody: {found.none}")
    typer.echo(f"sealed, but missing from the store: {found.missing}")
    typer.echo(f"sealed, but in the store otherwise than on record: {found.different}")
    if found.recipient is not None and not found.whole:
        typer.echo("pra escrow reseal puts this right.")
    raise typer.Exit(0 if found.whole else 1)


@app.command()
def reseal() -> None:
    """Seal to the present recipient every document's key that is not sealed to them yet, and mend the store's keys.

    It may be cut short and repeated at any time.
    """
    left: list[str] = []
    done = escrow.reseal_escrow(wiring.service_tools(), left.append)
    for line in left:
        typer.echo(f"left as it was: {line}", err=True)
    typer.echo(f"{done.anew} documents' keys were sealed to the present recipient.")
    typer.echo(f"{done.mended} more were missing from the store, or differed there, and were put there again.")
    raise typer.Exit(1 if left else 0)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet; it becomes private.")],
) -> None:
    """Write everything from which the documents are recovered with the escrow identity and the plain age program."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise Conflict(f"{folder} exists already. Choose a folder that does not.") from None

    def keep(name: str, chunks: Iterator[bytes]) -> None:
        with (folder / name).open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())

    left_out = escrow.export_escrow(wiring.service_tools(), keep)
    typer.echo(f"Written to {folder}. How to recover them stands in HOW-TO-RECOVER.txt.")
    for document_id in left_out:
        typer.echo(f"left out, since its key is sealed to nobody: {document_id}", err=True)
    raise typer.Exit(1 if left_out else 0)
