"""How long the records of a release are kept, what forbids their destruction, and what is forbidden for one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.rules.annual_due import a_year_after
from app.rules.facts import Order, Release, ReleaseState, london_date
from app.rules.holds import hold_reasons
from app.rules.reasons import Reason, ReasonCode, utc
from app.rules.workingdays import start_of

LEAST_YEARS = 7
"""Nothing younger is destroyed under any Order: where the Order states no period, the producer's cannot be shorter."""

POLICY = "Producer policy: retention"
DAYS_AFTER_INCIDENT = 90
"""A reading: an incident keeps the release's records for so long after it was closed, so that others can take it up."""
DAYS_AFTER_HOLD = 30
"""For so long nobody who proposed or confirmed the end of a hold proposes or approves destroying what it kept."""
DAYS_TO_APPROVE = 30
"""A proposal to destroy that nobody approved lapses after so long, as does one to end a hold."""
PARA = {Order.SCOTLAND: "SSI 2008/399 Sch. para 8(2)", Order.WALES: "WSI 2009/2818 Sch. para 9(2)"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What must be known of a release to say whether its records may be destroyed.

    Attributes:
        retention_years: The producer's own period, which counts where the Order states none.
        cancelled_on: London day on which it was cancelled, where it was.
        declared_at: When its publication was declared, where it was. Aware.
        holds: Why it is held, for each legal hold that stands: words without names.
        open_incidents: Numbers of the incidents about it that are not closed.
        unanswered: How many requests for its record have no answer.
        erased: Its records are destroyed already.
        closed_incidents: Number of each incident about it that is closed, and the London day on which it was.
    """

    release: Release
    retention_years: int = LEAST_YEARS
    cancelled_on: date | None = None
    declared_at: datetime | None = None
    holds: tuple[str, ...] = ()
    open_incidents: tuple[int, ...] = ()
    unanswered: int = 0
    erased: bool = False
    closed_incidents: tuple[tuple[int, date], ...] = ()


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A record about one person that hangs on no release, e.g. ``a suspension``. ``ended_on``: its last London day."""

    what: str
    producer: str
    ended_on: date
    retention_years: int = LEAST_YEARS


@dataclass(frozen=True, slots=True)
class ProducerHeld:
    """A legal hold on everything of a producer. ``why`` holds no names."""

    producer: str
    why: str


def kept_by(order: Order) -> str:
    """Give the clause or policy that says how long the records of a release under an Order are kept."""
    return PARA.get(order, POLICY)


def years_kept(order: Order, retention_years: int) -> int:
    """Say for how many years the records of a release are kept.

    Args:
        order: The governing Order.
        retention_years: The producer's own period.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    return LEAST_YEARS if order in PARA else max(LEAST_YEARS, retention_years)


def destroyed_from(kept: Kept) -> date | None:
    """Give the first London day on which the records of a release may be destroyed; None while no period runs.

    The whole anniversary still belongs to the period. A reading for a release that was cancelled, and so never has a
    date of publication: the period runs from the day of its cancellation, which is later than any access to it. A
    reading for a release whose publication was declared later than the date given for it: the period runs from the
    declaration, since nothing but that declaration vouches for the earlier date, and until then its records grew.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    release = kept.release
    if release.state is ReleaseState.PUBLISHED and release.published_at is not None:
        begins = london_date(max(utc(release.published_at), utc(kept.declared_at or release.published_at)))
    elif release.state is ReleaseState.CANCELLED and kept.cancelled_on is not None:
        begins = kept.cancelled_on
    else:
        return None
    return a_year_after(begins, years_kept(release.order, kept.retention_years)) + timedelta(days=1)


def retention_reasons(kept: Kept, today: date) -> tuple[Reason, ...]:
    """Say everything that forbids destroying the records of a release; empty when they may be destroyed.

    A legal hold, an open incident and a request without an answer each win over the end of the period.

    Args:
        kept: What is known of the release.
        today: London day.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    source = kept_by(kept.release.order)
    what = f"“{kept.release.title}”"
    found: list[Reason] = []
    first = destroyed_from(kept)
    if first is None:
        detail = f"{what} has not been published, so the time for which its records are kept has not begun."
        found.append(Reason(ReasonCode.RETENTION_RUNS, source, detail, "Keep the records."))
    elif today < first:
        years = years_kept(kept.release.order, kept.retention_years)
        detail = f"The records of {what} are kept for {years} years, to {_text(first - timedelta(days=1))}."
        remedy = f"Ask again from {_text(first)}."
        found.append(Reason(ReasonCode.RETENTION_RUNS, source, detail, remedy, until=start_of(first)))
    found.extend(hold_reasons(kept.release.title, kept.holds))
    for number in kept.open_incidents:
        detail = f"Incident {number}, about {what}, is not closed."
        found.append(Reason(ReasonCode.INCIDENT_OPEN, POLICY, detail, "Close the incident first."))
    for number, closed_on in kept.closed_incidents:
        until = closed_on + timedelta(days=DAYS_AFTER_INCIDENT + 1)
        if today < until:
            detail = f"Incident {number}, about {what}, was closed less than {DAYS_AFTER_INCIDENT} days ago."
            remedy = f"Ask again from {_text(until)}."
            found.append(Reason(ReasonCode.INCIDENT_OPEN, POLICY, detail, remedy, until=start_of(until)))
    if kept.unanswered:
        detail = f"{kept.unanswered} requests for the record of {what} have no answer yet."
        found.append(Reason(ReasonCode.RECORD_ASKED_FOR, POLICY, detail, "Answer every request first."))
    if kept.erased:
        detail = f"The records of {what} are destroyed already."
        found.append(Reason(ReasonCode.ALREADY_ERASED, POLICY, detail, "There is nothing to do."))
    return tuple(found)


def person_reasons(
    named_in: tuple[Kept, ...],
    today: date,
    held: tuple[ProducerHeld, ...] = (),
    on_record: tuple[PersonRecord, ...] = (),
) -> tuple[Reason, ...]:
    """Say why one person's details cannot be erased: records that name them are to be kept.

    Args:
        named_in: Every release whose records name the person and are not destroyed.
        today: London day.
        held: Every standing hold on everything of a producer whose records, apart from any release, name the person.
        on_record: Every record about the person that hangs on no release. It is kept as long as the producer's policy
            says; no Order states a period for it.

    Returns:
        For each release what forbids it, with the day from which it will not; for one that nothing keeps any more,
        that its records must be destroyed first; then the holds. Empty when nothing stands in the way.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    found: list[Reason] = []
    for kept in named_in:
        reasons = retention_reasons(kept, today)
        if not reasons:
            source, what = kept_by(kept.release.order), f"“{kept.release.title}”"
            detail = f"The records of {what} name this person. They may be destroyed, and have not been."
            remedy = "Have the records of that release destroyed first."
            reasons = (Reason(ReasonCode.RETENTION_RUNS, source, detail, remedy),)
        found.extend(reasons)
    for record in on_record:
        first = a_year_after(record.ended_on, max(LEAST_YEARS, record.retention_years)) + timedelta(days=1)
        if today < first:
            detail = f"{record.producer} keeps {record.what} of this person to {_text(first - timedelta(days=1))}."
            remedy = f"Ask again from {_text(first)}."
            found.append(Reason(ReasonCode.RETENTION_RUNS, POLICY, detail, remedy, until=start_of(first)))
    for one in held:
        detail = f"Everything of {one.producer} is under a legal hold, and its records name this person: {one.why}"
        found.append(Reason(ReasonCode.LEGAL_HOLD, POLICY, detail, "Have the hold ended when its cause is gone."))
    return tuple(found)


def _text(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
