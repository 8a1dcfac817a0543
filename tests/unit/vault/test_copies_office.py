"""Word, Excel and PowerPoint copies: marked inside, nothing else changed, locked as Office locks them."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from functools import reduce
from io import BytesIO

import docx
import msoffcrypto
import openpyxl
import pptx
import pytest
from docx.enum.section import WD_SECTION
from hypothesis import given
from hypothesis import strategies as st
from msoffcrypto.exceptions import InvalidKeyError

from app.rules.errors import Code, Malformed
from app.vault.copies.agile import SMALLEST_BYTES, agile_encrypted
from app.vault.copies.office import check_office, marked, marked_office
from app.vault.copies.packages import PART_LIMIT_BYTES
from app.vault.copies.xlsx import ROOM, with_mark
from tests.unit.vault.samples import MADE, MARK, PASSPHRASE, PROPERTIES, packed, parts, workbook

STRICT = (
    (
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    ),
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (b"http://schemas.openxmlformats.org/presentationml/2006/main", b"http://purl.oclc.org/ooxml/presentationml/main"),
    (b"http://schemas.openxmlformats.org/drawingml/2006/main", b"http://purl.oclc.org/ooxml/drawingml/main"),
    (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    ),
)
CHANGED = {
    "docx": {
        "[Content_Types].xml": 1,
        "_rels/.rels": 1,
        "word/document.xml": 1,
        "word/_rels/document.xml.rels": 1,
        "word/header1.xml": 1,
    },
    "xlsx": {
        "[Content_Types].xml": 1,
        "_rels/.rels": 1,
        "xl/worksheets/sheet1.xml": 1,
        "xl/worksheets/sheet2.xml": 0,  # it had headers
        "xl/worksheets/sheet3.xml": 1,
        "xl/chartsheets/sheet1.xml": 1,
    },
    "pptx": {
        "[Content_Types].xml": 1,
        "_rels/.rels": 1,
        "ppt/slides/slide1.xml": 1,
        "ppt/slides/slide2.xml": 1,
        "ppt/slides/slide3.xml": 1,
    },
}
ADDED = {
    "docx": ["docProps/custom.xml", "word/pra_footer1.xml", "word/pra_header1.xml"],
    "xlsx": ["docProps/custom.xml"],
    "pptx": ["docProps/custom.xml"],
}


def strict(package: bytes) -> bytes:
    made = {}
    for name, data in parts(package).items():
        made[name] = reduce(lambda said, pair: said.replace(*pair), STRICT, data)
    return packed(made)


def decrypted(copy: bytes, passphrase: str = PASSPHRASE) -> bytes:
    opened = msoffcrypto.OfficeFile(BytesIO(copy))
    opened.load_key(password=passphrase, verify_password=True)
    out = BytesIO()
    opened.decrypt(out, verify_integrity=True)
    return out.getvalue()


def refusal(data: bytes, made_as: str = "xlsx") -> str:
    with pytest.raises(Malformed) as caught:
        check_office(data, made_as)
    assert caught.value.code is Code.DOCUMENT_UNREADABLE
    return caught.value.detail


def with_parts(package: bytes, **changes: bytes | None) -> bytes:
    made: dict[str, bytes] = parts(package)
    for name, data in changes.items():
        made.pop(name, None)
        if data is not None:
            made[name] = data
    return packed(made)


@pytest.mark.parametrize("made_as", ["docx", "xlsx", "pptx"])
def test_marked_office_changes_the_parts_that_carry_the_mark_and_no_other_byte(made_as: str) -> None:
    plain = MADE[made_as]()
    before, after = parts(plain), parts(marked(plain, made_as, MARK))
    assert list(after)[: len(before)] == list(before)
    assert sorted(set(after) - set(before)) == ADDED[made_as]
    assert sorted(name for name in before if before[name] != after[name]) == sorted(CHANGED[made_as])
    for name, inserted in CHANGED[made_as].items():
        if inserted:
            assert before[name] == without_insertion(before[name], after[name]), name


def without_insertion(before: bytes, after: bytes) -> bytes:
    """Take out the one piece that was put in, wherever it is."""
    longer = len(after) - len(before)
    for start in range(len(before) + 1):
        if after[start + longer :] == before[start:]:
            return after[:start] + after[start + longer :]
    return b""


def test_marked_workbook_reads_the_same_and_has_the_mark_in_every_sheet() -> None:
    plain, copy = (
        openpyxl.load_workbook(BytesIO(workbook())),
        openpyxl.load_workbook(BytesIO(marked(workbook(), "xlsx", MARK))),
    )
    assert [sheet.title for sheet in copy] == [sheet.title for sheet in plain]
    for title in ("Figures", "Headed", "Hidden"):
        assert [[cell.value for cell in row] for row in copy[title]] == [
            [cell.value for cell in row] for row in plain[title]
        ]
    assert copy["Figures"]["A1"].comment.text == "Provisional"
    assert {p.name: p.value for p in copy.custom_doc_props.props} == PROPERTIES
    heads = {sheet.title: sheet.oddHeader.center.text for sheet in copy}
    lines = "\n".join(MARK.top()).replace("&", "&&")
    assert heads["Figures"] == heads["Hidden"] == copy["Chart"].headerFooter.oddHeader.center.text == lines
    assert heads["Headed"].startswith(lines)
    assert heads["Headed"].endswith("Own & header")
    assert copy["Headed"].firstHeader.center.text == lines
    assert copy["Headed"].oddFooter.center.text == "\n".join(MARK.bottom())
    assert copy["Headed"].oddFooter.right.text.strip() == "&P of &N"


def test_marked_word_document_has_the_mark_in_every_header_that_a_page_can_show() -> None:
    copy = docx.Document(BytesIO(marked(MADE["docx"](), "docx", MARK)))
    first, second = copy.sections
    for section in (first, second):
        for header in (section.header, section.first_page_header, section.even_page_header):
            assert [p.text for p in header.paragraphs][:3] == list(MARK.top())
        for footer in (section.footer, section.first_page_footer, section.even_page_footer):
            assert [p.text for p in footer.paragraphs][-2:] == list(MARK.bottom())
    assert [p.text for p in second.header.paragraphs][3:] == ["a header of its own"]
    assert copy.core_properties.title == "Bulletin"


def test_marked_word_document_with_sections_told_otherwise_has_the_mark_in_each() -> None:
    bare = parts(MADE["docx"]())
    body = bare["word/document.xml"]
    last = body[body.rindex(b"<w:sectPr") : body.rindex(b"</w:sectPr>") + len(b"</w:sectPr>")]
    cases = {
        "none": body.replace(last, b""),
        "empty": body.replace(last, b"<w:sectPr/>"),
        "tracked": body.replace(
            last, b'<w:sectPr><w:sectPrChange w:id="1" w:author="x"><w:sectPr/></w:sectPrChange></w:sectPr>'
        ),
    }
    for what, case in cases.items():
        text = re.sub(rb"<w:p><w:pPr><w:sectPr.*?</w:sectPr></w:pPr></w:p>", b"", case, flags=re.DOTALL)
        copy = docx.Document(BytesIO(marked(packed(bare | {"word/document.xml": text}), "docx", MARK)))
        assert [p.text for p in copy.sections[0].header.paragraphs] == list(MARK.top()), what
        assert [p.text for p in copy.sections[0].first_page_footer.paragraphs] == list(MARK.bottom()), what


def test_marked_word_document_keeps_what_the_first_section_had(tmp_path: object) -> None:
    document = docx.Document()
    document.sections[0].footer.paragraphs[0].text = "page 1 of 9"
    document.add_section(WD_SECTION.NEW_PAGE)
    out = BytesIO()
    document.save(out)
    copy = docx.Document(BytesIO(marked(out.getvalue(), "docx", MARK)))
    assert [p.text for p in copy.sections[1].footer.paragraphs] == ["page 1 of 9", *MARK.bottom()]


def test_marked_presentation_has_the_mark_in_front_on_every_slide() -> None:
    copy = pptx.Presentation(BytesIO(marked(MADE["pptx"](), "pptx", MARK)))
    for slide in copy.slides:
        *_, top, bottom = slide.shapes
        assert [p.text for p in top.text_frame.paragraphs] == list(MARK.top())
        assert [p.text for p in bottom.text_frame.paragraphs] == list(MARK.bottom())
        assert (top.top, bottom.top + bottom.height, bottom.width) == (0, copy.slide_height, copy.slide_width)
        numbers = [shape.shape_id for shape in slide.shapes]
        assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("made_as", ["docx", "xlsx", "pptx"])
def test_marked_office_of_the_strict_edition_uses_its_namespaces_alone(made_as: str) -> None:
    plain = strict(MADE[made_as]())
    copy = parts(marked(plain, made_as, MARK))
    before = parts(plain)
    for name, data in copy.items():
        if name.endswith(".xml") and name != "[Content_Types].xml" and data != before.get(name):
            assert not [old for old, _ in STRICT if old in data.replace(before.get(name, b"-"), b"")], name
    assert b"http://purl.oclc.org/ooxml/officeDocument/customProperties" in copy["docProps/custom.xml"]


def test_marked_office_replaces_the_properties_of_an_earlier_copy_and_keeps_others() -> None:
    once = marked(workbook(), "xlsx", MARK)
    own = parts(once)["docProps/custom.xml"].replace(b'name="Warning"', b'name="Own"')
    twice = marked(with_parts(once, **{"docProps/custom.xml": own}), "xlsx", replace(MARK, opening_number="AAAA-2222"))
    properties = {p.name: p.value for p in openpyxl.load_workbook(BytesIO(twice)).custom_doc_props.props}
    assert properties == {"Own": MARK.warning_text} | PROPERTIES | {"OpeningNumber": "AAAA-2222"}
    numbers = re.findall(rb' pid="(\d+)"', parts(twice)["docProps/custom.xml"])
    assert len(numbers) == len(set(numbers)) == 7


@pytest.mark.parametrize("made_as", ["docx", "xlsx", "pptx"])
def test_marked_office_copy_opens_with_its_passphrase_alone_and_holds_no_plaintext(made_as: str) -> None:
    plain = MADE[made_as]()
    copy = marked_office(plain, made_as, MARK, PASSPHRASE)
    assert parts(decrypted(copy)) == parts(marked(plain, made_as, MARK))
    with pytest.raises(InvalidKeyError):
        decrypted(copy, PASSPHRASE[:-1])
    assert plain[30:60] in plain
    assert [piece in copy for piece in (plain[30:60], b"PK\x03\x04", b"Content_Types", b"K7F3")] == [False] * 4


def test_agile_encryption_is_with_a_key_all_of_which_is_random() -> None:
    package = packed({"[Content_Types].xml": bytes(range(256)) * 40}, zipfile.ZIP_STORED)
    keys = []
    for copy in (agile_encrypted(package, PASSPHRASE), agile_encrypted(package, PASSPHRASE)):
        opened = msoffcrypto.OfficeFile(BytesIO(copy))
        opened.load_key(password=PASSPHRASE, verify_password=True)
        info = opened.info
        assert (info["passwordKeyBits"], info["spinValue"], info["keyDataHashAlgorithm"]) == (256, 100_000, "SHA512")
        assert len({info["keyDataSalt"], info["passwordSalt"]}) == 2
        keys.append(opened.secret_key)
    assert [len(key) for key in keys] == [32, 32]
    assert keys[0][:16] != keys[1][:16]
    assert keys[0][16:] != keys[1][16:]  # the library's own encryption has the same sixteen bytes here each time


@pytest.mark.parametrize("size", [SMALLEST_BYTES, SMALLEST_BYTES + 1, 8191, 8192, 1_000_003, 7_300_000])
def test_agile_encryption_of_every_length_is_read_whole(size: int) -> None:
    package = packed({"x": b"\x00\xff" * (size // 2)}, zipfile.ZIP_STORED)
    package += b"\0" * max(0, size - len(package)) if size > SMALLEST_BYTES + 1 else b""
    assert decrypted(agile_encrypted(package, PASSPHRASE)) == package


def test_agile_encryption_of_less_than_its_container_holds_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="too short"):
        agile_encrypted(b"x" * (SMALLEST_BYTES - 1), PASSPHRASE)


def test_marked_office_of_a_tiny_document_is_filled_up_and_opens() -> None:
    types = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/d.xml" '
    types += b'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    tiny = packed(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="a" Type="' + office + b'" Target="d.xml"/></Relationships>',
            "d.xml": b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            b"<w:body/></w:document>",
        }
    )
    assert len(tiny) < 1_500
    copy = docx.Document(BytesIO(decrypted(marked_office(tiny, "docx", MARK, PASSPHRASE))))
    assert [p.text for p in copy.sections[0].header.paragraphs] == list(MARK.top())


BROKEN = "it is broken; save it again and try once more."


def test_check_office_refuses_what_cannot_be_marked_in_words() -> None:
    book = workbook()
    types = parts(book)["[Content_Types].xml"]
    sheet = parts(book)["xl/worksheets/sheet1.xml"]
    out = BytesIO(book)
    with zipfile.ZipFile(out, "a") as again, pytest.warns(UserWarning, match="Duplicate"):
        again.writestr("xl/workbook.xml", b"<x/>")
    twice = out.getvalue()

    def declaring(said: str) -> bytes:
        override = f'<Override PartName="/v" ContentType="{said}"/></Types>'.encode()
        return with_parts(book, **{"[Content_Types].xml": types.replace(b"</Types>", override)})

    cases = {
        b"": BROKEN,
        b"no package": BROKEN,
        book[: len(book) // 2]: BROKEN,
        marked_office(book, "xlsx", MARK, PASSPHRASE): (
            "it is encrypted already, or in the format of Office before 2007."
        ),
        with_parts(
            book, **{"[Content_Types].xml": types.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")}
        ): "it holds macros or other active parts, which a document for release must not.",
        declaring("application/vnd.ms-office.vbaProject"): (
            "it holds macros or other active parts, which a document for release must not."
        ),
        declaring("application/vnd.openxmlformats-package.digital-signature-origin"): (
            "it is digitally signed, and the mark would break the signature; upload it unsigned."
        ),
        with_parts(
            book, **{"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "b">]>' + sheet}
        ): "a part of it cannot be read: it has a document type.",
        with_parts(book, **{"xl/worksheets/sheet1.xml": sheet[:-9]}): (
            "a part of it cannot be read: it is not well-formed."
        ),
        with_parts(book, **{"xl/worksheets/sheet1.xml": sheet.decode().encode("utf-16")}): (
            "a part of it cannot be read: it is not in UTF-8."
        ),
        with_parts(book, **{"xl/worksheets/sheet1.xml": None}): "its part 'xl/worksheets/sheet1.xml' is missing.",
        with_parts(book, **{"[Content_Types].xml": None}): "its part '[Content_Types].xml' is missing.",
        with_parts(book, **{"_rels/.rels": None}): "it is no Office document; save it again and try once more.",
        MADE["docx"](): "it is not what .xlsx says it is.",
        packed(parts(book), zipfile.ZIP_BZIP2): "a part of it is packed in a way that such documents are not.",
        twice: "two parts of it have the same name.",
    }  # fmt: skip
    assert {
        refusal(data).removeprefix("The workbook cannot be accepted: ") == said for data, said in cases.items()
    } == {True}
    check_office(book, "xlsx")


def test_check_office_of_a_package_that_unpacks_to_too_much_is_refused() -> None:
    bomb = packed(parts(workbook()) | {"xl/worksheets/sheet1.xml": bytes(PART_LIMIT_BYTES + 1)})
    assert len(bomb) < PART_LIMIT_BYTES / 100
    assert refusal(bomb).endswith("one part of it unpacks to more than 128 MiB.")


def test_check_office_of_altered_bytes_is_accepted_or_refused_in_words() -> None:
    data = workbook()
    outcomes = set()
    for at in range(0, len(data), 97):
        altered = bytearray(data)
        altered[at] ^= 0x55
        try:
            check_office(bytes(altered), "xlsx")
            outcomes.add("accepted")
        except Malformed:
            outcomes.add("refused")
    assert outcomes == {"accepted", "refused"}


@given(
    st.text(st.sampled_from('&LCRK"x\n1𝔸 '), max_size=300),
    st.booleans(),
    st.text(max_size=400) | st.text("&x", max_size=300),
)
def test_header_of_a_workbook_never_outgrows_its_room_and_leads_to_the_opening(
    held: str, below: bool, name: str
) -> None:
    mark = replace(MARK, recipient_name=name)
    text = with_mark(held, mark.top(), mark.least(), below=below)
    assert len(text.encode("utf-16-le")) // 2 <= ROOM
    assert "K7F3-9QXM" in text
    assert "Confidential Statistics" in text
    if not held:
        assert text.replace("&&", "").count("&") == 3  # the section, the colour and the font, and no half of anything
