"""The key ring: load, rotate, retire.

A folder with one file for each key and an index, ``ring.json``, that says which key of each purpose is current and
which are retired. Retired keys still verify and unwrap; only the current one signs and wraps. Nothing here makes a ring
silently: a missing key is an error that names what is missing and the command that would make it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.keys import folder as private
from app.keys.compact import CompactRefused, read_object
from app.keys.material import Purpose, file_name, kid_of, make_material, read_text, write_text
from app.rules.errors import Broken, Code, Conflict, KeyMissing

INDEX_NAME = "ring.json"
ESCROW_NAME = "escrow-recipient.txt"
INDEX_FORMAT = "pra-ring/1"
_KID = re.compile(r"[A-Za-z0-9_-]{43}\Z")
# The shape of an age X25519 recipient; the vault checks the checksum when it first seals to it.
_ESCROW = re.compile(r"age1[02-9ac-hj-np-z]{58}\Z")

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class RingKey(Generic[K]):
    """One key and its name. The key itself never shows in a representation or a traceback."""

    kid: str
    key: K = field(repr=False)


@dataclass(frozen=True, slots=True)
class Generations(Generic[K]):
    """The keys of one purpose: the one in use, and those kept to verify or unwrap what they made, newest first."""

    current: RingKey[K]
    retired: tuple[RingKey[K], ...] = ()

    def every(self) -> tuple[RingKey[K], ...]:
        """Give the current key and then the retired ones, newest first."""
        return (self.current, *self.retired)

    def get(self, kid: str) -> RingKey[K]:
        """Give the key with this name, current or retired.

        Raises:
            KeyMissing: The ring has no such key.
        """
        for known in self.every():
            if known.kid == kid:
                return known
        raise KeyMissing("A key that is needed is not in the key ring. Restore the ring from its backup.")


class Ring:
    """The keys of this service. Made by `load_ring`, or by `Ring.in_memory` where nothing may touch a disk."""

    def __init__(
        self, purposes: Mapping[Purpose, Generations[Any]], *, folder: Path | None, escrow_recipient_text: str | None
    ) -> None:
        """Hold keys that were already checked.

        Args:
            purposes: One entry for each purpose.
            folder: Where the ring lies, or None when it lies nowhere.
            escrow_recipient_text: An ``age1…`` recipient to whom every document is also sealed, or None.
        """
        self._purposes = dict(purposes)
        self._folder = folder
        self._turn = threading.Lock()
        self.escrow_recipient_text = escrow_recipient_text

    @classmethod
    def in_memory(cls, *, escrow_recipient_text: str | None = None) -> Ring:
        """Make a ring of fresh keys that is never written anywhere and ends with the process.

        Args:
            escrow_recipient_text: An ``age1…`` recipient, or None.

        Returns:
            A whole ring.

        Raises:
            Broken: The escrow recipient does not look like one.
        """
        escrow = _escrow(escrow_recipient_text.encode("utf-8")) if escrow_recipient_text is not None else None
        return cls(_fresh_purposes(), folder=None, escrow_recipient_text=escrow)

    @property
    def log(self) -> Generations[Ed25519PrivateKey]:
        """Keys that sign the checkpoints of the log."""
        return self._purposes[Purpose.LOG]

    @property
    def tokens(self) -> Generations[EllipticCurvePrivateKey]:
        """Keys that sign machine tokens."""
        return self._purposes[Purpose.TOKENS]

    @property
    def declarations(self) -> Generations[EllipticCurvePrivateKey]:
        """Keys that seal declarations."""
        return self._purposes[Purpose.DECLARATIONS]

    @property
    def kek(self) -> Generations[bytes]:
        """Keys that wrap the keys of documents; 32 bytes each."""
        return self._purposes[Purpose.KEK]

    @property
    def sessions(self) -> Generations[bytes]:
        """Keys that hash session tokens and one-time codes; 32 bytes each."""
        return self._purposes[Purpose.SESSIONS]

    def rotate(self, purpose: Purpose) -> str:
        """Make a new current key for one purpose and retire the one before.

        Other processes keep the ring they loaded until they are started again.

        Args:
            purpose: Which purpose.

        Returns:
            The kid of the new key.

        Raises:
            KeyMissing: The ring on disk is no longer there, or lacks a key.
            Broken: The ring on disk cannot be trusted.
        """
        material = make_material(purpose)
        fresh = RingKey(kid_of(purpose, material), material)
        with self._turn:
            if self._folder is None:
                self._purposes = _rotated(self._purposes, purpose, fresh)
                return fresh.kid
            with private.locked(self._folder, exclusive=True):
                # Read again under the lock: another process may have rotated since we loaded.
                changed = _rotated(_read_purposes(self._folder), purpose, fresh)
                _write_key(self._folder, purpose, fresh)
                _write_index(self._folder, changed)
            self._purposes = changed
        return fresh.kid

    def forget(self, purpose: Purpose, kid: str) -> None:
        """Destroy one retired key: after a theft, or to end what it wrapped.

        What only this key could verify or unwrap is lost for good.

        Args:
            purpose: Which purpose.
            kid: The name of a retired key.

        Raises:
            Conflict: The key is the current one; rotate first.
            KeyMissing: The ring has no such key, or the ring on disk is no longer there.
            Broken: The ring on disk cannot be trusted.
        """
        with self._turn:
            if self._folder is None:
                self._purposes = _without(self._purposes, purpose, kid)
                return
            with private.locked(self._folder, exclusive=True):
                changed = _without(_read_purposes(self._folder), purpose, kid)
                # The index first: a ring whose index names a destroyed key would refuse to load.
                _write_index(self._folder, changed)
                (self._folder / file_name(purpose, kid)).unlink()
                private.sync_folder(self._folder)
            self._purposes = changed

    def __repr__(self) -> str:
        """Name the current keys and show none."""
        return f"Ring({', '.join(f'{purpose}={keys.current.kid}' for purpose, keys in self._purposes.items())})"


def create_ring(folder: Path) -> Ring:
    """Make a new ring. Only ever called by an explicit command.

    Args:
        folder: A folder that does not exist yet, or is empty but for an escrow recipient. It becomes private (0700).

    Returns:
        The ring, as loaded back from disk.

    Raises:
        Conflict: A ring, or something else, already lies there; nothing was changed.
        Broken: The folder belongs to another identity, or a link or a file lies in its place.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=private.FOLDER_MODE, parents=True)
    private.demand_own_folder(folder)
    with private.locked(folder, exclusive=True):
        _demand_unused(folder)
        folder.chmod(private.FOLDER_MODE)
        purposes = _fresh_purposes()
        for purpose, keys in purposes.items():
            _write_key(folder, purpose, keys.current)
        # The index comes last: without it there is no ring, so a half-made one is never used.
        _write_index(folder, purposes)
    return load_ring(folder)


