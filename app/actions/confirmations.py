"""Whether the people on a list still hold their posts: asked of their own organisation's coordinators, and answered.

A coordinator sees the rows of their own organisation and nothing else of the release. An answer changes no list: what
is wanted is told to those who prepare it. Only where somebody is said to have left is their grant paused at once, since
the list in force would let them in meanwhile.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions import coordination
from app.actions.coordination import Question as Question
from app.actions.lists import PREPARERS, demand_open
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import confirmations, eligibility, grants, releases
from app.records.confirmations import ConfirmationRow as ConfirmationRow
from app.records.grants import GrantRow as GrantRow
from app.records.releases import ReleaseRow
from app.rules import askingletters, letters, lettersubjects
from app.rules.confirmations import WANTED_WORDS, Change, ConfirmationState, Wanted
from app.rules.errors import Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Grant, ListState, Person, ReleaseState, Role
from app.rules.mailboxes import normalise_address, refuse_shared_mailbox

LEFT = "The receiving organisation says that the holder has left the post."
_READERS = (*PREPARERS, Role.AUDITOR)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
_LIVE = (ListState.DRAFT, ListState.APPROVED)


@dataclass(frozen=True, slots=True)
class CoordinatorView:
    """A question as the organisation's coordinator sees it.

    Attributes:
        rows: Of their own organisation, on the version they were asked about.
        sha256: Of these rows; an answer names it.
        answerable: The version can still be changed, so that an answer counts.
    """

    row: ConfirmationRow
    release: ReleaseRow
    rows: tuple[GrantRow, ...]
    sha256: str
    answerable: bool


def ask_list(tools: Tools, actor: Actor, list_id: str, *, organisation_id: str | None = None) -> tuple[Question, ...]:
    """Ask the receiving organisations now whether their people still hold their posts and still need access.

    Whoever was asked about the same rows already is not asked again.

    Args:
        tools: The tools.
        actor: Somebody who prepares the list.
        list_id: The newest draft, or else the list in force.
        organisation_id: One organisation on it; None for all.

    Returns:
        Every organisation asked for, as it stands now.

    Raises:
        NotFound: There is no such list, or organisation on it, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: A newer version has taken its place, or the release is published or cancelled.

    Source:
        Producer policy: confirmations
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        release = _release_of(tx.connection, list_id)
        require_role(actor, release.organisation_id, *PREPARERS)
        demand_open(release)
        if confirmations.list_to_ask_about(tx.connection, release.release.release_id) != list_id:
            raise OutOfOrder("A newer version has taken this one's place. Ask about that one.")
        wanted = _wanted(coordination.questions_of(tx.connection, list_id, at), organisation_id)
        for question in wanted:
            coordination.ask(tools, tx, question, at, actor_id=actor.actor_id)
        return _wanted(coordination.questions_of(tx.connection, list_id, at), organisation_id)


