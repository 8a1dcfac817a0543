"""Every route × method answers with the safe headers, whatever it answers. proof.md B1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from httpx2 import Response

from app.api import annual_lists, arrangements, calendar, landing, public_lists, public_news, public_releases
from app.rules.facts import Role
from app.web import contingency, public_calendar
from app.web.routes import WEB_ROUTERS
from tests.application import client_of
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
# The files that pages load: they are the same for everybody and say nothing, and alone may be kept.
# What everybody may read is kept for seconds.
PUBLIC = {
    route.path
    for door in (
        *(annual_lists, arrangements, calendar, landing, public_lists, public_news, public_releases),
        *(contingency, public_calendar),
    )
    for route in door.public.routes
}
MINUTES = re.compile(r"public, max-age=([0-9]|10)")
MAY_BE_KEPT = {"/static/{name}": "public, max-age=3600"}
PAGES = {str(route.path) for router in WEB_ROUTERS for route in router.routes}
# Our own script, and nothing inline.
PAGE_POLICY = SAFE["content-security-policy"].replace("style-src", "script-src 'self'; style-src")
COOKIE = re.compile(r'__Host-pra_(session|visit)=("";|[\w-]+;).* HttpOnly;( Max-Age=0;)? Path=/; SameSite=lax; Secure')
COPY = "/api/v1/openings/{opening_id}/content"


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    made = Estate(tmp_path_factory.mktemp("headers"), sides=("North",))
    made.publish_lists()
    yield made
    made.service.close()


def unsafe(answer: Response, kept: str = "no-store", *, page: bool = False) -> list[str]:
    """What is wrong with the headers of an answer; a page may load our script and set our cookies."""
    shows = page and answer.headers.get("content-type", "").startswith("text/html")
    wanted = {**SAFE, "content-security-policy": PAGE_POLICY} if shows else SAFE
    faults = [
        f"{name}: {answer.headers.get(name)}" for name, value in wanted.items() if answer.headers.get(name) != value
    ]
    cookies = answer.headers.get_list("set-cookie")
    faults += [f"tells {cookie}" for cookie in cookies if not page or not COOKIE.fullmatch(cookie)]
    if answer.headers.get("cache-control") != kept:
        faults.append(f"cache-control: {answer.headers.get('cache-control')}")
    faults += [f"tells {name}" for name in ("server", "x-powered-by") if name in answer.headers]
    return faults


def asked(estate: Estate, role: str) -> Iterator[tuple[str, str, Response]]:
    """Ask everything: nobody by every method, others by those that a route takes. What ends a session comes last.

    Pages are asked with the session in its cookie, and as a browser asks.
    """
    side = estate.sides[0]
    who = {"nobody": None, "recipient": side.recipient, "head": side.sat.people[Role.HEAD_OF_PROFESSION]}[role]
    for method in (*(one for one in METHODS if one != "DELETE"), "DELETE"):
        headers = estate.headers(who)
        sent: dict[str, Any] = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
        for path, taken in routes(estate.service.client.app):
            if path in PAGES:
                token = headers.get("Authorization", "").partition(" ")[2]
                asked_with = {"Accept": "text/html", **({"Cookie": f"__Host-pra_session={token}"} if token else {})}
            else:
                asked_with = headers
            if method in taken or role == "nobody":
                yield (
                    method,
                    path,
                    estate.service.client.request(method, filled(path, side.ids), headers=asked_with, **sent),
                )


@pytest.mark.parametrize("role", ["nobody", "recipient", "head"])
def test_headers_of_every_route_and_method_are_safe(estate: Estate, role: str) -> None:
    faults: list[str] = []
    answered: dict[str, set[int]] = {}
    for method, path, answer in asked(estate, role):
        whole_copy = path == COPY and answer.status_code == 200
        kept = "private, no-store" if whole_copy else MAY_BE_KEPT.get(path, "no-store")
        kept = kept if answer.status_code == 200 else "no-store"
        if answer.status_code == 200 and path in PUBLIC and MINUTES.fullmatch(answer.headers.get("cache-control", "")):
            kept = answer.headers["cache-control"]
        found = unsafe(answer, kept, page=path in PAGES)
        faults += [f"{method} {path} {answer.status_code} {fault}" for fault in found]
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
    client = client_of(replace(estate.tools, read_sheet=broken))
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


@pytest.mark.parametrize("path", ["/docs/api", "/problems", "/problems/not_found"])
def test_pages_of_the_api_hold_no_script_and_no_inline_style(estate: Estate, path: str) -> None:
    page = estate.service.client.get(path).text.lower()
    assert page.startswith("<!doctype html>")
    assert [word for word in ("<script", "style=", "<style", "javascript:", " onclick") if word in page] == []


def test_pages_hold_nothing_inline(estate: Estate) -> None:
    shown = [
        (path, answer.text.lower())
        for method, path, answer in asked(estate, "recipient")
        if method == "GET" and path in PAGES and answer.headers["content-type"].startswith("text/html")
    ]
    faults = [
        f"{path}: {found}"
        for path, page in shown
        for found in re.findall(r"<script(?! type=\"module\" src=)|<style| style=| on\w+=|javascript:", page)
    ]
    assert len(shown) > 15
    assert faults == []
