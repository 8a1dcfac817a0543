"""A copy that runs is looked at with one statement, and its facts are gathered anew only when they may have changed.

Counted in statements, never timed; and no change may be missed, whenever it is committed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text, update

from app.actions import copies, deciding, openings
from app.actions.copies import Delivery
from app.audit.entries import Entry, EntryKind
from app.records import facts_changes, reviews, tables
from app.records.facts_changes import FACT_TABLES
from app.rules.errors import OutOfOrder, Refused
from app.rules.facts import Order
from tests.unit.documents.world import World

RUNNING = 12
BIG = 2 * 1024 * 1024


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """Note every statement but those that begin and end a transaction."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split()[0] not in ("BEGIN", "COMMIT", "ROLLBACK"):
            seen.append(statement)

    event.listen(world.tools.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(world.tools.database.engine, "before_cursor_execute", note)


def running(world: World, how_many: int = 1) -> list[Delivery]:
    document = world.fixed(os.urandom(BIG), "figures.bin", "application/octet-stream")
    made = []
    for number in range(how_many):
        seat = world.listed(f"Robin Reader{number}", f"robin.reader{number}@examples.gov.example", f"Adviser {number}")
        world.sign(seat.person_id)
        actor = world.actor(seat.person_id)
        opening = openings.open_document(world.tools, actor, document.card.document_id)
        made.append(copies.begin(world.tools, actor, opening.opening_id))
    for delivery in made:
        assert delivery.next_group()
    return made


def closed(deliveries: list[Delivery]) -> None:
    for delivery in deliveries:
        delivery.close(handed_over_whole=False)


def test_copies_that_run_cost_one_statement_a_look_while_nothing_changes(tmp_path: Path, any_database_url: str) -> None:
    world = World(tmp_path, database_url=any_database_url)
    deliveries = running(world, RUNNING)
    with statements(world) as seen:
        for delivery in deliveries:
            for _ in range(4):
                delivery.check_if_due(0)
    assert len(seen) == RUNNING * 4 == len([one for one in seen if "facts_changes" in one])
    world.suspend(world.minister.person_id)  # somebody else: everybody's facts are gathered once more
    with statements(world) as gathering, world.tools.reading() as connection:
        sending = deliveries[0]._sending
        deciding.gather(connection, sending.actor, sending.opening.document_id, world.clock.now())
    assert len(gathering) >= 9  # what each look cost before, beside two for the opening and the session
    with statements(world) as after:
        for delivery in deliveries:
            for _ in range(2):
                delivery.check_if_due(0)
    assert len(after) == RUNNING * (2 + len(gathering))
    closed(deliveries)
    world.service.close()


def test_change_committed_between_the_look_and_the_gathering_is_seen_by_the_next_look(
    tmp_path: Path, any_database_url: str
) -> None:
    world = World(tmp_path, database_url=any_database_url)
    (delivery,) = running(world)
    person_id = delivery._sending.opening.person_id
    world.suspend(world.minister.person_id)  # so that the next look gathers
    changed = []

    def change(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "facts_changes" in statement and statement.lstrip().startswith("SELECT") and not changed:
            changed.append(statement)
            world.suspend(person_id)

    event.listen(world.tools.database.engine, "before_cursor_execute", change)
    try:
        # On PostgreSQL the statements that gather may see it already; either way it must not be lost.
        with suppress(Refused):
            delivery.check_if_due(0)
    finally:
        event.remove(world.tools.database.engine, "before_cursor_execute", change)
    assert changed
    with pytest.raises(Refused) as caught:
        delivery.check_if_due(0)
    assert [reason.code.value for reason in caught.value.reasons] == ["suspended"]
    closed([delivery])
    world.service.close()


def test_change_committed_after_the_gathering_has_begun_is_seen_by_the_next_look(
    tmp_path: Path, any_database_url: str
) -> None:
    world = World(tmp_path, database_url=any_database_url)
    (delivery,) = running(world)
    person_id = delivery._sending.opening.person_id
    world.suspend(world.minister.person_id)
    changed = []

    def change(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # The last thing that is read: the suspensions were read before it.
        if "FROM wrong_facts" in statement and not changed:
            changed.append(statement)
            world.suspend(person_id)

    event.listen(world.tools.database.engine, "before_cursor_execute", change)
    try:
        delivery.check_if_due(0)  # by facts that are old by now, and it is known that they are
    finally:
        event.remove(world.tools.database.engine, "before_cursor_execute", change)
    assert changed
    with pytest.raises(Refused):
        delivery.check_if_due(0)
    closed([delivery])
    world.service.close()


def test_end_of_a_post_at_midnight_stops_a_copy_of_which_no_fact_has_changed(tmp_path: Path) -> None:
    """T26: a grant whose post ended at 00:00 stops on the next request, and a copy that runs at its next look."""
    world = World(tmp_path)
    (delivery,) = running(world)
    mine = tables.holdings.c.person_id == delivery._sending.opening.person_id
    with world.tools.transaction() as tx:
        tx.connection.execute(update(tables.holdings).where(mine).values(held_until_on=date(2026, 3, 9)))
        tx.append(Entry(EntryKind.HOLDING_ENDED, world.clock.now(), person_id=delivery._sending.opening.person_id))
    delivery.check_if_due(0)
    world.clock.forward(hours=9, minutes=59, seconds=59)
    delivery.check_if_due(0)
    world.clock.forward(seconds=1)
    with pytest.raises(Refused) as caught:
        delivery.check_if_due(0)
    assert [reason.code.value for reason in caught.value.reasons] == ["post_not_held"]
    closed([delivery])


def test_repair_of_the_records_that_told_nobody_is_seen_before_long_all_the_same(tmp_path: Path) -> None:
    world = World(tmp_path)
    (delivery,) = running(world)
    delivery.check_if_due(0)
    with world.tools.database.engine.begin() as connection:  # past every rule of ours
        connection.execute(update(tables.grants).values(paused_reason="Repaired."))
    world.clock.forward(seconds=1)
    delivery.check_if_due(0)
    world.clock.forward(seconds=copies.GATHER_SECONDS)
    with pytest.raises(Refused):
        delivery.check_if_due(0)
    closed([delivery])


def test_end_of_the_session_stops_a_copy_at_the_next_look_though_no_fact_has_changed(tmp_path: Path) -> None:
    world = World(tmp_path)
    (delivery,) = running(world)
    delivery.check_if_due(0)
    with world.tools.transaction() as tx:
        tx.connection.execute(update(tables.sessions).values(ended_at=world.clock.now()))
        tx.append(Entry(EntryKind.SIGNED_OUT, world.clock.now()))
    with statements(world) as seen, pytest.raises(OutOfOrder):
        delivery.check_if_due(0)
    assert len(seen) == 1
    closed([delivery])


_READ = re.compile(r"(?:FROM|JOIN) \"?(\w+)\"?")


@pytest.mark.parametrize("order", [Order.UK, Order.SCOTLAND])
def test_everything_that_facts_are_gathered_from_counts_its_changes(tmp_path: Path, order: Order) -> None:
    world = World(tmp_path, order=order)
    with world.tools.transaction() as tx:
        tx.connection.execute(update(tables.producers).values(training_days=365))
        tx.connection.execute(update(tables.grants).values(for_person_id=world.stranger))
        tx.append(Entry(EntryKind.TRAINING_POLICY_CHANGED, world.clock.now()))
    document, actor = world.fixed(), world.actor(world.minister.person_id)
    world.suspend(world.minister.person_id)  # so that what suspensions wait for is read too
    with statements(world) as seen, world.tools.reading() as connection:
        deciding.gather(connection, actor, document.card.document_id, world.clock.now())
    read = {name for one in seen for name in _READ.findall(one)} & set(tables.metadata.tables)
    assert {"wrong_facts", "suspensions", "grants", "training_records"} <= read  # it sees what is read
    assert read <= FACT_TABLES


@pytest.mark.parametrize("table", sorted(FACT_TABLES))
def test_change_of_a_fact_is_counted_and_marked_whoever_makes_it(tmp_path: Path, table: str) -> None:
    world = World(tmp_path)
    with world.tools.reading() as connection:
        before = facts_changes.number(connection)
        assert reviews.oldest(connection, world.clock.now()) is None
    with world.tools.transaction() as tx:  # by an action that nobody has thought of yet
        tx.connection.execute(text(f"UPDATE {table} SET {table_key(table)} = {table_key(table)}"))
        entry_id = tx.append(Entry(EntryKind.ACTION_REFUSED, world.clock.now(), release_id=world.release.release_id))
    with world.tools.reading() as connection:
        assert facts_changes.number(connection) == before + 1
        mark = reviews.oldest(connection, world.clock.now())
    assert mark is not None
    assert (mark.key, mark.release_id) == (entry_id, world.release.release_id)
    with world.tools.transaction() as tx:  # what only prepares leaves none, and is counted all the same
        tx.connection.execute(text(f"UPDATE {table} SET {table_key(table)} = {table_key(table)}"))
        tx.append(Entry(EntryKind.LIST_CHANGED, world.clock.now() + timedelta(seconds=1)))
    with world.tools.reading() as connection:
        assert facts_changes.number(connection) == before + 2
        assert reviews.oldest(connection, world.clock.now()) == mark


def table_key(table: str) -> str:
    """Give the name of a table's primary key, or of its first column."""
    return str(next(iter(tables.metadata.tables[table].primary_key.columns)).name)


def test_change_that_is_rolled_back_is_neither_counted_nor_marked(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.tools.reading() as connection:
        before = facts_changes.number(connection)
    with suppress(LookupError), world.tools.transaction() as tx:
        tx.connection.execute(update(tables.holdings).values(held_until_on=None))
        tx.append(Entry(EntryKind.HOLDING_ENDED, world.clock.now()))
        raise LookupError
    with world.tools.reading() as connection:
        assert (facts_changes.number(connection), reviews.oldest(connection, world.clock.now())) == (before, None)
