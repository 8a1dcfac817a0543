"""What a producer adds to the words of the undertaking, for each Order; every version kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from app.plain import plain
from app.records.rows import add_row
from app.records.tables import producer_words, producers, releases, series
from app.rules.facts import Order
from app.rules.undertakings.basis import ProducerWords

# Built once: putting a statement together costs several times what running it does.
_NEWEST = (
    select(producer_words.c.words_id)
    .where(
        producer_words.c.producer_id == releases.c.producer_id,
        producer_words.c.governing_order == releases.c.governing_order,
    )
    .order_by(producer_words.c.version.desc())
    .limit(1)
    .correlate(releases)
    .scalar_subquery()
)
_ASKED = (
    select(
        releases.c.release_id,
        producers.c.contact,
        producers.c.declaration_days,
        producers.c.warning,
        series.c.title,
        producer_words.c.version,
        producer_words.c.words,
    )
    .select_from(releases)
    .join(producers, producers.c.producer_id == releases.c.producer_id)
    .join(series, series.c.series_id == releases.c.series_id, isouter=True)
    .join(producer_words, producer_words.c.words_id == _NEWEST, isouter=True)
)
_OF_RELEASE = _ASKED.where(releases.c.release_id == bindparam("release_id"))
_OF_RELEASES = _ASKED.where(releases.c.release_id.in_(bindparam("release_ids", expanding=True)))
_MANY = 500  # how many ids one query names; SQLite takes a limited number


@dataclass(frozen=True, slots=True)
class Asking:
    """What a producer asks to be signed for one release, beside what its Order says.

    Attributes:
        words: The newest for the release's Order; the producer's warning, as version 0, while it has given none.
        contact: Where the producer is told of an accident.
        days: For how many days a declaration counts.
        series_title: Of the release's series; empty where it belongs to none.
        warning: The words shown beside every document.
    """

    words: ProducerWords
    contact: str
    days: int
    series_title: str
    warning: str


@dataclass(frozen=True, slots=True)
class WordsRow:
    """One version of a producer's words for one Order.

    Attributes:
        from_at: Since when it is asked for. Aware, UTC.
    """

    words_id: str
    producer_id: str
    order: Order
    words: ProducerWords
    from_at: datetime
    made_by: str


def asked_for(connection: Connection, release_id: str) -> Asking:
    """Give what the producer of a release asks to be signed today; the caller knows that there is such a release."""
    return _asking(connection.execute(_OF_RELEASE, {"release_id": release_id}).one())


def asked_for_each(connection: Connection, release_ids: Iterable[str]) -> dict[str, Asking]:
    """Give the same for some releases, by release id.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    wanted = sorted(release_ids)
    found: dict[str, Asking] = {}
    for place in range(0, len(wanted), _MANY):
        some = connection.execute(_OF_RELEASES, {"release_ids": wanted[place : place + _MANY]})
        found.update({row.release_id: _asking(row) for row in plain(some)})
    return found


def _asking(row: Row[*tuple[Any, ...]]) -> Asking:
    given = row.version is not None
    words = ProducerWords(row.version, row.words) if given else ProducerWords(0, row.warning)
    return Asking(words, row.contact, row.declaration_days, row.title or "", row.warning)


def newest(connection: Connection, producer_id: str, order: Order) -> WordsRow | None:
    """Give the newest version of a producer's words for an Order; None while there is only the warning."""
    mine = select(producer_words).where(
        producer_words.c.producer_id == producer_id, producer_words.c.governing_order == order.value
    )
    row = connection.execute(mine.order_by(producer_words.c.version.desc()).limit(1)).one_or_none()
    return _row(row) if row else None


def of_producer(connection: Connection, producer_id: str) -> tuple[WordsRow, ...]:
    """Give every version of a producer's words, by Order, the newest first."""
    mine = select(producer_words).where(producer_words.c.producer_id == producer_id)
    ordered = mine.order_by(producer_words.c.governing_order, producer_words.c.version.desc())
    return tuple(_row(row) for row in plain(connection.execute(ordered)))


def add(connection: Connection, row: WordsRow) -> None:
    """Add a version.

    Raises:
        Conflict: Somebody was first with this version.
    """
    add_row(
        connection,
        producer_words,
        "newer version of these words",
        words_id=row.words_id,
        producer_id=row.producer_id,
        governing_order=row.order.value,
        version=row.words.version,
        words=row.words.text,
        from_at=row.from_at,
        made_by=row.made_by,
    )


def _row(row: Row[*tuple[Any, ...]]) -> WordsRow:
    return WordsRow(
        words_id=row.words_id,
        producer_id=row.producer_id,
        order=Order(row.governing_order),
        words=ProducerWords(row.version, row.words),
        from_at=row.from_at,
        made_by=row.made_by,
    )
