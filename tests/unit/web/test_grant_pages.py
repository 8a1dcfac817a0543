"""One grant of the list in force on its page: paused, resumed, extended exceptionally, and by whom not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story, done
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.listing import at_pages

DUE = london(2026, 3, 10, 9, 30)
LATER = london(2026, 3, 12, 9, 30)
WHY = "A statement is awaited."
NOTHING = "grt_" + "0" * 24


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A release whose list is in force, 23 hours before it is due."""
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.ready(DUE, CHANCELLOR, ADVISER)
    told.clock.put(DUE - timedelta(hours=23))
    yield told
    told.service.close()


def here(story: Story, reader: Reader = CHANCELLOR) -> str:
    return f"/lists/{story.told.listed['list_id']}/grants/{story.grant_of(reader)['grant_id']}"


def informed(day: str = "2026-03-09", clock: str = "9:00am") -> dict[str, str]:
    return {**by_day("board_informed_on", day), "board_informed_clock": clock}


def extends(head: Visitor, place: str, **sent: str) -> int:
    return head.sends(f"{place}/extension", once=head.field("once"), **sent).status_code


def test_head_pauses_and_resumes_from_the_list_and_the_board(story: Story) -> None:
    head, place = at_pages(story, story.head), here(story)
    for linked in (f"/lists/{story.told.listed['list_id']}", f"/producer/releases/{story.told.release_id}/board"):
        head.looks(linked)
        assert f'href="{place}"' in head.last.text
    assert "On the list in force" in head.looks(place)
    assert head.sends(f"{place}/pause", pause_reason=WHY).headers["location"] == place
    shown = head.looks(place)
    assert (WHY in shown, "Pause this access" in shown, "Resume this access" in shown) == (True, False, True)
    assert "Resume or extend Chancellor" in head.looks(f"/producer/releases/{story.told.release_id}/board")
    head.looks(place)
    again = head.sends(f"{place}/pause", pause_reason=WHY)
    assert (again.status_code, "is paused already" in words(again)) == (409, True)
    head.looks(place)
    assert head.sends(f"{place}/resumption", resume_reason="It was given.").headers["location"] == place
    assert "Pause this access" in head.looks(place)
    assert len(story.entries(EntryKind.GRANT_PAUSED)) == len(story.entries(EntryKind.GRANT_RESUMED)) == 1


@pytest.mark.parametrize(("act", "field"), [("pause", "pause_reason"), ("resumption", "resume_reason")])
@pytest.mark.parametrize("reason", [" ", "x" * 5001])
def test_decision_without_a_reason_is_asked_for_one(story: Story, act: str, field: str, reason: str) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    if act == "resumption":
        head.sends(f"{here(story)}/pause", pause_reason=WHY)
        head.looks(here(story))
    answer = head.sends(f"{here(story)}/{act}", **{field: reason})
    assert (answer.status_code, f'href="#{field}"' in answer.text, reason.strip() in answer.text) == (422, True, True)
    assert story.entries(EntryKind.GRANT_RESUMED) == []


