"""What the database counts for the statistics: who had signed when access ended, and the lines of a list by terms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from app.audit.entries import Entry, EntryKind
from app.records import counted, tables
from app.rules.counted import Counted
from tests.build import MICROSECOND, london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, Story

DUE = london(2026, 3, 10, 9, 30)
DAY = timedelta(days=1)


@pytest.fixture
def story(tmp_path: Path, any_database_url: str) -> Iterator[Story]:
    """A release of a series with three people on its list, published eight minutes late; nobody has signed."""
    told = Story(tmp_path, DUE - 8 * DAY, database_url=any_database_url)
    told.release(DUE, series="Claimant count")
    told.list_with(CHANCELLOR, ADVISER, SECRETARY)
    ended_at = DUE + timedelta(minutes=8)
    with told.tools.transaction() as tx:
        tx.connection.execute(update(tables.releases).values(state="published", published_at=ended_at))
        tx.append(Entry(EntryKind.RELEASE_CHANGED, told.clock.now()))
    yield told
    told.service.close()


ENDED_AT = DUE + timedelta(minutes=8)


def signs(story: Story, who: Any, signed_at: datetime, lapses_at: datetime, **more: Any) -> None:
    row = {
        "declaration_id": story.tools.new_id("dcl"),
        "person_id": story.id_of(who),
        "release_id": story.told.release_id,
        "list_version": 1,
        "undertaking_version": "uk-2026-1",
        "undertaking_sha256": "0" * 64,
        "undertaking_text": "",
        "signed_at": signed_at,
        "lapses_at": lapses_at,
        "how": "own_key",
        "jws": "",
        **more,
    }
    with story.tools.transaction() as tx:
        tx.connection.execute(insert(tables.declarations), row)
        tx.append(Entry(EntryKind.DECLARATION_SIGNED, story.clock.now()))


def counted_of(story: Story) -> Counted:
    with story.tools.reading() as connection:
        every = counted.releases_of(connection, story.sat.organisation_id)
        chosen = [every[story.told.release_id]]
        (one,) = counted.counted_of(connection, story.sat.producer_id, chosen, DUE - DAY, DUE + DAY)
    return one


def standing(story: Story) -> tuple[set[str], set[str]]:
    """Who had signed, and whose declaration stood, by name."""
    one = counted_of(story)
    names = {story.id_of(who): who.name for who in (CHANCELLOR, ADVISER, SECRETARY)}
    return {names[each] for each in one.signed}, {names[each] for each in one.stood}


def test_declaration_counts_as_it_stood_when_access_ended_and_not_before_nor_after(story: Story) -> None:
    assert standing(story) == (set(), set())
    signs(story, CHANCELLOR, ENDED_AT, ENDED_AT + MICROSECOND)
    signs(story, ADVISER, ENDED_AT - DAY, ENDED_AT)
    signs(story, SECRETARY, ENDED_AT + MICROSECOND, ENDED_AT + DAY)
    assert standing(story) == ({CHANCELLOR.name, ADVISER.name}, {CHANCELLOR.name})
    signs(story, ADVISER, ENDED_AT - DAY, ENDED_AT + DAY, withdrawn_at=ENDED_AT + MICROSECOND)
    signs(story, SECRETARY, ENDED_AT - DAY, ENDED_AT + DAY, withdrawn_at=ENDED_AT)
    everybody = {CHANCELLOR.name, ADVISER.name, SECRETARY.name}
    assert standing(story) == (everybody, {CHANCELLOR.name, ADVISER.name})


def test_declaration_for_the_series_counts_for_its_releases_and_one_for_a_release_for_no_other(story: Story) -> None:
    with story.tools.reading() as connection:
        ((series_id,),) = connection.execute(tables.series.select().with_only_columns(tables.series.c.series_id)).all()
    mine = story.told.release_id
    other = story.release(DUE + 14 * DAY)
    story.told.release_id = other
    signs(story, CHANCELLOR, DUE - 40 * DAY, DUE + 300 * DAY, scope="series", series_id=series_id)
    signs(story, ADVISER, DUE - 40 * DAY, DUE + 300 * DAY)
    story.told.release_id = mine
    assert standing(story) == ({CHANCELLOR.name}, {CHANCELLOR.name})


def test_lines_on_the_same_terms_are_put_together_and_nobody_is_left_out(story: Story) -> None:
    of = tables.grants.c
    with story.tools.transaction() as tx:
        secretary = of.person_id == story.id_of(SECRETARY)
        tx.connection.execute(update(tables.grants).where(secretary).values(person_id=None))
        adviser = of.person_id == story.id_of(ADVISER)
        tx.connection.execute(update(tables.grants).where(adviser).values(asked_minutes=60))
        tx.append(Entry(EntryKind.LIST_CHANGED, story.clock.now()))
    lines = counted_of(story).lines
    (alone,) = (one for one in lines if one.terms.asked == timedelta(hours=1))
    assert (list(alone.person_ids), alone.unnamed) == ([story.id_of(ADVISER)], 0)
    (others,) = (one for one in lines if one is not alone)
    assert (list(others.person_ids), others.unnamed) == ([story.id_of(CHANCELLOR)], 1)
