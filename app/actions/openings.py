"""Opening a document: the heart of the service. The walk, with its numbers; each copy is then sent by ``copies.py``.

1. The door (``api/openings.py``) knows who asks, and calls ``open_document``.
2. The conductor:

   2.1  ``tools.clock.now()``: the instant, read once.
   2.2  ``deciding.gather``: one reading of the records gives the facts.
   2.3  ``rules.access.decide(facts, at)``: a permit or a refusal, with every reason.
   2.4  The decision is appended to the log and committed, permit and refusal alike: *recorded before served*. Only then
        is a refusal raised. With a permit, the opening is made in that same transaction, which waits for whoever is
        deciding on the release just then, and asks the rule by the facts they leave; a refusal begins anew at 2.1.
   2.5  Nothing has been served yet: the copy is fetched with the opening (``copies.begin``), which asks the rule again
        for that instant, commits ``copy_started``, and only then lets ``vault.shelf`` open the sealed document, which
        demands the permit.

If the process dies between 2.4 and 2.5 the log over-reports, never under-reports: it records the permit, not the
delivery. No append, no bytes; no key, no bytes; no clear answer from the rule, no bytes.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import deciding, desk, uses
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_fresh_sign_in
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import age_keys, copies, openings, organisations, releases, warning_texts
from app.records.age_keys import AgeKeyRow
from app.records.openings import OpeningRow as OpeningRow
from app.rules import access, breaches
from app.rules.access import Permit, Refusal
from app.rules.errors import Code, NotFound, OutOfOrder
from app.rules.facts import AccessFacts, Role
from app.rules.marking import marking, marking_sha256
from app.rules.opening_numbers import NUMBER_LENGTH, NUMBER_LETTERS
from app.rules.reasons import instant_text
from app.vault.copies import CopyFormat, copy_format
from app.vault.copies.passphrases import new_passphrase

_STAFF = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Reveal:
    """The passphrase of one copy, shown once. ``passphrase`` never shows in a representation."""

    opening_id: str
    number: str
    passphrase: str
    revealed_at: datetime

    def __repr__(self) -> str:
        return f"Reveal({self.opening_id})"


def open_document(
    tools: Tools, actor: Actor, document_id: str, *, acknowledged: bool = False, for_own_key: bool = False
) -> OpeningRow:
    """Open a document: ask the rule, record its decision, and with a permit make an opening.

    Args:
        tools: What this is done with.
        actor: Who asks.
        document_id: What they ask for.
        acknowledged: They say they have read the ground and the conditions; asked under some Orders only.
        for_own_key: The copy is to be sealed to their own age key, and gets no passphrase.

    Returns:
        The opening, to fetch the copy with and to have its passphrase shown.

    Raises:
        Refused: The rule says no; every reason is told, and the refusal is in the log by then.
        NotFound: There is no such document, or the actor has no relation to its release.
        OutOfOrder: They have no age key that stands (code ``age_key_needed``); nothing was opened.

    Source:
        SI 2008/2998 Sch. para 3(1); SI 2008/2998 Sch. para 4
    """
    while True:
        _, permit = deciding.demand_permit(tools, actor, document_id, acknowledged=acknowledged)
        try:
            with tools.transaction(once=True) as tx:
                releases.keep_with_others(tx.connection, permit.release_id)
                facts, permit = deciding.confirm_permit(tx.connection, actor, permit, acknowledged=acknowledged)
                opening = _new_opening(tools, tx, actor, facts, permit, for_own_key=for_own_key)
                openings.add(tx.connection, opening)
                tx.append(_permitted(actor, facts, permit, opening))
        except deciding.NoLongerPermitted:  # a pause, a move, a new list or a recall came between
            continue
        return opening


def may_repeat(tools: Tools, actor: Actor, document_id: str, *, acknowledged: bool = False) -> None:
    """Ask the rule once more before the answer to a repeated request says again that the document was opened.

    Args:
        tools: What this is done with.
        actor: Who repeats it.
        document_id: What they had opened.
        acknowledged: As for ``open_document``.

    Raises:
        Refused, NotFound: As ``open_document``: access has been withdrawn since. That is in the log by then.
    """
    deciding.demand_permit(tools, actor, document_id, acknowledged=acknowledged)


def get_opening(tools: Tools, actor: Actor, opening_id: str) -> OpeningRow:
    """Give one of one's own openings.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    with tools.reading() as connection:
        return deciding.own_opening(connection, actor, opening_id)


