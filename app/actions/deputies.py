"""Somebody stands in for a recipient on leave: asked for by the recipient, decided by the head of profession (T29).

A link or a forwarded notice gives a colleague nothing. They get a grant of their own, on a new version of the list in
force, and sign a declaration of their own; the recipient's grant is paused in the same transaction. Nobody is added to
the service before that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from app.actions import deputising
from app.actions.deputising import Standing
from app.actions.lists import PREPARERS, demand_open
from app.actions.tools import (
    NOTHING_THERE,
    Actor,
    Tools,
    Transaction,
    require_no_own_access,
    require_role,
    require_second_person,
)
from app.audit.entries import Entry, EntryKind
from app.records import deputies, eligibility, grants, people, releases
from app.records.deputies import DeputyRow as DeputyRow
from app.records.grants import GrantRow
from app.records.releases import ReleaseRow
from app.rules import deputies as rule
from app.rules import wording
from app.rules.deputies import DeputyState
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder, TooManyTries
from app.rules.facts import Role
from app.rules.mailboxes import normalise_address, refuse_shared_mailbox

_READERS = (*PREPARERS, Role.AUDITOR)
_ASKED_AT_MOST, _ASKED_WITHIN = 3, timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who is to stand in, and why.

    Attributes:
        post_title: The deputy's own post.
        organisation: The recipient's own organisation, by name.
        held_from_on: The first London day on which the deputy holds that post.
    """

    name: str
    email: str
    post_title: str
    organisation: str
    held_from_on: date
    reason: str


def ask_for_deputy(
    tools: Tools, actor: Actor, release_id: str, proposal: Proposal, *, for_person_id: str | None = None
) -> DeputyRow:
    """Ask that somebody stand in for a recipient, for one release.

    Args:
        tools: The tools.
        actor: The recipient, or somebody who prepares the list and asks on their behalf.
        release_id: The release.
        proposal: Who, and why.
        for_person_id: The recipient, where somebody else asks; None for oneself.

    Raises:
        NotFound: There is no such release, or the actor is neither listed nor has business with the producer.
        Refused: The actor has another role.
        Malformed: No reason, another organisation, a shared mailbox, a group, or the recipient's own address.
        OutOfOrder: The release is over, the recipient is not listed, or nobody can stand in for them.
        TooManyTries: There were three requests for this recipient and release within 24 hours already.
        Conflict: There is a deputy, or an open request, for this recipient already.

    Source:
        Producer policy: deputies
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        releases.keep(tx.connection, release_id)
        release = releases.get_row(tx.connection, release_id)
        recipient_id = _recipient(tx.connection, actor, release, for_person_id)
        demand_open(release)
        if not proposal.reason.strip():
            raise _wrong("reason", "Say why somebody is to stand in.", Code.REASON_REQUIRED)
        own = _own_grant(tx.connection, release, recipient_id, proposal.organisation)
        email = _address(tx.connection, proposal, recipient_id)
        if deputies.find_standing(tx.connection, release_id, recipient_id) is not None:
            raise Conflict("There is a deputy, or an open request for one, already.", code=Code.ALREADY_EXISTS)
        _demand_few(deputies.of_release(tx.connection, release_id, for_person_id=recipient_id), at)
        row = DeputyRow(
            deputy_id=tools.new_id("dep"),
            release_id=release_id,
            for_person_id=recipient_id,
            for_name=own.holder_name,
            name=proposal.name.strip(),
            email=email,
            post_title=wording.tidy(proposal.post_title),
            organisation_id=own.organisation_id,
            organisation=own.grant.organisation,
            held_from_on=proposal.held_from_on,
            reason=proposal.reason,
            state=DeputyState.ASKED,
            asked_at=at,
            asked_by=actor.actor_id,
        )
        deputies.add(tx.connection, row)
        tx.append(_asked(actor, release, row, at))
        deputising.tell_heads(tools, tx, release, row, own, at)
        return row


def list_deputies(tools: Tools, actor: Actor, release_id: str) -> tuple[DeputyRow, ...]:
    """Give the requests of a release: all to those who prepare it and to auditors, their own to recipients.

    Raises:
        NotFound: There is no such release, or none that the actor may know of.
    """
    with tools.reading() as connection:
        release = releases.get_related(connection, actor, release_id)
        if actor.has(release.organisation_id, *_READERS):
            return deputies.of_release(connection, release_id)
        if actor.person_id is None:
            return ()
        return deputies.of_release(connection, release_id, for_person_id=actor.person_id)


def read_deputy(tools: Tools, actor: Actor, deputy_id: str) -> DeputyRow:
    """Give one request to the recipient it is for, to those who prepare the release and to auditors.

    Raises:
        NotFound: There is none, or none that the actor may know of.
    """
    with tools.reading() as connection:
        row = deputies.get(connection, deputy_id)
        release = releases.get_row(connection, row.release_id)
        if not actor.has(release.organisation_id, *_READERS) and not _is_own(actor, row):
            raise NotFound(NOTHING_THERE)
        return row


def approve_deputy(
    tools: Tools, actor: Actor, deputy_id: str, *, override_reason: str = "", failures_considered: str = ""
) -> DeputyRow:
    """Approve a deputy: a new version of the list in force has a grant for them, and the recipient's own is paused.

    Args:
        tools: The tools.
        actor: The head of profession; neither the recipient, nor the deputy, nor who asked.
        deputy_id: The request.
        override_reason: Why it is approved although the list is frozen; needed once the window has opened.
        failures_considered: What the actor took into account of the deputy's past failures.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role, asked, or is one of the two; or the deputy's grant is not sound, or the
            list is frozen, with every reason.
        OutOfOrder: It is decided already, the release is over, or the recipient's access has changed since.
        Conflict: The deputy is on the list already.

    Source:
        Producer policy: deputies; Producer policy: two persons; Producer policy: list freeze
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, deputies.get(tx.connection, deputy_id).release_id)
        row, release = _to_decide(tx.connection, actor, deputy_id)
        known = people.find_by_email(tx.connection, row.email)
        require_second_person(actor, {row.asked_by}, "this request")
        require_no_own_access(actor, {row.for_person_id, known.person_id if known else None})
        demand_open(release)
        listed = _in_force(tx.connection, release)
        own = _own_grant(tx.connection, release, row.for_person_id, row.organisation)
        if known is not None and any(one.grant.person_id == known.person_id for one in listed.rows):
            raise Conflict("This person is on the list already.", code=Code.ALREADY_EXISTS)
        standing = Standing(tools, tx, actor, release, listed, own, row, at)
        made = deputising.make_version(standing, override_reason, failures_considered)
        _decide(tx, row, DeputyState.APPROVED, actor, at, person_id=made.grant.person_id, post_id=made.post_id)
        more = {"list_id": made.list_id, "grant_id": made.grant.grant_id}
        tx.append(_decided(actor, release, row, DeputyState.APPROVED, at, more=more))
        deputising.invite(standing, made)
        deputising.tell_recipient(tools, tx, release, row, DeputyState.APPROVED, "", at)
        return deputies.get(tx.connection, deputy_id)


