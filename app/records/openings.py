"""Openings: one person's act of opening one document, and what became of the copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, literal_column, or_, select, update

from app.plain import plain
from app.records.tables import grants, openings, organisations, people, posts
from app.rules.breaches import OpeningFact
from app.rules.errors import NOTHING_THERE, NotFound
from app.rules.facts import ExceptionalGrant, Grant, GrantClass

# Built once: putting a statement together costs several times what running it does.
_ADD = insert(openings)
_BY_ID = select(openings).where(openings.c.opening_id == bindparam("opening_id"))
_BY_NUMBER = select(openings.c.number).where(openings.c.number == bindparam("number"))


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """An opening as it is kept.

    Attributes:
        number: What can be read from the mark on a copy, e.g. ``K7F3-9QXM``.
        window_opened_at: When the window of the grant relied on had opened. Aware, UTC.
        copy_format: ``pdf``, ``docx``, ``xlsx``, ``pptx``, ``zip`` or ``age``.
        age_key_id: The person's own key that the copy is sealed to; it has no passphrase then.
        warning_version: Of the producer's warning that the copy carries; None, in the oldest, is 0.
        marking_sha256: Of all the words on the copy that say how it is to be treated; see ``rules.marking``.
        outcome: unfetched, running, part, completed, aborted, stopped or unknown; of the latest fetch. Completed also
            when that fetch was the last of several parts without a gap.
        sent_bytes: How much was handed to the network, by all fetches together.
        copy_sha256: Of the latest copy, when it was sent whole.
        copy_turn: How often it was fetched, whole or in part.
        copy_owner: The process that makes the latest copy; None where that was not kept.
        copy_tag: Names the bytes of a copy that is the same each time; None where each making differs.
        copy_bytes: How long the latest copy was.
        copy_reached_bytes: How much of it was handed over from its start without a gap.
        copy_code: The authentication code behind its document, once known.
        other_copy_held: The recipient may hold a part of a copy with other bytes: one fetched before under another tag,
            or one whose rest they asked for where this one had not been begun.
        networks: Keyed hashes of those it was used from, each change in turn, as JSON; None where that was not kept.
        networks_asked_at: When the person was asked whether all of them are theirs. Aware, UTC.
        networks_answer: mine or not_mine, once they answered.
    """

    opening_id: str
    number: str
    document_id: str
    release_id: str
    person_id: str
    grant_id: str
    session_id: str
    opened_at: datetime
    expires_at: datetime
    window_opened_at: datetime
    copy_format: str
    wrapped_passphrase: bytes | None
    age_key_id: str | None = None
    warning_version: int | None = None
    marking_sha256: str | None = None
    revealed_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_reason: str | None = None
    started_at: datetime | None = None
    outcome: str = "unfetched"
    sent_bytes: int = 0
    copy_sha256: str | None = None
    copy_turn: int = 0
    copy_owner: int | None = None
    copy_tag: str | None = None
    copy_bytes: int | None = None
    copy_reached_bytes: int = 0
    copy_code: bytes | None = None
    other_copy_held: bool = False
    networks: str | None = None
    networks_asked_at: datetime | None = None
    networks_answer: str | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """Somebody who opened a document, for the notice of its recall."""

    person_id: str
    name: str
    email: str


def add(connection: Connection, row: OpeningRow) -> None:
    """Add an opening."""
    connection.execute(_ADD, {name: getattr(row, name) for name in OpeningRow.__slots__})


def number_is_taken(connection: Connection, number: str) -> bool:
    """Say whether an opening has this number already."""
    return connection.execute(_BY_NUMBER, {"number": number}).first() is not None


def get(connection: Connection, opening_id: str) -> OpeningRow:
    """Give an opening.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(_BY_ID, {"opening_id": opening_id}).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    return _row(row)


