"""Two hundred releases on one day: as many queries as for two, and each person told once by two workers at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from app.actions import readiness, releases
from app.actions.tools import Actor, RoleHeld
from app.audit.entries import EntryKind
from app.records import notices
from app.records.tables import notices as letters
from app.rules.facts import Order, Role, Sensitivity
from tests.build import london
from tests.service import Sat, Service

BEGUN, DUE = london(2026, 3, 10, 10, 0), london(2026, 3, 24, 9, 30)
LETTERS_AT = london(2026, 3, 20, 9, 0)


def staff(sat: Sat, role: Role) -> Actor:
    person_id = sat.people[role]
    return Actor(person_id, "Example", (RoleHeld(role, sat.organisation_id),), person_id=person_id)


def registered(service: Service, sat: Sat, count: int) -> None:
    for number in range(count):
        releases.register_release(
            service.tools,
            staff(sat, Role.STATISTICIAN),
            producer_id=sat.producer_id,
            title=f"Table {number}",
            order=Order.UK,
            sensitivity=Sensitivity.ORDINARY,
            publishes_at=DUE,
        )


def queries(service: Service, sat: Sat, expected: int) -> int:
    """Count the queries of one look at all of a producer's releases."""
    asked: list[str] = []
    engine = service.tools.database.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        found = readiness.list_readiness(service.tools, staff(sat, Role.AUDITOR), sat.producer_id, limit=500)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(found) == expected
    return len(asked)


def test_readiness_of_two_hundred_releases_takes_as_many_queries_as_of_two(tmp_path: Path) -> None:
    service = Service(tmp_path, BEGUN)
    sat = service.producer()
    registered(service, sat, 2)
    of_two = queries(service, sat, 2)
    registered(service, sat, 198)
    assert queries(service, sat, 200) == of_two
    service.close()


def test_two_workers_at_once_write_each_letter_once(tmp_path: Path, any_database_url: str) -> None:
    service = Service(tmp_path, BEGUN, database_url=any_database_url)
    sat = service.producer()
    registered(service, sat, 1)
    service.clock.put(LETTERS_AT)
    (release_id,) = readiness.releases_unready(service.tools)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: readiness.tell_unready(service.tools, release_id), range(4)))
    assert readiness.releases_unready(service.tools) == ()
    told = [(entry["said"]["rung"], *entry["said"]["missing"]) for entry in service.entries(EntryKind.READINESS_TOLD)]
    assert len(told) == len(set(told)) > 0
    with service.tools.reading() as connection:
        keys = [row.reason_key for row in connection.execute(letters.select().where(letters.c.kind == "readiness"))]
        assert notices.keys_known(connection, keys) == frozenset(keys)
    assert len(keys) == len({key.rsplit(":", 1)[1] + key.split(":")[-3] for key in keys}) > 0
    service.close()


@pytest.mark.parametrize("tick", [1, 2])
def test_worker_that_was_down_tells_the_highest_rung_alone(tmp_path: Path, tick: int) -> None:
    service = Service(tmp_path, BEGUN)
    sat = service.producer()
    registered(service, sat, 1)
    service.clock.put(london(2026, 3, 23, 16, 0))
    for _ in range(tick):
        for release_id in readiness.releases_unready(service.tools):
            readiness.tell_unready(service.tools, release_id)
    said = [entry["said"] for entry in service.entries(EntryKind.READINESS_TOLD)]
    assert [one["rung"] for one in said if one["missing"] == ["page_confirmed"]] == ["head_of_profession"]
    service.close()
