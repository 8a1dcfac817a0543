"""What is known of access to one release, as the record that some Orders have kept is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.rules.facts import Release
from app.rules.incidents import IncidentKind


@dataclass(frozen=True, slots=True)
class RecordedAccess:
    """That one person was given access by one post.

    Attributes:
        for_whom: Post of the recipient whom a supporter or a deputy is tied to, or of whoever passed it on; else empty.
        agreement: The written agreement that it may be passed on.
        from_at: From when. Aware, UTC.
        until_at: Until when; None where it has not ended. Aware, UTC.
        reasons: The published reasons for more than the Order's own maximum, else empty.
    """

    name: str
    post: str
    organisation: str
    contact: str
    grant_class: str
    ground: str
    ground_letter: str
    for_whom: str
    agreement: str
    from_at: datetime
    until_at: datetime | None
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class Representation:
    """What was said or written to the producer about the format, the content or the timing of the publication."""

    by: str
    about: str
    made_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """What came to the producer's notice of a failure, and when and from whom.

    Attributes:
        kind: None for a failure that was put on record about a person, apart from any incident.
        by_recipient: The person who told of it had been given access.
    """

    kind: IncidentKind | None
    what: str
    by: str
    at: datetime
    by_recipient: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What was published, or told to the Statistics Board, because of a grant: what, by which clause, and when."""

    what: str
    source: str
    at: datetime
    to_board: bool


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """Everything on record about access to one release."""

    release: Release
    accesses: tuple[RecordedAccess, ...] = ()
    representations: tuple[Representation, ...] = ()
    reports: tuple[ReportReceived, ...] = ()
    told: tuple[Told, ...] = ()
