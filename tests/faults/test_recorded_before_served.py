"""Recorded before served: each write of an opening and its copy fails twice over, and no byte leaves without its entry.

A write can fail in two ways that look the same to us: it was not persisted, or it was and only the answer was lost.
After either, nothing may have been served that the log does not know of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import OperationalError

from app.actions import copies, custody, documents, openings
from app.actions.documents import Arriving
from app.actions.tools import Tools
from app.audit.entries import EntryKind
from app.changes import Watch
from app.database import Database
from app.keys import Keys
from app.keys.ring import Ring
from app.records import tables
from app.rules.errors import Code, KeyMissing, OutOfOrder, PraError, Refused, Unavailable
from app.rules.facts import Role
from app.vault.shelf import Store, StoredSource
from tests.faults.test_writes_failing_twice import age_by
from tests.unit.documents.world import FIGURES, OPENS_AT, World

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


class AnswerLost(Database):
    """Commits, and then says that it could not: the change is there, and nobody was told."""

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, Watch]]:
        with super().write() as opened:
            yield opened
        raise Unavailable("the answer of the database was lost")


class WatchedStore:
    """A real store that counts how often a sealed document was opened for reading, and can be full."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.opened = 0
        self.full = False

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        if self.full:
            raise Unavailable("the disk is full")
        return self._store.put(name, chunks)

    def replace(self, name: str, chunks: Iterable[bytes]) -> int:
        return self._store.replace(name, chunks)

    def open(self, name: str) -> StoredSource:
        self.opened += 1
        return self._store.open(name)

    def remove(self, name: str) -> None:
        self._store.remove(name)


@contextmanager
def log_refuses(world: World, kind: EntryKind) -> Iterator[None]:
    """The database refuses every entry of one kind, as a full disk would."""

    def refuse(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("INSERT INTO entries") and kind.value in parameters:
            raise OperationalError(statement, {}, OSError("database or disk is full"))

    engine = world.tools.database.engine
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


@contextmanager
def commit_fails(world: World, times: int = 1_000) -> Iterator[None]:
    """The next commits fail, and nothing of their transactions persists."""
    left = iter(range(times))

    def refuse(connection: Connection) -> None:
        if connection.info["watch"].may_write and next(left, None) is not None:
            raise OperationalError("COMMIT", {}, OSError("disk I/O error"))

    engine = world.tools.database.engine
    event.listen(engine, "commit", refuse)
    try:
        yield
    finally:
        event.remove(engine, "commit", refuse)


def answer_lost(world: World) -> Tools:
    return replace(world.tools, database=AnswerLost(world.tools.database.url))


def watched(world: World) -> tuple[Tools, WatchedStore]:
    store = WatchedStore(world.tools.store)
    return replace(world.tools, store=store), store


def ready(folder: Path) -> tuple[World, str]:
    world = World(folder, OPENS_AT)
    document = world.fixed()
    world.sign(world.minister.person_id)
    return world, document.card.document_id


def opened(folder: Path) -> tuple[World, str]:
    world, document_id = ready(folder)
    actor = world.actor(world.minister.person_id)
    return world, openings.open_document(world.tools, actor, document_id).opening_id


def made(world: World) -> int:
    with world.tools.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.openings)).scalar_one()


@pytest.mark.parametrize("fault", ["append", "commit"])
def test_opening_whose_record_fails_is_not_made(tmp_path: Path, fault: str) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.minister.person_id)
    failing = log_refuses(world, EntryKind.ACCESS_DECIDED) if fault == "append" else commit_fails(world)
    with failing, pytest.raises(Unavailable):
        openings.open_document(world.tools, actor, document_id)
    assert (made(world), world.service.entries(EntryKind.ACCESS_DECIDED)) == (0, [])


def test_opening_whose_answer_is_lost_is_on_record_and_nothing_is_served(tmp_path: Path) -> None:
    world, document_id = ready(tmp_path)
    with pytest.raises(Unavailable):
        openings.open_document(answer_lost(world), world.actor(world.minister.person_id), document_id)
    assert (made(world), len(world.service.entries(EntryKind.ACCESS_DECIDED))) == (1, 1)
    assert world.service.entries(EntryKind.COPY_STARTED) == []


