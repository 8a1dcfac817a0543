"""Telling those who could give the second assent that something waits for one; for the act that proposes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction
from app.rules import lettersubjects, secondletters
from app.rules.facts import Person
from app.rules.secondletters import Waiting


def ask_for_second(
    tools: Tools,
    tx: Transaction,
    actor: Actor,
    could: Iterable[Person],
    waiting: Waiting,
    *,
    key: str,
    where: str,
    at: datetime,
    cannot: Collection[str | None] = (),
) -> None:
    """Owe everybody who could give the second assent one letter that it is waited for.

    Args:
        tools: The tools.
        tx: The transaction in which it is proposed.
        actor: Who proposes it; never asked.
        could: Whose role lets them assent.
        waiting: What waits, in words.
        key: Names this proposal; one letter to each person for it.
        where: The address of what waits, without that of the service.
        at: When it was proposed. Aware, UTC.
        cannot: Ids of those who may not decide on it though their role would let them.
    """
    body = secondletters.second_wanted(waiting, f"{tools.policy.public_address}{where}")
    for person in could:
        if person.person_id == actor.person_id or person.person_id in cannot:
            continue
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="second_person",
            reason_key=f"second_person:{key}:{person.person_id}",
            subject=lettersubjects.second_wanted(waiting.what),
            body=body,
        )
