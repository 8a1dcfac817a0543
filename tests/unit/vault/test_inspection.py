"""Hostile and honest documents before the workshop: each is refused for what it is, or taken."""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from openpyxl import Workbook

from app.rules.errors import Code, Malformed
from app.vault.inspecting.kinds import OPEN_XML, Kind, Passing, announced_kind, check_beginning
from app.vault.inspecting.specimens import SPECIMENS, open_document, open_xml, open_xml_types, packed
from app.vault.workshop.tasks import Task
from tests.house.tree import ROOT
from tests.service import workshop
from tests.unit.documents.world import a_pdf
from tests.unit.vault.office_parts import (
    ACTING_ODF,
    ACTING_RELATIONS,
    ACTING_TYPES,
    HIDDEN,
    LATIN,
    LINKS_THAT_START,
    REACHING_FIELDS,
    REACHING_FORMULAS,
    declared,
    field,
    followed,
    link_used_by,
    linked,
    odf,
    related,
    sheet,
    word,
)
from tests.unit.vault.samples import MADE, parts, slides

MIB = 1024 * 1024
ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


def png(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def jpeg(width: int, height: int) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"note"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\0" * 9
    return b"\xff\xd8" + comment + frame + b"\xff\xd9"


def nested(depth: int) -> bytes:
    inner = packed({"figures.csv": "a,b\n"})
    for _ in range(depth - 1):
        inner = packed({"inner.zip": inner})
    return inner


def with_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("figures.csv")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def with_duplicates() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("A.csv", "2")
    return out.getvalue()


def overlapping() -> bytes:
    """Two names in the directory for the bytes of one entry, each declared truly."""
    whole = packed({"a.csv": "1,2\n" * 500})
    end = whole.rindex(b"PK\x05\x06")
    at = whole.rindex(b"PK\x01\x02")
    entry = whole[at:end]
    twin = entry.replace(b"a.csv", b"b.csv")
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(entry), at, 0)
    return whole[:end] + twin + tail


def lying(size: int) -> bytes:
    """An entry that declares fewer bytes than it unpacks to, in both of its headers."""
    whole = bytearray(packed({"a.csv": b"0" * 1000}))
    directory = whole.rindex(b"PK\x01\x02")
    for at in (22, directory + 24):
        whole[at : at + 4] = struct.pack("<I", size)
    return bytes(whole)


def many(count: int) -> bytes:
    return packed({f"{number}.csv": "" for number in range(count)})


def inspected(kind: Kind, data: bytes, *, marked: bool = True) -> None:
    workshop().do(Task.INSPECT, data, {"kind": kind.value, "page_limit": 10, "marked": marked})


