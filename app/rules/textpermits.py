"""Who may be shown the words of a prepared text. ``decide_text`` alone makes the permit that the vault demands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.rules.facts import Release, ReleaseState, Suspension
from app.rules.feeds import Moved
from app.rules.preparedtexts import PreparedText, footing_missing
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.textstandings import POLICY, TextState, cancelled, text_standing


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What is known of a text and of whoever asks for its words.

    Attributes:
        moves: Every move of the release.
        prepares: They may see it before publication.
        owns: They own it, and still have a footing.
        stands_in: They answer for the release, and may take it in the owner's stead.
        suspensions: Those that keep them from the producer's releases now.
    """

    text: PreparedText
    release: Release
    moves: Sequence[Moved]
    person_id: str
    prepares: bool = False
    owns: bool = False
    stands_in: bool = False
    suspensions: tuple[Suspension, ...] = ()


@dataclass(frozen=True, slots=True)
class TextPermit:
    """A decision that this person may be shown these words at this instant."""

    text_id: str
    version: int
    person_id: str
    at: datetime


def decide_text(facts: TextFacts, at: datetime, *, version: int, taking: bool) -> TextPermit | tuple[Reason, ...]:
    """Say whether somebody may be shown the words of a text at an instant, or everything that stands against it.

    Whoever owns a text and does not prepare is given it once: they take it, and are shown again what they took. Drafts
    from before were written for those who prepare alone.

    Args:
        facts: Of the text, and of them.
        at: The instant. Aware.
        version: Of the words.
        taking: They take it to send it, and do not merely read it.

    Source:
        Producer policy: prepared texts; SI 2008/2998 Sch. para 10; SSI 2008/399 Sch. para 1(2);
        WSI 2009/2818 art. 3(4); SR 2009/71 Sch. para 10
    """
    at, release = utc(at), facts.release
    stands = text_standing(facts.text, release, facts.moves, at)
    took = facts.owns and stands.state is TextState.TAKEN and facts.text.taken_by == facts.person_id
    found: list[Reason] = []
    if taking:
        found += stands.reasons
        if stands.state is not TextState.READY and not stands.reasons:
            detail = f"The text is {stands.state.value}, and is given to nobody any more."
            found.append(Reason(ReasonCode.TEXT_HELD, POLICY, detail, "Look how it stands, and who took it."))
    elif release.state is ReleaseState.CANCELLED:
        found.append(cancelled())
    for one in facts.suspensions:
        detail = f"Access is suspended for {one.subject}: {one.reason}"
        found.append(Reason(ReasonCode.SUSPENDED, POLICY, detail, "Have the suspension ended first."))
    again = took and version == facts.text.version
    may = facts.owns or facts.stands_in if taking else facts.prepares or again
    if not may:
        what = "You have no footing to see this."
        if taking:
            what = "You have no footing to take this: its owner does, or a lead official or the head of profession."
        elif facts.owns:
            what = "Whoever sends a text takes it first, and is shown again what they took, and nothing else of it."
        found.append(footing_missing(release, what))
    return tuple(found) or TextPermit(facts.text.text_id, version, facts.person_id, at)
