"""The watch on pages: the hosts of a producer, and how one sees that a release is public."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.publisher import HOST, Page, publishing
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import Visitor
from tests.unit.web.test_recall_pages import at_pages, both_producers

NOW = london(2026, 3, 2, 10, 0)
DUE = london(2026, 3, 10, 9, 30)
SITE = "stats.gov.example"
PAGE = f"https://{SITE}/claimant-count"
MARKER = "Claimant count, March 2026, published"
PLAN = {"page_url": PAGE, "marker": MARKER, "file_urls": "", "unsure_minutes": "5"}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, NOW)
    told.ready(DUE, ADVISER)
    yield told
    told.service.close()


def hosts(story: Story) -> str:
    return f"/producer/watched-hosts/{story.sat.producer_id}"


def watch(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}/watch"


def allowed(story: Story, host: str = SITE) -> None:
    path = f"/producers/{story.sat.producer_id}/watched-hosts"
    done(story.post(story.head, path, json={"host": host, "reason": "Our own site."}), 201)


def planned(visitor: Visitor, story: Story, **changes: str) -> int:
    visitor.looks(watch(story))
    return visitor.sends(watch(story), **{**PLAN, "revision": visitor.field("revision"), **changes}).status_code


def test_head_allows_a_host_once_and_ends_it(story: Story) -> None:
    head = at_pages(story, story.head)
    assert "None, so that nothing can be watched." in head.looks(hosts(story))
    sent = {"host": "WWW.Stats.gov.example:443", "reason": "Our own site.", "once": head.field("once")}
    for _ in range(2):  # the button is pressed twice
        assert head.sends(hosts(story), **sent).headers["location"] == f"{hosts(story)}?done=allowed"
        head.looks(hosts(story))
    assert len(story.entries(EntryKind.WATCHED_HOST_CHANGED)) == 1
    assert "www.stats.gov.example Our own site. Allowed by Example Head Of Profession" in head.looks(hosts(story))
    (end,) = [
        part.partition('"')[0] for part in head.last.text.split('action="') if part.partition('"')[0][-4:] == "/end"
    ]
    assert head.sends(end).headers["location"] == f"{hosts(story)}?done=ended"
    assert "Allowed no longer" in head.looks(f"{hosts(story)}?done=ended")


def test_host_is_ended_under_its_own_producer_alone(story: Story) -> None:
    allowed(story)
    (entry,) = story.entries(EntryKind.WATCHED_HOST_CHANGED)
    head = at_pages(story, story.head)
    for producer_id in (f"prd_{'0' * 24}", both_producers(story)):
        head.looks(hosts(story))
        elsewhere = hosts(story).replace(story.sat.producer_id, producer_id)
        assert head.sends(f"{elsewhere}/{entry['said']['host_id']}/end").status_code == 404
    assert len(story.entries(EntryKind.WATCHED_HOST_CHANGED)) == 1


@pytest.mark.parametrize("host", ["", "10.0.0.1", "localhost", SITE])
def test_host_that_cannot_be_allowed_is_told_beside_its_field(story: Story, host: str) -> None:
    allowed(story)
    head = at_pages(story, story.head)
    head.looks(hosts(story))
    answer = head.sends(hosts(story), host=host, reason="Our site.", once=head.field("once"))
    assert (answer.status_code, 'href="#host"' in answer.text, "Our site." in answer.text) == (422, True, True)


def test_plan_is_set_shown_and_changed_only_as_it_was_looked_at(story: Story) -> None:
    allowed(story)
    statistician, lead = at_pages(story, story.statistician), at_pages(story, story.lead)
    assert "There is no plan, so somebody must look." in statistician.looks(watch(story))
    assert f'value="{PAGE}"' in statistician.last.text  # the page on record with the release
    assert planned(statistician, story) == 303
    assert "The plan is set." in statistician.looks(f"{watch(story)}?done=set")
    assert MARKER in statistician.last.text
    stale = lead.looks(watch(story)) and lead.field("revision")
    assert planned(statistician, story, marker="Other words that stand there") == 303
    answer = lead.sends(watch(story), **{**PLAN, "marker": "My own words there", "revision": stale})
    assert (answer.status_code, "Somebody changed the plan" in answer.text) == (409, True)
    assert ("My own words there" in answer.text, "Other words that stand there" in answer.text) == (True, True)
    assert lead.sends(watch(story), **{**PLAN, "revision": lead.field("revision")}).status_code == 303


def test_plan_that_declares_is_a_lead_officials(story: Story) -> None:
    allowed(story)
    statistician, lead = at_pages(story, story.statistician), at_pages(story, story.lead)
    assert planned(statistician, story, declares="yes") == 403
    assert planned(lead, story, declares="yes") == 303
    assert "It is declared published by itself" in lead.looks(watch(story))
    assert "so a lead official or the head of profession changes it" in statistician.looks(watch(story))
    assert "Set the plan" not in statistician.last.text


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"marker": ""}, "marker", "Enter words that stand on the page once the release is out"),
        ({"marker": "short"}, "marker", "This has fewer than 8 letters"),
        ({"page_url": "http://stats.gov.example"}, "page_url", "begins with https://"),
        ({"page_url": "https://10.0.0.1/x"}, "page_url", "This address is not an https address"),
        (
            {"page_url": "https://other.gov.example/x"},
            "page_url",
            "This address lies on other.gov.example, where the watch may not look. The head of profession can allow it",
        ),
        ({"file_urls": f"{PAGE}.csv\n\nhttps://other.gov.example/y"}, "file_urls", "Address 2 lies on other.gov"),
        ({"file_urls": "\n".join([PAGE] * 6)}, "file_urls", "Enter up to 5 addresses"),
        ({"unsure_minutes": "soon"}, "unsure_minutes", "from 1 to 60"),
    ],
)
def test_plan_that_cannot_be_worked_from_is_told_beside_its_field(
    story: Story, changes: dict[str, str], field: str, said: str
) -> None:
    allowed(story)
    visitor = at_pages(story, story.statistician)
    assert planned(visitor, story, **changes) == 422
    text = html.unescape(visitor.last.text)
    assert (f'href="#{field}"' in text, said in text) == (True, True)
    kept = changes.get("unsure_minutes", PLAN["unsure_minutes"])
    assert (f'value="{kept}"' in text, story.entries(EntryKind.WATCH_PLANNED)) == (True, [])


def test_page_says_what_the_watch_says_and_saw(story: Story) -> None:
    with publishing() as site:
        story.service.street.site = site.prober()
        allowed(story, f"{HOST}:{site.port}")
        statistician = at_pages(story, story.statistician)
        assert planned(statistician, story, page_url=site.url("/claimants")) == 303
        for minute in (-1, 2):
            story.clock.put(DUE + timedelta(minutes=minute))
            story.works()
        site.pages["/claimants"] = Page(f"<p>{MARKER}</p>".encode())
        story.clock.put(DUE + timedelta(minutes=5))
        story.works()
    shown = at_pages(story, story.lead).looks(watch(story))
    assert "Late The public could see it" in shown
    assert "Answered 404" in shown
    assert "Answered 200, the words were there Answered 200, the words were there" in shown
    assert "Not there yet" in shown


def test_those_who_do_not_prepare_it_see_no_form(story: Story) -> None:
    allowed(story)
    for path in (hosts(story), watch(story)):
        auditor = at_pages(story, story.auditor)
        auditor.looks(path)
        assert "<form" not in auditor.last.text.partition("<main")[2]
    statistician = at_pages(story, story.statistician)
    assert "The head of profession allows hosts" in statistician.looks(hosts(story))
    head = at_pages(story, story.head)
    head.looks(hosts(story))
    statistician.looks(watch(story))
    sent = {"host": "www.stats.gov.example", "once": head.field("once")}
    for changes in ({}, {"host": ""}):
        statistician.looks(watch(story))
        assert statistician.sends(hosts(story), **{**sent, **changes}).status_code == 403
    auditor.looks("/account")
    assert auditor.sends(watch(story), marker="").status_code == 403


def test_nothing_is_planned_once_the_release_is_out(story: Story) -> None:
    story.clock.put(DUE)
    story.published()
    statistician = at_pages(story, story.statistician)
    assert "Make a plan" not in statistician.looks(watch(story))
    statistician.looks("/account")
    late = statistician.sends(watch(story), **{**PLAN, "page_url": ""}, revision="0")
    assert (late.status_code, "nothing is watched any more" in late.text) == (409, True)


def test_others_are_told_that_nothing_is_there(story: Story) -> None:
    other = story.service.producer("Office for Distant Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (STRANGER, CHANCELLOR, ADVISER, other):
        visitor = at_pages(story, who)
        assert [visitor.asks("GET", one).status_code for one in (hosts(story), watch(story))] == [404, 404]


def test_tasks_lead_to_the_watch(story: Story) -> None:
    statistician = at_pages(story, story.statistician)
    statistician.looks(f"/producer/releases/{story.told.release_id}")
    assert f'href="{watch(story)}"' in statistician.last.text
