"""Destroying records: of one release, or one person's details. The leaves of the log stay, so that it still verifies.

What goes, what is emptied and what stays is listed in ``destroy`` and ``forget_person``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    case,
    delete,
    func,
    not_,
    or_,
    select,
    tuple_,
    union,
    union_all,
    update,
)

from app.records.rows import is_row, one_row
from app.records.tables import (
    age_keys,
    alarms,
    confirmations,
    contingencies,
    corrective_actions,
    declarations,
    deputies,
    disclosures,
    documents,
    duties,
    entries,
    entry_labels,
    erasures,
    failures,
    grants,
    holdings,
    idempotency,
    incident_links,
    incidents,
    jobs,
    legal_holds,
    lists,
    notices,
    openings,
    organisations,
    page_confirmations,
    people,
    person_keys,
    prepared_text_versions,
    prepared_texts,
    probes,
    producers,
    production_access,
    provider_accounts,
    readiness_marks,
    ready_letters,
    reapplications,
    recall_people,
    recalls,
    record_requests,
    release_moves,
    release_seals,
    releases,
    report_submissions,
    report_versions,
    representations,
    review_findings,
    review_marks,
    roles,
    saved_searches,
    seal_places,
    sessions,
    sign_in_codes,
    standing_grants,
    statements,
    suspensions,
    training_records,
    upload_parts,
    upload_turns,
    uploads,
    verdicts,
    watch_plans,
    wrong_facts,
)
from app.rules.facts import DocumentState, london_date
from app.rules.retention import PersonRecord, ProducerHeld

GONE = "Destroyed at the end of its retention."
ERASED_NAME = "Erased at their own request"
_EMPTY_LIST = {
    "notes": "[]",
    "override_reason": "",
    "failures_considered": "",
    "growth_reason": "",
    "edited_by": "[]",
}
_OF_ONE_RELEASE = (
    openings,
    deputies,
    confirmations,
    ready_letters,
    duties,
    representations,
    failures,
    production_access,
    prepared_text_versions,
    prepared_texts,
)  # tables whose rows about a release go altogether


def destroy(connection: Connection, release_id: str, at: datetime) -> tuple[dict[str, int], tuple[str, ...]]:
    """Destroy the records of one release.

    Goes altogether: its grants, declarations (one for a whole series only once no release of the series whose records
    are not destroyed names its signer), openings, deputies, coordinators' confirmations, letters set to go to its
    readers, duties, representations, failures put on record about people because of it, who was asked about its recalls
    and what they stated, its register of production access, the texts prepared for its day, and what the watch was to
    look for and saw; the keys of its documents, wrapped and escrowed; what was on its way to it in parts; the clear
    values behind the log's commitments, and whom its entries are about; what its seals say of each person; what was
    found wrong of its lists, its deputies and those declarations.
    Is emptied: notices about it (address, subject, text), stored answers to repeated requests, what incidents and
    alarms about it say in words, whom somebody named as their cause, what was written in reports of them and to whom
    those went, what was to be done because of them, why it was moved, recalled or made public by this service itself,
    notes of its lists and documents, requests for its record.
    Stays: the release with its title and instants, its moves, the hashes of its lists and documents, the published list
    of posts, messages to webhooks, which hold what was public, incidents with number, kind and instants, the statements
    of its seals, and every leaf of the log.

    Args:
        connection: An open write transaction.
        release_id: The release.
        at: Now. Aware, UTC.

    Returns:
        How many rows of each kind went, and the names of the stored objects to be removed once this is committed.
    """
    of_lists = select(lists.c.list_id).where(lists.c.release_id == release_id)
    going = connection.execute(_declarations_going(release_id)).all()
    signed = [row.declaration_id for row in going]
    tokens = _ids_about(connection, release_id) | set(signed)
    names = _objects_of(connection, release_id)
    counts = {
        "clear_values": _forget_entries(connection, _entries_going(release_id, going)),
        "notices": _empty_notices(connection, tokens, at),
        "stored_answers": _empty_answers(connection, tokens),
        **{table.name: _deleted(connection, table, table.c.release_id == release_id) for table in _OF_ONE_RELEASE},
        "declarations": _deleted(connection, declarations, declarations.c.declaration_id.in_(signed)),
        "review_marks": _deleted(connection, review_marks, review_marks.c.release_id == release_id),
        "wrong_facts": _deleted(
            connection, wrong_facts, or_(wrong_facts.c.release_id == release_id, wrong_facts.c.subject_id.in_(signed))
        ),
        **_destroy_recalls(connection, release_id),
        **_forget_watch(connection, release_id),
        "uploads": _forget_uploads(connection, release_id),
        "grants": _deleted(connection, grants, grants.c.list_id.in_(of_lists)),
        "documents": _changed(
            connection,
            documents,
            documents.c.release_id == release_id,
            wrapped_identity=b"",
            escrowed_identity=None,
            state=DocumentState.RECALLED.value,
            note="",
            recalled_at=at,
            recall_reason=GONE,
            revision=documents.c.revision + 1,
        ),
        **_empty_incidents(connection, release_id),
        "moves": _changed(connection, release_moves, release_moves.c.release_id == release_id, reason=""),
        "contingencies": _changed(
            connection, contingencies, contingencies.c.release_id == release_id, reason="", withdrawn_reason=""
        ),
        "requests": _changed(
            connection,
            record_requests,
            record_requests.c.release_id == release_id,
            requester=GONE,
            address="",
            asked_for="",
            answer=None,
        ),
    }
    counts["sealed_openings"] = _empty_seals(connection, release_id)
    counts["lists"] = _changed(connection, lists, lists.c.release_id == release_id, **_EMPTY_LIST)
    return {name: count for name, count in counts.items() if count}, names


def _empty_seals(connection: Connection, release_id: str) -> int:
    """Take away what the seals of a release say of each person; the leaves stay, so that roots can be made again."""
    sealed = select(release_seals.c.seal_id).where(release_seals.c.release_id == release_id)
    said = and_(seal_places.c.seal_id.in_(sealed), seal_places.c.salt.is_not(None))
    return _changed(connection, seal_places, said, salt=None, record=None)


def _empty_incidents(connection: Connection, release_id: str) -> dict[str, int]:
    """Empty what incidents and their reports say, and to whom those went; signings and hashes stay."""
    of_release = select(incidents.c.incident_id).where(incidents.c.release_id == release_id)
    which = report_versions.c.incident_id.in_(of_release)
    of_versions = select(report_versions.c.report_version_id).where(which)
    sent = report_submissions.c.report_version_id.in_(of_versions)
    return {
        "incidents": _changed(
            connection,
            incidents,
            incidents.c.release_id == release_id,
            summary=GONE,
            facts="{}",
            note="",
            caused_by=None,
            head_told_how="",
        ),
        "corrective_actions": _changed(
            connection,
            corrective_actions,
            corrective_actions.c.incident_id.in_(of_release),
            what=GONE,
            owner=GONE,
            ended_how="",
            owner_id=None,
            confirmed_how="",
        ),
        "review_findings": _deleted(connection, review_findings, review_findings.c.incident_id.in_(of_release)),
        "incident_links": _changed(connection, incident_links, incident_links.c.incident_id.in_(of_release), reason=""),
        "report_submissions": _changed(connection, report_submissions, sent, submitted_by=GONE, to_whom=GONE, how=GONE),
        "report_versions": _changed(connection, report_versions, which, content="{}", note=""),
    }


def _destroy_recalls(connection: Connection, release_id: str) -> dict[str, int]:
    return {
        "statements": _deleted(connection, statements, statements.c.release_id == release_id),
        "people_asked": _deleted(connection, recall_people, recall_people.c.release_id == release_id),
        "recalls": _changed(connection, recalls, recalls.c.release_id == release_id, reason=GONE, closed_note=""),
    }


def _forget_watch(connection: Connection, release_id: str) -> dict[str, int]:
    """Delete what the watch was to look for and saw, and the words on the page; empty what its alarms say."""
    return {
        "jobs": _deleted(connection, jobs, jobs.c.release_id == release_id),
        "probes": _deleted(connection, probes, probes.c.release_id == release_id),
        "verdicts": _deleted(connection, verdicts, verdicts.c.release_id == release_id),
        "watch_plans": _deleted(connection, watch_plans, watch_plans.c.release_id == release_id),
        "page_confirmations": _deleted(connection, page_confirmations, page_confirmations.c.release_id == release_id),
        "readiness_marks": _deleted(connection, readiness_marks, readiness_marks.c.release_id == release_id),
        "alarms": _changed(connection, alarms, alarms.c.release_id == release_id, summary=GONE, note=""),
    }


def _objects_of(connection: Connection, release_id: str) -> tuple[str, ...]:
    """Name the stored objects of a release: its documents, and parts of what was on its way to it."""
    stored = select(documents.c.object_name).where(documents.c.release_id == release_id)
    of_release = select(uploads.c.upload_id).where(uploads.c.release_id == release_id)
    parts = select(upload_parts.c.object_name).where(upload_parts.c.upload_id.in_(of_release))
    return tuple(connection.execute(union_all(stored, parts)).scalars())


def _forget_uploads(connection: Connection, release_id: str) -> int:
    """Delete what was on its way to the release, with the keys of its parts."""
    of_release = select(uploads.c.upload_id).where(uploads.c.release_id == release_id)
    for table in (upload_turns, upload_parts):
        _deleted(connection, table, table.c.upload_id.in_(of_release))
    return _deleted(connection, uploads, uploads.c.release_id == release_id)


def _declarations_going(release_id: str) -> Select[Any]:
    """Ask for the declarations that go with the records of a release: what they are, whose, and where signed.

    One for a series was relied on by every release of it that names its signer, and goes with the last of them.
    """
    destroyed = select(erasures.c.release_id).where(erasures.c.release_id.is_not(None))
    other, of = releases.alias("other"), declarations.c
    stands = and_(
        other.c.series_id == of.series_id, other.c.release_id != release_id, other.c.release_id.not_in(destroyed)
    )
    listed = (
        select(grants.c.grant_id)
        .select_from(grants.join(lists, lists.c.list_id == grants.c.list_id))
        .join(other, other.c.release_id == lists.c.release_id)
        .where(stands, grants.c.person_id == of.person_id)
        .correlate(declarations)
    )
    opened = (
        select(openings.c.opening_id)
        .join(other, other.c.release_id == openings.c.release_id)
        .where(stands, openings.c.person_id == of.person_id)
        .correlate(declarations)
    )
    series = select(releases.c.series_id).where(releases.c.release_id == release_id).scalar_subquery()
    left_over = and_(of.series_id == series, of.release_id.in_(destroyed))
    return select(of.declaration_id, of.person_id, of.release_id).where(
        or_(
            and_(of.scope == "release", of.release_id == release_id),
            and_(
                of.scope == "series",
                or_(of.release_id == release_id, left_over),
                not_(or_(listed.exists(), opened.exists())),
            ),
        )
    )


def _entries_going(release_id: str, going: Sequence[Row[Any, Any]]) -> ColumnElement[bool]:
    """Say which entries of the log are forgotten: those of the release, and of declarations that go only now.

    The signing and the withdrawing of a declaration that stays are not among them.
    """
    of = entries.c
    about_signing = of.kind.in_(("declaration_signed", "declaration_withdrawn"))
    kept = select(declarations.c.person_id).where(
        declarations.c.release_id == release_id,
        declarations.c.declaration_id.not_in([row.declaration_id for row in going]),
    )
    stay = and_(about_signing, func.coalesce(of.person_id, "").in_(kept))
    earlier = [
        and_(about_signing, of.release_id == row.release_id, of.person_id == row.person_id)
        for row in going
        if row.release_id != release_id
    ]
    return or_(and_(of.release_id == release_id, not_(stay)), *earlier)


def erased_objects(connection: Connection) -> frozenset[str]:
    """Give the object names of documents whose keys are destroyed."""
    asked = select(documents.c.object_name).where(documents.c.wrapped_identity == b"")
    return frozenset(connection.execute(asked).scalars())


def releases_naming(connection: Connection, person_id: str) -> tuple[str, ...]:
    """Give the ids of the releases whose records name a person and are not destroyed, rehearsals too.

    By a grant, an opening, a declaration, a kept report, another record about them, the words on a page, a prepared
    text that is theirs in any way, their address where a deputy was named or a coordinator wanted a change, or as who
    acted in an entry of the log.
    """
    name, email = one_row(connection, select(people.c.name, people.c.email).where(is_row(people, person_id)))
    of_reports = select(incidents.c.release_id).join(
        report_versions, report_versions.c.incident_id == incidents.c.incident_id
    )
    of_pages, page = select(page_confirmations.c.release_id), page_confirmations.c
    of_grants = select(lists.c.release_id).join(grants, grants.c.list_id == lists.c.list_id)
    acted = select(entries.c.release_id).join(disclosures, disclosures.c.entry_id == entries.c.entry_id)
    named = union(
        of_grants.where(grants.c.person_id == person_id),
        *(
            select(table.c.release_id).where(table.c.person_id == person_id)
            for table in (openings, declarations, deputies, failures, production_access, recall_people)
        ),
        select(deputies.c.release_id).where(deputies.c.for_person_id == person_id),
        select(deputies.c.release_id).where(func.lower(deputies.c.email) == email.lower()),
        select(confirmations.c.release_id).where(
            or_(
                confirmations.c.answered_by == person_id,
                func.lower(confirmations.c.changes).contains(f'"email": {json.dumps(email.lower())}', autoescape=True),
            )
        ),
        select(representations.c.release_id).where(representations.c.by_person_id == person_id),
        of_reports.where(_says(name, email, report_versions.c.content)),
        of_pages.where(
            or_(
                page.confirmed_by == person_id,
                page.ended_by == person_id,
                _says(name, email, page.scheduled_by, page.seen, page.reason),
            )
        ),
        *_texts_naming(person_id, name, email),
        select(incidents.c.release_id).where(incidents.c.caused_by.contains(f'"{person_id}"')),
        select(incidents.c.release_id)
        .join(corrective_actions, corrective_actions.c.incident_id == incidents.c.incident_id)
        .where(corrective_actions.c.owner_id == person_id),
        select(entries.c.release_id).where(entries.c.person_id == person_id),
        acted.where(disclosures.c.clear_value == person_id),
        select(releases.c.release_id).where(releases.c.lead_official_id == person_id),
    ).subquery()
    destroyed = select(erasures.c.release_id).where(erasures.c.release_id.is_not(None))
    asked = select(releases.c.release_id).where(
        releases.c.release_id.in_(select(named.c.release_id)), releases.c.release_id.not_in(destroyed)
    )
    return tuple(connection.execute(asked.order_by(releases.c.publishes_at, releases.c.release_id)).scalars())


def _texts_naming(person_id: str, name: str, email: str) -> tuple[Select[Any], Select[Any]]:
    """Ask for the releases with a prepared text that is somebody's in any way, or names them beside its words."""
    text, version = prepared_texts.c, prepared_text_versions.c
    theirs = (text.owner_id, text.prepared_by, text.decided_by, text.withdrawn_by, text.taken_by)
    said = _says(name, email, text.channel, text.decided_reason, text.withdrawn_reason)
    return (
        select(text.release_id).where(or_(*(of == person_id for of in theirs), said)),
        select(version.release_id).where(version.written_by == person_id),
    )