HOSTILE = [
    ("macros in Word", Kind.DOCX, open_xml(Kind.DOCX, {"word/vbaProject.bin": b"x"}), Code.DOCUMENT_NOT_INERT),
    (
        "macros by type",
        Kind.XLSX,
        packed({"[Content_Types].xml": open_xml_types(Kind.XLSX).replace("main+xml", "macroEnabled.main+xml")}),
        Code.DOCUMENT_NOT_INERT,
    ),
    ("old macros", Kind.XLSX, open_xml(Kind.XLSX, {"xl/macrosheets/s.xml": "<a/>"}), Code.DOCUMENT_NOT_INERT),
    ("control", Kind.PPTX, open_xml(Kind.PPTX, {"ppt/activeX/activeX1.bin": b"x"}), Code.DOCUMENT_NOT_INERT),
    ("object", Kind.DOCX, open_xml(Kind.DOCX, {"word/embeddings/oleObject1.bin": b"x"}), Code.DOCUMENT_NOT_INERT),
    ("links", Kind.XLSX, open_xml(Kind.XLSX, {"xl/externalLinks/e1.xml": "<a/>"}), Code.DOCUMENT_NOT_INERT),
    (
        "template from outside",
        Kind.DOCX,
        open_xml(Kind.DOCX, linked("attachedTemplate", 'Target="http://x.example/t" TargetMode="External"')),
        Code.DOCUMENT_NOT_INERT,
    ),
    (
        "picture from outside, in disguise",
        Kind.DOCX,
        open_xml(Kind.DOCX, linked("image", 'Target="http://x.example/i" TargetMode="&#69;xternal"')),
        Code.DOCUMENT_NOT_INERT,
    ),
    ("DDE", Kind.DOCX, open_xml(Kind.DOCX, {"word/document.xml": "<w:instrText>DDEAUTO c:\\x</w:instrText>"}), "inert"),
    ("entities", Kind.XLSX, open_xml(Kind.XLSX, {"xl/workbook.xml": ENTITIES}), Code.DOCUMENT_NOT_INERT),
    ("entities in UTF-16", Kind.XLSX, open_xml(Kind.XLSX, {"a.xml": ENTITIES.encode("utf-16")}), "inert"),
    ("Basic", Kind.ODS, open_document(Kind.ODS, {"Basic/Standard/M.xml": "<a/>"}), Code.DOCUMENT_NOT_INERT),
    ("script", Kind.ODT, open_document(Kind.ODT, {"Scripts/python/m.py": "pass"}), Code.DOCUMENT_NOT_INERT),
    ("listener", Kind.ODT, open_document(Kind.ODT, {"styles.xml": "<s:event-listener/>"}), Code.DOCUMENT_NOT_INERT),
    ("ODF DDE", Kind.ODS, open_document(Kind.ODS, {"styles.xml": "<office:dde-source/>"}), Code.DOCUMENT_NOT_INERT),
    ("another kind inside", Kind.DOCX, SPECIMENS[Kind.XLSX](), Code.DOCUMENT_TYPE_DIFFERS),
    *[(f"field {number}", Kind.DOCX, word(body), "inert") for number, body in enumerate(REACHING_FIELDS)],
    *[(f"formula {each}", Kind.XLSX, sheet(each), "inert") for each in REACHING_FORMULAS],
    *[(f"relation {each}", Kind.XLSX, related(each), "inert") for each in ACTING_RELATIONS],
    *[(f"declared {each}", Kind.PPTX, declared(each), "inert") for each in ACTING_TYPES],
    *[(f"link to {each}", Kind.DOCX, open_xml(Kind.DOCX, followed(each)), "inert") for each in LINKS_THAT_START],
    *[(f"hidden {each[:4]!r}", Kind.XLSX, open_xml(Kind.XLSX, {"xl/a.dat": each}), "inert") for each in HIDDEN],
    *[(f"ODF {each[:40]}", Kind.ODS, odf(each), "inert") for each in ACTING_ODF],
    (
        "link outside without saying so",
        Kind.DOCX,
        open_xml(Kind.DOCX, linked("image", 'Target="http://x.example/"')),
        "inert",
    ),
    ("link that is no link", Kind.DOCX, link_used_by("a:blip r:embed"), "inert"),
    (
        "picture drawn the old way",
        Kind.XLSX,
        open_xml(Kind.XLSX, {"xl/d.vml": '<v:imagedata src="\\\\x.example\\i"/>'}),
        "inert",
    ),
    (
        "button",
        Kind.PPTX,
        open_xml(Kind.PPTX, {"ppt/slides/s.xml": '<a:hlinkClick action="ppaction://program"/>'}),
        "inert",
    ),
    ("other letters", Kind.XLSX, open_xml(Kind.XLSX, {"xl/a.xml": LATIN}), "inert"),
    ("other letters, no ending", Kind.XLSX, open_xml(Kind.XLSX, {"xl/a.dat": "<a/>".encode("utf-16-be")}), "inert"),
    ("Power Query", Kind.XLSX, open_xml(Kind.XLSX, {"customXml/item1.xml": "<DataMashup/>".encode("utf-16")}), "inert"),
    ("merge", Kind.DOCX, open_xml(Kind.DOCX, {"word/settings.xml": "<w:mailMerge/>"}), "inert"),
    ("pieces", Kind.XLSX, open_xml(Kind.XLSX, {"xl/a.xml/[0].piece": "<a/>"}), Code.DOCUMENT_UNREADABLE),
    ("damaged part", Kind.XLSX, open_xml(Kind.XLSX, {"xl/a.xml": "<a><b></a>"}), Code.DOCUMENT_UNREADABLE),
    ("nested elements", Kind.XLSX, open_xml(Kind.XLSX, {"xl/a.xml": "<a>" * 600 + "</a>" * 600}), "complex"),
    ("no Office document", Kind.XLSX, packed({"a.csv": "1"}), Code.DOCUMENT_UNREADABLE),
    ("ODS as ODT", Kind.ODT, SPECIMENS[Kind.ODS](), Code.DOCUMENT_TYPE_DIFFERS),
    ("mimetype not first", Kind.ODT, packed({"content.xml": "<a/>", "mimetype": "x"}), Code.DOCUMENT_TYPE_DIFFERS),
    ("slip", Kind.ZIP, packed({"../../etc/cron.d/x.csv": "1"}), Code.DOCUMENT_NOT_INERT),
    ("slip by root", Kind.ZIP, packed({"/etc/x.csv": "1"}), Code.DOCUMENT_NOT_INERT),
    ("slip by drive", Kind.ZIP, packed({"C:/x.csv": "1"}), Code.DOCUMENT_NOT_INERT),
    ("slip by backslash", Kind.ZIP, packed({"..\\x.csv": "1"}), Code.DOCUMENT_NOT_INERT),
    ("link", Kind.ZIP, with_link(), Code.DOCUMENT_NOT_INERT),
    ("duplicates", Kind.ZIP, with_duplicates(), Code.DOCUMENT_NOT_INERT),
    ("overlap", Kind.ZIP, overlapping(), Code.DOCUMENT_NOT_INERT),
    ("program inside", Kind.ZIP, packed({"a.exe": "MZ"}), Code.DOCUMENT_NOT_INERT),
    ("macros inside", Kind.ZIP, packed({"a/b.xlsm": SPECIMENS[Kind.XLSX]()}), Code.DOCUMENT_NOT_INERT),
    ("nested 4", Kind.ZIP, nested(4), Code.DOCUMENT_TOO_COMPLEX),
    ("nested 20", Kind.ZIP, nested(20), Code.DOCUMENT_TOO_COMPLEX),
    ("bomb", Kind.ZIP, packed({"a.csv": b"0" * (64 * MIB)}), Code.DOCUMENT_TOO_COMPLEX),
    ("bomb in Excel", Kind.XLSX, open_xml(Kind.XLSX, {"a.xml": b" " * (64 * MIB)}), Code.DOCUMENT_TOO_COMPLEX),
    ("bomb in a bomb", Kind.ZIP, packed({"a.zip": packed({"a.csv": b"0" * (32 * MIB)})}), Code.DOCUMENT_TOO_COMPLEX),
    ("many parts", Kind.ZIP, many(5001), Code.DOCUMENT_TOO_COMPLEX),
    ("lying length", Kind.ZIP, lying(10), Code.DOCUMENT_UNREADABLE),
    ("longer than it is", Kind.ZIP, lying(2000), Code.DOCUMENT_UNREADABLE),
    ("cut", Kind.XLSX, SPECIMENS[Kind.XLSX]()[:-30], Code.DOCUMENT_UNREADABLE),
    ("pixels", Kind.PNG, png(50_000, 50_000), Code.DOCUMENT_TOO_COMPLEX),
    ("more pixels", Kind.JPEG, jpeg(65_000, 65_000), Code.DOCUMENT_TOO_COMPLEX),
    ("no picture", Kind.PNG, png(1, 1)[:20], Code.DOCUMENT_UNREADABLE),
]


