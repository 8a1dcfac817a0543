"""What an Order asks of a producer because of a grant: to inform the Statistics Board, or to publish."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.records.rows import is_row, one_row, page_of
from app.records.tables import duties, grants, openings, releases
from app.rules.canonical import canonical_json, sha256_hex


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One thing owed to the Board or to the public.

    Attributes:
        kind: What is owed, e.g. ``notify_board`` or ``publish_increase``.
        source: The clause that asks for it.
        particulars: What the clause says must be told, by name.
        raised_at: When it arose in these words: with the grant, or with what changed them. Aware UTC.
        done_at: When it was done; None while it is owed. Aware UTC.
        done_note: How it was done.
        first_opened_at: When the person first opened a document of the release; None while they have not. Aware UTC.
    """

    duty_id: str
    producer_id: str
    release_id: str | None
    release_title: str | None
    grant_id: str | None
    kind: str
    source: str
    particulars: dict[str, Any]
    raised_at: datetime
    done_at: datetime | None
    done_by: str | None
    done_note: str
    first_opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownDuty:
    """What is on record of a duty, with whose grant it is: to be compared with what is owed now.

    Attributes:
        reason_key: Its cause.
        is_done: It is owed no longer.
    """

    duty_id: str
    kind: str
    source: str
    person_id: str | None
    reason_key: str
    particulars: dict[str, Any]
    is_done: bool


@dataclass(frozen=True, slots=True)
class OwedDuty:
    """What is owed still, as a list names it.

    Attributes:
        kind: What is owed, e.g. ``notify_board``.
        source: The clause that asks for it.
    """

    duty_id: str
    kind: str
    source: str
    release_id: str | None
    release_title: str | None


def add(
    connection: Connection,
    *,
    producer_id: str,
    release_id: str | None,
    grant_id: str | None,
    kind: str,
    reason_key: str,
    source: str,
    particulars: dict[str, Any],
    at: datetime,
) -> str | None:
    """Put on record that something is owed, once for one cause.

    Args:
        release_id: None where it is owed for no one release.
        grant_id: None where it is owed for no one grant.
        kind: What is owed, e.g. ``notify_board``.
        reason_key: The cause; a second duty for it is not added.
        source: The clause that asks for it.
        particulars: What the clause says must be told; JSON-ready, integers and no floats.
        at: Now. Aware, UTC.

    Returns:
        The new id, made from the cause; None when there is a duty for this cause already.
    """
    # Both spellings are the same SQL; a failed plain insert would end a PostgreSQL transaction.
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    owed = insert(duties).values(
        duty_id=f"dut_{sha256_hex(reason_key.encode())[:24]}",
        producer_id=producer_id,
        release_id=release_id,
        grant_id=grant_id,
        kind=kind,
        reason_key=reason_key,
        source=source,
        particulars=canonical_json(particulars).decode(),
        raised_at=at,
    )
    added = connection.execute(
        owed.on_conflict_do_nothing(index_elements=["reason_key"]).returning(duties.c.duty_id)
    ).one_or_none()
    return None if added is None else str(added.duty_id)


def get(connection: Connection, duty_id: str) -> DutyRow:
    """Give a duty, done or not.

    Raises:
        NotFound: There is none with this id.
    """
    return _duty(one_row(connection, _duties().where(is_row(duties, duty_id))))


