"""T43: what must be given to whoever asks who had access before publication, and by when."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from app.actions import closed_days, record_requests
from app.audit.entries import EntryKind
from app.rules.canonical import canonical_json, sha256_hex
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.scenarios.test_published import at_producer, from_ods, published_under
from tests.scenarios.test_special_classes import SCOTTISH, drafted, grant, owed, ready
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Story, done

DAY = timedelta(days=1)
TUESDAY = london(2026, 6, 16, 9, 30)
REQUEST = {
    "requester": "Sam Asker",
    "address": "1 High Street, Fogton",
    "asked_for": "Who had early access, and from when?",
    "asked_on": "2026-06-17",
}


def asked(story: Story, release_id: str, **changes: Any) -> dict[str, Any]:
    path = f"/releases/{release_id}/record-requests"
    return dict(done(story.post(story.statistician, path, json={**REQUEST, **changes}), 201))


def test_t43_scottish_record_on_request_says_who_and_when_and_offers_no_exemption(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    release_id = published_under(story, "scotland", TUESDAY, CHANCELLOR, ADVISER)
    story.clock.put(TUESDAY + DAY)
    request = asked(story, release_id)
    assert (request["due_on"], request["answered_at"]) == (None, None)
    path = f"/record-requests/{request['record_request_id']}"
    assert story.ask(story.statistician, "GET", f"{path}/answer.json").status_code == 409
    refused = story.post(story.statistician, f"{path}/answer", json={"exemption": "section 30"})
    assert refused.status_code == 422
    answered = done(story.post(story.statistician, f"{path}/answer", json={}))
    given = story.get(story.statistician, f"{path}/answer.json")
    assert answered["answer_sha256"] == sha256_hex(canonical_json(given))
    (section,) = given["sections"]
    opens, published = "Monday 15 June 2026, 9:30am (UK time)", "Tuesday 16 June 2026, 9:30am (UK time)"
    assert section["columns"] == ["Name", "Job title", "Organisation", "From", "Until"]
    assert section["rows"] == [
        ["", "Chancellor", "Example Treasury", opens, published],
        ["", "Chief Economic Adviser", "Example Treasury", opens, published],
    ]
    assert given["source"] == "SSI 2008/399 Sch. para 9(1)"
    (note,) = given["notes"]
    assert "section 29 or 30" in note
    assert "SSI 2008/399 Sch. para 9(2)" in note
    assert [name for one in (CHANCELLOR, ADVISER) for name in (one.name, one.email) if name in str(given)] == []
    (entry,) = story.entries(EntryKind.RECORD_GIVEN)
    assert (entry["said"]["sha256"], "Asker" in json.dumps(entry)) == (answered["answer_sha256"], False)
    again = story.post(story.statistician, f"{path}/answer", json={"people_by": "name"})
    assert again.json()["code"] == "wrong_state"


def test_t43_scottish_record_names_people_where_the_producer_so_chooses_or_the_ground_is_any_other(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 8 * DAY)
    release_id = published_under(story, "scotland", TUESDAY, CHANCELLOR, letter="h")
    story.clock.put(TUESDAY + DAY)
    for people_by in ("job_title", "name"):
        path = f"/record-requests/{asked(story, release_id)['record_request_id']}"
        done(story.post(story.statistician, f"{path}/answer", json={"people_by": people_by}))
        (row,) = story.get(story.statistician, f"{path}/answer.json")["sections"][0]["rows"]
        assert row[0] == CHANCELLOR.name


def test_t43_scottish_record_tells_of_an_increase_once_it_is_published_and_of_nothing_that_was_not(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 30 * DAY)
    why = {"exceptional": {"reasons": "Parliament is in recess.", "board_informed_at": None}}
    no_longer = grant(CHANCELLOR, ground_letter="a", **why)
    longer = grant(ADVISER, ground_letter="a", asked_minutes=14 * 24 * 60, **why)
    ready(story, TUESDAY, no_longer, **SCOTTISH)

    def item_g() -> list[list[str]]:
        record = story.get(story.head, f"/releases/{story.told.release_id}/statutory-record")
        return next(list(section["rows"]) for section in record["sections"] if section["letter"] == "g")

    # Reasons on a grant within the limit are nobody's publication, nor is an increase that is still owed.
    assert (item_g(), owed(story)) == ([], [])
    drafted(story, no_longer, longer)
    done(story.approves())
    (duty,) = owed(story)
    assert item_g() == []
    story.clock.put(london(2026, 5, 18, 9))
    body = {"done_at": "2026-05-17T10:00:00Z", "how": "Page “Changes to access”, 17 May."}
    done(story.post(story.head, f"/duties/{duty['duty_id']}/done", json=body))
    ((when, what, by),) = item_g()
    assert (when, by) == ("Sunday 17 May 2026, 11:00am (UK time)", "SSI 2008/399 Sch. para 4(5)")
    assert "Parliament is in recess." in what


def test_t43_welsh_record_on_request_is_due_in_20_working_days_and_leaves_contact_details_out(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    closed_days.load_bank_holidays(story.tools)
    release_id = published_under(story, "wales", TUESDAY, CHANCELLOR)
    said = {
        "by": "Private Secretary",
        "by_person_id": story.id_of(CHANCELLOR),
        "about": "timing",
        "words": "Asked whether it could wait a day.",
        "made_at": "2026-06-15T10:00:00Z",
    }
    done(story.post(story.statistician, f"/releases/{release_id}/representations", json=said), 201)
    story.reports(CHANCELLOR, "indication_given", "I said that it would be bad.")
    story.clock.put(london(2026, 8, 5, 9, 0))
    # Wednesday 5 August: 20 working days on, the late summer bank holiday of Monday 31 August left out.
    request = asked(story, release_id, asked_on="2026-08-05")
    assert request["due_on"] == "2026-09-03"
    path = f"/record-requests/{request['record_request_id']}"
    done(story.post(story.statistician, f"{path}/answer", json={}))
    given = story.get(story.auditor, f"{path}/answer.json")
    assert [section["letter"] for section in given["sections"]] == list("abcdefg")
    by_letter = {section["letter"]: section["rows"] for section in given["sections"]}
    assert by_letter["b"] == [[CHANCELLOR.name, "Chancellor", "Example Treasury", "eligible person"]]
    assert by_letter["c"] == [[CHANCELLOR.name, "Chancellor", "Monday 15 June 2026, 9:30am (UK time)"]]
    assert by_letter["d"] == [[CHANCELLOR.name, "Chancellor", "(a)"]]
    assert by_letter["f"][0][1:] == ["Private Secretary", "timing", "Asked whether it could wait a day."]
    # The whole record holds the address and what was reported; the answer must not.
    whole = story.get(story.head, f"/releases/{release_id}/statutory-record")
    assert CHANCELLOR.email in str(whole)
    assert "it would be bad" in str(whole["sections"][-1])
    formats = [story.ask(story.head, "GET", f"{path}/answer.{kind}") for kind in ("csv", "html", "md")]
    ods = from_ods(story.ask(story.head, "GET", f"{path}/answer.ods").content)
    for text in [str(given), str(ods), *(one.text for one in formats)]:
        assert (CHANCELLOR.name in text, CHANCELLOR.email in text, "would be bad" in text) == (True, False, False)


def test_record_is_nobody_else_s_business_and_under_the_uk_order_nobody_has_a_right_to_one(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY)
    path = f"/releases/{story.told.release_id}"
    refused = story.post(story.statistician, f"{path}/record-requests", json={**REQUEST, "asked_on": "2026-06-08"})
    assert (refused.status_code, "SI 2008/2998" in refused.json()["detail"]) == (422, True)
    assert story.ask(story.head, "GET", f"{path}/statutory-record").status_code == 422
    assert story.ask(STRANGER, "GET", f"{path}/statutory-record").status_code == 404
    release_id = published_under(story, "scotland", TUESDAY, SECRETARY)
    story.clock.put(TUESDAY + DAY)
    request = asked(story, release_id)
    for who in (STRANGER, SECRETARY):
        for part in ("", "/answer.json", "/answer.html"):
            assert story.ask(who, "GET", f"/record-requests/{request['record_request_id']}{part}").status_code == 404
        assert story.ask(who, "GET", f"/releases/{release_id}/representations").status_code == 404
    assert [one["requester"] for one in story.get(story.auditor, at_producer(story, "record-requests"))["results"]] == [
        "Sam Asker"
    ]


def test_request_without_an_answer_is_not_forgotten(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    release_id = published_under(story, "wales", TUESDAY, CHANCELLOR)
    story.clock.put(TUESDAY + DAY)
    request = asked(story, release_id)
    assert (record_requests.remind_of_requests(story.tools), request["due_on"]) == (0, "2026-07-15")
    for at, queued in ((london(2026, 7, 11, 9, 0), 2), (london(2026, 7, 15, 9, 0), 2), (london(2026, 7, 22, 9, 0), 2)):
        story.clock.put(at)
        assert [record_requests.remind_of_requests(story.tools) for _ in range(2)] == [queued, 0]
    done(story.post(story.statistician, f"/record-requests/{request['record_request_id']}/answer", json={}))
    story.clock.put(london(2026, 7, 29, 9, 0))
    assert record_requests.remind_of_requests(story.tools) == 0
    told = [body for subject, body in story.letters(story.head) if "no answer yet" in subject]
    assert len(told) == 3
    assert "Sam Asker" not in "".join(told)
