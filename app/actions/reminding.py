"""What the clock asks and reminds of before a window opens: coordinators' answers, and declarations not signed.

Each is done once however many of us there are, since the records take each question, each mark and each notice once
only; and what was missed while the service stood still is found again at the next look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import coordination, deciding
from app.actions.coordination import Question
from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import confirmations, eligibility, notices, organisations, releases, unsigned
from app.records.confirmations import ConfirmationRow
from app.records.eligibility import Listed
from app.records.releases import ReleaseRow
from app.rules import access, askingletters, lettersubjects
from app.rules.access import Refusal
from app.rules.confirmations import ConfirmationState
from app.rules.eligibility import window_text
from app.rules.errors import Code, Conflict, Malformed
from app.rules.facts import PRODUCING, Grant, Person, Release, Role
from app.rules.reasons import ReasonCode, instant_text
from app.rules.reminders import FIRST_CALL, Call, Step, asks_at, call_due, due
from app.rules.window import window_of

# Longer than the longest window with the first call before it.
_LOOK_AHEAD = timedelta(days=21) + FIRST_CALL
_UNSIGNED = frozenset(
    {
        ReasonCode.DECLARATION_MISSING,
        ReasonCode.DECLARATION_SUPERSEDED,
        ReasonCode.DECLARATION_LAPSED,
        ReasonCode.DECLARATION_WITHDRAWN,
    }
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An organisation on a version of a list about which something is to be done."""

    list_id: str
    organisation_id: str


@dataclass(frozen=True, slots=True)
class ConfirmationPolicy:
    """How many days before publication a producer's coordinators are asked.

    Attributes:
        changeable: The actor may change it.
    """

    producer_id: str
    name: str
    confirm_days: int
    changeable: bool


def read_confirmation_policy(tools: Tools, actor: Actor, producer_id: str) -> ConfirmationPolicy:
    """Give a producer's policy to those who prepare its releases, and to auditors.

    Args:
        tools: The tools.
        actor: Whoever asks.
        producer_id: The producer.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role.

    Source:
        Producer policy: confirmations
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *PRODUCING, Role.AUDITOR)
        days = confirmations.confirm_days_of(connection, producer_id)
    changeable = actor.has(producer.organisation_id, Role.HEAD_OF_PROFESSION)
    return ConfirmationPolicy(producer_id, producer.name, days, changeable)


def set_confirmation_policy(tools: Tools, actor: Actor, producer_id: str, *, confirm_days: int) -> int:
    """Set how many days before publication coordinators are asked; it counts from the next look on.

    Args:
        tools: The tools.
        actor: The head of profession.
        producer_id: The producer.
        confirm_days: At least 1.

    Returns:
        The days as they are now.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role.
        Malformed: That is the policy already.

    Source:
        Producer policy: confirmations
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        before = confirmations.confirm_days_of(tx.connection, producer_id)
        if before == confirm_days:
            raise Malformed("That is the policy already.", code=Code.NO_CHANGE)
        confirmations.set_confirm_days(tx.connection, producer_id, confirm_days)
        said = {"from_days": before, "to_days": confirm_days}
        kind = EntryKind.CONFIRMATION_POLICY_CHANGED
        tx.append(Entry(kind, at, actor_id=actor.actor_id, producer_id=producer_id, said=said))
        return confirm_days


def questions_due(tools: Tools) -> tuple[Waiting, ...]:
    """Say about which organisations coordinators are to be asked, told or reminded now."""
    at = tools.clock.now()
    found = []
    with tools.reading() as connection:
        for release_id, confirm_days, asked in confirmations.releases_ahead(connection, at, _LOOK_AHEAD):
            if not asked and not _time_to_ask(releases.get(connection, release_id), confirm_days, at):
                continue
            list_id = confirmations.list_to_ask_about(connection, release_id)
            for question in coordination.questions_of(connection, list_id, at) if list_id else ():
                if _is_due(connection, question, at):
                    found.append(Waiting(question.list_id, question.organisation_id))
    return tuple(found)


