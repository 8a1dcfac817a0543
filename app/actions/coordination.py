"""One organisation's question on a version of a list, inside somebody else's transaction: asked, carried over, told.

Preparers ask when they want to, and the clock asks when it is time; both do it with what stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import confirmations, eligibility, grants, people, releases
from app.records.confirmations import ConfirmationRow
from app.records.eligibility import ListRow
from app.records.grants import GrantRow
from app.records.releases import ReleaseRow
from app.rules import askingletters, lettersubjects
from app.rules.confirmations import ConfirmationState, rows_sha256, still_stands
from app.rules.errors import Conflict
from app.rules.facts import Person, Role

PREPARING = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)


@dataclass(frozen=True, slots=True)
class Question:
    """An organisation with its rows on one version of a list, and what it was asked about them.

    Attributes:
        rows: The organisation's own rows, in the list's order.
        sha256: Of these rows as they are now.
        row: The question on this version; None when none was asked yet.
        coordinators: Who can answer.
    """

    listed: ListRow
    release: ReleaseRow
    organisation_id: str
    organisation: str
    rows: tuple[GrantRow, ...]
    sha256: str
    row: ConfirmationRow | None
    coordinators: tuple[Person, ...]

    @property
    def list_id(self) -> str:
        """The version it is about."""
        return self.listed.eligibility_list.list_id

    @property
    def is_current(self) -> bool:
        """Whether there is an answer, and it covers the rows as they are now."""
        answered = self.row is not None and self.row.state is not ConfirmationState.ASKED
        return answered and self.row is not None and still_stands(self.row.rows_sha256, self.sha256)

    @property
    def can_be_asked(self) -> bool:
        """Whether there is anything to ask: nobody asked on this version yet, or the rows changed since the answer."""
        return self.row is None or (self.row.state is not ConfirmationState.ASKED and not self.is_current)


def questions_of(connection: Connection, list_id: str, at: datetime) -> tuple[Question, ...]:
    """Give every organisation of a version with its rows and its question, in the list's own order.

    Args:
        connection: Any connection.
        list_id: The version.
        at: Now. Aware, UTC.
    """
    listed = eligibility.get_row(connection, list_id)
    release = releases.get_row(connection, listed.eligibility_list.release_id)
    names = {one.organisation_id: one.grant.organisation for one in listed.rows}
    return tuple(
        Question(
            listed=listed,
            release=release,
            organisation_id=organisation_id,
            organisation=name,
            rows=(rows := rows_of(listed, organisation_id)),
            sha256=sha256_of(rows),
            row=confirmations.find(connection, list_id, organisation_id),
            coordinators=coordinators_of(connection, organisation_id, at),
        )
        for organisation_id, name in names.items()
    )


def rows_of(listed: ListRow, organisation_id: str) -> tuple[GrantRow, ...]:
    """Give the rows of one organisation on a version, in the list's own order."""
    return tuple(one for one in listed.rows if one.organisation_id == organisation_id)


def sha256_of(rows: Iterable[GrantRow]) -> str:
    """Give the hash of what an answer about these rows covers.

    Args:
        rows: Of one organisation.
    """
    return rows_sha256((one.post_id, one.grant.seat, one.grant.person_id) for one in rows)


def coordinators_of(connection: Connection, organisation_id: str, at: datetime) -> tuple[Person, ...]:
    """Give the coordinators of an organisation at an instant. Aware, UTC."""
    return people.people_with_role(connection, organisation_id, Role.COORDINATOR, at=at)


