"""Beginning a service: key ring, database, log, first administrator; and an example producer to try it with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer

from app import wiring
from app.actions import auditing, health, people, posts, releases, roles
from app.actions.tools import Actor, RoleHeld, Tools
from app.rules.errors import PraError
from app.rules.facts import LONDON, Order, Role, Sensitivity

# The operator acts through this shell, not through a session; the log says so.
OPERATOR = Actor("operator", "The operator", (RoleHeld(Role.ADMINISTRATOR, None),))
EXAMPLE_FOLDER = "var/example"


@dataclass(frozen=True, slots=True)
class ExampleProducer:
    """The seeded producer and the addresses of its people, by role."""

    producer_id: str
    organisation_id: str
    addresses: dict[Role, str]


def initialise(name: str, email: str) -> None:
    """Make the key ring, the database, the log and the first administrator.

    Raises:
        Conflict: There is a key ring or a log already.
    """
    typer.echo(f"Key ring made in {wiring.make_key_ring()}. Back it up now: without it no document can be opened.")
    migrate()
    tools = wiring.service_tools()
    begin_log_of(tools, name, email)
    typer.echo("The log's public key; give it to your auditors:")
    typer.echo(f"  {auditing.log_vkeys(tools)[0]}")


def begin_log_of(tools: Tools, name: str, email: str) -> None:
    """Begin an empty service's log and appoint its first administrator."""
    auditing.begin_log(tools)
    roles.appoint_first_administrator(tools, name=name, email=email)


def migrate() -> None:
    """Bring the database to the newest schema."""
    wiring.migrate(wiring.settings())
    typer.echo("The database has the newest schema.")


def doctor() -> None:
    """Check keys, clock, database and log, and the store of documents; exit status 1 when something is wrong."""
    try:
        tools = wiring.service_tools()
    except PraError as error:
        typer.echo(f"✗ settings and key ring: {error.detail}")
        raise typer.Exit(1) from error
    found = health.examine(tools)
    for one in found:
        # The public parts of the ring are for `pra keys show`; here it is enough that they can be read.
        said = f": {one.said[0]}" if len(one.said) == 1 else ""
        typer.echo(f"{'✓' if one.fine else '✗'} {one.name}{said}")
    raise typer.Exit(0 if all(one.fine for one in found) else 1)


def add_producer(
    tools: Tools, name: str, *, domain: str, contact: str, declaration_for_all: bool = True
) -> ExampleProducer:
    """Add a producer with one person in each role.

    Args:
        domain: Their addresses lie under it, e.g. ``stats.gov.example``.
        declaration_for_all: It asks for a declaration even where no Order does.
    """
    organisation = people.add_organisation(tools, OPERATOR, name)
    producer = people.add_producer(
        tools,
        OPERATOR,
        organisation_id=organisation.organisation_id,
        declaration_for_all=declaration_for_all,
        declaration_days=365,
        contact=contact,
        warning="You have privileged access to official statistics before their release. Do not share them, nor any "
        "hint of what they show, with anyone who is not on the list.",
    )
    addresses: dict[Role, str] = {}
    staff = (
        ("Sam Teasel", Role.STATISTICIAN, organisation.organisation_id),
        ("Lee Larkspur", Role.LEAD_OFFICIAL, organisation.organisation_id),
        ("Pat Foxglove", Role.HEAD_OF_PROFESSION, organisation.organisation_id),
        ("Ari Campion", Role.AUDITOR, None),
    )
    for full_name, role, where in staff:
        address = f"{full_name.lower().replace(' ', '.')}@{domain}"
        person = people.add_person(tools, OPERATOR, name=full_name, email=address)
        roles.give_role(tools, OPERATOR, person_id=person.person_id, role=role, organisation_id=where)
        addresses[role] = address
    return ExampleProducer(producer.producer_id, organisation.organisation_id, addresses)


def add_head_of_profession(tools: Tools, producer: ExampleProducer, name: str, email: str) -> None:
    """Add one more person who may approve for a producer."""
    person = people.add_person(tools, OPERATOR, name=name, email=email)
    roles.give_role(
        tools,
        OPERATOR,
        person_id=person.person_id,
        role=Role.HEAD_OF_PROFESSION,
        organisation_id=producer.organisation_id,
    )


def seed() -> None:
    """Add the example producer and its people to a service that has just been initialised."""
    seed_example(wiring.service_tools())


def seed_example(tools: Tools) -> ExampleProducer:
    """Add the example producer, its people, a recipient's post and a release on the next working morning."""
    made = add_producer(
        tools,
        "Office for Example Statistics",
        domain="stats.gov.example",
        contact="Release desk, telephone 01632 960001",
    )
    preparer = Actor("operator", "The operator", (RoleHeld(Role.STATISTICIAN, made.organisation_id),))
    releases.register_release(
        tools,
        preparer,
        producer_id=made.producer_id,
        title="Example labour market statistics",
        order=Order.UK,
        sensitivity=Sensitivity.MARKET_SENSITIVE,
        publishes_at=_next_morning(tools.clock.now()),
        series="Example labour market statistics, monthly",
        public_url="https://stats.gov.example/releases/example-labour-market",
    )
    minister = people.add_person(tools, OPERATOR, name="Robin Speedwell", email="robin.speedwell@treasury.gov.example")
    treasury = people.add_organisation(tools, OPERATOR, "Example Treasury")
    post = posts.add_post(tools, OPERATOR, organisation_id=treasury.organisation_id, title="Chief Secretary")
    today = tools.clock.now().astimezone(LONDON).date()
    posts.begin_holding(tools, OPERATOR, post_id=post.post_id, person_id=minister.person_id, from_on=today)
    return made


def use_example_folder(address: str) -> None:
    """Make this process serve the example under ``var/example``, and seed it the first time.

    Args:
        address: Where it is going to be served, e.g. ``http://127.0.0.1:8000``.
    """
    os.environ.setdefault("PRA_VAR_DIR", EXAMPLE_FOLDER)
    os.environ.setdefault("PRA_PUBLIC_ADDRESS", address)
    folder = Path(os.environ["PRA_VAR_DIR"])
    if not (folder / "keys" / "ring.json").exists():
        initialise("Alex Bryony", "alex.bryony@service.gov.example")
        seed_example(wiring.service_tools())
    explain(folder)


def explain(folder: Path) -> None:
    """Say how to sign in as each kind of user."""
    rows = (
        ("statistician", "sam.teasel@stats.gov.example"),
        ("lead official", "lee.larkspur@stats.gov.example"),
        ("head of profession", "pat.foxglove@stats.gov.example"),
        ("auditor", "ari.campion@stats.gov.example"),
        ("administrator", "alex.bryony@service.gov.example"),
        ("recipient, once on a list", "robin.speedwell@treasury.gov.example"),
    )
    address = wiring.settings().public_address
    typer.echo("\nThe example service. Sign in as:")
    for role, email in rows:
        typer.echo(f"  {role:<28}{email}")
    typer.echo(
        f"\n1. curl -s {address}/api/v1/sign-in/codes -H 'Content-Type: application/json' "
        '-d \'{"email": "sam.teasel@stats.gov.example"}\'\n'
        f"2. read the code in the newest file of {folder / 'outbox'}\n"
        f"3. curl -s {address}/api/v1/sign-in/sessions -H 'Content-Type: application/json' "
        '-d \'{"code_id": "…", "code": "…"}\'\n'
        f"4. send the token as “Authorization: Bearer …”. The API is described at {address}/docs/api\n"
    )


def _next_morning(now: datetime) -> datetime:
    day = now.astimezone(LONDON).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 9, 30, tzinfo=LONDON)
