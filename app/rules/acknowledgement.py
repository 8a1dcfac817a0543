"""What a recipient is told, and acknowledges, before they read: the ground of their access and what binds them.

The Scottish and the Welsh Order know no signed declaration. They want the recipient informed of the ground instead; the
Welsh one also of the requirements of its paragraph 5, the Scottish one that the conditions of its paragraph 5 are
enforced. So both are told in plain words, to supporters too, and whoever opens a document says that they have read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import Grant, Order, Release
from app.rules.marking import label_of
from app.rules.reasons import Reason, ReasonCode
from app.rules.undertakings import scotland, wales
from app.rules.undertakings.basis import conditions_of, ground_of, one_line
from app.rules.undertakings.requirements import numbered, requirements

TOLD_BY = {Order.SCOTLAND: "SSI 2008/399 Sch. para 2(2)(a)", Order.WALES: "WSI 2009/2818 Sch. para 1(2)"}
"""The Orders that want the recipient informed, and where."""

_GROUNDS = {Order.SCOTLAND: (scotland.GROUNDS, scotland.SUPPORT), Order.WALES: (wales.GROUNDS, wales.SUPPORT)}


def grounds_of(order: Order) -> Mapping[str, str]:
    """Give the grounds that an Order lists, in plain words, by their letters; none where it lists none.

    Source:
        SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1)
    """
    return _GROUNDS.get(order, ({}, ""))[0]


@dataclass(frozen=True, slots=True)
class Told:
    """What one grant tells its holder.

    Attributes:
        post: The post it belongs to, with its organisation.
        ground_letter: Of the Order's own ground; empty where none is named.
        ground_words: What that ground is, its letter first; empty where the Order asks for none, or none is named.
        ground: Why this post needs the access, in the producer's words.
        conditions: Those set for the holder.
        requirements: What paragraph 5 asks of them, sentence by sentence; empty where the Order has it signed instead.
        marking: The label that stands on the copy.
    """

    post: str
    ground_letter: str
    ground_words: str
    ground: str
    conditions: tuple[str, ...]
    requirements: tuple[str, ...]
    marking: str

    @property
    def conditions_sha256(self) -> str:
        """Hash of the conditions, in canonical JSON."""
        return sha256_hex(canonical_json(list(self.conditions)))

    @property
    def requirements_sha256(self) -> str:
        """Hash of the requirements, in canonical JSON."""
        return sha256_hex(canonical_json(list(self.requirements)))

    def as_record(self) -> dict[str, str]:
        """Give what the log says was acknowledged: the ground by its letter, conditions and requirements by hash."""
        return {
            "ground_letter": self.ground_letter,
            "conditions_sha256": self.conditions_sha256,
            "requirements_sha256": self.requirements_sha256,
        }


def is_asked(release: Release) -> bool:
    """Say whether opening a document of this release must acknowledge the ground.

    Source:
        SSI 2008/399 Sch. para 2(2)(a); WSI 2009/2818 Sch. para 1(2)
    """
    return release.order in TOLD_BY


def told(release: Release, grant: Grant) -> Told:
    """Give what one grant tells its holder.

    Source:
        SSI 2008/399 Sch. para 2(2)(a); WSI 2009/2818 Sch. para 1(2)
    """
    words, support = _GROUNDS.get(release.order, ({}, ""))
    return Told(
        post=f"{one_line(grant.post_title)}, {one_line(grant.organisation)}",
        ground_letter=grant.ground_letter.strip(),
        ground_words=ground_of(grant, words, support),
        ground=grant.ground.strip(),
        conditions=conditions_of((grant,)),
        requirements=requirements(release.order),
        marking=label_of(release),
    )


def missing(release: Release, grant: Grant, *, acknowledged: bool) -> Reason | None:
    """Say what stands against opening a document because its reader has not acknowledged the ground; None when nothing.

    Asked last, of the grant that serves: which ground it is depends on that.

    Args:
        release: The release.
        grant: The grant that a permit relies on.
        acknowledged: The reader says they have read the ground and the conditions.

    Source:
        SSI 2008/399 Sch. para 2(2)(a); WSI 2009/2818 Sch. para 1(2)
    """
    if not is_asked(release):
        return None
    source, shown = TOLD_BY[release.order], told(release, grant)
    if not shown.ground_words:  # nobody can be informed of a ground that has no name
        return Reason(
            ReasonCode.GROUND_MISSING,
            source,
            "The producer has not named the ground on which you are given access, so you cannot be told it.",
            "Ask the producer to name the ground on the eligibility list.",
        )
    if acknowledged:
        return None
    return Reason(
        ReasonCode.ACKNOWLEDGEMENT_MISSING,
        source,
        "Before you read, acknowledge on what ground and on which conditions you are given access, and what binds you. "
        + sentences(shown),
        "Read them, then open the document again with “acknowledged”: true.",
    )


def sentences(shown: Told) -> str:
    """Write ground, conditions, marking and what paragraph 5 asks as sentences.

    Args:
        shown: From ``told``.
    """
    conditions = "; ".join(condition.rstrip(".") for condition in shown.conditions) or "none beside the Order's own"
    return (
        f"Ground: {shown.ground_words}. Conditions set for you: {conditions}. The statistics "
        f"are “{shown.marking}”, and paragraph 5 of the Schedule binds you: {' '.join(numbered(shown.requirements))}"
    )
