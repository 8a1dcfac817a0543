"""The key ring: load, rotate, retire.

A folder with one file for each key and an index, ``ring.json``, that says which key of each purpose is current and
which are retired. Retired keys still verify and unwrap; only the current one signs and wraps. Nothing here makes a ring
silently: a missing key is an error that names what is missing and the command that would make it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.keys import folder as private
from app.keys.generations import Generations, fresh_key, fresh_purposes, rotated, without
from app.keys.held import HeldKey, KeyModule
from app.keys.material import Purpose
from app.keys.ringfiles import (
    ESCROW_NAME,
    demand_unused,
    destroy_key,
    index_mark,
    read_purposes,
    write_index,
    write_key,
)
from app.rules.errors import Broken

# The shape of an age X25519 recipient; the vault checks the checksum when it first seals to it.
_ESCROW = re.compile(r"age1[02-9ac-hj-np-z]{58}\Z")


class Ring:
    """The keys of this service. Made by `load_ring`, or by `Ring.in_memory` where nothing may touch a disk."""

    def __init__(
        self,
        purposes: Mapping[Purpose, Generations[Any]],
        *,
        folder: Path | None,
        escrow_recipient_text: str | None,
        module: KeyModule | None = None,
    ) -> None:
        """Hold keys that were already checked.

        Args:
            purposes: One entry for each purpose.
            folder: Where the ring lies, or None when it lies nowhere.
            escrow_recipient_text: An ``age1…`` recipient to whom every document is also sealed, or None.
            module: The hardware module in which new key-encryption keys are made, or None.
        """
        self._purposes = dict(purposes)
        self._folder = folder
        self._module = module
        self._index = None if folder is None else index_mark(folder)
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
        return cls(fresh_purposes(), folder=None, escrow_recipient_text=escrow)

    def generations(self, purpose: Purpose) -> Generations[Any]:
        """Give the keys of one purpose."""
        return self._purposes[purpose]

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
    def kek(self) -> Generations[bytes | HeldKey]:
        """Keys that wrap the keys of documents: 32 bytes each, or held in a hardware module."""
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
        fresh = fresh_key(purpose, self._module)
        with self._turn:
            if self._folder is None:
                self._purposes = rotated(self._purposes, purpose, fresh)
                return fresh.kid
            with private.locked(self._folder, exclusive=True):
                # Read again under the lock: another process may have rotated since we loaded.
                changed = rotated(read_purposes(self._folder, self._module), purpose, fresh)
                write_key(self._folder, purpose, fresh, self._module)
                write_index(self._folder, changed)
            self._purposes = changed
        return fresh.kid

    def refresh(self) -> bool:
        """Take the ring up as it lies on the disk now, if another process has changed it.

        Returns:
            Whether it had been changed.

        Raises:
            KeyMissing, Broken: It cannot be trusted any more; the keys in use stay as they were.
        """
        if self._folder is None:
            return False
        with self._turn:
            mark = index_mark(self._folder)
            if mark is not None and mark == self._index:
                return False
            with private.locked(self._folder, exclusive=False):
                self._purposes = read_purposes(self._folder, self._module)
                self._index = index_mark(self._folder)
            return True

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
                self._purposes = without(self._purposes, purpose, kid)
                return
            with private.locked(self._folder, exclusive=True):
                known = read_purposes(self._folder, self._module)
                changed = without(known, purpose, kid)
                # The index first: a ring whose index names a destroyed key would refuse to load.
                write_index(self._folder, changed)
                destroy_key(self._folder, purpose, known[purpose].get(kid), self._module)
                private.sync_folder(self._folder)
            self._purposes = changed

    def __repr__(self) -> str:
        """Name the current keys and show none."""
        return f"Ring({', '.join(f'{purpose}={keys.current.kid}' for purpose, keys in self._purposes.items())})"


def create_ring(folder: Path, module: KeyModule | None = None) -> Ring:
    """Make a new ring. Only ever called by an explicit command.

    Args:
        folder: A folder that does not exist yet, or is empty but for an escrow recipient. It becomes private (0700).
        module: The hardware module that shall hold the key-encryption key; None keeps it in the folder.

    Returns:
        The ring, as loaded back from disk.

    Raises:
        Conflict: A ring, or something else, already lies there; nothing was changed.
        Broken: The folder belongs to another identity, or a link or a file lies in its place.
        Unavailable: The module does not answer.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=private.FOLDER_MODE, parents=True)
    private.demand_own_folder(folder)
    with private.locked(folder, exclusive=True):
        demand_unused(folder)
        folder.chmod(private.FOLDER_MODE)
        purposes = fresh_purposes(module)
        for purpose, keys in purposes.items():
            write_key(folder, purpose, keys.current, module)
        # The index comes last: without it there is no ring, so a half-made one is never used.
        write_index(folder, purposes)
    return load_ring(folder, module)


def load_ring(folder: Path, module: KeyModule | None = None) -> Ring:
    """Load the ring, or say precisely why it cannot be trusted. Never makes anything.

    Args:
        folder: Where `create_ring` made it.
        module: The hardware module that is configured, or None.

    Returns:
        The ring, every key read and checked against its name.

    Raises:
        KeyMissing: The folder, the index or a key is missing; the text names it and the command that helps.
        Broken: Something is readable by others, damaged, of the wrong kind, or not what its name says.
        Unavailable: A key lies in the module, and it does not answer.
    """
    private.demand_private_folder(folder)
    with private.locked(folder, exclusive=False):
        purposes = read_purposes(folder, module)
        escrow_text = private.read_unforgeable(folder / ESCROW_NAME)
    escrow = _escrow(escrow_text) if escrow_text is not None else None
    return Ring(purposes, folder=folder, escrow_recipient_text=escrow, module=module)


def _escrow(text: bytes) -> str:
    recipient = text.decode("utf-8", errors="replace").strip()
    if not _ESCROW.match(recipient):
        raise Broken(f"{ESCROW_NAME} must hold one age recipient (age1 and 58 more characters) and nothing else.")
    return recipient
