"""The files that a producer's statistics are counted from: a handful of questions, however many releases there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, not_, or_, select

from app.records import releases as release_files
from app.records import retention, wrong_facts
from app.records.tables import (
    confirmations,
    declarations,
    duties,
    erasures,
    grants,
    incidents,
    legal_holds,
    lists,
    openings,
    record_requests,
    release_moves,
    releases,
    series,
    verdicts,
)
from app.rules.counted import Answered, Counted, Lines, Visit
from app.rules.facts import ExceptionalGrant, Grant, GrantClass, ListState, Release, ReleaseState, london_date
from app.rules.incidents import ENDED
from app.rules.retention import Kept
from app.rules.wrongfacts import WrongKind

_EVERY = 1_000_000


class _Signed(NamedTuple):
    """Who had signed, and whose declaration stood."""

    had: set[str]
    stood: set[str]


_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
_ENDING = ("cancel", "declare_published")


def releases_of(connection: Connection, organisation_id: str) -> dict[str, Release]:
    """Give every release of a producer, by id, in the order of the time set.

    Args:
        connection: Any connection.
        organisation_id: The producer's.
    """
    rows = release_files.page(connection, person_id=None, organisation_ids=frozenset({organisation_id}), limit=_EVERY)
    mine = (row.release for row in rows if row.organisation_id == organisation_id)
    return {release.release_id: release for release in mine}


def series_titles(connection: Connection, producer_id: str) -> dict[str, str]:
    """Give the titles of a producer's series, by id, in the order of the titles."""
    wanted = select(series.c.series_id, series.c.title).where(series.c.producer_id == producer_id)
    return {row.series_id: row.title for row in connection.execute(wanted.order_by(series.c.title))}


def due_by(connection: Connection, producer_id: str, first: datetime, before: datetime, at: datetime) -> int:
    """Say how many of a producer's releases are set for a span, and have had their time come.

    Args:
        connection: Any connection.
        producer_id: The producer.
        first, before: First instant of the span, and the instant before which. Aware, UTC.
        at: Now; what is set for this very instant has come. Aware, UTC.
    """
    of = releases.c
    span = (of.publishes_at >= first, of.publishes_at < before, of.publishes_at <= at)
    return connection.execute(select(func.count()).where(of.producer_id == producer_id, *span)).scalar_one()


def counted_of(
    connection: Connection, producer_id: str, wanted: Iterable[Release], first: datetime, before: datetime
) -> list[Counted]:
    """Give what is counted of a producer's releases that are set for a span.

    Args:
        connection: Any connection.
        producer_id: The producer.
        wanted: Those releases; every question asks for all of the span.
        first, before: First instant of the span, and the instant before which. Aware, UTC.
    """
    chosen = list(wanted)
    span = and_(
        releases.c.producer_id == producer_id, releases.c.publishes_at >= first, releases.c.publishes_at < before
    )
    listed, visits, answers = _lines(connection, span), _visits(connection, span), _answers(connection, span)
    wrong = _found_wrong(connection, span)
    owed, delays, gone = _duties(connection, span), _delays(connection, span), _destroyed(connection, producer_id)
    signed = _signed(connection, span)
    return [
        Counted(
            release=release,
            lines=listed.get(release.release_id, ()),
            visits=visits.get(release.release_id, ()),
            signed=signed[release.release_id].had,
            stood=signed[release.release_id].stood,
            answers=answers.get(release.release_id, ()),
            duties=owed.get(release.release_id, ()),
            found_wrong=release.release_id in wrong,
            delay_ms=delays.get(release.release_id),
            destroyed=release.release_id in gone,
        )
        for release in chosen
    ]


def _lines(connection: Connection, span: ColumnElement[bool]) -> dict[str, list[Lines]]:
    """Give the lines of each list, put together by their terms in the database: a row of many names, not many rows."""
    of = grants.c
    terms = (of.grant_class, of.ground_letter, of.asked_minutes, of.exceptional_reasons, of.board_informed_at)
    unnamed = func.count() - func.count(of.person_id)
    asked = (
        select(lists.c.release_id, _joined(of.person_id), unnamed, *terms)
        .join(lists, lists.c.list_id == of.list_id)
        .join(releases, releases.c.release_id == lists.c.release_id)
        .where(lists.c.state == ListState.APPROVED.value, span)
        .group_by(lists.c.release_id, *terms)
    )
    found = defaultdict(list)
    shared: dict[Any, Grant] = {}
    for release_id, person_ids, nobody, *on in connection.execute(asked).all():
        key = tuple(on)
        if key not in shared:
            shared[key] = _terms(*on)
        found[release_id].append(Lines(shared[key], _parted(person_ids), nobody))
    return found


