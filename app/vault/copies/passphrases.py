"""Passphrases: six made-up words that can be typed, and read out over the telephone.

A word is consonant, vowel, consonant, vowel, consonant, as in ``tabon``. The letters leave out those that sound or
look like another (c, q, w, x, y), and words with an unfortunate piece in them are not used. What is left over gives
each word more than 15 bits, and six of them more than 90: enough also for ZIP, which stretches a passphrase badly.
"""

from __future__ import annotations

import secrets
from functools import cache
from itertools import product

WORDS = 6

_FIRST = "bdfghjklmnprstvz"
_VOWELS = "aeiou"
_MIDDLE = "bdfgklmnprstvz"
_LAST = "bdfgklmnprt"
_UNFORTUNATE = (
    "nig", "neg", "rap", "pis", "tit", "fag", "fuk", "kok", "dik", "kum", "sem", "ped", "naz", "jap", "pak", "nud",
    "tut", "kil", "ded", "gas", "bum", "pup", "put", "mur", "tor", "pen", "sad", "gud", "god", "hit", "lez", "hor",
)  # fmt: skip


@cache
def all_words() -> tuple[str, ...]:
    """Give every word that a passphrase may hold, sorted. Its length is what the entropy is counted from."""
    letters = product(_FIRST, _VOWELS, _MIDDLE, _VOWELS, _LAST)
    return tuple(sorted(word for word in map("".join, letters) if _is_fit(word)))


def new_passphrase() -> str:
    """Make a fresh passphrase from the system's randomness.

    Returns:
        Six words joined by hyphens: 35 lower-case ASCII characters, more than 90 bits. Each word is equally likely.
    """
    words = all_words()
    return "-".join(secrets.choice(words) for _ in range(WORDS))


def _is_fit(word: str) -> bool:
    return not any(piece in word for piece in _UNFORTUNATE)
