"""Looks at the public page before, at and after the time set, and puts on record what that means.

The walk of ``look``: 1. the clock, once. 2. The plan and the earlier probes; the transaction is closed. 3. The probe,
outside, with no transaction open. 4. The rule judges. 5. One transaction: whose turn it was, the probe, the verdict if
it changed, the incident with its draft, alarm and letters, and the entries. Of two at once, one does 5.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions import alarming, desk
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import contingencies, eligibility, jobs, public_lists, releases, watching
from app.records.jobs import Job
from app.records.releases import ReleaseRow
from app.records.watching import PlanRow
from app.rules import breaches, contingency_letters, dayletters, lettersubjects
from app.rules.alarms import AlarmKind
from app.rules.eligibility import public_list
from app.rules.facts import ReleaseState, london_date
from app.rules.incidents import IncidentDraft
from app.rules.probes import Probe, probe_from, probe_record, same_sight
from app.rules.publication import list_of_posts_reasons
from app.rules.reasons import Reason, instant_text
from app.rules.verdicts import Verdict, VerdictKind, judge
from app.rules.watchplans import LOOKS_AHEAD, Target, WatchPlan, looks_from, next_look, shown
from app.rules.window import window_of

LOOK, TELL_UNWATCHED = "look", "tell_unwatched"
KEPT_EVERY = 20
"""Of probes that see the same, one in so many is kept; each that sees something else is."""
_AWAITED = (ReleaseState.ANNOUNCED, ReleaseState.FINAL)
_LONGEST_WINDOW = timedelta(days=21)
_PAST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Sought:
    """A release that is to be looked at, and how."""

    release: ReleaseRow
    plan: PlanRow
    rule: WatchPlan
    target: Target
    earlier: tuple[Probe, ...]


def plan_looks(tools: Tools) -> int:
    """Have each release that comes due looked at from a day before, or those warned who left it unwatched.

    Returns:
        How much was arranged now.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        soon = watching.awaited(connection, at - _PAST, at + _LONGEST_WINDOW)
        wanted = {
            _key(LOOK if planned else TELL_UNWATCHED, one, due): (one, due, planned) for one, due, planned in soon
        }
        missing = sorted(set(wanted) - jobs.keys_known(connection, wanted)) if wanted else []
        begin = {key: _begins(releases.get_row(connection, wanted[key][0]), planned=wanted[key][2]) for key in missing}
    if not missing:
        return 0
    with tools.transaction() as tx:
        for key in missing:
            release_id, _, planned = wanted[key]
            jobs.add(
                tx.connection,
                job_id=tools.new_id("job"),
                kind=LOOK if planned else TELL_UNWATCHED,
                release_id=release_id,
                reason_key=key,
                due_at=begin[key],
            )
    return len(missing)


def look(tools: Tools, job: Job) -> bool:
    """Look once, and put on record what that means.

    Args:
        tools: The tools.
        job: The work, as it was taken.

    Returns:
        Whether it is to be declared published by itself now: its plan says so, it was seen live, and nothing stands in
        the way.

    Source:
        Code 2018 T3.6
    """
    at = tools.clock.now()
    at -= timedelta(microseconds=at.microsecond % 1000)  # as it is kept, so that it reads the same the next time
    sought = _sought(tools, job)
    if sought is None:
        with tools.transaction() as tx:
            jobs.finish(tx.connection, job, at)
        return False
    probe = tools.prober.probe(sought.target, at)
    with tools.transaction() as tx:
        releases.keep(tx.connection, job.release_id)
        release = releases.get_row(tx.connection, job.release_id)
        plan = watching.find_plan(tx.connection, job.release_id)
        following = next_look(release.release.publishes_at, probe.finished_at)
        if following is None:
            jobs.finish(tx.connection, job, at)
            return False
        if plan != sought.plan or not _stands(tx.connection, release, job):
            # It was moved, declared or planned anew while we looked: what was seen answers another question.
            jobs.put_off(tx.connection, job, probe.finished_at)
            return False
        note = json.dumps(probe_record(probe))
        if not jobs.put_off(tx.connection, job, following, note=note):
            return False
        return _conclude(tools, tx, replace(sought, release=release), job, probe)


