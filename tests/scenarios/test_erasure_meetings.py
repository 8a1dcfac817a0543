"""Somebody asks for their erasure just when an administrator proposes it: what they asked does not wait for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.records import people
from tests.build import london
from tests.meeting import at_once
from tests.story import STRANGER, Story, done

T = london(2026, 6, 16, 9, 30)


@pytest.fixture
def story(any_database_url: str, tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - timedelta(days=8), database_url=any_database_url)
    yield told
    told.service.close()


@pytest.fixture
def on_postgres(postgres_url: str, tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - timedelta(days=8), database_url=postgres_url)
    yield told
    told.service.close()


def asked_and_proposed(story: Story) -> tuple[list[str], str]:
    """What waits of the person after both; and the proposal."""
    admin, person_id = story.service.administrator(), story.id_of(STRANGER)
    story.headers(admin)
    story.headers(STRANGER)

    def asks() -> Any:
        return story.post(STRANGER, "/me/erasures")

    def proposes() -> Any:
        return story.post(admin, f"/people/{person_id}/erasure", json={"reason": "Asked for in a letter."})

    first, second = at_once(story.tools.database, asks, "^INSERT INTO erasures", proposes)
    done(first, 201)
    proposal = done(second, 201)["erasure_id"]
    return sorted(one["state"] for one in story.get(STRANGER, "/me/erasures")["results"]), proposal


def test_asking_that_meets_a_proposal_is_taken_up_by_it(story: Story) -> None:
    assert asked_and_proposed(story)[0] == ["proposed", "taken_up"]


def test_asking_that_no_proposal_took_up_is_done_with_the_erasure_all_the_same(
    on_postgres: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "keep", lambda *_: None)
    left, proposal = asked_and_proposed(on_postgres)
    assert left == ["asked", "proposed"]  # so the lock is needed
    second = on_postgres.service.auditor()
    done(on_postgres.post(second, f"/erasures/{proposal}/approval"))
    assert [one["state"] for one in on_postgres.get(second, "/erasures")["results"]] == ["done", "done"]
