"""What an incident says of openings that do not stand when the rule is asked again. No names; identifiers in the facts.

Nothing that was said is taken out again: what no longer stands is told as such, and since when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.rules.facts import Release, london_text
from app.rules.incidents import IncidentDraft, IncidentKind, counted
from app.rules.reasons import instant_text
from app.rules.reviewcauses import MOVES, Because
from app.rules.reviews import Finding, Held

_POSTS_IN_SUMMARY = 10
_KINDS: dict[Finding, IncidentKind] = {
    Finding.WINDOW: IncidentKind.ACCESS_BEFORE_WINDOW,
    Finding.LIST: IncidentKind.NOT_ON_LIST,
    Finding.POST: IncidentKind.POST_NOT_HELD,
    Finding.DECLARATION: IncidentKind.DECLARATION_NOT_VALID,
    Finding.CLOCK: IncidentKind.CLOCK_WRONG,
    Finding.TRAINING: IncidentKind.OTHER,
}
_WHAT: dict[Finding, str] = {
    Finding.WINDOW: "came before the window",
    Finding.LIST: "had no access on the list to rest on",
    Finding.POST: "had no holder of the post behind them",
    Finding.DECLARATION: "had no declaration to rest on that counts",
    Finding.TRAINING: "had nobody behind them with the training that the producer asks for",
    Finding.CLOCK: "happened while the clock could not be trusted: nobody can say whether the window had opened",
}


def record_of(held: Held, because: Because, evidence: tuple[str, int | None] | None) -> dict[str, Any]:
    """Give what an incident says of one opening, as JSON-ready members.

    Args:
        held: What is held against it.
        because: By which change that became known.
        evidence: The entry that permitted it, and its index, where there is one.
    """
    before = int((held.opens_at - held.truly_at) / timedelta(seconds=1)) if held.opens_at is not None else None
    then = held.opening.window_opened_at
    by_the_clock = held.opening.opened_at
    return {
        **held.opening.as_record(),
        "opened_at": instant_text(held.truly_at),
        **({"opened_by_the_clock_at": instant_text(by_the_clock)} if by_the_clock != held.truly_at else {}),
        "window_opened_at": instant_text(then) if then else None,
        "window_opens_at_now": instant_text(held.opens_at) if held.opens_at else None,
        "seconds_before_window": before if before is not None and before > 0 else None,
        "why": [{"code": one.code.value, "source": one.source} for one in held.reasons],
        "right_when_made": held.right_then,
        "known_at": instant_text(because.at),
        "evidence": None if evidence is None else {"entry_id": evidence[0], "index": evidence[1]},
    }


def drafted(
    release: Release, finding: Finding, records: Sequence[dict[str, Any]], because: Because, *, key: str, at: datetime
) -> IncidentDraft:
    """Draft an incident for openings of one release against which the same sort of thing is held.

    Args:
        release: As it stands.
        finding: The sort.
        records: What ``record_of`` gave of each.
        because: By which change it became known.
        key: The incident's own; one for one cause.
        at: When the rule was asked again. Aware, UTC.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 8
    """
    moved = finding is Finding.WINDOW and because.kind in MOVES
    facts = {
        "finding": finding.value,
        "found_at": instant_text(at),
        "publishes_at": instant_text(release.publishes_at),
        "because": [because.as_record()],
        "done_by": list(because.done_by),
        "openings": list(records),
    }
    return IncidentDraft(
        kind=IncidentKind.ACCESS_MADE_OVER_LONG if moved else _KINDS[finding],
        near_miss=False,
        rule_key=key,
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=min(datetime.fromisoformat(one["opened_at"]) for one in records),
        summary=summary_of(release, finding, facts),
        facts=facts,
    )


def completed(
    facts: Mapping[str, Any], records: Sequence[dict[str, Any]], ended: frozenset[str], because: Because
) -> dict[str, Any]:
    """Give the facts of an incident with what is held against openings now, and what no longer is.

    Args:
        facts: As they are on record.
        records: Of openings that are added, or of which something else is said than before.
        ended: Ids of openings that stand now.
        because: By which change that became known.
    """
    changed = {one["opening_id"]: one for one in records}
    openings = []
    for one in facts.get("openings", []):
        now = _again(one, changed.pop(one["opening_id"], one))
        openings.append(_ended(now, because) if one["opening_id"] in ended else now)
    causes = [one for one in facts.get("because", []) if one != because.as_record()]
    done_by = sorted({*facts.get("done_by", []), *because.done_by})
    causes = [*causes, because.as_record()]
    return {**facts, "openings": [*openings, *changed.values()], "because": causes, "done_by": done_by}


def summary_of(release: Release, finding: Finding, facts: dict[str, Any]) -> str:
    """Say in whole sentences what is held against the openings of one incident, when it became known, and what is not.

    Args:
        release: As it stands.
        finding: The sort.
        facts: The incident's own.
    """
    stand = [one for one in facts["openings"] if "no_longer_stands_since" not in one]
    over = [one for one in facts["openings"] if "no_longer_stands_since" in one]
    last = facts["because"][-1]
    known = f"It became known at {_london(last['at'])}: {last['words']}."
    said = []
    if stand:
        first = min(one["opened_at"] for one in stand)
        posts = sorted({f"{one['post_title']}, {one['organisation']}" for one in stand})
        said.append(
            f"{counted(len(stand), 'opening')} of “{release.title}” {_WHAT[finding]}, the first at {_london(first)}, "
            f"by the holders of: {_shortly(posts)}."
        )
        said.append(known)
        if all(one.get("right_when_made") for one in stand):
            said.append("By what was known when they were made, they were right.")
        if any("opened_by_the_clock_at" in one for one in stand):
            said.append("The clock was wrong then; the times told here are corrected.")
    if over:
        more = "more " if stand else ""
        since = _london(max(one["no_longer_stands_since"] for one in over))
        said.append(
            f"What had been found of {counted(len(over), more + 'opening')} no longer stands since {since}: "
            f"{over[-1]['no_longer_stands_because']}."
        )
    return " ".join(said)


def _again(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Keep of what stands again that it had not stood for a while."""
    since = before.get("no_longer_stands_since")
    if before is now or since is None:
        return now
    return {**now, "had_not_stood": [*before.get("had_not_stood", []), {"since": since, "until": now["known_at"]}]}


def _ended(record: dict[str, Any], because: Because) -> dict[str, Any]:
    if "no_longer_stands_since" in record:
        return record
    return {
        **record,
        "no_longer_stands_since": instant_text(because.at),
        "no_longer_stands_because": because.words,
    }


def _london(text: str) -> str:
    return london_text(datetime.fromisoformat(text))


def _shortly(posts: Sequence[str]) -> str:
    left_off = len(posts) - _POSTS_IN_SUMMARY
    return "; ".join(posts[:_POSTS_IN_SUMMARY]) + (f"; and {left_off} more" if left_off > 0 else "")
