"""What the operator's doctor, and an administrator's page, ask of every part of the service, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.actions import auditing, custody, deliveries, providers, rescanning, storing, witnessing
from app.actions.tools import Actor, Tools, require_service_role
from app.rules.errors import PraError
from app.rules.facts import Role

CHECKS: tuple[tuple[str, Callable[[Tools], object]], ...] = (
    ("key ring", custody.describe_ring),
    ("clock", auditing.check_clock),
    ("database and log", auditing.check_ready),
    ("sealed documents", storing.check_store),
    ("reading of documents", custody.check_reading),
    ("witnesses", witnessing.describe_witnesses),
    ("letters", deliveries.check_mail),
    ("sign-in providers", providers.check_providers),
    ("malware scanner", rescanning.check_scanner),
)
"""What is looked at, in turn."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        name: What was looked at.
        fine: Nothing is wrong with it.
        said: In words; several lines where there is more than one thing to tell. Nothing secret.
    """

    name: str
    fine: bool
    said: tuple[str, ...]


def examine(tools: Tools) -> tuple[Finding, ...]:
    """Give what each check finds, for the operator's own shell; one fault keeps nothing else from being looked at."""
    return tuple(_find(tools, name, check) for name, check in CHECKS)


def see_health(tools: Tools, actor: Actor) -> tuple[Finding, ...]:
    """Give an administrator what each check finds.

    Raises:
        Refused: The actor is none.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    return examine(tools)


def _find(tools: Tools, name: str, check: Callable[[Tools], object]) -> Finding:
    try:
        said = check(tools)
    except PraError as error:
        return Finding(name, fine=False, said=(error.detail,))
    if isinstance(said, str):
        return Finding(name, fine=True, said=(said,))
    return Finding(name, fine=True, said=tuple(map(str, said)) if isinstance(said, list) else ())
