"""Each fetch of a copy, as it is kept with its opening: that it runs, how it ended, how far the copy has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    LargeBinary,
    String,
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
    update,
)

from app.records.openings import OpeningRow
from app.records.tables import facts_changes, openings, sessions
from app.rules.errors import NOTHING_THERE, NotFound

# Built once: putting a statement together costs several times what running it does.
_BEGIN_COPY = update(openings).where(
    openings.c.opening_id == bindparam("of"),
    openings.c.copy_turn == bindparam("seen_turn"),
    openings.c.stopped_at.is_(None),
    or_(openings.c.outcome != "running", bindparam("takes_over", type_=Boolean)),
)
_BEGIN_SAME = _BEGIN_COPY.values(
    outcome="running",
    started_at=bindparam("at"),
    copy_turn=openings.c.copy_turn + 1,
    copy_owner=bindparam("owner"),
    copy_bytes=bindparam("of_bytes"),
    other_copy_held=or_(openings.c.other_copy_held, bindparam("other_held", type_=Boolean)),
)
_BEGIN_OTHER = _BEGIN_SAME.values(copy_tag=bindparam("tag"), copy_reached_bytes=0, copy_code=None, copy_sha256=None)
_LATEST = openings.c.copy_turn == bindparam("turn")
_FOLLOWS = and_(openings.c.copy_tag == bindparam("tag"), openings.c.copy_reached_bytes >= bindparam("first"))
_END_COPY = (
    update(openings)
    .where(openings.c.opening_id == bindparam("of"))
    .values(
        sent_bytes=openings.c.sent_bytes + bindparam("sent"),
        outcome=case(
            (not_(_LATEST), openings.c.outcome),
            (and_(_FOLLOWS, bindparam("at_end", type_=Boolean)), "completed"),
            else_=bindparam("ended", type_=String),
        ),
        copy_reached_bytes=case(
            (and_(_FOLLOWS, openings.c.copy_reached_bytes < bindparam("reached")), bindparam("reached")),
            else_=openings.c.copy_reached_bytes,
        ),
        copy_sha256=case(
            (and_(_LATEST, bindparam("sha256", type_=String).is_not(None)), bindparam("sha256", type_=String)),
            else_=openings.c.copy_sha256,
        ),
        copy_bytes=case(
            (and_(_LATEST, bindparam("of_bytes", type_=BigInteger).is_not(None)), bindparam("of_bytes")),
            else_=openings.c.copy_bytes,
        ),
        copy_code=case(
            (
                openings.c.copy_tag == bindparam("tag"),
                func.coalesce(bindparam("code", type_=LargeBinary), openings.c.copy_code),
            ),
            else_=openings.c.copy_code,
        ),
    )
)


_LOOK = select(
    openings.c.stopped_at,
    openings.c.copy_turn,
    select(sessions.c.session_id)
    .where(sessions.c.session_id == bindparam("session_id"), sessions.c.ended_at.is_(None))
    .scalar_subquery()
    .label("standing"),
    select(facts_changes.c.number).where(facts_changes.c.only == 1).scalar_subquery().label("number"),
).where(openings.c.opening_id == bindparam("opening_id"))


@dataclass(frozen=True, slots=True)
class CopyEnd:
    """How one fetch of a copy ended.

    Attributes:
        turn: Which fetch.
        outcome: As in the log; of a part that was handed over whole ``part``.
        tag: Names the copy's bytes.
        first: The first byte asked for.
        at_end: It was handed over up to the copy's last byte.
        sha256: Of the whole copy, where known.
        of_bytes: How long the whole copy is, where known.
        code: The authentication code behind its document, where known.
    """

    turn: int
    outcome: str
    sent_bytes: int = 0
    tag: str | None = None
    first: int = 0
    at_end: bool = False
    sha256: str | None = None
    of_bytes: int | None = None
    code: bytes | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """A fetch of a copy that begins.

    Attributes:
        at: When. Aware, UTC.
        owner: The process that makes it, by ``presence.Presence.owner``.
        tag: Names the copy's bytes; what is known of other bytes is forgotten. None where each making differs.
        of_bytes: How long the copy is, where that is known.
        takes_over: A copy that is running gives way.
        instead: All of it is the answer to a request for a part.
    """

    at: datetime
    owner: int
    tag: str | None
    of_bytes: int | None
    takes_over: bool = False
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What one look says of a copy that runs.

    Attributes:
        stopped_at: When its opening was ended. Aware, UTC.
        copy_turn: Which fetch is the latest.
        signed_out: The session that fetches it was ended, or never was.
        number: How many changes of facts there have been.
    """

    stopped_at: datetime | None
    copy_turn: int
    signed_out: bool
    number: int


def look(connection: Connection, opening_id: str, session_id: str) -> Look:
    """Look at a copy that runs, with one statement: whether it may go on by itself, and whether facts have changed.

    Raises:
        NotFound: There is no such opening.
    """
    row = connection.execute(_LOOK, {"opening_id": opening_id, "session_id": session_id}).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    return Look(row.stopped_at, row.copy_turn, row.standing is None, row.number or 0)


def begin_copy(connection: Connection, opening: OpeningRow, fetch: Fetch) -> bool:
    """Mark a copy as running.

    Args:
        connection: In a write transaction.
        opening: As it was read.
        fetch: What begins.

    Returns:
        False when one is running already, another was begun since the opening was read, or the opening was ended.
    """
    begun = {
        "of": opening.opening_id,
        "seen_turn": opening.copy_turn,
        "at": fetch.at,
        "owner": fetch.owner,
        "of_bytes": fetch.of_bytes,
        "takes_over": fetch.takes_over,
        "other_held": fetch.instead or opening.copy_tag not in (None, fetch.tag),
    }
    if fetch.tag is not None and fetch.tag == opening.copy_tag:
        return connection.execute(_BEGIN_SAME, begun).rowcount == 1
    return connection.execute(_BEGIN_OTHER, {**begun, "tag": fetch.tag}).rowcount == 1


def settle_copy(connection: Connection, opening: OpeningRow) -> bool:
    """Keep that nobody knows how a copy ended.

    Args:
        connection: In a write transaction.
        opening: As it was read, with the copy running.

    Returns:
        False when the end of that copy, or the beginning of a later one, was kept in the meantime.
    """
    still = and_(
        openings.c.opening_id == opening.opening_id,
        openings.c.copy_turn == opening.copy_turn,
        openings.c.outcome == "running",
    )
    return connection.execute(update(openings).where(still).values(outcome="unknown")).rowcount == 1


def end_copy(connection: Connection, opening_id: str, end: CopyEnd) -> None:
    """Keep how a fetch of a copy ended. One that had given way to a later fetch changes how much was sent, no more."""
    connection.execute(
        _END_COPY,
        {
            "of": opening_id,
            "turn": end.turn,
            "ended": end.outcome,
            "sent": end.sent_bytes,
            "tag": end.tag,
            "first": end.first,
            "reached": end.first + end.sent_bytes,
            "at_end": end.at_end,
            "sha256": end.sha256,
            "of_bytes": end.of_bytes,
            "code": end.code,
        },
    )
