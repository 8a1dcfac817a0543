"""T38, T04: annual performance indicators, access due from Wednesday 27 January 2021 at 09:30, given at 08:50.

What happened: shared documents were opened to recipients by a timed message, which was set 40 minutes too early.
What this service would have done: refused to set the message before the window of each of its readers; asked the rule
    again when it was due; sent nothing and unlocked nothing; and had a near miss on record, with nobody who read.
What it could not have prevented: a message sent from somebody's own mail program; it opens nothing here.
Practice engaged: none, as nobody read; had they, Code of Practice 2018, T3.4, and paragraph 4 of the Order.

Told on both databases the service runs on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.actions import credentials
from app.audit.entries import EntryKind
from app.rules.orders import uk
from app.rules.reasons import instant_text
from app.worker.loop import Worker
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import (
    ADVISER,
    CHANCELLOR,
    FIGURES,
    SECRETARY,
    Reader,
    Story,
    answered,
    codes,
    done,
    practices,
    reasons,
)

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
OPENS_AT = london(2021, 1, 27, 9, 30)
PUBLISHES_AT = OPENS_AT + DAY
EARLY = OPENS_AT - 40 * MINUTE
READY = "Claimant count: your documents are ready"
POSTS = ["Chancellor, Example Treasury", "Chief Economic Adviser, Example Treasury"]


@pytest.fixture
def story(begin: Begin, any_database_url: str) -> Story:
    told = begin(PUBLISHES_AT - 8 * DAY, database_url=any_database_url)
    told.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    return told


def letters(story: Story) -> str:
    return f"/releases/{story.told.release_id}/ready-letters"


def sets(story: Story, send_at: Any, *readers: Reader) -> httpx2.Response:
    body = {"send_at": instant_text(send_at), "person_ids": [story.id_of(one) for one in readers]}
    return story.post(story.statistician, letters(story), json=body)


def by_the_worker(story: Story) -> None:
    """Let the worker do everything that is due, once."""
    Worker(story.tools)._tick(1)


def subjects(story: Story, who: Reader | str) -> list[str]:
    return [subject for subject, _ in story.letters(who)]


def program(story: Story) -> dict[str, str]:
    """Give the headers of a program of the producer's own, with a token that was issued just now."""
    wanted = {"name": "Planner", "role": "statistician", "organisation_id": story.sat.organisation_id}
    made = done(story.post(story.service.administrator(), "/credentials", json=wanted), 201)
    issued = credentials.issue_token(story.tools, made["client_id"], made["secret"], network="192.0.2.9")
    return {"Authorization": f"Bearer {issued.token}"}


def test_T38_message_a_program_sends_40_minutes_early_unlocks_nothing_and_a_draft_says_who_would_have_read(
    story: Story,
) -> None:
    story.clock.put(EARLY)
    refused = story.client.post(f"/api/v1{letters(story)}/sending", headers=program(story))
    assert (refused.status_code, refused.json()["code"]) == (403, "letter_too_early")
    assert reasons(refused) == [("window_not_open", uk.PARA_4)]
    assert refused.json()["reasons"][0]["until"] == "2021-01-27T09:30:00.000Z"
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"], incident["opened_by_rule"]) == ("letter_too_early", True, True)
    assert [one["post"] for one in incident["facts"]["would_have_read"]] == POSTS
    assert {one["person_id"] for one in incident["facts"]["would_have_read"]} == {
        story.id_of(CHANCELLOR),
        story.id_of(ADVISER),
    }
    assert incident["facts"]["read_by"] == []
    assert incident["summary"] == (
        "The letter that the documents of “Claimant count” are ready was due at Wednesday 27 January 2021, 8:50am "
        "(UK time), 40 minutes before the window of 2 readers opens. It was sent to nobody, and nothing was unlocked. "
        f"Who would have read them: {'; '.join(POSTS)}. Who read them too early: none."
    )
    for reader in (CHANCELLOR, ADVISER):
        assert READY not in subjects(story, reader)
        assert codes(story.opens(reader)) == ["403", "window_not_open"]
    assert "Near miss 1: a letter would have called recipients to their documents too early" in subjects(
        story, story.head
    )
    report = story.report(incident)
    told = answered(report)
    assert "The log shows no opening: nothing of the documents left the service." in told
    assert practices(report) == []
    assert not any(name in str(report) for one in (CHANCELLOR, ADVISER) for name in (one.name, one.email))
    assert "The letter that the documents are ready was refused" in str(report["account"])
    (letter,) = story.get(story.auditor, letters(story))["results"]
    assert (letter["state"], [one["sent"] for one in letter["readers"]]) == ("withheld", [False, False])
    story.clock.put(OPENS_AT)
    assert story.reads(CHANCELLOR) == FIGURES


