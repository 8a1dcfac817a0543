"""What follows for windows when a day counts or no longer counts: said on record, told, and openings judged anew.

No window is stored, so the windows move by themselves. Inside the transaction that changes the days, what has moved is
put on record; those whose window it is are told; and whoever opened before the window as it now is waits for a
decision, as after a move of the release itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk, owing
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, grants, openings, people, releases
from app.rules import breaches, letters, lettersubjects
from app.rules.facts import EligibilityList, Grant, Order, Release, ReleaseState, Role, london_date
from app.rules.publication import read_too_soon
from app.rules.reasons import opening_text
from app.rules.window import counts_own_closed_days, opens_at_for, parts_of, window_of

_WHY = "your access had begun before the window as it now is, and the head of profession decides what follows."
_ORDINARY = Grant("", "", "")


@dataclass(frozen=True, slots=True)
class Opens:
    """When each release's ordinary window opens, as the days on record have it now."""

    releases: dict[str, Release]
    opens_at: dict[str, datetime | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the days that count.

    Attributes:
        cause: Id of the closed day, or what was done.
        how: What was done to it, in one word; one letter for each.
        actor_id: Who did it; ``rule`` for the service.
        producer_id: Whose day; None for a bank holiday.
        at: When. Aware, UTC.
    """

    orders: tuple[Order, ...]
    cause: str
    how: str
    actor_id: str
    producer_id: str | None
    at: datetime


def opens_now(connection: Connection, orders: Collection[Order], producer_id: str | None = None) -> Opens:
    """Give when the windows open of the releases that are not out yet, under some Orders.

    Args:
        connection: Any connection.
        orders: Those whose count a change of the days can change.
        producer_id: Of one producer only.
    """
    counting = [order for order in orders if parts_of(order) or counts_own_closed_days(order)]
    found = {one.release_id: one for one in releases.awaited(connection, orders=counting, producer_id=producer_id)}
    return Opens(found, {key: window_of(one).opens_at for key, one in found.items()})


def follow(tools: Tools, tx: Transaction, before: Opens, change: Change) -> None:
    """Put on record each window that moved, from when to when, and do what follows from that.

    Args:
        tools: The tools.
        tx: The transaction in which the days changed.
        before: As it was before they did.
        change: What was changed.
    """
    after = opens_now(tx.connection, change.orders, change.producer_id)
    for release_id, release in after.releases.items():
        if before.opens_at[release_id] == after.opens_at[release_id]:
            continue
        tx.append(_moved(release, before.opens_at[release_id], after.opens_at[release_id], change))
        owing.renew_duties(tools, tx, change.actor_id, release_id, change.at)
        listed = eligibility.in_force(tx.connection, release_id, on=london_date(change.at))
        _judge(tools, tx, before.releases[release_id], release, listed, change)
        told = _tell_listed(tools, tx, before.releases[release_id], release, listed, change)
        _tell_seniors(tools, tx, before.releases[release_id], release, change, told)


def _moved(release: Release, was: datetime | None, now: datetime | None, change: Change) -> Entry:
    return Entry(
        EntryKind.WINDOW_CHANGED,
        change.at,
        actor_id=change.actor_id,
        producer_id=release.producer.producer_id,
        release_id=release.release_id,
        said={
            "cause": change.cause,
            "opens_at_before": opening_text(was) if was else None,
            "opens_at": opening_text(now) if now else None,
        },
    )


def _judge(
    tools: Tools, tx: Transaction, before: Release, after: Release, listed: EligibilityList | None, change: Change
) -> None:
    """Open an incident for openings that came before the window as it now is, and let their grants wait."""
    if after.state is ReleaseState.POSTPONED:  # no window stands, and the move has judged every opening
        return
    opened = openings.facts_of_release(tx.connection, after.release_id)
    judged = {one.opening_id for one in read_too_soon(before, opened)}  # an incident told of these already
    outside = [one for one in read_too_soon(after, opened) if one.opening_id not in judged]
    draft = breaches.after_recount(before, after, outside, change.at)
    if not outside or draft is None:
        return
    draft = replace(draft, facts={**draft.facts, "moved_by": change.actor_id})
    desk.open_incident(tools, tx, draft, at=change.at)
    readers = {one.person_id for one in outside}
    for grant in listed.grants if listed else ():
        if grant.person_id in readers and not grant.paused_reason:
            grants.pause(tx.connection, grant.grant_id, _WHY)
            tx.append(_paused(after, grant, change))


def _paused(release: Release, grant: Grant, change: Change) -> Entry:
    return Entry(
        EntryKind.GRANT_PAUSED,
        change.at,
        actor_id=change.actor_id,
        person_id=grant.person_id,
        producer_id=release.producer.producer_id,
        release_id=release.release_id,
        said={"grant_id": grant.grant_id, "closed_day": change.cause, "cause": "window_changed_after_reading"},
    )


def _tell_seniors(
    tools: Tools, tx: Transaction, before: Release, after: Release, change: Change, told: frozenset[str]
) -> None:
    """Tell the lead official and the heads of profession, but for those who have the letter as recipients."""
    row = releases.get_row(tx.connection, after.release_id)
    heads = people.people_with_role(tx.connection, row.organisation_id, Role.HEAD_OF_PROFESSION, at=change.at)
    present = people.people_with_role(tx.connection, row.organisation_id, Role.LEAD_OFFICIAL, at=change.at)
    leads = tuple(one for one in present if one.person_id == row.lead_official_id) or present
    body = letters.window_changed(before, after, [_ORDINARY], paused=False)
    for person in {one.person_id: one for one in (*heads, *leads)}.values():
        if person.person_id not in told:
            _owe(tools, tx, after, change, person.person_id, person.person_id, person.email, body)


def _tell_listed(
    tools: Tools, tx: Transaction, before: Release, after: Release, listed: EligibilityList | None, change: Change
) -> frozenset[str]:
    """Tell everybody on the list in force whose own window has changed; gives their ids."""
    if listed is None:
        return frozenset()
    told = set()
    waiting = {row.grant.person_id for row in grants.of_list(tx.connection, listed.list_id) if row.grant.paused_reason}
    for person in eligibility.listed_people(tx.connection, after.release_id, listed.version):
        mine = [one for one in listed.grants if one.person_id == person.person_id]
        moved = [one for one in mine if opens_at_for(before, one) != opens_at_for(after, one)]
        if moved:
            body = letters.window_changed(before, after, moved, paused=person.person_id in waiting)
            _owe(tools, tx, after, change, person.person_id, person.person_id, person.email, body)
            told.add(person.person_id)
    return frozenset(told)


def _owe(
    tools: Tools, tx: Transaction, release: Release, change: Change, key: str, person_id: str, email: str, body: str
) -> None:
    desk.queue_notice(
        tools,
        tx,
        at=change.at,
        email=email,
        person_id=person_id,
        kind="window_changed",
        reason_key=f"{change.cause}:{change.how}:{release.release_id}:{key}",
        subject=lettersubjects.window_changed(release),
        body=body,
        release_id=release.release_id,
    )
