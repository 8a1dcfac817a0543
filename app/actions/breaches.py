"""Incidents on record: reading them, taking them further, drafting what is submitted, playing the rule again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import desk
from app.actions.drafting import (
    READERS,
    drafted_entry,
    note_head_acted,
    report_facts,
    require_changer,
    require_not_involved,
    seen,
)
from app.actions.tools import Actor, Tools, require_revision
from app.audit.entries import Entry, EntryKind
from app.records import breaches, corrective_actions, evidence, openings, people, releases, reviews, wrong_facts
from app.records.breaches import IncidentCard as IncidentCard
from app.records.breaches import Sought
from app.rules.breaches import IncidentKind, OpeningFact, outside_window
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.causes import Cause
from app.rules.engaged import BY_LABEL, can_be_cited
from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.facts import Release, ReleaseState, Role
from app.rules.incidents import ENDED, IncidentState, check_step
from app.rules.reportparts import Report
from app.rules.reports import draft_report as drafted
from app.rules.reviews import truly
from app.rules.window import opens_at_for

_REVIEWED = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """One page of incidents, newest first; ``next_before`` is the place to go on from, None at the end."""

    incidents: tuple[IncidentCard, ...]
    next_before: int | None


def list_incidents(
    tools: Tools,
    actor: Actor,
    *,
    near_miss: bool | None = None,
    state: IncidentState | None = None,
    release_id: str | None = None,
    kind: IncidentKind | None = None,
    producer_id: str | None = None,
    unfinished: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> IncidentPage:
    """Give one page of the incidents that this person may see, newest first.

    Args:
        near_miss: True for near misses only, False for all others, None for both.
        producer_id: Only this producer's; whoever has no business with it finds none.
        unfinished: Only those that are neither reported nor closed.
        before: The number of the last incident of the page before.
        limit: 1 to 100.
    """
    sought = Sought(
        organisation_ids=frozenset(r.organisation_id for r in actor.roles if r.role in READERS and r.organisation_id),
        everything=actor.has(None, *READERS),
        of_service=actor.has(None, Role.ADMINISTRATOR),
        near_miss=near_miss,
        state=state,
        release_id=release_id,
        kind=kind,
        producer_id=producer_id,
        unfinished=unfinished,
    )
    with tools.reading() as connection:
        found = breaches.page(connection, sought, before=before, limit=limit + 1)
    shown = tuple(found[:limit])
    return IncidentPage(shown, shown[-1].number if len(found) > limit else None)


def get_incident(tools: Tools, actor: Actor, incident_id: str) -> IncidentCard:
    """Give one incident.

    Raises:
        NotFound: There is none, or none that this person may see.
    """
    with tools.reading() as connection:
        return seen(connection, actor, incident_id)


def change_incident(
    tools: Tools,
    actor: Actor,
    incident_id: str,
    *,
    revision: int,
    state: IncidentState | None = None,
    kind: IncidentKind | None = None,
    near_miss: bool | None = None,
    practices: Sequence[str] | None = None,
    caused_by: Sequence[str] | None = None,
    causes: Sequence[Cause] | None = None,
    note: str = "",
) -> IncidentCard:
    """Take an incident further, or correct what the rule proposed.

    Args:
        revision: The revision that was read.
        practices: Labels such as ``T3.4`` or a paragraph of the governing Order; an empty sequence says that none is
            engaged.
        caused_by: Ids of the people who caused it, as far as a person can say; they decide nothing about it. An empty
            sequence names nobody.
        causes: What let it happen; an empty sequence gives none.
        note: Why; needed to close an incident as no breach, and to take it up again.

    Raises:
        NotFound: There is none, or none that this person may see.
        Refused: They may see it, but are neither lead official nor head of profession; or it is about what they did
            themselves, and they would do more than take it under review.
        Conflict: Somebody changed it meanwhile.
        OutOfOrder: It cannot go to that state from where it is, or is to be completed while an action is open.
        Malformed: Nothing would change, a reason is missing, a person is not known, or a label is not known or is of
            another Order than the release's.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        if state is IncidentState.COMPLETED:
            breaches.take_turn(tx.connection)  # an action that is being added now is open, or is refused
        card = seen(tx.connection, actor, incident_id)
        require_changer(actor, card)
        require_revision(card.revision, revision)
        if state is not None and state is not card.state:
            check_step(card.state, state, note)
        changed = replace(
            card,
            state=state or card.state,
            kind=kind or card.kind,
            near_miss=card.near_miss if near_miss is None else near_miss,
            practices=card.practices if practices is None else _known(tx.connection, card, practices),
            note=note or card.note,
            causes=card.causes if causes is None else tuple(one for one in Cause if one in causes),
            caused_by=card.caused_by if caused_by is None else _people(tx.connection, caused_by),
        )
        if changed == card:
            raise Malformed("Nothing would change.", code=Code.NO_CHANGE)
        if (
            replace(changed, note=card.note, state=card.state) != card
            or changed.state is not IncidentState.UNDER_REVIEW
        ):
            require_not_involved(actor, card)
        if changed.state is IncidentState.COMPLETED and changed.state is not card.state:
            _require_actions_ended(tx.connection, card)
        ended = changed.state in ENDED and changed.state is not card.state
        breaches.change(tx.connection, changed, closed_at=at if ended else None)
        tx.append(_changed_entry(actor, card, changed, at))
        note_head_acted(tx, actor, changed, at)
        return breaches.get(tx.connection, incident_id)


