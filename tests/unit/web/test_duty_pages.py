"""What is owed because of grants, on pages: what must be told, by which clause, and that it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import Entry, EntryKind
from app.records import duties
from app.rules.facts import Role
from tests.build import london
from tests.scenarios.test_special_classes import SCOTTISH, grant, owed, ready
from tests.story import CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import by_day, words
from tests.unit.web.test_recall_pages import at_pages, seen

DUE = london(2026, 6, 16, 9, 30)
NOTHING = "dut_" + "0" * 24
HOW = "By letter to the Board, reference 2026/14."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A Scottish release with a grant on ground (h), of which the Board must be told."""
    told = Story(tmp_path, london(2026, 5, 18, 10, 0))
    ready(told, DUE, grant(CHANCELLOR, ground_letter="h", asked_minutes=60), **SCOTTISH)
    told.clock.forward(hours=6)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/duties/{story.sat.producer_id}"


def the_duty(story: Story) -> str:
    (one,) = owed(story)
    return f"{here(story)}/{one['duty_id']}"


def filled(**changes: str) -> dict[str, str]:
    return {**by_day("done_on", "2026-05-18"), "done_clock": "1:30pm", "how": HOW, **changes}


def test_head_sees_what_must_be_told_and_says_that_it_was(story: Story) -> None:
    head = at_pages(story, story.head)
    assert head.asks("GET", "/producer/duties").headers["location"] == here(story)
    head.looks(f"/producer/publications/{story.sat.producer_id}")
    assert f'href="{here(story)}"' in head.last.text
    place = the_duty(story)
    assert "Inform the Statistics Board of a grant" in head.looks(here(story))
    assert f'href="{place}"' in head.last.text
    shown = head.looks(place)
    told = ("SSI 2008/399 Sch. para 6", CHANCELLOR.name, CHANCELLOR.ground, "Owed", "Tuesday 16 June 2026")
    assert [one for one in told if one not in shown] == []
    assert re.search(r"\d{4}-\d\d-\d\dT", shown) is None
    assert head.sends(place, **filled()).headers["location"] == place
    assert f"1:30pm on Monday 18 May 2026 , as {name_of(story)} says" in head.looks(place)
    assert HOW in words(head.last)
    assert "Nothing is owed." in head.looks(here(story))
    assert "1:30pm on Monday 18 May 2026" in head.looks(f"{here(story)}?show=done")
    assert len(story.entries(EntryKind.DUTY_DONE)) == 1


def name_of(story: Story) -> str:
    return str(story.get(story.head, "/me")["name"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"how": " "}, "how"),
        ({"how": "x" * 5001}, "how"),
        ({"done_clock": "noonish"}, "done_on-day"),
        (by_day("done_on", ""), "done_on-day"),
        (by_day("done_on", "2026-05-19"), "done_on-day"),  # is still to come
        (by_day("done_on", "2026-05-17"), "done_on-day"),  # it had not arisen
    ],
)
def test_account_that_cannot_be_taken_is_told_beside_its_field_and_stays_typed(
    story: Story, changes: dict[str, str], field: str
) -> None:
    head = at_pages(story, story.head)
    place = the_duty(story)
    head.looks(place)
    answer = head.sends(place, **filled(**changes))
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert f'id="{field}"' in answer.text
    assert (changes.get("how") or HOW).strip() in answer.text
    assert story.entries(EntryKind.DUTY_DONE) == []


def test_what_somebody_else_settled_meanwhile_is_shown_as_done(story: Story) -> None:
    head, place = at_pages(story, story.head), the_duty(story)
    head.looks(place)
    settled = {"done_at": "2026-05-18T11:00:00Z", "how": "On the web site."}
    done(story.post(story.lead, f"/duties/{place[-28:]}/done", json=settled))
    assert head.sends(place, **filled()).headers["location"] == place
    assert "On the web site." in head.looks(place)
    assert HOW not in words(head.last)


def test_statistician_and_auditor_read_and_do_not_settle(story: Story) -> None:
    place = the_duty(story)
    for who in (story.statistician, story.auditor):
        visitor = at_pages(story, who)
        assert "A lead official or the head of profession does that." in visitor.looks(place)
        for sent in (filled(), {}):
            visitor.looks("/account")
            assert visitor.sends(place, **sent).status_code == 403
    assert len(owed(story)) == 1


def many(story: Story) -> None:
    """Have more owed than stands on one page; no story raises so much without as many releases."""
    owing: dict[str, Any] = {"producer_id": story.sat.producer_id, "release_id": None, "grant_id": None}
    at = story.clock.now()
    with story.tools.transaction() as tx:
        for number in range(20):
            told = {"explanation": f"Number {number}."}
            more = {"kind": "notify_board", "source": "WSI 2009/2818 Sch. para 7", "reason_key": f"many:{number}"}
            duties.add(tx.connection, **owing, **more, particulars=told, at=at + timedelta(seconds=number))
        tx.append(Entry(EntryKind.LIST_APPROVED, at))


def test_what_is_owed_is_shown_by_twenty(story: Story) -> None:
    many(story)
    head = at_pages(story, story.head)
    head.looks(here(story))
    (more,) = re.findall(r'href="(\?after=dut_\w+)"', head.last.text)
    assert head.last.text.count("Inform the Statistics Board of a grant") == 20
    head.looks(here(story) + more)
    assert head.last.text.count("Inform the Statistics Board of a grant") == 1
    assert "No one release" in words(head.last)


def test_what_is_owed_is_not_there_for_whoever_has_no_role_with_the_producer(story: Story) -> None:
    place = the_duty(story)
    other = story.service.producer("Office for Other Statistics")
    for who in (STRANGER, CHANCELLOR, other.people[Role.HEAD_OF_PROFESSION]):
        visitor = at_pages(story, who)
        assert seen(visitor.asks("GET", place)) == seen(visitor.asks("GET", f"{here(story)}/{NOTHING}"))
        for address in (place, here(story)):
            assert visitor.asks("GET", address).status_code == 404
        visitor.looks("/account")
        assert visitor.sends(place, **filled()).status_code == 404
    theirs = at_pages(story, other.people[Role.HEAD_OF_PROFESSION])
    assert theirs.asks("GET", f"/producer/duties/{other.producer_id}/{place[-28:]}").status_code == 404
    assert at_pages(story, STRANGER).asks("GET", "/producer/duties").status_code == 404
    story.service.role(story.head, Role.HEAD_OF_PROFESSION, other.organisation_id)
    assert "Office for Other Statistics" in at_pages(story, story.head).looks("/producer/duties")
