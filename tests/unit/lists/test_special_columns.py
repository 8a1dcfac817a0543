"""The columns of a sheet that only some grants need: letter of the ground, whom it supports, place and agreement."""

from __future__ import annotations

import pytest

from app.rules.facts import GrantClass, Order
from app.rules.footing import ground_letter
from app.rules.importing import plan

HEADINGS = ["Post", "Organisation", "Name", "Email", "Class", "Ground", "Ground (letter)", "On behalf of", "Room"]
CHIEF = ["Chief", "Fog", "Ash Alder", "ash.alder@fog.gov.example", "", "Answers", "2(1)(a)", "", ""]
CLERK = ["Clerk", "Fog", "Kit Kestrel", "kit@fog.gov.example", "Admin support", "", "", "Ash.Alder@fog.gov.example", ""]


def test_row_of_a_supporter_names_the_recipient_by_address_and_the_letter_is_read_as_producers_write_it() -> None:
    planned = plan([HEADINGS, CHIEF, CLERK], order=Order.SCOTLAND)
    assert planned.errors == ()
    assert [(one.ground_letter, one.for_email) for one in planned.rows] == [
        ("a", ""),
        ("", "ash.alder@fog.gov.example"),
    ]
    assert planned.rows[1].grant_class is GrantClass.ADMINISTRATIVE_SUPPORT


def test_row_that_says_whom_it_supports_and_no_class_is_a_supporter_and_not_a_recipient() -> None:
    """Found by a user's walk: such a row became a full grant, and nothing was said."""
    planned = plan([HEADINGS, CHIEF, [*CLERK[:4], "", *CLERK[5:]]], order=Order.SCOTLAND)
    assert [one.grant_class for one in planned.rows] == [GrantClass.ELIGIBLE_PERSON, GrantClass.ADMINISTRATIVE_SUPPORT]
    assert [(one.row, one.column, one.error) for one in planned.warnings if one.code == "class_taken"] == [
        (3, "Class", False)
    ]


def test_supporter_of_somebody_who_has_no_row_stops_the_import() -> None:
    planned = plan([HEADINGS, CLERK], order=Order.SCOTLAND)
    assert [(one.row, one.column, one.code) for one in planned.errors] == [(2, "On behalf of", "recipient_not_listed")]


def test_letter_that_cannot_be_read_stops_the_import() -> None:
    planned = plan([HEADINGS, [*CHIEF[:6], "q", "", ""]], order=Order.SCOTLAND)
    assert [one.code for one in planned.errors] == ["ground_letter_unreadable"]


@pytest.mark.parametrize(
    ("text", "class_text", "letter"),
    [
        ("e", "", "e"),
        ("(E)", "", "e"),
        ("para. 1(1)(d)", "", "d"),
        ("3(1)(a)(ii)", "", "ii"),
        ("12(5)(a)", "Treasury", "5a"),
        ("12(1)", "", "1"),
        ("", "Bank of England", "1"),
        ("", "Treasury", ""),
        ("z", "", None),
    ],
)
def test_letter_of_a_ground_is_read(text: str, class_text: str, letter: str | None) -> None:
    assert ground_letter(text, class_text) == letter
