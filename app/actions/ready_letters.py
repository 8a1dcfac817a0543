"""The letter “your documents are ready”: set to go at an instant, sent by the clock, withheld where it comes too early.

It opens nothing by itself. But shared documents have been opened by a message that was set 40 minutes too early, so
the service sends such a message itself, and asks the rule of access twice: when it is set, and for every reader when it
is due (T38). Where the letter itself is wrong, as a window has not opened, nobody gets it, and a near miss is drafted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions import calling
from app.actions.lists import PREPARERS
from app.actions.tools import Actor, Tools, require_role
from app.audit.entries import EntryKind, Outcome
from app.records import eligibility, ready_letters, releases
from app.records.ready_letters import LetterRow as LetterRow
from app.records.releases import ReleaseRow
from app.rules import readyletters
from app.rules.errors import Code, Conflict, Malformed, OutOfOrder, PraError, Refused
from app.rules.facts import Grant, ReleaseState, Role, london_date
from app.rules.readyletters import LetterState as LetterState
from app.rules.reasons import Reason, instant_text

_READERS = (*PREPARERS, Role.AUDITOR)
_NO_WINDOW = (ReleaseState.PUBLISHED, ReleaseState.POSTPONED, ReleaseState.CANCELLED)


def schedule_letter(
    tools: Tools, actor: Actor, release_id: str, *, send_at: datetime, person_ids: Collection[str] = ()
) -> LetterRow:
    """Set the letter “your documents are ready” to go to the readers of a release at an instant.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release, or a program that does.
        release_id: The release.
        send_at: When it is to go. Aware.
        person_ids: Its readers, from the list in force; empty for everybody on the list that is in force then.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role; or the window of one of its readers opens later (``letter_too_early``).
            The second is in the log by then.
        Malformed: The instant has passed or is not before publication, or somebody named is not on the list.
        OutOfOrder: The release is over or has no time, or no list is in force.
        Conflict: One is set to go to the same readers at that instant already.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release, mine = _prepared(connection, actor, release_id, person_ids, at)
    send_at = readyletters.check_send_at(release.release, send_at, at)
    early = readyletters.too_early(release.release, mine, send_at)
    if early is not None:
        raise _refuse(tools, actor, release, early, send_at, at)
    row = LetterRow(
        tools.new_id("rdl"), release_id, send_at, tuple(sorted(person_ids)), LetterState.SCHEDULED, at, actor.actor_id
    )
    with tools.transaction(once=True) as tx:
        releases.keep(tx.connection, release_id)
        for known in ready_letters.of_release(tx.connection, release_id):
            same = (known.send_at, known.person_ids) == (row.send_at, row.person_ids)
            if same and known.state is LetterState.SCHEDULED:
                raise Conflict("This letter is set to go at that time already.", code=Code.ALREADY_EXISTS)
        ready_letters.add(tx.connection, row)
        said = {"send_at": instant_text(send_at), "readers": len({grant.person_id for grant in mine})}
        tx.append(calling.entry_of(EntryKind.READY_LETTER_SCHEDULED, release, row, actor.actor_id, at, said))
    return row


def send_letter_now(tools: Tools, actor: Actor, release_id: str, *, person_ids: Collection[str] = ()) -> LetterRow:
    """Send the letter at once; the rule is asked for every reader, as when it is sent by the clock.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release, or a program that does.
        release_id: The release.
        person_ids: As for ``schedule_letter``.

    Returns:
        The letter, with what became of it for each reader.

    Raises:
        NotFound, Malformed, OutOfOrder: As for ``schedule_letter``.
        Refused: The actor has another role; or the window of one of its readers has not opened (code
            ``letter_too_early``). Then nobody gets it, and the near miss is on record.
        Broken: The clock or the log cannot be trusted.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    tools.trust.demand()
    at = tools.clock.now()
    with tools.reading() as connection:
        release, mine = _prepared(connection, actor, release_id, person_ids, at)
        judged = calling.judge(connection, release, mine, person_ids, at)
    wrong = readyletters.wrong_for(judged)
    row = LetterRow(
        tools.new_id("rdl"), release_id, at, tuple(sorted(person_ids)), LetterState.SCHEDULED, at, actor.actor_id
    )
    # A refusal must not use up an Idempotency-Key: the same request may be lawful an hour later.
    with tools.transaction(once=not wrong) as tx:
        releases.keep(tx.connection, release_id)
        release, mine = _prepared(tx.connection, actor, release_id, person_ids, at)
        if calling.judge(tx.connection, release, mine, person_ids, at) != judged:
            raise Conflict("The release or its list was changed just now. Nothing was sent. Look, and repeat.")
        ready_letters.add(tx.connection, row)
        receipt = calling.end_letter(tools, tx, release, row, judged, at)
        row = ready_letters.get(tx.connection, row.ready_letter_id)
    if wrong:
        reasons = tuple(dict.fromkeys(reason for one in wrong for reason in one.reasons))
        detail = "The letter was sent to nobody, and a near miss is on record. "
        detail += " ".join(dict.fromkeys(reason.detail for reason in reasons))
        raise Refused(detail, code=Code.LETTER_TOO_EARLY, reasons=reasons, receipt=receipt)
    return row


def withdraw_letter(tools: Tools, actor: Actor, ready_letter_id: str, *, reason: str) -> LetterRow:
    """Take a letter back that has not gone.

    Raises:
        NotFound: There is none, or the actor has no business with its release.
        Refused: The actor has another role.
        Malformed: There is no reason.
        OutOfOrder: It has gone, was withheld, or is withdrawn already.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = ready_letters.get(tx.connection, ready_letter_id)
        release = releases.get_row(tx.connection, row.release_id)
        require_role(actor, release.organisation_id, *PREPARERS)
        if not reason.strip():
            errors = [{"where": "reason", "what": "is missing"}]
            raise Malformed("Say why. Nothing was done.", code=Code.REASON_REQUIRED, errors=errors)
        ended = ready_letters.end(
            tx.connection, ready_letter_id, LetterState.WITHDRAWN, at=at, by=actor.actor_id, reason=reason
        )
        if not ended:
            raise OutOfOrder(f"This letter is {row.state.value} already.", code=Code.ALREADY_ENDED)
        entry = calling.entry_of(EntryKind.READY_LETTER_WITHDRAWN, release, row, actor.actor_id, at, {})
        tx.append(replace(entry, sealed={"reason": reason[:2000]}))
        return ready_letters.get(tx.connection, ready_letter_id)


