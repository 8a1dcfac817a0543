"""The undertaking put together, and the exact statement that is signed.

The words restate the duties of the governing Order in plain English, with the ground and the conditions set for this
person and what the producer adds. They are versioned: other words have another hash, and a declaration counts only
for the words that its signer would have to sign today. The time set for publication is not among them, so that a move
of the release does not undo every declaration.

An undertaking for a whole series names the series in the place of the release. So its hash is the same for each release
of the series, as long as the Order, the grounds, the conditions and the producer's words are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType

from app.rules.canonical import sha256_hex
from app.rules.facts import DeclarationScope, Order, Release, london_text
from app.rules.reasons import instant_text, utc
from app.rules.undertakings import northern_ireland, scotland, uk, wales
from app.rules.undertakings.basis import Basis, letters_of, one_line
from app.rules.undertakings.basis import ProducerWords as ProducerWords

STATEMENT_TYPE = "pra-declaration/1"
SIGNING_SPAN = timedelta(minutes=10)
"""How long a prepared statement may wait for its signature."""

WORDS: dict[Order, ModuleType] = {
    Order.UK: uk,
    Order.SCOTLAND: scotland,
    Order.WALES: wales,
    Order.NORTHERN_IRELAND: northern_ireland,
}

REMINDERS_DAYS = (3, 14)
"""How many days before a declaration lapses its signer is reminded; the nearest first."""


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


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs what, when, and how we know that it is they.

    Attributes:
        signed_at: When; taken to the millisecond. Aware.
        lapses_at: When it stops counting. Aware.
        authenticated_by, authenticated_at: How the person signed in, and when.
        typed_name: The name as the person typed it.
    """

    declaration_id: str
    person_id: str
    person_name: str
    list_version: int
    signed_at: datetime
    lapses_at: datetime
    authenticated_by: str
    authenticated_at: datetime
    typed_name: str


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


def statement(release: Release, words: Undertaking, signing: Signing) -> dict[str, str | int | None]:
    """Give what is signed, as JSON-ready members; its canonical form is the payload of the signature.

    Args:
        release: The release it is signed for; with the scope of a series, the one at which the series was signed for.
        words: The words agreed to, bound by their hash.
        signing: Who signs, and when.

    Source:
        SI 2008/2998 Sch. para 8; SR 2009/71 Sch. para 8
    """
    return {
        "type": STATEMENT_TYPE,
        "declaration_id": signing.declaration_id,
        "person_id": signing.person_id,
        "person_name": signing.person_name,
        "scope": words.scope.value,
        "release_id": release.release_id,
        "release_title": release.title,
        "series_id": release.series_id if words.scope is DeclarationScope.SERIES else None,
        "producer": release.producer.name,
        "order": release.order.value,
        "ground_letter": words.ground_letter,
        "undertaking_version": words.version,
        "undertaking_sha256": words.sha256,
        "list_version": signing.list_version,
        "signed_at": instant_text(signing.signed_at),
        "lapses_at": instant_text(signing.lapses_at),
        "authenticated_by": signing.authenticated_by,
        "authenticated_at": instant_text(signing.authenticated_at),
        "typed_name": signing.typed_name,
    }


def lapses_at(signed_at: datetime, days: int) -> datetime:
    """Say when a declaration stops counting.

    Args:
        signed_at: Aware.
        days: How many times 24 hours the producer lets it count.
    """
    return utc(signed_at) + timedelta(days=days)


def reminder_due(lapses: datetime, reminded_at: datetime | None, at: datetime) -> int | None:
    """Say whether the signer is to be reminded now that a declaration is about to lapse.

    Args:
        lapses: When it stops counting. Aware.
        reminded_at: When they were last reminded. Aware.
        at: Now. Aware.

    Returns:
        Which reminder is due, by its days; None when none is, or when it has lapsed already.
    """
    if lapses <= at:
        return None
    begun = (days for days in REMINDERS_DAYS if lapses - timedelta(days=days) <= at)
    stage = next(begun, None)
    if stage is None or (reminded_at is not None and reminded_at >= lapses - timedelta(days=stage)):
        return None
    return stage


def same_name(typed: str, name: str) -> bool:
    """Say whether the name typed is the person's own, capitals and blanks apart."""
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()


def receipt(said: Mapping[str, str | int | None], words: Undertaking) -> str:
    """Write what the person keeps of having signed: the facts first, then the words.

    Args:
        said: The statement as it was signed.
        words: The words agreed to.
    """
    signed_at, lapses = (london_text(datetime.fromisoformat(str(said[name]))) for name in ("signed_at", "lapses_at"))
    covers = f"“{said['release_title']}” ({said['producer']}) and its eligibility list, version {said['list_version']}."
    if said.get("scope") == DeclarationScope.SERIES.value:
        covers = f"every release of the series named below, and was signed for {covers}"
    return (
        f"RECEIPT FOR DECLARATION {said['declaration_id']}\n\n"
        f"{said['person_name']} declared on {signed_at} to have read the words below and to comply with them.\n"
        f"It covers {covers}\nIt lapses on {lapses}, or earlier if the words change.\n"
        f"SHA-256 of the words: {words.sha256}\n\n{words.text}"
    )


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
