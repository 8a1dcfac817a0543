"""What somebody asks of the log, what the records say to it, and where a page of the answer ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from app.audit.reading import Logged


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody asks of the log: every filter that is set must hold. The API, the page and the shell share it.

    Attributes:
        post_id, organisation_id: Entries about people while they held that post, or a post of that organisation; and
            those about the post or the organisation itself.
        series_id: Entries about its releases, and about the series itself.
        reason, source: A code of a refusal, and the clause or policy it comes from, as the entry says them.
        actor_id: Who did it: a person, a program, ``rule``, ``operator`` or ``nobody``.
        network: The keyed hash of a network, as an entry discloses it.
        from_at, until_at: First instant, and the instant before which; aware UTC.
    """

    release_id: str | None = None
    person_id: str | None = None
    post_id: str | None = None
    organisation_id: str | None = None
    document_id: str | None = None
    series_id: str | None = None
    producer_id: str | None = None
    kind: str | None = None
    outcome: str | None = None
    reason: str | None = None
    source: str | None = None
    actor_id: str | None = None
    network: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None

    def given(self) -> dict[str, str]:
        """Give the filters that are set, by name, as text."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items() if value
        }

    @classmethod
    def from_given(cls, given: Mapping[str, str]) -> Search:
        """Read what :meth:`given` gave."""
        instants = ("from_at", "until_at")
        read: dict[str, Any] = {
            name: datetime.fromisoformat(value) if name in instants else value for name, value in given.items()
        }
        return cls(**read)

    def needs_labels(self) -> bool:
        """Say whether it can be answered only where labels stand beside every entry."""
        return any(
            (self.reason, self.source, self.actor_id, self.network, self.post_id, self.organisation_id, self.series_id)
        )


@dataclass(frozen=True, slots=True)
class Tenure:
    """From when, and until before when, somebody held a post. Aware UTC; None without an end."""

    person_id: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the records say to a search.

    Attributes:
        producer_ids: Only entries of these producers; None means every entry, those of no producer too.
        post, organisation: The tenures that the search's filter of that name stands for.
        series: The releases of the series.
    """

    producer_ids: frozenset[str] | None = None
    post: tuple[Tenure, ...] = ()
    organisation: tuple[Tenure, ...] = ()
    series: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended, and how far the log reached when the first page was read.

    Attributes:
        newest: No entry that arrived later is on any page.
    """

    at: datetime | None
    arrival: int
    newest: int

    def behind(self, last: Logged) -> Place:
        """Give the place behind this entry, within the same search."""
        return replace(self, at=last.at, arrival=last.arrival)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page of the log. ``next_after`` is the place to go on from, None at the end."""

    entries: tuple[Logged, ...]
    next_after: Place | None
