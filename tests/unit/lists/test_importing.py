"""Each thing that can be wrong with a row, by its row, its column and its code."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.rules.facts import GrantClass, Order
from app.rules.importing import Defaults, ImportPlan, plan

GROUND = Defaults(ground="answers questions at publication")
HEAD = ["Post", "Organisation", "Hours", "Email", "Name"]


def planned(*rows: list[str], head: list[str] | None = None, **changes: object) -> ImportPlan:
    settings: dict[str, object] = {"order": Order.UK, "defaults": GROUND, **changes}
    return plan([head or HEAD, *rows], **settings)  # type: ignore[arg-type]  # narrowing: keywords by name


def errors(made: ImportPlan) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.code) for one in made.errors]


def warnings(made: ImportPlan) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.code) for one in made.warnings]


def test_row_without_post_and_organisation_has_both_named() -> None:
    made = planned(["", "", "24"], ["Economist", "", "24"], ["", "BEIS", "24"])
    assert errors(made) == [
        (2, "Post", "post_missing"),
        (2, "Organisation", "organisation_missing"),
        (3, "Organisation", "organisation_missing"),
        (4, "Post", "post_missing"),
    ]
    assert made.rows == ()


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "@SUM(A1)"])
def test_formula_cell_is_an_error_at_its_column(cell: str) -> None:
    assert errors(planned([cell, "BEIS", "24"])) == [(2, "Post", "formula")]
    assert errors(planned(["Economist", "BEIS", cell])) == [(2, "Hours", "formula")]


@pytest.mark.parametrize("odd", ["\x07", "\u202e", "\u200f", "\x9f"])
def test_control_characters_are_an_error(odd: str) -> None:
    assert errors(planned([f"Econo{odd}mist", "BEIS", "24"])) == [(2, "Post", "control_characters")]


def test_t33_shared_mailbox_is_an_error() -> None:
    made = planned(["Press Officer", "DoF", "24", "dof.pressoffice@finance.gov.example", "Pat Press"])
    assert errors(made) == [(2, "Email", "shared_mailbox")]


def test_unknown_address_without_a_name_is_an_error_and_with_one_is_to_be_added() -> None:
    email = "pat.example@finance.gov.example"
    assert errors(planned(["Economist", "BEIS", "24", email, ""])) == [(2, "Email", "name_needed")]
    made = planned(["Economist", "BEIS", "24", "Pat.Example@Finance.gov.example", "Pat Example"])
    assert (made.errors, made.people_to_add) == ((), (("Pat Example", email),))
    known = planned(["Economist", "BEIS", "24", email, ""], known={email: "Pat Example"})
    assert (known.errors, known.people_to_add, known.rows[0].email) == ((), (), email)


def test_same_person_twice_for_the_same_post_is_an_error_and_for_another_post_is_not() -> None:
    person = ["pat.example@finance.gov.example", "Pat Example"]
    again = planned(["Economist", "BEIS", "24", *person], ["economist", "BEIS", "24", *person])
    assert errors(again) == [(3, "Email", "duplicate_person")]
    other = planned(["Economist", "BEIS", "24", *person], ["Deputy Director", "BEIS", "24", *person])
    assert (other.errors, [row.seat for row in other.rows]) == ((), [1, 1])


def test_one_person_cannot_fill_a_count_of_seats() -> None:
    made = planned(["Economist x 2", "BEIS", "24", "pat.example@finance.gov.example", "Pat Example"])
    assert errors(made) == [(2, "Email", "one_person_many_seats")]


@pytest.mark.parametrize(
    ("title", "count"), [("Press Officer x 2", 2), ("2x Press Officer", 2), ("Press Officer (x3)", 3)]
)
def test_count_in_the_title_makes_that_many_seats_and_a_warning(title: str, count: int) -> None:
    made = planned([title, "BEIS", "24"])
    assert [(row.post, row.seat) for row in made.rows] == [("Press Officer", seat) for seat in range(1, count + 1)]
    assert warnings(made) == [(2, "count", "counted")]


@pytest.mark.parametrize("count", ["0", "-1", "two", "201", "1.5", "99999999", "²"])
def test_count_that_is_no_whole_number_in_range_is_an_error(count: str) -> None:
    made = planned(["Press Officer", "BEIS", count], head=["Post", "Organisation", "Count"])
    assert errors(made) == [(2, "Count", "count_unreadable")]


@pytest.mark.parametrize(
    ("title", "group"),
    [
        ("NHS Board Chief Executives", True),
        ("Prime Minister and their support staff", True),
        ("Special Advisers, policy", True),
        ("Anti-social Behaviour team", True),
        ("Private Office to the Secretary of State", True),
        ("Director of Communications", False),
        ("Team Leader - Disabled Students’ Allowance Team", False),
        ("Official - Governor's Office", False),
        ("Deputy Head of News, Press Office", False),
        ("Secretary of State for Education", False),
        ("PS/Prime Minister", False),
    ],
)
def test_title_that_names_a_group_is_marked_and_one_that_names_a_post_is_not(title: str, group: bool) -> None:
    made = planned([title, "BEIS", "24"])
    assert [row.is_group for row in made.rows] == [group]
    assert warnings(made) == ([(2, "Post", "group")] if group else [])


def test_t04_period_over_the_limit_is_an_error_unless_exceptional() -> None:
    head = ["Post", "Organisation", "Hours", "Exceptional reasons", "Board informed"]
    assert errors(planned(["Governor", "Bank", "65.5", "", ""], head=head)) == [(2, "Hours", "period_too_long")]
    made = planned(["Governor", "Bank", "65.5", "Moved by mourning", "2026-03-20"], head=head)
    assert made.errors == ()
    assert (made.rows[0].asked, made.rows[0].board_informed_at) == (
        timedelta(hours=65.5),
        datetime(2026, 3, 20, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("text", "hours"),
    [("21", 21), ("24 hours", 24), ("up to 24 hrs", 24), ("90 minutes", 1.5), ("24.0", 24), ("21h", 21)],
)
def test_period_is_read_however_it_is_written(text: str, hours: float) -> None:
    made = planned(["Economist", "BEIS", text])
    assert (made.errors, made.warnings, made.rows[0].asked) == ((), (), timedelta(hours=hours))


def test_working_days_are_too_long_under_the_uk_order_and_kept_as_text_under_the_scottish_one() -> None:
    row = ["Economist", "BEIS", "5 working days"]
    assert errors(planned(row)) == [(2, "Hours", "period_too_long")]
    scottish = planned(row, order=Order.SCOTLAND)
    assert (scottish.errors, warnings(scottish)) == ((), [(2, "Hours", "period_in_days")])


def test_unknown_column_is_named_and_not_read() -> None:
    made = planned(["Economist", "BEIS", "+44 1632 960000"], head=["Post", "Organisation", "Telephone"])
    assert (made.errors, warnings(made)) == ((), [(1, "Telephone", "column_unknown"), (1, "", "period_missing")])


def test_two_columns_for_the_same_thing_are_an_error() -> None:
    made = planned(["Economist", "Economist", "BEIS"], head=["Post", "Job title", "Organisation"])
    assert errors(made) == [(1, "Job title", "column_twice")]


def test_headings_may_stand_below_a_title_and_rows_are_numbered_as_the_sender_sees_them() -> None:
    rows = [["Pre-release access list"], [], ["Role", "Department", "Hours"], [], ["", "BEIS", "24"]]
    made = plan(rows, order=Order.UK, defaults=GROUND)
    assert errors(made) == [(5, "Role", "post_missing")]


def test_sheet_without_headings_is_refused_whole() -> None:
    assert errors(plan([["Economist", "BEIS"]], order=Order.UK)) == [(1, "", "headings_missing")]


def test_class_and_held_from_are_read() -> None:
    head = ["Post", "Organisation", "Hours", "Class", "Email", "Name", "In post from"]
    made = planned(
        ["Economist", "BEIS", "24", "Advisor", "pat.example@beis.gov.example", "Pat Example", "01/02/2026"], head=head
    )
    row = made.rows[0]
    assert (made.errors, row.grant_class, row.held_from_on) == ((), GrantClass.ADVISER, date(2026, 2, 1))
    wrong = planned(["Economist", "BEIS", "24", "friend", "", "", "31/02/2026"], head=head)
    assert errors(wrong) == [(2, "Class", "class_unknown"), (2, "In post from", "day_unreadable")]


def test_buckets_say_what_is_there_already_and_what_is_gone() -> None:
    current = [("Economist", "BEIS", 1), ("Press Officer", "BEIS", 1)]
    made = planned(["ECONOMIST", "BEIS", "24"], ["Analyst", "BEIS", "24"], current=current)
    assert [(row.post, row.listed) for row in made.rows] == [("ECONOMIST", True), ("Analyst", False)]
    assert made.gone == (("Press Officer", "BEIS", 1),)


def test_row_without_a_ground_is_warned_about_and_not_given_one() -> None:
    made = planned(["Economist", "BEIS", "24"], defaults=None)
    assert (warnings(made), made.rows[0].ground) == ([(2, "ground", "ground_missing")], "")
