"""Lists through the API: dry run and import, two editors, two persons, approval, and the public list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.unit.releases.world import ADVISER, GROUND, MINISTER, PUBLISHES_AT, World

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ABSENT_LIST, ABSENT_GRANT = "lst_" + "0" * 24, "grt_" + "0" * 24


def holder(name: str = "Robin Reader", **changes: str) -> dict[str, str]:
    email = f"{name.lower().replace(' ', '.')}@moe.gov.example"
    return {"name": name, "email": email, "held_from_on": "2024-01-02", **changes}


def test_two_editors_at_once_the_second_is_told_and_changes_nothing(world: World) -> None:
    draft = world.draft(world.release())
    path = f"/lists/{draft['list_id']}/grants/{draft['grants'][0]['grant_id']}"
    first = world.ask(world.statistician, "PATCH", path, revision=draft["revision"], json={"ground": "first"})
    second = world.ask(world.lead, "PATCH", path, revision=draft["revision"], json={"ground": "second"})
    assert world.done(first)["revision"] == draft["revision"] + 1
    assert world.code(second) == (412, "changed_meanwhile")
    now = world.done(world.get(world.head, f"/lists/{draft['list_id']}"))
    assert (now["grants"][0]["ground"], now["edited_by"]) == ("first", [world.statistician])
    assert world.code(world.ask(world.lead, "PATCH", path, json={"ground": "x"})) == (428, "if_match_required")


def test_draft_is_edited_grant_by_grant(world: World) -> None:
    release_id = world.release()
    draft = world.done(world.post(world.statistician, f"/releases/{release_id}/lists", json={}), 201)
    path = f"/lists/{draft['list_id']}/grants"
    grant = {"post_title": "Special Advisers", "organisation": "Ministry of Examples", "ground": GROUND}
    draft = world.done(world.post(world.lead, path, revision=1, json={**grant, "holder": holder()}), 201)
    (one,) = draft["grants"]
    assert (one["is_group"], one["holder_name"], one["held_from_on"], [r["code"] for r in draft["lacking"]]) == (
        True,
        "Robin Reader",
        "2024-01-02",
        ["group_not_a_person"],
    )
    draft = world.done(
        world.ask(
            world.lead,
            "PATCH",
            f"{path}/{one['grant_id']}",
            revision=2,
            json={"post_title": "Special Adviser", "asked_minutes": 1260, "grant_class": "adviser", "conditions": "C"},
        )
    )
    (one,) = draft["grants"]
    assert (one["post_title"], one["is_group"], one["asked_minutes"], one["grant_class"], one["conditions"]) == (
        "Special Adviser",
        False,
        1260,
        "adviser",
        "C",
    )
    assert [reason["code"] for reason in draft["lacking"]] == ["post_not_held"]
    put = f"{path}/{one['grant_id']}/holder"
    draft = world.done(world.ask(world.lead, "PUT", put, revision=3, json=holder("Second Person")))
    assert (draft["grants"][0]["holder_name"], draft["lacking"]) == ("Second Person", [])
    draft = world.done(
        world.ask(world.lead, "PATCH", f"{path}/{one['grant_id']}", revision=4, json={"asked_minutes": None})
    )
    assert draft["grants"][0]["asked_minutes"] is None
    second = {**grant, "post_title": "Special Adviser"}
    draft = world.done(world.post(world.lead, path, revision=5, json=second), 201)
    assert [one["seat"] for one in draft["grants"]] == [1, 2]
    again = world.ask(
        world.lead, "PUT", f"{path}/{draft['grants'][1]['grant_id']}/holder", revision=6, json=holder("Second Person")
    )
    assert world.code(again) == (409, "already_exists")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": "press.office@moe.gov.example", "name": "Press Office"}, "shared_mailbox"),
        ({"email": "nobody.known@moe.gov.example"}, "invalid_request"),
        ({"email": "not an address", "name": "Pat"}, "invalid_request"),
        ({"email": "a\u0000b@moe.gov.example", "name": "Pat"}, "invalid_request"),
    ],
)
def test_holder_that_cannot_be_is_refused(world: World, body: dict[str, str], code: str) -> None:
    draft = world.draft(world.release())
    before = world.counts()
    path = f"/lists/{draft['list_id']}/grants/{draft['grants'][0]['grant_id']}/holder"
    answer = world.ask(world.lead, "PUT", path, revision=draft["revision"], json=body)
    assert world.code(answer) == (422, code)
    assert world.counts() == before


def test_role_matrix_of_lists(world: World) -> None:
    release_id = world.release()
    draft = world.draft(release_id)
    list_id, grant_id = draft["list_id"], draft["grants"][0]["grant_id"]
    other = world.service.producer("Another Office").people[Role.HEAD_OF_PROFESSION]
    people = {
        "statistician": world.statistician,
        "lead": world.lead,
        "auditor": world.auditor,
        "recipient": draft["grants"][0]["person_id"],
        "stranger": world.stranger,
        "other": other,
        "nobody": None,
    }
    may = {
        "statistician": 412,
        "lead": 412,
        "auditor": 403,
        "recipient": 404,
        "stranger": 404,
        "other": 404,
        "nobody": 401,
    }
    see = {**may, "statistician": 200, "lead": 200, "auditor": 200}
    head_only = {**may, "statistician": 403, "lead": 403}
    acts: list[tuple[str, str, dict[str, Any], dict[str, int]]] = [
        ("GET", f"/releases/{release_id}/lists", {}, see),
        ("GET", f"/lists/{list_id}", {}, see),
        ("GET", f"/lists/{list_id}/public-list", {}, see),
        ("POST", f"/releases/{release_id}/lists", {"json": {}}, {**may, "statistician": 409, "lead": 409}),
        (
            "POST",
            f"/releases/{release_id}/lists/imports",
            {"content": b"x", "headers": {"Content-Type": "text/csv"}},
            {**may, "statistician": 422, "lead": 422},
        ),
        ("PATCH", f"/lists/{list_id}/grants/{grant_id}", {"json": {}, "revision": 99}, may),
        ("DELETE", f"/lists/{list_id}/grants/{grant_id}", {"revision": 99}, may),
        ("PUT", f"/lists/{list_id}/grants/{grant_id}/holder", {"json": holder(), "revision": 99}, may),
        (
            "POST",
            f"/lists/{list_id}/grants",
            {"json": {"post_title": "A", "organisation": "B"}, "revision": 99},
            may,
        ),
        ("POST", f"/lists/{list_id}/approval", {"revision": 99}, head_only),
        ("POST", f"/lists/{list_id}/submission", {"revision": 99}, may),
        ("POST", f"/grants/{grant_id}/pause", {"json": {"reason": "x"}}, head_only),
        ("POST", f"/grants/{grant_id}/resumption", {"json": {"reason": "x"}}, head_only),
        ("POST", f"/releases/{release_id}/public-list", {}, {**may, "statistician": 409, "lead": 409}),
    ]
    for method, path, sent, wanted in acts:
        found = {name: world.ask(person, method, path, **sent).status_code for name, person in people.items()}
        assert (method, path, found) == (method, path, wanted)


def test_absent_list_and_grant_are_404(world: World) -> None:
    draft = world.draft(world.release())
    for path in (f"/lists/{ABSENT_LIST}", f"/lists/{ABSENT_LIST}/public-list"):
        assert world.code(world.get(world.head, path)) == (404, "not_found")
    path = f"/lists/{draft['list_id']}/grants/{ABSENT_GRANT}"
    assert world.code(world.ask(world.lead, "DELETE", path, revision=draft["revision"])) == (404, "not_found")
    assert world.code(world.get(world.head, "/lists/nonsense")) == (422, "invalid_request")


def test_whoever_had_a_hand_in_the_list_cannot_approve_it(world: World) -> None:
    draft = world.draft(world.release())
    path = f"/lists/{draft['list_id']}"
    grant = f"{path}/grants/{draft['grants'][0]['grant_id']}"
    edited = world.done(
        world.ask(world.head, "PATCH", grant, revision=draft["revision"], json={"conditions": "Read alone."})
    )
    answer = world.post(world.head, f"{path}/approval", revision=edited["revision"])
    assert world.code(answer) == (403, "second_person_required")
    second = world.service.person("Second Head", "second.head@ons.gov.example")
    world.service.role(second, Role.HEAD_OF_PROFESSION, world.sat.organisation_id)
    assert world.done(world.post(second, f"{path}/approval", revision=edited["revision"]))["state"] == "approved"


def test_approval_of_an_unsound_list_is_refused_with_every_reason_and_logged(world: World) -> None:
    release_id = world.release()
    rows = [[*MINISTER[:3], "", "", ""], ["Special Advisers", "HM Treasury", "24", "", "", ""], ADVISER]
    draft = world.draft(release_id, *rows)
    answer = world.post(world.head, f"/lists/{draft['list_id']}/approval", revision=draft["revision"])
    assert world.code(answer) == (422, "list_not_sound")
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["holder_missing", "group_not_a_person"]
    (entry,) = world.service.entries(EntryKind.LIST_APPROVAL_REFUSED)
    assert (entry["outcome"], entry["said"]["reasons"], entry["said"]["count"]) == (
        "refused",
        ["group_not_a_person", "holder_missing"],
        2,
    )
    assert entry["id"] in answer.json()["instance"]
    assert world.done(world.get(world.head, f"/lists/{draft['list_id']}"))["state"] == "draft"


def test_t04_grant_of_65_and_a_half_hours_is_refused_until_it_is_exceptional(world: World) -> None:
    draft = world.draft(world.release())
    path = f"/lists/{draft['list_id']}"
    grant = f"{path}/grants/{draft['grants'][0]['grant_id']}"
    long = world.done(world.ask(world.lead, "PATCH", grant, revision=1, json={"asked_minutes": 3930}))
    answer = world.post(world.head, f"{path}/approval", revision=long["revision"])
    assert [reason["code"] for reason in answer.json()["reasons"]] == [
        "grant_too_long",
        "exceptional_not_published",
        "board_not_informed",
    ]
    body = {"exceptional": {"reasons": "Mourning", "board_informed_at": "2026-03-01T12:00:00Z"}}
    made = world.done(world.ask(world.lead, "PATCH", grant, revision=long["revision"], json=body))
    approved = world.done(world.post(world.head, f"{path}/approval", revision=made["revision"]))
    assert (approved["state"], approved["lacking"]) == ("approved", [])
    assert world.service.entries(EntryKind.LIST_APPROVED)[0]["said"]["exceptional"] == 1


def test_t30_list_copied_from_another_release_is_blocked_by_a_holder_who_has_left(world: World) -> None:
    last_year = world.release()
    listed = world.approved(last_year)
    world.end_holding(listed["grants"][0]["person_id"], date(2026, 3, 1))
    release_id = world.release(title="Examples, April 2026")
    draft = world.done(
        world.post(world.statistician, f"/releases/{release_id}/lists", json={"from_release_id": last_year}), 201
    )
    answer = world.post(world.head, f"/lists/{draft['list_id']}/approval", revision=draft["revision"])
    assert [reason["code"] for reason in answer.json()["reasons"]] == [
        "post_not_held",
        "holder_not_confirmed",
        "holder_not_confirmed",
    ]


def test_approval_is_logged_with_its_hash_and_invites_those_newly_listed(world: World) -> None:
    release_id = world.release()
    first = world.approved(release_id)
    (entry,) = world.service.entries(EntryKind.LIST_APPROVED)
    assert entry["said"] == {
        "list_id": first["list_id"],
        "version": 1,
        "sha256": first["sha256"],
        "grants": 2,
        "people": 2,
        "posts": 2,
        "exceptional": 0,
    }
    told = dict(world.notices("list_approved"))
    assert sorted(told) == ["ash@moe.gov.example", "morgan@moe.gov.example"]
    assert "You may read it from Monday 9 March 2026, 9:30am (UK time)." in told["morgan@moe.gov.example"]
    third = ["Press Officer", "Ministry of Examples", "24", "Pat Press", "pat@moe.gov.example", "2024-01-02"]
    second = world.approved(release_id, MINISTER, third)
    assert second["state"] == "approved"
    told = dict(world.notices("list_approved"))
    assert sorted(told) == ["ash@moe.gov.example", "morgan@moe.gov.example", "pat@moe.gov.example"]
    ((email, body),) = world.notices("access_ended")
    assert (email, "no longer on the list" in body) == ("ash@moe.gov.example", True)
    states = world.done(world.get(world.head, f"/releases/{release_id}/lists"))["results"]
    assert [(one["version"], one["state"]) for one in states] == [(2, "approved"), (1, "superseded")]


def test_draft_shows_what_it_changes(world: World) -> None:
    release_id = world.release()
    world.approved(release_id)
    third = ["Press Officer", "Ministry of Examples", "24", "Pat Press", "pat@moe.gov.example", "2024-01-02"]
    draft = world.draft(release_id, MINISTER, third)
    assert (draft["against_version"], draft["added"], draft["removed"]) == (
        1,
        [{"post": "Press Officer", "organisation": "Ministry of Examples", "seat": 1}],
        [{"post": "Chief Economic Adviser", "organisation": "Ministry of Examples", "seat": 1}],
    )


def test_pause_outlives_a_new_version(world: World) -> None:
    release_id = world.release()
    listed = world.approved(release_id)
    path = f"/grants/{listed['grants'][0]['grant_id']}/pause"
    world.done(world.post(world.head, path, json={"reason": "Statement awaited."}))
    again = world.approved(release_id)
    assert [one["paused_reason"] for one in again["grants"]] == ["Statement awaited.", ""]


def test_approved_version_no_longer_changes(world: World) -> None:
    listed = world.approved(world.release())
    path = f"/lists/{listed['list_id']}/grants/{listed['grants'][0]['grant_id']}"
    answer = world.ask(world.lead, "DELETE", path, revision=listed["revision"])
    assert world.code(answer) == (409, "wrong_state")


def test_list_of_posts_is_hidden_until_the_producer_publishes_it_and_then_open_to_all(world: World) -> None:
    release_id, listed, _ = world.final()
    formats = [f"/releases/{release_id}/public-list.{name}" for name in ("json", "csv", "html")]
    for path in formats:
        assert {world.get(person, path).status_code for person in (None, world.stranger, world.head)} == {404}
    absent = world.get(None, "/releases/rel_" + "0" * 24 + "/public-list.json").json()
    there = world.get(None, formats[0]).json()
    assert {**absent, "instance": ""} == {**there, "instance": ""}
    world.done(world.post(world.lead, f"/releases/{release_id}/public-list"), 201)
    seen = world.done(world.get(None, formats[0]))
    assert seen["rows"] == [
        {
            "post": post,
            "organisation": "Ministry of Examples",
            "count": 1,
            "access_from": "24 hours before the time set for publication",
            "exceptional": False,
            "reasons": "",
        }
        for post in ("Minister for Examples", "Chief Economic Adviser")
    ]
    for path in formats:
        text = world.get(None, path).text
        assert "Minister for Examples" in text
        for grant in listed["grants"]:
            assert grant["holder_name"] not in text
            assert grant["holder_email"] not in text
            assert grant["person_id"] not in text
    assert world.get(None, formats[1]).headers["content-type"] == "text/csv; charset=utf-8"
    again = world.post(world.lead, f"/releases/{release_id}/public-list")
    assert world.code(again) == (422, "no_change")
    (entry,) = world.service.entries(EntryKind.PUBLIC_LIST_PUBLISHED)
    assert (entry["said"]["sha256"], entry["said"]["posts"], entry["said"]["people"]) == (seen["sha256"], 2, 2)


def test_list_of_a_planned_release_cannot_be_made_public(world: World) -> None:
    release_id = world.release()
    world.approved(release_id)
    assert world.code(world.post(world.lead, f"/releases/{release_id}/public-list")) == (409, "wrong_state")


def test_list_of_a_published_release_no_longer_changes(world: World) -> None:
    release_id, _, _ = world.final()
    world.done(world.post(world.lead, f"/releases/{release_id}/public-list"), 201)
    world.clock.put(PUBLISHES_AT + timedelta(minutes=1))
    world.done(world.move(world.lead, release_id, "publication", reason="Seen live."))
    assert world.code(world.imported(release_id, MINISTER)) == (409, "wrong_state")
