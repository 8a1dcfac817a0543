"""The head of profession adds a webhook by keyboard, sees its secret once, and what it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.worker.posting import send_due
from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.receiver import Receiver, Reply, receiving
from tests.story import Story, done

DUE = london(2026, 3, 24, 9, 30)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("browser"), london(2026, 3, 10, 10, 0))
    story.tools = replace(story.tools, webhook_post=receiver.post())
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def sends(story: Story) -> int:
    """Send what is due in a thread, as the worker does: the browser has this one's event loop."""
    with ThreadPoolExecutor(1) as worker:
        return worker.submit(send_due, story.tools, "story").result()


def test_webhook_is_added_by_keyboard_and_its_messages_are_seen_narrow_and_wide(town: Town, receiver: Receiver) -> None:
    story = town.story
    head = Walk(town, "webhooks-narrow", PHONE, scripts=True)
    page = head.page
    head.signed_in_as(story.head)
    page.goto("/producer")
    press(page, "Enter", head.link("webhooks"))
    head.looks("none")
    press(page, "Enter", head.link("Add a webhook"))
    head.looks("form")
    press(page, "Enter", head.button("Add the webhook"))
    head.looks("form-wrong")
    assert page.title().startswith("Error: ")
    fill(page, page.get_by_label("What is it for?"), "Web desk")
    fill(page, page.get_by_label("Address"), receiver.url())
    press(page, "Enter", head.button("Add the webhook"))
    head.looks("secret")
    assert page.locator("#secret").inner_text().startswith("whsec_")
    press(page, "Enter", head.link("Go on to the webhook"))
    head.looks("new")
    press(page, "Enter", head.button("Send a message that tells nothing"))
    sends(story)
    story.release(DUE)
    done(story.moves(story.statistician, "announcement"))
    receiver.reply = Reply(503)
    sends(story)
    place = page.url
    page.goto(place)
    head.looks("failing")
    assert "It answered 503" in page.inner_text("main")
    wide = Walk(town, "webhooks-wide", DESK, scripts=True)
    wide.signed_in_as(story.head)
    wide.page.goto(place)
    wide.looks("failing")
    wide.page.goto("/producer/webhooks")
    wide.looks("list")
    receiver.reply = Reply(410)
    story.clock.forward(seconds=6)
    sends(story)
    wide.signed_in_as(story.head)
    wide.page.goto(place)
    wide.looks("stopped")
    assert "wants no more messages" in wide.page.inner_text("main")
    assert [one.complaints for one in (head, wide)] == [[], []]
