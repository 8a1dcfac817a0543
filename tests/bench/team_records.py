"""What a team keeps beside its lists, as it stands after some years: duties, requests, who works on what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table

from app.records import tables
from tests.bench.amounts import id_of as _id

_ON_REGISTER = 12  # people who work on one release, beside the recipient
OWN_ROW = _ON_REGISTER  # which row of all is the recipient's own, of the first release
_TRAINED = 100
_COURSES = 10  # that the recipient has done
_SAID = 12  # about one release


def team_records(
    producer_id: str, release_ids: Sequence[str], at: datetime, *, by: str, recipient: str
) -> dict[Table, list[dict[str, Any]]]:
    """Give the rows, of one producer.

    Args:
        release_ids: Its releases, today's first.
        at: Now. Aware.
        by: Id of whoever put everything on record.
        recipient: Whose own pages are looked at.
    """
    numbered = list(enumerate(release_ids))
    works = [(0, _id("per", number)) for number in range(_ON_REGISTER)]
    works += [(number, recipient) for number, _ in numbered]
    return {
        tables.duties: [
            {
                "duty_id": _id("dut", number, done), "producer_id": producer_id, "release_id": release_id,
                "kind": "notify_board", "reason_key": f"bench:{number}:{done}", "source": "SSI 2008/399 Sch. para 6",
                "particulars": json.dumps({"statistics": "Figures", "individual": "Sandy Sedge", "reason": "Floods."}),
                "raised_at": at - timedelta(days=number + 1), "done_at": at if done else None,
                "done_by": by if done else None, "done_note": "By letter." if done else "",
            }
            for number, release_id in numbered
            for done in (0, 1)
        ],
        tables.record_requests: [
            {
                "record_request_id": _id("rrq", number), "producer_id": producer_id, "release_id": release_id,
                "requester": "Sam Asker", "address": "1 High Street", "asked_for": "Who had access?",
                "asked_on": date(2026, 1, 5), "due_on": None, "taken_at": at - timedelta(hours=number + 1),
                "taken_by": by,
            }
            for number, release_id in numbered
        ],
        tables.representations: [
            {
                "representation_id": _id("rpn", number), "release_id": release_ids[0], "by_words": "Private Secretary",
                "about": "timing", "made_at": at - timedelta(hours=number + 1), "words": "Could it be a day later?",
                "recorded_at": at, "recorded_by": by,
            }
            for number in range(_SAID)
        ],
        tables.production_access: [
            {
                "production_access_id": _id("pac", place), "release_id": release_ids[number], "person_id": person_id,
                "purpose": "production", "why": "Draws the charts.", "from_on": at.date(),
                "restriction_sha256": "0" * 64, "restriction_text": "I use the figures for that alone.\n\n" * 20,
                "added_at": at - timedelta(minutes=place + 1), "added_by": by, "revision": 1,
            }
            for place, (number, person_id) in enumerate(works)
        ],
        tables.training_records: [
            {
                "training_id": _id("trn", number), "producer_id": producer_id, "course": "What access forbids",
                "person_id": recipient if number < _COURSES else _id("per", number % 30), "done_on": date(2025, 3, 1),
                "recorded_at": at - timedelta(minutes=number + 1), "recorded_by": by,
            }
            for number in range(_TRAINED)
        ],
    }  # fmt: skip