@pytest.mark.parametrize(("kind", "data", "code"), [pytest.param(*case[1:], id=case[0]) for case in HOSTILE])
def test_hostile_document_is_refused_for_what_it_is_within_its_memory(
    kind: Kind, data: bytes, code: Code | str
) -> None:
    expected = {"inert": Code.DOCUMENT_NOT_INERT, "complex": Code.DOCUMENT_TOO_COMPLEX}.get(str(code), code)
    with pytest.raises(Malformed) as caught:
        inspected(kind, data)
    assert (caught.value.code, bool(caught.value.detail)) == (expected, True)


def test_hostile_documents_take_less_memory_than_the_target() -> None:
    program = (
        "from pathlib import Path\n"
        "from app.vault.workshop.child import answer\n"
        "from app.vault.workshop.table import warm_up\n"
        "from app.vault.workshop.tasks import Task\n"
        "from tests.unit.vault.test_inspection import HOSTILE\n"
        "warm_up()\n"
        "for _, kind, data, _ in HOSTILE:\n"
        "    said = answer(Task.INSPECT, data, {'kind': kind.value, 'page_limit': 10, 'marked': True})\n"
        "    assert 'code' in said.header, kind\n"
        "(most,) = [line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM')]\n"
        "print(most.split()[1])\n"
    )  # one process for all of them, as what a child's memory is reckoned from begins at that of whoever starts it
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert int(done.stdout) * 1024 < 256 * MIB, done.stderr


