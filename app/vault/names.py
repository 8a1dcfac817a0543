"""What objects are called in a store, and whose they are."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection

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


def demand_some(known: Collection[str], found: Collection[str]) -> None:
    """Make sure that a place which nobody has claimed yet is the one where a service's documents lie.

    Args:
        known: The objects that its records know; none, where it has no documents yet.
        found: What lies there.

    Raises:
        Broken: There should be some, and not one of them lies there.
    """
    if known and not set(known).intersection(found):
        documents = "1 document" if len(known) == 1 else f"{len(known)} documents"
        raise Broken(
            f"The records know {documents}, and nothing of that lies there: PRA_STORE_URL or PRA_STORE_DIR names "
            "another place, or the folder is not mounted. Nothing was written there. Put the setting, or the mount, "
            "right. If all was lost, docs/operator.md section 16 says how a new place is begun."
        )
