"""The rule asked again about an opening that is past, by what is known now. Pure, as the rule itself is.

What was decided since, for what comes after, is left out: a pause, a recall, the publication, new words, another demand
for training. What was put right of that instant counts: when the release comes out, who held which post, what was found
wrong, which training had been done. Words and training are asked as the producer asked them then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.rules import access
from app.rules.access import Refusal
from app.rules.askedthen import AskedThen
from app.rules.facts import (
    AccessFacts,
    DocumentState,
    EligibilityList,
    Grant,
    ListState,
    Release,
    ReleaseState,
)
from app.rules.incidents import OpeningFact
from app.rules.reasons import Reason, ReasonCode
from app.rules.window import opens_at_for
from app.rules.wrongfacts import WrongFact

_AS_SIGNED = "as signed"
_OTHERS = "others by then"
_NOTHING_ASKED = AskedThen()


class Finding(StrEnum):
    """What can be held against an opening; each sort once."""

    WINDOW = "window"
    LIST = "list"
    POST = "post"
    DECLARATION = "declaration"
    CLOCK = "clock"
    TRAINING = "training"


_SORTS: dict[ReasonCode, Finding] = {
    ReasonCode.WINDOW_NOT_OPEN: Finding.WINDOW,
    ReasonCode.RELEASE_POSTPONED: Finding.WINDOW,
    ReasonCode.ORDER_NOT_BUILT: Finding.WINDOW,
    ReasonCode.EXCEPTED_STATISTICS: Finding.WINDOW,
    ReasonCode.POST_NOT_HELD: Finding.POST,
    ReasonCode.DECLARATION_MISSING: Finding.DECLARATION,
    ReasonCode.DECLARATION_SUPERSEDED: Finding.DECLARATION,
    ReasonCode.DECLARATION_LAPSED: Finding.DECLARATION,
    ReasonCode.DECLARATION_WITHDRAWN: Finding.DECLARATION,
    ReasonCode.TRAINING_MISSING: Finding.TRAINING,
    ReasonCode.TRAINING_EXPIRED: Finding.TRAINING,
}  # whatever else stands against an opening stands against who made it: the list


@dataclass(frozen=True, slots=True)
class Held:
    """Something that is held against one opening, by what is known now.

    Attributes:
        reasons: Why, each with its clause; empty where only the clock is in doubt.
        opens_at: When the window of its grant opens as things stand now; None where none does. Aware, UTC.
        truly_at: When it was made, with a wrong clock put right. Aware, UTC.
        right_then: By what was known at the time its window had opened.
    """

    opening: OpeningFact
    finding: Finding
    reasons: tuple[Reason, ...]
    opens_at: datetime | None
    truly_at: datetime
    right_then: bool


def truly(opened_at: datetime, clock: Sequence[WrongFact]) -> datetime:
    """Give when something was done that our clock put at this instant, as far as the clock's error is known. Aware."""
    known = [one.fast_by for one in clock if one.covers(opened_at) and one.fast_by is not None]
    return opened_at - (known[-1] if known else timedelta(0))


def judge(
    facts: AccessFacts, opening: OpeningFact, clock: Sequence[WrongFact], asked: AskedThen = _NOTHING_ASKED
) -> tuple[Held, ...]:
    """Say what is held against an opening that happened.

    Args:
        facts: As the records have them now, about the instant at which it was truly made.
        opening: It, with the grant it relied on.
        clock: When the clock could not be trusted.
        asked: What the producer asked of its recipients, as it changed.

    Returns:
        One for each sort, in their order; empty where the opening stands.

    Source:
        SI 2008/2998 Sch. para 1; SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 8
    """
    grant = next((one for one in facts.grants if opening.grant and one.grant_id == opening.grant.grant_id), None)
    at = truly(opening.opened_at, clock)
    decision = access.decide(as_it_was(facts, grant, _by(clock, asked), clock, at), at)
    sorts: dict[Finding, tuple[Reason, ...]] = {}
    for reason in decision.reasons if isinstance(decision, Refusal) else ():
        sort = _SORTS.get(reason.code, Finding.LIST)
        sorts[sort] = (*sorts.get(sort, ()), reason)
    if any(one.covers(opening.opened_at) and one.fast_by is None for one in clock):
        sorts[Finding.CLOCK] = ()
    postponed = facts.release.state is ReleaseState.POSTPONED
    opens_at = None if grant is None or postponed else opens_at_for(facts.release, grant)
    right_then = opening.window_opened_at is not None and opening.window_opened_at <= opening.opened_at
    return tuple(Held(opening, sort, sorts[sort], opens_at, at, right_then) for sort in Finding if sort in sorts)


def as_it_was(
    facts: AccessFacts, relied_on: Grant | None, asked: AskedThen, clock: Sequence[WrongFact], at: datetime
) -> AccessFacts:
    """Leave out of facts what was decided after an opening, and only for what came after it.

    Words that were signed are taken for the right ones unless the producer had given others in between; training is
    asked for as the producer asked then.

    Args:
        facts: As the records have them now.
        relied_on: The grant that the opening relied on; None for a recipient whose access somebody shared.
        asked: What the producer asked of its recipients, as it changed, by the true time.
        clock: When the clock could not be trusted.
        at: When it was truly made. Aware.
    """
    signed = (replace(one, signed_at=truly(one.signed_at, clock)) for one in facts.declarations)
    others = asked.superseded(signed, at)
    return replace(
        facts,
        release=_release(facts.release, asked.training_days(at)),
        document=replace(facts.document, state=DocumentState.FINAL, malware=""),
        eligibility_list=_list(facts.eligibility_list),
        grants=tuple(
            replace(one, paused_reason="") if relied_on is None or one is relied_on else one for one in facts.grants
        ),
        declarations=tuple(
            replace(one, undertaking_sha256=_OTHERS if one.declaration_id in others else _AS_SIGNED)
            for one in facts.declarations
        ),
        undertaking_sha256=_AS_SIGNED,
        series_undertaking_sha256=_AS_SIGNED,
        recipients=tuple(as_it_was(one, None, asked, clock, at) for one in facts.recipients),
    )


def _by(clock: Sequence[WrongFact], asked: AskedThen) -> AskedThen:
    """Give the same by the true time, as the opening's own is: a wrong clock stood over both."""
    return replace(
        asked,
        words=tuple(replace(one, from_at=truly(one.from_at, clock)) for one in asked.words),
        trainings=tuple(replace(one, from_at=truly(one.from_at, clock)) for one in asked.trainings),
    )


def _release(release: Release, training_days: int | None) -> Release:
    state = ReleaseState.POSTPONED if release.state is ReleaseState.POSTPONED else ReleaseState.FINAL
    producer = replace(release.producer, training_days=training_days)
    return replace(release, state=state, published_at=None, producer=producer)


def _list(listed: EligibilityList | None) -> EligibilityList | None:
    was_in_force = listed is not None and listed.approved_at is not None
    return replace(listed, state=ListState.APPROVED) if listed is not None and was_in_force else listed
