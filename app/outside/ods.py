"""The cells of an OpenDocument spreadsheet, read as a stream: values only, and never more of it than a list can need.

A program may say "this cell 1,048,576 times" in a few bytes, so repeats are followed no further than the limits.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from xml.parsers import expat

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TABLE, _TEXT, _STYLE = (f"{_NAMES}{part}:1.0 " for part in ("office", "table", "text", "style"))
_SHEET, _BODY = f"{_TABLE}table", f"{_OFFICE}spreadsheet"
_ROW, _CELL, _COVERED = f"{_TABLE}table-row", f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"
_PARAGRAPH, _SPACES, _TAB, _BREAK = (f"{_TEXT}{name}" for name in ("p", "s", "tab", "line-break"))
# What stands in a cell and is not its value: remarks, pictures, the working of input fields.
_BESIDE = (f"{_OFFICE}annotation", f"{_NAMES}drawing:1.0 ", f"{_OFFICE}event-listeners", f"{_TABLE}detective")
_DURATION = re.compile(r"PT(?P<hours>\d{1,6})H(?P<minutes>\d{1,2})M(?P<seconds>\d{1,2})(?:[.,]\d{1,9})?S")
_CHUNK = 64 * 1024
MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods_rows(content: bytes, *, rows: int, columns: int, characters: int) -> list[list[str]]:
    """Read the first sheet that can be seen.

    Args:
        content: The file's bytes; what it unfolds to has been checked.
        rows: The most rows wanted; one more is given where there are more.
        columns: The most columns wanted; one more is given where there are more.
        characters: The most characters of a cell wanted; one more is given where there are more.

    Returns:
        Rows of text; empty when no sheet can be seen.

    Raises:
        PermissionError: It is protected by a password.
        ValueError: It is no such file.
        zipfile.BadZipFile: It is damaged.
        expat.ExpatError: Its XML is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise PermissionError("protected")
        reader = _Reader(rows, columns, characters)
        with archive.open("content.xml") as part:
            reader.read(part.read)
    return reader.rows


class _Reader:
    """Follows the elements of ``content.xml`` and keeps the rows of one sheet."""

    def __init__(self, rows: int, columns: int, characters: int) -> None:
        self.rows: list[list[str]] = []
        self._most_rows, self._most_columns, self._most_characters = rows + 1, columns + 1, characters + 1
        self._path: list[str] = []
        self._hidden: set[str] = set()
        self._style = ""
        self._in_sheet = self._done = False
        self._skipping = 0  # how deep inside what is no value
        self._row: list[str] = []
        self._row_repeats = 1
        self._cell: dict[str, str] | None = None
        self._paragraphs: list[list[str]] = []
        self._length = 0

    def read(self, more: Callable[[int], bytes]) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        while not self._done and (chunk := more(_CHUNK)):
            parser.Parse(chunk, False)
        if not self._done:
            parser.Parse(b"", True)

    def _begin(self, name: str, said: dict[str, str]) -> None:
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if self._done or self._skipping:
            self._skipping += bool(self._skipping)
        elif name == f"{_STYLE}style":
            self._style = said.get(f"{_STYLE}name", "")
        elif name == f"{_STYLE}table-properties" and said.get(f"{_TABLE}display") == "false":
            self._hidden.add(self._style)
        elif name == _SHEET and parent == _BODY:
            self._in_sheet = said.get(f"{_TABLE}style-name", "") not in self._hidden
        elif self._in_sheet:
            self._begin_inside(name, said)

    def _begin_inside(self, name: str, said: dict[str, str]) -> None:
        if self._cell is None and name == _ROW:
            self._row, self._row_repeats = [], _repeats(said, "rows")
        elif self._cell is None and name in (_CELL, _COVERED):
            self._cell = said | {"covered": "yes"} if name == _COVERED else said
            self._paragraphs, self._length = [], 0
        elif name == _SHEET or name.startswith(_BESIDE):
            self._skipping = 1
        elif name == _PARAGRAPH:
            self._paragraphs.append([])
        elif self._paragraphs and name == _SPACES:
            count = said.get(f"{_TEXT}c", "1")
            self._add(" " * min(int(count), self._most_characters))
        elif self._paragraphs and name in (_TAB, _BREAK):
            self._add("\t" if name == _TAB else "\n")

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._skipping:
            self._skipping -= 1
        elif not self._in_sheet or self._done:
            return
        elif name in (_CELL, _COVERED) and self._cell is not None:
            self._take_cell(self._cell)
            self._cell = None
        elif name == _ROW and self._cell is None:
            self._take_row()
        elif name == _SHEET:
            self._done = True

    def _characters(self, text: str) -> None:
        if self._cell is not None and self._paragraphs and not self._skipping:
            self._add(re.sub(r"\s+", " ", text))

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length < self._most_characters:
            self._paragraphs[-1].append(text)

    def _take_cell(self, said: dict[str, str]) -> None:
        shown = "\n".join("".join(parts) for parts in self._paragraphs)
        text = "" if "covered" in said else _value(said, shown)[: self._most_characters]
        if self._length >= self._most_characters:
            text = "x" * self._most_characters  # what was left away was too long in any case
        room = self._most_columns - len(self._row)
        self._row.extend([text] * min(_repeats(said, "columns"), room))

    def _take_row(self) -> None:
        while self._row and not self._row[-1].strip():
            self._row.pop()
        # Past the limit a single row is enough to say so, and empty ones say nothing.
        room = max(1, self._most_rows - len(self.rows))
        if self._row or len(self.rows) < self._most_rows:
            self.rows.extend([self._row] * min(self._row_repeats, room))
        self._done = self._done or (bool(self._row) and len(self.rows) > self._most_rows)


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type is declared")


def _repeats(said: dict[str, str], what: str) -> int:
    return max(1, int(said.get(f"{_TABLE}number-{what}-repeated", "1")))


def _value(said: dict[str, str], shown: str) -> str:
    formula = said.get(f"{_TABLE}formula")
    if formula is not None:
        return "=" + formula.partition("=")[2]
    kind = said.get(f"{_OFFICE}value-type", "")
    if kind in ("float", "currency"):
        number = float(said[f"{_OFFICE}value"])
        return str(int(number)) if number == int(number) else str(number)
    if kind == "percentage":
        return shown or f"{float(said[f'{_OFFICE}value']) * 100:g}%"
    if kind == "boolean":
        return "True" if said.get(f"{_OFFICE}boolean-value") == "true" else "False"
    if kind == "date":
        return _day_text(said.get(f"{_OFFICE}date-value", ""), shown)
    if kind == "time":
        return _time_text(said.get(f"{_OFFICE}time-value", ""), shown)
    return shown or said.get(f"{_OFFICE}string-value", "")


def _day_text(written: str, shown: str) -> str:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return shown
    midnight = (at.hour, at.minute, at.second) == (0, 0, 0)
    return at.date().isoformat() if midnight else at.isoformat(sep=" ", timespec="minutes")


def _time_text(written: str, shown: str) -> str:
    found = _DURATION.fullmatch(written)
    if not found:
        return shown
    hours, minutes, seconds = (int(found[name]) for name in ("hours", "minutes", "seconds"))
    if hours < 24:
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    return f"{hours + minutes / 60 + seconds / 3600:g} hours"