def read_state(tools: Tools, actor: Actor, list_id: str) -> tuple[Question, ...]:
    """Give, for those who prepare a list and for auditors, how each organisation on it stands, asked or not.

    Returns:
        In the list's own order.

    Raises:
        NotFound: There is no such list, or the actor has no business with it.
        Refused: The actor has another role.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        require_role(actor, _release_of(connection, list_id).organisation_id, *_READERS)
        return coordination.questions_of(connection, list_id, at)


def list_asked(
    tools: Tools, actor: Actor, *, limit: int = 50, after: tuple[datetime, str] | None = None
) -> tuple[ConfirmationRow, ...]:
    """Give the questions to the organisations whose coordinator the actor is, the newest first; nobody else has any.

    Args:
        limit: How many at most.
        after: When the last one already given was asked, and its id.
    """
    mine = {held.organisation_id for held in actor.roles if held.role is Role.COORDINATOR and held.organisation_id}
    with tools.reading() as connection:
        return confirmations.of_organisations(connection, mine, limit=limit, after=after) if mine else ()


def read_asked(tools: Tools, actor: Actor, confirmation_id: str) -> CoordinatorView:
    """Give a question with the rows it is about, to a coordinator of the organisation that is asked.

    Raises:
        NotFound: There is none, or the actor is no coordinator of that organisation.
    """
    with tools.reading() as connection:
        return _view(connection, _asked(connection, actor, confirmation_id))


def answer(
    tools: Tools,
    actor: Actor,
    confirmation_id: str,
    *,
    state: ConfirmationState,
    sha256: str,
    changes: Sequence[Change] = (),
    note: str = "",
) -> CoordinatorView:
    """Answer for one's own organisation; an earlier answer about the same version is replaced.

    Args:
        tools: The tools.
        actor: A coordinator of the organisation.
        confirmation_id: The question.
        state: ``confirmed`` or ``changes_wanted``.
        sha256: Of the rows that the coordinator read: nobody confirms what they have not seen.
        changes: What is wanted, at most one for each row.
        note: Anything else, for those who prepare the list.

    Returns:
        The question with its answer.

    Raises:
        NotFound: There is none, or the actor is no coordinator of that organisation.
        Conflict: The rows have changed since they were read.
        OutOfOrder: A newer version has taken the list's place, or the release is published or cancelled.
        Malformed: Changes with a confirmation, none where some are wanted, or one that cannot be read.

    Source:
        Producer policy: confirmations
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, _asked(tx.connection, actor, confirmation_id).release_id)
        view = _view(tx.connection, _asked(tx.connection, actor, confirmation_id))
        demand_open(view.release)
        if not view.answerable:
            raise OutOfOrder(
                "A newer version of the list has taken this one's place. You will be asked about that one."
            )
        if sha256 != view.sha256:
            raise Conflict("The rows have changed since you read them. Read them again, then answer.")
        wanted = _checked(state, changes, view.rows)
        answered = replace(
            view.row,
            state=state,
            answered_at=at,
            answered_by=actor.actor_id,
            rows_sha256=view.sha256,
            changes=wanted,
            note=note,
        )
        confirmations.answer(tx.connection, answered)
        grant_ids = [one.grant.grant_id for one in view.rows]
        if state is ConfirmationState.CONFIRMED:
            grants.confirm(tx.connection, grant_ids, at, actor.actor_id)
        else:
            confirmations.unconfirm(tx.connection, grant_ids)
        tx.append(_answered(actor, view, answered, at))
        if wanted:
            paused = _pause_those_who_left(tools, tx, actor, view, wanted, at)
            _tell_preparers(tools, tx, view, answered, len(paused), at)
        return _view(tx.connection, confirmations.get(tx.connection, confirmation_id))


def _wanted(questions: tuple[Question, ...], organisation_id: str | None) -> tuple[Question, ...]:
    if organisation_id is None:
        return questions
    found = tuple(one for one in questions if one.organisation_id == organisation_id)
    if not found:
        raise NotFound(NOTHING_THERE)
    return found


def _release_of(connection: Connection, list_id: str) -> ReleaseRow:
    return releases.get_row(connection, eligibility.get(connection, list_id).release_id)


def _asked(connection: Connection, actor: Actor, confirmation_id: str) -> ConfirmationRow:
    row = confirmations.get(connection, confirmation_id)
    if not actor.has(row.organisation_id, Role.COORDINATOR):
        raise NotFound(NOTHING_THERE)
    return row


def _view(connection: Connection, row: ConfirmationRow) -> CoordinatorView:
    listed = eligibility.get_row(connection, row.list_id)
    release = releases.get_row(connection, row.release_id)
    rows = coordination.rows_of(listed, row.organisation_id)
    live = listed.eligibility_list.state in _LIVE and release.release.state not in _OVER
    return CoordinatorView(row, release, rows, coordination.sha256_of(rows), live)


def _checked(state: ConfirmationState, changes: Sequence[Change], rows: Iterable[GrantRow]) -> tuple[Change, ...]:
    """Give the changes as they are kept, once each, about rows of this organisation, with addresses of one human."""
    if (state is ConfirmationState.CHANGES_WANTED) != bool(changes):
        what = "Name each change that is wanted, or confirm the rows; not both."
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "body.changes", "what": what}])
    mine, seen = {one.grant.grant_id for one in rows}, set[str]()
    for place, change in enumerate(changes):
        where = f"body.changes.{place}"
        if change.grant_id not in mine or change.grant_id in seen:
            raise _wrong(f"{where}.grant_id", "Name rows of your own organisation, each once.")
        seen.add(change.grant_id)
        if (change.what is Wanted.OTHER_HOLDER) != bool(change.email):
            raise _wrong(f"{where}.email", "Give the new holder's own work address, and only for another holder.")
    return tuple(_addressed(change) for change in changes)


def _addressed(change: Change) -> Change:
    if not change.email:
        return change
    email = normalise_address(change.email)
    refuse_shared_mailbox(email, change.name)
    return replace(change, email=email)


