"""The Pre-release Access to Official Statistics (Wales) Order 2009 (WSI 2009/2818). One function per paragraph.

The Order cuts whole days out of both its periods: Saturdays, Sundays, Christmas Day, Good Friday and every bank holiday
in any part of the United Kingdom. A producer's own closed days are not among them, so they change nothing here.

Three things are our reading, and said to be so in docs/window.md:

- Paragraph 4(1)(b) forbids access earlier than “the fifth day before the intended date”: it names a day against a date,
  and no time of the day. An access at any time of that day is not earlier than that day, so the window opens with its
  first instant, 00:00 in London. This is the longest reading there is; a grant may ask for less, and must where less is
  enough (4(1)(c)).
- Where 24 counted hours end exactly at the beginning of a day, the window opens there and not in the excluded days
  before it, during which no counted time passes either. The later instant never opens early.
- Article 3(3) covers National Statistics, and those for which that designation is asked. The service keeps to the
  Schedule for every wholly devolved release: it never gives more for being asked less.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.rules.facts import Grant, Release, Sensitivity, london_date, london_text
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.workingdays import (
    Counts,
    Part,
    counting,
    day_back,
    is_christmas_day,
    is_good_friday,
    start_of,
    time_back,
)

ART_2 = "WSI 2009/2818 art. 2"
PARA_1_1 = "WSI 2009/2818 Sch. para 1(1)"
PARA_1_1_D = "WSI 2009/2818 Sch. para 1(1)(d)"
PARA_4 = "WSI 2009/2818 Sch. para 4"
PARA_4_1_A = "WSI 2009/2818 Sch. para 4(1)(a)"
PARA_4_1_B = "WSI 2009/2818 Sch. para 4(1)(b)"
PARA_4_1_C = "WSI 2009/2818 Sch. para 4(1)(c)"
PARA_4_2 = "WSI 2009/2818 Sch. para 4(2)"
PARA_4_3 = "WSI 2009/2818 Sch. para 4(3)"
PARA_4_6 = "WSI 2009/2818 Sch. para 4(6)"
ACT_11_8 = "SRSA 2007 s.11(8)"

SENSITIVITIES = frozenset({Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE})
WITHOUT_LIMIT = "d"  # the ground to which neither period applies
COUNTS_OWN_CLOSED_DAYS = False
CLOSED_DAYS = (
    "Closed days change nothing under this Order: it leaves out bank holidays, and not the days on which a producer's "
    "offices are closed."
)
BANK_HOLIDAYS_OF: tuple[Part, ...] = tuple(Part)

_NOT_COUNTED = (
    "Not counted: Saturdays, Sundays, Christmas Day, Good Friday and bank holidays in any part of the United Kingdom."
)
HOURS = timedelta(hours=24)
DAYS = 5


def refusal(release: Release) -> Reason | None:
    """Say why there is no window: the Order does not know the class.

    Source:
        WSI 2009/2818 art. 2
    """
    if release.sensitivity in SENSITIVITIES:
        return None
    return Reason(
        ReasonCode.ORDER_NOT_BUILT,
        ART_2,
        f"The Order for Wales has no class of “{release.sensitivity.value}” statistics; it knows ordinary and market "
        "sensitive.",
        "Choose ordinary or market_sensitive, or the Order that has this class.",
    )


def counts_of(release: Release) -> Counts:
    """Make the question whether a day counts for a release.

    Source:
        WSI 2009/2818 Sch. para 4(6)
    """
    return counting(release.closed_on, by_the_order=lambda day: is_christmas_day(day) or is_good_friday(day))


def earliest(release: Release) -> datetime | None:
    """Say the earliest instant at which ordinary access may begin.

    Market-sensitive statistics: 24 counted hours before the intended time. Others: the first instant of the fifth
    counted day before the intended date.

    Args:
        release: With its class, the time set, and the bank holidays of every part of the United Kingdom.

    Returns:
        An aware UTC instant, or None when the Order does not know the class.

    Source:
        WSI 2009/2818 Sch. para 4(1)(a); WSI 2009/2818 Sch. para 4(1)(b); WSI 2009/2818 Sch. para 4(6)
    """
    if refusal(release) is not None:
        return None
    if release.sensitivity is Sensitivity.MARKET_SENSITIVE:
        return time_back(release.publishes_at, HOURS, counts_of(release))
    return start_of(day_back(london_date(release.publishes_at), DAYS, counts_of(release)))


def opens_at(release: Release, grant: Grant) -> datetime | None:
    """Say when the window opens for one grant.

    Neither period applies to ground (d): what was asked for holds, and the ordinary window where nothing was. Any other
    grant may ask for less, and must where less is enough; it gets more only with its reasons recorded and published.

    Args:
        release: With its class, the time set, and the bank holidays of every part of the United Kingdom.
        grant: The grant; ``asked`` must be more than nothing where it is set.

    Returns:
        An aware UTC instant, or None when the Order does not know the class.

    Source:
        WSI 2009/2818 Sch. para 4(1)(c); WSI 2009/2818 Sch. para 4(2); WSI 2009/2818 Sch. para 4(3)
    """
    limit = earliest(release)
    if limit is None or grant.asked is None:
        return limit
    asked = utc(release.publishes_at) - grant.asked
    return asked if asked >= limit or has_no_limit(release, grant) or is_earlier_with_reasons(grant) else limit


def has_no_limit(release: Release, grant: Grant) -> bool:
    """Say whether neither period applies to a grant: ground (d).

    Source:
        WSI 2009/2818 Sch. para 4(2)
    """
    return grant.ground_letter == WITHOUT_LIMIT and refusal(release) is None


def is_earlier_with_reasons(grant: Grant) -> bool:
    """Say whether earlier access is recorded for a grant with the reasons that the Order asks for.

    Source:
        WSI 2009/2818 Sch. para 4(3)
    """
    return grant.exceptional is not None and bool(grant.exceptional.reasons.strip())


def is_beyond_limit(release: Release, grant: Grant) -> bool:
    """Say whether a grant asks for more than the ordinary period; always where there is no window.

    Source:
        WSI 2009/2818 Sch. para 4(1)(a); WSI 2009/2818 Sch. para 4(1)(b)
    """
    limit = earliest(release)
    if limit is None:
        return True
    if grant.asked is None or has_no_limit(release, grant):
        return False
    return utc(release.publishes_at) - grant.asked < limit


def window_clauses(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that say when the window of a grant opens.

    Source:
        WSI 2009/2818 Sch. para 4(1)(a); WSI 2009/2818 Sch. para 4(1)(b); WSI 2009/2818 Sch. para 4(1)(c);
        WSI 2009/2818 Sch. para 4(2); WSI 2009/2818 Sch. para 4(3); WSI 2009/2818 Sch. para 4(6)
    """
    if refusal(release) is not None:
        return (ART_2,)
    if grant.asked is not None and has_no_limit(release, grant):
        return (PARA_4_2,)
    if is_beyond_limit(release, grant) and is_earlier_with_reasons(grant):
        return (PARA_4_3,)
    limit = PARA_4_1_A if release.sensitivity is Sensitivity.MARKET_SENSITIVE else PARA_4_1_B
    shorter = (PARA_4_1_C,) if grant.asked is not None and not is_beyond_limit(release, grant) else ()
    return (limit, *shorter, PARA_4_6)


