"""Asks the right Order who may have access and on what terms, as ``window.py`` asks it when."""

from __future__ import annotations

from datetime import datetime
from types import ModuleType

from app.rules import lacking
from app.rules.clauses import Clauses
from app.rules.facts import EligibilityList, Grant, GrantClass, Order, Release
from app.rules.orders import northern_ireland_grants, scotland_grants, uk_grants, wales_grants
from app.rules.reasons import Reason
from app.rules.window import ORDERS, clauses_for, is_beyond_limit, opens_at_for

GRANTS: dict[Order, ModuleType] = {
    Order.UK: uk_grants,
    Order.SCOTLAND: scotland_grants,
    Order.WALES: wales_grants,
    Order.NORTHERN_IRELAND: northern_ireland_grants,
}


def clauses_of(order: Order) -> Clauses:
    """Give what an Order's file says of itself: where it says what."""
    clauses: Clauses = GRANTS[order].CLAUSES
    return clauses


def classes_of(order: Order) -> frozenset[GrantClass]:
    """Give the classes on whose footing an Order lets people have access."""
    classes: frozenset[GrantClass] = GRANTS[order].CLASSES
    return classes


def grant_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """Say everything in one grant that the governing Order does not allow; empty when sound.

    Args:
        release: The release it is for.
        grant: The grant.
        listed: The whole list, since some access rests on another's.
    """
    found: tuple[Reason, ...] = GRANTS[release.order].grant_reasons(release, grant, listed)
    return found


def class_reason(release: Release, grant: Grant) -> Reason | None:
    """Say that the governing Order does not know a grant's class; None when it does."""
    if grant.grant_class in classes_of(release.order):
        return None
    return lacking.class_unknown(grant, clauses_of(release.order), GRANTS[release.order].INSTEAD)


def ground_reason(release: Release, grant: Grant) -> Reason | None:
    """Say that a grant names none of the grounds which its Order lists for it; None when it does, or none are listed.

    Source:
        SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1)
    """
    order = GRANTS[release.order]
    if grant.grant_class not in order.CLASSES or order.ground_is_named(grant):
        return None
    ask = "Ask the producer, who must name the ground on which you have access."
    return lacking.ground_not_named(grant, clauses_of(release.order).ground, ask)


def is_exceptional_by_class(release: Release, grant: Grant) -> bool:
    """Say whether a grant is exceptional whatever its length: its holder does not qualify by themselves.

    Source:
        SI 2008/2998 Sch. para 5(1)(b); SR 2009/71 Sch. para 5(1)(b)
    """
    classes: frozenset[GrantClass] = GRANTS[release.order].EXCEPTIONAL_CLASSES
    return grant.grant_class in classes


def exceptional_class_reasons(release: Release, grant: Grant) -> tuple[Reason, ...]:
    """Say what keeps out somebody who does not qualify by themselves; empty for everybody else, and when all is done.

    Source:
        SI 2008/2998 Sch. para 5(4); SR 2009/71 Sch. para 5(4)
    """
    order = GRANTS[release.order]
    if grant.grant_class not in order.EXCEPTIONAL_CLASSES:
        return ()
    found: tuple[Reason, ...] = order.exceptional_reasons(grant.exceptional)
    return found


def board_informed_later(release: Release, grant: Grant, at: datetime) -> Reason | None:
    """Say that an exceptional grant is recorded as told to the Board at an instant that has not come.

    Args:
        release: The release.
        grant: The grant.
        at: The instant asked about. Aware.

    Returns:
        A reason, which waiting does not end; None for any other grant, and where the Board is told afterwards.

    Source:
        SI 2008/2998 Sch. para 5(4)(b); SR 2009/71 Sch. para 5(4)(b)
    """
    order = GRANTS[release.order]
    informed_at = grant.exceptional.board_informed_at if grant.exceptional else None
    if order.INFORMED_BEFORE is None or informed_at is None or informed_at <= at:
        return None
    if grant.grant_class not in order.CLASSES:
        return None  # the Order knows no such access, so there is none of which the Board could be told
    if grant.grant_class not in order.EXCEPTIONAL_CLASSES and not is_beyond_limit(release, grant):
        return None
    return lacking.board_not_informed(
        order.INFORMED_BEFORE,
        "Access beyond the ordinary rules is exceptional, and the Statistics Board has not been informed: the notice "
        "is recorded with a later instant.",
        "Inform the Statistics Board and record when that was done.",
    )


