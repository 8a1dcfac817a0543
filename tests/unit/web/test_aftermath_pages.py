"""Who caused an incident, on a page, and what follows: failures on record, suspension and letting back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.story import CHANCELLOR, STRANGER, Story, codes, done
from tests.unit.breaches.test_report_versions import DUE, changes, moved, the_incident
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.test_recall_pages import at_pages, seen

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")
NOTHING = "0" * 24
PASSED_ON = "The bulletin was passed on."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """The head of profession moved a release after the Chancellor had read it."""
    told = moved(tmp_path)
    yield told
    told.service.close()


def incident(story: Story) -> str:
    return f"/producer/incidents/{the_incident(story)['incident_id']}"


def here(story: Story) -> str:
    return f"{incident(story)}/people"


def chancellor(story: Story) -> str:
    return story.id_of(CHANCELLOR)


def another_head(story: Story) -> str:
    """A head of profession who had no part in what the incident is about."""
    other = story.service.person("Hazel Other", "hazel.other@stats.gov.example")
    story.service.role(other, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    return other


def options(visitor: Visitor, field: str) -> list[str]:
    """What can be chosen in a field of the page that was looked at last."""
    found = re.search(rf'id="{field}"[^>]*>(.*?)</select>', visitor.last.text, re.DOTALL)
    return [] if found is None else [one for one in re.findall(r'value="([^"]*)"', found[1]) if one]


def suspended(story: Story, who: Any, subject: str = "", **more: str) -> str:
    """Suspend on the page because of the incident; gives the page of the suspension."""
    visitor = at_pages(story, who)
    visitor.looks(here(story))
    chosen = subject or f"person:{chancellor(story)}:"
    answer = visitor.sends(f"{incident(story)}/suspensions", subject=chosen, suspend_reason=PASSED_ON, **more)
    assert answer.status_code == 303, words(answer)
    return str(answer.headers["location"])


def test_page_is_found_from_the_incident_and_offers_those_of_whom_it_tells(story: Story) -> None:
    lead = at_pages(story, story.lead)
    lead.looks(incident(story))
    assert f'href="{here(story)}"' in lead.last.text
    told = lead.looks(here(story))
    assert "Nobody is named." in told
    assert "may be taken into account then, by the clause for the footing of that grant. The person is told." in told
    assert "3(1)(e)" not in told
    assert sorted(options(lead, "person_id")) == sorted([chancellor(story), story.head])
    kinds = [one.partition(":")[0] for one in options(lead, "subject")]
    assert kinds == ["person", "person", "post", "organisation"]


@pytest.mark.parametrize("place", ["", "/named", "/struck"])
def test_page_is_nothing_to_whoever_has_no_relation_to_the_incident(story: Story, place: str) -> None:
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    suspension = suspended(story, story.lead)
    for who in (STRANGER, CHANCELLOR, other):
        visitor = at_pages(story, who)
        method = "POST" if place else "GET"
        visitor.looks("/report")
        sent = {"data": {"form_token": visitor.token, "person_id": chancellor(story), "reason": "So."}} if place else {}
        real = seen(visitor.asks(method, f"{here(story)}{place}", **sent))
        none = seen(visitor.asks(method, f"/producer/incidents/inc_{NOTHING}/people{place}", **sent))
        assert (real, real[0]) == (none, 404)
        there = seen(visitor.asks("GET", suspension))
        assert (there, there[0]) == (seen(visitor.asks("GET", f"/producer/suspensions/sus_{NOTHING}")), 404)


def test_person_is_named_with_a_reason_and_struck_out_again(story: Story) -> None:
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    wrong = lead.sends(f"{here(story)}/named", revision=lead.field("revision"), person_id="", reason="")
    assert [f'href="#{one}"' in wrong.text for one in ("person_id", "reason")] == [True, True]
    lead.looks(here(story))
    forged = lead.sends(
        f"{here(story)}/named", revision=lead.field("revision"), person_id=story.id_of(STRANGER), reason="So."
    )
    assert (forged.status_code, 'href="#person_id"' in forged.text) == (422, True)
    lead.looks(here(story))
    sent = {"revision": lead.field("revision"), "person_id": chancellor(story), "reason": "The log shows it."}
    assert lead.sends(f"{here(story)}/named", **sent).headers["location"] == here(story)
    assert the_incident(story)["caused_by"] == [chancellor(story)]
    assert "Named as having caused it Ash Alder, ash.alder@treasury.gov.example" in lead.looks(here(story))
    auditor = at_pages(story, story.auditor)
    told = auditor.looks(here(story))
    assert (chancellor(story) in told, "Ash Alder" in told, "Name them" in told) == (True, False, False)
    lead.looks(here(story))
    sent = {"revision": lead.field("revision"), "struck_id": chancellor(story), "struck_reason": "Somebody else did."}
    assert lead.sends(f"{here(story)}/struck", **sent).status_code == 303
    assert the_incident(story)["caused_by"] == []


def test_somebody_of_whom_the_incident_does_not_tell_is_looked_for_by_their_whole_address(story: Story) -> None:
    lead, vic = at_pages(story, story.lead), story.id_of(STRANGER)
    lead.looks(here(story))
    assert vic not in options(lead, "person_id")
    told = words(lead.sends(here(story), email=STRANGER.email))
    assert ("Vic Willow can be chosen below." in told, vic in options(lead, "person_id")) == (True, True)
    sent = {"revision": lead.field("revision"), "person_id": vic, "email": STRANGER.email, "reason": "They said so."}
    assert lead.sends(f"{here(story)}/named", **sent).status_code == 303
    assert the_incident(story)["caused_by"] == [vic]
    lead.looks(here(story))
    nobody = lead.sends(here(story), email="no.one@elsewhere.gov.example")
    assert (nobody.status_code, "Nobody on record has this address" in words(nobody)) == (422, True)
    # Whoever decides nothing here is not told whether somebody is on record.
    auditor = at_pages(story, story.auditor)
    auditor.looks("/report")
    known = words(auditor.sends(here(story), email=STRANGER.email))
    auditor.looks("/report")
    assert known == words(auditor.sends(here(story), email="no.one@elsewhere.gov.example"))
    # The address stands in no address of ours.
    told = lead.looks(f"{here(story)}?email={STRANGER.email}")
    assert ("can be chosen below" in told, vic in options(lead, "subject")) == (False, False)
    assert lead.asks("POST", here(story), data={"email": STRANGER.email}).status_code == 403


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("uk", "may be taken into account then, by the clause for the footing of that grant."),
        ("northern_ireland", "may be taken into account then, by the clause for the footing of that grant."),
        ("scotland", "must be taken into account then ( SSI 2008/399 Sch. para 7 )."),
        ("wales", "must be taken into account then ( WSI 2009/2818 Sch. para 8 )."),
    ],
)
def test_clause_is_given_where_it_is_the_same_for_every_footing(story: Story, order: str, told: str) -> None:
    sensitivity = "ordinary" if order in ("scotland", "wales") else "market_sensitive"
    story.release(DUE + timedelta(days=7), order=order, sensitivity=sensitivity)
    body = {"kind": "other", "statement": "The table was left on a desk.", "release_id": story.told.release_id}
    reported = done(story.post(story.lead, "/incidents", json=body), 201)
    assert told in at_pages(story, story.lead).looks(f"/producer/incidents/{reported['incident_id']}/people")


def test_whoever_it_is_about_names_nobody(story: Story) -> None:
    head = at_pages(story, story.head)  # who moved the release
    assert "Name them" not in head.looks(here(story))
    sent = {"revision": "1", "person_id": chancellor(story), "reason": "It was them."}
    assert head.sends(f"{here(story)}/named", **sent).status_code == 403
    assert the_incident(story)["caused_by"] == []


def test_whoever_it_is_about_puts_no_failure_on_record_withdraws_none_and_suspends_nobody_because_of_it(
    story: Story,
) -> None:
    incident_id = the_incident(story)["incident_id"]
    done(changes(story, story.lead, caused_by=[story.lead], note="They sent the wrong file."))
    failure = {"person_id": chancellor(story), "what": PASSED_ON, "occurred_on": "2026-03-09"}
    failure["incident_id"] = incident_id
    kept_away = {"subject_id": chancellor(story), "reason": PASSED_ON, "incident_id": incident_id}
    at = f"/producers/{story.sat.producer_id}"
    for who in (story.head, story.lead):  # who moved the release; whom a person named
        for path, body in ((f"{at}/failures", failure), (f"{at}/suspensions", kept_away)):
            refused = story.post(who, path, json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, "second_person_required")
    assert (story.entries(EntryKind.FAILURE_RECORDED), story.entries(EntryKind.SUSPENSION_BEGUN)) == ([], [])
    other = story.service.person("Example Other Lead", "other.lead@stats.gov.example")
    story.service.role(other, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    recorded = done(story.post(other, f"{at}/failures", json=failure), 201)["failure_id"]
    withdrawal = story.post(story.head, f"/failures/{recorded}/withdrawal", json={"reason": "It was nobody."})
    assert (withdrawal.status_code, story.entries(EntryKind.FAILURE_WITHDRAWN)) == (403, [])
    told = at_pages(story, story.head).looks(here(story))
    offered = ("Put the failure on record", "Should it not be on record?", "Suspend from all", "Look for their")
    assert [one in told for one in offered] == [False] * 4
    assert "The incident is about what you did yourself: somebody else suspends because of it" in told
    # What cannot wait for somebody else is done without the incident.
    done(story.post(story.head, f"{at}/suspensions", json={**kept_away, "incident_id": None}), 201)
    done(story.post(other, f"{at}/suspensions", json=kept_away), 201)


def test_failure_is_put_on_record_because_of_it_and_withdrawn(story: Story) -> None:
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    wrong = lead.sends(f"{incident(story)}/failures", failed_id="", what="", **by_day("occurred_on", "soon"))
    assert [f'href="#{one}"' in wrong.text for one in ("failed_id", "what", "occurred_on-day")] == [True] * 3
    assert 'id="occurred_on-day" name="occurred_on-day"' in wrong.text
    lead.looks(here(story))
    sent = {"failed_id": chancellor(story), "what": PASSED_ON, **by_day("occurred_on", "2030-01-01")}
    ahead = lead.sends(f"{incident(story)}/failures", **sent)
    assert (ahead.status_code, "What has not happened yet is no past failure." in words(ahead)) == (422, True)
    assert 'href="#occurred_on-day"' in ahead.text
    lead.looks(here(story))
    sent |= by_day("occurred_on", "2026-03-09")
    assert lead.sends(f"{incident(story)}/failures", **sent).status_code == 303
    assert f"Ash Alder, 9 March 2026 {PASSED_ON}" in lead.looks(here(story))
    (entry,) = story.entries(EntryKind.FAILURE_RECORDED)
    assert entry["said"]["incident_id"] == the_incident(story)["incident_id"]
    (place,) = re.findall(r'action="(/producer/incidents/inc_\w+/failures/(fai_\w+)/withdrawal)"', lead.last.text)
    assert lead.sends(place[0]).status_code == 422
    assert lead.sends(place[0], **{f"why-{place[1]}": "It was somebody else."}).status_code == 303
    assert "It was somebody else." in lead.looks(here(story))
    statistician = at_pages(story, story.statistician)
    told = statistician.looks(here(story))
    assert ("It was somebody else." in told, "Put the failure on record" in told) == (True, False)
    assert statistician.sends(f"{incident(story)}/failures", **sent).status_code in (403, 422)
    assert len(story.entries(EntryKind.FAILURE_RECORDED)) == 1


def test_suspension_begun_on_the_page_bites_at_once_and_waits_for_what_was_set(story: Story) -> None:
    done(changes(story, story.lead, state="under_review"))
    body = {"what": "Brief the private office", "owner": "Head of publishing", "due_on": "2026-06-30"}
    path = f"/incidents/{the_incident(story)['incident_id']}/corrective-actions"
    action = done(story.post(story.lead, path, json={**body, "long_term": False}), 201)["corrective_action_id"]
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    wrong = lead.sends(f"{incident(story)}/suspensions", subject="", suspend_reason="")
    assert [f'href="#{one}"' in wrong.text for one in ("subject", "suspend_reason")] == [True, True]
    place = suspended(story, story.lead, needs_reapplication="yes", **{f"action-{action}": "yes"})
    assert "suspended" in codes(story.opens(CHANCELLOR))
    told = lead.looks(place)
    assert "a re-application that a second person has approved; done, and confirmed by a second person: Brief" in told
    assert "No re-application has been approved." in told
    assert "From Producer policy: reinstatement." in told
    early = lead.sends(f"{place}/end", end_reason="They said sorry.")
    assert (early.status_code, "It cannot end yet" in words(early)) == (422, True)
    assert "Ash Alder" in lead.looks(here(story))
    mover = at_pages(story, story.head)  # the incident is about their moving the release
    assert "The incident that led to it is about what you did yourself" in mover.looks(place)
    assert ("End the suspension" in words(mover.last), "Change what it waits for" in words(mover.last)) == (
        False,
        False,
    )
    mover.looks("/report")
    for act in ({"end_reason": "They said sorry."}, {"change_reason": "No need."}):
        where = "end" if "end_reason" in act else "conditions"
        assert mover.sends(f"{place}/{where}", **act).status_code == 403
    head = at_pages(story, another_head(story))
    head.looks(place)
    same = head.sends(f"{place}/conditions", change_reason="No need.", **{f"action-{action}": "yes"})
    assert (same.status_code, "It waits for these already." in words(same)) == (422, True)
    assert head.sends(f"{place}/conditions", change_reason="No need.").headers["location"] == place
    assert "Brief the private office" not in head.looks(place).partition("Applications")[0]


def test_person_who_is_kept_away_applies_on_a_page_and_is_let_back(story: Story) -> None:
    place = suspended(story, story.lead, needs_reapplication="yes")
    ash = at_pages(story, CHANCELLOR)
    ash.looks("/account")
    assert 'href="/account/suspensions"' in ash.last.text
    assert PASSED_ON in ash.looks("/account/suspensions")
    (form,) = re.findall(r'action="(/account/suspensions/sus_\w+/reapplications)"', ash.last.text)
    field = f"statement-{place.rpartition('/')[2]}"
    assert ash.sends(form).status_code == 422
    assert ash.sends(form, **{field: "It will not happen again."}).status_code == 303
    assert "It waits for a decision." in ash.looks("/account/suspensions")
    assert "Send the application" not in words(ash.last)
    made = story.get(story.lead, f"/suspensions/{place.rpartition('/')[2]}/reapplications")["results"][0]
    decided = {"decision": "approved", "reason": "They mean it."}
    refused = story.post(story.head, f"/reapplications/{made['reapplication_id']}/decision", json=decided)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_person_required")
    lead = at_pages(story, story.lead)
    assert "Ash Alder" in lead.looks(place)
    (decision,) = re.findall(rf'action="({place}/reapplications/(rap_\w+))"', lead.last.text)
    assert lead.sends(decision[0], decision="approved").status_code == 422
    assert lead.sends(decision[0], decision="approved", **{f"why-{decision[1]}": "They mean it."}).status_code == 303
    assert "Nothing that the service can check is missing." in lead.looks(place)
    assert lead.sends(f"{place}/end", end_reason="Application approved.").headers["location"] == place
    told = lead.looks(place)
    assert ("Let back" in told, "End the suspension" in told) == (True, False)
    assert "Nothing does: no producer has suspended your access." in ash.looks("/account/suspensions")
    assert "suspended" not in codes(story.opens(CHANCELLOR))


def test_application_for_a_suspension_of_somebody_else_answers_as_for_none(story: Story) -> None:
    sus = suspended(story, story.lead).rpartition("/")[2]
    vic = at_pages(story, STRANGER)
    vic.looks("/report")
    real = seen(vic.sends(f"/account/suspensions/{sus}/reapplications", **{f"statement-{sus}": "Let me in."}))
    vic.looks("/report")
    none = seen(vic.sends(f"/account/suspensions/sus_{NOTHING}/reapplications", statement="Let me in."))
    assert (real, real[0]) == (none, 404)


def test_suspension_that_covers_whoever_looks_is_not_theirs_to_end(story: Story) -> None:
    place = suspended(story, story.lead, f"person:{story.head}:")
    head = at_pages(story, story.head)
    told = head.looks(place)
    assert ("It covers you." in told, "End the suspension" in told) == (True, False)
    head.looks("/report")
    assert head.sends(f"{place}/end", end_reason="I am fine.").status_code == 403


def test_unit_that_is_suspended_names_the_posts_that_carry_none(story: Story) -> None:
    grant = story.grant_of(CHANCELLOR)
    done(story.ask(story.statistician, "PATCH", f"/posts/{grant['post_id']}", json={"unit": "Fiscal Group"}))
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    (unit,) = [one for one in options(lead, "subject") if one.startswith("unit:")]
    organisation = unit.split(":")[1]
    done(story.post(story.statistician, "/posts", json={"organisation_id": organisation, "title": "Diarist"}), 201)
    place = suspended(story, story.lead, unit)
    assert "Posts that it does not cover" in lead.looks(place)
    assert "Diarist" in words(lead.last)
    assert "suspended" in codes(story.opens(CHANCELLOR))


def test_incident_of_the_service_itself_names_people_and_suspends_nobody(story: Story) -> None:
    sent = {"statement": "A page with next week's figures could be read this morning."}
    assert story.client.post("/api/v1/concerns", json=sent).status_code == 202
    admin = story.service.administrator()
    (found,) = [one for one in story.get(admin, "/incidents")["results"] if one["producer_id"] is None]
    place, visitor = f"/producer/incidents/{found['incident_id']}", at_pages(story, admin)
    visitor.looks(f"{place}/people")
    told = words(visitor.sends(f"{place}/people", email=STRANGER.email)) if story.id_of(STRANGER) else ""
    assert ("Suspend" in told, "Name them" in told, "Vic Willow can be chosen below." in told) == (False, True, True)
    sent = {"revision": visitor.field("revision"), "person_id": story.id_of(STRANGER), "email": STRANGER.email}
    assert visitor.sends(f"{place}/people/named", **sent, reason="They said so.").status_code == 303
    visitor.looks(f"{place}/people")
    subject = f"person:{story.id_of(STRANGER)}:"
    answer = visitor.sends(f"{place}/suspensions", subject=subject, suspend_reason="So.", email=STRANGER.email)
    assert answer.status_code == 404
    assert story.entries(EntryKind.SUSPENSION_BEGUN) == []
