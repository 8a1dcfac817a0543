"""The letter “your documents are ready”: set to go, sent at once, listed, withdrawn."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import ready_letters
from app.actions.ready_letters import LetterRow, LetterState
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.people import PersonId
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs

router = APIRouter(prefix="/api/v1", tags=["releases"])

ReadyLetterId = Annotated[str, StringConstraints(pattern=r"^rdl_[0-9a-f]{24}$")]
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_READERS = "Its readers, from the list in force; left out: everybody on the list that is in force when it goes."


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class LetterIn(In):
    """When the letter is to go, and to whom."""

    send_at: Moment = Field(description="Not before access may begin for the last of its readers.")
    person_ids: list[PersonId] = Field([], max_length=200, description=_READERS, examples=[[]])


class LetterNowIn(In):
    """To whom the letter goes at once."""

    person_ids: list[PersonId] = Field([], max_length=200, description=_READERS, examples=[[]])


class LetterWithdrawalIn(In):
    """Why the letter is taken back."""

    reason: Paragraphs = Field(examples=["Table 2 is being put right."])


class LetterReasonOut(Out):
    """Why a reader did not get the letter."""

    code: str = Field(examples=["declaration_missing"])
    source: str = Field(examples=["SI 2008/2998 Sch. para 8"])


class LetterReaderOut(Out):
    """One reader, as the rule judged them when the letter was due."""

    person_id: str = Field(examples=[_PERSON])
    post: str = Field(examples=["Chief Secretary, Example Treasury"])
    sent: bool = Field(description="The letter went to them.")
    told_before: bool = Field(description="They had it before, about these documents and this time.")
    reasons: list[LetterReasonOut]


class ReadyLetterOut(Out):
    """A letter that the documents of a release are ready, and what became of it."""

    ready_letter_id: str = Field(examples=["rdl_5f0c1d2e3a4b59687786f5e4"])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    send_at: Moment
    person_ids: list[str] = Field(description="Its readers; empty for everybody on the list in force.", examples=[[]])
    state: LetterState
    scheduled_at: Moment
    scheduled_by: str = Field(description="The person, or the program.", examples=[_PERSON])
    ended_at: Moment | None = Field(description="When it was sent, withheld or withdrawn.")
    reason: str = Field(description="Why it was withdrawn.", examples=[""])
    readers: list[LetterReaderOut] = Field(description="Empty until it was due.")


class ReadyLettersOut(Out):
    """The letters of one release, the first to go first."""

    results: list[ReadyLetterOut]
    next: str | None = Field(None, description="Always null: a release has few letters.")


@router.post(
    "/releases/{release_id}/ready-letters",
    operation_id="schedule_ready_letter",
    summary="Set the letter “your documents are ready” to go at a time",
    status_code=201,
    response_model=ReadyLetterOut,
    responses=_answers(409),
)
def schedule_ready_letter(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: LetterIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """By those who prepare the release. Refused, with the clause and the earliest time, where a window opens later."""

    def act(once: Tools) -> ReadyLetterOut:
        row = ready_letters.schedule_letter(
            once, actor, release_id, send_at=body.send_at, person_ids=frozenset(body.person_ids)
        )
        return _letter(row)

    return create_once(request, tools, actor, key, body, act)


@router.post(
    "/releases/{release_id}/ready-letters/sending",
    operation_id="send_ready_letter",
    summary="Send the letter “your documents are ready” at once",
    status_code=201,
    response_model=ReadyLetterOut,
    responses=_answers(409),
)
def send_ready_letter(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: LetterNowIn | None = None,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """To those whom the rule lets in now. Where a window has not opened nobody gets it, and a near miss is drafted."""
    wanted = frozenset(body.person_ids if body else ())

    def act(once: Tools) -> ReadyLetterOut:
        return _letter(ready_letters.send_letter_now(once, actor, release_id, person_ids=wanted))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/releases/{release_id}/ready-letters",
    operation_id="list_ready_letters",
    summary="See which letters are set to go, and what became of earlier ones",
    responses=_answers(),
)
def list_ready_letters(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> ReadyLettersOut:
    """For those who prepare the release and for auditors."""
    return ReadyLettersOut(results=[_letter(row) for row in ready_letters.list_letters(tools, actor, release_id)])


@router.get(
    "/ready-letters/{ready_letter_id}",
    operation_id="read_ready_letter",
    summary="See one letter",
    responses=_answers(),
)
def read_ready_letter(tools: ToolsHere, actor: ActorHere, ready_letter_id: ReadyLetterId) -> ReadyLetterOut:
    """For those who prepare the release and for auditors: to whom it went, and why not to others."""
    return _letter(ready_letters.read_letter(tools, actor, ready_letter_id))


@router.post(
    "/ready-letters/{ready_letter_id}/withdrawal",
    operation_id="withdraw_ready_letter",
    summary="Take a letter back that has not gone",
    responses=_answers(409),
)
def withdraw_ready_letter(
    tools: ToolsHere, actor: ActorHere, ready_letter_id: ReadyLetterId, body: LetterWithdrawalIn
) -> ReadyLetterOut:
    """By those who prepare the release, with a reason that is kept."""
    return _letter(ready_letters.withdraw_letter(tools, actor, ready_letter_id, reason=body.reason))


def _letter(row: LetterRow) -> ReadyLetterOut:
    return ReadyLetterOut(
        ready_letter_id=row.ready_letter_id,
        release_id=row.release_id,
        send_at=row.send_at,
        person_ids=list(row.person_ids),
        state=row.state,
        scheduled_at=row.scheduled_at,
        scheduled_by=row.scheduled_by,
        ended_at=row.ended_at,
        reason=row.reason,
        readers=[LetterReaderOut.model_validate(one) for one in row.outcome],
    )