def tell_unwatched(tools: Tools, job: Job) -> None:
    """Warn those who answer for a release that nothing watches its public page, unless there is a plan by now.

    Args:
        tools: The tools.
        job: The work, as it was taken.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        release = releases.get_row(tx.connection, job.release_id)
        facts = release.release
        stands = (
            facts.state in _AWAITED and _key(TELL_UNWATCHED, facts.release_id, facts.publishes_at) == job.reason_key
        )
        if not jobs.finish(tx.connection, job, at) or not stands or at > facts.publishes_at:
            return
        if watching.find_plan(tx.connection, job.release_id) is not None:
            return
        body = dayletters.unwatched_body(facts, _where(tools, release, "/watch"))
        told = _tell_seniors(tools, tx, release, "unwatched", lettersubjects.unwatched(facts), body, at)
        tx.append(_entry(EntryKind.UNWATCHED_TOLD, release, at, {"people": told}))


def _sought(tools: Tools, job: Job) -> _Sought | None:
    """Give what is to be looked for; None when there is nothing to look for any more."""
    with tools.reading() as connection:
        release = releases.get_row(connection, job.release_id)
        plan = watching.find_plan(connection, job.release_id)
        if plan is None or not _stands(connection, release, job):
            return None
        rule, longest_bytes = watching.as_rule(connection, plan, release.release)
        hosts = watching.allowed_hosts(connection, release.release.producer.producer_id)
        earlier = watching.probes_of(connection, job.release_id, since=plan.set_at)
    last = (probe_from(json.loads(job.note)),) if job.note else ()
    target = Target(plan.page_url, plan.marker, plan.file_urls, hosts, longest_bytes)
    return _Sought(release, plan, rule, target, (*earlier, *last))


def _conclude(tools: Tools, tx: Transaction, sought: _Sought, job: Job, probe: Probe) -> bool:
    """Put on record what was seen and what it means; says whether publication is to be declared."""
    at, release = probe.finished_at, sought.release
    verdict = judge(sought.rule, (*sought.earlier, probe), at)
    before = watching.last_verdict(tx.connection, job.release_id, sought.rule.publishes_at)
    last = sought.earlier[-1] if sought.earlier else None
    if last is None or not same_sight(last, probe) or job.runs % KEPT_EVERY == 0:
        _keep(tools, tx, sought, probe)
    if before is None or _differs(before, verdict):
        watching.add_verdict(tx.connection, tools.new_id("vrd"), sought.rule, verdict, at)
        tx.append(_entry(EntryKind.VERDICT_CHANGED, release, at, _verdict_said(verdict)))
        if release.release.state is ReleaseState.PUBLISHED:
            _propose(tools, tx, release, verdict, at)
        else:
            _follow(tools, tx, sought, verdict, at)
    waiting = release.release.state is not ReleaseState.PUBLISHED
    if waiting and verdict.unsure_since and at - verdict.unsure_since >= timedelta(minutes=sought.plan.unsure_minutes):
        subject = lettersubjects.unsure(release.release)
        body = dayletters.unsure_body(release.release, verdict)
        _tell_seniors(tools, tx, release, "unsure", subject, body, at)
    return _to_declare(tx, sought, verdict, at)


def _follow(tools: Tools, tx: Transaction, sought: _Sought, verdict: Verdict, at: datetime) -> None:
    """Open or complete the incident, give alarm, and write to those who answer for the release."""
    release = sought.release
    draft = _draft(release, verdict)
    if draft is not None:
        desk.open_or_complete(tools, tx, draft, at=at)
    if verdict.kind is VerdictKind.EARLY:
        cause = f"{release.release.release_id}:{instant_text(release.release.publishes_at)}"
        summary = f"“{release.release.title}”: {verdict.why}"
        alarming.raise_alarm(tools, tx, release, AlarmKind.EARLY, summary, cause=cause, at=at)
    elif verdict.public_at is not None:
        blocked = _blocked(tx, sought, at)
        body = dayletters.seen_live_body(
            release.release,
            verdict,
            by_itself=sought.plan.declares and release.release.state is ReleaseState.FINAL,
            blocked=blocked,
            where=_where(tools, release),
        )
        subject = lettersubjects.seen_live(release.release)
        _tell_seniors(tools, tx, release, f"seen_live:{instant_text(verdict.public_at)}", subject, body, at)


def _propose(tools: Tools, tx: Transaction, release: ReleaseRow, verdict: Verdict, at: datetime) -> None:
    """Keep that a release made public by this service is back on the producer's site, and propose to withdraw it here.

    A person decides: the watch may have seen a page that serves one visitor in two.
    """
    row = contingencies.find(tx.connection, release.release.release_id)
    if row is None or verdict.public_at is None or row.site_back_at is not None or not row.stands:
        return
    contingencies.mark_site_back(tx.connection, row, verdict.public_at)
    said: dict[str, object] = {"contingency_id": row.contingency_id, "public_at": instant_text(verdict.public_at)}
    tx.append(_entry(EntryKind.CONTINGENCY_SITE_BACK, release, at, said))
    where = f"{tools.policy.public_address}/producer/releases/{release.release.release_id}/contingency"
    body = contingency_letters.site_back_body(release.release, verdict.public_at, where)
    subject = lettersubjects.site_back(release.release)
    _tell_seniors(tools, tx, release, "site_back", subject, body, at)


def _draft(release: ReleaseRow, verdict: Verdict) -> IncidentDraft | None:
    facts = release.release
    if verdict.kind is VerdictKind.EARLY:
        seen = [one for one in (verdict.origin_at, verdict.public_at) if one is not None]
        return breaches.early_publication(facts, min(seen))
    if verdict.kind is not VerdictKind.LATE:
        return None
    if verdict.public_at is not None:
        return breaches.late_publication(facts, verdict.public_at)
    return breaches.not_public_in_time(facts, verdict.absent_at) if verdict.absent_at else None


def _to_declare(tx: Transaction, sought: _Sought, verdict: Verdict, at: datetime) -> bool:
    seen = verdict.public_at is not None and verdict.kind in (VerdictKind.LIVE, VerdictKind.LATE)
    final = sought.release.release.state is ReleaseState.FINAL
    return seen and final and sought.plan.declares and not _blocked(tx, sought, at)


def _blocked(tx: Transaction, sought: _Sought, at: datetime) -> tuple[Reason, ...]:
    facts = sought.release.release
    listed = eligibility.in_force(tx.connection, facts.release_id, on=london_date(at))
    published = public_lists.find(tx.connection, facts.release_id)
    enforced = public_list(listed, facts) if listed else ()
    return list_of_posts_reasons(facts.order, published.rows.encode() if published else None, enforced)


def _keep(tools: Tools, tx: Transaction, sought: _Sought, probe: Probe) -> None:
    probe_id = tools.new_id("prb")
    watching.add_probe(tx.connection, probe_id, sought.rule, probe)
    said = {
        "probe_id": probe_id,
        "duration_ms": probe.duration_ms,
        "origin": shown(sought.rule, probe.fresh, probe.fresh_files).value,
        "public": shown(sought.rule, probe.plain, probe.plain_files).value,
        "status": probe.plain.status,
        "sha256": probe.plain.sha256,
        "trouble": probe.plain.trouble.value if probe.plain.trouble else None,
        "file_sha256s": [one.sha256 for one in probe.plain_files],
    }
    tx.append(_entry(EntryKind.PAGE_PROBED, sought.release, probe.at, said))


def _tell_seniors(
    tools: Tools, tx: Transaction, release: ReleaseRow, kind: str, subject: str, body: str, at: datetime
) -> int:
    """Write to the lead official and the heads of profession, once for one kind of news about the time that is set."""
    seniors = alarming.seniors_of(tx.connection, release, at)
    for person in seniors:
        facts = release.release
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind=kind.partition(":")[0],
            reason_key=f"{kind}:{facts.release_id}:{instant_text(facts.publishes_at)}:{person.person_id}",
            subject=subject,
            body=body,
            release_id=facts.release_id,
        )
    return len(seniors)


def _stands(connection: Connection, release: ReleaseRow, job: Job) -> bool:
    """Say whether there is still something to look for: the release, or the site's return once it is public here."""
    facts = release.release
    awaited = facts.state in _AWAITED
    if facts.state is ReleaseState.PUBLISHED:
        row = contingencies.find(connection, facts.release_id)
        awaited = row is not None and row.stands and row.site_back_at is None
    return awaited and _key(LOOK, facts.release_id, facts.publishes_at) == job.reason_key


