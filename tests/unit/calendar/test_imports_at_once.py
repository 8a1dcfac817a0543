"""A calendar imported several times at once, on both databases: each release is registered once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.actions.calendar import read_calendar
from app.actions.calendar_imports import import_calendar
from app.rules.calendar_planned import plan_sha256
from app.rules.errors import Code, PraError
from app.rules.facts import Role
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
