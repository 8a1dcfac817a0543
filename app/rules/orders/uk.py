"""The Pre-release Access to Official Statistics Order 2008 (SI 2008/2998). One function per paragraph.

When access may begin. Who may have it, the special provisions of paras 12 to 15 among them, stands in ``uk_grants.py``;
of those paragraphs only what they say of the period stands here. Para 10 has a register of its own (``production.py``):
production staff never meet this rule.

One thing is our reading, and said to be so in docs/window.md: paragraph 5(4) says that the person responsible must
inform the Statistics Board “where” such access is granted, and not when. Here it must be done, and the reasons be
published, before the access begins; until then the ordinary limit holds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Release, Sensitivity, london_text
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.workingdays import Part

PARA_3_1 = "SI 2008/2998 Sch. para 3(1)"
PARA_3_1_A = "SI 2008/2998 Sch. para 3(1)(a)"
PARA_3_1_E = "SI 2008/2998 Sch. para 3(1)(e)"
PARA_3_2 = "SI 2008/2998 Sch. para 3(2)"
PARA_4 = "SI 2008/2998 Sch. para 4"
PARA_5_1_A = "SI 2008/2998 Sch. para 5(1)(a)"
PARA_5_1_B = "SI 2008/2998 Sch. para 5(1)(b)"
PARA_5_4_A = "SI 2008/2998 Sch. para 5(4)(a)"
PARA_5_4_B = "SI 2008/2998 Sch. para 5(4)(b)"
PARA_6_1 = "SI 2008/2998 Sch. para 6(1)"
PARA_8 = "SI 2008/2998 Sch. para 8"
PARA_9_B = "SI 2008/2998 Sch. para 9(b)"
PARA_12_14 = "SI 2008/2998 Sch. para 12(14)"
PARA_13_2 = "SI 2008/2998 Sch. para 13(2)"
PARA_14_1 = "SI 2008/2998 Sch. para 14(1)"
PARA_15_8 = "SI 2008/2998 Sch. para 15(8)"
PARA_16 = "SI 2008/2998 Sch. para 16"

SENSITIVITIES = frozenset({Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE})
COUNTS_OWN_CLOSED_DAYS = False
CLOSED_DAYS = "Closed days change nothing under this Order: the paragraph excludes no day."
BANK_HOLIDAYS_OF: tuple[Part, ...] = ()

LIMIT = timedelta(hours=24)

# To these paragraph 4 does not apply at all; the clause says so.
WITHOUT_LIMIT = {
    GrantClass.BANK_OR_TREASURY: PARA_12_14,
    GrantClass.INTERNATIONAL: PARA_13_2,
    GrantClass.THIRD_PARTY: PARA_15_8,
}


def refusal(release: Release) -> Reason | None:
    """Say why there is no window: the Order does not know the class.

    Source:
        SI 2008/2998 Sch. para 16
    """
    if release.sensitivity in SENSITIVITIES:
        return None
    return Reason(
        ReasonCode.ORDER_NOT_BUILT,
        PARA_16,
        f"The UK Order has no class of “{release.sensitivity.value}” statistics; it knows ordinary and market "
        "sensitive.",
        "Choose ordinary or market_sensitive, or the Order that has this class.",
    )


def earliest(release: Release) -> datetime | None:
    """Say the earliest instant at which ordinary access may begin.

    Elapsed time, not calendar days: one calendar day back from a 00:01 Monday release after the clocks go back would
    be 25 hours. Weekends and bank holidays change nothing, since the paragraph excludes no day.

    Args:
        release: With its class and the time set.

    Returns:
        An aware UTC instant exactly 24 elapsed hours earlier, or None when the Order does not know the class.

    Source:
        SI 2008/2998 Sch. para 4
    """
    return None if refusal(release) else utc(release.publishes_at) - LIMIT


def opens_at(release: Release, grant: Grant) -> datetime | None:
    """Say when the window opens for one grant.

    The special provisions without a limit give what was asked for. Any other grant may ask for less than the limit; it
    gets more only as an exceptional grant whose reasons are published and of which the Board has been informed. Until
    both are so, the ordinary limit holds. Journalists never get more: paragraph 14 has 24 hours of its own and no
    exception.

    Args:
        release: With its class and the time set.
        grant: The grant; ``asked`` must be more than nothing where it is set.

    Returns:
        An aware UTC instant, never earlier than the paragraph in force for this grant allows, or None when the Order
        does not know the class.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a); SI 2008/2998 Sch. para 12(14);
        SI 2008/2998 Sch. para 13(2); SI 2008/2998 Sch. para 14(1); SI 2008/2998 Sch. para 15(8)
    """
    limit = earliest(release)
    if limit is None or grant.asked is None:
        return limit
    asked = utc(release.publishes_at) - grant.asked
    return asked if asked >= limit or has_no_limit(release, grant) or is_extended(grant) else limit


def has_no_limit(release: Release, grant: Grant) -> bool:
    """Say whether paragraph 4 does not apply to a grant's class.

    Source:
        SI 2008/2998 Sch. para 12(14); SI 2008/2998 Sch. para 13(2); SI 2008/2998 Sch. para 15(8)
    """
    return grant.grant_class in WITHOUT_LIMIT and refusal(release) is None


def is_extended(grant: Grant) -> bool:
    """Say whether a grant is exceptional, with its reasons published and the Board informed.

    Source:
        SI 2008/2998 Sch. para 5(1)(a); SI 2008/2998 Sch. para 5(4); SI 2008/2998 Sch. para 14(1)
    """
    return grant.grant_class is not GrantClass.JOURNALIST and not exceptional_reasons(grant.exceptional)


def is_beyond_limit(release: Release, grant: Grant) -> bool:
    """Say whether a grant asks for more than the limit; always where there is no window.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 14(1)
    """
    if refusal(release) is not None:
        return True
    return grant.asked is not None and grant.asked > LIMIT and not has_no_limit(release, grant)


def window_clauses(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that say when the window of a grant opens.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a); SI 2008/2998 Sch. para 12(14);
        SI 2008/2998 Sch. para 13(2); SI 2008/2998 Sch. para 14(1); SI 2008/2998 Sch. para 15(8)
    """
    if refusal(release) is not None:
        return (PARA_16,)
    if grant.grant_class is GrantClass.JOURNALIST:
        return (PARA_14_1,)
    if grant.asked is not None and has_no_limit(release, grant):
        return (WITHOUT_LIMIT[grant.grant_class],)
    return (PARA_5_1_A if is_beyond_limit(release, grant) and is_extended(grant) else PARA_4,)


