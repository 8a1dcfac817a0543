"""What would follow from moving a release, told before anybody moves it. Nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions.tools import Actor, Tools, require_role
from app.records import calendar, eligibility, evidence, openings, ready_letters, releases
from app.records.ready_letters import LetterRow
from app.records.releases import ReleaseRow
from app.rules import breaches, lifecycle, readyletters
from app.rules.calendar import Shortfall
from app.rules.facts import EligibilityList, Grant, Release, ReleaseState, london_date
from app.rules.feeds import CalendarEntry, Moved, short_of
from app.rules.lifecycle import Move
from app.rules.moved import moved, practice_on_changes
from app.rules.publication import read_too_soon
from app.rules.readyletters import LetterState
from app.rules.window import window_of

_WITHOUT_WINDOW = (ReleaseState.POSTPONED, ReleaseState.CANCELLED)


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter “your documents are ready” that still waits, and what the move would make of it.

    Attributes:
        send_at: When it is set to go. Aware, UTC.
        is_wrong: It would then go to nobody, and a near miss be drafted: no time stands any more, or the window of one
            of its readers opens later.
    """

    send_at: datetime
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a move would do. Instants aware, UTC.

    Attributes:
        after: The release as it would be.
        practice: Of the Code, on changing an announced time; None where no edition in force says anything.
        opened_at, opens_at: When its ordinary window opens as it is, and as it would; None where there is none.
        is_open: Its ordinary window has opened by now, and can be read in.
        told: How many people on the list in force would be written to.
        paused: Posts on the list in force whose holders read before the window as it would be, and would be paused.
        outside: How many people read before the window as it would be, still on the list in force or not.
        has_incident: An incident would open, as some of that is on record as outside its window by no incident yet.
        letters: The letters “your documents are ready” that still wait.
        short: Where the notice given of the new time would be too short.
    """

    row: ReleaseRow
    move: Move
    after: Release
    practice: str | None
    opened_at: datetime | None
    opens_at: datetime | None
    is_open: bool
    told: int
    paused: tuple[str, ...]
    outside: int
    has_incident: bool
    letters: tuple[WaitingLetter, ...]
    short: tuple[Shortfall, ...]


def foresee_move(
    tools: Tools,
    actor: Actor,
    release_id: str,
    move: Move,
    *,
    publishes_at: datetime | None = None,
    time_exemption: str = "",
) -> Foresight:
    """Say what would follow from a move of a release, to whoever may make it.

    Args:
        tools: The tools.
        actor: Who may make it: for a new time, a postponement or a cancellation the head of profession.
        release_id: The release.
        move: What is to be done.
        publishes_at: The new time, where one is to be set. Aware.
        time_exemption: What allows another time than 9:30am on a weekday, or nothing.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: The move is not possible in this state.
        Malformed: The time cannot be set, or is the one already set.

    Source:
        Code 2018 T3.2; SI 2008/2998 Sch. para 4
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *lifecycle.WHO[move])
        after = moved(row.release, move, at, publishes_at=publishes_at, time_exemption=time_exemption)
        listed = eligibility.in_force(connection, release_id, on=london_date(at))
        opened = openings.facts_of_release(connection, release_id)
        readers = {one.person_id for one in read_too_soon(after, opened)}
        on_record = evidence.openings_on_record(connection, release_id)
        untold = [one for one in opened if one.opening_id not in on_record]
        opened_at = _opens_at(row.release)
        return Foresight(
            row=row,
            move=move,
            after=after,
            practice=practice_on_changes(at),
            opened_at=opened_at,
            opens_at=_opens_at(after),
            is_open=row.release.state is ReleaseState.FINAL and opened_at is not None and opened_at <= at,
            told=len({one.person_id for one in listed.grants if one.person_id}) if listed else 0,
            paused=_paused(listed, readers),
            outside=len(readers),
            has_incident=bool(readers) and breaches.after_move(row.release, after, untold, at) is not None,
            letters=_letters(connection, after, listed),
            short=_short(row, after, move, calendar.moves_of(connection, [release_id]).get(release_id, ()), at),
        )


def _opens_at(release: Release) -> datetime | None:
    return None if release.state in _WITHOUT_WINDOW else window_of(release).opens_at


def _paused(listed: EligibilityList | None, readers: set[str]) -> tuple[str, ...]:
    return tuple(
        f"{one.post_title}, {one.organisation}"
        for one in (listed.grants if listed else ())
        if one.person_id in readers and not one.paused_reason
    )


def _letters(connection: Connection, after: Release, listed: EligibilityList | None) -> tuple[WaitingLetter, ...]:
    grants = [one for one in (listed.grants if listed else ()) if one.person_id]
    found = []
    for one in ready_letters.of_release(connection, after.release_id):
        if one.state is LetterState.SCHEDULED:
            mine = [grant for grant in grants if not one.person_ids or grant.person_id in one.person_ids]
            found.append(WaitingLetter(one.send_at, _is_wrong(after, mine, one)))
    return tuple(found)


def _is_wrong(after: Release, grants: Sequence[Grant], letter: LetterRow) -> bool:
    """Say whether the letter will be wrong for one of its readers when it is due.

    Then whoever waits for a decision is judged too, and their window counts; but of somebody listed by two posts the
    grant that does not wait comes first.
    """
    if after.state in _WITHOUT_WINDOW:
        return bool(grants or letter.person_ids)  # those named are judged also when the list has lost them
    serving = {one.person_id for one in grants if not one.paused_reason}
    judged = [one if one.person_id in serving else replace(one, paused_reason="") for one in grants]
    return readyletters.too_early(after, judged, letter.send_at) is not None


def _short(
    row: ReleaseRow, after: Release, move: Move, earlier: tuple[Moved, ...], at: datetime
) -> tuple[Shortfall, ...]:
    if move is not Move.RESCHEDULE:
        return ()
    this = Moved(move.value, after.state.value, row.release.publishes_at, after.publishes_at, at)
    return short_of(CalendarEntry(after, row.added_at, moves=(*earlier, this)), at)
