"""How one sees that a release is public: its plan, where the watch may look, and what it has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from app.actions.tools import Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import organisations, releases, watching
from app.records.releases import ReleaseRow
from app.records.watching import HostRow as HostRow
from app.records.watching import PlanRow as PlanRow
from app.records.watching import VerdictRow as VerdictRow
from app.rules.errors import NOTHING_THERE, Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import PRODUCING, ReleaseState, Role
from app.rules.lifecycle import LEFT_TO_DO
from app.rules.probes import Probe
from app.rules.watchplans import check_plan, is_host

_READERS = (*PRODUCING, Role.AUDITOR)
_APPROVERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
HOSTS_LIMIT = 20


@dataclass(frozen=True, slots=True)
class WatchView:
    """How a release is watched: the plan, None when nothing watches it, and the verdicts so far, oldest first."""

    release_id: str
    plan: PlanRow | None
    verdicts: tuple[VerdictRow, ...]


def get_watch(tools: Tools, actor: Actor, release_id: str) -> WatchView:
    """Give how a release is watched, and what that has shown.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        require_role(actor, release.organisation_id, *_READERS)
        plan = watching.find_plan(connection, release_id)
        return WatchView(release_id, plan, watching.verdicts_of(connection, release_id))


def list_probes(tools: Tools, actor: Actor, release_id: str, *, limit: int = 100) -> tuple[Probe, ...]:
    """Give the probes of a release that were kept, the newest first.

    Args:
        tools: The tools.
        actor: Who asks.
        release_id: The release.
        limit: How many at most.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        release = releases.get_row(connection, release_id)
        require_role(actor, release.organisation_id, *_READERS)
        return watching.newest_probes(connection, release_id, limit)


def set_plan(
    tools: Tools,
    actor: Actor,
    release_id: str,
    *,
    revision: int,
    page_url: str | None,
    marker: str,
    file_urls: tuple[str, ...],
    declares: bool,
    unsure_minutes: int,
) -> WatchView:
    """Say how one sees that a release is public.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release; to have it declared by itself, a lead official or head of profession.
        release_id: The release.
        revision: That of the plan that was read; 0 where there was none.
        page_url: Its landing page; None for the one on record with the release.
        marker: Words that stand there once the release is out, and not before.
        file_urls: Addresses of the published files, each one of the documents byte for byte.
        declares: What is seen live is declared published by itself.
        unsure_minutes: For how long nothing may be told before a person hears of it.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role.
        Malformed: Nothing would show it, or an address may not be looked at.
        OutOfOrder: The release is published or cancelled.
        Conflict: Somebody changed the plan meanwhile.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        releases.keep(tx.connection, release_id)
        row = releases.get_row(tx.connection, release_id)
        require_role(actor, row.organisation_id, *PRODUCING)
        _demand_awaited(row)
        before = watching.find_plan(tx.connection, release_id)
        if declares or (
            before is not None and before.declares
        ):  # whoever says what is looked for then ends the embargo
            require_role(actor, row.organisation_id, *_APPROVERS)
        if (before.revision if before else 0) != revision:
            raise Conflict("Somebody changed this plan since you read it. Read it again, then repeat your change.")
        page = page_url or row.release.public_url or ""
        check_plan(page, marker, file_urls, watching.allowed_hosts(tx.connection, row.release.producer.producer_id))
        plan = PlanRow(
            release_id,
            page,
            " ".join(marker.split()),
            file_urls,
            declares,
            unsure_minutes,
            at,
            actor.actor_id,
            revision,
        )
        watching.set_plan(tx.connection, plan)
        tx.append(_plan_entry(actor, row, plan))
        stored = replace(plan, revision=revision + 1)
        return WatchView(release_id, stored, watching.verdicts_of(tx.connection, release_id))


