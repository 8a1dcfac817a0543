"""Organisations, and those of them that are producers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from app.answers import asked_once
from app.records.rows import add_row, is_row, one_row, page_of
from app.records.tables import organisations, producers
from app.rules.errors import NOTHING_THERE, NotFound
from app.rules.facts import Producer


@dataclass(frozen=True, slots=True)
class OrganisationCard:
    """A body that produces statistics or receives them."""

    organisation_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ProducerCard:
    """A producer with its policy.

    Attributes:
        organisation_id: The organisation in which its roles are held.
        declaration_for_all: A declaration is asked for even where no Order asks for one.
        declaration_days: How long a declaration counts.
        contact: Where the producer can be asked.
        warning: The words shown to recipients beside every document.
        training_days: For how many days training counts; None where none is asked for.
    """

    producer_id: str
    organisation_id: str
    name: str
    declaration_for_all: bool
    declaration_days: int
    contact: str
    warning: str
    training_days: int | None = None

    @property
    def producer(self) -> Producer:
        """The producer as the rules know it."""
        return Producer(self.producer_id, self.name, self.declaration_for_all, self.training_days)


def add(connection: Connection, *, organisation_id: str, name: str) -> None:
    """Add an organisation.

    Raises:
        Conflict: There is one of this name.
    """
    add_row(connection, organisations, "organisation of this name", organisation_id=organisation_id, name=name)


def get(connection: Connection, organisation_id: str) -> OrganisationCard:
    """Give an organisation.

    Raises:
        NotFound: There is none with this id.
    """
    return OrganisationCard(*one_row(connection, select(organisations).where(is_row(organisations, organisation_id))))


def find_by_name(connection: Connection, name: str) -> OrganisationCard | None:
    """Give the organisation of exactly this name; None when there is none."""
    row = connection.execute(select(organisations).where(organisations.c.name == name)).one_or_none()
    return OrganisationCard(*row) if row else None


def page(connection: Connection, *, limit: int, after: str | None = None) -> list[OrganisationCard]:
    """Give organisations by name, from the one after this id.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.
    """
    turned = page_of(select(organisations), organisations, organisations.c.name, limit, after)
    return [OrganisationCard(*row) for row in connection.execute(turned)]


def add_producer(
    connection: Connection,
    *,
    producer_id: str,
    organisation_id: str,
    declaration_for_all: bool,
    declaration_days: int,
    contact: str,
    warning: str,
) -> None:
    """Make an organisation a producer.

    Args:
        declaration_for_all: A declaration is asked for even where no Order asks for one.
        declaration_days: How long a declaration counts.
        contact: Where the producer can be asked.
        warning: The words shown to recipients beside every document.

    Raises:
        Conflict: It is one already.
    """
    add_row(
        connection,
        producers,
        "producer for this organisation",
        producer_id=producer_id,
        organisation_id=organisation_id,
        declaration_for_all=declaration_for_all,
        declaration_days=declaration_days,
        contact=contact,
        warning=warning,
    )


@asked_once
def get_producer(connection: Connection, producer_id: str) -> ProducerCard:
    """Give a producer.

    Raises:
        NotFound: There is none with this id.
    """
    row = connection.execute(_producer_by_id(), {"producer_id": producer_id}).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    return ProducerCard(*row)


def keep_producer(connection: Connection, producer_id: str) -> None:
    """Let nobody else register releases of this producer until this transaction is over.

    Args:
        connection: An open write transaction. SQLite has only one at a time, so there it does nothing.
        producer_id: The producer; it need not exist.
    """
    kept = select(producers.c.producer_id).where(producers.c.producer_id == bindparam("producer_id"))
    kept = kept.with_for_update(key_share=True)  # rows that only point here may be added meanwhile
    connection.execute(kept, {"producer_id": producer_id})


def find_producer_of(connection: Connection, organisation_id: str) -> ProducerCard | None:
    """Give the producer that this organisation is; None when it is none."""
    row = connection.execute(_producers().where(producers.c.organisation_id == organisation_id)).one_or_none()
    return ProducerCard(*row) if row else None


def producers_of_organisations(connection: Connection, organisation_ids: set[str]) -> set[str]:
    """Give the ids of the producers that these organisations are.

    Args:
        organisation_ids: Of any organisations.
    """
    asked = select(producers.c.producer_id).where(producers.c.organisation_id.in_(organisation_ids))
    return set(connection.execute(asked).scalars())


def producers_named(connection: Connection, organisation_ids: frozenset[str] | None) -> tuple[tuple[str, str], ...]:
    """Give (id, name) of the producers of some organisations, by name.

    Args:
        connection: Any connection.
        organisation_ids: None for all.
    """
    if organisation_ids is None:
        rows = connection.execute(_producers_named())
    else:
        rows = connection.execute(_producers_named(some=True), {"organisation_ids": sorted(organisation_ids)})
    return tuple((row.producer_id, row.name) for row in rows)


@cache
def _producers_named(*, some: bool = False) -> Select[tuple[str, str]]:
    """Built once: putting a statement together costs several times what running it does."""
    asked = (
        select(producers.c.producer_id, organisations.c.name)
        .join(organisations, organisations.c.organisation_id == producers.c.organisation_id)
        .order_by(organisations.c.name)
    )
    theirs = producers.c.organisation_id.in_(bindparam("organisation_ids", expanding=True))
    return asked.where(theirs) if some else asked


def set_training_days(connection: Connection, producer_id: str, training_days: int | None) -> None:
    """Say for how many days training counts with a producer.

    Args:
        connection: An open write transaction.
        producer_id: The producer.
        training_days: How many; None asks for none.
    """
    changed = update(producers).where(is_row(producers, producer_id))
    connection.execute(changed.values(training_days=training_days))


@cache
def _producer_by_id() -> Select[Any]:
    """Built once: putting a statement together costs several times what running it does."""
    return _producers().where(producers.c.producer_id == bindparam("producer_id"))


def _producers() -> Select[Any]:
    of = producers.c
    return select(
        of.producer_id,
        of.organisation_id,
        organisations.c.name,
        of.declaration_for_all,
        of.declaration_days,
        of.contact,
        of.warning,
        of.training_days,
    ).join(organisations, organisations.c.organisation_id == of.organisation_id)


def list_producers(connection: Connection) -> list[ProducerCard]:
    """Give every producer, by name."""
    return [ProducerCard(*row) for row in connection.execute(_producers().order_by(organisations.c.name))]
