"""Asks the right Order who may have access and on what terms, as ``window.py`` asks it when."""

from __future__ import annotations

from types import ModuleType

from app.rules import lacking
from app.rules.clauses import Clauses
from app.rules.facts import EligibilityList, Grant, GrantClass, Order, Release
from app.rules.orders import northern_ireland_grants, scotland_grants, uk_grants, wales_grants
from app.rules.reasons import Reason
from app.rules.window import opens_at_for

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


def tied_clause(release: Release, grant: Grant) -> str | None:
    """Give the clause by which a grant rests on that of another recipient; None when it stands by itself.

    Source:
        SI 2008/2998 Sch. para 11(1); SSI 2008/399 Sch. para 3(2); SSI 2008/399 Sch. para 3(3);
        WSI 2009/2818 Sch. para 6; SR 2009/71 Sch. para 11(1)
    """
    clause: str | None = GRANTS[release.order].TIED.get(grant.grant_class)
    return clause


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
    clause = tied_clause(release, grant)
    if clause is None:
        return ()
    shared = sharing(release, grant, listed.grants)
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
