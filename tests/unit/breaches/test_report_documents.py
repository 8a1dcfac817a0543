"""A report as ODT, DOCX and PDF, read back by other people's programs: nothing lost, nothing run, nothing hidden."""

from __future__ import annotations

import io
import re
import subprocess
import unicodedata
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pytest
from docx import Document

from app.outside.report_pdf import SHOWN
from app.outside.report_writing import write_report
from app.rules.facts import london_text
from app.rules.reportpages import Asked, Chapter, Pages, Passage, pages_of
from app.rules.reports import draft_report
from tests.build import a_release
from tests.libreoffice import Job, LibreOffice
from tests.libreoffice import pages_of as printed
from tests.needs import need_program
from tests.unit.breaches.facts import report_facts
from tests.unit.breaches.test_reports import MOVED

MARKUP = (
    '#import "@preview/x:0.1.0" *bold* _it_ <script>alert(1)</script> $x$ `raw` // note @ref =1+1 \\u{41} &amp; {{x}}'
)
HOSTILE = f"{MARKUP} 'quoted' ]] ) #panic() end"
REPORT = draft_report(report_facts(MOVED, producer_name=HOSTILE), "2009")
PAGES = pages_of(REPORT)
FOOT, HEAD = (re.escape("".join(text.split())) for text in (london_text(PAGES.made_at), PAGES.running))
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def plain(text: str) -> str:
    """Text without its line ends and without the invisible places where a long word may break."""
    return " ".join(text.replace("\u200b", "").split())


def in_pdf(content: bytes, folder: Path) -> str:
    (folder / "report.pdf").write_bytes(content)
    return plain(" ".join(printed(folder / "report.pdf")))


def one_answer(*texts: str) -> Pages:
    passages = tuple(Passage(text, waiting=False) for text in texts)
    return Pages(
        "A title", (), "Running", "Opening.", (Chapter("1. One", (Asked("Q", passages),)),), (), REPORT.drafted_at
    )


def every_text(pages: Pages) -> list[str]:
    asked = [asked for chapter in pages.chapters for asked in chapter.asked]
    annex = [text for one in pages.annex for text in (one.uk_time, one.text, one.entry_id)]
    return [
        pages.title,
        *pages.standing,
        pages.opening_words,
        *(chapter.heading for chapter in pages.chapters),
        *(text for one in asked for text in (one.question, *(passage.text for passage in one.passages))),
        *annex,
    ]


def test_every_word_of_a_report_is_in_its_odt_docx_and_pdf_as_other_programs_read_them(
    libreoffice: LibreOffice, tmp_path: Path
) -> None:
    found = {"pdf": in_pdf(write_report(PAGES, kind="pdf"), tmp_path)}
    jobs = []
    for kind in ("odt", "docx"):
        path = tmp_path / f"report.{kind}"
        path.write_bytes(write_report(PAGES, kind=kind))
        jobs.append(Job(path, pdf=tmp_path / f"{kind}.pdf"))
    assert [one.get("error") for one in libreoffice.open_all(*jobs)] == [None, None]
    for kind in ("odt", "docx"):
        found[kind] = plain(" ".join(printed(tmp_path / f"{kind}.pdf")))
    for kind, text in found.items():
        # A line may break in a long word, and a page in a paragraph: what is compared is letters and signs, in order.
        between = f"({FOOT})?Page[0-9]+of[0-9]+({HEAD})?"
        run = re.sub(between, "", "".join(text.split()))
        missing = [one for one in every_text(PAGES) if "".join(one.split()) not in run]
        assert (kind, missing) == (kind, [])
        assert "".join(HOSTILE.split()) in run
        assert "Page 1 of" in text


def test_pdf_report_is_tagged_titled_for_keeping_and_runs_nothing(tmp_path: Path) -> None:
    content = write_report(PAGES, kind="pdf")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        told = pdf.open_metadata()
        assert (told["pdfaid:part"], told["pdfaid:conformance"], told["pdfuaid:part"]) == ("2", "A", "1")
        assert (told["dc:title"], str(pdf.Root.Lang)) == (PAGES.title, "en-GB")
        assert pdf.Root.MarkInfo.Marked
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert [name for name in ("/OpenAction", "/AA", "/AcroForm") if name in pdf.Root] == []
    (tmp_path / "report.pdf").write_bytes(content)
    fonts = subprocess.run(
        [need_program("pdffonts"), tmp_path / "report.pdf"], capture_output=True, check=True, text=True, timeout=60
    ).stdout.splitlines()[2:]
    assert fonts
    assert [line for line in fonts if line.split()[-5] != "yes"] == []


def test_one_report_is_one_file_wherever_it_is_made() -> None:
    assert write_report(PAGES, kind="pdf") == write_report(PAGES, kind="pdf")


