"""What the tests of incidents have in common: one release, moved after it was read (the dates of case T21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.rules.account import LoggedFact
from app.rules.incidents import IncidentDraft, OpeningFact
from app.rules.links import Link, Linkable, LinkGround
from app.rules.reportparts import Delivery, ReportFacts
from tests.build import a_release, london

FRIDAY = london(2022, 9, 9, 9, 30)
MONDAY = london(2022, 9, 12, 9, 30)
FIRST_READ_AT = london(2022, 9, 8, 9, 30)
MOVED_AT = london(2022, 9, 8, 20, 0)


def an_opening(opened_at: datetime = FIRST_READ_AT, **changes: Any) -> OpeningFact:
    """An opening at the first instant of the old window."""
    sound = OpeningFact(
        opening_id="opn_1",
        number="K7F3-9QXM",
        document_id="doc_rain",
        person_id="per_ash",
        post_title="Head of Flood Policy",
        organisation="Department for Fog",
        opened_at=opened_at,
    )
    return replace(sound, **changes)


def report_facts(draft: IncidentDraft, **changes: Any) -> ReportFacts:
    """Everything a report needs, around one incident."""
    opening = an_opening()
    sound = ReportFacts(
        incident_id="inc_1",
        number=7,
        kind=draft.kind,
        near_miss=draft.near_miss,
        occurred_at=draft.occurred_at,
        summary=draft.summary,
        facts=draft.facts,
        drafted_at=london(2022, 9, 9, 11, 0),
        producer_name="Office for Weather Statistics",
        series_title="Rainfall",
        release=a_release(publishes_at=MONDAY),
        entries=(
            LoggedFact(
                "ent_b",
                FIRST_READ_AT,
                "access_decided",
                "permitted",
                "the post of Head of Flood Policy, Department for Fog",
                {"act": "open", "opens_at": "2022-09-08T08:30:00.000Z"},
            ),
            LoggedFact("ent_c", MOVED_AT, "release_moved", "done", "", {"move": "reschedule"}),
            LoggedFact("ent_a", london(2022, 9, 1, 10, 0), "list_approved", "done", "", {"version": 2}),
            LoggedFact("ent_x", MOVED_AT, "notice_queued", "done", "", {"notice_id": "not_1"}),
        ),
        deliveries=(
            Delivery(
                opening_id=opening.opening_id,
                number=opening.number,
                post="Head of Flood Policy, Department for Fog",
                opened_at=FIRST_READ_AT,
                outcome="completed",
                sent_bytes=204_800,
                revealed_at=london(2022, 9, 8, 9, 31),
            ),
        ),
        earlier=(
            Link(
                Linkable("inc_0", 3, draft.kind, False, "reported", london(2021, 3, 1, 9, 0)),
                (LinkGround.SERIES, LinkGround.PRODUCER),
            ),
        ),
    )
    return replace(sound, **changes)
