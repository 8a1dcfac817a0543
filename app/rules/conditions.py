"""The conditions of ``access.decide``, one small function each: facts and an instant in, a reason or nothing out.

Each answers for itself alone, so that every failing one can be named. Deliberately not conditions: the purpose for
which the access is used (para 6(2), para 7), which no software can see.
"""

from __future__ import annotations

from datetime import datetime

from app.rules import granting
from app.rules.clauses import FINAL_FORM
from app.rules.facts import (
    AccessFacts,
    Declaration,
    DeclarationScope,
    DocumentState,
    Grant,
    ListState,
    ReleaseState,
    london_date,
    london_text,
)
from app.rules.granting import clauses_of
from app.rules.reasons import Reason, ReasonCode
from app.rules.reinstatement import conditions_text
from app.rules.signatures import Fault, fault_of
from app.rules.window import ORDERS, opens_at_for
from app.rules.wrongfacts import WrongFact, WrongKind

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
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    if facts.release.state is not ReleaseState.POSTPONED:
        return None
    return Reason(
        ReasonCode.RELEASE_POSTPONED,
        clauses_of(facts.release.order).limit,
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
        SI 2008/2998 Sch. para 6(1); SSI 2008/399 Sch. para 1(1); SRSA 2007 s.11(8); SR 2009/71 Sch. para 6(1)
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
        clauses_of(facts.release.order).embargo_end,
        f"The release {when}; pre-release access has ended.",
        f"Read it where everybody can{where}.",
    )