def demand_plannable(tools: Tools, actor: Actor, release_id: str) -> None:
    """Stop somebody who could not plan now how a release is watched, whatever the plan.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: The release is published or cancelled.
    """
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *PRODUCING)
        _demand_awaited(row)
        before = watching.find_plan(connection, release_id)
        if before is not None and before.declares:
            require_role(actor, row.organisation_id, *_APPROVERS)


def _demand_awaited(row: ReleaseRow) -> None:
    state = row.release.state
    if state in _OVER:
        raise OutOfOrder(f"The release is {state.value}; nothing is watched any more. {LEFT_TO_DO[state]}")


def list_hosts(tools: Tools, actor: Actor, producer_id: str) -> tuple[HostRow, ...]:
    """Give where the watch may look for a producer, or might once, the newest first.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *_READERS)
        return watching.hosts_of(connection, producer_id)


def allow_host(tools: Tools, actor: Actor, producer_id: str, *, host: str, reason: str) -> HostRow:
    """Let the watch look at a host for a producer.

    Args:
        tools: The tools.
        actor: The head of profession.
        producer_id: Whose pages lie there.
        host: Its name, with ``:port`` where that is not 443. Never an address.
        reason: Why, e.g. whose site it is.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
        Malformed: It is not a host's name, it is allowed already, or there are too many.
    """
    at = tools.clock.now()
    host = host.lower().removesuffix(":443")
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        allowed = watching.allowed_hosts(tx.connection, producer_id)
        if not is_host(host):
            what = "is not the name of a host, such as www.statistics.gov.example"
            raise Malformed(f"“{host}” {what}. Nothing was changed.", errors=[{"where": "host", "what": what}])
        if host in allowed:
            raise Malformed(f"{host} is allowed already. Nothing was changed.", code=Code.NO_CHANGE)
        if len(allowed) >= HOSTS_LIMIT:
            raise Malformed(f"At most {HOSTS_LIMIT} hosts are allowed. End one that is not needed first.")
        row = HostRow(tools.new_id("hst"), producer_id, host, reason, at, actor.actor_id, None, None)
        watching.add_host(tx.connection, row)
        tx.append(_host_entry(actor, row, at=at, allowed=True))
        return row


def end_host(tools: Tools, actor: Actor, host_id: str) -> HostRow:
    """Let the watch look at a host no longer. It bites with the next look.

    Raises:
        NotFound: There is no such host, or the actor has no business with its producer.
        Refused: The actor has another role there.
        OutOfOrder: It was ended already.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = watching.get_host(tx.connection, host_id)
        producer = organisations.get_producer(tx.connection, row.producer_id)
        if not actor.has_any_role_in(producer.organisation_id):
            raise NotFound(NOTHING_THERE)
        require_role(actor, producer.organisation_id, Role.HEAD_OF_PROFESSION)
        if not watching.end_host(tx.connection, host_id, actor.actor_id, at):
            raise OutOfOrder("The watch may not look there any more already.", code=Code.ALREADY_ENDED)
        tx.append(_host_entry(actor, row, at=at, allowed=False))
        return watching.get_host(tx.connection, host_id)


def _plan_entry(actor: Actor, row: ReleaseRow, plan: PlanRow) -> Entry:
    return Entry(
        EntryKind.WATCH_PLANNED,
        plan.set_at,
        actor_id=actor.actor_id,
        producer_id=row.release.producer.producer_id,
        release_id=plan.release_id,
        said={
            "page_url": plan.page_url,
            "files": len(plan.file_urls),
            "has_marker": bool(plan.marker),
            "declares": plan.declares,
            "unsure_minutes": plan.unsure_minutes,
            "revision": plan.revision + 1,
        },
    )


def _host_entry(actor: Actor, row: HostRow, *, at: datetime, allowed: bool) -> Entry:
    return Entry(
        EntryKind.WATCHED_HOST_CHANGED,
        at,
        actor_id=actor.actor_id,
        producer_id=row.producer_id,
        said={"host_id": row.host_id, "host": row.host, "allowed": allowed},
        sealed={"reason": row.reason[:2000]} if allowed and row.reason else {},
    )
