"""Who puts a sign-in provider on record: one administrator proposes, another approves, and the operator may do both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import wiring
from app.actions import health, notices, providers, rewrapping, sign_in
from app.audit.entries import EntryKind
from app.cli import main
from app.outside.providers import ProviderPost
from app.records import tables
from app.rules.errors import Broken, Malformed, PraError
from app.rules.facts import Role
from tests.provider import SECRET, LyingProvider
from tests.service import Service
from tests.unit.providers.town import ADDRESS, DOMAIN, OPERATOR, ROBIN, Town, a_provider
from tests.unit.web.browser import Visitor

PATH = "/api/v1/sign-in-providers"


@pytest.fixture
def admin(service: Service) -> dict[str, str]:
    return service.headers(service.administrator())


@pytest.fixture
def second(service: Service) -> dict[str, str]:
    return service.headers(service.administrator("bo.admin@service.gov.example"))


def a_body(service: Service, issuer: str, **other: object) -> dict[str, object]:
    return {
        "organisation_id": service.organisation("Treasury"),
        "issuer": issuer,
        "client_id": "pra-gatekeeper",
        "secret": SECRET.replace(" ", "-"),
        "domains": ["@Treasury.gov.example"],
        **other,
    }


def test_provider_proposed_by_one_and_approved_by_another_signs_people_in(
    service: Service, provider: LyingProvider, admin: dict[str, str], second: dict[str, str]
) -> None:
    made = service.client.post(PATH, headers=admin, json=a_body(service, provider.address))
    assert made.status_code == 201, made.text
    said = made.json()
    assert said == {
        "provider_id": said["provider_id"],
        "organisation_id": said["organisation_id"],
        "organisation": "Treasury",
        "issuer": provider.address,
        "client_id": "pra-gatekeeper",
        "redirect_uri": f"http://127.0.0.1:8000/sign-in/from/{said['provider_id']}",
        "domains": [DOMAIN],
        "required": False,
        "acr": [],
        "amr": [],
        "state": "proposed",
        "made_at": "2026-03-02T10:00:00.000Z",
        "approved_at": None,
        "ended_at": None,
    }
    person = Visitor(service.client)
    person.looks("/sign-in")
    assert person.sends("/sign-in", email=ADDRESS).headers["location"].startswith("/sign-in/code?")
    where = f"{PATH}/{said['provider_id']}/approve"
    own = service.client.post(where, headers=admin)
    assert (own.status_code, own.json()["code"]) == (403, "second_person_required")
    approved = service.client.post(where, headers=second)
    assert (approved.status_code, approved.json()["state"]) == (200, "standing")
    person.looks("/sign-in")
    assert person.sends("/sign-in", email=ADDRESS).headers["location"].startswith("/sign-in/provider?")
    assert service.client.post(where, headers=second).status_code == 409


def test_provider_is_approved_only_with_a_fresh_sign_in(
    service: Service, provider: LyingProvider, admin: dict[str, str], second: dict[str, str]
) -> None:
    made = service.client.post(PATH, headers=admin, json=a_body(service, provider.address)).json()
    service.clock.forward(minutes=16)
    answer = service.client.post(f"{PATH}/{made['provider_id']}/approve", headers=second)
    assert (answer.status_code, answer.json()["code"]) == (403, "fresh_sign_in_required")


def test_administrator_made_after_the_proposal_cannot_approve_it(
    service: Service, provider: LyingProvider, admin: dict[str, str], second: dict[str, str]
) -> None:
    made = service.client.post(PATH, headers=admin, json=a_body(service, provider.address)).json()
    where = f"{PATH}/{made['provider_id']}/approve"
    service.clock.forward(minutes=1)
    puppet = service.headers(service.administrator("pat.puppet@service.gov.example"))
    answer = service.client.post(where, headers=puppet)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_person_required")
    assert "became an administrator after a sign-in provider was proposed" in answer.json()["detail"]
    assert service.client.post(where, headers=second).status_code == 200


def letters_to(service: Service, address: str) -> list[tuple[str, str]]:
    notices.send_due(service.tools)
    found = [(one.subject, " ".join(one.body.split())) for one in service.mailbag.to(address)]
    return [one for one in found if not one[0].startswith("Your sign-in code")]


def test_every_administrator_is_told_what_becomes_of_a_provider(
    service: Service, provider: LyingProvider, admin: dict[str, str], second: dict[str, str]
) -> None:
    service.administrator("cy.third@service.gov.example")
    person_id = service.person("Robin Reader", ADDRESS)
    made = service.client.post(PATH, headers=admin, json=a_body(service, provider.address)).json()
    where = f"{PATH}/{made['provider_id']}"
    assert service.client.post(f"{where}/approve", headers=second).status_code == 200
    for change in ({"required": True}, {"required": False, "secret": "another"}):
        assert service.client.patch(where, headers=second, json=change).status_code == 200
    unbinding = f"/api/v1/people/{person_id}/provider-accounts"
    assert service.client.delete(unbinding, headers=second).status_code == 204
    told = letters_to(service, "cy.third@service.gov.example")
    assert sorted(subject for subject, _ in told) == [
        "Changed: sign-in through Treasury",
        "Changed: sign-in through Treasury",
        "Let in: sign-in through Treasury",
        "Proposed: sign-in through Treasury",
        "Unbound: how Robin Reader signs in through their organisation",
    ]
    for address in ("alex.admin@service.gov.example", "bo.admin@service.gov.example"):
        assert sorted(letters_to(service, address)) == sorted(told)
    proposed = next(body for subject, body in told if subject.startswith("Proposed"))
    assert (provider.address in proposed, f"addresses at {DOMAIN}." in proposed) == (True, True)
    changed = sorted(body.partition(". ")[0] for subject, body in told if subject.startswith("Changed"))
    begins = "Alex Admin has changed the sign-in of Treasury"
    assert changed == [
        f"{begins}: its people can have codes by e-mail too; it has another secret",
        f"{begins}: its people have no other way",
    ]


def test_change_and_unbinding_need_a_fresh_sign_in(
    service: Service, provider: LyingProvider, admin: dict[str, str]
) -> None:
    known, person_id = a_provider(service, provider.address, required=True), service.person("Robin Reader", ADDRESS)
    service.clock.forward(minutes=16)
    answers = (
        service.client.patch(f"{PATH}/{known.provider_id}", headers=admin, json={"required": False}),
        service.client.patch(f"{PATH}/{known.provider_id}", headers=admin, json={"secret": "another"}),
        service.client.delete(f"/api/v1/people/{person_id}/provider-accounts", headers=admin),
    )
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(403, "fresh_sign_in_required")] * 3
    assert service.entries(EntryKind.PROVIDER_CHANGED) + service.entries(EntryKind.PROVIDER_ACCOUNTS_UNBOUND) == []


@pytest.mark.parametrize(("length", "status"), [(30, 201), (31, 422)])
def test_domains_are_bounded_by_what_an_entry_of_the_log_holds(
    service: Service, admin: dict[str, str], length: int, status: int
) -> None:
    domains = [f"d{number:02}{'x' * (length - 15)}.gov.example" for number in range(50)]
    assert {len(one) for one in domains} == {length}
    asked = {"issuer": "http://127.0.0.1:9/" + '"' * 480, "client_id": '"' * 255, "domains": domains}
    answer = service.client.post(PATH, headers=admin, json=a_body(service, "") | asked)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["detail"] == "Name fewer domains: all together may have 1,500 letters."
        return
    tools, ident = service.tools, answer.json()["provider_id"]
    assert providers.approve_provider(tools, OPERATOR, ident).stands
    assert providers.end_provider(tools, OPERATOR, ident).ended_at is not None


@pytest.mark.parametrize("value", ["two words", "", "x" * 201, "é", "new\nline"])
@pytest.mark.parametrize("name", ["acr", "amr"])
def test_method_that_is_not_one_value_is_refused_from_the_shell_too(
    service: Service, provider: LyingProvider, name: str, value: str
) -> None:
    asked: dict[str, Any] = {name: ("mfa", value)}
    with pytest.raises(Malformed, match=f"A value of {name} has 1 to 200 letters"):
        a_provider(service, provider.address, **asked)


def test_domain_that_one_provider_answers_for_is_not_given_to_another(
    service: Service, provider: LyingProvider, admin: dict[str, str], second: dict[str, str]
) -> None:
    a_provider(service, provider.address)
    made = service.client.post(PATH, headers=admin, json=a_body(service, "http://127.0.0.1:9")).json()
    answer = service.client.post(f"{PATH}/{made['provider_id']}/approve", headers=second)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "There is a sign-in provider that answers for treasury.gov.example already. Nothing was added.",
    )
    states = [one["state"] for one in service.client.get(PATH, headers=admin).json()["results"]]
    assert sorted(states) == ["proposed", "standing"]


@pytest.mark.parametrize(
    "issuer",
    ["https://login.example", "http://login.example?x=1", "ftp://login.example", "http://", "http://a@login.example"],
)
def test_issuer_that_may_not_be_asked_is_refused(service: Service, admin: dict[str, str], issuer: str) -> None:
    answer = service.client.post(PATH, headers=admin, json=a_body(service, issuer))  # the twin asks plain HTTP alone
    assert answer.status_code == 422
    assert "begins with https://" in answer.json()["detail"]


@pytest.mark.parametrize("domain", ["no domain", "x@y.gov.example", "localhost", "xn--e1afmkfd.example"])
def test_domain_that_is_none_is_refused(service: Service, admin: dict[str, str], domain: str) -> None:
    answer = service.client.post(PATH, headers=admin, json=a_body(service, "http://127.0.0.1:9", domains=[domain]))
    assert (answer.status_code, "is no domain of e-mail addresses" in answer.json()["detail"]) == (422, True)


def test_secret_is_kept_wrapped_told_to_nobody_and_gone_at_the_end(
    service: Service, provider: LyingProvider, admin: dict[str, str]
) -> None:
    known = a_provider(service, provider.address)
    everything = service.client.get(PATH, headers=admin).text + repr(service.entries())
    with service.tools.reading() as connection:
        row = connection.execute(tables.sign_in_providers.select()).one()
        kept = repr(connection.execute(tables.disclosures.select()).all())
    assert SECRET not in everything + kept
    assert (
        SECRET.encode() in row.wrapped_secret,
        service.tools.keys.unwrap(row.wrapped_secret, known.provider_id),
    ) == (
        False,
        SECRET.encode(),
    )
    providers.end_provider(service.tools, OPERATOR, known.provider_id)
    with service.tools.reading() as connection:
        assert connection.execute(tables.sign_in_providers.select()).one().wrapped_secret is None


def test_secret_still_opens_after_the_key_is_changed_and_everything_wrapped_anew(town: Town) -> None:
    tools = town.service.tools
    before = tools.keys.kids("kek")[0]
    tools.keys.rotate("kek")
    rewrapping.rewrap(tools)
    with tools.reading() as connection:
        wrapped = connection.execute(tables.sign_in_providers.select()).one().wrapped_secret
    assert tools.keys.kid_of_prefix(wrapped) != before
    assert town.signs_in(town.visitor()).status_code == 303


def test_provider_that_ended_signs_nobody_in_even_who_is_on_the_way(town: Town) -> None:
    person = town.visitor()
    brought = town.provider.signs_in(town.goes(person), ROBIN)
    providers.end_provider(town.service.tools, OPERATOR, town.known.provider_id)
    assert town.comes_back(person, brought).status_code == 401
    assert town.refusals() == ["the provider has ended"]
    person.looks("/sign-in")
    assert person.sends("/sign-in", email=ADDRESS).headers["location"].startswith("/sign-in/code?")


# --- when it is the only way -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [ADDRESS, f"nobody@{DOMAIN}"])
def test_required_provider_lets_no_code_be_sent_whoever_it_is_for(town: Town, email: str) -> None:
    providers.change_provider(town.service.tools, OPERATOR, town.known.provider_id, required=True)
    answer = town.service.client.post("/api/v1/sign-in/codes", json={"email": email})
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (
        403,
        "provider_required",
        sign_in.PROVIDER_ALONE,
    )
    person = town.visitor()
    person.looks("/sign-in?by=code")
    sent = person.sends("/sign-in", email=email, by="code")
    assert sent.headers["location"].startswith("/sign-in/provider?")
    assert "have a code sent" not in person.looks(sent.headers["location"])
    assert town.service.entries(EntryKind.SIGN_IN_CODE_ASKED) == []


def test_code_mailed_before_the_provider_was_required_opens_nothing(town: Town) -> None:
    asked = town.service.client.post("/api/v1/sign-in/codes", json={"email": ADDRESS}).json()
    providers.change_provider(town.service.tools, OPERATOR, town.known.provider_id, required=True)
    notices.send_due(town.service.tools)
    code = re.search(r"\b(\d{8})\b", town.service.mailbag.to(ADDRESS)[-1].body)
    assert code is not None
    body = {"code_id": asked["code_id"], "code": code[1]}
    assert town.service.client.post("/api/v1/sign-in/sessions", json=body).status_code == 401
    assert town.refusals() == ["by the provider alone"]
    providers.change_provider(town.service.tools, OPERATOR, town.known.provider_id, required=False)
    assert town.service.client.post("/api/v1/sign-in/sessions", json=body).status_code == 201


# --- the shell -------------------------------------------------------------------------------------------------------


def test_shell_proposes_approves_changes_lists_and_ends(
    service: Service, provider: LyingProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "service_tools", lambda: service.tools)
    run, secret = CliRunner(), tmp_path / "secret"
    secret.write_text(f"{SECRET.replace(' ', '-')}\n")
    of = service.organisation("Treasury")
    asked = ["--issuer", provider.address, "--client-id", "pra", "--domain", DOMAIN, "--secret-file", str(secret)]
    added = run.invoke(main.app, ["providers", "add", of, *asked, "--amr", "mfa"])
    assert added.exit_code == 0, added.output
    ident = added.output.split()[0]
    assert f"comes back to http://127.0.0.1:8000/sign-in/from/{ident}" in added.output
    assert f"pra providers approve {ident}" in added.output
    for command, told in (
        (["approve", ident], "signs people in"),
        (["change", ident, "--required"], "codes too     no"),
        (["change", ident, "--codes-too"], "codes too     yes"),
        (["list"], "asks for amr  mfa"),
        (["end", ident], ": ended"),
    ):
        answer = run.invoke(main.app, ["providers", *command])
        assert (answer.exit_code, told in answer.output) == (0, True), answer.output
    assert isinstance(run.invoke(main.app, ["providers", "end", ident]).exception, PraError)
    unbound = run.invoke(main.app, ["providers", "unbind", service.person("Robin Reader", ADDRESS)])
    assert unbound.output.startswith("0 taken away")


def test_doctor_asks_each_provider_what_it_publishes(town: Town) -> None:
    assert providers.check_providers(town.service.tools) == (
        f"Organisation of treasury.gov.example ({town.provider.address}): 1 keys"
    )
    assert ("sign-in providers", providers.check_providers) in health.CHECKS


def test_doctor_says_which_provider_does_not_answer(town: Town) -> None:
    town.provider.down = True
    with pytest.raises(Broken, match="its description of itself cannot be had: status 503"):
        providers.check_providers(town.service.tools)


def test_doctor_without_a_provider_says_so(service: Service) -> None:
    assert providers.check_providers(service.tools) == "none is configured"


# --- the street ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"])
def test_provider_inside_is_never_connected_to(address: str) -> None:
    post = ProviderPost(resolve=lambda *_: ["8.8.8.8", address])  # one public address beside it changes nothing
    assert post.get("https://login.example/keys").fault == "its address does not lie on the public Internet"


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://login.example", True),
        ("https://login.example:8443/a?b=c", True),
        ("http://login.example", False),
        ("http://127.0.0.1", False),
        ("https://somebody@login.example", False),
        ("https://login.example/#x", False),
        ("https://login.example/#", False),
        ("https://log in.example", False),
        ("https://login.example:x", False),
        ("https://", False),
        ("file:///etc/passwd", False),
        ("https://login.example/" + "x" * 500, False),
    ],
)
def test_address_that_may_be_asked_is_https_and_plain(url: str, usable: bool) -> None:
    assert ProviderPost().is_usable(url) is usable


def test_administrators_alone_have_to_do_with_providers(service: Service) -> None:
    sat = service.producer()
    for role in (Role.HEAD_OF_PROFESSION, Role.AUDITOR, Role.STATISTICIAN):
        headers = service.headers(sat.people[role])
        assert service.client.get(PATH, headers=headers).status_code == 403
        assert service.client.post(PATH, headers=headers, json=a_body_plain()).status_code == 403


def a_body_plain() -> dict[str, object]:
    organisation = "org_" + "0" * 24
    return {"organisation_id": organisation, "issuer": "http://127.0.0.1:9", "client_id": "x", "domains": ["a.example"]}
