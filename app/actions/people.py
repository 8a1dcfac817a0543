"""Who is asking; the organisations, producers and people there are.

Administrators run the service and change no list; those who prepare lists may add the people and posts they need. A
person is found by exact address only: nobody but an administrator can leaf through people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions.tools import NOTHING_THERE, Actor, RoleHeld, Tools, require_anywhere, require_service_role
from app.audit.entries import Entry, EntryKind
from app.records import credentials, organisations, people, posts, sessions
from app.records.organisations import OrganisationCard
from app.records.organisations import ProducerCard as ProducerCard
from app.records.people import RoleRow
from app.records.posts import Holding
from app.rules.errors import NotFound, NotSignedIn
from app.rules.facts import PREPARING, Person, Role
from app.rules.mailboxes import normalise_address, refuse_shared_mailbox

NOT_SIGNED_IN = "You are not signed in: what was presented is not known, or has ended. Sign in again."
SESSION_PREFIX = "pras_"
TOKEN_LIMIT = 4096
BY_CREDENTIAL = "service credential"


@dataclass(frozen=True, slots=True)
class RoleSeen:
    """A role as its holder is told of it.

    Attributes:
        organisation: Name of the organisation; None for the whole service.
        producer_id: The producer that the organisation is; None where it is none.
    """

    held: RoleHeld
    organisation: str | None
    producer_id: str | None


@dataclass(frozen=True, slots=True)
class Me:
    """What somebody is told about themselves.

    Attributes:
        roles: Each with its organisation.
        fresh_until: Until when acts that need a fresh sign-in are possible. Aware UTC; None for a program.
        expires_at: When the session ends by itself. Aware UTC; None for a program.
        at: When this was asked. Aware UTC.
    """

    actor_id: str
    person: Person | None
    name: str
    roles: tuple[RoleSeen, ...]
    fresh_until: datetime | None
    expires_at: datetime | None
    at: datetime

    @property
    def is_fresh(self) -> bool:
        """Say whether acts that need a fresh sign-in are possible now."""
        return self.fresh_until is not None and self.at <= self.fresh_until


# --- who is asking ---------------------------------------------------------------------------------------------------


def actor_for_token(tools: Tools, token: str, *, network: str) -> Actor:
    """Say who presents this token, with the roles the records give them at this moment.

    Args:
        token: A session's token, or a program's JWT.
        network: Network address the request came from, as text.

    Raises:
        NotSignedIn: With one and the same text, whatever is wrong with it.
    """
    at = tools.clock.now()
    network_hash = tools.keys.keyed_hash("network", network)
    if len(token) > TOKEN_LIMIT:
        raise _not_signed_in("too long")
    if token.startswith(SESSION_PREFIX):
        return _actor_of_session(tools, tools.keys.keyed_hash("session", token), at, network_hash)
    try:
        claims = tools.keys.verify_token(token, audience=tools.policy.origin, issuer=tools.policy.origin, at=at)
    except NotSignedIn as refused:
        raise _not_signed_in(refused.log_reason) from refused
    return _actor_of_program(tools, claims.subject, network_hash)


def actor_of_client(tools: Tools, client_id: str, *, network: str) -> Actor:
    """Say what a program may do at this moment whose token was judged when its request began.

    Args:
        client_id: The program's, from the actor it was taken for then.
        network: Network address the request came from, as text.

    Raises:
        NotSignedIn: Its credential has ended.
    """
    return _actor_of_program(tools, client_id, tools.keys.keyed_hash("network", network))


def me(tools: Tools, actor: Actor) -> Me:
    """Say what the records know of whoever asks."""
    at = tools.clock.now()
    with tools.reading() as connection:
        held = tuple(_seen(connection, role) for role in actor.roles)
        expires_at = sessions.expires_at(connection, actor.session_id) if actor.session_id else None
    proved_at = actor.authenticated_at
    return Me(
        actor_id=actor.actor_id,
        person=Person(actor.person_id, actor.name, actor.email) if actor.person_id else None,
        name=actor.name,
        roles=held,
        fresh_until=proved_at + timedelta(minutes=tools.policy.fresh_minutes) if proved_at else None,
        expires_at=expires_at,
        at=at,
    )


def _actor_of_session(tools: Tools, token_hash: str, at: datetime, network_hash: str) -> Actor:
    with tools.reading() as connection:
        session = sessions.find_by_token_hash(connection, token_hash, at)
        if session is None:
            raise _not_signed_in("no such session, or it has ended")
        held = people.roles_of(connection, session.person.person_id, at)
    return Actor(
        actor_id=session.person.person_id,
        name=session.person.name,
        roles=tuple(RoleHeld(given.role, given.organisation_id) for given in held),
        person_id=session.person.person_id,
        email=session.person.email,
        session_id=session.session_id,
        authenticated_at=session.authenticated_at,
        how=session.how,
        network_hash=network_hash,
    )


def _actor_of_program(tools: Tools, client_id: str, network_hash: str) -> Actor:
    with tools.reading() as connection:
        credential = credentials.find(connection, client_id)
    if credential is None or credential.ended_at is not None:
        raise _not_signed_in("the credential has ended")
    # No person: a program can never open a document, sign or approve.
    return Actor(
        actor_id=credential.client_id,
        name=credential.name,
        roles=(RoleHeld(credential.role, credential.organisation_id),),
        how=BY_CREDENTIAL,
        network_hash=network_hash,
    )


def _not_signed_in(log_reason: str) -> NotSignedIn:
    refused = NotSignedIn(NOT_SIGNED_IN)
    refused.log_reason = log_reason
    return refused


def _seen(connection: Connection, held: RoleHeld) -> RoleSeen:
    if held.organisation_id is None:
        return RoleSeen(held, None, None)
    producer = organisations.find_producer_of(connection, held.organisation_id)
    name = organisations.get(connection, held.organisation_id).name
    return RoleSeen(held, name, producer.producer_id if producer else None)


# --- organisations and producers -------------------------------------------------------------------------------------


def add_organisation(tools: Tools, actor: Actor, name: str) -> OrganisationCard:
    """Add an organisation.

    Raises:
        Refused: The actor is no administrator.
        Conflict: There is one of this name.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    added = OrganisationCard(tools.new_id("org"), name)
    with tools.transaction(once=True) as tx:
        organisations.add(tx.connection, organisation_id=added.organisation_id, name=name)
        tx.append(
            Entry(
                EntryKind.ORGANISATION_ADDED,
                tools.clock.now(),
                actor_id=actor.actor_id,
                said={"organisation_id": added.organisation_id, "name": name},
            )
        )
    return added


