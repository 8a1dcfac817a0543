"""The window in words for each Order, and what is refused or held to the limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Order, Sensitivity
from app.rules.orders import scotland
from app.rules.reasons import ReasonCode
from app.rules.window import (
    ORDERS,
    Window,
    clauses_for,
    counts_own_closed_days,
    days_left_out,
    from_text,
    is_beyond_limit,
    limit_text,
    opens_at_for,
    parts_of,
    sensitivities_of,
    window,
    window_of,
)
from app.rules.workingdays import Part
from tests.build import DAY, PUBLISHES_AT, a_grant, a_release, london

HOUR = timedelta(hours=1)
ENDS = "It ends with publication itself, not with the clock."
PUBLISHED = ExceptionalGrant("The flood plan needs the figures over the weekend.")
MADE_KNOWN = ExceptionalGrant(PUBLISHED.reasons, PUBLISHES_AT - 6 * DAY)
MAY_BANK_HOLIDAY = date(2026, 5, 4)
SATURDAY = date(2026, 5, 2)


def test_window_of_an_ordinary_uk_release_says_when_and_why() -> None:
    assert window(Order.UK, Sensitivity.ORDINARY, london(2026, 6, 16, 9, 30)).as_record() == {
        "opens_at": "2026-06-15T08:30:00.000Z",
        "reasons": [
            (
                "Access may begin on Monday 15 June 2026, 9:30am (UK time): 24 elapsed hours before the time set for "
                "publication, Tuesday 16 June 2026, 9:30am (UK time)."
            ),
            ENDS,
        ],
        "sources": ["SI 2008/2998 Sch. para 4", "SI 2008/2998 Sch. para 6(1)"],
    }


@pytest.mark.parametrize(("order", "instrument"), [(Order.UK, "SI 2008/2998"), (Order.NORTHERN_IRELAND, "SR 2009/71")])
def test_window_of_a_market_sensitive_release_adds_the_declaration(order: Order, instrument: str) -> None:
    found = window(order, Sensitivity.MARKET_SENSITIVE, PUBLISHES_AT)
    assert found.sources == tuple(f"{instrument} Sch. para {number}" for number in ("4", "6(1)", "8"))
    assert found.reasons[-1] == (
        "The statistics are market sensitive, so each recipient must have signed a declaration."
    )


def test_window_of_a_scottish_release_names_the_days_left_out_and_says_what_is_our_reading() -> None:
    closed = frozenset({MAY_BANK_HOLIDAY, SATURDAY, date(2026, 5, 8), date(2026, 4, 3)})
    found = window(Order.SCOTLAND, Sensitivity.ORDINARY, london(2026, 5, 7, 9, 30), closed_on=closed)
    assert found.reasons == (
        (
            "Access may begin on Wednesday 29 April 2026, 9:30am (UK time): 5 working days before publication, "
            "Thursday 7 May 2026, 9:30am (UK time)."
        ),
        ENDS,
        "Left out of the count besides weekends: Monday 4 May 2026.",
        scotland.READING,
    )
    assert found.sources == ("SSI 2008/399 Sch. para 4(1)(b)", "SSI 2008/399 art. 2", "SRSA 2007 s.11(8)")


def test_window_of_a_welsh_release_says_what_is_not_counted() -> None:
    found = window(
        Order.WALES,
        Sensitivity.ORDINARY,
        london(2026, 5, 7, 9, 30),
        closed_on=frozenset({MAY_BANK_HOLIDAY}),
        own_days=frozenset({date(2026, 5, 6)}),
    )
    assert found.reasons == (
        (
            "Access may begin on Wednesday 29 April 2026, 12:00am (UK time): the start of the fifth counted day before "
            "the intended date, Thursday 7 May 2026, 9:30am (UK time)."
        ),
        ENDS,
        "Left out of the count besides weekends: Monday 4 May 2026.",
        (
            "Not counted: Saturdays, Sundays, Christmas Day, Good Friday and bank holidays in any part of the United "
            "Kingdom."
        ),
        (
            "Closed days change nothing under this Order: it leaves out bank holidays, and not the days on which a "
            "producer's offices are closed."
        ),
    )
    assert found.sources == ("WSI 2009/2818 Sch. para 4(1)(b)", "WSI 2009/2818 Sch. para 4(6)", "SRSA 2007 s.11(8)")


@pytest.mark.parametrize(
    ("order", "kind", "source"),
    [
        (Order.UK, Sensitivity.ECONOMIC, "SI 2008/2998 Sch. para 16"),
        (Order.UK, Sensitivity.EXCEPTED, "SI 2008/2998 Sch. para 16"),
        (Order.WALES, Sensitivity.ECONOMIC, "WSI 2009/2818 art. 2"),
        (Order.WALES, Sensitivity.EXCEPTED, "WSI 2009/2818 art. 2"),
        (Order.NORTHERN_IRELAND, Sensitivity.ECONOMIC, "SR 2009/71 Sch. para 14"),
        (Order.NORTHERN_IRELAND, Sensitivity.EXCEPTED, "SR 2009/71 Sch. para 14"),
    ],
)
def test_window_of_a_class_that_the_order_has_not_is_refused(order: Order, kind: Sensitivity, source: str) -> None:
    found = window(order, kind, PUBLISHES_AT)
    assert found.refusal is not None
    assert found == Window(None, (found.refusal.detail,), (source,), found.refusal)
    assert found.refusal.code == ReasonCode.ORDER_NOT_BUILT
    assert f"has no class of “{kind.value}” statistics; it knows ordinary and market sensitive." in found.reasons[0]
    release = a_release(order=order, sensitivity=kind)
    for grant in (a_grant(), a_grant(asked=HOUR), a_grant(grant_class=GrantClass.INTERNATIONAL, asked=9 * DAY)):
        assert opens_at_for(release, grant) is None
        assert is_beyond_limit(release, grant)
        assert source in clauses_for(release, grant) or order is not Order.WALES


# -- Scotland: excepted statistics, by the dates of the 2021 Act -----------------------------------------------


@pytest.mark.parametrize(
    ("publishes_at", "opens_at", "clause"),
    [
        (london(2021, 4, 22, 9, 30), london(2021, 4, 21, 9, 30), "4A(2)"),
        (london(2022, 4, 21, 9, 30), london(2022, 4, 20, 9, 30), "4A(2)"),
        (london(2022, 4, 21, 23, 59), london(2022, 4, 20, 23, 59), "4A(2)"),
        (london(2022, 4, 22, 0, 0), london(2022, 4, 21, 20, 0), "4A(3)"),
        (london(2022, 4, 22, 9, 30), london(2022, 4, 22, 5, 30), "4A(3)"),
        (london(2023, 4, 21, 9, 30), london(2023, 4, 21, 5, 30), "4A(3)"),
        (london(2023, 4, 21, 23, 59), london(2023, 4, 21, 19, 59), "4A(3)"),
        (london(2023, 4, 22, 0, 0), None, "4A(4)"),
        (london(2026, 4, 22, 9, 30), None, "4A(4)"),
    ],
    ids=[
        "first day",
        "last of Year 1",
        "its last minute",
        "Year 2",
        "its morning",
        "last",
        "last minute",
        "over",
        "now",
    ],
)
def test_window_of_excepted_statistics_follows_the_years_of_the_act(
    publishes_at: datetime, opens_at: datetime | None, clause: str
) -> None:
    found = window(Order.SCOTLAND, Sensitivity.EXCEPTED, publishes_at)
    assert (found.opens_at, found.sources[0]) == (opens_at, f"SSI 2008/399 Sch. para {clause}")


@pytest.mark.parametrize(
    "grant",
    [
        a_grant(ground_letter="e", asked=21 * DAY),
        a_grant(ground_letter="e"),
        a_grant(ground_letter="a", asked=HOUR, exceptional=MADE_KNOWN),
        a_grant(grant_class=GrantClass.BANK_OR_TREASURY, asked=HOUR),
    ],
    ids=["ground (e), three weeks", "ground (e)", "exceptional", "Bank"],
)
def test_no_grant_opens_excepted_statistics_and_the_refusal_asks_for_a_legal_check(grant: Grant) -> None:
    release = a_release(order=Order.SCOTLAND, sensitivity=Sensitivity.EXCEPTED)
    found = window_of(release, grant)
    assert found.refusal is not None
    assert (found.opens_at, found.refusal.code) == (None, ReasonCode.EXCEPTED_STATISTICS)
    assert "legal check" in found.refusal.remedy
    assert is_beyond_limit(release, grant)


def test_excepted_statistics_in_year_2_are_held_to_four_hours_on_every_ground() -> None:
    release = a_release(order=Order.SCOTLAND, sensitivity=Sensitivity.EXCEPTED, publishes_at=london(2022, 9, 20, 9, 30))
    for grant in (a_grant(ground_letter="e", asked=5 * HOUR), a_grant(asked=5 * HOUR, exceptional=MADE_KNOWN)):
        assert opens_at_for(release, grant) == london(2022, 9, 20, 5, 30)


# -- grants that ask for less, or for more ---------------------------------------------------------------------

ALL = UK, SCOTLAND, WALES, NI = Order.UK, Order.SCOTLAND, Order.WALES, Order.NORTHERN_IRELAND
C = GrantClass


@pytest.mark.parametrize("order", ALL)
def test_grant_may_ask_for_less_than_the_limit(order: Order) -> None:
    release = a_release(order=order)
    assert opens_at_for(release, a_grant(asked=3 * HOUR)) == release.publishes_at - 3 * HOUR
    assert not is_beyond_limit(release, a_grant(asked=3 * HOUR))
    said = window_of(release, a_grant(asked=3 * HOUR)).reasons[0]
    assert "3 hours before the time set for publication" in said


@pytest.mark.parametrize("order", ALL)
def test_grant_that_asks_for_more_is_held_to_the_limit_and_told_so(order: Order) -> None:
    release, grant = a_release(order=order), a_grant(asked=30 * DAY, ground_letter="a")
    found = window_of(release, grant)
    assert found.opens_at == opens_at_for(release, grant) == opens_at_for(release, a_grant())
    assert is_beyond_limit(release, grant)
    assert any(
        "720 hours were asked for, which is more than the Order ordinarily allows." in one for one in found.reasons
    )


@pytest.mark.parametrize(
    ("order", "grant", "longer", "clauses"),
    [
        (UK, a_grant(exceptional=MADE_KNOWN), True, "5(1)(a)"),
        (UK, a_grant(exceptional=PUBLISHED), False, "4"),
        (UK, a_grant(grant_class=C.JOURNALIST, exceptional=MADE_KNOWN), False, "14(1)"),
        (UK, a_grant(grant_class=C.BANK_OR_TREASURY), True, "12(14)"),
        (UK, a_grant(grant_class=C.INTERNATIONAL), True, "13(2)"),
        (UK, a_grant(grant_class=C.THIRD_PARTY), True, "15(8)"),
        (UK, a_grant(ground_letter="e"), False, "4"),
        (NI, a_grant(exceptional=MADE_KNOWN), True, "5(1)(a)"),
        (NI, a_grant(exceptional=PUBLISHED), False, "4"),
        (NI, a_grant(grant_class=C.INTERNATIONAL), True, "12(2)"),
        (NI, a_grant(grant_class=C.THIRD_PARTY), True, "13(8)"),
        (NI, a_grant(grant_class=C.BANK_OR_TREASURY), False, "4"),
        (NI, a_grant(grant_class=C.BANK_OR_TREASURY, exceptional=MADE_KNOWN), False, "4"),
        (SCOTLAND, a_grant(exceptional=PUBLISHED), True, "4(3), 4(5)"),
        (SCOTLAND, a_grant(exceptional=ExceptionalGrant(" ", PUBLISHES_AT)), False, "4(1)(a), art. 2"),
        (SCOTLAND, a_grant(ground_letter="e"), True, "4(2)"),
        (SCOTLAND, a_grant(ground_letter="d"), False, "4(1)(a), art. 2"),
        (WALES, a_grant(exceptional=PUBLISHED), True, "4(3)"),
        (WALES, a_grant(exceptional=ExceptionalGrant("", PUBLISHES_AT)), False, "4(1)(a), 4(6)"),
        (WALES, a_grant(ground_letter="d"), True, "4(2)"),
        (WALES, a_grant(ground_letter="e"), False, "4(1)(a), 4(6)"),
    ],
)
def test_grant_for_three_weeks_opens_then_only_where_its_order_lets_it(
    order: Order, grant: Grant, longer: bool, clauses: str
) -> None:
    release = a_release(order=order)
    asked = replace(grant, asked=21 * DAY)
    expected = release.publishes_at - 21 * DAY if longer else opens_at_for(release, a_grant())
    assert opens_at_for(release, asked) == expected
    cited = [one.split(" ", 2)[2].removeprefix("Sch. para ") for one in ORDERS[order].window_clauses(release, asked)]
    assert ", ".join(cited) == clauses


@pytest.mark.parametrize("kind", [Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE, Sensitivity.ECONOMIC])
def test_maximum_for_economic_statistics_is_never_increased(kind: Sensitivity) -> None:
    """SRSA 2007 s.11A(3) allows rules no more than one working day for them; ground (e) it leaves alone."""
    release = a_release(order=Order.SCOTLAND, sensitivity=kind)
    increased = a_grant(asked=21 * DAY, exceptional=MADE_KNOWN)
    may = kind is not Sensitivity.ECONOMIC
    assert (opens_at_for(release, increased) == release.publishes_at - 21 * DAY) is may
    assert opens_at_for(release, a_grant(asked=21 * DAY, ground_letter="e")) == release.publishes_at - 21 * DAY


@pytest.mark.parametrize(("order", "letter"), [(Order.SCOTLAND, "e"), (Order.WALES, "d")])
def test_ground_without_a_maximum_has_the_ordinary_window_where_nothing_was_asked(order: Order, letter: str) -> None:
    release = a_release(order=order, sensitivity=Sensitivity.ORDINARY)
    assert opens_at_for(release, a_grant(ground_letter=letter)) == opens_at_for(release, a_grant())


def test_limit_is_written_as_each_order_counts() -> None:
    told = {
        (order, kind): limit_text(a_release(order=order, sensitivity=kind))
        for order in Order
        for kind in sorted(sensitivities_of(order))
    }
    assert told == {
        (Order.UK, Sensitivity.ORDINARY): "24 hours before the time set for publication",
        (Order.UK, Sensitivity.MARKET_SENSITIVE): "24 hours before the time set for publication",
        (Order.NORTHERN_IRELAND, Sensitivity.ORDINARY): "24 hours before the time set for publication",
        (Order.NORTHERN_IRELAND, Sensitivity.MARKET_SENSITIVE): "24 hours before the time set for publication",
        (Order.SCOTLAND, Sensitivity.ORDINARY): "5 working days before publication",
        (Order.SCOTLAND, Sensitivity.MARKET_SENSITIVE): "1 working day before publication",
        (Order.SCOTLAND, Sensitivity.ECONOMIC): "1 working day before publication",
        (Order.SCOTLAND, Sensitivity.EXCEPTED): "no access before publication",
        (Order.WALES, Sensitivity.ORDINARY): "the fifth counted day before the day of publication",
        (Order.WALES, Sensitivity.MARKET_SENSITIVE): "24 counted hours before the time set for publication",
    }
    asked = a_grant(asked=timedelta(minutes=90))
    assert from_text(a_release(order=Order.SCOTLAND), asked) == "1 hour 30 minutes before the time set for publication"


# -- which days each Order leaves out --------------------------------------------------------------------------

HOLIDAYS = {
    Part.ENGLAND_AND_WALES: {date(2026, 8, 31)},
    Part.SCOTLAND: {date(2026, 8, 3), date(2026, 11, 30)},
    Part.NORTHERN_IRELAND: {date(2026, 7, 13)},
}
OWN = {date(2026, 9, 21)}


@pytest.mark.parametrize(
    ("order", "left_out"),
    [
        (Order.UK, set()),
        (Order.NORTHERN_IRELAND, set()),
        (Order.SCOTLAND, HOLIDAYS[Part.SCOTLAND] | OWN),
        (Order.WALES, set().union(*HOLIDAYS.values())),
    ],
)
def test_days_left_out_are_those_of_the_governing_order(order: Order, left_out: set[date]) -> None:
    assert days_left_out(order, HOLIDAYS, OWN) == left_out
    assert days_left_out(order, {}, set()) == frozenset()


def test_only_scotland_leaves_out_the_producers_own_days_and_only_two_orders_bank_holidays() -> None:
    assert [order for order in Order if counts_own_closed_days(order)] == [Order.SCOTLAND]
    assert {order for order in Order if parts_of(order)} == {Order.SCOTLAND, Order.WALES}
    assert set(parts_of(Order.WALES)) == set(Part)
