"""Access that a recipient shares: support and passing on serve while the recipient is served, and no longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.rules.access import Permit, decide
from app.rules.facts import AccessFacts, ExceptionalGrant, Grant, GrantClass, Order
from app.rules.reasons import Reason, ReasonCode
from tests.build import (
    DAY,
    PUBLISHES_AT,
    a_declaration,
    a_grant,
    a_person,
    a_producer,
    a_release,
    facts_that_permit,
)

INSIDE = PUBLISHES_AT - timedelta(hours=10)
HOURS = timedelta(hours=1)
MADE_KNOWN = ExceptionalGrant("Flooding was expected.", PUBLISHES_AT - 6 * DAY)
LONG = a_grant(grant_id="grt_long")


def reasons_of(facts: AccessFacts, at: datetime = INSIDE) -> tuple[Reason, ...]:
    decision = decide(facts, at)
    return () if isinstance(decision, Permit) else decision.reasons


def codes_of(facts: AccessFacts, at: datetime = INSIDE) -> list[ReasonCode]:
    return [reason.code for reason in reasons_of(facts, at)]


RECIPIENT = a_grant(grant_id="grt_elm", person_id="per_elm", post_title="Minister for Fog")


def behind(grant: Grant, theirs: Grant = RECIPIENT, **changes: Any) -> AccessFacts:
    """Facts of somebody who stands behind Elm, and those of Elm, who has signed."""
    signed = (a_declaration(person_id="per_elm"),)
    elm = facts_that_permit(person=a_person(person_id="per_elm"), grants=(theirs,), declarations=signed, **changes)
    release = {"release": changes["release"]} if "release" in changes else {}
    return facts_that_permit(grants=(grant,), declarations=(), recipients=(elm,), **release)


SUPPORTER = a_grant(grant_class=GrantClass.ADMINISTRATIVE_SUPPORT, ground="", for_person_id="per_elm")


def test_t32_supporter_is_served_without_a_declaration_as_long_as_the_recipient_is() -> None:
    decision = decide(behind(SUPPORTER), INSIDE)
    assert isinstance(decision, Permit)
    assert decision.person_id == "per_ash"


@pytest.mark.parametrize(
    "theirs",
    [
        {"grant_class": GrantClass.JOURNALIST},
        {"grant_class": GrantClass.EXCEPTIONAL_PERSON, "exceptional": MADE_KNOWN},
        {"grant_class": GrantClass.INTERNATIONAL},
        {"paused_reason": "On leave."},
        {"held_until_on": date(2026, 11, 1)},
        {"person_id": "per_oak"},
    ],
    ids=lambda changes: next(iter(changes.values())),
)
def test_t32_supporter_of_a_recipient_who_may_not_share_or_has_no_access_is_refused(theirs: dict[str, Any]) -> None:
    [reason] = reasons_of(behind(SUPPORTER, replace(RECIPIENT, **theirs)))
    assert (reason.code, reason.source) == (
        ReasonCode.RECIPIENT_WITHOUT_ACCESS,
        "SI 2008/2998 Sch. para 11(1)",
    )


def test_t32_supporter_of_a_recipient_who_has_not_signed_waits_until_they_have() -> None:
    facts = behind(SUPPORTER)
    unsigned = replace(facts, recipients=(replace(facts.recipients[0], declarations=()),))
    assert codes_of(unsigned) == [ReasonCode.RECIPIENT_WITHOUT_ACCESS]


def test_t32_supporter_is_told_when_the_recipient_can_read() -> None:
    later = replace(RECIPIENT, asked=2 * HOURS)
    [reason] = reasons_of(behind(SUPPORTER, later))
    assert (reason.code, reason.until) == (ReasonCode.RECIPIENT_WITHOUT_ACCESS, PUBLISHES_AT - 2 * HOURS)
    assert codes_of(behind(SUPPORTER, later), PUBLISHES_AT - 2 * HOURS) == []


def test_t32_supporter_who_is_also_listed_relies_on_whichever_grant_serves() -> None:
    facts = behind(SUPPORTER, replace(RECIPIENT, paused_reason="On leave."))
    both = replace(facts, grants=(SUPPORTER, LONG), declarations=(a_declaration(),))
    decision = decide(both, INSIDE)
    assert isinstance(decision, Permit)
    assert decision.grant_id == "grt_long"


def test_passing_on_under_the_scottish_order_serves_for_the_same_ground_alone() -> None:
    scottish = a_release(order=Order.SCOTLAND, producer=a_producer(declaration_for_all=False))
    passed = replace(SUPPORTER, grant_class=GrantClass.PASSED_ON, ground_letter="b", agreement="Letter of 2 May")
    same, other = (replace(RECIPIENT, ground_letter=letter) for letter in "ba")
    assert codes_of(behind(passed, same, release=scottish)) == []
    [reason] = reasons_of(behind(passed, other, release=scottish))
    assert (reason.code, reason.source) == (
        ReasonCode.RECIPIENT_WITHOUT_ACCESS,
        "SSI 2008/399 Sch. para 3(3)",
    )
