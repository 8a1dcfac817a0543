"""Laws of reminders: each step once, none too early, none forgotten, whenever the clock looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.rules.confirmations import rows_sha256, still_stands
from app.rules.reminders import (
    ESCALATE_AFTER,
    FIRST_CALL,
    LAST_CALL,
    LAST_CHANCE,
    REMIND_AFTER,
    Call,
    Step,
    asks_at,
    call_due,
    due,
)

instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=20))
HOUR = timedelta(hours=1)


def looked_at(asked_at: datetime, opens_at: datetime | None, looks: list[timedelta]) -> list[tuple[Step, datetime]]:
    """Play a question that nobody answers, looked at now and then; gives what was done, and when."""
    reminded = escalated = None
    done = []
    for at in sorted(asked_at + look for look in looks):
        step = due(asked_at, reminded, escalated, opens_at, at)
        if step is Step.REMIND:
            reminded = at
        if step is Step.ESCALATE:
            escalated = at
        if step is not None:
            done.append((step, at))
    return done


@given(instants, st.none() | instants, st.lists(spans, max_size=20))
def test_each_step_is_done_once_at_most_and_a_reminder_never_after_an_escalation(
    asked_at: datetime, opens_at: datetime | None, looks: list[timedelta]
) -> None:
    steps = [step for step, _ in looked_at(asked_at, opens_at, looks)]
    assert steps in ([], [Step.REMIND], [Step.ESCALATE], [Step.REMIND, Step.ESCALATE])


@given(instants, st.none() | instants, st.lists(spans, max_size=20))
def test_no_step_is_taken_before_its_time(
    asked_at: datetime, opens_at: datetime | None, looks: list[timedelta]
) -> None:
    for step, at in looked_at(asked_at, opens_at, looks):
        last_chance = opens_at is not None and at >= opens_at - LAST_CHANCE
        assert at >= asked_at + (REMIND_AFTER if step is Step.REMIND else ESCALATE_AFTER) or last_chance
        assert not (step is Step.REMIND and last_chance)


@given(instants, st.none() | instants, st.lists(spans), spans)
def test_whoever_is_late_is_escalated_at_the_next_look_however_long_nobody_looked(
    asked_at: datetime, opens_at: datetime | None, looks: list[timedelta], more: timedelta
) -> None:
    steps = [step for step, _ in looked_at(asked_at, opens_at, [*looks, ESCALATE_AFTER + more])]
    assert steps[-1:] == [Step.ESCALATE]


@given(instants, spans, st.timedeltas(-timedelta(days=10), timedelta(days=10)))
def test_calls_to_sign_come_before_publication_and_the_last_one_follows_the_first(
    publishes_at: datetime, window: timedelta, offset: timedelta
) -> None:
    opens_at = publishes_at - window
    at = opens_at + offset
    called = call_due(opens_at, publishes_at, at)
    assert (called is not None) == (opens_at - FIRST_CALL <= at < publishes_at)
    assert called is None or (called is Call.LAST) == (at >= opens_at - LAST_CALL)


@given(instants, st.integers(1, 60), spans)
def test_coordinators_have_as_long_to_answer_before_a_longer_window(
    publishes_at: datetime, days: int, longer: timedelta
) -> None:
    day, opens_at = timedelta(days=1), publishes_at - timedelta(days=1) - longer
    assert asks_at(publishes_at, days, publishes_at - day) == publishes_at - days * day
    assert asks_at(publishes_at, days, None) == publishes_at - days * day
    assert opens_at - asks_at(publishes_at, days, opens_at) == (days - 1) * day


@given(st.permutations([("pst_a", 1, "per_a"), ("pst_a", 2, "per_b"), ("pst_b", 1, None)]))
def test_order_of_rows_does_not_matter_to_what_an_answer_covers(seats: list[tuple[str, int, str | None]]) -> None:
    covered = rows_sha256([("pst_a", 1, "per_a"), ("pst_a", 2, "per_b"), ("pst_b", 1, None)])
    assert still_stands(covered, rows_sha256(seats))


@given(st.integers(0, 2), st.sampled_from(["per_x", None]))
def test_another_holder_of_any_seat_ends_what_an_answer_covers(place: int, holder: str | None) -> None:
    seats: list[tuple[str, int, str | None]] = [("pst_a", 1, "per_a"), ("pst_a", 2, "per_b"), ("pst_b", 1, "per_c")]
    covered = rows_sha256(seats)
    post_id, seat, _ = seats[place]
    seats[place] = post_id, seat, holder
    assert not still_stands(covered, rows_sha256(seats))
    assert not still_stands("", rows_sha256(seats))