def list_letters(tools: Tools, actor: Actor, release_id: str) -> tuple[LetterRow, ...]:
    """Give the letters of a release, whatever became of them, the first to go first.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        require_role(actor, releases.get_row(connection, release_id).organisation_id, *_READERS)
        return ready_letters.of_release(connection, release_id)


def read_letter(tools: Tools, actor: Actor, ready_letter_id: str) -> LetterRow:
    """Give one letter.

    Raises:
        NotFound: There is none, or the actor has no business with its release.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        row = ready_letters.get(connection, ready_letter_id)
        require_role(actor, releases.get_row(connection, row.release_id).organisation_id, *_READERS)
        return row


def letters_due(tools: Tools) -> tuple[str, ...]:
    """Say which letters are to go now."""
    with tools.reading() as connection:
        return ready_letters.due(connection, tools.clock.now())


def send_due_letter(tools: Tools, ready_letter_id: str) -> None:
    """Send one letter that is due, to those whom the rule lets in at this instant; once, however many of us there are.

    Args:
        tools: The tools.
        ready_letter_id: As ``letters_due`` found it.

    Raises:
        Broken: The clock or the log cannot be trusted; the letter waits.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 4; WSI 2009/2818 Sch. para 4; SR 2009/71 Sch. para 4
    """
    tools.trust.demand()
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = ready_letters.get(tx.connection, ready_letter_id)
        releases.keep(tx.connection, row.release_id)
        release = releases.get_row(tx.connection, row.release_id)
        listed = eligibility.in_force(tx.connection, row.release_id, on=london_date(at))
        mine = _grants_of(listed.grants if listed else (), row.person_ids)
        judged = calling.judge(tx.connection, release, mine, row.person_ids, at)
        calling.end_letter(tools, tx, release, row, judged, at)


def _prepared(
    connection: Connection, actor: Actor, release_id: str, person_ids: Collection[str], at: datetime
) -> tuple[ReleaseRow, tuple[Grant, ...]]:
    """Give a release for which a letter can be set to go, and the grants of its readers."""
    release = releases.get_row(connection, release_id)
    require_role(actor, release.organisation_id, *PREPARERS)
    if release.release.state in _NO_WINDOW:
        raise OutOfOrder(f"The release is {release.release.state.value}; nobody is called to its documents.")
    listed = eligibility.in_force(connection, release_id, on=london_date(at))
    if listed is None:
        raise OutOfOrder("No eligibility list has been approved for this release. Have one approved first.")
    mine = _grants_of(listed.grants, person_ids)
    if not mine or {grant.person_id for grant in mine} < set(person_ids):
        errors = [{"where": "person_ids", "what": "names somebody who is not on the list in force"}]
        raise Malformed("A reader is not on the list in force. Nothing was done.", errors=errors)
    return release, mine


def _grants_of(grants: Sequence[Grant], person_ids: Collection[str]) -> tuple[Grant, ...]:
    return tuple(one for one in grants if one.person_id and (not person_ids or one.person_id in person_ids))


def _refuse(
    tools: Tools, actor: Actor, release: ReleaseRow, early: Reason, send_at: datetime, at: datetime
) -> PraError:
    """Put on record that a letter was refused when it was set, durably, and give the error that tells it."""
    said = {
        "send_at": instant_text(send_at),
        "opens_at": instant_text(early.until) if early.until else None,
        "reasons": [{"code": early.code.value, "source": early.source}],
    }
    refused = calling.entry_of(EntryKind.READY_LETTER_REFUSED, release, None, actor.actor_id, at, said)
    with tools.transaction() as tx:
        receipt = tx.append(replace(refused, outcome=Outcome.REFUSED))
    return Refused(f"{early.detail} {early.remedy}", code=Code.LETTER_TOO_EARLY, reasons=(early,), receipt=receipt)
