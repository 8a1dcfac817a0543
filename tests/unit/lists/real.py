"""The eleven really published lists, written as producers write them: each in its own columns, as CSV, XLSX and ODS."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import openpyxl

from app.rules.facts import Order

Kind = Literal["csv", "xlsx", "ods"]
_END = '<table:table-cell table:number-columns-repeated="16000"/>'
_SPACES = {"draw": "drawing"}
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

    def sheet(self, kind: Kind, style: int) -> bytes:
        if kind == "csv":
            return as_csv(self.table(style), ",;\t"[style % 3])
        return as_xlsx(self.table(style)) if kind == "xlsx" else as_ods(self.table(style))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def as_csv(table: list[list[str]], delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(table)
    return out.getvalue().encode(encoding)


def as_ods(table: list[list[Any]]) -> bytes:
    """An ODS as a program writes one: numbers typed, empty cells and rows at the end repeated."""
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, cells))}{_END}</table:table-row>" for cells in table)
    return ods_of(
        f'<table:table table:name="List">{rows}<table:table-row table:number-rows-repeated="1048000">'
        f'<table:table-cell table:number-columns-repeated="1024"/></table:table-row></table:table>'
    )


def ods_of(tables: str, *, styles: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """An ODS with these tables; ``parts`` are put in the place of its own."""
    names = ["office", "table", "text", "style", "draw"]
    spaces = " ".join(
        f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{_SPACES.get(one, one)}:1.0"' for one in names
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3">'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        f"</office:spreadsheet></office:body></office:document-content>"
    )
    members = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": b'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        "content.xml": content.encode(),
        **(parts or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content_of in members.items():
            archive.writestr(name, content_of)
    return out.getvalue()


def _ods_cell(cell: Any) -> str:
    text = str(cell)
    if not text:
        return "<table:table-cell/>"
    typed = f'office:value-type="float" office:value="{text}"' if text.isdigit() else 'office:value-type="string"'
    return f"<table:table-cell {typed}><text:p>{escape(text)}</text:p></table:table-cell>"


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
    "Delayed Discharges in NHSScotland (monthly)": (4, 0, {"group": 4, "period_in_days": 4, "group_not_kept": 1}),
    "Hospital Standardised Mortality Ratios (HSMR), quarterly": (
        3, 35, {"other_footing": 35, "group": 3, "period_in_days": 3, "group_not_kept": 1},
    ),
    "COVID-19 wider impacts on the health care system (dashboard)": (
        3, 0, {"group": 3, "period_in_days": 3, "group_not_kept": 1},
    ),
    "Public service productivity baselines, November 2023 (exceptional pre-release access)": (
        8, 0, {"counted": 2, "period_unreadable": 2, "group_not_kept": 1},
    ),
}  # fmt: skip
