"""Laws of access: what must be so for every set of facts and every instant, and not for examples only."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules import access
from app.rules.access import Permit, Refusal, decide, reasons_to_stop
from app.rules.errors import Broken
from app.rules.facts import AccessFacts, DocumentState, GrantClass, ListState, Order, ReleaseState, Sensitivity
from app.rules.reasons import Reason, ReasonCode
from app.rules.window import INSTRUMENTS
from app.rules.wrongfacts import WrongFact, WrongKind
from app.vault.shelf import ShelfCard, open_document, seal_document
from app.vault.store import LocalStore
from tests.build import DAY, MICROSECOND, PUBLISHES_AT, a_document, a_grant, a_person, a_producer, an_approved_list
from tests.properties import draw
from tests.properties.oracle import what_stands_against

NOBODY = AccessFacts(a_person(), draw.sound().release, a_document())


def codes(facts: AccessFacts, at: datetime) -> set[str]:
    """What the rule holds against it; empty for a permit."""
    decision = decide(facts, at)
    if isinstance(decision, Permit):
        return set()
    said = [reason.code.value for reason in decision.reasons]
    assert len(said) == len(set(said)), "each reason is given once"
    return set(said)


@given(draw.instants)
def test_default_deny(at: datetime) -> None:
    assert {"list_not_approved", "not_on_list"} <= codes(NOBODY, at)


@pytest.mark.parametrize("given_alone", ["eligibility_list", "grants", "declarations", "undertaking_sha256"])
@pytest.mark.parametrize("at", draw.EDGES, ids=str)
def test_default_deny_holds_when_anything_is_left_out(given_alone: str, at: datetime) -> None:
    empty = getattr(NOBODY, given_alone)
    assert codes(draw.of_facts(**{given_alone: empty})(draw.sound()), at) != set()


@pytest.mark.parametrize(
    ("code", "breaking"), draw.BREAKINGS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_broken_condition_is_enough_and_is_named(code: str, breaking: draw.Breaking) -> None:
    assert codes(draw.sound(), draw.INSIDE) == set()
    assert codes(breaking(draw.sound()), draw.INSIDE) == {code}


def test_one_broken_condition_is_shown_for_every_reason_and_every_condition() -> None:
    shown = {code for code, _ in draw.BREAKINGS}
    # That the ground was acknowledged is asked of an opening, once the rule permits it (tests/unit/declarations).
    of_access = set(list(ReasonCode)[: list(ReasonCode).index(ReasonCode.LIST_EMPTY)]) - {
        ReasonCode.ACKNOWLEDGEMENT_MISSING
    }
    training = {"training_missing", "training_expired"}
    exceptional = {"class_not_in_order", "ground_not_named", "exceptional_not_published", "board_not_informed"}
    assert shown == {code.value for code in of_access} | training | exceptional
    silent = [
        condition.__name__
        for condition in access.CONDITIONS
        if not any(condition(breaking(draw.sound()), draw.INSIDE) for _, breaking in draw.BREAKINGS)
    ] + [
        condition.__name__
        for condition in access.GRANT_CONDITIONS
        if not any(
            condition(broken, grant, draw.INSIDE)
            for broken in (breaking(draw.sound()) for _, breaking in draw.BREAKINGS)
            for grant in broken.grants
        )
    ]
    assert silent == []


@pytest.mark.parametrize("pair", list(combinations(range(len(draw.BREAKINGS)), 2)), ids=str)
def test_two_broken_conditions_are_both_named(pair: tuple[int, int]) -> None:
    (_, one), (_, other) = (draw.BREAKINGS[index] for index in pair)
    broken = other(one(draw.sound()))
    assert codes(broken, draw.INSIDE) == what_stands_against(broken, draw.INSIDE) != set()


# Twelve things that can be so or not, each by itself and all together, under every Order.
FLAGS = (
    "cancelled", "unfinished", "published", "asks_nobody", "unfixed", "unapproved", "unlisted", "suspended", "unsigned",
    "left", "paused", "unreported",
)  # fmt: skip
GOVERNED = (
    (Order.UK, Sensitivity.MARKET_SENSITIVE),
    (Order.UK, Sensitivity.ORDINARY),
    (Order.NORTHERN_IRELAND, Sensitivity.MARKET_SENSITIVE),
    (Order.SCOTLAND, Sensitivity.MARKET_SENSITIVE),
    (Order.WALES, Sensitivity.ORDINARY),
)
INSTANTS = (
    draw.OPENS_AT - MICROSECOND,
    draw.OPENS_AT,
    PUBLISHES_AT - MICROSECOND,
    PUBLISHES_AT,
)


def facts_of(order: Order, sensitivity: Sensitivity, *flags: bool) -> AccessFacts:
    so = dict(zip(FLAGS, flags, strict=True))
    state = ReleaseState.ANNOUNCED if so["unfinished"] else ReleaseState.FINAL
    grant = a_grant(
        held_until_on=datetime(2026, 10, 31).date() if so["left"] else None,
        paused_reason="The release was moved." if so["paused"] else "",
        grant_class=GrantClass.EXCEPTIONAL_PERSON if so["unreported"] else GrantClass.ADVISER,
        ground_letter="a" if order in (Order.SCOTLAND, Order.WALES) else "",
    )
    facts = draw.of_release(
        producer=a_producer(declaration_for_all=not so["asks_nobody"]),
        order=order,
        sensitivity=sensitivity,
        state=ReleaseState.CANCELLED if so["cancelled"] else state,
        published_at=PUBLISHES_AT if so["published"] else None,
    )(draw.sound())
    return draw.of_facts(
        document=a_document(state=DocumentState.DRAFT if so["unfixed"] else DocumentState.FINAL),
        eligibility_list=an_approved_list(state=ListState.DRAFT if so["unapproved"] else ListState.APPROVED),
        grants=() if so["unlisted"] else (grant,),
        suspensions=(draw.SUSPENSION,) if so["suspended"] else (),
        declarations=() if so["unsigned"] else facts.declarations,
    )(facts)


# Ways to have signed, or not to have to: 2 where the Order asks everybody, 3 where the producer may ask nobody. At
# three instants of the window, two of them when publication comes on time, and at its first instant with a suspension
# that begins only later, published or not; in Wales the ordinary window has begun by then, which makes four more.
PERMITTED = {
    (Order.UK, Sensitivity.MARKET_SENSITIVE): 2 * (3 + 2 + 2),
    (Order.UK, Sensitivity.ORDINARY): 3 * (3 + 2 + 2),
    (Order.NORTHERN_IRELAND, Sensitivity.MARKET_SENSITIVE): 2 * (3 + 2 + 2),
    (Order.SCOTLAND, Sensitivity.MARKET_SENSITIVE): 3 * (3 + 2 + 2),
    (Order.WALES, Sensitivity.ORDINARY): 3 * (3 + 2 + 2 + 4),
}


@pytest.mark.parametrize(("order", "sensitivity"), GOVERNED)
def test_refusal_names_exactly_the_broken_conditions(order: Order, sensitivity: Sensitivity) -> None:
    permitted = 0
    for flags in product((False, True), repeat=len(FLAGS)):
        facts = facts_of(order, sensitivity, *flags)
        for at in INSTANTS:
            expected = what_stands_against(facts, at)
            assert codes(facts, at) == expected, (flags, at)
            permitted += not expected
    assert permitted == PERMITTED[order, sensitivity]


# Who may have access at all: every class with every ground, alone or behind a recipient of every class.
LETTERS = ("", "a", "g", "h", "1", "5a")
SHARED_BY = (None, *(cls for cls in GrantClass if cls is not GrantClass.DEPUTY))


@pytest.mark.parametrize("order", list(Order))
def test_every_class_on_every_ground_behind_every_recipient_is_judged_as_the_order_says(order: Order) -> None:
    served = set()
    for own, letter, theirs, shared in product(GrantClass, LETTERS, SHARED_BY, LETTERS):
        facts = draw.behind(order, own, letter, theirs, shared)
        expected = what_stands_against(facts, draw.INSIDE)
        assert codes(facts, draw.INSIDE) == expected, (own, letter, theirs, shared)
        if not expected:
            served.add(own)
    assert served == KNOWN[order]


KNOWN = {
    Order.UK: set(GrantClass) - {GrantClass.PASSED_ON},
    Order.NORTHERN_IRELAND: set(GrantClass)
    - {GrantClass.PASSED_ON, GrantClass.BANK_OR_TREASURY, GrantClass.JOURNALIST},
    Order.SCOTLAND: set(GrantClass)
    - {GrantClass.BANK_OR_TREASURY, GrantClass.JOURNALIST, GrantClass.THIRD_PARTY, GrantClass.INTERNATIONAL},
    Order.WALES: set(GrantClass)
    - {
        GrantClass.PASSED_ON,
        GrantClass.BANK_OR_TREASURY,
        GrantClass.JOURNALIST,
        GrantClass.THIRD_PARTY,
        GrantClass.INTERNATIONAL,
    },
}


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(("code", "breaking"), draw.BREAKINGS)
def test_reason_under_every_order_cites_that_order_and_no_other(
    order: Order, code: str, breaking: draw.Breaking
) -> None:
    facts = breaking(draw.behind(order, GrantClass.ADVISER, "a" if order in draw.LETTERED else "", None, ""))
    decision = decide(facts, draw.INSIDE)
    instruments = {"SI 2008/2998", "SSI 2008/399", "WSI 2009/2818", "SR 2009/71"}
    own = INSTRUMENTS[facts.release.order]
    for reason in decision.reasons if isinstance(decision, Refusal) else ():
        assert [name for name in instruments if reason.source.startswith(f"{name} ")] in ([], [own]), reason


@settings(max_examples=600)
@given(draw.any_facts, draw.instants)
def test_refusal_names_exactly_the_broken_conditions_of_any_facts(facts: AccessFacts, at: datetime) -> None:
    assert codes(facts, at) == what_stands_against(facts, at)


@settings(max_examples=200)
@given(draw.any_facts, draw.instants, st.permutations(access.CONDITIONS), st.permutations(access.GRANT_CONDITIONS))
def test_order_of_conditions_does_not_matter(
    facts: AccessFacts,
    at: datetime,
    conditions: list,
    grant_conditions: list,
) -> None:
    first = decide(facts, at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "CONDITIONS", tuple(conditions))
        patch.setattr(access, "GRANT_CONDITIONS", tuple(grant_conditions))
        second = decide(facts, at)
    assert type(first) is type(second)
    if isinstance(first, Permit):
        assert first == second
    else:
        assert set(first.reasons) == set(second.reasons)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(draw.BREAKINGS), min_size=1, max_size=6))
def test_adding_a_broken_condition_never_permits(broken: list[tuple[str, draw.Breaking]]) -> None:
    facts = draw.sound()
    for _, breaking in broken:
        facts = breaking(facts)
        assert isinstance(decide(facts, draw.INSIDE), Refusal)


@settings(max_examples=300)
@given(draw.any_facts, draw.instants, st.data())
def test_adding_a_broken_condition_to_any_facts_keeps_every_other_reason(
    facts: AccessFacts, at: datetime, data: st.DataObject
) -> None:
    extra = data.draw(st.sampled_from(["list", "suspension", "document"]))
    added = {
        "list": draw.of_facts(eligibility_list=None),
        "suspension": draw.of_facts(suspensions=(*facts.suspensions, draw.Suspension("s", "A", "r", "", at))),
        "document": draw.of_document(state=DocumentState.DRAFT),
    }[extra](facts)
    # What a declaration lost by a suspension is said by that suspension itself while it lasts.
    said_otherwise = {"declaration_lapsed"} if extra == "suspension" else set()
    lost = codes(facts, at) - codes(added, at)
    assert lost <= {"document_recalled"} | said_otherwise
    assert codes(added, at) != set()


@given(st.integers(-3, 3), st.sampled_from([-1, 0, 1]), st.booleans())
def test_window_includes_its_first_instant_and_excludes_publication(steps: int, late: int, published: bool) -> None:
    published_at = PUBLISHES_AT + late * timedelta(minutes=5)
    facts = draw.of_release(published_at=published_at if published else None)(draw.sound())
    assert codes(facts, draw.OPENS_AT + steps * MICROSECOND) == (set() if steps >= 0 else {"window_not_open"})
    ended = {"already_published"} if published and steps >= 0 else set()
    assert codes(facts, published_at + steps * MICROSECOND) == ended


@pytest.mark.parametrize("kind", list(WrongKind))
@given(facts=draw.any_facts, at=draw.instants)
def test_fact_found_wrong_of_every_kind_permits_nothing_more_and_of_another_subject_changes_nothing(
    kind: WrongKind, facts: AccessFacts, at: datetime
) -> None:
    broken = draw.of_found_wrong(kind)(facts)
    assert codes(broken, at) == what_stands_against(broken, at)
    if kind is WrongKind.CLOCK:
        assert codes(broken, at) == codes(facts, at)
    elif not codes(facts, at):
        expected = {draw.FOUND_WRONG[kind]}
        assert codes(broken, at) in (expected, set())  # nothing where it does not rest on one: no declaration asked for
        assert codes(draw.of_found_wrong(kind)(draw.sound()), draw.INSIDE) == expected
    elsewhere = WrongFact("wrg_2", kind, "something_else", at, grant_ids=frozenset({"grt_else"}))
    assert codes(replace(facts, wrong=(*facts.wrong, elsewhere)), at) == codes(facts, at)


@given(draw.any_facts, draw.instants)
def test_naive_instant_is_never_decided(facts: AccessFacts, at: datetime) -> None:
    with pytest.raises(ValueError, match="naive"):
        decide(facts, at.replace(tzinfo=None))
    with pytest.raises(ValueError, match="naive"):
        reasons_to_stop(facts, at.replace(tzinfo=None))


@pytest.mark.parametrize("place", range(len(access.CONDITIONS)))
def test_exception_in_a_condition_is_neither_permit_nor_refusal(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Reason | None:
        raise ZeroDivisionError("a mistake of ours")

    replaced = list(access.CONDITIONS)
    replaced[place] = broken
    monkeypatch.setattr(access, "CONDITIONS", tuple(replaced))
    for facts in (draw.sound(), NOBODY):
        with pytest.raises(ZeroDivisionError):
            decide(facts, draw.INSIDE)


@pytest.mark.parametrize("place", range(len(access.GRANT_CONDITIONS)))
def test_exception_in_a_condition_on_grants_is_neither_permit_nor_refusal(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Reason | None:
        raise ZeroDivisionError("a mistake of ours")

    replaced = list(access.GRANT_CONDITIONS)
    replaced[place] = broken
    monkeypatch.setattr(access, "GRANT_CONDITIONS", tuple(replaced))
    with pytest.raises(ZeroDivisionError):
        decide(draw.sound(), draw.INSIDE)


class _Drawer:
    """Wraps by keeping: what was wrapped comes back in its own context alone."""

    def __init__(self) -> None:
        self.kept: dict[bytes, tuple[bytes, str]] = {}

    def wrap(self, secret: bytes, context: str) -> bytes:
        ticket = os.urandom(16)
        self.kept[ticket] = (secret, context)
        return ticket

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        secret, bound_to = self.kept[wrapped]
        assert bound_to == context
        return secret


@pytest.fixture
def shelf(tmp_path: Path) -> tuple[LocalStore, _Drawer, dict[str, ShelfCard]]:
    store, drawer, cards = LocalStore(tmp_path / "shelf"), _Drawer(), {}
    for document_id in ("doc_rain", "doc_snow"):
        sealed = seal_document(
            store,
            document_id=document_id,
            chunks=[f"the figures of {document_id}".encode()],
            wrap=drawer.wrap,
            escrow_recipient=None,
            limit_bytes=1_000,
        )
        cards[document_id] = ShelfCard(
            document_id, sealed.object_name, sealed.wrapped_identity, sealed.plain_bytes, sealed.sha256, sealed.crc32
        )
    return store, drawer, cards


@pytest.mark.parametrize("asked", ["doc_rain", "doc_snow"])
@pytest.mark.parametrize("opened", ["doc_rain", "doc_snow"])
@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_permit_opens_only_its_own_document(
    shelf: tuple[LocalStore, _Drawer, dict[str, ShelfCard]], asked: str, opened: str, steps: int
) -> None:
    store, drawer, cards = shelf
    permit = decide(draw.of_document(document_id=asked)(draw.sound()), draw.INSIDE)
    assert isinstance(permit, Permit)
    at = draw.INSIDE + steps * MICROSECOND
    if asked == opened and steps == 0:
        with open_document(permit, at=at, card=cards[opened], store=store, unwrap=drawer.unwrap) as reading:
            assert b"".join(reading) == f"the figures of {opened}".encode()
        return
    with pytest.raises(Broken, match="The permit is for another"):
        open_document(permit, at=at, card=cards[opened], store=store, unwrap=drawer.unwrap)


def test_refusal_opens_nothing_at_the_shelf(shelf: tuple[LocalStore, _Drawer, dict[str, ShelfCard]]) -> None:
    store, drawer, cards = shelf
    refusal = decide(draw.sound(), draw.OPENS_AT - MICROSECOND)
    assert isinstance(refusal, Refusal)
    with pytest.raises(Broken, match="without a permit"):
        open_document(refusal, at=refusal.at, card=cards["doc_rain"], store=store, unwrap=drawer.unwrap)


@settings(max_examples=300)
@given(draw.any_facts, draw.instants)
def test_permit_names_what_was_decided_and_nothing_else(facts: AccessFacts, at: datetime) -> None:
    decision = decide(facts, at)
    about = (decision.person_id, decision.release_id, decision.document_id, decision.at)
    assert about == (facts.person.person_id, facts.release.release_id, facts.document.document_id, at)
    if isinstance(decision, Permit):
        assert decision.grant_id in {grant.grant_id for grant in facts.grants}
        assert decision.opens_at <= at
        assert decision.reasons != ()


@settings(max_examples=300)
@given(draw.any_facts, draw.instants)
def test_running_download_stops_for_every_reason_but_publication(facts: AccessFacts, at: datetime) -> None:
    stopping = {reason.code.value for reason in reasons_to_stop(facts, at)}
    assert stopping == what_stands_against(facts, at) - {"already_published"}


def test_window_lasts_a_whole_day_of_elapsed_time() -> None:
    assert draw.OPENS_AT + DAY == PUBLISHES_AT
