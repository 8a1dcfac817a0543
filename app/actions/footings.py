"""What every act on prepared texts needs: whose business one is, what is known of it, and how it is put on record.

Before publication only those come near who may see the figures in order to produce or to publish them. Whoever merely
owns a text is told of nothing until it is ready: to them, as to strangers, there is nothing there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions.producing import state_today
from app.actions.tools import NOTHING_THERE, Actor, require_role
from app.audit.entries import Entry, EntryKind
from app.records import calendar, people, prepared_texts, production, suspensions
from app.records.prepared_texts import TextRow, VersionRow
from app.records.production import ProductionRow
from app.records.releases import ReleaseRow
from app.rules.errors import Code, NotFound, Refused
from app.rules.facts import PRODUCING, Person, ReleaseState, Role, Suspension, london_date
from app.rules.feeds import Moved
from app.rules.preparedtexts import WRITTEN_IN, PreparedText, may_own, may_prepare
from app.rules.production import ProductionState, Purpose
from app.rules.reasons import Reason, ReasonCode, instant_text
from app.rules.textpermits import TextFacts
from app.rules.textstandings import TextStanding, TextState, text_standing

SENIORS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_GIVEN = (TextState.READY, TextState.TAKEN)


@dataclass(frozen=True, slots=True)
class TextView:
    """A text as somebody is shown it, without its words.

    Attributes:
        versions: Every version; none of their words.
        may_read, may_change, may_withdraw, may_decide, may_take: What whoever asks can do with it now.
    """

    release: ReleaseRow
    row: TextRow
    standing: TextStanding
    versions: tuple[VersionRow, ...]
    may_read: bool = False
    may_change: bool = False
    may_withdraw: bool = False
    may_decide: bool = False
    may_take: bool = False


def prepares(connection: Connection, actor: Actor, release: ReleaseRow, at: datetime) -> bool:
    """Say whether somebody may see and write what is prepared for a release; a program never may."""
    if actor.person_id is None:
        return False
    mine = tuple(one.role for one in actor.roles if one.organisation_id == release.organisation_id)
    return may_prepare(mine, purposes_of(connection, actor.person_id, release.release.release_id, at))


def demand_prepares(connection: Connection, actor: Actor, release: ReleaseRow, at: datetime) -> None:
    """Stop unless somebody may see and write what is prepared for a release.

    Args:
        connection: Any connection.
        actor: Who asks.
        release: The release.
        at: Now. Aware, UTC.

    Raises:
        NotFound: They have no business with the release.
        Refused: They have another role with its producer, are a program, or are suspended from its releases.
    """
    if not prepares(connection, actor, release, at):
        require_role(actor, release.organisation_id, *PRODUCING)
        detail, remedy = "Texts under embargo are for named people.", "Have somebody sign in and do it."
        reason = Reason(ReasonCode.ROLE_REQUIRED, "Producer policy: prepared texts", detail, remedy)
        raise Refused(f"{detail} {remedy}", code=Code.ROLE_REQUIRED, reasons=(reason,))
    _demand_not_suspended(connection, actor, release, at)


def _demand_not_suspended(connection: Connection, actor: Actor, release: ReleaseRow, at: datetime) -> None:
    for one in suspended(connection, actor.person_id or "", release, at):
        detail, remedy = f"Access is suspended for {one.subject}: {one.reason}", "Have the suspension ended first."
        reason = Reason(ReasonCode.SUSPENDED, "Producer policy: prepared texts", detail, remedy)
        raise Refused(f"{detail} {remedy}", code=Code.TEXT_REFUSED, reasons=(reason,))


def may_be_owner(connection: Connection, person_id: str, release: ReleaseRow, at: datetime) -> bool:
    """Say whether a person may be given a text of a release once it is public."""
    held = people.roles_of(connection, person_id, at)
    theirs = tuple(one.role for one in held if one.organisation_id == release.organisation_id)
    return may_own(theirs, purposes_of(connection, person_id, release.release.release_id, at))


def purposes_of(connection: Connection, person_id: str, release_id: str, at: datetime) -> tuple[Purpose, ...]:
    """Give for what somebody stands on a release's register of production access, permitted and begun."""
    return purposes_among(production.of_person_for(connection, person_id, release_id), at)


def purposes_among(rows: Iterable[ProductionRow], at: datetime) -> tuple[Purpose, ...]:
    """Give the purposes of those rows of a register by which somebody has access at an instant."""
    return tuple(
        row.purpose
        for row in rows
        if row.from_on <= london_date(at) and state_today(row, at) is ProductionState.PERMITTED
    )


def owners_by_register(connection: Connection, release_id: str, at: datetime) -> tuple[Person, ...]:
    """Give those to whom a text of a release may be given by its register alone, the first proposed first."""
    rows = production.page(connection, release_id)
    return tuple(row.person for row in rows if may_own((), purposes_among([row], at)))