def order_is_built(facts: AccessFacts, at: datetime) -> Reason | None:
    """No window is guessed for a class of statistics that the Order does not know, or allows no access to.

    Source:
        SI 2008/2998 Sch. para 16; SSI 2008/399 Sch. para 4A(4); WSI 2009/2818 art. 2; SR 2009/71 Sch. para 14
    """
    refusal: Reason | None = ORDERS[facts.release.order].refusal(facts.release)
    return refusal


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
        Producer policy: recalls
    """
    if facts.document.state is not DocumentState.RECALLED:
        return None
    return Reason(
        ReasonCode.DOCUMENT_RECALLED,
        "Producer policy: recalls",
        "The producer has recalled this document.",
        "Delete any copy you hold and tell the producer that you have.",
    )


def document_holds_no_malware(facts: AccessFacts, at: datetime) -> Reason | None:
    """A document in which the malware scanner found something opens for nobody, also where it was fixed before.

    Source:
        Producer policy: malware
    """
    if not facts.document.malware:
        return None
    return Reason(
        ReasonCode.MALWARE_FOUND,
        "Producer policy: malware",
        "The malware scanner found something in this document, so it is closed to everybody.",
        "If you hold a copy, do not open it, and tell your security team. The producer has been told, and can send a "
        "new version.",
    )


def list_is_approved(facts: AccessFacts, at: datetime) -> Reason | None:
    """Only the person responsible may grant access; an unapproved list grants nothing.

    Source:
        SI 2008/2998 Sch. para 2; SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1); SR 2009/71 Sch. para 2
    """
    current = facts.eligibility_list
    if current is not None and current.state is ListState.APPROVED:
        if not _found_wrong(facts, WrongKind.APPROVAL, current.list_id):
            return None
        return Reason(
            ReasonCode.LIST_NOT_APPROVED,
            clauses_of(facts.release.order).who_may_grant,
            "The approval of the eligibility list was found wrong, so the list grants nothing.",
            "Wait for the head of profession to approve a new version of the list.",
        )
    return Reason(
        ReasonCode.LIST_NOT_APPROVED,
        clauses_of(facts.release.order).who_may_grant,
        "No eligibility list has been approved for this release.",
        "Wait for the head of profession to approve the list.",
    )


def person_is_on_the_list(facts: AccessFacts, at: datetime) -> Reason | None:
    """Access is for those granted it, by name; an empty list means nobody.

    Source:
        SI 2008/2998 Sch. para 3(1); SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1);
        SR 2009/71 Sch. para 3(1)
    """
    mine = facts.person.person_id
    if facts.grants and all(grant.person_id == mine for grant in facts.grants):
        return None
    return Reason(
        ReasonCode.NOT_ON_LIST,
        clauses_of(facts.release.order).may_be_granted,
        "You are not on the eligibility list of this release.",
        "If you need access, ask the producer to consider a grant in your own name before the window opens.",
    )


def person_is_not_suspended(facts: AccessFacts, at: datetime) -> Reason | None:
    """A suspension bites from its first instant until it is ended.

    Source:
        SI 2008/2998 Sch. para 3(1)(e); SSI 2008/399 Sch. para 7; WSI 2009/2818 Sch. para 8;
        SR 2009/71 Sch. para 3(1)(e)
    """
    for suspension in facts.suspensions:
        if suspension.from_at <= at and (suspension.ended_at is None or at < suspension.ended_at):
            return Reason(
                ReasonCode.SUSPENDED,
                clauses_of(facts.release.order).past_failure,
                f"Access is suspended for {suspension.subject}: {suspension.reason}",
                f"Reinstatement needs: {conditions_text(suspension)}.",
            )
    return None


def declaration_is_signed(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """A signed declaration is the Order's own gate for market-sensitive statistics, and producer policy elsewhere.

    Which of the two it is depends on the Order and on the class of the grant; of a supporter none is asked.

    Source:
        SI 2008/2998 Sch. para 8; SR 2009/71 Sch. para 8
    """
    if not granting.declaration_is_asked(facts.release, grant):
        return None
    source = granting.declaration_clause(facts.release, grant) or PRODUCER_POLICY
    mine = facts.person.person_id
    by_then = [d for d in facts.declarations if d.person_id == mine and d.signed_at <= at]
    signed = [d for d in by_then if not _found_wrong(facts, WrongKind.DECLARATION, d.declaration_id)]
    if by_then and not signed:
        return Reason(
            ReasonCode.DECLARATION_MISSING,
            source,
            "The declaration on record in your name was found not to count.",
            "Read and sign the declaration yourself, then try again.",
        )
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
    found = standing[-1]
    return Reason(found.code, source, found.detail, "Read and sign the declaration again, then try again.")


def _declaration_fault(facts: AccessFacts, signed: Declaration, at: datetime) -> Fault | None:
    series = signed.scope is DeclarationScope.SERIES
    fault = fault_of(signed, facts.series_undertaking_sha256 if series else facts.undertaking_sha256, at)
    if fault is not None and fault.with_suspension and person_is_not_suspended(facts, at) is not None:
        return None  # the suspension itself stands against the access, and says what ends it
    return fault


def window_has_opened(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """The window includes its first instant. Before it, the refusal says when it opens.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    opens = opens_at_for(facts.release, grant)
    if opens is None or at >= opens:  # an Order that is not built is refused by order_is_built
        return None
    return Reason(
        ReasonCode.WINDOW_NOT_OPEN,
        _window_clause(facts, grant),
        f"The window opens on {london_text(opens)}.",
        "Try again at that time.",
        until=opens,
    )


