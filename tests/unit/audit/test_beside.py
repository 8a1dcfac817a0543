"""Attack: what auditors search by is altered in the database, so that an entry whose leaf is whole is not found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from app.actions import auditing
from app.audit.entries import Entry, EntryKind
from app.database import Database
from app.records.tables import disclosures, entries
from app.rules.errors import LogDamaged
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story, done

T = london(2026, 6, 16, 9, 30)
ALTERED: dict[str, Any] = {
    "kind": "log_read",
    "outcome": "done",
    "producer_id": None,
    "release_id": None,
    "document_id": None,
    "person_id": None,
    "at": T - timedelta(days=30),
}


@pytest.fixture
def story(any_database_url: str, tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - timedelta(days=8), database_url=any_database_url)
    told.ready(T, CHANCELLOR)
    told.clock.put(T - timedelta(hours=4))
    done(told.opens(CHANCELLOR), 201)
    auditing.sequence(told.tools)
    yield told
    told.service.close()


def alter(story: Story, **values: Any) -> None:
    """Alter the entry of the opening, as somebody who can write to the database would."""
    database: Database = story.tools.database
    with database.engine.begin() as connection:
        changed = connection.execute(update(entries).where(entries.c.kind == "access_decided").values(**values))
        assert changed.rowcount == 1


def searched(story: Story, **query: Any) -> Any:
    return story.ask(story.auditor, "GET", "/audit/entries", params={"limit": 100, **query})


def test_log_that_nobody_altered_is_searched_and_checked(story: Story) -> None:
    assert len(searched(story, kind="access_decided").json()["results"]) == 1
    auditing.check_published(story.tools)


@pytest.mark.parametrize("name", [*ALTERED])
def test_entry_hidden_by_an_altered_column_is_found_by_the_running_check(story: Story, name: str) -> None:
    alter(story, **{name: ALTERED[name]})
    with pytest.raises(LogDamaged, match=name if name != "at" else "'at'"):
        auditing.check_published(story.tools)
    assert [one["kind"] for one in story.incidents(story.service.auditor())] == ["log_damaged"]
    assert story.opens(CHANCELLOR).status_code == 500


@pytest.mark.parametrize("name", ["kind", "outcome", "release_id", "document_id", "person_id", "at"])
def test_entry_with_an_altered_column_is_not_given_to_an_auditor_as_if_it_were_whole(story: Story, name: str) -> None:
    alter(story, **{name: ALTERED[name]})
    refused = searched(story)
    assert (refused.status_code, refused.json()["code"]) == (500, "log_damaged")
    checked = story.entries(EntryKind.LOG_CHECKED)
    assert [one["outcome"] for one in checked] == ["refused"]


@pytest.mark.parametrize("name", ["kind", "person_id"])
def test_log_with_an_altered_column_is_exported_only_with_a_warning_that_names_it(story: Story, name: str) -> None:
    alter(story, **{name: ALTERED[name]})
    with pytest.raises(LogDamaged, match=name):
        story.exported("refused")
    warned = story.exported("warned", despite_damage=True)
    assert name in "".join(path.read_text("utf-8") for path in warned.glob("*.txt"))


def test_entry_that_is_said_to_be_about_somebody_else_is_found(story: Story) -> None:
    database: Database = story.tools.database
    other = story.service.person(ADVISER.name, ADVISER.email)
    alter(story, person_id=other)
    with pytest.raises(LogDamaged, match="person_id"):
        auditing.check_published(story.tools)
    ours = disclosures.c.name == "person", disclosures.c.clear_value == story.id_of(CHANCELLOR)
    with database.engine.begin() as connection:  # and the clear value with it: the commitment in the leaf tells
        connection.execute(update(disclosures).where(*ours).values(clear_value=other))
    with pytest.raises(LogDamaged, match="person_id"):
        auditing.check_published(story.tools)


def test_entry_whose_clear_values_were_erased_lawfully_is_no_damage(story: Story) -> None:
    theirs = story.id_of(CHANCELLOR)
    ours = disclosures.c.name == "person", disclosures.c.clear_value == theirs
    with story.tools.transaction() as tx:
        tx.connection.execute(delete(disclosures).where(*ours))
        tx.connection.execute(update(entries).where(entries.c.person_id == theirs).values(person_id=None))
        tx.append(Entry(EntryKind.PERSON_ERASED, story.clock.now()))
    auditing.check_published(story.tools)
    assert searched(story).status_code == 200
