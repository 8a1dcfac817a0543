"""What may be done to a release as a whole, and what follows for those who have read it already.

When somebody read before the window as a move leaves it, their grant waits for a decision, an incident is on record and
everybody listed is told that the embargo continues: all in the transaction that makes the move.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from app.actions import alarming, desk, owing, spreading
from app.actions.tools import Actor, Tools, Transaction, require_revision, require_role, require_second_person
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, evidence, grants, openings, public_lists, releases, watching
from app.records import moves as move_records
from app.records.moves import MoveRow
from app.records.releases import ReleaseRow
from app.rules import breaches, letters, lifecycle
from app.rules.eligibility import public_bytes, public_list
from app.rules.errors import Code, Malformed, OutOfOrder, Refused
from app.rules.facts import EligibilityList, Release, ReleaseState, london_date
from app.rules.granting import clauses_of
from app.rules.lifecycle import Move
from app.rules.moved import moved
from app.rules.publication import check_published, list_of_posts_reasons, listed_late, read_too_soon
from app.rules.reasons import instant_text
from app.rules.window import NO_WINDOW, window_of

_NEEDS_REASON = (Move.RESCHEDULE, Move.POSTPONE, Move.CANCEL, Move.REOPEN, Move.DECLARE_PUBLISHED)
_TOLD = (Move.RESCHEDULE, Move.POSTPONE, Move.CANCEL, Move.DECLARE_PUBLISHED)
_ENDS_ALARMS = {
    Move.RESCHEDULE: "rescheduled",
    Move.POSTPONE: "postponed",
    Move.CANCEL: "cancelled",
    Move.DECLARE_PUBLISHED: "published",
}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What somebody wants done. Instants aware; ``time_exemption`` None keeps the one on record.

    ``page_url`` is where it is published, if not at the release's own address.
    """

    move: Move
    revision: int
    reason: str = ""
    publishes_at: datetime | None = None
    published_at: datetime | None = None
    time_exemption: str | None = None
    seen_by_watch: bool = False
    page_url: str = ""


@dataclass(frozen=True, slots=True)
class _Done:
    """A move while it is being made."""

    actor: Actor
    wanted: _Wanted
    move_id: str
    at: datetime
    before: Release
    after: Release
    contact: str
    listed: EligibilityList | None


def announce_release(tools: Tools, actor: Actor, release_id: str, *, revision: int, reason: str = "") -> ReleaseRow:
    """Announce a planned release.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
        Conflict: Somebody changed it since it was read.
        OutOfOrder: It is not planned.

    Source:
        Code 2018 T3.1
    """
    return _move(tools, actor, release_id, _Wanted(Move.ANNOUNCE, revision, reason))


def sign_off_release(tools: Tools, actor: Actor, release_id: str, *, revision: int, reason: str = "") -> ReleaseRow:
    """Sign a release off as final: from then on its window can open.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role, or prepared the release.
        Malformed: The governing Order is not built.
        OutOfOrder: It is not announced, no list is approved, or its documents are not fixed.
        Conflict: Somebody changed it since it was read.

    Source:
        SRSA 2007 s.11(8)
    """
    return _move(tools, actor, release_id, _Wanted(Move.SIGN_OFF, revision, reason))


def reopen_release(tools: Tools, actor: Actor, release_id: str, *, revision: int, reason: str) -> ReleaseRow:
    """Take a release's sign-off back, so that documents can change; nobody can open anything meanwhile.

    Raises:
        Malformed: No reason is given.
        OutOfOrder: It is not final.
    """
    return _move(tools, actor, release_id, _Wanted(Move.REOPEN, revision, reason))


def reschedule_release(
    tools: Tools,
    actor: Actor,
    release_id: str,
    *,
    revision: int,
    publishes_at: datetime,
    reason: str,
    time_exemption: str | None = None,
) -> ReleaseRow:
    """Move the time set for publication, earlier or later.

    Args:
        tools: The tools.
        actor: The head of profession.
        release_id: The release.
        revision: What the actor read.
        publishes_at: The new time. Aware.
        reason: Why; told to everybody listed.
        time_exemption: What allows a time other than 09:30 on a weekday; None keeps what is on record.

    Raises:
        Malformed: No reason, the time cannot be set, or it is the time already set.
        OutOfOrder: The release is published or cancelled.

    Source:
        Code 2018 T3.2; SI 2008/2998 Sch. para 4
    """
    wanted = _Wanted(Move.RESCHEDULE, revision, reason, publishes_at=publishes_at, time_exemption=time_exemption)
    return _move(tools, actor, release_id, wanted)


