"""The Pre-release Access to Official Statistics Order (Northern Ireland) 2009 (SR 2009/71).

One function per paragraph. One thing is our reading, as in ``uk.py``: paragraph 5(4) does not say when the Statistics
Board must be informed. Here that must be done, and the reasons be published, before the access begins.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.rules.facts import Grant, GrantClass, Release, Sensitivity, london_text
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.workingdays import Part

PARA_3_1 = "SR 2009/71 Sch. para 3(1)"
PARA_4 = "SR 2009/71 Sch. para 4"
PARA_5_1_A = "SR 2009/71 Sch. para 5(1)(a)"
PARA_5_1_B = "SR 2009/71 Sch. para 5(1)(b)"
PARA_5_4_A = "SR 2009/71 Sch. para 5(4)(a)"
PARA_5_4_B = "SR 2009/71 Sch. para 5(4)(b)"
PARA_6_1 = "SR 2009/71 Sch. para 6(1)"
PARA_8 = "SR 2009/71 Sch. para 8"
PARA_12_2 = "SR 2009/71 Sch. para 12(2)"
PARA_13_8 = "SR 2009/71 Sch. para 13(8)"
PARA_14 = "SR 2009/71 Sch. para 14"

SENSITIVITIES = frozenset({Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE})
COUNTS_OWN_CLOSED_DAYS = False
CLOSED_DAYS = "Closed days change nothing under this Order: the paragraph excludes no day."
BANK_HOLIDAYS_OF: tuple[Part, ...] = ()

LIMIT = timedelta(hours=24)

# To these paragraph 4 does not apply at all; the clause says so.
WITHOUT_LIMIT = {GrantClass.INTERNATIONAL: PARA_12_2, GrantClass.THIRD_PARTY: PARA_13_8}
# What the UK Order has and this one has not can be lengthened by nothing here.
_NEVER_LONGER = frozenset({GrantClass.BANK_OR_TREASURY, GrantClass.JOURNALIST})


def refusal(release: Release) -> Reason | None:
    """Say why there is no window: the Order does not know the class.

    Source:
        SR 2009/71 Sch. para 14
    """
    if release.sensitivity in SENSITIVITIES:
        return None
    return Reason(
        ReasonCode.ORDER_NOT_BUILT,
        PARA_14,
        f"The Order for Northern Ireland has no class of “{release.sensitivity.value}” statistics; it knows ordinary "
        "and market sensitive.",
        "Choose ordinary or market_sensitive, or the Order that has this class.",
    )


def earliest(release: Release) -> datetime | None:
    """Say the earliest instant at which ordinary access may begin.

    Elapsed hours, whatever the clock or the calendar do: the paragraph excludes no day.

    Args:
        release: With its class and the time set.

    Returns:
        An aware UTC instant exactly 24 elapsed hours earlier, or None when the Order does not know the class.

    Source:
        SR 2009/71 Sch. para 4
    """
    return None if refusal(release) else utc(release.publishes_at) - LIMIT


def opens_at(release: Release, grant: Grant) -> datetime | None:
    """Say when the window opens for one grant.

    The special provisions without a limit give what was asked for. Any other grant may ask for less than the limit; it
    gets more only as an exceptional grant whose reasons are published and of which the Board has been informed.

    Args:
        release: With its class and the time set.
        grant: The grant; ``asked`` must be more than nothing where it is set.

    Returns:
        An aware UTC instant, or None when the Order does not know the class.

    Source:
        SR 2009/71 Sch. para 4; SR 2009/71 Sch. para 5(1)(a); SR 2009/71 Sch. para 12(2); SR 2009/71 Sch. para 13(8)
    """
    limit = earliest(release)
    if limit is None or grant.asked is None:
        return limit
    asked = utc(release.publishes_at) - grant.asked
    return asked if asked >= limit or has_no_limit(release, grant) or is_extended(grant) else limit


def has_no_limit(release: Release, grant: Grant) -> bool:
    """Say whether paragraph 4 does not apply to a grant's class.

    Source:
        SR 2009/71 Sch. para 12(2); SR 2009/71 Sch. para 13(8)
    """
    return grant.grant_class in WITHOUT_LIMIT and refusal(release) is None


def is_extended(grant: Grant) -> bool:
    """Say whether a grant is exceptional, with its reasons published and the Board informed.

    Source:
        SR 2009/71 Sch. para 5(1)(a); SR 2009/71 Sch. para 5(4)(a); SR 2009/71 Sch. para 5(4)(b)
    """
    exceptional = grant.exceptional
    if exceptional is None or grant.grant_class in _NEVER_LONGER:
        return False
    return bool(exceptional.reasons.strip()) and exceptional.board_informed_at is not None


def is_beyond_limit(release: Release, grant: Grant) -> bool:
    """Say whether a grant asks for more than the limit; always where there is no window.

    Source:
        SR 2009/71 Sch. para 4
    """
    if refusal(release) is not None:
        return True
    return grant.asked is not None and grant.asked > LIMIT and not has_no_limit(release, grant)


def window_clauses(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that say when the window of a grant opens.

    Source:
        SR 2009/71 Sch. para 4; SR 2009/71 Sch. para 5(1)(a); SR 2009/71 Sch. para 12(2); SR 2009/71 Sch. para 13(8)
    """
    if refusal(release) is not None:
        return (PARA_14,)
    if grant.asked is not None and has_no_limit(release, grant):
        return (WITHOUT_LIMIT[grant.grant_class],)
    return (PARA_5_1_A if is_beyond_limit(release, grant) and is_extended(grant) else PARA_4,)


def relied_on(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that a permit under one grant rests on.

    Args:
        release: With its class and the time set.
        grant: The grant that serves.

    Source:
        SR 2009/71 Sch. para 3(1); SR 2009/71 Sch. para 4; SR 2009/71 Sch. para 5(1)(b); SR 2009/71 Sch. para 8
    """
    clauses: tuple[str, ...] = (PARA_3_1, *window_clauses(release, grant))
    if grant.grant_class is GrantClass.EXCEPTIONAL_PERSON:  # para 5(1)(b) covers both spans
        clauses = (PARA_5_1_B,)
    if grant.grant_class in WITHOUT_LIMIT:  # Part 1, or its paragraphs 3 to 5, do not apply
        clauses = (WITHOUT_LIMIT[grant.grant_class],)
    sensitive = release.sensitivity is Sensitivity.MARKET_SENSITIVE
    return (*clauses, PARA_8) if sensitive and grant.grant_class is not GrantClass.INTERNATIONAL else clauses


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
    if release.sensitivity is Sensitivity.MARKET_SENSITIVE:
        return ("The statistics are market sensitive, so each recipient must have signed a declaration.",)
    return ()


def clauses_of_remarks(release: Release) -> tuple[str, ...]:
    """Give the clauses that the sentences beside a window rest on."""
    return (PARA_6_1, PARA_8) if release.sensitivity is Sensitivity.MARKET_SENSITIVE else (PARA_6_1,)
