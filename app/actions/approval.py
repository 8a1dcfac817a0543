"""A draft of an eligibility list is approved by a second person, and those it names are invited.

The refusal of a list is a decision of record, so its entry is committed before it is told.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.lists import ListView, demand_draft, demand_open, view
from app.actions.tools import Actor, Tools, Transaction, require_revision, require_role, require_second_person
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import eligibility, grants, releases
from app.records.eligibility import ListRow
from app.records.releases import ReleaseRow
from app.rules.eligibility import is_exceptional, list_sha256, soundness, window_text
from app.rules.errors import Code, OutOfOrder, Refused
from app.rules.facts import EligibilityList, Role
from app.rules.reasons import Reason, ReasonCode

_REASONS_LOGGED = 60
_YOURS_ALONE = (
    "The access is yours alone: nobody may use it for you, and nothing of the statistics, not even an indication of "
    "them, may be passed on before they are published. Sign in and sign the declaration beforehand."
)


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
        Refused: The actor has another role or had a hand in it; or the list is not sound, with every reason.
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
    listed = row.eligibility_list
    earlier = {one.person_id for one in before.grants} if before else set()
    for person_id, (email, said) in _invitations(row, release).items():
        if person_id not in earlier:
            _owe(tools, tx, listed, release, person_id, email, f"access to “{release.release.title[:200]}”", said, at)
    now = {one.person_id for one in listed.grants}
    version = before.version if before else 0
    for person in releases.listed_people(tx.connection, listed.release_id, version):
        if person.person_id not in now:
            said = (
                f"You are no longer on the list of those with pre-release access to “{release.release.title}”. What "
                f"you have seen of it stays restricted until it is published.\n\nQuestions: {release.contact}\n"
            )
            subject = f"access ended: “{release.release.title[:200]}”"
            _owe(tools, tx, listed, release, person.person_id, person.email, subject, said, at)


def _invitations(row: ListRow, release: ReleaseRow) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for one in row.rows:
        if one.grant.person_id is None or one.grant.person_id in found:
            continue
        mine = [other.grant for other in row.rows if other.grant.person_id == one.grant.person_id]
        posts_held = "; ".join(f"{grant.post_title}, {grant.organisation}" for grant in mine)
        windows = "\n".join(dict.fromkeys(window_text(grant, release.release) for grant in mine))
        conditions = "\n".join(dict.fromkeys(f"Condition: {grant.conditions}" for grant in mine if grant.conditions))
        said = [
            f"You have pre-release access to “{release.release.title}” as {posts_held}.",
            windows,
            *([conditions] if conditions else []),
            _YOURS_ALONE,
            f"Questions: {release.contact}",
        ]
        found[one.grant.person_id] = (one.holder_email, "\n\n".join(said) + "\n")
    return found


def _owe(
    tools: Tools,
    tx: Transaction,
    listed: EligibilityList,
    release: ReleaseRow,
    person_id: str,
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
