"""SI 2008/2998: who may have access under the UK Order, and on what terms. One function per paragraph.

When access may begin stands in ``uk.py``. Named choices, where the Order leaves something open:

- A grant to the Bank of England or to the Treasury says by which sub-paragraph of para 12 it is made: ``1`` for the
  Bank (12(1)), ``5a`` or ``5b`` for the Treasury's purpose (12(5)(a), 12(5)(b)). A row that names none is refused,
  because a Treasury row taken for the Bank's would escape 12(3).
- Para 14(6)(a) lets the person responsible require a secure place for journalists. This service always does.
- Whoever shares access under para 11 or 12(12) grants nothing: the supporter stands on the enforced list, so that they
  are known by name, and not on the published one (9(b)), which lists grants of the person responsible.
- A deputy is no class of the Order: they qualify by themselves, as an eligible person or adviser.
- Representations (5(1)(b)) are made by an eligible person who has been granted access to that statistic: another person
  on the same list, as eligible person, adviser or deputy; the one who is named, where the row names one.
"""

from __future__ import annotations

from app.rules import lacking
from app.rules.clauses import Clauses
from app.rules.facts import EligibilityList, Grant, GrantClass, Release, Sensitivity
from app.rules.orders import uk
from app.rules.reasons import Reason

CLAUSES = Clauses(
    instrument="SI 2008/2998",
    scope="SI 2008/2998 art. 2",
    who_may_grant="SI 2008/2998 Sch. para 2",
    may_be_granted=uk.PARA_3_1,
    eligible="SI 2008/2998 Sch. para 3(2)",
    ground=uk.PARA_3_1_A,
    one_person=uk.PARA_9_B,
    limit=uk.PARA_4,
    longer=uk.PARA_5_1_A,
    no_disclosure=uk.PARA_6_1,
    embargo_end=uk.PARA_6_1,
    declaration=uk.PARA_8,
    list_of_posts=uk.PARA_9_B,
    past_failure=uk.PARA_3_1_E,
    marking=None,
    told_the_ground=None,
    sensitivity="SI 2008/2998 Sch. para 16",
    support="SI 2008/2998 Sch. para 11(1)",
    other_person=uk.PARA_5_1_B,
)
PARA_12_1 = "SI 2008/2998 Sch. para 12(1)"
PARA_12_3 = "SI 2008/2998 Sch. para 12(3)"
PARA_12_12 = "SI 2008/2998 Sch. para 12(12)"
PARA_12_5 = "SI 2008/2998 Sch. para 12(5)"
PARA_13_1 = "SI 2008/2998 Sch. para 13(1)"
PARA_14_1 = "SI 2008/2998 Sch. para 14(1)"
PARA_14_2 = "SI 2008/2998 Sch. para 14(2)"
PARA_14_6_A = "SI 2008/2998 Sch. para 14(6)(a)"
PARA_15_1 = "SI 2008/2998 Sch. para 15(1)"

CLASSES = frozenset(GrantClass) - {GrantClass.PASSED_ON}
INSTEAD = "Grant it to each person by their own right, or take the row off: the Order knows no passing on."
TIED = {GrantClass.ADMINISTRATIVE_SUPPORT: CLAUSES.support}
SHARED_BY = {GrantClass.BANK_OR_TREASURY: PARA_12_12}  # paragraph 11 is not theirs
INFORMED_BEFORE = uk.PARA_5_4_B
EXCEPTIONAL_CLASSES = frozenset({GrantClass.EXCEPTIONAL_PERSON})
BANK, TREASURY_PURPOSES = "1", ("5a", "5b")
_ELIGIBLE = frozenset({GrantClass.ELIGIBLE_PERSON, GrantClass.ADVISER, GrantClass.DEPUTY})
_SHARING = frozenset(
    {
        GrantClass.ELIGIBLE_PERSON,
        GrantClass.ADVISER,
        GrantClass.DEPUTY,
        GrantClass.BANK_OR_TREASURY,
        GrantClass.THIRD_PARTY,
    }
)
_DECLARATIONS = {
    GrantClass.EXCEPTIONAL_PERSON: "SI 2008/2998 Sch. para 5(3)",
    GrantClass.BANK_OR_TREASURY: "SI 2008/2998 Sch. para 12(10)",
    GrantClass.JOURNALIST: "SI 2008/2998 Sch. para 14(8)",
    GrantClass.THIRD_PARTY: "SI 2008/2998 Sch. para 15(9)",
}
_WITHOUT_DECLARATION = (GrantClass.ADMINISTRATIVE_SUPPORT, GrantClass.INTERNATIONAL)
exceptional_reasons = uk.exceptional_reasons


