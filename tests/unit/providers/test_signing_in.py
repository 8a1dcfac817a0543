"""Signing in through one's organisation: the way there, the session, and to whom a provider's word belongs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio.to_thread
import httpx2
import pytest

from app.actions import binding, discovering, kept_providers, notices, provider_sign_in, providers
from app.audit.entries import EntryKind
from app.outside.providers import ProviderAnswer
from app.records import tables
from app.rules.errors import Conflict
from tests.application import client_of
from tests.provider import WELL_KNOWN, Account, LyingProvider, SigningKey
from tests.service import Service
from tests.unit.providers.town import ADDRESS, OPERATOR, ROBIN, Town, a_provider
from tests.unit.web.browser import Visitor, words

NOT_ACCEPTED = "You could not be signed in"


def account_of(person: Visitor) -> str:
    return person.looks("/account")


def test_sign_in_by_the_provider_begins_a_session_as_by_a_code(town: Town) -> None:
    person = town.visitor()
    came = town.signs_in(person)
    assert (came.status_code, came.headers["location"]) == (303, "/account"), words(came)
    assert sorted(person.cookies) == ["__Host-pra_provider", "__Host-pra_session"]  # the former ends by itself
    assert "Robin Reader" in account_of(person)
    assert "By the organisation's own sign-in." in person.looks("/account/sessions").replace("’", "'")


def test_log_says_which_provider_opened_a_session_and_on_what_word(town: Town, provider: LyingProvider) -> None:
    provider.authenticated_ago_seconds = 60
    provider.bend_claims = lambda said: said.update(acr="phr", amr=["pwd", "mfa", 7, "x" * 101])
    assert town.signs_in(town.visitor()).status_code == 303
    (entry,) = town.service.entries(EntryKind.SIGNED_IN)
    (answered,) = town.service.entries(EntryKind.PROVIDER_ANSWERED)
    assert entry["said"] == {
        "how": "the organisation's own sign-in",
        "provider_id": town.known.provider_id,
        "attempt_id": answered["said"]["attempt_id"],
        "authenticated_at": "2026-03-02T09:59:00.000Z",
        "acr": "phr",
        "amr": ["pwd", "mfa", "x" * 100],
    }
    assert sorted(entry["sealed"]) == ["actor", "network_hash", "person", "session_id", "subject"]
    assert ROBIN.subject not in repr(entry)


def test_log_holds_the_longest_word_of_a_provider(town: Town, provider: LyingProvider) -> None:
    provider.bend_claims = lambda said: said.update(acr='"' * 200, amr=['"' * 200] * 20, sub="x" * 255)
    assert town.signs_in(town.visitor()).status_code == 303


def test_way_there_asks_for_a_code_with_pkce_and_is_bound_to_the_browser(town: Town) -> None:
    asked = dict(parse_qsl(urlsplit(town.goes(town.visitor())).query))
    other = dict(parse_qsl(urlsplit(town.goes(town.visitor())).query))
    secret = ("state", "nonce", "code_challenge")
    assert {name: value for name, value in asked.items() if name not in secret} == {
        "response_type": "code",
        "scope": "openid email",
        "client_id": "pra-gatekeeper",
        "redirect_uri": f"http://127.0.0.1:8000/sign-in/from/{town.known.provider_id}",
        "code_challenge_method": "S256",
        "max_age": "36000",
    }
    assert all(asked[name] != other[name] and len(asked[name]) >= 43 for name in secret)


def test_page_before_the_provider_names_it_and_offers_a_code(town: Town) -> None:
    person = town.visitor()
    town.goes(person)
    shown = words(person.last)
    assert "Organisation of treasury.gov.example signs you in. You go to 127.0.0.1" in shown
    person.looks("/sign-in?by=code&then=/account")
    sent = person.sends("/sign-in", email=ADDRESS, by="code", then="/account")
    assert sent.headers["location"].partition("?")[0] == "/sign-in/code"


def test_address_of_a_domain_without_a_provider_gets_a_code_as_ever(town: Town) -> None:
    person = town.visitor()
    person.looks("/sign-in")
    sent = person.sends("/sign-in", email="someone@elsewhere.gov.example")
    assert sent.headers["location"].partition("?")[0] == "/sign-in/code"


def test_sign_in_in_a_second_tab_of_the_same_browser_is_accepted_too(town: Town, provider: LyingProvider) -> None:
    person = town.visitor()
    tabs = [provider.signs_in(town.goes(person), ROBIN) for _ in range(2)]
    assert [town.comes_back(person, brought).status_code for brought in tabs] == [303, 303]
    assert (town.refusals(), "Robin Reader" in account_of(person)) == ([], True)


@pytest.mark.parametrize(("letters", "goes_on_to"), [(300, "/" + "x" * 299), (301, "/releases")])
def test_place_that_is_too_long_to_keep_is_not_gone_on_to(town: Town, letters: int, goes_on_to: str) -> None:
    person = town.visitor()
    person.looks("/sign-in")
    sent = person.sends("/sign-in", email=ADDRESS, then="/" + "x" * (letters - 1))
    assert sent.status_code == 303, words(sent)
    person.looks(sent.headers["location"])
    with town.service.tools.reading() as connection:
        assert connection.execute(tables.provider_attempts.select()).one().place == goes_on_to


def test_sign_in_page_without_any_provider_is_as_it_was(service: Service) -> None:
    shown = Visitor(service.client)
    assert "We send a code of eight digits" in shown.looks("/sign-in")
    assert "organisation" not in words(shown.last)


def test_person_is_told_at_the_first_sign_in_and_not_again(town: Town) -> None:
    for _ in range(2):
        assert town.signs_in(town.visitor()).status_code == 303
    notices.send_due(town.service.tools)
    (letter,) = town.service.mailbag.to(ADDRESS)
    assert "for the first time through the sign-in of Organisation of treasury" in " ".join(letter.body.split())


def test_person_bound_once_is_found_by_the_providers_own_name_and_not_by_address(town: Town) -> None:
    assert town.signs_in(town.visitor()).status_code == 303
    moved = Account(ROBIN.subject, "married.name@treasury.gov.example", verified=False)
    person = town.visitor()
    assert town.signs_in(person, moved).status_code == 303
    assert "Robin Reader" in account_of(person)


def test_address_that_passed_to_another_account_signs_nobody_in(town: Town) -> None:
    assert town.signs_in(town.visitor()).status_code == 303
    person = town.visitor()
    assert town.signs_in(person, Account("robin-0002", ADDRESS)).status_code == 401
    assert town.refusals() == ["the person is bound to another account there"]
    assert "__Host-pra_session" not in person.cookies


def test_account_made_anew_signs_in_once_the_old_one_is_unbound(town: Town) -> None:
    assert town.signs_in(town.visitor()).status_code == 303
    assert providers.unbind_accounts(town.service.tools, OPERATOR, town.person_id) == 1
    assert town.signs_in(town.visitor(), Account("robin-0002", ADDRESS)).status_code == 303
    assert town.signs_in(town.visitor()).status_code == 401


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_address_that_is_not_verified_binds_nobody(town: Town, verified: object) -> None:
    assert town.signs_in(town.visitor(), Account("robin-0001", ADDRESS, verified)).status_code == 401
    assert town.refusals() == ["the first time, and without a verified address"]


def test_nobody_we_know_sees_what_a_wrong_sign_in_sees(town: Town) -> None:
    told = []
    for account in (Account("nobody", "nobody@treasury.gov.example"), Account("robin-0001", ADDRESS, False)):
        answer = town.signs_in(town.visitor(), account)
        told.append((answer.status_code, words(answer).partition("This is on record")[0]))
    assert told[0] == told[1]
    assert NOT_ACCEPTED in told[0][1]
    assert town.refusals() == ["for nobody we know", "the first time, and without a verified address"]


def test_provider_signs_nobody_in_of_a_domain_that_another_one_answers_for(town: Town) -> None:
    chief = town.service.person("Chief Example", "chief@cabinet.gov.example")
    a_provider(town.service, "http://127.0.0.1:9", domains=("cabinet.gov.example",))
    assert town.signs_in(town.visitor(), Account("chief-1", "chief@cabinet.gov.example")).status_code == 401
    assert town.refusals() == ["this provider does not answer for that address"]
    with town.service.tools.reading() as connection:
        assert connection.execute(tables.provider_accounts.select()).all() == []
    assert chief


def test_address_told_apart_from_the_token_is_asked_for_once(town: Town, provider: LyingProvider) -> None:
    provider.in_token = False
    assert town.signs_in(town.visitor()).status_code == 303
    assert town.signs_in(town.visitor()).status_code == 303
    assert provider.asked.count("/me") == 1


def test_address_told_of_another_person_is_not_taken(town: Town, provider: LyingProvider) -> None:
    provider.in_token = False
    provider.bend_told = lambda said: said.update(sub="somebody-else")
    assert town.signs_in(town.visitor()).status_code == 401
    assert town.refusals() == ["it told of another person"]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_each_algorithm_on_the_list_is_taken(town: Town, provider: LyingProvider, algorithm: str) -> None:
    before = provider.key
    try:
        provider.key = SigningKey.made(algorithm, "of its kind")
        provider.honest()
        assert town.signs_in(town.visitor()).status_code == 303
    finally:
        provider.key = before


def test_key_that_is_newer_than_what_we_know_is_fetched_once_a_minute(town: Town, provider: LyingProvider) -> None:
    assert town.signs_in(town.visitor()).status_code == 303
    before = provider.key
    try:
        provider.key = SigningKey.made("ES256", "second")
        assert town.signs_in(town.visitor()).status_code == 401  # not published yet, and fetched within this minute
        assert town.refusals() == ["none of the published keys is the one it names"]
        assert provider.asked.count("/keys") == 1
        known = town.service.tools.known_providers.find(provider.address, 0)
        assert known is not None
        provider.honest()
        aged = type(known)(**{name: getattr(known, name) for name in known.__slots__} | {"keys_seconds": -1e9})
        town.service.tools.known_providers.keep(provider.address, aged)
        assert town.signs_in(town.visitor()).status_code == 303
        assert provider.asked.count("/keys") == 2
    finally:
        provider.key = before


def test_sign_in_again_asks_to_prove_anew_and_makes_the_session_fresh(town: Town, provider: LyingProvider) -> None:
    person = town.visitor()
    assert town.signs_in(person).status_code == 303
    town.service.clock.forward(hours=1)
    provider.authenticated_ago_seconds = 60 * 60
    asked = dict(parse_qsl(urlsplit(town.goes(person)).query))
    assert (asked["max_age"], asked["prompt"]) == ("0", "login")
    assert town.signs_in(person).status_code == 401
    assert town.refusals() == ["the person proved who they are too long ago"]
    provider.authenticated_ago_seconds = 0
    assert town.signs_in(person).status_code == 303


def test_session_is_as_old_as_the_proof_that_the_provider_tells_of(town: Town, provider: LyingProvider) -> None:
    provider.authenticated_ago_seconds = 3600
    person = town.visitor()
    assert town.signs_in(person).status_code == 303
    bearer = {"Authorization": f"Bearer {person.cookies['__Host-pra_session']}"}
    me = town.service.client.get("/api/v1/me", headers=bearer).json()
    assert me["fresh_until"] == "2026-03-02T09:15:00.000Z"  # a quarter of an hour after an hour ago
    refused = town.service.client.post(
        "/api/v1/me/keys", headers=bearer, json={"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}
    )
    assert refused.json()["code"] == "fresh_sign_in_required"


def test_sign_in_again_ends_the_session_before(town: Town) -> None:
    person = town.visitor()
    town.signs_in(person)
    before = person.cookies["__Host-pra_session"]
    town.signs_in(person)
    assert Visitor(town.service.client, before).asks("GET", "/account").status_code == 303
    assert person.asks("GET", "/account").status_code == 200


def test_provider_that_does_not_answer_locks_nobody_out(
    town: Town, provider: LyingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_providers, "SILENT_SECONDS", 0.0)
    person = town.visitor()
    provider.down = True
    person.looks("/sign-in")
    sent = person.sends("/sign-in", email=ADDRESS)
    shown = person.asks("GET", sent.headers["location"])
    assert (shown.status_code, "does not answer" in words(shown)) == (503, True)
    provider.down = False
    assert town.signs_in(town.visitor()).status_code == 303


def test_provider_that_did_not_answer_is_not_asked_again_at_once(town: Town, provider: LyingProvider) -> None:
    provider.down = True
    person = town.visitor()
    person.looks("/sign-in")
    where = person.sends("/sign-in", email=ADDRESS).headers["location"]
    assert [person.asks("GET", where).status_code for _ in range(3)] == [503, 503, 503]
    assert provider.asked == [WELL_KNOWN]
    provider.down = False
    keeper, now = town.service.tools.known_providers, town.service.clock.monotonic_seconds()
    assert keeper.why_silent(provider.address, now + kept_providers.SILENT_SECONDS) is None
    keeper.keep_silence(provider.address, "it was silent", now - kept_providers.SILENT_SECONDS)
    assert town.signs_in(town.visitor()).status_code == 303


def test_what_a_provider_publishes_is_fetched_by_one_thread_for_all(town: Town, provider: LyingProvider) -> None:
    tools = town.service.tools
    with ThreadPoolExecutor(4) as pool, tools.known_providers.turn(provider.address):
        waiting = [pool.submit(discovering.published, tools, provider.address) for _ in range(4)]
        assert provider.asked == []  # until this thread lets go
    assert len({id(one.result(10)) for one in waiting}) == 1
    assert provider.asked == [WELL_KNOWN, "/keys"]


class HangingPost:
    """Stands for a provider that takes the line and says nothing until it is let go."""

    def __init__(self) -> None:
        self.asked, self.over = Event(), Event()

    def is_usable(self, _: str) -> bool:
        return True

    def get(self, _: str, *, bearer: str = "") -> ProviderAnswer:
        self.asked.set()
        self.over.wait(30)
        return ProviderAnswer(fault=f"it did not answer in time{bearer}")

    def post_form(self, url: str, fields: Mapping[str, str], *, client: tuple[str, str] | None) -> ProviderAnswer:
        raise AssertionError(f"nothing is exchanged here: {url} {len(fields)} {client is None}")


def test_whoever_waits_for_a_provider_takes_no_thread_from_anybody_else(town: Town) -> None:
    post, person = HangingPost(), town.visitor()
    town.service.use(client_of(replace(town.service.tools, provider_post=post)))
    person.client = town.service.client
    person.looks("/sign-in")
    where = person.sends("/sign-in", email=ADDRESS).headers["location"]
    jar = {"Cookie": f"__Host-pra_provider={person.cookies['__Host-pra_provider']}"}
    app = town.service.client.app

    async def together() -> tuple[int, int]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = 1
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as asker:
            waiting = asyncio.ensure_future(asker.get(where, headers=jar))
            try:
                await anyio.to_thread.run_sync(post.asked.wait, 20, limiter=anyio.CapacityLimiter(1))
                other = await asyncio.wait_for(asker.get("/sign-in"), 20)
            finally:
                post.over.set()
            return other.status_code, (await waiting).status_code

    assert asyncio.run(together()) == (200, 503)


def is_signed_in(person: Visitor) -> bool:
    return person.asks("GET", "/account").status_code == 200


def test_sessions_and_accounts_do_not_outlive_the_provider(town: Town) -> None:
    service = town.service
    chief = service.person("Chief Example", "chief@cabinet.gov.example")
    other = a_provider(service, town.provider.address, domains=("cabinet.gov.example",))
    robin, elsewhere, by_code = town.visitor(), town.visitor(), town.visitor()
    town.signs_in(robin)
    there = town.goes(elsewhere, "chief@cabinet.gov.example")
    account = Account("chief-1", "chief@cabinet.gov.example")
    assert town.comes_back(elsewhere, town.provider.signs_in(there, account), other.provider_id).status_code == 303
    by_code.cookies["__Host-pra_session"] = service.headers(town.person_id)["Authorization"].partition(" ")[2]
    assert [is_signed_in(one) for one in (robin, elsewhere, by_code)] == [True, True, True]
    providers.end_provider(service.tools, OPERATOR, town.known.provider_id)
    assert [is_signed_in(one) for one in (robin, elsewhere, by_code)] == [False, True, True]
    with service.tools.reading() as connection:
        left = connection.execute(tables.provider_accounts.select()).all()
    assert [one.person_id for one in left] == [chief]  # another provider of the same issuer answers for them
    (entry,) = service.entries(EntryKind.PROVIDER_ENDED)
    assert (entry["said"]["accounts"], entry["said"]["sessions_ended"]) == (1, 1)


def test_proposal_that_is_ended_takes_nothing_from_anybody(town: Town) -> None:
    person = town.visitor()
    town.signs_in(person)
    proposed = providers.propose_provider(
        town.service.tools,
        OPERATOR,
        organisation_id=town.known.organisation_id,
        issuer=town.provider.address,
        client_id="another",
        secret="",
        domains=("elsewhere.gov.example",),
        required=False,
    )
    providers.end_provider(town.service.tools, OPERATOR, proposed.provider_id)
    assert is_signed_in(person)
    with town.service.tools.reading() as connection:
        assert len(connection.execute(tables.provider_accounts.select()).all()) == 1


def test_session_by_an_account_ends_when_it_is_unbound(town: Town) -> None:
    person = town.visitor()
    town.signs_in(person)
    providers.unbind_accounts(town.service.tools, OPERATOR, town.person_id)
    assert not is_signed_in(person)


def test_two_first_sign_ins_at_once_are_both_accepted(
    town: Town, provider: LyingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = town.visitor(), town.visitor()
    brought, other = (provider.signs_in(town.goes(one), ROBIN) for one in (first, second))
    assert town.comes_back(second, other).status_code == 303
    bind, overtaken = binding.bind, [Conflict("There is a person bound to this account already.")]

    def binds_late(*asked: Any) -> None:
        if overtaken:  # as the database says it, where the other one binds between our look and our own binding
            raise overtaken.pop()
        bind(*asked)

    monkeypatch.setattr(provider_sign_in, "bind", binds_late)
    assert town.comes_back(first, brought).status_code == 303
    assert overtaken == []
    assert (is_signed_in(first), is_signed_in(second)) == (True, True)
    with town.service.tools.reading() as connection:
        assert len(connection.execute(tables.provider_accounts.select()).all()) == 1
