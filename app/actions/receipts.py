"""What mail systems say became of letters: when they are asked, by themselves, or in a message that comes back."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.actions.delivering import message_id_of, note
from app.actions.tools import Tools
from app.records import deliveries, notice_checks
from app.records.notice_checks import Check
from app.rules.errors import NotSignedIn
from app.rules.mailanswers import Became, Returned, Sighting, ask_again_at

_HELD_FOR = timedelta(minutes=5)  # longer than a batch can take
_ASKING_SECONDS = 5.0
_FINAL = (Became.DELIVERED, Became.BOUNCED, Became.DELAYED, Became.FAILED)
_REFERENCE = re.compile(r"(?P<notice_id>not_[0-9a-f]{24})(?:-\d{1,4})?")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came of a message that came back.

    Attributes:
        notice_id: Which letter it is about; empty where it is none of ours, or went to another address.
        noted: It is on record now; False also where it was on record already.
    """

    returned: Returned
    notice_id: str
    noted: bool


def ask_what_became(tools: Tools, limit: int = 20) -> int:
    """Ask the mail system, where it can be asked, what became of letters: soon, then ever more seldom, for a week.

    Args:
        tools: What this is done with.
        limit: About how many letters at most.

    Returns:
        About how many something new was said.
    """
    if tools.mail_tracker is None:
        return 0
    at = tools.clock.now()
    with tools.reading() as connection:
        if not notice_checks.any_to_ask(connection, at):
            return 0
    with tools.transaction() as tx:
        checks = notice_checks.take_checks(tx.connection, at, limit=limit, until=at + _HELD_FOR)
    noted, until = 0, tools.clock.monotonic_seconds() + _ASKING_SECONDS
    for place, check in enumerate(checks):
        if tools.clock.monotonic_seconds() > until:
            _put_off(tools, checks[place:], at)  # other duties of the worker must not wait for a slow answer
            break
        try:
            found = tools.mail_tracker.find(message_id_of(tools, check.reference))
        except OSError:
            _put_off(tools, checks[place + 1 :], at + _HELD_FOR)
            break
        noted += _note_found(tools, check, found)
    return noted


def _put_off(tools: Tools, checks: Sequence[Check], ask_at: datetime) -> None:
    if checks:
        with tools.transaction() as tx:
            notice_checks.put_off(tx.connection, [one.notice_id for one in checks], ask_at)


def demand_agreed(tools: Tools, token: str) -> None:
    """Stop unless this is the token that was agreed with the mail service.

    Raises:
        NotSignedIn: It is another, or none was agreed.
    """
    agreed = tools.policy.mail_callback_token
    if not agreed or not hmac.compare_digest(agreed.encode(), token.encode()):
        raise NotSignedIn("That is not the token that was agreed with the mail service.")


def take_receipt(tools: Tools, *, reference: str | None, became: Became, code: str) -> None:
    """Take what a mail service tells by itself of a letter, once its token was demanded. Nothing is told in return.

    Args:
        tools: What this is done with.
        reference: Which letter, as it was handed over; None where the service names none.
        became: What became of it.
        code: Of the failure, or empty.
    """
    told = code if became is not Became.DELIVERED else ""
    _note_reference(tools, reference or "", None, Sighting(became, code=told))


def take_returned(tools: Tools, octets: bytes) -> tuple[TakenBack, ...]:
    """Take a message that came back, and put on record what it says of letters of ours.

    Args:
        tools: What this is done with.
        octets: The whole message as the mail system gave it.

    Returns:
        What came of it for each address it names; empty where it is no such message.
    """
    taken = []
    for one in tools.read_returned(octets):
        code = f"dsn {one.code}".strip()
        notice_id, noted = _note_reference(tools, one.reference, one.email, Sighting(one.became, code=code))
        taken.append(TakenBack(one, notice_id, noted))
    return tuple(taken)


def _note_found(tools: Tools, check: Check, found: Sighting | None) -> bool:
    at = tools.clock.now()
    over = found is not None and found.became in _FINAL
    with tools.transaction() as tx:
        notice_checks.put_check(
            tx.connection, check.notice_id, None if over else ask_again_at(check.sent_at, check.asked + 1, at)
        )
        letter = deliveries.take(tx.connection, check.notice_id)
        if found is None or letter is None or letter.reference != check.reference:
            return False
        return note(tx, letter, found, at)


def _note_reference(tools: Tools, reference: str, email: str | None, seen: Sighting) -> tuple[str, bool]:
    """Note what is said of a letter by its reference; of another address than its own nothing is taken."""
    named = _REFERENCE.fullmatch(reference)
    if named is None:
        return "", False
    at = tools.clock.now()
    with tools.reading() as connection:
        known = deliveries.find(connection, named["notice_id"])
    if known is None or known.reference != reference or (email is not None and known.email.lower() != email):
        return "", False
    with tools.transaction() as tx:
        letter = deliveries.take(tx.connection, known.notice_id)
        if letter is None or letter.reference != reference:
            return "", False
        return letter.notice_id, note(tx, letter, seen, at)
