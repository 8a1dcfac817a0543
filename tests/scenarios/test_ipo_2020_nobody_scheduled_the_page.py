"""Monthly patents, trade marks and designs, due Friday 30 October 2020 at 09:30, live at 12:00.

What happened: a thinly staffed web team had not scheduled the page; the lead official took a missing page for a stale
    copy, reached nobody until 11:40, and told the head of profession at 12:15.
What this service would have done: asked the publishing team the day before whether the page was scheduled, told the
    lead official at noon and the head of profession at three that nobody had said so, and everybody an hour before.
    Where all of that was ignored: found no page at 09:31 past every cache, told the lead official and the head of
    profession so at that minute and again until somebody had it in hand, kept the readers bound and told them, and
    drafted the report, in which it stands who had been told the day before, and when.
What it could not have prevented: a web team without people; the page itself is put up by others.
Practice engaged: Code of Practice 2018, T3.6 (release at 09:30 on a weekday).
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.rules.orders import uk
from app.rules.reasons import instant_text
from tests.build import london
from tests.publisher import HOST, Page, publishing
from tests.scenarios.conftest import Begin
from tests.scenarios.test_readiness import confirms, publisher, subjects, tick, told
from tests.story import ADVISER, FIGURES, Story, answered, done, practices, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2020, 10, 30, 9, 30)
LIVE, KNOWN = london(2020, 10, 30, 12, 0), london(2020, 10, 30, 12, 5)


def at_0945(begin: Begin) -> Story:
    """The lead official looks for the first time."""
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, ADVISER, title="Patents, trade marks and designs: August 2020", sensitivity="ordinary")
    story.clock.put(DUE + timedelta(minutes=15))
    return story


def test_overdue_release_cannot_be_taken_for_a_stale_copy(begin: Begin) -> None:
    story = at_0945(begin)
    story.clock.put(DUE - timedelta(milliseconds=1))
    path = f"/releases/{story.told.release_id}"
    assert story.get(story.lead, path)["phase"] == "open"
    story.clock.put(DUE)
    answer = story.ask(story.lead, "GET", path)
    assert (answer.json()["phase"], answer.headers["cache-control"]) == ("overdue", "no-store")
    due_by_now = {"due_to": instant_text(DUE)}
    listed = story.get(story.lead, "/releases", params=due_by_now)["results"]
    assert [(one["release_id"], one["phase"]) for one in listed] == [(story.told.release_id, "overdue")]
    assert story.reads(ADVISER) == FIGURES


def test_publication_cannot_be_declared_without_the_list_of_posts_however_late_it_is(begin: Begin) -> None:
    story = at_0945(begin)
    story.clock.put(KNOWN)
    blocked = story.moves(story.lead, "publication", reason="The page is live.")
    assert reasons(blocked) == [("list_of_posts_missing", uk.PARA_9_B)]
    future = story.moves(
        story.lead, "publication", reason="It will be.", published_at=instant_text(KNOWN + timedelta(seconds=1))
    )
    assert (future.status_code, future.json()["code"]) == (422, "invalid_instant")
    assert story.phase() == "overdue"


def test_head_of_profession_is_told_with_a_draft_when_publication_is_declared_and_not_ten_minutes_later(
    begin: Begin,
) -> None:
    story = at_0945(begin)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(KNOWN)
    seen = {"reason": "The web team and the lead official have seen it live.", "published_at": instant_text(LIVE)}
    done(story.moves(story.lead, "publication", **seen))
    (incident,) = story.incidents()
    assert (incident["kind"], incident["facts"]["difference_seconds"]) == ("late_publication", 150 * 60)
    assert incident["opened_at"] == instant_text(KNOWN)
    subject, body = story.letters(story.head)[-1]
    assert subject == "Incident 1: published after the time set"
    assert "150 minutes after the time set, Friday 30 October 2020, 9:30am" in body
    report = story.report(incident)
    assert (report["form"], practices(report)) == ("2018", ["T3.6"])
    assert "public at Friday 30 October 2020, 12:00" in answered(report)
    taken_up = {"state": "under_review"}
    path = f"/incidents/{incident['incident_id']}"
    assert done(story.ask(story.head, "PATCH", path, json=taken_up, revision=1))["state"] == "under_review"


def test_missing_page_is_no_stale_copy_and_whoever_looks_at_0945_has_had_two_calls(begin: Begin) -> None:
    with publishing() as site:
        story = begin(DUE - timedelta(days=8))
        story.service.street.site = site.prober()
        story.ready(DUE, ADVISER, title="Patents, trade marks and designs: August 2020", sensitivity="ordinary")
        host = {"host": f"{HOST}:{site.port}", "reason": "Our own site."}
        done(story.post(story.head, f"/producers/{story.sat.producer_id}/watched-hosts", json=host), 201)
        plan = {"page_url": site.url("/patents"), "file_urls": [site.url("/patents.csv")]}
        path = f"/releases/{story.told.release_id}/watch"
        done(story.ask(story.statistician, "PUT", path, json=plan, revision=0))
        for minute in (-1, 0, 1, 2, 5, 15):
            story.clock.put(DUE + timedelta(minutes=minute))
            story.works()
        calls = [body for subject, body in story.letters(story.lead) if subject.startswith("ALARM")]
        assert len(calls) == 4
        assert "a page that is missing is not a stale copy" in calls[0]
        assert "was not public at Friday 30 October 2020, 9:31am" in story.incidents()[0]["summary"]
        site.pages["/patents"], site.pages["/patents.csv"] = Page(b"Patents"), Page(FIGURES)
        story.clock.put(LIVE)
        story.works()
        last = story.get(story.lead, path)["verdicts"][-1]
        assert (last["kind"], last["delay_ms"]) == ("late", 150 * 60 * 1000)
        story.clock.put(KNOWN)
        story.published(published_at=instant_text(LIVE))
        late, listed = story.incidents()
        assert (late["kind"], listed["kind"]) == ("late_publication", "list_of_posts_late")
        report = story.report(late)
        assert (report["form"], practices(report)) == ("2018", ["T3.6"])
        assert "150 minutes after the time set, Friday 30 October 2020, 9:30am" in answered(report)


def test_page_that_nobody_scheduled_is_asked_for_the_day_before_and_is_scheduled_in_time(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=15))
    team = publisher(story)
    story.ready(DUE, ADVISER, title="Patents, trade marks and designs: August 2020", sensitivity="ordinary")
    tick(story, london(2020, 10, 28, 9, 0))
    assert subjects(story, team) == ["To do before publication: “Patents, trade marks and designs: August 2020”"]
    tick(story, london(2020, 10, 29, 12, 0))
    assert "Late before publication" in subjects(story, story.lead)[-1]
    # The page is scheduled only now, after the lead official has telephoned; the first entry was for the wrong time.
    story.clock.put(london(2020, 10, 29, 14, 0))
    wrong = confirms(story, team, london(2020, 10, 30, 12, 0))
    assert wrong.json()["code"] == "page_time_differs"
    done(confirms(story, team, DUE), 201)
    tick(story, london(2020, 10, 29, 15, 0))
    tick(story, DUE - timedelta(hours=1))
    page = [rung for rung, missing, _ in told(story) if missing == ["page_confirmed"]]
    assert page == ["owner", "lead_official"]


def test_page_that_nobody_scheduled_though_all_were_told_is_in_the_alarm_and_in_the_draft(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=15))
    publisher(story)
    story.ready(DUE, ADVISER, title="Patents, trade marks and designs: August 2020", sensitivity="ordinary")
    hours = (9, 12, 15)
    tick(story, london(2020, 10, 28, 9, 0))
    for hour in hours:
        tick(story, london(2020, 10, 29, hour, 0))
    tick(story, DUE - timedelta(hours=1))
    story.clock.put(DUE + timedelta(minutes=1))
    story.works()
    alarm = next(body for subject, body in story.letters(story.head) if subject.startswith("ALARM"))
    assert "Nobody had confirmed that the page was scheduled." in alarm
    story.clock.put(KNOWN)
    story.published(published_at=instant_text(LIVE))
    late = next(one for one in story.incidents() if one["kind"] == "late_publication")
    text = answered(story.report(late))
    for at, rung, count in (
        ("Wednesday 28 October 2020, 9:00am", "owner", 1),
        ("Thursday 29 October 2020, 12:00pm", "lead official", 1),
        ("Thursday 29 October 2020, 3:00pm", "head of profession", 1),
        ("Friday 30 October 2020, 8:30am", "everybody", 3),
    ):
        assert (
            f"{at} (UK time): Those who answer for the release were told what was missing, addressed to: {rung}, "
            f"{count} in number, missing: page confirmed." in text
        ), (at, text)
    assert "pat.publisher" not in text
