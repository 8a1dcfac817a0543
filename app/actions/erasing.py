"""Destroying records: of releases whose time is over, and one person's details on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import Connection

from app.actions.keeping import as_of, lapsed_before, what_keeps
from app.actions.seconding import ask_for_second
from app.actions.tools import (
    Actor,
    Tools,
    Transaction,
    require_fresh_sign_in,
    require_role,
    require_second_person,
    require_service_role,
)
from app.audit.entries import Entry, EntryKind
from app.records import asked_erasures, erasing, keeping, organisations, people, releases, retention
from app.records.retention import ErasureRow as ErasureRow
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import Person, Release, Role, london_date
from app.rules.incidents import counted
from app.rules.reasons import Reason, ReasonCode
from app.rules.retention import DAYS_AFTER_HOLD, DAYS_TO_APPROVE, Kept, retention_reasons
from app.rules.secondletters import Waiting
from app.vault.store import ESCROW_SUFFIX

READING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
SECOND_FOR_PERSON = (Role.ADMINISTRATOR, Role.AUDITOR)  # of the whole service


def propose_erasure(
    tools: Tools, actor: Actor, producer_id: str, *, release_ids: tuple[str, ...], reason: str
) -> ErasureRow:
    """Propose to destroy the records of releases whose time is over. Nothing goes until a second person approves it.

    Args:
        release_ids: Releases of this producer.
        reason: Why; no names.

    Raises:
        NotFound: There is no such producer, a release is not of it, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there, has not signed in just now, lately
            ended a hold on one of them, or something forbids it; every reason is given.
        Malformed: There is no reason, or no release.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
        require_fresh_sign_in(actor, at, tools.policy)
        row = _proposal(
            tools, actor, at, reason, producer_id=producer_id, release_ids=tuple(dict.fromkeys(release_ids))
        )
        _demand_two(tx, row, (actor,), at)
        _wanted(tx, row, at)
        _put(tx, row, actor)
        heads = people.people_with_role(tx.connection, producer.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
        what = f"destroying the records of {counted(len(row.release_ids), 'release')} of {producer.name}"
        where = f"/producer/retention/{producer_id}"
        _ask_for_second(tools, tx, actor, row, heads, what, where)
    return row


def propose_person_erasure(tools: Tools, actor: Actor, person_id: str, *, reason: str) -> ErasureRow:
    """Propose to erase one person's details on request. Nothing goes until a second person approves it.

    Args:
        person_id: The person.
        reason: Why; no names.

    Raises:
        Refused: The actor is no administrator, has not signed in just now, or records that name the person must be
            kept; each with its clause or policy and the day from which it need not. So must those of a producer all
            of whose records are under a legal hold.
        NotFound: There is no such person.
        OutOfOrder: The person still holds a role, is suspended, or is otherwise needed; or is erased already.
        Malformed: There is no reason.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction(once=True) as tx:
        require_service_role(actor, Role.ADMINISTRATOR)
        require_fresh_sign_in(actor, at, tools.policy)
        require_second_person(actor, set(), "an erasure")  # a program proposes nothing of the kind
        _demand_person_free(tx, person_id, at)
        row = _proposal(tools, actor, at, reason, person_id=person_id)
        people.keep(tx.connection, person_id)  # or they ask for it meanwhile, and nobody takes that up
        _put(tx, row, actor)
        asked_erasures.put_back_lapsed(tx.connection, person_id, lapsed_before(at))
        asked_erasures.take_up(tx.connection, person_id, at)
        seconds = people.people_with_role(tx.connection, None, *SECOND_FOR_PERSON, at=at)
        what = "erasing one person's details at their own request"
        _ask_for_second(tools, tx, actor, row, seconds, what, "/admin/erasures")
    return row


def approve_erasure(tools: Tools, actor: Actor, erasure_id: str) -> tuple[ErasureRow, ...]:
    """Approve, as the second person, and destroy: everything named, or nothing. All is checked anew.

    The keys of the documents go in the transaction that records it, so that nothing can be opened any more; the
    sealed bytes are removed after it. What goes and what stays is listed in ``records/erasing.py``.

    Returns:
        What was destroyed: of each release in the order proposed, or of the one person.

    Raises:
        NotFound: There is no such proposal, or the actor has no business with it.
        Refused: The actor is not the head of profession there (for a person: neither administrator nor auditor of the
            whole service), proposed it, has not signed in just now, lately ended a hold on a release of it, or
            something forbids it by now; every reason is given.
        OutOfOrder: It is decided already, or has lapsed.
        Unavailable: The store did not answer; what is left of the sealed bytes is removed later.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention;
        Producer policy: two persons
    """
    at = tools.clock.now()
    names: list[str] = []
    with tools.transaction(once=True) as tx:
        row = _found(tx.connection, actor, erasure_id, (Role.HEAD_OF_PROFESSION,), SECOND_FOR_PERSON)
        require_fresh_sign_in(actor, at, tools.policy)
        _demand_waiting(row, at)
        _demand_second(actor, row)
        if row.person_id is not None:
            done = [_erase_person(tx, actor, row, at)]
        else:
            _demand_two(tx, row, (actor,), at)
            wanted = _wanted(tx, row, at)
            _decide(tx, row, "done", at, approved_by=actor.actor_id)
            done = [_erase(tools, tx, actor, kept.release, row, at, names) for kept in wanted]
    _remove(tools, names)
    return tuple(done)


def withdraw_erasure(tools: Tools, actor: Actor, erasure_id: str) -> ErasureRow:
    """Withdraw a proposal to destroy records; for whoever may propose or approve one.

    What a person had asked for themselves waits again.

    Raises:
        NotFound: There is no such proposal, or the actor has no business with it.
        Refused: The actor's role is another.
        OutOfOrder: It is decided already, or has lapsed.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        proposing = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
        row = _found(tx.connection, actor, erasure_id, proposing, SECOND_FOR_PERSON)
        _demand_waiting(row, at)
        _decide(tx, row, "withdrawn", at)
        if row.person_id is not None:
            asked_erasures.put_back(tx.connection, row.person_id, row.at)
        tx.append(_entry(EntryKind.ERASURE_WITHDRAWN, actor, row, at))
        return retention.get_erasure(tx.connection, erasure_id)


def list_person_erasures(tools: Tools, actor: Actor) -> tuple[ErasureRow, ...]:
    """Give whose details were erased, or are proposed to be, the newest first.

    Raises:
        Refused: The actor is neither administrator nor auditor of the whole service.
    """
    require_service_role(actor, *SECOND_FOR_PERSON)
    at = tools.clock.now()
    with tools.reading() as connection:
        return tuple(as_of(row, at) for row in retention.erasures_of_people(connection))


def list_erasures(tools: Tools, actor: Actor, producer_id: str) -> tuple[ErasureRow, ...]:
    """Give what a producer destroyed, or was asked to, the newest first.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *READING)
        return tuple(as_of(row, at) for row in retention.erasures_of(connection, producer_id))


def remove_erased(tools: Tools) -> int:
    """Remove sealed bytes that a destruction left behind because the store fell silent just then.

    Returns:
        How many objects were removed.

    Raises:
        Unavailable: The store or the database did not answer.
    """
    with tools.reading() as connection:
        gone = erasing.erased_objects(connection)
    left = [name for name in tools.store.names() if name.removesuffix(ESCROW_SUFFIX) in gone] if gone else []
    for name in left:
        tools.store.remove(name)
    return len(left)


def _proposal(
    tools: Tools,
    actor: Actor,
    at: datetime,
    reason: str,
    *,
    producer_id: str | None = None,
    person_id: str | None = None,
    release_ids: tuple[str, ...] = (),
) -> ErasureRow:
    return ErasureRow(
        erasure_id=tools.new_id("era"),
        producer_id=producer_id,
        release_id=None,
        person_id=person_id,
        cause="person" if person_id else "retention",
        reason=reason,
        counts={},
        at=at,
        by_person_id=actor.actor_id,
        state="proposed",
        release_ids=release_ids,
        proposed_by=actor.actor_id,
    )


def _ask_for_second(
    tools: Tools, tx: Transaction, actor: Actor, row: ErasureRow, could: Sequence[Person], what: str, where: str
) -> None:
    lapses = f"The proposal lapses after {DAYS_TO_APPROVE} days."
    waiting = Waiting(what, "Until then nothing is destroyed. What is destroyed cannot be had back.", lapses)
    since = row.at - timedelta(days=DAYS_AFTER_HOLD)
    freed = retention.freed_since(tx.connection, row.producer_id, row.release_ids, since) if row.producer_id else set()
    cannot = {row.person_id, *freed}
    ask_for_second(tools, tx, actor, could, waiting, key=row.erasure_id, where=where, at=row.at, cannot=cannot)


def _put(tx: Transaction, row: ErasureRow, actor: Actor) -> None:
    retention.add_erasure(tx.connection, row)
    tx.append(_entry(EntryKind.ERASURE_PROPOSED, actor, row, row.at))


def _found(
    connection: Connection, actor: Actor, erasure_id: str, of_producer: tuple[Role, ...], of_service: tuple[Role, ...]
) -> ErasureRow:
    """Give a proposal that the actor may decide on; whoever has no business with it is told that there is none."""
    row = retention.get_erasure(connection, erasure_id)
    if row.producer_id is None:
        if not any(held.organisation_id is None for held in actor.roles):
            raise NotFound(NOTHING_THERE)
        require_service_role(actor, *of_service)
    else:
        require_role(actor, organisations.get_producer(connection, row.producer_id).organisation_id, *of_producer)
    return row


def _demand_waiting(row: ErasureRow, at: datetime) -> None:
    state = as_of(row, at).state
    if state == "lapsed":
        raise OutOfOrder(
            f"Nobody approved this within {DAYS_TO_APPROVE} days, so it has lapsed. Propose it again.",
            code=Code.WRONG_STATE,
        )
    if state == "asked":
        raise OutOfOrder("Nobody has proposed this yet. An administrator proposes it, or refuses it.")
    if state != "proposed":
        raise OutOfOrder("This is decided already. Nothing was done.", code=Code.ALREADY_ENDED)


def _demand_second(actor: Actor, row: ErasureRow) -> None:
    """Stop unless somebody else proposed it, and say who may approve."""
    if actor.person_id is not None and actor.person_id != row.proposed_by:
        return
    detail = "Whoever proposed to destroy records cannot approve it."
    remedy = (
        "Ask another administrator, or an auditor of the whole service; where there is none, have that role given."
        if row.person_id
        else "Ask another head of profession, or have it proposed by a lead official."
    )
    _refuse_one_person(detail, remedy)


def _demand_two(tx: Transaction, row: ErasureRow, actors: tuple[Actor, ...], at: datetime) -> None:
    """Stop where somebody who proposes or approves lately freed one of the releases from a legal hold."""
    if row.producer_id is None:
        return
    if any(actor.person_id is None for actor in actors):
        _refuse_one_person("A program cannot decide to destroy records.", "Ask a person to do it.")
    retention.lock_producers(tx.connection, row.producer_id)
    since = at - timedelta(days=DAYS_AFTER_HOLD)
    freed = retention.freed_since(tx.connection, row.producer_id, row.release_ids, since)
    if freed & {row.proposed_by, *(actor.person_id for actor in actors)}:
        _refuse_one_person(
            "Somebody who lately proposed or confirmed the end of a legal hold on these records cannot propose or "
            f"approve destroying them for {DAYS_AFTER_HOLD} days.",
            "Wait until then, or have other people propose and approve it.",
        )


def _refuse_one_person(detail: str, remedy: str) -> NoReturn:
    reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
    raise Refused(f"{detail} {remedy} Nothing was destroyed.", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


def _wanted(tx: Transaction, row: ErasureRow, at: datetime) -> list[Kept]:
    """Give what a proposal names, once nothing forbids destroying any of it."""
    wanted = [keeping.kept(tx.connection, release_id) for release_id in row.release_ids]
    if not wanted or any(kept.release.producer.producer_id != row.producer_id for kept in wanted):
        raise NotFound(NOTHING_THERE)
    _demand_none(tuple(one for kept in wanted for one in retention_reasons(kept, london_date(at))))
    return wanted


def _demand_person_free(tx: Transaction, person_id: str, at: datetime) -> None:
    """Stop while anything that names the person must be kept, or they are still needed."""
    retention.lock_producers(tx.connection)
    if erasing.is_forgotten(tx.connection, person_id):
        raise OutOfOrder("This person's details are erased already.", code=Code.ALREADY_ENDED)
    reasons, needed = what_keeps(tx.connection, person_id, at)
    _demand_none(reasons)
    if needed:
        raise OutOfOrder(f"This person {' and '.join(needed)}. End that first; then erase their details.")


def _erase_person(tx: Transaction, actor: Actor, row: ErasureRow, at: datetime) -> ErasureRow:
    person_id = row.person_id or ""
    _demand_person_free(tx, person_id, at)
    counts = erasing.forget_person(tx.connection, person_id, at)
    _decide(tx, row, "done", at, approved_by=actor.actor_id, counts=counts)
    asked_erasures.close(tx.connection, person_id, at)
    tx.append(_entry(EntryKind.PERSON_ERASED, actor, row, at, counts=counts))
    return retention.get_erasure(tx.connection, row.erasure_id)


def _decide(
    tx: Transaction,
    row: ErasureRow,
    state: str,
    at: datetime,
    *,
    approved_by: str | None = None,
    counts: dict[str, int] | None = None,
) -> None:
    decided = retention.decide_erasure(
        tx.connection, row.erasure_id, state=state, at=at, approved_by=approved_by, counts=counts
    )
    if not decided:
        raise OutOfOrder("This is decided already. Nothing was done.", code=Code.ALREADY_ENDED)


def _erase(
    tools: Tools, tx: Transaction, actor: Actor, release: Release, proposal: ErasureRow, at: datetime, names: list[str]
) -> ErasureRow:
    """Destroy the records of one release; adds the names of the stored objects to be removed."""
    releases.keep(tx.connection, release.release_id)  # nobody seals it meanwhile from what is about to go
    counts, objects = erasing.destroy(tx.connection, release.release_id, at)
    names += objects
    row = replace(
        proposal,
        erasure_id=tools.new_id("era"),
        release_id=release.release_id,
        counts=counts,
        at=at,
        by_person_id=actor.actor_id,
        state="done",
        release_ids=(),
        approved_by=actor.actor_id,
        decided_at=at,
    )
    retention.add_erasure(tx.connection, row)
    tx.append(_entry(EntryKind.RECORDS_ERASED, actor, row, at, counts=counts, proposal_id=proposal.erasure_id))
    return row


def _entry(kind: EntryKind, actor: Actor, row: ErasureRow, at: datetime, **said: Any) -> Entry:
    """Put on record who did it; whose details a person's erasure is about is never said."""
    more = {"releases": len(row.release_ids)} if row.release_ids else {}
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        said={"erasure_id": row.erasure_id, **more, **said},
    )


def _remove(tools: Tools, names: list[str]) -> None:
    for name in names:
        for stored in (name, f"{name}{ESCROW_SUFFIX}"):
            tools.store.remove(stored)


def _demand_none(reasons: tuple[Reason, ...]) -> None:
    if reasons:
        words = " ".join(dict.fromkeys(f"{reason.detail} {reason.remedy}" for reason in reasons))
        raise Refused(f"{words} Nothing was destroyed.", code=Code.ERASURE_REFUSED, reasons=reasons)


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Malformed("Say why; the reason is kept. Nothing was done.", code=Code.REASON_REQUIRED)
