"""The register of production access, read: by its keepers, by auditors, and by each person for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.actions.producing import (
    READING,
    ProductionView,
    plain,
    release_for,
    row_of_release,
    seen,
    state_today,
    view,
)
from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.audit.entries import Entry, EntryKind
from app.records import people, production
from app.records.production import ProductionLine
from app.rules.canonical import sha256_hex
from app.rules.errors import NotFound
from app.rules.facts import london_date, london_text
from app.rules.production import ProductionState, shared_from

HEADINGS = (
    "Name",
    "Email",
    "Purpose",
    "Why",
    "From",
    "Until",
    "State",
    "Restriction accepted",
    "How",
    "Permitted",
    "Shared from",
    "Ended",
    "Why ended",
    "SHA-256 of the restriction",
)


@dataclass(frozen=True, slots=True)
class SeenAccess:
    """One row of the register as its keepers see it.

    Attributes:
        names: Of the people who proposed, accepted and permitted it, by id; a program has none.
    """

    view: ProductionView
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class OwnAccess:
    """One row of a register as a list tells the person whom it is about.

    Attributes:
        shared_from_on: From which London day anything could be shared; None while it is not permitted.
    """

    row: ProductionLine
    state: ProductionState
    shared_from_on: date | None


@dataclass(frozen=True, slots=True)
class ExportedRegister:
    """The register of one release as a sheet."""

    content: bytes
    file_name: str


def list_access(
    tools: Tools, actor: Actor, release_id: str, *, limit: int = 50, after: str | None = None
) -> list[ProductionView]:
    """Give the register of a release, ended rows too, the first proposed first.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release = release_for(connection, actor, release_id, *READING)
        listed = production.listed_people(connection, release_id)
        rows = production.page(connection, release_id, limit=limit, after=after)
        return [seen(row, release, listed, at) for row in rows]


def read_access(tools: Tools, actor: Actor, release_id: str, production_access_id: str) -> ProductionView:
    """Give one row of the register of a release.

    Raises:
        NotFound: There is no such row on this release's register, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        release = release_for(connection, actor, release_id, *READING)
        row = row_of_release(connection, release_id, production_access_id)
        return view(connection, row, release, tools.clock.now())


def see_access(tools: Tools, actor: Actor, release_id: str, production_access_id: str) -> SeenAccess:
    """Give one row of the register of a release, with the names of those who acted on it.

    Raises:
        NotFound: There is no such row on this release's register, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        release = release_for(connection, actor, release_id, *READING)
        row = row_of_release(connection, release_id, production_access_id)
        acted = {one for one in (row.added_by, row.accepted_by, row.permitted_by) if one}
        names = {ident: one.name for ident, one in people.named(connection, acted).items()}
        return SeenAccess(view(connection, row, release, tools.clock.now()), names)


def waits_for_own_acceptance(tools: Tools, actor: Actor) -> bool:
    """Say whether a restriction on somebody's own production access waits for them to accept it."""
    if actor.person_id is None:
        return False
    with tools.reading() as connection:
        return production.waits_for(connection, actor.person_id, london_date(tools.clock.now()))


def own_access(tools: Tools, actor: Actor) -> list[ProductionView]:
    """Give somebody their own rows on every register, with the words of each restriction, the latest first."""
    if actor.person_id is None:
        return []
    at = tools.clock.now()
    with tools.reading() as connection:
        # What the keeper of a register should look at is no matter of the person's.
        return [plain(row, at) for row in production.of_person(connection, actor.person_id)]


def list_own_access(tools: Tools, actor: Actor, *, limit: int, after: str | None = None) -> list[OwnAccess]:
    """Give somebody a page of their own rows on every register, the latest first, without the restrictions' words.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None, or an id of none of theirs, to begin.
    """
    if actor.person_id is None:
        return []
    at = tools.clock.now()
    with tools.reading() as connection:
        rows = production.page_of_person(connection, actor.person_id, limit=limit, after=after)
    return [OwnAccess(row, state_today(row, at), shared_from(row.from_on, row.permitted_at)) for row in rows]


def read_own_access(tools: Tools, actor: Actor, production_access_id: str) -> ProductionView:
    """Give somebody one of their own rows, with the words of its restriction.

    Raises:
        NotFound: There is no such row, or it is about somebody else.
    """
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    with tools.reading() as connection:
        return plain(production.get_of_person(connection, actor.person_id, production_access_id), tools.clock.now())


def export_register(
    tools: Tools, actor: Actor, release_id: str, kind: Literal["csv", "xlsx", "ods"]
) -> ExportedRegister:
    """Write the register of a release as a sheet. That it was taken, by whom and with which hash, is in the log first.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release = release_for(connection, actor, release_id, *READING)
        rows = [plain(row, at) for row in production.page(connection, release_id)]
    content: bytes = tools.write_sheet(
        [HEADINGS, *(_cells(view) for view in rows)], kind=kind, title="Production access"
    )
    with tools.transaction() as tx:
        tx.append(
            Entry(
                EntryKind.PRODUCTION_REGISTER_EXPORTED,
                at,
                actor_id=actor.actor_id,
                producer_id=release.release.producer.producer_id,
                release_id=release_id,
                said={"format": kind, "rows": len(rows), "sha256": sha256_hex(content)},
            )
        )
    return ExportedRegister(content, f"production-access.{kind}")


def _cells(view: ProductionView) -> tuple[str | date | None, ...]:
    row = view.row
    return (
        row.person.name,
        row.person.email,
        row.purpose.value.replace("_", " "),
        row.why,
        row.from_on,
        row.until_on,
        view.state.value,
        *(london_text(at) if at else "" for at in (row.accepted_at,)),
        row.accepted_how,
        *(london_text(at) if at else "" for at in (row.permitted_at,)),
        view.shared_from_on,
        *(london_text(at) if at else "" for at in (row.ended_at,)),
        row.end_reason,
        row.restriction.sha256,
    )
