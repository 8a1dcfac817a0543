"""Every route × method answers with the safe headers, whatever it answers. proof.md B1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.main import build
from app.rules.facts import Role
from tests.unit.api.estate import Estate
from tests.unit.api.routes import METHODS, filled, routes

SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
# The one answer that may be kept: it is the same for everybody and says nothing.
MAY_BE_KEPT = {"/static/plain.css": "public, max-age=3600"}
COPY = "/api/v1/openings/{opening_id}/content"


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    made = Estate(tmp_path_factory.mktemp("headers"), sides=("North",))
    made.publish_lists()
    yield made
    made.service.close()


def unsafe(answer: Response, kept: str = "no-store") -> list[str]:
    """What is wrong with the headers of an answer."""
    faults = [
        f"{name}: {answer.headers.get(name)}" for name, value in SAFE.items() if answer.headers.get(name) != value
    ]
    if answer.headers.get("cache-control") != kept:
        faults.append(f"cache-control: {answer.headers.get('cache-control')}")
    faults += [f"tells {name}" for name in ("server", "x-powered-by", "set-cookie") if name in answer.headers]
    return faults


def asked(estate: Estate, role: str) -> Iterator[tuple[str, str, Response]]:
    """Ask everything: nobody by every method, others by those that a route takes. What ends a session comes last."""
    side = estate.sides[0]
    who = {"nobody": None, "recipient": side.recipient, "head": side.sat.people[Role.HEAD_OF_PROFESSION]}[role]
    for method in (*(one for one in METHODS if one != "DELETE"), "DELETE"):
        headers = estate.headers(who)
        sent: dict[str, Any] = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
        for path, taken in routes(estate.service.client.app):
            if method in taken or role == "nobody":
                yield (
                    method,
                    path,
                    estate.service.client.request(method, filled(path, side.ids), headers=headers, **sent),
                )


@pytest.mark.parametrize("role", ["nobody", "recipient", "head"])
def test_headers_of_every_route_and_method_are_safe(estate: Estate, role: str) -> None:
    faults: list[str] = []
    answered: dict[str, set[int]] = {}
    for method, path, answer in asked(estate, role):
        whole_copy = path == COPY and answer.status_code == 200
        kept = "private, no-store" if whole_copy else MAY_BE_KEPT.get(path, "no-store")
        kept = kept if answer.status_code == 200 else "no-store"
        faults += [f"{method} {path} {answer.status_code} {fault}" for fault in unsafe(answer, kept)]
        answered.setdefault(path, set()).add(answer.status_code)
    assert not faults, "\n".join(faults)
    assert set(answered) == {path for path, _ in routes(estate.service.client.app)}
    assert role != "nobody" or all(405 in statuses for statuses in answered.values())


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1", "/api/v1/releases/", "/static/../alembic.ini", "/%00"])
def test_headers_of_addresses_that_do_not_exist_are_safe(estate: Estate, path: str) -> None:
    answer = estate.service.client.get(path, follow_redirects=False)
    assert (answer.status_code, unsafe(answer)) == (404, [])
    assert answer.headers["content-type"] == "application/problem+json"


def test_headers_of_an_answer_to_a_fault_of_ours_are_safe(estate: Estate) -> None:
    def broken(*_: Any, **__: Any) -> list[list[str]]:
        raise RuntimeError("region,claimants: 120455")

    side = estate.sides[0]
    client = TestClient(build(replace(estate.tools, read_sheet=broken)), raise_server_exceptions=False)
    answer = client.post(
        f"/api/v1/releases/{side.spare['rel']}/lists/imports",
        content=b"Post,Organisation\n",
        headers={**estate.headers(side.sat.people[Role.STATISTICIAN]), "Content-Type": "text/csv"},
    )
    assert (answer.status_code, unsafe(answer)) == (500, [])
    problem = answer.json()
    assert problem.pop("instance").startswith("/api/v1/audit/entries/ent_")
    assert problem == {
        "type": "/problems/broken",
        "title": "Something is wrong with the service",
        "status": 500,
        "detail": "The service met something it cannot vouch for, so it did nothing and served nothing.",
        "code": "broken",
    }


def test_allow_header_names_every_method_of_the_address(estate: Estate) -> None:
    client = estate.service.client
    taken: dict[str, set[str]] = {}
    for path, methods in routes(client.app):
        taken.setdefault(filled(path, estate.sides[0].ids), set()).update(methods)
    told = {path: set(client.request("BREW", path).headers["allow"].split(", ")) for path in taken}
    assert told == taken


def test_policy_of_content_allows_nothing_inline() -> None:
    directives = dict(part.strip().split(" ", 1) for part in SAFE["content-security-policy"].split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert {word for words in directives.values() for word in words.split()} == {"'none'", "'self'"}


@pytest.mark.parametrize("path", ["/", "/docs/api", "/problems", "/problems/not_found"])
def test_pages_hold_no_script_and_no_inline_style(estate: Estate, path: str) -> None:
    page = estate.service.client.get(path).text.lower()
    assert page.startswith("<!doctype html>")
    assert [word for word in ("<script", "style=", "<style", "javascript:", " onclick") if word in page] == []
