"""What was found wrong later, as people put it on record and withdrew it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, or_, select, update

from app.records.grants import GrantRow
from app.records.rows import is_row, page_of
from app.records.tables import wrong_facts
from app.rules.errors import NOTHING_THERE, NotFound
from app.rules.facts import GrantClass
from app.rules.wrongfacts import WrongFact, WrongKind

# Built once: putting a statement together costs several times what running it does.
_ABOUT = select(wrong_facts).where(
    wrong_facts.c.producer_id == bindparam("producer_id"),
    wrong_facts.c.withdrawn_at.is_(None),
    or_(wrong_facts.c.release_id == bindparam("release_id"), wrong_facts.c.person_id == bindparam("person_id")),
)

# Built once: putting a statement together costs several times what running it does.
_CONCERNED = (
    select(wrong_facts.c.producer_id)
    .where(
        wrong_facts.c.producer_id.in_(bindparam("producer_ids", expanding=True)),
        wrong_facts.c.withdrawn_at.is_(None),
        or_(
            wrong_facts.c.release_id.in_(bindparam("release_ids", expanding=True)),
            wrong_facts.c.person_id == bindparam("person_id"),
        ),
    )
    .distinct()
)


@dataclass(frozen=True, slots=True)
class WrongFactRow:
    """One thing found wrong, with who said so and why.

    Attributes:
        producer_id: Whose; None for a clock, which concerns everybody.
    """

    wrong_fact_id: str
    kind: WrongKind
    producer_id: str | None
    release_id: str | None
    person_id: str | None
    subject_id: str | None
    from_on: date | None
    until_on: date | None
    from_at: datetime | None
    until_at: datetime | None
    fast_seconds: int | None
    reason: str
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str = ""

    def as_fact(self) -> WrongFact:
        """Give it as the rule needs it."""
        return WrongFact(
            wrong_fact_id=self.wrong_fact_id,
            kind=self.kind,
            subject_id=self.subject_id or "",
            recorded_at=self.recorded_at,
            person_id=self.person_id,
            from_on=self.from_on,
            until_on=self.until_on,
            from_at=self.from_at,
            until_at=self.until_at,
            fast_by=None if self.fast_seconds is None else timedelta(seconds=self.fast_seconds),
        )


def add(connection: Connection, row: WrongFactRow) -> None:
    """Put one on record."""
    values = {name: getattr(row, name) for name in WrongFactRow.__slots__}
    connection.execute(insert(wrong_facts), {**values, "kind": row.kind.value})


def get(connection: Connection, wrong_fact_id: str) -> WrongFactRow:
    """Give one.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(select(wrong_facts).where(is_row(wrong_facts, wrong_fact_id))).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    return _row(row)


def find_standing(connection: Connection, kind: WrongKind, subject_id: str) -> WrongFactRow | None:
    """Give the one of this kind about this subject that stands; None when there is none."""
    wanted = select(wrong_facts).where(
        wrong_facts.c.kind == kind.value,
        wrong_facts.c.subject_id == subject_id,
        wrong_facts.c.withdrawn_at.is_(None),
    )
    row = connection.execute(wanted.limit(1)).one_or_none()
    return _row(row) if row else None


def withdraw(connection: Connection, wrong_fact_id: str, *, at: datetime, by: str, reason: str) -> bool:
    """Say that it was not wrong after all; False when that was said already.

    Args:
        connection: An open write transaction.
        wrong_fact_id: Which.
        at: When. Aware, UTC.
        by: Who says so.
        reason: Why.
    """
    standing = update(wrong_facts).where(is_row(wrong_facts, wrong_fact_id)).where(wrong_facts.c.withdrawn_at.is_(None))
    values = {"withdrawn_at": at, "withdrawn_by": by, "withdrawn_reason": reason}
    return connection.execute(standing.values(values)).rowcount == 1


def page(
    connection: Connection, producer_id: str | None, *, limit: int, after: str | None = None
) -> list[WrongFactRow]:
    """Give those of a producer, or those of the clock, withdrawn ones too, the first recorded first.

    Args:
        connection: Any connection.
        producer_id: Whose; None for the clock.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    asked = select(wrong_facts).where(wrong_facts.c.producer_id == producer_id)
    turned = page_of(asked, wrong_facts, wrong_facts.c.recorded_at, limit, after)
    return [_row(row) for row in connection.execute(turned)]


def subjects(kind: WrongKind) -> Select[Any]:
    """Give the query for the subjects of a kind that stand as found wrong, for another to leave them out."""
    of = wrong_facts.c
    return select(of.subject_id).where(of.kind == kind.value, of.withdrawn_at.is_(None), of.subject_id.is_not(None))


def found_wrong(connection: Connection, kind: WrongKind) -> frozenset[str]:
    """Give the subjects of a kind that stand as found wrong; there are few."""
    return frozenset(connection.execute(subjects(kind)).scalars())


def about(
    connection: Connection, *, producer_id: str, release_id: str, person_id: str, rows: Sequence[GrantRow]
) -> tuple[WrongFact, ...]:
    """Give what stands as found wrong of what one person's access to a release rests on.

    Args:
        connection: Any connection.
        producer_id, release_id, person_id: Of what, and whose.
        rows: Their grants.
    """
    asked = {"producer_id": producer_id, "release_id": release_id, "person_id": person_id}
    found = [_row(row) for row in connection.execute(_ABOUT, asked)]
    mine = [one for one in found if one.person_id in (None, person_id) and one.release_id in (None, release_id)]
    return tuple(replace(one.as_fact(), grant_ids=_resting_on(one, rows)) for one in mine)


def producers_with_any(
    connection: Connection, producer_ids: Collection[str], release_ids: Collection[str], person_id: str
) -> frozenset[str]:
    """Say for which of some producers ``about`` could give anything of some releases and one person; for few, if any.

    Args:
        connection: Any connection.
        producer_ids, release_ids, person_id: Of what, and whose.
    """
    asked = {"producer_ids": sorted(producer_ids), "release_ids": sorted(release_ids), "person_id": person_id}
    return frozenset(connection.execute(_CONCERNED, asked).scalars())


def of_clock(connection: Connection) -> tuple[WrongFact, ...]:
    """Give when the clock could not be trusted, as far as that stands."""
    wanted = select(wrong_facts).where(
        wrong_facts.c.producer_id.is_(None),
        wrong_facts.c.kind == WrongKind.CLOCK.value,
        wrong_facts.c.withdrawn_at.is_(None),
    )
    in_turn = wanted.order_by(wrong_facts.c.recorded_at, wrong_facts.c.wrong_fact_id)
    return tuple(_row(row).as_fact() for row in connection.execute(in_turn))


def _resting_on(one: WrongFactRow, rows: Sequence[GrantRow]) -> frozenset[str]:
    if one.kind is WrongKind.HOLDING:
        return frozenset(row.grant.grant_id for row in rows if row.post_id == one.subject_id)
    if one.kind is WrongKind.DEPUTY:
        return frozenset(row.grant.grant_id for row in rows if row.grant.grant_class is GrantClass.DEPUTY)
    return frozenset()


def _row(row: Row[Any]) -> WrongFactRow:
    values = {name: getattr(row, name) for name in WrongFactRow.__slots__}
    return WrongFactRow(**{**values, "kind": WrongKind(row.kind)})
