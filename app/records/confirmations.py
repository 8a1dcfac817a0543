"""What each receiving organisation's coordinator was asked of a version of a list, and what they answered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, or_, select, update

from app.records.rows import add_row, is_row, one_row
from app.records.tables import confirmations, grants, lists, organisations, people, producers, releases
from app.rules.confirmations import Change, ConfirmationState, Wanted
from app.rules.facts import ListState, ReleaseState

_LIVE = (ReleaseState.PLANNED.value, ReleaseState.ANNOUNCED.value, ReleaseState.FINAL.value)


@dataclass(frozen=True, slots=True)
class ConfirmationRow:
    """One organisation's question on one version of a list, with its answer.

    Attributes:
        asked_at, reminded_at, escalated_at, answered_at: Aware, UTC; None where it has not happened.
        answered_by, answered_by_name: The coordinator; None and empty before.
        rows_sha256: Of the rows that were asked about or, once answered, that the answer covers.
        changes: What the coordinator wants changed.
        release_title: Of the release whose list it is, where it was read from the records.
    """

    confirmation_id: str
    list_id: str
    release_id: str
    organisation_id: str
    organisation: str
    state: ConfirmationState
    asked_at: datetime
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    answered_by_name: str = ""
    rows_sha256: str = ""
    changes: tuple[Change, ...] = ()
    note: str = ""
    release_title: str = ""


def add(connection: Connection, row: ConfirmationRow) -> None:
    """Add a question, or one with its answer that is carried over from an earlier version.

    Raises:
        Conflict: This organisation has one on this version already.
    """
    add_row(
        connection,
        confirmations,
        "question to this organisation on this version of the list",
        confirmation_id=row.confirmation_id,
        list_id=row.list_id,
        release_id=row.release_id,
        organisation_id=row.organisation_id,
        state=row.state.value,
        asked_at=row.asked_at,
        reminded_at=row.reminded_at,
        escalated_at=row.escalated_at,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        rows_sha256=row.rows_sha256,
        changes=_written(row.changes),
        note=row.note,
    )


def get(connection: Connection, confirmation_id: str) -> ConfirmationRow:
    """Give one question with its answer.

    Raises:
        NotFound: There is none.
    """
    return _row(one_row(connection, _rows().where(is_row(confirmations, confirmation_id))))


def find(connection: Connection, list_id: str, organisation_id: str) -> ConfirmationRow | None:
    """Give an organisation's question on one version; None when it has none."""
    wanted = and_(confirmations.c.list_id == list_id, confirmations.c.organisation_id == organisation_id)
    row = connection.execute(_rows().where(wanted)).one_or_none()
    return _row(row) if row else None


def find_earlier(connection: Connection, release_id: str, organisation_id: str, version: int) -> ConfirmationRow | None:
    """Give an organisation's question on the newest version before this one that it had any on; None for none.

    Args:
        version: Number of the version that is looked back from.
    """
    wanted = (
        _rows()
        .join(lists, lists.c.list_id == confirmations.c.list_id)
        .where(confirmations.c.release_id == release_id, confirmations.c.organisation_id == organisation_id)
        .where(lists.c.version < version)
        .order_by(lists.c.version.desc())
        .limit(1)
    )
    row = connection.execute(wanted).one_or_none()
    return _row(row) if row else None


def of_organisations(
    connection: Connection, organisation_ids: Iterable[str], *, limit: int, after: tuple[datetime, str] | None = None
) -> tuple[ConfirmationRow, ...]:
    """Give the questions to some organisations, the newest first.

    Args:
        organisation_ids: Whose.
        limit: How many at most.
        after: When the last one already given was asked, and its id.
    """
    asked = confirmations.c
    wanted = _rows().where(asked.organisation_id.in_(sorted(organisation_ids)))
    if after is not None:
        same = and_(asked.asked_at == after[0], asked.confirmation_id > after[1])
        wanted = wanted.where(or_(asked.asked_at < after[0], same))
    turned = wanted.order_by(asked.asked_at.desc(), asked.confirmation_id).limit(limit)
    return tuple(_row(row) for row in connection.execute(turned))


def move(connection: Connection, confirmation_id: str, list_id: str, sha256: str) -> bool:
    """Let an open question stand on a newer version of the list; False when it was answered meanwhile.

    Args:
        list_id: The newer version.
        sha256: Of the rows on it.

    Returns:
        Whether it was still open.
    """
    return _while_asked(connection, confirmation_id, {"list_id": list_id, "rows_sha256": sha256})


def ask_again(connection: Connection, before: ConfirmationRow, *, at: datetime, sha256: str) -> bool:
    """Ask an organisation anew, since its rows are no longer those that its answer covers.

    Args:
        before: With its answer.
        at: Now. Aware, UTC.
        sha256: Of the rows as they are now.

    Returns:
        False when somebody asked, or answered, anew meanwhile.
    """
    same = and_(
        is_row(confirmations, before.confirmation_id),
        confirmations.c.state == before.state.value,
        confirmations.c.rows_sha256 == before.rows_sha256,
    )
    anew: dict[str, Any] = {
        "state": ConfirmationState.ASKED.value,
        "asked_at": at,
        "reminded_at": None,
        "escalated_at": None,
        "answered_at": None,
        "answered_by": None,
        "rows_sha256": sha256,
        "changes": "[]",
        "note": "",
    }
    return connection.execute(update(confirmations).where(same).values(anew)).rowcount == 1


