"""One's own sessions: where one is signed in, and the end of any of them."""

from __future__ import annotations

from app.actions.tools import NOTHING_THERE, Actor, Tools
from app.audit.entries import Entry, EntryKind
from app.records import sessions
from app.records.sessions import SessionRow as SessionRow
from app.rules.errors import NotFound
from app.rules.facts import Person


def my_sessions(tools: Tools, actor: Actor) -> tuple[SessionRow, ...]:
    """Give the sessions of this person that stand now, the latest first.

    Raises:
        NotFound: A program asks; it has none.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        return sessions.of_person(connection, _person(actor), at)


def end_session(tools: Tools, actor: Actor, session_id: str) -> None:
    """End one of one's own sessions, at once; it may be the one that asks.

    Raises:
        NotFound: There is none that stands, or it is somebody else's.
    """
    at = tools.clock.now()
    person = _person(actor)
    with tools.transaction() as tx:
        mine = {row.session_id for row in sessions.of_person(tx.connection, person, at)}
        if session_id not in mine or not sessions.end(tx.connection, session_id, at):
            raise NotFound(NOTHING_THERE)
        tx.append(
            Entry(
                EntryKind.SIGNED_OUT,
                at,
                actor_id=actor.actor_id,
                person_id=person.person_id,
                sealed={"session_id": session_id},
            )
        )


def _person(actor: Actor) -> Person:
    if actor.person_id is None:
        raise NotFound(NOTHING_THERE)
    return Person(actor.person_id, actor.name, actor.email)
