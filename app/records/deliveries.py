"""What became of letters: on their way, delivered, come back; and when a mail service is asked about them again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, exists, or_, select, tuple_, update

from app.records.rows import is_row
from app.records.tables import grants, notices, people, releases, sessions
from app.rules.deliveries import BY_CODE, MATTERS, REPLACED, STALE, WITHHELD, Doubt, Track
from app.rules.facts import Person
from app.rules.mailanswers import Bounce

_AnyRow = Row[*tuple[Any, ...]]
_MANY = 500  # how many ids one query names; SQLite takes a limited number

_CAME_BACK_ON = select(people.c.person_id, people.c.name, people.c.email).where(
    people.c.person_id.in_(select(grants.c.person_id).where(grants.c.list_id == bindparam("list_id"))),
    exists().where(
        notices.c.person_id == people.c.person_id,
        notices.c.email == people.c.email,
        notices.c.bounce == Bounce.PERMANENT.value,
    ),
)


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter and how far it came. Neither its words nor its secret.

    Attributes:
        email: Empty once it was erased.
        name: Whose it is; empty where it is for an address that is no person's.
        text_version: Of which version of its text; None for one from before texts were numbered.
        due_at: When it is tried next, while it waits. Aware, UTC.
        raised_at: When the producer's team was told that it did not arrive. Aware, UTC.
    """

    notice_id: str
    email: str
    person_id: str | None
    name: str
    kind: str
    subject: str
    release_id: str | None
    text_version: int | None
    track: Track
    tries: int
    due_at: datetime
    doubt: Doubt
    handed_id: str
    raised_at: datetime | None
    sent_again: int

    @property
    def reference(self) -> str:
        """What its present sending is known by outside."""
        return f"{self.notice_id}-{self.sent_again}" if self.sent_again else self.notice_id


def find(connection: Connection, notice_id: str) -> LetterRow | None:
    """Give one letter, or None where there is none."""
    row = connection.execute(_letters().where(is_row(notices, notice_id))).one_or_none()
    return None if row is None else _letter(row)


def those(connection: Connection, notice_ids: Collection[str]) -> list[LetterRow]:
    """Give the letters of these ids, as far as there are any; at most a few hundred."""
    return _each(connection, _letters().where(notices.c.notice_id.in_(sorted(notice_ids))))


def take(connection: Connection, notice_id: str) -> LetterRow | None:
    """Give one letter, held until the transaction ends, so that of two who note the same one does."""
    locked = select(notices.c.notice_id).where(is_row(notices, notice_id)).with_for_update()
    connection.execute(locked)
    return find(connection, notice_id)


