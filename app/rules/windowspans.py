"""When the window of each post was open: as plans were moved, lists replaced and the release signed off or reopened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from app.rules.facts import Grant, Release, ReleaseState
from app.rules.limits import opens_at_for
from app.rules.reasons import utc


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant up to another, which it excludes. Aware, UTC."""

    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """How a release stood from an instant on: its state, and the time set. Aware, UTC."""

    from_at: datetime
    state: ReleaseState
    publishes_at: datetime


@dataclass(frozen=True, slots=True)
class InForce:
    """A version of the list from the instant on at which it was approved, with its grants. Aware, UTC."""

    from_at: datetime
    grants: tuple[Grant, ...]


_T = TypeVar("_T", Plan, InForce)


def open_spans(
    release: Release, plans: Sequence[Plan], versions: Sequence[InForce], person_id: str, at: datetime
) -> tuple[Span, ...]:
    """Say when the rule's window was open for one person, by the list in force and the time set, each as it then was.

    Their declaration, a pause and a suspension are other conditions, and do not make it shorter. Days that a count
    leaves out are those that are known now.

    Args:
        release: As it is now.
        plans: Oldest first.
        versions: Oldest first.
        person_id: Whose.
        at: Now; a window that has not ended is told up to here. Aware, UTC.

    Returns:
        Oldest first, none touching another. The last ends with publication, not with the clock.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    end = min(utc(at), utc(release.published_at)) if release.published_at else utc(at)
    found = []
    for plan, plan_until in _with_ends(plans, end):
        if plan.state is not ReleaseState.FINAL:
            continue
        as_then = replace(release, publishes_at=plan.publishes_at)
        for version, version_until in _with_ends(versions, end):
            opened = [opens_at_for(as_then, one) for one in version.grants if one.person_id == person_id]
            opens = min((one for one in opened if one is not None), default=None)
            if opens is not None:
                from_at = max(opens, plan.from_at, version.from_at)
                found.append(Span(from_at, min(plan_until, version_until, end)))
    return joined(found)


def _with_ends(stood: Sequence[_T], end: datetime) -> list[tuple[_T, datetime]]:
    return list(zip(stood, [*(one.from_at for one in stood[1:]), end], strict=True)) if stood else []


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join spans that touch or overlap, and leave out those without length; oldest first."""
    made: list[Span] = []
    for one in sorted((one for one in spans if one.from_at < one.until_at), key=lambda one: one.from_at):
        if made and one.from_at <= made[-1].until_at:
            made[-1] = Span(made[-1].from_at, max(made[-1].until_at, one.until_at))
        else:
            made.append(one)
    return tuple(made)


def within(spans: Iterable[Span], inside: Sequence[Span]) -> tuple[Span, ...]:
    """Give the parts of spans that lie inside others; oldest first."""
    return joined(
        Span(max(one.from_at, other.from_at), min(one.until_at, other.until_at)) for one in spans for other in inside
    )
