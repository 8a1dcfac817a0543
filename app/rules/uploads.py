"""Documents that are sent in parts: where such an upload stands, and how much may be unfinished at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from app.rules.errors import Code, OutOfOrder

PARTS_AT_MOST = 4000
"""How many parts one upload may have: each is an object of its own, and an entry of the log."""


class UploadState(StrEnum):
    """Where an upload stands."""

    RECEIVING = "receiving"
    COMPLETING = "completing"
    COMPLETE = "complete"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PartCard:
    """What there is to know of a part on the shelf.

    Its length is on record and its hash is not: a part may be a few bytes long, and a hash of these would tell them.
    The seal is to an identity that nobody else has, so that nothing else can stand in the part's place.

    Attributes:
        part_id: Bound to the wrapped identity, so that it opens this part alone.
        wrapped_identity: The part's own identity, wrapped.
    """

    part_id: str
    object_name: str
    plain_bytes: int
    wrapped_identity: bytes


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One upload of a producer that has not ended: whose, and how long the document is to be."""

    begun_by: str
    plain_bytes: int


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be unfinished at once.

    Attributes:
        per_person: Uploads of one person or program.
        per_producer: Uploads of everybody for one producer.
        held_bytes: Of all of these together, as announced.
    """

    per_person: int
    per_producer: int
    held_bytes: int


def demand_room(unfinished: Collection[Unfinished], new: Unfinished, room: Room) -> None:
    """Stop where another upload would be more than may be unfinished at once.

    Args:
        unfinished: Those of the producer that have not ended.
        new: The one to be begun. By itself it is never too long here: documents have a limit of their own.

    Raises:
        OutOfOrder: Code ``too_many_uploads``.
    """
    own = sum(one.begun_by == new.begun_by for one in unfinished)
    held_bytes = sum(one.plain_bytes for one in unfinished)
    if own >= room.per_person:
        why = f"You have {own} unfinished uploads, and that is as many as one person may have"
    elif len(unfinished) >= room.per_producer:
        why = f"This producer has {len(unfinished)} unfinished uploads, which is as many as it may have"
    elif unfinished and held_bytes + new.plain_bytes > room.held_bytes:
        why = (
            f"With this one, {held_bytes + new.plain_bytes} bytes of this producer's documents would be on their way, "
            f"and at most {room.held_bytes} may be"
        )
    else:
        return
    raise OutOfOrder(
        f"{why}. Finish an unfinished upload, or take it back; one that nobody goes on with ends by itself.",
        code=Code.TOO_MANY_UPLOADS,
    )
