"""Alarms at the time of publication, and the roster of those whom they reach."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from app.actions import alarms
from app.actions.alarms import AlarmView, RosterRow
from app.api.asking import ActorHere, RevisionHere, ToolsHere, etag
from app.api.people import PersonId
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, MomentOut, Out, Paragraphs
from app.rules.alarms import AlarmKind, Away, Contact, Roster

router = APIRouter(prefix="/api/v1", tags=["alarms"])

ProducerId = Annotated[str, StringConstraints(pattern=r"^prd_[0-9a-f]{24}$")]
AlarmId = Annotated[str, StringConstraints(pattern=r"^alm_[0-9a-f]{24}$")]
_PERSON, _COVER = "per_9d8c7b6a5f4e3d2c1b0a9f8e", "per_0f1e2d3c4b5a69788796a5b4"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class AcknowledgeIn(In):
    """That you have it in hand."""

    note: Paragraphs = Field("", description="What you are doing.", examples=["On the phone to the web team."])


class AlarmOut(Out):
    """One alarm about a release."""

    alarm_id: str = Field(examples=["alm_0a1b2c3d4e5f60718293a4b5"])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    kind: AlarmKind = Field(examples=["not_confirmed"])
    summary: str = Field(examples=["“Claimant count” was due at 9:30am, and its publication is not confirmed."])
    publishes_at: MomentOut = Field(description="The time that was set when it was raised.")
    raised_at: MomentOut
    calls: int = Field(description="How often people have been called.", examples=[2])
    called_at: MomentOut | None = Field(description="When they last were.")
    next_call_at: MomentOut | None = Field(description="When they are called next; null when nobody is any more.")
    acknowledged_at: MomentOut | None
    acknowledged_by: str | None = Field(description="Who has it in hand.", examples=[_PERSON])
    note: str = Field(examples=["On the phone to the web team."])
    ended_at: MomentOut | None
    ended_because: str = Field(
        description="published, rescheduled, postponed or cancelled; empty while it stands.", examples=[""]
    )


class AlarmsOut(Out):
    """Every alarm of a release, the newest first."""

    results: list[AlarmOut]
    next: str | None = Field(None, description="Always null: there are few.")


class AwayIn(In):
    """A leave; both days count. Whoever covers is called instead."""

    from_on: Annotated[date, Field(strict=False, examples=["2026-03-09"])]
    until_on: Annotated[date, Field(strict=False, examples=["2026-03-13"])]
    cover_id: PersonId = Field(examples=[_COVER])


class ContactIn(In):
    """Somebody whom alarms reach."""

    person_id: PersonId = Field(examples=[_PERSON])
    from_minute: Literal[1, 2, 5, 15] | None = Field(
        None, description="From which call on; null for somebody of whom only leave is kept.", examples=[2]
    )
    away: Annotated[list[AwayIn], Field(max_length=50)] = Field(default_factory=list)


class RosterIn(In):
    """A whole roster, in place of the one there is."""

    contacts: Annotated[list[ContactIn], Field(max_length=50)]


class AwayOut(Out):
    """A leave; both days count."""

    from_on: date = Field(examples=["2026-03-09"])
    until_on: date = Field(examples=["2026-03-13"])
    cover_id: str = Field(examples=[_COVER])


class ContactOut(Out):
    """Somebody whom alarms reach."""

    person_id: str = Field(examples=[_PERSON])
    from_minute: int | None = Field(examples=[2])
    away: list[AwayOut]


class RosterOut(Out):
    """Whom a producer's alarms reach, beside the lead official and the heads of profession."""

    producer_id: str = Field(examples=["prd_1c2d3e4f5061728394a5b6c7"])
    contacts: list[ContactOut]
    set_at: MomentOut | None
    revision: int = Field(description="Send it as If-Match with a change; 0 while none was set.", examples=[1])


@router.get(
    "/releases/{release_id}/alarms", operation_id="list_alarms", summary="See a release's alarms", responses=_answers()
)
def list_alarms(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> AlarmsOut:
    """For those who work for its producer, and for auditors."""
    return AlarmsOut(results=[_alarm(view) for view in alarms.list_alarms(tools, actor, release_id)])


@router.post(
    "/releases/{release_id}/alarms/{alarm_id}/acknowledge",
    operation_id="acknowledge_alarm",
    summary="Say that you have an alarm in hand",
    responses=_answers(409),
)
def acknowledge_alarm(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, alarm_id: AlarmId, body: AcknowledgeIn
) -> AlarmOut:
    """By anybody who works for the producer, in person. Nobody is called for it again; the embargo is not touched."""
    return _alarm(alarms.acknowledge_alarm(tools, actor, release_id, alarm_id, note=body.note))


@router.get(
    "/producers/{producer_id}/roster",
    operation_id="get_roster",
    summary="See whom alarms reach",
    responses=_answers(),
)
def get_roster(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, response: Response) -> RosterOut:
    """The lead official and the heads of profession are called at every step and need not stand on it."""
    return _roster(response, producer_id, alarms.get_roster(tools, actor, producer_id))


@router.put(
    "/producers/{producer_id}/roster",
    operation_id="set_roster",
    summary="Set whom alarms reach, and who is on leave",
    responses=_answers(409, 412, 428),
)
def set_roster(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    revision: RevisionHere,
    response: Response,
    body: RosterIn,
) -> RosterOut:
    """By a lead official or head of profession. Everybody on it, and every cover, has a role with the producer."""
    wanted = Roster(
        tuple(
            Contact(
                one.person_id,
                one.from_minute,
                tuple(Away(leave.from_on, leave.until_on, leave.cover_id) for leave in one.away),
            )
            for one in body.contacts
        )
    )
    return _roster(response, producer_id, alarms.set_roster(tools, actor, producer_id, wanted, revision=revision))


def _alarm(view: AlarmView) -> AlarmOut:
    row = view.row
    return AlarmOut(
        alarm_id=row.alarm_id,
        release_id=row.release_id,
        kind=row.kind,
        summary=row.summary,
        publishes_at=row.publishes_at,
        raised_at=row.raised_at,
        calls=row.called,
        called_at=row.called_at,
        next_call_at=view.next_call_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        note=row.note,
        ended_at=row.ended_at,
        ended_because=row.ended_because,
    )


def _roster(response: Response, producer_id: str, row: RosterRow) -> RosterOut:
    etag(response, row.revision)
    return RosterOut(
        producer_id=producer_id,
        contacts=[
            ContactOut(
                person_id=one.person_id,
                from_minute=one.from_minute,
                away=[
                    AwayOut(from_on=leave.from_on, until_on=leave.until_on, cover_id=leave.cover_id)
                    for leave in one.away
                ],
            )
            for one in row.roster.contacts
        ],
        set_at=row.set_at,
        revision=row.revision,
    )