def _found_wrong(connection: Connection, span: ColumnElement[bool]) -> set[str]:
    """Give the releases whose list in force has an approval that was found wrong, and stands as found."""
    in_force = _within(select(lists.c.release_id), lists.c.release_id, span)
    wrong = lists.c.list_id.in_(wrong_facts.subjects(WrongKind.APPROVAL))
    return set(connection.execute(in_force.where(lists.c.state == ListState.APPROVED.value, wrong)).scalars())


def _terms(
    grant_class: str, ground_letter: str, asked_minutes: int | None, reasons: str, board_informed_at: datetime | None
) -> Grant:
    """Make a grant of its terms alone: what it is counted by, and nothing of whom it is for."""
    return Grant(
        grant_id="",
        post_title="",
        organisation="",
        grant_class=GrantClass(grant_class),
        ground_letter=ground_letter,
        asked=None if asked_minutes is None else timedelta(minutes=asked_minutes),
        exceptional=ExceptionalGrant(reasons, board_informed_at) if reasons or board_informed_at else None,
    )


def _visits(connection: Connection, span: ColumnElement[bool]) -> dict[str, list[Visit]]:
    of = openings.c
    early = case((of.opened_at < of.window_opened_at, 1), else_=0)
    wrong = select(grants.c.grant_id).where(grants.c.list_id.in_(wrong_facts.subjects(WrongKind.APPROVAL)))
    by_wrong = case((of.grant_id.in_(wrong), 1), else_=0)
    asked = _within(select(of.release_id, of.person_id, of.opened_at, early, by_wrong), of.release_id, span)
    found = defaultdict(list)
    for release_id, person_id, opened_at, was_early, was_wrong in connection.execute(asked).all():
        found[release_id].append(Visit(person_id, opened_at, bool(was_early), bool(was_wrong)))
    return found


def _answers(connection: Connection, span: ColumnElement[bool]) -> dict[str, list[Answered]]:
    of = confirmations.c
    asked = select(of.release_id, of.state, of.answered_at).join(lists, lists.c.list_id == of.list_id)
    in_force = lists.c.state == ListState.APPROVED.value
    found = defaultdict(list)
    for row in connection.execute(_within(asked, of.release_id, span).where(in_force)).all():
        found[row.release_id].append(Answered(row.state == "confirmed", row.answered_at))
    return found


def _duties(connection: Connection, span: ColumnElement[bool]) -> dict[str, list[tuple[str, bool]]]:
    of = duties.c
    found = defaultdict(list)
    for row in connection.execute(_within(select(of.release_id, of.kind, of.done_at), of.release_id, span)):
        found[row.release_id].append((row.kind, row.done_at is not None))
    return found


def _delays(connection: Connection, span: ColumnElement[bool]) -> dict[str, int]:
    """Give, by release, the delay that the watch told last of the time that is set now."""
    of = verdicts.c
    asked = _within(select(of.release_id, of.delay_ms), of.release_id, span)
    known = and_(of.delay_ms.is_not(None), of.publishes_at == releases.c.publishes_at)
    told = connection.execute(asked.where(known).order_by(of.at, of.verdict_id))
    return {row.release_id: row.delay_ms for row in told}


def _within(asked: Select[Any], release_id: Any, span: ColumnElement[bool]) -> Select[Any]:
    return asked.join(releases, releases.c.release_id == release_id).where(span)


