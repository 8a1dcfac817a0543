"""Begins a draft of a list: a copy of the version in force, of a standing list, or of another release's list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions.lists import PREPARERS, ListView, demand_open, view
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, grants, releases, series, standing
from app.records.eligibility import ListRow
from app.records.releases import ReleaseRow
from app.records.series import Earlier, SeriesRow
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import EligibilityList, Grant, ListState
from app.rules.listlife import for_another_release

_EARLIER_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Sources:
    """From what a draft of a release's list can begin.

    Attributes:
        in_force: The version in force, if there is one; a new draft is then a copy of it.
        standing_of: Title of the series, where it has a standing list; else None.
        earlier: Earlier releases of the series with a list in force, the latest first.
        draft: The draft there is already, if there is one; until it is approved no other begins.
    """

    release: ReleaseRow
    in_force: ListRow | None
    standing_of: str | None
    earlier: tuple[Earlier, ...]
    draft: ListRow | None


@dataclass(frozen=True, slots=True)
class _Source:
    """Whence a new draft is copied.

    Attributes:
        rows: Place in the list, post and grant of each line.
        left_out: How many lines were for another release alone.
        edited_by: Ids of whoever had a hand in it without anybody's approval since.
    """

    rows: tuple[tuple[int, str, Grant], ...] = ()
    list_id: str | None = None
    series_id: str | None = None
    left_out: int = 0
    edited_by: frozenset[str] = frozenset()


def read_sources(tools: Tools, actor: Actor, release_id: str) -> Sources:
    """Say from what a draft can begin, to somebody who prepares the release.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: The release is published or cancelled.
    """
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        require_role(actor, release.organisation_id, *PREPARERS)
        demand_open(release)
        mine = release.release
        known = series.get(connection, mine.series_id) if mine.series_id else None
        return Sources(
            release=release,
            in_force=_version(connection, release_id, ListState.APPROVED),
            standing_of=known.title if known is not None and known.standing_from_list_id is not None else None,
            earlier=series.earlier(
                connection, known.series_id, before=mine.publishes_at, without=release_id, limit=_EARLIER_SHOWN
            )
            if known is not None
            else (),
            draft=_version(connection, release_id, ListState.DRAFT),
        )


def _version(connection: Connection, release_id: str, state: ListState) -> ListRow | None:
    found = eligibility.find_version(connection, release_id, state)
    return eligibility.get_row(connection, found) if found else None


def derive_list(
    tools: Tools,
    actor: Actor,
    release_id: str,
    *,
    from_release_id: str | None = None,
    from_series: bool | None = None,
) -> ListView:
    """Begin a new draft: a copy of the version in force, of the series' standing list, or of another release's list.

    The first draft of a release is taken from the standing list of its series, if that has one; else it is empty. What
    comes from another list waits for each holder to be confirmed.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release.
        release_id: The release the draft is for.
        from_release_id: Another release of the same producer whose list in force is copied.
        from_series: True copies the standing list; False never does; None leaves it to the rule above.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Conflict: There is a draft already.
        OutOfOrder: The release is published or cancelled, or there is no standing list.
        Malformed: Two sources are named.
    """
    if from_release_id is not None and from_series:
        what = "Name one source: another release, or the standing list of the series."
        raise Malformed(what, errors=[{"where": "body.from_series", "what": what}])
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        release = releases.get_row(tx.connection, release_id)
        require_role(actor, release.organisation_id, *PREPARERS)
        demand_open(release)
        if eligibility.find_version(tx.connection, release_id, ListState.DRAFT) is not None:
            raise Conflict("There is a draft already. Edit it, or import over it.", code=Code.ALREADY_EXISTS)
        source = _source(tx.connection, release, from_release_id, from_series)
        row = _copy(tools, tx, actor, release, source, at)
        tx.append(_derived(actor, release, row, source, at))
        return view(tx.connection, row, release, at)


def _source(
    connection: Connection, release: ReleaseRow, from_release_id: str | None, from_series: bool | None
) -> _Source:
    mine = release.release
    if from_release_id is not None:
        other = releases.get(connection, from_release_id)
        if other.producer.producer_id != mine.producer.producer_id:
            raise NotFound(NOTHING_THERE)
        return _source_of_list(connection, from_release_id, same=from_release_id == mine.release_id)
    known = series.get(connection, mine.series_id) if mine.series_id else None
    stands = known is not None and known.standing_from_list_id is not None
    if from_series and not stands:
        raise OutOfOrder("The series of this release has no standing list. Take one from an approved list first.")
    first = eligibility.find_version(connection, mine.release_id, ListState.APPROVED) is None
    if known is not None and stands and (from_series or (from_series is None and first)):
        return _source_of_standing(connection, known)
    return _source_of_list(connection, mine.release_id, same=True)


def _source_of_standing(connection: Connection, known: SeriesRow) -> _Source:
    """Read the lines with whoever changed them, both at one revision.

    Each statement may see what was committed since the one before it. Somebody whose line is copied without their hand
    in it could approve that line themselves; so it is read anew for as long as somebody changes it meanwhile.
    """
    while True:
        rows = tuple((one.row, one.post_id, one.grant) for one in standing.of_series(connection, known.series_id))
        after = series.get(connection, known.series_id)
        if after.standing_revision == known.standing_revision:
            return _Source(rows, series_id=known.series_id, edited_by=known.standing_edited_by)
        known = after


def _source_of_list(connection: Connection, release_id: str, *, same: bool) -> _Source:
    list_id = eligibility.find_version(connection, release_id, ListState.APPROVED)
    if list_id is None:
        return _Source()
    found = grants.of_list(connection, list_id)
    if same:
        return _Source(tuple((one.row, one.post_id, one.grant) for one in found), list_id)
    taken = [(one, for_another_release(one.grant)) for one in found]
    rows = tuple((one.row, one.post_id, grant) for one, grant in taken if grant is not None)
    return _Source(rows, list_id, left_out=len(found) - len(rows))


def _copy(tools: Tools, tx: Transaction, actor: Actor, release: ReleaseRow, source: _Source, at: datetime) -> ListRow:
    listed = EligibilityList(
        list_id=tools.new_id("lst"),
        release_id=release.release.release_id,
        version=eligibility.newest_version(tx.connection, release.release.release_id) + 1,
        state=ListState.DRAFT,
        prepared_by=actor.actor_id,
    )
    left = source.left_out
    notes = [f"Rows of the list it was copied from that were for that release alone, and were left out: {left}."]
    hands = sorted({actor.actor_id, *source.edited_by})
    eligibility.add(tx.connection, listed, prepared_at=at, edited_by=hands, notes=notes if left else [])
    for row, post_id, grant in source.rows:
        grants.add(tx.connection, listed.list_id, row, post_id, replace(grant, grant_id=tools.new_id("grt")))
    return eligibility.get_row(tx.connection, listed.list_id)


def _derived(actor: Actor, release: ReleaseRow, row: ListRow, source: _Source, at: datetime) -> Entry:
    listed = row.eligibility_list
    said = {"list_id": listed.list_id, "version": listed.version, "revision": row.revision, "change": "derived"}
    standing_list = {"from_series_id": source.series_id} if source.series_id else {}
    return Entry(
        EntryKind.LIST_CHANGED,
        at,
        actor_id=actor.actor_id,
        producer_id=release.release.producer.producer_id,
        release_id=listed.release_id,
        said={**said, "from_list_id": source.list_id, **standing_list},
    )
