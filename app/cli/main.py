"""The command ``pra``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer

from app import wiring
from app.actions import breaches, wrong_facts
from app.cli import (
    audit,
    calendar,
    demo,
    escrow,
    importing,
    keys,
    mail,
    rehearsing,
    rescan,
    seed,
    store,
    trace,
    uploading,
    webhooks,
    witness,
)
from app.rules.errors import PraError
from app.rules.facts import Grant, Order, Sensitivity
from app.rules.window import days_left_out
from app.rules.window import window as count_window

# Wide enough for every release there was or will be; beyond, the calendar itself runs out.
_FIRST_YEAR, _LAST_YEAR = 1900, 9998

app = typer.Typer(
    help="Pre-release access gatekeeper for official statistics.", no_args_is_help=True, add_completion=False
)
app.add_typer(audit.app, name="audit", help="Search and export the log, and check one without us.")
app.add_typer(keys.app, name="keys", help="The key ring: show, status, rotate, rewrap, forget, escrow.")
app.add_typer(escrow.app, name="escrow", help="The offline escrow of documents' keys: status, reseal, export.")
app.add_typer(mail.app, name="mail", help="Letters: what waits, how far each came, and what came back.")
app.add_typer(store.app, name="store", help="The store of sealed documents: copy it to another.")
app.add_typer(witness.app, name="witness", help="Cosign logs' checkpoints, on a regulator's machine.")
app.add_typer(webhooks.app, name="webhooks", help="Systems that are told of what is public: list, deliveries, again.")
app.add_typer(calendar.app, name="calendar", help="Bank holidays: load, add, withdraw, show.")
app.add_typer(importing.app, name="import", help="Send a list or a calendar to the running service.")
app.command("demo", help="Play the story of one release through the real API; see var/demo.")(demo.demo)
app.command("rehearse", help="Rehearse the day of a release, with made-up documents.")(rehearsing.rehearse)
app.command("trace", help="Say which opening a stray copy came from; exit status 1 when nothing is found.")(trace.trace)
app.command("rescan", help="Scan documents in final form for malware again.")(rescan.rescan)
app.command("upload", help="Send a document in parts; goes on after a lost connection.")(uploading.upload)
app.command("seed", help="Add the example producer and its people to an empty service.")(seed.seed)


@app.command()
def window(
    publishes_at: Annotated[str, typer.Option(help="Time set for publication, ISO 8601 with its offset.")],
    order: Annotated[Order, typer.Option(help="The governing Order.")] = Order.UK,
    sensitivity: Annotated[Sensitivity, typer.Option(help="How the release is classed.")] = Sensitivity.ORDINARY,
    closed_on: Annotated[list[str] | None, typer.Option(help="A day when the offices are closed; repeatable.")] = None,
    ground_letter: Annotated[str, typer.Option(help="The Order's own ground, a to h; one has no maximum.")] = "",
    asked_hours: Annotated[
        int | None, typer.Option(min=1, max=24 * 62, help="Hours before publication that are asked for.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say when a window opens, and the clauses that say so. Exit status 1 when there is no window."""
    at = _instant(publishes_at)
    own = frozenset(_day(day) for day in closed_on or [])
    asked = None if asked_hours is None else timedelta(hours=asked_hours)
    grant = Grant("", "", "", asked=asked, ground_letter=_ground_letter(ground_letter))
    left_out = days_left_out(order, calendar.listed(at.year - 1, at.year + 1), own)
    found = count_window(order, sensitivity, at, closed_on=left_out, own_days=own, grant=grant)
    if as_json:
        typer.echo(json.dumps(found.as_record(), ensure_ascii=False))
    else:
        for sentence in found.reasons:
            typer.echo(sentence)
        typer.echo("Sources: " + "; ".join(found.sources))
        if found.refusal:
            typer.echo(found.refusal.remedy)
    raise typer.Exit(0 if found.opens_at else 1)


