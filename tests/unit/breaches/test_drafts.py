"""What makes an incident, told from facts alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.rules import breaches
from app.rules.facts import ExceptionalGrant, ReleaseState
from app.rules.incidents import IncidentDraft, IncidentKind
from tests.build import a_grant, a_release, london
from tests.unit.breaches.facts import FIRST_READ_AT, FRIDAY, MONDAY, MOVED_AT, an_opening

BEFORE = a_release(publishes_at=FRIDAY)
AFTER = a_release(publishes_at=MONDAY)
SECOND = an_opening(london(2022, 9, 8, 14, 0), opening_id="opn_2", number="K7F3-AAAA", person_id="per_elm")


def test_move_after_reading_t21_opens_one_incident_that_lists_who_read() -> None:
    draft = breaches.after_move(BEFORE, AFTER, [an_opening(), SECOND], MOVED_AT)
    assert draft is not None
    assert (draft.kind, draft.near_miss, draft.occurred_at) == (IncidentKind.ACCESS_MADE_OVER_LONG, False, MOVED_AT)
    assert draft.facts["publishes_at_after"] == "2022-09-12T08:30:00.000Z"
    assert [
        (one["number"], one["window_opens_at_now"], one["seconds_before_window"]) for one in draft.facts["openings"]
    ] == [
        ("K7F3-9QXM", "2022-09-11T08:30:00.000Z", 72 * 3600),
        ("K7F3-AAAA", "2022-09-11T08:30:00.000Z", 72 * 3600 - 4 * 3600 - 1800),
    ]
    assert draft.summary == (
        "“Rainfall, October 2026” was moved to Monday 12 September 2022, 9:30am (UK time) after 2 openings had been "
        "made. It had been set for Friday 9 September 2022, 9:30am (UK time). Those who opened it keep what they read "
        "for longer than the Order allows before publication."
    )


def test_move_before_anybody_read_opens_no_incident() -> None:
    assert breaches.after_move(BEFORE, AFTER, [], MOVED_AT) is None


def test_move_that_leaves_openings_inside_the_window_opens_no_incident() -> None:
    sooner = a_release(publishes_at=FRIDAY - timedelta(hours=1))
    assert breaches.after_move(BEFORE, sooner, [an_opening()], MOVED_AT) is None


def test_move_by_one_millisecond_after_a_first_instant_opening_opens_an_incident() -> None:
    later = a_release(publishes_at=FRIDAY + timedelta(milliseconds=1))
    assert breaches.after_move(BEFORE, BEFORE, [an_opening()], MOVED_AT) is None
    assert breaches.after_move(BEFORE, later, [an_opening()], MOVED_AT) is not None


def test_move_of_a_release_opened_before_even_the_old_window_is_access_before_window() -> None:
    early = an_opening(FIRST_READ_AT - timedelta(milliseconds=1))
    draft = breaches.after_move(BEFORE, AFTER, [SECOND, early], MOVED_AT)
    assert draft is not None
    assert (draft.kind, draft.occurred_at) == (IncidentKind.ACCESS_BEFORE_WINDOW, early.opened_at)


def test_move_under_a_published_exceptional_extension_t22_opens_no_incident() -> None:
    extended = a_grant(asked=timedelta(hours=96), exceptional=ExceptionalGrant("published reasons", MOVED_AT))
    assert breaches.after_move(BEFORE, AFTER, [an_opening(grant=extended)], MOVED_AT) is None


def test_second_move_judges_by_the_window_that_stood_when_it_was_opened() -> None:
    draft = breaches.after_move(
        AFTER,
        a_release(publishes_at=MONDAY + timedelta(days=1)),
        [an_opening(window_opened_at=FIRST_READ_AT)],
        MOVED_AT,
    )
    assert draft is not None
    assert draft.kind is IncidentKind.ACCESS_MADE_OVER_LONG


def test_postponement_and_the_new_time_that_follows_have_one_cause() -> None:
    postponed = a_release(publishes_at=FRIDAY, state=ReleaseState.POSTPONED)
    first = breaches.after_move(BEFORE, postponed, [an_opening(), SECOND], MOVED_AT)
    then = breaches.after_move(postponed, AFTER, [SECOND, an_opening()], MOVED_AT + timedelta(hours=1))
    assert first is not None
    assert then is not None
    assert first.rule_key == then.rule_key
    assert first.facts["publishes_at_after"] is None


@pytest.mark.parametrize("state", [ReleaseState.CANCELLED, ReleaseState.PUBLISHED])
def test_release_that_will_not_be_embargoed_again_opens_no_incident(state: ReleaseState) -> None:
    assert breaches.after_move(BEFORE, a_release(publishes_at=MONDAY, state=state), [an_opening()], MOVED_AT) is None


def test_openings_before_the_window_t39_give_exact_instants_and_posts() -> None:
    opens_at = FIRST_READ_AT
    first = an_opening(london(2022, 9, 8, 9, 29, 59), opening_id="opn_3")
    second = an_opening(london(2022, 9, 8, 9, 12), opening_id="opn_4", post_title="Adviser", person_id="per_elm")
    draft = breaches.outside_window(BEFORE, [(first, opens_at), (second, opens_at), (SECOND, opens_at)], MOVED_AT)
    assert draft is not None
    assert (draft.kind, draft.occurred_at) == (IncidentKind.ACCESS_BEFORE_WINDOW, second.opened_at)
    assert [(one["opening_id"], one["opened_at"], one["seconds_before_window"]) for one in draft.facts["openings"]] == [
        ("opn_3", "2022-09-08T08:29:59.000Z", 1),
        ("opn_4", "2022-09-08T08:12:00.000Z", 18 * 60),
    ]
    assert draft.summary.endswith(
        "by the holders of: Adviser, Department for Fog; Head of Flood Policy, Department for Fog."
    )


def test_openings_inside_their_windows_give_no_incident() -> None:
    assert breaches.outside_window(BEFORE, [(an_opening(), FIRST_READ_AT)], MOVED_AT) is None


def test_openings_in_any_order_have_one_cause() -> None:
    pairs = [(an_opening(opening_id=name), MONDAY) for name in ("opn_1", "opn_2")]
    one = breaches.outside_window(BEFORE, pairs, MOVED_AT)
    other = breaches.outside_window(BEFORE, pairs[::-1], MOVED_AT)
    assert one is not None
    assert other is not None
    assert one.rule_key == other.rule_key


def test_refusals_before_the_window_t38_are_a_near_miss_that_nobody_read() -> None:
    at = london(2021, 1, 27, 8, 50)
    draft = breaches.after_refusals(a_release(publishes_at=london(2021, 1, 28, 9, 30)), "cli_job", 3, at, 3, True)
    assert draft == IncidentDraft(
        kind=IncidentKind.REPEATED_REFUSALS,
        near_miss=True,
        rule_key="refusals:rel_rain:cli_job:2021-01-27",
        release_id="rel_rain",
        producer_id="prd_weather",
        occurred_at=at,
        summary="Access to “Rainfall, October 2026” was asked for and refused 3 times before the window had opened, "
        "the last at Wednesday 27 January 2021, 8:50am (UK time). It was read by: nobody.",
        facts={"person_id": "cli_job", "refusals": 3, "limit": 3, "before_window": True, "read_by": []},
    )


def test_refusals_below_the_limit_are_no_incident() -> None:
    assert breaches.after_refusals(BEFORE, "per_ash", 2, MOVED_AT, 3, False) is None


def test_second_reveal_of_one_opening_is_one_near_miss() -> None:
    draft = breaches.second_reveal(BEFORE, an_opening(), MOVED_AT)
    assert (draft.kind, draft.near_miss, draft.rule_key) == (
        IncidentKind.PASSPHRASE_REVEALED_TWICE,
        True,
        "second_reveal:opn_1",
    )


@pytest.mark.parametrize(
    ("public_at", "early", "late"),
    [
        (FRIDAY - timedelta(milliseconds=1), True, False),
        (FRIDAY, False, False),
        (FRIDAY + timedelta(seconds=59), False, False),
        (FRIDAY + timedelta(minutes=1), False, True),
        (london(2022, 9, 9, 11, 50), False, True),
    ],
)
def test_publication_off_its_time_is_early_or_late(public_at: datetime, early: bool, late: bool) -> None:
    assert (breaches.early_publication(BEFORE, public_at) is not None) is early
    assert (breaches.late_publication(BEFORE, public_at) is not None) is late


def test_late_publication_t23_says_by_how_much() -> None:
    draft = breaches.late_publication(BEFORE, london(2022, 9, 9, 11, 50))
    assert draft is not None
    assert (draft.occurred_at, draft.facts["difference_seconds"]) == (FRIDAY, 140 * 60)


def test_faults_of_the_service_have_one_cause_a_day() -> None:
    morning, evening = london(2022, 9, 8, 6, 0), london(2022, 9, 8, 23, 0)
    assert breaches.clock_wrong(morning, 300_000).rule_key == breaches.clock_wrong(evening, -4_000).rule_key
    assert breaches.log_damaged(morning).rule_key == breaches.log_damaged(evening).rule_key
    assert breaches.seal_broken(BEFORE, "doc_rain", morning).rule_key == "seal:doc_rain"
    assert breaches.clock_wrong(morning, None).release_id is None


def test_report_by_a_person_keeps_their_words_out_of_the_summary() -> None:
    draft = breaches.reported(
        IncidentKind.INDICATION_GIVEN,
        BEFORE,
        text="Ash said it is up.",
        reporter="the holder of a post",
        occurred_at=FRIDAY,
    )
    assert draft.summary == (
        "Reported about “Rainfall, October 2026” by the holder of a post: an indication of the statistics was given "
        "before publication."
    )
    assert (draft.rule_key, draft.facts["statement"]) == (None, "Ash said it is up.")


def test_draft_with_a_naive_instant_raises_at_once() -> None:
    with pytest.raises(ValueError, match="naive"):
        breaches.log_damaged(datetime(2022, 9, 8, 6, 0))
