"""How long records are kept, what holds them, and telling those who decide what may be destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.actions import desk
from app.actions.seconding import ask_for_second
from app.actions.tools import Actor, Tools, Transaction, require_role, require_second_person
from app.audit.entries import Entry, EntryKind
from app.records import keeping, notices, organisations, people, releases, retention
from app.records.retention import HoldRow as HoldRow
from app.rules import officeletters
from app.rules.annual_due import a_year_after
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import Role, london_date
from app.rules.reasons import Reason, instant_text
from app.rules.retention import DAYS_TO_APPROVE, LEAST_YEARS, Kept, retention_reasons
from app.rules.secondletters import Waiting
from app.rules.workingdays import start_of

READING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
HOLDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)


@dataclass(frozen=True, slots=True)
class ReleaseKept:
    """A release whose records are kept, and what forbids destroying them; nothing when they are due."""

    kept: Kept
    reasons: tuple[Reason, ...]


def set_retention(tools: Tools, actor: Actor, producer_id: str, *, years: int) -> int:
    """Set a producer's own period, which counts where the governing Order states none.

    Args:
        years: Seven or more.

    Returns:
        The period as it now is, in years.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor is not the head of profession there.
        Malformed: It is less than seven years, or what it was.

    Source:
        Producer policy: retention
    """
    if years < LEAST_YEARS:
        raise Malformed(
            f"Records are kept for {LEAST_YEARS} years at least.", errors=[{"where": "years", "what": "is too few"}]
        )
    with tools.transaction() as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        before = retention.retention_years(tx.connection, producer_id)
        if years == before:
            raise Malformed(f"It is {years} years already. Nothing was done.", code=Code.NO_CHANGE)
        retention.set_retention_years(tx.connection, producer_id, years)
        said = {"from_years": before, "to_years": years}
        tx.append(
            Entry(
                EntryKind.RETENTION_CHANGED,
                tools.clock.now(),
                actor_id=actor.actor_id,
                producer_id=producer_id,
                said=said,
            )
        )
    return years


def read_retention(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int | None = None, after: str | None = None
) -> tuple[int, tuple[ReleaseKept, ...]]:
    """Give a producer's own period, and the releases that are seven years old with what still forbids destruction.

    Args:
        tools: The tools.
        actor: Who asks.
        producer_id: Whose records.
        limit: How many releases at most; None for all of them.
        after: Id of the last one on the page before; one that is not among them any more begins anew.

    Returns:
        The period in years; then those that were published, or cancelled, so long ago that something may be due.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        old = keeping.over_before(connection, producer_id, _seven_years_before(at))
        begin = old.index(after) + 1 if after in old else 0
        found = keeping.kept_each(connection, old[begin:][:limit])
        years = retention.retention_years(connection, producer_id)
    return years, tuple(ReleaseKept(kept, retention_reasons(kept, london_date(at))) for kept in found)


def begin_hold(tools: Tools, actor: Actor, producer_id: str, *, reason: str, release_id: str | None = None) -> HoldRow:
    """Hold a release's records, or all of a producer's, so that they are not destroyed while the hold stands.

    Args:
        reason: Why; no names, since it is told to whoever would destroy them.
        release_id: The one release; None for everything of the producer.

    Raises:
        NotFound: There is no such producer or release, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there.
        Malformed: There is no reason.
        OutOfOrder: The records of that release are destroyed already.

    Source:
        Producer policy: retention
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *HOLDING)
        retention.lock_producers(tx.connection, producer_id)
        if release_id is not None and releases.get(tx.connection, release_id).producer.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        if release_id is not None and retention.is_erased(tx.connection, release_id):
            raise OutOfOrder("The records of this release are destroyed already; there is nothing to hold.")
        row = HoldRow(tools.new_id("hol"), producer_id, release_id, reason, at, actor.actor_id)
        retention.add_hold(tx.connection, row)
        tx.append(_hold_entry(EntryKind.HOLD_BEGUN, actor, row, at, reason))
    return row


def propose_end(tools: Tools, actor: Actor, hold_id: str, *, reason: str) -> HoldRow:
    """Propose to end a legal hold, because its cause is gone. It stands until a second person confirms that.

    Raises:
        NotFound: There is no such hold, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there, or is a program.
        Malformed: There is no reason.
        OutOfOrder: It has ended already, or its end is proposed and waits for a second person.
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction(once=True) as tx:
        row = _hold_to_end(tx, actor, hold_id)
        require_second_person(actor, set(), "the end of a legal hold")
        if _waits(row, at):
            raise OutOfOrder("Its end is proposed already. Ask a second person to confirm it.", code=Code.WRONG_STATE)
        retention.propose_hold_end(tx.connection, hold_id, at=at, reason=reason, by=actor.actor_id)
        tx.append(_hold_entry(EntryKind.HOLD_END_PROPOSED, actor, row, at, reason))
        producer = organisations.get_producer(tx.connection, row.producer_id)
        could = people.people_with_role(tx.connection, producer.organisation_id, *HOLDING, at=at)
        waiting = Waiting(
            f"the end of a legal hold of {producer.name}",
            "Until then the hold stands, and nothing that it keeps can be destroyed.",
            f"The proposal lapses after {DAYS_TO_APPROVE} days.",
        )
        where = f"/producer/legal-holds/{row.producer_id}"
        ask_for_second(tools, tx, actor, could, waiting, key=f"{hold_id}:{instant_text(at)}", where=where, at=at)
        return retention.get_hold(tx.connection, hold_id)


