"""`pra webhooks`: an operator sees which webhooks there are, what they were sent, and has a message sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app import wiring
from app.actions import webhooks
from app.actions.webhooks import NewSecret
from app.audit.entries import EntryKind
from app.cli.main import app
from app.cli.seed import OPERATOR
from app.rules.publicnews import NewsKind
from app.worker.posting import send_due
from tests.build import london
from tests.receiver import Receiver, Reply, receiving
from tests.service import Service


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def service(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    made = Service(tmp_path, london(2026, 3, 10, 12, 0))
    made.tools = replace(made.tools, webhook_post=receiver.post())
    monkeypatch.setattr(wiring, "service_tools", lambda: made.tools)
    yield made
    made.close()


def asked(*words: str) -> Result:
    return CliRunner().invoke(app, ["webhooks", *words])


def added(service: Service, receiver: Receiver) -> NewSecret:
    sat = service.producer()
    kinds = tuple(NewsKind)
    return webhooks.make_webhook(
        service.tools, OPERATOR, sat.producer_id, name="Web desk", url=receiver.url(), kinds=kinds
    )


def test_operator_sees_a_failing_webhook_and_its_messages_and_has_one_sent_again(
    service: Service, receiver: Receiver
) -> None:
    assert (asked("list").exit_code, asked("list").output) == (0, "0 webhooks, 0 stopped or failing.\n")
    made = added(service, receiver)
    webhook_id = made.view.row.webhook_id
    assert asked("list").output.splitlines()[1:] == ["    running, 0 waiting", "1 webhooks, 0 stopped or failing."]
    message = webhooks.try_webhook(service.tools, OPERATOR, webhook_id).delivery_id
    receiver.reply = Reply(503)
    send_due(service.tools, "story")
    listed = asked("list")
    assert (listed.exit_code, listed.output.splitlines()[1]) == (
        1,
        "    takes nothing since Tuesday 10 March 2026, 12:00pm (UK time), 1 waiting",
    )
    (line,) = asked("deliveries", webhook_id).output.splitlines()
    assert line.startswith(f"{message}  webhook.test  -  due Tuesday 10 March 2026, 12:00")
    assert line.endswith("tries 1  503")
    refused = asked("again", message)
    assert (refused.exit_code, receiver.kinds) == (1, ["webhook.test"])
    receiver.reply = Reply()
    service.clock.forward(seconds=6)
    send_due(service.tools, "story")
    assert asked("again", message).exit_code == 0
    send_due(service.tools, "story")
    assert {one.ident for one in receiver.received} == {message}
    assert len(receiver.received) == 3
    assert service.entries(EntryKind.WEBHOOK_QUEUED)[-1]["said"]["act"] == "again"
    assert made.secret not in asked("list").output + asked("deliveries", webhook_id).output


@pytest.mark.parametrize("words", [("deliveries", "whk_0"), ("again", "whd_0")])
def test_webhook_or_message_that_is_not_there_ends_with_status_1(service: Service, words: tuple[str, str]) -> None:
    done = asked(*words)
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