def mark_reminded(connection: Connection, confirmation_id: str, at: datetime) -> bool:
    """Put on record that a reminder went; False when one had, or the question is answered."""
    return _while_asked(connection, confirmation_id, {"reminded_at": at}, confirmations.c.reminded_at.is_(None))


def mark_escalated(connection: Connection, confirmation_id: str, at: datetime) -> bool:
    """Put on record that those above were told; False when they had been, or the question is answered."""
    return _while_asked(connection, confirmation_id, {"escalated_at": at}, confirmations.c.escalated_at.is_(None))


def answer(connection: Connection, answered: ConfirmationRow) -> None:
    """Store an answer, in the place of an earlier one if there is one.

    Args:
        answered: As it shall stand.
    """
    values = {
        "state": answered.state.value,
        "answered_at": answered.answered_at,
        "answered_by": answered.answered_by,
        "rows_sha256": answered.rows_sha256,
        "changes": _written(answered.changes),
        "note": answered.note,
    }
    connection.execute(update(confirmations).where(is_row(confirmations, answered.confirmation_id)).values(values))


def unconfirm(connection: Connection, grant_ids: Iterable[str]) -> None:
    """Take back that the holders of grants were confirmed: where that is needed, the list waits again.

    Args:
        grant_ids: The grants.
    """
    for grant_id in grant_ids:
        was = update(grants).where(grants.c.grant_id == grant_id, grants.c.confirmed_at.is_not(None))
        connection.execute(was.values(confirmed_at=None, confirmed_by=None))


def releases_ahead(connection: Connection, at: datetime, margin: timedelta) -> tuple[tuple[str, int, bool], ...]:
    """Give the releases whose coordinators may have to be asked by now, the soonest first.

    Args:
        at: Now. Aware, UTC.
        margin: How much earlier than the producer's own days before publication to look.

    Returns:
        Id, the producer's days, and whether anybody was asked already, of releases with a time set that lie ahead.
    """
    asked = exists().where(confirmations.c.release_id == releases.c.release_id)
    wanted = (
        select(releases.c.release_id, releases.c.publishes_at, producers.c.confirm_days, asked.label("asked"))
        .join(producers, producers.c.producer_id == releases.c.producer_id)
        .where(releases.c.state.in_(_LIVE), releases.c.publishes_at > at)
        .order_by(releases.c.publishes_at, releases.c.release_id)
    )
    return tuple(
        (row.release_id, row.confirm_days, bool(row.asked))
        for row in connection.execute(wanted)
        if row.asked or at >= row.publishes_at - timedelta(days=row.confirm_days) - margin
    )


def confirm_days_of(connection: Connection, producer_id: str) -> int:
    """Give how many days before publication a producer's coordinators are asked."""
    days: int = connection.execute(
        select(producers.c.confirm_days).where(producers.c.producer_id == producer_id)
    ).scalar_one()
    return days


def set_confirm_days(connection: Connection, producer_id: str, days: int) -> None:
    """Set how many days before publication a producer's coordinators are asked.

    Args:
        days: At least 1.
    """
    connection.execute(update(producers).where(is_row(producers, producer_id)).values(confirm_days=days))


def list_to_ask_about(connection: Connection, release_id: str) -> str | None:
    """Give the version that coordinators are asked about: the newest draft, or else the list in force.

    A draft that is older than the list in force is left out: it cannot be approved any more.

    Args:
        release_id: The release.

    Returns:
        Its id, or None when there is neither.
    """
    live = lists.c.state.in_([ListState.DRAFT.value, ListState.APPROVED.value])
    newest = select(lists.c.list_id).where(lists.c.release_id == release_id, live).order_by(lists.c.version.desc())
    found: str | None = connection.execute(newest.limit(1)).scalar_one_or_none()
    return found


def _while_asked(connection: Connection, confirmation_id: str, values: dict[str, Any], *also: Any) -> bool:
    open_still = confirmations.c.state == ConfirmationState.ASKED.value
    changed = update(confirmations).where(is_row(confirmations, confirmation_id), open_still, *also)
    return connection.execute(changed.values(values)).rowcount == 1


def _rows() -> Select[Any]:
    return (
        select(
            confirmations,
            organisations.c.name.label("organisation"),
            people.c.name.label("answered_by_name"),
            releases.c.title.label("release_title"),
        )
        .join(organisations, organisations.c.organisation_id == confirmations.c.organisation_id)
        .join(releases, releases.c.release_id == confirmations.c.release_id)
        .outerjoin(people, people.c.person_id == confirmations.c.answered_by)
    )


def _row(row: Any) -> ConfirmationRow:
    return ConfirmationRow(
        confirmation_id=row.confirmation_id,
        list_id=row.list_id,
        release_id=row.release_id,
        organisation_id=row.organisation_id,
        organisation=row.organisation,
        state=ConfirmationState(row.state),
        asked_at=row.asked_at,
        reminded_at=row.reminded_at,
        escalated_at=row.escalated_at,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        answered_by_name=row.answered_by_name or "",
        rows_sha256=row.rows_sha256,
        changes=tuple(_change(one) for one in json.loads(row.changes)),
        note=row.note,
        release_title=row.release_title,
    )


def _change(record: dict[str, Any]) -> Change:
    since = record["since_on"]
    return Change(
        grant_id=record["grant_id"],
        what=Wanted(record["what"]),
        name=record["name"],
        email=record["email"],
        since_on=date.fromisoformat(since) if since else None,
    )


def _written(changes: Iterable[Change]) -> str:
    return json.dumps([change.as_record() for change in changes], ensure_ascii=False)
