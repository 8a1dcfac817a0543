"""What an incident is, what sort, and its life once it is on record: one total table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.rules.canonical import canonical_json
from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.facts import Grant
from app.rules.reasons import instant_text, utc


class IncidentKind(StrEnum):
    """What sort of thing happened. Ours, kept beside whatever label a report finally carries."""

    ACCESS_BEFORE_WINDOW = "access_before_window"
    ACCESS_MADE_OVER_LONG = "access_made_over_long"
    NOT_ON_LIST = "not_on_list"
    POST_NOT_HELD = "post_not_held"
    DECLARATION_NOT_VALID = "declaration_not_valid"
    ONWARD_SHARING = "onward_sharing"
    UNAUTHORISED_DISCLOSURE = "unauthorised_disclosure"
    INDICATION_GIVEN = "indication_given"
    EARLY_PUBLICATION = "early_publication"
    LATE_PUBLICATION = "late_publication"
    LIST_OF_POSTS_LATE = "list_of_posts_late"
    WRONG_ATTACHMENT = "wrong_attachment"
    REPEATED_REFUSALS = "repeated_refusals"
    PASSPHRASE_REVEALED_TWICE = "passphrase_revealed_twice"
    TWO_NETWORKS = "two_networks"
    SEAL_BROKEN = "seal_broken"
    LOG_DAMAGED = "log_damaged"
    LOG_CONTRADICTED = "log_contradicted"
    CLOCK_WRONG = "clock_wrong"
    SHARED_MAILBOX = "shared_mailbox"
    LETTER_TOO_EARLY = "letter_too_early"
    RECEIVED_IN_ERROR = "received_in_error"
    WRONGFUL_RELEASE_REPORTED = "wrongful_release_reported"
    OTHER = "other"


KIND_WORDS: dict[IncidentKind, str] = {
    IncidentKind.ACCESS_BEFORE_WINDOW: "access before the window opened",
    IncidentKind.ACCESS_MADE_OVER_LONG: "access made longer than allowed by a change of the publication time",
    IncidentKind.NOT_ON_LIST: "access by someone not on the list",
    IncidentKind.POST_NOT_HELD: "access by someone who did not hold the post",
    IncidentKind.DECLARATION_NOT_VALID: "access without a declaration that counts",
    IncidentKind.ONWARD_SHARING: "shared onward outside the list",
    IncidentKind.UNAUTHORISED_DISCLOSURE: "disclosure before publication",
    IncidentKind.INDICATION_GIVEN: "an indication of the statistics was given before publication",
    IncidentKind.EARLY_PUBLICATION: "published before the time set",
    IncidentKind.LATE_PUBLICATION: "published after the time set",
    IncidentKind.LIST_OF_POSTS_LATE: "the list of posts was published after the release",
    IncidentKind.WRONG_ATTACHMENT: "wrong content sent or attached",
    IncidentKind.REPEATED_REFUSALS: "repeated attempts that were refused",
    IncidentKind.PASSPHRASE_REVEALED_TWICE: "a passphrase was asked for a second time",
    IncidentKind.TWO_NETWORKS: "one opening was used from several networks",
    IncidentKind.SEAL_BROKEN: "a sealed document does not authenticate",
    IncidentKind.LOG_DAMAGED: "the log is damaged",
    IncidentKind.LOG_CONTRADICTED: "a witness says that the log contradicts itself",
    IncidentKind.CLOCK_WRONG: "the clock was found wrong",
    IncidentKind.SHARED_MAILBOX: "a shared mailbox as a recipient",
    IncidentKind.LETTER_TOO_EARLY: "a letter would have called recipients to their documents too early",
    IncidentKind.RECEIVED_IN_ERROR: "a recipient says they should not have this",
    IncidentKind.WRONGFUL_RELEASE_REPORTED: "a wrongful release was reported",
    IncidentKind.OTHER: "something else",
}


@dataclass(frozen=True, slots=True)
class OpeningFact:
    """One opening, as the rule needs it when it is played again.

    Attributes:
        number: What can be read from the mark on a copy.
        opened_at: Aware, UTC.
        grant: The grant relied on, where known; None means the ordinary span of the Order.
        window_opened_at: When its window had opened as reckoned at that time, where known. Aware, UTC.
    """

    opening_id: str
    number: str
    document_id: str
    person_id: str
    post_title: str
    organisation: str
    opened_at: datetime
    grant: Grant | None = None
    window_opened_at: datetime | None = None

    def as_record(self) -> dict[str, Any]:
        """Give the opening as JSON-ready members; the person by id only."""
        return {
            "opening_id": self.opening_id,
            "number": self.number,
            "document_id": self.document_id,
            "person_id": self.person_id,
            "post_title": self.post_title,
            "organisation": self.organisation,
            "opened_at": instant_text(self.opened_at),
        }


@dataclass(frozen=True, slots=True)
class IncidentDraft:
    """An incident before it is on record.

    Attributes:
        near_miss: Nothing got out: only attempts were refused.
        rule_key: One incident for one cause; None when a person reports it.
        producer_id: Whose it is, or None for the service as a whole.
        occurred_at: When it happened, as far as is known. Aware, UTC.
        summary: Whole sentences without names.
        facts: JSON-ready members; identifiers, no names.
    """

    kind: IncidentKind
    near_miss: bool
    rule_key: str | None
    release_id: str | None
    producer_id: str | None
    occurred_at: datetime
    summary: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        utc(self.occurred_at)
        canonical_json(self.facts)


class IncidentState(StrEnum):
    """How far an incident has come."""

    OPEN = "open"
    UNDER_REVIEW = "under_review"
    REPORTED = "reported"
    CLOSED_NO_BREACH = "closed_no_breach"
    ACTIONS_TRACKED = "actions_tracked"
    COMPLETED = "completed"


_S = IncidentState
NEXT: dict[IncidentState, frozenset[IncidentState]] = {
    _S.OPEN: frozenset({_S.UNDER_REVIEW, _S.CLOSED_NO_BREACH}),
    _S.UNDER_REVIEW: frozenset({_S.REPORTED, _S.CLOSED_NO_BREACH}),
    _S.REPORTED: frozenset({_S.ACTIONS_TRACKED}),
    # What was closed can be looked at again: new facts come late.
    _S.CLOSED_NO_BREACH: frozenset({_S.UNDER_REVIEW}),
    _S.ACTIONS_TRACKED: frozenset({_S.COMPLETED}),
    _S.COMPLETED: frozenset(),
}
ENDED = frozenset({_S.CLOSED_NO_BREACH, _S.COMPLETED})
_REASON_WANTED = frozenset({_S.CLOSED_NO_BREACH})


def check_step(state: IncidentState, wanted: IncidentState, reason: str) -> None:
    """Stop unless an incident may go from one state to another.

    Args:
        state: Where it is.
        wanted: Where it is to go.
        reason: Why, in a person's words; may be empty, except to close an incident as no breach or to take it up again.

    Raises:
        OutOfOrder: It cannot go there from here; ``allowed`` in extra names where it can go.
        Malformed: A reason is needed.
    """
    if wanted not in NEXT[state]:
        allowed = sorted(NEXT[state])
        raise OutOfOrder(
            f"An incident that is {_words(state)} cannot become {_words(wanted)}. "
            + (f"Possible now: {', '.join(map(_words, allowed))}." if allowed else "It is finished."),
            state=state.value,
            allowed=[one.value for one in allowed],
        )
    if not reason.strip() and (wanted in _REASON_WANTED or state in _REASON_WANTED):
        raise Malformed("Say why: it is put on record with the change.", code=Code.REASON_REQUIRED)


def _words(state: IncidentState) -> str:
    return state.value.replace("_", " ")


def counted(number: int, word: str) -> str:
    """Write a number with its noun, e.g. ``1 opening`` or ``3 openings``.

    Args:
        number: How many there are.
        word: The noun, in the singular.
    """
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
