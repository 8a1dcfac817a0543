"""What a sign-in provider publishes: fetched with bounds, kept for an hour, and refused where it does not fit.

No transaction is open while a provider is asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.actions.kept_providers import KEYS_AGAIN_SECONDS, Published
from app.actions.tools import Tools
from app.rules.errors import Code, NotSignedIn
from app.rules.idtokens import ALGORITHMS, ProviderKeyNotKnown, ProviderRefused
from app.rules.providers import SignInProvider

WELL_KNOWN = "/.well-known/openid-configuration"
SILENT = (
    "Your organisation's own sign-in does not answer as it should. Try again in a few minutes. If it goes on, tell "
    "your organisation's IT desk, and ask the producer how else you can sign in."
)


def published(tools: Tools, issuer: str) -> Published:
    """Give what a provider publishes, as it was within the hour.

    One thread asks at a time, and of a provider that did not answer everybody is told at once for a few seconds: it
    keeps no others waiting who want something else.

    Raises:
        NotSignedIn: It does not answer, or not with what is needed (code ``provider_silent``); ``log_reason`` says
            what.

    Source:
        OpenID Connect Discovery 1.0 sections 3 and 4
    """
    keeper = tools.known_providers
    known = keeper.find(issuer, tools.clock.monotonic_seconds())
    if known is not None:
        return known
    with keeper.turn(issuer):
        now = tools.clock.monotonic_seconds()
        known, why = keeper.find(issuer, now), keeper.why_silent(issuer, now)
        if known is None and why is not None:
            raise silent(why)
        if known is None:
            try:
                known = _fetched(tools, issuer, now)
            except NotSignedIn as error:
                keeper.keep_silence(issuer, error.log_reason, tools.clock.monotonic_seconds())
                raise
            keeper.keep(issuer, known)
    return known


def claims_of(tools: Tools, provider: SignInProvider, id_token: str) -> dict[str, Any]:
    """Give what an ID token claims whose signature holds; fetches the provider's keys anew where it names a newer one.

    Raises:
        ProviderRefused: It does not hold.
        NotSignedIn: The provider does not give its keys (code ``provider_silent``).
    """
    known = published(tools, provider.issuer)
    try:
        return _read(tools, id_token, known)
    except ProviderKeyNotKnown:
        now = tools.clock.monotonic_seconds()
        if now - known.keys_seconds < KEYS_AGAIN_SECONDS:
            raise
        known = replace(known, jwk_set=_json(tools, known.keys_url, "its keys"), keys_seconds=now)
        tools.known_providers.keep(provider.issuer, known)
        return _read(tools, id_token, known)


def silent(log_reason: str) -> NotSignedIn:
    """Make the error for a provider that does not answer as it should.

    Args:
        log_reason: What it did, for the operator.
    """
    error = NotSignedIn(SILENT, code=Code.PROVIDER_SILENT)
    error.log_reason = log_reason
    return error


def _read(tools: Tools, id_token: str, known: Published) -> dict[str, Any]:
    claims: dict[str, Any] = tools.keys.read_id_token(id_token, known.jwk_set)
    return claims


def _fetched(tools: Tools, issuer: str, now: float) -> Published:
    said = _json(tools, issuer.rstrip("/") + WELL_KNOWN, "its description of itself")
    if said.get("issuer") != issuer:
        raise silent("it describes itself under another name than the issuer that is on record")
    _demand_fitting(said)
    urls = [_address(tools, said, name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    person_url = _address(tools, said, "userinfo_endpoint") if "userinfo_endpoint" in said else ""
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Published(
        *(urls[0], urls[1], urls[2], person_url),
        basic=isinstance(methods, list) and "client_secret_basic" in methods,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        jwk_set=_json(tools, urls[2], "its keys"),
        read_seconds=now,
        keys_seconds=now,
    )


def _demand_fitting(said: dict[str, Any]) -> None:
    needed = (
        ("response_types_supported", {"code"}, "the code flow"),
        ("id_token_signing_alg_values_supported", set(ALGORITHMS), "signatures by ES256, PS256 or RS256"),
    )
    for name, wanted, words in needed:
        offered = said.get(name)
        if not isinstance(offered, list) or not any(one in wanted for one in offered if isinstance(one, str)):
            raise silent(f"it does not offer {words}")
    # Some do it and do not say so; one that names its methods and leaves S256 out does not do it.
    challenges = said.get("code_challenge_methods_supported", ["S256"])
    if not isinstance(challenges, list) or "S256" not in challenges:
        raise silent("it does not offer PKCE by S256")


def _address(tools: Tools, said: dict[str, Any], name: str) -> str:
    url = said.get(name)
    if not isinstance(url, str) or not tools.provider_post.is_usable(url):
        raise silent(f"its {name} is no address that may be asked")
    return url


def _json(tools: Tools, url: str, what: str) -> dict[str, Any]:
    answer = tools.provider_post.get(url)
    if answer.fault or answer.status != 200:
        raise silent(f"{what} cannot be had: {answer.fault or f'status {answer.status}'}")
    try:
        found: dict[str, Any] = tools.keys.read_json(answer.body)
    except ProviderRefused as why:
        raise silent(f"{what} cannot be read: {why}") from None
    return found
