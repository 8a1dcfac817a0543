"""Laws of the window: when it opens, at any local time and however a release is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.access import Permit, Refusal, decide
from app.rules.facts import (
    LONDON,
    ExceptionalGrant,
    Grant,
    GrantClass,
    Order,
    Release,
    ReleaseState,
    Sensitivity,
    london_text,
)
from app.rules.lifecycle import Phase, phase
from app.rules.reasons import instant_text, opening_text, utc
from app.rules.window import clauses_for, opens_at_for, sensitivities_of, window
from app.rules.workingdays import same_clock_time, time_back
from tests.build import DAY, MICROSECOND, a_grant, a_release, facts_that_permit, london
from tests.properties import draw
from tests.properties.calendars import GOOD_FRIDAYS, days_before, limit_of

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/London", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia")]
ORDINARY = Grant("", "", "")

any_instant = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.sampled_from(ZONES))
any_span = st.none() | st.timedeltas(timedelta(0), timedelta(days=30))
any_grant = st.builds(
    a_grant,
    asked=any_span,
    grant_class=st.sampled_from(list(GrantClass)),
    exceptional=draw.exceptional,
    ground_letter=st.sampled_from(["", "a", "d", "e", "h"]),
)
ALL_KINDS = [(order, kind) for order in Order for kind in sorted(sensitivities_of(order))]


def on_the_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


minutes = st.datetimes(datetime(2020, 1, 20), datetime(2040, 12, 31), timezones=st.just(UTC)).map(on_the_minute)
# Around the two changes of the clock and around Easter and Christmas things go wrong, if they do.
hard_minutes = st.builds(
    lambda day, hours: on_the_minute(datetime(day.year, day.month, day.day, tzinfo=UTC) + hours * timedelta(hours=1)),
    st.sampled_from(sorted(day for day in GOOD_FRIDAYS if 2020 <= day.year <= 2040))
    | st.sampled_from([date(year, month, 27) for year in range(2020, 2041) for month in (3, 10, 12)]),
    st.integers(-24, 24 * 14),
)


@st.composite
def releases(draw_one: st.DrawFn, kinds: list[tuple[Order, Sensitivity]] = ALL_KINDS) -> Release:
    """A release of any Order, with closed days among those before it."""
    order, kind = draw_one(st.sampled_from(kinds))
    at = draw_one(minutes | hard_minutes)
    closed = draw_one(st.sets(st.integers(1, 25), max_size=8))
    days = days_before(at, 25)
    return a_release(
        order=order, sensitivity=kind, publishes_at=at, closed_on=frozenset(days[-back] for back in closed)
    )


def uk_release(publishes_at: datetime) -> Release:
    return a_release(order=Order.UK, sensitivity=Sensitivity.ORDINARY, publishes_at=publishes_at)


def changes_of(year: int) -> Iterator[datetime]:
    """Both instants at which the London clock changes: 01:00 UTC on the last Sundays of March and October."""
    for month in (3, 10):
        last = max(day for day in range(25, 32) if date(year, month, day).weekday() == 6)
        yield datetime(year, month, last, 1, tzinfo=UTC)


def elapsed_seconds(earlier: datetime, later: datetime) -> float:
    """By Unix time, which knows no zones."""
    return later.timestamp() - earlier.timestamp()


@pytest.mark.parametrize("year", range(2020, 2041))
def test_uk_window_is_24_elapsed_hours_at_any_local_time(year: int) -> None:
    for change in changes_of(year):
        before, after = ((change + step).astimezone(LONDON) for step in (-MICROSECOND, timedelta(0)))
        assert before.utcoffset() != after.utcoffset(), "the clock changes here"
        for half_hours in range(-72 * 2, 72 * 2 + 1):
            publishes_at = (change + half_hours * timedelta(minutes=30)).astimezone(LONDON)
            found = window(Order.UK, Sensitivity.ORDINARY, publishes_at).opens_at
            assert found is not None
            assert elapsed_seconds(found, publishes_at) == 86_400
            assert found.utcoffset() == timedelta(0)


@settings(max_examples=500)
@given(any_instant, st.sampled_from([Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE]))
def test_uk_window_is_24_elapsed_hours_before_any_instant(publishes_at: datetime, sensitivity: Sensitivity) -> None:
    found = window(Order.UK, sensitivity, publishes_at).opens_at
    assert found is not None
    assert (utc(publishes_at) - found, found.tzinfo) == (DAY, UTC)
    assert found == opens_at_for(uk_release(publishes_at), ORDINARY)


def opened(release: Release) -> datetime:
    """When the ordinary window of a release opens, where it has one."""
    opens = opens_at_for(release, ORDINARY)
    assert opens is not None
    return opens


def every_day(first: int, last: int) -> Iterator[date]:
    day = date(first, 1, 1)
    while day.year <= last:
        yield day
        day += timedelta(days=1)


def test_uk_window_of_a_weekday_at_0930_opens_at_0930_the_day_before() -> None:
    weekdays = [day for day in every_day(1996, 2037) if day.weekday() < 5]
    assert len(weekdays) == 10_959
    for day in weekdays:
        opens = opened(uk_release(london(day.year, day.month, day.day, 9, 30))).astimezone(LONDON)
        assert (opens.date(), opens.hour, opens.minute) == (day - timedelta(days=1), 9, 30)


def test_uk_window_of_a_monday_at_0001_is_not_one_calendar_day_when_the_clocks_changed() -> None:
    mondays = [day for day in every_day(1996, 2037) if day.weekday() == 0]
    shifts = {timedelta(hours=-1): 0, timedelta(0): 0, timedelta(hours=1): 0}
    for day in mondays:
        opens = opened(uk_release(london(day.year, day.month, day.day, 0, 1))).astimezone(LONDON).replace(tzinfo=None)
        shifts[opens - datetime(day.year, day.month, day.day, 0, 1) + DAY] += 1
    # Each year once an hour earlier by the clock, in spring, and once an hour later, in autumn.
    assert shifts == {timedelta(hours=-1): 42, timedelta(0): len(mondays) - 84, timedelta(hours=1): 42}


@pytest.mark.parametrize("year", range(2020, 2041))
def test_calendar_day_back_would_be_over_the_limit_after_the_autumn_change(year: int) -> None:
    autumn = list(changes_of(year))[1]
    publishes_at = datetime(year, 10, autumn.day, tzinfo=LONDON) + timedelta(days=1, minutes=1)
    calendar_day_back = publishes_at - timedelta(days=1)  # wall-clock arithmetic, as in one and the same zone
    assert elapsed_seconds(calendar_day_back, publishes_at) == 25 * 3600
    assert elapsed_seconds(opened(uk_release(publishes_at)), publishes_at) == 24 * 3600


def may_be_longer(release: Release, grant: Grant) -> bool:
    """Whether a grant may begin before the ordinary limit, in the words of each Order."""
    written = grant.exceptional is not None and grant.exceptional.reasons.strip() != ""
    told = grant.exceptional is not None and grant.exceptional.board_informed_at is not None
    uncapped = {"uk": "bank_or_treasury international third_party", "northern_ireland": "international third_party"}
    barred = {"uk": "journalist", "northern_ireland": "journalist bank_or_treasury"}
    if release.order is Order.SCOTLAND:
        if release.sensitivity is Sensitivity.EXCEPTED:
            return False
        return grant.ground_letter == "e" or (written and release.sensitivity is not Sensitivity.ECONOMIC)
    if release.order is Order.WALES:
        return grant.ground_letter == "d" or written
    name = grant.grant_class.value
    return name in uncapped[release.order].split() or (written and told and name not in barred[release.order].split())


@settings(max_examples=250, deadline=None)
@given(releases(), any_grant)
def test_no_order_opens_earlier_than_its_own_limit(release: Release, grant: Grant) -> None:
    opens, limit = opens_at_for(release, grant), limit_of(release)
    if limit is None:
        assert opens is None
        return
    asked = limit if grant.asked is None else release.publishes_at - grant.asked
    assert opens == (asked if may_be_longer(release, grant) else max(asked, limit))


@settings(max_examples=60, deadline=None)
@given(releases([(Order.WALES, Sensitivity.MARKET_SENSITIVE)]))
def test_welsh_window_of_market_sensitive_statistics_is_24_counted_hours(release: Release) -> None:
    assert opens_at_for(release, ORDINARY) == limit_of(release)


@settings(max_examples=200, deadline=None)
@given(releases([(Order.SCOTLAND, kind) for kind in Sensitivity]))
def test_scottish_window_begins_on_a_working_day_at_the_clock_time_of_publication(release: Release) -> None:
    opens = opens_at_for(release, ORDINARY)
    assert opens == limit_of(release)
    if opens is None or utc(release.publishes_at) - opens == timedelta(hours=4):  # excepted statistics in Year 2
        return
    local, published = opens.astimezone(LONDON), release.publishes_at.astimezone(LONDON)
    assert (local.hour, local.minute) == (published.hour, published.minute)
    assert local.weekday() < 5
    assert local.date() not in release.closed_on


@given(any_instant, any_grant, st.sampled_from(list(Order)), st.sampled_from(list(Sensitivity)))
def test_no_window_opens_for_a_class_that_the_order_has_not(
    publishes_at: datetime, grant: Grant, order: Order, kind: Sensitivity
) -> None:
    found = window(order, kind, publishes_at)
    release = a_release(order=order, sensitivity=kind, publishes_at=utc(publishes_at))
    assert (found.opens_at is None) == (found.refusal is not None) == (opens_at_for(release, grant) is None)
    if found.refusal is None:
        assert clauses_for(release, grant)
    else:
        known = kind in sensitivities_of(order)
        assert found.refusal.code == ("excepted_statistics" if known else "order_not_built")
        assert found.sources == (found.refusal.source,)


@given(any_instant, st.sampled_from([Sensitivity.ECONOMIC, Sensitivity.EXCEPTED]))
def test_no_window_is_guessed_for_a_class_the_uk_order_has_not(
    publishes_at: datetime, sensitivity: Sensitivity
) -> None:
    found = window(Order.UK, sensitivity, publishes_at)
    assert (found.opens_at, found.sources) == (None, ("SI 2008/2998 Sch. para 16",))


@given(any_instant, st.sets(st.dates(), max_size=5))
def test_uk_window_does_not_change_with_closed_days(publishes_at: datetime, closed_on: set[date]) -> None:
    plain = window(Order.UK, Sensitivity.ORDINARY, publishes_at)
    closed = window(Order.UK, Sensitivity.ORDINARY, publishes_at, closed_on=frozenset(closed_on))
    assert (closed.opens_at, closed.sources) == (plain.opens_at, plain.sources)


moves = st.timedeltas(timedelta(days=-10), timedelta(days=10))


@settings(max_examples=300)
@given(any_instant, moves, any_grant)
def test_moving_a_uk_release_moves_its_window_by_as_much(publishes_at: datetime, move: timedelta, grant: Grant) -> None:
    before = opens_at_for(uk_release(publishes_at), grant)
    after = opens_at_for(uk_release(utc(publishes_at) + move), grant)
    assert before is not None
    assert after is not None
    assert after - before == move


@settings(max_examples=200, deadline=None)
@given(releases(), st.timedeltas(timedelta(0), timedelta(days=10)).map(lambda by: by - by % timedelta(minutes=1)))
def test_moving_a_release_never_opens_a_window_early(release: Release, move: timedelta) -> None:
    """Later publication never means earlier access; in Scotland, between publications on working days."""
    later = replace(release, publishes_at=release.publishes_at + move)
    before, after = opens_at_for(release, ORDINARY), opens_at_for(later, ORDINARY)
    assert after == limit_of(later)
    if before is None or after is None:
        assert after is None, "what may not be granted does not become lawful by being moved to a later day"
        return
    days = [one.publishes_at.astimezone(LONDON).date() for one in (release, later)]
    if release.order is Order.SCOTLAND and any(day.weekday() > 4 or day in release.closed_on for day in days):
        return
    assert after >= before


@settings(max_examples=100, deadline=None)
@given(releases())
def test_window_includes_its_first_instant_and_excludes_publication(release: Release) -> None:
    opens = opens_at_for(release, ORDINARY)
    if opens is None:
        return
    grant = a_grant(ground_letter="a" if release.order in draw.LETTERED else "")
    calm = replace(release, producer=replace(release.producer, declaration_for_all=False))
    if calm.sensitivity is Sensitivity.MARKET_SENSITIVE and calm.order not in draw.LETTERED:
        calm = replace(calm, sensitivity=Sensitivity.ORDINARY)
    facts = facts_that_permit(release=calm, grants=(grant,), declarations=())
    assert isinstance(decide(facts, opens), Permit)
    refused = decide(facts, opens - MICROSECOND)
    assert isinstance(refused, Refusal)
    assert [(reason.code, reason.until) for reason in refused.reasons] == [("window_not_open", opens)]
    out = replace(facts, release=replace(calm, published_at=release.publishes_at))
    assert isinstance(decide(out, release.publishes_at - MICROSECOND), Permit)
    over = decide(out, release.publishes_at)
    assert isinstance(over, Refusal)
    assert [reason.code for reason in over.reasons] == ["already_published"]


@settings(max_examples=300)
@given(st.timedeltas(timedelta(0), timedelta(days=10)), st.timedeltas(-DAY, 2 * DAY), st.data())
def test_moving_a_release_later_never_permits_what_was_refused(
    move: timedelta, since_opening: timedelta, data: st.DataObject
) -> None:
    at = draw.OPENS_AT + since_opening
    moved_to = data.draw(st.sampled_from([ReleaseState.FINAL, ReleaseState.POSTPONED]))
    facts = draw.sound()
    later = draw.of_release(publishes_at=facts.release.publishes_at + move, state=moved_to)(facts)
    was, now = decide(facts, at), decide(later, at)
    assert isinstance(now, Permit) <= isinstance(was, Permit)
    assert isinstance(now, Permit) == (moved_to is ReleaseState.FINAL and at >= draw.OPENS_AT + move)


@given(any_instant, st.timedeltas(-2 * DAY, 2 * DAY), st.sampled_from(list(ReleaseState)), st.sampled_from(list(Order)))
def test_phase_follows_from_the_state_and_the_clock(
    publishes_at: datetime, since: timedelta, state: ReleaseState, order: Order
) -> None:
    release = a_release(publishes_at=utc(publishes_at), state=state, order=order)
    told = phase(release, utc(publishes_at) + since)
    if state is not ReleaseState.FINAL:
        assert told.value == state.value
    elif since >= timedelta(0):
        assert told is Phase.OVERDUE
    else:
        limit = opens_at_for(release, ORDINARY)
        assert limit is not None
        assert told is (Phase.OPEN if utc(publishes_at) + since >= limit else Phase.FINAL)


@given(any_instant)
def test_opening_is_never_told_earlier_than_it_is(at: datetime) -> None:
    told = datetime.fromisoformat(opening_text(at))
    assert timedelta(0) <= told - utc(at) < timedelta(milliseconds=1)
    assert datetime.fromisoformat(instant_text(told)) == told


@given(st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)))
def test_naive_instant_is_refused_by_every_rule_of_time(naive: datetime) -> None:
    for ask in (
        lambda: window(Order.UK, Sensitivity.ORDINARY, naive),
        lambda: window(Order.WALES, Sensitivity.ORDINARY, naive),
        lambda: time_back(naive, DAY, lambda _: True),
        lambda: same_clock_time(date(2026, 3, 10), naive),
        lambda: phase(a_release(), naive),
        lambda: a_release(publishes_at=naive),
        lambda: a_release(published_at=naive),
        lambda: ExceptionalGrant("reasons", naive),
        lambda: draw.an_approved_list(approved_at=naive),
        lambda: draw.a_declaration(signed_at=naive),
        lambda: draw.a_declaration(lapses_at=naive),
        lambda: draw.a_declaration(withdrawn_at=naive),
        lambda: draw.Suspension("s", "A", "r", "", naive),
        lambda: draw.Suspension("s", "A", "r", "", draw.INSIDE, naive),
        lambda: instant_text(naive),
        lambda: opening_text(naive),
        lambda: london_text(naive),
    ):
        with pytest.raises(ValueError, match="naive"):
            ask()


@given(any_instant)
def test_instant_in_words_names_one_instant_only(at: datetime) -> None:
    """An hour that comes twice is told apart, so no two instants an hour apart read alike."""
    assert len({london_text(at), london_text(utc(at) + timedelta(hours=1)), london_text(utc(at) - DAY)}) == 3


def test_release_is_frozen_once_made() -> None:
    release: Release = a_release()
    with pytest.raises(AttributeError):
        release.publishes_at = draw.INSIDE  # type: ignore[misc]  # deliberate: it must not be possible
