"""``pra window``: when a window opens, and the clauses that say so, for people and for programs."""

from __future__ import annotations

import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app.cli.main import app

UK = ("--order", "uk")
ORDINARY = ("--sensitivity", "ordinary")
SENSITIVE = ("--sensitivity", "market_sensitive")
JUNE = ("--publishes-at", "2026-06-16T09:30:00+01:00")


def pra_window(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["window", *arguments])


def test_window_in_json_has_exactly_the_promised_members() -> None:
    told = pra_window(*UK, *ORDINARY, *JUNE, "--json")
    assert (told.exit_code, told.stderr) == (0, "")
    assert json.loads(told.stdout) == {
        "opens_at": "2026-06-15T08:30:00.000Z",
        "reasons": [
            (
                "Access may begin on Monday 15 June 2026, 9:30am (UK time): 24 elapsed hours before the time set for "
                "publication, Tuesday 16 June 2026, 9:30am (UK time)."
            ),
            "It ends with publication itself, not with the clock.",
        ],
        "sources": ["SI 2008/2998 Sch. para 4", "SI 2008/2998 Sch. para 6(1)"],
    }


def test_window_in_words_says_when_and_by_which_clauses() -> None:
    told = pra_window(*UK, *SENSITIVE, *JUNE)
    assert (told.exit_code, told.stdout.splitlines()) == (
        0,
        [
            (
                "Access may begin on Monday 15 June 2026, 9:30am (UK time): 24 elapsed hours before the time set for "
                "publication, Tuesday 16 June 2026, 9:30am (UK time)."
            ),
            "It ends with publication itself, not with the clock.",
            "The statistics are market sensitive, so each recipient must have signed a declaration.",
            "Sources: SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 6(1); SI 2008/2998 Sch. para 8",
        ],
    )


@pytest.mark.parametrize(
    ("publishes_at", "opens_at"),
    [
        ("2026-03-30T00:01:00+01:00", "2026-03-28T23:01:00.000Z"),
        ("2026-10-26T00:01:00+00:00", "2026-10-25T00:01:00.000Z"),
        ("2026-10-26T00:01:00Z", "2026-10-25T00:01:00.000Z"),
        ("2026-10-26T05:46:00+05:45", "2026-10-25T00:01:00.000Z"),
        ("2026-03-30T07:00:00+01:00", "2026-03-29T06:00:00.000Z"),
        ("2026-03-30T07:00:00.000001+01:00", "2026-03-29T06:00:00.001Z"),
    ],
    ids=["after spring", "after autumn", "Z", "another zone", "seven", "never told too early"],
)
def test_window_in_json_opens_24_elapsed_hours_before(publishes_at: str, opens_at: str) -> None:
    told = pra_window(*UK, *ORDINARY, "--publishes-at", publishes_at, "--json")
    assert (told.exit_code, json.loads(told.stdout)["opens_at"]) == (0, opens_at)


def test_window_with_closed_days_says_that_they_change_nothing() -> None:
    closed = ("--closed-on", "2026-06-15", "--closed-on", "2026-06-12")
    told = pra_window(*UK, *ORDINARY, *JUNE, *closed, "--json")
    found = json.loads(told.stdout)
    assert (told.exit_code, found["opens_at"]) == (0, "2026-06-15T08:30:00.000Z")
    assert found["reasons"][2:] == ["Closed days change nothing under this Order: the paragraph excludes no day."]


TUESDAY_AFTER_EASTER = ("--publishes-at", "2026-04-07T09:30:00+01:00")


