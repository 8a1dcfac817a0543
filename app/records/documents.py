"""Documents, and everything the rule may look at when one person asks for one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select, update

from app.plain import plain
from app.records import declarations, eligibility, people, releases, scans, suspensions, training, wrong_facts
from app.records.tables import documents
from app.records.tables import releases as releases_table
from app.rules.errors import NOTHING_THERE, Conflict, NotFound
from app.rules.facts import AccessFacts, DocumentCard, DocumentState, Person, Release, Training, london_date
from app.rules.scans import NEVER, Scanned, ScanState

# Built once: putting a statement together costs several times what running it does.
_BY_ID = select(documents).where(documents.c.document_id == bindparam("document_id"))
_IN_TURN = select(documents).order_by(documents.c.uploaded_at, documents.c.document_id)
_OF_RELEASE = _IN_TURN.where(documents.c.release_id == bindparam("release_id"))


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with what is kept of it on the shelf.

    Attributes:
        crc32: Of the plain bytes, 0 to 2³²−1.
        wrapped_identity: The document's own key, wrapped.
        escrowed_identity: The same, sealed to the offline recipient, where there is one.
        escrow_recipient: Who that was, where it is on record.
        key_destroyed_at: When the key of a recalled document was destroyed; nobody can open it any more.
        revision: Counts the changes; what an ETag says.
    """

    card: DocumentCard
    replaces_id: str | None
    note: str
    crc32: int
    sealed_bytes: int
    object_name: str
    wrapped_identity: bytes
    escrowed_identity: bytes | None
    uploaded_by: str
    uploaded_at: datetime
    fixed_by: str | None = None
    fixed_at: datetime | None = None
    recalled_at: datetime | None = None
    recall_reason: str | None = None
    recalled_by: str | None = None
    escrow_recipient: str | None = None
    key_destroyed_at: datetime | None = None
    key_destroyed_by: str | None = None
    scanned: Scanned = NEVER
    revision: int = 1


def add(connection: Connection, row: DocumentRow) -> None:
    """Add a document that was just sealed."""
    card = row.card
    connection.execute(
        insert(documents),
        {
            "document_id": card.document_id,
            "release_id": card.release_id,
            "file_name": card.file_name,
            "media_type": card.media_type,
            "version": card.version,
            "replaces_id": row.replaces_id,
            "note": row.note,
            "state": card.state.value,
            "rehearsal": card.rehearsal,
            "sha256": card.sha256,
            "crc32": row.crc32,
            "plain_bytes": card.plain_bytes,
            "sealed_bytes": row.sealed_bytes,
            "object_name": row.object_name,
            "wrapped_identity": row.wrapped_identity,
            "escrowed_identity": row.escrowed_identity,
            "escrow_recipient": row.escrow_recipient,
            "uploaded_by": row.uploaded_by,
            "uploaded_at": row.uploaded_at,
            **scans.scan_values(row.scanned),
            "revision": row.revision,
        },
    )


def get(connection: Connection, document_id: str) -> DocumentRow:
    """Give a document.

    Raises:
        NotFound: There is none.
    """
    row = connection.execute(_BY_ID, {"document_id": document_id}).one_or_none()
    if row is None:
        raise NotFound(NOTHING_THERE)
    return row_of(row)


def of_release(connection: Connection, release_id: str) -> tuple[DocumentRow, ...]:
    """Give every document of a release, in every state, in the order of their arrival."""
    return tuple(map(row_of, plain(connection.execute(_OF_RELEASE, {"release_id": release_id}))))


def of_other_sort(connection: Connection, producer_id: str, card: DocumentCard) -> tuple[DocumentRow, ...]:
    """Give the documents of a producer with the same content that are rehearsed where this one is real, or the reverse.

    In every state: what was recalled was real all the same. What was destroyed has left its hash.
    """
    wanted = (
        select(documents)
        .join(releases_table, releases_table.c.release_id == documents.c.release_id)
        .where(
            documents.c.sha256 == card.sha256,
            documents.c.rehearsal.is_(not card.rehearsal),
            releases_table.c.producer_id == producer_id,
        )
        .order_by(documents.c.uploaded_at, documents.c.document_id)
    )
    return tuple(row_of(row) for row in plain(connection.execute(wanted)))


