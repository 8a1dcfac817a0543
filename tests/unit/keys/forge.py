"""Make compact JWS by hand, with nothing of ours and no JOSE library, as an attacker would."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def as_bytes(part: Any) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode("utf-8")


def es256(key: EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def forge(key: EllipticCurvePrivateKey, header: Any, payload: Any) -> str:
    """Sign any header and payload (JSON values, or exact bytes) with ES256, whatever the header says."""
    message = f"{b64(as_bytes(header))}.{b64(as_bytes(payload))}"
    return f"{message}.{b64(es256(key, message.encode('ascii')))}"


def without(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {known: value for known, value in members.items() if known != name}
