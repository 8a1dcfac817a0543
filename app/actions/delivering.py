"""What became of one letter, put on record: whoever says so, it is written once."""

from __future__ import annotations

from datetime import datetime

from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import deliveries
from app.records.deliveries import LetterRow
from app.rules.deliveries import Doubt
from app.rules.mailanswers import Became, Bounce, Sighting

_BOUNCES = {Became.BOUNCED: Bounce.PERMANENT, Became.DELAYED: Bounce.TEMPORARY}


def message_id_of(tools: Tools, reference: str) -> str:
    """Give the Message-ID of one sending of a notice, with its angle brackets.

    Args:
        tools: What this is done with.
        reference: What that sending is known by outside.
    """
    return f"<{reference}@{tools.policy.origin.partition('/')[0]}>"


def note(tx: Transaction, letter: LetterRow, seen: Sighting, at: datetime) -> bool:
    """Put on record what became of a letter.

    Args:
        tx: The open transaction, in which the letter was taken.
        letter: As it is on record now.
        seen: What is said of it.
        at: When it is said. Aware, UTC.

    Returns:
        False when that was on record already, or says nothing that could be.
    """
    if seen.copies > 1 and letter.doubt is not Doubt.TWICE:
        deliveries.mark_doubt(tx.connection, letter.notice_id, Doubt.TWICE)
        tx.append(_entry(EntryKind.NOTICE_SENT, Outcome.DONE, letter, at, doubt=Doubt.TWICE.value))
    if seen.became is Became.DELIVERED:
        return _note_delivered(tx, letter, at)
    if seen.became in _BOUNCES:
        return _note_bounced(tx, letter, _BOUNCES[seen.became], seen.code, at)
    if seen.became is Became.FAILED and letter.track.sent_at is not None:
        deliveries.mark_lost(tx.connection, letter.notice_id, seen.code, at)
        tx.append(_entry(EntryKind.NOTICE_FAILED, Outcome.STOPPED, letter, at, error=seen.code))
        return True
    return False


def _note_delivered(tx: Transaction, letter: LetterRow, at: datetime) -> bool:
    if letter.track.delivered_at is not None:
        return False
    deliveries.mark_delivered(tx.connection, letter.notice_id, at)
    tx.append(_entry(EntryKind.NOTICE_DELIVERED, Outcome.DONE, letter, at))
    return True


def _note_bounced(tx: Transaction, letter: LetterRow, bounce: Bounce, code: str, at: datetime) -> bool:
    # What came back for good is not made milder by a mail system that still says: later.
    if letter.track.bounce in (bounce, Bounce.PERMANENT):
        return False
    deliveries.mark_bounced(tx.connection, letter.notice_id, bounce, code, at)
    tx.append(_entry(EntryKind.NOTICE_BOUNCED, Outcome.DONE, letter, at, bounce=bounce.value, code=code))
    return True


def _entry(kind: EntryKind, outcome: Outcome, letter: LetterRow, at: datetime, **more: str) -> Entry:
    said: dict[str, object] = {"notice_id": letter.notice_id, "kind": letter.kind, "tries": letter.tries, **more}
    return Entry(kind, at, outcome, person_id=letter.person_id, said=said)
