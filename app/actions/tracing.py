"""Tracing a stray copy: from a file, or from a number read off a page, to the opening it came from. On record.

The file is hashed as it arrives and held in memory up to a bound, never stored. It is a stranger's file, so that only
the workshop looks into it. Staff of a producer trace to openings of its own releases; whatever else there may be is
told to them as nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.actions import desk
from app.actions.tools import Actor, Tools, Transaction, require_anywhere
from app.audit.entries import Entry, EntryKind, Outcome
from app.audit.reading import Wanted
from app.audit.told import told
from app.records import breaches, releases, traces
from app.records.traces import Scope
from app.records.traces import TracedOpening as TracedOpening
from app.rules import tracewords, tracing
from app.rules.breaches import IncidentKind, reported
from app.rules.errors import Code, Malformed
from app.rules.facts import Role
from app.rules.opening_numbers import readings
from app.rules.tracing import Finding, Lead, Means, SameDocument, Weighed
from app.vault.copies import CopyFormat, copy_format
from app.vault.copies.marks import one_line
from app.vault.found import IN_FILE_NAME, NAMES, Looked, heard
from app.vault.workshop.tasks import Task

TRACERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
CANDIDATES_AT_MOST = 200
_OPENINGS_ON_RECORD = 20
_AROUND_A_COPY_BYTES = 1024 * 1024  # what a copy is longer by than its document, at the most
_NUMBERS_TOLD = 50
_PROOFS = frozenset({"access_decided", "copy_started", "copy_outcome", "passphrase_revealed"})


@dataclass(frozen=True, slots=True)
class TracedLead:
    """An opening that the copy may have come from.

    Attributes:
        entry_ids: The entries of the log whose receipts prove what became of it, oldest first.
    """

    opening: TracedOpening
    lead: Lead
    entry_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """What a trace came to.

    Attributes:
        file_sha256: Of the file; empty where a number was traced.
        number: As it was typed; empty where a file was traced.
        leads: The surest first; empty when nothing was found.
        same: The documents that the file is, byte for byte.
        disagree: What was found cannot all be true.
        missed: What of the file could not be looked into, for people.
        words: What must be said of the whole, whole sentences.
        incident_id: The incident that was opened, or stood on record for this copy; None when none was asked for.
        entry_id: The entry of this trace.
    """

    traced_at: datetime
    file_sha256: str
    number: str
    leads: tuple[TracedLead, ...]
    same: tuple[SameDocument, ...]
    disagree: bool
    missed: tuple[str, ...]
    words: tuple[str, ...]
    incident_id: str | None
    entry_id: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who traces what: ``subject`` names it for the record, and for its one incident."""

    tools: Tools
    actor: Actor | None
    at: datetime
    subject: dict[str, str]
    open_incident: bool


@dataclass(frozen=True, slots=True)
class _Pointed:
    """What the records know of what was found."""

    findings: tuple[Finding, ...]
    known: dict[str, TracedOpening]
    same: tuple[SameDocument, ...] = ()
    nowhere: tuple[tuple[str, bool], ...] = ()
    release_ids: frozenset[str] = frozenset()


def trace_file(
    tools: Tools, actor: Actor | None, name: str, chunks: Iterable[bytes], *, open_incident: bool = False
) -> Trace:
    """Say which opening a copy came from.

    Args:
        tools: What this is done with.
        actor: Who traces; None for the operator at the machine.
        name: The name the file was found under, or empty.
        chunks: The file, decrypted where it can be. What is longer than ``whole_limit_bytes`` is compared by its hash
            alone.
        open_incident: Put what was found on record as an unauthorised disclosure, once for one file and release.

    Raises:
        Refused: The actor is neither auditor nor lead official nor head of profession.
        Malformed: The file is empty, longer than any copy, or too much to look into; that is in the log by then.
        Unavailable: No process can be had to look into it.
    """
    scope = _scope(actor)
    sha256, held = _arrived(tools, chunks)
    at = tools.clock.now()
    asked = _Asked(tools, actor, at, {"file_sha256": sha256}, open_incident)
    with tools.reading() as connection:
        copies = traces.by_copy(connection, sha256, scope)
    looked = Looked(()) if copies else _look(asked, one_line(name), held)
    with tools.reading() as connection:
        pointed = _pointed(connection, sha256, copies, looked, scope)
    return _told(asked, pointed, looked.missed)


