"""One-time codes and how often they were asked for, sessions, and the keys that people registered."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, func, insert, select, update

from app.records.rows import add_row, is_row, one_row
from app.records.tables import attempts, people, person_keys, sessions, sign_in_codes
from app.rules.facts import Person

# Built once: putting a statement together costs several times what running it does, and every request asks this.
_BY_TOKEN_HASH = (
    select(sessions, people.c.name, people.c.email)
    .join(people, people.c.person_id == sessions.c.person_id)
    .where(
        sessions.c.token_hash == bindparam("token_hash"),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > bindparam("at"),
    )
)
_ENDS = select(sessions.c.expires_at).where(sessions.c.session_id == bindparam("session_id"))


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A one-time code, by its keyed hash. ``person_id`` None: nobody we know has that address. Instants aware UTC."""

    code_id: str
    person_id: str | None
    address_hash: str
    code_hash: str
    made_at: datetime
    expires_at: datetime
    tries: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session and whose it is. Instants aware UTC."""

    session_id: str
    person: Person
    how: str
    authenticated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A person's own public key. ``thumbprint`` is the ``kid`` of ``jwk``. Instants aware UTC."""

    key_id: str
    person_id: str
    thumbprint: str
    jwk: dict[str, str]
    registered_at: datetime
    ended_at: datetime | None


# --- one-time codes --------------------------------------------------------------------------------------------------


def add_code(
    connection: Connection,
    *,
    code_id: str,
    person_id: str | None,
    address_hash: str,
    network_hash: str,
    code_hash: str,
    at: datetime,
    expires_at: datetime,
) -> list[str]:
    """Keep a new code, by its keyed hash; those asked for before for this address from this network count no more.

    Args:
        person_id: Whose address it is, or None when nobody we know has it.
        address_hash, network_hash, code_hash: Keyed hashes, 64 hexadecimal digits.

    Returns:
        Ids of the codes that it replaces.
    """
    earlier = and_(
        sign_in_codes.c.address_hash == address_hash,
        sign_in_codes.c.network_hash == network_hash,
        sign_in_codes.c.used_at.is_(None),
    )
    replaced = list(connection.execute(select(sign_in_codes.c.code_id).where(earlier)).scalars())
    connection.execute(update(sign_in_codes).where(earlier).values(used_at=at))
    connection.execute(
        insert(sign_in_codes).values(
            code_id=code_id,
            person_id=person_id,
            address_hash=address_hash,
            network_hash=network_hash,
            code_hash=code_hash,
            made_at=at,
            expires_at=expires_at,
        )
    )
    return replaced


