"""The pages of webhooks: added with its secret shown once, tried, given a new secret, sent again, ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.worker.posting import send_due
from tests.build import london
from tests.receiver import Receiver, Reply, receiving
from tests.story import CHANCELLOR, Reader, Story, done
from tests.unit.web.browser import Visitor, words

DUE = london(2026, 3, 24, 9, 30)
EVERYTHING = {
    f"kind-{kind}": "yes"
    for kind in ("release-announced", "release-date-changed", "release-published", "list-of-posts-published")
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("webhooks"), london(2026, 3, 10, 10, 0))
    told.tools = replace(told.tools, webhook_post=receiver.post())
    yield told
    told.service.close()


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def test_head_of_profession_adds_a_webhook_tries_it_and_sees_what_came_of_it(story: Story, receiver: Receiver) -> None:
    head = at_pages(story, story.head)
    assert "There is none." in head.looks("/producer/webhooks")
    place = f"/producer/producers/{story.sat.producer_id}/webhook"
    assert "Add a webhook" in head.looks(place)
    shown = head.sends(place, name="Web desk", url=receiver.url(), **EVERYTHING)
    assert shown.status_code == 200
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", words(shown))
    assert shown.headers["cache-control"] == "no-store"
    assert f"Address {receiver.url()} Secret {secret} " in words(shown)  # and no tag to be read
    (webhook_id,) = re.findall(r"/producer/webhooks/(whk_[0-9a-f]{24})", shown.text)
    page = f"/producer/webhooks/{webhook_id}"
    seen = head.looks(page)
    assert secret not in head.last.text
    assert f"Address {receiver.url()} Is told" in seen
    assert "Running" in seen
    assert "Date changed" in seen
    assert head.sends(f"{page}/trial").headers["location"] == page
    receiver.reply = Reply(500)
    send_due(story.tools, "story")
    assert "A message that tells nothing" in head.looks(page)
    assert "It answered 500" in words(head.last)
    assert "Takes nothing since" in words(head.last)
    receiver.reply = Reply()
    story.clock.forward(seconds=6)
    send_due(story.tools, "story")
    assert "It answered 204" in head.looks(page)
    assert "Takes nothing since" not in words(head.last)
    (again,) = re.findall(r'action="(/producer/webhook-deliveries/[^"]+)"', head.last.text)
    assert head.sends(again).headers["location"] == page
    send_due(story.tools, "story")
    assert len({one.ident for one in receiver.received}) == 1
    assert all(one.signed_by(secret) for one in receiver.received)
    head.looks(page)
    anew = head.sends(f"{page}/secret")
    (other,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", words(anew))
    assert other != secret
    assert "each message is signed with the secret before this one too" in words(anew)
    head.looks(page)
    assert head.sends(f"{page}/end").headers["location"] == page
    assert "Ended" in head.looks(page)
    assert "<form" not in head.last.text.partition("<main")[2]


def test_form_says_what_is_wrong_with_each_field_and_keeps_what_was_typed(story: Story) -> None:
    head = at_pages(story, story.head)
    place = f"/producer/producers/{story.sat.producer_id}/webhook"
    head.looks(place)
    shown = head.sends(place, name="", url="http://10.0.0.1/")
    assert shown.status_code == 422
    assert [one in words(shown) for one in ("Say what it is for", "Enter an address", "Choose at least one")] == [
        True
    ] * 3
    assert 'value="http://10.0.0.1/"' in shown.text
    shown = head.sends(place, name="Web desk", url="https://10.0.0.1/", **EVERYTHING)
    assert (shown.status_code, "Enter an address that begins with https://" in words(shown)) == (422, True)
    assert shown.text.count('value="yes" checked') == len(EVERYTHING)


def test_others_see_what_they_may_and_no_buttons(story: Story, receiver: Receiver) -> None:
    path = f"/producers/{story.sat.producer_id}/webhooks"
    made = done(story.post(story.head, path, json={"name": "Web desk", "url": receiver.url()}), 201)
    page = f"/producer/webhooks/{made['webhook_id']}"
    lead = at_pages(story, story.lead)
    assert "Web desk" in lead.looks("/producer/webhooks")
    assert "Add a webhook" not in words(lead.last)
    listed = lead.last.text
    lead.looks(page)
    assert f'action="{page}' not in lead.last.text
    # What follows the host is often a secret.
    host, secret = receiver.url(""), "/pra?key=a.b"
    assert [(host in shown, secret in shown) for shown in (listed, lead.last.text)] == [(True, False)] * 2
    assert secret in at_pages(story, story.head).looks(page)
    place = f"/producer/producers/{story.sat.producer_id}/webhook"
    assert lead.asks("GET", place).status_code == 404
    stranger = at_pages(story, CHANCELLOR)
    assert [stranger.asks("GET", one).status_code for one in ("/producer/webhooks", page, place)] == [404] * 3
    admin = at_pages(story, story.service.administrator())
    assert "Add a webhook" in admin.looks("/producer/webhooks")


def test_page_of_a_stopped_webhook_says_so_and_lets_it_run_again(story: Story, receiver: Receiver) -> None:
    path = f"/producers/{story.sat.producer_id}/webhooks"
    made = done(story.post(story.head, path, json={"name": "Web desk", "url": receiver.url()}), 201)
    receiver.reply = Reply(410)
    done(story.post(story.head, f"/webhooks/{made['webhook_id']}/trial"), 202)
    send_due(story.tools, "story")
    head, page = at_pages(story, story.head), f"/producer/webhooks/{made['webhook_id']}"
    assert "It answered that it wants no more messages." in head.looks(page)
    assert head.sends(f"{page}/resumption").headers["location"] == page
    assert "Running" in head.looks(page)