def suspended(connection: Connection, person_id: str, release: ReleaseRow, at: datetime) -> tuple[Suspension, ...]:
    """Give the suspensions that keep somebody from the producer's releases now."""
    producer_id = release.release.producer.producer_id
    return suspensions.suspensions_for(connection, producer_id=producer_id, person_id=person_id, at=at)


def moves_of(connection: Connection, release_id: str) -> tuple[Moved, ...]:
    """Give every move of a release."""
    return calendar.moves_of(connection, [release_id]).get(release_id, ())


def texts_for(connection: Connection, actor: Actor, release: ReleaseRow, at: datetime) -> tuple[TextView, ...]:
    """Give the texts of a release that somebody may know of.

    Whoever prepares, and an auditor, know of all of them; whoever only owns one knows of it once it is ready. Who
    is suspended is shown nothing of them, not even how they stand.

    Args:
        connection: Any connection.
        actor: Who asks.
        release: The release.
        at: Now. Aware, UTC.

    Raises:
        NotFound: They have no business with the release.
        Refused: They have another role with its producer, and nothing is ready for them; or they are suspended.
    """
    release_id = release.release.release_id
    rows, moves = prepared_texts.of_release(connection, release_id), moves_of(connection, release_id)
    insider = prepares(connection, actor, release, at)
    written = prepared_texts.versions_of(connection, release_id)
    views = tuple(
        _view(
            actor, release, row, text_standing(row.text, release.release, moves, at), insider=insider, written=written
        )
        for row in rows
    )
    if insider or actor.has(release.organisation_id, Role.AUDITOR):
        _demand_not_suspended(connection, actor, release, at)
        return views
    mine = tuple(one for one in views if one.row.text.owner_id == actor.person_id and one.standing.state in _GIVEN)
    if not mine or not may_be_owner(connection, actor.person_id or "", release, at):
        demand_prepares(connection, actor, release, at)
    _demand_not_suspended(connection, actor, release, at)
    return mine


def text_for(connection: Connection, actor: Actor, release: ReleaseRow, text_id: str, at: datetime) -> TextView:
    """Give one text of a release to somebody who may know of it.

    Raises:
        NotFound: There is none, or none that they may know of.
        Refused: They have another role with its producer, and nothing is ready for them; or they are suspended.
    """
    for one in texts_for(connection, actor, release, at):
        if one.row.text.text_id == text_id:
            return one
    raise NotFound(NOTHING_THERE)


def facts_of(connection: Connection, actor: Actor, view: TextView, at: datetime) -> TextFacts:
    """Gather what the rule asks about a text and whoever wants its words."""
    release, person_id = view.release, actor.person_id or ""
    return TextFacts(
        text=view.row.text,
        release=release.release,
        moves=moves_of(connection, release.release.release_id),
        person_id=person_id,
        prepares=prepares(connection, actor, release, at),
        owns=view.row.text.owner_id == actor.person_id and may_be_owner(connection, person_id, release, at),
        stands_in=actor.person_id is not None and actor.has(release.organisation_id, *SENIORS),
        suspensions=suspended(connection, person_id, release, at),
    )


def text_entry(
    kind: EntryKind, release: ReleaseRow, text: PreparedText, actor_id: str, at: datetime, **said: object
) -> Entry:
    """Make the entry of an act on a text. Nothing of its words is in it: no hash, no length, no channel."""
    return Entry(
        kind,
        at,
        actor_id=actor_id,
        producer_id=release.release.producer.producer_id,
        release_id=text.release_id,
        said={"prepared_text_id": text.text_id, "text_kind": text.kind.value, "version": text.version, **said},
    )


def released_entry(release: ReleaseRow, text: PreparedText, at: datetime) -> Entry:
    """Make the entry of a text that became ready, with the instant at which publication was."""
    published_at = release.release.published_at
    said = {"published_at": instant_text(published_at)} if published_at else {}
    return text_entry(EntryKind.PREPARED_TEXT_RELEASED, release, text, "rule", at, **said)


def _view(
    actor: Actor,
    release: ReleaseRow,
    row: TextRow,
    stands: TextStanding,
    *,
    insider: bool,
    written: dict[str, tuple[VersionRow, ...]],
) -> TextView:
    open_still = stands.state in (TextState.PREPARED, TextState.HELD)
    owns = actor.person_id is not None and row.text.owner_id == actor.person_id
    took = owns and stands.state is TextState.TAKEN and row.text.taken_by == actor.person_id
    senior = actor.person_id is not None and actor.has(release.organisation_id, *SENIORS)
    return TextView(
        release=release,
        row=row,
        standing=stands,
        versions=written[row.text.text_id],
        may_read=(insider and release.release.state is not ReleaseState.CANCELLED) or took,
        may_change=insider and open_still and release.release.state in WRITTEN_IN,
        may_withdraw=insider and stands.state not in (TextState.TAKEN, TextState.WITHDRAWN),
        may_decide=stands.state is TextState.HELD and actor.has(release.organisation_id, Role.HEAD_OF_PROFESSION),
        may_take=stands.state is TextState.READY and (owns or senior),
    )
