"""Attack: another producer's preparer ends the holding of a person on a list, shuts them out, and nobody is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.records import posts
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Reader, Story, codes, done
from tests.unit.lists.real import as_csv

T = london(2026, 6, 16, 9, 30)
SUBJECT = "Somebody on your list leaves their post: Chancellor"


@pytest.fixture
def story(tmp_path: Path) -> Story:
    told = Story(tmp_path, T - timedelta(days=8))
    told.ready(T, CHANCELLOR, ADVISER)
    told.clock.put(T - timedelta(hours=20))
    return told


def ends(story: Story, who: Reader | str, until_on: str = "2026-06-14") -> Any:
    grant = story.grant_of(CHANCELLOR)
    with story.tools.reading() as connection:
        (held,) = [
            one for one in posts.holdings_of_person(connection, grant["person_id"]) if one.post_id == grant["post_id"]
        ]
    return story.post(who, f"/holdings/{held.holding_id}/end", json={"until_on": until_on})


def subjects(story: Story, who: str) -> list[str]:
    return [subject for subject, _ in story.letters(who) if "leaves their post" in subject]


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION])
def test_preparer_whom_a_holding_does_not_concern_cannot_end_it_nor_learn_of_it(story: Story, role: Role) -> None:
    other = story.service.producer("Another Office").people[role]
    refused, absent = (
        ends(story, other),
        story.post(other, "/holdings/hld_" + "0" * 24 + "/end", json={"until_on": "2026-06-14"}),
    )
    for one in (refused, absent):
        assert (one.status_code, one.json()["code"]) == (404, "not_found")
    assert story.entries(EntryKind.HOLDING_ENDED) == []
    assert story.opens(CHANCELLOR).status_code == 201


def test_producer_that_lists_somebody_is_told_when_another_that_lists_them_too_ends_their_holding(story: Story) -> None:
    other = story.service.producer("Another Office")
    head, statistician = other.people[Role.HEAD_OF_PROFESSION], other.people[Role.STATISTICIAN]
    mine = story.told
    body = {"title": "House prices", "producer_id": other.producer_id, "order": "uk", "sensitivity": "ordinary"}
    body |= {"publishes_at": "2026-07-14T08:30:00Z", "public_url": "https://other.gov.example/house-prices"}
    release_id = done(story.post(statistician, "/releases", json=body), 201)["release_id"]
    assert ends(story, statistician).status_code == 404  # it lists nobody yet
    headings = ["Post", "Organisation", "Hours", "Name", "Email", "In post from", "Ground"]
    sheet, headers = as_csv([headings, CHANCELLOR.row()]), {"Content-Type": "text/csv"}
    made = done(story.post(statistician, f"/releases/{release_id}/lists/imports", content=sheet, headers=headers), 201)
    assert ends(story, statistician).status_code == 404  # a draft is one person's word
    assert story.entries(EntryKind.HOLDING_ENDED) == []
    draft = story.get(statistician, f"/lists/{made['draft']['list_id']}")
    done(story.post(head, f"/lists/{draft['list_id']}/approval", revision=draft["revision"]))
    story.told = mine
    done(ends(story, statistician))
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]
    assert (subjects(story, story.head), subjects(story, story.lead)) == ([SUBJECT], [SUBJECT])
    (letter,) = [body for subject, body in story.letters(story.head) if subject == SUBJECT]
    assert f"{CHANCELLOR.name} holds the post of Chancellor, Example Treasury until" in letter
    assert ("- Claimant count" in letter, "House prices" in letter) == (True, False)
    assert subjects(story, head) == []  # their own statistician did it
    (entry,) = story.entries(EntryKind.HOLDING_ENDED)
    assert entry["said"]["producers_told"] == [story.sat.producer_id]


def test_administrator_may_end_any_holding_and_each_producer_that_lists_the_holder_is_told(story: Story) -> None:
    done(ends(story, story.service.administrator("admin@service.gov.example")))
    assert subjects(story, story.head) == [SUBJECT]
    assert ends(story, story.statistician).json()["code"] == "already_ended"
    assert subjects(story, story.head) == [SUBJECT]


def test_preparer_of_the_only_producer_concerned_ends_a_holding_and_writes_no_letter(story: Story) -> None:
    done(ends(story, story.statistician))
    assert subjects(story, story.head) == []
    (entry,) = story.entries(EntryKind.HOLDING_ENDED)
    assert "producers_told" not in entry["said"]
