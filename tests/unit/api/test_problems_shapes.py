"""What is absent and what belongs to another producer are never told apart. proof.md A2.

Every identifier in every route is swapped: each of North's people asks for South's, and for one that nobody has. The
two answers must be equal, headers included, but for the number of their receipt.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from app.actions import auditing
from app.rules.facts import Role
from tests.unit.api.estate import Estate
from tests.unit.api.routes import PREFIXES, filled, operations, parameters
from tests.unit.api.test_openapi import example

_IDENT = re.compile(r"\b([a-z]{3})_[0-9a-f]{24}\b")
# People, posts and organisations belong to no producer: whoever prepares lists finds all of them.
SHARED = {"per", "pst", "org", "hld"}
# The Code (2018 and 2022 T3.1, 2025 3.1) has dates announced to everybody, and in this estate they are: so this public
# page tells South's producer from one that nobody has. What the law has published (SI 2008/2998 Sch. para 5(4)(a) and
# para 9, and their like) has nothing to show yet, and must not be told apart. What it shows then: see the last tests.
ANNOUNCED = ("/public-calendar.ics", "/public-news.atom")
OF_UPLOADS = {
    "Tus-Resumable": "1.0.0",
    "Upload-Length": "500",
    "Upload-Offset": "0",
    "Upload-Metadata": "filename cmVnaW9ucy5jc3Y=",
}
FILES = {"text/csv": b"Post,Organisation\nClerk,Ministry\n", "application/offset+octet-stream": b"x"}
ROLES = ("statistician", "head of profession", "auditor", "recipient", "stranger", "program")


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    made = Estate(tmp_path_factory.mktemp("shapes"))
    yield made
    made.service.close()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """One in which nobody has asked for anything of the other producer's, and so been told what they sent."""
    made = Estate(tmp_path_factory.mktemp("untouched"))
    yield made
    made.service.close()


def headers_of(estate: Estate, role: str) -> dict[str, str]:
    north = estate.sides[0]
    if role == "program":
        return estate.program(north)
    people = {"recipient": north.recipient, "stranger": estate.stranger}
    return estate.headers(people.get(role) or north.sat.people[Role(role.replace(" ", "_"))])


def absent(prefix: str) -> str:
    return f"{prefix}_{'0f' * 12}"


def shape(answer: Response) -> tuple[int, dict[str, str], Any]:
    """An answer without what must differ: the number of its receipt."""
    body = re.sub(r"ent_[0-9a-f]{24}", "ent_", answer.text)
    return answer.status_code, dict(answer.headers), body


def requests(document: dict[str, Any], north: dict[str, str]) -> Iterator[tuple[str, str, dict[str, Any], list[str]]]:
    """Every documented request, complete and about North, with the identifiers that stand in it."""
    for method, path, operation in operations(document):
        address = re.sub(
            r"\{(\w+)\}", lambda found: north[PREFIXES[found[1]]] if found[1] in PREFIXES else found[0], path
        )
        sent: dict[str, Any] = {"params": {}, "headers": {}}
        for asked in operation.get("parameters", []):
            if asked["name"].lower() == "if-match":
                sent["headers"]["If-Match"] = '"1"'
            elif asked["in"] == "header" and asked["name"] in OF_UPLOADS:
                sent["headers"][asked["name"]] = OF_UPLOADS[asked["name"]]
            elif asked["in"] == "query" and asked["name"] in PREFIXES:
                sent["params"][asked["name"]] = north[PREFIXES[asked["name"]]]
            elif asked["in"] == "query" and asked.get("required"):
                sent["params"][asked["name"]] = "claimants.csv"
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                sent["json"] = body_about(north, example(document, content["schema"]))
            elif kind in FILES:
                sent["content"], sent["headers"]["Content-Type"] = FILES[kind], kind
        named = [north[PREFIXES[name]] for name in parameters(path) if name in PREFIXES]
        named += list(sent["params"].values()) + list((sent.get("json") or {}).values())
        yield method, address, sent, [one for one in named if isinstance(one, str) and one in north.values()]


def body_about(north: dict[str, str], shown: dict[str, Any]) -> dict[str, Any]:
    found = dict(shown)
    for name, value in shown.items():
        prefix = PREFIXES.get(name.removeprefix("from_").removeprefix("lead_"), "")
        if prefix or (isinstance(value, str) and _IDENT.fullmatch(value)):
            found[name] = north.get(prefix or str(value)[:3], value)
    return found


