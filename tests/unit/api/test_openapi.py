"""The OpenAPI document is complete: a person who reads nothing else can use the service."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from app.api import documentation, openings
from app.api.problems import PROBLEMS
from app.application import build
from app.web.routes import WEB_ROUTERS
from tests.build import london
from tests.service import Service
from tests.unit.api.routes import operations, parameters, routes

# Not for programs: the document itself, pages for people, and what those load.
OUTSIDE = {"/openapi.json", "/docs/api", *(str(route.path) for router in WEB_ROUTERS for route in router.routes)}
# These rest on what was read too, but name it themselves: an answer by the hash of its rows in the body, an import by
# the lines of its file, an edit and the signing of a report by its version and hash. So they can come too late (412),
# and are never asked for an If-Match (428).
COMPARED_IN_THE_BODY = {
    *("answer_confirmation", "import_list", "import_calendar"),
    *("edit_report_version", "sign_off_report"),
}
# They answer so to a client that speaks another version of their protocol.
SPEAKING_TUS = {"begin_upload", "find_upload_offset", "send_part", "take_back_upload"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    service = Service(tmp_path_factory.mktemp("openapi"), london(2026, 3, 2, 9, 0))
    yield TestClient(build(service.tools))
    service.close()


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return dict(answer.json())


def test_document_is_kept_as_bytes_and_not_as_objects(client: TestClient, document: dict[str, Any]) -> None:
    application = cast(FastAPI, client.app)
    assert application.openapi_schema is None
    assert "/documents/{document_id}" in client.get("/docs/api").text
    assert (application.openapi_schema, client.get("/openapi.json").json()) == (None, document)


def test_whoever_asks_while_the_document_is_written_is_told_when_to_come_again(
    client: TestClient, document: dict[str, Any]
) -> None:
    application = cast(FastAPI, client.app)
    kept, application.state.documentation = application.state.documentation, None
    try:
        with documentation._WRITING:
            answers = [client.get(path) for path in ("/openapi.json", "/docs/api")]
    finally:
        application.state.documentation = kept
    assert [(one.status_code, one.headers["retry-after"]) for one in answers] == [(503, "10")] * 2
    assert client.get("/docs/api").status_code == 200


def test_no_route_is_made_a_second_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    usual = APIRoute.get_route_handler

    def counted(route: APIRoute) -> Any:
        made.append(route.path)
        return usual(route)

    monkeypatch.setattr(APIRoute, "get_route_handler", counted)
    service = Service(tmp_path, london(2026, 3, 2, 9, 0))
    application = build(service.tools)
    with TestClient(application) as client:
        assert client.get("/no/such/page").status_code == 404
        as_they_are = list(made)
        application.include_router(openings.router)  # what would be seen
        assert client.get("/no/such/page").status_code == 404
    service.close()
    assert as_they_are == []
    assert set(made) == {route.path for route in openings.router.routes}


def lacking(document: dict[str, Any], what: Any) -> list[str]:
    return [f"{method} {path}" for method, path, operation in operations(document) if not what(operation)]


def reachable(document: dict[str, Any], part: Any) -> set[str]:
    """Names of the schemas that a part of the document needs, directly or through others."""
    found: set[str] = set()
    waiting = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(part))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document["components"]["schemas"][name]))
    return found


def test_document_names_every_route_that_is_for_programs(client: TestClient, document: dict[str, Any]) -> None:
    served = {path for path, _ in routes(client.app)}
    assert served - OUTSIDE == set(document["paths"])


def test_operations_each_have_words_of_their_own(document: dict[str, Any]) -> None:
    assert lacking(document, lambda o: o.get("summary") and o.get("description") and len(o.get("tags", ())) >= 1) == []
    for what in ("operationId", "summary"):
        counted = Counter(operation[what] for _, _, operation in operations(document))
        assert [name for name, count in counted.items() if count > 1] == []


def test_operations_are_grouped_under_tags_that_are_explained(document: dict[str, Any]) -> None:
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    explained = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert (set(explained), [name for name, words in explained.items() if not words]) == (used, [])


def test_summaries_are_short_and_descriptions_whole_sentences(document: dict[str, Any]) -> None:
    assert lacking(document, lambda o: len(o["summary"]) <= 80 and not o["summary"].endswith(".")) == []
    assert lacking(document, lambda o: o["description"].strip().endswith(".")) == []


def test_parameters_are_each_described_with_an_example(document: dict[str, Any]) -> None:
    faults = []
    for method, path, operation in operations(document):
        told = operation.get("parameters", [])
        named = {one["name"] for one in told if one["in"] == "path"}
        faults += [f"{method} {path}: {name} is not described" for name in set(parameters(path)) - named]
        for one in told:
            if not one.get("description"):
                faults.append(f"{method} {path}: {one['in']} {one['name']} has no description")
            if one["in"] == "path" and not (one.get("examples") or one["schema"].get("examples")):
                faults.append(f"{method} {path}: {one['name']} has no example")
    assert not faults, "\n".join(faults)


def test_schemas_have_an_example_that_holds(document: dict[str, Any]) -> None:
    faults = []
    for name in document["components"]["schemas"]:
        whole = {"$ref": f"#/components/schemas/{name}"}
        try:
            shown = example(document, whole)
        except LookupError as missing:
            faults.append(f"{name}: {missing.args[0]}")
            continue
        held = jsonschema_rs.validator_for({**whole, "components": document["components"]})
        faults += [f"{name}: {wrong.message}" for wrong in held.iter_errors(shown)]
    assert not faults, "\n".join(faults)


def example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The example of a schema: its own, or put together from those of its members.

    Raises:
        LookupError: Some member has none.
    """
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    if "const" in schema or "default" in schema:
        return schema.get("const", schema.get("default"))
    if "anyOf" in schema:
        return None if {"type": "null"} in schema["anyOf"] else example(document, schema["anyOf"][0])
    if schema.get("type") == "array":
        return [example(document, schema["items"])]
    if schema.get("type") in ("boolean", "null"):
        return True if schema["type"] == "boolean" else None
    if "properties" not in schema:
        raise LookupError(f"{schema.get('title', schema)} has no example")
    return {name: example(document, part) for name, part in schema["properties"].items()}