def test_refusal_survives_its_own_raising(tmp_path: Path) -> None:
    world, document_id = ready(tmp_path)
    world.suspend(world.minister.person_id)
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, world.actor(world.minister.person_id), document_id)
    (entry,) = world.service.entries(EntryKind.ACCESS_DECIDED)
    assert (entry["id"], entry["outcome"]) == (caught.value.extra["receipt"], "refused")


def test_refusal_that_cannot_be_recorded_is_told_to_nobody(tmp_path: Path) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.stranger)
    with log_refuses(world, EntryKind.ACCESS_DECIDED), pytest.raises(Unavailable):
        openings.open_document(world.tools, actor, document_id)
    assert world.service.entries(EntryKind.ACCESS_DECIDED) == []


@pytest.mark.parametrize("fault", ["append", "commit"])
def test_copy_whose_start_is_not_recorded_never_touches_the_sealed_document(tmp_path: Path, fault: str) -> None:
    world, opening_id = opened(tmp_path)
    tools, store = watched(world)
    actor = world.actor(world.minister.person_id)
    failing = log_refuses(world, EntryKind.COPY_STARTED) if fault == "append" else commit_fails(world)
    with failing, pytest.raises(Unavailable):
        copies.begin(tools, actor, opening_id)
    assert (store.opened, world.service.entries(EntryKind.COPY_STARTED)) == (0, [])
    delivery = copies.begin(tools, actor, opening_id)  # and it can be tried again
    assert (store.opened, len(delivery.next_group()) > len(FIGURES)) == (1, True)
    delivery.close(handed_over_whole=False)


def test_copy_whose_start_was_recorded_while_the_answer_was_lost_is_not_served(tmp_path: Path) -> None:
    world, opening_id = opened(tmp_path)
    tools, store = watched(world)
    actor = world.actor(world.minister.person_id)
    with pytest.raises(Unavailable):
        copies.begin(replace(tools, database=answer_lost(world).database), actor, opening_id)
    assert (store.opened, len(world.service.entries(EntryKind.COPY_STARTED))) == (0, 1)
    assert openings.settle_unknown(world.tools) == 1  # the log over-reports; a restart says that nobody knows


def test_copy_over_http_whose_start_cannot_be_recorded_is_a_problem_without_a_byte(tmp_path: Path) -> None:
    world, opening_id = opened(tmp_path)
    headers = world.headers(world.minister.person_id)
    client = world.client()
    with log_refuses(world, EntryKind.COPY_STARTED):
        answer = client.get(f"/api/v1/openings/{opening_id}/content", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert FIGURES not in answer.content
    assert client.get(f"/api/v1/openings/{opening_id}/content", headers=headers).status_code == 200


def test_copy_whose_outcome_cannot_be_recorded_is_settled_as_unknown_at_the_next_start(tmp_path: Path) -> None:
    world, opening_id = opened(tmp_path)
    delivery = copies.begin(world.tools, world.actor(world.minister.person_id), opening_id)
    while delivery.next_group():
        pass
    with log_refuses(world, EntryKind.COPY_OUTCOME), pytest.raises(Unavailable):
        delivery.close(handed_over_whole=True)
    assert openings.settle_unknown(world.tools) == 1
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert entry["outcome"] == "unknown"


def test_copy_that_runs_gives_no_byte_more_when_the_rule_cannot_be_asked(tmp_path: Path) -> None:
    world, opening_id = opened(tmp_path)
    delivery = copies.begin(world.tools, world.actor(world.minister.person_id), opening_id)

    def gone(*_: Any) -> None:
        raise OperationalError("SELECT", {}, OSError("connection lost"))

    event.listen(world.tools.database.engine, "before_cursor_execute", gone)
    try:
        with pytest.raises(Unavailable):
            delivery.next_group()
    finally:
        event.remove(world.tools.database.engine, "before_cursor_execute", gone)
    delivery.close(handed_over_whole=False)
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], entry["said"]["sent_bytes"]) == ("aborted", 0)


