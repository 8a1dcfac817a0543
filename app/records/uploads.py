"""Uploads in parts: what is on its way, the parts that were kept, and whose turn it is to add to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, or_, select, update

from app.records.rows import is_row, one_row
from app.records.tables import producers, releases, upload_parts, upload_turns, uploads
from app.rules.uploads import PartCard, Unfinished, UploadState


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One upload.

    Attributes:
        begun_by: The person or program that began it, and alone may go on with it.
        plain_bytes: Length of the document, as announced.
        sha256: Of the document, as announced; None where it was not.
        kept_bytes: How much of it is durable and on record.
        parts: In how many parts.
        document_id: What it became, once complete.
        problem: Why it was refused: code and detail as JSON.
        expires_at: From when it is gone, finished or not. Aware, UTC.
        held_until: Until when somebody is at it, unless they say so again; None when nobody is.
        completing: What they are at is making the document of its parts.
    """

    upload_id: str
    release_id: str
    begun_by: str
    file_name: str
    media_type: str
    plain_bytes: int
    sha256: str | None
    replaces_id: str | None
    note: str
    begun_at: datetime
    expires_at: datetime
    state: UploadState = UploadState.RECEIVING
    kept_bytes: int = 0
    parts: int = 0
    document_id: str | None = None
    problem: str | None = None
    ended_at: datetime | None = None
    held_until: datetime | None = None
    completing: bool = False


def add(connection: Connection, row: UploadRow) -> None:
    """Add an upload that begins, with nobody's turn yet."""
    connection.execute(
        insert(uploads),
        {
            "upload_id": row.upload_id,
            "release_id": row.release_id,
            "begun_by": row.begun_by,
            "file_name": row.file_name,
            "media_type": row.media_type,
            "plain_bytes": row.plain_bytes,
            "sha256": row.sha256,
            "replaces_id": row.replaces_id,
            "note": row.note,
            "state": row.state.value,
            "kept_bytes": row.kept_bytes,
            "parts": row.parts,
            "begun_at": row.begun_at,
            "expires_at": row.expires_at,
        },
    )
    connection.execute(insert(upload_turns), {"upload_id": row.upload_id, "completing": False})


def keep(connection: Connection, upload_id: str) -> None:
    """Let nobody else take, renew or give up the turn of an upload until this transaction is over; it need not exist.

    Args:
        connection: An open write transaction. SQLite has only one at a time, so there it does nothing.
        upload_id: The upload.
    """
    connection.execute(
        select(upload_turns.c.upload_id).where(is_row(upload_turns, upload_id)).with_for_update(key_share=True)
    )


def get(connection: Connection, upload_id: str) -> UploadRow:
    """Give an upload.

    Raises:
        NotFound: There is none.
    """
    return _row(one_row(connection, _asked().where(uploads.c.upload_id == upload_id)))


def of_person(connection: Connection, begun_by: str, at: datetime) -> tuple[UploadRow, ...]:
    """Give the uploads of one person or program that are not gone, in the order in which they were begun."""
    asked = _asked().where(uploads.c.begun_by == begun_by, uploads.c.expires_at > at)
    return tuple(_row(row) for row in connection.execute(asked.order_by(uploads.c.begun_at, uploads.c.upload_id)))


def unfinished(connection: Connection, producer_id: str) -> tuple[Unfinished, ...]:
    """Give the uploads of a producer that have not ended; nobody begins another until this transaction is over."""
    kept = select(producers.c.producer_id).where(producers.c.producer_id == producer_id)
    connection.execute(kept.with_for_update(key_share=True))
    asked = (
        select(uploads.c.begun_by, uploads.c.plain_bytes)
        .join(releases, releases.c.release_id == uploads.c.release_id)
        .where(releases.c.producer_id == producer_id, uploads.c.state == UploadState.RECEIVING.value)
    )
    return tuple(Unfinished(*row) for row in connection.execute(asked))


# -- whose turn it is -------------------------------------------------------------------------------------------------


def take_turn(connection: Connection, upload_id: str, *, by: str, at: datetime, until: datetime) -> bool:
    """Take the turn to add to an upload, unless somebody has it.

    Args:
        by: Who takes it; different each time.
        at: Now, by the clock that all of us share. Aware, UTC.
        until: From when somebody else may take it, unless it is renewed. Aware, UTC.

    Returns:
        False when somebody else has it.
    """
    free = or_(upload_turns.c.held_by.is_(None), upload_turns.c.held_until <= at)
    taken = update(upload_turns).where(is_row(upload_turns, upload_id), free)
    return connection.execute(taken.values(held_by=by, held_until=until, completing=False)).rowcount == 1


def renew_turn(
    connection: Connection, upload_id: str, *, by: str, until: datetime, completing: bool | None = None
) -> bool:
    """Go on having the turn; it lasts at least until this transaction is over.

    Args:
        completing: What it is used for from now on; None for the same as before.

    Returns:
        False when it is not ours any more; then nothing must follow from it.
    """
    columns: dict[str, Any] = {"held_until": until}
    if completing is not None:
        columns["completing"] = completing
    return connection.execute(update(upload_turns).where(_held(upload_id, by)).values(**columns)).rowcount == 1


def give_up_turn(connection: Connection, upload_id: str, *, by: str) -> None:
    """Let somebody else have the turn, if it is ours."""
    given_up = update(upload_turns).where(_held(upload_id, by))
    connection.execute(given_up.values(held_by=None, held_until=None, completing=False))


def is_any_turn_held(connection: Connection) -> bool:
    """Say whether anybody has the turn at any upload, or had it when they came to grief."""
    held = select(upload_turns.c.upload_id).where(upload_turns.c.held_by.is_not(None))
    return connection.execute(held.limit(1)).first() is not None