def list_organisations(
    tools: Tools, actor: Actor, *, limit: int = 50, after: str | None = None
) -> list[OrganisationCard]:
    """Give organisations by name, for whoever has a role.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        Refused: The actor has none.
    """
    require_anywhere(actor, *Role)
    with tools.reading() as connection:
        return organisations.page(connection, limit=limit, after=after)


def add_producer(
    tools: Tools,
    actor: Actor,
    *,
    organisation_id: str,
    declaration_for_all: bool,
    declaration_days: int,
    contact: str,
    warning: str,
) -> ProducerCard:
    """Make an organisation a producer, with its policy.

    Args:
        declaration_for_all: Ask for a declaration even where no Order does.
        declaration_days: How long a declaration counts.
        contact: Where recipients can ask.
        warning: The words shown beside every document.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such organisation.
        Conflict: It is a producer already.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    producer_id = tools.new_id("prd")
    with tools.transaction(once=True) as tx:
        organisations.get(tx.connection, organisation_id)
        organisations.add_producer(
            tx.connection,
            producer_id=producer_id,
            organisation_id=organisation_id,
            declaration_for_all=declaration_for_all,
            declaration_days=declaration_days,
            contact=contact,
            warning=warning,
        )
        tx.append(
            Entry(
                EntryKind.PRODUCER_ADDED,
                tools.clock.now(),
                actor_id=actor.actor_id,
                producer_id=producer_id,
                said={
                    "organisation_id": organisation_id,
                    "declaration_for_all": declaration_for_all,
                    "declaration_days": declaration_days,
                },
            )
        )
        return organisations.get_producer(tx.connection, producer_id)


def get_producer(tools: Tools, actor: Actor, producer_id: str) -> ProducerCard:
    """Give a producer, to those with a role in it and to administrators.

    Raises:
        NotFound: There is none, or the actor has no business with it.
    """
    with tools.reading() as connection:
        card = organisations.get_producer(connection, producer_id)
    if not actor.has(card.organisation_id, *Role):
        raise NotFound(NOTHING_THERE)
    return card


# --- people ----------------------------------------------------------------------------------------------------------


def add_person(tools: Tools, actor: Actor, *, name: str, email: str) -> Person:
    """Add a person.

    Raises:
        Refused: The actor is neither an administrator nor one who prepares lists.
        Malformed: That is no address, or one that several people read.
        Conflict: There is a person with this address.
    """
    require_anywhere(actor, *PREPARING)
    at = tools.clock.now()
    address = normalise_address(email)
    refuse_shared_mailbox(address, name)
    person = Person(tools.new_id("per"), name, address)
    with tools.transaction(once=True) as tx:
        people.add(tx.connection, person_id=person.person_id, name=name, email=address, at=at)
        tx.append(
            Entry(
                EntryKind.PERSON_ADDED,
                at,
                actor_id=actor.actor_id,
                person_id=person.person_id,
                sealed={"name": name, "email": address},
            )
        )
    return person


def find_person(tools: Tools, actor: Actor, email: str) -> Person | None:
    """Give the person with exactly this address; None when there is none.

    Raises:
        Refused: The actor is neither an administrator nor one who prepares lists.
        Malformed: That is no e-mail address.
    """
    require_anywhere(actor, *PREPARING)
    with tools.reading() as connection:
        return people.find_by_email(connection, normalise_address(email))


def list_people(tools: Tools, actor: Actor, *, limit: int = 50, after: str | None = None) -> list[Person]:
    """Give people by name, for administrators.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        Refused: The actor is none.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    with tools.reading() as connection:
        return people.page(connection, limit=limit, after=after)


def get_person(tools: Tools, actor: Actor, person_id: str) -> tuple[Person, tuple[RoleRow, ...], list[Holding]]:
    """Give a person with their roles and the posts they hold and held.

    Raises:
        NotFound: There is none, or the actor is neither that person, nor an administrator, nor one who prepares lists.
    """
    if actor.person_id != person_id and not any(held.role in PREPARING for held in actor.roles):
        raise NotFound(NOTHING_THERE)
    with tools.reading() as connection:
        person = people.get(connection, person_id)
        held = people.roles_of(connection, person_id, tools.clock.now())
        return person, held, posts.holdings_of_person(connection, person_id)
