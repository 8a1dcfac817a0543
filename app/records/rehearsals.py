"""Rehearsals that play through the day of a real release, whose letters they send, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, tuple_, update

from app.records.rows import one_row
from app.records.tables import declarations, entries, incidents, notices, producers, releases
from app.rules.deliveries import WITHHELD


@dataclass(frozen=True, slots=True)
class Quiet:
    """A rehearsal whose letters go to nobody outside the producer."""

    title: str
    organisation_id: str


@dataclass(frozen=True, slots=True)
class Twin:
    """A rehearsal of a release's day. Instants aware, UTC; ``published_at`` is None while it is not."""

    release_id: str
    begun_at: datetime
    publishes_at: datetime
    published_at: datetime | None
    quiet: bool


@dataclass(frozen=True, slots=True)
class LetterCounts:
    """What became of the letters of a rehearsal. ``withheld`` were never to go, since it is a quiet one."""

    sent: int
    waiting: int
    failed: int
    withheld: int


def mark_twin(connection: Connection, release_id: str, *, of_release_id: str, quiet: bool) -> None:
    """Keep of which release a rehearsal plays the day, and whether it writes to its people.

    Args:
        quiet: Only those who have a role with the producer get letters.
    """
    twin = update(releases).where(releases.c.release_id == release_id)
    connection.execute(twin.values(rehearsal_of=of_release_id, rehearsal_quiet=quiet))


def twin_of(connection: Connection, release_id: str) -> tuple[str | None, bool]:
    """Give of which release a rehearsal plays the day, if of one, and whether it is quiet.

    Raises:
        NotFound: There is no such release.
    """
    wanted = select(releases.c.rehearsal_of, releases.c.rehearsal_quiet).where(releases.c.release_id == release_id)
    row = one_row(connection, wanted)
    return row.rehearsal_of, row.rehearsal_quiet


def quiet_ones(connection: Connection) -> tuple[Quiet, ...]:
    """Give the rehearsals that write to nobody outside their producer."""
    wanted = (
        select(releases.c.title, producers.c.organisation_id)
        .join(producers, producers.c.producer_id == releases.c.producer_id)
        .where(releases.c.rehearsal_quiet.is_(True))
    )
    return tuple(Quiet(row.title, row.organisation_id) for row in connection.execute(wanted))


def twins_of(
    connection: Connection, release_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> tuple[Twin, ...]:
    """Give the rehearsals that play the day of a release, the latest begun first.

    Args:
        connection: Any connection.
        release_id: The real release.
        after: When the last one already given was begun, and its id; None to begin. Aware.
        limit: How many at most.
    """
    of = releases.c
    wanted = select(of.release_id, of.added_at, of.publishes_at, of.published_at, of.rehearsal_quiet)
    wanted = wanted.where(of.rehearsal_of == release_id)
    if after is not None:
        wanted = wanted.where(tuple_(of.added_at, of.release_id) < after)
    in_turn = wanted.order_by(of.added_at.desc(), of.release_id.desc()).limit(limit)
    return tuple(Twin(*row) for row in connection.execute(in_turn))


def letters_of(connection: Connection, release_id: str, title: str, *, since: datetime) -> LetterCounts:
    """Count the letters that quote a rehearsal's title, which no other release has.

    Args:
        connection: Any connection.
        release_id: The rehearsal: a letter that is kept as about another release alone is not looked through.
        title: As it is kept.
        since: When it was begun: no letter before that quotes it, so none is looked through. Aware.
    """
    about = or_(notices.c.subject.contains(title, autoescape=True), notices.c.body.contains(title, autoescape=True))
    asked = select(notices.c.sent_at, notices.c.given_up_at, notices.c.last_error)
    kept_as = or_(notices.c.release_id == release_id, notices.c.release_id.is_(None))
    rows = connection.execute(asked.where(notices.c.queued_at >= since, kept_as, about)).all()
    withheld = sum(row.last_error == WITHHELD for row in rows)
    failed = sum(row.given_up_at is not None for row in rows) - withheld
    sent = sum(row.sent_at is not None for row in rows)
    return LetterCounts(sent, len(rows) - sent - failed - withheld, failed, withheld)


def signed_of(connection: Connection, release_id: str) -> dict[str, datetime]:
    """Give when each person first signed for a release, by person id. Aware, UTC."""
    wanted = select(declarations.c.person_id, func.min(declarations.c.signed_at).label("at"))
    found = connection.execute(wanted.where(declarations.c.release_id == release_id).group_by(declarations.c.person_id))
    return {row.person_id: row.at for row in found}


def refusals_of(connection: Connection, release_id: str) -> dict[str, int]:
    """Count how often each person was refused documents of a release, by person id."""
    # A rehearsal has a few hundred entries, the log tens of thousands of refusals: so written that these lead to none.
    decided = entries.c.kind.concat("") == "access_decided"
    refused = (entries.c.release_id == release_id, decided, entries.c.outcome.concat("") == "refused")
    wanted = select(entries.c.person_id, func.count().label("times")).where(*refused, entries.c.person_id.is_not(None))
    return {row.person_id: row.times for row in connection.execute(wanted.group_by(entries.c.person_id))}


def incidents_of(connection: Connection, release_id: str) -> tuple[str, ...]:
    """Give the kinds of incident that a rehearsal has raised, the first first."""
    wanted = select(incidents.c.kind).where(incidents.c.release_id == release_id).order_by(incidents.c.number)
    return tuple(connection.execute(wanted).scalars())
