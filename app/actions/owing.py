"""What several actions need inside their own transaction: put on record what an Order asks for because of a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import breaches, duties, eligibility, releases
from app.records.duties import KnownDuty
from app.records.eligibility import ListRow
from app.records.releases import ReleaseRow
from app.rules import officeletters
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.duties import WORDS, Duty, DutyKind, raised_by
from app.rules.eligibility import PublicRow
from app.rules.facts import ReleaseState, london_date

_WITHOUT_TIMES = (ReleaseState.POSTPONED, ReleaseState.CANCELLED, ReleaseState.PUBLISHED)


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
        SI 2008/2998 Sch. para 5(4)(a); SSI 2008/399 Sch. para 4(5); SSI 2008/399 Sch. para 6;
        WSI 2009/2818 Sch. para 4(4); WSI 2009/2818 Sch. para 7; SR 2009/71 Sch. para 5(4)(a)
    """
    _raise(tools, tx, actor.actor_id, release, eligibility.get_row(tx.connection, list_id), at)


def renew_duties(tools: Tools, tx: Transaction, actor_id: str, release_id: str, at: datetime) -> None:
    """Put on record what is owed now that a release's times have changed: by a move, or by a day that counts or not.

    Args:
        tools: What this is done with.
        tx: The transaction in which they changed.
        actor_id: Who changed them.
        release_id: The release; nothing is owed where no list is in force, or no time is set.
        at: When. Aware, UTC.

    Source:
        SSI 2008/399 Sch. para 4(5); SSI 2008/399 Sch. para 6; WSI 2009/2818 Sch. para 4(4);
        WSI 2009/2818 Sch. para 4(5); WSI 2009/2818 Sch. para 7
    """
    listed = eligibility.in_force(tx.connection, release_id, on=london_date(at))
    release = releases.get_row(tx.connection, release_id)
    if listed is not None and release.release.state not in _WITHOUT_TIMES:
        _raise(tools, tx, actor_id, release, eligibility.get_row(tx.connection, listed.list_id), at)


def settle_published(
    tx: Transaction, actor: Actor, release: ReleaseRow, rows: Iterable[PublicRow], version: int, at: datetime
) -> None:
    """Put on record that reasons owed to the public are published with the list of posts.

    Args:
        tx: The transaction in which it is published.
        actor: Who publishes it.
        release: Its release.
        rows: The list as it is published.
        version: Which version of the list it is computed from.
        at: Now. Aware, UTC.

    Source:
        SI 2008/2998 Sch. para 5(4)(a); SR 2009/71 Sch. para 5(4)(a)
    """
    shown = {(f"{row.post}, {row.organisation}", row.reasons) for row in rows if row.exceptional}
    how = f"Published with the list of posts, version {version}."
    for one in duties.of_release(tx.connection, release.release.release_id):
        told = (one.particulars.get("post"), one.particulars.get("reasons"))
        if one.is_done or one.kind != DutyKind.PUBLISH_REASONS.value or told not in shown:
            continue
        if duties.settle(tx.connection, one.duty_id, at=at, done_by=actor.actor_id, note=how):
            tx.append(_entry(EntryKind.DUTY_DONE, one, release, actor.actor_id, at, {"how": how}))


def _raise(tools: Tools, tx: Transaction, actor_id: str, release: ReleaseRow, row: ListRow, at: datetime) -> None:
    """Raise what is new. What is owed still, of the same person by the same clause, is brought up to date instead."""
    if release.release.rehearsal:
        return  # a rehearsal obliges nobody to tell the Board or the public anything
    owed = raised_by(release.release, row.eligibility_list, _names(row))
    known = duties.of_release(tx.connection, release.release.release_id)
    causes, there = {duty.reason_key for duty in owed}, {one.reason_key for one in known}
    stale = [one for one in known if not one.is_done and one.reason_key not in causes]
    for duty in {duty.reason_key: duty for duty in owed}.values():
        if duty.reason_key in there:
            continue
        mine = (duty.kind.value, duty.source, duty.person_id)
        old = next((one for one in stale if (one.kind, one.source, one.person_id) == mine), None)
        if old is None:
            _add(tools, tx, actor_id, release, duty, at)
        else:
            stale.remove(old)
            _change(tools, tx, actor_id, release, duty, old, at)


def _add(tools: Tools, tx: Transaction, actor_id: str, release: ReleaseRow, duty: Duty, at: datetime) -> None:
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
        made = KnownDuty(duty_id, duty.kind.value, duty.source, None, duty.reason_key, {}, is_done=False)
        tx.append(_entry(EntryKind.DUTY_RAISED, made, release, actor_id, at, grant_id=duty.grant_id))
        _remind(tools, tx, release, duty, f"duty:{duty_id}", at)


def _change(
    tools: Tools, tx: Transaction, actor_id: str, release: ReleaseRow, duty: Duty, old: KnownDuty, at: datetime
) -> None:
    """What has not been told yet is told as it stands now; the log keeps what stood there before."""
    particulars = dict(duty.particulars)
    if duties.change(
        tx.connection,
        old.duty_id,
        grant_id=duty.grant_id,
        reason_key=duty.reason_key,
        particulars=particulars,
        at=at,
    ):
        before = canonical_json(old.particulars).decode()[:2000]
        tx.append(
            _entry(EntryKind.DUTY_CHANGED, old, release, actor_id, at, {"before": before}, grant_id=duty.grant_id)
        )
        key = f"duty:{old.duty_id}:{sha256_hex(duty.reason_key.encode())[:24]}"
        _remind(tools, tx, release, duty, key, at)


def _names(row: ListRow) -> dict[str, str]:
    return {one.grant.person_id: one.holder_name for one in row.rows if one.grant.person_id is not None}


def _entry(
    kind: EntryKind,
    duty: KnownDuty,
    release: ReleaseRow,
    actor_id: str,
    at: datetime,
    sealed: dict[str, str] | None = None,
    **said: str,
) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor_id,
        producer_id=release.release.producer.producer_id,
        release_id=release.release.release_id,
        said={"duty_id": duty.duty_id, "kind": duty.kind, "source": duty.source, **said},
        sealed=sealed or {},
    )


def _remind(tools: Tools, tx: Transaction, release: ReleaseRow, duty: Duty, reason_key: str, at: datetime) -> None:
    facts = release.release
    where = f"{tools.policy.public_address}/producer/duties/{facts.producer.producer_id}"
    subject, body = officeletters.duty_owed(facts.title, duty.source, WORDS[duty.kind], where)
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
            reason_key=f"{reason_key}:{person_id}",
            subject=subject,
            body=body,
            release_id=facts.release_id,
        )