def _says(name: str, email: str, *texts: ColumnElement[str]) -> ColumnElement[bool]:
    """Ask whether somebody's name or address stands in words that anybody may have typed."""
    return or_(*(func.lower(text).contains(word.lower(), autoescape=True) for text in texts for word in (name, email)))


def holds_naming(connection: Connection, person_id: str) -> tuple[ProducerHeld, ...]:
    """Give the standing holds on everything of a producer whose records, apart from releases, name a person.

    By a suspension, a request to be let back, training, a failure, or an entry of the log; ended ones too, since all
    of it would be erased.
    """
    acted = select(entries.c.producer_id).join(disclosures, disclosures.c.entry_id == entries.c.entry_id)
    asked_back = select(suspensions.c.producer_id).join(
        reapplications, reapplications.c.suspension_id == suspensions.c.suspension_id
    )
    naming = union(
        select(suspensions.c.producer_id).where(
            suspensions.c.subject_kind == "person", suspensions.c.subject_id == person_id
        ),
        asked_back.where(reapplications.c.person_id == person_id),
        select(training_records.c.producer_id).where(training_records.c.person_id == person_id),
        select(failures.c.producer_id).where(failures.c.person_id == person_id),
        select(entries.c.producer_id).where(entries.c.person_id == person_id),
        acted.where(disclosures.c.clear_value == person_id),
    ).subquery()
    held = (
        select(organisations.c.name, legal_holds.c.reason)
        .select_from(legal_holds.join(producers, producers.c.producer_id == legal_holds.c.producer_id))
        .join(organisations, organisations.c.organisation_id == producers.c.organisation_id)
        .where(
            legal_holds.c.release_id.is_(None),
            legal_holds.c.ended_at.is_(None),
            legal_holds.c.producer_id.in_(select(naming.c.producer_id)),
        )
        .order_by(legal_holds.c.from_at, legal_holds.c.hold_id)
    )
    return tuple(ProducerHeld(*row) for row in connection.execute(held))


