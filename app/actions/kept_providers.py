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
