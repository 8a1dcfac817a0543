"""Bytes that no client of ours sends: each gets a problem that says what, none a 5xx, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from tests.unit.api.estate import RECEIPTS_TOKEN, Estate
from tests.unit.api.routes import acting, operations
from tests.unit.api.test_openapi import example
from tests.unit.api.test_problems_shapes import absent, body_about, requests
from tests.unit.api.test_schemathesis import ROLES

RECEIPTS = {"Authorization": f"Bearer {RECEIPTS_TOKEN}"}
NUL = "a\x00b"
SURROGATE = "a\ud800b"
TURNED = "report\u202efdp.exe"
JUNK_TOKENS = (
    b"Bearer",
    b"Bearer ",
    b"Bearer \xff\xfe",
    b"Bearer \x01",
    b"Basic YTpi",
    b"bearer pras_" + b"x" * 20_000,
    b"Bearer eyJhbGciOiJub25lIn0.e30.",
    b"Bearer a.b.c",
    b"Bearer pras_\xc3\xa9",
    b"\xff",
    b"Bearer,Bearer",
)
BAD_JSON = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe\xfd",
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": ' + b"9" * 5_000 + b"}",
    b"[" * 50_000,
    b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    b'{"\xed\xa0\x80": 1}',
)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    made = Estate(tmp_path_factory.mktemp("malformed"), sides=("North",))
    yield made
    made.service.close()


@pytest.fixture
def either(tmp_path: Path, any_database_url: str) -> Iterator[Estate]:
    """On SQLite and on PostgreSQL, which do not take the same texts and numbers."""
    made = Estate(tmp_path, sides=("North",), database_url=any_database_url)
    yield made
    made.service.close()


def strings(part: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body a string stands."""
    if isinstance(part, str):
        yield place
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, one in inner:
        yield from strings(one, (*place, name))


def with_other(part: Any, place: tuple[Any, ...], other: Any) -> Any:
    if not place:
        return other
    copied = dict(part) if isinstance(part, dict) else list(part)
    copied[place[0]] = with_other(copied[place[0]], place[1:], other)
    return copied


def bodies(estate: Estate) -> Iterator[tuple[str, str, dict[str, Any], dict[str, str]]]:
    """Every request with a JSON body: method, address, the body whole and good, and headers of who may send it."""
    document = estate.service.client.get("/openapi.json").json()
    north = estate.sides[0].ids
    addresses = {
        (m, p): (a, s) for (m, p, _), (_, a, s, _) in zip(operations(document), requests(document, north), strict=True)
    }
    for method, path, operation in operations(document):
        kinds = operation.get("requestBody", {}).get("content", {})
        if "application/json" in kinds:
            address, sent = addresses[method, path]
            who = RECEIPTS if path.endswith("/mail/receipts") else ROLES[acting(path, operation["tags"])](estate)
            headers = {**sent["headers"], **who}
            whole = body_about(north, example(document, kinds["application/json"]["schema"]))
            yield method, address, whole, headers


def bodies_that_may_be_left_out(estate: Estate) -> set[tuple[str, str]]:
    """Requests that need not say anything, by method and address."""
    document = estate.service.client.get("/openapi.json").json()
    return {
        (method, address)
        for (_, _, operation), (method, address, _, _) in zip(
            operations(document), requests(document, estate.sides[0].ids), strict=True
        )
        if "requestBody" in operation and not operation["requestBody"].get("required")
    }


def raw(estate: Estate, method: str, address: str, content: bytes, headers: dict[str, str]) -> Response:
    typed = {"Content-Type": "application/json", **headers}
    return estate.service.client.request(method, address, content=content, headers=typed)


def told(answer: Response) -> tuple[int, str, str]:
    problem = answer.headers.get("content-type", "")
    return answer.status_code, problem, answer.json().get("code", "") if problem.endswith("json") else answer.text


