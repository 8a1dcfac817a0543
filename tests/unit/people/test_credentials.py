"""Programs: a secret told once, a token of ten minutes, one role, and never a person. And people's own keys."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.actions import credentials, own_keys, people
from app.actions.tools import Policy, RoleHeld
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import NotFound, NotSignedIn, Refused, TooManyTries
from app.rules.facts import Role
from tests.service import ORIGIN, Service
from tests.unit.people.test_roles_matrix import P256
from tests.unit.people.world import NETWORK, RECEIPT, a_service


@pytest.fixture
def admin(service: Service) -> dict[str, str]:
    return service.headers(service.administrator())


def a_credential(service: Service, admin: dict[str, str], **other: object) -> dict[str, str]:
    answer = service.client.post(
        "/api/v1/credentials", headers=admin, json={"name": "Nightly check", "role": "auditor", **other}
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def a_token(service: Service, made: dict[str, str]) -> str:
    return credentials.issue_token(service.tools, made["client_id"], made["secret"], network=NETWORK).token


def test_program_with_a_token_is_no_person_and_has_its_one_role(service: Service, admin: dict[str, str]) -> None:
    organisation_id = service.organisation("Department")
    made = a_credential(service, admin, organisation_id=organisation_id)
    actor = people.actor_for_token(service.tools, a_token(service, made), network=NETWORK)
    assert (actor.actor_id, actor.person_id, actor.session_id, actor.authenticated_at, actor.roles, actor.how) == (
        made["client_id"],
        None,
        "",
        None,
        (RoleHeld(Role.AUDITOR, organisation_id),),
        "service credential",
    )


def test_program_asking_who_it_is_gets_its_name_and_role(service: Service, admin: dict[str, str]) -> None:
    token = a_token(service, a_credential(service, admin))
    me = service.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json() == {
        "person": None,
        "name": "Nightly check",
        "roles": [{"role": "auditor", "organisation_id": None, "organisation": None, "producer_id": None}],
        "fresh_until": None,
        "expires_at": None,
    }


def test_secret_of_a_program_at_rest_is_found_nowhere_in_clear(service: Service, admin: dict[str, str]) -> None:
    made = a_credential(service, admin)
    token = a_token(service, made)
    with service.tools.reading() as connection:
        rest = repr([connection.execute(table.select()).all() for table in tables.metadata.sorted_tables])
    assert made["client_id"] in rest
    assert [secret for secret in (made["secret"], token) if secret in rest] == []


def test_token_at_its_end_counts_no_more(service: Service, admin: dict[str, str]) -> None:
    token = a_token(service, a_credential(service, admin))
    service.clock.forward(minutes=10, microseconds=-1)
    assert people.actor_for_token(service.tools, token, network=NETWORK).name == "Nightly check"
    service.clock.forward(microseconds=1)
    with pytest.raises(NotSignedIn) as refused:
        people.actor_for_token(service.tools, token, network=NETWORK)
    assert str(refused.value) == people.NOT_SIGNED_IN


def test_token_of_a_credential_that_ended_counts_no_more(service: Service, admin: dict[str, str]) -> None:
    made = a_credential(service, admin)
    token = a_token(service, made)
    path = f"/api/v1/credentials/{made['client_id']}/end"
    ended = service.client.post(path, headers=admin)
    assert ended.json() == {
        "client_id": made["client_id"],
        "name": "Nightly check",
        "role": "auditor",
        "organisation_id": None,
    }
    with pytest.raises(NotSignedIn):
        people.actor_for_token(service.tools, token, network=NETWORK)
    with pytest.raises(NotSignedIn):
        a_token(service, made)
    assert service.client.post(path, headers=admin).json()["code"] == "already_ended"


@pytest.mark.parametrize("wrong", [{"audience": "elsewhere.example"}, {"issuer": "elsewhere.example"}])
def test_token_made_for_another_place_is_refused(
    service: Service, admin: dict[str, str], wrong: dict[str, str]
) -> None:
    made = a_credential(service, admin)
    names = {"audience": ORIGIN, "issuer": ORIGIN}
    ours = service.tools.keys.issue_token(subject=made["client_id"], at=service.clock.now(), **names)
    theirs = service.tools.keys.issue_token(subject=made["client_id"], at=service.clock.now(), **{**names, **wrong})
    assert people.actor_for_token(service.tools, ours, network=NETWORK).actor_id == made["client_id"]
    with pytest.raises(NotSignedIn):
        people.actor_for_token(service.tools, theirs, network=NETWORK)


def test_token_that_names_a_person_makes_nobody_of_them(service: Service) -> None:
    person_id = service.person("Ana Example", "ana.example@x.example")
    token = service.tools.keys.issue_token(
        subject=person_id, audience=ORIGIN, issuer=ORIGIN, at=service.clock.now(), lifetime=timedelta(minutes=1)
    )
    with pytest.raises(NotSignedIn):
        people.actor_for_token(service.tools, token, network=NETWORK)


@pytest.mark.parametrize("wrong", ["secret", "client"])
def test_secret_not_accepted_gets_one_and_the_same_answer(service: Service, admin: dict[str, str], wrong: str) -> None:
    made = a_credential(service, admin)
    body = {
        "client_id": "cli_" + "0" * 24 if wrong == "client" else made["client_id"],
        "secret": "prac_x" if wrong == "secret" else made["secret"],
    }
    answer = service.client.post("/api/v1/sign-in/tokens", json=body)
    problem = answer.json()
    assert RECEIPT.search(problem.pop("instance"))
    assert (answer.status_code, problem["code"], problem["detail"]) == (
        401,
        "not_signed_in",
        "The credential was not accepted.",
    )
    assert [leaf["outcome"] for leaf in service.entries(EntryKind.TOKEN_REFUSED)] == ["refused"]


def test_secrets_guessed_from_one_network_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    service = a_service(tmp_path, policy=Policy(origin=ORIGIN, codes_per_network_per_hour=1))
    made = a_credential(service, service.headers(service.administrator()))
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            credentials.issue_token(service.tools, made["client_id"], "wrong", network=NETWORK)
    with pytest.raises(TooManyTries):
        a_token(service, made)
    assert credentials.issue_token(service.tools, made["client_id"], made["secret"], network="192.0.2.9").token
    service.close()


@pytest.mark.parametrize("role", ["administrator", "head_of_profession", "lead_official", "coordinator"])
def test_program_with_a_role_for_people_only_is_refused(service: Service, admin: dict[str, str], role: str) -> None:
    body = {"name": "N", "role": role}
    assert service.client.post("/api/v1/credentials", headers=admin, json=body).status_code == 422


# --- people's own keys -----------------------------------------------------------------------------------------------


@pytest.fixture
def ana(service: Service) -> dict[str, str]:
    return service.headers(service.person("Ana Example", "ana.example@x.example"))


def test_key_registered_is_kept_in_its_normal_form_until_it_is_ended(service: Service, ana: dict[str, str]) -> None:
    made = service.client.post("/api/v1/me/keys", headers=ana, json={**P256, "kid": "mine"})
    assert made.status_code == 201
    key = made.json()
    assert key == {
        "key_id": key["key_id"],
        "jwk": {**P256, "alg": "ES256", "use": "sig", "kid": key["jwk"]["kid"]},
        "registered_at": "2026-03-02T09:00:00.000Z",
        "ended_at": None,
    }
    assert len(key["jwk"]["kid"]) == 43
    service.clock.forward(minutes=1)
    path = f"/api/v1/me/keys/{key['key_id']}"
    assert service.client.delete(path, headers=ana).status_code == 204
    assert service.client.delete(path, headers=ana).json()["code"] == "already_ended"
    listed = service.client.get("/api/v1/me/keys", headers=ana).json()
    assert listed == {"results": [{**key, "ended_at": "2026-03-02T09:01:00.000Z"}], "next": None}
    # Who lost a key must not find it in use again, under their own name or another's.
    assert service.client.post("/api/v1/me/keys", headers=ana, json=P256).json()["code"] == "already_exists"


@pytest.mark.parametrize(
    "wrong", [{"d": "AAAA"}, {"kty": "oct"}, {"crv": "P-384"}, {"y": P256["x"]}, {"x": 7}, {"x5u": "https://x.example"}]
)
def test_key_that_is_no_public_key_on_p256_is_refused(
    service: Service, ana: dict[str, str], wrong: dict[str, object]
) -> None:
    answer = service.client.post("/api/v1/me/keys", headers=ana, json={**P256, **wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "key_not_valid")
    assert service.client.get("/api/v1/me/keys", headers=ana).json()["results"] == []


def test_key_registered_long_after_the_sign_in_needs_a_fresh_one(service: Service, ana: dict[str, str]) -> None:
    service.clock.forward(minutes=15, microseconds=1)
    answer = service.client.post("/api/v1/me/keys", headers=ana, json=P256)
    assert (answer.status_code, answer.json()["code"]) == (403, "fresh_sign_in_required")


def test_key_of_another_person_cannot_be_ended(service: Service, ana: dict[str, str]) -> None:
    key = service.client.post("/api/v1/me/keys", headers=ana, json=P256).json()["key_id"]
    bo = service.headers(service.person("Bo Example", "bo.example@x.example"))
    assert service.client.delete(f"/api/v1/me/keys/{key}", headers=bo).status_code == 404
    assert service.client.delete(f"/api/v1/me/keys/{key}", headers=ana).status_code == 204


def test_key_of_a_program_is_not_taken(service: Service, admin: dict[str, str]) -> None:
    actor = people.actor_for_token(service.tools, a_token(service, a_credential(service, admin)), network=NETWORK)
    with pytest.raises(Refused):
        own_keys.register_key(service.tools, actor, dict(P256))
    with pytest.raises(NotFound):
        own_keys.list_keys(service.tools, actor)
