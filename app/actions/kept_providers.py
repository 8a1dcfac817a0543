"""What this process keeps of what sign-in providers publish: their addresses for a while, and their keys.

Nothing here is a secret, and nothing here is trusted for longer than its while.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

GOOD_SECONDS = 3600.0
KEYS_AGAIN_SECONDS = 60.0
"""How soon keys may be fetched again because a token names one that is not among them."""
SILENT_SECONDS = 15.0
"""For how long nobody is kept waiting again for a provider that did not answer."""
ISSUERS_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Published:
    """What a provider publishes.

    Attributes:
        sign_in_url: Where a person is sent.
        token_url: Where a code is exchanged.
        keys_url: Where its public keys are.
        person_url: Where it tells of a person; empty where nowhere.
        basic: It takes our secret as HTTP Basic; otherwise in the form.
        names_itself: It puts its name on every answer, so that one without it is not its own.
        jwk_set: Its public keys.
        read_seconds: The process's counter when the addresses were fetched.
        keys_seconds: The same, of the keys.
    """

    sign_in_url: str
    token_url: str
    keys_url: str
    person_url: str
    basic: bool
    names_itself: bool
    jwk_set: dict[str, Any]
    read_seconds: float
    keys_seconds: float


class KnownProviders:
    """What this process knows of providers, by their issuer. Asked from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Published] = {}
        self._silent: dict[str, tuple[str, float]] = {}
        self._turns: dict[str, threading.Lock] = {}

    def turn(self, issuer: str) -> threading.Lock:
        """Give what only one thread at a time holds while it asks a provider what it publishes.

        Args:
            issuer: The provider's.
        """
        with self._lock:
            if len(self._turns) >= ISSUERS_AT_MOST:
                self._turns.clear()
            return self._turns.setdefault(issuer, threading.Lock())

    def why_silent(self, issuer: str, now_seconds: float) -> str | None:
        """Say what a provider did a moment ago that did not answer as it should; None where nothing is known of that.

        Args:
            issuer: The provider's.
            now_seconds: The process's counter.
        """
        with self._lock:
            why, since_seconds = self._silent.get(issuer, ("", float("-inf")))
        return why if now_seconds - since_seconds < SILENT_SECONDS else None

    def keep_silence(self, issuer: str, why: str, now_seconds: float) -> None:
        """Keep that a provider did not answer as it should.

        Args:
            issuer: The provider's.
            why: What it did, for the operator.
            now_seconds: The process's counter.
        """
        with self._lock:
            if len(self._silent) >= ISSUERS_AT_MOST:
                self._silent.clear()
            self._silent[issuer] = (why, now_seconds)

    def find(self, issuer: str, now_seconds: float) -> Published | None:
        """Give what is known, while it is good.

        Args:
            issuer: The provider's.
            now_seconds: The process's counter.
        """
        with self._lock:
            known = self._known.get(issuer)
        return known if known is not None and now_seconds - known.read_seconds < GOOD_SECONDS else None

    def keep(self, issuer: str, published: Published) -> None:
        """Keep what was fetched."""
        with self._lock:
            if len(self._known) >= ISSUERS_AT_MOST:
                self._known.clear()
            self._known[issuer] = published
