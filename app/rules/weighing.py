"""What the Orders leave to the judgement of whoever approves a list: shown beside the grant, and never in its way."""

from __future__ import annotations

from app.rules.facts import EligibilityList, Grant, GrantClass, Order, Release
from app.rules.lacking import where
from app.rules.window import ORDERS, is_beyond_limit

_ON_TRUST = (
    "this is taken on trust from you: the holder is one of those in {}, and the publication comes out at the same "
    "time or shortly after"
)
_TO_INCLUDE = "the time must be the minimum in which the statistic can be included in the publication"
_MINIMUM = {
    (Order.UK, GrantClass.BANK_OR_TREASURY): (
        "the number of persons and the time must be the minimum that serves the purpose",
        "SI 2008/2998 Sch. para 12(6), SI 2008/2998 Sch. para 12(7)",
    ),
    (Order.UK, GrantClass.JOURNALIST): (
        "the time must be the minimum in which the statistic can be understood",
        "SI 2008/2998 Sch. para 14(4)",
    ),
    (Order.UK, GrantClass.THIRD_PARTY): (
        f"{_ON_TRUST.format('15(3)')}; {_TO_INCLUDE}",
        "SI 2008/2998 Sch. para 15(2), SI 2008/2998 Sch. para 15(3), SI 2008/2998 Sch. para 15(5)",
    ),
    (Order.NORTHERN_IRELAND, GrantClass.THIRD_PARTY): (
        f"{_ON_TRUST.format('13(3)')}; {_TO_INCLUDE}",
        "SR 2009/71 Sch. para 13(2), SR 2009/71 Sch. para 13(3), SR 2009/71 Sch. para 13(5)",
    ),
}
_LONGER = {
    Order.SCOTLAND: ("the risk of detriment to public trust must be taken into account", "SSI 2008/399 Sch. para 4(4)"),
    Order.WALES: ("the public interest must be significantly better served", "WSI 2009/2818 Sch. para 4(3)"),
}


def to_weigh(listed: EligibilityList, release: Release) -> tuple[str, ...]:
    """Say of which grants something is to be weighed, in the list's own order.

    Args:
        listed: The list.
        release: The release it is for.

    Source:
        SI 2008/2998 Sch. para 12(6); SI 2008/2998 Sch. para 12(7); SI 2008/2998 Sch. para 14(4);
        SI 2008/2998 Sch. para 15(5); SSI 2008/399 Sch. para 4(4); WSI 2009/2818 Sch. para 4(3);
        SR 2009/71 Sch. para 13(5)
    """
    if ORDERS[release.order].refusal(release) is not None:
        return ()
    return tuple(sentence for grant in listed.grants for sentence in _of_grant(grant, release))


def _of_grant(grant: Grant, release: Release) -> tuple[str, ...]:
    found = [_MINIMUM.get((release.order, grant.grant_class))]
    if is_beyond_limit(release, grant):
        found.append(_LONGER.get(release.order))
    return tuple(f"{where(grant)}: {words} ({clause})." for words, clause in filter(None, found))
