"""Releases that this service itself has made public, the producer's own site being down: open to everybody."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.actions import public_answers, public_documents
from app.actions.public_documents import PublicRelease
from app.api.asking import ToolsHere, network_of
from app.api.places import DocumentId, ReleaseId
from app.api.public_answers import PUBLIC_RESPONSES, MadePublicRoute
from app.api.public_sending import current, send_document
from app.api.schemas import PROBLEM_RESPONSES, MomentOut, Out
from app.rules.facts import london_text

public = APIRouter(prefix="/api/v1", tags=["contingency"], route_class=MadePublicRoute)
files = APIRouter(prefix="/api/v1", tags=["contingency"])

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_FILE = "/api/v1/published/rel_5f3a9c1e7b2d4a6088c9d1e2/documents/doc_77aa88bb99cc00dd11ee22ff"


class PublicDocumentOut(Out):
    """A document that everybody may have, byte for byte as it was fixed in final form."""

    document_id: str = Field(examples=["doc_77aa88bb99cc00dd11ee22ff"])
    file_name: str = Field(examples=["claimants.csv"])
    media_type: str = Field(examples=["text/csv"])
    size_bytes: int = Field(examples=[204800])
    sha256: str = Field(examples=[_SHA256])
    content: str = Field(description="Where it is fetched, by everybody.", examples=[_FILE])


class PublicReleaseOut(Out):
    """A release that this service has made public, or had."""

    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    title: str = Field(examples=["UK labour market statistics: March 2026"])
    producer: str = Field(examples=["Office for Example Statistics"])
    publishes_at: MomentOut
    released_at: MomentOut
    released_at_london: str = Field(examples=["Tuesday 10 March 2026, 9:50am (UK time)"])
    withdrawn_at: MomentOut | None = Field(description="Null while the documents are given here.")
    public_url: str | None = Field(
        description="Where the producer publishes it.", examples=["https://statistics.gov.example/labour-market"]
    )
    documents: list[PublicDocumentOut] = Field(description="None once it is withdrawn.")


class PublicReleasesOut(Out):
    """The newest first."""

    results: list[PublicReleaseOut]


@public.get(
    "/published",
    operation_id="list_public_releases",
    summary="Releases made public here",
    responses=PUBLIC_RESPONSES,
)
def list_public_releases(tools: ToolsHere) -> PublicReleasesOut:
    """Those whose producer's own site was down at the time set. Open to everybody."""
    return PublicReleasesOut(results=[_out(one) for one in public_documents.list_public(tools)])


@public.get(
    "/published/{release_id}",
    operation_id="get_public_release",
    summary="A release made public here",
    responses=PUBLIC_RESPONSES,
)
def get_public_release(tools: ToolsHere, release_id: ReleaseId) -> PublicReleaseOut:
    """Its documents with their hashes; once it is withdrawn, where the statistics are. Open to everybody."""
    return _out(public_documents.read_public(tools, release_id))


_BYTES: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_FILE_HEADERS: dict[str, Any] = {
    name: {"description": text, "schema": {"type": "string"}}
    for name, text in {
        "Accept-Ranges": "`bytes`.",
        "Content-Disposition": "The name to save it under.",
        "Repr-Digest": "SHA-256 of all of the document, as RFC 9530 writes it.",
    }.items()
}
_FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The document.", "headers": _FILE_HEADERS, "content": _BYTES},
    206: {"description": "The part of it that you asked for.", "headers": _FILE_HEADERS, "content": _BYTES},
    **{status: PROBLEM_RESPONSES[status] for status in (404, 416, 422, 429, 500, 503)},
}


@files.head(
    "/published/{release_id}/documents/{document_id}",
    operation_id="describe_public_document",
    summary="What fetching a public document would answer",
    response_class=Response,
    responses={200: _FILE_RESPONSES[200], **{s: a for s, a in _FILE_RESPONSES.items() if s not in (200, 206)}},
)
async def describe_public_document(
    request: Request, tools: ToolsHere, release_id: ReleaseId, document_id: DocumentId
) -> Response:
    """Give the headers without the bytes. Open to everybody."""
    return await _sent(request, tools, release_id, document_id)


@files.get(
    "/published/{release_id}/documents/{document_id}",
    operation_id="fetch_public_document",
    summary="Fetch a document made public here",
    response_class=Response,
    responses=_FILE_RESPONSES,
)
async def fetch_public_document(
    request: Request, tools: ToolsHere, release_id: ReleaseId, document_id: DocumentId
) -> Response:
    """The final document, byte for byte, for everybody at the same address. A single `Range` is served.

    `If-None-Match` with its ETag is answered by 304.
    """
    return await _sent(request, tools, release_id, document_id)


async def _sent(request: Request, tools: ToolsHere, release_id: str, document_id: str) -> Response:
    public_answers.demand_patience(tools, network=network_of(request), made_public=True)
    release = public_documents.of_snapshot(await current(tools), release_id)
    return await send_document(tools, request, public_documents.find_document(release, document_id))


def _out(one: PublicRelease) -> PublicReleaseOut:
    release = one.release
    return PublicReleaseOut(
        release_id=release.release_id,
        title=release.title,
        producer=release.producer.name,
        publishes_at=release.publishes_at,
        released_at=one.row.decision.released_at,
        released_at_london=london_text(one.row.decision.released_at),
        withdrawn_at=one.row.decision.withdrawn_at,
        public_url=release.public_url,
        documents=[
            PublicDocumentOut(
                document_id=given.permit.document_id,
                file_name=given.row.card.file_name,
                media_type=given.row.card.media_type,
                size_bytes=given.row.card.plain_bytes,
                sha256=given.permit.sha256,
                content=f"/api/v1/published/{release.release_id}/documents/{given.permit.document_id}",
            )
            for given in one.documents
        ],
    )
