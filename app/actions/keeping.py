"""What keeps one person's details, and how an erasure of them stands at an instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.records import erasing, keeping
from app.records.retention import ErasureRow
from app.rules.facts import london_date
from app.rules.reasons import Reason
from app.rules.retention import DAYS_TO_APPROVE, person_reasons


def what_keeps(connection: Connection, person_id: str, at: datetime) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """Say why a person's details cannot be erased.

    Args:
        connection: Any connection.
        person_id: Who.
        at: Now. Aware, UTC.

    Returns:
        Each record that names them and must be kept, with its clause or policy and the day from which it need not; and
        for what they are still needed, in words. Both empty where nothing stands in the way.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    named_in = tuple(
        keeping.kept(connection, release_id) for release_id in erasing.releases_naming(connection, person_id)
    )
    held = erasing.holds_naming(connection, person_id)
    on_record = erasing.records_of(connection, person_id)
    reasons = person_reasons(named_in, london_date(at), held, on_record)
    return reasons, erasing.still_needed(connection, person_id, at)


def lapsed_before(at: datetime) -> datetime:
    """Give the instant before which a proposal was made that nobody approved in time. Aware, UTC."""
    return at - timedelta(days=DAYS_TO_APPROVE)


def as_of(row: ErasureRow, at: datetime) -> ErasureRow:
    """Give an erasure as it stands at an instant: a proposal lapses by the clock, and what it took up waits again.

    Args:
        row: As it is on record.
        at: Now. Aware, UTC.
    """
    if row.state == "proposed" and row.at < lapsed_before(at):
        return replace(row, state="lapsed")
    if row.state == "taken_up" and row.decided_at is not None and row.decided_at < lapsed_before(at):
        return replace(row, state="asked", decided_at=None)
    return row
