"""What lies beside a sealed body: the document's identity, sealed to the offline recipient."""

from __future__ import annotations

from enum import Enum

from app.rules.errors import SealBroken
from app.vault.shelf import Store
from app.vault.store import ESCROW_SUFFIX


class Beside(Enum):
    """What lies beside a sealed body, where its escrowed identity belongs."""

    AS_RECORDED = "as recorded"
    MISSING = "missing"
    DIFFERENT = "different"


def beside(store: Store, object_name: str, escrowed: bytes) -> Beside:
    """Compare the escrowed identity in the store with the one on record.

    Args:
        store: Where it lies.
        object_name: From the document's card.
        escrowed: As recorded.

    Raises:
        Unavailable: The store did not answer.
    """
    try:
        source = store.open(object_name + ESCROW_SUFFIX)
    except SealBroken:
        return Beside.MISSING
    try:
        same = source.size_bytes == len(escrowed) and source.read_at(0, len(escrowed)) == escrowed
    finally:
        source.close()
    return Beside.AS_RECORDED if same else Beside.DIFFERENT


def put_beside(store: Store, object_name: str, escrowed: bytes | None) -> None:
    """Put the escrowed identity on record beside the sealed body, in one step; or, with None, take away what is there.

    Raises:
        Conflict: Somebody else is putting it there just now.
        Unavailable: The store refused; the old one may lie there still.
    """
    if escrowed is None:
        store.remove(object_name + ESCROW_SUFFIX)
    else:
        store.replace(object_name + ESCROW_SUFFIX, [escrowed])
