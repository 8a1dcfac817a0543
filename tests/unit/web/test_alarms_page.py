"""The alarms of a release on their page: seen by those who work for its producer, and taken in hand by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import words
from tests.unit.web.listing import at_pages

DUE = london(2026, 3, 10, 9, 30)
MINUTE = timedelta(minutes=1)
NOTHING = "alm_" + "0" * 24


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A release that nothing confirms to be public two minutes after its time."""
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.ready(DUE, CHANCELLOR)
    for minute in (1, 2):
        told.clock.put(DUE + minute * MINUTE)
        told.works()
    yield told
    told.service.close()


def release(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}"


def place(story: Story) -> str:
    (alarm,) = story.get(story.head, f"/releases/{story.told.release_id}/alarms")["results"]
    return f"{release(story)}/alarms/{alarm['alarm_id']}/acknowledgement"


def test_alarm_is_seen_and_taken_in_hand_by_one_person(story: Story) -> None:
    here = f"{release(story)}/alarms"
    assert (
        f"Say that you have it in hand: {story.tools.policy.public_address}{here}" in story.letters(story.head)[-1][1]
    )
    head, statistician = at_pages(story, story.head), at_pages(story, story.statistician)
    assert "An alarm of this release rings, and nobody has it in hand." in statistician.looks(release(story))
    assert f'href="{here}"' in statistician.last.text
    shown = statistician.looks(here)
    told = ("Nobody has it in hand", "2 times, last at 9:32am", "Next at 9:35am", "its publication is not confirmed")
    assert [one for one in told if one not in shown] == []
    field = "note-" + place(story).split("/")[-2]
    long = statistician.sends(place(story), **{field: "x" * 5001})
    assert (long.status_code, f'href="#{field}"' in long.text, "x" * 5001 in long.text) == (422, True, True)
    head.looks(here)
    assert statistician.sends(place(story), **{field: "On the phone."}).headers["location"] == here
    late = head.sends(place(story))
    assert (late.status_code, "Somebody has had this in hand since" in words(late)) == (200, True)
    name = story.get(story.statistician, "/me")["name"]
    assert [one for one in (name, "On the phone.", "In hand") if one not in words(late)] == []
    assert "I have it in hand" not in words(late)
    assert "rings" not in head.looks(release(story))
    assert len(story.entries(EntryKind.ALARM_ACKNOWLEDGED)) == 1


def test_alarm_that_is_over_says_why(story: Story) -> None:
    story.published()
    shown = at_pages(story, story.head).looks(f"{release(story)}/alarms")
    assert ("the release was published" in shown, "I have it in hand" in shown) == (True, False)


def test_release_without_an_alarm_says_when_there_would_be_one(story: Story) -> None:
    story.release(london(2026, 4, 14, 9, 30), title="Earnings")
    shown = at_pages(story, story.auditor).looks(f"{release(story)}/alarms")
    assert "There is none, and there was none. One is raised a minute after the time set" in shown
    done(story.moves(story.head, "postponement", reason="Table 4 is not finished."))
    shown = at_pages(story, story.auditor).looks(f"{release(story)}/alarms")
    assert "The release has no time set; none is raised until it has one." in shown


def test_alarms_are_nothing_to_others_and_auditors_only_read(story: Story) -> None:
    here, acknowledgement = f"{release(story)}/alarms", place(story)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (other, STRANGER, CHANCELLOR):
        visitor = at_pages(story, who)
        assert visitor.asks("GET", here).status_code == 404
        visitor.looks("/report")
        assert visitor.sends(acknowledgement).status_code == 404
    auditor = at_pages(story, story.auditor)
    assert ("Nobody has it in hand" in auditor.looks(here), "I have it in hand" in words(auditor.last)) == (True, False)
    auditor.looks("/report")
    assert auditor.sends(acknowledgement).status_code == 403
    head = at_pages(story, story.head)
    head.looks(here)
    assert head.sends(f"{here}/{NOTHING}/acknowledgement").status_code == 404
    assert story.entries(EntryKind.ALARM_ACKNOWLEDGED) == []
