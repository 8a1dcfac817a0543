"""The annual lists of statistics as they were published, and what belongs on the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, insert, or_, select

from app.answers import asked_once
from app.database import Instant
from app.plain import plain
from app.records.eligibility import was_approved
from app.records.rows import is_row, one_row
from app.records.tables import (
    annual_lists,
    grants,
    lists,
    openings,
    organisations,
    producers,
    release_moves,
    releases,
    series,
)
from app.rules.annual import AccessGiven
from app.rules.annual_due import Period
from app.rules.facts import Order, ReleaseState, london_date
from app.rules.workingdays import start_of

_FIRST_FEW = 20


@dataclass(frozen=True, slots=True)
class AnnualListRow:
    """An annual list as it was published.

    Attributes:
        from_on, to_on: First and last London day it covers.
        rows: Canonical JSON.
        published_at: Aware, UTC.
    """

    annual_list_id: str
    producer_id: str
    producer_name: str
    order: Order
    from_on: date
    to_on: date
    sha256: str
    rows: str
    published_at: datetime
    by_person_id: str

    @property
    def period(self) -> Period:
        """What the rules know of it."""
        return Period(self.from_on, self.to_on, london_date(self.published_at))


def add(connection: Connection, row: AnnualListRow) -> None:
    """Keep an annual list as it is published."""
    connection.execute(
        insert(annual_lists).values(
            annual_list_id=row.annual_list_id,
            producer_id=row.producer_id,
            from_on=row.from_on,
            to_on=row.to_on,
            governing_order=row.order.value,
            sha256=row.sha256,
            rows=row.rows,
            published_at=row.published_at,
            by_person_id=row.by_person_id,
        )
    )


def get(connection: Connection, annual_list_id: str) -> AnnualListRow:
    """Give an annual list as it was published.

    Raises:
        NotFound: There is none with this id.
    """
    return _row(one_row(connection, _published().where(is_row(annual_lists, annual_list_id))))


def of_producer(connection: Connection, producer_id: str, order: Order | None = None) -> tuple[AnnualListRow, ...]:
    """Give every annual list that a producer published, the newest first.

    Args:
        connection: Any connection.
        producer_id: Whose.
        order: Those under one Order alone; None for all.
    """
    asked = _published().where(annual_lists.c.producer_id == producer_id)
    if order is not None:
        asked = asked.where(annual_lists.c.governing_order == order.value)
    in_turn = asked.order_by(annual_lists.c.published_at.desc(), annual_lists.c.annual_list_id)
    return tuple(_row(row) for row in connection.execute(in_turn))


def periods_of(connection: Connection, producer_id: str, order: Order) -> list[Period]:
    """Give what the rules know of every annual list that a producer published under an Order, and no rows of it."""
    of = annual_lists.c
    theirs = (of.producer_id == producer_id, of.governing_order == order.value)
    found = connection.execute(select(of.from_on, of.to_on, of.published_at).where(*theirs))
    return [Period(row.from_on, row.to_on, london_date(row.published_at)) for row in found]


@asked_once
def orders_of(connection: Connection, producer_id: str) -> tuple[Order, ...]:
    """Give the Orders under which a producer has releases, rehearsals apart."""
    asked = select(releases.c.governing_order).distinct()
    real = releases.c.rehearsal.is_(False)
    found = connection.execute(asked.where(releases.c.producer_id == producer_id, real)).scalars()
    return tuple(sorted((Order(one) for one in found), key=list(Order).index))


def producers_with_access(connection: Connection) -> tuple[str, ...]:
    """Give the ids of the producers that ever granted access to a release that was published or cancelled."""
    over = releases.c.state.in_([ReleaseState.PUBLISHED.value, ReleaseState.CANCELLED.value])
    asked = select(releases.c.producer_id).where(over, releases.c.rehearsal.is_(False), _was_granted()).distinct()
    return tuple(connection.execute(asked.order_by(releases.c.producer_id)).scalars())


def access_given(connection: Connection, producer_id: str, order: Order) -> tuple[AccessGiven, ...]:
    """Give the releases of a producer to which access was granted under an Order, with the day each counts.

    One that is still to be published is not among them; of one that was cancelled, only if somebody opened it.
    """
    asked = select(
        releases.c.release_id,
        releases.c.title,
        _counts_at().label("counts_at"),
        releases.c.series_id,
        series.c.title.label("series_title"),
    ).outerjoin(series, series.c.series_id == releases.c.series_id)
    found = plain(connection.execute(_with_access(asked, producer_id, order).order_by(releases.c.release_id)))
    return tuple(
        AccessGiven(
            release_id=row.release_id,
            title=row.title,
            on=london_date(row.counts_at),
            series_id=row.series_id,
            series_title=row.series_title or "",
        )
        for row in found
    )


def days_of_access(connection: Connection, producer_id: str, order: Order) -> frozenset[date]:
    """Give the London days on which those releases count, and nothing else of them."""
    asked = _with_access(select(_counts_at().label("counts_at")), producer_id, order).distinct()
    return frozenset(london_date(at) for at in connection.execute(asked).scalars())


def first_day_of_access(connection: Connection, producer_id: str, order: Order, *, after: date | None) -> date | None:
    """Give the first of those days, or the first after another; None where there is none.

    Args:
        connection: Any connection.
        producer_id: Whose.
        order: Under which.
        after: London day; those up to it do not count. None to look at all.
    """
    # Whether access was granted is asked of the first few alone: of each release it takes the database longest.
    asked = _over(select(_counts_at().label("counts_at")), producer_id, order)
    asked = asked.add_columns(_was_granted().label("granted"))
    if after is not None:
        asked = asked.where(_counts_at() >= start_of(after + timedelta(days=1)))
    in_turn = asked.order_by(_counts_at())
    for few in (_FIRST_FEW, None):
        found = connection.execute(in_turn.limit(few)).all()
        first = next((row.counts_at for row in found if row.granted), None)
        if first is not None:
            return london_date(first)
        if few is None or len(found) < few:
            break
    return None


def _counts_at() -> ColumnElement[datetime]:
    cancelled_at = (
        select(func.max(release_moves.c.at))
        .where(release_moves.c.release_id == releases.c.release_id, release_moves.c.move == "cancel")
        .correlate(releases)
        .scalar_subquery()
    )
    return func.coalesce(releases.c.published_at, cancelled_at, type_=Instant())


def _with_access(asked: Select[Any], producer_id: str, order: Order) -> Select[Any]:
    return _over(asked, producer_id, order).where(_was_granted())


def _over(asked: Select[Any], producer_id: str, order: Order) -> Select[Any]:
    """Ask for releases that are published, or were cancelled after somebody opened them."""
    published = and_(releases.c.state == ReleaseState.PUBLISHED.value, releases.c.published_at.is_not(None))
    opened = exists().where(openings.c.release_id == releases.c.release_id)
    cancelled = and_(releases.c.state == ReleaseState.CANCELLED.value, opened)
    return asked.where(
        releases.c.producer_id == producer_id,
        releases.c.governing_order == order.value,
        releases.c.rehearsal.is_(False),
        or_(published, cancelled),
        _counts_at().is_not(None),
    )


def _was_granted() -> ColumnElement[bool]:
    granted = select(grants.c.grant_id).join(lists, lists.c.list_id == grants.c.list_id)
    return granted.where(lists.c.release_id == releases.c.release_id, was_approved()).exists()


def _published() -> Select[Any]:
    return (
        select(annual_lists, organisations.c.name.label("producer_name"))
        .join(producers, producers.c.producer_id == annual_lists.c.producer_id)
        .join(organisations, organisations.c.organisation_id == producers.c.organisation_id)
    )


def _row(row: Row[Any]) -> AnnualListRow:
    return AnnualListRow(
        annual_list_id=row.annual_list_id,
        producer_id=row.producer_id,
        producer_name=row.producer_name,
        order=Order(row.governing_order),
        from_on=row.from_on,
        to_on=row.to_on,
        sha256=row.sha256,
        rows=row.rows,
        published_at=row.published_at,
        by_person_id=row.by_person_id,
    )