def grant_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """Say everything in one grant that the Order does not allow; empty when sound.

    Args:
        release: The release it is for.
        grant: The grant.
        listed: The whole list, since some access rests on another's.

    Source:
        SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 3(2)
    """
    if grant.grant_class not in CLASSES:
        return (lacking.class_unknown(grant, CLAUSES, INSTEAD),)
    if grant.grant_class is GrantClass.ADMINISTRATIVE_SUPPORT:  # needs no ground: what the recipient has is shared
        return ()
    by_class = {
        GrantClass.BANK_OR_TREASURY: bank_or_treasury_reasons,
        GrantClass.INTERNATIONAL: international_reasons,
        GrantClass.JOURNALIST: journalist_reasons,
        GrantClass.THIRD_PARTY: third_party_reasons,
        GrantClass.EXCEPTIONAL_PERSON: exceptional_person_reasons,
    }
    return by_class.get(grant.grant_class, eligible_person_reasons)(release, grant, listed)


def eligible_person_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """An eligible person or adviser: a need, and 24 hours unless it is exceptional.

    Source:
        SI 2008/2998 Sch. para 3(1)(a); SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a)
    """
    found = list(_need(grant))
    if uk.is_beyond_limit(release, grant):
        if not uk.is_extended(grant):
            found.append(
                lacking.too_long(
                    grant,
                    uk.PARA_4,
                    f"{_hours(grant)} were asked for; the limit is 24 hours before the time set.",
                    "Ask for 24 hours or less, or record an exceptional grant (para 5(1)(a)) with its published "
                    "reasons and the notice to the Statistics Board.",
                )
            )
        found.extend(exceptional_reasons(grant.exceptional))
    return tuple(found)


def exceptional_person_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """Somebody who is not an eligible person: to take action, on the word of an eligible person who has access.

    Source:
        SI 2008/2998 Sch. para 5(1)(b); SI 2008/2998 Sch. para 5(4)
    """
    found = list(_need(grant))
    if grant.ground_letter == "i":
        ask = "Such access is for the taking of action only: name (ii), or take the row off."
        found.append(lacking.ground_not_named(grant, uk.PARA_5_1_B, ask))
    if not any(_can_have_asked(one, grant) for one in listed.grants):
        found.append(lacking.representations_missing(grant, uk.PARA_5_1_B))
    return (*found, *exceptional_reasons(grant.exceptional))


def bank_or_treasury_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """The Bank, for its functions; the Treasury, for its purposes, and to what the Bank has been granted.

    Source:
        SI 2008/2998 Sch. para 12(1); SI 2008/2998 Sch. para 12(3); SI 2008/2998 Sch. para 12(5)
    """
    found = []
    if not ground_is_named(grant):
        ask = "Name “1” for the Bank of England (12(1)), or “5a” or “5b” for the Treasury's purpose (12(5))."
        found.append(lacking.ground_not_named(grant, PARA_12_5 if grant.ground_letter else PARA_12_1, ask))
    if not grant.ground.strip():
        ask = "Say for which function or purpose it is needed, and why no later access would serve."
        found.append(lacking.ground_missing(grant, PARA_12_1, ask))
    if grant.ground_letter in TREASURY_PURPOSES and not any(_is_of_the_bank(one) for one in listed.grants):
        found.append(lacking.bank_grant_missing(grant, PARA_12_3))
    return tuple(found)


def international_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """An international statistical organisation: an obligation to provide data, which is named.

    Source:
        SI 2008/2998 Sch. para 13(1)
    """
    ask = "Name the international obligation, and the organisation to which the data is provided."
    return () if grant.ground.strip() else (lacking.ground_missing(grant, PARA_13_1, ask),)


