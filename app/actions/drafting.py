"""What every act on an incident and its report needs: who may see and change it, what a report is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from app.actions import recalling
from app.actions.tools import Actor, Transaction, require_role, require_service_role
from app.audit import reading
from app.audit.entries import Entry, EntryKind
from app.audit.reading import Logged, Wanted
from app.records import (
    breaches,
    corrective_actions,
    evidence,
    incident_clocks,
    incident_links,
    people,
    recalls,
    releases,
)
from app.records.breaches import IncidentCard
from app.rules.account import SENTENCES, AccountLine, LoggedFact, account
from app.rules.causes import CAUSE_WORDS
from app.rules.engaged import labelled
from app.rules.errors import NOTHING_THERE, Code, Malformed, NotFound, Refused
from app.rules.facts import PRODUCING, Person, Role
from app.rules.incidents import IncidentKind
from app.rules.involved import people_involved
from app.rules.links import Link, links
from app.rules.reasons import Reason, ReasonCode, instant_text
from app.rules.reportnames import names_in
from app.rules.reportparts import Delivery, RecallCount, ReportFacts

READERS = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION, Role.AUDITOR)
CHANGERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
OWNERS = (*PRODUCING, Role.PUBLISHER)

HEAD_ACTED = "They acted on it themselves."
ACTOR = ("actor",)  # what is asked behind the entries of an account, beside whom each is about
_ENTRIES_LIMIT = 5000


def seen(connection: Connection, actor: Actor, incident_id: str) -> IncidentCard:
    """Give an incident that this person may see.

    Raises:
        NotFound: There is none, or none that this person may see.
    """
    card = breaches.get(connection, incident_id)
    service_staff = card.organisation_id is None and actor.has(None, Role.ADMINISTRATOR)
    if not (service_staff or actor.has(card.organisation_id, *READERS)):
        raise NotFound(NOTHING_THERE)
    return card


def answering(connection: Connection, card: IncidentCard, at: datetime, *, head: bool) -> tuple[Person, ...]:
    """Give those who answer for an incident: the release's lead official, or every one where none is named or has left.

    For the service as a whole: its administrators.

    Args:
        connection: Any connection.
        card: The incident.
        at: Roles count as they stand then. Aware.
        head: The heads of profession as well; they stand in where there is no lead official.
    """
    if card.organisation_id is None:
        return people.people_with_role(connection, None, Role.ADMINISTRATOR, at=at)
    present = people.people_with_role(connection, card.organisation_id, Role.LEAD_OFFICIAL, at=at)
    named = releases.get_row(connection, card.release_id).lead_official_id if card.release_id else None
    leads = tuple(one for one in present if one.person_id == named) or present
    heads = people.people_with_role(connection, card.organisation_id, Role.HEAD_OF_PROFESSION, at=at)
    return tuple({one.person_id: one for one in (*leads, *(heads if head or not leads else ()))}.values())


def may_own(connection: Connection, card: IncidentCard, at: datetime) -> tuple[Person, ...]:
    """Give those who may own what is to be done because of an incident: the producer's own staff, by name.

    For the service as a whole: its administrators. Recipients and auditors are told nothing of it.

    Args:
        connection: Any connection.
        card: The incident.
        at: Roles count as they stand then. Aware.
    """
    if card.organisation_id is None:
        return people.people_with_role(connection, None, Role.ADMINISTRATOR, at=at)
    return people.people_with_role(connection, card.organisation_id, *OWNERS, at=at)


def require_changer(actor: Actor, card: IncidentCard) -> None:
    """Stop unless this person may take the incident further.

    Raises:
        Refused: They may see it, but are neither lead official nor head of profession.
    """
    if card.organisation_id is None:
        require_service_role(actor, Role.ADMINISTRATOR)
    else:
        require_role(actor, card.organisation_id, *CHANGERS)


def require_not_involved(actor: Actor, card: IncidentCard) -> None:
    """Stop whoever an incident is about from deciding on it.

    Raises:
        Refused: The facts of the incident name them, or a person named them as having caused it.

    Source:
        Producer policy: two persons
    """
    if actor.actor_id not in people_involved(card.facts, card.caused_by):
        return
    detail = "Nobody decides on an incident that is about what they did themselves."
    remedy = "Ask another lead official or the head of profession to do it."
    reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
    raise Refused(f"{detail} {remedy}", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


def require_not_involved_in(connection: Connection, actor: Actor, incident_id: str | None) -> None:
    """Stop whoever an incident is about from deciding on what came of it; nothing where no incident is named.

    Raises:
        Refused: As ``require_not_involved`` has it.

    Source:
        Producer policy: two persons
    """
    if incident_id is not None:
        require_not_involved(actor, breaches.get(connection, incident_id))


def require_no_names(connection: Connection, card: IncidentCard, texts: Iterable[str]) -> None:
    """Stop at words that name somebody, where names were not chosen: what is kept there outlives the person's details.

    Args:
        connection: Any connection.
        card: What it is about.
        texts: What somebody wrote.

    Raises:
        Malformed: It names somebody on a list of the release, or of the producer's staff.
    """
    known = evidence.people_around(connection, card.release_id, card.organisation_id)
    named = names_in(texts, ((one.name, one.email) for one in known))
    if named:
        raise Malformed(
            f"This names {', '.join(named)}. Write the post instead; names stand only in a report begun with names, "
            "which is put on record as your choice."
        )


def drafted_entry(actor: Actor, card: IncidentCard, at: datetime, said: dict[str, Any]) -> Entry:
    """Make the entry that a report, or what bears it out, was made from the log and given to somebody.

    Args:
        actor: Who was given it.
        card: The incident.
        at: When. Aware, UTC.
        said: What it was, with its hash.
    """
    return Entry(
        EntryKind.REPORT_DRAFTED,
        at,
        actor_id=actor.actor_id,
        producer_id=card.producer_id,
        release_id=card.release_id,
        said={"incident_id": card.incident_id, **said},
    )


def told_entry(by: str, card: IncidentCard, told_at: datetime, at: datetime, how: str) -> Entry:
    """Make the entry that the head of profession was told of an incident.

    Args:
        by: Who says so.
        card: The incident.
        told_at: When they were told. Aware, UTC.
        at: Now. Aware, UTC.
        how: How.
    """
    return Entry(
        EntryKind.HEAD_OF_PROFESSION_TOLD,
        at,
        actor_id=by,
        producer_id=card.producer_id,
        release_id=card.release_id,
        said={"incident_id": card.incident_id, "told_at": instant_text(told_at)},
        sealed={"how": how},
    )


def note_head_acted(tx: Transaction, actor: Actor, card: IncidentCard, at: datetime) -> None:
    """Put on record that the head of profession knows of a breach, since they acted on it themselves; once.

    Args:
        tx: The open transaction, which changes the incident.
        actor: Who acts.
        card: As it stood before.
        at: Now. Aware, UTC.
    """
    acts = actor.person_id is not None and actor.has(card.organisation_id, Role.HEAD_OF_PROFESSION)
    if card.organisation_id is None or card.near_miss or card.head_told_at is not None or not acts:
        return
    incident_clocks.put_head_told(tx.connection, card.incident_id, told_at=at, how=HEAD_ACTED, at=at, by=actor.actor_id)
    tx.append(told_entry(actor.actor_id, card, at, at, HEAD_ACTED))


def report_facts(connection: Connection, card: IncidentCard, at: datetime, *, with_names: bool = False) -> ReportFacts:
    """Gather everything a report of an incident is made from.

    Args:
        at: Date of the report. Aware, UTC.
        with_names: Put names beside posts; only where a person chose so, on record.
    """
    release = releases.get(connection, card.release_id) if card.release_id else None
    series = evidence.find_series_title(connection, release.series_id) if release and release.series_id else None
    return ReportFacts(
        incident_id=card.incident_id,
        number=card.number,
        kind=card.kind,
        near_miss=card.near_miss,
        occurred_at=card.occurred_at,
        summary=card.summary,
        facts=card.facts,
        drafted_at=at,
        producer_name=card.producer_name,
        series_title=series or "",
        release=release,
        practices=None if card.practices is None else tuple(labelled(one, card.occurred_at) for one in card.practices),
        entries=_entries(connection, card, with_names),
        deliveries=_deliveries(connection, card, with_names),
        recalls=_recalls(connection, card),
        earlier=links_of(connection, card),
        causes=tuple(CAUSE_WORDS[one] for one in card.causes),
        actions=corrective_actions.of_incident(connection, card.incident_id),
        officials=evidence.officials_of(connection, card.organisation_id, at)
        if with_names and card.organisation_id
        else (),
    )


def links_of(connection: Connection, card: IncidentCard) -> tuple[Link, ...]:
    """Give the earlier incidents that an incident is linked to, newest first; those that a person struck out too."""
    known = incident_links.of_producer(connection, card.producer_id, up_to=card.number, besides=card.incident_id)
    corrections = incident_links.corrections_of(connection, card.producer_id)
    incident = next(one for one in known if one.incident_id == card.incident_id)
    return links(incident, known, corrections.get(card.incident_id))


def _recalls(connection: Connection, card: IncidentCard) -> list[RecallCount]:
    if card.release_id is None:
        return []
    return [recalling.count_of(connection, row) for row in recalls.of_release(connection, card.release_id)]


def account_of(connection: Connection, card: IncidentCard) -> tuple[tuple[AccountLine, ...], int, dict[str, int]]:
    """Tell an incident minute by minute from the log.

    Returns:
        The lines, how many more there would be, and by entry its number in the log, where it has its place already.
    """
    around, logged = Around.of(connection, card), _logged(connection, card)
    lines, left_off = account([around.told(one) for one in logged])
    return lines, left_off, numbers_of(logged)


def numbers_of(logged: Iterable[Logged]) -> dict[str, int]:
    """Give by entry its number in the log, where it has its place already."""
    return {one.entry_id: one.leaf_index for one in logged if one.leaf_index is not None}


@dataclass(frozen=True, slots=True)
class Around:
    """Who is around an incident: by person the post on the release's list, and the role with the producer."""

    posts: Mapping[str, str]
    staff: Mapping[str, str]

    @classmethod
    def of(cls, connection: Connection, card: IncidentCard, *, with_names: bool = False) -> Around:
        """Look them up; there is nobody around an incident of the service as a whole."""
        if card.release_id is None:
            return cls({}, {})
        posts = evidence.posts_of(connection, card.release_id, with_names=with_names)
        return cls(posts, evidence.staff_roles(connection, card.organisation_id))

    def told(self, logged: Logged) -> LoggedFact:
        """Give an entry as an account needs it."""
        person_id, (actor_id, _) = logged.person_id or "", logged.disclosed.get("actor", ("", ""))
        post = self.posts.get(person_id)
        who = f"the post of {post}" if post else ("someone with no post on the list" if person_id else "")
        by = self.staff.get(actor_id, "")
        if by and actor_id == person_id:  # told once: as the post they stand on the list by, or else in their role
            who, by = (who, "") if post else ("", by)
        return LoggedFact(logged.entry_id, logged.at, logged.kind, logged.outcome, who, logged.said, by)


