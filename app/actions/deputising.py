"""The new version of a list on which somebody stands in for a recipient, inside the transaction that approves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.actions import considering, coordination, owing
from app.actions.naming import Naming
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, grants, people, posts
from app.records.deputies import DeputyRow
from app.records.eligibility import ListRow
from app.records.grants import GrantRow
from app.records.releases import ReleaseRow
from app.rules import deputies as rule
from app.rules import letters, lettersubjects
from app.rules.deputies import DeputyState
from app.rules.eligibility import list_sha256, soundness
from app.rules.errors import Code, Refused
from app.rules.facts import EligibilityList, Grant, ListState, Role
from app.rules.failures import consideration_missing
from app.rules.listlife import frozen_since, list_is_frozen
from app.rules.reasons import Reason, ReasonCode, instant_text


@dataclass(frozen=True, slots=True)
class Standing:
    """A request while it is approved.

    Attributes:
        listed: The list in force.
        own: The recipient's grant on it.
        row: The request.
    """

    tools: Tools
    tx: Transaction
    actor: Actor
    release: ReleaseRow
    listed: ListRow
    own: GrantRow
    row: DeputyRow
    at: datetime


def make_version(standing: Standing, override_reason: str, failures_considered: str) -> GrantRow:
    """Make the version in force anew, with the deputy's grant, and the recipient's paused.

    The new version relies on the holdings that the version before it relied on, so that nobody else is let in along
    with the deputy; the deputy's own, which is decided on here, counts for this grant and for no other list.

    Args:
        standing: The request.
        override_reason: Why the list is changed although it is frozen.
        failures_considered: What the actor took into account of the deputy's past failures.

    Returns:
        The deputy's grant.

    Raises:
        Refused: The grant is not sound, or the list is frozen and no reason for an override is given.
    """
    tx, row = standing.tx, standing.row
    naming = Naming(standing.tools, tx, standing.actor, standing.release.release.producer.producer_id, standing.at)
    post_id = naming.post_id(row.post_title, row.organisation)
    person_id = naming.person_id(row.email, row.name)
    posts.keep_holders(tx.connection, [post_id])
    made = _grant(standing, post_id, person_id)
    frozen = _demand_sound(standing, made, override_reason, failures_considered)
    made = replace(made, holding_id=_hold(standing, post_id, person_id))
    listed = _copied(standing, made, post_id)
    digest = list_sha256(eligibility.get(tx.connection, listed.list_id))
    eligibility.approve(
        tx.connection,
        listed.list_id,
        revision=1,
        approved_by=standing.actor.actor_id,
        approved_at=standing.at,
        sha256=digest,
        holdings_as_of=standing.listed.holdings_as_of or standing.at,
        override_reason=override_reason if frozen else "",
        failures_considered=failures_considered,
    )
    said = {"list_id": listed.list_id, "version": listed.version, "sha256": digest, "cause": "deputy"}
    count = len(standing.listed.rows) + 1
    sealed = {"failures_considered": failures_considered} if failures_considered else {}
    tx.append(_entry(standing, EntryKind.LIST_APPROVED, {**said, "grants": count}, sealed))
    if frozen:
        since = frozen_since(standing.release.release)
        more = {"override": True, "frozen_since": instant_text(since) if since else None}
        tx.append(
            _entry(standing, EntryKind.LIST_FREEZE_OVERRIDDEN, {**said, **more}, {"reason": override_reason[:2000]})
        )
    owing.raise_duties(standing.tools, tx, standing.actor, standing.release, listed.list_id, standing.at)
    return grants.get(tx.connection, made.grant_id)


def invite(standing: Standing, made: GrantRow) -> None:
    """Owe the deputy an invitation with their own window.

    Args:
        standing: The request.
        made: The deputy's grant.
    """
    release = standing.release
    person = people.get(standing.tx.connection, made.grant.person_id or "")
    body = letters.invitation(release.release, [made.grant], release.contact)
    subject = lettersubjects.access_given(release.release)
    key = f"{made.list_id}:{person.person_id}"
    about = release.release.release_id
    coordination.owe(
        standing.tools, standing.tx, person, "list_approved", key, subject, body, standing.at, release_id=about
    )


def tell_heads(tools: Tools, tx: Transaction, release: ReleaseRow, row: DeputyRow, own: GrantRow, at: datetime) -> None:
    """Owe the heads of profession the notice that a deputy is asked for.

    Args:
        tools: The tools.
        tx: The open transaction.
        release: The release.
        row: The request.
        own: The recipient's grant.
        at: Now. Aware, UTC.
    """
    where = f"{tools.policy.public_address}/producer/releases/{row.release_id}/deputies"
    body = rule.request_text(release.release, own.grant.post_title, row.organisation, where)
    subject = lettersubjects.deputy_asked(release.release)
    for person in people.people_with_role(tx.connection, release.organisation_id, Role.HEAD_OF_PROFESSION, at=at):
        key = f"deputy_asked:{row.deputy_id}:{person.person_id}"
        about = release.release.release_id
        coordination.owe(tools, tx, person, "deputy_asked", key, subject, body, at, release_id=about)


def tell_recipient(
    tools: Tools, tx: Transaction, release: ReleaseRow, row: DeputyRow, state: DeputyState, reason: str, at: datetime
) -> None:
    """Owe the recipient the notice of what was decided.

    Args:
        tools: The tools.
        tx: The open transaction.
        release: The release.
        row: The request.
        state: Approved or declined.
        reason: Why it was declined.
        at: Now. Aware, UTC.
    """
    recipient = people.get(tx.connection, row.for_person_id)
    body = rule.decision_text(release.release, row.name, state, reason, release.contact)
    subject = lettersubjects.deputy_decided(release.release, state.value)
    key, about = f"deputy_decided:{row.deputy_id}", release.release.release_id
    coordination.owe(tools, tx, recipient, "deputy_decided", key, subject, body, at, release_id=about)


def _grant(standing: Standing, post_id: str, person_id: str) -> Grant:
    seats = [one.grant.seat for one in standing.listed.rows if one.post_id == post_id]
    return rule.deputy_grant(
        standing.own.grant,
        standing.release.release,
        grant_id=standing.tools.new_id("grt"),
        post_title=standing.row.post_title,
        person_id=person_id,
        held_from_on=standing.row.held_from_on,
        seat=next(seat for seat in range(1, len(seats) + 2) if seat not in seats),
    )


def _demand_sound(standing: Standing, made: Grant, override_reason: str, failures_considered: str) -> bool:
    """Stop for everything that the deputy's grant brings with it; say whether a freeze is overridden.

    What stood against the version in force before, such as a holder who has left since, is no matter of the deputy's.
    """
    connection, release, at = standing.tx.connection, standing.release, standing.at
    before = standing.listed.eligibility_list
    after = replace(before, grants=(*before.grants, made))
    alone = replace(before, grants=(made,))
    stood = set(soundness(before, release.release, at))
    freeze = list_is_frozen(release.release, at)
    found: list[Reason] = [
        *(reason for reason in soundness(after, release.release, at) if reason not in stood),
        *considering.training_lacking(connection, alone, release.release, at),
        *consideration_missing(considering.past_failures(connection, alone, release.release), failures_considered),
        *((freeze,) if freeze is not None and not override_reason.strip() else ()),
    ]
    if found:
        only_frozen = all(reason.code is ReasonCode.LIST_FROZEN for reason in found)
        raise Refused(
            " ".join(f"{reason.detail} {reason.remedy}" for reason in found[:3]),
            code=Code.LIST_FROZEN if only_frozen else Code.LIST_NOT_SOUND,
            reasons=tuple(found),
        )
    return freeze is not None


def _hold(standing: Standing, post_id: str, person_id: str) -> str:
    """Put on record that the deputy holds their post, unless it is; gives that holding's id."""
    tx, from_on = standing.tx, standing.row.held_from_on
    held = [one for one in posts.holdings_of_person(tx.connection, person_id) if one.post_id == post_id]
    there = [one for one in held if one.held_from_on <= from_on <= (one.held_until_on or date.max)]
    if there:
        return there[0].holding_id
    later = [one.held_from_on for one in held if one.held_from_on > from_on]
    holding_id = standing.tools.new_id("hld")
    posts.add_holding(
        tx.connection,
        holding_id=holding_id,
        post_id=post_id,
        person_id=person_id,
        from_on=from_on,
        until_on=min(later) - timedelta(days=1) if later else None,
        recorded_at=standing.at,
    )
    tx.append(_holding_entry(standing, holding_id, post_id, person_id))
    return holding_id


