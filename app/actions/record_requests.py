"""Requests for the record that the Scottish and Welsh Orders have kept: taken, answered, and not forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.actions import desk, on_record
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import notices, organisations, people, record_requests, releases
from app.records.organisations import ProducerCard
from app.records.record_requests import RequestRow as RequestRow
from app.rules import officeletters
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import PRODUCING, Role, london_date
from app.rules.record_answers import PeopleBy, answer_due_on, on_request, reminders_since

READING = (*PRODUCING, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request says, as the Welsh Order wants it: who asks, where they can be written to, and what for."""

    requester: str
    address: str
    asked_for: str
    asked_on: date


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as those who keep it see it.

    Attributes:
        names: Of the people who took and answered it, by id; a program has none.
        on: Today, London.
    """

    producer: ProducerCard
    row: RequestRow
    names: dict[str, str]
    on: date


def take_request(tools: Tools, actor: Actor, release_id: str, wanted: Wanted) -> RequestRow:
    """Take a request for the record of a release, and say by when it must be answered.

    Args:
        wanted: Who asks for what, and on which day it was received.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
        Malformed: The Order gives nobody a right to a record, or the request was received in the future.

    Source:
        SSI 2008/399 Sch. para 9(1); WSI 2009/2818 Sch. para 11(1); WSI 2009/2818 Sch. para 11(3)
    """
    at = tools.clock.now()
    if wanted.asked_on > london_date(at):
        raise Malformed("It cannot have been received in the future.", code=Code.INVALID_INSTANT)
    with tools.transaction(once=True) as tx:
        row = releases.get_row(tx.connection, release_id)
        require_role(actor, row.organisation_id, *PRODUCING)
        on_record.demand_record(row.release)
        holidays = record_requests.bank_holidays_from(tx.connection, wanted.asked_on)
        taken = RequestRow(
            record_request_id=tools.new_id("rrq"),
            producer_id=row.release.producer.producer_id,
            release_id=release_id,
            release_title=row.release.title,
            order=row.release.order,
            requester=wanted.requester,
            address=wanted.address,
            asked_for=wanted.asked_for,
            asked_on=wanted.asked_on,
            due_on=answer_due_on(row.release.order, wanted.asked_on, holidays),
            taken_at=at,
            taken_by=actor.actor_id,
        )
        record_requests.add(tx.connection, taken)
        said = {
            "record_request_id": taken.record_request_id,
            "asked_on": taken.asked_on.isoformat(),
            "due_on": taken.due_on.isoformat() if taken.due_on else None,
        }
        sealed = {"requester": wanted.requester, "address": wanted.address, "asked_for": wanted.asked_for[:1000]}
        tx.append(_entry(EntryKind.RECORD_ASKED_FOR, actor, taken, at, said, sealed))
    return taken


def answer_request(
    tools: Tools, actor: Actor, record_request_id: str, *, people_by: PeopleBy = "job_title"
) -> RequestRow:
    """Answer a request: what the Order has given is put together, kept as it is given, and its hash logged.

    Nothing can be left out of it: no exemption is offered.

    Args:
        people_by: How individuals are told of under the Scottish Order; see ``rules/record_answers.py``.

    Raises:
        NotFound: There is no such request, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: It is answered already.

    Source:
        SSI 2008/399 Sch. para 9(1); WSI 2009/2818 Sch. para 11(1)
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        asked = record_requests.get(tx.connection, record_request_id)
        row = releases.get_row(tx.connection, asked.release_id)
        require_role(actor, row.organisation_id, *PRODUCING)
        content = on_request(
            on_record.facts_on_record(tx.connection, row.release, at), at, people_by=people_by
        ).as_bytes()
        sha256 = sha256_hex(content)
        given = record_requests.answer(
            tx.connection, record_request_id, at=at, by=actor.actor_id, content=content.decode(), sha256=sha256
        )
        if not given:
            raise OutOfOrder("This request is answered already. Read the answer that was given.", code=Code.WRONG_STATE)
        said: dict[str, Any] = {"record_request_id": record_request_id, "sha256": sha256, "people_by": people_by}
        if asked.due_on is not None:
            said["in_time"] = london_date(at) <= asked.due_on
        tx.append(_entry(EntryKind.RECORD_GIVEN, actor, asked, at, said, {}))
        return record_requests.get(tx.connection, record_request_id)


