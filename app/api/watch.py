"""How a release is watched around its time of publication, and what the watch saw."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import watch_plans
from app.actions.watch_plans import HostRow, PlanRow, VerdictRow, WatchView
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Line, LineOrNothing, MomentOut, Out, Paragraphs
from app.rules.probes import Look, Probe
from app.rules.verdicts import VerdictKind

router = APIRouter(prefix="/api/v1", tags=["watch"])

ProducerId = Annotated[str, StringConstraints(pattern=r"^prd_[0-9a-f]{24}$")]
HostId = Annotated[str, StringConstraints(pattern=r"^hst_[0-9a-f]{24}$")]
Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[!-~]+$")]
_PAGE = "https://statistics.gov.example/labour-market/march-2026"
_FILE = "https://statistics.gov.example/labour-market/march-2026/tables.xlsx"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class WatchIn(In):
    """How one sees that the release is public: by words on its page, by its published files, or by both."""

    page_url: Address | None = Field(None, description="Leave out for the release's own.", examples=[_PAGE])
    marker: LineOrNothing = Field(
        "",
        description="Words that stand on the page once the release is out, and not before. No pattern.",
        examples=["Labour market statistics, March 2026, published"],
    )
    file_urls: Annotated[list[Address], Field(max_length=5)] = Field(
        default_factory=list, description="Each must be one of the documents, byte for byte.", examples=[[_FILE]]
    )
    declares: bool = Field(False, description="What is seen live is declared published by itself.")
    unsure_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        5, description="For how long the watch may be unable to tell before a person hears of it."
    )


class PlanOut(Out):
    """What the watch looks for."""

    page_url: str = Field(examples=[_PAGE])
    marker: str = Field(examples=["Labour market statistics, March 2026, published"])
    file_urls: list[str] = Field(examples=[[_FILE]])
    declares: bool
    unsure_minutes: int = Field(examples=[5])
    set_at: MomentOut
    set_by: str = Field(examples=[_PERSON])


class VerdictOut(Out):
    """What the probes mean, from an instant on."""

    kind: VerdictKind = Field(examples=["live"])
    why: str = Field(examples=["The public could see it at Tuesday 10 March 2026, 9:30:01am (UK time)."])
    at: MomentOut
    publishes_at: MomentOut = Field(description="The time that was set.")
    origin_at: MomentOut | None = Field(description="No later than when it was published where it comes from.")
    public_at: MomentOut | None = Field(description="No later than when the public could see it.")
    absent_at: MomentOut | None = Field(description="When it was last certain that the public could not.")
    delay_ms: int | None = Field(description="Milliseconds from the time set until `public_at`.", examples=[1034])


class WatchOut(Out):
    """How a release is watched."""

    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    watched: bool = Field(description="False: no plan says what to look for, and somebody must look.")
    plan: PlanOut | None
    verdicts: list[VerdictOut] = Field(description="Each time it changed, oldest first; the last one stands.")
    revision: int = Field(
        description="Of the plan; send it as If-Match with a change. 0 while there is none.", examples=[1]
    )


class LookOut(Out):
    """One address, as it answered once."""

    url: str = Field(description="The last address asked, after redirects.", examples=[_PAGE])
    status: int | None = Field(examples=[200])
    sha256: str = Field(description="Of the body; empty when it was not read to its end.", examples=[_SHA256])
    marker_found: bool | None = Field(description="Null where it was not looked for.")
    redirects: int = Field(examples=[0])
    evidence: dict[str, str] = Field(
        description="What headers say of caches. Evidence, never proof.", examples=[{"age": "37", "x-cache": "HIT"}]
    )
    duration_ms: int = Field(examples=[120])
    trouble: str | None = Field(description="Why it shows nothing.", examples=[None])


class ProbeOut(Out):
    """One look from outside: past the caches, and plain as the public sees it."""

    at: MomentOut
    duration_ms: int = Field(examples=[140])
    fresh: LookOut
    plain: LookOut
    fresh_files: list[LookOut]
    plain_files: list[LookOut]


class ProbesOut(Out):
    """Probes, the newest first: each that saw something else than the one before, and one in twenty of the others."""

    results: list[ProbeOut]
    next: str | None = Field(None, description="Always null: ask for more with `limit`.")


class HostIn(In):
    """A host where the watch may look."""

    host: Line = Field(description="Its name, with :port where that is not 443.", examples=["statistics.gov.example"])
    reason: Paragraphs = Field("", examples=["Our own publishing site."])


class HostOut(Out):
    """A host where the watch may look, or might once, and who allowed it."""

    host_id: str = Field(examples=["hst_0a1b2c3d4e5f60718293a4b5"])
    producer_id: str = Field(examples=["prd_1c2d3e4f5061728394a5b6c7"])
    host: str = Field(examples=["statistics.gov.example"])
    reason: str = Field(examples=["Our own publishing site."])
    allowed_at: MomentOut
    allowed_by: str = Field(examples=[_PERSON])
    ended_at: MomentOut | None
    ended_by: str | None = Field(examples=[None])


class HostsOut(Out):
    """Hosts, the newest first."""

    results: list[HostOut]
    next: str | None = Field(None, description="Always null: there are few.")


@router.get(
    "/releases/{release_id}/watch",
    operation_id="get_watch",
    summary="See how a release is watched",
    responses=_answers(),
)
def get_watch(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, response: Response) -> WatchOut:
    """What is looked for, and what was found. For those who work for its producer, and for auditors."""
    return _watch(response, watch_plans.get_watch(tools, actor, release_id))


@router.put(
    "/releases/{release_id}/watch",
    operation_id="set_watch",
    summary="Say how one sees that a release is public",
    responses=_answers(409, 412, 428),
)
def set_watch(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    response: Response,
    body: WatchIn,
) -> WatchOut:
    """By those who prepare the release; `declares` by a lead official or head of profession."""
    view = watch_plans.set_plan(
        tools,
        actor,
        release_id,
        revision=revision,
        page_url=body.page_url,
        marker=body.marker,
        file_urls=tuple(body.file_urls),
        declares=body.declares,
        unsure_minutes=body.unsure_minutes,
    )
    return _watch(response, view)


@router.get(
    "/releases/{release_id}/watch/probes",
    operation_id="list_probes",
    summary="See what the watch saw",
    responses=_answers(),
)
def list_probes(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many results at most.")] = 100,
) -> ProbesOut:
    """Addresses, hashes and headers as evidence; nothing of what the page says."""
    found = watch_plans.list_probes(tools, actor, release_id, limit=limit)
    return ProbesOut(results=[_probe(one) for one in found])


@router.get(
    "/producers/{producer_id}/watched-hosts",
    operation_id="list_watched_hosts",
    summary="See where the watch may look",
    responses=_answers(),
)
def list_watched_hosts(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> HostsOut:
    """With who allowed each, and those that were ended."""
    return HostsOut(results=[_host(row) for row in watch_plans.list_hosts(tools, actor, producer_id)])


@router.post(
    "/producers/{producer_id}/watched-hosts",
    operation_id="allow_watched_host",
    summary="Let the watch look at a host",
    status_code=201,
    response_model=HostOut,
    responses=_answers(409),
)
def allow_watched_host(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: HostIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """By the head of profession. Even so, the watch connects to no address that is not on the public Internet."""

    def act(once: Any) -> HostOut:
        return _host(watch_plans.allow_host(once, actor, producer_id, host=body.host, reason=body.reason))

    return create_once(request, tools, actor, key, body, act)


@router.post(
    "/watched-hosts/{host_id}/end",
    operation_id="end_watched_host",
    summary="Let the watch look at a host no longer",
    responses=_answers(409),
)
def end_watched_host(tools: ToolsHere, actor: ActorHere, host_id: HostId) -> HostOut:
    """By the head of profession. It bites with the next look."""
    return _host(watch_plans.end_host(tools, actor, host_id))


def _watch(response: Response, view: WatchView) -> WatchOut:
    revision = view.plan.revision if view.plan else 0
    etag(response, revision)
    return WatchOut(
        release_id=view.release_id,
        watched=view.plan is not None,
        plan=_plan(view.plan) if view.plan else None,
        verdicts=[_verdict(one) for one in view.verdicts],
        revision=revision,
    )


def _plan(row: PlanRow) -> PlanOut:
    return PlanOut(
        page_url=row.page_url,
        marker=row.marker,
        file_urls=list(row.file_urls),
        declares=row.declares,
        unsure_minutes=row.unsure_minutes,
        set_at=row.set_at,
        set_by=row.set_by,
    )


def _verdict(row: VerdictRow) -> VerdictOut:
    verdict = row.verdict
    return VerdictOut(
        kind=verdict.kind,
        why=verdict.why,
        at=row.at,
        publishes_at=row.publishes_at,
        origin_at=verdict.origin_at,
        public_at=verdict.public_at,
        absent_at=verdict.absent_at,
        delay_ms=verdict.delay_ms,
    )


def _probe(probe: Probe) -> ProbeOut:
    return ProbeOut(
        at=probe.at,
        duration_ms=probe.duration_ms,
        fresh=_look(probe.fresh),
        plain=_look(probe.plain),
        fresh_files=[_look(one) for one in probe.fresh_files],
        plain_files=[_look(one) for one in probe.plain_files],
    )


def _look(look: Look) -> LookOut:
    return LookOut(
        url=look.url,
        status=look.status,
        sha256=look.sha256,
        marker_found=look.marker_found,
        redirects=look.redirects,
        evidence=dict(look.evidence),
        duration_ms=look.duration_ms,
        trouble=look.trouble.value if look.trouble else None,
    )


def _host(row: HostRow) -> HostOut:
    return HostOut(
        host_id=row.host_id,
        producer_id=row.producer_id,
        host=row.host,
        reason=row.reason,
        allowed_at=row.allowed_at,
        allowed_by=row.allowed_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
