"""The life of a list: when it freezes, whose holding must be confirmed, who may be one too many, what is answered.

None of it is in an Order but the minimum number of persons; the rest is how a producer keeps to one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.rules.facts import EligibilityList, Grant, GrantClass, Release, ReleaseState, london_text
from app.rules.reasons import Reason, ReasonCode
from app.rules.window import window_of

FREEZE_POLICY = "Producer policy: list freeze"
CONFIRMED_POLICY = "Producer policy: confirmed holders"
SAME_GROUND_LIMIT = 5
FOR_ONE_RELEASE = (GrantClass.EXCEPTIONAL_PERSON, GrantClass.DEPUTY, GrantClass.PASSED_ON)

# Words of the remarks that an import leaves with a row, by the member of the grant whose change answers them.
_ANSWERED_BY = {
    "person_id": ("A name without an address", "A day without a holder's address", "is known by another name"),
    "post_title": (
        "names a group and not a person",
        "is a variant spelling",
        "looks like a misspelling",
        "The same post stands on row",
    ),
    "is_group": ("names a group and not a person",),
    "ground": ("No ground is given",),
    "asked": ("gives no period", "is not a number of hours", "counts days; the limit of"),
}


@dataclass(frozen=True, slots=True)
class Unopened:
    """Somebody who was listed for earlier releases of the series and opened nothing of them.

    Attributes:
        releases: For how many of the releases looked at they were listed.
    """

    person_id: str
    releases: int


def frozen_since(release: Release) -> datetime | None:
    """Say since when, or from when, the list of a release is frozen; None while that is open.

    It freezes when its ordinary window opens, or earlier, when the head of profession freezes it. A postponed release
    has no time set and so no window.

    Args:
        release: With its time set, its governing Order and its class.

    Source:
        Producer policy: list freeze
    """
    window = None if release.state is ReleaseState.POSTPONED else window_of(release).opens_at
    return min((at for at in (release.list_frozen_at, window) if at is not None), default=None)


def list_is_frozen(release: Release, at: datetime) -> Reason | None:
    """Say why a changed list cannot be approved now without an override; None while it can.

    Args:
        release: As for ``frozen_since``.
        at: When approval is asked for. Aware.

    Source:
        Producer policy: list freeze
    """
    since = frozen_since(release)
    if since is None or at < since:
        return None
    return Reason(
        ReasonCode.LIST_FROZEN,
        FREEZE_POLICY,
        f"The list has been frozen since {london_text(since)}.",
        "The head of profession can approve it all the same by giving the reason for the override. A version that only "
        "takes people off needs none.",
    )


def holder_is_confirmed(grant: Grant) -> Reason | None:
    """Say that the holder of a row that came from another list has not been confirmed; None where that is not needed.

    Source:
        Producer policy: confirmed holders
    """
    if not grant.confirm_needed or grant.person_id is None or grant.is_group:
        return None
    return Reason(
        ReasonCode.HOLDER_NOT_CONFIRMED,
        CONFIRMED_POLICY,
        f"{grant.post_title}, {grant.organisation}: the row came from another list, and nobody has confirmed since "
        "that the person named still holds the post and needs access.",
        "Confirm the holder, name the present one, or take the row off.",
    )


def unconfirmed(listed: EligibilityList) -> tuple[str, ...]:
    """Give the ids of the grants whose holders wait to be confirmed, in the list's own order."""
    return tuple(grant.grant_id for grant in listed.grants if grant.confirm_needed)


def for_another_release(grant: Grant) -> Grant | None:
    """Give a grant as another release's list may take it over; None where it was for its own release alone.

    An exceptional person, a deputy and somebody to whom access was passed on by agreement were decided on for one
    release. So were an exceptional period and a pause. Whoever is taken over has to be confirmed.

    Source:
        SI 2008/2998 Sch. para 5(1)(a); SI 2008/2998 Sch. para 5(1)(b); Producer policy: confirmed holders
    """
    if grant.grant_class in FOR_ONE_RELEASE:
        return None
    asked = None if grant.exceptional is not None else grant.asked
    return replace(
        grant, asked=asked, exceptional=None, agreement="", paused_reason="", defects=(), confirm_needed=True
    )


def never_opened(
    listed: EligibilityList, named: Mapping[str, frozenset[str]], opened: frozenset[str]
) -> tuple[Unopened, ...]:
    """Name those on a list who were listed for earlier releases and opened nothing of any of them.

    Args:
        listed: The list that is to be approved.
        named: By person id, the ids of the earlier releases for which they were listed.
        opened: Ids of the people who opened something of one of those releases.

    Returns:
        Each of them once, in the list's own order.

    Source:
        SI 2008/2998 Sch. para 3(1)(d)
    """
    here = dict.fromkeys(grant.person_id for grant in listed.grants if grant.person_id is not None)
    return tuple(
        Unopened(person_id, len(named[person_id]))
        for person_id in here
        if named.get(person_id) and person_id not in opened
    )


def grown_by(rows: int, in_force: int | None, last: int | None) -> int:
    """Say by how many rows a list is longer than the one before it: of this release, or else of the series.

    Args:
        rows: How many it has.
        in_force: How many the version in force of the same release has; None where there is none.
        last: How many the list of the last release of the series has; None where there is none.

    Returns:
        More than 0 only where there is one to compare with.

    Source:
        SI 2008/2998 Sch. para 3(1)(d)
    """
    before = last if in_force is None else in_force
    return 0 if before is None else max(0, rows - before)


def remarks(grants: Sequence[Grant]) -> tuple[str, ...]:
    """Say what an approver should look at before approving, though nothing of it stands in the way.

    Args:
        grants: Of the list, in its own order.

    Source:
        SI 2008/2998 Sch. para 3(1)(d)
    """
    counted = Counter(" ".join(grant.ground.split()).casefold() for grant in grants if grant.ground.strip())
    shown = {" ".join(grant.ground.split()).casefold(): grant.ground.strip() for grant in reversed(grants)}
    return tuple(
        f"{count} rows give the same ground, word for word: “{_short(shown[ground])}”. Access is for the minimum "
        "number of persons, so each row should say why this post needs it."
        for ground, count in counted.items()
        if count > SAME_GROUND_LIMIT
    )


def unanswered(defects: Iterable[str], changed: Iterable[str]) -> tuple[str, ...]:
    """Give what is left of the remarks that an import made on a row, once part of the row has been put right.

    Args:
        defects: The remarks, as whole sentences.
        changed: Names of the members of the grant that were set since; ``person_id`` once a holder has been named.
    """
    answered = [words for name in changed for words in _ANSWERED_BY.get(name, ())]
    return tuple(one for one in defects if not any(words in one for words in answered))


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99]}…"
