"""A producer's register of breaches as a table to take away, and the figures of one year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from app.actions.drafting import READERS
from app.actions.tools import Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import breach_register, organisations
from app.rules.breachregister import RegisteredIncident
from app.rules.breachreturn import Timing, YearlyReturn, yearly_return
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import london_date

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Register:
    """The register of one producer, near misses apart where that was asked for.

    Attributes:
        rows: The cells of each incident, as they are on record of its taking.
    """

    producer_name: str
    incidents: Sequence[RegisteredIncident]
    rows: Sequence[list[str | int | None]]


def list_registers(tools: Tools, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Give (id, name) of each producer whose register somebody may take, by name."""
    mine = frozenset(r.organisation_id for r in actor.roles if r.role in READERS and r.organisation_id)
    with tools.reading() as connection:
        return organisations.producers_named(connection, None if actor.has(None, *READERS) else mine)


def read_register(
    tools: Tools, actor: Actor, producer_id: str, *, year: int | None, near_miss: bool | None, fmt: str
) -> Register:
    """Give a producer's register. That it was taken, in which format and with what, is on record.

    Args:
        year: The calendar year in which it occurred, by London day; None for all.
        near_miss: True for near misses only, False for all others, None for both.
        fmt: How it will be shown, for the record.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READERS)
        found = _incidents(tools, connection, producer_id)
    wanted = [
        one
        for one in found
        if (near_miss is None or one.near_miss is near_miss)
        and (year is None or london_date(one.occurred_at).year == year)
    ]
    rows = [one.cells() for one in wanted]
    with tools.transaction() as tx:
        tx.append(
            Entry(
                EntryKind.BREACH_REGISTER_TAKEN,
                at,
                actor_id=actor.actor_id,
                producer_id=producer_id,
                said={
                    "format": fmt,
                    "rows": len(wanted),
                    "sha256": sha256_hex(canonical_json(rows)),
                },
            )
        )
    return Register(producer.name, wanted, rows)


def read_return(tools: Tools, actor: Actor, producer_id: str, *, year: int) -> tuple[str, YearlyReturn]:
    """Count a producer's breaches and the timeliness of its releases in one calendar year.

    Returns:
        The producer's name, and the figures.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READERS)
        found = _incidents(tools, connection, producer_id)
        timings = _timings(tools, connection, producer_id)
    return producer.name, yearly_return(year, found, timings, at)


def _incidents(tools: Tools, connection: Connection, producer_id: str) -> list[RegisteredIncident]:
    """Give every incident of the register."""
    return _kept(tools, connection, producer_id, "register of breaches", breach_register.of_producer)


def _timings(tools: Tools, connection: Connection, producer_id: str) -> list[Timing]:
    """Give when each release was to be public and was."""
    return _kept(tools, connection, producer_id, "timings", breach_register.timings_of)


def _kept(tools: Tools, connection: Connection, producer_id: str, what: str, read: Callable[[Connection, str], T]) -> T:
    """Give what was read last where it would be the same now; else read it."""
    found: T | None = tools.figures.get(connection, (what, producer_id), producer_id)
    if found is None:
        found = read(connection, producer_id)
        tools.figures.keep(connection, (what, producer_id), found)
    return found