def draft_report(tools: Tools, actor: Actor, incident_id: str, form: str | None = None, *, fmt: str = "json") -> Report:
    """Draft the report of an incident from the log. That it was drafted, and what, is on record.

    Args:
        form: ``2018`` or ``2009``; None for the one in force when the incident occurred.
        fmt: How it will be shown, for the record: markdown, json or html.

    Raises:
        NotFound: There is none, or none that this person may see.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        card = seen(connection, actor, incident_id)
        report = drafted(report_facts(connection, card, at), form)
    with tools.transaction() as tx:
        sha256 = sha256_hex(canonical_json(report.as_record()))
        tx.append(drafted_entry(actor, card, at, {"form": report.form, "format": fmt, "sha256": sha256}))
    return report


def review_openings(tools: Tools, release_id: str, *, clock_fast_by: timedelta = timedelta(0)) -> str | None:
    """Play the rule again over the openings of a release, and open an incident for those outside their window.

    Openings that stand in an incident already are passed over. Done by the worker, and by an operator who has learnt
    how far the clock stood from the truth.

    Args:
        release_id: The release as it stands now.
        clock_fast_by: How far ahead of the truth the clock stood when the openings were made; negative when behind.
            With none, what is on record of the clock counts.

    Returns:
        The new incident's id, or None when every opening stands or is on record.

    Raises:
        NotFound: There is no such release.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        if outside_window(*_replay(connection, release_id, clock_fast_by), at) is None:
            return None
    with tools.transaction() as tx:
        breaches.take_turn(tx.connection)  # the worker may be asking just now
        draft = outside_window(*_replay(tx.connection, release_id, clock_fast_by), at)
        if draft is None:
            return None
        if clock_fast_by:
            seconds = round(clock_fast_by.total_seconds())
            said = f"{draft.summary} The clock stood {seconds} seconds ahead then; the times told here are corrected."
            draft = replace(draft, summary=said, facts={**draft.facts, "clock_fast_seconds": seconds})
        return desk.open_incident(tools, tx, draft, at=at)


def review_recent(tools: Tools) -> list[str]:
    """Have the rule asked again about releases of the last weeks whose openings do not stand; done by the worker.

    Every change leaves a mark by itself, so what this finds is a defect of ours, or records that were put right where
    no rule looked on.

    Returns:
        The ids of the releases to look at again.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        recent = openings.releases_opened_since(connection, at - _REVIEWED)
        found = [
            release_id
            for release_id in recent
            if _is_outside(connection, release_id, at) and not reviews.is_waiting(connection, release_id)
        ]
    for release_id in found:
        with tools.transaction() as tx:
            reviews.leave(tx.connection, reviews.Mark(tools.new_id("mrk"), "", at, release_id))
    return found


def _is_outside(connection: Connection, release_id: str, at: datetime) -> bool:
    release, played = _replay(connection, release_id)
    return release.state is not ReleaseState.CANCELLED and outside_window(release, played, at) is not None


def _replay(
    connection: Connection, release_id: str, clock_fast_by: timedelta = timedelta(0)
) -> tuple[Release, list[tuple[OpeningFact, datetime]]]:
    release = releases.get(connection, release_id)
    known = evidence.openings_on_record(connection, release_id)
    clock = () if clock_fast_by else wrong_facts.of_clock(connection)
    played = []
    for one in openings.facts_of_release(connection, release_id):
        opens_at = None if one.grant is None else opens_at_for(release, one.grant)
        if one.opening_id in known or opens_at is None:
            continue
        played.append((replace(one, opened_at=truly(one.opened_at, clock) - clock_fast_by), opens_at))
    return release, played


def _require_actions_ended(connection: Connection, card: IncidentCard) -> None:
    waiting = [one.what for one in corrective_actions.of_incident(connection, card.incident_id) if not one.ended_at]
    if waiting:
        raise OutOfOrder(f"These actions are still to be done, or dropped with a reason: {'; '.join(waiting)}")


def _people(connection: Connection, person_ids: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(sorted(set(person_ids)))
    unknown = [one for one in wanted if people.find(connection, one) is None]
    if unknown:
        raise Malformed(f"Not a person we know: {', '.join(unknown)}.")
    return wanted


def _known(connection: Connection, card: IncidentCard, labels: Sequence[str]) -> tuple[str, ...]:
    order = releases.get(connection, card.release_id).order if card.release_id else None
    known = tuple(label for label, practice in BY_LABEL.items() if can_be_cited(practice, order))
    unknown = sorted(set(labels) - set(known))
    if unknown:
        whose = "" if order is None else " for a release under its Order"
        raise Malformed(f"Not a label we know{whose}: {', '.join(unknown)}. Known: {', '.join(known)}.")
    return tuple(label for label in known if label in labels)


def _changed_entry(actor: Actor, before: IncidentCard, after: IncidentCard, at: datetime) -> Entry:
    return Entry(
        EntryKind.INCIDENT_CHANGED,
        at,
        actor_id=actor.actor_id,
        producer_id=before.producer_id,
        release_id=before.release_id,
        said={
            "incident_id": before.incident_id,
            "from_state": before.state.value,
            "state": after.state.value,
            "kind": after.kind.value,
            "near_miss": after.near_miss,
            "practices": None if after.practices is None else list(after.practices),
            **({"causes": [one.value for one in after.causes]} if after.causes else {}),
        },
        sealed={"note": after.note, **({"caused_by": " ".join(after.caused_by)} if after.caused_by else {})},
    )
