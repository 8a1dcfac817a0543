"""The files on incidents, and what a draft report is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, or_, select, text, update

from app.answers import asked_once
from app.plain import plain
from app.records.rows import one_row
from app.records.tables import (
    incidents,
    organisations,
    people,
    producers,
    releases,
    report_submissions,
    report_versions,
    roles,
)
from app.rules.canonical import canonical_json
from app.rules.causes import Cause
from app.rules.errors import Conflict
from app.rules.facts import Role
from app.rules.incidents import IncidentDraft, IncidentKind, IncidentState

UNFINISHED = (IncidentState.OPEN.value, IncidentState.UNDER_REVIEW.value)


@dataclass(frozen=True, slots=True)
class IncidentCard:
    """One incident as it is on record.

    Attributes:
        number: Counted from 1 over the whole service.
        organisation_id, producer_name: The producer's organisation; None and empty for the service as a whole.
        opened_by: The person who reported it, or None when a rule opened it.
        opened_at, occurred_at: Aware, UTC.
        facts: JSON-ready members; identifiers, no names.
        practices: Labels as a person corrected them; None while they are as proposed.
        note: Why it was last changed.
        caused_by: Ids of people whom a person named as having caused it.
        causes: What caused it, as a person gave it.
        revision: Counted from 1; goes up with each change.
        head_told_at, reported_at: When the head of profession was told, and a report first sent, as people put on
            record; None where nobody has. Aware, UTC.
        head_told_by: Who put that on record.
        untold_step, unreported_step: How far the letters about its silence have come.
    """

    incident_id: str
    number: int
    release_id: str | None
    producer_id: str | None
    organisation_id: str | None
    producer_name: str
    kind: IncidentKind
    near_miss: bool
    state: IncidentState
    opened_at: datetime
    occurred_at: datetime
    opened_by: str | None
    summary: str
    facts: Mapping[str, Any]
    practices: tuple[str, ...] | None
    note: str
    revision: int
    caused_by: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    head_told_at: datetime | None = None
    head_told_how: str = ""
    head_told_by: str | None = None
    reported_at: datetime | None = None
    untold_step: int = 0
    unreported_step: int = 0


@dataclass(frozen=True, slots=True)
class Sought:
    """Which incidents are asked for, and which the asker may see.

    Attributes:
        organisation_ids: Producers' organisations whose incidents may be seen.
        everything: All may be seen, those of the service as a whole too.
        of_service: Those of the service as a whole may be seen.
        unfinished: Only those that are neither reported nor closed.
    """

    organisation_ids: frozenset[str] = frozenset()
    everything: bool = False
    of_service: bool = False
    near_miss: bool | None = None
    state: IncidentState | None = None
    release_id: str | None = None
    kind: IncidentKind | None = None
    producer_id: str | None = None
    unfinished: bool = False


def take_turn(connection: Connection) -> None:
    """Wait until no other transaction opens an incident, so that numbers and causes stay single."""
    if connection.dialect.name == "postgresql":  # SQLite lets one writer in at a time anyway
        connection.execute(text("LOCK TABLE incidents IN SHARE ROW EXCLUSIVE MODE"))


def add(
    connection: Connection, *, incident_id: str, draft: IncidentDraft, opened_at: datetime, opened_by: str | None
) -> int:
    """Add an incident, open. Call ``take_turn`` first.

    Args:
        connection: An open write transaction.
        incident_id: Its id.
        draft: What the rule, or a person, says happened.
        opened_at: When it came to our knowledge. Aware, UTC.
        opened_by: The person who reported it, or None when a rule opened it.

    Returns:
        Its number, the next one in order.
    """
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
            "state": IncidentState.OPEN.value,
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
    """Give the id of the incident with this cause.

    Args:
        connection: Any connection.
        rule_key: The cause, as the rule names it.

    Returns:
        The id, or None when there is none.
    """
    wanted = select(incidents.c.incident_id).where(incidents.c.rule_key == rule_key)
    found: str | None = connection.execute(wanted).scalar_one_or_none()
    return found


@asked_once
def get(connection: Connection, incident_id: str) -> IncidentCard:
    """Give an incident.

    Raises:
        NotFound: There is none.
    """
    return _card(one_row(connection, _by_id(), incident_id=incident_id))


@cache
def _by_id() -> Select[Any]:
    """Built once: putting a statement together costs several times what running it does."""
    return _cards().where(incidents.c.incident_id == bindparam("incident_id"))


def page(connection: Connection, sought: Sought, *, before: int | None, limit: int) -> list[IncidentCard]:
    """Give one page of incidents, newest first.

    Args:
        connection: Any connection.
        sought: Which are asked for and may be seen.
        before: The number of the last incident of the page before; None for the first page.
        limit: At most so many.
    """
    wanted = _cards().order_by(incidents.c.number.desc()).limit(limit)
    if not sought.everything:
        seen = producers.c.organisation_id.in_(sorted(sought.organisation_ids))
        wanted = wanted.where(or_(seen, incidents.c.producer_id.is_(None)) if sought.of_service else seen)
    if before is not None:
        wanted = wanted.where(incidents.c.number < before)
    if sought.near_miss is not None:
        wanted = wanted.where(incidents.c.near_miss.is_(sought.near_miss))
    if sought.state is not None:
        wanted = wanted.where(incidents.c.state == sought.state.value)
    if sought.release_id is not None:
        wanted = wanted.where(incidents.c.release_id == sought.release_id)
    if sought.kind is not None:
        wanted = wanted.where(incidents.c.kind == sought.kind.value)
    if sought.producer_id is not None:
        wanted = wanted.where(incidents.c.producer_id == sought.producer_id)
    if sought.unfinished:
        wanted = wanted.where(incidents.c.state.in_(UNFINISHED))
    return [_card(row) for row in plain(connection.execute(wanted))]


def change(connection: Connection, card: IncidentCard, *, closed_at: datetime | None = None) -> None:
    """Write the changed state, kind, practices, cause and note of an incident; its revision goes up by one.

    Args:
        connection: An open write transaction.
        card: The incident as it shall be, with the revision that was read.
        closed_at: Now, where this closes or completes it; its release's records are kept for a while from then.

    Raises:
        Conflict: Somebody changed it meanwhile.
    """
    labels = None if card.practices is None else canonical_json(card.practices).decode()
    same = and_(incidents.c.incident_id == card.incident_id, incidents.c.revision == card.revision)
    values = {
        "state": card.state.value,
        "kind": card.kind.value,
        "near_miss": card.near_miss,
        "practices": labels,
        "note": card.note,
        "causes": canonical_json([one.value for one in card.causes]).decode() if card.causes else None,
        "caused_by": canonical_json(card.caused_by).decode() if card.caused_by else None,
        "revision": card.revision + 1,
        **({"closed_at": closed_at} if closed_at else {}),
    }
    if connection.execute(update(incidents).where(same).values(values)).rowcount != 1:
        raise Conflict("Somebody changed this since you read it. Read it again, then repeat your change.")


def complete(connection: Connection, card: IncidentCard, summary: str, facts: dict[str, Any]) -> None:
    """Write what is known by now in the place of what was known when an incident was opened.

    Args:
        connection: An open write transaction.
        card: The incident, with the revision that was read.
        summary: Whole sentences without names.
        facts: JSON-ready members.

    Raises:
        Conflict: Somebody changed it meanwhile.
    """
    same = and_(incidents.c.incident_id == card.incident_id, incidents.c.revision == card.revision)
    values = {"summary": summary, "facts": canonical_json(facts).decode(), "revision": card.revision + 1}
    if connection.execute(update(incidents).where(same).values(values)).rowcount != 1:
        raise Conflict("Somebody changed this since you read it. Read it again, then repeat your change.")


def unfinished_since(connection: Connection, since: datetime) -> list[IncidentCard]:
    """Give the breaches of producers, known since an instant, that are neither reported nor closed. Aware, UTC."""
    wanted = _cards().where(
        incidents.c.state.in_(UNFINISHED),
        incidents.c.near_miss.is_(False),
        incidents.c.producer_id.is_not(None),
        incidents.c.opened_at >= since,
    )
    return [_card(row) for row in plain(connection.execute(wanted.order_by(incidents.c.number)))]


def list_people_to_tell(
    connection: Connection, producer_id: str | None, release_id: str | None, at: datetime
) -> list[tuple[str, str]]:
    """Give (person id, address) of those who must hear of an incident, in the order of their ids.

    For a producer: its heads of profession and the release's lead official, or every lead official where the release
    has none. For the service as a whole: its administrators and auditors.

    Args:
        connection: Any connection.
        producer_id: Whose incident it is, or None.
        release_id: The release it is about, or None.
        at: Roles count as they stand then. Aware.
    """
    holds_now = and_(roles.c.from_at <= at, or_(roles.c.ended_at.is_(None), roles.c.ended_at > at))
    asked = select(people.c.person_id, people.c.email).join(roles, roles.c.person_id == people.c.person_id)
    if producer_id is None:
        wanted = [Role.ADMINISTRATOR.value, Role.AUDITOR.value]
        asked = asked.where(holds_now, roles.c.organisation_id.is_(None), roles.c.role.in_(wanted))
        return sorted({(row.person_id, row.email) for row in plain(connection.execute(asked))})
    lead = _lead_official(connection, release_id)
    wanted = [Role.HEAD_OF_PROFESSION.value] + ([] if lead else [Role.LEAD_OFFICIAL.value])
    organisation = select(producers.c.organisation_id).where(producers.c.producer_id == producer_id).scalar_subquery()
    asked = asked.where(holds_now, roles.c.organisation_id == organisation, roles.c.role.in_(wanted))
    return sorted(
        {(row.person_id, row.email) for row in plain(connection.execute(asked))} | ({lead} if lead else set())
    )


def _lead_official(connection: Connection, release_id: str | None) -> tuple[str, str] | None:
    row = connection.execute(
        select(people.c.person_id, people.c.email)
        .join(releases, releases.c.lead_official_id == people.c.person_id)
        .where(releases.c.release_id == release_id)
    ).one_or_none()
    return (row.person_id, row.email) if row else None


def _cards() -> Select[*tuple[Any, ...]]:
    reported_at = (
        select(func.min(report_submissions.c.submitted_at))
        .join(report_versions, report_versions.c.report_version_id == report_submissions.c.report_version_id)
        .where(report_versions.c.incident_id == incidents.c.incident_id)
        .scalar_subquery()
        .label("reported_at")
    )
    return (
        select(incidents, producers.c.organisation_id, organisations.c.name.label("producer_name"), reported_at)
        .outerjoin(producers, producers.c.producer_id == incidents.c.producer_id)
        .outerjoin(organisations, organisations.c.organisation_id == producers.c.organisation_id)
    )


def _card(row: Row[*tuple[Any, ...]]) -> IncidentCard:
    return IncidentCard(
        incident_id=row.incident_id,
        number=row.number,
        release_id=row.release_id,
        producer_id=row.producer_id,
        organisation_id=row.organisation_id,
        producer_name=row.producer_name or "",
        kind=IncidentKind(row.kind),
        near_miss=row.near_miss,
        state=IncidentState(row.state),
        opened_at=row.opened_at,
        occurred_at=row.occurred_at,
        opened_by=row.opened_by,
        summary=row.summary,
        facts=json.loads(row.facts),
        practices=None if row.practices is None else tuple(json.loads(row.practices)),
        note=row.note,
        revision=row.revision,
        caused_by=tuple(json.loads(row.caused_by)) if row.caused_by else (),
        causes=tuple(map(Cause, json.loads(row.causes))) if row.causes else (),
        head_told_at=row.head_told_at,
        head_told_how=row.head_told_how,
        head_told_by=row.head_told_by,
        reported_at=row.reported_at,
        untold_step=row.untold_step,
        unreported_step=row.unreported_step,
    )
