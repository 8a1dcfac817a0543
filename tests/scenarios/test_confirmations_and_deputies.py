"""T29 in full, and what coordinators and recipients are asked before a window opens: by the clock, and in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role, london_text
from app.worker.loop import DUTIES
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, STRANGER, Reader, Story, codes, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TUESDAY = london(2026, 6, 16, 9, 30)
NEXT = london(2026, 7, 14, 9, 30)
COLLEAGUE = Reader("Bo Bracken", "bo.bracken@treasury.gov.example", "Deputy Economic Adviser")
FOG = Reader("Fenn Fir", "fenn.fir@fog.gov.example", "Chief Forecaster", "Department for Fog")
DUTY = {"ask coordinators", "call those who have not signed"}


def clock_looks(story: Story) -> None:
    """Let the worker do what it does before a window opens."""
    for duty in DUTIES:
        if duty.name in DUTY:
            duty.act(story.tools)


def coordinator_of(story: Story, reader: Reader, email: str) -> str:
    """Give the organisation of a listed reader a coordinator; gives their person id."""
    (organisation_id,) = [
        one["organisation_id"]
        for one in story.get(story.statistician, f"/lists/{story.told.listed['list_id']}/confirmations")["results"]
        if one["organisation"] == reader.organisation
    ]
    administrator = story.service.administrator(f"admin.{email}")
    person_id = story.service.person("Co Cherry", email)
    body = {"person_id": person_id, "role": "coordinator", "organisation_id": organisation_id}
    done(story.post(administrator, "/roles", json=body), 201)
    return person_id


def state_of(story: Story, reader: Reader) -> dict[str, Any]:
    """Give how the organisation of a reader stands, as those who prepare the list see it."""
    stand = story.get(story.statistician, f"/lists/{story.told.listed['list_id']}/confirmations")
    return next(one for one in stand["results"] if one["organisation"] == reader.organisation)


def subjects(story: Story, who: Reader | str, word: str) -> list[str]:
    return [subject for subject, _ in story.letters(who) if word in subject]


def test_t29_recipient_on_leave_names_a_colleague_who_gets_a_grant_of_their_own_and_the_recipient_waits(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, ADVISER, CHANCELLOR)
    path = f"/releases/{story.told.release_id}/deputies"
    body = {
        "name": COLLEAGUE.name,
        "email": COLLEAGUE.email,
        "post_title": COLLEAGUE.post,
        "organisation": COLLEAGUE.organisation,
        "held_from_on": "2025-03-03",
        "reason": "On leave until Friday.",
    }
    asked = done(story.post(ADVISER, path, json=body), 201)
    assert subjects(story, story.head, "deputy is asked for")
    known = story.get(story.statistician, "/people", params={"email": COLLEAGUE.email})["results"]
    assert known == []  # nobody is added to the service by a request
    approval = f"/deputies/{asked['deputy_id']}/approval"
    assert codes(story.post(story.statistician, approval, json={})) == ["403", "role_required"]
    approved = done(story.post(story.head, approval, json={}))
    assert approved["state"] == "approved"
    versions = story.get(story.head, f"/releases/{story.told.release_id}/lists")["results"]
    assert [(one["version"], one["state"]) for one in versions] == [(2, "approved"), (1, "superseded")]
    listed = story.get(story.head, f"/lists/{versions[0]['list_id']}")["grants"]
    assert [(one["holder_email"], one["grant_class"], bool(one["paused_reason"])) for one in listed] == [
        (ADVISER.email, "eligible_person", True),
        (CHANCELLOR.email, "eligible_person", False),
        (COLLEAGUE.email, "deputy", False),
    ]
    assert len(subjects(story, ADVISER, "your deputy is approved")) == 1
    assert ["You have pre-release access" in body for _, body in story.letters(COLLEAGUE)] == [True]
    story.clock.put(TUESDAY - 20 * HOUR)
    assert codes(story.opens(ADVISER)) == ["403", "grant_paused"]
    assert codes(story.opens(COLLEAGUE)) == ["403", "declaration_missing"]
    story.signed(COLLEAGUE)
    assert story.reads(COLLEAGUE) == FIGURES
    assert story.opens(STRANGER).status_code == 404
    (entry,) = story.entries(EntryKind.DEPUTY_DECIDED)
    assert (entry["said"]["decision"], entry["said"]["list_id"]) == ("approved", versions[0]["list_id"])
    assert COLLEAGUE.email not in str(entry)


def test_t29_deputy_stands_for_one_release_and_the_recipients_grant_on_the_next_is_untouched(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    first = story.ready(TUESDAY, ADVISER)
    body = {
        "name": COLLEAGUE.name,
        "email": COLLEAGUE.email,
        "post_title": COLLEAGUE.post,
        "organisation": ADVISER.organisation,
        "held_from_on": "2025-03-03",
        "reason": "On leave.",
        "for_person_id": story.id_of(ADVISER),
    }
    asked = done(story.post(story.statistician, f"/releases/{first}/deputies", json=body), 201)
    done(story.post(story.head, f"/deputies/{asked['deputy_id']}/approval", json={}))
    story.release(NEXT)
    path = f"/releases/{story.told.release_id}/lists"
    draft = done(story.post(story.statistician, path, json={"from_release_id": first}), 201)
    assert [(one["holder_email"], one["paused_reason"]) for one in draft["grants"]] == [(ADVISER.email, "")]


def test_coordinator_is_asked_reminded_and_escalated_by_the_clock_and_sees_only_their_own_rows(begin: Begin) -> None:
    story = begin(TUESDAY - 9 * DAY)
    story.release(TUESDAY)
    story.list_with(ADVISER, FOG)
    co = coordinator_of(story, ADVISER, "co.cherry@treasury.gov.example")
    fog = coordinator_of(story, FOG, "cy.cypress@fog.gov.example")
    clock_looks(story)
    assert story.get(co, "/confirmations")["results"] == []
    story.clock.put(TUESDAY - 7 * DAY)
    clock_looks(story)
    clock_looks(story)
    (asked,) = story.get(co, "/confirmations")["results"]
    seen = story.get(co, f"/confirmations/{asked['confirmation_id']}")
    assert [(row["post_title"], row["holder_name"]) for row in seen["rows"]] == [(ADVISER.post, ADVISER.name)]
    assert FOG.name not in str(seen)
    assert story.ask(fog, "GET", f"/confirmations/{asked['confirmation_id']}").status_code == 404
    assert len(subjects(story, co, "Please check who may see")) == 1
    story.clock.put(TUESDAY - 5 * DAY)
    clock_looks(story)
    clock_looks(story)
    assert len(subjects(story, co, "still needed")) == 1
    assert subjects(story, story.head, "No answer") == []
    answer = {"answer": "confirmed", "rows_sha256": seen["rows_sha256"]}
    done(story.post(co, f"/confirmations/{asked['confirmation_id']}/answer", json=answer))
    story.clock.put(TUESDAY - 3 * DAY)  # 48 hours before the window opens
    clock_looks(story)
    clock_looks(story)
    assert subjects(story, story.head, "No answer") == ["No answer from Department for Fog: “Claimant count”"]
    assert len(subjects(story, story.lead, "No answer")) == 1
    assert len(subjects(story, co, "still needed")) == 1
    assert (state_of(story, ADVISER)["state"], state_of(story, ADVISER)["current"]) == ("confirmed", True)
    assert (state_of(story, FOG)["state"], state_of(story, FOG)["current"]) == ("asked", False)
    steps = [entry["said"]["step"] for entry in story.entries(EntryKind.CONFIRMATION_REMINDED)]
    assert sorted(steps) == ["escalate", "remind", "remind"]


def test_clock_that_stood_still_for_days_asks_once_and_escalates_without_a_heap_of_reminders(begin: Begin) -> None:
    story = begin(TUESDAY - 9 * DAY)
    story.release(TUESDAY)
    story.list_with(ADVISER)
    co = coordinator_of(story, ADVISER, "co.cherry@treasury.gov.example")
    story.clock.put(TUESDAY - 7 * DAY)
    clock_looks(story)
    story.clock.put(TUESDAY - 2 * DAY)
    clock_looks(story)
    clock_looks(story)
    assert [subject.split(":")[0] for subject, _ in story.letters(co)] == [
        "Please check who may see “Claimant count” before publication",
        "Your answer is still needed",
    ]
    assert len(subjects(story, story.head, "No answer")) == 1


def test_organisation_without_a_coordinator_is_told_to_the_producer_at_once_and_asked_once_it_has_one(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 7 * DAY)
    story.release(TUESDAY)
    story.list_with(ADVISER)
    clock_looks(story)
    assert len(subjects(story, story.statistician, "Nobody to ask in Example Treasury")) == 1
    assert len(subjects(story, story.lead, "Nobody to ask in Example Treasury")) == 1
    assert (state_of(story, ADVISER)["state"], state_of(story, ADVISER)["coordinators_count"]) == ("asked", 0)
    co = coordinator_of(story, ADVISER, "co.cherry@treasury.gov.example")
    story.clock.forward(hours=1)
    clock_looks(story)
    clock_looks(story)
    assert len(subjects(story, co, "Please check who may see")) == 1
    assert len(story.get(co, "/confirmations")["results"]) == 1


def test_person_who_is_said_to_have_left_is_kept_out_at_once_and_the_producer_decides_the_rest(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, ADVISER, SECRETARY)
    co = coordinator_of(story, ADVISER, "co.cherry@treasury.gov.example")
    path = f"/lists/{story.told.listed['list_id']}/confirmations"
    done(story.post(story.statistician, path, json={}), 201)
    (asked,) = story.get(co, "/confirmations")["results"]
    seen = story.get(co, f"/confirmations/{asked['confirmation_id']}")
    changes = [
        {"grant_id": story.grant_of(ADVISER)["grant_id"], "what": "left_post", "since_on": "2026-06-01"},
        {
            "grant_id": story.grant_of(SECRETARY)["grant_id"],
            "what": "other_holder",
            "name": COLLEAGUE.name,
            "email": COLLEAGUE.email,
        },
    ]
    answer = {"answer": "changes_wanted", "rows_sha256": seen["rows_sha256"], "changes": changes, "note": "Sorry."}
    done(story.post(co, f"/confirmations/{asked['confirmation_id']}/answer", json=answer))
    (told,) = [body for subject, body in story.letters(story.statistician) if "Changes wanted" in subject]
    assert "Chief Economic Adviser: the holder has left the post" in told
    assert COLLEAGUE.email not in told
    shown = state_of(story, ADVISER)["confirmation"]
    assert [(one["what"], one["email"]) for one in shown["changes"]] == [
        ("left_post", ""),
        ("other_holder", COLLEAGUE.email),
    ]
    story.clock.put(TUESDAY - 20 * HOUR)
    assert codes(story.opens(ADVISER)) == ["403", "grant_paused"]
    assert story.reads(SECRETARY) == FIGURES
    assert story.get(story.head, f"/lists/{story.told.listed['list_id']}")["version"] == 1
    (paused,) = story.entries(EntryKind.GRANT_PAUSED)
    assert paused["said"]["cause"] == "left_post"
    assert [entry["said"]["changes"] for entry in story.entries(EntryKind.CONFIRMATION_ANSWERED)] == [
        {"left_post": 1, "other_holder": 1}
    ]


def test_recipients_who_have_not_signed_are_called_twice_before_the_window_and_named_to_the_lead_official(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.release(TUESDAY)
    story.list_with(replace(ADVISER, hours="12"), CHANCELLOR)
    story.signed(CHANCELLOR)
    for days in (5, 4, 4, 2, 2):  # the window opens one day before publication
        story.clock.put(TUESDAY - days * DAY)
        clock_looks(story)
    called = "Please sign the declaration"
    assert len(subjects(story, ADVISER, called)) == 2
    assert subjects(story, CHANCELLOR, called) == []
    # Found by a user's walk: it told when the ordinary window opens, and not the reader's own, which is shorter.
    own = f"You may read it from {london_text(TUESDAY - 12 * HOUR)}"
    assert [own in body for subject, body in story.letters(ADVISER) if called in subject] == [True, True]
    (body,) = [body for subject, body in story.letters(story.lead) if "Declarations not signed" in subject]
    assert ADVISER.name in body
    assert CHANCELLOR.name not in body
    assert [entry["said"]["call"] for entry in story.entries(EntryKind.DECLARATION_REMINDED)] == ["first", "last"]
    story.signed(ADVISER)
    story.clock.put(TUESDAY - DAY)
    clock_looks(story)
    assert len(subjects(story, ADVISER, called)) == 2


def test_role_of_coordinator_lets_nobody_see_the_release_itself(begin: Begin) -> None:
    story = begin(TUESDAY - 7 * DAY)
    story.ready(TUESDAY, ADVISER)
    co = coordinator_of(story, ADVISER, "co.cherry@treasury.gov.example")
    clock_looks(story)
    assert len(story.get(co, "/confirmations")["results"]) == 1
    for path in ("", "/lists", "/documents", "/deputies"):
        assert story.ask(co, "GET", f"/releases/{story.told.release_id}{path}").status_code == 404
    assert story.ask(co, "GET", f"/lists/{story.told.listed['list_id']}/confirmations").status_code == 404
    story.clock.put(TUESDAY - 20 * HOUR)
    assert story.opens(co).status_code == 404
    assert story.service.entries(EntryKind.ROLE_GIVEN)
    assert Role.COORDINATOR.value in str(story.get(co, f"/people/{co}")["roles"])
