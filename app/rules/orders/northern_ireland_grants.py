"""SR 2009/71: who may have access under the Northern Ireland Order, and on what terms. One function per paragraph.

When access may begin stands in ``northern_ireland.py``. The Order follows the UK's, with other numbers from para 12 on,
and without special provisions for the Bank of England, the Treasury and journalists: nobody has access as one of them.
What is said in ``uk_grants.py`` about supporters, deputies and representations holds here as well (paras 9(b), 11,
5(1)(b)).
"""

from __future__ import annotations

from app.rules import lacking
from app.rules.clauses import Clauses
from app.rules.facts import EligibilityList, ExceptionalGrant, Grant, GrantClass, Release, Sensitivity
from app.rules.orders import northern_ireland
from app.rules.reasons import Reason

PARA_5_1_B = "SR 2009/71 Sch. para 5(1)(b)"
CLAUSES = Clauses(
    instrument="SR 2009/71",
    scope="SR 2009/71 art. 3",
    who_may_grant="SR 2009/71 Sch. para 2",
    may_be_granted="SR 2009/71 Sch. para 3(1)",
    eligible="SR 2009/71 Sch. para 3(2)",
    ground="SR 2009/71 Sch. para 3(1)(a)",
    one_person="SR 2009/71 Sch. para 9(b)",
    limit="SR 2009/71 Sch. para 4",
    longer="SR 2009/71 Sch. para 5(1)(a)",
    no_disclosure="SR 2009/71 Sch. para 6(1)",
    embargo_end="SR 2009/71 Sch. para 6(1)",
    declaration="SR 2009/71 Sch. para 8",
    list_of_posts="SR 2009/71 Sch. para 9(b)",
    past_failure="SR 2009/71 Sch. para 3(1)(e)",
    marking=None,
    told_the_ground=None,
    sensitivity="SR 2009/71 Sch. para 14",
    support="SR 2009/71 Sch. para 11(1)",
    other_person=PARA_5_1_B,
)
PARA_5_4_A = "SR 2009/71 Sch. para 5(4)(a)"
PARA_5_4_B = "SR 2009/71 Sch. para 5(4)(b)"
PARA_12_1 = "SR 2009/71 Sch. para 12(1)"
PARA_13_1 = "SR 2009/71 Sch. para 13(1)"

CLASSES = frozenset(GrantClass) - {GrantClass.PASSED_ON, GrantClass.BANK_OR_TREASURY, GrantClass.JOURNALIST}
INSTEAD = "Grant it to each person by their own right under para 3(2), or take the row off."
TIED = {GrantClass.ADMINISTRATIVE_SUPPORT: CLAUSES.support}
SHARED_BY: dict[GrantClass, str] = {}
INFORMED_BEFORE = PARA_5_4_B
EXCEPTIONAL_CLASSES = frozenset({GrantClass.EXCEPTIONAL_PERSON})
_ELIGIBLE = frozenset({GrantClass.ELIGIBLE_PERSON, GrantClass.ADVISER, GrantClass.DEPUTY})
_SHARING = frozenset({GrantClass.ELIGIBLE_PERSON, GrantClass.ADVISER, GrantClass.DEPUTY, GrantClass.THIRD_PARTY})
_DECLARATIONS = {
    GrantClass.EXCEPTIONAL_PERSON: "SR 2009/71 Sch. para 5(3)",
    GrantClass.THIRD_PARTY: "SR 2009/71 Sch. para 13(9)",
}
_WITHOUT_DECLARATION = (GrantClass.ADMINISTRATIVE_SUPPORT, GrantClass.INTERNATIONAL)


def grant_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """Say everything in one grant that the Order does not allow; empty when sound.

    Args:
        release: The release it is for.
        grant: The grant.
        listed: The whole list.

    Source:
        SR 2009/71 Sch. para 3(1); SR 2009/71 Sch. para 3(2)
    """
    if grant.grant_class not in CLASSES:
        return (lacking.class_unknown(grant, CLAUSES, INSTEAD),)
    if grant.grant_class is GrantClass.ADMINISTRATIVE_SUPPORT:  # needs no ground: what the recipient has is shared
        return ()
    if grant.grant_class is GrantClass.EXCEPTIONAL_PERSON:
        return exceptional_person_reasons(release, grant, listed)
    by_class = {
        GrantClass.INTERNATIONAL: international_reasons,
        GrantClass.THIRD_PARTY: third_party_reasons,
    }
    return by_class.get(grant.grant_class, eligible_person_reasons)(release, grant)


