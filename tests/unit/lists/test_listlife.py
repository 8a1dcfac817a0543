"""The life of a list as rules: when it freezes, what differs, who was taken over, what an approver should look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.rules.differences import TERMS, difference, only_takes_away
from app.rules.eligibility import soundness
from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Order, ReleaseState
from app.rules.importing import plan
from app.rules.listlife import (
    Unopened,
    for_another_release,
    frozen_since,
    list_is_frozen,
    never_opened,
    remarks,
    unanswered,
)
from app.rules.reasons import ReasonCode
from app.rules.seats import next_seat, titled
from tests.build import DAY, MICROSECOND, PUBLISHES_AT, a_grant, a_release, an_approved_list

OPENS = PUBLISHES_AT - DAY
EARLIER = OPENS - 3 * DAY
HEADINGS = ["Post", "Organisation", "Hours", "Name", "Email", "In post from", "Ground"]


@pytest.mark.parametrize(
    ("changes", "since"),
    [
        ({}, OPENS),
        ({"list_frozen_at": EARLIER}, EARLIER),
        ({"list_frozen_at": OPENS + DAY / 2}, OPENS),
        ({"state": ReleaseState.POSTPONED}, None),
        ({"state": ReleaseState.POSTPONED, "list_frozen_at": EARLIER}, EARLIER),
    ],
)
def test_list_freezes_with_its_window_or_by_hand_earlier(changes: dict[str, object], since: object) -> None:
    assert frozen_since(a_release(**changes)) == since


def test_freeze_includes_its_first_instant() -> None:
    assert list_is_frozen(a_release(), OPENS - MICROSECOND) is None
    reason = list_is_frozen(a_release(), OPENS)
    assert reason is not None
    assert (reason.code, reason.source) == (ReasonCode.LIST_FROZEN, "Producer policy: list freeze")
    assert reason.detail == "The list has been frozen since Monday 2 November 2026, 9:30am (UK time)."


ASH, BAY = a_grant(), a_grant(grant_id="grt_bay", person_id="per_bay", seat=2)
OTHER = a_grant(grant_id="grt_other", post_title="Press Secretary", person_id="per_cam")


def test_difference_takes_the_same_person_in_the_same_post_for_one_seat_whatever_its_number() -> None:
    found = difference([replace(BAY, grant_id="grt_new", seat=1)], [ASH, BAY])
    assert (found.added, found.removed, found.changed_terms, found.changed_holders) == ((), (ASH,), (), ())


def test_difference_names_added_removed_other_terms_and_other_holders() -> None:
    shorter = replace(ASH, grant_id="grt_1", asked=timedelta(hours=2), ground="other words")
    cam = replace(BAY, grant_id="grt_2", person_id="per_dee")
    new = a_grant(grant_id="grt_3", post_title="Chief Scientist", person_id="per_eve")
    found = difference([shorter, cam, new], [ASH, BAY, OTHER])
    assert (found.added, found.removed) == ((new,), (OTHER,))
    assert [(pair.after, pair.before, pair.terms) for pair in found.changed_terms] == [
        (shorter, ASH, ("ground", "asked"))
    ]
    assert [(pair.after, pair.before) for pair in found.changed_holders] == [(cam, BAY)]


def test_terms_are_every_member_that_an_approval_stands_for() -> None:
    assert {"grant_class", "ground", "ground_letter", "asked", "conditions", "exceptional", "is_group"} < set(TERMS)
    assert {"for_person_id", "place", "agreement"} < set(TERMS)


@pytest.mark.parametrize(
    ("after", "takes_away"),
    [
        ([ASH], True),
        ([replace(ASH, grant_id="grt_new", seat=3, paused_reason="waits", defects=("odd",))], True),
        ([ASH, BAY], False),
        ([ASH, OTHER], False),
        ([replace(ASH, asked=timedelta(hours=20))], False),
        ([replace(ASH, held_until_on=date(2026, 12, 1))], False),
        ([replace(ASH, person_id="per_dee")], False),
        ([replace(ASH, exceptional=ExceptionalGrant("why", EARLIER))], False),
        ([], True),
    ],
)
def test_version_takes_away_only_where_nothing_else_changes(after: list[Grant], takes_away: bool) -> None:
    listed = replace(an_approved_list(), grants=tuple(after))
    assert only_takes_away(listed, an_approved_list(ASH, BAY)) is takes_away


def test_version_takes_nothing_away_where_none_was_in_force() -> None:
    assert only_takes_away(an_approved_list(), None) is False


def test_grant_taken_over_is_confirmed_before_it_is_sound() -> None:
    waiting = for_another_release(a_grant())
    assert waiting is not None
    found = soundness(an_approved_list(waiting), a_release(), EARLIER)
    assert [(reason.code, reason.source) for reason in found] == [
        (ReasonCode.HOLDER_NOT_CONFIRMED, "Producer policy: confirmed holders")
    ]
    assert soundness(an_approved_list(replace(waiting, confirm_needed=False)), a_release(), EARLIER) == ()


def test_grant_taken_over_leaves_behind_what_was_for_one_release() -> None:
    taken = for_another_release(
        a_grant(
            asked=timedelta(hours=48),
            exceptional=ExceptionalGrant("mourning", EARLIER),
            agreement="in writing",
            paused_reason="waits",
            defects=("odd",),
            conditions="Read alone.",
        )
    )
    assert taken == a_grant(conditions="Read alone.", confirm_needed=True)
    for one in (GrantClass.EXCEPTIONAL_PERSON, GrantClass.DEPUTY, GrantClass.PASSED_ON):
        assert for_another_release(a_grant(grant_class=one)) is None


def test_never_opened_names_only_those_who_were_listed_before() -> None:
    named = {
        "per_ash": frozenset({"rel_1", "rel_2"}),
        "per_bay": frozenset({"rel_2"}),
        "per_gone": frozenset({"rel_1"}),
    }
    listed = an_approved_list(ASH, replace(ASH, grant_id="grt_2", post_title="Second post"), BAY, OTHER)
    assert never_opened(listed, named, frozenset({"per_bay"})) == (Unopened("per_ash", 2),)


def test_remark_on_one_ground_for_more_than_five_rows() -> None:
    five = [a_grant(grant_id=f"grt_{n}", ground="Needs it") for n in range(5)]
    assert remarks(five) == ()
    (remark,) = remarks([*five, a_grant(ground="  needs  IT "), a_grant(ground="A ground of its own")])
    assert remark.startswith("6 rows give the same ground, word for word: “Needs it”.")
    assert remarks([a_grant(ground="") for _ in range(6)]) == ()


def test_remarks_of_an_import_go_once_they_are_answered() -> None:
    sheet = [
        HEADINGS,
        ["Special Advisors", "HM Treasury", "soon", "Ash Alder", "", "2020-01-06", ""],
        ["Principle Secretary", "HM Treasury", "", "", "", "", "Briefs"],
        ["Principle Secretary", "HM Treasury", "24", "", "", "", "Briefs"],
    ]
    rows = plan(sheet, order=Order.UK).rows
    assert [len(row.defects) for row in rows] == [6, 1, 1]
    for row in rows:
        assert unanswered(row.defects, []) == row.defects
        assert unanswered(row.defects, ["person_id", "post_title", "ground", "asked"]) == ()
    kept = unanswered(rows[0].defects, ["person_id"])
    assert [one for one in rows[0].defects if one not in kept] == [one for one in rows[0].defects if "address" in one]


def test_seat_is_the_first_number_that_is_free() -> None:
    assert next_seat([ASH, BAY], a_grant(grant_id="grt_new")) == 3
    assert next_seat([BAY], a_grant(grant_id="grt_new")) == 1
    assert next_seat([ASH, BAY], ASH) == 1
    assert titled(ASH, " Special  Advisers ", "HM Treasury").is_group
