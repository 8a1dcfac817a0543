"""Suspensions: of a person, a post, an organisation; whom they cover, from when, and who may end them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.actions import notices
from app.audit.entries import EntryKind
from app.records import people, posts
from app.rules.facts import Role, Suspension
from tests.service import Sat, Service
from tests.unit.people.world import a_service

REASON = {"reason": "The bulletin was passed on.", "conditions": "Training done."}


@dataclass
class World:
    service: Service
    sat: Sat
    head: dict[str, str]
    ana: str
    department: str
    post: str


def a_world(folder: Path, database_url: str | None = None) -> World:
    service = a_service(folder, database_url=database_url)
    sat = service.producer()
    department = service.organisation("Department for Examples")
    ana = service.person("Ana Example", "ana.example@department.gov.example")
    head = service.headers(sat.people[Role.HEAD_OF_PROFESSION])
    post = service.client.post(
        "/api/v1/posts",
        headers=head,
        json={"organisation_id": department, "title": "Director", "unit": "Private Office"},
    ).json()["post_id"]
    held = {"person_id": ana, "from_on": "2026-03-01", "until_on": "2026-03-10"}
    assert service.client.post(f"/api/v1/posts/{post}/holdings", headers=head, json=held).status_code == 201
    return World(service, sat, head, ana, department, post)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world(tmp_path)


def begin(world: World, subject: str, **more: object) -> dict[str, object]:
    path = f"/api/v1/producers/{world.sat.producer_id}/suspensions"
    answer = world.service.client.post(path, headers=world.head, json={"subject_id": subject, **REASON, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def in_force(world: World, at: datetime, *, person: str | None = None, grants: tuple[str, ...] = ()) -> list[str]:
    with world.service.tools.reading() as connection:
        found = people.suspensions_for(
            connection,
            producer_id=world.sat.producer_id,
            person_id=person or world.ana,
            at=at,
            post_ids=grants,
        )
    return [suspension.subject for suspension in found]


def test_suspension_begun_is_given_back_on_record_and_told(world: World) -> None:
    begun = begin(world, world.ana)
    assert begun == {
        "suspension_id": begun["suspension_id"],
        "producer_id": world.sat.producer_id,
        "subject_kind": "person",
        "subject_id": world.ana,
        "subject": "Ana Example",
        "unit": "",
        "posts_without_unit": [],
        **REASON,
        "needs_training": False,
        "needs_reapplication": False,
        "corrective_action_ids": [],
        "needs": "Training done.",
        "incident_id": None,
        "from_at": "2026-03-02T09:00:00.000Z",
        "ended_at": None,
        "end_reason": None,
    }
    (leaf,) = world.service.entries(EntryKind.SUSPENSION_BEGUN)
    assert leaf["said"] == {"suspension_id": begun["suspension_id"], "subject_kind": "person"}
    notices.send_due(world.service.tools)
    (letter,) = world.service.mailbag.to("ana.example@department.gov.example")
    assert letter.subject == "Your pre-release access to the statistics of Office for Example Statistics is suspended"
    assert letter.body == (
        f"{letter.subject}.\n\nIt covers: Ana Example.\nWhy: The bulletin was passed on.\n"
        "Reinstatement needs: Training done.\n\nQuestions: Release desk, 01632 960000\n"
    )


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("ana", "Ana Example"),
        ("post", "Director"),
        ("department", "Department for Examples"),
        ("unit", "Private Office, Department for Examples"),
    ],
)
def test_t35_suspension_of_person_post_unit_or_organisation_covers_the_holder_from_its_first_instant(
    tmp_path: Path, any_database_url: str, subject: str, shown: str
) -> None:
    world = a_world(tmp_path, any_database_url)
    at = world.service.clock.now()
    if subject == "unit":  # whatever the capitals
        begin(world, world.department, unit="PRIVATE office")
    else:
        begin(world, getattr(world, subject))
    assert in_force(world, at - timedelta(microseconds=1)) == []
    assert in_force(world, at) == [shown]
    assert in_force(world, at, person=world.sat.people[Role.AUDITOR]) == []
    # The post was held to 10 March, London: what covers the post or its organisation covers the person no longer.
    first_second_after = datetime(2026, 3, 11, 0, 0, tzinfo=UTC)
    assert in_force(world, first_second_after - timedelta(microseconds=1)) == [shown]
    assert in_force(world, first_second_after) == ([shown] if subject == "ana" else [])
    # Unless access was granted for that post.
    assert in_force(world, first_second_after, grants=(world.post,)) == [shown]
    world.service.close()


def test_suspension_by_one_producer_counts_with_no_other(world: World) -> None:
    begin(world, world.ana)
    other = world.service.producer("Office for Other Statistics")
    with world.service.tools.reading() as connection:
        found = people.suspensions_for(
            connection, producer_id=other.producer_id, person_id=world.ana, at=world.service.clock.now()
        )
    assert found == ()
    assert in_force(world, world.service.clock.now()) == ["Ana Example"]


def test_suspension_ended_counts_to_its_last_instant_and_is_told(world: World) -> None:
    ident = begin(world, world.ana)["suspension_id"]
    world.service.clock.forward(hours=1)
    ended_at = world.service.clock.now()
    path = f"/api/v1/suspensions/{ident}/end"
    ended = world.service.client.post(path, headers=world.head, json={"reason": "Trained."})
    assert (ended.json()["ended_at"], ended.json()["end_reason"]) == ("2026-03-02T10:00:00.000Z", "Trained.")
    assert in_force(world, ended_at - timedelta(microseconds=1)) == ["Ana Example"]
    assert in_force(world, ended_at) == []
    again = world.service.client.post(path, headers=world.head, json={"reason": "Trained."})
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")
    notices.send_due(world.service.tools)
    subjects = [letter.subject for letter in world.service.mailbag.to("ana.example@department.gov.example")]
    assert subjects == [
        "Your pre-release access to the statistics of Office for Example Statistics is suspended",
        "Your pre-release access to the statistics of Office for Example Statistics is no longer suspended",
    ]


def test_suspension_as_the_rule_sees_it_has_subject_reason_and_conditions(world: World) -> None:
    begun = begin(world, world.post)
    with world.service.tools.reading() as connection:
        found = people.suspensions_for(
            connection, producer_id=world.sat.producer_id, person_id=world.ana, at=world.service.clock.now()
        )
    expected = Suspension(
        str(begun["suspension_id"]), "Director", REASON["reason"], REASON["conditions"], world.service.clock.now()
    )
    assert found == (expected,)


def test_suspension_that_covers_oneself_cannot_be_ended_by_oneself(world: World) -> None:
    me = world.sat.people[Role.HEAD_OF_PROFESSION]
    ident = begin(world, me)["suspension_id"]
    path = f"/api/v1/suspensions/{ident}/end"
    mine = world.service.client.post(path, headers=world.head, json={"reason": "Trained."})
    assert (mine.status_code, mine.json()["code"]) == (403, "second_person_required")
    lead = world.service.headers(world.sat.people[Role.LEAD_OFFICIAL])
    assert world.service.client.post(path, headers=lead, json={"reason": "Trained."}).status_code == 200


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_suspension_without_a_reason_is_refused(world: World, reason: str) -> None:
    path = f"/api/v1/producers/{world.sat.producer_id}/suspensions"
    body = {"subject_id": world.ana, "reason": reason}
    answer = world.service.client.post(path, headers=world.head, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "reason_required")
    assert in_force(world, world.service.clock.now()) == []


@pytest.mark.parametrize("subject", ["per_", "pst_", "org_"])
def test_suspension_of_what_is_not_there_is_not_found(world: World, subject: str) -> None:
    path = f"/api/v1/producers/{world.sat.producer_id}/suspensions"
    body = {"subject_id": subject + "0" * 24, **REASON}
    assert world.service.client.post(path, headers=world.head, json=body).status_code == 404


def test_suspensions_of_a_producer_are_listed_page_by_page(world: World) -> None:
    for subject in (world.ana, world.post, world.department):
        begin(world, subject)
        world.service.clock.forward(minutes=1)
    path = f"/api/v1/producers/{world.sat.producer_id}/suspensions"
    first = world.service.client.get(f"{path}?limit=2", headers=world.head).json()
    second = world.service.client.get(f"{path}?limit=2&after={first['next']}", headers=world.head).json()
    kinds = [row["subject_kind"] for row in first["results"] + second["results"]]
    assert (kinds, second["next"]) == (["person", "post", "organisation"], None)


def test_holding_over_midnight_in_london_counts_by_the_london_day(world: World) -> None:
    with world.service.tools.reading() as connection:
        summer = [posts.holders_on(connection, world.post, day) for day in (date(2026, 3, 10), date(2026, 3, 11))]
    assert [[person.name for person in holders] for holders in summer] == [["Ana Example"], []]


def test_suspension_of_a_unit_leaves_its_neighbours_and_its_namesakes_alone(world: World) -> None:
    elsewhere = world.service.organisation("Department for Namesakes")
    for organisation, unit, name in (
        (world.department, "Press Office", "Nia Neighbour"),
        (elsewhere, "Private Office", "Noa Namesake"),
    ):
        body = {"organisation_id": organisation, "title": "Officer", "unit": unit}
        post = world.service.client.post("/api/v1/posts", headers=world.head, json=body).json()["post_id"]
        person = world.service.person(name, f"{name.lower().replace(' ', '.')}@department.gov.example")
        held = {"person_id": person, "from_on": "2026-03-01"}
        made = world.service.client.post(f"/api/v1/posts/{post}/holdings", headers=world.head, json=held)
        assert made.status_code == 201
        begin(world, world.department, unit="Private Office")
        assert in_force(world, world.service.clock.now(), person=person) == []
    assert "Private Office, Department for Examples" in in_force(world, world.service.clock.now())


@pytest.mark.parametrize(("unit", "subject"), [("Cellar", "department"), ("Private Office", "ana")])
def test_suspension_of_a_unit_that_no_post_is_in_is_refused_rather_than_covering_nobody(
    world: World, unit: str, subject: str
) -> None:
    path = f"/api/v1/producers/{world.sat.producer_id}/suspensions"
    body = {"subject_id": getattr(world, subject), "unit": unit, **REASON}
    answer = world.service.client.post(path, headers=world.head, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert in_force(world, world.service.clock.now()) == []


def test_suspension_names_no_incident_of_another_producer(world: World) -> None:
    path = f"/api/v1/producers/{world.sat.producer_id}/suspensions"
    body = {"subject_id": world.ana, "incident_id": "inc_" + "0" * 24, **REASON}
    assert world.service.client.post(path, headers=world.head, json=body).status_code == 404
    assert in_force(world, world.service.clock.now()) == []
