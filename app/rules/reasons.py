"""Why something was refused: a closed list, each with the clause it comes from and what would put it right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class ReasonCode(StrEnum):
    """Every reason a decision of ours can carry."""

    # about access to a document
    NOT_ON_LIST = "not_on_list"
    LIST_NOT_APPROVED = "list_not_approved"
    RELEASE_NOT_FINAL = "release_not_final"
    RELEASE_POSTPONED = "release_postponed"
    RELEASE_CANCELLED = "release_cancelled"
    WINDOW_NOT_OPEN = "window_not_open"
    ALREADY_PUBLISHED = "already_published"
    ORDER_NOT_BUILT = "order_not_built"
    EXCEPTED_STATISTICS = "excepted_statistics"
    POST_NOT_HELD = "post_not_held"
    GRANT_PAUSED = "grant_paused"
    RECIPIENT_WITHOUT_ACCESS = "recipient_without_access"
    DECLARATION_MISSING = "declaration_missing"
    DECLARATION_SUPERSEDED = "declaration_superseded"
    DECLARATION_LAPSED = "declaration_lapsed"
    DECLARATION_WITHDRAWN = "declaration_withdrawn"
    ACKNOWLEDGEMENT_MISSING = "acknowledgement_missing"
    SUSPENDED = "suspended"
    DOCUMENT_NOT_FINAL = "document_not_final"
    DOCUMENT_RECALLED = "document_recalled"
    MALWARE_FOUND = "malware_found"
    # about a list
    LIST_EMPTY = "list_empty"
    HOLDER_MISSING = "holder_missing"
    GROUP_NOT_A_PERSON = "group_not_a_person"
    GRANT_TOO_LONG = "grant_too_long"
    EXCEPTIONAL_NOT_PUBLISHED = "exceptional_not_published"
    BOARD_NOT_INFORMED = "board_not_informed"
    CLASS_NOT_IN_ORDER = "class_not_in_order"
    GROUND_MISSING = "ground_missing"
    HOLDER_NOT_CONFIRMED = "holder_not_confirmed"
    LIST_FROZEN = "list_frozen"
    GROUND_NOT_NAMED = "ground_not_named"
    PLACE_MISSING = "place_missing"
    RECIPIENT_MISSING = "recipient_missing"
    AGREEMENT_MISSING = "agreement_missing"
    BANK_GRANT_MISSING = "bank_grant_missing"
    REPRESENTATIONS_MISSING = "representations_missing"
    # about publication
    LIST_OF_POSTS_MISSING = "list_of_posts_missing"
    LIST_OF_POSTS_DIFFERS = "list_of_posts_differs"
    TIME_NOT_REACHED = "time_not_reached"
    SEEN_LIVE = "seen_live"
    REHEARSAL_IS_NOT_PUBLIC = "rehearsal_is_not_public"
    # about texts prepared for the day
    NOT_PUBLISHED = "not_published"
    TEXT_HELD = "text_held"
    TEXT_SET_EARLY = "text_set_early"
    FOOTING_MISSING = "footing_missing"
    # about training, and what happened before
    TRAINING_MISSING = "training_missing"
    TRAINING_EXPIRED = "training_expired"
    FAILURES_NOT_CONSIDERED = "failures_not_considered"
    REINSTATEMENT_CONDITIONS_UNMET = "reinstatement_conditions_unmet"
    # about destroying records
    RETENTION_RUNS = "retention_runs"
    LEGAL_HOLD = "legal_hold"
    INCIDENT_OPEN = "incident_open"
    RECORD_ASKED_FOR = "record_asked_for"
    ALREADY_ERASED = "already_erased"
    # about who asks
    ROLE_REQUIRED = "role_required"
    SECOND_PERSON_REQUIRED = "second_person_required"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was wrong.

    Attributes:
        code: Which, from the closed list.
        source: The clause or policy it comes from, as cited in ``rules/README.md``.
        detail: What was wrong, in a whole sentence.
        remedy: What would put it right, in a whole sentence.
        until: The instant at which it stops being true by itself, aware UTC, where there is one.
    """

    code: ReasonCode
    source: str
    detail: str
    remedy: str
    until: datetime | None = None

    def as_record(self) -> dict[str, str | None]:
        """Give the reason as JSON-ready members; ``until`` as an RFC 3339 instant in UTC or None."""
        return {
            "code": self.code.value,
            "source": self.source,
            "detail": self.detail,
            "remedy": self.remedy,
            "until": opening_text(self.until) if self.until else None,
        }


def instant_text(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds, e.g. ``2026-03-09T09:30:00.000Z``.

    Args:
        at: Aware, any zone.

    Raises:
        ValueError: ``at`` is naive, which is a programming error.
    """
    return utc(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def opening_text(at: datetime) -> str:
    """Write the instant at which something opens, rounded up to the millisecond: nobody is told it opens too early.

    Args:
        at: Aware, any zone.

    Raises:
        ValueError: ``at`` is naive, which is a programming error.
    """
    return instant_text(utc(at) + timedelta(microseconds=-at.microsecond % 1000))


def utc(at: datetime) -> datetime:
    """Bring an aware instant to UTC.

    Raises:
        ValueError: ``at`` is naive, which is a programming error.
    """
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError("a naive datetime is not an instant")
    return at.astimezone(UTC)
