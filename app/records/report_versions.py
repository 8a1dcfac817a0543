"""The files on kept versions of breach reports, their signing off, and what a person says they sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter
from sqlalchemy import Connection, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.records.rows import is_row, one_row
from app.records.tables import report_submissions, report_versions
from app.rules.canonical import canonical_json
from app.rules.errors import Conflict

# Reads a report of a hundred thousand letters in half the time of the standard library, and quotes none in an error.
_CONTENT = TypeAdapter(dict[str, Any], config=ConfigDict(hide_input_in_errors=True))


@dataclass(frozen=True, slots=True)
class ReportVersion:
    """One version of a report.

    Attributes:
        number: Counted from 1 for each incident.
        content: What it says; empty once the release's records are destroyed.
        sha256: Of the content as canonical JSON.
        made_as, signed_as: The role in which.
        made_at, signed_at: Aware, UTC; ``signed_at`` None while nobody has signed it off.
    """

    report_version_id: str
    incident_id: str
    number: int
    form: Literal["2018", "2009", "free"]
    with_names: bool
    content: dict[str, Any]
    sha256: str
    note: str
    made_at: datetime
    made_by: str
    made_as: str
    signed_at: datetime | None = None
    signed_by: str | None = None
    signed_as: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person says they sent: which version, when, by whom, to whom and how.

    Attributes:
        submitted_at, recorded_at: Aware, UTC.
    """

    report_submission_id: str
    report_version_id: str
    submitted_at: datetime
    submitted_by: str
    to_whom: str
    how: str
    recorded_at: datetime
    recorded_by: str


def add(connection: Connection, version: ReportVersion) -> None:
    """Add a version.

    Raises:
        Conflict: Somebody added the version with this number first.
    """
    values = {name: getattr(version, name) for name in ReportVersion.__slots__}
    try:
        connection.execute(insert(report_versions), {**values, "content": canonical_json(version.content).decode()})
    except IntegrityError as error:
        raise Conflict("Somebody changed this since you read it. Read it again, then repeat your change.") from error


def get(connection: Connection, report_version_id: str) -> ReportVersion:
    """Give one version.

    Raises:
        NotFound: There is none.
    """
    wanted = select(report_versions).where(is_row(report_versions, report_version_id))
    return _version(one_row(connection, wanted)._asdict())


def of_incident(connection: Connection, incident_id: str) -> list[ReportVersion]:
    """Give every version of the report of an incident, newest first."""
    wanted = select(report_versions).where(report_versions.c.incident_id == incident_id)
    newest_first = wanted.order_by(report_versions.c.number.desc())
    return [_version(dict(row)) for row in connection.execute(newest_first).mappings()]


def find_before(connection: Connection, incident_id: str, number: int) -> ReportVersion | None:
    """Give the version before another of the same report; None where there is none.

    Args:
        connection: Any connection.
        incident_id: Whose report.
        number: Of the other.
    """
    of = report_versions.c
    wanted = select(report_versions).where(of.incident_id == incident_id, of.number < number)
    row = connection.execute(wanted.order_by(of.number.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else _version(dict(row))


def newest_number(connection: Connection, incident_id: str) -> int:
    """Give the number of the newest version; 0 where there is none."""
    wanted = select(func.coalesce(func.max(report_versions.c.number), 0))
    return int(connection.execute(wanted.where(report_versions.c.incident_id == incident_id)).scalar_one())


def sign(connection: Connection, report_version_id: str, *, at: datetime, by: str, signed_as: str) -> None:
    """Put on record that a version is signed off.

    Args:
        at: When. Aware, UTC.
        by: The person.
        signed_as: The role in which.

    Raises:
        Conflict: It is signed off already.
    """
    still_open = and_(is_row(report_versions, report_version_id), report_versions.c.signed_at.is_(None))
    values = {"signed_at": at, "signed_by": by, "signed_as": signed_as}
    if connection.execute(update(report_versions).where(still_open).values(values)).rowcount != 1:
        raise Conflict("This version is signed off already.")


def add_submission(connection: Connection, submission: Submission) -> None:
    """Put on record what a person says they sent."""
    values = {name: getattr(submission, name) for name in Submission.__slots__}
    connection.execute(insert(report_submissions), values)


def submissions_of(connection: Connection, incident_id: str) -> list[Submission]:
    """Give what was sent of the report of an incident, in the order of recording."""
    wanted = (
        select(report_submissions)
        .join(report_versions, report_versions.c.report_version_id == report_submissions.c.report_version_id)
        .where(report_versions.c.incident_id == incident_id)
        .order_by(report_submissions.c.recorded_at, report_submissions.c.report_submission_id)
    )
    return [Submission(**row) for row in connection.execute(wanted).mappings()]


def _version(row: Mapping[str, Any]) -> ReportVersion:
    return ReportVersion(**{**row, "content": _CONTENT.validate_json(row["content"])})