def test_text_that_no_database_may_see_is_refused_in_every_field(either: Estate) -> None:
    before, faults, sent = either.counts(), [], 0
    for method, address, whole, headers in bodies(either):
        for place in strings(whole):
            for hostile in (NUL, SURROGATE):
                body = json.dumps(with_other(whole, place, hostile)).encode()
                answer = raw(either, method, address, body, headers)
                sent += 1
                # An address is looked at by its action, which looks at the state of the list first.
                if told(answer)[0::2] != (409, "wrong_state") and told(answer)[0] != 422:
                    faults.append(f"{method} {address} {place} {hostile!r}: {told(answer)}")
    assert not faults, "\n".join(faults)
    assert sent > 100
    assert either.counts() == before


def limits(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The members of a body that are text, and how long each may be."""
    members = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]].get("properties", {})
    for name, member in members.items():
        for one in (member, *member.get("anyOf", ())):
            if one.get("type") == "string" and "maxLength" in one:
                yield name, one["maxLength"]


def test_texts_longer_than_the_document_says_are_refused_and_no_shorter_ones(estate: Estate) -> None:
    document = estate.service.client.get("/openapi.json").json()
    schemas = {
        (method, path): operation["requestBody"]["content"]["application/json"]["schema"]
        for method, path, operation in operations(document)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    sent = 0
    for schema, (method, address, whole, headers) in zip(schemas.values(), bodies(estate), strict=True):
        for name, most in limits(document, schema):
            long = json.dumps({**whole, name: "a" * (most + 1)}).encode()
            answer = raw(estate, method, address, long, headers)
            assert told(answer) == (422, "application/problem+json", "invalid_request"), (address, name)
            fits = raw(estate, method, address, json.dumps({**whole, name: "a" * most}).encode(), headers)
            places = [fault["where"] for fault in fits.json().get("errors", [])] if fits.content else []
            assert not [where for where in places if where == f"body.{name}" and "at most" in fits.text], (
                address,
                name,
            )
            sent += 1
    assert sent > 20


def test_bodies_that_are_no_json_object_are_refused_by_every_operation(estate: Estate) -> None:
    faults, left_out = [], bodies_that_may_be_left_out(estate)
    assert len(left_out) == 7  # an approval of a deputy, or a list sent for approval, needs none
    for method, address, _, headers in bodies(estate):
        for content in BAD_JSON:
            answer = raw(estate, method, address, content, headers)
            if content in (b"", b"null") and (method, address) in left_out:
                # No body at all: whatever the state of things says, but never a fault of ours.
                assert answer.status_code < 500, address
            elif told(answer) != (422, "application/problem+json", "invalid_request") and told(answer)[0] != 413:
                faults.append(f"{method} {address} {content[:20]!r}: {told(answer)}")
    # Whoever may say everything in a JWK is told by the keys room what is wrong with theirs.
    assert [fault for fault in faults if "key_not_valid" not in fault] == []


def test_body_of_another_kind_is_refused(estate: Estate) -> None:
    for method, address, whole, headers in bodies(estate):
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/xml",
            "\xff",
        ):
            typed = {**headers, "Content-Type": kind.encode("latin-1")}
            answer = estate.service.client.request(method, address, content=json.dumps(whole), headers=typed)
            assert told(answer)[:2] in ((422, "application/problem+json"), (415, "application/problem+json")), (
                address,
                kind,
                told(answer),
            )


def test_addresses_with_bytes_of_no_text_are_refused(either: Estate) -> None:
    document = either.service.client.get("/openapi.json").json()
    faults = []
    for (method, path, operation), (_, address, sent, _) in zip(
        operations(document), requests(document, either.sides[0].ids), strict=True
    ):
        asked = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
        headers = {**sent["headers"], **ROLES[acting(path, operation["tags"])](either)}
        params = "&".join(f"{name}={value}" for name, value in sent["params"].items())
        tried = [f"{address}?{params}&{name}={bad}" for name in asked for bad in ("%00", "%ff", "%ed%a0%80", "9" * 400)]
        tried += [f"{address}?{params}&{name}=1&{name}=2" for name in asked]
        tried += [f"{address}{bad}" for bad in ("%00", "%ff", "%2f..%2f..", "%0d%0aSet-Cookie:a=b")]
        for one in tried:
            body = {"json": sent["json"]} if "json" in sent else {}
            answer = either.service.client.request(method, one, headers=headers, follow_redirects=False, **body)
            if answer.status_code >= 500 or "set-cookie" in answer.headers or 300 <= answer.status_code < 400:
                faults.append(f"{method} {one[:120]}: {told(answer)}")
    assert not faults, "\n".join(faults)


def test_headers_that_are_junk_are_refused(estate: Estate) -> None:
    client, north = estate.service.client, estate.sides[0]
    for junk in JUNK_TOKENS:
        answer = client.get("/api/v1/me", headers=[(b"authorization", junk)])
        assert told(answer) == (401, "application/problem+json", "not_signed_in"), junk
        assert answer.headers["www-authenticate"] == "Bearer"
    good = ROLES["head of profession"](estate)
    twice = client.get("/api/v1/me", headers=[("authorization", "Bearer x"), *good.items()])
    assert told(twice)[0] == 401
    for match in (b"*", b'W/"1"', b'"99999999999"', b"1", b'"-1"', b'"1","2"', b"\xff", b'"\xd9\xa1"', b""):
        answer = client.post(
            f"/api/v1/releases/{north.ids['rel']}/postponement",
            headers=[*((k.encode(), v.encode()) for k, v in good.items()), (b"if-match", match)],
            json={"reason": "The tables are not finished."},
        )
        assert told(answer) == (428, "application/problem+json", "if_match_required"), match
    for key in (b"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", b"tab\tbed-key", b"x" * 5000):
        answer = client.post(
            "/api/v1/incidents",
            headers=[*((k.encode(), v.encode()) for k, v in good.items()), (b"idempotency-key", key)],
            json={"kind": "other", "statement": "Something."},
        )
        assert told(answer) == (422, "application/problem+json", "idempotency_key_not_valid"), key


def test_file_names_and_grounds_that_deceive_are_refused(estate: Estate) -> None:
    client, north, headers = estate.service.client, estate.sides[0], ROLES["statistician"](estate)
    documents = f"/api/v1/releases/{north.spare['rel']}/documents"
    before = estate.counts()
    for name in ("../../etc/passwd", "a\x00.csv", TURNED, "a\r\nSet-Cookie: a=b.csv", "", "x" * 401, "con\x7f.csv"):
        answer = client.post(documents, params={"file_name": name}, content=b"a,b\n", headers=headers)
        assert told(answer)[:2] == (422, "application/problem+json"), name
    imports = f"/api/v1/releases/{north.spare['rel']}/lists/imports"
    typed = {**headers, "Content-Type": "text/csv"}
    for content in (b"", b"\x00\x01", b"Post,Organisation\n\x00,\x00\n", b"\xff\xfe\xfd", b"=cmd|' /C calc'!A0\n"):
        answer = client.post(imports, content=content, headers=typed)
        assert told(answer)[:2] in ((422, "application/problem+json"), (409, "application/problem+json")), content
    assert estate.counts() == before


def test_numbers_beyond_every_database_are_refused(either: Estate) -> None:
    client = either.service.client
    who = ROLES["auditor of all"](either)
    for limit in ("0", "-1", "101", "9" * 40, "1e3", "0x10", "١"):
        answer = client.get("/api/v1/audit/entries", params={"limit": limit}, headers=who)
        assert told(answer) == (422, "application/problem+json", "invalid_request"), limit
    for after in ("AAAA", "ZW50cmllczo5OTk5OTk5OTk5OTk5OTk5OTk", "%", "é", "a" * 61, "ZW50cmllczrZoQ"):
        answer = client.get("/api/v1/audit/entries", params={"after": after}, headers=who)
        assert told(answer)[0] in (200, 422), after
    for days in (0, -1, 10**30, 1.5, "365", True):
        answer = client.post(
            "/api/v1/producers",
            json={"organisation_id": absent("org"), "contact": "Desk", "declaration_days": days},
            headers=ROLES["administrator"](either),
        )
        assert told(answer) == (422, "application/problem+json", "invalid_request"), days
