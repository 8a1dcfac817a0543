"""Rows in, an ODS spreadsheet out. Loaded when the first is asked for, since the library is large."""

from __future__ import annotations

import io
from datetime import date

from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.teletype import addTextToElement
from odf.text import P


def spreadsheet(rows: list[list[str | int | float | date]], name: str) -> bytes:
    """Write rows as one ODS spreadsheet.

    Args:
        rows: The headings first; no cell begins like a formula.
        name: The sheet's.
    """
    document = OpenDocumentSpreadsheet()
    table = Table(name=name)
    for row in rows:
        line = TableRow()
        for cell in row:
            line.addElement(_cell(cell))
        table.addElement(line)
    document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def _cell(cell: str | int | float | date) -> TableCell:
    if cell == "":
        return TableCell()
    if isinstance(cell, str):
        written = TableCell(valuetype="string")
    elif isinstance(cell, int | float):
        written = TableCell(valuetype="float", value=str(cell))
    else:
        written = TableCell(valuetype="date", datevalue=cell.isoformat())
    for line in str(cell).splitlines() or [""]:
        paragraph = P()
        addTextToElement(paragraph, line)
        written.addElement(paragraph)
    return written
