"""Sheets that people send: CSV, XLSX and ODS in, rows of text out. Nothing here knows what the columns mean."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from xml.parsers import expat

from app.outside import ods
from app.rules.errors import Code, Malformed

SheetKind = Literal["csv", "xlsx", "ods"]

ROW_LIMIT = 5000
COLUMN_LIMIT = 50
MEMBER_LIMIT = 500
# A sheet that unfolds to more than this many times what is allowed packed is a bomb, not a list.
UNFOLDED_TIMES = 10
_CELL_LIMIT = 10_000
_DELIMITERS = (",", ";", "\t")
_OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1")
_CALLED: dict[SheetKind, str] = {"csv": "a CSV text", "xlsx": "an XLSX workbook", "ods": "an ODS spreadsheet"}
# Document type declarations are the way into every XML bomb; no spreadsheet program writes one.
_DECLARATIONS = tuple("<!DOCTYPE".encode(name) for name in ("ascii", "utf-16-le", "utf-16-be"))
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # the XML parsers derive theirs from it
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    expat.ExpatError,
)


def read_sheet(content: bytes, *, kind: SheetKind, limit_bytes: int) -> list[list[str]]:
    """Read a sheet into rows of text.

    Values only: formulas come back as the text of the formula, beginning with ``=``, so that whoever reads the rows can
    name the cell. Empty rows are kept, so that row numbers are those the sender sees; empty rows at the end are not.

    Args:
        content: The file's bytes.
        kind: ``csv`` (UTF-8 with or without a mark, or Windows-1252; comma, semicolon or tab), ``xlsx`` or ``ods``.
        limit_bytes: The largest file taken.

    Returns:
        Rows of cells, each cell text without white space at its ends; at most 5000 rows of 50 cells.

    Raises:
        Malformed: The file is empty, too large, damaged, protected by a password, no such sheet, or of another kind
            than it was said to be.
    """
    if not content:
        raise _unreadable("The file is empty.")
    if len(content) > limit_bytes:
        raise _unreadable(f"The file is larger than the {limit_bytes // 1024} KiB taken.")
    _refuse_another_kind(content, kind)
    rows = _trimmed(_csv_rows(content) if kind == "csv" else _workbook_rows(content, kind, limit_bytes))
    if not rows:
        raise _unreadable("The sheet has no rows.")
    return rows


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if "\x00" in text:
        raise _unreadable("The file is not a CSV text. Save it as CSV (UTF-8).")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise _unreadable(f"Line {reader.line_num} of the file is not CSV: {error}.") from error


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable("The file is neither UTF-8 nor Windows-1252 text. Save it as CSV (UTF-8).")


def _delimiter(text: str) -> str:
    """Take the delimiter that divides the most of the first rows, and divides them the most."""
    head = text[:20_000].splitlines()[:20]

    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(csv.reader(head, delimiter=delimiter))
        except csv.Error:
            return 0, 0
        return sum(len(row) > 1 for row in rows), sum(len(row) for row in rows)

    return max(_DELIMITERS, key=score)


def _refuse_another_kind(content: bytes, kind: SheetKind) -> None:
    """Judge by what the file holds: its name, and what it is sent as, are only what somebody says of it."""
    if content.startswith(_OLD_WORKBOOK):
        raise _unreadable("The file is an old XLS workbook, or protected by a password. Save it as XLSX, ODS or CSV.")
    found = _kind_of(content)
    if found is not None and found != kind:
        raise _unreadable(f"The file is {_CALLED[found]}, and was sent as {_CALLED[kind]}. Send it as what it is.")


def _kind_of(content: bytes) -> SheetKind | None:
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                with archive.open("mimetype") as part:
                    return (
                        "ods" if part.read(len(ods.MEDIA_TYPE)).decode("ascii", "replace") == ods.MEDIA_TYPE else None
                    )
            return "xlsx" if "xl/workbook.xml" in names else None
    except _BROKEN:
        return None


def _workbook_rows(content: bytes, kind: SheetKind, limit_bytes: int) -> Iterable[list[str]]:
    try:
        _refuse_bombs(content, limit_bytes)
        if kind == "xlsx":
            yield from _xlsx_rows(content)
            return
        rows = ods.ods_rows(content, rows=ROW_LIMIT, columns=COLUMN_LIMIT, characters=_CELL_LIMIT)
    except PermissionError as error:
        raise _unreadable("The workbook is protected by a password.") from error
    except _BROKEN as error:
        raise _unreadable(f"The file is not a readable {kind.upper()} workbook.") from error
    yield from rows


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    import openpyxl  # noqa: PLC0415  # slow: serving documents needs none of it
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415  # slow: as above

    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except InvalidFileException as error:
        raise ValueError("no workbook") from error
    try:
        sheet: Any = next((one for one in workbook.worksheets if one.sheet_state == "visible"), None)
        if sheet is None:
            raise _unreadable("The workbook has no visible sheet.")
        sheet.reset_dimensions()  # what the file says of its own size is not to be relied on
        for cells in sheet.iter_rows(max_col=COLUMN_LIMIT + 1, values_only=True):
            yield [_text(cell) for cell in cells]
    finally:
        workbook.close()


def _refuse_bombs(content: bytes, limit_bytes: int) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MEMBER_LIMIT:
            raise _unreadable("The workbook has too many parts.")
        if sum(member.file_size for member in members) > limit_bytes * UNFOLDED_TIMES:
            raise _unreadable("The workbook unfolds to more than is taken.")
        for member in members:
            if member.flag_bits & 1:
                raise _unreadable("The workbook is protected by a password.")
            part = archive.read(member)
            if any(declaration in part for declaration in _DECLARATIONS):
                raise _unreadable("The workbook declares a document type, which no spreadsheet needs.")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str | bool):
        return str(value)
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 3600:g} hours"
    return f"={getattr(value, 'text', '') or ''}"  # an array or table formula


def _trimmed(rows: Iterable[list[str]]) -> list[list[str]]:
    kept: list[list[str]] = []
    blank = 0
    for row in rows:
        cells = [cell.strip(" \t\r\n\u00a0") for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            blank += 1
            continue
        if len(cells) > COLUMN_LIMIT:
            raise _unreadable(f"Row {len(kept) + blank + 1} has more than {COLUMN_LIMIT} columns.")
        if any(len(cell) > _CELL_LIMIT for cell in cells):
            raise _unreadable(f"Row {len(kept) + blank + 1} has a cell of more than {_CELL_LIMIT} characters.")
        kept.extend([] for _ in range(blank if len(kept) + blank < ROW_LIMIT else ROW_LIMIT))
        blank = 0
        kept.append(cells)
        if len(kept) > ROW_LIMIT:
            raise _unreadable(f"The sheet has more than {ROW_LIMIT} rows.")
    return kept


def _unreadable(detail: str) -> Malformed:
    return Malformed(f"{detail} Nothing was imported.", code=Code.SHEET_UNREADABLE)
