"""UK labour market, due Wednesday 20 January 2016 at 09:30, told with the embargoed outbox.

What happened: the approved officer, on leave that day, left a draft tweet in a locked drawer; a colleague without
    access read it and e-mailed its direction to 296 people at 09:22.
What this service would have done: kept the tweet sealed, owned by the colleague, who learns of it and is given it only
    when publication is confirmed; there is nothing to put in a drawer. Who wrote it and who was shown it is on record.
What it could not have prevented: somebody who was lawfully shown the words writing them on paper all the same.
Practice engaged: Code of Practice 2009, Protocol 2, practice 8 (no indication of the substance before publication).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.audit.entries import EntryKind
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.scenarios.drawer import LINE, WORDS, declared, prepared, reads_words, takes, texts, web_desk, worker, writes
from tests.scenarios.drawer import written as writes_tweet
from tests.scenarios.test_retention import everything
from tests.story import CHANCELLOR, STRANGER, Story, answered, done, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2016, 1, 20, 9, 30)
AT_0922 = london(2016, 1, 20, 9, 22)
TITLE = "UK labour market, January 2016"


def day_before(begin: Begin, **how: Any) -> tuple[Story, str, dict[str, Any]]:
    """The day before: the tweet is written for the colleague on the web desk, and whoever wrote it goes on leave."""
    story = begin(DUE - timedelta(days=8), **how)
    prepared(story, DUE, title=TITLE)
    story.clock.put(DUE - timedelta(hours=20))
    colleague = web_desk(story)
    return story, colleague, writes_tweet(story, colleague)


def without(answer: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name not in ("instance", *names)}


def test_colleague_needs_no_drawer_and_is_given_the_tweet_when_publication_is_confirmed(
    begin: Begin, any_database_url: str
) -> None:
    story, colleague, made = day_before(begin, database_url=any_database_url)
    assert (made["state"], made["owner_id"], made["version"]) == ("prepared", colleague, 1)
    story.clock.put(AT_0922)
    assert worker(story) == 0
    # The colleague who will send it sees nothing and cannot tell that there is anything.
    invented = {"prepared_text_id": "txt_" + "0" * 24}
    for ask in (takes, reads_words):
        there, absent = ask(story, colleague, made), ask(story, colleague, invented)
        assert (there.status_code, without(there)) == (403, without(absent))
        assert reasons(there) == [("role_required", "Producer policy: roles")]
    assert story.letters(colleague) == []
    # Nor may whoever does see it have it to send: the clock is short of 9:30, and 9:30 alone is not enough.
    for at in (AT_0922, DUE, DUE + timedelta(seconds=20)):
        story.clock.put(at)
        assert reasons(takes(story, story.lead, made)) == [("not_published", "SI 2008/2998 Sch. para 6(1)")]
    story.clock.put(DUE + timedelta(seconds=30))
    declared(story)
    assert worker(story) == 1
    ((subject, body),) = story.letters(colleague)
    assert subject == f"Ready to send: “{TITLE}”"
    assert f"/producer/releases/{story.told.release_id}/texts/{made['prepared_text_id']}" in body
    taken = takes(story, colleague, made)
    assert (taken.status_code, taken.json()["words"], taken.headers["cache-control"]) == (200, WORDS, "no-store")
    # Once. The next one hears that it was taken, and by whom, instead of sending it again.
    again = takes(story, story.lead, made)
    assert (again.status_code, again.json()["code"], again.json()["taken_by"]) == (409, "already_ended", colleague)
    shown = story.get(story.auditor, texts(story, made["prepared_text_id"]))
    assert (shown["state"], shown["taken_by"]) == ("taken", colleague)
    kinds = (EntryKind.PREPARED_TEXT_RELEASED, EntryKind.PREPARED_TEXT_TAKEN)
    assert [len(story.entries(kind)) for kind in kinds] == [1, 1]


def test_words_are_nowhere_but_under_their_seal_and_in_the_one_answer(begin: Begin) -> None:
    story, colleague, made = day_before(begin)
    path = texts(story, made["prepared_text_id"])
    body = {"words": LINE, "channel": "The press line of the day", "owner_id": colleague}
    done(story.ask(story.statistician, "PUT", path, json=body, revision=made["revision"]))
    headers = {"Idempotency-Key": "k" * 20}
    body = {"kind": "press_line", "words": WORDS, "channel": "Press office", "owner_id": colleague}
    first = story.post(story.statistician, texts(story), json=body, headers=headers)
    assert done(first, 201) == done(story.post(story.statistician, texts(story), json=body, headers=headers), 201)
    other = story.post(story.statistician, texts(story), json={**body, "words": LINE}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    answers = [first.text, story.ask(story.head, "GET", texts(story)).text, story.ask(story.head, "GET", path).text]
    # Too long, and refused: the answer says how much too long, and not what.
    answers.append(writes(story, story.statistician, colleague, words=WORDS * 3).text)
    answers.append(writes(story, story.statistician, colleague, words=WORDS + "\x00").text)
    story.clock.put(DUE)
    declared(story)
    worker(story)
    answers += [body for _, body in story.letters(colleague)]
    assert done(reads_words(story, story.lead, made, version=1))["words"] == WORDS
    assert done(reads_words(story, story.lead, made))["words"] == LINE
    exported = "".join(
        path.read_text("utf-8", "replace") for path in story.exported("taken-away").rglob("*") if path.is_file()
    )
    for text in (WORDS, LINE):
        for place in (*answers, everything(story), exported):
            assert text not in place
            assert text[:20] not in place
    assert "press_line" in everything(story)  # the look is a look


def test_indication_reported_at_0922_finds_who_wrote_the_tweet_and_who_was_shown_it(begin: Begin) -> None:
    story, _, made = day_before(begin)
    story.clock.put(AT_0922 - timedelta(minutes=7))
    assert done(reads_words(story, story.lead, made))["words"] == WORDS
    story.clock.put(AT_0922)
    story.reports(CHANCELLOR, "indication_given", "An e-mail speaks of record employment.")
    (incident,) = story.incidents()
    told = answered(story.report(incident))
    assert "A text for the day was written, by a statistician" in told
    assert "The words of a text for the day were shown, by a lead official" in told
    assert WORDS not in told
    read = story.entries(EntryKind.PREPARED_TEXT_READ)
    assert [(one["said"]["prepared_text_id"], one["said"]["stands"]) for one in read] == [
        (made["prepared_text_id"], "prepared")
    ]


def test_stranger_and_reader_on_the_list_are_told_that_there_is_nothing(begin: Begin) -> None:
    story, colleague, made = day_before(begin)
    invented = {"prepared_text_id": "txt_" + "0" * 24}
    for who in (STRANGER, CHANCELLOR):
        for ask in (takes, reads_words):
            there, absent = ask(story, who, made), ask(story, who, invented)
            assert (there.status_code, without(there)) == (404, without(absent))
        listed = story.ask(who, "GET", texts(story))
        nowhere = story.ask(who, "GET", f"/releases/rel_{'0' * 24}/prepared-texts")
        assert (listed.status_code, without(listed)) == (404, without(nowhere))
        assert writes(story, who, colleague).status_code == 404
    # An auditor sees how it stands, and no word of it.
    assert [one["state"] for one in story.get(story.auditor, texts(story))["results"]] == ["prepared"]
    assert reasons(reads_words(story, story.auditor, made)) == [("footing_missing", "SI 2008/2998 Sch. para 10")]