def trace_number(tools: Tools, actor: Actor | None, typed: str, *, open_incident: bool = False) -> Trace:
    """Say which opening a number belongs to that somebody read off a page, a screen or a photograph.

    Args:
        tools, actor, open_incident: As for ``trace_file``.
        typed: In capitals or not, with its hyphen or without, ``?`` for a letter that cannot be read.

    Raises:
        Refused: The actor is neither auditor nor lead official nor head of profession.
        Malformed: It cannot be a number.
    """
    scope = _scope(actor)
    at = tools.clock.now()
    meant = readings(typed)
    by_means = {Means.TYPED: meant.exact, Means.LOOK_ALIKE: meant.look_alike, Means.ONE_LETTER_OFF: meant.near}
    with tools.reading() as connection:
        found = {means: traces.by_numbers(connection, numbers, scope).values() for means, numbers in by_means.items()}
    findings = tuple(_finding(means, one) for means, some in found.items() for one in some)
    known = {one.opening_id: one for some in found.values() for one in some}
    return _told(_Asked(tools, actor, at, {"number": meant.typed}, open_incident), _Pointed(findings, known), ())


def _scope(actor: Actor | None) -> Scope:
    if actor is None:
        return None
    require_anywhere(actor, *TRACERS)
    held = {role.organisation_id for role in actor.roles if role.role in TRACERS}
    return None if None in held else frozenset(one for one in held if one is not None)


def _arrived(tools: Tools, chunks: Iterable[bytes]) -> tuple[str, bytes | None]:
    """Give the hash of what arrives, and the whole of it where it is not too long to be held."""
    sha256, size_bytes = hashlib.sha256(), 0
    held: bytearray | None = bytearray()
    longest_bytes = tools.policy.document_limit_bytes + _AROUND_A_COPY_BYTES
    for chunk in chunks:
        sha256.update(chunk)
        size_bytes += len(chunk)
        if size_bytes > longest_bytes:
            raise Malformed("This file is longer than any copy can be.", code=Code.DOCUMENT_TOO_LARGE)
        if held is not None:
            held += chunk
        if size_bytes > tools.policy.whole_limit_bytes:
            held = None
    if not size_bytes:
        raise Malformed("The file is empty. Send the copy itself as the body.", code=Code.DOCUMENT_EMPTY)
    return sha256.hexdigest(), None if held is None else bytes(held)


def _look(asked: _Asked, name: str, held: bytes | None) -> Looked:
    limit_mib = asked.tools.policy.whole_limit_bytes // 1024**2
    longer = () if held is not None else (f"the inside of the file, which is longer than {limit_mib} MiB",)
    try:
        looked = heard(asked.tools.workshop.do(Task.TRACE, held or b"", {"name": name}))
    except Malformed as error:
        said = {"reason": error.code.value, **asked.subject}
        with asked.tools.transaction() as tx:
            tx.append(
                Entry(EntryKind.COPY_TRACED, asked.at, Outcome.REFUSED, actor_id=_actor_id(asked.actor), said=said)
            )
        raise Malformed(
            f"The file could not be looked into. {error.detail} Or trace the number that stands in its mark.",
            code=error.code,
        ) from None
    return replace(looked, missed=(*longer, *looked.missed))


def _pointed(
    connection: Connection, sha256: str, copies: Sequence[TracedOpening], looked: Looked, scope: Scope
) -> _Pointed:
    places: dict[str, list[str]] = {}
    for one in looked.found:
        places.setdefault(one.number, []).append(one.where)
    numbered = traces.by_numbers(connection, places, scope)
    findings = [_finding(Means.WHOLE_COPY, one) for one in copies]
    for number, opening in sorted(numbered.items()):
        names = tuple(where for where in places[number] if _is_name(where))
        marks = tuple(where for where in places[number] if not _is_name(where))
        findings += [_finding(Means.MARK, opening, marks)] if marks else []
        findings += [_finding(Means.FILE_NAME, opening, names)] if names else []
    same, opened = [], []
    stored = traces.documents_of(connection, sha256, scope)
    for document in stored:
        of_it = traces.of_document(connection, document.document_id, CANDIDATES_AT_MOST)
        bare = [one for one in of_it if one.carried_bare]
        is_bare = bool(bare) if of_it else copy_format(document.media_type, document.file_name) is CopyFormat.ZIP
        same.append(SameDocument(document.document_id, document.file_name, is_bare, document.opened))
        opened += bare
    findings += [_finding(Means.DOCUMENT, one) for one in opened]
    nowhere = [(number, not all(map(_is_name, places[number]))) for number in sorted(places) if number not in numbered]
    known = {one.opening_id: one for one in (*copies, *numbered.values(), *opened)}
    releases_meant = frozenset(document.release_id for document in stored)
    return _Pointed(tuple(findings), known, tuple(same), tuple(nowhere[:_NUMBERS_TOLD]), releases_meant)


