"""Public sector employment, due 17 March 2020 at 09:30; its tables were e-mailed in a test at 14:42 the day before.

What happened: to try out an e-mail for the next morning, a team attached the real tables and sent it to four
    officials and a team inbox; it was recalled within a minute.
What this service would have done: sent links and never figures, refused the team inbox, kept the rehearsal's people
    out of the real document, refused the real tables for the rehearsal, and asked everyone concerned what became of
    them, against the log.
What it could not have prevented: somebody with a copy attaching it to an e-mail of their own; nor real figures being
    copied into a new file and uploaded into a rehearsal as if they were invented.
Practice engaged: Code of Practice 2018, T3.3 and T3.4 (access only for those recorded as eligible); the producer's
    own report cited T3.6.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.rules.orders import uk
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import CHANCELLOR, FIGURES, Reader, Story, Told, answered, codes, done, practices

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2020, 3, 17, 9, 30)
AT_1442 = london(2020, 3, 16, 14, 42)
OFFICIALS = [
    Reader(name, f"{name.lower().replace(' ', '.')}@work.gov.example", f"Briefing Officer {number}", "Dept for Work")
    for number, name in enumerate(("Bay Birch", "Cam Cedar", "Eli Elm", "Fay Fir"), 1)
]
INBOX = Reader("Briefing Team", "briefing.team@work.gov.example", "Briefing Team", "Dept for Work")
INVENTED = b"region,claimants\nREHEARSAL,0\n"


def rehearsed(begin: Begin) -> tuple[Story, Told, Told]:
    """The real release for one recipient, and a rehearsal of it for the four officials, both in their windows."""
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR, title="Public sector employment", sensitivity="ordinary")
    real = story.told
    story.release(DUE, title="Public sector employment: rehearsal", sensitivity="ordinary", rehearsal=True)
    story.list_with(*OFFICIALS)
    story.sealed(INVENTED, "rehearsal.csv")
    story.signed_off()
    story.signed(*OFFICIALS)
    story.clock.put(AT_1442)
    return story, real, story.told


def test_rehearsal_shows_its_people_the_invented_document_and_not_that_the_real_one_exists(begin: Begin) -> None:
    story, real, _ = rehearsed(begin)
    assert [story.reads(official) for official in OFFICIALS] == [INVENTED] * 4
    assert [story.opens(official, real.document_id).status_code for official in OFFICIALS] == [404] * 4
    assert story.opens(CHANCELLOR, real.document_id).status_code == 201
    assert story.opens(CHANCELLOR).status_code == 404


def test_letters_tell_when_and_where_and_never_carry_a_figure(begin: Begin) -> None:
    story, real, _ = rehearsed(begin)
    assert story.reads(OFFICIALS[0]) == INVENTED
    story.told = real
    assert story.reads(CHANCELLOR) == FIGURES
    everything = [letter for who in (CHANCELLOR, *OFFICIALS) for letter in story.letters(who)]
    assert len(everything) == 5
    figures = [value for line in FIGURES.decode().split() for value in line.split(",")[1:]]
    assert [value for value in figures for _, body in everything if value in body] == []
    assert FIGURES.decode() not in str(story.service.entries())


def test_team_inbox_cannot_stand_on_a_list_and_the_attempt_is_a_near_miss(begin: Begin) -> None:
    story, _, _ = rehearsed(begin)
    refused = story.imports(*OFFICIALS, INBOX)
    errors = [(row["row"], row["code"]) for row in refused.json()["rows"] if row["severity"] == "error"]
    assert (refused.status_code, errors) == (422, [(6, "shared_mailbox")])
    assert [(one["kind"], one["near_miss"]) for one in story.incidents()] == [("shared_mailbox", True)]


def test_recalled_document_serves_nobody_and_the_report_says_from_the_log_that_nobody_had_opened_it(
    begin: Begin,
) -> None:
    story, real, _ = rehearsed(begin)
    story.told = real
    story.clock.forward(minutes=7)
    document = story.get(story.head, f"/documents/{real.document_id}")
    body = {"reason": "The tables were attached to a test message."}
    done(story.post(story.head, f"/documents/{real.document_id}/recall", json=body, revision=document["revision"]))
    assert codes(story.opens(CHANCELLOR)) == ["403", "document_recalled"]
    story.reports(story.lead, "wrong_attachment", "The tables were attached to a test message at 14:42.")
    (incident,) = story.incidents()
    report = story.report(incident)
    assert (report["form"], practices(report)) == ("2018", ["T3.3", "T3.4", uk.PARA_6_1])
    told = answered(report)
    assert "The log shows no opening: nothing of the documents left the service." in told
    assert "A document was recalled" in told


def test_real_tables_are_refused_for_the_test_whatever_they_are_called(begin: Begin) -> None:
    story, real, rehearsal = rehearsed(begin)
    path = f"/releases/{rehearsal.release_id}/documents"
    for name in ("tables.csv", "test message.csv"):
        sent = {"params": {"file_name": name}, "content": FIGURES, "headers": {"Content-Type": "text/csv"}}
        refused = story.post(story.statistician, path, **sent)
        assert (refused.status_code, refused.json()["code"]) == (409, "rehearsal_crossed")
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("wrong_attachment", True)
    assert incident["release_id"] == real.release_id
    assert [one["file_name"] for one in story.get(story.statistician, path)["results"]] == ["rehearsal.csv"]
