"""The exact statement that is signed, the receipt of it, and when its signer is reminded that it lapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.facts import DeclarationScope, Release, london_text
from app.rules.reasons import instant_text, utc
from app.rules.rehearsals import DECLARATION_NOTE
from app.rules.undertakings.words import Undertaking

STATEMENT_TYPE = "pra-declaration/1"
SIGNING_SPAN = timedelta(minutes=10)
"""How long a prepared statement may wait for its signature."""

REMINDERS_DAYS = (3, 14)
"""How many days before a declaration lapses its signer is reminded; the nearest first."""


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
        # Only where it is so: what is signed for a real release stays, byte for byte, what it was.
        **({"rehearsal": True} if release.rehearsal else {}),
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
    heading = f"{DECLARATION_NOTE}\n\n" if said.get("rehearsal") else ""
    return (
        f"{heading}RECEIPT FOR DECLARATION {said['declaration_id']}\n\n"
        f"{said['person_name']} declared on {signed_at} to have read the words below and to comply with them.\n"
        f"It covers {covers}\nIt lapses on {lapses}, or earlier if the words change.\n"
        f"SHA-256 of the words: {words.sha256}\n\n{words.text}"
    )