def page(
    connection: Connection,
    *,
    release_id: str | None = None,
    producer_id: str | None = None,
    person_id: str | None = None,
    email: str | None = None,
    waiting: bool = False,
    undelivered: bool = False,
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[LetterRow]:
    """Give letters, the newest first. Every filter that is given must hold.

    Args:
        connection: Any connection.
        release_id: Only those about this release.
        producer_id: Only those about the releases of this producer.
        person_id: Only those to this person.
        email: Only those to this address.
        waiting: Only those that are still to go.
        undelivered: Only those that came back or could not be sent.
        before: When the last one already given was queued, aware, and its id.
        limit: How many at most.
    """
    asked = _letters().where(notices.c.email != "")
    if release_id is not None:
        asked = asked.where(notices.c.release_id == release_id)
    if producer_id is not None:
        asked = asked.join(releases, releases.c.release_id == notices.c.release_id)
        asked = asked.where(releases.c.producer_id == producer_id)
    if person_id is not None:
        asked = asked.where(notices.c.person_id == person_id)
    if email is not None:
        asked = asked.where(notices.c.email == email)
    if waiting:
        asked = asked.where(notices.c.sent_at.is_(None), notices.c.given_up_at.is_(None))
    if undelivered:
        asked = asked.where(_did_not_arrive())
    if before is not None:
        asked = asked.where(tuple_(notices.c.queued_at, notices.c.notice_id) < before)
    return _each(connection, asked.order_by(notices.c.queued_at.desc(), notices.c.notice_id.desc()).limit(limit))


def refused_last(connection: Connection) -> str:
    """Give with which code GOV.UK Notify last refused every letter, as long as one waits for that; else nothing.

    Args:
        connection: Any connection.
    """
    waiting = select(notices.c.last_error).where(
        notices.c.sent_at.is_(None),
        notices.c.given_up_at.is_(None),
        notices.c.email != "",
        notices.c.last_error.startswith("notify 4"),
    )
    return connection.execute(waiting.order_by(notices.c.due_at.desc()).limit(1)).scalar_one_or_none() or ""


def troubled(
    connection: Connection, person_ids: Collection[str]
) -> dict[str, tuple[tuple[datetime, ...], tuple[datetime, ...]]]:
    """Give when letters to people's present addresses came back for good, and when something arrived there.

    A sign-in by a code shows that a letter arrived.

    Args:
        connection: Any connection.
        person_ids: As many as there are.

    Returns:
        By person id, for those to whom one came back. Aware, UTC.
    """
    bounced: dict[str, list[datetime]] = {}
    arrived: dict[str, list[datetime]] = {}
    for few in _in_lots(sorted(person_ids)):
        mine = and_(notices.c.person_id.in_(few), notices.c.email == people.c.email)
        asked = select(notices.c.person_id, notices.c.bounced_at, notices.c.bounce, notices.c.delivered_at)
        seen = asked.join(people, people.c.person_id == notices.c.person_id).where(
            mine, or_(notices.c.bounce == Bounce.PERMANENT.value, notices.c.delivered_at.is_not(None))
        )
        for row in connection.execute(seen):
            if row.delivered_at is not None:
                arrived.setdefault(row.person_id, []).append(row.delivered_at)
            if row.bounce == Bounce.PERMANENT.value:
                bounced.setdefault(row.person_id, []).append(row.bounced_at)
    for few in _in_lots(sorted(bounced)):
        signed = select(sessions.c.person_id, sessions.c.authenticated_at)
        by_code = (sessions.c.person_id.in_(few), sessions.c.how == BY_CODE)
        for who, at in connection.execute(signed.where(*by_code)):
            arrived.setdefault(who, []).append(at)
    return {who: (tuple(back), tuple(arrived.get(who, ()))) for who, back in bounced.items()}


def came_back_on(connection: Connection, list_id: str) -> tuple[Person, ...]:
    """Give the people named on a version to whose present addresses a letter came back for good.

    As a rule there are none, so that no more need be asked: of all who are named ``troubled`` gives no others.

    Args:
        connection: Any connection.
        list_id: The version.
    """
    return tuple(Person(*row) for row in connection.execute(_CAME_BACK_ON, {"list_id": list_id}))


def unraised(connection: Connection, release_id: str | None = None) -> list[LetterRow]:
    """Give the letters that matter, did not arrive, and that nobody was told of yet, the oldest first.

    Args:
        connection: Any connection.
        release_id: Only those about this release.
    """
    asked = _letters().where(
        notices.c.kind.in_(sorted(MATTERS)),
        notices.c.release_id.is_not(None),
        notices.c.raised_at.is_(None),
        notices.c.email != "",
        _did_not_arrive(),
    )
    if release_id is not None:
        asked = asked.where(notices.c.release_id == release_id)
    return _each(connection, asked.order_by(notices.c.queued_at, notices.c.notice_id).limit(_MANY))


def mark_raised(connection: Connection, notice_ids: Sequence[str], at: datetime) -> list[str]:
    """Put on record that the producer's team is told that these did not arrive.

    Args:
        connection: A writing one.
        notice_ids: At most a few hundred.
        at: When. Aware, UTC.

    Returns:
        Those of them that nobody had put on record before.
    """
    these = and_(notices.c.notice_id.in_(notice_ids), notices.c.raised_at.is_(None))
    marked = update(notices).where(these).values(raised_at=at).returning(notices.c.notice_id)
    return sorted(connection.execute(marked).scalars())


def mark_delivered(connection: Connection, notice_id: str, at: datetime) -> None:
    """Put on record that a letter arrived. Aware, UTC."""
    connection.execute(update(notices).where(is_row(notices, notice_id)).values(delivered_at=at))


def mark_bounced(connection: Connection, notice_id: str, bounce: Bounce, code: str, at: datetime) -> None:
    """Put on record that a letter came back. Aware, UTC.

    Args:
        code: Of the failure, without anybody's words.
    """
    back = {"bounced_at": at, "bounce": bounce.value, "last_error": code}
    connection.execute(update(notices).where(is_row(notices, notice_id)).values(**back))


def mark_lost(connection: Connection, notice_id: str, code: str, at: datetime) -> None:
    """Put on record that a mail service took a letter and then could not send it.

    Args:
        connection: A writing one.
        notice_id: Which letter.
        code: Of the failure, without anybody's words.
        at: When. Aware, UTC.
    """
    lost = {"sent_at": None, "given_up_at": at, "secret": None, "last_error": code}
    connection.execute(update(notices).where(is_row(notices, notice_id)).values(**lost))


def mark_doubt(connection: Connection, notice_id: str, doubt: Doubt) -> None:
    """Put on record whether a letter went twice, or that it did not."""
    connection.execute(update(notices).where(is_row(notices, notice_id)).values(doubt=doubt.value))


def send_again(connection: Connection, notice_id: str, at: datetime) -> bool:
    """Let a letter that did not arrive go once more, from now on. Aware, UTC.

    Returns:
        False when it is none of those meanwhile, or held a code, which is forgotten.
    """
    coded = notices.c.body.contains("{secret}", autoescape=True)
    failed = and_(is_row(notices, notice_id), _did_not_arrive(), notices.c.email != "", ~coded)
    again = {
        "sent_at": None,
        "given_up_at": None,
        "bounced_at": None,
        "bounce": None,
        "delivered_at": None,
        "raised_at": None,
        "in_hand": False,
        "tries": 0,
        "doubt": Doubt.NONE.value,
        "sent_again": notices.c.sent_again + 1,
        "last_error": None,
        "due_at": at,
    }
    return connection.execute(update(notices).where(failed).values(**again)).rowcount == 1


def _did_not_arrive() -> ColumnElement[bool]:
    """Say what ``rules.deliveries.is_undelivered`` says, of rows."""
    back = and_(
        notices.c.bounce.is_not(None),
        or_(notices.c.delivered_at.is_(None), notices.c.delivered_at <= notices.c.bounced_at),
    )
    unneeded = notices.c.last_error.in_([REPLACED, STALE, WITHHELD])
    lost = and_(notices.c.given_up_at.is_not(None), notices.c.sent_at.is_(None), notices.c.delivered_at.is_(None))
    return or_(back, and_(lost, or_(notices.c.last_error.is_(None), ~unneeded)))


def _letters() -> Select[Any]:
    whose = people.c.name.label("person_name")
    return select(notices, whose).join(people, people.c.person_id == notices.c.person_id, isouter=True)


def _each(connection: Connection, asked: Select[Any]) -> list[LetterRow]:
    return [_letter(row) for row in connection.execute(asked)]


def _letter(row: _AnyRow) -> LetterRow:
    return LetterRow(
        notice_id=row.notice_id,
        email=row.email,
        person_id=row.person_id,
        name=row.person_name or "",
        kind=row.kind,
        subject=row.subject,
        release_id=row.release_id,
        text_version=row.text_version,
        track=Track(
            queued_at=row.queued_at,
            sent_at=row.sent_at,
            given_up_at=row.given_up_at,
            error=row.last_error,
            delivered_at=row.delivered_at,
            bounced_at=row.bounced_at,
            bounce=None if row.bounce is None else Bounce(row.bounce),
        ),
        tries=row.tries,
        due_at=row.due_at,
        doubt=Doubt(row.doubt),
        handed_id=row.handed_id,
        raised_at=row.raised_at,
        sent_again=row.sent_again,
    )


def _in_lots(found: list[str]) -> list[list[str]]:
    return [found[start : start + _MANY] for start in range(0, len(found), _MANY)]
