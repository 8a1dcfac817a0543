"""The conditions of ``access.decide``, one small function each: facts and an instant in, a reason or nothing out.

Each answers for itself alone, so that every failing one can be named. Deliberately not conditions: the purpose for
which the access is used (para 6(2), para 7), which no software can see.
"""

from __future__ import annotations

from datetime import datetime

from app.rules.facts import (
    AccessFacts,
    Declaration,
    DocumentState,
    Grant,
    GrantClass,
    ListState,
    ReleaseState,
    london_date,
    london_text,
)
from app.rules.orders import uk
from app.rules.reasons import Reason, ReasonCode
from app.rules.window import INSTRUMENTS, ORDERS, UK_SENSITIVITIES, not_built, opens_at_for

FINAL_FORM = "SRSA 2007 s.11(8)"
PRODUCER_POLICY = "Producer policy: declarations"


def release_is_not_cancelled(facts: AccessFacts, at: datetime) -> Reason | None:
    """A cancelled release opens for nobody.

    Source:
        SRSA 2007 s.11(8)
    """
    if facts.release.state is not ReleaseState.CANCELLED:
        return None
    return Reason(
        ReasonCode.RELEASE_CANCELLED,
        FINAL_FORM,
        "The release has been cancelled. What you have seen of it remains restricted.",
        "Nothing more is needed from you; ask the producer if you think this is a mistake.",
    )


def release_is_not_postponed(facts: AccessFacts, at: datetime) -> Reason | None:
    """A postponed release has no time set, so no window can be counted from it.

    Source:
        SI 2008/2998 Sch. para 4
    """
    if facts.release.state is not ReleaseState.POSTPONED:
        return None
    return Reason(
        ReasonCode.RELEASE_POSTPONED,
        uk.PARA_4,
        "The release has been postponed and has no new time yet. What you have seen of it remains restricted.",
        "Wait until the producer sets the new time; you will be told.",
    )


def release_is_final(facts: AccessFacts, at: datetime) -> Reason | None:
    """Pre-release access is access to statistics in their final form; before that there is nothing to give.

    Source:
        SRSA 2007 s.11(8)
    """
    if facts.release.state not in (ReleaseState.PLANNED, ReleaseState.ANNOUNCED):
        return None
    return Reason(
        ReasonCode.RELEASE_NOT_FINAL,
        FINAL_FORM,
        "The release has not been signed off in its final form.",
        "Wait for the producer to sign the release off.",
    )


