"""Laws of training and reinstatement, for whatever is on record."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.rules.facts import Person, Suspension, Training, london_date
from app.rules.reinstatement import reinstatement_lacks
from app.rules.training import counted_until, counts_on, counts_until
from tests.build import london

BEGUN = london(2026, 3, 9, 23, 30)
FIRST, LAST = date(2025, 1, 1), date(2027, 12, 31)
days = st.dates(FIRST, LAST)
lengths = st.none() | st.integers(1, 800)
trainings = st.builds(
    lambda done_on, more: Training(done_on, None if more is None else done_on + timedelta(days=more)),
    days,
    st.none() | st.integers(0, 800),
)
PEOPLE = (Person("per_ash", "Ash", "ash@fog.gov.example"), Person("per_elm", "Elm", "elm@fog.gov.example"))


@given(trainings, lengths, days)
def test_training_counts_on_each_day_from_the_one_it_was_done_to_its_end_and_on_no_other(
    done: Training, length: int | None, on: date
) -> None:
    until = counts_until(done, length)
    assert counts_on(done, length, on) == (done.done_on <= on <= (until or date.max))


@given(trainings, st.integers(1, 800), st.integers(1, 800))
def test_training_never_counts_longer_where_the_producer_asks_for_it_more_often(
    done: Training, short: int, more: int
) -> None:
    less, longer = counts_until(done, short), counts_until(done, short + more)
    assert less is not None
    assert longer is not None
    assert less <= longer <= done.done_on + timedelta(days=short + more)


@given(st.lists(trainings, max_size=5), st.integers(1, 800), days)
def test_somebody_is_trained_on_a_day_exactly_when_one_of_their_courses_counts_on_it(
    done: list[Training], length: int, on: date
) -> None:
    until = counted_until(done, length, on)
    assert (until is not None and until >= on) == any(counts_on(one, length, on) for one in done)


@given(
    st.dictionaries(st.sampled_from(["per_ash", "per_elm", "per_fir"]), st.lists(trainings, max_size=3)),
    lengths,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    days,
)
def test_suspension_ends_exactly_when_each_condition_that_was_set_is_met(
    done: dict[str, list[Training]],
    length: int | None,
    needs_training: bool,
    needs_reapplication: bool,
    approved: bool,
    on: date,
) -> None:
    suspension = Suspension("sus_1", "Fog desk", "Forwarded.", "", BEGUN, None, needs_training, needs_reapplication)
    lacking = reinstatement_lacks(
        suspension, covered=PEOPLE, trainings=done, training_days=length, approved=approved, on=on
    )
    everybody_trained = all(
        any(one.done_on > london_date(BEGUN) and counts_on(one, length, on) for one in done.get(person.person_id, []))
        for person in PEOPLE
    )
    met = (not needs_training or everybody_trained) and (not needs_reapplication or approved)
    assert (lacking == ()) == met
    assert len({reason.detail for reason in lacking}) == len(lacking)


@given(lengths, days)
def test_suspension_of_what_nobody_holds_does_not_end_by_training_that_nobody_did(length: int | None, on: date) -> None:
    suspension = Suspension("sus_1", "Fog desk", "Forwarded.", "", BEGUN, needs_training=True)
    assert reinstatement_lacks(suspension, covered=(), trainings={}, training_days=length, approved=True, on=on)
