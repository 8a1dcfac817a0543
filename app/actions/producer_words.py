"""A producer's own words beside those of the Order: every version kept, and everybody concerned asked to sign again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction, require_role
from app.audit.entries import Entry, EntryKind
from app.records import declarations, organisations, producer_words
from app.records.organisations import ProducerCard
from app.records.producer_words import WordsRow as WordsRow
from app.rules import personletters
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Conflict, Malformed
from app.rules.facts import Order, Role
from app.rules.undertakings.basis import ProducerWords
from app.rules.undertakings.words import WORDS

READING = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class WordsPreview:
    """What new words would take the place of, and how many people would be asked to sign again."""

    before: ProducerWords
    asked: int


def list_words(tools: Tools, actor: Actor, producer_id: str) -> tuple[WordsRow, ...]:
    """Give every version of the words that a producer has added, by Order, the newest first.

    The warning given with the producer's policy is version 0, and no row of its own.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        require_role(actor, organisations.get_producer(connection, producer_id).organisation_id, *READING)
        return producer_words.of_producer(connection, producer_id)


def preview_words(tools: Tools, actor: Actor, producer_id: str, *, order: Order, text: str) -> WordsPreview:
    """Say what giving new words would do. Nothing is done.

    Args:
        order: The Order whose words they would be added to.
        text: The words; empty to add nothing any more.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor is not its head of profession.
        Malformed: They are the words in force (code ``no_change``).
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        before = _before(connection, producer, order, text)
        concerned = declarations.signers_concerned(connection, producer_id=producer_id, order=order.value, at=at)
        return WordsPreview(before, len(concerned))


def give_words(
    tools: Tools, actor: Actor, producer_id: str, *, order: Order, text: str, shown: int | None = None
) -> WordsRow:
    """Give a producer's words for one Order a new version, from now on.

    Declarations of the old ones are superseded by it. Everybody whose declaration counted is asked to sign again.

    Args:
        order: The Order whose words they are added to.
        text: The words; empty to add nothing any more.
        shown: Version of the words in force that was looked at; None where none was.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor is not its head of profession.
        Malformed: They are the words in force (code ``no_change``).
        Conflict: Somebody gave new words at the same moment, or since they were looked at (``changed_meanwhile``).

    Source:
        SI 2008/2998 Sch. para 3(1)(f); SI 2008/2998 Sch. para 8
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        before = _before(tx.connection, producer, order, text)
        if shown is not None and shown != before.version:
            raise Conflict(
                "Somebody gave new words since you looked. Look again. Nothing was done.", code=Code.CHANGED_MEANWHILE
            )
        row = WordsRow(
            words_id=tools.new_id("wrd"),
            producer_id=producer_id,
            order=order,
            words=ProducerWords(before.version + 1, text.strip()),
            from_at=at,
            made_by=actor.actor_id,
        )
        producer_words.add(tx.connection, row)
        concerned = declarations.signers_concerned(tx.connection, producer_id=producer_id, order=order.value, at=at)
        tx.append(_entry(actor, row, asked=len(concerned)))
        _ask_again(tools, tx, producer, row, concerned, at)
    return row


def _before(connection: Connection, producer: ProducerCard, order: Order, text: str) -> ProducerWords:
    """Give the words in force; stops where new ones are the same."""
    newest = producer_words.newest(connection, producer.producer_id, order)
    before = newest.words if newest else ProducerWords(0, producer.warning)
    if text.strip() == before.text.strip():
        raise Malformed("These are the words in force already. Nothing was done.", code=Code.NO_CHANGE)
    return before


def _ask_again(
    tools: Tools,
    tx: Transaction,
    producer: ProducerCard,
    row: WordsRow,
    concerned: tuple[declarations.Signer, ...],
    at: datetime,
) -> None:
    for signer in concerned:
        subject, body = personletters.words_changed(signer.name, producer.name, at, producer.contact)
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=signer.email,
            person_id=signer.person_id,
            kind="declaration_superseded",
            reason_key=f"words:{row.words_id}:{signer.person_id}",
            subject=subject,
            body=body,
        )


def _entry(actor: Actor, row: WordsRow, *, asked: int) -> Entry:
    return Entry(
        EntryKind.UNDERTAKING_WORDS_GIVEN,
        row.from_at,
        actor_id=actor.actor_id,
        producer_id=row.producer_id,
        said={
            "words_id": row.words_id,
            "order": row.order.value,
            "edition": WORDS[row.order].VERSION,
            "version": row.words.version,
            "words_sha256": sha256_hex(row.words.text.encode()),
            "asked_to_sign_again": asked,
        },
    )