def object_names(connection: Connection) -> frozenset[str]:
    """Give the object names of all documents, of every release and in every state."""
    return frozenset(connection.execute(select(documents.c.object_name)).scalars())


def kept_names(connection: Connection) -> frozenset[str]:
    """Give the object names of all documents whose key is not destroyed: these lie in the store."""
    there = select(documents.c.object_name).where(func.length(documents.c.wrapped_identity) > 0)
    return frozenset(connection.execute(there).scalars())


def fix(connection: Connection, row: DocumentRow, *, by: str, at: datetime) -> None:
    """Fix a draft as final form, and put away the version it replaces.

    Raises:
        Conflict: Somebody changed it meanwhile.
    """
    _change(connection, row, state=DocumentState.FINAL.value, fixed_by=by, fixed_at=at)
    if row.replaces_id is not None:
        connection.execute(
            update(documents)
            .where(
                documents.c.document_id == row.replaces_id,
                documents.c.state.in_([DocumentState.FINAL.value, DocumentState.DRAFT.value]),
            )
            .values(state=DocumentState.SUPERSEDED.value, revision=documents.c.revision + 1)
        )


def recall(connection: Connection, row: DocumentRow, *, reason: str, by: str, at: datetime) -> None:
    """Mark a document as taken back.

    Raises:
        Conflict: Somebody changed it meanwhile.
    """
    recalled = DocumentState.RECALLED.value
    _change(connection, row, state=recalled, recalled_at=at, recall_reason=reason, recalled_by=by)


def destroy_key(connection: Connection, row: DocumentRow, *, by: str, at: datetime) -> None:
    """Forget the wrapped key of a document, and the escrowed one.

    Raises:
        Conflict: Somebody changed it meanwhile.
    """
    _change(connection, row, wrapped_identity=b"", escrowed_identity=None, key_destroyed_at=at, key_destroyed_by=by)


def sealed_to(connection: Connection) -> tuple[DocumentRow, ...]:
    """Give every document whose key is not destroyed, of all releases, in the order of their ids."""
    there = select(documents).where(func.length(documents.c.wrapped_identity) > 0).order_by(documents.c.document_id)
    return tuple(map(row_of, plain(connection.execute(there))))


def put_escrow(connection: Connection, row: DocumentRow, *, escrowed: bytes, recipient: str) -> None:
    """Put the key sealed to another offline recipient in the place of what was there.

    Args:
        escrowed: The document's identity, sealed.
        recipient: To whom, ``age1…``.

    Raises:
        Conflict: Somebody changed the document meanwhile.
    """
    _change(connection, row, escrowed_identity=escrowed, escrow_recipient=recipient)


def access_facts(connection: Connection, *, person_id: str, document_id: str, at: datetime) -> AccessFacts:
    """Gather everything the rule may look at when one person asks for one document.

    The hash of the words to be signed is left empty: the records know no rules, so the action adds it.

    Args:
        connection: One connection, so that everything is seen at one moment.
        person_id: The person, or the client's id for a program, which no list names.
        document_id: The document.
        at: The instant asked about; which suspensions count. Aware.

    Raises:
        NotFound: There is no such document.
    """
    return facts_about(connection, person_id=person_id, document=get(connection, document_id).card, at=at)


def facts_about(connection: Connection, *, person_id: str, document: DocumentCard, at: datetime) -> AccessFacts:
    """Gather the same for a document already read, or for one that only stands for “any document of this release”.

    Of the list in force only this person's grants are read, and those of the recipients whom they stand behind; the
    rule looks at no others.

    Args:
        connection, person_id, at: As for ``access_facts``.
        document: Its card; only its release and state count.

    Raises:
        NotFound: There is no such release.
    """
    release = releases.get(connection, document.release_id)
    if not document.document_id:  # it stands for any document of the release, so it is of its sort
        document = replace(document, rehearsal=release.rehearsal)
    return _with_recipients(connection, release, person_id, document, at)