def test_bodies_and_answers_are_all_schemas_or_files(document: dict[str, Any]) -> None:
    faults = []
    for method, path, operation in operations(document):
        told = [operation.get("requestBody", {})]
        told += [answer for status, answer in operation["responses"].items() if status < "300" and status != "204"]
        for part in told:
            for kind, content in part.get("content", {}).items():
                named = "$ref" in content["schema"]
                if named != (kind == "application/json"):
                    faults.append(f"{method} {path}: {kind} {content}")
        if method != "HEAD" and not all(part.get("content") for part in told[1:]):  # a HEAD has none by its nature
            faults.append(f"{method} {path}: an answer without content")
    assert not faults, "\n".join(faults)


def test_problems_are_documented_as_problems(document: dict[str, Any]) -> None:
    faults = [
        f"{method} {path} {status}"
        for method, path, operation in operations(document)
        for status, answer in operation["responses"].items()
        if status >= "400" and (answer["content"] != PROBLEM or not answer["description"])
    ]
    assert faults == []


def test_problem_codes_are_a_closed_list_in_the_document(document: dict[str, Any]) -> None:
    problem = document["components"]["schemas"]["ProblemOut"]
    assert problem["properties"]["code"]["enum"] == [code.value for code in PROBLEMS]


def test_framework_own_words_for_faults_stand_nowhere(document: dict[str, Any]) -> None:
    assert [word for word in ("HTTPValidationError", "ValidationError") if word in json.dumps(document)] == []


