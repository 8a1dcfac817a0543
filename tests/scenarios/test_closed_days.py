"""A producer's own closed days open windows earlier: two people make them count, and one takes them back."""

from __future__ import annotations

from datetime import timedelta

from tests.build import london
from tests.scenarios.conftest import Begin
from tests.scenarios.test_published import listed_on_ground
from tests.story import CHANCELLOR, Reader, Story, codes, done

T = london(2026, 6, 16, 9, 30)
DAY = timedelta(days=1)


def scottish(story: Story, reader: Reader = CHANCELLOR) -> None:
    story.release(T, order="scotland", sensitivity="ordinary")
    listed_on_ground(story, "a", reader, asked_minutes=None)
    story.sealed()
    story.signed_off()
    story.signed(reader)


def days_of(story: Story) -> str:
    return f"/producers/{story.sat.producer_id}/closed-days"


def proposed(story: Story, before: int) -> str:
    body = {"day": (T - before * DAY).date().isoformat(), "name": "Local holiday", "reason": "The offices are closed."}
    return str(done(story.post(story.lead, days_of(story), json=body), 201)["closed_day_id"])


def subjects(story: Story, who: Reader | str) -> list[str]:
    return [one[0] for one in story.letters(who) if "another time" in one[0]]


def test_one_person_opens_no_scottish_window_early_with_closed_days(begin: Begin) -> None:
    story = begin(T - 40 * DAY)
    scottish(story)
    made = [proposed(story, before) for before in range(1, 32) if (T - before * DAY).weekday() < 5]
    story.clock.put(T - 30 * DAY)
    assert "window_not_open" in codes(story.opens(CHANCELLOR, acknowledged=True))
    own = story.post(story.lead, f"{days_of(story)}/{made[0]}/approval")
    assert (own.status_code, own.json()["code"]) == (403, "second_person_required")
    assert "window_not_open" in codes(story.opens(CHANCELLOR, acknowledged=True))
    assert subjects(story, CHANCELLOR) == []


def test_nobody_on_a_list_proposes_or_approves_a_day_that_it_bears_on(begin: Begin) -> None:
    story = begin(T - 40 * DAY)
    waiting = proposed(story, 4)
    lead = Reader(
        story.get(story.head, f"/people/{story.lead}")["name"],
        story.service.email_of(story.lead),
        "Director",
        "Example Treasury",
    )
    story._person_ids[lead.email] = story.lead
    scottish(story, lead)
    body = {"day": (T - 5 * DAY).date().isoformat(), "name": "Local holiday", "reason": "The offices are closed."}
    refused = story.post(story.lead, days_of(story), json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_person_required")
    late = story.post(story.head, f"{days_of(story)}/{waiting}/approval")  # whoever proposed it is listed since
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


def test_day_that_counts_after_all_turns_an_opening_into_an_incident_and_tells_those_concerned(begin: Begin) -> None:
    story = begin(T - 40 * DAY)
    scottish(story)
    made = proposed(story, 5)
    done(story.post(story.head, f"{days_of(story)}/{made}/approval"))
    assert len(subjects(story, CHANCELLOR)) == len(subjects(story, story.head)) == 1
    story.clock.put(T - 8 * DAY)  # the fifth working day before, when 15 June is no bank holiday on record
    assert story.opens(CHANCELLOR, acknowledged=True).status_code == 201
    assert story.incidents() == []
    done(story.post(story.lead, f"{days_of(story)}/{made}/withdraw", json={"reason": "They are open after all."}))
    (incident,) = story.incidents()
    assert incident["kind"] in ("access_made_over_long", "access_before_window")
    assert len(subjects(story, CHANCELLOR)) == len(subjects(story, story.head)) == 2
    assert {"window_not_open", "grant_paused"} & set(codes(story.opens(CHANCELLOR, acknowledged=True)))
