"""The publishing team's word that a page is scheduled: given, withdrawn, and asked for anew when it has fallen.

Whoever publishes sees of a release its title, its time and its page, and nothing of its list or documents: the role of
publisher opens nothing. Withdrawing is by whoever may give the word, since a page that was found unscheduled after all
must be said so by the first who sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import coordination, readying
from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import calendar, page_confirmations, people, releases, watching
from app.records.releases import ReleaseRow
from app.rules import lettersubjects, readinessletters
from app.rules.errors import Code, Malformed, OutOfOrder, Refused
from app.rules.facts import PRODUCING, Person, Role
from app.rules.pageconfirmations import Ended, PageConfirmation, check_confirmation, fallen, may_be_confirmed
from app.rules.readiness import AHEAD_OF
from app.rules.reasons import Reason, ReasonCode, instant_text
from app.rules.watchplans import host_of

CONFIRMERS = (Role.PUBLISHER, *PRODUCING)
READERS = (*CONFIRMERS, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class PageView:
    """The page of a release, as whoever publishes it sees it.

    Attributes:
        said: Every word on it, the newest first.
        fallen: Why the newest stands no more; None while it stands, or where there is none.
        may_confirm: Whoever asks may give their word.
    """

    row: ReleaseRow
    said: tuple[PageConfirmation, ...]
    fallen: Ended | None
    may_confirm: bool

    @property
    def standing(self) -> PageConfirmation | None:
        """The word that stands now."""
        return self.said[0] if self.said and self.fallen is None else None


def read_page(tools: Tools, actor: Actor, release_id: str) -> PageView:
    """Show whether the page of a release is confirmed as scheduled, and every word that was given on it.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *READERS)
        return _views(connection, (row,), actor, at)[0]


