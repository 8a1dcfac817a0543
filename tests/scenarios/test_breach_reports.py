"""The report of a founding breach as it is sent on: in every format, with exhibits that prove themselves."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from typer.testing import CliRunner

from app.audit.entries import EntryKind
from app.cli.main import app
from app.rules.reasons import instant_text
from tests.libreoffice import Job, LibreOffice, pages_of
from tests.scenarios.conftest import Begin
from tests.scenarios.test_home_office_2013_the_host_said_it_was_live import CHIEF, FIGURES, LIVE, overdue
from tests.story import STRANGER, Story, codes, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

HELD = (
    "Draft. Breach of the Code of Practice for Official Statistics",
    "140 minutes after the time set, Thursday 31 January 2013, 9:30am (UK time)",
    "public at Thursday 31 January 2013, 11:50am (UK time)",
    "6. Any other relevant supporting material",
)


def late(begin: Begin) -> tuple[Story, dict[str, Any]]:
    """31 January 2013, read by one recipient and public at 11:50: the incident, and the address of its report."""
    story = overdue(begin)
    assert story.reads(CHIEF) == FIGURES
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(LIVE + timedelta(minutes=6))
    done(story.moves(story.lead, "publication", reason="Two people have seen it.", published_at=instant_text(LIVE)))
    (incident,) = story.incidents()
    return story, incident


def archive_of(story: Story, incident: dict[str, Any], folder: Path) -> Path:
    answer = story.ask(story.head, "GET", f"/incidents/{incident['incident_id']}/report/exhibits")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        packed.extractall(folder)
    return folder / "exhibits"


def test_report_of_home_office_2013_says_the_same_in_odt_docx_and_pdf(
    begin: Begin, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    story, incident = late(begin)
    path = f"/incidents/{incident['incident_id']}/report"
    types = {
        "odt": "application/vnd.oasis.opendocument.text",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "pdf": "application/pdf",
    }
    for fmt, media_type in types.items():
        answer = story.ask(story.head, "GET", path, params={"format": fmt})
        assert (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]) == (
            200,
            media_type,
            "no-store",
        )
        assert answer.headers["content-disposition"] == f'attachment; filename="breach-report-incident-1.{fmt}"'
        (tmp_path / f"report.{fmt}").write_bytes(answer.content)
    opened = libreoffice.open_all(
        *(Job(tmp_path / f"report.{fmt}", pdf=tmp_path / f"{fmt}-printed.pdf") for fmt in ("odt", "docx"))
    )
    assert [one.get("error") for one in opened] == [None, None]
    for printed in ("report.pdf", "odt-printed.pdf", "docx-printed.pdf"):
        text = " ".join(pages_of(tmp_path / printed))
        assert (printed, [words for words in HELD if words not in text]) == (printed, [])
        assert [kept for kept in (CHIEF.name, CHIEF.email) if kept in text] == []
        assert "the post of Chief Officer, Association of Example Police" in text
    headings = [p.text for p in Document(str(tmp_path / "report.docx")).paragraphs if p.style.name == "Heading 1"]
    assert headings[0] == "1. Background information"
    drafted = [entry["said"]["format"] for entry in story.entries(EntryKind.REPORT_DRAFTED)]
    assert drafted == ["odt", "docx", "pdf"]


def test_exhibits_are_whole_and_each_is_accepted_by_the_offline_verifier(begin: Begin, tmp_path: Path) -> None:
    story, incident = late(begin)
    folder = archive_of(story, incident, tmp_path / "out")
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "MANIFEST.sha256"],
        cwd=folder,
        capture_output=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout
    listed = {line.split()[1] for line in (folder / "MANIFEST.sha256").read_text().splitlines()}
    assert listed == {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"MANIFEST.sha256"}
    picture = (folder / "timeline.svg").read_text()
    assert ("timeline.svg" in listed, "The window of “" in picture, CHIEF.post in picture) == (True, True, True)
    assert [one for one in (CHIEF.name, CHIEF.email) if one in picture] == []
    report = story.report(incident)
    entries = [json.loads(path.read_bytes()) for path in sorted((folder / "entries").iterdir())]
    assert [entry["id"] for entry in entries] == [one["entry_id"] for one in report["exhibits"]]
    assert "access_decided" in {entry["kind"] for entry in entries}
    receipts = sorted((folder / "receipts").iterdir())
    run = CliRunner()
    for path in receipts:
        accepted = run.invoke(app, ["audit", "verify-receipt", str(path), "--key", str(folder / "keys.txt")])
        assert (accepted.exit_code, accepted.output) == (0, "The log holds this entry.\n")
    altered = json.loads(receipts[0].read_text())
    altered["entry"] = json.loads(receipts[1].read_text())["entry"]
    receipts[0].write_text(json.dumps(altered))
    refused = run.invoke(app, ["audit", "verify-receipt", str(receipts[0]), "--key", str(folder / "keys.txt")])
    assert refused.exit_code == 1


def test_exhibits_of_a_version_keep_the_numbers_of_its_annex_whatever_is_logged_later(
    begin: Begin, tmp_path: Path
) -> None:
    story, incident = late(begin)
    path = f"/incidents/{incident['incident_id']}"
    version = done(story.post(story.statistician, f"{path}/report-versions", json={}), 201)
    done(story.ask(story.lead, "PATCH", path, json={"state": "under_review"}, revision=incident["revision"]))
    answer = story.ask(story.head, "GET", f"/report-versions/{version['report_version_id']}/exhibits")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        held = [json.loads(packed.read(name))["id"] for name in sorted(packed.namelist()) if "/entries/" in name]
    said = story.get(story.head, f"/report-versions/{version['report_version_id']}")["report"]
    assert held == [one["entry_id"] for one in said["exhibits"]]
    assert len(story.report(incident)["exhibits"]) == len(held) + 1
    nothing = story.ask(STRANGER, "GET", f"/report-versions/{version['report_version_id']}/exhibits")
    assert codes(nothing) == ["404"]


def test_exhibits_disclose_nothing_that_entries_keep_sealed(begin: Begin, tmp_path: Path) -> None:
    story, incident = late(begin)
    everything = b"".join(p.read_bytes() for p in archive_of(story, incident, tmp_path / "out").rglob("*.*"))
    held = [story.id_of(CHIEF), story.lead, story.head, CHIEF.name, CHIEF.email, "Two people have seen it."]
    assert [one for one in held if one.encode() in everything] == []
    known = story.get(story.auditor, "/audit/entries", params={"kind": "release_moved", "limit": 100})["results"]
    assert known[-1]["disclosed"]["reason"]["value"] == "Two people have seen it."


def test_exhibits_are_on_record_when_given_and_are_no_more_to_a_stranger_than_nothing(begin: Begin) -> None:
    story, incident = late(begin)
    path = f"/incidents/{incident['incident_id']}/report/exhibits"
    assert codes(story.ask(STRANGER, "GET", path)) == codes(
        story.ask(STRANGER, "GET", f"/incidents/inc_{'0' * 24}/report")
    )
    assert codes(story.ask(STRANGER, "GET", path)) == ["404"]
    assert story.ask(story.auditor, "GET", path).status_code == 200
    assert [entry["said"]["format"] for entry in story.entries(EntryKind.REPORT_DRAFTED)] == ["exhibits"]
