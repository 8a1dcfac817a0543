"""How a prepared text stands, from facts and an instant alone; and that there is one way to a permit for its words."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from app.rules.errors import Malformed, OutOfOrder
from app.rules.facts import Release, ReleaseState, Role
from app.rules.feeds import Moved
from app.rules.preparedtexts import (
    LONGEST,
    WRITTEN_IN,
    PreparedText,
    TextKind,
    check_writable,
    kept_words,
    may_own,
    may_prepare,
    set_early,
)
from app.rules.production import Purpose
from app.rules.reasons import ReasonCode
from app.rules.textletters import held_body, ready_body
from app.rules.textpermits import TextFacts, TextPermit, decide_text
from app.rules.textstandings import Hold, TextState, check_decidable, hold_key, text_standing
from tests.build import a_release, london

DUE = london(2026, 6, 16, 9, 30)
WRITTEN = DUE - timedelta(days=1)
SECOND = timedelta(seconds=1)


def a_text(**changes: Any) -> PreparedText:
    told: dict[str, Any] = {
        "text_id": "txt_1",
        "release_id": "rel_1",
        "kind": TextKind.TWEET,
        "channel": "The office's account",
        "owner_id": "per_owner",
        "version": 1,
        "prepared_at": WRITTEN,
        "prepared_for_at": DUE,
        "written_at": WRITTEN,
        "prepared_by": "per_writer",
        **changes,
    }
    return PreparedText(**told)


def release(state: ReleaseState = ReleaseState.FINAL, published_at: datetime | None = None, **changes: Any) -> Release:
    return a_release(state=state, publishes_at=DUE, published_at=published_at, **changes)


def moved(move: str, at: datetime) -> Moved:
    return Moved(move, "final", DUE, DUE, at)


def stands(text: PreparedText, of: Release, at: datetime, *moves: Moved) -> tuple[TextState, tuple[Hold, ...]]:
    found = text_standing(text, of, moves, at)
    return found.state, found.holds


PUBLISHED = release(ReleaseState.PUBLISHED, DUE)


@pytest.mark.parametrize(
    ("of", "at", "state"),
    [
        (release(), DUE - SECOND, TextState.PREPARED),
        (release(), DUE, TextState.PREPARED),
        (release(), DUE + 59 * SECOND, TextState.PREPARED),
        (release(), DUE + 60 * SECOND, TextState.HELD),
        (PUBLISHED, DUE, TextState.READY),
        (PUBLISHED, DUE - SECOND, TextState.PREPARED),  # published later than the instant asked about
        (release(ReleaseState.PUBLISHED), DUE, TextState.PREPARED),  # said to be, and nobody says since when
        (release(ReleaseState.PUBLISHED, DUE + 59 * SECOND), DUE + timedelta(hours=1), TextState.READY),
        (release(ReleaseState.PUBLISHED, DUE + 60 * SECOND), DUE + timedelta(hours=1), TextState.HELD),
        (release(ReleaseState.POSTPONED), WRITTEN + SECOND, TextState.HELD),
        (release(ReleaseState.CANCELLED), DUE + timedelta(days=900), TextState.BARRED),
        (release(ReleaseState.ANNOUNCED), DUE - SECOND, TextState.PREPARED),
        (release(ReleaseState.PLANNED), DUE - SECOND, TextState.PREPARED),
    ],
)
def test_text_stands_by_the_release_and_never_by_the_clock_alone(of: Release, at: datetime, state: TextState) -> None:
    assert stands(a_text(), of, at)[0] is state


def test_text_is_ready_in_no_state_of_a_release_but_published() -> None:
    for state, days in product(ReleaseState, (-1, 0, 1, 400)):
        if state is not ReleaseState.PUBLISHED:
            found = text_standing(a_text(), release(state, DUE), (), DUE + timedelta(days=days))
            assert found.state is not TextState.READY
            assert found.reasons != ()


@pytest.mark.parametrize("move", ["reschedule", "postpone"])
def test_move_after_the_text_was_written_holds_it_even_where_the_time_is_the_same_again(move: str) -> None:
    at = WRITTEN + timedelta(hours=1)
    assert stands(a_text(), release(), DUE - SECOND, moved(move, at)) == (TextState.HELD, (Hold.MOVED,))
    assert stands(a_text(), release(), DUE - SECOND, moved(move, WRITTEN)) == (TextState.HELD, (Hold.MOVED,))
    assert stands(a_text(), release(), DUE - SECOND, moved(move, WRITTEN - SECOND))[0] is TextState.PREPARED
    decided = a_text(decided_at=at + SECOND, decided_for_at=DUE)
    assert stands(decided, release(), DUE - SECOND, moved(move, at))[0] is TextState.PREPARED
    again = moved(move, at + 2 * SECOND)
    assert stands(decided, release(), DUE - SECOND, moved(move, at), again)[0] is TextState.HELD


def test_sign_off_taken_back_holds_a_text_until_it_is_let_stand_though_it_be_written_anew() -> None:
    at = WRITTEN + timedelta(hours=1)
    reopened = moved("reopen", at)
    assert stands(a_text(), release(), DUE - SECOND, reopened) == (TextState.HELD, (Hold.REOPENED,))
    assert stands(a_text(written_at=at + SECOND), release(), DUE - SECOND, reopened)[1] == (Hold.REOPENED,)
    decided = a_text(decided_at=at + SECOND, decided_for_at=DUE)
    assert stands(decided, release(), DUE - SECOND, reopened)[0] is TextState.PREPARED
    assert stands(a_text(prepared_at=at + SECOND), release(), DUE - SECOND, reopened)[0] is TextState.PREPARED
    both = stands(a_text(), PUBLISHED, DUE, moved("reschedule", at), reopened)
    assert both == (TextState.HELD, (Hold.MOVED, Hold.REOPENED))
    assert stands(a_text(written_at=at + SECOND), PUBLISHED, DUE, moved("reschedule", at))[1] == (Hold.MOVED,)


def test_text_written_for_another_time_is_held_though_no_move_is_known() -> None:
    assert stands(a_text(prepared_for_at=DUE - SECOND), release(), WRITTEN)[1] == (Hold.MOVED,)


def test_decision_counts_for_lateness_only_once_it_is_late() -> None:
    at = DUE + timedelta(hours=1)
    for decided_at, state in ((DUE + 59 * SECOND, TextState.HELD), (DUE + 60 * SECOND, TextState.READY)):
        text = a_text(decided_at=decided_at, decided_for_at=DUE)
        assert stands(text, release(ReleaseState.PUBLISHED, at), at)[0] is state
    text = a_text(decided_at=DUE + 60 * SECOND, decided_for_at=DUE)
    assert stands(text, release(), at)[0] is TextState.PREPARED


def test_publication_declared_before_the_time_holds_a_text_until_the_head_of_profession_decides_after_that() -> None:
    early, said = release(ReleaseState.PUBLISHED, DUE - SECOND), moved("declare_published", DUE - SECOND)
    for at in (DUE - SECOND, DUE + timedelta(hours=1)):
        assert stands(a_text(), early, at, said) == (TextState.HELD, (Hold.EARLY,))
        assert stands(a_text(), early, at) == (TextState.HELD, (Hold.EARLY,))
    before = a_text(decided_at=DUE - SECOND, decided_for_at=DUE)
    assert stands(before, early, DUE, said)[0] is TextState.HELD
    since = a_text(decided_at=DUE, decided_for_at=DUE)
    assert stands(since, early, DUE, said)[0] is TextState.READY
    said_later = moved("declare_published", DUE + SECOND)
    assert stands(since, early, DUE + SECOND, said_later)[0] is TextState.HELD


def test_text_written_when_it_is_late_is_held_as_well() -> None:
    assert stands(a_text(prepared_at=DUE + timedelta(minutes=5)), release(), DUE + timedelta(minutes=6))[1] == (
        Hold.LATE,
    )


def test_end_of_a_text_is_an_end_whatever_the_release_does() -> None:
    for of in (release(), PUBLISHED, release(ReleaseState.CANCELLED), release(ReleaseState.POSTPONED)):
        assert stands(a_text(withdrawn_at=WRITTEN), of, DUE)[0] is TextState.WITHDRAWN
        assert stands(a_text(taken_at=DUE), of, DUE)[0] is TextState.TAKEN


def facts(of: Release = PUBLISHED, **changes: Any) -> TextFacts:
    return TextFacts(a_text(), of, (), "per_1", **changes)


WHO = {
    "nobody": {},
    "prepares": {"prepares": True},
    "owns": {"owns": True},
    "stands in": {"stands_in": True, "prepares": True},
}


@pytest.mark.parametrize(
    ("who", "of", "taking", "permitted"),
    [
        ("nobody", PUBLISHED, False, False),
        ("nobody", PUBLISHED, True, False),
        ("prepares", PUBLISHED, False, True),
        ("prepares", PUBLISHED, True, False),
        ("prepares", release(), False, True),
        ("prepares", release(), True, False),
        ("owns", release(), False, False),
        ("owns", release(), True, False),
        ("owns", PUBLISHED, False, False),  # it is given once: they take it
        ("owns", PUBLISHED, True, True),
        ("stands in", release(), True, False),
        ("stands in", PUBLISHED, True, True),
        ("stands in", release(ReleaseState.CANCELLED), False, False),
        ("prepares", release(ReleaseState.POSTPONED), False, True),
        ("owns", release(ReleaseState.POSTPONED), True, False),
    ],
)
def test_words_are_for_whoever_prepares_and_once_public_for_whoever_sends(
    who: str, of: Release, taking: bool, permitted: bool
) -> None:
    decided = decide_text(facts(of, **WHO[who]), DUE, version=1, taking=taking)
    assert isinstance(decided, TextPermit) is permitted
    if isinstance(decided, TextPermit):
        assert decided == TextPermit("txt_1", 1, "per_1", DUE)
    else:
        assert decided != ()


def test_owner_who_does_not_prepare_is_shown_again_what_they_took_and_no_earlier_version() -> None:
    taken = a_text(version=2, taken_at=DUE, taken_by="per_1")
    for text, version, changes, permitted in (
        (taken, 2, {"owns": True}, True),
        (taken, 1, {"owns": True}, False),
        (taken, 1, {"owns": True, "prepares": True}, True),
        (a_text(version=2, taken_at=DUE, taken_by="per_2"), 2, {"owns": True}, False),
        (taken, 2, {}, False),
    ):
        asked = TextFacts(text, PUBLISHED, (), "per_1", **changes)
        decided = decide_text(asked, DUE, version=version, taking=False)
        assert isinstance(decided, TextPermit) is permitted
        if not isinstance(decided, TextPermit):
            assert [one.code for one in decided] == [ReasonCode.FOOTING_MISSING]


def test_everything_that_stands_against_a_text_is_named_at_once() -> None:
    decided = decide_text(facts(release()), DUE, version=1, taking=True)
    assert not isinstance(decided, TextPermit)
    assert [one.code for one in decided] == [ReasonCode.NOT_PUBLISHED, ReasonCode.FOOTING_MISSING]


def test_text_that_was_taken_or_withdrawn_is_given_to_nobody_by_the_rule_itself() -> None:
    for ended in ({"taken_at": DUE}, {"withdrawn_at": DUE}):
        asked = TextFacts(a_text(**ended), PUBLISHED, (), "per_1", prepares=True, owns=True, stands_in=True)
        decided = decide_text(asked, DUE, version=1, taking=True)
        assert not isinstance(decided, TextPermit)
        assert [one.code for one in decided] == [ReasonCode.TEXT_HELD]
        assert isinstance(decide_text(asked, DUE, version=1, taking=False), TextPermit)


def test_roles_and_purposes_give_a_footing_and_no_others() -> None:
    preparing = {Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION}
    assert {role for role in Role if may_prepare((role,), ())} == preparing
    assert {role for role in Role if may_own((role,), ())} == {*preparing, Role.PUBLISHER}
    assert {one for one in Purpose if may_prepare((), (one,))} == {Purpose.PRODUCTION, Purpose.PUBLISHING}
    assert not may_own((), ())


def test_time_at_or_after_publication_can_be_set_and_none_before() -> None:
    assert set_early(release(), None) is None
    assert set_early(release(), DUE) is None
    early = set_early(release(), DUE - timedelta(milliseconds=1))
    assert early is not None
    assert (early.code, early.source, early.until) == (
        ReasonCode.TEXT_SET_EARLY,
        "SI 2008/2998 Sch. para 6(1)",
        DUE,
    )


@pytest.mark.parametrize("kind", list(TextKind))
def test_length_is_bounded_by_kind_to_the_letter(kind: TextKind) -> None:
    assert kept_words(kind, "é" * LONGEST[kind], rehearsal=False) == "é" * LONGEST[kind]
    for words in ("é" * (LONGEST[kind] + 1), "", "  \n ", "Rehearsal of the day"):
        with pytest.raises(Malformed) as refused:
            kept_words(kind, words, rehearsal=False)
        assert words.strip() == "" or words not in refused.value.detail


def test_words_of_a_rehearsal_are_headed_once() -> None:
    for words in ("Jobs up", "REHEARSAL: Jobs up"):
        assert kept_words(TextKind.TWEET, words, rehearsal=True) == "REHEARSAL: Jobs up"


def test_texts_are_written_only_while_a_time_is_ahead() -> None:
    for state in ReleaseState:
        if state in WRITTEN_IN:
            check_writable(release(state))
        else:
            with pytest.raises(OutOfOrder, match=state.value):
                check_writable(release(state))


def test_nothing_is_to_be_decided_of_a_text_that_nothing_holds() -> None:
    for of in (release(), PUBLISHED, release(ReleaseState.CANCELLED), release(ReleaseState.POSTPONED)):
        with pytest.raises(OutOfOrder):
            check_decidable(text_standing(a_text(), of, (), DUE))
    check_decidable(text_standing(a_text(), release(), (), DUE + timedelta(hours=1)))


def test_name_of_a_hold_is_new_with_each_move_and_the_same_while_nothing_happens() -> None:
    first = moved("reschedule", WRITTEN + SECOND)
    second = moved("reschedule", WRITTEN + 2 * SECOND)
    at = DUE - SECOND
    keys = [
        hold_key(text_standing(a_text(), release(), moves, at), release(), moves)
        for moves in ((first,), (first, second))
    ]
    assert len({*keys, ""}) == 3
    late = [
        hold_key(text_standing(a_text(), release(), (), DUE + minutes * timedelta(minutes=1)), release(), ())
        for minutes in (1, 600)
    ]
    assert late[0] == late[1] != ""
    assert hold_key(text_standing(a_text(), release(), (), DUE), release(), ()) == ""


def test_letters_say_what_is_to_be_done_and_where() -> None:
    ready = ready_body(release(), TextKind.PRESS_LINE, DUE, "https://x/1", in_stead=False)
    assert "A press line prepared for it can be sent now." in ready
    assert "this service posts nothing anywhere: https://x/1" in ready
    assert "Nothing is asked of you." in held_body(release(), (Hold.CANCELLED,), "https://x")
    assert {hold for hold in Hold if not held_body(release(), (hold,), "https://x")} == set()  # each has its words
    both = held_body(release(), (Hold.MOVED, Hold.LATE), "https://x")
    assert "moved after they were prepared and publication was not confirmed by the time set" in both
