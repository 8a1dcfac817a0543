"""Who may have access under each Order, and on what terms: what is lawful, and every fault with its clause."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.rules import granting
from app.rules.clauses import Clauses
from app.rules.eligibility import public_list, soundness
from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Order, Release, Sensitivity
from app.rules.orders import scotland_grants
from app.rules.reasons import ReasonCode
from app.rules.weighing import to_weigh
from app.rules.window import INSTRUMENTS
from tests.build import DAY, PUBLISHES_AT, a_grant, a_producer, a_release, an_approved_list, london

UK, SCOTLAND, WALES, NI = Order.UK, Order.SCOTLAND, Order.WALES, Order.NORTHERN_IRELAND
MADE_KNOWN = ExceptionalGrant("Flood warnings were to be given.", PUBLISHES_AT - 90 * DAY)
REASONED = ExceptionalGrant("Parliament is in recess.")
LETTERED = {SCOTLAND: "a", WALES: "a", UK: "", NI: ""}
RECIPIENT = a_grant(grant_id="grt_elm", person_id="per_elm", post_title="Minister for Fog")


def faults(order: Order, *grants: Grant, **release: Any) -> list[tuple[str, str]]:
    found = soundness(an_approved_list(*grants), a_release(order=order, **release), PUBLISHES_AT - 60 * DAY)
    return [(reason.code.value, reason.source) for reason in found]


def minister(order: Order, **changes: Any) -> Grant:
    return a_grant(**{"ground_letter": LETTERED[order], **changes})


@pytest.mark.parametrize("order", list(Order))
def test_every_order_says_where_it_says_what_and_cites_no_other(order: Order) -> None:
    clauses = granting.clauses_of(order)
    cited = [getattr(clauses, each.name) for each in fields(Clauses)]
    strange = [cite for cite in cited if cite and not cite.startswith((INSTRUMENTS[order], "SRSA 2007"))]
    assert strange == []
    assert (clauses.declaration is None, clauses.list_of_posts is None) == ((order in (SCOTLAND, WALES)),) * 2
    assert (clauses.marking is None, clauses.told_the_ground is None) == ((order in (UK, NI)),) * 2


@pytest.mark.parametrize(
    ("order", "grant_class"),
    [(order, cls) for order in Order for cls in sorted(set(GrantClass) - granting.classes_of(order))],
)
def test_class_that_an_order_does_not_know_is_refused_by_its_own_clause(order: Order, grant_class: GrantClass) -> None:
    eligible = granting.clauses_of(order).eligible
    later = replace(MADE_KNOWN, board_informed_at=PUBLISHES_AT - 10 * DAY)  # after the day asked about
    for exceptional, asked in ((MADE_KNOWN, None), (later, None), (later, 90 * DAY)):
        listed = minister(order, grant_class=grant_class, place="Room 1", exceptional=exceptional, asked=asked)
        assert faults(order, listed) == [("class_not_in_order", eligible)]


@pytest.mark.parametrize("order", list(Order))
def test_deputy_qualifies_by_themselves_as_anybody_else(order: Order) -> None:
    assert faults(order, minister(order, grant_class=GrantClass.DEPUTY, for_person_id="per_elm")) == []
    clause = granting.clauses_of(order).ground
    assert faults(order, minister(order, grant_class=GrantClass.DEPUTY, ground=" ")) == [("ground_missing", clause)]


LAWFUL: tuple[tuple[Order, dict[str, Any]], ...] = (
    (UK, {"ground_letter": "ii"}),
    (UK, {"grant_class": GrantClass.BANK_OR_TREASURY, "ground_letter": "1", "asked": 3 * DAY}),
    (UK, {"grant_class": GrantClass.INTERNATIONAL, "asked": 9 * DAY}),
    (UK, {"grant_class": GrantClass.THIRD_PARTY, "asked": 9 * DAY}),
    (UK, {"grant_class": GrantClass.JOURNALIST, "place": "Room 2.14", "asked": DAY}),
    (NI, {"grant_class": GrantClass.INTERNATIONAL, "asked": 9 * DAY}),
    (NI, {"grant_class": GrantClass.THIRD_PARTY, "asked": 9 * DAY}),
    (NI, {"asked": 3 * DAY, "exceptional": MADE_KNOWN}),
    (SCOTLAND, {"ground_letter": "e", "asked": 40 * DAY}),
    (SCOTLAND, {"ground_letter": "h", "grant_class": GrantClass.EXCEPTIONAL_PERSON}),
    (SCOTLAND, {"asked": 9 * DAY, "exceptional": REASONED}),
    (WALES, {"ground_letter": "d", "asked": 40 * DAY}),
    (WALES, {"ground_letter": "h"}),
    (WALES, {"asked": 9 * DAY, "exceptional": REASONED}),
)


@pytest.mark.parametrize(("order", "changes"), LAWFUL)
def test_grant_that_an_order_allows_has_no_fault(order: Order, changes: dict[str, Any]) -> None:
    assert faults(order, minister(order, **changes)) == []


UNLAWFUL: tuple[tuple[Order, dict[str, Any], list[tuple[str, str]]], ...] = (
    (UK, {"ground_letter": "e"}, [("ground_not_named", "SI 2008/2998 Sch. para 3(1)(a)")]),
    (
        UK,
        {"grant_class": GrantClass.EXCEPTIONAL_PERSON, "ground_letter": "i", "exceptional": MADE_KNOWN},
        [
            ("ground_not_named", "SI 2008/2998 Sch. para 5(1)(b)"),
            ("representations_missing", "SI 2008/2998 Sch. para 5(1)(b)"),
        ],
    ),
    (
        UK,
        {"grant_class": GrantClass.JOURNALIST, "asked": DAY + timedelta(minutes=1), "ground": ""},
        [
            ("ground_missing", "SI 2008/2998 Sch. para 14(2)"),
            ("grant_too_long", "SI 2008/2998 Sch. para 14(1)"),
            ("place_missing", "SI 2008/2998 Sch. para 14(6)(a)"),
        ],
    ),
    (
        UK,
        {"grant_class": GrantClass.BANK_OR_TREASURY, "ground_letter": "5c", "ground": ""},
        [
            ("ground_not_named", "SI 2008/2998 Sch. para 12(5)"),
            ("ground_missing", "SI 2008/2998 Sch. para 12(1)"),
        ],
    ),
    (
        UK,
        {"grant_class": GrantClass.BANK_OR_TREASURY, "ground_letter": "5a"},
        [("bank_grant_missing", "SI 2008/2998 Sch. para 12(3)")],
    ),
    (
        NI,
        {"asked": 3 * DAY, "exceptional": ExceptionalGrant("Flooding.")},
        [("grant_too_long", "SR 2009/71 Sch. para 4"), ("board_not_informed", "SR 2009/71 Sch. para 5(4)(b)")],
    ),
    (
        NI,
        {"grant_class": GrantClass.EXCEPTIONAL_PERSON, "ground_letter": "i"},
        [
            ("ground_not_named", "SR 2009/71 Sch. para 5(1)(b)"),
            ("representations_missing", "SR 2009/71 Sch. para 5(1)(b)"),
            ("exceptional_not_published", "SR 2009/71 Sch. para 5(4)(a)"),
            ("board_not_informed", "SR 2009/71 Sch. para 5(4)(b)"),
        ],
    ),
    (NI, {"ground_letter": "e"}, [("ground_not_named", "SR 2009/71 Sch. para 3(1)(a)")]),
    (
        SCOTLAND,
        {"ground_letter": "i", "ground": ""},
        [("ground_not_named", "SSI 2008/399 Sch. para 2(1)"), ("ground_missing", "SSI 2008/399 Sch. para 2(1)")],
    ),
    (
        SCOTLAND,
        {"grant_class": GrantClass.EXCEPTIONAL_PERSON, "ground_letter": "g"},
        [("ground_not_named", "SSI 2008/399 Sch. para 2(1)")],
    ),
    (
        WALES,
        {"ground_letter": "", "ground": ""},
        [("ground_not_named", "WSI 2009/2818 Sch. para 1(1)"), ("ground_missing", "WSI 2009/2818 Sch. para 1(1)")],
    ),
    (
        WALES,
        {"asked": 9 * DAY},
        [
            ("grant_too_long", "WSI 2009/2818 Sch. para 4"),
            ("exceptional_not_published", "WSI 2009/2818 Sch. para 4(3)"),
        ],
    ),
)


@pytest.mark.parametrize(("order", "changes", "expected"), UNLAWFUL)
def test_grant_that_an_order_does_not_allow_has_each_fault_with_its_clause(
    order: Order, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert faults(order, minister(order, **changes)) == expected


@pytest.mark.parametrize(("order", "instrument"), [(UK, "SI 2008/2998"), (NI, "SR 2009/71")])
def test_other_person_needs_an_eligible_person_on_the_list_who_could_have_asked(order: Order, instrument: str) -> None:
    other = minister(order, grant_class=GrantClass.EXCEPTIONAL_PERSON, exceptional=MADE_KNOWN)
    missing = [("representations_missing", f"{instrument} Sch. para 5(1)(b)")]
    assert faults(order, other) == missing
    assert faults(order, other, minister(order)) == missing, "the same person in another post"
    assert faults(order, other, replace(RECIPIENT, grant_class=GrantClass.THIRD_PARTY)) == missing
    assert faults(order, replace(other, for_person_id="per_oak"), RECIPIENT) == missing
    assert faults(order, replace(other, for_person_id="per_elm"), RECIPIENT) == []
    assert faults(order, other, RECIPIENT) == []


def test_notice_to_the_board_with_a_later_instant_is_none_yet() -> None:
    later = ExceptionalGrant("Flooding.", PUBLISHES_AT + 900 * DAY)
    missing = [("board_not_informed", "SI 2008/2998 Sch. para 5(4)(b)")]
    assert faults(UK, minister(UK, asked=3 * DAY, exceptional=later)) == missing
    assert faults(UK, minister(UK, asked=DAY, exceptional=later)) == []
    other = minister(UK, grant_class=GrantClass.EXCEPTIONAL_PERSON, exceptional=later)
    assert faults(UK, other, RECIPIENT) == missing
    assert faults(SCOTLAND, minister(SCOTLAND, asked=9 * DAY, exceptional=later)) == []


def test_increase_for_scottish_economic_statistics_is_refused_whatever_is_published() -> None:
    longer = minister(SCOTLAND, asked=9 * DAY, exceptional=MADE_KNOWN)
    assert faults(SCOTLAND, longer, sensitivity=Sensitivity.ECONOMIC) == [("grant_too_long", "SRSA 2007 s.11A(3)")]


def test_treasury_follows_the_bank_on_the_same_list() -> None:
    bank = minister(UK, grant_class=GrantClass.BANK_OR_TREASURY, ground_letter="1")
    treasury = minister(UK, grant_id="grt_t", grant_class=GrantClass.BANK_OR_TREASURY, ground_letter="5b")
    assert faults(UK, treasury, bank) == []
    assert faults(UK, treasury, treasury) == [("bank_grant_missing", "SI 2008/2998 Sch. para 12(3)")] * 2


SHARING = {
    UK: {"eligible_person", "adviser", "deputy", "bank_or_treasury", "third_party"},
    NI: {"eligible_person", "adviser", "deputy", "third_party"},
    SCOTLAND: {"eligible_person", "adviser", "deputy"},
    WALES: {"eligible_person", "adviser", "deputy"},
}


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("theirs", list(GrantClass))
def test_t32_supporter_stands_behind_a_recipient_of_a_class_that_may_share_and_behind_nobody_else(
    order: Order, theirs: GrantClass
) -> None:
    letter = "1" if theirs is GrantClass.BANK_OR_TREASURY else LETTERED[order]
    own = a_grant(
        grant_id="grt_elm", person_id="per_elm", grant_class=theirs, ground_letter=letter, exceptional=MADE_KNOWN
    )
    supporter = a_grant(grant_class=GrantClass.ADMINISTRATIVE_SUPPORT, ground="", for_person_id="per_elm")
    missing = ("recipient_missing", granting.clauses_of(order).support)
    assert (missing not in faults(order, own, supporter)) == (theirs.value in SHARING[order])


@pytest.mark.parametrize("order", [SCOTLAND, WALES])
@pytest.mark.parametrize("letter", list("abcdefgh"))
def test_t32_support_goes_with_grounds_a_to_g(order: Order, letter: str) -> None:
    own = a_grant(grant_id="grt_elm", person_id="per_elm", ground_letter=letter)
    supporter = a_grant(grant_class=GrantClass.ADMINISTRATIVE_SUPPORT, for_person_id="per_elm")
    assert (faults(order, own, supporter) == []) == (letter != "h")


@pytest.mark.parametrize("tied_to", [None, "per_ash", "per_oak"])
def test_t32_supporter_tied_to_nobody_to_themselves_or_to_a_stranger_is_refused(tied_to: str | None) -> None:
    supporter = a_grant(grant_class=GrantClass.ADMINISTRATIVE_SUPPORT, for_person_id=tied_to)
    assert faults(UK, RECIPIENT, supporter) == [("recipient_missing", "SI 2008/2998 Sch. para 11(1)")]


def test_supporter_of_a_supporter_is_refused() -> None:
    first = a_grant(grant_class=GrantClass.ADMINISTRATIVE_SUPPORT, for_person_id="per_elm")
    second = a_grant(
        grant_id="grt_2", person_id="per_oak", grant_class=GrantClass.ADMINISTRATIVE_SUPPORT, for_person_id="per_ash"
    )
    assert faults(UK, RECIPIENT, first, second) == [("recipient_missing", "SI 2008/2998 Sch. para 11(1)")]


@pytest.mark.parametrize(
    ("order", "by_law"),
    [
        (
            UK,
            {
                "eligible_person": "SI 2008/2998 Sch. para 8",
                "adviser": "SI 2008/2998 Sch. para 8",
                "deputy": "SI 2008/2998 Sch. para 8",
                "exceptional_person": "SI 2008/2998 Sch. para 5(3)",
                "bank_or_treasury": "SI 2008/2998 Sch. para 12(10)",
                "journalist": "SI 2008/2998 Sch. para 14(8)",
                "third_party": "SI 2008/2998 Sch. para 15(9)",
            },
        ),
        (
            NI,
            {
                "eligible_person": "SR 2009/71 Sch. para 8",
                "adviser": "SR 2009/71 Sch. para 8",
                "deputy": "SR 2009/71 Sch. para 8",
                "exceptional_person": "SR 2009/71 Sch. para 5(3)",
                "third_party": "SR 2009/71 Sch. para 13(9)",
            },
        ),
        (SCOTLAND, {}),
        (WALES, {}),
    ],
)
def test_declaration_is_demanded_by_the_paragraph_of_the_class_for_market_sensitive_statistics_alone(
    order: Order, by_law: dict[str, str]
) -> None:
    for sensitivity in (Sensitivity.MARKET_SENSITIVE, Sensitivity.ORDINARY):
        release = a_release(order=order, sensitivity=sensitivity)
        found = {
            cls.value: clause
            for cls in granting.classes_of(order)
            if (clause := granting.declaration_clause(release, a_grant(grant_class=cls))) is not None
        }
        assert found == (by_law if sensitivity is Sensitivity.MARKET_SENSITIVE else {})


@pytest.mark.parametrize("order", list(Order))
def test_declaration_is_asked_of_a_supporter_by_nobody_and_of_everybody_else_by_the_policy(order: Order) -> None:
    asks, asks_nobody = (_of(order, declaration_for_all=policy) for policy in (True, False))
    for cls in granting.classes_of(order):
        supports = cls is GrantClass.ADMINISTRATIVE_SUPPORT
        assert granting.declaration_is_asked(asks, a_grant(grant_class=cls)) != supports
        assert not granting.declaration_is_asked(asks_nobody, a_grant(grant_class=cls))


def _of(order: Order, **producer: Any) -> Release:
    return a_release(order=order, sensitivity=Sensitivity.ORDINARY, producer=a_producer(**producer))


def test_published_list_has_everybody_granted_access_and_nobody_with_whom_it_is_shared() -> None:
    everybody = [
        minister(UK, post_title=cls.value, grant_class=cls, for_person_id="per_elm") for cls in sorted(GrantClass)
    ]
    rows = public_list(an_approved_list(*everybody), a_release())
    assert {row.post for row in rows} == {cls.value for cls in GrantClass} - {"administrative_support"}
    rows = public_list(an_approved_list(*everybody), a_release(order=SCOTLAND))
    assert {row.post for row in rows} == {cls.value for cls in GrantClass} - {"administrative_support", "passed_on"}


def test_published_list_says_from_when_in_the_words_of_each_order() -> None:
    told = [
        public_list(an_approved_list(a_grant()), a_release(order=order, sensitivity=Sensitivity.ORDINARY))[0].from_text
        for order in (UK, SCOTLAND, WALES)
    ]
    assert told == [
        "24 hours before the time set for publication",
        "5 working days before publication",
        "the fifth counted day before the day of publication",
    ]


@pytest.mark.parametrize(
    ("sensitivity", "publishes_at", "clause"),
    [
        (Sensitivity.ECONOMIC, london(2026, 6, 16, 9, 30), "SRSA 2007 s.11A(3)"),
        (Sensitivity.EXCEPTED, london(2022, 4, 20, 9, 30), "SSI 2008/399 Sch. para 4A(2)"),
        (Sensitivity.EXCEPTED, london(2023, 4, 20, 9, 30), "SSI 2008/399 Sch. para 4A(3)"),
        (Sensitivity.EXCEPTED, london(2026, 6, 16, 9, 30), "SSI 2008/399 Sch. para 4A(4)"),
    ],
)
@pytest.mark.parametrize("besides", [False, True])
def test_scottish_maximum_that_nothing_increases_is_refused_by_the_clause_that_sets_it(
    sensitivity: Sensitivity, publishes_at: datetime, clause: str, besides: bool
) -> None:
    release = a_release(
        order=SCOTLAND, sensitivity=sensitivity, publishes_at=publishes_at, also_market_sensitive=besides
    )
    asked = minister(SCOTLAND, asked=20 * DAY, exceptional=ExceptionalGrant("Flooding.", publishes_at - 30 * DAY))
    (refused,) = scotland_grants.increase_reasons(release, asked)
    assert (refused.code, refused.source) == (ReasonCode.GRANT_TOO_LONG, clause)


@pytest.mark.parametrize(
    ("order", "changes", "clause"),
    [
        (UK, {"grant_class": GrantClass.BANK_OR_TREASURY}, "SI 2008/2998 Sch. para 12(7)"),
        (UK, {"grant_class": GrantClass.JOURNALIST}, "SI 2008/2998 Sch. para 14(4)"),
        (NI, {"grant_class": GrantClass.THIRD_PARTY}, "SR 2009/71 Sch. para 13(5)"),
        (SCOTLAND, {"asked": 20 * DAY}, "SSI 2008/399 Sch. para 4(4)"),
        (WALES, {"asked": 20 * DAY}, "WSI 2009/2818 Sch. para 4(3)"),
    ],
)
def test_approver_is_shown_what_the_order_leaves_to_be_weighed(
    order: Order, changes: dict[str, Any], clause: str
) -> None:
    release = a_release(order=order)
    (sentence,) = to_weigh(an_approved_list(minister(order, **changes)), release)
    assert sentence.startswith("Head of Flood Policy, Department for Fog: ")
    assert sentence.endswith(f"{clause}).")
    assert to_weigh(an_approved_list(minister(order)), release) == ()
