"""Organisations, producers, people, posts, holdings and roles: what is taken, what is refused, and why."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from app.actions import people, roles
from app.audit.entries import EntryKind
from app.records import posts as post_records
from app.rules.errors import Code, Conflict, Malformed, OutOfOrder
from app.rules.facts import Role
from tests.service import Service
from tests.unit.people.world import a_service

ANA = {"name": "Ana Example", "email": "ana.example@department.gov.example"}


@pytest.fixture
def admin(service: Service) -> dict[str, str]:
    return service.headers(service.administrator())


def added(service: Service, admin: dict[str, str], path: str, body: dict[str, object], key: str) -> str:
    answer = service.client.post(f"/api/v1{path}", headers=admin, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()[key])


def test_person_added_is_given_back_in_normal_form_and_on_record(service: Service, admin: dict[str, str]) -> None:
    body = {"name": "  Ana Example ", "email": " Ana.Example@DEPARTMENT.gov.example"}
    answer = service.client.post("/api/v1/people", headers=admin, json=body)
    assert answer.status_code == 201
    assert answer.json() == {"person_id": answer.json()["person_id"], **ANA}
    leaf = service.entries(EntryKind.PERSON_ADDED)[-1]
    assert (leaf["said"], sorted(leaf["sealed"])) == ({}, ["actor", "email", "name", "person"])


def test_person_added_twice_is_refused(service: Service, admin: dict[str, str]) -> None:
    added(service, admin, "/people", dict(ANA), "person_id")
    answer = service.client.post("/api/v1/people", headers=admin, json={**ANA, "name": "Other"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
    assert len(service.entries(EntryKind.PERSON_ADDED)) == 2  # the administrator and Ana


def test_person_added_again_with_the_same_idempotency_key_is_the_same(service: Service, admin: dict[str, str]) -> None:
    headers = {**admin, "Idempotency-Key": "0123456789abcdef"}
    first, second = (service.client.post("/api/v1/people", headers=headers, json=ANA) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


def test_t33_person_with_a_shared_mailbox_is_refused_with_a_problem_and_logged(
    service: Service, admin: dict[str, str]
) -> None:
    body = {"name": "Press Desk", "email": "dof.pressoffice@finance.gov.example"}
    answer = service.client.post("/api/v1/people", headers=admin, json=body)
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["errors"]) == (
        "shared_mailbox",
        [{"where": "email", "what": "“pressoffice” before the @ stands for an office or a group"}],
    )
    assert service.entries(EntryKind.REQUEST_REFUSED)[-1]["said"]["code"] == "shared_mailbox"
    assert service.client.get("/api/v1/people?email=" + body["email"], headers=admin).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["body.name", "body.email"]),
        ({**ANA, "name": ""}, ["body.name"]),
        ({**ANA, "name": "x" * 201}, ["body.name"]),
        ({**ANA, "name": "Ana\u0000"}, ["body.name"]),
        ({**ANA, "name": "Ana\u202eelpmaxE"}, ["body.name"]),
        ({**ANA, "name": 7}, ["body.name"]),
        ({**ANA, "email": ["a"]}, ["body.email"]),
        ({**ANA, "role": "administrator"}, ["body.role"]),
    ],
)
def test_person_with_a_wrong_field_is_refused_with_where(
    service: Service, admin: dict[str, str], body: dict[str, object], where: list[str]
) -> None:
    answer = service.client.post("/api/v1/people", headers=admin, json=body)
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["errors"]] == where


def test_people_turned_over_page_by_page_are_each_seen_once_by_name(tmp_path: Path, any_database_url: str) -> None:
    service = a_service(tmp_path, database_url=any_database_url)
    admin = service.headers(service.administrator())
    for number in (3, 1, 2, 1):
        service.person(f"Ana {number}", f"ana{len(service.entries())}@x.example")
    seen, after = [], ""
    for _ in range(3):
        page = service.client.get(f"/api/v1/people?limit=2{after}", headers=admin).json()
        seen += [person["name"] for person in page["results"]]
        after = f"&after={page['next']}"
    assert seen == ["Alex Admin", "Ana 1", "Ana 1", "Ana 2", "Ana 3"]
    assert page["next"] is None
    service.close()


def test_producer_of_an_organisation_that_is_one_is_refused(service: Service, admin: dict[str, str]) -> None:
    organisation = added(service, admin, "/organisations", {"name": "Office"}, "organisation_id")
    body = {"organisation_id": organisation, "contact": "Desk"}
    made = service.client.post("/api/v1/producers", headers=admin, json=body)
    assert made.json() == {
        "producer_id": made.json()["producer_id"],
        "organisation_id": organisation,
        "name": "Office",
        "declaration_for_all": True,
        "declaration_days": 365,
        "contact": "Desk",
        "warning": "",
    }
    assert service.client.post("/api/v1/producers", headers=admin, json=body).status_code == 409
    unknown = {**body, "organisation_id": "org_" + "0" * 24}
    assert service.client.post("/api/v1/producers", headers=admin, json=unknown).status_code == 404


# --- holdings --------------------------------------------------------------------------------------------------------


@pytest.fixture
def post(service: Service, admin: dict[str, str]) -> str:
    organisation = added(service, admin, "/organisations", {"name": "Department"}, "organisation_id")
    return added(service, admin, "/posts", {"organisation_id": organisation, "title": "Director"}, "post_id")


def test_post_of_one_title_in_one_unit_is_added_once(service: Service, admin: dict[str, str], post: str) -> None:
    (card,) = service.client.get("/api/v1/posts", headers=admin).json()["results"]
    assert card == {
        "post_id": post,
        "organisation_id": card["organisation_id"],
        "organisation": "Department",
        "title": "Director",
        "unit": "",
    }
    body = {"organisation_id": card["organisation_id"], "title": "Director"}
    assert service.client.post("/api/v1/posts", headers=admin, json=body).status_code == 409
    assert service.client.post("/api/v1/posts", headers=admin, json={**body, "unit": "Prices"}).status_code == 201


@pytest.mark.parametrize(
    ("days", "status"),
    [
        (("2026-02-01", "2026-02-28"), 409),
        (("2025-12-01", "2026-01-01"), 409),
        (("2026-03-31", None), 409),
        (("2026-04-01", None), 201),
        (("2025-12-01", "2025-12-31"), 201),
        (("2026-05-02", "2026-05-01"), 422),
    ],
)
def test_holding_of_one_post_by_one_person_never_overlaps(
    service: Service, admin: dict[str, str], post: str, days: tuple[str, str | None], status: int
) -> None:
    person = added(service, admin, "/people", dict(ANA), "person_id")
    path = f"/posts/{post}/holdings"
    added(service, admin, path, {"person_id": person, "from_on": "2026-01-01", "until_on": "2026-03-31"}, "holding_id")
    body = {"person_id": person, "from_on": days[0], "until_on": days[1]}
    assert service.client.post(f"/api/v1{path}", headers=admin, json=body).status_code == status


def test_holding_by_a_second_person_is_a_job_share(service: Service, admin: dict[str, str], post: str) -> None:
    for email in ("ana.example@x.example", "bo.example@x.example"):
        person = added(service, admin, "/people", {"name": "Example", "email": email}, "person_id")
        added(service, admin, f"/posts/{post}/holdings", {"person_id": person, "from_on": "2026-01-01"}, "holding_id")
    with service.tools.reading() as connection:
        assert len(post_records.holders_on(connection, post, date(2026, 1, 1))) == 2
        assert post_records.holders_on(connection, post, date(2025, 12, 31)) == []


def test_holding_ended_can_end_earlier_but_not_later(service: Service, admin: dict[str, str], post: str) -> None:
    person = added(service, admin, "/people", dict(ANA), "person_id")
    holding = added(
        service, admin, f"/posts/{post}/holdings", {"person_id": person, "from_on": "2026-01-01"}, "holding_id"
    )
    statuses = [
        service.client.post(f"/api/v1/holdings/{holding}/end", headers=admin, json={"until_on": day}).status_code
        for day in ("2025-12-31", "2026-03-31", "2026-04-30", "2026-03-31", "2026-02-28", "2026-01-01")
    ]
    assert statuses == [422, 200, 409, 409, 200, 200]
    with service.tools.reading() as connection:
        (held,) = post_records.holdings_of_person(connection, person)
    assert held.held_until_on == date(2026, 1, 1)


@pytest.mark.parametrize(
    "day", ["2026-02-30", "2026-1-1", "1 March 2026", "2026-03-01T00:00:00Z", 20260301, "1949-12-31", "2101-01-01", ""]
)
def test_holding_from_a_day_that_is_none_is_refused(
    service: Service, admin: dict[str, str], post: str, day: object
) -> None:
    body = {"person_id": "per_" + "0" * 24, "from_on": day}
    answer = service.client.post(f"/api/v1/posts/{post}/holdings", headers=admin, json=body)
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["errors"]] == ["body.from_on"]


# --- roles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        ("statistician", "producer", 201),
        ("statistician", "department", 422),
        ("statistician", None, 422),
        ("lead_official", "department", 422),
        ("head_of_profession", "producer", 201),
        ("head_of_profession", None, 422),
        ("coordinator", "department", 201),
        ("coordinator", None, 422),
        ("auditor", "producer", 201),
        ("auditor", None, 201),
        ("administrator", None, 201),
        ("administrator", "producer", 422),
        ("minister", None, 422),
    ],
)
def test_role_given_where_it_can_be_held_is_given_and_elsewhere_refused(
    service: Service, admin: dict[str, str], role: str, place: str | None, status: int
) -> None:
    places = {"producer": service.producer().organisation_id, "department": service.organisation("Department")}
    person = service.person("Ana Example", ANA["email"])
    body = {"person_id": person, "role": role, "organisation_id": places[place] if place else None}
    assert service.client.post("/api/v1/roles", headers=admin, json=body).status_code == status


def test_role_given_to_oneself_is_refused_for_want_of_a_second_person(service: Service) -> None:
    me = service.administrator()
    body = {"person_id": me, "role": "auditor"}
    answer = service.client.post("/api/v1/roles", headers=service.headers(me), json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_person_required")
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["second_person_required"]


@pytest.mark.parametrize("first_admin", [True, False])
def test_role_of_administrator_goes_with_no_producing_role(
    service: Service, admin: dict[str, str], first_admin: bool
) -> None:
    organisation_id = service.producer().organisation_id
    person = service.person("Ana Example", ANA["email"])
    bodies = [
        {"person_id": person, "role": "administrator"},
        {"person_id": person, "role": "statistician", "organisation_id": organisation_id},
    ]
    statuses = [
        service.client.post("/api/v1/roles", headers=admin, json=body).status_code
        for body in (bodies if first_admin else reversed(bodies))
    ]
    assert statuses == [201, 409]


def test_role_had_already_is_not_given_again_until_it_has_ended(service: Service, admin: dict[str, str]) -> None:
    body = {"person_id": service.person("Ana Example", ANA["email"]), "role": "auditor"}
    role = added(service, admin, "/roles", dict(body), "role_id")
    assert service.client.post("/api/v1/roles", headers=admin, json=body).status_code == 409
    ended = service.client.post(f"/api/v1/roles/{role}/end", headers=admin)
    assert ended.json()["ended_at"] == "2026-03-02T09:00:00.000Z"
    assert service.client.post(f"/api/v1/roles/{role}/end", headers=admin).json()["code"] == "already_ended"
    service.clock.forward(seconds=1)
    assert service.client.post("/api/v1/roles", headers=admin, json=body).status_code == 201
    said = service.entries(EntryKind.ROLE_GIVEN)[-1]["said"]
    assert (said["role"], said["organisation_id"]) == ("auditor", None)


def test_role_of_the_last_administrator_cannot_end(service: Service) -> None:
    first = service.administrator()
    actor = people.actor_for_token(
        service.tools, service.headers(first)["Authorization"].split()[1], network="192.0.2.1"
    )
    second = service.person("Bo Example", "bo.example@x.example")
    given = roles.give_role(service.tools, actor, person_id=second, role=Role.ADMINISTRATOR, organisation_id=None)
    roles.end_role(service.tools, actor, given.role_id)
    with service.tools.reading() as connection:
        (mine,) = people.people.roles_of(connection, first, service.clock.now())
    with pytest.raises(OutOfOrder):
        roles.end_role(service.tools, actor, mine.role_id)


def test_first_administrator_appointed_twice_is_refused(service: Service) -> None:
    made = roles.appoint_first_administrator(service.tools, name="Alex Example", email="Alex@service.gov.example")
    assert made.email == "alex@service.gov.example"
    with pytest.raises(Conflict) as refused:
        roles.appoint_first_administrator(service.tools, name="Bo Example", email="bo@service.gov.example")
    assert refused.value.code is Code.ALREADY_EXISTS
    with pytest.raises(Malformed):
        roles.appoint_first_administrator(service.tools, name="Team", email="team@service.gov.example")
    me = service.client.get("/api/v1/me", headers=service.sign_in("alex@service.gov.example")).json()
    assert me["roles"] == [
        {"role": "administrator", "organisation_id": None, "organisation": None, "producer_id": None}
    ]


def test_role_that_begins_or_ends_at_an_instant_counts_from_it(service: Service) -> None:
    person = service.person("Ana Example", ANA["email"])
    role_id = service.role(person, Role.AUDITOR, None)
    at = service.clock.now()
    with service.tools.reading() as connection:
        held = [
            len(people.people.roles_of(connection, person, instant))
            for instant in (at - timedelta(microseconds=1), at, at + timedelta(days=1))
        ]
    assert (role_id[:4], held) == ("rol_", [0, 1, 1])
