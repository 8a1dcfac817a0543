"""A producer's own sheet becomes a draft of the eligibility list, after a dry run that names each row's problem."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from app.actions import desk
from app.actions.naming import Naming
from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import eligibility, grants, releases
from app.records.eligibility import ListRow
from app.records.releases import ReleaseRow
from app.rules import breaches
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Conflict, Malformed, OutOfOrder
from app.rules.facts import EligibilityList, ExceptionalGrant, Grant, ListState, ReleaseState, Role
from app.rules.importing import Defaults, ImportPlan, PlannedRow, RowProblem, plan, told_too_late
from app.rules.lifecycle import LEFT_TO_DO
from app.rules.planned import problem_record

SheetKind = Literal["csv", "xlsx", "ods"]

_PREPARERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
_PROBLEMS_TOLD = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do.

    Attributes:
        listed: The draft that was made, or None after a dry run.
    """

    plan: ImportPlan
    listed: ListRow | None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What was sent."""

    rows: list[list[str]]
    sha256: str
    complete: bool
    defaults: Defaults
    replace_draft: bool
    follows: str | None


def import_list(
    tools: Tools,
    actor: Actor,
    release_id: str,
    content: bytes,
    kind: SheetKind,
    *,
    dry_run: bool,
    complete: bool = True,
    defaults: Defaults | None = None,
    replace_draft: bool = False,
    follows: str | None = None,
) -> Imported:
    """Import a sheet as a new draft of a release's eligibility list, or say what that would do.

    Holders named on the version before stay named on rows that name nobody.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release.
        release_id: The release.
        content: The file's bytes.
        kind: ``csv``, ``xlsx`` or ``ods``.
        dry_run: Change nothing; give the plan with its errors.
        complete: False when the sheet stops short.
        defaults: What holds for rows that say nothing themselves.
        replace_draft: Set a draft that exists aside; without it such a draft stops the import.
        follows: The version that was shown to whoever imports as the one before, as ``following`` names it; another
            one by now stops the import. None where none was shown.

    Returns:
        The plan, and the draft unless it was a dry run.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
        Malformed: The sheet cannot be read, or has errors; ``rows`` in extra names each.
        Conflict: There is a draft already; or another version than was shown is the one before by now
            (``changed_meanwhile``).
        OutOfOrder: The release is published or cancelled.

    Source:
        SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 9(b)
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = _release_to_list(connection, actor, release_id)
    sheet = _Sheet(
        rows=tools.read_sheet(content, kind=kind, limit_bytes=tools.policy.sheet_limit_bytes),
        sha256=sha256_hex(content),
        complete=complete,
        defaults=defaults or Defaults(),
        replace_draft=replace_draft,
        follows=follows,
    )
    with tools.reading() as connection:
        planned = _plan(connection, row, sheet, at)
    if dry_run:
        return Imported(planned, None)
    if planned.errors:
        raise _refuse(tools, actor, row, sheet, planned, at)
    with tools.transaction(once=True) as tx:
        releases.keep(tx.connection, release_id)  # or the draft could change between our look and our writing
        row = _release_to_list(tx.connection, actor, release_id)
        planned = _plan(tx.connection, row, sheet, at)
        if planned.errors:
            raise Conflict("What the sheet refers to changed meanwhile. Import it again.")
        return Imported(planned, _write(tools, tx, actor, row, sheet, planned, at))


def _release_to_list(connection: Connection, actor: Actor, release_id: str) -> ReleaseRow:
    row = releases.get_row(connection, release_id)
    require_role(actor, row.organisation_id, *_PREPARERS)
    if row.release.state in _OVER:
        state = row.release.state
        raise OutOfOrder(f"The release is {state.value}; its list no longer changes. {LEFT_TO_DO[state]}")
    return row


def _plan(connection: Connection, row: ReleaseRow, sheet: _Sheet, at: datetime) -> ImportPlan:
    release = row.release
    addresses = {cell.strip().lower() for cells in sheet.rows for cell in cells if "@" in cell}
    before = _before(connection, release.release_id)
    planned = plan(
        sheet.rows,
        order=release.order,
        known={email: person.name for email, person in eligibility.people_at(connection, addresses).items()},
        defaults=sheet.defaults,
        current=[(one.post_title, one.organisation, one.seat) for one in before.grants] if before else (),
        held=[_seat(one.post_title, one.organisation, one.seat) for one in before.grants if one.person_id]
        if before
        else (),
        complete=sheet.complete,
    )
    return replace(planned, errors=(*planned.errors, *told_too_late(planned.rows, at)))


def _before(connection: Connection, release_id: str) -> EligibilityList | None:
    """Give the version that a new one follows: the draft, or else the one in force."""
    for state in (ListState.DRAFT, ListState.APPROVED):
        found = eligibility.find_version(connection, release_id, state)
        if found is not None:
            return eligibility.get(connection, found)
    return None


def following(before: ListRow | None) -> str:
    """Name the version that an import would follow, as it stands.

    Args:
        before: The draft, or else the version in force; None where there is neither.

    Returns:
        Its id and revision; empty where there is none.
    """
    return f"{before.eligibility_list.list_id}:{before.revision}" if before is not None else ""