def relied_on(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that a permit under one grant rests on.

    Args:
        release: With its class and the time set.
        grant: The grant that serves.

    Source:
        SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a);
        SI 2008/2998 Sch. para 5(1)(b); SI 2008/2998 Sch. para 8
    """
    clauses: tuple[str, ...] = (PARA_3_1, *window_clauses(release, grant))
    if grant.grant_class is GrantClass.EXCEPTIONAL_PERSON:  # para 5(1)(b) covers both spans
        clauses = (PARA_5_1_B,)
    if grant.grant_class is GrantClass.JOURNALIST:  # Part 1 but for some paragraphs does not apply
        clauses = (PARA_14_1,)
    if grant.grant_class in WITHOUT_LIMIT:  # paragraph 3 does not apply
        clauses = (WITHOUT_LIMIT[grant.grant_class],)
    signs = declaration_is_statutory(release.sensitivity) and grant.grant_class is not GrantClass.INTERNATIONAL
    return (*clauses, PARA_8) if signs else clauses


def limit_text(release: Release) -> str:
    """Say in words how long before publication ordinary access may begin."""
    return "24 hours before the time set for publication"


def how_counted(release: Release) -> str:
    """Say in words how the ordinary window was counted, as the rest of a sentence."""
    return f"24 elapsed hours before the time set for publication, {london_text(release.publishes_at)}"


def about_counting(release: Release) -> tuple[str, ...]:
    """Give what a reader should know of how the ordinary window was counted."""
    return ()


def remarks(release: Release) -> tuple[str, ...]:
    """Give the sentences that a reader of any window should know beside it."""
    if declaration_is_statutory(release.sensitivity):
        return ("The statistics are market sensitive, so each recipient must have signed a declaration.",)
    return ()


def clauses_of_remarks(release: Release) -> tuple[str, ...]:
    """Give the clauses that the sentences beside a window rest on."""
    return (PARA_6_1, PARA_8) if declaration_is_statutory(release.sensitivity) else (PARA_6_1,)


def exceptional_reasons(exceptional: ExceptionalGrant | None) -> tuple[Reason, ...]:
    """Say what an exceptional grant still lacks; empty when nothing.

    Source:
        SI 2008/2998 Sch. para 5(4)(a); SI 2008/2998 Sch. para 5(4)(b)
    """
    lacking = []
    if exceptional is None or not exceptional.reasons.strip():
        lacking.append(
            Reason(
                ReasonCode.EXCEPTIONAL_NOT_PUBLISHED,
                PARA_5_4_A,
                "Access beyond the ordinary rules is exceptional, and its reasons have not been published.",
                "Record the published reasons for the exceptional grant.",
            )
        )
    if exceptional is None or exceptional.board_informed_at is None:
        lacking.append(
            Reason(
                ReasonCode.BOARD_NOT_INFORMED,
                PARA_5_4_B,
                "Access beyond the ordinary rules is exceptional, and the Statistics Board has not been informed.",
                "Inform the Statistics Board and record when that was done.",
            )
        )
    return tuple(lacking)


def declaration_is_statutory(sensitivity: Sensitivity) -> bool:
    """Say whether the Order itself demands a signed declaration before access.

    Source:
        SI 2008/2998 Sch. para 8
    """
    return sensitivity is Sensitivity.MARKET_SENSITIVE