def tend_question(tools: Tools, waiting: Waiting) -> None:
    """Do what is due about one organisation: ask, carry over, tell a new coordinator, remind, escalate.

    Args:
        tools: The tools.
        waiting: As ``questions_due`` found it.

    Source:
        Producer policy: confirmations
    """
    at = tools.clock.now()
    try:
        with tools.transaction() as tx:
            questions = coordination.questions_of(tx.connection, waiting.list_id, at)
            for question in questions:
                if question.organisation_id == waiting.organisation_id:
                    _tend(tools, tx, question, at)
    except Conflict:
        return  # another of us was first; whatever is left is found at the next look


def _time_to_ask(release: Release, confirm_days: int, at: datetime) -> bool:
    return at >= asks_at(release.publishes_at, confirm_days, window_of(release).opens_at)


def _is_due(connection: Connection, question: Question, at: datetime) -> bool:
    row = question.row
    if row is None:
        return True
    if row.state is not ConfirmationState.ASKED:
        return not question.is_current
    return _step(question, row, at) is not None or bool(_untold(connection, question, row))


def _tend(tools: Tools, tx: Transaction, question: Question, at: datetime) -> None:
    row = question.row
    if row is None or row.state is not ConfirmationState.ASKED:
        coordination.ask(tools, tx, question, at)
        return
    if _untold(tx.connection, question, row):
        coordination.tell_coordinators(tools, tx, question, row, at)
    step = _step(question, row, at)
    if step is Step.REMIND and confirmations.mark_reminded(tx.connection, row.confirmation_id, at):
        _remind(tools, tx, question, row, at, escalated=False)
        tx.append(_reminded(question, row, step, at))
    if step is Step.ESCALATE and confirmations.mark_escalated(tx.connection, row.confirmation_id, at):
        _remind(tools, tx, question, row, at, escalated=True)
        _escalate(tools, tx, question, row, at)
        tx.append(_reminded(question, row, step, at))


def _step(question: Question, row: ConfirmationRow, at: datetime) -> Step | None:
    return due(row.asked_at, row.reminded_at, row.escalated_at, window_of(question.release.release).opens_at, at)


def _untold(connection: Connection, question: Question, row: ConfirmationRow) -> list[Person]:
    """Give the coordinators who have had no notice of an open question, such as those appointed since."""
    keys = {coordination.question_key(row, person.person_id): person for person in question.coordinators}
    known = notices.keys_known(connection, keys) if keys else frozenset()
    return [person for key, person in keys.items() if key not in known]


def _remind(
    tools: Tools, tx: Transaction, question: Question, row: ConfirmationRow, at: datetime, *, escalated: bool
) -> None:
    release = question.release
    where = coordination.where_to_answer(tools, row)
    body = askingletters.reminder(release.release, question.organisation, where, release.contact, escalated=escalated)
    sort = "last" if escalated else "reminder"
    subject = lettersubjects.question_reminder(release.release)
    for person in question.coordinators:
        key = f"confirmation_{sort}:{row.confirmation_id}:{row.asked_at.isoformat()}:{person.person_id}"
        about = question.release.release.release_id
        coordination.owe(tools, tx, person, "confirmation", key, subject, body, at, release_id=about)


def _escalate(tools: Tools, tx: Transaction, question: Question, row: ConfirmationRow, at: datetime) -> None:
    release = question.release
    where = coordination.where_it_stands(tools, question.list_id)
    body = askingletters.unanswered(release.release, question.organisation, row.asked_at, where)
    subject = lettersubjects.unanswered(release.release, question.organisation)
    for person in coordination.seniors_of(tx.connection, release, at, head=True):
        key = f"confirmation_open:{row.confirmation_id}:{row.asked_at.isoformat()}:{person.person_id}"
        about = release.release.release_id
        coordination.owe(tools, tx, person, "confirmation_open", key, subject, body, at, release_id=about)


def _reminded(question: Question, row: ConfirmationRow, step: Step, at: datetime) -> Entry:
    release = question.release.release
    return Entry(
        EntryKind.CONFIRMATION_REMINDED,
        at,
        producer_id=release.producer.producer_id,
        release_id=release.release_id,
        said={
            "confirmation_id": row.confirmation_id,
            "list_id": question.list_id,
            "organisation_id": question.organisation_id,
            "step": step.value,
        },
    )


