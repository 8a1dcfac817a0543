"""Texts prepared for the day of a release: how each stands, and the sealed words of its versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, insert, or_, select, update

from app.records.rows import is_row, one_row
from app.records.tables import people, prepared_text_versions, prepared_texts, release_moves, releases
from app.rules.errors import Conflict
from app.rules.facts import ReleaseState
from app.rules.preparedtexts import PreparedText, TextKind

_OF = prepared_texts.c
_VERSION = prepared_text_versions.c
_LIVE = and_(_OF.withdrawn_at.is_(None), _OF.released_at.is_(None), _OF.taken_at.is_(None))
_NOT_AWAITED = (ReleaseState.PUBLISHED.value, ReleaseState.POSTPONED.value, ReleaseState.CANCELLED.value)
_STIRS = ("reschedule", "postpone", "reopen")


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text with what was said about it. Instants aware, UTC.

    Attributes:
        decided_reason: Why the head of profession let it stand.
        withdrawn_reason: Why it was withdrawn.
    """

    text: PreparedText
    owner_name: str
    decided_by: str | None = None
    decided_reason: str = ""
    withdrawn_by: str | None = None
    withdrawn_reason: str = ""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """When and by whom one version of a text was written. Aware, UTC."""

    version: int
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class SealedWords:
    """The words of one version, sealed, with what their wrapped identity is bound to."""

    bound_to: str
    sealed_words: bytes
    wrapped_identity: bytes


def add(connection: Connection, text: PreparedText) -> None:
    """Add a text; its words are added beside it."""
    connection.execute(
        insert(prepared_texts).values(
            prepared_text_id=text.text_id,
            release_id=text.release_id,
            kind=text.kind.value,
            channel=text.channel,
            owner_id=text.owner_id,
            version=text.version,
            ready_from_at=text.ready_from_at,
            prepared_at=text.prepared_at,
            prepared_by=text.prepared_by,
            prepared_for_at=text.prepared_for_at,
            written_at=text.written_at,
            revision=text.revision,
        )
    )


def add_version(
    connection: Connection, version_id: str, text: PreparedText, row: VersionRow, sealed: SealedWords
) -> None:
    """Add the sealed words of one version.

    Args:
        connection: An open write transaction.
        version_id: Its id.
        text: Of which text.
        row: The version.
        sealed: Its words.
    """
    connection.execute(
        insert(prepared_text_versions).values(
            version_id=version_id,
            prepared_text_id=text.text_id,
            release_id=text.release_id,
            version=row.version,
            bound_to=sealed.bound_to,
            sealed_words=sealed.sealed_words,
            wrapped_identity=sealed.wrapped_identity,
            written_at=row.written_at,
            written_by=row.written_by,
        )
    )


def get(connection: Connection, release_id: str, text_id: str) -> TextRow:
    """Give a text of a release.

    Raises:
        NotFound: There is none, or it belongs to another release.
    """
    return _row(one_row(connection, _rows().where(is_row(prepared_texts, text_id), _OF.release_id == release_id)))


def find(connection: Connection, text_id: str) -> TextRow | None:
    """Give a text by its id alone; None where there is none any more."""
    row = connection.execute(_rows().where(is_row(prepared_texts, text_id))).one_or_none()
    return None if row is None else _row(row)


def of_release(connection: Connection, release_id: str) -> tuple[TextRow, ...]:
    """Give every text of a release, withdrawn ones too, the first written first."""
    asked = _rows().where(_OF.release_id == release_id).order_by(_OF.prepared_at, _OF.prepared_text_id)
    return tuple(_row(row) for row in connection.execute(asked))


def versions_of(connection: Connection, release_id: str) -> dict[str, tuple[VersionRow, ...]]:
    """Give when and by whom each version of a release's texts was written, by text id, the first first; no words."""
    asked = select(*(_VERSION[name] for name in ("prepared_text_id", *VersionRow.__slots__)))
    found: dict[str, list[VersionRow]] = {}
    for row in connection.execute(asked.where(_VERSION.release_id == release_id).order_by(_VERSION.version)):
        found.setdefault(row[0], []).append(VersionRow(*row[1:]))
    return {text_id: tuple(rows) for text_id, rows in found.items()}