def test_head_extends_once_and_is_led_to_the_grant_on_the_new_version(story: Story) -> None:
    done(story.moves(story.head, "rescheduling", reason="A national event.", publishes_at="2026-03-12T09:30:00Z"))
    head = at_pages(story, story.head)
    assert "SI 2008/2998 Sch. para 5(1)(a)" in head.looks(here(story))
    sent = {"reasons": "A period of mourning.", **informed(), "once": head.field("once")}
    led = [head.sends(f"{here(story)}/extension", **sent).headers["location"]]
    head.looks(here(story))
    led.append(head.sends(f"{here(story)}/extension", **sent).headers["location"])  # the button is pressed twice
    assert led[0] == led[1] != here(story)
    shown = head.looks(led[0])
    assert ("A period of mourning." in shown, "10:30am on Monday 9 March 2026" in shown) == (True, True)
    assert len(story.entries(EntryKind.GRANT_RESUMED)) == 1
    assert "This version of the list is not in force" in head.looks(here(story))
    assert 'name="reasons"' not in head.last.text


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"reasons": ""}, "reasons", "Give the reasons"),
        ({"asked_minutes": "soon"}, "asked_minutes", "Enter hours"),
        ({"asked_minutes": "24"}, "asked_minutes", "longer than the ordinary limit"),
        ({"asked_minutes": "9999"}, "asked_minutes", "up to 62 days"),
        ({"board_informed_clock": "", "board_informed_on-month": ""}, "board_informed_on-day", "Enter the day and"),
        (informed("2026-03-11"), "board_informed_on-day", "cannot have been informed in the future"),
        ({**informed("", "")}, "board_informed_on-day", "Board"),
        (informed("26-03-09"), "board_informed_on-day", "Enter the day and"),
        ({"board_informed_on-year": "٢٠٢٦"}, "board_informed_on-day", "Enter the day and"),
    ],
)
def test_extension_that_cannot_be_taken_is_told_beside_its_field(
    story: Story, change: dict[str, str], field: str, said: str
) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    sent = {"reasons": "A period of mourning.", "asked_minutes": "48", **informed(), **change}
    assert extends(head, here(story), **sent) == 422
    assert (f'href="#{field}"' in head.last.text, said in words(head.last)) == (True, True)
    assert sent["reasons"] in head.last.text
    assert story.entries(EntryKind.GRANT_RESUMED) == []


