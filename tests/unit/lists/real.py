"""The eleven really published lists, written as producers write them: each in its own columns, as CSV and as XLSX."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import openpyxl

from app.rules.facts import Order

FIELDS = ("role", "organisation", "period_hours", "period_text", "count", "access_class", "group")
# What different producers call the same columns.
STYLES: tuple[tuple[str, ...], ...] = (
    ("role", "organisation", "period_hours", "period_text", "count", "access_class", "group"),
    ("Post", "Department", "Hours", "Period (text)", "Number", "Access class", "Group"),
    ("Job Title", "ORGANISATION ", "Period", "Period text", "No.", "Type of access", "Section"),
    ("  Post title", "Organization", "Hours before release", "Duration", "Head count", "Class", "Block"),
)
STYLES = tuple(tuple("period text" if name == "Period (text)" else name for name in style) for style in STYLES)


@dataclass(frozen=True)
class RealList:
    """One published list."""

    title: str
    order: Order
    complete: bool
    rows: tuple[dict[str, Any], ...]

    def table(self, style: int) -> list[list[str]]:
        cells = [[_text(row.get(name)) for name in FIELDS] for row in self.rows]
        return [list(STYLES[style % len(STYLES)]), *cells]

    def sheet(self, kind: Literal["csv", "xlsx"], style: int) -> bytes:
        return as_xlsx(self.table(style)) if kind == "xlsx" else as_csv(self.table(style), ",;\t"[style % 3])


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def as_csv(table: list[list[str]], delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(table)
    return out.getvalue().encode(encoding)


def as_xlsx(table: list[list[Any]]) -> bytes:
    workbook = openpyxl.Workbook()
    for cells in table:
        workbook.active.append([int(cell) if str(cell).isdigit() else cell for cell in cells])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


REAL = tuple(
    RealList(
        title=one["release"],
        order=Order.UK if one["jurisdiction"].startswith("UK") else Order.SCOTLAND,
        complete=one["complete"],
        rows=tuple(one["rows"]),
    )
    for one in json.loads((Path(__file__).parents[2] / "data" / "pra_lists.json").read_text(encoding="utf-8"))
)
EXPECTED = {
    # title: (seats, rows left out, errors, warnings by code, of rows)
    "Student Support for Higher Education in England 2023": (
        33, 0, {"misspelling": 4, "counted": 4, "group": 3, "group_counted": 1, "incomplete": 1, "group_not_kept": 1},
    ),
    "Index of Production, August 2013": (14, 0, {"duplicate_row": 3, "incomplete": 1, "group_not_kept": 1}),
    "Public sector finances, UK: April 2016": (16, 0, {"duplicate_row": 1, "incomplete": 1, "group_not_kept": 1}),
    "Construction output in Great Britain: Feb 2017": (
        24, 0, {"duplicate_row": 2, "misspelling": 1, "incomplete": 1, "group_not_kept": 1},
    ),
    "Crime Statistics, period ending March 2013": (
        32, 0, {"group": 3, "group_counted": 1, "counted": 1, "incomplete": 1, "group_not_kept": 1},
    ),
    "UK labour market statistics: July 2016": (
        19, 0, {"misspelling": 4, "duplicate_row": 1, "incomplete": 1, "group_not_kept": 1},
    ),
    "Statistics on International Development: final UK ODA spend 2023": (
        19, 0, {"group_counted": 5, "counted": 1, "incomplete": 1, "group_not_kept": 1},
    ),
    "Delayed Discharges in NHSScotland (monthly)": (4, 0, {"group": 4, "order_not_built": 4, "group_not_kept": 1}),
    "Hospital Standardised Mortality Ratios (HSMR), quarterly": (
        3, 35, {"other_footing": 35, "group": 3, "order_not_built": 3, "group_not_kept": 1},
    ),
    "COVID-19 wider impacts on the health care system (dashboard)": (
        3, 0, {"group": 3, "order_not_built": 3, "group_not_kept": 1},
    ),
    "Public service productivity baselines, November 2023 (exceptional pre-release access)": (
        8, 0, {"counted": 2, "period_unreadable": 2, "group_not_kept": 1},
    ),
}  # fmt: skip