def test_documents_hold_no_link_no_field_that_asks_and_no_name_of_the_library() -> None:
    with zipfile.ZipFile(io.BytesIO(write_report(PAGES, kind="docx"))) as docx:
        parts = {name: docx.read(name).decode() for name in docx.namelist() if name.endswith(("xml", "rels"))}
    external = [name for name, text in parts.items() if 'TargetMode="External"' in text]
    nodes = [node for text in parts.values() for node in ElementTree.fromstring(text).iter(f"{WORD}fldSimple")]
    fields = sorted({node.attrib[f"{WORD}instr"] for node in nodes})
    assert (external, fields) == ([], ["NUMPAGES", "PAGE"])
    assert "python-docx" not in parts["docProps/core.xml"]
    document = Document(io.BytesIO(write_report(PAGES, kind="docx")))
    assert (document.core_properties.author, document.core_properties.title) == (
        "Pre-release access service",
        PAGES.title,
    )
    headings = [p.style.name for p in document.paragraphs if p.style.name.startswith(("Title", "Heading"))]
    assert (headings[0], headings.count("Title"), headings.count("Heading 1")) == ("Title", 1, 7)
    with zipfile.ZipFile(io.BytesIO(write_report(PAGES, kind="odt"))) as odt:
        assert (odt.namelist()[0], odt.read("mimetype")) == ("mimetype", b"application/vnd.oasis.opendocument.text")
        body = odt.read("content.xml").decode()
    assert [sign for sign in ("xlink:href", "<script", "office:event-listener") if sign in body] == []


@pytest.mark.parametrize("kind", ["odt", "docx", "pdf"])
def test_control_and_turning_characters_are_left_out_of_every_format(
    kind: str, libreoffice: LibreOffice, tmp_path: Path
) -> None:
    spoilt = "one\x00\x07\x1b two\u202e\u2066 three\ufeff\ufffe\ud800 four\tfive\nsix"
    content = write_report(one_answer(spoilt), kind=kind)  # type: ignore[arg-type]  # narrowing: the list above
    path = tmp_path / f"report.{kind}"
    path.write_bytes(content)
    if kind != "pdf":
        libreoffice.open_all(Job(path, pdf=tmp_path / "printed.pdf"))
        path = tmp_path / "printed.pdf"
    assert "one two three four five six" in plain(" ".join(printed(path)))


def test_pdf_names_what_its_fonts_cannot_show_and_sets_what_runs_from_right_to_left(tmp_path: Path) -> None:
    text = in_pdf(
        write_report(one_answer("A \U0001f600 and 文.", "مرحبا", "שלום", "Ynys Môn: ŵ, ŷ"), kind="pdf"), tmp_path
    )
    assert "A [U+1F600 grinning face] and [U+6587 cjk unified ideograph-6587]." in text
    assert "Ynys Môn: ŵ, ŷ" in text
    letters = {unicodedata.normalize("NFKC", letter) for letter in text}
    assert set("مرحباשלום") - letters == set()


def test_pdf_sets_every_character_that_its_fonts_are_said_to_show(tmp_path: Path) -> None:
    characters = [
        chr(point)
        for first, last in SHOWN
        for point in range(first, last + 1)
        if unicodedata.category(chr(point)) not in ("Cc", "Cn", "Co", "Cs")
    ]
    assert len(characters) > 2500
    lines = [f"a {' '.join(characters[at : at + 64])} a" for at in range(0, len(characters), 64)]
    assert write_report(one_answer(*lines), kind="pdf").startswith(b"%PDF-")


@pytest.mark.parametrize("kind", ["odt", "docx", "pdf"])
def test_word_longer_than_a_line_stays_on_the_page(kind: str, libreoffice: LibreOffice, tmp_path: Path) -> None:
    word = "".join(chr(ord("a") + number % 26) for number in range(600))
    path = tmp_path / f"report.{kind}"
    path.write_bytes(write_report(one_answer(word), kind=kind))  # type: ignore[arg-type]  # narrowing: the list above
    if kind != "pdf":
        libreoffice.open_all(Job(path, pdf=tmp_path / "printed.pdf"))
        path = tmp_path / "printed.pdf"
    boxes = subprocess.run(
        [need_program("pdftotext"), "-bbox", path, "-"], capture_output=True, check=True, text=True, timeout=60
    ).stdout
    words = [node.attrib for node in ElementTree.fromstring(boxes).iter("{http://www.w3.org/1999/xhtml}word")]
    assert len(words) > 10
    assert [one for one in words if float(one["xMax"]) > 595 - 40] == []
    assert word in "".join(" ".join(printed(path)).replace("\u200b", "").split())


def test_long_report_repeats_the_heading_of_its_annex_on_every_page(tmp_path: Path) -> None:
    many = tuple(
        PAGES.annex[index % 3].__class__(index + 1, "Monday", "Something happened.", f"ent_{index:024}")
        for index in range(200)
    )
    long = Pages("T", ("Draft.",), "Running", "O.", (), many, REPORT.drafted_at)
    (tmp_path / "long.pdf").write_bytes(write_report(long, kind="pdf"))
    with_rows = [page for page in printed(tmp_path / "long.pdf") if "Something happened." in page]
    assert len(with_rows) > 4
    assert [page for page in with_rows if "What happened" not in page] == []


def test_pages_number_the_exhibits_and_mark_what_waits_for_a_person() -> None:
    pages = pages_of(draft_report(report_facts(MOVED, release=a_release(title="Rain")), "2009"))
    asked = {one.question: one.passages for chapter in pages.chapters for one in chapter.asked}
    nature = [passage.text for passage in asked["Nature of breach, including links with previous breaches"]]
    assert [text[-11:] for text in nature if "[exhibit" in text] == ["[exhibit 1]", "[exhibit 2]", "[exhibit 3]"]
    assert [text for text in nature if "[ent_" in text] == []
    assert [len(asked["Exhibits"]), asked["Exhibits"][0].waiting] == [1, False]
    assert [passage.waiting for passage in asked["Links"]] == [True]
    assert [(one.number, one.entry_id) for one in pages.annex] == [(1, "ent_a"), (2, "ent_b"), (3, "ent_c")]
