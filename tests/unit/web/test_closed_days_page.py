"""A producer's closed days on a page: proposed by one person, approved by another, withdrawn by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions import closed_days
from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.web import closed_days as closed_days_page
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import Visitor, by_day
from tests.unit.web.test_recall_pages import at_pages

NOW = london(2026, 3, 2, 10, 0)
DAY = "2026-06-15"
SAID = {"name": "Local holiday", "reason": "The offices are closed for the holiday of the city."}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, NOW)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/closed-days/{story.sat.producer_id}"


def proposed(visitor: Visitor, story: Story, day: str = DAY, **changes: str) -> int:
    visitor.looks(here(story))
    return visitor.sends(
        here(story), **{**by_day("day", day), **SAID, "once": visitor.field("once"), **changes}
    ).status_code


def the_day(story: Story) -> str:
    (one,) = story.get(story.head, f"/producers/{story.sat.producer_id}/closed-days")["results"]
    return str(one["closed_day_id"])


def test_day_is_proposed_once_approved_by_another_and_withdrawn(story: Story) -> None:
    lead, head = at_pages(story, story.lead), at_pages(story, story.head)
    lead.looks(here(story))
    sent = {**by_day("day", DAY), **SAID, "once": lead.field("once")}
    for _ in range(2):  # the button is pressed twice
        lead.looks(here(story))
        assert lead.sends(here(story), **sent).headers["location"] == f"{here(story)}?done=proposed"
    assert len(story.entries(EntryKind.CLOSED_DAY_ADDED)) == 1
    shown = lead.looks(f"{here(story)}?done=proposed")
    assert ("The day is proposed." in shown, "You proposed it, so another person approves it." in shown) == (True, True)
    approval = f"{here(story)}/{the_day(story)}/approval"
    assert approval not in lead.last.text
    refused = lead.sends(approval)
    assert (refused.status_code, "cannot approve it" in refused.text) == (403, True)
    assert "Proposed by Example Lead Official" in head.looks(here(story))
    assert f'action="{approval}"' in head.last.text
    assert head.sends(approval).headers["location"] == f"{here(story)}?done=approved"
    assert "Left out" in head.looks(here(story))
    gone = head.sends(f"{here(story)}/withdrawal", closed_day_id=the_day(story), why="Open after all.")
    assert gone.headers["location"] == f"{here(story)}?done=withdrawn"
    assert "Open after all." in head.looks(here(story))
    assert "Withdraw the day" not in head.last.text


@pytest.mark.parametrize(
    ("day", "changes", "field"),
    [
        ("soon", {}, "day-day"),
        ("2026-06-14", {}, "day-day"),  # a Sunday
        ("2036-06-16", {}, "day-day"),  # too far ahead
        (DAY, {"name": " "}, "name"),
        (DAY, {"reason": "x" * 201}, "reason"),
    ],
)
def test_what_cannot_be_taken_is_told_beside_its_field_and_stays_typed(
    story: Story, day: str, changes: dict[str, str], field: str
) -> None:
    lead = at_pages(story, story.lead)
    assert proposed(lead, story, day, **changes) == 422
    assert (f'href="#{field}"' in lead.last.text, story.entries(EntryKind.CLOSED_DAY_ADDED)) == (True, [])
    kept = SAID["name"] if "name" not in changes else SAID["reason"]
    assert f'value="{kept}"' in lead.last.text


def test_day_that_is_on_record_is_not_proposed_again(story: Story) -> None:
    lead = at_pages(story, story.lead)
    assert [proposed(lead, story), proposed(lead, story)] == [303, 422]
    assert "on record already" in lead.last.text


def test_withdrawal_asks_which_day_and_why(story: Story) -> None:
    head = at_pages(story, story.head)
    assert proposed(head, story) == 303
    head.looks(here(story))
    answer = head.sends(f"{here(story)}/withdrawal")
    wanted = [f'href="#{field}"' in answer.text for field in ("closed_day_id", "why")]
    assert (answer.status_code, wanted) == (422, [True, True])
    strange = head.sends(f"{here(story)}/withdrawal", closed_day_id="cld_" + "0" * 24, why="Open after all.")
    assert strange.status_code == 404
    head.looks(here(story))
    sent = {"form_token": head.token, "closed_day_id": the_day(story), "why": "Open after all."}
    assert head.asks("POST", f"{here(story)}/withdrawal", data=sent).status_code == 303
    late = head.asks("POST", f"{here(story)}/withdrawal", data={**sent, "closed_day_id": ""})
    assert (late.status_code, "No closed day stands here any more" in late.text) == (409, True)


def test_day_of_a_later_page_stays_chosen_where_the_reason_lacks(story: Story) -> None:
    path = f"/producers/{story.sat.producer_id}/closed-days"
    days = [NOW.date() + timedelta(days=number) for number in range(1, 100)]
    for day in [one for one in days if one.weekday() < 5][: closed_days_page.ON_A_PAGE + 2]:
        done(story.post(story.lead, path, json={"day": day.isoformat(), **SAID}), 201)
    head = at_pages(story, story.head)
    head.looks(here(story))
    (more,) = re.findall(r'href="[^"]*(\?after=cld_\w+)"', head.last.text)
    head.looks(here(story) + more)
    chosen = re.findall(r'<option value="(cld_\w+)"', head.last.text)[-1]
    answer = head.sends(f"{here(story)}/withdrawal", closed_day_id=chosen, why="", after=head.field("after"))
    assert (answer.status_code, 'href="#why"' in answer.text) == (422, True)
    assert f'<option value="{chosen}" selected>' in answer.text


def test_bank_holidays_of_a_year_are_shown_with_where_they_are_one(story: Story) -> None:
    closed_days.load_bank_holidays(story.tools)
    reader = at_pages(story, story.auditor)
    assert "25 December 2026 Christmas Day England and Wales, Northern Ireland, Scotland" in reader.looks(here(story))
    assert "25 December 2027" not in reader.last.text
    assert "Bank holidays of 2028" in reader.looks(f"{here(story)}?year=2028")
    assert "None of 2000 is on record." in reader.looks(f"{here(story)}?year=2000")


def test_those_who_do_not_decide_see_no_form_and_are_refused(story: Story) -> None:
    assert proposed(at_pages(story, story.head), story) == 303
    once = at_pages(story, story.head)
    once.looks(here(story))
    for who in (story.statistician, story.auditor):
        visitor = at_pages(story, who)
        assert "A lead official or the head of profession approves it." in visitor.looks(here(story))
        assert "<form" not in visitor.last.text.partition("<main")[2]
        sent = {**by_day("day", "2026-06-16"), **SAID, "once": once.field("once")}
        for act, changes in (("", {}), ("", {"name": ""}), ("/withdrawal", {})):
            visitor.looks("/account")
            assert visitor.sends(here(story) + act, **{**sent, **changes}).status_code == 403
        assert visitor.sends(f"{here(story)}/{the_day(story)}/approval").status_code == 403


def test_others_are_told_that_nothing_is_there(story: Story) -> None:
    other = story.service.producer("Office for Distant Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (STRANGER, CHANCELLOR, other):
        assert at_pages(story, who).asks("GET", here(story)).status_code == 404


def test_settings_say_that_a_day_waits(story: Story) -> None:
    assert proposed(at_pages(story, story.lead), story) == 303
    shown = at_pages(story, story.head).looks(f"/producer/settings/{story.sat.producer_id}")
    assert "your own, and bank holidays 1 waits" in shown
