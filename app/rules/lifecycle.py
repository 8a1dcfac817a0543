"""A release's states, and who may move it: one total table. The manual's diagram is drawn from this table."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.rules.errors import OutOfOrder
from app.rules.facts import Grant, Release, ReleaseState, Role
from app.rules.reasons import utc
from app.rules.window import opens_at_for


class Move(StrEnum):
    """What may be done to a release as a whole."""

    ANNOUNCE = "announce"
    SIGN_OFF = "sign_off"
    REOPEN = "reopen"
    RESCHEDULE = "reschedule"
    POSTPONE = "postpone"
    CANCEL = "cancel"
    DECLARE_PUBLISHED = "declare_published"


class Phase(StrEnum):
    """What a reader is told: the stored state, made precise by the clock."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    FINAL = "final"
    OPEN = "open"
    OVERDUE = "overdue"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


_S = ReleaseState
TABLE: dict[tuple[ReleaseState, Move], ReleaseState | None] = {
    (_S.PLANNED, Move.ANNOUNCE): _S.ANNOUNCED,
    (_S.PLANNED, Move.SIGN_OFF): None,
    (_S.PLANNED, Move.REOPEN): None,
    (_S.PLANNED, Move.RESCHEDULE): _S.PLANNED,
    (_S.PLANNED, Move.POSTPONE): _S.POSTPONED,
    (_S.PLANNED, Move.CANCEL): _S.CANCELLED,
    (_S.PLANNED, Move.DECLARE_PUBLISHED): None,
    (_S.ANNOUNCED, Move.ANNOUNCE): None,
    (_S.ANNOUNCED, Move.SIGN_OFF): _S.FINAL,
    (_S.ANNOUNCED, Move.REOPEN): None,
    (_S.ANNOUNCED, Move.RESCHEDULE): _S.ANNOUNCED,
    (_S.ANNOUNCED, Move.POSTPONE): _S.POSTPONED,
    (_S.ANNOUNCED, Move.CANCEL): _S.CANCELLED,
    (_S.ANNOUNCED, Move.DECLARE_PUBLISHED): None,
    (_S.FINAL, Move.ANNOUNCE): None,
    (_S.FINAL, Move.SIGN_OFF): None,
    (_S.FINAL, Move.REOPEN): _S.ANNOUNCED,
    (_S.FINAL, Move.RESCHEDULE): _S.FINAL,
    (_S.FINAL, Move.POSTPONE): _S.POSTPONED,
    (_S.FINAL, Move.CANCEL): _S.CANCELLED,
    (_S.FINAL, Move.DECLARE_PUBLISHED): _S.PUBLISHED,
    (_S.POSTPONED, Move.ANNOUNCE): None,
    (_S.POSTPONED, Move.SIGN_OFF): None,
    (_S.POSTPONED, Move.REOPEN): None,
    (_S.POSTPONED, Move.RESCHEDULE): _S.ANNOUNCED,
    (_S.POSTPONED, Move.POSTPONE): None,
    (_S.POSTPONED, Move.CANCEL): _S.CANCELLED,
    (_S.POSTPONED, Move.DECLARE_PUBLISHED): None,
    **{(_S.PUBLISHED, move): None for move in Move},
    **{(_S.CANCELLED, move): None for move in Move},
}

LEFT_TO_DO: dict[ReleaseState, str] = {
    _S.PUBLISHED: "Report what was wrong as an incident, which can be done at any time.",
    _S.CANCELLED: "Register it as a new release if it is to come out after all.",
}
"""What can still be done about a release that is over, for refusals."""

_HEAD = frozenset({Role.HEAD_OF_PROFESSION})
_PREPARERS = frozenset({Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION})
_APPROVERS = frozenset({Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION})

# Changes to an announced date belong to the head of profession (Code 2018 T3.2).
WHO: dict[Move, frozenset[Role]] = {
    Move.ANNOUNCE: _PREPARERS,
    Move.SIGN_OFF: _APPROVERS,
    Move.REOPEN: _APPROVERS,
    Move.RESCHEDULE: _HEAD,
    Move.POSTPONE: _HEAD,
    Move.CANCEL: _HEAD,
    Move.DECLARE_PUBLISHED: _APPROVERS,
}


def after(state: ReleaseState, move: Move) -> ReleaseState:
    """Say which state a move leads to.

    Raises:
        OutOfOrder: The move is not possible in this state; ``allowed`` in extra names those that are.

    Source:
        Code 2018 T3.2
    """
    reached = TABLE[state, move]
    if reached is None:
        allowed = [m.value for m in Move if TABLE[state, m] is not None]
        raise OutOfOrder(
            f"A release that is {state.value} cannot be moved by “{move.value}”. "
            + (f"Possible now: {', '.join(allowed)}." if allowed else LEFT_TO_DO[state]),
            state=state.value,
            allowed=allowed,
        )
    return reached


def phase(release: Release, at: datetime) -> Phase:
    """Say what a reader is told of the release at an instant.

    Args:
        release: The release as stored.
        at: The instant. Aware.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 6(1)
    """
    at = utc(at)
    if release.state is not ReleaseState.FINAL:
        return Phase(release.state.value)
    if at >= release.publishes_at:
        return Phase.OVERDUE
    opens = opens_at_for(release, Grant("", "", ""))
    return Phase.OPEN if opens is not None and at >= opens else Phase.FINAL
