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


@pytest.mark.parametrize(
    ("order", "instrument"),
    [("scotland", "SSI 2008/399"), ("wales", "WSI 2009/2818"), ("northern_ireland", "SR 2009/71")],
)
def test_window_of_an_order_not_built_is_refused_with_status_1(order: str, instrument: str) -> None:
    told = pra_window("--order", order, *ORDINARY, *JUNE, "--json")
    detail = (
        f"Releases under {instrument} ({order.replace('_', ' ')}) are not supported by this version: "
        "its window is counted differently and is not guessed."
    )
    assert told.exit_code == 1
    assert json.loads(told.stdout) == {
        "opens_at": None,
        "reasons": [detail],
        "sources": [f"{instrument} Sch. para 4"],
    }
    in_words = pra_window("--order", order, *ORDINARY, *JUNE)
    assert (in_words.exit_code, in_words.stdout.splitlines()) == (
        1,
        [
            detail,
            f"Sources: {instrument} Sch. para 4",
            "Handle this release outside the service until that Order is supported.",
        ],
    )


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
    [("--order", "england"), ("--sensitivity", "secret"), ("--closed-on", "Easter Monday")],
    ids=["order", "sensitivity", "closed day"],
)
def test_window_with_a_wrong_choice_is_refused(wrong: tuple[str, str]) -> None:
    told = pra_window(*JUNE, *wrong)
    assert (told.exit_code, told.stdout) == (2, "")


def test_window_without_a_time_of_publication_is_refused() -> None:
    told = pra_window(*UK, *ORDINARY)
    assert (told.exit_code, told.stdout) == (2, "")
