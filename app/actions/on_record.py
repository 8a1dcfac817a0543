"""What is on record about access to a release, gathered for the record and for the answers given from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.records import eligibility, record_requests
from app.records.eligibility import ListRow
from app.records.grants import GrantRow
from app.rules.errors import Malformed
from app.rules.facts import Release
from app.rules.record_facts import RecordedAccess, RecordFacts
from app.rules.statutory_record import RECORDS
from app.rules.window import INSTRUMENTS, opens_at_for


def demand_record(release: Release) -> None:
    """Stop unless the governing Order has a record of access kept.

    Raises:
        Malformed: It has none.
    """
    if release.rehearsal:
        what = "is a rehearsal, of which no record of access is kept"
        raise Malformed(f"The release {what}.", errors=[{"where": "path.release_id", "what": what}])
    if release.order in RECORDS:
        return
    raise Malformed(
        f"{INSTRUMENTS[release.order]} has no record of access kept, and gives nobody a right to one. The published "
        "list of posts says who had access; answer anything else under the law on freedom of information.",
        errors=[{"where": "path.release_id", "what": "falls under an Order without such a record"}],
    )


def facts_on_record(connection: Connection, release: Release, at: datetime) -> RecordFacts:
    """Gather everything that is on record about access to a release.

    Args:
        connection: Any connection.
        release: The release.
        at: Now; access that begins later is left out. Aware, UTC.
    """
    approved = [
        version
        for version in reversed(eligibility.versions_of(connection, release.release_id))
        if version.eligibility_list.approved_at is not None
    ]
    recipients = frozenset(
        row.grant.person_id for version in approved for row in version.rows if row.grant.person_id is not None
    )
    ended = release.published_at or record_requests.ended_at(connection, release.release_id)
    return RecordFacts(
        release=release,
        accesses=_accesses(release, approved, ended, at),
        representations=tuple(row.said for row in record_requests.representations_of(connection, release.release_id)),
        reports=record_requests.reports_of(connection, release.release_id, recipients),
        told=record_requests.told_of(connection, release.release_id),
    )


def _accesses(
    release: Release, approved: list[ListRow], ended: datetime | None, at: datetime
) -> tuple[RecordedAccess, ...]:
    """Give each person's access by each post once, from when it first began until it last ended."""
    found: dict[tuple[str, str], RecordedAccess] = {}
    for place, version in enumerate(approved):
        listed = version.eligibility_list
        replaced = approved[place + 1].eligibility_list.approved_at if place + 1 < len(approved) else None
        posts = {row.grant.person_id: row.grant.post_title for row in version.rows}
        for row in version.rows:
            opens = opens_at_for(release, row.grant)
            if row.grant.person_id is None or opens is None or listed.approved_at is None:
                continue
            begins = max(opens, listed.approved_at)
            until = min((one for one in (replaced, ended) if one is not None), default=None)
            if begins > at or (until is not None and until <= begins):
                continue
            made = _access(row, posts.get(row.grant.for_person_id, ""), begins, until)
            before = found.get((row.post_id, row.grant.person_id))
            found[row.post_id, row.grant.person_id] = replace(made, from_at=before.from_at) if before else made
    return tuple(found.values())


def _access(row: GrantRow, for_whom: str, begins: datetime, until: datetime | None) -> RecordedAccess:
    grant = row.grant
    return RecordedAccess(
        name=row.holder_name,
        post=grant.post_title,
        organisation=grant.organisation,
        contact=row.holder_email,
        grant_class=grant.grant_class.value,
        ground=grant.ground,
        ground_letter=grant.ground_letter,
        for_whom=for_whom,
        agreement=grant.agreement,
        from_at=begins,
        until_at=until,
        reasons=grant.exceptional.reasons if grant.exceptional else "",
    )
