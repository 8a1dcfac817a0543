"""People on the same terms would sign the same words, so that these are put together once for all of them."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.rules.conditions import declaration_is_signed
from app.rules.facts import AccessFacts, DeclarationScope, ExceptionalGrant, Grant, GrantClass, Order
from app.rules.undertakings.basis import TERMS, Basis, ProducerWords
from app.rules.undertakings.words import words_sha256
from tests.build import a_document, a_grant, a_person, a_release, london

OTHER: dict[str, Any] = {
    "grant_id": "grt_other",
    "post_title": "Another post",
    "organisation": "Another department",
    "person_id": "per_other",
    "ground": "For another reason",
    "asked": timedelta(hours=3),
    "held_from_on": date(2020, 1, 6),
    "held_until_on": date(2031, 1, 6),
    "seat": 7,
    "exceptional": ExceptionalGrant("Needed", None),
    "paused_reason": "Waits",
    "is_group": True,
    "defects": ("A defect",),
    "for_person_id": "per_third",
    "agreement": "Agreed",
    "holding_id": "hld_other",
    "confirm_needed": True,
}
TERM: dict[str, Any] = {
    "grant_class": GrantClass.JOURNALIST,
    "ground_letter": "b",
    "conditions": "Read it alone.",
    "place": "Room 1",
}


def words(order: Order, grant: Grant, scope: DeclarationScope) -> str:
    basis = Basis(a_release(order=order), (grant,), ProducerWords(0, "Mind."), "the desk", scope, "A series")
    return words_sha256(basis)


def test_terms_and_the_rest_are_all_that_a_grant_has() -> None:
    assert {*TERMS} == {*TERM}
    assert {one.name for one in fields(Grant)} == {*OTHER, *TERM}


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("kind", GrantClass)
@pytest.mark.parametrize("scope", DeclarationScope)
def test_words_of_two_grants_on_the_same_terms_are_the_same(
    order: Order, kind: GrantClass, scope: DeclarationScope
) -> None:
    one = a_grant(grant_class=kind, ground_letter="a", conditions="Alone.", place="Room 2")
    assert replace(one, **OTHER) != one
    assert words(order, replace(one, **OTHER), scope) == words(order, one, scope)


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("kind", GrantClass)
def test_condition_finds_the_same_of_two_grants_on_the_same_terms(order: Order, kind: GrantClass) -> None:
    release, at, one = a_release(order=order), london(2026, 3, 9, 12, 0), a_grant(grant_class=kind)
    found = [
        declaration_is_signed(AccessFacts(a_person(), release, a_document(), grants=(grant,)), grant, at)
        for grant in (one, replace(one, **OTHER))
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("name", TERMS)
def test_words_under_some_order_change_with_each_of_the_terms(name: str) -> None:
    one = a_grant(grant_class=GrantClass.ELIGIBLE_PERSON, ground_letter="a", conditions="Alone.", place="")
    other = replace(one, **{name: TERM[name]})
    scope = DeclarationScope.RELEASE
    assert any(words(order, one, scope) != words(order, other, scope) for order in Order)