def journalist_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """A journalist: 24 hours and never more, for understanding and informed debate, in a secure place.

    Source:
        SI 2008/2998 Sch. para 14(1); SI 2008/2998 Sch. para 14(2); SI 2008/2998 Sch. para 14(6)(a)
    """
    found = []
    if not grant.ground.strip():
        ask = "Say why the access is necessary to understand the statistic, and how it serves informed debate."
        found.append(lacking.ground_missing(grant, PARA_14_2, ask))
    if uk.is_beyond_limit(release, grant):
        detail = f"{_hours(grant)} were asked for; a journalist may have at most 24 hours, and there is no exception."
        remedy = "Ask for the shortest time that serves, such as 45 minutes."
        found.append(lacking.too_long(grant, PARA_14_1, detail, remedy))
    if not grant.place.strip():
        found.append(lacking.place_missing(grant, PARA_14_6_A))
    return tuple(found)


def third_party_reasons(release: Release, grant: Grant, listed: EligibilityList) -> tuple[Reason, ...]:
    """The author of another publication, which is named.

    Source:
        SI 2008/2998 Sch. para 15(1)
    """
    ask = "Name the publication, when it comes out, and what the statistic adds to it."
    return () if grant.ground.strip() else (lacking.ground_missing(grant, PARA_15_1, ask),)


def may_share(recipient: Grant, grant: Grant) -> bool:
    """Say whether a recipient may share access with somebody who gives them administrative support.

    Not whoever is an eligible person for some paragraphs only (5(3)), nor those to whom para 11 does not apply (13(2),
    14(7)).

    Args:
        recipient: The grant of the recipient.
        grant: The grant of the supporter.

    Source:
        SI 2008/2998 Sch. para 11(1); SI 2008/2998 Sch. para 12(12); SI 2008/2998 Sch. para 15(9)
    """
    return recipient.grant_class in _SHARING


def declaration_clause(release: Release, grant: Grant) -> str | None:
    """Give the clause by which a signed declaration is demanded for one grant; None where the Order demands none.

    Source:
        SI 2008/2998 Sch. para 8; SI 2008/2998 Sch. para 5(3); SI 2008/2998 Sch. para 11(2);
        SI 2008/2998 Sch. para 12(10); SI 2008/2998 Sch. para 13(2); SI 2008/2998 Sch. para 14(8);
        SI 2008/2998 Sch. para 15(9)
    """
    if release.sensitivity is not Sensitivity.MARKET_SENSITIVE or grant.grant_class in _WITHOUT_DECLARATION:
        return None
    return _DECLARATIONS.get(grant.grant_class, uk.PARA_8)


def ground_is_named(grant: Grant) -> bool:
    """Say whether a grant names a ground where the Order lists some: the Treasury's purposes, and the Bank's own.

    Source:
        SI 2008/2998 Sch. para 12(1); SI 2008/2998 Sch. para 12(5)
    """
    return grant.grant_class is not GrantClass.BANK_OR_TREASURY or grant.ground_letter in (BANK, *TREASURY_PURPOSES)


def _need(grant: Grant) -> tuple[Reason, ...]:
    found = []
    if not grant.ground.strip():
        ask = "Say what would be significantly impeded if this post had no access."
        found.append(lacking.ground_missing(grant, uk.PARA_3_1_A, ask))
    if grant.ground_letter not in ("", "i", "ii"):
        ask = "Name (i) for responses and statements, or (ii) for the taking of action; or name none."
        found.append(lacking.ground_not_named(grant, uk.PARA_3_1_A, ask))
    return tuple(found)


def _can_have_asked(one: Grant, grant: Grant) -> bool:
    """Say whether a grant is that of an eligible person who could have made representations for another."""
    another = one.person_id is not None and one.person_id != grant.person_id
    named = grant.for_person_id is None or one.person_id == grant.for_person_id
    return another and named and one.grant_class in _ELIGIBLE


def _is_of_the_bank(grant: Grant) -> bool:
    return grant.grant_class is GrantClass.BANK_OR_TREASURY and grant.ground_letter == BANK


def _hours(grant: Grant) -> str:
    hours = grant.asked.total_seconds() / 3600 if grant.asked else 0
    return f"{hours:g} hours"
