"""How one person stands with one release at this instant: what they may open, or everything that stands against it.

Looking at this is no attempt to open anything, so nothing of it is put on record; opening is (``openings.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions import deciding
from app.actions.release_views import ReleaseView, views_of
from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.records import declarations, documents, facts_each, openings, releases
from app.records.declarations import DeclarationRow
from app.records.documents import DocumentRow
from app.records.openings import OpeningRow
from app.rules import access, acknowledgement
from app.rules.access import Refusal
from app.rules.errors import NotFound
from app.rules.facts import AccessFacts, DocumentState, Release
from app.rules.reasons import Reason


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands with a release.

    Attributes:
        at: The instant it is so. Aware, UTC.
        release: The release.
        listed: A grant of theirs stands in the list in force.
        openable: The documents that they may open now, in the order of their arrival.
        reasons: Why there are none; empty where there are some.
    """

    at: datetime
    release: Release
    listed: bool
    openable: tuple[DocumentRow, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class WholeStanding(Standing):
    """The same, with what they have done.

    Attributes:
        declaration: The newest that they have signed for it and not withdrawn.
        acknowledge: Opening asks them to say that they have read their ground and their conditions.
        opened: Their own openings of it, the newest first.
    """

    declaration: DeclarationRow | None
    acknowledge: bool
    opened: tuple[OpeningRow, ...]


def my_standing(tools: Tools, actor: Actor, release_id: str) -> WholeStanding:
    """Say how this person stands with a release now.

    Raises:
        NotFound: There is no such release, they have no relation to it, or a program asks.

    Source:
        SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 4
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release = releases.get_related(connection, actor, release_id).release
        if actor.person_id is None:
            raise NotFound(NOTHING_THERE)
        facts = deciding.gather_for_release(connection, actor, release_id, at)
        openable, reasons = _judged(documents.of_release(connection, release_id), facts, at)
        return WholeStanding(
            at=at,
            release=release,
            listed=bool(facts.grants),
            openable=openable,
            reasons=reasons,
            declaration=_signed(connection, actor.person_id, release),
            acknowledge=acknowledgement.is_asked(release),
            opened=openings.page(connection, person_id=actor.person_id, release_id=release_id),
        )


def my_releases(
    tools: Tools, actor: Actor, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[tuple[ReleaseView, Standing], ...]:
    """List the releases of this person that are not over, the soonest first, each with how they stand with it now.

    As many questions for twenty as for one.

    Args:
        tools: The tools.
        actor: Who asks; a program stands nowhere.
        after: Time set and id of the last release already given.
        limit: How many at most.

    Source:
        SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 4
    """
    if actor.person_id is None:
        return ()
    at = tools.clock.now()
    with tools.reading() as connection:
        rows = releases.page(
            connection,
            person_id=actor.person_id,
            organisation_ids=actor.organisation_ids,
            after=after,
            limit=limit,
            over=False,
        )
        facts = deciding.gather_for_each(connection, actor, [row.release for row in rows], at)
        kept = facts_each.documents_of_each(connection, facts)
        views = views_of(connection, actor, rows, {one: theirs.grants for one, theirs in facts.items()}, at)
    return tuple((view, _standing(view, facts, kept, at)) for view in views)


def _standing(
    view: ReleaseView, facts: Mapping[str, AccessFacts], kept: Mapping[str, tuple[DocumentRow, ...]], at: datetime
) -> Standing:
    release = view.row.release
    theirs = facts[release.release_id]
    openable, reasons = _judged(kept.get(release.release_id, ()), theirs, at)
    return Standing(at, release, bool(theirs.grants), openable, reasons)


def _judged(
    kept: tuple[DocumentRow, ...], facts: AccessFacts, at: datetime
) -> tuple[tuple[DocumentRow, ...], tuple[Reason, ...]]:
    fixed = [row for row in kept if row.card.state is DocumentState.FINAL]
    judged = [(row, access.decide(replace(facts, document=row.card), at)) for row in fixed]
    openable = tuple(row for row, decision in judged if not isinstance(decision, Refusal))
    if openable:
        return openable, ()
    refusal = judged[0][1] if judged else access.decide(facts, at)
    return (), refusal.reasons if isinstance(refusal, Refusal) else ()


def _signed(connection: Connection, person_id: str, release: Release) -> DeclarationRow | None:
    found = declarations.page(
        connection, person_id=person_id, release_id=release.release_id, series_id=release.series_id, limit=10
    )
    return next((row for row in found if row.declaration.withdrawn_at is None), None)
