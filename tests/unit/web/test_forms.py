"""Every form is taken from our own pages alone, and nothing else than a form does anything. proof.md B2, A5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.audit.entries import EntryKind
from tests.unit.api.estate import Estate
from tests.unit.api.routes import filled, routes
from tests.unit.api.test_headers import PAGES
from tests.unit.web.browser import Visitor, words

TITLE = "Send the form again"


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    made = Estate(tmp_path_factory.mktemp("forms"), sides=("North", "South"))
    yield made
    made.service.close()


def visitor(estate: Estate, person_id: str) -> Visitor:
    return Visitor(estate.service.client, estate.headers(person_id)["Authorization"].partition(" ")[2])


def pages(estate: Estate, method: str) -> list[str]:
    return sorted({path for path, taken in routes(estate.service.client.app) if path in PAGES and method in taken})


FOREIGN = {
    "without the token": ({}, False),
    "from another site": ({"Sec-Fetch-Site": "cross-site"}, True),
    "from a site beside": ({"Sec-Fetch-Site": "same-site"}, True),
    "from another origin": ({"Origin": "https://elsewhere.example"}, True),
}


@pytest.mark.parametrize("how", FOREIGN)
def test_form_that_is_not_ours_is_refused_everywhere_and_does_nothing(estate: Estate, how: str) -> None:
    headers, with_token = FOREIGN[how]
    side = estate.sides[0]
    person = visitor(estate, side.recipient)
    person.looks("/account")
    token = person.token
    before = estate.counts()
    answers = {}
    for path in pages(estate, "POST"):
        data = {"form_token": token, "acknowledged": "yes"} if with_token else {"acknowledged": "yes"}
        answer = person.asks("POST", filled(path, side.ids), data=data, headers=headers)
        answers[path] = answer.status_code, TITLE in words(answer)
    assert answers == dict.fromkeys(pages(estate, "POST"), (403, True))
    assert len(answers) >= 12
    assert estate.counts() == before


def test_form_with_the_token_of_another_session_is_refused(estate: Estate) -> None:
    side = estate.sides[0]
    mine, other = visitor(estate, side.recipient), visitor(estate, side.reporter)
    other.looks("/account")
    answer = mine.asks("POST", "/sign-out", data={"form_token": other.token})
    assert (answer.status_code, TITLE in words(answer)) == (403, True)
    assert "Your account" in mine.looks("/account")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_form_of_another_kind_is_refused(estate: Estate, kind: str) -> None:
    person = visitor(estate, estate.sides[0].recipient)
    person.looks("/account")
    body = f"form_token={person.token}"
    answer = person.asks("POST", "/sign-out", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 403
    assert "Your account" in person.looks("/account")


def test_pages_that_are_only_looked_at_open_show_and_end_nothing(estate: Estate) -> None:
    side = estate.sides[0]
    person = visitor(estate, side.recipient)
    acts = (EntryKind.ACCESS_DECIDED, EntryKind.PASSPHRASE_REVEALED, EntryKind.COPY_STARTED, EntryKind.OPENING_ENDED)
    before, kept = estate.counts(), {kind: len(estate.service.entries(kind)) for kind in acts}
    for path in pages(estate, "GET"):
        for method in ("GET", "HEAD"):
            person.asks(method, filled(path, side.ids))
    assert estate.counts() == before
    assert {kind: len(estate.service.entries(kind)) for kind in acts} == kept


def test_pages_take_no_program_and_the_api_takes_no_cookie(estate: Estate) -> None:
    side = estate.sides[0]
    headers = estate.headers(side.recipient)
    token = headers["Authorization"].partition(" ")[2]
    program = Visitor(estate.service.client, estate.program(side)["Authorization"].partition(" ")[2])
    assert program.asks("GET", "/account").status_code == 303
    assert Visitor(estate.service.client).asks("GET", "/account", headers=headers).status_code == 303
    cookie = {"Cookie": f"__Host-pra_session={token}"}
    assert estate.service.client.get("/api/v1/me", headers=cookie).status_code == 401


def test_page_of_a_release_looks_the_same_for_none_and_for_one_that_is_not_theirs(estate: Estate) -> None:
    north, south = estate.sides
    person = visitor(estate, north.recipient)
    places = [
        path
        for path in sorted(PAGES)
        if any(name in path for name in ("{release_id}", "{document_id}", "{opening_id}", "{declaration_id}"))
    ]
    assert len(places) >= 8
    nobodys = {prefix: f"{prefix}_{'0f' * 12}" for prefix in south.ids}
    told = {}
    for path in places:
        shown = [person.asks("GET", filled(path, ids)) for ids in (south.ids, nobodys)]
        told[path] = [(answer.status_code, _without_receipt(words(answer)), dict(answer.headers)) for answer in shown]
        person.looks("/account")
        token = person.token
        sent = [
            person.asks("POST", filled(path, ids), data={"form_token": token, "acknowledged": "yes"}, **with_file(path))
            for ids in (south.ids, nobodys)
        ]
        told[f"POST {path}"] = [(one.status_code, _without_receipt(words(one)), dict(one.headers)) for one in sent]
    assert [path for path, (theirs, nothing) in told.items() if theirs != nothing] == []
    assert {path: theirs[0] for path, (theirs, _) in told.items() if theirs[0] not in (404, 405)} == {}


def with_file(path: str) -> dict[str, Any]:
    """What is sent besides to a page that takes a file."""
    return {"files": {"file": ("a.csv", b"a,b", "text/csv")}} if path.endswith(("/documents", "/list/sheet")) else {}


def _without_receipt(text: str) -> str:
    before, _, after = text.partition("ent_")
    return before + after[24:]
