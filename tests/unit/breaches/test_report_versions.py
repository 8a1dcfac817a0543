"""Reports as people write them: kept versions, what differs, who signs them off and who cannot, what was sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import Entry, EntryKind
from app.records import erasing
from app.rules.canonical import canonical_json
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.libreoffice import pages_of
from tests.story import CHANCELLOR, FIGURES, STRANGER, Reader, Story, codes, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 3, 10, 9, 30)
UNKNOWN = "The log cannot know whether a delivered copy was read, kept, printed, shown or spoken of: ask each post."
INSIDE = london(2026, 3, 9, 14, 0)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """The head of profession moved a release by a day after the Chancellor had read it: an incident is open."""
    told = moved(tmp_path)
    yield told
    told.service.close()


def moved(folder: Path, database_url: str | None = None) -> Story:
    told = Story(folder, DUE - timedelta(days=8), database_url=database_url)
    told.ready(DUE)
    told.clock.put(INSIDE)
    assert told.reads(CHANCELLOR) == FIGURES
    later = instant_text(DUE + timedelta(days=1))
    done(told.moves(told.head, "rescheduling", publishes_at=later, reason="A figure is wrong."))
    return told


def name_of(story: Story, person_id: str) -> str:
    return str(story.get(story.statistician, f"/people/{person_id}")["name"])


def the_incident(story: Story) -> dict[str, Any]:
    return story.incidents()[-1]


def begins(story: Story, who: str | None = None, **body: Any) -> Any:
    path = f"/incidents/{the_incident(story)['incident_id']}/report-versions"
    return story.post(who or story.statistician, path, json=body)


def edits(story: Story, version: dict[str, Any], section: int, who: str | None = None, **answers: list[str]) -> Any:
    body = {"section": section, "answers": [{"question": q, "paragraphs": p} for q, p in answers.items()]}
    return story.post(who or story.statistician, f"/report-versions/{version['report_version_id']}/edits", json=body)


def completed(story: Story, form: str = "free") -> dict[str, Any]:
    """A version in which nothing waits for a person any more."""
    version = done(begins(story, form=form), 201)
    for section in (1, 2):
        version = done(
            edits(story, version, section, **{"What there is to say": ["It was moved after it was read."]}), 201
        )
    return dict(version)


def signs(story: Story, version: dict[str, Any], who: str | None = None, sha256: str = "") -> Any:
    body = {"sha256": sha256 or version["sha256"]}
    return story.post(who or story.lead, f"/report-versions/{version['report_version_id']}/sign-off", json=body)


def sends(story: Story, version: dict[str, Any], who: str | None = None, at: datetime | None = None) -> Any:
    body = {
        "submitted_at": instant_text(at or story.clock.now()),
        "submitted_by": "Lead official",
        "to": "National Statistician",
        "how": "by e-mail",
    }
    return story.post(who or story.lead, f"/report-versions/{version['report_version_id']}/submissions", json=body)


def changes(story: Story, who: str, **body: Any) -> Any:
    incident = the_incident(story)
    path = f"/incidents/{incident['incident_id']}"
    return story.ask(who, "PATCH", path, json=body, revision=incident["revision"])


def whole(story: Story, version: dict[str, Any]) -> dict[str, Any]:
    return dict(story.get(story.head, f"/report-versions/{version['report_version_id']}"))


def test_version_is_drafted_from_the_log_and_says_what_still_waits(story: Story) -> None:
    version = done(begins(story), 201)
    assert (version["number"], version["form"], version["names"], version["newest"]) == (1, "2018", False, True)
    assert (version["made_by"], version["made_as"], version["signed_at"]) == (story.statistician, "statistician", None)
    assert "2. Circumstances of breach: Relevant principles and practices" in version["waiting"]
    assert "1. Core information: Name of producer organisation" not in version["waiting"]
    report = whole(story, version)["report"]
    assert report["title"] == "Report of a breach of the Code of Practice for Statistics"
    assert hashlib.sha256(canonical_json(report)).hexdigest() == version["sha256"]
    (entry,) = story.entries(EntryKind.REPORT_VERSION_MADE)
    assert entry["said"] == {
        "incident_id": version["incident_id"],
        "number": 1,
        "form": "2018",
        "sha256": version["sha256"],
        "with_names": False,
    }


def test_edit_of_one_section_makes_the_next_version_and_says_who_changed_what_and_when(story: Story) -> None:
    first = done(begins(story), 201)
    story.clock.forward(minutes=3)
    second = done(edits(story, first, 3, story.lead, Externally=["No reaction is known.\n\nNone was asked for."]), 201)
    assert (second["number"], second["made_by"], second["made_as"]) == (2, story.lead, "lead_official")
    told = story.get(story.auditor, f"/report-versions/{second['report_version_id']}/differences")
    assert (told["made_by"], told["made_at"], told["earlier_number"]) == (
        story.lead,
        instant_text(story.clock.now()),
        1,
    )
    assert told["changes"] == [
        {
            "heading": "3. Impact of the breach",
            "question": "Externally",
            "removed": [
                UNKNOWN,
                "[to be completed by the head of profession: reactions and impact outside]",
            ],
            "added": ["No reaction is known.", "None was asked for."],
        }
    ]
    back = story.get(
        story.auditor,
        f"/report-versions/{first['report_version_id']}/differences",
        params={"earlier_id": second["report_version_id"]},
    )
    assert back["changes"][0]["added"] == told["changes"][0]["removed"]
    alone = story.get(story.auditor, f"/report-versions/{first['report_version_id']}/differences")
    assert (alone["earlier_id"], alone["changes"]) == (None, [])
    kept = story.get(story.head, f"/incidents/{first['incident_id']}/report-versions")["results"]
    assert [(one["number"], one["newest"]) for one in kept] == [(2, True), (1, False)]
    assert whole(story, first)["report"] != whole(story, second)["report"]
    third = done(edits(story, second, 3, story.lead, Externally=["Some is known."]), 201)
    told = story.get(story.auditor, f"/report-versions/{third['report_version_id']}/differences")
    assert (told["earlier_number"], told["changes"][0]["added"]) == (2, ["Some is known."])


@pytest.mark.parametrize(
    ("section", "answers", "words"),
    [
        (9, {"Externally": ["None."]}, "sections 1 to 4"),
        (3, {"Elsewhere": ["None."]}, "It asks: Within the producer body; Externally."),
        (3, {"Externally": ["  "]}, "would have no answer"),
        (3, {"Externally": ["\u200b"]}, "letters that no report can show"),
        (3, {"Externally": ["None \ue000."]}, "letters that no report can show"),
        (1, {"Name of producer organisation": ["Office for Example Statistics"]}, "Nothing would change."),
    ],
)
def test_edit_that_fits_no_form_says_what_the_form_asks(
    story: Story, section: int, answers: dict[str, list[str]], words: str
) -> None:
    refused = edits(story, done(begins(story), 201), section, **answers)
    assert refused.status_code == 422
    assert words in refused.json()["detail"]


def test_free_form_takes_the_writers_own_questions(story: Story) -> None:
    version = done(begins(story, form="free"), 201)
    version = done(
        edits(story, version, 1, **{"In short": ["It was moved."], "At length": ["It was moved, late."]}), 201
    )
    first = whole(story, version)["report"]["sections"][0]
    assert [one["question"] for one in first["answers"]] == ["In short", "At length"]


def test_later_version_stands_and_the_earlier_can_be_neither_edited_nor_signed(story: Story) -> None:
    first = done(begins(story, form="free"), 201)
    completed(story)
    for refused in (edits(story, first, 1, Said=["More."]), signs(story, first)):
        assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
        assert "A later version of this report stands." in refused.json()["detail"]


def test_sign_off_waits_until_nothing_in_it_waits_and_names_what_does(story: Story) -> None:
    refused = signs(story, done(begins(story), 201))
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert "4. Corrective actions (taken or planned): Short-term actions" in refused.json()["waiting"]


def test_sign_off_pins_the_hash_of_what_was_read_in_the_log_and_a_change_after_it_is_unsigned(story: Story) -> None:
    version = completed(story)
    other = signs(story, version, sha256="0" * 64)
    assert (other.status_code, other.json()["code"]) == (412, "changed_meanwhile")
    signed = done(signs(story, version))
    assert (signed["signed_by"], signed["signed_as"]) == (story.lead, "lead_official")
    (entry,) = story.entries(EntryKind.REPORT_SIGNED_OFF)
    assert (entry["said"]["sha256"], entry["said"]["number"]) == (version["sha256"], 3)
    again = signs(story, version)
    assert (again.status_code, "signed off already" in again.json()["detail"]) == (409, True)
    later = done(edits(story, signed, 1, Said=["One thing more."]), 201)
    assert (later["number"], later["signed_at"], later["newest"]) == (4, None, True)
    stands = whole(story, version)
    assert (stands["signed_by"], stands["sha256"]) == (story.lead, version["sha256"])
    assert hashlib.sha256(canonical_json(stands["report"])).hexdigest() == version["sha256"]


def test_report_is_signed_by_lead_or_head_with_a_fresh_sign_in_and_by_nobody_else(story: Story) -> None:
    version = completed(story)
    assert codes(signs(story, version, story.statistician)) == ["403", "role_required"]
    assert codes(signs(story, version, story.auditor)) == ["403", "role_required"]
    assert codes(edits(story, version, 1, story.auditor, Said=["Mine."])) == ["403", "role_required"]
    stale = story.headers(story.lead)
    story.clock.forward(minutes=16)
    path = f"/api/v1/report-versions/{version['report_version_id']}/sign-off"
    refused = story.client.post(path, json={"sha256": version["sha256"]}, headers=stale)
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_sign_in_required")
    assert story.entries(EntryKind.REPORT_SIGNED_OFF) == []
    assert done(signs(story, version))["signed_as"] == "lead_official"


def test_report_is_nothing_to_a_stranger_and_to_another_producer(story: Story) -> None:
    version = completed(story)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    nothing = {**version, "report_version_id": f"rpv_{'0' * 24}"}
    for who in (STRANGER, other, CHANCELLOR):
        asked = [
            (
                story.ask(who, "GET", f"/report-versions/{one['report_version_id']}"),
                story.ask(who, "GET", f"/report-versions/{one['report_version_id']}/differences"),
                edits(story, one, 1, who, Said=["Mine."]),
                signs(story, one, who),
                sends(story, one, who),
            )
            for one in (version, nothing)
        ]
        for theirs, none in zip(*asked, strict=True):
            assert theirs.status_code == 404
            plain = [re.sub(r"ent_[0-9a-f]{24}", "", one.text) for one in (theirs, none)]
            assert plain[0] == plain[1]


def test_whoever_moved_the_release_can_report_and_review_but_not_decide_on_the_incident(story: Story) -> None:
    # The head of profession moved it after it was read; before, the same person could mark it as reported.
    assert the_incident(story)["facts"]["moved_by"] == story.head
    refused = changes(story, story.head, near_miss=True)
    assert codes(refused) == ["403", "second_person_required"]
    assert "about what they did themselves" in refused.json()["detail"]
    assert done(changes(story, story.head, state="under_review"))["state"] == "under_review"
    for body in ({"state": "reported"}, {"state": "closed_no_breach", "note": "It was nothing."}, {"practices": []}):
        assert codes(changes(story, story.head, **body)) == ["403", "second_person_required"]
    version = completed(story)
    assert codes(signs(story, version, story.head)) == ["403", "second_person_required"]
    done(signs(story, version))
    assert codes(sends(story, version, story.head)) == ["403", "second_person_required"]
    assert the_incident(story)["state"] == "under_review"
    assert done(changes(story, story.lead, state="reported"))["state"] == "reported"


def test_whoever_is_named_as_the_cause_can_neither_decide_nor_strike_their_name_out(story: Story) -> None:
    done(
        story.post(
            CHANCELLOR, "/incidents", json={"kind": "other", "statement": "Told.", "release_id": story.told.release_id}
        ),
        201,
    )
    unknown = changes(story, story.head, caused_by=[f"per_{'0' * 24}"])
    assert (unknown.status_code, "Not a person we know" in unknown.json()["detail"]) == (422, True)
    named = done(changes(story, story.head, caused_by=[story.lead]))
    assert named["caused_by"] == [story.lead]
    assert codes(changes(story, story.lead, caused_by=[])) == ["403", "second_person_required"]
    version = completed(story)
    assert codes(signs(story, version)) == ["403", "second_person_required"]
    assert done(signs(story, version, story.head))["signed_as"] == "head_of_profession"
    assert story.lead not in str(story.entries(EntryKind.INCIDENT_CHANGED))


def test_submission_is_put_on_record_of_a_signed_version_only_and_makes_the_incident_reported(story: Story) -> None:
    version = completed(story)
    early = sends(story, version)
    assert (early.status_code, "is not signed off" in early.json()["detail"]) == (409, True)
    done(signs(story, version))
    story.clock.forward(minutes=5)
    for at in (story.clock.now() + timedelta(seconds=1), story.clock.now() - timedelta(minutes=7)):
        wrong = sends(story, version, at=at)
        assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_instant")
    waits = sends(story, version)
    assert (waits.status_code, waits.json()["allowed"]) == (409, ["closed_no_breach", "under_review"])
    assert whole(story, version)["submissions"] == []
    done(changes(story, story.lead, state="under_review"))
    sent = done(sends(story, version), 201)
    (one,) = sent["submissions"]
    assert (one["submitted_by"], one["to"], one["how"], one["recorded_by"]) == (
        "Lead official",
        "National Statistician",
        "by e-mail",
        story.lead,
    )
    assert the_incident(story)["state"] == "reported"
    (entry,) = story.entries(EntryKind.REPORT_SUBMITTED)
    assert "National Statistician" not in str(entry)
    assert len(done(sends(story, version), 201)["submissions"]) == 2
    assert the_incident(story)["state"] == "reported"


def test_names_stand_in_a_report_only_where_somebody_chose_so_on_record(story: Story) -> None:
    plain = done(begins(story), 201)
    text = str(whole(story, plain))
    assert [one for one in (CHANCELLOR.name, CHANCELLOR.email) if one in text] == []
    assert "Chancellor, Example Treasury" in text
    for typed in (f"{CHANCELLOR.name.upper()} read it.", f"Ask {CHANCELLOR.email}.", "Ash\nAlder knew."):
        refused = edits(story, plain, 3, Externally=[typed])
        assert (refused.status_code, CHANCELLOR.name in refused.json()["detail"]) == (422, True)
    hidden = edits(story, plain, 3, Externally=["A\u200bsh Al\u00adder knew."])
    assert (hidden.status_code, CHANCELLOR.name in hidden.json()["detail"]) == (422, True)
    free = done(begins(story, form="free"), 201)
    asked = edits(story, free, 1, **{f"Why {CHANCELLOR.name} read it early": ["By a mistake."]})
    assert (asked.status_code, CHANCELLOR.name in asked.json()["detail"]) == (422, True)
    named = done(begins(story, names=True), 201)
    assert f"Chancellor, Example Treasury ({CHANCELLOR.name})" in str(whole(story, named))
    assert f"Head of profession: {name_of(story, story.head)}" in str(whole(story, named))
    assert [entry["said"]["with_names"] for entry in story.entries(EntryKind.REPORT_VERSION_MADE)] == [
        False,
        False,
        True,
    ]
    kept = done(edits(story, named, 3, Externally=[f"{CHANCELLOR.name} read it."]), 201)
    assert kept["names"] is True


def test_report_with_names_keeps_whom_it_names_from_being_erased_and_one_about_no_release_has_none(
    tmp_path: Path, any_database_url: str
) -> None:
    story = moved(tmp_path, any_database_url)
    second = story.service.person("Lou Larch", "lou.larch@stats.gov.example")
    story.service.role(second, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    done(begins(story), 201)
    with story.tools.reading() as connection:
        assert erasing.releases_naming(connection, second) == ()
    done(begins(story, names=True), 201)
    with story.tools.reading() as connection:
        assert erasing.releases_naming(connection, second) == (story.told.release_id,)
    inbox = Reader("Press Office", "press.office@fog.gov.example", "Press Office", "Department for Fog")
    assert story.imports(inbox, replace_draft=True).status_code == 422
    assert (the_incident(story)["kind"], the_incident(story)["release_id"]) == ("shared_mailbox", None)
    refused = begins(story, names=True)
    assert (refused.status_code, "about no release" in refused.json()["detail"]) == (422, True)
    done(begins(story), 201)
    story.service.close()


def test_version_in_every_format_says_what_it_is_worth(story: Story, tmp_path: Path) -> None:
    version = completed(story)
    path = f"/report-versions/{version['report_version_id']}"
    for fmt in ("markdown", "html", "odt", "docx", "pdf"):
        assert story.ask(story.head, "GET", path, params={"format": fmt}).status_code == 200
    unsigned = story.ask(story.head, "GET", path, params={"format": "pdf"}).content
    done(changes(story, story.lead, state="under_review"))
    done(signs(story, version))
    done(sends(story, version), 201)
    signed = story.ask(story.head, "GET", path, params={"format": "pdf"}).content
    texts = []
    for number, content in enumerate((unsigned, signed)):
        (tmp_path / f"{number}.pdf").write_bytes(content)
        texts.append(" ".join(pages_of(tmp_path / f"{number}.pdf")))
    assert "Version 3, not signed off." in texts[0]
    assert "Version 3, signed off." in texts[1]
    assert "Signed off Monday 9 March 2026, 2:00pm (UK time) by a lead official." in texts[1]
    assert f"SHA-256 of what it says: {version['sha256']}." in texts[1]
    assert "to National Statistician, by e-mail." in texts[1]
    assert "Draft" not in texts[1]


def test_report_of_a_rehearsal_is_sent_to_nobody(tmp_path: Path) -> None:
    story = Story(tmp_path, DUE - timedelta(days=8))
    story.release(DUE, title="Rehearsal of it", rehearsal=True)
    story.reports(story.lead, "other", "It went wrong.")
    done(changes(story, story.lead, state="under_review"))
    version = completed(story)
    done(signs(story, version))
    refused = sends(story, version)
    assert (refused.status_code, "sent to nobody" in refused.json()["detail"]) == (409, True)
    story.service.close()


def test_destroyed_records_take_what_a_report_said_and_leave_that_it_was_signed(story: Story) -> None:
    version = completed(story)
    done(changes(story, story.lead, state="under_review"))
    done(signs(story, version))
    done(sends(story, version), 201)
    with story.tools.transaction() as tx:
        erasing.destroy(tx.connection, story.told.release_id, story.clock.now())
        tx.append(Entry(EntryKind.RECORDS_ERASED, story.clock.now(), release_id=story.told.release_id))
    left = whole(story, version)
    assert (left["report"], left["sha256"], left["signed_as"]) == (None, version["sha256"], "lead_official")
    assert [one["to"] for one in left["submissions"]] == [erasing.GONE]
    path = f"/report-versions/{version['report_version_id']}"
    assert story.ask(story.head, "GET", path, params={"format": "pdf"}).status_code == 404
    assert edits(story, version, 1, Said=["More."]).status_code == 409


def test_two_edits_of_one_version_at_once_make_one_next_version(tmp_path: Path, any_database_url: str) -> None:
    story = moved(tmp_path, any_database_url)
    version = done(begins(story, form="free"), 201)
    story.headers(story.statistician)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda said: edits(story, version, 1, Said=[said]), ("One.", "Two.")))
    assert sorted(one.status_code for one in answers) == [201, 412]
    kept = story.get(story.head, f"/incidents/{version['incident_id']}/report-versions")["results"]
    assert [one["number"] for one in kept] == [2, 1]
    story.service.close()
