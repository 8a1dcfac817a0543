"""The title of a release not yet announced, and the name of a file: told to those who prepare it, and nobody else."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.actions import documents, notices
from app.audit.entries import Entry, EntryKind
from app.outside.clamav import ClamAv
from app.records import tables
from app.rules.facts import ReleaseState, Role
from tests.clamav import hostile, saying
from tests.unit.api.routes import PREFIXES, filled, routes
from tests.unit.documents.test_copies import begun, groups, opened
from tests.unit.documents.world import World, a_pdf

FILE_NAME = "quorvex-collapse-of-output.pdf"
TITLE = "Quorvex output, February 2026"
NAMES = ("quorvex",)
SIGNING_OUT = "/api/v1/sign-in/session"  # after which every address would say nothing to anybody


class Told:
    """What was answered to one person at every address that can be read, and written to without a body."""

    def __init__(self, world: World, document_id: str, headers: dict[str, str]) -> None:
        ids = {prefix: f"{prefix}_{'0' * 24}" for prefix in PREFIXES.values()}
        ids |= {"rel": world.release.release_id, "doc": document_id, "lst": world.list_id}
        ids |= {"prd": world.sat.producer_id, "per": world.minister.person_id, "grt": world.minister.grant_id}
        client = world.service.client
        self.answers: list[tuple[str, str]] = []
        for path, methods in routes(client.app):
            if path == SIGNING_OUT:
                continue
            for method in sorted(methods & {"GET", "POST", "DELETE"}):
                given = {**headers, "If-Match": '"1"'} if method != "GET" else headers
                answer: Any = client.request(method, filled(path, ids), headers=given, follow_redirects=False)
                self.answers.append((f"{method} {path}", f"{answer.headers}\n{answer.text}"))

    def naming(self) -> list[str]:
        """Give the addresses whose answers carry one of the names."""
        return [where for where, said in self.answers if any(name.lower() in said.lower() for name in NAMES)]


def test_names_of_what_is_embargoed_are_told_to_nobody_outside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(tmp_path, state=ReleaseState.PLANNED)
    with world.tools.transaction() as tx:
        tx.connection.execute(update(tables.releases).values(title=TITLE))
        tx.append(Entry(EntryKind.RELEASE_MOVED, world.clock.now()))
    document_id = world.upload(a_pdf(), FILE_NAME, "application/pdf").card.document_id
    other = world.service.producer("Bureau of Other Examples")
    outsiders = {
        "nobody": {},
        "stranger": world.headers(world.stranger),
        "another producer's statistician": world.headers(other.people[Role.STATISTICIAN]),
        "another producer's head of profession": world.headers(other.people[Role.HEAD_OF_PROFESSION]),
        "another producer's auditor": world.headers(other.people[Role.AUDITOR]),
    }
    found = {who: Told(world, document_id, headers).naming() for who, headers in outsiders.items()}
    assert found == {who: [] for who in outsiders}
    own = Told(world, document_id, world.headers(world.sat.people[Role.STATISTICIAN])).naming()
    assert {"GET /api/v1/documents/{document_id}", "GET /api/v1/releases/{release_id}"} <= set(own)
    assert [line for line in caplog.messages if any(name.lower() in line.lower() for name in NAMES)] == []


def test_names_of_a_refused_upload_are_told_to_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A find is told to administrators too, who may know of no title: neither their letter nor the log names one."""
    caplog.set_level(logging.DEBUG)
    world = World(tmp_path, state=ReleaseState.PLANNED)
    with world.tools.transaction() as tx:
        tx.connection.execute(update(tables.releases).values(title=TITLE))
        tx.append(Entry(EntryKind.RELEASE_MOVED, world.clock.now()))
    world.service.administrator()
    headers = {**world.headers(world.sat.people[Role.STATISTICIAN]), "Content-Type": "text/csv"}
    where = f"/api/v1/releases/{world.release.release_id}/documents?file_name=quorvex-collapse.csv"
    with hostile(saying(b"stream: Made.Up FOUND\0")) as address:
        scanner = ClamAv(address, limit_seconds=10, limit_bytes=1024 * 1024)
        world.service.tools = replace(world.tools, scanner=scanner)
        answer = world.service.client.post(where, content=b"region,claimants\nNorth,1204\n", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "malware_found")
    notices.send_due(world.tools)
    letters = [letter for letter in world.service.mailbag.letters if "malware" in letter.subject]
    assert len(letters) == 2
    told = [f"{letter.to}{letter.subject}{letter.body}" for letter in letters]
    log = [str(entry) for entry in world.service.entries()]
    everything = [answer.text, str(answer.headers), *told, *log, *caplog.messages]
    leaks = [line for line in everything if "quorvex" in line.lower() and "HTTP Request" not in line]
    assert leaks == []


def test_names_of_files_stand_in_no_mail(tmp_path: Path) -> None:
    world = World(tmp_path)
    row = world.fixed(a_pdf(), FILE_NAME, "application/pdf")
    delivery = begun(world, opened(world, row))
    b"".join(groups(delivery))
    delivery.close(handed_over_whole=True)
    documents.recall_document(
        world.tools, world.staff(Role.HEAD_OF_PROFESSION), row.card.document_id, reason="Wrong.", revision=row.revision
    )
    notices.send_due(world.tools)
    letters = [f"{letter.subject}\n{letter.body}" for letter in world.service.mailbag.letters]
    assert letters
    assert [letter for letter in letters if "quorvex" in letter] == []
