"""Whether a declaration counts, what must be acknowledged, and how statistics are marked. No store, no clock."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.rules.access import Permit, decide
from app.rules.acknowledgement import is_asked, missing, told
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import DeclarationScope, GrantClass, Order, Sensitivity, Suspension
from app.rules.letters import invitation
from app.rules.marking import LABELS, label_of, marking
from app.rules.reasons import ReasonCode
from app.rules.signatures import DeclarationState, fault_of, state_of
from app.rules.undertakings.requirements import requirements
from tests.build import (
    DAY,
    PUBLISHES_AT,
    WORDS_SHA256,
    a_declaration,
    a_grant,
    a_release,
    facts_that_permit,
)

INSIDE = PUBLISHES_AT - timedelta(hours=10)
SERIES_SHA256 = "7a" * 32
FOR_SERIES = a_declaration(scope=DeclarationScope.SERIES, undertaking_sha256=SERIES_SHA256)
WITHOUT_DECLARATION = (Order.SCOTLAND, Order.WALES)


def codes(**facts: object) -> list[str]:
    decision = decide(facts_that_permit(**facts), INSIDE)
    return [] if isinstance(decision, Permit) else [reason.code.value for reason in decision.reasons]


def test_declaration_for_the_series_counts_by_the_words_for_the_series_alone() -> None:
    assert codes(declarations=(FOR_SERIES,), series_undertaking_sha256=SERIES_SHA256) == []
    for other in ({"series_undertaking_sha256": "0f" * 32}, {"undertaking_sha256": SERIES_SHA256}, {}):
        assert codes(declarations=(FOR_SERIES,), **other) == ["declaration_superseded"]


def test_declaration_for_one_release_never_counts_by_the_words_for_the_series() -> None:
    signed = a_declaration(undertaking_sha256=SERIES_SHA256)
    assert codes(declarations=(signed,), series_undertaking_sha256=SERIES_SHA256) == ["declaration_superseded"]


def test_declaration_for_a_series_without_words_never_matches_words_that_are_missing() -> None:
    signed = a_declaration(scope=DeclarationScope.SERIES, undertaking_sha256="")
    assert codes(declarations=(signed,), series_undertaking_sha256="") == ["declaration_superseded"]


def test_declaration_lapses_with_a_suspension_of_its_signer_and_not_before_it_begins() -> None:
    for suspended_at, expected in (
        (INSIDE, ["declaration_lapsed"]),
        (INSIDE - DAY, ["declaration_lapsed"]),
        (INSIDE + timedelta(microseconds=1), []),
    ):
        assert codes(declarations=(a_declaration(suspended_at=suspended_at),)) == expected


def test_declaration_that_lapsed_with_a_suspension_asks_to_sign_again_after_the_reinstatement() -> None:
    signed = a_declaration(suspended_at=INSIDE - DAY)
    decision = decide(facts_that_permit(declarations=(signed,)), INSIDE)
    assert not isinstance(decision, Permit)
    (reason,) = decision.reasons
    assert "when you were suspended" in reason.detail
    assert "Sign again after your reinstatement" in reason.detail


def test_declaration_signed_after_the_suspension_began_counts_beside_one_that_lapsed() -> None:
    lapsed = a_declaration(suspended_at=INSIDE - DAY)
    again = a_declaration(declaration_id="dcl_2", signed_at=INSIDE - timedelta(hours=1))
    assert codes(declarations=(lapsed, again)) == []


def test_suspension_that_runs_is_named_by_itself_and_not_what_it_leaves_behind() -> None:
    running = Suspension("sus_1", "Ash", "a copy was forwarded.", "training", INSIDE - DAY)
    signed = a_declaration(suspended_at=INSIDE - DAY)
    assert codes(declarations=(signed,), suspensions=(running,)) == ["suspended"]
    # What the suspension does not explain is told with it.
    other = a_declaration(undertaking_sha256="0f" * 32, suspended_at=INSIDE - DAY)
    assert codes(declarations=(other,), suspensions=(running,)) == ["suspended", "declaration_superseded"]


def test_fault_names_withdrawal_before_words_before_lapse() -> None:
    wrong = a_declaration(withdrawn_at=INSIDE, lapses_at=INSIDE, suspended_at=INSIDE, undertaking_sha256="0f" * 32)
    found = fault_of(wrong, WORDS_SHA256, INSIDE)
    assert found is not None
    assert found.code is ReasonCode.DECLARATION_WITHDRAWN
    assert fault_of(a_declaration(), WORDS_SHA256, INSIDE) is None


@pytest.mark.parametrize(
    ("changes", "today", "renewed", "state", "why"),
    [
        ({}, WORDS_SHA256, False, DeclarationState.IN_FORCE, "It counts until"),
        ({}, None, False, DeclarationState.IN_FORCE, "It counts until"),
        ({}, WORDS_SHA256, True, DeclarationState.SUPERSEDED, "You signed again on"),
        ({}, "0f" * 32, False, DeclarationState.SUPERSEDED, "The words of the declaration have changed"),
        ({}, "", False, DeclarationState.SUPERSEDED, "The words of the declaration have changed"),
        ({"lapses_at": INSIDE}, WORDS_SHA256, True, DeclarationState.LAPSED, "Your declaration lapsed on"),
        ({"suspended_at": INSIDE}, None, False, DeclarationState.LAPSED, "lapsed when you were suspended"),
        ({"withdrawn_at": INSIDE}, None, False, DeclarationState.WITHDRAWN, "You have withdrawn"),
    ],
)
def test_state_tells_how_a_declaration_stands_and_why(
    changes: dict[str, object], today: str | None, renewed: bool, state: DeclarationState, why: str
) -> None:
    renewed_at = INSIDE - DAY if renewed else None
    found, said = state_of(a_declaration(**changes), today, INSIDE, renewed_at=renewed_at)
    assert (found, why in said, said[-1]) == (state, True, ".")


# What is told and acknowledged


@pytest.mark.parametrize(
    ("order", "source"),
    [(Order.SCOTLAND, "SSI 2008/399 Sch. para 2(2)(a)"), (Order.WALES, "WSI 2009/2818 Sch. para 1(2)")],
)
def test_acknowledgement_that_is_missing_says_exactly_what_is_to_be_acknowledged(order: Order, source: str) -> None:
    release = a_release(order=order)
    grant = a_grant(ground_letter="b", conditions="Read in room 4.12 only.", place="Victoria Quay")
    found = missing(release, grant, acknowledged=False)
    assert found is not None
    assert (found.code, found.source) == (ReasonCode.ACKNOWLEDGEMENT_MISSING, source)
    for said in (told(release, grant).ground_words, "Read in room 4.12 only", "Victoria Quay", "paragraph 5"):
        assert said in found.detail
    assert "“Confidential Statistics”" in found.detail
    assert "“acknowledged”: true" in found.remedy
    assert missing(release, grant, acknowledged=True) is None


@pytest.mark.parametrize("order", WITHOUT_DECLARATION)
@pytest.mark.parametrize("letter", ["", "z", "A"])
def test_ground_that_is_not_named_can_be_acknowledged_by_nobody(order: Order, letter: str) -> None:
    for acknowledged in (False, True):
        found = missing(a_release(order=order), a_grant(ground_letter=letter), acknowledged=acknowledged)
        assert found is not None
        assert found.code is ReasonCode.GROUND_MISSING


@pytest.mark.parametrize("order", WITHOUT_DECLARATION)
def test_supporter_acknowledges_whom_they_serve_and_needs_no_ground_of_their_own(order: Order) -> None:
    supporter = a_grant(grant_class=GrantClass.ADMINISTRATIVE_SUPPORT)
    found = missing(a_release(order=order), supporter, acknowledged=False)
    assert found is not None
    assert "administrative or technical support" in found.detail
    assert missing(a_release(order=order), supporter, acknowledged=True) is None


@pytest.mark.parametrize("order", [Order.UK, Order.NORTHERN_IRELAND])
def test_acknowledgement_is_not_asked_where_the_order_asks_for_none(order: Order) -> None:
    assert not is_asked(a_release(order=order))
    assert missing(a_release(order=order), a_grant(), acknowledged=False) is None


def test_acknowledgement_on_record_has_the_ground_and_only_the_hash_of_the_conditions() -> None:
    grant = a_grant(ground_letter="b", conditions="Read in room 4.12 only.")
    assert told(a_release(order=Order.WALES), grant).as_record() == {
        "ground_letter": "b",
        "conditions_sha256": sha256_hex(b'["Read in room 4.12 only."]'),
        "requirements_sha256": sha256_hex(canonical_json(list(requirements(Order.WALES)))),
    }


PARAGRAPHS = {
    Order.SCOTLAND: ("5(2)", "5(3)", "5(4)", "5(5)", "5(6)", "5(7) and (8)"),
    Order.WALES: ("5(2)", "5(3) and (4)", "5(5)", "5(6)", "5(7) and (8)", "5(9) and (10)"),
}


@pytest.mark.parametrize("order", WITHOUT_DECLARATION)
@pytest.mark.parametrize("grant_class", [GrantClass.ELIGIBLE_PERSON, GrantClass.ADMINISTRATIVE_SUPPORT])
def test_everybody_is_told_each_requirement_of_paragraph_5_before_they_read_and_in_the_letter(
    order: Order, grant_class: GrantClass
) -> None:
    release, grant = a_release(order=order), a_grant(grant_class=grant_class, ground_letter="a")
    shown = told(release, grant).requirements
    assert [sentence.rsplit("(Schedule, paragraph ", 1)[1] for sentence in shown] == [
        f"{p})" for p in PARAGRAPHS[order]
    ]
    found = missing(release, grant, acknowledged=False)
    assert found is not None
    letter = invitation(release, [grant], "Desk, 01632 960000")
    notice = marking(release, "Desk, 01632 960000").requirements
    for number, sentence in enumerate(shown, start=1):
        assert f"{number}. {sentence}" in found.detail
        assert (
            f"{number}. {sentence}".replace("responsible. ", "responsible: Desk, 01632 960000. ", number == 5) in letter
        )
    assert all(line in letter for line in notice)
    assert [line for line in notice if "Desk, 01632 960000" in line] == [notice[4]]
    assert not re.search(r"\b(I|me|my)\b|[{}]", " ".join((*shown, *notice)))


@pytest.mark.parametrize("order", [Order.UK, Order.NORTHERN_IRELAND])
def test_requirements_are_told_by_the_declaration_where_the_order_knows_one(order: Order) -> None:
    release = a_release(order=order)
    assert (told(release, a_grant()).requirements, marking(release, "Desk").requirements) == ((), ())


@pytest.mark.parametrize("order", WITHOUT_DECLARATION)
def test_every_ground_of_the_order_has_its_words(order: Order) -> None:
    found = [told(a_release(order=order), a_grant(ground_letter=letter)).ground_words for letter in "abcdefgh"]
    assert [words[:4] for words in found] == [f"({letter}) " for letter in "abcdefgh"]
    assert len(set(found)) == 8


# How statistics are marked


@pytest.mark.parametrize(
    ("order", "sensitivity", "label"),
    [
        (Order.UK, Sensitivity.MARKET_SENSITIVE, "RESTRICTED"),
        (Order.NORTHERN_IRELAND, Sensitivity.ORDINARY, "RESTRICTED"),
        (Order.SCOTLAND, Sensitivity.MARKET_SENSITIVE, "Confidential Statistics"),
        (Order.SCOTLAND, Sensitivity.ORDINARY, "Restricted Statistics"),
        (Order.SCOTLAND, Sensitivity.ECONOMIC, "Restricted Statistics"),
        (Order.WALES, Sensitivity.MARKET_SENSITIVE, "Confidential Statistics"),
        (Order.WALES, Sensitivity.ORDINARY, "Restricted Statistics"),
    ],
)
def test_marking_uses_the_words_of_the_order_where_it_has_some(
    order: Order, sensitivity: Sensitivity, label: str
) -> None:
    release = a_release(order=order, sensitivity=sensitivity)
    assert (label_of(release), marking(release, "Desk").label) == (label, label)
    assert label in LABELS


@pytest.mark.parametrize("sensitivity", [Sensitivity.ECONOMIC, Sensitivity.EXCEPTED])
def test_marking_of_statistics_that_are_market_sensitive_besides_says_confidential(sensitivity: Sensitivity) -> None:
    release = a_release(order=Order.SCOTLAND, sensitivity=sensitivity, also_market_sensitive=True)
    assert (label_of(release), release.is_market_sensitive) == ("Confidential Statistics", True)


def test_marking_under_the_welsh_order_is_accompanied_by_what_its_paragraph_3_wants() -> None:
    lines = marking(a_release(order=Order.WALES), "Desk,\n01632 960000").lines
    said = " ".join(lines)
    for wanted in ("WSI 2009/2818", "Confidential Statistics", "Paragraph 5 of the Schedule", "Desk, 01632 960000"):
        assert wanted in said
    assert [line for line in lines if "\n" in line] == []
    for order in (Order.UK, Order.SCOTLAND, Order.NORTHERN_IRELAND):
        assert marking(a_release(order=order), "Desk").lines == ()
