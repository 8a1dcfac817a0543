"""The grants of an eligibility list, each with its post and its holder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from app.answers import asked_once
from app.plain import plain
from app.records.tables import grants, holdings, lists, organisations, people, posts
from app.rules.errors import NOTHING_THERE, NotFound
from app.rules.facts import ExceptionalGrant, Grant, GrantClass, ListState

_AnyRow = Row[*tuple[Any, ...]]
_MANY = 500  # how many ids one query names; SQLite takes a limited number


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant with what only those who keep the list need.

    Attributes:
        row: Where it stands in the list, counted from 1.
        holder_name, holder_email: The person named, or empty.
    """

    grant: Grant
    list_id: str
    row: int
    post_id: str
    organisation_id: str
    holder_name: str
    holder_email: str


def get(connection: Connection, grant_id: str) -> GrantRow:
    """Give one grant.

    Raises:
        NotFound: There is none.
    """
    list_id = connection.execute(select(grants.c.list_id).where(grants.c.grant_id == grant_id)).scalar_one_or_none()
    found = [] if list_id is None else [r for r in of_list(connection, list_id) if r.grant.grant_id == grant_id]
    if not found:
        raise NotFound(NOTHING_THERE)
    return found[0]


@asked_once
def of_list(connection: Connection, list_id: str, *, on: date | None = None) -> tuple[GrantRow, ...]:
    """Give the grants of one version, in the list's own order, each once.

    Args:
        connection: Any connection.
        list_id: The version.
        on: The London day whose holding of a post counts, when a person held it twice; None takes the newest.
    """
    return _each_once(connection.execute(_grants(), {"list_id": list_id}), on)


def of_lists(connection: Connection, list_ids: Iterable[str]) -> dict[str, tuple[GrantRow, ...]]:
    """Give the grants of some versions by version, each in its list's own order; a version without any is not there.

    Args:
        connection: Any connection.
        list_ids: The versions; as many as there are.
    """
    found: dict[str, list[GrantRow]] = {}
    wanted = sorted(list_ids)
    for place in range(0, len(wanted), _MANY):
        rows = connection.execute(_grants(many=True), {"list_ids": wanted[place : place + _MANY]})
        for one in _each_once(rows, None):
            found.setdefault(one.list_id, []).append(one)
    return {list_id: tuple(rows) for list_id, rows in found.items()}


def of_person(connection: Connection, list_id: str, person_id: str, *, on: date | None = None) -> tuple[GrantRow, ...]:
    """Give the grants of one person on one version, in the list's own order, each once.

    Args:
        connection: Any connection.
        list_id: The version.
        person_id: The holder.
        on: As for ``of_list``.
    """
    return _each_once(connection.execute(_grants(one_person=True), {"list_id": list_id, "person_id": person_id}), on)


def of_person_on(
    connection: Connection, list_ids: Iterable[str], person_id: str, *, on: date
) -> dict[str, tuple[GrantRow, ...]]:
    """Give the grants of one person on some versions by version; a version that does not name them is not there.

    Args:
        connection: Any connection.
        list_ids: The versions; as many as there are.
        person_id: The holder.
        on: As for ``of_list``.
    """
    found: dict[str, list[GrantRow]] = {}
    wanted = sorted(list_ids)
    for place in range(0, len(wanted), _MANY):
        asked = {"list_ids": wanted[place : place + _MANY], "person_id": person_id}
        for one in _each_once(connection.execute(_grants(one_person=True, many=True), asked), on):
            found.setdefault(one.list_id, []).append(one)
    return {list_id: tuple(rows) for list_id, rows in found.items()}


def add(connection: Connection, list_id: str, row: int, post_id: str, grant: Grant) -> None:
    """Add one grant to a version of a list.

    Args:
        connection: An open write transaction.
        list_id: The version.
        row: Where it stands, counted from 1.
        post_id: The post it is for.
        grant: The grant; the words of its post and organisation are not stored again. If its holder still has to be
            confirmed, it waits for ``confirm``.
    """
    values = {"list_id": list_id, "row": row, "post_id": post_id, "cloned": grant.confirm_needed}
    connection.execute(insert(grants), {**values, **_grant_values(grant)})


def change(connection: Connection, grant: Grant) -> None:
    """Store a grant as it now is; its post and its place in the list stay."""
    values = _grant_values(grant)
    connection.execute(update(grants).where(grants.c.grant_id == grant.grant_id).values(values))


def remove(connection: Connection, grant_id: str) -> None:
    """Remove a grant from a draft."""
    connection.execute(delete(grants).where(grants.c.grant_id == grant_id))


def confirm(connection: Connection, grant_ids: Iterable[str], at: datetime, by: str) -> None:
    """Put on record that the holders of grants still hold their posts and still need access.

    Args:
        connection: An open write transaction.
        grant_ids: The grants; those that nobody has to confirm stay as they are.
        at: When. Aware, UTC.
        by: Who says so.
    """
    waiting = and_(grants.c.cloned, grants.c.confirmed_at.is_(None))
    for grant_id in grant_ids:
        said = update(grants).where(grants.c.grant_id == grant_id, waiting)
        connection.execute(said.values(confirmed_at=at, confirmed_by=by))


