"""Sending what we owe people. Never on the path of a decision: whether mail works changes nothing else."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import notices
from app.records.notices import NoticeRow
from app.rules.errors import Broken

logger = logging.getLogger("pra.notices")

# Longer than a batch can take when the mail server answers each notice at the last moment.
HELD_FOR = timedelta(minutes=10)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 30  # a little over a day


def send_due(tools: Tools, limit: int = 20) -> int:
    """Send what is due, the longest waiting first.

    A notice is taken, sent outside any transaction, and then marked. Whoever dies in between leaves it to be taken
    again later: a notice goes at least once, and a second copy has the same Message-ID.

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
                _fail(tools, untried, type(error).__name__)
            break
    return sent


def pause_after(tries: int) -> timedelta:
    """Say how long to wait after so many failed tries: twice as long each time, at most an hour."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)


def _send_one(tools: Tools, notice: NoticeRow) -> bool:
    # A batch can take minutes, so each notice is marked with its own instant.
    if _is_stale(tools, notice, tools.clock.now()):
        _give_up(tools, notice, "stale")
        return False
    try:
        body = _body(tools, notice)
    except Broken as error:
        # It can never be sent; the others must not wait for it.
        logger.error("the secret of notice %s cannot be unwrapped: %s", notice.notice_id, error.code.value)
        _give_up(tools, notice, error.code.value)
        return False
    try:
        tools.mail.send(
            to=notice.email, subject=notice.subject, body=body, message_id=_message_id(tools, notice.notice_id)
        )
    except ValueError as error:
        # This notice is at fault. By its kind alone: a mail server's words may quote the notice or the address.
        _fail(tools, notice, type(error).__name__)
        return False
    _succeed(tools, notice)
    return True


def _is_stale(tools: Tools, notice: NoticeRow, at: datetime) -> bool:
    return notice.secret is not None and at >= notice.queued_at + timedelta(minutes=tools.policy.code_minutes)


def _body(tools: Tools, notice: NoticeRow) -> str:
    if notice.secret is None:
        return notice.body
    secret: bytes = tools.keys.unwrap(notice.secret, notice.reason_key)
    return notice.body.replace("{secret}", secret.decode())


def _message_id(tools: Tools, notice_id: str) -> str:
    return f"<{notice_id}@{tools.policy.origin.partition('/')[0]}>"


def _succeed(tools: Tools, notice: NoticeRow) -> None:
    at = tools.clock.now()
    with tools.transaction() as tx:
        notices.mark_sent(tx.connection, notice.notice_id, at)
        tx.append(_entry(EntryKind.NOTICE_SENT, Outcome.DONE, notice, at))


def _fail(tools: Tools, notice: NoticeRow, error: str) -> None:
    at = tools.clock.now()
    if notice.tries >= MOST_TRIES:
        _give_up(tools, notice, error)
        return
    with tools.transaction() as tx:
        notices.mark_failed(tx.connection, notice.notice_id, error, again_at=at + pause_after(notice.tries))
        tx.append(_entry(EntryKind.NOTICE_FAILED, Outcome.ABORTED, notice, at, error=error))


def _give_up(tools: Tools, notice: NoticeRow, error: str) -> None:
    at = tools.clock.now()
    with tools.transaction() as tx:
        notices.give_up(tx.connection, notice.notice_id, error, at)
        tx.append(_entry(EntryKind.NOTICE_FAILED, Outcome.STOPPED, notice, at, error=error))


def _entry(kind: EntryKind, outcome: Outcome, notice: NoticeRow, at: datetime, *, error: str | None = None) -> Entry:
    said: dict[str, object] = {"notice_id": notice.notice_id, "kind": notice.kind, "tries": notice.tries}
    if error is not None:
        said["error"] = error
    return Entry(kind, at, outcome, person_id=notice.person_id, said=said)
