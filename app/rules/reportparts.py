"""What a draft report is made from, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from app.rules.account import AccountLine, LoggedFact
from app.rules.facts import Release
from app.rules.incidents import IncidentKind
from app.rules.links import Link
from app.rules.practices import Practice


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
class RecallCount:
    """One recall of the release, and what came of it so far.

    Attributes:
        begun_at, closed_at: Aware, UTC; ``closed_at`` None while it is open.
        asked, served: How many people are asked, and for how many of them a copy was begun.
        stated: How many state what, by the words for it.
        excused: For how many a missing statement has a reason.
        contradicted: How many statements and the log cannot both be right, undecided.
    """

    begun_at: datetime
    closed_at: datetime | None
    asked: int
    served: int
    stated: dict[str, int]
    excused: int
    contradicted: int


@dataclass(frozen=True, slots=True)
class CorrectiveAction:
    """Something to be done because of an incident.

    Attributes:
        long_term: It changes something for good, rather than putting this right.
        owner: Who does it: a post or a role.
        due_on: Until when, London day.
        outcome: ``done`` or ``dropped`` once ended; empty while it is open.
        added_at, ended_at, confirmed_at: Aware, UTC.
        owner_id: The person who does it, where the service knows them; they get the letters.
        letter_step: How far the letters about its day have come.
        confirmed_by: A second person, who has seen that it is done.
    """

    corrective_action_id: str
    incident_id: str
    what: str
    long_term: bool
    owner: str
    due_on: date
    added_at: datetime
    added_by: str
    outcome: Literal["", "done", "dropped"] = ""
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_how: str = ""
    owner_id: str | None = None
    letter_step: int = 0
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_how: str = ""

    @property
    def due_text(self) -> str:
        """Name it in a line: what, who and until when."""
        until = f"{self.due_on.day} {self.due_on:%B %Y}"
        return f"{self.what.rstrip('.')} ({self.owner}, by {until})"


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything a draft report is made from.

    Attributes:
        practices: As a person corrected them; None while they are as proposed.
        order: The governing Order, where a release is named.
        facts: The incident's own facts; a statement in them is not quoted.
        entries: The log's entries about this release, or this incident.
        drafted_at: Date of the report. Aware, UTC.
        causes: In words, as a person gave them.
        actions: What is to be done, as a person put it on record.
        earlier: The incidents that this one is linked to, newest first; those struck out are not told of.
        officials: Who answers for the statistics, by name; empty unless a person chose to have names.
    """

    incident_id: str
    number: int
    kind: IncidentKind
    near_miss: bool
    occurred_at: datetime
    summary: str
    facts: Mapping[str, Any]
    drafted_at: datetime
    producer_name: str = ""
    series_title: str = ""
    release: Release | None = None
    practices: tuple[Practice, ...] | None = None
    entries: Sequence[LoggedFact] = ()
    deliveries: Sequence[Delivery] = ()
    earlier: Sequence[Link] = ()
    recalls: Sequence[RecallCount] = ()
    causes: tuple[str, ...] = ()
    actions: Sequence[CorrectiveAction] = ()
    officials: tuple[str, ...] = ()


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
        drafted_at: When. Aware, UTC.
        standing: What it is worth, one sentence each, for the head of a document.
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
    drafted_at: datetime
    standing: tuple[str, ...] = ()

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
    return f"/api/v1/audit/entries/{entry_id}/receipt"