def page(
    connection: Connection, producer_id: str, *, is_done: bool | None, limit: int, after: str | None = None
) -> list[DutyRow]:
    """Give what a producer owes or owed, the first raised first.

    Args:
        is_done: Only what is done, or only what is owed still; None for both.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    asked = page_of(_duties(), duties, duties.c.raised_at, limit, after).where(duties.c.producer_id == producer_id)
    if is_done is not None:
        asked = asked.where(duties.c.done_at.is_not(None) if is_done else duties.c.done_at.is_(None))
    return [_duty(row) for row in connection.execute(asked)]


def owed_by(connection: Connection, producer_id: str, *, limit: int, after: str | None = None) -> list[OwedDuty]:
    """Give what a producer still owes, the first raised first, and of each no more than names it.

    Args:
        connection: Any connection.
        producer_id: Whose.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    # Which they are is settled before their releases are looked up: all that is owed can be ten thousand.
    keys = (duties.c.duty_id, duties.c.kind, duties.c.source, duties.c.release_id, duties.c.raised_at)
    asked = page_of(select(*keys), duties, duties.c.raised_at, limit, after)
    owed = asked.where(duties.c.producer_id == producer_id, duties.c.done_at.is_(None)).subquery("owed")
    named = select(owed.c.duty_id, owed.c.kind, owed.c.source, owed.c.release_id, releases.c.title)
    joined = named.select_from(owed.join(releases, releases.c.release_id == owed.c.release_id, isouter=True))
    return [OwedDuty(*row) for row in connection.execute(joined.order_by(owed.c.raised_at, owed.c.duty_id))]


def change(
    connection: Connection, duty_id: str, *, grant_id: str, reason_key: str, particulars: dict[str, Any], at: datetime
) -> bool:
    """Put what must be told as it stands now in place of what was to be told; False when it was done meanwhile.

    Args:
        grant_id: The grant as it stands now.
        reason_key: The cause as it stands now; there must be no duty for it yet.
        particulars: What the clause says must be told; JSON-ready, integers and no floats.
        at: Now: in these words it is owed from here on. Aware, UTC.
    """
    owed = update(duties).where(is_row(duties, duty_id), duties.c.done_at.is_(None))
    values = {
        "grant_id": grant_id,
        "reason_key": reason_key,
        "particulars": canonical_json(particulars).decode(),
        "raised_at": at,
    }
    return connection.execute(owed.values(values)).rowcount == 1


def of_release(connection: Connection, release_id: str) -> list[KnownDuty]:
    """Give what is or was owed because of the grants of one release, the first raised first."""
    asked = (
        select(duties, grants.c.person_id)
        .select_from(duties.join(grants, grants.c.grant_id == duties.c.grant_id))
        .where(duties.c.release_id == release_id)
        .order_by(duties.c.raised_at, duties.c.duty_id)
    )
    return [
        KnownDuty(
            row.duty_id,
            row.kind,
            row.source,
            row.person_id,
            row.reason_key,
            json.loads(row.particulars),
            row.done_at is not None,
        )
        for row in connection.execute(asked)
    ]


def settle(connection: Connection, duty_id: str, *, at: datetime, done_by: str, note: str) -> bool:
    """Put on record that what was owed is done; False when it was already.

    Args:
        at: When it was done. Aware, UTC.
        done_by: Id of whoever says so.
        note: How it was done.

    Returns:
        Whether it was owed until now.
    """
    owed = update(duties).where(is_row(duties, duty_id), duties.c.done_at.is_(None))
    return connection.execute(owed.values(done_at=at, done_by=done_by, done_note=note)).rowcount == 1


def _duties() -> Select[Any]:
    opened = (
        select(func.min(openings.c.opened_at))
        .join(grants, grants.c.person_id == openings.c.person_id)
        .where(grants.c.grant_id == duties.c.grant_id, openings.c.release_id == duties.c.release_id)
        .correlate(duties)
        .scalar_subquery()
    )
    asked = select(duties, releases.c.title.label("release_title"), opened.label("first_opened_at"))
    return asked.select_from(duties.join(releases, releases.c.release_id == duties.c.release_id, isouter=True))


def _duty(row: Row[Any]) -> DutyRow:
    return DutyRow(
        duty_id=row.duty_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        release_title=row.release_title,
        grant_id=row.grant_id,
        kind=row.kind,
        source=row.source,
        particulars=json.loads(row.particulars),
        raised_at=row.raised_at,
        done_at=row.done_at,
        done_by=row.done_by,
        done_note=row.done_note,
        first_opened_at=row.first_opened_at,
    )
