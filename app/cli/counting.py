"""``pra audit statistics``: a producer's statistics of a period, counted at the machine of the service."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.actions import statistics
from app.actions.statistics import NEVER_IN
from app.actions.tools import Actor, RoleHeld
from app.rules import periods
from app.rules.errors import Malformed, NotFound
from app.rules.facts import Role
from app.rules.statisticswords import sheet_of, title

_READER = Actor("operator", "The operator", (RoleHeld(Role.AUDITOR, None),))  # counts only: whoever is here reads all
_KINDS = ("csv", "xlsx", "ods")


def count(
    producer: Annotated[str, typer.Argument(help="The producer's name, or its id, prd_….")],
    year: Annotated[int | None, typer.Option(min=2000, max=2100, help="The calendar year, e.g. 2026.")] = None,
    financial: Annotated[bool, typer.Option("--financial", help="The financial year beginning in that year.")] = False,
    from_on: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    until_on: Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day.")] = None,
    series_id: Annotated[str | None, typer.Option("--series", help="Of this series alone, ser_….")] = None,
    never_in: Annotated[
        int, typer.Option(min=1, max=100, help="Listed so often to count as never opening.")
    ] = NEVER_IN,
    file: Annotated[Path | None, typer.Option(help="Write a sheet: a name ending in .csv, .xlsx or .ods.")] = None,
) -> None:
    """Count a producer's pre-release access over a period. Counts only: nobody is named."""
    if file is not None and file.suffix[1:] not in _KINDS:
        raise typer.BadParameter(f"A name ending in {', '.join(f'.{kind}' for kind in _KINDS)} is expected.")
    tools = wiring.service_tools()
    days = (from_on.date() if from_on else None, until_on.date() if until_on else None)
    try:
        period = periods.asked_for(year, financial, *days)
        known = statistics.producers_to_count(tools, _READER)
        chosen = next((one.producer_id for one in known if producer in (one.name, one.producer_id)), producer)
        found = statistics.read_statistics(tools, _READER, chosen, period, series_id=series_id, never_in=never_in)
    except NotFound as error:
        typer.echo("There is no such producer, or it has no such series.", err=True)
        raise typer.Exit(1) from error
    except Malformed as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from error
    of = (found.told, found.producer_name, found.series.get(found.series_id or ""))
    if file is not None:
        file.write_bytes(tools.write_sheet(sheet_of(*of), kind=file.suffix[1:], title="Statistics"))
        typer.echo(f"{len(found.told.figures)} figures in {file}.")
        return
    typer.echo(title(*of))
    for one in found.told.figures:
        typer.echo(f"{one.words}: {one.shown}" + (f" [{one.left_out} left out]" if one.left_out else ""))
