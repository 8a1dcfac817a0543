"""The letters “your documents are ready” on their page: set, sent at once, taken back, and refused where too early."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions import ready_letters
from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.listing import at_pages

DUE = london(2026, 3, 10, 9, 30)
OPENS = {**by_day("send_on", "2026-03-09"), "send_clock": "9:30am"}
NOTHING = "rdl_" + "0" * 24


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A release that is signed off, a week before; everybody on its list has signed."""
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.ready(DUE, CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}/ready-letters"


def calls(story: Story, who: str, how: str = "set", **sent: str) -> Visitor:
    visitor = at_pages(story, who)
    visitor.looks(here(story))
    visitor.sends(here(story), once=visitor.field("once"), how=how, **sent)
    return visitor


def letter_of(story: Story) -> str:
    found = story.get(story.head, f"/releases/{story.told.release_id}/ready-letters")["results"]
    return str(found[-1]["ready_letter_id"])


def test_letter_is_set_once_goes_when_it_is_due_and_says_what_became_of_it(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story).replace("ready-letters", "letters"))
    assert f'href="{here(story)}"' in visitor.last.text
    shown = visitor.looks(here(story))
    assert "None is set to go, and none has gone." in shown
    assert ("the earliest time is 9:30am on Monday 9 March 2026" in shown, "Send it at once" in shown) == (True, False)
    sent = {**OPENS, "how": "set", "once": visitor.field("once"), f"to-{story.id_of(CHANCELLOR)}": "yes"}
    for _ in range(2):  # the button is pressed twice
        assert visitor.sends(here(story), **sent).headers["location"] == here(story)
        shown = visitor.looks(here(story))
    assert len(story.entries(EntryKind.READY_LETTER_SCHEDULED)) == 1
    assert ("Set to go" in shown, "Chancellor, Example Treasury" in shown) == (True, True)
    story.clock.put(london(2026, 3, 9, 9, 30))
    ready_letters.send_due_letter(story.tools, letter_of(story))
    shown = at_pages(story, story.statistician).looks(here(story))
    assert ("Chancellor, Example Treasury: sent" in shown, "Take this letter back" in shown) == (True, False)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (by_day("send_on", "soon"), "send_on-day", "Enter a day and a time"),
        ({"send_clock": ""}, "send_on-day", "Enter a day and a time"),
        (by_day("send_on", "2026-03-01"), "send_on-day", "That time has passed."),
        (by_day("send_on", "2026-03-11"), "send_on-day", "goes before that"),
        ({"send_clock": "9:00am"}, "send_on-day", "The refusal is on record."),
        ({"to-per_" + "0" * 24: "yes"}, "readers", "not on the list in force"),
        ({"to-nobody": "yes"}, "readers", "Choose at most 200 readers"),
    ],
)
def test_letter_that_cannot_be_set_is_told_beside_its_field(
    story: Story, change: dict[str, str], field: str, said: str
) -> None:
    ticked = {f"to-{story.id_of(ADVISER)}": "yes"}
    answer = calls(story, story.statistician, **{**OPENS, **ticked, **change}).last
    assert (answer.status_code, f'href="#{field}"' in answer.text, said in words(answer)) == (422, True, True)
    assert answer.text.count(f'id="{field}"') == 1
    assert re.search(rf'name="to-{story.id_of(ADVISER)}"[^>]*\bchecked', answer.text)
    assert story.entries(EntryKind.READY_LETTER_SCHEDULED) == []


def test_same_letter_is_not_set_twice_and_is_taken_back_with_a_reason(story: Story) -> None:
    calls(story, story.statistician, **OPENS)
    twice = calls(story, story.lead, **OPENS).last
    assert (twice.status_code, "set to go at that time already" in words(twice)) == (422, True)
    lead, place, field = at_pages(story, story.lead), f"{here(story)}/{letter_of(story)}", f"why-{letter_of(story)}"
    for reason in (" ", "x" * 5001):
        lead.looks(here(story))
        wrong = lead.sends(f"{place}/withdrawal", **{field: reason})
        assert (wrong.status_code, f'href="#{field}"' in wrong.text, reason.strip() in wrong.text) == (422, True, True)
    lead.looks(here(story))
    assert lead.sends(f"{place}/withdrawal", **{field: "Table 2 is put right."}).headers["location"] == here(story)
    shown = lead.looks(here(story))
    assert ("Taken back" in shown, "Table 2 is put right." in shown) == (True, True)
    again = lead.sends(f"{place}/withdrawal", **{field: "Once more."})
    assert (again.status_code, "withdrawn already" in words(again)) == (409, True)


def test_letter_is_sent_at_once_to_those_who_may_read(story: Story) -> None:
    story.clock.put(DUE - timedelta(hours=23))
    answer = calls(story, story.statistician, "now").last
    assert answer.headers["location"] == here(story)
    shown = at_pages(story, story.statistician).looks(here(story))
    assert ("Chancellor, Example Treasury: sent" in shown, "Chief Economic Adviser" in shown) == (True, True)
    assert len(story.entries(EntryKind.READY_LETTER_SENT)) == 1


def test_letter_sent_at_once_too_early_goes_to_nobody_and_is_put_on_record(story: Story) -> None:
    answer = calls(story, story.statistician, "now").last
    assert (answer.status_code, "a near miss is on record" in words(answer)) == (422, True)
    assert ('href="#readers"' in answer.text, "Withheld" in words(answer)) == (True, True)


def test_release_without_a_time_or_a_list_says_what_to_do(story: Story) -> None:
    done(story.moves(story.head, "postponement", reason="Late data."))
    assert "nobody is called to its documents" in at_pages(story, story.statistician).looks(here(story))
    story.release(DUE, title="The next one")
    shown = at_pages(story, story.statistician).looks(here(story))
    assert ("Have the list approved first" in shown, "Set it to go" in shown) == (True, False)


def test_letters_are_nothing_to_others_and_auditors_only_read(story: Story) -> None:
    calls(story, story.statistician, **OPENS)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    withdrawal = f"{here(story)}/{letter_of(story)}/withdrawal"
    for who in (other, STRANGER, CHANCELLOR):
        visitor = at_pages(story, who)
        assert visitor.asks("GET", here(story)).status_code == 404
        for path in (here(story), withdrawal):
            visitor.looks("/report")
            assert visitor.sends(path, once="frm_" + "0" * 24, **OPENS).status_code == 404
    auditor = at_pages(story, story.auditor)
    assert "Set to go" in auditor.looks(here(story))
    assert "<form" not in auditor.last.text.partition("<main")[2]
    auditor.looks("/report")
    for path, sent in ((here(story), OPENS), (here(story), {}), (withdrawal, {})):
        auditor.looks("/report")
        assert auditor.sends(path, once="frm_" + "0" * 24, **sent).status_code == 403
    statistician = at_pages(story, story.statistician)
    statistician.looks(here(story))
    assert statistician.sends(withdrawal.replace(letter_of(story), NOTHING), reason="x").status_code == 404
