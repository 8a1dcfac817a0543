"""One suspension as those see it who can end it: whom it covers, what it waits for, and who applied to be let back."""

from __future__ import annotations

from dataclasses import dataclass

from app.actions.lifting import covered_by, lacking
from app.actions.tools import Actor, Tools, require_role
from app.records import breaches, corrective_actions, organisations, posts, reapplications, suspensions
from app.records.breaches import IncidentCard
from app.records.organisations import ProducerCard
from app.records.posts import PostCard
from app.records.reapplications import ReapplicationRow
from app.records.suspensions import SuspensionRow
from app.rules.facts import Role
from app.rules.involved import people_involved
from app.rules.reasons import Reason
from app.rules.reportparts import CorrectiveAction

DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
READING = (*DECIDING, Role.STATISTICIAN, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class SuspensionFile:
    """A suspension with everything that bears on its end.

    Attributes:
        card: The incident that led to it, where one is named.
        decides: The actor may end it, and decide on applications: their role lets them, and neither it
            nor the incident that led to it is about them.
        is_head: The actor may name other corrective actions for which it waits.
        covers_actor: Nobody ends one that covers themselves.
        is_involved: Nobody ends one to which an incident led that is about them.
        lacks: What is not met yet; for whoever decides.
        made: Applications to be let back, in the order in which they were made.
        actions: Those of the incident and those it waits for, but what was dropped: what it could wait for.
        bare: Of a suspended unit: the organisation's posts that carry no unit, so that it does not cover them.
    """

    row: SuspensionRow
    producer: ProducerCard
    card: IncidentCard | None
    decides: bool
    is_head: bool
    covers_actor: bool
    is_involved: bool
    lacks: tuple[Reason, ...]
    made: tuple[ReapplicationRow, ...]
    actions: tuple[CorrectiveAction, ...]
    bare: tuple[PostCard, ...]


def see_suspension(tools: Tools, actor: Actor, suspension_id: str) -> SuspensionFile:
    """Give a suspension with everything that bears on its end.

    Raises:
        NotFound: There is no such suspension, or the actor has no business with its producer.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = suspensions.get(connection, suspension_id)
        producer = organisations.get_producer(connection, row.producer_id)
        require_role(actor, producer.organisation_id, *READING)
        covered = covered_by(connection, row, at)
        covers_actor = actor.person_id in {person.person_id for person in covered}
        card = breaches.get(connection, row.incident_id) if row.incident_id else None
        is_involved = card is not None and actor.actor_id in people_involved(card.facts, card.caused_by)
        stands = row.suspension.ended_at is None and not covers_actor and not is_involved
        decides = stands and actor.has(producer.organisation_id, *DECIDING)
        found = corrective_actions.of_incident(connection, row.incident_id) if row.incident_id else []
        return SuspensionFile(
            row=row,
            producer=producer,
            card=card,
            decides=decides,
            is_head=stands and actor.has(producer.organisation_id, Role.HEAD_OF_PROFESSION),
            covers_actor=covers_actor,
            is_involved=is_involved,
            lacks=lacking(connection, producer, row, covered, at) if decides else (),
            made=reapplications.of_suspension(connection, suspension_id),
            actions=tuple(one for one in dict.fromkeys((*found, *row.actions)) if one.outcome != "dropped"),
            bare=posts.without_unit(connection, row.subject_id) if row.subject_kind == "unit" else (),
        )
