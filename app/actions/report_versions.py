"""The report of an incident as people write it, each version kept.

The service drafts; a person writes, a lead official or the head of profession signs off, and somebody sends it by
other means. Each version stands as it was left: an edit makes the next one, which nobody has signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from app.actions.drafting import report_facts, require_no_names, seen
from app.actions.kept_reports import VersionView as VersionView
from app.actions.kept_reports import content_kept, entry_of, found, require_newest, role_of, sent_of, view
from app.actions.tools import Actor, Tools, Transaction, require_role, require_service_role
from app.audit.entries import EntryKind
from app.records import breaches
from app.records import report_versions as versions
from app.records.breaches import IncidentCard
from app.records.report_versions import ReportVersion as ReportVersion
from app.records.report_versions import Submission as Submission
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.errors import Code, Malformed, NotFound
from app.rules.facts import Role
from app.rules.reports import draft_report as drafted
from app.rules.reportversions import AnswerChange as AnswerChange
from app.rules.reportversions import Content, content_of, differences, edited

EDITORS = (Role.HEAD_OF_PROFESSION, Role.LEAD_OFFICIAL, Role.STATISTICIAN)
CONTENT_LIMIT_BYTES = 512 * 1024


def begin_version(
    tools: Tools, actor: Actor, incident_id: str, *, form: str | None, with_names: bool, note: str
) -> VersionView:
    """Keep a version of the report, drafted from the log as it stands now.

    Args:
        form: ``2018``, ``2009`` or ``free``; None for the one in force when the incident occurred.
        with_names: Names stand beside posts. Left out unless a person chooses so; the choice is on record.
        note: Why, in a person's words; may be empty.

    Raises:
        NotFound: There is none, or none that this person may see.
        Refused: They may see it, but not write its report.
        Malformed: Names are asked for, and it is about no release, with whose records they would go.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        breaches.take_turn(tx.connection)  # one next version, whoever else writes
        card = seen(tx.connection, actor, incident_id)
        _require_editor(actor, card)
        if with_names and card.release_id is None:
            raise Malformed("This incident is about no release, so its report names nobody. Leave names out.")
        report = drafted(report_facts(tx.connection, card, at, with_names=with_names), form)
        made = _add(tools, tx, actor, card, content_of(report), with_names=with_names, note=note, at=at)
        return view(tx.connection, made)


def edit_version(
    tools: Tools,
    actor: Actor,
    report_version_id: str,
    *,
    section: int,
    answers: Mapping[str, Sequence[str]],
    note: str,
) -> VersionView:
    """Write the answers of one section anew; that makes the next version.

    Args:
        section: Which, counted from 1.
        answers: Paragraphs by question.
        note: Why, in a person's words; may be empty.

    Raises:
        NotFound: There is none, or none that this person may see.
        Refused: They may see it, but not write it.
        Conflict: A later version stands.
        Malformed: There is no such section or question, nothing would change, it names somebody where names were not
            chosen, or it is too long.
    """
    at = tools.clock.now()
    with tools.transaction(once=True) as tx:
        breaches.take_turn(tx.connection)  # one next version, whoever else writes
        old, card = found(tx.connection, actor, report_version_id)
        _require_editor(actor, card)
        require_newest(tx.connection, old)
        content = edited(content_kept(old), section, answers)
        if content == old.content:
            raise Malformed("Nothing would change.", code=Code.NO_CHANGE)
        if not old.with_names:
            require_no_names(tx.connection, card, (*answers, *chain.from_iterable(answers.values())))
        made = _add(tools, tx, actor, card, content, with_names=old.with_names, note=note, at=at)
        return view(tx.connection, made)


def list_versions(tools: Tools, actor: Actor, incident_id: str) -> tuple[VersionView, ...]:
    """Give every version of the report of an incident, newest first.

    Raises:
        NotFound: There is no such incident, or none that this person may see.
    """
    with tools.reading() as connection:
        seen(connection, actor, incident_id)
        kept = versions.of_incident(connection, incident_id)
        sent = versions.submissions_of(connection, incident_id)
    return tuple(VersionView(one, place == 0, sent_of(one, sent)) for place, one in enumerate(kept))


def get_version(tools: Tools, actor: Actor, report_version_id: str) -> VersionView:
    """Give one version.

    Raises:
        NotFound: There is none, or none that this person may see.
    """
    with tools.reading() as connection:
        return view(connection, found(connection, actor, report_version_id)[0])


def compare(
    tools: Tools, actor: Actor, report_version_id: str, earlier_id: str | None = None
) -> tuple[ReportVersion, ReportVersion | None, tuple[AnswerChange, ...]]:
    """Say how a version differs from an earlier one.

    Args:
        earlier_id: Another version of the same report; None for the one before.

    Returns:
        The version, the earlier one (None for the first version, when none is given), and what differs.

    Raises:
        NotFound: One of them is none, is none that this person may see, or is of another incident.
    """
    with tools.reading() as connection:
        later, card = found(connection, actor, report_version_id)
        if earlier_id is None:
            earlier = versions.find_before(connection, card.incident_id, later.number)
        else:
            earlier, other = found(connection, actor, earlier_id)
            if other.incident_id != card.incident_id:
                raise NotFound("The two are versions of different reports.")
    changes = differences(content_kept(earlier), content_kept(later)) if earlier else ()
    return later, earlier, changes


def _add(
    tools: Tools,
    tx: Transaction,
    actor: Actor,
    card: IncidentCard,
    content: Content,
    *,
    with_names: bool,
    note: str,
    at: datetime,
) -> ReportVersion:
    written = canonical_json(content)
    if len(written) > CONTENT_LIMIT_BYTES:
        raise Malformed(
            f"A report has at most {CONTENT_LIMIT_BYTES // 1024} KiB; this would have {len(written)} bytes."
        )
    made = ReportVersion(
        report_version_id=tools.new_id("rpv"),
        incident_id=card.incident_id,
        number=versions.newest_number(tx.connection, card.incident_id) + 1,
        form=content["form"],
        with_names=with_names,
        content=content,
        sha256=sha256_hex(written),
        note=note,
        made_at=at,
        made_by=actor.actor_id,
        made_as=role_of(actor, card, EDITORS),
    )
    versions.add(tx.connection, made)
    said = {"form": made.form, "sha256": made.sha256, "with_names": with_names}
    entry = entry_of(EntryKind.REPORT_VERSION_MADE, actor, card, made, at, said)
    tx.append(replace(entry, sealed={"note": note}))
    return made


def _require_editor(actor: Actor, card: IncidentCard) -> None:
    if card.organisation_id is None:
        require_service_role(actor, Role.ADMINISTRATOR)
    else:
        require_role(actor, card.organisation_id, *EDITORS)