def end_hold(tools: Tools, actor: Actor, hold_id: str) -> HoldRow:
    """Confirm, as the second person, that a legal hold ends.

    Raises:
        NotFound: There is no such hold, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there, or proposed it.
        OutOfOrder: It has ended already, or nobody proposed its end within the last 30 days.

    Source:
        Producer policy: two persons
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        row = _hold_to_end(tx, actor, hold_id)
        if not _waits(row, at):
            raise OutOfOrder(
                f"Nobody proposed within the last {DAYS_TO_APPROVE} days to end this hold. Propose it first.",
                code=Code.WRONG_STATE,
            )
        require_second_person(actor, {row.end_proposed_by or ""}, "the end of a legal hold")
        retention.end_hold(tx.connection, hold_id, at=at, by=actor.actor_id)
        tx.append(_hold_entry(EntryKind.HOLD_ENDED, actor, row, at, row.end_reason))
        return retention.get_hold(tx.connection, hold_id)


def list_holds(tools: Tools, actor: Actor, producer_id: str) -> tuple[HoldRow, ...]:
    """Give a producer's legal holds, those that stand first.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *READING)
        return retention.holds_of(connection, producer_id)


def tell_of_due(tools: Tools) -> int:
    """Tell the heads of profession, once a month, how many releases have records that may be destroyed.

    Nothing is destroyed by the clock: that is a decision.

    Returns:
        How many notices were queued.
    """
    at = tools.clock.now()
    today = london_date(at)
    owed = []
    with tools.reading() as connection:
        for producer_id in retention.producer_ids(connection):
            old = keeping.over_before(connection, producer_id, _seven_years_before(at))
            kept = keeping.kept_each(connection, old)
            count = sum(not retention_reasons(one, today) for one in kept)
            if not count:
                continue
            organisation_id = organisations.get_producer(connection, producer_id).organisation_id
            for head in people.people_with_role(connection, organisation_id, Role.HEAD_OF_PROFESSION, at=at):
                key = f"retention_due:{producer_id}:{today:%Y-%m}:{head.person_id}"
                if not notices.is_known(connection, key):
                    owed.append((producer_id, head, key, count))
    queued = 0
    for producer_id, head, key, count in owed:
        where = f"{tools.policy.public_address}/producer/retention/{producer_id}"
        subject, body = officeletters.records_old(count, where)
        with tools.transaction() as tx:
            queued += desk.queue_notice(
                tools,
                tx,
                at=at,
                email=head.email,
                person_id=head.person_id,
                kind="retention_due",
                reason_key=key,
                subject=subject,
                body=body,
            )
    return queued


def _hold_to_end(tx: Transaction, actor: Actor, hold_id: str) -> HoldRow:
    found = retention.get_hold(tx.connection, hold_id)
    require_role(actor, organisations.get_producer(tx.connection, found.producer_id).organisation_id, *HOLDING)
    retention.lock_producers(tx.connection, found.producer_id)
    row = retention.get_hold(tx.connection, hold_id)  # as it is now that nobody else can change it
    if row.ended_at is not None:
        raise OutOfOrder("This legal hold has ended already.", code=Code.ALREADY_ENDED)
    return row


def _waits(row: HoldRow, at: datetime) -> bool:
    return row.end_proposed_at is not None and at - row.end_proposed_at <= timedelta(days=DAYS_TO_APPROVE)


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Malformed("Say why; the reason is kept. Nothing was done.", code=Code.REASON_REQUIRED)


def _seven_years_before(at: datetime) -> datetime:
    return start_of(a_year_after(london_date(at), -LEAST_YEARS))


def _hold_entry(kind: EntryKind, actor: Actor, row: HoldRow, at: datetime, reason: str) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        said={"hold_id": row.hold_id, "everything": row.release_id is None},
        sealed={"reason": reason[:2000]},
    )
