"""The second person's approval, given by two people at the same moment: one of them counts, and it counts once.

Held by one statement each, that changes only what still waits. No test takes that condition out to see its case fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import EntryKind
from tests.build import london
from tests.meeting import at_once
from tests.scenarios.test_closed_days import days_of, proposed, scottish
from tests.scenarios.test_meetings import second_head, uploads
from tests.scenarios.test_retention import proposes, published
from tests.scenarios.test_second_hands import deputy_of
from tests.story import ADVISER, CHANCELLOR, Story, done

T = london(2026, 6, 16, 9, 30)
DAY = timedelta(days=1)
Act = Callable[[str], Any]


@pytest.fixture
def story(any_database_url: str, tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - 40 * DAY, database_url=any_database_url)
    yield told
    told.service.close()


def a_list(story: Story) -> tuple[Act, str, EntryKind]:
    story.release(T)
    story.draft_with(ADVISER)
    return story.approves, "^UPDATE lists", EntryKind.LIST_APPROVED


def a_document(story: Story) -> tuple[Act, str, EntryKind]:
    story.ready(T, ADVISER)
    draft = done(uploads(story, b"region,claimants\nNorth,1\n", story.told.document_id), 201)
    path, body = f"/documents/{draft['document_id']}/fixing", {"sha256": draft["sha256"]}

    def act(who: str) -> Any:
        return story.post(who, path, json=body, revision=draft["revision"])

    return act, "^UPDATE documents", EntryKind.DOCUMENT_FIXED


def a_deputy(story: Story) -> tuple[Act, str, EntryKind]:
    story.ready(T, ADVISER, CHANCELLOR)
    path = f"/releases/{story.told.release_id}/deputies"
    asked = done(story.post(story.statistician, path, json=deputy_of(story, ADVISER)), 201)

    def act(who: str) -> Any:
        return story.post(who, f"/deputies/{asked['deputy_id']}/approval", json={})

    return act, "^INSERT INTO lists", EntryKind.DEPUTY_DECIDED


def a_closed_day(story: Story) -> tuple[Act, str, EntryKind]:
    scottish(story)
    made = proposed(story, 4)

    def act(who: str) -> Any:
        return story.post(who, f"{days_of(story)}/{made}/approval")

    return act, "^UPDATE closed_days", EntryKind.CLOSED_DAY_APPROVED


def a_destruction(story: Story) -> tuple[Act, str, EntryKind]:
    release_id = published(story, "scotland", T, "Waiting times")
    story.clock.put(london(2034, 6, 20, 9, 0))
    made = done(proposes(story, release_id), 201)

    def act(who: str) -> Any:
        return story.post(who, f"/erasures/{made['erasure_id']}/approval")

    return act, "^UPDATE erasures", EntryKind.RECORDS_ERASED


def the_end_of_a_hold(story: Story) -> tuple[Act, str, EntryKind]:
    path = f"/producers/{story.sat.producer_id}/legal-holds"
    hold = done(story.post(story.lead, path, json={"reason": "An inquiry."}), 201)
    done(story.post(story.lead, f"/legal-holds/{hold['hold_id']}/end", json={"reason": "Over."}))

    def act(who: str) -> Any:
        return story.post(who, f"/legal-holds/{hold['hold_id']}/end/approval")

    return act, "^UPDATE legal_holds", EntryKind.HOLD_ENDED


def a_return_after_a_suspension(story: Story) -> tuple[Act, str, EntryKind]:
    story.ready(T, ADVISER)
    body = {"subject_id": story.id_of(ADVISER), "reason": "Forwarded a copy."}
    made = done(story.post(story.lead, f"/producers/{story.sat.producer_id}/suspensions", json=body), 201)
    path = f"/suspensions/{made['suspension_id']}/reapplications"
    asked = done(story.post(ADVISER, path, json={"statement": "I have done the training."}), 201)

    def act(who: str) -> Any:
        path = f"/reapplications/{asked['reapplication_id']}/decision"
        return story.post(who, path, json={"decision": "approved", "reason": "Trained."})

    return act, "^UPDATE reapplications", EntryKind.REAPPLICATION_DECIDED


@pytest.mark.parametrize(
    "waits",
    [
        a_list,
        a_document,
        a_deputy,
        a_closed_day,
        a_destruction,
        the_end_of_a_hold,
        a_return_after_a_suspension,
    ],
    ids=lambda given: given.__name__,
)
def test_approval_given_twice_at_once_counts_once(
    story: Story, waits: Callable[[Story], tuple[Act, str, EntryKind]]
) -> None:
    act, where, kind = waits(story)
    other = second_head(story)
    story.headers(story.head)
    before = len(story.entries(kind))
    answers = at_once(story.tools.database, lambda: act(story.head), where, lambda: act(other))
    assert sorted(one.status_code in (409, 412) for one in answers) == [False, True]
    assert sorted(one.status_code == 200 for one in answers) == [False, True]
    assert len(story.entries(kind)) == before + 1
