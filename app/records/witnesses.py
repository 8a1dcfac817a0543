"""How it stands with each witness of the log, and whose turn it is to ask: bookkeeping; what matters is logged too."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.records.tables import witnesses
from app.rules.witnesses import WitnessFault, WitnessPlace, WitnessWatch


def begin_watching(connection: Connection, places: Iterable[WitnessPlace], at: datetime) -> None:
    """Add the witnesses that are not known yet.

    Args:
        connection: An open write transaction.
        places: Those that are configured.
        at: From when they are watched. Aware, UTC.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for place in places:
        row = {"vkey": place.vkey, "name": place.name, "watched_from": at, "due_at": at}
        connection.execute(insert(witnesses).values(row).on_conflict_do_nothing(index_elements=["vkey"]))


def watches(connection: Connection, vkeys: Collection[str]) -> list[WitnessWatch]:
    """Give how it stands with these witnesses, by name; those never watched yet are missing.

    Args:
        connection: Any connection.
        vkeys: Their public keys.
    """
    asked = select(witnesses).where(witnesses.c.vkey.in_(sorted(vkeys))).order_by(witnesses.c.name, witnesses.c.vkey)
    return [_watch(row) for row in connection.execute(asked)]


def due(connection: Connection, vkeys: Collection[str], at: datetime, *, size: int, stale_from: datetime) -> list[str]:
    """Give the keys of witnesses that are to be asked now and that nobody has in hand.

    Args:
        connection: Any connection.
        vkeys: Of those that are configured.
        at: Now. Aware, UTC.
        size: How many entries the published checkpoint covers.
        stale_from: Whoever last answered before this is asked even where there is nothing new. Aware, UTC.
    """
    of = witnesses.c
    stale = or_(of.answered_at.is_(None), of.answered_at <= stale_from)
    asked = select(of.vkey).where(
        of.vkey.in_(sorted(vkeys)),
        of.due_at <= at,
        _free(at),
        or_(of.size != size, of.failing_since.is_not(None), stale),
    )
    return list(connection.execute(asked.order_by(of.vkey)).scalars())


def take(
    connection: Connection, vkeys: Collection[str], at: datetime, *, by: str, until: datetime
) -> list[WitnessWatch]:
    """Take the turn of asking witnesses, so that nobody else asks them.

    Args:
        connection: An open write transaction.
        vkeys: As ``due`` gave them.
        at: Now. Aware, UTC.
        by: Who asks.
        until: From when somebody else may, should whoever asks come to grief. Aware, UTC.

    Returns:
        Those that were still free.
    """
    of = witnesses.c
    free = select(of.vkey).where(of.vkey.in_(sorted(vkeys)), of.due_at <= at, _free(at)).order_by(of.vkey)
    mine = list(connection.execute(free.with_for_update(skip_locked=True)).scalars())
    connection.execute(update(witnesses).where(of.vkey.in_(mine)).values(lease_by=by, lease_until=until, asked_at=at))
    return watches(connection, mine)


def heard(
    connection: Connection,
    vkey: str,
    at: datetime,
    *,
    by: str,
    size: int,
    note: str,
    cosigned_at: datetime,
    due_at: datetime,
) -> bool:
    """Keep a good cosignature.

    Args:
        connection: An open write transaction.
        vkey: Whose.
        at: Now, by our clock. Aware, UTC.
        by: Who asked.
        size: How many entries the cosigned checkpoint covers.
        note: That checkpoint, with the log's signature and this cosignature.
        cosigned_at: By the witness's clock. Aware, UTC.
        due_at: When it is next asked. Aware, UTC.

    Returns:
        False when somebody else has its turn by now.
    """
    return _settle(
        connection, vkey, by, size=size, note=note, answered_at=at, cosigned_at=cosigned_at, due_at=due_at,
        failing_since=None, fault="", tries=0,
    )  # fmt: skip


def unheard(
    connection: Connection, watch: WitnessWatch, at: datetime, *, by: str, fault: WitnessFault, due_at: datetime
) -> bool:
    """Keep that a witness gave no cosignature, and why; when it is next asked.

    Returns:
        False when somebody else has its turn by now.
    """
    since = watch.failing_since or at
    return _settle(
        connection, watch.vkey, by, failing_since=since, fault=fault.value, tries=watch.tries + 1, due_at=due_at
    )  # fmt: skip


def fell_silent(connection: Connection, watch: WitnessWatch) -> bool:
    """Keep that people are told of a silence; False when somebody did that already, or the witness has answered since.

    Args:
        connection: An open write transaction.
        watch: How it stood with the witness when it was found silent.
    """
    of = witnesses.c
    as_seen = of.answered_at.is_not_distinct_from(watch.answered_at)
    mine = update(witnesses).where(of.vkey == watch.vkey, of.silent_since.is_(None), as_seen)
    return connection.execute(mine.values(silent_since=watch.heard_at)).rowcount == 1


def came_back(connection: Connection, vkey: str) -> bool:
    """Keep that people are told of a return; False when it was not silent.

    Args:
        connection: An open write transaction.
        vkey: Whose.
    """
    mine = update(witnesses).where(witnesses.c.vkey == vkey, witnesses.c.silent_since.is_not(None))
    return connection.execute(mine.values(silent_since=None)).rowcount == 1


def cosigned_notes(connection: Connection, vkeys: Collection[str]) -> list[tuple[int, str]]:
    """Give size and note of the newest checkpoint that each of these witnesses cosigned, the largest first.

    Args:
        connection: Any connection.
        vkeys: Their public keys.
    """
    of = witnesses.c
    asked = select(of.size, of.note).where(of.vkey.in_(sorted(vkeys)), of.note != "").order_by(of.size.desc(), of.vkey)
    return [(row.size, row.note) for row in connection.execute(asked)]


def _free(at: datetime) -> Any:
    return or_(witnesses.c.lease_until.is_(None), witnesses.c.lease_until <= at)


def _settle(connection: Connection, vkey: str, by: str, **columns: Any) -> bool:
    mine = update(witnesses).where(witnesses.c.vkey == vkey, witnesses.c.lease_by == by)
    return connection.execute(mine.values(lease_by=None, lease_until=None, **columns)).rowcount == 1


def _watch(row: Any) -> WitnessWatch:
    return WitnessWatch(
        name=row.name,
        vkey=row.vkey,
        size=row.size,
        watched_from=row.watched_from,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        cosigned_at=row.cosigned_at,
        failing_since=row.failing_since,
        silent_since=row.silent_since,
        fault=WitnessFault(row.fault) if row.fault else None,
        tries=row.tries,
    )
