"""The access rule by example: two posts, declarations, suspensions, exceptional grants, and what a refusal says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.rules import granting
from app.rules.access import Permit, Refusal, decide, reasons_to_stop
from app.rules.facts import (
    AccessFacts,
    DocumentState,
    ExceptionalGrant,
    GrantClass,
    ListState,
    Order,
    ReleaseState,
    Sensitivity,
    Suspension,
)
from app.rules.orders import uk
from app.rules.reasons import Reason, ReasonCode
from tests.build import (
    DAY,
    MICROSECOND,
    PUBLISHES_AT,
    WORDS_SHA256,
    a_declaration,
    a_document,
    a_grant,
    a_producer,
    a_release,
    an_approved_list,
    facts_that_permit,
    london,
)

INSIDE = PUBLISHES_AT - timedelta(hours=10)
HOURS = timedelta(hours=1)


def reasons_of(facts: AccessFacts, at: datetime = INSIDE) -> tuple[Reason, ...]:
    decision = decide(facts, at)
    return () if isinstance(decision, Permit) else decision.reasons


def codes_of(facts: AccessFacts, at: datetime = INSIDE) -> list[ReasonCode]:
    return [reason.code for reason in reasons_of(facts, at)]


def test_permit_says_who_what_when_and_by_which_clauses() -> None:
    assert decide(facts_that_permit(), INSIDE) == Permit(
        person_id="per_ash",
        release_id="rel_rain",
        document_id="doc_rain",
        at=INSIDE,
        reasons=(uk.PARA_3_1, uk.PARA_4, uk.PARA_8),
        grant_id="grt_flood",
        opens_at=PUBLISHES_AT - DAY,
    )


def test_refusal_before_the_window_says_when_it_opens() -> None:
    early = PUBLISHES_AT - DAY - MICROSECOND
    assert decide(facts_that_permit(), early) == Refusal(
        person_id="per_ash",
        release_id="rel_rain",
        document_id="doc_rain",
        at=early,
        reasons=(
            Reason(
                ReasonCode.WINDOW_NOT_OPEN,
                uk.PARA_4,
                "The window opens on Monday 2 November 2026, 9:30am (UK time).",
                "Try again at that time.",
                PUBLISHES_AT - DAY,
            ),
        ),
    )


def test_refusal_without_a_reason_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="says why"):
        Refusal("per_ash", "rel_rain", "doc_rain", INSIDE, ())


# Two grants by two posts


SHORT = a_grant(grant_id="grt_short", post_title="Press Officer", asked=2 * HOURS)
LONG = a_grant(grant_id="grt_long")
LEFT = a_grant(grant_id="grt_left", held_until_on=date(2026, 10, 1))


@pytest.mark.parametrize("grants", [(SHORT, LONG), (LONG, SHORT)], ids=["short first", "long first"])
def test_person_with_two_posts_relies_on_whichever_grant_serves(grants: tuple) -> None:
    decision = decide(facts_that_permit(grants=grants), INSIDE)
    assert isinstance(decision, Permit)
    assert (decision.grant_id, decision.opens_at) == ("grt_long", PUBLISHES_AT - DAY)


@pytest.mark.parametrize("grants", [(SHORT, LONG), (LONG, SHORT)], ids=["short first", "long first"])
def test_person_with_two_posts_is_told_the_earlier_opening(grants: tuple) -> None:
    [reason] = reasons_of(facts_that_permit(grants=grants), PUBLISHES_AT - 2 * DAY)
    assert (reason.code, reason.until) == (ReasonCode.WINDOW_NOT_OPEN, PUBLISHES_AT - DAY)


@pytest.mark.parametrize("grants", [(SHORT, LEFT), (LEFT, SHORT)], ids=["short first", "left first"])
def test_person_with_two_posts_is_told_what_waiting_ends_before_what_it_does_not(grants: tuple) -> None:
    [reason] = reasons_of(facts_that_permit(grants=grants))
    assert (reason.code, reason.until) == (ReasonCode.WINDOW_NOT_OPEN, PUBLISHES_AT - 2 * HOURS)


def test_person_with_two_posts_that_both_fail_is_told_of_the_nearest() -> None:
    worse = replace(LEFT, grant_id="grt_worse", paused_reason="The release was moved.")
    assert codes_of(facts_that_permit(grants=(worse, LEFT))) == [ReasonCode.POST_NOT_HELD]


def test_grant_of_another_person_among_mine_serves_nobody() -> None:
    assert codes_of(facts_that_permit(grants=(LONG, a_grant(person_id="per_elm")))) == [ReasonCode.NOT_ON_LIST]


# Declarations


def test_declaration_missing_cites_the_order_where_the_order_asks() -> None:
    [reason] = reasons_of(facts_that_permit(declarations=()))
    assert (reason.code, reason.source) == (ReasonCode.DECLARATION_MISSING, "SI 2008/2998 Sch. para 8")


def test_declaration_missing_cites_the_producer_where_only_the_producer_asks() -> None:
    facts = facts_that_permit(release=a_release(sensitivity=Sensitivity.ORDINARY), declarations=())
    [reason] = reasons_of(facts)
    assert (reason.code, reason.source) == (ReasonCode.DECLARATION_MISSING, "Producer policy: declarations")


def test_declaration_is_not_asked_for_where_nobody_asks() -> None:
    quiet = a_release(sensitivity=Sensitivity.ORDINARY, producer=a_producer(declaration_for_all=False))
    assert codes_of(facts_that_permit(release=quiet, declarations=())) == []


def test_declaration_counts_from_its_instant() -> None:
    facts = facts_that_permit(declarations=(a_declaration(signed_at=INSIDE),))
    assert codes_of(facts, INSIDE - MICROSECOND) == [ReasonCode.DECLARATION_MISSING]
    assert codes_of(facts, INSIDE) == []


def test_declaration_lapses_at_its_instant() -> None:
    facts = facts_that_permit(declarations=(a_declaration(lapses_at=INSIDE),))
    assert codes_of(facts, INSIDE - MICROSECOND) == []
    [reason] = reasons_of(facts, INSIDE)
    assert reason.code is ReasonCode.DECLARATION_LAPSED
    assert reason.detail == "Your declaration lapsed on Monday 2 November 2026, 11:30pm (UK time)."


def test_declaration_withdrawn_counts_until_its_withdrawal() -> None:
    facts = facts_that_permit(declarations=(a_declaration(withdrawn_at=INSIDE),))
    assert codes_of(facts, INSIDE - MICROSECOND) == []
    assert codes_of(facts, INSIDE) == [ReasonCode.DECLARATION_WITHDRAWN]


def test_declaration_of_other_words_is_superseded() -> None:
    facts = facts_that_permit(declarations=(a_declaration(undertaking_sha256="00" * 32),))
    assert codes_of(facts) == [ReasonCode.DECLARATION_SUPERSEDED]


def test_declaration_without_words_never_matches_words_that_are_missing() -> None:
    facts = facts_that_permit(declarations=(a_declaration(undertaking_sha256=""),), undertaking_sha256="")
    assert codes_of(facts) == [ReasonCode.DECLARATION_SUPERSEDED]


def test_declaration_of_another_person_counts_for_nothing() -> None:
    facts = facts_that_permit(declarations=(a_declaration(person_id="per_elm"),))
    assert codes_of(facts) == [ReasonCode.DECLARATION_MISSING]


def test_declaration_that_stands_outweighs_newer_ones_that_do_not() -> None:
    newer = a_declaration(declaration_id="dcl_2", signed_at=PUBLISHES_AT - 2 * DAY, withdrawn_at=PUBLISHES_AT - 2 * DAY)
    assert codes_of(facts_that_permit(declarations=(newer, a_declaration()))) == []


def test_declaration_named_among_several_that_fail_is_the_newest() -> None:
    lapsed = a_declaration(signed_at=PUBLISHES_AT - 400 * DAY, lapses_at=PUBLISHES_AT - 35 * DAY)
    other_words = a_declaration(undertaking_sha256="00" * 32)
    for both in ((lapsed, other_words), (other_words, lapsed)):
        assert codes_of(facts_that_permit(declarations=both)) == [ReasonCode.DECLARATION_SUPERSEDED]


# Suspensions


def suspended(from_at: datetime, ended_at: datetime | None = None) -> AccessFacts:
    return facts_that_permit(
        suspensions=(Suspension("sus_1", "Ash Rowan", "a copy was forwarded.", "training", from_at, ended_at),)
    )


def test_suspension_bites_from_its_first_instant() -> None:
    assert codes_of(suspended(INSIDE), INSIDE - MICROSECOND) == []
    assert codes_of(suspended(INSIDE), INSIDE) == [ReasonCode.SUSPENDED]


def test_suspension_has_ended_at_the_instant_of_its_end() -> None:
    facts = suspended(INSIDE - HOURS, INSIDE)
    assert codes_of(facts, INSIDE - MICROSECOND) == [ReasonCode.SUSPENDED]
    assert codes_of(facts, INSIDE) == []


def test_suspension_of_no_length_never_bites() -> None:
    assert codes_of(suspended(INSIDE, INSIDE)) == []


def test_suspension_says_why_and_what_ends_it() -> None:
    [reason] = reasons_of(suspended(INSIDE))
    assert (reason.source, reason.detail, reason.remedy) == (
        "SI 2008/2998 Sch. para 3(1)(e)",
        "Access is suspended for Ash Rowan: a copy was forwarded.",
        "Reinstatement needs: training.",
    )


# Exceptional grants


MADE_KNOWN = ExceptionalGrant("Flood warnings were to be given.", PUBLISHES_AT - 6 * DAY)
THREE_DAYS = timedelta(days=3)


@pytest.mark.parametrize(
    ("exceptional", "hours"),
    [
        (None, 24),
        (ExceptionalGrant(), 24),
        (ExceptionalGrant("Flooding."), 24),
        (ExceptionalGrant("   ", PUBLISHES_AT - 6 * DAY), 24),
        (ExceptionalGrant("", PUBLISHES_AT - 6 * DAY), 24),
        (MADE_KNOWN, 72),
    ],
    ids=["none", "empty", "board not informed", "blank reasons", "reasons not published", "both"],
)
def test_exceptional_grant_is_longer_only_when_published_and_the_board_informed(
    exceptional: ExceptionalGrant | None, hours: int
) -> None:
    facts = facts_that_permit(grants=(a_grant(asked=THREE_DAYS, exceptional=exceptional),))
    opens = PUBLISHES_AT - hours * HOURS
    assert codes_of(facts, opens) == []
    assert codes_of(facts, opens - MICROSECOND) == [ReasonCode.WINDOW_NOT_OPEN]


def test_exceptional_person_is_served_only_when_published_and_the_board_informed() -> None:
    def served(exceptional: ExceptionalGrant | None) -> list[ReasonCode]:
        grant = a_grant(grant_class=GrantClass.EXCEPTIONAL_PERSON, exceptional=exceptional)
        return codes_of(facts_that_permit(grants=(grant,)))

    assert served(None) == [ReasonCode.EXCEPTIONAL_NOT_PUBLISHED, ReasonCode.BOARD_NOT_INFORMED]
    assert served(ExceptionalGrant("Flooding.")) == [ReasonCode.BOARD_NOT_INFORMED]
    assert served(replace(MADE_KNOWN, reasons="")) == [ReasonCode.EXCEPTIONAL_NOT_PUBLISHED]
    assert served(MADE_KNOWN) == []


def test_exceptional_person_is_permitted_by_the_paragraph_for_such_persons() -> None:
    grant = a_grant(grant_class=GrantClass.EXCEPTIONAL_PERSON, exceptional=MADE_KNOWN, asked=THREE_DAYS)
    decision = decide(facts_that_permit(grants=(grant,)), PUBLISHES_AT - THREE_DAYS)
    assert isinstance(decision, Permit)
    assert decision.reasons == (uk.PARA_5_1_B, uk.PARA_8)


@pytest.mark.parametrize("grant_class", sorted(set(GrantClass) - granting.classes_of(Order.NORTHERN_IRELAND)))
def test_grant_of_a_class_that_the_order_does_not_know_is_refused_by_its_clause_and_never_lengthened(
    grant_class: GrantClass,
) -> None:
    grant = a_grant(grant_class=grant_class, ground_letter="1", exceptional=MADE_KNOWN, asked=THREE_DAYS)
    facts = facts_that_permit(release=a_release(order=Order.NORTHERN_IRELAND), grants=(grant,))
    [reason] = reasons_of(facts)
    assert (reason.code, reason.source) == (ReasonCode.CLASS_NOT_IN_ORDER, "SR 2009/71 Sch. para 3(2)")


# The holding of a post


def test_post_is_held_from_its_first_london_day_to_its_last() -> None:
    held = a_grant(held_from_on=date(2026, 11, 3), held_until_on=date(2026, 11, 3))
    facts = facts_that_permit(grants=(held,))
    assert codes_of(facts, london(2026, 11, 3) - MICROSECOND) == [ReasonCode.POST_NOT_HELD]
    assert codes_of(facts, london(2026, 11, 3)) == []
    assert codes_of(facts, london(2026, 11, 4) - MICROSECOND) == []
    assert codes_of(facts, london(2026, 11, 4)) == [ReasonCode.POST_NOT_HELD]


def test_post_is_held_by_london_days_in_summer_time() -> None:
    publishes_at = london(2026, 6, 16, 9, 30)
    facts = facts_that_permit(
        release=a_release(publishes_at=publishes_at),
        grants=(a_grant(held_until_on=date(2026, 6, 15)),),
        declarations=(a_declaration(signed_at=publishes_at - DAY),),
    )
    assert codes_of(facts, london(2026, 6, 15, 23, 59, 59)) == []
    assert codes_of(facts, london(2026, 6, 16)) == [ReasonCode.POST_NOT_HELD]


def test_post_without_a_first_day_is_held_by_nobody() -> None:
    assert codes_of(facts_that_permit(grants=(a_grant(held_from_on=None),))) == [ReasonCode.POST_NOT_HELD]


# Publication


def test_publication_refusal_says_where_everybody_can_read() -> None:
    facts = facts_that_permit(release=a_release(state=ReleaseState.PUBLISHED, published_at=PUBLISHES_AT))
    [reason] = reasons_of(facts, PUBLISHES_AT)
    assert (reason.code, reason.detail, reason.remedy) == (
        ReasonCode.ALREADY_PUBLISHED,
        "The release was published on Tuesday 3 November 2026, 9:30am (UK time); pre-release access has ended.",
        "Read it where everybody can at https://weather.gov.example/rainfall.",
    )


def test_publication_early_ends_the_window_at_once() -> None:
    out = a_release(state=ReleaseState.PUBLISHED, published_at=INSIDE - 3 * HOURS)
    assert codes_of(facts_that_permit(release=out)) == [ReasonCode.ALREADY_PUBLISHED]


def test_publication_without_a_recorded_instant_still_ends_access() -> None:
    out = a_release(state=ReleaseState.PUBLISHED, published_at=None, public_url=None)
    [reason] = reasons_of(facts_that_permit(release=out))
    assert (reason.code, reason.detail, reason.remedy) == (
        ReasonCode.ALREADY_PUBLISHED,
        "The release has been published; pre-release access has ended.",
        "Read it where everybody can.",
    )


# Running downloads


SUPERSEDED_LIST = an_approved_list(state=ListState.SUPERSEDED)


def test_running_download_goes_on_across_publication() -> None:
    out = facts_that_permit(release=a_release(state=ReleaseState.PUBLISHED, published_at=PUBLISHES_AT))
    assert reasons_to_stop(out, PUBLISHES_AT) == ()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (suspended(INSIDE), ReasonCode.SUSPENDED),
        (facts_that_permit(document=a_document(state=DocumentState.RECALLED)), ReasonCode.DOCUMENT_RECALLED),
        (facts_that_permit(document=a_document(malware="Pra.Test.Marker")), ReasonCode.MALWARE_FOUND),
        (facts_that_permit(grants=()), ReasonCode.NOT_ON_LIST),
        (facts_that_permit(release=a_release(state=ReleaseState.POSTPONED)), ReasonCode.RELEASE_POSTPONED),
        (
            facts_that_permit(eligibility_list=an_approved_list(state=ListState.SUPERSEDED)),
            ReasonCode.LIST_NOT_APPROVED,
        ),
    ],
    ids=["suspended", "recalled", "malware found", "off the list", "postponed", "list superseded"],
)
def test_running_download_stops(facts: AccessFacts, code: ReasonCode) -> None:
    assert [reason.code for reason in reasons_to_stop(facts, INSIDE)] == [code]


def test_running_download_of_a_sound_recipient_goes_on() -> None:
    assert reasons_to_stop(facts_that_permit(), INSIDE) == ()


# Facts that contradict each other


def test_facts_with_a_document_of_another_release_are_refused_outright() -> None:
    with pytest.raises(ValueError, match="document belongs to another release"):
        facts_that_permit(document=a_document(release_id="rel_snow"))


def test_facts_with_a_list_of_another_release_are_refused_outright() -> None:
    with pytest.raises(ValueError, match="list belongs to another release"):
        facts_that_permit(eligibility_list=an_approved_list(release_id="rel_snow"))


def test_refusal_gives_everything_that_is_wrong_at_once_and_in_order() -> None:
    facts = facts_that_permit(
        release=a_release(state=ReleaseState.ANNOUNCED),
        document=a_document(state=DocumentState.DRAFT),
        eligibility_list=None,
        declarations=(),
        undertaking_sha256=WORDS_SHA256,
    )
    assert codes_of(facts, PUBLISHES_AT - 2 * DAY) == [
        ReasonCode.RELEASE_NOT_FINAL,
        ReasonCode.DOCUMENT_NOT_FINAL,
        ReasonCode.LIST_NOT_APPROVED,
        ReasonCode.DECLARATION_MISSING,
        ReasonCode.WINDOW_NOT_OPEN,
    ]
