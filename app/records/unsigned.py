"""Who is on the list of a release that is to be published soon, and has no declaration that could count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, or_, select

from app.records import wrong_facts
from app.records.tables import declarations, lists, releases
from app.rules.facts import ListState, ReleaseState
from app.rules.wrongfacts import WrongKind

_LIVE = (ReleaseState.PLANNED.value, ReleaseState.ANNOUNCED.value, ReleaseState.FINAL.value)


def releases_with_list(connection: Connection, at: datetime, within: timedelta) -> tuple[str, ...]:
    """Give the releases with a list in force that are to be published soon, the soonest first.

    Args:
        at: Now. Aware, UTC.
        within: How soon.

    Returns:
        Their ids.
    """
    in_force = exists().where(
        lists.c.release_id == releases.c.release_id,
        lists.c.state == ListState.APPROVED.value,
        lists.c.list_id.not_in(wrong_facts.subjects(WrongKind.APPROVAL)),
    )
    soon = and_(releases.c.publishes_at > at, releases.c.publishes_at <= at + within)
    wanted = select(releases.c.release_id).where(releases.c.state.in_(_LIVE), soon, in_force)
    return tuple(connection.execute(wanted.order_by(releases.c.publishes_at, releases.c.release_id)).scalars())


def people_without(
    connection: Connection, person_ids: Collection[str], *, release_id: str, series_id: str | None, at: datetime
) -> set[str]:
    """Give those of some people who have no declaration for a release, or its series, that could count now.

    Whether one that is neither over nor taken back does count, with its words, is for the rule to say.

    Args:
        person_ids: Whose.
        series_id: The release's series, if it is in one.
        at: Now. Aware, UTC.
    """
    of = declarations.c
    covers = or_(of.release_id == release_id, and_(of.scope == "series", of.series_id == (series_id or "")))
    live = and_(of.withdrawn_at.is_(None), of.signed_at <= at, of.lapses_at > at)
    counts = of.declaration_id.not_in(wrong_facts.subjects(WrongKind.DECLARATION))
    signed = select(of.person_id).where(of.person_id.in_(person_ids), covers, live, counts)
    return set(person_ids) - set(connection.execute(signed).scalars())
