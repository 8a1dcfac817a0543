"""What names a duty, or an annual list, is what the whole of it says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, insert, select

from app.records import annual_lists, duties
from app.records.annual_lists import AnnualListRow
from app.records.duties import OwedDuty
from app.records.tables import grants, lists, releases
from app.rules.facts import Order, Role
from tests.build import london
from tests.story import CHANCELLOR, Story

DUE = london(2026, 3, 10, 9, 30)
ABSENT = "prd_" + "0" * 24


def owe(story: Story, producer_id: str, number: int) -> None:
    with story.tools.database.write() as (connection, _):
        for at, kind in ((DUE, "notify_board"), (DUE - timedelta(days=number), "publish_increase")):
            duties.add(
                connection,
                producer_id=producer_id,
                release_id=story.told.release_id if number % 2 else None,
                grant_id=None,
                kind=kind,
                reason_key=f"{producer_id}:{kind}:{number}",
                source="SI 2008/2998 Sch. para 4" if number % 2 else "SI 2008/2998 Sch. para 3(1)",
                particulars={"number": number},
                at=at,
            )


def test_duties_that_are_owed_are_named_as_they_stand_in_the_whole(tmp_path: Path, any_database_url: str) -> None:
    story = Story(tmp_path, DUE - timedelta(days=8), database_url=any_database_url)
    story.ready(DUE, CHANCELLOR)
    other = story.service.producer("Another Office").producer_id
    for number in range(6):
        owe(story, story.sat.producer_id, number)
    owe(story, other, 9)
    with story.tools.database.write() as (connection, _):
        settled = duties.page(connection, story.sat.producer_id, is_done=None, limit=50)[3]
        assert duties.settle(connection, settled.duty_id, at=DUE, done_by=story.id_of(CHANCELLOR), note="Told.")
    with story.tools.reading() as connection:
        for producer_id in (story.sat.producer_id, other, ABSENT):
            for limit in (1, 5, 200):
                whole = duties.page(connection, producer_id, is_done=False, limit=limit)
                named = duties.owed_by(connection, producer_id, limit=limit)
                assert named == [
                    OwedDuty(one.duty_id, one.kind, one.source, one.release_id, one.release_title) for one in whole
                ]
            gone_on: list[OwedDuty] = []
            after = None
            while more := duties.owed_by(connection, producer_id, limit=2, after=after):
                gone_on, after = [*gone_on, *more], more[-1].duty_id
            assert gone_on == named
    story.service.close()


def test_periods_are_those_of_the_lists_under_the_same_order(tmp_path: Path, any_database_url: str) -> None:
    story = Story(tmp_path, DUE, database_url=any_database_url)
    other, by = story.service.producer("Another Office").producer_id, story.sat.people[Role.HEAD_OF_PROFESSION]
    made = [
        (whose, order, year) for whose in (story.sat.producer_id, other) for order in Order for year in (2024, 2025)
    ]
    with story.tools.database.write() as (connection, _):
        for number, (whose, order, year) in enumerate(made):
            first, last = date(year, 1, 1), date(year, 12, 31)
            at, ident = london(year + 1, 6, 30, 23, 30) + timedelta(hours=number), f"anl_{number:024}"
            row = AnnualListRow(ident, whose, "", order, first, last, "0" * 64, "[]", at, by)
            annual_lists.add(connection, row)
    with story.tools.reading() as connection:
        for whose in (story.sat.producer_id, other, ABSENT):
            for order in Order:
                whole = [one.period for one in annual_lists.of_producer(connection, whose, order)]
                assert len(whole) == (0 if whose == ABSENT else 2)
                assert sorted(annual_lists.periods_of(connection, whose, order), key=str) == sorted(whole, key=str)
    story.service.close()


def like(connection: Connection, table: Table, ident: str, **changes: object) -> None:
    """Add a row like one that there is, but for these columns."""
    (key,) = table.primary_key.columns
    there = connection.execute(select(table).where(key == ident)).mappings().one()
    connection.execute(insert(table).values({**there, **changes}))


@pytest.mark.parametrize("few", [1, 2, 20])
def test_first_day_of_access_is_the_first_of_all_days(
    tmp_path: Path, any_database_url: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annual_lists, "_FIRST_FEW", few)
    story = Story(tmp_path, DUE - timedelta(days=8), database_url=any_database_url)
    story.ready(DUE, CHANCELLOR)
    producer_id, release_id = story.sat.producer_id, story.told.release_id
    with story.tools.database.write() as (connection, _):
        (grant_id, list_id), *_ = connection.execute(select(grants.c.grant_id, grants.c.list_id))
        for number in range(10):
            # Five have no grant, or none on a list that was in force; the last two are under the Welsh Order.
            at, ident = london(2026, 3, 12 + number, 0 if number % 4 == 3 else 23, 30), f"{number:024}"
            order = (Order.UK if number < 8 else Order.WALES).value
            out = {"state": "published", "published_at": at, "governing_order": order}
            like(connection, releases, release_id, release_id=f"rel_{ident}", **out)
            in_force = {} if number % 2 else {"state": "draft", "approved_at": None}
            like(connection, lists, list_id, list_id=f"lst_{ident}", release_id=f"rel_{ident}", **in_force)
            if number != 1:
                like(connection, grants, grant_id, grant_id=f"gra_{ident}", list_id=f"lst_{ident}")
    with story.tools.reading() as connection:
        found = {order: sorted(annual_lists.days_of_access(connection, producer_id, order)) for order in Order}
        assert [len(found[order]) for order in (Order.UK, Order.WALES, Order.SCOTLAND)] == [3, 1, 0]
        for order, days in found.items():
            for after in (None, *days, *(day - timedelta(days=1) for day in days), date(2027, 1, 1)):
                first = annual_lists.first_day_of_access(connection, producer_id, order, after=after)
                assert first == next((day for day in days if after is None or day > after), None)
    story.service.close()
