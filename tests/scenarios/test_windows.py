"""When the window opens and shuts: the numbered scenarios that the rule alone decides.

The instants are those of the London clock, written out with the offset they had, so that each can be checked by hand.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.actions.closed_days import load_bank_holidays
from app.rules.access import Permit, Refusal, decide
from app.rules.facts import AccessFacts, ExceptionalGrant, Order, Sensitivity, london_text
from app.rules.orders import uk, uk_grants
from app.rules.reasons import ReasonCode
from app.rules.window import clauses_for, opens_at_for, window
from tests.build import (
    DAY,
    a_declaration,
    a_grant,
    a_producer,
    a_release,
    an_approved_list,
    facts_that_permit,
    london,
)
from tests.scenarios.conftest import Begin
from tests.story import done

ORDINARY, MARKET_SENSITIVE = Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE


def at(text: str) -> datetime:
    """An instant written with its offset, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def facts_for(publishes_at: datetime, **grant: object) -> AccessFacts:
    """A sound recipient of a market-sensitive UK release set for this instant."""
    granted = a_grant(**grant)
    return facts_that_permit(
        release=a_release(publishes_at=publishes_at),
        eligibility_list=an_approved_list(granted, approved_at=publishes_at - 7 * DAY),
        grants=(granted,),
        declarations=(a_declaration(signed_at=publishes_at - 5 * DAY, lapses_at=publishes_at + 360 * DAY),),
    )


def refused_for(facts: AccessFacts, instant: datetime) -> list[tuple[ReasonCode, datetime | None]]:
    """The codes of a refusal, each with when it ends by itself."""
    decision = decide(facts, instant)
    assert isinstance(decision, Refusal)
    return [(reason.code, reason.until) for reason in decision.reasons]


T01 = london(2026, 3, 10, 9, 30)


def test_t01_reader_one_second_before_the_window_is_refused_and_told_when_it_opens() -> None:
    assert at("2026-03-10T09:30:00+00:00") == T01
    refused = refused_for(facts_for(T01), at("2026-03-09T09:29:59+00:00"))
    assert refused == [(ReasonCode.WINDOW_NOT_OPEN, at("2026-03-09T09:30:00+00:00"))]


def test_t01_reader_one_millisecond_before_the_window_is_refused() -> None:
    refused = refused_for(facts_for(T01), at("2026-03-09T09:29:59.999+00:00"))
    assert refused == [(ReasonCode.WINDOW_NOT_OPEN, at("2026-03-09T09:30:00+00:00"))]


def test_t02_reader_at_the_first_instant_is_permitted() -> None:
    decision = decide(facts_for(T01), at("2026-03-09T09:30:00Z"))
    assert isinstance(decision, Permit)
    assert decision.opens_at == at("2026-03-09T09:30:00Z")
    assert decision.reasons == (uk.PARA_3_1, uk.PARA_4, uk.PARA_8)


T03 = london(2026, 3, 30, 9, 30)
FRIDAY = at("2026-03-27T16:00:00+00:00")


def test_t03_monday_release_opens_on_sunday_and_not_on_friday() -> None:
    assert at("2026-03-30T08:30:00Z") == T03
    sunday = at("2026-03-29T09:30:00+01:00")
    assert refused_for(facts_for(T03), FRIDAY) == [(ReasonCode.WINDOW_NOT_OPEN, sunday)]
    assert sunday == at("2026-03-29T08:30:00Z")
    assert isinstance(decide(facts_for(T03), sunday), Permit)


