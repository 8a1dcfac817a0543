"""What a report says of the earlier incidents that one is linked to."""

from __future__ import annotations

from app.rules.answers import day
from app.rules.incidents import KIND_WORDS
from app.rules.links import Link
from app.rules.reportparts import ReportFacts

_EARLIER_LIMIT = 50


def told_of(facts: ReportFacts) -> tuple[str, ...]:
    """Link earlier incidents: of the same series, team or cause, or else of the same producer; newest first."""
    told = [one for one in facts.earlier if one.stands]
    if not told and facts.earlier:
        return ("No earlier breach is linked: a person struck out what the service found.",)
    if not told:
        return ("No earlier breach of this series or this producer is on record with the service.",)
    # What shares no more than the producer is the first to be left off.
    kept = sorted(sorted(told, key=lambda one: not one.is_close)[:_EARLIER_LIMIT], key=told.index)
    more = (f"{len(told) - len(kept)} more stand in the producer's register of breaches.",) if told[len(kept) :] else ()
    return (*map(_earlier, kept), *more)


def _earlier(link: Link) -> str:
    one = link.earlier
    sort = ", near miss" if one.near_miss else ""
    return (
        f"Earlier, {link.words}: incident {one.number}, {day(one.occurred_at)}, {KIND_WORDS[one.kind]}{sort}, "
        f"{one.state.replace('_', ' ')}."
    )
