"""A timeline in words: what the picture shows, for whoever cannot see it, and the cells of the tables behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.rules.deeds import Opened
from app.rules.facts import london_text
from app.rules.statements import DID_WORDS, Did
from app.rules.timeaxis import short_text
from app.rules.timeline import Row, Timeline
from app.rules.windowspans import Span

BECAME = {
    "unfetched": "copy not fetched",
    "running": "copy on its way",
    "part": "copy sent in part",
    "completed": "copy sent whole",
    "aborted": "copy cut off",
    "stopped": "copy stopped by the service",
    "unknown": "nobody knows how far the copy came",
}
SENT = ("completed", "part")
REHEARSAL = "REHEARSAL: "


def heading(told: Timeline) -> str:
    """Give what the timeline is, in a line."""
    title = told.release.title
    mark = REHEARSAL if told.release.rehearsal and not title.startswith(REHEARSAL.strip(": ")) else ""
    return f"{mark}The window of “{title}”"


def described(told: Timeline) -> str:
    """Say in whole sentences what the picture shows."""
    opened = [one for row in told.every_row for one in row.opened]
    refused = [one for row in told.every_row for one in row.refused]
    stated = sum(len(row.stated) for row in told.every_row)
    listed = [row for row in told.rows if row.listed]
    said = [
        _window_sentence(told),
        f"{sum(bool(row.opened) for row in listed)} of {len(listed)} on the list in force opened something.",
        _opened_sentence(opened),
        f"{_count(len(refused), 'request was', 'requests were')} refused." if refused else "Nobody was refused.",
    ]
    former = sum(not row.listed for row in told.rows)
    if former:
        said.append(f"{_count(former, 'row is', 'rows are')} of people who are no longer on the list.")
    if stated:
        said.append(f"{_count(stated, 'statement was', 'statements were')} made about a recall.")
    return " ".join([*said, *_end_sentences(told)])


def _window_sentence(told: Timeline) -> str:
    opens = told.opens_at
    if opens is None:
        return "No window has opened so far." if told.release.published_at is None else "No window ever opened."
    return f"The first window opened on {london_text(opens)}."


def _end_sentences(told: Timeline) -> list[str]:
    due = f"Publication is set for {london_text(told.release.publishes_at)}."
    if told.release.state.value in ("cancelled", "postponed"):
        return [f"The release is {told.release.state.value}."]
    if told.release.published_at is None:
        return [due, f"It is not published yet; this is as of {london_text(told.at)}."]
    return [due.replace("is set", "was set"), f"It was published on {london_text(told.release.published_at)}."]


def _opened_sentence(opened: Sequence[Opened]) -> str:
    if not opened:
        return "Nobody has opened anything."
    first, last = min(one.at for one in opened), max(one.at for one in opened)
    sent = sum(one.became in SENT for one in opened)
    times = (
        f"There was 1 opening, on {london_text(first)}"
        if len(opened) == 1
        else (f"There were {len(opened)} openings, the first on {london_text(first)}, the last on {london_text(last)}")
    )
    return f"{times}; {_count(sent, 'copy was', 'copies were')} sent."


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def opened_text(one: Opened) -> str:
    """Say of one opening when it was, its number, and what became of the copy."""
    later = one.ended_at is not None and one.ended_at - one.at >= timedelta(minutes=1)
    ended = f" {short_text(one.ended_at)}" if one.ended_at and later and one.became != "running" else ""
    shown = ", passphrase shown" if one.revealed_at else ""
    return f"{short_text(one.at)} ({one.number}): {BECAME.get(one.became, one.became)}{ended}{shown}"


def refused_text(at: datetime, codes: Sequence[str]) -> str:
    """Say of one refusal when it was and why."""
    why = ", ".join(code.replace("_", " ") for code in codes)
    return f"{short_text(at)}: {why}" if why else short_text(at)


def stated_text(at: datetime, did: str) -> str:
    """Say of one statement when it was made and what it states."""
    words = DID_WORDS[Did(did)] if did in set(Did) else did.replace("_", " ")
    return f"{short_text(at)}: {words}"


def span_text(span: Span) -> str:
    """Say from when to when."""
    return f"{short_text(span.from_at)} to {short_text(span.until_at)}"


def table_of(told: Timeline) -> tuple[list[str], list[list[str]]]:
    """Give the headings and rows of the table behind the picture; a column with nothing in it is left out."""
    rows = [_cells(row) for row in told.every_row]
    kept = [place for place in range(len(_HEADS)) if place in _ALWAYS or any(row[place] for row in rows)]
    return [_HEADS[place] for place in kept], [[row[place] for place in kept] for row in rows]


_HEADS = ("Number", "Post", "Window open", "Kept out", "Opened", "Refused", "Stated")
_ALWAYS = (0, 1, 2, 4)


def _cells(row: Row) -> list[str]:
    name = f" ({row.name})" if row.name else ""
    gone = "" if row.listed or not row.number else "\nNo longer on the list"
    return [
        str(row.number) if row.number else "–",
        f"{row.post}{name}{gone}",
        "\n".join(map(span_text, row.spans)),
        "\n".join(map(span_text, row.shut)),
        "\n".join(map(opened_text, row.opened)),
        "\n".join(refused_text(one.at, one.codes) for one in row.refused),
        "\n".join(stated_text(one.at, one.did) for one in row.stated),
    ]
