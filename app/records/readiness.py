"""What is known of many releases at once, so that two hundred on one day cost no more queries than one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from app.plain import plain
from app.records.tables import (
    confirmations,
    documents,
    grants,
    lists,
    organisations,
    posts,
    public_lists,
    readiness_marks,
    watch_plans,
)
from app.rules.confirmations import ConfirmationState
from app.rules.facts import DocumentState, EligibilityList, Grant, GrantClass, ListState
from app.rules.undertakings.basis import TERMS

_AnyRow = Row[*tuple[Any, ...]]
_MANY = 500  # how many ids one query names; SQLite takes a limited number


@dataclass(frozen=True, slots=True)
class Asked:
    """What an organisation was asked of a version, and whether it confirmed. ``asked_at`` aware, UTC."""

    confirmed: bool
    rows_sha256: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentMark:
    """A current document, as readiness needs it."""

    document_id: str
    sha256: str
    final: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """A row of a list, as readiness needs it: who sits where, and on which terms.

    Attributes:
        number: The post's own, counted from 1.
        terms: The grant as far as it decides the words to sign: nobody's, and of no post. The same for all rows on the
            same terms.
    """

    organisation_id: str
    organisation: str
    post_id: str
    number: int
    person_id: str | None
    terms: Grant


def live_lists(connection: Connection, release_ids: Collection[str]) -> dict[str, tuple[EligibilityList, ...]]:
    """Give the drafts and the lists in force of some releases without their grants, by release id, newest first.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    live = lists.c.state.in_([ListState.DRAFT.value, ListState.APPROVED.value])
    asked = select(lists).where(live).order_by(lists.c.version.desc())
    found: dict[str, list[EligibilityList]] = {}
    for row in _each(connection, asked, lists.c.release_id, release_ids):
        made = EligibilityList(
            row.list_id, row.release_id, row.version, ListState(row.state), approved_at=row.approved_at
        )
        found.setdefault(row.release_id, []).append(made)
    return {release_id: tuple(versions) for release_id, versions in found.items()}


def seats_of(connection: Connection, list_ids: Collection[str]) -> dict[str, tuple[Seat, ...]]:
    """Give the seats of some versions by version, each in its list's own order; a version without any is not there.

    Args:
        connection: Any connection.
        list_ids: As many as there are.
    """
    of = grants.c
    about = (posts.c.organisation_id, organisations.c.name, of.post_id, of.seat, of.person_id)
    asked = (
        select(of.list_id, *about, *(of[name] for name in TERMS))
        .join(posts, posts.c.post_id == of.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .order_by(of.row, of.grant_id)
    )
    known: dict[tuple[Any, ...], Grant] = {}
    found: dict[str, list[Seat]] = {}
    for row in _each(connection, asked, of.list_id, list_ids):
        list_id, organisation_id, organisation, post_id, number, person_id, *rest = row
        named = tuple(rest)
        if named not in known:
            known[named] = _terms(named)
        seat = Seat(organisation_id, organisation, post_id, number, person_id, known[named])
        found.setdefault(list_id, []).append(seat)
    return {list_id: tuple(seats) for list_id, seats in found.items()}


def asked_of(connection: Connection, list_ids: Collection[str]) -> dict[tuple[str, str], Asked]:
    """Give what each organisation was asked of some versions, by version and organisation.

    Args:
        connection: Any connection.
        list_ids: As many as there are.
    """
    return {
        (row.list_id, row.organisation_id): Asked(
            row.state == ConfirmationState.CONFIRMED.value, row.rows_sha256, row.asked_at
        )
        for row in _each(connection, select(confirmations), confirmations.c.list_id, list_ids)
    }


def documents_of(connection: Connection, release_ids: Collection[str]) -> dict[str, tuple[DocumentMark, ...]]:
    """Give the current documents of some releases, drafts and final ones, by release id.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    of = documents.c
    current = of.state.in_([DocumentState.DRAFT.value, DocumentState.FINAL.value])
    asked = select(of.release_id, of.document_id, of.sha256, of.state).where(current)
    found: dict[str, list[DocumentMark]] = {}
    for row in _each(connection, asked, of.release_id, release_ids):
        mark = DocumentMark(row.document_id, row.sha256, row.state == DocumentState.FINAL.value)
        found.setdefault(row.release_id, []).append(mark)
    return {release_id: tuple(marks) for release_id, marks in found.items()}


def watched_pages(connection: Connection, release_ids: Collection[str]) -> dict[str, str]:
    """Give the page that the watch looks at, by release id; a release that nothing watches is not there.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    asked = select(watch_plans.c.release_id, watch_plans.c.page_url)
    return {row.release_id: row.page_url for row in _each(connection, asked, watch_plans.c.release_id, release_ids)}


def posts_published(connection: Connection, release_ids: Collection[str]) -> dict[str, bytes]:
    """Give the list of posts of some releases as it was last published, canonical JSON, by release id.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    of = public_lists.c
    asked = select(of.release_id, of.rows).order_by(of.published_at, of.list_version)
    return {row.release_id: row.rows.encode() for row in _each(connection, asked, of.release_id, release_ids)}


def mark_told(
    connection: Connection,
    *,
    mark_id: str,
    release_id: str,
    publishes_at: datetime,
    need: str,
    cause: str,
    rung: str,
    at: datetime,
) -> None:
    """Put on record that people of one rung are told of one thing that is missing.

    Args:
        connection: An open write transaction.
        mark_id: Of the mark.
        release_id: The release.
        publishes_at: The time set for it; a release that is moved is told of anew. Aware, UTC.
        need: What is missing.
        cause: What makes it another thing when it is asked anew; may be empty.
        rung: Who is told.
        at: Now. Aware, UTC.
    """
    values = {"mark_id": mark_id, "release_id": release_id, "publishes_at": publishes_at}
    connection.execute(insert(readiness_marks), {**values, "need": need, "cause": cause, "rung": rung, "told_at": at})


def told_of(connection: Connection, release_ids: Collection[str]) -> frozenset[tuple[str, datetime, str, str, str]]:
    """Give what people were told of some releases: release id, time set, need, cause and rung of each.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    of = readiness_marks.c
    asked = select(of.release_id, of.publishes_at, of.need, of.cause, of.rung)
    return frozenset(tuple(row) for row in _each(connection, asked, of.release_id, release_ids))


def _terms(named: tuple[Any, ...]) -> Grant:
    terms = dict(zip(TERMS, named, strict=True))
    return Grant("", "", "", **{**terms, "grant_class": GrantClass(terms["grant_class"])})


def _each(connection: Connection, asked: Select[Any], key: Any, idents: Collection[str]) -> Iterator[_AnyRow]:
    wanted = sorted(idents)
    for place in range(0, len(wanted), _MANY):
        yield from plain(connection.execute(asked.where(key.in_(wanted[place : place + _MANY]))))
