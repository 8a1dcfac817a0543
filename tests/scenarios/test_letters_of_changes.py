"""Who is told when a day moves a window, and who is told that a second person is waited for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.actions import closed_days
from app.rules.facts import Role
from app.rules.workingdays import Part
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.scenarios.test_special_classes import SCOTTISH, grant, ready
from tests.story import ADVISER, CHANCELLOR, SECRETARY, Reader, Story, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY = timedelta(days=1)
TUESDAY = london(2026, 6, 16, 9, 30)
MOVED = "Housing statistics: access begins at another time"
BODY = {"day": "2026-06-11", "name": "Local holiday", "reason": "The offices are closed."}


@pytest.fixture
def story(begin: Begin) -> Story:
    told = begin(TUESDAY - 30 * DAY)
    closed_days.load_bank_holidays(told.tools)
    short = grant(SECRETARY, ground_letter="a", asked_minutes=60)
    ready(told, TUESDAY, grant(CHANCELLOR, ground_letter="a"), short, **SCOTTISH)
    return told


def moved(story: Story, who: Reader | str) -> list[str]:
    return [body for subject, body in story.letters(who) if subject == MOVED]


def seconds(story: Story, who: Reader | str) -> list[str]:
    return [subject for subject, _ in story.letters(who) if subject.startswith("A second person is needed: ")]


def days_of(story: Story) -> str:
    return f"/producers/{story.sat.producer_id}/closed-days"


def proposed(story: Story) -> str:
    return str(done(story.post(story.lead, days_of(story), json=BODY), 201)["closed_day_id"])


def test_closed_day_that_moves_a_window_is_told_once_to_those_whose_window_moves_and_to_those_who_answer(
    story: Story,
) -> None:
    added = proposed(story)
    assert [moved(story, who) for who in (CHANCELLOR, story.lead, story.head)] == [[], [], []]
    done(story.post(story.head, f"{days_of(story)}/{added}/approval"))
    (told,) = moved(story, CHANCELLOR)
    assert told == (
        "A closed day or bank holiday counts that did not count before, or no longer counts. So access to “Housing "
        "statistics” begins at another time: it would have begun on Monday 8 June 2026, 9:30am (UK time), and now "
        "begins on Friday 5 June 2026, 9:30am (UK time).\n\n"
        "The time set for publication has not changed: Tuesday 16 June 2026, 9:30am (UK time).\n\n"
        "The embargo continues. Whatever you have seen of these statistics stays restricted until they are published; "
        "give no indication of them to anyone.\n"
    )
    assert [moved(story, who) for who in (story.lead, story.head)] == [[told], [told]]
    assert [moved(story, who) for who in (SECRETARY, story.statistician, story.auditor)] == [[], [], []]
    done(story.post(story.head, f"{days_of(story)}/{added}/withdraw", json={"reason": "Open after all."}))
    back = moved(story, CHANCELLOR)
    assert len(back) == 2
    assert "it would have begun on Friday 5 June 2026" in back[1]
    assert "now begins on Monday 8 June 2026" in back[1]


def test_bank_holiday_that_becomes_known_moves_a_window_and_is_told(story: Story) -> None:
    thursday = london(2026, 6, 11, 9, 30).date()
    closed_days.add_bank_holiday(
        story.tools, part=Part.SCOTLAND, day=thursday, name="Day of thanksgiving", source="Proclamation"
    )
    assert [len(moved(story, who)) for who in (CHANCELLOR, SECRETARY, story.lead, story.head)] == [1, 0, 1, 1]


def test_bank_holidays_that_are_loaded_late_move_a_window_and_are_told(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, ground_letter="a"), **SCOTTISH)
    closed_days.load_bank_holidays(story.tools)
    closed_days.load_bank_holidays(story.tools)
    (told,) = moved(story, CHANCELLOR)
    assert "would have begun on Tuesday 9 June 2026" in told
    assert "now begins on Monday 8 June 2026" in told


def other_lead(story: Story) -> str:
    person_id = story.service.person("Lou Lilac", "lou.lilac@stats.gov.example")
    story.service.role(person_id, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    return str(person_id)


def test_closed_day_that_waits_is_told_once_to_those_who_could_approve_it_and_not_to_its_proposer(story: Story) -> None:
    other = other_lead(story)
    done(story.post(story.lead, days_of(story), json=BODY), 201)
    named = "A second person is needed: a closed day of Office for Example Statistics, 11 June 2026"
    assert [seconds(story, who) for who in (story.head, other)] == [[named], [named]]
    assert [seconds(story, who) for who in (story.lead, story.statistician, story.auditor)] == [[], [], []]
    (body,) = [body for subject, body in story.letters(story.head) if subject == named]
    assert f"{story.tools.policy.public_address}/producer/closed-days/{story.sat.producer_id}\n" in body
    assert BODY["reason"] not in body


def test_closed_day_that_bears_on_somebodys_own_access_is_not_put_to_them(story: Story) -> None:
    person_id = story.id_of(CHANCELLOR)
    story.service.role(person_id, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    done(story.post(story.lead, days_of(story), json=BODY), 201)
    assert [len(seconds(story, who)) for who in (story.head, CHANCELLOR)] == [1, 0]


def test_end_of_a_hold_that_waits_is_told_to_the_others_who_could_confirm_it(story: Story) -> None:
    holds = f"/producers/{story.sat.producer_id}/legal-holds"
    held: dict[str, Any] = done(story.post(story.lead, holds, json={"reason": "An inquiry."}), 201)
    assert seconds(story, story.head) == []
    end = f"/legal-holds/{held['hold_id']}/end"
    answer = story.post(story.lead, end, json={"reason": "The inquiry is over."})
    assert answer.status_code in (200, 201), answer.text
    named = "A second person is needed: the end of a legal hold of Office for Example Statistics"
    assert [seconds(story, who) for who in (story.head, story.lead, story.statistician)] == [[named], [], []]
    assert story.post(story.lead, end, json={"reason": "Again."}).status_code == 409
    assert seconds(story, story.head) == [named]


def test_erasure_of_a_person_that_waits_is_told_to_administrators_and_auditors_of_the_service(story: Story) -> None:
    one, two, auditor = story.service.administrator(), story.service.administrator("bo@service.gov.example"), ""
    auditor = story.service.auditor()
    gone = story.service.person(ADVISER.name, ADVISER.email)
    answer = story.post(one, f"/people/{gone}/erasure", json={"reason": "At their own request."})
    assert answer.status_code == 201, answer.text
    named = "A second person is needed: erasing one person's details at their own request"
    assert [seconds(story, who) for who in (two, auditor, one, story.head)] == [[named], [named], [], []]
    assert not any(ADVISER.name in body for _, body in story.letters(two))
