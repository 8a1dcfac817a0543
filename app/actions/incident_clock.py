"""The clock from when a breach is known to when the head of profession is told, and to when it is reported.

Letters about its silence go by the clock; each is marked in the transaction that owes it, so it goes once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.drafting import answering, require_changer, require_no_names, seen, told_entry
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import breaches, incident_clocks, people, releases
from app.records.breaches import IncidentCard
from app.rules import clockletters
from app.rules.chasing import part_of
from app.rules.errors import Code, Conflict, Malformed, OutOfOrder
from app.rules.facts import Role, london_date, london_text
from app.rules.headclock import (
    OLDEST,
    HeadClock,
    Unreported,
    Untold,
    clock_of,
    report_at_once,
    unreported_due,
    untold_due,
)
from app.rules.incidents import KIND_WORDS
from app.rules.workingdays import Counts, Part, counting


def clocks(tools: Tools, cards: Iterable[IncidentCard]) -> dict[str, HeadClock]:
    """Read the clocks of incidents that somebody was given; near misses, rehearsals and the service's own have none."""
    at = tools.clock.now()
    return {card.incident_id: clock for card in cards if (clock := _clock(card, at)) is not None}


def record_told(tools: Tools, actor: Actor, incident_id: str, *, told_at: datetime | None, how: str) -> IncidentCard:
    """Put on record that the head of profession was told; where somebody else says so, they hear of it.

    Args:
        told_at: When; None for now. Aware, UTC.
        how: How, e.g. ``by telephone``.

    Raises:
        NotFound: There is no such incident, or none that this person may see.
        Refused: They may see it, but are neither lead official nor head of profession.
        OutOfOrder: It is a near miss, about a rehearsal, or about the service as a whole, which have no such clock.
        Conflict: It is on record already, and the head of profession said so themselves or is not asking.
        Malformed: The time lies before it happened or in the future, or the words name somebody.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        breaches.take_turn(tx.connection)
        card = seen(tx.connection, actor, incident_id)
        require_changer(actor, card)
        if _clock(card, at) is None or card.organisation_id is None:
            raise OutOfOrder("Only a producer's breach has this clock: no near miss, no rehearsal, no fault of ours.")
        is_head = actor.has(card.organisation_id, Role.HEAD_OF_PROFESSION)
        if card.head_told_at is not None and (not is_head or card.head_told_by == actor.actor_id):
            when = london_text(card.head_told_at)
            raise Conflict(
                f"It is on record already that the head of profession was told: {when}. Only they put that right.",
                code=Code.ALREADY_EXISTS,
            )
        told = told_at or at
        if not card.occurred_at.replace(second=0, microsecond=0) <= told <= at:
            raise Malformed("They were told after it happened, and not later than now.", code=Code.INVALID_INSTANT)
        require_no_names(tx.connection, card, (how,))
        incident_clocks.put_head_told(tx.connection, incident_id, told_at=told, how=how, at=at, by=actor.actor_id)
        tx.append(told_entry(actor.actor_id, card, told, at, how))
        if not is_head:
            _tell_heads(tools, tx, card, told, how, at)
        return breaches.get(tx.connection, incident_id)


def incidents_to_chase(tools: Tools) -> tuple[str, ...]:
    """Give the ids of the breaches about whose silence a letter is due."""
    at = tools.clock.now()
    with tools.reading() as connection:
        unfinished = breaches.unfinished_since(connection, at - OLDEST)
        counts = {card.incident_id: _counts(tools, connection, card, at) for card in unfinished}
    return tuple(one.incident_id for one in unfinished if any(_due(one, counts[one.incident_id], at)))


def chase_incident(tools: Tools, incident_id: str) -> None:
    """Write to those who answer for a breach that the head of profession is not told, or that no report has gone.

    Args:
        incident_id: As ``incidents_to_chase`` found it.

    Source:
        Producer policy: incidents
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        card = breaches.get(tx.connection, incident_id)
        clock = _clock(card, at)
        untold, unreported = _due(card, _counts(tools, tx.connection, card, at), at)
        where = where_it_stands(tools, incident_id)
        what = KIND_WORDS[card.kind]
        if clock is None:
            return
        if untold is not None and incident_clocks.mark_untold(tx.connection, incident_id, untold):
            letter = clockletters.untold(clock, card.number, what, where)
            _write(tools, tx, card, f"untold:{untold.value}", letter, at)
        if unreported is not None and incident_clocks.mark_unreported(tx.connection, incident_id, unreported):
            letter = clockletters.unreported(clock, card.number, what, where)
            _write(tools, tx, card, f"unreported:{unreported.value}", letter, at)


def where_it_stands(tools: Tools, incident_id: str) -> str:
    """Give the address of the page on which an incident is worked with."""
    return f"{tools.policy.public_address}/producer/incidents/{incident_id}"


def _clock(card: IncidentCard, at: datetime) -> HeadClock | None:
    if card.near_miss or card.producer_id is None or "rehearsal" in card.facts:
        return None
    return clock_of(
        known_at=card.opened_at,
        told_at=card.head_told_at,
        reported_at=card.reported_at,
        state=card.state,
        at_once=report_at_once(card.kind, card.occurred_at, card.practices),
        at=at,
    )


def _due(card: IncidentCard, counts: Counts, at: datetime) -> tuple[Untold | None, Unreported | None]:
    clock = _clock(card, at)
    if clock is None:
        return None, None
    return untold_due(clock, card.untold_step, counts), unreported_due(clock, card.unreported_step, counts)


def _counts(tools: Tools, connection: Connection, card: IncidentCard, at: datetime) -> Counts:
    """Say which days are worked where the producer is, as far as the Order tells."""
    part = part_of(releases.get(connection, card.release_id).order) if card.release_id else Part.ENGLAND_AND_WALES
    known = tools.bank_holidays(london_date(card.opened_at).year, london_date(at).year + 1)
    return counting(frozenset(one.day for one in known if one.part is part))


def _write(tools: Tools, tx: Transaction, card: IncidentCard, step: str, letter: tuple[str, str], at: datetime) -> None:
    told = answering(tx.connection, card, at, head=True)
    for person in told:
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="incident_clock",
            reason_key=f"incident_{step}:{card.incident_id}:{person.person_id}",
            subject=letter[0],
            body=letter[1],
        )
    said = {"incident_id": card.incident_id, "step": step, "people": len(told)}
    tx.append(Entry(EntryKind.INCIDENT_CHASED, at, producer_id=card.producer_id, release_id=card.release_id, said=said))


def _tell_heads(tools: Tools, tx: Transaction, card: IncidentCard, told_at: datetime, how: str, at: datetime) -> None:
    subject, body = clockletters.told_for_you(
        card.number, london_text(told_at), how, where_it_stands(tools, card.incident_id)
    )
    heads = people.people_with_role(tx.connection, card.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
    for person in heads:
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="incident_clock",
            reason_key=f"incident_told:{card.incident_id}:{person.person_id}",
            subject=subject,
            body=body,
        )
