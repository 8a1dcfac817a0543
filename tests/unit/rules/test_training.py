"""Training as a producer's own demand: at the door, and of a list that is to be approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.rules.access import Permit, decide
from app.rules.facts import AccessFacts, Producer, Training
from app.rules.training import training_is_current, training_reasons
from tests.build import PUBLISHES_AT, a_grant, an_approved_list, facts_that_permit

INSIDE = PUBLISHES_AT - timedelta(hours=10)
ASKS = Producer("prd_1", "Office for Example Statistics", training_days=365)


def asked(*done: Training) -> AccessFacts:
    facts = facts_that_permit()
    return replace(facts, release=replace(facts.release, producer=ASKS), trainings=done)


def test_training_is_no_condition_where_the_producer_asks_for_none() -> None:
    facts = facts_that_permit()
    assert facts.release.producer.training_days is None
    assert training_is_current(facts, INSIDE) is None
    assert isinstance(decide(facts, INSIDE), Permit)


@pytest.mark.parametrize(
    ("done_days_ago", "valid_for_days", "code"),
    [
        (0, None, None),
        (365, None, None),
        (366, None, "training_expired"),
        (10, 10, None),
        (11, 10, "training_expired"),
        (-1, None, "training_missing"),
    ],
)
def test_training_counts_to_its_last_day_at_the_door(
    done_days_ago: int, valid_for_days: int | None, code: str | None
) -> None:
    done_on = INSIDE.date() - timedelta(days=done_days_ago)
    until = None if valid_for_days is None else done_on + timedelta(days=valid_for_days)
    reason = training_is_current(asked(Training(done_on, until)), INSIDE)
    assert (reason.code.value if reason else None) == code
    if reason is not None:
        assert reason.source == "Producer policy: training"


def test_refusal_for_want_of_training_stands_beside_every_other_reason() -> None:
    facts = replace(asked(), declarations=())
    decision = decide(facts, INSIDE)
    assert not isinstance(decision, Permit)
    assert [reason.code.value for reason in decision.reasons] == ["training_missing", "declaration_missing"]


def test_list_names_each_post_whose_holder_lacks_training_on_the_day_the_window_opens() -> None:
    release = replace(facts_that_permit().release, producer=ASKS)
    grants = (
        a_grant(grant_id="grt_1", person_id="per_ash", post_title="Chancellor", organisation="Treasury"),
        a_grant(grant_id="grt_2", person_id="per_elm", post_title="Adviser", organisation="Treasury"),
        a_grant(grant_id="grt_3", person_id="per_fir", post_title="Secretary", organisation="Treasury", seat=2),
        a_grant(grant_id="grt_4", person_id=None, post_title="Nobody yet", organisation="Treasury"),
    )
    listed = replace(an_approved_list(), grants=grants)
    opens_on = (PUBLISHES_AT - timedelta(hours=24)).date()
    done = {
        "per_ash": (Training(opens_on - timedelta(days=365)),),
        "per_elm": (Training(opens_on - timedelta(days=366)),),
    }
    found = training_reasons(listed, release, done, PUBLISHES_AT - timedelta(days=30))
    assert [(reason.code.value, reason.detail.partition(":")[0]) for reason in found] == [
        ("training_expired", "Adviser, Treasury"),
        ("training_missing", "Secretary, Treasury (holder 2)"),
    ]
    assert training_reasons(listed, replace(release, producer=Producer("prd_1", "Office")), {}, PUBLISHES_AT) == ()


def test_training_that_is_done_later_counts_for_nothing_yet() -> None:
    facts = asked(Training(date(2099, 1, 1)))
    reason = training_is_current(facts, INSIDE)
    assert reason is not None
    assert reason.code.value == "training_missing"
