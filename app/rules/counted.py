"""What statistics are counted from: one release with its list, who opened, who had signed, and what was owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.rules.facts import Grant, Release, ReleaseState
from app.rules.limits import opens_at_for
from app.rules.periods import Period
from app.rules.reasons import utc

_GONE = (ReleaseState.CANCELLED, ReleaseState.POSTPONED)
Terms = tuple[str, str, timedelta | None]


@dataclass(frozen=True, slots=True)
class Visit:
    """One opening. Instants aware, UTC; ``window_opened_at`` as the rule counted it then."""

    person_id: str
    opened_at: datetime
    window_opened_at: datetime


@dataclass(frozen=True, slots=True)
class Signed:
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


@dataclass(frozen=True, slots=True)
class Counted:
    """One release.

    Attributes:
        grants: Of the list in force; the newest, once it is published.
        signed: Declarations that cover the release, by person id.
        duties: What its grants obliged the producer to, and whether that was done.
        delay_ms: From the time set until the watch saw it public; None where the watch did not.
        destroyed: Its records are, so that nothing but its title and its times is known.
    """

    release: Release
    grants: Sequence[Grant] = ()
    visits: Sequence[Visit] = ()
    signed: Mapping[str, Sequence[Signed]] = field(default_factory=dict)
    answers: Sequence[Answered] = ()
    duties: Sequence[tuple[str, bool]] = ()
    delay_ms: int | None = None
    destroyed: bool = False

    @property
    def ends_at(self) -> datetime:
        """Give when access ended: with publication, or at the time set while that is not on record. Aware, UTC."""
        return utc(self.release.published_at or self.release.publishes_at)

    def people(self) -> dict[str, list[Grant]]:
        """Give each person on the list with their grants; lines on which nobody is named are left out."""
        found: dict[str, list[Grant]] = {}
        for grant in self.grants:
            if grant.person_id is not None:
                found.setdefault(grant.person_id, []).append(grant)
        return found

    def first_visits(self) -> dict[str, datetime]:
        """Give when each person first opened something."""
        found: dict[str, datetime] = {}
        for one in self.visits:
            found[one.person_id] = min(one.opened_at, found.get(one.person_id, one.opened_at))
        return found

    def windows(self) -> dict[str, datetime]:
        """Give when the window of each person on the list opens, by the time set now; the earliest of several."""
        known: dict[Terms, datetime | None] = {}
        found: dict[str, datetime] = {}
        for person_id, grants in self.people().items():
            opened = [opens for one in grants if (opens := _opens(self.release, one, known)) is not None]
            if opened:
                found[person_id] = min(opened)
        return found


def _opens(release: Release, grant: Grant, known: dict[Terms, datetime | None]) -> datetime | None:
    # Most people on a list are there on the same terms, and a window is counted once for each of those.
    if grant.exceptional is not None:
        return opens_at_for(release, grant)
    terms = (grant.grant_class.value, grant.ground_letter, grant.asked)
    if terms not in known:
        known[terms] = opens_at_for(release, grant)
    return known[terms]


def counts(release: Release, period: Period, at: datetime) -> bool:
    """Say whether statistics of a period count a release: a real one, still to be published or so, its time passed.

    Args:
        release: The release.
        period: By the London day of the time set.
        at: Now. Aware, UTC.
    """
    passed = utc(release.publishes_at) <= utc(at)
    return passed and not release.rehearsal and release.state not in _GONE and period.holds(release.publishes_at)
