"""What each Order's file says of itself: where it says what, so that every reason cites the Order that governs."""

from __future__ import annotations

from dataclasses import dataclass

FINAL_FORM = "SRSA 2007 s.11(8)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """The citation for each thing that a refusal, a page or a letter must cite; None where the Order has no such rule.

    Attributes:
        instrument: The Order itself, e.g. ``SI 2008/2998``.
        scope: To which statistics it applies.
        who_may_grant: That the person responsible decides, and nobody else.
        may_be_granted: To whom, and when, access may be granted at all.
        eligible: Who may be granted access.
        ground: For what the access must be needed.
        one_person: That access belongs to people one by one, each in a post of their own.
        limit: How long before publication access may begin.
        longer: By what it may begin earlier.
        no_disclosure: What a recipient must not disclose.
        embargo_end: Until when.
        declaration: That a declaration must have been signed.
        list_of_posts: That a list of posts must be published with each release.
        past_failure: What an earlier failure may or must mean for a new grant.
        marking: How the statistics must be marked.
        told_the_ground: That the recipient must be told the ground.
        sensitivity: Which classes of statistics the Order knows.
        support: Who may share access with somebody who gives them support.
        other_person: By what somebody who does not qualify otherwise may have access.
    """

    instrument: str
    scope: str
    who_may_grant: str
    may_be_granted: str
    eligible: str
    ground: str
    one_person: str
    limit: str
    longer: str
    no_disclosure: str
    embargo_end: str
    declaration: str | None
    list_of_posts: str | None
    past_failure: str
    marking: str | None
    told_the_ground: str | None
    sensitivity: str
    support: str
    other_person: str
