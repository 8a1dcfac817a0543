"""What the timeline of a window is made from: the list in each of its versions, the moves, and the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from app.audit.reading import Wanted
from app.audit.told import Told, told
from app.records import eligibility, moves, openings, suspensions
from app.records.eligibility import ListRow
from app.records.moves import MoveRow
from app.rules.facts import Grant, ListState, Release, ReleaseState
from app.rules.happenings import Noted
from app.rules.timeline import KINDS, Timeline, TimelineFacts, timeline
from app.rules.windowspans import InForce, Plan, Span


def timeline_of(
    connection: Connection, release: Release, at: datetime, *, with_names: bool = False, incident_id: str | None = None
) -> Timeline:
    """Gather a release's facts and lay out its timeline.

    Args:
        connection: An open reading transaction.
        release: The release.
        at: Now. Aware, UTC.
        with_names: Put names beside posts.
        incident_id: Tell of this incident alone, where the picture goes out with its report.

    Raises:
        LogDamaged: What an entry is searched by is not what it says.
    """
    versions = _in_force(connection, release)
    plans = _plans(connection, release)
    kept_out = suspensions.covered_of_producer(connection, release.producer.producer_id, plans[0].from_at, at)
    return timeline(
        TimelineFacts(
            release=release,
            at=at,
            plans=plans,
            versions=[InForce(row.eligibility_list.approved_at or plans[0].from_at, _grants(row)) for row in versions],
            entries=[_noted(one) for one in _entries(connection, release.release_id) if _concerns(one, incident_id)],
            became=openings.became_of_release(connection, release.release_id),
            kept_out={person_id: [Span(*one) for one in spans] for person_id, spans in kept_out.items()},
            names=_names(versions) if with_names else {},
        )
    )


def _in_force(connection: Connection, release: Release) -> list[ListRow]:
    """Give every version that is or was in force, oldest first."""
    found = eligibility.versions_of(connection, release.release_id)
    return [
        row
        for row in reversed(found)
        if row.eligibility_list.approved_at is not None or row.eligibility_list.state is ListState.APPROVED
    ]


def _grants(row: ListRow) -> tuple[Grant, ...]:
    return tuple(one.grant for one in row.rows)


def _names(versions: list[ListRow]) -> dict[str, str]:
    return {one.grant.person_id: one.holder_name for row in versions for one in row.rows if one.grant.person_id}


def _plans(connection: Connection, release: Release) -> list[Plan]:
    """Give how the release stood, from its first plan on; the last is how it stands."""
    made = _in_turn(moves.of_release(connection, release.release_id))
    begun = datetime.min.replace(tzinfo=release.publishes_at.tzinfo)
    if not made:
        return [Plan(begun, release.state, release.publishes_at)]
    first = Plan(begun, ReleaseState(made[0].from_state), made[0].from_publishes_at)
    return [first, *(Plan(one.at, ReleaseState(one.to_state), one.to_publishes_at) for one in made)]


def _in_turn(made: tuple[MoveRow, ...]) -> list[MoveRow]:
    """Put moves of one and the same instant in the order in which each leads on from the one before."""
    left, found = list(made), list[MoveRow]()
    while left:
        same = [one for one in left if one.at == left[0].at]
        ends = {one.to_state for one in same}
        before = (
            found[-1].to_state if found else next((one.from_state for one in same if one.from_state not in ends), "")
        )
        following = next((one for one in same if one.from_state == before), same[0])
        left.remove(following)
        found.append(following)
    return found


def _entries(connection: Connection, release_id: str) -> Iterator[Told]:
    """Give the entries about a release that a timeline tells of; there are many others, of letters and of looks."""
    return told(connection, Wanted(release_id=release_id, kinds=KINDS))


def _concerns(one: Told, incident_id: str | None) -> bool:
    return incident_id is None or one.said.get("incident_id", incident_id) == incident_id


def _noted(one: Told) -> Noted:
    return Noted(one.entry_id, one.at, one.kind, one.outcome, one.person_id, one.said)
