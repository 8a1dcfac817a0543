"""Private addresses of a producer's calendar, for those who publish: made, ended, and read without a sign-in.

Calendar programs cannot sign in. Whoever holds an address reads titles, times and states, planned releases among them;
so a head of profession or lead official makes it, its token is told once, and once ended it counts no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions.scheduling import entries_of, producer_for, rows_of
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import calendar_links, organisations
from app.records.calendar_links import LinkRow as LinkRow
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import PRODUCING, Role
from app.rules.feeds import CalendarEntry, linked_feed, linked_rows

LINKS_LIMIT = 20
_MAKERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_BACK, _AHEAD = timedelta(days=31), timedelta(days=366)  # what was cancelled stays for a month, to be taken off
_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class NewLink:
    """An address that was made; its token is told this once."""

    link: LinkRow
    token: str


def make_link(tools: Tools, actor: Actor, producer_id: str, *, name: str) -> NewLink:
    """Make a private address of a producer's calendar.

    Args:
        tools: The tools.
        actor: A lead official or head of profession.
        producer_id: Whose calendar.
        name: Who is to have it.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
        Malformed: There are too many already.
    """
    at = tools.clock.now()
    token: str = tools.keys.new_secret_token()
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *_MAKERS)
        standing = [one for one in calendar_links.of_producer(tx.connection, producer_id) if one.ended_at is None]
        if len(standing) >= LINKS_LIMIT:
            raise Malformed(f"At most {LINKS_LIMIT} addresses count at once. End one that is not needed first.")
        link = LinkRow(tools.new_id("cln"), producer_id, name, at, actor.actor_id)
        calendar_links.add(tx.connection, link, _hash(tools, token))
        tx.append(_entry(EntryKind.CALENDAR_LINK_MADE, actor, link, at, sealed={"name": name}))
    return NewLink(link, token)


def list_links(tools: Tools, actor: Actor, producer_id: str) -> tuple[LinkRow, ...]:
    """Give the private addresses of a producer's calendar, ended or not, the newest first; never a token.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        producer_for(connection, actor, producer_id, *PRODUCING, Role.AUDITOR)
        return calendar_links.of_producer(connection, producer_id)


def end_link(tools: Tools, actor: Actor, link_id: str) -> LinkRow:
    """End a private address; it shows nothing from the next request on.

    Raises:
        NotFound: There is no such address, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: It has ended already.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        link = calendar_links.get(tx.connection, link_id)
        producer = organisations.get_producer(tx.connection, link.producer_id)
        require_role(actor, producer.organisation_id, *_MAKERS)
        if not calendar_links.end(tx.connection, link_id, at=at, by=actor.actor_id):
            raise OutOfOrder("This address has ended already.", code=Code.ALREADY_ENDED)
        tx.append(_entry(EntryKind.CALENDAR_LINK_ENDED, actor, link, at))
        return calendar_links.get(tx.connection, link_id)


def linked_calendar(tools: Tools, token: str) -> bytes:
    """Write the twelve months that a private address shows, as an iCalendar feed.

    Args:
        tools: The tools.
        token: As it was told once.

    Raises:
        NotFound: No such address counts now.
    """
    with tools.reading() as connection:
        name, entries = _entries(tools, connection, token)
    return tools.write_calendar(linked_feed(entries, origin=tools.policy.origin), name=f"{name}: dates")


def linked_sheet(tools: Tools, token: str) -> bytes:
    """Write the twelve months that a private address shows, as CSV.

    Args:
        tools: The tools.
        token: As it was told once.

    Raises:
        NotFound: No such address counts now.
    """
    with tools.reading() as connection:
        name, entries = _entries(tools, connection, token)
    return tools.write_sheet(linked_rows(entries), kind="csv", title=name)


def _entries(tools: Tools, connection: Connection, token: str) -> tuple[str, tuple[CalendarEntry, ...]]:
    at = tools.clock.now()
    link = calendar_links.find(connection, _hash(tools, token))
    if link is None:
        raise NotFound(NOTHING_THERE)
    producer = organisations.get_producer(connection, link.producer_id)
    rows = rows_of(connection, producer, due_from=at - _BACK, due_to=at + _AHEAD, limit=_LIMIT)
    return producer.name, entries_of(connection, producer, rows)


def _hash(tools: Tools, token: str) -> str:
    hashed: str = tools.keys.keyed_hash("calendar_link", token)
    return hashed


def _entry(kind: EntryKind, actor: Actor, link: LinkRow, at: datetime, sealed: dict[str, str] | None = None) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=link.producer_id,
        said={"link_id": link.link_id},
        sealed=sealed or {},
    )
