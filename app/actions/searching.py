"""An auditor searches the log, page by page, or takes what was found away; the reading is itself on record."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Literal

from app.actions.narrowing import producers_seen, read_found, reading_record, scope_of
from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.audit import export, labels, reading
from app.audit import search as looking
from app.audit.asked import EntryPage, Place, Scope, Search
from app.audit.entries import Entry, EntryKind
from app.audit.exported import LogRefused
from app.audit.reading import Logged, entry_record
from app.audit.verify import VerifiedReceipt, verify_receipt
from app.records import people
from app.records.saved_searches import SavedSearch
from app.rules.canonical import canonical_json
from app.rules.errors import Malformed, NotFound
from app.rules.facts import london_text
from app.rules.reasons import instant_text

ExportKind = Literal["ndjson", "csv", "xlsx"]
MOST_ROWS: dict[ExportKind, int] = {"ndjson": 500_000, "csv": 500_000, "xlsx": 50_000}
HEADINGS = (
    *("Index in the log", "Leaf hash (SHA-256, RFC 6962)", "Entry", "At (UTC)", "At (UK time)", "Kind", "Outcome"),
    *("Producer", "Release", "Document", "Person", "Actor", "Reasons", "Sources", "Says", "Discloses"),
)
_LABELLED_AT_ONCE = 500
_PAGE = 500
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ExportedSearch:
    """What was found, as a file that lies ready; its rows and its hash are on record already."""

    rows: int
    file_name: str
    file: IO[bytes]

    def pieces(self) -> Iterator[bytes]:
        """Give it piece by piece, once; the file is gone afterwards."""
        with self.file:
            while piece := self.file.read(_PIECE_BYTES):
                yield piece


@dataclass(frozen=True, slots=True)
class Asking:
    """Who searches, and whose entries they see; None for all."""

    actor_id: str
    producer_ids: frozenset[str] | None


OPERATOR = Asking("operator", None)


def asking(tools: Tools, actor: Actor) -> Asking:
    """Say as whom an auditor searches.

    Raises:
        Refused: The actor is no auditor.
    """
    with tools.reading() as connection:
        return Asking(actor.actor_id, producers_seen(connection, actor))


def search_log(
    tools: Tools,
    who: Asking,
    search: Search,
    *,
    after: Place | None = None,
    limit: int,
    newest_first: bool = False,
    saved: SavedSearch | None = None,
) -> EntryPage:
    """Give one page of what is searched for, in the order of time.

    Every page of one search is of the log as it was at the first: what arrives meanwhile is on none.

    Args:
        search: The filters; narrowed to what the asker may see.
        after: Where to go on; None at the beginning.
        limit: 1 to 500.
        newest_first: The newest first instead of the oldest.
        saved: The saved search that this is, if it is one.

    Raises:
        Malformed: The filters contradict each other.
        Unavailable: Older entries are still being prepared for such a search.
        LogDamaged: What an entry is searched by is not what it says. An incident is on record, and no document is
            opened until a check succeeds.
    """
    at = tools.clock.now()
    scope, newest = _looked_up(tools, who, search)
    place = after or Place(None, 0, newest)
    said, sealed = reading_record(search, saved)
    with tools.transaction() as tx:
        tx.append(Entry(EntryKind.LOG_READ, at, actor_id=who.actor_id, said=said, sealed=sealed))
    found = read_found(tools, search, scope, after=place, limit=limit + 1, newest_first=newest_first, at=at)
    shown = tuple(found[:limit])
    return EntryPage(shown, place.behind(shown[-1]) if len(found) > limit else None)


def export_search(
    tools: Tools,
    who: Asking,
    search: Search,
    kind: ExportKind,
    *,
    newest_first: bool = False,
    saved: SavedSearch | None = None,
) -> ExportedSearch:
    """Write everything that is searched for into a file, each entry with its index and its hash in the tree.

    What no checkpoint covers yet is left out. Filters, rows and hash of the file are on record before a byte leaves.

    Args:
        search: The filters; narrowed to what the asker may see.
        kind: ``ndjson``, ``csv`` or ``xlsx``.
        newest_first: The newest first instead of the oldest.
        saved: The saved search that this is, if it is one.

    Raises:
        Malformed: The filters contradict each other, or more is found than one file of this kind holds.
        Unavailable: Older entries are still being prepared for such a search.
        LogDamaged: As in :func:`search_log`.
    """
    at = tools.clock.now()
    scope, newest = _looked_up(tools, who, search)
    size = export.published_size(tools.tiles)
    counted = 0

    def found() -> Iterator[Logged]:
        nonlocal counted
        place: Place | None = Place(None, 0, newest)
        while place is not None:
            page = read_found(tools, search, scope, after=place, limit=_PAGE, newest_first=newest_first, at=at)
            for one in page:
                if one.leaf_index is not None and one.leaf_index < size:
                    counted += 1
                    _demand_few(counted, kind)
                    yield one
            place = place.behind(page[-1]) if len(page) == _PAGE else None

    file = tempfile.TemporaryFile()  # noqa: SIM115  # deliberate: it is given on, and has no name that could stay
    try:
        _write(tools, kind, found, file)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        said, sealed = reading_record(search, saved)
        told = {**said, "format": kind, "rows": counted, "sha256": digest, "log_size": size}
        with tools.transaction() as tx:
            tx.append(Entry(EntryKind.SEARCH_EXPORTED, at, actor_id=who.actor_id, said=told, sealed=sealed))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return ExportedSearch(counted, f"log-search.{kind}", file)


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry, with its proof as it was just checked.

    Attributes:
        receipt: As :func:`app.audit.export.receipt` gives it; None until a checkpoint covers the entry.
        proof: What the verifier found in it, by the log's public key; None where there is no receipt, or it is refused.
        refused: Why the verifier refused the receipt; empty when it did not.
    """

    logged: Logged
    receipt: dict[str, Any] | None
    proof: VerifiedReceipt | None
    refused: str


