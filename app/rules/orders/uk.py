"""The Pre-release Access to Official Statistics Order 2008 (SI 2008/2998). One function per paragraph.

Deliberately not implemented in this file: para 10 (production staff have their own register and never meet this rule);
paras 12 to 15 (special provisions) beyond naming the class, so such a grant is refused at approval and at the door.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.rules.facts import ExceptionalGrant, Grant, GrantClass, Sensitivity
from app.rules.reasons import Reason, ReasonCode, utc

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

LIMIT = timedelta(hours=24)

BUILT_CLASSES = frozenset({GrantClass.ELIGIBLE_PERSON, GrantClass.ADVISER, GrantClass.EXCEPTIONAL_PERSON})


def earliest(publishes_at: datetime) -> datetime:
    """Say the earliest instant at which ordinary access may begin.

    Elapsed time, not calendar days: one calendar day back from a 00:01 Monday release after the clocks go back would
    be 25 hours. Weekends and bank holidays change nothing, since the paragraph excludes no day.

    Args:
        publishes_at: The time set for publication. Aware.

    Returns:
        An aware UTC instant exactly 24 elapsed hours earlier.

    Source:
        SI 2008/2998 Sch. para 4
    """
    return utc(publishes_at) - LIMIT


def opens_at(publishes_at: datetime, grant: Grant) -> datetime:
    """Say when the window opens for one grant.

    A grant may ask for less than the limit. It gets more only as an exceptional grant whose reasons are published and
    of which the Board has been informed; until both are so, the ordinary limit holds. It always holds for the classes
    of the special provisions, to which para 5 does not apply.

    Args:
        publishes_at: The time set for publication. Aware.
        grant: The grant; ``asked`` must be more than nothing where it is set.

    Returns:
        An aware UTC instant, never earlier than the paragraph in force for this grant allows.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a)
    """
    asked = LIMIT if grant.asked is None else grant.asked
    if asked > LIMIT and (grant.grant_class not in BUILT_CLASSES or exceptional_reasons(grant.exceptional)):
        asked = LIMIT
    return utc(publishes_at) - asked


def relied_on(sensitivity: Sensitivity, publishes_at: datetime, grant: Grant) -> tuple[str, ...]:
    """Give the clauses that a permit under one grant rests on.

    Args:
        sensitivity: The release's class.
        publishes_at: The time set for publication. Aware.
        grant: The grant that serves.

    Source:
        SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a);
        SI 2008/2998 Sch. para 5(1)(b); SI 2008/2998 Sch. para 8
    """
    longer = opens_at(publishes_at, grant) < earliest(publishes_at)
    clauses: tuple[str, ...] = (PARA_3_1, PARA_5_1_A if longer else PARA_4)
    if grant.grant_class is GrantClass.EXCEPTIONAL_PERSON:  # para 5(1)(b) covers both spans
        clauses = (PARA_5_1_B,)
    return (*clauses, PARA_8) if declaration_is_statutory(sensitivity) else clauses


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


def grant_reasons(grant: Grant) -> tuple[Reason, ...]:
    """Say everything in one grant that the Order does not allow; empty when sound.

    Source:
        SI 2008/2998 Sch. para 3(1)(a); SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 5(1)(a)
    """
    where = f"{grant.post_title}, {grant.organisation}"
    found: list[Reason] = []
    if grant.grant_class not in BUILT_CLASSES:
        found.append(
            Reason(
                ReasonCode.CLASS_NOT_BUILT,
                PARA_3_2,
                f"{where}: the class “{grant.grant_class.value}” is not supported yet under this Order.",
                "Leave this grant out, or grant it as an eligible person or adviser if the Order allows that.",
            )
        )
    if not grant.ground.strip():
        found.append(
            Reason(
                ReasonCode.GROUND_MISSING,
                PARA_3_1_A,
                f"{where}: no ground is recorded for the access.",
                "Say what would be significantly impeded if this post had no access.",
            )
        )
    exceptional = grant.grant_class is GrantClass.EXCEPTIONAL_PERSON
    if grant.asked is not None and grant.asked > LIMIT:
        exceptional = True
        if exceptional_reasons(grant.exceptional):
            found.append(
                Reason(
                    ReasonCode.GRANT_TOO_LONG,
                    PARA_4,
                    f"{where}: {_hours(grant.asked)} were asked for; the limit is 24 hours before the time set.",
                    "Ask for 24 hours or less, or record an exceptional grant (para 5(1)(a)) with its published "
                    "reasons and the notice to the Statistics Board.",
                )
            )
    if exceptional:
        found.extend(exceptional_reasons(grant.exceptional))
    return tuple(found)


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} hours"
