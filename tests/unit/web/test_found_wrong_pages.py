"""Facts found wrong on pages: chosen from what a release's openings rest on, confirmed by typing, and withdrawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.web.wrong_facts import CONFIRMATION
from app.worker.loop import Worker
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, codes, done
from tests.unit.web.browser import by_day
from tests.unit.web.test_recall_pages import at_pages, both_producers

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
HOW = "They were abroad; somebody else signed."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """The chancellor has read, ten hours before publication; the adviser has only signed."""
    told = Story(tmp_path, DUE - timedelta(days=8))
    told.ready(DUE, CHANCELLOR, ADVISER)
    told.clock.put(DUE - timedelta(hours=10))
    done(told.opens(CHANCELLOR), 201)
    told.clock.forward(minutes=1)
    yield told
    told.service.close()


def place(story: Story, kind: str = "") -> str:
    return f"/producer/releases/{story.told.release_id}/found-wrong" + (f"?kind={kind}" if kind else "")


def record(story: Story) -> str:
    return f"/producer/found-wrong/{story.sat.producer_id}"


def offered(text: str) -> list[str]:
    return re.findall(r'name="subject" type="radio" value="([^"]+)"', text)


def test_declaration_is_chosen_confirmed_put_on_record_and_bites_and_is_withdrawn(story: Story) -> None:
    lead = at_pages(story, story.lead)
    assert "Something was found wrong" in lead.looks(f"/producer/releases/{story.told.release_id}")
    assert "The approval of a list" not in lead.looks(place(story))  # that is for the head of profession
    shown = lead.looks(place(story, "declaration"))
    assert "Ash Alder, signed 9:30am on Monday 2 March 2026 1 opening of this release by this person" in shown
    assert "Nothing of this release was opened by this person" in shown
    subjects = offered(lead.last.text)
    assert len(subjects) == 2
    for sent, missing in (
        ({"subject": subjects[0], "reason": HOW}, ["confirmation"]),
        ({"reason": HOW, "confirmation": CONFIRMATION}, ["subject"]),
        ({"subject": subjects[0], "confirmation": "found wrong "}, ["reason"]),
        ({"subject": "dcl_" + "0" * 24, "reason": "", "confirmation": "Wrong"}, ["subject", "reason", "confirmation"]),
    ):
        wrong = lead.sends(place(story, "declaration"), **sent)
        assert (wrong.status_code, re.findall(r'href="#([a-z]+)"', wrong.text)[-len(missing) :]) == (422, missing)
    assert story.entries(EntryKind.FACT_FOUND_WRONG) == []
    sent = {"subject": subjects[0], "reason": HOW, "confirmation": CONFIRMATION}
    answer = lead.sends(place(story, "declaration"), **sent)
    assert (answer.status_code, answer.headers["location"]) == (303, record(story))
    (entry,) = story.entries(EntryKind.FACT_FOUND_WRONG)
    assert entry["said"]["kind"] == "declaration"
    assert codes(story.opens(CHANCELLOR)) == ["403", "declaration_missing"]
    Worker(story.tools)._tick(0)
    assert [one["kind"] for one in story.incidents()] == ["declaration_not_valid"]
    told = lead.looks(record(story))
    assert f"Whose Ash Alder How it was found {HOW} Put on record" in told
    assert offered(lead.asks("GET", place(story, "declaration")).text) == subjects[1:]  # it is wrong already
    (wrong_fact_id,) = set(re.findall(r"wrg_[0-9a-f]{24}", lead.looks(record(story)) and lead.last.text))
    where = f"{record(story)}/{wrong_fact_id}/withdrawal"
    assert lead.sends(where).status_code == 422
    head = at_pages(story, story.head)
    for producer_id in (f"prd_{'0' * 24}", both_producers(story)):
        head.looks("/account")
        elsewhere = where.replace(story.sat.producer_id, producer_id)
        assert head.sends(elsewhere, **{f"reason-{wrong_fact_id}": "It was they."}).status_code == 404
    assert story.entries(EntryKind.WRONG_FACT_WITHDRAWN) == []
    auditor = at_pages(story, story.auditor)
    auditor.looks("/account")
    assert auditor.sends(where).status_code == 403
    assert lead.sends(where, **{f"reason-{wrong_fact_id}": "It was they."}).status_code == 303
    assert "Withdrawn" in lead.looks(record(story))
    lead.looks("/account")
    assert lead.sends(where).status_code == 409
    done(story.opens(CHANCELLOR), 201)


def test_approval_is_for_the_head_of_profession_and_the_list_grants_nothing(story: Story) -> None:
    lead, head = at_pages(story, story.lead), at_pages(story, story.head)
    assert lead.asks("GET", place(story, "approval")).status_code == 403
    assert "1 opening of this release by this version" in head.looks(place(story, "approval"))
    (subject,) = offered(head.last.text)
    sent = {"subject": subject, "reason": "It was drawn up for another release.", "confirmation": CONFIRMATION}
    assert lead.sends(place(story, "approval"), **sent).status_code == 403
    assert head.sends(place(story, "approval"), **sent).status_code == 303
    assert codes(story.opens(ADVISER)) == ["403", "list_not_approved"]
    told = head.looks(record(story))
    assert "Release Claimant count Version of the list 1" in told
    assert "Withdraw it" in told
    assert "Withdraw it" not in lead.looks(record(story))


def test_post_is_not_held_on_the_days_that_are_given(story: Story) -> None:
    lead = at_pages(story, story.lead)
    assert "Ash Alder: Chancellor, Example Treasury" in lead.looks(place(story, "holding"))
    subject = next(one for one in offered(lead.last.text) if one.endswith(story.id_of(CHANCELLOR)))
    sent = {"subject": subject, "reason": "They had left.", "confirmation": CONFIRMATION}
    begins = by_day("from_on", "2026-03-09")
    for days, field in (
        (by_day("from_on", "soon"), "from_on-day"),
        ({**begins, **by_day("until_on", "2026-02-30")}, "until_on-day"),
        ({**begins, **by_day("until_on", "2026-03-08")}, "until_on-day"),
    ):
        wrong = lead.sends(place(story, "holding"), **sent, **days)
        assert [f'href="#{one}"' in wrong.text for one in (field, "subject")] == [True, False]
        assert (wrong.status_code, f'id="{field}"' in wrong.text) == (422, True)
    assert lead.sends(place(story, "holding"), **sent, **begins).status_code == 303
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]
    assert "Post Chancellor Not held from 9 March 2026, and still" in lead.looks(record(story))


def test_deputy_is_none_where_nobody_stood_in_and_the_clock_is_shown_to_all(story: Story) -> None:
    lead = at_pages(story, story.lead)
    assert "There is none of this release" in lead.looks(place(story, "deputy"))
    body = {"kind": "clock", "from_at": "2026-03-02T09:00:00Z", "until_at": "2026-03-02T09:05:00Z", "reason": "It ran."}
    done(story.post(story.service.administrator(), "/wrong-facts", json={**body, "fast_seconds": -90}), 201)
    told = lead.looks(record(story))
    assert "as the clock showed it; 90 seconds behind" in told
    assert "None is on record." in told
    for method in ("GET", "POST"):
        sent = {"data": {"form_token": lead.token}} if method == "POST" else {}
        assert lead.asks(method, place(story, "clock"), **sent).status_code == 422


def test_what_is_about_oneself_is_not_offered(story: Story) -> None:
    reader = story.id_of(CHANCELLOR)
    story.service.role(reader, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    mine = at_pages(story, CHANCELLOR)
    assert "What is about yourself is not offered" in mine.looks(place(story, "declaration"))
    assert "Ash Alder, signed" not in mine.looks(place(story, "declaration"))


def test_page_is_for_those_who_decide_the_record_for_the_producer_and_nothing_is_there_for_others(
    story: Story,
) -> None:
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (CHANCELLOR, STRANGER, other):
        for where in (place(story), place(story, "declaration"), record(story)):
            assert at_pages(story, who).asks("GET", where).status_code == 404
    for who in (story.statistician, story.auditor):
        assert at_pages(story, who).asks("GET", place(story)).status_code == 403
        assert "None is on record." in at_pages(story, who).looks(record(story))
    assert record(story) in at_pages(story, story.auditor).asks("GET", "/producer/incidents").text
