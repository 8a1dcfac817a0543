"""Sheets as they arrive: encodings, delimiters, numbers, formulas, broken files and bombs."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any, Literal

import openpyxl
import pytest

from app.outside.sheets import read_sheet
from app.rules.errors import Code, Malformed
from tests.unit.lists.real import as_csv, as_xlsx

LIMIT = 200_000
TABLE = [["Post", "Organisation"], ["Attaché – Commerce", "FCDO"], ["Head, News; Press", "10 Downing Street"]]


def read(content: bytes, kind: Literal["csv", "xlsx"] = "csv") -> list[list[str]]:
    return read_sheet(content, kind=kind, limit_bytes=LIMIT)


def refused(content: bytes, kind: Literal["csv", "xlsx"]) -> str:
    with pytest.raises(Malformed) as caught:
        read(content, kind)
    assert caught.value.code is Code.SHEET_UNREADABLE
    return caught.value.detail


def replaced_part(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_xlsx(TABLE))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_whatever_its_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    assert read(as_csv(TABLE, delimiter, encoding)) == TABLE


def test_xlsx_is_read_and_empty_rows_keep_their_place() -> None:
    assert read(as_xlsx([*TABLE[:1], [], *TABLE[1:], ["", ""], []]), "xlsx") == [TABLE[0], [], *TABLE[1:]]


def test_xlsx_numbers_and_dates_become_plain_text() -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append([24, 24.0, 65.5, True, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), 1234567.5])
    out = io.BytesIO()
    workbook.save(out)
    assert read(out.getvalue(), "xlsx") == [["24", "24", "65.5", "True", "2026-03-01", "2026-03-01 09:30", "1234567.5"]]


def test_xlsx_formula_comes_back_as_the_formula_and_not_its_value() -> None:
    assert read(as_xlsx([["Post", "Organisation"], ["=1+1", "BEIS"]]), "xlsx")[1] == ["=1+1", "BEIS"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_empty_file_and_blank_sheet_are_refused(kind: Literal["csv", "xlsx"]) -> None:
    blank = as_xlsx([[""]]) if kind == "xlsx" else b"\r\n ,\r\n"
    assert refused(b"", kind) == "The file is empty. Nothing was imported."
    assert refused(blank, kind) == "The sheet has no rows. Nothing was imported."


def test_file_over_the_limit_is_refused() -> None:
    assert refused(b"a," * LIMIT, "csv") == "The file is larger than the 195 KiB taken. Nothing was imported."


@pytest.mark.parametrize("content", [b"PK\x03\x04 nonsense", b"%PDF-1.7", as_xlsx(TABLE)[:-40], as_xlsx(TABLE)[:900]])
def test_broken_workbook_is_refused(content: bytes) -> None:
    assert refused(content, "xlsx") == "The file is not a readable XLSX workbook. Nothing was imported."


def test_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refused(out.getvalue(), "xlsx") == "The file is not a readable XLSX workbook. Nothing was imported."


@pytest.mark.parametrize("part", [b"<not xml", b"", b"\xff\xfe\x00", b"<worksheet><sheetData><row><c></worksheet>"])
def test_workbook_with_a_broken_part_is_refused(part: bytes) -> None:
    refused(replaced_part("xl/worksheets/sheet1.xml", part), "xlsx")


def test_xml_bomb_is_refused_before_it_is_parsed() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cccc">]><worksheet>&b;</worksheet>'
    for content in (bomb, bomb.decode().encode("utf-16")):
        detail = refused(replaced_part("xl/worksheets/sheet1.xml", content), "xlsx")
        assert detail == "The workbook declares a document type, which no spreadsheet needs. Nothing was imported."


def test_zip_bomb_is_refused_by_what_it_would_unfold_to() -> None:
    packed = replaced_part("xl/worksheets/sheet1.xml", b" " * (LIMIT * 11))
    assert len(packed) < LIMIT
    assert refused(packed, "xlsx") == "The workbook unfolds to more than is taken. Nothing was imported."


def test_workbook_of_too_many_parts_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(501):
            archive.writestr(f"part{number}", "")
    assert refused(out.getvalue(), "xlsx") == "The workbook has too many parts. Nothing was imported."


@pytest.mark.parametrize(
    ("table", "detail"),
    [
        ([["a", "b"]] * 5001, "The sheet has more than 5000 rows."),
        ([["a", "b"], ["x"] * 51], "Row 2 has more than 50 columns."),
        ([["a", "b"], ["x" * 10_001]], "Row 2 has a cell of more than 10000 characters."),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_too_many_rows_columns_or_characters_are_refused(
    table: list[list[Any]], detail: str, kind: Literal["csv", "xlsx"]
) -> None:
    content = as_xlsx(table) if kind == "xlsx" else as_csv(table)
    assert refused(content, kind) == f"{detail} Nothing was imported."


@pytest.mark.parametrize("content", [b"a,b\x00c", "Post,Organisation".encode("utf-16"), b"\x81\x8d", b'a,"b\r\nc'])
def test_csv_that_is_no_text_is_refused(content: bytes) -> None:
    refused(content, "csv")