def page(
    connection: Connection,
    *,
    person_id: str | None = None,
    release_id: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> tuple[OpeningRow, ...]:
    """Give openings by a person, of a release, or both, newest first.

    Args:
        connection: Any connection.
        person_id, release_id: Whose, and of what; None leaves it open.
        after: Instant and id of the last opening already given.
        limit: How many at most.
    """
    wanted = select(openings).order_by(openings.c.opened_at.desc(), openings.c.opening_id).limit(limit)
    if person_id is not None:
        wanted = wanted.where(openings.c.person_id == person_id)
    if release_id is not None:
        wanted = wanted.where(openings.c.release_id == release_id)
    if after is not None:
        earlier = openings.c.opened_at < after[0]
        same = and_(openings.c.opened_at == after[0], openings.c.opening_id > after[1])
        wanted = wanted.where(or_(earlier, same))
    return tuple(_row(row) for row in plain(connection.execute(wanted)))


def reveal(connection: Connection, opening_id: str, at: datetime) -> bool:
    """Mark the passphrase as shown; True exactly once, however many ask at the same time."""
    unseen = and_(openings.c.opening_id == opening_id, openings.c.revealed_at.is_(None))
    return connection.execute(update(openings).where(unseen).values(revealed_at=at)).rowcount == 1


def keep_networks(connection: Connection, opening: OpeningRow, networks: str) -> bool:
    """Keep from which networks an opening was used; False when that was changed since the opening was read."""
    before = openings.c.networks.is_(None) if opening.networks is None else openings.c.networks == opening.networks
    same = and_(openings.c.opening_id == opening.opening_id, before)
    return connection.execute(update(openings).where(same).values(networks=networks)).rowcount == 1


def ask_about_networks(connection: Connection, opening_id: str, at: datetime) -> bool:
    """Mark that the person is asked about the networks of an opening; True exactly once."""
    unasked = and_(openings.c.opening_id == opening_id, openings.c.networks_asked_at.is_(None))
    return connection.execute(update(openings).where(unasked).values(networks_asked_at=at)).rowcount == 1


def answer_about_networks(connection: Connection, opening_id: str, answer: str) -> None:
    """Keep what the person says about the networks of an opening.

    Args:
        connection: An open write transaction.
        opening_id: The opening.
        answer: ``mine`` or ``not_mine``.
    """
    connection.execute(update(openings).where(openings.c.opening_id == opening_id).values(networks_answer=answer))


def forget_answer(connection: Connection, opening_id: str) -> None:
    """Have the person asked anew about the networks of an opening, since what they said was of others."""
    values = {"networks_asked_at": None, "networks_answer": None}
    connection.execute(update(openings).where(openings.c.opening_id == opening_id).values(values))


def stop(connection: Connection, opening_id: str, *, at: datetime, reason: str) -> bool:
    """End one opening; say whether it had not been ended already."""
    standing = and_(openings.c.opening_id == opening_id, openings.c.stopped_at.is_(None))
    values = {"stopped_at": at, "stopped_reason": reason}
    return connection.execute(update(openings).where(standing).values(values)).rowcount == 1


def stop_all_of(connection: Connection, document_id: str, *, at: datetime, reason: str) -> int:
    """End every opening of a document that still stands; say how many."""
    standing = and_(
        openings.c.document_id == document_id,
        openings.c.stopped_at.is_(None),
        or_(openings.c.expires_at > at, openings.c.outcome == "running"),
    )
    values = {"stopped_at": at, "stopped_reason": reason}
    return connection.execute(update(openings).where(standing).values(values)).rowcount


def served(connection: Connection, document_id: str) -> tuple[Served, ...]:
    """Give everyone to whom a copy of a document was begun, each once, by address."""
    wanted = (
        select(people.c.person_id, people.c.name, people.c.email)
        .join(openings, openings.c.person_id == people.c.person_id)
        .where(openings.c.document_id == document_id, openings.c.started_at.is_not(None))
        .distinct()
        .order_by(people.c.email)
    )
    return tuple(Served(row.person_id, row.name, row.email) for row in plain(connection.execute(wanted)))


def releases_opened_since(connection: Connection, since: datetime) -> tuple[str, ...]:
    """Give the ids of the releases of which something was opened at this instant or later, by id."""
    wanted = (
        select(openings.c.release_id).where(openings.c.opened_at >= since).distinct().order_by(openings.c.release_id)
    )
    return tuple(connection.execute(wanted).scalars())


def running(connection: Connection) -> tuple[OpeningRow, ...]:
    """Give every opening whose copy is marked as running, oldest first."""
    # Said in the statement itself, not as a parameter: else the index of what runs cannot be relied on.
    wanted = select(openings).where(openings.c.outcome == literal_column("'running'")).order_by(openings.c.started_at)
    return tuple(_row(row) for row in plain(connection.execute(wanted)))


def became_of_release(connection: Connection, release_id: str) -> dict[str, str]:
    """Give what became of the copy of each opening of a release, by the opening's id."""
    wanted = select(openings.c.opening_id, openings.c.outcome).where(openings.c.release_id == release_id)
    return {row.opening_id: row.outcome for row in plain(connection.execute(wanted))}


def facts_of_release(connection: Connection, release_id: str) -> tuple[OpeningFact, ...]:
    """Give every opening of a release's documents, oldest first, with the grant each relied on."""
    wanted = (
        select(
            openings.c.opening_id,
            openings.c.number,
            openings.c.document_id,
            openings.c.person_id,
            openings.c.opened_at,
            openings.c.window_opened_at,
            grants.c.grant_id,
            grants.c.grant_class,
            grants.c.ground_letter,
            grants.c.asked_minutes,
            grants.c.exceptional_reasons,
            grants.c.board_informed_at,
            posts.c.title,
            organisations.c.name,
        )
        .join(grants, grants.c.grant_id == openings.c.grant_id)
        .join(posts, posts.c.post_id == grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .where(openings.c.release_id == release_id)
        .order_by(openings.c.opened_at, openings.c.opening_id)
    )
    return tuple(_fact(row) for row in plain(connection.execute(wanted)))


def _row(row: Row[*tuple[Any, ...]]) -> OpeningRow:
    return OpeningRow(**{name: getattr(row, name) for name in OpeningRow.__slots__})


def _fact(row: Row[*tuple[Any, ...]]) -> OpeningFact:
    exceptional = None
    if row.exceptional_reasons or row.board_informed_at:
        exceptional = ExceptionalGrant(row.exceptional_reasons, row.board_informed_at)
    grant = Grant(
        grant_id=row.grant_id,
        post_title=row.title,
        organisation=row.name,
        person_id=row.person_id,
        grant_class=GrantClass(row.grant_class),
        ground_letter=row.ground_letter,
        asked=None if row.asked_minutes is None else timedelta(minutes=row.asked_minutes),
        exceptional=exceptional,
    )
    return OpeningFact(
        opening_id=row.opening_id,
        number=row.number,
        document_id=row.document_id,
        person_id=row.person_id,
        post_title=grant.post_title,
        organisation=grant.organisation,
        opened_at=row.opened_at,
        grant=grant,
        window_opened_at=row.window_opened_at,
    )


def forget_passphrases(connection: Connection, document_id: str) -> int:
    """Forget the wrapped passphrases of every copy of a document; say how many there were."""
    there = and_(openings.c.document_id == document_id, openings.c.wrapped_passphrase.is_not(None))
    return connection.execute(update(openings).where(there).values(wrapped_passphrase=None)).rowcount
