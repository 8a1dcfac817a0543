"""The Pre-release Access to Official Statistics (Scotland) Order 2008 (SSI 2008/399), as amended in 2021 by asp 11.

One function per paragraph; the window first. These are our readings, and said to be so in docs/window.md:

- The Order does not say at what time of the day a period of working days begins. ``SAME_CLOCK_TIME`` is our reading: it
  begins when the London clock, on the working day counted back to, shows what it shows at publication. Beginning with
  that day's first instant would be longer, so this reading never opens early.
- Paragraph 4A names a maximum for Year 1 and Year 2 and does not say whether the day of access or of publication
  decides. The day of publication does here: it is the later of the two, and the rules only grow stricter.
- Paragraph 4(3) lets the maximum periods of 4(1) be increased, those for economic statistics by its words included. The
  Act says since 2021 that rules may not allow more than 1 working day for them, so none is increased here. Paragraph
  4(3) speaks of the periods in 4(1) alone, so those of paragraph 4A are not increased either.
- Statistics may be of two classes at once. Excepted goes before economic, and either before market sensitive: each is
  the stricter of the two. Market sensitive besides changes the marking (``COMBINED``) and no period.
- Paragraph 1(1) covers National Statistics, and those for which that designation or a re-assessment is asked. The
  service keeps to the Schedule for every wholly devolved release: it never gives more for being asked less.

Deliberately not implemented: paragraph 2(1)(e) as an exception to paragraph 4A. The Act lets the Scottish Ministers
provide one; the Order as amended does not say so in paragraph 4A. It needs a legal check, and is refused meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.rules.facts import Grant, Release, Sensitivity, london_date, london_text
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.workingdays import Part, counting, day_back, same_clock_time

ART_2 = "SSI 2008/399 art. 2"
PARA_2_1 = "SSI 2008/399 Sch. para 2(1)"
PARA_2_1_E = "SSI 2008/399 Sch. para 2(1)(e)"
PARA_4 = "SSI 2008/399 Sch. para 4"
PARA_4_1_A = "SSI 2008/399 Sch. para 4(1)(a)"
PARA_4_1_B = "SSI 2008/399 Sch. para 4(1)(b)"
PARA_4_2 = "SSI 2008/399 Sch. para 4(2)"
PARA_4_3 = "SSI 2008/399 Sch. para 4(3)"
PARA_4_5 = "SSI 2008/399 Sch. para 4(5)"
PARA_4A_2 = "SSI 2008/399 Sch. para 4A(2)"
PARA_4A_3 = "SSI 2008/399 Sch. para 4A(3)"
PARA_4A_4 = "SSI 2008/399 Sch. para 4A(4)"
ACT_11_8 = "SRSA 2007 s.11(8)"
ACT_11A_3 = "SRSA 2007 s.11A(3)"

SENSITIVITIES = frozenset(Sensitivity)
WITHOUT_LIMIT = "e"  # the ground to which no maximum applies
COUNTS_OWN_CLOSED_DAYS = True
BANK_HOLIDAYS_OF: tuple[Part, ...] = (Part.SCOTLAND,)
READING = (
    "The Order does not say at what time of the day the period begins. Our reading: at the same clock time as "
    "publication, which is never earlier than the Order allows."
)


@dataclass(frozen=True, slots=True)
class Maximum:
    """The longest period for one class of statistics, by one paragraph.

    Attributes:
        working_days: Working days, or nothing where the paragraph counts hours.
        hours: Hours, or nothing where it counts working days.
        until_on: Last London day of publication on which it holds; None for no end.
    """

    clause: str
    working_days: int = 0
    hours: int = 0
    until_on: date | None = None

    @property
    def words(self) -> str:
        """The period as people say it, e.g. ``5 working days``."""
        if self.hours:
            return f"{self.hours} hours"
        return f"{self.working_days} working day{'' if self.working_days == 1 else 's'}"


# Royal Assent to asp 11 was on 21 April 2021. Year 1 began the day after and lasted a year; so did Year 2 after it.
YEAR_1_UNTIL_ON = date(2022, 4, 21)
YEAR_2_UNTIL_ON = date(2023, 4, 21)
EXCEPTED = (
    Maximum(PARA_4A_2, working_days=1, until_on=YEAR_1_UNTIL_ON),
    Maximum(PARA_4A_3, hours=4, until_on=YEAR_2_UNTIL_ON),
)
MAXIMA = {
    Sensitivity.ORDINARY: (Maximum(PARA_4_1_B, working_days=5),),
    Sensitivity.MARKET_SENSITIVE: (Maximum(PARA_4_1_A, working_days=1),),
    Sensitivity.ECONOMIC: (Maximum(PARA_4_1_A, working_days=1),),
    Sensitivity.EXCEPTED: EXCEPTED,
}
COMBINED = frozenset({Sensitivity.ECONOMIC, Sensitivity.EXCEPTED})
"""The classes that are kept where statistics are market sensitive besides."""


def maximum(release: Release) -> Maximum | None:
    """Give the longest period for a release's class; None when access may not be granted at all.

    Source:
        SSI 2008/399 Sch. para 4(1)(a); SSI 2008/399 Sch. para 4(1)(b); SSI 2008/399 Sch. para 4A(2);
        SSI 2008/399 Sch. para 4A(3); SSI 2008/399 Sch. para 4A(4)
    """
    on = london_date(release.publishes_at)
    return next((one for one in MAXIMA[release.sensitivity] if one.until_on is None or on <= one.until_on), None)


def refusal(release: Release) -> Reason | None:
    """Say why there is no window: statistics on GDP and on retail sales have had none since the end of Year 2.

    Source:
        SSI 2008/399 Sch. para 4A(4)
    """
    if maximum(release) is not None:
        return None
    return Reason(
        ReasonCode.EXCEPTED_STATISTICS,
        PARA_4A_4,
        "Pre-release access to statistics on Scotland’s gross domestic product or on Scottish retail sales may not be "
        "granted.",
        "Publish without pre-release access. Should ground (e) be needed for a publication at the same time, ask for a "
        "legal check first: this service does not treat it as an exception.",
    )


def earliest(release: Release) -> datetime | None:
    """Say the earliest instant at which ordinary access may begin.

    Args:
        release: With its class, the time set, and the days that are no working days.

    Returns:
        An aware UTC instant, or None when access may not be granted at all.

    Source:
        SSI 2008/399 Sch. para 4(1)(a); SSI 2008/399 Sch. para 4(1)(b); SSI 2008/399 art. 2
    """
    longest = maximum(release)
    if longest is None:
        return None
    if longest.hours:
        return utc(release.publishes_at) - timedelta(hours=longest.hours)
    counts = counting(release.closed_on)
    first = day_back(london_date(release.publishes_at), longest.working_days, counts)
    return same_clock_time(first, release.publishes_at)


def opens_at(release: Release, grant: Grant) -> datetime | None:
    """Say when the window opens for one grant.

    Ground (e) has no maximum: what was asked for holds, and the ordinary window where nothing was. Any other grant may
    ask for less; it gets more only once the increase and its reasons are published.

    Args:
        release: With its class, the time set, and the days that are no working days.
        grant: The grant; ``asked`` must be more than nothing where it is set.

    Returns:
        An aware UTC instant, or None when access may not be granted at all.

    Source:
        SSI 2008/399 Sch. para 4(2); SSI 2008/399 Sch. para 4(3); SSI 2008/399 Sch. para 4(5)
    """
    limit = earliest(release)
    if limit is None or grant.asked is None:
        return limit
    asked = utc(release.publishes_at) - grant.asked
    return asked if asked >= limit or has_no_limit(release, grant) or is_increased(release, grant) else limit


def has_no_limit(release: Release, grant: Grant) -> bool:
    """Say whether no maximum applies to a grant: ground (e), but never for excepted statistics.

    Source:
        SSI 2008/399 Sch. para 4(2)
    """
    return grant.ground_letter == WITHOUT_LIMIT and release.sensitivity is not Sensitivity.EXCEPTED


def may_be_increased(release: Release) -> bool:
    """Say whether the maximum period may be increased for a release's class at all.

    Source:
        SSI 2008/399 Sch. para 4(3); SRSA 2007 s.11A(3)
    """
    return release.sensitivity in (Sensitivity.ORDINARY, Sensitivity.MARKET_SENSITIVE)


def never_increased_by(release: Release) -> str:
    """Give the clause that sets a maximum which nothing increases: the Act's for economic statistics, else para 4A.

    Source:
        SRSA 2007 s.11A(3); SSI 2008/399 Sch. para 4A(2); SSI 2008/399 Sch. para 4A(3); SSI 2008/399 Sch. para 4A(4)
    """
    if release.sensitivity is not Sensitivity.EXCEPTED:
        return ACT_11A_3
    longest = maximum(release)
    return longest.clause if longest else PARA_4A_4


def is_increased(release: Release, grant: Grant) -> bool:
    """Say whether the maximum was increased for a grant, with the increase and its reasons published.

    Source:
        SSI 2008/399 Sch. para 4(3); SSI 2008/399 Sch. para 4(5)
    """
    published = grant.exceptional is not None and bool(grant.exceptional.reasons.strip())
    return may_be_increased(release) and published


def is_beyond_limit(release: Release, grant: Grant) -> bool:
    """Say whether a grant asks for more than the ordinary maximum; always where there is no window.

    Source:
        SSI 2008/399 Sch. para 4(1)(a); SSI 2008/399 Sch. para 4(1)(b)
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
        SSI 2008/399 Sch. para 4(1)(a); SSI 2008/399 Sch. para 4(1)(b); SSI 2008/399 Sch. para 4(2);
        SSI 2008/399 Sch. para 4(3)
    """
    longest = maximum(release)
    if longest is None:
        return (PARA_4A_4,)
    if grant.asked is not None and has_no_limit(release, grant):
        return (PARA_4_2,)
    if is_beyond_limit(release, grant) and is_increased(release, grant):
        return (PARA_4_3, PARA_4_5)
    return (longest.clause, ART_2) if longest.working_days else (longest.clause,)


def relied_on(release: Release, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that a permit under one grant rests on.

    Args:
        release: With its class and the time set.
        grant: The grant that serves.

    Source:
        SSI 2008/399 Sch. para 2(1); SSI 2008/399 Sch. para 4
    """
    ground = f"{PARA_2_1}({grant.ground_letter})" if grant.ground_letter else PARA_2_1
    return (ground, *window_clauses(release, grant))


def limit_text(release: Release) -> str:
    """Say in words how long before publication ordinary access may begin."""
    longest = maximum(release)
    return f"{longest.words} before publication" if longest else "no access before publication"


def how_counted(release: Release) -> str:
    """Say in words how the ordinary window was counted, as the rest of a sentence."""
    longest = maximum(release)
    words = longest.words if longest else "no time at all"
    return f"{words} before publication, {london_text(release.publishes_at)}"


def about_counting(release: Release) -> tuple[str, ...]:
    """Give what a reader should know of how the ordinary window was counted."""
    longest = maximum(release)
    return (READING,) if longest is not None and longest.working_days else ()


def remarks(release: Release) -> tuple[str, ...]:
    """Give the sentences that a reader of any window should know beside it."""
    return ()


def clauses_of_remarks(release: Release) -> tuple[str, ...]:
    """Give the clauses that the sentences beside a window rest on."""
    return (ACT_11_8,)
