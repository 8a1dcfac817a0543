"""Posts in organisations, and who holds them from when to when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, insert, or_, select, true, update

from app.records.rows import add_row, is_row, one_row, page_of, people_where
from app.records.tables import grants, holdings, lists, organisations, people, posts, producers, releases
from app.rules.facts import ListState, Person, ReleaseState


@dataclass(frozen=True, slots=True)
class PostCard:
    """A post in an organisation; ``unit`` is empty where none was given."""

    post_id: str
    organisation_id: str
    organisation: str
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class Holding:
    """A person holds a post, from the first to the last London day, both included; no last day while it goes on."""

    holding_id: str
    post_id: str
    person_id: str
    held_from_on: date
    held_until_on: date | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A producer that lists somebody for a post; ``titles`` are those of its releases to come, in order.

    Attributes:
        in_force: One of those lists is in force; otherwise all are drafts, which nobody else has agreed to.
    """

    producer_id: str
    organisation_id: str
    titles: tuple[str, ...]
    in_force: bool


def add(connection: Connection, *, post_id: str, organisation_id: str, title: str, unit: str) -> None:
    """Add a post to an organisation.

    Args:
        unit: Where in the organisation; empty where it has none.

    Raises:
        Conflict: There is one of this title in this unit.
    """
    add_row(
        connection,
        posts,
        "post of this title in this unit",
        post_id=post_id,
        organisation_id=organisation_id,
        title=title,
        unit=unit,
    )


def get(connection: Connection, post_id: str) -> PostCard:
    """Give a post.

    Raises:
        NotFound: There is none with this id.
    """
    return PostCard(*one_row(connection, _posts().where(is_row(posts, post_id))))


def find(connection: Connection, organisation_id: str, title: str, unit: str = "") -> PostCard | None:
    """Give the post of exactly this title in this unit of an organisation; None when there is none.

    Args:
        unit: Where in the organisation; empty where it has none.
    """
    wanted = and_(posts.c.organisation_id == organisation_id, posts.c.title == title, posts.c.unit == unit)
    row = connection.execute(_posts().where(wanted)).one_or_none()
    return PostCard(*row) if row else None


def titled(connection: Connection, organisation_id: str, title: str) -> tuple[PostCard, ...]:
    """Give the posts of exactly this title in an organisation, one for each unit, by unit."""
    wanted = and_(posts.c.organisation_id == organisation_id, posts.c.title == title)
    asked = _posts().where(wanted).order_by(posts.c.unit, posts.c.post_id)
    return tuple(PostCard(*row) for row in connection.execute(asked))


def without_unit(connection: Connection, organisation_id: str) -> tuple[PostCard, ...]:
    """Give the posts of an organisation that carry no unit, by title."""
    wanted = and_(posts.c.organisation_id == organisation_id, posts.c.unit == "")
    asked = _posts().where(wanted).order_by(posts.c.title, posts.c.post_id)
    return tuple(PostCard(*row) for row in connection.execute(asked))


def set_unit(connection: Connection, post_id: str, unit: str) -> None:
    """Record in which unit of its organisation a post is.

    Args:
        unit: Its name; empty takes it off.
    """
    connection.execute(update(posts).where(is_row(posts, post_id)).values(unit=unit))


