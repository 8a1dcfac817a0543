"""The timeline of a window, for auditors and for the producer's own team."""

from __future__ import annotations

from app.actions import desk
from app.actions.gathering import timeline_of
from app.actions.tools import Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import releases
from app.rules import breaches
from app.rules.errors import LogDamaged
from app.rules.facts import Role
from app.rules.timeline import Timeline

READERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)


def read_timeline(tools: Tools, actor: Actor, release_id: str, *, fmt: str, with_names: bool = False) -> Timeline:
    """Give the timeline of a release's window. That it was read, how, and with whose names, is on record first.

    Args:
        fmt: How it will be shown, for the record.
        with_names: Put names beside posts, for those who find them on the board as well.

    Raises:
        NotFound: There is no such release, or none that the actor may know of.
        Refused: The actor has another role with its producer.
        LogDamaged: What an entry is searched by is not what it says. An incident is on record, and no document is
            opened until a check succeeds.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = releases.get_related(connection, actor, release_id)
        require_role(actor, row.organisation_id, *READERS)
    said = {"filters": ["release_id"], "timeline": fmt, "with_names": with_names}
    with tools.transaction() as tx:
        tx.append(
            Entry(
                EntryKind.LOG_READ,
                at,
                actor_id=actor.actor_id,
                producer_id=row.release.producer.producer_id,
                # Without the release's id: what reads about a release must not give cause for another seal of it.
                said=said,
                sealed={"timeline_of": release_id},
            )
        )
    try:
        with tools.reading() as connection:
            return timeline_of(connection, row.release, at, with_names=with_names)
    except LogDamaged as error:
        checked = Entry(EntryKind.LOG_CHECKED, at, Outcome.REFUSED)
        desk.distrust(tools, "the log", error, checked, breaches.log_damaged(at))
        raise