def records_of(connection: Connection, person_id: str) -> tuple[PersonRecord, ...]:
    """Give every record about a person that hangs on no release, with the day from which its period runs.

    A suspension from its end, a request to be let back from its decision, training and a failure from when they were
    put on record. A suspension that stands has no such day, and is among ``still_needed``.
    """
    by, asked_at = suspensions.c.producer_id, func.coalesce(reapplications.c.decided_at, reapplications.c.made_at)
    of_them = and_(suspensions.c.subject_kind == "person", suspensions.c.subject_id == person_id)
    letters = suspensions.join(reapplications, reapplications.c.suspension_id == suspensions.c.suspension_id)
    trained, failed = training_records.c, failures.c
    asked: dict[str, Select[Any]] = {
        "a suspension": select(by, suspensions.c.ended_at).where(of_them, suspensions.c.ended_at.is_not(None)),
        "a request to be let back": select(by, asked_at)
        .select_from(letters)
        .where(reapplications.c.person_id == person_id),
        "a record of training": select(trained.producer_id, trained.recorded_at).where(trained.person_id == person_id),
        "a failure on record": select(failed.producer_id, failed.recorded_at).where(failed.person_id == person_id),
    }
    named = producers.join(organisations, organisations.c.organisation_id == producers.c.organisation_id)
    keeping = select(producers.c.producer_id, organisations.c.name, producers.c.retention_years).select_from(named)
    keeper = {row[0]: row for row in connection.execute(keeping)}
    return tuple(
        PersonRecord(what, keeper[producer_id].name, london_date(at), keeper[producer_id].retention_years)
        for what, query in asked.items()
        for producer_id, at in connection.execute(query)
    )


