"""One market-sensitive release with its list in force, a statistician's document on it, and people of every sort."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import insert
from starlette.testclient import TestClient

from app.actions import declarations, documents
from app.actions import people as people_action
from app.actions.documents import Arriving
from app.actions.tools import Actor, Policy
from app.api import declarations as declarations_door
from app.api import diagnoses as diagnoses_door
from app.api import documents as documents_door
from app.api import openings as openings_door
from app.api import problems
from app.api.headers import SafeHeaders
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, grants, posts, releases, suspensions, tables
from app.rules.facts import (
    EligibilityList,
    Grant,
    ListState,
    Order,
    Producer,
    Release,
    ReleaseState,
    Role,
    Sensitivity,
)
from app.web.problems import problem_page, wants_page
from tests.application import client_on, front_of
from tests.build import london
from tests.service import Sat, Service

PUBLISHES_AT = london(2026, 3, 10, 9, 30)
OPENS_AT = london(2026, 3, 9, 9, 30)
INSIDE = london(2026, 3, 9, 14, 0)
FIGURES = b"region,claimants\nNorth,1204\nSouth,988\n"
TITLE = "Claimant count, February 2026"


@cache
def _doors() -> FastAPI:
    application = FastAPI()
    for router in (declarations_door.router, documents_door.router, openings_door.router, diagnoses_door.router):
        application.router.routes.extend(router.routes)
    problems.install(application, wants_page, problem_page)
    application.add_middleware(SafeHeaders)
    return application


def a_pdf(text: str = "Claimant count 2 192") -> bytes:
    """A one-page PDF."""
    out = BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, text)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


@dataclass(frozen=True)
class Seat:
    """Somebody on the list."""

    person_id: str
    grant_id: str
    post_id: str


class World:
    """The facts, in a real service. ``at`` is inside the window unless a test says otherwise."""

    def __init__(
        self,
        folder: Path,
        at: datetime = INSIDE,
        *,
        policy: Policy | None = None,
        database_url: str | None = None,
        sensitivity: Sensitivity = Sensitivity.MARKET_SENSITIVE,
        order: Order = Order.UK,
        state: ReleaseState = ReleaseState.FINAL,
    ) -> None:
        self.service = Service(folder, at - timedelta(days=5), policy=policy, database_url=database_url)
        self.tools = self.service.tools
        self.clock = self.service.clock
        self.sat: Sat = self.service.producer()
        self.ministry = self.service.organisation("Ministry of Examples")
        self.release = Release(
            release_id=self.tools.new_id("rel"),
            producer=Producer(self.sat.producer_id, "Office for Example Statistics"),
            title=TITLE,
            order=order,
            sensitivity=sensitivity,
            state=state,
            publishes_at=PUBLISHES_AT,
        )
        self.list_id = self.tools.new_id("lst")
        self._listed = 0
        self.approved_at = self.clock.now()
        with self.tools.transaction() as tx:
            releases.add(
                tx.connection,
                self.release,
                lead_official_id=None,
                time_exemption="",
                prepared_by=self.sat.people[Role.STATISTICIAN],
                added_at=self.clock.now(),
            )
            listed = EligibilityList(
                self.list_id, self.release.release_id, 1, ListState.APPROVED, approved_at=self.approved_at
            )
            eligibility.add(tx.connection, listed, prepared_at=self.clock.now(), edited_by=[])
            tx.append(Entry(EntryKind.RELEASE_REGISTERED, self.clock.now()))
        self.minister = self.listed("Morgan Minister", "morgan@examples.gov.example", "Minister for Examples")
        self.stranger = self.service.person("Sam Stranger", "sam@elsewhere.gov.example")
        self.clock.put(at)

    def listed(self, name: str, email: str, post: str, *, conditions: str = "") -> Seat:
        """Put a person on the list, in a post of the ministry that they hold."""
        person_id = self.service.person(name, email)
        post_id, grant_id = self.tools.new_id("pst"), self.tools.new_id("grt")
        self._listed += 1
        with self.tools.transaction() as tx:
            posts.add(tx.connection, post_id=post_id, organisation_id=self.ministry, title=post, unit="")
            posts.add_holding(
                tx.connection,
                holding_id=self.tools.new_id("hld"),
                post_id=post_id,
                person_id=person_id,
                from_on=date(2024, 1, 1),
                recorded_at=self.approved_at,
            )
            grant = Grant(
                grant_id, post, "Ministry of Examples", person_id, ground="Answers in the House", conditions=conditions
            )
            grants.add(tx.connection, self.list_id, self._listed, post_id, grant)
            tx.append(Entry(EntryKind.LIST_CHANGED, self.clock.now()))
        return Seat(person_id, grant_id, post_id)

    def actor(self, person_id: str, *, fresh: bool = True) -> Actor:
        """Give a person as the door would, signed in now or an hour ago."""
        now = self.clock.now() if fresh else self.clock.now() - timedelta(hours=1)
        return self._session(person_id, now)[0]

    def headers(self, person_id: str, *, fresh: bool = True) -> dict[str, str]:
        """Give the headers of a session of this person."""
        now = self.clock.now() if fresh else self.clock.now() - timedelta(hours=1)
        return {"Authorization": f"Bearer {self._session(person_id, now)[1]}"}

    def staff(self, role: Role) -> Actor:
        """Give one of the producer's people."""
        return self.actor(self.sat.people[role])

    def sign(self, person_id: str) -> str:
        """Sign the declaration, and give its id."""
        actor = self.actor(person_id)
        words = declarations.undertaking_for(self.tools, actor, self.release.release_id).words
        signed = declarations.sign_declaration(
            self.tools,
            actor,
            self.release.release_id,
            undertaking_sha256=words.sha256,
            typed_name=actor.name,
            agreed=True,
        )
        return signed.declaration.declaration_id

    def upload(
        self, content: bytes | Iterable[bytes] = FIGURES, file_name: str = "claimants.csv", media_type: str = "text/csv"
    ) -> documents.DocumentRow:
        """Upload a document as the statistician; it stays a draft."""
        chunks = [content] if isinstance(content, bytes) else content
        return documents.upload_document(
            self.tools,
            self.staff(Role.STATISTICIAN),
            self.release.release_id,
            Arriving(file_name, media_type, chunks),
        )

    def fixed(
        self, content: bytes | Iterable[bytes] = FIGURES, file_name: str = "claimants.csv", media_type: str = "text/csv"
    ) -> documents.DocumentRow:
        """Upload a document and have the head of profession fix it, as before a sign-off; then all is as it was."""
        row = self.upload(content, file_name, media_type)
        with self.not_signed_off():
            return documents.fix_document(
                self.tools,
                self.staff(Role.HEAD_OF_PROFESSION),
                row.card.document_id,
                sha256=row.card.sha256,
                revision=row.revision,
            )

    @contextmanager
    def not_signed_off(self) -> Iterator[None]:
        """Do something to the release as it was before its sign-off, if it has been signed off."""
        state = self.state()
        if state is ReleaseState.FINAL:
            self.change_release(state=ReleaseState.ANNOUNCED)
        yield
        if state is ReleaseState.FINAL:
            self.change_release(state=state)

    def state(self) -> ReleaseState:
        """Give the release's state as it is on record."""
        with self.tools.reading() as connection:
            return releases.get(connection, self.release.release_id).state

    def suspend(self, person_id: str) -> None:
        """Suspend a person from the producer's releases, from now on."""
        with self.tools.transaction() as tx:
            suspensions.add(
                tx.connection,
                suspension_id=self.tools.new_id("sus"),
                producer_id=self.sat.producer_id,
                subject_kind="person",
                subject_id=person_id,
                reason="An indication was given.",
                conditions="Training",
                at=self.clock.now(),
                by_person_id=self.sat.people[Role.HEAD_OF_PROFESSION],
            )
            tx.append(Entry(EntryKind.SUSPENSION_BEGUN, self.clock.now()))

    def change_release(self, **changes: Any) -> None:
        """Change the release as a move would."""
        with self.tools.transaction() as tx:
            row = releases.get_row(tx.connection, self.release.release_id)
            releases.change(tx.connection, replace(row.release, **changes), revision=row.revision)
            tx.append(Entry(EntryKind.RELEASE_MOVED, self.clock.now()))

    def kinds(self, since: int = 0) -> list[tuple[str, str]]:
        """Give (kind, outcome) of every entry after the first ``since``."""
        return [(entry["kind"], entry["outcome"]) for entry in self.service.entries()[since:]]

    def app(self) -> FastAPI:
        """Give an application with this part's doors alone."""
        return front_of(_doors(), self.tools)

    def client(self) -> TestClient:
        """Give an in-process client of those doors."""
        return client_on(self.app())

    def _session(self, person_id: str, authenticated_at: datetime) -> tuple[Actor, str]:
        token = people_action.SESSION_PREFIX + secrets.token_urlsafe(32)
        with self.tools.transaction() as tx:
            tx.connection.execute(
                insert(tables.sessions),
                {
                    "session_id": self.tools.new_id("ses"),
                    "token_hash": self.tools.keys.keyed_hash("session", token),
                    "person_id": person_id,
                    "how": "one-time code by e-mail",
                    "authenticated_at": authenticated_at,
                    "expires_at": self.clock.now() + timedelta(hours=10),
                },
            )
            tx.append(Entry(EntryKind.SIGNED_IN, self.clock.now()))
        return people_action.actor_for_token(self.tools, token, network="192.0.2.7"), token


def sha256(content: bytes) -> str:
    """Hash some bytes."""
    return hashlib.sha256(content).hexdigest()
