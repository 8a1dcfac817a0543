"""The account of an incident, minute by minute, from the log: UK time, posts rather than names.

An entry is described from what it says for all to read. What it keeps sealed stays out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.rules.accountvalues import as_list, code_of, instant_of
from app.rules.facts import london_text
from app.rules.reasons import instant_text, utc
from app.rules.textletters import OF_TEXTS

# The kinds of entry that belong in an account, in the words of one; the audit room writes them, here they are text.
SENTENCES: dict[str, str] = {
    "release_registered": "The release was registered",
    "release_changed": "The release was changed",
    "release_moved": "The release was moved",
    "move_refused": "A move of the release was refused",
    "list_approved": "The eligibility list was approved",
    "list_changed": "The eligibility list was changed",
    "grant_paused": "A grant was paused",
    "grant_resumed": "A grant was resumed",
    "confirmation_answered": "A receiving organisation answered for its people",
    "deputy_decided": "A request for a deputy was decided or withdrawn",
    "public_list_published": "The list of posts was published",
    "declaration_signed": "A declaration was signed",
    "declaration_withdrawn": "A declaration was withdrawn",
    "document_sealed": "A document was sealed",
    "malware_found": "The malware scanner found something in a document, which was refused",
    "document_scanned": "A document was scanned for malware again",
    "document_fixed": "A document was fixed as final form",
    "document_recalled": "A document was recalled",
    "recall_begun": "A recall was begun, and statements were asked for",
    "statement_given": "A statement was made about the recall",
    "statement_reminded": "A missing statement was asked for again",
    "statement_decided": "It was decided on a missing or contradicted statement",
    "recall_closed": "The recall was closed",
    "access_decided": "Access was asked for",
    "copy_started": "A copy began to be sent",
    "copy_outcome": "The sending of a copy ended",
    "passphrase_revealed": "A passphrase was shown",
    "copy_diagnosed": "Somebody asked why a copy does not open",
    "ready_letter_scheduled": "A letter that the documents are ready was set to go",
    "ready_letter_sent": "The letter that the documents are ready was sent",
    "ready_letter_refused": "The letter that the documents are ready was refused",
    "reveal_refused": "A passphrase was asked for and refused",
    "copy_traced": "A stray copy was traced",
    "page_confirmed": "The page was confirmed as scheduled",
    "page_confirmation_ended": "The confirmation that the page was scheduled fell",
    "readiness_told": "Those who answer for the release were told what was missing",
    "overdue_told": "Those listed were told that the embargo still holds",
    "alarm_raised": "An alarm was raised",
    "alarm_called": "People were called by the alarm",
    "alarm_acknowledged": "Somebody took the alarm in hand",
    "alarm_ended": "The alarm ended",
    **OF_TEXTS,
    "contingency_released": "The final documents were released on this service's own public page",
    "contingency_site_back": "The watch saw the release on the producer's own site again",
    "contingency_withdrawn": "The documents were withdrawn from this service's own public page",
    "unwatched_told": "The lead official was warned that nothing watches the public page",
    "verdict_changed": "The watch looked at the public page",
    "networks_changed": "An opening was used from another network than before",
    "networks_answered": "Somebody said whether the networks an opening was used from are theirs",
    "fact_found_wrong": "Something that had been taken for a fact was found wrong",
    "wrong_fact_withdrawn": "What had been found wrong was found right after all",
    "incident_opened": "An incident was opened",
    "incident_changed": "An incident was changed",
    "head_of_profession_told": "The head of profession was told",
    "report_signed_off": "A report was signed off",
    "report_submitted": "A report was put on record as submitted",
}
# What was done to the release, where the entry says it.
_MOVED = {
    "announce": "The release was announced",
    "sign_off": "The release was signed off",
    "reopen": "The release was taken back to be changed",
    "reschedule": "The release was given another time",
    "postpone": "The release was postponed",
    "cancel": "The release was cancelled",
    "declare_published": "The release was declared published",
}
_OUTCOMES = {
    "permitted": "permitted",
    "refused": "refused",
    "completed": "complete",
    "aborted": "broken off",
    "stopped": "stopped by the service",
    "unknown": "end not known",
}
LINES_LIMIT = 500


@dataclass(frozen=True, slots=True)
class LoggedFact:
    """One entry of the log, as an account needs it.

    Attributes:
        at: Aware, UTC.
        kind, outcome: As the log has them.
        who: Whom it is about, e.g. ``the post of Adviser, Cabinet Office``, or empty; never a name.
        said: What the entry says for all to read.
        by: The role of whoever did it, e.g. ``the head of profession``, or empty; never a name.
    """

    entry_id: str
    at: datetime
    kind: str
    outcome: str
    who: str
    said: dict[str, Any]
    by: str = ""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One line of the account, with the entry that bears it out."""

    at: datetime
    text: str
    entry_id: str

    def as_record(self) -> dict[str, str]:
        """Give the line as JSON-ready members, the instant both in UTC and in UK time."""
        return {
            "at": instant_text(self.at),
            "uk_time": london_text(self.at),
            "text": self.text,
            "entry_id": self.entry_id,
        }


