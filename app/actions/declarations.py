"""Declarations: the words shown, signed by the service or with one's own key, kept, and withdrawn."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.actions import deciding
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_fresh_sign_in
from app.audit.entries import Entry, EntryKind
from app.records import declarations, eligibility, producer_words, releases
from app.records.declarations import DeclarationRow as DeclarationRow
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.declarations import (
    SIGNING_SPAN,
    Signing,
    lapses_at,
    same_name,
    statement,
)
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Declaration, DeclarationScope, Grant, Release, ReleaseState
from app.rules.reasons import instant_text, utc
from app.rules.undertakings.words import Undertaking, undertaking

_DECLARATION_ID = re.compile(r"dcl_[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one person is asked to sign for one release today.

    Attributes:
        days: How many days the declaration will count.
        for_series: The release belongs to a series, so one declaration may be signed for all of it.
    """

    release: Release
    list_version: int
    grants: tuple[Grant, ...]
    words: Undertaking
    days: int
    for_series: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that waits to be signed with the person's own key.

    Attributes:
        payload: The canonical bytes to be signed, and no others.
        expires_at: When it can no longer be handed in. Aware, UTC.
    """

    declaration_id: str
    payload: bytes
    expires_at: datetime


def undertaking_for(
    tools: Tools, actor: Actor, release_id: str, *, scope: DeclarationScope = DeclarationScope.RELEASE
) -> Asked:
    """Show the words that this person would have to sign for a release today, or for the whole series it belongs to.

    Args:
        scope: What they would sign for.

    Raises:
        NotFound: There is no such release, or the person is not on its list in force.
        Malformed: The release belongs to no series (code ``declaration_not_valid``).
        OutOfOrder: The release is published or cancelled.
    """
    with tools.reading() as connection:
        return _asked(connection, actor, release_id, scope)


def sign_declaration(
    tools: Tools,
    actor: Actor,
    release_id: str,
    *,
    undertaking_sha256: str,
    typed_name: str,
    agreed: bool,
    scope: DeclarationScope = DeclarationScope.RELEASE,
) -> DeclarationRow:
    """Sign the declaration by typing one's name; the service seals it. Signing again renews it.

    Args:
        undertaking_sha256: Hash of the words that were shown; must be today's.
        typed_name: The person's own name, capitals and blanks apart.
        agreed: The box was ticked.
        scope: This release, or the whole series it belongs to.

    Raises:
        Refused: The sign-in is not fresh.
        Malformed: Not agreed, another name, or other words (code ``declaration_not_valid``).
        NotFound, OutOfOrder: As ``undertaking_for``; the release is published or cancelled.

    Source:
        SI 2008/2998 Sch. para 8; SR 2009/71 Sch. para 8
    """
    at = _to_the_millisecond(tools.clock.now())
    require_fresh_sign_in(actor, at, tools.policy)
    with tools.reading() as connection:
        asked = _asked(connection, actor, release_id, scope)
    _demand_agreement(actor, asked, undertaking_sha256, typed_name, agreed)
    signing = _signing(actor, asked, tools.new_id("dcl"), at, typed_name)
    jws = tools.keys.sign_declaration(canonical_json(statement(asked.release, asked.words, signing)))
    return _keep(tools, actor, asked, signing, jws, how="sealed_by_service", at=at)


def prepare_declaration(
    tools: Tools,
    actor: Actor,
    release_id: str,
    *,
    undertaking_sha256: str,
    typed_name: str,
    agreed: bool,
    scope: DeclarationScope = DeclarationScope.RELEASE,
) -> Prepared:
    """Write the exact statement to be signed with the person's own registered key. Nothing is kept of it.

    Args:
        undertaking_sha256, typed_name, agreed, scope: As for ``sign_declaration``.

    Raises:
        Refused, Malformed, NotFound, OutOfOrder: As ``sign_declaration``.
    """
    at = _to_the_millisecond(tools.clock.now())
    require_fresh_sign_in(actor, at, tools.policy)
    with tools.reading() as connection:
        asked = _asked(connection, actor, release_id, scope)
    _demand_agreement(actor, asked, undertaking_sha256, typed_name, agreed)
    signing = _signing(actor, asked, tools.new_id("dcl"), at, typed_name)
    payload = canonical_json(statement(asked.release, asked.words, signing))
    return Prepared(signing.declaration_id, payload, at + SIGNING_SPAN)


def sign_declaration_with_key(tools: Tools, actor: Actor, release_id: str, *, jws: str) -> DeclarationRow:
    """Take a declaration that the person signed with their own key.

    It is taken only when its payload is, byte for byte, the statement that we would write now for its id, its instant
    and its typed name, and one of the person's live keys signed it.

    Args:
        jws: A compact JWS of type ``pra-declaration+jws``; its kid is the thumbprint of a registered key.

    Raises:
        Refused: The sign-in is not fresh.
        Malformed: It does not verify, is too old, lies in the future, or says something else.
        Conflict: It was handed in before.
        NotFound, OutOfOrder: As ``sign_declaration``.

    Source:
        RFC 7515 section 5.2
    """
    at = tools.clock.now()
    require_fresh_sign_in(actor, at, tools.policy)
    with tools.reading() as connection:
        keys = declarations.keys_of(connection, actor.person_id or "")
        _asked(connection, actor, release_id, DeclarationScope.RELEASE)  # nobody else is told what is wrong with it
    payload = tools.keys.verify_declaration(jws, keys)
    with tools.reading() as connection:
        asked = _asked(connection, actor, release_id, _scope_claimed(payload))
    signing = _signing_claimed(actor, asked, payload, at)
    if canonical_json(statement(asked.release, asked.words, signing)) != payload:
        raise _not_accepted("What was signed is not the statement that was prepared, or the words have changed since.")
    return _keep(tools, actor, asked, signing, jws, how="own_key", at=at)


def withdraw_declaration(tools: Tools, actor: Actor, declaration_id: str) -> DeclarationRow:
    """Withdraw one's own declaration: it no longer counts from this instant, nor does any signed earlier for the same.

    Raises:
        NotFound: There is none, or it is somebody else's.
        OutOfOrder: It was withdrawn before (code ``already_ended``).
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = declarations.get(tx.connection, declaration_id)
        if actor.person_id is None or row.declaration.person_id != actor.person_id:
            raise NotFound(NOTHING_THERE)
        withdrawn = declarations.withdraw(tx.connection, row, at)
        if not withdrawn:
            raise OutOfOrder("You have withdrawn this declaration already.", code=Code.ALREADY_ENDED)
        release = releases.get(tx.connection, row.release_id)
        tx.append(
            Entry(
                EntryKind.DECLARATION_WITHDRAWN,
                at,
                actor_id=actor.actor_id,
                person_id=actor.person_id,
                producer_id=release.producer.producer_id,
                release_id=row.release_id,
                said={"declaration_id": declaration_id, "also": list(withdrawn[1:])},
            )
        )
        return declarations.get(tx.connection, declaration_id)


