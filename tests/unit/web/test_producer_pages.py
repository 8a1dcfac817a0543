"""A producer's pages: what is missing, the tasks of a release, two persons, and who has opened what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.outside.clamav import ClamAv
from app.rules.facts import Role
from tests.build import london
from tests.clamav import hostile, saying
from tests.story import ADVISER, CHANCELLOR, FIGURES, STRANGER, Reader, Story
from tests.unit.web.browser import Visitor, words

PUBLISHES_AT = london(2026, 3, 10, 9, 30)


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("producer"), london(2026, 2, 2, 10, 0))
    told.release(PUBLISHES_AT)
    yield told
    told.service.close()


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def uploaded(story: Story) -> str:
    path = f"/releases/{story.told.release_id}/documents"
    headers = {"Content-Type": "text/csv"}
    sent = story.post(story.statistician, path, params={"file_name": "claimants.csv"}, content=FIGURES, headers=headers)
    return str(sent.json()["document_id"])


def test_find_of_the_scanner_is_told_on_the_page_that_was_to_fix_it_and_the_draft_stays_one(story: Story) -> None:
    document_id = uploaded(story)
    with hostile(saying(b"stream: Made.Up FOUND\0")) as address:
        scanner = ClamAv(address, limit_seconds=5, limit_bytes=1024**2)
        story.tools = replace(story.tools, scanner=scanner)
        head, place = at_pages(story, story.head), f"/producer/releases/{story.told.release_id}/documents"
        assert "Not scanned: no scanner is configured" in head.looks(place)
        digest = hashlib.sha256(FIGURES).hexdigest()
        refused = head.sends(f"/documents/{document_id}/fixing", revision=head.field("revision"), sha256=digest)
    assert refused.status_code == 422
    assert "The malware scanner found “Made.Up” in this document." in words(refused)
    assert "Tell your security team" in words(refused)
    assert "Draft, version 1" in head.looks(place)
    assert "Malware found: Made.Up (ClamAV 1.4.6, signatures 27000)" in head.looks(place)


def test_release_goes_from_plan_to_publication_on_the_pages_by_two_persons(story: Story) -> None:
    place = f"/producer/releases/{story.told.release_id}"
    first, head = at_pages(story, story.statistician), at_pages(story, story.head)
    shown = first.looks("/producer")
    assert "10 March 2026" in shown
    assert "Not announced, no approved list, no document, not signed off" in shown
    first.looks(place)
    first.sends(f"{place}/announcement", revision=first.field("revision"))
    list_id = story.draft_with(CHANCELLOR, ADVISER)["list_id"]
    assert "Adds Chancellor, Example Treasury" in first.looks(f"/lists/{list_id}")
    refused = first.sends(f"/lists/{list_id}/approval", revision=first.field("revision"))
    assert (refused.status_code, "head of profession" in words(refused)) == (403, True)
    head.looks(f"/lists/{list_id}")
    head.sends(f"/lists/{list_id}/approval", revision=head.field("revision"))
    assert "Approved" in head.looks(f"/lists/{list_id}")
    document_id = uploaded(story)
    head.looks(f"{place}/documents")
    digest = hashlib.sha256(FIGURES).hexdigest()
    head.sends(f"/documents/{document_id}/fixing", revision=head.field("revision"), sha256=digest)
    assert "Final, version 1" in head.looks(f"{place}/documents")
    head.looks(place)
    head.sends(f"{place}/sign-off", revision=head.field("revision"))
    assert "Ready" in head.looks("/producer")
    head.looks(place)
    head.sends(f"{place}/public-list")
    head.looks(place)
    empty = head.sends(f"{place}/publication", revision=head.field("revision"), reason="")
    assert (empty.status_code, 'href="#reason"' in empty.text) == (422, True)
    story.clock.put(PUBLISHES_AT)
    head = at_pages(story, story.head)
    head.looks(place)
    head.sends(f"{place}/publication", revision=head.field("revision"), reason="Seen live by two people.")
    assert story.phase() == "published"
    assert "Seen live by two people." in head.looks(place)


def test_document_is_fixed_by_the_right_hash_and_by_a_second_person_alone(story: Story) -> None:
    document_id, place = uploaded(story), f"/producer/releases/{story.told.release_id}/documents"
    second, first = at_pages(story, story.lead), at_pages(story, story.statistician)
    for sent, said in (
        ("", "64 digits and letters"),
        ("0" * 64, "The hash you gave is not that of the stored document"),
    ):
        second.looks(place)
        answer = second.sends(f"/documents/{document_id}/fixing", revision=second.field("revision"), sha256=sent)
        assert (answer.status_code, words(answer).count(said)) == (422, 2)
        assert f'href="#sha256-{document_id}"' in answer.text
    first.looks(place)
    digest = hashlib.sha256(FIGURES).hexdigest()
    answer = first.sends(f"/documents/{document_id}/fixing", revision=first.field("revision"), sha256=digest)
    assert (answer.status_code, "A second person is needed" in words(answer)) == (403, True)
    assert story.get(story.lead, f"/documents/{document_id}")["state"] == "draft"


def test_act_on_a_release_that_somebody_changed_meanwhile_is_not_done(story: Story) -> None:
    place, person = f"/producer/releases/{story.told.release_id}", at_pages(story, story.statistician)
    person.looks(place)
    for revision in ("0", "99", "", "one"):
        answer = person.sends(f"{place}/announcement", revision=revision)
        assert (answer.status_code, "Somebody changed it first" in words(answer)) == (412, True)
        person.looks(place)
    assert story.phase() == "planned"


def test_board_says_who_has_opened_and_who_has_not(story: Story) -> None:
    story.list_with(CHANCELLOR, ADVISER)
    story.sealed()
    story.signed_off()
    story.signed(CHANCELLOR, ADVISER)
    story.clock.put(london(2026, 3, 9, 14, 0))
    story.reads(CHANCELLOR)
    person = at_pages(story, story.lead)
    shown = person.looks(f"/producer/releases/{story.told.release_id}/board")
    assert "1 of 2 on the list in force has opened something" in shown
    assert "Ash Alder Chancellor, Example Treasury Opened 2:00pm on Monday 9 March 2026" in shown
    assert "copy sent, passphrase shown" in shown
    assert "Bay Birch Chief Economic Adviser, Example Treasury Not yet" in shown


@pytest.mark.parametrize("who", ["listed", "stranger"])
def test_producer_page_is_nothing_to_somebody_without_a_role_there(story: Story, who: str) -> None:
    story.list_with(CHANCELLOR)
    person = at_pages(story, {"listed": CHANCELLOR, "stranger": STRANGER}[who])
    place = f"/producer/releases/{story.told.release_id}"
    list_id = story.told.listed["list_id"]
    for path in (place, f"{place}/board", f"{place}/documents", f"/lists/{list_id}"):
        assert (path, person.asks("GET", path).status_code) == (path, 404)
    assert "There is nothing to prepare" in person.looks("/producer")
    person.looks("/account")
    for act in ("announcement", "sign-off", "public-list", "publication"):
        sent = person.sends(f"{place}/{act}", revision="1", reason="x")
        assert (act, sent.status_code) == (act, 404)
        person.looks("/account")


def test_auditor_sees_the_tasks_and_does_none_of_them(story: Story) -> None:
    auditor, place = at_pages(story, story.sat.people[Role.AUDITOR]), f"/producer/releases/{story.told.release_id}"
    assert "Claimant count" in auditor.looks(place)
    answer = auditor.sends(f"{place}/announcement", revision=auditor.field("revision"))
    assert (answer.status_code, "Another role is needed" in words(answer)) == (403, True)