def test_t04_grant_from_friday_is_blocked_without_published_reasons_and_notice_to_the_board() -> None:
    over_long = a_grant(asked=T03 - FRIDAY)
    assert [
        (reason.code, reason.source)
        for reason in uk_grants.grant_reasons(a_release(), over_long, an_approved_list(over_long))
    ] == [
        (ReasonCode.GRANT_TOO_LONG, uk.PARA_4),
        (ReasonCode.EXCEPTIONAL_NOT_PUBLISHED, uk.PARA_5_4_A),
        (ReasonCode.BOARD_NOT_INFORMED, uk.PARA_5_4_B),
    ]
    for halfway in (ExceptionalGrant("Flooding."), ExceptionalGrant("", FRIDAY - DAY)):
        facts = facts_for(T03, asked=T03 - FRIDAY, exceptional=halfway)
        assert refused_for(facts, FRIDAY) == [(ReasonCode.WINDOW_NOT_OPEN, T03 - DAY)]


def test_t04_grant_from_friday_is_lawful_once_it_is_exceptional_and_made_known() -> None:
    made_known = ExceptionalGrant("Flood warnings were to be given over the weekend.", FRIDAY - DAY)
    lawful = a_grant(asked=T03 - FRIDAY, exceptional=made_known)
    assert uk_grants.grant_reasons(a_release(), lawful, an_approved_list(lawful)) == ()
    facts = facts_for(T03, asked=T03 - FRIDAY, exceptional=made_known)
    decision = decide(facts, FRIDAY)
    assert isinstance(decision, Permit)
    assert decision.reasons == (uk.PARA_3_1, uk.PARA_5_1_A, uk.PARA_8)
    assert refused_for(facts, FRIDAY - timedelta(microseconds=1)) == [(ReasonCode.WINDOW_NOT_OPEN, FRIDAY)]


def opens(publishes_at: datetime) -> datetime | None:
    return window(Order.UK, MARKET_SENSITIVE, publishes_at).opens_at


def test_t05_release_after_the_spring_change_opens_at_2301_gmt() -> None:
    publishes_at = london(2026, 3, 30, 0, 1)
    assert publishes_at == at("2026-03-29T23:01:00Z")
    assert opens(publishes_at) == at("2026-03-28T23:01:00+00:00")
    assert opens(publishes_at) != at("2026-03-29T00:01:00+00:00")


def test_t06_release_after_the_autumn_change_opens_at_0101_bst() -> None:
    publishes_at = london(2026, 10, 26, 0, 1)
    assert publishes_at == at("2026-10-26T00:01:00Z")
    assert opens(publishes_at) == at("2026-10-25T01:01:00+01:00") == at("2026-10-25T00:01:00Z")
    assert london_text(at("2026-10-25T00:01:00Z")) == "Sunday 25 October 2026, 1:01am (BST)"
    a_calendar_day_back = at("2026-10-25T00:01:00+01:00")
    assert publishes_at - a_calendar_day_back == timedelta(hours=25)
    assert refused_for(facts_for(publishes_at), a_calendar_day_back) == [
        (ReasonCode.WINDOW_NOT_OPEN, at("2026-10-25T00:01:00Z"))
    ]


def test_t07_release_at_seven_opens_at_seven_the_day_before() -> None:
    assert opens(london(2026, 3, 30, 7)) == at("2026-03-29T07:00:00+01:00") == at("2026-03-29T06:00:00Z")


