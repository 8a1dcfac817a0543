"""Moving a release on pages: what follows is shown before anything is done, and then it is done as it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from app.actions import ready_letters
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Reader, Story, done
from tests.unit.web.browser import Visitor, unquoted, words

DUE = london(2026, 3, 10, 9, 30)
LATER = {"publishes_on-day": "17", "publishes_on-month": "3", "publishes_on-year": "2026", "clock": "9:30am"}
WHY = {"reason": "Table 2 is being put right."}


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A story in which nothing is moved, for all that only looks or is refused."""
    told = Story(tmp_path_factory.mktemp("still"), london(2026, 2, 2, 10, 0))
    told.ready(DUE, CHANCELLOR, ADVISER)
    yield told
    told.service.close()


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("moving"), london(2026, 2, 2, 10, 0))
    told.ready(DUE, CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def place(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}"


def release(story: Story) -> dict[str, str]:
    found = story.get(story.head, f"/releases/{story.told.release_id}")
    return {name: found[name] for name in ("phase", "publishes_at")}


def goes_on(person: Visitor, story: Story, **sent: str) -> str:
    """Look at what follows, and then do it as it is shown; gives what was shown."""
    person.looks(f"{place(story)}/move")
    shown = person.sends(f"{place(story)}/move/check", **sent)
    assert shown.status_code == 200, words(shown)
    fields = {name: person.field(name) for name in ("revision", *sent)}
    done = person.sends(f"{place(story)}/move", **fields)
    assert (done.status_code, done.headers["location"]) == (303, place(story))
    return words(shown)


def test_new_time_is_set_after_what_follows_was_shown(story: Story) -> None:
    head = at_pages(story, story.head)
    assert "Move, postpone or cancel it" in head.looks(place(story))
    head.looks(f"{place(story)}/move")
    shown = head.sends(f"{place(story)}/move/check", move="reschedule", **LATER, **WHY)
    assert release(story) == {"phase": "final", "publishes_at": instant_text(DUE)}
    told = words(shown)
    for said in (
        "Nothing has been done yet.",
        "Published 9:30am on Tuesday 17 March 2026",
        "Set until now 9:30am on Tuesday 10 March 2026",
        "Ordinary window opens 9:30am on Monday 16 March 2026",
        "It would have opened 9:30am on Monday 9 March 2026",
        "2 people on the list in force are told at once",
        "announced promptly with their reasons: publish yours. From Code 2025 3.2.",
        "six months ahead",
    ):
        assert said in told, said
    assert "four weeks ahead" not in told  # it is more than four weeks ahead
    assert "read already" not in told
    assert "incident" not in told
    done = head.sends(f"{place(story)}/move", revision=head.field("revision"), move="reschedule", **LATER, **WHY)
    assert (done.status_code, done.headers["location"]) == (303, place(story))
    assert release(story) == {"phase": "final", "publishes_at": instant_text(london(2026, 3, 17, 9, 30))}
    assert "Table 2 is being put right." in head.looks(place(story))
    reasons = [body for _, body in story.letters(ADVISER) if "Reason: Table 2 is being put right." in body]
    assert len(reasons) == 1


def test_whoever_read_already_is_named_by_post_before_the_move_that_pauses_them(story: Story) -> None:
    story.clock.put(london(2026, 3, 9, 14, 0))
    story.reads(CHANCELLOR)
    before = len(story.incidents())
    told = goes_on(at_pages(story, story.head), story, move="reschedule", **LATER, **WHY)
    assert "Chancellor, Example Treasury: read already." in told
    assert "It opened 9:30am on Monday 9 March 2026" in told
    assert "1 person has read before the window as it would be" in told
    assert "An incident opens." in told
    assert "Chief Economic Adviser" not in told
    assert "four weeks ahead where practicable; this is 20 days short" in told
    listed = story.get(story.head, f"/lists/{story.told.listed['list_id']}")
    assert [bool(one["paused_reason"]) for one in listed["grants"]] == [True, False]
    assert len(story.incidents()) == before + 1


def test_incident_is_foreseen_also_where_whoever_read_is_off_the_list_by_now(story: Story) -> None:
    story.clock.put(london(2026, 3, 9, 14, 0))
    story.reads(CHANCELLOR)
    story.list_with(ADVISER, override="The Chancellor has left.")
    before = len(story.incidents())
    head = at_pages(story, story.head)
    told = goes_on(head, story, move="reschedule", **LATER, **WHY)
    assert "read already" not in told
    assert "1 person has read before the window as it would be" in told
    assert "An incident opens." in told
    assert len(story.incidents()) == before + 1
    story.clock.forward(minutes=5)
    again = goes_on(head, story, move="reschedule", **{**LATER, "publishes_on-day": "18"}, **WHY)
    assert "1 person has read before the window as it would be" in again
    assert "That is on record as an incident already; no other opens." in again
    assert len(story.incidents()) == before + 1


@pytest.mark.parametrize(
    ("move", "phase", "says"),
    [
        ("postpone", "postponed", "Access stops at once. The list stays"),
        ("cancel", "cancelled", "at once and for good"),
        ("reopen", "announced", "Nobody can open anything until it is signed off again"),
    ],
)
def test_release_is_postponed_cancelled_or_reopened_as_it_was_shown(
    story: Story, move: str, phase: str, says: str
) -> None:
    assert says in goes_on(at_pages(story, story.head), story, move=move, **WHY)
    assert release(story)["phase"] == phase


def test_release_is_brought_forward_with_a_warning(story: Story) -> None:
    sooner = {**LATER, "publishes_on-day": "3"}
    assert "brings the release forward" in goes_on(
        at_pages(story, story.head), story, move="reschedule", **sooner, **WHY
    )
    assert release(story)["publishes_at"] == instant_text(london(2026, 3, 3, 9, 30))


def test_postponed_release_is_given_a_new_time(story: Story) -> None:
    head = at_pages(story, story.head)
    goes_on(head, story, move="postpone", **WHY)
    assert "It was set for 9:30am on Tuesday 10 March 2026" in head.looks(f"{place(story)}/move")
    assert "has to be signed off again" in goes_on(head, story, move="reschedule", **LATER, **WHY)
    assert release(story) == {"phase": "announced", "publishes_at": instant_text(london(2026, 3, 17, 9, 30))}


@pytest.mark.parametrize(
    ("sent", "field", "says"),
    [
        ({**WHY}, "move", "Choose what is to be done"),
        ({"move": "declare_published", **WHY}, "move", "Choose what is to be done"),
        ({"move": "postpone", "reason": " "}, "reason", "Say why"),
        ({"move": "reschedule", **WHY}, "publishes_on-day", "Enter the day and the time"),
        ({"move": "reschedule", **LATER, "clock": "11:00"} | WHY, "time_exemption", "asks for 9:30am on a weekday"),
        (
            {"move": "reschedule", **LATER, "publishes_on-day": "10"} | WHY,
            "publishes_on-day",
            "This is the time already set",
        ),
        (
            {"move": "reschedule", **LATER, "publishes_on-year": "99999999999"} | WHY,
            "publishes_on-day",
            "Enter the day and the time",
        ),
        ({"move": "reschedule", **LATER, "publishes_on-year": "2025"} | WHY, "publishes_on-day", "has passed"),
        (
            {"move": "reschedule", **LATER, "publishes_on-year": "2029"} | WHY,
            "time_exemption",
            "asks for 9:30am on a weekday",
        ),
    ],
)
@pytest.mark.parametrize("step", ["/move/check", "/move"])
def test_fault_is_told_beside_its_field_at_either_step_and_nothing_is_done(
    still: Story, step: str, sent: dict[str, str], field: str, says: str
) -> None:
    head = at_pages(still, still.head)
    head.looks(f"{place(still)}/move")
    revision = str(still.get(still.head, f"/releases/{still.told.release_id}")["revision"])
    answer = head.sends(f"{place(still)}{step}", revision=revision, **sent)
    assert (answer.status_code, words(answer).count(says)) == (422, 2)
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert release(still) == {"phase": "final", "publishes_at": instant_text(DUE)}


def test_move_that_was_looked_at_before_somebody_else_moved_it_is_not_done(story: Story) -> None:
    head = at_pages(story, story.head)
    head.looks(f"{place(story)}/move")
    head.sends(f"{place(story)}/move/check", move="cancel", **WHY)
    revision = head.field("revision")
    story.moves(story.head, "postponement", reason="The other one was quicker.")
    for stale in (revision, "9" * 5000):  # longer than any number is read
        answer = head.sends(f"{place(story)}/move", revision=stale, move="cancel", **WHY)
        assert (answer.status_code, "Somebody changed it first" in words(answer)) == (412, True)
        head.looks(f"{place(story)}/move")
    assert release(story)["phase"] == "postponed"


def test_only_those_who_may_move_a_date_are_asked_and_nobody_else_learns_of_it(still: Story) -> None:
    place_of_move = f"{place(still)}/move"
    statistician, lead = at_pages(still, still.statistician), at_pages(still, still.lead)
    assert "Only the head of profession moves a date." in statistician.looks(place_of_move)
    shown = lead.looks(place_of_move)
    assert ("Take the sign-off back" in shown, "Postpone it" in shown) == (True, False)
    assert "It is kept, and nobody is written to. Give no figure." in shown
    everybody = "It is kept, and everybody on the list reads it, unless the sign-off is only taken back."
    assert everybody in at_pages(still, still.head).looks(place_of_move)
    refused = lead.sends(f"{place_of_move}/check", move="postpone", **WHY)
    assert (refused.status_code, "Another role is needed" in words(refused)) == (403, True)
    auditor = at_pages(still, still.sat.people[Role.AUDITOR])
    assert "Only the head of profession moves a date." in auditor.looks(place_of_move)
    listed, nothing = at_pages(still, CHANCELLOR), f"/producer/releases/rel_{'0' * 24}/move"
    assert listed.asks("GET", place_of_move).status_code == 404
    mine, none = unquoted(listed.last), unquoted(listed.asks("GET", nothing))
    assert mine == none
    for step in ("/check", ""):
        listed.looks("/account")
        assert listed.sends(f"{place_of_move}{step}", move="postpone", revision="1", **WHY).status_code == 404
    assert release(still) == {"phase": "final", "publishes_at": instant_text(DUE)}


def test_release_that_is_over_is_moved_no_more(story: Story) -> None:
    goes_on(at_pages(story, story.head), story, move="cancel", **WHY)
    head = at_pages(story, story.head)
    assert "Move, postpone or cancel it" not in head.looks(place(story))
    assert "Nothing of it is moved any more" in head.looks(f"{place(story)}/move")


def test_letter_that_waits_is_named_where_the_move_makes_it_too_early(story: Story) -> None:
    path = f"/releases/{story.told.release_id}/ready-letters"
    sent = story.post(story.statistician, path, json={"send_at": instant_text(london(2026, 3, 9, 10, 0))})
    assert sent.status_code == 201, sent.text
    head = at_pages(story, story.head)
    head.looks(f"{place(story)}/move")
    late = words(head.sends(f"{place(story)}/move/check", move="reschedule", **LATER, **WHY))
    assert "set for 10:00am on Monday 9 March 2026 , then goes to nobody, and a near miss is drafted" in late
    sooner = {**LATER, "publishes_on-day": "9"}
    soon = words(head.sends(f"{place(story)}/move/check", move="reschedule", **sooner, **WHY))
    assert "set for 10:00am on Monday 9 March 2026 , still goes to those who may read by then" in soon


def set_to_go(story: Story, at: datetime) -> None:
    path = f"/releases/{story.told.release_id}/ready-letters"
    done(story.post(story.statistician, path, json={"send_at": instant_text(at)}), 201)


def test_letter_waits_for_the_last_window_among_its_readers(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 2, 2, 10, 0))
    story.ready(DUE, CHANCELLOR, ADVISER)
    story.told.listed = begun = done(
        story.post(story.statistician, f"/releases/{story.told.release_id}/lists", json={}), 201
    )
    row = f"/lists/{begun['list_id']}/grants/{begun['grants'][1]['grant_id']}"
    changed = story.ask(story.statistician, "PATCH", row, json={"asked_minutes": 120}, revision=begun["revision"])
    story.told.listed = done(changed)
    story.told.listed = done(story.approves())
    set_to_go(story, london(2026, 3, 10, 8, 0))
    head = at_pages(story, story.head)
    head.looks(f"{place(story)}/move")
    # At 8:00am the ordinary window is long open, but the adviser's opens two hours before publication.
    late = {**LATER, "publishes_on-day": "10", "clock": "10:30am", "time_exemption": "Agreed."}
    told = words(head.sends(f"{place(story)}/move/check", move="reschedule", **late, **WHY))
    assert "set for 8:00am on Tuesday 10 March 2026 , then goes to nobody, and a near miss is drafted" in told
    late["clock"] = "9:45am"
    told = words(head.sends(f"{place(story)}/move/check", move="reschedule", **late, **WHY))
    assert "set for 8:00am on Tuesday 10 March 2026 , still goes to those who may read by then" in told
    story.service.close()


@pytest.mark.parametrize(
    ("move", "again", "sent", "near_misses"),
    [
        ("reopen", True, 2, 0),
        ("reopen", False, 0, 0),
        ("postpone", False, 0, 1),
    ],
)
def test_waiting_letter_comes_to_what_was_foreseen(
    story: Story, move: str, again: bool, sent: int, near_misses: int
) -> None:
    set_to_go(story, london(2026, 3, 9, 10, 0))
    told = goes_on(at_pages(story, story.head), story, move=move, **WHY)
    assert ("goes if it is signed off again by then" in told) is (move == "reopen")
    assert ("a near miss is drafted" in told) is bool(near_misses)
    if again:
        done(story.moves(story.head, "sign-off"))
    before = len(story.incidents())
    story.clock.put(london(2026, 3, 9, 10, 1))
    for found in ready_letters.letters_due(story.tools):
        ready_letters.send_due_letter(story.tools, found)
    (letter,) = story.get(story.head, f"/releases/{story.told.release_id}/ready-letters")["results"]
    assert sum(one["sent"] for one in letter["readers"]) == sent
    assert len(story.incidents()) - before == near_misses
