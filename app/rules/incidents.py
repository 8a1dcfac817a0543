"""The life of an incident once it is on record: one total table."""

from __future__ import annotations

from enum import StrEnum

from app.rules.errors import Code, Malformed, OutOfOrder


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