def _refuse(tools: Tools, actor: Actor, row: ReleaseRow, sheet: _Sheet, planned: ImportPlan, at: datetime) -> Malformed:
    """Put the refusal on record, durably, and give the error that tells it."""
    with tools.transaction() as tx:
        receipt = tx.append(
            Entry(
                EntryKind.LIST_IMPORT_REFUSED,
                at,
                Outcome.REFUSED,
                actor_id=actor.actor_id,
                producer_id=row.release.producer.producer_id,
                release_id=row.release.release_id,
                said={"sheet_sha256": sheet.sha256, "errors": _counted(planned.errors)},
            )
        )
        for problem in planned.errors:
            if problem.code == "shared_mailbox":
                key = sha256_hex(f"{row.release.release_id} {sheet.sha256} {problem.row}".encode())
                draft = breaches.shared_mailbox(row.release.producer.producer_id, key, at)
                desk.open_incident(tools, tx, draft, at=at)
    first = planned.errors[0]
    return Malformed(
        f"{len(planned.errors)} errors in the sheet; the first is on row {first.row}: {first.detail} "
        "Nothing was imported.",
        code=Code.IMPORT_REJECTED,
        rows=[problem_record(one) for one in (*planned.errors, *planned.warnings)[:_PROBLEMS_TOLD]],
        receipt=receipt,
    )


def _write(
    tools: Tools, tx: Transaction, actor: Actor, row: ReleaseRow, sheet: _Sheet, planned: ImportPlan, at: datetime
) -> ListRow:
    release = row.release
    found = _before(tx.connection, release.release_id)
    standing = eligibility.get_row(tx.connection, found.list_id) if found is not None else None
    if sheet.follows is not None and sheet.follows != following(standing):
        raise Conflict("The version that the sheet would follow changed meanwhile. Nothing was imported.")
    before = standing.eligibility_list if standing is not None else None
    if standing is not None and standing.eligibility_list.state is ListState.DRAFT:
        _set_aside(tx, standing, sheet)
    holders = {
        _seat(one.post_title, one.organisation, one.seat): (one.person_id, one.confirm_needed)
        for one in (before.grants if before else ())
    }
    listed = EligibilityList(
        list_id=tools.new_id("lst"),
        release_id=release.release_id,
        version=eligibility.newest_version(tx.connection, release.release_id) + 1,
        state=ListState.DRAFT,
        prepared_by=actor.actor_id,
    )
    # Holders come over from the draft that is set aside; whoever named them there has had a hand in this one too.
    editors = _editors(tx.connection, before) | {actor.actor_id}
    eligibility.add(tx.connection, listed, prepared_at=at, edited_by=editors, notes=planned.notes)
    naming = Naming(tools, tx, actor, release.producer.producer_id, at)
    names = {one.email: one.name for one in planned.rows if one.email}
    for number, one in enumerate(planned.rows, start=1):
        post_id = naming.post_id(one.post, one.organisation, one.unit)
        # A holder who waited to be confirmed waits still, unless the sheet names them.
        person_id, waits = holders.get(_seat(one.post, one.organisation, one.seat), (None, False))
        if one.email:
            person_id, waits = naming.person_id(one.email, one.name), False
            if one.held_from_on is not None:
                naming.begin_holding(post_id, person_id, one.held_from_on)
        grant = replace(_grant(tools, one, person_id), confirm_needed=waits)
        if one.for_email:
            grant = replace(grant, for_person_id=naming.person_id(one.for_email, names[one.for_email]))
        grants.add(tx.connection, listed.list_id, number, post_id, grant)
    tx.append(_imported(actor, row, sheet, planned, listed, at))
    return eligibility.get_row(tx.connection, listed.list_id)


def _editors(connection: Connection, before: EligibilityList | None) -> set[str]:
    if before is None or before.state is not ListState.DRAFT:
        return set()
    return set(eligibility.get_row(connection, before.list_id).edited_by)


def _set_aside(tx: Transaction, draft: ListRow, sheet: _Sheet) -> None:
    before = draft.eligibility_list
    if not sheet.replace_draft:
        raise Conflict(
            f"There is a draft already, version {before.version}. Say that it may be set aside, or edit it. "
            "Nothing was imported.",
            code=Code.ALREADY_EXISTS,
        )
    eligibility.set_aside(tx.connection, before.list_id, revision=draft.revision)


def _seat(post: str, organisation: str, seat: int) -> tuple[str, str, int]:
    return post.casefold(), organisation.casefold(), seat


def _grant(tools: Tools, one: PlannedRow, person_id: str | None) -> Grant:
    exceptional = None
    if one.exceptional_reasons or one.board_informed_at:
        exceptional = ExceptionalGrant(one.exceptional_reasons, one.board_informed_at)
    return Grant(
        grant_id=tools.new_id("grt"),
        post_title=one.post,
        organisation=one.organisation,
        person_id=person_id,
        grant_class=one.grant_class,
        ground=one.ground,
        ground_letter=one.ground_letter,
        asked=one.asked,
        seat=one.seat,
        conditions=one.conditions,
        exceptional=exceptional,
        is_group=one.is_group,
        place=one.place,
        agreement=one.agreement,
        defects=one.defects,
    )


def _imported(
    actor: Actor, row: ReleaseRow, sheet: _Sheet, planned: ImportPlan, listed: EligibilityList, at: datetime
) -> Entry:
    return Entry(
        EntryKind.LIST_IMPORTED,
        at,
        actor_id=actor.actor_id,
        producer_id=row.release.producer.producer_id,
        release_id=row.release.release_id,
        said={
            "list_id": listed.list_id,
            "version": listed.version,
            "sheet_sha256": sheet.sha256,
            "seats": len(planned.rows),
            "left_out": len(planned.left_out),
            "complete": sheet.complete,
            "warnings": _counted(planned.warnings),
        },
    )


def _counted(problems: tuple[RowProblem, ...]) -> dict[str, int]:
    return dict(sorted(Counter(one.code for one in problems).items()))
