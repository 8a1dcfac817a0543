"""Moves: who may, in which state, with which consequences for those who have read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import ReleaseState
from app.rules.lifecycle import TABLE, Move
from app.rules.reasons import instant_text
from tests.build import london
from tests.unit.releases.world import PUBLISHES_AT, World

LATER = london(2026, 3, 12, 9, 30)
ACTS = {
    Move.ANNOUNCE: "announcement",
    Move.SIGN_OFF: "sign-off",
    Move.REOPEN: "reopening",
    Move.RESCHEDULE: "rescheduling",
    Move.POSTPONE: "postponement",
    Move.CANCEL: "cancellation",
    Move.DECLARE_PUBLISHED: "publication",
}
WHY = {"reason": "Table 4 is not finished."}


def moved_to(at: Any) -> dict[str, str]:
    return {**WHY, "publishes_at": instant_text(at)}


def sent(move: Move) -> dict[str, str]:
    return moved_to(LATER) if move is Move.RESCHEDULE else WHY


def publish_list(world: World, release_id: str) -> None:
    world.done(world.post(world.lead, f"/releases/{release_id}/public-list"), 201)


def brought_to(world: World, state: ReleaseState) -> str:
    if state is ReleaseState.PLANNED:
        return world.release()
    if state is ReleaseState.ANNOUNCED:
        release_id = world.release()
        world.done(world.move(world.head, release_id, "announcement"))
        return release_id
    release_id, _, _ = world.final()
    if state is ReleaseState.POSTPONED:
        world.done(world.move(world.head, release_id, "postponement", **WHY))
    if state is ReleaseState.CANCELLED:
        world.done(world.move(world.head, release_id, "cancellation", **WHY))
    if state is ReleaseState.PUBLISHED:
        publish_list(world, release_id)
        world.clock.put(PUBLISHES_AT)
        world.done(world.move(world.lead, release_id, "publication", **WHY))
    return release_id


@pytest.mark.parametrize("state", list(ReleaseState))
def test_lifecycle_is_total_every_impossible_move_is_409_and_says_what_is_possible(
    world: World, state: ReleaseState
) -> None:
    release_id = brought_to(world, state)
    before = world.done(world.get(world.head, f"/releases/{release_id}"))
    possible = [move.value for move in Move if TABLE[state, move] is not None]
    for move in Move:
        if TABLE[state, move] is None:
            answer = world.move(world.head, release_id, ACTS[move], **sent(move))
            assert world.code(answer) == (409, "wrong_state")
            assert answer.json()["allowed"] == possible
    assert world.done(world.get(world.head, f"/releases/{release_id}")) == before


def test_role_matrix_of_moves(world: World) -> None:
    release_id = world.release()
    everyone = {
        "statistician": world.statistician,
        "lead": world.lead,
        "auditor": world.auditor,
        "stranger": world.stranger,
    }
    refused = {"auditor": 403, "stranger": 404}
    wanted = {
        Move.SIGN_OFF: {"statistician": 403, "lead": 409, **refused},
        Move.REOPEN: {"statistician": 403, "lead": 409, **refused},
        Move.RESCHEDULE: {"statistician": 403, "lead": 403, **refused},
        Move.POSTPONE: {"statistician": 403, "lead": 403, **refused},
        Move.CANCEL: {"statistician": 403, "lead": 403, **refused},
        Move.DECLARE_PUBLISHED: {"statistician": 403, "lead": 409, **refused},
    }
    for move, statuses in wanted.items():
        found = {
            name: world.move(person, release_id, ACTS[move], **sent(move)).status_code
            for name, person in everyone.items()
        }
        assert (move, found) == (move, statuses)
    assert world.done(world.get(world.head, f"/releases/{release_id}/history")) == {"results": [], "next": None}


def test_stale_revision_is_412_and_missing_if_match_is_428(world: World) -> None:
    release_id = world.release()
    path = f"/releases/{release_id}/announcement"
    assert world.code(world.post(world.head, path)) == (428, "if_match_required")
    assert world.done(world.post(world.head, path, revision=1))["revision"] == 2
    assert world.code(world.post(world.head, path, revision=1)) == (412, "changed_meanwhile")


@pytest.mark.parametrize("reason", [{}, {"reason": ""}, {"reason": "  \n"}])
@pytest.mark.parametrize("act", ["rescheduling", "postponement", "cancellation"])
def test_changes_of_the_time_need_a_reason(world: World, act: str, reason: dict[str, str]) -> None:
    release_id = world.release()
    body = {**reason, **({"publishes_at": instant_text(LATER)} if act == "rescheduling" else {})}
    assert world.code(world.move(world.head, release_id, act, **body)) == (422, "reason_required")


def test_rescheduling_to_the_same_time_changes_nothing(world: World) -> None:
    release_id = world.release()
    assert world.code(world.move(world.head, release_id, "rescheduling", **moved_to(PUBLISHES_AT))) == (
        422,
        "no_change",
    )


@pytest.mark.parametrize(
    ("at", "code"), [(london(2026, 3, 2, 9, 0), "in_the_past"), (london(2026, 3, 14, 9, 30), "invalid_instant")]
)
def test_rescheduling_to_an_impossible_time_is_refused(world: World, at: Any, code: str) -> None:
    release_id = world.release()
    assert world.code(world.move(world.head, release_id, "rescheduling", **moved_to(at))) == (422, code)


def test_signing_off_needs_an_announced_release_a_list_and_fixed_documents(world: World) -> None:
    release_id = world.release()
    world.done(world.move(world.statistician, release_id, "announcement"))
    details = []
    for step in (
        lambda: None,
        lambda: world.approved(release_id),
        lambda: world.document(release_id, "draft"),
    ):
        step()
        answer = world.move(world.lead, release_id, "sign-off")
        assert world.code(answer) == (409, "wrong_state")
        details.append(answer.json()["detail"])
    assert details == [
        "No eligibility list has been approved for this release. Have one approved first.",
        "The release has no document. Upload one, and have it fixed as final form, first.",
        "1 of 1 documents are not fixed as final form. Have them fixed first.",
    ]


def test_whoever_registered_a_release_cannot_sign_it_off(world: World) -> None:
    made = world.done(world.post(world.lead, "/releases", json=world.registration()), 201)
    release_id = made["release_id"]
    world.approved(release_id)
    world.document(release_id)
    world.done(world.move(world.statistician, release_id, "announcement"))
    assert world.code(world.move(world.lead, release_id, "sign-off")) == (403, "second_person_required")
    assert world.done(world.move(world.head, release_id, "sign-off"))["phase"] == "final"


def test_t21_postponed_after_reading_pauses_the_reader_opens_an_incident_and_tells_everybody(world: World) -> None:
    release_id, listed, document_id = world.final()
    reader, other = listed["grants"]
    world.clock.put(PUBLISHES_AT - timedelta(hours=23))
    world.opened(release_id, listed, document_id)
    world.clock.put(PUBLISHES_AT - timedelta(hours=13))
    answer = world.done(world.move(world.head, release_id, "rescheduling", **moved_to(LATER)))
    assert (answer["phase"], answer["opens_at"]) == ("final", "2026-03-11T09:30:00.000Z")
    now = world.done(world.get(world.head, f"/lists/{listed['list_id']}"))
    paused = "the release was moved after you had opened it, and the head of profession decides what follows."
    assert [one["paused_reason"] for one in now["grants"]] == [paused, ""]
    assert world.incidents() == [("access_made_over_long", False)]
    moved = world.service.entries(EntryKind.RELEASE_MOVED)[-1]["said"]
    assert moved == {
        "move_id": moved["move_id"],
        "move": "reschedule",
        "from_state": "final",
        "to_state": "final",
        "from_publishes_at": "2026-03-10T09:30:00.000Z",
        "to_publishes_at": "2026-03-12T09:30:00.000Z",
        "from_opens_at": "2026-03-09T09:30:00.000Z",
        "to_opens_at": "2026-03-11T09:30:00.000Z",
        "published_at": None,
        "openings_outside": 1,
    }
    said = [entry["said"] for entry in world.service.entries(EntryKind.GRANT_PAUSED)]
    assert said == [
        {"grant_id": reader["grant_id"], "move_id": moved["move_id"], "cause": "moved_after_reading"},
    ]
    told = dict(world.notices("release_moved"))
    assert sorted(told) == sorted([reader["holder_email"], other["holder_email"]])
    for body in told.values():
        assert "The embargo continues." in body
        assert "You may read it from Wednesday 11 March 2026, 9:30am (UK time)" in body
    assert "Your access is paused" in told[reader["holder_email"]]
    assert "Your access is paused" not in told[other["holder_email"]]


def test_t22_exceptional_extension_makes_a_new_version_whose_public_list_shows_it(world: World) -> None:
    release_id, listed, document_id = world.final()
    publish_list(world, release_id)
    world.clock.put(PUBLISHES_AT - timedelta(hours=23))
    world.opened(release_id, listed, document_id)
    world.clock.put(PUBLISHES_AT - timedelta(hours=13))
    world.done(world.move(world.head, release_id, "rescheduling", **moved_to(LATER)))
    grant = listed["grants"][0]
    path = f"/grants/{grant['grant_id']}/extension"
    body = {"reasons": "Period of mourning", "board_informed_at": instant_text(world.clock.now())}
    assert world.code(world.post(world.lead, path, json=body)) == (403, "role_required")
    assert world.code(world.post(world.head, path, json={**body, "reasons": " "})) == (422, "reason_required")
    assert world.code(world.post(world.head, path, json={**body, "asked_minutes": 1440})) == (422, "invalid_request")
    ahead = {**body, "board_informed_at": instant_text(LATER)}
    assert world.code(world.post(world.head, path, json=ahead)) == (422, "invalid_instant")
    made = world.done(world.post(world.head, path, json=body))
    assert (made["paused_reason"], made["asked_minutes"], made["exceptional"]["reasons"]) == (
        "",
        (48 + 13) * 60,
        "Period of mourning",
    )
    versions = world.done(world.get(world.head, f"/releases/{release_id}/lists"))["results"]
    assert [(one["version"], one["state"]) for one in versions] == [(2, "approved"), (1, "superseded")]
    seen = world.done(world.get(grant["person_id"], f"/releases/{release_id}"))
    assert seen["opens_at"] == instant_text(world.clock.now())
    world.clock.put(LATER)
    assert world.code(world.move(world.lead, release_id, "publication", **WHY)) == (409, "publication_blocked")
    publish_list(world, release_id)
    rows = world.done(world.get(None, f"/releases/{release_id}/public-list.json"))["rows"]
    assert [(row["post"], row["access_from"], row["exceptional"], row["reasons"]) for row in rows] == [
        ("Minister for Examples", "61 hours before the time set for publication", True, "Period of mourning"),
        ("Chief Economic Adviser", "24 hours before the time set for publication", False, ""),
    ]
    assert world.done(world.move(world.lead, release_id, "publication", **WHY))["phase"] == "published"


def test_resumed_grant_serves_again_and_only_the_head_of_profession_resumes_it(world: World) -> None:
    release_id, listed, document_id = world.final()
    world.clock.put(PUBLISHES_AT - timedelta(hours=23))
    world.opened(release_id, listed, document_id)
    world.done(world.move(world.head, release_id, "rescheduling", **moved_to(LATER)))
    path = f"/grants/{listed['grants'][0]['grant_id']}/resumption"
    assert world.code(world.post(world.lead, path, json=WHY)) == (403, "role_required")
    assert world.code(world.post(world.stranger, path, json=WHY)) == (404, "not_found")
    assert world.code(world.post(world.head, path, json={})) == (422, "reason_required")
    assert world.done(world.post(world.head, path, json=WHY))["paused_reason"] == ""
    assert world.code(world.post(world.head, path, json=WHY)) == (409, "wrong_state")
    assert len(world.service.entries(EntryKind.GRANT_RESUMED)) == 1


def test_t24_brought_forward_recomputes_the_window_and_pauses_nobody(world: World) -> None:
    release_id, listed, document_id = world.final()
    world.clock.put(PUBLISHES_AT - timedelta(hours=20))
    world.opened(release_id, listed, document_id)
    earlier = PUBLISHES_AT - timedelta(hours=2)
    body = {**moved_to(earlier), "time_exemption": "Agreed with the regulator."}
    answer = world.done(world.move(world.head, release_id, "rescheduling", **body))
    assert answer["opens_at"] == instant_text(earlier - timedelta(hours=24))
    now = world.done(world.get(world.head, f"/lists/{listed['list_id']}"))
    assert [one["paused_reason"] for one in now["grants"]] == ["", ""]
    assert world.incidents() == []
    (move,) = [
        one
        for one in world.done(world.get(world.head, f"/releases/{release_id}/history"))["results"]
        if one["move"] == "reschedule"
    ]
    assert (move["reason"], move["to_publishes_at"]) == (WHY["reason"], instant_text(earlier))


def test_t25_cancelled_release_has_no_window_and_everybody_is_told_that_it_stays_restricted(world: World) -> None:
    release_id, listed, _ = world.final()
    answer = world.done(world.move(world.head, release_id, "cancellation", **WHY))
    assert (answer["phase"], answer["opens_at"]) == ("cancelled", None)
    told = world.notices("release_moved")
    assert [email for email, _ in told] == sorted(one["holder_email"] for one in listed["grants"])
    assert all("has been cancelled. Access has ended." in body and "stays restricted" in body for _, body in told)


def test_postponed_release_is_rescheduled_to_announced_and_needs_signing_off_again(world: World) -> None:
    release_id, listed, document_id = world.final()
    world.clock.put(PUBLISHES_AT - timedelta(hours=20))
    world.opened(release_id, listed, document_id)
    assert world.done(world.move(world.head, release_id, "postponement", **WHY))["opens_at"] is None
    answer = world.done(world.move(world.head, release_id, "rescheduling", **moved_to(LATER)))
    assert (answer["phase"], answer["opens_at"]) == ("announced", "2026-03-11T09:30:00.000Z")
    assert world.incidents() == [("access_made_over_long", False)]
    assert world.done(world.move(world.lead, release_id, "sign-off"))["phase"] == "final"


def test_t41_publication_without_the_list_of_posts_is_blocked_and_after_a_change_of_the_list_too(world: World) -> None:
    release_id, _, _ = world.final()
    world.clock.put(PUBLISHES_AT)
    blocked = world.move(world.lead, release_id, "publication", **WHY)
    assert world.code(blocked) == (409, "publication_blocked")
    assert [reason["code"] for reason in blocked.json()["reasons"]] == ["list_of_posts_missing"]
    publish_list(world, release_id)
    draft = world.done(world.post(world.statistician, f"/releases/{release_id}/lists", json={}), 201)
    gone = draft["grants"][1]["grant_id"]
    path = f"/lists/{draft['list_id']}"
    draft = world.done(world.ask(world.statistician, "DELETE", f"{path}/grants/{gone}", revision=draft["revision"]))
    world.done(world.post(world.head, f"{path}/approval", revision=draft["revision"]))
    blocked = world.move(world.lead, release_id, "publication", **WHY)
    assert [(reason["code"], reason["detail"]) for reason in blocked.json()["reasons"]] == [
        (
            "list_of_posts_differs",
            "The published list counts 2 and the enforced list 1; they are not the same list.",
        )
    ]
    publish_list(world, release_id)
    published = world.done(world.move(world.lead, release_id, "publication", **WHY))
    assert (published["phase"], published["published_at"]) == ("published", instant_text(PUBLISHES_AT))
    assert world.incidents() == []
    assert all("The embargo has ended." in body for _, body in world.notices("release_moved"))


@pytest.mark.parametrize(
    ("minutes", "kinds"), [(-40, [("early_publication", False)]), (0, []), (140, [("late_publication", False)])]
)
def test_publication_early_or_late_opens_an_incident(world: World, minutes: int, kinds: list[tuple[str, bool]]) -> None:
    release_id, _, _ = world.final()
    publish_list(world, release_id)
    world.clock.put(PUBLISHES_AT + timedelta(hours=3))
    at = instant_text(PUBLISHES_AT + timedelta(minutes=minutes))
    world.done(world.move(world.lead, release_id, "publication", published_at=at, **WHY))
    assert world.incidents() == kinds


def test_publication_in_the_future_is_refused(world: World) -> None:
    release_id, _, _ = world.final()
    publish_list(world, release_id)
    at = instant_text(PUBLISHES_AT)
    assert world.code(world.move(world.lead, release_id, "publication", published_at=at, **WHY)) == (
        422,
        "invalid_instant",
    )


def test_main_line_is_the_same_on_both_databases(tmp_path: Path, any_database_url: str) -> None:
    world = World(tmp_path, database_url=any_database_url)
    release_id, listed, document_id = world.final()
    world.clock.put(PUBLISHES_AT - timedelta(hours=23))
    world.opened(release_id, listed, document_id)
    world.done(world.move(world.head, release_id, "rescheduling", **moved_to(LATER)))
    page = world.done(world.get(listed["grants"][1]["person_id"], "/releases", params={"limit": 1}))
    assert [(one["release_id"], one["phase"], one["opens_at"]) for one in page["results"]] == [
        (release_id, "final", "2026-03-11T09:30:00.000Z")
    ]
    publish_list(world, release_id)
    world.clock.put(LATER)
    assert world.done(world.move(world.lead, release_id, "publication", **WHY))["phase"] == "published"
    assert world.incidents() == [("access_made_over_long", False)]
    world.service.close()
