"""An action is dropped while a suspension begins to wait for it: whoever is first, none waits for what nobody will do.

That the lock on the action is what holds this is seen by taking it away, on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.records import corrective_actions
from tests.meeting import at_once
from tests.story import CHANCELLOR, Story, done
from tests.unit.breaches.test_corrective_actions import adds, ends, listed, reported
from tests.unit.breaches.test_reinstatement_by_action import renames, suspends

DROPPING, BINDING = "^UPDATE corrective_actions", "^INSERT INTO suspension_actions"
Left = tuple[list[int], list[str | None], list[list[str]]]  # answers, outcomes of actions, what each suspension awaits
Meets = Callable[[Story], tuple[Left, Left]]  # what is left, and what should be


@pytest.fixture
def story(tmp_path: Path, any_database_url: str) -> Iterator[Story]:
    told = reported(tmp_path, any_database_url)
    yield told
    told.service.close()


def signed_in(story: Story) -> None:
    for who in (story.head, story.lead, CHANCELLOR):  # or signing in would come between
        story.headers(who)


def left(story: Story, *answers: Any) -> Left:
    found = story.get(story.head, f"/producers/{story.sat.producer_id}/suspensions")["results"]
    return (
        [one.status_code for one in answers],
        [one["outcome"] for one in listed(story)],
        [one["corrective_action_ids"] for one in found],
    )


def dropping_meets_suspension(story: Story) -> tuple[Left, Left]:
    action = done(adds(story), 201)
    signed_in(story)
    answers = at_once(
        story.tools.database, lambda: ends(story, action, "dropped"), DROPPING, lambda: suspends(story, action)
    )
    return left(story, *answers), ([200, 422], ["dropped"], [])


def suspension_meets_dropping(story: Story) -> tuple[Left, Left]:
    action = done(adds(story), 201)
    signed_in(story)
    answers = at_once(
        story.tools.database, lambda: suspends(story, action), BINDING, lambda: ends(story, action, "dropped")
    )
    return left(story, *answers), ([201, 409], [None], [[action["corrective_action_id"]]])


def change_of_conditions_meets_dropping(story: Story) -> tuple[Left, Left]:
    action = done(adds(story), 201)
    begun = done(suspends(story), 201)
    signed_in(story)
    answers = at_once(
        story.tools.database, lambda: renames(story, begun, action), BINDING, lambda: ends(story, action, "dropped")
    )
    return left(story, *answers), ([200, 409], [None], [[action["corrective_action_id"]]])


def dropping_meets_change_of_conditions(story: Story) -> tuple[Left, Left]:
    action = done(adds(story), 201)
    begun = done(suspends(story), 201)
    signed_in(story)
    answers = at_once(
        story.tools.database, lambda: ends(story, action, "dropped"), DROPPING, lambda: renames(story, begun, action)
    )
    return left(story, *answers), ([200, 422], ["dropped"], [[]])


MEETINGS = (
    dropping_meets_suspension,
    suspension_meets_dropping,
    change_of_conditions_meets_dropping,
    dropping_meets_change_of_conditions,
)


@pytest.mark.parametrize("meet", MEETINGS, ids=lambda meet: meet.__name__)
def test_meeting_of_a_dropping_and_a_suspension_leaves_what_one_order_leaves(story: Story, meet: Meets) -> None:
    found, should_be = meet(story)
    assert found == should_be


@pytest.mark.parametrize("meet", MEETINGS, ids=lambda meet: meet.__name__)
def test_meeting_without_the_lock_on_the_action_goes_wrong(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch, meet: Meets
) -> None:
    monkeypatch.setattr(corrective_actions, "keep", lambda *_: None)
    story = reported(tmp_path, postgres_url)
    found, should_be = meet(story)
    story.service.close()
    assert found != should_be
