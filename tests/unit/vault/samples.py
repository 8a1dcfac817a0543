"""Office and OpenDocument files as other people's libraries write them, with what can get in a mark's way."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO

import docx
import openpyxl
import pptx
from docx.enum.section import WD_SECTION
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment

from app.vault.copies.marks import Mark

MARK = Mark(
    recipient_name="Siân Example",
    post="Permanent Secretary",
    organisation="Department of Examples & Others",
    restricted_until_text="publication, set for 09:30 on 20 July 2016",
    opening_number="K7F3-9QXM",
    warning_text="Do not pass these <figures> on, or hint at them.",
    label="Confidential Statistics",
    accompanying=("These are “Confidential Statistics”.",),
    binding=("(a) Tell nobody.", "(b) Tell the producer of an accident."),
)
PASSPHRASE = "tabon-rivek-mulid-sofan-bador-limen"
PROPERTIES = {
    "OpeningNumber": "K7F3-9QXM",
    "Marking": "Confidential Statistics until publication, set for 09:30 on 20 July 2016",
    "CopyFor": "Siân Example, Permanent Secretary, Department of Examples & Others",
    "Accompanying": "These are “Confidential Statistics”.",
    "Warning": "Do not pass these <figures> on, or hint at them.",
    "BindingYou": "(a) Tell nobody. (b) Tell the producer of an accident.",
}


@cache
def workbook() -> bytes:
    """A workbook with a chart, a comment, headers of its own, a hidden sheet and a chart sheet."""
    book = openpyxl.Workbook()
    figures = book.active
    assert figures is not None
    figures.title = "Figures"
    for number in range(1, 60):
        figures.append([f"Region {number}", number * 7, number * 3])
    figures["B1"] = "=SUM(B2:B59)"
    figures["A1"].comment = Comment("Provisional", "A statistician")
    chart = BarChart()
    chart.add_data(Reference(figures, min_col=2, max_col=3, min_row=2, max_row=10))
    figures.add_chart(chart, "E2")
    headed = book.create_sheet("Headed")
    headed["A1"] = "x"
    headed.oddHeader.center.text = "Own & header"
    headed.oddFooter.right.text = "&P of &N"
    headed.HeaderFooter.differentFirst = True
    headed.firstHeader.left.text = "First"
    hidden = book.create_sheet("Hidden")
    hidden["A1"] = "secret"
    hidden.sheet_state = "hidden"
    alone = BarChart()
    alone.add_data(Reference(figures, min_col=2, max_col=3, min_row=2, max_row=10))
    book.create_chartsheet("Chart").add_chart(alone)
    return _saved(book.save)


@cache
def letter() -> bytes:
    """A Word document of two sections: a header of its own in the second, other first and even pages, six pages."""
    document = docx.Document()
    document.add_paragraph("first section")
    document.add_page_break()
    document.add_paragraph("its second page")
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.different_first_page_header_footer = True
    section.header.is_linked_to_previous = False
    section.header.paragraphs[0].text = "a header of its own"
    for number in range(4):
        document.add_paragraph(f"second section, page {number}")
        document.add_page_break()
    document.settings.odd_and_even_pages_header_footer = True
    document.core_properties.title = "Bulletin"
    return _saved(document.save)


@cache
def slides() -> bytes:
    """A presentation of three slides; the second is hidden, and the third hides what its master shows."""
    shown = pptx.Presentation()
    for number in (0, 1, 6):
        slide = shown.slides.add_slide(shown.slide_layouts[number])
        if slide.shapes.title is not None:
            slide.shapes.title.text = f"slide {number}"
    shown.slides[1]._element.set("show", "0")
    shown.slides[2]._element.set("showMasterSp", "0")
    return _saved(shown.save)


MADE: Mapping[str, Callable[[], bytes]] = {"docx": letter, "xlsx": workbook, "pptx": slides}


def parts(package: bytes) -> dict[str, bytes]:
    """Give the parts of a package, in their order."""
    with zipfile.ZipFile(BytesIO(package)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(content: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a package of parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in content.items():
            made.writestr(name, data)
    return out.getvalue()


def _saved(save: Callable[[BytesIO], object]) -> bytes:
    out = BytesIO()
    save(out)
    return out.getvalue()
