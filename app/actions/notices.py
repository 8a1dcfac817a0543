"""Sending what we owe people. Never on the path of a decision: whether mail works changes nothing else."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from app.actions.delivering import message_id_of
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import notice_checks, notices
from app.records.notices import NoticeRow
from app.rules.deliveries import STALE, Doubt
from app.rules.errors import Broken
from app.rules.mailanswers import Became, Bounce, NoAnswer, NotTaken, ask_again_at

logger = logging.getLogger("pra.notices")

# Longer than a batch can take when the mail server answers each notice at the last moment.
HELD_FOR = timedelta(minutes=10)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 30  # a little over a day


def send_due(tools: Tools, limit: int = 20) -> int:
    """Send what is due, the longest waiting first.

    A notice is taken, sent outside any transaction, and then marked. Whoever dies in between leaves it to be taken
    again later: a notice goes at least once, and a second copy has the same Message-ID. Where the mail system can be
    asked, it is asked first whether it has the notice already; where it cannot, the doubt stands on record.

    Args:
        limit: How many at most; also how many could go twice after a crash.

    Returns:
        How many were sent.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        if not notices.any_due(connection, at):
            return 0
    with tools.transaction() as tx:
        taken = notices.take_due(tx.connection, at, limit=limit, until=at + HELD_FOR)
        if taken:
            tx.append(Entry(EntryKind.NOTICES_TAKEN, at, said={"notice_ids": [notice.notice_id for notice in taken]}))
    sent = 0
    for place, notice in enumerate(taken):
        try:
            sent += _send_one(tools, notice)
        except OSError as error:
            # The mail system is at fault, so the others would only wait for it too, and whoever waits for us with them.
            for untried in taken[place:]:
                _fail(tools, untried, _code_of(error), unanswered=untried is notice and isinstance(error, NoAnswer))
            break
    return sent


def pause_after(tries: int) -> timedelta:
    """Say how long to wait after so many failed tries: twice as long each time, at most an hour."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)


def _send_one(tools: Tools, notice: NoticeRow) -> bool:
    # A batch can take minutes, so each notice is marked with its own instant.
    if _is_stale(tools, notice, tools.clock.now()):
        _give_up(tools, notice, STALE)
        return False
    try:
        body = _body(tools, notice)
    except Broken as error:
        # It can never be sent; the others must not wait for it.
        logger.error("the secret of notice %s cannot be unwrapped: %s", notice.notice_id, error.code.value)
        _give_up(tools, notice, error.code.value)
        return False
    message_id = message_id_of(tools, notice.reference)
    if notice.tries > 1 and _went_before(tools, notice, message_id):
        return True
    try:
        handed_id = tools.mail.send(to=notice.email, subject=notice.subject, body=body, message_id=message_id)
    except NotTaken as refused:
        code = refused.code or type(refused).__name__
        if refused.again:
            _fail(tools, notice, code)
        else:
            _give_up(tools, notice, code, bounce=refused.bounce)
        return False
    except ValueError as error:
        # This notice is at fault. By its kind alone: a mail server's words may quote the notice or the address.
        _fail(tools, notice, type(error).__name__)
        return False
    # A mail system that can be asked will tell of two; of another nobody will ever know.
    _succeed(tools, notice, handed_id or "", Doubt.NONE if tools.mail_tracker else notice.doubt)
    return True


def _went_before(tools: Tools, notice: NoticeRow, message_id: str) -> bool:
    """Ask the mail system, where it can be asked, whether an earlier try has sent it; what came back went in vain.

    Raises:
        OSError: It does not say; then nothing is sent.
    """
    if tools.mail_tracker is None:
        return False
    found = tools.mail_tracker.find(message_id)
    if found is None or found.became not in (Became.UNDER_WAY, Became.DELIVERED):
        return False
    _succeed(tools, notice, found.handed_id, Doubt.TWICE if found.copies > 1 else Doubt.NONE)
    return True


def _code_of(error: OSError) -> str:
    code: str = getattr(error, "code", "")
    return code or type(error).__name__


def _is_stale(tools: Tools, notice: NoticeRow, at: datetime) -> bool:
    return notice.secret is not None and at >= notice.queued_at + timedelta(minutes=tools.policy.code_minutes)


def _body(tools: Tools, notice: NoticeRow) -> str:
    if notice.secret is None:
        return notice.body
    secret: bytes = tools.keys.unwrap(notice.secret, notice.reason_key)
    return notice.body.replace("{secret}", secret.decode())


def _succeed(tools: Tools, notice: NoticeRow, handed_id: str, doubt: Doubt) -> None:
    at = tools.clock.now()
    with tools.transaction() as tx:
        marked = notices.mark_sent(tx.connection, notice.notice_id, at, handed_id=handed_id, doubt=doubt)
        ask_at = ask_again_at(at, 0, at)
        if marked and tools.mail_tracker is not None and ask_at is not None:
            notice_checks.ask_from(tx.connection, notice.notice_id, ask_at)
        said = {"doubt": doubt.value} if doubt is not Doubt.NONE else {}
        tx.append(_entry(EntryKind.NOTICE_SENT, Outcome.DONE, notice, at, **said))


def _fail(tools: Tools, notice: NoticeRow, error: str, *, unanswered: bool = False) -> None:
    at = tools.clock.now()
    if notice.tries >= MOST_TRIES:
        _give_up(tools, notice, error)
        return
    with tools.transaction() as tx:
        again_at = at + pause_after(notice.tries)
        notices.mark_failed(tx.connection, notice.notice_id, error, again_at=again_at, unanswered=unanswered)
        tx.append(_entry(EntryKind.NOTICE_FAILED, Outcome.ABORTED, notice, at, error=error))


def _give_up(tools: Tools, notice: NoticeRow, error: str, *, bounce: Bounce | None = None) -> None:
    at = tools.clock.now()
    with tools.transaction() as tx:
        notices.give_up(tx.connection, notice.notice_id, error, at, bounce=bounce)
        said = {"error": error} if bounce is None else {"error": error, "bounce": bounce.value}
        tx.append(_entry(EntryKind.NOTICE_FAILED, Outcome.STOPPED, notice, at, **said))


def _entry(kind: EntryKind, outcome: Outcome, notice: NoticeRow, at: datetime, **more: str) -> Entry:
    said = {"notice_id": notice.notice_id, "kind": notice.kind, "tries": notice.tries, **more}
    return Entry(kind, at, outcome, person_id=notice.person_id, said=said)
