"""The words of a prepared text, shown: to those who prepare it, and once publication is confirmed to whoever sends it.

Recorded before served: nothing of the words leaves before the entry that says to whom is committed. They are unsealed
before that, so that nobody is on record as having been shown words whose seal does not open: such a text is not taken
either, and opens an incident. Taking a text to send it happens once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.footings import TextView, facts_of, released_entry, text_entry, text_for
from app.actions.tools import Actor, Tools
from app.audit.entries import EntryKind
from app.records import prepared_texts, releases
from app.rules.errors import Code, OutOfOrder, Refused, SealBroken
from app.rules.textpermits import TextPermit, decide_text
from app.rules.textstandings import TextState
from app.vault.texts import SealedText, open_text


@dataclass(frozen=True, slots=True)
class TextShown:
    """The words of one version of a text, with how the text stands."""

    view: TextView
    version: int
    words: str = field(repr=False)


def read_words(tools: Tools, actor: Actor, release_id: str, text_id: str, *, version: int | None = None) -> TextShown:
    """Show somebody the words of a text. Each time is on record.

    Args:
        tools: The tools.
        actor: Who asks.
        release_id: The release.
        text_id: The text.
        version: Of which version; None for the newest.

    Raises:
        NotFound: There is no such text or version, or none that the actor may know of.
        Refused: Something stands against it (code ``text_refused``), or the actor has another role.
        SealBroken: What is kept of the words was altered; nothing was shown, and an incident is on record.
        Broken: A check fails, and nothing is shown while it does.

    Source:
        Producer policy: prepared texts
    """
    tools.trust.demand()
    at = tools.clock.now()
    with tools.reading() as connection:
        before = text_for(connection, actor, releases.get_row(connection, release_id), text_id, at)
        wanted = before.row.text.version if version is None else version
        permit = _permitted(connection, actor, before, at, version=wanted, taking=False)
        sealed = _sealed(connection, text_id, wanted)
    words = _opened(tools, release_id, permit, sealed, at)
    with tools.transaction() as tx:
        releases.keep_with_others(tx.connection, release_id)
        release = releases.get_row(tx.connection, release_id)
        view = text_for(tx.connection, actor, release, text_id, at)
        _permitted(tx.connection, actor, view, at, version=wanted, taking=False)
        stands = view.standing.state.value
        tx.append(
            text_entry(
                EntryKind.PREPARED_TEXT_READ, release, view.row.text, actor.actor_id, at, shown=wanted, stands=stands
            )
        )
    return TextShown(view, wanted, words)


def take_text(tools: Tools, actor: Actor, release_id: str, text_id: str) -> TextShown:
    """Give a text to whoever sends it, once, when publication is confirmed.

    Args:
        tools: The tools.
        actor: Its owner, or a lead official or the head of profession in the owner's stead.
        release_id: The release.
        text_id: The text.

    Raises:
        NotFound: There is no such text, or none that the actor may know of.
        Refused: Publication is not confirmed, something holds the text, or the actor is somebody else (code
            ``text_refused``).
        OutOfOrder: It was taken or withdrawn before (code ``already_ended``).
        SealBroken: What is kept of the words was altered; the text was not taken, and an incident is on record.
        Broken: A check fails, and nothing is shown while it does.

    Source:
        Producer policy: prepared texts; SI 2008/2998 Sch. para 6(1)
    """
    tools.trust.demand()
    at = tools.clock.now()
    with tools.reading() as connection:
        before = text_for(connection, actor, releases.get_row(connection, release_id), text_id, at)
        _demand_there(before)
        version = before.row.text.version
        permit = _permitted(connection, actor, before, at, version=version, taking=True)
        sealed = _sealed(connection, text_id, version)
    words = _opened(tools, release_id, permit, sealed, at)
    with tools.transaction() as tx:
        releases.keep(tx.connection, release_id)
        release = releases.get_row(tx.connection, release_id)
        view = text_for(tx.connection, actor, release, text_id, at)
        _demand_there(view)
        _permitted(tx.connection, actor, view, at, version=version, taking=True)
        text = view.row.text
        if text.released_at is None:
            tx.append(released_entry(release, text, at))
        prepared_texts.change(
            tx.connection, before.row.text, released_at=text.released_at or at, taken_at=at, taken_by=actor.actor_id
        )
        tx.append(text_entry(EntryKind.PREPARED_TEXT_TAKEN, release, text, actor.actor_id, at))
        taken = text_for(tx.connection, actor, release, text_id, at)
    return TextShown(taken, version, words)


def _opened(tools: Tools, release_id: str, permit: TextPermit, sealed: SealedText, at: datetime) -> str:
    """Unseal words that are given only once that is on record; where they are damaged, an incident says so."""
    try:
        return open_text(permit, sealed, at=at, unwrap=tools.keys.unwrap)
    except SealBroken:
        desk.tell_text_seal_broken(tools, release_id, sealed.text_id, sealed.version)
        raise


def _demand_there(view: TextView) -> None:
    if view.standing.state is TextState.WITHDRAWN:
        raise OutOfOrder("The text was withdrawn. Nothing was shown.", code=Code.ALREADY_ENDED)
    if view.standing.state is TextState.TAKEN:
        raise OutOfOrder(
            "The text was taken to be sent already. Look whether it was sent before you do anything else.",
            code=Code.ALREADY_ENDED,
            taken_by=view.row.text.taken_by,
        )


def _permitted(
    connection: Connection, actor: Actor, view: TextView, at: datetime, *, version: int, taking: bool
) -> TextPermit:
    decided = decide_text(facts_of(connection, actor, view, at), at, version=version, taking=taking)
    if isinstance(decided, TextPermit):
        return decided
    detail = " ".join(f"{one.detail} {one.remedy}" for one in decided)
    raise Refused(f"{detail} Nothing was shown.", code=Code.TEXT_REFUSED, reasons=decided)


def _sealed(connection: Connection, text_id: str, version: int) -> SealedText:
    row = prepared_texts.get_words(connection, text_id, version)
    return SealedText(text_id, version, row.bound_to, row.sealed_words, row.wrapped_identity)