def page(
    connection: Connection, *, limit: int, organisation_id: str | None = None, after: str | None = None
) -> list[PostCard]:
    """Give posts by title, of one organisation or of all, from the one after this id.

    Args:
        organisation_id: Whose; None for all.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    turned = page_of(_posts(), posts, posts.c.title, limit, after)
    if organisation_id is not None:
        turned = turned.where(posts.c.organisation_id == organisation_id)
    return [PostCard(*row) for row in connection.execute(turned)]


def _posts() -> Select[Any]:
    of = posts.c
    return select(of.post_id, of.organisation_id, organisations.c.name, of.title, of.unit).join(
        organisations, organisations.c.organisation_id == of.organisation_id
    )


def add_holding(
    connection: Connection,
    *,
    holding_id: str,
    post_id: str,
    person_id: str,
    from_on: date,
    until_on: date | None = None,
    recorded_at: datetime,
) -> None:
    """Put on record that a person holds a post.

    Args:
        recorded_at: When this is put on record: a list that was approved before does not rely on it. Aware, UTC.
    """
    connection.execute(
        insert(holdings).values(
            holding_id=holding_id,
            post_id=post_id,
            person_id=person_id,
            held_from_on=from_on,
            held_until_on=until_on,
            recorded_at=recorded_at,
        )
    )


def get_holding(connection: Connection, holding_id: str) -> Holding:
    """Give a holding.

    Raises:
        NotFound: There is none with this id.
    """
    return Holding(*one_row(connection, _all_holdings().where(is_row(holdings, holding_id))))


def keep_holders(connection: Connection, post_ids: Iterable[str]) -> None:
    """Let nobody else put on record who holds these posts until this transaction is over.

    Whoever reads the clock after this has either seen a holding that others recorded, or comes before it.

    Args:
        connection: An open write transaction. SQLite has only one at a time, so there it does nothing.
        post_ids: The posts; they need not exist.
    """
    wanted = select(posts.c.post_id).where(posts.c.post_id == bindparam("post_id")).with_for_update()
    for post_id in sorted(set(post_ids)):
        connection.execute(wanted, {"post_id": post_id})


def end_holding(connection: Connection, holding_id: str, until_on: date) -> None:
    """Set the last London day of a holding."""
    connection.execute(update(holdings).where(is_row(holdings, holding_id)).values(held_until_on=until_on))


def listing(connection: Connection, post_id: str, person_id: str | None = None) -> tuple[Listing, ...]:
    """Give the producers that list a post, by id, on a draft or a list in force of a release to come.

    Args:
        person_id: Only where this person is listed for it; None for whoever is.
    """
    wanted = (
        select(producers.c.producer_id, producers.c.organisation_id, releases.c.title, lists.c.state)
        .join(releases, releases.c.producer_id == producers.c.producer_id)
        .join(lists, lists.c.release_id == releases.c.release_id)
        .join(grants, grants.c.list_id == lists.c.list_id)
        .where(
            grants.c.post_id == post_id,
            true() if person_id is None else grants.c.person_id == person_id,
            lists.c.state.in_([ListState.DRAFT.value, ListState.APPROVED.value]),
            releases.c.state.not_in([ReleaseState.PUBLISHED.value, ReleaseState.CANCELLED.value]),
        )
        .distinct()
        .order_by(producers.c.producer_id, releases.c.title)
    )
    found: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for row in connection.execute(wanted):
        in_force = row.state == ListState.APPROVED.value
        found.setdefault((row.producer_id, row.organisation_id), []).append((row.title, in_force))
    return tuple(
        Listing(*producer, tuple(dict.fromkeys(title for title, _ in named)), any(stands for _, stands in named))
        for producer, named in found.items()
    )


def holdings_of_post(connection: Connection, post_id: str) -> list[Holding]:
    """Give every holding of a post, the earliest first."""
    return _holdings(connection, holdings.c.post_id == post_id)


def holdings_of_organisation(connection: Connection, organisation_id: str) -> list[Holding]:
    """Give who holds, and held, the posts of an organisation, oldest first."""
    of = select(posts.c.post_id).where(posts.c.organisation_id == organisation_id)
    return _holdings(connection, holdings.c.post_id.in_(of))


def holdings_of_person(connection: Connection, person_id: str) -> list[Holding]:
    """Give every holding of a person, the earliest first."""
    return _holdings(connection, holdings.c.person_id == person_id)


def holders_on(connection: Connection, post_id: str, on: date) -> list[Person]:
    """Give the people who hold a post on a London day."""
    held = select(holdings.c.person_id).where(holdings.c.post_id == post_id, held_on(on))
    return people_where(connection, people.c.person_id.in_(held))


def _holdings(connection: Connection, wanted: ColumnElement[bool]) -> list[Holding]:
    asked = _all_holdings().where(wanted).order_by(holdings.c.held_from_on, holdings.c.holding_id)
    return [Holding(*row) for row in connection.execute(asked)]


def _all_holdings() -> Select[Any]:
    of = holdings.c
    return select(of.holding_id, of.post_id, of.person_id, of.held_from_on, of.held_until_on)


def held_on(on: date) -> ColumnElement[bool]:
    """Give the condition that a holding covers this London day."""
    return and_(holdings.c.held_from_on <= on, or_(holdings.c.held_until_on.is_(None), holdings.c.held_until_on >= on))