def load_ring(folder: Path) -> Ring:
    """Load the ring, or say precisely why it cannot be trusted. Never makes anything.

    Args:
        folder: Where `create_ring` made it.

    Returns:
        The ring, every key read and checked against its name.

    Raises:
        KeyMissing: The folder, the index or a key is missing; the text names it and the command that helps.
        Broken: Something is readable by others, damaged, of the wrong kind, or not what its name says.
    """
    private.demand_private_folder(folder)
    with private.locked(folder, exclusive=False):
        purposes = _read_purposes(folder)
        escrow_text = private.read_unforgeable(folder / ESCROW_NAME)
    escrow = _escrow(escrow_text) if escrow_text is not None else None
    return Ring(purposes, folder=folder, escrow_recipient_text=escrow)


def _fresh_purposes() -> dict[Purpose, Generations[Any]]:
    fresh = {purpose: make_material(purpose) for purpose in Purpose}
    return {purpose: Generations(RingKey(kid_of(purpose, key), key)) for purpose, key in fresh.items()}


def _rotated(
    purposes: Mapping[Purpose, Generations[Any]], purpose: Purpose, fresh: RingKey[Any]
) -> dict[Purpose, Generations[Any]]:
    return {**purposes, purpose: Generations(fresh, purposes[purpose].every())}


