"""The register of access for production, quality assurance and publishing: proposed, accepted, permitted, ended.

Nothing here opens a document: what is shared with these people is shared by the producer, outside this service. What
is kept is that the restriction was accepted in writing, and permitted by a second person, before that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.lists import demand_open
from app.actions.producing import ProductionView as ProductionView
from app.actions.producing import plain, release_for, row_of_release, state_today, view
from app.actions.tools import (
    NOTHING_THERE,
    Actor,
    Tools,
    Transaction,
    require_fresh_sign_in,
    require_no_own_access,
    require_revision,
    require_second_person,
)
from app.audit.entries import Entry, EntryKind
from app.records import people, production, releases
from app.records.production import ProductionRow
from app.records.releases import ReleaseRow
from app.rules import suspensionletters
from app.rules.declarations import same_name
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import PRODUCING, Role, london_date
from app.rules.production import ProductionState, Purpose, restriction, shared_from
from app.rules.training import day_text

DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
IN_THE_SERVICE = "read in the service, name typed, on a fresh sign-in"


def demand_proposable(
    tools: Tools, actor: Actor, release_id: str, *, why: str, from_on: date, until_on: date | None = None
) -> None:
    """Stop a proposal of which it is known, whoever it is for, that it would be refused.

    Asked before somebody is added to the people known here for its sake.

    Args:
        why: What they would do in the production of this release.
        from_on: First London day.
        until_on: Last London day, where one is set.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor prepares no lists there.
        Malformed: There is no reason, or the days lie in the past or the wrong way round.
        OutOfOrder: The release is published or cancelled.
    """
    _demand_said(why, from_on, until_on, london_date(tools.clock.now()))
    with tools.reading() as connection:
        demand_open(release_for(connection, actor, release_id, *PRODUCING))


def propose_access(
    tools: Tools,
    actor: Actor,
    release_id: str,
    *,
    person_id: str,
    purpose: Purpose,
    why: str,
    from_on: date,
    until_on: date | None = None,
) -> ProductionView:
    """Propose somebody for the register. They get a notice, with the restriction to be read and accepted.

    Args:
        why: What they do in the production of this release.
        from_on: First London day; not before today, since nothing is shared before it is permitted.
        until_on: Last London day, where one is set.

    Raises:
        NotFound: There is no such release or person, or the actor has no business with it.
        Refused: The actor prepares no lists there.
        Malformed: There is no reason, or the days lie in the past or the wrong way round.
        OutOfOrder: The release is published or cancelled.
        Conflict: The person has such access, or it is proposed already.

    Source:
        Code 2018 T3.3; Code 2025 3.3
    """
    at = tools.clock.now()
    _demand_said(why, from_on, until_on, london_date(at))
    ident = tools.new_id("pac")
    with tools.transaction(once=True) as tx:
        release = release_for(tx.connection, actor, release_id, *PRODUCING)
        demand_open(release)
        people.get(tx.connection, person_id)
        _demand_none_such(tx.connection, release_id, person_id, purpose, london_date(at))
        production.add(
            tx.connection,
            production_access_id=ident,
            release_id=release_id,
            person_id=person_id,
            purpose=purpose,
            why=why,
            from_on=from_on,
            until_on=until_on,
            restriction=restriction(release.release, purpose, release.contact, at),
            at=at,
            added_by=actor.actor_id,
        )
        row = production.get(tx.connection, ident)
        said = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat() if until_on else None}
        tx.append(_entry(EntryKind.PRODUCTION_ACCESS_PROPOSED, actor, row, release, at, said, {"why": why}))
        _tell_proposed(tools, tx, row, release, at)
        return view(tx.connection, row, release, at)


def accept_restriction(
    tools: Tools,
    actor: Actor,
    production_access_id: str,
    *,
    restriction_sha256: str,
    typed_name: str,
    agreed: bool,
) -> ProductionView:
    """Accept the restriction on one's own access, by typing one's name under the words.

    Args:
        restriction_sha256: Hash of the words that were shown.
        typed_name: The person's own name, capitals and blanks apart.
        agreed: The box was ticked.

    Raises:
        NotFound: There is no such row, or it is about somebody else.
        Refused: The sign-in is not fresh.
        Malformed: Not agreed, another name, or other words (code ``declaration_not_valid``).
        OutOfOrder: It was accepted already, or has ended.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = production.get(tx.connection, production_access_id)
        if actor.person_id is None or row.person.person_id != actor.person_id:
            raise NotFound(NOTHING_THERE)
        require_fresh_sign_in(actor, at, tools.policy)
        _demand_agreement(actor, row, restriction_sha256, typed_name, agreed)
        _demand_state(row, at, ProductionState.PROPOSED)
        release = releases.get_row(tx.connection, row.release_id)
        return _accepted(tx, actor, row, release, IN_THE_SERVICE, at)


