"""What came of a rehearsal: who came how far and how fast, which letters went, and what it raised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.records import eligibility, evidence, rehearsals, releases
from app.records.rehearsals import LetterCounts
from app.records.rehearsals import Twin as Twin
from app.records.releases import ReleaseRow
from app.rules.errors import NotFound
from app.rules.facts import Role
from app.rules.reportparts import Delivery

_READERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class RehearsedPerson:
    """One person of a rehearsal's list, and how far they came. Instants aware, UTC; None where it did not happen.

    Attributes:
        sent_bytes: Of all their copies together.
        refusals: How often they asked for a document and were refused.
        seconds_to_open: From the beginning of the rehearsal.
        seconds_to_reveal: From opening to the first passphrase.
    """

    person_id: str
    name: str
    post: str
    signed_at: datetime | None
    opened_at: datetime | None
    revealed_at: datetime | None
    copies_whole: int
    sent_bytes: int
    refusals: int
    seconds_to_open: int | None
    seconds_to_reveal: int | None


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """What came of a rehearsal so far.

    Attributes:
        of_release_id: Whose day it plays; None for one that was registered by hand.
        late_seconds: How long after the time set it was declared published; None while it is not.
        incidents: Kinds of what it raised; none of them is a breach.
    """

    row: ReleaseRow
    of_release_id: str | None
    quiet: bool
    late_seconds: int | None
    people: tuple[RehearsedPerson, ...]
    letters: LetterCounts
    incidents: tuple[str, ...]


def report_rehearsal(tools: Tools, actor: Actor, release_id: str) -> RehearsalReport:
    """Tell what came of a rehearsal so far, to those who prepare releases of the producer or audit it.

    Raises:
        NotFound: There is no such release, it is no rehearsal, or the actor has no such role with its producer.
    """
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        release = row.release
        if not actor.has(row.organisation_id, *_READERS) or not release.rehearsal:
            raise NotFound(NOTHING_THERE)
        of_release_id, quiet = rehearsals.twin_of(connection, release_id)
        late = int((release.published_at - release.publishes_at).total_seconds()) if release.published_at else None
        return RehearsalReport(
            row=row,
            of_release_id=of_release_id,
            quiet=quiet,
            late_seconds=late,
            people=_people(connection, row),
            letters=rehearsals.letters_of(connection, release_id, release.title, since=row.added_at),
            incidents=rehearsals.incidents_of(connection, release_id),
        )


def list_rehearsals(
    tools: Tools, actor: Actor, release_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[Twin, ...]:
    """Give the rehearsals of a release's day, the latest begun first, to the same people.

    Args:
        after: When the last one on the page before was begun, and its id; None to begin. Aware.
        limit: How many at most.

    Raises:
        NotFound: There is no such release, or the actor has no such role with its producer.
    """
    with tools.reading() as connection:
        if not actor.has(releases.get_row(connection, release_id).organisation_id, *_READERS):
            raise NotFound(NOTHING_THERE)
        return rehearsals.twins_of(connection, release_id, after=after, limit=limit)


def _people(connection: Connection, row: ReleaseRow) -> tuple[RehearsedPerson, ...]:
    release_id = row.release.release_id
    listed = eligibility.in_force(connection, release_id)
    if listed is None:
        return ()
    posts, signed = evidence.posts_of(connection, release_id), rehearsals.signed_of(connection, release_id)
    refused = rehearsals.refusals_of(connection, release_id)
    opened: dict[str, list[Delivery]] = {}
    for person_id, delivery in evidence.deliveries_of(connection, release_id):
        opened.setdefault(person_id, []).append(delivery)
    found = []
    for one in eligibility.listed_people(connection, release_id, listed.version):
        theirs = opened.get(one.person_id, [])
        first = min((each.opened_at for each in theirs), default=None)
        waited = [(each.revealed_at, each.revealed_at - each.opened_at) for each in theirs if each.revealed_at]
        revealed_at, span = min(waited, default=(None, None))
        found.append(
            RehearsedPerson(
                person_id=one.person_id,
                name=one.name,
                post=posts.get(one.person_id, ""),
                signed_at=signed.get(one.person_id),
                opened_at=first,
                revealed_at=revealed_at,
                copies_whole=sum(each.outcome == "completed" for each in theirs),
                sent_bytes=sum(each.sent_bytes for each in theirs),
                refusals=refused.get(one.person_id, 0),
                seconds_to_open=int((first - row.added_at).total_seconds()) if first else None,
                seconds_to_reveal=None if span is None else int(span.total_seconds()),
            )
        )
    return tuple(found)
