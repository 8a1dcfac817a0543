"""The list of statistics with access before publication: computed, published by the head of profession, open to all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import annual_lists, organisations
from app.records.annual_lists import AnnualListRow
from app.rules.annual import AnnualRow, annual_bytes, annual_rows, dated_on
from app.rules.annual_due import check_period
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Conflict, Malformed, NotFound
from app.rules.facts import Order, Role, london_date

READING = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class AnnualList:
    """An annual list, as it was published or as it would be.

    Attributes:
        annual_list_id: None while it is not published.
        from_on, to_on: First and last London day it covers.
        dated_on: The date it bears: the day after its period.
        published_at: Aware, UTC; None while it is not published.
    """

    annual_list_id: str | None
    producer_id: str
    producer_name: str
    order: Order
    from_on: date
    to_on: date
    dated_on: date
    sha256: str
    rows: tuple[AnnualRow, ...]
    published_at: datetime | None


def preview_annual_list(
    tools: Tools, actor: Actor, producer_id: str, *, order: Order, from_on: date, to_on: date
) -> AnnualList:
    """Show what the annual list would be, to those who prepare it and to auditors.

    Args:
        order: The Order whose statistics it lists.
        from_on, to_on: First and last London day it shall cover.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        rows = annual_rows(annual_lists.access_given(connection, producer_id, order), from_on, to_on)
    sha256 = sha256_hex(annual_bytes(rows))
    return AnnualList(None, producer_id, producer.name, order, from_on, to_on, dated_on(to_on), sha256, rows, None)


def publish_annual_list(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    *,
    order: Order,
    from_on: date,
    to_on: date,
    shown: str | None = None,
) -> AnnualList:
    """Publish the annual list for a period that has ended, computed from the lists that were in force.

    Args:
        order: The Order whose statistics it lists.
        from_on, to_on: First and last London day it covers; a calendar year under the Welsh Order.
        shown: The SHA-256 of the list that was looked at; another one by now is not published. None where none was.

    Raises:
        Conflict: The list is another than was looked at.
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor is not the head of profession there.
        Malformed: The period cannot be published, or the same list is published already.

    Source:
        SI 2008/2998 Sch. para 9(a); SR 2009/71 Sch. para 9(a); WSI 2009/2818 Sch. para 10(1)
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        given = annual_lists.access_given(tx.connection, producer_id, order)
        before = annual_lists.of_producer(tx.connection, producer_id, order)
        periods = [row.period for row in before]
        check_period(order, from_on, to_on, today=london_date(at), published=periods, given=given)
        content = annual_bytes(annual_rows(given, from_on, to_on))
        if shown is not None and shown != sha256_hex(content):
            raise Conflict("The list has changed since it was looked at. Nothing was published.")
        row = AnnualListRow(
            annual_list_id=tools.new_id("ann"),
            producer_id=producer_id,
            producer_name=producer.name,
            order=order,
            from_on=from_on,
            to_on=to_on,
            sha256=sha256_hex(content),
            rows=content.decode(),
            published_at=at,
            by_person_id=actor.actor_id,
        )
        same = [one for one in before if (one.from_on, one.to_on, one.sha256) == (from_on, to_on, row.sha256)]
        if same:
            raise Malformed("This list is published already. Nothing was done.", code=Code.NO_CHANGE)
        annual_lists.add(tx.connection, row)
        tx.append(_entry(row))
    return _published(row)


def _entry(row: AnnualListRow) -> Entry:
    return Entry(
        EntryKind.ANNUAL_LIST_PUBLISHED,
        row.published_at,
        actor_id=row.by_person_id,
        producer_id=row.producer_id,
        said={
            "annual_list_id": row.annual_list_id,
            "order": row.order.value,
            "from_on": row.from_on.isoformat(),
            "to_on": row.to_on.isoformat(),
            "sha256": row.sha256,
            "statistics": len(json.loads(row.rows)),
        },
    )


def read_annual_list(tools: Tools, annual_list_id: str) -> AnnualList:
    """Give an annual list as it was published, to anybody.

    Raises:
        NotFound: There is none.
    """
    with tools.reading() as connection:
        return _published(annual_lists.get(connection, annual_list_id))


def list_annual_lists(tools: Tools, producer_id: str) -> tuple[AnnualList, ...]:
    """Give every annual list that a producer published, the newest first, to anybody.

    Raises:
        NotFound: There is no such producer, or it published none; the two are never told apart.
    """
    with tools.reading() as connection:
        found = annual_lists.of_producer(connection, producer_id)
    if not found:
        raise NotFound(NOTHING_THERE)
    return tuple(_published(row) for row in found)


def _published(row: AnnualListRow) -> AnnualList:
    rows = tuple(
        AnnualRow(
            one["statistic"],
            one["releases"],
            date.fromisoformat(one["first_on"]),
            date.fromisoformat(one["last_on"]),
        )
        for one in json.loads(row.rows)
    )
    return AnnualList(
        annual_list_id=row.annual_list_id,
        producer_id=row.producer_id,
        producer_name=row.producer_name,
        order=row.order,
        from_on=row.from_on,
        to_on=row.to_on,
        dated_on=dated_on(row.to_on),
        sha256=row.sha256,
        rows=rows,
        published_at=row.published_at,
    )
