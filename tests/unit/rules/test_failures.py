"""What a past failure may or must mean, Order by Order and class by class."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.rules.facts import GrantClass, Order
from app.rules.failures import (
    PastFailure,
    Weight,
    consideration_missing,
    counts_those_shared_with,
    weight_of,
)

UK, NI = "SI 2008/2998 Sch. para", "SR 2009/71 Sch. para"
POLICY = "Producer policy: past failures"
SCOTTISH = PastFailure(
    failure_id="fai_1",
    person_id="per_ash",
    of_person="Ash Rowan",
    shared_with=False,
    what="Told a press office.",
    occurred_on=date(2026, 3, 9),
    release_title="Waiting times",
    incident_id=None,
    order=Order.SCOTLAND,
    weight=Weight(True, "SSI 2008/399 Sch. para 7"),
)


@pytest.mark.parametrize(
    ("order", "grant_class", "expected"),
    [
        (Order.UK, GrantClass.ELIGIBLE_PERSON, Weight(False, f"{UK} 3(1)(e)")),
        (Order.UK, GrantClass.ADVISER, Weight(False, f"{UK} 3(1)(e)")),
        (Order.UK, GrantClass.BANK_OR_TREASURY, Weight(False, f"{UK} 12(11)")),
        (Order.UK, GrantClass.JOURNALIST, Weight(False, f"{UK} 14(5)")),
        (Order.UK, GrantClass.THIRD_PARTY, Weight(False, f"{UK} 15(7)")),
        # No paragraph speaks of these: what the producer makes of it is the producer's own.
        (Order.UK, GrantClass.EXCEPTIONAL_PERSON, Weight(False, POLICY)),
        (Order.UK, GrantClass.ADMINISTRATIVE_SUPPORT, Weight(False, POLICY)),
        (Order.UK, GrantClass.INTERNATIONAL, Weight(False, POLICY)),
        (Order.NORTHERN_IRELAND, GrantClass.ELIGIBLE_PERSON, Weight(False, f"{NI} 3(1)(e)")),
        (Order.NORTHERN_IRELAND, GrantClass.THIRD_PARTY, Weight(False, f"{NI} 13(7)")),
    ],
)
def test_past_failure_may_be_taken_into_account_by_the_clause_of_the_class(
    order: Order, grant_class: GrantClass, expected: Weight
) -> None:
    assert weight_of(order, grant_class) == expected


@pytest.mark.parametrize("grant_class", list(GrantClass))
def test_past_failure_must_be_taken_into_account_in_scotland_and_wales_whatever_the_class(
    grant_class: GrantClass,
) -> None:
    assert weight_of(Order.SCOTLAND, grant_class) == Weight(True, "SSI 2008/399 Sch. para 7")
    assert weight_of(Order.WALES, grant_class) == Weight(True, "WSI 2009/2818 Sch. para 8")


def test_failure_of_somebody_shared_with_counts_in_wales_alone() -> None:
    assert [order for order in Order if counts_those_shared_with(order)] == [Order.WALES]


@pytest.mark.parametrize("said", ["", "  ", "\n"])
def test_approver_who_says_nothing_of_a_failure_that_must_count_is_told_of_each(said: str) -> None:
    second = replace(SCOTTISH, failure_id="fai_2", occurred_on=date(2026, 4, 13))
    found = consideration_missing((SCOTTISH, second), said)
    assert [(reason.code.value, reason.source, reason.detail) for reason in found] == [
        (
            "failures_not_considered",
            "SSI 2008/399 Sch. para 7",
            f"A past failure of Ash Rowan on {on} must be taken into account.",
        )
        for on in ("9 March 2026", "13 April 2026")
    ]


def test_approver_who_says_what_they_considered_is_asked_no_more() -> None:
    assert consideration_missing((SCOTTISH,), "Trained since; needed for the briefing.") == ()


def test_failure_that_only_may_count_is_asked_of_nobody() -> None:
    may = replace(SCOTTISH, order=Order.UK, weight=Weight(False, f"{UK} 3(1)(e)"))
    assert consideration_missing((may,), "") == ()
