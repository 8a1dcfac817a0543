"""A report as pages for people: every question with its answer, the exhibits numbered, what waits for a person marked.

The same for every format: a writer outside turns it into a document and decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from app.rules.answers import exhibit_words
from app.rules.facts import london_text
from app.rules.reportparts import Answer, Report
from app.rules.waiting import waits_for_a_person

_ENTRY = re.compile(r"\[(ent_[0-9a-z]+)\]")
_IN_THE_ANNEX = (
    "The entries of the log that bear out the account are listed in the annex, each with its number. Their receipts, "
    "which anyone can check with the log’s public key, are in the archive of exhibits that belongs to this report."
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph; ``waiting`` where a person still has to write or to confirm it."""

    text: str
    waiting: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the form, and the paragraphs that answer it."""

    question: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One numbered section of the form."""

    heading: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One line of the annex.

    Attributes:
        uk_time: When, in words.
        entry_id: The entry of the log that bears it out.
    """

    number: int
    uk_time: str
    text: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class Pages:
    """A report for people.

    Attributes:
        standing: What this paper is worth, one sentence a line: a draft, a version, signed off or not.
        running: The words at the head of every page.
        made_at: When it was drafted. Aware, UTC.
    """

    title: str
    standing: tuple[str, ...]
    running: str
    opening_words: str
    chapters: tuple[Chapter, ...]
    annex: tuple[Exhibit, ...]
    made_at: datetime


def pages_of(report: Report) -> Pages:
    """Set a report out as pages.

    Args:
        report: As drafted from the log, or as a person left it.
    """
    numbers = {entry_id: number for number, entry_id in enumerate(report.exhibits, 1)}
    running = f"Incident {report.number}. {report.standing[0]}" if report.standing else f"Incident {report.number}"
    return Pages(
        title=report.title,
        standing=report.standing,
        running=running,
        opening_words=report.opening_words,
        chapters=tuple(
            Chapter(one.heading, tuple(_asked(answer, numbers) for answer in one.answers)) for one in report.sections
        ),
        annex=tuple(
            Exhibit(numbers[line.entry_id], london_text(line.at), line.text, line.entry_id) for line in report.account
        ),
        made_at=report.drafted_at,
    )


def _asked(answer: Answer, numbers: dict[str, int]) -> Asked:
    listed = {exhibit_words(entry_id) for entry_id in numbers}
    texts = list(dict.fromkeys(_IN_THE_ANNEX if one in listed else one for one in answer.paragraphs))
    return Asked(answer.question, tuple(Passage(_numbered(one, numbers), waits_for_a_person(one)) for one in texts))


def _numbered(text: str, numbers: dict[str, int]) -> str:
    """Put the short number of an exhibit where the account names an entry."""
    return _ENTRY.sub(lambda m: f"[exhibit {numbers[m[1]]}]" if m[1] in numbers else m[0], text)
