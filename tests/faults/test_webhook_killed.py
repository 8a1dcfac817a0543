"""A process is killed after a receiver took its message and before that is on record: it comes once more, as itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import wiring
from app.actions import webhook_deliveries, webhooks
from app.cli.seed import OPERATOR, add_producer
from app.rules.publicnews import NewsKind
from app.worker.posting import send_due
from tests.live import ROOT, live_settings, prepare
from tests.receiver import Received, Receiver, authority_text, receiving
from tests.twins import FrozenClock


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


# A process that sends what is due and is killed at the instant at which the receiver has taken the first message.
SENDER = """
import ssl, sys
from dataclasses import replace
from pathlib import Path
from app import wiring
from app.outside.webhook_post import WebhookPost
from app.worker.posting import send_due
from tests.live import live_settings
authority, folder = sys.stdin.read(), Path(sys.argv[1])
tls = ssl.create_default_context(cadata=authority)
post = WebhookPost(may_connect=lambda one: one == "127.0.0.1", tls=tls, resolve=lambda host, port: ["127.0.0.1"])
send_due(replace(wiring.make_tools(live_settings(folder)), webhook_post=post), "the one that dies")
"""


def test_process_killed_after_the_receiver_took_it_sends_it_once_more_under_its_id(
    tmp_path: Path, receiver: Receiver
) -> None:
    tools = prepare(tmp_path)
    producer = add_producer(
        tools, "Office for Killed Processes", domain="stats.gov.example", contact="stats@stats.gov.example"
    )
    made = webhooks.make_webhook(
        tools, OPERATOR, producer.producer_id, name="x", url=receiver.url(), kinds=tuple(NewsKind)
    )
    webhooks.try_webhook(tools, OPERATOR, made.view.row.webhook_id)
    tools.database.close()
    command = [sys.executable, "-c", SENDER, str(tmp_path)]
    sender = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True, env=os.environ)

    def kill(_: Received) -> None:
        if len(receiver.received) == 1:
            os.kill(sender.pid, signal.SIGKILL)
            sender.wait(60)

    receiver.on_message = kill
    sender.communicate(authority_text(), timeout=120)
    assert sender.returncode == -signal.SIGKILL
    assert len(receiver.received) == 1
    alive = wiring.make_tools(live_settings(tmp_path))
    clock = FrozenClock(alive.clock.now())
    alive = replace(alive, clock=clock, webhook_post=receiver.post())
    assert send_due(alive, "another") == 0  # the minute is not over
    clock.forward(seconds=61)
    assert send_due(alive, "another") == 1
    clock.forward(days=5)
    assert send_due(alive, "another") == 0
    first, second = receiver.received
    assert (first.ident, first.body) == (second.ident, second.body)
    assert second.signed_by(made.secret)
    (row,) = webhook_deliveries.list_deliveries(alive, OPERATOR, made.view.row.webhook_id)
    assert (row.tries, row.last_status, row.delivered_at is not None) == (2, 204, True)
    alive.database.close()
