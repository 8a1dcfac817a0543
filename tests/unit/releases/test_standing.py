"""The standing list of a series: taken from an approved list, changed line by line, and what is derived from it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.records import eligibility
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.meeting import at_once
from tests.unit.releases.world import ADVISER, GROUND, MINISTER, PUBLISHES_AT, World

SERIES = "Examples, monthly"
ABSENT = "ser_" + "0" * 24


def in_series(world: World, days: int = 0, title: str = "Examples") -> str:
    at = instant_text(PUBLISHES_AT + timedelta(days=days))
    return world.release(title=f"{title}, {days}", series=SERIES, publishes_at=at)


def series_of(world: World) -> dict[str, Any]:
    (one,) = world.done(world.get(world.statistician, f"/producers/{world.sat.producer_id}/series"))["results"]
    return dict(one)


def standing(world: World, *rows: list[str]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A series whose standing list was taken from its first release's list: its id, the list, the standing list."""
    listed = world.approved(in_series(world), *rows)
    series_id = series_of(world)["series_id"]
    taken = world.post(
        world.head, f"/series/{series_id}/standing-list", revision=0, json={"list_id": listed["list_id"]}
    )
    return series_id, listed, world.done(taken, 201)


def test_standing_list_is_taken_from_the_list_in_force_and_logged(world: World) -> None:
    series_id, listed, taken = standing(world)
    assert [(one["post_title"], one["holder_email"], one["ground"]) for one in taken["grants"]] == [
        (one["post_title"], one["holder_email"], one["ground"]) for one in listed["grants"]
    ]
    assert (taken["standing_from_list_id"], taken["revision"]) == (listed["list_id"], 1)
    for person in (world.statistician, world.auditor):
        assert world.done(world.get(person, f"/series/{series_id}/standing-list")) == taken
        assert world.done(world.get(person, f"/series/{series_id}"))["title"] == SERIES
    (entry,) = world.service.entries(EntryKind.STANDING_LIST_CHANGED)
    assert entry["said"] == {
        "series_id": series_id,
        "revision": 1,
        "grants": 2,
        "change": "taken",
        "from_list_id": listed["list_id"],
        "left_out": 0,
    }


def test_standing_list_is_taken_by_the_head_of_profession_from_a_list_in_force_of_the_series(world: World) -> None:
    listed = world.approved(in_series(world))
    series_id = series_of(world)["series_id"]
    path, body = f"/series/{series_id}/standing-list", {"list_id": listed["list_id"]}
    assert world.code(world.post(world.statistician, path, revision=0, json=body)) == (403, "role_required")
    other = world.service.producer("Another Office").people[Role.HEAD_OF_PROFESSION]
    for person in (other, world.stranger, listed["grants"][0]["person_id"]):
        for method, where in (("GET", f"/series/{series_id}"), ("GET", path), ("POST", path)):
            sent: dict[str, Any] = {"json": body, "revision": 0} if method == "POST" else {}
            assert world.code(world.ask(person, method, where, **sent)) == (404, "not_found")
        assert world.code(world.get(person, f"/producers/{world.sat.producer_id}/series")) == (404, "not_found")
    draft = world.draft(in_series(world, 1))
    refused = world.post(world.head, path, revision=0, json={"list_id": draft["list_id"]})
    assert world.code(refused) == (409, "wrong_state")
    elsewhere = world.approved(world.release(title="Another", series="Another series"))
    assert world.code(world.post(world.head, path, revision=0, json={"list_id": elsewhere["list_id"]})) == (
        409,
        "wrong_state",
    )
    assert world.code(world.get(world.head, f"/series/{ABSENT}")) == (404, "not_found")
    assert world.done(world.get(world.head, path))["grants"] == []


