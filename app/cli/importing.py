"""``pra import``: send a list or a calendar to the running service, as a program or a person who may.

It has no way of its own past the roles: it asks the API as anybody does, so that who did it stands in the log, and
whoever prepared a list still cannot approve it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from app.cli.asking import Client, Secret, Token, Url, ask, refuse, who_asks
from app.rules.facts import Order, Sensitivity

app = typer.Typer(no_args_is_help=True)

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".ics": "text/calendar",
}
_FILE = typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, XLSX or ODS; a calendar also ICS.")
_GO = typer.Option("--go/--dry-run", help="Import it. Without --go nothing is changed.")

File = Annotated[Path, _FILE]
Go = Annotated[bool, _GO]


@app.command("list")
def import_list(
    file: File,
    release: Annotated[str, typer.Option(help="The release it is for, rel_….")],
    go: Go = False,
    ground: Annotated[str, typer.Option(help="For rows that give none themselves.")] = "",
    complete: Annotated[bool, typer.Option("--complete/--incomplete", help="Whether the sheet is the whole.")] = True,
    replace_draft: Annotated[bool, typer.Option("--replace-draft", help="Set a draft that exists aside.")] = False,
    url: Url = "http://127.0.0.1:8000",
    token: Token = "",
    client: Client = "",
    secret_file: Secret = None,
) -> None:
    """Import an eligibility list as a new draft, or see what that would do. Exit status 1 when it has errors."""
    query: dict[str, Any] = {"complete": complete, "replace_draft": replace_draft}
    if ground:
        query["ground"] = ground
    who = who_asks(url, token, client, secret_file)
    told = _send(f"{url}/api/v1/releases/{release}/lists/imports", file, who, query, go=go)
    _tell(told, ("to_add", "already_on_list", "no_longer_on_list", "people_to_add"))
    if told.get("draft"):
        typer.echo(f"Draft {told['draft']['list_id']}, version {told['draft']['version']}. It waits for approval.")
    _finish(told, go=go)


@app.command("calendar")
def import_calendar(
    file: File,
    producer: Annotated[str, typer.Option(help="Whose calendar, prd_….")],
    go: Go = False,
    order: Annotated[Order | None, typer.Option(help="For lines that name none.")] = None,
    sensitivity: Annotated[Sensitivity | None, typer.Option(help="For lines that name none.")] = None,
    series: Annotated[str, typer.Option(help="For lines that name none.")] = "",
    url: Url = "http://127.0.0.1:8000",
    token: Token = "",
    client: Client = "",
    secret_file: Secret = None,
) -> None:
    """Import a calendar of releases, or see what that would do. Exit status 1 when it has errors."""
    given = {"order": order and order.value, "sensitivity": sensitivity and sensitivity.value, "series": series}
    query = {name: text for name, text in given.items() if text}
    who = who_asks(url, token, client, secret_file)
    told = _send(f"{url}/api/v1/producers/{producer}/calendar-imports", file, who, query, go=go)
    _tell(told, ("to_add", "already_there", "differences", "left_out"))
    for one in told.get("differences", []):
        said = f"on record {one['on_record']}; in the file {one['in_the_file']}"
        typer.echo(f"Line {one['line']}, {one['what']}: {said}. {one['remedy']}")
    for one in told.get("missing", []):
        typer.echo(f"{one['detail']} ({one['source']})")
    _finish(told, go=go)


def _send(url: str, file: Path, who: dict[str, str], query: dict[str, Any], *, go: bool) -> dict[str, Any]:
    media_type = MEDIA_TYPES.get(file.suffix.lower())
    if media_type is None:
        raise typer.BadParameter(f"“{file.name}” ends in none of {', '.join(MEDIA_TYPES)}")
    headers = {**who, "Content-Type": media_type}
    asked = {**query, "dry_run": not go}
    params = {name: str(value).lower() if isinstance(value, bool) else value for name, value in asked.items()}
    answer = ask(url, content=file.read_bytes(), headers=headers, params=params)
    if answer.status_code not in (200, 201):
        _stop(answer)
    told: dict[str, Any] = answer.json()
    return told


def _stop(answer: httpx2.Response) -> None:
    problem = refuse(answer)
    for one in problem.get("rows", []):
        _row(one)
    raise typer.Exit(1)


def _tell(told: dict[str, Any], buckets: tuple[str, ...]) -> None:
    for one in told.get("problems", []):
        _row(one)
    typer.echo("; ".join(f"{name.replace('_', ' ')}: {len(told[name])}" for name in buckets))


def _row(one: dict[str, Any]) -> None:
    where = f"row {one['row']}" + (f", {one['column']}" if one["column"] else "")
    typer.echo(f"{one['severity']}: {where}: {one['detail']}", file=sys.stderr)


def _finish(told: dict[str, Any], *, go: bool) -> None:
    wrong = any(one["severity"] == "error" for one in told.get("problems", []))
    if not go:
        typer.echo("Nothing was changed. " + ("Put the errors right." if wrong else "Give --go to import it."))
    raise typer.Exit(1 if wrong else 0)
