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


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = " ".join(
    f'xmlns:{name}="{_ODF}:{space}:1.0"'
    for name, space in (
        *(("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"), ("draw", "drawing")),
        *(("fo", "xsl-fo-compatible"), ("svg", "svg-compatible"), ("presentation", "presentation")),
        *(("meta", "meta"), ("manifest", "manifest")),
    )
)
_LAYOUTS = (
    '<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm"/>'
    '<style:header-style><style:header-footer-properties svg:height="0.5cm"/></style:header-style>'
    "<style:footer-style/></style:page-layout>"
)
_META = (
    f'<office:document-meta {_SPACES} office:version="1.3"><office:meta>'
    '<meta:user-defined meta:name="openingnumber">2222-2222</meta:user-defined>'
    '<meta:user-defined meta:name="Unit">Prices</meta:user-defined></office:meta></office:document-meta>'
)


def _open_document(kind: str, body: str, masters: str, layouts: str = _LAYOUTS, own_styles: str = "") -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    picture = "Thumbnails/thumbnail.png"
    named = {
        "/": mimetype,
        picture: "image/png",
        **dict.fromkeys(("content.xml", "styles.xml", "meta.xml"), "text/xml"),
    }
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{said}"/>'
        for name, said in named.items()
    )
    parts = {
        "mimetype": mimetype,
        "content.xml": f'<office:document-content {_SPACES} office:version="1.3"><office:automatic-styles>{own_styles}'
        f"</office:automatic-styles><office:body>{body}</office:body></office:document-content>",
        "styles.xml": f'<office:document-styles {_SPACES} office:version="1.3"><office:automatic-styles>{layouts}'
        f"</office:automatic-styles><office:master-styles>{masters}</office:master-styles></office:document-styles>",
        "meta.xml": _META,
        picture: "not a picture",
        "META-INF/manifest.xml": f'<manifest:manifest {_SPACES} manifest:version="1.3">{listed}</manifest:manifest>',
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in parts.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            made.writestr(zipfile.ZipInfo(name, (2016, 7, 19, 9, 30, 0)), content, how)
    return out.getvalue()


@cache
def open_text() -> bytes:
    """An OpenDocument text of two pages: a low header of its own, another on left pages, and no footer."""
    masters = (
        '<style:master-page style:name="Standard" style:page-layout-name="L"><style:header><text:p>a header of its own'
        "</text:p></style:header><style:header-left><text:p>left</text:p></style:header-left></style:master-page>"
    )
    own = (
        '<style:style style:name="P" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/>'
        "</style:style>"
    )
    body = '<office:text><text:p>one</text:p><text:p text:style-name="P">two</text:p></office:text>'
    return _open_document("text", body, masters, own_styles=own)


@cache
def open_sheets() -> bytes:
    """An OpenDocument spreadsheet: one sheet whose header is switched off, and one that names no page style."""
    masters = (
        '<style:master-page style:name="Off" style:page-layout-name="L"><style:header style:display="false"><text:p>'
        'unseen before</text:p></style:header><style:header-left style:display="false"/><style:footer>'
        "<style:region-left><text:p>own</text:p></style:region-left></style:footer></style:master-page>"
    )
    own = '<style:style style:name="T" style:family="table" style:master-page-name="Off"/>'
    cell = '<table:table-row><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    body = (
        f'<office:spreadsheet><table:table table:name="A" table:style-name="T">{cell}</table:table-row></table:table>'
        f'<table:table table:name="B">{cell}</table:table-row></table:table></office:spreadsheet>'
    )
    return _open_document("spreadsheet", body, masters, own_styles=own)


@cache
def open_slides() -> bytes:
    """An OpenDocument presentation of two slides, one with notes."""
    layouts = _LAYOUTS.replace("21cm", "28cm").replace("29.7cm", "15.75cm")
    masters = '<style:master-page style:name="Default" style:page-layout-name="L"/>'
    frame = (
        '<draw:frame svg:x="2cm" svg:y="5cm" svg:width="9cm" svg:height="2cm"><draw:text-box><text:p>x</text:p>'
        "</draw:text-box></draw:frame>"
    )
    body = (
        f'<office:presentation><draw:page draw:name="1" draw:master-page-name="Default">{frame}<presentation:notes/>'
        '</draw:page><draw:page draw:name="2" draw:master-page-name="Default"/></office:presentation>'
    )
    return _open_document("presentation", body, masters, layouts)


OPEN: Mapping[str, Callable[[], bytes]] = {"odt": open_text, "ods": open_sheets, "odp": open_slides}

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
