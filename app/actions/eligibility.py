"""Eligibility lists: read, derived from the version before, and edited as drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from app.actions.lists import PREPARERS, ListView, demand_draft, demand_open, view
from app.actions.naming import Naming
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_revision, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, grants, releases
from app.records.eligibility import ListRow
from app.records.grants import GrantRow
from app.records.releases import ReleaseRow
from app.rules import wording
from app.rules.errors import Code, Conflict, NotFound
from app.rules.facts import EligibilityList, Grant, ListState, Role

_READERS = (*PREPARERS, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is to be named on a grant.

    Attributes:
        name: Needed where the address is not known yet.
        held_from_on: The London day from which they hold the post, if that is to be recorded too.
    """

    email: str
    name: str = ""
    held_from_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Editing:
    """A draft while it is being changed."""

    tools: Tools
    tx: Transaction
    actor: Actor
    row: ListRow
    release: ReleaseRow
    at: datetime

    @property
    def naming(self) -> Naming:
        return Naming(self.tools, self.tx, self.actor, self.release.release.producer.producer_id, self.at)


def list_versions(tools: Tools, actor: Actor, release_id: str) -> tuple[ListRow, ...]:
    """Give every version of a release's list, newest first, to those who prepare it and to auditors.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *_READERS)
        return eligibility.versions_of(connection, release_id)


def read_list(tools: Tools, actor: Actor, list_id: str) -> ListView:
    """Give one version of a list, and how it differs from the version in force.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = eligibility.get_row(connection, list_id)
        release = releases.get_row(connection, row.eligibility_list.release_id)
        require_role(actor, release.organisation_id, *_READERS)
        return view(connection, row, release, at)


def derive_list(tools: Tools, actor: Actor, release_id: str, *, from_release_id: str | None = None) -> ListView:
    """Begin a new draft: a copy of the version in force, or of another release's; empty where there is none.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release.
        release_id: The release the draft is for.
        from_release_id: Another release of the same producer whose list in force is copied.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Conflict: There is a draft already.
        OutOfOrder: The release is published or cancelled.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        release = releases.get_row(tx.connection, release_id)
        require_role(actor, release.organisation_id, *PREPARERS)
        demand_open(release)
        if eligibility.find_version(tx.connection, release_id, ListState.DRAFT) is not None:
            raise Conflict("There is a draft already. Edit it, or import over it.", code=Code.ALREADY_EXISTS)
        source = _source(tx.connection, release, from_release_id)
        row = _copy(tools, tx, actor, release, source, at)
        tx.append(
            _changed(actor, release, row, at, {"change": "derived", "from_list_id": source.list_id if source else None})
        )
        return view(tx.connection, row, release, at)


def add_grant(
    tools: Tools,
    actor: Actor,
    list_id: str,
    grant: Grant,
    *,
    revision: int,
    holder: Holder | None = None,
) -> ListView:
    """Add a grant to a draft.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release.
        list_id: The draft.
        grant: The grant; its id, seat and marks are set here.
        revision: What the actor read.
        holder: Who holds the post, if known.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Conflict: Somebody changed the draft meanwhile.
        OutOfOrder: It is no draft.
        Malformed: The holder's address cannot be taken, or they stand there already.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        editing = _edit(tools, tx, actor, list_id, revision, at)
        made = _titled(replace(grant, grant_id=tools.new_id("grt")), grant.post_title, grant.organisation)
        made = replace(made, seat=_next_seat(editing.row, made))
        post_id = editing.naming.post_id(made.post_title, made.organisation)
        if holder is not None:
            made = _named(editing, made, post_id, holder)
        place = max((one.row for one in editing.row.rows), default=0) + 1
        grants.add(tx.connection, list_id, place, post_id, made)
        return _finish(editing, {"change": "grant_added", "grant_id": made.grant_id})


def change_grant(
    tools: Tools,
    actor: Actor,
    list_id: str,
    grant_id: str,
    change: Callable[[Grant], Grant],
    *,
    revision: int,
    one_post: bool | None = None,
) -> ListView:
    """Change the terms of a grant on a draft, or the title of its post.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release.
        list_id: The draft.
        grant_id: The grant.
        change: Gives the grant as it shall be; holder, seat and pause stay as they are whatever it says.
        revision: What the actor read.
        one_post: True says that the title names one post though it reads like a group; None leaves it to the title.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Conflict: Somebody changed the draft meanwhile.
        OutOfOrder: It is no draft.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        editing = _edit(tools, tx, actor, list_id, revision, at)
        before = _grant_in(editing.row, grant_id)
        old = before.grant
        after = replace(
            change(old),
            grant_id=grant_id,
            person_id=old.person_id,
            seat=old.seat,
            is_group=old.is_group,
            paused_reason=old.paused_reason,
            defects=old.defects,
        )
        moved = (after.post_title, after.organisation) != (old.post_title, old.organisation)
        if moved:
            after = _titled(after, after.post_title, after.organisation)
            after = replace(after, seat=_next_seat(editing.row, after))
        if one_post is not None:
            after = replace(after, is_group=not one_post)
        if moved:
            post_id = editing.naming.post_id(after.post_title, after.organisation)
            grants.remove(tx.connection, grant_id)
            grants.add(tx.connection, list_id, before.row, post_id, after)
        else:
            grants.change(tx.connection, after)
        return _finish(editing, {"change": "grant_changed", "grant_id": grant_id})


def name_holder(tools: Tools, actor: Actor, list_id: str, grant_id: str, holder: Holder, *, revision: int) -> ListView:
    """Name the person who holds the post of a grant on a draft; known by their own work address.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Conflict: Somebody changed the draft meanwhile, or that person stands there for the same post already.
        OutOfOrder: It is no draft.
        Malformed: The address cannot be taken, or is a shared mailbox, or the person is new and has no name.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        editing = _edit(tools, tx, actor, list_id, revision, at)
        before = _grant_in(editing.row, grant_id)
        after = _named(editing, before.grant, before.post_id, holder)
        grants.change(tx.connection, after)
        return _finish(editing, {"change": "holder_named", "grant_id": grant_id}, after.person_id)