@app.command()
def init(
    name: Annotated[str, typer.Option(help="Name of the first administrator.")],
    email: Annotated[str, typer.Option(help="Their own work e-mail address.")],
) -> None:
    """Make the key ring, the database and the log, and the first administrator. Done once."""
    seed.initialise(name, email)
    typer.echo("Ready. Start the service with: pra serve")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    seed.migrate()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    proxy: Annotated[str, typer.Option(help="Addresses of proxies whose forwarded headers are believed.")] = "",
    example: Annotated[bool, typer.Option("--example", help="Serve an example producer from var/example.")] = False,
) -> None:
    """Serve the API and the pages, with the worker beside them."""
    if example:
        seed.use_example_folder(f"http://{host}:{port}")
    wiring.service_tools()  # a missing key is told in a line, before the server's own start
    wiring.serve_alone(wiring.settings())
    import uvicorn  # noqa: PLC0415  # slow: no other command needs it

    uvicorn.run(
        "app.main:app",
        factory=True,
        host=host,
        port=port,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        server_header=False,
        access_log=False,
        log_level="info",
    )


@app.command()
def doctor() -> None:
    """Check keys, clock, database and log, and the store of documents, and say what is wrong."""
    seed.doctor()


@app.command("review-openings")
def review_openings(
    release: Annotated[str, typer.Argument(help="The release whose openings are looked at again, rel_….")],
    clock_fast_seconds: Annotated[
        int, typer.Option(help="How far ahead of the truth the clock stood then; negative when behind.")
    ] = 0,
) -> None:
    """Play the rule again over a release's openings: an incident is opened for those outside their window."""
    found = breaches.review_openings(
        wiring.service_tools(), release, clock_fast_by=timedelta(seconds=clock_fast_seconds)
    )
    typer.echo(f"Incident {found} is on record." if found else "Every opening stands, or is on record already.")


@app.command("clock-wrong")
def clock_wrong(
    begin: Annotated[str, typer.Option("--from", help="From when the clock was wrong, as it showed it; ISO 8601.")],
    end: Annotated[str, typer.Option("--until", help="Until when, as it showed it; ISO 8601.")],
    reason: Annotated[str, typer.Option(help="How it was found.")],
    fast_seconds: Annotated[
        int | None,
        typer.Option(help="How far ahead of the truth it stood; negative when behind. Leave out where nobody knows."),
    ] = None,
) -> None:
    """Put on record that the clock was wrong for a while; the worker then looks at every opening of that time again."""
    found = wrong_facts.find_clock_wrong(
        wiring.service_tools(),
        seed.OPERATOR,
        from_at=_instant(begin),
        until_at=_instant(end),
        fast_seconds=fast_seconds,
        reason=reason,
    )
    typer.echo(f"{found.wrong_fact_id} is on record. Openings of that time are looked at again within a minute or so.")


def run() -> None:
    """Run the command; a problem becomes one clear line and exit status 1."""
    os.umask(0o077)  # the database and what is exported hold names, addresses and notices: for their owner alone
    try:
        app()
    except PraError as error:
        typer.echo(f"{error.code.value}: {error.detail}", err=True)
        sys.exit(1)


def _instant(text: str) -> datetime:
    at: datetime = _read(
        datetime.fromisoformat, text, "an ISO 8601 instant with its offset, such as 2026-03-10T09:30:00+00:00"
    )
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise typer.BadParameter(f"“{text}” is not a time at which statistics could be published")
    return at


def _day(text: str) -> date:
    day: date = _read(date.fromisoformat, text, "a day, such as 2026-04-06")
    return day


def _ground_letter(text: str) -> str:
    if text not in ("", *"abcdefgh"):
        raise typer.BadParameter(f"“{text}” is no letter of a ground: a to h")
    return text


def _read(reader: Callable[[str], Any], text: str, expected: str) -> Any:
    try:
        found = reader(text)
    except ValueError as error:
        raise typer.BadParameter(f"“{text}” is not {expected}") from error
    if isinstance(found, datetime) and found.tzinfo is None:
        raise typer.BadParameter(f"“{text}” has no offset; give {expected}")
    return found
