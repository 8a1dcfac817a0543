"""ODS as programs write it and as an attacker might: repeats, merged cells, hidden sheets, bombs, other files."""

from __future__ import annotations

import io
import zipfile
from typing import Literal

import pytest

from app.outside.sheet_writing import write_sheet
from app.outside.sheets import COLUMN_LIMIT, ROW_LIMIT, read_sheet
from app.rules.errors import Code, Malformed
from tests.unit.lists.real import as_csv, as_ods, as_xlsx, ods_of

LIMIT = 200_000
TABLE = [["Post", "Organisation"], ["Attaché – Commerce", "FCDO"]]
MANY = 2**20


def read(content: bytes) -> list[list[str]]:
    return read_sheet(content, kind="ods", limit_bytes=LIMIT)


def refused(content: bytes, kind: Literal["csv", "xlsx", "ods"] = "ods") -> str:
    with pytest.raises(Malformed) as caught:
        read_sheet(content, kind=kind, limit_bytes=LIMIT)
    assert caught.value.code is Code.SHEET_UNREADABLE
    return caught.value.detail.removesuffix(" Nothing was imported.")


def cell(text: str = "", **said: str) -> str:
    given = "".join(f' {name.replace("__", ":").replace("_", "-")}="{value}"' for name, value in said.items())
    return f"<table:table-cell{given}>{text}</table:table-cell>"


def sheet(*rows: str, name: str = "a") -> str:
    return f'<table:table table:name="{name}">{"".join(rows)}</table:table>'


