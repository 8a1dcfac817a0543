"""What is owed after a grant: by which clause, with which particulars, and once for one cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.rules.duties import Duty, DutyKind, raised_by
from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Order, Sensitivity
from tests.build import DAY, PUBLISHES_AT, a_grant, a_release, an_approved_list

NAMES = {"per_ash": "Ash Rowan"}
REASONED = ExceptionalGrant("Parliament is in recess.")
SCOTLAND, WALES = Order.SCOTLAND, Order.WALES


def owed(order: Order, *grants: Grant, **release: Any) -> list[tuple[str, str]]:
    made = a_release(order=order, sensitivity=Sensitivity.ORDINARY, **release)
    return [(duty.kind.value, duty.source) for duty in raised_by(made, an_approved_list(*grants), NAMES)]


def duty_of(order: Order, grant: Grant) -> Duty:
    (duty,) = raised_by(a_release(order=order, sensitivity=Sensitivity.ORDINARY), an_approved_list(grant), NAMES)
    return duty


@pytest.mark.parametrize("order", [Order.UK, Order.NORTHERN_IRELAND])
def test_orders_that_have_reasons_published_owe_them_to_the_public_and_nothing_else(order: Order) -> None:
    known = ExceptionalGrant("Mourning.", PUBLISHES_AT - 9 * DAY)
    other = a_grant(grant_class=GrantClass.EXCEPTIONAL_PERSON, exceptional=known, asked=3 * DAY)
    clause = {Order.UK: "SI 2008/2998 Sch. para 5(4)(a)", Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 5(4)(a)"}[order]
    assert owed(order, other, a_grant(asked=3 * DAY, exceptional=known)) == [("publish_reasons", clause)] * 2
    assert owed(order, a_grant(exceptional=known)) == []


@pytest.mark.parametrize(
    ("order", "changes", "expected"),
    [
        (SCOTLAND, {"ground_letter": "a"}, []),
        (SCOTLAND, {"ground_letter": "e", "asked": 30 * DAY}, []),
        (SCOTLAND, {"ground_letter": "h"}, [("notify_board", "SSI 2008/399 Sch. para 6")]),
        (
            SCOTLAND,
            {"ground_letter": "a", "asked": 30 * DAY, "exceptional": REASONED},
            [("publish_increase", "SSI 2008/399 Sch. para 4(5)")],
        ),
        (
            SCOTLAND,
            {"ground_letter": "h", "asked": 30 * DAY, "exceptional": REASONED},
            [("publish_increase", "SSI 2008/399 Sch. para 4(5)"), ("notify_board", "SSI 2008/399 Sch. para 6")],
        ),
        (WALES, {"ground_letter": "a"}, []),
        (WALES, {"ground_letter": "d"}, []),
        (WALES, {"ground_letter": "d", "asked": DAY}, []),
        (WALES, {"ground_letter": "d", "asked": 30 * DAY}, [("notify_board", "WSI 2009/2818 Sch. para 4(5)")]),
        (WALES, {"ground_letter": "h"}, [("notify_board", "WSI 2009/2818 Sch. para 7")]),
        (
            WALES,
            {"ground_letter": "h", "asked": 30 * DAY, "exceptional": REASONED},
            [("notify_board", "WSI 2009/2818 Sch. para 4(4)"), ("notify_board", "WSI 2009/2818 Sch. para 7")],
        ),
        (WALES, {"ground_letter": "h", "grant_class": GrantClass.ADMINISTRATIVE_SUPPORT}, []),
        (WALES, {"ground_letter": "h", "person_id": None}, []),
    ],
)
def test_what_is_owed_follows_from_ground_and_period(
    order: Order, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert owed(order, a_grant(**changes)) == expected


def test_board_is_told_the_four_things_of_the_scottish_paragraph() -> None:
    duty = duty_of(SCOTLAND, a_grant(ground_letter="h"))
    assert duty.kind is DutyKind.NOTIFY_BOARD
    assert duty.particulars == {
        "statistics": "Rainfall, October 2026",
        "individual": "Ash Rowan",
        "period": "from 2026-10-27T09:30:00.000Z until publication, 2026-11-03T09:30:00.000Z",
        "reason": "answers questions on floods at the time of publication",
    }


def test_public_is_told_the_five_things_of_an_increase() -> None:
    duty = duty_of(SCOTLAND, a_grant(ground_letter="b", asked=10 * DAY, exceptional=REASONED))
    assert duty.particulars == {
        "fact": "The maximum period, 5 working days before publication, was increased.",
        "statistics": "Rainfall, October 2026",
        "duration": "240 hours before publication",
        "ground": "paragraph 2(1)(b)",
        "explanation": "Parliament is in recess.",
    }


def test_cause_is_the_same_for_the_same_terms_in_a_later_version_and_another_for_other_terms() -> None:
    grant = a_grant(ground_letter="h")
    first, again = duty_of(SCOTLAND, grant), duty_of(SCOTLAND, replace(grant, grant_id="grt_later"))
    longer = duty_of(SCOTLAND, replace(grant, asked=timedelta(hours=2)))
    other = duty_of(SCOTLAND, replace(grant, person_id="per_elm"))
    assert first.reason_key == again.reason_key
    assert len({first.reason_key, longer.reason_key, other.reason_key}) == 3
    assert len(first.reason_key) <= 200
