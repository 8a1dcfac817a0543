"""What somebody who is kept away is told of it, and what became of their applications to be let back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from app.actions.tools import Actor, Tools
from app.records import organisations, reapplications, suspensions
from app.records.reapplications import ReapplicationRow
from app.records.suspensions import SuspensionRow
from app.rules.reinstatement import conditions_text


@dataclass(frozen=True, slots=True)
class OwnSuspension:
    """A suspension as somebody it covers is told of it.

    Attributes:
        producer: Name of the producer whose releases it is about.
        needs: What must be met for it to end, in words.
        reapplications: Their own.
    """

    row: SuspensionRow
    producer: str
    contact: str
    needs: str
    reapplications: tuple[ReapplicationRow, ...]


def own_suspensions(tools: Tools, actor: Actor) -> list[OwnSuspension]:
    """Give somebody the suspensions that cover them now, by whichever producer, with their own applications."""
    if actor.person_id is None:
        return []
    with tools.reading() as connection:
        return [
            _own(connection, actor.person_id, row)
            for row in suspensions.covering(connection, actor.person_id, tools.clock.now())
        ]


def _own(connection: Connection, person_id: str, row: SuspensionRow) -> OwnSuspension:
    producer = organisations.get_producer(connection, row.producer_id)
    made = reapplications.of_suspension(connection, row.suspension.suspension_id)
    mine = tuple(one for one in made if one.applicant.person_id == person_id)
    return OwnSuspension(row, producer.name, producer.contact, conditions_text(row.suspension), mine)