def test_copy_without_its_key_gives_no_byte(tmp_path: Path) -> None:
    world, opening_id = opened(tmp_path)
    tools, store = watched(world)
    actor = world.actor(world.minister.person_id)
    with pytest.raises(KeyMissing):
        copies.begin(replace(tools, keys=Keys(Ring.in_memory())), actor, opening_id)
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], store.opened) == ("aborted", 0)


@pytest.mark.parametrize("fault", ["append", "commit"])
def test_passphrase_whose_reveal_is_not_recorded_is_not_shown_and_not_used_up(tmp_path: Path, fault: str) -> None:
    world, opening_id = opened(tmp_path)
    actor = world.actor(world.minister.person_id)
    failing = log_refuses(world, EntryKind.PASSPHRASE_REVEALED) if fault == "append" else commit_fails(world)
    with failing, pytest.raises(Unavailable):
        openings.reveal(world.tools, actor, opening_id)
    assert world.service.entries(EntryKind.PASSPHRASE_REVEALED) == []
    assert openings.reveal(world.tools, actor, opening_id).opening_id == opening_id


def test_passphrase_whose_reveal_was_recorded_while_the_answer_was_lost_is_not_shown_again(tmp_path: Path) -> None:
    world, opening_id = opened(tmp_path)
    actor = world.actor(world.minister.person_id)
    with pytest.raises(Unavailable):
        openings.reveal(answer_lost(world), actor, opening_id)
    with pytest.raises(OutOfOrder) as caught:
        openings.reveal(world.tools, actor, opening_id)
    assert caught.value.code is Code.ALREADY_REVEALED


@pytest.mark.parametrize("fault", ["append", "first commit", "store"])
def test_upload_that_is_not_recorded_leaves_nothing_on_the_shelf(tmp_path: Path, fault: str) -> None:
    world = World(tmp_path)
    tools, store = watched(world)
    actor = world.staff(Role.STATISTICIAN)
    store.full = fault == "store"
    failing = commit_fails(world, 1) if fault == "first commit" else log_refuses(world, EntryKind.DOCUMENT_SEALED)
    with failing, pytest.raises(PraError):
        documents.upload_document(
            tools, actor, world.release.release_id, Arriving("claimants.csv", "text/csv", [FIGURES])
        )
    assert list((tmp_path / "sealed").iterdir()) == []
    assert documents.list_documents(world.tools, actor, world.release.release_id) == ()


def test_sealed_document_stays_until_it_is_settled_that_no_record_of_it_persists(tmp_path: Path) -> None:
    # R4: SQLite brings a commit whose flush failed back when the next process opens the file. Looking, in the process
    # in which it failed, shows no record; the document was removed, and its record came back at the next start.
    world = World(tmp_path)
    actor = world.staff(Role.STATISTICIAN)
    with commit_fails(world), pytest.raises(Unavailable):
        documents.upload_document(
            world.tools, actor, world.release.release_id, Arriving("claimants.csv", "text/csv", [FIGURES])
        )
    assert len(world.tools.store.names()) == 2
    age_by(tmp_path / "sealed", world, timedelta(days=2))
    assert (custody.sweep_orphans(world.tools), world.tools.store.names()) == (2, [])


def test_upload_recorded_while_the_answer_was_lost_stays_whole(tmp_path: Path) -> None:
    world = World(tmp_path)
    actor = world.staff(Role.STATISTICIAN)
    arriving = Arriving("claimants.csv", "text/csv", [FIGURES])
    with pytest.raises(Unavailable):
        documents.upload_document(answer_lost(world), actor, world.release.release_id, arriving)
    (row,) = documents.list_documents(world.tools, actor, world.release.release_id)
    assert sorted(path.name for path in (tmp_path / "sealed").iterdir()) == [
        row.object_name,
        f"{row.object_name}.escrow",
    ]
