"""WSI 2009/2818: who may have access under the Welsh Order, and on what terms. One function per paragraph.

When access may begin stands in ``wales.py``. Named choices, where the Order leaves something open:

- Access always rests on one of the grounds (a) to (h), so each grant names its letter (1(2)(a), 9(1)). A deputy is no
  class of the Order: they are a particular identifiable individual with a ground of their own.
- The class “another person, exceptionally” has access by ground (h) only and must name that letter.
- The Board is informed “as soon as is reasonably practicable”, which is after the grant: it keeps nobody out
  meanwhile, and is owed until it is done. The reason for earlier access is written down beforehand.
"""

from __future__ import annotations

from app.rules import lacking
from app.rules.clauses import Clauses
from app.rules.facts import EligibilityList, Grant, GrantClass, Release
from app.rules.orders import wales
from app.rules.reasons import Reason

PARA_1_1 = "WSI 2009/2818 Sch. para 1(1)"
PARA_1_1_H = "WSI 2009/2818 Sch. para 1(1)(h)"
PARA_2 = "WSI 2009/2818 Sch. para 2"
PARA_4_3 = "WSI 2009/2818 Sch. para 4(3)"
PARA_6 = "WSI 2009/2818 Sch. para 6"

CLAUSES = Clauses(
    instrument="WSI 2009/2818",
    scope="WSI 2009/2818 art. 3",
    who_may_grant=PARA_1_1,
    may_be_granted=PARA_1_1,
    eligible=PARA_2,
    ground=PARA_1_1,
    one_person=PARA_2,
    limit="WSI 2009/2818 Sch. para 4",
    longer=PARA_4_3,
    no_disclosure="WSI 2009/2818 Sch. para 5(2)",
    embargo_end="SRSA 2007 s.11(8)",
    declaration=None,
    list_of_posts=None,
    past_failure="WSI 2009/2818 Sch. para 8",
    marking="WSI 2009/2818 Sch. para 3",
    told_the_ground="WSI 2009/2818 Sch. para 1(2)(a)",
    sensitivity="WSI 2009/2818 art. 2",
    support=PARA_6,
    other_person=PARA_1_1_H,
)

CLASSES = frozenset(
    {
        GrantClass.ELIGIBLE_PERSON,
        GrantClass.ADVISER,
        GrantClass.DEPUTY,
        GrantClass.EXCEPTIONAL_PERSON,
        GrantClass.ADMINISTRATIVE_SUPPORT,
    }
)
INSTEAD = "Grant it to the individual by ground (h), and notify the Statistics Board; for a publication, by ground (d)."
TIED = {GrantClass.ADMINISTRATIVE_SUPPORT: PARA_6}
SHARED_BY: dict[GrantClass, str] = {}
INFORMED_BEFORE: str | None = None  # the Board is told afterwards
EXCEPTIONAL_CLASSES: frozenset[GrantClass] = frozenset()  # nothing is asked before access; the Board is informed after
GROUNDS = tuple("abcdefgh")
OTHER_PERSON = "h"
_SHARING = frozenset({GrantClass.ELIGIBLE_PERSON, GrantClass.ADVISER, GrantClass.DEPUTY})


def grant_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """Say everything in one grant that the Order does not allow; empty when sound.

    Args:
        release: The release it is for.
        grant: The grant.
        listed: The whole list.

    Source:
        WSI 2009/2818 Sch. para 1(1); WSI 2009/2818 Sch. para 2
    """
    if grant.grant_class not in CLASSES:
        return (lacking.class_unknown(grant, CLAUSES, INSTEAD),)
    if grant.grant_class is GrantClass.ADMINISTRATIVE_SUPPORT:  # needs no ground: what the recipient has is shared
        return ()
    return (*ground_reasons(grant), *earlier_reasons(release, grant))


def ground_reasons(grant: Grant) -> tuple[Reason, ...]:
    """Say what is wrong with the ground: it is one of eight, it has a letter, and what makes it necessary is written.

    Source:
        WSI 2009/2818 Sch. para 1(1); WSI 2009/2818 Sch. para 1(1)(h)
    """
    found = []
    if not ground_is_named(grant):
        ask = "Name the ground of para 1(1) by its letter, (a) to (h)."
        if grant.grant_class is GrantClass.EXCEPTIONAL_PERSON:
            ask = "Another person has access by ground (h) only: name (h)."
        found.append(lacking.ground_not_named(grant, PARA_1_1, ask))
    if not grant.ground.strip():
        ask = "Say why the access is necessary for that ground; for (h), for which purpose."
        found.append(lacking.ground_missing(grant, PARA_1_1, ask))
    return tuple(found)


def ground_is_named(grant: Grant) -> bool:
    """Say whether a grant names a ground by which somebody of its class can have access.

    Source:
        WSI 2009/2818 Sch. para 1(1)
    """
    if grant.grant_class is GrantClass.ADMINISTRATIVE_SUPPORT:  # what counts is the ground of the recipient
        return True
    if grant.grant_class is GrantClass.EXCEPTIONAL_PERSON:
        return grant.ground_letter == OTHER_PERSON
    return grant.ground_letter in GROUNDS


def earlier_reasons(release: Release, grant: Grant) -> tuple[Reason, ...]:
    """Say what is wrong with earlier access; empty when there is none, or its reason is recorded.

    Source:
        WSI 2009/2818 Sch. para 4(3)
    """
    if not wales.is_beyond_limit(release, grant) or wales.is_earlier_with_reasons(grant):
        return ()
    return (
        lacking.too_long(
            grant,
            CLAUSES.limit,
            f"more was asked for than the Order's own period, {wales.limit_text(release)}.",
            "Ask for no more than that, or record why earlier access is necessary and the public interest is "
            "significantly better served (4(3)).",
        ),
        lacking.not_published(
            PARA_4_3,
            "Access is earlier than the Order's own period, and no reason for it is recorded.",
            "Record the reason; the Statistics Board is then informed of it.",
        ),
    )


def may_share(recipient: Grant, grant: Grant) -> bool:
    """Say whether a recipient may disclose to somebody who gives them support: with grounds (a) to (g) only.

    Args:
        recipient: The grant of the recipient.
        grant: The grant of the supporter.

    Source:
        WSI 2009/2818 Sch. para 6
    """
    return recipient.grant_class in _SHARING and recipient.ground_letter in GROUNDS[:-1]


def declaration_clause(release: Release, grant: Grant) -> str | None:
    """The Order demands no signed declaration of anybody; it binds whoever is given access.

    Source:
        WSI 2009/2818 Sch. para 5(1)
    """
    return None
