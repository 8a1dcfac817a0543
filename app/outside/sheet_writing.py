"""Sheets that people are sent: rows in, CSV, XLSX or ODS out. No cell of one begins like a formula."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import BinaryIO, Literal

SheetKind = Literal["csv", "xlsx", "ods"]
Cell = str | int | float | date | None

# What a spreadsheet program takes for a formula, or skips before one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# XML has no way to write these.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\'\x00-\x1f]+")
_TITLE_LENGTH = 31
_CELL_LENGTH = 32_767  # the most that XLSX takes


def write_sheet(rows: Sequence[Sequence[Cell]], *, kind: SheetKind, title: str) -> bytes:
    """Write rows as one sheet.

    Text that a spreadsheet program would take for a formula gets an apostrophe in front, in every kind: a workbook
    keeps text apart from formulas, and the CSV that somebody saves it as does not.

    Args:
        rows: The headings first. Numbers and days stay numbers and days where the kind has them.
        kind: ``csv`` (UTF-8 with its mark), ``xlsx`` or ``ods``.
        title: The sheet's name; cut and cleaned to what spreadsheet programs take.

    Returns:
        The file's bytes.
    """
    cells = [[_plain(cell) for cell in row] for row in rows]
    name = _name(title)
    if kind == "csv":
        return _csv(cells)
    if kind == "xlsx":
        from app.outside.xlsx_writing import workbook  # noqa: PLC0415  # slow: serving documents needs none of it

        return workbook(cells, name)
    from app.outside.ods_writing import spreadsheet  # noqa: PLC0415  # slow: serving documents needs none of it

    return spreadsheet(cells, name)


def write_rows(rows: Iterable[Sequence[Cell]], out: BinaryIO, *, kind: Literal["csv", "xlsx"], title: str) -> None:
    """Write rows as one sheet, however many there are: none is held longer than it takes to write it.

    Args:
        rows: The headings first; cells are made safe as :func:`write_sheet` does.
        out: Where it goes.
        kind: ``csv`` (UTF-8 with its mark) or ``xlsx``.
        title: The sheet's name.
    """
    cells = ([_plain(cell) for cell in row] for row in rows)
    if kind == "xlsx":
        from app.outside.xlsx_writing import workbook_into  # noqa: PLC0415  # slow: as above

        workbook_into(cells, _name(title), out)
        return
    out.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    csv.writer(text, lineterminator="\r\n").writerows(cells)
    text.detach()


def _name(title: str) -> str:
    return _NOT_IN_TITLES.sub(" ", title).strip()[:_TITLE_LENGTH].strip() or "Sheet"


def _plain(cell: Cell) -> str | int | float | date:
    if isinstance(cell, datetime):
        cell = cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, bool):
        cell = "yes" if cell else "no"
    if isinstance(cell, int | float | date):
        return cell
    text = _UNWRITABLE.sub("", cell or "")
    return (f"'{text}" if text.startswith(_FORMULA) else text)[:_CELL_LENGTH]


def _csv(rows: list[list[str | int | float | date]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8-sig")
