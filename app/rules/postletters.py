"""The letter to a producer whose list names somebody for a post that they are said to hold no longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.rules.training import day_text

_TITLES_NAMED = 5


def holding_ended(holder: str, post: str, until_on: date, titles: Sequence[str], by: str) -> str:
    """Write it.

    Args:
        holder: The person's name, which stands on the producer's own list.
        post: With its organisation.
        until_on: The last London day on which they hold it.
        titles: Of the producer's releases with a list that names them for it.
        by: Who put the end on record.
    """
    named = "\n".join(f"- {title}" for title in titles[:_TITLES_NAMED])
    more = f"\n- and {len(titles) - _TITLES_NAMED} more" if len(titles) > _TITLES_NAMED else ""
    return (
        f"{by} has put on record that {holder} holds the post of {post} until {day_text(until_on)}, and not after. "
        f"From then on access ends that they have through this post:\n{named}{more}\n\n"
        "If that is right, name whoever follows them in the next version of each list. If it is wrong, have a new "
        "holding begun and the next version of the list approved; the one that was ended is not put off.\n"
    )
