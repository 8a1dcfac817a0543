"""Eligibility lists, every version kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from app.answers import asked_once
from app.plain import plain
from app.records.grants import GrantRow, of_list, of_lists, of_person, of_person_on
from app.records.tables import grants, lists, people, releases
from app.rules.errors import NOTHING_THERE, Conflict, NotFound
from app.rules.facts import EligibilityList, Grant, ListState, Person, ReleaseState

_AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ListRow:
    """One version of a list with what only those who keep it need.

    Attributes:
        edited_by: Ids of everyone who prepared or changed it: none of them may approve it.
        notes: What the import reported of the sheet as a whole.
        holdings_as_of: The version relies on no holding that was recorded later; None while it was never approved.
        override_reason: Why it was approved although the list was frozen; empty where it was not.
        failures_considered: What the approver said of past failures; empty where there was nothing to say.
        submitted_by, submitted_at: Who sent it for approval as it is, and when; None where nobody did, or it changed
            since.
        growth_reason: Why it is longer than the list before it, as whoever sent it for approval said; empty once it
            changed since.
        revision: Counts the changes; what an ETag says.
    """

    eligibility_list: EligibilityList
    prepared_at: datetime
    edited_by: tuple[str, ...]
    notes: tuple[str, ...]
    revision: int
    rows: tuple[GrantRow, ...]
    holdings_as_of: datetime | None = None
    override_reason: str = ""
    failures_considered: str = ""
    submitted_by: str | None = None
    submitted_at: datetime | None = None
    growth_reason: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A person whom notices about a release go to."""

    person_id: str
    name: str
    email: str


@asked_once
def in_force(connection: Connection, release_id: str, *, on: date | None = None) -> EligibilityList | None:
    """Give the newest approved version of a release's list with all its grants; None when none was ever approved.

    Args:
        connection: Any connection.
        release_id: The release.
        on: The London day whose holding of a post counts, when a person held it twice; None takes the newest.
    """
    row = row_in_force(connection, release_id, on=on)
    return None if row is None else row.eligibility_list


def row_in_force(connection: Connection, release_id: str, *, on: date | None = None) -> ListRow | None:
    """Give the same with its revision, its editors and its grants; arguments as for ``in_force``."""
    found = find_version(connection, release_id, ListState.APPROVED)
    return None if found is None else get_row(connection, found, on=on)


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
    return _list_row(row, of_person(connection, row.list_id, person_id, on=on))


def in_force_for_each(
    connection: Connection, release_ids: Collection[str], person_id: str, *, on: date
) -> dict[str, ListRow]:
    """Give the same for some releases, by release id; one for which no list was ever approved is not there.

    Args:
        connection: Any connection.
        release_ids: At most a few hundred.
        person_id: Whose grants.
        on: As for ``in_force``.
    """
    found = connection.execute(_approved(whole=True), {"release_ids": sorted(release_ids)})
    newest = {row.release_id: row for row in plain(found)}
    mine = of_person_on(connection, [row.list_id for row in newest.values()], person_id, on=on)
    return {release_id: _list_row(row, mine.get(row.list_id, ())) for release_id, row in newest.items()}


def grants_in_force_for_each(
    connection: Connection, release_ids: Collection[str], person_id: str, *, on: date
) -> dict[str, tuple[Grant, ...]]:
    """Give one person's grants in the lists in force of some releases by release id; none, where they are not listed.

    Args:
        connection: Any connection.
        release_ids: At most a few hundred.
        person_id: Whose grants.
        on: As for ``in_force``.
    """
    found = connection.execute(_approved(), {"release_ids": sorted(release_ids)})
    newest = {list_id: release_id for release_id, list_id in {row.release_id: row.list_id for row in found}.items()}
    mine = of_person_on(connection, newest, person_id, on=on)
    return {newest[list_id]: tuple(one.grant for one in rows) for list_id, rows in mine.items()}


def version_for(connection: Connection, list_id: str, person_id: str, *, on: date) -> ListRow | None:
    """Give one version of a list, in whatever state, with the grants of one person alone; None when there is none.

    Args:
        connection: Any connection.
        list_id: The version.
        person_id: Whose grants.
        on: As for ``in_force``.
    """
    row = connection.execute(select(lists).where(lists.c.list_id == list_id)).one_or_none()
    return None if row is None else _list_row(row, of_person(connection, list_id, person_id, on=on))


def get(connection: Connection, list_id: str) -> EligibilityList:
    """Give one version of a list with all its grants.

    Raises:
        NotFound: There is none.
    """
    return get_row(connection, list_id).eligibility_list


