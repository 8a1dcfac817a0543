"""A report as DOCX: Word's own headings, so that its outline and a screen reader find them; the annex as a table."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from app.rules.reportpages import Chapter, Exhibit, Pages

_BLACK, _GREY, _WAITING = RGBColor(0x0B, 0x0C, 0x0C), RGBColor(0x50, 0x5A, 0x5F), "FFF7E0"
_FONT = "Arial"
_COLUMNS = (("No.", 11), ("UK time", 42), ("What happened", 64), ("Entry of the log", 43))


def docx_bytes(pages: Pages) -> bytes:
    """Write a report.

    Args:
        pages: Clean text: no control characters.
    """
    document = Document()
    _page(document, pages)
    _styles(document)
    document.add_paragraph(pages.title, style="Title")
    for line in pages.standing:
        document.add_paragraph().add_run(line).bold = True
    document.add_paragraph(pages.opening_words)
    for chapter in pages.chapters:
        _chapter(document, chapter)
    if pages.annex:
        _annex(document, pages.annex)
    _properties(document, pages)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Any, pages: Pages) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin, section.bottom_margin = Mm(27), Mm(24)
    section.header.paragraphs[0].text = pages.running
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    foot.add_run("Page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _styles(document: Any) -> None:
    sizes = {"Normal": 11, "Title": 20, "Heading 1": 15, "Heading 2": 11.5, "Header": 9, "Footer": 9}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        style.font.bold = True if name == "Title" else style.font.bold
        style.font.color.rgb = _GREY if size == sizes["Header"] else _BLACK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for of_the_theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # else the theme's font wins
            fonts.attrib.pop(qn(f"w:{of_the_theme}"), None)
    for name, before in (("Heading 1", 16), ("Heading 2", 10)):
        spacing = document.styles[name].paragraph_format
        spacing.space_before, spacing.space_after, spacing.keep_with_next = Pt(before), Pt(4), True
    border = document.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:
        document.styles["Title"].element.pPr.remove(border)
    language = document.styles.element.find(f".//{qn('w:lang')}")
    language.set(qn("w:val"), "en-GB")


def _chapter(document: Any, chapter: Chapter) -> None:
    document.add_paragraph(chapter.heading, style="Heading 1")
    for asked in chapter.asked:
        document.add_paragraph(asked.question, style="Heading 2")
        for one in asked.passages:
            paragraph = document.add_paragraph()
            paragraph.add_run(one.text).italic = one.waiting
            if one.waiting:
                paragraph._p.get_or_add_pPr().append(_shade())  # noqa: SLF001  # untyped: the library has no other way


def _annex(document: Any, annex: tuple[Exhibit, ...]) -> None:
    heading = document.add_paragraph("Annex. The account from the log", style="Heading 1")
    heading.paragraph_format.page_break_before = True
    document.add_paragraph(
        "Every time is UK time. The number of an entry leads to its receipt, which anyone can check."
    )
    table = document.add_table(rows=1, cols=len(_COLUMNS), style="Table Grid")
    table.autofit = False
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001  # untyped: the library has no other way
    rows = [[str(e.number), e.uk_time, e.text, e.entry_id] for e in annex]
    for row in rows:
        cells = table.add_row().cells
        for cell, text, (_, width) in zip(cells, row, _COLUMNS, strict=True):
            _write(cell, text, width, bold=False)
    for cell, (words, width) in zip(table.rows[0].cells, _COLUMNS, strict=True):
        _write(cell, words, width, bold=True)
    for column, (_, width) in zip(table.columns, _COLUMNS, strict=True):
        column.width = Mm(width)


def _write(cell: Any, text: str, width: int, *, bold: bool) -> None:
    cell.width = Mm(width)
    run = cell.paragraphs[0].add_run(text)
    run.font.size, run.bold = Pt(8.5), bold


def _properties(document: Any, pages: Pages) -> None:
    """Say whose paper it is, and none of what the library's own template says of itself."""
    own = document.core_properties
    own.title, own.author, own.last_modified_by = pages.title, "Pre-release access service", ""
    own.language, own.comments, own.subject, own.keywords = "en-GB", "", pages.running, ""
    own.created = own.modified = pages.made_at.replace(tzinfo=None, microsecond=0)  # the format has UTC without a zone
    own.revision = 1


def _field(paragraph: Any, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001  # untyped: the library has no other way to write a field


def _shade() -> Any:
    shade = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", _WAITING)):
        shade.set(qn(name), value)
    return shade
