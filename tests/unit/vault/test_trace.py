"""A decrypted copy leads back to its opening, whatever format it is in."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from io import BytesIO

import pikepdf
import pytest
import pyzipper

from app.vault.copies.marks import UNSEEN, readme_name
from app.vault.copies.office import marked, marked_office
from app.vault.copies.pdf import marked_pdf
from app.vault.copies.zip import StoredDocument, ZipCopy, lay_out
from app.vault.trace import Found, marks_in
from tests.build import london
from tests.unit.vault.samples import MADE, MARK, PASSPHRASE, packed, parts
from tests.unit.vault.test_copies_pdf import a_pdf
from tests.unit.vault.test_copies_zip import shelf_of

NUMBER = "K7F3-9QXM"
PLACES = {
    "docx": [
        "part docProps/custom.xml",
        "part word/header1.xml",
        "part word/pra_header1.xml",
    ],
    "xlsx": [
        "part docProps/custom.xml",
        "part xl/chartsheets/sheet1.xml",
        "part xl/worksheets/sheet1.xml",
        "part xl/worksheets/sheet2.xml",
        "part xl/worksheets/sheet3.xml",
    ],
    "pptx": [
        "part docProps/custom.xml",
        "part ppt/slides/slide1.xml",
        "part ppt/slides/slide2.xml",
        "part ppt/slides/slide3.xml",
    ],
}


def decrypted_pdf() -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(marked_pdf(a_pdf((595, 842), (842, 595)), MARK, PASSPHRASE)), password=PASSPHRASE) as pdf:
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("made_as", ["docx", "xlsx", "pptx"])
def test_marks_in_an_office_copy_are_found_in_its_properties_and_wherever_it_is_marked(made_as: str) -> None:
    copy = marked(MADE[made_as](), made_as, MARK)
    assert marks_in(copy) == tuple(Found(NUMBER, place) for place in PLACES[made_as])
    assert marks_in(MADE[made_as]()) == ()
    assert marks_in(marked_office(MADE[made_as](), made_as, MARK, PASSPHRASE)) == ()


def test_marks_in_a_pdf_copy_are_found_on_every_page_and_in_what_describes_it() -> None:
    copy = decrypted_pdf()
    places = ["page 1", "page 2", "page 3", "the document's XMP", "the document's properties"]
    assert marks_in(copy) == tuple(Found(NUMBER, place) for place in places)
    assert marks_in(a_pdf()) == ()
    assert marks_in(marked_pdf(a_pdf(), MARK, PASSPHRASE)) == ()


def test_marks_in_one_page_cut_out_of_a_pdf_copy_are_found_though_nobody_sees_them() -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(decrypted_pdf())) as whole, pikepdf.new() as cut:
        cut.pages.append(whole.pages[2])
        cut.save(out)
    assert marks_in(out.getvalue()) == (Found(NUMBER, "page 1"),)
    with pikepdf.open(BytesIO(out.getvalue())) as pdf:
        (form,) = pdf.pages[0].resources.XObject.values()
        assert form.read_bytes().count(f"({UNSEEN} {NUMBER})".encode()) == 4


@pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")
def test_marks_in_an_unpacked_zip_copy_are_found_in_its_notice_and_its_name() -> None:
    figures = b"North,1204\n"
    recorded = StoredDocument(
        "figures.csv",
        size_bytes=len(figures),
        sha256=hashlib.sha256(figures).hexdigest(),
        crc32=zlib.crc32(figures),
        dated_at=london(2026, 3, 9, 9, 30),
    )
    copy = b"".join(ZipCopy(lay_out(recorded, MARK, bytes(range(32))), PASSPHRASE).read(shelf_of(figures)))
    notice = readme_name(MARK.label)
    with pyzipper.AESZipFile(BytesIO(copy)) as locked:
        locked.setpassword(PASSPHRASE.encode())
        unpacked = packed({name: locked.read(name) for name in locked.namelist()})
        assert marks_in(locked.read(notice)) == (Found(NUMBER, "the file's text"),)
    assert marks_in(copy, f"Confidential Statistics {NUMBER} figures.csv.zip") == (Found(NUMBER, "the file's name"),)
    assert marks_in(unpacked) == (Found(NUMBER, f"part {notice}"),)
    assert marks_in(figures, "figures.csv") == ()


def test_marks_in_a_document_inside_a_zip_are_found_one_level_down() -> None:
    bundle = packed({"a/bulletin.pdf": decrypted_pdf()}, zipfile.ZIP_STORED)
    assert Found(NUMBER, "a/bulletin.pdf: page 2") in marks_in(bundle)
    deeper = packed({"bundle.zip": packed({"again.zip": bundle}, zipfile.ZIP_STORED)}, zipfile.ZIP_STORED)
    assert marks_in(deeper) == ()


def test_marks_in_a_damaged_or_hostile_file_are_none_or_those_before_the_damage() -> None:
    copy = marked(MADE["xlsx"](), "xlsx", MARK)
    for data in (b"", b"PK", b"%PDF-", copy[:1000], copy[:-30], decrypted_pdf()[:200], b"\0" * 999):
        assert marks_in(data) == ()
    for at in range(0, len(copy), 211):
        altered = bytearray(copy)
        altered[at] ^= 0xFF
        assert {found.number for found in marks_in(bytes(altered))} <= {NUMBER}


@pytest.mark.parametrize(
    "text",
    [
        "opening K7F3-9QX",
        "opening K7F3-9QXMA",
        "opening K7F3_9QXM",
        "opening K1F3-9QXM",
        "opening k7f3-9qxm",
        "K7F3-9QXM",
    ],
)
def test_marks_in_text_that_only_looks_like_a_number_are_none(text: str) -> None:
    assert marks_in(text.encode()) == ()
    assert marks_in(text.encode() + b" Opening K7F3-9QXM.") == (Found(NUMBER, "the file's text"),)


def test_marks_in_two_copies_put_together_are_both_found() -> None:
    other = parts(MADE["docx"]()) | {"x.xml": b"Opening AAAA-2222"}
    both = packed(parts(marked(MADE["docx"](), "docx", MARK)) | other)
    assert {found.number for found in marks_in(both, "BBBB-3333 x.docx")} == {"AAAA-2222", "BBBB-3333", NUMBER}
