"""What a producer asked at an instant that is past: which words, and which training."""

from __future__ import annotations

from datetime import timedelta

from app.rules.askedthen import COMMITTED_WITHIN, AskedThen, TrainingAsked, WordsGiven
from tests.build import MICROSECOND, a_declaration, london

AT = london(2026, 3, 2, 9, 30)
DAY = timedelta(days=1)


def test_training_is_asked_for_from_the_instant_of_each_change() -> None:
    asked = AskedThen(trainings=(TrainingAsked(AT, 365), TrainingAsked(AT + DAY, None)), days_at_first=30)
    times = (AT - MICROSECOND, AT, AT + DAY - MICROSECOND, AT + DAY)
    assert [asked.training_days(at) for at in times] == [30, 365, 365, None]
    assert AskedThen(days_at_first=7).training_days(AT) == 7


def test_training_asked_for_anew_is_held_against_nobody_before_the_change_can_have_been_committed() -> None:
    less = AskedThen(trainings=(TrainingAsked(AT, 365), TrainingAsked(AT + DAY, 30)), days_at_first=None)
    times = (AT, AT + COMMITTED_WITHIN - MICROSECOND, AT + COMMITTED_WITHIN)
    assert [less.training_days(at) for at in times] == [None, None, 365]
    assert [less.training_days(at + DAY) for at in times] == [365, 365, 30]


def test_declaration_is_superseded_by_other_words_given_between_its_signing_and_the_opening() -> None:
    words = (WordsGiven(AT, 1, "One."), WordsGiven(AT + 2 * DAY, 2, "Two."), WordsGiven(AT + 4 * DAY, 3, " "))
    asked = AskedThen(words, warning="Beware.")
    signed = [a_declaration(declaration_id=str(day), signed_at=AT + day * DAY) for day in (-1, 0, 1, 2, 4)]
    assert asked.superseded(signed, AT - MICROSECOND) == {"0", "1", "2", "4"}
    assert asked.superseded(signed, AT + COMMITTED_WITHIN) == {"-1", "2", "4"}
    assert asked.superseded(signed, AT + 3 * DAY) == {"-1", "0", "1", "4"}
    assert asked.superseded(signed, AT + 5 * DAY) == {"-1", "0", "1", "2"}


def test_words_that_add_nothing_are_the_same_as_no_warning() -> None:
    words = (WordsGiven(AT, 1, "One."), WordsGiven(AT + DAY, 2, ""))
    signed = [a_declaration(signed_at=AT - DAY)]
    assert AskedThen(words).superseded(signed, AT + 2 * DAY) == frozenset()
    assert AskedThen(words).superseded(signed, AT + COMMITTED_WITHIN) == {"dcl_ash"}


def test_opening_permitted_while_other_words_were_being_committed_is_held_against_nobody() -> None:
    words = (WordsGiven(AT, 1, "One."), WordsGiven(AT + DAY, 2, "Two."))
    asked = AskedThen(words, warning="Beware.")
    signed = [a_declaration(declaration_id=str(day), signed_at=AT + day * DAY) for day in (-1, 0, 1)]
    assert asked.superseded(signed, AT) == {"1"}
    assert asked.superseded(signed, AT + DAY + COMMITTED_WITHIN - MICROSECOND) == {"-1"}
    assert asked.superseded(signed, AT + DAY + COMMITTED_WITHIN) == {"-1", "0"}
