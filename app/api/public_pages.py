"""Pages that anybody may read: without scripts, everything escaped, tables with headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

ODS = "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True, slots=True)
class TableShown:
    """A table of a page: its first column heads the rows."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def page(
    title: str, paragraphs: Sequence[str], tables: Sequence[TableShown] = (), *, pictures: Sequence[str] = ()
) -> str:
    """Write an accessible page.

    Args:
        title, paragraphs, tables: What it says.
        pictures: As they were written by ``drawings``; they stand before the tables.
    """
    said = "\n".join(f"<p>{_lines(text)}</p>" for text in paragraphs)
    shown = "\n".join([*map(_picture, pictures), *map(_table, tables)])
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/static/plain.css">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{said}
{shown}
</main>
</body>
</html>
"""


def _picture(svg: str) -> str:
    return f'<div class="picture" role="region" tabindex="0" aria-label="A picture">\n{svg}</div>'


def _table(table: TableShown) -> str:
    if not table.rows:
        return f"<h2>{escape(table.caption)}</h2>\n<p>There is nothing.</p>"
    heads = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in table.columns)
    lines = "\n".join(
        "<tr>" + "".join(_cell(text, place) for place, text in enumerate(row)) + "</tr>" for row in table.rows
    )
    return f"""<table>
<caption>{escape(table.caption)}</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{lines}
</tbody>
</table>"""


def _cell(text: str, place: int) -> str:
    return f"<td>{_lines(text)}</td>" if place else f'<th scope="row">{_lines(text)}</th>'


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.split("\n"))
