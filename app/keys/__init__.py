"""The keys: the one room with private keys. README.md says what exists, who trusts what, and what to do on a loss.

`Keys` is what the wiring hands to the actions: it signs, verifies, wraps and unwraps, and gives no private key away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.keys import tokens, webhooks, wrapping
from app.keys.material import Purpose
from app.keys.publickeys import check_public_jwk
from app.keys.ring import Ring, create_ring, load_ring
from app.keys.signing import CheckpointSigner
from app.keys.tokens import TokenClaims

__all__ = [
    "CheckpointSigner",
    "Keys",
    "Purpose",
    "Ring",
    "TokenClaims",
    "check_public_jwk",
    "create_ring",
    "load_ring",
]


class Keys:
    """Everything the service does with its keys, each method for one purpose."""

    def __init__(self, ring: Ring) -> None:
        """Take a ring, once the signature library is known to use the right implementation.

        Args:
            ring: From `load_ring`, or `Ring.in_memory` where nothing may touch a disk.

        Raises:
            Broken: The signature library would use an implementation we do not trust.
        """
        tokens.assert_backend()
        self._ring = ring

    @property
    def escrow_recipient_text(self) -> str | None:
        """An ``age1…`` recipient to whom every document is also sealed, or None."""
        return self._ring.escrow_recipient_text

    def wrap(self, secret: bytes, context: str) -> bytes:
        """Encrypt a small secret, bound to a context. See `wrapping.wrap`."""
        return wrapping.wrap(self._ring, secret, context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypt what `wrap` made in the same context. See `wrapping.unwrap` for what it raises."""
        return wrapping.unwrap(self._ring, wrapped, context)

    def current_prefix(self) -> bytes:
        """Give how everything begins that the current key-encryption key wraps; 54 bytes."""
        return wrapping.MAGIC + self._ring.kek.current.kid.encode("ascii")

    def kid_of_prefix(self, prefix: bytes) -> str:
        """Give the name of the key-encryption key that such a beginning tells. See `wrapping.kek_kid_of`."""
        return wrapping.kek_kid_of(prefix)

    def kids(self, purpose: str) -> tuple[str, ...]:
        """Give the names of the keys of one purpose: the current one first, then the retired, newest first."""
        return tuple(key.kid for key in self._ring.generations(Purpose(purpose)).every())

    def held_in(self, kid: str) -> str:
        """Say where a key-encryption key lies: in a hardware module, or in the ring's folder."""
        return "the key ring's folder" if isinstance(self._ring.kek.get(kid).key, bytes) else "the hardware module"

    def refresh(self) -> bool:
        """Take up a ring that another process has changed. See `Ring.refresh`."""
        return self._ring.refresh()

    def forget(self, purpose: str, kid: str) -> None:
        """Destroy one retired key for good. See `Ring.forget`."""
        self._ring.forget(Purpose(purpose), kid)

    def keyed_hash(self, purpose: str, value: str) -> str:
        """Hash a secret that a person carries; 64 hexadecimal digits. See `wrapping.keyed_hash`."""
        return wrapping.keyed_hash(self._ring, purpose, value)

    def new_secret_token(self) -> str:
        """Make a secret of 256 random bits for a person or program to carry; 43 characters."""
        return wrapping.new_secret_token()

    def new_webhook_secret(self, context: str) -> tuple[bytes, str]:
        """Make a secret to sign messages with: wrapped, bound to a context, and as it is handed over once."""
        secret = webhooks.new_webhook_secret()
        return wrapping.wrap(self._ring, secret, context), webhooks.secret_text(secret)

    def sign_webhook(
        self, wrapped: Iterable[tuple[bytes, str]], *, message_id: str, timestamp_seconds: int, body: bytes
    ) -> str:
        """Sign a message with each of these secrets, each with its context. See `webhooks.signature_header`."""
        known = [wrapping.unwrap(self._ring, secret, context) for secret, context in wrapped]
        return webhooks.signature_header(known, message_id, timestamp_seconds, body)

    def issue_token(
        self, *, subject: str, audience: str, issuer: str, at: datetime, lifetime: timedelta = tokens.MAX_LIFETIME
    ) -> str:
        """Make a machine token. See `tokens.issue_token`."""
        return tokens.issue_token(
            self._ring.tokens, subject=subject, audience=audience, issuer=issuer, at=at, lifetime=lifetime
        )

    def verify_token(
        self, token: str, *, audience: str, issuer: str, at: datetime, leeway_seconds: int = 0
    ) -> TokenClaims:
        """Say who a machine token speaks for, or raise `NotSignedIn`. See `tokens.verify_token`."""
        return tokens.verify_token(
            self._ring.tokens, token, audience=audience, issuer=issuer, at=at, leeway_seconds=leeway_seconds
        )

    def sign_declaration(self, payload: bytes) -> str:
        """Seal a declaration in the name of the service. See `tokens.sign_declaration`."""
        return tokens.sign_declaration(self._ring.declarations, payload)

    def verify_declaration(self, declaration: str, public_keys: Mapping[str, Any] | None = None) -> bytes:
        """Check a declaration against our own published keys, or those given. See `tokens.verify_declaration`."""
        accepted = self.declaration_jwk_set() if public_keys is None else public_keys
        return tokens.verify_declaration(declaration, accepted)

    def sign_statement(self, payload: bytes) -> str:
        """Seal what a person states about a recall. As a declaration, but of the type ``pra-statement+jws``."""
        return tokens.sign_declaration(self._ring.declarations, payload, typ=tokens.STATEMENT_TYPE)

    def verify_statement(self, statement: str) -> bytes:
        """Check a statement against our own published keys; gives the payload, or raises as `verify_declaration`."""
        return tokens.verify_declaration(statement, self.declaration_jwk_set(), typ=tokens.STATEMENT_TYPE)

    def declaration_jwk_set(self) -> dict[str, list[dict[str, str]]]:
        """Give the public keys, current and retired, with which sealed declarations verify."""
        return tokens.jwk_set(self._ring.declarations)

    def check_public_jwk(self, jwk: Mapping[str, Any]) -> dict[str, str]:
        """Take a public key that a person sends, in its normal form. See `publickeys.check_public_jwk`."""
        return check_public_jwk(jwk)

    def checkpoint_signer(self, name: str) -> CheckpointSigner:
        """Give what signs checkpoints of the log of this name with the current key."""
        return CheckpointSigner(name, self._ring.log.current.key)

    def checkpoint_vkeys(self, name: str) -> tuple[str, ...]:
        """Give the public keys of the log of this name, the current one first, then retired ones."""
        return tuple(CheckpointSigner(name, known.key).vkey() for known in self._ring.log.every())

    def rotate(self, purpose: str) -> str:
        """Make a new current key for one purpose, retire the one before, and give the new key's name.

        Args:
            purpose: ``log``, ``tokens``, ``declarations``, ``kek`` or ``sessions``.

        Returns:
            The kid of the new key.

        Raises:
            ValueError: There is no such purpose.
            Broken: The ring on disk cannot be trusted, or lacks a key (`KeyMissing`).
        """
        return self._ring.rotate(Purpose(purpose))
