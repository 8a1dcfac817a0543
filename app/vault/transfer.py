"""A sealed body taken from one store to another, unchanged; and a store tried out."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.rules.errors import Broken, Code, Conflict, SealBroken
from app.vault.names import new_name
from app.vault.shelf import Measured, Store, StoredSource, sealed_body

READ_BYTES = 1024 * 1024
CLOCK_LIMIT = timedelta(minutes=30)
"""How far a store's clock may be from ours: what was left behind is told by its age, counted in hours."""


def copy_body(source: Store, target: Store, object_name: str) -> bool:
    """Copy a sealed body to another store, and read it back from there.

    Args:
        source: Where it lies.
        target: Where it shall lie too.
        object_name: From the document's card.

    Returns:
        Whether anything had to be copied: False when the very same lies there already.

    Raises:
        Conflict: Something else lies there under its name, or is being stored; it is left alone.
        SealBroken: It is missing from where it was, or what was copied does not come back as it was.
        Unavailable: One of the two did not answer.
    """
    measured = Measured(sealed_body(source, object_name, READ_BYTES))
    there = _found(target, object_name)
    if there is not None:
        for _ in measured:
            pass
        if there != (measured.total_bytes, measured.hexdigest()):
            raise Conflict(
                "Another object lies there under the name of this document's, and was left alone. Look at it before "
                "anything is removed.",
                code=Code.ALREADY_EXISTS,
            )
        return False
    target.put(object_name, measured)
    if _found(target, object_name) != (measured.total_bytes, measured.hexdigest()):
        target.remove(object_name)
        raise SealBroken("What was copied does not come back as it was. It was removed again.", stage="payload")
    return True


def try_out(store: Store, at: datetime) -> None:
    """Put, read, list and remove an object, and see that a store does what is relied on.

    Args:
        store: The store.
        at: The present instant. Aware.

    Raises:
        Broken: It answers, and does something else.
        Unavailable: It refused, or did not answer.
    """
    name, content = new_name(), secrets.token_bytes(64)
    store.put(name, [content])
    try:
        if _found(store, name) != (len(content), hashlib.sha256(content).hexdigest()):
            raise Broken("The store gives back something else than was put there.")
        _demand_no_overwriting(store, name)
        if name not in store.names(before=at + CLOCK_LIMIT):
            raise Broken("The store does not list what it holds, or its clock is far ahead of ours.")
        if name in store.names(before=at - CLOCK_LIMIT):
            raise Broken("The store's clock is far behind ours: what is new there would be taken for left behind.")
    finally:
        store.remove(name)
    if _found(store, name) is not None:
        raise Broken("The store still gives what was removed from it.")


def _demand_no_overwriting(store: Store, name: str) -> None:
    try:
        store.put(name, [b"another"])
    except Conflict:
        return
    raise Broken("The store lets one object take another's place without being told to.")


def _found(store: Store, object_name: str) -> tuple[int, str] | None:
    """Give length and SHA-256 of what lies there; None when nothing does."""
    try:
        source = store.open(object_name)
    except SealBroken:
        return None
    try:
        digest = hashlib.sha256()
        for piece in _pieces(source):
            digest.update(piece)
        return source.size_bytes, digest.hexdigest()
    finally:
        source.close()


def _pieces(source: StoredSource) -> Iterator[bytes]:
    for offset in range(0, source.size_bytes, READ_BYTES):
        yield source.read_at(offset, READ_BYTES)
