"""``pra trace``: which opening a stray copy came from, told at the machine of the service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.actions import tracing
from app.actions.tracing import Trace, TracedLead
from app.rules.facts import london_text
from app.rules.tracewords import CONFIDENCE_WORDS

_PIECE_BYTES = 512 * 1024
_SHOWN = 20


def trace(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="The stray copy, decrypted where it can be.")
    ] = None,
    number: Annotated[
        str, typer.Option(help="Instead of a file: the number in its mark, with ? for a letter that cannot be read.")
    ] = "",
    open_incident: Annotated[
        bool, typer.Option("--open-incident", help="Put what is found on record as an unauthorised disclosure.")
    ] = False,
) -> None:
    """Say which opening a stray copy came from, how sure that is, and why. Exit status 1 when nothing is found."""
    if (file is None) == (not number):
        raise typer.BadParameter("Give either the file, or --number with the number in its mark.")
    tools = wiring.service_tools()
    if file is None:
        found = tracing.trace_number(tools, None, number, open_incident=open_incident)
    else:
        found = tracing.trace_file(tools, None, file.name, _pieces(file), open_incident=open_incident)
    for line in _lines(found):
        typer.echo(line)
    raise typer.Exit(0 if found.leads or found.same else 1)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as reading:
        while piece := reading.read(_PIECE_BYTES):
            yield piece


def _lines(found: Trace) -> Iterator[str]:
    for one in found.leads[:_SHOWN]:
        yield from _of_lead(one)
    if len(found.leads) > _SHOWN:
        yield f"… and {len(found.leads) - _SHOWN} more; the API gives them all."
    yield from found.words
    yield from (f"Could not be looked into: {one}." for one in found.missed)
    if found.incident_id:
        yield f"Incident {found.incident_id} is on record."
    yield f"This trace is on record: {found.entry_id}"


def _of_lead(one: TracedLead) -> Iterator[str]:
    opening = one.opening
    fetched = f"fetched {london_text(opening.started_at)}" if opening.started_at else "never fetched"
    shown = f"passphrase shown {london_text(opening.revealed_at)}" if opening.revealed_at else "passphrase never shown"
    yield f"{CONFIDENCE_WORDS[one.lead.confidence].capitalize()}: opening {opening.number} ({opening.opening_id})"
    yield f"  {opening.post_title}, {opening.organisation}: {opening.person_name}"
    yield f"  opened {opening.file_name}, version {opening.version}, of “{opening.release_title}”"
    yield f"  {london_text(opening.opened_at)}; copy {fetched} ({opening.outcome}); {shown}"
    yield from (f"  {why}" for why in one.lead.why)
    yield f"  receipts: {' '.join(one.entry_ids)}"
    yield ""
