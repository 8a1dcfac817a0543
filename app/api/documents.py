"""Documents: upload as a raw stream, fix, list, recall. How a copy is fetched stands in ``openings.py``."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import destroying, documents
from app.actions.documents import Arriving
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, asking_again, create_once, etag
from app.api.bodies import said_bytes
from app.api.places import DocumentId, ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out, Paragraphs
from app.api.streams import from_the_loop, hops, upload_limiter
from app.rules.rehearsals import NOTE
from app.rules.scans import NotScanned, ScanState

router = APIRouter(prefix="/api/v1", tags=["documents"])

_SHA256 = "b3cf0a5d2b8f8d1a4f5e6c7d8091a2b3c4d5e6f708192a3b4c5d6e7f80910a1b"
_DOCUMENT = "doc_77aa88bb99cc00dd11ee22ff"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class ScanOut(Out):
    """What the malware scanner said of a document."""

    state: ScanState = Field(description="clean, not_scanned or found", examples=["clean"])
    why: NotScanned | None = Field(description="Why it was not scanned.", examples=[None])
    signature: str = Field(
        description="What was found, in the scanner's words; empty where nothing was.", examples=[""]
    )
    engine: str = Field(description="The scanner and its version, where it said.", examples=["ClamAV 1.4.6"])
    signatures: str = Field(description="The version of its signatures, where it said.", examples=["27815"])
    at: Moment | None = Field(description="When.")


class DocumentOut(Out):
    """A document of a release, without its bytes."""

    document_id: str = Field(examples=[_DOCUMENT])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    file_name: str = Field(examples=["labour-market-2016-07.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    version: int = Field(examples=[1])
    replaces_id: str | None
    note: str = Field(examples=["Table 3 corrected."])
    state: str = Field(description="draft, final, superseded or recalled", examples=["draft"])
    rehearsal: bool
    heading: str = Field(description="Heads whatever is told of a rehearsal; empty for a real document.", examples=[""])
    sha256: str = Field(description="Of the plain bytes.", examples=[_SHA256])
    plain_bytes: int = Field(examples=[204800])
    uploaded_by: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    uploaded_at: Moment
    fixed_by: str | None
    fixed_at: Moment | None
    recalled_at: Moment | None
    recall_reason: str | None
    key_destroyed_at: Moment | None = Field(description="When its key was destroyed; nobody can open it any more.")
    scan: ScanOut = Field(description="What is known of malware in it.")
    revision: int = Field(description="Send it as If-Match with a change.", examples=[1])


class DocumentListOut(Out):
    """The documents of a release, in the order of their arrival."""

    results: list[DocumentOut]
    next: str | None = Field(None, description="Always null: a release has few documents.")


class FixIn(In):
    """Fixing: the hash of the document as you know it."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] = Field(
        description="SHA-256 of your own file; compare it before you send it.", examples=[_SHA256]
    )


class RecallIn(In):
    """Recalling: why, as everyone who was served will read it."""

    reason: Paragraphs = Field(min_length=1, examples=["Table 3 shows figures for the wrong month."])


class DestroyKeyIn(In):
    """Destroying a recalled document's key: why, for the record."""

    reason: Paragraphs = Field(min_length=1, examples=["The wrong month's figures; a corrected version was sealed."])


class _Announced(In):
    # What makes an upload the same request again; its bytes are compared by their announced length only.
    file_name: str
    media_type: str
    said_bytes: int | None
    replaces_id: str | None
    note: str