def list_pages(
    tools: Tools, actor: Actor, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[PageView, ...]:
    """Show the pages of the releases to come, of every producer that the actor publishes or works for, by the time set.

    Args:
        tools: The tools.
        actor: Who asks; nothing is shown to whoever has no such role.
        after: Time set and id of the last release already given.
        limit: How many at most.
    """
    at = tools.clock.now()
    held = [one.organisation_id for one in actor.roles if one.role in READERS]
    mine = None if None in held else frozenset(one for one in held if one is not None)
    with tools.reading() as connection:
        rows = releases.page(connection, person_id=None, organisation_ids=mine, due_from=at, after=after, limit=limit)
        return _views(connection, rows, actor, at)


def confirm_page(
    tools: Tools,
    actor: Actor,
    release_id: str,
    *,
    publishes_at: datetime,
    page_url: str,
    scheduled_by: str,
    seen: str,
) -> PageConfirmation:
    """Put on record that the page of a release is scheduled for its very time.

    Args:
        tools: The tools.
        actor: Somebody of the publishing team, or who prepares the release; never a program.
        release_id: The release.
        publishes_at: For which instant the page is scheduled. Aware.
        page_url: Where it will stand.
        scheduled_by: The post or team that scheduled it.
        seen: How the actor saw that it is.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there, or is a program.
        Malformed: The page is scheduled for another time than the release's, or the address is none.
        OutOfOrder: The release is over, has no time, or its time has come.

    Source:
        Producer policy: readiness
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        releases.keep(tx.connection, release_id)
        row = releases.get_row(tx.connection, release_id)
        require_role(actor, row.organisation_id, *CONFIRMERS)
        _demand_person(actor)
        check_confirmation(row.release, publishes_at, at)
        if host_of(page_url) is None:
            what = "is not an https address with a host's name"
            raise Malformed(f"page_url {what}. Nothing was recorded.", errors=[{"where": "page_url", "what": what}])
        said = PageConfirmation(
            tools.new_id("pgc"),
            release_id,
            row.release.publishes_at,
            page_url,
            " ".join(scheduled_by.split()),
            seen.strip(),
            readying.finals_sha256(tx.connection, [release_id])[release_id],
            at,
            actor.actor_id,
        )
        for earlier in page_confirmations.of_release(tx.connection, release_id):
            if page_confirmations.end(tx.connection, earlier.confirmation_id, Ended.REPLACED, at=at, by=actor.actor_id):
                tx.append(_ended(row, earlier, Ended.REPLACED, at, actor.actor_id))
        page_confirmations.add(tx.connection, said)
        tx.append(_confirmed(row, said, watched=watching.find_plan(tx.connection, release_id)))
        return said


def withdraw_page(tools: Tools, actor: Actor, confirmation_id: str, *, reason: str) -> PageConfirmation:
    """Take back that a page is scheduled; it counts as missing from that moment on.

    Args:
        tools: The tools.
        actor: Somebody of the publishing team, or who prepares the release.
        confirmation_id: The confirmation.
        reason: Why.

    Raises:
        NotFound: There is no such confirmation, or the actor has no business with its producer.
        Refused: The actor has another role there, or is a program.
        Malformed: No reason is given.
        OutOfOrder: It stands no more already.

    Source:
        Producer policy: readiness
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        said = page_confirmations.get(tx.connection, confirmation_id)
        releases.keep(tx.connection, said.release_id)
        row = releases.get_row(tx.connection, said.release_id)
        require_role(actor, row.organisation_id, *CONFIRMERS)
        _demand_person(actor)
        if not reason.strip():
            raise Malformed(
                "Say why it is withdrawn. Nothing was changed.",
                code=Code.REASON_REQUIRED,
                errors=[{"where": "reason", "what": "is missing"}],
            )
        because = Ended.WITHDRAWN
        if not page_confirmations.end(
            tx.connection, confirmation_id, because, at=at, by=actor.actor_id, reason=reason.strip()
        ):
            raise OutOfOrder("This confirmation stands no more already.", code=Code.ALREADY_ENDED)
        tx.append(_ended(row, said, because, at, actor.actor_id, reason.strip()))
        _ask_anew(tools, tx, row, said, because, at)
        return page_confirmations.get(tx.connection, confirmation_id)


def confirmations_fallen(tools: Tools) -> tuple[str, ...]:
    """Give the ids of the confirmations that have fallen, by a move or a change of documents, and are not ended yet."""
    with tools.reading() as connection:
        standing = page_confirmations.standing(connection)
        ids = {one.release_id for one in standing}
        moves, now = calendar.moves_of(connection, ids), readying.finals_sha256(connection, ids)
        set_for = page_confirmations.times_set(connection, ids)
    return tuple(
        one.confirmation_id
        for one in standing
        if fallen(one, set_for[one.release_id], moves.get(one.release_id, ()), now[one.release_id]) is not None
    )


def end_fallen(tools: Tools, confirmation_id: str) -> None:
    """Put on record that a confirmation has fallen, and ask the publishing team for another.

    Args:
        tools: The tools.
        confirmation_id: As ``confirmations_fallen`` found it.

    Source:
        Producer policy: readiness
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        said = page_confirmations.get(tx.connection, confirmation_id)
        releases.keep(tx.connection, said.release_id)
        row = releases.get_row(tx.connection, said.release_id)
        because = _why_fallen(tx.connection, row, said)
        if because is None or not page_confirmations.end(tx.connection, confirmation_id, because, at=at, by=None):
            return
        tx.append(_ended(row, said, because, at, "rule"))
        _ask_anew(tools, tx, row, said, because, at)


def _why_fallen(connection: Connection, row: ReleaseRow, said: PageConfirmation) -> Ended | None:
    if row.release.state not in AHEAD_OF:
        # Published, it has served. Postponed or cancelled, there is nothing to confirm; the next time set tells.
        return None
    moves = calendar.moves_of(connection, [said.release_id]).get(said.release_id, ())
    now = readying.finals_sha256(connection, [said.release_id])[said.release_id]
    return fallen(said, row.release.publishes_at, moves, now)


def _views(connection: Connection, rows: tuple[ReleaseRow, ...], actor: Actor, at: datetime) -> tuple[PageView, ...]:
    ids = [row.release.release_id for row in rows]
    said = page_confirmations.of_releases(connection, ids)
    moves, now = calendar.moves_of(connection, ids), readying.finals_sha256(connection, ids)
    views = []
    for row in rows:
        release_id = row.release.release_id
        newest_first = tuple(reversed(said.get(release_id, ())))
        why = (
            fallen(newest_first[0], row.release.publishes_at, moves.get(release_id, ()), now[release_id])
            if newest_first
            else None
        )
        may = actor.person_id is not None and actor.has(row.organisation_id, *CONFIRMERS)
        views.append(PageView(row, newest_first, why, may and may_be_confirmed(row.release, at)))
    return tuple(views)


def _demand_person(actor: Actor) -> None:
    if actor.person_id is not None:
        return
    detail, remedy = "Only a named person can say what they have seen.", "Have somebody sign in and confirm it."
    reason = Reason(ReasonCode.ROLE_REQUIRED, "Producer policy: readiness", detail, remedy)
    raise Refused(f"{detail} {remedy}", code=Code.ROLE_REQUIRED, reasons=(reason,))


def _ask_anew(
    tools: Tools, tx: Transaction, row: ReleaseRow, said: PageConfirmation, because: Ended, at: datetime
) -> None:
    """Ask the publishing team, or else who prepared the release, and tell the lead official, while there is time."""
    release = row.release
    if not may_be_confirmed(release, at):
        return
    team = people.people_with_role(tx.connection, row.organisation_id, Role.PUBLISHER, at=at)
    asked: tuple[Person, ...] = team or people.people_with_role(
        tx.connection, row.organisation_id, Role.STATISTICIAN, at=at
    )
    leads = coordination.seniors_of(tx.connection, row, at, head=False)
    where = f"{tools.policy.public_address}/producer/releases/{release.release_id}/page"
    for person in {one.person_id: one for one in (*asked, *leads)}.values():
        coordination.owe(
            tools,
            tx,
            person,
            "page_confirmation",
            f"page_confirmation:{said.confirmation_id}:{person.person_id}",
            lettersubjects.confirm_anew(release),
            readinessletters.confirm_anew(release, because, where),
            at,
            release_id=release.release_id,
        )


def _confirmed(row: ReleaseRow, said: PageConfirmation, *, watched: watching.PlanRow | None) -> Entry:
    return Entry(
        EntryKind.PAGE_CONFIRMED,
        said.confirmed_at,
        actor_id=said.confirmed_by,
        producer_id=row.release.producer.producer_id,
        release_id=said.release_id,
        said={
            "confirmation_id": said.confirmation_id,
            "scheduled_for": instant_text(said.publishes_at),
            "page_url": said.page_url,
            "documents_sha256": said.documents_sha256,
            "watched": watched is not None and watched.page_url == said.page_url,
        },
        sealed={"scheduled_by": said.scheduled_by, "seen": said.seen[:2000]},
    )


def _ended(row: ReleaseRow, said: PageConfirmation, because: Ended, at: datetime, by: str, reason: str = "") -> Entry:
    return Entry(
        EntryKind.PAGE_CONFIRMATION_ENDED,
        at,
        actor_id=by,
        producer_id=row.release.producer.producer_id,
        release_id=said.release_id,
        said={"confirmation_id": said.confirmation_id, "ended_because": because.value},
        sealed={"reason": reason[:2000]} if reason else {},
    )
