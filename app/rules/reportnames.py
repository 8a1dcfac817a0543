"""Names in a report: they stand there only where a person chose so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def names_in(texts: Iterable[str], people: Iterable[tuple[str, str]]) -> list[str]:
    """Give whose name or e-mail address stands in one of some texts, each once, in order.

    A name of one word is not looked for: it may be any word.

    Args:
        texts: What somebody wrote, each by itself.
        people: Name and address of everyone who might be named.
    """
    written = [_plain(text) for text in texts]
    return sorted({name for name, email in people if any(_names(text, name, email) for text in written)})


def _names(text: str, name: str, email: str) -> bool:
    words = _plain(name).split()
    whole = r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)"
    return (len(words) > 1 and re.search(whole, text) is not None) or (bool(email) and _plain(email) in text)


def _plain(text: str) -> str:
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")  # what nobody sees
    return unicodedata.normalize("NFKC", seen).casefold().replace("’", "'")
