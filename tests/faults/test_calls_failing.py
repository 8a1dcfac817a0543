"""R4: every single write, flush and renaming fails once, by strace, while entries are published and documents stored.

Each may fail with a faulty disk (EIO) or a full one (ENOSPC). Whatever failed: what was acknowledged is there, the
published log is sound before other people's verifier, and no half-stored document stays.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.actions import auditing, custody, documents
from app.actions.documents import Arriving
from app.actions.scanning import shelf_card
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.rules.errors import Unavailable
from app.rules.facts import Role
from app.vault import shelf
from tests.faults.calls import Fault, acted_under, calls_of
from tests.faults.crowd import exported_entries
from tests.faults.extent import FULL, sample, stated
from tests.faults.failing import anew, files_holding
from tests.faults.test_writes_failing_twice import age_by
from tests.service import Service
from tests.unit.documents.world import FIGURES, World

AT = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
ERRORS = ("EIO", "ENOSPC")
BATCH = 5


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "service"
    folder.mkdir()
    return folder


def every_fault(calls: Counter[str]) -> list[Fault]:
    return [
        Fault(call, number, error)
        for error in ERRORS
        for call, count in sorted(calls.items())
        for number in range(1, count + 1)
    ]


def append_and_publish(tools: Tools, first: int) -> str:
    """Append entries one by one and publish them; says which were acknowledged, and how it ended."""
    own = anew(tools)
    acknowledged: list[int] = []
    ended = "published"
    for number in range(first, first + BATCH):
        try:
            with own.transaction() as tx:
                tx.append(Entry(EntryKind.SIGNED_IN, AT, said={"number": number}))
            acknowledged.append(number)
        except Unavailable:
            ended = "refused"
    try:
        auditing.sequence(own)
    except Unavailable:
        ended = "refused"
    return json.dumps([acknowledged, ended])


def test_r4_each_call_of_appending_and_publishing_fails_once_and_the_log_stays_sound(tmp_path: Path) -> None:
    service = Service(folder_of(tmp_path), AT)
    tools = service.tools
    tools.database.close()
    _, calls = calls_of(lambda: append_and_publish(tools, 0), tmp_path)
    acknowledged = set(range(BATCH))
    endings: Counter[str] = Counter()
    faults = sample(every_fault(calls), 24)
    for turn, fault in enumerate(faults, start=1):
        earlier = tmp_path / "earlier"
        earlier.write_text(tools.tiles.read_checkpoint() or "", "utf-8")
        said, failed = acted_under(fault, lambda first=turn * BATCH: append_and_publish(tools, first), tmp_path)
        known, ended = json.loads(said)  # anything else than a refusal would be told by its name, and not be JSON
        acknowledged |= set(known)
        endings[ended if failed else "not reached"] += 1
        auditing.check_before_serving(anew(tools))
        if FULL or turn == len(faults):
            found = exported_entries(anew(tools), tmp_path / f"export.{turn}", [earlier])
            numbers = [entry["said"]["number"] for entry in found if entry["kind"] == "signed_in"]
            assert (acknowledged - set(numbers), len(numbers)) == (set(), len(set(numbers)))
    assert endings["refused"] > 0
    stated(f"R4 publishing: {dict(calls)}, each failed with {ERRORS}: {dict(endings)}; sound before Go after each")
    service.close()


def upload_one(world: World, tools: Tools, name: str) -> str:
    own = anew(tools)
    arriving = Arriving(name, "text/csv", [FIGURES])
    try:
        documents.upload_document(own, world.staff_known, world.release.release_id, arriving)
    except Unavailable:
        return "refused"
    return "stored"


class Prepared(World):
    """The world, with a statistician who signed in before anything fails."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.staff_known = self.staff(Role.STATISTICIAN)


def test_r4_each_call_of_an_upload_fails_once_and_a_document_is_whole_or_not_there(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    world = Prepared(folder)
    tools = world.tools
    tools.database.close()
    said, calls = calls_of(lambda: upload_one(world, tools, "first.csv"), tmp_path)
    stored = {"first.csv"}
    endings: Counter[str] = Counter([said])
    for turn, fault in enumerate(sample(every_fault(calls), 20)):
        name = f"claimants-{turn}.csv"
        ended, failed = acted_under(fault, lambda name=name: upload_one(world, tools, name), tmp_path)
        assert ended in ("stored", "refused")
        endings[ended if failed else "not reached"] += 1
        if ended == "stored":
            stored.add(name)
        demand_whole_or_gone(world, anew(tools), stored)
    assert (endings["refused"] > 0, files_holding(folder, FIGURES)) == (True, [])
    stated(f"R4 upload: {dict(calls)}, each failed with {ERRORS}: {dict(endings)}; nothing half-stored after each")
    world.service.close()


def demand_whole_or_gone(world: Prepared, tools: Tools, stored: set[str]) -> None:
    """Look at what a start of the service leaves: each document on record with its two objects, and nothing else."""
    auditing.check_before_serving(tools)
    age_by(world.service.folder / "sealed", world, timedelta(days=2))
    custody.sweep_orphans(tools)
    rows = documents.list_documents(tools, world.staff_known, world.release.release_id)
    assert stored - {row.card.file_name for row in rows} == set()
    wanted = {name for row in rows for name in (row.object_name, f"{row.object_name}.escrow")}
    assert set(tools.store.names()) - {"belongs-to"} == wanted
    for row in rows:  # each opens, and is the document by its hash
        shelf.show_document(shelf_card(row), tools.store, tools.keys.unwrap, lambda _: None)
    tools.database.close()
