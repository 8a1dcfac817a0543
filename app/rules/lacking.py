"""The reasons for which a list is not sound, each with its clause and what would put it right.

Which of them an Order asks for, and by which of its paragraphs, stands in ``orders/``; only the words are here.
"""

from __future__ import annotations

from app.rules.clauses import Clauses
from app.rules.facts import Grant, GrantClass
from app.rules.reasons import Reason, ReasonCode

CLASS_WORDS = {
    GrantClass.ELIGIBLE_PERSON: "an eligible person",
    GrantClass.ADVISER: "an adviser",
    GrantClass.EXCEPTIONAL_PERSON: "another person, exceptionally",
    GrantClass.BANK_OR_TREASURY: "the Bank of England or the Treasury",
    GrantClass.JOURNALIST: "a journalist",
    GrantClass.THIRD_PARTY: "the author of another publication",
    GrantClass.INTERNATIONAL: "an international statistical organisation",
    GrantClass.ADMINISTRATIVE_SUPPORT: "administrative support",
    GrantClass.PASSED_ON: "somebody to whom it is passed on",
    GrantClass.DEPUTY: "a deputy",
}


def where(grant: Grant) -> str:
    """Say which row is meant, without naming the person."""
    seat = f" (holder {grant.seat})" if grant.seat > 1 else ""
    return f"{grant.post_title}, {grant.organisation}{seat}"


def empty(clauses: Clauses) -> Reason:
    """A list of nobody is no list."""
    return Reason(
        ReasonCode.LIST_EMPTY,
        clauses.may_be_granted,
        "The list names nobody.",
        "Add the posts that need access, or handle the release without pre-release access.",
    )


def group(grant: Grant, clauses: Clauses) -> Reason:
    """Access belongs to people, one by one."""
    return Reason(
        ReasonCode.GROUP_NOT_A_PERSON,
        clauses.one_person,
        f"{where(grant)}: the row names a group, and access belongs to people one by one.",
        "Replace it by one row for each person, with the title of that person's own post.",
    )


def holder_missing(grant: Grant, clauses: Clauses) -> Reason:
    """A post that nobody holds needs no access."""
    return Reason(
        ReasonCode.HOLDER_MISSING,
        clauses.one_person,
        f"{where(grant)}: nobody is named as the holder.",
        "Name the person who holds the post, or take the row off.",
    )


def not_held(grant: Grant, clauses: Clauses) -> Reason:
    """Lists speak of posts, doors admit people: the person must hold the post."""
    until = f" after {grant.held_until_on.isoformat()}" if grant.held_until_on else ""
    return Reason(
        ReasonCode.POST_NOT_HELD,
        clauses.one_person,
        f"{where(grant)}: the person named is not recorded as holding the post{until} when the window opens.",
        "Record from which day they hold it, or name the present holder.",
    )


def class_unknown(grant: Grant, clauses: Clauses, instead: str) -> Reason:
    """An Order's classes are closed: nobody has access on a footing that it does not know.

    Args:
        instead: What the Order has for such a person, as a whole sentence.
    """
    return Reason(
        ReasonCode.CLASS_NOT_IN_ORDER,
        clauses.eligible,
        f"{where(grant)}: the Order that governs this release knows no access for {CLASS_WORDS[grant.grant_class]}.",
        instead,
    )


def ground_missing(grant: Grant, clause: str, ask: str) -> Reason:
    """Access is granted for a need that the person responsible has weighed, so the need is written down.

    Args:
        ask: What is to be written, as a whole sentence.
    """
    return Reason(ReasonCode.GROUND_MISSING, clause, f"{where(grant)}: no ground is recorded for the access.", ask)


def ground_not_named(grant: Grant, clause: str, ask: str) -> Reason:
    """Where the Order lists the grounds, the grant says which of them it is.

    Args:
        ask: Which there are, as a whole sentence.
    """
    named = f"“{grant.ground_letter}” is none of them" if grant.ground_letter else "none is named"
    return Reason(
        ReasonCode.GROUND_NOT_NAMED, clause, f"{where(grant)}: the Order lists the grounds, and {named}.", ask
    )


def too_long(grant: Grant, clause: str, detail: str, remedy: str) -> Reason:
    """Nobody is granted more time than the Order allows."""
    return Reason(ReasonCode.GRANT_TOO_LONG, clause, f"{where(grant)}: {detail}", remedy)


def place_missing(grant: Grant, clause: str) -> Reason:
    """A lock-in takes place somewhere."""
    return Reason(
        ReasonCode.PLACE_MISSING,
        clause,
        f"{where(grant)}: no secure place is named in which the journalist reads.",
        "Name the room of the lock-in, where no communication equipment is used.",
    )


def recipient_missing(grant: Grant, clause: str, who: str) -> Reason:
    """What is shared is shared by somebody who has it.

    Args:
        who: Whom the row must be tied to, e.g. ``a recipient who may share it``.
    """
    return Reason(
        ReasonCode.RECIPIENT_MISSING,
        clause,
        f"{where(grant)}: the row is tied to nobody on this list who is {who}.",
        "Name the recipient, who must stand on the same list with access of their own, or take the row off.",
    )


def agreement_missing(grant: Grant, clause: str) -> Reason:
    """Passing on needs the prior agreement, in writing, of the person responsible."""
    return Reason(
        ReasonCode.AGREEMENT_MISSING,
        clause,
        f"{where(grant)}: no prior agreement in writing to pass the statistics on is recorded.",
        "Record the agreement: who gave it, when, and where it is kept.",
    )


def bank_grant_missing(grant: Grant, clause: str) -> Reason:
    """The Treasury has access only to what the Bank has been granted."""
    return Reason(
        ReasonCode.BANK_GRANT_MISSING,
        clause,
        f"{where(grant)}: access for the Treasury follows access for the Bank of England, and the list has none.",
        "Add the grant to the Bank of England under para 12(1) first, or take the row off.",
    )


def representations_missing(grant: Grant, clause: str) -> Reason:
    """Whoever is no eligible person has access because an eligible person who has it asked for them."""
    return Reason(
        ReasonCode.REPRESENTATIONS_MISSING,
        clause,
        f"{where(grant)}: nobody else on this list is an eligible person who could have asked for this access.",
        "Add the eligible person who made representations that it is needed, with access of their own, or take the "
        "row off.",
    )


def not_published(clause: str, detail: str, remedy: str) -> Reason:
    """What is exceptional is made public, with its reasons."""
    return Reason(ReasonCode.EXCEPTIONAL_NOT_PUBLISHED, clause, detail, remedy)


def board_not_informed(clause: str, detail: str, remedy: str) -> Reason:
    """What is exceptional is told to the Statistics Board."""
    return Reason(ReasonCode.BOARD_NOT_INFORMED, clause, detail, remedy)
