"""The files on incidents, and what a draft report is made from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from app.records.tables import incidents, people, producers, releases, roles
from app.rules.breaches import IncidentDraft, IncidentKind
from app.rules.canonical import canonical_json
from app.rules.errors import NotFound
from app.rules.facts import Role

_NOTHING_THERE = "There is nothing here that you may see. Check the address, or ask the producer."


@dataclass(frozen=True, slots=True)
class IncidentCard:
    """One incident as it is on record.

    Attributes:
        number: Counted from 1 over the whole service.
        opened_by: The person who reported it, or None when a rule opened it.
        opened_at, occurred_at: Aware, UTC.
        facts: JSON-ready members; identifiers, no names.
        revision: Counted from 1; goes up with each change.
    """

    incident_id: str
    number: int
    release_id: str | None
    producer_id: str | None
    organisation_id: str | None
    kind: IncidentKind
    near_miss: bool
    state: str
    opened_at: datetime
    occurred_at: datetime
    opened_by: str | None
    summary: str
    facts: dict[str, Any]
    revision: int


def add(
    connection: Connection, *, incident_id: str, draft: IncidentDraft, opened_at: datetime, opened_by: str | None
) -> int:
    """Add an incident; gives its number, the next one in order."""
    number = int(connection.execute(select(func.coalesce(func.max(incidents.c.number), 0))).scalar_one()) + 1
    connection.execute(
        insert(incidents),
        {
            "incident_id": incident_id,
            "number": number,
            "release_id": draft.release_id,
            "producer_id": draft.producer_id,
            "kind": draft.kind.value,
            "near_miss": draft.near_miss,
            "state": "open",
            "opened_at": opened_at,
            "occurred_at": draft.occurred_at,
            "opened_by": opened_by,
            "rule_key": draft.rule_key,
            "summary": draft.summary,
            "facts": canonical_json(draft.facts).decode(),
            "revision": 1,
        },
    )
    return number


def find_by_rule_key(connection: Connection, rule_key: str) -> str | None:
    """Give the id of the incident with this cause; None when there is none."""
    found: str | None = connection.execute(
        select(incidents.c.incident_id).where(incidents.c.rule_key == rule_key)
    ).scalar_one_or_none()
    return found


def list_people_to_tell(
    connection: Connection, producer_id: str | None, release_id: str | None, at: datetime
) -> list[tuple[str, str]]:
    """Give (person id, address) of those who must hear of an incident, in the order of their ids.

    For a producer: its heads of profession and the release's lead official, or every lead official where the release
    has none. For the service as a whole: its administrators and auditors.

    Args:
        at: Roles count as they stand then. Aware.
    """
    holds_now = and_(roles.c.from_at <= at, or_(roles.c.ended_at.is_(None), roles.c.ended_at > at))
    asked = select(people.c.person_id, people.c.email).join(roles, roles.c.person_id == people.c.person_id).distinct()
    if producer_id is None:
        wanted = (Role.ADMINISTRATOR.value, Role.AUDITOR.value)
        rows = connection.execute(asked.where(holds_now, roles.c.organisation_id.is_(None), roles.c.role.in_(wanted)))
        return sorted((row.person_id, row.email) for row in rows)
    lead = _lead_official(connection, release_id)
    wanted = (Role.HEAD_OF_PROFESSION.value,) if lead else (Role.HEAD_OF_PROFESSION.value, Role.LEAD_OFFICIAL.value)
    organisation = select(producers.c.organisation_id).where(producers.c.producer_id == producer_id).scalar_subquery()
    rows = connection.execute(asked.where(holds_now, roles.c.organisation_id == organisation, roles.c.role.in_(wanted)))
    return sorted({(row.person_id, row.email) for row in rows} | ({lead} if lead else set()))


def _lead_official(connection: Connection, release_id: str | None) -> tuple[str, str] | None:
    row = connection.execute(
        select(people.c.person_id, people.c.email)
        .join(releases, releases.c.lead_official_id == people.c.person_id)
        .where(releases.c.release_id == release_id)
    ).one_or_none()
    return (row.person_id, row.email) if row else None
