"""Since when a release's list is frozen because a person said so; the opening of the window freezes it by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, update

from app.records.tables import releases
from app.rules.errors import Conflict


def freeze_list(connection: Connection, release_id: str, at: datetime | None, *, revision: int) -> None:
    """Store since when a person froze a release's list, if nobody changed the release meanwhile.

    Args:
        connection: An open write transaction.
        release_id: The release.
        at: Since when. Aware, UTC. None takes the freeze back.
        revision: The revision that was read.

    Raises:
        Conflict: Somebody was first.
    """
    same = and_(releases.c.release_id == release_id, releases.c.revision == revision)
    if connection.execute(update(releases).where(same).values(list_frozen_at=at, revision=revision + 1)).rowcount != 1:
        raise Conflict("Somebody changed this release since you read it. Read it again, then repeat your change.")
