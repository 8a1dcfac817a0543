"""``pra audit search``: the log searched at the machine of the service, with the filters of the API."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.actions import searching
from app.actions.searching import ExportKind
from app.actions.tools import Tools
from app.audit.asked import Search
from app.audit.entries import EntryKind, Outcome
from app.audit.reading import Logged, entry_record
from app.rules.facts import london_text
from app.rules.reasons import utc

_EXPORTS: dict[str, ExportKind] = {".ndjson": "ndjson", ".csv": "csv", ".xlsx": "xlsx"}
_PAGE = 100


def search(  # framework: each option is an argument
    release: Annotated[str, typer.Option(help="Entries about this release, rel_….")] = "",
    person: Annotated[str, typer.Option(help="About this person, per_….")] = "",
    post: Annotated[str, typer.Option(help="About people while they held this post, pst_….")] = "",
    organisation: Annotated[str, typer.Option(help="About people in posts of this organisation, org_….")] = "",
    document: Annotated[str, typer.Option(help="About this document, doc_….")] = "",
    series: Annotated[str, typer.Option(help="About the releases of this series, ser_….")] = "",
    producer: Annotated[str, typer.Option(help="Of this producer, prd_….")] = "",
    kind: Annotated[str, typer.Option(help="Of this kind, such as access_decided.")] = "",
    outcome: Annotated[str, typer.Option(help="With this outcome, such as refused.")] = "",
    reason: Annotated[str, typer.Option(help="Refused with this code, such as window_not_open.")] = "",
    source: Annotated[str, typer.Option(help="Refused by this clause, such as 'SI 2008/2998 Sch. para 4'.")] = "",
    actor: Annotated[str, typer.Option(help="Done by: an id, rule, operator or nobody.")] = "",
    network: Annotated[str, typer.Option(help="From this network: its keyed hash, as an entry discloses it.")] = "",
    from_at: Annotated[str, typer.Option(help="From this instant on, with its offset.")] = "",
    until_at: Annotated[str, typer.Option(help="Before this instant, with its offset.")] = "",
    newest: Annotated[bool, typer.Option("--newest", help="The newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many lines.")] = _PAGE,
    as_json: Annotated[bool, typer.Option("--json", help="Print each entry as a line of JSON.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write everything found to this new file: .ndjson, .csv or .xlsx.")
    ] = None,
) -> None:
    """Search the log; every filter that is given must hold. That it was searched is on record."""
    asked = Search(
        release_id=release or None,
        person_id=person or None,
        post_id=post or None,
        organisation_id=organisation or None,
        document_id=document or None,
        series_id=series or None,
        producer_id=producer or None,
        kind=_one_of(EntryKind, kind, "--kind"),
        outcome=_one_of(Outcome, outcome, "--outcome"),
        reason=reason or None,
        source=source or None,
        actor_id=actor or None,
        network=network or None,
        from_at=_instant(from_at, "--from-at"),
        until_at=_instant(until_at, "--until-at"),
    )
    if out is not None:
        _write(wiring.service_tools(), asked, out, newest_first=newest)
        return
    for one in _found(wiring.service_tools(), asked, limit, newest_first=newest):
        typer.echo(json.dumps(entry_record(one), ensure_ascii=False, sort_keys=True) if as_json else _line(one))


def _found(tools: Tools, asked: Search, limit: int, *, newest_first: bool) -> list[Logged]:
    found: list[Logged] = []
    place = None
    while True:
        page = searching.search_log(
            tools,
            searching.OPERATOR,
            asked,
            after=place,
            limit=min(_PAGE, limit - len(found)),
            newest_first=newest_first,
        )
        found += page.entries
        place = page.next_after
        if place is None or len(found) >= limit:
            return found


def _write(tools: Tools, asked: Search, out: Path, *, newest_first: bool) -> None:
    kind = _EXPORTS.get(out.suffix.lower())
    if kind is None:
        raise typer.BadParameter(f"“{out}” does not end in .ndjson, .csv or .xlsx", param_hint="--out")
    if out.exists():
        raise typer.BadParameter(f"{out} is there already", param_hint="--out")
    made = searching.export_search(tools, searching.OPERATOR, asked, kind, newest_first=newest_first)
    with out.open("xb") as file:
        for piece in made.pieces():
            file.write(piece)
    typer.echo(f"{made.rows} entries in {out}.")


def _line(one: Logged) -> str:
    index = "-" if one.leaf_index is None else str(one.leaf_index)
    about = [one.release_id, one.document_id, one.person_id, f"by {one.disclosed.get('actor', ('?', ''))[0]}"]
    return "  ".join(
        [index, london_text(one.at), one.kind, one.outcome, *(word for word in about if word), one.entry_id]
    )


def _one_of(words: type[StrEnum], word: str, option: str) -> str | None:
    if word and word not in list(words):
        raise typer.BadParameter(f"the log has no {option.strip('-')} “{word}”", param_hint=option)
    return word or None


def _instant(text: str, option: str) -> datetime | None:
    if not text:
        return None
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        why = f"“{text}” is no instant with its offset, such as 2026-03-10T09:30:00+00:00"
        raise typer.BadParameter(why, param_hint=option) from error
