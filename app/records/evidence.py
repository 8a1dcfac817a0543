"""What a draft report is made from, beside the incident itself: posts, openings, people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from app.plain import plain
from app.records.rows import people_where
from app.records.tables import (
    entries,
    grants,
    incidents,
    lists,
    openings,
    organisations,
    people,
    posts,
    roles,
    series,
)
from app.rules.facts import Person, Role
from app.rules.incidents import IncidentKind
from app.rules.reportparts import Delivery


def posts_of(connection: Connection, release_id: str, *, with_names: bool = False) -> dict[str, str]:
    """Give the posts by which people stand on a release's list.

    Args:
        connection: Any connection.
        release_id: The release; every version of its list counts, the newest most.
        with_names: Put the holder's name behind the post; only where a person chose so.

    Returns:
        Title and organisation of the post, by person id.
    """
    wanted = (
        select(grants.c.person_id, posts.c.title, organisations.c.name, people.c.name.label("holder"))
        .join(lists, lists.c.list_id == grants.c.list_id)
        .join(people, people.c.person_id == grants.c.person_id)
        .join(posts, posts.c.post_id == grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .where(lists.c.release_id == release_id, grants.c.person_id.is_not(None))
        .order_by(lists.c.version, grants.c.row.desc())
    )
    return {row.person_id: _post(row, with_names) for row in plain(connection.execute(wanted))}


def _post(row: Row[*tuple[Any, ...]], with_names: bool) -> str:
    return f"{row.title}, {row.name}" + (f" ({row.holder})" if with_names else "")


def people_around(connection: Connection, release_id: str | None, organisation_id: str | None) -> list[Person]:
    """Give everyone a report might name: the release's listed people, and the producer's own staff.

    Args:
        connection: Any connection.
        release_id: The release it is about, or None.
        organisation_id: The producer's organisation, or None.
    """
    listed = select(grants.c.person_id).join(lists, lists.c.list_id == grants.c.list_id)
    staff = select(roles.c.person_id).where(roles.c.organisation_id == organisation_id)
    wanted = or_(people.c.person_id.in_(listed.where(lists.c.release_id == release_id)), people.c.person_id.in_(staff))
    return people_where(connection, wanted)


def staff_roles(connection: Connection, organisation_id: str | None) -> dict[str, str]:
    """Give the highest role that each person has, or had, with a producer, in words.

    Args:
        connection: Any connection.
        organisation_id: The producer's organisation, or None.

    Returns:
        Words such as ``the head of profession``, by person id.
    """
    wanted = select(roles.c.person_id, roles.c.role).where(roles.c.organisation_id == organisation_id)
    words = {
        Role.PUBLISHER.value: "the publishing team",
        Role.STATISTICIAN.value: "a statistician",
        Role.LEAD_OFFICIAL.value: "a lead official",
        Role.HEAD_OF_PROFESSION.value: "the head of profession",
    }
    rank = list(words)
    held = sorted(
        (row for row in plain(connection.execute(wanted)) if row.role in words), key=lambda row: rank.index(row.role)
    )
    return {row.person_id: words[row.role] for row in held}


def officials_of(connection: Connection, organisation_id: str, at: datetime) -> tuple[str, ...]:
    """Give who answers for a producer's statistics: role, name and address of each.

    Args:
        connection: Any connection.
        organisation_id: The producer's organisation.
        at: Roles count as they stand then. Aware.
    """
    holds_now = and_(roles.c.from_at <= at, or_(roles.c.ended_at.is_(None), roles.c.ended_at > at))
    words = {Role.HEAD_OF_PROFESSION.value: "Head of profession", Role.LEAD_OFFICIAL.value: "Lead official"}
    wanted = (
        select(roles.c.role, people.c.name, people.c.email)
        .join(people, people.c.person_id == roles.c.person_id)
        .where(holds_now, roles.c.organisation_id == organisation_id, roles.c.role.in_(list(words)))
        .order_by(roles.c.role, people.c.name)
    )
    return tuple(f"{words[row.role]}: {row.name}, {row.email}" for row in plain(connection.execute(wanted)))


def deliveries_of(connection: Connection, release_id: str, *, with_names: bool = False) -> list[tuple[str, Delivery]]:
    """Give (person id, what the log shows) of each opening of a release, oldest first.

    Args:
        connection: Any connection.
        release_id: The release.
        with_names: Put the holder's name behind the post; only where a person chose so.
    """
    wanted = (
        select(openings, posts.c.title, organisations.c.name, people.c.name.label("holder"))
        .join(people, people.c.person_id == openings.c.person_id)
        .join(grants, grants.c.grant_id == openings.c.grant_id)
        .join(posts, posts.c.post_id == grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .where(openings.c.release_id == release_id)
        .order_by(openings.c.opened_at, openings.c.opening_id)
    )
    return [
        (
            row.person_id,
            Delivery(
                opening_id=row.opening_id,
                number=row.number,
                post=_post(row, with_names),
                opened_at=row.opened_at,
                outcome=row.outcome,
                sent_bytes=row.sent_bytes,
                revealed_at=row.revealed_at,
            ),
        )
        for row in plain(connection.execute(wanted))
    ]


def find_release_of_mark(connection: Connection, number: str) -> str | None:
    """Give the release of the opening whose number stands in a mark.

    Args:
        connection: Any connection.
        number: As read from the mark.

    Returns:
        The release's id, or None when there is no such number.
    """
    wanted = select(openings.c.release_id).where(openings.c.number == number)
    found: str | None = connection.execute(wanted).scalar_one_or_none()
    return found


@dataclass(frozen=True, slots=True)
class Tells:
    """The incident that tells of an opening; ``told_at`` is when what it tells was found, as text."""

    incident_id: str
    told_at: str


def openings_on_record(connection: Connection, release_id: str) -> dict[str, Tells]:
    """Give the openings of a release that an incident tells of already as outside their window.

    Returns:
        The first such incident, by the opening's id.
    """
    wanted = select(incidents.c.incident_id, incidents.c.facts).where(incidents.c.release_id == release_id)
    kinds = [IncidentKind.ACCESS_BEFORE_WINDOW.value, IncidentKind.ACCESS_MADE_OVER_LONG.value]
    found = connection.execute(wanted.where(incidents.c.kind.in_(kinds)).order_by(incidents.c.number.desc()))
    tells: dict[str, Tells] = {}
    for row in found:  # the newest first, so that the oldest has the last word
        facts = json.loads(row.facts)
        told = Tells(row.incident_id, facts.get("moved_at") or facts.get("found_at") or "")
        tells.update({one["opening_id"]: told for one in facts.get("openings", [])})
    return tells


def count_refusals(connection: Connection, *, person_id: str, release_id: str, since: datetime) -> int:
    """Count how often a person was refused access to documents of a release since an instant.

    Args:
        connection: Any connection.
        person_id, release_id: Whose, and of what.
        since: First instant that counts. Aware.
    """
    counted: int = connection.execute(
        select(func.count())
        .select_from(entries)
        .where(
            entries.c.kind == "access_decided",
            entries.c.outcome == "refused",
            entries.c.person_id == person_id,
            entries.c.release_id == release_id,
            entries.c.at >= since,
        )
    ).scalar_one()
    return counted


def find_series_title(connection: Connection, series_id: str) -> str | None:
    """Give the title of a series; None when there is none."""
    wanted = select(series.c.title).where(series.c.series_id == series_id)
    found: str | None = connection.execute(wanted).scalar_one_or_none()
    return found
