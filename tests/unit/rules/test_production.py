"""The register of production access as rules: its words, its states, and what its keeper is warned of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from app.rules.facts import Order, ReleaseState
from app.rules.production import (
    CLAUSES,
    ProductionState,
    Purpose,
    restriction,
    shared_from,
    state_of,
    warnings,
)
from tests.build import PUBLISHES_AT, a_release, london

AT = PUBLISHES_AT - timedelta(days=5)
CONTACT = "Release desk, 01632 960000"


@pytest.mark.parametrize(
    ("order", "clause"),
    [
        (Order.UK, "SI 2008/2998 Sch. para 10"),
        (Order.SCOTLAND, "SSI 2008/399 Sch. para 1(2)"),
        (Order.WALES, "WSI 2009/2818 art. 3(4)"),
        (Order.NORTHERN_IRELAND, "SR 2009/71 Sch. para 10"),
    ],
)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_restriction_cites_the_governing_order_for_what_it_speaks_of_alone(
    order: Order, clause: str, purpose: Purpose
) -> None:
    """Report: somebody who only checked figures accepted words that rested on art. 3(4), which speaks of producing."""
    release = replace(a_release(), order=order)
    text = restriction(release, purpose, CONTACT, AT).text
    checking = purpose in (Purpose.QUALITY_ASSURANCE, Purpose.OPERATIONAL)
    assert [each for each in CLAUSES.values() if each in text] == ([] if checking else [clause])
    assert ("The Order leaves me" in text) == (not checking and order in (Order.SCOTLAND, Order.WALES))
    assert CONTACT in text
    assert release.title in text
    assert "{" not in text
    assert ("this access ends" in text) == checking
    assert ("paragraph 10(2)" in text) == (not checking and order in (Order.UK, Order.NORTHERN_IRELAND))


@pytest.mark.parametrize(
    ("at", "practice"),
    [
        (london(2017, 7, 8, 11, 0), "Code of Practice 2009, Protocol 2, practice 8"),
        (london(2020, 7, 8, 11, 0), "Code of Practice 2018, practice T3.3"),
        (london(2026, 3, 1, 11, 0), "Code of Practice 2025, practice 3.3"),
    ],
)
def test_restriction_cites_the_edition_of_the_code_in_force(at: datetime, practice: str) -> None:
    assert practice in restriction(a_release(), Purpose.PRODUCTION, CONTACT, at).text


def test_restriction_of_other_words_has_another_hash() -> None:
    releases = (a_release(), replace(a_release(), title="Earnings"))
    hashes = {restriction(one, purpose, CONTACT, AT).sha256 for one, purpose in product(releases, Purpose)}
    assert len(hashes) == 2 * len(Purpose)


def test_row_is_permitted_only_when_accepted_and_permitted_and_not_over() -> None:
    today = date(2026, 3, 5)
    for accepted_at, permitted_at, ended_at, until_on in product(
        (None, AT), (None, AT), (None, AT), (None, date(2026, 3, 4), today)
    ):
        state = state_of(
            accepted_at=accepted_at, permitted_at=permitted_at, ended_at=ended_at, until_on=until_on, on=today
        )
        over = ended_at is not None or until_on == date(2026, 3, 4)
        assert (state is ProductionState.ENDED) == over
        assert (state is ProductionState.PERMITTED) == (not over and bool(accepted_at and permitted_at))
        assert (state is ProductionState.PROPOSED) == (not over and accepted_at is None)


def test_nothing_is_shared_before_it_is_permitted() -> None:
    assert shared_from(date(2026, 3, 1), None) is None
    assert shared_from(date(2026, 3, 1), london(2026, 3, 4, 0, 0)) == date(2026, 3, 4)
    assert shared_from(date(2026, 3, 9), london(2026, 3, 4, 0, 0)) == date(2026, 3, 9)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("also_listed", [False, True])
def test_keeper_is_warned_of_both_lists_and_of_checks_that_go_on_in_final_form(
    purpose: Purpose, also_listed: bool
) -> None:
    checking = purpose in (Purpose.QUALITY_ASSURANCE, Purpose.OPERATIONAL)
    for state, release_state in product(ProductionState, ReleaseState):
        release = replace(a_release(), state=release_state)
        found = warnings(release, purpose, state, also_listed=also_listed)
        expected = also_listed + (checking and release_state is ReleaseState.FINAL)
        assert len(found) == (0 if state is ProductionState.ENDED else expected)