def tied_clause(release: Release, grant: Grant, shared: tuple[Grant, ...] = ()) -> str | None:
    """Give the clause by which a grant rests on that of another recipient; None when it stands by itself.

    Args:
        release: The release.
        grant: The grant of the supporter, or of the person to whom it is passed on.
        shared: The grants from which it is shared, where they are known: some recipients share by a clause of their
            own.

    Source:
        SI 2008/2998 Sch. para 11(1); SI 2008/2998 Sch. para 12(12); SSI 2008/399 Sch. para 3(2);
        SSI 2008/399 Sch. para 3(3); WSI 2009/2818 Sch. para 6; SR 2009/71 Sch. para 11(1)
    """
    order = GRANTS[release.order]
    clause: str | None = order.TIED.get(grant.grant_class)
    own = {order.SHARED_BY.get(one.grant_class, clause) for one in shared}
    return own.pop() if clause is not None and len(own) == 1 else clause


def relied_on(release: Release, grant: Grant, shared: tuple[Grant, ...] = ()) -> tuple[str, ...]:
    """Give the clauses that a permit under one grant rests on; for shared access, the one by which it is shared first.

    Nobody who is shared access with has been granted it, and none of them signs a declaration, so neither clause stands
    there. Somebody to whom it is passed on has it for a ground, which does.

    Args:
        release: The release.
        grant: The grant that serves.
        shared: As for ``tied_clause``.
    """
    clause = tied_clause(release, grant, shared)
    if clause is None:
        return clauses_for(release, grant)
    if grant.grant_class is GrantClass.PASSED_ON:
        return (clause, *clauses_for(release, grant))
    window: tuple[str, ...] = ORDERS[release.order].window_clauses(release, grant)
    return (clause, *window)


def sharing(release: Release, grant: Grant, others: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """Give the grants among others from which a tied grant may be shared: the recipient's own, where they may share.

    Args:
        release: The release.
        grant: The grant of the supporter, or of the person to whom it is passed on.
        others: Grants of the same list.
    """
    if grant.for_person_id is None or grant.for_person_id == grant.person_id:
        return ()
    may_share = GRANTS[release.order].may_share
    return tuple(one for one in others if one.person_id == grant.for_person_id and may_share(one, grant))


def tied_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """Say what is wrong with access that a recipient shares: there must be such a recipient, who has it no later.

    Args:
        release: The release.
        grant: The grant; nothing is wrong with one that stands by itself.
        listed: The whole list.
    """
    shared = sharing(release, grant, listed.grants)
    clause = tied_clause(release, grant, shared)
    if clause is None:
        return ()
    if not shared:
        return (lacking.recipient_missing(grant, clause, "a recipient who may share access with them"),)
    begins = [opens for one in shared if (opens := opens_at_for(release, one)) is not None]
    mine = opens_at_for(release, grant)
    if mine is not None and begins and mine >= min(begins):
        return ()
    detail = "access would begin earlier than that of the recipient who shares it."
    return (lacking.too_long(grant, clause, detail, "Ask for no more time than the recipient has."),)


def declaration_clause(release: Release, grant: Grant) -> str | None:
    """Give the clause by which the governing Order demands a signed declaration; None where it demands none.

    Args:
        release: The release.
        grant: The grant that is to serve.
    """
    clause: str | None = GRANTS[release.order].declaration_clause(release, grant)
    return clause


def declaration_is_statutory(release: Release, grant: Grant) -> bool:
    """Say whether the governing Order itself demands a signed declaration before access by one grant.

    Source:
        SI 2008/2998 Sch. para 8; SR 2009/71 Sch. para 8
    """
    return declaration_clause(release, grant) is not None


def declaration_is_asked(release: Release, grant: Grant) -> bool:
    """Say whether anybody asks for a signed declaration: the Order, or the producer's own policy.

    Not of supporters: they are bound by the Order without one, and the recipient answers for sharing with them.
    """
    if declaration_is_statutory(release, grant):
        return True
    return release.producer.declaration_for_all and grant.grant_class is not GrantClass.ADMINISTRATIVE_SUPPORT
