"""Readiness before the day: what is missing is told by rung, once, and the page is confirmed for the very time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.actions import page_confirmations, readiness
from app.actions.tools import Actor, RoleHeld
from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.reasons import instant_text
from app.worker.loop import each
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, Reader, Story, done

DUE = london(2026, 3, 24, 9, 30)  # a Tuesday
BEGUN = london(2026, 3, 10, 10, 0)
PAGE = "https://stats.gov.example/claimant-count"


def publisher(story: Story, email: str = "web.desk.editor@ons.gov.example") -> str:
    """Add somebody of the publishing team."""
    person_id = story.service.person("Pat Publisher", email)
    story.service.role(person_id, Role.PUBLISHER, story.sat.organisation_id)
    return person_id


def tick(story: Story, at: datetime) -> None:
    """Let the worker do, at an instant, what belongs to readiness."""
    story.clock.put(at)
    each(page_confirmations.confirmations_fallen, page_confirmations.end_fallen)(story.tools)
    each(readiness.releases_unready, readiness.tell_unready)(story.tools)


def lines(story: Story) -> dict[str, Any]:
    found = story.get(story.lead, f"/releases/{story.told.release_id}/readiness")
    return {line["need"]: line for line in found["lines"]}


def standings(story: Story) -> dict[str, str]:
    return {need: line["standing"] for need, line in lines(story).items()}


def confirms(story: Story, who: str, at: datetime = DUE, **changes: Any) -> Any:
    body = {
        "publishes_at": instant_text(at),
        "page_url": PAGE,
        "scheduled_by": "Duty web editor",
        "seen": "Looked at its entry in the publishing system.",
        **changes,
    }
    return story.post(who, f"/releases/{story.told.release_id}/page-confirmations", json=body)


def subjects(story: Story, who: str) -> list[str]:
    return [subject for subject, _ in story.letters(who) if "before publication" in subject or "anew" in subject]


def told(story: Story) -> list[tuple[str, list[str], int]]:
    said = [entry["said"] for entry in story.entries(EntryKind.READINESS_TOLD)]
    return [(one["rung"], one["missing"], one["people"]) for one in said]


def ready_but_for_the_page(story: Story) -> None:
    """Everything is there but what the publishing team owes, and what the department and the watch do."""
    story.ready(DUE, ADVISER)


def test_readiness_of_a_release_with_nothing_yet_names_every_item_with_its_day(begin: Begin) -> None:
    story = begin(BEGUN)
    story.release(DUE)
    found = [(need, line["stage"], line["standing"], line["due_at"]) for need, line in lines(story).items()]
    opens = instant_text(DUE - timedelta(hours=24))
    assert found == [
        ("list_confirmed", "week", "not_yet", instant_text(london(2026, 3, 17, 12, 0))),
        ("declarations_signed", "week", "not_yet", instant_text(DUE - timedelta(hours=1))),
        ("list_approved", "two_days", "not_yet", instant_text(london(2026, 3, 20, 12, 0))),
        ("documents_final", "two_days", "not_yet", instant_text(london(2026, 3, 20, 12, 0))),
        ("watch_planned", "two_days", "not_yet", instant_text(london(2026, 3, 20, 12, 0))),
        ("signed_off", "day_before", "not_yet", opens),
        ("page_confirmed", "day_before", "not_yet", instant_text(london(2026, 3, 23, 12, 0))),
        ("list_of_posts", "day", "not_yet", instant_text(DUE - timedelta(hours=1))),
    ]


def test_readiness_follows_the_records_item_by_item(begin: Begin) -> None:
    story = begin(BEGUN)
    story.release(DUE)
    story.list_with(ADVISER, CHANCELLOR)
    story.signed(ADVISER)
    story.sealed()
    found = lines(story)
    assert {need for need, line in found.items() if line["standing"] == "done"} == {"list_approved", "documents_final"}
    assert found["declarations_signed"]["detail"] == "1 of the 2 people on the list owes a declaration that counts."
    assert found["list_confirmed"]["detail"] == "Not confirmed for the rows as they are: Example Treasury."
    story.signed(CHANCELLOR)
    story.signed_off()
    assert {need for need, line in standings(story).items() if line == "done"} == {
        "declarations_signed",
        "list_approved",
        "documents_final",
        "signed_off",
    }


def test_declaration_whose_words_were_replaced_counts_no_more(begin: Begin) -> None:
    story = begin(BEGUN)
    ready_but_for_the_page(story)
    assert standings(story)["declarations_signed"] == "done"
    path = f"/producers/{story.sat.producer_id}/undertaking-words"
    answer = story.post(story.head, path, json={"order": "uk", "words": "Do not speak of it in the lift."}, revision=0)
    assert answer.status_code == 201, answer.text
    assert standings(story)["declarations_signed"] == "not_yet"


def test_page_that_nobody_confirmed_is_told_by_rung_once_and_nobody_twice(begin: Begin) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    ready_but_for_the_page(story)
    for at in (london(2026, 3, 20, 9, 0), london(2026, 3, 20, 9, 1), london(2026, 3, 23, 8, 0)):
        tick(story, at)
    assert [(rung, people) for rung, missing, people in told(story) if "page_confirmed" in missing] == [("owner", 1)]
    (asked,) = [body for subject, body in story.letters(team) if "before publication" in subject]
    assert "the confirmation that the page is scheduled: due by Monday 23 March 2026, 12:00pm (UK time)" in asked
    assert "Treasury" not in asked
    tick(story, london(2026, 3, 23, 12, 0))
    tick(story, london(2026, 3, 23, 12, 1))
    tick(story, london(2026, 3, 23, 15, 0))
    tick(story, DUE - timedelta(minutes=60))
    page = [(rung, people) for rung, missing, people in told(story) if "page_confirmed" in missing]
    assert page == [("owner", 1), ("lead_official", 1), ("head_of_profession", 1), ("everybody", 3)]
    assert len(subjects(story, team)) == 2


def test_page_confirmed_ends_the_letters_and_stands_in_the_log(begin: Begin) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    ready_but_for_the_page(story)
    story.clock.put(london(2026, 3, 20, 15, 0))
    made = done(confirms(story, team), 201)
    assert (made["confirmed_by"], made["ended_at"]) == (team, None)
    (entry,) = story.entries(EntryKind.PAGE_CONFIRMED)
    assert (entry["said"]["scheduled_for"], entry["said"]["page_url"]) == (instant_text(DUE), PAGE)
    assert "Duty web editor" not in str(entry["said"])
    assert standings(story)["page_confirmed"] == "done"
    tick(story, london(2026, 3, 23, 15, 0))
    assert [missing for _, missing, _ in told(story) if "page_confirmed" in missing] == []


def test_page_scheduled_for_another_time_is_refused_and_both_are_told(begin: Begin) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    story.release(DUE)
    answer = confirms(story, team, DUE + timedelta(hours=1))
    assert (answer.status_code, answer.json()["code"]) == (422, "page_time_differs")
    assert answer.json()["detail"].startswith(
        "The page is scheduled for Tuesday 24 March 2026, 10:30am (UK time), and the release is set for "
        "Tuesday 24 March 2026, 9:30am (UK time)."
    )
    assert story.entries(EntryKind.PAGE_CONFIRMED) == []


@pytest.mark.parametrize("back", [False, True])
def test_page_confirmed_falls_when_the_release_moves_even_there_and_back(begin: Begin, back: bool) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    ready_but_for_the_page(story)
    done(confirms(story, team), 201)
    later = london(2026, 3, 31, 9, 30)  # the clocks go forward between the two
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(later), reason="A late figure."))
    if back:
        done(story.moves(story.head, "rescheduling", publishes_at=instant_text(DUE), reason="It came."))
    path = f"/releases/{story.told.release_id}/page-confirmations"
    assert story.get(team, path)["fallen"] == "moved"
    tick(story, BEGUN + timedelta(minutes=5))
    tick(story, BEGUN + timedelta(minutes=6))
    assert [entry["said"]["ended_because"] for entry in story.entries(EntryKind.PAGE_CONFIRMATION_ENDED)] == ["moved"]
    assert subjects(story, team) == ["Confirm the page anew: “Claimant count”"]
    wrong = confirms(story, team, later if back else DUE)
    assert wrong.json()["code"] == "page_time_differs"
    done(confirms(story, team, DUE if back else later), 201)
    assert story.get(team, path)["stands"] is True


def test_page_confirmed_falls_when_a_new_version_of_a_document_is_fixed(begin: Begin) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    story.release(DUE)
    story.list_with(ADVISER)
    story.sealed()
    done(confirms(story, team), 201)
    story.sealed(b"another,table\n1,2\n", "more.csv")
    assert standings(story)["page_confirmed"] == "not_yet"
    tick(story, BEGUN + timedelta(minutes=5))
    (ended,) = story.entries(EntryKind.PAGE_CONFIRMATION_ENDED)
    assert ended["said"]["ended_because"] == "documents_changed"
    (_, body), *_ = [letter for letter in story.letters(team) if "anew" in letter[0]]
    assert "its documents have changed since" in body


def test_page_confirmation_withdrawn_is_told_at_once_and_asked_for_again_by_rung(begin: Begin) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    ready_but_for_the_page(story)
    tick(story, london(2026, 3, 20, 9, 0))
    made = done(confirms(story, team), 201)
    story.clock.put(london(2026, 3, 23, 16, 0))
    path = f"/page-confirmations/{made['page_confirmation_id']}/withdrawal"
    assert story.post(team, path, json={"reason": " "}).json()["code"] == "reason_required"
    done(story.post(team, path, json={"reason": "It was a draft."}))
    again = story.post(team, path, json={"reason": "Again."})
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")
    assert subjects(story, team)[-1] == "Confirm the page anew: “Claimant count”"
    tick(story, london(2026, 3, 23, 16, 1))
    assert [rung for rung, missing, _ in told(story) if missing == ["page_confirmed"]] == [
        "owner",
        "head_of_profession",
    ]
    line = lines(story)["page_confirmed"]
    assert (line["standing"], line["due_at"]) == ("late", instant_text(london(2026, 3, 23, 12, 0)))


def test_page_confirmed_after_the_time_set_is_refused_and_not_offered(begin: Begin) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    ready_but_for_the_page(story)
    asker = Actor(team, "", (RoleHeld(Role.PUBLISHER, story.sat.organisation_id),), person_id=team)
    story.clock.put(DUE - timedelta(milliseconds=1))
    assert page_confirmations.read_page(story.tools, asker, story.told.release_id).may_confirm is True
    done(confirms(story, team), 201)
    for at in (DUE, DUE + timedelta(minutes=15)):
        story.clock.put(at)
        answer = confirms(story, team)
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
        assert "has come" in answer.json()["detail"]
        assert page_confirmations.read_page(story.tools, asker, story.told.release_id).may_confirm is False
    assert len(story.entries(EntryKind.PAGE_CONFIRMED)) == 1


@pytest.mark.parametrize("over", ["cancelled", "time_come"])
def test_page_confirmation_withdrawn_when_nothing_is_to_be_confirmed_asks_nobody(begin: Begin, over: str) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    ready_but_for_the_page(story)
    made = done(confirms(story, team), 201)
    if over == "cancelled":
        done(story.moves(story.head, "cancellation", reason="No longer produced."))
    else:
        story.clock.put(DUE + timedelta(minutes=1))
    done(story.post(team, f"/page-confirmations/{made['page_confirmation_id']}/withdrawal", json={"reason": "Gone."}))
    assert len(story.entries(EntryKind.PAGE_CONFIRMATION_ENDED)) == 1
    assert [subject for who in (team, story.lead) for subject in subjects(story, who) if "anew" in subject] == []


def test_publisher_reads_the_page_and_neither_list_nor_documents_nor_readiness(begin: Begin) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    ready_but_for_the_page(story)
    release = story.told.release_id
    assert story.get(team, f"/releases/{release}/page-confirmations")["title"] == "Claimant count"
    # Each of these holds something: the lead official reads it.
    for path in (
        f"/releases/{release}/readiness",
        f"/releases/{release}/lists",
        f"/lists/{story.told.listed['list_id']}",
        f"/releases/{release}/watch",
    ):
        assert story.ask(story.lead, "GET", path).status_code == 200, path
        assert story.ask(team, "GET", path).status_code in (403, 404), path
    story.clock.put(DUE - timedelta(hours=2))
    assert story.opens(team).status_code in (403, 404)


def test_publisher_sees_when_a_release_was_moved_and_not_why(begin: Begin) -> None:
    story = begin(BEGUN)
    team = publisher(story)
    ready_but_for_the_page(story)
    later = instant_text(london(2026, 3, 31, 9, 30))
    done(story.moves(story.head, "rescheduling", publishes_at=later, reason="The rate of March was wrong."))
    path = f"/releases/{story.told.release_id}/history"

    def told_why(who: Reader | str) -> list[tuple[str, str]]:
        moved = [(one["move"], one["reason"]) for one in story.get(who, path)["results"]]
        return [one for one in moved if one[0] == "reschedule"]  # the clock stands: moves of one instant have no order

    assert told_why(team) == [("reschedule", "")]
    for who in (story.lead, story.auditor, ADVISER):
        assert told_why(who) == [("reschedule", "The rate of March was wrong.")]
    # Whoever is told by another role, or by the list, is told it still.
    for who in (story.statistician, story.id_of(ADVISER)):
        story.service.role(who, Role.PUBLISHER, story.sat.organisation_id)
        assert told_why(who) == [("reschedule", "The rate of March was wrong.")]


def test_stranger_and_another_producers_publisher_find_no_page(begin: Begin) -> None:
    story = begin(BEGUN)
    story.release(DUE)
    other = story.service.producer("Office for Other Statistics")
    theirs = story.service.person("Ot Her", "ot.her@other.gov.example")
    story.service.role(theirs, Role.PUBLISHER, other.organisation_id)
    nothing = story.ask(theirs, "GET", "/releases/rel_" + "0" * 24 + "/page-confirmations").json()
    for who in (theirs, story.id_of(ADVISER)):
        answer = story.ask(who, "GET", f"/releases/{story.told.release_id}/page-confirmations")
        assert answer.status_code == 404
        assert answer.json()["detail"] == nothing["detail"]
        assert confirms(story, who).status_code == 404


def test_move_recalculates_and_is_told_of_anew(begin: Begin) -> None:
    story = begin(BEGUN)
    ready_but_for_the_page(story)
    tick(story, london(2026, 3, 20, 9, 0))
    later = london(2026, 3, 31, 9, 30)  # the clocks go forward between the two
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(later), reason="A late figure."))
    before = len(told(story))
    tick(story, london(2026, 3, 20, 10, 0))
    assert len(told(story)) == before
    tick(story, london(2026, 3, 27, 9, 0))
    assert [rung for rung, missing, _ in told(story)[before:] if "page_confirmed" in missing] == ["owner"]


def test_release_postponed_or_cancelled_is_asked_for_nothing(begin: Begin) -> None:
    story = begin(BEGUN)
    ready_but_for_the_page(story)
    done(story.moves(story.head, "postponement", reason="A fault in the figures."))
    assert lines(story) == {}
    tick(story, london(2026, 3, 23, 15, 0))
    assert told(story) == []


def test_release_registered_three_days_ahead_is_asked_for_at_once_and_late_only_after_a_working_day(
    begin: Begin,
) -> None:
    story = begin(london(2026, 3, 20, 10, 0))
    publisher(story)
    story.release(DUE)
    assert standings(story)["list_confirmed"] == "missing"
    assert "late" not in standings(story).values()
    story.clock.put(london(2026, 3, 23, 12, 0))
    assert standings(story)["list_confirmed"] == "late"


def test_rehearsal_is_asked_for_the_same_and_every_letter_is_headed(begin: Begin) -> None:
    story = begin(BEGUN)
    story.release(DUE, rehearsal=True, title="REHEARSAL: Claimant count")
    tick(story, london(2026, 3, 20, 9, 0))
    letters = story.letters(story.statistician)
    assert letters
    assert all("REHEARSAL" in subject and body.startswith("REHEARSAL") for subject, body in letters)
