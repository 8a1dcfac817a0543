"""The rule asked again by what the producer asked then: its own words of the declaration, and its training."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.audit.entries import EntryKind
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.scenarios.test_later_knowledge import held, works
from tests.story import ADVISER, CHANCELLOR, Story, answered, done

DAY = timedelta(days=1)
OPENS_AT = london(2026, 6, 15, 9, 30)
PUBLISHES_AT = OPENS_AT + DAY


@pytest.fixture
def story(begin: Begin, any_database_url: str) -> Story:
    return begin(PUBLISHES_AT - 8 * DAY, database_url=any_database_url)


def gives_words(story: Story, words: str) -> None:
    story.clock.forward(minutes=1)
    path = f"/producers/{story.sat.producer_id}/undertaking-words"
    done(story.post(story.head, path, json={"order": "uk", "words": words}), 201)
    story.clock.forward(minutes=1)


def newest_declaration_found_wrong(story: Story) -> str:
    results = story.get(CHANCELLOR, "/me/declarations")["results"]
    newest = max(results, key=lambda one: one["signed_at"])["declaration_id"]
    body = {"kind": "declaration", "declaration_id": newest, "reason": "An assistant signed."}
    return str(done(story.post(story.lead, "/wrong-facts", json=body), 201)["wrong_fact_id"])


def test_earlier_declaration_of_words_that_were_not_in_force_any_more_holds_no_opening(story: Story) -> None:
    """With the newer declaration found wrong, an older one of other words was taken for one that counts."""
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    gives_words(story, "Tell nobody, and keep the copy to yourself.")
    story.signed(CHANCELLOR, ADVISER)
    story.clock.put(OPENS_AT)
    opening = done(story.opens(CHANCELLOR), 201)
    done(story.opens(ADVISER), 201)
    story.clock.forward(hours=1)
    gives_words(story, "Other words, for whoever opens from now on.")
    works(story)
    assert story.incidents() == []  # what is asked from now on says nothing of what was opened before
    wrong = newest_declaration_found_wrong(story)
    works(story)
    (incident,) = story.incidents()
    assert incident["kind"] == "declaration_not_valid"
    assert held(incident) == [(opening["number"], ["declaration_superseded"], True, False)]
    done(story.post(story.head, f"/wrong-facts/{wrong}/withdrawal", json={"reason": "It was they."}))
    works(story)
    assert held(story.incidents()[0]) == [(opening["number"], ["declaration_superseded"], True, True)]


def test_earlier_declaration_of_the_words_in_force_then_holds_its_opening_whatever_came_later(story: Story) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.forward(hours=1)
    story.signed(CHANCELLOR)
    story.clock.put(OPENS_AT)
    done(story.opens(CHANCELLOR), 201)
    story.clock.forward(hours=1)
    gives_words(story, "Other words, for whoever opens from now on.")
    newest_declaration_found_wrong(story)
    works(story)
    assert story.incidents() == []


def asks_for_training(story: Story, days: int | None) -> None:
    path = f"/producers/{story.sat.producer_id}/training-policy"
    done(story.ask(story.head, "PUT", path, json={"training_days": days}))


def trained(story: Story, done_on: str) -> str:
    path = f"/people/{story.id_of(CHANCELLOR)}/training"
    body = {"producer_id": story.sat.producer_id, "course": "Access", "done_on": done_on}
    return str(done(story.post(story.lead, path, json=body), 201)["training_id"])


def withdrawn(story: Story, training_id: str) -> None:
    path = f"/people/{story.id_of(CHANCELLOR)}/training/{training_id}/withdrawal"
    done(story.post(story.head, path, json={"reason": "It was another person of that name."}))


def opened_with_training(story: Story) -> tuple[dict[str, Any], str]:
    asks_for_training(story, 365)
    training_id = trained(story, "2026-06-01")
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(OPENS_AT)
    opening = done(story.opens(CHANCELLOR), 201)
    works(story)
    assert story.incidents() == []
    story.clock.forward(hours=1)
    return opening, training_id


def test_training_that_was_never_done_is_held_against_the_opening_until_other_is_on_record(story: Story) -> None:
    """Training was taken for done, whatever came out of it later."""
    opening, training_id = opened_with_training(story)
    withdrawn(story, training_id)
    works(story)
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("other", False)
    assert held(incident) == [(opening["number"], ["training_missing"], True, False)]
    assert "had nobody behind them with the training that the producer asks for" in incident["summary"]
    assert incident["facts"]["done_by"] == [story.lead]  # whoever recorded it, and not whoever found it
    assert "training missing (Producer policy: training)" in answered(story.report(incident))
    (because,) = incident["facts"]["because"]
    assert because["words"] == "training was found to have been put on record wrongly"
    trained(story, "2026-06-15")
    works(story)
    assert held(story.incidents()[0]) == [(opening["number"], ["training_missing"], True, True)]


def test_training_is_asked_for_as_it_was_then_and_not_as_it_is_now(story: Story) -> None:
    opening, training_id = opened_with_training(story)
    asks_for_training(story, 1)  # from now on; two weeks ago is too long then
    works(story)
    assert story.incidents() == []
    asks_for_training(story, None)
    withdrawn(story, training_id)
    works(story)
    assert held(story.incidents()[0]) == [(opening["number"], ["training_missing"], True, False)]


def test_opening_before_any_training_was_asked_for_lacks_none(story: Story) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(OPENS_AT)
    done(story.opens(CHANCELLOR), 201)
    story.clock.forward(hours=1)
    asks_for_training(story, 365)
    withdrawn(story, trained(story, "2026-06-01"))
    works(story)
    assert story.incidents() == []
    assert len(story.entries(EntryKind.OPENINGS_REVIEWED)) >= 2  # it was asked
