"""Releases, and what was opened of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Select, and_, bindparam, insert, select, update

from app.answers import answer, answered, asked_once
from app.plain import plain
from app.records.closed_days import left_out_for
from app.records.eligibility import person_named_on
from app.records.related import OVER, in_turn, related_to
from app.records.tables import organisations, producers, releases
from app.rules.errors import NOTHING_THERE, Conflict, NotFound
from app.rules.facts import Order, Producer, Release, ReleaseState, Role, Sensitivity, london_date

# Built once: putting a statement together costs several times what running it does.
_ORGANISATION = select(producers.c.organisation_id).where(producers.c.producer_id == bindparam("producer_id"))


class Asker(Protocol):
    """What must be known of whoever asks, to say whether they are related to a release."""

    @property
    def person_id(self) -> str | None:
        """The person, or None for a program."""

    def has(self, organisation_id: str | None, *wanted: Role) -> bool:
        """Say whether they have one of these roles in this organisation, or in the whole service."""


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release with what only those who run it need.

    Attributes:
        organisation_id: The producer's organisation, in which roles are held.
        contact: Where the producer can be asked.
        revision: Counts the changes; what an ETag says.
    """

    release: Release
    organisation_id: str
    contact: str
    lead_official_id: str | None
    time_exemption: str
    prepared_by: str
    added_at: datetime
    revision: int


def get(connection: Connection, release_id: str) -> Release:
    """Give a release.

    Raises:
        NotFound: There is none.
    """
    return get_row(connection, release_id).release


@asked_once
def get_row(connection: Connection, release_id: str) -> ReleaseRow:
    """Give a release with its revision, lead official and the producer's organisation.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(_by_id(), {"release_id": release_id}).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    return _with_closed_days(connection, [row])[0]


def get_rows(connection: Connection, release_ids: Collection[str]) -> dict[str, ReleaseRow]:
    """Give some releases by release id, in one look.

    Args:
        connection: Any connection.
        release_ids: At most a few hundred; one that is not there is left out.
    """
    known = answered(connection, get_row, release_ids)
    if further := sorted(set(release_ids) - known.keys()):
        found = connection.execute(_by_id(several=True), {"release_ids": further}).all()
        known |= {row.release.release_id: row for row in _with_closed_days(connection, found)}
    return known


def keep(connection: Connection, release_id: str) -> None:
    """Let nobody else decide on the lists, the documents and the freeze of this release until this transaction is over.

    Called first; whatever is read after it is what every decision that came before has left.

    Args:
        connection: An open write transaction. SQLite has only one at a time, so there it does nothing.
        release_id: The release; it need not exist.
    """
    kept = select(releases.c.release_id).where(releases.c.release_id == bindparam("release_id"))
    kept = kept.with_for_update(key_share=True)  # rows that only point here may be added meanwhile
    connection.execute(kept, {"release_id": release_id})


def keep_with_others(connection: Connection, release_id: str) -> None:
    """Wait for whoever decides on this release, and let nobody begin to until this transaction is over.

    Openings call it: any number of them go on side by side, and none beside a decision that takes access away.

    Args:
        connection: An open write transaction. SQLite has only one at a time, so there it does nothing.
        release_id: The release; it need not exist.
    """
    kept = select(releases.c.release_id).where(releases.c.release_id == bindparam("release_id"))
    connection.execute(kept.with_for_update(read=True), {"release_id": release_id})


def get_related(connection: Connection, actor: Asker, release_id: str) -> ReleaseRow:
    """Give a release to somebody who may know that it exists.

    Args:
        connection: Any connection.
        actor: Who asks, as the records say now.
        release_id: The release asked for.

    Raises:
        NotFound: There is none, or none that they may know of; the two are never told apart.
    """
    row = get_row(connection, release_id)
    if not related(connection, actor, row.release):
        raise NotFound(NOTHING_THERE)
    return row


def related(connection: Connection, actor: Asker, release: Release) -> bool:
    """Say whether somebody may know that a release exists.

    They may with a role in the producer's organisation or in the whole service, or when named on a version of the
    release's list that is or was in force.

    Args:
        connection: Any connection.
        actor: Who asks, as the records say now.
        release: The release asked about.
    """
    if actor.has(_organisation_of(connection, release.producer.producer_id), *Role):
        return True
    return actor.person_id is not None and person_named_on(connection, release.release_id, actor.person_id)


@asked_once
def _organisation_of(connection: Connection, producer_id: str) -> str:
    return str(connection.execute(_ORGANISATION, {"producer_id": producer_id}).scalar_one())


def page(
    connection: Connection,
    *,
    person_id: str | None,
    organisation_ids: frozenset[str] | None,
    due_from: datetime | None = None,
    due_to: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
    only: Collection[str] | None = None,
    over: bool | None = None,
    latest_first: bool = False,
) -> tuple[ReleaseRow, ...]:
    """Give the releases somebody is related to, by time set and then id.

    Args:
        connection: Any connection.
        person_id: Whose lists count, or None for a program.
        organisation_ids: Organisations in which a role is held; None means every one.
        due_from: First instant of ``publishes_at`` wanted. Aware.
        due_to: Last instant wanted, included. Aware.
        after: Time set and id of the last release already given.
        limit: How many at most.
        only: Ids of those wanted, at most a few hundred; None leaves it open.
        over: Whether they are published or cancelled; None leaves it open.
        latest_first: The other way round; ``after`` is meant so too.
    """
    asked: dict[str, Any] = {"due_from": due_from, "due_to": due_to, "only": None if only is None else sorted(only)}
    asked |= dict(zip(("after_at", "after_id"), after or (None, None), strict=True))
    asked = {name: value for name, value in asked.items() if value is not None}
    wanted = _page(frozenset(asked), over, latest_first=latest_first, whoever_asks=organisation_ids is None)
    if organisation_ids is not None:
        asked |= related_to(person_id, organisation_ids)
    return _with_closed_days(connection, connection.execute(wanted, {**asked, "most": limit}).all())


def awaited(
    connection: Connection, *, orders: Collection[Order], producer_id: str | None = None
) -> tuple[Release, ...]:
    """Give the releases that are neither published nor cancelled, under some Orders, by the time set.

    Args:
        connection: Any connection.
        orders: The governing Orders wanted.
        producer_id: Of one producer only.
    """
    wanted = _rows().where(
        releases.c.governing_order.in_([order.value for order in orders]), releases.c.state.not_in(OVER)
    )
    if producer_id is not None:
        wanted = wanted.where(releases.c.producer_id == producer_id)
    rows = connection.execute(wanted.order_by(releases.c.publishes_at, releases.c.release_id)).all()
    return tuple(row.release for row in _with_closed_days(connection, rows))


def add(
    connection: Connection,
    release: Release,
    *,
    lead_official_id: str | None,
    time_exemption: str,
    prepared_by: str,
    added_at: datetime,
) -> None:
    """Add a release at revision 1.

    Args:
        connection: An open write transaction.
        release: The release; its producer and series exist.
        lead_official_id: Who answers for it, if named yet.
        time_exemption: The recorded exemption from the standard time, or nothing.
        prepared_by: Who registers it.
        added_at: When. Aware.
    """
    connection.execute(
        insert(releases),
        {
            "release_id": release.release_id,
            "producer_id": release.producer.producer_id,
            "series_id": release.series_id,
            "title": release.title,
            "governing_order": release.order.value,
            "sensitivity": release.sensitivity.value,
            "also_market_sensitive": release.also_market_sensitive,
            "state": release.state.value,
            "publishes_at": release.publishes_at,
            "published_at": release.published_at,
            "public_url": release.public_url,
            "time_exemption": time_exemption,
            "lead_official_id": lead_official_id,
            "rehearsal": release.rehearsal,
            "prepared_by": prepared_by,
            "added_at": added_at,
            "revision": 1,
        },
    )


def change(connection: Connection, release: Release, *, revision: int, time_exemption: str | None = None) -> None:
    """Store a release's new state and instants, if nobody changed it meanwhile.

    Args:
        connection: An open write transaction.
        release: The release as it shall be; only state, ``publishes_at`` and ``published_at`` are stored.
        revision: The revision that was read.
        time_exemption: The new exemption text; None leaves it.

    Raises:
        Conflict: Somebody was first.
    """
    values: dict[str, Any] = {
        "state": release.state.value,
        "publishes_at": release.publishes_at,
        "published_at": release.published_at,
        "revision": revision + 1,
    }
    if time_exemption is not None:
        values["time_exemption"] = time_exemption
    same = and_(releases.c.release_id == release.release_id, releases.c.revision == revision)
    if connection.execute(update(releases).where(same).values(values)).rowcount != 1:
        raise Conflict("Somebody changed this release since you read it. Read it again, then repeat your change.")


@cache
def _by_id(*, several: bool = False) -> Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs several times what running it does."""
    of = releases.c.release_id
    return _rows().where(of.in_(bindparam("release_ids", expanding=True)) if several else of == bindparam("release_id"))


