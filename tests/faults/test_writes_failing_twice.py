"""Each write fails, is done while its answer is lost, or by a process that dies: do we go on, did anything leak?

The writes of the published log stand in ``test_log_under_faults.py``; what a failing append lets through over HTTP, in
``test_recorded_before_served.py``. A failure is never fatal here: each test ends with the act done as it should be.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import wiring
from app.actions import copies, custody, documents, notices, openings
from app.actions.documents import Arriving
from app.actions.tools import Tools
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import Code, KeyMissing, OutOfOrder, Unavailable
from app.rules.facts import DocumentState, ReleaseState, Role
from app.worker.loop import Worker
from tests.faults.failing import (
    AFTER,
    BEFORE,
    DIES,
    FAULTS,
    FailingDatabase,
    FailingMail,
    FailingStore,
    anew,
    files_holding,
    killed,
)
from tests.live import live_settings, prepare
from tests.unit.documents.world import FIGURES, INSIDE, PUBLISHES_AT, World

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")
DAY = timedelta(days=1)


def ready(folder: Path) -> tuple[World, str]:
    world = World(folder)
    document = world.fixed()
    world.sign(world.minister.person_id)
    return world, document.card.document_id


def fails(world: World, fault: str, act: Callable[[Tools], object]) -> None:
    """Carry out an act whose commit fails in one of the three ways."""
    failing = replace(world.tools, database=FailingDatabase(world.tools.database.url, fault))
    if fault == DIES:
        world.tools.database.close()
        assert killed(lambda: act(failing))
    else:
        with pytest.raises(Unavailable):
            act(failing)
    failing.database.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_entry_of_an_opening_that_fails_serves_nothing_and_the_next_opening_is_made(tmp_path: Path, fault: str) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.minister.person_id)
    fails(world, fault, lambda tools: openings.open_document(tools, actor, document_id))
    with Worker(world.tools).running():
        after = openings.open_document(world.tools, actor, document_id)
    made = openings.my_openings(world.tools, actor)
    decided = [entry["said"]["opening_id"] for entry in world.service.entries(EntryKind.ACCESS_DECIDED)]
    assert sorted(decided) == sorted(opening.opening_id for opening in made)
    assert (len(made), after in made) == (1 if fault == BEFORE else 2, True)
    assert world.service.entries(EntryKind.COPY_STARTED) == []
    world.service.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_change_of_facts_that_fails_is_made_with_its_entry_or_not_at_all(tmp_path: Path, fault: str) -> None:
    world = World(tmp_path, state=ReleaseState.ANNOUNCED)
    draft = world.upload()
    second = world.staff(Role.HEAD_OF_PROFESSION)

    def fix(tools: Tools) -> None:
        documents.fix_document(tools, second, draft.card.document_id, sha256=draft.card.sha256, revision=draft.revision)

    fails(world, fault, fix)
    left = documents.get_document(world.tools, second, draft.card.document_id).card.state
    assert left is (DocumentState.DRAFT if fault == BEFORE else DocumentState.FINAL)
    assert len(world.service.entries(EntryKind.DOCUMENT_FIXED)) == (0 if fault == BEFORE else 1)
    if fault == BEFORE:
        fix(world.tools)
    assert documents.get_document(world.tools, second, draft.card.document_id).card.state is DocumentState.FINAL
    assert len(world.service.entries(EntryKind.DOCUMENT_FIXED)) == 1
    world.service.close()


@pytest.mark.parametrize("at_object", [1, 2])  # the sealed document, then its escrowed key
@pytest.mark.parametrize("fault", FAULTS)
def test_sealed_document_whose_storing_fails_leaves_no_plaintext_and_no_orphan_for_ever(
    tmp_path: Path, fault: str, at_object: int
) -> None:
    world = World(tmp_path)
    statistician = world.staff(Role.STATISTICIAN)
    arriving = Arriving("claimants.csv", "text/csv", [FIGURES])

    def upload(tools: Tools) -> object:
        return documents.upload_document(tools, statistician, world.release.release_id, arriving)

    failing = FailingStore(world.tools.store, fault, at_object)
    if fault == DIES:
        world.tools.database.close()
        assert killed(lambda: upload(anew(world.tools, store=failing)))
    else:
        with pytest.raises(Unavailable):
            upload(replace(world.tools, store=failing))
    assert documents.list_documents(world.tools, statistician, world.release.release_id) == ()
    left = sorted(path.name for path in (tmp_path / "sealed").iterdir())
    assert len(left) == {BEFORE: 0, AFTER: 1, DIES: at_object}[fault]
    kept = upload(world.tools)
    assert isinstance(kept, documents.DocumentRow)
    age_by(tmp_path / "sealed", world, 2 * DAY)
    with Worker(world.tools).running():
        named = [
            name for entry in world.service.entries(EntryKind.OBJECTS_SWEPT) for name in entry["said"]["object_names"]
        ]
    assert named == left
    assert world.tools.store.names() == [kept.object_name, f"{kept.object_name}.escrow"]
    assert files_holding(tmp_path, FIGURES) == []
    world.service.close()


def age_by(folder: Path, world: World, span: timedelta) -> None:
    """Make every stored object as old as it would be after this span."""
    finished = (world.clock.now() - span).timestamp()
    for path in folder.iterdir():
        os.utime(path, (finished, finished))


def test_orphan_that_is_not_a_day_old_is_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    row = world.upload()
    world.tools.store.put("0" * 32, [b"sealed"])
    age_by(tmp_path / "sealed", world, DAY - timedelta(seconds=1))
    assert custody.sweep_orphans(world.tools) == 0
    age_by(tmp_path / "sealed", world, DAY + timedelta(seconds=1))
    assert custody.sweep_orphans(world.tools) == 1
    assert world.tools.store.names() == [row.object_name, f"{row.object_name}.escrow"]
    world.service.close()


def test_orphans_beyond_what_one_entry_names_are_all_swept_and_all_named(tmp_path: Path) -> None:
    world = World(tmp_path)
    orphans = [f"{number:032x}" for number in range(95)]
    for name in orphans:
        world.tools.store.put(name, [b"sealed"])
    age_by(tmp_path / "sealed", world, 2 * DAY)
    assert custody.sweep_orphans(world.tools) == 95
    entries = world.service.entries(EntryKind.OBJECTS_SWEPT)
    assert [name for entry in entries for name in entry["said"]["object_names"]] == orphans
    assert world.tools.store.names() == []
    world.service.close()


def served(folder: Path) -> tuple[World, str]:
    """A document that one person has been served, so that its recall owes them a notice."""
    world, document_id = ready(folder)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document_id)
    delivery = copies.begin(world.tools, actor, opening.opening_id)
    while delivery.next_group():
        pass
    delivery.close(handed_over_whole=True)
    return world, document_id


def recall_notices(world: World) -> list[tuple[bool, int]]:
    """Whether each notice of a recall was sent, and how often that was tried."""
    with world.tools.reading() as connection:
        rows = connection.execute(select(tables.notices).where(tables.notices.c.kind == "recall")).all()
    return [(row.sent_at is not None, row.tries) for row in rows]


@pytest.mark.parametrize("fault", FAULTS)
def test_notice_whose_queueing_fails_stands_or_falls_with_the_recall_it_tells_of(tmp_path: Path, fault: str) -> None:
    world, document_id = served(tmp_path)
    lead = world.staff(Role.LEAD_OFFICIAL)
    revision = documents.get_document(world.tools, lead, document_id).revision

    def recall(tools: Tools) -> None:
        documents.recall_document(tools, lead, document_id, reason="A wrong table", revision=revision)

    fails(world, fault, recall)
    persisted = fault != BEFORE
    assert recall_notices(world) == [(False, 0)] * persisted
    assert len(world.service.entries(EntryKind.DOCUMENT_RECALLED)) == persisted
    if not persisted:
        recall(world.tools)
    notices.send_due(world.tools)
    assert recall_notices(world) == [(True, 1)]
    assert [letter.subject for letter in world.service.mailbag.letters] == [
        "RESTRICTED: a document you opened has been recalled"
    ]
    world.service.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_notice_whose_sending_fails_goes_at_least_once_and_a_second_copy_is_the_same_letter(
    tmp_path: Path, fault: str
) -> None:
    world, document_id = served(tmp_path)
    lead = world.staff(Role.LEAD_OFFICIAL)
    revision = documents.get_document(world.tools, lead, document_id).revision
    documents.recall_document(world.tools, lead, document_id, reason="A wrong table", revision=revision)
    went = tmp_path / "went"
    went.touch()

    def carried(message_id: str) -> None:
        with went.open("a", encoding="utf-8") as kept:
            kept.write(message_id + "\n")

    failing = FailingMail(carried, fault)
    if fault == DIES:
        world.tools.database.close()
        assert killed(lambda: notices.send_due(anew(world.tools, mail=failing)))
    else:
        assert notices.send_due(replace(world.tools, mail=failing)) == 0
    assert recall_notices(world) == [(False, 1)]
    assert notices.send_due(world.tools) == 0  # not at once: whoever took it may be at it still
    world.clock.forward(minutes=11)
    assert notices.send_due(world.tools) == 1
    assert recall_notices(world) == [(True, 2)]
    (letter,) = world.service.mailbag.letters
    assert went.read_text().split() == [letter.message_id] * (fault != BEFORE)
    assert FIGURES.decode() not in letter.body
    world.service.close()


def test_mail_system_down_at_half_past_nine_delays_notices_and_nothing_else(tmp_path: Path) -> None:
    world, document_id = served(tmp_path)
    lead = world.staff(Role.LEAD_OFFICIAL)
    other = world.fixed(b"other figures\n", "other.csv")
    revision = documents.get_document(world.tools, lead, document_id).revision
    documents.recall_document(world.tools, lead, document_id, reason="A wrong table", revision=revision)
    world.clock.put(PUBLISHES_AT - timedelta(minutes=2))
    world.service.mailbag.down = True
    headers = world.headers(world.minister.person_id)
    client = world.client()
    opened = []
    for _ in range(8):
        notices.send_due(world.tools)
        opened.append(client.post(f"/api/v1/documents/{other.card.document_id}/openings", headers=headers).status_code)
        world.clock.forward(seconds=30)
    assert opened == [201] * 8
    ((sent, tries),) = recall_notices(world)
    assert (sent, len(world.service.entries(EntryKind.NOTICE_FAILED))) == (False, tries)
    world.service.mailbag.down = False
    world.clock.forward(hours=1)
    assert (notices.send_due(world.tools), len(world.service.mailbag.letters)) == (1, 1)
    world.service.close()


def test_copy_whose_process_dies_on_the_way_is_unknown_at_the_next_start(tmp_path: Path) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document_id)
    world.tools.database.close()

    def begin_and_die() -> None:
        delivery = copies.begin(anew(world.tools), actor, opening.opening_id)
        delivery.next_group()
        os.kill(os.getpid(), 9)

    assert killed(begin_and_die)
    with pytest.raises(OutOfOrder, match="on its way already"):
        copies.begin(world.tools, actor, opening.opening_id)
    with Worker(world.tools).running():
        assert openings.get_opening(world.tools, actor, opening.opening_id).outcome == "unknown"
    kinds = [(entry["kind"], entry["outcome"]) for entry in world.service.entries() if "copy" in entry["kind"]]
    assert kinds == [("copy_started", "permitted"), ("copy_outcome", "unknown")]
    world.service.close()


def open_objects(folder: Path) -> list[str]:
    """Names of the files in this folder that this process holds open."""
    held = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            path = descriptor.readlink()
        except FileNotFoundError:
            continue
        held += [path.name] if path.parent == folder else []
    return held


@pytest.mark.parametrize("groups", [0, 1])
def test_copy_that_nobody_holds_any_more_lets_go_of_its_file_and_is_settled(tmp_path: Path, groups: int) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document_id)
    delivery = copies.begin(world.tools, actor, opening.opening_id)
    for _ in range(groups):
        delivery.next_group()
    assert openings.settle_lost(world.tools) == 0  # it is held
    del delivery
    gc.collect()
    assert open_objects(tmp_path / "sealed") == []
    assert openings.settle_lost(world.tools) == 1
    assert openings.get_opening(world.tools, actor, opening.opening_id).outcome == "unknown"
    again = copies.begin(world.tools, actor, opening.opening_id)
    assert openings.settle_lost(world.tools) == 0
    again.close(handed_over_whole=False)
    assert (openings.settle_lost(world.tools), open_objects(tmp_path / "sealed")) == (0, [])
    assert [entry["outcome"] for entry in world.service.entries(EntryKind.COPY_OUTCOME)] == ["unknown", "aborted"]
    world.service.close()


def test_copy_whose_end_could_not_be_recorded_is_settled_without_a_restart(tmp_path: Path) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document_id)
    failing = replace(world.tools, database=FailingDatabase(world.tools.database.url, BEFORE, write_number=2))
    delivery = copies.begin(failing, actor, opening.opening_id)
    with pytest.raises(Unavailable):
        delivery.close(handed_over_whole=False)
    assert open_objects(tmp_path / "sealed") == []
    del delivery
    gc.collect()
    assert openings.settle_lost(world.tools) == 1
    copies.begin(world.tools, actor, opening.opening_id).close(handed_over_whole=False)
    failing.database.close()
    world.service.close()


def test_service_without_one_of_its_keys_does_not_start(tmp_path: Path) -> None:
    prepare(tmp_path / "service").database.close()
    chosen = live_settings(tmp_path / "service")
    keys = sorted(path for path in chosen.keys_folder.rglob("*") if path.is_file())
    assert len(keys) > 5
    for path in keys:
        held = path.read_bytes()
        path.unlink()
        with pytest.raises(KeyMissing):
            wiring.make_tools(chosen)
        path.write_bytes(held)
        path.chmod(0o600)
    wiring.make_tools(chosen).database.close()


def test_opening_run_out_while_its_copy_was_left_running_is_settled_all_the_same(tmp_path: Path) -> None:
    world, document_id = ready(tmp_path)
    actor = world.actor(world.minister.person_id)
    opening = openings.open_document(world.tools, actor, document_id)
    delivery = copies.begin(world.tools, actor, opening.opening_id)
    world.clock.put(INSIDE + timedelta(hours=3))
    assert openings.settle_unknown(world.tools) == 1
    with pytest.raises(OutOfOrder) as caught:
        copies.begin(world.tools, actor, opening.opening_id)
    assert caught.value.code is Code.OPENING_ENDED
    delivery.close(handed_over_whole=False)
    world.service.close()