def postpone_release(tools: Tools, actor: Actor, release_id: str, *, revision: int, reason: str) -> ReleaseRow:
    """Take the time of publication back without setting a new one; access stops at once.

    Raises:
        Malformed: No reason is given.
        OutOfOrder: The release cannot be postponed now.

    Source:
        Code 2018 T3.2
    """
    return _move(tools, actor, release_id, _Wanted(Move.POSTPONE, revision, reason))


def cancel_release(tools: Tools, actor: Actor, release_id: str, *, revision: int, reason: str) -> ReleaseRow:
    """Cancel a release; access stops at once and for good.

    Raises:
        Malformed: No reason is given.
        OutOfOrder: The release is published or cancelled already.

    Source:
        Code 2018 T3.2
    """
    return _move(tools, actor, release_id, _Wanted(Move.CANCEL, revision, reason))


def declare_published(
    tools: Tools, actor: Actor, release_id: str, *, revision: int, reason: str, published_at: datetime | None = None
) -> ReleaseRow:
    """Declare that a release has been published, which ends the embargo.

    Args:
        tools: The tools.
        actor: The lead official or the head of profession.
        release_id: The release.
        revision: What the actor read.
        reason: How it is known, e.g. that the page was seen live.
        published_at: When it happened; None for now. Aware, not in the future.

    Raises:
        Refused: The list of posts has not been published, or differs from the enforced list.
        Malformed: No reason, or an instant in the future.
        OutOfOrder: The release is not final.

    Source:
        SI 2008/2998 Sch. para 6(1); SI 2008/2998 Sch. para 9(b)
    """
    return _move(tools, actor, release_id, _Wanted(Move.DECLARE_PUBLISHED, revision, reason, published_at=published_at))


def declare_seen_live(tools: Tools, release_id: str) -> ReleaseRow | None:
    """Declare what the watch has seen live, where the release's plan says that this is to be done by itself.

    Args:
        tools: The tools.
        release_id: The release.

    Returns:
        The release as published; None when it is not final any more.

    Raises:
        Refused: The list of posts has not been published, or differs from the enforced list.
        OutOfOrder: The plan does not say so, or it has not been seen.

    Source:
        SI 2008/2998 Sch. para 6(1); SI 2008/2998 Sch. para 9(b)
    """
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        verdict = watching.last_verdict(connection, release_id, row.release.publishes_at)
    if row.release.state is not ReleaseState.FINAL:
        return None
    wanted = _Wanted(
        Move.DECLARE_PUBLISHED,
        row.revision,
        f"Seen live by the watch. {verdict.why if verdict else ''}".strip(),
        published_at=verdict.public_at if verdict else None,
        seen_by_watch=True,
    )
    return _move(tools, Actor("rule", "The watch", ()), release_id, wanted)


def publish_here(
    tools: Tools,
    tx: Transaction,
    actor: Actor,
    release_id: str,
    *,
    revision: int,
    reason: str,
    page_url: str,
    at: datetime,
) -> ReleaseRow:
    """Put on record that a release is published by this service itself, in the transaction in which that is decided.

    Args:
        tools: The tools.
        tx: The open transaction.
        actor: The head of profession.
        release_id: The release.
        revision: What the actor read.
        reason: Why.
        page_url: Where everybody finds it; told to everybody listed.
        at: The instant of the decision, which is that of publication. Aware, UTC.

    Raises:
        Refused: The list of posts has not been published, or differs from the enforced list.
        Malformed: No reason is given.
        OutOfOrder: The release is not final.
        Conflict: Somebody changed it since it was read.

    Source:
        SI 2008/2998 Sch. para 6(1); SI 2008/2998 Sch. para 9(b)
    """
    wanted = _Wanted(Move.DECLARE_PUBLISHED, revision, reason, published_at=at, page_url=page_url)
    return _make(tools, tx, actor, release_id, wanted, at)


def _demand_seen(tx: Transaction, row: ReleaseRow, wanted: _Wanted) -> None:
    """Stop unless the plan says that what is seen live is declared, and it was seen live at the instant given."""
    plan = watching.find_plan(tx.connection, row.release.release_id)
    verdict = watching.last_verdict(tx.connection, row.release.release_id, row.release.publishes_at)
    seen = verdict is not None and verdict.public_at is not None and verdict.public_at >= row.release.publishes_at
    if plan is None or not plan.declares or not seen or verdict is None or verdict.public_at != wanted.published_at:
        raise OutOfOrder("The plan does not say that what is seen live is declared, or it has not been seen live.")


def _move(tools: Tools, actor: Actor, release_id: str, wanted: _Wanted) -> ReleaseRow:
    at = tools.clock.now()
    with tools.transaction() as tx:
        return _make(tools, tx, actor, release_id, wanted, at)


