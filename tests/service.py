"""The whole service in one process: real rooms, real database, twin clock and twin mail. Scenarios are told with it."""

from __future__ import annotations

import atexit
import re
import shutil
import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert, make_url
from starlette.testclient import TestClient

from app.actions import auditing, notices
from app.actions.tools import Policy, Tools
from app.audit.entries import Entry, EntryKind
from app.audit.tiles import TileFolder
from app.database import Database, metadata
from app.keys import Keys
from app.keys.ring import Ring
from app.outside.bounces import read_returned
from app.outside.holidays import bank_holidays
from app.outside.ics import read_calendar, write_calendar
from app.outside.providers import ProviderPost
from app.outside.report_writing import write_report
from app.outside.sheet_writing import write_rows, write_sheet
from app.outside.sheets import read_sheet
from app.records import tables
from app.records.presence import Presence
from app.rules.facts import Role
from app.vault.age import new_identity
from app.vault.store import LocalStore
from app.vault.workshop.pool import Workshop
from tests import postgres
from tests.application import client_of
from tests.twins import FrozenClock, Mailbag, Street, is_loopback

ORIGIN = "twin.pra-gatekeeper.example/log"


@cache
def _empty_database() -> Path:
    """Give a SQLite file with the whole schema and nothing in it; made once, as making the tables takes a while."""
    folder = Path(tempfile.mkdtemp(prefix="pra-empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'empty.sqlite3'}")
    with database.engine.begin() as connection:
        metadata.create_all(connection)
    database.close()
    return folder / "empty.sqlite3"


def _make_schema(url: str) -> None:
    """Give a database that is empty, or not there yet, the whole schema."""
    if not url.startswith("sqlite"):
        postgres.make_schema(url)
    elif not (file := Path(make_url(url).database or "")).exists():
        shutil.copyfile(_empty_database(), file)


class SharedWorkshop(Workshop):
    """Outlives the service it is handed to; its children end with this process, whose pipes they read."""

    def close(self) -> None:
        """Go on: other tests of this process use it too."""


@cache
def workshop() -> Workshop:
    """Give the one workshop of all tests in this process; its children take a while to start."""
    shop = SharedWorkshop()
    shop.start()
    return shop


class _Compiled(dict[tuple[Any, ...], Any]):
    """Statements by what they say alone, whichever of two databases of one kind they were compiled for first."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


_COMPILED = {True: _Compiled(), False: _Compiled()}


def _database(url: str) -> Database:
    """Open a database that compiles no statement which another of its kind compiled before in this process."""
    database = Database(url)
    database.engine.update_execution_options(compiled_cache=_COMPILED[database.is_sqlite])
    return database


@cache
def _trusted() -> ssl.SSLContext:
    """Give the machine's trusted authorities; read once, as they are many."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Sat:
    """A producer with its staff: person ids by role."""

    producer_id: str
    organisation_id: str
    people: dict[Role, str]


class Service:
    """Everything a scenario needs. ``database_url`` may name a PostgreSQL database; the default is SQLite in a file."""

    def __init__(
        self, folder: Path, at: datetime, *, database_url: str | None = None, policy: Policy | None = None
    ) -> None:
        self.folder = folder
        self.clock = FrozenClock(at)
        self.mailbag = Mailbag()
        self.street = Street()
        self.provider_post = ProviderPost(may_connect=is_loopback, schemes=frozenset({"http"}), tls=_trusted())
        self.escrow = new_identity()
        url = database_url or f"sqlite:///{folder / 'records.sqlite3'}"
        _make_schema(url)
        database = _database(url)
        self.tools = Tools(
            clock=self.clock,
            database=database,
            keys=Keys(Ring.in_memory(escrow_recipient_text=str(self.escrow.recipient))),
            store=LocalStore(folder / "sealed"),
            workshop=workshop(),
            tiles=TileFolder(folder / "log"),
            mail=self.mailbag,
            prober=self.street,
            read_sheet=read_sheet,
            write_sheet=write_sheet,
            write_rows=write_rows,
            write_report=write_report,
            read_calendar=read_calendar,
            write_calendar=write_calendar,
            bank_holidays=bank_holidays,
            read_returned=read_returned,
            presence=Presence(database),
            provider_post=self.provider_post,
            policy=policy or Policy(origin=ORIGIN),
        )
        auditing.begin_log(self.tools)
        self._client: TestClient | None = None
        self._tokens: dict[str, str] = {}

    @property
    def client(self) -> TestClient:
        """An in-process HTTP client of the application."""
        if self._client is None:
            self._client = client_of(self.tools)
        return self._client

    def use(self, client: TestClient) -> None:
        """Use a client that was made elsewhere; see ``application.py``."""
        self._client = client

    def close(self) -> None:
        self.tools.database.close()

    # -- facts -------------------------------------------------------------------------------------------------

    def organisation(self, name: str) -> str:
        return self._add(tables.organisations, "organisation_id", "org", EntryKind.ORGANISATION_ADDED, name=name)

    def person(self, name: str, email: str) -> str:
        return self._add(
            tables.people, "person_id", "per", EntryKind.PERSON_ADDED, name=name, email=email, added_at=self.clock.now()
        )

    def role(self, person_id: str, role: Role, organisation_id: str | None) -> str:
        return self._add(
            tables.roles,
            "role_id",
            "rol",
            EntryKind.ROLE_GIVEN,
            person_id=person_id,
            organisation_id=organisation_id,
            role=role.value,
            from_at=self.clock.now(),
        )

    def producer(self, name: str = "Office for Example Statistics", *, declaration_for_all: bool = True) -> Sat:
        """Add a producer with one person in each of its roles: ``statistician@ons.gov.example`` and so on."""
        organisation_id = self.organisation(name)
        producer_id = self._add(
            tables.producers,
            "producer_id",
            "prd",
            EntryKind.PRODUCER_ADDED,
            organisation_id=organisation_id,
            declaration_for_all=declaration_for_all,
            declaration_days=365,
            contact="Release desk, 01632 960000",
            warning="Treat as Official Sensitive until published.",
        )
        domain = re.sub(r"[^a-z]", "", name.lower())[:20] + ".gov.example"
        people = {}
        for role in (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR):
            title = role.value.replace("_", " ").title()
            people[role] = self.person(f"Example {title}", f"{role.value.replace('_', '.')}@{domain}")
            self.role(people[role], role, organisation_id)
        return Sat(producer_id, organisation_id, people)

    def administrator(self, email: str = "alex.admin@service.gov.example") -> str:
        person_id = self.person("Alex Admin", email)
        self.role(person_id, Role.ADMINISTRATOR, None)
        return person_id

    def auditor(self, email: str = "ari.auditor@regulator.gov.example") -> str:
        person_id = self.person("Ari Auditor", email)
        self.role(person_id, Role.AUDITOR, None)
        return person_id

    def email_of(self, person_id: str) -> str:
        with self.tools.reading() as connection:
            query = tables.people.select().where(tables.people.c.person_id == person_id)
            email: str = connection.execute(query).one().email
        return email

    def _add(self, table: Any, key: str, prefix: str, kind: EntryKind, **values: Any) -> str:
        made = self.tools.new_id(prefix)
        with self.tools.transaction() as tx:
            tx.connection.execute(insert(table), {key: made, **values})
            tx.append(Entry(kind, self.clock.now()))
        return made

    # -- acts, through the API ------------------------------------------------------------------------------------

    def sign_in(self, email: str) -> dict[str, str]:
        """Sign in by one-time code, through the API and the mailbag; gives the headers to send."""
        asked = self.client.post("/api/v1/sign-in/codes", json={"email": email})
        assert asked.status_code == 202, asked.text
        notices.send_due(self.tools)
        codes = [
            re.search(r"\b(\d{8})\b", letter.body) for letter in self.mailbag.to(email) if "code" in letter.subject
        ]
        code = codes[-1] if codes else None
        assert code is not None
        made = self.client.post(
            "/api/v1/sign-in/sessions", json={"code_id": asked.json()["code_id"], "code": code.group(1)}
        )
        assert made.status_code == 201, made.text
        return {"Authorization": f"Bearer {made.json()['token']}"}

    def headers(self, person_id: str) -> dict[str, str]:
        """Give headers of a session of this person; signs in the first time and again when the session is old."""
        email = self.email_of(person_id)
        known = self._tokens.get(email)
        if known is not None:
            headers = {"Authorization": known}
            if self.client.get("/api/v1/me", headers=headers).status_code == 200:
                return headers
        headers = self.sign_in(email)
        self._tokens[email] = headers["Authorization"]
        return headers

    def entries(self, kind: EntryKind | None = None) -> list[dict[str, Any]]:
        """Give every entry of the log, oldest first, as its leaf says; of one kind, if asked."""
        import json  # reason: only this reader of leaves needs it

        with self.tools.reading() as connection:
            rows = connection.execute(tables.entries.select().order_by(tables.entries.c.arrival)).all()
        leaves = [json.loads(row.leaf) for row in rows]
        return [leaf for leaf in leaves if kind is None or leaf["kind"] == kind.value]
