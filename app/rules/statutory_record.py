"""The record that the Scottish and Welsh Orders have the producer keep, put together from the facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.rules.canonical import canonical_json
from app.rules.facts import Order
from app.rules.reasons import instant_text
from app.rules.record_facts import RecordFacts
from app.rules.record_sections import Section, scottish_sections, welsh_sections

SCOTLAND_RECORD = "SSI 2008/399 Sch. para 8(1)"
WALES_RECORD = "WSI 2009/2818 Sch. para 9(1)"
RECORDS = {Order.SCOTLAND: SCOTLAND_RECORD, Order.WALES: WALES_RECORD}
"""Where each Order has a record kept. The other two have none, and nobody a right to one by them."""


@dataclass(frozen=True, slots=True)
class StatutoryRecord:
    """A record, or what of it is given on request.

    Attributes:
        source: The clause by which it is kept, or given.
        as_at: What was known at this instant. Aware, UTC.
        notes: Whole sentences for whoever reads it.
    """

    order: Order
    source: str
    statistics: str
    producer: str
    as_at: datetime
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Give the record as JSON-ready members."""
        return {
            "order": self.order.value,
            "source": self.source,
            "statistics": self.statistics,
            "producer": self.producer,
            "as_at": instant_text(self.as_at),
            "sections": [section.as_record() for section in self.sections],
            "notes": list(self.notes),
        }

    def as_bytes(self) -> bytes:
        """Write the record as canonical JSON, so that what was given can be proved by its hash."""
        return canonical_json(self.as_record())


def statutory_record(facts: RecordFacts, at: datetime) -> StatutoryRecord:
    """Put together the whole record that the governing Order has the producer keep.

    Args:
        facts: Everything on record about the release.
        at: Now. Aware.

    Raises:
        ValueError: The governing Order has no record kept; ask ``RECORDS`` first.

    Source:
        SSI 2008/399 Sch. para 8(1); WSI 2009/2818 Sch. para 9(1)
    """
    made = {Order.SCOTLAND: scottish_sections, Order.WALES: welsh_sections}.get(facts.release.order)
    if made is None:
        raise ValueError("this Order has no record kept")
    return record_of(facts, at, RECORDS[facts.release.order], made(facts), ())


def record_of(
    facts: RecordFacts, at: datetime, source: str, sections: tuple[Section, ...], notes: tuple[str, ...]
) -> StatutoryRecord:
    """Put sections under one head, with what must be known to read them."""
    release = facts.release
    if release.published_at is None:
        notes = (*notes, "The statistics have not been published; access that is still to come is not in this.")
    return StatutoryRecord(release.order, source, release.title, release.producer.name, at, sections, notes)
