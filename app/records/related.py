"""Which releases somebody is related to, as a condition; and the titles of these, where nothing else is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Connection, Integer, Select, and_, bindparam, or_, select

from app.records.eligibility import was_approved
from app.records.tables import grants, lists, producers, releases
from app.rules.facts import ReleaseState

_Asked = TypeVar("_Asked", bound=Select[Any])
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
    wanted = in_turn(wanted, (), over, latest_first=latest_first, whoever_asks=organisation_ids is None)
    asked = {} if organisation_ids is None else related_to(person_id, organisation_ids)
    return tuple((row.release_id, row.title) for row in connection.execute(wanted, {**asked, "most": limit}))


def related_to(person_id: str | None, organisation_ids: frozenset[str]) -> dict[str, Any]:
    """Give what ``in_turn`` is asked with.

    Args:
        person_id: Whose lists count, or None for a program.
        organisation_ids: Organisations in which a role is held.
    """
    return {"person_id": person_id or "", "organisation_ids": sorted(organisation_ids)}


def _is_related(*, of_few: bool = False) -> ColumnElement[bool]:
    """Give the condition, of a release and its producer, that somebody may know of it.

    Args:
        of_few: It is asked of few releases: then of each whether a list of it names the person, and not for all lists
            that do, of which there may be a thousand.
    """
    named = (
        select(lists.c.release_id)
        .join(grants, grants.c.list_id == lists.c.list_id)
        .where(grants.c.person_id == bindparam("person_id"), was_approved())
    )
    listed: ColumnElement[bool] = releases.c.release_id.in_(named)
    if of_few:
        listed = named.where(lists.c.release_id == releases.c.release_id).correlate(releases).exists()
    return or_(producers.c.organisation_id.in_(bindparam("organisation_ids", expanding=True)), listed)


def _is_over(over: bool | None) -> Iterator[ColumnElement[bool]]:
    """Give the condition that a release is over, or that it is not; None leaves it open."""
    if over is not None:
        yield releases.c.state.in_(OVER) if over else releases.c.state.not_in(OVER)


def in_turn(
    wanted: _Asked, narrowed_by: Collection[str], over: bool | None, *, latest_first: bool, whoever_asks: bool
) -> _Asked:
    """Give a statement for a page of releases, by time set and then id; asked with ``most``, how many at most.

    Args:
        wanted: What to read of them and their producers.
        narrowed_by: Which of ``due_from``, ``due_to``, ``only``, and ``after_at`` with ``after_id`` it is asked with.
        over: Whether they are published or cancelled; None leaves it open.
        latest_first: The other way round; what they come after is meant so too.
        whoever_asks: Nobody has to be related to them; else it is asked with ``related_to`` as well.
    """
    of = releases.c
    at: BindParameter[Any] = bindparam("after_at")
    last: BindParameter[Any] = bindparam("after_id")
    further = of.publishes_at < at if latest_first else of.publishes_at > at
    beside = of.release_id < last if latest_first else of.release_id > last
    conditions = {
        "due_from": of.publishes_at >= bindparam("due_from"),
        "due_to": of.publishes_at <= bindparam("due_to"),
        "only": of.release_id.in_(bindparam("only", expanding=True)),
        "after_at": or_(further, and_(of.publishes_at == at, beside)),
    }
    wanted = wanted.where(*_is_over(over), *(made for name, made in conditions.items() if name in narrowed_by))
    if not whoever_asks:
        wanted = wanted.where(_is_related(of_few="only" in narrowed_by))
    if latest_first:
        wanted = wanted.order_by(of.publishes_at.desc(), of.release_id.desc())
    else:
        wanted = wanted.order_by(of.publishes_at, of.release_id)
    return wanted.limit(bindparam("most", type_=Integer))
