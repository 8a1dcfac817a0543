"""The instant of publication: which instants can be set, and what must exist before publication is declared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from app.rules.breaches import OpeningFact
from app.rules.eligibility import PublicRow, public_bytes
from app.rules.errors import Code, Malformed
from app.rules.facts import LONDON, Grant, Order, Release, ReleaseState, london_text
from app.rules.granting import clauses_of
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.window import opens_at_for

STANDARD_TIME = time(9, 30)
FURTHEST_AHEAD = timedelta(days=731)
_FRIDAY = 4


def check_instant(publishes_at: datetime, at: datetime, *, time_exemption: str = "") -> datetime:
    """Say whether a time can be set for publication.

    Args:
        publishes_at: The time wanted. Aware.
        at: Now. Aware.
        time_exemption: The recorded exemption from the standard time, or nothing.

    Returns:
        The time in UTC.

    Raises:
        Malformed: It has passed, lies too far ahead, carries seconds, or is not 09:30 on a weekday and has no
            exemption.
        ValueError: A naive datetime, which is a programming error.

    Source:
        Code 2018 T3.6
    """
    publishes_at, at = utc(publishes_at), utc(at)
    if publishes_at <= at:
        raise _fault(f"{london_text(publishes_at)} has passed.", Code.IN_THE_PAST)
    if publishes_at - at > FURTHEST_AHEAD:
        raise _fault("The time lies more than two years ahead.")
    if publishes_at.second or publishes_at.microsecond:
        raise _fault("The time must be a whole minute.")
    if not is_standard(publishes_at) and not time_exemption.strip():
        raise _fault(
            f"{london_text(publishes_at)} is not the standard time, 9:30am (UK time) on a weekday. Give the exemption "
            "that allows another time as “time_exemption”."
        )
    return publishes_at


def is_standard(publishes_at: datetime) -> bool:
    """Say whether a time is the standard one: 9:30am in the UK on a weekday.

    Source:
        Code 2018 T3.6
    """
    local = publishes_at.astimezone(LONDON)
    return local.weekday() <= _FRIDAY and local.time() == STANDARD_TIME


def check_published(published_at: datetime, at: datetime, *, final_from: datetime | None = None) -> datetime:
    """Say whether an instant can be that at which publication happened.

    Args:
        published_at: The instant given. Aware.
        at: Now. Aware.
        final_from: When the release was last signed off; what was not final cannot have been published. Aware.

    Returns:
        The instant in UTC.

    Raises:
        Malformed: It lies in the future, or before the release was last signed off.
    """
    if utc(published_at) > utc(at):
        raise Malformed(
            "Publication cannot have happened in the future.",
            code=Code.INVALID_INSTANT,
            errors=[{"where": "published_at", "what": "lies in the future"}],
        )
    if final_from is not None and utc(published_at) < utc(final_from):
        raise Malformed(
            f"The release was signed off as final at {london_text(final_from)}, and cannot have been published before. "
            "Nothing was done. Give the time at which the final release was public; if anything of it was public "
            "before, report that as an incident.",
            code=Code.INVALID_INSTANT,
            errors=[{"where": "published_at", "what": "lies before the release was last signed off"}],
        )
    return utc(published_at)


def list_of_posts_reasons(order: Order, published: bytes | None, enforced: tuple[PublicRow, ...]) -> tuple[Reason, ...]:
    """Say why publication cannot be declared for want of the list of posts; empty when nothing stands in the way.

    The Orders for Scotland and Wales ask for no list with each release; there it never stands in the way.

    Args:
        order: The governing Order.
        published: The list as it was published, as canonical JSON; None when it never was.
        enforced: The public list computed from the enforced list as it is now.

    Source:
        SI 2008/2998 Sch. para 9(b); SR 2009/71 Sch. para 9(b)
    """
    clause = clauses_of(order).list_of_posts
    if clause is None:
        return ()
    if published is None:
        detail = "The list of posts with access has not been published, and it must be no later than the release."
        return (_blocked(ReasonCode.LIST_OF_POSTS_MISSING, clause, detail),)
    if published == public_bytes(enforced):
        return ()
    count = sum(row.count for row in enforced)
    published_count = sum(row["count"] for row in json.loads(published))
    detail = (
        f"The published list counts {published_count} and the enforced list {count}; they are not the same list."
        if count != published_count
        else "The published list of posts differs from the list that is enforced."
    )
    return (_blocked(ReasonCode.LIST_OF_POSTS_DIFFERS, clause, detail),)


def listed_late(
    publishings: Sequence[tuple[datetime, bytes]], enforced: bytes, released_at: datetime
) -> datetime | None:
    """Say when the list of posts was published, where that was after the release itself.

    The list that counts is the one that is enforced. The same list published once more does not make it late.

    Args:
        publishings: When each list of posts was published, aware, and its content, as canonical JSON.
        enforced: The public list computed from the enforced list, as canonical JSON.
        released_at: When the release was published, or was to be. Aware.

    Returns:
        The first instant after the release at which the list that is enforced was public; None when it was public by
        then, or is not public at all.

    Source:
        SI 2008/2998 Sch. para 9(b); SR 2009/71 Sch. para 9(b)
    """
    released = utc(released_at)
    in_turn = sorted((utc(at), content) for at, content in publishings)
    before = [content for at, content in in_turn if at <= released]
    if before and before[-1] == enforced:
        return None
    return next((at for at, content in in_turn if at > released and content == enforced), None)


def read_too_soon(after: Release, openings: Sequence[OpeningFact]) -> tuple[OpeningFact, ...]:
    """Give the openings that came before the window as it stands after a move.

    Args:
        after: The release after the move.
        openings: Every opening of it so far, each with its grant.

    Returns:
        Those before their window; all of them while no time stands; none of them once no window counts any more.

    Source:
        SI 2008/2998 Sch. para 4
    """
    if after.state in (ReleaseState.CANCELLED, ReleaseState.PUBLISHED):
        return ()
    if after.state is ReleaseState.POSTPONED:
        return tuple(openings)
    opens = [opens_at_for(after, one.grant or Grant("", "", "")) for one in openings]
    return tuple(one for one, at in zip(openings, opens, strict=True) if at is None or one.opened_at < at)


def _blocked(code: ReasonCode, clause: str, detail: str) -> Reason:
    return Reason(code, clause, detail, "Publish the list of posts as it is now, then declare publication.")


def _fault(what: str, code: Code = Code.INVALID_INSTANT) -> Malformed:
    return Malformed(f"{what} Nothing was done.", code=code, errors=[{"where": "publishes_at", "what": what}])
