"""Openings looked up from what was found in a stray copy, each with what must be known of it to go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, true

from app.records.tables import documents, grants, openings, organisations, people, posts, producers, releases

_AT_ONCE = 500  # as many as every database takes in one question
Scope = frozenset[str] | None
"""The organisations whose releases may be seen; None for all of them."""


@dataclass(frozen=True, slots=True)
class TracedOpening:
    """An opening, with what was opened and by whom.

    Attributes:
        started_at: When its copy was first fetched; None when it never was.
        outcome: Of the latest fetch, as ``OpeningRow`` has it.
    """

    opening_id: str
    number: str
    opened_at: datetime
    started_at: datetime | None
    outcome: str
    revealed_at: datetime | None
    copy_format: str
    document_id: str
    file_name: str
    version: int
    release_id: str
    release_title: str
    producer_id: str
    post_title: str
    organisation: str
    person_id: str
    person_name: str

    @property
    def carried_bare(self) -> bool:
        """Whether its copy carries the document as it is, beside the mark."""
        return self.copy_format == "zip"


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with the same bytes, and how often it was opened."""

    document_id: str
    file_name: str
    media_type: str
    release_id: str
    producer_id: str
    opened: int


def by_copy(connection: Connection, sha256: str, scope: Scope) -> tuple[TracedOpening, ...]:
    """Give the openings whose latest whole copy had this hash: one, or none."""
    return _rows(connection, _wanted(scope).where(openings.c.copy_sha256 == sha256))


def by_numbers(connection: Connection, numbers: Iterable[str], scope: Scope) -> dict[str, TracedOpening]:
    """Give the openings that have one of these numbers, by number."""
    return {one.number: one for one in _by_numbers(connection, numbers, scope)}


def of_document(connection: Connection, document_id: str, limit: int) -> tuple[TracedOpening, ...]:
    """Give the openings of a document, oldest first, at most so many."""
    wanted = _wanted(None).where(openings.c.document_id == document_id)
    return _rows(connection, wanted.order_by(openings.c.opened_at).limit(limit))


def documents_of(connection: Connection, sha256: str, scope: Scope) -> tuple[StoredDocument, ...]:
    """Give the documents that have these bytes, oldest first."""
    count = (
        select(func.count())
        .select_from(openings)
        .where(openings.c.document_id == documents.c.document_id)
        .scalar_subquery()
    )
    wanted = (
        select(
            documents.c.document_id,
            documents.c.file_name,
            documents.c.media_type,
            documents.c.release_id,
            releases.c.producer_id,
            count.label("opened"),
        )
        .join(releases, releases.c.release_id == documents.c.release_id)
        .join(producers, producers.c.producer_id == releases.c.producer_id)
        .where(documents.c.sha256 == sha256, _within(scope))
        .order_by(documents.c.uploaded_at, documents.c.document_id)
    )
    return tuple(StoredDocument(**row) for row in connection.execute(wanted).mappings())


def _by_numbers(connection: Connection, numbers: Iterable[str], scope: Scope) -> Iterator[TracedOpening]:
    asked = sorted(set(numbers))
    for start in range(0, len(asked), _AT_ONCE):
        some = openings.c.number.in_(asked[start : start + _AT_ONCE])
        yield from _rows(connection, _wanted(scope).where(some))


def _wanted(scope: Scope) -> Select[Any]:
    return (
        select(
            openings.c.opening_id,
            openings.c.number,
            openings.c.opened_at,
            openings.c.started_at,
            openings.c.outcome,
            openings.c.revealed_at,
            openings.c.copy_format,
            documents.c.document_id,
            documents.c.file_name,
            documents.c.version,
            releases.c.release_id,
            releases.c.title.label("release_title"),
            releases.c.producer_id,
            posts.c.title.label("post_title"),
            organisations.c.name.label("organisation"),
            people.c.person_id,
            people.c.name.label("person_name"),
        )
        .join(documents, documents.c.document_id == openings.c.document_id)
        .join(releases, releases.c.release_id == openings.c.release_id)
        .join(producers, producers.c.producer_id == releases.c.producer_id)
        .join(people, people.c.person_id == openings.c.person_id)
        .join(grants, grants.c.grant_id == openings.c.grant_id)
        .join(posts, posts.c.post_id == grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .where(_within(scope))
    )


def _within(scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else producers.c.organisation_id.in_(scope)


def _rows(connection: Connection, wanted: Select[Any]) -> tuple[TracedOpening, ...]:
    return tuple(TracedOpening(**row) for row in connection.execute(wanted).mappings())
