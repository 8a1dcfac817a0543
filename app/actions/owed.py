"""What a producer must publish, as those who answer for it see it, and the reminders of what is due once a year."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Actor, Tools, require_role
from app.records import annual_lists, arrangements, duties, eligibility, notices, organisations, people, public_lists
from app.records.duties import OwedDuty
from app.records.organisations import ProducerCard
from app.rules import officeletters
from app.rules.annual import CLAUSES
from app.rules.annual_due import AnnualDue, Period, annual_dues, covered_to
from app.rules.eligibility import public_bytes, public_list
from app.rules.facts import Order, Release, Role, london_date
from app.rules.granting import clauses_of
from app.rules.owed import Owed as Owed
from app.rules.owed import OwedKind, OwedState, annual_list_owed, arrangements_owed, list_of_posts_owed
from app.rules.publication import list_of_posts_reasons, listed_late

READING = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
_WEEK = timedelta(days=7)
_OPEN_DUTIES = 200


@dataclass(frozen=True, slots=True)
class OwedPage:
    """What is owed, in part.

    Attributes:
        found: What is on this page.
        next: Id of the last duty on it, after which to go on; None where it is the last page.
    """

    found: tuple[Owed, ...]
    next: str | None


def list_owed(tools: Tools, actor: Actor, producer_id: str) -> tuple[Owed, ...]:
    """Say what a producer must publish: what there is, what is due and what is late.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.

    Source:
        SI 2008/2998 Sch. para 9(a); SI 2008/2998 Sch. para 9(b); SI 2008/2998 Sch. para 9(c);
        WSI 2009/2818 Sch. para 10(1); WSI 2009/2818 Sch. para 10(3)
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        found: list[Owed] = []
        for release in public_lists.releases_to_come(connection, producer_id):
            found += _list_of_posts(connection, release, at)
        for release in public_lists.releases_listed_after(connection, producer_id):
            found += _listed_late(connection, release, at)
        found += _of_itself(connection, producer_id, at)
        owing = duties.owed_by(connection, producer_id, limit=_OPEN_DUTIES)
        found += [_because_of_a_grant(duty, producer) for duty in owing]
    return tuple(found)


def producer_owing(tools: Tools, actor: Actor, producer_id: str) -> ProducerCard:
    """Give a producer to those who may see what it must publish.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        return producer


def list_owed_by_producer(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int, after: str | None = None
) -> OwedPage:
    """Say the same of what is owed by the producer itself: its lists of statistics, its arrangements, and duties.

    Args:
        tools: The tools.
        actor: Who asks.
        producer_id: Whose.
        limit: How many duties at most. The lists and the arrangements, which are few, come before the first of them.
        after: Id of the last duty on the page before, on which the lists and the arrangements stood; None to begin.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.

    Source:
        SI 2008/2998 Sch. para 9(a); SI 2008/2998 Sch. para 9(c); WSI 2009/2818 Sch. para 10(1);
        WSI 2009/2818 Sch. para 10(3)
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        found = _of_itself(connection, producer_id, tools.clock.now()) if after is None else []
        owing = duties.owed_by(connection, producer_id, limit=limit + 1, after=after)
        shown = owing[:limit]
        found += [_because_of_a_grant(duty, producer) for duty in shown]
    return OwedPage(tuple(found), shown[-1].duty_id if len(owing) > limit else None)


def _of_itself(connection: Connection, producer_id: str, at: datetime) -> list[Owed]:
    today = london_date(at)
    found = [annual_list_owed(due, today) for due in _annual(connection, producer_id, today)]
    versions = arrangements.versions_of(connection, producer_id)
    newest = versions[0] if versions else None
    orders = annual_lists.orders_of(connection, producer_id)
    found += arrangements_owed(orders, newest.version if newest else None, newest.role_words if newest else "")
    return found


def _because_of_a_grant(duty: OwedDuty, producer: ProducerCard) -> Owed:
    what = f"{duty.kind.replace('_', ' ').capitalize()}: {duty.release_title or producer.name}."
    return Owed(OwedKind.BECAUSE_OF_A_GRANT, None, duty.source, OwedState.DUE, what, release_id=duty.release_id)


