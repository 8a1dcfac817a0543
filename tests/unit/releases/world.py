"""One producer, one release and the people around it, driven through the API."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.service import Service
from tests.unit.lists.real import as_csv

PUBLISHES_AT = london(2026, 3, 10, 9, 30)
START = PUBLISHES_AT - timedelta(days=8)
GROUND = "answers questions at publication"
HEAD = ["Post", "Organisation", "Hours", "Name", "Email", "In post from"]
MINISTER = [
    "Minister for Examples",
    "Ministry of Examples",
    "24",
    "Morgan Minister",
    "morgan@moe.gov.example",
    "2024-01-02",
]
ADVISER = ["Chief Economic Adviser", "Ministry of Examples", "24", "Ash Adviser", "ash@moe.gov.example", "2024-01-02"]


class World:
    """Sends requests as one of the people; keeps the revision for whoever does not care about it."""

    def __init__(self, folder: Path, at: datetime = START, *, database_url: str | None = None) -> None:
        self.service = Service(folder, at, database_url=database_url)
        self.tools = self.service.tools
        self.clock = self.service.clock
        self.sat = self.service.producer()
        self.statistician = self.sat.people[Role.STATISTICIAN]
        self.lead = self.sat.people[Role.LEAD_OFFICIAL]
        self.head = self.sat.people[Role.HEAD_OF_PROFESSION]
        self.auditor = self.sat.people[Role.AUDITOR]
        self.stranger = self.service.person("Sam Stranger", "sam@elsewhere.gov.example")

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(self, person_id: str | None, method: str, path: str, *, revision: int | None = None, **sent: Any) -> Any:
        headers = {} if person_id is None else dict(self.service.headers(person_id))
        headers.update(sent.pop("headers", {}))
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        return self.service.client.request(method, f"/api/v1{path}", headers=headers, **sent)

    def get(self, person_id: str | None, path: str, **sent: Any) -> Any:
        return self.ask(person_id, "GET", path, **sent)

    def post(self, person_id: str | None, path: str, **sent: Any) -> Any:
        return self.ask(person_id, "POST", path, **sent)

    def done(self, answer: Any, status: int = 200) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def code(self, answer: Any) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]

    def counts(self) -> dict[str, int]:
        """How many rows each table has, but for the log and what signing in leaves."""
        of_the_log = {"entries", "entries_waiting", "entry_places", "disclosures", "entry_labels", "log_state"}
        left = {*of_the_log, "sessions", "sign_in_codes", "notices", "attempts"}
        with self.tools.reading() as connection:
            return {
                table.name: len(connection.execute(select(table)).all())
                for table in tables.metadata.sorted_tables
                if table.name not in left
            }

    # -- steps -------------------------------------------------------------------------------------------------

    def registration(self, **changes: Any) -> dict[str, Any]:
        return {
            "producer_id": self.sat.producer_id,
            "title": "Examples, March 2026",
            "order": "uk",
            "sensitivity": "ordinary",
            "publishes_at": instant_text(PUBLISHES_AT),
            "public_url": "https://statistics.gov.example/examples",
            **changes,
        }

    def release(self, **changes: Any) -> str:
        made = self.done(self.post(self.statistician, "/releases", json=self.registration(**changes)), 201)
        return str(made["release_id"])

    def revision(self, release_id: str) -> int:
        return int(self.done(self.get(self.head, f"/releases/{release_id}"))["revision"])

    def move(self, person_id: str, release_id: str, act: str, **body: Any) -> Any:
        sent = {"json": body} if act not in ("announcement", "sign-off") else {}
        return self.post(person_id, f"/releases/{release_id}/{act}", revision=self.revision(release_id), **sent)

    def imported(self, release_id: str, *rows: list[str], head: list[str] = HEAD, **query: Any) -> Any:
        return self.post(
            self.statistician,
            f"/releases/{release_id}/lists/imports",
            params={"ground": GROUND, **query},
            content=as_csv([head, *rows]),
            headers={"Content-Type": "text/csv"},
        )

    def draft(self, release_id: str, *rows: list[str], **query: Any) -> dict[str, Any]:
        made = self.done(self.imported(release_id, *(rows or (MINISTER, ADVISER)), **query), 201)
        return dict(self.done(self.get(self.statistician, f"/lists/{made['draft']['list_id']}")))

    def approved(self, release_id: str, *rows: list[str], **query: Any) -> dict[str, Any]:
        draft = self.draft(release_id, *rows, **query)
        answer = self.post(self.head, f"/lists/{draft['list_id']}/approval", revision=draft["revision"])
        return dict(self.done(answer))

    def document(self, release_id: str, state: str = "final") -> str:
        made = self.tools.new_id("doc")
        values = {
            "document_id": made,
            "release_id": release_id,
            "file_name": "examples.csv",
            "media_type": "text/csv",
            "version": 1,
            "state": state,
            "sha256": "0" * 64,
            "crc32": 0,
            "plain_bytes": 1,
            "sealed_bytes": 1,
            "object_name": made,
            "wrapped_identity": b"x",
            "uploaded_by": self.statistician,
            "uploaded_at": self.clock.now(),
            "revision": 1,
        }
        self._put(tables.documents, EntryKind.DOCUMENT_SEALED, values)
        return made

    def final(self, **changes: Any) -> tuple[str, dict[str, Any], str]:
        """A release signed off with an approved list and one document."""
        release_id = self.release(**changes)
        listed = self.approved(release_id)
        document_id = self.document(release_id)
        self.done(self.move(self.statistician, release_id, "announcement"))
        self.done(self.move(self.lead, release_id, "sign-off"))
        return release_id, listed, document_id

    def opened(self, release_id: str, listed: dict[str, Any], document_id: str, row: int = 0) -> str:
        """Put on record that the holder of a grant opened the document now."""
        made = self.tools.new_id("opn")
        grant = listed["grants"][row]
        values = {
            "opening_id": made,
            "number": made[4:12].upper(),
            "document_id": document_id,
            "release_id": release_id,
            "person_id": grant["person_id"],
            "grant_id": grant["grant_id"],
            "session_id": "ses_x",
            "opened_at": self.clock.now(),
            "expires_at": self.clock.now() + timedelta(hours=1),
            "window_opened_at": PUBLISHES_AT - timedelta(hours=24),
            "copy_format": "zip",
            "outcome": "completed",
            "sent_bytes": 1,
        }
        self._put(tables.openings, EntryKind.ACCESS_DECIDED, values)
        return made

    def end_holding(self, person_id: str, until_on: date) -> None:
        with self.tools.transaction() as tx:
            held = tables.holdings
            tx.connection.execute(held.update().where(held.c.person_id == person_id).values(held_until_on=until_on))
            tx.append(Entry(EntryKind.HOLDING_ENDED, self.clock.now()))

    def incidents(self) -> list[tuple[str, bool]]:
        with self.tools.reading() as connection:
            rows = connection.execute(select(tables.incidents).order_by(tables.incidents.c.number)).all()
        return [(row.kind, row.near_miss) for row in rows]

    def notices(self, kind: str) -> list[tuple[str, str]]:
        with self.tools.reading() as connection:
            rows = connection.execute(
                select(tables.notices).where(tables.notices.c.kind == kind).order_by(tables.notices.c.notice_id)
            ).all()
        return sorted((row.email, row.body) for row in rows)

    def _put(self, table: Any, kind: EntryKind, values: dict[str, Any]) -> None:
        with self.tools.transaction() as tx:
            tx.connection.execute(insert(table), values)
            tx.append(Entry(kind, self.clock.now()))
