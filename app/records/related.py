"""Which releases somebody is related to, as a condition; and the titles of these, where nothing else is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Connection, or_, select

from app.records.eligibility import was_approved
from app.records.tables import grants, lists, producers, releases
from app.rules.facts import ReleaseState

OVER = (ReleaseState.PUBLISHED.value, ReleaseState.CANCELLED.value)


def titles(
    connection: Connection,
    *,
    person_id: str | None,
    organisation_ids: frozenset[str] | None,
    limit: int,
    over: bool,
    latest_first: bool,
) -> tuple[tuple[str, str], ...]:
    """Give (id, title) of the releases somebody is related to, in the order in which ``releases.page`` gives them.

    Args:
        connection: Any connection.
        person_id, organisation_ids, limit, over, latest_first: As there.
    """
    of = releases.c
    wanted = select(of.release_id, of.title).join(producers, producers.c.producer_id == of.producer_id)
    wanted = wanted.where(*narrowed(None, over)).limit(limit)
    if organisation_ids is not None:
        wanted = wanted.where(is_related(person_id, organisation_ids))
    if latest_first:
        wanted = wanted.order_by(of.publishes_at.desc(), of.release_id.desc())
    else:
        wanted = wanted.order_by(of.publishes_at, of.release_id)
    return tuple((row.release_id, row.title) for row in connection.execute(wanted))


def is_related(person_id: str | None, organisation_ids: frozenset[str], *, of_few: bool = False) -> ColumnElement[bool]:
    """Give the condition, of a release and its producer, that somebody may know of it.

    Args:
        person_id: Whose lists count, or None for a program.
        organisation_ids: Organisations in which a role is held.
        of_few: It is asked of few releases: then of each whether a list of it names the person, and not for all lists
            that do, of which there may be a thousand.
    """
    named = (
        select(lists.c.release_id)
        .join(grants, grants.c.list_id == lists.c.list_id)
        .where(grants.c.person_id == (person_id or ""), was_approved())
    )
    listed: ColumnElement[bool] = releases.c.release_id.in_(named)
    if of_few:
        listed = named.where(lists.c.release_id == releases.c.release_id).correlate(releases).exists()
    return or_(producers.c.organisation_id.in_(organisation_ids), listed)


def narrowed(only: Collection[str] | None, over: bool | None) -> Iterator[ColumnElement[bool]]:
    """Give the conditions that a release is one of some, and that it is over or not; None leaves either open."""
    if only is not None:
        yield releases.c.release_id.in_(sorted(only))
    if over is not None:
        yield releases.c.state.in_(OVER) if over else releases.c.state.not_in(OVER)