def _make(tools: Tools, tx: Transaction, actor: Actor, release_id: str, wanted: _Wanted, at: datetime) -> ReleaseRow:
    releases.keep(tx.connection, release_id)
    row = releases.get_row(tx.connection, release_id)
    if wanted.seen_by_watch:
        _demand_seen(tx, row, wanted)
    else:
        require_role(actor, row.organisation_id, *lifecycle.WHO[wanted.move])
    require_revision(row.revision, wanted.revision)
    if wanted.move in _NEEDS_REASON and not wanted.reason.strip():
        told = " and told to everybody listed" if wanted.move in _TOLD else ""
        raise Malformed(
            f"Say why; the reason is kept{told}. Nothing was done.",
            code=Code.REASON_REQUIRED,
            errors=[{"where": "reason", "what": "is missing"}],
        )
    after = _after(tx, row, wanted, at)
    listed = eligibility.in_force(tx.connection, release_id, on=london_date(at))
    if wanted.move is Move.SIGN_OFF:
        _demand_ready(tx, actor, row, listed)
    if wanted.move is Move.DECLARE_PUBLISHED:
        _demand_list_of_posts(tx, row.release, listed)
    done = _Done(actor, wanted, tools.new_id("mov"), at, row.release, after, row.contact, listed)
    releases.change(tx.connection, after, revision=row.revision, time_exemption=wanted.time_exemption)
    move_records.add(tx.connection, done.move_id, release_id, _move_row(done))
    _follow(tools, tx, done)
    return releases.get_row(tx.connection, release_id)


def _after(tx: Transaction, row: ReleaseRow, wanted: _Wanted, at: datetime) -> Release:
    """Say what the release will be; refuses what cannot be."""
    release = row.release
    exemption = row.time_exemption if wanted.time_exemption is None else wanted.time_exemption
    after = moved(release, wanted.move, at, publishes_at=wanted.publishes_at, time_exemption=exemption)
    if wanted.move is Move.DECLARE_PUBLISHED:
        final_from = move_records.last_at(tx.connection, release.release_id, Move.SIGN_OFF.value)
        return replace(after, published_at=check_published(wanted.published_at or at, at, final_from=final_from))
    return after


def _demand_ready(tx: Transaction, actor: Actor, row: ReleaseRow, listed: EligibilityList | None) -> None:
    """Refuse to sign off what is not ready, or what the actor prepared."""
    require_second_person(actor, {row.prepared_by}, "this release")
    refusal = window_of(row.release).refusal
    if refusal is not None:
        raise Refused(f"{refusal.detail} {refusal.remedy}", code=NO_WINDOW[refusal.code], reasons=(refusal,))
    if listed is None:
        raise OutOfOrder("No eligibility list has been approved for this release. Have one approved first.")
    there, not_fixed = move_records.documents_of(tx.connection, row.release.release_id)
    if there == 0:
        raise OutOfOrder("The release has no document. Upload one, and have it fixed as final form, first.")
    if not_fixed:
        raise OutOfOrder(f"{not_fixed} of {there} documents are not fixed as final form. Have them fixed first.")


def _demand_list_of_posts(tx: Transaction, release: Release, listed: EligibilityList | None) -> None:
    published = public_lists.find(tx.connection, release.release_id)
    enforced = public_list(listed, release) if listed else ()
    reasons = list_of_posts_reasons(release.order, published.rows.encode() if published else None, enforced)
    if reasons:
        raise Refused(" ".join(reason.detail for reason in reasons), code=Code.PUBLICATION_BLOCKED, reasons=reasons)


def _follow(tools: Tools, tx: Transaction, done: _Done) -> None:
    """Record the move and everything that follows from it."""
    opened = openings.facts_of_release(tx.connection, done.before.release_id)
    outside = read_too_soon(done.after, opened)
    tx.append(_moved(done, len(outside)))
    paused = _pause(tx, done, frozenset(one.person_id for one in outside))
    told = evidence.openings_on_record(tx.connection, done.before.release_id)  # the worker adds there what is new
    untold = [one for one in opened if one.opening_id not in told]
    draft = breaches.after_move(done.before, done.after, untold, done.at)
    if outside and draft is not None:
        draft = replace(draft, facts={**draft.facts, "moved_by": done.actor.actor_id})
        desk.open_incident(tools, tx, draft, at=done.at)
    if done.wanted.move is Move.DECLARE_PUBLISHED and done.after.published_at is not None:
        early = breaches.early_publication(done.before, done.after.published_at)
        draft = early or breaches.late_publication(done.before, done.after.published_at)
        if draft is not None:
            desk.open_or_complete(tools, tx, draft, at=done.at)
        _look_at_list_of_posts(tools, tx, done, done.after.published_at)
    if done.wanted.move is Move.RESCHEDULE:
        owing.renew_duties(tools, tx, done.actor.actor_id, done.before.release_id, done.at)
    if done.wanted.move in _ENDS_ALARMS:
        alarming.end_alarms(tx, done.before, _ENDS_ALARMS[done.wanted.move], done.at)
    if done.wanted.move in _TOLD:
        _tell(tools, tx, done, paused)
    producer_id = done.before.producer.producer_id
    spreading.spread(tools, tx, producer_id, done.before.release_id, done.move_id, done.at)


