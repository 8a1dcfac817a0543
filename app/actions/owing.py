"""What several actions need inside their own transaction: put on record what an Order asks for because of a list."""

from __future__ import annotations

from datetime import datetime

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import breaches, duties, eligibility
from app.records.eligibility import ListRow
from app.records.releases import ReleaseRow
from app.rules.duties import WORDS, Duty, raised_by


def raise_duties(tools: Tools, tx: Transaction, actor: Actor, release: ReleaseRow, list_id: str, at: datetime) -> None:
    """Put on record what is owed because of the grants of a list now in force, and remind those who answer for it.

    Args:
        tools: What this is done with.
        tx: The transaction in which the list was approved.
        actor: Who approved it.
        release: Its release.
        list_id: The list, as approved.
        at: When. Aware, UTC.

    Source:
        SSI 2008/399 Sch. para 4(5); SSI 2008/399 Sch. para 6; WSI 2009/2818 Sch. para 4(4);
        WSI 2009/2818 Sch. para 7
    """
    row = eligibility.get_row(tx.connection, list_id)
    for duty in raised_by(release.release, row.eligibility_list, _names(row)):
        duty_id = duties.add(
            tx.connection,
            producer_id=release.release.producer.producer_id,
            release_id=release.release.release_id,
            grant_id=duty.grant_id,
            kind=duty.kind.value,
            reason_key=duty.reason_key,
            source=duty.source,
            particulars=dict(duty.particulars),
            at=at,
        )
        if duty_id is not None:
            _remind(tools, tx, actor, release, duty, duty_id, at)


def _names(row: ListRow) -> dict[str, str]:
    return {one.grant.person_id: one.holder_name for one in row.rows if one.grant.person_id is not None}


def _remind(
    tools: Tools, tx: Transaction, actor: Actor, release: ReleaseRow, duty: Duty, duty_id: str, at: datetime
) -> None:
    facts = release.release
    said = {"duty_id": duty_id, "kind": duty.kind.value, "source": duty.source, "grant_id": duty.grant_id}
    tx.append(
        Entry(
            EntryKind.DUTY_RAISED,
            at,
            actor_id=actor.actor_id,
            producer_id=facts.producer.producer_id,
            release_id=facts.release_id,
            said=dict(said),
        )
    )
    what = WORDS[duty.kind]
    for person_id, email in breaches.list_people_to_tell(
        tx.connection, facts.producer.producer_id, facts.release_id, at
    ):
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=email,
            person_id=person_id,
            kind="duty",
            reason_key=f"duty:{duty_id}:{person_id}",
            subject=f"{facts.title[:200]}: to do, {what}",
            body=(
                f"The list of “{facts.title}” is approved. {duty.source} now asks you to {what}, as soon as "
                "practicable.\n\nWhat must be told stands with the duty, and there you also record when and how it was "
                f"done: {tools.policy.public_address}/api/v1/producers/{facts.producer.producer_id}/duties\n"
            ),
        )
