"""Destroying records: of releases whose time is over, and one person's details on request."""

from __future__ import annotations

from datetime import datetime

from app.actions.tools import (
    Actor,
    Tools,
    Transaction,
    require_fresh_sign_in,
    require_role,
    require_service_role,
)
from app.audit.entries import Entry, EntryKind
from app.records import erasing, organisations, retention
from app.records.retention import ErasureRow as ErasureRow
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import Release, Role, london_date
from app.rules.reasons import Reason
from app.rules.retention import person_reasons, retention_reasons
from app.vault.store import ESCROW_SUFFIX

READING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)


def erase_releases(
    tools: Tools, actor: Actor, producer_id: str, *, release_ids: tuple[str, ...], reason: str
) -> tuple[ErasureRow, ...]:
    """Destroy the records of releases whose time is over: of all of them, or of none.

    The keys of their documents go in the transaction that records it, so that nothing can be opened any more; the
    sealed bytes are removed after it. What goes and what stays is listed in ``records/erasing.py``.

    Args:
        release_ids: Releases of this producer.
        reason: Why; no names.

    Returns:
        What was destroyed of each, in the order asked for.

    Raises:
        NotFound: There is no such producer, a release is not of it, or the actor has no business with it.
        Refused: The actor is not the head of profession there, has not signed in just now, or something forbids it;
            every reason is given.
        Malformed: There is no reason, or no release.
        Unavailable: The store did not answer; what is left of the sealed bytes is removed later.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        require_fresh_sign_in(actor, at, tools.policy)
        wanted = [retention.kept(tx.connection, release_id) for release_id in dict.fromkeys(release_ids)]
        if not wanted or any(kept.release.producer.producer_id != producer_id for kept in wanted):
            raise NotFound(NOTHING_THERE)
        _demand_none(tuple(one for kept in wanted for one in retention_reasons(kept, london_date(at))))
        names: list[str] = []
        done = [_erase(tools, tx, actor, kept.release, reason, at, names) for kept in wanted]
    _remove(tools, names)
    return tuple(done)


def erase_person(tools: Tools, actor: Actor, person_id: str, *, reason: str) -> ErasureRow:
    """Erase one person's details on request, where nothing forbids it.

    Args:
        person_id: The person.
        reason: Why; no names.

    Raises:
        Refused: The actor is no administrator, has not signed in just now, or records that name the person must be
            kept; each with its clause and the day from which it need not. So must those of a producer all of whose
            records are under a legal hold.
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
        if erasing.is_forgotten(tx.connection, person_id):
            raise OutOfOrder("This person's details are erased already.", code=Code.ALREADY_ENDED)
        named_in = tuple(
            retention.kept(tx.connection, release_id)
            for release_id in erasing.releases_naming(tx.connection, person_id)
        )
        held = erasing.holds_naming(tx.connection, person_id)
        _demand_none(person_reasons(named_in, london_date(at), held))
        needed = erasing.still_needed(tx.connection, person_id, at)
        if needed:
            raise OutOfOrder(f"This person {' and '.join(needed)}. End that first; then erase their details.")
        row = ErasureRow(
            erasure_id=tools.new_id("era"),
            producer_id=None,
            release_id=None,
            person_id=person_id,
            cause="person",
            reason=reason,
            counts=erasing.forget_person(tx.connection, person_id),
            at=at,
            by_person_id=actor.actor_id,
        )
        retention.add_erasure(tx.connection, row)
        said = {"erasure_id": row.erasure_id, "counts": row.counts}
        tx.append(Entry(EntryKind.PERSON_ERASED, at, actor_id=actor.actor_id, said=said))
    return row


def list_erasures(tools: Tools, actor: Actor, producer_id: str) -> tuple[ErasureRow, ...]:
    """Give what a producer destroyed, the newest first.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *READING)
        return retention.erasures_of(connection, producer_id)


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


def _erase(
    tools: Tools, tx: Transaction, actor: Actor, release: Release, reason: str, at: datetime, names: list[str]
) -> ErasureRow:
    """Destroy the records of one release; adds the names of the stored objects to be removed."""
    counts, objects = erasing.destroy(tx.connection, release.release_id, at)
    names += objects
    row = ErasureRow(
        erasure_id=tools.new_id("era"),
        producer_id=release.producer.producer_id,
        release_id=release.release_id,
        person_id=None,
        cause="retention",
        reason=reason,
        counts=counts,
        at=at,
        by_person_id=actor.actor_id,
    )
    retention.add_erasure(tx.connection, row)
    tx.append(
        Entry(
            EntryKind.RECORDS_ERASED,
            at,
            actor_id=actor.actor_id,
            producer_id=row.producer_id,
            release_id=row.release_id,
            said={"erasure_id": row.erasure_id, "counts": counts},
        )
    )
    return row


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