def remind_of_annual_lists(tools: Tools) -> int:
    """Remind the heads of profession of the annual lists that are due: on the day, and every week until published.

    Returns:
        How many notices were queued; doing it again queues none.

    Source:
        SI 2008/2998 Sch. para 9(a); SR 2009/71 Sch. para 9(a); WSI 2009/2818 Sch. para 10(1)
    """
    at = tools.clock.now()
    today = london_date(at)
    with tools.reading() as connection:
        owed = [
            (producer_id, due, (today - due.due_on) // _WEEK)
            for producer_id in annual_lists.producers_with_access(connection)
            for due in _annual(connection, producer_id, today)
            if due.due_on <= today
        ]
        told = [
            (producer_id, due, week, person)
            for producer_id, due, week in owed
            for person in people.people_with_role(
                connection,
                organisations.get_producer(connection, producer_id).organisation_id,
                Role.HEAD_OF_PROFESSION,
                at=at,
            )
            if not notices.is_known(connection, _reason_key(producer_id, due, week, person.person_id))
        ]
    queued = 0
    for producer_id, due, week, person in told:
        where = f"{tools.policy.public_address}/producer/publications/{producer_id}"
        what = annual_list_owed(due, today).what
        subject, body = officeletters.annual_list_due(what, due.source, where, overdue=due.due_on != today)
        with tools.transaction() as tx:
            queued += desk.queue_notice(
                tools,
                tx,
                at=at,
                email=person.email,
                person_id=person.person_id,
                kind="annual_list_due",
                reason_key=_reason_key(producer_id, due, week, person.person_id),
                subject=subject,
                body=body,
            )
    return queued


def _list_of_posts(connection: Connection, release: Release, at: datetime) -> list[Owed]:
    """Say how the list of posts of a release to come stands; nothing where none is asked for, or nobody is listed."""
    clause = clauses_of(release.order).list_of_posts
    listed = eligibility.in_force(connection, release.release_id, on=london_date(at))
    if clause is None or listed is None:
        return []
    enforced = public_list(listed, release)
    publishings = public_lists.publishings(connection, release.release_id)
    reasons = list_of_posts_reasons(release.order, publishings[-1][1] if publishings else None, enforced)
    listed_at = listed_late(publishings, public_bytes(enforced), release.publishes_at)
    return [list_of_posts_owed(release, reasons, clause, at, listed_at=listed_at)]


def _listed_late(connection: Connection, release: Release, at: datetime) -> list[Owed]:
    """Say of a release that is out that its list of posts came after it; nothing where it did not."""
    clause = clauses_of(release.order).list_of_posts
    publishings = public_lists.publishings(connection, release.release_id)
    if clause is None or release.published_at is None or not publishings:
        return []
    # Publication was not declared before the list last published was the one enforced.
    listed_at = listed_late(publishings, publishings[-1][1], release.published_at)
    return [list_of_posts_owed(release, (), clause, at, listed_at=listed_at)] if listed_at else []


def _annual(connection: Connection, producer_id: str, today: date) -> list[AnnualDue]:
    found: list[AnnualDue] = []
    for order in annual_lists.orders_of(connection, producer_id):
        if order in CLAUSES:  # the others ask for no list
            published = annual_lists.periods_of(connection, producer_id, order)
            given_on = _given_on(connection, producer_id, order, published)
            found += annual_dues(order, given_on, published, today)
    return found


def _given_on(connection: Connection, producer_id: str, order: Order, published: Sequence[Period]) -> Collection[date]:
    """Give the days of access that make a list due: under the Welsh Order all, under the others the first on none."""
    if order is Order.WALES:
        return annual_lists.days_of_access(connection, producer_id, order)
    first = annual_lists.first_day_of_access(connection, producer_id, order, after=covered_to(published))
    return () if first is None else (first,)


def _reason_key(producer_id: str, due: AnnualDue, week: int, person_id: str) -> str:
    return f"annual_list:{producer_id}:{due.order.value}:{due.due_on.isoformat()}:{week}:{person_id}"
