"""``pra webhooks``: which systems are told of what is public, what they were sent, and a message sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from app import wiring
from app.actions import webhook_deliveries, webhooks
from app.actions.webhooks import DeliveryRow
from app.rules.errors import PraError
from app.rules.facts import london_text

app = typer.Typer(no_args_is_help=True)
DeliveryArgument = Annotated[str, typer.Argument(help="The message, whd_….")]
WebhookArgument = Annotated[str, typer.Argument(help="The webhook, whk_….")]


@app.command("list")
def list_webhooks() -> None:
    """Print each webhook that was not ended, with how it stands; exit status 1 when one is stopped or failing."""
    found = webhooks.all_webhooks(wiring.service_tools())
    wrong = 0
    for view in found:
        row = view.row
        wrong += row.failing_since is not None or row.stopped_at is not None
        typer.echo(f"{row.webhook_id}  {view.producer_name}: {row.name}  {row.url}")
        typer.echo(f"    {_standing(view)}, {view.waiting} waiting")
    typer.echo(f"{len(found)} webhooks, {wrong} stopped or failing.")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def deliveries(
    webhook: WebhookArgument,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
) -> None:
    """Print the newest messages to a webhook, each with its last answer's status."""
    for row in _or_stop(
        lambda: webhook_deliveries.deliveries_for_operator(wiring.service_tools(), webhook, limit=limit)
    ):
        typer.echo(_line(row))


@app.command()
def again(message: DeliveryArgument) -> None:
    """Queue a message once more, under the id that it had; the running service sends it."""
    row = _or_stop(lambda: (webhook_deliveries.send_again_by_operator(wiring.service_tools(), message),))[0]
    typer.echo(_line(row))


def _or_stop(act: Callable[[], tuple[DeliveryRow, ...]]) -> tuple[DeliveryRow, ...]:
    try:
        return act()
    except PraError as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from error


def _standing(view: webhooks.WebhookView) -> str:
    if view.row.stopped_at is not None:
        return f"stopped since {london_text(view.row.stopped_at)} ({view.row.stopped_because})"
    since = view.row.failing_since
    return f"takes nothing since {london_text(since)}" if since else "running"


def _line(row: DeliveryRow) -> str:
    if row.due_at is not None:
        became = f"due {london_text(row.due_at)}"
    elif row.delivered_at is not None:
        became = f"taken {london_text(row.delivered_at)}"
    else:
        became = "given up"
    last = str(row.last_status) if row.last_status is not None else row.last_trouble or "no answer yet"
    return f"{row.delivery_id}  {row.kind}  {row.release_id or '-'}  {became}  tries {row.tries}  {last}"