@asked_once
def get_row(connection: Connection, list_id: str, *, on: date | None = None) -> ListRow:
    """Give one version of a list with its revision, its editors and its grants.

    Args:
        connection: Any connection.
        list_id: The version.
        on: As for ``in_force``.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(_by_id(), {"list_id": list_id}).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    rows = of_list(connection, list_id, on=on)
    return _list_row(row, rows)


@asked_once
def versions_of(connection: Connection, release_id: str) -> tuple[ListRow, ...]:
    """Give every version of a release's list with its grants, newest first."""
    wanted = select(lists).where(lists.c.release_id == release_id).order_by(lists.c.version.desc())
    found = plain(connection.execute(wanted))
    listed = of_lists(connection, [row.list_id for row in found])
    return tuple(_list_row(row, listed.get(row.list_id, ())) for row in found)


def versions_alone(connection: Connection, release_id: str) -> tuple[ListRow, ...]:
    """Give the same without a single grant, for what says no more than which versions there are and how they stand."""
    wanted = select(lists).where(lists.c.release_id == release_id).order_by(lists.c.version.desc())
    return tuple(_list_row(row, ()) for row in plain(connection.execute(wanted)))


def note_considered(connection: Connection, list_id: str, considered: str) -> None:
    """Keep what was said of past failures for a version that is in force.

    Args:
        considered: All of it, what was said before included.
    """
    connection.execute(update(lists).where(lists.c.list_id == list_id).values(failures_considered=considered))


def find_version(connection: Connection, release_id: str, *states: ListState) -> str | None:
    """Give the id of the newest version in one of these states; None when there is none."""
    asked = {"release_id": release_id, "states": [state.value for state in states]}
    found: str | None = connection.execute(_newest_in(), asked).scalar_one_or_none()
    return found


def find_version_before(connection: Connection, release_id: str, version: int) -> str | None:
    """Give the id of the version that was in force before a version; None when there was none."""
    earlier = and_(lists.c.release_id == release_id, lists.c.version < version, lists.c.approved_at.is_not(None))
    found: str | None = connection.execute(
        select(lists.c.list_id).where(earlier).order_by(lists.c.version.desc()).limit(1)
    ).scalar_one_or_none()
    return found


def newest_version(connection: Connection, release_id: str) -> int:
    """Give the highest version number a release's list has had; 0 when there is none."""
    highest = connection.execute(select(func.max(lists.c.version)).where(lists.c.release_id == release_id)).scalar_one()
    return highest or 0