def eligible_person_reasons(release: Release, grant: Grant) -> tuple[Reason, ...]:
    """An eligible person or adviser: a need, and 24 hours unless it is exceptional.

    Source:
        SR 2009/71 Sch. para 3(1)(a); SR 2009/71 Sch. para 4; SR 2009/71 Sch. para 5(1)(a)
    """
    found = list(_need(grant))
    if northern_ireland.is_beyond_limit(release, grant):
        if not northern_ireland.is_extended(grant):
            hours = grant.asked.total_seconds() / 3600 if grant.asked else 0
            found.append(
                lacking.too_long(
                    grant,
                    CLAUSES.limit,
                    f"{hours:g} hours were asked for; the limit is 24 hours before the time set.",
                    "Ask for 24 hours or less, or record an exceptional grant (para 5(1)(a)) with its published "
                    "reasons and the notice to the Statistics Board.",
                )
            )
        found.extend(exceptional_reasons(grant.exceptional))
    return tuple(found)


def exceptional_person_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """Somebody who is not an eligible person: to take action, on the word of an eligible person who has access.

    Source:
        SR 2009/71 Sch. para 5(1)(b); SR 2009/71 Sch. para 5(4)
    """
    found = list(_need(grant))
    if grant.ground_letter == "i":
        ask = "Such access is for the taking of action only: name (ii), or take the row off."
        found.append(lacking.ground_not_named(grant, PARA_5_1_B, ask))
    if not any(_can_have_asked(one, grant) for one in listed.grants):
        found.append(lacking.representations_missing(grant, PARA_5_1_B))
    return (*found, *exceptional_reasons(grant.exceptional))


def exceptional_reasons(exceptional: ExceptionalGrant | None) -> tuple[Reason, ...]:
    """Say what an exceptional grant still lacks; empty when nothing.

    Source:
        SR 2009/71 Sch. para 5(4)(a); SR 2009/71 Sch. para 5(4)(b)
    """
    found = []
    if exceptional is None or not exceptional.reasons.strip():
        found.append(
            lacking.not_published(
                PARA_5_4_A,
                "Access beyond the ordinary rules is exceptional, and its reasons have not been published.",
                "Record the published reasons for the exceptional grant.",
            )
        )
    if exceptional is None or exceptional.board_informed_at is None:
        found.append(
            lacking.board_not_informed(
                PARA_5_4_B,
                "Access beyond the ordinary rules is exceptional, and the Statistics Board has not been informed.",
                "Inform the Statistics Board and record when that was done.",
            )
        )
    return tuple(found)


def international_reasons(release: Release, grant: Grant) -> tuple[Reason, ...]:
    """An international statistical organisation: an obligation to provide data, which is named.

    Source:
        SR 2009/71 Sch. para 12(1)
    """
    ask = "Name the international obligation, and the organisation to which the data is provided."
    return () if grant.ground.strip() else (lacking.ground_missing(grant, PARA_12_1, ask),)


def third_party_reasons(release: Release, grant: Grant) -> tuple[Reason, ...]:
    """The author of another publication, which is named.

    Source:
        SR 2009/71 Sch. para 13(1)
    """
    ask = "Name the publication, when it comes out, and what the statistic adds to it."
    return () if grant.ground.strip() else (lacking.ground_missing(grant, PARA_13_1, ask),)


def may_share(recipient: Grant, grant: Grant) -> bool:
    """Say whether a recipient may share access with somebody who gives them administrative support.

    Args:
        recipient: The grant of the recipient.
        grant: The grant of the supporter.

    Source:
        SR 2009/71 Sch. para 11(1); SR 2009/71 Sch. para 13(9)
    """
    return recipient.grant_class in _SHARING


def declaration_clause(release: Release, grant: Grant) -> str | None:
    """Give the clause by which a signed declaration is demanded for one grant; None where the Order demands none.

    Source:
        SR 2009/71 Sch. para 8; SR 2009/71 Sch. para 5(3); SR 2009/71 Sch. para 11(2); SR 2009/71 Sch. para 12(2);
        SR 2009/71 Sch. para 13(9)
    """
    if release.sensitivity is not Sensitivity.MARKET_SENSITIVE or grant.grant_class in _WITHOUT_DECLARATION:
        return None
    return _DECLARATIONS.get(grant.grant_class, CLAUSES.declaration)


def ground_is_named(grant: Grant) -> bool:
    """Say whether a grant names a ground where the Order lists some; it lists none by letter.

    Source:
        SR 2009/71 Sch. para 3(1)(a)
    """
    return True


def _need(grant: Grant) -> tuple[Reason, ...]:
    found = []
    if not grant.ground.strip():
        ask = "Say what would be significantly impeded if this post had no access."
        found.append(lacking.ground_missing(grant, CLAUSES.ground, ask))
    if grant.ground_letter not in ("", "i", "ii"):
        ask = "Name (i) for responses and statements, or (ii) for the taking of action; or name none."
        found.append(lacking.ground_not_named(grant, CLAUSES.ground, ask))
    return tuple(found)


def _can_have_asked(one: Grant, grant: Grant) -> bool:
    """Say whether a grant is that of an eligible person who could have made representations for another."""
    another = one.person_id is not None and one.person_id != grant.person_id
    named = grant.for_person_id is None or one.person_id == grant.for_person_id
    return another and named and one.grant_class in _ELIGIBLE
