"""Passphrases: six made-up words that can be typed, and read out over the telephone.

A word is consonant, vowel, consonant, vowel, consonant, as in ``tabon``. The letters leave out those that sound or
look like another (c, q, w, x, y), and words with an unfortunate piece in them are not used. What is left over gives
each word more than 15 bits, and six of them more than 90: enough also for ZIP, which stretches a passphrase badly.
"""

from __future__ import annotations

import secrets
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


def all_words() -> list[str]:
    """Give every word that a passphrase may hold, sorted. Its length is what the entropy is counted from."""
    letters = product(_FIRST, _VOWELS, _MIDDLE, _VOWELS, _LAST)
    return sorted(word for word in map("".join, letters) if _is_fit(word))


def new_passphrase() -> str:
    """Make a fresh passphrase from the system's randomness.

    Returns:
        Six words joined by hyphens: 35 lower-case ASCII characters, more than 90 bits. Each word is equally likely.
    """
    return "-".join(_new_word() for _ in range(WORDS))


def _new_word() -> str:
    while True:  # drawing again keeps the words that are used equally likely
        word = "".join(map(secrets.choice, (_FIRST, _VOWELS, _MIDDLE, _VOWELS, _LAST)))
        if _is_fit(word):
            return word


def _is_fit(word: str) -> bool:
    return not any(piece in word for piece in _UNFORTUNATE)
