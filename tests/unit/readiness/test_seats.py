"""The rows of a list that the database puts together by their terms are its rows, in its own order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, update

from app.audit.entries import Entry, EntryKind
from app.records import readiness
from app.records.readiness import Seats
from app.records.tables import grants, lists, organisations, posts
from app.rules.undertakings.basis import TERMS
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, Story

BEGUN, DUE = london(2026, 3, 2, 10, 0), london(2026, 3, 10, 9, 30)


def told(seats: Seats) -> list[tuple[Any, ...]]:
    """Give each row with its terms spelled out."""
    return [
        (
            *(one.row, one.grant_id, one.organisation_id, one.post_id, one.number, one.person_id),
            *(getattr(seats.terms[one.terms], name) for name in TERMS),
        )
        for one in seats.seats
    ]


def whole(rows: list[Row[Any]]) -> list[tuple[Any, ...]]:
    """Give the same of rows that were read one by one."""
    names = ("row", "grant_id", "organisation_id", "post_id", "seat", "person_id", *TERMS)
    return [tuple(getattr(row, name) for name in names) for row in rows]


def change(story: Story, ident: str, **values: Any) -> None:
    with story.tools.transaction() as tx:
        tx.connection.execute(update(grants).where(grants.c.grant_id == ident).values(**values))
        tx.append(Entry(EntryKind.LIST_CHANGED, story.clock.now()))


def test_seats_put_together_by_their_terms_are_the_rows_of_the_lists(tmp_path: Path, any_database_url: str) -> None:
    story = Story(tmp_path, BEGUN, database_url=any_database_url)
    story.release(DUE)
    story.list_with(CHANCELLOR, ADVISER, SECRETARY)
    story.release(DUE + timedelta(days=1), title="Another")
    story.list_with(CHANCELLOR, SECRETARY)
    each = select(grants, posts.c.organisation_id).join(posts, posts.c.post_id == grants.c.post_id)
    each = each.order_by(grants.c.row, grants.c.grant_id)
    with story.tools.reading() as connection:
        list_ids = list(connection.execute(select(lists.c.list_id)).scalars())
        first = next(one for one in list_ids if len(of(story, each, one)) == 3)
    one, two, three = (row.grant_id for row in of(story, each, first))
    change(story, one, row=30, conditions="Sit, and ‘read’, 1 2 3.\nAlone", place="Room 1, floor 2")
    change(story, two, row=4, person_id=None)
    change(story, three, row=30, seat=12, ground_letter="e")
    with story.tools.reading() as connection:
        found = readiness.seats_of(connection, [*list_ids, "lst_of_nothing"])
        named = readiness.names_of(connection, {seat.organisation_id for seat in found[first].seats})
        names = {row.organisation_id: row.name for row in connection.execute(select(organisations))}
    assert {ident: told(seats) for ident, seats in found.items()} == {
        ident: whole(rows) for ident in list_ids if (rows := of(story, each, ident))
    }
    assert [(seat.row, seat.person_id is None) for seat in found[first].seats] == [(4, True), (30, False), (30, False)]
    assert (len(found), len(found[first].terms)) == (2, 3)
    assert named == {ident: name for ident, name in names.items() if ident in named}
    assert named.keys() == {seat.organisation_id for seat in found[first].seats}
    story.service.close()


def of(story: Story, each: Any, list_id: str) -> list[Row[Any]]:
    """Read the rows of one list, in its own order."""
    with story.tools.reading() as connection:
        return list(connection.execute(each.where(grants.c.list_id == list_id)).all())
