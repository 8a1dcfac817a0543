"""The freeze of a list on its page: made by hand, taken back, and refused to those who may not."""

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
WHY = "One more post is expected."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A release whose list is in force, a week before."""
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.ready(DUE, CHANCELLOR)
    yield told
    told.service.close()


def release(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}"


def test_head_freezes_the_list_and_takes_that_back(story: Story) -> None:
    head, here = at_pages(story, story.head), f"{release(story)}/freeze"
    assert "By itself at 9:30am on Monday 9 March 2026" in head.looks(release(story))
    assert f'href="{here}"' in head.last.text
    assert here in head.asks("GET", f"/lists/{story.told.listed['list_id']}").text
    assert "A new version can be approved without a reason" in head.looks(here)
    stale = head.field("revision")
    assert head.sends(here, revision=stale, freeze_reason="All are agreed.").headers["location"] == here
    shown = head.looks(here)
    assert ("since 10:00am on Monday 2 March 2026" in shown, "Freeze it now" in shown) == (True, False)
    assert "Frozen since 10:00am" in head.looks(release(story))
    head.looks(here)
    for reason in (" ", "x" * 5001):
        empty = head.sends(f"{release(story)}/thaw", revision=head.field("revision"), thaw_reason=reason)
        assert (empty.status_code, 'href="#thaw_reason"' in empty.text) == (422, True)
        assert reason.strip() in empty.text
    late = head.sends(f"{release(story)}/thaw", revision=stale, thaw_reason=WHY)
    assert (late.status_code, "has changed since you looked at it" in words(late), WHY in late.text) == (
        200,
        True,
        True,
    )
    assert head.sends(f"{release(story)}/thaw", revision=head.field("revision"), thaw_reason=WHY).status_code == 303
    assert "Freeze it now" in head.looks(here)
    assert len(story.entries(EntryKind.LIST_FROZEN)) == len(story.entries(EntryKind.LIST_UNFROZEN)) == 1


def test_what_the_list_does_not_stand_for_is_refused_and_not_asked_for_a_reason(story: Story) -> None:
    head, here = at_pages(story, story.head), f"{release(story)}/freeze"
    head.looks(here)
    nobody = head.sends(f"{release(story)}/thaw", revision=head.field("revision"), thaw_reason="")
    assert (nobody.status_code, "Nobody froze this list." in words(nobody)) == (409, True)
    head.looks(here)
    head.sends(here, revision=head.field("revision"))
    head.looks(here)
    again = head.sends(here, revision=head.field("revision"), freeze_reason="x" * 5001)
    assert (again.status_code, "Nothing more is needed." in words(again)) == (409, True)
    for act, lacks in (("freeze", {"freeze_reason": "x" * 5001}), ("thaw", {"thaw_reason": ""})):
        lead = at_pages(story, story.lead)
        lead.looks("/report")
        assert lead.sends(f"{release(story)}/{act}", revision="1", **lacks).status_code == 403


def test_freeze_that_was_looked_at_before_a_change_or_is_too_long_freezes_nothing(story: Story) -> None:
    head, here = at_pages(story, story.head), f"{release(story)}/freeze"
    head.looks(here)
    long = head.sends(here, revision=head.field("revision"), freeze_reason="x" * 5001)
    assert (long.status_code, 'href="#freeze_reason"' in long.text) == (422, True)
    stale = head.sends(here, revision="1", freeze_reason=WHY)
    assert ("has changed since you looked at it" in words(stale), WHY in stale.text) == (True, True)
    assert story.entries(EntryKind.LIST_FROZEN) == []


def test_freeze_by_itself_is_not_taken_back(story: Story) -> None:
    head, here = at_pages(story, story.head), f"{release(story)}/freeze"
    head.looks(here)
    revision = head.field("revision")
    head.sends(here, revision=revision)
    story.clock.put(DUE - timedelta(hours=23))
    head = at_pages(story, story.head)
    shown = head.looks(here)
    assert ("nobody can take the freeze back" in shown, "<form" in head.last.text.partition("<main")[2]) == (
        True,
        False,
    )
    head.looks(f"{release(story)}/move")
    refused = head.sends(f"{release(story)}/thaw", revision=str(int(revision) + 1), thaw_reason=WHY)
    assert (refused.status_code, "the list stays frozen" in words(refused)) == (409, True)


def test_postponed_and_finished_releases_are_said_to_be_so(story: Story) -> None:
    head, here = at_pages(story, story.head), f"{release(story)}/freeze"
    done(story.moves(story.head, "postponement", reason="Late data."))
    assert "There is no window, as the release has no time set" in head.looks(here)
    done(story.moves(story.head, "cancellation", reason="Not made any more."))
    shown = head.looks(here)
    assert ("its list no longer changes" in shown, "Freeze it now" in shown) == (True, False)


@pytest.mark.parametrize("who", ["statistician", "lead", "auditor"])
def test_others_of_the_producer_see_the_freeze_and_do_not_make_it(story: Story, who: str) -> None:
    visitor, here = at_pages(story, getattr(story, who)), f"{release(story)}/freeze"
    shown = visitor.looks(here)
    assert ("The head of profession freezes a list" in shown, "Freeze it now" in shown) == (True, False)
    visitor.looks("/report")
    assert visitor.sends(here, revision="1").status_code == 403
    assert story.entries(EntryKind.LIST_FROZEN) == []


def test_freeze_is_nothing_to_those_without_a_role_there(story: Story) -> None:
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (other, CHANCELLOR, STRANGER):
        visitor = at_pages(story, who)
        assert visitor.asks("GET", f"{release(story)}/freeze").status_code == 404
        for act in ("freeze", "thaw"):
            visitor.looks("/report")
            assert visitor.sends(f"{release(story)}/{act}", revision="1", thaw_reason=WHY).status_code == 404
