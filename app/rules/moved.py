"""What a move would leave of a release, for whoever makes it and for whoever first looks at what would follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.rules import lifecycle
from app.rules.errors import Code, Malformed
from app.rules.facts import Release, london_text
from app.rules.lifecycle import Move
from app.rules.practices import Edition, edition_at
from app.rules.publication import check_instant

_CHANGES = {
    Edition.CODE_2018: "Code 2018 T3.2",
    Edition.CODE_2022: "Code 2018 T3.2",
    Edition.CODE_2025: "Code 2025 3.2",
}


def moved(
    release: Release, move: Move, at: datetime, *, publishes_at: datetime | None = None, time_exemption: str = ""
) -> Release:
    """Say what a release will be after a move that sets or takes a time.

    Args:
        release: As it is.
        move: What is to be done.
        at: Now. Aware.
        publishes_at: The new time, where the move sets one. Aware.
        time_exemption: What allows another time than 9:30am on a weekday, or nothing.

    Raises:
        OutOfOrder: The move is not possible in this state.
        Malformed: The time cannot be set, or is the one already set.

    Source:
        Code 2018 T3.2; Code 2018 T3.6
    """
    after = replace(release, state=lifecycle.after(release.state, move))
    if move is not Move.RESCHEDULE or publishes_at is None:
        return after
    if publishes_at == release.publishes_at and after.state is release.state:
        raise Malformed(
            f"{london_text(release.publishes_at)} is the time already set. Nothing was done.",
            code=Code.NO_CHANGE,
            errors=[{"where": "publishes_at", "what": "is the time already set"}],
        )
    return replace(after, publishes_at=check_instant(publishes_at, at, time_exemption=time_exemption))


def practice_on_changes(at: datetime) -> str | None:
    """Give the practice of the Code on changing an announced time, by the edition in force; None before 2018.

    Args:
        at: When the change is made. Aware.

    Source:
        Code 2018 T3.2; Code 2025 3.2
    """
    return _CHANGES.get(edition_at(at))