def _copied(standing: Standing, made: Grant, post_id: str) -> EligibilityList:
    """Copy the version in force, with the deputy's grant at its end and the recipient's paused, each of them."""
    tx, tools = standing.tx, standing.tools
    before = standing.listed.eligibility_list
    listed = EligibilityList(
        list_id=tools.new_id("lst"),
        release_id=before.release_id,
        version=eligibility.newest_version(tx.connection, before.release_id) + 1,
        state=ListState.DRAFT,
        prepared_by=standing.row.asked_by,
    )
    eligibility.add(
        tx.connection, listed, prepared_at=standing.at, edited_by=[standing.row.asked_by, standing.actor.actor_id]
    )
    for one in standing.listed.rows:
        grant = replace(one.grant, grant_id=tools.new_id("grt"))
        if grant.person_id == standing.row.for_person_id and not grant.paused_reason:
            grant = replace(grant, paused_reason=rule.stands_in(made.post_title))
            said = {"grant_id": grant.grant_id, "list_id": listed.list_id, "cause": "deputy"}
            tx.append(_entry(standing, EntryKind.GRANT_PAUSED, said, {"reason": grant.paused_reason}))
        grants.add(tx.connection, listed.list_id, one.row, one.post_id, grant)
    place = max((one.row for one in standing.listed.rows), default=0) + 1
    grants.add(tx.connection, listed.list_id, place, post_id, made)
    return listed


def _entry(standing: Standing, kind: EntryKind, said: Mapping[str, object], sealed: dict[str, str]) -> Entry:
    paused = kind is EntryKind.GRANT_PAUSED
    return Entry(
        kind,
        standing.at,
        actor_id=standing.actor.actor_id,
        person_id=standing.row.for_person_id if paused else standing.actor.person_id,
        producer_id=standing.release.release.producer.producer_id,
        release_id=standing.row.release_id,
        said=dict(said),
        sealed=sealed,
    )


def _holding_entry(standing: Standing, holding_id: str, post_id: str, person_id: str) -> Entry:
    return Entry(
        EntryKind.HOLDING_BEGUN,
        standing.at,
        actor_id=standing.actor.actor_id,
        person_id=person_id,
        producer_id=standing.release.release.producer.producer_id,
        release_id=standing.row.release_id,
        said={
            "holding_id": holding_id,
            "post_id": post_id,
            "from_on": standing.row.held_from_on.isoformat(),
        },
    )
