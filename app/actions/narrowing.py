"""What an auditor may see of the log, what a search stands for in the records, and putting the reading on record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Actor, Tools, require_service_role
from app.audit import search as looking
from app.audit.asked import Place, Scope, Search, Tenure
from app.audit.entries import Entry, EntryKind, Outcome
from app.audit.reading import Logged
from app.records import organisations, posts, series
from app.records.posts import Holding
from app.records.saved_searches import SavedSearch
from app.rules import breaches
from app.rules.errors import LogDamaged, Malformed, Unavailable
from app.rules.facts import Role
from app.rules.workingdays import start_of

# Who is meant by these is personal: in the entry of the reading they stand as commitments.
_PERSONAL = ("person_id", "actor_id", "network")


def demand_auditor(actor: Actor) -> None:
    """Stop unless the actor is an auditor, of one producer or of the service.

    Raises:
        Refused: The actor is none.
    """
    if not any(held.role is Role.AUDITOR for held in actor.roles):
        require_service_role(actor, Role.AUDITOR)


def producers_seen(connection: Connection, actor: Actor) -> frozenset[str] | None:
    """Give the producers whose entries an auditor sees; None for all, and for those of no producer too.

    Raises:
        Refused: The actor is no auditor.
    """
    demand_auditor(actor)
    held = {role.organisation_id for role in actor.roles if role.role is Role.AUDITOR}
    if None in held:
        return None
    return frozenset(organisations.producers_of_organisations(connection, {one for one in held if one}))


def scope_of(connection: Connection, search: Search, producer_ids: frozenset[str] | None) -> Scope:
    """Look up what a search stands for: who held the post, which releases the series has.

    Raises:
        Malformed: It cannot be answered by anything; the problem names the filter.
        Unavailable: Older entries are still being prepared for such a search.
    """
    if search.from_at and search.until_at and search.until_at <= search.from_at:
        why = "`until_at` must be later than `from_at`."
        raise Malformed(why, errors=[{"where": "query.until_at", "what": "not later than from_at"}])
    if search.needs_labels() and looking.unlabelled(connection):
        raise Unavailable(
            "Older entries are still being prepared for a search by this. Search by release, person, document, kind, "
            "outcome or time, or ask again in some minutes."
        )
    return Scope(
        producer_ids,
        post=_tenures(posts.holdings_of_post(connection, search.post_id)) if search.post_id else (),
        organisation=_tenures(posts.holdings_of_organisation(connection, search.organisation_id))
        if search.organisation_id
        else (),
        series=series.releases_of(connection, search.series_id) if search.series_id else (),
    )


def reading_record(search: Search, saved: SavedSearch | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Give what the log says of a search, and what it seals: whom was asked for, and a saved search's name."""
    given = search.given()
    said = {"filters": sorted(given), "asked": {name: v for name, v in given.items() if name not in _PERSONAL}}
    sealed = {f"asked_{name}": given[name] for name in _PERSONAL if name in given}
    if saved is None:
        return said, sealed
    return {**said, "saved_search_id": saved.saved_search_id}, {**sealed, "saved_search": saved.name}


def read_found(
    tools: Tools, search: Search, scope: Scope, *, after: Place, limit: int, newest_first: bool, at: datetime
) -> list[Logged]:
    """Read one page of what is searched for.

    Args:
        at: When it was asked for. Aware.

    Raises:
        LogDamaged: What an entry is searched by is not what it says. An incident is on record, and no document is
            opened until a check succeeds.
    """
    try:
        with tools.reading() as connection:
            return looking.page(connection, search, scope, after=after, limit=limit, newest_first=newest_first)
    except LogDamaged as error:
        checked = Entry(EntryKind.LOG_CHECKED, at, Outcome.REFUSED)
        desk.distrust(tools, "the log", error, checked, breaches.log_damaged(at))
        raise


def _tenures(held: Iterable[Holding]) -> tuple[Tenure, ...]:
    return tuple(
        Tenure(
            one.person_id,
            start_of(one.held_from_on),
            None if one.held_until_on is None else start_of(one.held_until_on + timedelta(days=1)),
        )
        for one in held
    )
