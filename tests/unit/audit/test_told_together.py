"""Entries that a transaction appends in a row reach PostgreSQL in one statement, and nobody can tell otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from app.actions import auditing
from app.audit.entries import Entry, EntryKind
from app.audit.verify import verify_log
from app.records import tables as t
from tests.service import Service

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MANY = 450  # more than are told together


@pytest.fixture
def service(any_database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path, NOON, database_url=any_database_url)
    yield made
    made.close()


def an_entry(number: int) -> Entry:
    return Entry(
        EntryKind.CLOCK_CHECKED,
        NOON,
        producer_id=None if number % 2 else "prd_" + "0" * 24,
        person_id=f"per_{number:024x}" if number % 3 else None,
        actor_id=f"per_{number + 1:024x}",
        said={"number": number},
    )


def arrived(service: Service) -> list[tuple[str, dict[str, str]]]:
    """Every entry that was appended here, in order of arrival, with the values behind its commitments."""
    behind = select(t.disclosures).order_by(t.disclosures.c.entry_id, t.disclosures.c.name)
    with service.tools.reading() as connection:
        clear: dict[str, dict[str, str]] = {}
        for row in connection.execute(behind):
            clear.setdefault(row.entry_id, {})[row.name] = row.clear_value
        found = connection.execute(select(t.entries).order_by(t.entries.c.arrival)).all()
    return [(row.entry_id, clear.get(row.entry_id, {})) for row in found if row.kind == "clock_checked"]


@contextmanager
def told(service: Service) -> Iterator[list[str]]:
    """See every statement that passes meanwhile."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(service.tools.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(service.tools.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("count", [1, 2, 5, MANY])
def test_entries_appended_in_a_row_stand_in_that_order_with_all_that_belongs_to_each(
    service: Service, tmp_path: Path, count: int
) -> None:
    before = len(arrived(service))
    with service.tools.transaction() as tx:
        ids = [tx.append(an_entry(number)) for number in range(count)]
    came = arrived(service)[before:]
    assert [entry_id for entry_id, _ in came] == ids
    for number, (_, clear) in enumerate(came):
        person = {"person": f"per_{number:024x}"} if number % 3 else {}
        assert clear == {"actor": f"per_{number + 1:024x}", **person}
    auditing.sequence(service.tools)
    auditing.sequencer(service.tools).check()
    auditing.sequencer(service.tools).check_entries(0)  # columns, values and labels against each leaf
    auditing.export_log(service.tools, "operator", tmp_path / "export")
    (vkey,) = auditing.log_vkeys(service.tools)
    leaves = [json.loads(leaf) for leaf in verify_log(tmp_path / "export", vkey).entries]
    numbers = [(leaf["id"], leaf["said"]["number"]) for leaf in leaves if "number" in leaf["said"]]
    assert numbers == [(entry_id, number) for number, entry_id in enumerate(ids)]


def test_what_stands_between_two_entries_sees_the_first(service: Service) -> None:
    counted = select(func.count()).select_from(t.entries)
    with service.tools.transaction() as tx:
        before = tx.connection.execute(counted).scalar_one()
        for number in range(3):
            tx.append(an_entry(number))
        assert tx.connection.execute(counted).scalar_one() == before + 3
        tx.append(an_entry(3))
        assert tx.connection.execute(counted).scalar_one() == before + 4


def test_what_is_taken_back_to_a_savepoint_takes_the_entries_behind_it_along(service: Service) -> None:
    before = len(arrived(service))
    with service.tools.transaction() as tx:
        kept = tx.append(an_entry(0))
        savepoint = tx.connection.begin_nested()
        tx.append(an_entry(1))
        tx.append(an_entry(2))
        savepoint.rollback()
        also_kept = tx.append(an_entry(3))
    assert [entry_id for entry_id, _ in arrived(service)[before:]] == [kept, also_kept]


def test_transaction_that_fails_leaves_none_of_them(service: Service) -> None:
    before = arrived(service)

    def appending_and_failing() -> None:
        with service.tools.transaction() as tx:
            for number in range(MANY):
                tx.append(an_entry(number))
            raise ValueError("it was not to be")

    with pytest.raises(ValueError, match="not to be"):
        appending_and_failing()
    assert arrived(service) == before


def test_entry_that_the_database_does_not_take_stops_the_whole_transaction(service: Service) -> None:
    before = arrived(service)

    def appending_a_value_twice() -> None:
        with service.tools.transaction() as tx:
            tx.append(an_entry(0))
            tx.append(an_entry(1))
            tx.connection.execute(t.disclosures.insert().values(_first_behind(service)))

    with pytest.raises(IntegrityError):
        appending_a_value_twice()
    assert arrived(service) == before


def _first_behind(service: Service) -> dict[str, Any]:
    with service.tools.reading() as connection:
        return dict(connection.execute(select(t.disclosures).limit(1)).one()._mapping)


def test_five_in_a_row_are_one_statement_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    service = Service(tmp_path, NOON, database_url=postgres_url)
    with told(service) as seen, service.tools.transaction() as tx:
        for number in range(5):
            tx.append(an_entry(number))
    assert len([one for one in seen if "INSERT INTO entries" in one]) == 1
    service.close()