def release_is_not_published(facts: AccessFacts, at: datetime) -> Reason | None:
    """The window ends with publication itself, and excludes its instant.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    published_at = facts.release.published_at
    if published_at is None and facts.release.state is not ReleaseState.PUBLISHED:
        return None
    if published_at is not None and at < published_at:
        return None
    when = f"was published on {london_text(published_at)}" if published_at else "has been published"
    where = f" at {facts.release.public_url}" if facts.release.public_url else ""
    return Reason(
        ReasonCode.ALREADY_PUBLISHED,
        uk.PARA_6_1,
        f"The release {when}; pre-release access has ended.",
        f"Read it where everybody can{where}.",
    )


def order_is_built(facts: AccessFacts, at: datetime) -> Reason | None:
    """No window is guessed for an Order, or a class of statistics, that this version does not know.

    Source:
        SI 2008/2998 art. 2
    """
    release = facts.release
    if release.order not in ORDERS:
        return not_built(release.order)
    if release.sensitivity in UK_SENSITIVITIES:
        return None
    return Reason(
        ReasonCode.ORDER_NOT_BUILT,
        f"{INSTRUMENTS[release.order]} Sch. para 16",
        f"The governing Order has no class of “{release.sensitivity.value}” statistics.",
        "Ask the producer to correct the release's class.",
    )


def document_is_final(facts: AccessFacts, at: datetime) -> Reason | None:
    """A document is opened only after a second person has fixed it as final form by its hash.

    Source:
        SRSA 2007 s.11(8)
    """
    if facts.document.state not in (DocumentState.DRAFT, DocumentState.SUPERSEDED):
        return None
    superseded = facts.document.state is DocumentState.SUPERSEDED
    return Reason(
        ReasonCode.DOCUMENT_NOT_FINAL,
        FINAL_FORM,
        "A newer version has taken this document's place."
        if superseded
        else "The document has not been fixed as final form.",
        "Open the newest version." if superseded else "Wait for the producer to fix it.",
    )


def document_is_not_recalled(facts: AccessFacts, at: datetime) -> Reason | None:
    """A recalled document opens for nobody.

    Source:
        Code 2018 T3.4
    """
    if facts.document.state is not DocumentState.RECALLED:
        return None
    return Reason(
        ReasonCode.DOCUMENT_RECALLED,
        "Code 2018 T3.4",
        "The producer has recalled this document.",
        "Delete any copy you hold and tell the producer that you have.",
    )


def list_is_approved(facts: AccessFacts, at: datetime) -> Reason | None:
    """Only the person responsible may grant access; an unapproved list grants nothing.

    Source:
        SI 2008/2998 Sch. para 2
    """
    current = facts.eligibility_list
    if current is not None and current.state is ListState.APPROVED:
        return None
    return Reason(
        ReasonCode.LIST_NOT_APPROVED,
        "SI 2008/2998 Sch. para 2",
        "No eligibility list has been approved for this release.",
        "Wait for the head of profession to approve the list.",
    )


def person_is_on_the_list(facts: AccessFacts, at: datetime) -> Reason | None:
    """Access is for those granted it, by name; an empty list means nobody.

    Source:
        SI 2008/2998 Sch. para 3(1)
    """
    mine = facts.person.person_id
    if facts.grants and all(grant.person_id == mine for grant in facts.grants):
        return None
    return Reason(
        ReasonCode.NOT_ON_LIST,
        uk.PARA_3_1,
        "You are not on the eligibility list of this release.",
        "If you need access, ask the producer to consider a grant in your own name before the window opens.",
    )


def person_is_not_suspended(facts: AccessFacts, at: datetime) -> Reason | None:
    """A suspension bites from its first instant until it is ended.

    Source:
        SI 2008/2998 Sch. para 3(1)(e)
    """
    for suspension in facts.suspensions:
        if suspension.from_at <= at and (suspension.ended_at is None or at < suspension.ended_at):
            return Reason(
                ReasonCode.SUSPENDED,
                uk.PARA_3_1_E,
                f"Access is suspended for {suspension.subject}: {suspension.reason}",
                f"Reinstatement needs: {suspension.conditions or 'a decision by the head of profession'}.",
            )
    return None


def declaration_is_signed(facts: AccessFacts, at: datetime) -> Reason | None:
    """A signed declaration is the Order's own gate for market-sensitive statistics, and producer policy elsewhere.

    Source:
        SI 2008/2998 Sch. para 8
    """
    release, mine = facts.release, facts.person.person_id
    order = ORDERS.get(release.order)
    statutory = order is not None and order.declaration_is_statutory(release.sensitivity)
    if not statutory and not release.producer.declaration_for_all:
        return None
    source = uk.PARA_8 if statutory else PRODUCER_POLICY
    signed = [d for d in facts.declarations if d.person_id == mine and d.signed_at <= at]
    if not signed:
        return Reason(
            ReasonCode.DECLARATION_MISSING,
            source,
            "You have not signed the declaration for this release.",
            "Read and sign the declaration, then try again.",
        )
    faults = [_declaration_fault(facts, d, at) for d in sorted(signed, key=lambda d: d.signed_at)]
    standing = [fault for fault in faults if fault is not None]
    if len(standing) < len(faults):  # one sound declaration is enough
        return None
    code, detail = standing[-1]
    return Reason(code, source, detail, "Read and sign the declaration again, then try again.")


def _declaration_fault(facts: AccessFacts, signed: Declaration, at: datetime) -> tuple[ReasonCode, str] | None:
    if signed.withdrawn_at is not None and signed.withdrawn_at <= at:
        return ReasonCode.DECLARATION_WITHDRAWN, "You have withdrawn your declaration."
    # No words at all are no words that anyone could have agreed to, so that two missing hashes never match.
    if not facts.undertaking_sha256 or signed.undertaking_sha256 != facts.undertaking_sha256:
        return ReasonCode.DECLARATION_SUPERSEDED, "The words of the declaration have changed since you signed it."
    if signed.lapses_at <= at:
        return ReasonCode.DECLARATION_LAPSED, f"Your declaration lapsed on {london_text(signed.lapses_at)}."
    return None


def window_has_opened(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """The window includes its first instant. Before it, the refusal says when it opens.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a)
    """
    opens = opens_at_for(facts.release, grant)
    if opens is None or at >= opens:  # an Order that is not built is refused by order_is_built
        return None
    return Reason(
        ReasonCode.WINDOW_NOT_OPEN,
        uk.PARA_4,
        f"The window opens on {london_text(opens)}.",
        "Try again at that time.",
        until=opens,
    )


def post_is_held(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """Lists speak of posts, doors admit people: the grant serves only while its holder holds the post.

    Source:
        SI 2008/2998 Sch. para 9(b)
    """
    today = london_date(at)
    begun = grant.held_from_on is not None and grant.held_from_on <= today
    ended = grant.held_until_on is not None and grant.held_until_on < today
    if begun and not ended:
        return None
    return Reason(
        ReasonCode.POST_NOT_HELD,
        uk.PARA_9_B,
        f"The access belongs to the post “{grant.post_title}”, which you do not hold today.",
        "Ask the producer to name the present holder, or to consider a grant for the post you hold now.",
    )


def grant_is_not_paused(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """A grant that waits for a decision serves nobody meanwhile.

    Source:
        SI 2008/2998 Sch. para 4
    """
    if not grant.paused_reason:
        return None
    return Reason(
        ReasonCode.GRANT_PAUSED,
        uk.PARA_4,
        f"Your access is paused: {grant.paused_reason}",
        "The producer decides whether it resumes; you will be told.",
    )


def grant_class_is_built(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """The special provisions set conditions of their own; a grant under one that is not built serves nobody.

    Approval refuses such a list already; this is the second lock.

    Source:
        SI 2008/2998 Sch. para 3(2)
    """
    if grant.grant_class in uk.BUILT_CLASSES:
        return None
    return Reason(
        ReasonCode.CLASS_NOT_BUILT,
        uk.PARA_3_2,
        f"Access as “{grant.grant_class.value}” is not supported by this version.",
        "Ask the producer to arrange this access outside the service.",
    )


def exceptional_reasons_are_published(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """A person who is not an eligible person has access only when the reasons for it are published.

    Source:
        SI 2008/2998 Sch. para 5(1)(b); SI 2008/2998 Sch. para 5(4)(a)
    """
    return _lacking(grant, ReasonCode.EXCEPTIONAL_NOT_PUBLISHED)


def board_is_informed(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """A person who is not an eligible person has access only when the Statistics Board has been informed.

    Source:
        SI 2008/2998 Sch. para 5(1)(b); SI 2008/2998 Sch. para 5(4)(b)
    """
    return _lacking(grant, ReasonCode.BOARD_NOT_INFORMED)


def _lacking(grant: Grant, code: ReasonCode) -> Reason | None:
    if grant.grant_class is not GrantClass.EXCEPTIONAL_PERSON:
        return None
    return next((reason for reason in uk.exceptional_reasons(grant.exceptional) if reason.code is code), None)
