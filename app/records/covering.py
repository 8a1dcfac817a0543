"""The declarations that cover many releases at once, whoever signed them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection

from app.records import wrong_facts
from app.records.declarations import ROWS, row_of
from app.records.tables import declarations
from app.rules.facts import Declaration
from app.rules.wrongfacts import WrongKind

_MANY = 500  # how many ids one query names; SQLite takes a limited number


def covering_each(
    connection: Connection, releases_wanted: Collection[tuple[str, str | None]]
) -> dict[str, tuple[Declaration, ...]]:
    """Give every declaration of anybody that covers some releases, by release id, oldest first; none found wrong.

    Args:
        connection: Any connection.
        releases_wanted: Id and series id of each; as many as there are.
    """
    counts = declarations.c.declaration_id.not_in(wrong_facts.subjects(WrongKind.DECLARATION))
    return _gathered(connection, releases_wanted, counts)


def covering_person(
    connection: Connection, person_id: str, releases_wanted: Collection[tuple[str, str | None]]
) -> dict[str, tuple[Declaration, ...]]:
    """Give every declaration of one person that covers some releases, as ``declarations.covering`` gives them for one.

    Args:
        connection: Any connection.
        person_id: Whose.
        releases_wanted: As for ``covering_each``.
    """
    return _gathered(connection, releases_wanted, declarations.c.person_id == person_id)


def _gathered(
    connection: Connection, releases_wanted: Collection[tuple[str, str | None]], counts: ColumnElement[bool]
) -> dict[str, tuple[Declaration, ...]]:
    by_release: dict[str, list[Declaration]] = {release_id: [] for release_id, _ in releases_wanted}
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
            some = ROWS.where(of.scope == scope, key.in_(wanted[place : place + _MANY]), counts)
            for row in connection.execute(some):
                named = [row.release_id] if scope == "release" else of_series[row.series_id]
                for release_id in named:
                    by_release[release_id].append(row_of(row).declaration)
    return {release_id: tuple(sorted(found, key=_signed)) for release_id, found in by_release.items()}


def _signed(one: Declaration) -> tuple[datetime, str]:
    return one.signed_at, one.declaration_id
