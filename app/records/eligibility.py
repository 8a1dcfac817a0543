"""Eligibility lists and their grants, every version kept; and each publishing of the list of posts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, func, insert, select, update

from app.records.tables import grants, holdings, lists, organisations, people, posts, public_lists
from app.rules.errors import NOTHING_THERE, Conflict, NotFound
from app.rules.facts import EligibilityList, ExceptionalGrant, Grant, GrantClass, ListState, Person

_AnyRow = Row[*tuple[Any, ...]]


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


@dataclass(frozen=True, slots=True)
class ListRow:
    """One version of a list with what only those who keep it need.

    Attributes:
        edited_by: Ids of everyone who prepared or changed it: none of them may approve it.
        notes: What the import reported of the sheet as a whole.
        revision: Counts the changes; what an ETag says.
    """

    eligibility_list: EligibilityList
    prepared_at: datetime
    edited_by: tuple[str, ...]
    notes: tuple[str, ...]
    revision: int
    rows: tuple[GrantRow, ...]


@dataclass(frozen=True, slots=True)
class PublicListRow:
    """The list of posts as it was published. ``rows`` is canonical JSON, ``published_at`` aware UTC."""

    list_version: int
    sha256: str
    rows: str
    published_at: datetime


def in_force(connection: Connection, release_id: str, *, on: date | None = None) -> EligibilityList | None:
    """Give the newest approved version of a release's list with all its grants; None when none was ever approved.

    Args:
        connection: Any connection.
        release_id: The release.
        on: The London day whose holding of a post counts, when a person held it twice; None takes the newest.
    """
    found = connection.execute(
        select(lists.c.list_id)
        .where(lists.c.release_id == release_id, lists.c.state == ListState.APPROVED.value)
        .order_by(lists.c.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if found is None else get_row(connection, found, on=on).eligibility_list


def in_force_for(connection: Connection, release_id: str, person_id: str, *, on: date) -> ListRow | None:
    """Give the newest approved version of a release's list with the grants of one person alone.

    Asked for every decision, so a long list must cost no more than a short one.

    Args:
        connection: Any connection.
        release_id: The release.
        person_id: Whose grants.
        on: As for ``in_force``.
    """
    row = connection.execute(_newest_approved(), {"release_id": release_id}).one_or_none()
    if row is None:
        return None
    found = connection.execute(_grants(of_person=True), {"list_id": row.list_id, "person_id": person_id})
    return _list_row(row, _each_once(found, on))


def get(connection: Connection, list_id: str) -> EligibilityList:
    """Give one version of a list with all its grants.

    Raises:
        NotFound: There is none.
    """
    return get_row(connection, list_id).eligibility_list


def get_row(connection: Connection, list_id: str, *, on: date | None = None) -> ListRow:
    """Give one version of a list with its revision, its editors and its grants.

    Args:
        connection: Any connection.
        list_id: The version.
        on: As for ``in_force``.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(select(lists).where(lists.c.list_id == list_id)).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    rows = grants_of(connection, list_id, on=on)
    return _list_row(row, rows)


def versions_of(connection: Connection, release_id: str) -> tuple[ListRow, ...]:
    """Give every version of a release's list with its grants, newest first."""
    wanted = select(lists).where(lists.c.release_id == release_id).order_by(lists.c.version.desc())
    return tuple(_list_row(row, grants_of(connection, row.list_id)) for row in connection.execute(wanted).all())