@cache
def _page(
    narrowed_by: frozenset[str], over: bool | None, *, latest_first: bool, whoever_asks: bool
) -> Select[*tuple[Any, ...]]:
    """As above, for each way in which it is asked."""
    return in_turn(_rows(), narrowed_by, over, latest_first=latest_first, whoever_asks=whoever_asks)


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            releases,
            producers.c.organisation_id,
            producers.c.declaration_for_all,
            producers.c.training_days,
            producers.c.contact,
            organisations.c.name.label("producer_name"),
        )
        .join(producers, producers.c.producer_id == releases.c.producer_id)
        .join(organisations, organisations.c.organisation_id == producers.c.organisation_id)
    )


def _with_closed_days(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[ReleaseRow, ...]:
    """Fill in the days that each governing Order leaves out of a count; no query for Orders that leave out none."""
    found = plain(rows)
    keys = [(Order(row.governing_order), row.producer_id, london_date(row.publishes_at)) for row in found]
    left_out = left_out_for(connection, keys)
    made = tuple(_row(row, left_out.get(key, frozenset())) for row, key in zip(found, keys, strict=True))
    answer(connection, get_row, {row.release.release_id: row for row in made})
    return made


def _row(row: Any, closed_on: frozenset[date]) -> ReleaseRow:
    release = Release(
        release_id=row.release_id,
        producer=Producer(row.producer_id, row.producer_name, row.declaration_for_all, row.training_days),
        title=row.title,
        order=Order(row.governing_order),
        sensitivity=Sensitivity(row.sensitivity),
        state=ReleaseState(row.state),
        publishes_at=row.publishes_at,
        published_at=row.published_at,
        public_url=row.public_url,
        series_id=row.series_id,
        rehearsal=row.rehearsal,
        list_frozen_at=row.list_frozen_at,
        closed_on=closed_on,
        also_market_sensitive=row.also_market_sensitive,
    )
    return ReleaseRow(
        release=release,
        organisation_id=row.organisation_id,
        contact=row.contact,
        lead_official_id=row.lead_official_id,
        time_exemption=row.time_exemption,
        prepared_by=row.prepared_by,
        added_at=row.added_at,
        revision=row.revision,
    )