def account(entries: Sequence[LoggedFact]) -> tuple[tuple[AccountLine, ...], int]:
    """Tell what happened, oldest first, from the entries that belong in an account.

    Args:
        entries: In any order; those of other kinds are passed over.

    Returns:
        The lines, and how many more there would be beyond the first 500.
    """
    told = sorted((e for e in entries if e.kind in SENTENCES), key=lambda e: utc(e.at))
    lines = tuple(AccountLine(utc(e.at), _sentence(e), e.entry_id) for e in told[:LINES_LIMIT])
    return lines, max(0, len(told) - LINES_LIMIT)


def _sentence(entry: LoggedFact) -> str:
    moved = _MOVED.get(str(entry.said.get("move"))) if entry.kind == "release_moved" else None
    parts = [moved or SENTENCES[entry.kind]]
    if entry.by:
        parts.append(f"by {entry.by}")
    if entry.who:
        parts.append(f"by or for {entry.who}")
    if entry.outcome in _OUTCOMES:
        parts.append(_OUTCOMES[entry.outcome])
    return ", ".join(parts + _particulars(entry.said)) + "."


def _particulars(said: dict[str, Any]) -> list[str]:
    told = []
    for name, words in (
        ("did", "stating: {}"),
        ("state", "now {}"),
        ("to_state", "now {}"),
        ("text_kind", "a {}"),
        ("number", "number {}"),
        ("verdict", "which it finds {}"),
        ("rung", "addressed to: {}"),
        ("ended_because", "since: {}"),
        ("people", "{} in number"),
        ("minute", "{} minutes after the time set"),
        ("because", "since the release was {}"),
    ):
        if isinstance(said.get(name), str | int) and not isinstance(said[name], bool):
            told.append(words.format(str(said[name]).replace("_", " ")))
    # While a release is postponed or cancelled, the time that was set for it stands no more.
    moved = "from_publishes_at" if said.get("to_state") in ("postponed", "cancelled") else "to_publishes_at"
    for name, words in (
        (moved, "had been set for {}" if moved == "from_publishes_at" else "set for {}"),
        ("scheduled_for", "for {}"),
        ("published_at", "public at {}"),
        ("opens_at", "window opens {}"),
        ("to_opens_at", "window opens {}"),
        ("window_opened_at", "window opened {}"),
    ):
        at = instant_of(said.get(name))
        if at is not None:
            told.append(words.format(london_text(at)))
    if isinstance(said.get("sent_bytes"), int):
        told.append(f"{said['sent_bytes']} bytes sent")
    if said.get("missing"):
        told.append(f"missing: {', '.join(map(code_of, as_list(said['missing'])))}")
    codes = [code for code in map(code_of, as_list(said.get("reasons")) + as_list(said.get("stopped_by"))) if code]
    return [*told, *([f"because: {', '.join(codes)}"] if codes else [])]
