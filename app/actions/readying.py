"""How ready releases are, in somebody else's transaction: the facts of many at once, and what the rule says of each.

As many queries for two hundred releases as for one. Whether a declaration counts is asked of the condition of the rule
of access itself, with the words as they would have to be signed today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import deciding
from app.actions.tools import Tools
from app.records import calendar, covering, grants, page_confirmations, producer_words, readiness, wrong_facts
from app.records.covering import Alike
from app.records.grants import GrantRow
from app.records.producer_words import Asking
from app.records.readiness import Seat, Seats
from app.records.releases import ReleaseRow
from app.rules import readiness as rule
from app.rules.chasing import part_of
from app.rules.conditions import declaration_is_signed
from app.rules.confirmations import rows_sha256, still_stands
from app.rules.eligibility import public_list
from app.rules.facts import (
    AccessFacts,
    DeclarationScope,
    DocumentCard,
    DocumentState,
    EligibilityList,
    Grant,
    ListState,
    Person,
    Release,
    london_date,
)
from app.rules.feeds import Moved
from app.rules.pageconfirmations import PageConfirmation, documents_sha256, fallen
from app.rules.publication import list_of_posts_reasons
from app.rules.readiness import Line
from app.rules.readinessfacts import Light, ReadinessFacts
from app.rules.undertakings.words import words_sha256
from app.rules.workingdays import BankHoliday, Counts, counting
from app.rules.wrongfacts import WrongKind

_NOTHING_DECLARED = Alike((), ("",))
_NO_SEATS = Seats()
_LONGEST_BACK = timedelta(days=60)  # a closure that runs over a turn of the year


@dataclass(frozen=True, slots=True)
class Readiness:
    """How ready one release is.

    Attributes:
        lines: What must be there, in the order of its days; empty where the release is over or has no time.
        confirmations: The publishing team's words on its page, the newest first.
    """

    row: ReleaseRow
    counts: Counts
    lines: tuple[Line, ...]
    light: Light
    confirmations: tuple[PageConfirmation, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of all the releases together."""

    lists: dict[str, tuple[EligibilityList, ...]]
    wrong: frozenset[str]  # the versions whose approval was found wrong
    seats: dict[str, Seats]
    names: dict[str, str]  # of the organisations that are seated
    asked: dict[tuple[str, str], readiness.Asked]
    declared: dict[str, tuple[Alike, ...]]
    words: dict[str, Asking]
    documents: dict[str, tuple[readiness.DocumentMark, ...]]
    watched: dict[str, str]
    posts: dict[str, bytes]
    rows: dict[str, tuple[GrantRow, ...]]  # of the versions in force whose list of posts was published
    said: dict[str, tuple[PageConfirmation, ...]]
    moves: dict[str, tuple[Moved, ...]]


def gauge(tools: Tools, connection: Connection, rows: Collection[ReleaseRow], at: datetime) -> tuple[Readiness, ...]:
    """Say how ready some releases are.

    Args:
        tools: The tools.
        connection: Any connection.
        rows: The releases; as many as there are.
        at: Now. Aware, UTC.

    Returns:
        In the same order.
    """
    if not rows:
        return ()
    known = _known(connection, rows, at)
    days = [london_date(row.release.publishes_at) for row in rows]
    holidays = tools.bank_holidays((min(days) - _LONGEST_BACK).year, (max(days) + timedelta(days=14)).year)
    return tuple(_gauged(row, known, holidays, at) for row in rows)