def releases_unsigned(tools: Tools) -> tuple[str, ...]:
    """Say of which releases listed people are to be called to sign now."""
    at = tools.clock.now()
    with tools.reading() as connection:
        soon = unsigned.releases_with_list(connection, at, _LOOK_AHEAD)
        return tuple(release_id for release_id in soon if _calling(connection, release_id, at)[1])


def call_unsigned(tools: Tools, release_id: str) -> None:
    """Remind the listed people who have not signed; at the last call, give their names to the lead official.

    Args:
        tools: The tools.
        release_id: As ``releases_unsigned`` found it.

    Source:
        Producer policy: declarations
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        release = releases.get_row(tx.connection, release_id)
        call, people = _calling(tx.connection, release_id, at)
        opens_at = window_of(release.release).opens_at
        if call is None or opens_at is None or not people:
            return
        in_force = eligibility.in_force(tx.connection, release_id)
        for person in people:
            mine = [one for one in in_force.grants if one.person_id == person.person_id] if in_force else []
            _call(tools, tx, release, person, call, mine, at)
        if call is Call.LAST:
            _name_unsigned(tools, tx, release, people, opens_at, at)
        producer_id = release.release.producer.producer_id
        said = {"call": call.value, "people": len(people)}
        tx.append(Entry(EntryKind.DECLARATION_REMINDED, at, producer_id=producer_id, release_id=release_id, said=said))


def _calling(connection: Connection, release_id: str, at: datetime) -> tuple[Call | None, list[Listed]]:
    """Give the call that is due, and the listed people who have not signed and have not had it."""
    release = releases.get_row(connection, release_id).release
    call = call_due(window_of(release).opens_at, release.publishes_at, at)
    in_force = eligibility.in_force(connection, release_id) if call else None
    if call is None or in_force is None:
        return call, []
    listed = eligibility.listed_people(connection, release_id, in_force.version)
    without = unsigned.people_without(
        connection, [one.person_id for one in listed], release_id=release_id, series_id=release.series_id, at=at
    )
    keys = {_call_key(release_id, release.publishes_at, call, one): one for one in listed if one.person_id in without}
    known = notices.keys_known(connection, keys) if keys else frozenset()
    untold = [one for key, one in keys.items() if key not in known]
    return call, [one for one in untold if _owes_declaration(connection, release_id, one, at)]


def _owes_declaration(connection: Connection, release_id: str, person: Listed, at: datetime) -> bool:
    """Ask the rule of access itself, so that whoever needs no declaration is never told to sign one."""
    as_asking = Actor(person.person_id, person.name, (), person_id=person.person_id)
    facts = deciding.gather_for_release(connection, as_asking, release_id, at)
    decision = access.decide(facts, at)
    return isinstance(decision, Refusal) and any(reason.code in _UNSIGNED for reason in decision.reasons)


def _call_key(release_id: str, publishes_at: datetime, call: Call, person: Listed) -> str:
    return f"declaration_call:{release_id}:{instant_text(publishes_at)}:{call.value}:{person.person_id}"


def _call(
    tools: Tools, tx: Transaction, release: ReleaseRow, person: Listed, call: Call, mine: list[Grant], at: datetime
) -> None:
    where = f"{tools.policy.public_address}/releases/{release.release.release_id}/declaration"
    opens_text = " ".join(dict.fromkeys(window_text(grant, release.release) for grant in mine))
    coordination.owe(
        tools,
        tx,
        Person(person.person_id, person.name, person.email),
        "declaration_call",
        _call_key(release.release.release_id, release.release.publishes_at, call, person),
        lettersubjects.call_to_sign(release.release),
        askingletters.call_to_sign(release.release, opens_text, where, release.contact),
        at,
        release_id=release.release.release_id,
    )


def _name_unsigned(
    tools: Tools, tx: Transaction, release: ReleaseRow, people: list[Listed], opens_at: datetime, at: datetime
) -> None:
    body = askingletters.unsigned(release.release, [person.name for person in people], opens_at)
    subject = lettersubjects.unsigned(release.release)
    for person in coordination.seniors_of(tx.connection, release, at, head=False):
        key = f"declarations_unsigned:{release.release.release_id}:{at.isoformat()}:{person.person_id}"
        about = release.release.release_id
        coordination.owe(tools, tx, person, "declarations_unsigned", key, subject, body, at, release_id=about)
