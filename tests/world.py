"""A release whose window is open at this very moment, with people on its list who are signed in and have declared.

It is put together with the actions, for any tools: those of a twin service, and those a real server will run on. Two
things go straight into the records, in logged transactions. The release: by the real clock today may be a Saturday,
and no lawful time of publication lies within a day; the rule of access looks at the time that is set and at nothing
else. And the list in force, whose import and approval have tests of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import insert

from app.actions import declarations, documents, people, posts
from app.actions.documents import Arriving, DocumentRow
from app.actions.tools import Actor, Tools
from app.audit.entries import Entry, EntryKind
from app.cli.seed import OPERATOR, ExampleProducer, add_producer
from app.records import eligibility, grants, releases, tables
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

FIGURES = b"region,claimants\nNorth,120455\nSouth,98812\n"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Recipient:
    """Somebody on the list who may open the documents now."""

    actor: Actor
    headers: dict[str, str]

    @property
    def person_id(self) -> str:
        return self.actor.actor_id


@dataclass(frozen=True)
class OpenWorld:
    """What there is. ``small`` and ``large`` are documents in final form."""

    producer: ExampleProducer
    release: Release
    recipients: tuple[Recipient, ...]
    small: DocumentRow
    large: DocumentRow


def large_figures(size_bytes: int) -> Iterator[bytes]:
    """A table whose every line is the same length, in pieces of a MiB."""
    line = b"North,120455,South,098812,East,004417,West,551200,Coast,0777001\n"
    piece = line * (MEBIBYTE // len(line))
    left = size_bytes
    while left > 0:
        yield piece[:left]
        left -= len(piece[:left])


def session_of(tools: Tools, person_id: str) -> Recipient:
    """Sign somebody in, as if with the code that was mailed to them."""
    token = people.SESSION_PREFIX + secrets.token_urlsafe(32)
    at = tools.clock.now()
    with tools.transaction() as tx:
        tx.connection.execute(
            insert(tables.sessions),
            {
                "session_id": tools.new_id("ses"),
                "token_hash": tools.keys.keyed_hash("session", token),
                "person_id": person_id,
                "how": "one-time code by e-mail",
                "authenticated_at": at,
                "expires_at": at + timedelta(hours=10),
            },
        )
        tx.append(Entry(EntryKind.SIGNED_IN, at, person_id=person_id))
    actor = people.actor_for_token(tools, token, network="192.0.2.7")
    return Recipient(actor, {"Authorization": f"Bearer {token}"})


def staff_of(tools: Tools, producer: ExampleProducer, role: Role) -> Recipient:
    """Sign in one of the producer's own people."""
    found = people.find_person(tools, OPERATOR, producer.addresses[role])
    assert found is not None
    return session_of(tools, found.person_id)


def open_world(
    tools: Tools, *, recipients: int = 4, large_bytes: int = 2 * MEBIBYTE, subject: str = "Live"
) -> OpenWorld:
    """Make it all, by the clock of these tools.

    Args:
        recipients: How many people there are on the list.
        large_bytes: Length of the large document.
        subject: One word, for the names of a producer and a ministry of their own.
    """
    domain = f"{subject.lower()}.gov.example"
    producer = add_producer(
        tools, f"Office for {subject} Statistics", domain=domain, contact="Release desk, 01632 960000"
    )
    release = _release(tools, producer, subject)
    listed = _list_in_force(tools, release, recipients, subject)
    preparer = staff_of(tools, producer, Role.STATISTICIAN).actor
    second = staff_of(tools, producer, Role.HEAD_OF_PROFESSION).actor
    fixed = [
        _fixed(tools, preparer, second, release.release_id, Arriving(name, "text/csv", chunks))
        for name, chunks in (("claimants.csv", [FIGURES]), ("regions.csv", large_figures(large_bytes)))
    ]
    put_state(tools, release.release_id, ReleaseState.FINAL)
    return OpenWorld(producer, release, listed, *fixed)


def put_state(tools: Tools, release_id: str, state: ReleaseState) -> None:
    """Bring a release to a state, as a move would."""
    with tools.transaction() as tx:
        row = releases.get_row(tx.connection, release_id)
        releases.change(tx.connection, replace(row.release, state=state), revision=row.revision)
        tx.append(Entry(EntryKind.RELEASE_MOVED, tools.clock.now(), release_id=release_id))


def _release(tools: Tools, producer: ExampleProducer, subject: str) -> Release:
    at = tools.clock.now()
    release = Release(
        release_id=tools.new_id("rel"),
        producer=Producer(producer.producer_id, f"Office for {subject} Statistics"),
        title=f"Claimant count, {subject.lower()}",
        order=Order.UK,
        sensitivity=Sensitivity.MARKET_SENSITIVE,
        state=ReleaseState.ANNOUNCED,
        publishes_at=at.replace(second=0, microsecond=0) + timedelta(hours=12),
    )
    with tools.transaction() as tx:
        releases.add(
            tx.connection,
            release,
            lead_official_id=None,
            time_exemption="a test by the real clock",
            prepared_by="operator",
            added_at=at,
        )
        tx.append(Entry(EntryKind.RELEASE_REGISTERED, at, release_id=release.release_id))
    return release


def _list_in_force(tools: Tools, release: Release, count: int, subject: str) -> tuple[Recipient, ...]:
    ministry = people.add_organisation(tools, OPERATOR, f"Ministry of {subject} Examples")
    domain = f"{subject.lower()}.gov.example"
    at = tools.clock.now()
    list_id = tools.new_id("lst")
    named = [
        people.add_person(tools, OPERATOR, name=f"Robin Reader{number}", email=f"robin.reader{number}@{domain}")
        for number in range(count)
    ]
    held = [
        posts.add_post(tools, OPERATOR, organisation_id=ministry.organisation_id, title=f"Private Secretary {number}")
        for number in range(count)
    ]
    for person, post in zip(named, held, strict=True):
        posts.begin_holding(tools, OPERATOR, post_id=post.post_id, person_id=person.person_id, from_on=date(2024, 1, 1))
    with tools.transaction() as tx:
        in_force = EligibilityList(list_id, release.release_id, 1, ListState.APPROVED, approved_at=tools.clock.now())
        eligibility.add(tx.connection, in_force, prepared_at=at, edited_by=[])
        for row, (person, post) in enumerate(zip(named, held, strict=True), 1):
            grant = Grant(
                tools.new_id("grt"), post.title, ministry.name, person.person_id, ground="Briefs the minister"
            )
            grants.add(tx.connection, list_id, row, post.post_id, grant)
        tx.append(Entry(EntryKind.LIST_APPROVED, at, release_id=release.release_id))
    recipients = tuple(session_of(tools, person.person_id) for person in named)
    for recipient in recipients:
        _declare(tools, recipient.actor, release.release_id)
    return recipients


def _declare(tools: Tools, actor: Actor, release_id: str) -> None:
    words = declarations.undertaking_for(tools, actor, release_id).words
    declarations.sign_declaration(
        tools, actor, release_id, undertaking_sha256=words.sha256, typed_name=actor.name, agreed=True
    )


def _fixed(tools: Tools, preparer: Actor, second: Actor, release_id: str, arriving: Arriving) -> DocumentRow:
    draft = documents.upload_document(tools, preparer, release_id, arriving)
    return documents.fix_document(
        tools, second, draft.card.document_id, sha256=draft.card.sha256, revision=draft.revision
    )