def finals_sha256(connection: Connection, release_ids: Collection[str]) -> dict[str, str]:
    """Name the documents that are in final form now by one hash, for each of some releases.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    marks = readiness.documents_of(connection, release_ids)
    return {release_id: _final_sha256(marks.get(release_id, ())) for release_id in release_ids}


def _final_sha256(marks: tuple[readiness.DocumentMark, ...]) -> str:
    return documents_sha256((one.document_id, one.sha256) for one in marks if one.final)


def _known(connection: Connection, rows: Collection[ReleaseRow], at: datetime) -> _Known:
    ids = [row.release.release_id for row in rows]
    live = readiness.live_lists(connection, ids)
    wrong = wrong_facts.found_wrong(connection, WrongKind.APPROVAL)
    posts = readiness.posts_published(connection, ids)
    in_force = {release_id: one.list_id for release_id, versions in live.items() for one in _in_force(versions, wrong)}
    list_ids = {*in_force.values(), *(versions[0].list_id for versions in live.values())}
    seats = readiness.seats_of(connection, list_ids)
    return _Known(
        lists=live,
        wrong=wrong,
        seats=seats,
        names=readiness.names_of(connection, {seat.organisation_id for one in seats.values() for seat in one.seats}),
        asked=readiness.asked_of(connection, list_ids),
        declared=covering.alike_each(connection, [(row.release.release_id, row.release.series_id) for row in rows], at),
        words=producer_words.asked_for_each(connection, ids),
        documents=readiness.documents_of(connection, ids),
        watched=readiness.watched_pages(connection, ids),
        posts=posts,
        rows=grants.of_lists(connection, {list_id for release_id, list_id in in_force.items() if release_id in posts}),
        said=page_confirmations.of_releases(connection, ids),
        moves=calendar.moves_of(connection, ids),
    )


def _gauged(row: ReleaseRow, known: _Known, holidays: tuple[BankHoliday, ...], at: datetime) -> Readiness:
    release = row.release
    part = part_of(release.order)
    counts = counting(frozenset(one.day for one in holidays if one.part is part) | release.closed_on)
    lines = rule.assess(_facts(row, known, at), counts, at)
    said = tuple(reversed(known.said.get(release.release_id, ())))
    return Readiness(row, counts, lines, rule.light(lines), said)


def _facts(row: ReleaseRow, known: _Known, at: datetime) -> ReadinessFacts:
    release_id = row.release.release_id
    versions, moves = known.lists.get(release_id, ()), known.moves.get(release_id, ())
    in_force = next(iter(_in_force(versions, known.wrong)), None)
    listed = known.seats.get(in_force.list_id, _NO_SEATS) if in_force else _NO_SEATS
    unanswered, asked_at = _unanswered(versions[0], known) if versions else ((), None)
    marks = known.documents.get(release_id, ())
    said = known.said.get(release_id, ())
    final = _final_sha256(marks)
    moved = [one.at for one in moves if one.move == "reschedule"]
    return ReadinessFacts(
        release=row.release,
        known_at=moved[-1] if moved else row.added_at,
        has_list=bool(versions),
        draft_waits=in_force is not None and versions[0].state is ListState.DRAFT,
        found_wrong=in_force is None and any(one.list_id in known.wrong for one in versions),
        approved_at=in_force.approved_at if in_force else None,
        unanswered=unanswered,
        asked_at=asked_at,
        listed=len({one.person_id for one in listed.seats if one.person_id}),
        unsigned=_unsigned(row.release, in_force, listed, known, at),
        documents=len(marks),
        not_final=sum(1 for one in marks if not one.final),
        watched_url=known.watched.get(release_id),
        confirmation=said[-1] if said else None,
        fallen=fallen(said[-1], row.release.publishes_at, moves, final) if said else None,
        posts_lack=_posts_lack(row.release, in_force, known),
    )


def _in_force(versions: tuple[EligibilityList, ...], wrong: frozenset[str]) -> tuple[EligibilityList, ...]:
    return tuple(one for one in versions if one.state is ListState.APPROVED and one.list_id not in wrong)[:1]


def _unanswered(newest: EligibilityList, known: _Known) -> tuple[tuple[str, ...], datetime | None]:
    """Give the organisations that have not confirmed their rows as they are, and when the last of them was asked."""
    seated: dict[str, list[Seat]] = {}
    for seat in known.seats.get(newest.list_id, _NO_SEATS).seats:
        seated.setdefault(seat.organisation_id, []).append(seat)
    waiting: dict[str, datetime | None] = {}
    for organisation_id, seats in seated.items():
        asked = known.asked.get((newest.list_id, organisation_id))
        if asked is None or not (asked.confirmed and still_stands(asked.rows_sha256, _sha256_of(seats))):
            waiting[known.names[organisation_id]] = asked.asked_at if asked else None
    when = [at for at in waiting.values() if at is not None]
    return tuple(waiting), max(when) if when and len(when) == len(waiting) else None


def _sha256_of(seats: list[Seat]) -> str:
    return rows_sha256((one.post_id, one.number, one.person_id) for one in seats)


def _unsigned(release: Release, in_force: EligibilityList | None, listed: Seats, known: _Known, at: datetime) -> int:
    """Count those whom the condition of the rule of access refuses for want of a declaration.

    Many are listed on the same terms, would have to sign the same words, and have declared the same: of them the rule
    is asked once. They are told apart by their places, since to compare all that was declared takes longer.
    """
    if in_force is None:
        return 0
    own: dict[str, tuple[int, ...]] = {}
    for seat in listed.seats:
        if seat.person_id:
            own[seat.person_id] = (*own.get(seat.person_id, ()), seat.terms)
    alike = (_NOTHING_DECLARED, *known.declared.get(release.release_id, ()))
    who = {person_id: place for place, group in enumerate(alike) for person_id in group.person_ids}
    listed_alike = Counter((places, who.get(person_id, 0)) for person_id, places in own.items())
    terms = {places: tuple(listed.terms[place] for place in places) for places in {*own.values()}}
    scopes = {one.scope for group in alike for one in group.declarations}
    words = {places: _words(release, each, known.words[release.release_id], scopes) for places, each in terms.items()}
    return sum(
        count
        for (places, group), count in listed_alike.items()
        if _lacks(release, terms[places], alike[group], words[places], at)
    )


def _lacks(release: Release, terms: tuple[Grant, ...], group: Alike, words: tuple[str, str], at: datetime) -> bool:
    """Ask whether whoever is listed on these terms, and has declared this, is refused by each for want of another."""
    facts = AccessFacts(
        Person(group.person_ids[0], "", ""),
        release,
        DocumentCard("", release.release_id, "", "", "", 0, DocumentState.DRAFT, rehearsal=release.rehearsal),
        grants=terms,
        declarations=group.declarations,
        undertaking_sha256=words[0],
        series_undertaking_sha256=words[1],
    )
    return all(declaration_is_signed(facts, grant, at) is not None for grant in terms)


def _words(
    release: Release, terms: tuple[Grant, ...], asking: Asking, scopes: Collection[DeclarationScope]
) -> tuple[str, str]:
    """Give the hashes of the words to sign on these terms, for the release and for its series.

    Nothing for a scope that nobody has declared for, and no declaration matches that.
    """
    basis = deciding.basis_of(release, terms, asking)
    release_words, series_words = (
        words_sha256(replace(basis, scope=scope)) if scope in scopes else ""
        for scope in (DeclarationScope.RELEASE, DeclarationScope.SERIES)
    )
    return release_words, series_words


def _posts_lack(release: Release, in_force: EligibilityList | None, known: _Known) -> tuple[str, ...]:
    if in_force is None:
        return ()
    enforced = replace(in_force, grants=tuple(row.grant for row in known.rows.get(in_force.list_id, ())))
    published = known.posts.get(release.release_id)
    reasons = list_of_posts_reasons(release.order, published, public_list(enforced, release))
    return tuple(reason.detail for reason in reasons)
