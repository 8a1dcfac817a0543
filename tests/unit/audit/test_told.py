"""Entries read for what they say to all are those of the whole reading, and none that was altered passes for whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from app.actions.tools import Tools
from app.audit import reading, told
from app.audit.entries import Entry, EntryKind
from app.audit.reading import Wanted
from app.records.tables import disclosures, entries
from app.rules.errors import LogDamaged
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story, done

T = london(2026, 6, 16, 9, 30)
PARTS = ("entry_id", "at", "kind", "outcome", "document_id", "person_id", "said")


@pytest.fixture
def story(any_database_url: str, tmp_path: Path) -> Iterator[Story]:
    begun = Story(tmp_path, london(2026, 6, 8, 9, 30), database_url=any_database_url)
    begun.ready(T, CHANCELLOR, ADVISER)
    begun.clock.put(london(2026, 6, 16, 5, 30))
    done(begun.opens(CHANCELLOR), 201)
    yield begun
    begun.service.close()


def both(tools: Tools, wanted: Wanted) -> tuple[list[Any], list[Any]]:
    with tools.reading() as connection:
        whole = [tuple(getattr(one, part) for part in PARTS) for one in reading.every(connection, wanted)]
        return whole, [tuple(one) for one in told.told(connection, wanted)]


@pytest.mark.parametrize("at_once", [1, 3, 1_000])
def test_what_is_told_is_what_the_whole_reading_gives(
    story: Story, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "_MANY", at_once)
    kinds = frozenset({"access_decided", "list_approved"})
    for wanted in (
        Wanted(),
        Wanted(release_id=story.told.release_id),
        Wanted(release_id=story.told.release_id, kinds=kinds),
        Wanted(person_id=story.id_of(CHANCELLOR)),
        Wanted(kind="nothing_of_the_kind"),
    ):
        whole, found = both(story.tools, wanted)
        assert found == whole
        newest = max(whole, key=lambda one: one[1], default=None)
        with story.tools.reading() as connection:
            last = told.newest(connection, wanted)
        assert (last is None) == (newest is None)
        assert last is None or newest is None or last.at == newest[1]


def test_entry_whose_person_was_erased_lawfully_is_told_as_about_nobody(story: Story) -> None:
    theirs = story.id_of(CHANCELLOR)
    with story.tools.transaction() as tx:
        behind = disclosures.c.name == "person", disclosures.c.clear_value == theirs
        tx.connection.execute(delete(disclosures).where(*behind))
        tx.connection.execute(update(entries).where(entries.c.person_id == theirs).values(person_id=None))
        tx.append(Entry(EntryKind.PERSON_ERASED, story.clock.now()))
    whole, found = both(story.tools, Wanted(kind="access_decided"))
    assert found == whole
    assert [one[PARTS.index("person_id")] for one in found] == [None]


@pytest.mark.parametrize(
    "values", [{"outcome": "done"}, {"document_id": None}, {"person_id": None}, {"leaf": b"[1]"}, {"leaf": b"\xff"}]
)
def test_entry_that_was_altered_is_not_told(story: Story, values: dict[str, Any]) -> None:
    with story.tools.database.engine.begin() as connection:
        connection.execute(update(entries).where(entries.c.kind == "access_decided").values(**values))
    with story.tools.reading() as connection:
        with pytest.raises(LogDamaged):
            list(told.told(connection, Wanted(release_id=story.told.release_id)))
        with pytest.raises(LogDamaged):
            told.newest(connection, Wanted(kind="access_decided"))


def test_leaf_that_cannot_be_read_is_not_quoted_where_that_is_logged(story: Story) -> None:
    with story.tools.database.engine.begin() as connection:
        connection.execute(update(entries).where(entries.c.kind == "access_decided").values(leaf=b'{"name": "Somebody'))
    with story.tools.reading() as connection, pytest.raises(LogDamaged) as refused:
        list(told.told(connection, Wanted(kind="access_decided")))
    assert refused.value.__cause__ is not None
    assert "Somebody" not in f"{refused.value} {refused.value.__cause__}"
