"""The watch before a site that is on time, late, early, false, slow or broken. Never a false “published”."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.reasons import instant_text
from app.rules.rehearsals import NOTE
from app.worker import jobs
from tests.build import london
from tests.publisher import HEADLINE, HOST, INSIDE, MARKER, NOTHING, OTHER, Page, Publisher, publishing
from tests.scenarios.conftest import Begin
from tests.story import CHANCELLOR, FIGURES, STRANGER, Story, answered, done, practices

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 6, 16, 9, 30)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def site() -> Iterator[Publisher]:
    with publishing() as opened:
        yield opened


def allows(story: Story, site: Publisher, *hosts: str) -> None:
    for host in hosts or (HOST,):
        body = {"host": f"{host}:{site.port}", "reason": "Our own site."}
        done(story.post(story.head, f"/producers/{story.sat.producer_id}/watched-hosts", json=body), 201)


def plans(story: Story, site: Publisher, who: str | None = None, **changes: Any) -> Any:
    body = {"page_url": site.url("/claimants"), "marker": MARKER, **changes}
    path = f"/releases/{story.told.release_id}/watch"
    revision = story.get(story.head, path)["revision"]
    return story.ask(who or story.statistician, "PUT", path, json=body, revision=revision)


def watched(begin: Begin, site: Publisher, *, due: datetime = DUE, how: Any = None, **changes: Any) -> Story:
    """Everything is ready, and the watch has a plan."""
    story = begin(due - timedelta(days=8), **(how or {}))
    story.service.street.site = site.prober(page_seconds=1.0)
    story.ready(due, CHANCELLOR)
    allows(story, site)
    done(plans(story, site, story.lead, **changes))
    return story


def at(story: Story, instant: datetime) -> dict[str, Any]:
    """Do what is due at an instant; gives the verdict that stands then."""
    story.clock.put(instant)
    story.works()
    return verdicts(story)[-1]


def verdicts(story: Story) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = story.get(story.head, f"/releases/{story.told.release_id}/watch")["verdicts"]
    return found


def kinds(story: Story) -> list[str]:
    return [one["kind"] for one in verdicts(story)]


def subjects(story: Story, who: Any) -> list[str]:
    return [subject for subject, _ in story.letters(who)]


def test_page_that_comes_out_on_time_is_live_and_its_lead_official_is_asked_to_declare_it(
    begin: Begin, site: Publisher
) -> None:
    story = watched(begin, site)
    site.pages["/claimants"] = Page(NOTHING)
    assert at(story, DUE - timedelta(hours=24))["kind"] == "not_yet"
    assert at(story, DUE - SECOND)["kind"] == "not_yet"
    site.pages["/claimants"] = Page(HEADLINE)
    live = at(story, DUE + SECOND)
    assert (live["kind"], live["delay_ms"], live["public_at"]) == ("live", 1000, instant_text(DUE + SECOND))
    assert (live["origin_at"], live["absent_at"]) == (live["public_at"], None)
    assert kinds(story) == ["not_yet", "live"]
    subject, body = story.letters(story.lead)[-1]
    assert subject == "Seen live: “Claimant count”"
    assert "Publication cannot be declared yet." in body
    assert "The list of posts with access has not been published" in body
    assert story.phase() == "overdue"
    story.published()
    assert story.incidents() == []


def test_page_that_answers_200_is_not_thereby_live_however_often_it_does(begin: Begin, site: Publisher) -> None:
    story = watched(begin, site)
    site.pages["/claimants"] = Page(NOTHING)
    for second in range(59):
        assert at(story, DUE + second * SECOND)["kind"] == "not_yet"
    assert at(story, DUE + MINUTE)["kind"] == "late"
    assert kinds(story) == ["not_yet", "late"]
    told = [body for subject, body in story.letters(story.head) if subject == "ALARM: Claimant count"]
    assert ["The watch does not find it on the public page." in body for body in told] == [True]


@pytest.mark.parametrize(
    "page",
    [
        Page(b"Bad gateway", 502),
        Page(HEADLINE, 503),
        Page(HEADLINE, 403),
        Page(HEADLINE, drip_seconds=0.2),
        Page(HEADLINE + bytes(3 * 1024**2)),
        Page(HEADLINE * 9, close=True),
        Page(status=302, headers={"Location": "/claimants"}),
        Page(HEADLINE, headers={"Content-Encoding": "br"}),
    ],
    ids=["502", "503", "403", "slow", "huge", "cut", "loop", "packed"],
)
def test_answer_that_shows_nothing_never_becomes_live_and_goes_to_a_person(
    begin: Begin, site: Publisher, page: Page
) -> None:
    story = watched(begin, site)
    site.pages["/claimants"] = page
    for second in (-301, -299, 0, 1, 2, 59, 60, 66, 72):
        assert at(story, DUE + second * SECOND)["kind"] == "cannot_tell"
    assert kinds(story) == ["cannot_tell"]
    assert "The watch cannot tell: “Claimant count”" in subjects(story, story.lead)
    assert subjects(story, story.lead).count("The watch cannot tell: “Claimant count”") == 1
    told = [body for subject, body in story.letters(story.head) if subject == "ALARM: Claimant count"]
    assert ["The watch cannot tell whether it is there." in body for body in told] == [True]
    assert (story.phase(), story.incidents()) == ("overdue", [])


def test_false_certificate_never_becomes_live(begin: Begin) -> None:
    with publishing(trusted=False) as false:
        story = watched(begin, false)
        false.pages["/claimants"] = Page(HEADLINE)
        assert at(story, DUE + SECOND)["kind"] == "cannot_tell"
        (probe,) = story.get(story.head, f"/releases/{story.told.release_id}/watch/probes")["results"]
        assert (probe["plain"]["trouble"], probe["plain"]["marker_found"]) == ("tls_not_trusted", None)


@pytest.mark.parametrize("host", [INSIDE, OTHER])
def test_redirect_to_a_private_address_or_to_a_host_nobody_allowed_is_not_followed(
    begin: Begin, site: Publisher, host: str
) -> None:
    story = watched(begin, site)
    allows(story, site, INSIDE)
    site.pages["/claimants"] = Page(status=302, headers={"Location": site.url("/elsewhere", host)})
    site.pages["/elsewhere"] = Page(HEADLINE)
    assert at(story, DUE + SECOND)["kind"] == "cannot_tell"
    assert [path for _, path, _ in site.asked if path.startswith("/elsewhere")] == []


@pytest.mark.parametrize("late", [SECOND, 30 * SECOND, 61 * SECOND, timedelta(minutes=20), timedelta(hours=3)])
def test_delay_is_measured_and_only_a_minute_or_more_is_late(begin: Begin, site: Publisher, late: timedelta) -> None:
    story = watched(begin, site)
    site.pages["/claimants"] = Page(b"Not found", 404)
    for instant in (DUE - MINUTE, DUE, DUE + late - timedelta(milliseconds=1)):
        at(story, instant)
    site.pages["/claimants"] = Page(HEADLINE)
    seen = DUE + late + MINUTE * (late > MINUTE)
    verdict = at(story, seen)
    assert verdict["kind"] == ("late" if late > MINUTE else "live")
    assert verdict["delay_ms"] == (seen - DUE) // timedelta(milliseconds=1)
    found = [(one["kind"], one["facts"]["difference_seconds"]) for one in story.incidents()]
    assert found == ([("late_publication", (seen - DUE) // SECOND)] if late > MINUTE else [])


def test_page_hidden_by_a_cache_is_published_where_it_comes_from_and_not_yet_to_the_public(
    begin: Begin, site: Publisher
) -> None:
    story = watched(begin, site)
    site.cache_by = "address"
    site.pages["/claimants"] = Page(NOTHING)
    at(story, DUE - SECOND)
    site.pages["/claimants"] = Page(HEADLINE)
    hidden = at(story, DUE + SECOND)
    assert (hidden["kind"], hidden["origin_at"], hidden["public_at"]) == ("not_yet", instant_text(DUE + SECOND), None)
    assert "Caches hide it" in hidden["why"]
    site.forget()
    live = at(story, DUE + 20 * SECOND)
    assert (live["kind"], live["origin_at"], live["public_at"]) == (
        "live",
        instant_text(DUE + SECOND),
        instant_text(DUE + 20 * SECOND),
    )


def test_cache_that_keeps_by_path_alone_hides_it_from_both_looks_and_nothing_is_claimed(
    begin: Begin, site: Publisher
) -> None:
    story = watched(begin, site)
    site.cache_by = "path"
    site.pages["/claimants"] = Page(NOTHING)
    at(story, DUE - SECOND)
    site.pages["/claimants"] = Page(HEADLINE)
    assert (at(story, DUE + SECOND)["kind"], at(story, DUE + SECOND)["origin_at"]) == ("not_yet", None)


def test_published_file_proves_it_and_another_file_does_not(begin: Begin, site: Publisher) -> None:
    story = watched(begin, site, marker="", file_urls=[site.url("/tables.csv")])
    site.pages["/tables.csv"] = Page(FIGURES.replace(b"120455", b"120456"))
    at(story, DUE - SECOND)
    assert at(story, DUE + SECOND)["kind"] == "not_yet"
    site.pages["/tables.csv"] = Page(FIGURES)
    assert at(story, DUE + 2 * SECOND)["kind"] == "live"


def test_marker_and_file_must_both_be_there_when_both_are_looked_for(begin: Begin, site: Publisher) -> None:
    story = watched(begin, site, file_urls=[site.url("/tables.csv")])
    site.pages["/claimants"], site.pages["/tables.csv"] = Page(HEADLINE), Page(FIGURES + b"\n")
    assert at(story, DUE + SECOND)["kind"] == "not_yet"
    site.pages["/tables.csv"] = Page(b"Not found", 404)
    assert at(story, DUE + 2 * SECOND)["kind"] == "not_yet"
    site.pages["/tables.csv"] = Page(FIGURES)
    assert at(story, DUE + 3 * SECOND)["kind"] == "live"


def test_page_out_a_day_early_opens_one_incident_with_its_draft_and_gives_alarm(begin: Begin, site: Publisher) -> None:
    story = watched(begin, site, declares=True)
    site.pages["/claimants"] = Page(HEADLINE)
    early = at(story, DUE - timedelta(hours=24))
    assert early["kind"] == "early"
    for minutes in (5, 10, 15):
        at(story, DUE - timedelta(hours=24) + minutes * MINUTE)
    (incident,) = story.incidents()
    assert (incident["kind"], incident["facts"]["difference_seconds"]) == ("early_publication", 24 * 3600)
    assert practices(story.report(incident)) == ["3", "3.3", "3.4"]
    (alarm,) = story.get(story.head, f"/releases/{story.told.release_id}/alarms")["results"]
    assert (alarm["kind"], alarm["calls"]) == ("early", 4)
    assert story.phase() == "open"  # nothing is declared by itself before its time
    site.pages["/claimants"] = Page(NOTHING)
    assert at(story, DUE - timedelta(hours=23))["kind"] == "not_yet"
    assert len(story.incidents()) == 1


def test_release_seen_live_is_declared_by_itself_only_where_its_plan_says_so_and_its_posts_are_published(
    begin: Begin, site: Publisher
) -> None:
    story = watched(begin, site, declares=True)
    site.pages["/claimants"] = Page(HEADLINE)
    assert at(story, DUE + SECOND)["kind"] == "live"
    assert story.phase() == "overdue"  # T41: without the list of posts, publication cannot be declared
    assert "Publication cannot be declared yet." in story.letters(story.lead)[-1][1]
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    at(story, DUE + 2 * SECOND)
    shown = story.get(CHANCELLOR, f"/releases/{story.told.release_id}")
    assert (shown["phase"], shown["published_at"]) == ("published", instant_text(DUE + SECOND))
    entry = story.entries(EntryKind.RELEASE_MOVED)[-1]
    assert entry["said"]["published_at"] == instant_text(DUE + SECOND)
    history = story.get(story.head, f"/releases/{story.told.release_id}/history")["results"]
    assert history[-1]["reason"].startswith("Seen live by the watch. The public could see it at Tuesday 16 June 2026")
    assert story.letters(CHANCELLOR)[-1][0] == "Claimant count: published"
    before = len(site.asked)
    at(story, DUE + timedelta(minutes=30))
    assert len(site.asked) == before


def test_plan_is_set_by_those_who_may_and_every_fault_of_it_is_named(begin: Begin, site: Publisher) -> None:
    story = begin(DUE - timedelta(days=8))
    story.release(DUE)
    path = f"/releases/{story.told.release_id}/watch"
    assert story.get(story.auditor, path)["watched"] is False
    for who, status in ((story.auditor, 403), (STRANGER, 404), (None, 401)):
        answer = story.ask(who, "PUT", path, json={"marker": MARKER}, revision=0)
        assert answer.status_code == status
    wrong = {"page_url": "https://10.0.0.1/x", "marker": "short", "file_urls": ["https://www.stats.gov.example/t.csv"]}
    refused = story.ask(story.statistician, "PUT", path, json=wrong, revision=0)
    assert (refused.status_code, [one["where"] for one in refused.json()["errors"]]) == (
        422,
        ["marker", "page_url", "file_urls.0"],
    )
    nothing = story.ask(story.statistician, "PUT", path, json={"page_url": site.url("/x")}, revision=0)
    assert [one["where"] for one in nothing.json()["errors"]] == ["marker", "page_url"]
    allows(story, site)
    declares = plans(story, site, declares=True)
    assert (declares.status_code, declares.json()["code"]) == (403, "role_required")
    assert done(plans(story, site))["watched"] is True
    stale = story.ask(story.statistician, "PUT", path, json={"marker": MARKER}, revision=0)
    assert stale.json()["code"] == "changed_meanwhile"


def test_hosts_are_allowed_by_the_head_of_profession_on_record_and_ended_with_the_next_look(
    begin: Begin, site: Publisher
) -> None:
    story = watched(begin, site)
    path = f"/producers/{story.sat.producer_id}/watched-hosts"
    (host,) = story.get(story.auditor, path)["results"]
    assert (host["allowed_by"], host["reason"], host["ended_at"]) == (story.head, "Our own site.", None)
    assert story.post(story.lead, path, json={"host": "www.other.gov.example"}).status_code == 403
    for false in ("10.0.0.1", "localhost", "[::1]", "www..example", "www.stats.gov.example/x", "a b.example"):
        assert story.post(story.head, path, json={"host": false}).status_code == 422
    assert story.post(story.head, path, json={"host": host["host"]}).json()["code"] == "no_change"
    site.pages["/claimants"] = Page(HEADLINE)
    assert story.post(story.lead, f"/watched-hosts/{host['host_id']}/end").status_code == 403
    assert done(story.post(story.head, f"/watched-hosts/{host['host_id']}/end"))["ended_by"] == story.head
    assert story.post(story.head, f"/watched-hosts/{host['host_id']}/end").json()["code"] == "already_ended"
    assert (at(story, DUE + SECOND)["kind"], site.asked) == ("cannot_tell", [])


def test_release_without_a_plan_is_shown_unwatched_and_its_lead_official_warned_once(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR)
    story.clock.put(DUE - timedelta(hours=24) - SECOND)
    story.works()
    assert "Nothing watches: “Claimant count”" not in subjects(story, story.lead)
    for hour in (24, 23, 1):
        story.clock.put(DUE - timedelta(hours=hour))
        story.works()
    assert subjects(story, story.lead).count("Nothing watches: “Claimant count”") == 1
    (warned,) = [body for subject, body in story.letters(story.lead) if subject == "Nothing watches: “Claimant count”"]
    assert f"{story.tools.policy.public_address}/producer/releases/{story.told.release_id}/watch\n" in warned
    story.clock.put(DUE + MINUTE)
    story.works()
    assert "Nothing watches its public page" in story.letters(story.lead)[-1][1]


def test_probes_that_see_the_same_are_kept_one_in_twenty(begin: Begin, site: Publisher) -> None:
    story = watched(begin, site)
    site.pages["/claimants"] = Page(NOTHING)
    for second in range(61):
        at(story, DUE - 2 * SECOND + second * SECOND)
    assert len(site.asked) == 61 * 2
    path = f"/releases/{story.told.release_id}/watch/probes"
    assert len(story.get(story.head, path)["results"]) == 4
    assert len(story.entries(EntryKind.PAGE_PROBED)) == 4
    assert STRANGER.name not in str(story.get(story.auditor, path))
    assert story.ask(STRANGER, "GET", path).status_code == 404


def test_plan_that_changes_forgets_what_was_seen_by_the_one_before(begin: Begin, site: Publisher) -> None:
    story = watched(begin, site, marker="Upcoming: Claimant count")
    site.pages["/claimants"] = Page(NOTHING)
    assert at(story, DUE - timedelta(hours=2))["kind"] == "early"
    story.clock.forward(seconds=30)
    done(plans(story, site))
    assert at(story, DUE - timedelta(hours=1))["kind"] == "not_yet"


def test_two_workers_at_once_draft_one_incident_and_write_each_letter_once(
    site: Publisher, any_database_url: str, tmp_path: Path
) -> None:
    def begin(instant: datetime, **how: Any) -> Story:
        return Story(tmp_path / "story", instant, **how)

    story = watched(begin, site, how={"database_url": any_database_url})
    try:
        site.pages["/claimants"] = Page(NOTHING)
        at(story, DUE - MINUTE)
        story.clock.put(DUE + MINUTE)
        together = threading.Barrier(2)

        def work(name: str) -> None:
            together.wait()
            jobs.do_due(story.tools, name)

        workers = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [one["kind"] for one in story.incidents()] == ["late_publication"]
        assert kinds(story) == ["not_yet", "late"]
        found = subjects(story, story.head)
        assert (found.count("ALARM: Claimant count"), found.count("Incident 1: published after the time set")) == (1, 1)
        assert "Claimant count: not yet published, the embargo still holds" in subjects(story, CHANCELLOR)
        (incident,) = story.incidents()
        assert "was not public at Tuesday 16 June 2026, 9:31am" in answered(story.report(incident))
    finally:
        story.service.close()


def test_day_is_rehearsed_with_the_watch_before_a_page_that_comes_late_and_every_letter_says_that_it_is_one(
    begin: Begin, site: Publisher
) -> None:
    story = begin(DUE - timedelta(days=8))
    story.service.street.site = site.prober(page_seconds=1.0)
    story.ready(DUE, CHANCELLOR)
    real = story.told.release_id
    story.clock.put(DUE - timedelta(days=2))
    allows(story, site)
    body = {"minutes": 20, "tells_people": True}
    twin = done(story.post(story.head, f"/releases/{real}/rehearsal", json=body), 201)
    story.told.release_id = twin["release_id"]
    due = datetime.fromisoformat(twin["publishes_at"])
    done(plans(story, site, story.lead, page_url=site.url("/rehearsal"), marker="A rehearsal and no release"))
    before = {who: len(story.letters(who)) for who in (story.lead, story.head, CHANCELLOR)}
    site.pages["/rehearsal"] = Page(NOTHING)
    assert at(story, due)["kind"] == "not_yet"
    assert at(story, due + MINUTE)["kind"] == "late"
    site.pages["/rehearsal"] = Page(b"<!doctype html><h1>A rehearsal and no release</h1>")
    assert at(story, due + 3 * MINUTE)["kind"] == "late"
    assert verdicts(story)[-1]["public_at"] == instant_text(due + 3 * MINUTE)
    told = [(who, *letter) for who, known in before.items() for letter in story.letters(who)[known:]]
    assert [subject for who, subject, _ in told if who == story.head and subject.startswith("REHEARSAL: ALARM")] != []
    assert [
        (subject, body) for _, subject, body in told if not (subject.startswith("REHEARSAL: ") and NOTE in body)
    ] == []
    assert {one["facts"]["rehearsal"] for one in story.incidents()} == {True}
    story.told.release_id = real
    assert verdicts(story) == []
