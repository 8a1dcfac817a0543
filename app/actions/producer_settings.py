"""What a producer sets for all its releases: how much of it waits for a second person, and who did what of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from app.actions.tools import Actor, Tools, require_role
from app.records import closed_days, organisations, people, retention, warning_texts
from app.records.organisations import ProducerCard
from app.rules.facts import Role
from app.rules.retention import DAYS_TO_APPROVE

READING = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Settings:
    """A producer, and how many of its settings wait for a second person.

    Attributes:
        closed_days: Days of its own that are proposed and not approved.
        warnings: Warnings that are proposed, and not overtaken by a later one that is approved.
        hold_ends: Legal holds whose end is proposed.
        erasures: Proposals to destroy records.
    """

    producer: ProducerCard
    closed_days: int
    warnings: int
    hold_ends: int
    erasures: int


def see_settings(tools: Tools, actor: Actor, producer_id: str) -> Settings:
    """Give a producer to those who may see what it sets for all its releases, with what waits for a second person.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        since = at - timedelta(days=DAYS_TO_APPROVE)  # a proposal lapses then
        standing = [one for one in retention.holds_of(connection, producer_id) if one.ended_at is None]
        return Settings(
            producer=producer,
            closed_days=closed_days.count_waiting(connection, producer_id),
            warnings=len(warning_texts.waiting(connection, producer_id)),
            hold_ends=sum(one.end_proposed_at is not None and one.end_proposed_at >= since for one in standing),
            erasures=len(retention.proposed_since(connection, producer_id, since)),
        )


def read_producer(tools: Tools, actor: Actor, producer_id: str) -> ProducerCard:
    """Give a producer alone to those who may see what it sets for all its releases.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        return producer


def demand_role(tools: Tools, actor: Actor, producer_id: str, *wanted: Role) -> None:
    """Stop somebody whose role is another before a page says what their form lacks: they have no such form.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *wanted)


def names_of(tools: Tools, actor: Actor, producer_id: str, person_ids: Collection[str | None]) -> dict[str, str]:
    """Give the names of those who set something for a producer, to those who may see what they set.

    Args:
        tools: The tools.
        actor: Who asks.
        producer_id: The producer.
        person_ids: Of those who did it; None where nobody did. Others than people are left out.

    Returns:
        Names by id.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *READING)
        found = people.named(connection, {one for one in person_ids if one is not None})
        return {person_id: one.name for person_id, one in found.items()}