def record_acceptance(
    tools: Tools, actor: Actor, release_id: str, production_access_id: str, *, how: str, revision: int
) -> ProductionView:
    """Record that somebody accepted the restriction in writing elsewhere.

    Args:
        how: How, and where the writing is kept.
        revision: What the actor read.

    Raises:
        NotFound: There is no such row on this release's register, or the actor has no business with it.
        Refused: The actor prepares no lists there, or it is their own access.
        Malformed: It does not say how.
        Conflict: Somebody changed the row meanwhile.
        OutOfOrder: It was accepted already, or has ended.
    """
    at = tools.clock.now()
    if not how.strip():
        raise Malformed("Say how it was accepted, and where the writing is kept.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        row, release = _to_change(tx.connection, actor, release_id, production_access_id, revision, *PRODUCING)
        require_no_own_access(actor, {row.person.person_id})
        _demand_state(row, at, ProductionState.PROPOSED)
        return _accepted(tx, actor, row, release, how, at)


def permit_access(
    tools: Tools, actor: Actor, release_id: str, production_access_id: str, *, revision: int
) -> ProductionView:
    """Permit that the figures are shared, as a second person, once the restriction is accepted. The person is told.

    Raises:
        NotFound: There is no such row on this release's register, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession, proposed it, recorded its acceptance, or is
            the person.
        Conflict: Somebody changed the row meanwhile.
        OutOfOrder: The restriction is not accepted, or the access is permitted or ended already.

    Source:
        Producer policy: two persons; Code 2018 T3.3; Code 2025 3.3
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row, release = _to_change(tx.connection, actor, release_id, production_access_id, revision, *DECIDING)
        require_no_own_access(actor, {row.person.person_id})
        require_second_person(actor, {one for one in (row.added_by, row.accepted_by) if one}, "this access")
        _demand_state(row, at, ProductionState.ACCEPTED)
        production.permit(tx.connection, row, by=actor.actor_id, at=at)
        permitted = production.get(tx.connection, production_access_id)
        tx.append(_entry(EntryKind.PRODUCTION_ACCESS_PERMITTED, actor, permitted, release, at))
        since = shared_from(permitted.from_on, permitted.permitted_at)
        words = f"From {day_text(since)} the producer may share the figures with you." if since else ""
        _tell(tools, tx, permitted, release, at, "permitted", words)
        return view(tx.connection, permitted, release, at)


def end_access(
    tools: Tools, actor: Actor, release_id: str, production_access_id: str, *, reason: str, revision: int
) -> ProductionView:
    """End an access, or a proposal. The person is told.

    Raises:
        NotFound: There is no such row on this release's register, or the actor has no business with it.
        Refused: The actor prepares no lists there.
        Malformed: There is no reason.
        Conflict: Somebody changed the row meanwhile.
        OutOfOrder: It has ended already.
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("An end must say why.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        row, release = _to_change(tx.connection, actor, release_id, production_access_id, revision, *PRODUCING)
        if row.ended_at is not None:
            raise OutOfOrder("This access has ended already.", code=Code.ALREADY_ENDED)
        production.end(tx.connection, row, reason=reason, at=at)
        ended = production.get(tx.connection, production_access_id)
        tx.append(_entry(EntryKind.PRODUCTION_ACCESS_ENDED, actor, ended, release, at, {}, {"reason": reason}))
        _tell(tools, tx, ended, release, at, "ended", f"Why: {reason}\nThe restriction binds you until publication.")
        return view(tx.connection, ended, release, at)


def _to_change(
    connection: Connection, actor: Actor, release_id: str, production_access_id: str, revision: int, *wanted: Role
) -> tuple[ProductionRow, ReleaseRow]:
    release = release_for(connection, actor, release_id, *wanted)
    row = row_of_release(connection, release_id, production_access_id)
    require_revision(row.revision, revision)
    return row, release


def _accepted(
    tx: Transaction, actor: Actor, row: ProductionRow, release: ReleaseRow, how: str, at: datetime
) -> ProductionView:
    production.accept(tx.connection, row, how=how, by=actor.actor_id, at=at)
    accepted = production.get(tx.connection, row.production_access_id)
    said = {"restriction_sha256": row.restriction.sha256}
    tx.append(_entry(EntryKind.PRODUCTION_ACCESS_ACCEPTED, actor, accepted, release, at, said, {"how": how}))
    return plain(accepted, at)


def _demand_said(why: str, from_on: date, until_on: date | None, today: date) -> None:
    if not why.strip():
        raise Malformed("Say what this person does in the production of the release.", code=Code.REASON_REQUIRED)
    if from_on < today:
        what = "Nothing is shared before it is permitted, so that access cannot begin on a day that is over."
        raise Malformed(what, errors=[{"where": "body.from_on", "what": what}])
    if until_on is not None and until_on < from_on:
        what = "Access cannot end before it begins."
        raise Malformed(what, errors=[{"where": "body.until_on", "what": what}])


def _demand_none_such(connection: Connection, release_id: str, person_id: str, purpose: Purpose, today: date) -> None:
    for row in production.of_person_for(connection, person_id, release_id):
        if row.purpose is purpose and row.ended_at is None and (row.until_on is None or row.until_on >= today):
            raise Conflict(
                "This person has such access to the release, or it is proposed already. Nothing was added.",
                code=Code.ALREADY_EXISTS,
            )


def _demand_agreement(actor: Actor, row: ProductionRow, sha256: str, typed_name: str, agreed: bool) -> None:
    wrong = ""
    if not agreed:
        wrong = "Tick that you agree; without that nothing is accepted."
    elif not same_name(typed_name, actor.name):
        wrong = "Type your own name as it stands in your sign-in."
    elif sha256 != row.restriction.sha256:
        wrong = "These are not the words of this restriction. Fetch them again and read them."
    if wrong:
        raise Malformed(wrong, code=Code.DECLARATION_NOT_VALID)


def _demand_state(row: ProductionRow, at: datetime, wanted: ProductionState) -> None:
    state = state_today(row, at)
    if state is not wanted:
        raise OutOfOrder(f"This access is {state.value}; that is done while it is {wanted.value}.", state=state.value)


def _tell_proposed(tools: Tools, tx: Transaction, row: ProductionRow, release: ReleaseRow, at: datetime) -> None:
    where = f"{tools.policy.public_address}/account/production-access"
    words = suspensionletters.production_proposed(where, row.restriction.text)
    _tell(tools, tx, row, release, at, "proposed", words)


def _tell(
    tools: Tools, tx: Transaction, row: ProductionRow, release: ReleaseRow, at: datetime, state: str, words: str
) -> None:
    producer, purpose = release.release.producer.name, row.purpose.value.replace("_", " ")
    subject, body = suspensionletters.production_access(
        producer, purpose, state, release.release.title, words, release.contact
    )
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=row.person.email,
        person_id=row.person.person_id,
        kind="production_access",
        reason_key=f"production_access_{state}:{row.production_access_id}",
        subject=subject,
        body=body,
        release_id=release.release.release_id,
    )


def _entry(
    kind: EntryKind,
    actor: Actor,
    row: ProductionRow,
    release: ReleaseRow,
    at: datetime,
    said: Mapping[str, str | None] | None = None,
    sealed: dict[str, str] | None = None,
) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=row.person.person_id,
        producer_id=release.release.producer.producer_id,
        release_id=row.release_id,
        said={
            "production_access_id": row.production_access_id,
            "purpose": row.purpose.value,
            "restriction_sha256": row.restriction.sha256,
            **(said or {}),
        },
        sealed=sealed or {},
    )
