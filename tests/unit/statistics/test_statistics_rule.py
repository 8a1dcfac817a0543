"""The statistics' rule: each definition at its edges, and laws that hold of whatever is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import drawings
from app.rules.breachregister import RegisteredIncident
from app.rules.causes import Cause
from app.rules.charts import charts_of
from app.rules.counted import Answered, Counted, Lines, Visit, counts
from app.rules.drawing import Box
from app.rules.errors import Malformed
from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Order, Release, ReleaseState, Sensitivity
from app.rules.incidents import IncidentKind
from app.rules.periods import Period, asked_for, between, calendar_year, financial_year
from app.rules.retention import Kept
from app.rules.statistics import Statistics, StatisticsFacts, statistics
from tests.build import a_release, london

DUE = london(2026, 3, 10, 9, 30)
NOW = london(2026, 7, 1)
DAY = timedelta(days=1)
ORDINARY = Grant("", "", "")


def line(person_id: str | None, terms: Grant) -> Lines:
    return Lines(terms, () if person_id is None else (person_id,), int(person_id is None))


def visit(person_id: str, opened_at: datetime, window_opened_at: datetime) -> Visit:
    return Visit(person_id, opened_at, opened_at < window_opened_at)


NAMED = tuple(line(f"per_{number}", ORDINARY) for number in range(3))


def released(due: datetime = DUE, **changes: Any) -> Release:
    plain = {"publishes_at": due, "published_at": due, "state": ReleaseState.PUBLISHED}
    return replace(a_release(), **{**plain, **changes})


def counted(facts: Sequence[Counted], period: Period | None = None, **more: Any) -> Statistics:
    return statistics(StatisticsFacts(period or calendar_year(2026), NOW, facts, **more))


def figure(told: Statistics, key: str) -> tuple[float | None, float | None, int]:
    (one,) = (one for one in told.figures if one.key == key)
    return one.value, one.of, one.left_out


def figures(told: Statistics, *keys: str) -> list[tuple[float | None, float | None, int]]:
    return [figure(told, key) for key in keys]


def test_release_counts_by_its_london_day_once_its_time_has_passed_and_only_if_it_is_real() -> None:
    year = calendar_year(2026)
    new_year = london(2026, 1, 1, 0, 0)
    assert counts(released(new_year), year, NOW)
    assert not counts(released(new_year - timedelta(seconds=1)), year, NOW)
    assert counts(released(london(2026, 7, 1, 0, 30)), between(date(2026, 7, 1), date(2026, 7, 1)), NOW + DAY)
    for changes in ({"rehearsal": True}, {"state": ReleaseState.CANCELLED}, {"state": ReleaseState.POSTPONED}):
        assert not counts(released(**changes), year, NOW)
    assert counts(released(NOW), year, NOW)
    assert not counts(released(NOW + timedelta(seconds=1)), year, NOW)


def test_period_is_a_year_a_financial_year_or_two_dates_and_nothing_between() -> None:
    assert (financial_year(2025).from_on, financial_year(2025).until_on) == (date(2025, 4, 1), date(2026, 3, 31))
    assert financial_year(2099).words == "financial year 2099/00"
    assert asked_for(2026, False, None, None) == calendar_year(2026)
    assert asked_for(2026, True, None, None) == financial_year(2026)
    two = asked_for(None, False, date(2026, 1, 5), date(2026, 2, 5))
    assert (two.words, [part.words for part in two.parts()]) == (
        "5 January 2026 to 5 February 2026",
        ["January 2026", "February 2026"],
    )
    for wrong in (
        (None, False, None, None),
        (2026, False, date(2026, 1, 1), None),
        (None, False, date(2026, 1, 1), None),
        (None, True, date(2026, 1, 1), date(2026, 2, 1)),
        (None, False, date(2026, 2, 1), date(2026, 1, 1)),
        (None, False, date(2000, 1, 1), date(2060, 1, 1)),
        (None, False, date(1999, 1, 1), date(2001, 1, 1)),
    ):
        with pytest.raises(Malformed):
            asked_for(*wrong)
    assert [part.words for part in between(date(2024, 6, 1), date(2026, 6, 30)).parts()] == ["2024", "2025", "2026"]


def test_declaration_is_counted_of_those_on_the_list_of_whom_one_is_asked() -> None:
    keys = ("declarations.stood", "declarations.out_of_date", "declarations.none")
    signed, stood = frozenset({"per_0", "per_1", "per_9"}), frozenset({"per_0", "per_9"})
    told = counted([Counted(released(), NAMED, signed=signed, stood=stood)])
    assert figures(told, *keys) == [(1, 3, 0)] * 3
    twice = Counted(released(), (*NAMED, *NAMED), signed=signed, stood=stood)  # by two posts
    assert figures(counted([twice]), *keys) == [(1, 3, 0)] * 3
    supporter = line("per_9", replace(ORDINARY, grant_class=GrantClass.ADMINISTRATIVE_SUPPORT, for_person_id="per_0"))
    assert figure(counted([Counted(released(), [supporter])]), "declarations.stood") == (0, 0, 0)


def test_list_whose_approval_was_found_wrong_is_shown_apart_and_complies_with_nothing() -> None:
    answers = [Answered(True, DUE - timedelta(days=8))]
    visits = [visit("per_0", DUE - timedelta(hours=2), DUE - DAY)]
    sound = Counted(released(), NAMED, visits, answers=answers)
    wrong = [one._replace(by_wrong=True) for one in visits]
    told = counted([sound, replace(sound, found_wrong=True, visits=wrong)])
    assert figures(told, "lists.approval_found_wrong", "grants.approval_found_wrong") == [(1, 2, 0), (3, 6, 0)]
    assert figures(told, "openings.approval_found_wrong", "openings.total") == [(1, 2, 0), (2, None, 0)]
    assert figures(told, "lists.confirmed_a_week_before", "lists.confirmed_before_window") == [(1, 2, 0)] * 2
    assert figures(told, "hours.used", "recipients.total") == [(2, 72, 1), (6, None, 0)]
    shown = counted([sound])
    assert figures(shown, "lists.approval_found_wrong", "openings.approval_found_wrong") == [(0, 1, 0), (0, 1, 0)]
    earlier = counted([replace(sound, visits=[*visits, *wrong])])  # by a version that is in force no longer
    assert figures(earlier, "lists.approval_found_wrong", "openings.approval_found_wrong") == [(0, 1, 0), (1, 2, 0)]


def test_list_counts_as_confirmed_when_everybody_asked_had_said_so_by_the_day() -> None:
    week = DUE - timedelta(days=7)
    lists = [
        [Answered(True, week)],
        [Answered(True, week + timedelta(seconds=1))],
        [Answered(True, week), Answered(False, week)],
        [Answered(True, week), Answered(False, None)],
        [Answered(True, DUE - timedelta(hours=23))],
        [],
    ]
    told = counted([Counted(released(), NAMED, answers=answers) for answers in lists])
    assert figures(told, "lists.confirmed_a_week_before", "lists.confirmed_before_window") == [(1, 5, 1), (2, 5, 1)]


def test_hours_count_from_the_first_opening_within_the_window_to_publication() -> None:
    visits = [
        visit("per_0", DUE - timedelta(hours=3), DUE - DAY),
        visit("per_0", DUE - timedelta(hours=6), DUE - DAY),
        visit("per_1", DUE - timedelta(hours=30), DUE - DAY),
        visit("per_9", DUE - timedelta(hours=2), DUE - DAY),
    ]
    told = counted([Counted(released(), NAMED, visits), Counted(released(published_at=None), NAMED)])
    assert figures(told, "hours.used", "hours.allowed_mean", "hours.used_mean") == [(30, 72, 1), (24, 3, 0), (15, 2, 0)]
    assert figures(told, "opened.share", "openings.total") == [(2, 6, 0), (4, None, 0)]
    early = ("openings.before_window", "openings.before_window_as_moved")
    assert figures(told, *early) == [(1, None, 0), (1, None, 1)]


def test_never_opening_needs_so_many_listings_and_not_one_opening() -> None:
    one = Counted(released(), NAMED, [visit("per_0", DUE - DAY, DUE - DAY)])
    others = [Counted(released(), NAMED[:2]), Counted(released(), NAMED[1:])]
    assert figure(counted([one, *others], never_in=3), "opened.never") == (1, 1, 0)
    assert figure(counted([one, *others], never_in=2), "opened.never") == (2, 3, 0)
    assert figure(counted([one, *others], never_in=4), "opened.never") == (0, 0, 0)


def test_exceptional_grants_count_with_their_reasons_and_the_board_and_grounds_by_order() -> None:
    longer = replace(ORDINARY, asked=timedelta(hours=30))
    done = replace(longer, exceptional=ExceptionalGrant("Needed abroad.", DUE - 9 * DAY))
    half = replace(ORDINARY, grant_class=GrantClass.EXCEPTIONAL_PERSON, exceptional=ExceptionalGrant("Needed."))
    lines = [line("per_1", longer), line("per_2", done), line("per_3", half), line("per_4", ORDINARY), line(None, done)]
    owed = [("publish_reasons", True), ("publish_reasons", False), ("notify_board", False)]
    lettered = replace(ORDINARY, ground_letter="e")
    scottish = released(order=Order.SCOTLAND, sensitivity=Sensitivity.ORDINARY)
    told = counted([Counted(released(), lines, duties=owed), Counted(scottish, [line("per_1", lettered)])])
    keys = ("exceptional.total", "exceptional.reasons", "exceptional.board")
    assert figures(told, *keys) == [(3, 5, 0), (2, 3, 0), (1, 3, 0)]
    assert figures(told, "duties.publish_reasons", "duties.notify_board", "duties.publish_increase") == [
        (1, 2, 0),
        (0, 1, 0),
        (0, 0, 0),
    ]
    assert [(one.key, one.value, one.words) for one in told.of("grants.ground")] == [
        ("grants.ground.none", 4, "Grants by ground of the Order: no letter named"),
        ("grants.ground.scotland.e", 1, "Grants by ground of the Order: Scotland, (e)"),
    ]
    assert figure(told, "lists.unnamed") == (1, None, 0)


def test_delay_is_the_watchs_own_and_a_minute_late_is_late() -> None:
    delays = [0, 59_999, 60_000, -1, None]
    told = counted([Counted(released(), delay_ms=one) for one in delays])
    assert figures(told, "watch.on_time", "watch.delay_median", "watch.delay_highest") == [
        (2, 4, 1),
        (29_999.5, 4, 1),
        (60_000, 4, 1),
    ]
    late = released(published_at=DUE + timedelta(minutes=1))
    early = released(published_at=DUE - timedelta(seconds=1))
    told = counted([Counted(one) for one in (released(), late, early, released(published_at=None))])
    keys = [f"publication.{name}" for name in ("on_time", "early", "late", "not_yet")]
    assert figures(told, *keys) == [(1, 4, 0)] * 4


def incident(number: int, occurred_at: datetime, **changes: Any) -> RegisteredIncident:
    plain = {
        "incident_id": f"inc_{number}", "number": number, "release": None, "series_title": "",
        "kind": IncidentKind.ONWARD_SHARING, "near_miss": False, "state": "open", "occurred_at": occurred_at,
        "opened_at": occurred_at + timedelta(minutes=number), "practices": (), "facts": {},
    }  # fmt: skip
    return RegisteredIncident(**{**plain, **changes})


def test_incidents_count_by_the_day_they_occurred_and_what_was_no_breach_counts_nowhere() -> None:
    occurred = [
        incident(1, DUE, causes=(Cause.STEP_MISSED,)),
        incident(9, DUE, recalled_at=DUE + timedelta(minutes=30), causes=(Cause.STEP_MISSED,)),
        incident(5, DUE, near_miss=True),
        incident(7, DUE, state="closed_no_breach"),
        incident(3, london(2025, 12, 31)),
    ]
    told = counted([], incidents=occurred)
    keys = (
        "incidents.breaches",
        "incidents.near_misses",
        "incidents.kind.onward_sharing",
        "incidents.cause.step_missed",
    )
    assert [figure(told, key)[0] for key in keys] == [2, 1, 2, 2]
    assert figures(told, "incidents.notice_median", "incidents.notice_highest") == [(5, 2, 0), (9, 2, 0)]
    assert figures(told, "incidents.contain_median", "incidents.contain_highest") == [(30, 1, 1), (30, 1, 1)]


def test_destroyed_releases_are_left_out_of_what_their_records_would_tell_and_records_are_told_as_of_today() -> None:
    gone = Counted(released(), destroyed=True)
    told = counted([gone, Counted(released(), NAMED)])
    assert figures(told, "releases.total", "recipients.total", "opened.share") == [
        (2, None, 0),
        (3, None, 1),
        (0, 3, 1),
    ]
    old = released(london(2015, 3, 10, 9, 30))
    kept = [Kept(old), Kept(old, holds=("A court.",)), Kept(old, erased=True), Kept(released())]
    told = counted([], kept=kept)
    keys = ("records.held", "records.due", "records.kept_longer", "records.destroyed")
    assert [figure(told, key)[0] for key in keys] == [3, 1, 1, 1]


def test_no_cases_is_told_apart_from_nought() -> None:
    told = counted([])
    shown = {one.key: one.shown for one in told.figures}
    assert (shown["opened.share"], shown["watch.delay_median"], shown["releases.total"]) == (
        "no cases",
        "no cases",
        "0",
    )
    some = {one.key: one.shown for one in counted([Counted(released(), NAMED)]).figures}
    assert (some["opened.share"], some["hours.allowed_mean"]) == ("0 of 3 (0%)", "24 hours")
    assert {one.share for one in told.figures} == {None}


INSTANTS = st.integers(min_value=-400 * 24 * 60, max_value=400 * 24 * 60).map(lambda one: DUE + timedelta(minutes=one))
PEOPLE = st.sampled_from([f"per_{number}" for number in range(6)])
TERMS = st.sampled_from([ORDINARY, replace(ORDINARY, asked=timedelta(hours=3)), replace(ORDINARY, ground_letter="a")])


@st.composite
def releases(draw: st.DrawFn) -> Counted:
    due = draw(INSTANTS)
    live = draw(st.none() | st.just(due) | INSTANTS)
    state = draw(st.sampled_from(ReleaseState)) if live is None else ReleaseState.PUBLISHED
    release = released(due, published_at=live, state=state, rehearsal=draw(st.booleans()))
    lines = draw(st.lists(st.tuples(PEOPLE | st.none(), TERMS).map(lambda one: line(*one)), max_size=5))
    visits = draw(st.lists(st.tuples(PEOPLE, INSTANTS, INSTANTS).map(lambda one: visit(*one)), max_size=4))
    signed = draw(st.frozensets(PEOPLE))
    stood = draw(st.frozensets(st.sampled_from(sorted(signed)))) if signed else frozenset()
    return Counted(
        release,
        lines,
        visits,
        signed,
        stood,
        delay_ms=draw(st.none() | st.integers(-(10**9), 10**9)),
        destroyed=draw(st.booleans()),
    )


@given(st.lists(releases(), max_size=3), st.integers(min_value=1, max_value=4))
def test_figure_law_no_share_is_more_than_the_whole_and_what_has_no_cases_has_no_value(
    facts: list[Counted], never_in: int
) -> None:
    told = counted(facts, never_in=never_in)
    keys = [one.key for one in told.figures]
    assert len(keys) == len(set(keys))
    for one in told.figures:
        assert one.left_out >= 0
        if one.sort == "share":
            assert one.value is not None
            assert one.of is not None
            assert 0 <= one.value <= one.of + 0.01
        elif one.of == 0:
            assert one.value is None
    for drawing in charts_of(told):
        ElementTree.fromstring(drawings.alone(drawing))  # the tests' own file
        for shape in drawing.shapes:
            assert not isinstance(shape, Box) or shape.x + shape.width <= drawing.width + 0.1


@given(st.lists(releases(), max_size=3))
def test_figure_law_the_parts_of_a_whole_add_up(facts: list[Counted]) -> None:
    told = counted(facts)
    number = figure(told, "releases.total")[0]
    public = [figure(told, f"publication.{name}")[0] or 0 for name in ("on_time", "early", "late", "not_yet")]
    assert sum(public) == number
    signed = [figure(told, f"declarations.{name}")[0] or 0 for name in ("stood", "out_of_date", "none")]
    assert sum(signed) == figure(told, "declarations.stood")[1]
    grants = figure(told, "grants.total")[0]
    assert sum(one.value or 0 for one in told.of("grants.class")) == grants
    assert sum(one.value or 0 for one in told.of("grants.ground")) == grants
    assert sum(part.releases for part in told.parts) == figure(told, "recipients.mean")[1]


@given(st.lists(releases(), max_size=3), st.randoms(use_true_random=False))
def test_figure_law_order_does_not_matter_and_what_does_not_count_changes_nothing(
    facts: list[Counted], chance: Any
) -> None:
    told = counted(facts)
    mixed = [*facts, Counted(released(rehearsal=True), NAMED), Counted(released(DUE - 600 * DAY), NAMED)]
    chance.shuffle(mixed)
    assert counted(mixed).figures == told.figures
