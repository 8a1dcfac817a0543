"""What the operator's doctor, and an administrator's page, ask of every part of the service, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.actions import auditing, custody, deliveries, providers, rescanning, storing, witnessing
from app.actions.kept import NOT_KNOWN
from app.actions.tools import Actor, Tools, require_service_role
from app.rules.errors import PraError
from app.rules.facts import Role

logger = logging.getLogger(__name__)

Check = Callable[[Tools], object]
CHECKS: tuple[tuple[str, Check], ...] = (
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
        looked_at: It was, now or within the last minutes.
    """

    name: str
    fine: bool
    said: tuple[str, ...]
    looked_at: bool = True


def examine(tools: Tools) -> tuple[Finding, ...]:
    """Give what each check finds, for the operator's own shell; one fault keeps nothing else from being looked at."""
    return tuple(_find(tools, name, check) for name, check in CHECKS)


def see_health(tools: Tools, actor: Actor) -> tuple[Finding, ...]:
    """Give an administrator what each check finds, and change nothing by it.

    Comparing the clock goes on record, and may open an incident; trying the store out puts an object there. Neither is
    done because somebody looks. Trying out the reading of documents uses a process up that recipients may wait for, so
    that a look within seconds of another is told what that one found.

    Raises:
        Refused: The actor is none.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    instead: dict[Check, Callable[[Tools, str], Finding]] = {
        auditing.check_clock: _clock_as_found,
        storing.check_store: _store_as_set,
        custody.check_reading: _reading_of_late,
    }
    return tuple(
        instead[check](tools, name) if check in instead else _find(tools, name, check) for name, check in CHECKS
    )


def _clock_as_found(tools: Tools, name: str) -> Finding:
    lost = tools.trust.why_lost("the clock")
    right = "It was right when it was last compared with its references; that is done every minute."
    return Finding(name, fine=lost is None, said=(lost or right,))


def _store_as_set(tools: Tools, name: str) -> Finding:
    where = f"They lie in {tools.store.where}. Whether it does what it should, pra doctor tries out at the machine."
    return Finding(name, fine=True, said=(where,), looked_at=False)


def _reading_of_late(tools: Tools, name: str) -> Finding:
    def check(tools: Tools) -> str:
        return tools.reading_said.ask(lambda: custody.check_reading(tools), tools.clock.monotonic_seconds)

    found = _find(tools, name, check)
    return replace(found, looked_at=found.said != (NOT_KNOWN,))


def _find(tools: Tools, name: str, check: Check) -> Finding:
    try:
        said = check(tools)
    except PraError as error:
        return Finding(name, fine=False, said=(error.detail,))
    except Exception as error:  # deliberate: one fault keeps nothing else from being looked at
        # Never the exception's text: nobody has read it for what it may tell.
        logger.error("%s could not be looked at: %s", name, type(error).__name__, exc_info=error)
        return Finding(name, fine=False, said=("This could not be looked at. The operator's own log says why.",))
    if isinstance(said, str):
        return Finding(name, fine=True, said=(said,))
    return Finding(name, fine=True, said=tuple(map(str, said)) if isinstance(said, list) else ())
