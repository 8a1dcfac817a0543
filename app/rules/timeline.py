"""The timeline of a window: each post with its window and what its holder did, and what happened to the release.

Facts in, rows out. Posts stand for people; a name stands beside a post only where names were handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.rules import deeds
from app.rules import happenings as happened
from app.rules.deeds import Opened, Refused, Stated, opened_in, pauses_in, refused_in, stated_in
from app.rules.facts import Grant, Release
from app.rules.happenings import Happening, Noted, happenings
from app.rules.reasons import utc
from app.rules.windowspans import InForce, Plan, Span, joined, open_spans, within

# The kinds of entry that make a difference; any other changes nothing.
KINDS = frozenset({*deeds.KINDS, *happened.KINDS})


@dataclass(frozen=True, slots=True)
class TimelineFacts:
    """What a timeline is made from.

    Attributes:
        plans, versions: Oldest first.
        entries: What the log has about the release; those of ``KINDS``, or of all.
        became: What the records say of each opening's copy, by its id; where they are gone the log's word counts.
        kept_out: When somebody was suspended by the producer, by person id.
        names: Of people, by person id; empty where posts alone are told.
        at: Now. Aware, UTC.
    """

    release: Release
    at: datetime
    plans: Sequence[Plan] = ()
    versions: Sequence[InForce] = ()
    entries: Sequence[Noted] = ()
    became: Mapping[str, str] = field(default_factory=dict)
    kept_out: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One person, as the posts they are listed by; or everybody who is on no list, together.

    Attributes:
        number: Counted from 1; 0 for those on no list.
        listed: They are on the list in force now.
        spans: When their window was open, by the Order and the list.
        shut: When, within that, their grant was paused or they were suspended.
    """

    number: int
    post: str
    name: str = ""
    listed: bool = True
    spans: tuple[Span, ...] = ()
    shut: tuple[Span, ...] = ()
    opened: tuple[Opened, ...] = ()
    refused: tuple[Refused, ...] = ()
    stated: tuple[Stated, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows in the order of the list, those on no list apart, and what happened to the release, oldest first."""

    release: Release
    at: datetime
    rows: tuple[Row, ...]
    others: Row | None
    happened: tuple[Happening, ...]

    @property
    def opens_at(self) -> datetime | None:
        """Give when the first window opened; None where none has."""
        return min((row.spans[0].from_at for row in self.rows if row.spans), default=None)

    @property
    def every_row(self) -> tuple[Row, ...]:
        """Give all rows, those on no list last."""
        return (*self.rows, *([self.others] if self.others else []))


def timeline(facts: TimelineFacts) -> Timeline:
    """Lay the facts of a window out in rows.

    Whoever was on any version of the list that was in force has a row; those of the newest come first, in its order.
    """
    entries = sorted(facts.entries, key=lambda one: utc(one.at))
    by_person: dict[str | None, list[Noted]] = {}
    for one in entries:
        by_person.setdefault(one.person_id, []).append(one)
    listed = _listed(facts.versions)
    current = {one.person_id for one in facts.versions[-1].grants} if facts.versions else set()
    rows = [
        _row(facts, number, person_id, posts, by_person.get(person_id, ()), listed=person_id in current)
        for number, (person_id, posts) in enumerate(listed, 1)
    ]
    known = {person_id for person_id, _ in listed}
    elsewhere = [one for one in entries if one.person_id not in known]
    return Timeline(facts.release, utc(facts.at), tuple(rows), _others(elsewhere, facts), happenings(entries))


def _listed(versions: Sequence[InForce]) -> list[tuple[str | None, list[str]]]:
    """Give each person with their posts; a line on which nobody is named stands by itself."""
    found: dict[str, tuple[str | None, list[str]]] = {}
    for version in reversed(versions):
        earlier = set(found)
        for grant in version.grants:
            key = grant.person_id or f"{grant.organisation}/{grant.post_title}/{grant.seat}"
            if key not in earlier:
                posts = found.setdefault(key, (grant.person_id, []))[1]
                posts.extend([post] if (post := _post(grant)) not in posts else [])
    return list(found.values())


def _post(grant: Grant) -> str:
    return f"{grant.post_title}, {grant.organisation}"


def _row(
    facts: TimelineFacts,
    number: int,
    person_id: str | None,
    posts: list[str],
    entries: Iterable[Noted],
    *,
    listed: bool,
) -> Row:
    spans = open_spans(facts.release, facts.plans, facts.versions, person_id, facts.at) if person_id else ()
    theirs = list(entries) if person_id else []
    newest = facts.versions[-1] if facts.versions else None
    shut = [
        *(pauses_in(theirs, newest, person_id, facts.at) if person_id else ()),
        *facts.kept_out.get(person_id or "", ()),
    ]
    return Row(
        number=number,
        post="; ".join(posts),
        name=facts.names.get(person_id or "", ""),
        listed=listed,
        spans=spans,
        shut=within(joined(shut), spans),
        opened=opened_in(theirs, facts.became),
        refused=refused_in(theirs),
        stated=stated_in(theirs),
    )


def _others(entries: list[Noted], facts: TimelineFacts) -> Row | None:
    opened, refused, stated = opened_in(entries, facts.became), refused_in(entries), stated_in(entries)
    if not (opened or refused or stated):
        return None
    # After records are destroyed the log alone speaks, and it does not say who was on a list.
    who = "Anybody who is on no list" if facts.versions else "Everybody: no list is on record"
    return Row(0, who, listed=False, opened=opened, refused=refused, stated=stated)
