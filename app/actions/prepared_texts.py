"""Texts prepared for the day of a release: written, changed, withdrawn, and decided on when the day goes otherwise.

What is written is sealed before the transaction that keeps it, to a key of its own for each version. No entry, letter
or answer has a word of it; ``text_readings`` alone shows words, and puts on record to whom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from app.actions.footings import TextView as TextView
from app.actions.footings import (
    demand_prepares,
    may_be_owner,
    moves_of,
    owners_by_register,
    prepares,
    text_entry,
    text_for,
    texts_for,
)
from app.actions.tools import Actor, Tools, Transaction, require_revision, require_role
from app.audit.entries import EntryKind
from app.records import people, prepared_texts, releases
from app.records.prepared_texts import SealedWords, VersionRow
from app.records.releases import ReleaseRow
from app.rules.errors import Code, Malformed, OutOfOrder, Refused
from app.rules.facts import PRODUCING, Person, Role
from app.rules.preparedtexts import (
    MOST_TEXTS,
    WRITTEN_IN,
    PreparedText,
    TextKind,
    check_writable,
    footing_missing,
    kept_words,
    set_early,
)
from app.rules.reasons import Reason
from app.rules.textstandings import TextState, check_decidable, text_standing
from app.vault.texts import SealedText, seal_text


@dataclass(frozen=True, slots=True)
class TextDraft:
    """What somebody writes.

    Attributes:
        words: As typed.
        channel: Where it is to be sent.
        owner_id: Who is given it, and sends it.
        ready_from_at: Not before this, even if the statistics are public. Aware.
    """

    words: str = field(repr=False)
    channel: str
    owner_id: str
    ready_from_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TextsOfRelease:
    """The texts of a release that somebody may know of.

    Attributes:
        may_write: Whoever asks can write another one now.
    """

    release: ReleaseRow
    views: tuple[TextView, ...]
    may_write: bool


def list_texts(tools: Tools, actor: Actor, release_id: str) -> TextsOfRelease:
    """Show how the texts of a release stand; none of their words.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role with its producer, and nothing is ready for them; or is suspended.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        views = texts_for(connection, actor, release, at)
        may_write = release.release.state in WRITTEN_IN and prepares(connection, actor, release, at)
        return TextsOfRelease(release, views, may_write)


def read_text(tools: Tools, actor: Actor, release_id: str, text_id: str) -> TextView:
    """Show how one text stands; none of its words.

    Raises:
        NotFound: There is none, or none that the actor may know of.
        Refused: The actor has another role with the producer, and nothing is ready for them; or is suspended.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        return text_for(connection, actor, releases.get_row(connection, release_id), text_id, at)


def list_owners(tools: Tools, actor: Actor, release_id: str) -> tuple[Person, ...]:
    """Give the people to whom a text of a release can be given: by a role with the producer, or its register; by name.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role, or is suspended.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        demand_prepares(connection, actor, release, at)
        inside = people.people_with_role(connection, release.organisation_id, *PRODUCING, Role.PUBLISHER, at=at)
        known = {one.person_id: one for one in (*owners_by_register(connection, release_id, at), *inside)}
        return tuple(sorted(known.values(), key=lambda one: (one.name, one.person_id)))


def write_text(tools: Tools, actor: Actor, release_id: str, kind: TextKind, draft: TextDraft) -> TextView:
    """Write a text for the day of a release.

    Args:
        tools: The tools.
        actor: Somebody who may see the figures in order to produce or publish them; never a program.
        release_id: The release.
        kind: What it is to become.
        draft: The words, and for whom.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role or is suspended, the owner has no footing, or it is set to go before
            publication.
        Malformed: There are no words or too many, or nobody is the owner.
        OutOfOrder: The release is published, postponed or cancelled, or has as many texts as it may.

    Source:
        Producer policy: prepared texts
    """
    at = tools.clock.now()
    text_id, version_id = tools.new_id("txt"), tools.new_id("txv")
    sealed = _sealed(tools, actor, release_id, text_id, 1, kind, draft, at)
    with tools.transaction(once=True) as tx:
        releases.keep(tx.connection, release_id)
        release = _writable(tx.connection, actor, release_id, draft, at)
        if len(prepared_texts.of_release(tx.connection, release_id)) >= MOST_TEXTS:
            raise OutOfOrder(f"A release has at most {MOST_TEXTS} texts, withdrawn ones included. Nothing was kept.")
        text = PreparedText(
            text_id=text_id,
            release_id=release_id,
            kind=kind,
            channel=draft.channel,
            owner_id=draft.owner_id,
            version=1,
            prepared_at=at,
            prepared_for_at=release.release.publishes_at,
            written_at=at,
            prepared_by=actor.actor_id,
            ready_from_at=draft.ready_from_at,
        )
        prepared_texts.add(tx.connection, text)
        _keep_words(tx, actor, release, text, version_id, sealed, at)
        return text_for(tx.connection, actor, release, text_id, at)


