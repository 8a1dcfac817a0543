"""The page on which a head of profession destroys the key of a document that another recalled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from tests.build import london
from tests.story import CHANCELLOR, Story, done
from tests.unit.web.browser import Visitor, words

DUE = london(2026, 3, 10, 9, 30)
WHY = "It held the wrong month."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, DUE - timedelta(days=8))
    told.ready(DUE, CHANCELLOR)
    told.clock.put(DUE - timedelta(hours=20))
    yield told
    told.service.close()


def at_pages(story: Story, who: str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def recalled_by(story: Story, who: str) -> str:
    path = f"/documents/{story.told.document_id}"
    revision = story.get(story.statistician, path)["revision"]
    done(story.post(who, f"{path}/recall", json={"reason": WHY}, revision=revision))
    return f"{path}/key-destruction"


def test_head_destroys_the_key_of_what_another_recalled_and_the_documents_page_says_when(story: Story) -> None:
    path = recalled_by(story, story.lead)
    head = at_pages(story, story.head)
    documents = f"/producer/releases/{story.told.release_id}/documents"
    assert path in head.asks("GET", documents).text
    assert "Nobody can open the document any more: not here, not from a backup" in head.looks(path)
    unsaid = head.sends(path, reason=" ", revision=head.field("revision"))
    assert (unsaid.status_code, "Say why, in up to 5,000 characters" in words(unsaid)) == (422, True)
    assert head.sends(path, reason=WHY, revision=head.field("revision")).headers["location"] == documents
    assert "Key destroyed" in head.looks(documents)
    assert path not in head.last.text
    assert len(story.entries(EntryKind.DOCUMENT_KEY_DESTROYED)) == 1
    assert head.asks("GET", path).status_code == 404


def test_whoever_recalled_it_is_told_that_another_destroys_it(story: Story) -> None:
    path = recalled_by(story, story.head)
    head = at_pages(story, story.head)
    assert "You recalled it yourself" in head.looks(path)
    assert "<textarea" not in head.last.text


def test_page_is_not_there_for_another_role_or_before_a_recall(story: Story) -> None:
    path = f"/documents/{story.told.document_id}/key-destruction"
    assert at_pages(story, story.head).asks("GET", path).status_code == 404
    recalled_by(story, story.lead)
    assert at_pages(story, story.lead).asks("GET", path).status_code == 404
    documents = at_pages(story, story.lead).asks("GET", f"/producer/releases/{story.told.release_id}/documents")
    assert path not in documents.text


def test_head_who_signed_in_long_ago_is_asked_to_sign_in_again_and_nothing_is_destroyed(story: Story) -> None:
    path = recalled_by(story, story.lead)
    head = at_pages(story, story.head)
    head.looks(path)
    story.clock.forward(minutes=story.tools.policy.fresh_minutes, seconds=1)
    late = head.sends(path, reason=WHY, revision=head.field("revision"))
    assert (late.status_code, "Destroying a key needs proof that it is you" in words(late)) == (403, True)
    assert story.entries(EntryKind.DOCUMENT_KEY_DESTROYED) == []
