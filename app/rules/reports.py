"""A draft report from facts, in the form of 2018 or in that of 2009. What no machine can know is left to a person.

Posts stand where names might. What a reporter wrote stays on file: it may name people, so a person puts it into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.rules.account import AccountLine, LoggedFact, account
from app.rules.breaches import KIND_WORDS, IncidentKind
from app.rules.facts import Order, Release, london_date, london_text
from app.rules.practices import CODE_2018_FROM, Practice, practices_engaged
from app.rules.reasons import instant_text, utc
from app.rules.remedies import remedies

FORM_2009 = "2009"
FORM_2018 = "2018"
# The form changed with the edition of the Code. What is asked for now is simpler still, but its fields are not
# established, so the form of 2018 serves for everything since.
FORM_2018_FROM: date = CODE_2018_FROM

_HEAD = "[to be completed by the head of profession: {}]"
_TO_CONFIRM = "Proposed, to be confirmed by the head of profession: {}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the log shows of one opening.

    Attributes:
        post: Title of the post and its organisation.
        opened_at, revealed_at: Aware, UTC; ``revealed_at`` None when the passphrase was never shown.
        sent_bytes: Bytes of the copy that left the service.
    """

    opening_id: str
    number: str
    post: str
    opened_at: datetime
    outcome: str
    sent_bytes: int
    revealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EarlierIncident:
    """An incident of the same series or the same producer, on record before this one."""

    number: int
    kind: IncidentKind
    occurred_at: datetime
    state: str
    same_series: bool


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything a draft report is made from.

    Attributes:
        practices: As a person corrected them; None while they are as proposed.
        order: The governing Order, where a release is named.
        facts: The incident's own facts; a statement in them is not quoted.
        entries: The log's entries about this release, or this incident.
        drafted_at: Date of the report. Aware, UTC.
    """

    incident_id: str
    number: int
    kind: IncidentKind
    near_miss: bool
    occurred_at: datetime
    summary: str
    facts: dict[str, Any]
    drafted_at: datetime
    producer_name: str = ""
    series_title: str = ""
    release: Release | None = None
    practices: tuple[Practice, ...] | None = None
    entries: Sequence[LoggedFact] = ()
    deliveries: Sequence[Delivery] = ()
    earlier: Sequence[EarlierIncident] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the form and its answer, as paragraphs."""

    question: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered section of the form."""

    heading: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A draft report.

    Attributes:
        account: The minute-by-minute account; each line names the entry that bears it out.
        exhibits: Ids of those entries, each once, in the order of the account.
    """

    incident_id: str
    number: int
    form: str
    title: str
    opening_words: str
    sections: tuple[Section, ...]
    account: tuple[AccountLine, ...]
    exhibits: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Give the report as JSON-ready members."""
        return {
            "incident_id": self.incident_id,
            "number": self.number,
            "form": self.form,
            "state": "draft",
            "title": self.title,
            "opening_words": self.opening_words,
            "sections": [
                {
                    "heading": section.heading,
                    "answers": [{"question": a.question, "paragraphs": list(a.paragraphs)} for a in section.answers],
                }
                for section in self.sections
            ],
            "account": [line.as_record() for line in self.account],
            "exhibits": [{"entry_id": entry_id, "receipt": receipt_address(entry_id)} for entry_id in self.exhibits],
        }


def receipt_address(entry_id: str) -> str:
    """Give the address at which the receipt of an entry, with its proof of inclusion, can be had."""
    return f"/api/v1/receipts/{entry_id}"


def form_for(occurred_at: datetime) -> str:
    """Say which form was in force when something occurred, by the London day.

    Args:
        occurred_at: Aware.
    """
    return FORM_2018 if london_date(occurred_at) >= FORM_2018_FROM else FORM_2009


def draft_report(facts: ReportFacts, form: str | None = None) -> Report:
    """Fill a form from facts.

    Args:
        facts: Everything it is made from.
        form: ``2018`` or ``2009``; None means the one in force when the incident occurred.

    Raises:
        ValueError: There is no such form.
    """
    chosen = form or form_for(facts.occurred_at)
    lines, left_off = account(facts.entries)
    if chosen == FORM_2018:
        sections, title = (
            _form_2018(facts, lines, left_off),
            "Report of a breach of the Code of Practice for Statistics",
        )
    elif chosen == FORM_2009:
        sections, title = _form_2009(facts, lines, left_off), "Breach of the Code of Practice for Official Statistics"
    else:
        raise ValueError(f"there is no form {chosen!r}")
    what = "Draft record of a near miss, in the form of: " if facts.near_miss else "Draft. "
    return Report(
        incident_id=facts.incident_id,
        number=facts.number,
        form=chosen,
        title=what + title,
        opening_words=(
            "Drafted from the log of the pre-release access service. It covers the Code of Practice and the Order on "
            "pre-release access, to which the Code applies. Everything in square brackets, and everything proposed, "
            "waits for a person; nothing is submitted by the service."
        ),
        sections=sections,
        account=lines,
        exhibits=tuple(dict.fromkeys(line.entry_id for line in lines)),
    )


def _form_2018(facts: ReportFacts, lines: Sequence[AccountLine], left_off: int) -> tuple[Section, ...]:
    return (
        Section(
            "1. Core information",
            (
                Answer("Title and link to statistical output", _title(facts)),
                Answer("Name of producer organisation", _producer(facts)),
                Answer("Name and contact details of person dealing with report", (_HEAD.format("name and contact"),)),
                Answer("Head of profession or lead official", (_HEAD.format("name"),)),
                Answer("Link to published statement about the breach", (_HEAD.format("link, or none"),)),
                Answer("Date of report", (_day(facts.drafted_at),)),
            ),
        ),
        Section(
            "2. Circumstances of breach",
            (
                Answer("Relevant principles and practices", _practices(facts)),
                Answer("Date of occurrence", _occurrence(facts)),
                Answer(
                    "Account of the breach, with roles, dates and times",
                    (*_nature(facts), *_told(lines, left_off), *_reasons(facts), *_earlier(facts)),
                ),
            ),
        ),
        Section(
            "3. Impact of the breach",
            (
                Answer("Within the producer body", _shown(facts)),
                Answer("Externally", (*_unknown(facts), _HEAD.format("reactions and impact outside"))),
            ),
        ),
        Section(
            "4. Corrective actions (taken or planned)",
            (
                Answer("Short-term actions", _proposals(remedies(facts.kind).short_term)),
                Answer("Longer-term changes", _proposals(remedies(facts.kind).long_term)),
            ),
        ),
    )


def _form_2009(facts: ReportFacts, lines: Sequence[AccountLine], left_off: int) -> tuple[Section, ...]:
    return (
        Section(
            "1. Background information",
            (
                Answer("Name of statistical output, with link", _title(facts)),
                Answer("Name of producer organisation", _producer(facts)),
                Answer(
                    "Head of profession (or lead official) submitting this report, and date of report",
                    (_HEAD.format("name and contact"), _day(facts.drafted_at)),
                ),
            ),
        ),
        Section(
            "2. Circumstances of breach",
            (
                Answer("Relevant principle or protocol, and practice", _practices(facts)),
                Answer("Date of occurrence", _occurrence(facts)),
                Answer(
                    "Nature of breach, including links with previous breaches",
                    (*_nature(facts), *_told(lines, left_off), *_earlier(facts)),
                ),
                Answer("Reasons for breach", _reasons(facts)),
            ),
        ),
        Section(
            "3. Reactions and impact",
            (
                Answer("Within the producer body", _shown(facts)),
                Answer("Outside", (*_unknown(facts), _HEAD.format("reactions and impact outside"))),
            ),
        ),
        Section(
            "4. Corrective actions",
            (
                Answer("Short-term actions", _proposals(remedies(facts.kind).short_term)),
                Answer("Long-term changes to procedures", _proposals(remedies(facts.kind).long_term)),
            ),
        ),
        Section(
            "5. Links to published statements about this breach",
            (Answer("Links", (_HEAD.format("links, or none"),)),),
        ),
        Section("6. Any other relevant supporting material", (Answer("Exhibits", _exhibits(lines)),)),
    )


def _title(facts: ReportFacts) -> tuple[str, ...]:
    if facts.release is None:
        return (_HEAD.format("statistical output and link"),)
    series = (f"Series: {facts.series_title}",) if facts.series_title else ()
    return (facts.release.title, facts.release.public_url or _HEAD.format("link"), *series)


def _producer(facts: ReportFacts) -> tuple[str, ...]:
    return (facts.producer_name or _HEAD.format("producer"),)


def _practices(facts: ReportFacts) -> tuple[str, ...]:
    order = facts.release.order if facts.release else Order.UK
    proposed = practices_engaged(facts.kind, facts.occurred_at, order)
    practices = proposed if facts.practices is None else facts.practices
    if not practices:
        return (_HEAD.format("the practices engaged, if any; none is proposed from the facts"),)
    cited = tuple(practice.cited for practice in practices)
    return cited if facts.practices is not None else tuple(_TO_CONFIRM.format(one) for one in cited)


def _occurrence(facts: ReportFacts) -> tuple[str, ...]:
    return (london_text(facts.occurred_at),)


def _nature(facts: ReportFacts) -> tuple[str, ...]:
    first = f"Incident {facts.number}: {KIND_WORDS[facts.kind]}. {facts.summary}"
    stated = (_HEAD.format(f"what the reporter stated, on file with incident {facts.number}, without names"),)
    return (first, *(stated if "statement" in facts.facts else ()), *map(_outside, _outside_openings(facts)))


def _outside_openings(facts: ReportFacts) -> list[dict[str, Any]]:
    found = facts.facts.get("openings", [])
    return [one for one in found if one.get("seconds_before_window") is not None]


def _outside(opening: dict[str, Any]) -> str:
    opened = london_text(datetime.fromisoformat(opening["opened_at"]))
    window = london_text(datetime.fromisoformat(opening["window_opens_at_now"]))
    return (
        f"Opening {opening['number']}, {opening['post_title']}, {opening['organisation']}: {opened}, "
        f"{_span(opening['seconds_before_window'])} before the window as it stands, which opens {window}."
    )


def _told(lines: Sequence[AccountLine], left_off: int) -> tuple[str, ...]:
    if not lines:
        return ("The log holds no entry about this that belongs in an account.",)
    more = (f"The log holds {left_off} more entries about this release.",) if left_off else ()
    told = (f"{london_text(line.at)}: {line.text} [{line.entry_id}]" for line in lines)
    return ("From the log, in UK time:", *told, *more)


def _reasons(facts: ReportFacts) -> tuple[str, ...]:
    moved = facts.facts.get("moved_at")
    if moved is None:
        return (_HEAD.format("reasons for the breach"),)
    return (
        f"The time set for publication was changed at {london_text(datetime.fromisoformat(moved))}, after access had begun.",
        _HEAD.format("why it was changed then"),
    )


def _earlier(facts: ReportFacts) -> tuple[str, ...]:
    if not facts.earlier:
        return ("No earlier incident of this series or this producer is on record with the service.",)
    return tuple(
        f"Earlier, {'same series' if one.same_series else 'same producer'}: incident {one.number}, "
        f"{_day(one.occurred_at)}, {KIND_WORDS[one.kind]}, {one.state.replace('_', ' ')}."
        for one in facts.earlier
    )


def _shown(facts: ReportFacts) -> tuple[str, ...]:
    if not facts.deliveries:
        return ("The log shows no opening: nothing of the documents left the service.",)
    posts = len({one.post for one in facts.deliveries})
    sent = sum(one.sent_bytes for one in facts.deliveries)
    total = (
        f"The log shows {_many(len(facts.deliveries), 'opening')} by {_many(posts, 'post')}; {sent} bytes were sent."
    )
    return (total, *map(_delivered, facts.deliveries))


def _delivered(one: Delivery) -> str:
    shown = f"passphrase shown {london_text(one.revealed_at)}" if one.revealed_at else "passphrase not shown"
    return (
        f"Opening {one.number}, {one.post}: opened {london_text(one.opened_at)}; {one.sent_bytes} bytes sent "
        f"({one.outcome}); {shown}."
    )


def _unknown(facts: ReportFacts) -> tuple[str, ...]:
    if not facts.deliveries:
        return ()
    return (
        "The log cannot know whether a copy was read once it was delivered, kept, printed, shown or spoken of. "
        "Each post above has to be asked.",
    )


def _proposals(actions: Sequence[str]) -> tuple[str, ...]:
    return (*(_TO_CONFIRM.format(one) for one in actions), _HEAD.format("further actions, with owners and dates"))


def _exhibits(lines: Sequence[AccountLine]) -> tuple[str, ...]:
    if not lines:
        return ("None from the log.",)
    return tuple(f"Entry {entry_id}, receipt at {receipt_address(entry_id)}" for entry_id in _once(lines))


def _once(lines: Sequence[AccountLine]) -> list[str]:
    return list(dict.fromkeys(line.entry_id for line in lines))


def _day(at: datetime) -> str:
    day = london_date(utc(at))
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def _span(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    told = [_many(n, word) for n, word in ((hours, "hour"), (minutes, "minute"), (left, "second")) if n]
    return " ".join(told) or "less than a second"


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