def test_T38_message_that_a_move_left_40_minutes_early_is_withheld_by_the_worker_and_a_draft_is_made(
    story: Story,
) -> None:
    made = done(sets(story, OPENS_AT), 201)
    story.clock.put(OPENS_AT - 60 * MINUTE)
    later = {
        "publishes_at": instant_text(PUBLISHES_AT + 40 * MINUTE),
        "reason": "A late check.",
        "time_exemption": "Yes.",
    }
    done(story.moves(story.head, "rescheduling", **later))
    story.clock.put(OPENS_AT - MINUTE)
    by_the_worker(story)
    assert story.get(story.auditor, f"/ready-letters/{made['ready_letter_id']}")["state"] == "scheduled"
    story.clock.put(OPENS_AT)
    by_the_worker(story)
    by_the_worker(story)
    (incident,) = story.incidents()
    assert "40 minutes before the window of 2 readers opens" in incident["summary"]
    assert incident["summary"].endswith("Who read them too early: none.")
    letter = story.get(story.auditor, f"/ready-letters/{made['ready_letter_id']}")
    assert (letter["state"], letter["ended_at"]) == ("withheld", instant_text(OPENS_AT))
    assert [one["reasons"] for one in letter["readers"]] == [[{"code": "window_not_open", "source": uk.PARA_4}]] * 2
    assert READY not in subjects(story, CHANCELLOR)
    subject, body = story.letters(story.statistician)[-1]
    assert subject == "Claimant count: the letter “your documents are ready” was not sent"
    assert "- Chancellor, Example Treasury: window not open (SI 2008/2998 Sch. para 4)" in body
    assert not any(one.name in body for one in (CHANCELLOR, ADVISER))
    story.clock.put(OPENS_AT + 40 * MINUTE)
    done(story.post(story.lead, f"{letters(story)}/sending"), 201)
    assert READY in subjects(story, CHANCELLOR)


def test_T04_message_set_before_the_window_is_refused_with_the_clause_and_the_earliest_time(story: Story) -> None:
    refused = sets(story, OPENS_AT - MINUTE)
    assert (refused.status_code, refused.json()["code"]) == (403, "letter_too_early")
    assert reasons(refused) == [("window_not_open", uk.PARA_4)]
    assert refused.json()["reasons"][0]["until"] == instant_text(OPENS_AT)
    assert "Wednesday 27 January 2021, 9:30am (UK time)" in refused.json()["detail"]
    assert story.get(story.statistician, letters(story))["results"] == []
    (entry,) = story.entries(EntryKind.READY_LETTER_REFUSED)
    assert (entry["outcome"], entry["said"]["opens_at"]) == ("refused", instant_text(OPENS_AT))
    assert story.incidents() == []
    done(sets(story, OPENS_AT), 201)


def test_T04_message_before_the_ordinary_window_is_taken_where_an_exceptional_grant_rests_on_reasons_and_notice(
    story: Story,
) -> None:
    story.clock.put(OPENS_AT - 6 * 60 * MINUTE)
    early = OPENS_AT - 2 * 60 * MINUTE
    assert sets(story, early, CHANCELLOR).json()["code"] == "letter_too_early"
    path = f"/grants/{story.grant_of(CHANCELLOR)['grant_id']}/extension"
    told = {"reasons": "Floods are expected.", "board_informed_at": instant_text(story.clock.now())}
    done(story.post(story.head, path, json={**told, "asked_minutes": 27 * 60}))
    assert sets(story, early).json()["code"] == "letter_too_early"  # the adviser's window has not moved
    done(sets(story, early, CHANCELLOR), 201)
    story.clock.put(early)
    by_the_worker(story)
    assert READY in subjects(story, CHANCELLOR)
    assert READY not in subjects(story, ADVISER)
    assert story.incidents() == []


