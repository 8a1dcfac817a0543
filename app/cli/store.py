"""``pra store``: copy the sealed documents to another store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.actions import storing

app = typer.Typer(no_args_is_help=True)


@app.callback()
def store() -> None:
    """Do something with the store of sealed documents."""


@app.command()
def copy(
    to: Annotated[str, typer.Argument(help="A folder, or s3://bucket/prefix, or az://container/prefix.")],
    endpoint: Annotated[str, typer.Option(help="Where that bucket is reached, if not at the usual address.")] = "",
    region: Annotated[str, typer.Option(help="Region of that bucket, for S3.")] = "",
    credentials_file: Annotated[Path | None, typer.Option(help="A file with that bucket's credentials.")] = None,
) -> None:
    """Copy every sealed document, the sealed keys beside them and the parts of unfinished uploads to another store.

    Nothing changes where they lie now. It may be cut short and repeated at any time; what is there already and the same
    is left. Exit status 1 when something is missing there.
    """
    target = wiring.store_at(to, endpoint=endpoint, region=region, credentials_file=credentials_file)
    troubles: list[str] = []
    done = storing.copy_store(wiring.service_tools(), target, troubles.append)
    for line in troubles:
        typer.echo(f"not copied: {line}", err=True)
    typer.echo(f"{done.bodies} documents were copied and read back; {done.there} were there already, the very same.")
    typer.echo(f"{done.keys} sealed keys were put beside them.")
    if done.taken_away:
        typer.echo(f"{done.taken_away} objects were removed there, because their documents' keys were destroyed.")
    if done.parts or done.parts_left:
        typer.echo(f"{done.parts} parts of unfinished uploads are there.")
    if done.left:
        typer.echo(f"Documents that are not there yet: {done.left}. Run this again.")
    if done.parts_left:
        typer.echo(
            f"Parts of unfinished uploads that are not there yet: {done.parts_left}. Run this again; an upload whose "
            "part is lost cannot be completed, and is gone a day after its last part came."
        )
    if not (done.left or done.parts_left):
        typer.echo("Every document is there. For how to go over to it, see section 16 of docs/operator.md.")
    raise typer.Exit(1 if done.left or done.parts_left else 0)