def _begins(release: ReleaseRow, *, planned: bool) -> datetime:
    facts = release.release
    return looks_from(facts.publishes_at, window_of(facts).opens_at) if planned else facts.publishes_at - LOOKS_AHEAD


def _key(kind: str, release_id: str, publishes_at: datetime) -> str:
    return f"{kind}:{release_id}:{instant_text(publishes_at)}"


def _differs(before: Verdict, verdict: Verdict) -> bool:
    """Say whether a verdict says something new; how long it has been so is not new."""
    return (before.kind, before.origin_at, before.public_at) != (verdict.kind, verdict.origin_at, verdict.public_at)


def _verdict_said(verdict: Verdict) -> dict[str, object]:
    instants = {"origin_at": verdict.origin_at, "public_at": verdict.public_at, "absent_at": verdict.absent_at}
    told = {name: instant_text(one) for name, one in instants.items() if one is not None}
    return {"verdict": verdict.kind.value, "delay_ms": verdict.delay_ms, **told}


def _where(tools: Tools, release: ReleaseRow, below: str = "") -> str:
    return f"{tools.policy.public_address}/producer/releases/{release.release.release_id}{below}"


def _entry(kind: EntryKind, release: ReleaseRow, at: datetime, said: dict[str, object]) -> Entry:
    facts = release.release
    return Entry(kind, at, producer_id=facts.producer.producer_id, release_id=facts.release_id, said=said)