def test_first_draft_of_a_release_is_derived_from_the_standing_list_and_waits_for_every_holder(world: World) -> None:
    series_id, _, taken = standing(world)
    release_id = in_series(world, 1)
    draft = world.done(world.post(world.statistician, f"/releases/{release_id}/lists", json={}), 201)
    assert [one["holder_email"] for one in draft["grants"]] == [one["holder_email"] for one in taken["grants"]]
    assert draft["unconfirmed"] == [one["grant_id"] for one in draft["grants"]]
    assert [one["code"] for one in draft["lacking"]] == ["holder_not_confirmed"] * 2
    (entry,) = [one for one in world.service.entries(EntryKind.LIST_CHANGED) if "from_series_id" in one["said"]]
    assert entry["said"]["from_series_id"] == series_id
    world.done(world.imported(release_id, MINISTER, replace_draft="true"), 201)
    draft = world.done(world.get(world.head, f"/releases/{release_id}/lists"))["results"][0]
    world.done(world.post(world.head, f"/lists/{draft['list_id']}/approval", revision=draft["revision"]))
    again = world.done(world.post(world.statistician, f"/releases/{release_id}/lists", json={}), 201)
    assert ([one["holder_email"] for one in again["grants"]], again["unconfirmed"]) == ([MINISTER[4]], [])


def test_source_of_a_draft_can_be_chosen(world: World) -> None:
    _, listed, _ = standing(world)
    empty = world.done(
        world.post(world.statistician, f"/releases/{in_series(world, 1)}/lists", json={"from_series": False}), 201
    )
    assert empty["grants"] == []
    first = in_series(world, 2)
    world.approved(first, ADVISER)
    taken = world.post(world.statistician, f"/releases/{first}/lists", json={"from_series": True})
    assert len(world.done(taken, 201)["grants"]) == len(listed["grants"])
    both = {"from_series": True, "from_release_id": first}
    path = f"/releases/{in_series(world, 3)}/lists"
    assert world.code(world.post(world.statistician, path, json=both)) == (422, "invalid_request")
    alone = f"/releases/{world.release(title='Alone')}/lists"
    assert world.code(world.post(world.statistician, alone, json={"from_series": True})) == (409, "wrong_state")


def test_standing_list_is_changed_line_by_line_by_those_who_prepare_lists(world: World) -> None:
    series_id, _, taken = standing(world)
    path = f"/series/{series_id}/standing-list/grants"
    first, second = (one["standing_grant_id"] for one in taken["grants"])
    body = {"ground": "Answers in the House", "holder": {"email": "new@moe.gov.example", "name": "New Minister"}}
    changed = world.done(world.ask(world.statistician, "PATCH", f"{path}/{first}", revision=1, json=body))
    assert (changed["grants"][0]["ground"], changed["grants"][0]["holder_name"]) == (
        "Answers in the House",
        "New Minister",
    )
    stale = world.ask(world.lead, "DELETE", f"{path}/{second}", revision=1)
    assert world.code(stale) == (412, "changed_meanwhile")
    left = world.done(world.ask(world.lead, "DELETE", f"{path}/{second}", revision=2))
    assert [one["standing_grant_id"] for one in left["grants"]] == [first]
    grant = {"post_title": MINISTER[0], "organisation": MINISTER[1], "ground": GROUND}
    twice = {**grant, "holder": {"email": "new@moe.gov.example"}}
    assert world.code(world.post(world.lead, path, revision=3, json=twice)) == (409, "already_exists")
    more = world.done(world.post(world.lead, path, revision=3, json=grant), 201)
    assert [(one["seat"], one["person_id"] is None) for one in more["grants"]] == [(1, False), (2, True)]
    assert world.code(world.ask(world.auditor, "DELETE", f"{path}/{first}", revision=4)) == (403, "role_required")
    absent = world.ask(world.lead, "DELETE", f"{path}/stg_{'0' * 24}", revision=4)
    assert world.code(absent) == (404, "not_found")
    changes = [one["said"]["change"] for one in world.service.entries(EntryKind.STANDING_LIST_CHANGED)]
    assert changes == ["taken", "grant_changed", "grant_removed", "grant_added"]


def test_standing_list_that_was_never_taken_cannot_be_changed(world: World) -> None:
    in_series(world)
    path = f"/series/{series_of(world)['series_id']}/standing-list/grants"
    grant = {"post_title": "A", "organisation": "B"}
    assert world.code(world.post(world.lead, path, revision=0, json=grant)) == (409, "wrong_state")


def test_series_are_given_in_pages_by_title(world: World) -> None:
    for title in ("B", "A", "C"):
        world.release(title=f"One of {title}", series=title)
    path = f"/producers/{world.sat.producer_id}/series"
    first = world.done(world.get(world.head, path, params={"limit": 2}))
    assert [one["title"] for one in first["results"]] == ["A", "B"]
    rest = world.done(world.get(world.head, path, params={"after": first["next"]}))
    assert ([one["title"] for one in rest["results"]], rest["next"]) == (["C"], None)


