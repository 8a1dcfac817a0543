"""The list of posts as a page, as a sheet and as JSON. Posts and organisations only; everything is escaped."""

from __future__ import annotations

import csv
import io
from html import escape

from app.actions.publication import PublishedList
from app.rules.facts import london_text

_HEADINGS = ("Post", "Organisation", "Number of people", "Access from", "Exceptional", "Published reasons")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_html(published: PublishedList) -> str:
    """Write the list as an accessible page without styles or scripts of its own."""
    release = published.release
    heads = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in _HEADINGS)
    lines = "\n".join(
        "<tr>" + "".join(_cell(text, head=not place) for place, text in enumerate(cells)) + "</tr>"
        for cells in _table(published)
    )
    people = sum(row.count for row in published.rows)
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pre-release access list: {escape(release.title)}</title>
<link rel="stylesheet" href="/static/plain.css">
</head>
<body>
<main>
<h1>Pre-release access: {escape(release.title)}</h1>
<p>{escape(release.producer.name)} gave these post holders access to the statistics before publication.</p>
<p>Time set for publication: {escape(london_text(release.publishes_at))}</p>
<table>
<caption>{len(published.rows)} posts, {people} people. List version {published.list_version}.</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{lines}
</tbody>
</table>
</main>
</body>
</html>
"""


def as_csv(published: PublishedList) -> bytes:
    """Write the list as CSV in UTF-8 with its mark; no cell can be taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    for cells in _table(published):
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def as_table(published: PublishedList) -> list[list[str | int]]:
    """Lay the list out as one sheet, its headings first."""
    rows = [
        [row.post, row.organisation, row.count, row.from_text, "yes" if row.exceptional else "no", row.reasons]
        for row in published.rows
    ]
    return [list(_HEADINGS), *rows]


def _table(published: PublishedList) -> list[tuple[str, ...]]:
    return [
        (row.post, row.organisation, str(row.count), row.from_text, "yes" if row.exceptional else "no", row.reasons)
        for row in published.rows
    ]


def _cell(text: str, *, head: bool) -> str:
    return f'<th scope="row">{escape(text)}</th>' if head else f"<td>{escape(text)}</td>"
