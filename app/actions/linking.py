"""Earlier incidents that an incident is linked to: found by rule, and corrected by a person with a reason."""

from __future__ import annotations

from app.actions.drafting import links_of, require_changer, require_no_names, require_not_involved, seen
from app.actions.tools import Actor, Tools
from app.audit.entries import Entry, EntryKind
from app.records import incident_links
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound
from app.rules.links import Link as Link
from app.rules.links import LinkCorrection, came_earlier


def list_links(tools: Tools, actor: Actor, incident_id: str) -> tuple[Link, ...]:
    """Give the earlier incidents that an incident is linked to, newest first; those struck out too.

    Raises:
        NotFound: There is no such incident, or none that this person may see.
    """
    with tools.reading() as connection:
        return links_of(connection, seen(connection, actor, incident_id))


def correct_link(tools: Tools, actor: Actor, incident_id: str, earlier_id: str, *, linked: bool, reason: str) -> Link:
    """Link an earlier incident that no rule linked, or strike out one that does not belong.

    Args:
        linked: They belong together; or else they do not.
        reason: Why; it is put on record, and not into the report.

    Raises:
        NotFound: One of them is none, is none that this person may see, or is of another producer.
        Refused: They may see it, but are neither lead official nor head of profession; or it is about what they did
            themselves.
        Malformed: There is no reason, it names somebody, the other is not earlier, or that is what stands already.
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("Say why: it is put on record with the change.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        card = seen(tx.connection, actor, incident_id)
        require_changer(actor, card)
        require_not_involved(actor, card)
        earlier = seen(tx.connection, actor, earlier_id)
        if earlier.producer_id != card.producer_id:
            raise NotFound(NOTHING_THERE)
        if not came_earlier(earlier.number, earlier.occurred_at, than=(card.number, card.occurred_at)):
            raise Malformed(
                f"Incident {earlier.number} is not earlier than incident {card.number}: an earlier one has a lower "
                "number, and happened before."
            )
        before = {one.earlier.incident_id: one for one in links_of(tx.connection, card)}.get(earlier_id)
        if linked is (before is not None and before.stands):
            stands = "is linked already" if linked else "is not linked"
            raise Malformed(f"Incident {earlier.number} {stands}. Nothing would change.", code=Code.NO_CHANGE)
        require_no_names(tx.connection, card, (reason,))
        incident_links.correct(
            tx.connection, incident_id, earlier_id, LinkCorrection(linked, reason, at, actor.actor_id)
        )
        after = {one.earlier.incident_id: one for one in links_of(tx.connection, card)}.get(earlier_id)
        if after is None:  # of a rehearsal: never linked to anything real
            raise NotFound(NOTHING_THERE)
        tx.append(
            Entry(
                EntryKind.INCIDENT_LINK_CORRECTED,
                at,
                actor_id=actor.actor_id,
                producer_id=card.producer_id,
                release_id=card.release_id,
                said={"incident_id": incident_id, "earlier_id": earlier_id, "linked": linked},
                sealed={"reason": reason},
            )
        )
    return after