def test_t08_release_after_easter_monday_opens_on_easter_monday() -> None:
    publishes_at = london(2026, 4, 7, 9, 30)
    easter_monday = at("2026-04-06T09:30:00+01:00")
    assert opens(publishes_at) == easter_monday
    assert isinstance(decide(facts_for(publishes_at), easter_monday), Permit)
    closed = window(Order.UK, ORDINARY, publishes_at, closed_on=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    assert closed.opens_at == easter_monday


GOOD_FRIDAY, EASTER_MONDAY = date(2026, 4, 3), date(2026, 4, 6)
IN_SCOTLAND = frozenset(date.fromisoformat(day) for day in ["2026-04-03", "2026-05-04", "2026-06-15", "2026-11-30"])
IN_WALES = IN_SCOTLAND | {date.fromisoformat(day) for day in ["2026-03-17", "2026-04-06", "2026-07-13", "2026-12-28"]}
SCOTLAND, WALES = Order.SCOTLAND, Order.WALES


def test_t09_scottish_release_skips_good_friday_and_counts_easter_monday() -> None:
    found = window(SCOTLAND, ORDINARY, london(2026, 4, 7, 9, 30), closed_on=IN_SCOTLAND)
    assert found.opens_at == at("2026-03-30T09:30:00+01:00")


def test_t10_scottish_release_of_offices_closed_on_easter_monday_opens_before_the_clocks_changed() -> None:
    found = window(SCOTLAND, ORDINARY, london(2026, 4, 7, 9, 30), closed_on=IN_SCOTLAND | {EASTER_MONDAY})
    assert found.opens_at == at("2026-03-27T09:30:00+00:00") == at("2026-03-27T09:30:00Z")


def test_t11_scottish_market_sensitive_release_opens_one_working_day_before() -> None:
    publishes_at = london(2026, 4, 7, 9, 30)
    opened = window(SCOTLAND, MARKET_SENSITIVE, publishes_at, closed_on=IN_SCOTLAND)
    closed = window(SCOTLAND, MARKET_SENSITIVE, publishes_at, closed_on=IN_SCOTLAND | {EASTER_MONDAY})
    assert opened.opens_at == at("2026-04-06T09:30:00+01:00")
    assert closed.opens_at == at("2026-04-02T09:30:00+01:00")


def test_t12_scottish_economic_statistic_opens_one_working_day_before_and_not_five() -> None:
    found = window(SCOTLAND, Sensitivity.ECONOMIC, london(2026, 3, 31, 9, 30), closed_on=IN_SCOTLAND)
    assert found.opens_at == at("2026-03-30T09:30:00+01:00")


def test_t13_scottish_statistics_on_gross_domestic_product_have_no_window_on_any_ground() -> None:
    release = a_release(order=SCOTLAND, sensitivity=Sensitivity.EXCEPTED, publishes_at=london(2026, 4, 22, 9, 30))
    found = window(SCOTLAND, Sensitivity.EXCEPTED, release.publishes_at)
    assert found.opens_at is None
    assert found.refusal is not None
    assert (found.refusal.code, found.refusal.source) == (
        ReasonCode.EXCEPTED_STATISTICS,
        "SSI 2008/399 Sch. para 4A(4)",
    )
    assert "legal check" in found.refusal.remedy
    for letter in "ae":
        granted = a_grant(ground_letter=letter, asked=DAY)
        assert opens_at_for(release, granted) is None
        calm = replace(release, producer=a_producer(declaration_for_all=False))
        facts = facts_that_permit(release=calm, grants=(granted,))
        for instant in (release.publishes_at - DAY, release.publishes_at):
            assert refused_for(facts, instant) == [(ReasonCode.EXCEPTED_STATISTICS, None)]


def test_t13_day_after_year_2_is_the_first_without_a_window() -> None:
    last, first = (window(SCOTLAND, Sensitivity.EXCEPTED, london(2023, 4, day, 9, 30)) for day in (21, 22))
    assert (last.opens_at, first.opens_at) == (at("2023-04-21T05:30:00+01:00"), None)


def test_t14_scottish_grant_on_ground_e_opens_three_weeks_before() -> None:
    release = a_release(order=SCOTLAND, sensitivity=ORDINARY, publishes_at=london(2026, 6, 16, 9, 30))
    granted = a_grant(ground_letter="e", asked=21 * DAY)
    facts = facts_that_permit(
        release=replace(release, producer=a_producer(declaration_for_all=False)), grants=(granted,), declarations=()
    )
    decision = decide(facts, at("2026-05-26T09:30:00+01:00"))
    assert isinstance(decision, Permit)
    assert decision.reasons == ("SSI 2008/399 Sch. para 2(1)(e)", "SSI 2008/399 Sch. para 4(2)")
    assert opens_at_for(release, replace(granted, ground_letter="d")) == at("2026-06-09T09:30:00+01:00")


def test_t15_welsh_release_opens_with_the_fifth_counted_day_before_the_date() -> None:
    found = window(WALES, ORDINARY, london(2026, 4, 9, 9, 30), closed_on=IN_WALES)
    assert found.opens_at == at("2026-03-31T00:00:00+01:00") == at("2026-03-30T23:00:00Z")


def test_t16_welsh_market_sensitive_release_leaves_out_a_bank_holiday_in_scotland() -> None:
    publishes_at = london(2026, 12, 1, 9, 30)
    found = window(WALES, MARKET_SENSITIVE, publishes_at, closed_on=IN_WALES)
    assert found.opens_at == at("2026-11-27T09:30:00+00:00")
    assert window(WALES, MARKET_SENSITIVE, publishes_at).opens_at == at("2026-11-30T09:30:00+00:00")


def test_t17_welsh_market_sensitive_release_leaves_out_a_bank_holiday_in_northern_ireland() -> None:
    found = window(WALES, MARKET_SENSITIVE, london(2026, 7, 14, 9, 30), closed_on=IN_WALES)
    assert found.opens_at == at("2026-07-10T09:30:00+01:00")


def test_t18_welsh_grant_on_ground_d_opens_ten_days_before() -> None:
    release = a_release(order=WALES, sensitivity=ORDINARY, publishes_at=london(2026, 4, 9, 9, 30), closed_on=IN_WALES)
    granted = a_grant(ground_letter="d", asked=10 * DAY)
    assert opens_at_for(release, granted) == at("2026-03-30T09:30:00+01:00")
    assert clauses_for(release, granted) == ("WSI 2009/2818 Sch. para 1(1)(d)", "WSI 2009/2818 Sch. para 4(2)")
    assert opens_at_for(release, replace(granted, ground_letter="a")) == at("2026-03-31T00:00:00+01:00")


def test_t19_northern_irish_release_opens_as_in_the_uk_order() -> None:
    for kind in (ORDINARY, MARKET_SENSITIVE):
        found = window(Order.NORTHERN_IRELAND, kind, T01, closed_on=frozenset({date(2026, 3, 9)}))
        assert found.opens_at == at("2026-03-09T09:30:00+00:00")
        assert found.sources[:2] == ("SR 2009/71 Sch. para 4", "SR 2009/71 Sch. para 6(1)")


def test_t20_one_off_holiday_moves_a_scottish_release_and_none_in_england() -> None:
    publishes_at = london(2026, 6, 16, 9, 30)
    known = window(SCOTLAND, ORDINARY, publishes_at, closed_on=IN_SCOTLAND)
    unknown = window(SCOTLAND, ORDINARY, publishes_at)
    england = window(Order.UK, ORDINARY, publishes_at, closed_on=IN_SCOTLAND)
    assert known.opens_at == at("2026-06-08T09:30:00+01:00")
    assert unknown.opens_at == at("2026-06-09T09:30:00+01:00")  # not known: the window is shorter, never longer
    assert england.opens_at == at("2026-06-15T09:30:00+01:00")


def test_t23_reader_is_permitted_and_bound_while_a_release_is_overdue() -> None:
    overdue = facts_for(T01)
    assert isinstance(decide(overdue, T01 + timedelta(minutes=45)), Permit)
    out = facts_that_permit(
        release=a_release(publishes_at=T01, published_at=T01 + timedelta(hours=2, minutes=20)),
        declarations=overdue.declarations,
    )
    assert isinstance(decide(out, T01 + timedelta(hours=2, minutes=19, seconds=59)), Permit)
    assert refused_for(out, T01 + timedelta(hours=2, minutes=20)) == [(ReasonCode.ALREADY_PUBLISHED, None)]


def test_t26_reader_across_midnight_goes_on() -> None:
    publishes_at = london(2026, 6, 16, 9, 30)
    for instant in (at("2026-06-15T23:59:59+01:00"), at("2026-06-16T00:00:00+01:00")):
        assert isinstance(decide(facts_for(publishes_at), instant), Permit)


def test_t26_reader_whose_post_ended_at_midnight_stops() -> None:
    facts = facts_for(london(2026, 6, 16, 9, 30), held_until_on=date(2026, 6, 15))
    assert isinstance(decide(facts, at("2026-06-15T23:59:59.999999+01:00")), Permit)
    assert refused_for(facts, at("2026-06-16T00:00:00+01:00")) == [(ReasonCode.POST_NOT_HELD, None)]


def test_t28_reader_without_a_declaration_is_refused_for_market_sensitive_statistics() -> None:
    facts = facts_that_permit(release=a_release(producer=a_producer(declaration_for_all=False)), declarations=())
    decision = decide(facts, facts.release.publishes_at - timedelta(hours=10))
    assert isinstance(decision, Refusal)
    assert [(r.code, r.source) for r in decision.reasons] == [(ReasonCode.DECLARATION_MISSING, uk.PARA_8)]


def test_t28_reader_without_a_declaration_is_permitted_where_neither_order_nor_producer_asks() -> None:
    facts = facts_that_permit(
        release=a_release(producer=a_producer(declaration_for_all=False), sensitivity=ORDINARY), declarations=()
    )
    decision = decide(facts, facts.release.publishes_at - timedelta(hours=10))
    assert isinstance(decision, Permit)
    assert decision.reasons == (uk.PARA_3_1, uk.PARA_4)


def test_t28_scottish_release_asks_for_no_declaration_that_its_order_does_not_know() -> None:
    facts = facts_that_permit(
        release=a_release(producer=a_producer(declaration_for_all=False), order=Order.SCOTLAND),
        grants=(a_grant(ground_letter="a"),),
        declarations=(),
    )
    decision = decide(facts, facts.release.publishes_at - timedelta(hours=10))
    assert isinstance(decision, Permit)
    assert decision.reasons == (
        "SSI 2008/399 Sch. para 2(1)(a)",
        "SSI 2008/399 Sch. para 4(1)(a)",
        "SSI 2008/399 art. 2",
    )


@pytest.mark.parametrize(
    ("number", "order", "kind", "set_for", "closed", "opens"),
    [
        ("T10", "scotland", "ordinary", "2026-04-07T08:30:00.000Z", "2026-04-06", "2026-03-27T09:30:00.000Z"),
        ("T11", "scotland", "market_sensitive", "2026-04-07T08:30:00.000Z", "", "2026-04-06T08:30:00.000Z"),
        ("T11", "scotland", "market_sensitive", "2026-04-07T08:30:00.000Z", "2026-04-06", "2026-04-02T08:30:00.000Z"),
        ("T16", "wales", "market_sensitive", "2026-12-01T09:30:00.000Z", "", "2026-11-27T09:30:00.000Z"),
        ("T17", "wales", "market_sensitive", "2026-07-14T08:30:00.000Z", "", "2026-07-10T08:30:00.000Z"),
        ("T20", "scotland", "ordinary", "2026-06-16T08:30:00.000Z", "", "2026-06-08T08:30:00.000Z"),
        ("T20", "uk", "ordinary", "2026-06-16T08:30:00.000Z", "", "2026-06-15T08:30:00.000Z"),
    ],
)
def test_release_registered_opens_by_the_days_loaded_and_the_producers_own(
    begin: Begin, number: str, order: str, kind: str, set_for: str, closed: str, opens: str
) -> None:
    story = begin(at("2026-03-02T09:00:00+00:00"))
    load_bank_holidays(story.tools)
    release_id = story.release(at(set_for), order=order, sensitivity=kind)
    if closed:
        body = {"day": closed, "name": "Easter Monday", "reason": "The offices are closed."}
        path = f"/producers/{story.sat.producer_id}/closed-days"
        added = done(story.post(story.lead, path, json=body), 201)
        done(story.post(story.head, f"{path}/{added['closed_day_id']}/approval"))
    assert story.get(story.statistician, f"/releases/{release_id}")["opens_at"] == opens, number
