"""What statistics are counted from: one release with its list, who opened, who had signed, and what was owed."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from app.rules.facts import Grant, Release, ReleaseState
from app.rules.limits import opens_at_for
from app.rules.periods import Period
from app.rules.reasons import utc

_GONE = (ReleaseState.CANCELLED, ReleaseState.POSTPONED)


class Visit(NamedTuple):
    """One opening.

    Attributes:
        opened_at: Aware, UTC.
        early_then: It was before its window as the rule counted it then.
        by_wrong: It relied on a version of the list whose approval was found wrong, in force now or not.
    """

    person_id: str
    opened_at: datetime
    early_then: bool
    by_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What a receiving organisation was asked about the list in force. ``at`` None while there is no answer."""

    confirmed: bool
    at: datetime | None


class Lines(NamedTuple):
    """The lines of a list that are on the same terms.

    Attributes:
        person_ids: Whom they name, once for each line that names somebody.
        unnamed: How many name nobody.
    """

    terms: Grant
    person_ids: Sequence[str]
    unnamed: int = 0


@dataclass(frozen=True)
class Counted:
    """One release.

    Attributes:
        lines: Of the list in force; the newest, once it is published.
        signed: Who had signed a declaration that covers the release by the time access ended.
        stood: Of these, whose had neither lapsed nor been withdrawn by then.
        duties: What its grants obliged the producer to, and whether that was done.
        found_wrong: The approval of the list in force was found wrong: it granted nothing, whoever read by it.
        delay_ms: From the time set until the watch saw it public; None where the watch did not.
        destroyed: Its records are, so that nothing but its title and its times is known.
    """

    release: Release
    lines: Sequence[Lines] = ()
    visits: Sequence[Visit] = ()
    signed: Set[str] = frozenset()
    stood: Set[str] = frozenset()
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
        return tuple((one.terms, len(one.person_ids)) for one in self.lines if one.person_ids)

    @cached_property
    def people(self) -> dict[str, list[Grant]]:
        """Give each person on the list with their terms; lines on which nobody is named are left out."""
        found: dict[str, list[Grant]] = {}
        for terms, person_ids, _ in self.lines:
            for person_id in person_ids:
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
        found: dict[str, datetime] = {}
        for terms, person_ids, _ in self.lines:
            opens = opens_at_for(self.release, terms) if person_ids else None  # once for everybody on these terms
            if opens is not None:
                for person_id in person_ids:
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
