"""The time set passes and nothing confirms publication: those listed hear that the embargo holds, and alarm is given.

Looked up ahead, done at the instant, once across all of us, and caught up after a standstill.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.actions import alarming, desk, readying
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import calendar, eligibility, jobs, page_confirmations, releases, watching
from app.records.jobs import Job
from app.records.releases import ReleaseRow
from app.rules import dayletters
from app.rules.alarms import AlarmKind
from app.rules.facts import ReleaseState, london_date
from app.rules.pageconfirmations import fallen, told_of_page
from app.rules.reasons import instant_text
from app.rules.timeliness import LATE_FROM

TELL_OVERDUE = "tell_overdue"
_AHEAD = timedelta(hours=1)
_CAUGHT_UP = timedelta(days=2)  # whatever is older was overdue before this service looked, and no news to anybody
_AWAITED = (ReleaseState.ANNOUNCED, ReleaseState.FINAL)


def plan_overdue(tools: Tools) -> int:
    """Have it looked at, a minute after the time set, of each release that comes due, whether it is out.

    Returns:
        For how many that was arranged now.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        soon = {_key(*one): one for one in jobs.awaited_between(connection, at - _CAUGHT_UP, at + _AHEAD)}
        missing = sorted(set(soon) - jobs.keys_known(connection, soon)) if soon else []
    if not missing:
        return 0
    with tools.transaction() as tx:
        for key in missing:
            release_id, publishes_at = soon[key]
            jobs.add(
                tx.connection,
                job_id=tools.new_id("job"),
                kind=TELL_OVERDUE,
                release_id=release_id,
                reason_key=key,
                due_at=publishes_at + LATE_FROM,
            )
    return len(missing)


def tell_overdue(tools: Tools, job: Job) -> None:
    """Tell everybody listed that the embargo still holds, and give alarm, unless the release is out or was moved.

    Args:
        tools: The tools.
        job: The work, as it was taken.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, job.release_id)
        release = releases.get_row(tx.connection, job.release_id)
        if not jobs.finish(tx.connection, job, at) or not _is_overdue(release, job, at):
            return
        told = _tell_listed(tools, tx, release, at)
        tx.append(
            Entry(
                EntryKind.OVERDUE_TOLD,
                at,
                producer_id=release.release.producer.producer_id,
                release_id=job.release_id,
                said={"publishes_at": instant_text(release.release.publishes_at), "people": told},
            )
        )
        signed_off = release.release.state is ReleaseState.FINAL
        known = f"{_known(tx, release)} {_told_of_page(tx, release)}"
        summary = dayletters.not_confirmed(release.release, signed_off=signed_off, known=known)
        alarming.raise_alarm(tools, tx, release, AlarmKind.NOT_CONFIRMED, summary, cause=job.reason_key, at=at)


def _key(release_id: str, publishes_at: datetime) -> str:
    return f"{TELL_OVERDUE}:{release_id}:{instant_text(publishes_at)}"


def _is_overdue(release: ReleaseRow, job: Job, at: datetime) -> bool:
    facts = release.release
    same_time = _key(facts.release_id, facts.publishes_at) == job.reason_key
    return same_time and facts.state in _AWAITED and at >= facts.publishes_at + LATE_FROM


def _known(tx: Transaction, release: ReleaseRow) -> str:
    """Say what the watch has seen, or that nothing watches."""
    facts = release.release
    if watching.find_plan(tx.connection, facts.release_id) is None:
        return dayletters.UNWATCHED
    verdict = watching.last_verdict(tx.connection, facts.release_id, facts.publishes_at)
    return dayletters.seen(verdict)


def _told_of_page(tx: Transaction, release: ReleaseRow) -> str:
    """Say whether the publishing team had confirmed that the page was scheduled."""
    release_id = release.release.release_id
    said = next(iter(page_confirmations.of_release(tx.connection, release_id)), None)
    if said is None:
        return told_of_page(None, None)
    moves = calendar.moves_of(tx.connection, [release_id]).get(release_id, ())
    now = readying.finals_sha256(tx.connection, [release_id])[release_id]
    return told_of_page(said, fallen(said, release.release.publishes_at, moves, now))


def _tell_listed(tools: Tools, tx: Transaction, release: ReleaseRow, at: datetime) -> int:
    facts = release.release
    listed = eligibility.in_force(tx.connection, facts.release_id, on=london_date(at))
    if listed is None:
        return 0
    people = eligibility.listed_people(tx.connection, facts.release_id, listed.version)
    for person in people:
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="overdue",
            reason_key=f"overdue:{facts.release_id}:{instant_text(facts.publishes_at)}:{person.person_id}",
            subject=dayletters.overdue_subject(facts),
            body=dayletters.overdue_body(facts, release.contact),
            release_id=facts.release_id,
        )
    return len(people)
