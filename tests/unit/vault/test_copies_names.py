"""How a copy is made and named, and the words of its passphrase."""

from __future__ import annotations

import math
import re

import pytest

from app.rules.errors import Code, Malformed
from app.vault.copies import CopyFormat, Inside, check_file_name, copy_format, copy_name, marked_inside
from app.vault.copies.marks import Mark, western
from app.vault.copies.passphrases import WORDS, all_words, new_passphrase


@pytest.mark.parametrize(
    ("media_type", "file_name", "expected"),
    [
        ("application/pdf", "bulletin.pdf", CopyFormat.PDF),
        ("Application/PDF; charset=binary", "bulletin", CopyFormat.PDF),
        ("application/octet-stream", "BULLETIN.PDF", CopyFormat.PDF),
        ("text/csv", "bulletin.pdf.csv", CopyFormat.ZIP),
        ("application/pdfx", "x", CopyFormat.ZIP),
        ("", "pdf", CopyFormat.ZIP),
        ("application/octet-stream", "Tables.XLSX", CopyFormat.XLSX),
        ("text/plain", "briefing.docx", CopyFormat.DOCX),
        ("", "slides.pptx", CopyFormat.PPTX),
        ("", "tables.xlsm", CopyFormat.ZIP),
        ("", "tables.xls", CopyFormat.ZIP),
        ("", "briefing.dotx", CopyFormat.ZIP),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "tables.ods", CopyFormat.ZIP),
    ],
)
def test_copy_format_follows_media_type_or_name(media_type: str, file_name: str, expected: CopyFormat) -> None:
    assert copy_format(media_type, file_name) is expected


@pytest.mark.parametrize(
    ("file_name", "made_as", "expected"),
    [
        ("bulletin.pdf", CopyFormat.PDF, "RESTRICTED bulletin.pdf"),
        ("Bulletin.PDF", CopyFormat.PDF, "RESTRICTED Bulletin.PDF"),
        ("bulletin", CopyFormat.PDF, "RESTRICTED bulletin.pdf"),
        ("figures.csv", CopyFormat.ZIP, "RESTRICTED figures.csv.zip"),
        ("figures.zip", CopyFormat.ZIP, "RESTRICTED figures.zip.zip"),
        ("Tables.XLSX", CopyFormat.XLSX, "RESTRICTED Tables.XLSX"),
        ("tables.ods", CopyFormat.ZIP, "RESTRICTED tables.ods.zip"),
        ("bulletin.pdf", CopyFormat.AGE, "RESTRICTED bulletin.pdf.age"),
        ("keys.age", CopyFormat.AGE, "RESTRICTED keys.age.age"),
    ],
)
def test_copy_name_says_restricted(file_name: str, made_as: CopyFormat, expected: str) -> None:
    assert copy_name(file_name, made_as) == expected


@pytest.mark.parametrize("file_name", ["a", "Labour market, July 2016.pdf", "ystadegau Môn – tŷ.csv", "x" * 200])
def test_check_file_name_accepts_a_plain_name(file_name: str) -> None:
    check_file_name(file_name)
    with pytest.raises(Malformed):
        check_file_name(file_name + "/")


@pytest.mark.parametrize(
    "file_name",
    [
        "", ".", "..", "../x", "a/b", "a\\b", "C:x", " x", "x ", "x.", ".x", "a\nb", "a\r\nb", "a\0b", "a\tb",
        "con.txt", "LPT9", "Read me first - Restricted.txt", "evil\u202efdp.exe", "x" * 201,
        "é" * 101, "\ud800", 'a"b', "a*", "a\u200bb", "a\u2028b",
    ],
)  # fmt: skip
def test_check_file_name_refuses_what_is_no_plain_name(file_name: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_file_name(file_name)
    assert caught.value.code is Code.FILE_NAME_NOT_VALID


def test_mark_with_hidden_characters_is_put_on_single_lines() -> None:
    mark = Mark("A\nB", "\u202ePost\u200b", " O  ffice\r\n", "noon", "OP-1\0", "W\u2028x")
    assert mark.lines() == (
        "RESTRICTED until noon",
        "Copy for A B, Post, O ffice – opening OP-1",
        "W x",
    )


def test_western_drops_accents_it_lacks_and_keeps_those_it_has() -> None:
    assert western("Siân Ŵŷ ł 統 – €") == "Siân Wy ? ? – €"


def test_passphrase_has_six_words_of_the_list() -> None:
    words = frozenset(all_words())
    passphrases = [new_passphrase() for _ in range(500)]
    assert {len(passphrase.split("-")) for passphrase in passphrases} == {WORDS} == {6}
    assert {word for passphrase in passphrases for word in passphrase.split("-")} <= words
    assert len(set(passphrases)) == 500


def test_passphrase_words_carry_more_than_77_bits_in_all() -> None:
    words = all_words()
    assert len(words) == len(set(words))
    assert all(re.fullmatch("[a-z]{5}", word) for word in words)
    assert not any(set("cqwxy") & set(word) for word in words)
    assert WORDS * math.log2(len(words)) > 90


def test_marked_inside_are_pdf_office_and_open_documents() -> None:
    names = ("a.pdf", "a.docx", "a.xlsx", "a.pptx", "A.ODT", "a.ods", "a.odp", "a.ott", "a.csv", "odt")
    assert [marked_inside("", name) for name in names] == [*Inside, None, None, None]