def ask(tools: Tools, tx: Transaction, question: Question, at: datetime, *, actor_id: str = "rule") -> bool:
    """Bring an organisation's question up to date on this version: carry it over, or ask its coordinators.

    An open question moves to the newer version; an answer about the same seats and holders is carried over to it;
    otherwise the coordinators are asked, anew if they had answered. Where there is no coordinator, those who prepare
    the list are told at once.

    Args:
        tools: The tools.
        tx: The open transaction.
        question: As the records say in this transaction.
        at: Now. Aware, UTC.
        actor_id: Who asks; ``rule`` for the clock.

    Returns:
        Whether there was anything to do.

    Raises:
        Conflict: Somebody else did it meanwhile; nothing must be committed.
    """
    if not question.can_be_asked:
        return False
    if question.row is not None:
        return _ask_again(tools, tx, question, question.row, at, actor_id)
    listed = question.listed.eligibility_list
    earlier = confirmations.find_earlier(
        tx.connection, listed.release_id, question.organisation_id, version=listed.version
    )
    if earlier is not None and earlier.state is ConfirmationState.ASKED:
        if not confirmations.move(tx.connection, earlier.confirmation_id, question.list_id, question.sha256):
            raise Conflict("The question was answered meanwhile.")
        tx.append(_entry(EntryKind.CONFIRMATION_CARRIED, question, earlier, at, actor_id, how="still_open"))
        return True
    if earlier is not None and still_stands(earlier.rows_sha256, question.sha256):
        _carry(tools, tx, question, earlier, at, actor_id)
        return True
    _ask_first(tools, tx, question, at, actor_id, again=earlier is not None)
    return True


def tell_coordinators(
    tools: Tools, tx: Transaction, question: Question, row: ConfirmationRow, at: datetime, *, again: bool = False
) -> bool:
    """Owe each coordinator the notice of an open question, once; say whether there is a coordinator at all.

    Args:
        tools: The tools.
        tx: The open transaction.
        question: As the records say.
        row: The open question.
        at: Now. Aware, UTC.
        again: They had answered about other rows.
    """
    release = question.release
    body = askingletters.question(
        release.release, question.organisation, where_to_answer(tools, row), release.contact, again=again
    )
    subject = lettersubjects.question(release.release)
    for person in question.coordinators:
        key, about = question_key(row, person.person_id), question.release.release.release_id
        owe(tools, tx, person, "confirmation", key, subject, body, at, release_id=about)
    return bool(question.coordinators)


def question_key(row: ConfirmationRow, person_id: str) -> str:
    """Give the reason for which a coordinator gets the notice of a question, once each time it is asked."""
    return f"confirmation:{row.confirmation_id}:{row.asked_at.isoformat()}:{person_id}"


def owe(
    tools: Tools,
    tx: Transaction,
    person: Person,
    kind: str,
    reason_key: str,
    subject: str,
    body: str,
    at: datetime,
    *,
    release_id: str | None = None,
) -> None:
    """Owe a person a notice.

    Args:
        tools: The tools.
        tx: The open transaction.
        person: To whom.
        kind: What sort of notice.
        reason_key: One notice for one reason.
        subject: Of the letter; cut where it is too long.
        body: The letter.
        at: When it becomes due. Aware, UTC.
        release_id: What it is about, where that is one release.
    """
    desk.queue_notice(
        tools,
        tx,
        at=at,
        email=person.email,
        person_id=person.person_id,
        kind=kind,
        reason_key=reason_key,
        subject=subject[:300],
        body=body,
        release_id=release_id,
    )


def preparers_of(connection: Connection, release: ReleaseRow, at: datetime) -> tuple[Person, ...]:
    """Give those who prepare the lists of a release's producer at an instant. Aware, UTC."""
    return people.people_with_role(connection, release.organisation_id, *PREPARING, at=at)


def seniors_of(connection: Connection, release: ReleaseRow, at: datetime, *, head: bool) -> tuple[Person, ...]:
    """Give the release's lead official, or every lead official where none is named or the one named has left.

    Args:
        connection: Any connection.
        release: The release.
        at: Now. Aware, UTC.
        head: The heads of profession as well.
    """
    present = people.people_with_role(connection, release.organisation_id, Role.LEAD_OFFICIAL, at=at)
    leads = tuple(one for one in present if one.person_id == release.lead_official_id) or present
    heads = people.people_with_role(connection, release.organisation_id, Role.HEAD_OF_PROFESSION, at=at) if head else ()
    return tuple({person.person_id: person for person in (*leads, *heads)}.values())


def where_to_answer(tools: Tools, row: ConfirmationRow) -> str:
    """Give the address at which a coordinator reads and answers a question."""
    return f"{tools.policy.public_address}/coordinator/{row.confirmation_id}"


