"""``kill -9`` when a mail system has a letter and has not said so: one letter by Notify, two at most by SMTP."""

from __future__ import annotations

import os
import signal
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from app.actions import deliveries, desk
from app.actions.deliveries import LetterRow
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.cli.seed import OPERATOR
from app.records import tables
from app.rules.deliveries import Doubt
from tests.live import LiveServer, free_port, prepare
from tests.notify import KEY, TEMPLATE, Notify, served

BO = "bo.example@department.gov.example"
PATIENCE_SECONDS = 120


def owe(tools: Tools) -> None:
    at = tools.clock.now()
    with tools.transaction() as tx:
        tx.append(Entry(EntryKind.CLOCK_CHECKED, at))
        desk.queue_notice(
            tools, tx, at=at, email=BO, person_id=None, kind="overdue", reason_key="a", subject="Held", body="Words.\n"
        )


def the_letter(tools: Tools) -> LetterRow:
    (found,) = deliveries.list_letters(tools, OPERATOR)
    return found


def lets_the_lease_run_out(tools: Tools) -> None:
    """Ten minutes pass for the letter that was in the dead process's hands."""
    with tools.transaction() as tx:
        tx.append(Entry(EntryKind.CLOCK_CHECKED, tools.clock.now()))
        tx.connection.execute(tables.notices.update().values(due_at=tools.clock.now()))


def waits_until_dead(server: LiveServer) -> None:
    assert server.ended_with() == -signal.SIGKILL


def waits_until_sent(tools: Tools) -> LetterRow:
    patience = time.monotonic() + PATIENCE_SECONDS
    while (letter := the_letter(tools)).track.sent_at is None:
        assert time.monotonic() < patience, "the letter was not sent"
        time.sleep(0.05)
    return letter


def test_server_killed_when_notify_has_a_letter_leaves_one(tmp_path: Path) -> None:
    tools, folder = prepare(tmp_path / "service"), tmp_path / "service"
    (tmp_path / "key").write_text(KEY, "utf-8")
    with served(Notify()) as notify:
        server = LiveServer(
            folder,
            PRA_NOTIFY_KEY_FILE=str(tmp_path / "key"),
            PRA_NOTIFY_TEMPLATE=TEMPLATE,
            PRA_NOTIFY_URL=notify.url,
        )
        notify.on_taken = lambda: os.kill(server.pid, signal.SIGKILL)
        server.start()
        owe(tools)
        waits_until_dead(server)
        notify.on_taken = lambda: None
        assert the_letter(tools).track.sent_at is None
        lets_the_lease_run_out(tools)
        with server:
            letter = waits_until_sent(tools)
        assert [one["reference"] for one in notify.taken] == [letter.notice_id]
        assert (letter.doubt, letter.handed_id) == (Doubt.NONE, notify.taken[0]["id"])
    tools.database.close()


class Postbox:
    """Takes letters; kills somebody before it says so, once."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.victim: LiveServer | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken.append(envelope.content)
        victim, self.victim = self.victim, None
        if victim is not None:
            os.kill(victim.pid, signal.SIGKILL)
        return "250 taken"


@pytest.fixture
def postbox() -> Any:
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def test_server_killed_when_a_mail_server_has_a_letter_leaves_two_at_most_and_says_so(
    tmp_path: Path, postbox: tuple[Postbox, int]
) -> None:
    tools, folder = prepare(tmp_path / "service"), tmp_path / "service"
    box, port = postbox
    server = LiveServer(folder, PRA_SMTP_HOST="127.0.0.1", PRA_SMTP_PORT=str(port), PRA_SMTP_STARTTLS="false")
    box.victim = server
    server.start()
    owe(tools)
    waits_until_dead(server)
    lets_the_lease_run_out(tools)
    with server:
        letter = waits_until_sent(tools)
    ids = [str(message_from_bytes(one, policy=policy.default)["Message-ID"]) for one in box.taken]
    assert (len(ids), len(set(ids)), letter.doubt) == (2, 1, Doubt.PERHAPS_TWICE)
    tools.database.close()
