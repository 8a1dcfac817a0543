"""What every act on a document needs: the facts for the rule, and a refusal that is on record before it is told.

Raising inside a transaction would roll back the refusal's own entry. So the entry is committed first, and only then is
the refusal raised; a test in ``tests/faults`` holds it there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import documents, evidence, facts_each, openings, producer_words, releases
from app.records.openings import OpeningRow
from app.records.producer_words import Asking
from app.rules import access, acknowledgement, breaches
from app.rules.access import Permit, Refusal
from app.rules.errors import Code, NotFound, OutOfOrder, PraError, Refused
from app.rules.facts import (
    LONDON,
    AccessFacts,
    DeclarationScope,
    DocumentCard,
    DocumentState,
    Grant,
    Release,
    london_date,
)
from app.rules.reasons import Reason, ReasonCode, instant_text, utc
from app.rules.undertakings.basis import Basis
from app.rules.undertakings.words import words_sha256
from app.rules.window import opens_at_for


def gather(connection: Connection, actor: Actor, document_id: str, at: datetime) -> AccessFacts:
    """Gather everything the rule may look at when this actor asks for a document.

    Args:
        at: The instant asked about. Aware, UTC.

    Raises:
        NotFound: There is no such document.
    """
    facts = documents.access_facts(connection, person_id=name_of(actor), document_id=document_id, at=at)
    return _with_words(connection, facts)


def gather_for_release(connection: Connection, actor: Actor, release_id: str, at: datetime) -> AccessFacts:
    """Gather the same for a release of which no document has been fixed yet.

    Raises:
        NotFound: There is no such release.
    """
    none_yet = DocumentCard("", release_id, "", "", "", 0, DocumentState.DRAFT)
    return _with_words(
        connection, documents.facts_about(connection, person_id=name_of(actor), document=none_yet, at=at)
    )


def gather_for_each(
    connection: Connection, actor: Actor, releases_asked: Collection[Release], at: datetime
) -> dict[str, AccessFacts]:
    """Gather the same for some releases by release id, to show how somebody stands with each; nothing is decided on it.

    Args:
        releases_asked: At most a few hundred, as they were just read.
        at: The instant asked about. Aware, UTC.
    """
    found = facts_each.facts_about_each(connection, person_id=name_of(actor), releases=releases_asked, at=at)
    asking = producer_words.asked_for_each(connection, found)
    return {release_id: _told_words(facts, asking[release_id]) for release_id, facts in found.items()}


def basis_of(release: Release, grants: tuple[Grant, ...], asking: Asking) -> Basis:
    """Give everything that decides which words somebody would have to sign for one release today.

    Args:
        release: The release.
        grants: Their own, in the list in force.
        asking: What its producer asks, from ``producer_words.asked_for``.
    """
    return Basis(release, grants, asking.words, asking.contact, series_title=asking.series_title)


def demand_permit(
    tools: Tools, actor: Actor, document_id: str, *, acknowledged: bool = False
) -> tuple[AccessFacts, Permit]:
    """Ask the rule; before an opening is made, and before the answer to a repeated request says once more that it was.

    Args:
        tools: What this is done with.
        actor: Who asks.
        document_id: What they ask for.
        acknowledged: They say they have read the ground and the conditions; asked under some Orders only.

    Returns:
        What was decided on, and the permit. Nothing of a permit is on record yet.

    Raises:
        Refused: The rule says no; every reason is told, and the refusal is in the log by then.
        NotFound: There is no such document, or the actor has no relation to its release.

    Source:
        SI 2008/2998 Sch. para 3(1); SSI 2008/399 Sch. para 2(2)(a); WSI 2009/2818 Sch. para 1(2)
    """
    tools.trust.demand()
    at = tools.clock.now()
    with tools.reading() as connection:
        facts, decision = _ask(connection, actor, document_id, at, acknowledged)
    if isinstance(decision, Refusal):
        raise refuse(tools, actor, facts, decision, "open")
    return facts, decision


class NoLongerPermitted(Exception):
    """A permit was withdrawn before it was on record: nothing was recorded, and the rule has to be asked again."""


def confirm_permit(
    connection: Connection, actor: Actor, permit: Permit, *, acknowledged: bool = False
) -> tuple[AccessFacts, Permit]:
    """Ask the rule for the same instant by the facts as they are in the transaction that is to record the permit.

    Args:
        connection: That transaction; nobody else decides on the release until it is over.
        actor: Who asks.
        permit: What the rule gave by facts that were read before.
        acknowledged: As for ``demand_permit``.

    Returns:
        What was decided on, and the permit, by the facts as they are.

    Raises:
        NoLongerPermitted: There is none now.
    """
    facts, decision = _ask(connection, actor, permit.document_id, permit.at, acknowledged)
    if isinstance(decision, Refusal):
        raise NoLongerPermitted
    return facts, decision


def grant_of(facts: AccessFacts, permit: Permit) -> Grant:
    """Give the grant that a permit relies on."""
    return next(grant for grant in facts.grants if grant.grant_id == permit.grant_id)


def name_of(actor: Actor) -> str:
    """Give the id under which an actor's attempts are counted: the person's, or the program's own."""
    return actor.person_id or actor.actor_id