def _without(
    purposes: Mapping[Purpose, Generations[Any]], purpose: Purpose, kid: str
) -> dict[Purpose, Generations[Any]]:
    keys = purposes[purpose]
    if keys.get(kid) is keys.current:
        raise Conflict("The current key cannot be destroyed. Rotate first, then destroy the retired one.")
    return {**purposes, purpose: Generations(keys.current, tuple(old for old in keys.retired if old.kid != kid))}


def _read_purposes(folder: Path) -> dict[Purpose, Generations[Any]]:
    try:
        text = private.read_private(folder / INDEX_NAME)
    except KeyMissing:
        raise KeyMissing(f"There is no {INDEX_NAME} in {folder}. Run `pra init` to make a key ring.") from None
    index = _checked_index(text)
    return {purpose: _read_generations(folder, purpose, index[purpose]) for purpose in Purpose}


def _read_generations(folder: Path, purpose: Purpose, kids: list[str]) -> Generations[Any]:
    current, *retired = (
        RingKey(kid, read_text(purpose, kid, private.read_private(folder / file_name(purpose, kid)))) for kid in kids
    )
    return Generations(current, tuple(retired))


def _checked_index(text: bytes) -> dict[str, list[str]]:
    """Read the index into kids per purpose, the current one first."""
    try:
        index = read_object(text)
    except CompactRefused as why:
        raise Broken(f"{INDEX_NAME} is damaged: {why}.") from None
    keys = index.get("keys")
    if index.keys() != {"format", "keys"} or index["format"] != INDEX_FORMAT or not isinstance(keys, dict):
        raise Broken(f"{INDEX_NAME} is not in the format {INDEX_FORMAT}.")
    if keys.keys() != set(Purpose):
        raise Broken(f"{INDEX_NAME} must name the purposes {', '.join(Purpose)} and no others.")
    return {purpose: _checked_kids(purpose, keys[purpose]) for purpose in Purpose}


def _checked_kids(purpose: Purpose, written: Any) -> list[str]:
    if not isinstance(written, dict) or written.keys() != {"current", "retired"}:
        raise Broken(f"{INDEX_NAME} does not say which key for {purpose} is current and which are retired.")
    if not isinstance(written["retired"], list):
        raise Broken(f"{INDEX_NAME} does not say which key for {purpose} is current and which are retired.")
    kids = [written["current"], *written["retired"]]
    # A kid becomes part of a file name, so nothing but its one shape may pass.
    if not all(isinstance(kid, str) and _KID.match(kid) for kid in kids) or len(set(kids)) != len(kids):
        raise Broken(f"{INDEX_NAME} names a key for {purpose} that cannot be one, or names one twice.")
    return kids


def _write_key(folder: Path, purpose: Purpose, key: RingKey[Any]) -> None:
    private.write_private(folder / file_name(purpose, key.kid), write_text(key.key))


def _write_index(folder: Path, purposes: Mapping[Purpose, Generations[Any]]) -> None:
    keys = {
        purpose.value: {"current": known.current.kid, "retired": [old.kid for old in known.retired]}
        for purpose, known in purposes.items()
    }
    text = json.dumps({"format": INDEX_FORMAT, "keys": keys}, indent=2, sort_keys=True) + "\n"
    private.write_private(folder / INDEX_NAME, text.encode("ascii"))


def _demand_unused(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir() if path.name != ESCROW_NAME)
    if INDEX_NAME in names:
        raise Conflict(f"A key ring already lies in {folder}. It was left as it is.", code=Code.ALREADY_EXISTS)
    if names:
        raise Conflict(
            f"{folder} holds files but no key ring ({names[0]} among them). Choose an empty folder, or clear this one "
            "if an earlier `pra init` was cut short.",
            code=Code.ALREADY_EXISTS,
        )


def _escrow(text: bytes) -> str:
    recipient = text.decode("utf-8", errors="replace").strip()
    if not _ESCROW.match(recipient):
        raise Broken(f"{ESCROW_NAME} must hold one age recipient (age1 and 58 more characters) and nothing else.")
    return recipient