def a_workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in range(2000):
        book.active.append([f"Region {row}", row, row * 1.5])
    book.active["A1"].hyperlink = "https://www.example.org/"
    book.save(out)
    return out.getvalue()


def with_formula(formula: str) -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active["A1"] = formula
    book.save(out)
    return out.getvalue()


HONEST_FIELDS = (
    field('HYPERLINK "https://www.example.org/a" \\o "Tip: more"'),
    field('HYPERLINK \\l "_Toc1"'),
    field("PAGE \\* MERGEFORMAT", result="DDE"),
    field(' TOC \\o "1-3" \\h', result=field("PAGEREF _Toc1", result="3")),
    field("IF ", field("PAGE", result="1"), ' > 1 "DDE"'),
    field("SEQ Table", result="1"),
    '<w:fldSimple w:instr=" NUMPAGES "/>',
    "<w:t>DDEAUTO is named in the text</w:t>",
)
HOUSE_TEMPLATE = 'Target="file:///C:\\Templates\\House.dotx" TargetMode="External"'
HONEST_FORMULAS = (
    '="WEBSERVICE("&A2',
    "=SUM(B1:B9)",
    '=HYPERLINK("https://www.example.org/","All data")',
    "=A2|1",
    "='Register (2)'!B4",
    "=SUM('Image (2)'!B4:B9)",
)
HONEST_ODF = (
    '<m:template x:href="file:///C:/Users/a/t.ott"/>',
    '<c:condition c:value="&gt;5"/>',
    '<t:content-validation t:condition="of:cell-content-is-decimal-number()"/>',
    '<t:a x:href="https://www.example.org/"/>',
    '<d:image x:href="Pictures/1.png"/>',
    '<d:object x:href="./Object 1"/>',
    '<m:template x:href="../../template.ott"/>',
    '<t:c t:formula="of:=SUM([.A1:.A9])"/>',
)


def charted() -> bytes:
    return packed({**parts(slides()), "ppt/embeddings/Microsoft_Excel_Sheet.xlsx": a_workbook()})


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        *[pytest.param(kind, made(), id=kind.name) for kind, made in SPECIMENS.items() if kind not in OPEN_XML],
        *[pytest.param(Kind[name.upper()], made(), id=name) for name, made in MADE.items()],
        pytest.param(Kind.XLSX, a_workbook(), id="a real workbook with a link to follow"),
        pytest.param(Kind.PPTX, charted(), id="chart's workbook"),
        pytest.param(Kind.ZIP, nested(3), id="nested 3"),
        pytest.param(Kind.ZIP, packed({"a/b.pdf": a_pdf(), "c.bin": os.urandom(64)}), id="archive"),
        pytest.param(Kind.PDF, a_pdf(), id="PDF"),
        pytest.param(Kind.PNG, png(10_000, 10_000), id="PNG"),
        pytest.param(Kind.JPEG, jpeg(4000, 3000), id="JPEG"),
    ],
)
def test_honest_document_is_taken(kind: Kind, data: bytes) -> None:
    inspected(kind, data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        *[pytest.param(Kind.DOCX, word(body), id=f"field {number}") for number, body in enumerate(HONEST_FIELDS)],
        *[pytest.param(Kind.XLSX, with_formula(each), id=each) for each in HONEST_FORMULAS],
        *[pytest.param(Kind.ODS, odf(each), id=each) for each in HONEST_ODF],
        pytest.param(
            Kind.ODS, open_document(Kind.ODS, {"Configurations2/accelerator/current.xml": ""}), id="empty part"
        ),
        pytest.param(
            Kind.DOCX, open_xml(Kind.DOCX, followed("mailto:statistics@example.org")), id="address to write to"
        ),
        pytest.param(Kind.DOCX, open_xml(Kind.DOCX, linked("attachedTemplate", HOUSE_TEMPLATE)), id="house template"),
        pytest.param(Kind.XLSX, open_xml(Kind.XLSX, {"xl/p.bin": b"P\0r\0i\0n\0"}), id="printer settings"),
    ],
)
def test_honest_part_beside_the_least_a_document_has_is_taken(kind: Kind, data: bytes) -> None:
    inspected(kind, data, marked=False)


