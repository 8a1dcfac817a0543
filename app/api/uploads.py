"""Documents sent in parts, by the tus protocol, so that a lost connection costs only what was not kept yet."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.actions import uploads
from app.actions.uploads import Sent, UploadRow
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, asking_again, create_once
from app.api.bodies import said_bytes
from app.api.places import ReleaseId, UploadId
from app.api.problems import PROBLEMS, UPLOAD_AGAIN_AFTER_SECONDS
from app.api.schemas import PROBLEM_RESPONSES, Moment, Out
from app.api.streams import from_the_loop, hops_until_cut, upload_limiter
from app.api.tus import (
    BYTES_MEDIA_TYPE,
    EXTENSIONS,
    METADATA_LIMIT,
    MOST_BYTES,
    TusHere,
    announced_of,
    checksum_of,
    headers_of,
    http_date,
    metadata_of,
)
from app.rules.errors import Code, Mistake
from app.rules.uploads import UploadState

router = APIRouter(prefix="/api/v1", tags=["uploads"])

_UPLOAD = "upl_0c1d2e3f4a5b60718293a4b5"
_SHA256 = "b3cf0a5d2b8f8d1a4f5e6c7d8091a2b3c4d5e6f708192a3b4c5d6e7f80910a1b"
_TEXT = {"schema": {"type": "string"}}
_NUMBER = {"schema": {"type": "integer", "minimum": 0}, "required": True}
_TUS = {"Tus-Resumable": {"description": "The version of the protocol.", "required": True, **_TEXT}}
_EXPIRES = {"Upload-Expires": {"description": "From when it is gone.", "required": True, **_TEXT}}
_STATE = {
    "Pra-Upload-State": {
        "description": "Where it stands.",
        "required": True,
        "schema": {"type": "string", "enum": [state.value for state in UploadState]},
    }
}
_STANDS = {
    **_TUS,
    **_EXPIRES,
    **_STATE,
    "Upload-Offset": {"description": "How many bytes are kept: go on from there.", **_NUMBER},
}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class UploadProblemOut(Out):
    """Why a document was refused once all of it had come, as its problem document said."""

    code: str = Field(examples=["hash_differs"])
    title: str = Field(examples=["That is not the document you think it is"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["What has arrived is not the document whose SHA-256 was announced."])


class UploadOut(Out):
    """A document on its way in parts, or what became of it."""

    upload_id: str = Field(examples=[_UPLOAD])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    file_name: str = Field(examples=["labour-market-2016-07.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    plain_bytes: int = Field(description="Length of the document, as announced.", examples=[734003200])
    kept_bytes: int = Field(
        description="How much of it is durable; what follows from there is still to be sent.", examples=[209715200]
    )
    sha256: str | None = Field(description="Of the document, as announced.", examples=[_SHA256])
    replaces_id: str | None
    note: str = Field(examples=["Table 3 corrected."])
    state: UploadState = Field(
        description="receiving; completing, while the document is made of its parts and looked through; complete; or "
        "refused",
        examples=["receiving"],
    )
    document_id: str | None = Field(description="What it became.", examples=[None])
    problem: UploadProblemOut | None = Field(description="Why it was refused.")
    begun_at: Moment
    expires_at: Moment = Field(description="From then on it is gone, unless more of it comes before.")


class UploadListOut(Out):
    """Your own uploads, in the order in which they were begun."""

    results: list[UploadOut]
    next: str | None = Field(None, description="Always null: nobody has many.")


class _Announcement(BaseModel):
    # What makes the beginning of an upload the same request again.
    plain_bytes: int
    metadata: str


@router.options(
    "/releases/{release_id}/uploads",
    operation_id="describe_uploads",
    summary="What of the tus protocol is spoken here",
    status_code=204,
    responses={
        204: {
            "headers": {
                **_TUS,
                "Tus-Version": {"description": "All that are spoken.", "required": True, **_TEXT},
                "Tus-Extension": {"description": "What is spoken beyond the core.", "required": True, **_TEXT},
                "Tus-Max-Size": {"description": "Length of the longest document.", **_NUMBER},
                "Tus-Checksum-Algorithm": {"description": "For Upload-Checksum.", "required": True, **_TEXT},
            }
        },
        **_answers(),
    },
)
def describe_uploads(tools: ToolsHere, _: ActorHere, release_id: ReleaseId) -> Response:  # noqa: ARG001  # framework: the address has it
    """Say which version and which extensions of tus are spoken: the same for every release, there or not."""
    return Response(
        status_code=204,
        headers={
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(tools.policy.document_limit_bytes),
            "Tus-Checksum-Algorithm": ",".join(uploads.CHECKSUM_ALGORITHMS),
        },
    )


@router.post(
    "/releases/{release_id}/uploads",
    operation_id="begin_upload",
    summary="Begin to send a document in parts",
    status_code=201,
    response_model=UploadOut,
    responses={
        201: {
            "headers": {
                **_TUS,
                **_EXPIRES,
                "Location": {"description": "Where the parts are sent.", "required": True, **_TEXT},
            }
        },
        **_answers(403, 409, 412, 413, 415),
    },
)
def begin_upload(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    _: TusHere,
    release_id: ReleaseId,
    upload_length: Annotated[
        int,
        Header(
            alias="Upload-Length", ge=0, le=MOST_BYTES, description="Of the document in bytes.", examples=[734003200]
        ),
    ],
    upload_metadata: Annotated[
        str,
        Header(
            alias="Upload-Metadata",
            max_length=METADATA_LIMIT,
            description="`filename` with its extension, and where there is one `filetype` (the media type), `sha256` "
            "(of the document, 64 hexadecimal digits), `replaces` (a document's id) and `note` (what changed): each "
            "key is followed by a blank and its value in Base64, with commas between them.",
            examples=["filename cmVnaW9ucy5jc3Y=,filetype dGV4dC9jc3Y="],
        ),
    ],
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Begin an upload that goes on after a lost connection. What cannot be taken is refused before a byte is sent."""
    if said_bytes(request):
        raise Mistake(
            "Begin without a body, then send the document to the address in Location.", code=Code.UNSUPPORTED_MEDIA_TYPE
        )
    announced = announced_of(upload_metadata, upload_length)
    made = create_once(
        request,
        tools,
        actor,
        idempotency_key,
        _Announcement(plain_bytes=upload_length, metadata=upload_metadata),
        lambda claimed: _out(uploads.begin_upload(claimed, actor, release_id, announced)),
    )
    told = UploadOut.model_validate_json(bytes(made.body))
    made.headers["Location"] = f"/api/v1/uploads/{told.upload_id}"
    made.headers["Upload-Expires"] = http_date(told.expires_at)
    return made


