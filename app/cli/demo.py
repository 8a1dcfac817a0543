"""``pra demo``: the story of one release, from seven days before to two hours after, through the real API on loopback.

Then that of a Scottish one, whose window is counted in working days.

Only the clock is scripted. Every promise is checked at the moment the story comes to it, and ``var/demo/summary.json``
holds what was found.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import typer

from app import wiring
from app.cli import seed
from app.cli.stage import Stage, real_server
from app.cli.story import DEPUTY_HEAD, Story

DEMO = Path("var/demo")


def demo() -> None:
    """Play the story; exit status 0 only if every promise was kept."""
    # Its scenes read PDFs, and a process that serves must not have loaded what reads them.
    from app.cli import scenes_after, scenes_before, scenes_open, scenes_scotland  # noqa: PLC0415  # slow: this alone

    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir(parents=True)
    escrow = wiring.begin_demo(DEMO)
    tools, _ = wiring.demo_tools()
    seed.begin_log_of(tools, "Alex Bryony", "alex.bryony@service.gov.example")
    producer = seed.add_producer(
        tools, "Office for Example Statistics", domain="stats.gov.example", contact="Release desk, 01632 960001"
    )
    seed.add_head_of_profession(tools, producer, *DEPUTY_HEAD)
    scottish = seed.add_producer(
        tools,
        "Example Public Health Statistics",
        domain="health-stats.example",
        contact="Release desk, 01632 960002",
        declaration_for_all=False,
    )
    with real_server() as address:
        stage = Stage(address)
        story = Story(stage, producer, escrow)
        typer.echo("The July 2016 labour market list, played again. The figures are invented, the posts are real,")
        typer.echo("the people are trees. The clock is scripted; everything else is the service itself.")
        scenes_before.play(story)
        scenes_open.play(story)
        scenes_after.play(story)
        scenes_scotland.play(stage, scottish)
    kept = stage.finish()
    typer.echo(f"\n{sum(stage.promises.values())} of {len(stage.promises)} promises kept; see var/demo/summary.json")
    for name, path in stage.files.items():
        typer.echo(f"  {name:<34}{path}")
    raise typer.Exit(0 if kept else 1)