def change_text(
    tools: Tools, actor: Actor, release_id: str, text_id: str, draft: TextDraft, *, revision: int
) -> TextView:
    """Write a text anew, as its next version. What holds it goes on to hold it.

    Args:
        tools: The tools.
        actor: Somebody who may see it.
        release_id: The release.
        text_id: The text.
        draft: The words, and for whom.
        revision: What the actor read.

    Raises:
        NotFound: There is no such text, or the actor has no business with it.
        Refused, Malformed: As for ``write_text``.
        OutOfOrder: It is ready, taken or withdrawn, or the release takes no texts now.
        Conflict: Somebody changed it meanwhile.

    Source:
        Producer policy: prepared texts
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        demand_prepares(connection, actor, release, at)
        known = prepared_texts.get(connection, release_id, text_id).text
    require_revision(known.revision, revision)
    sealed = _sealed(tools, actor, release_id, text_id, known.version + 1, known.kind, draft, at)
    with tools.transaction() as tx:
        releases.keep(tx.connection, release_id)
        release = _writable(tx.connection, actor, release_id, draft, at)
        text = prepared_texts.get(tx.connection, release_id, text_id).text
        require_revision(text.revision, revision)
        stands = text_standing(text, release.release, moves_of(tx.connection, release_id), at)
        if stands.state not in (TextState.PREPARED, TextState.HELD):
            raise OutOfOrder(f"The text is {stands.state.value}, and is not changed any more.")
        prepared_texts.change(
            tx.connection,
            text,
            version=sealed.version,
            written_at=at,
            channel=draft.channel,
            owner_id=draft.owner_id,
            ready_from_at=draft.ready_from_at,
        )
        changed = prepared_texts.get(tx.connection, release_id, text_id).text
        _keep_words(tx, actor, release, changed, tools.new_id("txv"), sealed, at)
        return text_for(tx.connection, actor, release, text_id, at)


def withdraw_text(tools: Tools, actor: Actor, release_id: str, text_id: str, *, reason: str, revision: int) -> TextView:
    """Withdraw a text: nobody is given it any more.

    Raises:
        NotFound: There is no such text, or the actor has no business with it.
        Refused: The actor has another role, or is suspended.
        Malformed: No reason is given.
        OutOfOrder: It was taken, or withdrawn before (code ``already_ended``).
        Conflict: Somebody changed it meanwhile.

    Source:
        Producer policy: prepared texts
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        release, text = _to_settle(tx, actor, release_id, text_id, at)
        _demand_reason(reason, "Say why it is withdrawn. Nothing was changed.")
        if text.taken_at is not None or text.withdrawn_at is not None:
            raise OutOfOrder("The text was taken or withdrawn already.", code=Code.ALREADY_ENDED)
        require_revision(text.revision, revision)
        prepared_texts.change(
            tx.connection, text, withdrawn_at=at, withdrawn_by=actor.actor_id, withdrawn_reason=reason.strip()
        )
        tx.append(text_entry(EntryKind.PREPARED_TEXT_WITHDRAWN, release, text, actor.actor_id, at))
        return text_for(tx.connection, actor, release, text_id, at)


