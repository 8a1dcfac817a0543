"""Whatever a draft report proposes cites the Order that governs the release, and no other."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import recall_letters
from app.rules.engaged import BY_LABEL, can_be_cited, labelled, practices_engaged
from app.rules.facts import Order, Release, Sensitivity
from app.rules.incidents import IncidentDraft, IncidentKind
from app.rules.practices import Edition
from app.rules.remedies import remedies
from app.rules.reports import draft_report
from tests.build import a_release, london
from tests.unit.breaches.facts import report_facts

INSTRUMENTS = {
    Order.UK: "SI 2008/2998",
    Order.SCOTLAND: "SSI 2008/399",
    Order.WALES: "WSI 2009/2818",
    Order.NORTHERN_IRELAND: "SR 2009/71",
}
CITED = re.compile(r"\b(?:SI|SSI|WSI|SR) \d{4}/\d+")
DAYS = (london(2018, 2, 25), london(2018, 2, 26), london(2022, 5, 5), london(2026, 1, 5))
_K = IncidentKind


def a_draft(kind: IncidentKind, release: Release) -> IncidentDraft:
    """An incident of a release, before it is on record."""
    return IncidentDraft(kind, False, None, release.release_id, "prd_fog", release.publishes_at, "It happened.")


def paragraphs(kind: IncidentKind, release: Release | None, at: datetime = DAYS[-1]) -> list[str]:
    """The paragraphs of an Order among what is proposed."""
    return [one.label for one in practices_engaged(kind, at, release) if one.edition is Edition.ORDER]


@pytest.mark.parametrize(
    ("order", "limit", "no_disclosure", "who", "listed"),
    [
        (Order.UK, "Sch. para 4", "Sch. para 6(1)", "Sch. para 3(1)", ["SI 2008/2998 Sch. para 9(b)"]),
        (Order.SCOTLAND, "Sch. para 4", "Sch. para 5(3)", "Sch. para 2(1)", []),
        (Order.WALES, "Sch. para 4", "Sch. para 5(2)", "Sch. para 1(1)", []),
        (Order.NORTHERN_IRELAND, "Sch. para 4", "Sch. para 6(1)", "Sch. para 3(1)", ["SR 2009/71 Sch. para 9(b)"]),
    ],
)
def test_paragraph_of_a_kind_is_the_governing_orders_own(
    order: Order, limit: str, no_disclosure: str, who: str, listed: list[str]
) -> None:
    release, of = a_release(order=order), INSTRUMENTS[order]
    assert paragraphs(_K.ACCESS_BEFORE_WINDOW, release) == [f"{of} {limit}"]
    assert paragraphs(_K.ACCESS_MADE_OVER_LONG, release) == [f"{of} {limit}"]
    assert paragraphs(_K.ONWARD_SHARING, release) == [f"{of} {no_disclosure}"]
    assert paragraphs(_K.NOT_ON_LIST, release) == [f"{of} {who}"]
    assert paragraphs(_K.LIST_OF_POSTS_LATE, release) == listed


@pytest.mark.parametrize(
    ("publishes_at", "label"),
    [
        (london(2022, 4, 21, 9, 30), "4A(2)"),
        (london(2022, 4, 22, 9, 30), "4A(3)"),
        (london(2023, 4, 21, 9, 30), "4A(3)"),
        (london(2023, 4, 22, 9, 30), "4A(4)"),
    ],
)
def test_paragraph_for_excepted_statistics_is_the_one_of_the_day_of_publication(
    publishes_at: datetime, label: str
) -> None:
    release = a_release(order=Order.SCOTLAND, sensitivity=Sensitivity.EXCEPTED, publishes_at=publishes_at)
    assert paragraphs(_K.ACCESS_BEFORE_WINDOW, release) == [f"SSI 2008/399 Sch. para {label}"]
    assert remedies(_K.ACCESS_BEFORE_WINDOW, release).short_term[-1] == (
        "Recall the copies: the maximum period cannot be increased for statistics of this class "
        f"(SSI 2008/399 Sch. para {label})."
    )


@pytest.mark.parametrize(
    ("order", "longer", "past_failure"),
    [
        (Order.UK, "5(1)(a)", "3(1)(e)"),
        (Order.SCOTLAND, "4(3)", "7"),
        (Order.WALES, "4(3)", "8"),
        (Order.NORTHERN_IRELAND, "5(1)(a)", "3(1)(e)"),
    ],
)
def test_remedy_cites_the_governing_orders_own_paragraph(order: Order, longer: str, past_failure: str) -> None:
    release, of = a_release(order=order), INSTRUMENTS[order]
    assert remedies(_K.ACCESS_BEFORE_WINDOW, release).short_term[-1].endswith(f" ({of} Sch. para {longer}).")
    assert remedies(_K.ONWARD_SHARING, release).long_term[-1].endswith(f" ({of} Sch. para {past_failure}).")


def test_remedy_for_economic_statistics_proposes_no_longer_period() -> None:
    release = a_release(order=Order.SCOTLAND, sensitivity=Sensitivity.ECONOMIC)
    assert remedies(_K.ACCESS_BEFORE_WINDOW, release).short_term[-1] == (
        "Recall the copies: the maximum period cannot be increased for statistics of this class (SRSA 2007 s.11A(3))."
    )


def test_incident_without_a_release_is_proposed_no_paragraph_of_any_order() -> None:
    for kind, at in product(IncidentKind, DAYS):
        assert paragraphs(kind, None, at) == []
        found = remedies(kind, None)
        assert CITED.findall(" ".join((*found.short_term, *found.long_term))) == []


@given(
    st.sampled_from(Order),
    st.sampled_from(Sensitivity),
    st.sampled_from(IncidentKind),
    st.datetimes(datetime(2009, 1, 1), datetime(2027, 1, 1)),
    st.sampled_from(("2009", "2018")),
)
def test_draft_of_a_release_cites_no_other_order(
    order: Order, sensitivity: Sensitivity, kind: IncidentKind, day: datetime, form: str
) -> None:
    publishes_at = london(day.year, day.month, day.day, 9, 30)
    release = a_release(order=order, sensitivity=sensitivity, publishes_at=publishes_at)
    draft = draft_report(report_facts(a_draft(kind, release), release=release), form)
    text = " ".join(words for part in draft.sections for one in part.answers for words in one.paragraphs)
    assert set(CITED.findall(text)) <= {INSTRUMENTS[order]}
    if kind in (_K.ACCESS_BEFORE_WINDOW, _K.ONWARD_SHARING) and sensitivity is Sensitivity.ORDINARY:
        assert set(CITED.findall(text)) == {INSTRUMENTS[order]}


def test_practice_that_is_proposed_can_be_given_by_its_label_and_cited() -> None:
    for order, sensitivity, kind, at in product(Order, Sensitivity, IncidentKind, DAYS):
        release = a_release(order=order, sensitivity=sensitivity)
        engaged = practices_engaged(kind, at, release)
        assert [labelled(one.label, at) for one in engaged] == list(engaged)
        assert [can_be_cited(one, order) for one in engaged] == [True] * len(engaged)


def test_practice_can_be_cited_under_its_own_order_only() -> None:
    for order, practice in product(Order, BY_LABEL.values()):
        cited = CITED.findall(practice.label)
        assert can_be_cited(practice, order) is (cited in ([], [INSTRUMENTS[order]]))


@pytest.mark.parametrize("order", Order)
def test_letter_of_a_recall_cites_no_other_order(order: Order) -> None:
    release, where, contact = a_release(order=order), "https://pra.example/recall", "weather@example.org"
    letters = (
        recall_letters.recalled(release, "Ash", "The window moved.", ["K7F3-9QXM"], where, contact),
        recall_letters.not_to_open(release, "Ash", where, contact),
        recall_letters.reminder(release, "Ash", DAYS[-1], where, contact),
        recall_letters.missing(release, ["Ash, Head of Flood Policy"], where),
        recall_letters.contradicted(release, "Head of Flood Policy", (), where),
    )
    assert [release.title in letter for letter in letters] == [True] * len(letters)
    assert set(CITED.findall(" ".join(letters))) <= {INSTRUMENTS[order]}