def test_schemas_are_each_used_and_each_explained(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(schemas) == reachable(document, [document["paths"], document["webhooks"]])
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def test_requests_that_change_say_which_revision_they_take(document: dict[str, Any]) -> None:
    compared = set()
    for _, path, operation in operations(document):
        asked = {one["name"].lower(): one for one in operation.get("parameters", [])}
        answered = operation["responses"]
        if "if-match" in asked:
            assert asked["if-match"]["required"], path
            assert {"412", "428"} <= set(answered), path
            assert [status for status, answer in answered.items() if "ETag" in answer.get("headers", {})], path
        else:
            assert "428" not in answered, path
            compared |= {operation["operationId"]} if "412" in answered else set()
        if "idempotency-key" in asked:
            assert "Idempotency-Replayed" in answered["201"]["headers"], path
            assert "409" in answered, path
    assert compared == COMPARED_IN_THE_BODY | SPEAKING_TUS


def test_operations_that_need_a_sign_in_say_so(document: dict[str, Any]) -> None:
    open_to_all = {f"{m} {p}" for m, p, operation in operations(document) if "security" not in operation}
    assert open_to_all == {
        "POST /api/v1/sign-in/codes",
        "POST /api/v1/sign-in/sessions",
        "POST /api/v1/sign-in/tokens",
        "POST /api/v1/concerns",
        "GET /api/v1/window",
        "GET /api/v1/producers/{producer_id}/public-calendar.ics",
        "GET /api/v1/public-news.atom",
        "GET /api/v1/producers/{producer_id}/public-news.atom",
        "GET /api/v1/linked-calendars/{calendar_token}/calendar.ics",
        "GET /api/v1/linked-calendars/{calendar_token}/calendar.csv",
        "GET /api/v1/published",
        "GET /api/v1/published/{release_id}",
        "GET /api/v1/published/{release_id}/documents/{document_id}",
        "HEAD /api/v1/published/{release_id}/documents/{document_id}",
        "GET /api/v1/releases/{release_id}/public-list.json",
        "GET /api/v1/releases/{release_id}/public-list.csv",
        "GET /api/v1/releases/{release_id}/public-list.html",
        "GET /api/v1/releases/{release_id}/public-list.ods",
        "GET /api/v1/producers/{producer_id}/exceptional-grants.json",
        "GET /api/v1/producers/{producer_id}/exceptional-grants.html",
        "GET /api/v1/producers/{producer_id}/annual-lists",
        "GET /api/v1/annual-lists/{annual_list_id}.json",
        "GET /api/v1/annual-lists/{annual_list_id}.csv",
        "GET /api/v1/annual-lists/{annual_list_id}.ods",
        "GET /api/v1/annual-lists/{annual_list_id}.html",
        "GET /api/v1/producers/{producer_id}/arrangements",
        "GET /api/v1/producers/{producer_id}/arrangements.json",
        "GET /api/v1/producers/{producer_id}/arrangements.txt",
        "GET /api/v1/producers/{producer_id}/arrangements.html",
        "GET /api/v1/keys/declarations/jwks.json",
        "GET /api/v1/keys/log",
        "GET /healthz",
        "GET /readyz",
        "GET /problems",
        "GET /problems/{code}",
    }
    assert all("401" in o["responses"] for _, _, o in operations(document) if "security" in o)


class Page(HTMLParser):
    """Reads a page: its sections by id, its headings, its links within, and whether every tag is closed."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.update([found["id"] or ""] if "id" in found else [])
        if tag == "a" and (found.get("href") or "").startswith("#"):
            self.links.append((found["href"] or "")[1:])
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_documentation_page_shows_every_operation(client: TestClient, document: dict[str, Any]) -> None:
    answer = client.get("/docs/api")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = Page(answer.text)
    assert page.open == []
    assert [name for name, count in page.ids.items() if count > 1] == []
    assert set(page.links) <= set(page.ids)
    assert {operation["operationId"] for _, _, operation in operations(document)} <= set(page.ids)
    assert {operation["operationId"] for _, _, operation in operations(document)} <= set(page.links)
    for method, path, operation in operations(document):
        assert f"{method} {path}" in page.words
        assert operation["summary"] in page.words


def test_documentation_page_has_headings_in_order(client: TestClient) -> None:
    levels = Page(client.get("/docs/api").text).headings
    assert levels[0] == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
    assert levels.count(1) == 1


def test_documentation_page_tells_of_bodies_headers_and_problems(client: TestClient) -> None:
    words = Page(client.get("/docs/api").text).words
    section = words[words.index("POST /api/v1/releases/{release_id}/rescheduling") :]
    section = section[: section.index("POST /api/v1/releases/{release_id}/postponement")]
    for told in ("If-Match", "publishes_at", "2026-03-10T09:30:00+00:00", "ETag", "412", "428", "application/json"):
        assert told in section
    assert "**" not in words
    assert "None" not in section


def test_document_is_the_same_each_time(client: TestClient, document: dict[str, Any]) -> None:
    again = client.get("/openapi.json").json()
    assert again == document
    assert TypeAdapter(dict[str, Any]).validate_python(again)["openapi"].startswith("3.1")
