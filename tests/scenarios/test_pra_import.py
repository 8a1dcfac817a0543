"""``pra import``, as an operator types it, against a server of its own: a program's credential, a list, a calendar."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from app.actions import credentials
from app.actions.tools import Actor, RoleHeld, Tools
from app.audit.entries import Entry, EntryKind
from app.records import organisations, tables
from app.records import people as people_records
from app.rules.facts import Role
from tests.live import ROOT, LiveServer, prepare


def operator(tools: Tools) -> Actor:
    """An administrator, put there as ``pra init`` does."""
    person_id = tools.new_id("per")
    with tools.transaction() as tx:
        at = tools.clock.now()
        people_records.add(
            tx.connection, person_id=person_id, name="Alex Admin", email="alex@service.gov.example", at=at
        )
        tx.append(Entry(EntryKind.PERSON_ADDED, at))
    return Actor(person_id, "Alex Admin", (RoleHeld(Role.ADMINISTRATOR, None),), person_id=person_id)


def producer(tools: Tools) -> tuple[str, str]:
    """A producer, and its organisation."""
    organisation_id, producer_id = tools.new_id("org"), tools.new_id("prd")
    with tools.transaction() as tx:
        organisations.add(tx.connection, organisation_id=organisation_id, name="Office for Example Statistics")
        organisations.add_producer(
            tx.connection,
            producer_id=producer_id,
            organisation_id=organisation_id,
            declaration_for_all=True,
            declaration_days=365,
            contact="Release desk",
            warning="",
        )
        tx.append(Entry(EntryKind.PRODUCER_ADDED, tools.clock.now()))
    return producer_id, organisation_id


def pra(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRA_")}
    return subprocess.run(
        [sys.executable, "-c", "from app.cli.main import run; run()", "import", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_operator_imports_a_calendar_and_a_list_as_a_program_that_may(tmp_path: Path) -> None:
    tools = prepare(tmp_path / "service")
    producer_id, organisation_id = producer(tools)
    made = credentials.make_credential(
        tools, operator(tools), name="Planner", role=Role.STATISTICIAN, organisation_id=organisation_id
    )
    (tmp_path / "secret").write_text(made.secret, encoding="utf-8")
    year = tools.clock.now().year + 1
    (tmp_path / "year.csv").write_text(
        f"Title,Order,Sensitivity,Date,Exemption\nPrices,uk,ordinary,{year}-03-10,Agreed\n", encoding="utf-8"
    )
    (tmp_path / "list.csv").write_text("Post,Organisation,Hours\nMinister,Ministry of Examples,24\n", encoding="utf-8")
    server = LiveServer(tmp_path / "service")
    server.start()
    try:
        who = {
            "PRA_URL": server.address,
            "PRA_CLIENT_ID": made.client_id,
            "PRA_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        }
        given = ("calendar", "year.csv", "--producer", producer_id)
        nobody = pra(tmp_path, *given, PRA_URL=server.address)
        assert nobody.returncode != 0
        assert "PRA_CLIENT_ID" in nobody.stderr
        tried = pra(tmp_path, *given, **who)
        assert (tried.returncode, "to add: 1" in tried.stdout, "Nothing was changed." in tried.stdout) == (
            0,
            True,
            True,
        )
        done = pra(tmp_path, *given, "--go", **who)
        assert (done.returncode, "to add: 1" in done.stdout) == (0, True), done.stderr
        with tools.reading() as connection:
            (release,) = connection.execute(select(tables.releases)).all()
        assert (release.title, release.prepared_by) == ("Prices", made.client_id)
        listed = pra(tmp_path, "list", "list.csv", "--release", release.release_id, "--ground", "Briefs", "--go", **who)
        assert (listed.returncode, "version 1. It waits for approval." in listed.stdout) == (0, True), listed.stderr
        absent = pra(tmp_path, "list", "list.csv", "--release", "rel_" + "0" * 24, **who)
        assert (absent.returncode, absent.stderr.startswith("not_found: ")) == (1, True)
        (tmp_path / "list.csv").write_text("Post,Organisation\n=1+1,x\n", encoding="utf-8")
        wrong = pra(tmp_path, "list", "list.csv", "--release", release.release_id, **who)
        assert (wrong.returncode, "error: row 2, Post: " in wrong.stderr) == (1, True)
    finally:
        server.stop()
        tools.database.close()
