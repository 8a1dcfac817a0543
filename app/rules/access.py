"""The point of it all: may this person open this document at this instant?

``decide`` runs every condition and collects every failing one, so that the person is told everything at once and the
log shows everything that was wrong. It is the only place that makes a ``Permit``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.rules import conditions
from app.rules.facts import AccessFacts, Grant
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.window import clauses_for, opens_at_for


@dataclass(frozen=True, slots=True)
class Permit:
    """A decision that this person may open this document at this instant, and at no other.

    Attributes:
        reasons: The clauses relied on.
        grant_id: The grant relied on.
        opens_at: When that grant's window opened. Aware, UTC.
    """

    person_id: str
    release_id: str
    document_id: str
    at: datetime
    reasons: tuple[str, ...]
    grant_id: str
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision against, with everything that was wrong. There is none without a reason."""

    person_id: str
    release_id: str
    document_id: str
    at: datetime
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        if not self.reasons:  # what says nothing against access could be taken for leave to go on
            raise ValueError("a refusal says why")


Decision = Permit | Refusal
Condition = Callable[[AccessFacts, datetime], Reason | None]
GrantCondition = Callable[[AccessFacts, Grant, datetime], Reason | None]

CONDITIONS: tuple[Condition, ...] = (
    conditions.release_is_not_cancelled,
    conditions.release_is_not_postponed,
    conditions.release_is_final,
    conditions.release_is_not_published,
    conditions.order_is_built,
    conditions.document_is_final,
    conditions.document_is_not_recalled,
    conditions.list_is_approved,
    conditions.person_is_on_the_list,
    conditions.person_is_not_suspended,
    conditions.declaration_is_signed,
)

GRANT_CONDITIONS: tuple[GrantCondition, ...] = (
    conditions.window_has_opened,
    conditions.post_is_held,
    conditions.grant_is_not_paused,
    conditions.grant_class_is_built,
    conditions.exceptional_reasons_are_published,
    conditions.board_is_informed,
)


def decide(facts: AccessFacts, at: datetime) -> Decision:
    """Decide whether one person may open one document at one instant.

    A person who is on the list by two posts may rely on whichever grant serves; when none does, the reasons given are
    those of the grant that comes nearest: with the fewest reasons that waiting does not end, then the fewest reasons,
    then the window that opens first.

    Args:
        facts: Everything the rule may look at.
        at: The instant asked about. Aware.

    Returns:
        A permit, or a refusal that names every failing condition with its clause.

    Raises:
        ValueError: ``at`` is naive.

    Source:
        SI 2008/2998 Sch. para 1; SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 8
    """
    at = utc(at)
    failing = [reason for condition in CONDITIONS if (reason := condition(facts, at))]
    grant, opens, grant_failing = _nearest_grant(facts, at)
    failing.extend(grant_failing)
    about = (facts.person.person_id, facts.release.release_id, facts.document.document_id, at)
    if failing or grant is None or opens is None:
        return Refusal(*about, tuple(failing))
    release = facts.release
    relied_on = clauses_for(release, grant)
    return Permit(*about, relied_on, grant.grant_id, opens)


def reasons_to_stop(facts: AccessFacts, at: datetime) -> tuple[Reason, ...]:
    """Say why a download that is running must stop; empty when it may go on.

    Publication does not stop it: what is being read is then public.

    Args:
        facts: The facts as they are now.
        at: Now. Aware.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    decision = decide(facts, at)
    if isinstance(decision, Permit):
        return ()
    return tuple(reason for reason in decision.reasons if reason.code is not ReasonCode.ALREADY_PUBLISHED)


def _nearest_grant(facts: AccessFacts, at: datetime) -> tuple[Grant | None, datetime | None, tuple[Reason, ...]]:
    release = facts.release
    never = datetime.max.replace(tzinfo=UTC)
    judged = []
    for grant in facts.grants:
        opens = opens_at_for(release, grant)
        failing = tuple(reason for condition in GRANT_CONDITIONS if (reason := condition(facts, grant, at)))
        lasting = [reason for reason in failing if reason.until is None]
        judged.append(((len(lasting), len(failing), opens or never), (grant, opens, failing)))
    return min(judged, key=lambda one: one[0], default=(None, (None, None, ())))[1]
