"""The timeline's rule: windows as plans and lists changed, and a picture that holds whatever it is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from app.api import drawings
from app.audit.entries import EntryKind, Outcome
from app.rules import timelinelayout
from app.rules.drawing import Box, Sign, Words, wrapped
from app.rules.facts import Grant, Release, ReleaseState
from app.rules.happenings import Noted, delay_text
from app.rules.timeaxis import Axis
from app.rules.timeline import KINDS, Timeline, TimelineFacts, timeline
from app.rules.windowspans import InForce, Plan, Span, joined, open_spans, within
from tests.build import a_release, london

DUE = london(2026, 3, 10, 9, 30)
DAY = timedelta(days=1)
BEGUN = DUE - 40 * DAY
CALL = "access_decided"


def grant(number: int, **changes: Any) -> Grant:
    return replace(Grant(f"grt_{number}", f"Post {number}", "Example Treasury", f"per_{number}"), **changes)


def released(**changes: Any) -> Release:
    return replace(a_release(), publishes_at=DUE, state=ReleaseState.FINAL, **changes)


FINAL = (Plan(BEGUN, ReleaseState.ANNOUNCED, DUE), Plan(DUE - 3 * DAY, ReleaseState.FINAL, DUE))


def test_window_is_open_from_the_order_limit_until_publication_and_not_the_clock() -> None:
    versions = [InForce(BEGUN, (grant(1),))]
    asked = (FINAL, versions, "per_1")
    assert open_spans(released(), *asked, DUE - 2 * DAY) == ()
    assert open_spans(released(), *asked, DUE + DAY) == (Span(DUE - DAY, DUE + DAY),)
    live = DUE + timedelta(minutes=7)
    assert open_spans(released(published_at=live), *asked, DUE + DAY) == (Span(DUE - DAY, live),)
    assert open_spans(released(), FINAL, versions, "per_2", DUE) == ()


def test_window_ends_where_the_release_is_reopened_and_a_later_version_begins_where_it_is_approved() -> None:
    noon = DUE - timedelta(hours=12)
    reopened = (
        *FINAL,
        Plan(noon, ReleaseState.ANNOUNCED, DUE),
        Plan(noon + timedelta(hours=2), ReleaseState.FINAL, DUE),
    )
    first, second = InForce(BEGUN, (grant(1),)), InForce(DUE - timedelta(hours=20), (grant(2),))
    spans = open_spans(released(), reopened, [first], "per_1", DUE)
    assert spans == (Span(DUE - DAY, noon), Span(noon + timedelta(hours=2), DUE))
    both = [first, second]
    assert open_spans(released(), FINAL, both, "per_1", DUE) == (Span(DUE - DAY, second.from_at),)
    assert open_spans(released(), FINAL, both, "per_2", DUE) == (Span(second.from_at, DUE),)


def test_person_taken_off_the_list_keeps_a_row_after_those_who_are_on_it() -> None:
    versions = [InForce(BEGUN, (grant(1), grant(2))), InForce(DUE - 2 * DAY, (grant(3), grant(2), grant(3, seat=2)))]
    unnamed = InForce(DUE - DAY, (*versions[1].grants, grant(4, person_id=None), grant(4, person_id=None, seat=2)))
    told = timeline(TimelineFacts(released(), DUE, FINAL, [*versions, unnamed]))
    assert [(row.number, row.post, row.listed) for row in told.rows] == [
        (1, "Post 3, Example Treasury", True),
        (2, "Post 2, Example Treasury", True),
        (3, "Post 4, Example Treasury", True),
        (4, "Post 4, Example Treasury", True),
        (5, "Post 1, Example Treasury", False),
    ]


def entry(number: int, at: datetime, kind: str, outcome: str, person: str | None, said: dict[str, Any]) -> Noted:
    return Noted(f"ent_{number}", at, kind, outcome, person, said)


def test_copy_ends_as_the_records_say_and_as_the_log_says_where_they_are_gone() -> None:
    at = DUE - timedelta(hours=5)
    entries = [
        entry(1, at, CALL, "permitted", "per_1", {"opening_id": "opn_1", "number": "K7F3-9QXM"}),
        entry(2, at, "copy_started", "permitted", "per_1", {"opening_id": "opn_1"}),
        entry(3, at, "copy_outcome", "completed", "per_1", {"opening_id": "opn_1", "first_byte": 9}),
        entry(4, at, CALL, "permitted", "per_1", {"opening_id": "opn_2"}),
        entry(5, at, "copy_started", "permitted", "per_1", {"opening_id": "opn_2"}),
        entry(6, at, CALL, "permitted", None, {"opening_id": "opn_3"}),
        entry(7, at, "copy_outcome", "aborted", None, {"opening_id": "opn_3"}),
    ]
    facts = TimelineFacts(released(), DUE, FINAL, [InForce(BEGUN, (grant(1),))], entries)
    told = timeline(facts)
    assert [one.became for one in told.rows[0].opened] == ["part", "running"]
    assert told.others is not None
    assert [one.became for one in told.others.opened] == ["aborted"]
    bare = timeline(replace(facts, versions=[])).others
    assert bare is not None
    assert (told.others.post, bare.post) == ("Anybody who is on no list", "Everybody: no list is on record")
    assert len(bare.opened) == 3
    known = timeline(replace(facts, became={"opn_1": "completed", "opn_2": "stopped"}))
    assert [one.became for one in known.rows[0].opened] == ["completed", "stopped"]


def test_entries_of_other_kinds_than_those_that_are_read_change_nothing() -> None:
    at, said = DUE - timedelta(hours=5), {"opening_id": "opn_1", "kind": "other", "verdict": "live", "number": "K7F3"}
    call = entry(1, at, CALL, "permitted", "per_1", said)
    bare = TimelineFacts(released(), DUE, FINAL, [InForce(BEGUN, (grant(1, paused_reason="left"),))], [call])
    changing = set()
    for kind in EntryKind:
        for outcome in Outcome:
            for person in ("per_1", None):
                more = [call, entry(2, at + timedelta(hours=1), kind.value, outcome.value, person, said)]
                if timeline(replace(bare, entries=more)) != timeline(bare):
                    changing.add(kind.value)
    resumed_alone = {"grant_resumed"}  # changes something after a pause alone, which another test shows
    assert changing == {*KINDS} - resumed_alone


def test_pause_is_told_within_the_window_and_ends_with_a_version_that_has_it_no_longer() -> None:
    at = DUE - timedelta(hours=20)
    paused = [entry(1, DUE - 2 * DAY, "grant_paused", "done", "per_1", {})]
    held = InForce(BEGUN, (grant(1, paused_reason="left"),))
    facts = TimelineFacts(released(), DUE, FINAL, [held], paused)
    assert timeline(facts).rows[0].shut == (Span(DUE - DAY, DUE),)
    anew = timeline(replace(facts, versions=[held, InForce(at, (grant(1),))]))
    assert anew.rows[0].shut == (Span(DUE - DAY, at),)
    ended = timeline(replace(facts, entries=[*paused, entry(2, at, "grant_resumed", "done", "per_1", {})]))
    assert ended.rows[0].shut == (Span(DUE - DAY, at),)
    out = timeline(replace(facts, entries=(), kept_out={"per_1": [Span(BEGUN, at)]}))
    assert out.rows[0].shut == (Span(DUE - DAY, at),)


def test_hours_of_london_are_marked_through_the_night_on_which_the_clocks_change() -> None:
    axis = Axis(london(2026, 3, 28, 22, 0), london(2026, 3, 29, 6, 0), 0, 700)
    assert [(tick.hour, tick.day) for tick in axis.ticks()] == [
        ("10pm", "Sat 28 Mar"),
        ("11pm", ""),
        ("12am", "Sun 29 Mar"),
        ("2am", ""),
        ("3am", ""),
        ("4am", ""),
        ("5am", ""),
        ("6am", ""),
    ]
    days = Axis(london(2026, 3, 26, 12, 0), london(2026, 4, 2, 12, 0), 0, 700).ticks()
    assert [tick.day for tick in days] == [
        f"{day} Mar" for day in ("Fri 27", "Sat 28", "Sun 29", "Mon 30", "Tue 31")
    ] + [
        "Wed 1 Apr",
        "Thu 2 Apr",
    ]


def test_delay_is_told_in_the_unit_that_fits() -> None:
    told = [delay_text(one) for one in (0, 4120, -1500, 119_999, 120_000, 7_380_000)]
    assert told == [
        "0.0 seconds after the time set",
        "4.1 seconds after the time set",
        "1.5 seconds before the time set",
        "120.0 seconds after the time set",
        "2 minutes after the time set",
        "2 hours 3 minutes after the time set",
    ]


MINUTES = st.integers(min_value=-60 * 24 * 30, max_value=60 * 24 * 30).map(lambda one: DUE + timedelta(minutes=one))
OUTCOMES = st.sampled_from(["permitted", "refused"])
PEOPLE = st.sampled_from(["per_0", "per_1", "per_2", "per_99", None])
TITLES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs", "Cc"]), min_size=1, max_size=200)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    posts = draw(st.lists(TITLES, max_size=40))
    grants = tuple(grant(number, post_title=title, asked=None) for number, title in enumerate(posts))
    happened = draw(st.lists(st.tuples(MINUTES, st.sampled_from(["recall_begun", "list_approved", "hold_begun"]))))
    done = draw(st.lists(st.tuples(MINUTES, OUTCOMES, PEOPLE), max_size=60))
    entries = [
        *(entry(n, at, CALL, outcome, who, {"opening_id": f"opn_{n}"}) for n, (at, outcome, who) in enumerate(done)),
        *(entry(1000 + n, at, kind, "done", None, {}) for n, (at, kind) in enumerate(happened)),
    ]
    live = draw(st.none() | MINUTES)
    state = ReleaseState.PUBLISHED if live else draw(st.sampled_from(ReleaseState))
    release = replace(a_release(), title=draw(TITLES), state=state, publishes_at=DUE, published_at=live)
    at = draw(MINUTES)
    return timeline(TimelineFacts(release, at, FINAL, [InForce(BEGUN, grants)], entries))


@given(timelines())
def test_picture_law_everything_stands_inside_it_and_it_is_well_formed_xml(told: Timeline) -> None:
    for drawing in (timelinelayout.whole(told), *timelinelayout.pages(told)):
        ElementTree.fromstring(drawings.alone(drawing))  # the tests' own file
        for shape in drawing.shapes:
            if isinstance(shape, Sign):
                assert 0 <= shape.y <= drawing.height
            if isinstance(shape, Words | Box):
                assert 0 <= shape.x <= drawing.width
                assert 0 <= shape.y <= drawing.height
            if isinstance(shape, Box):
                assert shape.width > 0
                assert shape.x + shape.width <= drawing.width


@given(timelines())
def test_picture_law_no_deed_is_lost_between_the_rows_and_the_pages(told: Timeline) -> None:
    pages = timelinelayout.pages(told, 7)
    numbers = [words.text for page in pages for words in page.shapes if isinstance(words, Words) and words.x == 26]
    assert [text for text in numbers if text.isdecimal()] == [str(row.number) for row in told.rows]
    for row in told.every_row:
        for span in row.spans:
            assert span.from_at < span.until_at


SPANS = st.lists(st.tuples(MINUTES, MINUTES).map(lambda ends: Span(min(ends), max(ends))), max_size=12)


@given(SPANS, SPANS, MINUTES)
def test_span_law_joining_and_cutting_say_of_each_instant_what_the_spans_say(
    some: list[Span], others: list[Span], at: datetime
) -> None:
    def covers(spans: Any) -> bool:
        return any(one.from_at <= at < one.until_at for one in spans)

    assert covers(joined(some)) == covers(some)
    assert covers(within(some, others)) == (covers(some) and covers(others))
    made = joined(some)
    assert all(one.until_at < later.from_at for one, later in pairwise(made))


@given(TITLES, st.integers(min_value=1, max_value=4))
def test_wrapping_law_gives_no_more_lines_than_there_are(text: str, lines: int) -> None:
    made = wrapped(text, 12, 200, lines)
    assert 1 <= len(made) <= lines
