"""Who is shown the words of a text that waits, and who is not: suspended, only sending, a program, of no footing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import text_readings
from app.actions.tools import Actor, RoleHeld
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import Refused
from app.rules.facts import Role, london_date
from tests.scenarios.conftest import Begin
from tests.scenarios.drawer import LINE, WORDS, declared, later, prepared, reads_words, takes, texts, worker, writes
from tests.scenarios.test_prepared_texts import DUE, POLICY, waiting
from tests.story import CHANCELLOR, Reader, Story, done, reasons

PRESS = Reader("Pip Pine", "pip.pine@stats.gov.example", "Press Officer", "Statistics Office")

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


def test_suspended_person_of_the_producer_is_shown_nothing_and_writes_nothing(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    suspends(story, story.statistician)
    assert reasons(reads_words(story, story.statistician, made)) == [("suspended", POLICY)]
    assert reasons(writes(story, story.statistician, desk)) == [("suspended", POLICY)]
    seen = [story.ask(story.statistician, "GET", texts(story, one)) for one in ("", made["prepared_text_id"])]
    assert [reasons(one) for one in seen] == [[("suspended", POLICY)]] * 2
    assert [one for one in seen if made["channel"] in one.text] == []


def test_suspended_owner_is_shown_nothing_of_the_text_that_is_ready_and_others_are_asked_to_send_it(
    begin: Begin,
) -> None:
    story, desk, made = waiting(begin)
    suspends(story, desk)
    story.clock.put(DUE)
    declared(story)
    assert worker(story) == 1
    assert [subject for subject, _ in story.letters(desk) if subject.startswith("Ready")] == []
    for who in (story.lead, story.head):
        ((_, body),) = [one for one in story.letters(who) if one[0].startswith("Ready to send")]
        assert "any more, or is suspended, so you are asked to send it." in body
    path = texts(story, made["prepared_text_id"])
    asked = [story.ask(desk, "GET", path), takes(story, desk, made), reads_words(story, desk, made)]
    assert [reasons(one) for one in asked] == [[("suspended", POLICY)]] * 3
    assert [one for one in asked if WORDS in one.text or made["channel"] in one.text] == []
    assert done(takes(story, story.lead, made))["words"] == WORDS


def test_publisher_is_given_a_text_once_and_never_an_earlier_draft_of_it(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    path = texts(story, made["prepared_text_id"])
    body = {"words": LINE, "channel": "The office's account", "owner_id": desk}
    done(story.ask(story.statistician, "PUT", path, json=body, revision=made["revision"]))
    story.clock.put(DUE)
    declared(story)
    for version in (None, 1, 2):
        refused = reads_words(story, desk, made, version=version)
        assert reasons(refused) == [("footing_missing", "SI 2008/2998 Sch. para 10")]
        assert "Whoever sends a text takes it first" in refused.json()["detail"]
    assert story.entries(EntryKind.PREPARED_TEXT_READ) == []
    assert done(takes(story, desk, made))["words"] == LINE
    assert done(reads_words(story, desk, made))["words"] == LINE
    earlier = reads_words(story, desk, made, version=1)
    assert (earlier.status_code, WORDS in earlier.text) == (403, False)
    assert done(reads_words(story, story.statistician, made, version=1))["words"] == WORDS
    assert takes(story, story.lead, made).status_code == 409


def test_owner_in_whose_stead_a_text_was_taken_is_not_shown_it_too(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    story.clock.put(DUE)
    declared(story)
    assert done(takes(story, story.lead, made))["words"] == WORDS
    assert reasons(reads_words(story, desk, made)) == [("footing_missing", "SI 2008/2998 Sch. para 10")]


def suspends(story: Story, person_id: str) -> None:
    """Have the head of profession suspend somebody from the producer's releases."""
    body = {"subject_id": person_id, "reason": "Under inquiry.", "conditions": "the inquiry"}
    done(story.post(story.head, f"/producers/{story.sat.producer_id}/suspensions", json=body), 201)


def test_text_whose_seal_does_not_open_is_on_record_as_shown_to_nobody_and_opens_an_incident(begin: Begin) -> None:
    story, _, made = waiting(begin)
    with story.tools.database.engine.begin() as connection:
        row = connection.execute(select(tables.prepared_text_versions)).one()
        spoilt = bytes(row.sealed_words)[:-1] + bytes([bytes(row.sealed_words)[-1] ^ 1])
        connection.execute(tables.prepared_text_versions.update().values(sealed_words=spoilt))
    for _ in range(2):
        broken = reads_words(story, story.lead, made)
        assert (broken.status_code, broken.json()["code"], WORDS in broken.text) == (500, "seal_broken", False)
    assert story.entries(EntryKind.PREPARED_TEXT_READ) == []
    (incident,) = story.incidents()
    assert (incident["kind"], incident["release_id"]) == ("seal_broken", made["release_id"])
    assert "Version 1 of a text prepared for “Claimant count” was found damaged" in incident["summary"]