def test_nobody_resumes_or_extends_access_of_their_own(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 3, 2, 10, 0))
    own = Reader("Fern Foxglove", story.service.email_of(story.head), "Director")
    second = story.service.person("Gorse Heath", "gorse.heath@stats.gov.example")
    story.service.role(second, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    story.release(DUE)
    story.draft_with(own, CHANCELLOR)
    story.told.listed = done(story.approves(second))
    head, other = at_pages(story, story.head), at_pages(story, second)
    head.looks(here(story, own))
    assert head.sends(f"{here(story, own)}/pause", pause_reason=WHY).status_code == 303
    shown = head.looks(here(story, own))
    assert ("This is your own access." in shown, "<form" in head.last.text.partition("<main")[2]) == (True, False)
    other.looks(here(story, own))
    head.looks(here(story))  # another's, for a form's token
    refused = head.sends(f"{here(story, own)}/resumption", resume_reason=WHY)
    assert (refused.status_code, "Nobody decides on access of their own" in words(refused)) == (403, True)
    other.looks(here(story, own))
    assert other.sends(f"{here(story, own)}/resumption", resume_reason=WHY).status_code == 303
    story.service.close()


@pytest.mark.parametrize("who", ["statistician", "lead", "auditor"])
def test_others_of_the_producer_read_and_do_not_decide(story: Story, who: str) -> None:
    visitor = at_pages(story, getattr(story, who))
    shown = visitor.looks(here(story))
    assert ("The head of profession decides." in shown, "Pause this access" in shown) == (True, False)
    assert here(story) not in visitor.asks("GET", f"/lists/{story.told.listed['list_id']}").text
    head = at_pages(story, story.head)
    head.looks(here(story))
    visitor.looks("/report")
    refused = visitor.sends(f"{here(story)}/pause", pause_reason=WHY)
    assert (refused.status_code, story.entries(EntryKind.GRANT_PAUSED)) == (403, [])


def test_page_of_a_grant_is_nothing_to_others_and_on_another_list(story: Story) -> None:
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (other, STRANGER, CHANCELLOR):
        visitor = at_pages(story, who)
        nowhere = f"/lists/{story.told.listed['list_id']}/grants/{NOTHING}"
        assert [visitor.asks("GET", path).status_code for path in (here(story), nowhere)] == [404, 404]
        visitor.looks("/report")
        for act in ("pause", "resumption", "extension"):
            assert visitor.sends(f"{here(story)}/{act}", pause_reason=WHY, reasons=WHY).status_code == 404
            visitor.looks("/report")
    assert at_pages(story, story.head).asks("GET", nowhere).status_code == 404


def test_release_that_is_over_or_postponed_is_said_so(story: Story) -> None:
    head = at_pages(story, story.head)
    done(story.moves(story.head, "postponement", reason="Table 4 is not finished."))
    shown = head.looks(here(story))
    assert ("it can be extended once it has a time again" in shown, "Pause this access" in shown) == (True, True)
    assert ("No time is set" in shown, "9:30am on Tuesday 10 March 2026" in shown) == (True, False)
    done(story.moves(story.head, "cancellation", reason="It is not made any more."))
    shown = head.looks(here(story))
    assert ("The release is over" in shown, "Pause this access" in shown) == (True, False)
    assert ("How it stands Over" in shown, "Not any more: it is cancelled" in shown) == (True, True)


def test_head_is_warned_that_whoever_stands_in_keeps_their_access_too(story: Story) -> None:
    asked = {
        "for_person_id": story.id_of(ADVISER),
        "name": "Fern Example",
        "email": "fern.example@treasury.gov.example",
        "post_title": "Deputy Adviser",
        "organisation": ADVISER.organisation,
        "held_from_on": "2026-01-05",
        "reason": "On leave.",
    }
    row = done(story.post(story.statistician, f"/releases/{story.told.release_id}/deputies", json=asked), 201)
    approval = {"override_reason": "The adviser is ill."}
    done(story.post(story.head, f"/deputies/{row['deputy_id']}/approval", json=approval))
    listed = story.get(story.head, f"/releases/{story.told.release_id}/lists")["results"][0]["list_id"]
    grants = story.get(story.head, f"/lists/{listed}")["grants"]
    (own,) = [one["grant_id"] for one in grants if one["person_id"] == story.id_of(ADVISER)]
    shown = at_pages(story, story.head).looks(f"/lists/{listed}/grants/{own}")
    assert "Fern Example stands in for them at this release. Once you resume this access, all of them have it" in shown


def test_past_failure_that_must_count_is_asked_about_beside_its_field(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 3, 2, 10, 0))
    story.release(DUE, order="wales", sensitivity="ordinary")
    story.draft_with(CHANCELLOR)
    listed, sent = story.told.listed, {"ground_letter": "a"}
    path = f"/lists/{listed['list_id']}/grants/{story.grant_of(CHANCELLOR)['grant_id']}"
    story.told.listed = done(story.ask(story.statistician, "PATCH", path, json=sent, revision=listed["revision"]))
    story.told.listed = done(story.approves())
    failure = {"person_id": story.id_of(CHANCELLOR), "what": "Told a journalist.", "order": "wales"}
    failures = f"/producers/{story.sat.producer_id}/failures"
    done(story.post(story.head, failures, json={**failure, "occurred_on": "2026-02-10"}), 201)
    head = at_pages(story, story.head)
    shown = head.looks(here(story))
    assert ("Told a journalist." in shown, "WSI 2009/2818 Sch. para 4(3)" in shown) == (True, True)
    assert 'name="board_informed_on-day"' not in head.last.text
    head.sends(f"{here(story)}/pause", pause_reason=WHY)
    for act, field, reason in (
        ("extension", "extend_considered", {"reasons": "Abroad.", "asked_minutes": "336"}),
        ("resumption", "resume_considered", {"resume_reason": "Cleared up."}),
    ):
        head.looks(here(story))
        once = head.field("once")
        wanted = head.sends(f"{here(story)}/{act}", once=once, **reason)
        assert (wanted.status_code, f'href="#{field}"' in wanted.text) == (422, True)
        if act == "resumption":
            done_now = head.sends(f"{here(story)}/{act}", **reason, **{field: "Trained since."})
            assert done_now.status_code == 303
    story.service.close()
