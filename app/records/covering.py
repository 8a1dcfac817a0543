"""The declarations that cover many releases at once, whoever signed them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, select

from app.database import Instant
from app.plain import plain
from app.records import wrong_facts
from app.records.declarations import FACTS, DeclarationRow, fact_of
from app.records.tables import declarations, grants, lists, releases
from app.rules.facts import Declaration, DeclarationScope, ListState
from app.rules.wrongfacts import WrongKind

_MANY = 500  # how many ids one query names; SQLite takes a limited number
_Row = Row[Any]
_SIGNED = attrgetter("signed_at", "declaration_id")
# Everything that a rule looks at of a declaration, but whose it is: what counts as it is, and the instants of which a
# rule asks no more than whether they are past. A suspension could be one of these, but would be worked out twice.
_SAID = ("undertaking_sha256", "list_version", "scope", "suspended_at")
_PAST = ("signed_at", "lapses_at", "withdrawn_at")


@dataclass(frozen=True, slots=True)
class Alike:
    """People who declared the same for a release: whether a rule refuses one for want of it, it does all.

    Attributes:
        declarations: As of one of them, oldest first; each once, by the earliest instants at which one of them signed
            it, and so on.
        person_ids: All of them.
    """

    declarations: tuple[Declaration, ...]
    person_ids: tuple[str, ...]


def alike_each(
    connection: Connection, releases_wanted: Collection[tuple[str, str | None]], at: datetime
) -> dict[str, tuple[Alike, ...]]:
    """Give those who declared anything that covers some releases, by release id; nothing that was found wrong counts.

    A list has two hundred holders who all signed the same words. Only when they did differs, and with that when it
    lapses, and of that the rules ask no more than whether it was by now. So the database puts them together.

    Args:
        connection: Any connection.
        releases_wanted: Id and series id of each; as many as there are.
        at: Now. Aware.
    """
    said: dict[str, list[_Row]] = {release_id: [] for release_id, _ in releases_wanted}
    of_series = _of_series(releases_wanted)
    for scope, wanted in (("release", sorted(said)), ("series", sorted(of_series))):
        for place in range(0, len(wanted), _MANY):
            asked = {"at": at, "idents": wanted[place : place + _MANY]}
            for row in plain(connection.execute(_said_alike(scope), asked)):
                for release_id in [row.covers] if scope == "release" else of_series[row.covers]:
                    said[release_id].append(row)
    return {release_id: _alike(sorted(rows, key=_SIGNED)) for release_id, rows in said.items()}


@cache
def _said_alike(scope: str) -> Select[Any]:
    """Ask for what was declared alike, each with who did, by what it covers; built once for each scope."""
    key = declarations.c.release_id if scope == "release" else declarations.c.series_id
    counts = declarations.c.declaration_id.not_in(wrong_facts.subjects(WrongKind.DECLARATION))
    each = FACTS.where(declarations.c.scope == scope, key.in_(bindparam("idents", expanding=True)), counts).subquery()
    past = [(each.c[name] <= bindparam("at", type_=Instant)).label(f"{name}_past") for name in _PAST]
    marked = select(each, *past).subquery()
    covers, said = marked.c[key.name].label("covers"), [marked.c[name] for name in _SAID]
    first = [func.min(marked.c[name]).label(name) for name in (*_PAST, "declaration_id")]
    signers = func.aggregate_strings(marked.c.person_id, " ").label("person_ids")  # an id holds no space
    by = [marked.c[key.name], *said, *(marked.c[one.name] for one in past)]
    return select(covers, *said, *first, signers).group_by(*by)


def _alike(rows: list[_Row]) -> tuple[Alike, ...]:
    """Put those together who declared the same set; somebody who signed twice is in several of what was declared."""
    declared: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for person_id in dict.fromkeys(row.person_ids.split(" ")):
            declared.setdefault(person_id, []).append(number)
    groups: dict[tuple[int, ...], list[str]] = {}
    for person_id, numbers in declared.items():
        groups.setdefault(tuple(numbers), []).append(person_id)
    return tuple(
        Alike(tuple(_of_one(rows[number], ids[0]) for number in numbers), tuple(ids)) for numbers, ids in groups.items()
    )


def _of_one(row: _Row, person_id: str) -> Declaration:
    rest = {name: getattr(row, name) for name in (*_SAID, *_PAST)}
    return Declaration(row.declaration_id, person_id, **{**rest, "scope": DeclarationScope(row.scope)})


def covering_person(
    connection: Connection, person_id: str, releases_wanted: Collection[tuple[str, str | None]]
) -> dict[str, tuple[Declaration, ...]]:
    """Give every declaration of one person that covers some releases, as ``declarations.covering`` gives them for one.

    Args:
        connection: Any connection.
        person_id: Whose.
        releases_wanted: As for ``alike_each``.
    """
    by_release: dict[str, list[_Row]] = {release_id: [] for release_id, _ in releases_wanted}
    of_series = _of_series(releases_wanted)
    for scope, wanted in (("release", sorted(by_release)), ("series", sorted(of_series))):
        for place in range(0, len(wanted), _MANY):
            asked = {"person_id": person_id, "idents": wanted[place : place + _MANY]}
            for row in cast(list[_Row], connection.execute(_of_person(scope), asked).all()):
                for release_id in [row.release_id] if scope == "release" else of_series[row.series_id]:
                    by_release[release_id].append(row)
    return {release_id: tuple(map(fact_of, sorted(rows, key=_SIGNED))) for release_id, rows in by_release.items()}


def renewed_each(connection: Connection, rows: Collection[DeclarationRow], person_id: str) -> dict[str, datetime]:
    """Say when a person first signed for the same again, by the id of the declaration; not there where they have not.

    Args:
        connection: Any connection.
        rows: Declarations of theirs; at most a few hundred.
        person_id: Who signed them.
    """
    kept = {_cover(row.declaration.scope.value, row.release_id, row.series_id) for row in rows}
    signed: dict[tuple[str, str], list[datetime]] = {}
    for scope in {scope for scope, _ in kept}:
        idents = sorted(ident for one, ident in kept if one == scope)
        for row in plain(connection.execute(_again(scope), {"person_id": person_id, "idents": idents})):
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
    if not series_ids:
        return {}
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


@cache
def _of_person(scope: str) -> Select[Any]:
    """Built once: putting a statement together costs several times what running it does."""
    of = declarations.c
    key = of.release_id if scope == "release" else of.series_id
    named = key.in_(bindparam("idents", expanding=True))
    return FACTS.where(of.scope == scope, named, of.person_id == bindparam("person_id"))


@cache
def _again(scope: str) -> Select[Any]:
    """As above: what somebody signed for a scope and has not withdrawn, oldest first."""
    of = declarations.c
    key = of.release_id if scope == "release" else of.series_id
    named = key.in_(bindparam("idents", expanding=True))
    mine = and_(of.person_id == bindparam("person_id"), of.withdrawn_at.is_(None))
    wanted = select(of.scope, of.release_id, of.series_id, of.signed_at)
    return wanted.where(mine, of.scope == scope, named).order_by(of.signed_at)


def _of_series(releases_wanted: Collection[tuple[str, str | None]]) -> dict[str, list[str]]:
    of_series: dict[str, list[str]] = {}
    for release_id, series_id in releases_wanted:
        if series_id is not None:
            of_series.setdefault(series_id, []).append(release_id)
    return of_series
