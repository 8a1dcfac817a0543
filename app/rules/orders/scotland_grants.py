"""SSI 2008/399: who may have access under the Scottish Order, and on what terms. One function per paragraph.

When access may begin stands in ``scotland.py``. Named choices, where the Order leaves something open:

- Access always rests on one of the grounds (a) to (h), so each grant names its letter (2(2)(a), 8(1)(d)). A deputy is
  no class of the Order: they are an individual with a ground of their own.
- Somebody who is neither minister, office-holder nor official has access by ground (h) and as a named individual only;
  the class “another person, exceptionally” is the same thing and must name that letter.
- Support (3(2)) and passing on (3(3)) go with grounds (a) to (g). A person to whom it is passed on is granted nothing
  by the person responsible, who agrees beforehand, in writing, and keeps a record; they have it for the same ground.
- The Board is notified, and an increase is published, “as soon as practicable”, which is after the grant: neither keeps
  anybody out meanwhile, both are owed until they are done. The explanation of an increase is written down beforehand.
"""

from __future__ import annotations

from app.rules import lacking
from app.rules.clauses import Clauses
from app.rules.facts import EligibilityList, Grant, GrantClass, Release
from app.rules.orders import scotland
from app.rules.reasons import Reason

PARA_2_1 = "SSI 2008/399 Sch. para 2(1)"
PARA_2_1_H = "SSI 2008/399 Sch. para 2(1)(h)"
PARA_3_1 = "SSI 2008/399 Sch. para 3(1)"
PARA_3_2 = "SSI 2008/399 Sch. para 3(2)"
PARA_3_3 = "SSI 2008/399 Sch. para 3(3)"
PARA_3_3_B = "SSI 2008/399 Sch. para 3(3)(b)"
PARA_4_5 = "SSI 2008/399 Sch. para 4(5)"

CLAUSES = Clauses(
    instrument="SSI 2008/399",
    scope="SSI 2008/399 art. 3",
    who_may_grant=PARA_2_1,
    may_be_granted=PARA_2_1,
    eligible=PARA_3_1,
    ground=PARA_2_1,
    one_person=PARA_3_1,
    limit="SSI 2008/399 Sch. para 4",
    longer="SSI 2008/399 Sch. para 4(3)",
    no_disclosure="SSI 2008/399 Sch. para 5(3)",
    embargo_end="SSI 2008/399 Sch. para 1(1)",
    declaration=None,
    list_of_posts=None,
    past_failure="SSI 2008/399 Sch. para 7",
    marking="SSI 2008/399 Sch. para 5(2)",
    told_the_ground="SSI 2008/399 Sch. para 2(2)(a)",
    sensitivity="SSI 2008/399 art. 2",
    support=PARA_3_2,
    other_person=PARA_2_1_H,
)

