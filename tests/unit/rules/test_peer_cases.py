"""Cases that comparable systems are tested by, put to our rule. Where they differ from our design, our design stands.

One release at 09:30 on Tuesday 16 June 2026 (08:30 UTC), one recipient with a sound grant and declaration.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.rules.access import Permit, decide
from app.rules.facts import AccessFacts, ReleaseState, Suspension
from app.rules.reasons import ReasonCode
from tests.build import DAY, a_declaration, a_person, a_release, an_approved_list, facts_that_permit, london

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
FACTS = facts_that_permit(
    release=a_release(publishes_at=PUBLISHES_AT), declarations=(a_declaration(signed_at=PUBLISHES_AT - 3 * DAY),)
)


def utc_at(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    assert at.tzinfo is UTC
    return at


def release(**changes: object) -> AccessFacts:
    return replace(FACTS, release=replace(FACTS.release, **changes))


def test_publication_instant_is_0930_in_summer_time() -> None:
    assert utc_at("2026-06-16T08:30:00Z") == PUBLISHES_AT
    assert london(2051, 6, 30, 9, 30) == utc_at("2051-06-30T08:30:00Z")


SERVED = None
LATE_LIVE = {"state": ReleaseState.PUBLISHED, "published_at": utc_at("2026-06-16T08:30:04Z")}
EARLY_LIVE = {"state": ReleaseState.PUBLISHED, "published_at": utc_at("2026-06-16T01:00:00Z")}


@pytest.mark.parametrize(
    ("asked_at", "changes", "refused"),
    [
        ("2026-06-15T08:29:59.999Z", {}, ReasonCode.WINDOW_NOT_OPEN),
        ("2026-06-15T08:30:00.000Z", {}, SERVED),
        ("2026-06-15T22:58:00Z", {}, SERVED),
        ("2026-06-15T22:59:00Z", {}, SERVED),
        ("2026-06-16T01:00:00Z", {}, SERVED),
        ("2026-06-16T08:29:59.999Z", {}, SERVED),
        # The peer shuts here by the clock; ours goes on until publication itself (para 6(1)).
        ("2026-06-16T08:30:00.000Z", {}, SERVED),
        ("2026-06-16T08:32:00Z", {}, SERVED),
        ("2026-06-16T08:32:00Z", LATE_LIVE, ReasonCode.ALREADY_PUBLISHED),
        ("2026-06-16T01:30:00Z", EARLY_LIVE, ReasonCode.ALREADY_PUBLISHED),
        ("2026-09-01T10:00:00Z", LATE_LIVE, ReasonCode.ALREADY_PUBLISHED),
        ("2026-06-17T10:00:00Z", {"state": ReleaseState.PUBLISHED}, ReasonCode.ALREADY_PUBLISHED),
        ("2026-06-15T10:24:00Z", {"state": ReleaseState.ANNOUNCED}, ReasonCode.RELEASE_NOT_FINAL),
        ("2026-06-15T12:00:01Z", {"state": ReleaseState.ANNOUNCED}, ReasonCode.RELEASE_NOT_FINAL),
    ],
)
def test_recipient_asks_at_an_instant_and_is_served_or_refused(
    asked_at: str, changes: dict, refused: ReasonCode | None
) -> None:
    decision = decide(release(**changes), utc_at(asked_at))
    named = None if isinstance(decision, Permit) else [reason.code for reason in decision.reasons]
    assert named == (None if refused is None else [refused])


INSIDE = utc_at("2026-06-15T10:00:00Z")


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        (replace(FACTS, person=a_person(person_id="per_q")), [ReasonCode.NOT_ON_LIST, ReasonCode.DECLARATION_MISSING]),
        (replace(FACTS, grants=(), eligibility_list=an_approved_list(grants=())), [ReasonCode.NOT_ON_LIST]),
        (replace(FACTS, declarations=()), [ReasonCode.DECLARATION_MISSING]),
    ],
    ids=["somebody else", "an empty list means nobody", "not agreed"],
)
def test_recipient_who_lacks_something_is_refused_inside_the_window(
    facts: AccessFacts, refused: list[ReasonCode]
) -> None:
    decision = decide(facts, INSIDE)
    assert not isinstance(decision, Permit)
    assert [reason.code for reason in decision.reasons] == refused


def test_recipient_is_served_again_after_a_suspension_has_ended() -> None:
    over = Suspension("sus_1", "Department for Fog", "forwarding", "training", INSIDE - DAY, INSIDE)
    assert isinstance(decide(replace(FACTS, suspensions=(over,)), INSIDE), Permit)
    still = replace(over, ended_at=None)
    assert not isinstance(decide(replace(FACTS, suspensions=(still,)), INSIDE), Permit)


def test_recipient_listed_weeks_ahead_has_not_lapsed_when_the_window_opens() -> None:
    early = an_approved_list(approved_at=utc_at("2026-05-20T09:00:00Z"))
    signed = a_declaration(signed_at=utc_at("2026-06-15T08:00:00Z"))
    facts = replace(FACTS, eligibility_list=early, declarations=(signed,))
    assert isinstance(decide(facts, utc_at("2026-06-15T08:30:00Z")), Permit)
