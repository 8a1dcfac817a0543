"""What a witness remembers: of each log the newest checkpoint it cosigned. It is on disk before an answer leaves.

A witness that forgot could cosign a second history. So a state that is missing or damaged is never taken for an empty
one: the witness does not start, and its owner makes a new key under a new name.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.audit import durable
from app.audit.checkpoint import CheckpointMalformed, VerifierKey
from app.audit.merkle import HASH_BYTES
from app.audit.witness.trouble import WitnessTrouble

KEY_NAME, STATE_NAME, LOGS_NAME, LOCK_NAME, EVIDENCE_NAME = (
    "witness.key",
    "state.json",
    "logs.txt",
    "serving.lock",
    "evidence",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint of one log that was cosigned.

    Attributes:
        root: 32 bytes.
        at_seconds: When, by the witness's clock: seconds since 1970.
    """

    size: int
    root: bytes
    at_seconds: int


class State:
    """The file ``state.json`` of a witness's folder. Changed by one process, which holds the folder."""

    def __init__(self, folder: Path) -> None:
        """Take a folder and read its state.

        Raises:
            WitnessTrouble: There is none, or it is damaged.
        """
        self._folder = folder
        self._seen = _read(folder / STATE_NAME)

    def seen(self, origin: str) -> Seen | None:
        """Give what was last cosigned of a log; None before the first time."""
        return self._seen.get(origin)

    def all_seen(self) -> dict[str, Seen]:
        """Give what was last cosigned, by origin."""
        return dict(self._seen)

    def advance(self, origin: str, seen: Seen) -> None:
        """Remember a checkpoint; when this returns it is durable, and only then may it be cosigned.

        Raises:
            OSError: The disk refused. Nothing may be answered; what is remembered here is what was before.
        """
        changed = {**self._seen, origin: seen}
        write_state(self._folder, changed)
        self._seen = changed


def hold(folder: Path) -> IO[str]:
    """Hold a witness's folder until the file that is given back is closed, or the process ends.

    Raises:
        WitnessTrouble: Another process serves this folder.
    """
    lock = (folder / LOCK_NAME).open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go by the system, however the process ends
    except OSError as error:
        lock.close()
        raise WitnessTrouble(f"another process serves {folder} already") from error
    return lock


def write_state(folder: Path, seen: dict[str, Seen]) -> None:
    """Write the state whole or not at all, durably.

    Raises:
        OSError: The disk refused.
    """
    logs = {
        origin: {"size": one.size, "root": base64.b64encode(one.root).decode("ascii"), "at_seconds": one.at_seconds}
        for origin, one in sorted(seen.items())
    }
    written = json.dumps({"v": 1, "logs": logs}, indent=1, ensure_ascii=False) + "\n"
    durable.write_whole(folder / STATE_NAME, written.encode(), folder / ".writing")


def read_followed(folder: Path) -> dict[str, tuple[VerifierKey, ...]]:
    """Give the public keys of the logs that a witness follows, by origin.

    Raises:
        WitnessTrouble: The list is missing, or a line of it is no key.
    """
    path = folder / LOGS_NAME
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WitnessTrouble(f"the list of logs {path} cannot be read") from error
    followed: dict[str, tuple[VerifierKey, ...]] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            try:
                key = VerifierKey.parse(line)
            except CheckpointMalformed as problem:
                raise WitnessTrouble(f"line {number} of {path}: {problem}") from problem
            followed[key.name] = (*followed.get(key.name, ()), key)
    return followed


def _read(path: Path) -> dict[str, Seen]:
    try:
        written = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise WitnessTrouble(
            f"{path} is missing. A witness that has forgotten what it cosigned must not go on: make a new one, with a "
            "new name and key, and tell those who trust the old one."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise WitnessTrouble(f"{path} cannot be read") from error
    try:
        members: dict[str, Any] = json.loads(written)
        if members["v"] != 1:
            raise ValueError("of another version")
        return {origin: _one(one) for origin, one in members["logs"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise WitnessTrouble(f"{path} is damaged; nothing is cosigned until its owner knows why") from error


def _one(members: Any) -> Seen:
    seen = Seen(members["size"], base64.b64decode(members["root"], validate=True), members["at_seconds"])
    whole = type(seen.size) is int and type(seen.at_seconds) is int
    if not whole or seen.size < 0 or seen.at_seconds < 0 or len(seen.root) != HASH_BYTES:
        raise ValueError("damaged")
    return seen
