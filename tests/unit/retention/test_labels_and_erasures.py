"""An entry comes, or is given its labels, while the person is erased: no half of it is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from app.actions import auditing, searching
from app.audit.entries import Entry, EntryKind
from app.records import erasing
from app.records.tables import disclosures, entries, entry_labels
from tests.meeting import at_once
from tests.service import Service

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
GIVING, TAKING = r"^INSERT INTO entry_labels", r"^DELETE FROM disclosures"


@pytest.fixture
def service(tmp_path: Path, any_database_url: str) -> Iterator[Service]:
    made = Service(tmp_path, NOON, database_url=any_database_url)
    yield made
    made.close()


def unlabelled(service: Service, person_id: str, about: str | None) -> None:
    """Have a person do something, and leave the entries as a version without labels left them."""
    with service.tools.transaction() as tx:
        tx.append(Entry(EntryKind.SIGNED_IN, NOON, actor_id=person_id, person_id=about))
    with service.tools.database.engine.begin() as connection:
        connection.execute(delete(entry_labels))
        connection.execute(update(entries).values(labelled=None))


def left_of(service: Service, person_id: str) -> tuple[list[str], list[str], int]:
    """Give what still says the person: labels, clear values; and how many entries lack their labels."""
    with service.tools.reading() as connection:
        labels = connection.execute(select(entry_labels.c.name).where(entry_labels.c.value == person_id))
        clear = connection.execute(select(disclosures.c.name).where(disclosures.c.clear_value == person_id))
        lacking = connection.execute(select(entries.c.arrival).where(entries.c.labelled.is_(None))).all()
        return list(labels.scalars()), list(clear.scalars()), len(lacking)


def record(service: Service, entry: Entry) -> None:
    with service.tools.transaction() as tx:
        tx.append(entry)


@pytest.mark.parametrize("about", ["the person", "nobody"])
@pytest.mark.parametrize("first", ["labels", "erasure"])
def test_label_given_beside_an_erasure_is_not_left_behind(service: Service, first: str, about: str) -> None:
    person_id = service.person("Ash Example", "ash@example.gov.example")
    unlabelled(service, person_id, person_id if about == "the person" else None)

    def erase() -> None:
        with service.tools.transaction() as tx:
            erasing.forget_person(tx.connection, person_id, NOON)
            tx.append(Entry(EntryKind.PERSON_ERASED, NOON))

    def label() -> None:
        searching.label_entries(service.tools)

    acts: tuple[Callable[[], None], str, Callable[[], None]] = (
        (label, GIVING, erase) if first == "labels" else (erase, TAKING, label)
    )
    at_once(service.tools.database, *acts)
    while searching.label_entries(service.tools):
        pass
    assert left_of(service, person_id) == ([], [], 0)
    auditing.sequence(service.tools)
    auditing.check_published(service.tools)


@pytest.mark.parametrize(
    "before",
    [
        "^DELETE FROM entry_labels",
        TAKING,
        "^UPDATE entries SET person_id",
        "^DELETE FROM sessions",
        "^UPDATE people",
    ],
)
def test_entry_that_comes_in_the_midst_of_an_erasure_stays_whole(service: Service, before: str) -> None:
    person_id = service.person("Ash Example", "ash@example.gov.example")
    asked = Entry(EntryKind.SIGNED_IN, NOON, actor_id=person_id, person_id=person_id)
    record(service, asked)
    record(service, Entry(EntryKind.CLOCK_CHECKED, NOON, actor_id=person_id))

    def erase() -> None:
        with service.tools.transaction() as tx:
            erasing.forget_person(tx.connection, person_id, NOON)
            tx.append(Entry(EntryKind.PERSON_ERASED, NOON))

    at_once(service.tools.database, erase, before, lambda: record(service, asked))
    labels, clear, lacking = left_of(service, person_id)
    assert (labels, sorted(clear), lacking) == (["actor"], ["actor", "person"], 0)
    auditing.sequence(service.tools)
    auditing.check_published(service.tools)
