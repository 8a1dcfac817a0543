"""Rows in, an XLSX workbook out. Loaded when the first is asked for, since the library is large."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, BinaryIO

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font


def workbook(rows: list[list[str | int | float | date]], name: str) -> bytes:
    """Write rows as one XLSX workbook.

    Args:
        rows: The headings first; no cell begins like a formula.
        name: The sheet's.
    """
    out = io.BytesIO()
    workbook_into(rows, name, out)
    return out.getvalue()


def workbook_into(rows: Iterable[Sequence[str | int | float | date]], name: str, out: BinaryIO) -> None:
    """Write rows as one XLSX workbook; while it is made, the rows lie in a file of their own and not in memory.

    Args:
        rows: The headings first; no cell begins like a formula.
        name: The sheet's.
        out: Where it goes.
    """
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        written = []
        for cell in row:
            one: Any = WriteOnlyCell(sheet)
            one.value = cell
            if isinstance(cell, str):
                one.data_type = "s"  # also for words such as #N/A, which openpyxl would write as an error
            elif isinstance(cell, date):
                one.number_format = "yyyy-mm-dd"
            if number == 0:
                one.font = Font(bold=True)
            written.append(one)
        sheet.append(written)
    book.save(out)
