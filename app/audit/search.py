"""Searching the log: any filters together, in the order of time, each page read from one index.

One filter leads, the narrowest by its nature: the index it stands in gives the entries in order, and the others are
asked of what it gives. A filter that stands for several things, such as the holders of a post, is asked for each of
them, and their answers are merged. What does not lead is written so that the database cannot choose to let it lead: a
plan shall not depend on what the database guesses about this log.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Select,
    String,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from app.audit import labels, reading
from app.audit.asked import Place, Scope, Search
from app.audit.entries import EntryKind, Outcome
from app.audit.labels import LABELS
from app.audit.many import many_rows
from app.audit.reading import Logged
from app.database import Instant

MERGED = 400  # so many indexed answers are merged at most, where there is another way
_FEW_OF_EACH = 4  # of many alike each is asked for so many first, or so many times its share of the page
_SHORTEST = timedelta(microseconds=1)
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
# Those who do most of what is done lead only where nothing else does.
_EVERYBODY = frozenset({"rule", "operator", "nobody"})
_E = reading.ENTRIES.c
_L = LABELS.c


@dataclass(frozen=True, slots=True)
class _One:
    """One thing a filter stands for: a label, or columns that equal; and the span in which it counts."""

    equal: tuple[tuple[str, str], ...] = ()
    label: tuple[str, str] | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Facet:
    """One filter: an entry passes when it is one of these. The one with the lowest rank leads.

    Attributes:
        shortly: The same asked of one entry, where that is shorter than one of them after the other.
    """

    rank: int
    ones: tuple[_One, ...]
    shortly: ColumnElement[bool] | None = None

    def passes(self) -> ColumnElement[bool]:
        """Ask it of an entry that something else led to."""
        if self.shortly is not None:
            return self.shortly
        return or_(*map(_passes, self.ones)) if self.ones else literal(1) == 0


@dataclass(frozen=True, slots=True)
class _Cut:
    """What each thing that leads is asked: which of its entries count, and which of these are on the page.

    Attributes:
        residual: What of the filters does not lead; None where all do.
        after: Where the page before ended.
        limit: At most so many.
    """

    residual: ColumnElement[bool] | None
    from_at: datetime | None
    until_at: datetime | None
    after: Place
    limit: int
    newest_first: bool


def newest(connection: Connection) -> int:
    """Give the order of arrival of the newest entry; 0 in an empty log."""
    found: int | None = connection.execute(select(func.max(_E.arrival))).scalar_one()
    return found or 0


def unlabelled(connection: Connection) -> bool:
    """Say whether there are entries that no label leads to yet."""
    return connection.execute(select(_E.arrival).where(_E.labelled.is_(None)).limit(1)).first() is not None


def page(
    connection: Connection,
    search: Search,
    scope: Scope,
    *,
    after: Place,
    limit: int,
    newest_first: bool = False,
    behind: Collection[str] | None = None,
) -> list[Logged]:
    """Give one page of what is searched for, in the order of time.

    Args:
        after: Where the page before ended; its ``at`` is None for the first.
        limit: At most so many.
        behind: As ``reading.page`` has it; for searches that need no labels.

    Raises:
        LogDamaged: What one of them is searched by is not what its leaf says.
    """
    arrivals = [arrival for _, arrival in _found(connection, search, scope, after, limit, newest_first)]
    logged = reading.by_arrival(connection, arrivals, behind=behind)
    by = {labels.ACTOR: search.actor_id, labels.NETWORK: search.network}
    by |= {labels.REASON: search.reason, labels.SOURCE: search.source}
    if asked := {name: value for name, value in by.items() if value is not None}:
        for one in logged:
            clear = {name: value for name, (value, _) in one.disclosed.items()}
            labels.demand_found_by(one.entry_id, one.said, clear, asked)
    place = {arrival: number for number, arrival in enumerate(arrivals)}
    return sorted(logged, key=lambda one: place[one.arrival])


def _found(
    connection: Connection, search: Search, scope: Scope, after: Place, limit: int, newest_first: bool
) -> list[tuple[datetime, int]]:
    facets = sorted(_facets(search, scope), key=lambda facet: facet.rank)
    leading, others = (facets[0].ones, facets[1:]) if facets else ((_One(),), [])
    if not leading:
        return []
    residual = and_(true(), *(facet.passes() for facet in others)) if others else None
    cut = _Cut(residual, search.from_at, search.until_at, after, limit, newest_first)
    alike: dict[tuple[str, ...], list[_One]] = {}
    for one in leading:
        alike.setdefault((one.label[0],) if one.label else tuple(name for name, _ in one.equal), []).append(one)
    found: set[tuple[datetime, int]] = set()
    for ones in alike.values():
        if len(ones) == 1 or ones[0].label is not None:
            for one in ones:
                asked = _branch(one, cut)
                found |= {(row.at, row.arrival) for row in connection.execute(asked)}
        else:
            found |= _first_of_many(connection, ones, cut)
    return sorted(found, reverse=newest_first)[:limit]


def _first_of_many(connection: Connection, ones: Sequence[_One], cut: _Cut) -> set[tuple[datetime, int]]:
    """Ask each of many alike for a few, and then those for more that may have more of what the page will show.

    Whoever gave fewer than were asked for has no more. Whoever's last stands behind all that the page shows has more,
    but nothing that it shows.
    """
    limit, backwards = cut.limit, cut.newest_first
    few = min(limit, max(_FEW_OF_EACH, _FEW_OF_EACH * limit // len(ones)))
    given = _each(connection, ones, replace(cut, limit=few))
    found = {row for rows in given.values() for row in rows}
    if few < limit:
        shown = sorted(found, reverse=backwards)[:limit]
        last = shown[-1] if len(shown) == limit else None
        more = [
            ones[place]
            for place, rows in given.items()
            if len(rows) == few and (last is None or (min(rows) > last if backwards else max(rows) < last))
        ]
        if more:
            found |= {row for rows in _each(connection, more, cut).values() for row in rows}
    return found


def _each(connection: Connection, ones: Sequence[_One], cut: _Cut) -> dict[int, list[tuple[datetime, int]]]:
    """Give the first of each of many alike, by its place among them; one that has none is not there."""
    given: dict[int, list[tuple[datetime, int]]] = {}
    asked = connection.execute(_merged(ones, cut, connection.dialect))
    if connection.dialect.name != "postgresql":
        for place, listed in asked:
            if firsts := json.loads(listed):
                given[place] = [(datetime.fromisoformat(at).replace(tzinfo=UTC), arrival) for at, arrival in firsts]
        return given
    for place, at, arrival in asked:
        given.setdefault(place, []).append((at, arrival))
    return given


def _merged(ones: Sequence[_One], cut: _Cut, dialect: Dialect) -> Select[Any]:
    """Ask for the first of each of many alike: none is gone through to its end."""
    names = [name for name, _ in ones[0].equal]
    rows = []
    for place, one in enumerate(ones):
        since, until = _span(one, cut)
        rows.append((place, *(value for _, value in one.equal), since or _FIRST, until or _LAST))
    columns: dict[str, TypeEngine[Any]] = {"place": Integer(), **dict.fromkeys(names, String())}
    columns |= {"since": Instant(), "until": Instant()}
    of = many_rows(dialect, columns, rows)
    # One span for each, and no other: of two, SQLite begins at whichever is written first.
    each = _branch(_One(), cut, bounded=False).where(
        *(_E[name] == of.c[name] for name in names), _E.at >= of.c.since, _E.at < of.c.until
    )
    if dialect.name == "postgresql":
        first: Any = each.lateral("first")
        return select(of.c.place, first.c.at, first.c.arrival).select_from(of.join(first, true()))
    # SQLite joins nothing to each row. It lists what an index holds, without a look at the entries themselves.
    firsts = each.correlate(of).subquery("firsts")
    listed = select(func.json_group_array(func.json_array(firsts.c.at, firsts.c.arrival))).scalar_subquery()
    return select(of.c.place, listed)


def _branch(one: _One, cut: _Cut, *, bounded: bool = True) -> Select[Any]:
    """Ask for the entries of one of them that are on the page, in the order of time; without the span if so told."""
    of: Any = _E
    if one.label is None:
        asked = select(_E.at, _E.arrival).where(*(_E[name] == value for name, value in one.equal))
    else:
        name, value = one.label
        of = _L
        asked = select(_L.at, _L.arrival).where(_L.name == name, _L.value == value)
        if cut.residual is not None:
            asked = asked.join_from(LABELS, reading.ENTRIES, _E.arrival == _L.arrival)
    if cut.residual is not None:
        asked = asked.where(cut.residual)
    since, until = _span(one, cut) if bounded else (None, None)
    if since is not None:
        asked = asked.where(of.at >= since)
    if until is not None:
        asked = asked.where(of.at < until)
    if cut.after.at is not None:
        # From the place on leads the span above; of its own instant this leaves out what was on the page before. A pair
        # compared with a pair would do both, and leads SQLite past the end of the span of somebody who left long ago.
        behind = of.arrival < cut.after.arrival if cut.newest_first else of.arrival > cut.after.arrival
        asked = asked.where(or_(of.at != literal(cut.after.at, Instant), behind))
    asked = asked.where(func.abs(of.arrival) <= cut.after.newest)  # a function of it, so that it leads to no plan
    order = (of.at.desc(), of.arrival.desc()) if cut.newest_first else (of.at, of.arrival)
    return asked.distinct().order_by(*order).limit(cut.limit)


def _passes(one: _One) -> ColumnElement[bool]:
    """Ask of an entry that something else led to; so written that no index answers it."""
    wanted: list[ColumnElement[bool]] = [_E[name].concat("") == value for name, value in one.equal]
    if one.label is not None:
        name, value = one.label
        wanted.append(
            exists(
                select(literal(1))
                .select_from(LABELS)
                .where(_L.name == name, _L.value == value, _L.at == _E.at, _L.arrival == _E.arrival)
                .correlate(reading.ENTRIES)
            )
        )
    if one.from_at is not None:
        wanted.append(_E.at >= one.from_at)
    if one.until_at is not None:
        wanted.append(_E.at < one.until_at)
    return and_(*wanted)


def _facets(search: Search, scope: Scope) -> Iterable[_Facet]:
    """Say what each filter stands for, and how narrow it is by its nature."""
    for rank, name in enumerate(("document_id", "release_id")):
        yield from _is(rank, name, getattr(search, name))
    yield from _labelled(2, labels.NETWORK, search.network)
    yield from _is(3, "person_id", search.person_id)
    if search.actor_id is not None:
        yield from _labelled(40 if search.actor_id in _EVERYBODY else 4, labels.ACTOR, search.actor_id)
    for rank, name, tenures in ((5, "post", scope.post), (6, "organisation", scope.organisation)):
        ident = getattr(search, f"{name}_id")
        if ident is not None:
            held = (_One((("person_id", one.person_id),), None, one.from_at, one.until_at) for one in tenures)
            yield _Facet(rank, (_One(label=(name, ident)), *held))
    if search.series_id is not None:
        released = (_One((("release_id", release_id),)) for release_id in scope.series)
        yield _Facet(7, (_One(label=("series", search.series_id)), *released))
    yield from _labelled(8, labels.SOURCE, search.source)
    yield from _labelled(9, labels.REASON, search.reason)
    yield from _of_kind(search, scope)


def _of_kind(search: Search, scope: Scope) -> Iterable[_Facet]:
    """Merge kind, outcome and producers: indexes begin with the producer, or with the kind, and then the outcome."""
    producers = scope.producer_ids
    if search.producer_id is not None:
        producers = frozenset({search.producer_id}) & (producers if producers is not None else {search.producer_id})
    kinds = [search.kind] if search.kind else [kind.value for kind in EntryKind]
    outcomes = [search.outcome] if search.outcome else [outcome.value for outcome in Outcome]
    pairs = [(("kind", kind), ("outcome", outcome)) for kind in kinds for outcome in outcomes]
    by_kind = search.kind is not None or search.outcome is not None
    if producers is None:
        if search.kind is not None:
            yield _Facet(
                20,
                tuple(_One(pair) for pair in pairs),
                _E.kind.concat("") == search.kind if not search.outcome else None,
            )
        else:
            yield from _is(21, "outcome", search.outcome)
        return
    own = [("producer_id", one) for one in sorted(producers)]
    if by_kind and len(own) * len(pairs) <= MERGED:
        asked = {"kind": search.kind, "outcome": search.outcome}
        each = (_E[name].concat("") == value for name, value in asked.items() if value is not None)
        shortly = and_(_E.producer_id.concat("").in_(sorted(producers)), *each)
        yield _Facet(20, tuple(_One((one, *pair)) for one in own for pair in pairs), shortly)
        return
    yield _Facet(22, tuple(_One((one,)) for one in own))
    yield from _is(20, "kind", search.kind)
    yield from _is(21, "outcome", search.outcome)


def _is(rank: int, name: str, value: str | None) -> Iterable[_Facet]:
    if value is not None:
        yield _Facet(rank, (_One(((name, value),)),))


def _labelled(rank: int, name: str, value: str | None) -> Iterable[_Facet]:
    if value is not None:
        yield _Facet(rank, (_One(label=(name, value)),))


def _span(one: _One, cut: _Cut) -> tuple[datetime | None, datetime | None]:
    """Say in which span one of them counts. What lies in front of the page before is not gone through again."""
    since, until, place = _latest(one.from_at, cut.from_at), _earliest(one.until_at, cut.until_at), cut.after.at
    if place is None:
        return since, until
    if not cut.newest_first:
        return _latest(since, place), until
    return since, until if place >= _LAST else _earliest(until, place + _SHORTEST)  # there is nothing behind the last


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other
