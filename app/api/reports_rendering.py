"""A report as a person reads it: Markdown, HTML that stands alone, a document. What stands in it is never markup."""

from __future__ import annotations

import html
import re
from typing import Any, Literal

from fastapi.responses import JSONResponse, Response

from app.actions.tools import Tools
from app.rules.facts import london_text
from app.rules.reportpages import pages_of
from app.rules.reportparts import Report, Section, receipt_address

ReportFormat = Literal["json", "markdown", "html", "odt", "docx", "pdf"]
DOCUMENT_TYPES: dict[str, str] = {
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
_BODY = {"schema": {"type": "string", "format": "binary"}}
CONTENT: dict[str, Any] = {
    "text/markdown": {"schema": {"type": "string"}},
    "text/html": {"schema": {"type": "string"}},
    **dict.fromkeys(DOCUMENT_TYPES.values(), _BODY),
}

_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_LIST_START = re.compile(r"^(\s*)(\d+)([.)])(?=\s)|^(\s*)([-+=])")
_WHITE = re.compile(r"\s+")


def rendered(tools: Tools, report: Report, fmt: ReportFormat, record: dict[str, Any]) -> Response:
    """Answer with a report in one of its formats. None of them may be kept on the way.

    Args:
        record: What is answered as JSON.
    """
    headers = {"Cache-Control": "no-store"}
    if fmt == "json":
        return JSONResponse(record, 200, headers)
    if fmt == "markdown":
        return Response(as_markdown(report), 200, headers, "text/markdown; charset=utf-8")
    if fmt == "html":
        return Response(as_html(report), 200, headers, "text/html; charset=utf-8")
    headers["Content-Disposition"] = f'attachment; filename="breach-report-incident-{report.number}.{fmt}"'
    return Response(tools.write_report(pages_of(report), kind=fmt), 200, headers, DOCUMENT_TYPES[fmt])


def as_markdown(report: Report) -> str:
    """Write a report as Markdown."""
    lines = [f"# {_md(report.title)}", "", *(part for one in report.standing for part in (f"**{_md(one)}**", ""))]
    lines += [_md(report.opening_words), ""]
    for section in report.sections:
        lines += [f"## {_md(section.heading)}", ""]
        for answer in section.answers:
            lines += [f"### {_md(answer.question)}", ""]
            for paragraph in answer.paragraphs:
                lines += [_md_start(paragraph), ""]
    lines += ["## Exhibits from the log", ""]
    lines += [f"- `{entry_id}`, receipt at `{receipt_address(entry_id)}`" for entry_id in report.exhibits] or ["None."]
    return "\n".join(lines) + "\n"


def as_html(report: Report) -> str:
    """Write a report as one HTML page without scripts: headings in order, the account as a table."""
    title = html.escape(report.title)
    standing = "".join(f"<p><strong>{html.escape(one)}</strong></p>\n" for one in report.standing)
    return (
        f'<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="stylesheet" href="/static/plain.css">\n</head>\n<body>\n<main>\n'
        f"<h1>{title}</h1>\n{standing}<p>{html.escape(report.opening_words)}</p>\n"
        f"{''.join(map(_section_html, report.sections))}{_account_html(report)}"
        "</main>\n</body>\n</html>\n"
    )


def _section_html(section: Section) -> str:
    answers = "".join(
        f"<h3>{html.escape(answer.question)}</h3>\n"
        + "".join(f"<p>{html.escape(paragraph)}</p>\n" for paragraph in answer.paragraphs)
        for answer in section.answers
    )
    return f"<section>\n<h2>{html.escape(section.heading)}</h2>\n{answers}</section>\n"


def _account_html(report: Report) -> str:
    if not report.account:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(london_text(line.at))}</td><td>{html.escape(line.text)}</td>"
        f'<td><a href="{html.escape(receipt_address(line.entry_id))}">{html.escape(line.entry_id)}</a></td></tr>\n'
        for line in report.account
    )
    return (
        "<section>\n<h2>Exhibits from the log</h2>\n<table>\n<caption>Each entry and its receipt</caption>\n"
        '<thead><tr><th scope="col">UK time</th><th scope="col">What happened</th><th scope="col">Receipt</th></tr>'
        f"</thead>\n<tbody>\n{rows}</tbody>\n</table>\n</section>\n"
    )


def _md(text: str) -> str:
    return _MARKDOWN_SPECIAL.sub(r"\\\1", _WHITE.sub(" ", text))


def _md_start(text: str) -> str:
    """Escape a paragraph, also where its first characters would begin a list."""
    return _LIST_START.sub(lambda m: f"{m[1] or m[4] or ''}{m[2] or ''}\\{m[3] or m[5]}", _md(text))
