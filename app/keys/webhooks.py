"""Secrets shared with a producer's own systems, by which these know that a message comes from us."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable

SECRET_BYTES = 32
PREFIX = "whsec_"


def new_webhook_secret() -> bytes:
    """Make a secret of 256 random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Write a secret as it is handed over: ``whsec_`` and base64.

    Source:
        Standard Webhooks 1.0.0
    """
    return PREFIX + base64.b64encode(secret).decode("ascii")


def signature_header(known: Iterable[bytes], message_id: str, timestamp_seconds: int, body: bytes) -> str:
    """Sign a message with each secret that counts, the newest first.

    Args:
        known: The secrets.
        message_id: Without a full stop in it, which parts what is signed.
        timestamp_seconds: Of this attempt, since 1970.
        body: Exactly as it is sent.

    Returns:
        ``v1,`` and base64 for each, with a blank between.

    Raises:
        ValueError: The id has a full stop in it.

    Source:
        Standard Webhooks 1.0.0; RFC 2104
    """
    if "." in message_id:
        raise ValueError("a full stop in the id of a message would move what is signed")
    signed = f"{message_id}.{timestamp_seconds}.".encode() + body
    made = (base64.b64encode(hmac.digest(secret, signed, "sha256")).decode("ascii") for secret in known)
    return " ".join(f"v1,{one}" for one in made)
