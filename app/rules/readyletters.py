"""The letter “your documents are ready”: from when it may go, and to whom it goes. Its words are in ``readywords.py``.

It gives access to nobody. But whoever gets it opens what it speaks of, so it is never set to go before access may begin
for each of its readers; and when it is due the rule of access is asked again, for every one of them (T38).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.rules.errors import Code, Malformed
from app.rules.facts import Grant, Release, london_text
from app.rules.limits import opens_at_for
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.window import window_of


class LetterState(StrEnum):
    """What became of a letter."""

    SCHEDULED = "scheduled"
    SENT = "sent"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"


# While one of these stands, no reader at all may be called: the letter itself is wrong, and not one person's access.
_WRONG = frozenset({ReasonCode.WINDOW_NOT_OPEN, ReasonCode.RELEASE_POSTPONED, ReasonCode.RELEASE_CANCELLED})


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rule says of one reader at the instant at which the letter is due.

    Attributes:
        post: Title and organisation, e.g. ``Chancellor, Example Treasury``.
        reasons: Why they could not open anything; empty where they could.
        told_before: They have had this letter, about these documents and this time, already.
    """

    person_id: str
    post: str
    reasons: tuple[Reason, ...] = ()
    told_before: bool = False

    @property
    def is_called(self) -> bool:
        """Whether the letter goes to them."""
        return not self.reasons and not self.told_before

    @property
    def opens_at(self) -> datetime | None:
        """When their window opens, aware UTC, where that is what they wait for."""
        return next((one.until for one in self.reasons if one.code is ReasonCode.WINDOW_NOT_OPEN), None)

    def as_record(self, *, withheld: bool) -> dict[str, Any]:
        """Give the reader as JSON-ready members; the person by id only.

        Args:
            withheld: The letter went to nobody.
        """
        return {
            "person_id": self.person_id,
            "post": self.post,
            "sent": self.is_called and not withheld,
            "told_before": self.told_before,
            "reasons": [{"code": reason.code.value, "source": reason.source} for reason in self.reasons],
        }


def earliest_at(release: Release, grants: Sequence[Grant]) -> tuple[datetime, Grant] | None:
    """Say from when the letter may go: once the window of each of its readers has opened.

    Somebody listed by two posts may read as soon as either window opens.

    Args:
        release: With the days that a count leaves out.
        grants: Of all its readers; those that wait for a decision call nobody, and do not count.

    Returns:
        The earliest instant, and the grant whose window opens then; None where nobody's window can open.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    first: dict[str, tuple[datetime, Grant]] = {}
    for grant in grants:
        opens = opens_at_for(release, grant)
        if grant.person_id is None or grant.paused_reason or opens is None:
            continue
        known = first.get(grant.person_id)
        if known is None or opens < known[0]:
            first[grant.person_id] = opens, grant
    return max(first.values(), key=lambda one: one[0], default=None)


def too_early(release: Release, grants: Sequence[Grant], send_at: datetime) -> Reason | None:
    """Say why a letter may not be set to go at an instant; None when every reader's window has opened by then.

    Args:
        release: With the days that a count leaves out.
        grants: Of all its readers.
        send_at: When it is to go. Aware.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    found = earliest_at(release, grants)
    if found is None or utc(send_at) >= found[0]:
        return None
    opens, grant = found
    return Reason(
        ReasonCode.WINDOW_NOT_OPEN,
        window_of(release, grant).sources[0],
        f"The letter would go on {london_text(send_at)}, before access may begin. The window of the last of its "
        f"readers, {grant.post_title}, {grant.organisation}, opens on {london_text(opens)}.",
        f"Set {london_text(opens)} or later, or send it to those alone whose windows open earlier. Only an exceptional "
        "grant that the Order allows makes a window longer.",
        until=opens,
    )


def check_send_at(release: Release, send_at: datetime, at: datetime) -> datetime:
    """Give the instant at which a letter is to go, in UTC.

    Args:
        release: Its release.
        send_at: When it is to go. Aware.
        at: Now. Aware.

    Raises:
        Malformed: It has passed, or lies at or after the time set for publication.
    """
    if utc(send_at) <= utc(at):
        raise Malformed(
            "That time has passed. Send the letter at once instead, or set a later time. Nothing was done.",
            code=Code.IN_THE_PAST,
            errors=[{"where": "send_at", "what": "has passed"}],
        )
    if utc(send_at) >= release.publishes_at:
        raise Malformed(
            f"The release is published on {london_text(release.publishes_at)}; a letter that calls recipients to it "
            "goes before that. Nothing was done.",
            code=Code.INVALID_INSTANT,
            errors=[{"where": "send_at", "what": "is not before the time set for publication"}],
        )
    return utc(send_at)


def wrong_for(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """Give the readers for whom the letter itself is wrong, so that it goes to nobody.

    Their window has not opened, or the release is postponed or cancelled. Whoever merely lacks something, a declaration
    for instance, is left out, and the others are told.

    Args:
        judged: Every reader.
    """
    return tuple(one for one in judged if any(reason.code in _WRONG for reason in one.reasons))