def find_code(connection: Connection, code_id: str) -> CodeRow | None:
    """Give a code and keep everybody else waiting for it until this transaction ends; None when there is none."""
    row = connection.execute(
        select(sign_in_codes).where(is_row(sign_in_codes, code_id)).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    return CodeRow(
        row.code_id,
        row.person_id,
        row.address_hash,
        row.code_hash,
        row.made_at,
        row.expires_at,
        row.tries,
        row.used_at,
    )


def count_try(connection: Connection, code_id: str) -> None:
    """Count one more failed try at a code."""
    connection.execute(
        update(sign_in_codes).where(is_row(sign_in_codes, code_id)).values(tries=sign_in_codes.c.tries + 1)
    )


def use_code(connection: Connection, code_id: str, at: datetime) -> bool:
    """Use a code up; False when it was used already.

    Returns:
        Whether it had not been used already.
    """
    unused = update(sign_in_codes).where(is_row(sign_in_codes, code_id), sign_in_codes.c.used_at.is_(None))
    return connection.execute(unused.values(used_at=at)).rowcount == 1


# --- rate limits -----------------------------------------------------------------------------------------------------


def count_attempts(
    connection: Connection, kind: str, subject_hash: str, since: datetime
) -> tuple[int, datetime | None]:
    """Say how often something was tried since an instant, and when first; everybody else's turn waits for this one.

    Args:
        subject_hash: Keyed hash of the address or network.

    Returns:
        The number, and the instant of the first, aware UTC, or None when there was none.
    """
    if connection.dialect.name == "postgresql":  # SQLite lets one writer in at a time anyway
        turn = zlib.crc32(f"{kind}\n{subject_hash}".encode())
        connection.execute(select(func.pg_advisory_xact_lock(turn)))
    counted = select(func.count(), func.min(attempts.c.at)).where(_attempts(kind, subject_hash), attempts.c.at > since)
    row = connection.execute(counted).one()
    return int(row[0]), row[1]


def add_attempt(connection: Connection, kind: str, subject_hash: str, at: datetime, *, forget_before: datetime) -> None:
    """Count one more try, and forget those that no limit looks at any more.

    Args:
        kind: What was tried.
        subject_hash: Keyed hash of the address or network, 64 hexadecimal digits.
        forget_before: Aware, UTC.
    """
    connection.execute(delete(attempts).where(_attempts(kind, subject_hash), attempts.c.at <= forget_before))
    connection.execute(insert(attempts).values(kind=kind, subject_hash=subject_hash, at=at))


def _attempts(kind: str, subject_hash: str) -> ColumnElement[bool]:
    return and_(attempts.c.kind == kind, attempts.c.subject_hash == subject_hash)


# --- sessions --------------------------------------------------------------------------------------------------------


def add(
    connection: Connection,
    *,
    session_id: str,
    token_hash: str,
    person_id: str,
    how: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Begin a session; of its token only the keyed hash is kept.

    Args:
        token_hash: Keyed hash, 64 hexadecimal digits.
        how: How the person proved who they are.
    """
    connection.execute(
        insert(sessions).values(
            session_id=session_id,
            token_hash=token_hash,
            person_id=person_id,
            how=how,
            authenticated_at=at,
            expires_at=expires_at,
        )
    )


def find_by_token_hash(connection: Connection, token_hash: str, at: datetime) -> SessionRow | None:
    """Give the session with this token, when it stands at this instant; None otherwise.

    Args:
        token_hash: Keyed hash, 64 hexadecimal digits.
        at: Aware, UTC.
    """
    row = connection.execute(_BY_TOKEN_HASH, {"token_hash": token_hash, "at": at}).one_or_none()
    if row is None:
        return None
    person = Person(row.person_id, row.name, row.email)
    return SessionRow(row.session_id, person, row.how, row.authenticated_at, row.expires_at)


def of_person(connection: Connection, person: Person, at: datetime) -> tuple[SessionRow, ...]:
    """Give the sessions of a person that stand at this instant, the latest first.

    Args:
        connection: Any connection.
        person: Whose.
        at: Aware, UTC.
    """
    standing = and_(sessions.c.person_id == person.person_id, sessions.c.ended_at.is_(None), sessions.c.expires_at > at)
    found = select(sessions).where(standing).order_by(sessions.c.authenticated_at.desc(), sessions.c.session_id)
    return tuple(
        SessionRow(row.session_id, person, row.how, row.authenticated_at, row.expires_at)
        for row in connection.execute(found)
    )


def expires_at(connection: Connection, session_id: str) -> datetime:
    """Say when a session ends by itself.

    Raises:
        NotFound: There is none with this id.
    """
    return cast(datetime, one_row(connection, _ENDS, session_id=session_id)[0])


def end(connection: Connection, session_id: str, at: datetime) -> bool:
    """End a session; False when it had ended already.

    Returns:
        Whether it had not ended already.
    """
    return _end_sessions(connection, is_row(sessions, session_id), at) == 1


def end_all_of(connection: Connection, person_id: str, at: datetime) -> int:
    """End every session of a person; gives how many there were.

    Returns:
        How many there were.
    """
    return _end_sessions(connection, sessions.c.person_id == person_id, at)


def end_all_by(connection: Connection, person_id: str, how: str, at: datetime) -> int:
    """End every session of a person that began in one way.

    Args:
        how: How they proved who they are.

    Returns:
        How many there were.
    """
    return _end_sessions(connection, and_(sessions.c.person_id == person_id, sessions.c.how == how), at)


def _end_sessions(connection: Connection, wanted: ColumnElement[bool], at: datetime) -> int:
    ended = update(sessions).where(wanted, sessions.c.ended_at.is_(None)).values(ended_at=at)
    return connection.execute(ended).rowcount


# --- people's own keys -----------------------------------------------------------------------------------------------


def add_key(connection: Connection, *, key_id: str, person_id: str, jwk: dict[str, str], at: datetime) -> None:
    """Keep a person's public key.

    Args:
        jwk: In its normal form, with its thumbprint as ``kid``.

    Raises:
        Conflict: The key is registered already, or was once.
    """
    add_row(
        connection,
        person_keys,
        "registration of this key",
        key_id=key_id,
        person_id=person_id,
        thumbprint=jwk["kid"],
        jwk=json.dumps(jwk, sort_keys=True),
        registered_at=at,
    )


def get_key(connection: Connection, key_id: str) -> KeyRow:
    """Give a person's key, ended or not.

    Raises:
        NotFound: There is none with this id.
    """
    return _key(one_row(connection, select(person_keys).where(is_row(person_keys, key_id))))


def end_key(connection: Connection, key_id: str, at: datetime) -> bool:
    """End a key: nothing more can be signed with it; False when it had ended already.

    Returns:
        Whether it had not ended already.
    """
    ended = update(person_keys).where(is_row(person_keys, key_id), person_keys.c.ended_at.is_(None))
    return connection.execute(ended.values(ended_at=at)).rowcount == 1


def keys_of(connection: Connection, person_id: str, *, ended_too: bool = False) -> tuple[KeyRow, ...]:
    """Give a person's keys, the earliest first; those ended only when asked for.

    Args:
        ended_too: Those also that have ended.
    """
    asked = select(person_keys).where(person_keys.c.person_id == person_id)
    if not ended_too:
        asked = asked.where(person_keys.c.ended_at.is_(None))
    in_turn = asked.order_by(person_keys.c.registered_at, person_keys.c.key_id)
    return tuple(_key(row) for row in connection.execute(in_turn))


def _key(row: Row[Any]) -> KeyRow:
    jwk: dict[str, str] = json.loads(row.jwk)
    return KeyRow(row.key_id, row.person_id, row.thumbprint, jwk, row.registered_at, row.ended_at)