def _wrong(where: str, what: str) -> Malformed:
    return Malformed(f"{what} Nothing was done.", errors=[{"where": where, "what": what}])


def _answered(actor: Actor, view: CoordinatorView, answered: ConfirmationRow, at: datetime) -> Entry:
    release = view.release.release
    counted = Counter(change.what.value for change in answered.changes)
    return Entry(
        EntryKind.CONFIRMATION_ANSWERED,
        at,
        actor_id=actor.actor_id,
        person_id=actor.person_id,
        producer_id=release.producer.producer_id,
        release_id=release.release_id,
        said={
            "confirmation_id": answered.confirmation_id,
            "list_id": answered.list_id,
            "organisation_id": answered.organisation_id,
            "answer": answered.state.value,
            "rows_sha256": answered.rows_sha256,
            "rows": len(view.rows),
            "changes": dict(counted),
        },
        sealed={
            "changes": json.dumps([change.as_record() for change in answered.changes], ensure_ascii=False),
            "note": answered.note,
        },
    )


def _pause_those_who_left(
    tools: Tools, tx: Transaction, actor: Actor, view: CoordinatorView, changes: Iterable[Change], at: datetime
) -> list[GrantRow]:
    """Pause, on the list in force, the grants of those who are said to have left; a draft lets nobody in."""
    gone = {change.grant_id for change in changes if change.what is Wanted.LEFT_POST}
    left = {(one.post_id, one.grant.person_id) for one in view.rows if one.grant.grant_id in gone}
    in_force = eligibility.in_force(tx.connection, view.row.release_id)
    rows = grants.of_list(tx.connection, in_force.list_id) if in_force else ()
    named = [one for one in rows if one.grant.person_id is not None and not one.grant.paused_reason]
    paused = [one for one in named if (one.post_id, one.grant.person_id) in left]
    for one in paused:
        grants.pause(tx.connection, one.grant.grant_id, LEFT)
        tx.append(_paused(actor, view, one, at))
        _tell_paused(tools, tx, view.release, replace(one, grant=replace(one.grant, paused_reason=LEFT)), at)
    return paused


def _paused(actor: Actor, view: CoordinatorView, one: GrantRow, at: datetime) -> Entry:
    return Entry(
        EntryKind.GRANT_PAUSED,
        at,
        actor_id=actor.actor_id,
        person_id=one.grant.person_id,
        producer_id=view.release.release.producer.producer_id,
        release_id=view.row.release_id,
        said={
            "grant_id": one.grant.grant_id,
            "list_id": one.list_id,
            "cause": "left_post",
            "confirmation_id": view.row.confirmation_id,
        },
        sealed={"reason": LEFT},
    )


def _tell_paused(tools: Tools, tx: Transaction, release: ReleaseRow, one: GrantRow, at: datetime) -> None:
    holder = Person(one.grant.person_id or "", one.holder_name, one.holder_email)
    what = f"your access is paused. {LEFT} If that is wrong, tell your coordinator and the producer"
    body = letters.decided(release.release, one.grant, what, release.contact)
    key = f"left_post:{one.grant.grant_id}:{at.isoformat()}"
    about = release.release.release_id
    subject = lettersubjects.decided(release.release, lettersubjects.ACCESS_PAUSED)
    coordination.owe(tools, tx, holder, "grant_decided", key, subject, body, at, release_id=about)


def _tell_preparers(
    tools: Tools, tx: Transaction, view: CoordinatorView, answered: ConfirmationRow, paused: int, at: datetime
) -> None:
    release = view.release.release
    by_id = {one.grant.grant_id: one.grant for one in view.rows}
    said = [f"{_seat(by_id[change.grant_id])}: {WANTED_WORDS[change.what]}" for change in answered.changes]
    where = coordination.where_it_stands(tools, answered.list_id)
    body = askingletters.wishes(release, answered.organisation, said, paused, where)
    subject = lettersubjects.wishes(release, answered.organisation)
    for person in coordination.preparers_of(tx.connection, view.release, at):
        key = f"confirmation_answer:{answered.confirmation_id}:{at.isoformat()}:{person.person_id}"
        about = release.release_id
        coordination.owe(tools, tx, person, "confirmation_answer", key, subject, body, at, release_id=about)


def _seat(grant: Grant) -> str:
    return f"{grant.post_title} (holder {grant.seat})" if grant.seat > 1 else grant.post_title
