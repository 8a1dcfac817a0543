"""Decisions about one release at the same moment, hands that a standing list hides, and letters to those who left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import deputies
from app.actions.coordination import seniors_of
from app.records import releases, tables
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story, codes, done

T = london(2026, 6, 16, 9, 30)
DAY = timedelta(days=1)


@pytest.fixture
def shared(any_database_url: str | None, tmp_path: Path) -> Iterator[Story]:
    story = Story(tmp_path, T - 8 * DAY, database_url=any_database_url)
    yield story
    story.service.close()


def deputy_of(story: Story, recipient: Reader) -> dict[str, Any]:
    return {
        "name": STRANGER.name,
        "email": STRANGER.email,
        "post_title": "Deputy Adviser",
        "organisation": recipient.organisation,
        "held_from_on": "2025-03-03",
        "reason": "Leave.",
        "for_person_id": story.id_of(recipient),
    }


def test_deputy_approved_while_a_new_version_is_approved_brings_nobody_back(
    shared: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = shared
    story.ready(T, ADVISER, CHANCELLOR)
    release_id = story.told.release_id
    asked = story.post(story.statistician, f"/releases/{release_id}/deputies", json=deputy_of(story, ADVISER))
    deputy = done(asked, 201)["deputy_id"]
    newer = done(story.post(story.statistician, f"/releases/{release_id}/lists", json={}), 201)
    (gone,) = [one["grant_id"] for one in newer["grants"] if one["holder_email"] == CHANCELLOR.email]
    path = f"/lists/{newer['list_id']}/grants/{gone}"
    assert story.ask(story.statistician, "DELETE", path, revision=newer["revision"]).status_code < 300
    story.told.listed = story.get(story.statistician, f"/lists/{newer['list_id']}")
    story.headers(story.head)
    made, other = deputies.deputising.make_version, threading.Thread(target=story.approves)

    def meanwhile(*given: Any) -> Any:
        other.start()
        other.join(2)  # on PostgreSQL it waits for this transaction; where there is one writer it waits too
        return made(*given)

    monkeypatch.setattr(deputies.deputising, "make_version", meanwhile)
    story.post(story.head, f"/deputies/{deputy}/approval", json={})
    other.join()
    versions = story.get(story.head, f"/releases/{release_id}/lists")["results"]
    assert [one["state"] for one in versions].count("approved") == 1
    dropped = [one for one in versions if one["list_id"] == newer["list_id"] and one["state"] == "superseded"]
    assert dropped == []  # either it is in force, or it was refused because a newer version is


def test_whoever_changed_a_standing_list_approves_no_draft_derived_from_it(begin: Begin) -> None:
    story = begin(T - 40 * DAY)
    story.release(T, series="Claimant count")
    listed = story.list_with(CHANCELLOR)
    path = f"/series/{story.get(story.head, f'/releases/{story.told.release_id}')['series_id']}/standing-list"
    body = {"list_id": listed["list_id"]}
    assert story.post(story.head, path, json=body).status_code == 428
    assert story.post(story.head, path, revision=5, json=body).status_code == 412
    done(story.post(story.head, path, revision=0, json=body), 201)
    line = {
        "post_title": STRANGER.post,
        "organisation": STRANGER.organisation,
        "ground": "x",
        "holder": {"email": STRANGER.email, "name": STRANGER.name, "held_from_on": "2020-01-01"},
    }
    done(story.post(story.head, f"{path}/grants", revision=1, json=line), 201)
    story.release(T + 28 * DAY, series="Claimant count", title="Next")
    draft = done(story.post(story.statistician, f"/releases/{story.told.release_id}/lists", json={}), 201)
    refused = story.post(story.head, f"/lists/{draft['list_id']}/approval", revision=draft["revision"], json={})
    assert "second_person_required" in codes(refused)


def test_fourth_request_for_a_deputy_within_a_day_is_one_too_many(begin: Begin) -> None:
    story = begin(T - 8 * DAY)
    story.ready(T, ADVISER)
    path, body = f"/releases/{story.told.release_id}/deputies", deputy_of(story, ADVISER)
    for _ in range(3):
        made = done(story.post(story.statistician, path, json=body), 201)["deputy_id"]
        assert story.post(story.statistician, f"/deputies/{made}/withdrawal", json={}).status_code < 300
    assert story.post(story.statistician, path, json=body).status_code == 429
    story.clock.put(T - 7 * DAY)
    done(story.post(story.statistician, path, json=body), 201)


def test_lead_official_who_has_left_is_told_nothing_more(begin: Begin) -> None:
    story = begin(T - 8 * DAY)
    release_id = story.release(T, lead_official_id=story.lead)
    with story.tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        held = select(tables.roles.c.role_id).where(tables.roles.c.person_id == story.lead)
        (role_id,) = connection.execute(held).scalars()
        assert [one.person_id for one in seniors_of(connection, row, story.clock.now(), head=False)] == [story.lead]
    administrator = story.service.administrator("admin@service.gov.example")
    done(story.post(administrator, f"/roles/{role_id}/end", json={"reason": "Left."}))
    with story.tools.reading() as connection:
        assert seniors_of(connection, row, story.clock.now(), head=False) == ()
