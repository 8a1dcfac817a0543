"""The door for incidents: status, headers and whole bodies."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.api import incidents, problems, reports
from app.rules.facts import Role
from app.web.problems import problem_page, wants_page
from tests.application import client_on, front_of
from tests.unit.breaches.test_incidents import near_miss, opened, put_on_record
from tests.unit.documents.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def client(world: World) -> TestClient:
    return client_on(front_of(_doors(), world.tools))


@cache
def _doors() -> FastAPI:
    application = FastAPI()
    for router in (incidents.router, reports.router):
        application.router.routes.extend(router.routes)
    problems.install(application, wants_page, problem_page)
    return application


def test_post_incidents_twice_with_one_key_reports_once(world: World, client: TestClient) -> None:
    opened(world)
    body = {"kind": "received_in_error", "statement": "Not for me.", "release_id": world.release.release_id}
    headers = {**world.headers(world.minister.person_id), "Idempotency-Key": "abcdefgh"}
    first = client.post("/api/v1/incidents", json=body, headers=headers)
    again = client.post("/api/v1/incidents", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == {
        "incident_id": first.json()["incident_id"],
        "number": 1,
        "reported_at": "2026-03-09T14:00:00.000Z",
        "access_stopped": True,
    }
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "clock_wrong"}, "body.kind"),
        ({"statement": ""}, "body.statement"),
        ({"statement": "a\x00b"}, "body.statement"),
        ({"release_id": "rel_1"}, "body.release_id"),
        ({"colour": "red"}, "body.colour"),
        ({"occurred_at": "2026-03-09T10:00:00"}, "body.occurred_at"),
    ],
)
def test_post_incidents_with_a_bad_field_names_it(
    world: World, client: TestClient, change: dict[str, str], where: str
) -> None:
    body = {"kind": "other", "statement": "Something.", **change}
    answer = client.post("/api/v1/incidents", json=body, headers=world.headers(world.minister.person_id))
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, where)


def test_post_concerns_without_a_sign_in_always_gives_the_same_answer(world: World, client: TestClient) -> None:
    answer = client.post("/api/v1/concerns", json={"statement": "Figures are public.", "contact": "robin@news.example"})
    assert (answer.status_code, answer.json()) == (202, {"received": True})
    auditor = world.headers(world.service.auditor())
    (listed,) = client.get("/api/v1/incidents", headers=auditor).json()["results"]
    assert listed["facts"] == {
        "statement": "Figures are public.",
        "reporter": "someone who was not signed in",
        "contact": "robin@news.example",
    }
    report = client.get(f"/api/v1/incidents/{listed['incident_id']}/report?format=markdown", headers=auditor)
    assert report.status_code == 200
    assert [kept for kept in ("Figures are public", "robin") if kept in report.text] == []


def test_patch_incident_follows_its_etag(world: World, client: TestClient) -> None:
    incident_id = put_on_record(world, near_miss(world))
    headers = world.headers(world.sat.people[Role.LEAD_OFFICIAL])
    address = f"/api/v1/incidents/{incident_id}"
    read = client.get(address, headers=headers)
    assert (read.status_code, read.headers["ETag"]) == (200, '"1"')
    assert client.patch(address, json={"state": "under_review"}, headers=headers).status_code == 428
    matching = {**headers, "If-Match": read.headers["ETag"]}
    changed = client.patch(address, json={"state": "under_review"}, headers=matching)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json() == {**read.json(), "state": "under_review", "revision": 2}
    stale = client.patch(address, json={"state": "reported"}, headers=matching)
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")


def test_get_incident_unknown_and_not_ones_own_answer_alike(world: World, client: TestClient) -> None:
    incident_id = put_on_record(world, near_miss(world))
    headers = world.headers(world.stranger)
    theirs = client.get(f"/api/v1/incidents/{incident_id}", headers=headers)
    nothing = client.get(f"/api/v1/incidents/inc_{'0' * 24}", headers=headers)
    assert (theirs.status_code, nothing.status_code) == (404, 404)
    bodies = [{k: v for k, v in answer.json().items() if k != "instance"} for answer in (theirs, nothing)]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    ("fmt", "media_type", "begins"),
    [
        ("json", "application/json", '{"incident_id":'),
        ("markdown", "text/markdown; charset=utf-8", "# Draft record of a near miss"),
        ("html", "text/html; charset=utf-8", '<!doctype html>\n<html lang="en-GB">'),
    ],
)
def test_get_report_comes_in_each_format(
    world: World, client: TestClient, fmt: str, media_type: str, begins: str
) -> None:
    incident_id = put_on_record(world, near_miss(world))
    headers = world.headers(world.sat.people[Role.HEAD_OF_PROFESSION])
    answer = client.get(f"/api/v1/incidents/{incident_id}/report?form=2018&format={fmt}", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (
        200,
        media_type,
        "no-store",
    )
    assert answer.text.startswith(begins)


def test_get_incidents_with_a_made_up_place_is_malformed(world: World, client: TestClient) -> None:
    headers = world.headers(world.sat.people[Role.AUDITOR])
    for place in ("x", "aW5jaWRlbnRzOi0x", "ZW50cmllczox", "é"):
        assert client.get("/api/v1/incidents", params={"after": place}, headers=headers).status_code == 422
    assert client.get("/api/v1/incidents", headers=headers).json() == {"results": [], "next": None}