def _is_name(where: str) -> bool:
    return where == IN_FILE_NAME or where.endswith(NAMES)


def _finding(means: Means, opening: TracedOpening, where: tuple[str, ...] = ()) -> Finding:
    return Finding(means, opening.opening_id, opening.document_id, opening.number, where)


def _told(asked: _Asked, pointed: _Pointed, missed: tuple[str, ...]) -> Trace:
    """Weigh what was found, put the trace on record, and with it the incident that was asked for."""
    tools = asked.tools
    weighed = tracing.weigh(pointed.findings, same=pointed.same, nowhere=pointed.nowhere)
    openings = [pointed.known[lead.opening_id] for lead in weighed.leads]
    about = frozenset(one.release_id for one in openings) | pointed.release_ids
    words, incident_id = list(weighed.words), None
    with tools.reading() as connection:
        leads = tuple(
            TracedLead(opening, lead, _proofs(connection, opening))
            for opening, lead in zip(openings, weighed.leads, strict=True)
        )
    with tools.transaction() as tx:
        if asked.open_incident and len(about) == 1:
            incident_id = _incident(asked, tx, next(iter(about)), leads, weighed)
        entry_id = tx.append(_entry(asked, tx.connection, about, leads, weighed, incident_id))
    if about and incident_id is None:
        words.append(tracewords.SEVERAL_RELEASES if asked.open_incident else tracewords.REPORT_IT)
    return Trace(
        traced_at=asked.at,
        file_sha256=asked.subject.get("file_sha256", ""),
        number=asked.subject.get("number", ""),
        leads=leads,
        same=pointed.same,
        disagree=weighed.disagree,
        missed=missed,
        words=tuple(words),
        incident_id=incident_id,
        entry_id=entry_id,
    )


def _proofs(connection: Connection, opening: TracedOpening) -> tuple[str, ...]:
    wanted = Wanted(document_id=opening.document_id, person_id=opening.person_id, kinds=_PROOFS)
    return tuple(one.entry_id for one in told(connection, wanted) if one.said.get("opening_id") == opening.opening_id)


def _incident(
    asked: _Asked, tx: Transaction, release_id: str, leads: tuple[TracedLead, ...], weighed: Weighed
) -> str | None:
    """Open the one incident for this copy and release, or give the one that is on record."""
    ((sort, value),) = asked.subject.items()
    release = releases.get(tx.connection, release_id)
    lines = [
        f"Opening {one.opening.number}, {one.opening.post_title}, {one.opening.organisation}: "
        f"{tracewords.CONFIDENCE_WORDS[one.lead.confidence]}. {' '.join(one.lead.why)}"
        for one in leads[:_OPENINGS_ON_RECORD]
    ]
    draft = reported(
        IncidentKind.UNAUTHORISED_DISCLOSURE,
        release,
        text="\n".join(["A stray copy was traced.", *lines, *weighed.words]),
        reporter="whoever traced a copy of it",
        occurred_at=asked.at,
    )
    evidence = {
        sort: value,
        "disagree": weighed.disagree,
        "openings": [
            {"opening_id": one.opening.opening_id, "confidence": one.lead.confidence.value}
            for one in leads[:_OPENINGS_ON_RECORD]
        ],
    }
    draft = replace(draft, rule_key=f"trace:{value}:{release_id}", facts={**draft.facts, "trace": evidence})
    person_id = asked.actor.person_id if asked.actor else None
    made = desk.open_incident(asked.tools, tx, draft, at=asked.at, opened_by=person_id)
    return made or breaches.find_by_rule_key(tx.connection, draft.rule_key or "")


def _entry(
    asked: _Asked,
    connection: Connection,
    about: frozenset[str],
    leads: tuple[TracedLead, ...],
    weighed: Weighed,
    incident_id: str | None,
) -> Entry:
    # No person is named beside it, not even for filters: whoever is suspected would read of it among their own entries.
    release_id = next(iter(about)) if len(about) == 1 else None
    producers = {releases.get(connection, one).producer.producer_id for one in about}
    return Entry(
        EntryKind.COPY_TRACED,
        asked.at,
        actor_id=_actor_id(asked.actor),
        producer_id=next(iter(producers)) if len(producers) == 1 else None,
        release_id=release_id,
        said={
            **asked.subject,
            "by": sorted({means.value for one in leads for means in one.lead.means}),
            "opening_ids": [one.opening.opening_id for one in leads[:_OPENINGS_ON_RECORD]],
            "openings": len(leads),
            "disagree": weighed.disagree,
            **({"incident_id": incident_id} if incident_id else {}),
        },
    )


def _actor_id(actor: Actor | None) -> str:
    return actor.actor_id if actor else "operator"
