"""``pra keys``: show the ring, rotate a key, set the offline escrow recipient."""

from __future__ import annotations

from typing import Annotated

import typer

from app import wiring
from app.actions import custody

app = typer.Typer(no_args_is_help=True)


@app.command()
def show() -> None:
    """Print the public parts of the ring: the log's keys and the declarations' JWK set."""
    for line in custody.describe_ring(wiring.service_tools()):
        typer.echo(line)


@app.command()
def rotate(
    purpose: Annotated[str, typer.Argument(help="log, tokens, declarations, kek or sessions")],
) -> None:
    """Make a new current key for one purpose; the old one still verifies and unwraps."""
    kid = custody.rotate_key(wiring.service_tools(), purpose)
    typer.echo(f"The current key for {purpose} is now {kid}. Restart every running server.")


@app.command()
def escrow(
    recipient: Annotated[str, typer.Argument(help="age1…: the public half of a key that is kept offline")],
) -> None:
    """Seal each new document's key to an offline age recipient too, so that it can be recovered without us."""
    custody.set_escrow(wiring.service_tools(), recipient, wiring.set_escrow_recipient)
    typer.echo("Documents sealed from the next start of the server on can be recovered with that key.")
