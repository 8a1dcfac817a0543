"""What people report: “I should not have this”, an indication given, a wrongful release; with or without a sign-in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import breaches, eligibility, evidence, grants, openings, releases, sessions
from app.rules.breaches import IncidentKind, reported
from app.rules.errors import NOTHING_THERE, Broken, Code, Malformed, NotFound, Refused, TooManyTries
from app.rules.facts import ListState, Release

# What a person can know of. The other kinds are found by rule.
REPORTABLE = (
    IncidentKind.RECEIVED_IN_ERROR,
    IncidentKind.INDICATION_GIVEN,
    IncidentKind.ONWARD_SHARING,
    IncidentKind.UNAUTHORISED_DISCLOSURE,
    IncidentKind.NOT_ON_LIST,
    IncidentKind.WRONG_ATTACHMENT,
    IncidentKind.EARLY_PUBLICATION,
    IncidentKind.WRONGFUL_RELEASE_REPORTED,
    IncidentKind.OTHER,
)
REPORTS_PER_PERSON_PER_HOUR = 20
CONCERNS_PER_NETWORK_PER_HOUR = 5
CONCERNS_PER_HOUR = 200
"""From everybody together, beyond the first of each network: a flood from a few shall not shut others out."""
FIRST_CONCERNS_PER_HOUR = 5000

_HOUR = timedelta(hours=1)
_NOT_THEIRS = "The recipient says they should not have this."


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a reporter is told: that it is on record, and whether their own access was stopped.

    Attributes:
        reported_at: Aware, UTC.
    """

    incident_id: str
    number: int
    reported_at: datetime
    access_stopped: bool


def report_concern(
    tools: Tools,
    actor: Actor,
    *,
    kind: IncidentKind,
    text: str,
    release_id: str | None = None,
    mark_number: str | None = None,
    occurred_at: datetime | None = None,
) -> Acknowledgement:
    """Report something that should not have happened, as a person who is signed in.

    Whoever says that they should not have something loses their access to that release in the same transaction.

    Args:
        kind: One of ``REPORTABLE``.
        text: What they say.
        release_id: The release it is about, if they know.
        mark_number: What stands in the mark on a copy they hold, if they hold one. Whether it means anything to the
            service is not told.
        occurred_at: When it happened, if they know. Aware.

    Raises:
        Refused: A program asks; only a person can state what they saw.
        NotFound: They may not know of this release.
        Malformed: It is to have happened in the future, or a person cannot report this kind.
        TooManyTries: They reported too often within the hour.
    """
    at = tools.clock.now()
    person_id = _require_person(actor)
    _check_report(kind, occurred_at, at)
    with tools.transaction(once=True) as tx:
        _count(tools, tx, "report", person_id, REPORTS_PER_PERSON_PER_HOUR, at)
        release = _release_meant(tx.connection, actor, release_id, mark_number)
        reporter = _reporter(tx.connection, actor, release)
        draft = reported(kind, release, text=text, reporter=reporter, occurred_at=occurred_at or at)
        if mark_number is not None:
            draft = replace(draft, facts={**draft.facts, "mark_number": mark_number})
        stopped = False
        if release is not None and kind is IncidentKind.RECEIVED_IN_ERROR:
            stopped = _stop_access(tx, release, person_id, at)
        incident_id = desk.open_incident(tools, tx, draft, at=at, opened_by=person_id)
        if incident_id is None:
            raise Broken("a report without a rule key was taken for one on record")
        number = breaches.get(tx.connection, incident_id).number
    return Acknowledgement(incident_id, number, at, stopped)


def report_wrongful_release(tools: Tools, *, text: str, contact: str, network: str) -> None:
    """Report a wrongful release without being signed in. Nothing is told back, and no release is named.

    Args:
        text: What they say.
        contact: Where they can be asked, or empty; kept with the incident only.
        network: The network address, kept as a keyed hash for the limit of reports.

    Raises:
        TooManyTries: Too many came from this network, or altogether, within the hour.
    """
    at = tools.clock.now()
    draft = reported(
        IncidentKind.WRONGFUL_RELEASE_REPORTED,
        None,
        text=text,
        reporter="someone who was not signed in",
        occurred_at=at,
    )
    with tools.transaction() as tx:
        before = _count(tools, tx, "concern", network, CONCERNS_PER_NETWORK_PER_HOUR, at)
        limit = CONCERNS_PER_HOUR if before else FIRST_CONCERNS_PER_HOUR
        _count(tools, tx, "concern", "everywhere", limit, at)
        desk.open_incident(tools, tx, replace(draft, facts={**draft.facts, "contact": contact}), at=at)


def _require_person(actor: Actor) -> str:
    if actor.person_id is None:
        raise Refused("Only a person can report what they saw, not a program.", code=Code.ROLE_REQUIRED)
    return actor.person_id


def _check_report(kind: IncidentKind, occurred_at: datetime | None, at: datetime) -> None:
    if kind not in REPORTABLE:
        raise Malformed(f"A person cannot report “{kind.value}”; the service finds that by rule.")
    if occurred_at is not None and occurred_at > at:
        raise Malformed("It cannot have happened in the future.", code=Code.INVALID_INSTANT)


def _count(tools: Tools, tx: Transaction, kind: str, subject: str, limit: int, at: datetime) -> int:
    """Count one more report; gives how many there were within the hour before it."""
    subject_hash = tools.keys.keyed_hash(kind, subject)
    count, first = sessions.count_attempts(tx.connection, kind, subject_hash, at - _HOUR)
    if count >= limit:
        wait = int(((first or at) + _HOUR - at).total_seconds()) + 1
        raise TooManyTries("Too many reports within the hour. Wait, then send yours.", retry_after_seconds=wait)
    sessions.add_attempt(tx.connection, kind, subject_hash, at, forget_before=at - _HOUR)
    return count


def _release_meant(
    connection: Connection, actor: Actor, release_id: str | None, mark_number: str | None
) -> Release | None:
    if release_id is not None:
        release = releases.get(connection, release_id)
        if not releases.related(connection, actor, release):
            raise NotFound(NOTHING_THERE)
        return release
    # Holding a marked copy is how someone outside the list comes to know of a release at all. They are told nothing
    # of it; the producer is.
    marked = evidence.find_release_of_mark(connection, mark_number) if mark_number else None
    return releases.get(connection, marked) if marked else None


def _reporter(connection: Connection, actor: Actor, release: Release | None) -> str:
    post = evidence.posts_of(connection, release.release_id).get(actor.person_id or "") if release else None
    return f"the holder of the post {post}" if post else "a person who was signed in"


def _stop_access(tx: Transaction, release: Release, person_id: str, at: datetime) -> bool:
    standing = [
        o.opening_id for o in openings.facts_of_release(tx.connection, release.release_id) if o.person_id == person_id
    ]
    stopped = sum(openings.stop(tx.connection, opening_id, at=at, reason=_NOT_THEIRS) for opening_id in standing)
    current = [
        row.grant
        for version in eligibility.versions_of(tx.connection, release.release_id)
        if version.eligibility_list.state is not ListState.SUPERSEDED
        for row in version.rows
        if row.grant.person_id == person_id
    ]
    for grant in current:
        grants.pause(tx.connection, grant.grant_id, _NOT_THEIRS)
        tx.append(
            Entry(
                EntryKind.GRANT_PAUSED,
                at,
                actor_id=person_id,
                person_id=person_id,
                producer_id=release.producer.producer_id,
                release_id=release.release_id,
                said={"grant_id": grant.grant_id, "cause": "received in error", "openings_stopped": stopped},
            )
        )
    return bool(current) or stopped > 0
