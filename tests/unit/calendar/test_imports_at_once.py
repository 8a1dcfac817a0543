"""A calendar imported several times at once, or while releases are registered, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.actions.calendar import read_calendar
from app.actions.calendar_imports import import_calendar
from app.actions.releases import register_release
from app.actions.tools import Actor
from app.records import organisations
from app.rules.calendar_planned import plan_sha256
from app.rules.errors import Code, NotFound, PraError
from app.rules.facts import Order, Role, Sensitivity
from tests.build import london
from tests.faults.failing import anew
from tests.unit.documents.world import World
from tests.unit.lists.real import as_csv

AT_ONCE = 4
HEAD = ["Title", "Series", "Order", "Sensitivity", "Date", "Time"]
ROWS = [[f"Prices {month}", "Prices", "UK", "ordinary", f"2027-{month:02d}-11", "09:30"] for month in (5, 6)]


@pytest.mark.parametrize("looked_at", [True, False])
def test_calendar_imported_several_times_at_once_registers_each_release_once(
    tmp_path: Path, any_database_url: str, looked_at: bool
) -> None:
    world = World(tmp_path, database_url=any_database_url)
    actor, producer_id = world.staff(Role.STATISTICIAN), world.sat.producer_id
    content, together = as_csv([HEAD, *ROWS]), threading.Barrier(AT_ONCE)
    plan = import_calendar(world.tools, actor, producer_id, content, "csv", dry_run=True).plan
    shown = plan_sha256(plan) if looked_at else None
    replicas = [world.tools, anew(world.tools)]

    def imports(number: int) -> int | str:
        together.wait()
        try:
            tools = replicas[number % 2]
            return len(
                import_calendar(tools, actor, producer_id, content, "csv", dry_run=False, shown=shown).registered
            )
        except PraError as error:
            return error.code.value

    with ThreadPoolExecutor(AT_ONCE) as threads:
        told = sorted(threads.map(imports, range(AT_ONCE)), key=str)
    others = Code.CHANGED_MEANWHILE.value if looked_at else 0
    assert told == sorted([2, *[others] * (AT_ONCE - 1)], key=str)
    dated = read_calendar(world.tools, actor, producer_id, due_from=london(2027, 1, 1, 9, 30)).dated
    assert [one.row.release.title for one in dated] == ["Prices 5", "Prices 6"]
    replicas[1].database.close()
    world.service.close()


def _registers(world: World, actor: Actor, *, title: str, producer_id: str = "") -> str:
    return register_release(
        world.tools,
        actor,
        producer_id=producer_id or world.sat.producer_id,
        title=title,
        order=Order.UK,
        sensitivity=Sensitivity.ORDINARY,
        publishes_at=london(2027, 7, 8, 9, 30),
        series="Prices",
    ).release.title


def test_release_registered_while_a_calendar_is_imported_hinders_neither(tmp_path: Path, any_database_url: str) -> None:
    world = World(tmp_path, database_url=any_database_url)
    actor, content = world.staff(Role.STATISTICIAN), as_csv([HEAD, *ROWS])
    together = threading.Barrier(AT_ONCE)

    def does(number: int) -> str | int:
        together.wait()
        if number % 2:
            return _registers(world, actor, title=f"Prices by hand {number}")
        made = import_calendar(world.tools, actor, world.sat.producer_id, content, "csv", dry_run=False)
        return len(made.registered)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        told = sorted(threads.map(does, range(AT_ONCE)), key=str)
    assert told == [0, 2, "Prices by hand 1", "Prices by hand 3"]
    dated = read_calendar(world.tools, actor, world.sat.producer_id, due_from=london(2027, 1, 1, 9, 30)).dated
    assert len(dated) == 4
    assert len({one.row.release.series_id for one in dated}) == 1
    world.service.close()


def test_outsider_is_answered_while_somebody_registers_and_as_where_no_producer_is(
    tmp_path: Path, any_database_url: str
) -> None:
    world = World(tmp_path, database_url=any_database_url)
    outsider = world.actor(world.stranger)
    with world.tools.database.write() as (held, _):  # what a registration holds; on SQLite nobody else writes meanwhile
        organisations.keep_producer(held, world.sat.producer_id)
        for producer_id in (world.sat.producer_id, f"prd_{'0' * 24}"):
            with pytest.raises(NotFound):
                _registers(world, outsider, title="Prices", producer_id=producer_id)
    world.service.close()
