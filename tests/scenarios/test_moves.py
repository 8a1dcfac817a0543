"""T21–T26: what becomes of readers when a release is moved, late, brought forward or cancelled, and at midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.rules.orders import uk
from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, Story, codes, done, practices, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY = timedelta(days=1)
FRIDAY, MONDAY = london(2022, 9, 9, 9, 30), london(2022, 9, 12, 9, 30)
POSTPONED_AT = london(2022, 9, 8, 20, 0)
TUESDAY = london(2026, 6, 16, 9, 30)
WHY = "A period of national mourning has been declared."
BOUND = "The embargo continues."


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def history(story: Story) -> list[dict[str, str]]:
    """Every move of the release, oldest first."""
    moved: list[dict[str, str]] = story.get(story.head, f"/releases/{story.told.release_id}/history")["results"]
    return moved


def read_then_put_off(story: Story) -> None:
    """The chancellor has read on Thursday, the adviser has not; in the evening the release is moved to Monday."""
    story.ready(FRIDAY, CHANCELLOR, ADVISER)
    story.clock.put(FRIDAY - DAY)
    assert story.reads(CHANCELLOR) == FIGURES
    story.clock.put(POSTPONED_AT)
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(MONDAY), reason=WHY))


def test_t21_postponement_stops_access_at_once_lists_who_read_and_says_the_embargo_continues(begin: Begin) -> None:
    story = begin(FRIDAY - 8 * DAY)
    read_then_put_off(story)
    sunday = "2022-09-11T08:30:00.000Z"
    assert instant_text(at("2022-09-11T09:30:00+01:00")) == sunday
    stopped = story.opens(CHANCELLOR)
    assert (codes(stopped), stopped.json()["opens_at"]) == (["403", "window_not_open", "grant_paused"], sunday)
    assert codes(story.opens(ADVISER)) == ["403", "window_not_open"]
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("access_made_over_long", False)
    (opening,) = incident["facts"]["openings"]
    assert (opening["post_title"], opening["opened_at"]) == ("Chancellor", "2022-09-08T08:30:00.000Z")
    assert opening["seconds_before_window"] == 3 * 24 * 3600
    for reader in (CHANCELLOR, ADVISER):
        subject, body = story.letters(reader)[-1]
        assert subject == "Claimant count: a new time is set"
        assert BOUND in body
        assert WHY in body
        assert "Sunday 11 September 2022, 9:30am" in body
    assert practices(story.report(incident)) == ["T3.4", uk.PARA_4]
    story.clock.put(at(sunday))
    assert codes(story.opens(CHANCELLOR)) == ["403", "grant_paused"]
    assert story.reads(ADVISER) == FIGURES


def test_t22_reader_whose_grant_is_extended_reads_on_saturday_and_the_public_list_says_why(begin: Begin) -> None:
    story = begin(FRIDAY - 8 * DAY)
    read_then_put_off(story)
    path = f"/grants/{story.grant_of(CHANCELLOR)['grant_id']}/extension"
    body = {"reasons": WHY, "board_informed_at": instant_text(POSTPONED_AT)}
    assert story.post(story.lead, path, json=body).json()["code"] == "role_required"
    done(story.post(story.head, path, json=body))
    story.clock.put(at("2022-09-10T11:00:00+01:00"))
    assert story.reads(CHANCELLOR) == FIGURES
    assert story.decisions(CHANCELLOR, "permitted")[-1]["said"]["relied_on"] == [uk.PARA_3_1, uk.PARA_5_1_A, uk.PARA_8]
    assert codes(story.opens(ADVISER)) == ["403", "window_not_open"]
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    rows = story.get(None, f"/releases/{story.told.release_id}/public-list.json")["rows"]
    assert [(row["post"], row["exceptional"], row["reasons"]) for row in rows] == [
        ("Chancellor", True, WHY),
        ("Chief Economic Adviser", False, ""),
    ]


def test_t23_reader_at_1015_is_still_bound_and_1150_ends_the_embargo_with_an_incident(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY)
    story.clock.put(TUESDAY + timedelta(minutes=45))
    shown = story.get(CHANCELLOR, f"/releases/{story.told.release_id}")
    assert (shown["phase"], shown["published_at"]) == ("overdue", None)
    assert story.reads(CHANCELLOR) == FIGURES
    story.clock.put(london(2026, 6, 16, 11, 50))
    published = story.published()
    assert (published["phase"], published["published_at"]) == ("published", "2026-06-16T10:50:00.000Z")
    assert reasons(story.opens(CHANCELLOR)) == [("already_published", uk.PARA_6_1)]
    assert story.letters(CHANCELLOR)[-1][1] == (
        "“Claimant count” has been published at https://stats.gov.example/claimant-count. The embargo has ended.\n"
    )
    (incident,) = story.incidents()
    assert (incident["kind"], incident["facts"]["difference_seconds"]) == ("late_publication", 140 * 60)
    assert practices(story.report(incident)) == ["3"]


def test_t24_release_brought_forward_needs_the_head_a_reason_and_an_exemption_and_opens_nothing_early(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY)
    story.clock.put(TUESDAY - DAY + timedelta(hours=4))
    assert story.reads(CHANCELLOR) == FIGURES
    forward = {"publishes_at": instant_text(TUESDAY - timedelta(hours=2))}
    lawful = {**forward, "reason": "The minister answers at 8.", "time_exemption": "Agreed with the regulator."}
    assert story.moves(story.lead, "rescheduling", **lawful).json()["code"] == "role_required"
    assert story.moves(story.head, "rescheduling", **forward).json()["code"] == "reason_required"
    without = {name: value for name, value in lawful.items() if name != "time_exemption"}
    assert story.moves(story.head, "rescheduling", **without).json()["code"] == "invalid_instant"
    assert "reschedule" not in [move["move"] for move in history(story)]
    moved = done(story.moves(story.head, "rescheduling", **lawful))
    assert moved["opens_at"] == instant_text(TUESDAY - DAY - timedelta(hours=2))
    assert [(m["move"], m["reason"]) for m in history(story)][-1] == ("reschedule", "The minister answers at 8.")
    assert story.incidents() == []
    assert story.reads(CHANCELLOR) == FIGURES


def test_t24_release_brought_forward_before_its_window_opens_no_second_too_soon(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY)
    new_opening = TUESDAY - DAY - timedelta(hours=2)
    story.clock.put(new_opening - timedelta(hours=1))
    body = {
        "publishes_at": instant_text(TUESDAY - timedelta(hours=2)),
        "reason": "Agreed.",
        "time_exemption": "Agreed.",
    }
    done(story.moves(story.head, "rescheduling", **body))
    story.clock.put(new_opening - timedelta(milliseconds=1))
    assert codes(story.opens(CHANCELLOR)) == ["403", "window_not_open"]
    story.clock.put(new_opening)
    assert story.opens(CHANCELLOR).status_code == 201


def test_t25_cancelled_release_is_refused_to_everybody_who_is_told_that_it_stays_restricted(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, ADVISER)
    story.clock.put(TUESDAY - timedelta(hours=20))
    opening = done(story.opens(CHANCELLOR), 201)
    done(story.moves(story.head, "cancellation", reason="The survey failed its quality checks."))
    assert [codes(story.opens(reader)) for reader in (CHANCELLOR, ADVISER)] == [["403", "release_cancelled"]] * 2
    assert codes(story.fetches(CHANCELLOR, opening)) == ["403", "release_cancelled"]
    assert [leaf["said"]["act"] for leaf in story.decisions(CHANCELLOR)] == ["open", "fetch"]
    for reader in (CHANCELLOR, ADVISER):
        subject, body = story.letters(reader)[-1]
        assert subject == "Claimant count: cancelled"
        assert BOUND in body
        assert "Whatever you have seen of these statistics stays restricted" in body
    story.clock.put(TUESDAY + timedelta(days=300))
    assert codes(story.opens(CHANCELLOR)) == ["403", "release_cancelled"]


def test_t26_reader_goes_on_across_midnight_and_one_whose_post_ended_stops_at_the_next_request(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, SECRETARY)
    (holding,) = story.get(story.statistician, f"/people/{story.id_of(SECRETARY)}")["holdings"]
    story.clock.put(at("2026-06-15T23:59:59.900+01:00"))
    path = f"/holdings/{holding['holding_id']}/end"
    done(story.post(story.statistician, path, json={"until_on": "2026-06-15"}))
    openings = {reader: done(story.opens(reader), 201) for reader in (CHANCELLOR, SECRETARY)}
    story.clock.put(at("2026-06-16T00:00:00+01:00"))
    assert story.fetches(CHANCELLOR, openings[CHANCELLOR]).status_code == 200
    assert reasons(story.fetches(SECRETARY, openings[SECRETARY])) == [("post_not_held", uk.PARA_9_B)]
    assert codes(story.opens(SECRETARY)) == ["403", "post_not_held"]


def test_t21_release_postponed_without_a_new_time_serves_nobody_until_it_is_set_and_signed_off(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY)
    story.clock.put(TUESDAY - timedelta(hours=20))
    done(story.moves(story.head, "postponement", reason="Table 4 is not finished."))
    assert codes(story.opens(CHANCELLOR)) == ["403", "release_postponed"]
    story.clock.forward(minutes=5)
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(TUESDAY + 2 * DAY), reason="Finished."))
    story.clock.put(TUESDAY + DAY)
    assert codes(story.opens(CHANCELLOR)) == ["403", "release_not_final"]
    done(story.moves(story.head, "sign-off"))
    assert story.reads(CHANCELLOR) == FIGURES
    assert story.incidents() == []
    assert [m["reason"] for m in history(story) if m["reason"]] == ["Table 4 is not finished.", "Finished."]
