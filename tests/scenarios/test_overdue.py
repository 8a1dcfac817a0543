"""T23: 09:30 passes with nothing live. Readers are told at 09:31, alarm is given until somebody has it in hand."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.actions import notices, overdue, turns
from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.orders import uk
from app.rules.reasons import instant_text
from app.worker import jobs
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, STRANGER, Story, done, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 6, 16, 9, 30)
MINUTE = timedelta(minutes=1)
TOLD = "Claimant count: not yet published, the embargo still holds"
BANNER = (
    "Not yet published. It was due on Tuesday 16 June 2026, 9:30am (UK time). The embargo still holds. Do not comment "
    "on these statistics, and give no indication of them to anyone, until you are told that they are published. "
    "You may still read what you were given."
)


def subjects(story: Story, who: Any) -> list[str]:
    return [subject for subject, _ in story.letters(who) if subject == TOLD or "ALARM" in subject]


def alarms(story: Story) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = story.get(story.head, f"/releases/{story.told.release_id}/alarms")["results"]
    return found


def waiting(begin: Begin, **how: Any) -> Story:
    """The window is open; the public page is somebody else's business."""
    story = begin(DUE - timedelta(days=8), **how)
    story.ready(DUE, CHANCELLOR, ADVISER)
    story.clock.put(DUE - timedelta(minutes=30))
    story.works()
    return story


def test_t23_release_not_live_keeps_its_readers_bound_tells_them_at_0931_and_ends_with_publication_at_1150(
    begin: Begin, any_database_url: str
) -> None:
    story = waiting(begin, database_url=any_database_url)
    story.clock.put(DUE + MINUTE - timedelta(milliseconds=1))
    assert (story.works(), subjects(story, CHANCELLOR)) == (0, [])
    story.clock.put(DUE + MINUTE)
    assert story.works() == 1
    for reader in (CHANCELLOR, ADVISER):
        assert subjects(story, reader) == [TOLD]
        assert "Do not comment on these statistics" in story.letters(reader)[-1][1]
        assert "Nothing confirms yet that it is public." in story.letters(reader)[-1][1]
    for senior in (story.lead, story.head):
        assert subjects(story, senior) == ["ALARM: Claimant count"]
    assert subjects(story, story.statistician) == []
    (told,) = story.entries(EntryKind.OVERDUE_TOLD)
    assert (told["at"], told["said"]["people"]) == (instant_text(DUE + MINUTE), 2)

    story.clock.put(DUE + 45 * MINUTE)
    shown = story.get(CHANCELLOR, f"/releases/{story.told.release_id}")
    assert (shown["phase"], shown["banner"], shown["published_at"]) == ("overdue", BANNER, None)
    assert story.reads(CHANCELLOR) == FIGURES

    story.clock.put(DUE + 140 * MINUTE)
    story.published()
    shown = story.get(CHANCELLOR, f"/releases/{story.told.release_id}")
    assert (shown["phase"], shown["banner"]) == ("published", None)
    assert reasons(story.opens(CHANCELLOR)) == [("already_published", uk.PARA_6_1)]
    assert story.letters(CHANCELLOR)[-1][0] == "Claimant count: published"
    (alarm,) = alarms(story)
    assert (alarm["ended_because"], alarm["next_call_at"]) == ("published", None)
    assert alarm["ended_at"] == instant_text(DUE + 140 * MINUTE)
    before = len(subjects(story, story.head))
    story.clock.put(DUE + 180 * MINUTE)
    story.works()
    assert len(subjects(story, story.head)) == before