def swapped(address: str, sent: dict[str, Any], one: str, other: str) -> tuple[str, dict[str, Any]]:
    changed = deepcopy(sent)
    for place in ("params", "json"):
        for name, value in (changed.get(place) or {}).items():
            if value == one:
                changed[place][name] = other
    return address.replace(one, other), changed


@pytest.mark.parametrize("role", ROLES)
def test_identifier_of_another_producer_answers_as_one_that_nobody_has(estate: Estate, role: str) -> None:
    client = estate.service.client
    north, south = (side.ids for side in estate.sides)
    told_apart: list[str] = []
    receipts: list[tuple[str, ...]] = []
    headers, found = headers_of(estate, role), 0
    for method, address, sent, named in requests(client.get("/openapi.json").json(), north):
        if method == "GET" and named:
            found += client.get(address, headers=headers, params=sent["params"]).status_code == 200
        for one in named:
            prefix = one[:3]
            if prefix in SHARED or address.endswith(ANNOUNCED):
                continue
            answers = []
            for other in (absent(prefix), south[prefix]):
                where, what = swapped(address, sent, one, other)
                what["headers"] = {**what["headers"], **headers}
                answers.append(client.request(method, where, **what))
            if shape(answers[0]) != shape(answers[1]):
                told_apart.append(f"{method} {address} {prefix}: {shape(answers[0])} {shape(answers[1])}")
            if role != "auditor" and answers[1].status_code < 300 and south[prefix] in answers[1].text:
                told_apart.append(f"{method} {address} {prefix} gave {answers[1].text[:300]}")
            receipts.append(tuple(answer.json()["instance"] for answer in answers if "instance" in answer.text))
    assert not told_apart, "\n".join(told_apart)
    assert len(receipts) > 50
    # The requests are good ones: with identifiers of their own producer the same people are told something.
    assert found >= (0 if role == "stranger" else 2)
    auditing.sequence(estate.tools)
    for pair in receipts:
        assert len({told_by(client.get(one, headers=headers)) for one in pair}) <= 1


def told_by(receipt: Response) -> tuple[int, str]:
    """What the receipt of a refusal tells whoever was refused, without what differs from entry to entry."""
    if receipt.status_code != 200:
        return receipt.status_code, receipt.json()["code"]
    leaf = json.loads(base64.b64decode(receipt.json()["entry"]))
    names = sorted(leaf.pop("sealed")), sorted(receipt.json()["disclosed"])
    return 200, json.dumps([{name: leaf[name] for name in sorted(leaf) if name not in ("id", "at")}, names])


@pytest.mark.parametrize("role", [role for role in ROLES if role != "stranger"])
def test_pages_of_one_producer_hold_nothing_of_the_other(untouched: Estate, role: str) -> None:
    client = untouched.service.client
    south, headers = untouched.sides[1], headers_of(untouched, role)
    secret = {one for ids in (south.ids, south.spare) for name, one in ids.items() if name not in SHARED}
    read = 0
    for method, path, operation in operations(client.get("/openapi.json").json()):
        if method != "GET" or parameters(path) or "security" not in operation:
            continue
        answer = client.get(path, headers=headers, params={"limit": 100} if "limit" in str(operation) else {})
        if answer.headers["content-type"].startswith(("application/json", "application/x-ndjson")):
            found = {match[0] for match in _IDENT.finditer(answer.text)} & secret
            assert (path, found) == (path, set())
            read += answer.status_code == 200
    assert read >= 3