CLASSES = frozenset(
    {
        GrantClass.ELIGIBLE_PERSON,
        GrantClass.ADVISER,
        GrantClass.DEPUTY,
        GrantClass.EXCEPTIONAL_PERSON,
        GrantClass.ADMINISTRATIVE_SUPPORT,
        GrantClass.PASSED_ON,
    }
)
INSTEAD = (
    "Grant it to the named individual by ground (h), and notify the Statistics Board; for a publication, by ground (e)."
)
TIED = {GrantClass.ADMINISTRATIVE_SUPPORT: PARA_3_2, GrantClass.PASSED_ON: PARA_3_3}
SHARED_BY: dict[GrantClass, str] = {}
INFORMED_BEFORE: str | None = None  # the Board is told afterwards
EXCEPTIONAL_CLASSES: frozenset[GrantClass] = frozenset()  # nothing is asked before access; the Board is notified after
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
        SSI 2008/399 Sch. para 2(1); SSI 2008/399 Sch. para 3(1)
    """
    if grant.grant_class not in CLASSES:
        return (lacking.class_unknown(grant, CLAUSES, INSTEAD),)
    if grant.grant_class is GrantClass.ADMINISTRATIVE_SUPPORT:  # needs no ground: what the recipient has is shared
        return ()
    found = [*ground_reasons(grant), *increase_reasons(release, grant)]
    return (*found, *passing_on_reasons(grant)) if grant.grant_class is GrantClass.PASSED_ON else tuple(found)


def ground_reasons(grant: Grant) -> tuple[Reason, ...]:
    """Say what is wrong with the ground: it is one of eight, it has a letter, and what makes it necessary is written.

    Source:
        SSI 2008/399 Sch. para 2(1); SSI 2008/399 Sch. para 2(1)(h); SSI 2008/399 Sch. para 3(3)
    """
    found = []
    if not ground_is_named(grant):
        ask = "Name the ground of para 2(1) by its letter, (a) to (h)."
        if grant.grant_class is GrantClass.EXCEPTIONAL_PERSON:
            ask = "Whoever is no minister, office-holder or official has access by ground (h) only: name (h)."
        if grant.grant_class is GrantClass.PASSED_ON:
            ask = "Name the ground, (a) to (g), for which the person passing it on has access."
        found.append(lacking.ground_not_named(grant, PARA_2_1, ask))
    if not grant.ground.strip():
        ask = "Say why the access is necessary for that ground."
        found.append(lacking.ground_missing(grant, PARA_2_1, ask))
    return tuple(found)


def ground_is_named(grant: Grant) -> bool:
    """Say whether a grant names a ground by which somebody of its class can have access.

    Source:
        SSI 2008/399 Sch. para 2(1); SSI 2008/399 Sch. para 3(1); SSI 2008/399 Sch. para 3(3);
        SSI 2008/399 Sch. para 3(4)
    """
    if grant.grant_class is GrantClass.ADMINISTRATIVE_SUPPORT:  # what counts is the ground of the recipient
        return True
    if grant.grant_class is GrantClass.EXCEPTIONAL_PERSON:
        return grant.ground_letter == OTHER_PERSON
    if grant.grant_class is GrantClass.PASSED_ON:
        return grant.ground_letter in GROUNDS[:-1]
    return grant.ground_letter in GROUNDS


def passing_on_reasons(grant: Grant) -> tuple[Reason, ...]:
    """Passing on needs the prior agreement, in writing, of the person responsible, which is kept on record.

    Source:
        SSI 2008/399 Sch. para 3(3)(b); SSI 2008/399 Sch. para 8(1)(f)
    """
    return () if grant.agreement.strip() else (lacking.agreement_missing(grant, PARA_3_3_B),)


def increase_reasons(release: Release, grant: Grant) -> tuple[Reason, ...]:
    """Say what is wrong with a period beyond the maximum; empty when there is none, or it was increased.

    Source:
        SSI 2008/399 Sch. para 4(3); SSI 2008/399 Sch. para 4(5); SRSA 2007 s.11A(3); SSI 2008/399 Sch. para 4A(2);
        SSI 2008/399 Sch. para 4A(3)
    """
    if not scotland.is_beyond_limit(release, grant) or scotland.is_increased(release, grant):
        return ()
    longest = scotland.limit_text(release)
    detail = f"more was asked for than the maximum, {longest}."
    if not scotland.may_be_increased(release):
        remedy = "Ask for no more than the maximum; for these statistics it cannot be increased."
        return (lacking.too_long(grant, scotland.never_increased_by(release), detail, remedy),)
    return (
        lacking.too_long(
            grant,
            CLAUSES.limit,
            detail,
            "Ask for no more than the maximum, or record why it is necessary to increase it (4(3)).",
        ),
        lacking.not_published(
            PARA_4_5,
            "The maximum period is increased, and no explanation of why that was necessary is recorded.",
            "Record the explanation that is to be published.",
        ),
    )


def may_share(recipient: Grant, grant: Grant) -> bool:
    """Say whether a recipient may share access, or pass it on: with grounds (a) to (g), and for the same ground.

    Args:
        recipient: The grant of the recipient.
        grant: The grant of the supporter, or of the person to whom it is passed on.

    Source:
        SSI 2008/399 Sch. para 3(2); SSI 2008/399 Sch. para 3(3)
    """
    shares = recipient.grant_class in _SHARING and recipient.ground_letter in GROUNDS[:-1]
    same = grant.grant_class is not GrantClass.PASSED_ON or grant.ground_letter == recipient.ground_letter
    return shares and same


def declaration_clause(release: Release, grant: Grant) -> str | None:
    """The Order demands no signed declaration of anybody; it binds whoever is given access.

    Source:
        SSI 2008/399 Sch. para 5(1)
    """
    return None
