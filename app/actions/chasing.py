"""Asking again for statements that are missing, and telling the head of profession. Done by the clock.

Each step is marked in the transaction that does it, so it is done once however many of us there are; what was missed
while the service stood still is found again at the next look.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import coordination, desk, recalling
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import people, recalls, releases
from app.records.recalls import AskedRow
from app.records.releases import ReleaseRow
from app.rules import lettersubjects, recall_letters
from app.rules.chasing import Chase, chase_due, part_of
from app.rules.facts import Release, Role, london_date
from app.rules.workingdays import Counts, counting

_LONGEST_CLOSURE = timedelta(days=14)  # no run of closed days is longer


def recalls_to_chase(tools: Tools) -> tuple[str, ...]:
    """Give the ids of the recalls in which somebody is to be reminded, or told of, now."""
    at = tools.clock.now()
    with tools.reading() as connection:
        waiting = recalls.waited_for(connection)
        counts = {one.release_id: _counts(tools, connection, one.release_id) for one in waiting}
    due = [one.recall_id for one in waiting if chase_due(one.chased, counts[one.release_id], at) is not None]
    return tuple(dict.fromkeys(due))


def chase_statements(tools: Tools, recall_id: str) -> None:
    """Remind those who owe a statement about one recall, or name them to the head of profession.

    Args:
        recall_id: As ``recalls_to_chase`` found it.

    Source:
        Producer policy: recalls
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = recalls.get(tx.connection, recall_id)
        release = releases.get_row(tx.connection, row.release_id)
        counts = _counts(tools, tx.connection, row.release_id)
        waiting = [one for one in recalls.waited_for(tx.connection) if one.recall_id == recall_id]
        steps = [(one, step) for one in waiting if (step := chase_due(one.chased, counts, at)) is not None]
        mine = [
            (one, step) for one, step in steps if recalls.mark_chased(tx.connection, one.recall_person_id, step, at)
        ]
        for one, step in mine:
            if step is not Chase.ESCALATE:
                _remind(tools, tx, release, one, step, at)
            tx.append(_entry(release, one, step, at))
        told = [one for one, step in mine if step is Chase.ESCALATE]
        if told:
            _escalate(tools, tx, release, recall_id, told, at)


def _counts(tools: Tools, connection: Connection, release_id: str) -> Counts:
    """Say which days are worked: neither weekends, nor bank holidays, nor days that the Order leaves out."""
    release: Release = releases.get(connection, release_id)
    asked = max((row.begun_at for row in recalls.of_release(connection, release_id)), default=None)
    if asked is None:
        return counting(frozenset())
    first, last = london_date(asked).year, london_date(asked + _LONGEST_CLOSURE).year
    part = part_of(release.order)
    holidays = frozenset(one.day for one in tools.bank_holidays(first, last) if one.part is part)
    return counting(holidays | release.closed_on)


def _remind(tools: Tools, tx: Transaction, release: ReleaseRow, one: AskedRow, step: Chase, at: datetime) -> None:
    where = recalling.where_to_state(tools)
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=one.email,
        person_id=one.person_id,
        kind="statement_missing",
        reason_key=f"statement_missing:{one.recall_id}:{step.value}:{one.person_id}",
        subject=lettersubjects.statement_reminder(release.release),
        body=recall_letters.reminder(release.release, one.name, one.chased.asked_at, where, release.contact),
        release_id=release.release.release_id,
    )


def _escalate(
    tools: Tools, tx: Transaction, release: ReleaseRow, recall_id: str, told: list[AskedRow], at: datetime
) -> None:
    named = [f"{one.name}, {one.post}" for one in told]
    body = recall_letters.missing(release.release, named, recalling.where_it_stands(tools, recall_id))
    subject = lettersubjects.statements_missing(release.release)
    heads = people.people_with_role(tx.connection, release.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
    for person in heads:
        key = f"statements_missing:{recall_id}:{at.isoformat()}:{person.person_id}"
        about = release.release.release_id
        coordination.owe(tools, tx, person, "statements_missing", key, subject, body, at, release_id=about)


def _entry(release: ReleaseRow, one: AskedRow, step: Chase, at: datetime) -> Entry:
    return Entry(
        EntryKind.STATEMENT_REMINDED,
        at,
        person_id=one.person_id,
        producer_id=release.release.producer.producer_id,
        release_id=one.release_id,
        said={"recall_id": one.recall_id, "step": step.value},
    )