def test_unknown_address_and_unknown_thing_read_alike_to_nobody(estate: Estate) -> None:
    client = estate.service.client
    answers = {
        shape(client.get(f"/api/v1/{what}/{one}"))[0::2]
        for what, prefix in (("releases", "rel"), ("documents", "doc"), ("openings", "opn"), ("lists", "lst"))
        for one in (absent(prefix), estate.sides[1].ids[prefix])
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401


def test_nothing_there_is_one_document_for_every_kind_of_thing(estate: Estate) -> None:
    client = estate.service.client
    told = set()
    for what, prefix in (
        ("releases", "rel"),
        ("lists", "lst"),
        ("documents", "doc"),
        ("openings", "opn"),
        ("declarations", "dcl"),
        ("incidents", "inc"),
        ("report-versions", "rpv"),
        ("producers", "prd"),
        ("people", "per"),
    ):
        for one in (absent(prefix), estate.sides[1].ids[prefix]):
            answer = client.get(f"/api/v1/{what}/{one}", headers=estate.headers(estate.stranger))
            told.add((answer.status_code, re.sub(r"ent_[0-9a-f]{24}", "ent_", answer.text)))
    assert len(told) == 1
    status, body = next(iter(told))
    assert (status, "not_found" in body, "reasons" in body) == (404, True, False)


def public_pages(estate: Estate, ids: dict[str, str]) -> dict[str, Response]:
    """What anybody is shown at each address that is open to everybody and names something, by path."""
    client = estate.service.client
    document = client.get("/openapi.json").json()
    return {
        path: client.get(filled(path, ids))
        for method, path, operation in operations(document)
        if method == "GET" and "security" not in operation and set(parameters(path)) & set(PREFIXES)
    }


def words_of(answer: Response) -> str:
    """Everything that stands in an answer, as one can read it: sheets unpacked, folded lines joined."""
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            return " ".join(packed.read(name).decode() for name in packed.namelist())
    return re.sub(r"\r\n[ \t]", "", answer.text)


def test_public_pages_tell_nothing_that_was_not_announced_or_published(tmp_path: Path) -> None:
    made = Estate(tmp_path, sides=("South",))
    (south,) = made.sides
    nobodys = {name: absent(name) for name in south.ids}
    before, nothing = public_pages(made, south.ids), public_pages(made, nobodys)
    assert len(before) > 12
    assert {path for path in before if shape(before[path]) != shape(nothing[path])} == {
        f"/api/v1/producers/{{producer_id}}{path}" for path in ANNOUNCED
    }
    made.publish_lists()
    after = public_pages(made, south.ids)
    # South's own site was never down, so of its release there is nothing at the address where it would then be.
    here = {path for path in after if path.startswith("/api/v1/published/")}
    assert len(here) == 2
    assert {(after[path].status_code, shape(after[path]) == shape(nothing[path])) for path in here} == {(404, True)}
    assert {answer.status_code for path, answer in after.items() if path not in here} == {200}

    # Planned releases, what they hold, people, and everything that is kept of either.
    hidden = {one for name, one in (*south.ids.items(), *south.spare.items()) if name not in ("prd", "rel", "ann")}
    hidden = hidden - {south.ids["rel"]} | {
        south.spare["rel"],
        south.welsh,
        "Earnings",
        "Waiting",
        "@south.gov.example",
    }
    hidden |= {f"{name} South" for name in ("Robin Reader", "Rowan Reporter", "Fern Former", "Sam Asker", "Co Cherry")}
    told = [
        (path, one) for pages in (before, after) for path in pages for one in hidden if one in words_of(pages[path])
    ]
    assert told == []
    # The same look finds what may be found.
    for name, shown in (("public-calendar.ics", "Claimant count"), ("public-list.ods", "Private Secretary 1, South")):
        assert [path for path, answer in after.items() if path.endswith(name) and shown in words_of(answer)] != []
    made.service.close()


def test_producer_that_announced_nothing_has_no_calendar_for_everybody(tmp_path: Path) -> None:
    made = Estate(tmp_path, sides=())
    quiet = made.service.producer("Office for Quiet Statistics")
    planned = {"producer_id": quiet.producer_id, "title": "Quiet figures", "order": "uk", "sensitivity": "ordinary"}
    client, headers = made.service.client, made.headers(quiet.people[Role.STATISTICIAN])
    body = {**planned, "publishes_at": "2026-04-14T08:30:00+00:00"}
    registered = client.post("/api/v1/releases", json=body, headers=headers)
    assert registered.status_code == 201, registered.text
    seen = client.get(f"/api/v1/producers/{quiet.producer_id}/calendar.ics", headers=headers)
    assert "Quiet figures" in words_of(seen)
    answers = [client.get(f"/api/v1/producers/{one}/public-calendar.ics") for one in (quiet.producer_id, absent("prd"))]
    assert shape(answers[0]) == shape(answers[1])
    assert answers[0].status_code == 404
    made.service.close()