_BODY = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "/releases/{release_id}/documents",
    operation_id="upload_document",
    summary="Upload a document; it is sealed as it arrives",
    status_code=201,
    response_model=DocumentOut,
    responses=_answers(403, 409, 413, 415),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The document itself, not a form. Any media type but a form's.",
            "content": {"application/octet-stream": _BODY, "application/pdf": _BODY, "text/csv": _BODY},
        }
    },
)
async def upload_document(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    file_name: Annotated[
        str, Query(max_length=400, description="With its extension.", examples=["labour-market-2016-07.pdf"])
    ],
    replaces: Annotated[DocumentId | None, Query(description="The document whose place it takes when fixed.")] = None,
    note: Annotated[Line | None, Query(description="What changed; needed with `replaces`.")] = None,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Upload a document as the raw body of the request. It is sealed as it arrives, and a draft until fixed.

    Where the connection breaks, nothing is left; a large file is better begun as an upload in parts.
    """
    announced = _Announced(
        file_name=file_name,
        media_type=request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip(),
        said_bytes=said_bytes(request),
        replaces_id=replaces,
        note=note or "",
    )
    arriving = Arriving(chunks=from_the_loop(hops(request)), **announced.model_dump())
    ask_again = asking_again(request, actor)
    act = partial(
        create_once,
        request,
        tools,
        actor,
        idempotency_key,
        announced,
        lambda claimed: _out(
            documents.upload_document(claimed, actor, release_id, arriving, ask_again=ask_again),
        ),
        revision_of=lambda made: made.revision,
    )
    return await anyio.to_thread.run_sync(act, limiter=upload_limiter())


@router.get(
    "/releases/{release_id}/documents",
    operation_id="list_documents",
    summary="The documents of a release",
    responses=_answers(403),
)
def list_documents(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> DocumentListOut:
    """All documents for those who prepare the release; for recipients, those they may open at this moment."""
    return DocumentListOut(results=[_out(row) for row in documents.list_documents(tools, actor, release_id)])


@router.get(
    "/documents/{document_id}",
    operation_id="get_document",
    summary="One document, without its bytes",
    responses=_answers(403),
)
def get_document(tools: ToolsHere, actor: ActorHere, document_id: DocumentId, response: Response) -> DocumentOut:
    """Give one document, without its bytes. Reading this is never an access to the statistics."""
    row = documents.get_document(tools, actor, document_id)
    etag(response, row.revision)
    return _out(row)


@router.post(
    "/documents/{document_id}/fixing",
    operation_id="fix_document",
    summary="Fix a draft as final form",
    responses=_answers(403, 409, 412, 428),
)
def fix_document(
    tools: ToolsHere,
    actor: ActorHere,
    document_id: DocumentId,
    body: FixIn,
    revision: RevisionHere,
    response: Response,
) -> DocumentOut:
    """Fix a draft as final form, by a second person, who states the hash of their own file."""
    row = documents.fix_document(tools, actor, document_id, sha256=body.sha256, revision=revision)
    etag(response, row.revision)
    return _out(row)


@router.post(
    "/documents/{document_id}/recall",
    operation_id="recall_document",
    summary="Take a document back",
    responses=_answers(403, 409, 412, 428),
)
def recall_document(
    tools: ToolsHere,
    actor: ActorHere,
    document_id: DocumentId,
    body: RecallIn,
    revision: RevisionHere,
    response: Response,
) -> DocumentOut:
    """Take a document back: openings end, running copies stop within a second, everyone served is told."""
    row = documents.recall_document(tools, actor, document_id, reason=body.reason, revision=revision)
    etag(response, row.revision)
    return _out(row)


@router.post(
    "/documents/{document_id}/key-destruction",
    operation_id="destroy_document_key",
    summary="Destroy a recalled document's key",
    responses=_answers(403, 409, 412, 428),
)
def destroy_document_key(
    tools: ToolsHere,
    actor: ActorHere,
    document_id: DocumentId,
    body: DestroyKeyIn,
    revision: RevisionHere,
    response: Response,
) -> DocumentOut:
    """Destroy the key of a recalled document for good, by a head of profession who did not recall it themself.

    Its sealed body is removed after that; one that survives in a backup of the store can be opened by nobody.
    """
    row = destroying.destroy_document_key(tools, actor, document_id, reason=body.reason, revision=revision)
    etag(response, row.revision)
    return _out(row)


def _out(row: documents.DocumentRow) -> DocumentOut:
    card = row.card
    return DocumentOut(
        document_id=card.document_id,
        release_id=card.release_id,
        file_name=card.file_name,
        media_type=card.media_type,
        version=card.version,
        replaces_id=row.replaces_id,
        note=row.note,
        state=card.state.value,
        rehearsal=card.rehearsal,
        heading=NOTE if card.rehearsal else "",
        sha256=card.sha256,
        plain_bytes=card.plain_bytes,
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
        fixed_by=row.fixed_by,
        fixed_at=row.fixed_at,
        recalled_at=row.recalled_at,
        recall_reason=row.recall_reason,
        key_destroyed_at=row.key_destroyed_at,
        scan=ScanOut(
            state=row.scanned.state,
            why=row.scanned.why,
            signature=row.scanned.signature,
            engine=row.scanned.engine,
            signatures=row.scanned.signatures,
            at=row.scanned.at,
        ),
        revision=row.revision,
    )
