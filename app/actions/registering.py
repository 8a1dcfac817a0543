"""Puts a release on record, in somebody's open transaction: registering one, and importing a calendar, both need it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import releases
from app.records import series as series_records
from app.records.releases import ReleaseRow
from app.rules.facts import Release
from app.rules.reasons import instant_text, utc
from app.rules.rehearsals import titled
from app.rules.window import window_of


def put_on_record(
    tx: Transaction,
    actor: Actor,
    release: Release,
    at: datetime,
    *,
    lead_official_id: str | None = None,
    time_exemption: str = "",
) -> ReleaseRow:
    """Add a release that has been checked, and log that it was registered.

    Args:
        tx: The open transaction.
        actor: Who registers it.
        release: The release; its producer and series exist.
        at: When. Aware, UTC.
        lead_official_id: Who answers for it, if named.
        time_exemption: What allows a time other than 09:30 on a weekday, or nothing.

    Raises:
        Malformed: A real release is titled as a rehearsal, or the title is too long with its heading.

    Returns:
        The release as it stands on record, with the days that its Order leaves out.
    """
    release = replace(release, title=titled(release.title, rehearsal=release.rehearsal))
    releases.add(
        tx.connection,
        release,
        lead_official_id=lead_official_id,
        time_exemption=time_exemption,
        prepared_by=actor.actor_id,
        added_at=at,
    )
    made = releases.get_row(tx.connection, release.release_id)
    opens = window_of(made.release).opens_at
    tx.append(
        Entry(
            EntryKind.RELEASE_REGISTERED,
            at,
            actor_id=actor.actor_id,
            producer_id=release.producer.producer_id,
            release_id=release.release_id,
            said={
                "order": release.order.value,
                "sensitivity": release.sensitivity.value,
                "also_market_sensitive": release.also_market_sensitive,
                "publishes_at": instant_text(utc(release.publishes_at)),
                "opens_at": instant_text(opens) if opens else None,
                "rehearsal": release.rehearsal,
            },
            sealed={"title": release.title},
        )
    )
    return made


def series_id(tools: Tools, tx: Transaction, actor: Actor, producer_id: str, title: str, at: datetime) -> str:
    """Give the id of a producer's series by its title; it is begun if there is none."""
    found = series_records.find_titled(tx.connection, producer_id, title)
    if found is not None:
        return found
    made = tools.new_id("ser")
    series_records.add(tx.connection, made, producer_id, title)
    tx.append(
        Entry(
            EntryKind.SERIES_ADDED,
            at,
            actor_id=actor.actor_id,
            producer_id=producer_id,
            said={"series_id": made},
            sealed={"title": title},
        )
    )
    return made