def _look_at_list_of_posts(tools: Tools, tx: Transaction, done: _Done, published_at: datetime) -> None:
    """Put on record that the list of posts came after the release, where it did. Publication stands all the same."""
    clause = clauses_of(done.before.order).list_of_posts
    if clause is None or done.listed is None:
        return
    publishings = public_lists.publishings(tx.connection, done.before.release_id)
    enforced = public_bytes(public_list(done.listed, done.before))
    listed_at = listed_late(publishings, enforced, published_at)
    if listed_at is not None:
        draft = breaches.list_of_posts_late(done.before, clause, listed_at=listed_at, public_at=published_at)
        desk.open_incident(tools, tx, draft, at=done.at)


def _pause(tx: Transaction, done: _Done, readers: frozenset[str]) -> frozenset[str]:
    """Make the grants of those who have read wait for a decision; gives the people concerned."""
    why = "the release was moved after you had opened it, and the head of profession decides what follows."
    for grant in done.listed.grants if done.listed else ():
        if grant.person_id not in readers or grant.paused_reason:
            continue
        grants.pause(tx.connection, grant.grant_id, why)
        tx.append(
            Entry(
                EntryKind.GRANT_PAUSED,
                done.at,
                actor_id=done.actor.actor_id,
                person_id=grant.person_id,
                producer_id=done.before.producer.producer_id,
                release_id=done.before.release_id,
                said={"grant_id": grant.grant_id, "move_id": done.move_id, "cause": "moved_after_reading"},
            )
        )
    return readers


def _move_row(done: _Done) -> MoveRow:
    return MoveRow(
        move=done.wanted.move.value,
        from_state=done.before.state.value,
        to_state=done.after.state.value,
        from_publishes_at=done.before.publishes_at,
        to_publishes_at=done.after.publishes_at,
        at=done.at,
        by_person_id=done.actor.actor_id,
        reason=done.wanted.reason,
    )


def _moved(done: _Done, outside: int) -> Entry:
    before = window_of(done.before).opens_at
    after = window_of(done.after).opens_at
    stands = done.after.state not in (ReleaseState.POSTPONED, ReleaseState.CANCELLED)
    published_at = done.after.published_at
    return Entry(
        EntryKind.RELEASE_MOVED,
        done.at,
        actor_id=done.actor.actor_id,
        producer_id=done.before.producer.producer_id,
        release_id=done.before.release_id,
        said={
            "move_id": done.move_id,
            "move": done.wanted.move.value,
            "from_state": done.before.state.value,
            "to_state": done.after.state.value,
            "from_publishes_at": instant_text(done.before.publishes_at),
            "to_publishes_at": instant_text(done.after.publishes_at),
            "from_opens_at": instant_text(before) if before else None,
            "to_opens_at": instant_text(after) if after and stands else None,
            "published_at": instant_text(published_at) if published_at else None,
            "openings_outside": outside,
        },
        sealed={"reason": done.wanted.reason[:2000]} if done.wanted.reason else {},
    )


def _tell(tools: Tools, tx: Transaction, done: _Done, paused: frozenset[str]) -> None:
    """Tell everybody on the list in force."""
    if done.listed is None:
        return
    after = replace(done.after, public_url=done.wanted.page_url or done.after.public_url)
    for person in eligibility.listed_people(tx.connection, done.before.release_id, done.listed.version):
        desk.queue_notice(
            tools,
            tx,
            at=done.at,
            email=person.email,
            person_id=person.person_id,
            kind="release_moved",
            reason_key=f"{done.move_id}:{person.person_id}",
            subject=letters.moved_subject(done.before, done.wanted.move),
            body=letters.moved_body(
                done.before,
                after,
                done.wanted.move,
                reason=done.wanted.reason,
                grants=[grant for grant in done.listed.grants if grant.person_id == person.person_id],
                paused=person.person_id in paused,
                contact=done.contact,
            ),
            release_id=after.release_id,
        )