def post_is_held(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """Lists speak of posts, doors admit people: the grant serves only while its holder holds the post.

    Source:
        SI 2008/2998 Sch. para 9(b); SSI 2008/399 Sch. para 3(1); WSI 2009/2818 Sch. para 2; SR 2009/71 Sch. para 9(b)
    """
    today = london_date(at)
    begun = grant.held_from_on is not None and grant.held_from_on <= today
    ended = grant.held_until_on is not None and grant.held_until_on < today
    if begun and not ended and not any(one.covers_day(today) for one in _resting_on(facts, grant, WrongKind.HOLDING)):
        return None
    return Reason(
        ReasonCode.POST_NOT_HELD,
        clauses_of(facts.release.order).one_person,
        f"The access belongs to the post “{grant.post_title}”, which you do not hold today.",
        "Ask the producer. Who holds a post counts as it was on record when the list was approved: a new holder, or a "
        "renewed time in the post, needs a new version of the list, approved by the head of profession.",
    )


def grant_is_not_paused(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """A grant that waits for a decision serves nobody meanwhile: the grantor decides, whatever the cause.

    Source:
        SI 2008/2998 Sch. para 2; SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1); SR 2009/71 Sch. para 2
    """
    if not grant.paused_reason:
        return None
    return Reason(
        ReasonCode.GRANT_PAUSED,
        clauses_of(facts.release.order).who_may_grant,
        f"Your access is paused: {grant.paused_reason}",
        "The producer decides whether it resumes; you will be told.",
    )


def deputy_may_stand_in(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """Whoever stands in does so on a paper that counts; without it nobody granted them anything.

    Source:
        SI 2008/2998 Sch. para 3(1); SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1);
        SR 2009/71 Sch. para 3(1)
    """
    if person_is_on_the_list(facts, at) is not None:
        return None  # they are not on the list: that is said already
    if not _resting_on(facts, grant, WrongKind.DEPUTY):
        return None
    return Reason(
        ReasonCode.NOT_ON_LIST,
        clauses_of(facts.release.order).may_be_granted,
        "The paper by which you stand in for a recipient was found not to count.",
        "Ask the producer. Whoever stands in needs a request of their own that is approved.",
    )


def grant_class_is_in_the_order(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """An Order's classes are closed; a grant on a footing that it does not know serves nobody.

    Approval refuses such a list already; this is the second lock.

    Source:
        SI 2008/2998 Sch. para 3(2); SSI 2008/399 Sch. para 3(1); WSI 2009/2818 Sch. para 2; SR 2009/71 Sch. para 3(2)
    """
    return granting.class_reason(facts.release, grant)


def ground_is_named(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """Where the Order lists the grounds, access rests on one of them; the second lock for that.

    Source:
        SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1)
    """
    return granting.ground_reason(facts.release, grant)


def exceptional_reasons_are_published(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """A person who is not an eligible person has access only when the reasons for it are published.

    Source:
        SI 2008/2998 Sch. para 5(1)(b); SI 2008/2998 Sch. para 5(4)(a); SR 2009/71 Sch. para 5(4)(a)
    """
    return _lacking(facts, grant, ReasonCode.EXCEPTIONAL_NOT_PUBLISHED)


def board_is_informed(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """Exceptional access, by class or by its length, serves only when the Statistics Board has been informed.

    A notice that is recorded with a later instant is none yet. Until then a longer grant serves within the ordinary
    limit, as one does of which the Board has not been told.

    Source:
        SI 2008/2998 Sch. para 5(1)(b); SI 2008/2998 Sch. para 5(4)(b); SR 2009/71 Sch. para 5(4)(b)
    """
    found = _lacking(facts, grant, ReasonCode.BOARD_NOT_INFORMED)
    later = granting.board_informed_later(facts.release, grant, at)
    if found is not None or later is None:
        return found
    if granting.is_exceptional_by_class(facts.release, grant):
        return later
    ordinary = ORDERS[facts.release.order].earliest(facts.release)
    opens = opens_at_for(facts.release, grant)
    if opens is None or ordinary is None or at >= ordinary or opens >= ordinary:
        return None
    return later


def _found_wrong(facts: AccessFacts, kind: WrongKind, subject_id: str) -> bool:
    return any(one.kind is kind and one.subject_id == subject_id for one in facts.wrong)


def _resting_on(facts: AccessFacts, grant: Grant, kind: WrongKind) -> list[WrongFact]:
    return [one for one in facts.wrong if one.kind is kind and grant.grant_id in one.grant_ids]


def _lacking(facts: AccessFacts, grant: Grant, code: ReasonCode) -> Reason | None:
    found = granting.exceptional_class_reasons(facts.release, grant)
    return next((reason for reason in found if reason.code is code), None)


def _window_clause(facts: AccessFacts, grant: Grant) -> str:
    clause: str = ORDERS[facts.release.order].window_clauses(facts.release, grant)[0]
    return clause
