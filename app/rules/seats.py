"""Which post a line of a list is for, and which of its seats it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.rules import wording
from app.rules.facts import Grant


def titled(grant: Grant, title: str, organisation: str) -> Grant:
    """Give a grant its post, and mark it when the title names a group.

    Args:
        grant: The grant.
        title: Of the post, as it was written.
        organisation: Its name, as it was written.

    Source:
        SI 2008/2998 Sch. para 9(b)
    """
    post = wording.tidy(title)
    why = wording.names_a_group(post)
    return replace(grant, post_title=post, organisation=wording.tidy(organisation), is_group=why is not None)


def next_seat(listed: Iterable[Grant], grant: Grant) -> int:
    """Give the first number that no other line for the same post has.

    Args:
        listed: Every line of the list; the grant itself may be among them.
        grant: The line that needs a seat.
    """
    post = _post(grant)
    taken = {one.seat for one in listed if _post(one) == post and one.grant_id != grant.grant_id}
    return next(seat for seat in range(1, len(taken) + 2) if seat not in taken)


def _post(grant: Grant) -> tuple[str, str]:
    return grant.post_title.casefold(), grant.organisation.casefold()
