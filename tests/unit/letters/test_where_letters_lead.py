"""A letter to a person leads to a page, which they can read, and not to an address for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions import owed, reminding
from tests.build import london
from tests.story import CHANCELLOR, Story, done

DUE = london(2026, 3, 10, 9, 30)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    yield told
    told.service.close()


def leads(story: Story, body: str, path: str) -> bool:
    return f"{story.tools.policy.public_address}{path}\n" in body and "/api/" not in body


def test_letter_that_documents_are_ready_leads_to_the_release(story: Story) -> None:
    story.ready(DUE, CHANCELLOR)
    story.clock.put(DUE - timedelta(hours=20))
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/ready-letters/sending"), 201)
    subject, body = story.letters(CHANCELLOR)[-1]
    assert subject == "Claimant count: your documents are ready"
    assert leads(story, body, f"/releases/{story.told.release_id}")


def test_call_to_sign_leads_to_the_declaration(story: Story) -> None:
    story.release(DUE)
    story.list_with(CHANCELLOR)
    story.clock.put(DUE - timedelta(days=3))
    reminding.call_unsigned(story.tools, story.told.release_id)
    assert leads(story, story.letters(CHANCELLOR)[-1][1], f"/releases/{story.told.release_id}/declaration")


def test_letter_that_nobody_can_be_asked_leads_to_what_the_organisations_say(story: Story) -> None:
    story.release(DUE)
    listed = story.list_with(CHANCELLOR)["list_id"]
    done(story.post(story.statistician, f"/lists/{listed}/confirmations", json={}), 201)
    assert leads(story, story.letters(story.statistician)[-1][1], f"/lists/{listed}/confirmations")


def test_letter_about_an_annual_list_leads_to_where_it_is_looked_at_and_published(story: Story) -> None:
    story.ready(DUE, CHANCELLOR)
    story.clock.put(DUE)
    story.published()
    story.clock.put(london(2027, 3, 10, 9, 30))
    owed.remind_of_annual_lists(story.tools)
    assert leads(story, story.letters(story.head)[-1][1], f"/producer/publications/{story.sat.producer_id}")


def test_letter_that_a_second_person_is_waited_for_leads_to_the_page_where_they_decide(story: Story) -> None:
    day = {"day": "2026-03-17", "name": "St Patrick’s Day", "reason": "The offices are closed."}
    path = f"/producers/{story.sat.producer_id}/closed-days"
    done(story.post(story.lead, path, json=day), 201)
    assert leads(story, story.letters(story.head)[-1][1], f"/producer/closed-days/{story.sat.producer_id}")
