"""Eligibility lists: import, edit, approve; decide on grants."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import StringConstraints

from app.actions import approval, deriving, eligibility, importing, pausing
from app.actions.lists import RELEASES_BACK
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.grant_schemas import GrantChangeIn, GrantIn, GrantOut, HolderIn, grant_out
from app.api.import_schemas import ImportOut, import_out
from app.api.list_schemas import (
    ApprovalIn,
    DecisionIn,
    DerivingIn,
    ExtensionIn,
    ListOut,
    ListsOut,
    ResumptionIn,
    list_out,
    summary_out,
)
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Line
from app.api.sheets import SHEET_KINDS, SHEETS, media_type_of, read_sent
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Mistake
from app.rules.facts import GrantClass
from app.rules.importing import Defaults

router = APIRouter(prefix="/api/v1", tags=["lists"])

ListId = Annotated[str, StringConstraints(pattern=r"^lst_[0-9a-f]{24}$")]
GrantId = Annotated[str, StringConstraints(pattern=r"^grt_[0-9a-f]{24}$")]
_CHANGES = (403, 409, 412, 428)


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class _Sent(In):
    # What makes an import the same request again.
    sha256: str


@router.get(
    "/releases/{release_id}/lists",
    operation_id="list_versions",
    summary="See every version of a list",
    responses=_answers(403),
)
def list_versions(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> ListsOut:
    """For those who prepare it and for auditors."""
    return ListsOut(results=[summary_out(row) for row in eligibility.list_versions(tools, actor, release_id)])


@router.post(
    "/releases/{release_id}/lists",
    operation_id="derive_list",
    summary="Begin a new draft",
    status_code=201,
    response_model=ListOut,
    responses=_answers(403, 409),
)
def derive_list(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: DerivingIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """A copy of the list in force, of the series' standing list, or of another release's; empty where there is none."""

    def act(once: Tools) -> ListOut:
        made = deriving.derive_list(
            once, actor, release_id, from_release_id=body.from_release_id, from_series=body.from_series
        )
        return list_out(made)

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: made.revision)


@router.post(
    "/releases/{release_id}/lists/imports",
    operation_id="import_list",
    summary="Import a sheet as a new draft, or try what that would do",
    response_model=ImportOut,
    responses={201: {"model": ImportOut, "description": "Imported"}, **_answers(403, 409, 412, 415)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The sheet itself, not a form: CSV, XLSX or ODS, in the producer's own columns.",
            "content": SHEETS,
        }
    },
)
async def import_list(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    dry_run: Annotated[bool, Query(description="Change nothing; say what would be done.")] = False,
    complete: Annotated[bool, Query(description="False: the sheet stops short, and the list shall say so.")] = True,
    replace_draft: Annotated[bool, Query(description="Set a draft that exists aside.")] = False,
    ground: Annotated[Line | None, Query(description="For rows that give none themselves.")] = None,
    grant_class: Annotated[GrantClass, Query(description="For rows that give none.")] = GrantClass.ELIGIBLE_PERSON,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """The dry run names every row's problem. Errors stop the import; warnings are kept with the grants."""
    kind = SHEET_KINDS.get(media_type_of(request))
    if kind is None:
        raise Mistake("Send the sheet as text/csv, or as an XLSX or ODS workbook.", code=Code.UNSUPPORTED_MEDIA_TYPE)
    content = await read_sent(request, tools.policy.sheet_limit_bytes)
    act = partial(
        importing.import_list,
        actor=actor,
        release_id=release_id,
        content=content,
        kind=kind,
        dry_run=dry_run,
        complete=complete,
        defaults=Defaults(ground or "", grant_class),
        replace_draft=replace_draft,
    )
    if dry_run:
        tried = await anyio.to_thread.run_sync(partial(act, tools))
        return JSONResponse(import_out(tried).model_dump(mode="json"))
    sent = _Sent(sha256=sha256_hex(content))
    do: Callable[[], JSONResponse] = partial(
        create_once, request, tools, actor, key, sent, lambda once: import_out(act(once)), revision_of=_draft_revision
    )
    return await anyio.to_thread.run_sync(do)


@router.get("/lists/{list_id}", operation_id="get_list", summary="See one version of a list", responses=_answers(403))
def get_list(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    response: Response,
    releases_back: Annotated[
        int, Query(ge=1, le=24, description="At how many earlier releases of the series to look.")
    ] = RELEASES_BACK,
) -> ListOut:
    """With its holders, its defects, what a draft changes, and everything for which it could not be approved now."""
    view = eligibility.read_list(tools, actor, list_id, releases_back=releases_back)
    etag(response, view.row.revision)
    return list_out(view)


