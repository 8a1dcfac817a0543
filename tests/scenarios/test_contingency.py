"""The days of 2013 and 2020 with a contingency: the site is down at 9:30, and the head of profession publishes here.

What happened: in 2013 the line to the public server was broken until 11:50; in 2020 nobody had scheduled the page, and
    it came out at 12:00. Neither producer had another place to publish at.
What this service would have done: called the release late at 9:31, named the contingency in the alarm, and given the
    final documents to everybody at once when the head of profession decided it, with the draft report of it all.
What it could not have prevented: the fault of the site; or the twenty minutes until somebody decides.
Practice engaged: Code of Practice 2018, T3.6 (release at 9:30 on a weekday); of 2025, Standard 3.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.actions import public_documents
from app.audit.entries import EntryKind
from app.rules.contingency import CONFIRMATION
from app.rules.reasons import instant_text
from tests.build import london
from tests.publisher import HOST, Page, publishing
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, Reader, Story, answered, done, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
WHY = "The publishing site has failed since 9:30."
SHA256 = hashlib.sha256(FIGURES).hexdigest()


def prepared(begin: Begin, *, database_url: str | None = None, **changes: Any) -> Story:
    """Everything is ready for 9:30, and the list of posts is published."""
    story = begin(DUE - timedelta(days=8), database_url=database_url)
    story.ready(DUE, CHANCELLOR, ADVISER, **changes)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    return story


def decides(story: Story, who: Reader | str | None = None, **changes: Any) -> httpx2.Response:
    """Ask for the release to everyone, as the head of profession unless told otherwise."""
    path = f"/releases/{story.told.release_id}"
    body = {
        "reason": WHY,
        "confirmation": CONFIRMATION,
        **changes,
    }
    revision = int(str(body.pop("revision", 0))) or story.get(story.head, path)["revision"]
    return story.post(who or story.head, f"{path}/contingency", json=body, revision=revision)


def public(story: Story, what: str = "", method: str = "GET", **headers: str) -> httpx2.Response:
    """Ask as anybody."""
    return story.ask(None, method, f"/published/{story.told.release_id}{what}", headers=headers)


def file(story: Story, method: str = "GET", **headers: str) -> httpx2.Response:
    """Ask for the document as anybody."""
    return public(story, f"/documents/{story.told.document_id}", method, **headers)


def test_day_of_2013_with_a_contingency_goes_from_the_alarm_to_everybody_and_back(begin: Begin) -> None:
    with publishing() as site:
        story = prepared(begin)
        release_id = story.told.release_id
        story.service.street.site = site.prober()
        host = {"host": f"{HOST}:{site.port}", "reason": "The web host."}
        done(story.post(story.head, f"/producers/{story.sat.producer_id}/watched-hosts", json=host), 201)
        plan = {"page_url": site.url("/count"), "marker": "Claimant count, March"}
        done(story.ask(story.lead, "PUT", f"/releases/{release_id}/watch", json=plan, revision=0))
        site.pages["/count"] = Page(b"<h1>Bad gateway</h1>", 502)
        for minutes in (-1, 0, 1):
            story.clock.put(DUE + timedelta(minutes=minutes))
            story.works()
        (alarm,) = [body for subject, body in story.letters(story.head) if subject == "ALARM: Claimant count"]
        assert f"/producer/releases/{release_id}/contingency" in alarm
        assert FIGURES.decode() not in alarm
        assert (file(story).status_code, public(story).status_code) == (404, 404)

        story.clock.put(DUE + timedelta(minutes=20))
        made = done(decides(story), 201)
        assert (made["state"], made["released_at"]) == ("public", instant_text(DUE + timedelta(minutes=20)))
        fetched = file(story)
        assert (fetched.status_code, fetched.content) == (200, FIGURES)
        assert hashlib.sha256(fetched.content).hexdigest() == SHA256 == public(story).json()["documents"][0]["sha256"]
        assert story.phase() == "published"
        assert reasons(story.opens(CHANCELLOR))[0][0] == "already_published"
        told = story.letters(CHANCELLOR)[-1]
        assert f"http://127.0.0.1:8000/published/{release_id}" in told[1]
        assert "stats.gov.example" not in told[1]  # nobody is sent to the site that is down
        assert story.entries(EntryKind.ALARM_ENDED)[-1]["said"]["because"] == "published"

        story.clock.put(DUE + timedelta(minutes=50))
        site.pages["/count"] = Page(b"<h1>Claimant count, March</h1>")
        story.works()
        (proposed,) = [body for subject, body in story.letters(story.head) if subject.startswith("Back on your own")]
        assert f"/producer/releases/{release_id}/contingency" in proposed
        assert file(story).status_code == 200  # proposed, and decided by a person alone
        shown = story.get(story.lead, f"/releases/{release_id}/contingency")
        assert shown["site_back_at"] is not None
        story.works()
        assert len(story.entries(EntryKind.CONTINGENCY_SITE_BACK)) == 1

        story.clock.put(DUE + timedelta(minutes=60))
        path = f"/releases/{release_id}/contingency/withdrawal"
        done(story.post(story.lead, path, json={"reason": "The site holds."}, revision=shown["revision"]))
        assert file(story).status_code == 404
        left = public(story).json()
        assert (left["documents"], left["public_url"]) == ([], "https://stats.gov.example/claimant-count")
        assert story.phase() == "published"

        public_documents.count_readings(story.tools)
        (entry,) = story.entries(EntryKind.CONTINGENCY_READ)
        assert entry["said"] == {"counts": {"whole": 2}, "sent_bytes": 2 * len(FIGURES)}
        (incident,) = story.incidents()
        assert (incident["kind"], incident["facts"]["difference_seconds"]) == ("late_publication", 20 * 60)
        report = answered(story.report(incident))
        assert "20 minutes after the time set" in report
        for line in (
            "9:50am (UK time): The final documents were released on this service's own public page",
            "10:20am (UK time): The watch saw the release on the producer's own site again",
            "10:30am (UK time): The documents were withdrawn from this service's own public page",
        ):
            assert line in report, line
        assert WHY not in str(story.entries(EntryKind.CONTINGENCY_RELEASED))
        again = decides(story)
        assert (again.status_code, again.json()["code"]) == (409, "contingency_refused")


def test_decision_a_millisecond_before_the_time_set_is_refused_and_at_it_is_taken(
    begin: Begin, any_database_url: str
) -> None:
    story = prepared(begin, database_url=any_database_url)
    story.clock.put(DUE - timedelta(milliseconds=1))
    refused = decides(story)
    assert (refused.status_code, refused.json()["code"]) == (409, "contingency_refused")
    assert reasons(refused) == [("time_not_reached", "Code 2025 3")]
    assert file(story).status_code == 404
    story.clock.put(DUE)
    done(decides(story), 201)
    assert file(story).content == FIGURES
    path = f"/releases/{story.told.release_id}/contingency/withdrawal"
    done(story.post(story.head, path, json={"reason": "The site holds."}, revision=1))
    again = story.post(story.head, path, json={"reason": "The site holds."}, revision=2)
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")
    assert [one["documents"] for one in story.ask(None, "GET", "/published").json()["results"]] == [[]]


def test_decision_by_a_clock_that_cannot_be_trusted_is_refused(begin: Begin) -> None:
    story = prepared(begin)
    story.clock.put(DUE + timedelta(minutes=5))
    story.clock.wrong_by = timedelta(seconds=3)
    refused = decides(story)
    assert (refused.status_code, refused.json()["code"]) == (503, "clock_wrong")
    assert file(story).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"confirmation": "yes"}, 422, "invalid_request"),
        ({"reason": " "}, 422, "reason_required"),
        ({"revision": 1}, 412, "changed_meanwhile"),
    ],
)
def test_decision_without_its_words_is_refused(begin: Begin, changes: dict[str, Any], status: int, code: str) -> None:
    story = prepared(begin)
    story.clock.put(DUE + timedelta(minutes=5))
    refused = decides(story, **changes)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (story.phase(), file(story).status_code) == ("overdue", 404)


def test_decision_is_the_heads_alone_and_strangers_are_told_nothing(begin: Begin) -> None:
    story = prepared(begin)
    story.clock.put(DUE + timedelta(minutes=5))
    asked = {who: decides(story, who).status_code for who in (story.lead, story.statistician, story.auditor)}
    assert asked == {story.lead: 403, story.statistician: 403, story.auditor: 403}
    assert decides(story, CHANCELLOR).status_code == 404
    path = f"/releases/{story.told.release_id}/contingency"
    assert [story.ask(who, "GET", path).status_code for who in (CHANCELLOR, story.auditor)] == [404, 200]
    assert story.phase() == "overdue"


def test_decision_with_a_sign_in_that_is_not_fresh_is_refused(begin: Begin) -> None:
    story = prepared(begin)
    story.clock.put(DUE)
    held = story.headers(story.head)
    story.clock.put(DUE + timedelta(minutes=16))
    body = {"reason": WHY, "confirmation": CONFIRMATION}
    refused = story.client.post(
        f"/api/v1/releases/{story.told.release_id}/contingency", json=body, headers={**held, "If-Match": '"1"'}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_sign_in_required")


def test_release_without_its_list_of_posts_is_not_made_public(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR)
    story.clock.put(DUE + timedelta(minutes=5))
    refused = decides(story)
    assert reasons(refused) == [("list_of_posts_missing", "SI 2008/2998 Sch. para 9(b)")]


@pytest.mark.parametrize(
    ("act", "code"), [("postponement", "release_postponed"), ("cancellation", "release_cancelled")]
)
def test_release_that_is_not_to_come_out_now_is_not_made_public(begin: Begin, act: str, code: str) -> None:
    story = prepared(begin)
    done(story.moves(story.head, act, reason="An error was found."))
    story.clock.put(DUE + timedelta(minutes=5))
    assert reasons(decides(story))[0] == (code, "Producer policy: contingency")
    assert file(story).status_code == 404


def test_release_that_was_moved_waits_for_its_new_time(begin: Begin) -> None:
    story = prepared(begin)
    later = {"publishes_at": instant_text(DUE + timedelta(days=1)), "reason": "An error was found."}
    done(story.moves(story.head, "rescheduling", **later))
    story.clock.put(DUE + timedelta(minutes=5))
    assert "time_not_reached" in [code for code, _ in reasons(decides(story))]


def test_release_taken_back_to_be_changed_is_not_final(begin: Begin) -> None:
    story = prepared(begin)
    done(story.moves(story.head, "reopening", reason="A table is wrong."))
    story.clock.put(DUE + timedelta(minutes=5))
    assert reasons(decides(story)) == [("release_not_final", "Producer policy: contingency")]


def test_document_that_does_not_open_is_not_promised_to_anybody(begin: Begin) -> None:
    story = prepared(begin)
    story.clock.put(DUE + timedelta(minutes=5))
    (sealed,) = [one for one in (story.folder / "sealed").rglob("*") if one.is_file() and one.suffix != ".escrow"]
    body = bytearray(sealed.read_bytes())
    body[-1] ^= 1
    sealed.chmod(0o600)
    sealed.write_bytes(bytes(body))
    refused = decides(story)
    assert (refused.status_code, refused.json()["code"]) == (500, "seal_broken")
    assert story.phase() == "overdue"


def test_public_document_serves_ranges_and_says_what_one_has(begin: Begin) -> None:
    story = prepared(begin)
    story.clock.put(DUE + timedelta(minutes=5))
    done(decides(story), 201)
    whole = file(story)
    tag = whole.headers["etag"]
    assert whole.headers["cache-control"] == "public, max-age=2"
    assert "set-cookie" not in whole.headers
    part = file(story, Range="bytes=7-15")
    assert (part.status_code, part.content) == (206, FIGURES[7:16])
    assert part.headers["content-range"] == f"bytes 7-15/{len(FIGURES)}"
    assert file(story, Range="bytes=-4").content == FIGURES[-4:]
    assert file(story, **{"Range": "bytes=7-15", "If-Range": '"0f"'}).content == FIGURES
    beyond = file(story, Range="bytes=5000-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(FIGURES)}")
    unchanged = file(story, **{"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = file(story, "HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(FIGURES)))
    listed = done(story.ask(None, "GET", "/published"))["results"]
    assert [one["release_id"] for one in listed] == [story.told.release_id]


def test_document_recalled_after_the_decision_is_given_to_nobody(begin: Begin) -> None:
    story = prepared(begin)
    story.clock.put(DUE + timedelta(minutes=5))
    done(decides(story), 201)
    assert file(story).status_code == 200
    path = f"/documents/{story.told.document_id}"
    revision = story.get(story.head, path)["revision"]
    done(story.post(story.head, f"{path}/recall", json={"reason": "A table is wrong."}, revision=revision))
    assert file(story).status_code == 404
    assert public(story).json()["documents"] == []


def test_two_decisions_at_once_are_one(begin: Begin) -> None:
    story = prepared(begin)
    story.clock.put(DUE + timedelta(minutes=5))
    first, second = decides(story), decides(story)
    assert (first.status_code, second.status_code) == (201, 409)
    assert len(story.entries(EntryKind.CONTINGENCY_RELEASED)) == 1


def test_rehearsal_comes_as_far_as_the_decision_and_shows_the_public_nothing(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR)
    release_id = story.told.release_id
    made = done(story.post(story.head, f"/releases/{release_id}/rehearsal", json={"minutes": 20}), 201)
    path = f"/releases/{made['release_id']}"
    revision = story.get(story.head, path)["revision"]
    story.clock.forward(hours=1)
    body = {"reason": WHY, "confirmation": CONFIRMATION}
    refused = story.post(story.head, f"{path}/contingency", json=body, revision=revision)
    assert refused.status_code == 409
    assert ("rehearsal_is_not_public", "Producer policy: rehearsals") in reasons(refused)
    assert story.ask(None, "GET", f"/published/{made['release_id']}").status_code == 404
