"""The head of profession freezes the list of a release before its window opens, or takes that back.

From the opening of the ordinary window a list is frozen by itself, and nobody can take that back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions.lists import demand_open
from app.actions.tools import Actor, Tools, require_revision, require_role
from app.audit.entries import Entry, EntryKind
from app.records import freezes, releases
from app.records.releases import ReleaseRow
from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.facts import Release, Role, london_text
from app.rules.listlife import frozen_since, list_is_frozen


@dataclass(frozen=True, slots=True)
class Freeze:
    """How it stands with the list of a release.

    Attributes:
        frozen_since: Since when, or from when, a change needs an override; None while that is open.
        by_hand_at: When a person froze it, if a person did.
        revision: Of the release.
    """

    release_id: str
    frozen_since: datetime | None
    by_hand_at: datetime | None
    revision: int


def freeze_list(tools: Tools, actor: Actor, release_id: str, *, revision: int, reason: str = "") -> Freeze:
    """Freeze the list of a release now, before its window opens.

    Args:
        tools: The tools.
        actor: The head of profession.
        release_id: The release.
        revision: The release's, as the actor read it.
        reason: Why, if that is to be kept.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
        Conflict: Somebody changed the release meanwhile.
        OutOfOrder: The list is frozen already, or the release is over.

    Source:
        Producer policy: list freeze
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, release_id)
        row = _of_head(tx.connection, actor, release_id)
        require_revision(row.revision, revision)
        _demand_freezable(row, at)
        freezes.freeze_list(tx.connection, release_id, at, revision=revision)
        tx.append(_entry(EntryKind.LIST_FROZEN, actor, row, reason, at))
    return _freeze(replace(row, release=replace(row.release, list_frozen_at=at), revision=revision + 1))


def demand_freezable(tools: Tools, actor: Actor, release_id: str) -> None:
    """Stop somebody who could not freeze the list of a release now, whatever they write beside it.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: The list is frozen already, or the release is over.
    """
    with tools.reading() as connection:
        _demand_freezable(_of_head(connection, actor, release_id), tools.clock.now())


def demand_thawable(tools: Tools, actor: Actor, release_id: str) -> None:
    """Stop somebody who could not take back the freeze of a list now, whatever they write beside it.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: Nobody froze the list, its window has opened, or the release is over.
    """
    with tools.reading() as connection:
        _thawed(_of_head(connection, actor, release_id), tools.clock.now())


def unfreeze_list(tools: Tools, actor: Actor, release_id: str, *, revision: int, reason: str) -> Freeze:
    """Take back a freeze that a person made, while the window has not opened.

    Args:
        tools: The tools.
        actor: The head of profession.
        release_id: The release.
        revision: The release's, as the actor read it.
        reason: Why; it is kept in the log.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
        Conflict: Somebody changed the release meanwhile.
        OutOfOrder: Nobody froze the list, its window has opened, or the release is over.
        Malformed: No reason is given.

    Source:
        Producer policy: list freeze
    """
    if not reason.strip():
        what = "Say why. Nothing was done."
        raise Malformed(what, code=Code.REASON_REQUIRED, errors=[{"where": "reason", "what": "is missing"}])
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, release_id)
        row = _of_head(tx.connection, actor, release_id)
        require_revision(row.revision, revision)
        thawed = _thawed(row, at)
        freezes.freeze_list(tx.connection, release_id, None, revision=revision)
        tx.append(_entry(EntryKind.LIST_UNFROZEN, actor, row, reason, at))
    return _freeze(replace(row, release=thawed, revision=revision + 1))


def _of_head(connection: Connection, actor: Actor, release_id: str) -> ReleaseRow:
    row = releases.get_row(connection, release_id)
    require_role(actor, row.organisation_id, Role.HEAD_OF_PROFESSION)
    demand_open(row)
    return row


def _demand_freezable(row: ReleaseRow, at: datetime) -> None:
    already = list_is_frozen(row.release, at)
    if already is not None:
        raise OutOfOrder(f"{already.detail} Nothing more is needed.")


def _thawed(row: ReleaseRow, at: datetime) -> Release:
    """Give a release as it is once its freeze by hand is taken back, where that can be."""
    if row.release.list_frozen_at is None:
        raise OutOfOrder("Nobody froze this list. From the opening of its window it is frozen by itself.")
    thawed = replace(row.release, list_frozen_at=None)
    opened = frozen_since(thawed)
    if opened is not None and opened <= at:
        raise OutOfOrder(f"The window opened on {london_text(opened)}; the list stays frozen. Override it instead.")
    return thawed


def _freeze(row: ReleaseRow) -> Freeze:
    release = row.release
    return Freeze(release.release_id, frozen_since(release), release.list_frozen_at, row.revision)


def _entry(kind: EntryKind, actor: Actor, row: ReleaseRow, reason: str, at: datetime) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=actor.person_id,
        producer_id=row.release.producer.producer_id,
        release_id=row.release.release_id,
        said={"by": "hand"},
        sealed={"reason": reason[:2000]} if reason.strip() else {},
    )
