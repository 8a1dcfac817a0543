"""The point of it all: may this person open this document at this instant?

``decide`` runs every condition and collects every failing one, so that the person is told everything at once and the
log shows everything that was wrong. It is the only place that makes a ``Permit``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.rules import conditions, granting, training
from app.rules.facts import AccessFacts, Grant
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.window import opens_at_for


@dataclass(frozen=True, slots=True)
class Permit:
    """A decision that this person may open this document at this instant, and at no other.

    Attributes:
        reasons: The clauses relied on.
        grant_id: The grant relied on.
        opens_at: When that grant's window opened. Aware, UTC.
        recipients: Ids of those who share this access and have it at this instant; empty where it stands by itself.
    """

    person_id: str
    release_id: str
    document_id: str
    at: datetime
    reasons: tuple[str, ...]
    grant_id: str
    opens_at: datetime
    recipients: tuple[str, ...] = ()


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
    conditions.document_holds_no_malware,
    conditions.list_is_approved,
    conditions.person_is_on_the_list,
    conditions.person_is_not_suspended,
    training.training_is_current,
)


def recipient_has_access(facts: AccessFacts, grant: Grant, at: datetime) -> Reason | None:
    """What is shared is shared by somebody who has it: support and passing on serve while the recipient is served.

    Source:
        SI 2008/2998 Sch. para 11(1); SI 2008/2998 Sch. para 12(12); SSI 2008/399 Sch. para 3(2);
        SSI 2008/399 Sch. para 3(3); WSI 2009/2818 Sch. para 6; SR 2009/71 Sch. para 11(1)
    """
    sharing = _sharing(facts, grant)
    clause = granting.tied_clause(facts.release, grant, _grants_of(sharing))
    if clause is None:
        return None
    judged = [decide(one, at) for one in sharing]
    if any(isinstance(one, Permit) for one in judged):
        return None
    return Reason(
        ReasonCode.RECIPIENT_WITHOUT_ACCESS,
        clause,
        "Your access is shared by the person whom you stand behind on the list, who has none at this moment.",
        "Ask them, or the producer. You can open the document whenever they can.",
        until=_waiting(judged),
    )


GRANT_CONDITIONS: tuple[GrantCondition, ...] = (
    conditions.declaration_is_signed,
    conditions.window_has_opened,
    conditions.post_is_held,
    conditions.grant_is_not_paused,
    conditions.deputy_may_stand_in,
    conditions.grant_class_is_in_the_order,
    conditions.ground_is_named,
    conditions.exceptional_reasons_are_published,
    conditions.board_is_informed,
    recipient_has_access,
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
        SI 2008/2998 Sch. para 1; SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1); SR 2009/71 Sch. para 1
    """
    at = utc(at)
    failing = [reason for condition in CONDITIONS if (reason := condition(facts, at))]
    grant, opens, grant_failing = _nearest_grant(facts, at)
    failing.extend(grant_failing)
    about = (facts.person.person_id, facts.release.release_id, facts.document.document_id, at)
    if failing or grant is None or opens is None:
        return Refusal(*about, tuple(failing))
    tied = granting.tied_clause(facts.release, grant) is not None
    sharing = tuple(one for one in _sharing(facts, grant) if isinstance(decide(one, at), Permit)) if tied else ()
    relied_on = granting.relied_on(facts.release, grant, _grants_of(sharing))
    return Permit(*about, relied_on, grant.grant_id, opens, tuple(one.person.person_id for one in sharing))


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


def _sharing(facts: AccessFacts, grant: Grant) -> tuple[AccessFacts, ...]:
    """Give the recipient's facts, with those grants alone from which this one may be shared."""
    found = []
    for one in facts.recipients:
        shared = granting.sharing(facts.release, grant, one.grants)
        if shared and one.person.person_id == grant.for_person_id:
            found.append(replace(one, grants=shared, recipients=()))
    return tuple(found)


def _grants_of(sharing: tuple[AccessFacts, ...]) -> tuple[Grant, ...]:
    return tuple(grant for one in sharing for grant in one.grants)


def _waiting(judged: list[Decision]) -> datetime | None:
    """Say when waiting alone would end it, where it would."""
    ends = [
        max(until for until in untils if until is not None)
        for one in judged
        if isinstance(one, Refusal) and None not in (untils := [reason.until for reason in one.reasons])
    ]
    return min(ends, default=None)


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
