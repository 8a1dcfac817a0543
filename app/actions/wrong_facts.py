"""Facts found wrong: put on record by a person, withdrawn by a person; the rule counts them for then and for now.

By itself this opens no incident. It leaves a mark, and the worker asks the rule again about every opening that rested
on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.actions.tools import (
    NOTHING_THERE,
    Actor,
    Tools,
    require_anywhere,
    require_no_own_access,
    require_role,
    require_service_role,
)
from app.audit.entries import Entry, EntryKind
from app.records import declarations, deputies, eligibility, organisations, people, posts, releases, wrong_facts
from app.records.wrong_facts import WrongFactRow as WrongFactRow
from app.rules.deputies import DeputyState
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Role
from app.rules.reasons import instant_text
from app.rules.wrongfacts import WRONG_WORDS, WrongKind

DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
READING = (*DECIDING, Role.STATISTICIAN, Role.AUDITOR)
OF_THE_CLOCK = (Role.ADMINISTRATOR, Role.AUDITOR)
LONGEST_DOUBT = timedelta(days=366)
FASTEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class _About:
    """What a wrong fact is about, and whose it is."""

    organisation_id: str
    producer_id: str
    release_id: str | None
    person_id: str | None


def find_declaration_wrong(tools: Tools, actor: Actor, declaration_id: str, *, reason: str) -> WrongFactRow:
    """Put on record that a declaration never counted, e.g. because somebody else signed it in that name.

    Raises:
        NotFound: There is none, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there, or it is their own.
        Conflict: It is on record as wrong already.
        Malformed: No reason is given.

    Source:
        SI 2008/2998 Sch. para 8; SR 2009/71 Sch. para 8
    """

    def about(connection: Connection) -> _About:
        row = declarations.get(connection, declaration_id)
        release = releases.get_row(connection, row.release_id)
        producer_id = release.release.producer.producer_id
        return _About(release.organisation_id, producer_id, None, row.declaration.person_id)

    return _find(tools, actor, WrongKind.DECLARATION, declaration_id, about, reason, DECIDING)


def find_approval_wrong(tools: Tools, actor: Actor, list_id: str, *, reason: str) -> WrongFactRow:
    """Put on record that a version of a list should never have been approved. It grants nothing from then on.

    Raises:
        NotFound: There is none, or the actor has no business with its producer.
        Refused: The actor is not head of profession there.
        OutOfOrder: It never was in force.
        Conflict: It is on record as wrong already.
        Malformed: No reason is given.

    Source:
        SI 2008/2998 Sch. para 2; SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1); SR 2009/71 Sch. para 2
    """

    def about(connection: Connection) -> _About:
        listed = eligibility.get(connection, list_id)
        release = releases.get_row(connection, listed.release_id)
        require_role(actor, release.organisation_id, Role.HEAD_OF_PROFESSION)
        if listed.approved_at is None:
            raise OutOfOrder("This version of the list was never approved.")
        return _About(release.organisation_id, release.release.producer.producer_id, listed.release_id, None)

    return _find(tools, actor, WrongKind.APPROVAL, list_id, about, reason, (Role.HEAD_OF_PROFESSION,))


def find_holding_wrong(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    *,
    post_id: str,
    person_id: str,
    reason: str,
    from_on: date | None = None,
    until_on: date | None = None,
) -> WrongFactRow:
    """Put on record that a person did not hold a post on some days, whatever had been put on record of it.

    Args:
        tools: What this is done with.
        actor: Who found it.
        producer_id: The producer whose releases it concerns.
        post_id, person_id: Which post, and who did not hold it.
        reason: How it was found.
        from_on, until_on: First and last London day, both included; None where it has no beginning or no end.

    Raises:
        NotFound: There is no such producer, post or person, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there, or it is their own post.
        Malformed: No reason is given, or the last day lies before the first.

    Source:
        SI 2008/2998 Sch. para 9(b); SSI 2008/399 Sch. para 3(1); WSI 2009/2818 Sch. para 2; SR 2009/71 Sch. para 9(b)
    """
    if from_on is not None and until_on is not None and until_on < from_on:
        what = "The last day lies before the first."
        raise Malformed(what, errors=[{"where": "body.until_on", "what": what}])

    def about(connection: Connection) -> _About:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        posts.get(connection, post_id)
        people.get(connection, person_id)
        return _About(producer.organisation_id, producer_id, None, person_id)

    days = {"from_on": from_on, "until_on": until_on}
    return _find(tools, actor, WrongKind.HOLDING, post_id, about, reason, DECIDING, **days)


def find_deputy_wrong(tools: Tools, actor: Actor, deputy_id: str, *, reason: str) -> WrongFactRow:
    """Put on record that the paper by which somebody stood in for a recipient never counted.

    Raises:
        NotFound: There is no such request, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there, or they are the deputy.
        OutOfOrder: It was never approved.
        Conflict: It is on record as wrong already.
        Malformed: No reason is given.

    Source:
        Producer policy: deputies
    """

    def about(connection: Connection) -> _About:
        row = deputies.get(connection, deputy_id)
        release = releases.get_row(connection, row.release_id)
        require_role(actor, release.organisation_id, *DECIDING)
        if row.state is not DeputyState.APPROVED or row.person_id is None:
            raise OutOfOrder("Nobody stood in by this request: it was never approved.")
        return _About(release.organisation_id, release.release.producer.producer_id, row.release_id, row.person_id)

    return _find(tools, actor, WrongKind.DEPUTY, deputy_id, about, reason, DECIDING)


def find_clock_wrong(
    tools: Tools,
    actor: Actor,
    *,
    from_at: datetime,
    until_at: datetime,
    reason: str,
    fast_seconds: int | None = None,
) -> WrongFactRow:
    """Put on record that the clock could not be trusted for a while, of which nothing was known then.

    Args:
        tools: What this is done with.
        actor: Who found it.
        from_at, until_at: From when to when, as that clock showed it, both included. Aware, UTC, past.
        reason: How it was found.
        fast_seconds: How far ahead of the truth it stood, negative when behind; None where nobody knows.

    Raises:
        Refused: The actor is neither an administrator nor an auditor of the whole service.
        Malformed: No reason is given, it ends before it begins or in the future, or it is longer than a year.
    """
    require_service_role(actor, *OF_THE_CLOCK)
    at = tools.clock.now()
    fast_by = timedelta(seconds=fast_seconds or 0)
    what = ""
    if until_at < from_at:
        what = "It ends before it begins."
    elif until_at > at:
        what = "What the clock will show cannot be known to be wrong yet."
    elif until_at - from_at > LONGEST_DOUBT or abs(fast_by) > FASTEST:
        what = "That is more than a year. Look at the instants again."
    if what:
        raise Malformed(what, code=Code.INVALID_INSTANT, errors=[{"where": "body.until_at", "what": what}])
    _demand_reason(reason)
    row = _row(tools, actor, WrongKind.CLOCK, None, at, reason)
    row = replace(row, from_at=from_at, until_at=until_at, fast_seconds=fast_seconds)
    with tools.transaction(once=True) as tx:
        wrong_facts.add(tx.connection, row)
        tx.append(_entry(EntryKind.FACT_FOUND_WRONG, actor, row, at, reason))
    return row


def withdraw_wrong_fact(tools: Tools, actor: Actor, wrong_fact_id: str, *, reason: str) -> WrongFactRow:
    """Say that what had been found wrong was right after all. What was found because of it is told as no longer so.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor could not have put it on record either, or it is about themselves.
        OutOfOrder: That was said already.
        Malformed: No reason is given.
    """
    at = tools.clock.now()
    _demand_reason(reason)
    with tools.transaction() as tx:
        row = wrong_facts.get(tx.connection, wrong_fact_id)
        if row.producer_id is None:
            if not actor.has(None, *READING, *OF_THE_CLOCK):
                raise NotFound(NOTHING_THERE)
            require_service_role(actor, *OF_THE_CLOCK)
        else:
            producer = organisations.get_producer(tx.connection, row.producer_id)
            wanted = (Role.HEAD_OF_PROFESSION,) if row.kind is WrongKind.APPROVAL else DECIDING
            require_role(actor, producer.organisation_id, *wanted)
            require_no_own_access(actor, {row.person_id})
        if not wrong_facts.withdraw(tx.connection, wrong_fact_id, at=at, by=actor.actor_id, reason=reason):
            raise OutOfOrder("This was withdrawn already.", code=Code.ALREADY_ENDED)
        tx.append(_entry(EntryKind.WRONG_FACT_WITHDRAWN, actor, row, at, reason))
        return wrong_facts.get(tx.connection, wrong_fact_id)


def list_wrong_facts(
    tools: Tools, actor: Actor, producer_id: str | None, *, limit: int = 50, after: str | None = None
) -> list[WrongFactRow]:
    """Give what was found wrong of a producer's records, or of the clock, withdrawn too; the first recorded first.

    Args:
        tools: What this is done with.
        actor: Who asks.
        producer_id: The producer; None for the clock.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has no role in it, or, for the clock, none at all.
    """
    with tools.reading() as connection:
        if producer_id is None:
            require_anywhere(actor, *Role)
        else:
            producer = organisations.get_producer(connection, producer_id)
            require_role(actor, producer.organisation_id, *READING)
        return wrong_facts.page(connection, producer_id, limit=limit, after=after)


def _find(
    tools: Tools,
    actor: Actor,
    kind: WrongKind,
    subject_id: str,
    about: Any,
    reason: str,
    wanted: tuple[Role, ...],
    **days: date | None,
) -> WrongFactRow:
    at = tools.clock.now()
    _demand_reason(reason)
    row = _row(tools, actor, kind, subject_id, at, reason)
    with tools.transaction(once=True) as tx:
        found: _About = about(tx.connection)
        require_role(actor, found.organisation_id, *wanted)
        require_no_own_access(actor, {found.person_id})
        if found.release_id is not None:
            releases.keep(tx.connection, found.release_id)  # nobody is let in between this and what they see of it
        if kind is not WrongKind.HOLDING and wrong_facts.find_standing(tx.connection, kind, subject_id) is not None:
            raise Conflict("This is on record as wrong already. Nothing was added.", code=Code.ALREADY_EXISTS)
        row = replace(
            row,
            producer_id=found.producer_id,
            release_id=found.release_id,
            person_id=found.person_id,
            from_on=days.get("from_on"),
            until_on=days.get("until_on"),
        )
        wrong_facts.add(tx.connection, row)
        tx.append(_entry(EntryKind.FACT_FOUND_WRONG, actor, row, at, reason))
    return row


def _row(
    tools: Tools, actor: Actor, kind: WrongKind, subject_id: str | None, at: datetime, reason: str
) -> WrongFactRow:
    return WrongFactRow(
        wrong_fact_id=tools.new_id("wrg"),
        kind=kind,
        producer_id=None,
        release_id=None,
        person_id=None,
        subject_id=subject_id,
        from_on=None,
        until_on=None,
        from_at=None,
        until_at=None,
        fast_seconds=None,
        reason=reason,
        recorded_at=at,
        recorded_by=actor.actor_id,
    )


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        what = "Say how it was found. Nothing was done."
        raise Malformed(what, code=Code.REASON_REQUIRED, errors=[{"where": "reason", "what": "is missing"}])


def _entry(kind: EntryKind, actor: Actor, row: WrongFactRow, at: datetime, reason: str) -> Entry:
    said: dict[str, Any] = {
        "wrong_fact_id": row.wrong_fact_id,
        "kind": row.kind.value,
        "subject_id": row.subject_id,
        "from_on": row.from_on.isoformat() if row.from_on else None,
        "until_on": row.until_on.isoformat() if row.until_on else None,
        "from_at": instant_text(row.from_at) if row.from_at else None,
        "until_at": instant_text(row.until_at) if row.until_at else None,
        "fast_seconds": row.fast_seconds,
        "what": WRONG_WORDS[row.kind],
    }
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=row.person_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        said={name: value for name, value in said.items() if value is not None},
        sealed={"reason": reason[:2000]},
    )