def where_it_stands(tools: Tools, list_id: str) -> str:
    """Give the address at which those who prepare a list see every organisation's state."""
    return f"{tools.policy.public_address}/lists/{list_id}/confirmations"


def _ask_first(tools: Tools, tx: Transaction, question: Question, at: datetime, actor_id: str, *, again: bool) -> None:
    row = ConfirmationRow(
        confirmation_id=tools.new_id("cnf"),
        list_id=question.list_id,
        release_id=question.listed.eligibility_list.release_id,
        organisation_id=question.organisation_id,
        organisation=question.organisation,
        state=ConfirmationState.ASKED,
        asked_at=at,
        rows_sha256=question.sha256,
    )
    confirmations.add(tx.connection, row)
    _asked(tools, tx, question, row, at, actor_id, again=again)


def _ask_again(
    tools: Tools, tx: Transaction, question: Question, before: ConfirmationRow, at: datetime, actor_id: str
) -> bool:
    if not confirmations.ask_again(tx.connection, before, at=at, sha256=question.sha256):
        raise Conflict("The organisation was asked, or answered, meanwhile.")
    _asked(tools, tx, question, confirmations.get(tx.connection, before.confirmation_id), at, actor_id, again=True)
    return True


def _asked(
    tools: Tools, tx: Transaction, question: Question, row: ConfirmationRow, at: datetime, actor_id: str, *, again: bool
) -> None:
    """Log that an organisation is asked, and tell its coordinators, or else those who prepare the list."""
    tx.append(_entry(EntryKind.CONFIRMATION_ASKED, question, row, at, actor_id, how="anew" if again else "first"))
    if tell_coordinators(tools, tx, question, row, at, again=again):
        return
    confirmations.mark_escalated(tx.connection, row.confirmation_id, at)
    body = askingletters.nobody_to_ask(
        question.release.release, question.organisation, where_it_stands(tools, question.list_id)
    )
    subject = lettersubjects.nobody_to_ask(question.release.release, question.organisation)
    for person in preparers_of(tx.connection, question.release, at):
        key = f"confirmation_nobody:{row.confirmation_id}:{row.asked_at.isoformat()}:{person.person_id}"
        about = question.release.release.release_id
        owe(tools, tx, person, "confirmation_open", key, subject, body, at, release_id=about)


def _carry(
    tools: Tools, tx: Transaction, question: Question, earlier: ConfirmationRow, at: datetime, actor_id: str
) -> None:
    """Let an answer stand on a newer version on which the same people hold the same seats."""
    now_at = {(one.post_id, one.grant.seat): one.grant.grant_id for one in question.rows}
    seats = {
        one.grant.grant_id: (one.post_id, one.grant.seat) for one in grants.of_list(tx.connection, earlier.list_id)
    }
    carried = replace(
        earlier,
        confirmation_id=tools.new_id("cnf"),
        list_id=question.list_id,
        changes=tuple(
            replace(change, grant_id=now_at[seats[change.grant_id]])
            for change in earlier.changes
            if seats.get(change.grant_id) in now_at
        ),
    )
    confirmations.add(tx.connection, carried)
    if carried.state is ConfirmationState.CONFIRMED and carried.answered_at is not None:
        wanted = [one.grant.grant_id for one in question.rows]
        grants.confirm(tx.connection, wanted, carried.answered_at, carried.answered_by or "")
    tx.append(_entry(EntryKind.CONFIRMATION_CARRIED, question, carried, at, actor_id, how=f"as_{earlier.state.value}"))


def _entry(
    kind: EntryKind, question: Question, row: ConfirmationRow, at: datetime, actor_id: str, *, how: str
) -> Entry:
    release = question.release.release
    return Entry(
        kind,
        at,
        actor_id=actor_id,
        producer_id=release.producer.producer_id,
        release_id=release.release_id,
        said={
            "confirmation_id": row.confirmation_id,
            "list_id": question.list_id,
            "organisation_id": question.organisation_id,
            "rows_sha256": question.sha256,
            "how": how,
        },
    )
