"""A service on disk with a release whose window is open now: what a load is sent to.

Everything is as a real service has it: a key ring in files, the migrated schema, the log begun, the machine's clock. A
list of usual length is in force, its people have signed the declaration and have sessions.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from app import wiring
from app.actions import auditing, declarations, documents, people
from app.actions.documents import Arriving
from app.actions.tools import Actor
from app.audit.entries import Entry, EntryKind
from app.cli.seed import OPERATOR, ExampleProducer, add_producer
from app.keys.ring import create_ring
from app.records import eligibility, posts, releases, tables
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
    london_date,
)
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody on the list, signed in."""

    person_id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What to send to be known."""
        return {"Authorization": f"Bearer {self.token}"}


class World:
    """A prepared service in a folder; ``pra serve`` can be run on it, or ``tools`` be used in this process."""

    def __init__(self, folder: Path, *, recipients: int, database_url: str = "") -> None:
        self.folder = folder
        self.database_url = database_url
        settings = Settings(_env_file=None, var_dir=folder, database_url=database_url)
        folder.mkdir(parents=True, exist_ok=True)
        create_ring(settings.keys_folder)
        wiring.migrate(settings)
        self.tools = wiring.make_tools(settings)
        auditing.begin_log(self.tools)
        self._at = self.tools.clock.now()
        self._producer: ExampleProducer = add_producer(
            self.tools, "Office for Example Statistics", domain="stats.gov.example", contact="Release desk"
        )
        self._staff = {role: self._person_at(address) for role, address in self._producer.addresses.items()}
        self.release_id = self._add_release()
        self.recipients = self._add_list(recipients)

    def close(self) -> None:
        """Let go of the database."""
        self.tools.database.close()

    def add_document(self, chunks: Iterable[bytes], file_name: str, media_type: str = "text/csv") -> str:
        """Upload a document and fix it as final form, through the actions; gives its id."""
        arriving = Arriving(file_name, media_type, chunks)
        row = documents.upload_document(self.tools, self.actor(Role.STATISTICIAN), self.release_id, arriving)
        documents.fix_document(
            self.tools,
            self.actor(Role.HEAD_OF_PROFESSION),
            row.card.document_id,
            sha256=row.card.sha256,
            revision=row.revision,
        )
        return row.card.document_id

    def actor(self, role: Role) -> Actor:
        """Give one of the producer's people, or the auditor, signed in now."""
        return people.actor_for_token(self.tools, self._session(self._staff[role]), network="192.0.2.7")

    def _person_at(self, address: str) -> str:
        with self.tools.reading() as connection:
            query = tables.people.select().where(tables.people.c.email == address)
            person_id: str = connection.execute(query).one().person_id
        return person_id

    def _add_release(self) -> str:
        release = Release(
            release_id=self.tools.new_id("rel"),
            producer=Producer(self._producer.producer_id, "Office for Example Statistics"),
            title="Claimant count",
            order=Order.UK,
            sensitivity=Sensitivity.MARKET_SENSITIVE,
            state=ReleaseState.FINAL,
            publishes_at=self._at + timedelta(hours=12),
        )
        with self.tools.transaction() as tx:
            releases.add(
                tx.connection,
                release,
                lead_official_id=None,
                time_exemption="",
                prepared_by=self._staff[Role.STATISTICIAN],
                added_at=self._at,
            )
            tx.append(Entry(EntryKind.RELEASE_REGISTERED, self._at))
        return release.release_id

    def _add_list(self, count: int) -> tuple[Recipient, ...]:
        ministry = people.add_organisation(self.tools, OPERATOR, "Ministry of Examples").organisation_id
        list_id = self.tools.new_id("lst")
        with self.tools.transaction() as tx:
            listed = EligibilityList(list_id, self.release_id, 1, ListState.APPROVED)
            eligibility.add(tx.connection, listed, prepared_at=self._at, edited_by=[])
            tx.append(Entry(EntryKind.LIST_APPROVED, self._at))
        return tuple(self._add_recipient(list_id, ministry, row) for row in range(1, count + 1))

    def _add_recipient(self, list_id: str, ministry: str, row: int) -> Recipient:
        person = people.add_person(
            self.tools, OPERATOR, name=f"Example Recipient {row}", email=f"recipient.{row}@examples.gov.example"
        )
        title = f"Example Adviser {row}"
        post_id = self.tools.new_id("pst")
        grant = Grant(
            self.tools.new_id("grt"), title, "Ministry of Examples", person.person_id, ground="Answers in the House"
        )
        with self.tools.transaction() as tx:
            posts.add(tx.connection, post_id=post_id, organisation_id=ministry, title=title, unit="")
            posts.add_holding(
                tx.connection,
                holding_id=self.tools.new_id("hld"),
                post_id=post_id,
                person_id=person.person_id,
                from_on=london_date(self._at - timedelta(days=300)),
            )
            eligibility.add_grant(tx.connection, list_id, row, post_id, grant)
            tx.append(Entry(EntryKind.LIST_CHANGED, self._at))
        recipient = Recipient(person.person_id, self._session(person.person_id))
        self._sign(recipient)
        return recipient

    def _sign(self, recipient: Recipient) -> None:
        actor = people.actor_for_token(self.tools, recipient.token, network="192.0.2.7")
        words = declarations.undertaking_for(self.tools, actor, self.release_id).words
        declarations.sign_declaration(
            self.tools, actor, self.release_id, undertaking_sha256=words.sha256, typed_name=actor.name, agreed=True
        )

    def _session(self, person_id: str) -> str:
        token = people.SESSION_PREFIX + secrets.token_urlsafe(32)
        now = self.tools.clock.now()
        with self.tools.transaction() as tx:
            row = {
                "session_id": self.tools.new_id("ses"),
                "token_hash": self.tools.keys.keyed_hash("session", token),
                "person_id": person_id,
                "how": "one-time code by e-mail",
                "authenticated_at": now,
                "expires_at": now + timedelta(hours=10),
            }
            tx.connection.execute(insert(tables.sessions), row)
            tx.append(Entry(EntryKind.SIGNED_IN, now))
        return token


@contextmanager
def a_world(folder: Path, *, recipients: int, database_url: str = "") -> Iterator[World]:
    """Prepare a service in a folder; its database connections are given back at the end."""
    world = World(folder, recipients=recipients, database_url=database_url)
    try:
        yield world
    finally:
        world.close()
