"""What must be known before records are destroyed: the producer's period, legal holds, what was destroyed before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Update, insert, or_, select, update

from app.records.rows import add_row, is_row, one_row
from app.records.tables import (
    erasures,
    legal_holds,
    producers,
)
from app.rules.canonical import canonical_json


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
    end_proposed_by: str | None = None
    end_proposed_at: datetime | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """That records were destroyed, or shall be: of what, why, and how many of each; never what they were.

    Attributes:
        release_id: The release destroyed; None for a proposal and for a person.
        state: ``proposed``, ``withdrawn`` or ``done``; whoever reads a proposal says whether it has lapsed. What
            a person asked for themselves is ``asked``, then ``taken_up`` by a proposal, ``refused`` or ``withdrawn``;
            it is ``asked`` again once that proposal is withdrawn or has lapsed, and ``done`` with it.
        release_ids: What a proposal names.
    """

    erasure_id: str
    producer_id: str | None
    release_id: str | None
    person_id: str | None
    cause: str
    reason: str
    counts: dict[str, int]
    at: datetime
    by_person_id: str
    state: str = "done"
    release_ids: tuple[str, ...] = ()
    proposed_by: str | None = None
    approved_by: str | None = None
    decided_at: datetime | None = None


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


def propose_hold_end(connection: Connection, hold_id: str, *, at: datetime, reason: str, by: str) -> bool:
    """Propose the end of a legal hold, which stands meanwhile; False when it has ended."""
    values = {"end_proposed_by": by, "end_proposed_at": at, "end_reason": reason}
    return connection.execute(_standing(hold_id).values(values)).rowcount == 1


def end_hold(connection: Connection, hold_id: str, *, at: datetime, by: str) -> bool:
    """End a legal hold; False when it had ended already."""
    return connection.execute(_standing(hold_id).values(ended_at=at, ended_by=by)).rowcount == 1


def freed_since(connection: Connection, producer_id: str, release_ids: Sequence[str], since: datetime) -> set[str]:
    """Give the ids of those who lately proposed or confirmed the end of a hold on any of these releases.

    Args:
        release_ids: Releases of this producer; holds on everything of it count for each.
        since: From when on a proposal or an end counts. Aware, UTC.
    """
    of = legal_holds.c
    late = or_(of.end_proposed_at >= since, of.ended_at >= since)
    about = or_(of.release_id.is_(None), of.release_id.in_(release_ids))
    asked = select(of.end_proposed_by, of.ended_by).where(of.producer_id == producer_id, late, about)
    return {one for row in connection.execute(asked) for one in row if one is not None}


def lock_producers(connection: Connection, producer_id: str | None = None) -> None:
    """Make holds, requests and incidents of a producer, or of all, wait until this transaction ends.

    Rows that refer to the producer cannot be added meanwhile, nor one under way be missed.
    """
    asked = select(producers.c.producer_id).order_by(producers.c.producer_id)
    which = asked if producer_id is None else asked.where(is_row(producers, producer_id))
    connection.execute(which.with_for_update()).all()


def holds_of(connection: Connection, producer_id: str) -> tuple[HoldRow, ...]:
    """Give a producer's legal holds, those that stand first, then the newest first."""
    of = legal_holds.c
    asked = _holds().where(of.producer_id == producer_id)
    in_turn = asked.order_by(of.ended_at.is_not(None), of.from_at.desc(), of.hold_id)
    return tuple(HoldRow(*row) for row in connection.execute(in_turn))


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


def proposed_since(connection: Connection, producer_id: str, since: datetime) -> tuple[ErasureRow, ...]:
    """Give what is proposed to be destroyed of a producer and was proposed no earlier than an instant, newest first."""
    of = erasures.c
    asked = select(erasures).where(of.producer_id == producer_id, of.state == "proposed", of.at >= since)
    return tuple(_erasure(row) for row in connection.execute(asked.order_by(of.at.desc(), of.erasure_id)))


def newest_erasures(connection: Connection, producer_id: str, limit: int) -> tuple[ErasureRow, ...]:
    """Give the newest of what a producer destroyed, or was asked to and is no longer."""
    of = erasures.c
    asked = select(erasures).where(of.producer_id == producer_id).order_by(of.at.desc(), of.erasure_id).limit(limit)
    return tuple(_erasure(row) for row in connection.execute(asked))


def add_erasure(connection: Connection, row: ErasureRow) -> None:
    """Put on record that something was destroyed."""
    values = {name: getattr(row, name) for name in ErasureRow.__slots__}
    texts = {"counts": canonical_json(row.counts).decode(), "release_ids": canonical_json(row.release_ids).decode()}
    add_row(connection, erasures, "erasure", **{**values, **texts})


def get_erasure(connection: Connection, erasure_id: str) -> ErasureRow:
    """Give an erasure, or the proposal of one.

    Raises:
        NotFound: There is none with this id.
    """
    return _erasure(one_row(connection, select(erasures).where(is_row(erasures, erasure_id))))


def decide_erasure(
    connection: Connection,
    erasure_id: str,
    *,
    state: str,
    at: datetime,
    approved_by: str | None = None,
    counts: dict[str, int] | None = None,
    standing: str = "proposed",
    reason: str | None = None,
) -> bool:
    """Decide on a proposal, or on what a person asked for; False when it is decided already.

    Args:
        connection: An open write transaction.
        erasure_id: The proposal.
        state: What becomes of it.
        at: When. Aware, UTC.
        approved_by: Who approved it, if it is approved.
        counts: How many of each went, if any did.
        standing: In which state it must be.
        reason: Why, in the place of what it said before; no names.
    """
    waiting = update(erasures).where(is_row(erasures, erasure_id), erasures.c.state == standing)
    text = canonical_json(counts or {}).decode()
    why = {} if reason is None else {"reason": reason}
    decided = waiting.values(state=state, decided_at=at, approved_by=approved_by, counts=text, **why)
    return connection.execute(decided).rowcount == 1


def erasures_of_people(connection: Connection) -> tuple[ErasureRow, ...]:
    """Give whose details were erased or shall be, the newest first."""
    asked = select(erasures).where(erasures.c.person_id.is_not(None))
    in_turn = asked.order_by(erasures.c.at.desc(), erasures.c.erasure_id)
    return tuple(_erasure(row) for row in connection.execute(in_turn))


def erasures_of_person(connection: Connection, person_id: str) -> tuple[ErasureRow, ...]:
    """Give what was asked and decided about one person's details, the newest first."""
    asked = select(erasures).where(erasures.c.person_id == person_id)
    in_turn = asked.order_by(erasures.c.at.desc(), erasures.c.erasure_id)
    return tuple(_erasure(row) for row in connection.execute(in_turn))


def _standing(hold_id: str) -> Update:
    return update(legal_holds).where(is_row(legal_holds, hold_id), legal_holds.c.ended_at.is_(None))


def _holds() -> Select[Any]:
    of = legal_holds.c
    return select(
        of.hold_id,
        of.producer_id,
        of.release_id,
        of.reason,
        of.from_at,
        of.by_person_id,
        of.ended_at,
        of.end_reason,
        of.end_proposed_by,
        of.end_proposed_at,
        of.ended_by,
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
        state=row.state,
        release_ids=tuple(json.loads(row.release_ids)),
        proposed_by=row.proposed_by,
        approved_by=row.approved_by,
        decided_at=row.decided_at,
    )