def read_request(tools: Tools, actor: Actor, record_request_id: str) -> RequestRow:
    """Give a request, with its answer where there is one, to those who keep it and to auditors.

    Raises:
        NotFound: There is no such request, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        found = record_requests.get(connection, record_request_id)
        producer = organisations.get_producer(connection, found.producer_id)
        require_role(actor, producer.organisation_id, *READING)
    return found


def see_request(tools: Tools, actor: Actor, producer_id: str, record_request_id: str) -> SeenRequest:
    """Give a request to a producer, to the same people, with the names of those who acted on it.

    Raises:
        NotFound: There is no such request to this producer, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        found = record_requests.get(connection, record_request_id)
        if found.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        acted = {one for one in (found.taken_by, found.answered_by) if one}
        names = {ident: one.name for ident, one in people.named(connection, acted).items()}
    return SeenRequest(producer, found, names, london_date(tools.clock.now()))


def read_answer(tools: Tools, actor: Actor, record_request_id: str, *, form: str = "json") -> dict[str, Any]:
    """Give the answer to a request as it was given. It names people, so the reading itself is put on record.

    Args:
        form: How it is read, e.g. ``csv``.

    Raises:
        NotFound: There is no such request, or none that the actor may see.
        OutOfOrder: It has no answer, or the answer is erased.
    """
    found = read_request(tools, actor, record_request_id)
    if found.answer is None:
        raise OutOfOrder("There is no answer to this request to be read: it is not answered, or it is erased.")
    said = {"record_request_id": record_request_id, "form": form}
    with tools.transaction() as tx:
        tx.append(_entry(EntryKind.RECORD_ANSWER_READ, actor, found, tools.clock.now(), said, {}))
    given: dict[str, Any] = json.loads(found.answer)
    return given


def list_requests(
    tools: Tools, actor: Actor, producer_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> tuple[RequestRow, ...]:
    """Give a producer's requests, the latest taken first.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *READING)
        return record_requests.page(connection, producer_id, after=after, limit=limit)


def remind_of_requests(tools: Tools) -> int:
    """Remind the heads of profession, and whoever took it, of each request without an answer that is due or late.

    Where whoever took it has left, the lead officials are reminded instead.

    Returns:
        How many notices were queued; doing it again on the same day queues none.

    Source:
        WSI 2009/2818 Sch. para 11(1); SSI 2008/399 Sch. para 9(1)
    """
    at = tools.clock.now()
    owed = []
    with tools.reading() as connection:
        for row in record_requests.unanswered(connection):
            organisation_id = organisations.get_producer(connection, row.producer_id).organisation_id
            heads = people.people_with_role(connection, organisation_id, Role.HEAD_OF_PROFESSION, at=at)
            staff = people.people_with_role(connection, organisation_id, *PRODUCING, at=at)
            takers = [person for person in staff if person.person_id == row.taken_by]  # nobody who has left since
            leads = () if takers else people.people_with_role(connection, organisation_id, Role.LEAD_OFFICIAL, at=at)
            told = {person.person_id: person for person in (*heads, *takers, *leads)}
            for which in reminders_since(row.asked_on, row.due_on, at):
                for person in told.values():
                    key = f"record_request:{row.record_request_id}:{which}:{person.person_id}"
                    if not notices.is_known(connection, key):
                        owed.append((row, person, key))
    queued = 0
    for row, person, key in owed:
        where = f"{tools.policy.public_address}/producer/record-requests/{row.producer_id}/{row.record_request_id}"
        subject, body = officeletters.record_unanswered(row.asked_on, row.release_title, row.due_on, where)
        with tools.transaction() as tx:
            queued += desk.queue_notice(
                tools,
                tx,
                at=at,
                email=person.email,
                person_id=person.person_id,
                kind="record_request",
                reason_key=key,
                subject=subject,
                body=body,
            )
    return queued


def _entry(
    kind: EntryKind, actor: Actor, row: RequestRow, at: datetime, said: dict[str, Any], sealed: dict[str, str]
) -> Entry:
    return Entry(
        kind,
        at,
        actor_id=actor.actor_id,
        producer_id=row.producer_id,
        release_id=row.release_id,
        said=said,
        sealed=sealed,
    )
