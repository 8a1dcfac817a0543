"""The UK Order's paragraphs on one grant: what is lawful, and every fault of what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.rules.facts import ExceptionalGrant, GrantClass, Sensitivity
from app.rules.orders import uk, uk_grants
from app.rules.reasons import Reason, ReasonCode
from tests.build import DAY, PUBLISHES_AT, a_grant, a_release, an_approved_list

MINISTER = a_grant(grant_id="grt_elm", person_id="per_elm", post_title="Minister for Fog")
MADE_KNOWN = ExceptionalGrant("Flood warnings were to be given.", PUBLISHES_AT - 6 * DAY)


def reasons_of(**grant: object) -> tuple[Reason, ...]:
    made = a_grant(**grant)
    return uk_grants.grant_reasons(a_release(), made, an_approved_list(made, MINISTER))


def codes_of(**grant: object) -> list[ReasonCode]:
    return [reason.code for reason in reasons_of(**grant)]


@pytest.mark.parametrize(
    "grant",
    [
        {},
        {"grant_class": GrantClass.ADVISER},
        {"asked": DAY},
        {"asked": timedelta(hours=1)},
        {"asked": 3 * DAY, "exceptional": MADE_KNOWN},
        {"grant_class": GrantClass.EXCEPTIONAL_PERSON, "exceptional": MADE_KNOWN},
    ],
    ids=["eligible", "adviser", "24 hours", "one hour", "longer, made known", "exceptional person, made known"],
)
def test_grant_that_is_lawful_has_no_fault(grant: dict) -> None:
    assert codes_of(**grant) == []


def test_grant_over_the_limit_says_by_how_much_and_what_would_make_it_lawful() -> None:
    [too_long, *_] = reasons_of(asked=DAY + timedelta(minutes=30))
    assert (too_long.code, too_long.source) == (ReasonCode.GRANT_TOO_LONG, uk.PARA_4)
    assert too_long.detail == (
        "Head of Flood Policy, Department for Fog: 24.5 hours were asked for; "
        "the limit is 24 hours before the time set."
    )
    assert "para 5(1)(a)" in too_long.remedy


def test_grant_a_microsecond_over_the_limit_is_over_it() -> None:
    assert codes_of(asked=DAY + timedelta(microseconds=1)) == [
        ReasonCode.GRANT_TOO_LONG,
        ReasonCode.EXCEPTIONAL_NOT_PUBLISHED,
        ReasonCode.BOARD_NOT_INFORMED,
    ]


def test_grant_to_an_exceptional_person_needs_both_whatever_its_length() -> None:
    lacking = codes_of(grant_class=GrantClass.EXCEPTIONAL_PERSON, asked=timedelta(hours=1))
    assert lacking == [ReasonCode.EXCEPTIONAL_NOT_PUBLISHED, ReasonCode.BOARD_NOT_INFORMED]


def test_grant_without_a_ground_says_so() -> None:
    assert codes_of(ground=" ") == [ReasonCode.GROUND_MISSING]


def test_declaration_is_statutory_for_market_sensitive_statistics_alone() -> None:
    statutory = [sensitivity for sensitivity in Sensitivity if uk.declaration_is_statutory(sensitivity)]
    assert statutory == [Sensitivity.MARKET_SENSITIVE]
