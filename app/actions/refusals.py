"""Putting on record what was asked for and refused at the door."""

from __future__ import annotations

from datetime import datetime

from app.actions.tools import Actor, Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.audit.folding import kind_of
from app.rules.errors import PraError, Refused
from app.rules.reasons import instant_text


def record_refused_request(
    tools: Tools, actor: Actor | None, error: PraError, *, method: str, route: str, subject: dict[str, str]
) -> str | None:
    """Put a refused request on record, before the refusal is answered.

    Every refusal of somebody we know is an entry of its own. Of somebody we do not know nothing was decided but that;
    beyond the first of a minute these are counted, and become one entry when the minute is over.

    Args:
        actor: Who asked, or None when we do not know.
        error: Why it was refused.
        method, route: What was asked for; the route's template, so that no identifier a stranger made up is logged.
        subject: Identifiers from the address, by name; kept sealed, as they may be anything.

    Returns:
        The opaque id of the entry, quoted to the caller as a receipt; None where the refusal was only counted.
    """
    at = tools.clock.now()
    kind = kind_of(error.code.value, method, route)
    if actor is None:
        _write_folded(tools, at)
        if tools.refusals.counted(kind, at, entries_per_minute=tools.policy.refusals_of_strangers_per_minute):
            return None
    said: dict[str, object] = dict(kind._asdict())
    if isinstance(error, Refused) and error.reasons:
        said["reasons"] = sorted({reason.code.value for reason in error.reasons})
    with tools.transaction() as tx:
        return tx.append(
            Entry(
                EntryKind.REQUEST_REFUSED,
                at,
                Outcome.REFUSED,
                actor_id=actor.actor_id if actor else "nobody",
                person_id=actor.person_id if actor else None,
                said=said,
                sealed={name: value[:80] for name, value in subject.items()},
            )
        )


def fold_refusals(tools: Tools, *, unfinished: bool = False) -> None:
    """Put on record what was counted of strangers' refusals in minutes that are over; done every second by the worker.

    Args:
        unfinished: The present minute as well: the process is about to end.
    """
    _write_folded(tools, tools.clock.now(), unfinished=unfinished)


def _write_folded(tools: Tools, at: datetime, *, unfinished: bool = False) -> None:
    folded = tools.refusals.take(at, unfinished=unfinished)
    if folded is None:
        return
    span = {"from_at": instant_text(folded.from_at), "until_at": instant_text(folded.until_at)}
    entry = Entry(EntryKind.REFUSALS_FOLDED, at, Outcome.REFUSED, actor_id="nobody", said={**span, **folded.said()})
    try:
        with tools.transaction() as tx:
            tx.append(entry)
    except Exception:
        tools.refusals.put_back(folded)
        raise
