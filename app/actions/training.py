"""Training: what people have done, whether a producer asks for it, and a reminder before it runs out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.actions import desk
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_no_own_access, require_role
from app.audit.entries import Entry, EntryKind
from app.records import notices, organisations, people, training
from app.records.organisations import ProducerCard as ProducerCard
from app.records.training import Trained
from app.records.training import TrainingRow as TrainingRow
from app.rules import personletters
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import PRODUCING, Person, Role, Training, london_date
from app.rules.training import REMIND_BEFORE, counted_until

READING = (*PRODUCING, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class PersonsTraining:
    """Somebody's training with one producer.

    Attributes:
        rows: Withdrawn or not, the latest done first.
        on: Today, London.
        until: The last day on which what stands counts; None where nothing does, or the producer asks for none.
    """

    producer: ProducerCard
    person: Person
    rows: tuple[TrainingRow, ...]
    on: date
    until: date | None


def record_training(
    tools: Tools,
    actor: Actor,
    person_id: str,
    *,
    producer_id: str,
    course: str,
    done_on: date,
    valid_until_on: date | None = None,
) -> TrainingRow:
    """Put on record that somebody has done training, which counts with one producer.

    Args:
        course: What it is called.
        done_on: London day.
        valid_until_on: Last London day on which it counts, where the course itself sets an end.

    Raises:
        NotFound: There is no such producer or person, or the actor has no business with the producer.
        Refused: The actor prepares no lists there, or would record training of their own.
        Malformed: It was done in the future, or ends before it was done.
    """
    at = tools.clock.now()
    _demand_days(done_on, valid_until_on, london_date(at))
    training_id = tools.new_id("trn")
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *PRODUCING)
        require_no_own_access(actor, {person_id})
        people.get(tx.connection, person_id)
        training.add(
            tx.connection,
            training_id=training_id,
            person_id=person_id,
            producer_id=producer_id,
            course=course,
            training=Training(done_on, valid_until_on),
            at=at,
            recorded_by=actor.actor_id,
        )
        row = training.get(tx.connection, training_id)
        tx.append(_entry(EntryKind.TRAINING_RECORDED, actor, row, at))
    return row


def demand_recorder(tools: Tools, actor: Actor, producer_id: str, person_id: str) -> None:
    """Stop somebody who may neither put training of a person on record with a producer nor withdraw it.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor prepares no lists there, or it is training of their own.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *PRODUCING)
        require_no_own_access(actor, {person_id})


def withdraw_training(tools: Tools, actor: Actor, person_id: str, training_id: str, *, reason: str) -> TrainingRow:
    """Withdraw training that should not be on record. It counts no more from the next request on.

    Raises:
        NotFound: There is none of this person, or the actor has no business with its producer.
        Refused: The actor prepares no lists there, or it is training of their own.
        Malformed: There is no reason.
        OutOfOrder: It was withdrawn already.
    """
    at = tools.clock.now()
    if not reason.strip():
        raise Malformed("A withdrawal must say why.", code=Code.REASON_REQUIRED)
    with tools.transaction() as tx:
        row = training.get(tx.connection, training_id)
        producer = organisations.get_producer(tx.connection, row.producer_id)
        require_role(actor, producer.organisation_id, *PRODUCING)
        if row.person_id != person_id:
            raise NotFound(NOTHING_THERE)
        require_no_own_access(actor, {person_id})
        if not training.withdraw(tx.connection, training_id, at=at):
            raise OutOfOrder("This training was withdrawn already.", code=Code.ALREADY_ENDED)
        withdrawn = training.get(tx.connection, training_id)
        tx.append(_entry(EntryKind.TRAINING_WITHDRAWN, actor, withdrawn, at, {"reason": reason}))
    return withdrawn


def list_training(tools: Tools, actor: Actor, person_id: str) -> tuple[TrainingRow, ...]:
    """Give a person's training as far as it counts with producers in which the actor has a role, latest first.

    Raises:
        NotFound: There is no such person, or the actor has no business with any producer.
    """
    with tools.reading() as connection:
        held = {role.organisation_id for role in actor.roles if role.role in READING}
        producer_ids = organisations.producers_of_organisations(connection, {each for each in held if each is not None})
        everywhere = any(role.role is Role.AUDITOR and role.organisation_id is None for role in actor.roles)
        if not producer_ids and not everywhere:
            raise NotFound(NOTHING_THERE)
        people.get(connection, person_id)
        return training.rows_of(connection, person_id, producer_ids=None if everywhere else producer_ids)


