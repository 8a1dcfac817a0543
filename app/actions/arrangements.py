"""The statement of how a producer keeps to its Order: published by the head of profession, read by anybody."""

from __future__ import annotations

from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import arrangements, organisations
from app.records.arrangements import ArrangementsRow as ArrangementsRow
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.errors import Code, Malformed, NotFound
from app.rules.facts import Role


def publish_arrangements(
    tools: Tools, actor: Actor, producer_id: str, *, statement: str, role_words: str = ""
) -> ArrangementsRow:
    """Publish a new version of a producer's statement of arrangements. Every version stays public.

    Args:
        statement: What the arrangements are, as plain text.
        role_words: The role of the head of profession, or of the senior statisticians, where that is appropriate.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor is not the head of profession there.
        Malformed: There is no statement, or it is the one already published.

    Source:
        SI 2008/2998 Sch. para 9(c); SR 2009/71 Sch. para 9(c); WSI 2009/2818 Sch. para 10(3);
        WSI 2009/2818 Sch. para 10(4)
    """
    at = tools.clock.now()
    if not statement.strip():
        raise Malformed("The statement is empty.", errors=[{"where": "statement", "what": "is empty"}])
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        before = arrangements.versions_of(tx.connection, producer_id)
        row = ArrangementsRow(
            arrangements_id=tools.new_id("arr"),
            producer_id=producer_id,
            producer_name=producer.name,
            version=before[0].version + 1 if before else 1,
            statement=statement,
            role_words=role_words,
            sha256=sha256_hex(canonical_json({"statement": statement, "role_words": role_words})),
            published_at=at,
            by_person_id=actor.actor_id,
        )
        if before and before[0].sha256 == row.sha256:
            raise Malformed("This statement is published already. Nothing was done.", code=Code.NO_CHANGE)
        arrangements.add(tx.connection, row)
        tx.append(
            Entry(
                EntryKind.ARRANGEMENTS_PUBLISHED,
                at,
                actor_id=actor.actor_id,
                producer_id=producer_id,
                said={"arrangements_id": row.arrangements_id, "version": row.version, "sha256": row.sha256},
            )
        )
    return row


def read_arrangements(tools: Tools, producer_id: str, version: int | None = None) -> ArrangementsRow:
    """Give a version of a producer's statement, or the newest, to anybody.

    Raises:
        NotFound: There is no such producer or version, or nothing is published; they are never told apart.
    """
    with tools.reading() as connection:
        return arrangements.get(connection, producer_id, version)


def list_arrangements(tools: Tools, producer_id: str) -> tuple[ArrangementsRow, ...]:
    """Give every version of a producer's statement, the newest first, to anybody.

    Raises:
        NotFound: There is no such producer, or nothing is published; the two are never told apart.
    """
    with tools.reading() as connection:
        found = arrangements.versions_of(connection, producer_id)
    if not found:
        raise NotFound(NOTHING_THERE)
    return found
