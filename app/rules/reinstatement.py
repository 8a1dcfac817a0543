"""What must be on record before a suspension can end: the conditions that were set when it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app.rules.facts import Person, Suspension, Training, london_date
from app.rules.reasons import Reason, ReasonCode
from app.rules.training import counts_on, day_text

POLICY = "Producer policy: reinstatement"


def conditions_text(suspension: Suspension) -> str:
    """Say in words what must be met for a suspension to end."""
    begun = day_text(london_date(suspension.from_at))
    asked = (
        f"training done after {begun}" if suspension.needs_training else "",
        "a re-application that a second person has approved" if suspension.needs_reapplication else "",
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
    return tuple(found)


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
