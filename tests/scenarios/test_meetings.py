"""Two people decide about one release at the same moment: whatever the order, what is left is what one order leaves.

What a lock on the release or the producer holds is seen to go wrong without it (on PostgreSQL) by
``test_meeting_without_its_lock_goes_wrong``; so is a copy decided before a recall, by the test after it. Of the others,
which one statement or something else holds, no test takes the guard out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, update

from app.audit.entries import EntryKind
from app.records import copies, releases, retention
from app.records.tables import openings
from app.rules.facts import Role
from tests.build import london
from tests.meeting import at_once
from tests.scenarios.test_retention import proposes, published
from tests.story import ADVISER, CHANCELLOR, Reader, Story, done

T = london(2026, 6, 16, 9, 30)
DAY = timedelta(days=1)
LAST_READ = "FROM releases JOIN producers .* LEFT OUTER JOIN producer_words"  # of the facts that the rule is asked with
APPENDING = r"^INSERT INTO entries|^WITH behind AS \(INSERT INTO disclosures"  # on PostgreSQL in one statement
Meets = Callable[[Story], tuple[Any, Any]]  # what is left, and what should be


@pytest.fixture
def story(any_database_url: str, tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - 14 * DAY, database_url=any_database_url)
    yield told
    told.service.close()


@pytest.fixture
def on_postgres(postgres_url: str, tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - 14 * DAY, database_url=postgres_url)
    yield told
    told.service.close()


def second_head(story: Story) -> str:
    person_id = story.service.person("Example Deputy Head", "deputy.head@stats.gov.example")
    story.service.role(person_id, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    story.headers(person_id)
    return person_id


def paused(story: Story) -> dict[str, bool]:
    """Say of everybody on the list in force whether their grant is paused."""
    versions = story.get(story.head, f"/releases/{story.told.release_id}/lists")["results"]
    (listed,) = [one for one in versions if one["state"] == "approved"]
    grants = story.get(story.head, f"/lists/{listed['list_id']}")["grants"]
    return {one["holder_email"]: bool(one["paused_reason"]) for one in grants}


def order_of(story: Story, *kinds: EntryKind) -> list[str]:
    """Give the kinds of these entries in the order in which they stand in the log."""
    wanted = [kind.value for kind in kinds]
    return [one["kind"] for one in story.service.entries() if one["kind"] in wanted]


def opened(story: Story) -> None:
    story.ready(T, ADVISER, CHANCELLOR)
    story.clock.put(T - timedelta(hours=4))
    for who in (story.head, story.lead, story.statistician, ADVISER, CHANCELLOR):
        story.headers(who)


# -- an exceptional grant, and a move --------------------------------------------------------------------------------


def extends(story: Story, reader: Reader, who: str) -> Any:
    body = {"reasons": "Needed earlier.", "board_informed_at": "2026-06-15T09:00:00Z", "asked_minutes": 2880}
    return story.post(who, f"/grants/{story.grant_of(reader)['grant_id']}/extension", json=body)


def postpones_to(story: Story, days: int) -> Any:
    later = (T + days * DAY).isoformat()
    return story.moves(story.head, "rescheduling", publishes_at=later, reason="A table is wrong.")


def extension_meets_move(story: Story) -> tuple[Any, Any]:
    opened(story)
    story.reads(ADVISER)
    other = second_head(story)
    answers = at_once(
        story.tools.database,
        lambda: extends(story, CHANCELLOR, other),
        "^INSERT INTO grants",  # by now the grants of the version in force have been read
        lambda: postpones_to(story, 7),
    )
    assert [one.status_code for one in answers] == [200, 200]
    # Whoever read before the move waits for a decision, on the version that the extension made as well.
    return paused(story)[ADVISER.email], True


def move_meets_extension(story: Story) -> tuple[Any, Any]:
    opened(story)
    story.reads(ADVISER)
    other = second_head(story)
    at_once(
        story.tools.database,
        lambda: postpones_to(story, 7),
        "^UPDATE releases",
        lambda: extends(story, CHANCELLOR, other),
    )
    return paused(story)[ADVISER.email], True


# -- a pause, and an opening -----------------------------------------------------------------------------------------


def pauses(story: Story) -> Any:
    path = f"/grants/{story.grant_of(CHANCELLOR)['grant_id']}/pause"
    return story.post(story.head, path, json={"reason": "Left the department."})


def opening_meets_pause(story: Story) -> tuple[Any, Any]:
    opened(story)
    answers = at_once(
        story.tools.database, lambda: story.opens(CHANCELLOR), "^INSERT INTO openings", lambda: pauses(story)
    )
    assert [one.status_code for one in answers] == [201, 200]
    assert story.fetches(CHANCELLOR, answers[0].json()).status_code == 403
    left = order_of(story, EntryKind.ACCESS_DECIDED, EntryKind.GRANT_PAUSED)
    return left, ["access_decided", "grant_paused", "access_decided"]  # the last is that of the fetching


def opening_decided_before_a_pause(story: Story) -> tuple[Any, Any]:
    opened(story)
    refused, done_meanwhile = at_once(
        story.tools.database, lambda: story.opens(CHANCELLOR), LAST_READ, lambda: pauses(story)
    )
    assert done_meanwhile.status_code == 200
    decided = [one["outcome"] for one in story.entries(EntryKind.ACCESS_DECIDED)]
    return (refused.status_code, decided), (403, ["refused"])


def opening_meets_move(story: Story) -> tuple[Any, Any]:
    """An opening that the move does not see would leave its reader unpaused, and no incident."""
    opened(story)
    answers = at_once(
        story.tools.database, lambda: story.opens(CHANCELLOR), "^INSERT INTO openings", lambda: postpones_to(story, 7)
    )
    assert [one.status_code for one in answers] == [201, 200]
    return (paused(story)[CHANCELLOR.email], len(story.incidents())), (True, 1)


# -- a coordinator's answer, and the approval of a version; and another answer ---------------------------------------


def asked(story: Story) -> dict[str, Any]:
    story.release(T)
    listed = story.list_with(ADVISER, CHANCELLOR)
    for number in (1, 2):
        person_id = story.service.person(f"Example Coordinator {number}", f"co.{number}@treasury.gov.example")
        organisation_id = story.get(story.statistician, f"/lists/{listed['list_id']}/confirmations")
        story.service.role(person_id, Role.COORDINATOR, organisation_id["results"][0]["organisation_id"])
        story._person_ids[f"co{number}"] = person_id
        story.headers(person_id)
    done(story.post(story.statistician, f"/lists/{listed['list_id']}/confirmations", json={}), 201)
    first = story._person_ids["co1"]
    newest = story.get(first, "/confirmations")["results"][0]
    return dict(story.get(first, f"/confirmations/{newest['confirmation_id']}"))


def answers_that_left(story: Story, question: dict[str, Any], who: str = "co1") -> Any:
    (gone,) = [one["grant_id"] for one in question["rows"] if one["holder_name"] == CHANCELLOR.name]
    changes = [{"grant_id": gone, "what": "left_post"}]
    body = {"answer": "changes_wanted", "rows_sha256": question["rows_sha256"], "changes": changes}
    path = f"/confirmations/{question['confirmation_id']}/answer"
    return story.post(story._person_ids[who], path, json=body)


def confirms(story: Story, question: dict[str, Any], who: str = "co1") -> Any:
    body = {"answer": "confirmed", "rows_sha256": question["rows_sha256"]}
    path = f"/confirmations/{question['confirmation_id']}/answer"
    return story.post(story._person_ids[who], path, json=body)


def approval_meets_answer(story: Story) -> tuple[Any, Any]:
    question = asked(story)
    story.draft_with(ADVISER, CHANCELLOR)
    story.headers(story.head)
    approved, answered = at_once(
        story.tools.database, story.approves, APPENDING, lambda: answers_that_left(story, question)
    )
    assert approved.status_code == 200
    # Either the answer counted, and the pause stands on the list in force; or it was refused, and will be asked anew.
    return paused(story)[CHANCELLOR.email], answered.status_code == 200


def answer_meets_approval(story: Story) -> tuple[Any, Any]:
    question = asked(story)
    story.draft_with(ADVISER, CHANCELLOR)
    story.headers(story.head)
    answered, _ = at_once(
        story.tools.database, lambda: answers_that_left(story, question), "^INSERT INTO notices", story.approves
    )
    return paused(story)[CHANCELLOR.email], answered.status_code == 200


def answer_meets_answer(story: Story) -> tuple[Any, Any]:
    question = asked(story)
    answers = at_once(
        story.tools.database,
        lambda: confirms(story, question),
        "^UPDATE confirmations",
        lambda: answers_that_left(story, question, "co2"),
    )
    assert [one.status_code for one in answers] == [200, 200]
    last = story.entries(EntryKind.CONFIRMATION_ANSWERED)[-1]["said"]["answer"]
    shown = story.get(story._person_ids["co1"], f"/confirmations/{question['confirmation_id']}")
    return (shown["state"], paused(story)[CHANCELLOR.email]), (last, True)


# -- destroying records, and a hold on them --------------------------------------------------------------------------


def destruction_meets_hold(story: Story) -> tuple[Any, Any]:
    return _destroyed_or_held(story, "^UPDATE documents|^DELETE", hold_first=False)


def hold_meets_destruction(story: Story) -> tuple[Any, Any]:
    return _destroyed_or_held(story, "^INSERT INTO legal_holds", hold_first=True)


def _destroyed_or_held(story: Story, where: str, *, hold_first: bool) -> tuple[Any, Any]:
    release_id = published(story, "scotland", T, "Waiting times")
    story.clock.put(london(2034, 6, 20, 9, 0))
    proposed = done(proposes(story, release_id), 201)
    other = second_head(story)
    story.headers(story.head)
    path = f"/producers/{story.sat.producer_id}/legal-holds"

    def holds() -> Any:
        return story.post(other, path, json={"reason": "An inquiry.", "release_id": release_id})

    def destroys() -> Any:
        return story.post(story.head, f"/erasures/{proposed['erasure_id']}/approval")

    first, second = (holds, destroys) if hold_first else (destroys, holds)
    at_once(story.tools.database, first, where, second)
    standing = [one for one in story.get(story.head, path)["results"] if one["ended_at"] is None]
    gone = story.entries(EntryKind.RECORDS_ERASED)
    return (len(standing), len(gone)), ((1, 0) if hold_first else (0, 1))  # the one that came first


# -- a recall, and a copy that begins --------------------------------------------------------------------------------


def recalls(story: Story) -> Any:
    path = f"/documents/{story.told.document_id}"
    revision = story.get(story.head, path)["revision"]
    return story.post(story.head, f"{path}/recall", json={"reason": "A wrong table."}, revision=revision)


def copy_decided_before_a_recall(story: Story) -> tuple[Any, Any]:
    opened(story)
    opening = done(story.opens(CHANCELLOR), 201)
    fetched, recalled = at_once(
        story.tools.database, lambda: story.fetches(CHANCELLOR, opening), LAST_READ, lambda: recalls(story)
    )
    assert recalled.status_code == 200
    return (fetched.status_code, story.entries(EntryKind.COPY_STARTED)), (409, [])


def copy_meets_recall(story: Story) -> tuple[Any, Any]:
    """Whoever was sent a first byte is told of the recall."""
    opened(story)
    opening = done(story.opens(CHANCELLOR), 201)
    _, recalled = at_once(
        story.tools.database,
        lambda: story.fetches(CHANCELLOR, opening),
        APPENDING,
        lambda: recalls(story),
    )
    assert recalled.status_code == 200
    return len([subject for subject, _ in story.letters(CHANCELLOR) if "recalled" in subject]), 1


# -- a document is fixed while its replacement arrives ---------------------------------------------------------------


def uploads(story: Story, content: bytes, replaces: str) -> Any:
    query = {"file_name": "claimants.csv", "replaces": replaces, "note": "North corrected."}
    path = f"/releases/{story.told.release_id}/documents"
    return story.post(story.statistician, path, params=query, content=content, headers={"Content-Type": "text/csv"})


def fixes(story: Story, document: dict[str, Any]) -> Any:
    body, path = {"sha256": document["sha256"]}, f"/documents/{document['document_id']}/fixing"
    return story.post(story.lead, path, json=body, revision=document["revision"])


def final(story: Story) -> list[str]:
    found = story.get(story.head, f"/releases/{story.told.release_id}/documents")["results"]
    return [one["document_id"] for one in found if one["state"] == "final"]


def rivals(story: Story) -> list[dict[str, Any]]:
    """Give two drafts that would each take the place of the same document."""
    opened(story)
    contents = (b"region,claimants\nNorth,1\n", b"region,claimants\nNorth,2\n")
    return [done(uploads(story, content, story.told.document_id), 201) for content in contents]


def fixing_meets_fixing(story: Story) -> tuple[Any, Any]:
    one, other = rivals(story)
    first, second = at_once(
        story.tools.database, lambda: fixes(story, one), "^UPDATE documents", lambda: fixes(story, other)
    )
    assert first.status_code == 200
    return (second.status_code, final(story)), (409, [one["document_id"]])


def upload_decided_before_a_fixing(story: Story) -> tuple[Any, Any]:
    one, _ = rivals(story)
    again = b"region,claimants\nNorth,3\n"
    replaced = story.told.document_id
    sent, fixed = at_once(
        story.tools.database,
        lambda: uploads(story, again, replaced),
        "^SELECT documents.* FROM documents WHERE documents.document_id",
        lambda: fixes(story, one),
    )
    assert fixed.status_code == 200
    return (sent.status_code, final(story)), (409, [one["document_id"]])


def upload_meets_fixing(story: Story) -> tuple[Any, Any]:
    """The upload came first, and its draft is told at its own fixing that it is too late."""
    one, _ = rivals(story)
    again = b"region,claimants\nNorth,3\n"
    replaced = story.told.document_id
    sent, fixed = at_once(
        story.tools.database,
        lambda: uploads(story, again, replaced),
        "^INSERT INTO documents",
        lambda: fixes(story, one),
    )
    assert (sent.status_code, fixed.status_code) == (201, 200)
    late = fixes(story, sent.json())
    return (late.status_code, final(story)), (409, [one["document_id"]])


# -- a list is frozen while a version is approved --------------------------------------------------------------------


def approval_meets_freeze(story: Story) -> tuple[Any, Any]:
    story.release(T)
    story.list_with(ADVISER)
    story.draft_with(ADVISER, CHANCELLOR)
    other = second_head(story)
    story.headers(story.head)

    def freezes() -> Any:
        path = f"/releases/{story.told.release_id}"
        revision = story.get(other, path)["revision"]
        return story.post(other, f"{path}/freeze-list", json={"reason": "Enough."}, revision=revision)

    answers = at_once(story.tools.database, story.approves, "^UPDATE lists", freezes)
    assert [one.status_code for one in answers] == [200, 200]
    left = order_of(story, EntryKind.LIST_APPROVED, EntryKind.LIST_FROZEN)
    return left, ["list_approved", "list_approved", "list_frozen"]


# --------------------------------------------------------------------------------------------------------------------

HELD_BY_THE_RELEASE = (
    extension_meets_move,
    move_meets_extension,
    approval_meets_answer,
    answer_meets_approval,
    fixing_meets_fixing,
    approval_meets_freeze,
)
HELD_BY_SHARING_THE_RELEASE = (opening_meets_pause, opening_decided_before_a_pause, opening_meets_move)
HELD_BY_THE_PRODUCER = (destruction_meets_hold, hold_meets_destruction)
HELD_BY_ONE_STATEMENT = (answer_meets_answer, copy_decided_before_a_recall, copy_meets_recall)
OTHERS = (upload_decided_before_a_fixing, upload_meets_fixing)


@pytest.mark.parametrize(
    "meet",
    [
        *HELD_BY_THE_RELEASE,
        *HELD_BY_SHARING_THE_RELEASE,
        *HELD_BY_THE_PRODUCER,
        *HELD_BY_ONE_STATEMENT,
        *OTHERS,
    ],
    ids=lambda meet: meet.__name__,
)
def test_meeting_of_two_decisions_leaves_what_one_order_leaves(story: Story, meet: Meets) -> None:
    left, should_be = meet(story)
    assert left == should_be


@pytest.mark.parametrize(
    ("meet", "room", "lock"),
    [
        *((meet, releases, "keep") for meet in HELD_BY_THE_RELEASE),
        *(
            (meet, releases, "keep_with_others")
            for meet in HELD_BY_SHARING_THE_RELEASE
            if "decided" not in meet.__name__
        ),
        *((meet, retention, "lock_producers") for meet in HELD_BY_THE_PRODUCER),
    ],
    ids=lambda given: getattr(given, "__name__", given),
)
def test_meeting_without_its_lock_goes_wrong(
    on_postgres: Story, monkeypatch: pytest.MonkeyPatch, meet: Meets, room: Any, lock: str
) -> None:
    monkeypatch.setattr(room, lock, lambda *_: None)
    left, should_be = meet(on_postgres)
    assert left != should_be


def test_copy_that_begins_while_its_opening_is_ended_goes_wrong_without_the_condition(
    on_postgres: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = openings.c
    running = update(openings).where(of.opening_id == bindparam("of"), of.copy_turn == bindparam("seen_turn"))
    begun = {"outcome": "running", "started_at": bindparam("at"), "copy_tag": bindparam("tag")}
    monkeypatch.setattr(copies, "_BEGIN_OTHER", running.values({**begun, "copy_turn": of.copy_turn + 1}))
    left, should_be = copy_decided_before_a_recall(on_postgres)
    assert left != should_be
