"""A draft of an eligibility list is approved by a second person, and those it names are invited.

The refusal of a list is a decision of record, so its entry is committed before it is told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions import considering, desk, owing
from app.actions.lists import ListView, demand_draft, demand_open, lacking_now, view
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
from app.records import eligibility, grants, posts, releases
from app.records.eligibility import ListRow
from app.records.releases import ReleaseRow
from app.rules import letters, lettersubjects
from app.rules.eligibility import is_exceptional, list_sha256
from app.rules.errors import Code, Conflict, OutOfOrder, Refused
from app.rules.facts import EligibilityList, Grant, Role
from app.rules.failures import consideration_missing
from app.rules.limits import NO_WINDOW
from app.rules.listlife import frozen_since, list_is_frozen
from app.rules.reasons import Reason, ReasonCode, instant_text

_REASONS_LOGGED = 60


def approve_list(
    tools: Tools,
    actor: Actor,
    list_id: str,
    *,
    revision: int,
    override_reason: str = "",
    failures_considered: str = "",
) -> ListView:
    """Approve a draft: from this instant it is the list that is enforced, and the one before it no longer.

    A refusal of the list itself is a decision of record, so it is committed before it is told. The version relies on
    the holdings of posts that are on record now; one that takes people off a frozen list relies on no newer ones than
    the version before it did, so that nobody is let in along with it.

    Args:
        tools: The tools.
        actor: The head of profession, who has had no hand in the draft and did not send it for approval.
        list_id: The draft.
        revision: What the actor read.
        override_reason: Why it is approved although the list is frozen; it counts only where the list is.
        failures_considered: What the actor took into account of the past failures that bear on the list.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role, had a hand in it, sent it or is named on it; or the list is not sound, or
            frozen, with every reason.
        Conflict: Somebody changed the draft meanwhile.
        OutOfOrder: It is no draft, or the release is published or cancelled.

    Source:
        SI 2008/2998 Sch. para 2; SI 2008/2998 Sch. para 3(1); Producer policy: list freeze; SSI 2008/399 Sch. para 7;
        WSI 2009/2818 Sch. para 8
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row, release, before = _to_approve(connection, actor, list_id, revision)
        lacking = _lacking(connection, row, before, release, override_reason, failures_considered, at)
    if lacking:
        raise _refuse(tools, actor, row, release, lacking, at)
    with tools.transaction() as tx:
        releases.keep(tx.connection, row.eligibility_list.release_id)
        posts.keep_holders(tx.connection, [one.post_id for one in row.rows])
        row, release, before = _to_approve(tx.connection, actor, list_id, revision)
        if _lacking(tx.connection, row, before, release, override_reason, failures_considered, at):
            raise Conflict("What the list rests on changed meanwhile. Read it again.")
        listed = row.eligibility_list
        overridden = any(one.code is ReasonCode.LIST_FROZEN for one in lacking_now(listed, before, release, at))
        digest = list_sha256(listed)
        eligibility.approve(
            tx.connection,
            list_id,
            revision=revision,
            approved_by=actor.actor_id,
            approved_at=at,
            sha256=digest,
            holdings_as_of=_holdings_as_of(tools, tx, before, release, overridden, at),
            override_reason=override_reason if overridden else "",
            failures_considered=failures_considered,
        )
        _carry_pauses(tx, listed)
        approved = _approved(actor, listed, release, digest, at, {"override": True} if overridden else {})
        tx.append(_with_failures(tx.connection, approved, listed, release, failures_considered))
        if overridden:
            tx.append(_overridden(actor, listed, release, override_reason, at))
        owing.raise_duties(tools, tx, actor, release, list_id, at)
        _tell_listed(tools, tx, before, row, release, at)
        return view(tx.connection, eligibility.get_row(tx.connection, list_id), release, at)


def _to_approve(
    connection: Connection, actor: Actor, list_id: str, revision: int
) -> tuple[ListRow, ReleaseRow, EligibilityList | None]:
    row = eligibility.get_row(connection, list_id)
    release = releases.get_row(connection, row.eligibility_list.release_id)
    require_role(actor, release.organisation_id, Role.HEAD_OF_PROFESSION)
    demand_draft(row)
    demand_open(release)
    require_revision(row.revision, revision)
    in_force = eligibility.in_force(connection, release.release.release_id)
    if in_force is not None and in_force.version > row.eligibility_list.version:
        raise OutOfOrder(f"Version {in_force.version}, which is newer, is in force. Begin a new version from it.")
    hands = {*row.edited_by, row.eligibility_list.prepared_by}
    if row.submitted_by is not None:  # the reason for its growth is theirs
        hands.add(row.submitted_by)
    require_second_person(actor, hands, "this list", did="prepared, changed or sent")
    require_no_own_access(actor, {grant.person_id for grant in row.eligibility_list.grants})
    return row, release, in_force


def _lacking(
    connection: Connection,
    row: ListRow,
    before: EligibilityList | None,
    release: ReleaseRow,
    override_reason: str,
    failures_considered: str,
    at: datetime,
) -> tuple[Reason, ...]:
    """Say everything that stands in the way of an approval; with its reason given, the freeze does not."""
    listed = row.eligibility_list
    failures = considering.past_failures(connection, listed, release.release)
    found = (
        *lacking_now(listed, before, release, at),
        *considering.training_lacking(connection, listed, release.release, at),
        *consideration_missing(failures, failures_considered),
    )
    if not override_reason.strip():
        return found
    return tuple(reason for reason in found if reason.code is not ReasonCode.LIST_FROZEN)