def keep_text(tools: Tools, actor: Actor, release_id: str, text_id: str, *, reason: str, revision: int) -> TextView:
    """Let a text that is held stand: it goes to its owner once publication is confirmed, and not before.

    Args:
        tools: The tools.
        actor: The head of profession.
        release_id: The release.
        text_id: The text.
        reason: Why it is still right.
        revision: What the actor read.

    Raises:
        NotFound: There is no such text, or the actor has no business with it.
        Refused: The actor has another role, or is suspended.
        Malformed: No reason is given.
        OutOfOrder: Nothing holds it, or its release is postponed or cancelled.
        Conflict: Somebody changed it meanwhile.

    Source:
        Producer policy: prepared texts
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        release, text = _to_settle(tx, actor, release_id, text_id, at)
        require_role(actor, release.organisation_id, Role.HEAD_OF_PROFESSION)
        _demand_reason(reason, "Say why it can still go out. Nothing was changed.")
        stands = text_standing(text, release.release, moves_of(tx.connection, release_id), at)
        check_decidable(stands)
        require_revision(text.revision, revision)
        prepared_texts.change(
            tx.connection,
            text,
            decided_at=at,
            decided_by=actor.actor_id,
            decided_for_at=release.release.publishes_at,
            decided_reason=reason.strip(),
            told_of="",
        )
        held = [one.value for one in stands.holds]
        tx.append(text_entry(EntryKind.PREPARED_TEXT_KEPT, release, text, actor.actor_id, at, holds=held))
        return text_for(tx.connection, actor, release, text_id, at)


def _to_settle(
    tx: Transaction, actor: Actor, release_id: str, text_id: str, at: datetime
) -> tuple[ReleaseRow, PreparedText]:
    releases.keep(tx.connection, release_id)
    release = releases.get_row(tx.connection, release_id)
    demand_prepares(tx.connection, actor, release, at)
    return release, prepared_texts.get(tx.connection, release_id, text_id).text


def _writable(connection: Connection, actor: Actor, release_id: str, draft: TextDraft, at: datetime) -> ReleaseRow:
    """Give the release, once everything that can stand against what is written was asked."""
    release = releases.get_row(connection, release_id)
    demand_prepares(connection, actor, release, at)
    check_writable(release.release)
    found: list[Reason] = []
    if people.find(connection, draft.owner_id) is None:
        what = "is nobody whom this service knows"
        raise Malformed(f"The owner {what}. Nothing was kept.", errors=[{"where": "owner_id", "what": what}])
    if not may_be_owner(connection, draft.owner_id, release, at):
        found.append(footing_missing(release.release, "Whoever is to own the text has no footing with the producer."))
    early = set_early(release.release, draft.ready_from_at)
    found += [early] if early else []
    if found:
        detail = " ".join(f"{one.detail} {one.remedy}" for one in found)
        raise Refused(f"{detail} Nothing was kept.", code=Code.TEXT_REFUSED, reasons=tuple(found))
    return release


def _sealed(
    tools: Tools,
    actor: Actor,
    release_id: str,
    text_id: str,
    version: int,
    kind: TextKind,
    draft: TextDraft,
    at: datetime,
) -> SealedText:
    """Seal the words before the transaction begins, for nobody but those who may write them."""
    with tools.reading() as connection:
        release = _writable(connection, actor, release_id, draft, at)
    words = kept_words(kind, draft.words, rehearsal=release.release.rehearsal)
    return seal_text(words, text_id=text_id, version=version, wrap=tools.keys.wrap)


def _keep_words(
    tx: Transaction,
    actor: Actor,
    release: ReleaseRow,
    text: PreparedText,
    version_id: str,
    sealed: SealedText,
    at: datetime,
) -> None:
    row = VersionRow(sealed.version, at, actor.actor_id)
    words = SealedWords(sealed.bound_to, sealed.sealed_words, sealed.wrapped_identity)
    prepared_texts.add_version(tx.connection, version_id, text, row, words)
    tx.append(text_entry(EntryKind.PREPARED_TEXT_WRITTEN, release, text, actor.actor_id, at))


def _demand_reason(reason: str, detail: str) -> None:
    if not reason.strip():
        raise Malformed(detail, code=Code.REASON_REQUIRED, errors=[{"where": "reason", "what": "is missing"}])
