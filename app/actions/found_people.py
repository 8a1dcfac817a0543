"""Somebody found by their whole address, to be suspended or to have a failure put on record, without an incident."""

from __future__ import annotations

from dataclasses import dataclass

from app.actions.subjects import Subject, subjects_of
from app.actions.tools import Actor, Tools, require_role
from app.records import organisations, people
from app.rules.facts import Person, Role, london_date
from app.rules.mailboxes import normalise_address

DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody, and who and what can be suspended around them: themselves, their posts, units and organisations."""

    person: Person
    subjects: tuple[Subject, ...]


def find_person(tools: Tools, actor: Actor, producer_id: str, email: str) -> FoundPerson | None:
    """Give whoever has an address; None where nobody on record has it.

    Args:
        tools: The tools.
        actor: A lead official or head of profession of the producer.
        producer_id: The producer.
        email: The whole address.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
        Malformed: That is no e-mail address.
    """
    today = london_date(tools.clock.now())
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *DECIDING)
        person = people.find_by_email(connection, normalise_address(email))
        return FoundPerson(person, subjects_of(connection, (person,), today)) if person else None
