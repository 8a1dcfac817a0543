"""A draft of an eligibility list is sent for approval as it is, with the reason for its being longer than the last one.

It decides nothing: a draft can be approved without. Whoever may approve it is written to, and reads the reason beside
the list; whoever sends it cannot approve it. A change of the draft takes it back, and the reason with it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.actions.lists import PREPARERS, ListView, demand_draft, demand_open, view
from app.actions.seconding import ask_for_second
from app.actions.tools import Actor, Tools, require_revision, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, people, releases
from app.records.eligibility import ListRow
from app.records.releases import ReleaseRow
from app.rules import secondletters
from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.facts import ListState, Person, Role
from app.rules.listlife import grown_by


def submit_list(tools: Tools, actor: Actor, list_id: str, *, revision: int, growth_reason: str = "") -> ListView:
    """Send a draft for approval as it is, and write to whoever may approve it.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release.
        list_id: The draft.
        revision: What the actor read.
        growth_reason: Why it is longer than the list before it; needed where it is.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
        Conflict: Somebody changed the draft meanwhile.
        OutOfOrder: It is no draft, has no rows, was sent already as it is, the release is over, or nobody may approve
            it.
        Malformed: It is longer, and no reason is given.

    Source:
        SI 2008/2998 Sch. para 2; SI 2008/2998 Sch. para 3(1)(d)
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = eligibility.get_row(tx.connection, list_id)
        release = releases.get_row(tx.connection, row.eligibility_list.release_id)
        require_role(actor, release.organisation_id, *PREPARERS)
        demand_draft(row)
        demand_open(release)
        require_revision(row.revision, revision)
        if not row.rows:
            raise OutOfOrder("The list has no rows. Add or import those who are to have access first.")
        if row.submitted_at is not None:
            raise OutOfOrder("The list was sent for approval as it is already. Change it, or wait for the approval.")
        more = _growth(tx.connection, row, view(tx.connection, row, release, at))
        _demand_reason(more, growth_reason)
        heads = people.people_with_role(tx.connection, release.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
        hands = {*row.edited_by, row.eligibility_list.prepared_by, actor.actor_id}
        cannot = {*hands, *(one.grant.person_id for one in row.rows)}
        _demand_approver(heads, cannot)
        eligibility.submit(
            tx.connection,
            list_id,
            revision=revision,
            submitted_by=actor.actor_id,
            submitted_at=at,
            growth_reason=growth_reason if more else "",
        )
        tx.append(_submitted(actor, row, release, at, more, growth_reason))
        ask_for_second(
            tools,
            tx,
            actor,
            heads,
            secondletters.list_waits(release.release.title, row.eligibility_list.version),
            key=f"{list_id}:{revision}",
            where=f"/lists/{list_id}",
            at=at,
            cannot=cannot,
        )
        return view(tx.connection, eligibility.get_row(tx.connection, list_id), release, at)


def _submitted(actor: Actor, row: ListRow, release: ReleaseRow, at: datetime, more: int, growth_reason: str) -> Entry:
    listed = row.eligibility_list
    return Entry(
        EntryKind.LIST_SUBMITTED,
        at,
        actor_id=actor.actor_id,
        person_id=actor.person_id,
        producer_id=release.release.producer.producer_id,
        release_id=listed.release_id,
        said={"list_id": listed.list_id, "version": listed.version, "rows": len(row.rows), "more": more},
        sealed={"growth_reason": growth_reason[:2000]} if more else {},
    )


def _demand_reason(more: int, growth_reason: str) -> None:
    if more and not growth_reason.strip():
        what = f"It has {more} more {'row' if more == 1 else 'rows'} than the list before it. Say why."
        raise Malformed(
            f"{what} Nothing was done.",
            code=Code.REASON_REQUIRED,
            errors=[{"where": "growth_reason", "what": what}],
        )


def _demand_approver(heads: tuple[Person, ...], cannot: set[str | None]) -> None:
    if all(one.person_id in cannot for one in heads):
        raise OutOfOrder(
            "No head of profession may approve this list: each had a hand in it, sends it, or is named on it. Have "
            "somebody else who prepares it send it, another head appointed, or a list prepared without their hand."
        )


def _growth(connection: Connection, row: ListRow, seen: ListView) -> int:
    """Say how many rows more it has than the list before it."""
    found = eligibility.find_version(connection, row.eligibility_list.release_id, ListState.APPROVED)
    in_force = len(eligibility.get(connection, found).grants) if found else None
    return grown_by(len(row.rows), in_force, seen.growth[0].grants_count if seen.growth else None)
