"""A producer's own words on pages: in the declaration, and the warning on copies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import Visitor
from tests.unit.web.test_recall_pages import at_pages

NOW = london(2026, 3, 2, 10, 0)
DUE = london(2026, 3, 10, 9, 30)
FIRST = "Treat as Official Sensitive until published."
WORDS = "Keep your copy on your own machine.\n\nTell nobody."
WARNING = "Official Sensitive. Do not hint at it."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, NOW)
    yield told
    told.service.close()


def words(story: Story) -> str:
    return f"/producer/undertaking-words/{story.sat.producer_id}"


def warnings(story: Story) -> str:
    return f"/producer/warnings/{story.sat.producer_id}"


def checked(visitor: Visitor, story: Story, text: str, order: str = "uk") -> dict[str, str]:
    """Look at what new words would do; gives what its form carries."""
    visitor.looks(f"{words(story)}?order={order}")
    assert visitor.sends(words(story), order=order, words=text).status_code == 200
    return {name: visitor.field(name) for name in ("order", "words", "shown", "looked_at", "once")}


def test_head_sees_who_signs_again_and_gives_the_words_once(story: Story) -> None:
    story.ready(DUE, CHANCELLOR, ADVISER)
    story.clock.put(london(2026, 3, 9, 14, 0))
    story.reads(CHANCELLOR)
    head = at_pages(story, story.head)
    assert "The producer’s first warning stands there" in head.looks(words(story))
    sent = checked(head, story, WORDS)
    assert "If you give them, the declarations of 2 people count no more." in head.last.text
    assert (FIRST in head.last.text, sent["words"]) == (True, WORDS)
    for _ in range(2):  # the button is pressed twice
        assert head.sends(words(story), **sent).headers["location"] == f"{words(story)}?done=given"
        head.looks(f"{words(story)}?done=given")
    assert len(story.entries(EntryKind.UNDERTAKING_WORDS_GIVEN)) == 1
    assert "Version 1, since 2:00pm on Monday 9 March 2026 , by Example Head Of Profession" in head.looks(words(story))


def test_words_that_changed_since_they_were_looked_at_are_shown_again(story: Story) -> None:
    head = at_pages(story, story.head)
    sent = checked(head, story, WORDS)
    path = f"/producers/{story.sat.producer_id}/undertaking-words"
    done(story.post(story.head, path, json={"order": "uk", "words": "Something else."}), 201)
    answer = head.sends(words(story), **sent)
    assert (answer.status_code, "Somebody gave new words since you looked" in answer.text) == (200, True)
    assert "Something else." in answer.text
    assert head.sends(words(story), **{**sent, "shown": head.field("shown"), "once": head.field("once")}).is_redirect
    assert len(story.entries(EntryKind.UNDERTAKING_WORDS_GIVEN)) == 2


def test_version_that_was_never_shown_is_no_server_error(story: Story) -> None:
    head = at_pages(story, story.head)
    sent = checked(head, story, WORDS)
    answer = head.sends(words(story), **{**sent, "shown": "1" * 4400})
    assert (answer.status_code, "Somebody gave new words since you looked" in answer.text) == (200, True)


def test_words_can_be_taken_away_and_are_told_when_they_are_the_same_or_too_long(story: Story) -> None:
    head = at_pages(story, story.head)
    sent = checked(head, story, "", "scotland")
    assert "Nothing is added any more." in head.last.text
    assert head.sends(words(story), **sent).status_code == 303
    assert "Nothing is added." in head.looks(words(story))
    for text, said in (("", "the words in force already"), ("x" * 5001, "Shorten this to 5,000")):
        head.looks(f"{words(story)}?order=scotland")
        answer = head.sends(words(story), order="scotland", words=text)
        seen = (answer.status_code, 'href="#words"' in answer.text, said in answer.text, f">{text}</te" in answer.text)
        assert seen == (422, True, True, True)
    assert head.sends(words(story), order="france", words="x").status_code == 403


def test_only_the_head_gives_words(story: Story) -> None:
    head = at_pages(story, story.head)
    sent = checked(head, story, WORDS)
    for who in (story.statistician, story.lead, story.auditor):
        visitor = at_pages(story, who)
        assert "The head of profession gives new words." in visitor.looks(f"{words(story)}?order=uk")
        assert "<form" not in visitor.last.text.partition("<main")[2]
        assert visitor.sends(words(story), **sent).status_code == 403
    assert story.entries(EntryKind.UNDERTAKING_WORDS_GIVEN) == []


def test_warning_is_proposed_once_and_approved_by_another(story: Story) -> None:
    lead, head = at_pages(story, story.lead), at_pages(story, story.head)
    assert "Given when the producer was registered." in lead.looks(f"{warnings(story)}?order=uk")
    assert f">{FIRST}</textarea>" in lead.last.text
    sent = {"order": "uk", "text": WARNING, "once": lead.field("once")}
    for _ in range(2):  # the button is pressed twice
        assert lead.sends(warnings(story), **sent).headers["location"] == f"{warnings(story)}?done=proposed"
        lead.looks(warnings(story))
    (entry,) = story.entries(EntryKind.WARNING_PROPOSED)
    approval = f"{warnings(story)}/{entry['said']['warning_id']}/approval"
    assert "You proposed it, so another person approves it." in lead.looks(warnings(story))
    assert approval not in lead.last.text
    refused = lead.sends(approval)
    assert (refused.status_code, "cannot approve it" in refused.text) == (403, True)
    statistician = at_pages(story, story.statistician)
    assert "A lead official or the head of profession approves it." in statistician.looks(warnings(story))
    assert "The warning on copies On every copy that a recipient is given 1 waits" in head.looks(
        f"/producer/settings/{story.sat.producer_id}"
    )
    assert f"Now: {FIRST} Proposed: {WARNING}" in head.looks(warnings(story))
    assert head.sends(approval).headers["location"] == f"{warnings(story)}?done=approved"
    assert "Version 1, approved by Example Head Of Profession" in head.looks(warnings(story))
    assert "Waiting for a second person" not in head.last.text


def test_warning_that_a_later_one_overtook_waits_no_more(story: Story) -> None:
    statistician, head = at_pages(story, story.statistician), at_pages(story, story.head)
    for text in (WARNING, f"{WARNING} At all."):
        statistician.looks(f"{warnings(story)}?order=uk")
        sent = {"order": "uk", "text": text, "once": statistician.field("once")}
        assert statistician.sends(warnings(story), **sent).status_code == 303
    second = story.entries(EntryKind.WARNING_PROPOSED)[-1]["said"]["warning_id"]
    head.looks(warnings(story))
    assert head.sends(f"{warnings(story)}/{second}/approval").status_code == 303
    assert f"1 {WARNING} Never approved" in head.looks(warnings(story))
    assert "waits" not in head.looks(f"/producer/settings/{story.sat.producer_id}").partition("warning")[2]


@pytest.mark.parametrize(
    ("text", "said"), [(" ", "warns nobody"), (FIRST, "in force already"), ("x" * 5001, "Shorten this")]
)
def test_warning_that_cannot_be_proposed_is_told_beside_its_field(story: Story, text: str, said: str) -> None:
    lead = at_pages(story, story.lead)
    lead.looks(f"{warnings(story)}?order=wales")
    answer = lead.sends(warnings(story), order="wales", text=text, once=lead.field("once"))
    assert (answer.status_code, 'href="#text"' in answer.text, said in answer.text) == (422, True, True)
    assert story.entries(EntryKind.WARNING_PROPOSED) == []


def test_auditor_reads_and_others_are_told_that_nothing_is_there(story: Story) -> None:
    auditor = at_pages(story, story.auditor)
    auditor.looks(warnings(story))
    assert "<form" not in auditor.last.text.partition("<main")[2]
    other = story.service.producer("Office for Distant Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (STRANGER, CHANCELLOR, other):
        visitor = at_pages(story, who)
        assert [visitor.asks("GET", one).status_code for one in (words(story), warnings(story))] == [404, 404]
