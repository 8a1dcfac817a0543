"""Somebody asks that their own personal details be erased, and hears why not while they must be kept.

What they ask destroys nothing: an administrator proposes it (``erasing.py``), and a second person approves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.actions import desk
from app.actions.keeping import as_of, lapsed_before, what_keeps
from app.actions.tools import Actor, Tools, require_fresh_sign_in, require_service_role
from app.audit.entries import Entry, EntryKind
from app.records import asked_erasures, erasing, people, retention
from app.records.retention import ErasureRow as ErasureRow
from app.rules import erasureletters
from app.rules.errors import NOTHING_THERE, Code, Conflict, NotFound, OutOfOrder
from app.rules.facts import Person, Role
from app.rules.reasons import Reason

READING = (Role.ADMINISTRATOR, Role.AUDITOR)  # of the whole service
ASKED_FOR = "Asked for by the person themselves, signed in."


@dataclass(frozen=True, slots=True)
class PersonErasure:
    """An erasure of one person's details, asked for, proposed or decided, as administrators see it.

    Attributes:
        person: Whose; None once it is done, since then nothing is known of them any more.
        reasons: While it waits: each record that must be kept.
        needed: While it waits: for what they are still needed, in words.
    """

    row: ErasureRow
    person: Person | None
    reasons: tuple[Reason, ...]
    needed: tuple[str, ...]


def ask_for_erasure(tools: Tools, actor: Actor) -> ErasureRow:
    """Ask that one's own personal details be erased. Every administrator gets a letter.

    Raises:
        Refused: The actor has not signed in just now, or is a program.
        Conflict: They have asked already, and it is not decided.
        OutOfOrder: They are erased already, since this request began.
    """
    at = tools.clock.now()
    require_fresh_sign_in(actor, at, tools.policy)
    person_id = actor.person_id or ""
    with tools.transaction(once=True) as tx:
        people.keep(tx.connection, person_id)
        if erasing.is_forgotten(tx.connection, person_id):
            raise OutOfOrder("Your details are erased already.", code=Code.ALREADY_ENDED)
        if any(_waits(one, at) for one in retention.erasures_of_person(tx.connection, person_id)):
            what = "You have asked already, and it is not decided yet. Nothing was added."
            raise Conflict(what, code=Code.ALREADY_EXISTS)
        row = ErasureRow(
            erasure_id=tools.new_id("era"),
            producer_id=None,
            release_id=None,
            person_id=person_id,
            cause="person",
            reason=ASKED_FOR,
            counts={},
            at=at,
            by_person_id=person_id,
            state="asked",
        )
        retention.add_erasure(tx.connection, row)
        tx.append(_entry(EntryKind.ERASURE_ASKED, actor, row, at))
        letter = erasureletters.erasure_asked(f"{tools.policy.public_address}/admin/erasures")
        desk.tell_administrators(tools, tx, letter, kind="erasure_asked", about=row.erasure_id, at=at)
    return row


def own_erasures(tools: Tools, actor: Actor) -> tuple[ErasureRow, ...]:
    """Give what somebody asked for about their own details, or others proposed, and what became of it, newest first."""
    if actor.person_id is None:
        return ()
    at = tools.clock.now()
    with tools.reading() as connection:
        return tuple(as_of(row, at) for row in retention.erasures_of_person(connection, actor.person_id))


def withdraw_asked(tools: Tools, actor: Actor, erasure_id: str) -> ErasureRow:
    """Take back what one asked for oneself, as long as nobody has proposed or refused it.

    Raises:
        NotFound: There is no such thing of the actor's.
        OutOfOrder: It is decided already, or an administrator has proposed it.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        row = retention.get_erasure(tx.connection, erasure_id)
        if actor.person_id is None or row.person_id != actor.person_id or row.by_person_id != actor.person_id:
            raise NotFound(NOTHING_THERE)
        asked_erasures.put_back_lapsed(tx.connection, row.person_id, lapsed_before(at))
        if not retention.decide_erasure(tx.connection, erasure_id, state="withdrawn", at=at, standing="asked"):
            raise _decided()
        tx.append(_entry(EntryKind.ERASURE_WITHDRAWN, actor, row, at))
        return retention.get_erasure(tx.connection, erasure_id)


def see_erasures(tools: Tools, actor: Actor) -> tuple[PersonErasure, ...]:
    """Give every erasure of a person's details, asked for, proposed or decided, the newest first.

    Raises:
        Refused: The actor is neither administrator nor auditor of the whole service.
    """
    require_service_role(actor, *READING)
    at = tools.clock.now()
    seen = []
    with tools.reading() as connection:
        for row in (as_of(one, at) for one in retention.erasures_of_people(connection)):
            waits, person_id = _waits(row, at), row.person_id or ""
            reasons, needed = what_keeps(connection, person_id, at) if waits else ((), ())
            person = people.find(connection, person_id) if row.state != "done" else None
            seen.append(PersonErasure(row, person, reasons, needed))
    return tuple(seen)


def refuse_erasure(tools: Tools, actor: Actor, erasure_id: str) -> ErasureRow:
    """Refuse what somebody asked for, because something must be kept. They are told the clause and the day.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such thing.
        OutOfOrder: Nobody asked for it, it is decided already, or nothing stands in the way of it.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        row = as_of(retention.get_erasure(tx.connection, erasure_id), at)
        if row.person_id is None:
            raise NotFound(NOTHING_THERE)
        asked_erasures.put_back_lapsed(tx.connection, row.person_id, lapsed_before(at))
        reasons, needed = what_keeps(tx.connection, row.person_id, at)
        words = erasureletters.refusal_words(reasons, needed)
        if row.state == "asked" and not words:
            raise OutOfOrder("Nothing must be kept, so there is no reason to refuse. Propose the erasure instead.")
        if not retention.decide_erasure(
            tx.connection, erasure_id, state="refused", at=at, standing="asked", reason=words
        ):
            raise _decided()
        tx.append(_entry(EntryKind.ERASURE_DECLINED, actor, row, at))
        person = people.get(tx.connection, row.person_id)
        subject, body = erasureletters.erasure_refused(person.name, words)
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="erasure_refused",
            reason_key=f"erasure_refused:{erasure_id}",
            subject=subject,
            body=body,
        )
        return retention.get_erasure(tx.connection, erasure_id)


def _waits(row: ErasureRow, at: datetime) -> bool:
    return as_of(row, at).state in ("asked", "proposed")


def _decided() -> OutOfOrder:
    return OutOfOrder("This is decided already, or an administrator has proposed it. Nothing was done.")


def _entry(kind: EntryKind, actor: Actor, row: ErasureRow, at: datetime) -> Entry:
    """Put on record who did it. Nothing else says whose details it is about.

    Whoever asks for themselves, or takes it back, is that person: their name stands there as the actor's alone, under
    a commitment, and goes with their details.
    """
    return Entry(kind, at, actor_id=actor.actor_id, said={"erasure_id": row.erasure_id})
