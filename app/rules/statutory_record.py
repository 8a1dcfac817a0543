"""The record that the Scottish and Welsh Orders have the producer keep, put together from the facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from app.rules.canonical import canonical_json
from app.rules.facts import Order, Release, london_text
from app.rules.incidents import KIND_WORDS, IncidentKind
from app.rules.reasons import instant_text

SCOTLAND_RECORD = "SSI 2008/399 Sch. para 8(1)"
WALES_RECORD = "WSI 2009/2818 Sch. para 9(1)"
RECORDS = {Order.SCOTLAND: SCOTLAND_RECORD, Order.WALES: WALES_RECORD}
"""Where each Order has a record kept. The other two have none, and nobody a right to one by them."""

ANY_OTHER = "h"  # of both Orders' grounds, the one that is no purpose of its own
_T = TypeVar("_T")
_INDICATIONS = frozenset({IncidentKind.INDICATION_GIVEN})
_DISCLOSURES = frozenset(
    {
        IncidentKind.UNAUTHORISED_DISCLOSURE,
        IncidentKind.ONWARD_SHARING,
        IncidentKind.WRONG_ATTACHMENT,
        IncidentKind.EARLY_PUBLICATION,
        IncidentKind.WRONGFUL_RELEASE_REPORTED,
        IncidentKind.RECEIVED_IN_ERROR,
    }
)


@dataclass(frozen=True, slots=True)
class RecordedAccess:
    """That one person was given access by one post.

    Attributes:
        for_whom: Post of the recipient whom a supporter or a deputy is tied to, or of whoever passed it on; else empty.
        agreement: The written agreement that it may be passed on.
        from_at: From when. Aware, UTC.
        until_at: Until when; None where it has not ended. Aware, UTC.
        reasons: The published reasons for more than the Order's own maximum, else empty.
    """

    name: str
    post: str
    organisation: str
    contact: str
    grant_class: str
    ground: str
    ground_letter: str
    for_whom: str
    agreement: str
    from_at: datetime
    until_at: datetime | None
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class Representation:
    """What was said or written to the producer about the format, the content or the timing of the publication."""

    by: str
    about: str
    made_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """What came to the producer's notice of a failure, and when and from whom.

    Attributes:
        kind: None for a failure that was put on record about a person, apart from any incident.
        by_recipient: The person who told of it had been given access.
    """

    kind: IncidentKind | None
    what: str
    by: str
    at: datetime
    by_recipient: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What was published, or told to the Statistics Board, because of a grant: what, by which clause, and when."""

    what: str
    source: str
    at: datetime
    to_board: bool


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """Everything on record about access to one release."""

    release: Release
    accesses: tuple[RecordedAccess, ...] = ()
    representations: tuple[Representation, ...] = ()
    reports: tuple[ReportReceived, ...] = ()
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One thing of which the Order has a record kept.

    Attributes:
        letter: Of its sub-paragraph, e.g. ``b``.
        rows: Texts, one for each column.
    """

    letter: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def as_record(self) -> dict[str, Any]:
        """Give the section as JSON-ready members."""
        rows = [list(row) for row in self.rows]
        return {"letter": self.letter, "heading": self.heading, "columns": list(self.columns), "rows": rows}


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


def scottish_sections(facts: RecordFacts) -> tuple[Section, ...]:
    """Give items (a) to (h) of the Scottish record.

    Source:
        SSI 2008/399 Sch. para 8(1)
    """
    passed_on = [one for one in facts.accesses if one.agreement.strip()]
    return (
        _the_statistics(facts),
        Section(
            "b",
            "Individuals given access",
            ("Name", "Job title", "Organisation", "Footing", "Given it for"),
            rows_of(facts.accesses, lambda a: (a.name, a.post, a.organisation, _footing(a.grant_class), a.for_whom)),
        ),
        Section("c", "For how long", ("Name", "Job title", "From", "Until"), rows_of(facts.accesses, _how_long)),
        Section(
            "d",
            "Reason, and ground in paragraph 2(1)",
            ("Name", "Job title", "Ground", "Reason"),
            rows_of(facts.accesses, lambda a: (a.name, a.post, _letter(a), a.ground)),
        ),
        _representations("e", facts),
        Section(
            "f",
            "Agreements that the statistics may be passed on",
            ("Passed on to", "Job title", "Given it for", "Agreement"),
            rows_of(passed_on, lambda a: (a.name, a.post, a.for_whom, a.agreement)),
        ),
        Section(
            "g",
            "Published about longer access",
            ("When", "What", "By"),
            rows_of([one for one in facts.told if not one.to_board], lambda t: (london_text(t.at), t.what, t.source)),
        ),
        Section("h", "Reports and other failures", _REPORTED, rows_of(facts.reports, _reported)),
    )


def welsh_sections(facts: RecordFacts, *, contact: bool = True) -> tuple[Section, ...]:
    """Give items (a) to (k) of the Welsh record, with or without the individuals' contact details.

    Source:
        WSI 2009/2818 Sch. para 9(1)
    """
    who = ("Name", "Position", "Organisation", "Footing")
    kinds = {
        "h": ("Told by individuals with access", [one for one in facts.reports if one.by_recipient]),
        "i": (
            "Possible failures to keep to paragraph 5",
            [one for one in facts.reports if one.kind not in _INDICATIONS | _DISCLOSURES],
        ),
        "j": ("Disclosures that were not permitted", [one for one in facts.reports if one.kind in _DISCLOSURES]),
        "k": ("Indications that were disclosed", [one for one in facts.reports if one.kind in _INDICATIONS]),
    }
    any_other = [one for one in facts.accesses if one.ground_letter == ANY_OTHER]
    return (
        _the_statistics(facts),
        Section(
            "b",
            "Individuals given access",
            (*who, "Contact details") if contact else who,
            rows_of(
                facts.accesses,
                lambda a: (
                    *(a.name, a.post, a.organisation, _footing(a.grant_class)),
                    *((a.contact,) if contact else ()),
                ),
            ),
        ),
        Section(
            "c",
            "From when",
            ("Name", "Position", "From"),
            rows_of(facts.accesses, lambda a: (a.name, a.post, london_text(a.from_at))),
        ),
        Section(
            "d",
            "Ground in paragraph 1(1)",
            ("Name", "Position", "Ground"),
            rows_of(facts.accesses, lambda a: (a.name, a.post, _letter(a))),
        ),
        Section(
            "e",
            "Purpose of access on ground (h)",
            ("Name", "Position", "Purpose"),
            rows_of(any_other, lambda a: (a.name, a.post, a.ground)),
        ),
        _representations("f", facts),
        Section(
            "g",
            "Told to the Statistics Board",
            ("When", "What", "By"),
            rows_of([one for one in facts.told if one.to_board], lambda t: (london_text(t.at), t.what, t.source)),
        ),
        *(Section(letter, heading, _REPORTED, rows_of(found, _reported)) for letter, (heading, found) in kinds.items()),
    )


def _the_statistics(facts: RecordFacts) -> Section:
    release = facts.release
    published = london_text(release.published_at) if release.published_at else ""
    row = (release.title, release.producer.name, published)
    return Section("a", "The statistics", ("Name", "Producer", "Published"), (row,))


def _representations(letter: str, facts: RecordFacts) -> Section:
    heading = "Discussions and correspondence about format, content or timing"
    rows = rows_of(facts.representations, lambda r: (london_text(r.made_at), r.by, r.about, r.words))
    return Section(letter, heading, ("When", "By", "About", "What"), rows)


_REPORTED = ("When", "By", "What")


def _reported(one: ReportReceived) -> tuple[str, ...]:
    kind = f"{KIND_WORDS[one.kind]}: " if one.kind else ""
    return (london_text(one.at), one.by, f"{kind}{one.what}")


def _how_long(one: RecordedAccess) -> tuple[str, ...]:
    return (one.name, one.post, london_text(one.from_at), london_text(one.until_at) if one.until_at else "not ended")


def _letter(one: RecordedAccess) -> str:
    return f"({one.ground_letter})" if one.ground_letter else "not named"


def _footing(grant_class: str) -> str:
    return grant_class.replace("_", " ")


def rows_of(found: Sequence[_T], told: Callable[[_T], tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Tell of each of several facts in a row of texts."""
    return tuple(told(one) for one in found)
