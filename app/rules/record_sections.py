"""What the record of access consists of, item by item as the Scottish and the Welsh Order name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from app.rules.facts import london_text
from app.rules.incidents import KIND_WORDS, IncidentKind
from app.rules.record_facts import RecordedAccess, RecordFacts, ReportReceived

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
    any_other = [one for one in facts.accesses if one.ground_letter == ANY_OTHER]
    return (
        _the_statistics(facts),
        _welsh_individuals(facts, contact=contact),
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
        *_welsh_reports(facts),
    )


def _welsh_individuals(facts: RecordFacts, *, contact: bool) -> Section:
    columns: tuple[str, ...] = ("Name", "Position", "Organisation", "Footing")
    rows = rows_of(facts.accesses, lambda a: (a.name, a.post, a.organisation, _footing(a.grant_class)))
    if contact:
        columns = (*columns, "Contact details")
        rows = tuple((*row, one.contact) for row, one in zip(rows, facts.accesses, strict=True))
    return Section("b", "Individuals given access", columns, rows)


def _welsh_reports(facts: RecordFacts) -> tuple[Section, ...]:
    kinds = {
        "h": ("Told by individuals with access", [one for one in facts.reports if one.by_recipient]),
        "i": (
            "Possible failures to keep to paragraph 5",
            [one for one in facts.reports if one.kind not in _INDICATIONS | _DISCLOSURES],
        ),
        "j": ("Disclosures that were not permitted", [one for one in facts.reports if one.kind in _DISCLOSURES]),
        "k": ("Indications that were disclosed", [one for one in facts.reports if one.kind in _INDICATIONS]),
    }
    return tuple(
        Section(letter, heading, _REPORTED, rows_of(found, _reported)) for letter, (heading, found) in kinds.items()
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
