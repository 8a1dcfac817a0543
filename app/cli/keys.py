"""``pra keys``: show the ring, rotate, wrap again, forget a key, set the offline escrow recipient."""

from __future__ import annotations

from typing import Annotated

import typer

from app import wiring
from app.actions import custody, rewrapping

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
    typer.echo(f"The current key for {purpose} is now {kid}. Running servers take it up within seconds.")
    if purpose == "kek":
        typer.echo("They wrap again what the old one wrapped; `pra keys status` says how far they are.")


@app.command()
def status() -> None:
    """Say of every key whether it is current, where it lies, and how many secrets it still wraps.

    Exit status 1 when secrets are under a key that the ring does not have.
    """
    lost = False
    for key in rewrapping.ring_status(wiring.service_tools()):
        state = "current" if key.current else "retired" if key.known else "MISSING"
        wraps = ", ".join(f"{count} {kind}" for kind, count in sorted(key.wraps.items()))
        wrapping = f"; wraps {wraps or 'nothing'}" if key.purpose == "kek" else ""
        typer.echo(f"{key.purpose}: {key.kid} {state}, in {key.lies_in}{wrapping}")
        lost = lost or not key.known
    raise typer.Exit(1 if lost else 0)


@app.command()
def rewrap() -> None:
    """Wrap again, under the current key, everything that an earlier one wrapped. Can be cut short and repeated."""
    tools = wiring.service_tools()
    total = 0
    while done := rewrapping.rewrap(tools):
        total += done
    typer.echo(f"{total} secrets were wrapped again. `pra keys status` says what is under which key now.")


@app.command()
def forget(
    purpose: Annotated[str, typer.Argument(help="tokens, kek or sessions")],
    kid: Annotated[str, typer.Argument(help="The retired key, from `pra keys status`.")],
    confirm: Annotated[str, typer.Option(help="The same key again: what it wrapped or signed is lost for good.")],
) -> None:
    """Destroy a retired key for good, once nothing is under it any more."""
    rewrapping.forget_key(wiring.service_tools(), purpose, kid, confirmed=confirm)
    typer.echo(f"The key {kid} for {purpose} is destroyed. Destroy it in your backups too.")


@app.command()
def escrow(
    recipient: Annotated[str, typer.Argument(help="age1…: the public half of a key that is kept offline")],
) -> None:
    """Seal each new document's key to an offline age recipient too, so that it can be recovered without us."""
    custody.set_escrow(wiring.service_tools(), recipient, wiring.set_escrow_recipient)
    typer.echo("Documents sealed from the next start of the server on can be recovered with that key.")