def test_t23_alarm_goes_up_the_ladder_until_somebody_has_it_in_hand(begin: Begin) -> None:
    story = waiting(begin)
    called = []
    for second in range(0, 40 * 60, 60):
        story.clock.put(DUE + timedelta(seconds=second))
        story.works()
        called.append((second // 60, len(subjects(story, story.head))))
    rung = [minute for (minute, count), (_, before) in zip(called[1:], called, strict=False) if count > before]
    assert rung == [1, 2, 5, 15, 30]
    assert subjects(story, story.lead) == subjects(story, story.head)
    assert subjects(story, story.head)[1] == "ALARM, 2 minutes on: Claimant count"
    assert len(subjects(story, CHANCELLOR)) == 1

    (alarm,) = alarms(story)
    assert (alarm["kind"], alarm["calls"]) == ("not_confirmed", 5)
    assert alarm["next_call_at"] == instant_text(DUE + 45 * MINUTE)
    path = f"/releases/{story.told.release_id}/alarms/{alarm['alarm_id']}/acknowledge"
    for who, status in ((story.auditor, 403), (CHANCELLOR, 404), (STRANGER, 404)):
        assert story.post(who, path, json={"note": ""}).status_code == status
    taken = done(story.post(story.statistician, path, json={"note": "On the phone to the web team."}))
    assert (taken["acknowledged_by"], taken["next_call_at"]) == (story.statistician, None)
    again = story.post(story.head, path, json={})
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")
    assert "Somebody has had this in hand since Tuesday 16 June 2026" in again.json()["detail"]
    story.clock.put(DUE + 60 * MINUTE)
    story.works()
    assert len(subjects(story, story.head)) == 5
    assert story.phase() == "overdue"


def test_alarm_of_another_release_cannot_be_acknowledged_through_this_one(begin: Begin) -> None:
    story = waiting(begin)
    story.clock.put(DUE + MINUTE)
    story.works()
    (alarm,) = alarms(story)
    other = story.release(DUE + timedelta(days=30), title="Earnings")
    assert (
        story.post(story.head, f"/releases/{other}/alarms/{alarm['alarm_id']}/acknowledge", json={}).status_code == 404
    )
    answer = story.post(story.head, f"/releases/{alarm['release_id']}/alarms/{alarm['alarm_id']}/acknowledge", json={})
    assert done(answer)["acknowledged_by"] == story.head


def test_people_on_leave_are_passed_over_for_their_cover_and_others_join_at_their_minute(begin: Begin) -> None:
    story = waiting(begin)
    web, desk = (
        story.service.person(f"Web {name}", f"web.{name.lower()}@stats.gov.example") for name in ("Editor", "Desk")
    )
    for person_id in (web, desk):
        story.service.role(person_id, Role.STATISTICIAN, story.sat.organisation_id)
    leave = {"from_on": "2026-06-15", "until_on": "2026-06-16", "cover_id": desk}
    roster = {
        "contacts": [
            {"person_id": web, "from_minute": 5},
            {"person_id": story.lead, "from_minute": None, "away": [leave]},
        ]
    }
    path = f"/producers/{story.sat.producer_id}/roster"
    assert story.get(story.head, path)["revision"] == 0
    assert story.ask(story.statistician, "PUT", path, json=roster, revision=0).status_code == 403
    kept = done(story.ask(story.head, "PUT", path, json=roster, revision=0))
    assert kept["contacts"][1]["away"] == [leave]
    assert story.ask(story.head, "PUT", path, json=roster, revision=0).json()["code"] == "changed_meanwhile"
    for minute in (1, 2, 5):
        story.clock.put(DUE + minute * MINUTE)
        story.works()
    assert [len(subjects(story, who)) for who in (story.head, story.lead, desk, web)] == [3, 0, 3, 1]
    assert "You are called because you cover for Example Lead Official." in story.letters(desk)[-1][1]


def test_roster_with_faults_is_refused_with_every_one_of_them(begin: Begin) -> None:
    story = waiting(begin)
    leave = {"from_on": "2026-06-16", "until_on": "2026-06-15", "cover_id": story.lead}
    outsider = story.id_of(STRANGER)
    contacts = [
        {"person_id": story.lead, "from_minute": 1, "away": [leave]},
        {"person_id": story.lead, "from_minute": 1},
        {"person_id": outsider, "from_minute": 2, "away": [{**leave, "until_on": "2026-06-16", "cover_id": outsider}]},
    ]
    path = f"/producers/{story.sat.producer_id}/roster"
    refused = story.ask(story.head, "PUT", path, json={"contacts": contacts}, revision=0)
    assert (refused.status_code, [(one["where"], one["what"]) for one in refused.json()["errors"]]) == (
        422,
        [
            ("contacts.0.away.0.until_on", "lies before the first day"),
            ("contacts.0.away.0.cover_id", "is the person on leave"),
            ("contacts.1.person_id", "stands on the roster already"),
            ("contacts.2.person_id", "has no role with this producer"),
            ("contacts.2.away.0.cover_id", "is the person on leave"),
        ],
    )
    assert story.get(story.head, path)["contacts"] == []


@pytest.mark.parametrize("act", ["rescheduling", "postponement", "cancellation", "publication"])
def test_release_moved_published_or_cancelled_before_0931_has_no_letter_and_no_alarm(begin: Begin, act: str) -> None:
    story = waiting(begin)
    story.clock.put(DUE + timedelta(seconds=5) if act == "publication" else DUE - 20 * MINUTE)
    later = {"publishes_at": instant_text(DUE + timedelta(days=1))} if act == "rescheduling" else {}
    if act == "publication":
        story.published()
    else:
        done(story.moves(story.head, act, reason="Agreed.", **later))
    story.clock.put(DUE + MINUTE)
    # A new time has a warning of its own, a day before, that nothing watches.
    assert story.works() == (2 if act == "rescheduling" else 1)
    assert (alarms(story), subjects(story, CHANCELLOR)) == ([], [])
    story.clock.put(DUE + timedelta(days=1) + MINUTE)
    story.works()
    assert subjects(story, CHANCELLOR) == ([TOLD] if act == "rescheduling" else [])


def test_release_never_signed_off_alarms_those_who_answer_for_it_and_says_so(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.release(DUE)
    done(story.moves(story.statistician, "announcement"))
    story.clock.put(DUE + MINUTE)
    story.works()
    subject, body = story.letters(story.head)[-1]
    assert subject == "ALARM: Claimant count"
    assert "It has not even been signed off as final" in body


def test_letters_missed_while_the_service_stood_still_go_when_it_is_back_and_not_days_later(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR)
    story.clock.put(DUE + timedelta(hours=3))
    story.works()
    assert subjects(story, CHANCELLOR) == [TOLD]


def test_release_overdue_for_days_before_anybody_looked_is_no_news(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.ready(DUE, CHANCELLOR)
    story.clock.put(DUE + timedelta(days=2))
    assert (story.works(), subjects(story, CHANCELLOR)) == (0, [])


def test_two_workers_at_once_tell_each_person_once_and_raise_one_alarm(any_database_url: str, tmp_path: Path) -> None:
    story = Story(tmp_path / "one", DUE - timedelta(days=8), database_url=any_database_url)
    try:
        story.ready(DUE, CHANCELLOR, ADVISER)
        story.clock.put(DUE + MINUTE)
        overdue.plan_overdue(story.tools)
        begun = threading.Barrier(2)

        def work(name: str) -> None:
            begun.wait()
            jobs.do_due(story.tools, name)

        workers = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert (len(alarms(story)), len(story.entries(EntryKind.OVERDUE_TOLD))) == (1, 1)
        assert [subjects(story, who) for who in (CHANCELLOR, ADVISER)] == [[TOLD], [TOLD]]
        assert subjects(story, story.head) == ["ALARM: Claimant count"]
    finally:
        story.service.close()


def test_worker_that_lost_its_lease_changes_nothing_when_it_comes_back(begin: Begin, any_database_url: str) -> None:
    story = waiting(begin, database_url=any_database_url)
    story.clock.put(DUE + MINUTE)
    (slow,) = turns.take_work(story.tools, "slow", 4)
    assert turns.take_work(story.tools, "quick", 4) == []
    story.clock.put(DUE + MINUTE + turns.HELD_FOR)
    assert jobs.do_due(story.tools, "quick") >= 1
    notices.send_due(story.tools)
    letters, entries = len(story.service.mailbag.letters), len(story.entries(EntryKind.ALARM_CALLED))
    overdue.tell_overdue(story.tools, slow)
    notices.send_due(story.tools)
    assert (len(story.service.mailbag.letters), len(story.entries(EntryKind.ALARM_CALLED))) == (letters, entries)


def test_work_that_fails_is_tried_again_a_little_later_and_holds_up_nothing_else(begin: Begin) -> None:
    story = waiting(begin)
    story.clock.put(DUE + MINUTE)
    (job,) = turns.take_work(story.tools, "one", 4)
    turns.give_back(story.tools, job)
    assert jobs.do_due(story.tools, "one") == 0
    story.clock.forward(seconds=5)
    assert jobs.do_due(story.tools, "one") == 1
    assert subjects(story, CHANCELLOR) == [TOLD]


def test_punctual_thread_does_what_is_due_without_being_asked(tmp_path: Path) -> None:
    story = Story(tmp_path, DUE - timedelta(days=8))
    try:
        story.ready(DUE, CHANCELLOR)
        story.clock.put(DUE + MINUTE)
        with jobs.Punctual(story.tools).running():
            never = threading.Event()
            for _ in range(600):  # half a minute of patience, so that a fault ends the test
                if story.entries(EntryKind.ALARM_CALLED) or never.wait(0.05):
                    break
        assert subjects(story, CHANCELLOR) == [TOLD]
    finally:
        story.service.close()