def row(*cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def words(text: str) -> str:
    return cell(f"<text:p>{text}</text:p>", office__value_type="string")


def test_ods_that_ends_in_a_million_empty_rows_and_columns_is_read() -> None:
    assert read(as_ods([*TABLE[:1], ["", ""], *TABLE[1:]])) == [TABLE[0], [], TABLE[1]]


def test_ods_values_become_the_same_text_as_in_xlsx() -> None:
    cells = (
        cell("<text:p>24</text:p>", office__value_type="float", office__value="24"),
        cell("<text:p>65,5</text:p>", office__value_type="float", office__value="65.5"),
        cell("<text:p>WAHR</text:p>", office__value_type="boolean", office__boolean_value="true"),
        cell("<text:p>1. März</text:p>", office__value_type="date", office__date_value="2026-03-01"),
        cell("<text:p>x</text:p>", office__value_type="date", office__date_value="2026-03-01T09:30:00"),
        cell("<text:p>50%</text:p>", office__value_type="percentage", office__value="0.5"),
        cell("<text:p>x</text:p>", office__value_type="time", office__time_value="PT09H30M00S"),
        cell("<text:p>x</text:p>", office__value_type="time", office__time_value="PT36H00M00S"),
        cell("", office__value_type="string", office__string_value="kept aside"),
    )
    assert read(ods_of(sheet(row(*cells)))) == [
        ["24", "65.5", "True", "2026-03-01", "2026-03-01 09:30", "50%", "09:30:00", "36 hours", "kept aside"]
    ]


def test_ods_formula_comes_back_as_the_formula_and_not_its_value() -> None:
    made = cell("<text:p>2</text:p>", table__formula="of:=1+1", office__value_type="float", office__value="2")
    assert read(ods_of(sheet(row(words("x"), made)))) == [["x", "=1+1"]]


def test_ods_cell_has_its_paragraphs_and_spaces_and_not_its_remark() -> None:
    inside = (
        "<office:annotation><text:p>A secret remark</text:p></office:annotation><text:p>Head  of<text:s/>"
        "<text:span>News</text:span></text:p><text:p>and<text:tab/>Press<text:line-break/>Desk</text:p>"
    )
    assert read(ods_of(sheet(row(cell(inside, office__value_type="string"))))) == [["Head of News\nand\tPress\nDesk"]]


def test_ods_merged_cell_covers_what_lies_under_it() -> None:
    covered = (
        '<table:covered-table-cell table:number-columns-repeated="2"><text:p>under</text:p></table:covered-table-cell>'
    )
    wide = cell("<text:p>Wide</text:p>", table__number_columns_spanned="3", office__value_type="string")
    assert read(ods_of(sheet(row(wide, covered, words("end"))))) == [["Wide", "", "", "end"]]


def test_ods_first_sheet_that_can_be_seen_is_read_and_no_other() -> None:
    styles = (
        '<style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    hidden = sheet(row(words("no"))).replace("<table:table ", '<table:table table:style-name="h" ', 1)
    assert read(ods_of(hidden + sheet(row(words("yes"))) + sheet(row(words("no"))), styles=styles)) == [["yes"]]
    assert refused(ods_of(hidden, styles=styles)) == "The sheet has no rows."


@pytest.mark.parametrize(
    ("rows", "detail"),
    [
        (
            row(cell("<text:p>x</text:p>", table__number_columns_repeated=str(MANY))),
            f"more than {COLUMN_LIMIT} columns",
        ),
        (row(words("x"), repeated=MANY), f"more than {ROW_LIMIT} rows"),
        (row(repeated=MANY) + row(words("x")), f"more than {ROW_LIMIT} rows"),
        (row(words("x")) + row(repeated=MANY) * 300 + row(words("x")), f"more than {ROW_LIMIT} rows"),
        (row(cell('<text:p><text:s text:c="999999999"/>x</text:p>')), "more than 10000 characters"),
    ],
)
def test_ods_that_repeats_itself_without_end_is_refused_at_the_limit(rows: str, detail: str) -> None:
    assert detail in refused(ods_of(sheet(rows)))


def test_ods_xml_bomb_is_refused_before_it_is_parsed() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;</a>'
    for content in (bomb.encode(), bomb.encode("utf-16")):
        detail = refused(ods_of("", parts={"content.xml": content}))
        assert detail == "The workbook declares a document type, which no spreadsheet needs."
    # In an alphabet in which the declaration is not found by its bytes, the parser still refuses it.
    hidden = b'<?xml version="1.0" encoding="cp037"?>' + bomb.partition("?>")[2].encode("cp037")
    assert refused(ods_of("", parts={"content.xml": hidden})) == "The file is not a readable ODS workbook."


def test_ods_zip_bomb_is_refused_by_what_it_would_unfold_to() -> None:
    packed = ods_of("", parts={"Pictures/big": b" " * (LIMIT * 11)})
    assert len(packed) < LIMIT
    assert refused(packed) == "The workbook unfolds to more than is taken."


def test_ods_under_a_password_is_refused_and_told_so() -> None:
    manifest = b'<m:manifest xmlns:m="urn:x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    locked = ods_of("", parts={"META-INF/manifest.xml": manifest, "content.xml": b"\x00\x81"})
    assert refused(locked) == "The workbook is protected by a password."


@pytest.mark.parametrize(
    "content",
    [
        as_ods(TABLE)[:-40],
        as_ods(TABLE)[:300],
        ods_of("", parts={"content.xml": b"<not xml"}),
        ods_of("<table:table><table:table-row table:number-rows-repeated='x'/></table:table>"),
        ods_of(sheet(row(cell(office__value_type="float", office__value="NaN")))),
        ods_of(sheet(row(cell(office__value_type="float")))),
    ],
)
def test_broken_ods_is_refused(content: bytes) -> None:
    assert refused(content) == "The file is not a readable ODS workbook."


@pytest.mark.parametrize(
    ("content", "kind", "detail"),
    [
        (as_ods(TABLE), "csv", "The file is an ODS spreadsheet, and was sent as a CSV text. Send it as what it is."),
        (
            as_ods(TABLE),
            "xlsx",
            "The file is an ODS spreadsheet, and was sent as an XLSX workbook. Send it as what it is.",
        ),
        (
            as_xlsx(TABLE),
            "ods",
            "The file is an XLSX workbook, and was sent as an ODS spreadsheet. Send it as what it is.",
        ),
        (as_csv(TABLE), "ods", "The file is not a readable ODS workbook."),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 512,
            "xlsx",
            "The file is an old XLS workbook, or protected by a password. Save it as XLSX, ODS or CSV.",
        ),
    ],
)
def test_sheet_that_is_not_what_it_was_sent_as_is_refused(
    content: bytes, kind: Literal["csv", "xlsx", "ods"], detail: str
) -> None:
    assert refused(content, kind) == detail


def test_ods_text_document_is_no_sheet() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    assert refused(out.getvalue()) == "The file is not a readable ODS workbook."


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_sheet_that_we_write_reads_back_and_no_cell_begins_like_a_formula(kind: Literal["csv", "xlsx", "ods"]) -> None:
    rows: list[list[str | int | None]] = [
        ["Post", "Note", "N"],
        ["=HYPERLINK(1)", "@x", -4],
        ["+44 1632", "-1", None],
        ["two\nlines", "a\x0bb", 2],
    ]
    content = write_sheet(rows, kind=kind, title="A/B: [list] 'of' everything that there is and more")
    assert read_sheet(content, kind=kind, limit_bytes=LIMIT) == [
        ["Post", "Note", "N"],
        ["'=HYPERLINK(1)", "'@x", "-4"],
        ["'+44 1632", "'-1"],
        ["two\nlines", "ab", "2"],
    ]