def still_needed(connection: Connection, person_id: str, at: datetime) -> tuple[str, ...]:
    """Say in words for what a person is still needed: a role, a standing list, a suspension."""
    begun = and_(roles.c.person_id == person_id, or_(roles.c.ended_at.is_(None), roles.c.ended_at > at))
    covered = and_(
        suspensions.c.subject_kind == "person", suspensions.c.subject_id == person_id, suspensions.c.ended_at.is_(None)
    )
    asked = {
        "holds a role": select(roles.c.role_id).where(begun),
        "is on the standing list of a series": select(standing_grants.c.standing_grant_id).where(
            or_(standing_grants.c.person_id == person_id, standing_grants.c.for_person_id == person_id)
        ),
        "is suspended": select(suspensions.c.suspension_id).where(covered),
    }
    return tuple(words for words, query in asked.items() if connection.execute(query.limit(1)).first() is not None)


def forget_person(connection: Connection, person_id: str, at: datetime) -> dict[str, int]:
    """Erase one person's details: name, address, sessions, keys, posts held, training, and the log's clear values.

    Accounts of sign-in providers that are bound to them go too.
    Their id stays where it stands, and says nothing any more. Elsewhere in the log only a value that is their id or
    their whole address goes: never one that is merely their name, nor anything of a release whose records are kept.

    Args:
        connection: An open write transaction.
        person_id: Who.
        at: Now. Aware, UTC.

    Returns:
        How many rows of each kind.
    """
    who = connection.execute(select(people).where(is_row(people, person_id))).one()
    destroyed = select(erasures.c.release_id).where(erasures.c.release_id.is_not(None))
    free = or_(entries.c.release_id.is_(None), entries.c.release_id.in_(destroyed))
    theirs = or_(disclosures.c.clear_value == person_id, func.lower(disclosures.c.clear_value) == who.email.lower())
    suspended = and_(suspensions.c.subject_kind == "person", suspensions.c.subject_id == person_id)
    counts = {
        "clear_values": _forget_entries_of_person(connection, person_id, theirs, free),
        "notices": _empty_notices(connection, {person_id}, at, email=who.email),
        "stored_answers": _empty_answers(connection, {person_id}),
        "sessions": _deleted(connection, sessions, sessions.c.person_id == person_id),
        "sign_in_codes": _deleted(connection, sign_in_codes, sign_in_codes.c.person_id == person_id),
        "provider_accounts": _deleted(connection, provider_accounts, provider_accounts.c.person_id == person_id),
        "keys": _deleted(connection, person_keys, person_keys.c.person_id == person_id)
        + _deleted(connection, age_keys, age_keys.c.person_id == person_id),
        "training_records": _deleted(connection, training_records, training_records.c.person_id == person_id),
        "posts_held": _deleted(connection, holdings, holdings.c.person_id == person_id),
        "reapplications": _deleted(connection, reapplications, reapplications.c.person_id == person_id),
        "failures": _deleted(connection, failures, failures.c.person_id == person_id),
        "saved_searches": _deleted(connection, saved_searches, saved_searches.c.owner_id == person_id),
        "wrong_facts": _deleted(connection, wrong_facts, wrong_facts.c.person_id == person_id),
        "review_marks": _deleted(connection, review_marks, review_marks.c.person_id == person_id),
        "suspensions": _changed(connection, suspensions, suspended, reason="", conditions="", end_reason=""),
    }
    email = f"{person_id}@erased.invalid"
    owned = corrective_actions.c.owner_id == person_id
    counts["corrective_actions"] = _changed(connection, corrective_actions, owned, owner_id=None)
    counts["people"] = _changed(connection, people, is_row(people, person_id), name=ERASED_NAME, email=email)
    return {name: count for name, count in counts.items() if count}