@pytest.mark.parametrize(
    ("file_name", "media_type", "code"),
    [
        ("a.csv", "application/pdf", Code.DOCUMENT_TYPE_DIFFERS),
        ("a.pdf", "text/csv", Code.DOCUMENT_TYPE_DIFFERS),
        ("a.bin", "application/pdf", Code.DOCUMENT_TYPE_DIFFERS),
        ("a.xlsx", "application/vnd.ms-excel", None),
        ("a.docm", "application/octet-stream", Code.DOCUMENT_NOT_INERT),
        ("a.xls", "application/vnd.ms-excel", Code.DOCUMENT_NOT_INERT),
        ("a.EXE", "application/octet-stream", Code.DOCUMENT_NOT_INERT),
        ("a.html", "text/html", Code.DOCUMENT_NOT_INERT),
    ],
)
def test_name_and_media_type_that_differ_are_refused(file_name: str, media_type: str, code: Code | None) -> None:
    with pytest.raises(Malformed) as caught:
        announced_kind(file_name, media_type)
    assert caught.value.code is (code or Code.DOCUMENT_TYPE_DIFFERS)


@pytest.mark.parametrize(
    ("file_name", "media_type", "kind"),
    [
        ("a.csv", "text/csv", Kind.CSV),
        ("a.CSV", "application/vnd.ms-excel", Kind.CSV),
        ("a.pdf", "application/octet-stream", Kind.PDF),
        ("a.dta", "application/x-stata", Kind.OTHER),
        ("a.jpeg", "IMAGE/JPEG", Kind.JPEG),
    ],
)
def test_name_and_media_type_that_agree_say_the_kind(file_name: str, media_type: str, kind: Kind) -> None:
    assert announced_kind(file_name, media_type) is kind


@pytest.mark.parametrize(
    ("kind", "head", "told"),
    [
        (Kind.CSV, b"%PDF-1.7\n", "a CSV table and looks like a PDF"),
        (Kind.PDF, b"PK\x03\x04", "a PDF and looks like a ZIP archive or an Office document"),
        (Kind.XLSX, b"a,b\n", "an Excel workbook and does not look like one"),
        (Kind.XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "looks like an Office document of before 2007"),
        (Kind.OTHER, b"\x7fELF\x02", "looks like a program"),
        (Kind.OTHER, b"MZ\x90\0...This program cannot be run", "looks like a program"),
        (Kind.TEXT, b"\xef\xbb\xbf <!DOCTYPE html>", "plain text and looks like a web page"),
        (Kind.TEXT, b"#!/bin/sh", "plain text and looks like a script"),
    ],
)
def test_beginning_of_another_kind_is_told(kind: Kind, head: bytes, told: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_beginning(kind, head)
    assert (caught.value.code, told in caught.value.detail) == (Code.DOCUMENT_TYPE_DIFFERS, True)


@pytest.mark.parametrize(
    ("pieces", "taken"),
    [
        ([b"Caf\xc3", b"\xa9,1\n"], True),
        ([b"Caf\xe9,1\n", b"\x80,2\n"], True),
        ([b"Caf\xc3"], True),
        ([b"a\0b"], False),
        (["a,b\n".encode("utf-16")], False),
        ([b"Caf\xe9", b"\x81"], False),
    ],
)
def test_text_is_utf_8_or_windows_1252_to_its_end(pieces: list[bytes], taken: bool) -> None:
    passing = Passing(Kind.CSV)
    try:
        for piece in pieces:
            passing.look(piece)
        passing.look(b"", last=True)
        found = True
    except Malformed as error:
        found = error.code is not Code.DOCUMENT_TYPE_DIFFERS
    assert found is taken
