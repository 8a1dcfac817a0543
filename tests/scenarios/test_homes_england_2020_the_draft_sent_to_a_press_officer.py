"""Housing statistics, due 16 July 2020 at 09:30; draft figures reached a press officer on 14 July at 08:00.

What happened: a head of communications was given draft figures on 8 July without the restrictions in writing, and
    their draft press release went to the sponsor department's press officer the day before pre-release access.
What this service would have done: opened no draft for anybody, refused the press officer twice over, and put the
    restrictions in writing, signed, before the first byte; test_production_register.py has the register of access for
    production and quality assurance, accepted in writing and permitted before anything is shared.
What it could not have prevented: a person who was given figures outside the service typing them into a press release.
Practice engaged: Code of Practice 2018, T3.3 (limit access before release, and keep a record of those who have it).
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.rules.orders import uk
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import FIGURES, Reader, Story, answered, codes, done, practices, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2020, 7, 16, 9, 30)
ON_8_JULY = london(2020, 7, 8, 11, 0)
AT_0800 = london(2020, 7, 14, 8, 0)
HEAD = Reader("Ash Alder", "ash.alder@homes.gov.example", "Head of Communications", "Example Homes")
PRESS = Reader("Bay Birch", "bay.birch@housing.gov.example", "Senior Press Officer", "Ministry of Example Housing")


def with_a_draft(begin: Begin) -> Story:
    """8 July: the document is uploaded as a draft, the list is approved, nothing is signed off."""
    story = begin(ON_8_JULY)
    story.release(DUE, title="Housing statistics", sensitivity="ordinary")
    story.list_with(HEAD)
    headers = {"Content-Type": "text/csv"}
    path = f"/releases/{story.told.release_id}/documents"
    sent = story.post(story.statistician, path, params={"file_name": "draft.csv"}, content=FIGURES, headers=headers)
    story.told.document_id = done(sent, 201)["document_id"]
    return story


def test_draft_opens_for_nobody_and_the_refusal_says_everything_that_is_missing(begin: Begin) -> None:
    story = with_a_draft(begin)
    refused = story.opens(HEAD)
    assert sorted(reasons(refused)) == sorted(
        [
            ("release_not_final", "SRSA 2007 s.11(8)"),
            ("document_not_final", "SRSA 2007 s.11(8)"),
            ("declaration_missing", "Producer policy: declarations"),
            ("window_not_open", uk.PARA_4),
        ]
    )
    assert codes(story.opens(story.statistician))[0] == "403"
    assert story.get(story.auditor, f"/releases/{story.told.release_id}/openings")["results"] == []


def test_press_officer_of_the_sponsor_is_refused_off_the_list_and_on_it_until_the_window(begin: Begin) -> None:
    story = with_a_draft(begin)
    document = story.get(story.lead, f"/documents/{story.told.document_id}")
    fixing = {"sha256": document["sha256"]}
    path = f"/documents/{story.told.document_id}/fixing"
    done(story.post(story.lead, path, json=fixing, revision=document["revision"]))
    story.signed_off()
    story.clock.put(AT_0800)
    assert story.opens(PRESS).status_code == 404
    story.list_with(HEAD, PRESS)
    assert sorted(codes(story.opens(PRESS))) == ["403", "declaration_missing", "window_not_open"]
    story.signed(PRESS)
    refused = story.opens(PRESS)
    assert (codes(refused), refused.json()["opens_at"]) == (["403", "window_not_open"], "2020-07-15T08:30:00.000Z")
    story.clock.put(DUE - timedelta(days=1))
    assert story.reads(PRESS) == FIGURES


def test_restrictions_are_in_writing_and_signed_before_the_first_byte(begin: Begin) -> None:
    story = with_a_draft(begin)
    words = story.get(HEAD, f"/releases/{story.told.release_id}/undertaking")
    text = " ".join(words["text"].split())
    assert "Treat as Official Sensitive until published." in text
    assert "anything that suggests how large a trend is, or which way it goes" in text
    assert "I must not forward it" in text
    unticked = story.signs(HEAD, agreed=False)
    assert (unticked.status_code, unticked.json()["code"]) == (422, "declaration_not_valid")
    (signed,) = story.signed(HEAD)
    assert signed["undertaking_sha256"] == words["sha256"]


def test_onward_sharing_is_reported_with_its_practice_and_the_team_is_trained_before_it_returns(begin: Begin) -> None:
    story = with_a_draft(begin)
    story.clock.put(AT_0800 + timedelta(hours=2))
    story.reports(story.lead, "onward_sharing", "Draft figures were shared with a press officer at 08:00.")
    (incident,) = story.incidents()
    report = story.report(incident)
    assert (report["form"], practices(report)) == ("2018", ["T3.3", "T3.4", uk.PARA_6_1])
    assert "The log shows no opening" in answered(report)
    path = f"/producers/{story.sat.producer_id}/suspensions"
    body = {"subject_id": story.id_of(HEAD), "reason": "Draft figures were passed on.", "conditions": "training"}
    done(story.post(story.head, path, json=body), 201)
    assert ("suspended", uk.PARA_3_1_E) in reasons(story.opens(HEAD))