@router.post(
    "/lists/{list_id}/grants",
    operation_id="add_grant",
    summary="Add a grant to a draft",
    status_code=201,
    response_model=ListOut,
    responses=_answers(*_CHANGES),
)
def add_grant(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    body: GrantIn,
    revision: RevisionHere,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """A post of an organisation; either is added if it is new. Answers with the whole draft."""
    holder = body.holder.holder() if body.holder else None

    def act(once: Tools) -> ListOut:
        view = eligibility.add_grant(once, actor, list_id, body.grant(), revision=revision, holder=holder)
        return list_out(view)

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: made.revision)


@router.patch(
    "/lists/{list_id}/grants/{grant_id}",
    operation_id="change_grant",
    summary="Change the terms of a grant on a draft",
    responses=_answers(*_CHANGES),
)
def change_grant(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    grant_id: GrantId,
    body: GrantChangeIn,
    revision: RevisionHere,
    response: Response,
) -> ListOut:
    """What is left out stays. Answers with the whole draft."""
    view = eligibility.change_grant(
        tools, actor, list_id, grant_id, body.change, revision=revision, one_post=body.one_post
    )
    etag(response, view.row.revision)
    return list_out(view)


@router.put(
    "/lists/{list_id}/grants/{grant_id}/holder",
    operation_id="name_holder",
    summary="Name the person who holds the post",
    responses=_answers(*_CHANGES),
)
def name_holder(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    grant_id: GrantId,
    body: HolderIn,
    revision: RevisionHere,
    response: Response,
) -> ListOut:
    """By their own work address; shared mailboxes are refused. Answers with the whole draft."""
    view = eligibility.name_holder(tools, actor, list_id, grant_id, body.holder(), revision=revision)
    etag(response, view.row.revision)
    return list_out(view)


@router.delete(
    "/lists/{list_id}/grants/{grant_id}",
    operation_id="remove_grant",
    summary="Take a grant off a draft",
    responses=_answers(*_CHANGES),
)
def remove_grant(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    grant_id: GrantId,
    revision: RevisionHere,
    response: Response,
) -> ListOut:
    """Answers with the whole draft."""
    view = eligibility.remove_grant(tools, actor, list_id, grant_id, revision=revision)
    etag(response, view.row.revision)
    return list_out(view)


@router.post(
    "/lists/{list_id}/approval",
    operation_id="approve_list",
    summary="Approve a draft",
    responses=_answers(*_CHANGES),
)
def approve_list(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    revision: RevisionHere,
    response: Response,
    body: ApprovalIn | None = None,
) -> ListOut:
    """By a head of profession who had no hand in it and did not send it. From then on it is the list that is enforced.

    A list that is frozen needs the reason for the override, unless the version only takes people off. Where a past
    failure must be taken into account, the approval says in words what was considered.
    """
    said = body or ApprovalIn()
    view = approval.approve_list(tools, actor, list_id, revision=revision, **said.model_dump())
    etag(response, view.row.revision)
    return list_out(view)


@router.post(
    "/grants/{grant_id}/pause", operation_id="pause_grant", summary="Pause a grant", responses=_answers(403, 409)
)
def pause_grant(tools: ToolsHere, actor: ActorHere, grant_id: GrantId, body: DecisionIn) -> GrantOut:
    """By the head of profession. It serves nobody until it is resumed or extended."""
    return grant_out(pausing.pause_grant(tools, actor, grant_id, reason=body.reason))


@router.post(
    "/grants/{grant_id}/resumption",
    operation_id="resume_grant",
    summary="Let a paused grant serve again",
    responses=_answers(403, 409),
)
def resume_grant(tools: ToolsHere, actor: ActorHere, grant_id: GrantId, body: ResumptionIn) -> GrantOut:
    """By the head of profession. It serves from when its window opens as it now stands, and not before."""
    return grant_out(pausing.resume_grant(tools, actor, grant_id, **body.model_dump()))


@router.post(
    "/grants/{grant_id}/extension",
    operation_id="extend_grant",
    summary="Extend a grant exceptionally",
    responses=_answers(403, 409),
)
def extend_grant(tools: ToolsHere, actor: ActorHere, grant_id: GrantId, body: ExtensionIn) -> GrantOut:
    """By the head of profession, with published reasons and notice to the Board. Makes a new version of the list."""
    extended = pausing.extend_grant(
        tools,
        actor,
        grant_id,
        reasons=body.reasons,
        board_informed_at=body.board_informed_at,
        asked_minutes=body.asked_minutes,
        failures_considered=body.failures_considered,
    )
    return grant_out(extended)


def _draft_revision(made: ImportOut) -> int:
    return made.draft.revision if made.draft else 0
