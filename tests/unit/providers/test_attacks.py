"""What a provider that lies, a stranger on the line, or another site can try; and that nothing of it signs anybody in.

Every case begins from a sign-in that works, and bends one thing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.actions import providers
from app.records import tables
from tests.application import client_of
from tests.provider import Account, LyingProvider, SigningKey, b64, lying_provider
from tests.unit.providers.town import ADDRESS, OPERATOR, ROBIN, Town, a_provider
from tests.unit.web.browser import Visitor, words


def sessions_there_are(town: Town) -> int:
    with town.service.tools.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.sessions)).scalar_one()


def demand_refused(town: Town, person: Visitor, answer: Any, why: str) -> None:
    """Nobody was signed in; the person sees the one page there is, and the log has the cause."""
    assert (answer.status_code, town.refusals()) == (401, [why])
    assert "You could not be signed in" in words(answer)
    assert why not in words(answer)
    assert "__Host-pra_session" not in person.cookies
    assert sessions_there_are(town) == 0


# --- what the ID token says ------------------------------------------------------------------------------------------


def setting(**claims: Any) -> Callable[[dict[str, Any]], None]:
    return lambda said: said.update(claims)


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def bend(said: dict[str, Any]) -> None:
        del said[name]

    return bend


def by_seconds(name: str, seconds: int) -> Callable[[dict[str, Any]], None]:
    return lambda said: said.update({name: said["iat"] + seconds})


CLAIMS = {
    "another issuer": (setting(iss="https://login.elsewhere.example"), "made by another issuer"),
    "an issuer with a stroke more": (lambda said: said.update(iss=said["iss"] + "/"), "made by another issuer"),
    "no issuer": (without("iss"), "made by another issuer"),
    "another audience": (setting(aud="another-client"), "made for another audience"),
    "an audience among others": (setting(aud=["pra-gatekeeper", "another-client"]), "made for another audience"),
    "no audience": (setting(aud=[]), "made for another audience"),
    "another party": (setting(azp="another-client"), "given to another party: azp"),
    "another nonce": (setting(nonce="x" * 64), "made for another sign-in: nonce"),
    "no nonce": (without("nonce"), "made for another sign-in: nonce"),
    "expired": (by_seconds("exp", -31), "expired"),
    "expired just now, within no skew": (by_seconds("exp", -30), "expired"),
    "no expiry": (without("exp"), "claim exp is missing, or not a whole number of seconds"),
    "expiry as text": (setting(exp="99999999999"), "claim exp is missing, or not a whole number of seconds"),
    "expiry as true": (setting(exp=True), "claim exp is missing, or not a whole number of seconds"),
    "of the future": (by_seconds("iat", 31), "issued in the future"),
    "of before it began": (by_seconds("iat", -31), "issued before this sign-in began"),
    "not yet in force": (by_seconds("nbf", 31), "not yet in force"),
    "another access token": (setting(at_hash="x" * 22), "made for another access token: at_hash"),
    "no proof's time": (without("auth_time"), "claim auth_time is missing, or not a whole number of seconds"),
    "an old proof": (by_seconds("auth_time", -36031), "the person proved who they are too long ago"),
    "a proof to come": (by_seconds("auth_time", 31), "the person proved who they are in the future"),
    "no subject": (without("sub"), "sub is not a text of 1 to 255 printable ASCII characters"),
    "an empty subject": (setting(sub=""), "sub is not a text of 1 to 255 printable ASCII characters"),
    "a subject with a null in it": (
        setting(sub="robin\0"),
        "sub is not a text of 1 to 255 printable ASCII characters",
    ),
    "a long subject": (setting(sub="x" * 256), "sub is not a text of 1 to 255 printable ASCII characters"),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_id_token_that_says_something_else_signs_nobody_in(town: Town, provider: LyingProvider, case: str) -> None:
    provider.bend_claims, why = CLAIMS[case]
    person = town.visitor()
    demand_refused(town, person, town.signs_in(person), why)


# --- how it is signed ------------------------------------------------------------------------------------------------


def _unsigned(_: LyingProvider, claims: dict[str, Any]) -> str:
    return f"{b64(json.dumps({'alg': 'none'}).encode())}.{b64(json.dumps(claims).encode())}.AA"


def _by_the_public_key(provider: LyingProvider, claims: dict[str, Any]) -> str:
    """Signed with HMAC, and the published key for its secret."""
    head = {"alg": "HS256", "kid": provider.key.kid, "typ": "JWT"}
    parts = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    secret = json.dumps(provider.key.jwk()).encode()
    return f"{parts}.{b64(hmac.digest(secret, parts.encode(), 'sha256'))}"


def _with_its_own_key(provider: LyingProvider, claims: dict[str, Any]) -> str:
    other = SigningKey.made("ES256", provider.key.kid)
    return other.token(claims, jwk=other.jwk())


def _twice(provider: LyingProvider, claims: dict[str, Any]) -> str:
    """A name twice: libraries take the last, or the first."""
    text = json.dumps(claims)[:-1] + f', "sub": {json.dumps(claims["sub"])}}}'
    head = b64(json.dumps({"alg": "ES256", "kid": provider.key.kid}).encode())
    parts = f"{head}.{b64(text.encode())}"
    return f"{parts}.{b64(provider.key.sign(parts.encode()))}"


TOKENS: dict[str, tuple[Callable[[LyingProvider, dict[str, Any]], str], str]] = {
    "by nobody": (_unsigned, "header alg is none of ES256, PS256, RS256"),
    "by the public key as a secret": (_by_the_public_key, "header alg is none of ES256, PS256, RS256"),
    "by a key it brings": (_with_its_own_key, "header member not allowed: 'jwk'"),
    "by another key of that name": (
        lambda provider, claims: SigningKey.made("ES256", provider.key.kid).token(claims),
        "the signature does not verify",
    ),
    "by a key nobody published": (
        lambda _, claims: SigningKey.made("ES256", "hidden").token(claims),
        "none of the published keys is the one it names",
    ),
    "by an algorithm that is not the key's": (
        lambda provider, claims: provider.key.token(claims, alg="RS256"),
        "none of the published keys is the one it names",
    ),
    "by an algorithm that is not on the list": (
        lambda provider, claims: provider.key.token(claims, alg="ES384"),
        "header alg is none of ES256, PS256, RS256",
    ),
    "with an address of a key": (
        lambda provider, claims: provider.key.token(claims, jku="https://elsewhere.example/keys"),
        "header member not allowed: 'jku'",
    ),
    "with something that must be understood": (
        lambda provider, claims: provider.key.token(claims, crit=["exp"]),
        "header member not allowed: 'crit'",
    ),
    "as something else than an ID token": (
        lambda provider, claims: provider.key.token(claims, typ="logout+jwt"),
        "header typ is not JWT",
    ),
    "with a name twice": (_twice, "a name occurs twice"),
    "cut short": (lambda provider, claims: provider.key.token(claims)[:-6], "the signature does not verify"),
    "as no token at all": (lambda *_: "token", "not a compact JWS of at most 16 KiB"),
}


@pytest.mark.parametrize("case", TOKENS)
def test_id_token_signed_otherwise_signs_nobody_in(town: Town, provider: LyingProvider, case: str) -> None:
    provider.bend_token, why = TOKENS[case]
    person = town.visitor()
    demand_refused(town, person, town.signs_in(person), why)


def test_payload_changed_under_an_honest_signature_signs_nobody_in(town: Town, provider: LyingProvider) -> None:
    def swapped(self: LyingProvider, claims: dict[str, Any]) -> str:
        head, _, signature = self.key.token(claims).split(".")
        return f"{head}.{b64(json.dumps(claims | {'sub': 'somebody-else'}).encode())}.{signature}"

    provider.bend_token = swapped
    person = town.visitor()
    demand_refused(town, person, town.signs_in(person), "the signature does not verify")


# --- what is asked of the provider -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "not authenticated in a way that is asked for: acr"),
        ({"acr": "password"}, "not authenticated in a way that is asked for: acr"),
        ({"acr": ["phr"]}, "not authenticated in a way that is asked for: acr"),
        ({"acr": "phr"}, "not authenticated by the methods that are asked for: amr"),
        ({"acr": "phr", "amr": "mfa"}, "not authenticated by the methods that are asked for: amr"),
        ({"acr": "phr", "amr": ["pwd"]}, "not authenticated by the methods that are asked for: amr"),
        ({"acr": "phr", "amr": ["pwd", "mfa"]}, ""),
    ],
)
def test_way_of_authentication_that_is_asked_for_must_have_been_used(
    town: Town, provider: LyingProvider, said: dict[str, Any], why: str
) -> None:
    providers.end_provider(town.service.tools, OPERATOR, town.known.provider_id)
    town.known = a_provider(
        town.service, provider.address, organisation_id=town.known.organisation_id, acr=("phr", "phrh"), amr=("mfa",)
    )
    provider.bend_claims = setting(**said)
    person = town.visitor()
    there = town.goes(person)
    assert "acr_values=phr%20phrh" in there
    answer = town.comes_back(person, provider.signs_in(there, ROBIN))
    if why:
        demand_refused(town, person, answer, why)
    else:
        assert answer.status_code == 303


# --- what the browser brings -----------------------------------------------------------------------------------------


def test_state_used_twice_signs_in_once(town: Town, provider: LyingProvider) -> None:
    person = town.visitor()
    brought = provider.signs_in(town.goes(person), ROBIN)
    jar = dict(person.cookies)
    assert town.comes_back(person, brought).status_code == 303
    thief = town.visitor()
    thief.cookies = jar
    assert town.comes_back(thief, brought).status_code == 401
    assert (town.refusals(), sessions_there_are(town)) == (["used"], 1)


def test_code_used_twice_is_not_taken_by_the_provider(town: Town, provider: LyingProvider) -> None:
    first, second = town.visitor(), town.visitor()
    used = provider.signs_in(town.goes(first), ROBIN)
    assert town.comes_back(first, used).status_code == 303
    again = provider.signs_in(town.goes(second), ROBIN) | {"code": used["code"]}
    assert town.comes_back(second, again).status_code == 401
    assert town.refusals() == ["the code was not taken: status 400"]


def test_code_of_another_sign_in_is_stopped_by_pkce(town: Town, provider: LyingProvider) -> None:
    """A code stolen from Robin's browser and brought with a state of the thief's own."""
    robin, thief = town.visitor(), town.visitor()
    stolen = provider.signs_in(town.goes(robin), ROBIN)["code"]
    mine = provider.signs_in(town.goes(thief), Account("thief", "thief@treasury.gov.example"))
    demand_refused(town, thief, town.comes_back(thief, mine | {"code": stolen}), "the code was not taken: status 400")


def test_sign_in_of_a_stranger_cannot_be_planted_in_a_browser(town: Town, provider: LyingProvider) -> None:
    """Login CSRF: a link to a sign-in that the stranger began as themselves."""
    stranger, victim = town.visitor(), town.visitor()
    planted = provider.signs_in(town.goes(stranger), ROBIN)
    demand_refused(town, victim, town.comes_back(victim, planted), "begun in another browser")
    assert town.comes_back(stranger, planted).status_code == 303  # and nobody else has used it up


def test_sign_in_of_a_stranger_is_refused_to_a_browser_that_began_its_own(town: Town, provider: LyingProvider) -> None:
    stranger, victim = town.visitor(), town.visitor()
    planted = provider.signs_in(town.goes(stranger), ROBIN)
    town.goes(victim)
    demand_refused(town, victim, town.comes_back(victim, planted), "begun in another browser")


def test_way_there_is_shown_to_the_browser_that_asked_alone(town: Town) -> None:
    person, other = town.visitor(), town.visitor()
    person.looks("/sign-in")
    where = person.sends("/sign-in", email=ADDRESS).headers["location"]
    assert other.asks("GET", where).status_code == 401
    assert person.asks("GET", where).status_code == 200


def test_state_that_was_altered_is_refused(town: Town, provider: LyingProvider) -> None:
    person = town.visitor()
    brought = provider.signs_in(town.goes(person), ROBIN)
    attempt = brought["state"].partition(".")[0]
    altered = brought | {"state": f"{attempt}.{secrets.token_hex(32)}"}
    demand_refused(town, person, town.comes_back(person, altered), "another state")


def test_sign_in_that_took_too_long_is_refused(town: Town, provider: LyingProvider) -> None:
    person = town.visitor()
    there = town.goes(person)
    town.service.clock.forward(minutes=10)
    demand_refused(town, person, town.comes_back(person, provider.signs_in(there, ROBIN)), "too old")


@pytest.mark.parametrize("state", ["", ".", "pat_", "pat_" + "0" * 24 + ".x", "\0", "x" * 4000])
def test_state_that_is_none_of_ours_is_refused(town: Town, state: str) -> None:
    person = town.visitor()
    town.goes(person)
    demand_refused(town, person, town.comes_back(person, {"code": "x", "state": state}), "unknown")


@pytest.mark.parametrize(
    ("brought", "why"),
    [
        ({"code": ""}, "came back without a code"),
        ({"code": "x" * 2049}, "came back without a code"),
        ({"error": "access_denied"}, "the provider said access_denied"),
        ({"error": "<script>"}, "the provider said that something was wrong"),
        ({"iss": "https://login.elsewhere.example"}, "answered by another issuer"),
    ],
)
def test_answer_that_is_none_signs_nobody_in(
    town: Town, provider: LyingProvider, brought: dict[str, str], why: str
) -> None:
    person = town.visitor()
    honest = provider.signs_in(town.goes(person), ROBIN)
    demand_refused(town, person, town.comes_back(person, honest | brought), why)


def test_answer_without_a_name_is_refused_of_a_provider_that_names_itself(town: Town, provider: LyingProvider) -> None:
    person = town.visitor()
    brought = provider.signs_in(town.goes(person), ROBIN)
    del brought["iss"]
    demand_refused(town, person, town.comes_back(person, brought), "answered by another issuer")


def test_answer_without_a_name_is_taken_of_a_provider_that_never_does(town: Town, provider: LyingProvider) -> None:
    provider.bend_description = without("authorization_response_iss_parameter_supported")
    person = town.visitor()
    brought = provider.signs_in(town.goes(person), ROBIN)
    del brought["iss"]
    assert town.comes_back(person, brought).status_code == 303


def test_answer_of_one_provider_is_not_taken_for_anothers(town: Town, provider: LyingProvider) -> None:
    """Mix-up: the sign-in was begun with the honest provider, and comes back by the way of one that lies."""
    with lying_provider(town.service.clock) as other:
        theirs = a_provider(town.service, other.address, domains=("elsewhere.gov.example",))
        person = town.visitor()
        brought = provider.signs_in(town.goes(person), ROBIN)
        answer = town.comes_back(person, brought, theirs.provider_id)
        demand_refused(town, person, answer, "begun with another provider")
        assert other.asked == []  # it never got to see the code


def test_token_of_one_provider_signs_nobody_in_at_another(town: Town, provider: LyingProvider) -> None:
    with lying_provider(town.service.clock) as other:
        theirs = a_provider(town.service, other.address, domains=("elsewhere.gov.example",))
        other.bend_claims = lambda said: said.update(iss=provider.address)
        person = town.visitor()
        there = town.goes(person, "anybody@elsewhere.gov.example")
        answer = town.comes_back(person, other.signs_in(there, ROBIN), theirs.provider_id)
        demand_refused(town, person, answer, "made by another issuer")


def test_secret_of_a_browser_in_another_form_is_taken_for_none(town: Town, provider: LyingProvider) -> None:
    person = town.visitor()
    person.cookies["__Host-pra_provider"] = "short"
    brought = provider.signs_in(town.goes(person), ROBIN)
    assert len(person.cookies["__Host-pra_provider"]) == 43
    assert town.comes_back(person, brought).status_code == 303


# --- what it says of itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bend",
    [
        setting(issuer="http://127.0.0.1:1"),
        setting(token_endpoint="https://elsewhere.example/token"),
        setting(jwks_uri="file:///etc/passwd"),
        setting(authorization_endpoint="javascript:alert(1)"),
        setting(code_challenge_methods_supported=["plain"]),
        setting(id_token_signing_alg_values_supported=["HS256", "none"]),
        setting(response_types_supported=["id_token"]),
        without("jwks_uri"),
    ],
)
def test_provider_that_does_not_fit_is_never_gone_to(
    town: Town, provider: LyingProvider, bend: Callable[[dict[str, Any]], None]
) -> None:
    provider.bend_description = bend
    person = town.visitor()
    person.looks("/sign-in")
    where = person.sends("/sign-in", email=ADDRESS).headers["location"]
    answer = person.asks("GET", where)
    assert (answer.status_code, "/auth?" in answer.text) == (503, False)


def test_exchange_that_is_none_signs_nobody_in(town: Town, provider: LyingProvider) -> None:
    provider.bend_answer = setting(token_type="mac")
    person = town.visitor()
    why = "the code was exchanged for something else than an ID token and an access token"
    demand_refused(town, person, town.signs_in(person), why)


def test_nothing_secret_of_a_sign_in_under_way_is_kept(town: Town) -> None:
    person = town.visitor()
    there = town.goes(person)
    with town.service.tools.reading() as connection:
        kept = repr(connection.execute(tables.provider_attempts.select()).all())
        log = repr(connection.execute(tables.disclosures.select()).all())
    held = person.cookies["__Host-pra_provider"]
    secrets_there_are = [held, *(part.partition("=")[2] for part in there.partition("?")[2].split("&"))]
    long_ones = [one for one in secrets_there_are if len(one) >= 43 and "%" not in one]
    assert len(long_ones) >= 3
    assert [one for one in long_ones if one in kept or one in log] == []
    assert hashlib.sha256(held.encode()).hexdigest() not in kept  # keyed, so that nobody can try


def test_too_many_sign_ins_from_one_network_are_told_to_wait(town: Town) -> None:
    tools = town.service.tools
    strict = replace(tools, policy=replace(tools.policy, codes_per_network_per_hour=1, code_tries=2))
    town.service.use(client_of(strict))
    person = town.visitor()
    for expected in (303, 303, 429):
        person.looks("/sign-in")
        assert person.sends("/sign-in", email=ADDRESS).status_code == expected


# --- what any page on the web can do ---------------------------------------------------------------------------------


def refused_from_networks(town: Town) -> int:
    with town.service.tools.reading() as connection:
        counted = select(func.count()).where(tables.attempts.c.kind == "refused_from_network")
        return connection.execute(counted).scalar_one()


def test_way_back_that_other_pages_send_browsers_to_keeps_nobody_from_signing_in(
    town: Town, provider: LyingProvider
) -> None:
    tools = town.service.tools
    strict = replace(tools, policy=replace(tools.policy, codes_per_network_per_hour=3, code_tries=1))
    town.service.use(client_of(strict))
    planted = provider.signs_in(town.goes(town.visitor()), ROBIN)
    for state in ("x", "pat_" + "0" * 24 + ".x", planted["state"]):
        for provider_id in (town.known.provider_id, "idp_" + "0" * 24):
            assert town.comes_back(town.visitor(), {"state": state}, provider_id).status_code == 401
    assert refused_from_networks(town) == 0
    assert town.refusals() == ["unknown"] * 3  # of more than that, how many there were
    asked = town.service.client.post("/api/v1/sign-in/codes", json={"email": ADDRESS}).json()
    wrong = {"code_id": asked["code_id"], "code": "00000000"}
    assert town.service.client.post("/api/v1/sign-in/sessions", json=wrong).status_code == 401
    assert refused_from_networks(town) == 1
    assert town.signs_in(town.visitor()).status_code == 303


def test_way_back_is_taken_by_a_page_of_its_own_alone(town: Town, provider: LyingProvider) -> None:
    person = town.visitor()
    brought, where = provider.signs_in(town.goes(person), ROBIN), f"/sign-in/from/{town.known.provider_id}"
    for dest in ("image", "iframe", "script", "empty"):
        assert person.asks("GET", where, params=brought, headers={"Sec-Fetch-Dest": dest}).status_code == 401
    assert (town.refusals(), sessions_there_are(town)) == ([], 0)
    assert person.asks("GET", where, params=brought, headers={"Sec-Fetch-Dest": "document"}).status_code == 303


def test_sign_in_that_fits_and_fails_is_counted(town: Town, provider: LyingProvider) -> None:
    provider.bend_claims = setting(iss="https://login.elsewhere.example")
    assert town.signs_in(town.visitor()).status_code == 401
    assert refused_from_networks(town) == 1
