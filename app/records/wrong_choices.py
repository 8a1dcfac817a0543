"""What of a release could be found wrong, for a person to choose from: what its openings rest on, with how many do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from app.records import wrong_facts
from app.records.tables import declarations, deputies, grants, lists, openings, organisations, people, posts, releases
from app.records.wrong_facts import WrongFactRow
from app.rules.deputies import DeputyState
from app.rules.wrongfacts import WrongKind


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that could be found wrong.

    Attributes:
        subject_id: The declaration, version of a list, post or request for a deputy.
        name: Whose it is; empty for a list.
        about: What tells it from others of its kind: the title of a post, the number of a version.
        at: When it was signed or approved; None for a post. Aware, UTC.
        person_id: Whose it is; None for a list.
        openings: How many openings of this release were made by that person, or by that version.
        of_series: A declaration for all of a series.
    """

    subject_id: str
    name: str = ""
    about: str = ""
    at: datetime | None = None
    person_id: str | None = None
    openings: int = 0
    of_series: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """What a person reads of something found wrong: the names behind its identifiers; empty where there is none."""

    row: WrongFactRow
    name: str
    release: str
    about: str


def declarations_of(connection: Connection, release_id: str, series_id: str | None) -> list[Choice]:
    """Give the declarations that cover a release, by name, but those that stand as found wrong."""
    of, mine = declarations.c, _openings_by_person(connection, release_id)
    whole = and_(of.scope == "series", of.series_id == series_id)
    asked = (
        select(of.declaration_id, of.person_id, of.signed_at, of.scope, people.c.name)
        .join(people, people.c.person_id == of.person_id)
        .where(or_(of.release_id == release_id, whole), _not_wrong(of.declaration_id, WrongKind.DECLARATION))
        .order_by(people.c.name, of.signed_at, of.declaration_id)
    )
    return [
        Choice(
            row.declaration_id,
            row.name,
            at=row.signed_at,
            person_id=row.person_id,
            openings=mine[row.person_id],
            of_series=row.scope == "series",
        )
        for row in connection.execute(asked)
    ]


def approvals_of(connection: Connection, release_id: str) -> list[Choice]:
    """Give the versions of a release's list that were ever approved, the newest first, but those found wrong."""
    of = lists.c
    opened = (
        select(grants.c.list_id, func.count())
        .join(openings, openings.c.grant_id == grants.c.grant_id)
        .where(openings.c.release_id == release_id)
        .group_by(grants.c.list_id)
    )
    by_list = Counter({row[0]: row[1] for row in connection.execute(opened)})
    asked = (
        select(of.list_id, of.version, of.approved_at)
        .where(of.release_id == release_id, of.approved_at.is_not(None), _not_wrong(of.list_id, WrongKind.APPROVAL))
        .order_by(of.version.desc())
    )
    return [
        Choice(row.list_id, about=str(row.version), at=row.approved_at, openings=by_list[row.list_id])
        for row in connection.execute(asked)
    ]


def holdings_of(connection: Connection, release_id: str) -> list[Choice]:
    """Give each post by which a person was granted access to a release, by name; found wrong for some days or not."""
    mine = _openings_by_person(connection, release_id)
    asked = (
        select(posts.c.post_id, posts.c.title, organisations.c.name.label("organisation"), people.c.person_id)
        .add_columns(people.c.name)
        .join(grants, grants.c.post_id == posts.c.post_id)
        .join(lists, lists.c.list_id == grants.c.list_id)
        .join(people, people.c.person_id == grants.c.person_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .where(lists.c.release_id == release_id, lists.c.approved_at.is_not(None))
        .distinct()
        .order_by(people.c.name, posts.c.title, posts.c.post_id)
    )
    return [
        Choice(
            row.post_id,
            row.name,
            f"{row.title}, {row.organisation}",
            person_id=row.person_id,
            openings=mine[row.person_id],
        )
        for row in connection.execute(asked)
    ]


def deputies_of(connection: Connection, release_id: str) -> list[Choice]:
    """Give the requests by which somebody stood in, by name, but those that stand as found wrong."""
    of, mine = deputies.c, _openings_by_person(connection, release_id)
    asked = (
        select(of.deputy_id, of.person_id, of.decided_at, people.c.name)
        .join(people, people.c.person_id == of.person_id)
        .where(
            of.release_id == release_id,
            of.state == DeputyState.APPROVED.value,
            _not_wrong(of.deputy_id, WrongKind.DEPUTY),
        )
        .order_by(people.c.name, of.deputy_id)
    )
    return [
        Choice(row.deputy_id, row.name, at=row.decided_at, person_id=row.person_id, openings=mine[row.person_id])
        for row in connection.execute(asked)
    ]


def describe(connection: Connection, rows: Sequence[WrongFactRow]) -> list[Described]:
    """Give the names behind what was found wrong, in the same order.

    Args:
        connection: Any connection.
        rows: What was found wrong.
    """
    names = _words(connection, people.c.person_id, people.c.name, {row.person_id for row in rows})
    titles = _words(connection, releases.c.release_id, releases.c.title, {row.release_id for row in rows})
    held = {row.subject_id for row in rows if row.kind is WrongKind.HOLDING}
    posts_held = _words(connection, posts.c.post_id, posts.c.title, held)
    listed = {row.subject_id for row in rows if row.kind is WrongKind.APPROVAL}
    versions = _words(connection, lists.c.list_id, lists.c.version, listed)
    return [
        Described(
            row,
            names.get(row.person_id, ""),
            titles.get(row.release_id, ""),
            {**posts_held, **versions}.get(row.subject_id, ""),
        )
        for row in rows
    ]


def _openings_by_person(connection: Connection, release_id: str) -> Counter[str]:
    of = openings.c
    asked = select(of.person_id, func.count()).where(of.release_id == release_id).group_by(of.person_id)
    return Counter({row[0]: row[1] for row in connection.execute(asked)})


def _not_wrong(subject_id: Any, kind: WrongKind) -> Any:
    return subject_id.not_in(wrong_facts.subjects(kind))


def _words(connection: Connection, ident: Any, words: Any, wanted: set[str | None]) -> dict[str | None, str]:
    asked = select(ident, words).where(ident.in_(sorted(one for one in wanted if one is not None)))
    return {row[0]: str(row[1]) for row in connection.execute(asked)} if wanted - {None} else {}
