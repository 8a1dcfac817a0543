"""The clock from when a breach is known to when the head of profession is told, and reported; letters while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.actions import incident_clock
from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.headclock import HeadClock, Unreported, Untold, clock_of, report_at_once, unreported_due, untold_due
from app.rules.incidents import IncidentKind, IncidentState
from app.rules.reasons import instant_text
from app.rules.workingdays import counting
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story, codes, done
from tests.unit.breaches.test_report_versions import changes, completed, moved, sends, signs, the_incident

FRIDAY = london(2026, 3, 27, 16, 30)  # the clocks go forward on the Sunday after; Good Friday is 3 April
COUNTS = counting(frozenset({date(2026, 4, 3), date(2026, 4, 6)}))


def a_clock(at: datetime, **changes: Any) -> HeadClock:
    open_ = {"told_at": None, "reported_at": None, "state": IncidentState.OPEN, "at_once": "", **changes}
    return clock_of(known_at=FRIDAY, at=at, **open_)


@pytest.mark.parametrize(
    ("at", "letter"),
    [
        (london(2026, 3, 27, 18, 29), None),
        (london(2026, 3, 27, 18, 30), Untold.FIRST),
        (london(2026, 3, 30, 8, 59), Untold.FIRST),
        (london(2026, 3, 30, 9, 0), Untold.SECOND),
        (FRIDAY + timedelta(days=61), None),
    ],
)
def test_letter_that_nobody_told_the_head_goes_after_two_hours_and_on_the_next_working_morning(
    at: datetime, letter: Untold | None
) -> None:
    assert untold_due(a_clock(at), 0, COUNTS) == letter
    assert untold_due(a_clock(at), 2, COUNTS) is None
    assert untold_due(a_clock(at, told_at=FRIDAY), 0, COUNTS) is None
    assert untold_due(a_clock(at, state=IncidentState.CLOSED_NO_BREACH), 0, COUNTS) is None


@pytest.mark.parametrize(
    ("at", "letter"),
    [
        (london(2026, 4, 2, 23, 0), None),  # four working days
        (london(2026, 4, 6, 12, 0), None),  # Easter Monday
        (london(2026, 4, 7, 8, 59), None),
        (london(2026, 4, 7, 9, 0), Unreported.FIRST),
        (london(2026, 4, 27, 9, 0), Unreported.FIRST),
        (london(2026, 4, 28, 9, 0), Unreported.SECOND),
        (FRIDAY + timedelta(days=61), None),
    ],
)
def test_letter_that_nothing_is_reported_goes_in_the_morning_five_and_twenty_working_days_after(
    at: datetime, letter: Unreported | None
) -> None:
    assert unreported_due(a_clock(at), 0, COUNTS) == letter
    assert unreported_due(a_clock(at), 2, COUNTS) is None
    assert unreported_due(a_clock(at, state=IncidentState.REPORTED), 0, COUNTS) is None


def test_only_the_code_of_2009_is_known_to_ask_for_a_report_at_once() -> None:
    kind = IncidentKind.UNAUTHORISED_DISCLOSURE
    assert report_at_once(kind, london(2016, 1, 20), None) == "P2/8"
    assert report_at_once(kind, london(2020, 7, 14), None) == report_at_once(kind, london(2026, 1, 5), None) == ""
    assert report_at_once(kind, london(2016, 1, 20), ("P2/4",)) == ""


@pytest.fixture
def story(tmp_path: Path, any_database_url: str) -> Iterator[Story]:
    """A release that was read is moved by its head of profession: a breach, opened by rule."""
    told = moved(tmp_path, any_database_url)
    yield told
    told.service.close()


def clock(story: Story) -> dict[str, Any]:
    return dict(the_incident(story)["clock"])


def tells(story: Story, who: Any = None, **body: Any) -> Any:
    path = f"/incidents/{the_incident(story)['incident_id']}/telling"
    return story.post(who or story.lead, path, json={"how": "By telephone.", **body})


def looks(story: Story) -> None:
    for _ in range(2):  # another of us looks at the same time
        for found in incident_clock.incidents_to_chase(story.tools):
            incident_clock.chase_incident(story.tools, found)


def subjects(story: Story, who: Any) -> list[str]:
    found = [subject for subject, _ in story.letters(who)]
    return [
        one.partition(": ")[2] for one in found if "nobody has put" in one or "neither" in one or "were told" in one
    ]


def test_clock_runs_to_the_head_of_profession_and_to_the_report(story: Story) -> None:
    known = story.clock.now()
    story.clock.forward(minutes=25)
    running = clock(story)
    assert (running["known_at"], running["minutes_to_head"], running["minutes_to_report"]) == (
        instant_text(known),
        25,
        25,
    )
    assert (running["waits_for_head"], running["waits_for_report"], running["at_once"]) == (True, True, "")
    done(tells(story, told_at=instant_text(known + timedelta(minutes=15))))
    told = clock(story)
    assert (told["minutes_to_head"], told["head_told_by"], told["head_told_how"]) == (15, story.lead, "By telephone.")
    assert subjects(story, story.head) == ["it is on record that you were told"]
    done(changes(story, story.lead, state="under_review"))
    version = completed(story)
    done(signs(story, version))
    story.clock.forward(hours=2)
    done(sends(story, version), 201)
    ended = clock(story)
    assert (ended["waits_for_report"], ended["reported_at"] is not None) == (False, True)
    assert ended["minutes_to_report"] >= 25
    (entry,) = story.entries(EntryKind.HEAD_OF_PROFESSION_TOLD)
    assert entry["said"]["told_at"] == told["head_told_at"]
    rows = story.get(story.auditor, f"/producers/{story.sat.producer_id}/breaches")["results"]
    assert rows[-1]["head_told_at"] == told["head_told_at"]


def test_letters_go_once_to_lead_and_head_until_somebody_says_that_the_head_was_told(story: Story) -> None:
    story.clock.forward(hours=1, minutes=59)
    looks(story)
    assert subjects(story, story.head) == []
    story.clock.forward(minutes=1)
    looks(story)
    untold = "nobody has put on record that the head of profession was told"
    assert subjects(story, story.lead) == subjects(story, story.head) == [untold]
    assert subjects(story, story.statistician) == subjects(story, CHANCELLOR) == []
    done(tells(story))
    story.clock.put(london(2026, 3, 10, 9, 0))
    looks(story)
    assert subjects(story, story.lead) == [untold]
    story.clock.put(london(2026, 3, 16, 9, 0))
    looks(story)
    assert subjects(story, story.lead) == [untold, "neither reported nor closed"]
    done(changes(story, story.lead, state="closed_no_breach", note="Nothing happened."))
    story.clock.put(london(2026, 4, 16, 9, 0))
    looks(story)
    assert subjects(story, story.lead) == [untold, "neither reported nor closed"]
    steps = [entry["said"]["step"] for entry in story.entries(EntryKind.INCIDENT_CHASED)]
    assert steps == ["untold:1", "unreported:1"]
    body = next(body for subject, body in story.letters(story.lead) if "neither" in subject)
    assert "is not established; this letter is the service's own reminder" in body


def test_head_who_acts_knows_of_it_and_only_they_put_it_right(story: Story) -> None:
    done(tells(story))
    again = tells(story)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    story.clock.forward(minutes=3)
    corrected = done(tells(story, story.head, how="I was told just now."))
    assert corrected["clock"]["minutes_to_head"] == 3
    assert tells(story, story.head).status_code == tells(story).status_code == 409


def test_head_who_takes_it_under_review_was_told(story: Story) -> None:
    story.clock.forward(minutes=7)
    changed = done(changes(story, story.head, state="under_review"))
    assert (changed["clock"]["minutes_to_head"], changed["clock"]["head_told_by"]) == (7, story.head)


def test_telling_is_recorded_by_lead_or_head_within_its_time_and_is_nothing_to_others(story: Story) -> None:
    for who in (story.statistician, story.auditor):
        assert codes(tells(story, who)) == ["403", "role_required"]
    assert codes(tells(story, STRANGER)) == ["404"]
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    assert codes(tells(story, other)) == ["404"]
    early = instant_text(story.clock.now() - timedelta(days=2))
    late = instant_text(story.clock.now() + timedelta(minutes=1))
    assert [tells(story, told_at=at).json()["code"] for at in (early, late)] == ["invalid_instant"] * 2
    lead = story.get(story.statistician, f"/people/{story.lead}")["name"]
    assert tells(story, how=f"{lead} rang.").status_code == 422
    done(changes(story, story.lead, near_miss=True))
    assert the_incident(story)["clock"] is None
    assert tells(story).json()["code"] == "wrong_state"
    looks(story)
    assert subjects(story, story.head) == []


def test_head_who_reports_it_is_told_already_and_lists_are_narrowed(story: Story) -> None:
    story.reports(story.head, "other", "Somebody spoke of it.")
    (found,) = story.get(story.auditor, "/incidents", params={"kind": "other"})["results"]
    assert (found["clock"]["minutes_to_head"], found["clock"]["head_told_how"]) == (0, "They reported it themselves.")
    done(changes(story, story.lead, state="closed_no_breach", note="Nothing."))
    path = {"producer_id": story.sat.producer_id, "unfinished": True}
    assert len(story.get(story.auditor, "/incidents", params=path)["results"]) == 1
    nobodys = {"producer_id": f"prd_{'0' * 24}"}
    assert story.get(story.auditor, "/incidents", params=nobodys)["results"] == []
