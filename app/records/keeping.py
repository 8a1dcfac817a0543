"""Releases whose records are kept: what decides whether they may be destroyed, for one of them or for many."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, func, or_, select

from app.records import moves
from app.records import releases as release_records
from app.records.tables import erasures, incidents, legal_holds, producers, record_requests, releases
from app.rules.errors import NOTHING_THERE, NotFound
from app.rules.facts import ReleaseState, london_date
from app.rules.incidents import ENDED
from app.rules.retention import Kept

_MANY = 200  # how many ids one query names


def kept(connection: Connection, release_id: str) -> Kept:
    """Gather what decides whether the records of one release may be destroyed.

    Raises:
        NotFound: There is no such release.
    """
    found = kept_each(connection, (release_id,))
    if not found:
        raise NotFound(NOTHING_THERE)
    return found[0]


def kept_each(connection: Connection, release_ids: Sequence[str]) -> tuple[Kept, ...]:
    """Gather the same for each of some releases, with as many questions for a few hundred as for one.

    Args:
        connection: Any connection.
        release_ids: The releases; one that is not there is left out.

    Returns:
        In the order of their ids as given.
    """
    return tuple(
        one
        for place in range(0, len(release_ids), _MANY)
        for one in _kept(connection, release_ids[place : place + _MANY])
    )


def _kept(connection: Connection, release_ids: Sequence[str]) -> list[Kept]:
    rows = release_records.get_rows(connection, release_ids)
    mine = {row.release.producer.producer_id for row in rows.values()}
    of = producers.c
    years = dict(connection.execute(select(of.producer_id, of.retention_years).where(of.producer_id.in_(mine))).all())
    holds = _standing_holds(connection, mine)
    unanswered = _unanswered(connection, release_ids)
    about = _incidents(connection, release_ids)
    cancelled, declared = (moves.last_each(connection, release_ids, one) for one in ("cancel", "declare_published"))
    gone = select(erasures.c.release_id).where(erasures.c.release_id.in_(release_ids))
    erased = set(connection.execute(gone).scalars())
    found = []
    for one in release_ids:
        if one not in rows:
            continue
        release = rows[one].release
        whose = release.producer.producer_id
        found.append(
            Kept(
                release=release,
                retention_years=years[whose],
                cancelled_on=london_date(cancelled[one]) if one in cancelled else None,
                declared_at=declared.get(one),
                holds=tuple(why for producer_id, held, why in holds if producer_id == whose and held in (one, None)),
                open_incidents=tuple(number for number, closed_on in about.get(one, ()) if closed_on is None),
                unanswered=unanswered.get(one, 0),
                erased=one in erased,
                closed_incidents=tuple(
                    (number, closed_on) for number, closed_on in about.get(one, ()) if closed_on is not None
                ),
            )
        )
    return found


def over_before(connection: Connection, producer_id: str, instant: datetime) -> tuple[str, ...]:
    """Give the ids of a producer's releases that were published or set to be before an instant, the earliest first.

    Those whose records are destroyed already are not among them.
    """
    ended = [ReleaseState.PUBLISHED.value, ReleaseState.CANCELLED.value]
    done = select(erasures.c.release_id).where(erasures.c.release_id.is_not(None))
    asked = select(releases.c.release_id).where(
        releases.c.producer_id == producer_id,
        releases.c.state.in_(ended),
        func.coalesce(releases.c.published_at, releases.c.publishes_at) < instant,
        releases.c.release_id.not_in(done),
    )
    return tuple(connection.execute(asked.order_by(releases.c.publishes_at, releases.c.release_id)).scalars())


def titles(connection: Connection, release_ids: Collection[str]) -> dict[str, str]:
    """Give the titles of some releases, by release id.

    Args:
        connection: Any connection.
        release_ids: Those that are not there are left out.
    """
    wanted = sorted(release_ids)
    found: dict[str, str] = {}
    for place in range(0, len(wanted), _MANY):
        some = select(releases.c.release_id, releases.c.title).where(
            releases.c.release_id.in_(wanted[place : place + _MANY])
        )
        found |= {row.release_id: row.title for row in connection.execute(some)}
    return found


def _standing_holds(connection: Connection, producer_ids: set[str]) -> list[tuple[str, str | None, str]]:
    of = legal_holds.c
    held = select(of.producer_id, of.release_id, of.reason).where(
        of.producer_id.in_(producer_ids), of.ended_at.is_(None)
    )
    return [(row.producer_id, row.release_id, row.reason) for row in connection.execute(held.order_by(of.from_at))]


def _unanswered(connection: Connection, release_ids: Sequence[str]) -> dict[str, int]:
    of = record_requests.c
    asked = select(of.release_id, func.count()).where(of.release_id.in_(release_ids), of.answered_at.is_(None))
    return {row[0]: row[1] for row in connection.execute(asked.group_by(of.release_id))}


def _incidents(connection: Connection, release_ids: Sequence[str]) -> dict[str, list[tuple[int, date | None]]]:
    """Give, by release, the number of each incident about it, and the London day on which it was closed if it is.

    One that ended without a day on which it was closed keeps nothing.
    """
    ended = [state.value for state in ENDED]
    of = incidents.c
    asked = select(of.release_id, of.number, of.state, of.closed_at).where(
        of.release_id.in_(release_ids), or_(of.state.not_in(ended), of.closed_at.is_not(None))
    )
    found: dict[str, list[tuple[int, date | None]]] = {}
    for row in connection.execute(asked.order_by(of.number)):
        closed_on = london_date(row.closed_at) if row.state in ended else None
        found.setdefault(row.release_id, []).append((row.number, closed_on))
    return found
