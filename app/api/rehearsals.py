"""Rehearsing the day of a release: begin it, and see what came of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from app.actions import rehearsal_reports, rehearsing
from app.actions.rehearsal_reports import RehearsalReport
from app.actions.rehearsing import MINUTES_LEAST, MINUTES_MOST
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out
from app.rules.facts import london_text
from app.rules.rehearsals import NOTE, heading_of

router = APIRouter(prefix="/api/v1", tags=["rehearsals"])

_TWIN, _RELEASE = "rel_6a5b4c3d2e1f0a9b8c7d6e5f", "rel_5f3a9c1e7b2d4a6088c9d1e2"
_TITLE = "REHEARSAL: Claimant count (Monday 9 March 2026, 2pm (UK time))"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class RehearsalIn(In):
    """How long the rehearsal takes until its time of publication, and whether its people are written to."""

    minutes: int = Field(30, ge=MINUTES_LEAST, le=MINUTES_MOST, examples=[30])
    tells_people: bool = Field(
        False, description="Its letters go to everyone listed; otherwise only to those with a role with the producer."
    )


class RehearsalOut(Out):
    """A rehearsal that has begun. Its window, list and documents are those of any release."""

    release_id: str = Field(examples=[_TWIN])
    of_release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=[_TITLE])
    rehearsal: bool = Field(examples=[True])
    heading: str = Field(examples=[NOTE])
    publishes_at: Moment
    publishes_at_london: str = Field(examples=["Monday 9 March 2026, 2:31pm (UK time)"])
    report: str = Field(description="Where its report is.", examples=[f"/api/v1/releases/{_TWIN}/rehearsal-report"])


class RehearsedPersonOut(Out):
    """One person of the list, and how far they came; null where it did not happen."""

    person_id: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    name: str = Field(examples=["Robin Speedwell"])
    post: str = Field(examples=["Private Secretary, Example Treasury"])
    signed_at: Moment | None
    opened_at: Moment | None
    revealed_at: Moment | None
    copies_whole: int = Field(examples=[2])
    sent_bytes: int = Field(examples=[204800])
    refusals: int = Field(description="How often they asked for a document and were refused.", examples=[0])
    seconds_to_open: int | None = Field(description="From the beginning of the rehearsal.", examples=[95])
    seconds_to_reveal: int | None = Field(description="From opening to the first passphrase.", examples=[12])


class LettersOut(Out):
    """What became of its letters."""

    sent: int = Field(examples=[4])
    waiting: int = Field(examples=[0])
    failed: int = Field(examples=[0])
    withheld: int = Field(description="Never to go, since the rehearsal is a quiet one.", examples=[0])


class RehearsalReportOut(Out):
    """What came of a rehearsal so far."""

    release_id: str = Field(examples=[_TWIN])
    of_release_id: str | None = Field(description="Null for a rehearsal registered by hand.", examples=[_RELEASE])
    title: str = Field(examples=[_TITLE])
    rehearsal: bool = Field(examples=[True])
    heading: str = Field(examples=[NOTE])
    state: str = Field(examples=["published"])
    begun_at: Moment
    publishes_at: Moment
    published_at: Moment | None
    late_seconds: int | None = Field(description="After the time set; null while not published.", examples=[45])
    quiet: bool
    people_listed: int = Field(examples=[4])
    people_signed: int = Field(examples=[4])
    people_opened: int = Field(examples=[4])
    people_revealed: int = Field(examples=[3])
    people: list[RehearsedPersonOut]
    letters: LettersOut
    incidents: list[str] = Field(description="Kinds of what it raised; none is a breach.", examples=[[]])


@router.post(
    "/releases/{release_id}/rehearsal",
    operation_id="begin_rehearsal",
    summary="Rehearse the day of a release",
    status_code=201,
    response_model=RehearsalOut,
    responses=_answers(403, 409),
)
def begin_rehearsal(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: RehearsalIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For the head of profession. The same list, made-up documents headed REHEARSAL, published within minutes."""

    def act(once: Any) -> RehearsalOut:
        row = rehearsing.begin_rehearsal(once, actor, release_id, minutes=body.minutes, tells_people=body.tells_people)
        release = row.release
        return RehearsalOut(
            release_id=release.release_id,
            of_release_id=release_id,
            title=release.title,
            rehearsal=release.rehearsal,
            heading=heading_of(release),
            publishes_at=release.publishes_at,
            publishes_at_london=london_text(release.publishes_at),
            report=f"/api/v1/releases/{release.release_id}/rehearsal-report",
        )

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/releases/{release_id}/rehearsal-report",
    operation_id="report_rehearsal",
    summary="What came of a rehearsal",
    responses=_answers(),
)
def report_rehearsal(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> RehearsalReportOut:
    """Who signed, opened and saw the passphrase, what failed, which letters went, and how long it took."""
    return _report(rehearsal_reports.report_rehearsal(tools, actor, release_id))


def _report(found: RehearsalReport) -> RehearsalReportOut:
    release, people = found.row.release, found.people
    return RehearsalReportOut(
        release_id=release.release_id,
        of_release_id=found.of_release_id,
        title=release.title,
        rehearsal=release.rehearsal,
        heading=heading_of(release),
        state=release.state.value,
        begun_at=found.row.added_at,
        publishes_at=release.publishes_at,
        published_at=release.published_at,
        late_seconds=found.late_seconds,
        quiet=found.quiet,
        people_listed=len(people),
        people_signed=sum(one.signed_at is not None for one in people),
        people_opened=sum(one.opened_at is not None for one in people),
        people_revealed=sum(one.revealed_at is not None for one in people),
        people=[
            RehearsedPersonOut(**{name: getattr(one, name) for name in RehearsedPersonOut.model_fields})
            for one in people
        ],
        letters=LettersOut(**{name: getattr(found.letters, name) for name in LettersOut.model_fields}),
        incidents=list(found.incidents),
    )
