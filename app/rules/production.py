"""Access for those who produce the statistics, check them or put them out: a register beside pre-release access.

Whoever stands on it has no opening from it: ``decide`` knows nothing of it. What it keeps is who worked on figures that
were not public, why, from when, and that they had accepted the restriction in writing before anything was shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.rules.canonical import sha256_hex
from app.rules.facts import Order, Release, ReleaseState, london_date
from app.rules.practices import Edition, edition_at
from app.rules.training import day_text

WORDS_VERSION = "production-2"


class Purpose(StrEnum):
    """For what somebody has the figures before they are public."""

    PRODUCTION = "production"
    QUALITY_ASSURANCE = "quality_assurance"
    PUBLISHING = "publishing"
    OPERATIONAL = "operational"


class ProductionState(StrEnum):
    """The life of one row: nothing is shared before it is permitted."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    PERMITTED = "permitted"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Restriction:
    """The words that somebody accepts before anything is shared with them.

    Attributes:
        sha256: Of the text in UTF-8, 64 hexadecimal digits.
    """

    text: str
    sha256: str


CLAUSES: dict[Order, str] = {
    Order.UK: "SI 2008/2998 Sch. para 10",
    Order.SCOTLAND: "SSI 2008/399 Sch. para 1(2)",
    Order.WALES: "WSI 2009/2818 art. 3(4)",
    Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 10",
}
# With the figures in their final form, only these are outside pre-release access: each Order speaks of producing the
# publication, and of nothing else. Our reading, the narrow one: who checks the figures is done when they are final.
OUTSIDE_IN_FINAL_FORM = (Purpose.PRODUCTION, Purpose.PUBLISHING)

_PURPOSES = {
    Purpose.PRODUCTION: "produce these statistics and their publication",
    Purpose.QUALITY_ASSURANCE: "assure the quality of these statistics",
    Purpose.PUBLISHING: "publish these statistics, electronically or in hard copy",
    Purpose.OPERATIONAL: "run what the production of these statistics rests on",
}
_PRACTICES = {
    Edition.CODE_2009: "Code of Practice 2009, Protocol 2, practice 8",
    Edition.CODE_2018: "Code of Practice 2018, practice T3.3",
    Edition.CODE_2022: "Code of Practice 2018 as revised in 2022, practice T3.3",
    Edition.CODE_2025: "Code of Practice 2025, practice 3.3",
}
_BOUND = {
    Order.UK: "Where the figures are in their final form, paragraphs 6 and 7 of the Order bind me (paragraph 10(2)).",
    Order.NORTHERN_IRELAND: (
        "Where the figures are in their final form, paragraphs 6 and 7 of the Order bind me (paragraph 10(2))."
    ),
    Order.SCOTLAND: "The Order leaves me outside its rules only while I use the figures for nothing else.",
    Order.WALES: "The Order leaves me outside its rules only while the figures are used for nothing else.",
}
_WORDS = """\
{title}
{producer}

I am given these figures before they are published so that I can {purpose}. This is not pre-release access: it is no
ground for standing on an eligibility list, and by it no document opens for me in this service.
({basis})

1. I use the figures for that and for nothing else.{bound}
2. Until they are published I do not disclose them, or any part of them, or anything that suggests what they show, to
   anybody whom the producer has not told me is on this register for the same release. That includes colleagues, press
   offices and those I work for.
3. I do not use them for personal gain or political advantage, and I draft no statement or story from them for others.
4. I keep every copy where only those on this register can reach it, and give up or destroy it when the producer asks.
5. {final}
6. If I learn that anything may have become known too early, I tell the producer at once: {contact}

Words: {version}."""
_FINAL_OUTSIDE = "I bring about no change to their content or timing but by the work that I am asked to do."
_FINAL_ENDS = (
    "Once they are in their final form this access ends; seeing them after that needs pre-release access of my own."
)


def restriction(release: Release, purpose: Purpose, contact: str, at: datetime) -> Restriction:
    """Write the restriction as it stands at an instant, for one release and one purpose.

    Args:
        contact: Where the producer can be told.
        at: When it is put to the person; says which edition of the Code is cited. Aware.

    Source:
        SI 2008/2998 Sch. para 10; SSI 2008/399 Sch. para 1(2); WSI 2009/2818 art. 3(4); SR 2009/71 Sch. para 10;
        Code 2018 T3.3; Code 2025 3.3
    """
    by_the_order = purpose in OUTSIDE_IN_FINAL_FORM  # the Orders say nothing of checking, or of running a system
    practice = _PRACTICES[edition_at(at)]
    text = _WORDS.format(
        title=release.title,
        producer=release.producer.name,
        purpose=_PURPOSES[purpose],
        basis=f"{CLAUSES[release.order]}; {practice}" if by_the_order else practice,
        bound=f" {_BOUND[release.order]}" if by_the_order else "",
        final=_FINAL_OUTSIDE if by_the_order else _FINAL_ENDS,
        contact=contact,
        version=WORDS_VERSION,
    )
    return Restriction(text, sha256_hex(text.encode()))


def state_of(
    *,
    accepted_at: datetime | None,
    permitted_at: datetime | None,
    ended_at: datetime | None,
    until_on: date | None,
    on: date,
) -> ProductionState:
    """Say in which state a row is on a London day.

    Args:
        until_on: Last day of the access; None while no end is set.
        on: Today, London.
    """
    if ended_at is not None or (until_on is not None and until_on < on):
        return ProductionState.ENDED
    if accepted_at is None:
        return ProductionState.PROPOSED
    return ProductionState.ACCEPTED if permitted_at is None else ProductionState.PERMITTED


def shared_from(from_on: date, permitted_at: datetime | None) -> date | None:
    """Say from which London day anything could be shared: never before it was permitted; None while it is not."""
    return None if permitted_at is None else max(from_on, london_date(permitted_at))


def warnings(release: Release, purpose: Purpose, state: ProductionState, *, also_listed: bool) -> tuple[str, ...]:
    """Say what whoever keeps the register should look at.

    Args:
        also_listed: The person stands on the release's eligibility list as well.

    Source:
        SI 2008/2998 Sch. para 10; SSI 2008/399 Sch. para 1(2); WSI 2009/2818 art. 3(4); SR 2009/71 Sch. para 10
    """
    if state is ProductionState.ENDED:
        return ()
    found = []
    if also_listed:
        found.append(
            "This person is named on the eligibility list of the same release. Each access keeps its own purpose; "
            "neither stands for the other."
        )
    if release.state is ReleaseState.FINAL and purpose not in OUTSIDE_IN_FINAL_FORM:
        found.append(
            f"The statistics are in their final form, and access for this purpose is outside pre-release access no "
            f"longer ({CLAUSES[release.order]}). End it, or consider a grant."
        )
    return tuple(found)


def both_registers(name: str, purpose: Purpose, from_on: date) -> str:
    """Say to whoever decides on the eligibility list that somebody is on the register of production access as well."""
    return (
        f"{name} has access for {purpose.value.replace('_', ' ')} from {day_text(from_on)} as well. It opens no "
        "document and is no ground for a grant; each access keeps its own purpose."
    )
