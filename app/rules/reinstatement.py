"""What must be on record before a suspension can end: the conditions that were set when it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app.rules.facts import Person, Suspension, Training, london_date
from app.rules.reasons import Reason, ReasonCode
from app.rules.reportparts import CorrectiveAction
from app.rules.training import counts_on, day_text

POLICY = "Producer policy: reinstatement"


def conditions_text(suspension: Suspension) -> str:
    """Say in words what must be met for a suspension to end."""
    begun = day_text(london_date(suspension.from_at))
    asked = (
        f"training done after {begun}" if suspension.needs_training else "",
        "a re-application that a second person has approved" if suspension.needs_reapplication else "",
        *(f"done, and confirmed by a second person: {what}" for what in suspension.needs_actions),
        suspension.conditions,
    )
    return "; ".join(one for one in asked if one) or "a decision by the head of profession"


def reinstatement_lacks(
    suspension: Suspension,
    *,
    covered: Sequence[Person],
    trainings: Mapping[str, Sequence[Training]],
    training_days: int | None,
    approved: bool,
    on: date,
    actions: Sequence[CorrectiveAction] = (),
) -> tuple[Reason, ...]:
    """Say which conditions of a suspension are not met; empty when it can end.

    Training counts when it was done on a later London day than the one on which the suspension began, so that what
    was done on the morning of the failure is not taken for its consequence. A subject that nobody holds today has
    nobody who could show it: such a suspension goes on until somebody can.

    Args:
        suspension: As it stands.
        covered: Everybody whom it covers today.
        trainings: By person, what they have done.
        training_days: For how many days training counts with the producer; None sets no end.
        approved: Whether a re-application was approved.
        on: Today, London.
        actions: What must be done, and confirmed by a second person, as it stands.

    Source:
        Producer policy: reinstatement
    """
    found = []
    if suspension.needs_training:
        found += _untrained(suspension, covered, trainings, training_days, on)
    if suspension.needs_reapplication and not approved:
        found.append(
            _unmet(
                "No re-application has been approved.",
                "One whom the suspension covers applies to be let back, and a lead official or the head of profession "
                "who is neither the applicant nor covered approves it.",
            )
        )
    return (*found, *(unmet for one in actions if (unmet := _undone(one)) is not None))


def may_confirm(action: CorrectiveAction, person_id: str) -> bool:
    """Say whether somebody is a second person for an action that is done: neither its owner nor who said it is done.

    Args:
        action: It is done.
        person_id: Who would confirm it.

    Source:
        Producer policy: two persons
    """
    return person_id not in (action.owner_id, action.ended_by)


def _undone(action: CorrectiveAction) -> Reason | None:
    if action.outcome == "dropped":
        return _unmet(
            f"“{action.due_text}” was dropped, so that it can never be done.",
            "The head of profession names another corrective action in its place.",
        )
    if action.ended_at is None:
        return _unmet(f"“{action.due_text}” is not done.", "Have it done, and put on record how.")
    if action.confirmed_at is None:
        return _unmet(
            f"“{action.due_text}” is done, and no second person has confirmed it.",
            "A lead official or the head of profession who neither owns it nor said that it is done confirms it.",
        )
    return None


def _untrained(
    suspension: Suspension,
    covered: Sequence[Person],
    trainings: Mapping[str, Sequence[Training]],
    training_days: int | None,
    on: date,
) -> list[Reason]:
    begun_on = london_date(suspension.from_at)
    remedy = f"Put training on record that was done after {day_text(begun_on)} and counts today."
    if not covered:
        return [_unmet("Nobody holds what is suspended, so that nobody could have done the training.", remedy)]
    return [
        _unmet(f"{person.name} has no training on record that was done after {day_text(begun_on)}.", remedy)
        for person in covered
        if not any(
            training.done_on > begun_on and counts_on(training, training_days, on)
            for training in trainings.get(person.person_id, ())
        )
    ]


def _unmet(detail: str, remedy: str) -> Reason:
    return Reason(ReasonCode.REINSTATEMENT_CONDITIONS_UNMET, POLICY, detail, remedy)
