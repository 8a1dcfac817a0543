"""What everybody may read: kept for seconds, never older than it says, and not for whoever asks without end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.actions import kept
from app.actions.kept import Kept, Shelf, may_alter_what_is_public
from app.actions.tools import Policy, Tools
from app.api.places import place_of
from app.audit.entries import EntryKind
from app.rules.freshness import fresh_seconds
from tests.build import london
from tests.service import ORIGIN
from tests.story import ADVISER, Story, done

T = london(2026, 6, 16, 9, 30)
LIMIT = 8


class Counter:
    """A process's counter that stands where it was put."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, story: Story) -> None:
        self.seconds = 1000.0
        monkeypatch.setattr(story.clock, "monotonic_seconds", lambda: self.seconds)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - timedelta(days=14, hours=-2))
    told.release(T)
    told.draft_with(ADVISER)
    done(told.approves(told.head))
    done(told.moves(told.statistician, "announcement"))
    yield told
    told.service.close()


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch, story: Story) -> Counter:
    return Counter(monkeypatch, story)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each time the database is opened for reading."""
    seen: list[str] = []
    real = Tools.reading

    def noted(tools: Tools) -> Any:
        seen.append("look")
        return real(tools)

    monkeypatch.setattr(Tools, "reading", noted)
    return seen


def path_of(story: Story, form: str = "json") -> str:
    return f"/releases/{story.told.release_id}/public-list.{form}"


def publish(story: Story) -> None:
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)


def ask(story: Story, path: str, tag: str = "") -> Any:
    return story.ask(None, "GET", path, headers={"If-None-Match": tag} if tag else {})


def test_list_published_at_half_past_nine_is_seen_at_once_after_nothing_was(story: Story, counter: Counter) -> None:
    story.clock.put(T)
    before = ask(story, path_of(story))
    assert (before.status_code, before.headers["cache-control"]) == (404, "no-store")
    assert "etag" not in before.headers
    publish(story)
    after = ask(story, path_of(story))
    assert (after.status_code, after.headers["cache-control"]) == (200, "public, max-age=2")
    assert [row["post"] for row in after.json()["rows"]] == ["Chief Economic Adviser"]


def test_rush_and_loop_are_answered_without_the_database(story: Story, counter: Counter, looks: list[str]) -> None:
    publish(story)
    story.clock.put(T)
    first = ask(story, path_of(story))
    looks.clear()
    for number in range(50):
        again = ask(story, f"{path_of(story)}?made-up={number}")
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert looks == []


@pytest.mark.parametrize("form", ["json", "csv", "html", "ods"])
def test_etag_that_still_holds_is_answered_with_nothing_else(story: Story, counter: Counter, form: str) -> None:
    publish(story)
    whole = ask(story, path_of(story, form))
    tag = whole.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = ask(story, path_of(story, form), sent)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "public, max-age=10"
    other = ask(story, path_of(story, form), '"0123456789abcdef0123456789abcdef"')
    assert (other.status_code, other.content) == (200, whole.content)


def test_kept_answer_is_never_older_than_it_says(story: Story, counter: Counter, looks: list[str]) -> None:
    publish(story)
    told = []
    for _ in range(12):
        looks.clear()
        told.append((ask(story, path_of(story)).headers["cache-control"], bool(looks)))
        counter.seconds += 1
    # Made anew at half time, by the one who comes first: 10, 9, 8, 7, 6, then 10 again.
    run = [(f"public, max-age={10 - second}", second == 0) for second in range(5)]
    assert told == [*run, *run, *run][:12]


def test_what_another_process_publishes_is_seen_within_the_time_told(story: Story, counter: Counter) -> None:
    path = f"/producers/{story.sat.producer_id}/arrangements.txt"
    at = f"/producers/{story.sat.producer_id}/arrangements"
    done(story.post(story.head, at, json={"statement": "The first version."}), 201)
    assert "The first version." in ask(story, path).text
    shelf = story.tools.shelf
    # A process of its own: the same stores, and memory of its own.
    story.tools = replace(story.tools, shelf=Shelf())
    done(story.post(story.head, at, json={"statement": "The second version."}), 201)
    story.tools = replace(story.tools, shelf=shelf)
    assert "The first version." in ask(story, path).text
    counter.seconds += 10
    assert "The second version." in ask(story, path).text


def test_versions_of_one_statement_are_kept_apart(story: Story, counter: Counter) -> None:
    at = f"/producers/{story.sat.producer_id}/arrangements"
    for statement in ("The first version.", "The second version."):
        done(story.post(story.head, at, json={"statement": statement}), 201)
    for asked, expected in (("", "second"), ("?version=1", "first"), ("?version=2", "second"), ("?version=1", "first")):
        assert f"The {expected} version." in ask(story, f"{at}.json{asked}").json()["statement"]


def test_network_that_asks_without_end_is_told_how_long_to_wait_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = Policy(origin=ORIGIN, public_requests_per_network_per_minute=LIMIT)
    story = Story(tmp_path, T - timedelta(days=14))
    story.tools = replace(story.tools, policy=policy)
    counter = Counter(monkeypatch, story)
    answers = [story.client.get("/problems") for _ in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [*[200] * LIMIT, 429]
    counter.seconds += 20.5
    refused = story.client.get("/problems/too_many_tries")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
    assert (refused.headers["cache-control"], refused.json()["code"]) == ("no-store", "too_many_tries")
    assert story.client.get("/healthz").status_code == 200
    counter.seconds += 39.5
    assert story.client.get("/problems").status_code == 200
    story.service.close()


def test_what_somebody_chooses_crowds_out_nothing_that_is_kept_for_everybody(
    story: Story, counter: Counter, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "ANSWERS", 8)
    feed, at = "/public-news.atom", f"/producers/{story.sat.producer_id}/arrangements"
    done(story.post(story.head, at, json={"statement": "The first version."}), 201)
    whole = ask(story, feed)
    for number in range(10):
        place = place_of(T + timedelta(seconds=number), f"mov_{'0' * 24}")
        for path in (f"{feed}?after={place}", f"{feed}?limit={'0' * number}50", f"{at}.json?version={'0' * number}1"):
            assert ask(story, path).status_code == 200
    looks.clear()
    assert (ask(story, feed).content, looks) == (whole.content, [])


def test_network_that_chooses_without_end_must_wait_and_is_given_what_is_kept_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = Policy(origin=ORIGIN, public_choices_per_network_per_minute=LIMIT)
    story = Story(tmp_path, T - timedelta(days=14))
    story.tools = replace(story.tools, policy=policy)
    counter = Counter(monkeypatch, story)
    feed = "/public-news.atom"
    answers = [ask(story, f"{feed}?limit={number + 1}") for number in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [*[200] * LIMIT, 429]
    assert answers[-1].json()["detail"].startswith(f"More than {LIMIT} requests for pages or versions came")
    assert ask(story, feed).status_code == 200
    counter.seconds += 60
    assert ask(story, f"{feed}?limit=1").status_code == 200
    story.service.close()


def test_page_of_news_costs_as_many_looks_for_many_releases_as_for_one(story: Story, counter: Counter) -> None:
    def asked() -> int:
        seen: list[str] = []

        def noted(*told: Any) -> None:
            seen.append(told[2])

        event.listen(story.tools.database.engine, "before_cursor_execute", noted)
        ask(story, "/public-news.atom?limit=50")
        ask(story, f"/producers/{story.sat.producer_id}/public-news.atom?limit=50")
        event.remove(story.tools.database.engine, "before_cursor_execute", noted)
        return len(seen)

    for_one = asked()
    for number in range(5):
        story.release(T + timedelta(days=7 * number))
        done(story.moves(story.statistician, "announcement"))
    assert asked() == for_one


def test_request_with_a_token_gets_what_everybody_gets(story: Story, counter: Counter) -> None:
    publish(story)
    with_token = story.ask(story.head, "GET", path_of(story))
    assert with_token.headers["cache-control"] == "public, max-age=10"
    assert ask(story, path_of(story)).content == with_token.content


def test_what_needs_a_sign_in_is_kept_by_nobody(story: Story, counter: Counter) -> None:
    preview = f"/lists/{story.told.listed['list_id']}/public-list"
    answer = story.ask(story.head, "GET", preview)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert ask(story, preview).status_code == 401


def test_answer_looked_up_before_a_change_is_not_kept_after_it() -> None:
    shelf, old = Shelf(), Kept(b"old", '"old"', (), 0, 10)
    mark = shelf.mark()
    shelf.empty()
    shelf.keep("key", old, mark)
    assert shelf.find("key", 1) is None
    shelf.keep("key", old, shelf.mark())
    assert shelf.find("key", 1) == old
    assert shelf.find("key", 10) is None


def test_one_asker_makes_it_anew_at_half_time_and_the_others_get_what_is_kept() -> None:
    shelf, answer = Shelf(), Kept(b"body", '"tag"', (), 0, 10)
    shelf.keep("key", answer, shelf.mark())
    assert [shelf.find("key", 5), shelf.find("key", 5), shelf.find("key", 9)] == [None, answer, answer]


def test_shelf_has_an_end() -> None:
    shelf = Shelf()
    for number in range(300):
        shelf.keep(number, Kept(b"body", '"tag"', (), 0, 10), shelf.mark())
    assert [number for number in range(300) if shelf.find(number, 1)] == list(range(44, 300))
    shelf.keep("large", Kept(b"x" * (256 * 1024 + 1), '"tag"', (), 0, 10), shelf.mark())
    assert shelf.find("large", 1) is None


def test_frequent_kinds_leave_the_shelf_alone_and_publishing_does_not() -> None:
    assert not may_alter_what_is_public({EntryKind.ACCESS_DECIDED, EntryKind.COPY_STARTED})
    assert not may_alter_what_is_public(set())
    assert may_alter_what_is_public({EntryKind.ACCESS_DECIDED, EntryKind.PUBLIC_LIST_PUBLISHED})
    assert may_alter_what_is_public({EntryKind.RELEASE_MOVED})


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        (london(2026, 6, 16, 9, 28) + timedelta(seconds=59), 10),
        (london(2026, 6, 16, 9, 29), 2),
        (london(2026, 1, 13, 9, 30), 2),
        (london(2026, 6, 16, 9, 39), 2),
        (london(2026, 6, 16, 9, 40), 10),
        (london(2026, 6, 16, 10, 30), 10),
    ],
)
def test_freshness_goes_by_the_time_of_day_in_london(at: Any, seconds: int) -> None:
    assert fresh_seconds(at) == seconds
