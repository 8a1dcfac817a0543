"""What every act on a kept version of a report needs: the version with what came of it, and how it is put on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions.drafting import seen
from app.actions.tools import Actor
from app.audit.entries import Entry, EntryKind
from app.records import report_versions as versions
from app.records.breaches import IncidentCard
from app.records.report_versions import ReportVersion, Submission
from app.rules.errors import Conflict, NotFound, OutOfOrder
from app.rules.facts import Role, london_text
from app.rules.reportparts import Report
from app.rules.reportversions import Content, report_of, waiting_in


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version with what came of it.

    Attributes:
        newest: No later version stands.
    """

    version: ReportVersion
    newest: bool
    submissions: tuple[Submission, ...]

    @property
    def waiting(self) -> tuple[str, ...]:
        """Name the questions whose answers still wait for a person."""
        return waiting_in(self.version.content) if self.version.content else ()

    def as_report(self) -> Report:
        """Give the version as a report, with what it is worth at its head.

        Raises:
            NotFound: What it said was destroyed with the records of its release.
        """
        if not self.version.content:
            raise NotFound("What this version said was destroyed with the records of its release.")
        return report_of(self.version.content, self._standing())

    def _standing(self) -> tuple[str, ...]:
        one = self.version
        made = f"Made {london_text(one.made_at)} by {_words(one.made_as)}."
        sent = tuple(
            f"Submitted {london_text(s.submitted_at)} by {s.submitted_by} to {s.to_whom}, {s.how}."
            for s in self.submissions
        )
        if one.signed_at is None or one.signed_as is None:
            return (f"Version {one.number}, not signed off.", made, *sent)
        signed = f"Signed off {london_text(one.signed_at)} by {_words(one.signed_as)}."
        return (f"Version {one.number}, signed off.", made, signed, f"SHA-256 of what it says: {one.sha256}.", *sent)


def found(connection: Connection, actor: Actor, report_version_id: str) -> tuple[ReportVersion, IncidentCard]:
    """Give a version and its incident.

    Raises:
        NotFound: There is none, or none that this person may see.
    """
    one = versions.get(connection, report_version_id)
    return one, seen(connection, actor, one.incident_id)


def view(connection: Connection, one: ReportVersion) -> VersionView:
    """Give a version with what came of it."""
    newest = versions.newest_number(connection, one.incident_id) == one.number
    return VersionView(one, newest, sent_of(one, versions.submissions_of(connection, one.incident_id)))


def sent_of(one: ReportVersion, sent: Iterable[Submission]) -> tuple[Submission, ...]:
    """Give those submissions that are of one version."""
    return tuple(s for s in sent if s.report_version_id == one.report_version_id)


def content_kept(one: ReportVersion) -> Content:
    """Give what a version says.

    Raises:
        OutOfOrder: It was destroyed with the records of the release.
    """
    if not one.content:
        raise OutOfOrder("What this version said was destroyed with the records of its release.")
    return one.content


def require_newest(connection: Connection, one: ReportVersion) -> None:
    """Stop unless a version is the newest of its report.

    Raises:
        Conflict: A later one stands.
    """
    if versions.newest_number(connection, one.incident_id) != one.number:
        raise Conflict("A later version of this report stands. Read that one, then repeat what you meant to do.")


def role_of(actor: Actor, card: IncidentCard, wanted: Sequence[Role]) -> str:
    """Say in which role somebody acts on an incident: the first of those wanted that they hold.

    Args:
        wanted: The highest first; they hold one of them.
    """
    if card.organisation_id is None:
        return Role.ADMINISTRATOR.value
    return next(role.value for role in wanted if actor.has(card.organisation_id, role))


def entry_of(
    kind: EntryKind, actor: Actor, card: IncidentCard, one: ReportVersion, at: datetime, said: Mapping[str, object]
) -> Entry:
    """Make the entry of an act on one version.

    Args:
        said: What it says besides incident and number.
    """
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=card.producer_id,
        release_id=card.release_id,
        said={"incident_id": card.incident_id, "number": one.number, **said},
    )


def _words(role: str) -> str:
    article = {Role.HEAD_OF_PROFESSION.value: "the", Role.ADMINISTRATOR.value: "an"}.get(role, "a")
    return f"{article} {role.replace('_', ' ')}"