def reveal(tools: Tools, actor: Actor, opening_id: str) -> Reveal:
    """Show the passphrase of one's own opening, once.

    Args:
        tools: What this is done with.
        actor: Who asks; signed in freshly.
        opening_id: The opening.

    Returns:
        The passphrase. It is marked as shown before it is given out.

    Raises:
        NotFound: There is no such opening, or it is somebody else's.
        Refused: The sign-in is not fresh, or the rule no longer gives a permit; both are in the log.
        OutOfOrder: It was shown before (code ``already_revealed``), which also raises an incident; or the opening has
            ended (code ``opening_ended``); or there is none, since the copy opens with their own key
            (``no_passphrase``).
    """
    tools.trust.demand()
    at = tools.clock.now()
    require_fresh_sign_in(actor, at, tools.policy)
    with tools.reading() as connection:
        opening = deciding.own_opening(connection, actor, opening_id)
        facts = deciding.gather(connection, actor, opening.document_id, at)
    if opening.age_key_id is not None:
        raise OutOfOrder(
            "This copy has no passphrase: it is sealed to your own age key, and opens with that alone.",
            code=Code.NO_PASSPHRASE,
        )
    passphrase = ""
    if opening.revealed_at is None:
        deciding.demand_standing(opening, at)
        decision = access.decide(facts, at)
        if isinstance(decision, Refusal):
            raise deciding.refuse(tools, actor, facts, decision, "reveal")
        # Taken out before it is marked as shown: a missing key must not use up the one time.
        passphrase = tools.keys.unwrap(opening.wrapped_passphrase or b"", opening_id).decode("ascii")
    receipt = ""
    with tools.transaction() as tx:
        late = _refused_meanwhile(tx, actor, opening, at) if opening.revealed_at is None else None
        shown = late is None and openings.reveal(tx.connection, opening_id, at)
        if late is None:
            receipt = _reveal_entry(tools, tx, actor, opening, facts, at, shown=shown)
            uses.note_use(tools, tx, actor, opening, facts.release, "reveal", at)
    if late is not None:
        raise deciding.refuse(tools, actor, facts, late, "reveal")
    if not shown:
        raise OutOfOrder(
            "This passphrase has been shown already. If it was not you who saw it, tell the producer at once; if it "
            "was, open the document again to get a new one.",
            code=Code.ALREADY_REVEALED,
            receipt=receipt,
        )
    return Reveal(opening_id, opening.number, passphrase, at)


def _refused_meanwhile(tx: Transaction, actor: Actor, opening: OpeningRow, at: datetime) -> Refusal | None:
    """Ask once more where nobody else can decide: a recall may have been committed since the rule was asked."""
    releases.keep_with_others(tx.connection, opening.release_id)
    deciding.demand_standing(openings.get(tx.connection, opening.opening_id), at)
    decision = access.decide(deciding.gather(tx.connection, actor, opening.document_id, at), at)
    return decision if isinstance(decision, Refusal) else None