def published_keys(tools: Tools) -> dict[str, list[dict[str, str]]]:
    """Give the JWK set with which anybody can verify the declarations that the service has sealed."""
    keys: dict[str, list[dict[str, str]]] = tools.keys.declaration_jwk_set()
    return keys


def _asked(connection: Connection, actor: Actor, release_id: str, scope: DeclarationScope) -> Asked:
    release = releases.get(connection, release_id)
    in_force = eligibility.in_force(connection, release_id)
    mine = tuple(g for g in in_force.grants if g.person_id == actor.person_id) if in_force and actor.person_id else ()
    if in_force is None or not mine:
        raise NotFound(NOTHING_THERE)
    if release.state in (ReleaseState.PUBLISHED, ReleaseState.CANCELLED):
        raise OutOfOrder(f"The release is {release.state.value}; there is nothing left to sign for.")
    asking = producer_words.asked_for(connection, release_id)
    if scope is DeclarationScope.SERIES and (not asking.series_title or release.rehearsal):
        what = "A rehearsal stands for itself." if release.rehearsal else "The release belongs to no series."
        raise _not_accepted(f"{what} Sign for the release alone.")
    words = undertaking(replace(deciding.basis_of(release, mine, asking), scope=scope))
    return Asked(release, in_force.version, mine, words, asking.days, bool(asking.series_title))


