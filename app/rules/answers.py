"""The answers of a draft report, from facts. What no machine can know is left to a person, in square brackets.

Posts stand where names might. What a reporter wrote stays on file: it may name people, so a person puts it into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.rules.account import AccountLine
from app.rules.engaged import practices_engaged
from app.rules.facts import london_date, london_text
from app.rules.incidents import KIND_WORDS, IncidentKind, counted
from app.rules.openinglines import against, outside, reviewed
from app.rules.remedies import remedies
from app.rules.reportparts import CorrectiveAction, Delivery, RecallCount, ReportFacts, receipt_address
from app.rules.waiting import to_complete, to_confirm

_ACCESS_KINDS = (IncidentKind.ACCESS_BEFORE_WINDOW, IncidentKind.ACCESS_MADE_OVER_LONG)


def title(facts: ReportFacts) -> tuple[str, ...]:
    """Name the output, its link and its series."""
    if facts.release is None:
        return (to_complete("statistical output and link"),)
    series = (f"Series: {facts.series_title}",) if facts.series_title else ()
    return (facts.release.title, facts.release.public_url or to_complete("link"), *series)


def producer(facts: ReportFacts) -> tuple[str, ...]:
    """Name the producer organisation."""
    return (facts.producer_name or to_complete("producer"),)


def practices(facts: ReportFacts) -> tuple[str, ...]:
    """Cite the practices engaged: as a person corrected them, or as proposed."""
    proposed = practices_engaged(facts.kind, facts.occurred_at, facts.release)
    engaged = proposed if facts.practices is None else facts.practices
    if not engaged:
        return (to_complete("the practices engaged, if any; none is proposed from the facts"),)
    cited = tuple(practice.cited for practice in engaged)
    return cited if facts.practices is not None else tuple(to_confirm(one) for one in cited)


def occurrence(facts: ReportFacts) -> tuple[str, ...]:
    """Say when it occurred, in UK time."""
    return (london_text(facts.occurred_at),)


def nature(facts: ReportFacts) -> tuple[str, ...]:
    """Say what happened, and which openings came before their window."""
    first = f"Incident {facts.number}: {KIND_WORDS[facts.kind]}. {facts.summary}"
    stated = (to_complete(f"what the reporter stated, on file with incident {facts.number}, without names"),)
    openings = facts.facts.get("openings", [])
    lines = map(outside, openings) if facts.kind in _ACCESS_KINDS else map(against, reviewed(openings))
    return (first, *(stated if "statement" in facts.facts else ()), *lines)


def told(lines: Sequence[AccountLine], left_off: int) -> tuple[str, ...]:
    """Tell the account from the log, one paragraph for each entry."""
    if not lines:
        return ("The log holds no entry about this that belongs in an account.",)
    more = (f"The log holds {left_off} more entries about this release.",) if left_off else ()
    each = (f"{london_text(line.at)}: {line.text} [{line.entry_id}]" for line in lines)
    return ("From the log, in UK time:", *each, *more)


def reasons(facts: ReportFacts) -> tuple[str, ...]:
    """Say why it happened, as far as the facts show and a person put on record."""
    causes = (f"Put on record as its causes: {'; '.join(facts.causes)}.",) if facts.causes else ()
    known = tuple(
        f"It became known at {london_text(datetime.fromisoformat(one['at']))}: {one['words']}."
        for one in facts.facts.get("because", [])
    )
    causes = (*causes, *known)
    moved = facts.facts.get("moved_at")
    if moved is None:
        return (*causes, to_complete("reasons for the breach"))
    when = london_text(datetime.fromisoformat(moved))
    changed = f"The publication time was changed after access had begun: {when}."
    return (*causes, changed, to_complete("why it was changed then"))


def shown(facts: ReportFacts) -> tuple[str, ...]:
    """Say what the log shows: who opened what, how many bytes were sent, which passphrases were shown."""
    if not facts.deliveries:
        return ("The log shows no opening: nothing of the documents left the service.",)
    posts = len({one.post for one in facts.deliveries})
    sent = sum(one.sent_bytes for one in facts.deliveries)
    who = f"{counted(len(facts.deliveries), 'opening')} by {counted(posts, 'post')}"
    total = f"The log shows {who}; {sent} bytes were sent."
    return (total, *map(_delivered, facts.deliveries))


def recalled(facts: ReportFacts) -> tuple[str, ...]:
    """Say what was recalled, when, and how many people have stated what; nothing where nothing was."""
    return tuple(map(_recalled, facts.recalls))


def _recalled(one: RecallCount) -> str:
    stated = sum(one.stated.values())
    what = "; ".join(f"{words}: {number}" for words, number in one.stated.items())
    parts = [
        f"Recalled {london_text(one.begun_at)}: {counted(one.asked, 'person')} asked"
        if one.asked == 1
        else f"Recalled {london_text(one.begun_at)}: {one.asked} people asked",
        f"of whom {one.served} had been sent a copy",
        counted(stated, "statement") + (f" ({what})" if what else ""),
    ]
    if one.excused:
        parts.append(f"{one.excused} missing with a reason")
    if one.contradicted:
        parts.append(f"{one.contradicted} not yet reconciled with the log")
    ended = f"Closed {london_text(one.closed_at)}." if one.closed_at else "Not closed yet."
    return f"{', '.join(parts)}. {ended}"


def _delivered(one: Delivery) -> str:
    passphrase = f"passphrase shown {london_text(one.revealed_at)}" if one.revealed_at else "passphrase not shown"
    return (
        f"Opening {one.number}, {one.post}: opened {london_text(one.opened_at)}; {one.sent_bytes} bytes sent "
        f"({one.outcome}); {passphrase}."
    )


def unknown(facts: ReportFacts) -> tuple[str, ...]:
    """Say plainly what the log cannot know."""
    if not facts.deliveries:
        return ()
    return ("The log cannot know whether a delivered copy was read, kept, printed, shown or spoken of: ask each post.",)


def short_term(facts: ReportFacts) -> tuple[str, ...]:
    """Tell what a person put on record as done now; where nothing is, propose it, each for a person to confirm."""
    return _actions(facts, remedies(facts.kind, facts.release).short_term, long_term=False)


def long_term(facts: ReportFacts) -> tuple[str, ...]:
    """Tell what a person put on record as changed for good; where nothing is, propose it."""
    return _actions(facts, remedies(facts.kind, facts.release).long_term, long_term=True)


def _actions(facts: ReportFacts, proposed: Sequence[str], *, long_term: bool) -> tuple[str, ...]:
    on_record = tuple(map(_action, (one for one in facts.actions if one.long_term is long_term and _counts(one))))
    return on_record or (*map(to_confirm, proposed), to_complete("further actions, with owners and dates"))


def _counts(one: CorrectiveAction) -> bool:
    return one.outcome != "dropped"


def _action(one: CorrectiveAction) -> str:
    until = f"{one.due_on.day} {one.due_on:%B %Y}"
    ended = f" Done {day(one.ended_at)}." if one.ended_at else ""
    confirmed = " Confirmed by a second person." if one.confirmed_at else ""
    return f"{one.what.rstrip('.')}. {one.owner}, by {until}.{ended}{confirmed}"


def exhibits(lines: Sequence[AccountLine]) -> tuple[str, ...]:
    """List the entries of the account with the addresses of their receipts."""
    if not lines:
        return ("None from the log.",)
    return tuple(map(exhibit_words, _once(lines)))


def exhibit_words(entry_id: str) -> str:
    """Say where the receipt of one entry can be had."""
    return f"Entry {entry_id}, receipt at {receipt_address(entry_id)}"


def _once(lines: Sequence[AccountLine]) -> list[str]:
    return list(dict.fromkeys(line.entry_id for line in lines))


def day(at: datetime) -> str:
    """Write the London day of an instant for people."""
    on = london_date(at)
    return f"{on:%A} {on.day} {on:%B} {on.year}"
