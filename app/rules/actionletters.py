"""When people are written to about the day of a corrective action, and what: before it, on it, after it. Once each."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from app.rules.facts import london_date
from app.rules.reasons import utc
from app.rules.rehearsals import PREFIX
from app.rules.reportparts import CorrectiveAction

SOON_DAYS = 7
"""Before the day: time enough to do something, and late enough to be remembered."""

ESCALATE_DAYS = 7
"""After the day: then the head of profession hears of it too, and no more letters follow."""

MORNING = time(9, 0)
"""London time at which these letters go: none needs to be read in the night."""

_LONDON = ZoneInfo("Europe/London")


class Letter(IntEnum):
    """Which letter about its day is due; a later one takes the place of those before it."""

    SOON = 1
    DUE = 2
    OVERDUE = 3
    LONG_OVERDUE = 4


_FROM = {
    Letter.SOON: timedelta(days=-SOON_DAYS),
    Letter.DUE: timedelta(0),
    Letter.OVERDUE: timedelta(days=1),
    Letter.LONG_OVERDUE: timedelta(days=ESCALATE_DAYS),
}


def letter_due(action: CorrectiveAction, at: datetime) -> Letter | None:
    """Say which letter about an action is due now.

    What was missed while the service stood still is not made up for when a later letter is due already. Nobody is
    reminded of a day on the day on which they were given it.

    Args:
        action: As it stands.
        at: Now. Aware.

    Returns:
        The letter, or None when there is nothing to write yet, or no more.

    Source:
        Producer policy: incidents
    """
    if action.ended_at is not None:
        return None
    came = [letter for letter in Letter if utc(at) >= _goes_at(action.due_on + _FROM[letter])]
    newest = max(came, default=None)
    if newest is None or newest <= action.letter_step:
        return None
    told_on = action.due_on + _FROM[newest]
    return newest if london_date(action.added_at) < told_on else None


def latest_due_on(at: datetime) -> date:
    """Give the last day by which something may be due and be written about now.

    Args:
        at: Now. Aware.
    """
    return london_date(at) + timedelta(days=SOON_DAYS)


def subject_of(letter: Letter, number: int, *, rehearsal: bool) -> str:
    """Write the subject of a letter.

    Args:
        number: Of the incident.
        rehearsal: The incident is about a rehearsal.
    """
    words = {
        Letter.SOON: f"To be done within {SOON_DAYS} days",
        Letter.DUE: "To be done today",
        Letter.OVERDUE: "Overdue",
        Letter.LONG_OVERDUE: f"Overdue by {ESCALATE_DAYS} days or more",
    }[letter]
    return f"{PREFIX if rehearsal else ''}{words}: corrective action of incident {number}"


def body_of(
    letter: Letter,
    action: CorrectiveAction,
    *,
    number: int,
    where: str,
    waited_for: bool,
    is_owner: bool,
    owner_told: bool,
) -> str:
    """Write to the owner of an action, or to those who answer for the incident.

    Args:
        number: Of the incident.
        where: The address at which it is put on record as done.
        waited_for: Somebody is kept away until it is done and confirmed.
        is_owner: It is for the owner, who may have no part in the incident.
        owner_told: The owner gets a letter of their own.
    """
    until = f"{action.due_on.day} {action.due_on:%B %Y}"
    when = {
        Letter.SOON: f"is to be done by {until}",
        Letter.DUE: f"is to be done by today, {until}",
        Letter.OVERDUE: f"was to be done by {until}, and nobody has put on record that it is",
        Letter.LONG_OVERDUE: f"was to be done by {until}, and nobody has put on record that it is",
    }[letter]
    left = "Whoever was named for that has no role with the producer any more: please find somebody else for it."
    unknown = left if action.owner_id else "The service does not know who that is: please pass this on."
    nobody = "" if owner_told else unknown
    waits = "A suspension waits for it: until it is done and confirmed, those it covers are not let back."
    to_do = (
        "When it is done, tell the lead official of the statistics or the head of profession, who puts it on record."
        if is_owner
        else f"When it is done, or is not to be done any more, put that on record: {where}"
    )
    last = "No further letter about it follows." if letter is Letter.LONG_OVERDUE else ""
    parts = (
        f"A corrective action {when}.",
        f"What: {action.what.rstrip('.')}.",
        f"Owner: {action.owner}. {nobody}".rstrip(),
        waits if waited_for else "",
        to_do,
        f"It was decided because of incident {number}. {last}".rstrip(),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _goes_at(on: date) -> datetime:
    return utc(datetime.combine(on, MORNING, _LONDON))
