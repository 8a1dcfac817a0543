"""Administrators' pages: who there is and who may do what, and no way from there to a document."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app.actions import auditing, health, kept, providers, storing
from app.audit.entries import EntryKind
from app.rules.errors import ClockWrong
from app.rules.facts import Role
from tests.application import client_of
from tests.build import london
from tests.service import Service
from tests.unit.web.browser import Visitor, words

PAGES = (
    "/admin",
    "/admin/people",
    "/admin/organisations",
    "/admin/providers",
    "/admin/credentials",
)
ACTS = "roles|sign-out|provider-accounts|producer|approval|required|end|secret|holdings|unit|handover|erasure|refusal"
PROPOSED = {
    "issuer": "http://127.0.0.1:9",
    "client_id": "pra",
    "secret": "a-secret",
    "domains": "treasury.gov.example, hmt.gov.example",
    "amr": "mfa",
    "required": "yes",
}


class Hall:
    def __init__(self, service: Service) -> None:
        self.service = service
        service.use(client_of(service.tools))
        self.sat = service.producer()
        self.first, self.second = service.administrator(), service.administrator("bo.admin@service.gov.example")

    def of(self, person_id: str) -> Visitor:
        return Visitor(self.service.client, self.service.headers(person_id)["Authorization"].partition(" ")[2])


@pytest.fixture
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    made = Hall(Service(tmp_path_factory.mktemp("hall"), london(2026, 3, 2, 10, 0)))
    yield made
    made.service.close()


def test_pages_are_for_administrators_alone(hall: Hall) -> None:
    admin = hall.of(hall.first)
    for place in PAGES:
        assert admin.asks("GET", place).status_code == 200
        assert Visitor(hall.service.client).asks("GET", place).status_code == 303
        for role in (Role.HEAD_OF_PROFESSION, Role.AUDITOR, Role.STATISTICIAN):
            assert hall.of(hall.sat.people[role]).asks("GET", place).status_code == 403
    person = hall.sat.people[Role.STATISTICIAN]
    for place in (f"/admin/people/{person}", f"/admin/organisations/{hall.sat.organisation_id}"):
        assert admin.asks("GET", place).status_code == 200
        # Somebody who prepares lists may see a person through the API, and not on the page that gives roles.
        assert hall.of(person).asks("GET", place).status_code == 403


def test_first_page_shows_every_check_and_the_public_parts_of_the_keys(hall: Hall) -> None:
    shown = hall.of(hall.first).looks("/admin")
    untried = {"sealed documents"}
    assert untried < {name for name, _ in health.CHECKS}
    for name, _ in health.CHECKS:
        assert f"{name.capitalize()} {'Not tried here' if name in untried else 'In order'}" in shown
    (vkey,) = hall.service.tools.keys.checkpoint_vkeys(hall.service.tools.policy.origin)
    assert vkey in shown
    hall.service.clock.wrong_by = london(2026, 3, 2, 10, 0) - london(2026, 3, 2, 9, 59)
    assert "Clock In order" in hall.of(hall.first).looks("/admin")  # found wrong only when it is compared
    with pytest.raises(ClockWrong):
        auditing.check_clock(hall.service.tools)
    assert "Clock Look at this the clock differs from the reference by 60.0 seconds" in hall.of(hall.first).looks(
        "/admin"
    )


def test_first_page_changes_nothing_by_being_looked_at(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = hall.of(hall.first)
    admin.looks("/admin")
    before = len(hall.service.entries())
    hall.service.clock.wrong_by = london(2026, 3, 2, 10, 0) - london(2026, 3, 2, 9, 59)

    def put(*_: object, **__: object) -> None:
        raise AssertionError("something was put into the store")

    monkeypatch.setattr(storing, "try_out", put)
    admin.looks("/admin")
    assert len(hall.service.entries()) == before


def test_looks_within_seconds_of_each_other_use_up_one_reading_process(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop, used, passed = hall.service.tools.workshop, list[str](), [0.0]
    check = workshop.check

    def counted() -> str:
        used.append("one")
        return check()

    monkeypatch.setattr(workshop, "check", counted)
    monkeypatch.setattr(hall.service.clock, "monotonic_seconds", lambda: passed[0])
    admin = hall.of(hall.first)
    first, second = (admin.looks("/admin").partition("Reading of documents")[2][:90] for _ in range(2))
    assert (used, first) == (["one"], second)
    assert first.startswith(" In order each document is read in a process of its own")
    passed[0] = kept.SAID_SECONDS
    admin.looks("/admin")
    assert used == ["one", "one"]


def test_check_that_breaks_is_said_and_keeps_nothing_else_from_being_looked_at(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> str:
        raise ZeroDivisionError("nobody must read this")

    monkeypatch.setattr(health, "CHECKS", (("letters", broken), *health.CHECKS[:1]))
    shown = hall.of(hall.first).looks("/admin")
    assert "Letters Look at this This could not be looked at." in shown
    assert ("Key ring In order" in shown, "nobody must read this" in shown) == (True, False)


def test_no_way_leads_from_there_to_a_document_or_a_list(hall: Hall) -> None:
    admin, seen, waiting = hall.of(hall.first), set(), ["/admin"]
    while waiting:
        place = waiting.pop()
        seen.add(place)
        found = re.findall(r'(?:href|action)="(/[^"#]*)"', admin.asks("GET", place).text)
        waiting += [
            one
            for one in dict.fromkeys(found)
            if one.startswith(("/admin", "/posts"))
            and one not in seen | set(waiting)
            and not re.search(
                r"/(roles|sign-out|provider-accounts|producer|approval|required|end|secret|holdings|unit|handover)$",
                one,
            )
        ]
        assert [one for one in found if re.search(r"/documents|/openings|/content|/lists", one)] == [
            one for one in found if one == "/account/openings"
        ]
    assert len(seen) > 6


def test_person_is_added_found_and_given_a_role_that_can_be_ended(hall: Hall) -> None:
    admin = hall.of(hall.first)
    admin.looks("/admin/people")
    added = admin.sends("/admin/people", name="Nia New", email="Nia.New@Trade.gov.example")
    where = added.headers["location"]
    admin.looks("/admin/people")
    found = words(admin.sends("/admin/people", sought="Nia.New@trade.gov.example"))
    assert ("Nia New" in found, "Alex" in found) == (True, False)
    assert 'method="get"' not in admin.last.text  # whose address is looked for stands in no address of ours
    admin.looks("/admin/people")
    nobody = admin.sends("/admin/people", sought="no.one@trade.gov.example")
    assert (nobody.status_code, "Nobody on record has this address." in words(nobody)) == (200, True)
    admin.looks("/admin/people")
    assert admin.sends("/admin/people", sought="x").status_code == 422
    admin.looks(where)
    given = admin.sends(f"{where}/roles", role="statistician", organisation_id=hall.sat.organisation_id)
    assert given.headers["location"] == where
    assert "Statistician, Office for Example Statistics" in admin.looks(where)
    (end,) = re.findall(rf'action="({where}/roles/rol_\w+/end)"', admin.last.text)
    assert admin.sends(end).headers["location"] == where
    assert "None. A recipient needs none" in admin.looks(where)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "", "email": "nia@trade.gov.example"}, "Enter a name"),
        ({"name": "Nia", "email": "x"}, "Enter the work e-mail address that this person alone reads"),
        ({"name": "Nia", "email": "press.office@trade.gov.example"}, "looks like a shared mailbox"),
        ({"name": "Nia", "email": "alex.admin@service.gov.example"}, "There is a person with this address already"),
    ],
)
def test_person_that_cannot_be_added_is_asked_for_again(hall: Hall, sent: dict[str, str], said: str) -> None:
    admin = hall.of(hall.first)
    admin.looks("/admin/people")
    answer = admin.sends("/admin/people", **sent)
    assert (answer.status_code, said in words(answer)) == (422, True)


def test_role_that_cannot_be_given_is_said_beside_its_field(hall: Hall) -> None:
    admin, who = hall.of(hall.first), f"/admin/people/{hall.sat.people[Role.STATISTICIAN]}"
    admin.looks(who)
    for sent, field, said in (
        ({"role": "", "organisation_id": ""}, "role", "Choose a role"),
        ({"role": "statistician", "organisation_id": ""}, "organisation_id", "is held in one organisation"),
        ({"role": "administrator", "organisation_id": ""}, "role", "cannot also prepare or approve lists"),
    ):
        answer = admin.sends(f"{who}/roles", **sent)
        assert (answer.status_code, said in words(answer), f'href="#{field}"' in answer.text) == (422, True, True)
    own = f"/admin/people/{hall.first}"
    assert "Nobody gives a role to themselves" in admin.looks(own)
    assert admin.sends(f"{own}/roles", role="auditor", organisation_id="").status_code == 403


def test_sessions_of_somebody_are_ended(hall: Hall) -> None:
    who = hall.sat.people[Role.STATISTICIAN]
    theirs, admin = hall.of(who), hall.of(hall.first)
    theirs.looks("/account")
    admin.looks(f"/admin/people/{who}")
    admin.sends(f"/admin/people/{who}/sign-out")
    assert theirs.asks("GET", "/account").status_code == 303


def test_organisation_is_added_and_made_a_producer(hall: Hall) -> None:
    admin = hall.of(hall.first)
    admin.looks("/admin/organisations")
    where = admin.sends("/admin/organisations", name="Department for Trade").headers["location"]
    admin.looks("/admin/organisations")
    assert admin.sends("/admin/organisations", name="Department for Trade").status_code == 422
    admin.looks(where)
    wrong = admin.sends(f"{where}/producer", contact="", declaration_days="0", declaration_for_all="no")
    assert (wrong.status_code, "Say where recipients can ask" in words(wrong)) == (422, True)
    made = admin.sends(f"{where}/producer", contact="Desk", declaration_days="90", declaration_for_all="no")
    assert made.headers["location"] == where
    assert "Where an Order asks for one, for 90 days" in admin.looks(where)


def test_provider_is_proposed_by_one_and_approved_by_another(hall: Hall) -> None:
    first, second = hall.of(hall.first), hall.of(hall.second)
    first.looks("/admin/providers")
    done = first.sends("/admin/providers", organisation_id=hall.sat.organisation_id, **PROPOSED)
    assert done.headers["location"] == "/admin/providers", words(done)
    assert "You proposed it. Another administrator" in first.looks("/admin/providers")
    assert "a-secret" not in first.last.text
    (approve,) = re.findall(
        r'action="(/admin/providers/idp_\w+/approval)"', second.asks("GET", "/admin/providers").text
    )
    assert first.sends(approve).status_code == 403
    assert second.sends(approve).headers["location"] == "/admin/providers"
    shown = second.looks("/admin/providers")
    assert "hmt.gov.example, treasury.gov.example" in shown
    assert "None: it is the only way" in shown
    second.sends(approve.replace("approval", "required"))
    assert "Codes by e-mail Too" in second.looks("/admin/providers")
    second.sends(approve.replace("approval", "end"))
    assert "No organisation has one here" in second.looks("/admin/providers")
    kinds = [EntryKind.PROVIDER_PROPOSED, EntryKind.PROVIDER_APPROVED, EntryKind.PROVIDER_CHANGED]
    assert [len(hall.service.entries(kind)) for kind in [*kinds, EntryKind.PROVIDER_ENDED]] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"organisation_id": ""}, "organisation_id"),
        ({"issuer": "https://login.example"}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"domains": ""}, "domains"),
        ({"domains": "no_domain"}, "domains"),
        ({"secret": "with a blank"}, "secret"),
    ],
)
def test_provider_that_cannot_be_proposed_is_asked_for_again(hall: Hall, other: dict[str, str], field: str) -> None:
    admin = hall.of(hall.first)
    admin.looks("/admin/providers")
    sent = {"organisation_id": hall.sat.organisation_id, **PROPOSED, **other}
    answer = admin.sends("/admin/providers", **sent)
    assert (answer.status_code, f'href="#{field}"' in answer.text, "a-secret" in answer.text) == (422, True, False)
    assert providers.check_providers(hall.service.tools) == "none is configured"
