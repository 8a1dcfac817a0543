"""Programs' credentials on a page: made with a secret shown once, renewed, ended, and when each was last used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response

from app.actions import credentials
from app.audit.entries import EntryKind
from app.rules.errors import NotSignedIn
from app.rules.facts import Role
from tests.application import client_of
from tests.build import london
from tests.service import Service
from tests.unit.web.browser import Visitor, words

PLACE = "/admin/credentials"
FRESH = f"frm_{'0' * 24}"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path, london(2026, 3, 2, 10, 0))
    made.use(client_of(made.tools))
    yield made
    made.close()


def of(service: Service, person_id: str) -> Visitor:
    return Visitor(service.client, service.headers(person_id)["Authorization"].partition(" ")[2])


def once(visitor: Visitor, place: str, **fields: str) -> Response:
    """Send a form of the page that was looked at last, with the key that makes it go once."""
    return visitor.sends(place, once=visitor.field("once"), **fields)


def secret_of(visitor: Visitor) -> tuple[str, str]:
    """The number and the secret on the page that was looked at last."""
    number = re.search(r"cli_[0-9a-f]{24}", visitor.last.text)
    secret = re.search(r'id="secret">(prac_[\w-]+)<', visitor.last.text)
    assert number is not None
    assert secret is not None
    return number[0], secret[1]


def token(service: Service, client_id: str, secret: str) -> str:
    return credentials.issue_token(service.tools, client_id, secret, network="192.0.2.7").token


def test_credential_is_made_and_its_secret_is_shown_once(service: Service) -> None:
    admin = of(service, service.administrator())
    admin.looks("/admin")
    assert f'href="{PLACE}"' in admin.last.text
    assert "No program has one." in admin.looks(PLACE)
    shown = once(admin, PLACE, name="Nightly check", role="auditor", organisation_id="")
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    number, secret = secret_of(admin)
    assert "It is shown this once, and kept nowhere." in words(shown)
    told = admin.looks(PLACE)
    assert (
        f"May do Auditor, the whole service Its number {number} Made 10:00am on Monday 2 March 2026 Last used Never"
        in told
    )
    assert secret not in admin.last.text
    service.clock.forward(minutes=65)
    assert token(service, number, secret)
    assert "Last used 11:05am on Monday 2 March 2026" in of(service, service.administrator("b@x.gov.example")).looks(
        PLACE
    )


def test_new_secret_takes_the_place_of_the_one_before(service: Service) -> None:
    admin = of(service, service.administrator())
    admin.looks(PLACE)
    once(admin, PLACE, name="Nightly check", role="auditor", organisation_id="")
    number, before = secret_of(admin)
    given = token(service, number, before)
    admin.looks(PLACE)
    once(admin, f"{PLACE}/{number}/secret")
    again, after = secret_of(admin)
    assert (again, after == before) == (number, False)
    with pytest.raises(NotSignedIn):
        token(service, number, before)
    assert token(service, number, after)
    # What it was given before runs out by itself.
    headers = {"Authorization": f"Bearer {given}"}
    assert service.client.get("/api/v1/organisations", headers=headers).status_code == 200
    (entry,) = service.entries(EntryKind.CREDENTIAL_RENEWED)
    assert entry["said"] == {"client_id": number}


@pytest.mark.parametrize("renewed", [False, True])
def test_page_of_a_new_secret_that_is_loaded_again_makes_no_other(service: Service, *, renewed: bool) -> None:
    admin = of(service, service.administrator())
    admin.looks(PLACE)
    sent = {"once": admin.field("once"), "name": "Nightly check", "role": "auditor", "organisation_id": ""}
    place, form_token = PLACE, admin.token
    admin.sends(place, **sent)
    number, secret = secret_of(admin)
    if renewed:
        admin.looks(PLACE)
        sent, place, form_token = {"once": admin.field("once")}, f"{PLACE}/{number}/secret", admin.token
        admin.sends(place, **sent)
        _, secret = secret_of(admin)
    again = admin.asks("POST", place, data={"form_token": form_token, **sent})
    assert (again.status_code, "the secret was shown then" in words(again)) == (409, True)
    assert "prac_" not in again.text
    assert token(service, number, secret)
    made, given = service.entries(EntryKind.CREDENTIAL_MADE), service.entries(EntryKind.CREDENTIAL_RENEWED)
    assert (len(made), len(given)) == (1, int(renewed))
    admin.looks(PLACE)
    assert once(admin, f"{PLACE}/{number}/secret").status_code == 200  # a form that a page has just given goes


def test_credential_that_is_ended_counts_no_more_and_is_not_renewed(service: Service) -> None:
    sat = service.producer()
    admin = of(service, service.administrator())
    admin.looks(PLACE)
    once(admin, PLACE, name="Importer", role="statistician", organisation_id=sat.organisation_id)
    number, secret = secret_of(admin)
    given = token(service, number, secret)
    admin.looks(PLACE)
    assert admin.sends(f"{PLACE}/{number}/end").headers["location"] == PLACE
    told = admin.looks(PLACE)
    assert "No program has one." in told
    assert "Program Could do Last used Ended Importer Statistician, Office for Example Statistics 10:00am" in told
    headers = {"Authorization": f"Bearer {given}"}
    assert service.client.get("/api/v1/organisations", headers=headers).status_code == 401
    refused = once(admin, f"{PLACE}/{number}/secret")
    assert (refused.status_code, "This credential has ended. Make another one." in words(refused)) == (409, True)
    assert service.entries(EntryKind.CREDENTIAL_RENEWED) == []


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"name": "", "role": "auditor"}, "name", "Say which program it is, on one line"),
        ({"name": "N", "role": ""}, "role", "Choose what the program may do"),
        ({"name": "N", "role": "head_of_profession"}, "role", "Choose what the program may do"),
        ({"name": "N", "role": "statistician"}, "organisation_id", "Say in which organisation."),
    ],
)
def test_credential_that_cannot_be_made_is_asked_for_again(
    service: Service, sent: dict[str, str], field: str, said: str
) -> None:
    admin = of(service, service.administrator())
    admin.looks(PLACE)
    answer = once(admin, PLACE, organisation_id="", **sent)
    found = (answer.status_code, said in words(answer), f'href="#{field}"' in answer.text)
    assert found == (422, True, True)
    assert service.entries(EntryKind.CREDENTIAL_MADE) == []


def test_secret_goes_to_administrators_alone_and_by_a_form_of_ours_alone(service: Service) -> None:
    sat = service.producer()
    admin = of(service, service.administrator())
    admin.looks(PLACE)
    once(admin, PLACE, name="Nightly check", role="auditor", organisation_id="")
    number, _ = secret_of(admin)
    assert admin.asks("POST", f"{PLACE}/{number}/secret", data={}).status_code == 403
    assert admin.asks("GET", f"{PLACE}/{number}/secret").status_code == 405
    for role in (Role.AUDITOR, Role.HEAD_OF_PROFESSION):
        other = of(service, sat.people[role])
        other.looks("/report")
        for act in (f"/{number}/secret", f"/{number}/end"):
            assert other.sends(f"{PLACE}{act}", once=FRESH).status_code == 403
        assert other.sends(PLACE, once=FRESH, name="N", role="auditor", organisation_id="").status_code == 403
    assert service.entries(EntryKind.CREDENTIAL_RENEWED) == []


def test_list_of_credentials_tells_an_administrator_by_the_api_what_the_page_tells(service: Service) -> None:
    headers = service.headers(service.administrator())
    body = {"name": "Nightly check", "role": "auditor"}
    made = service.client.post("/api/v1/credentials", headers=headers, json=body).json()
    token(service, made["client_id"], made["secret"])
    found = service.client.get("/api/v1/credentials", headers=headers).json()
    at = "2026-03-02T10:00:00.000Z"
    times = {"made_at": at, "last_used_at": at, "ended_at": None}
    assert found == {
        "results": [{"client_id": made["client_id"], **body, "organisation_id": None, **times}],
        "next": None,
    }
    path = f"/api/v1/credentials/{made['client_id']}/secret"
    renewed = service.client.post(path, headers=headers)
    assert (renewed.status_code, renewed.json()["secret"] == made["secret"]) == (201, False)
    assert token(service, made["client_id"], renewed.json()["secret"])
