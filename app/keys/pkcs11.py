"""A hardware module spoken to by PKCS#11: the key-encryption keys lie in it and are used in it.

One signed-in session is kept and opened again after an error; calls take turns, since a session is for one call at a
time. Imported by the wiring alone, and only where a module is configured: its library is an extra.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass, PKCS11Error, Session

from app.keys.held import HeldKey
from app.rules.errors import KeyMissing, SealBroken, Unavailable

KEY_LABEL = "pra-gatekeeper kek"
_ID_BYTES = 32
_TAG_BITS = 128
_USE = MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT
_KEPT_IN = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
# What a key can do depends on its flags, which the library knows and its types do not: hence Any below.
Answer = TypeVar("Answer")


class Pkcs11Module:
    """One token of one module.

    Args:
        library: The module's PKCS#11 library, such as ``/usr/lib/softhsm/libsofthsm2.so``.
        token: The token's label.
        pin: Of the token's user. Never shown in a representation.

    Source:
        OASIS PKCS #11
    """

    def __init__(self, library: Path, token: str, pin: str) -> None:
        self._library = library
        self._token = token
        self._pin = pin
        self._turn = threading.RLock()
        self._session: Session | None = None
        self.demand()

    @property
    def token(self) -> str:
        """The token's label."""
        return self._token

    def demand(self) -> None:
        """Make sure that the module answers and lets us in.

        Raises:
            Unavailable: It does not; what it said is named.
        """
        self.ask(lambda session: session)

    def make(self) -> str:
        """Make an AES-256 key that can be used in the module and never taken out of it.

        Returns:
            Its kid: the key's identifier, 32 random bytes, in base64url.

        Raises:
            Unavailable: The module does not answer, or does not make such keys.
        """
        identifier = secrets.token_bytes(_ID_BYTES)

        def generate(session: Session) -> None:
            session.generate_key(
                KeyType.AES, 256, id=identifier, label=KEY_LABEL, store=True, capabilities=_USE, template=_KEPT_IN
            )

        self.ask(generate)
        return base64.urlsafe_b64encode(identifier).decode("ascii").rstrip("=")

    def get(self, kid: str) -> HeldKey:
        """Give a key by its kid; it is looked for anew at each use, as the module may have been restarted.

        Raises:
            KeyMissing: The token has no such key, or one that could be taken out of it.
            Unavailable: The module does not answer.
        """
        self.ask(lambda session: self.found(session, kid))
        return _Key(self, kid)

    def destroy(self, kid: str) -> None:
        """Destroy a key for good; one that is gone already is no error.

        Raises:
            Unavailable: The module does not answer.
        """
        self.ask(lambda session: [key.destroy() for key in _keys(session, kid)])

    def ask(self, what: Callable[[Session], Answer]) -> Answer:
        """Do something with the session; after an error of the module, once more with a new one.

        Raises:
            Unavailable: It failed again: the module, or the library that speaks to it.
        """
        with self._turn:
            try:
                return what(self._signed_in())
            except (PKCS11Error, OSError, RuntimeError):
                self._let_go()
            try:
                pkcs11.lib(str(self._library)).reinitialize()  # a module that was restarted wants to be greeted anew
                return what(self._signed_in())
            except (PKCS11Error, OSError, RuntimeError) as error:
                self._let_go()
                said = type(error).__name__
                raise Unavailable(f"The hardware module that holds our keys does not answer ({said}).") from None

    def found(self, session: Session, kid: str) -> Any:
        """Find a key in the token.

        Raises:
            KeyMissing: There is no such key, or one that could be taken out.
        """
        known = _keys(session, kid)
        if len(known) != 1:
            raise KeyMissing(f"The token “{self._token}” has no key {kid}. Restore the token from its backup.")
        key = known[0]
        if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
            raise KeyMissing(f"The key {kid} in the token “{self._token}” could be taken out of it; it is not used.")
        return key

    def works(self, key: Any) -> bool:
        """Say whether a key seals and opens: what a module says of a forged tag differs from module to module."""
        probe, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        sealed = key.encrypt(probe, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, b"", _TAG_BITS))
        opened = key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, b"", _TAG_BITS))
        return bool(opened == probe)

    def _signed_in(self) -> Session:
        if self._session is None:
            library = pkcs11.lib(str(self._library))
            self._session = library.get_token(token_label=self._token).open(rw=True, user_pin=self._pin)
        return self._session

    def _let_go(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            try:
                session.close()
            except PKCS11Error:  # it is gone already
                return

    def __repr__(self) -> str:
        """Name the token and not the PIN."""
        return f"Pkcs11Module({self._token})"


class _Key:
    """One key in the module."""

    def __init__(self, module: Pkcs11Module, kid: str) -> None:
        self._module = module
        self._kid = kid

    def seal(self, nonce: bytes, secret: bytes, bound: bytes) -> bytes:
        """Encrypt in the module; see `HeldKey.seal`."""

        def encrypt(session: Session) -> bytes:
            key = self._module.found(session, self._kid)
            return bytes(key.encrypt(secret, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, bound)))

        return self._module.ask(encrypt)

    def open(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """Decrypt in the module; see `HeldKey.open`."""

        def decrypt(session: Session) -> bytes:
            key = self._module.found(session, self._kid)
            try:
                return bytes(key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, bound)))
            except PKCS11Error:
                if not self._module.works(key):
                    raise
                raise SealBroken(
                    "A wrapped key does not authenticate: it was altered or belongs to something else."
                ) from None

        return self._module.ask(decrypt)

    def __repr__(self) -> str:
        """Show the name alone."""
        return f"HeldKey({self._kid})"


def _keys(session: Session, kid: str) -> list[Any]:
    identifier = base64.urlsafe_b64decode(f"{kid}=")
    return list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.ID: identifier}))


def _gcm(nonce: bytes, bound: bytes) -> GCMParams:
    return GCMParams(nonce, bound, _TAG_BITS)
