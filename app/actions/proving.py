"""What a sign-in at a provider is bound to, and the provider's word about a person: asked for, exchanged, checked.

State, nonce and verifier are keyed hashes of what only the browser holds that began the sign-in. Whoever has the
database alone has none of them, and nothing secret is kept of a sign-in under way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.actions import discovering
from app.actions.kept_providers import Published
from app.actions.tools import Tools
from app.records import providers
from app.records.providers import AttemptRow
from app.rules.idtokens import Expected, ProvedPerson, ProviderRefused, prove, verified_address
from app.rules.providers import SignInProvider

_CODE = re.compile(r"[\x20-\x7e]{1,2048}")
_ERRORS = (
    *("access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required"),
    *("invalid_request", "unauthorized_client", "invalid_scope", "server_error", "temporarily_unavailable"),
)


def way_back(tools: Tools, provider_id: str) -> str:
    """Give the address to which a provider sends people back. Each has its own, so that none is taken for another.

    Source:
        RFC 9700 section 4.4
    """
    return f"{tools.policy.public_address.rstrip('/')}/sign-in/from/{provider_id}"


def browser_hash(tools: Tools, browser: str) -> str:
    """Give what is kept of the browser that begins a sign-in.

    Args:
        browser: What it holds.
    """
    hashed: str = tools.keys.keyed_hash("provider_browser", browser)
    return hashed


def state_of(tools: Tools, attempt_id: str, browser: str) -> str:
    """Give what the provider must hand back unchanged; it begins with the sign-in's id.

    Args:
        attempt_id: The sign-in's.
        browser: What the browser holds that began it.
    """
    hashed: str = tools.keys.keyed_hash("provider_state", f"{attempt_id}\n{browser}")
    return f"{attempt_id}.{hashed}"


def nonce_of(tools: Tools, attempt_id: str, browser: str) -> str:
    """Give what the ID token must repeat.

    Args:
        attempt_id: The sign-in's.
        browser: What the browser holds that began it.
    """
    hashed: str = tools.keys.keyed_hash("provider_nonce", f"{attempt_id}\n{browser}")
    return hashed


def verifier_of(tools: Tools, attempt_id: str, browser: str) -> str:
    """Give what must be shown to redeem the code.

    Args:
        attempt_id: The sign-in's.
        browser: What the browser holds that began it.
    """
    hashed: str = tools.keys.keyed_hash("provider_verifier", f"{attempt_id}\n{browser}")
    return hashed


def proved_by(
    tools: Tools, provider: SignInProvider, attempt: AttemptRow, answer: Mapping[str, str], browser: str, at: datetime
) -> ProvedPerson:
    """Say whom a provider names to the browser that comes back from it. No transaction is open meanwhile.

    Args:
        provider: Whose way back it was.
        attempt: The sign-in, used up now.
        answer: What the browser brought.
        browser: What it holds.
        at: Now. Aware, UTC.

    Raises:
        ProviderRefused: Something does not fit; its text says what.
        NotSignedIn: The provider does not answer (code ``provider_silent``).

    Source:
        OpenID Connect Core 1.0 section 3.1.3; RFC 9207 section 2.4
    """
    if not provider.stands:
        raise ProviderRefused("the provider has ended")
    there = discovering.published(tools, provider.issuer)
    issuer = answer.get("iss")
    if issuer != provider.issuer and (issuer is not None or there.names_itself):
        raise ProviderRefused("answered by another issuer")
    if "error" in answer:
        said = answer["error"]
        raise ProviderRefused(f"the provider said {said if said in _ERRORS else 'that something was wrong'}")
    code = answer.get("code", "")
    if not _CODE.fullmatch(code):
        raise ProviderRefused("came back without a code")
    id_token, access_token = _exchanged(tools, provider, there, code, verifier_of(tools, attempt.attempt_id, browser))
    earliest = attempt.begun_at if attempt.fresh else at - timedelta(minutes=tools.policy.session_minutes)
    expected = Expected(
        provider, nonce_of(tools, attempt.attempt_id, browser), attempt.begun_at, earliest, access_token
    )
    proved = prove(discovering.claims_of(tools, provider, id_token), expected, at)
    return _with_address(tools, provider, there, proved, access_token)


def _exchanged(tools: Tools, provider: SignInProvider, there: Published, code: str, verifier: str) -> tuple[str, str]:
    """Exchange a code; gives the ID token and the access token.

    Source:
        RFC 6749 sections 2.3.1, 4.1.3 and 5.1; RFC 7636 section 4.5
    """
    with tools.reading() as connection:
        wrapped = providers.get_secret(connection, provider.provider_id)
    secret = tools.keys.unwrap(wrapped, provider.provider_id).decode("ascii") if wrapped else ""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": way_back(tools, provider.provider_id),
        "code_verifier": verifier,
    }
    client = (provider.client_id, secret) if secret and there.basic else None
    if client is None:
        fields |= {"client_id": provider.client_id, **({"client_secret": secret} if secret else {})}
    answer = tools.provider_post.post_form(there.token_url, fields, client=client)
    if answer.fault or answer.status >= 500:
        raise discovering.silent(f"the code could not be exchanged: {answer.fault or f'status {answer.status}'}")
    if answer.status != 200:
        raise ProviderRefused(f"the code was not taken: status {answer.status}")
    said = tools.keys.read_json(answer.body)
    id_token, access_token = said.get("id_token"), said.get("access_token")
    bearer = str(said.get("token_type", "")).lower() == "bearer"
    if not bearer or not isinstance(id_token, str) or not isinstance(access_token, str) or not access_token.isascii():
        raise ProviderRefused("the code was exchanged for something else than an ID token and an access token")
    return id_token, access_token


def _with_address(
    tools: Tools, provider: SignInProvider, there: Published, proved: ProvedPerson, access_token: str
) -> ProvedPerson:
    """Ask the provider for the verified address of somebody who is not bound yet, where the token did not tell it.

    Source:
        OpenID Connect Core 1.0 section 5.3.2 (the subject must be the same)
    """
    with tools.reading() as connection:
        bound = providers.find_account(connection, provider.issuer, proved.subject)
    if bound is not None or proved.email or not there.person_url:
        return proved
    answer = tools.provider_post.get(there.person_url, bearer=access_token)
    if answer.fault or answer.status != 200:
        raise discovering.silent(f"it does not tell of the person: {answer.fault or f'status {answer.status}'}")
    told = tools.keys.read_json(answer.body)
    if told.get("sub") != proved.subject:
        raise ProviderRefused("it told of another person")
    return replace(proved, email=verified_address(told))
