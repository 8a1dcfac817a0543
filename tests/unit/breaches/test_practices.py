"""Editions of the Code by the day, and the life of an incident."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.rules.engaged import practices_engaged
from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.incidents import NEXT, IncidentKind, IncidentState, check_step
from app.rules.practices import Edition, edition_at
from tests.build import a_release, london

LAST_OF_2009 = london(2018, 2, 25, 23, 59, 59)
FIRST_OF_2018 = london(2018, 2, 26)
LAST_OF_2018 = london(2022, 5, 4, 23, 59, 59)
FIRST_OF_2022 = london(2022, 5, 5)
LAST_OF_2022 = london(2025, 10, 29, 23, 59, 59)
FIRST_OF_2025 = london(2025, 10, 30)


@pytest.mark.parametrize(
    ("at", "edition"),
    [
        (london(2009, 1, 8), Edition.CODE_2009),
        (LAST_OF_2009, Edition.CODE_2009),
        (FIRST_OF_2018, Edition.CODE_2018),
        (LAST_OF_2018, Edition.CODE_2018),
        (FIRST_OF_2022, Edition.CODE_2022),
        (LAST_OF_2022, Edition.CODE_2022),
        (FIRST_OF_2025, Edition.CODE_2025),
    ],
)
def test_edition_on_its_boundary_days_changes_at_london_midnight(at: datetime, edition: Edition) -> None:
    assert edition_at(at) is edition


@pytest.mark.parametrize(
    ("kind", "at", "labels"),
    [
        (IncidentKind.ACCESS_BEFORE_WINDOW, LAST_OF_2009, ["SI 2008/2998 Sch. para 4"]),
        (IncidentKind.ACCESS_BEFORE_WINDOW, FIRST_OF_2018, ["T3.4", "SI 2008/2998 Sch. para 4"]),
        (IncidentKind.ACCESS_BEFORE_WINDOW, FIRST_OF_2025, ["3.4", "SI 2008/2998 Sch. para 4"]),
        (IncidentKind.LATE_PUBLICATION, LAST_OF_2009, ["P2/4"]),
        (IncidentKind.LATE_PUBLICATION, LAST_OF_2018, ["T3.6"]),
        (IncidentKind.LATE_PUBLICATION, FIRST_OF_2025, ["3"]),
        (IncidentKind.INDICATION_GIVEN, LAST_OF_2009, ["P2/8", "SI 2008/2998 Sch. para 6(1)"]),
        (IncidentKind.ONWARD_SHARING, FIRST_OF_2018, ["T3.3", "T3.4", "SI 2008/2998 Sch. para 6(1)"]),
        (IncidentKind.NOT_ON_LIST, FIRST_OF_2025, ["3.3", "3.4", "SI 2008/2998 Sch. para 3(1)"]),
        (IncidentKind.EARLY_PUBLICATION, FIRST_OF_2018, ["T3.3", "T3.4", "T3.6"]),
        (IncidentKind.LIST_OF_POSTS_LATE, FIRST_OF_2018, ["SI 2008/2998 Sch. para 9(b)"]),
        (IncidentKind.REPEATED_REFUSALS, FIRST_OF_2018, []),
        (IncidentKind.CLOCK_WRONG, FIRST_OF_2025, []),
    ],
)
def test_practices_of_a_kind_follow_the_edition_of_the_day(kind: IncidentKind, at: datetime, labels: list[str]) -> None:
    assert [practice.label for practice in practices_engaged(kind, at, a_release())] == labels


def test_another_time_than_half_past_nine_is_spoken_of_from_the_revision_of_2022() -> None:
    before, after = (
        practices_engaged(IncidentKind.LATE_PUBLICATION, at, a_release())[0].cited
        for at in (LAST_OF_2018, FIRST_OF_2022)
    )
    assert before == "Code of Practice 2018, T3.6: release to everyone at 9:30am on a weekday"
    assert after == (
        "Code of Practice 2018 as revised in 2022, T3.6: release to everyone at 9:30am on a weekday, or at another "
        "time that was granted, kept to and announced beforehand"
    )


def test_steps_of_an_incident_are_exactly_those_of_the_table() -> None:
    taken = set()
    for state in IncidentState:
        for wanted in IncidentState:
            if wanted in NEXT[state]:
                check_step(state, wanted, "because")
                taken.add((state.value, wanted.value))
                continue
            with pytest.raises(OutOfOrder) as caught:
                check_step(state, wanted, "because")
            assert caught.value.extra["allowed"] == sorted(one.value for one in NEXT[state])
    assert taken == {
        ("open", "under_review"),
        ("open", "closed_no_breach"),
        ("under_review", "reported"),
        ("under_review", "closed_no_breach"),
        ("closed_no_breach", "under_review"),
        ("reported", "actions_tracked"),
        ("actions_tracked", "completed"),
    }


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (IncidentState.OPEN, IncidentState.CLOSED_NO_BREACH),
        (IncidentState.CLOSED_NO_BREACH, IncidentState.UNDER_REVIEW),
    ],
)
def test_closing_or_taking_up_again_without_a_reason_is_refused(state: IncidentState, wanted: IncidentState) -> None:
    with pytest.raises(Malformed) as caught:
        check_step(state, wanted, "  ")
    assert caught.value.code is Code.REASON_REQUIRED
    check_step(IncidentState.OPEN, IncidentState.UNDER_REVIEW, "")


def test_editions_one_second_before_their_first_day_are_the_ones_before() -> None:
    assert [edition_at(at - timedelta(seconds=1)) for at in (FIRST_OF_2018, FIRST_OF_2022, FIRST_OF_2025)] == [
        Edition.CODE_2009,
        Edition.CODE_2018,
        Edition.CODE_2022,
    ]
