"""The record, or what of it was given, as a sheet, as Markdown and as a page. Everything is escaped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.api.public_pages import TableShown, page
from app.rules.facts import london_text


def as_rows(record: dict[str, Any]) -> list[list[str]]:
    """Lay a record out as one sheet: its head, then each section under its letter.

    Args:
        record: As it is kept, or was given.

    Returns:
        The lines of the sheet, each with its cells.
    """
    rows = [["Statistics", record["statistics"]], ["Producer", record["producer"]], ["Given under", record["source"]]]
    rows += [["As at", _as_at(record)], *(["Note", note] for note in record["notes"])]
    for section in record["sections"]:
        rows += [[], [f"({section['letter']})", section["heading"]], list(section["columns"])]
        rows += [list(row) for row in section["rows"]] or [["Nothing is on record."]]
    return rows


def as_markdown(record: dict[str, Any]) -> str:
    """Write a record for people to read, as Markdown."""
    lines = [f"# {_plain(record['statistics'])}: access before publication", "", f"{_plain(record['producer'])}.", ""]
    lines += [f"Given under {record['source']}. As at {_as_at(record)}.", ""]
    lines += [line for note in record["notes"] for line in (_plain(note), "")]
    for section in record["sections"]:
        lines += [f"## ({section['letter']}) {_plain(section['heading'])}", ""]
        if section["rows"]:
            lines += ["| " + " | ".join(map(_plain, section["columns"])) + " |", "|---" * len(section["columns"]) + "|"]
            lines += ["| " + " | ".join(map(_plain, row)) + " |" for row in section["rows"]]
        else:
            lines.append("Nothing is on record.")
        lines.append("")
    return "\n".join(lines)


def _as_at(record: dict[str, Any]) -> str:
    """Write for people at which instant the record was put together."""
    return london_text(datetime.fromisoformat(record["as_at"]))


def _plain(text: str) -> str:
    for sign in "\\`*_|<>[]#":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def as_page(record: dict[str, Any]) -> str:
    """Write a record as an accessible page."""
    said = [f"{record['producer']}.", f"Given under {record['source']}. As at {_as_at(record)}.", *record["notes"]]
    tables = [TableShown(f"({s['letter']}) {s['heading']}", s["columns"], s["rows"]) for s in record["sections"]]
    return page(f"{record['statistics']}: access before publication", said, tables)
