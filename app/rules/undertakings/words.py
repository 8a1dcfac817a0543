"""The words of the undertaking put together.

They restate the duties of the governing Order in plain English, with the ground and the conditions set for this person
and what the producer adds. They are versioned: other words have another hash, and a declaration counts only for the
words that its signer would have to sign today. The time set for publication is not among them, so that a move of the
release does not undo every declaration.

An undertaking for a whole series names the series in the place of the release. So its hash is the same for each release
of the series, as long as the Order, the grounds, the conditions and the producer's words are.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from app.rules.canonical import sha256_hex
from app.rules.facts import DeclarationScope, Order
from app.rules.rehearsals import DECLARATION_NOTE
from app.rules.undertakings import northern_ireland, scotland, uk, wales
from app.rules.undertakings.basis import Basis, ProducerWords, letters_of, one_line

WORDS: dict[Order, ModuleType] = {
    Order.UK: uk,
    Order.SCOTLAND: scotland,
    Order.WALES: wales,
    Order.NORTHERN_IRELAND: northern_ireland,
}


@dataclass(frozen=True, slots=True)
class Undertaking:
    """The words a recipient agrees to.

    Attributes:
        version: Which edition of the words, e.g. ``uk-2026-1``.
        text: The whole text, lines ended by a line feed.
        sha256: Of the text in UTF-8, 64 hexadecimal digits.
        scope: What it covers.
        ground_letter: The Order's grounds that the access rests on, e.g. ``a`` or ``a, e``; empty where none is named.
    """

    version: str
    text: str
    sha256: str
    scope: DeclarationScope = DeclarationScope.RELEASE
    ground_letter: str = ""


def undertaking(basis: Basis) -> Undertaking:
    """Give the words that one person would have to sign today, for one release or for its whole series.

    Args:
        basis: Everything that decides which words they are.

    Source:
        SI 2008/2998 Sch. para 8; SSI 2008/399 Sch. para 2(2)(a); WSI 2009/2818 Sch. para 1(2); SR 2009/71 Sch. para 8
    """
    release = basis.release
    words = WORDS[release.order]
    version: str = words.VERSION
    duties: tuple[str, ...] = words.duties(basis)
    parts = [
        *((DECLARATION_NOTE,) if release.rehearsal else ()),
        "DECLARATION ON PRE-RELEASE ACCESS",
        f"Statistics: {_covered(basis)}\nProducer: {one_line(release.producer.name)}\nWords: {version}",
        *duties,
        *_own_words(basis.own_words),
        "I have read this, and I undertake to comply with it.",
    ]
    text = "\n\n".join(parts) + "\n"
    named = ", ".join(letter for letter in letters_of(basis.grants) if letter)
    return Undertaking(version, text, sha256_hex(text.encode()), basis.scope, named)


def words_sha256(basis: Basis) -> str:
    """Give the hash of today's words; nothing where there are none to sign, and no declaration matches that.

    So it is for somebody who is not on the list, and for the series of a release that belongs to none.

    Args:
        basis: As for ``undertaking``.
    """
    if not basis.grants or (basis.scope is DeclarationScope.SERIES and not basis.series_title.strip()):
        return ""
    return undertaking(basis).sha256


def _covered(basis: Basis) -> str:
    if basis.scope is DeclarationScope.SERIES:
        return f"each release of the series “{one_line(basis.series_title)}” to which I am given access"
    return one_line(basis.release.title)


def _own_words(added: ProducerWords) -> tuple[str, ...]:
    text = added.text.strip()
    if not text:
        return ()
    said = "The producer's warning" if added.version == 0 else f"The producer's own words, version {added.version}"
    return (f"{said}:\n{text}",)
