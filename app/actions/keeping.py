"""What keeps one person's details: records that name them, and whatever they are still needed for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.records import erasing, retention
from app.rules.facts import london_date
from app.rules.reasons import Reason
from app.rules.retention import person_reasons


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
        retention.kept(connection, release_id) for release_id in erasing.releases_naming(connection, person_id)
    )
    held = erasing.holds_naming(connection, person_id)
    on_record = erasing.records_of(connection, person_id)
    reasons = person_reasons(named_in, london_date(at), held, on_record)
    return reasons, erasing.still_needed(connection, person_id, at)