def test_taking_a_text_whose_seal_does_not_open_leaves_it_to_be_taken(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    story.clock.put(DUE)
    declared(story)
    with story.tools.database.engine.begin() as connection:
        row = connection.execute(select(tables.prepared_text_versions)).one()
        whole = bytes(row.sealed_words)
        spoilt = whole[:-1] + bytes([whole[-1] ^ 1])
        connection.execute(tables.prepared_text_versions.update().values(sealed_words=spoilt))
    broken = takes(story, desk, made)
    assert (broken.status_code, broken.json()["code"], WORDS in broken.text) == (500, "seal_broken", False)
    assert story.entries(EntryKind.PREPARED_TEXT_TAKEN) == []
    assert [one["kind"] for one in story.incidents()] == ["seal_broken"]
    with story.tools.database.engine.begin() as connection:
        connection.execute(tables.prepared_text_versions.update().values(sealed_words=whole))
    assert done(takes(story, desk, made))["words"] == WORDS
    assert CHANCELLOR.name not in str(made)


def test_owner_without_a_footing_is_refused_and_the_register_gives_one(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    prepared(story, DUE)
    later(story)
    press = story.id_of(PRESS)
    refused = writes(story, story.statistician, press)
    assert reasons(refused) == [("footing_missing", "SI 2008/2998 Sch. para 10")]
    assert "register of production access" in refused.json()["reasons"][0]["remedy"]
    row = on_register(story, "quality_assurance")
    assert writes(story, story.statistician, press).status_code == 403  # the Orders speak of producing, not of checking
    assert writes(story, PRESS, press).status_code == 404
    row = on_register(story, "publishing")
    made = done(writes(story, PRESS, press), 201)
    assert done(reads_words(story, PRESS, made))["words"] == WORDS
    ended = {"reason": "Moved to another desk."}
    path = f"/releases/{story.told.release_id}/production-access/{row['production_access_id']}"
    revision = story.get(story.head, path)["revision"]
    done(story.post(story.head, f"{path}/end", json=ended, revision=revision))
    assert reads_words(story, PRESS, made).status_code == 404
    story.clock.put(DUE)
    declared(story)
    assert worker(story) == 1
    assert [subject for subject, _ in story.letters(PRESS) if subject.startswith("Ready")] == []
    ((_, body),) = [one for one in story.letters(story.lead) if one[0].startswith("Ready to send")]
    assert "Its owner has no footing with the producer any more" in body
    assert takes(story, PRESS, made).status_code == 404
    assert done(takes(story, story.lead, made))["words"] == WORDS


def on_register(story: Story, purpose: str) -> dict[str, Any]:
    """Have the press officer stand on the register of the release for a purpose, accepted and permitted."""
    path = f"/releases/{story.told.release_id}/production-access"
    body = {
        "person_id": story.id_of(PRESS),
        "purpose": purpose,
        "why": "Puts the statistics out.",
        "from_on": london_date(story.clock.now()).isoformat(),
    }
    row = done(story.post(story.statistician, path, json=body), 201)
    accepted = {"restriction_sha256": row["restriction_sha256"], "typed_name": PRESS.name, "agreed": True}
    row = done(story.post(PRESS, f"/me/production-access/{row['production_access_id']}/acceptance", json=accepted))
    path = f"{path}/{row['production_access_id']}"
    revision = story.get(story.head, path)["revision"]
    return dict(done(story.post(story.head, f"{path}/permission", revision=revision)))


def test_program_writes_and_reads_no_text(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    held = (RoleHeld(Role.STATISTICIAN, story.sat.organisation_id),)
    program = Actor("cli_" + "0" * 24, "Importer", held)
    for act in (
        lambda: text_readings.read_words(story.tools, program, story.told.release_id, made["prepared_text_id"]),
        lambda: text_readings.take_text(story.tools, program, story.told.release_id, made["prepared_text_id"]),
    ):
        with pytest.raises(Refused, match="for named people"):
            act()
    assert story.entries(EntryKind.PREPARED_TEXT_READ) == []
    assert desk == made["owner_id"]
