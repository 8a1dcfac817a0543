"""From which networks an opening is used, inside the transaction that puts the use on record."""

from __future__ import annotations

import json
from datetime import datetime

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import grants, openings, organisations, people
from app.records.openings import OpeningRow
from app.rules.facts import Release
from app.rules.incidents import OpeningFact
from app.rules.networks import Follows, after_use, question_body, question_subject, several_networks
from app.rules.reasons import instant_text


def begun_from(actor: Actor) -> str | None:
    """Give what is kept of the network from which an opening is made."""
    return json.dumps([actor.network_hash]) if actor.network_hash else None


def note_use(
    tools: Tools, tx: Transaction, actor: Actor, opening: OpeningRow, release: Release, act: str, at: datetime
) -> None:
    """Note from which network an opening is used, and do what follows when it is another than before.

    Args:
        tools: The tools.
        tx: The open transaction.
        actor: Who uses it.
        opening: As it was read.
        release: Its release.
        act: What they do: ``fetch`` or ``reveal``.
        at: Now. Aware, UTC.
    """
    if not actor.network_hash or _newest(opening) == actor.network_hash:
        return
    kept = openings.get(tx.connection, opening.opening_id)  # anew: another use may have come between
    networks, follows = after_use(networks_of(kept), actor.network_hash)
    if not openings.keep_networks(tx.connection, kept, json.dumps(networks)):
        return  # another use at the very same time; it does what follows
    if follows is Follows.NOTHING:
        return
    tx.append(_changed(actor, kept, release, networks, act, at))
    if kept.networks_answer == "mine":  # said of those that were known then, and of no other
        if actor.network_hash in networks_of(kept):
            return
        openings.forget_answer(tx.connection, kept.opening_id)
        kept, follows = openings.get(tx.connection, kept.opening_id), Follows.QUESTION
    asked_at = kept.networks_asked_at or at
    if openings.ask_about_networks(tx.connection, kept.opening_id, at):
        _ask(tools, tx, kept, release, at)
    if follows is Follows.NEAR_MISS:
        draft = several_networks(release, fact_of(tx, kept), networks, at, denied=False, asked_at=asked_at)
        desk.open_incident(tools, tx, draft, at=at)


def networks_of(opening: OpeningRow) -> tuple[str, ...]:
    """Give the keyed hashes of the networks that an opening was used from, each change in turn."""
    return tuple(json.loads(opening.networks)) if opening.networks else ()


def fact_of(tx: Transaction, opening: OpeningRow) -> OpeningFact:
    """Give an opening as an incident tells of it."""
    grant = grants.get(tx.connection, opening.grant_id).grant
    return OpeningFact(
        opening_id=opening.opening_id,
        number=opening.number,
        document_id=opening.document_id,
        person_id=opening.person_id,
        post_title=grant.post_title,
        organisation=grant.organisation,
        opened_at=opening.opened_at,
        grant=grant,
        window_opened_at=opening.window_opened_at,
    )


def _newest(opening: OpeningRow) -> str | None:
    networks = networks_of(opening)
    return networks[-1] if networks else None


def _ask(tools: Tools, tx: Transaction, opening: OpeningRow, release: Release, at: datetime) -> None:
    person = people.get(tx.connection, opening.person_id)
    producer = organisations.get_producer(tx.connection, release.producer.producer_id)
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=person.email,
        person_id=person.person_id,
        kind="networks",
        reason_key=f"networks:{opening.opening_id}:{instant_text(at)}",
        subject=question_subject(release),
        body=question_body(
            release,
            opening.number,
            at,
            where=f"{tools.policy.public_address}/openings/{opening.opening_id}",
            contact=producer.contact,
        ),
    )


def _changed(
    actor: Actor, opening: OpeningRow, release: Release, networks: tuple[str, ...], act: str, at: datetime
) -> Entry:
    return Entry(
        EntryKind.NETWORKS_CHANGED,
        at,
        actor_id=actor.actor_id,
        person_id=opening.person_id,
        producer_id=release.producer.producer_id,
        release_id=opening.release_id,
        document_id=opening.document_id,
        said={"opening_id": opening.opening_id, "number": opening.number, "act": act, "networks": len(set(networks))},
        sealed={"network": actor.network_hash},
    )
