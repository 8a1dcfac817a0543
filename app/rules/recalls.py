"""A recall: who is asked what became of their copy, what they state, and how that compares with the log.

A finding never says more than the log can bear out. The log knows what left the service and which passphrases were
shown; it does not know what anybody read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.facts import Release, london_text
from app.rules.incidents import IncidentDraft, IncidentKind, counted
from app.rules.openings_seen import OpeningSeen
from app.rules.reasons import utc
from app.rules.statements import Did, Statement

# Why an opening ended that a recall ended. After the first, there is nothing to open again.
DOCUMENT_RECALLED = "the document was recalled"
COPIES_RECALLED = "the copies were recalled"


class RecallCause(StrEnum):
    """Why something is taken back, as far as a rule needs to know."""

    DOCUMENT = "document"  # one document
    RELEASE = "release"  # everything of a release
    MOVED_AFTER_READING = "moved_after_reading"  # the copies that were read before the window as it now stands


class FindingKind(StrEnum):
    """What the comparison of a statement with the log found."""

    LOG_SAYS_OTHERWISE = "log_says_otherwise"
    KNOWN_FROM_ELSEWHERE = "known_from_elsewhere"
    FETCHED_NOT_REVEALED = "fetched_not_revealed"
    FORWARDED = "forwarded"
    STILL_HELD = "still_held"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the comparison found.

    Attributes:
        contradicts: Statement and log cannot both be right; it needs a second statement or a decision.
        entry_ids: The entries concerned.
    """

    kind: FindingKind
    words: str
    contradicts: bool = False
    entry_ids: tuple[str, ...] = ()


def compare(statement: Statement, seen: Sequence[OpeningSeen]) -> tuple[Finding, ...]:
    """Compare what somebody states with what the log shows.

    Args:
        statement: What they state.
        seen: Their openings of what was recalled.

    Returns:
        Everything found, contradictions first; empty where there is nothing to remark.

    Source:
        Producer policy: recalls
    """
    found = [*_against_the_log(statement, seen), *evidence(seen)]
    if statement.forwarded_to.strip():
        found.append(Finding(FindingKind.FORWARDED, "They state that it was passed on; an incident is on record."))
    if statement.did is Did.OPENED_AND_KEPT or statement.printed:
        what = " and ".join(
            word
            for word, is_so in (("kept", statement.did is Did.OPENED_AND_KEPT), ("printed", statement.printed))
            if is_so
        )
        found.append(Finding(FindingKind.STILL_HELD, f"A copy was {what}. See to it that it is destroyed."))
    return tuple(found)


def evidence(seen: Sequence[OpeningSeen]) -> tuple[Finding, ...]:
    """Say what the log shows by itself that a person would want to know, whatever is stated.

    Args:
        seen: The person's openings of what was recalled.
    """
    return tuple(
        Finding(
            FindingKind.FETCHED_NOT_REVEALED,
            f"Opening {one.number}: {'a whole copy' if one.whole else 'at least part of a copy'} may have arrived, and "
            "its passphrase was never shown. That copy could not have been read with a passphrase from this service. "
            "The log cannot know of any other copy.",
            entry_ids=one.entry_ids,
        )
        for one in seen
        if one.anything_sent and not one.revealed
    )


def _against_the_log(statement: Statement, seen: Sequence[OpeningSeen]) -> list[Finding]:
    if statement.did is Did.NOT_OPENED:
        against = [one for one in seen if one.whole or one.revealed]
        if not against:
            return []
        whole, revealed = sum(one.whole for one in against), sum(one.revealed for one in against)
        shows = [f"{counted(whole, 'copy') if whole == 1 else f'{whole} copies'} sent whole"] if whole else []
        shows += [f"{counted(revealed, 'passphrase')} shown"] if revealed else []
        words = f"They state that nothing was opened; the log shows {' and '.join(shows)}."
        return [Finding(FindingKind.LOG_SAYS_OTHERWISE, words, True, _entries(against))]
    sent = [one for one in seen if one.anything_sent]
    if not sent:
        words = "They state that they opened it; the log shows no copy sent to them. They may know it from elsewhere."
        return [Finding(FindingKind.KNOWN_FROM_ELSEWHERE, words, True, _entries(seen))]
    if not any(one.revealed for one in seen):
        words = (
            "They state that they opened it; the log shows a copy sent, but no passphrase shown to them. They may know "
            "it from elsewhere."
        )
        return [Finding(FindingKind.KNOWN_FROM_ELSEWHERE, words, True, _entries(sent))]
    return []


def _entries(seen: Sequence[OpeningSeen]) -> tuple[str, ...]:
    return tuple(entry_id for one in seen for entry_id in one.entry_ids)


@dataclass(frozen=True, slots=True)
class Answered:
    """How far the asking of one person has come.

    Attributes:
        post: Title and organisation, for words.
        did: What they state now; None while nothing is stated.
        contradicted: Their statement and the log cannot both be right, and nobody has decided on it.
        excused: Why nothing is waited for any more; empty while it is.
    """

    person_id: str
    post: str
    did: Did | None
    contradicted: bool
    excused: str


def closing_lacks(asked: Sequence[Answered]) -> tuple[dict[str, str], ...]:
    """Say everything for which a recall cannot be closed yet.

    Args:
        asked: Everybody who was asked.

    Returns:
        For each person concerned ``where`` (their id) and ``what``, in whole sentences; empty when it can be closed.

    Source:
        Producer policy: recalls
    """
    lacks = []
    for one in asked:
        if one.did is None and not one.excused:
            lacks.append({"where": one.person_id, "what": f"No statement from {one.post}, and no reason for that."})
        elif one.contradicted:
            lacks.append(
                {"where": one.person_id, "what": f"What {one.post} states and the log cannot both be right, undecided."}
            )
    return tuple(lacks)


def forwarded(release: Release, *, recall_id: str, person_id: str, post: str, to: str, at: datetime) -> IncidentDraft:
    """Draft an incident for what somebody states they passed on, when they were asked about a recall.

    Their words stay in the facts, out of notices, the log and the summary: they name people.

    Args:
        post: Title and organisation of whoever states it.
        to: To whom, in their own words.
        at: When they stated it. Aware.
    """
    return IncidentDraft(
        kind=IncidentKind.ONWARD_SHARING,
        near_miss=False,
        rule_key=f"forwarded:{recall_id}:{person_id}",
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(at),
        summary=(
            f"Asked about a recall, the holder of the post {post} states that something of “{release.title}” was "
            f"passed on. It was stated at {london_text(at)}; when it was passed on is to be established."
        ),
        facts={"recall_id": recall_id, "person_id": person_id, "statement": to, "reporter": f"the post {post}"},
    )
