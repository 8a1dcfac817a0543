"""Alarms: read by those who answer for a release, acknowledged by one of them, and called on until then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.actions import alarming
from app.actions.tools import Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import alarms, jobs, organisations, people, releases
from app.records.alarms import AlarmRow as AlarmRow
from app.records.alarms import RosterRow as RosterRow
from app.records.jobs import Job
from app.rules.alarms import CONTACTS_LIMIT, LADDER, Called, Roster, calls_at, check_roster, whom
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import PRODUCING, Person, Role, london_date, london_text

CALL_ALARM = alarming.CALL_ALARM
_READERS = (*PRODUCING, Role.AUDITOR)
_SENIORS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm with when people are called next; None when nobody is."""

    row: AlarmRow
    next_call_at: datetime | None


@dataclass(frozen=True, slots=True)
class RosterView:
    """A producer's roster as somebody looks at it.

    Attributes:
        staff: Everybody who works for the producer at present, by id; by name in their order.
        on: The London day for which it says who is called.
        called: Who is called at each minute of the ladder on that day, where no other lead official is named.
        changeable: The actor may change it.
    """

    producer_id: str
    name: str
    row: RosterRow
    staff: dict[str, Person]
    on: date
    called: tuple[tuple[int, tuple[Called, ...]], ...]
    changeable: bool


def list_alarms(tools: Tools, actor: Actor, release_id: str) -> tuple[AlarmView, ...]:
    """Give the alarms of a release, the newest first.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        require_role(actor, release.organisation_id, *_READERS)
        return tuple(map(_view, alarms.of_release(connection, release_id)))


def acknowledge_alarm(tools: Tools, actor: Actor, release_id: str, alarm_id: str, *, note: str = "") -> AlarmView:
    """Say that somebody has an alarm in hand; nobody is called again for it.

    Args:
        tools: The tools.
        actor: Somebody who works for the producer, in person.
        release_id: The release.
        alarm_id: The alarm.
        note: What they are doing about it.

    Raises:
        NotFound: There is no such alarm of this release, or the actor has no business with it.
        Refused: The actor has another role, or is a program.
        OutOfOrder: Somebody has it in hand already, or it is over.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        release = releases.get_row(tx.connection, release_id)
        require_role(actor, release.organisation_id, *PRODUCING)
        alarm = alarms.get(tx.connection, alarm_id)
        if alarm.release_id != release_id:
            raise NotFound(NOTHING_THERE)
        if actor.person_id is None:
            raise Refused(
                "A program cannot have an alarm in hand. One of the people called must say so.", code=Code.ROLE_REQUIRED
            )
        if not alarms.acknowledge(tx.connection, alarm_id, actor.person_id, note, at):
            raise OutOfOrder(_no_more(alarm), code=Code.ALREADY_ENDED)
        tx.append(
            Entry(
                EntryKind.ALARM_ACKNOWLEDGED,
                at,
                actor_id=actor.actor_id,
                producer_id=release.release.producer.producer_id,
                release_id=release_id,
                said={"alarm_id": alarm_id},
                sealed={"note": note[:2000]} if note else {},
            )
        )
        return _view(alarms.get(tx.connection, alarm_id))


def call_alarm(tools: Tools, job: Job) -> None:
    """Call those who stand on the next rung of the ladder, unless somebody has the alarm in hand or it is over.

    Args:
        tools: The tools.
        job: The work, as it was taken.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        release = releases.get_row(tx.connection, job.release_id)
        alarm = alarms.get(tx.connection, job.reason_key.partition(":")[2])
        following = calls_at(alarm.raised_at, alarm.called + 1)
        if not alarm.rings or following is None:
            jobs.finish(tx.connection, job, at)
        elif jobs.put_off(tx.connection, job, max(following, at)):
            alarming.call(tools, tx, release, alarm, at)


def get_roster(tools: Tools, actor: Actor, producer_id: str) -> RosterRow:
    """Give a producer's roster; an empty one at revision 0 while none was set.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *_READERS)
        return alarms.roster_of(connection, producer_id)


def list_rosters(tools: Tools, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Give (id, name) of the producers whose roster the actor may see, by name."""
    held = [one for one in actor.roles if one.role in _READERS]
    with tools.reading() as connection:
        if any(one.organisation_id is None for one in held):
            return organisations.producers_named(connection, None)
        mine = frozenset(one.organisation_id for one in held if one.organisation_id is not None)
        return organisations.producers_named(connection, mine)


def see_roster(tools: Tools, actor: Actor, producer_id: str, *, on: date | None = None) -> RosterView:
    """Give a producer's roster with the names on it, and who is called on a day.

    Args:
        tools: The tools.
        actor: Somebody who works for the producer, or an auditor.
        producer_id: Whose roster.
        on: A London day; None for today.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    at = tools.clock.now()
    on = on or london_date(at)
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *_READERS)
        row = alarms.roster_of(connection, producer_id)
        staff = alarming.staff_in(connection, producer.organisation_id, at)
        seniors = people.people_with_role(connection, producer.organisation_id, *_SENIORS, at=at)
    ids = [one.person_id for one in seniors]
    called = tuple((minute, whom(row.roster, ids, staff, minute=minute, on=on)) for minute in LADDER)
    changeable = actor.has(producer.organisation_id, *_SENIORS)
    return RosterView(producer_id, producer.name, row, staff, on, called, changeable)


def set_roster(tools: Tools, actor: Actor, producer_id: str, roster: Roster, *, revision: int) -> RosterRow:
    """Put a roster in place of the one that was read.

    Args:
        tools: The tools.
        actor: The lead official or the head of profession.
        producer_id: Whose roster.
        roster: Whom alarms reach besides those two, from which minute on, and who is away when.
        revision: That of the roster that was read; 0 where there was none.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
        Malformed: Somebody on it does not work for the producer, or a leave or cover is impossible.
        Conflict: Somebody changed it meanwhile.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *_SENIORS)
        if len(roster.contacts) > CONTACTS_LIMIT:
            raise Malformed(f"A roster has at most {CONTACTS_LIMIT} people. Nothing was changed.")
        check_roster(roster, alarming.staff_in(tx.connection, producer.organisation_id, at))
        alarms.set_roster(tx.connection, producer_id, roster, revision=revision, by=actor.actor_id, at=at)
        away = sum(len(one.away) for one in roster.contacts)
        said = {"people": len(roster.contacts), "leaves": away, "revision": revision + 1}
        tx.append(Entry(EntryKind.ROSTER_CHANGED, at, actor_id=actor.actor_id, producer_id=producer_id, said=said))
        return alarms.roster_of(tx.connection, producer_id)


def _view(row: AlarmRow) -> AlarmView:
    return AlarmView(row, calls_at(row.raised_at, row.called) if row.rings else None)


def _no_more(alarm: AlarmRow) -> str:
    if alarm.acknowledged_at is not None:
        return f"Somebody has had this in hand since {london_text(alarm.acknowledged_at)}."
    ended = f" since {london_text(alarm.ended_at)}" if alarm.ended_at else ""
    return f"This alarm is over{ended}; nobody is called for it any more."
