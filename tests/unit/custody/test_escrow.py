"""The offline escrow: documents are recovered with the escrow identity and plain age, and with nothing of ours."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.actions import custody, escrow, rewrapping
from app.actions.escrow import Resealed
from app.audit.entries import EntryKind
from app.rules.errors import OutOfOrder
from app.vault import age
from tests.build import london
from tests.needs import need_program
from tests.story import CHANCELLOR, Story
from tests.unit.documents.world import a_pdf

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
TABLE = b"region,claimants\n" + b"North,120455\n" * 400_000  # 5 MiB


def a_workbook() -> bytes:
    book = Workbook()
    book.active.append(["region", "claimants"])
    book.active.append(["North", 120455])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCUMENTS = {
    "bulletin.pdf": (a_pdf(), "application/pdf"),
    "tables.xlsx": (a_workbook(), XLSX),
    "open-data.csv": (TABLE, "text/csv"),
}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A release with a PDF, a workbook and a large table, all sealed while there is an offline recipient."""
    told = Story(tmp_path, PUBLISHES_AT - timedelta(days=8))
    told.release(PUBLISHES_AT)
    told.list_with(CHANCELLOR)
    for name, (content, media_type) in DOCUMENTS.items():
        told.sealed(content, name, media_type)
    yield told
    told.service.close()


def exported(story: Story, folder: Path) -> tuple[str, ...]:
    folder.mkdir()

    def keep(name: str, chunks: Iterator[bytes]) -> None:
        (folder / name).write_bytes(b"".join(chunks))

    return escrow.export_escrow(story.tools, keep)


def recovered(folder: Path, secret: str) -> dict[str, bytes]:
    """Do what HOW-TO-RECOVER.txt says, with Debian's age and nothing else."""
    program = need_program("age")
    key = folder.parent / f"{folder.name}.escrow.key"
    key.write_text(f"{secret}\n")

    def opened(identity: Path, name: Path) -> bytes:
        return subprocess.run([program, "-d", "-i", identity, name], capture_output=True, check=True).stdout

    found = {}
    for sealed in json.loads((folder / "MANIFEST.json").read_text()):
        body = folder / sealed["name"]
        digest = hashlib.sha256(body.read_bytes()).hexdigest()
        assert (body.stat().st_size, digest) == (sealed["bytes"], sealed["sha256"])
        about = json.loads(opened(key, folder / f"{sealed['name']}.about"))
        document_key = folder.parent / "document.key"
        document_key.write_bytes(opened(key, folder / f"{sealed['name']}.escrow"))
        content = opened(document_key, body)
        assert hashlib.sha256(content).hexdigest() == about["sha256"]
        found[about["file_name"]] = content
    return found


def test_documents_are_recovered_with_plain_age_after_a_rotation_too(story: Story, tmp_path: Path) -> None:
    secret = story.service.escrow.secret_text()
    assert exported(story, tmp_path / "first") == ()
    assert recovered(tmp_path / "first", secret) == {name: content for name, (content, _) in DOCUMENTS.items()}
    custody.rotate_key(story.tools, "kek")
    assert rewrapping.rewrap(story.tools) >= 3
    assert exported(story, tmp_path / "second") == ()
    assert recovered(tmp_path / "second", secret) == {name: content for name, (content, _) in DOCUMENTS.items()}
    said = [entry["said"] for entry in story.entries(EntryKind.ESCROW_EXPORTED)]
    assert said == [{"documents": 3, "left_out": 0}] * 2


def test_export_tells_nothing_to_whoever_has_no_escrow_identity(story: Story, tmp_path: Path) -> None:
    exported(story, tmp_path / "export")
    title = story.get(story.statistician, f"/releases/{story.told.release_id}")["title"].encode()
    digests = [hashlib.sha256(content).hexdigest().encode() for content, _ in DOCUMENTS.values()]
    telling = [title, b"North", b"120455", *(name.encode() for name in DOCUMENTS), *digests]
    whole = b"".join(path.read_bytes() for path in sorted((tmp_path / "export").iterdir()))
    assert [word for word in telling if word in whole] == []
    names = sorted(path.name for path in (tmp_path / "export").iterdir())
    assert [name for name in DOCUMENTS if any(name in one for one in names)] == []


def test_another_recipient_gets_the_old_documents_only_once_they_are_sealed_anew(story: Story, tmp_path: Path) -> None:
    old, new = story.service.escrow, age.new_identity()
    state = escrow.escrow_status(story.tools)
    assert (state.current, state.older, state.unknown, state.none) == (3, 0, 0, 0)
    story.tools.keys._ring.escrow_recipient_text = str(new.recipient)  # as after `pra keys escrow` and a restart
    assert escrow.escrow_status(story.tools).older == 3
    left: list[str] = []
    assert (escrow.reseal_escrow(story.tools, left.append), left) == (Resealed(anew=3, mended=0), [])
    assert escrow.escrow_status(story.tools).current == 3
    assert escrow.reseal_escrow(story.tools, left.append) == Resealed(anew=0, mended=0)
    exported(story, tmp_path / "export")
    assert recovered(tmp_path / "export", new.secret_text()) == {n: content for n, (content, _) in DOCUMENTS.items()}
    with pytest.raises(subprocess.CalledProcessError):
        recovered(tmp_path / "export", old.secret_text())
    for sealed in sorted((story.folder / "sealed").glob("*.escrow")):  # and so in the store itself
        assert age.open_small([new], sealed.read_bytes()).startswith(b"AGE-SECRET-KEY-1")


def test_without_an_offline_recipient_there_is_nothing_to_export_and_it_is_said(story: Story, tmp_path: Path) -> None:
    story.tools.keys._ring.escrow_recipient_text = None
    with pytest.raises(OutOfOrder, match="pra keys escrow"):
        exported(story, tmp_path / "export")
    with pytest.raises(OutOfOrder, match="pra keys escrow"):
        escrow.reseal_escrow(story.tools, lambda _: None)
    assert escrow.escrow_status(story.tools).recipient is None
