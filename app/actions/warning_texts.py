"""The warning on every copy of a producer's documents: proposed by one person, approved by another, kept for good."""

from __future__ import annotations

from datetime import datetime

from app.actions.seconding import ask_for_second
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role, require_second_person
from app.audit.entries import Entry, EntryKind
from app.records import organisations, people, warning_texts
from app.records.warning_texts import WarningRow as WarningRow
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import Order, Role
from app.rules.secondletters import warning_waits

READING = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
PROPOSING = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
APPROVING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)


def list_warnings(tools: Tools, actor: Actor, producer_id: str) -> tuple[WarningRow, ...]:
    """Give every version of a producer's warnings, by Order, the newest first.

    The warning given when the producer was registered is version 0, and no row of its own.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *READING)
        return warning_texts.of_producer(connection, producer_id)


def propose_warning(tools: Tools, actor: Actor, producer_id: str, *, order: Order, text: str) -> WarningRow:
    """Propose a new version of the warning on copies of releases under one Order.

    Copies carry the old one until a second person has approved it. What the Order itself wants on them stands there
    beside it, whatever it says.

    Args:
        text: The warning; one paragraph on the copy.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor does not prepare its releases.
        Malformed: It is empty (code ``invalid_request``), or the one in force (``no_change``).
        Conflict: Somebody proposed one at the same moment.

    Source:
        Producer policy: two persons
    """
    at = tools.clock.now()
    said = " ".join(text.split())
    if not said:
        raise Malformed("A warning without words warns nobody. Nothing was done.", code=Code.INVALID_REQUEST)
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *PROPOSING)
        if said == " ".join(warning_texts.in_force(tx.connection, producer_id, order).text.split()):
            raise Malformed("This is the warning in force already. Nothing was done.", code=Code.NO_CHANGE)
        row = WarningRow(
            warning_id=tools.new_id("wrn"),
            producer_id=producer_id,
            order=order,
            version=warning_texts.newest_version(tx.connection, producer_id, order) + 1,
            text=said,
            proposed_at=at,
            proposed_by=actor.actor_id,
        )
        warning_texts.add(tx.connection, row)
        tx.append(_entry(EntryKind.WARNING_PROPOSED, actor, row, at))
        could = people.people_with_role(tx.connection, producer.organisation_id, *APPROVING, at=at)
        where = f"/producer/warnings/{producer_id}"
        ask_for_second(tools, tx, actor, could, warning_waits(producer.name), key=row.warning_id, where=where, at=at)
    return row


def approve_warning(tools: Tools, actor: Actor, producer_id: str, warning_id: str) -> WarningRow:
    """Approve a version as a second person: copies of every opening from now on carry it.

    A copy of an earlier opening carries what was in force then, also when it is fetched again.

    Raises:
        NotFound: There is no such version of this producer, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there, or proposed it.
        OutOfOrder: It is approved already, or a later version is in force (code ``wrong_state``).

    Source:
        Producer policy: two persons
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *APPROVING)
        row = warning_texts.get(tx.connection, warning_id)
        if row.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        require_second_person(actor, {row.proposed_by}, "this warning")
        newer = warning_texts.in_force(tx.connection, producer_id, row.order).version
        if newer > row.version:
            raise OutOfOrder(
                f"Version {newer} of this warning is in force, and this is version {row.version}. Propose it anew.",
                code=Code.WRONG_STATE,
            )
        if not warning_texts.approve(tx.connection, warning_id, at=at, by=actor.actor_id):
            raise OutOfOrder("This warning is approved already.", code=Code.WRONG_STATE)
        tx.append(_entry(EntryKind.WARNING_APPROVED, actor, row, at))
        return warning_texts.get(tx.connection, warning_id)


def _entry(kind: EntryKind, actor: Actor, row: WarningRow, at: datetime) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=row.producer_id,
        said={
            "warning_id": row.warning_id,
            "order": row.order.value,
            "version": row.version,
            "words_sha256": sha256_hex(row.text.encode()),
        },
    )
