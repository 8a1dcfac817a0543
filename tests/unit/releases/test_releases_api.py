"""Registering and reading releases: who may, what is refused, what a recipient sees."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.unit.releases.world import PUBLISHES_AT, World


def test_registered_release_is_answered_whole(world: World) -> None:
    answer = world.post(world.statistician, "/releases", json=world.registration(series="Examples"))
    made = world.done(answer, 201)
    assert answer.headers["ETag"] == '"1"'
    assert made == {
        "release_id": made["release_id"],
        "producer_id": world.sat.producer_id,
        "producer": "Office for Example Statistics",
        "contact": "Release desk, 01632 960000",
        "title": "Examples, March 2026",
        "order": "uk",
        "sensitivity": "ordinary",
        "also_market_sensitive": False,
        "phase": "planned",
        "banner": None,
        "publishes_at": "2026-03-10T09:30:00.000Z",
        "publishes_at_london": "Tuesday 10 March 2026, 9:30am (UK time)",
        "opens_at": "2026-03-09T09:30:00.000Z",
        "opens_at_london": "Monday 9 March 2026, 9:30am (UK time)",
        "published_at": None,
        "public_url": "https://statistics.gov.example/examples",
        "marking": "RESTRICTED",
        "access": [],
        "acknowledge": False,
        "series_id": made["series_id"],
        "rehearsal": False,
        "heading": "",
        "preparation": {
            "state": "planned",
            "time_exemption": "",
            "lead_official_id": None,
            "prepared_by": world.statistician,
            "added_at": "2026-03-02T09:30:00.000Z",
            "notice": [
                {
                    "code": "four_weeks",
                    "source": "Code 2025 3.1",
                    "detail": (
                        "The exact date and time should be known four weeks ahead where practicable; "
                        "this is 20 days short."
                    ),
                    "short_by_days": 20,
                }
            ],
        },
        "revision": 1,
    }
    assert world.done(world.get(world.statistician, f"/releases/{made['release_id']}")) == made
    again = world.done(world.post(world.head, "/releases", json=world.registration(series="Examples")), 201)
    assert again["series_id"] == made["series_id"]
    assert len(world.service.entries(EntryKind.SERIES_ADDED)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"publishes_at": "2026-03-10T09:30:00"}, "invalid_request"),
        ({"publishes_at": "2026-02-30T09:30:00Z"}, "invalid_request"),
        ({"publishes_at": "2026-03-10T07:00:00Z"}, "invalid_instant"),
        ({"publishes_at": "2026-03-10T09:30:01Z"}, "invalid_instant"),
        ({"publishes_at": "2026-03-01T09:30:00Z"}, "in_the_past"),
        ({"publishes_at": 1773135000}, "invalid_request"),
        ({"sensitivity": "economic"}, "invalid_request"),
        ({"also_market_sensitive": True}, "invalid_request"),
        ({"sensitivity": "market_sensitive", "also_market_sensitive": True}, "invalid_request"),
        ({"order": "scotland", "also_market_sensitive": True}, "invalid_request"),
        ({"order": "england"}, "invalid_request"),
        ({"title": ""}, "invalid_request"),
        ({"title": "a\u0000b"}, "invalid_request"),
        ({"title": "a\u202eb"}, "invalid_request"),
        ({"public_url": "javascript:alert(1)"}, "invalid_request"),
        ({"colour": "red"}, "invalid_request"),
        ({"rehearsal": "yes"}, "invalid_request"),
        ({"lead_official_id": "per_" + "0" * 24}, "invalid_request"),
    ],
)
def test_release_that_cannot_be_is_refused_and_nothing_is_kept(
    world: World, changes: dict[str, object], code: str
) -> None:
    before = world.counts()
    answer = world.post(world.statistician, "/releases", json=world.registration(**changes))
    assert world.code(answer) == (422, code)
    assert world.counts() == before
    assert [entry["said"]["code"] for entry in world.service.entries(EntryKind.REQUEST_REFUSED)] == [code]


def test_economic_statistics_that_are_market_sensitive_besides_are_marked_so_and_keep_their_period(
    world: World,
) -> None:
    economic = {"order": "scotland", "sensitivity": "economic"}
    plain, besides = (
        world.done(
            world.get(world.head, f"/releases/{world.release(title=f'{also}', **economic, also_market_sensitive=also)}")
        )
        for also in (False, True)
    )
    assert (plain["also_market_sensitive"], plain["marking"]) == (False, "Restricted Statistics")
    assert (besides["also_market_sensitive"], besides["marking"]) == (True, "Confidential Statistics")
    assert (besides["sensitivity"], besides["opens_at"]) == ("economic", plain["opens_at"])
    said = [entry["said"]["also_market_sensitive"] for entry in world.service.entries(EntryKind.RELEASE_REGISTERED)]
    assert said == [False, True]


def test_another_time_is_taken_with_its_exemption(world: World) -> None:
    seven = world.release(publishes_at="2026-03-10T07:00:00Z", time_exemption="OSR letter")
    assert world.done(world.get(world.head, f"/releases/{seven}"))["opens_at"] == "2026-03-09T07:00:00.000Z"


def test_lead_official_must_hold_that_role_with_the_producer(world: World) -> None:
    assert world.code(
        world.post(world.statistician, "/releases", json=world.registration(lead_official_id=world.statistician))
    ) == (422, "invalid_request")
    release_id = world.release(lead_official_id=world.lead)
    seen = world.done(world.get(world.lead, f"/releases/{release_id}"))
    assert seen["preparation"]["lead_official_id"] == world.lead


def test_role_matrix_of_registering_and_reading(world: World) -> None:
    other = world.service.producer("Another Office")
    people = {
        "statistician": world.statistician,
        "lead": world.lead,
        "head": world.head,
        "auditor": world.auditor,
        "stranger": world.stranger,
        "other": other.people[Role.HEAD_OF_PROFESSION],
        "administrator": world.service.administrator(),
        "nobody": None,
    }
    registering = {
        name: world.post(person, "/releases", json=world.registration()).status_code for name, person in people.items()
    }
    assert registering == {
        "statistician": 201,
        "lead": 201,
        "head": 201,
        "auditor": 403,
        "stranger": 404,
        "other": 404,
        "administrator": 404,
        "nobody": 401,
    }
    release_id = world.release()
    for path in (f"/releases/{release_id}", f"/releases/{release_id}/history"):
        reading = {name: world.get(person, path).status_code for name, person in people.items()}
        assert reading == {
            "statistician": 200,
            "lead": 200,
            "head": 200,
            "auditor": 200,
            "stranger": 404,
            "other": 404,
            "administrator": 200,
            "nobody": 401,
        }


def test_stranger_cannot_tell_a_release_from_no_release(world: World) -> None:
    there, absent = world.release(), "rel_" + "0" * 24
    bodies = []
    for release_id in (there, absent):
        answer = world.get(world.stranger, f"/releases/{release_id}")
        body = answer.json()
        assert "ent_" in body.pop("instance")
        bodies.append((answer.status_code, body, sorted(answer.headers)))
    assert bodies[0] == bodies[1]


def test_recipient_sees_title_phase_and_times_and_nothing_of_the_preparation(world: World) -> None:
    release_id, listed, _ = world.final()
    minister = listed["grants"][0]["person_id"]
    seen = world.done(world.get(minister, f"/releases/{release_id}"))
    assert (seen["title"], seen["phase"], seen["opens_at"], seen["preparation"]) == (
        "Examples, March 2026",
        "final",
        "2026-03-09T09:30:00.000Z",
        None,
    )
    for path in (f"/releases/{release_id}/lists", f"/lists/{listed['list_id']}"):
        assert world.get(minister, path).status_code == 404
    world.clock.put(PUBLISHES_AT - timedelta(hours=1))
    assert world.done(world.get(minister, f"/releases/{release_id}"))["phase"] == "open"
    world.clock.put(PUBLISHES_AT)
    assert world.done(world.get(minister, f"/releases/{release_id}"))["phase"] == "overdue"


def test_recipient_with_a_shorter_grant_sees_their_own_window(world: World) -> None:
    release_id = world.release()
    listed = world.approved(
        release_id, ["Economist", "BEIS", "21", "Pat Example", "pat@beis.gov.example", "2024-01-02"]
    )
    seen = world.done(world.get(listed["grants"][0]["person_id"], f"/releases/{release_id}"))
    assert seen["opens_at_london"] == "Monday 9 March 2026, 12:30pm (UK time)"


def test_list_of_releases_is_keyset_paged_and_holds_only_what_one_is_related_to(world: World) -> None:
    days = [10, 11, 12, 13, 16]
    for day in days:
        world.release(publishes_at=instant_text(london(2026, 3, day, 9, 30)))
    world.service.producer("Another Office")
    seen, after = [], None
    while True:
        page = world.done(
            world.get(world.head, "/releases", params={"limit": 2, **({"after": after} if after else {})})
        )
        seen.append([one["publishes_at"][8:10] for one in page["results"]])
        after = page["next"]
        if after is None:
            break
    assert seen == [["10", "11"], ["12", "13"], ["16"]]
    assert world.done(world.get(world.stranger, "/releases")) == {"results": [], "next": None}


def test_due_filters_take_both_ends(world: World) -> None:
    for day in (10, 11, 12):
        world.release(publishes_at=instant_text(london(2026, 3, day, 9, 30)))
    due = {"due_from": "2026-03-11T09:30:00+00:00", "due_to": "2026-03-11T09:30:00Z"}
    page = world.done(world.get(world.head, "/releases", params=due))
    assert [one["publishes_at"] for one in page["results"]] == ["2026-03-11T09:30:00.000Z"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("due_from=2026-03-11T09:30:00+00:00", "query.due_from"),  # the raw + arrives as a space
        ("due_to=2026-03-11T09:30:00 00:00", "query.due_to"),
        ("due_from=2026-03-11T09:30:00", "query.due_from"),
        ("due_from=1773135000", "query.due_from"),
        ("due_from=2026-03-12T09:30:00Z&due_to=2026-03-11T09:30:00Z", "query.due_from"),
        ("after=nonsense", "query.after"),
        ("limit=0", "query.limit"),
    ],
)
def test_unreadable_filter_is_named_and_never_an_empty_list(world: World, query: str, where: str) -> None:
    world.release()
    answer = world.get(world.head, f"/releases?{query}")
    assert world.code(answer) == (422, "invalid_request")
    assert [error["where"] for error in answer.json()["errors"]] == [where]


def test_repeat_with_the_same_key_registers_one_release(world: World) -> None:
    key = {"Idempotency-Key": "0123456789abcdef"}
    first = world.post(world.statistician, "/releases", json=world.registration(), headers=key)
    second = world.post(world.statistician, "/releases", json=world.registration(), headers=key)
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    assert world.counts()["releases"] == 1
