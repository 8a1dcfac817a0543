"""A witness from the shell: make its key, name the logs it follows, serve, show."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.audit import durable
from app.audit.checkpoint import CheckpointMalformed, VerifierKey
from app.audit.witness.key import demand_private, make_key, read_key
from app.audit.witness.protocol import Witness
from app.audit.witness.serving import WitnessServer, evidence_keeper
from app.audit.witness.state import KEY_NAME, LOGS_NAME, STATE_NAME, State, hold, read_followed, write_state
from app.audit.witness.trouble import WitnessTrouble

_LOGS = "# Public keys of the logs that this witness follows, one a line: name+hash+base64.\n"


def main(argv: Sequence[str], now_seconds: Callable[[], int]) -> int:
    """Do what the shell asks.

    Args:
        argv: What stands after the program's name: a command, a folder, and more.
        now_seconds: Gives seconds since 1970.

    Returns:
        0, or 1 when it could not be done. Wrong usage leaves with status 2.
    """
    wanted = _parser().parse_args(argv)
    os.umask(0o077)
    try:
        if wanted.command == "key":
            make(wanted.folder, wanted.name)
        elif wanted.command == "follow":
            follow(wanted.folder, wanted.vkey)
        elif wanted.command == "show":
            show(wanted.folder)
        else:
            serve(wanted.folder, wanted.host, wanted.port, now_seconds)
    except WitnessTrouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename or wanted.folder}: {error.strerror}\n")
        return 1
    return 0


def make(folder: Path, name: str) -> None:
    """Make a witness: its key, an empty state and an empty list of logs; prints the public key.

    Raises:
        WitnessTrouble: There is one already, or the name cannot stand in a signature line.
    """
    demand_private(folder)
    if (folder / STATE_NAME).exists():
        raise WitnessTrouble(f"{folder} holds a witness already; make another in a folder of its own")
    cosigner = make_key(folder / KEY_NAME, name)
    durable.write_whole(folder / LOGS_NAME, _LOGS.encode(), folder / ".writing")
    write_state(folder, {})
    _print(cosigner.verifier.to_text())


def follow(folder: Path, vkey: str) -> None:
    """Add a log to those that a witness follows; one that serves takes it up when it is started again.

    Raises:
        WitnessTrouble: It is no public key of a log, or is followed already.
    """
    try:
        key = VerifierKey.parse(vkey)
    except CheckpointMalformed as problem:
        raise WitnessTrouble(f"this is no public key of a log: {problem}") from problem
    if key in read_followed(folder).get(key.name, ()):
        raise WitnessTrouble(f"{key.name} is followed already, by this key")
    written = (folder / LOGS_NAME).read_text("utf-8")
    durable.write_whole(folder / LOGS_NAME, f"{written}{key.to_text()}\n".encode(), folder / ".writing")
    _print(f"follows {key.name} from the next start on")


def show(folder: Path) -> None:
    """Print the public key, and of each log what was last cosigned.

    Raises:
        WitnessTrouble: The folder holds no witness, or a damaged one.
    """
    _print(read_key(folder / KEY_NAME).verifier.to_text())
    state = State(folder)
    for origin in sorted(read_followed(folder)):
        seen = state.seen(origin)
        when = datetime.fromtimestamp(seen.at_seconds, UTC).isoformat() if seen else ""
        _print(f"{origin}: {seen.size} entries, cosigned {when}" if seen else f"{origin}: nothing cosigned yet")


def serve(folder: Path, host: str, port: int, now_seconds: Callable[[], int]) -> None:
    """Serve a witness until the process ends.

    Args:
        folder: Its folder; one process at a time.
        host: Address to listen on.
        port: 0 takes a free one.
        now_seconds: Gives seconds since 1970.

    Raises:
        WitnessTrouble: Key, state or list are not as they must be, or another process serves the folder.
    """
    cosigner = read_key(folder / KEY_NAME)
    with hold(folder):
        witness = Witness(cosigner, State(folder), read_followed(folder), evidence_keeper(folder))
        with WitnessServer((host, port), witness, now_seconds) as server:
            bound = server.socket.getsockname()
            _print(f"{cosigner.name} listens on {bound[0]} port {bound[1]}")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                _print("ended")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pra witness", description="Cosign the checkpoints of logs.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, says in (
        ("key", "make a witness in a folder, and print its public key"),
        ("follow", "add a log by its public key"),
        ("show", "print the public key, and what was last cosigned of each log"),
        ("serve", "answer add-checkpoint"),
    ):
        command = commands.add_parser(name, help=says)
        command.add_argument("folder", type=Path)
        if name == "key":
            command.add_argument("--name", required=True, help="such as witness.regulator.example/w1; never change it")
        if name == "follow":
            command.add_argument("vkey", help="the log's public key: name+hash+base64")
        if name == "serve":
            command.add_argument("--host", default="127.0.0.1")
            command.add_argument("--port", type=int, default=8018)
    return parser


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
