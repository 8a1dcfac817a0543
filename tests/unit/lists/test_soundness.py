"""What keeps a list from being approved, and the public list that follows from it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions.publication import PublishedList
from app.api.public_list_formats import as_csv, as_html
from app.rules.eligibility import PublicRow, list_sha256, public_bytes, public_list, soundness
from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Order, Sensitivity
from app.rules.publication import list_of_posts_reasons
from app.rules.reasons import ReasonCode
from tests.build import DAY, PUBLISHES_AT, a_grant, a_release, an_approved_list

BEFORE = PUBLISHES_AT - 7 * DAY


def codes(*grants: Grant, **release: object) -> list[ReasonCode]:
    found = soundness(an_approved_list(grants=grants), a_release(**release), BEFORE)
    return [reason.code for reason in found]


def test_list_of_one_held_post_is_sound() -> None:
    assert codes(a_grant()) == []


def test_empty_list_cannot_be_approved() -> None:
    assert codes() == [ReasonCode.LIST_EMPTY]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"person_id": None}, ReasonCode.HOLDER_MISSING),
        ({"is_group": True}, ReasonCode.GROUP_NOT_A_PERSON),
        ({"is_group": True, "person_id": None}, ReasonCode.GROUP_NOT_A_PERSON),
        ({"ground": " "}, ReasonCode.GROUND_MISSING),
        ({"grant_class": GrantClass.PASSED_ON, "for_person_id": "per_x"}, ReasonCode.CLASS_NOT_IN_ORDER),
        ({"held_from_on": None}, ReasonCode.POST_NOT_HELD),
        ({"held_from_on": date(2026, 11, 3)}, ReasonCode.POST_NOT_HELD),
        ({"held_until_on": date(2026, 11, 1)}, ReasonCode.POST_NOT_HELD),
    ],
)
def test_each_fault_of_a_grant_is_named(changes: dict[str, object], code: ReasonCode) -> None:
    assert codes(a_grant(**changes)) == [code]


@pytest.mark.parametrize(
    "changes",
    [{"held_from_on": date(2026, 11, 2)}, {"held_until_on": date(2026, 11, 2)}, {"asked": timedelta(hours=21)}],
)
def test_post_held_on_the_day_the_window_opens_is_enough(changes: dict[str, object]) -> None:
    assert codes(a_grant(**changes)) == []


def test_every_fault_of_every_grant_is_told_at_once() -> None:
    assert codes(a_grant(person_id=None, ground=""), a_grant(is_group=True)) == [
        ReasonCode.GROUND_MISSING,
        ReasonCode.HOLDER_MISSING,
        ReasonCode.GROUP_NOT_A_PERSON,
    ]


def test_t04_grant_of_65_and_a_half_hours_needs_published_reasons_and_the_board_notice() -> None:
    long = timedelta(hours=65.5)
    lacking = [ReasonCode.EXCEPTIONAL_NOT_PUBLISHED, ReasonCode.BOARD_NOT_INFORMED]
    assert codes(a_grant(asked=long)) == [ReasonCode.GRANT_TOO_LONG, *lacking]
    for reasons, informed in product(("", "Mourning"), (None, BEFORE)):
        complete = bool(reasons) and informed is not None
        found = codes(a_grant(asked=long, exceptional=ExceptionalGrant(reasons, informed)))
        wanted = [*([] if reasons else lacking[:1]), *([] if informed else lacking[1:])]
        assert found == ([] if complete else [ReasonCode.GRANT_TOO_LONG, *wanted])


@pytest.mark.parametrize(
    ("order", "sensitivity", "code", "source"),
    [
        (Order.UK, Sensitivity.ECONOMIC, ReasonCode.ORDER_NOT_BUILT, "SI 2008/2998 Sch. para 16"),
        (Order.WALES, Sensitivity.EXCEPTED, ReasonCode.ORDER_NOT_BUILT, "WSI 2009/2818 art. 2"),
        (Order.NORTHERN_IRELAND, Sensitivity.ECONOMIC, ReasonCode.ORDER_NOT_BUILT, "SR 2009/71 Sch. para 14"),
        (Order.SCOTLAND, Sensitivity.EXCEPTED, ReasonCode.EXCEPTED_STATISTICS, "SSI 2008/399 Sch. para 4A(4)"),
    ],
)
def test_list_for_statistics_without_a_window_cannot_be_approved_by_the_orders_own_clause(
    order: Order, sensitivity: Sensitivity, code: ReasonCode, source: str
) -> None:
    listed, release = an_approved_list(a_grant(ground_letter="e")), a_release(order=order, sensitivity=sensitivity)
    assert [(one.code, one.source) for one in soundness(listed, release, BEFORE)] == [(code, source)]


@pytest.mark.parametrize("order", [Order.SCOTLAND, Order.WALES])
def test_publication_under_an_order_that_asks_for_no_list_of_posts_is_never_blocked_for_want_of_one(
    order: Order,
) -> None:
    enforced = public_list(an_approved_list(), a_release(order=order))
    assert list_of_posts_reasons(order, None, enforced) == ()
    assert list_of_posts_reasons(order, b"[]", enforced) == ()


def test_publication_in_northern_ireland_without_a_list_of_posts_is_blocked_by_its_own_clause() -> None:
    (reason,) = list_of_posts_reasons(Order.NORTHERN_IRELAND, None, ())
    assert (reason.code, reason.source) == (ReasonCode.LIST_OF_POSTS_MISSING, "SR 2009/71 Sch. para 9(b)")


def test_list_for_a_class_the_order_does_not_know_cannot_be_approved() -> None:
    assert codes(a_grant(), sensitivity=Sensitivity.ECONOMIC) == [ReasonCode.ORDER_NOT_BUILT]


def test_hash_changes_with_every_term_and_not_with_a_pause() -> None:
    listed = an_approved_list(a_grant())
    assert list_sha256(listed) == list_sha256(an_approved_list(a_grant(paused_reason="moved")))
    for changes in ({"person_id": "per_b"}, {"ground": "x"}, {"seat": 2}, {"conditions": "x"}, {"asked": DAY}):
        assert list_sha256(listed) != list_sha256(an_approved_list(a_grant(**changes)))


some_grants = st.lists(
    st.builds(
        lambda post, organisation, person, asked, reasons: a_grant(
            post_title=post,
            organisation=organisation,
            person_id=person,
            asked=asked,
            exceptional=ExceptionalGrant(reasons, BEFORE) if reasons else None,
        ),
        st.sampled_from(["Minister", "Head", "Press Officer"]),
        st.sampled_from(["Fog", "Rain"]),
        st.sampled_from(["per_secret_a", "per_secret_b", None]),
        st.sampled_from([None, DAY, timedelta(hours=21), timedelta(hours=65.5)]),
        st.sampled_from(["", "Mourning"]),
    ),
    max_size=12,
)


@given(some_grants)
def test_public_list_is_exactly_the_posts_of_the_enforced_list(grants: list[Grant]) -> None:
    rows = public_list(an_approved_list(grants=tuple(grants)), a_release())
    expanded = Counter((row.post, row.organisation) for row in rows for _ in range(row.count))
    assert expanded == Counter((grant.post_title, grant.organisation) for grant in grants)
    assert len({(row.post, row.organisation, row.from_text, row.exceptional, row.reasons) for row in rows}) == len(rows)
    assert b"per_secret" not in public_bytes(rows)


def test_t34_person_on_the_list_by_two_posts_gives_two_rows() -> None:
    rows = public_list(an_approved_list(a_grant(post_title="Head"), a_grant(post_title="Deputy")), a_release())
    assert [(row.post, row.count) for row in rows] == [("Head", 1), ("Deputy", 1)]


def test_public_list_says_from_when_and_why_an_exceptional_grant() -> None:
    exceptional = ExceptionalGrant("Period of national mourning", BEFORE)
    rows = public_list(
        an_approved_list(
            a_grant(), a_grant(post_title="Governor", asked=timedelta(hours=65.5), exceptional=exceptional)
        ),
        a_release(),
    )
    assert rows == (
        PublicRow(
            "Head of Flood Policy", "Department for Fog", 1, "24 hours before the time set for publication", False
        ),
        PublicRow(
            "Governor",
            "Department for Fog",
            1,
            "65 hours 30 minutes before the time set for publication",
            True,
            "Period of national mourning",
        ),
    )


def test_t41_publication_without_a_published_list_is_blocked() -> None:
    enforced = public_list(an_approved_list(), a_release())
    assert [one.code for one in list_of_posts_reasons(Order.UK, None, enforced)] == [ReasonCode.LIST_OF_POSTS_MISSING]


def test_t41_published_34_posts_against_31_grants_is_blocked_as_a_mismatch() -> None:
    published = public_list(an_approved_list(*[a_grant(post_title=f"Post {n}") for n in range(34)]), a_release())
    enforced = public_list(an_approved_list(*[a_grant(post_title=f"Post {n}") for n in range(31)]), a_release())
    (reason,) = list_of_posts_reasons(Order.UK, public_bytes(published), enforced)
    assert (reason.code, reason.detail) == (
        ReasonCode.LIST_OF_POSTS_DIFFERS,
        "The published list counts 34 and the enforced list 31; they are not the same list.",
    )
    assert list_of_posts_reasons(Order.UK, public_bytes(enforced), enforced) == ()


def hostile() -> PublishedList:
    rows = (PublicRow("=cmd|' /C calc'!A0", "<script>alert(1)</script>", 2, "24 hours", False, '"quoted" & <b>'),)
    return PublishedList(a_release(title="Rain & <Sun>"), 1, "0" * 64, rows, BEFORE)


def test_public_list_as_csv_holds_no_formula_and_keeps_its_mark() -> None:
    content = as_csv(hostile())
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [
        ["Post", "Organisation", "Number of people", "Access from", "Exceptional", "Published reasons"],
        ["'=cmd|' /C calc'!A0", "<script>alert(1)</script>", "2", "24 hours", "no", '"quoted" & <b>'],
    ]


def test_public_list_as_a_page_escapes_everything_and_has_table_headings() -> None:
    page = as_html(hostile())
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<h1>Pre-release access: Rain &amp; &lt;Sun&gt;</h1>" in page
    assert (page.count('scope="col"'), page.count('scope="row"'), page.count("<caption>")) == (6, 1, 1)
