"""An auditor searches the log, page by page; the reading is itself on record."""

from __future__ import annotations

from app.actions import desk
from app.actions.narrowing import producers_seen, reading_record, scope_of
from app.actions.tools import Actor, Tools
from app.audit import labels
from app.audit import search as looking
from app.audit.entries import Entry, EntryKind, Outcome
from app.audit.search import EntryPage, Place, Search
from app.rules import breaches
from app.rules.errors import LogDamaged

_LABELLED_AT_ONCE = 500


def search_log(
    tools: Tools, actor: Actor, search: Search, *, after: Place | None, limit: int, newest_first: bool = False
) -> EntryPage:
    """Give an auditor one page of what they search for, in the order of time.

    Every page of one search is of the log as it was at the first: what arrives meanwhile is on none.

    Args:
        search: The filters; narrowed to what the auditor may see.
        after: Where to go on; None at the beginning.
        limit: 1 to 500.
        newest_first: The newest first instead of the oldest.

    Raises:
        Refused: The actor is no auditor.
        Malformed: The filters contradict each other.
        Unavailable: Older entries are still being prepared for such a search.
        LogDamaged: What an entry is searched by is not what it says. An incident is on record, and no document is
            opened until a check succeeds.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer_ids = producers_seen(connection, actor)
        scope = scope_of(connection, search, producer_ids)
        place = after or Place(None, 0, looking.newest(connection))
    said, sealed = reading_record(search)
    with tools.transaction() as tx:
        tx.append(Entry(EntryKind.LOG_READ, at, actor_id=actor.actor_id, said=said, sealed=sealed))
    try:
        with tools.reading() as connection:
            found = looking.page(connection, search, scope, after=place, limit=limit + 1, newest_first=newest_first)
    except LogDamaged as error:
        checked = Entry(EntryKind.LOG_CHECKED, at, Outcome.REFUSED)
        desk.distrust(tools, "the log", error, checked, breaches.log_damaged(at))
        raise
    shown = tuple(found[:limit])
    return EntryPage(shown, place.behind(shown[-1]) if len(found) > limit else None)


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