def is_forgotten(connection: Connection, person_id: str) -> bool:
    """Say whether a person's details are erased.

    Raises:
        NotFound: There is no such person.
    """
    name: str = one_row(connection, select(people.c.name).where(is_row(people, person_id)))[0]
    return name == ERASED_NAME


def _ids_about(connection: Connection, release_id: str) -> set[str]:
    """Give the ids of everything of a release that the reason of a notice, or a stored answer, may name."""
    of_lists = select(lists.c.list_id).where(lists.c.release_id == release_id)
    asked: list[Select[Any]] = [
        of_lists,
        select(grants.c.grant_id).where(grants.c.list_id.in_(of_lists)),
        select(openings.c.opening_id).where(openings.c.release_id == release_id),
        select(documents.c.document_id).where(documents.c.release_id == release_id),
        select(release_moves.c.move_id).where(release_moves.c.release_id == release_id),
        select(incidents.c.incident_id).where(incidents.c.release_id == release_id),
        select(alarms.c.alarm_id).where(alarms.c.release_id == release_id),
        select(deputies.c.deputy_id).where(deputies.c.release_id == release_id),
        select(recalls.c.recall_id).where(recalls.c.release_id == release_id),
        select(confirmations.c.confirmation_id).where(confirmations.c.release_id == release_id),
        select(record_requests.c.record_request_id).where(record_requests.c.release_id == release_id),
        select(ready_letters.c.ready_letter_id).where(ready_letters.c.release_id == release_id),
        select(page_confirmations.c.confirmation_id).where(page_confirmations.c.release_id == release_id),
        select(representations.c.representation_id).where(representations.c.release_id == release_id),
        select(prepared_texts.c.prepared_text_id).where(prepared_texts.c.release_id == release_id),
    ]
    return {release_id} | {str(row[0]) for query in asked for row in connection.execute(query)}


