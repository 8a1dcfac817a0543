"""The reasons for which a list is not sound, each with its clause and what would put it right."""

from __future__ import annotations

from app.rules.facts import Grant, Order, Release
from app.rules.orders import uk
from app.rules.reasons import Reason, ReasonCode
from app.rules.window import INSTRUMENTS


def _where(grant: Grant) -> str:
    seat = f" (holder {grant.seat})" if grant.seat > 1 else ""
    return f"{grant.post_title}, {grant.organisation}{seat}"


def empty() -> Reason:
    """A list of nobody is no list.

    Source:
        SI 2008/2998 Sch. para 3(1)
    """
    return Reason(
        ReasonCode.LIST_EMPTY,
        uk.PARA_3_1,
        "The list names nobody.",
        "Add the posts that need access, or handle the release without pre-release access.",
    )


def no_such_class(release: Release) -> Reason:
    """The Order does not know this class of statistics.

    Source:
        SI 2008/2998 Sch. para 16
    """
    return Reason(
        ReasonCode.ORDER_NOT_BUILT,
        f"{INSTRUMENTS[release.order]} Sch. para 16",
        f"The governing Order has no class of “{release.sensitivity.value}” statistics.",
        "Correct the release's class.",
    )


def group(grant: Grant, order: Order) -> Reason:
    """Access belongs to people, one by one.

    Source:
        SI 2008/2998 Sch. para 9(b)
    """
    return Reason(
        ReasonCode.GROUP_NOT_A_PERSON,
        f"{INSTRUMENTS[order]} Sch. para 9(b)",
        f"{_where(grant)}: the row names a group, and access belongs to people one by one.",
        "Replace it by one row for each person, with the title of that person's own post.",
    )


def holder_missing(grant: Grant, order: Order) -> Reason:
    """A post that nobody holds needs no access.

    Source:
        SI 2008/2998 Sch. para 9(b)
    """
    return Reason(
        ReasonCode.HOLDER_MISSING,
        f"{INSTRUMENTS[order]} Sch. para 9(b)",
        f"{_where(grant)}: nobody is named as the holder.",
        "Name the person who holds the post, or take the row off.",
    )


def not_held(grant: Grant, order: Order) -> Reason:
    """Lists speak of posts, doors admit people: the person must hold the post.

    Source:
        SI 2008/2998 Sch. para 9(b)
    """
    until = f" after {grant.held_until_on.isoformat()}" if grant.held_until_on else ""
    return Reason(
        ReasonCode.POST_NOT_HELD,
        f"{INSTRUMENTS[order]} Sch. para 9(b)",
        f"{_where(grant)}: the person named is not recorded as holding the post{until} when the window opens.",
        "Record from which day they hold it, or name the present holder.",
    )