def test_message_that_is_due_goes_once_to_those_the_rule_lets_in_and_the_others_are_refused(story: Story) -> None:
    story.list_with(CHANCELLOR, ADVISER, SECRETARY)  # the secretary never signs
    made = done(sets(story, OPENS_AT + MINUTE), 201)
    story.clock.put(OPENS_AT)
    suspended = {"subject_id": story.id_of(ADVISER), "reason": "Passed something on."}
    done(story.post(story.head, f"/producers/{story.sat.producer_id}/suspensions", json=suspended), 201)
    story.clock.put(OPENS_AT + MINUTE)
    by_the_worker(story)
    by_the_worker(story)
    assert [subjects(story, one).count(READY) for one in (CHANCELLOR, ADVISER, SECRETARY)] == [1, 0, 0]
    letter = story.get(story.auditor, f"/ready-letters/{made['ready_letter_id']}")
    assert letter["state"] == "sent"
    assert {one["post"]: (one["sent"], [why["code"] for why in one["reasons"]]) for one in letter["readers"]} == {
        POSTS[0]: (True, []),
        POSTS[1]: (False, ["suspended"]),
        "Private Secretary, Example Treasury": (False, ["declaration_missing"]),
    }
    refused = [entry["said"]["reasons"] for entry in story.entries(EntryKind.READY_LETTER_REFUSED)]
    assert sorted(one["code"] for (one,) in refused) == ["declaration_missing", "suspended"]
    subject, _ = story.letters(story.lead)[-1]
    assert subject == "Claimant count: the letter “your documents are ready” did not go to everybody"
    assert story.incidents() == []
    again = done(story.post(story.statistician, f"{letters(story)}/sending"), 201)
    assert [one["told_before"] for one in again["readers"] if one["post"] == POSTS[0]] == [True]
    assert subjects(story, CHANCELLOR).count(READY) == 1


def test_message_that_was_withdrawn_does_not_go(story: Story) -> None:
    made = done(sets(story, OPENS_AT), 201)
    path = f"/ready-letters/{made['ready_letter_id']}"
    assert story.post(story.lead, f"{path}/withdrawal", json={"reason": " "}).json()["code"] == "reason_required"
    gone = done(story.post(story.lead, f"{path}/withdrawal", json={"reason": "Table 2 is put right first."}))
    assert (gone["state"], gone["reason"]) == ("withdrawn", "Table 2 is put right first.")
    story.clock.put(OPENS_AT)
    by_the_worker(story)
    assert READY not in subjects(story, CHANCELLOR)
    again = story.post(story.lead, f"{path}/withdrawal", json={"reason": "Once more."})
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")


def test_message_left_standing_for_a_release_that_was_postponed_is_withheld(story: Story) -> None:
    done(sets(story, OPENS_AT), 201)
    done(story.moves(story.head, "postponement", reason="Table 4 is not finished."))
    story.clock.put(OPENS_AT)
    by_the_worker(story)
    (incident,) = story.incidents()
    assert "while the release was postponed" in incident["summary"]
    assert READY not in subjects(story, CHANCELLOR)
    assert sets(story, OPENS_AT + MINUTE).json()["code"] == "wrong_state"


def test_message_is_taken_only_for_a_time_to_come_before_publication_and_for_people_on_the_list(story: Story) -> None:
    assert sets(story, story.clock.now()).json()["code"] == "in_the_past"
    assert sets(story, PUBLISHES_AT).json()["code"] == "invalid_instant"
    assert sets(story, OPENS_AT, SECRETARY).json()["code"] == "invalid_request"
    done(sets(story, OPENS_AT), 201)
    assert sets(story, OPENS_AT).json()["code"] == "already_exists"


def test_recipient_and_stranger_learn_nothing_of_a_message_that_is_set(story: Story) -> None:
    made = done(sets(story, OPENS_AT), 201)
    stranger = story.service.person("Sam Stranger", "sam@elsewhere.gov.example")
    for who in (CHANCELLOR, stranger):
        answers = [
            story.ask(who, "GET", letters(story)),
            story.ask(who, "GET", f"/ready-letters/{made['ready_letter_id']}"),
            story.post(who, f"{letters(story)}/sending"),
            story.post(who, f"/ready-letters/{made['ready_letter_id']}/withdrawal", json={"reason": "Mine."}),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
