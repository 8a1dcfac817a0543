"""What a receiving organisation's coordinator is asked about a list, and what their answer covers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.rules.canonical import canonical_json, sha256_hex

Seated = tuple[str, int, str | None]


class ConfirmationState(StrEnum):
    """What became of the question."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    CHANGES_WANTED = "changes_wanted"


class Wanted(StrEnum):
    """What a coordinator says of one row."""

    LEFT_POST = "left_post"
    NO_LONGER_NEEDS = "no_longer_needs"
    OTHER_HOLDER = "other_holder"


WANTED_WORDS = {
    Wanted.LEFT_POST: "the holder has left the post",
    Wanted.NO_LONGER_NEEDS: "the post no longer needs access",
    Wanted.OTHER_HOLDER: "somebody else holds the post",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a coordinator wants changed.

    Attributes:
        grant_id: The row it is about.
        name, email: Of the new holder, where there is one; else empty.
        since_on: The London day from which it has been so, if said.
    """

    grant_id: str
    what: Wanted
    name: str = ""
    email: str = ""
    since_on: date | None = None

    def as_record(self) -> dict[str, Any]:
        """Give the change as JSON-ready members."""
        return {
            "grant_id": self.grant_id,
            "what": self.what.value,
            "name": self.name,
            "email": self.email,
            "since_on": self.since_on.isoformat() if self.since_on else None,
        }


def rows_sha256(seats: Iterable[Seated]) -> str:
    """Hash the seats of one organisation with their holders: what a coordinator's answer covers.

    Args:
        seats: Post id, seat number and holder's id of each, in any order.

    Returns:
        64 hexadecimal digits of SHA-256 over canonical JSON.
    """
    ordered = sorted(([post_id, seat, person_id] for post_id, seat, person_id in seats), key=str)
    return sha256_hex(canonical_json(ordered))


def still_stands(covered_sha256: str, now_sha256: str) -> bool:
    """Say whether an answer covers the rows as they stand now: the same seats, held by the same people.

    Source:
        Producer policy: confirmations
    """
    return bool(covered_sha256) and covered_sha256 == now_sha256
