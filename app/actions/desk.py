"""What several actions need inside their own transaction: put an incident on record, and owe somebody a notice."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import breaches, incident_clocks, notices, people, rehearsals, releases, sessions
from app.rules import findings, lettertexts, officeletters
from app.rules.deliveries import WITHHELD
from app.rules.errors import Broken, TooManyTries
from app.rules.facts import Role
from app.rules.incidents import KIND_WORDS, IncidentDraft
from app.rules.rehearsals import headed, is_of_rehearsal

TRIES_SPAN = timedelta(hours=1)


def open_incident(
    tools: Tools, tx: Transaction, draft: IncidentDraft, *, at: datetime, opened_by: str | None = None
) -> str | None:
    """Put an incident on record, and tell those who answer for the producer's statistics.

    Args:
        draft: What the rule, or a person, says happened.
        at: When it comes to our knowledge. Aware, UTC.
        opened_by: The person who reported it, or None when a rule opened it.

    Returns:
        The new incident's id, or None when this cause is on record already: one incident for one cause.
    """
    breaches.take_turn(tx.connection)
    if draft.rule_key is not None and breaches.find_by_rule_key(tx.connection, draft.rule_key) is not None:
        return None
    if draft.release_id is not None and releases.get(tx.connection, draft.release_id).rehearsal:
        draft = replace(draft, facts={**draft.facts, "rehearsal": True})
    incident_id = tools.new_id("inc")
    number = breaches.add(tx.connection, incident_id=incident_id, draft=draft, opened_at=at, opened_by=opened_by)
    tx.append(
        Entry(
            EntryKind.INCIDENT_OPENED,
            at,
            actor_id=opened_by or "rule",
            producer_id=draft.producer_id,
            release_id=draft.release_id,
            said={"incident_id": incident_id, "number": number, "kind": draft.kind.value, "near_miss": draft.near_miss},
            sealed={"summary": draft.summary},
        )
    )
    knows = (
        opened_by if opened_by and incident_clocks.is_head(tx.connection, draft.producer_id, opened_by, at) else None
    )
    if knows is not None and not draft.near_miss:
        how = "They reported it themselves."
        incident_clocks.put_head_told(tx.connection, incident_id, told_at=at, how=how, at=at, by=knows)
    for person_id, email in breaches.list_people_to_tell(tx.connection, draft.producer_id, draft.release_id, at):
        _tell(tools, tx, draft, incident_id, number, at=at, person_id=person_id, email=email)
    return incident_id


def open_or_complete(tools: Tools, tx: Transaction, draft: IncidentDraft, *, at: datetime) -> None:
    """Put an incident on record; where it is on record already, still without its end, complete it.

    Args:
        tools: What this is done with.
        tx: The open transaction.
        draft: What the rule says happened, with ``public_at`` among its facts.
        at: When it comes to our knowledge. Aware, UTC.
    """
    if open_incident(tools, tx, draft, at=at) is not None or draft.rule_key is None:
        return
    incident_id = breaches.find_by_rule_key(tx.connection, draft.rule_key)
    card = breaches.get(tx.connection, incident_id) if incident_id else None
    if card is None or "absent_at" not in card.facts or card.facts["public_at"] is not None:
        return
    facts = {**card.facts, **draft.facts}
    if facts == card.facts:
        return
    breaches.complete(tx.connection, card, draft.summary, facts)
    tx.append(
        Entry(
            EntryKind.INCIDENT_CHANGED,
            at,
            producer_id=card.producer_id,
            release_id=card.release_id,
            said={"incident_id": card.incident_id, "state": card.state.value, "kind": card.kind.value},
            sealed={"summary": draft.summary},
        )
    )


def tell_seal_broken(tools: Tools, release_id: str, document_id: str) -> None:
    """Put an incident on record for a sealed document that was found damaged; one for each document.

    Args:
        tools: What this is done with.
        release_id: Of which release.
        document_id: Which. Nothing of it is given to anybody by whoever found it.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        draft = findings.seal_broken(releases.get(connection, release_id), document_id, at)
    _tell_once(tools, draft, at)


