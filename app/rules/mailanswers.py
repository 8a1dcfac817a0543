"""What a mail system says of a letter: that it takes it, or not; and later what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ASKED_FOR = timedelta(days=7)  # a mail service that keeps what became of a letter keeps it no longer
_PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)


class Bounce(StrEnum):
    """Whether a letter came back for good."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"


class Became(StrEnum):
    """What a mail system says became of a letter that it took."""

    UNDER_WAY = "under_way"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    DELAYED = "delayed"
    FAILED = "failed"


class NotTaken(ValueError):
    """A mail system refuses one letter; others may go.

    Args:
        what: For people; neither the letter nor the address stands in it.
        code: Of the refusal, as the mail system gave it, e.g. ``550 5.1.1``; without anybody's words.
        bounce: It is the address that is refused, and for how long; None where something else is.
        again: Whether it makes sense to try again.
    """

    def __init__(self, what: str, *, code: str = "", bounce: Bounce | None = None, again: bool = False) -> None:
        super().__init__(what)
        self.code, self.bounce, self.again = code[:40], bounce, again


class Down(OSError):
    """A mail system takes nothing from us at present; every letter waits.

    Args:
        what: For the operator; neither a letter, nor an address, nor a key stands in it.
        code: What it answered, e.g. ``notify 403``; without anybody's words.
    """

    def __init__(self, what: str, *, code: str = "") -> None:
        super().__init__(what)
        self.code = code[:40]


class NoAnswer(Down):
    """A mail system was given a letter and did not say whether it took it: it may have gone."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a mail system, or a message that came back, says of a letter.

    Attributes:
        copies: How often the mail system took it.
        handed_id: The mail system's own name for it, or empty.
        code: Of the failure, or empty.
    """

    became: Became
    copies: int = 1
    handed_id: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a message that came back says of a letter.

    Attributes:
        reference: What the letter was known by outside.
        email: The address it went to, in small letters.
        code: The status of RFC 3463, e.g. ``5.1.1``, or empty.
    """

    reference: str
    email: str
    became: Became
    code: str


def ask_again_at(sent_at: datetime, asked: int, at: datetime) -> datetime | None:
    """Say when a mail service is to be asked again what became of a letter; None when that is over.

    Args:
        sent_at: When it took the letter. Aware, UTC.
        asked: How often it was asked.
        at: Now. Aware, UTC.
    """
    next_at = at + _PAUSES[min(asked, len(_PAUSES) - 1)]
    return next_at if next_at < sent_at + ASKED_FOR else None
