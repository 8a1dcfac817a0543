"""The pages of prepared texts: written, shown on asking, held, decided on, and copied from once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.audit.entries import EntryKind
from tests.build import london
from tests.scenarios.drawer import WORDS, declared, prepared, web_desk, worker
from tests.story import CHANCELLOR, Story, done
from tests.unit.web.browser import Visitor, words
from tests.unit.web.test_readiness_pages import at_pages

DUE = london(2026, 6, 16, 9, 30)


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("texts"), DUE - timedelta(days=8))
    prepared(told, DUE)
    told.clock.put(DUE - timedelta(days=1))
    yield told
    told.service.close()


def place(story: Story, what: str = "") -> str:
    return f"/producer/releases/{story.told.release_id}/texts{what}"


def seals(story: Story, who: Visitor, owner_id: str, **changes: str) -> str:
    """Write a tweet on the page; gives the address of its page."""
    who.looks(place(story, "/new"))
    sent = {"kind": "tweet", "words": WORDS, "channel": "The account", "owner_id": owner_id, **changes}
    answer = who.sends(place(story, "/new"), **sent)
    assert answer.status_code == 303, words(answer)
    return str(answer.headers["location"])


def test_text_is_written_shown_changed_and_copied_once(story: Story) -> None:
    desk, writer = web_desk(story), at_pages(story, story.statistician)
    assert "Texts for the day" in writer.looks(f"/producer/releases/{story.told.release_id}")
    assert "None is prepared." in writer.looks(place(story))
    made = seals(story, writer, desk)
    for page in (writer.looks(made), writer.looks(place(story))):
        assert "Tweet" in page
        assert "Sealed" in page
        assert WORDS not in page
    shown = writer.sends(f"{made}/reading")
    assert (shown.status_code, WORDS in words(shown), shown.headers["cache-control"]) == (200, True, "no-store")
    assert "Until publication is confirmed these words are the statistics." in words(shown)
    revision = writer.field("revision")
    sent = {"words": f"{WORDS} Now.", "channel": "Another account", "owner_id": desk, "ready_from_at": "9:45am"}
    assert writer.sends(f"{made}/change", revision=revision, **sent).status_code == 303
    assert "9:45am on Tuesday 16 June 2026" in writer.looks(made)
    assert at_pages(story, desk).asks("GET", made).status_code == 403
    story.clock.put(DUE)
    declared(story)
    assert at_pages(story, desk).asks("GET", made).status_code == 403  # it is set for 9:45
    story.clock.put(DUE + timedelta(minutes=15))
    worker(story)
    assert "Ready to send" in at_pages(story, desk).looks(made)
    sender = at_pages(story, desk)
    assert "Take it to send it" in sender.looks(made)
    assert "Show the words" not in words(sender.last)  # it is given once
    taken = sender.sends(f"{made}/taking")
    assert (taken.status_code, f"{WORDS} Now." in words(taken)) == (200, True)
    assert "Show the words" in sender.looks(made)
    again = sender.sends(f"{made}/taking")
    assert (again.status_code, "was taken to be sent already" in words(again)) == (409, True)
    assert f"{WORDS} Now." in words(sender.sends(f"{made}/reading"))
    assert len(story.entries(EntryKind.PREPARED_TEXT_TAKEN)) == 1


def test_text_set_to_go_early_is_refused_on_the_page_and_what_was_typed_stays(story: Story) -> None:
    writer = at_pages(story, story.statistician)
    writer.looks(place(story, "/new"))
    sent = {"kind": "tweet", "words": WORDS, "channel": "The account", "owner_id": story.lead}
    refused = writer.sends(place(story, "/new"), **sent, ready_from_at="8:50am")
    told = words(refused)
    assert (refused.status_code, WORDS in told) == (422, True)
    assert "before the time set for publication" in told
    assert "From SI 2008/2998 Sch. para 6(1)." in told
    assert story.get(story.head, f"/releases/{story.told.release_id}/prepared-texts")["results"] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"words": ""}, "Write the text"),
        ({"words": "x" * 281}, "A tweet has at most 280 letters; this has 281."),
        ({"kind": ""}, "Choose what it is to become"),
        ({"kind": "fax"}, "Choose what it is to become"),
        ({"channel": "x" * 101}, "Say where it is to be sent"),
        ({"owner_id": ""}, "Choose who is given it"),
        ({"ready_from_at": "half nine"}, "Enter a time on the day of publication"),
    ],
)
def test_field_that_cannot_be_taken_is_named(story: Story, wrong: dict[str, str], said: str) -> None:
    writer = at_pages(story, story.statistician)
    writer.looks(place(story, "/new"))
    sent = {"kind": "tweet", "words": WORDS, "channel": "The account", "owner_id": story.lead, **wrong}
    refused = writer.sends(place(story, "/new"), **sent)
    assert (refused.status_code, said in words(refused)) == (422, True), words(refused)


def test_held_text_is_decided_on_by_the_head_of_profession_and_withdrawn_by_whoever_prepares(story: Story) -> None:
    writer = at_pages(story, story.statistician)
    made, other = (seals(story, writer, story.lead) for _ in range(2))
    story.clock.put(DUE + timedelta(minutes=2))
    worker(story)
    shown = at_pages(story, story.statistician).looks(made)
    assert "Held" in shown
    assert "Publication was not confirmed by the time set" in shown
    assert "Let it stand" not in shown
    head = at_pages(story, story.head)
    assert "Let it stand" in head.looks(made)
    refused = head.sends(f"{made}/decision", revision=head.field("revision"), reason="")
    assert (refused.status_code, "Say why" in words(refused)) == (422, True)
    head.looks(made)
    assert (
        head.sends(f"{made}/decision", revision=head.field("revision"), reason="Right <b>still</b>.").status_code == 303
    )
    assert "Right <b>still</b>." in head.looks(made)  # as typed, and no markup
    writer = at_pages(story, story.statistician)
    writer.looks(other)
    gone = writer.sends(f"{other}/withdrawal", revision=writer.field("revision"), reason="Wrong date.")
    assert gone.status_code == 303
    assert "Withdrawn" in writer.looks(other)


def test_words_of_a_text_of_a_cancelled_release_are_offered_on_no_page(story: Story) -> None:
    writer = at_pages(story, story.statistician)
    waits, gone = seals(story, writer, story.lead), seals(story, writer, story.lead)
    assert "Show the words" in writer.looks(gone)
    writer.sends(f"{gone}/withdrawal", revision=writer.field("revision"), reason="Wrong date.")
    assert "Show the words" in writer.looks(gone)
    done(story.moves(story.head, "cancellation", reason="The source was wrong."))
    for made, said in ((waits, "Never to be sent"), (gone, "Withdrawn")):
        assert said in writer.looks(made)
        assert "Show the words" not in words(writer.last)


def test_stranger_and_reader_on_the_list_find_no_page_and_an_auditor_no_words(story: Story) -> None:
    made = seals(story, at_pages(story, story.statistician), story.lead)
    for path in (place(story), made, place(story, "/new")):
        assert at_pages(story, CHANCELLOR).asks("GET", path).status_code == 404
    auditor = at_pages(story, story.auditor)
    shown = auditor.looks(made)
    assert "Sealed" in shown
    assert "Show the words" not in shown
    assert "Write a text" not in auditor.looks(place(story))
    assert auditor.asks("GET", place(story, "/new")).status_code == 403


def test_text_in_a_rehearsal_says_so_on_each_page(story: Story) -> None:
    story.release(DUE, title="Claimant count", rehearsal=True)
    writer = at_pages(story, story.statistician)
    assert "Every text of it begins with “REHEARSAL: ”" in writer.looks(place(story, "/new"))
    made = seals(story, writer, story.lead)
    assert "REHEARSAL: Claimant count" in writer.looks(made)
    assert f"REHEARSAL: {WORDS}" in words(writer.sends(f"{made}/reading"))
    assert done(story.ask(story.lead, "GET", f"/releases/{story.told.release_id}/prepared-texts"))["next"] is None
