"""``pra rehearse``: have the running service rehearse the day of a release."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.asking import Client, Secret, Token, Url, ask, refuse, who_asks


def rehearse(
    release: Annotated[str, typer.Argument(help="The real release, rel_….")],
    minutes: Annotated[int, typer.Option(min=2, max=24 * 60, help="Until its time of publication.")] = 30,
    tell: Annotated[bool, typer.Option("--tell", help="Write to everyone listed.")] = False,
    url: Url = "http://127.0.0.1:8000",
    token: Token = "",
    client: Client = "",
    secret_file: Secret = None,
) -> None:
    """Begin a rehearsal of a release: the same list, made-up documents, published within minutes."""
    who = who_asks(url, token, client, secret_file)
    sent = {"minutes": minutes, "tells_people": tell}
    answer = ask(f"{url}/api/v1/releases/{release}/rehearsal", json=sent, headers=who)
    if answer.status_code != 201:
        refuse(answer)
        raise typer.Exit(1)
    made = answer.json()
    typer.echo(made["title"])
    typer.echo(f"{made['release_id']}, to be published on {made['publishes_at_london']}.")
    typer.echo(f"Its report: {url}{made['report']}")
