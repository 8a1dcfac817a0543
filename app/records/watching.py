"""What the watch looks for, where it may look, what it saw, and what that meant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.records.rows import is_row, one_row
from app.records.tables import documents, probes, releases, verdicts, watch_plans, watched_hosts
from app.rules.canonical import canonical_json
from app.rules.errors import Conflict
from app.rules.facts import DocumentState, Release, ReleaseState
from app.rules.probes import Probe, probe_from, probe_record
from app.rules.verdicts import Verdict, VerdictKind
from app.rules.watchplans import WatchPlan

_AWAITED = (ReleaseState.ANNOUNCED.value, ReleaseState.FINAL.value)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """How one sees that a release is public.

    Attributes:
        declares: What is seen live is declared published without anybody's doing.
        unsure_minutes: For how long nothing may be told before a person hears of it.
    """

    release_id: str
    page_url: str
    marker: str
    file_urls: tuple[str, ...]
    declares: bool
    unsure_minutes: int
    set_at: datetime
    set_by: str
    revision: int


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host where the watch may look for a producer, and who allowed it."""

    host_id: str
    producer_id: str
    host: str
    reason: str
    allowed_at: datetime
    allowed_by: str
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict as it was when it changed. ``at`` aware, UTC."""

    verdict_id: str
    publishes_at: datetime
    at: datetime
    verdict: Verdict


def find_plan(connection: Connection, release_id: str) -> PlanRow | None:
    """Give the plan of a release, or None when nothing watches it."""
    row = connection.execute(select(watch_plans).where(watch_plans.c.release_id == release_id)).one_or_none()
    return None if row is None else _plan(row)


def set_plan(connection: Connection, plan: PlanRow) -> None:
    """Put a plan in the place of the one that was read.

    Args:
        connection: An open write transaction.
        plan: As it is to be, with the revision that was read; 0 where there was none.

    Raises:
        Conflict: Somebody was first.
    """
    values = {
        "page_url": plan.page_url,
        "marker": plan.marker,
        "file_urls": json.dumps(list(plan.file_urls)),
        "declares": plan.declares,
        "unsure_minutes": plan.unsure_minutes,
        "set_at": plan.set_at,
        "set_by": plan.set_by,
        "revision": plan.revision + 1,
    }
    if plan.revision == 0:
        anew = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        first = anew(watch_plans).values(release_id=plan.release_id, **values)
        once = first.on_conflict_do_nothing(index_elements=["release_id"]).returning(watch_plans.c.release_id)
        changed = connection.execute(once).one_or_none() is not None
    else:
        same = and_(watch_plans.c.release_id == plan.release_id, watch_plans.c.revision == plan.revision)
        changed = connection.execute(update(watch_plans).where(same).values(**values)).rowcount == 1
    if not changed:
        raise Conflict("Somebody changed this plan since you read it. Read it again, then repeat your change.")


def as_rule(connection: Connection, plan: PlanRow, release: Release) -> tuple[WatchPlan, int]:
    """Give a plan as the rule needs it, and the length in bytes of the longest document in final form.

    Args:
        connection: Any connection.
        plan: The plan.
        release: Its release.
    """
    fixed = select(documents.c.sha256, documents.c.plain_bytes).where(
        documents.c.release_id == release.release_id, documents.c.state == DocumentState.FINAL.value
    )
    rows = connection.execute(fixed).all()
    made = WatchPlan(
        release.release_id,
        release.publishes_at,
        plan.page_url,
        plan.marker,
        plan.file_urls,
        frozenset(row.sha256 for row in rows),
        plan.set_at,
    )
    return made, max((row.plain_bytes for row in rows), default=0)


def awaited(connection: Connection, from_at: datetime, to_at: datetime) -> list[tuple[str, datetime, bool]]:
    """Give id, time set and whether there is a plan, of each release announced or final that is due in a span.

    Args:
        connection: Any connection.
        from_at: After this instant. Aware, UTC.
        to_at: Up to this instant, included. Aware, UTC.
    """
    of = releases.c
    asked = (
        select(of.release_id, of.publishes_at, watch_plans.c.revision)
        .join(watch_plans, watch_plans.c.release_id == of.release_id, isouter=True)
        .where(of.state.in_(_AWAITED), of.publishes_at > from_at, of.publishes_at <= to_at)
    )
    return [(row.release_id, row.publishes_at, row.revision is not None) for row in connection.execute(asked)]


def hosts_of(connection: Connection, producer_id: str) -> tuple[HostRow, ...]:
    """Give every host that was ever allowed for a producer, the newest first."""
    asked = select(watched_hosts).where(watched_hosts.c.producer_id == producer_id)
    ordered = asked.order_by(watched_hosts.c.allowed_at.desc(), watched_hosts.c.host_id)
    return tuple(_host(row) for row in connection.execute(ordered))


def allowed_hosts(connection: Connection, producer_id: str) -> frozenset[str]:
    """Give the hosts where the watch may look for a producer now."""
    return frozenset(one.host for one in hosts_of(connection, producer_id) if one.ended_at is None)


def get_host(connection: Connection, host_id: str) -> HostRow:
    """Give a host.

    Raises:
        NotFound: There is none with this id.
    """
    return _host(one_row(connection, select(watched_hosts).where(is_row(watched_hosts, host_id))))


def add_host(connection: Connection, host: HostRow) -> None:
    """Put on record that the watch may look at a host."""
    names = ("host_id", "producer_id", "host", "reason", "allowed_at", "allowed_by")
    connection.execute(insert(watched_hosts), {name: getattr(host, name) for name in names})


def end_host(connection: Connection, host_id: str, by: str, at: datetime) -> bool:
    """Put on record that the watch may look at a host no longer.

    Args:
        connection: An open write transaction.
        host_id: The host.
        by: Who says so.
        at: Now. Aware, UTC.

    Returns:
        False when it could not already.
    """
    stands = update(watched_hosts).where(is_row(watched_hosts, host_id), watched_hosts.c.ended_at.is_(None))
    return connection.execute(stands.values(ended_at=at, ended_by=by)).rowcount == 1


def add_probe(connection: Connection, probe_id: str, plan: WatchPlan, probe: Probe) -> None:
    """Keep a probe that is worth keeping."""
    content = canonical_json(probe_record(probe)).decode()
    values = {"probe_id": probe_id, "release_id": plan.release_id, "publishes_at": plan.publishes_at}
    connection.execute(insert(probes), {**values, "at": probe.at, "content": content})


def probes_of(connection: Connection, release_id: str, *, since: datetime | None = None) -> tuple[Probe, ...]:
    """Give the probes of a release that were kept, oldest first.

    Args:
        connection: Any connection.
        release_id: The release.
        since: Only those that began no earlier. Aware, UTC.
    """
    asked = select(probes.c.content).where(probes.c.release_id == release_id)
    if since is not None:
        asked = asked.where(probes.c.at >= since)
    rows = connection.execute(asked.order_by(probes.c.at, probes.c.probe_id)).scalars()
    return tuple(probe_from(json.loads(content)) for content in rows)


def newest_probes(connection: Connection, release_id: str, limit: int) -> tuple[Probe, ...]:
    """Give the probes of a release that were kept, the newest first, and no more than so many."""
    asked = select(probes.c.content).where(probes.c.release_id == release_id)
    in_turn = asked.order_by(probes.c.at.desc(), probes.c.probe_id.desc()).limit(limit)
    return tuple(probe_from(json.loads(content)) for content in connection.execute(in_turn).scalars())


def add_verdict(connection: Connection, verdict_id: str, plan: WatchPlan, verdict: Verdict, at: datetime) -> None:
    """Keep what the probes mean from an instant on. Aware, UTC."""
    connection.execute(
        insert(verdicts),
        {
            "verdict_id": verdict_id,
            "release_id": plan.release_id,
            "publishes_at": plan.publishes_at,
            "at": at,
            "kind": verdict.kind.value,
            "why": verdict.why,
            "origin_at": verdict.origin_at,
            "public_at": verdict.public_at,
            "absent_at": verdict.absent_at,
            "delay_ms": verdict.delay_ms,
        },
    )


def verdicts_of(connection: Connection, release_id: str) -> tuple[VerdictRow, ...]:
    """Give the verdicts on a release, oldest first."""
    asked = select(verdicts).where(verdicts.c.release_id == release_id)
    return tuple(_verdict(row) for row in connection.execute(asked.order_by(verdicts.c.at, verdicts.c.verdict_id)))


def last_verdict(connection: Connection, release_id: str, publishes_at: datetime) -> Verdict | None:
    """Give what the probes mean now for a release and the time set for it; None while nobody has looked.

    Args:
        connection: Any connection.
        release_id: The release.
        publishes_at: The time set. Aware, UTC.
    """
    found = [one for one in verdicts_of(connection, release_id) if one.publishes_at == publishes_at]
    return found[-1].verdict if found else None


def _plan(row: Row[Any]) -> PlanRow:
    return PlanRow(
        row.release_id,
        row.page_url,
        row.marker,
        tuple(json.loads(row.file_urls)),
        row.declares,
        row.unsure_minutes,
        row.set_at,
        row.set_by,
        row.revision,
    )


def _host(row: Row[Any]) -> HostRow:
    return HostRow(
        row.host_id,
        row.producer_id,
        row.host,
        row.reason,
        row.allowed_at,
        row.allowed_by,
        row.ended_at,
        row.ended_by,
    )


def _verdict(row: Row[Any]) -> VerdictRow:
    verdict = Verdict(VerdictKind(row.kind), row.why, row.origin_at, row.public_at, row.absent_at, row.delay_ms)
    return VerdictRow(row.verdict_id, row.publishes_at, row.at, verdict)
