"""Police service strength, due Thursday 31 January 2013 at 09:30, live at 11:50.

What happened: the web host reported the page as live while the line to the public server was broken, so it came out
    140 minutes late.
What this service would have done: looked at the page itself from outside every second, called the release late at
    09:31 whatever the host said, told its readers that they stay bound, given alarm until somebody had it in hand,
    drafted the report at once, and completed it to the second when the page came out.
What it could not have prevented: the fault of the host; or a person who believes the host, declares publication and
    so ends the embargo while nothing is live.
Practice engaged: Code of Practice 2009, Protocol 2, practice 4 (release at 09:30 on a weekday).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.entries import EntryKind
from app.records.tables import alarms
from app.rules.orders import uk
from app.rules.reasons import instant_text
from tests.build import london
from tests.publisher import HOST, Page, publishing
from tests.scenarios.conftest import Begin
from tests.scenarios.test_readiness import confirms, publisher
from tests.story import FIGURES, Reader, Story, answered, done, practices, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE, LIVE = london(2013, 1, 31, 9, 30), london(2013, 1, 31, 11, 50)
CHIEF = Reader("Ash Alder", "ash.alder@police.gov.example", "Chief Officer", "Association of Example Police")
TITLE = "Police service strength, 30 September 2012"


def overdue(begin: Begin) -> Story:
    """It is 09:45; the page is not there."""
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, CHIEF, title=TITLE, sensitivity="ordinary")
    story.clock.put(DUE + timedelta(minutes=15))
    return story


def test_release_that_is_not_live_is_overdue_to_everybody_and_its_readers_stay_bound(begin: Begin) -> None:
    story = overdue(begin)
    for who in (story.lead, story.head, CHIEF):
        shown = story.get(who, f"/releases/{story.told.release_id}")
        assert (shown["phase"], shown["published_at"]) == ("overdue", None)
    assert story.reads(CHIEF) == FIGURES
    assert story.entries(EntryKind.RELEASE_MOVED)[-1]["said"]["move"] == "sign_off"
    assert [subject for subject, _ in story.letters(CHIEF) if "published" in subject] == []


def test_publication_at_1150_has_its_report_drafted_with_the_minutes_and_the_practice(begin: Begin) -> None:
    story = overdue(begin)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(LIVE + timedelta(minutes=6))
    seen = {"reason": "Two people have seen the page.", "published_at": instant_text(LIVE)}
    published = done(story.moves(story.lead, "publication", **seen))
    assert published["published_at"] == "2013-01-31T11:50:00.000Z"
    assert reasons(story.opens(CHIEF)) == [("already_published", uk.PARA_6_1)]
    (incident,) = story.incidents()
    assert (incident["kind"], incident["facts"]["difference_seconds"]) == ("late_publication", 140 * 60)
    assert [subject for subject, _ in story.letters(story.head)][-1] == "Incident 1: published after the time set"
    report = story.report(incident)
    assert (report["form"], practices(report)) == ("2009", ["P2/4"])
    told = answered(report)
    assert "140 minutes after the time set, Thursday 31 January 2013, 9:30am" in told
    assert "public at Thursday 31 January 2013, 11:50am" in told
    assert not any(name in str(report) for name in (CHIEF.name, CHIEF.email))


def test_watch_that_looks_for_itself_drafts_the_report_at_0931_and_completes_it_at_1150(begin: Begin) -> None:
    with publishing() as site:
        story = begin(DUE - timedelta(days=8))
        story.service.street.site = site.prober()
        story.ready(DUE, CHIEF, title=TITLE, sensitivity="ordinary")
        host = {"host": f"{HOST}:{site.port}", "reason": "The web host."}
        done(story.post(story.head, f"/producers/{story.sat.producer_id}/watched-hosts", json=host), 201)
        plan = {"page_url": site.url("/strength"), "marker": TITLE, "declares": True}
        path = f"/releases/{story.told.release_id}/watch"
        done(story.ask(story.lead, "PUT", path, json=plan, revision=0))
        done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
        site.pages["/strength"] = Page(b"<h1>Police service strength</h1><p>This page has been updated.</p>")
        for instant in (DUE - timedelta(minutes=1), DUE, DUE + timedelta(minutes=1)):
            story.clock.put(instant)
            story.works()
        (incident,) = story.incidents()
        assert (incident["kind"], incident["facts"]["public_at"]) == ("late_publication", None)
        assert [subject for subject, _ in story.letters(CHIEF)][-1].endswith("the embargo still holds")
        assert f"ALARM: {TITLE}" in [subject for subject, _ in story.letters(story.head)]
        story.clock.put(LIVE - timedelta(minutes=1))
        story.works()
        assert (story.phase(), len(story.incidents())) == ("overdue", 1)
        site.pages["/strength"] = Page(f"<h1>{TITLE}</h1>".encode())
        story.clock.put(LIVE)
        story.works()
        shown = story.get(CHIEF, f"/releases/{story.told.release_id}")
        assert (shown["phase"], shown["published_at"]) == ("published", instant_text(LIVE))
        (completed,) = story.incidents()
        assert completed["incident_id"] == incident["incident_id"]
        assert (completed["facts"]["public_at"], completed["facts"]["difference_seconds"]) == (
            instant_text(LIVE),
            140 * 60,
        )
        report = story.report(completed)
        assert (report["form"], practices(report)) == ("2009", ["P2/4"])
        told = answered(report)
        assert "140 minutes after the time set, Thursday 31 January 2013, 9:30am" in told
        assert "The watch looked at the public page, which it finds late" in told


def test_host_that_is_believed_ends_the_embargo_and_the_log_keeps_whose_word_it_was(begin: Begin) -> None:
    # The third line above, told: a person may declare before the watch has seen anything.
    story = overdue(begin)
    story.clock.put(DUE + timedelta(seconds=20))
    story.published("The host reports the page as updated.")
    assert story.incidents() == []
    entry = story.entries(EntryKind.RELEASE_MOVED)[-1]
    assert entry["said"]["published_at"] == "2013-01-31T09:30:20.000Z"
    (found,) = [
        one
        for one in story.get(story.auditor, "/audit/entries", params={"kind": "release_moved", "limit": 100})["results"]
        if one["entry_id"] == entry["id"]
    ]
    assert found["disclosed"]["actor"]["value"] == story.lead
    assert found["disclosed"]["reason"]["value"] == "The host reports the page as updated."
    again = story.moves(story.head, "postponement", reason="It is not live after all.")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    told = story.reports(story.head, "other", "Declared on the host's word; not live before 11:50.")
    (incident,) = story.incidents()
    assert incident["incident_id"] == told["incident_id"]
    path = f"/incidents/{incident['incident_id']}"
    change = {"kind": "late_publication", "practices": ["P2/4"], "note": "The page was live at 11:50."}
    done(story.ask(story.head, "PATCH", path, json=change, revision=incident["revision"]))
    assert practices(story.report(incident)) == ["P2/4"]


def test_page_confirmed_as_scheduled_and_not_live_stands_in_the_alarm_and_in_the_draft(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    team = publisher(story)
    story.ready(DUE, CHIEF, title=TITLE, sensitivity="ordinary")
    story.clock.put(DUE - timedelta(hours=20))
    done(confirms(story, team, DUE, scheduled_by="Jo Bloggs"), 201)
    story.clock.put(DUE + timedelta(minutes=1))
    story.works()
    alarm = next(body for subject, body in story.letters(story.head) if subject.startswith("ALARM"))
    assert "The page was confirmed as scheduled on Wednesday 30 January 2013, 1:30pm (UK time)." in alarm
    # Whoever confirms it may type a name; letters and summaries go too far for that.
    with story.tools.reading() as connection:
        summaries = [one.summary for one in connection.execute(select(alarms.c.summary))]
    bodies = [body for who in (story.head, story.lead, story.statistician) for _, body in story.letters(who)]
    assert len(summaries) > 0
    assert [one for one in (*summaries, *bodies) if "Bloggs" in one] == []
    story.clock.put(LIVE + timedelta(minutes=6))
    story.published(published_at=instant_text(LIVE))
    late = next(one for one in story.incidents() if one["kind"] == "late_publication")
    text = answered(story.report(late))
    confirmed = (
        "Wednesday 30 January 2013, 1:30pm (UK time): The page was confirmed as scheduled, by the publishing team, "
        "for Thursday 31 January 2013, 9:30am (UK time)."
    )
    assert confirmed in text, text
    assert "Pat Publisher" not in text
