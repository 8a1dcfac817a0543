"""Somebody of each sort who looks at pages, signed in."""

from __future__ import annotations

from sqlalchemy import select

from app.actions import people, roles
from app.actions.tools import Tools
from app.cli.seed import OPERATOR
from app.records import tables
from app.rules.facts import Role
from tests.world import OpenWorld, Recipient, session_of, staff_of


def staff_around(tools: Tools, today: OpenWorld) -> dict[str, Recipient]:
    """Sign in somebody of each sort, and give the coordinator, the publisher and the administrator their roles."""
    with tools.reading() as connection:
        asked = select(tables.organisations.c.organisation_id)
        named = asked.where(tables.organisations.c.name == "Ministry of Live Examples")
        ministry = connection.execute(named).scalar_one()
    given = {
        "administrator": (Role.ADMINISTRATOR, None),
        "coordinator": (Role.COORDINATOR, ministry),
        "publisher": (Role.PUBLISHER, today.producer.organisation_id),
    }
    found = {"recipient": today.recipients[0]}
    for name, (role, where) in given.items():
        person = people.add_person(tools, OPERATOR, name=f"Kit {name}", email=f"kit.{name}@live.gov.example")
        roles.give_role(tools, OPERATOR, person_id=person.person_id, role=role, organisation_id=where)
        found[name] = session_of(tools, person.person_id)
    for name, role in (
        ("statistician", Role.STATISTICIAN),
        ("lead", Role.LEAD_OFFICIAL),
        ("head", Role.HEAD_OF_PROFESSION),
        ("auditor", Role.AUDITOR),
    ):
        found[name] = staff_of(tools, today.producer, role)
    return found
