"""Training: until when it counts, and whether a producer's own demand for it is met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from app.rules.facts import AccessFacts, EligibilityList, Grant, Release, Training, london_date
from app.rules.reasons import Reason, ReasonCode
from app.rules.window import opens_at_for

POLICY = "Producer policy: training"
REMIND_BEFORE = timedelta(days=30)


def counts_until(training: Training, training_days: int | None) -> date | None:
    """Say the last London day on which one piece of training counts.

    Args:
        training: What was done.
        training_days: For how many days it counts with the producer; None sets no end.

    Returns:
        The earlier of the producer's end and the course's own; None where there is neither.

    Source:
        Producer policy: training
    """
    ends = [] if training.valid_until_on is None else [training.valid_until_on]
    if training_days is not None:
        ends.append(training.done_on + timedelta(days=training_days))
    return min(ends, default=None)


def counts_on(training: Training, training_days: int | None, on: date) -> bool:
    """Say whether one piece of training counts on a London day. It counts from the day on which it was done."""
    until = counts_until(training, training_days)
    return training.done_on <= on and (until is None or on <= until)


def counted_until(trainings: Iterable[Training], training_days: int, on: date) -> date | None:
    """Say the last day on which any of what was done by a London day counts.

    Args:
        trainings: What one person has done.
        training_days: For how many days it counts with the producer.
        on: What is done later counts for nothing yet.

    Returns:
        None where nothing had been done by that day; a day before it where everything had run out.
    """
    ends = [counts_until(training, training_days) for training in trainings if training.done_on <= on]
    return max((until for until in ends if until is not None), default=None)


def training_is_current(facts: AccessFacts, at: datetime) -> Reason | None:
    """Where the producer asks for training, a grant serves only those whose training counts today.

    Source:
        Producer policy: training
    """
    days = facts.release.producer.training_days
    if days is None:
        return None
    return _lacking(facts.trainings, days, london_date(at), "You have", "your")


def training_reasons(
    listed: EligibilityList, release: Release, trainings: Mapping[str, Sequence[Training]], at: datetime
) -> tuple[Reason, ...]:
    """Say of each grant whose holder has not the training that the producer asks for; empty where none is asked for.

    It must count on the day on which the grant's window opens, or today where it has opened.

    Args:
        listed: The list with its grants.
        release: The release it is for.
        trainings: By person, what they have done.
        at: Now. Aware.

    Returns:
        Reasons in the list's own order.

    Source:
        Producer policy: training
    """
    days = release.producer.training_days
    if days is None:
        return ()
    found = []
    for grant in listed.grants:
        if grant.person_id is None:
            continue  # who is not named yet is refused for that
        opens = opens_at_for(release, grant)
        on = london_date(max(at, opens) if opens is not None else at)
        found.append(_lacking(trainings.get(grant.person_id, ()), days, on, *_holder(grant)))
    return tuple(reason for reason in found if reason is not None)


def day_text(on: date) -> str:
    """Write a day for people, e.g. ``3 March 2026``."""
    return f"{on.day} {on:%B} {on.year}"


def _holder(grant: Grant) -> tuple[str, str]:
    seat = f" (holder {grant.seat})" if grant.seat > 1 else ""
    return f"{grant.post_title}, {grant.organisation}{seat}: the holder has", "the holder's"


def _lacking(trainings: Sequence[Training], days: int, on: date, who_has: str, whose: str) -> Reason | None:
    until = counted_until(trainings, days, on)
    remedy = f"Do the producer's training, and have it put on record; it counts for {days} days."
    if until is None:
        detail = f"{who_has} no training on record, and this producer asks for it."
        return Reason(ReasonCode.TRAINING_MISSING, POLICY, detail, remedy)
    if until >= on:
        return None
    detail = f"{who_has} no training that counts on {day_text(on)}: {whose} training counted until {day_text(until)}."
    return Reason(ReasonCode.TRAINING_EXPIRED, POLICY, detail, remedy)
