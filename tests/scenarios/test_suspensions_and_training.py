"""T35 and what follows from it: suspended, trained, let back, and what happened shown on the next grant."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from app.actions import training
from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.orders import uk
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, STRANGER, Reader, Story, codes, done, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TUESDAY = london(2026, 6, 16, 9, 30)
SHARED = "An indication was given to a press office at 7:10am."


def suspends(story: Story, subject_id: str, **more: object) -> dict[str, str]:
    body = {"subject_id": subject_id, "reason": SHARED, **more}
    path = f"/producers/{story.sat.producer_id}/suspensions"
    return dict(done(story.post(story.head, path, json=body), 201))


def ends(story: Story, suspension_id: str, who: str = "") -> httpx2.Response:
    return story.post(who or story.head, f"/suspensions/{suspension_id}/end", json={"reason": "Conditions met."})


def trains(story: Story, person_id: str, done_on: date, **more: object) -> dict[str, str]:
    body = {"producer_id": story.sat.producer_id, "course": "Access", "done_on": done_on.isoformat(), **more}
    return dict(done(story.post(story.statistician, f"/people/{person_id}/training", json=body), 201))


def asks_for_training(story: Story, days: int | None) -> None:
    path = f"/producers/{story.sat.producer_id}/training-policy"
    done(story.ask(story.head, "PUT", path, json={"training_days": days}))


def records_failure(story: Story, person_id: str, **more: object) -> dict[str, str]:
    body = {"person_id": person_id, "what": SHARED, "occurred_on": story.clock.now().date().isoformat(), **more}
    path = f"/producers/{story.sat.producer_id}/failures"
    return dict(done(story.post(story.lead, path, json=body), 201))


def test_t35_suspended_after_an_incident_and_let_back_only_when_each_condition_is_met(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, ADVISER)
    story.clock.put(TUESDAY - 4 * HOUR)
    assert story.reads(CHANCELLOR) == FIGURES
    story.clock.put(TUESDAY - 2 * HOUR)
    incident = story.reports(ADVISER, "indication_given", SHARED)
    begun = suspends(
        story,
        story.id_of(CHANCELLOR),
        needs_training=True,
        needs_reapplication=True,
        conditions="A talk with the head of profession.",
        incident_id=incident["incident_id"],
    )
    needs = (
        "training done after 16 June 2026; a re-application that a second person has approved; "
        "A talk with the head of profession."
    )
    assert (begun["needs"], begun["incident_id"]) == (needs, incident["incident_id"])
    refused = story.opens(CHANCELLOR)
    assert reasons(refused) == [("suspended", uk.PARA_3_1_E)]
    assert refused.json()["reasons"][0]["remedy"] == f"Reinstatement needs: {needs}."
    # Whoever is suspended can see it, and apply; nobody else can.
    (seen,) = story.get(CHANCELLOR, "/me/suspensions")["results"]
    assert (seen["needs"], seen["reason"], seen["reapplications"]) == (needs, SHARED, [])
    assert story.get(ADVISER, "/me/suspensions")["results"] == []
    path = f"/suspensions/{begun['suspension_id']}/reapplications"
    for other in (ADVISER, STRANGER, story.lead):
        assert story.post(other, path, json={"statement": "Let them back."}).status_code == 404
    # Nothing is met yet, and the training of that very day does not count.
    trains(story, story.id_of(CHANCELLOR), date(2026, 6, 16))
    lacking = ends(story, begun["suspension_id"])
    assert (lacking.status_code, lacking.json()["code"]) == (409, "reinstatement_refused")
    assert [reason["detail"] for reason in lacking.json()["reasons"]] == [
        f"{CHANCELLOR.name} has no training on record that was done after 16 June 2026.",
        "No re-application has been approved.",
    ]
    story.clock.put(TUESDAY + DAY)
    trains(story, story.id_of(CHANCELLOR), date(2026, 6, 17))
    applied = done(story.post(CHANCELLOR, path, json={"statement": "I did the training again."}), 201)
    assert story.post(CHANCELLOR, path, json={"statement": "Please."}).json()["code"] == "already_exists"
    assert codes(ends(story, begun["suspension_id"])) == ["409", "reinstatement_conditions_unmet"]
    assert [subject for subject, _ in story.letters(story.lead)][-1].endswith(
        "somebody who is suspended applies to be let back"
    )
    decision = f"/reapplications/{applied['reapplication_id']}/decision"
    body = {"decision": "approved", "reason": "The statement shows that it was understood."}
    assert story.post(STRANGER, decision, json=body).status_code == 404
    assert story.post(story.statistician, decision, json=body).json()["code"] == "role_required"
    assert done(story.post(story.lead, decision, json=body))["decision"] == "approved"
    assert story.post(story.head, decision, json=body).json()["code"] == "wrong_state"
    assert [row["decision"] for row in story.get(story.auditor, path)["results"]] == ["approved"]
    done(ends(story, begun["suspension_id"]))
    assert story.get(CHANCELLOR, "/me/suspensions")["results"] == []
    assert "suspended" not in codes(story.opens(CHANCELLOR))
    # What was read before stays on record.
    assert story.decisions(CHANCELLOR, "permitted")[0]["at"] == "2026-06-16T04:30:00.000Z"


def test_reapplication_is_decided_by_nobody_whom_the_suspension_covers(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    other = story.service.person("Lee Larch", "lee.larch@oes.gov.example")
    story.service.role(other, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    post = {"organisation_id": story.sat.organisation_id, "title": "Deputy", "unit": "Release Desk"}
    posts = [done(story.post(story.head, "/posts", json={**post, "title": title}), 201) for title in ("One", "Two")]
    for person, held in ((story.lead, posts[0]), (other, posts[1])):
        body = {"person_id": person, "from_on": "2026-01-01"}
        done(story.post(story.head, f"/posts/{held['post_id']}/holdings", json=body), 201)
    begun = suspends(story, story.sat.organisation_id, unit="release desk", needs_reapplication=True)
    assert (begun["subject_kind"], begun["unit"]) == ("unit", "Release Desk")
    path = f"/suspensions/{begun['suspension_id']}/reapplications"
    applied = done(story.post(story.lead, path, json={"statement": "We have new rules."}), 201)
    decision, body = f"/reapplications/{applied['reapplication_id']}/decision", {"decision": "approved", "reason": "."}
    for covered in (story.lead, other):
        assert codes(story.post(covered, decision, json=body)) == ["403", "second_person_required"]
        assert codes(ends(story, begun["suspension_id"], covered)) == ["403", "second_person_required"]
    done(story.post(story.head, decision, json={"decision": "declined", "reason": "Too early."}))
    assert codes(ends(story, begun["suspension_id"])) == ["409", "reinstatement_conditions_unmet"]
    again = done(story.post(other, path, json={"statement": "The rules are in force."}), 201)
    done(story.post(story.head, f"/reapplications/{again['reapplication_id']}/decision", json=body))
    done(ends(story, begun["suspension_id"]))
    late = story.post(other, path, json={"statement": "Once more."})
    assert late.status_code == 404 or late.json()["code"] == "already_ended"


def test_t35_unit_that_is_suspended_is_cut_off_at_its_next_request_and_its_neighbours_are_not(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, ADVISER)
    story.clock.put(TUESDAY - 4 * HOUR)
    treasury = story.get(story.head, f"/lists/{story.told.listed['list_id']}")["grants"][0]["organisation"]
    found = story.get(story.head, "/organisations")["results"]
    organisation_id = next(one["organisation_id"] for one in found if one["name"] == treasury)
    path = f"/producers/{story.sat.producer_id}/suspensions"
    body = {"subject_id": organisation_id, "unit": "Markets", "reason": SHARED}
    unknown = story.post(story.head, path, json=body)
    assert (unknown.status_code, unknown.json()["errors"][0]["where"]) == (422, "body.unit")
    wrong = story.post(story.head, path, json={**body, "subject_id": story.id_of(CHANCELLOR)})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (422, "body.subject_id")
    post = {"organisation_id": organisation_id, "title": "Analyst", "unit": "Markets"}
    held = done(story.post(story.head, "/posts", json=post), 201)["post_id"]
    holding = {"person_id": story.id_of(CHANCELLOR), "from_on": "2026-01-01"}
    done(story.post(story.head, f"/posts/{held}/holdings", json=holding), 201)
    opening = done(story.opens(CHANCELLOR), 201)
    done(story.post(story.head, path, json=body), 201)
    assert reasons(story.fetches(CHANCELLOR, opening)) == [("suspended", uk.PARA_3_1_E)]
    assert reasons(story.opens(CHANCELLOR)) == [("suspended", uk.PARA_3_1_E)]
    assert story.opens(ADVISER).status_code == 201


def test_training_that_a_producer_asks_for_is_asked_of_a_list_and_again_at_the_door(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    asks_for_training(story, 30)
    assert story.ask(
        story.head, "PUT", f"/producers/{story.sat.producer_id}/training-policy", json={"training_days": 30}
    ).json()["code"] == ("no_change")
    story.release(TUESDAY)
    story.draft_with(CHANCELLOR, ADVISER)
    missing = story.approves()
    assert reasons(missing) == [("training_missing", training_policy := "Producer policy: training")] * 2
    assert [
        reason["code"] for reason in story.get(story.head, f"/lists/{story.told.listed['list_id']}")["lacking"]
    ] == ["training_missing"] * 2
    trains(story, story.id_of(CHANCELLOR), date(2026, 6, 1))
    mistaken = trains(story, story.id_of(ADVISER), date(2026, 5, 15))  # runs out on 14 June, before the window opens
    assert reasons(story.approves()) == [("training_expired", training_policy)]
    trains(story, story.id_of(ADVISER), date(2026, 6, 5), valid_until_on="2026-06-15")
    story.told.listed = done(story.approves())
    story.sealed()
    story.signed_off()
    story.signed(CHANCELLOR, ADVISER)
    story.clock.put(TUESDAY - 20 * HOUR)
    assert story.opens(ADVISER).status_code == 201
    opening = done(story.opens(ADVISER), 201)
    story.clock.put(TUESDAY - 2 * HOUR)  # the day after the course's own end
    assert reasons(story.opens(ADVISER)) == [("training_expired", training_policy)]
    assert "15 June 2026" in story.opens(ADVISER).json()["reasons"][0]["detail"]
    assert story.fetches(ADVISER, opening).status_code in (403, 409)
    assert story.opens(CHANCELLOR).status_code == 201
    # Withdrawn training counts no more from the next request on, and withdrawing it twice is refused.
    (mine,) = story.get(CHANCELLOR, "/me/training")["results"]
    assert (mine["done_on"], mine["counts_until_on"]) == ("2026-06-01", "2026-07-01")
    path = f"/people/{story.id_of(CHANCELLOR)}/training/{mine['training_id']}/withdrawal"
    assert story.post(STRANGER, path, json={"reason": "Wrong person."}).status_code == 404
    done(story.post(story.statistician, path, json={"reason": "Wrong person."}))
    assert reasons(story.opens(CHANCELLOR)) == [("training_missing", training_policy)]
    assert story.post(story.statistician, path, json={"reason": "Again."}).json()["code"] == "already_ended"
    astray = f"/people/{story.id_of(CHANCELLOR)}/training/{mistaken['training_id']}/withdrawal"
    assert story.post(story.statistician, astray, json={"reason": "Not theirs."}).status_code == 404
    asks_for_training(story, None)
    assert story.opens(CHANCELLOR).status_code == 201


def test_training_is_put_on_record_by_the_producer_and_by_nobody_for_themselves(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    body = {"producer_id": story.sat.producer_id, "course": "Access", "done_on": "2026-06-01"}
    mine = story.post(story.lead, f"/people/{story.lead}/training", json=body)
    assert codes(mine) == ["403", "second_person_required"]
    path = f"/people/{story.id_of(CHANCELLOR)}/training"
    assert story.post(story.auditor, path, json=body).json()["code"] == "role_required"
    assert story.post(CHANCELLOR, path, json=body).status_code == 404
    assert story.ask(CHANCELLOR, "GET", path).status_code == 404
    later = story.post(story.lead, path, json={**body, "done_on": "2026-06-09"})
    assert (later.status_code, later.json()["errors"][0]["where"]) == (422, "body.done_on")
    ended = story.post(story.lead, path, json={**body, "valid_until_on": "2026-05-31"})
    assert (ended.status_code, ended.json()["errors"][0]["where"]) == (422, "body.valid_until_on")
    done(story.post(story.lead, path, json=body), 201)
    assert [row["course"] for row in story.get(story.auditor, path)["results"]] == ["Access"]
    other = story.service.producer("Office for Other Statistics")
    assert story.get(other.people[Role.LEAD_OFFICIAL], path)["results"] == []
    (leaf,) = story.entries(EntryKind.TRAINING_RECORDED)
    assert set(leaf["sealed"]) >= {"course"}


def test_reminder_goes_once_thirty_days_before_training_runs_out_and_again_for_the_next_end(begin: Begin) -> None:
    story = begin(london(2026, 5, 1, 9, 0))
    asks_for_training(story, 60)
    trains(story, story.id_of(CHANCELLOR), date(2026, 5, 1))  # counts until 30 June
    assert training.remind_of_training(story.tools) == 0
    story.clock.put(london(2026, 5, 30, 23, 30))
    assert training.remind_of_training(story.tools) == 0
    story.clock.put(london(2026, 5, 31, 0, 0))
    assert [training.remind_of_training(story.tools) for _ in range(3)] == [1, 0, 0]
    (letter,) = [body for subject, body in story.letters(CHANCELLOR) if "training" in subject]
    assert "until 30 June 2026" in letter
    trains(story, story.id_of(CHANCELLOR), date(2026, 5, 31))
    assert training.remind_of_training(story.tools) == 0
    story.clock.put(london(2026, 7, 10, 9, 0))
    assert [training.remind_of_training(story.tools) for _ in range(2)] == [1, 0]


def test_t35_uk_past_failure_is_shown_to_the_approver_who_may_take_it_into_account(begin: Begin) -> None:
    story = begin(TUESDAY - 20 * DAY)
    story.ready(TUESDAY - 7 * DAY)
    story.clock.put(TUESDAY - 7 * DAY - 2 * HOUR)
    incident = story.reports(CHANCELLOR, "indication_given", SHARED)
    recorded = records_failure(
        story, story.id_of(CHANCELLOR), release_id=story.told.release_id, incident_id=incident["incident_id"]
    )
    assert (recorded["order"], recorded["incident_id"]) == ("uk", incident["incident_id"])
    assert [subject for subject, _ in story.letters(CHANCELLOR)][-1].endswith("is on record")
    story.release(TUESDAY, title="Earnings")
    drafted = story.draft_with(CHANCELLOR, ADVISER)
    (shown,) = drafted["failures"]
    assert (shown["person_id"], shown["what"], shown["must"], shown["source"], shown["release_title"]) == (
        story.id_of(CHANCELLOR),
        SHARED,
        False,
        uk.PARA_3_1_E,
        "Claimant count",
    )
    assert drafted["lacking"] == []
    listed = done(story.approves())
    assert listed["failures_considered"] == ""
    approved = story.entries(EntryKind.LIST_APPROVED)[-1]
    assert (approved["said"]["failures"], approved["said"]["failures_that_must_count"]) == (1, 0)


def drafts(story: Story, *grants: dict[str, Any]) -> dict[str, Any]:
    """Draw a list up grant by grant, as the statistician; gives the draft."""
    path = f"/releases/{story.told.release_id}/lists"
    made = done(story.post(story.statistician, path, json={}), 201)
    for grant in grants:
        path = f"/lists/{made['list_id']}/grants"
        made = done(story.post(story.statistician, path, json=grant, revision=made["revision"]), 201)
    story.told.listed = made
    return dict(made)


def grant_for(reader: Reader, **more: Any) -> dict[str, Any]:
    holder = {"email": reader.email, "name": reader.name, "held_from_on": "2020-01-06"}
    terms = {"ground": "Answers questions at the time of publication", "ground_letter": "a"}
    return {"post_title": reader.post, "organisation": reader.organisation, **terms, "holder": holder, **more}


@pytest.mark.parametrize(
    ("order", "clause"), [("scotland", "SSI 2008/399 Sch. para 7"), ("wales", "WSI 2009/2818 Sch. para 8")]
)
def test_t35_scotland_and_wales_list_is_not_approved_until_the_failure_is_considered_in_words(
    begin: Begin, order: str, clause: str
) -> None:
    story = begin(TUESDAY - 20 * DAY)
    story.release(TUESDAY, order=order, sensitivity="ordinary")
    failure = records_failure(story, story.id_of(CHANCELLOR), order="uk")  # whichever Order it was under
    drafted = drafts(story, grant_for(CHANCELLOR), grant_for(ADVISER))
    assert [(reason["code"], reason["source"]) for reason in drafted["lacking"]] == [
        ("failures_not_considered", clause)
    ]
    path, revision = f"/lists/{drafted['list_id']}/approval", drafted["revision"]
    for said in (None, {}, {"failures_considered": "  "}):
        refused = story.post(story.head, path, revision=revision, json=said)
        assert (refused.status_code, reasons(refused)) == (422, [("failures_not_considered", clause)])
    words = "Trained on 1 June; the briefing cannot be given without this post."
    listed = done(story.post(story.head, path, revision=revision, json={"failures_considered": words}))
    assert listed["failures_considered"] == words
    assert [(one["must"], one["order"]) for one in listed["failures"]] == [(True, "uk")]
    approved = story.entries(EntryKind.LIST_APPROVED)[-1]
    assert approved["said"]["failures_that_must_count"] == 1
    assert "failures_considered" in approved["sealed"]
    assert words not in str(approved)
    # What should not be on record is withdrawn, shown to no approver any more, and kept.
    withdrawal = f"/failures/{failure['failure_id']}/withdrawal"
    assert story.post(STRANGER, withdrawal, json={"reason": "No."}).status_code == 404
    assert story.post(story.statistician, withdrawal, json={"reason": "No."}).json()["code"] == "role_required"
    done(story.post(story.lead, withdrawal, json={"reason": "It was somebody else."}))
    assert story.post(story.lead, withdrawal, json={"reason": "Twice."}).json()["code"] == "already_ended"
    assert story.get(story.head, f"/lists/{drafted['list_id']}")["failures"] == []
    (kept,) = story.get(story.auditor, f"/producers/{story.sat.producer_id}/failures")["results"]
    assert kept["withdrawn_reason"] == "It was somebody else."


@pytest.mark.parametrize(("order", "bears"), [("wales", True), ("scotland", False)])
def test_failure_of_somebody_shared_with_bears_on_the_recipient_in_wales_alone(
    begin: Begin, order: str, bears: bool
) -> None:
    story = begin(TUESDAY - 20 * DAY)
    story.release(TUESDAY - 7 * DAY, order=order, sensitivity="ordinary")
    support = {"grant_class": "administrative_support", "for_person_id": story.id_of(CHANCELLOR)}
    drafts(story, grant_for(CHANCELLOR), grant_for(SECRETARY, **support))
    done(story.approves())
    records_failure(story, story.id_of(SECRETARY), release_id=story.told.release_id)
    story.release(TUESDAY, order=order, sensitivity="ordinary", title="Waiting times")
    drafted = drafts(story, grant_for(CHANCELLOR), grant_for(ADVISER))
    shown = [(one["person_id"], one["of_person"], one["shared_with"], one["source"]) for one in drafted["failures"]]
    expected = (story.id_of(CHANCELLOR), SECRETARY.name, True, "WSI 2009/2818 Sch. para 8")
    assert shown == ([expected] if bears else [])
    assert (story.approves().status_code == 200) == (not bears)


def test_past_failure_is_recorded_by_whoever_answers_for_the_statistics_and_names_its_order(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    path = f"/producers/{story.sat.producer_id}/failures"
    body = {"person_id": story.id_of(SECRETARY), "what": SHARED, "occurred_on": "2026-06-01"}
    nameless = story.post(story.head, path, json=body)
    assert (nameless.status_code, nameless.json()["errors"][0]["where"]) == (422, "body.order")
    assert story.post(story.statistician, path, json={**body, "order": "uk"}).json()["code"] == "role_required"
    assert story.post(SECRETARY, path, json={**body, "order": "uk"}).status_code == 404
    own = {**body, "person_id": story.head, "order": "uk"}
    assert codes(story.post(story.head, path, json=own)) == ["403", "second_person_required"]
    later = story.post(story.head, path, json={**body, "order": "uk", "occurred_on": "2026-06-30"})
    assert (later.status_code, later.json()["errors"][0]["where"]) == (422, "body.occurred_on")
    assert story.post(story.head, path, json={**body, "order": "uk", "what": " "}).json()["code"] == "reason_required"
    other = story.service.producer("Office for Other Statistics")
    elsewhere = f"/producers/{other.producer_id}/failures"
    assert story.post(story.head, elsewhere, json={**body, "order": "uk"}).status_code == 404
    story.release(TUESDAY)
    theirs = {**body, "release_id": story.told.release_id}
    refused = story.post(other.people[Role.HEAD_OF_PROFESSION], elsewhere, json=theirs)
    assert refused.status_code == 404
    done(story.post(story.head, path, json={**body, "order": "northern_ireland"}), 201)
    (row,) = story.get(story.auditor, path)["results"]
    assert (row["order"], row["release_id"], row["withdrawn_at"]) == ("northern_ireland", None, None)
