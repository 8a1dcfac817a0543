"""What people have signed: how each declaration stands now, and the letter that says that it is about to lapse."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import deciding, desk
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction
from app.records import covering, declarations, eligibility, people, producer_words, releases
from app.records.declarations import DeclarationRow as DeclarationRow
from app.rules import personletters
from app.rules.declarations import REMINDERS_DAYS, receipt, reminder_due
from app.rules.errors import NotFound
from app.rules.facts import DeclarationScope, Role, london_date
from app.rules.signatures import DeclarationState, state_of
from app.rules.undertakings.words import Undertaking, words_sha256

_STAFF = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Told:
    """One of somebody's own declarations, and how it stands now.

    Attributes:
        why: A whole sentence.
    """

    row: DeclarationRow
    state: DeclarationState
    why: str


def my_declarations(
    tools: Tools, actor: Actor, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[Told, ...]:
    """Give everything that this person has signed, newest first, and how each stands now.

    Raises:
        NotFound: A program asks; it signs nothing.
    """
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    at = tools.clock.now()
    with tools.reading() as connection:
        rows = declarations.page(connection, person_id=actor.person_id, after=after, limit=limit)
        today = _words_today(connection, actor.person_id, rows, at)
        renewed = covering.renewed_each(connection, rows, actor.person_id)
    of = [row.declaration.declaration_id for row in rows]
    return tuple(_told(row, today[one], at, renewed.get(one)) for one, row in zip(of, rows, strict=True))


def declarations_of_release(
    tools: Tools, actor: Actor, release_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[DeclarationRow, ...]:
    """Give the declarations that cover a release, newest first, to those who prepare it or audit it.

    Raises:
        NotFound: There is no such release, or the actor has no such role with its producer.
    """
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        if not actor.has(release.organisation_id, *_STAFF):
            raise NotFound(NOTHING_THERE)
        series_id = release.release.series_id
        return declarations.page(connection, release_id=release_id, series_id=series_id, after=after, limit=limit)


def get_declaration(tools: Tools, actor: Actor, declaration_id: str) -> tuple[DeclarationRow, str]:
    """Give one of one's own declarations, and its receipt for reading.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    with tools.reading() as connection:
        row = _own(connection, actor, declaration_id)
    return row, receipt_text(row)


def receipt_text(row: DeclarationRow) -> str:
    """Write the receipt of a declaration from what was signed, not from what the records say today."""
    words = Undertaking(row.undertaking_version, row.undertaking_text, row.declaration.undertaking_sha256)
    return receipt(json.loads(_payload_of(row.jws)), words)


def lapses_due(tools: Tools) -> tuple[str, ...]:
    """Give the ids of the declarations whose signers are to be reminded now that they are about to lapse.

    Those that were withdrawn or renewed, that lapsed with a suspension, or whose release is over are not among them.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        rows = declarations.lapsing(connection, after=at, until=at + timedelta(days=max(REMINDERS_DAYS)))
    due = [row for row in rows if reminder_due(row.declaration.lapses_at, row.reminded_at, at) is not None]
    return tuple(row.declaration.declaration_id for row in due)


def remind_of_lapse(tools: Tools, declaration_id: str) -> bool:
    """Write to the signer of a declaration that is about to lapse, once at each of the days before it that are set.

    Args:
        declaration_id: From ``lapses_due``.

    Returns:
        False when another replica was first, or nothing is due any more.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = declarations.get(tx.connection, declaration_id)
        days = reminder_due(row.declaration.lapses_at, row.reminded_at, at)
        if days is None or not _queue_reminder(tools, tx, row, days, at):
            return False
        declarations.mark_reminded(tx.connection, declaration_id, at)
    return True


def _queue_reminder(tools: Tools, tx: Transaction, row: DeclarationRow, days: int, at: datetime) -> bool:
    signer = people.get(tx.connection, row.declaration.person_id)
    release = releases.get_row(tx.connection, row.release_id)
    covered = f"“{release.release.title}”"
    if row.declaration.scope is DeclarationScope.SERIES:
        covered = f"the series “{producer_words.asked_for(tx.connection, row.release_id).series_title}”"
    subject, body = personletters.lapses(
        signer.name, covered, release.release.producer.name, row.declaration.lapses_at, release.contact
    )
    return desk.queue_notice(
        tools,
        tx,
        at=at,
        email=signer.email,
        person_id=signer.person_id,
        kind="declaration_lapses",
        reason_key=f"declaration_lapses:{row.declaration.declaration_id}:{days}",
        subject=subject,
        body=body,
        release_id=row.release_id,
    )


def _own(connection: Connection, actor: Actor, declaration_id: str) -> DeclarationRow:
    row = declarations.get(connection, declaration_id)
    if actor.person_id is None or row.declaration.person_id != actor.person_id:
        raise NotFound(NOTHING_THERE)
    return row


def _payload_of(jws: str) -> bytes:
    middle = jws.split(".")[1]
    return base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))


def _words_today(
    connection: Connection, person_id: str, rows: Collection[DeclarationRow], at: datetime
) -> dict[str, str | None]:
    """Give the hash of the words that a person would have to sign today in the place of each of some declarations.

    Returns:
        By the id of the declaration; None where the person is asked for nothing today.
    """
    whole = {row.series_id or "" for row in rows if row.declaration.scope is DeclarationScope.SERIES}
    newest = covering.newest_releases_naming(connection, whole, person_id)
    today = {row.declaration.declaration_id: _release_today(row, newest) for row in rows}
    ids = {one for one in today.values() if one is not None}
    listed = eligibility.in_force_for_each(connection, ids, person_id, on=london_date(at))
    named = {release_id for release_id, mine in listed.items() if mine.rows}
    known, asking = releases.get_rows(connection, named), producer_words.asked_for_each(connection, named)
    hashes: dict[tuple[str, DeclarationScope], str] = {}  # several declarations may stand for the same words
    found: dict[str, str | None] = {}
    for row in rows:
        release_id, scope = today[row.declaration.declaration_id], row.declaration.scope
        if release_id is None or release_id not in named:
            found[row.declaration.declaration_id] = None
            continue
        if (release_id, scope) not in hashes:
            grants = tuple(one.grant for one in listed[release_id].rows)
            basis = deciding.basis_of(known[release_id].release, grants, asking[release_id])
            hashes[release_id, scope] = words_sha256(replace(basis, scope=scope))
        found[row.declaration.declaration_id] = hashes[release_id, scope]
    return found


def _release_today(row: DeclarationRow, newest: dict[str, str]) -> str | None:
    """Give the release by which it is seen what is to be signed today: of a series, the newest that names them."""
    if row.declaration.scope is DeclarationScope.SERIES:
        return newest.get(row.series_id or "")
    return row.release_id


def _told(row: DeclarationRow, today: str | None, at: datetime, renewed_at: datetime | None) -> Told:
    state, why = state_of(row.declaration, today, at, renewed_at=renewed_at)
    return Told(row, state, why)
