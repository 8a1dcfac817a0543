"""A list that is exported and imported again says the same of every seat, in each kind of sheet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.outside.sheet_writing import write_sheet
from app.outside.sheets import read_sheet
from app.rules import wording
from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Order
from app.rules.importing import plan
from app.rules.listsheet import list_rows
from app.rules.planned import PlannedRow

# Words that people and attackers write; those that say "nothing" in a cell, such as a lone dash, are no words.
WORDS = (
    st.text(alphabet="=+-@'\"\\,;abcÅé ’–1£%<&\n\t", min_size=1, max_size=30)
    .map(wording.tidy)
    .filter(lambda text: text not in ("", "-", "–", "—", "n/a", "N/A"))
)
NAMED = WORDS.filter(lambda text: wording.counted(text)[1] is None and not wording.names_a_group(text))
HOLDERS = st.integers(0, 10**6).map(lambda number: f"robin.reader{number}@examples.gov.example")
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
)
EXCEPTIONAL = st.builds(ExceptionalGrant, st.just("") | WORDS, st.none() | INSTANTS).filter(
    lambda one: bool(one.reasons or one.board_informed_at)
)


@st.composite
def seats(draw: st.DrawFn) -> list[tuple[Grant, str, str]]:
    """Draw a list: posts with one or more seats, some with holders."""
    posts = draw(st.lists(st.tuples(NAMED, WORDS), min_size=1, max_size=4, unique_by=lambda one: str(one).casefold()))
    emails = iter(draw(st.lists(HOLDERS, min_size=12, max_size=12, unique=True)))
    made = []
    for post, organisation in posts:
        for seat in draw(st.lists(st.integers(1, 40), min_size=1, max_size=3, unique=True)):
            held = draw(st.booleans())
            exceptional = draw(st.none() | EXCEPTIONAL)
            grant = Grant(
                grant_id="",
                post_title=post,
                organisation=organisation,
                grant_class=draw(st.sampled_from([one for one in GrantClass if one is not GrantClass.DEPUTY])),
                ground=draw(st.just("") | WORDS),
                asked=draw(st.none() | st.integers(1, 24 * 60).map(lambda minutes: timedelta(minutes=minutes))),
                held_from_on=draw(st.none() | st.dates(date(2000, 1, 1), date(2026, 1, 1))) if held else None,
                seat=seat,
                conditions=draw(st.just("") | WORDS),
                exceptional=exceptional,
            )
            made.append((grant, "Robin Reader" if held else "", next(emails) if held else ""))
    return made


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
@given(listed=seats())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_list_that_is_exported_imports_as_the_same_list(
    kind: Literal["csv", "xlsx", "ods"], listed: list[tuple[Grant, str, str]]
) -> None:
    content = write_sheet(list_rows(listed), kind=kind, title="List version 1")
    rows = read_sheet(content, kind=kind, limit_bytes=10**6)
    made = plan(
        rows,
        order=Order.UK,
        known={email: name for _, name, email in listed if email},
        current=[(one.post_title, one.organisation, one.seat) for one, _, _ in listed],
    )
    assert made.errors == ()
    assert [said(one) for one in made.rows] == [told(*one) for one in listed]
    assert (made.gone, made.people_to_add, [one.listed for one in made.rows]) == ((), (), [True] * len(listed))
    assert not {one.code for one in made.warnings} & {"column_unknown", "column_twice", "group", "duplicate_row"}


def said(row: PlannedRow) -> tuple[object, ...]:
    """What a planned row says."""
    return (
        (row.post, row.organisation, row.seat, row.grant_class, row.ground, row.asked, row.conditions, row.is_group),
        (row.email, row.held_from_on, row.exceptional_reasons, row.board_informed_at),
    )


def told(grant: Grant, name: str, email: str) -> tuple[object, ...]:
    """What the grant says that it was written from."""
    exceptional = grant.exceptional or ExceptionalGrant()
    return (
        (
            grant.post_title,
            grant.organisation,
            grant.seat,
            grant.grant_class,
            grant.ground,
            grant.asked,
            grant.conditions,
            grant.is_group,
        ),
        (email, grant.held_from_on, exceptional.reasons, exceptional.board_informed_at),
    )
