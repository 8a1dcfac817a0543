"""What becomes of prepared texts by itself: ready once publication is confirmed, held once the day goes otherwise.

Neither gives anybody a word: how a text stands is decided anew whenever somebody asks. Here it is put on record and
told, once across all replicas; a process that ends between the confirmation and this leaves it to the next one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.actions import alarming, desk
from app.actions.footings import may_be_owner, moves_of, released_entry, suspended, text_entry
from app.actions.tools import Tools, Transaction
from app.audit.entries import EntryKind
from app.records import calendar, people, prepared_texts, releases
from app.records.releases import ReleaseRow
from app.rules import textletters
from app.rules.facts import Person
from app.rules.preparedtexts import PreparedText
from app.rules.textstandings import Hold, TextStanding, TextState, hold_key, text_standing
from app.rules.timeliness import LATE_FROM

# For so long it is asked every second how a text stands that somebody was told is held; then only if something happens.
_RESTS_AFTER = timedelta(days=7)
# A hold of these says more than the time that was set for publication.
_SAID_ALONE = (Hold.CANCELLED, Hold.POSTPONED)


def texts_due(tools: Tools) -> tuple[str, ...]:
    """Give the ids of the texts that have become ready, or are held by something nobody was told of yet."""
    at = tools.clock.now()
    with tools.reading() as connection:
        stirring = prepared_texts.stirring(connection, at - LATE_FROM, at - _RESTS_AFTER)
        ids = {one.release_id for one in stirring}
        moves = calendar.moves_of(connection, ids)
        known = {release_id: releases.get(connection, release_id) for release_id in ids}
    due = []
    for text in stirring:
        release, theirs = known[text.release_id], moves.get(text.release_id, ())
        stands = text_standing(text, release, theirs, at)
        key = hold_key(stands, release, theirs)
        if stands.state is TextState.READY or (key and key != text.told_of):
            due.append(text.text_id)
    return tuple(due)


def settle_text(tools: Tools, text_id: str) -> None:
    """Put on record that a text is ready, or held, and tell whoever has to act: once for each.

    Args:
        tools: The tools.
        text_id: As ``texts_due`` found it.

    Source:
        Producer policy: prepared texts
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        found = prepared_texts.find(tx.connection, text_id)
        if found is None:
            return
        releases.keep(tx.connection, found.text.release_id)
        row = prepared_texts.find(tx.connection, text_id)  # anew: whoever held the release before us has done with it
        if row is None or row.text.released_at is not None:
            return
        text, release = row.text, releases.get_row(tx.connection, row.text.release_id)
        moves = moves_of(tx.connection, text.release_id)
        stands = text_standing(text, release.release, moves, at)
        key = hold_key(stands, release.release, moves)
        if stands.state is TextState.READY:
            prepared_texts.mark(tx.connection, text, released_at=at)
            tx.append(released_entry(release, text, at))
            _tell_owner(tools, tx, release, text, at)
        elif key and key != text.told_of:
            prepared_texts.mark(tx.connection, text, told_of=key)
            because = next((one for one in stands.holds if one in _SAID_ALONE), stands.holds[0]).value
            holds = [one.value for one in stands.holds]
            tx.append(text_entry(EntryKind.PREPARED_TEXT_HELD, release, text, "rule", at, because=because, holds=holds))
            _tell_seniors(tools, tx, release, text, stands, key, at)


def _tell_owner(tools: Tools, tx: Transaction, release: ReleaseRow, text: PreparedText, at: datetime) -> None:
    """Write to the owner; where they cannot be given it any more, to those who answer for the release."""
    facts = release.release
    owner = people.find(tx.connection, text.owner_id)
    stands = owner is not None and may_be_owner(tx.connection, text.owner_id, release, at)
    stands = stands and not suspended(tx.connection, text.owner_id, release, at)
    told: tuple[Person, ...] = (owner,) if owner and stands else alarming.seniors_of(tx.connection, release, at)
    where = f"{tools.policy.public_address}/producer/releases/{facts.release_id}/texts/{text.text_id}"
    for person in told:
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="text_ready",
            reason_key=f"text_ready:{text.text_id}:{person.person_id}",
            subject=textletters.ready_subject(facts),
            body=textletters.ready_body(facts, text.kind, facts.published_at or at, where, in_stead=not stands),
        )


def _tell_seniors(
    tools: Tools,
    tx: Transaction,
    release: ReleaseRow,
    text: PreparedText,
    stands: TextStanding,
    key: str,
    at: datetime,
) -> None:
    """Write to the lead official and the heads of profession, once for each thing that holds texts of a release.

    A text that was written when the release was late already gets a letter of its own: theirs was of the earlier ones.
    """
    facts = release.release
    if text.prepared_at >= facts.publishes_at + LATE_FROM:
        key = f"{key}:{text.text_id}"
    where = f"{tools.policy.public_address}/producer/releases/{facts.release_id}/texts"
    for person in alarming.seniors_of(tx.connection, release, at):
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="texts_held",
            reason_key=f"texts_held:{facts.release_id}:{key}:{person.person_id}",
            subject=textletters.held_subject(facts, barred=stands.state is TextState.BARRED),
            body=textletters.held_body(facts, stands.holds, where),
        )
