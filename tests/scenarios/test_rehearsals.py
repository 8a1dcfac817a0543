"""Rehearsals: headed everywhere, never with a real document, and a whole day played through in minutes."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.records import notices
from app.rules.rehearsals import DECLARATION_NOTE, NOTE, headed
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, Story, codes, done, practices

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
INVENTED = b"region,claimants\nREHEARSAL,0\n"
EXEMPTION = "A rehearsal."


def prepared(begin: Begin, **how: Any) -> Story:
    """The real release, signed off, with two people on its list."""
    story = begin(DUE - timedelta(days=8), **how)
    story.ready(DUE, CHANCELLOR, ADVISER)
    return story


def rehearsed(story: Story, **body: Any) -> dict[str, Any]:
    """Have the day rehearsed by the head of profession; the story goes on with the twin."""
    made = done(story.post(story.head, f"/releases/{story.told.release_id}/rehearsal", json=body), 201)
    story.told.release_id = made["release_id"]
    listed = story.get(story.head, f"/releases/{made['release_id']}/documents")["results"]
    story.told.document_id = next(one["document_id"] for one in listed if one["file_name"].endswith(".csv"))
    return dict(made)


def uploads(story: Story, content: bytes, file_name: str = "tables.csv") -> Any:
    path = f"/releases/{story.told.release_id}/documents"
    headers = {"Content-Type": "text/csv"}
    return story.post(story.statistician, path, params={"file_name": file_name}, content=content, headers=headers)


def test_real_document_is_refused_for_a_rehearsal_and_the_attempt_is_a_near_miss_of_the_real_release(
    begin: Begin,
) -> None:
    story = prepared(begin)
    real = story.told.release_id
    story.release(DUE, title="Claimant count", rehearsal=True)
    before = {path.name for path in (story.folder / "sealed").rglob("*") if path.is_file()}
    refused = uploads(story, FIGURES, "anything.csv")
    assert (refused.status_code, refused.json()["code"]) == (409, "rehearsal_crossed")
    assert story.get(story.head, f"/releases/{story.told.release_id}/documents")["results"] == []
    assert {path.name for path in (story.folder / "sealed").rglob("*") if path.is_file()} == before
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"], incident["release_id"]) == ("wrong_attachment", True, real)


def test_rehearsed_figures_are_refused_as_real_and_once_sent_it_is_no_near_miss(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.release(DUE, title="Claimant count", rehearsal=True)
    story.list_with(CHANCELLOR)
    story.sealed(FIGURES)
    story.signed_off()
    story.signed(CHANCELLOR)
    story.clock.put(DUE - timedelta(hours=20))
    assert story.reads(CHANCELLOR) == FIGURES
    real = story.release(DUE + timedelta(days=7))
    assert uploads(story, FIGURES).json()["code"] == "rehearsal_crossed"
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"], incident["release_id"]) == ("wrong_attachment", False, real)
    assert incident["facts"]["served"] == 1
    assert practices(story.report(incident))[:2] == ["3.3", "3.4"]


def test_same_file_taken_on_both_sides_meanwhile_cannot_be_fixed(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.release(DUE)
    made = done(uploads(story, INVENTED), 201)
    with story.tools.transaction() as tx:  # as if another upload had come at the same moment
        from sqlalchemy import update

        from app.audit.entries import Entry
        from app.records.tables import documents, releases

        other = story.sat.producer_id
        tx.connection.execute(update(documents).values(rehearsal=True))
        tx.connection.execute(update(releases).values(rehearsal=True))
        tx.append(Entry(EntryKind.RELEASE_CHANGED, story.clock.now(), producer_id=other))
    story.release(DUE)
    assert uploads(story, INVENTED).json()["code"] == "rehearsal_crossed"
    assert made["rehearsal"] is False


def test_real_release_cannot_be_titled_as_a_rehearsal(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    for title in ("REHEARSAL: Claimant count", "Rehearsal of the claimant count"):
        body = {
            "producer_id": story.sat.producer_id,
            "title": title,
            "order": "uk",
            "sensitivity": "ordinary",
            "publishes_at": DUE.isoformat(),
        }
        refused = story.post(story.statistician, "/releases", json=body)
        assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "title")


@pytest.mark.parametrize(
    ("subject", "body", "found"),
    [
        ("REHEARSAL: Claimant count: postponed", "Read on.\n", True),
        ("Please sign the declaration for “REHEARSAL: Claimant count”", "Read on.\n", True),
        ("Incident 3: a second passphrase", "Incident 3.\n\nThe passphrase of “REHEARSAL: Claimant count”.\n", True),
        ("Claimant count: postponed", "Claimant count.\n\nReason: as in “REHEARSAL: Claimant count”.\n", False),
        ("Your code", "12345678\n", False),
    ],
)
def test_letter_about_a_rehearsal_is_headed_and_no_other(subject: str, body: str, found: bool) -> None:
    first, text = headed(subject, body)
    assert (first.startswith("REHEARSAL: "), text.startswith(NOTE)) == (found, found)
    assert (first, text) == (subject, body) or found
    assert headed(first, text) == (first, text)


def test_whole_day_is_rehearsed_in_minutes_and_headed_wherever_one_meets_it(begin: Begin) -> None:
    story = prepared(begin)
    real = story.told.release_id
    made = rehearsed(story, minutes=20, tells_people=True)
    assert made["title"].startswith("REHEARSAL: Claimant count (")
    assert (made["rehearsal"], made["heading"], made["of_release_id"]) == (True, NOTE, real)
    shown = story.get(CHANCELLOR, f"/releases/{story.told.release_id}")
    assert (shown["phase"], shown["rehearsal"], shown["heading"]) == ("open", True, NOTE)
    assert shown["marking"] == "REHEARSAL - RESTRICTED"
    words = story.get(CHANCELLOR, f"/releases/{story.told.release_id}/undertaking")
    assert words["text"].startswith(DECLARATION_NOTE)
    (signed,) = story.signed(CHANCELLOR)
    receipt = story.ask(CHANCELLOR, "GET", f"/declarations/{signed['declaration_id']}/receipt").text
    assert DECLARATION_NOTE in receipt
    opening = done(story.opens(CHANCELLOR), 201)
    copy = story.fetches(CHANCELLOR, opening)
    assert re.search(r'filename="REHEARSAL - RESTRICTED \S+ rehearsal-tables\.csv', copy.headers["content-disposition"])
    names = zipfile.ZipFile(io.BytesIO(copy.content)).namelist()
    assert "READ ME FIRST - REHEARSAL - RESTRICTED.txt" in names
    done(story.post(CHANCELLOR, f"/openings/{opening['opening_id']}/reveal"))
    assert story.post(CHANCELLOR, f"/openings/{opening['opening_id']}/reveal").json()["code"] == "already_revealed"
    story.clock.forward(minutes=25)
    assert story.phase() == "overdue"
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    done(story.moves(story.lead, "publication", reason="Played to the end."))
    assert story.client.get(f"/api/v1/releases/{story.told.release_id}/public-list.json").status_code == 404
    about = [
        (subject, body)
        for who in (CHANCELLOR, ADVISER, story.head, story.lead)
        for subject, body in story.letters(who)
        if "REHEARSAL" in subject + body
    ]
    assert len(about) >= 6
    assert [
        subject for subject, body in about if not (subject.startswith("REHEARSAL: ") and body.startswith(NOTE))
    ] == []
    incidents = story.incidents()
    assert {one["kind"] for one in incidents} == {"passphrase_revealed_twice", "late_publication"}
    assert [one["facts"]["rehearsal"] for one in incidents] == [True, True]
    report = story.report(incidents[-1])
    assert report["title"].startswith("REHEARSAL, no breach. Draft")
    told = story.get(story.statistician, f"/releases/{story.told.release_id}/rehearsal-report")
    mine, adviser = sorted(told["people"], key=lambda one: one["name"])
    assert (told["people_listed"], told["people_signed"], told["people_opened"], told["people_revealed"]) == (
        2,
        1,
        1,
        1,
    )
    assert (mine["name"], mine["copies_whole"], mine["refusals"], adviser["opened_at"]) == (CHANCELLOR.name, 1, 0, None)
    assert (told["state"], told["late_seconds"], told["letters"]["withheld"]) == ("published", 240, 0)


def test_declaration_of_a_rehearsal_counts_for_nothing_else_and_no_rehearsal_stands_for_a_series(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.release(DUE, series="Claimant count, monthly")
    story.list_with(CHANCELLOR)
    story.sealed()
    story.signed_off()
    real, document = story.told.release_id, story.told.document_id
    rehearsed(story)
    refused = story.ask(CHANCELLOR, "GET", f"/releases/{story.told.release_id}/undertaking", params={"scope": "series"})
    assert refused.json()["code"] == "declaration_not_valid"
    story.signed(CHANCELLOR)
    assert story.opens(CHANCELLOR).status_code == 201
    story.clock.put(DUE - timedelta(hours=20))
    assert codes(story.opens(CHANCELLOR, document)) == ["403", "declaration_missing"]
    assert [one["release_id"] for one in story.get(CHANCELLOR, "/me/releases")["results"]].count(real) == 1


def test_quiet_rehearsal_writes_to_nobody_outside_and_says_how_many_letters_it_kept_back(begin: Begin) -> None:
    story = prepared(begin)
    before = {reader.email: len(story.letters(reader)) for reader in (CHANCELLOR, ADVISER)}
    rehearsed(story, minutes=20)
    story.signed(CHANCELLOR)
    assert story.opens(CHANCELLOR).status_code == 201
    done(story.moves(story.head, "cancellation", reason="Enough for today."))
    assert {reader.email: len(story.letters(reader)) for reader in (CHANCELLOR, ADVISER)} == before
    told = story.get(story.head, f"/releases/{story.told.release_id}/rehearsal-report")
    assert (told["quiet"], told["letters"]["withheld"]) == (True, 4)
    assert told["incidents"] == []


def test_report_counts_letters_that_quote_the_rehearsal_unless_they_are_kept_as_about_another_release(
    begin: Begin,
) -> None:
    story = prepared(begin)
    real = story.told.release_id
    rehearsed(story)
    path = f"/releases/{story.told.release_id}"
    before, title = story.get(story.head, f"{path}/rehearsal-report")["letters"], story.get(story.head, path)["title"]
    with story.tools.database.write() as (connection, _):
        for number, about in enumerate((None, None, story.told.release_id, real)):
            notices.add(
                connection,
                notice_id=f"not_{number:024}",
                email=ADVISER.email,
                person_id=None,
                kind="readiness",
                reason_key=f"quoting:{number}",
                subject="What is behind",
                body=f"Several are: {title}, and others." if number else "Others are.",
                at=story.clock.now(),
                release_id=about,
            )
    told = story.get(story.head, f"{path}/rehearsal-report")["letters"]
    assert told["waiting"] == before["waiting"] + 2


def test_rehearsal_is_begun_by_the_head_alone_and_only_of_a_real_release(begin: Begin) -> None:
    story = prepared(begin)
    path = f"/releases/{story.told.release_id}/rehearsal"
    assert story.post(story.lead, path, json={}).json()["code"] == "role_required"
    assert story.post(CHANCELLOR, path, json={}).status_code == 404
    assert story.ask(story.head, "GET", f"{path}-report").status_code == 404
    rehearsed(story)
    again = story.post(story.head, f"/releases/{story.told.release_id}/rehearsal", json={})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert story.ask(CHANCELLOR, "GET", f"/releases/{story.told.release_id}/rehearsal-report").status_code == 404


def test_what_goes_wrong_in_a_rehearsal_is_in_no_register_and_in_no_real_report(begin: Begin) -> None:
    story = prepared(begin)
    real = story.told.release_id
    rehearsed(story)
    story.clock.forward(minutes=40)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    done(story.moves(story.lead, "publication", reason="Played to the end."))
    failure = {
        "person_id": story.id_of(CHANCELLOR),
        "what": "Opened it twice.",
        "occurred_on": "2026-03-02",
        "release_id": story.told.release_id,
    }
    refused = story.post(story.head, f"/producers/{story.sat.producer_id}/failures", json=failure)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "body.release_id")
    assert json.dumps(story.get(story.head, f"/producers/{story.sat.producer_id}/duties")["results"]) == "[]"
    story.told.release_id = real
    story.reports(story.lead, "other", "Something else.")
    report = story.report(story.incidents()[-1])
    assert "No earlier breach" in json.dumps(report, ensure_ascii=False)
