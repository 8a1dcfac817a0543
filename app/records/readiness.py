"""What is known of many releases at once, so that two hundred on one day cost no more queries than one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, String, bindparam, cast, func, insert, select

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


def _among(key: ColumnElement[Any]) -> ColumnElement[bool]:
    return key.in_(bindparam("idents", expanding=True))


# Built once: putting a statement together costs several times what running it does.
_LIVE = (
    select(*(lists.c[name] for name in ("list_id", "release_id", "version", "state", "approved_at")))
    .where(_among(lists.c.release_id), lists.c.state.in_([ListState.DRAFT.value, ListState.APPROVED.value]))
    .order_by(lists.c.version.desc())
)
_ANSWERS = select(
    *(confirmations.c[name] for name in ("list_id", "organisation_id", "state", "rows_sha256", "asked_at"))
).where(_among(confirmations.c.list_id))
_NAMES = select(organisations.c.organisation_id, organisations.c.name).where(_among(organisations.c.organisation_id))
_DOCUMENTS = select(*(documents.c[name] for name in ("release_id", "document_id", "sha256", "state"))).where(
    _among(documents.c.release_id), documents.c.state.in_([DocumentState.DRAFT.value, DocumentState.FINAL.value])
)
_WATCHED = select(watch_plans.c.release_id, watch_plans.c.page_url).where(_among(watch_plans.c.release_id))
_PUBLISHED = (
    select(public_lists.c.release_id, public_lists.c.rows)
    .where(_among(public_lists.c.release_id))
    .order_by(public_lists.c.published_at, public_lists.c.list_version)
)
_TOLD = select(*(readiness_marks.c[name] for name in ("release_id", "publishes_at", "need", "cause", "rung"))).where(
    _among(readiness_marks.c.release_id)
)


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


class Seat(NamedTuple):
    """A row of a list, as readiness needs it: who sits where, and on which terms.

    Attributes:
        row, grant_id: By which a list is in order.
        number: The post's own, counted from 1.
        terms: The place of its terms among those of the version.
    """

    row: int
    grant_id: str
    organisation_id: str
    post_id: str
    number: int
    person_id: str | None
    terms: int


@dataclass(frozen=True, slots=True)
class Seats:
    """The rows of a version.

    Attributes:
        seats: In the list's own order.
        terms: Each grant as far as it decides the words to sign, once: nobody's, and of no post.
    """

    seats: tuple[Seat, ...] = ()
    terms: tuple[Grant, ...] = ()


def live_lists(connection: Connection, release_ids: Collection[str]) -> dict[str, tuple[EligibilityList, ...]]:
    """Give the drafts and the lists in force of some releases without their grants, by release id, newest first.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    found: dict[str, list[EligibilityList]] = {}
    for row in _each(connection, _LIVE, release_ids):
        made = EligibilityList(
            row.list_id, row.release_id, row.version, ListState(row.state), approved_at=row.approved_at
        )
        found.setdefault(row.release_id, []).append(made)
    return {release_id: tuple(versions) for release_id, versions in found.items()}


def seats_of(connection: Connection, list_ids: Collection[str]) -> dict[str, Seats]:
    """Give the seats of some versions by version; a version without any is not there.

    Twenty lists have eight hundred rows, and hardly more terms than lists: so the database puts together those on the
    same terms, each row as one text.

    Args:
        connection: Any connection.
        list_ids: As many as there are.
    """
    seats: dict[str, list[Seat]] = {}
    terms: dict[str, list[Grant]] = {}
    for list_id, texts, *named in _each(connection, _seats_together(), list_ids):
        place, found = len(terms.setdefault(list_id, [])), seats.setdefault(list_id, [])
        terms[list_id].append(_terms(named))
        for text in texts.split(","):
            row, grant_id, organisation_id, post_id, number, person_id = text.split(" ")
            found.append(Seat(int(row), grant_id, organisation_id, post_id, int(number), person_id or None, place))
    return {list_id: Seats(tuple(sorted(found)), tuple(terms[list_id])) for list_id, found in seats.items()}


@cache
def _seats_together() -> Select[Any]:
    """Ask for the rows of lists by their terms, each as one text; built once. An id holds neither space nor comma."""
    of, named = grants.c, [grants.c[name] for name in TERMS]
    # Not a join, for which PostgreSQL would read every post there is.
    organisation_id = select(posts.c.organisation_id).where(posts.c.post_id == of.post_id).scalar_subquery()
    words = (of.grant_id, organisation_id, of.post_id, cast(of.seat, String), func.coalesce(of.person_id, ""))
    text: ColumnElement[str] = cast(of.row, String)
    for word in words:
        text = text + " " + word
    together = select(of.list_id, func.aggregate_strings(text, ",").label("texts"), *named)
    return together.where(_among(of.list_id)).group_by(of.list_id, *named)


def names_of(connection: Connection, organisation_ids: Collection[str]) -> dict[str, str]:
    """Give the names of some organisations by id.

    Args:
        connection: Any connection.
        organisation_ids: As many as there are.
    """
    return dict(_each(connection, _NAMES, organisation_ids))


def asked_of(connection: Connection, list_ids: Collection[str]) -> dict[tuple[str, str], Asked]:
    """Give what each organisation was asked of some versions, by version and organisation.

    Args:
        connection: Any connection.
        list_ids: As many as there are.
    """
    return {
        (list_id, organisation_id): Asked(state == ConfirmationState.CONFIRMED.value, sha256, at)
        for list_id, organisation_id, state, sha256, at in _each(connection, _ANSWERS, list_ids)
    }


def documents_of(connection: Connection, release_ids: Collection[str]) -> dict[str, tuple[DocumentMark, ...]]:
    """Give the current documents of some releases, drafts and final ones, by release id.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    found: dict[str, list[DocumentMark]] = {}
    for row in _each(connection, _DOCUMENTS, release_ids):
        mark = DocumentMark(row.document_id, row.sha256, row.state == DocumentState.FINAL.value)
        found.setdefault(row.release_id, []).append(mark)
    return {release_id: tuple(marks) for release_id, marks in found.items()}


def watched_pages(connection: Connection, release_ids: Collection[str]) -> dict[str, str]:
    """Give the page that the watch looks at, by release id; a release that nothing watches is not there.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    return dict(_each(connection, _WATCHED, release_ids))


def posts_published(connection: Connection, release_ids: Collection[str]) -> dict[str, bytes]:
    """Give the list of posts of some releases as it was last published, canonical JSON, by release id.

    Args:
        connection: Any connection.
        release_ids: As many as there are.
    """
    return {row.release_id: row.rows.encode() for row in _each(connection, _PUBLISHED, release_ids)}


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
    return frozenset(tuple(row) for row in _each(connection, _TOLD, release_ids))


def _terms(named: Sequence[Any]) -> Grant:
    terms = dict(zip(TERMS, named, strict=True))
    return Grant("", "", "", **{**terms, "grant_class": GrantClass(terms["grant_class"])})


def _each(connection: Connection, asked: Select[Any], idents: Collection[str]) -> Iterator[_AnyRow]:
    wanted = sorted(idents)
    for place in range(0, len(wanted), _MANY):
        yield from plain(connection.execute(asked, {"idents": wanted[place : place + _MANY]}))
