"""The window in words, and the Orders and classes that are refused."""

from __future__ import annotations

import pytest

from app.rules.facts import Order, Sensitivity
from app.rules.reasons import ReasonCode
from app.rules.window import INSTRUMENTS, ORDERS, clauses_for, window
from tests.build import PUBLISHES_AT, a_grant, london


def test_window_of_an_ordinary_uk_release_says_when_and_why() -> None:
    assert window(Order.UK, Sensitivity.ORDINARY, london(2026, 6, 16, 9, 30)).as_record() == {
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


def test_window_of_a_market_sensitive_uk_release_adds_the_declaration() -> None:
    found = window(Order.UK, Sensitivity.MARKET_SENSITIVE, PUBLISHES_AT)
    assert found.sources == ("SI 2008/2998 Sch. para 4", "SI 2008/2998 Sch. para 6(1)", "SI 2008/2998 Sch. para 8")
    assert found.reasons[-1] == (
        "The statistics are market sensitive, so each recipient must have signed a declaration."
    )


@pytest.mark.parametrize("order", [Order.SCOTLAND, Order.WALES, Order.NORTHERN_IRELAND])
@pytest.mark.parametrize("sensitivity", list(Sensitivity))
def test_window_of_an_order_not_built_is_refused_by_its_own_instrument(order: Order, sensitivity: Sensitivity) -> None:
    found = window(order, sensitivity, PUBLISHES_AT)
    assert found.as_record() == {
        "opens_at": None,
        "reasons": [
            (
                f"Releases under {INSTRUMENTS[order]} ({order.value.replace('_', ' ')}) are not supported by this "
                "version: "
                "its window is counted differently and is not guessed."
            )
        ],
        "sources": [f"{INSTRUMENTS[order]} Sch. para 4"],
    }
    assert clauses_for(order, sensitivity, PUBLISHES_AT, a_grant()) == ()


@pytest.mark.parametrize("sensitivity", [Sensitivity.ECONOMIC, Sensitivity.EXCEPTED])
def test_window_of_a_class_the_uk_order_has_not_is_refused(sensitivity: Sensitivity) -> None:
    found = window(Order.UK, sensitivity, PUBLISHES_AT)
    assert found.refusal is not None
    assert (found.opens_at, found.refusal.code) == (None, ReasonCode.ORDER_NOT_BUILT)
    assert found.reasons == (
        f"The UK Order has no class of “{sensitivity.value}” statistics; it knows ordinary and market sensitive.",
    )


def test_orders_that_are_built_are_the_uk_order_alone() -> None:
    assert sorted(ORDERS) == [Order.UK]
