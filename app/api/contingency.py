"""With the producer's site down: the one decision that makes the final documents public here, and its end."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from app.actions import contingency
from app.actions.contingency import ContingencyView
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Line, MomentOut, Out, Paragraphs, ReasonOut
from app.rules.contingency import CONFIRMATION

router = APIRouter(prefix="/api/v1", tags=["contingency"])

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class ContingencyIn(In):
    """The decision of the head of profession."""

    reason: Paragraphs = Field(
        description="Kept with the decision. Give no figure.", examples=["The publishing site has failed since 9:30."]
    )
    confirmation: Line = Field(description=f"“{CONFIRMATION}”, typed.", examples=[CONFIRMATION])


class WithdrawalIn(In):
    """Why the documents are taken off the public page."""

    reason: Paragraphs = Field(examples=["The publishing site has held for half an hour."])


class ReleasedDocumentOut(Out):
    """A document that is, would be or was made public here."""

    document_id: str = Field(examples=["doc_77aa88bb99cc00dd11ee22ff"])
    file_name: str = Field(examples=["claimants.csv"])
    state: str = Field(examples=["final"])
    sha256: str = Field(examples=[_SHA256])
    size_bytes: int = Field(examples=[204800])


class ContingencyOut(Out):
    """Whether the documents of a release can be made public here, are, or were."""

    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    state: str = Field(description="`possible`, `not_possible`, `public` or `withdrawn`.", examples=["possible"])
    reasons: list[ReasonOut] = Field(description="What stands against it now.")
    documents: list[ReleasedDocumentOut]
    page: str = Field(
        description="The public page, at this address for everybody.",
        examples=["https://pra.statistics.gov.example/published/rel_5f3a9c1e7b2d4a6088c9d1e2"],
    )
    reason: str | None = Field(None, description="As it was decided.", examples=["The publishing site has failed."])
    released_at: MomentOut | None = None
    released_by: str | None = Field(None, examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    site_back_at: MomentOut | None = Field(
        None, description="When the watch saw it on the producer's own site since: withdraw it here if that holds."
    )
    withdrawn_at: MomentOut | None = None
    withdrawn_by: str | None = Field(None, examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    withdrawn_reason: str | None = Field(None, examples=["The publishing site has held for half an hour."])
    revision: int = Field(description="Of the decision; 0 while there is none.", examples=[1])


@router.get(
    "/releases/{release_id}/contingency",
    operation_id="get_contingency",
    summary="See whether a release can be made public here",
    responses=_answers(),
)
def get_contingency(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, response: Response) -> ContingencyOut:
    """For those who prepare or audit the release: what stands against it now, or what was decided."""
    shown = _out(tools, contingency.read_contingency(tools, actor, release_id))
    etag(response, shown.revision)
    return shown


@router.post(
    "/releases/{release_id}/contingency",
    operation_id="release_to_everyone",
    summary="Make the final documents public here",
    status_code=201,
    response_model=ContingencyOut,
    responses=_answers(409, 412, 428),
)
def release_to_everyone(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    body: ContingencyIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Publish the release on this service's own page, to everybody at once. It cannot be undone.

    For the head of profession, signed in within the last minutes, once the time set has passed and while the watch does
    not see it on the producer's own site. The embargo ends with it. `If-Match` carries the revision of the release.
    """

    def act(once: Tools) -> ContingencyOut:
        made = contingency.release_to_everyone(
            once, actor, release_id, reason=body.reason, confirmation=body.confirmation, revision=revision
        )
        return _out(tools, made)

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: int(made.revision))


@router.post(
    "/releases/{release_id}/contingency/withdrawal",
    operation_id="withdraw_contingency",
    summary="Take the documents off the public page again",
    responses=_answers(409, 412, 428),
)
def withdraw_contingency(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    body: WithdrawalIn,
    response: Response,
) -> ContingencyOut:
    """Once the producer's own site works. The public page then says where the statistics are; they stay published."""
    shown = _out(tools, contingency.withdraw(tools, actor, release_id, reason=body.reason, revision=revision))
    etag(response, shown.revision)
    return shown


def _out(tools: Tools, view: ContingencyView) -> ContingencyOut:
    release_id = view.release.release.release_id
    made = ContingencyOut(
        release_id=release_id,
        state="not_possible" if view.reasons else "possible",
        reasons=[ReasonOut.model_validate(reason.as_record()) for reason in view.reasons],
        documents=[
            ReleasedDocumentOut(
                document_id=row.card.document_id,
                file_name=row.card.file_name,
                state=row.card.state.value,
                sha256=row.card.sha256,
                size_bytes=row.card.plain_bytes,
            )
            for row in view.documents
        ],
        page=contingency.public_page(tools, release_id),
        revision=0,
    )
    row = view.row
    if row is None:
        return made
    told = {
        "state": "public" if row.stands else "withdrawn",
        "reason": row.reason,
        "released_at": row.decision.released_at,
        "released_by": row.released_by,
        "site_back_at": row.site_back_at,
        "withdrawn_at": row.decision.withdrawn_at,
        "withdrawn_by": row.withdrawn_by,
        "withdrawn_reason": row.withdrawn_reason or None,
        "revision": row.revision,
    }
    return made.model_copy(update=told)
