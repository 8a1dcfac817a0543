"""What comes of messages that a department's system does not take, or takes too late; and who is told of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.actions.posting import send_message, take_messages
from app.actions.webhook_deliveries import deliveries_for_operator
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.reasons import instant_text
from tests.receiver import Receiver, Reply, receiving
from tests.scenarios.conftest import Begin
from tests.scenarios.test_webhooks import add, announced, begun, messages, sends
from tests.story import done


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_letter_that_a_webhook_stopped_goes_to_nobody_who_has_left(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    admin = story.service.administrator()
    add(story, receiver, admin)
    with story.tools.database.engine.begin() as connection:
        connection.execute(
            tables.roles.update().where(tables.roles.c.person_id == admin).values(ended_at=story.clock.now())
        )
    receiver.reply = Reply(410)
    announced(story)
    sends(story)
    assert [subject for subject, _ in story.letters(story.head)].count("Webhook stopped: Web desk") == 1
    assert story.letters(admin) == []


@pytest.mark.parametrize("status", [410, 500, 204])
def test_answer_that_comes_when_the_message_was_taken_anew_changes_nothing(
    begin: Begin, receiver: Receiver, status: int
) -> None:
    story = begun(begin, receiver)
    made = add(story, receiver)
    announced(story)
    (first,) = take_messages(story.tools, "one process", 8)
    story.clock.forward(seconds=61)
    (second,) = take_messages(story.tools, "one process", 8)
    assert (first.delivery_id, first.lease_by == second.lease_by) == (second.delivery_id, False)
    receiver.reply = Reply(status)
    send_message(story.tools, first)
    (shown,) = messages(story, made)
    assert (shown["state"], shown["last_status"], shown["tries"]) == ("waiting", None, 2)
    webhook = story.get(story.head, f"/webhooks/{made['webhook_id']}")
    assert (webhook["state"], webhook["failing_since"]) == ("running", None)
    receiver.reply = Reply()
    assert send_message(story.tools, second)
    assert [one["state"] for one in messages(story, made)] == ["delivered"]


def test_failure_after_nothing_was_tried_for_long_is_the_first_of_its_own(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    made = add(story, receiver)
    receiver.reply = Reply(500)
    announced(story)
    sends(story)
    with story.tools.database.engine.begin() as connection:
        connection.execute(tables.webhook_deliveries.update().values(tries=11))
    story.clock.forward(hours=1)
    sends(story)
    assert [one["state"] for one in messages(story, made)] == ["given_up"]
    path = f"/webhooks/{made['webhook_id']}"
    assert story.get(story.head, path)["failing_since"] is None
    story.clock.forward(days=30)
    done(story.post(story.head, f"{path}/trial"), 202)
    sends(story)
    assert story.get(story.head, path)["failing_since"] == instant_text(story.clock.now())
    assert story.get(story.head, path)["state"] == "running"


def test_producer_is_told_one_word_for_a_closed_port_and_for_a_certificate_not_trusted(begin: Begin) -> None:
    with receiving(trusted=False) as strange:
        story = begun(begin, strange)
        made = add(story, strange)
        announced(story)
        sends(story)
        (shown,) = messages(story, made)
        assert (shown["last_trouble"], shown["last_status"]) == ("no_connection", None)
        assert [one["said"]["trouble"] for one in story.entries(EntryKind.WEBHOOK_FAILED)] == ["no_connection"]
        (row,) = deliveries_for_operator(story.tools, made["webhook_id"])
        assert row.last_trouble == "tls_not_trusted"  # whoever runs the service is told apart
