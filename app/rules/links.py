"""Which earlier incidents one is linked to: of the same series, team or cause. Found by rule; a person corrects.

Near misses, and what was closed as no breach, are linked only by a person: a report speaks of earlier breaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.causes import Cause
from app.rules.incidents import IncidentKind, IncidentState


class LinkGround(StrEnum):
    """Why two incidents belong together, the strongest first."""

    PERSON = "person"
    SERIES = "series"
    TEAM = "team"
    CAUSE = "cause"
    PRODUCER = "producer"


GROUND_WORDS: dict[LinkGround, str] = {
    LinkGround.PERSON: "linked by a person",
    LinkGround.SERIES: "same series",
    LinkGround.TEAM: "same team",
    LinkGround.CAUSE: "same cause",
    LinkGround.PRODUCER: "same producer",
}


@dataclass(frozen=True, slots=True)
class Linkable:
    """What is compared of one incident.

    Attributes:
        occurred_at: Aware, UTC.
        series_id: Of its release, or None.
        teams: Units of the producer in which the release's lead official held a post on that day; may be empty.
    """

    incident_id: str
    number: int
    kind: IncidentKind
    near_miss: bool
    state: str
    occurred_at: datetime
    series_id: str | None = None
    teams: frozenset[str] = frozenset()
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkCorrection:
    """What a person says of one link.

    Attributes:
        linked: They belong together; or else they do not, whatever the rule finds.
        at: Aware, UTC.
        by: The person's id.
    """

    linked: bool
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Link:
    """One earlier incident, and why it is linked.

    Attributes:
        grounds: The strongest first; empty only where a person struck out what no rule finds any more.
        struck: A person says that the two do not belong together: it stands in no report.
        correction: What a person said of it last, or None.
    """

    earlier: Linkable
    grounds: tuple[LinkGround, ...]
    struck: bool = False
    correction: LinkCorrection | None = None

    @property
    def stands(self) -> bool:
        """Whether it is told of in a report."""
        return bool(self.grounds) and not self.struck

    @property
    def is_close(self) -> bool:
        """Whether more than the producer is the same."""
        return self.stands and self.grounds != (LinkGround.PRODUCER,)

    @property
    def words(self) -> str:
        """Say why it is linked, e.g. ``same series, same cause``; the producer alone where nothing else is shared."""
        told = tuple(ground for ground in self.grounds if ground != LinkGround.PRODUCER.value)
        return ", ".join(GROUND_WORDS[ground] for ground in told or self.grounds)


def came_earlier(number: int, occurred_at: datetime, *, than: tuple[int, datetime]) -> bool:
    """Say whether an incident came to light before another one and also happened before it.

    What happened later is no earlier breach, however soon it was reported.

    Args:
        number: Of the one that may be the earlier.
        occurred_at: When it happened. Aware.
        than: Number and instant of the other.
    """
    return number < than[0] and occurred_at < than[1]


def links(
    incident: Linkable, others: Sequence[Linkable], corrections: Mapping[str, LinkCorrection] | None = None
) -> tuple[Link, ...]:
    """Say which earlier incidents of one producer an incident is linked to.

    Args:
        incident: The one that is looked at.
        others: Incidents of the same producer, rehearsals left out; those that did not come earlier are passed over.
        corrections: What people said, by the id of the earlier incident.

    Returns:
        Newest first, those that a person struck out too.
    """
    said = corrections or {}
    found = []
    for other in sorted(others, key=lambda one: one.number, reverse=True):
        if not came_earlier(other.number, other.occurred_at, than=(incident.number, incident.occurred_at)):
            continue
        correction = said.get(other.incident_id)
        grounds = _grounds(incident, other, by_hand=correction is not None and correction.linked)
        if grounds or correction is not None:
            struck = correction is not None and not correction.linked
            found.append(Link(other, grounds, struck, correction))
    return tuple(found)


def close_links(
    known: Sequence[Linkable], corrections: Mapping[str, Mapping[str, LinkCorrection]]
) -> dict[str, tuple[Link, ...]]:
    """Say of every incident of one producer which earlier ones share more than the producer, as ``links`` finds them.

    Compared are only those that share something or that a person linked, not each with each.

    Args:
        known: Incidents of one producer, rehearsals left out.
        corrections: What people said: by incident, then by the earlier one.

    Returns:
        By incident, newest first; of nothing shared, nothing.
    """
    by_id = {one.incident_id: one for one in known}
    sharing: dict[object, list[Linkable]] = {}
    for one in known:
        for what in _shared(one):
            sharing.setdefault(what, []).append(one)
    found = {}
    for one in known:
        said = corrections.get(one.incident_id, {})
        near = {other.incident_id: other for what in _shared(one) for other in sharing[what]}
        near |= {earlier: by_id[earlier] for earlier in said if earlier in by_id}
        if close := tuple(link for link in links(one, [*near.values()], said) if link.is_close):
            found[one.incident_id] = close
    return found


def _shared(one: Linkable) -> list[object]:
    """Give what another incident may have as well: by each of them ``_grounds`` finds more than the producer."""
    series = [("series", one.series_id)] if one.series_id is not None else []
    return [*series, *(("team", team) for team in one.teams), *(("cause", cause) for cause in one.causes)]


def _grounds(incident: Linkable, other: Linkable, *, by_hand: bool) -> tuple[LinkGround, ...]:
    person = (LinkGround.PERSON,) if by_hand else ()
    if (other.near_miss or other.state == IncidentState.CLOSED_NO_BREACH.value) and not by_hand:
        return ()
    same = (
        (LinkGround.SERIES, incident.series_id is not None and incident.series_id == other.series_id),
        (LinkGround.TEAM, bool(incident.teams & other.teams)),
        # That two were caused by “something else” says nothing of both.
        (LinkGround.CAUSE, bool({*incident.causes} & {*other.causes} - {Cause.OTHER})),
        (LinkGround.PRODUCER, True),
    )
    return (*person, *(ground for ground, holds in same if holds))
