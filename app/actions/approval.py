"""A draft of an eligibility list is approved by a second person, and those it names are invited.

The refusal of a list is a decision of record, so its entry is committed before it is told.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.lists import ListView, demand_draft, demand_open, view
from app.actions.tools import (
    Actor,
    Tools,
    Transaction,
    require_no_own_access,
    require_revision,
    require_role,
    require_second_person,
)
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import eligibility, grants, releases
from app.records.eligibility import ListRow
from app.records.releases import ReleaseRow
from app.rules import letters
from app.rules.eligibility import is_exceptional, list_sha256, soundness
from app.rules.errors import Code, OutOfOrder, Refused
from app.rules.facts import EligibilityList, Grant, Role
from app.rules.reasons import Reason, ReasonCode

_REASONS_LOGGED = 60


def approve_list(tools: Tools, actor: Actor, list_id: str, *, revision: int) -> ListView:
    """Approve a draft: from this instant it is the list that is enforced, and the one before it no longer.

    A refusal of the list itself is a decision of record, so it is committed before it is told.

    Args:
        tools: The tools.
        actor: The head of profession, who has had no hand in the draft.
        list_id: The draft.
        revision: What the actor read.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role, had a hand in it or is named on it; or the list is not sound, with every
            reason.
        Conflict: Somebody changed the draft meanwhile.
        OutOfOrder: It is no draft, or the release is published or cancelled.

    Source:
        SI 2008/2998 Sch. para 2; SI 2008/2998 Sch. para 3(1)
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row, release = _to_approve(connection, actor, list_id, revision)
    lacking = soundness(row.eligibility_list, release.release, at)
    if lacking:
        raise _refuse(tools, actor, row, release, lacking, at)
    with tools.transaction() as tx:
        row, release = _to_approve(tx.connection, actor, list_id, revision)
        before = eligibility.in_force(tx.connection, release.release.release_id)
        digest = list_sha256(row.eligibility_list)
        eligibility.approve(
            tx.connection, list_id, revision=revision, approved_by=actor.actor_id, approved_at=at, sha256=digest
        )
        _carry_pauses(tx, before, row.eligibility_list)
        tx.append(_approved(actor, row.eligibility_list, release, digest, at))
        _tell_listed(tools, tx, before, row, release, at)
        return view(tx.connection, eligibility.get_row(tx.connection, list_id), release, at)


def _to_approve(connection: Connection, actor: Actor, list_id: str, revision: int) -> tuple[ListRow, ReleaseRow]:
    row = eligibility.get_row(connection, list_id)
    release = releases.get_row(connection, row.eligibility_list.release_id)
    require_role(actor, release.organisation_id, Role.HEAD_OF_PROFESSION)
    demand_draft(row)
    demand_open(release)
    require_revision(row.revision, revision)
    in_force = eligibility.in_force(connection, release.release.release_id)
    if in_force is not None and in_force.version > row.eligibility_list.version:
        raise OutOfOrder(f"Version {in_force.version}, which is newer, is in force. Begin a new version from it.")
    require_second_person(actor, {*row.edited_by, row.eligibility_list.prepared_by}, "this list")
    require_no_own_access(actor, {grant.person_id for grant in row.eligibility_list.grants})
    return row, release


def _refuse(
    tools: Tools, actor: Actor, row: ListRow, release: ReleaseRow, lacking: tuple[Reason, ...], at: datetime
) -> Refused:
    """Put the refusal on record, durably, and give the error that tells every reason."""
    listed = row.eligibility_list
    codes = sorted({reason.code.value for reason in lacking})
    with tools.transaction() as tx:
        receipt = tx.append(
            Entry(
                EntryKind.LIST_APPROVAL_REFUSED,
                at,
                Outcome.REFUSED,
                actor_id=actor.actor_id,
                person_id=actor.person_id,
                producer_id=release.release.producer.producer_id,
                release_id=listed.release_id,
                said={
                    "list_id": listed.list_id,
                    "version": listed.version,
                    "reasons": codes,
                    "count": len(lacking),
                    "sources": sorted({reason.source for reason in lacking})[:_REASONS_LOGGED],
                },
            )
        )
    not_built = any(reason.code is ReasonCode.ORDER_NOT_BUILT for reason in lacking)
    return Refused(
        lacking[0].detail
        if len(lacking) == 1
        else f"{len(lacking)} things stand in the way; the first: {lacking[0].detail}",
        code=Code.ORDER_NOT_BUILT if not_built else Code.LIST_NOT_SOUND,
        reasons=lacking,
        receipt=receipt,
    )


def _carry_pauses(tx: Transaction, before: EligibilityList | None, after: EligibilityList) -> None:
    """Whoever waited for a decision waits still: a new version decides nothing about that."""
    paused = {one.person_id: one.paused_reason for one in before.grants if one.paused_reason} if before else {}
    for grant in after.grants:
        reason = paused.get(grant.person_id, "")
        if grant.paused_reason != reason:
            grants.pause(tx.connection, grant.grant_id, reason)


def _approved(actor: Actor, listed: EligibilityList, release: ReleaseRow, digest: str, at: datetime) -> Entry:
    return Entry(
        EntryKind.LIST_APPROVED,
        at,
        actor_id=actor.actor_id,
        person_id=actor.person_id,
        producer_id=release.release.producer.producer_id,
        release_id=listed.release_id,
        said={
            "list_id": listed.list_id,
            "version": listed.version,
            "sha256": digest,
            "grants": len(listed.grants),
            "people": len({grant.person_id for grant in listed.grants}),
            "posts": len({(grant.post_title, grant.organisation) for grant in listed.grants}),
            "exceptional": sum(is_exceptional(grant) for grant in listed.grants),
        },
    )


def _tell_listed(
    tools: Tools, tx: Transaction, before: EligibilityList | None, row: ListRow, release: ReleaseRow, at: datetime
) -> None:
    """Invite those newly listed, with their own window; tell those no longer listed."""
    listed, title = row.eligibility_list, release.release.title[:200]
    earlier = {one.person_id for one in before.grants} if before else set()
    mine: dict[str, list[Grant]] = {}
    for grant in listed.grants:
        if grant.person_id is not None:
            mine.setdefault(grant.person_id, []).append(grant)
    for one in row.rows:
        grants_held = mine.pop(one.grant.person_id or "", None)
        if grants_held and one.grant.person_id not in earlier:
            body = letters.invitation(release.release, grants_held, release.contact)
            _owe(tools, tx, listed, release, one.grant.person_id, one.holder_email, f"access to “{title}”", body, at)
    now = {grant.person_id for grant in listed.grants}
    for person in eligibility.listed_people(tx.connection, listed.release_id, before.version) if before else ():
        if person.person_id not in now:
            body = letters.farewell(release.release, release.contact)
            _owe(tools, tx, listed, release, person.person_id, person.email, f"access ended: “{title}”", body, at)


def _owe(
    tools: Tools,
    tx: Transaction,
    listed: EligibilityList,
    release: ReleaseRow,
    person_id: str | None,
    email: str,
    subject: str,
    body: str,
    at: datetime,
) -> None:
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=email,
        person_id=person_id,
        kind="list_approved",
        reason_key=f"{listed.list_id}:{person_id}",
        subject=f"{release.release.producer.name[:60]}: {subject}",
        body=body,
    )
