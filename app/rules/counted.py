"""What statistics are counted from: one release with its list, who opened, who had signed, and what was owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from app.rules.facts import Grant, Release, ReleaseState
from app.rules.limits import opens_at_for
from app.rules.periods import Period
from app.rules.reasons import utc

_GONE = (ReleaseState.CANCELLED, ReleaseState.POSTPONED)


class Visit(NamedTuple):
    """One opening. Instants aware, UTC; ``window_opened_at`` as the rule counted it then."""

    person_id: str
    opened_at: datetime
    window_opened_at: datetime


class Signed(NamedTuple):
    """One declaration that covers a release. Instants aware, UTC."""

    signed_at: datetime
    lapses_at: datetime
    withdrawn_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Say whether it had been signed by an instant, and had neither lapsed nor been withdrawn."""
        return self.signed_at <= at < self.lapses_at and (self.withdrawn_at is None or at < self.withdrawn_at)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a receiving organisation was asked about the list in force. ``at`` None while there is no answer."""

    confirmed: bool
    at: datetime | None


class Line(NamedTuple):
    """One line of a list: whom it names, or None, and on which terms; lines on the same terms may share them."""

    person_id: str | None
    terms: Grant


@dataclass(frozen=True)
class Counted:
    """One release.

    Attributes:
        lines: Of the list in force; the newest, once it is published.
        signed: Declarations that cover the release, by person id.
        duties: What its grants obliged the producer to, and whether that was done.
        found_wrong: The approval of the list in force was found wrong: it granted nothing, whoever read by it.
        delay_ms: From the time set until the watch saw it public; None where the watch did not.
        destroyed: Its records are, so that nothing but its title and its times is known.
    """

    release: Release
    lines: Sequence[Line] = ()
    visits: Sequence[Visit] = ()
    signed: Mapping[str, Sequence[Signed]] = field(default_factory=dict)
    answers: Sequence[Answered] = ()
    duties: Sequence[tuple[str, bool]] = ()
    found_wrong: bool = False
    delay_ms: int | None = None
    destroyed: bool = False

    @cached_property
    def ends_at(self) -> datetime:
        """Give when access ended: with publication, or at the time set while that is not on record. Aware, UTC."""
        return utc(self.release.published_at or self.release.publishes_at)

    @cached_property
    def terms(self) -> tuple[tuple[Grant, int], ...]:
        """Give the terms on which people are named, and how many lines have each."""
        named = Counter(id(line.terms) for line in self.lines if line.person_id is not None)
        known = {id(line.terms): line.terms for line in self.lines}
        return tuple((known[one], number) for one, number in named.items())

    @cached_property
    def people(self) -> dict[str, list[Grant]]:
        """Give each person on the list with their terms; lines on which nobody is named are left out."""
        found: dict[str, list[Grant]] = {}
        for person_id, terms in self.lines:
            if person_id is not None:
                found.setdefault(person_id, []).append(terms)
        return found

    @cached_property
    def first_visits(self) -> dict[str, datetime]:
        """Give when each person first opened something."""
        found: dict[str, datetime] = {}
        for one in self.visits:
            if one.person_id not in found or one.opened_at < found[one.person_id]:
                found[one.person_id] = one.opened_at
        return found

    @cached_property
    def windows(self) -> dict[str, datetime]:
        """Give when the window of each person on the list opens, by the time set now; the earliest of several."""
        # Most people are there on the same terms, and a window is counted once for each of those.
        opened = {id(terms): opens_at_for(self.release, terms) for terms, _ in self.terms}
        found: dict[str, datetime] = {}
        for person_id, terms in self.lines:
            opens = opened[id(terms)] if person_id is not None else None
            if person_id is not None and opens is not None:
                found[person_id] = min(opens, found.get(person_id, opens))
        return found


def counts(release: Release, period: Period, at: datetime) -> bool:
    """Say whether statistics of a period count a release: a real one, still to be published or so, its time passed.

    Args:
        release: The release.
        period: By the London day of the time set.
        at: Now. Aware, UTC.
    """
    passed = utc(release.publishes_at) <= utc(at)
    return passed and not release.rehearsal and release.state not in _GONE and period.holds(release.publishes_at)