@asked_once
def person_named_on(connection: Connection, release_id: str, person_id: str) -> bool:
    """Say whether a person is named on any version of a release's list that is or was in force.

    A draft tells nobody of anything: whoever prepares it must not be able to let others know of a release.
    """
    found = connection.execute(
        select(grants.c.grant_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .where(lists.c.release_id == release_id, grants.c.person_id == person_id, was_approved())
        .limit(1)
    )
    return found.first() is not None


def was_approved() -> ColumnElement[bool]:
    """Give the condition that a version of a list is or was in force."""
    return or_(lists.c.state == ListState.APPROVED.value, lists.c.approved_at.is_not(None))


def people_on_live_lists(connection: Connection, release_ids: Iterable[str]) -> frozenset[str]:
    """Give the ids of everyone named on a draft, or on the list in force, of one of these releases.

    Args:
        connection: Any connection.
        release_ids: The releases; at most a few hundred.
    """
    live = (ListState.DRAFT.value, ListState.APPROVED.value)
    wanted = (
        select(grants.c.person_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .where(lists.c.release_id.in_(sorted(release_ids)), lists.c.state.in_(live), grants.c.person_id.is_not(None))
        .distinct()
    )
    return frozenset(connection.execute(wanted).scalars())


def listed_people(connection: Connection, release_id: str, version: int) -> tuple[Listed, ...]:
    """Give everyone named on one version of a release's list, by address, each once."""
    wanted = (
        select(people.c.person_id, people.c.name, people.c.email)
        .join(grants, grants.c.person_id == people.c.person_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .where(lists.c.release_id == release_id, lists.c.version == version)
        .distinct()
        .order_by(people.c.email)
    )
    return tuple(Listed(row.person_id, row.name, row.email) for row in plain(connection.execute(wanted)))


def listed_on_awaited(connection: Connection) -> tuple[tuple[str, str, str, str], ...]:
    """Give (release, person, name, address) of everyone on the list in force of a release that is not over."""
    over = (ReleaseState.PUBLISHED.value, ReleaseState.CANCELLED.value)
    wanted = (
        select(lists.c.release_id, people.c.person_id, people.c.name, people.c.email)
        .join(grants, grants.c.list_id == lists.c.list_id)
        .join(people, people.c.person_id == grants.c.person_id)
        .join(releases, releases.c.release_id == lists.c.release_id)
        .where(lists.c.state == ListState.APPROVED.value, releases.c.state.not_in(over))
        .distinct()
        .order_by(lists.c.release_id, people.c.person_id)
    )
    return tuple((row.release_id, row.person_id, row.name, row.email) for row in plain(connection.execute(wanted)))


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


def note_edit(connection: Connection, list_id: str, *, revision: int, editors: Iterable[str]) -> None:
    """Count a change of a version that takes back its being sent for approval; keep its editors; if nobody was first.

    Raises:
        Conflict: Somebody was first.
    """
    taken_back = {"submitted_by": None, "submitted_at": None, "growth_reason": ""}
    _guarded(connection, list_id, revision, {"edited_by": json.dumps(sorted(set(editors))), **taken_back})


def submit(
    connection: Connection,
    list_id: str,
    *,
    revision: int,
    submitted_by: str,
    submitted_at: datetime,
    growth_reason: str,
) -> None:
    """Put on record that a draft is sent for approval as it is.

    Args:
        connection: An open write transaction.
        list_id: The draft.
        revision: The revision that was read.
        submitted_by: Id of whoever sends it.
        submitted_at: When. Aware, UTC.
        growth_reason: Why it is longer than the list before it; empty where it is not.

    Raises:
        Conflict: Somebody changed the draft meanwhile.
    """
    values = {"submitted_by": submitted_by, "submitted_at": submitted_at, "growth_reason": growth_reason}
    _guarded(connection, list_id, revision, values)


def approve(
    connection: Connection,
    list_id: str,
    *,
    revision: int,
    approved_by: str,
    approved_at: datetime,
    sha256: str,
    holdings_as_of: datetime,
    override_reason: str = "",
    failures_considered: str = "",
) -> None:
    """Make a draft the approved version and supersede the one before it.

    Args:
        connection: An open write transaction.
        list_id: The draft.
        revision: The revision that was read.
        approved_by: Id of whoever approves it.
        approved_at: When. Aware, UTC.
        sha256: Of what is approved.
        holdings_as_of: The version relies on no holding that was recorded later. Aware, UTC.
        override_reason: Why it is approved although the list is frozen.
        failures_considered: What the approver says of past failures.

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
        "holdings_as_of": holdings_as_of,
        "override_reason": override_reason,
        "failures_considered": failures_considered,
    }
    _guarded(connection, list_id, revision, values)


def set_aside(connection: Connection, list_id: str, *, revision: int) -> None:
    """Supersede a draft by one that was imported afresh.

    Raises:
        Conflict: Somebody changed the draft meanwhile.
    """
    _guarded(connection, list_id, revision, {"state": ListState.SUPERSEDED.value})


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
def _by_id() -> Select[*tuple[Any, ...]]:
    """As above: one version."""
    return select(lists).where(lists.c.list_id == bindparam("list_id"))


@cache
def _newest_in() -> Select[Any]:
    """As above: the newest version of a release that is in one of some states."""
    named = and_(lists.c.release_id == bindparam("release_id"), lists.c.state.in_(bindparam("states", expanding=True)))
    return select(lists.c.list_id).where(named).order_by(lists.c.version.desc()).limit(1)


@cache
def _approved(*, whole: bool = False) -> Select[*tuple[Any, ...]]:
    """As above: every approved version of some releases, the newest last."""
    named = lists.c.release_id.in_(bindparam("release_ids", expanding=True))
    wanted = select(lists) if whole else select(lists.c.release_id, lists.c.list_id)
    return wanted.where(named, lists.c.state == ListState.APPROVED.value).order_by(lists.c.version)


def _guarded(connection: Connection, list_id: str, revision: int, values: dict[str, Any]) -> None:
    same = and_(lists.c.list_id == list_id, lists.c.revision == revision)
    if connection.execute(update(lists).where(same).values(**values, revision=revision + 1)).rowcount != 1:
        raise Conflict("Somebody changed this list since you read it. Read it again, then repeat your change.")


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
        holdings_as_of=row.holdings_as_of or row.approved_at,
        override_reason=row.override_reason,
        failures_considered=row.failures_considered,
        submitted_by=row.submitted_by,
        submitted_at=row.submitted_at,
        growth_reason=row.growth_reason if row.submitted_at is not None else "",
    )