def give_up_every_turn(connection: Connection) -> None:
    """Let whoever comes have every turn: those who had one are known to be gone."""
    connection.execute(update(upload_turns).values(held_by=None, held_until=None, completing=False))


# -- its parts --------------------------------------------------------------------------------------------------------


def add_part(connection: Connection, row: UploadRow, card: PartCard, *, at: datetime, expires_at: datetime) -> None:
    """Add a part behind those that were kept before.

    Args:
        row: The upload, as it was read by whoever has the turn.
        card: What lies on the shelf.
        at: Now. Aware, UTC.
        expires_at: Until when the next part may come. Aware, UTC.
    """
    connection.execute(
        insert(upload_parts),
        {
            "part_id": card.part_id,
            "upload_id": row.upload_id,
            "number": row.parts + 1,
            "plain_bytes": card.plain_bytes,
            "object_name": card.object_name,
            "wrapped_identity": card.wrapped_identity,
            "kept_at": at,
        },
    )
    longer = {"kept_bytes": row.kept_bytes + card.plain_bytes, "parts": row.parts + 1, "expires_at": expires_at}
    connection.execute(update(uploads).where(is_row(uploads, row.upload_id)).values(**longer))


def parts_of(connection: Connection, upload_id: str) -> tuple[PartCard, ...]:
    """Give the parts of an upload, in the order of their bytes."""
    asked = select(upload_parts).where(upload_parts.c.upload_id == upload_id).order_by(upload_parts.c.number)
    return tuple(
        PartCard(row.part_id, row.object_name, row.plain_bytes, bytes(row.wrapped_identity))
        for row in connection.execute(asked)
    )


def is_kept(connection: Connection, part_id: str) -> bool:
    """Say whether a part is on record."""
    return connection.execute(select(upload_parts.c.part_id).where(is_row(upload_parts, part_id))).first() is not None


def object_names(connection: Connection) -> frozenset[str]:
    """Give the object names of the parts of all uploads."""
    return frozenset(connection.execute(select(upload_parts.c.object_name)).scalars())


# -- its end ----------------------------------------------------------------------------------------------------------


def end(
    connection: Connection,
    upload_id: str,
    state: UploadState,
    *,
    at: datetime,
    expires_at: datetime,
    document_id: str | None = None,
    problem: str | None = None,
) -> tuple[str, ...]:
    """Note how an upload ended, and destroy the keys of its parts.

    Args:
        state: Complete or refused.
        at: Now. Aware, UTC.
        expires_at: Until when whoever began it may ask how it ended. Aware, UTC.
        document_id: What it became.
        problem: Why it was refused, as JSON.

    Returns:
        The names of the objects to be removed once this is committed.
    """
    names = _destroy_parts(connection, upload_id)
    ended = {"state": state.value, "document_id": document_id, "problem": problem, "ended_at": at}
    connection.execute(
        update(uploads)
        .where(is_row(uploads, upload_id))
        .values(**ended, expires_at=expires_at, kept_bytes=uploads.c.plain_bytes if document_id else 0, parts=0)
    )
    return names


def remove(connection: Connection, upload_id: str) -> tuple[str, ...]:
    """Remove an upload altogether, with the keys of its parts.

    Returns:
        The names of the objects to be removed once this is committed.
    """
    connection.execute(delete(upload_turns).where(is_row(upload_turns, upload_id)))
    names = _destroy_parts(connection, upload_id)
    connection.execute(delete(uploads).where(is_row(uploads, upload_id)))
    return names


def expired(connection: Connection, at: datetime, limit: int) -> tuple[str, ...]:
    """Give the ids of uploads that are gone, and that nobody is at any more, the longest gone first.

    Args:
        at: Now. Aware, UTC.
        limit: How many at most.
    """
    idle = or_(upload_turns.c.held_until.is_(None), upload_turns.c.held_until <= at)
    asked = (
        select(uploads.c.upload_id)
        .join(upload_turns, upload_turns.c.upload_id == uploads.c.upload_id)
        .where(uploads.c.expires_at <= at, idle)
        .order_by(uploads.c.expires_at, uploads.c.upload_id)
    )
    return tuple(connection.execute(asked.limit(limit)).scalars())


def _destroy_parts(connection: Connection, upload_id: str) -> tuple[str, ...]:
    of_upload = upload_parts.c.upload_id == upload_id
    names = tuple(connection.execute(select(upload_parts.c.object_name).where(of_upload)).scalars())
    connection.execute(delete(upload_parts).where(of_upload))
    return names


def _held(upload_id: str, by: str) -> ColumnElement[bool]:
    return and_(is_row(upload_turns, upload_id), upload_turns.c.held_by == by)


def _asked() -> Select[Any]:
    return select(uploads, upload_turns.c.held_until, upload_turns.c.completing).join(
        upload_turns, upload_turns.c.upload_id == uploads.c.upload_id
    )


def _row(row: Any) -> UploadRow:
    return UploadRow(
        upload_id=row.upload_id,
        release_id=row.release_id,
        begun_by=row.begun_by,
        file_name=row.file_name,
        media_type=row.media_type,
        plain_bytes=row.plain_bytes,
        sha256=row.sha256,
        replaces_id=row.replaces_id,
        note=row.note,
        begun_at=row.begun_at,
        expires_at=row.expires_at,
        state=UploadState(row.state),
        kept_bytes=row.kept_bytes,
        parts=row.parts,
        document_id=row.document_id,
        problem=row.problem,
        ended_at=row.ended_at,
        held_until=row.held_until,
        completing=row.completing,
    )