def relied_on(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that a permit under one grant rests on.

    Args:
        release: With its class and the time set.
        grant: The grant that serves.

    Source:
        WSI 2009/2818 Sch. para 1(1); WSI 2009/2818 Sch. para 4
    """
    ground = f"{PARA_1_1}({grant.ground_letter})" if grant.ground_letter else PARA_1_1
    return (ground, *window_clauses(release, grant))


def limit_text(release: Release) -> str:
    """Say in words how long before publication ordinary access may begin."""
    if release.sensitivity is Sensitivity.MARKET_SENSITIVE:
        return "24 counted hours before the time set for publication"
    return "the fifth counted day before the day of publication"


def how_counted(release: Release) -> str:
    """Say in words how the ordinary window was counted, as the rest of a sentence."""
    if release.sensitivity is Sensitivity.MARKET_SENSITIVE:
        return f"24 counted hours before the intended time of publication, {london_text(release.publishes_at)}"
    return f"the start of the fifth counted day before the intended date, {london_text(release.publishes_at)}"


def about_counting(release: Release) -> tuple[str, ...]:
    """Give what a reader should know of how the ordinary window was counted."""
    return (_NOT_COUNTED,)


def remarks(release: Release) -> tuple[str, ...]:
    """Give the sentences that a reader of any window should know beside it."""
    return ()


def clauses_of_remarks(release: Release) -> tuple[str, ...]:
    """Give the clauses that the sentences beside a window rest on."""
    return (ACT_11_8,)
