"""What every act on an eligibility list needs: the version with what it changes, and whether it can change at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import considering
from app.records import eligibility, series
from app.records.eligibility import ListRow as ListRow
from app.records.grants import GrantRow as GrantRow
from app.records.releases import ReleaseRow
from app.records.series import Earlier as Earlier
from app.rules import listlife
from app.rules.differences import only_takes_away
from app.rules.eligibility import soundness
from app.rules.errors import OutOfOrder
from app.rules.facts import EligibilityList, ListState, ReleaseState, Role
from app.rules.failures import PastFailure, consideration_missing
from app.rules.lifecycle import LEFT_TO_DO
from app.rules.listlife import Unopened as Unopened
from app.rules.reasons import Reason
from app.rules.weighing import to_weigh

PREPARERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
Seat = tuple[str, str, int]
RELEASES_BACK = 3


@dataclass(frozen=True, slots=True)
class ListView:
    """One version of a list, with what it changes.

    Attributes:
        against_version: The version in force that it is compared with; None when there is none other.
        added, removed: Seats (post, organisation, number) it adds to that version, or takes from it.
        lacking: Everything for which it could not be approved now; empty unless it is a draft.
        growth: How long the lists of earlier releases of the series were, the latest first.
        never_opened: Those it names who opened nothing of the earlier releases for which they were listed.
        unconfirmed: Ids of the grants whose holders wait to be confirmed.
        remarks: What an approver should look at, though nothing of it stands in the way.
        frozen_since: Since when, or from when, a change needs an override.
        failures: Past failures that bear on its grants, and what the governing Order makes of each.
    """

    row: ListRow
    release: ReleaseRow
    against_version: int | None
    added: tuple[Seat, ...]
    removed: tuple[Seat, ...]
    lacking: tuple[Reason, ...]
    growth: tuple[Earlier, ...] = ()
    never_opened: tuple[Unopened, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    frozen_since: datetime | None = None
    failures: tuple[PastFailure, ...] = ()


def demand_open(release: ReleaseRow) -> None:
    """Stop when a release is over.

    Raises:
        OutOfOrder: It is published or cancelled.
    """
    if release.release.state in _OVER:
        state = release.release.state
        raise OutOfOrder(f"The release is {state.value}; its list no longer changes. {LEFT_TO_DO[state]}")


def demand_draft(row: ListRow) -> None:
    """Stop when a version of a list is no draft.

    Raises:
        OutOfOrder: It is approved or superseded.
    """
    state = row.eligibility_list.state
    if state is not ListState.DRAFT:
        raise OutOfOrder(
            f"This version is {state.value} and no longer changes. Begin a new version instead.", state=state.value
        )


def view(
    connection: Connection, row: ListRow, release: ReleaseRow, at: datetime, releases_back: int = RELEASES_BACK
) -> ListView:
    """Compare a draft with the version in force, and say what it lacks; other versions stand by themselves.

    Args:
        connection: Any connection.
        row: The version.
        release: Its release.
        at: Now. Aware, UTC.
        releases_back: At how many earlier releases of the series to look.
    """
    listed = row.eligibility_list
    in_force = eligibility.in_force(connection, listed.release_id)
    draft = listed.state is ListState.DRAFT
    before = in_force if draft else None
    mine, theirs = _seats(listed), _seats(before) if before else {}
    growth = _earlier(connection, release, releases_back)
    failures = considering.past_failures(connection, listed, release.release)
    return ListView(
        row=row,
        release=release,
        against_version=before.version if before else None,
        added=tuple(seat for key, seat in mine.items() if before and key not in theirs),
        removed=tuple(seat for key, seat in theirs.items() if key not in mine),
        lacking=(
            *lacking_now(listed, before, release, at),
            *considering.training_lacking(connection, listed, release.release, at),
            *consideration_missing(failures, ""),
        )
        if draft
        else (),
        growth=growth,
        never_opened=_never_opened(connection, listed, growth),
        unconfirmed=listlife.unconfirmed(listed),
        remarks=(
            *listlife.remarks(listed.grants),
            *to_weigh(listed, release.release),
            *considering.production_remarks(connection, listed, release.release, at),
        ),
        frozen_since=listlife.frozen_since(release.release),
        failures=failures,
    )


def lacking_now(
    listed: EligibilityList, before: EligibilityList | None, release: ReleaseRow, at: datetime
) -> tuple[Reason, ...]:
    """Say everything for which a draft could not be approved now without an override of the freeze.

    Args:
        listed: The draft.
        before: The version in force, if there is one.
        release: The release.
        at: Now. Aware, UTC.
    """
    frozen = None if only_takes_away(listed, before) else listlife.list_is_frozen(release.release, at)
    return (*soundness(listed, release.release, at), *((frozen,) if frozen else ()))


def _earlier(connection: Connection, release: ReleaseRow, count: int) -> tuple[Earlier, ...]:
    one = release.release
    if one.series_id is None:
        return ()
    return series.earlier(connection, one.series_id, before=one.publishes_at, without=one.release_id, limit=count)


def _never_opened(connection: Connection, listed: EligibilityList, growth: tuple[Earlier, ...]) -> tuple[Unopened, ...]:
    over = [one for one in growth if one.published]
    if not over:
        return ()
    named = series.named_on(connection, [one.list_id for one in over])
    return listlife.never_opened(listed, named, series.openers_of(connection, [one.release_id for one in over]))


def _seats(listed: EligibilityList) -> dict[Seat, Seat]:
    seats = [(one.post_title, one.organisation, one.seat) for one in listed.grants]
    return {
        (post.casefold(), organisation.casefold(), seat): (post, organisation, seat)
        for post, organisation, seat in seats
    }
