"""The unit of a post: in a sheet, recorded afterwards, and what suspending a unit makes of posts that carry none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.scenarios.conftest import begin as begin
from tests.story import ADVISER, CHANCELLOR, HEADINGS, Story, codes, done
from tests.unit.lists.real import as_csv

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY = timedelta(days=1)
TUESDAY = london(2026, 6, 16, 9, 30)
WHY = "The bulletin was passed on."


@pytest.fixture
def story(begin: Any) -> Story:
    told: Story = begin(TUESDAY - 8 * DAY)
    told.release(TUESDAY)
    return told


def imported(story: Story, *rows: list[str], **query: Any) -> dict[str, Any]:
    sheet = as_csv([[*HEADINGS, "Directorate"], *rows])
    made = done(story.import_sheet(sheet, "text/csv", **query), 201)
    story.told.listed = story.get(story.statistician, f"/lists/{made['draft']['list_id']}")
    return story.told.listed


def posts_of(story: Story) -> dict[str, dict[str, Any]]:
    found = story.get(story.statistician, "/posts", params={"organisation_id": treasury(story)})["results"]
    return {f"{one['title']}|{one['unit']}": one for one in found}


def treasury(story: Story) -> str:
    every = story.get(story.statistician, "/posts")["results"]
    return str(next(one["organisation_id"] for one in every if one["organisation"] == "Example Treasury"))


def suspends(story: Story, unit: str) -> dict[str, Any]:
    body = {"subject_id": treasury(story), "unit": unit, "reason": WHY}
    path = f"/producers/{story.sat.producer_id}/suspensions"
    return dict(done(story.post(story.head, path, json=body), 201))


def test_sheet_with_a_column_for_the_unit_puts_it_on_record_and_publishes_it_nowhere(story: Story) -> None:
    imported(story, [*CHANCELLOR.row(), "Fiscal Group"], [*ADVISER.row(), ""])
    assert set(posts_of(story)) == {"Chancellor|Fiscal Group", "Chief Economic Adviser|"}
    done(story.approves())
    shown = story.ask(story.statistician, "GET", f"/lists/{story.told.listed['list_id']}/public-list")
    assert "Chancellor" in shown.text
    assert "Fiscal Group" not in shown.text


def test_sheet_names_the_unit_of_a_post_that_had_none_and_adds_no_second_post(story: Story) -> None:
    imported(story, [*CHANCELLOR.row(), ""])
    (before,) = posts_of(story).values()
    imported(story, [*CHANCELLOR.row(), "Fiscal Group"], replace_draft=True)
    imported(story, [*CHANCELLOR.row(), ""], replace_draft=True)
    (after,) = posts_of(story).values()
    assert after == {**before, "unit": "Fiscal Group"}
    (changed,) = story.entries(EntryKind.POST_CHANGED)
    assert changed["said"] == {"post_id": after["post_id"], "unit": "Fiscal Group", "unit_before": ""}


def test_suspension_of_a_unit_names_the_posts_that_carry_none_and_covers_one_once_it_is_recorded(story: Story) -> None:
    imported(story, [*CHANCELLOR.row(), "Fiscal Group"], [*ADVISER.row(), ""])
    story.told.listed = done(story.approves())
    story.sealed()
    story.signed_off()
    story.signed(CHANCELLOR, ADVISER)
    adviser = posts_of(story)["Chief Economic Adviser|"]["post_id"]
    begun = suspends(story, "fiscal group")
    assert begun["posts_without_unit"] == [{"post_id": adviser, "title": "Chief Economic Adviser"}]
    story.clock.put(TUESDAY - DAY)
    assert codes(story.opens(CHANCELLOR)) == ["403", "suspended"]
    assert story.opens(ADVISER).status_code == 201
    done(story.ask(story.statistician, "PATCH", f"/posts/{adviser}", json={"unit": "Fiscal Group"}))
    assert codes(story.opens(ADVISER)) == ["403", "suspended"]
    out = story.ask(story.statistician, "PATCH", f"/posts/{adviser}", json={"unit": ""})
    assert (out.status_code, out.json()["code"]) == (409, "wrong_state")
    done(story.post(story.head, f"/suspensions/{begun['suspension_id']}/end", json={"reason": "Over."}))
    done(story.ask(story.statistician, "PATCH", f"/posts/{adviser}", json={"unit": ""}))
    assert story.opens(ADVISER).status_code == 201


def test_unit_is_recorded_by_those_who_prepare_lists_once_and_for_one_post_of_a_title(story: Story) -> None:
    imported(story, [*CHANCELLOR.row(), "Fiscal Group"])
    (post,) = posts_of(story).values()
    path = f"/posts/{post['post_id']}"
    assert story.ask(story.auditor, "PATCH", path, json={"unit": "Other"}).status_code == 403
    same = story.ask(story.lead, "PATCH", path, json={"unit": "Fiscal Group"})
    assert (same.status_code, same.json()["code"]) == (422, "no_change")
    body = {"organisation_id": post["organisation_id"], "title": "Chancellor", "unit": "Other"}
    done(story.post(story.lead, "/posts", json=body), 201)
    taken = story.ask(story.lead, "PATCH", path, json={"unit": "Other"})
    assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")
    unknown = story.ask(story.lead, "PATCH", f"/posts/pst_{'0' * 24}", json={"unit": "Other"})
    assert unknown.status_code == 404
    assert story.sat.people[Role.LEAD_OFFICIAL] == story.lead
