"""Keys that never leave a hardware module: what the ring asks of one, whoever made it."""

from __future__ import annotations

from typing import Protocol


class HeldKey(Protocol):
    """A key-encryption key that is used where it lies. Its bytes are nowhere in this process."""

    def seal(self, nonce: bytes, secret: bytes, bound: bytes) -> bytes:
        """Encrypt with AES-256-GCM.

        Args:
            nonce: 12 bytes.
            secret: At most 4,096 bytes.
            bound: The associated data.

        Returns:
            Ciphertext and tag, as software gives them under the same key.

        Raises:
            Unavailable: The module does not answer.
            KeyMissing: The key is no longer in it.
        """
        ...

    def open(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """Undo ``seal``.

        Raises:
            SealBroken: It does not authenticate.
            Unavailable: The module does not answer.
            KeyMissing: The key is no longer in it.
        """
        ...


class KeyModule(Protocol):
    """A hardware module that holds key-encryption keys."""

    @property
    def token(self) -> str:
        """The label of the token in it that holds ours."""
        ...

    def make(self) -> str:
        """Make a key in the module and give its kid; 43 characters of base64url."""
        ...

    def get(self, kid: str) -> HeldKey:
        """Give the key of this name.

        Raises:
            KeyMissing: The module has no such key, or one that could be taken out of it.
            Unavailable: The module does not answer.
        """
        ...

    def destroy(self, kid: str) -> None:
        """Destroy a key for good; one that is gone already is no error."""
        ...
