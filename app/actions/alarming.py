"""What several actions need inside their own transaction: raise an alarm, call people, and end what is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import alarms, jobs, people
from app.records.alarms import AlarmRow
from app.records.releases import ReleaseRow
from app.rules import contingency_letters, dayletters
from app.rules.alarms import AlarmKind, calls_at, minute_of, whom
from app.rules.facts import PRODUCING, Person, Release, ReleaseState, Role, london_date

CALL_ALARM = "call_alarm"


def raise_alarm(
    tools: Tools, tx: Transaction, release: ReleaseRow, kind: AlarmKind, summary: str, *, cause: str, at: datetime
) -> str | None:
    """Raise an alarm about a release, call the first people, and have the next called unless somebody acknowledges.

    Args:
        tools: The tools.
        tx: The open transaction.
        release: What it is about.
        kind: What sort of alarm.
        summary: What was found, in whole sentences.
        cause: What it is raised for; one alarm for one cause.
        at: Now. Aware, UTC.

    Returns:
        The new alarm's id, or None when this cause has had its alarm.
    """
    alarm_id = tools.new_id("alm")
    added = alarms.add(
        tx.connection,
        alarm_id=alarm_id,
        release_id=release.release.release_id,
        kind=kind,
        reason_key=f"{kind.value}:{cause}",
        publishes_at=release.release.publishes_at,
        summary=summary,
        at=at,
    )
    if not added:
        return None
    tx.append(_entry(EntryKind.ALARM_RAISED, release.release, at, {"alarm_id": alarm_id, "kind": kind.value}))
    call(tools, tx, release, alarms.get(tx.connection, alarm_id), at)
    following = calls_at(at, 1)
    if following is not None:
        jobs.add(
            tx.connection,
            job_id=tools.new_id("job"),
            kind=CALL_ALARM,
            release_id=release.release.release_id,
            reason_key=f"{CALL_ALARM}:{alarm_id}",
            due_at=following,
        )
    return alarm_id


def call(tools: Tools, tx: Transaction, release: ReleaseRow, alarm: AlarmRow, at: datetime) -> None:
    """Call those who stand on the next rung of the ladder, and put on record how many were called.

    Args:
        tools: The tools.
        tx: The open transaction.
        release: What the alarm is about.
        alarm: It rings.
        at: Now. Aware, UTC.
    """
    minute = minute_of(alarm.called)
    staff = staff_of(tx.connection, release, at)
    roster = alarms.roster_of(tx.connection, release.release.producer.producer_id).roster
    seniors = [person.person_id for person in seniors_of(tx.connection, release, at)]
    called = whom(roster, seniors, staff, minute=minute, on=london_date(at))
    for one in called:
        person = staff[one.person_id]
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="alarm",
            reason_key=f"alarm:{alarm.alarm_id}:{alarm.called}:{person.person_id}",
            subject=dayletters.alarm_subject(release.release, minute, first=alarm.called == 0),
            body=dayletters.alarm_body(
                alarm.summary,
                to_do=dayletters.TO_DO[alarm.kind],
                where=where_acknowledged(tools, alarm),
                others=len(called) - 1,
                for_names=tuple(staff[away].name for away in one.for_ids if away in staff),
                offer=_offer(tools, release.release, alarm),
            ),
            release_id=release.release.release_id,
        )
    alarms.mark_called(tx.connection, alarm.alarm_id, alarm.called + 1, at)
    said: dict[str, object] = {"alarm_id": alarm.alarm_id, "minute": minute, "people": len(called)}
    tx.append(_entry(EntryKind.ALARM_CALLED, release.release, at, said))


def end_alarms(tx: Transaction, release: Release, because: str, at: datetime) -> None:
    """End every alarm of a release that stands.

    Args:
        tx: The open transaction.
        release: The release.
        because: What became of it, e.g. ``published``.
        at: Now. Aware, UTC.
    """
    for alarm in alarms.of_release(tx.connection, release.release_id):
        if alarms.end(tx.connection, alarm.alarm_id, because, at):
            tx.append(_entry(EntryKind.ALARM_ENDED, release, at, {"alarm_id": alarm.alarm_id, "because": because}))


def staff_of(connection: Connection, release: ReleaseRow, at: datetime) -> dict[str, Person]:
    """Give everybody who works for a release's producer at an instant, by id. Aware, UTC."""
    return staff_in(connection, release.organisation_id, at)


def staff_in(connection: Connection, organisation_id: str, at: datetime) -> dict[str, Person]:
    """Give everybody who works for a producer's organisation at an instant, by id. Aware, UTC."""
    found = people.people_with_role(connection, organisation_id, *PRODUCING, at=at)
    return {person.person_id: person for person in found}


def seniors_of(connection: Connection, release: ReleaseRow, at: datetime) -> tuple[Person, ...]:
    """Give the lead official, or every lead official where none is named or the one named has left, and the heads.

    Args:
        connection: Any connection.
        release: The release.
        at: Now. Aware, UTC.
    """
    present = people.people_with_role(connection, release.organisation_id, Role.LEAD_OFFICIAL, at=at)
    leads = tuple(one for one in present if one.person_id == release.lead_official_id) or present
    heads = people.people_with_role(connection, release.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
    return tuple({person.person_id: person for person in (*leads, *heads)}.values())


def where_acknowledged(tools: Tools, alarm: AlarmRow) -> str:
    """Give the address at which somebody says that they have an alarm in hand."""
    return f"{tools.policy.public_address}/producer/releases/{alarm.release_id}/alarms"


def _offer(tools: Tools, release: Release, alarm: AlarmRow) -> str:
    """Name what the head of profession can do with the site down, where that can be done at all."""
    if alarm.kind is not AlarmKind.NOT_CONFIRMED or release.rehearsal or release.state is not ReleaseState.FINAL:
        return ""
    where = f"{tools.policy.public_address}/producer/releases/{release.release_id}/contingency"
    return contingency_letters.contingency_offer(where)


def _entry(kind: EntryKind, release: Release, at: datetime, said: dict[str, object]) -> Entry:
    return Entry(kind, at, producer_id=release.producer.producer_id, release_id=release.release_id, said=said)
