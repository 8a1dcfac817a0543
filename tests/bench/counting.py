"""Statistics of many releases: how long they take, and how many questions the database is asked."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event, insert

from app.actions import statistics
from app.actions.tools import Actor, RoleHeld
from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.facts import Role
from app.rules.periods import between
from tests.bench.figures import BenchFailed, Figure, Site
from tests.build import london
from tests.service import Sat, Service

_PEOPLE = 200
_LISTED = 30
_OPENING = 20  # of those listed
_AUDITOR = Actor("bench", "Bench", (RoleHeld(Role.AUDITOR, None),))
_BEGUN = london(2026, 1, 5, 9, 30)
_PERIOD = between(date(2026, 1, 1), date(2026, 12, 31))


def measure(site: Site) -> list[Figure]:
    """Count the statistics of releases that have 30 recipients, 20 openings and 30 declarations each.

    Raises:
        BenchFailed: They were not all counted.
    """
    return [_counted(site, number) for number in ((20,) if site.quick else (100, 1000))]


def _counted(site: Site, number: int) -> Figure:
    folder = site.folder / f"counted-{number}"
    folder.mkdir()
    service = Service(folder, london(2026, 1, 1))
    sat = service.producer()
    with service.tools.transaction() as tx:
        _fill(tx.connection, sat, number, service.clock.now())
        tx.append(Entry(EntryKind.RELEASE_REGISTERED, service.clock.now()))
    service.clock.put(london(2028, 1, 1))
    questions: list[str] = []
    event.listen(service.tools.database.engine, "before_cursor_execute", lambda *sent: questions.append(sent[2]))
    spans = []
    for _ in range(5):
        questions.clear()
        begun = time.perf_counter()
        found = statistics.read_statistics(service.tools, _AUDITOR, sat.producer_id, _PERIOD).told
        spans.append(time.perf_counter() - begun)
        if [one.value for one in found.figures[:2]] != [number, number * _LISTED]:
            raise BenchFailed("not every release was counted")
    service.close()
    return Figure(
        f"statistics of {number} releases",
        f"{min(spans):.2f} s, {len(questions)} questions",
        how=f"{_LISTED} recipients, {_OPENING} openings, {_LISTED} declarations each; best of 5, SQLite",
        numbers={"seconds": round(min(spans), 3), "questions": len(questions)},
    )


def _fill(connection: Connection, sat: Sat, number: int, at: datetime) -> None:
    connection.execute(insert(tables.people), [_person(place, at) for place in range(_PEOPLE)])
    posts = [{"post_id": _id("pst", place), "organisation_id": sat.organisation_id} for place in range(_PEOPLE)]
    connection.execute(insert(tables.posts), [{**one, "title": one["post_id"], "unit": ""} for one in posts])
    made: dict[Any, list[dict[str, Any]]] = {}
    for place in range(number):
        due = _BEGUN + timedelta(hours=8) * place
        for table, rows in _release(sat.producer_id, place, due, at).items():
            made.setdefault(table, []).extend(rows)
    for table, rows in made.items():
        connection.execute(insert(table), rows)


def _id(prefix: str, place: int) -> str:
    return f"{prefix}_{place:024x}"


def _person(place: int, at: datetime) -> dict[str, Any]:
    address = f"bench{place}@bench.gov.example"
    return {"person_id": _id("per", place), "name": f"Bench {place}", "email": address, "added_at": at}


def _release(producer_id: str, place: int, due: datetime, at: datetime) -> dict[Any, list[dict[str, Any]]]:
    release, listed, document = _id("rel", place), _id("lst", place), _id("doc", place)
    people = [(place * 7 + number) % _PEOPLE for number in range(_LISTED)]
    rows = [(place * _LISTED + number, person) for number, person in enumerate(people)]
    return {
        tables.releases: [
            {
                "release_id": release, "producer_id": producer_id, "title": f"Release {place}", "revision": 1,
                "governing_order": "uk", "sensitivity": "market_sensitive", "state": "published", "publishes_at": due,
                "published_at": due, "prepared_by": "bench", "added_at": at,
            }
        ],
        tables.lists: [
            {
                "list_id": listed, "release_id": release, "version": 1, "state": "approved", "prepared_by": "bench",
                "prepared_at": at, "approved_at": at, "revision": 1,
            }
        ],
        tables.documents: [
            {
                "document_id": document, "release_id": release, "file_name": "figures.csv", "media_type": "text/csv",
                "version": 1, "state": "final", "sha256": "0" * 64, "crc32": 0, "plain_bytes": 1, "sealed_bytes": 1,
                "object_name": document, "wrapped_identity": b"", "uploaded_by": "bench", "uploaded_at": at,
                "revision": 1,
            }
        ],
        tables.grants: [
            {
                "grant_id": _id("grt", number), "list_id": listed, "row": number, "post_id": _id("pst", person),
                "person_id": _id("per", person), "grant_class": "eligible_person", "ground": "Bench", "seat": 1,
            }
            for number, person in rows
        ],
        tables.declarations: [
            {
                "declaration_id": _id("dcl", number), "person_id": _id("per", person), "release_id": release,
                "list_version": 1, "undertaking_version": "1", "undertaking_sha256": "0" * 64, "undertaking_text": "",
                "signed_at": at, "lapses_at": due + timedelta(days=1), "how": "own_key", "jws": "",
            }
            for number, person in rows
        ],
        tables.openings: [
            {
                "opening_id": _id("opn", number), "number": str(number), "document_id": document, "session_id": "bench",
                "release_id": release, "person_id": _id("per", person), "grant_id": _id("grt", number),
                "opened_at": due - timedelta(hours=5), "expires_at": due, "outcome": "completed",
                "window_opened_at": due - timedelta(hours=24), "copy_format": "zip",
            }
            for number, person in rows[:_OPENING]
        ],
    }  # fmt: skip
