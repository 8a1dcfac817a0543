"""What administrators look at before they change it: an organisation, and a person with roles and posts."""

from __future__ import annotations

from dataclasses import dataclass

from app.actions.tools import Actor, Tools, require_service_role
from app.records import organisations, people, posts
from app.records.organisations import OrganisationCard as OrganisationCard
from app.records.organisations import ProducerCard as ProducerCard
from app.records.people import RoleRow
from app.records.posts import Holding, PostCard
from app.rules.facts import Person, Role


@dataclass(frozen=True, slots=True)
class PersonFile:
    """A person as an administrator sees them.

    Attributes:
        roles: Those they have now.
        held: Each post that they hold or held, with the holding.
    """

    person: Person
    roles: tuple[RoleRow, ...]
    held: tuple[tuple[Holding, PostCard], ...]


def leaf_through_organisations(
    tools: Tools, actor: Actor, *, limit: int, after: str | None = None
) -> list[OrganisationCard]:
    """Give organisations by name.

    Raises:
        Refused: The actor is no administrator.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    with tools.reading() as connection:
        return organisations.page(connection, limit=limit, after=after)


def see_organisation(tools: Tools, actor: Actor, organisation_id: str) -> tuple[OrganisationCard, ProducerCard | None]:
    """Give an organisation, and the producer that it is.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such organisation.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    with tools.reading() as connection:
        card = organisations.get(connection, organisation_id)
        return card, organisations.find_producer_of(connection, organisation_id)


def see_person(tools: Tools, actor: Actor, person_id: str) -> PersonFile:
    """Give a person with their roles and posts.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such person.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    with tools.reading() as connection:
        person = people.get(connection, person_id)
        held = [(one, posts.get(connection, one.post_id)) for one in posts.holdings_of_person(connection, person_id)]
        return PersonFile(person, people.roles_of(connection, person_id, at), tuple(held))
