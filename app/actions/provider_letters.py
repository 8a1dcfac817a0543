"""Administrators learn by letter what becomes of sign-in providers, whoever did it, inside the transaction."""

from __future__ import annotations

from datetime import datetime

from app.actions import desk
from app.actions.tools import Tools, Transaction
from app.records import people
from app.rules.facts import Role


def tell_administrators(tools: Tools, tx: Transaction, letter: tuple[str, str], *, entry_id: str, at: datetime) -> None:
    """Owe every administrator a letter, also whoever did it: it may have been done in their name.

    Args:
        letter: Its subject and its body.
        entry_id: Of the log's entry that it is about.
        at: Now. Aware, UTC.
    """
    subject, body = letter
    for one in people.people_with_role(tx.connection, None, Role.ADMINISTRATOR, at=at):
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=one.email,
            person_id=one.person_id,
            kind="sign_in_provider",
            reason_key=f"sign_in_provider:{entry_id}:{one.person_id}",
            subject=subject,
            body=body,
        )