def list_recorded(
    tools: Tools, actor: Actor, producer_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[ProducerCard, tuple[tuple[Person, TrainingRow], ...]]:
    """Give a producer, and what training counts or counted with it, with whose it is; the latest recorded first.

    Args:
        after: When the last one on the page before was recorded, and its id; None to begin. Aware.
        limit: How many at most.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        return producer, training.page_of_producer(connection, producer_id, after=after, limit=limit)


def see_training(tools: Tools, actor: Actor, producer_id: str, person_id: str) -> PersonsTraining:
    """Give somebody's training with one producer, and until when it meets what the producer asks for.

    Raises:
        NotFound: There is no such producer or person, or the actor has no business with the producer; or the actor
            prepares no lists there and nothing is on record of the person.
        Refused: The actor's role there is another.

    Source:
        Producer policy: training
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        person = people.get(connection, person_id)
        rows = training.rows_of(connection, person_id, producer_ids={producer_id})
    if not rows and not actor.has(producer.organisation_id, *PRODUCING):
        raise NotFound(NOTHING_THERE)  # who is known here at all is told to nobody by the way
    today, days = london_date(tools.clock.now()), producer.training_days
    standing = [row.training for row in rows if row.withdrawn_at is None]
    until = None if days is None else counted_until(standing, days, today)
    return PersonsTraining(producer, person, rows, today, until)


def own_training(tools: Tools, actor: Actor) -> tuple[TrainingRow, ...]:
    """Give somebody their own training, with every producer, the latest done first."""
    if actor.person_id is None:
        return ()
    with tools.reading() as connection:
        return training.rows_of(connection, actor.person_id)


def set_training_policy(tools: Tools, actor: Actor, producer_id: str, *, training_days: int | None) -> ProducerCard:
    """Ask for training for every grant, or stop asking. It counts from the next request on.

    Args:
        training_days: For how many days training counts; None asks for none.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor is not its head of profession.
        Malformed: That is the policy already.

    Source:
        Producer policy: training
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        before = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, before.organisation_id, Role.HEAD_OF_PROFESSION)
        if before.training_days == training_days:
            raise Malformed("That is the policy already.", code=Code.NO_CHANGE)
        organisations.set_training_days(tx.connection, producer_id, training_days)
        tx.append(
            Entry(
                EntryKind.TRAINING_POLICY_CHANGED,
                at,
                actor_id=actor.actor_id,
                producer_id=producer_id,
                said={"from_days": before.training_days, "to_days": training_days},
            )
        )
        return organisations.get_producer(tx.connection, producer_id)


def remind_of_training(tools: Tools) -> int:
    """Remind everybody whose training counts for no more than 30 days more; once for each day on which it would end.

    Returns:
        How many were reminded.
    """
    at = tools.clock.now()
    today = london_date(at)
    with tools.reading() as connection:
        ending = [(trained, until) for trained in training.everybody(connection) if (until := _ending(trained, today))]
        told = notices.keys_known(connection, [_key(trained, until) for trained, until in ending])
    owed = [(trained, until) for trained, until in ending if _key(trained, until) not in told]
    if not owed:
        return 0
    with tools.transaction() as tx:
        return sum(_remind(tools, tx, trained, until, at) for trained, until in owed)


def _remind(tools: Tools, tx: Transaction, trained: Trained, until: date, at: datetime) -> bool:
    subject, body = personletters.training_ends(trained.producer, until, trained.contact)
    return desk.queue_notice(
        tools,
        tx,
        at=at,
        email=trained.person.email,
        person_id=trained.person.person_id,
        kind="training",
        reason_key=_key(trained, until),
        subject=subject,
        body=body,
    )


def _ending(trained: Trained, today: date) -> date | None:
    until = counted_until(trained.trainings, trained.training_days, today)
    return until if until is not None and today <= until <= today + REMIND_BEFORE else None


def _key(trained: Trained, until: date) -> str:
    return f"training:{trained.producer_id}:{trained.person.person_id}:{until.isoformat()}"


def _demand_days(done_on: date, valid_until_on: date | None, today: date) -> None:
    if done_on > today:
        what = "Training is put on record once it is done; this day is still to come."
        raise Malformed(what, errors=[{"where": "body.done_on", "what": what}])
    if valid_until_on is not None and valid_until_on < done_on:
        what = "Training cannot stop counting before it was done."
        raise Malformed(what, errors=[{"where": "body.valid_until_on", "what": what}])


def _entry(
    kind: EntryKind, actor: Actor, row: TrainingRow, at: datetime, sealed: dict[str, str] | None = None
) -> Entry:
    until_on = row.training.valid_until_on
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        person_id=row.person_id,
        producer_id=row.producer_id,
        said={
            "training_id": row.training_id,
            "done_on": row.training.done_on.isoformat(),
            "valid_until_on": until_on.isoformat() if until_on else None,
        },
        sealed={"course": row.course, **(sealed or {})},
    )
