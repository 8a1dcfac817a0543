"""The declarations that cover many releases at once, whoever signed them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from app.plain import plain
from app.records import wrong_facts
from app.records.declarations import FACTS, DeclarationRow, fact_of
from app.records.tables import declarations, grants, lists, releases
from app.rules.facts import Declaration, ListState
from app.rules.wrongfacts import WrongKind

_MANY = 500  # how many ids one query names; SQLite takes a limited number
_Row = Row[Any]
_SIGNED = attrgetter("signed_at", "declaration_id")
# Everything that a rule looks at of a declaration, but whose it is and when it was signed.
_SAID = attrgetter("undertaking_sha256", "list_version", "lapses_at", "withdrawn_at", "scope", "suspended_at")


@dataclass(frozen=True, slots=True)
class Alike:
    """People who declared the same for a release, in the same order: what a rule says of one it says of all.

    Attributes:
        declarations: Those of one of them, oldest first.
        person_ids: All of them.
    """

    declarations: tuple[Declaration, ...]
    person_ids: tuple[str, ...]


def alike_each(
    connection: Connection, releases_wanted: Collection[tuple[str, str | None]], at: datetime
) -> dict[str, tuple[Alike, ...]]:
    """Give those who declared anything that covers some releases, by release id; nothing that was found wrong counts.

    A list has two hundred holders who all signed the same words. Only when they did differs, and of that the rules ask
    no more than whether it was by now.

    Args:
        connection: Any connection.
        releases_wanted: Id and series id of each; as many as there are.
        at: Now. Aware.
    """
    counts = declarations.c.declaration_id.not_in(wrong_facts.subjects(WrongKind.DECLARATION))
    found = _gathered(connection, releases_wanted, counts)
    return {release_id: _alike(rows, at) for release_id, rows in found.items()}


def _alike(rows: list[_Row], at: datetime) -> tuple[Alike, ...]:
    signed: dict[str, list[_Row]] = {}
    for row in rows:
        signed.setdefault(row.person_id, []).append(row)
    groups: dict[tuple[Any, ...], list[str]] = {}
    for person_id, theirs in signed.items():
        said = tuple((_SAID(row), row.signed_at <= at) for row in theirs)
        groups.setdefault(said, []).append(person_id)
    return tuple(Alike(tuple(map(fact_of, signed[ids[0]])), tuple(ids)) for ids in groups.values())


def covering_person(
    connection: Connection, person_id: str, releases_wanted: Collection[tuple[str, str | None]]
) -> dict[str, tuple[Declaration, ...]]:
    """Give every declaration of one person that covers some releases, as ``declarations.covering`` gives them for one.

    Args:
        connection: Any connection.
        person_id: Whose.
        releases_wanted: As for ``alike_each``.
    """
    found = _gathered(connection, releases_wanted, declarations.c.person_id == person_id)
    return {release_id: tuple(map(fact_of, rows)) for release_id, rows in found.items()}


def renewed_each(connection: Connection, rows: Collection[DeclarationRow], person_id: str) -> dict[str, datetime]:
    """Say when a person first signed for the same again, by the id of the declaration; not there where they have not.

    Args:
        connection: Any connection.
        rows: Declarations of theirs; at most a few hundred.
        person_id: Who signed them.
    """
    of = declarations.c
    kept = {_cover(row.declaration.scope.value, row.release_id, row.series_id) for row in rows}
    asked = select(of.scope, of.release_id, of.series_id, of.signed_at).where(
        of.person_id == person_id,
        of.withdrawn_at.is_(None),
        or_(
            and_(of.scope == "release", of.release_id.in_(sorted(one for scope, one in kept if scope == "release"))),
            and_(of.scope == "series", of.series_id.in_(sorted(one for scope, one in kept if scope == "series"))),
        ),
    )
    signed: dict[tuple[str, str], list[datetime]] = {}
    for row in plain(connection.execute(asked.order_by(of.signed_at))):
        signed.setdefault(_cover(row.scope, row.release_id, row.series_id), []).append(row.signed_at)
    found = {}
    for mine in rows:
        again = signed.get(_cover(mine.declaration.scope.value, mine.release_id, mine.series_id), ())
        first = next((at for at in again if at > mine.declaration.signed_at), None)
        if first is not None:
            found[mine.declaration.declaration_id] = first
    return found


def newest_releases_naming(connection: Connection, series_ids: Collection[str], person_id: str) -> dict[str, str]:
    """Say which release of each of some series is the latest by its time set whose list in force names a person.

    Args:
        connection: Any connection.
        series_ids: At most a few hundred.
        person_id: Whom.

    Returns:
        Release ids by series id; a series without such a release is not there.
    """
    wanted = (
        select(releases.c.series_id, releases.c.release_id)
        .join(lists, and_(lists.c.release_id == releases.c.release_id, lists.c.state == ListState.APPROVED.value))
        .join(grants, and_(grants.c.list_id == lists.c.list_id, grants.c.person_id == person_id))
        .where(releases.c.series_id.in_(sorted(series_ids)))
        .order_by(releases.c.publishes_at.desc(), releases.c.release_id)
    )
    found: dict[str, str] = {}
    for row in plain(connection.execute(wanted)):
        found.setdefault(row.series_id, row.release_id)
    return found


def _cover(scope: str, release_id: str, series_id: str | None) -> tuple[str, str]:
    return ("series", series_id or "") if scope == "series" else ("release", release_id)


def _gathered(
    connection: Connection, releases_wanted: Collection[tuple[str, str | None]], counts: ColumnElement[bool]
) -> dict[str, list[_Row]]:
    """Give the declarations that cover some releases, by release id, oldest first."""
    by_release: dict[str, list[_Row]] = {release_id: [] for release_id, _ in releases_wanted}
    of_series: dict[str, list[str]] = {}
    for release_id, series_id in releases_wanted:
        if series_id is not None:
            of_series.setdefault(series_id, []).append(release_id)
    of = declarations.c
    for scope, key, wanted in (
        ("release", of.release_id, sorted(by_release)),
        ("series", of.series_id, sorted(of_series)),
    ):
        for place in range(0, len(wanted), _MANY):
            some = FACTS.where(of.scope == scope, key.in_(wanted[place : place + _MANY]), counts)
            for row in cast(list[_Row], connection.execute(some).all()):
                for release_id in [row.release_id] if scope == "release" else of_series[row.series_id]:
                    by_release[release_id].append(row)
    for found in by_release.values():
        found.sort(key=_SIGNED)
    return by_release
