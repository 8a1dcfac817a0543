"""``pra calendar``: the bank holidays that the Scottish and Welsh Orders leave out of a count."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from app import wiring
from app.actions import closed_days
from app.rules.workingdays import Part

app = typer.Typer(no_args_is_help=True)

PartHere = Annotated[Part, typer.Option(help="The part of the United Kingdom.")]


def listed(first_year: int, last_year: int) -> dict[Part, frozenset[date]]:
    """Give the bank holidays of some years by part, as the list outside has them; no database is asked.

    Args:
        first_year: First year wanted.
        last_year: Last year wanted, included.
    """
    found = wiring.bank_holidays(first_year, last_year)
    return {part: frozenset(holiday.day for holiday in found if holiday.part is part) for part in Part}


@app.command()
def load() -> None:
    """Put the bank holidays from last year to three years ahead on record; each is added once."""
    added = closed_days.load_bank_holidays(wiring.service_tools())
    typer.echo(f"{added} bank holidays added." if added else "All bank holidays are on record already.")


@app.command()
def add(
    part: PartHere,
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day, such as 2026-06-15.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    source: Annotated[str, typer.Option(help="Where it was proclaimed.")],
) -> None:
    """Record a bank holiday proclaimed for one year, before the list that is loaded has it."""
    row = closed_days.add_bank_holiday(
        wiring.service_tools(), part=part, day=day.date(), name=name[:200], source=source[:200]
    )
    typer.echo(f"On record as {row.closed_day_id}. Windows were counted anew.")


@app.command()
def withdraw(
    closed_day_id: Annotated[str, typer.Argument(help="The bank holiday, cld_….")],
    reason: Annotated[str, typer.Option(help="Why it counts again.")],
) -> None:
    """Withdraw a bank holiday that was recorded wrongly. Windows can only become shorter."""
    closed_days.withdraw_bank_holiday(wiring.service_tools(), closed_day_id, reason=reason)
    typer.echo("Withdrawn. Windows were counted anew.")


@app.command()
def show(
    year: Annotated[int | None, typer.Option(min=2000, max=2100, help="The year; this year when left out.")] = None,
    part: Annotated[Part | None, typer.Option(help="One part of the United Kingdom only.")] = None,
) -> None:
    """Show the bank holidays on record that count."""
    for row in closed_days.list_bank_holidays(wiring.service_tools(), year, part=part):
        typer.echo(f"{row.day.isoformat()}  {row.part}  {row.name}  {row.closed_day_id}  ({row.source})")
