"""What every act on an eligibility list needs: the version with what it changes, and whether it can change at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.records import eligibility
from app.records.eligibility import ListRow as ListRow
from app.records.grants import GrantRow as GrantRow
from app.records.releases import ReleaseRow
from app.rules.eligibility import soundness
from app.rules.errors import OutOfOrder
from app.rules.facts import EligibilityList, ListState, ReleaseState, Role
from app.rules.reasons import Reason

PREPARERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
Seat = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class ListView:
    """One version of a list, with what it changes.

    Attributes:
        against_version: The version in force that it is compared with; None when there is none other.
        added, removed: Seats (post, organisation, number) it adds to that version, or takes from it.
        lacking: Everything for which it could not be approved now; empty unless it is a draft.
    """

    row: ListRow
    release: ReleaseRow
    against_version: int | None
    added: tuple[Seat, ...]
    removed: tuple[Seat, ...]
    lacking: tuple[Reason, ...]


def demand_open(release: ReleaseRow) -> None:
    """Stop when a release is over.

    Raises:
        OutOfOrder: It is published or cancelled.
    """
    if release.release.state in _OVER:
        raise OutOfOrder(f"The release is {release.release.state.value}; its list no longer changes.")


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


def view(connection: Connection, row: ListRow, release: ReleaseRow, at: datetime) -> ListView:
    """Compare a draft with the version in force, and say what it lacks; other versions stand by themselves.

    Args:
        connection: Any connection.
        row: The version.
        release: Its release.
        at: Now. Aware, UTC.
    """
    listed = row.eligibility_list
    in_force = eligibility.in_force(connection, listed.release_id)
    draft = listed.state is ListState.DRAFT
    before = in_force if draft else None
    mine, theirs = _seats(listed), _seats(before) if before else {}
    return ListView(
        row=row,
        release=release,
        against_version=before.version if before else None,
        added=tuple(seat for key, seat in mine.items() if before and key not in theirs),
        removed=tuple(seat for key, seat in theirs.items() if key not in mine),
        lacking=soundness(listed, release.release, at) if draft else (),
    )


def _seats(listed: EligibilityList) -> dict[Seat, Seat]:
    seats = [(one.post_title, one.organisation, one.seat) for one in listed.grants]
    return {
        (post.casefold(), organisation.casefold(), seat): (post, organisation, seat)
        for post, organisation, seat in seats
    }
