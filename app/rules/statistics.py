"""A producer's statistics of a period: lists, reading, grants, publication, incidents, records. Nobody is named.

What each figure counts, out of what, and what it leaves out, stands in ``docs/statistics.md``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.breachregister import RegisteredIncident
from app.rules.causes import CAUSE_WORDS
from app.rules.counted import Counted, counts
from app.rules.facts import london_date
from app.rules.figures import Figure, Section
from app.rules.incidents import KIND_WORDS
from app.rules.listfigures import of_grants, of_lists
from app.rules.periods import Period
from app.rules.readingfigures import of_reading
from app.rules.reasons import utc
from app.rules.retention import Kept, destroyed_from, retention_reasons
from app.rules.timeliness import LATE_FROM

_LATE_FROM_MS = LATE_FROM // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class StatisticsFacts:
    """What statistics are counted from.

    Attributes:
        releases: Of any time; those that count are chosen by the rule.
        incidents: Of any time, those of rehearsals not among them.
        kept: Every release that is over, with what decides how long its records are kept.
        never_in: In how many releases somebody must have been listed to count as never opening.
        at: Now. Aware, UTC.
    """

    period: Period
    at: datetime
    releases: Sequence[Counted] = ()
    incidents: Sequence[RegisteredIncident] = ()
    kept: Sequence[Kept] = ()
    never_in: int = 3


@dataclass(frozen=True, slots=True)
class PartFigures:
    """One month of the period, or one year of a long one: releases with recipients, and their means.

    Attributes:
        listed, opened: Recipients of a release on average, and how many of them opened something; None without any.
    """

    words: str
    releases: int
    listed: float | None
    opened: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures, section by section, and the course of the period."""

    period: Period
    at: datetime
    figures: tuple[Figure, ...]
    parts: tuple[PartFigures, ...]

    def of(self, key: str) -> tuple[Figure, ...]:
        """Give the figures whose key is, or begins with, this."""
        return tuple(one for one in self.figures if one.key == key or one.key.startswith(f"{key}."))


def statistics(facts: StatisticsFacts) -> Statistics:
    """Count a period."""
    counted = [one for one in facts.releases if counts(one.release, facts.period, facts.at)]
    known = [one for one in counted if not one.destroyed]
    left_out = len(counted) - len(known)
    found = [
        Section("releases").count("releases.total", "Releases whose time has passed", len(counted)),
        *of_lists(known, left_out),
        *of_reading(known, left_out, facts.never_in),
        *of_grants(known),
        *_of_publication(counted),
        *_of_incidents([one for one in facts.incidents if facts.period.holds(one.occurred_at)]),
        *_of_records(facts.kept, facts.at),
    ]
    return Statistics(facts.period, utc(facts.at), tuple(found), _parts(facts.period, known))


def _of_publication(counted: Sequence[Counted]) -> list[Figure]:
    section, number = Section("publication"), len(counted)
    public = [(one.ends_at - utc(one.release.publishes_at)) for one in counted if one.release.published_at is not None]
    early = sum(one < timedelta(0) for one in public)
    late = sum(one >= LATE_FROM for one in public)
    seen = [one.delay_ms for one in counted if one.delay_ms is not None]
    unseen = number - len(seen)
    in_time = sum(0 <= one < _LATE_FROM_MS for one in seen)
    return [
        section.share("publication.on_time", "Published on time, by the record", len(public) - early - late, number),
        section.share("publication.early", "Published early, by the record", early, number),
        section.share("publication.late", "Published late, by the record", late, number),
        section.share("publication.not_yet", "Not published yet", number - len(public), number),
        section.share("watch.on_time", "On time as the watch saw it", in_time, len(seen), left_out=unseen),
        section.median("watch.delay_median", "Delay as the watch saw it, median", seen, "ms", left_out=unseen),
        section.highest("watch.delay_highest", "Delay as the watch saw it, longest", seen, "ms", left_out=unseen),
    ]


def _of_incidents(occurred: Sequence[RegisteredIncident]) -> list[Figure]:
    section = Section("incidents")
    breaches = [one for one in occurred if not one.near_miss and one.state != "closed_no_breach"]
    noticed = [one.minutes_to_notice for one in breaches]
    contained = [minutes for one in breaches if (minutes := one.minutes_to_contain) is not None]
    endless = len(breaches) - len(contained)
    kinds = {kind.value: words for kind, words in KIND_WORDS.items()}
    causes = {cause.value: words for cause, words in CAUSE_WORDS.items()}
    return [
        section.count("incidents.breaches", "Breaches, those still to be judged among them", len(breaches)),
        section.count("incidents.near_misses", "Near misses", sum(one.near_miss for one in occurred)),
        *section.counts("incidents.kind", "Breaches by kind", (one.kind.value for one in breaches), kinds),
        *section.counts(
            "incidents.cause", "Breaches by cause", (c.value for one in breaches for c in one.causes), causes
        ),
        section.median("incidents.notice_median", "Minutes until they came to notice, median", noticed, "minutes"),
        section.highest("incidents.notice_highest", "Minutes until they came to notice, longest", noticed, "minutes"),
        section.median(
            "incidents.contain_median", "Minutes until they ended, median", contained, "minutes", left_out=endless
        ),
        section.highest(
            "incidents.contain_highest", "Minutes until they ended, longest", contained, "minutes", left_out=endless
        ),
    ]


def _of_records(kept: Sequence[Kept], at: datetime) -> list[Figure]:
    section, today = Section("records"), london_date(at)
    held = [one for one in kept if not one.erased]
    past = [one for one in held if (first := destroyed_from(one)) is not None and first <= today]
    due = sum(not retention_reasons(one, today) for one in past)
    return [
        section.count("records.held", "Releases that are over and whose records are held, as of today", len(held)),
        section.count("records.due", "Of these, due for deletion", due),
        section.count(
            "records.kept_longer", "Of these, past their time but kept by a hold or an open matter", len(past) - due
        ),
        section.count("records.destroyed", "Releases whose records are destroyed", len(kept) - len(held)),
    ]


def _parts(period: Period, known: Sequence[Counted]) -> tuple[PartFigures, ...]:
    parts = list(period.parts())
    begun = [part.from_on for part in parts]
    those: list[list[Counted]] = [[] for _ in parts]
    for one in known:
        if one.people:
            those[bisect_right(begun, london_date(one.release.publishes_at)) - 1].append(one)
    return tuple(_part(part.words, of_part) for part, of_part in zip(parts, those, strict=True))


def _part(words: str, those: Sequence[Counted]) -> PartFigures:
    number = len(those)
    listed = sum(len(one.people) for one in those)
    opened = sum(len(one.people.keys() & one.first_visits.keys()) for one in those)
    means = (round(listed / number, 2), round(opened / number, 2)) if number else (None, None)
    return PartFigures(words, number, *means)