def refuse(tools: Tools, actor: Actor, facts: AccessFacts, refusal: Refusal, act: str) -> PraError:
    """Put a refusal on record, durably, and give the error that tells it.

    Somebody with no relation to the release is told that nothing is there; the real reasons are in the log alone.

    Args:
        facts: What was decided on.
        refusal: The decision.
        act: What was asked for: ``open``, ``fetch`` or ``reveal``.

    Returns:
        ``Refused`` with every reason and the receipt in its extra, or ``NotFound`` without: its receipt is that of any
        request for what is not there, since the entry made here would tell what is. The caller raises it.
    """
    with tools.transaction() as tx:
        receipt = tx.append(
            Entry(
                EntryKind.ACCESS_DECIDED,
                refusal.at,
                Outcome.REFUSED,
                actor_id=actor.actor_id,
                person_id=name_of(actor),
                producer_id=facts.release.producer.producer_id,
                release_id=refusal.release_id,
                document_id=refusal.document_id,
                said=decision_record(facts, refusal, act),
            )
        )
        draft = _near_miss(tx.connection, tools, facts, refusal, name_of(actor))
        if draft is not None:
            desk.open_incident(tools, tx, draft, at=refusal.at)
        related = releases.related(tx.connection, actor, facts.release)
    return refused(refusal.reasons, receipt=receipt) if related else NotFound(NOTHING_THERE)


def refused(reasons: tuple[Reason, ...], **extra: Any) -> Refused:
    """Give the error for a refusal of access, whose detail says all of it."""
    return Refused(" ".join(reason.detail for reason in reasons), reasons=reasons, **extra)


def decision_record(facts: AccessFacts, decision: Permit | Refusal, act: str) -> dict[str, Any]:
    """Give what the log says of a decision: what was asked, every reason, and the instants it was judged by."""
    said: dict[str, Any] = {"act": act}
    if isinstance(decision, Permit):
        opens: datetime | None = decision.opens_at
        said["relied_on"] = list(decision.reasons)
        if acknowledgement.is_asked(facts.release):
            said["acknowledged"] = acknowledgement.told(facts.release, grant_of(facts, decision)).as_record()
    else:
        opens = _opens_at(facts)
        said["reasons"] = [{"code": reason.code.value, "source": reason.source} for reason in decision.reasons]
    return {
        **said,
        "opens_at": instant_text(opens) if opens else None,
        "publishes_at": instant_text(facts.release.publishes_at),
        "list_version": facts.eligibility_list.version if facts.eligibility_list else None,
    }


def own_opening(connection: Connection, actor: Actor, opening_id: str) -> OpeningRow:
    """Give an opening to the person who made it.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    opening = openings.get(connection, opening_id)
    if actor.person_id is None or opening.person_id != actor.person_id:
        raise NotFound(NOTHING_THERE)
    return opening


def demand_standing(opening: OpeningRow, at: datetime) -> None:
    """Stop when an opening has been ended or has run out.

    Raises:
        OutOfOrder: Code ``opening_ended``; ``ended_at`` in extra says since when.
    """
    ended_at = opening.stopped_at or opening.expires_at
    if opening.stopped_at is None and at < opening.expires_at:
        return
    why = f" ({opening.stopped_reason})" if opening.stopped_reason else ""
    raise OutOfOrder(
        f"This opening has ended{why}. Open the document again; the rule is asked afresh.",
        code=Code.OPENING_ENDED,
        ended_at=instant_text(ended_at),
    )


def _ask(
    connection: Connection, actor: Actor, document_id: str, at: datetime, acknowledged: bool
) -> tuple[AccessFacts, Permit | Refusal]:
    """Ask the rule, and whether the ground and the conditions were read where an Order asks for that."""
    facts = gather(connection, actor, document_id, at)
    decision = access.decide(facts, at)
    if isinstance(decision, Refusal):
        return facts, decision
    missing = acknowledgement.missing(facts.release, grant_of(facts, decision), acknowledged=acknowledged)
    if missing is None:
        return facts, decision
    return facts, Refusal(decision.person_id, decision.release_id, decision.document_id, at, (missing,))


def _with_words(connection: Connection, facts: AccessFacts) -> AccessFacts:
    return _told_words(facts, producer_words.asked_for(connection, facts.release.release_id))


def _told_words(facts: AccessFacts, asking: Asking) -> AccessFacts:
    basis = basis_of(facts.release, facts.grants, asking)
    return replace(
        facts,
        undertaking_sha256=words_sha256(basis),
        series_undertaking_sha256=words_sha256(replace(basis, scope=DeclarationScope.SERIES)),
        recipients=tuple(_told_words(one, asking) for one in facts.recipients),
    )


def _opens_at(facts: AccessFacts) -> datetime | None:
    release = facts.release
    known = [opens_at_for(release, grant) for grant in facts.grants]
    return min((opens for opens in known if opens is not None), default=None)


def _near_miss(
    connection: Connection, tools: Tools, facts: AccessFacts, refusal: Refusal, person_id: str
) -> breaches.IncidentDraft | None:
    if all(reason.code is ReasonCode.ACKNOWLEDGEMENT_MISSING for reason in refusal.reasons):
        return None  # it is a step on the way to a lawful opening, and no attempt at another
    midnight = utc(datetime.combine(london_date(refusal.at), time.min, tzinfo=LONDON))
    count = evidence.count_refusals(connection, person_id=person_id, release_id=refusal.release_id, since=midnight)
    early = any(reason.code is ReasonCode.WINDOW_NOT_OPEN for reason in refusal.reasons)
    limit = tools.policy.refusals_before_incident
    return breaches.after_refusals(facts.release, person_id, count, refusal.at, limit, early)
