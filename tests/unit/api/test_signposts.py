"""The shorter way to a route comes to the same route as the framework's own way past all of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Match

from app.api.signposts import Signposts
from tests.application import application_of, client_on
from tests.unit.api.routes import routes

APPLICATION = application_of(None)
PATHS = sorted({path for path, _ in routes(APPLICATION)})


def scope_of(path: str, method: str = "GET") -> dict[str, Any]:
    return {"type": "http", "path": path, "method": method, "headers": [], "path_params": {}}


def asked_one_by_one(application: FastAPI, path: str) -> list[BaseRoute]:
    return [one for one in application.routes if one.matches(scope_of(path))[0] is not Match.NONE]


def led_to(application: FastAPI, path: str) -> list[BaseRoute]:
    signposts = application.router.middleware_stack
    assert isinstance(signposts, Signposts)
    return [one for one in signposts.routes_at(path) if one.matches(scope_of(path))[0] is not Match.NONE]


def test_every_address_leads_to_the_routes_that_have_it_in_their_order() -> None:
    for number, path in enumerate(PATHS):
        filled = re.sub(r"\{\w+\}", "new" if number % 2 else "rel_" + "0" * 24, path)  # some pages are named `new`
        found = asked_one_by_one(APPLICATION, filled)
        assert (filled, found) == (filled, led_to(APPLICATION, filled))
        assert found, filled


@pytest.mark.parametrize(
    "path", ["/", "", "*", "//", "/api", "/api/v1/", "/api/v1/releases/", "/api/v1/releases//lists", "/" * 5000]
)
def test_address_that_is_none_leads_where_the_framework_leads(path: str) -> None:
    assert led_to(APPLICATION, path) == asked_one_by_one(APPLICATION, path)


def small() -> tuple[FastAPI, FastAPI]:
    """Give two applications of the same routes, which overlap; the first has signposts."""
    made = FastAPI(redirect_slashes=False), FastAPI(redirect_slashes=False)
    for application in made:

        @application.put("/things/{name}")
        def put(name: str) -> list[str]:
            return ["put", name]

        for router in (*overlapping("/x"), *overlapping("")):
            application.router.routes.extend(router.routes)
        application.include_router(overlapping("/y")[1])  # one of several routes, which the framework leads on from
    made[0].router.middleware_stack = Signposts(made[0].router)
    return made


def overlapping(prefix: str) -> tuple[APIRouter, APIRouter, APIRouter]:
    first, second, third = (APIRouter(prefix=prefix) for _ in range(3))

    @first.post("/things/{name}")
    def change(name: str) -> list[str]:
        return ["change", name]

    @second.get("/things/one")
    def one() -> list[str]:
        return ["one"]

    @second.get("/rest/{rest:path}")
    def rest(rest: str) -> list[str]:
        return ["rest", rest]

    @third.get("/things/{name}")
    @third.get("/rest/at/once")
    def see(name: str = "") -> list[str]:
        return ["see", name]

    return first, second, third


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        *("/things/one", "/things/two", "/x/things/one", "/x/things/two", "/things", "/things/", "/things/a/b", "/no"),
        *("/y/things/one", "/y/things/two", "/y/rest/a"),
        *("/rest/at/once", "/x/rest/at/once", "/rest/a/b/c", "/rest/", "/things/one%0A", "/x/things/one%0A"),
    ],
)
def test_request_is_answered_as_without_signposts(method: str, path: str) -> None:
    with_posts, without = (client_on(one).request(method, path) for one in small())
    assert (with_posts.status_code, with_posts.text) == (without.status_code, without.text)


def test_service_below_a_path_of_a_proxy_is_answered_as_without_signposts() -> None:
    told = [client_on(one, root_path="/below").get("/below/things/one") for one in small()]
    assert [(one.status_code, one.json()) for one in told] == [(200, ["one"])] * 2
