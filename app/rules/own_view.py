"""What a listed person has still to do before they can read, from the reasons that stand against it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.rules.account import SENTENCES
from app.rules.reasons import Reason, ReasonCode


class Task(StrEnum):
    """What only the person themself can do."""

    SIGN = "sign"
    TRAIN = "train"
    ACKNOWLEDGE = "acknowledge"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing that somebody has still to do."""

    task: Task
    words: str


_TASKS = {
    ReasonCode.DECLARATION_MISSING: Task.SIGN,
    ReasonCode.DECLARATION_SUPERSEDED: Task.SIGN,
    ReasonCode.DECLARATION_LAPSED: Task.SIGN,
    ReasonCode.DECLARATION_WITHDRAWN: Task.SIGN,
    ReasonCode.TRAINING_MISSING: Task.TRAIN,
    ReasonCode.TRAINING_EXPIRED: Task.TRAIN,
}
_ACKNOWLEDGE = "When you open, say that you have read on what ground and on which conditions you are given access."
_STATE = "Something of this release was recalled: state what became of your copy, even if you never opened it."

# What an account of an incident has no use for, and a person's own history has.
_OWN = {
    "signed_in": "You signed in",
    "signed_out": "You signed out",
    "sign_in_code_asked": "A code to sign in was asked for at your address",
    "notice_queued": "A letter to you was written",
    "notice_sent": "A letter to you was sent",
    "notice_failed": "A letter to you could not be sent",
    "notice_delivered": "A letter to you arrived at your mail system",
    "notice_bounced": "A letter to you came back",
    "notice_sent_again": "A letter to you is sent again",
    "request_refused": "A request of yours was refused",
    "opening_ended": "You ended an opening",
    "training_recorded": "Training of yours was put on record",
    "suspension_begun": "You were suspended",
    "suspension_ended": "A suspension of you was ended",
}


def to_do(reasons: Sequence[Reason], *, acknowledges: bool, states: bool) -> tuple[ToDo, ...]:
    """Say what somebody has still to do, each thing once.

    Args:
        reasons: Everything that stands against their reading now.
        acknowledges: The Order has them acknowledge their ground when they open.
        states: A recall waits for their statement.
    """
    found = [ToDo(_TASKS[one.code], f"{one.detail} {one.remedy}") for one in reasons if one.code in _TASKS]
    if acknowledges:
        found.append(ToDo(Task.ACKNOWLEDGE, _ACKNOWLEDGE))
    if states:
        found.append(ToDo(Task.STATE, _STATE))
    return tuple(dict.fromkeys(found))


def waits_for(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Give the reasons that the person themself cannot put right: they wait, or the producer acts."""
    return tuple(one for one in reasons if one.code not in _TASKS)


def in_words(kind: str) -> str:
    """Say in words what an entry about somebody tells, from its kind as the log has it."""
    return _OWN.get(kind) or SENTENCES.get(kind) or kind.replace("_", " ").capitalize()
