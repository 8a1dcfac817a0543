"""A department's own system is told at once of what is public, signed and in order, until it takes it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import rewrapping
from app.actions.posting import take_messages
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.contingency import CONFIRMATION
from app.rules.facts import Role
from app.rules.reasons import instant_text
from app.worker.posting import send_due
from tests.build import london
from tests.receiver import Receiver, Reply, receiving
from tests.scenarios.conftest import Begin
from tests.story import CHANCELLOR, Reader, Story, done

BEGUN, DUE = london(2026, 3, 2, 9, 30), london(2026, 3, 10, 9, 30)
LATER = {"publishes_at": instant_text(DUE + timedelta(days=1)), "reason": "A secret reason."}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def begun(begin: Begin, receiver: Receiver, **how: Any) -> Story:
    story = begin(BEGUN, **how)
    story.tools = replace(story.tools, webhook_post=receiver.post())
    return story


def add(story: Story, receiver: Receiver, who: Reader | str | None = None, **changes: Any) -> dict[str, Any]:
    body = {"name": "Web desk", "url": receiver.url(), **changes}
    return dict(done(story.post(who or story.head, f"/producers/{story.sat.producer_id}/webhooks", json=body), 201))


def sends(story: Story) -> int:
    """Send what is due, as the worker would."""
    return send_due(story.tools, "story")


def messages(story: Story, made: dict[str, Any]) -> list[dict[str, Any]]:
    """What the head of profession is shown of what was sent, the oldest first."""
    found = story.get(story.head, f"/webhooks/{made['webhook_id']}/deliveries")["results"]
    return list(reversed(found))


def moved(story: Story, act: str, **body: Any) -> None:
    """Move the release, a second after whatever was done before: one follows the other."""
    story.clock.forward(seconds=1)
    done(story.moves(story.head, act, **body))


def announced(story: Story, **changes: Any) -> str:
    release_id = story.release(DUE, **changes)
    done(story.moves(story.statistician, "announcement"))
    return release_id


def test_system_is_told_of_a_release_from_announcement_to_the_contingency_and_of_nothing_inside(
    begin: Begin, receiver: Receiver, any_database_url: str
) -> None:
    story = begun(begin, receiver, database_url=any_database_url)
    made = add(story, receiver)
    release_id = story.release(DUE, title="Secret until announced")
    moved(story, "postponement", reason="Nobody knows of it.")
    moved(story, "rescheduling", **LATER)  # which makes it known
    moved(story, "rescheduling", publishes_at=instant_text(DUE), reason="Another secret reason.")
    story.list_with(CHANCELLOR)
    story.sealed()
    moved(story, "sign-off")
    story.signed(CHANCELLOR)
    done(story.post(story.statistician, f"/releases/{release_id}/public-list"), 201)
    assert sends(story) == 3
    story.clock.put(DUE + timedelta(minutes=20))
    revision = story.get(story.head, f"/releases/{release_id}")["revision"]
    body = {"reason": "A third secret reason.", "confirmation": CONFIRMATION}
    done(story.post(story.head, f"/releases/{release_id}/contingency", json=body, revision=revision), 201)
    story.clock.forward(minutes=1)
    body = {"reason": "A fourth secret reason."}
    done(story.post(story.lead, f"/releases/{release_id}/contingency/withdrawal", json=body, revision=1))
    assert sends(story) == 3
    assert receiver.kinds == [
        "release.announced",
        "release.date_changed",
        "list_of_posts.published",
        "release.published",
        "contingency_page.opened",
        "contingency_page.withdrawn",
    ]
    assert [one.told["data"]["sequence"] for one in receiver.received] == [1, 2, 3, 4, 5, 6]
    assert all(one.signed_by(made["secret"]) for one in receiver.received)
    published = receiver.received[3].told
    assert published == {
        "type": "release.published",
        "timestamp": instant_text(DUE + timedelta(minutes=20)),
        "data": {
            "news_id": published["data"]["news_id"],
            "producer_id": story.sat.producer_id,
            "release_id": release_id,
            "sequence": 4,
            "publishes_at": instant_text(DUE),
            "published_at": instant_text(DUE + timedelta(minutes=20)),
            "links": {
                "feed": f"http://127.0.0.1:8000/api/v1/producers/{story.sat.producer_id}/public-news.atom",
                "page": "https://stats.gov.example/claimant-count",
            },
        },
    }
    feed = story.ask(None, "GET", f"/producers/{story.sat.producer_id}/public-news.atom").text
    assert [one.told["data"]["news_id"] in feed for one in receiver.received] == [True] * 6
    sent = b"".join(one.body for one in receiver.received).decode()
    assert [word for word in ("ecret", "Claimant count", CHANCELLOR.name, "reason") if word in sent] == []
    assert [(one["state"], one["last_status"], one["tries"]) for one in messages(story, made)] == [
        ("delivered", 204, 1)
    ] * 6


def test_nothing_is_told_of_what_was_never_announced_or_of_a_rehearsal(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    add(story, receiver)
    for act in ("postponement", "cancellation"):
        story.release(DUE, title=f"Hidden before its {act}")
        done(story.moves(story.head, act, reason="x"))
    story.release(DUE, title="REHEARSAL", rehearsal=True)
    done(story.moves(story.statistician, "announcement"))
    assert (sends(story), receiver.received, story.entries(EntryKind.WEBHOOK_QUEUED)) == (0, [], [])
    announced(story)  # the same way tells of what may be told
    assert (sends(story), receiver.kinds) == (1, ["release.announced"])


def test_webhook_is_told_only_of_what_it_wants_and_of_its_own_producer(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    add(story, receiver, kinds=["release.cancelled"])
    other = story.service.producer("Office for Other Statistics")
    path = f"/producers/{other.producer_id}/webhooks"
    done(story.post(other.people[Role.HEAD_OF_PROFESSION], path, json={"name": "x", "url": receiver.url()}), 201)
    announced(story)
    moved(story, "cancellation", reason="x")
    assert (sends(story), receiver.kinds) == (1, ["release.cancelled"])


def test_message_that_is_not_taken_is_sent_again_with_the_same_id_and_bytes(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    made = add(story, receiver)
    receiver.reply = Reply(503)
    announced(story)
    assert sends(story) == 1
    (shown,) = messages(story, made)
    assert (shown["state"], shown["last_status"], shown["tries"]) == ("waiting", 503, 1)
    assert story.get(story.head, f"/webhooks/{made['webhook_id']}")["failing_since"] == instant_text(story.clock.now())
    assert sends(story) == 0  # not at once
    story.clock.forward(seconds=6)
    assert sends(story) == 1
    receiver.reply = Reply()
    story.clock.forward(seconds=40)
    assert sends(story) == 1
    first, second, third = receiver.received
    assert (first.ident, first.body) == (second.ident, second.body) == (third.ident, third.body)
    assert first.headers["webhook-timestamp"] != third.headers["webhook-timestamp"]
    assert [one.signed_by(made["secret"]) for one in receiver.received] == [True] * 3
    assert story.get(story.head, f"/webhooks/{made['webhook_id']}")["failing_since"] is None
    story.clock.forward(days=5)
    assert (sends(story), len(receiver.received)) == (0, 3)


def test_messages_of_one_release_go_in_order_and_wait_an_hour_at_most(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    add(story, receiver)
    announced(story)
    moved(story, "rescheduling", **LATER)
    receiver.reply = Reply(500)
    assert (sends(story), receiver.kinds) == (1, ["release.announced"])
    other = announced(story, title="Another release")  # which does not wait for it
    assert sends(story) == 1
    assert receiver.received[-1].told["data"]["release_id"] == other
    receiver.reply = Reply()
    story.clock.forward(seconds=10)
    sends(story)
    mine = [one for one in receiver.received if one.told["data"]["release_id"] != other]
    assert [one.kind for one in mine] == ["release.announced", "release.announced", "release.date_changed"]
    receiver.received.clear()
    receiver.reply = Reply(500)
    moved(story, "postponement", reason="x")
    moved(story, "cancellation", reason="x")
    sends(story)
    assert set(receiver.kinds) == {"release.postponed"}
    story.clock.forward(minutes=61)
    sends(story)
    assert set(receiver.kinds) == {"release.postponed", "release.cancelled"}


def test_webhook_stops_after_three_days_its_owner_gets_a_letter_and_it_can_be_resumed(
    begin: Begin, receiver: Receiver
) -> None:
    story = begun(begin, receiver)
    admin = story.service.administrator()
    made = add(story, receiver, admin)
    receiver.reply = Reply(500)
    announced(story)
    tries = 0
    while story.clock.now() < BEGUN + timedelta(days=4):
        tries += sends(story)
        story.clock.forward(hours=1)
    assert tries == len(receiver.received) <= 12
    assert (messages(story, made)[0]["state"], messages(story, made)[0]["last_status"]) == ("given_up", 500)
    shown = story.get(story.head, f"/webhooks/{made['webhook_id']}")
    assert (shown["state"], shown["stopped_because"]) == ("stopped", "failing")
    for who in (admin, story.head):
        assert [subject for subject, _ in story.letters(who)].count("Webhook stopped: Web desk") == 1
    receiver.received.clear()
    receiver.reply = Reply()
    story.told.release_id = messages(story, made)[0]["release_id"]
    moved(story, "postponement", reason="x")
    assert (sends(story), receiver.received) == (0, [])  # what happens while it is stopped is not kept for it
    again = f"/webhook-deliveries/{messages(story, made)[0]['delivery_id']}/repetition"
    assert story.post(story.head, again).status_code == 409
    done(story.post(story.head, f"/webhooks/{made['webhook_id']}/resumption"))
    assert story.post(story.head, f"/webhooks/{made['webhook_id']}/resumption").status_code == 409
    assert sends(story) == 0
    done(story.post(story.head, again), 202)
    assert story.post(story.head, again).status_code == 409  # it waits
    assert (sends(story), receiver.kinds) == (1, ["release.announced"])
    assert receiver.received[0].ident == messages(story, made)[0]["delivery_id"]


def test_receiver_that_is_gone_is_sent_nothing_more(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    made = add(story, receiver)
    receiver.reply = Reply(410)
    announced(story)
    moved(story, "postponement", reason="x")
    sends(story)
    assert receiver.kinds == ["release.announced"]
    assert [one["state"] for one in messages(story, made)] == ["given_up", "given_up"]
    assert story.get(story.head, f"/webhooks/{made['webhook_id']}")["stopped_because"] == "gone"


def test_new_secret_counts_beside_the_old_one_for_a_day(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    old = add(story, receiver)
    path = f"/webhooks/{old['webhook_id']}"
    new = done(story.post(story.head, f"{path}/secret"), 201)
    assert new["secret"] != old["secret"]
    assert new["old_secret_until"] == instant_text(BEGUN + timedelta(hours=24))
    trial = f"{path}/trial"
    for hours, counts in ((0, [True, True]), (23, [True, True]), (25, [False, True])):
        story.clock.put(BEGUN + timedelta(hours=hours))
        done(story.post(story.head, trial), 202)
        sends(story)
        got = receiver.received[-1]
        assert [got.signed_by(secret) for secret in (old["secret"], new["secret"])] == counts
        assert (got.kind, len(got.headers["webhook-signature"].split(" "))) == ("webhook.test", sum(counts))


def test_secret_is_told_once_kept_wrapped_and_wrapped_anew_when_keys_are_rotated(
    begin: Begin, receiver: Receiver
) -> None:
    story = begun(begin, receiver)
    made = add(story, receiver)
    with story.tools.reading() as connection:
        (wrapped,) = connection.execute(select(tables.webhook_secrets.c.wrapped)).scalars()
    shown = [story.get(story.head, f"/webhooks/{made['webhook_id']}"), *story.entries(EntryKind.WEBHOOK_MADE)]
    clear = base64.b64decode(made["secret"].removeprefix("whsec_"))
    assert [one for one in (made["secret"], made["url"]) if one in str(shown[1:])] == []
    assert made["secret"] not in str(shown)
    assert clear not in bytes(wrapped)
    story.tools.keys.rotate("kek")
    assert rewrapping.rewrap(story.tools) > 0
    with story.tools.reading() as connection:
        (anew,) = connection.execute(select(tables.webhook_secrets.c.wrapped)).scalars()
    assert bytes(anew).startswith(story.tools.keys.current_prefix())
    done(story.post(story.head, f"/webhooks/{made['webhook_id']}/trial"), 202)
    sends(story)
    assert receiver.received[0].signed_by(made["secret"])
    done(story.post(story.head, f"/webhooks/{made['webhook_id']}/end"))
    with story.tools.reading() as connection:
        assert connection.execute(select(tables.webhook_secrets)).all() == []


def test_secret_that_cannot_be_opened_sends_nothing_and_does_not_try_for_ever(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    made = add(story, receiver)
    with story.tools.database.engine.begin() as connection:
        connection.execute(tables.webhook_secrets.update().values(wrapped=b"damaged"))
    done(story.post(story.head, f"/webhooks/{made['webhook_id']}/trial"), 202)
    tries = 0
    while story.clock.now() < BEGUN + timedelta(days=4):
        tries += sends(story)
        story.clock.forward(hours=1)
    assert (tries <= 12, receiver.received) == (True, [])
    assert "could not be read here" in story.letters(story.head)[-1][1]


def test_ended_webhook_is_sent_nothing_not_even_what_waited(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    made = add(story, receiver)
    announced(story)
    path = f"/webhooks/{made['webhook_id']}"
    done(story.post(story.head, f"{path}/end"))
    moved(story, "postponement", reason="x")
    assert (sends(story), receiver.received) == (0, [])
    assert [one["state"] for one in messages(story, made)] == ["given_up"]
    answers = [story.post(story.head, f"{path}/{act}").status_code for act in ("end", "secret", "trial", "resumption")]
    assert answers == [409] * 4


def test_who_may_see_and_change_webhooks(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    made = add(story, receiver)
    announced(story)
    sends(story)
    path, listed = f"/webhooks/{made['webhook_id']}", f"/producers/{story.sat.producer_id}/webhooks"
    delivery = messages(story, made)[0]["delivery_id"]
    stranger = story.service.person("Sam Stranger", "sam@elsewhere.gov.example")
    coordinator = story.service.person("Cor Dinator", "cor@elsewhere.gov.example")
    story.service.role(coordinator, Role.COORDINATOR, story.sat.organisation_id)
    admin = story.service.administrator()
    people = (story.statistician, story.lead, story.head, story.auditor, admin, coordinator, stranger, None)
    for address in (path, listed, f"{path}/deliveries"):
        seen = [story.ask(who, "GET", address).status_code for who in people]
        assert seen == [200, 200, 200, 200, 200, 403, 404, 401], address
    urls = {who: story.get(who, path)["url"] for who in people[:5]}
    whole, host = receiver.url(), receiver.url("")
    assert urls == {who: whole if who in (story.head, admin) else host for who in people[:5]}
    body = {"name": "x", "url": receiver.url()}
    for address, sent, good in (
        (listed, {"json": body}, 201),
        (f"{path}/secret", {}, 201),
        (f"{path}/trial", {}, 202),
        (f"/webhook-deliveries/{delivery}/repetition", {}, 202),
    ):
        answers = []
        for who in people:
            sends(story)
            answers.append(story.post(who, address, **sent).status_code)
        assert answers == [403, 403, good, 403, good, 403, 404, 401], address
    absent = f"/webhooks/whk_{'0' * 24}"
    told = [story.ask(stranger, "GET", one).json() for one in (path, absent)]
    assert [{**one, "instance": ""} for one in told] == [{**told[0], "instance": ""}] * 2


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"url": "http://hooks.gov.example/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["release.signed_off"]}, "kinds"),
        ({"name": ""}, "name"),
    ],
)
def test_webhook_that_cannot_be_used_is_refused(
    begin: Begin, receiver: Receiver, changes: dict[str, Any], where: str
) -> None:
    story = begun(begin, receiver)
    body = {"name": "Web desk", "url": receiver.url(), **changes}
    answer = story.post(story.head, f"/producers/{story.sat.producer_id}/webhooks", json=body)
    assert answer.status_code == 422
    assert where in str(answer.json()["errors"])
    assert story.get(story.head, f"/producers/{story.sat.producer_id}/webhooks")["results"] == []


def test_eleventh_webhook_is_refused(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    for _ in range(10):
        add(story, receiver)
    body = {"name": "x", "url": receiver.url()}
    assert story.post(story.head, f"/producers/{story.sat.producer_id}/webhooks", json=body).status_code == 422


def test_slow_webhook_holds_up_no_other(begin: Begin, receiver: Receiver) -> None:
    story = begun(begin, receiver)
    slow = add(story, receiver, url=receiver.url("/slow"))
    add(story, receiver, url=receiver.url("/quick"))
    for number in range(12):
        announced(story, title=f"Figures {number}")
    seen: list[str] = []
    while taken := take_messages(story.tools, "a process that never ends", 8):
        seen += [one.webhook_id for one in taken]
    assert (len(seen), seen.count(slow["webhook_id"])) == (4, 2)


def test_two_processes_never_have_one_message_in_hand(begin: Begin, receiver: Receiver, any_database_url: str) -> None:
    story = begun(begin, receiver, database_url=any_database_url)
    add(story, receiver)
    for number in range(4):
        announced(story, title=f"Figures {number}")
    first, second = (take_messages(story.tools, who, 1) for who in ("one", "two"))
    assert len({one.delivery_id for one in (*first, *second)}) == 2
    assert take_messages(story.tools, "three", 8) == []  # two of one webhook are enough
    story.clock.forward(seconds=61)  # both have died
    again = take_messages(story.tools, "four", 8)
    assert {one.delivery_id for one in again} == {one.delivery_id for one in (*first, *second)}
    assert [one.tries for one in again] == [2, 2]
