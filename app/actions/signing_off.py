"""A report is signed off, and what was sent of it is put on record. The service sends nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.actions.drafting import CHANGERS, note_head_acted, require_changer, require_no_names, require_not_involved
from app.actions.kept_reports import VersionView, content_kept, entry_of, found, require_newest, role_of, view
from app.actions.tools import Actor, Tools, Transaction, require_fresh_sign_in
from app.audit.entries import Entry, EntryKind
from app.records import breaches, releases
from app.records import report_versions as versions
from app.records.breaches import IncidentCard
from app.records.report_versions import ReportVersion, Submission
from app.rules.errors import Code, Conflict, Malformed, OutOfOrder
from app.rules.incidents import IncidentState, check_step
from app.rules.reportversions import waiting_in


def sign_off(tools: Tools, actor: Actor, report_version_id: str, *, sha256: str) -> VersionView:
    """Sign a version off: by a lead official or the head of profession, never by whoever the incident is about.

    Args:
        sha256: Of what was read, so that nothing else is signed.

    Raises:
        NotFound: There is none, or none that this person may see.
        Refused: Another role is needed, or a fresh sign-in; or the incident is about what they did themselves.
        Conflict: A later version stands, or this one is another than was read.
        OutOfOrder: It is signed off already, something in it still waits for a person, or the incident is closed.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        breaches.take_turn(tx.connection)  # nobody writes a later version meanwhile
        one, card = found(tx.connection, actor, report_version_id)
        require_changer(actor, card)
        require_not_involved(actor, card)
        require_fresh_sign_in(actor, at, tools.policy)
        require_newest(tx.connection, one)
        if one.sha256 != sha256:
            raise Conflict(
                "This version is not the one you read: its SHA-256 differs. Read it again, then sign it off."
            )
        _require_ready(one, card)
        signed_as = role_of(actor, card, CHANGERS)
        versions.sign(tx.connection, report_version_id, at=at, by=actor.actor_id, signed_as=signed_as)
        said = {"form": one.form, "sha256": sha256, "signed_as": signed_as}
        tx.append(entry_of(EntryKind.REPORT_SIGNED_OFF, actor, card, one, at, said))
        note_head_acted(tx, actor, card, at)
        return view(tx.connection, replace(one, signed_at=at, signed_by=actor.actor_id, signed_as=signed_as))


def record_submission(
    tools: Tools,
    actor: Actor,
    report_version_id: str,
    *,
    submitted_at: datetime,
    submitted_by: str,
    to_whom: str,
    how: str,
) -> VersionView:
    """Put on record that a signed version was sent. The service sends nothing; the incident becomes reported.

    Args:
        submitted_at: When. Aware, UTC.
        submitted_by: By whom: a post or a role.
        to_whom: To whom.
        how: By which way, e.g. ``by e-mail``.

    Raises:
        NotFound: There is none, or none that this person may see.
        Refused: Another role is needed, or the incident is about what they did themselves.
        OutOfOrder: The version is not signed off, is of a rehearsal, or the incident is not under review.
        Malformed: The time lies before the signing off, or in the future; or it names somebody instead of a post.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        breaches.take_turn(tx.connection)
        one, card = found(tx.connection, actor, report_version_id)
        require_changer(actor, card)
        require_not_involved(actor, card)
        if one.signed_at is None:
            raise OutOfOrder(
                "This version is not signed off. A lead official or the head of profession signs it first."
            )
        if card.release_id and releases.get(tx.connection, card.release_id).rehearsal:
            raise OutOfOrder("This is about a rehearsal: its report is sent to nobody.")
        # People know the minute in which they sent something.
        if not one.signed_at.replace(second=0, microsecond=0) <= submitted_at <= at:
            raise Malformed("It was sent after it was signed off, and not later than now.", code=Code.INVALID_INSTANT)
        require_no_names(tx.connection, card, (submitted_by, to_whom, how))
        sent = Submission(
            tools.new_id("rps"), report_version_id, submitted_at, submitted_by, to_whom, how, at, actor.actor_id
        )
        versions.add_submission(tx.connection, sent)
        sealed = {"submitted_by": submitted_by, "to_whom": to_whom, "how": how}
        entry = entry_of(EntryKind.REPORT_SUBMITTED, actor, card, one, at, {"sha256": one.sha256})
        tx.append(replace(entry, sealed=sealed))
        _become_reported(tx, actor, card, at)
        return view(tx.connection, one)


def _become_reported(tx: Transaction, actor: Actor, card: IncidentCard, at: datetime) -> None:
    if card.state in (IncidentState.REPORTED, IncidentState.ACTIONS_TRACKED, IncidentState.COMPLETED):
        return
    check_step(card.state, IncidentState.REPORTED, "")
    breaches.change(tx.connection, replace(card, state=IncidentState.REPORTED))
    said = {
        "incident_id": card.incident_id,
        "from_state": card.state.value,
        "state": IncidentState.REPORTED.value,
        "kind": card.kind.value,
        "near_miss": card.near_miss,
    }
    tx.append(
        Entry(
            EntryKind.INCIDENT_CHANGED,
            at,
            actor_id=actor.actor_id,
            producer_id=card.producer_id,
            release_id=card.release_id,
            said=said,
        )
    )


def _require_ready(one: ReportVersion, card: IncidentCard) -> None:
    if card.state is IncidentState.CLOSED_NO_BREACH:
        raise OutOfOrder("The incident is closed as no breach. Take it under review again first.")
    if one.signed_at is not None:
        raise OutOfOrder("This version is signed off already.")
    waiting = waiting_in(content_kept(one))
    if waiting:
        raise OutOfOrder(f"These answers still wait for a person: {'; '.join(waiting)}.", waiting=list(waiting))