@router.get("/uploads", operation_id="list_uploads", summary="Your own uploads", responses=_answers())
def list_uploads(tools: ToolsHere, actor: ActorHere) -> UploadListOut:
    """Give the uploads that you, or this program, have begun. Nobody else's are ever shown."""
    return UploadListOut(results=[_out(row) for row in uploads.list_uploads(tools, actor)])


@router.get(
    "/uploads/{upload_id}",
    operation_id="get_upload",
    summary="Where an upload stands, or what became of it",
    responses=_answers(403),
)
def get_upload(tools: ToolsHere, actor: ActorHere, upload_id: UploadId) -> UploadOut:
    """Say how much is kept; once all has come, which document it is, or why it was refused. For whoever began it."""
    return _out(uploads.get_upload(tools, actor, upload_id))


@router.head(
    "/uploads/{upload_id}",
    operation_id="find_upload_offset",
    summary="From where an upload is to go on",
    responses={
        200: {
            "headers": {
                **_STANDS,
                "Upload-Length": {"description": "As announced.", **_NUMBER},
                "Upload-Metadata": {"description": "As announced.", "required": True, **_TEXT},
            }
        },
        **_answers(403, 410, 412, 423),
    },
)
def find_upload_offset(tools: ToolsHere, actor: ActorHere, _: TusHere, upload_id: UploadId) -> Response:
    """Say how many bytes are kept. 423 while the document is being made of them, 410 when it was refused."""
    row = uploads.get_upload(tools, actor, upload_id)
    headers = {
        **headers_of(row),
        "Upload-Length": str(row.plain_bytes),
        "Upload-Metadata": metadata_of(row),
        "Cache-Control": "no-store",
    }
    if (
        row.state is UploadState.COMPLETING
    ):  # not a refusal, so not on record as one; and no offset, or it passes for done
        return Response(status_code=423, headers={**headers, "Retry-After": str(UPLOAD_AGAIN_AFTER_SECONDS)})
    return Response(status_code=410 if row.state is UploadState.REFUSED else 200, headers=headers)


