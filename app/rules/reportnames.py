"""Names in a report: they stand there only where a person chose so."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def names_in(text: str, people: Iterable[tuple[str, str]]) -> list[str]:
    """Give whose name or e-mail address stands in a text, each once, in order.

    A name of one word is not looked for: it may be any word.

    Args:
        text: What somebody wrote.
        people: Name and address of everyone who might be named.
    """
    written = f" {_plain(text)} "
    return sorted(
        {
            name
            for name, email in people
            if (len(name.split()) > 1 and f" {_plain(name)} " in written)
            or (email and email.casefold() in text.casefold())
        }
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())
