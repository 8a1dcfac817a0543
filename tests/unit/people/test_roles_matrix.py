"""Who may do what: every address of this noun, for every sort of caller. The whole table, so that a gap shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.rules.facts import Role
from tests.service import Sat, Service
from tests.unit.people.world import a_service

SORTS = (
    "nobody",
    "recipient",
    "statistician",
    "lead",
    "head",
    "coordinator",
    "auditor",
    "admin",
    "other",
    "program",
    "publisher",
)
NOBODY = "idp_" + "0" * 24
P256 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
    "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
}


@dataclass
class World:
    service: Service
    sat: Sat
    ids: dict[str, str]
    headers: dict[str, dict[str, str]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    service = a_service(tmp_path)
    sat = service.producer()
    other = service.producer("Office for Other Statistics")
    admin = service.administrator()
    coordinator = service.person("Co Example", "co.example@department.gov.example")
    receiving = service.organisation("Department for Examples")
    service.role(coordinator, Role.COORDINATOR, receiving)
    recipient = service.person("Ana Example", "ana.example@department.gov.example")
    headers = {
        "nobody": {},
        "recipient": service.headers(recipient),
        "statistician": service.headers(sat.people[Role.STATISTICIAN]),
        "lead": service.headers(sat.people[Role.LEAD_OFFICIAL]),
        "head": service.headers(sat.people[Role.HEAD_OF_PROFESSION]),
        "coordinator": service.headers(coordinator),
        "auditor": service.headers(sat.people[Role.AUDITOR]),
        "admin": service.headers(admin),
        "other": service.headers(other.people[Role.HEAD_OF_PROFESSION]),
    }
    publisher = service.person("Pat Publisher", "pat.publisher@x.gov.example")
    service.role(publisher, Role.PUBLISHER, sat.organisation_id)
    headers["publisher"] = service.headers(publisher)
    ask = service.client.post
    made = ask(
        "/api/v1/credentials",
        headers=headers["admin"],
        json={"name": "Importer", "role": "statistician", "organisation_id": sat.organisation_id},
    ).json()
    token = ask("/api/v1/sign-in/tokens", json={"client_id": made["client_id"], "secret": made["secret"]}).json()
    headers["program"] = {"Authorization": f"Bearer {token['token']}"}
    post = ask(
        "/api/v1/posts", headers=headers["admin"], json={"organisation_id": receiving, "title": "Deputy Director"}
    ).json()["post_id"]
    holding = ask(
        f"/api/v1/posts/{post}/holdings",
        headers=headers["admin"],
        json={"person_id": recipient, "from_on": "2026-01-01"},
    ).json()["holding_id"]
    role = ask(
        "/api/v1/roles",
        headers=headers["admin"],
        json={"person_id": recipient, "role": "auditor", "organisation_id": receiving},
    ).json()["role_id"]
    ask(f"/api/v1/roles/{role}/end", headers=headers["admin"])
    suspension = ask(
        f"/api/v1/producers/{sat.producer_id}/suspensions",
        headers=headers["head"],
        json={"subject_id": recipient, "reason": "It was passed on."},
    ).json()["suspension_id"]
    ids = {
        "producer": sat.producer_id,
        "organisation": receiving,
        "person": recipient,
        "post": post,
        "holding": holding,
        "role": role,
        "suspension": suspension,
        "client": "cli_" + "0" * 24,
        "fresh_organisation": service.organisation("Office for New Statistics"),
        "coordinator": coordinator,
        "successor": service.person("Sue Successor", "sue.successor@department.gov.example"),
    }
    yield World(service, sat, ids, headers)
    service.close()


# method, path, body, then one status for each of SORTS in turn.
TABLE = [
    ("GET", "/me", None, "401 200 200 200 200 200 200 200 200 200 200"),
    ("GET", "/me/keys", None, "401 200 200 200 200 200 200 200 200 404 200"),
    ("POST", "/me/keys", P256, "401 201 201 201 201 201 201 201 201 403 201"),
    ("DELETE", "/me/keys/key_" + "0" * 24, None, "401 404 404 404 404 404 404 404 404 404 404"),
    ("DELETE", "/sign-in/session", None, "401 204 204 204 204 204 204 204 204 409 204"),
    ("POST", "/organisations", {"name": "New"}, "401 403 403 403 403 403 403 201 403 403 403"),
    ("GET", "/organisations", None, "401 403 200 200 200 200 200 200 200 200 200"),
    (
        "POST",
        "/producers",
        {"organisation_id": "{fresh_organisation}", "contact": "Desk"},
        "401 403 403 403 403 403 403 201 403 403 403",
    ),
    ("GET", "/producers/{producer}", None, "401 404 200 200 200 404 200 200 404 200 200"),
    ("GET", "/producers/prd_" + "0" * 24, None, "401 404 404 404 404 404 404 404 404 404 404"),
    (
        "POST",
        "/people",
        {"name": "New Example", "email": "new.example@x.example"},
        "401 403 201 201 201 403 403 201 201 201 403",
    ),
    ("GET", "/people", None, "401 403 403 403 403 403 403 200 403 403 403"),
    (
        "GET",
        "/people?email=ana.example@department.gov.example",
        None,
        "401 403 200 200 200 403 403 200 200 200 403",
    ),
    ("GET", "/people/{person}", None, "401 200 200 200 200 404 404 200 200 200 404"),
    ("GET", "/people/per_" + "0" * 24, None, "401 404 404 404 404 404 404 404 404 404 404"),
    ("DELETE", "/people/{coordinator}/sessions", None, "401 403 403 403 403 403 403 204 403 403 403"),
    (
        "POST",
        "/posts",
        {"organisation_id": "{organisation}", "title": "New"},
        "401 403 201 201 201 403 403 201 201 201 403",
    ),
    ("GET", "/posts", None, "401 403 200 200 200 200 200 200 200 200 200"),
    (
        "POST",
        "/posts/{post}/holdings",
        {"person_id": "{coordinator}", "from_on": "2026-01-01"},
        "401 403 201 201 201 403 403 201 201 201 403",
    ),
    ("GET", "/posts/{post}/holdings", None, "401 403 200 200 200 403 403 200 200 200 403"),
    ("PATCH", "/posts/{post}", {"unit": "Press office"}, "401 403 404 404 404 403 403 200 404 404 403"),
    ("GET", "/me/sessions", None, "401 200 200 200 200 200 200 200 200 404 200"),
    ("DELETE", "/me/sessions/ses_000000000000000000000000", None, "401 404 404 404 404 404 404 404 404 404 404"),
    ("POST", "/holdings/{holding}/end", {"until_on": "2026-03-31"}, "401 403 404 404 404 403 403 200 404 404 403"),
    (
        "POST",
        "/holdings/{holding}/handover",
        {"person_id": "{successor}", "from_on": "2026-03-15"},
        "401 403 404 404 404 403 403 201 404 404 403",
    ),
    (
        "POST",
        "/roles",
        {"person_id": "{person}", "role": "coordinator", "organisation_id": "{organisation}"},
        "401 403 403 403 403 403 403 201 403 403 403",
    ),
    ("POST", "/roles/{role}/end", None, "401 403 403 403 403 403 403 409 403 403 403"),
    (
        "POST",
        "/producers/{producer}/suspensions",
        {"subject_id": "{post}", "reason": "It was passed on."},
        "401 404 403 201 201 404 403 404 404 403 403",
    ),
    ("GET", "/producers/{producer}/suspensions", None, "401 404 200 200 200 404 200 404 404 200 403"),
    ("POST", "/suspensions/{suspension}/end", {"reason": "Trained."}, "401 404 403 200 200 404 403 404 404 403 403"),
    (
        "PUT",
        "/suspensions/{suspension}/corrective-actions",
        {"corrective_action_ids": [], "reason": "Dropped."},
        "401 404 403 403 409 404 403 404 404 403 403",
    ),
    ("GET", "/me/suspensions", None, "401 200 200 200 200 200 200 200 200 200 200"),
    (
        "POST",
        "/suspensions/{suspension}/reapplications",
        {"statement": "It will not happen again."},
        "401 201 404 404 404 404 404 404 404 404 404",
    ),
    ("GET", "/suspensions/{suspension}/reapplications", None, "401 404 200 200 200 404 200 404 404 200 403"),
    (
        "POST",
        "/reapplications/rap_" + "0" * 24 + "/decision",
        {"decision": "approved", "reason": "Trained."},
        "401 404 404 404 404 404 404 404 404 404 404",
    ),
    ("GET", "/me/training", None, "401 200 200 200 200 200 200 200 200 200 200"),
    (
        "PUT",
        "/producers/{producer}/training-policy",
        {"training_days": 30},
        "401 404 403 403 200 404 403 404 404 403 403",
    ),
    (
        "POST",
        "/people/{person}/training",
        {"producer_id": "{producer}", "course": "Access", "done_on": "2026-01-05"},
        "401 404 201 201 201 404 403 404 404 201 403",
    ),
    # Somebody of another producer sees what counts there: nothing.
    ("GET", "/people/{person}/training", None, "401 404 200 200 200 404 200 404 200 200 404"),
    (
        "POST",
        "/people/{person}/training/trn_" + "0" * 24 + "/withdrawal",
        {"reason": "Wrong person."},
        "401 404 404 404 404 404 404 404 404 404 404",
    ),
    (
        "POST",
        "/producers/{producer}/failures",
        {"person_id": "{person}", "what": "It was passed on.", "occurred_on": "2026-01-05", "order": "uk"},
        "401 404 403 201 201 404 403 404 404 403 403",
    ),
    ("GET", "/producers/{producer}/failures", None, "401 404 200 200 200 404 200 404 404 200 403"),
    (
        "POST",
        "/failures/fai_" + "0" * 24 + "/withdrawal",
        {"reason": "It was somebody else."},
        "401 404 404 404 404 404 404 404 404 404 404",
    ),
    ("POST", "/credentials", {"name": "N", "role": "auditor"}, "401 403 403 403 403 403 403 201 403 403 403"),
    (
        "POST",
        "/sign-in-providers",
        {
            "organisation_id": "{organisation}",
            "issuer": "http://127.0.0.1:9",
            "client_id": "pra",
            "domains": ["department.gov.example"],
        },
        "401 403 403 403 403 403 403 201 403 403 403",
    ),
    ("GET", "/sign-in-providers", None, "401 403 403 403 403 403 403 200 403 403 403"),
    ("POST", f"/sign-in-providers/{NOBODY}/approve", None, "401 403 403 403 403 403 403 404 403 403 403"),
    ("PATCH", f"/sign-in-providers/{NOBODY}", {"required": True}, "401 403 403 403 403 403 403 404 403 403 403"),
    ("POST", f"/sign-in-providers/{NOBODY}/end", None, "401 403 403 403 403 403 403 404 403 403 403"),
    ("DELETE", "/people/{coordinator}/provider-accounts", None, "401 403 403 403 403 403 403 204 403 403 403"),
    ("GET", "/credentials", None, "401 403 403 403 403 403 403 200 403 403 403"),
    ("POST", "/credentials/{client}/secret", None, "401 403 403 403 403 403 403 404 403 403 403"),
    ("POST", "/credentials/{client}/end", None, "401 403 403 403 403 403 403 404 403 403 403"),
]


def _filled(pattern: object, ids: dict[str, str]) -> object:
    if isinstance(pattern, dict):
        return {name: _filled(value, ids) for name, value in pattern.items()}
    if isinstance(pattern, str):
        for name, ident in ids.items():
            pattern = pattern.replace(f"{{{name}}}", ident)
    return pattern


@pytest.mark.parametrize("sort", SORTS)
def test_matrix_of_roles_for_every_address_answers_as_written(world: World, sort: str) -> None:
    place = SORTS.index(sort)
    got, expected = {}, {}
    # Signing out comes last: it ends what the others need.
    for method, path, body, statuses in sorted(TABLE, key=lambda row: row[1] == "/sign-in/session"):
        answer = world.service.client.request(
            method,
            "/api/v1" + str(_filled(path, world.ids)),
            headers=world.headers[sort],
            json=_filled(body, world.ids) if body is not None else None,
        )
        got[f"{method} {path}"] = answer.status_code
        expected[f"{method} {path}"] = int(statuses.split()[place])
    assert got == expected


def test_matrix_of_roles_covers_every_address_of_this_noun(world: World) -> None:
    from app.api import failures, holdings, organisations, people, providers, sign_in, suspensions, training

    open_to_all = {"/sign-in/codes", "/sign-in/sessions", "/sign-in/tokens"}
    routes = {
        (next(iter(route.methods)), path.split("{")[0])
        for door in (sign_in, people, holdings, organisations, providers, suspensions, training, failures)
        for route in door.router.routes
        if (path := route.path.removeprefix("/api/v1")) not in open_to_all
    }
    prefixes = (
        "/me/keys/",
        "/me/sessions/",
        "/producers/",
        "/people/",
        "/sign-in-providers/",
        "/reapplications/",
        "/failures/",
    )

    def stem(path: str) -> str:
        path = path.split("{")[0].split("?")[0]
        return next((prefix for prefix in prefixes if path.startswith(prefix)), path)

    assert {(method, stem(path)) for method, path, _, _ in TABLE} == routes


def test_producer_not_ones_own_and_none_at_all_get_equal_answers(world: World) -> None:
    answers = [
        world.service.client.get(f"/api/v1/producers/{ident}", headers=world.headers["other"])
        for ident in (world.sat.producer_id, "prd_" + "0" * 24)
    ]
    bodies = [{name: value for name, value in answer.json().items() if name != "instance"} for answer in answers]
    assert bodies[0] == bodies[1]
    # Something there could have leaked.
    own = world.service.client.get(f"/api/v1/producers/{world.sat.producer_id}", headers=world.headers["head"])
    assert own.json() == {
        "producer_id": world.sat.producer_id,
        "organisation_id": world.sat.organisation_id,
        "name": "Office for Example Statistics",
        "declaration_for_all": True,
        "declaration_days": 365,
        "contact": "Release desk, 01632 960000",
        "warning": "Treat as Official Sensitive until published.",
    }
