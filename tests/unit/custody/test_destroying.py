"""A recalled document's key is destroyed: two people, never under a legal hold, and nothing opens it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select, update

from app.audit.entries import EntryKind
from app.records import tables
from app.rules.facts import Role
from tests.build import london
from tests.story import CHANCELLOR, Story, codes, done

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
INSIDE = PUBLISHES_AT - timedelta(hours=20)
WHY = "It held the wrong month."

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, PUBLISHES_AT - timedelta(days=8))
    told.ready(PUBLISHES_AT, CHANCELLOR)
    told.clock.put(INSIDE)
    yield told
    told.service.close()


def document(story: Story) -> dict[str, object]:
    return dict(story.get(story.statistician, f"/documents/{story.told.document_id}"))


def recalls(story: Story, who: str) -> None:
    path = f"/documents/{story.told.document_id}/recall"
    done(story.post(who, path, json={"reason": WHY}, revision=document(story)["revision"]))


def destroys(story: Story, who: str, reason: str = WHY) -> httpx2.Response:
    path = f"/documents/{story.told.document_id}/key-destruction"
    return story.post(who, path, json={"reason": reason}, revision=document(story)["revision"])


def stored(story: Story) -> list[str]:
    return sorted(path.name for path in (story.folder / "sealed").iterdir())


def test_key_destroyed_leaves_the_record_and_opens_for_nobody_even_with_the_body_put_back(story: Story) -> None:
    opening = done(story.opens(CHANCELLOR), 201)
    with story.tools.reading() as connection:
        row = connection.execute(select(tables.documents)).one()
        passphrase = bytes(connection.execute(select(tables.openings.c.wrapped_passphrase)).scalar_one())
    wrapped = bytes(row.wrapped_identity)
    body = (story.folder / "sealed" / row.object_name).read_bytes()
    recalls(story, story.lead)
    assert stored(story) == [row.object_name, f"{row.object_name}.escrow"]

    answer = done(destroys(story, story.head))
    assert (answer["state"], answer["key_destroyed_at"]) == ("recalled", "2026-06-15T12:30:00.000Z")
    assert stored(story) == []
    (entry,) = story.entries(EntryKind.DOCUMENT_KEY_DESTROYED)
    assert entry["said"] == {"sha256": row.sha256, "passphrases_forgotten": 1}

    # A backup of the store is put back, and, worse, somebody makes the records say that it was never recalled.
    (story.folder / "sealed" / row.object_name).write_bytes(body)
    assert codes(story.opens(CHANCELLOR)) == ["403", "document_recalled"]
    with story.tools.database.engine.begin() as connection:
        connection.execute(update(tables.documents).values(state="final", recalled_at=None))
    again = done(story.opens(CHANCELLOR), 201)
    assert story.fetches(CHANCELLOR, again).status_code == 500
    assert story.fetches(CHANCELLOR, opening).status_code == 409

    # Nor does the database file still hold what was in it.
    story.tools.database.close()
    held = b"".join(path.read_bytes() for path in story.folder.glob("records.sqlite3*"))
    assert (wrapped in held, passphrase in held) == (False, False)
    assert row.sha256.encode() in held


def test_whoever_recalled_cannot_destroy_nor_can_others_who_may_not(story: Story) -> None:
    recalls(story, story.head)
    assert codes(destroys(story, story.head)) == ["403", "second_person_required"]
    assert codes(destroys(story, story.lead)) == ["403", "role_required"]
    assert destroys(story, story.sat.people[Role.AUDITOR]).status_code in (403, 404)
    assert len(stored(story)) == 2
    assert document(story)["key_destroyed_at"] is None


def test_document_that_was_not_recalled_keeps_its_key(story: Story) -> None:
    answer = destroys(story, story.head)
    assert (answer.status_code, answer.json()["detail"].partition(".")[0]) == (409, "The document is final")
    assert story.reads(CHANCELLOR)


def test_legal_hold_keeps_the_key_and_says_which(story: Story) -> None:
    recalls(story, story.lead)
    path = f"/producers/{story.sat.producer_id}/legal-holds"
    done(story.post(story.lead, path, json={"release_id": story.told.release_id, "reason": "An inquiry asked."}), 201)
    answer = destroys(story, story.head)
    assert codes(answer) == ["409", "legal_hold"]
    assert "An inquiry asked." in answer.json()["detail"]
    assert len(stored(story)) == 2


def test_key_is_destroyed_once_and_with_a_reason(story: Story) -> None:
    recalls(story, story.lead)
    assert destroys(story, story.head, " ").status_code == 422
    done(destroys(story, story.head))
    again = destroys(story, story.head)
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "already_ended")


def test_stranger_is_told_that_there_is_nothing(story: Story) -> None:
    recalls(story, story.lead)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    path = f"/documents/{story.told.document_id}/key-destruction"
    refused = story.post(other, path, json={"reason": WHY}, revision=1)
    none = path.replace(story.told.document_id, "doc_000000000000000000000000")
    nothing = story.post(other, none, json={"reason": WHY}, revision=1)
    assert (refused.status_code, refused.json()["detail"]) == (404, nothing.json()["detail"])
