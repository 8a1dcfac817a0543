"""UK labour market, due Wednesday 20 January 2016 at 09:30; the direction of the figures went out at 09:22.

What happened: the approved officer, on leave that day, left a draft tweet in a locked drawer; a colleague without
    access read it and e-mailed its direction to 296 people.
What this service would have done: refused the colleague, let a named colleague have a grant and declaration of their
    own beforehand, and drafted the report. That a tweet prepared here needs no drawer has a story of its own,
    ``test_dwp_2016_nothing_to_put_in_a_drawer``.
What it could not have prevented: a person with lawful access writing a sentence on paper; the log can show who opened
    what, never who was told.
Practice engaged: Code of Practice 2009, Protocol 2, practice 8 (no indication of the substance before publication).
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.rules.orders import uk
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import FIGURES, Reader, Story, answered, codes, done, practices, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2016, 1, 20, 9, 30)
AT_0922 = london(2016, 1, 20, 9, 22)
OFFICER = Reader("Ash Alder", "ash.alder@work.gov.example", "Digital Communications Officer", "Department for Work")
COLLEAGUE = Reader("Bay Birch", "bay.birch@work.gov.example", "Digital Media Officer", "Department for Work")
EDITOR = Reader("Cam Cedar", "cam.cedar@stats.gov.example", "Social Media Editor", "Statistics Office")


def officer_has_read(begin: Begin) -> Story:
    """The day before: the officer has read, lawfully, and goes on leave."""
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, OFFICER, EDITOR, title="UK labour market, January 2016", series="UK labour market")
    story.clock.put(DUE - timedelta(hours=20))
    assert story.reads(OFFICER) == FIGURES
    return story


def test_colleague_who_was_only_asked_to_help_is_refused_and_learns_nothing(begin: Begin) -> None:
    story = officer_has_read(begin)
    (opening,) = story.get(OFFICER, "/me/openings")["results"]
    story.clock.put(AT_0922)
    refused = story.opens(COLLEAGUE)
    invented = story.opens(COLLEAGUE, "doc_" + "0" * 24)
    assert refused.status_code == invented.status_code == 404
    assert {**refused.json(), "instance": ""} == {**invented.json(), "instance": ""}
    assert story.fetches(COLLEAGUE, opening).status_code == 404
    (logged,) = story.decisions(COLLEAGUE)
    assert [reason["code"] for reason in logged["said"]["reasons"]] == ["not_on_list"]


def test_colleague_with_a_grant_and_declaration_of_their_own_does_the_work_lawfully(begin: Begin) -> None:
    story = officer_has_read(begin)
    reason = {"reason": "On leave on the day; a colleague stands in."}
    done(story.post(story.head, f"/grants/{story.grant_of(OFFICER)['grant_id']}/pause", json=reason))
    story.draft_with(OFFICER, EDITOR, COLLEAGUE)
    assert codes(story.approves()) == ["409", "list_frozen"]
    story.told.listed = done(story.approves(override="The officer who is on the list is on leave on the day."))
    story.clock.put(AT_0922)
    assert codes(story.opens(COLLEAGUE)) == ["403", "declaration_missing"]
    story.signed(COLLEAGUE)
    assert story.reads(COLLEAGUE) == FIGURES
    assert codes(story.opens(OFFICER)) == ["403", "grant_paused"]
    story.clock.put(DUE)
    story.published()
    posts = [row["post"] for row in story.get(None, f"/releases/{story.told.release_id}/public-list.json")["rows"]]
    assert posts == [OFFICER.post, EDITOR.post, COLLEAGUE.post]


def test_indication_seen_at_0922_is_reported_at_once_and_the_team_is_kept_away_until_trained(begin: Begin) -> None:
    story = officer_has_read(begin)
    story.clock.put(AT_0922 + timedelta(minutes=2))
    story.reports(EDITOR, "indication_given", "An e-mail to 296 people speaks of record employment.")
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("indication_given", False)
    report = story.report(incident)
    assert (report["form"], practices(report)) == ("2009", ["P2/8", uk.PARA_6_1])
    told = answered(report)
    assert "the holder of the post Social Media Editor, Statistics Office" in told
    assert "record employment" not in str(report)
    everything = story.get(story.head, "/organisations", params={"limit": 100})["results"]
    (department,) = [one["organisation_id"] for one in everything if one["name"] == "Department for Work"]
    body = {
        "subject_id": department,
        "reason": "An indication was given before publication.",
        "conditions": "training done and access applied for again",
    }
    begun = done(story.post(story.head, f"/producers/{story.sat.producer_id}/suspensions", json=body), 201)
    next_month = london(2016, 2, 17, 9, 30)
    story.ready(next_month, OFFICER, EDITOR, title="UK labour market, February 2016", series="UK labour market")
    story.clock.put(next_month - timedelta(hours=20))
    refused = story.opens(OFFICER)
    assert reasons(refused) == [("suspended", uk.PARA_3_1_E)]
    assert "training done and access applied for again" in refused.json()["reasons"][0]["remedy"]
    assert story.reads(EDITOR) == FIGURES
    ended = story.post(story.head, f"/suspensions/{begun['suspension_id']}/end", json={"reason": "Training done."})
    done(ended)
    assert story.reads(OFFICER) == FIGURES


def test_drawer_is_nothing_the_log_can_see_and_the_report_says_so(begin: Begin) -> None:
    story = officer_has_read(begin)
    story.clock.put(AT_0922)
    story.reports(EDITOR, "indication_given", "Seen at 09:22.")
    openings = story.get(story.auditor, f"/releases/{story.told.release_id}/openings")["results"]
    assert [one["person_id"] for one in openings] == [story.id_of(OFFICER)]
    told = answered(story.report(story.incidents()[0]))
    assert f"Opening {openings[0]['number']}, {OFFICER.post}, {OFFICER.organisation}" in told
    assert "The log cannot know whether a delivered copy was read, kept, printed, shown or spoken of" in told
