"""The sign-in providers of organisations, from the machine's own shell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.actions import provider_sign_in, providers
from app.actions.providers import SignInProvider
from app.actions.tools import Tools
from app.cli.seed import OPERATOR

app = typer.Typer(no_args_is_help=True)

Provider = Annotated[str, typer.Argument(help="The provider, idp_….")]
SecretFile = Annotated[
    Path | None, typer.Option(help="A file with the secret that the provider gave; leave out for none.")
]


@app.command("list")
def list_providers() -> None:
    """Show every provider, with what must be registered there."""
    tools = wiring.service_tools()
    known = providers.list_providers(tools, OPERATOR)
    for one in known:
        _tell(tools, one)
    if not known:
        typer.echo("No organisation has a sign-in provider here.")


@app.command()
def add(
    organisation: Annotated[str, typer.Argument(help="Whose people it signs in, org_….")],
    issuer: Annotated[str, typer.Option(help="HTTPS, letter by letter as the provider describes itself.")],
    client_id: Annotated[str, typer.Option(help="As whom the provider knows this service.")],
    domain: Annotated[list[str], typer.Option(help="Of e-mail addresses that it answers for; repeatable.")],
    secret_file: SecretFile = None,
    required: Annotated[bool, typer.Option("--required", help="Its people get no codes by e-mail.")] = False,
    acr: Annotated[list[str] | None, typer.Option(help="One of these must have been used; repeatable.")] = None,
    amr: Annotated[list[str] | None, typer.Option(help="All of these must have been used; repeatable.")] = None,
) -> None:
    """Propose an organisation's provider, and say what to register there; `approve` then lets it sign people in."""
    tools = wiring.service_tools()
    proposed = providers.propose_provider(
        tools,
        OPERATOR,
        organisation_id=organisation,
        issuer=issuer,
        client_id=client_id,
        secret=_secret(secret_file),
        domains=tuple(domain),
        required=required,
        acr=tuple(acr or ()),
        amr=tuple(amr or ()),
    )
    _tell(tools, proposed)
    typer.echo("Register that address with the provider, then: pra providers approve " + proposed.provider_id)


@app.command()
def approve(provider: Provider) -> None:
    """Let a proposed provider sign people in, whoever proposed it: the operator is the second pair of eyes."""
    tools = wiring.service_tools()
    _tell(tools, providers.approve_provider(tools, OPERATOR, provider))


@app.command()
def change(
    provider: Provider,
    required: Annotated[
        bool | None, typer.Option("--required/--codes-too", help="Whether its people get codes by e-mail too.")
    ] = None,
    secret_file: SecretFile = None,
) -> None:
    """Let its people have codes by e-mail too, or not; or put another secret in place."""
    tools = wiring.service_tools()
    secret = _secret(secret_file) or None
    _tell(tools, providers.change_provider(tools, OPERATOR, provider, required=required, secret=secret))


@app.command()
def end(provider: Provider) -> None:
    """End a provider: nobody signs in by it any more, sessions that it opened end, and its accounts are unbound."""
    tools = wiring.service_tools()
    _tell(tools, providers.end_provider(tools, OPERATOR, provider))


@app.command()
def unbind(person: Annotated[str, typer.Argument(help="The person, per_….")]) -> None:
    """Take away the accounts a person is bound to, when their account was made anew."""
    gone = providers.unbind_accounts(wiring.service_tools(), OPERATOR, person)
    typer.echo(f"{gone} taken away. The next sign-in binds by the address that the provider has verified.")


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    secret = path.read_text("utf-8").strip()
    if not secret or not secret.isascii() or not secret.isprintable():
        raise typer.BadParameter(f"{path} holds no secret in plain letters.")
    return secret


def _tell(tools: Tools, one: SignInProvider) -> None:
    state = "ended" if one.ended_at else "signs people in" if one.approved_at else "proposed"
    typer.echo(f"{one.provider_id}  {one.organisation}: {state}")
    typer.echo(f"  issuer        {one.issuer}")
    typer.echo(f"  client        {one.client_id}")
    typer.echo(f"  comes back to {provider_sign_in.way_back(tools, one.provider_id)}")
    typer.echo(f"  answers for   {', '.join(one.domains)}")
    typer.echo(f"  codes too     {'no' if one.required else 'yes'}")
    for name, asked in (("acr", one.acr), ("amr", one.amr)):
        if asked:
            typer.echo(f"  asks for {name}  {', '.join(asked)}")
