"""Shared mailboxes on lists in force: found when the rule knows more than it did, or records came by another way.

A shared mailbox is refused where a person is added. What came on record before the rule knew its word is found here by
the worker; its access waits for a decision, and whoever decides can let it go on.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.actions import desk
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.records import breaches, eligibility, grants, openings, releases
from app.rules.breaches import shared_mailbox_listed
from app.rules.facts import london_date
from app.rules.mailboxes import is_shared_mailbox

_WHY = "the address is that of a shared mailbox, and the head of profession decides what follows."


@dataclass(frozen=True, slots=True)
class ListedMailbox:
    """Somebody on the list in force of one release, whose address is a shared mailbox's."""

    release_id: str
    person_id: str


def mailboxes_listed(tools: Tools) -> list[ListedMailbox]:
    """Give the shared mailboxes on lists in force of which no incident tells yet."""
    with tools.reading() as connection:
        found = [
            ListedMailbox(release_id, person_id)
            for release_id, person_id, name, email in eligibility.listed_on_awaited(connection)
            if is_shared_mailbox(email, name)
        ]
        return [
            one
            for one in found
            if breaches.find_by_rule_key(connection, f"mailbox_listed:{one.release_id}:{one.person_id}") is None
        ]


def put_on_record(tools: Tools, found: ListedMailbox) -> None:
    """Open an incident for a shared mailbox on a list in force, and let its access wait for a decision.

    Args:
        tools: The tools.
        found: Which.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, found.release_id)
        release = releases.get(tx.connection, found.release_id)
        listed = eligibility.in_force(tx.connection, found.release_id, on=london_date(at))
        mine = [one for one in listed.grants if one.person_id == found.person_id] if listed else []
        opened = [
            one
            for one in openings.facts_of_release(tx.connection, found.release_id)
            if one.person_id == found.person_id
        ]
        posts = sorted({f"{one.post_title}, {one.organisation}" for one in mine})
        if not mine:
            return  # taken off the list meanwhile
        draft = shared_mailbox_listed(release, found.person_id, posts, opened, at)
        if desk.open_incident(tools, tx, draft, at=at) is None:
            return
        for grant in mine:
            if grant.paused_reason:
                continue
            grants.pause(tx.connection, grant.grant_id, _WHY)
            tx.append(
                Entry(
                    EntryKind.GRANT_PAUSED,
                    at,
                    person_id=found.person_id,
                    producer_id=release.producer.producer_id,
                    release_id=found.release_id,
                    said={"grant_id": grant.grant_id, "cause": "shared_mailbox"},
                )
            )
