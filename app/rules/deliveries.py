"""What became of a letter: how far it came, whether it came back, and what that means for whoever relies on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.facts import ReleaseState
from app.rules.mailanswers import Bounce

BY_CODE = "one-time code by e-mail"  # how a session began that shows a letter to have arrived
REPLACED = "replaced"
STALE = "stale"
WITHHELD = "withheld: a quiet rehearsal"

# Whoever does not get one of these goes on in the belief that something else holds. An invitation or a reminder is
# written again, or asked for; none of these is.
MATTERS = frozenset(
    {
        "access_ended",
        "grant_decided",
        "overdue",
        "production_access",
        "recall",
        "release_moved",
        "statement_missing",
        "window_changed",
    }
)
_PAST_PUBLICATION = frozenset({"recall", "statement_missing"})


class DeliveryState(StrEnum):
    """How far a letter came."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    DELAYED = "delayed"
    FAILED = "failed"
    WITHHELD = "withheld"
    NOT_NEEDED = "not_needed"


class Doubt(StrEnum):
    """Whether a letter may have gone twice."""

    NONE = ""
    PERHAPS_TWICE = "perhaps_twice"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Track:
    """What is on record of one letter's way. Instants aware, UTC.

    Attributes:
        error: Of the last try, or why it will never go.
    """

    queued_at: datetime
    sent_at: datetime | None = None
    given_up_at: datetime | None = None
    error: str | None = None
    delivered_at: datetime | None = None
    bounced_at: datetime | None = None
    bounce: Bounce | None = None


STATE_WORDS: dict[DeliveryState, str] = {
    DeliveryState.QUEUED: "Waiting to be sent",
    DeliveryState.SENT: "Handed over to the mail system",
    DeliveryState.DELIVERED: "Delivered",
    DeliveryState.BOUNCED: "Came back: the address does not take it",
    DeliveryState.DELAYED: "Came back: could not be delivered for now",
    DeliveryState.FAILED: "Could not be sent",
    DeliveryState.WITHHELD: "Withheld, since the rehearsal is quiet",
    DeliveryState.NOT_NEEDED: "No longer needed",
}
STATE_MEANS: dict[DeliveryState, str] = {
    DeliveryState.QUEUED: "It goes within seconds; while the mail system is down it is tried again, ever more seldom.",
    DeliveryState.SENT: "The mail system took it. Whether it arrived is not known, or not yet.",
    DeliveryState.DELIVERED: "The reader's own mail system took it. Whether it was read, nobody can say.",
    DeliveryState.BOUNCED: "It did not arrive, and no later one will while the address is the same.",
    DeliveryState.DELAYED: "It did not arrive: the mailbox was full or out of reach for days. A later one may arrive.",
    DeliveryState.FAILED: "It was refused, or tried for over a day. It goes only when the operator sends it again.",
    DeliveryState.WITHHELD: "A quiet rehearsal writes to nobody outside its producer.",
    DeliveryState.NOT_NEEDED: "A newer letter took its place, or what it said was over before it could go.",
}


def state_of(track: Track) -> DeliveryState:
    """Say how far a letter came.

    Args:
        track: What is on record of it.
    """
    if track.bounce is not None and not _arrived_after(track):
        return DeliveryState.BOUNCED if track.bounce is Bounce.PERMANENT else DeliveryState.DELAYED
    if track.delivered_at is not None:
        return DeliveryState.DELIVERED
    if track.sent_at is not None:
        return DeliveryState.SENT
    if track.given_up_at is None:
        return DeliveryState.QUEUED
    if track.error == WITHHELD:
        return DeliveryState.WITHHELD
    return DeliveryState.NOT_NEEDED if track.error in (REPLACED, STALE) else DeliveryState.FAILED


def _arrived_after(track: Track) -> bool:
    return track.delivered_at is not None and track.bounced_at is not None and track.delivered_at > track.bounced_at


def is_undelivered(track: Track) -> bool:
    """Say whether a letter that was to arrive did not, and will not by itself."""
    return state_of(track) in (DeliveryState.BOUNCED, DeliveryState.DELAYED, DeliveryState.FAILED)


def come_back_since(bounced: Sequence[datetime], arrived: Sequence[datetime]) -> datetime | None:
    """Say since when letters to an address come back; None where they do not.

    Args:
        bounced: When letters to it came back for good. Aware, UTC.
        arrived: When something showed that mail arrives there: a letter delivered, a code from a letter used.

    Returns:
        The first that came back after the last that arrived.
    """
    last = max(arrived, default=None)
    return min((at for at in bounced if last is None or at > last), default=None)


def still_matters(kind: str, state: ReleaseState) -> bool:
    """Say whether it is worth telling somebody that a letter did not arrive.

    Args:
        kind: What sort of letter.
        state: The release's, now. Once it is published nobody is bound by what the others said.
    """
    return kind in MATTERS and (state is not ReleaseState.PUBLISHED or kind in _PAST_PUBLICATION)
