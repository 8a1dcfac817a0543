"""What must be there before a release, by when, who owes it, what puts it right. Read from the records, never typed.

A week before: each department's answer, and every declaration. Two days before: the list, the documents, the watch. The
day before: the sign-off, and the publishing team's word that the page is scheduled. On the day: the list of posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.rules.facts import ReleaseState
from app.rules.granting import clauses_of
from app.rules.readinessfacts import Found, Light, Need, ReadinessFacts, Standing
from app.rules.readinessfindings import findings
from app.rules.reasons import utc
from app.rules.rungs import Stage, due_at, tells_owner_at
from app.rules.window import window_of
from app.rules.workingdays import Counts

POLICY = "Producer policy: readiness"
AHEAD_OF = (ReleaseState.PLANNED, ReleaseState.ANNOUNCED, ReleaseState.FINAL)


@dataclass(frozen=True, slots=True)
class Owing:
    """An need as the rule knows it: its day, who owes it, and whether readers find a closed door without it."""

    stage: Stage
    owed_by: str
    for_readers: bool = False


NEEDS: dict[Need, Owing] = {
    Need.LIST_CONFIRMED: Owing(Stage.WEEK, "the departments' coordinators", for_readers=True),
    Need.DECLARATIONS_SIGNED: Owing(Stage.WEEK, "the people on the list", for_readers=True),
    Need.LIST_APPROVED: Owing(Stage.TWO_DAYS, "the head of profession", for_readers=True),
    Need.DOCUMENTS_FINAL: Owing(Stage.TWO_DAYS, "the statistician", for_readers=True),
    Need.WATCH_PLANNED: Owing(Stage.TWO_DAYS, "the statistician"),
    Need.SIGNED_OFF: Owing(Stage.DAY_BEFORE, "the lead official", for_readers=True),
    Need.PAGE_CONFIRMED: Owing(Stage.DAY_BEFORE, "the publishing team"),
    Need.LIST_OF_POSTS: Owing(Stage.DAY, "the statistician"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One need of a release.

    Attributes:
        due_at: From when it is late. Aware, UTC.
        owed_by: Who owes it, in words.
        detail: How it stands, as a whole sentence.
        remedy: What puts it right; empty when it is done.
        source: The clause that asks for it, or the policy.
        cause: What makes a thing that is asked anew another thing; empty otherwise.
    """

    need: Need
    stage: Stage
    standing: Standing
    due_at: datetime
    owed_by: str
    detail: str
    remedy: str = ""
    source: str = POLICY
    cause: str = ""


def assess(facts: ReadinessFacts, counts: Counts, at: datetime) -> tuple[Line, ...]:
    """Say of each thing that must be there before a release how it stands, in the order of its days.

    Args:
        facts: As the records say.
        counts: Says which London days are worked.
        at: Now. Aware.

    Returns:
        A line for each; none where the release is over or has no time.

    Source:
        Producer policy: readiness
    """
    release = facts.release
    if release.state not in AHEAD_OF:
        return ()
    opens_at = window_of(release).opens_at
    return tuple(
        _line(facts, need, found, counts, at, opens_at if NEEDS[need].for_readers else None)
        for need, found in findings(facts).items()
        if need is not Need.LIST_OF_POSTS or clauses_of(release.order).list_of_posts is not None
    )


def light(lines: tuple[Line, ...]) -> Light:
    """Say how a release stands as a whole, from its lines."""
    standings = {one.standing for one in lines}
    if Standing.LATE in standings:
        return Light.LATE
    return Light.TO_DO_NOW if Standing.MISSING in standings else Light.ON_TRACK


def _line(
    facts: ReadinessFacts, need: Need, found: Found, counts: Counts, at: datetime, opens_at: datetime | None
) -> Line:
    owing, release = NEEDS[need], facts.release
    due = due_at(owing.stage, release.publishes_at, counts, opens_at=opens_at, able_at=found.able_at)
    if found.done:
        standing = Standing.DONE
    elif utc(at) >= due:
        standing = Standing.LATE
    else:
        standing = Standing.MISSING if utc(at) >= tells_owner_at(due, counts) else Standing.NOT_YET
    clause = clauses_of(release.order).list_of_posts if need is Need.LIST_OF_POSTS else None
    remedy = "" if found.done else found.remedy
    return Line(need, owing.stage, standing, due, owing.owed_by, found.detail, remedy, clause or POLICY, found.cause)
