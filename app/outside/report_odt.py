"""A report as ODT: headings that are headings, the annex as a table whose first row is repeated on every page."""

from __future__ import annotations

import io
from typing import Any

from odf import dc, meta
from odf.opendocument import OpenDocumentText
from odf.style import (
    Footer,
    Header,
    HeaderFooterProperties,
    HeaderStyle,
    MasterPage,
    PageLayout,
    PageLayoutProperties,
    ParagraphProperties,
    Style,
    TableCellProperties,
    TableColumnProperties,
    TableProperties,
    TabStop,
    TabStops,
    TextProperties,
)
from odf.table import Table, TableCell, TableColumn, TableHeaderRows, TableRow
from odf.teletype import addTextToElement
from odf.text import H, P, PageCount, PageNumber, Span, Tab

from app.rules.reasons import instant_text
from app.rules.reportpages import Exhibit, Pages

_COLUMNS = (("No.", "11mm"), ("UK time", "42mm"), ("What happened", "64mm"), ("Entry of the log", "43mm"))
# Name, then what is written and how it stands on the page.
_PARAGRAPHS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "Body": ({"fontsize": "11pt"}, {"marginbottom": "2.4mm"}),
    "Head line": ({"fontsize": "20pt", "fontweight": "bold"}, {"marginbottom": "4mm"}),
    "Standing": ({"fontsize": "11pt", "fontweight": "bold"}, {"marginbottom": "2.4mm"}),
    "Chapter": (
        {"fontsize": "15pt", "fontweight": "bold"},
        {"margintop": "6mm", "marginbottom": "2.4mm", "keepwithnext": "always"},
    ),
    "Annex": (
        {"fontsize": "15pt", "fontweight": "bold"},
        {"marginbottom": "2.4mm", "keepwithnext": "always", "breakbefore": "page"},
    ),
    "Question": (
        {"fontsize": "11.5pt", "fontweight": "bold"},
        {"margintop": "4mm", "marginbottom": "1.6mm", "keepwithnext": "always"},
    ),
    "Waiting": (
        {"fontsize": "11pt", "fontstyle": "italic"},
        {
            "marginbottom": "2.4mm",
            "backgroundcolor": "#fff7e0",
            "borderleft": "1mm solid #b58105",
            "padding": "1.2mm",
        },
    ),
    "Small": ({"fontsize": "8.5pt"}, {}),
    "Small head": ({"fontsize": "8.5pt", "fontweight": "bold"}, {}),
    "Edge": ({"fontsize": "9pt", "color": "#505a5f"}, {}),
}


def odt_bytes(pages: Pages) -> bytes:
    """Write a report.

    Args:
        pages: Clean text: no control characters.
    """
    document = OpenDocumentText()
    _styles(document)
    _page(document, pages)
    body = document.text
    body.addElement(_text(P(stylename="Head line"), pages.title))
    for line in pages.standing:
        body.addElement(_text(P(stylename="Standing"), line))
    body.addElement(_text(P(stylename="Body"), pages.opening_words))
    for chapter in pages.chapters:
        body.addElement(_text(H(outlinelevel=1, stylename="Chapter"), chapter.heading))
        for asked in chapter.asked:
            body.addElement(_text(H(outlinelevel=2, stylename="Question"), asked.question))
            for one in asked.passages:
                body.addElement(_text(P(stylename="Waiting" if one.waiting else "Body"), one.text))
    if pages.annex:
        _annex(document, pages.annex)
    _properties(document, pages)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def _styles(document: Any) -> None:
    for name, (written, stands) in _PARAGRAPHS.items():
        style = Style(name=name, family="paragraph")
        style.addElement(ParagraphProperties(**stands))
        fonts = {"fontfamily": "Arial, 'Liberation Sans', sans-serif", "language": "en", "country": "GB"}
        style.addElement(TextProperties(**fonts, **written))
        document.styles.addElement(style)
    whole = Style(name="Whole", family="table")
    whole.addElement(TableProperties(width="160mm", align="left"))
    document.automaticstyles.addElement(whole)
    cell = Style(name="Cell", family="table-cell")
    cell.addElement(TableCellProperties(borderbottom="0.2mm solid #b1b4b6", padding="1mm"))
    document.automaticstyles.addElement(cell)
    for number, (_, width) in enumerate(_COLUMNS):
        column = Style(name=f"Column{number}", family="table-column")
        column.addElement(TableColumnProperties(columnwidth=width))
        document.automaticstyles.addElement(column)


def _page(document: Any, pages: Pages) -> None:
    layout = PageLayout(name="A4")
    layout.addElement(
        PageLayoutProperties(
            pagewidth="210mm", pageheight="297mm", margintop="15mm", marginbottom="14mm", marginleft="25mm",
            marginright="25mm", printorientation="portrait",
        )
    )  # fmt: skip
    below = HeaderStyle()
    below.addElement(HeaderFooterProperties(minheight="10mm", marginbottom="6mm"))
    layout.addElement(below)
    document.automaticstyles.addElement(layout)
    master = MasterPage(name="Standard", pagelayoutname=layout)
    head, foot = Header(), Footer()
    head.addElement(_text(P(stylename="Edge"), pages.running))
    edge = Style(name="Foot", family="paragraph", parentstylename="Edge")
    stands, stops = ParagraphProperties(), TabStops()
    stops.addElement(TabStop(position="160mm", type="right"))
    stands.addElement(stops)
    edge.addElement(stands)
    document.automaticstyles.addElement(edge)
    line = P(stylename=edge)
    line.addElement(Tab())
    line.addElement(Span(text="Page "))
    line.addElement(PageNumber(selectpage="current"))
    line.addElement(Span(text=" of "))
    line.addElement(PageCount())
    foot.addElement(line)
    master.addElement(head)
    master.addElement(foot)
    document.masterstyles.addElement(master)


def _annex(document: Any, annex: tuple[Exhibit, ...]) -> None:
    document.text.addElement(_text(H(outlinelevel=1, stylename="Annex"), "Annex. The account from the log"))
    words = "Every time is UK time. The number of an entry leads to its receipt, which anyone can check."
    document.text.addElement(_text(P(stylename="Body"), words))
    table = Table(name="Account", stylename="Whole")
    for number, _ in enumerate(_COLUMNS):
        table.addElement(TableColumn(stylename=f"Column{number}"))
    first = TableHeaderRows()
    first.addElement(_row([words for words, _ in _COLUMNS], "Small head"))
    table.addElement(first)
    for one in annex:
        table.addElement(_row([str(one.number), one.uk_time, one.text, one.entry_id], "Small"))
    document.text.addElement(table)


def _row(texts: list[str], style: str) -> Any:
    row = TableRow()
    for text in texts:
        cell = TableCell(valuetype="string", stylename="Cell")
        cell.addElement(_text(P(stylename=style), text))
        row.addElement(cell)
    return row


def _properties(document: Any, pages: Pages) -> None:
    made_at = instant_text(pages.made_at)
    for element, text in (
        (dc.Title(), pages.title),
        (dc.Subject(), pages.running),
        (dc.Creator(), "Pre-release access service"),
        (dc.Language(), "en-GB"),
        (dc.Date(), made_at),
        (meta.CreationDate(), made_at),
    ):
        element.addText(text)
        document.meta.addElement(element)


def _text(element: Any, text: str) -> Any:
    addTextToElement(element, text)
    return element