def test_what_was_exceptional_for_one_release_is_not_taken_over(world: World) -> None:
    release_id = in_series(world)
    draft = world.draft(release_id)
    path = f"/lists/{draft['list_id']}/grants"
    reasons = {"reasons": "Needed early.", "board_informed_at": instant_text(PUBLISHES_AT - timedelta(days=9))}
    first, second = (one["grant_id"] for one in draft["grants"])
    for revision, grant_id, body in (
        (1, first, {"grant_class": "exceptional_person", "exceptional": reasons}),
        (2, second, {"asked_minutes": 2880, "exceptional": reasons}),
    ):
        world.done(world.ask(world.lead, "PATCH", f"{path}/{grant_id}", revision=revision, json=body))
    listed = world.done(world.post(world.head, f"/lists/{draft['list_id']}/approval", revision=3))
    series_id = series_of(world)["series_id"]
    taken = world.post(
        world.head, f"/series/{series_id}/standing-list", revision=0, json={"list_id": listed["list_id"]}
    )
    assert [(one["holder_email"], one["asked_minutes"]) for one in world.done(taken, 201)["grants"]] == [
        (ADVISER[4], None)
    ]
    other = {"from_release_id": release_id}
    copied = world.done(world.post(world.lead, f"/releases/{in_series(world, 1)}/lists", json=other), 201)
    assert [(one["holder_email"], one["exceptional"]) for one in copied["grants"]] == [(ADVISER[4], None)]
    assert copied["notes"] == [
        "Rows of the list it was copied from that were for that release alone, and were left out: 1."
    ]


@pytest.mark.parametrize("footing", ["deputy", "exceptional_person", "passed_on"])
def test_line_for_one_release_alone_is_refused(world: World, footing: str) -> None:
    series_id, _, taken = standing(world)
    path = f"/series/{series_id}/standing-list"
    line = {"post_title": "Registrar", "organisation": MINISTER[1], "ground": GROUND, "grant_class": footing}
    first = f"{path}/grants/{taken['grants'][0]['standing_grant_id']}"
    for answer in (
        world.post(world.lead, f"{path}/grants", revision=1, json=line),
        world.ask(world.lead, "PATCH", first, revision=1, json={"grant_class": footing}),
    ):
        assert world.code(answer) == (422, "invalid_request")
        assert [one["where"] for one in answer.json()["errors"]] == ["grant_class"]
    assert world.done(world.get(world.lead, path)) == taken


@pytest.mark.parametrize(
    ("where", "before_it", "act"),
    [
        ("FROM standing_grants", 0, "changes"),
        ("SELECT series", 1, "takes"),
    ],
)
def test_whoever_changes_the_standing_list_while_a_draft_begins_has_a_hand_in_what_it_holds_of_it(
    tmp_path: Path, postgres_url: str, where: str, before_it: int, act: str
) -> None:
    world = World(tmp_path, database_url=postgres_url)
    series_id, listed, taken = standing(world)
    path = f"/series/{series_id}/standing-list"
    line = {"post_title": "Registrar", "organisation": MINISTER[1], "ground": GROUND}
    revision = 1
    if act == "takes":  # what the head of profession added before goes with what is taken
        world.done(world.post(world.head, f"{path}/grants", revision=1, json=line), 201)
        revision = 2
    release_id = in_series(world, 1)

    def second() -> Any:
        if act == "takes":
            return world.post(world.head, path, revision=revision, json={"list_id": listed["list_id"]})
        return world.post(world.head, f"{path}/grants", revision=revision, json=line)

    def first() -> Any:
        return world.post(world.lead, f"/releases/{release_id}/lists", json={})

    begun, changed = at_once(world.tools.database, first, where, second, before_it=before_it)
    draft = world.done(begun, 201)
    assert changed.status_code == 201
    with world.tools.reading() as connection:
        hands = eligibility.get_row(connection, draft["list_id"]).edited_by
    posts = [one["post_title"] for one in draft["grants"]]
    assert ("Registrar" in posts, "Registrar" in posts) == (world.head in hands, len(posts) > len(taken["grants"]))
    world.service.close()
