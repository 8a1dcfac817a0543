"""Recalls: begun for a whole release, watched on a board, decided on, closed. And each person's own statement."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import StringConstraints

from app.actions import recalls, statements
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.places import AfterHere, LimitHere, ReleaseId, place_of, read_place
from app.api.recall_schemas import (
    MyRecallOut,
    MyRecallPageOut,
    RecallClosingIn,
    RecallId,
    RecallOut,
    RecallReleaseIn,
    RecallsOut,
    StatementDecisionIn,
    StatementIn,
    my_recall_out,
    recall_out,
)
from app.api.schemas import PROBLEM_RESPONSES
from app.rules.statements import Did, Statement

router = APIRouter(prefix="/api/v1", tags=["recalls"])

PersonId = Annotated[str, StringConstraints(pattern=r"^per_[0-9a-f]{24}$")]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


@router.post(
    "/releases/{release_id}/recalls",
    operation_id="recall_release",
    summary="Take everything of a release back, or the copies read too soon",
    status_code=201,
    response_model=RecallOut,
    responses=_answers(403, 409),
)
def recall_release(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: RecallReleaseIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For the lead official and the head of profession. Everyone who had or could have had it is asked."""

    def act(once: Any) -> RecallOut:
        made = recalls.recall_release(once, actor, release_id, reason=body.reason, copies_only=body.copies_only)
        return recall_out(made)

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: made.revision)


@router.get(
    "/releases/{release_id}/recalls",
    operation_id="list_recalls",
    summary="The recalls of a release, person by person",
    responses=_answers(),
)
def list_recalls(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> RecallsOut:
    """For those who prepare the release or audit it: who was served, what the log shows, what each states."""
    found = recalls.recalls_of_release(tools, actor, release_id)
    return RecallsOut(results=[recall_out(one) for one in found.views], offered_people=found.offered_people)


@router.get(
    "/recalls/{recall_id}", operation_id="get_recall", summary="One recall, person by person", responses=_answers()
)
def get_recall(tools: ToolsHere, actor: ActorHere, recall_id: RecallId, response: Response) -> RecallOut:
    """For those who prepare the release or audit it."""
    view = recalls.get_recall(tools, actor, recall_id)
    etag(response, view.row.revision)
    return recall_out(view)


@router.get(
    "/recalls/{recall_id}/board.csv",
    operation_id="export_recall",
    summary="One recall as a sheet, one person a line",
    response_class=Response,
    responses={
        200: {"description": "CSV, UTF-8 with its mark", "content": {"text/csv": {"schema": {"type": "string"}}}},
        **_answers(),
    },
)
def export_recall(tools: ToolsHere, actor: ActorHere, recall_id: RecallId) -> Response:
    """As above, for a spreadsheet."""
    headers = {"Content-Disposition": 'attachment; filename="recall.csv"'}
    content = recalls.board_sheet(tools, actor, recall_id)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post(
    "/recalls/{recall_id}/people/{person_id}/decision",
    operation_id="decide_statement",
    summary="Decide on a missing or contradicted statement",
    responses=_answers(403, 409),
)
def decide_statement(
    tools: ToolsHere,
    actor: ActorHere,
    recall_id: RecallId,
    person_id: PersonId,
    body: StatementDecisionIn,
    response: Response,
) -> RecallOut:
    """For the lead official and the head of profession, and never about themselves."""
    view = recalls.decide_statement(tools, actor, recall_id, person_id, about=body.wanted, reason=body.reason)
    etag(response, view.row.revision)
    return recall_out(view)


@router.post(
    "/recalls/{recall_id}/closing",
    operation_id="close_recall",
    summary="Close a recall",
    responses=_answers(403, 409, 412, 428),
)
def close_recall(
    tools: ToolsHere,
    actor: ActorHere,
    recall_id: RecallId,
    body: RecallClosingIn,
    revision: RevisionHere,
    response: Response,
) -> RecallOut:
    """Possible once every statement is in, or has a reason for missing, and no contradiction is left undecided."""
    view = recalls.close_recall(tools, actor, recall_id, note=body.note, revision=revision)
    etag(response, view.row.revision)
    return recall_out(view)


@router.get("/me/recalls", operation_id="my_recalls", summary="What you are asked to state", responses=_answers())
def my_recalls(tools: ToolsHere, actor: ActorHere, after: AfterHere = None, limit: LimitHere = 50) -> MyRecallPageOut:
    """Recalls about which you are or were asked, newest first. Reading this is never an access."""
    found = statements.my_recalls(tools, actor, after=read_place(after), limit=limit)
    last = found[-1].row if len(found) == limit else None
    return MyRecallPageOut(
        results=[my_recall_out(one) for one in found],
        next=place_of(last.begun_at, last.recall_id) if last else None,
    )


@router.post(
    "/recalls/{recall_id}/statements",
    operation_id="give_statement",
    summary="State what you did with what was recalled",
    status_code=201,
    response_model=MyRecallOut,
    responses=_answers(403, 409),
)
def give_statement(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    recall_id: RecallId,
    body: StatementIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For whoever is asked, themself, within 15 minutes of signing in. It is signed, and compared with the log."""
    stated = Statement(Did(body.did), body.printed, body.kept_where, body.forwarded_to, body.note)

    def act(once: Any) -> MyRecallOut:
        return my_recall_out(
            statements.give_statement(once, actor, recall_id, stated, typed_name=body.typed_name, agreed=body.agreed)
        )

    return create_once(request, tools, actor, key, body, act)
