"""Who and what can be suspended, from the people somebody has before them: they, their posts, units, organisations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from app.records import posts
from app.rules.facts import Person


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what could be suspended: a person, a post they hold, its unit, its organisation.

    Attributes:
        kind: ``person``, ``post``, ``unit`` or ``organisation``.
        subject_id: For a unit, the id of its organisation.
        name: Of the person, the post, the unit or the organisation.
        organisation: Its organisation's name; empty for a person.
    """

    kind: Literal["person", "post", "unit", "organisation"]
    subject_id: str
    name: str
    organisation: str = ""


def subjects_of(connection: Connection, around: Iterable[Person], today: date) -> tuple[Subject, ...]:
    """Give people, then the posts they hold today, then the units and the organisations of these.

    Args:
        connection: Any connection.
        around: The people.
        today: London day.
    """
    of_people = list(dict.fromkeys(around))
    held = [one for person in of_people for one in posts.holdings_of_person(connection, person.person_id)]
    now = [one for one in held if one.held_from_on <= today <= (one.held_until_on or date.max)]
    cards = [posts.get(connection, post_id) for post_id in dict.fromkeys(one.post_id for one in now)]
    subjects = [Subject("person", one.person_id, one.name) for one in of_people]
    subjects += [Subject("post", one.post_id, one.title, one.organisation) for one in cards]
    subjects += [Subject("unit", one.organisation_id, one.unit, one.organisation) for one in cards if one.unit]
    subjects += [Subject("organisation", one.organisation_id, one.organisation, one.organisation) for one in cards]
    return tuple(dict.fromkeys(subjects))
