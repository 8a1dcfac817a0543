"""Letters about the day of a corrective action: before it, on it, after it; once each, on UK days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.actions import action_letters
from app.audit.entries import Entry, EntryKind
from app.records import people
from app.rules.actionletters import Letter, letter_due
from app.rules.facts import Role
from app.rules.reportparts import CorrectiveAction
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story, done
from tests.unit.breaches.test_corrective_actions import adds, ends, listed, reported
from tests.unit.breaches.test_report_versions import the_incident

SUMMER = date(2026, 3, 30)  # the clocks go forward on the Sunday before
ADDED = london(2026, 3, 2, 10, 0)


def an_action(**changes: Any) -> CorrectiveAction:
    sound = {"due_on": SUMMER, "added_at": ADDED, **changes}
    return CorrectiveAction("cac_a", "inc_a", "Check twice.", True, "Head of publishing", added_by="per_a", **sound)


@pytest.mark.parametrize(
    ("at", "letter"),
    [
        (london(2026, 3, 23, 8, 59), None),
        (london(2026, 3, 23, 9, 0), Letter.SOON),
        (london(2026, 3, 30, 8, 59), Letter.SOON),
        (london(2026, 3, 30, 9, 0), Letter.DUE),
        (london(2026, 3, 31, 9, 0), Letter.OVERDUE),
        (london(2026, 4, 6, 8, 59), Letter.OVERDUE),
        (london(2026, 4, 6, 9, 0), Letter.LONG_OVERDUE),
        (london(2027, 4, 6, 9, 0), Letter.LONG_OVERDUE),
    ],
)
def test_letter_follows_the_london_day_and_a_later_one_takes_the_place_of_those_missed(
    at: datetime, letter: Letter | None
) -> None:
    assert letter_due(an_action(), at) == letter
    if letter is not None:
        assert letter_due(an_action(letter_step=letter.value), at) is None
    assert letter_due(an_action(ended_at=at), at) is None


def test_nobody_is_reminded_on_the_day_on_which_they_were_given_it() -> None:
    same_day = an_action(added_at=london(2026, 3, 23, 7, 0))
    assert letter_due(same_day, london(2026, 3, 23, 9, 0)) is None
    late = an_action(added_at=london(2026, 3, 28, 7, 0))
    assert letter_due(late, london(2026, 3, 28, 9, 0)) is None
    assert letter_due(late, london(2026, 3, 30, 9, 0)) is Letter.DUE


@pytest.fixture
def story(tmp_path: Path, any_database_url: str) -> Iterator[Story]:
    told = reported(tmp_path, any_database_url)
    yield told
    told.service.close()


def looks(story: Story, at: datetime) -> None:
    story.clock.put(at)
    for _ in range(2):  # another of us looks at the same time
        for found in action_letters.actions_to_write_of(story.tools):
            action_letters.write_of_action(story.tools, found)


def subjects(story: Story, who: Any) -> list[str]:
    return [subject for subject, _ in story.letters(who) if "corrective action" in subject]


def test_owner_and_lead_official_are_written_to_once_a_step_and_the_head_at_the_last(story: Story) -> None:
    done(adds(story, owner_id=story.statistician), 201)
    number = the_incident(story)["number"]
    looks(story, london(2026, 3, 13, 9, 0))
    looks(story, london(2026, 3, 20, 9, 0))
    looks(story, london(2026, 3, 21, 9, 0))
    assert subjects(story, story.head) == []
    looks(story, london(2026, 3, 27, 9, 0))
    looks(story, london(2026, 6, 1, 9, 0))
    end = f": corrective action of incident {number}"
    every = [f"To be done within 7 days{end}", f"To be done today{end}", f"Overdue{end}"]
    every.append(f"Overdue by 7 days or more{end}")
    assert subjects(story, story.statistician) == every
    assert subjects(story, story.lead) == every
    assert subjects(story, story.head) == every[-1:]
    assert subjects(story, CHANCELLOR) == subjects(story, STRANGER) == []
    steps = [entry["said"]["step"] for entry in story.entries(EntryKind.CORRECTIVE_ACTION_CHASED)]
    assert steps == ["soon", "due", "overdue", "long_overdue"]
    (first,) = [body for subject, body in story.letters(story.statistician) if subject == every[0]]
    assert first == (
        "A corrective action is to be done by 20 March 2026.\n\nWhat: Two people check the schedule.\n\n"
        "Owner: Head of publishing.\n\n"
        "When it is done, tell the lead official of the statistics or the head of profession, who puts it on record."
        f"\n\nIt was decided because of incident {number}.\n"
    )


QUOTING = "Repeat it.\n\n“REHEARSAL: Claimant count” showed why."


def test_action_that_quotes_a_rehearsal_makes_its_letter_none(story: Story) -> None:
    done(adds(story, what="Repeat “REHEARSAL: Rents”", owner="Desk of “REHEARSAL: Rents”"), 201)
    looks(story, london(2026, 3, 13, 9, 0))
    ((subject, body),) = [one for one in story.letters(story.lead) if "corrective action" in one[0]]
    assert subject.startswith("To be done within 7 days")
    assert body.startswith("A corrective action is to be done by 20 March 2026.\n\nWhat: Repeat “REHEARSAL: Rents”.")
    assert "Nothing in it is real" not in body


def test_suspension_that_quotes_a_rehearsal_is_told_as_real_at_its_begin_change_and_end(story: Story) -> None:
    action = done(adds(story), 201)["corrective_action_id"]
    body = {"subject_id": story.id_of(CHANCELLOR), "reason": QUOTING, "conditions": QUOTING}
    begun = done(story.post(story.head, f"/producers/{story.sat.producer_id}/suspensions", json=body), 201)
    path = f"/suspensions/{begun['suspension_id']}"
    change = {"corrective_action_ids": [action], "reason": QUOTING}
    done(story.ask(story.head, "PUT", f"{path}/corrective-actions", json=change))
    story.clock.forward(seconds=1)
    done(story.ask(story.head, "PUT", f"{path}/corrective-actions", json={"corrective_action_ids": [], "reason": "So"}))
    done(story.post(story.head, f"{path}/end", json={"reason": QUOTING}))
    told = [one for one in story.letters(CHANCELLOR) if "suspended" in one[0] or "reinstatement" in one[0]]
    assert len(told) == 4
    for subject, words in told:
        assert (subject.startswith("REHEARSAL"), "Nothing in it is real" in words) == (False, False)


def test_action_without_a_known_owner_is_passed_on_and_an_ended_one_is_written_of_no_more(story: Story) -> None:
    action = done(adds(story), 201)
    looks(story, london(2026, 3, 13, 9, 0))
    ((_, body),) = [one for one in story.letters(story.lead) if "corrective action" in one[0]]
    assert "The service does not know who that is: please pass this on." in body
    assert f"/producer/incidents/{the_incident(story)['incident_id']}" in body
    done(ends(story, action))
    looks(story, london(2026, 3, 21, 9, 0))
    assert len(subjects(story, story.lead)) == 1


def test_owner_is_of_the_producers_staff_and_the_refusal_does_not_tell_who_is_known(story: Story) -> None:
    """Anybody could be asked about, and a stranger written to of an incident."""
    unknown = adds(story, owner_id="per_" + "0" * 24)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_request")
    elsewhere = story.service.producer("Another Office")
    reader, coordinator = story.id_of(CHANCELLOR), story.service.person("Yew Example", "yew@ons.gov.example")
    story.service.role(coordinator, Role.COORDINATOR, story.sat.organisation_id)
    for known in (reader, elsewhere.people[Role.HEAD_OF_PROFESSION], coordinator, story.auditor):
        refused = adds(story, owner_id=known)
        assert {**refused.json(), "instance": ""} == {**unknown.json(), "instance": ""}
    assert listed(story) == []
    publisher = story.service.person("Oak Example", "oak@ons.gov.example")
    story.service.role(publisher, Role.PUBLISHER, story.sat.organisation_id)
    for staff in (story.statistician, story.lead, story.head, publisher):
        assert done(adds(story, owner_id=staff), 201)["owner_id"] == staff


def test_owner_who_has_left_the_producer_is_written_to_no_more_and_the_others_are_told(story: Story) -> None:
    leaver = story.service.person("Elm Example", "elm@ons.gov.example")
    role_id = story.service.role(leaver, Role.STATISTICIAN, story.sat.organisation_id)
    done(adds(story, owner_id=leaver), 201)
    looks(story, london(2026, 3, 13, 9, 0))
    assert len(subjects(story, leaver)) == 1
    with story.tools.transaction() as tx:
        people.end_role(tx.connection, role_id, story.clock.now())
        tx.append(Entry(EntryKind.ROLE_ENDED, story.clock.now(), person_id=leaver, said={"role_id": role_id}))
    looks(story, london(2026, 3, 20, 9, 0))
    assert len(subjects(story, leaver)) == 1
    first, second = (body for subject, body in story.letters(story.lead) if "corrective action" in subject)
    left = "Whoever was named for that has no role with the producer any more"
    assert [left in first, left in second] == [False, True]


def test_missed_days_are_one_letter_after_a_standstill(story: Story) -> None:
    adds(story)
    looks(story, london(2026, 3, 20, 9, 0) + timedelta(days=30))
    assert [one.partition(":")[0] for one in subjects(story, story.lead)] == ["Overdue by 7 days or more"]
