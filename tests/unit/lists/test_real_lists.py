"""All eleven published lists import, in all three formats and different columns, with their defects named."""

from __future__ import annotations

from collections import Counter

import pytest

from app.outside.sheets import read_sheet
from app.rules.importing import Defaults, plan
from tests.unit.lists.real import EXPECTED, REAL, STYLES, Kind, RealList

LIMIT = 5 * 1024**2
GROUND = Defaults(ground="answers questions at publication")


@pytest.mark.parametrize("style", range(len(STYLES)))
@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
@pytest.mark.parametrize("real", REAL, ids=[one.title[:30] for one in REAL])
def test_import_of_a_real_list_names_its_defects(real: RealList, kind: Kind, style: int) -> None:
    rows = read_sheet(real.sheet(kind, style), kind=kind, limit_bytes=LIMIT)
    made = plan(rows, order=real.order, defaults=GROUND, complete=real.complete)
    seats, left_out, codes = EXPECTED[real.title]
    assert made.errors == ()
    assert (len(made.rows), len(made.left_out), dict(Counter(one.code for one in made.warnings))) == (
        seats,
        left_out,
        codes,
    )


def test_labour_market_list_seats_the_second_special_adviser_and_reports_it() -> None:
    real = next(one for one in REAL if one.title.startswith("UK labour market"))
    made = plan(real.table(0), order=real.order, defaults=GROUND, complete=False)
    special = [row for row in made.rows if row.post == "Special advisor"]
    assert [(row.row, row.seat, row.defects) for row in special] == [
        (17, 1, ("“advisor” is a variant spelling of “adviser”.",)),
        (
            18,
            2,
            (
                "“advisor” is a variant spelling of “adviser”.",
                "The same post stands on row 17 already; this row was taken for another holder of it.",
            ),
        ),
    ]
    assert "Row 1: The list stops short: whoever sent it says that it is not complete." in made.notes


def test_list_without_a_period_column_takes_the_orders_limit_and_says_so_once() -> None:
    made = plan([["Post", "Organisation"], ["Economist", "BEIS"]], order=REAL[0].order, defaults=GROUND)
    assert [(row.post, row.asked) for row in made.rows] == [("Economist", None)]
    assert [(one.row, one.code) for one in made.warnings] == [(1, "period_missing")]


def test_management_information_rows_are_left_out_and_each_is_named() -> None:
    real = next(one for one in REAL if one.title.startswith("Hospital"))
    made = plan(real.table(0), order=real.order, defaults=GROUND)
    assert made.left_out == tuple(range(5, 40))
    said = (
        "“early access for management information” is not pre-release access; the row is left out. "
        "Keep it in its own register."
    )
    assert made.notes[1:] == tuple(f"Row {row}: {said}" for row in range(5, 40))
