"""The undertaking's words, and the exact statement that is signed.

The words restate the duties of the governing Order in plain English, with the conditions set for this person and the
producer's own warning. They are versioned: other words have another hash, and a declaration counts only for the words
that its signer would have to sign today. The time set for publication is not among them, so that a move of the release
does not undo every declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Malformed
from app.rules.facts import Order, Release, london_text
from app.rules.reasons import instant_text, utc

STATEMENT_TYPE = "pra-declaration/1"
SIGNING_SPAN = timedelta(minutes=10)
"""How long a prepared statement may wait for its signature."""

_VERSIONS: dict[Order, str] = {Order.UK: "uk-2026-1"}

_UK_DUTIES = """\
I understand that this access is given to me by name, because of the post I hold, and that it is governed by the
Pre-release Access to Official Statistics Order 2008 (SI 2008/2998).

1. Until the statistics have been published, I must not disclose:
   (a) the statistics;
   (b) any part of the publication that contains them; or
   (c) anything that suggests how large a trend is, or which way it goes. A hint, a tone or “no surprises” counts.
   The embargo ends when the statistics are actually published. If the time set passes and they are not out, it goes on.
   (Schedule, paragraph 6(1))

2. I must not use this access for personal gain, mine or anybody else's. I must not act on it for political advantage.
   Preparing a response or a statement, to be used after publication, is allowed. (Schedule, paragraph 6(2))

3. I must not use this access to change or compromise what is published, how it is presented, or when. If I notice a
   wrong figure or a misprint, I may tell the producer. (Schedule, paragraph 7)

4. The copy I am given is mine alone. I must not forward it, or leave it where others can read it. (The producer's rule)

5. If I disclose any of this by accident, if I think somebody else has, or if I receive something that I should not
   have, I will tell the producer at once: {contact}."""


@dataclass(frozen=True, slots=True)
class Undertaking:
    """The words a recipient agrees to.

    Attributes:
        version: Which edition of the words, e.g. ``uk-2026-1``.
        text: The whole text, lines ended by a line feed.
        sha256: Of the text in UTF-8, 64 hexadecimal digits.
    """

    version: str
    text: str
    sha256: str


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


def undertaking(release: Release, conditions: tuple[str, ...], warning: str, contact: str) -> Undertaking:
    """Give the words that one person would have to sign for one release today.

    Args:
        release: The release.
        conditions: Those set for this person, in the order of their grants; empty ones are left out.
        warning: The producer's own warning; may be empty.
        contact: Where the producer is told of an accident.

    Raises:
        Malformed: The governing Order is not built (code ``order_not_built``): its duties are not guessed.

    Source:
        SI 2008/2998 Sch. para 6; SI 2008/2998 Sch. para 7; SI 2008/2998 Sch. para 8
    """
    version = _VERSIONS.get(release.order)
    if version is None:
        raise Malformed(
            f"The duties under the Order that governs this release ({release.order.value}) are not known to this "
            "version, so there is nothing that could be signed.",
            code=Code.ORDER_NOT_BUILT,
        )
    parts = [
        "DECLARATION ON PRE-RELEASE ACCESS",
        f"Statistics: {_one_line(release.title)}\nProducer: {_one_line(release.producer.name)}\nWords: {version}",
        _UK_DUTIES.format(contact=_one_line(contact) or "the contact named on its web site"),
    ]
    set_for_me = [_one_line(condition) for condition in dict.fromkeys(conditions) if condition.strip()]
    if set_for_me:
        listed = "\n".join(f"   – {condition}" for condition in set_for_me)
        parts.append(f"6. I will keep these conditions, which were set for me (Schedule, paragraph 3(1)(f)):\n{listed}")
    if warning.strip():
        parts.append(f"The producer's warning:\n{warning.strip()}")
    parts.append("I have read this, and I undertake to comply with it.")
    text = "\n\n".join(parts) + "\n"
    return Undertaking(version, text, sha256_hex(text.encode()))


def words_sha256(release: Release, conditions: tuple[str, ...], warning: str, contact: str) -> str:
    """Give the hash of today's words, or nothing where the Order is not built: then no declaration can match.

    Args:
        release, conditions, warning, contact: As for ``undertaking``.
    """
    if release.order not in _VERSIONS:
        return ""
    return undertaking(release, conditions, warning, contact).sha256


def statement(release: Release, words: Undertaking, signing: Signing) -> dict[str, str | int]:
    """Give what is signed, as JSON-ready members; its canonical form is the payload of the signature.

    Args:
        release: The release it covers.
        words: The words agreed to, bound by their hash.
        signing: Who signs, and when.

    Source:
        SI 2008/2998 Sch. para 8
    """
    return {
        "type": STATEMENT_TYPE,
        "declaration_id": signing.declaration_id,
        "person_id": signing.person_id,
        "person_name": signing.person_name,
        "release_id": release.release_id,
        "release_title": release.title,
        "producer": release.producer.name,
        "order": release.order.value,
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


def same_name(typed: str, name: str) -> bool:
    """Say whether the name typed is the person's own, capitals and blanks apart."""
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()


def receipt(said: Mapping[str, str | int], words: Undertaking) -> str:
    """Write what the person keeps of having signed: the facts first, then the words.

    Args:
        said: The statement as it was signed.
        words: The words agreed to.
    """
    signed_at, lapses = (london_text(datetime.fromisoformat(str(said[name]))) for name in ("signed_at", "lapses_at"))
    return (
        f"RECEIPT FOR DECLARATION {said['declaration_id']}\n\n"
        f"{said['person_name']} declared on {signed_at} to have read the words below and to comply with them.\n"
        f"It covers “{said['release_title']}” ({said['producer']}) and its eligibility list, version "
        f"{said['list_version']}.\nIt lapses on {lapses}, or earlier if the words change.\n"
        f"SHA-256 of the words: {words.sha256}\n\n{words.text}"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