def tell_text_seal_broken(tools: Tools, release_id: str, text_id: str, version: int) -> None:
    """Put an incident on record for a text for the day that was found damaged; one for each version.

    Args:
        tools: What this is done with.
        release_id: Of which release.
        text_id: Which.
        version: Of it. Its words are shown to nobody by whoever found it.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        draft = findings.text_seal_broken(releases.get(connection, release_id), text_id, version, at)
    _tell_once(tools, draft, at)


def _tell_once(tools: Tools, draft: IncidentDraft, at: datetime) -> None:
    with tools.reading() as connection:
        if draft.rule_key is not None and breaches.find_by_rule_key(connection, draft.rule_key) is not None:
            return
    with tools.transaction() as tx:
        open_incident(tools, tx, draft, at=at)


def distrust(tools: Tools, what: str, error: Broken, checked: Entry, draft: IncidentDraft) -> None:
    """Stop opening documents because a check failed, and put the finding and an incident on record.

    Args:
        tools: What this is done with.
        what: What cannot be trusted, e.g. ``the clock``.
        error: What the check found.
        checked: The entry of the check; what was found is added to it.
        draft: The incident; one for one cause.
    """
    tools.trust.lose(what, error)
    with tools.transaction() as tx:
        tx.append(replace(checked, said={"found": error.detail}))
        open_incident(tools, tx, draft, at=checked.at)


def queue_notice(
    tools: Tools,
    tx: Transaction,
    *,
    at: datetime,
    email: str,
    person_id: str | None,
    kind: str,
    reason_key: str,
    subject: str,
    body: str,
    secret: bytes | None = None,
    release_id: str | None = None,
) -> bool:
    """Owe somebody a message. It is sent later, never on the path of a decision.

    Args:
        at: When it becomes due. Aware, UTC.
        person_id: Whom it is for, or None for an address that is no person of ours.
        subject, body: The letter; one about a rehearsal is headed so.
        kind: What sort of notice, e.g. ``incident``.
        reason_key: One notice for one reason, however often this is called.
        secret: Wrapped bytes that take the place of ``{secret}`` in the body at sending, and are then forgotten.
        release_id: What it is about, where that is one release: its producer's people then see how far it came.

    Returns:
        True when it was queued; False when this reason had its notice already.
    """
    subject, body = headed(subject, body)
    notice_id = tools.new_id("not")
    queued = notices.add(
        tx.connection,
        notice_id=notice_id,
        email=email,
        person_id=person_id,
        kind=kind,
        reason_key=reason_key,
        subject=subject[:300],
        body=body,
        at=at,
        secret=secret,
        release_id=release_id,
        text_version=lettertexts.version_of(kind),
    )
    withheld = queued and _is_withheld(tx, subject, body, person_id, at)
    if withheld:
        # It stands on record, so that nobody tries again to write it; it never goes.
        notices.give_up(tx.connection, notice_id, WITHHELD, at)
    if queued:
        tx.append(
            Entry(
                EntryKind.NOTICE_QUEUED,
                at,
                person_id=person_id,
                said=_said_of(notice_id, kind, withheld=withheld),
                sealed={"email": email},
            )
        )
    return queued


def tell_administrators(
    tools: Tools, tx: Transaction, letter: tuple[str, str], *, kind: str, about: str, at: datetime
) -> None:
    """Owe every administrator a letter, also whoever did it: it may have been done in their name.

    Args:
        letter: Its subject and its body.
        kind: What sort of notice, as ``queue_notice`` takes it.
        about: Id of what it is about, as one letter goes for one.
        at: Now. Aware, UTC.
    """
    subject, body = letter
    for one in people.people_with_role(tx.connection, None, Role.ADMINISTRATOR, at=at):
        queue_notice(
            tools,
            tx,
            at=at,
            email=one.email,
            person_id=one.person_id,
            kind=kind,
            reason_key=f"{kind}:{about}:{one.person_id}",
            subject=subject,
            body=body,
        )


def _said_of(notice_id: str, kind: str, *, withheld: bool) -> dict[str, object]:
    version = lettertexts.version_of(kind)
    said: dict[str, object] = {"notice_id": notice_id, "kind": kind}
    if version is not None:
        said["text_version"] = version
    return {**said, "withheld": True} if withheld else said


def _is_withheld(tx: Transaction, subject: str, body: str, person_id: str | None, at: datetime) -> bool:
    """Say whether a letter is about a quiet rehearsal and for somebody outside its producer."""
    if not is_of_rehearsal(subject, body):
        return False
    held = [] if person_id is None else people.roles_of(tx.connection, person_id, at)
    inside = {role.organisation_id for role in held}
    quiet = [one for one in rehearsals.quiet_ones(tx.connection) if one.title in subject or one.title in body]
    return any(one.organisation_id not in inside for one in quiet)


def demand_fewer_tries(
    tx: Transaction,
    kind: str,
    subject_hash: str,
    at: datetime,
    *,
    limit: int,
    of: str = "tries for this address or from this network",
) -> None:
    """Stop when something was tried too often within the hour before an instant; the count is shared by all replicas.

    Args:
        kind: What is tried, as counted by ``sessions.add_attempt``.
        subject_hash: Keyed hash of the address or network, 64 hexadecimal digits.
        limit: How many tries there may be.
        of: What there were too many of, for the message.

    Raises:
        TooManyTries: With how long to wait.
    """
    tried, first_at = sessions.count_attempts(tx.connection, kind, subject_hash, at - TRIES_SPAN)
    if tried < limit or first_at is None:
        return
    seconds = max(1, math.ceil((first_at + TRIES_SPAN - at).total_seconds()))
    raise TooManyTries(
        f"Too many {of}. Wait {math.ceil(seconds / 60)} minutes.",
        retry_after_seconds=seconds,
    )


def _tell(
    tools: Tools,
    tx: Transaction,
    draft: IncidentDraft,
    incident_id: str,
    number: int,
    *,
    at: datetime,
    person_id: str,
    email: str,
) -> None:
    sort = "Near miss" if draft.near_miss else "Incident"
    where = f"{tools.policy.public_address}/producer/incidents/{incident_id}"
    subject, body = officeletters.incident_opened(sort, number, KIND_WORDS[draft.kind], draft.summary, where)
    queue_notice(
        tools,
        tx,
        at=at,
        email=email,
        person_id=person_id,
        kind="incident",
        reason_key=f"incident:{incident_id}:{person_id}",
        subject=subject,
        body=body,
    )
