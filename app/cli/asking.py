"""How a command asks the running service: as a person or a program who may, and by no way of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

_URL = typer.Option(envvar="PRA_URL", help="Where the service is.")
_TOKEN = typer.Option(envvar="PRA_TOKEN", help="A session's token. Give it by the environment, not here.")
_CLIENT = typer.Option(envvar="PRA_CLIENT_ID", help="A program's credential, cli_….")
_SECRET = typer.Option(envvar="PRA_CLIENT_SECRET_FILE", help="The file that holds its secret.")

Url = Annotated[str, _URL]
Token = Annotated[str, _TOKEN]
Client = Annotated[str, _CLIENT]
Secret = Annotated[Path | None, _SECRET]


def who_asks(url: str, token: str, client: str, secret_file: Path | None) -> dict[str, str]:
    """Give the headers of whoever asks: a session, or a program whose credential is exchanged for a token."""
    try:
        with httpx2.Client(base_url=url, timeout=120, trust_env=False, follow_redirects=False) as http:
            return who_is_asking(http, token, client, secret_file)
    except httpx2.HTTPError as error:
        typer.echo(f"The service did not answer: {error}. Nothing is known of what it did.", err=True)
        raise typer.Exit(1) from error


def who_is_asking(http: httpx2.Client, token: str, client: str, secret_file: Path | None) -> dict[str, str]:
    """Give the headers of whoever asks, as ``who_asks`` does; raises an error of httpx2 where nothing answers.

    Args:
        http: A client of the service.
        token: A session's token, or empty.
        client: A program's credential, or empty.
        secret_file: The file that holds its secret.
    """
    if token:
        return {"Authorization": f"Bearer {token}"}
    if not client or secret_file is None:
        raise typer.BadParameter("Say who asks: PRA_TOKEN, or PRA_CLIENT_ID with PRA_CLIENT_SECRET_FILE.")
    secret = secret_file.read_text("utf-8").strip()
    answer = http.post("/api/v1/sign-in/tokens", json={"client_id": client, "secret": secret})
    if answer.status_code >= 500:
        answer.raise_for_status()
    if answer.status_code != 201:
        refuse(answer)
        raise typer.Exit(1)
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def ask(url: str, **sent: Any) -> httpx2.Response:
    """Send one request; exit status 1 where the service does not answer."""
    try:
        return httpx2.post(url, timeout=120, trust_env=False, follow_redirects=False, **sent)
    except httpx2.HTTPError as error:
        typer.echo(f"The service did not answer: {error}. Nothing is known of what it did.", err=True)
        raise typer.Exit(1) from error


def refuse(answer: httpx2.Response) -> dict[str, Any]:
    """Tell a refusal, and give the problem document for what else it says."""
    try:
        problem: dict[str, Any] = answer.json()
    except ValueError:
        problem = {}
    typer.echo(f"{problem.get('code', answer.status_code)}: {problem.get('detail', 'no reason was given')}", err=True)
    return problem