def decline_deputy(tools: Tools, actor: Actor, deputy_id: str, *, reason: str) -> DeputyRow:
    """Decline a deputy; the recipient's own access stays as it is.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
        Malformed: No reason is given.
        OutOfOrder: It is decided already.
    """
    at = tools.clock.now()
    if not reason.strip():
        raise _wrong("reason", "Say why.", Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        row, release = _to_decide(tx.connection, actor, deputy_id)
        _decide(tx, row, DeputyState.DECLINED, actor, at, reason=reason)
        tx.append(_decided(actor, release, row, DeputyState.DECLINED, at, reason=reason))
        deputising.tell_recipient(tools, tx, release, row, DeputyState.DECLINED, reason, at)
        return deputies.get(tx.connection, deputy_id)


def withdraw_deputy(tools: Tools, actor: Actor, deputy_id: str) -> DeputyRow:
    """Take a request back before it is decided: the recipient, or somebody who prepares the list.

    Raises:
        NotFound: There is none, or none that the actor may know of.
        Refused: The actor has another role.
        OutOfOrder: It is decided already.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = deputies.get(tx.connection, deputy_id)
        release = releases.get_row(tx.connection, row.release_id)
        if not _is_own(actor, row):
            require_role(actor, release.organisation_id, *PREPARERS)
        _decide(tx, row, DeputyState.WITHDRAWN, actor, at)
        tx.append(_decided(actor, release, row, DeputyState.WITHDRAWN, at))
        return deputies.get(tx.connection, deputy_id)


def _demand_few(earlier: tuple[DeputyRow, ...], at: datetime) -> None:
    """Stop where this was asked again and again: each request writes letters to people who have to read them."""
    recent = [one.asked_at for one in earlier if one.asked_at > at - _ASKED_WITHIN]
    if len(recent) >= _ASKED_AT_MOST:
        wait = math.ceil((recent[-_ASKED_AT_MOST] + _ASKED_WITHIN - at).total_seconds())
        raise TooManyTries(
            f"There were {_ASKED_AT_MOST} requests for this recipient within 24 hours. Ask later. Nothing was done.",
            retry_after_seconds=max(1, wait),
        )


def _is_own(actor: Actor, row: DeputyRow) -> bool:
    return actor.person_id is not None and actor.person_id == row.for_person_id


def _recipient(connection: Connection, actor: Actor, release: ReleaseRow, for_person_id: str | None) -> str:
    """Say for whom somebody is to stand in, if the actor may ask that."""
    if for_person_id is not None and for_person_id != actor.person_id:
        require_role(actor, release.organisation_id, *PREPARERS)
        return for_person_id
    listed = eligibility.in_force(connection, release.release.release_id)
    if actor.person_id is not None and listed and any(one.person_id == actor.person_id for one in listed.grants):
        return actor.person_id
    if actor.has(release.organisation_id, *PREPARERS):
        raise _wrong("for_person_id", "Say for which recipient; you are not on the list in force yourself.")
    raise NotFound(NOTHING_THERE)


def _in_force(connection: Connection, release: ReleaseRow) -> eligibility.ListRow:
    listed = eligibility.in_force(connection, release.release.release_id)
    if listed is None:
        raise OutOfOrder("No list is in force for this release.")
    return eligibility.get_row(connection, listed.list_id)


def _own_grant(connection: Connection, release: ReleaseRow, person_id: str, organisation: str) -> GrantRow:
    """Give the recipient's grant in an organisation, from which somebody may stand in."""
    listed = _in_force(connection, release)
    mine = [
        one for one in grants.of_list(connection, listed.eligibility_list.list_id) if one.grant.person_id == person_id
    ]
    if not mine:
        raise OutOfOrder("The recipient is not on the list in force.")
    within = [one for one in mine if one.grant.organisation.casefold() == wording.tidy(organisation).casefold()]
    if not within:
        raise _wrong("organisation", "A deputy comes from the recipient's own organisation. Give its name as listed.")
    refused = [rule.cannot_have_deputy(release.release, one.grant) for one in within]
    able = [one for one, why in zip(within, refused, strict=True) if why is None]
    if not able:
        raise OutOfOrder(str(refused[0]))
    return able[0]


def _address(connection: Connection, proposal: Proposal, recipient_id: str) -> str:
    email = normalise_address(proposal.email)
    refuse_shared_mailbox(email, proposal.name)
    if email == people.get(connection, recipient_id).email:
        raise _wrong("email", "Nobody stands in for themselves.")
    if wording.names_a_group(wording.tidy(proposal.post_title)) is not None:
        raise _wrong("post_title", "This title names a group. Give the one post that the deputy holds.")
    return email


def _wrong(where: str, what: str, code: Code | None = None) -> Malformed:
    return Malformed(f"{what} Nothing was done.", code=code, errors=[{"where": f"body.{where}", "what": what}])


def _to_decide(connection: Connection, actor: Actor, deputy_id: str) -> tuple[DeputyRow, ReleaseRow]:
    row = deputies.get(connection, deputy_id)
    release = releases.get_row(connection, row.release_id)
    require_role(actor, release.organisation_id, Role.HEAD_OF_PROFESSION)
    if row.state is not DeputyState.ASKED:
        raise OutOfOrder(f"The request is {row.state.value} already.", state=row.state.value)
    return row, release


def _decide(
    tx: Transaction,
    row: DeputyRow,
    state: DeputyState,
    actor: Actor,
    at: datetime,
    *,
    reason: str = "",
    person_id: str | None = None,
    post_id: str | None = None,
) -> None:
    stored = deputies.decide(
        tx.connection,
        row.deputy_id,
        state,
        at=at,
        by=actor.actor_id,
        reason=reason,
        person_id=person_id,
        post_id=post_id,
    )
    if not stored:
        raise OutOfOrder("The request is decided already.")


def _asked(actor: Actor, release: ReleaseRow, row: DeputyRow, at: datetime) -> Entry:
    return Entry(
        EntryKind.DEPUTY_ASKED,
        at,
        actor_id=actor.actor_id,
        person_id=row.for_person_id,
        producer_id=release.release.producer.producer_id,
        release_id=row.release_id,
        said={"deputy_id": row.deputy_id, "organisation_id": row.organisation_id},
        sealed={"name": row.name, "email": row.email, "post": row.post_title, "reason": row.reason},
    )


def _decided(
    actor: Actor,
    release: ReleaseRow,
    row: DeputyRow,
    state: DeputyState,
    at: datetime,
    *,
    reason: str = "",
    more: dict[str, str] | None = None,
) -> Entry:
    return Entry(
        EntryKind.DEPUTY_DECIDED,
        at,
        actor_id=actor.actor_id,
        person_id=row.for_person_id,
        producer_id=release.release.producer.producer_id,
        release_id=row.release_id,
        said={"deputy_id": row.deputy_id, "decision": state.value, **(more or {})},
        sealed={"reason": reason} if reason else {},
    )
