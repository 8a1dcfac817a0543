"""The account of an incident, minute by minute from the log: the whole of it, or a page of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from app.actions.drafting import ACTOR, Around, account_of, belongs, drafted_entry, numbers_of, seen, span_opened
from app.actions.tools import Actor, Tools
from app.audit import search as looking
from app.audit.asked import Place, Scope, Search
from app.audit.entries import EntryKind
from app.audit.reading import Logged
from app.records.breaches import IncidentCard
from app.rules.account import AccountLine, account
from app.rules.canonical import canonical_json, sha256_hex

_MANY = 1_000


@dataclass(frozen=True, slots=True)
class Account:
    """An incident as the log tells it.

    Attributes:
        lines: Oldest first.
        left_off: How many more there would be.
        numbers: By entry, its number in the log; entries of the last second may have none yet.
    """

    lines: tuple[AccountLine, ...]
    left_off: int
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of an account, with the incident it tells of.

    Attributes:
        lines: Oldest first.
        numbers: By entry, its number in the log; entries of the last second may have none yet.
        next_after: The place to go on from, None at the end.
    """

    card: IncidentCard
    lines: tuple[AccountLine, ...]
    numbers: dict[str, int]
    next_after: Place | None


def read_account(tools: Tools, actor: Actor, incident_id: str) -> Account:
    """Tell an incident minute by minute from the log, in roles and posts. That it was read is on record.

    Raises:
        NotFound: There is none, or none that this person may see.
    """
    with tools.reading() as connection:
        card = seen(connection, actor, incident_id)
        told = Account(*account_of(connection, card))
    _put_on_record(tools, actor, card, told.lines)
    return told


def read_account_page(tools: Tools, actor: Actor, incident_id: str, *, after: Place | None, limit: int) -> AccountPage:
    """Tell so much of an incident as a page shows. What was read is on record, by the hash of its lines.

    Args:
        after: Where the page before ended; None for the first.
        limit: At most so many lines.

    Raises:
        NotFound: There is none, or none that this person may see.
        LogDamaged: What an entry is searched by is not what its leaf says.
    """
    with tools.reading() as connection:
        card = seen(connection, actor, incident_id)
        place = after or Place(None, 0, looking.newest(connection))
        found = list(islice(_telling(connection, card, place, 2 * limit + 1), limit + 1))
        shown, around = found[:limit], Around.of(connection, card)
        lines, _ = account([around.told(one) for one in shown])
    _put_on_record(tools, actor, card, lines)
    more = place.behind(shown[-1]) if len(found) > limit else None
    return AccountPage(card, lines, numbers_of(shown), more)


def _telling(connection: Connection, card: IncidentCard, place: Place, at_first: int) -> Iterator[Logged]:
    """Give the entries of an account from a place on, as they are asked for.

    Those that it does not tell of are read too: each is compared with its leaf, and none is hidden by its kind. There
    may be thousands in a row, of a page that is watched; so what the first look does not bring is read many at a time.
    """
    search, at_once = _search(card), at_first
    while read := looking.page(connection, search, Scope(), after=place, limit=at_once, behind=ACTOR):
        yield from (one for one in read if belongs(one, card))
        if len(read) < at_once:
            return
        place, at_once = place.behind(read[-1]), _MANY


def _search(card: IncidentCard) -> Search:
    if card.release_id is not None:
        return Search(release_id=card.release_id)
    since, until = span_opened(card)
    return Search(kind=EntryKind.INCIDENT_OPENED.value, from_at=since, until_at=until)


def _put_on_record(tools: Tools, actor: Actor, card: IncidentCard, lines: Sequence[AccountLine]) -> None:
    sha256 = sha256_hex(canonical_json([line.as_record() for line in lines]))
    with tools.transaction() as tx:
        tx.append(drafted_entry(actor, card, tools.clock.now(), {"format": "account", "sha256": sha256}))
