"""What a producer must publish: what there is of it, what is due, and by which clause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.rules.annual_due import AnnualDue
from app.rules.facts import Order, Release, london_date, london_text
from app.rules.reasons import Reason

ARRANGEMENTS = {
    Order.UK: "SI 2008/2998 Sch. para 9(c)",
    Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 9(c)",
    Order.WALES: "WSI 2009/2818 Sch. para 10(3)",
}
"""Where each Order asks for a published statement of arrangements. The Scottish Order asks for none."""

_WHOSE_ROLE = {
    Order.UK: "the departmental Head of Profession for Statistics",
    Order.NORTHERN_IRELAND: "the departmental senior statisticians",
}


class OwedKind(StrEnum):
    """What sort of thing is to be published, or told to the Statistics Board."""

    LIST_OF_POSTS = "list_of_posts"
    ANNUAL_LIST = "annual_list"
    ARRANGEMENTS = "arrangements"
    BECAUSE_OF_A_GRANT = "because_of_a_grant"


class OwedState(StrEnum):
    """How it stands."""

    DONE = "done"
    AHEAD = "ahead"
    DUE = "due"
    OVERDUE = "overdue"
    PUBLISHED_LATE = "published_late"


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing that is to be published.

    Attributes:
        source: The clause that asks for it.
        what: A whole sentence.
        due_on: London day; None where the Order sets none.
        release_id: The release it is about, where it is about one.
    """

    kind: OwedKind
    order: Order | None
    source: str
    state: OwedState
    what: str
    due_on: date | None = None
    release_id: str | None = None


def list_of_posts_owed(
    release: Release, reasons: Sequence[Reason], source: str, at: datetime, *, listed_at: datetime | None = None
) -> Owed:
    """Say how the list of posts of a release stands.

    Args:
        release: The release, with an approved list.
        reasons: Why publication could not be declared for want of the list; empty when nothing is wanting.
        source: The clause that asks for the list.
        at: Now. Aware.
        listed_at: When the list was published, where that was after the release, or after the time set for it. Aware.

    Source:
        SI 2008/2998 Sch. para 9(b); SR 2009/71 Sch. para 9(b)
    """
    title, when = release.title, london_text(release.publishes_at)
    if not reasons and listed_at is not None:
        published = release.published_at
        itself = f"published {london_text(published)}" if published else f"set for {when}"
        state = OwedState.PUBLISHED_LATE
        what = f"The list of posts of “{title}” was published late, {london_text(listed_at)}. The release was {itself}."
    elif not reasons:
        state, what = OwedState.DONE, f"The list of posts of “{title}” is published."
    else:
        state = OwedState.AHEAD if at < release.publishes_at else OwedState.OVERDUE
        what = (
            f"The list of posts of “{title}” must be published no later than the release, {when}. {reasons[0].detail}"
        )
    due_on = london_date(release.publishes_at)
    return Owed(OwedKind.LIST_OF_POSTS, release.order, source, state, what, due_on, release.release_id)


def annual_list_owed(due: AnnualDue, today: date) -> Owed:
    """Say how an annual list that is not published stands."""
    covers = f"The list of statistics with access, {_text(due.from_on)} to {_text(due.to_on)},"
    state = OwedState.AHEAD if today < due.due_on else OwedState.DUE if today == due.due_on else OwedState.OVERDUE
    told = {
        OwedState.AHEAD: f"will be due on {_text(due.due_on)}.",
        OwedState.DUE: "is due today.",
        OwedState.OVERDUE: f"has been due since {_text(due.due_on)}.",
    }
    return Owed(OwedKind.ANNUAL_LIST, due.order, due.source, state, f"{covers} {told[state]}", due.due_on)


def arrangements_owed(orders: Iterable[Order], version: int | None, role_words: str) -> tuple[Owed, ...]:
    """Say how the statement of arrangements stands under each Order that a producer's releases fall under.

    Args:
        orders: Those Orders.
        version: The newest version that is published; None when there is none.
        role_words: What it says of the role of the head of profession; may be empty.

    Source:
        SI 2008/2998 Sch. para 9(c); SR 2009/71 Sch. para 9(c); WSI 2009/2818 Sch. para 10(3)
    """
    found = []
    for order in orders:
        if order not in ARRANGEMENTS:
            continue
        if version is None:
            state, what = (
                OwedState.DUE,
                "A statement of the arrangements for access before publication must be published.",
            )
        else:
            state, what = OwedState.DONE, f"Version {version} of the statement of arrangements is published."
            if order in _WHOSE_ROLE and not role_words.strip():
                what += f" It does not say the role of {_WHOSE_ROLE[order]}, which it must where appropriate."
        found.append(Owed(OwedKind.ARRANGEMENTS, order, ARRANGEMENTS[order], state, what))
    return tuple(found)


def _text(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
