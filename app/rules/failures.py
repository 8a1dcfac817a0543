"""What a past failure may mean, or must mean, when access is granted again: each Order in its own words.

A failure counts under whichever Order it happened. The Scottish and Welsh Orders speak of their own requirements only,
but those differ little from the others', and to be asked once too often costs an approver one sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.rules.facts import GrantClass, Order
from app.rules.orders import uk
from app.rules.reasons import Reason, ReasonCode
from app.rules.training import day_text

SCOTLAND_7 = "SSI 2008/399 Sch. para 7"
WALES_8 = "WSI 2009/2818 Sch. para 8"
NI_3_1_E = "SR 2009/71 Sch. para 3(1)(e)"
POLICY = "Producer policy: past failures"

_MUST = {Order.SCOTLAND: SCOTLAND_7, Order.WALES: WALES_8}
_MAY: dict[Order, dict[GrantClass, str]] = {
    Order.UK: {
        GrantClass.BANK_OR_TREASURY: "SI 2008/2998 Sch. para 12(11)",
        GrantClass.JOURNALIST: "SI 2008/2998 Sch. para 14(5)",
        GrantClass.THIRD_PARTY: "SI 2008/2998 Sch. para 15(7)",
    },
    Order.NORTHERN_IRELAND: {GrantClass.THIRD_PARTY: "SR 2009/71 Sch. para 13(7)"},
}
_GENERAL = {Order.UK: uk.PARA_3_1_E, Order.NORTHERN_IRELAND: NI_3_1_E}
# Those of whom paragraph 3 does not speak: who is no eligible person, who is granted nothing, and international bodies.
_BESIDE_PARA_3 = (GrantClass.EXCEPTIONAL_PERSON, GrantClass.ADMINISTRATIVE_SUPPORT, GrantClass.INTERNATIONAL)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a past failure means for a grant.

    Attributes:
        must: It must be taken into account; otherwise it may be.
        source: The clause that says so, or the producer's own policy where none does.
    """

    must: bool
    source: str


@dataclass(frozen=True, slots=True)
class PastFailure:
    """A past failure as it is shown to whoever decides on a grant.

    Attributes:
        person_id: The listed person whose grant it bears on.
        of_person: Who failed: the listed person, or one with whom they had shared.
        shared_with: Whether it was one with whom they had shared.
        release_title: The release it concerned; None where none is named.
        occurred_on: London day.
        order: The Order that governed the access in which it happened.
    """

    failure_id: str
    person_id: str
    of_person: str
    shared_with: bool
    what: str
    occurred_on: date
    release_title: str | None
    incident_id: str | None
    order: Order
    weight: Weight


def weight_of(order: Order, grant_class: GrantClass) -> Weight:
    """Say whether a past failure may or must be taken into account for a grant, and by which clause.

    Source:
        SI 2008/2998 Sch. para 3(1)(e); SI 2008/2998 Sch. para 12(11); SI 2008/2998 Sch. para 14(5);
        SI 2008/2998 Sch. para 15(7); SSI 2008/399 Sch. para 7; WSI 2009/2818 Sch. para 8;
        SR 2009/71 Sch. para 3(1)(e); SR 2009/71 Sch. para 13(7)
    """
    if order in _MUST:
        return Weight(True, _MUST[order])
    if grant_class in _BESIDE_PARA_3:
        return Weight(False, POLICY)
    return Weight(False, _MAY[order].get(grant_class, _GENERAL[order]))


def clause_for_all(order: Order) -> str | None:
    """Give the clause by which a past failure must be taken into account, whatever the footing of a later grant.

    Returns:
        None where it only may be: then the clause, if there is one, goes by that footing (``weight_of``).

    Source:
        SSI 2008/399 Sch. para 7; WSI 2009/2818 Sch. para 8
    """
    return _MUST.get(order)


def counts_those_shared_with(order: Order) -> bool:
    """Say whether failures of somebody with whom the recipient had shared count as well: in Wales alone.

    Source:
        WSI 2009/2818 Sch. para 8
    """
    return order is Order.WALES


def consideration_missing(failures: Iterable[PastFailure], considered: str) -> tuple[Reason, ...]:
    """Say what the approver has not said they took into account; empty when they have, or when nothing must be.

    Args:
        failures: Past failures that bear on a list.
        considered: What the approver says they considered.

    Returns:
        One reason for each failure that must be taken into account.

    Source:
        SSI 2008/399 Sch. para 7; WSI 2009/2818 Sch. para 8
    """
    if considered.strip():
        return ()
    return tuple(
        Reason(
            ReasonCode.FAILURES_NOT_CONSIDERED,
            failure.weight.source,
            f"A past failure of {failure.of_person} on {day_text(failure.occurred_on)} must be taken into account.",
            "Say in words, with the approval, what you considered and why access is granted all the same.",
        )
        for failure in failures
        if failure.weight.must
    )
