"""Roles: given by an administrator to somebody else, and ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.actions.tools import Actor, Tools, require_service_role
from app.audit.entries import Entry, EntryKind
from app.records import organisations, people
from app.records.people import RoleRow as RoleRow
from app.rules.errors import Code, Conflict, Malformed, OutOfOrder, Refused
from app.rules.facts import PRODUCING, Person, Role
from app.rules.mailboxes import normalise_address, refuse_shared_mailbox
from app.rules.reasons import Reason, ReasonCode


def give_role(tools: Tools, actor: Actor, *, person_id: str, role: Role, organisation_id: str | None) -> RoleRow:
    """Give somebody else a role. Who gave it stands in the log.

    Args:
        organisation_id: Where; None, the whole service, only for administrators and auditors.

    Raises:
        Refused: The actor is no administrator, or would give a role to themselves.
        NotFound: There is no such person or organisation.
        Malformed: The role cannot be held there.
        Conflict: The person has the role, or one that does not go together with it.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    if actor.person_id == person_id:
        raise _own_role()
    at = tools.clock.now()
    given = RoleRow(tools.new_id("rol"), person_id, organisation_id, role, at, None)
    with tools.transaction(once=True) as tx:
        people.get(tx.connection, person_id)
        _demand_place(tx.connection, role, organisation_id)
        _demand_goes_together(people.roles_of(tx.connection, person_id, at), role, organisation_id)
        people.add_role(
            tx.connection, role_id=given.role_id, person_id=person_id, organisation_id=organisation_id, role=role, at=at
        )
        tx.append(_role_entry(EntryKind.ROLE_GIVEN, tx.connection, actor, given, at))
    return given


def end_role(tools: Tools, actor: Actor, role_id: str) -> RoleRow:
    """End a role; it counts no more from the person's next request on.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such role.
        OutOfOrder: It has ended already, or nobody would be left to run the service.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    with tools.transaction() as tx:
        held = people.get_role(tx.connection, role_id)
        if held.role is Role.ADMINISTRATOR and held.ended_at is None:
            left = people.people_with_role(tx.connection, None, Role.ADMINISTRATOR, at=at)
            if len(left) == 1:
                raise OutOfOrder("Nobody would be left to run the service. Give somebody else the role first.")
        if not people.end_role(tx.connection, role_id, at):
            raise OutOfOrder("This role has ended already.", code=Code.ALREADY_ENDED)
        ended = RoleRow(role_id, held.person_id, held.organisation_id, held.role, held.from_at, at)
        tx.append(_role_entry(EntryKind.ROLE_ENDED, tx.connection, actor, ended, at))
    return ended


def appoint_first_administrator(tools: Tools, *, name: str, email: str) -> Person:
    """Add the first administrator, who can then add everybody else. For whoever runs the machine, at the beginning.

    Raises:
        Malformed: That is no address, or one that several people read.
        Conflict: There is an administrator, or a person with this address, already.
    """
    at = tools.clock.now()
    address = normalise_address(email)
    refuse_shared_mailbox(address, name)
    person = Person(tools.new_id("per"), name, address)
    with tools.transaction() as tx:
        if people.people_with_role(tx.connection, None, Role.ADMINISTRATOR, at=at):
            raise Conflict("There is an administrator already. Ask them.", code=Code.ALREADY_EXISTS)
        people.add(tx.connection, person_id=person.person_id, name=name, email=address, at=at)
        role = RoleRow(tools.new_id("rol"), person.person_id, None, Role.ADMINISTRATOR, at, None)
        people.add_role(
            tx.connection,
            role_id=role.role_id,
            person_id=person.person_id,
            organisation_id=None,
            role=role.role,
            at=at,
        )
        sealed = {"name": name, "email": address}
        tx.append(Entry(EntryKind.PERSON_ADDED, at, actor_id="operator", person_id=person.person_id, sealed=sealed))
        tx.append(
            Entry(
                EntryKind.ROLE_GIVEN,
                at,
                actor_id="operator",
                person_id=person.person_id,
                said={"role_id": role.role_id, "role": role.role.value, "organisation_id": None},
            )
        )
    return person


def _demand_place(connection: Connection, role: Role, organisation_id: str | None) -> None:
    if organisation_id is None:
        if role not in (Role.ADMINISTRATOR, Role.AUDITOR):
            raise _wrong_place(f"The role of {_words(role)} is held in one organisation. Say in which.")
        return
    organisations.get(connection, organisation_id)
    if role is Role.ADMINISTRATOR:
        raise _wrong_place("An administrator runs the whole service. Give no organisation.")
    if role in (*PRODUCING, Role.PUBLISHER) and organisations.find_producer_of(connection, organisation_id) is None:
        raise _wrong_place(f"The role of {_words(role)} is held in an organisation that is a producer.")


def _demand_goes_together(held: tuple[RoleRow, ...], role: Role, organisation_id: str | None) -> None:
    if any(given.role is role and given.organisation_id == organisation_id for given in held):
        raise Conflict("This person has this role already.", code=Code.ALREADY_EXISTS)
    roles = {given.role for given in held} | {role}
    if Role.ADMINISTRATOR in roles and roles & set(PRODUCING):
        # Whoever can add people and roles must not also be able to make or approve a list.
        raise Conflict(
            "An administrator cannot also prepare or approve lists. End the one role first, or choose somebody else.",
            code=Code.ALREADY_EXISTS,
        )


def _own_role() -> Refused:
    detail = "Nobody gives a role to themselves."
    remedy = "Ask another administrator to do it."
    reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
    return Refused(f"{detail} {remedy}", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


def _wrong_place(why: str) -> Malformed:
    return Malformed(why, errors=[{"where": "body.organisation_id", "what": why}])


def _words(role: Role) -> str:
    return role.value.replace("_", " ")


def _role_entry(kind: EntryKind, connection: Connection, actor: Actor, role: RoleRow, at: datetime) -> Entry:
    producer = organisations.find_producer_of(connection, role.organisation_id) if role.organisation_id else None
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=role.person_id,
        producer_id=producer.producer_id if producer else None,
        said={"role_id": role.role_id, "role": role.role.value, "organisation_id": role.organisation_id},
    )