def _signed(connection: Connection, span: ColumnElement[bool]) -> dict[str, _Signed]:
    """Give, by release, who had signed a declaration that covers it when access ended, and whose stood then.

    The end is included: what is signed at the very instant counts, what lapses or is withdrawn at it does not.
    """
    of, ended_at = declarations.c, func.coalesce(releases.c.published_at, releases.c.publishes_at)
    stands = and_(of.lapses_at > ended_at, or_(of.withdrawn_at.is_(None), of.withdrawn_at > ended_at))
    standing = _joined(case((stands, of.person_id)))
    of_series = and_(of.scope == "series", of.series_id.is_not(None))
    # A declaration for a series may have been signed at a release before the span.
    covers = (and_(not_(of_series), of.release_id == releases.c.release_id), and_(of_series, _same_series()))
    found: dict[str, _Signed] = defaultdict(lambda: _Signed(set(), set()))
    for one in covers:  # two questions, as each of them has its index
        asked = (
            select(releases.c.release_id, _joined(of.person_id), standing)
            .select_from(releases)
            .join(declarations, one)
            .where(span, of.signed_at <= ended_at)
            .where(of.declaration_id.not_in(wrong_facts.subjects(WrongKind.DECLARATION)))
            .group_by(releases.c.release_id)
        )
        for release_id, had, stood in connection.execute(asked).all():
            found[release_id].had.update(_parted(had))
            found[release_id].stood.update(_parted(stood))
    return found


def _same_series() -> ColumnElement[bool]:
    return declarations.c.series_id == releases.c.series_id


def _joined(person_id: ColumnElement[Any]) -> ColumnElement[str]:
    """Put the ids of a group together; an id holds no space, and where there is none nothing is put."""
    return func.aggregate_strings(person_id, " ")


def _parted(person_ids: str | None) -> list[str]:
    return person_ids.split(" ") if person_ids else []


def _destroyed(connection: Connection, producer_id: str) -> set[str]:
    done = and_(erasures.c.producer_id == producer_id, erasures.c.release_id.is_not(None))
    return set(connection.execute(select(erasures.c.release_id).where(done)).scalars())


def kept_of(connection: Connection, producer_id: str, known: Mapping[str, Release]) -> list[Kept]:
    """Give what decides how long the records are kept, of every release that is over.

    The same as ``keeping.kept`` gives of one.

    Args:
        connection: Any connection.
        producer_id: The producer.
        known: Its releases, by id.
    """
    years = retention.retention_years(connection, producer_id)
    moved = _last_moves(connection, producer_id)
    held = _holds(connection, producer_id)
    still_open, closed = _incidents(connection, producer_id)
    unanswered, gone = _unanswered(connection, producer_id), _destroyed(connection, producer_id)
    found = []
    for release_id, release in known.items():
        if release.state not in _OVER:
            continue
        cancelled_at = moved.get((release_id, "cancel"))
        found.append(
            Kept(
                release=release,
                retention_years=years,
                cancelled_on=london_date(cancelled_at) if cancelled_at else None,
                declared_at=moved.get((release_id, "declare_published")),
                holds=(*held[release_id], *held[""]),
                open_incidents=tuple(still_open[release_id]),
                unanswered=unanswered.get(release_id, 0),
                erased=release_id in gone,
                closed_incidents=tuple(closed[release_id]),
            )
        )
    return found


def _last_moves(connection: Connection, producer_id: str) -> dict[tuple[str, str], datetime]:
    of = release_moves.c
    asked = _within(
        select(of.release_id, of.move, func.max(of.at)).where(of.move.in_(_ENDING)),
        of.release_id,
        releases.c.producer_id == producer_id,
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(asked.group_by(of.release_id, of.move)).all()}


def _holds(connection: Connection, producer_id: str) -> dict[str, list[str]]:
    of = legal_holds.c
    asked = select(of.release_id, of.reason).where(of.producer_id == producer_id, of.ended_at.is_(None))
    found = defaultdict(list)
    for row in connection.execute(asked.order_by(of.from_at)):
        found[row.release_id or ""].append(row.reason)
    return found


def _incidents(connection: Connection, producer_id: str) -> tuple[dict[str, list[int]], dict[str, list[Any]]]:
    of, ended = incidents.c, {state.value for state in ENDED}
    asked = _within(
        select(of.release_id, of.number, of.state, of.closed_at), of.release_id, releases.c.producer_id == producer_id
    )
    still_open, closed = defaultdict(list), defaultdict(list)
    for row in connection.execute(asked.order_by(of.number)):
        if row.state not in ended:
            still_open[row.release_id].append(row.number)
        elif row.closed_at is not None:
            closed[row.release_id].append((row.number, london_date(row.closed_at)))
    return still_open, closed


def _unanswered(connection: Connection, producer_id: str) -> dict[str, int]:
    of = record_requests.c
    asked = select(of.release_id, func.count()).where(of.producer_id == producer_id, of.answered_at.is_(None))
    return {row[0]: row[1] for row in connection.execute(asked.group_by(of.release_id))}
