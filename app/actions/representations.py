"""The record of access to a release, and what is put into it as we go: what people said to the producer."""

from __future__ import annotations

from datetime import datetime

from app.actions import on_record
from app.actions.tools import Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, record_requests, releases
from app.records.record_requests import RepresentationRow as RepresentationRow
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound
from app.rules.facts import PRODUCING, Role
from app.rules.record_facts import Representation
from app.rules.statutory_record import StatutoryRecord, statutory_record

READING = (*PRODUCING, Role.AUDITOR)


def record_representation(
    tools: Tools,
    actor: Actor,
    release_id: str,
    *,
    by: str,
    about: str,
    words: str,
    made_at: datetime,
    by_person_id: str | None = None,
) -> RepresentationRow:
    """Put on record what somebody said to the producer about the format, the content or the timing of a publication.

    Args:
        by: Who it was, as the record shall say.
        about: ``format``, ``content`` or ``timing``.
        words: What was said or written.
        made_at: When. Aware, not in the future.
        by_person_id: The person, where the service knows them.

    Raises:
        NotFound: There is no such release or person, or the actor has no business with it.
        Refused: The actor has another role.
        Malformed: It is to have been said in the future.

    Source:
        SSI 2008/399 Sch. para 8(1); WSI 2009/2818 Sch. para 9(1)
    """
    at = tools.clock.now()
    if made_at > at:
        raise Malformed("It cannot have been said in the future.", code=Code.INVALID_INSTANT)
    with tools.transaction(once=True) as tx:
        row = releases.get_row(tx.connection, release_id)
        require_role(actor, row.organisation_id, *PRODUCING)
        if by_person_id is not None and not eligibility.person_named_on(tx.connection, release_id, by_person_id):
            raise NotFound(NOTHING_THERE)  # a person on the list of this release, or nobody: no way to look people up
        kept = RepresentationRow(
            representation_id=tools.new_id("rpn"),
            release_id=release_id,
            by_person_id=by_person_id,
            said=Representation(by, about, made_at, words),
            recorded_at=at,
            recorded_by=actor.actor_id,
        )
        record_requests.add_representation(tx.connection, kept)
        tx.append(
            Entry(
                EntryKind.REPRESENTATION_RECORDED,
                at,
                actor_id=actor.actor_id,
                person_id=by_person_id,
                producer_id=row.release.producer.producer_id,
                release_id=release_id,
                said={"representation_id": kept.representation_id, "about": about},
                sealed={"by": by, "words": words[:2000]},
            )
        )
    return kept


def list_representations(tools: Tools, actor: Actor, release_id: str) -> tuple[RepresentationRow, ...]:
    """Give what was said about the format, content or timing of a release, to those who keep it and to auditors.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor has another role.
    """
    with tools.reading() as connection:
        require_role(actor, releases.get_row(connection, release_id).organisation_id, *READING)
        return record_requests.representations_of(connection, release_id)


def read_record(tools: Tools, actor: Actor, release_id: str) -> StatutoryRecord:
    """Give the whole record of a release, as the governing Order has it kept.

    Raises:
        NotFound: There is no such release, or the actor has no business with it.
        Refused: The actor is neither head of profession nor auditor there.
        Malformed: The governing Order has no record kept.

    Source:
        SSI 2008/399 Sch. para 8(1); WSI 2009/2818 Sch. para 9(1)
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
        on_record.demand_record(row.release)
        return statutory_record(on_record.facts_on_record(connection, row.release, at), at)
