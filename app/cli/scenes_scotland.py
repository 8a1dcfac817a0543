"""The demo, an act of its own: a Scottish release after Easter, whose window is counted in working days."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from app import wiring
from app.actions import closed_days
from app.cli.seed import ExampleProducer
from app.cli.stage import Stage
from app.cli.story import EXAMPLE
from app.rules.facts import Role

AS_PUBLISHED = EXAMPLE / "hospital-mortality-as-published.csv"
COMPLETED = EXAMPLE / "hospital-mortality-completed.csv"
READER = "morag.bramble@borders-board.example"

_FIGURES = b"board,ratio\nBorders,0.97\nFife,1.01\nTayside,0.99\n"
_DUE = "2026-04-07T09:30:00+01:00"  # the Tuesday after Easter
_EASTER_MONDAY = "2026-04-06"


def play(stage: Stage, producer: ExampleProducer) -> None:
    """Register, import, approve and sign off; count the window twice; read on Good Friday."""
    people = {role: producer.addresses[role] for role in Role if role in producer.addresses}
    stage.clock("2026-03-02T10:00:00+00:00")
    tools, _ = wiring.demo_tools()
    closed_days.load_bank_holidays(tools)  # as the worker does by itself; the clock has just skipped ten years
    release_id = _registered(stage, producer, people)
    _listed(stage, people, release_id)
    document_id = _signed_off(stage, people, release_id)
    _counted(stage, producer, people, release_id)
    _read_on_good_friday(stage, document_id)


def _registered(stage: Stage, producer: ExampleProducer, people: dict[Role, str]) -> str:
    stage.scene("Ten years on, another producer: a Scottish release, due on the Tuesday after Easter")
    for who in people.values():
        stage.sign_in(who)
    made = stage.do(
        "POST",
        "/api/v1/releases",
        who=people[Role.STATISTICIAN],
        expect=201,
        body={
            "producer_id": producer.producer_id,
            "title": "Hospital mortality ratios: October to December 2025",
            "order": "scotland",
            "sensitivity": "ordinary",
            "publishes_at": _DUE,
            "series": "Hospital mortality ratios, quarterly",
        },
    )
    stage.say(f"{made['title']}, to be published {made['publishes_at_london']}.")
    return str(made["release_id"])


def _listed(stage: Stage, people: dict[Role, str], release_id: str) -> None:
    path = f"/api/v1/releases/{release_id}/lists/imports"
    asks: dict[str, Any] = {"who": people[Role.STATISTICIAN], "content_type": "text/csv"}
    rough = stage.do("POST", f"{path}?dry_run=true", content=AS_PUBLISHED.read_bytes(), **asks)
    for problem in rough["problems"][:4]:
        stage.say(f"row {problem['row']}, {problem['column']}: {problem['detail']} [{problem['severity']}]")
    stage.say(f"… {len(rough['problems'])} remarks on the list as it was really published; nothing was imported.")
    done = stage.do("POST", path, expect=201, content=COMPLETED.read_bytes(), **asks)
    list_id = done["draft"]["list_id"]
    listed = stage.do("GET", f"/api/v1/lists/{list_id}", who=people[Role.HEAD_OF_PROFESSION])
    approved = stage.do(
        "POST",
        f"/api/v1/lists/{list_id}/approval",
        who=people[Role.HEAD_OF_PROFESSION],
        if_match=listed["etag"],
    )
    letters = sorted({grant["ground_letter"] for grant in approved["grants"]})
    stage.promise(
        "scottish_list_approved_with_a_ground_for_each_post",
        approved["state"] == "approved" and letters == ["a", "g"],
        f"grounds {', '.join(letters)} of SSI 2008/399 Sch. para 2(1)",
    )


def _signed_off(stage: Stage, people: dict[Role, str], release_id: str) -> str:
    path = f"/api/v1/releases/{release_id}"
    sealed = stage.do(
        "POST",
        f"{path}/documents?file_name=hospital-mortality.csv",
        who=people[Role.STATISTICIAN],
        expect=201,
        content=_FIGURES,
        Content_Type="text/csv",
    )
    stage.do(
        "POST",
        f"/api/v1/documents/{sealed['document_id']}/fixing",
        who=people[Role.LEAD_OFFICIAL],
        body={"sha256": hashlib.sha256(_FIGURES).hexdigest()},
        if_match=f'"{sealed["revision"]}"',
    )
    for who, move in ((Role.STATISTICIAN, "announcement"), (Role.HEAD_OF_PROFESSION, "sign-off")):
        etag = stage.do("GET", path, who=people[who])["etag"]
        stage.do("POST", f"{path}/{move}", who=people[who], if_match=etag)
    return str(sealed["document_id"])


def _counted(stage: Stage, producer: ExampleProducer, people: dict[Role, str], release_id: str) -> None:
    stage.scene("When does its window open?")
    path = f"/api/v1/releases/{release_id}"
    opens = stage.do("GET", path, who=people[Role.STATISTICIAN])["opens_at"]
    stage.say("Five working days before. Good Friday is a bank holiday in Scotland; Easter Monday is not one.")
    stage.promise("scottish_window_counts_working_days", opens == "2026-03-30T08:30:00.000Z", opens)
    closed = stage.do(
        "POST",
        f"/api/v1/producers/{producer.producer_id}/closed-days",
        who=people[Role.LEAD_OFFICIAL],
        expect=201,
        body={
            "day": _EASTER_MONDAY,
            "name": "Easter Monday",
            "reason": "The offices of the producer are closed on Easter Monday.",
        },
    )
    unchanged = stage.do("GET", path, who=people[Role.STATISTICIAN])["opens_at"]
    stage.say("Proposed by the lead official, it changes nothing until a second person approves it.")
    stage.promise("closed_day_needs_two_people", unchanged == opens, unchanged)
    stage.do(
        "POST",
        f"/api/v1/producers/{producer.producer_id}/closed-days/{closed['closed_day_id']}/approval",
        who=people[Role.HEAD_OF_PROFESSION],
    )
    opens = stage.do("GET", path, who=people[Role.STATISTICIAN])["opens_at"]
    stage.say(f"{closed['reason']} So it opens on the Friday before, by Greenwich time: the clocks change between.")
    stage.promise("friday_before_easter_window", opens == "2026-03-27T09:30:00.000Z", opens)
    query = f"order=uk&sensitivity=ordinary&publishes_at={_DUE.replace('+', '%2B')}"
    elsewhere = stage.do("GET", f"/api/v1/window?{query}", who=people[Role.STATISTICIAN])
    stage.say(f"Under the UK Order the same release would open at {elsewhere['opens_at']}: on Easter Monday.")


def _read_on_good_friday(stage: Stage, document_id: str) -> None:
    stage.clock("2026-03-27T09:29:59.999+00:00")
    stage.sign_in(READER)
    path = f"/api/v1/documents/{document_id}/openings"
    early = stage.call("POST", path, who=READER, body={"acknowledged": True})
    stage.clock("2026-04-03T11:00:00+01:00")
    stage.scene("Good Friday: the window is open")
    stage.sign_in(READER)
    unread = stage.call("POST", path, who=READER)
    for reason in unread.json()["reasons"]:
        stage.say(f"{unread.status_code} {reason['code']} ({reason['source']}): {reason['detail']}")
    opened = stage.call("POST", path, who=READER, body={"acknowledged": True})
    stage.promise(
        "scottish_reader_is_told_the_ground_first",
        _codes(unread) == ["acknowledgement_missing"] and opened.status_code == 201,
    )
    stage.promise("scottish_window_refused_a_millisecond_early", _codes(early) == ["window_not_open"])
    copy = stage.call("GET", opened.json()["content"], who=READER)
    kept = stage.keep("scottish_copy", "hospital-mortality-copy.zip", copy.content)
    stage.promise("scottish_copy_is_marked_restricted_statistics", _is_marked(copy.headers, kept), kept.name)


def _codes(answer: Any) -> list[str]:
    return sorted(reason["code"] for reason in answer.json().get("reasons", []))


def _is_marked(headers: Any, kept: Path) -> bool:
    return "Restricted Statistics" in headers["content-disposition"] or b"Restricted Statistics" in kept.read_bytes()
