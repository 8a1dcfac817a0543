"""What objects are called in a store, and whose they are."""

from __future__ import annotations

import re
import secrets

from app.rules.errors import Broken, SealBroken

ESCROW_SUFFIX = ".escrow"
"""The name of the object with a document's escrowed identity is the name of its body and this."""

OWNER_NAME = "belongs-to"
"""The name of the object that says whose documents lie in a store."""

_NAME = re.compile(r"[0-9a-f]{32}(?:\.escrow)?")
UNFINISHED_SUFFIX = ".part"
"""What lies under an object's name and this while the object is being stored."""


def new_name() -> str:
    """Make a random object name: 32 hexadecimal digits, which say nothing about what the object is."""
    return secrets.token_hex(16)


def is_object_name(text: str) -> bool:
    """Say whether a text is the name of a stored object."""
    return _NAME.fullmatch(text) is not None


def demand_object_name(text: str) -> str:
    """Give a text back that is the name of a stored object.

    Raises:
        SealBroken: It is none.
    """
    if not is_object_name(text):
        raise SealBroken("This is not the name of a stored object.", stage="missing")
    return text


def demand_owner(found: bytes, owner: str) -> None:
    """Make sure that a store's documents are this service's own.

    Args:
        found: What says there whose they are.
        owner: What tells this service from all others, in ASCII.

    Raises:
        Broken: They are another's.
    """
    if found != owner.encode("ascii"):
        raise Broken(
            "The sealed documents of another service lie there. Choose another place in PRA_STORE_DIR or "
            "PRA_STORE_URL. If they are this service's own, its database is not: put the right one back."
        )
