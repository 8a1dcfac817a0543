"""Which entries tell of a change because of which the rule is asked again about openings that are past.

There is no change without an entry, so the mark is left where the entry is appended, in the same transaction, and no
action can forget it. A kind that is in neither of the two lists leaves a mark too where its transaction touched what
decisions rest on: a new action that nobody thought of here costs a look too many, never one too few.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from app.audit.entries import Entry, EntryKind


class Scope(StrEnum):
    """Whose openings are concerned, as the entry names them."""

    RELEASE = "release"
    PERSON = "person"


_K = EntryKind
SCOPES: dict[EntryKind, Scope] = {
    _K.RELEASE_MOVED: Scope.RELEASE,
    _K.RELEASE_CHANGED: Scope.RELEASE,
    _K.WINDOW_CHANGED: Scope.RELEASE,
    _K.LIST_APPROVED: Scope.RELEASE,
    _K.DEPUTY_DECIDED: Scope.RELEASE,
    _K.DECLARATION_WITHDRAWN: Scope.PERSON,
    _K.HOLDING_BEGUN: Scope.PERSON,
    _K.HOLDING_ENDED: Scope.PERSON,
    _K.TRAINING_RECORDED: Scope.PERSON,  # done before it was recorded, it may be what an opening lacked
    _K.TRAINING_WITHDRAWN: Scope.PERSON,
    _K.FACT_FOUND_WRONG: Scope.PERSON,  # or release, or time: as far as it names them
    _K.WRONG_FACT_WITHDRAWN: Scope.PERSON,
}
ONLY_FOR_LATER: frozenset[EntryKind] = frozenset(
    {
        # Nothing that was opened rests on these: they prepare, or decide on what comes after.
        _K.ORGANISATION_ADDED,
        _K.PRODUCER_ADDED,
        _K.PERSON_ADDED,
        _K.POST_ADDED,
        _K.POST_CHANGED,
        _K.SERIES_ADDED,
        _K.STANDING_LIST_CHANGED,
        _K.RELEASE_REGISTERED,
        _K.CALENDAR_IMPORTED,
        _K.LIST_IMPORTED,
        _K.LIST_CHANGED,
        _K.LIST_SUBMITTED,
        _K.LIST_FROZEN,
        _K.LIST_UNFROZEN,
        _K.CONFIRMATION_POLICY_CHANGED,
        _K.CONFIRMATION_ASKED,
        _K.CONFIRMATION_CARRIED,
        _K.CONFIRMATION_ANSWERED,
        _K.GRANT_PAUSED,
        _K.GRANT_RESUMED,
        _K.SUSPENSION_BEGUN,
        _K.SUSPENSION_ENDED,
        _K.SUSPENSION_CONDITIONS_CHANGED,
        _K.CORRECTIVE_ACTION_ADDED,
        _K.CORRECTIVE_ACTION_CHASED,
        _K.CORRECTIVE_ACTION_ENDED,
        _K.CORRECTIVE_ACTION_CONFIRMED,
        _K.TRAINING_POLICY_CHANGED,
        _K.UNDERTAKING_WORDS_GIVEN,
        _K.DECLARATION_SIGNED,
        _K.DECLARATION_REMINDED,
        _K.DOCUMENT_SEALED,
        _K.DOCUMENT_FIXED,
        _K.DOCUMENT_RECALLED,
        _K.DOCUMENT_SCANNED,
        _K.DOCUMENT_KEY_ESCROWED,
        _K.DOCUMENT_KEY_DESTROYED,
        _K.SECRETS_REWRAPPED,
        _K.RETENTION_CHANGED,
        _K.RECORDS_ERASED,
        _K.PERSON_ERASED,
        # The window of each release that these change has an entry of its own.
        _K.BANK_HOLIDAYS_LOADED,
        _K.CLOSED_DAY_ADDED,
        _K.CLOSED_DAY_APPROVED,
        _K.CLOSED_DAY_WITHDRAWN,
    }
)


def concerned(entry: Entry) -> tuple[str | None, str | None, str | None]:
    """Give whose openings an entry is about: release, person and producer, each an id or None; none at all means all.

    Args:
        entry: Of a kind that leaves a mark.
    """
    scope = SCOPES.get(entry.kind)
    if scope is Scope.RELEASE:
        return entry.release_id, None, None
    if scope is Scope.PERSON:
        return entry.release_id, entry.person_id, None
    producer_id = entry.producer_id if entry.release_id is None and entry.person_id is None else None
    return entry.release_id, entry.person_id, producer_id


def span(entry: Entry) -> tuple[datetime | None, datetime | None]:
    """Give between which instants openings are concerned, where an entry about a wrong fact says so. Aware, UTC."""
    if entry.kind not in (_K.FACT_FOUND_WRONG, _K.WRONG_FACT_WITHDRAWN):
        return None, None
    from_at, until_at = (entry.said.get(name) for name in ("from_at", "until_at"))
    return (
        datetime.fromisoformat(from_at) if from_at else None,
        # An entry tells thousandths of a second, an opening knows more.
        datetime.fromisoformat(until_at) + timedelta(seconds=1) if until_at else None,
    )


def leaving_marks(appended: Iterable[tuple[str, Entry]], *, touched: bool) -> list[tuple[str, Entry]]:
    """Give those of a transaction's entries because of which the rule is asked again, each with its id, one a scope.

    Args:
        appended: All of them, in order.
        touched: The transaction changed something that decisions rest on.
    """
    found: dict[tuple[str | None, str | None, str | None], tuple[str, Entry]] = {}
    appended = list(appended)
    foreseen = any(entry.kind in SCOPES or entry.kind in ONLY_FOR_LATER for _, entry in appended)
    for entry_id, entry in appended:
        if entry.kind in SCOPES or (touched and not foreseen):
            found.setdefault(concerned(entry), (entry_id, entry))
    return list(found.values())
