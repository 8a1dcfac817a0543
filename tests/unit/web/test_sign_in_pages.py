"""Signing in on the pages: what the cookies are, that no session can be fixed beforehand, and how one ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app.actions import notices
from tests.build import london
from tests.service import Service
from tests.unit.web.browser import Visitor, words

ADDRESS = "robin.reader@treasury.gov.example"


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("pages"), london(2026, 3, 2, 10, 0))
    made.person("Robin Reader", ADDRESS)
    yield made
    made.close()


def mailed(service: Service) -> str:
    notices.send_due(service.tools)
    found = re.search(r"\b(\d{8})\b", service.mailbag.to(ADDRESS)[-1].body)
    assert found is not None
    return found[1]


def signs_in(service: Service, person: Visitor, then: str = "/account") -> None:
    person.looks(f"/sign-in?then={then}")
    sent = person.sends("/sign-in", email=ADDRESS, then=then)
    assert sent.status_code == 303
    person.looks(sent.headers["location"])
    done = person.sends("/sign-in/code", code_id=person.field("code_id"), code=mailed(service), then=then)
    assert (done.status_code, done.headers["location"]) == (303, then)


def test_sign_in_by_code_gives_a_session_that_only_the_browser_can_read(service: Service) -> None:
    person = Visitor(service.client)
    signs_in(service, person)
    cookie = next(line for line in person.last.headers.get_list("set-cookie") if "pra_session" in line)
    assert re.fullmatch(r"__Host-pra_session=pras_[\w-]+; HttpOnly; Path=/; SameSite=lax; Secure", cookie)
    assert sorted(person.cookies) == ["__Host-pra_session"]
    assert "Robin Reader" in person.looks("/account")


def test_sign_in_never_takes_over_a_token_that_was_there_before(service: Service) -> None:
    planted = "pras_" + "x" * 43
    person = Visitor(service.client, planted)
    signs_in(service, person)
    assert person.cookies["__Host-pra_session"] != planted
    assert Visitor(service.client, planted).asks("GET", "/account").status_code == 303


def test_sign_in_again_ends_the_session_before(service: Service) -> None:
    person = Visitor(service.client)
    signs_in(service, person)
    before = person.cookies["__Host-pra_session"]
    signs_in(service, person)
    assert Visitor(service.client, before).asks("GET", "/account").status_code == 303
    assert person.asks("GET", "/account").status_code == 200


def test_sign_out_ends_the_session_itself_and_not_only_its_cookie(service: Service) -> None:
    person = Visitor(service.client)
    signs_in(service, person)
    before = person.cookies["__Host-pra_session"]
    person.looks("/account")
    assert person.sends("/sign-out").headers["location"] == "/"
    assert person.cookies == {}
    assert service.client.get("/api/v1/me", headers={"Authorization": f"Bearer {before}"}).status_code == 401


@pytest.mark.parametrize("code", ["", "12345678", "not a code", "1" * 40])
def test_sign_in_with_a_code_that_is_none_says_so_beside_its_field(service: Service, code: str) -> None:
    person = Visitor(service.client)
    person.looks("/sign-in")
    person.looks(person.sends("/sign-in", email=ADDRESS).headers["location"])
    answer = person.sends("/sign-in/code", code_id=person.field("code_id"), code=code)
    assert answer.status_code == 422
    assert 'href="#code"' in answer.text
    assert "<title>Error: Enter the code" in answer.text
    assert "__Host-pra_session" not in person.cookies


def test_sign_in_says_the_same_to_an_address_nobody_has(service: Service) -> None:
    told = []
    for address in (ADDRESS, "nobody@treasury.gov.example"):
        person = Visitor(service.client)
        person.looks("/sign-in")
        sent = person.sends("/sign-in", email=address)
        where = re.sub(r"cod_\w+", "cod", sent.headers["location"])
        told.append((sent.status_code, where, person.looks(sent.headers["location"])))
    assert told[0] == told[1]


@pytest.mark.parametrize("then", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "x"])
def test_sign_in_never_sends_anybody_elsewhere(service: Service, then: str) -> None:
    person = Visitor(service.client)
    person.asks("GET", "/sign-in", params={"then": then})
    sent = person.sends("/sign-in", email=ADDRESS, then=then)
    person.looks(sent.headers["location"])
    done = person.sends("/sign-in/code", code_id=person.field("code_id"), code=mailed(service), then=then)
    assert done.headers["location"] == "/releases"


def test_sessions_are_shown_and_each_can_be_ended(service: Service) -> None:
    here, there = Visitor(service.client), Visitor(service.client)
    signs_in(service, here)
    signs_in(service, there)
    shown = here.looks("/account/sessions")
    assert (shown.count("This one, since"), shown.count("Another, since")) == (1, 1)
    other = re.findall(r"/account/sessions/(ses_\w+)/end", here.last.text)
    mine = re.search(r"This one.*?(ses_\w+)/end", here.last.text, re.DOTALL)
    assert mine is not None
    (elsewhere,) = [one for one in other if one != mine[1]]
    assert here.sends(f"/account/sessions/{elsewhere}/end").headers["location"] == "/account/sessions"
    assert there.asks("GET", "/account").status_code == 303
    assert here.asks("GET", "/account").status_code == 200


def test_session_of_somebody_else_cannot_be_ended(service: Service) -> None:
    person, email = Visitor(service.client), "other@treasury.gov.example"
    other = service.person("Other", email)
    theirs = service.headers(other)
    session_id = service.client.get("/api/v1/me/sessions", headers=theirs).json()["results"][0]["session_id"]
    signs_in(service, person)
    person.looks("/account")
    assert person.sends(f"/account/sessions/{session_id}/end").status_code == 404
    mine = service.headers(service.client.get("/api/v1/me", headers=theirs).json()["person"]["person_id"])
    assert service.client.get("/api/v1/me", headers=mine).status_code == 200
    ended = service.client.delete(f"/api/v1/me/sessions/{session_id}", headers=theirs)
    assert (ended.status_code, service.client.get("/api/v1/me", headers=theirs).status_code) == (204, 401)


def test_page_that_needs_a_sign_in_comes_back_to_itself(service: Service) -> None:
    person = Visitor(service.client)
    sent = person.asks("GET", "/account/openings?after=x")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?then=%2Faccount%2Fopenings%3Fafter%3Dx")
    signs_in(service, person, "/account/openings")
    assert "You have opened nothing" not in words(person.asks("GET", "/account"))
