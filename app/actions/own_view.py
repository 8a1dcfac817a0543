"""A person's own view: what they are listed for and have still to do, and the receipts of what they opened.

Reading it is never an access, and leaves no entry: nobody learns here what a refusal would not have told them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.actions import deciding
from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.audit import export, reading
from app.audit.checkpoint import Checkpoint, SignedNote
from app.audit.reading import Logged, Wanted
from app.records import documents, openings, recalls, releases
from app.records.documents import DocumentRow
from app.records.openings import OpeningRow
from app.records.releases import ReleaseRow
from app.rules import access, acknowledgement, lifecycle, own_view
from app.rules.access import Refusal
from app.rules.errors import NotFound
from app.rules.facts import AccessFacts, DocumentState, ReleaseState
from app.rules.lifecycle import Phase
from app.rules.own_view import ToDo
from app.rules.reasons import Reason
from app.rules.window import opens_at_for

_WITHOUT_WINDOW = (ReleaseState.POSTPONED, ReleaseState.CANCELLED)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)


@dataclass(frozen=True, slots=True)
class OwnRelease:
    """One release that somebody is on the list for.

    Attributes:
        opens_at: When their own window opens; None while there is none. Aware, UTC.
        openable: The documents that they may open now.
        to_do: What they have still to do themself.
        waits_for: What else stands against their reading now, as a refusal would tell it.
    """

    row: ReleaseRow
    phase: Phase
    opens_at: datetime | None
    posts: tuple[str, ...]
    openable: tuple[DocumentRow, ...]
    to_do: tuple[ToDo, ...]
    waits_for: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class OwnReceipt:
    """One entry about an opening, with its proof.

    Attributes:
        receipt: As ``pra audit verify-receipt`` checks it; None until a checkpoint covers the entry.
    """

    entry_id: str
    kind: str
    outcome: str
    at: datetime
    receipt: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class OpeningReceipts:
    """One opening with the receipts of everything the log holds about it, oldest first."""

    opening: OpeningRow
    receipts: tuple[OwnReceipt, ...]


@dataclass(frozen=True, slots=True)
class OwnReleases:
    """A page of releases, by the time set; ``next_after`` is the place to go on from, None at the end."""

    shown: tuple[OwnRelease, ...]
    next_after: tuple[datetime, str] | None


def my_releases(
    tools: Tools,
    actor: Actor,
    *,
    due_from: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> OwnReleases:
    """Give the releases that this person is on the list in force of; a page can be shorter than asked for.

    Args:
        due_from: First instant of the time set that is wanted. Aware.

    Raises:
        NotFound: A program asks; it is on no list.
    """
    person_id = _person(actor)
    at = tools.clock.now()
    with tools.reading() as connection:
        rows = releases.page(
            connection, person_id=person_id, organisation_ids=frozenset(), due_from=due_from, after=after, limit=limit
        )
        waiting = recalls.releases_waiting_for(connection, person_id)
        found = [_mine(connection, actor, row, at, states=row.release.release_id in waiting) for row in rows]
    last = rows[-1].release if len(rows) == limit else None
    shown = tuple(one for one in found if one is not None)
    return OwnReleases(shown, (last.publishes_at, last.release_id) if last else None)


def my_receipts(
    tools: Tools, actor: Actor, *, after: tuple[datetime, str] | None = None, limit: int = 20
) -> tuple[OpeningReceipts, ...]:
    """Give this person's openings, newest first, each entry about one with the proof that the log holds it.

    Raises:
        NotFound: A program asks; it opens nothing.
        LogDamaged: The published log cannot be read.
    """
    person_id = _person(actor)
    with tools.reading() as connection:
        opened = openings.page(connection, person_id=person_id, after=after, limit=limit)
        logged = {one.opening_id: _about(connection, one) for one in opened}
    size = _published_size(tools)
    return tuple(
        OpeningReceipts(one, tuple(_receipt(tools, entry, size) for entry in logged[one.opening_id])) for one in opened
    )


def _person(actor: Actor) -> str:
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    return actor.person_id


def _mine(connection: Connection, actor: Actor, row: ReleaseRow, at: datetime, *, states: bool) -> OwnRelease | None:
    release = row.release
    facts = deciding.gather_for_release(connection, actor, release.release_id, at)
    if not facts.grants:
        return None  # on an earlier version of the list only
    fixed = [
        one for one in documents.of_release(connection, release.release_id) if one.card.state is DocumentState.FINAL
    ]
    judged = [(one, access.decide(replace(facts, document=one.card), at)) for one in fixed]
    openable = tuple(one for one, decision in judged if not isinstance(decision, Refusal))
    reasons = () if openable else _reasons(facts, judged[0][0] if judged else None, at)
    asked = acknowledgement.is_asked(release) and release.state not in _OVER
    return OwnRelease(
        row=row,
        phase=lifecycle.phase(release, at),
        opens_at=_opens_at(facts),
        posts=tuple(dict.fromkeys(f"{one.post_title}, {one.organisation}" for one in facts.grants)),
        openable=openable,
        to_do=own_view.to_do(() if release.state in _OVER else reasons, acknowledges=asked, states=states),
        waits_for=own_view.waits_for(reasons),
    )


def _reasons(facts: AccessFacts, document: DocumentRow | None, at: datetime) -> tuple[Reason, ...]:
    """Give what stands against reading; as a refusal of the first document that is fixed would tell it."""
    decision = access.decide(replace(facts, document=document.card) if document else facts, at)
    return decision.reasons if isinstance(decision, Refusal) else ()


def _opens_at(facts: AccessFacts) -> datetime | None:
    if facts.release.state in _WITHOUT_WINDOW:
        return None
    known = [opens_at_for(facts.release, grant) for grant in facts.grants]
    return min((opens for opens in known if opens is not None), default=None)


def _about(connection: Connection, opening: OpeningRow) -> list[Logged]:
    """Read every entry about one opening, to the last."""
    wanted = Wanted(person_id=opening.person_id, document_id=opening.document_id)
    return [one for one in reading.every(connection, wanted) if one.said.get("opening_id") == opening.opening_id]


def _published_size(tools: Tools) -> int:
    note = tools.tiles.read_checkpoint()
    return 0 if note is None else Checkpoint.parse(SignedNote.parse(note).text).size


def _receipt(tools: Tools, logged: Logged, size: int) -> OwnReceipt:
    covered = logged.leaf_index is not None and logged.leaf_index < size
    receipt = export.receipt(tools.tiles, logged) if covered else None
    return OwnReceipt(logged.entry_id, logged.kind, logged.outcome, logged.at, receipt)