def facts_then(connection: Connection, *, person_id: str, document_id: str, list_id: str, at: datetime) -> AccessFacts:
    """Gather the same about an instant that is past, from the records as they are now, by the list that served then.

    Args:
        connection, person_id, document_id, at: As for ``access_facts``.
        list_id: The version of the list that was relied on.

    Raises:
        NotFound: There is no such document.
    """
    document = get(connection, document_id).card
    release = releases.get(connection, document.release_id)
    return _with_recipients(connection, release, person_id, document, at, list_id)


def _with_recipients(
    connection: Connection,
    release: Release,
    person_id: str,
    document: DocumentCard,
    at: datetime,
    list_id: str | None = None,
) -> AccessFacts:
    found = _facts(connection, release, person_id, document, at, list_id)
    recipients = {grant.for_person_id for grant in found.grants if grant.for_person_id} - {person_id}
    if not recipients:
        return found
    theirs = tuple(_facts(connection, release, one, document, at, list_id) for one in sorted(recipients))
    return replace(found, recipients=theirs)


def _facts(
    connection: Connection,
    release: Release,
    person_id: str,
    document: DocumentCard,
    at: datetime,
    list_id: str | None,
) -> AccessFacts:
    on = london_date(at)
    if list_id is None:
        relied_on = eligibility.in_force_for(connection, document.release_id, person_id, on=on)
    else:
        relied_on = eligibility.version_for(connection, list_id, person_id, on=on)
    mine = relied_on.rows if relied_on else ()
    return AccessFacts(
        # A program is no person of ours; it is on no list, and the rule says so.
        person=people.find(connection, person_id) or Person(person_id, "", ""),
        release=release,
        document=document,
        eligibility_list=relied_on.eligibility_list if relied_on else None,
        grants=tuple(row.grant for row in mine),
        declarations=declarations.covering(
            connection, person_id=person_id, release_id=document.release_id, series_id=release.series_id
        ),
        suspensions=suspensions.suspensions_for(
            connection,
            producer_id=release.producer.producer_id,
            person_id=person_id,
            at=at,
            post_ids=tuple(row.post_id for row in mine),
        ),
        trainings=_trainings(connection, release, person_id, then=list_id is not None),
        wrong=wrong_facts.about(
            connection,
            producer_id=release.producer.producer_id,
            release_id=release.release_id,
            person_id=person_id,
            rows=mine,
        ),
    )


def _trainings(connection: Connection, release: Release, person_id: str, *, then: bool) -> tuple[Training, ...]:
    if release.producer.training_days is None and not then:
        return ()  # nobody asks, so nothing is read; somebody may have asked at an instant that is past
    return training.of_people(connection, release.producer.producer_id, {person_id}).get(person_id, ())


def _change(connection: Connection, row: DocumentRow, **values: Any) -> None:
    same = and_(documents.c.document_id == row.card.document_id, documents.c.revision == row.revision)
    changed = connection.execute(update(documents).where(same).values(revision=row.revision + 1, **values))
    if changed.rowcount != 1:
        raise Conflict("Somebody changed this document since you read it. Read it again, then repeat your change.")


def row_of(row: Row[*tuple[Any, ...]]) -> DocumentRow:
    """Give a document as its row has it."""
    card = DocumentCard(
        document_id=row.document_id,
        release_id=row.release_id,
        file_name=row.file_name,
        media_type=row.media_type,
        sha256=row.sha256,
        plain_bytes=row.plain_bytes,
        state=DocumentState(row.state),
        version=row.version,
        rehearsal=row.rehearsal,
        malware=row.scan_signature if row.scan_state == ScanState.FOUND.value else "",
    )
    return DocumentRow(
        card=card,
        replaces_id=row.replaces_id,
        note=row.note,
        crc32=row.crc32,
        sealed_bytes=row.sealed_bytes,
        object_name=row.object_name,
        wrapped_identity=row.wrapped_identity,
        escrowed_identity=row.escrowed_identity,
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
        fixed_by=row.fixed_by,
        fixed_at=row.fixed_at,
        recalled_at=row.recalled_at,
        recall_reason=row.recall_reason,
        recalled_by=row.recalled_by,
        escrow_recipient=row.escrow_recipient,
        key_destroyed_at=row.key_destroyed_at,
        key_destroyed_by=row.key_destroyed_by,
        scanned=scans.scanned_of(row),
        revision=row.revision,
    )