def get_words(connection: Connection, text_id: str, version: int) -> SealedWords:
    """Give the sealed words of one version of a text.

    Raises:
        NotFound: There is none.
    """
    asked = select(*(_VERSION[name] for name in SealedWords.__slots__))
    row = one_row(connection, asked.where(_VERSION.prepared_text_id == text_id, _VERSION.version == version))
    return SealedWords(row.bound_to, bytes(row.sealed_words), bytes(row.wrapped_identity))


def stirring(connection: Connection, late_before: datetime, rests_before: datetime) -> tuple[PreparedText, ...]:
    """Give the texts that were not given out yet, and whose release is not ahead as it was when they were written.

    Left out are those that rest: somebody was told what holds them, and since then neither was the release due nor
    moved nor declared. A decision about one wakes it.

    Args:
        connection: Any connection.
        late_before: Releases set for earlier than this are not ahead any more. Aware, UTC.
        rests_before: Of a release that was due and last moved before this, a text that was told of rests. Aware, UTC.
    """
    moved = exists().where(
        release_moves.c.release_id == _OF.release_id,
        release_moves.c.move.in_(_STIRS),
        release_moves.c.at >= _OF.prepared_at,
    )
    stirs = or_(
        releases.c.state.in_(_NOT_AWAITED),
        releases.c.publishes_at <= late_before,
        releases.c.publishes_at != _OF.prepared_for_at,
        moved,
    )
    since = exists().where(release_moves.c.release_id == _OF.release_id, release_moves.c.at >= rests_before)
    awake = or_(_OF.told_of == "", releases.c.publishes_at >= rests_before, since)
    joined = _rows().join(releases, releases.c.release_id == _OF.release_id)
    asked = joined.where(_LIVE, stirs, awake).order_by(_OF.prepared_at, _OF.prepared_text_id)
    return tuple(_row(row).text for row in connection.execute(asked))


def change(connection: Connection, text: PreparedText, **values: Any) -> None:
    """Change a text that nobody has changed since it was read.

    Args:
        connection: An open write transaction.
        text: As it was read.
        values: The columns to change.

    Raises:
        Conflict: Somebody changed it, withdrew it or took it meanwhile.
    """
    same = and_(is_row(prepared_texts, text.text_id), _OF.revision == text.revision)
    changed = connection.execute(update(prepared_texts).where(same).values(revision=text.revision + 1, **values))
    if changed.rowcount != 1:
        raise Conflict("Somebody changed this since you read it. Read it again, then repeat your change.")


def mark(connection: Connection, text: PreparedText, **values: Any) -> None:
    """Put on record what the service itself did with a text; leaves the revision that people read as it is.

    Args:
        connection: An open write transaction.
        text: As it was read.
        values: The columns to change.

    Raises:
        Conflict: It was changed, told of, released or ended meanwhile.
    """
    same = and_(is_row(prepared_texts, text.text_id), _OF.revision == text.revision, _OF.told_of == text.told_of, _LIVE)
    if connection.execute(update(prepared_texts).where(same).values(**values)).rowcount != 1:
        raise Conflict("Another process has done this meanwhile.")


def _rows() -> Any:
    joined = prepared_texts.join(people, people.c.person_id == _OF.owner_id)
    return select(prepared_texts, people.c.name.label("owner_name")).select_from(joined)


def _row(row: Row[Any]) -> TextRow:
    text = PreparedText(
        text_id=row.prepared_text_id,
        release_id=row.release_id,
        kind=TextKind(row.kind),
        channel=row.channel,
        owner_id=row.owner_id,
        version=row.version,
        prepared_at=row.prepared_at,
        prepared_for_at=row.prepared_for_at,
        written_at=row.written_at,
        prepared_by=row.prepared_by,
        ready_from_at=row.ready_from_at,
        decided_at=row.decided_at,
        decided_for_at=row.decided_for_at,
        told_of=row.told_of,
        withdrawn_at=row.withdrawn_at,
        released_at=row.released_at,
        taken_at=row.taken_at,
        taken_by=row.taken_by,
        revision=row.revision,
    )
    return TextRow(text, row.owner_name, row.decided_by, row.decided_reason, row.withdrawn_by, row.withdrawn_reason)
