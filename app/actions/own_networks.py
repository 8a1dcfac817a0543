"""A person's word on whether an opening was used from their own networks alone."""

from __future__ import annotations

from app.actions import deciding, desk, uses
from app.actions.tools import Actor, Tools, require_fresh_sign_in
from app.audit.entries import Entry, EntryKind
from app.records import openings, releases
from app.records.openings import OpeningRow
from app.rules.errors import Code, OutOfOrder
from app.rules.networks import several_networks


def answer_about_networks(tools: Tools, actor: Actor, opening_id: str, *, all_mine: bool) -> OpeningRow:
    """Say whether all networks from which one's own opening was used were one's own.

    Whoever says no has the opening ended at once, and an incident is on record. Whoever said yes can still say no.

    Args:
        tools: What this is done with.
        actor: Who made the opening.
        opening_id: The opening.
        all_mine: All of them were.

    Raises:
        NotFound: There is no such opening, or it is somebody else's.
        Refused: They say yes without a fresh sign-in: whoever else holds their session could say that too.
        OutOfOrder: It was used from one network alone, so there is nothing to say; or they have said so already.
    """
    at = tools.clock.now()
    if all_mine:
        require_fresh_sign_in(actor, at, tools.policy)
    answer = "mine" if all_mine else "not_mine"
    with tools.transaction() as tx:
        opening = deciding.own_opening(tx.connection, actor, opening_id)
        if opening.networks_asked_at is None:
            raise OutOfOrder("This opening was used from one network alone, so there is nothing to say about it.")
        if opening.networks_answer in (answer, "not_mine"):
            raise OutOfOrder("You have answered this already.", code=Code.ALREADY_ENDED)
        openings.answer_about_networks(tx.connection, opening_id, answer)
        release = releases.get(tx.connection, opening.release_id)
        tx.append(
            Entry(
                EntryKind.NETWORKS_ANSWERED,
                at,
                actor_id=actor.actor_id,
                person_id=opening.person_id,
                producer_id=release.producer.producer_id,
                release_id=opening.release_id,
                document_id=opening.document_id,
                said={"opening_id": opening_id, "number": opening.number, "answer": answer},
            )
        )
        if not all_mine:
            openings.stop(tx.connection, opening_id, at=at, reason="the recipient says that it was used by another")
            draft = several_networks(release, uses.fact_of(tx, opening), uses.networks_of(opening), at, denied=True)
            desk.open_incident(tools, tx, draft, at=at)
        return openings.get(tx.connection, opening_id)
