"""A sign-in provider of the tests' own, on the loopback, that lies as it is told to.

It does what a provider does: describes itself, publishes keys, exchanges a code for tokens once, against the verifier.
What it says can be bent before it is signed, and so can what it is signed with.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.twins import FrozenClock

CLIENT, SECRET = "pra-gatekeeper", "a secret/with+signs"
WELL_KNOWN = "/.well-known/openid-configuration"
Bend = Callable[[dict[str, Any]], None]


def _as_it_is(_: dict[str, Any]) -> None:
    """Bend nothing."""


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class SigningKey:
    """A key with its name, and how it signs."""

    algorithm: str
    kid: str
    private: Any

    @classmethod
    def made(cls, algorithm: str, kid: str) -> SigningKey:
        if algorithm == "ES256":
            return cls(algorithm, kid, ec.generate_private_key(ec.SECP256R1()))
        return cls(algorithm, kid, rsa.generate_private_key(65537, 2048))

    def jwk(self) -> dict[str, Any]:
        said: dict[str, Any] = {"kid": self.kid, "use": "sig", "alg": self.algorithm}
        numbers = self.private.public_key().public_numbers()
        if self.algorithm == "ES256":
            return said | {
                "kty": "EC",
                "crv": "P-256",
                "x": b64(numbers.x.to_bytes(32, "big")),
                "y": b64(numbers.y.to_bytes(32, "big")),
            }
        return said | {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}

    def sign(self, octets: bytes) -> bytes:
        if self.algorithm == "ES256":
            r, s = decode_dss_signature(self.private.sign(octets, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if self.algorithm == "PS256":
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
            return bytes(self.private.sign(octets, pss, hashes.SHA256()))
        return bytes(self.private.sign(octets, padding.PKCS1v15(), hashes.SHA256()))

    def token(self, claims: dict[str, Any], **header: Any) -> str:
        said = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"} | header
        head = {name: value for name, value in said.items() if value is not None}
        parts = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{parts}.{b64(self.sign(parts.encode()))}"


@dataclass
class Account:
    """Somebody the provider knows."""

    subject: str
    email: str
    verified: Any = True


@dataclass
class LyingProvider:
    """What it is, and how it lies. Honest until something is bent.

    Attributes:
        bend_claims, bend_description, bend_answer: Change what it says in the ID token, of itself, at the exchange.
        bend_token: Makes another token of the honest one's claims.
        in_token: Whether the address stands in the ID token, or is told apart.
    """

    clock: FrozenClock
    address: str = ""
    key: SigningKey = field(default_factory=lambda: SigningKey.made("ES256", "first"))
    published: list[dict[str, Any]] = field(default_factory=list)
    bend_claims: Bend = _as_it_is
    bend_description: Bend = _as_it_is
    bend_answer: Bend = _as_it_is
    bend_told: Bend = _as_it_is
    bend_token: Callable[[LyingProvider, dict[str, Any]], str] = lambda self, claims: self.key.token(claims)
    in_token: bool = True
    down: bool = False
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, Account] = field(default_factory=dict)
    authenticated_ago_seconds: int = 0

    def honest(self) -> None:
        """Tell the truth again."""
        fresh = LyingProvider(self.clock)
        for name in ("bend_claims", "bend_description", "bend_answer", "bend_told", "bend_token"):
            setattr(self, name, getattr(fresh, name))
        self.in_token, self.down, self.authenticated_ago_seconds = True, False, 0
        self.published = [self.key.jwk()]

    def signs_in(self, url: str, account: Account) -> dict[str, str]:
        """Sign somebody in who came by this address; gives what their browser brings back."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(24)
        self.codes[code] = {**asked, "account": account}
        return {"code": code, "state": asked["state"], "iss": self.address}

    def description(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/auth",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/me",
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "PS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        }
        self.bend_description(said)
        return said

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Exchange a code, once, for whoever shows the secret and the verifier."""
        shown = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        kept = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        if shown != "pra-gatekeeper:a+secret%2Fwith%2Bsigns" or kept is None:
            return 400, {"error": "invalid_grant"}
        if b64(hashlib.sha256(verifier.encode()).digest()) != kept["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != kept["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now, access = int(self.clock.now().timestamp()), secrets.token_urlsafe(16)
        account: Account = kept["account"]
        self.tokens[access] = account
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": account.subject,
            "iat": now,
            "exp": now + 300,
            "auth_time": now - self.authenticated_ago_seconds,
            "nonce": kept["nonce"],
            "at_hash": b64(hashlib.sha256(access.encode()).digest()[:16]),
        }
        if self.in_token:
            claims |= {"email": account.email, "email_verified": account.verified}
        self.bend_claims(claims)
        answer = {"access_token": access, "token_type": "Bearer", "id_token": self.bend_token(self, claims)}
        self.bend_answer(answer)
        return 200, answer

    def told(self, authorization: str) -> tuple[int, dict[str, Any]]:
        account = self.tokens.get(authorization.removeprefix("Bearer "))
        if account is None:
            return 401, {}
        said = {"sub": account.subject, "email": account.email, "email_verified": account.verified}
        self.bend_told(said)
        return 200, said


class _Desk(BaseHTTPRequestHandler):
    provider: LyingProvider

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.provider.asked.append(self.path)
        if self.provider.down:
            self._say(503, {})
        elif self.path == WELL_KNOWN:
            self._say(200, self.provider.description())
        elif self.path == "/keys":
            self._say(200, {"keys": self.provider.published})
        elif self.path == "/me":
            self._say(*self.provider.told(self.headers.get("Authorization", "")))
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        self.provider.asked.append(self.path)
        length = int(self.headers.get("Content-Length", "0"))
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        if self.provider.down:
            self._say(503, {})
        else:
            self._say(*self.provider.exchange(form, self.headers.get("Authorization", "")))

    def _say(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def lying_provider(clock: FrozenClock) -> Iterator[LyingProvider]:
    """Run one."""
    provider = LyingProvider(clock)
    desk = type("Desk", (_Desk,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), desk)
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    provider.honest()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