def remove_grant(tools: Tools, actor: Actor, list_id: str, grant_id: str, *, revision: int) -> ListView:
    """Take a grant off a draft.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Conflict: Somebody changed the draft meanwhile.
        OutOfOrder: It is no draft.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        editing = _edit(tools, tx, actor, list_id, revision, at)
        before = _grant_in(editing.row, grant_id)
        grants.remove(tx.connection, grant_id)
        return _finish(editing, {"change": "grant_removed", "grant_id": grant_id}, before.grant.person_id)


def _source(connection: Connection, release: ReleaseRow, from_release_id: str | None) -> EligibilityList | None:
    if from_release_id is None:
        return eligibility.in_force(connection, release.release.release_id)
    other = releases.get(connection, from_release_id)
    if other.producer.producer_id != release.release.producer.producer_id:
        raise NotFound(NOTHING_THERE)
    return eligibility.in_force(connection, from_release_id)


def _copy(
    tools: Tools, tx: Transaction, actor: Actor, release: ReleaseRow, source: EligibilityList | None, at: datetime
) -> ListRow:
    listed = EligibilityList(
        list_id=tools.new_id("lst"),
        release_id=release.release.release_id,
        version=eligibility.newest_version(tx.connection, release.release.release_id) + 1,
        state=ListState.DRAFT,
        prepared_by=actor.actor_id,
    )
    eligibility.add(tx.connection, listed, prepared_at=at, edited_by=[actor.actor_id])
    same_release = source is not None and source.release_id == listed.release_id
    for one in grants.of_list(tx.connection, source.list_id) if source else ():
        paused = one.grant.paused_reason if same_release else ""
        copied = replace(one.grant, grant_id=tools.new_id("grt"), paused_reason=paused)
        if not same_release:  # what was exceptional for one release is not so for the next
            copied = replace(copied, exceptional=None)
        grants.add(tx.connection, listed.list_id, one.row, one.post_id, copied)
    return eligibility.get_row(tx.connection, listed.list_id)


def _edit(tools: Tools, tx: Transaction, actor: Actor, list_id: str, revision: int, at: datetime) -> _Editing:
    row = eligibility.get_row(tx.connection, list_id)
    release = releases.get_row(tx.connection, row.eligibility_list.release_id)
    require_role(actor, release.organisation_id, *PREPARERS)
    demand_draft(row)
    demand_open(release)
    require_revision(row.revision, revision)
    return _Editing(tools, tx, actor, row, release, at)


def _finish(editing: _Editing, said: dict[str, str | None], person_id: str | None = None) -> ListView:
    """Count the change, note who made it, log it."""
    list_id = editing.row.eligibility_list.list_id
    editors = (*editing.row.edited_by, editing.actor.actor_id)
    connection = editing.tx.connection
    eligibility.note_edit(connection, list_id, revision=editing.row.revision, editors=editors)
    row = eligibility.get_row(connection, list_id)
    editing.tx.append(_changed(editing.actor, editing.release, row, editing.at, said, person_id))
    return view(connection, row, editing.release, editing.at)


def _grant_in(row: ListRow, grant_id: str) -> GrantRow:
    for one in row.rows:
        if one.grant.grant_id == grant_id:
            return one
    raise NotFound(NOTHING_THERE)


def _titled(grant: Grant, title: str, organisation: str) -> Grant:
    """Give a grant its post, and mark it when the title names a group."""
    post = wording.tidy(title)
    why = wording.names_a_group(post)
    return replace(grant, post_title=post, organisation=wording.tidy(organisation), is_group=why is not None)


def _next_seat(row: ListRow, grant: Grant) -> int:
    post = (grant.post_title.casefold(), grant.organisation.casefold())
    others = [
        one.grant.seat
        for one in row.rows
        if (one.grant.post_title.casefold(), one.grant.organisation.casefold()) == post
        and one.grant.grant_id != grant.grant_id
    ]
    return next(seat for seat in range(1, len(others) + 2) if seat not in others)


def _named(editing: _Editing, grant: Grant, post_id: str, holder: Holder) -> Grant:
    person_id = editing.naming.person_id(holder.email, holder.name)
    for one in editing.row.rows:
        if one.post_id == post_id and one.grant.person_id == person_id and one.grant.grant_id != grant.grant_id:
            raise Conflict("This person stands on the list for this post already.", code=Code.ALREADY_EXISTS)
    if holder.held_from_on is not None:
        editing.naming.begin_holding(post_id, person_id, holder.held_from_on)
    return replace(grant, person_id=person_id)


def _changed(
    actor: Actor,
    release: ReleaseRow,
    row: ListRow,
    at: datetime,
    said: dict[str, str | None],
    person_id: str | None = None,
) -> Entry:
    listed = row.eligibility_list
    return Entry(
        EntryKind.LIST_CHANGED,
        at,
        actor_id=actor.actor_id,
        person_id=person_id,
        producer_id=release.release.producer.producer_id,
        release_id=listed.release_id,
        said={"list_id": listed.list_id, "version": listed.version, "revision": row.revision, **said},
    )