def find_version(connection: Connection, release_id: str, *states: ListState) -> str | None:
    """Give the id of the newest version in one of these states; None when there is none."""
    found: str | None = connection.execute(
        select(lists.c.list_id)
        .where(lists.c.release_id == release_id, lists.c.state.in_([state.value for state in states]))
        .order_by(lists.c.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found


def newest_version(connection: Connection, release_id: str) -> int:
    """Give the highest version number a release's list has had; 0 when there is none."""
    highest = connection.execute(select(func.max(lists.c.version)).where(lists.c.release_id == release_id)).scalar_one()
    return highest or 0


def person_named_on(connection: Connection, release_id: str, person_id: str) -> bool:
    """Say whether a person is named on any version of a release's list."""
    found = connection.execute(
        select(grants.c.grant_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .where(lists.c.release_id == release_id, grants.c.person_id == person_id)
        .limit(1)
    )
    return found.first() is not None


def get_grant(connection: Connection, grant_id: str) -> GrantRow:
    """Give one grant.

    Raises:
        NotFound: There is none.
    """
    list_id = connection.execute(select(grants.c.list_id).where(grants.c.grant_id == grant_id)).scalar_one_or_none()
    found = [] if list_id is None else [r for r in grants_of(connection, list_id) if r.grant.grant_id == grant_id]
    if not found:
        raise NotFound(NOTHING_THERE)
    return found[0]


def grants_of(connection: Connection, list_id: str, *, on: date | None = None) -> tuple[GrantRow, ...]:
    """Give the grants of one version, in the list's own order, each once.

    Args:
        connection: Any connection.
        list_id: The version.
        on: As for ``in_force``.
    """
    return _each_once(connection.execute(_grants(), {"list_id": list_id}), on)


def add(
    connection: Connection,
    listed: EligibilityList,
    *,
    prepared_at: datetime,
    edited_by: Iterable[str],
    notes: Iterable[str] = (),
) -> None:
    """Add a version of a list, at revision 1, without its grants.

    Args:
        connection: An open write transaction.
        listed: The version; its grants are added one by one.
        prepared_at: When. Aware.
        edited_by: Ids of everyone who has had a hand in it.
        notes: What the import reported of the sheet as a whole.
    """
    connection.execute(
        insert(lists),
        {
            "list_id": listed.list_id,
            "release_id": listed.release_id,
            "version": listed.version,
            "state": listed.state.value,
            "prepared_by": listed.prepared_by,
            "prepared_at": prepared_at,
            "edited_by": json.dumps(sorted(set(edited_by))),
            "approved_by": listed.approved_by,
            "approved_at": listed.approved_at,
            "sha256": listed.sha256,
            "notes": json.dumps(list(notes), ensure_ascii=False),
            "revision": 1,
        },
    )


def add_grant(connection: Connection, list_id: str, row: int, post_id: str, grant: Grant) -> None:
    """Add one grant to a version of a list.

    Args:
        connection: An open write transaction.
        list_id: The version.
        row: Where it stands, counted from 1.
        post_id: The post it is for.
        grant: The grant; the words of its post and organisation are not stored again.
    """
    connection.execute(insert(grants), {"list_id": list_id, "row": row, "post_id": post_id, **_grant_values(grant)})


def change_grant(connection: Connection, grant: Grant) -> None:
    """Store a grant as it now is; its post and its place in the list stay."""
    values = _grant_values(grant)
    connection.execute(update(grants).where(grants.c.grant_id == grant.grant_id).values(values))


def remove_grant(connection: Connection, grant_id: str) -> None:
    """Remove a grant from a draft."""
    connection.execute(delete(grants).where(grants.c.grant_id == grant_id))


def note_edit(connection: Connection, list_id: str, *, revision: int, editors: Iterable[str]) -> None:
    """Count a change of a version, and keep its editors, if nobody changed it meanwhile.

    Raises:
        Conflict: Somebody was first.
    """
    _guarded(connection, list_id, revision, {"edited_by": json.dumps(sorted(set(editors)))})


def approve(
    connection: Connection, list_id: str, *, revision: int, approved_by: str, approved_at: datetime, sha256: str
) -> None:
    """Make a draft the approved version and supersede the one before it.

    Raises:
        Conflict: Somebody changed the draft meanwhile.
    """
    release_id = connection.execute(select(lists.c.release_id).where(lists.c.list_id == list_id)).scalar_one()
    connection.execute(
        update(lists)
        .where(lists.c.release_id == release_id, lists.c.state == ListState.APPROVED.value)
        .values(state=ListState.SUPERSEDED.value)
    )
    values = {
        "state": ListState.APPROVED.value,
        "approved_by": approved_by,
        "approved_at": approved_at,
        "sha256": sha256,
    }
    _guarded(connection, list_id, revision, values)


def set_aside(connection: Connection, list_id: str, *, revision: int) -> None:
    """Supersede a draft by one that was imported afresh.

    Raises:
        Conflict: Somebody changed the draft meanwhile.
    """
    _guarded(connection, list_id, revision, {"state": ListState.SUPERSEDED.value})


def pause(connection: Connection, grant_id: str, reason: str) -> None:
    """Set why a grant waits for a decision; an empty reason lets it serve again."""
    connection.execute(update(grants).where(grants.c.grant_id == grant_id).values(paused_reason=reason))


def add_public_list(
    connection: Connection, public_list_id: str, release_id: str, published: PublicListRow, by_person_id: str
) -> None:
    """Keep the list of posts as it is published."""
    connection.execute(
        insert(public_lists),
        {
            "public_list_id": public_list_id,
            "release_id": release_id,
            "list_version": published.list_version,
            "sha256": published.sha256,
            "rows": published.rows,
            "published_at": published.published_at,
            "by_person_id": by_person_id,
        },
    )


def find_public_list(connection: Connection, release_id: str) -> PublicListRow | None:
    """Give the list of posts as it was last published; None when it never was."""
    row = connection.execute(
        select(public_lists)
        .where(public_lists.c.release_id == release_id)
        .order_by(public_lists.c.published_at.desc(), public_lists.c.list_version.desc())
        .limit(1)
    ).one_or_none()
    return PublicListRow(row.list_version, row.sha256, row.rows, row.published_at) if row else None


def people_at(connection: Connection, addresses: Iterable[str]) -> dict[str, Person]:
    """Give the people we know, by normalised address.

    Args:
        connection: Any connection.
        addresses: Normalised.
    """
    wanted = sorted(set(addresses))
    found: dict[str, Person] = {}
    for first in range(0, len(wanted), 400):
        rows = connection.execute(select(people).where(people.c.email.in_(wanted[first : first + 400])))
        found.update({row.email: Person(row.person_id, row.name, row.email) for row in rows})
    return found


@cache
def _newest_approved() -> Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs several times what running it does."""
    approved = and_(lists.c.release_id == bindparam("release_id"), lists.c.state == ListState.APPROVED.value)
    return select(lists).where(approved).order_by(lists.c.version.desc()).limit(1)


@cache
def _grants(*, of_person: bool = False) -> Select[*tuple[Any, ...]]:
    """Built once, as above. A grant comes once for each time that its person held its post."""
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
        .outerjoin(holdings, and_(holdings.c.post_id == grants.c.post_id, holdings.c.person_id == grants.c.person_id))
        .where(grants.c.list_id == bindparam("list_id"))
        .order_by(grants.c.row, grants.c.grant_id, holdings.c.held_from_on)
    )
    return wanted.where(grants.c.person_id == bindparam("person_id")) if of_person else wanted


def _each_once(rows: Iterable[_AnyRow], on: date | None) -> tuple[GrantRow, ...]:
    best: dict[str, _AnyRow] = {}
    for row in rows:
        kept = best.get(row.grant_id)
        if kept is None or _serves(row, on) or not _serves(kept, on):
            best[row.grant_id] = row
    return tuple(_grant_row(row) for row in best.values())


def _guarded(connection: Connection, list_id: str, revision: int, values: dict[str, Any]) -> None:
    same = and_(lists.c.list_id == list_id, lists.c.revision == revision)
    if connection.execute(update(lists).where(same).values(**values, revision=revision + 1)).rowcount != 1:
        raise Conflict("Somebody changed this list since you read it. Read it again, then repeat your change.")


def _serves(row: _AnyRow, on: date | None) -> bool:
    """Say whether a holding covers a day; without a day the newest, which comes last, is taken."""
    if on is None:
        return True
    begun = row.held_from_on is not None and row.held_from_on <= on
    return begun and (row.held_until_on is None or row.held_until_on >= on)


def _list_row(row: _AnyRow, rows: tuple[GrantRow, ...]) -> ListRow:
    listed = EligibilityList(
        list_id=row.list_id,
        release_id=row.release_id,
        version=row.version,
        state=ListState(row.state),
        grants=tuple(one.grant for one in rows),
        prepared_by=row.prepared_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        sha256=row.sha256,
    )
    return ListRow(
        eligibility_list=listed,
        prepared_at=row.prepared_at,
        edited_by=tuple(json.loads(row.edited_by)),
        notes=tuple(json.loads(row.notes)),
        revision=row.revision,
        rows=rows,
    )


def _grant_row(row: _AnyRow) -> GrantRow:
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
    }