def belongs(logged: Logged, card: IncidentCard) -> bool:
    """Say whether an entry about the release of an incident belongs in its account."""
    other = logged.said.get("incident_id", card.incident_id)
    return logged.kind in SENTENCES and bool(other == card.incident_id)


def span_opened(card: IncidentCard) -> tuple[datetime, datetime]:
    """Give the span within which an incident was put on record: its first instant, and the one before which."""
    return card.opened_at, card.opened_at + timedelta(seconds=1)


def _entries(connection: Connection, card: IncidentCard, with_names: bool) -> list[LoggedFact]:
    around = Around.of(connection, card, with_names=with_names)
    return [around.told(one) for one in _logged(connection, card)]


def _logged(connection: Connection, card: IncidentCard) -> list[Logged]:
    if card.release_id is None:
        since, until = span_opened(card)
        wanted = Wanted(kind=EntryKind.INCIDENT_OPENED.value, from_at=since, until_at=until)
    else:
        wanted = Wanted(release_id=card.release_id)
    # Those that it does not tell of are read too: each is compared with its leaf, and none is hidden by its kind.
    told = (one for one in reading.every(connection, wanted, behind=ACTOR) if belongs(one, card))
    return list(islice(told, _ENTRIES_LIMIT))


def _deliveries(connection: Connection, card: IncidentCard, with_names: bool) -> list[Delivery]:
    if card.release_id is None or card.near_miss:
        return []
    found = evidence.deliveries_of(connection, card.release_id, with_names=with_names)
    named = {one["opening_id"] for one in card.facts.get("openings", [])}
    if named:
        return [delivery for _, delivery in found if delivery.opening_id in named]
    if card.kind is IncidentKind.RECEIVED_IN_ERROR:
        return [delivery for person_id, delivery in found if person_id == card.opened_by]
    return [delivery for _, delivery in found]
