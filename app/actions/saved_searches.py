"""Searches of the log that an auditor keeps under a name, for themself or for the other auditors of the same."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from app.actions.narrowing import demand_auditor, reading_record
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_revision
from app.audit.asked import Search
from app.audit.entries import Entry, EntryKind
from app.records import saved_searches
from app.records.saved_searches import SavedSearch as SavedSearch
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import Role

MOST = 100


def save_search(
    tools: Tools,
    actor: Actor,
    search: Search,
    *,
    name: str,
    shared: bool,
    newest_first: bool,
    organisation_id: str | None = None,
) -> SavedSearch:
    """Keep a search under a name.

    Args:
        name: One that the person has given to no other.
        shared: Whether the other auditors of the same producer, or of the service, may run it.
        organisation_id: Whose auditor keeps it: a producer's organisation, or None for the widest that the person has.

    Raises:
        Refused: The actor is no auditor, or is a program.
        Malformed: The person is no auditor of that organisation, or nothing is searched for.
        Conflict: The person keeps one of that name.
        OutOfOrder: The person keeps as many as one may.
    """
    demand_auditor(actor)
    if actor.person_id is None:
        why = "A saved search belongs to a person. A program keeps its filters itself."
        raise Refused(why, code=Code.ROLE_REQUIRED)
    scopes = _scopes(actor)
    if organisation_id is None and None not in scopes:
        organisation_id = min(one for one in scopes if one)
    if organisation_id not in scopes:
        why = "You are no auditor of that organisation."
        raise Malformed(why, errors=[{"where": "body.organisation_id", "what": why}])
    if not search.given():
        why = "Nothing is searched for: such a search would find the whole log. Give one filter at least."
        raise Malformed(why, errors=[{"where": "body.search", "what": "no filter is given"}])
    saved = SavedSearch(
        saved_search_id=tools.new_id("svs"),
        owner_id=actor.person_id,
        owner_name=actor.name,
        organisation_id=organisation_id,
        name=name,
        filters=search.given(),
        newest_first=newest_first,
        shared=shared,
        saved_at=tools.clock.now(),
        revision=1,
    )
    with tools.transaction(once=True) as tx:
        if saved_searches.count_of(tx.connection, saved.owner_id) >= MOST:
            raise OutOfOrder(f"You keep {MOST} searches. Delete one that you no longer need.", code=Code.WRONG_STATE)
        _demand_free(tx.connection, saved)
        saved_searches.add(tx.connection, saved)
        tx.append(_entry(EntryKind.SEARCH_SAVED, actor, saved))
    return saved


def list_searches(tools: Tools, actor: Actor, *, limit: int, after: str | None = None) -> list[SavedSearch]:
    """Give the searches that an auditor keeps, and those that others share with them.

    Raises:
        Refused: The actor is no auditor.
    """
    demand_auditor(actor)
    with tools.reading() as connection:
        return saved_searches.seen_by(connection, actor.actor_id, _scopes(actor), limit=limit, after=after)


def get_search(tools: Tools, actor: Actor, saved_search_id: str) -> SavedSearch:
    """Give one saved search, to look at or to run.

    Raises:
        Refused: The actor is no auditor.
        NotFound: There is none, or it is not shared with them.
    """
    demand_auditor(actor)
    with tools.reading() as connection:
        saved = saved_searches.get(connection, saved_search_id)
    if saved.owner_id == actor.person_id or (saved.shared and saved.organisation_id in _scopes(actor)):
        return saved
    raise NotFound(NOTHING_THERE)


def change_search(
    tools: Tools,
    actor: Actor,
    saved_search_id: str,
    *,
    name: str | None = None,
    shared: bool | None = None,
    revision: int,
) -> SavedSearch:
    """Give a search of one's own another name, share it or share it no longer. What it asks for stays.

    Args:
        name: The other name; None to keep the one it has.
        shared: Whether others may run it; None to leave that.
        revision: Of the search that the person saw.

    Raises:
        NotFound: There is none, or it is not shared with the actor.
        Refused: It is somebody else's.
        Conflict: It was changed meanwhile, or the person keeps another of that name.
    """
    with tools.transaction() as tx:
        saved = _own(tools, tx.connection, actor, saved_search_id)
        require_revision(saved.revision, revision)
        changed = replace(
            saved,
            name=saved.name if name is None else name,
            shared=saved.shared if shared is None else shared,
            revision=saved.revision + 1,
        )
        _demand_free(tx.connection, changed)
        saved_searches.change(tx.connection, changed)
        tx.append(replace(_entry(EntryKind.SEARCH_CHANGED, actor, changed), at=tools.clock.now()))
    return changed


def forget_search(tools: Tools, actor: Actor, saved_search_id: str) -> None:
    """Delete a search of one's own.

    Raises:
        NotFound: There is none, or it is not shared with the actor.
        Refused: It is somebody else's.
    """
    with tools.transaction() as tx:
        saved = _own(tools, tx.connection, actor, saved_search_id)
        saved_searches.forget(tx.connection, saved_search_id)
        tx.append(replace(_entry(EntryKind.SEARCH_FORGOTTEN, actor, saved), at=tools.clock.now()))


def _own(tools: Tools, connection: Connection, actor: Actor, saved_search_id: str) -> SavedSearch:
    seen = get_search(tools, actor, saved_search_id)
    if seen.owner_id != actor.person_id:
        raise Refused("Only whoever saved a search changes or deletes it.", code=Code.ROLE_REQUIRED)
    return saved_searches.keep(connection, saved_search_id)


def _demand_free(connection: Connection, saved: SavedSearch) -> None:
    other = saved_searches.find_named(connection, saved.owner_id, saved.name)
    if other not in (None, saved.saved_search_id):
        raise Conflict("You keep a search of this name already. Choose another.", code=Code.ALREADY_EXISTS)


def _scopes(actor: Actor) -> set[str | None]:
    return {held.organisation_id for held in actor.roles if held.role is Role.AUDITOR}


def _entry(kind: EntryKind, actor: Actor, saved: SavedSearch) -> Entry:
    said, sealed = reading_record(Search.from_given(saved.filters), saved)
    said = {**said, "shared": saved.shared, "for_organisation": saved.organisation_id}
    return Entry(kind, saved.saved_at, actor_id=actor.actor_id, said=said, sealed=sealed)
