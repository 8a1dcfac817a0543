"""What usually puts right what went wrong, by kind: proposals for a draft report; a person confirms or strikes them."""

from __future__ import annotations

from dataclasses import dataclass

from app.rules.facts import Order, Release
from app.rules.granting import clauses_of
from app.rules.incidents import IncidentKind
from app.rules.orders import scotland

_K = IncidentKind


@dataclass(frozen=True, slots=True)
class Remedies:
    """Proposals, as whole sentences: what to do now, and what to change for good."""

    short_term: tuple[str, ...]
    long_term: tuple[str, ...]


_WINDOW = Remedies(
    (
        "Withdraw access until the window opens, and record when that was done.",
        "Tell each post that opened a document that the embargo continues until publication itself.",
    ),
    ("Decide on a change of the publication time before the window opens, where that can be foreseen.",),
)
_SHARED = Remedies(
    (
        "Find everyone who received it, ask each to delete it and to confirm that they did and passed nothing on.",
        "Suspend the grant of the post concerned until the circumstances are known.",
    ),
    ("Remind recipients that access is personal, and that a helper needs a grant of their own.",),
)
_PUBLISHED = Remedies(
    ("Say publicly what happened, as soon as the facts are known.",),
    ("Rehearse the publication step, with two people, before the day.",),
)
_LISTED_LATE = Remedies(
    ("Check that the list of posts that is public now is the one that was enforced.",),
    ("Publish the list of posts with the release, or before it, as a step of its own in the plan of the day.",),
)
_TECHNICAL = Remedies(
    ("Keep the evidence, and serve nothing until the cause is known.", "Review every opening that could be affected."),
    ("Remove the cause, and record the check that would have found it sooner.",),
)
_REFUSED = Remedies(
    ("Ask the person what they were trying to do, and tell them when and how they will have access, if at all.",),
    ("Consider whether the notice that tells recipients when the window opens is clear enough.",),
)
_LETTER = Remedies(
    ("Find out who or what set the letter to go, and whether another one is set.",),
    ("Let the service alone send such letters: it knows the window, a calendar or a mail program does not.",),
)
_OTHER = Remedies(("Establish the facts.",), ())

_BY_KIND: dict[IncidentKind, Remedies] = {
    **dict.fromkeys((_K.ACCESS_BEFORE_WINDOW, _K.ACCESS_MADE_OVER_LONG), _WINDOW),
    **dict.fromkeys(
        (
            _K.NOT_ON_LIST,
            _K.POST_NOT_HELD,
            _K.DECLARATION_NOT_VALID,
            _K.ONWARD_SHARING,
            _K.UNAUTHORISED_DISCLOSURE,
            _K.INDICATION_GIVEN,
            _K.WRONG_ATTACHMENT,
            _K.RECEIVED_IN_ERROR,
            _K.WRONGFUL_RELEASE_REPORTED,
        ),
        _SHARED,
    ),
    **dict.fromkeys((_K.EARLY_PUBLICATION, _K.LATE_PUBLICATION), _PUBLISHED),
    _K.LIST_OF_POSTS_LATE: _LISTED_LATE,
    **dict.fromkeys((_K.SEAL_BROKEN, _K.LOG_DAMAGED, _K.LOG_CONTRADICTED, _K.CLOCK_WRONG), _TECHNICAL),
    **dict.fromkeys((_K.REPEATED_REFUSALS, _K.PASSPHRASE_REVEALED_TWICE, _K.TWO_NETWORKS, _K.SHARED_MAILBOX), _REFUSED),
    _K.LETTER_TOO_EARLY: _LETTER,
    _K.OTHER: _OTHER,
}


def remedies(kind: IncidentKind, release: Release | None) -> Remedies:
    """Propose what to do now and what to change for good, for one kind of incident.

    Args:
        release: The release concerned, whose Order is the one that is cited; None where there is none: no Order is
            cited then.

    Source:
        SI 2008/2998 Sch. para 3(1)(e); SI 2008/2998 Sch. para 5(1)(a); SSI 2008/399 Sch. para 4(3);
        SSI 2008/399 Sch. para 7; WSI 2009/2818 Sch. para 4(3); WSI 2009/2818 Sch. para 8;
        SR 2009/71 Sch. para 3(1)(e); SR 2009/71 Sch. para 5(1)(a)
    """
    found = _BY_KIND[kind]
    if found is _WINDOW:
        return Remedies((*found.short_term, _recall_or_longer(release)), found.long_term)
    if found is _SHARED:
        return Remedies(found.short_term, (*found.long_term, _still_needs(release)))
    return found


def _recall_or_longer(release: Release | None) -> str:
    if release is None:
        return "Decide: recall the copies, or give access for longer as far as the governing Order allows it."
    if release.order is Order.SCOTLAND and not scotland.may_be_increased(release):
        return (
            "Recall the copies: the maximum period cannot be increased for statistics of this class "
            f"({scotland.never_increased_by(release)})."
        )
    longer = {
        Order.SCOTLAND: "increase the maximum period where a ground makes that necessary, and publish the increase",
        Order.WALES: "give access earlier where the Order allows it, and inform the Board",
    }.get(release.order, "extend exceptionally with published reasons and notice to the Board")
    return f"Decide: recall the copies, or {longer} ({clauses_of(release.order).longer})."


def _still_needs(release: Release | None) -> str:
    if release is None:
        return "Consider whether this post still needs access."
    must = release.order in (Order.SCOTLAND, Order.WALES)
    weighed = "; what is on record of this failure must be taken into account then" if must else ""
    return f"Consider whether this post still needs access{weighed} ({clauses_of(release.order).past_failure})."
