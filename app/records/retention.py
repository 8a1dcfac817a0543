"""What must be known before records are destroyed: the producer's period, legal holds, what was destroyed before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from app.records import releases as release_records
from app.records.rows import add_row, is_row, one_row
from app.records.tables import (
    erasures,
    incidents,
    legal_holds,
    producers,
    record_requests,
    release_moves,
    releases,
)
from app.rules.canonical import canonical_json
from app.rules.facts import ReleaseState, london_date
from app.rules.incidents import IncidentState
from app.rules.retention import Kept

_CLOSED = (IncidentState.CLOSED_NO_BREACH, IncidentState.COMPLETED)


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A legal hold: what it keeps must not be destroyed while it stands.

    Attributes:
        release_id: The one release it keeps, or None for everything of the producer.
    """

    hold_id: str
    producer_id: str
    release_id: str | None
    reason: str
    from_at: datetime
    by_person_id: str
    ended_at: datetime | None = None
    end_reason: str = ""


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """That records were destroyed: of which release or person, why, and how many of each; never what they were."""

    erasure_id: str
    producer_id: str | None
    release_id: str | None
    person_id: str | None
    cause: str
    reason: str
    counts: dict[str, int]
    at: datetime
    by_person_id: str


def retention_years(connection: Connection, producer_id: str) -> int:
    """Give the producer's own period, in years.

    Raises:
        NotFound: There is no such producer.
    """
    years: int = one_row(connection, select(producers.c.retention_years).where(is_row(producers, producer_id)))[0]
    return years


def set_retention_years(connection: Connection, producer_id: str, years: int) -> None:
    """Set the producer's own period, in years."""
    connection.execute(update(producers).where(is_row(producers, producer_id)).values(retention_years=years))


def add_hold(connection: Connection, row: HoldRow) -> None:
    """Begin a legal hold."""
    kept = ("hold_id", "producer_id", "release_id", "reason", "from_at", "by_person_id")
    connection.execute(insert(legal_holds).values({name: getattr(row, name) for name in kept}))


def get_hold(connection: Connection, hold_id: str) -> HoldRow:
    """Give a legal hold, ended or not.

    Raises:
        NotFound: There is none with this id.
    """
    return HoldRow(*one_row(connection, _holds().where(is_row(legal_holds, hold_id))))


def end_hold(connection: Connection, hold_id: str, *, at: datetime, reason: str) -> bool:
    """End a legal hold; False when it had ended already."""
    standing = update(legal_holds).where(is_row(legal_holds, hold_id), legal_holds.c.ended_at.is_(None))
    return connection.execute(standing.values(ended_at=at, end_reason=reason)).rowcount == 1


def holds_of(connection: Connection, producer_id: str) -> tuple[HoldRow, ...]:
    """Give a producer's legal holds, those that stand first, then the newest first."""
    of = legal_holds.c
    asked = _holds().where(of.producer_id == producer_id)
    in_turn = asked.order_by(of.ended_at.is_not(None), of.from_at.desc(), of.hold_id)
    return tuple(HoldRow(*row) for row in connection.execute(in_turn))


def kept(connection: Connection, release_id: str) -> Kept:
    """Gather what decides whether the records of one release may be destroyed.

    Raises:
        NotFound: There is no such release.
    """
    row = release_records.get_row(connection, release_id)
    producer_id = row.release.producer.producer_id
    about = or_(legal_holds.c.release_id == release_id, legal_holds.c.release_id.is_(None))
    held = select(legal_holds.c.reason).where(
        legal_holds.c.producer_id == producer_id, legal_holds.c.ended_at.is_(None), about
    )
    open_now = select(incidents.c.number).where(
        incidents.c.release_id == release_id, incidents.c.state.not_in([state.value for state in _CLOSED])
    )
    asked = and_(record_requests.c.release_id == release_id, record_requests.c.answered_at.is_(None))
    cancelled = and_(release_moves.c.release_id == release_id, release_moves.c.move == "cancel")
    cancelled_at = connection.execute(select(func.max(release_moves.c.at)).where(cancelled)).scalar_one()
    return Kept(
        release=row.release,
        retention_years=retention_years(connection, producer_id),
        cancelled_on=london_date(cancelled_at) if cancelled_at else None,
        holds=tuple(connection.execute(held.order_by(legal_holds.c.from_at)).scalars()),
        open_incidents=tuple(connection.execute(open_now.order_by(incidents.c.number)).scalars()),
        unanswered=connection.execute(select(func.count()).select_from(record_requests).where(asked)).scalar_one(),
        erased=is_erased(connection, release_id),
    )


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


def producer_ids(connection: Connection) -> tuple[str, ...]:
    """Give the ids of all producers."""
    return tuple(connection.execute(select(producers.c.producer_id).order_by(producers.c.producer_id)).scalars())


def is_erased(connection: Connection, release_id: str) -> bool:
    """Say whether the records of a release are destroyed."""
    return (
        connection.execute(select(erasures.c.erasure_id).where(erasures.c.release_id == release_id)).first() is not None
    )


def erasures_of(connection: Connection, producer_id: str) -> tuple[ErasureRow, ...]:
    """Give what a producer destroyed, the newest first."""
    asked = select(erasures).where(erasures.c.producer_id == producer_id)
    in_turn = asked.order_by(erasures.c.at.desc(), erasures.c.erasure_id)
    return tuple(_erasure(row) for row in connection.execute(in_turn))


def add_erasure(connection: Connection, row: ErasureRow) -> None:
    """Put on record that something was destroyed."""
    values = {name: getattr(row, name) for name in ErasureRow.__slots__}
    add_row(connection, erasures, "erasure", **{**values, "counts": canonical_json(row.counts).decode()})


def _holds() -> Select[Any]:
    of = legal_holds.c
    return select(
        of.hold_id, of.producer_id, of.release_id, of.reason, of.from_at, of.by_person_id, of.ended_at, of.end_reason
    )


def _erasure(row: Row[Any]) -> ErasureRow:
    return ErasureRow(
        erasure_id=row.erasure_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        person_id=row.person_id,
        cause=row.cause,
        reason=row.reason,
        counts=json.loads(row.counts),
        at=row.at,
        by_person_id=row.by_person_id,
    )
