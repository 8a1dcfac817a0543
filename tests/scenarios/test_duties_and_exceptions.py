"""T04, T09, T35: what exceptional access rests on, and what is owed because of it, whatever happens afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.actions import closed_days
from app.audit.entries import EntryKind
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.scenarios.test_published import at_producer
from tests.scenarios.test_special_classes import SCOTTISH, WELSH, _redrafted, drafted, grant, owed, public_posts, ready
from tests.story import ADVISER, CHANCELLOR, SECRETARY, done, reasons
from tests.unit.lists.real import as_csv

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TUESDAY = london(2026, 6, 16, 9, 30)
TOLD = {"reasons": "Floods are expected.", "board_informed_at": "2026-05-15T10:00:00Z"}
CONSIDERED = "The training was done; the briefing cannot be given without this post."


def test_T04_notice_to_the_board_in_the_future_is_refused_on_a_new_grant_and_a_changed_one(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY)
    drafted(story, grant(CHANCELLOR, asked_minutes=60))
    later = {"asked_minutes": 5 * 24 * 60, "exceptional": {**TOLD, "board_informed_at": "2031-01-01T10:00:00Z"}}
    draft = story.told.listed
    path = f"/lists/{draft['list_id']}/grants"
    revision = draft["revision"]
    added = story.post(story.statistician, path, json=grant(SECRETARY, **later), revision=revision)
    one = f"{path}/{story.grant_of(CHANCELLOR)['grant_id']}"
    changed = story.ask(story.statistician, "PATCH", one, json=later, revision=revision)
    assert [(answer.status_code, answer.json()["code"]) for answer in (added, changed)] == [
        (422, "invalid_instant"),
        (422, "invalid_instant"),
    ]
    assert story.get(story.head, f"/lists/{draft['list_id']}")["revision"] == revision


@pytest.mark.parametrize("order", ["uk", "northern_ireland"])
def test_T04_notice_to_the_board_in_the_future_stops_an_import_and_its_row_is_named(begin: Begin, order: str) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, order=order)
    headings = [
        "Post",
        "Organisation",
        "Hours",
        "Name",
        "Email",
        "In post from",
        "Exceptional reasons",
        "Board informed",
    ]

    def sheet(informed: str) -> bytes:
        said = ["Floods are expected.", informed]
        return as_csv(
            [headings, [*SECRETARY.row()[:6], "", ""], [*CHANCELLOR.row()[:2], "120", *CHANCELLOR.row()[3:6], *said]]
        )

    refused = story.import_sheet(sheet("2026-05-17T09:31:00+01:00"), "text/csv")
    assert refused.status_code == 422
    (problem,) = [one for one in refused.json()["rows"] if one["severity"] == "error"]
    assert (problem["row"], problem["code"]) == (3, "invalid_instant")
    assert problem["detail"] == "The Board cannot have been informed in the future."
    assert story.get(story.statistician, f"/releases/{story.told.release_id}/lists")["results"] == []
    done(story.import_sheet(sheet("2026-05-17T09:30:00+01:00"), "text/csv"), 201)  # this very moment has come


@pytest.mark.parametrize("how", ["published", "said"])
def test_reasons_are_owed_to_the_public_under_the_ni_order_until_published_or_said(begin: Begin, how: str) -> None:
    story = begin(TUESDAY - 30 * DAY)
    longer = grant(CHANCELLOR, asked_minutes=5 * 24 * 60, exceptional=TOLD)
    ready(story, TUESDAY, longer, order="northern_ireland")
    (duty,) = owed(story)
    assert (duty["kind"], duty["source"]) == ("publish_reasons", "SR 2009/71 Sch. para 5(4)(a)")
    assert (duty["particulars"]["reasons"], duty["release_id"]) == (TOLD["reasons"], story.told.release_id)
    path, body = f"/duties/{duty['duty_id']}/done", {"done_at": "2026-05-17T08:30:00Z", "how": "On the web site."}
    assert story.post(story.statistician, path, json=body).status_code == 403
    assert story.post(CHANCELLOR, path, json=body).status_code == 404
    assert [one["duty_id"] for one in owed(story)] == [duty["duty_id"]]
    if how == "published":
        assert public_posts(story) == ["Chancellor"]
        rows = story.get(None, f"/releases/{story.told.release_id}/public-list.json")["rows"]
        assert TOLD["reasons"] in str(rows)
    else:
        settled = done(story.post(story.head, path, json=body))
        assert (settled["how"], settled["done_by"]) == (body["how"], story.head)
        assert story.post(story.head, path, json=body).status_code == 409
    assert owed(story) == []
    assert [one["said"]["duty_id"] for one in story.entries(EntryKind.DUTY_DONE)] == [duty["duty_id"]]


def test_exceptional_person_whom_nobody_on_the_list_could_have_asked_for_is_refused(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY)
    other = grant(SECRETARY, grant_class="exceptional_person", exceptional=TOLD)
    drafted(story, other)
    assert reasons(story.approves()) == [("representations_missing", "SI 2008/2998 Sch. para 5(1)(b)")]
    _redrafted(story, other, grant(CHANCELLOR))
    done(story.approves())


def test_reasons_are_owed_to_the_public_until_the_list_of_posts_with_them_is_published(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, asked_minutes=5 * 24 * 60, exceptional=TOLD))
    (duty,) = owed(story)
    assert (duty["kind"], duty["source"]) == ("publish_reasons", "SI 2008/2998 Sch. para 5(4)(a)")
    assert duty["particulars"]["reasons"] == TOLD["reasons"]
    assert public_posts(story) == ["Chancellor"]
    assert owed(story) == []
    (settled,) = story.entries(EntryKind.DUTY_DONE)
    assert settled["said"]["duty_id"] == duty["duty_id"]


def test_reasons_are_still_owed_when_the_release_is_cancelled_after_they_were_used(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, asked_minutes=5 * 24 * 60, exceptional=TOLD))
    story.signed(CHANCELLOR)
    story.clock.put(TUESDAY - 5 * DAY)
    story.reads(CHANCELLOR)
    done(story.moves(story.head, "cancellation", reason="The source was withdrawn."))
    assert [one["kind"] for one in owed(story)] == ["publish_reasons"]


def test_duty_is_not_done_before_it_arose(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, **SCOTTISH)
    drafted(story, grant(CHANCELLOR, ground_letter="h"))
    done(story.approves())
    (duty,) = owed(story)
    body = {"done_at": "2020-01-01T10:00:00Z", "how": "By letter."}
    refused = story.post(story.head, f"/duties/{duty['duty_id']}/done", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_instant")
    assert [one["duty_id"] for one in owed(story)] == [duty["duty_id"]]


def test_move_brings_what_is_owed_up_to_date_and_raises_anew_what_was_told(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, ground_letter="h"), grant(SECRETARY, ground_letter="h"), **WELSH)
    told, kept = owed(story)
    story.clock.put(TUESDAY - 29 * DAY)
    body = {"done_at": "2026-05-18T08:00:00Z", "how": "By letter."}
    done(story.post(story.head, f"/duties/{told['duty_id']}/done", json=body))
    done(story.moves(story.head, "rescheduling", publishes_at="2026-06-23T08:30:00Z", reason="Late data."))
    now = owed(story)
    assert {one["particulars"]["given_from"] for one in now} == {"2026-06-15T23:00:00.000Z"}
    assert {one["particulars"]["individual"] for one in now} == {
        one["particulars"]["individual"] for one in (told, kept)
    }
    assert kept["duty_id"] in {one["duty_id"] for one in now}
    assert told["duty_id"] not in {one["duty_id"] for one in now}
    (changed,) = story.entries(EntryKind.DUTY_CHANGED)
    assert changed["said"]["duty_id"] == kept["duty_id"]


def test_grant_that_a_move_makes_an_increase_is_owed_to_the_public(begin: Begin) -> None:
    easter = london(2026, 4, 7, 9, 30)
    story = begin(easter - 60 * DAY)
    closed_days.load_bank_holidays(story.tools)
    longer = {"asked_minutes": 8 * 24 * 60, "exceptional": {"reasons": "Recess.", "board_informed_at": None}}
    ready(story, easter, grant(CHANCELLOR, ground_letter="a", **longer), **SCOTTISH)
    assert owed(story) == []
    done(story.moves(story.head, "rescheduling", publishes_at="2026-04-28T08:30:00Z", reason="Late data."))
    assert [one["kind"] for one in owed(story)] == ["publish_increase"]


def test_bank_holidays_that_become_known_change_what_is_owed(begin: Begin) -> None:
    easter = london(2026, 4, 9, 9, 30)
    story = begin(easter - 40 * DAY)
    ready(story, easter, grant(CHANCELLOR, ground_letter="h"), **WELSH)
    (before,) = owed(story)
    closed_days.load_bank_holidays(story.tools)
    (after,) = owed(story)
    assert after["duty_id"] == before["duty_id"]
    assert after["particulars"]["given_from"] < before["particulars"]["given_from"]


def test_T35_past_failure_is_considered_before_access_is_extended_or_resumed(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, ground_letter="a"), **WELSH)
    one = f"/grants/{story.grant_of(CHANCELLOR)['grant_id']}"
    done(story.post(story.head, f"{one}/pause", json={"reason": "Under suspicion."}))
    failure = {
        "person_id": story.id_of(CHANCELLOR),
        "what": "Told a journalist.",
        "occurred_on": "2026-05-10",
        "order": "wales",
    }
    done(story.post(story.head, at_producer(story, "failures"), json=failure), 201)
    missing = [("failures_not_considered", "WSI 2009/2818 Sch. para 8")]
    resume, extend = {"reason": "Cleared up."}, {"reasons": "Abroad.", "asked_minutes": 14 * 24 * 60}
    assert reasons(story.post(story.head, f"{one}/resumption", json=resume)) == missing
    assert reasons(story.post(story.head, f"{one}/extension", json=extend)) == missing
    assert story.entries(EntryKind.GRANT_RESUMED) == []
    said = {"failures_considered": CONSIDERED}
    done(story.post(story.head, f"{one}/resumption", json={**resume, **said}))
    done(story.post(story.head, f"{one}/extension", json={**extend, **said}))
    logged = [entry["said"]["failures_that_must_count"] for entry in story.entries(EntryKind.GRANT_RESUMED)]
    assert logged == [1, 1]


def test_pause_stands_though_a_version_between_left_the_person_out(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, ADVISER)
    done(story.post(story.head, f"/grants/{story.grant_of(CHANCELLOR)['grant_id']}/pause", json={"reason": "Leave."}))
    story.list_with(ADVISER)
    story.list_with(CHANCELLOR, ADVISER)
    story.signed(CHANCELLOR)
    story.clock.put(TUESDAY - HOUR)
    assert [code for code, _ in reasons(story.opens(CHANCELLOR))] == ["grant_paused"]
