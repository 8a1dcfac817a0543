"""What the word of a sign-in provider must say to be taken: the claims of its ID token, at one instant.

Whether the signature is its own is for the keys room to say. What is missing refuses, as much as what is wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.rules.errors import Malformed
from app.rules.mailboxes import normalise_address
from app.rules.providers import SignInProvider

SKEW = timedelta(seconds=30)
"""How far the provider's clock may differ from ours."""
SUBJECT_LIMIT = 255
ALGORITHMS = ("ES256", "PS256", "RS256")
_METHODS_KEPT, _WORD_KEPT = 10, 100  # in the log, of what a provider says of the way of authentication
_LAST_SECOND = 253_402_300_799  # the last instant that a datetime can hold


class ProviderRefused(ValueError):
    """A provider's word that is not taken. The text is for the log, never for the person who signs in."""


class ProviderKeyNotKnown(ProviderRefused):
    """A token names a key that is not among those we have; its provider may have published a newer one since."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token is held against.

    Attributes:
        nonce: What was sent along when the person was sent there.
        begun_at: When that was. Aware, UTC.
        authenticated_after: The person proved who they are at this instant or later. Aware, UTC.
        access_token: What came with the ID token.
    """

    provider: SignInProvider
    nonce: str
    begun_at: datetime
    authenticated_after: datetime
    access_token: str


@dataclass(frozen=True, slots=True)
class ProvedPerson:
    """Whom the provider says somebody is.

    Attributes:
        subject: Its own name for them, never given to anybody else.
        authenticated_at: When they last proved it. Aware, UTC.
        email: Their address, normalised, and only where the provider says that it has verified it; else empty.
        acr: The way of authentication that it names; empty where it names none, or none that is plain text.
        amr: The methods that it names, the first few of them.
    """

    subject: str
    authenticated_at: datetime
    email: str
    acr: str = ""
    amr: tuple[str, ...] = ()


def prove(claims: Mapping[str, Any], expected: Expected, at: datetime) -> ProvedPerson:
    """Say whom an ID token names, whose signature has been checked.

    Args:
        claims: What it says.
        expected: What was asked.
        at: Now. Aware, UTC.

    Raises:
        ProviderRefused: Any departure, named in its text.

    Source:
        OpenID Connect Core 1.0 sections 2, 3.1.3.6 and 3.1.3.7
    """
    _demand_addressed(claims, expected.provider)
    _demand_current(claims, expected, at)
    if not _same(claims.get("nonce"), expected.nonce):
        raise ProviderRefused("made for another sign-in: nonce")
    if "at_hash" in claims and not _same(claims["at_hash"], left_half(expected.access_token)):
        raise ProviderRefused("made for another access token: at_hash")
    authenticated_at = _instant(claims, "auth_time")
    if authenticated_at < expected.authenticated_after - SKEW:
        raise ProviderRefused("the person proved who they are too long ago")
    if authenticated_at > at + SKEW:
        raise ProviderRefused("the person proved who they are in the future")
    _demand_methods(claims, expected.provider)
    used = claims.get("amr")
    amr = tuple(filter(None, map(_word, used[:_METHODS_KEPT]))) if isinstance(used, list) else ()
    subject, proved_at = _subject(claims), min(authenticated_at, at)
    return ProvedPerson(subject, proved_at, verified_address(claims), _word(claims.get("acr")), amr)


def verified_address(claims: Mapping[str, Any]) -> str:
    """Give the e-mail address that a provider says it has verified, normalised; empty where it does not say so.

    Args:
        claims: Of an ID token, or of what the provider tells of a person.
    """
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return ""
    try:
        return normalise_address(email)
    except Malformed:
        return ""


def left_half(access_token: str) -> str:
    """Give what an ID token says of the access token beside it: half of its SHA-256.

    Args:
        access_token: ASCII.

    Source:
        OpenID Connect Core 1.0 section 3.1.3.6
    """
    half = hashlib.sha256(access_token.encode("ascii", "replace")).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode("ascii")


def challenge_of(verifier: str) -> str:
    """Give the challenge under which a code is asked for; whoever redeems it must show the verifier.

    Args:
        verifier: 43 to 128 letters and digits.

    Source:
        RFC 7636 section 4.2
    """
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _demand_addressed(claims: Mapping[str, Any], provider: SignInProvider) -> None:
    if claims.get("iss") != provider.issuer:
        raise ProviderRefused("made by another issuer")
    # A list of one is the same as a text. Of other audiences we trust none.
    if claims.get("aud") not in (provider.client_id, [provider.client_id]):
        raise ProviderRefused("made for another audience")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise ProviderRefused("given to another party: azp")


def _demand_current(claims: Mapping[str, Any], expected: Expected, at: datetime) -> None:
    if _instant(claims, "exp") <= at - SKEW:
        raise ProviderRefused("expired")
    issued_at = _instant(claims, "iat")
    if issued_at > at + SKEW:
        raise ProviderRefused("issued in the future")
    if issued_at < expected.begun_at - SKEW:
        raise ProviderRefused("issued before this sign-in began")
    if "nbf" in claims and _instant(claims, "nbf") > at + SKEW:
        raise ProviderRefused("not yet in force")


def _demand_methods(claims: Mapping[str, Any], provider: SignInProvider) -> None:
    if provider.acr and claims.get("acr") not in provider.acr:
        raise ProviderRefused("not authenticated in a way that is asked for: acr")
    used = claims.get("amr", [])
    if provider.amr and not (isinstance(used, list) and all(method in used for method in provider.amr)):
        raise ProviderRefused("not authenticated by the methods that are asked for: amr")


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= SUBJECT_LIMIT or not _is_plain(subject):
        raise ProviderRefused("sub is not a text of 1 to 255 printable ASCII characters")
    return subject


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    seconds = claims.get(name)
    # Not isinstance: True is an int to Python, and no instant.
    if type(seconds) is not int or not 0 <= seconds <= _LAST_SECOND:
        raise ProviderRefused(f"claim {name} is missing, or not a whole number of seconds")
    return datetime.fromtimestamp(seconds, UTC)


def _word(said: Any) -> str:
    return said[:_WORD_KEPT] if isinstance(said, str) and _is_plain(said) else ""


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _same(claimed: Any, expected: str) -> bool:
    return isinstance(claimed, str) and hmac.compare_digest(claimed.encode("utf-8", "replace"), expected.encode())
