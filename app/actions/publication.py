"""The list of posts: computed from the enforced list, published by the producer, read by anybody afterwards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import owing
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import calendar, eligibility, public_lists, releases
from app.records.public_lists import PublicListRow
from app.rules import lifecycle
from app.rules.canonical import sha256_hex
from app.rules.eligibility import PublicRow, public_bytes, public_list
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import ListState, Order, Release, ReleaseState, Role
from app.rules.feeds import was_announced
from app.rules.window import from_text, is_beyond_limit

_PREPARERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_CLAUSES = {
    Order.UK: "SI 2008/2998 Sch. para 5(4)(a)",
    Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 5(4)(a)",
    Order.SCOTLAND: "SSI 2008/399 Sch. para 4(5)",
    Order.WALES: "",
}
_NOT_PUBLIC = (ReleaseState.PLANNED, ReleaseState.CANCELLED)


@dataclass(frozen=True, slots=True)
class PublishedList:
    """The list of posts as it was published. ``published_at`` aware, UTC."""

    release: Release
    list_version: int
    sha256: str
    rows: tuple[PublicRow, ...]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class ExceptionalShown:
    """An exceptional grant as the public may read of it.

    Attributes:
        row: Its terms and reasons; without post and organisation where the Order has no list of posts published.
        source: The clause by which its reasons are published; empty where the Order has no such clause.
    """

    release: Release
    row: PublicRow
    source: str


def publish_list_of_posts(tools: Tools, actor: Actor, release_id: str) -> PublishedList:
    """Publish the list of posts with access, computed from the list in force.

    It may be published before the release itself. That shows everybody that the release exists, so it is the producer's
    own act, and impossible before the release is announced.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release.
        release_id: The release.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: The release was never announced or is cancelled, or no list is approved.
        Malformed: The same list is published already.

    Source:
        SI 2008/2998 Sch. para 9(b)
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        row = releases.get_row(tx.connection, release_id)
        require_role(actor, row.organisation_id, *_PREPARERS)
        if row.release.state in _NOT_PUBLIC:
            remedy = lifecycle.LEFT_TO_DO.get(row.release.state, "Announce it first, then publish the list.")
            raise OutOfOrder(
                f"The release is {row.release.state.value}; its list of posts cannot be made public. {remedy}"
            )
        if not _is_announced(tx.connection, release_id):
            raise OutOfOrder(
                "The release was postponed before it was announced, and nobody outside knows that it exists; its list "
                "of posts cannot be made public. Set its new time first, which announces it, then publish the list."
            )
        listed = eligibility.in_force(tx.connection, release_id)
        if listed is None:
            raise OutOfOrder(
                "No eligibility list has been approved for this release, so there is no list of posts yet."
            )
        rows = public_list(listed, row.release)
        content = public_bytes(rows)
        before = public_lists.find(tx.connection, release_id)
        if before is not None and (before.rows.encode(), before.list_version) == (content, listed.version):
            raise Malformed("This list of posts is published already. Nothing was done.", code=Code.NO_CHANGE)
        published = PublicListRow(listed.version, sha256_hex(content), content.decode(), at)
        public_lists.add(tx.connection, tools.new_id("pub"), release_id, published, actor.actor_id)
        tx.append(
            Entry(
                EntryKind.PUBLIC_LIST_PUBLISHED,
                at,
                actor_id=actor.actor_id,
                producer_id=row.release.producer.producer_id,
                release_id=release_id,
                said={
                    "list_id": listed.list_id,
                    "version": listed.version,
                    "sha256": published.sha256,
                    "posts": len(rows),
                    "people": len(listed.grants),
                },
            )
        )
        owing.settle_published(tx, actor, row, rows, listed.version, at)
        return PublishedList(row.release, listed.version, published.sha256, rows, at)


def read_public_list(tools: Tools, release_id: str) -> PublishedList:
    """Give the list of posts as it was last published, to anybody.

    Raises:
        NotFound: There is no such release, it was never announced, or its list has not been published; none of these
            is told apart.
    """
    with tools.reading() as connection:
        published = public_lists.find(connection, release_id)
        if published is None or not _is_announced(connection, release_id):
            raise NotFound(NOTHING_THERE)
        release = releases.get(connection, release_id)
        if release.rehearsal:
            raise NotFound(NOTHING_THERE)  # the public is shown no rehearsal
    return PublishedList(
        release=release,
        list_version=published.list_version,
        sha256=published.sha256,
        rows=tuple(_row(record) for record in json.loads(published.rows)),
        published_at=published.published_at,
    )


def read_exceptional(tools: Tools, producer_id: str) -> tuple[ExceptionalShown, ...]:
    """Give a producer's exceptional grants with their published reasons, to anybody. No person is named.

    They stand on the published lists of posts. The Scottish Order has no such list, and has an increase published all
    the same: there the statistics, how long, and why are told once the release itself is published, and no post.

    Raises:
        NotFound: There is no such producer, or it has published nothing; the two are never told apart.

    Source:
        SI 2008/2998 Sch. para 5(4)(a); SR 2009/71 Sch. para 5(4)(a); SSI 2008/399 Sch. para 4(5)
    """
    shown: list[ExceptionalShown] = []
    with tools.reading() as connection:
        if not public_lists.has_published(connection, producer_id):
            raise NotFound(NOTHING_THERE)
        for release, published in public_lists.of_producer(connection, producer_id):
            rows = (_row(record) for record in json.loads(published.rows))
            shown += [ExceptionalShown(release, row, _CLAUSES[release.order]) for row in rows if row.exceptional]
        for release in public_lists.published_without(connection, producer_id, Order.SCOTLAND):
            listed = eligibility.in_force(connection, release.release_id)
            for grant in listed.grants if listed else ():
                if grant.exceptional is not None and is_beyond_limit(release, grant):
                    ground = f"Ground ({grant.ground_letter}). " if grant.ground_letter else ""
                    row = PublicRow("", "", 1, from_text(release, grant), True, f"{ground}{grant.exceptional.reasons}")
                    shown.append(ExceptionalShown(release, row, _CLAUSES[Order.SCOTLAND]))
    return tuple(shown)


def preview_public_list(tools: Tools, actor: Actor, list_id: str) -> tuple[PublicRow, ...]:
    """Show what the list of posts would be for one version of the list, to those who prepare it.

    Raises:
        NotFound: There is no such version, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        listed = eligibility.get(connection, list_id)
        row = releases.get_row(connection, listed.release_id)
        require_role(actor, row.organisation_id, *_PREPARERS, Role.AUDITOR)
    return public_list(listed, row.release) if listed.state is not ListState.SUPERSEDED else ()


def _is_announced(connection: Connection, release_id: str) -> bool:
    return was_announced(calendar.moves_of(connection, [release_id]).get(release_id, ()))


def _row(record: dict[str, object]) -> PublicRow:
    return PublicRow(
        post=str(record["post"]),
        organisation=str(record["organisation"]),
        count=int(str(record["count"])),
        from_text=str(record["from"]),
        exceptional=bool(record["exceptional"]),
        reasons=str(record["reasons"]),
    )