def stop_opening(tools: Tools, actor: Actor, opening_id: str) -> OpeningRow:
    """End one's own opening: “I am done”. A copy that is running stops within a second.

    Raises:
        NotFound: There is none, or it is somebody else's.
        OutOfOrder: It has ended already (code ``already_ended``).
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        opening = deciding.own_opening(tx.connection, actor, opening_id)
        if not openings.stop(tx.connection, opening_id, at=at, reason="ended by the recipient"):
            raise OutOfOrder("This opening has been ended already.", code=Code.ALREADY_ENDED)
        release = releases.get(tx.connection, opening.release_id)
        tx.append(
            Entry(
                EntryKind.OPENING_ENDED,
                at,
                actor_id=actor.actor_id,
                person_id=opening.person_id,
                producer_id=release.producer.producer_id,
                release_id=opening.release_id,
                document_id=opening.document_id,
                said={"opening_id": opening_id, "number": opening.number, "by": "recipient"},
            )
        )
        return openings.get(tx.connection, opening_id)


def my_openings(
    tools: Tools, actor: Actor, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[OpeningRow, ...]:
    """Give this person's own openings, newest first.

    Raises:
        NotFound: A program asks; it opens nothing.
    """
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    with tools.reading() as connection:
        return openings.page(connection, person_id=actor.person_id, after=after, limit=limit)


def openings_of_release(
    tools: Tools, actor: Actor, release_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[OpeningRow, ...]:
    """Give the openings of a release, newest first, to those who prepare it or audit it.

    Raises:
        NotFound: There is no such release, or the actor has no such role with its producer.
    """
    with tools.reading() as connection:
        if not actor.has(releases.get_row(connection, release_id).organisation_id, *_STAFF):
            raise NotFound(NOTHING_THERE)
        return openings.page(connection, release_id=release_id, after=after, limit=limit)


def settle_unknown(tools: Tools) -> int:
    """Put on record that nobody knows how far a copy came that was on its way when its process ended.

    Called when the service starts, before anything is served. On SQLite, which one process alone serves, that is every
    copy; on PostgreSQL those whose process is gone, and those of which it is not known whose they were.

    Returns:
        How many there were.
    """
    tools.presence.keep()
    if not tools.database.is_sqlite:
        return _settle_gone(tools, starting=True)
    with tools.reading() as connection:
        left = openings.running(connection)
    return _settle(tools, left)


def settle_gone(tools: Tools) -> int:
    """Do the same, while the service runs, for the copies of another process that has ended since.

    It has ended when it was not to be seen in two looks some time apart: one whose connection was lost comes back.

    Returns:
        How many there were.
    """
    return 0 if tools.database.is_sqlite else _settle_gone(tools, starting=False)


def keep_presence(tools: Tools) -> None:
    """See that the other processes can tell that this one is alive.

    Raises:
        Unavailable: The database does not answer.
    """
    tools.presence.keep()


def _settle_gone(tools: Tools, *, starting: bool) -> int:
    with tools.reading() as connection:
        running = openings.running(connection)  # read first: whoever begins a copy after this is not judged
        owners = {row.copy_owner for row in running if row.copy_owner is not None}
        if starting:
            gone = tools.presence.gone(connection, owners)
        else:
            at_seconds = tools.clock.monotonic_seconds()
            gone = tools.presence.gone_for_long(connection, owners, at_seconds=at_seconds)
    left = tuple(row for row in running if row.copy_owner in gone or (starting and row.copy_owner is None))
    return _settle(tools, left)


def settle_lost(tools: Tools) -> int:
    """Do the same for copies that this process began and nobody holds any more, though their end is not on record.

    So it is after a failure to record the end. Whoever opened could not fetch the copy again until the next start.

    Returns:
        How many there were.
    """
    lost = {opening_id: sending for opening_id, sending in list(tools.underway.items()) if sending() is None}
    if not lost:
        return 0
    with tools.reading() as connection:
        left = tuple(opening for opening in openings.running(connection) if opening.opening_id in lost)
    settled = _settle(tools, left)
    for opening_id, sending in lost.items():
        if tools.underway.get(opening_id) is sending:
            del tools.underway[opening_id]
    return settled


def _settle(tools: Tools, left: tuple[OpeningRow, ...]) -> int:
    at = tools.clock.now()
    settled = 0
    for row in left:
        with suppress(_EndKeptSince), tools.transaction() as tx:
            if not copies.settle_copy(tx.connection, row):
                raise _EndKeptSince
            ended = Entry(
                EntryKind.COPY_OUTCOME,
                at,
                Outcome.UNKNOWN,
                person_id=row.person_id,
                producer_id=releases.get(tx.connection, row.release_id).producer.producer_id,
                release_id=row.release_id,
                document_id=row.document_id,
                said={"opening_id": row.opening_id, "number": row.number},
            )
            tx.append(ended)
            settled += 1
    return settled


class _EndKeptSince(Exception):  # not an error: another process was quicker, or the end came after all
    """The end of a copy was kept since it was read; nothing is to be changed."""


def _new_opening(
    tools: Tools, tx: Transaction, actor: Actor, facts: AccessFacts, permit: Permit, *, for_own_key: bool
) -> OpeningRow:
    opening_id = tools.new_id("opn")
    key = _own_key(tx.connection, permit) if for_own_key else None
    release = facts.release
    warning = warning_texts.in_force(tx.connection, release.producer.producer_id, release.order)
    marked = marking(release, organisations.get_producer(tx.connection, release.producer.producer_id).contact)
    return OpeningRow(
        opening_id=opening_id,
        number=_new_number(tx.connection),
        document_id=permit.document_id,
        release_id=permit.release_id,
        person_id=permit.person_id,
        grant_id=permit.grant_id,
        session_id=actor.session_id,
        opened_at=permit.at,
        expires_at=permit.at + timedelta(minutes=tools.policy.opening_minutes),
        window_opened_at=permit.opens_at,
        copy_format=(_made_as(tools, facts) if key is None else CopyFormat.AGE).value,
        wrapped_passphrase=None if key else tools.keys.wrap(new_passphrase().encode("ascii"), opening_id),
        age_key_id=key.age_key_id if key else None,
        warning_version=warning.version,
        marking_sha256=marking_sha256(marked, warning.text),
        networks=uses.begun_from(actor),
    )


def _own_key(connection: Connection, permit: Permit) -> AgeKeyRow:
    key = age_keys.standing(connection, permit.person_id)
    if key is None:
        raise OutOfOrder(
            "You have registered no age key to which the copy could be sealed. Register one, or leave out “copy_as” to "
            "get a copy with a passphrase.",
            code=Code.AGE_KEY_NEEDED,
        )
    return key


def _made_as(tools: Tools, facts: AccessFacts) -> CopyFormat:
    document = facts.document
    if document.plain_bytes > tools.policy.pdf_limit_bytes:  # never checked, and too large to hold in memory
        return CopyFormat.ZIP
    return copy_format(document.media_type, document.file_name)


def _new_number(connection: Connection) -> str:
    while True:
        letters = "".join(secrets.choice(NUMBER_LETTERS) for _ in range(NUMBER_LENGTH))
        number = f"{letters[:4]}-{letters[4:]}"
        if not openings.number_is_taken(connection, number):
            return number


def _permitted(actor: Actor, facts: AccessFacts, permit: Permit, opening: OpeningRow) -> Entry:
    said = deciding.decision_record(facts, permit, "open")
    said |= {
        "opening_id": opening.opening_id,
        "number": opening.number,
        "grant_id": permit.grant_id,
        "copy_format": opening.copy_format,
        "document_sha256": facts.document.sha256,
        "expires_at": instant_text(opening.expires_at),
        "warning_version": opening.warning_version,
        "marking_sha256": opening.marking_sha256,
        **({"age_key_id": opening.age_key_id} if opening.age_key_id else {}),
    }
    return Entry(
        EntryKind.ACCESS_DECIDED,
        permit.at,
        Outcome.PERMITTED,
        actor_id=actor.actor_id,
        person_id=permit.person_id,
        producer_id=facts.release.producer.producer_id,
        release_id=permit.release_id,
        document_id=permit.document_id,
        said=said,
        sealed={
            **({"network": actor.network_hash} if actor.network_hash else {}),
            **({"recipients": " ".join(permit.recipients)} if permit.recipients else {}),
        },
    )


def _reveal_entry(
    tools: Tools, tx: Transaction, actor: Actor, opening: OpeningRow, facts: AccessFacts, at: datetime, *, shown: bool
) -> str:
    said = {"opening_id": opening.opening_id, "number": opening.number}
    if not shown:
        said["reason"] = Code.ALREADY_REVEALED.value
        desk.open_incident(tools, tx, breaches.second_reveal(facts.release, uses.fact_of(tx, opening), at), at=at)
    return tx.append(
        Entry(
            EntryKind.PASSPHRASE_REVEALED if shown else EntryKind.REVEAL_REFUSED,
            at,
            Outcome.DONE if shown else Outcome.REFUSED,
            actor_id=actor.actor_id,
            person_id=opening.person_id,
            producer_id=facts.release.producer.producer_id,
            release_id=opening.release_id,
            document_id=opening.document_id,
            said=said,
        )
    )
