"""Eligibility lists: read, derived from the version before, and edited as drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions.lists import PREPARERS, RELEASES_BACK, ListView, demand_draft, demand_open, view
from app.actions.naming import Holder as Holder
from app.actions.naming import Naming
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_revision, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, grants, releases
from app.records.eligibility import ListRow
from app.records.grants import GrantRow
from app.records.releases import ReleaseRow
from app.rules.differences import TERMS, Difference, difference
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Grant, ListState, Role
from app.rules.listlife import unanswered
from app.rules.seats import next_seat, titled

_READERS = (*PREPARERS, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """Two versions and how the later differs; no earlier one where there is none to compare with."""

    after: ListRow
    before: ListRow | None
    difference: Difference


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


def list_versions(tools: Tools, actor: Actor, release_id: str, *, with_rows: bool = True) -> tuple[ListRow, ...]:
    """Give every version of a release's list, newest first, to those who prepare it and to auditors.

    Args:
        tools: The tools.
        actor: Who asks.
        release_id: The release.
        with_rows: With who is on each; else no version has a row here.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *_READERS)
        read = eligibility.versions_of if with_rows else eligibility.versions_alone
        return read(connection, release_id)


def list_in_force(tools: Tools, actor: Actor, release_id: str) -> ListRow | None:
    """Give the list in force of a release to the same; None where none was ever approved.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *_READERS)
        return eligibility.row_in_force(connection, release_id)


def read_list(tools: Tools, actor: Actor, list_id: str, *, releases_back: int = RELEASES_BACK) -> ListView:
    """Give one version of a list, and how it differs from the version in force.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release, or an auditor.
        list_id: The version.
        releases_back: At how many earlier releases of the series to look.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = eligibility.get_row(connection, list_id)
        release = releases.get_row(connection, row.eligibility_list.release_id)
        require_role(actor, release.organisation_id, *_READERS)
        return view(connection, row, release, at, releases_back)


def read_difference(tools: Tools, actor: Actor, list_id: str, *, against: str | None = None) -> DifferenceView:
    """Compare two versions of lists of one producer.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release, or an auditor.
        list_id: The later version.
        against: The one it is compared with. None takes the version in force, or, for that, the one in force before it.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        row = eligibility.get_row(connection, list_id)
        release = releases.get_row(connection, row.eligibility_list.release_id)
        require_role(actor, release.organisation_id, *_READERS)
        before = _compared_with(connection, row, release, against)
        theirs = before.eligibility_list.grants if before else ()
        return DifferenceView(row, before, difference(row.eligibility_list.grants, theirs))


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
        Malformed: The holder's address cannot be taken, or they stand there already; or the Statistics Board is to
            have been informed in the future.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        editing = _edit(tools, tx, actor, list_id, revision, at)
        _demand_informed(grant, at)
        made = titled(replace(grant, grant_id=tools.new_id("grt")), grant.post_title, grant.organisation)
        made = replace(made, seat=next_seat(editing.row.eligibility_list.grants, made))
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
        Malformed: The Statistics Board is to have been informed in the future.
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
            confirm_needed=old.confirm_needed,
        )
        if after.exceptional != old.exceptional:
            _demand_informed(after, at)
        moved = (after.post_title, after.organisation) != (old.post_title, old.organisation)
        if moved:
            after = titled(after, after.post_title, after.organisation)
            after = replace(after, seat=next_seat(editing.row.eligibility_list.grants, after))
        if one_post is not None:
            after = replace(after, is_group=not one_post)
        after = replace(after, defects=unanswered(old.defects, _changed_members(old, after)))
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
        grants.confirm(tx.connection, [grant_id], at, actor.actor_id)
        return _finish(editing, {"change": "holder_named", "grant_id": grant_id}, after.person_id)


def confirm_holder(tools: Tools, actor: Actor, list_id: str, grant_id: str, *, revision: int) -> ListView:
    """Confirm that the holder of a grant that came from another list still holds the post and still needs access.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Conflict: Somebody changed the draft meanwhile.
        OutOfOrder: It is no draft, or nobody is named.
        Malformed: Nothing has to be confirmed.

    Source:
        Producer policy: confirmed holders
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        editing = _edit(tools, tx, actor, list_id, revision, at)
        before = _grant_in(editing.row, grant_id).grant
        if before.person_id is None:
            raise OutOfOrder("Nobody is named as the holder. Name the person who holds the post.")
        if not before.confirm_needed:
            raise Malformed("This holder needs no confirmation.", code=Code.NO_CHANGE)
        grants.confirm(tx.connection, [grant_id], at, actor.actor_id)
        return _finish(editing, {"change": "holder_confirmed", "grant_id": grant_id}, before.person_id)


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


def _compared_with(connection: Connection, row: ListRow, release: ReleaseRow, against: str | None) -> ListRow | None:
    listed = row.eligibility_list
    if against is not None:
        other = eligibility.get_row(connection, against)
        if releases.get_row(connection, other.eligibility_list.release_id).organisation_id != release.organisation_id:
            raise NotFound(NOTHING_THERE)
        return other
    found = eligibility.find_version(connection, listed.release_id, ListState.APPROVED)
    if found == listed.list_id:
        found = eligibility.find_version_before(connection, listed.release_id, listed.version)
    return eligibility.get_row(connection, found) if found else None


def _edit(tools: Tools, tx: Transaction, actor: Actor, list_id: str, revision: int, at: datetime) -> _Editing:
    row = eligibility.get_row(tx.connection, list_id)
    release = releases.get_row(tx.connection, row.eligibility_list.release_id)
    require_role(actor, release.organisation_id, *PREPARERS)
    demand_draft(row)
    demand_open(release)
    require_revision(row.revision, revision)
    return _Editing(tools, tx, actor, row, release, at)


def _demand_informed(grant: Grant, at: datetime) -> None:
    informed_at = grant.exceptional.board_informed_at if grant.exceptional else None
    if informed_at is not None and informed_at > at:
        what = "The Board cannot have been informed in the future."
        raise Malformed(
            f"{what} Nothing was done.",
            code=Code.INVALID_INSTANT,
            errors=[{"where": "exceptional.board_informed_at", "what": what}],
        )


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


def _changed_members(old: Grant, after: Grant) -> list[str]:
    return [name for name in ("post_title", *TERMS) if getattr(old, name) != getattr(after, name)]


def _named(editing: _Editing, grant: Grant, post_id: str, holder: Holder) -> Grant:
    person_id = editing.naming.person_id(holder.email, holder.name)
    for one in editing.row.rows:
        if one.post_id == post_id and one.grant.person_id == person_id and one.grant.grant_id != grant.grant_id:
            raise Conflict("This person stands on the list for this post already.", code=Code.ALREADY_EXISTS)
    if holder.held_from_on is not None:
        editing.naming.begin_holding(post_id, person_id, holder.held_from_on)
    left = unanswered(grant.defects, ["person_id"])
    return replace(grant, person_id=person_id, confirm_needed=False, defects=left)


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