def _scope_claimed(payload: bytes) -> DeclarationScope:
    """Read from a verified payload what it was prepared for; whatever else it says is compared as a whole."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return DeclarationScope.RELEASE
    series = isinstance(said, dict) and said.get("scope") == DeclarationScope.SERIES.value
    return DeclarationScope.SERIES if series else DeclarationScope.RELEASE


def _demand_agreement(actor: Actor, asked: Asked, sha256: str, typed_name: str, agreed: bool) -> None:
    if not agreed:
        raise _not_accepted("Tick that you agree; without that nothing is signed.")
    if not same_name(typed_name, actor.name):
        raise _not_accepted("Type your own name as it stands in your sign-in.")
    if sha256 != asked.words.sha256:
        raise _not_accepted("These are not the words in force. Fetch the declaration again and read it.")


def _signing(actor: Actor, asked: Asked, declaration_id: str, at: datetime, typed_name: str) -> Signing:
    if actor.person_id is None or actor.authenticated_at is None:
        raise NotFound(NOTHING_THERE)
    return Signing(
        declaration_id=declaration_id,
        person_id=actor.person_id,
        person_name=actor.name,
        list_version=asked.list_version,
        signed_at=at,
        lapses_at=lapses_at(at, asked.days),
        authenticated_by=actor.how,
        authenticated_at=actor.authenticated_at,
        typed_name=typed_name,
    )


def _signing_claimed(actor: Actor, asked: Asked, payload: bytes, at: datetime) -> Signing:
    """Read from a verified payload the three members that only the person's own copy can tell us."""
    try:
        said: dict[str, Any] = json.loads(payload)
        declaration_id, signed_text, typed_name = (str(said[n]) for n in ("declaration_id", "signed_at", "typed_name"))
        signed_at = utc(datetime.fromisoformat(signed_text))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise _not_accepted("What was signed is not a statement of this service.") from None
    if not _DECLARATION_ID.fullmatch(declaration_id) or not same_name(typed_name, actor.name):
        raise _not_accepted("What was signed is not the statement that was prepared for you.")
    if not at - SIGNING_SPAN <= signed_at <= at:
        raise _not_accepted("The statement was prepared too long ago, or lies in the future. Prepare it again.")
    return _signing(actor, asked, declaration_id, signed_at, typed_name)


def _keep(
    tools: Tools, actor: Actor, asked: Asked, signing: Signing, jws: str, *, how: str, at: datetime
) -> DeclarationRow:
    row = DeclarationRow(
        declaration=Declaration(
            declaration_id=signing.declaration_id,
            person_id=signing.person_id,
            undertaking_sha256=asked.words.sha256,
            list_version=signing.list_version,
            signed_at=signing.signed_at,
            lapses_at=signing.lapses_at,
            scope=asked.words.scope,
        ),
        release_id=asked.release.release_id,
        undertaking_version=asked.words.version,
        undertaking_text=asked.words.text,
        how=how,
        jws=jws,
        series_id=asked.release.series_id if asked.words.scope is DeclarationScope.SERIES else None,
    )
    with tools.transaction(once=True) as tx:
        if declarations.find(tx.connection, signing.declaration_id) is not None:
            raise Conflict("This declaration was handed in before; the first stands.", code=Code.ALREADY_EXISTS)
        declarations.add(tx.connection, row)
        tx.append(
            Entry(
                EntryKind.DECLARATION_SIGNED,
                at,
                actor_id=actor.actor_id,
                person_id=signing.person_id,
                producer_id=asked.release.producer.producer_id,
                release_id=asked.release.release_id,
                said={
                    "declaration_id": signing.declaration_id,
                    "scope": row.declaration.scope.value,
                    "series_id": row.series_id,
                    "ground_letter": asked.words.ground_letter,
                    "undertaking_version": asked.words.version,
                    "undertaking_sha256": asked.words.sha256,
                    "list_version": signing.list_version,
                    "jws_sha256": sha256_hex(jws.encode()),
                    "lapses_at": instant_text(signing.lapses_at),
                    "how": how,
                },
            )
        )
    return row


def _to_the_millisecond(at: datetime) -> datetime:
    # The statement says milliseconds; what is kept must say the same.
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _not_accepted(why: str) -> Malformed:
    return Malformed(why, code=Code.DECLARATION_NOT_VALID)