def show_entry(tools: Tools, who: Asking, entry_id: str) -> ShownEntry:
    """Give an auditor one entry, with its proof checked by the verifier that everybody has. The reading is on record.

    Raises:
        NotFound: There is none, or none that the asker may see.
        LogDamaged: What it is searched by is not what it says.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        logged = reading.find(connection, entry_id)
    if logged is None or (who.producer_ids is not None and logged.producer_id not in who.producer_ids):
        raise NotFound(NOTHING_THERE)
    said = {"filters": ["entry_id"], "asked": {"entry_id": entry_id}}
    with tools.transaction() as tx:
        tx.append(Entry(EntryKind.LOG_READ, at, actor_id=who.actor_id, said=said))
    if logged.leaf_index is None or logged.leaf_index >= export.published_size(tools.tiles):
        return ShownEntry(logged, None, None, "")
    receipt = export.receipt(tools.tiles, logged)
    refused = ""
    for vkey in tools.keys.checkpoint_vkeys(tools.policy.origin):  # the newest first; a rotated one may have signed
        try:
            return ShownEntry(logged, receipt, verify_receipt(receipt, vkey), "")
        except LogRefused as error:
            refused = refused or str(error)
    return ShownEntry(logged, receipt, None, refused)


def person_of(tools: Tools, email: str) -> str | None:
    """Give the id of whom an address belongs to, for a search by it; None when nobody is known by it."""
    with tools.reading() as connection:
        found = people.find_by_email(connection, email)
    return found.person_id if found else None


def label_entries(tools: Tools) -> int:
    """Let entries that stood before there were labels be searched by them; done every second by the worker.

    Returns:
        How many were looked at.
    """
    with tools.reading() as connection:
        if not looking.unlabelled(connection):
            return 0
    with tools.transaction() as tx:
        return labels.catch_up(tx.connection, limit=_LABELLED_AT_ONCE, locking=not tools.database.is_sqlite)


def _looked_up(tools: Tools, who: Asking, search: Search) -> tuple[Scope, int]:
    with tools.reading() as connection:
        return scope_of(connection, search, who.producer_ids), looking.newest(connection)


def _demand_few(counted: int, kind: ExportKind) -> None:
    if counted > MOST_ROWS[kind]:
        why = f"More than {MOST_ROWS[kind]:,} entries are found, which is the most for one file of this kind."
        remedy = "Narrow the span of time, and take one file after the other; or take the whole log."
        raise Malformed(f"{why} {remedy}", errors=[{"where": "query.format", "what": why}])


def _write(tools: Tools, kind: ExportKind, found: Callable[[], Iterator[Logged]], file: IO[bytes]) -> None:
    if kind != "ndjson":
        tools.write_rows(_rows(found()), file, kind=kind, title="Search of the log")
        return
    for one in found():
        file.write(json.dumps(entry_record(one), ensure_ascii=False, sort_keys=True).encode() + b"\n")


def _rows(found: Iterator[Logged]) -> Iterator[Sequence[str | int | None]]:
    yield HEADINGS
    for one in found:
        record, clear = entry_record(one), {name: value for name, (value, _) in one.disclosed.items()}
        told = sorted(labels.labels_of(one.said, clear))
        yield (
            *(one.leaf_index, record["leaf_hash"], one.entry_id, instant_text(one.at), london_text(one.at)),
            *(one.kind, one.outcome, one.producer_id, one.release_id, one.document_id, one.person_id),
            clear.get("actor"),
            "; ".join(value for name, value in told if name == labels.REASON),
            "; ".join(value for name, value in told if name == labels.SOURCE),
            canonical_json(one.said).decode(),
            canonical_json(clear).decode(),
        )