def _forget_entries(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete the clear values behind the commitments of entries, and whom they are about; the leaves stay."""
    return _forget_whole(connection, [row.entry_id for row in _in_hand(connection, which)])


def _forget_entries_of_person(
    connection: Connection, person_id: str, theirs: ColumnElement[bool], free: ColumnElement[bool]
) -> int:
    """Forget the entries about a person; of others delete only the clear values that are theirs."""
    about = entries.alias("about")
    naming = union(
        select(about.c.entry_id).where(about.c.person_id == person_id), select(disclosures.c.entry_id).where(theirs)
    )
    found = _in_hand(connection, and_(entries.c.entry_id.in_(naming), free))
    others = [row.entry_id for row in found if row.person_id != person_id]
    gone = _forget_whole(connection, [row.entry_id for row in found if row.person_id == person_id])
    return gone + sum(
        _forget_clear(connection, and_(disclosures.c.entry_id.in_(few), theirs)) for few in _in_lots(others)
    )


def _in_hand(connection: Connection, which: ColumnElement[bool]) -> Sequence[Row[Any, Any]]:
    """Find the entries to be forgotten, once, and keep others from changing them meanwhile.

    On PostgreSQL each statement sees what is committed by then. An entry that came between two of them would lose its
    clear values and not whom it is about, or the other way round, and the log would be taken for damaged.

    An entry that has no labels yet may be given them at this moment, from the clear values as they stood before. Such
    entries too are taken out of the worker's hands here; those it has in hand are waited for, and are seen labelled.
    """
    asked = select(entries.c.entry_id, entries.c.person_id).where(which).order_by(entries.c.arrival)
    return connection.execute(asked.with_for_update()).all()


def _forget_whole(connection: Connection, entry_ids: list[str]) -> int:
    gone = 0
    for few in _in_lots(entry_ids):
        gone += _forget_clear(connection, disclosures.c.entry_id.in_(few))
        connection.execute(update(entries).where(entries.c.entry_id.in_(few)).values(person_id=None))
    return gone


def _forget_clear(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete clear values of entries in hand, and what the entries are searched by as far as these say it."""
    label = case((disclosures.c.name == "network_hash", "network"), else_=disclosures.c.name)
    value = func.substr(disclosures.c.clear_value, 1, 300)
    of = entry_labels.c
    going = (
        select(label, value, entries.c.at, entries.c.arrival)
        .join(entries, entries.c.entry_id == disclosures.c.entry_id)
        .where(which, disclosures.c.name.in_(("actor", "network", "network_hash")))
    )
    _deleted(connection, entry_labels, tuple_(of.name, of.value, of.at, of.arrival).in_(going))
    return _deleted(connection, disclosures, which)


def _empty_notices(connection: Connection, tokens: set[str], at: datetime, *, email: str | None = None) -> int:
    """Empty notices about one of these, or whose reason names one, or that went to an address; the reason itself stays.

    What still waits will never go.
    """
    found = connection.execute(
        select(notices.c.notice_id, notices.c.reason_key, notices.c.email, notices.c.release_id).where(
            notices.c.email != ""
        )
    )
    these = [
        row.notice_id
        for row in found
        if row.email == email or tokens.intersection((row.release_id, *row.reason_key.split(":")))
    ]
    for few in _in_lots(these):
        emptied = update(notices).where(notices.c.notice_id.in_(few))
        gone = {"email": "", "person_id": None, "subject": "", "body": "", "secret": None, "last_error": None}
        connection.execute(emptied.values(**gone, handed_id="", in_hand=False))
        waiting = emptied.where(notices.c.sent_at.is_(None), notices.c.given_up_at.is_(None))
        connection.execute(waiting.values(given_up_at=at))
    return len(these)


def _empty_answers(connection: Connection, tokens: set[str]) -> int:
    """Empty the stored answers to requests that quote one of these ids."""
    found = connection.execute(select(idempotency.c.key_hash, idempotency.c.answer).where(idempotency.c.answer != ""))
    these = [row.key_hash for row in found if any(token in row.answer for token in tokens)]
    for few in _in_lots(these):
        connection.execute(update(idempotency).where(idempotency.c.key_hash.in_(few)).values(answer=""))
    return len(these)


def _in_lots(found: list[str]) -> Iterable[list[str]]:
    return (found[start : start + 400] for start in range(0, len(found), 400))


def _deleted(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(which)).rowcount


def _changed(connection: Connection, table: Table, which: ColumnElement[bool], **values: Any) -> int:
    return connection.execute(update(table).where(which).values(**values)).rowcount
