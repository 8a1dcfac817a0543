"""Texts prepared inside for the day of a release: tweets, press lines, briefing e-mails. What may be written, by whom.

In January 2016 an approved officer, on leave that day, left a draft tweet in a locked drawer for a colleague who had no
access. A text that waits here needs no drawer: the colleague owns it, sees nothing of it, and is given it when the
statistics are public. Until then it is statistics in their final form, whatever else it is: only those see it who may
see the figures in order to produce or to publish them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.errors import Malformed, OutOfOrder
from app.rules.facts import PRODUCING, Order, Release, ReleaseState, Role, london_text
from app.rules.production import CLAUSES, OUTSIDE_IN_FINAL_FORM, Purpose
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.rehearsals import HEADING, PREFIX

WRITTEN_IN = (ReleaseState.PLANNED, ReleaseState.ANNOUNCED, ReleaseState.FINAL)
# Paragraph 10(2) of two Orders binds those who produce to paragraph 6; the other two leave them outside the Order only
# while they produce, and to tell the public is not that.
NOT_BEFORE_PUBLICATION = {
    Order.UK: "SI 2008/2998 Sch. para 6(1)",
    Order.SCOTLAND: "SSI 2008/399 Sch. para 1(2)",
    Order.WALES: "WSI 2009/2818 art. 3(4)",
    Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 6(1)",
}


MOST_TEXTS = 100
"""How many a release may have, withdrawn ones included."""


class TextKind(StrEnum):
    """What a text is to become."""

    TWEET = "tweet"
    PRESS_LINE = "press_line"
    BRIEFING_EMAIL = "briefing_email"


KIND_WORDS = {
    TextKind.TWEET: "tweet",
    TextKind.PRESS_LINE: "press line",
    TextKind.BRIEFING_EMAIL: "briefing e-mail",
}
LONGEST = {TextKind.TWEET: 280, TextKind.PRESS_LINE: 1000, TextKind.BRIEFING_EMAIL: 5000}
"""How many letters each may have."""


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A text that waits, without its words. Instants aware, UTC.

    Attributes:
        channel: Where it is to be sent, e.g. the name of an account.
        owner_id: The person who is given it, and sends it.
        version: Counted from 1; each has words of its own.
        ready_from_at: Not before this, even if the statistics are public; None where that is all that counts.
        prepared_at, prepared_for_at: When it was first written, and the time set for publication then.
        written_at: When its present version was.
        decided_at, decided_for_at: When the head of profession last let it stand, and the time set then.
        told_of: What hold those who answer for the release were last told of; empty while of none.
        released_at: When its owner was told that it is ready.
    """

    text_id: str
    release_id: str
    kind: TextKind
    channel: str
    owner_id: str
    version: int
    prepared_at: datetime
    prepared_for_at: datetime
    written_at: datetime
    prepared_by: str
    ready_from_at: datetime | None = None
    decided_at: datetime | None = None
    decided_for_at: datetime | None = None
    told_of: str = ""
    withdrawn_at: datetime | None = None
    released_at: datetime | None = None
    taken_at: datetime | None = None
    taken_by: str | None = None
    revision: int = 1


def may_prepare(roles: Collection[Role], purposes: Collection[Purpose]) -> bool:
    """Say whether somebody may see and write what is prepared for a release before it is published.

    Args:
        roles: Theirs, with the producer.
        purposes: For which they stand on the release's register of production access, permitted and begun.

    Source:
        SI 2008/2998 Sch. para 10; SSI 2008/399 Sch. para 1(2); WSI 2009/2818 art. 3(4); SR 2009/71 Sch. para 10
    """
    return any(role in PRODUCING for role in roles) or any(one in OUTSIDE_IN_FINAL_FORM for one in purposes)


def may_own(roles: Collection[Role], purposes: Collection[Purpose]) -> bool:
    """Say whether somebody may be given a text once the statistics are public.

    Whoever only publishes may: they see nothing, and do not learn that there is anything, until then.

    Args:
        roles: Theirs, with the producer.
        purposes: As for ``may_prepare``.
    """
    return Role.PUBLISHER in roles or may_prepare(roles, purposes)


def footing_missing(release: Release, detail: str) -> Reason:
    """Say that somebody has no footing to a text, with the clause that would give them one.

    Args:
        release: The release.
        detail: Who lacks it, in a sentence.
    """
    remedy = (
        "A role in preparing the producer's releases gives one. So does this release's register of production access, "
        "for production or publishing, once the restriction is accepted and the access permitted. To own a text and "
        "send it, the role of publisher is enough."
    )
    return Reason(ReasonCode.FOOTING_MISSING, CLAUSES[release.order], detail, remedy)


def set_early(release: Release, ready_from_at: datetime | None) -> Reason | None:
    """Say why a text may not be set to go before the time of publication; None when it is not.

    Args:
        release: The release.
        ready_from_at: From when it is to be ready. Aware; None where no time is set.

    Source:
        SI 2008/2998 Sch. para 6(1); SSI 2008/399 Sch. para 1(2); WSI 2009/2818 art. 3(4); SR 2009/71 Sch. para 6(1)
    """
    if ready_from_at is None or utc(ready_from_at) >= release.publishes_at:
        return None
    return Reason(
        ReasonCode.TEXT_SET_EARLY,
        NOT_BEFORE_PUBLICATION[release.order],
        f"The text would be ready on {london_text(ready_from_at)}, before the time set for publication, "
        f"{london_text(release.publishes_at)}.",
        "Leave the time out: the text is ready as soon as publication is confirmed. Or set a later one.",
        until=release.publishes_at,
    )


def check_writable(release: Release) -> None:
    """Stop unless texts are still to be prepared for a release.

    Raises:
        OutOfOrder: It is published, postponed or cancelled.

    Source:
        Producer policy: prepared texts
    """
    if release.state in WRITTEN_IN:
        return
    remedy = {
        ReleaseState.PUBLISHED: "It is public; write where you send it.",
        ReleaseState.POSTPONED: "Have a new time set first.",
        ReleaseState.CANCELLED: "What was prepared for it can never be released.",
    }[release.state]
    raise OutOfOrder(f"The release is {release.state.value}; no text is prepared for it. {remedy} Nothing was kept.")


def kept_words(kind: TextKind, words: str, *, rehearsal: bool) -> str:
    """Give the words as they are kept: in a rehearsal they say first that they are of one, and nowhere else.

    Args:
        kind: What they are to become.
        words: As they were typed.
        rehearsal: They are for a rehearsal.

    Raises:
        Malformed: There are none or too many, or real ones begin as those of a rehearsal do.

    Source:
        Producer policy: prepared texts; Producer policy: rehearsals
    """
    kept = words.strip()
    headed = kept.casefold().startswith(HEADING.casefold())
    what = ""
    if not kept:
        what = "There is no text."
    elif headed and not rehearsal:
        what = f"A text that begins with “{HEADING}” belongs to a rehearsal, and this release is real."
    if kept and rehearsal and not kept.startswith(PREFIX):
        kept = f"{PREFIX}{kept}"
    if not what and len(kept) > LONGEST[kind]:
        with_heading = " with its heading" if rehearsal else ""
        what = f"A {KIND_WORDS[kind]} has at most {LONGEST[kind]:,} letters; this has {len(kept):,}{with_heading}."
    if what:
        raise Malformed(f"{what} Nothing was kept.", errors=[{"where": "words", "what": what}])
    return kept