@router.patch(
    "/uploads/{upload_id}",
    operation_id="send_part",
    summary="Send the next bytes of a document",
    status_code=204,
    responses={204: {"headers": _STANDS}, **_answers(400, 403, 409, 410, 412, 413, 415, 423, 460)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "As many of the bytes as you like, from Upload-Offset on.",
            "content": {BYTES_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def send_part(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    _: TusHere,
    upload_id: UploadId,
    upload_offset: Annotated[
        int, Header(alias="Upload-Offset", ge=0, le=MOST_BYTES, description="Where in the document these bytes begin.")
    ],
    upload_checksum: Annotated[
        str | None,
        Header(
            alias="Upload-Checksum",
            max_length=200,
            description="Of these bytes: `sha256` or `sha1`, a blank, and the digest in Base64. With it they are kept "
            "all together or not at all; without it, as far as they came.",
        ),
    ] = None,
) -> Response:
    """Send bytes, which are sealed as they arrive. With the last ones the document is made, looked through and scanned.

    The answer to the last ones comes when the document is there, a draft until it is fixed. Who lost it asks with GET.
    """
    if request.headers.get("content-type", "").strip().lower() != BYTES_MEDIA_TYPE:
        raise Mistake(f"Send the bytes with Content-Type: {BYTES_MEDIA_TYPE}.", code=Code.UNSUPPORTED_MEDIA_TYPE)
    sent = Sent(
        offset=upload_offset,
        chunks=from_the_loop(hops_until_cut(request)),
        said_bytes=said_bytes(request),
        checksum=checksum_of(upload_checksum),
    )
    act = partial(uploads.receive, tools, asking_again(request, actor), upload_id, sent)
    row = await anyio.to_thread.run_sync(act, limiter=upload_limiter())
    return Response(status_code=204, headers=headers_of(row))


@router.delete(
    "/uploads/{upload_id}",
    operation_id="take_back_upload",
    summary="Take an upload back",
    status_code=204,
    responses={204: {"headers": _TUS}, **_answers(412)},
)
def take_back_upload(tools: ToolsHere, actor: ActorHere, _: TusHere, upload_id: UploadId) -> Response:
    """Destroy what is kept of an unfinished upload; of one that has ended, forget how. Its document stays."""
    uploads.take_back_upload(tools, actor, upload_id)
    return Response(status_code=204)


def _out(row: UploadRow) -> UploadOut:
    return UploadOut(
        upload_id=row.upload_id,
        release_id=row.release_id,
        file_name=row.file_name,
        media_type=row.media_type,
        plain_bytes=row.plain_bytes,
        kept_bytes=row.kept_bytes,
        sha256=row.sha256,
        replaces_id=row.replaces_id,
        note=row.note,
        state=row.state,
        document_id=row.document_id,
        problem=_problem(row.problem),
        begun_at=row.begun_at,
        expires_at=row.expires_at,
    )


def _problem(kept: str | None) -> UploadProblemOut | None:
    if kept is None:
        return None
    said = json.loads(kept)
    shown = PROBLEMS[Code(said["code"])]
    return UploadProblemOut(
        code=said["code"], title=shown.title, status=shown.status, detail=said["detail"] or shown.meaning
    )