def pause(connection: Connection, grant_id: str, reason: str) -> None:
    """Set why a grant waits for a decision; an empty reason lets it serve again."""
    connection.execute(update(grants).where(grants.c.grant_id == grant_id).values(paused_reason=reason))


@cache
def _grants(*, one_person: bool = False, many: bool = False) -> Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs several times what running it does.

    A grant comes once for each time that its person held its post, as far as the list may rely on it.
    """
    wanted = (
        select(
            grants,
            posts.c.title,
            posts.c.organisation_id,
            organisations.c.name.label("organisation"),
            people.c.name.label("holder_name"),
            people.c.email.label("holder_email"),
            holdings.c.held_from_on,
            holdings.c.held_until_on,
        )
        .join(posts, posts.c.post_id == grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .outerjoin(people, people.c.person_id == grants.c.person_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .outerjoin(
            holdings,
            and_(holdings.c.post_id == grants.c.post_id, holdings.c.person_id == grants.c.person_id, _relied_on()),
        )
        .where(
            grants.c.list_id.in_(bindparam("list_ids", expanding=True))
            if many
            else grants.c.list_id == bindparam("list_id")
        )
        .order_by(grants.c.row, grants.c.grant_id, holdings.c.held_from_on)
    )
    return wanted.where(grants.c.person_id == bindparam("person_id")) if one_person else wanted


def _relied_on() -> ColumnElement[bool]:
    """Give the condition that a list may rely on a holding.

    A draft on every one; else on what its approver could see, and on what was decided on together with the grant.
    """
    never_in_force = and_(lists.c.approved_at.is_(None), lists.c.state != ListState.APPROVED.value)
    seen = holdings.c.recorded_at <= func.coalesce(lists.c.holdings_as_of, lists.c.approved_at)
    decided = holdings.c.holding_id == grants.c.holding_id
    return or_(holdings.c.recorded_at.is_(None), never_in_force, seen, decided)


def _each_once(rows: Iterable[_AnyRow], on: date | None) -> tuple[GrantRow, ...]:
    best: dict[str, Any] = {}
    for row in plain(rows):
        kept = best.get(row.grant_id)
        if kept is None or _serves(row, on) or not _serves(kept, on):
            best[row.grant_id] = row
    return tuple(_grant_row(row) for row in best.values())


def _serves(row: Any, on: date | None) -> bool:
    """Say whether a holding covers a day; without a day the newest, which comes last, is taken."""
    if on is None:
        return True
    begun = row.held_from_on is not None and row.held_from_on <= on
    return begun and (row.held_until_on is None or row.held_until_on >= on)


def _grant_row(row: Any) -> GrantRow:
    exceptional = None
    if row.exceptional_reasons or row.board_informed_at:
        exceptional = ExceptionalGrant(row.exceptional_reasons, row.board_informed_at)
    grant = Grant(
        grant_id=row.grant_id,
        post_title=row.title,
        organisation=row.organisation,
        person_id=row.person_id,
        grant_class=GrantClass(row.grant_class),
        ground=row.ground,
        asked=None if row.asked_minutes is None else timedelta(minutes=row.asked_minutes),
        held_from_on=row.held_from_on,
        held_until_on=row.held_until_on,
        seat=row.seat,
        conditions=row.conditions,
        exceptional=exceptional,
        paused_reason=row.paused_reason,
        is_group=row.is_group,
        defects=tuple(json.loads(row.defects)),
        ground_letter=row.ground_letter,
        for_person_id=row.for_person_id,
        place=row.place,
        agreement=row.agreement,
        holding_id=row.holding_id,
        confirm_needed=row.cloned and row.confirmed_at is None,
    )
    return GrantRow(
        grant=grant,
        list_id=row.list_id,
        row=row.row,
        post_id=row.post_id,
        organisation_id=row.organisation_id,
        holder_name=row.holder_name or "",
        holder_email=row.holder_email or "",
    )


def _grant_values(grant: Grant) -> dict[str, Any]:
    exceptional = grant.exceptional or ExceptionalGrant()
    return {
        "grant_id": grant.grant_id,
        "person_id": grant.person_id,
        "grant_class": grant.grant_class.value,
        "ground": grant.ground,
        "asked_minutes": None if grant.asked is None else int(grant.asked.total_seconds() // 60),
        "seat": grant.seat,
        "conditions": grant.conditions,
        "exceptional_reasons": exceptional.reasons,
        "board_informed_at": exceptional.board_informed_at,
        "paused_reason": grant.paused_reason,
        "is_group": grant.is_group,
        "defects": json.dumps(list(grant.defects), ensure_ascii=False),
        "ground_letter": grant.ground_letter,
        "for_person_id": grant.for_person_id,
        "place": grant.place,
        "agreement": grant.agreement,
        "holding_id": grant.holding_id,
    }