def _holdings_as_of(
    tools: Tools, tx: Transaction, before: EligibilityList | None, release: ReleaseRow, overridden: bool, at: datetime
) -> datetime:
    """Say up to when holdings count: until now, or as before where people are only taken off a frozen list."""
    if list_is_frozen(release.release, at) is not None and not overridden and before is not None:
        earlier = eligibility.get_row(tx.connection, before.list_id).holdings_as_of
        if earlier is not None:
            return earlier
    # The clock is read anew: every holding that this transaction sees was recorded by now, and every later one is not.
    return tools.clock.now()


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
    no_window = next((NO_WINDOW[reason.code] for reason in lacking if reason.code in NO_WINDOW), None)
    only_frozen = all(reason.code is ReasonCode.LIST_FROZEN for reason in lacking)
    return Refused(
        f"{lacking[0].detail} {lacking[0].remedy}"
        if only_frozen
        else lacking[0].detail
        if len(lacking) == 1
        else f"{len(lacking)} things stand in the way; the first: {lacking[0].detail}",
        code=no_window or (Code.LIST_FROZEN if only_frozen else Code.LIST_NOT_SOUND),
        reasons=lacking,
        receipt=receipt,
    )


def _carry_pauses(tx: Transaction, after: EligibilityList) -> None:
    """Whoever waited for a decision waits still: a new version decides nothing about that.

    It counts as it stood on the last version in force that named them, however many versions left them out since.
    """
    paused: dict[str | None, str] = {}
    for row in eligibility.versions_of(tx.connection, after.release_id):  # newest first, so that what is known stays
        listed = row.eligibility_list
        if listed.approved_at is None or listed.version >= after.version:
            continue
        here: dict[str | None, str] = {}
        for one in listed.grants:
            here[one.person_id] = here.get(one.person_id) or one.paused_reason
        paused = here | paused
    for grant in after.grants:
        reason = paused.get(grant.person_id, "")
        if grant.paused_reason != reason:
            grants.pause(tx.connection, grant.grant_id, reason)


def _approved(
    actor: Actor, listed: EligibilityList, release: ReleaseRow, digest: str, at: datetime, more: dict[str, bool]
) -> Entry:
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
            "exceptional": sum(is_exceptional(release.release, grant) for grant in listed.grants),
            **more,
        },
    )


def _with_failures(
    connection: Connection, entry: Entry, listed: EligibilityList, release: ReleaseRow, considered: str
) -> Entry:
    """Say in the entry how many past failures bore on the list, and, sealed, what the approver considered of them."""
    failures = considering.past_failures(connection, listed, release.release)
    if not failures:
        return entry
    must = sum(one.weight.must for one in failures)
    said = {**entry.said, "failures": len(failures), "failures_that_must_count": must}
    return replace(entry, said=said, sealed={**entry.sealed, "failures_considered": considered})


def _overridden(actor: Actor, listed: EligibilityList, release: ReleaseRow, reason: str, at: datetime) -> Entry:
    since = frozen_since(release.release)
    return Entry(
        EntryKind.LIST_FREEZE_OVERRIDDEN,
        at,
        actor_id=actor.actor_id,
        person_id=actor.person_id,
        producer_id=release.release.producer.producer_id,
        release_id=listed.release_id,
        said={
            "override": True,
            "list_id": listed.list_id,
            "version": listed.version,
            "frozen_since": instant_text(since) if since else None,
        },
        sealed={"reason": reason[:2000]},
    )


def _tell_listed(
    tools: Tools, tx: Transaction, before: EligibilityList | None, row: ListRow, release: ReleaseRow, at: datetime
) -> None:
    """Invite those newly listed, with their own window; tell those no longer listed."""
    listed = row.eligibility_list
    earlier = {one.person_id for one in before.grants} if before else set()
    mine: dict[str, list[Grant]] = {}
    for grant in listed.grants:
        if grant.person_id is not None:
            mine.setdefault(grant.person_id, []).append(grant)
    for one in row.rows:
        grants_held = mine.pop(one.grant.person_id or "", None)
        if grants_held and one.grant.person_id not in earlier:
            body = letters.invitation(release.release, grants_held, release.contact)
            _owe(
                tools,
                tx,
                listed,
                release,
                one.grant.person_id,
                one.holder_email,
                lettersubjects.access_given(release.release),
                body,
                at,
                kind="list_approved",
            )
    now = {grant.person_id for grant in listed.grants}
    for person in eligibility.listed_people(tx.connection, listed.release_id, before.version) if before else ():
        if person.person_id not in now:
            body = letters.farewell(release.release, release.contact)
            _owe(
                tools,
                tx,
                listed,
                release,
                person.person_id,
                person.email,
                lettersubjects.access_ended(release.release),
                body,
                at,
                kind="access_ended",
            )


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
    *,
    kind: str,
) -> None:
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=email,
        person_id=person_id,
        kind=kind,
        reason_key=f"{listed.list_id}:{person_id}",
        subject=subject,
        body=body,
        release_id=release.release.release_id,
    )