@pytest.mark.parametrize(
    ("question", "opens_at"),
    [
        (("--order", "northern_ireland", *ORDINARY, *JUNE), "2026-06-15T08:30:00.000Z"),
        (("--order", "scotland", *ORDINARY, *JUNE), "2026-06-08T08:30:00.000Z"),
        (("--order", "scotland", *ORDINARY, *TUESDAY_AFTER_EASTER), "2026-03-30T08:30:00.000Z"),
        (
            ("--order", "scotland", *ORDINARY, *TUESDAY_AFTER_EASTER, "--closed-on", "2026-04-06"),
            "2026-03-27T09:30:00.000Z",
        ),
        (("--order", "scotland", *SENSITIVE, *TUESDAY_AFTER_EASTER), "2026-04-06T08:30:00.000Z"),
        (
            ("--order", "scotland", "--sensitivity", "economic", "--publishes-at", "2026-03-31T09:30:00+01:00"),
            "2026-03-30T08:30:00.000Z",
        ),
        (("--order", "wales", *ORDINARY, "--publishes-at", "2026-04-09T09:30:00+01:00"), "2026-03-30T23:00:00.000Z"),
        (("--order", "wales", *SENSITIVE, "--publishes-at", "2026-12-01T09:30:00Z"), "2026-11-27T09:30:00.000Z"),
        (("--order", "wales", *SENSITIVE, "--publishes-at", "2026-07-14T09:30:00+01:00"), "2026-07-10T08:30:00.000Z"),
        (
            ("--order", "wales", *ORDINARY, *JUNE, "--ground-letter", "d", "--asked-hours", "240"),
            "2026-06-06T08:30:00.000Z",
        ),
        (
            ("--order", "scotland", *ORDINARY, *JUNE, "--ground-letter", "e", "--asked-hours", "504"),
            "2026-05-26T08:30:00.000Z",
        ),
        (
            ("--order", "scotland", *ORDINARY, *JUNE, "--ground-letter", "d", "--asked-hours", "504"),
            "2026-06-08T08:30:00.000Z",
        ),
        (("--order", "scotland", *ORDINARY, *JUNE, "--asked-hours", "2"), "2026-06-16T06:30:00.000Z"),
    ],
    ids=[
        "T19",
        "T20",
        "T09",
        "T10",
        "T11",
        "T12",
        "T15",
        "T16",
        "T17",
        "Wales (d)",
        "T14",
        "other ground",
        "two hours asked",
    ],
)
def test_window_of_each_order_is_counted_with_the_bank_holidays(question: tuple[str, ...], opens_at: str) -> None:
    told = pra_window(*question, "--json")
    assert (told.exit_code, json.loads(told.stdout)["opens_at"]) == (0, opens_at)


def test_window_of_excepted_statistics_is_refused_with_status_1_and_says_why() -> None:
    question = ("--order", "scotland", "--sensitivity", "excepted", *JUNE, "--ground-letter", "e")
    told = pra_window(*question)
    assert (told.exit_code, told.stdout.splitlines()) == (
        1,
        [
            (
                "Pre-release access to statistics on Scotland’s gross domestic product or on Scottish retail sales may "
                "not be granted."
            ),
            "Sources: SSI 2008/399 Sch. para 4A(4)",
            (
                "Publish without pre-release access. Should ground (e) be needed for a publication at the same time, "
                "ask for a legal check first: this service does not treat it as an exception."
            ),
        ],
    )
    assert json.loads(pra_window(*question, "--json").stdout)["opens_at"] is None


@pytest.mark.parametrize("sensitivity", ["economic", "excepted"])
def test_window_of_a_class_the_uk_order_has_not_is_refused_with_status_1(sensitivity: str) -> None:
    told = pra_window(*UK, "--sensitivity", sensitivity, *JUNE, "--json")
    assert (told.exit_code, json.loads(told.stdout)["opens_at"]) == (1, None)


@pytest.mark.parametrize(
    "publishes_at",
    [
        "2026-06-16T09:30:00",
        "2026-06-16",
        "2026-06-31T09:30:00Z",
        "2026-06-16T09:30:00 01:00",
        "2026-06-16T25:00:00Z",
        "tomorrow",
        "",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
    ],
    ids=["naive", "a day", "no such day", "a lost plus", "no such hour", "a word", "empty", "first year", "last year"],
)
def test_window_of_what_is_no_instant_is_refused_and_says_what_is_wanted(publishes_at: str) -> None:
    told = pra_window(*UK, *ORDINARY, "--publishes-at", publishes_at, "--json")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "Invalid value" in told.stderr
    assert not isinstance(told.exception, ValueError | OverflowError)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--order", "england"),
        ("--sensitivity", "secret"),
        ("--closed-on", "Easter Monday"),
        ("--ground-letter", "z"),
        ("--ground-letter", "ab"),
        ("--asked-hours", "0"),
        ("--asked-hours", "two"),
        ("--asked-hours", "9999"),
    ],
    ids=["order", "sensitivity", "closed day", "letter", "letters", "no hours", "a word", "too many hours"],
)
def test_window_with_a_wrong_choice_is_refused(wrong: tuple[str, str]) -> None:
    told = pra_window(*JUNE, *wrong)
    assert (told.exit_code, told.stdout) == (2, "")


def test_window_without_a_time_of_publication_is_refused() -> None:
    told = pra_window(*UK, *ORDINARY)
    assert (told.exit_code, told.stdout) == (2, "")
