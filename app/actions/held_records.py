"""A producer's records as its pages show them: what holds them, what is to be destroyed, and what was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions.keeping import as_of, lapsed_before
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.records import keeping, organisations, people, releases, retention
from app.records.retention import ErasureRow, HoldRow
from app.rules.errors import NotFound
from app.rules.facts import Role
from app.rules.retention import DAYS_TO_APPROVE

READING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
_LAPSES = timedelta(days=DAYS_TO_APPROVE)


@dataclass(frozen=True, slots=True)
class HoldView:
    """A legal hold as it stands now.

    Attributes:
        title: Of the one release that it keeps; None for everything of the producer.
        begun_by: Name of whoever began it; empty where nobody of that id is there.
        ended_by: Names of those who proposed and confirmed its end; fewer while it stands.
        waits_until: When the proposal to end it lapses; None where none waits. Aware, UTC.
    """

    row: HoldRow
    title: str | None
    begun_by: str
    ended_by: tuple[str, ...]
    waits_until: datetime | None


@dataclass(frozen=True, slots=True)
class ErasureView:
    """A proposal to destroy records, or that some were destroyed, with the titles of the releases and by whom.

    Attributes:
        lapses_at: When a proposal lapses; None where it is decided. Aware, UTC.
    """

    row: ErasureRow
    titles: tuple[str, ...]
    proposed_by: str
    approved_by: str
    lapses_at: datetime | None


def see_holds(tools: Tools, actor: Actor, producer_id: str) -> tuple[HoldView, ...]:
    """Give a producer's legal holds, those that stand first, with what each keeps and who decided what.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    since = lapsed_before(tools.clock.now())
    with tools.reading() as connection:
        _demand_reader(connection, actor, producer_id)
        found = retention.holds_of(connection, producer_id)
        titles = keeping.titles(connection, {one.release_id for one in found if one.release_id is not None})
        names = _names(connection, {who for one in found for who in _deciders(one)})
    views = []
    for one in found:
        at = one.end_proposed_at
        waits = one.ended_at is None and at is not None and at >= since
        ended_by = (one.end_proposed_by, one.ended_by) if waits or one.ended_at is not None else ()
        views.append(
            HoldView(
                row=one,
                title=titles.get(one.release_id or ""),
                begun_by=names.get(one.by_person_id, ""),
                ended_by=tuple(names[who] for who in ended_by if who in names),
                waits_until=at + _LAPSES if waits and at is not None else None,
            )
        )
    return tuple(views)


def see_hold(tools: Tools, actor: Actor, producer_id: str, hold_id: str) -> HoldView:
    """Give one of a producer's legal holds as it stands.

    Raises:
        NotFound: There is none of this producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    for one in see_holds(tools, actor, producer_id):
        if one.row.hold_id == hold_id:
            return one
    raise NotFound(NOTHING_THERE)


def title_of(tools: Tools, actor: Actor, producer_id: str, release_id: str) -> str:
    """Give the title of a producer's release, to those who may read what holds its records.

    Raises:
        NotFound: There is no such release of this producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        _demand_reader(connection, actor, producer_id)
        release = releases.get(connection, release_id)
        if release.producer.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        return release.title


def see_erasures(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int = 50
) -> tuple[tuple[ErasureView, ...], tuple[ErasureView, ...]]:
    """Give what is proposed to be destroyed of a producer's records, and the newest of what was decided.

    Args:
        tools: The tools.
        actor: Who asks.
        producer_id: Whose records.
        limit: How many of those decided at most.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        _demand_reader(connection, actor, producer_id)
        waiting = retention.proposed_since(connection, producer_id, lapsed_before(at))
        known = {one.erasure_id for one in waiting}
        newest = retention.newest_erasures(connection, producer_id, limit + len(waiting))
        decided = [as_of(one, at) for one in newest if one.erasure_id not in known][:limit]
        every = (*waiting, *decided)
        titles = keeping.titles(connection, {named for one in every for named in _named(one)})
        names = _names(connection, {who for one in every for who in (one.proposed_by, one.approved_by)})

    def view(one: ErasureRow) -> ErasureView:
        return ErasureView(
            row=one,
            titles=tuple(titles[named] for named in _named(one) if named in titles),
            proposed_by=names.get(one.proposed_by or "", ""),
            approved_by=names.get(one.approved_by or "", ""),
            lapses_at=one.at + _LAPSES if one.erasure_id in known else None,
        )

    return tuple(map(view, waiting)), tuple(map(view, decided))


def _demand_reader(connection: Connection, actor: Actor, producer_id: str) -> None:
    require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *READING)


def _deciders(row: HoldRow) -> tuple[str | None, ...]:
    return row.by_person_id, row.end_proposed_by, row.ended_by


def _named(row: ErasureRow) -> tuple[str, ...]:
    return (row.release_id,) if row.release_id is not None else row.release_ids


def _names(connection: Connection, person_ids: set[str | None]) -> dict[str, str]:
    found = people.named(connection, {one for one in person_ids if one is not None})
    return {person_id: one.name for person_id, one in found.items()}
