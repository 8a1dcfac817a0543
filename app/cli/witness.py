"""``pra witness``: cosign the checkpoints of logs, on a machine of somebody else than the log's owner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.audit.witness.commands import main

app = typer.Typer(no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="The witness's own folder: its key, its state, its list of logs.")]


@app.command()
def key(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Its name, such as witness.regulator.example/w1; never change it.")],
) -> None:
    """Make a witness, and print its public key. Done once."""
    _do("key", folder, "--name", name)


@app.command()
def follow(folder: Folder, vkey: Annotated[str, typer.Argument(help="The log's public key.")]) -> None:
    """Add a log to those that are followed; taken up at the next start."""
    _do("follow", folder, vkey)


@app.command()
def show(folder: Folder) -> None:
    """Print the public key, and of each log what was last cosigned."""
    _do("show", folder)


@app.command()
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="Address to listen on; put a proxy with TLS before it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8018,
) -> None:
    """Answer add-checkpoint (C2SP tlog-witness) until stopped. One process for one folder."""
    _do("serve", folder, "--host", host, "--port", str(port))


def _do(command: str, folder: Path, *more: str) -> None:
    raise typer.Exit(main([command, str(folder), *more], wiring.machine_seconds))
