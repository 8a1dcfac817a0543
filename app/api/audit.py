"""The log, for auditors: filters, pages, receipts with proofs, the checkpoint, and the whole of it as an archive."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from pydantic import Field, StringConstraints

from app.actions import auditing, kits, searching
from app.actions.searching import ExportedSearch, ExportKind
from app.api.asking import ActorHere, ToolsHere
from app.api.log_filters import After, Limit, OrderHere, SearchHere, cursor_of, place_in_log
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, Out
from app.api.sheets import BODY, MEDIA_TYPES
from app.audit.asked import EntryPage
from app.audit.reading import entry_record

router = APIRouter(prefix="/api/v1", tags=["audit"])


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 422, 500, 503, *statuses)}


EXPORTS: dict[ExportKind, str] = {
    "ndjson": "application/x-ndjson",
    "csv": f"{MEDIA_TYPES['csv']}; charset=utf-8",
    "xlsx": MEDIA_TYPES["xlsx"],
}
EXPORTED: dict[str, Any] = {
    "description": "The file; the header `Rows` says how many entries it holds",
    "content": {**{kind.partition(";")[0]: BODY for kind in EXPORTS.values()}},
}
FormatHere = Annotated[ExportKind, Query(alias="format", description="ndjson, csv or xlsx")]
_DISCLOSED = {"actor": {"value": "per_9d8c7b6a5f4e3d2c1b0a9f8e", "salt": "00112233445566778899aabbccddeeff"}}


class DisclosedOut(Out):
    """A clear value and the salt of its commitment, so that the two can be compared."""

    value: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    salt: str = Field(description="16 bytes as hexadecimal digits.", examples=["00112233445566778899aabbccddeeff"])


class EntryOut(Out):
    """One entry of the log."""

    entry_id: str = Field(examples=["ent_0f1e2d3c4b5a69788796a5b4"])
    leaf: dict[str, Any] = Field(
        description="The entry as it stands in the tree; personal details are commitments.",
        examples=[{"v": 1, "id": "ent_0f1e2d3c4b5a69788796a5b4", "kind": "signed_in", "outcome": "done"}],
    )
    leaf_base64: str = Field(description="The exact bytes of the leaf.", examples=["eyJ2IjoxfQ=="])
    sequenced: bool = Field(description="Whether a checkpoint covers it, or will within a second or two.")
    index: int | None = Field(description="Its place in the tree; null until it has one.", examples=[41])
    leaf_hash: str = Field(
        description="RFC 6962 hash of the leaf, hexadecimal: SHA-256 over a zero byte and the leaf.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    disclosed: dict[str, DisclosedOut] = Field(examples=[_DISCLOSED])


class EntryPageOut(Out):
    """One page of entries."""

    results: list[EntryOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class ReceiptOut(Out):
    """An entry and the proof that the log holds it. `pra audit verify-receipt` checks it, offline."""

    entry: str = Field(description="The leaf, base64.", examples=["eyJ2IjoxfQ=="])
    index: int = Field(ge=0, examples=[41])
    inclusion: list[str] = Field(
        description="RFC 6962 audit path, base64, from the leaf upwards.",
        examples=[["nWAD0nwyDiNxPmHmzE5fF0DqVvTnOzEGrCe2n3yuQ0Y="]],
    )
    checkpoint: str = Field(description="C2SP checkpoint: a signed note.", examples=["pra-gatekeeper.example\n42\n…"])
    disclosed: dict[str, DisclosedOut] = Field(examples=[_DISCLOSED])


EntryId = Annotated[str, StringConstraints(pattern=r"^ent_[0-9a-f]{24}$")]


@router.get(
    "/audit/entries",
    operation_id="list_entries",
    summary="Search the log by any filters together",
    responses=_answers(403),
)
def list_entries(
    tools: ToolsHere,
    actor: ActorHere,
    search: SearchHere,
    order: OrderHere = "oldest",
    after: After = None,
    limit: Limit = 50,
) -> EntryPageOut:
    """Auditors see the entries of their producer, or all; the reading itself is put on record.

    Every page is of the log as it was when the first was read. Give the same filters and the same order with `after`.
    """
    place, newest = place_in_log(after), order == "newest"
    return entry_page(
        searching.search_log(
            tools, searching.asking(tools, actor), search, after=place, limit=limit, newest_first=newest
        )
    )


@router.get(
    "/audit/entries.ndjson",
    operation_id="export_entries",
    summary="One page of a search as NDJSON",
    response_class=Response,
    responses={
        200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}, "description": "One entry a line"},
        **_answers(403),
    },
)
def export_entries(
    tools: ToolsHere,
    actor: ActorHere,
    search: SearchHere,
    order: OrderHere = "oldest",
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> Response:
    """As above, one entry a line; the `Next` header says where to go on."""
    place, newest = place_in_log(after), order == "newest"
    found = searching.search_log(
        tools, searching.asking(tools, actor), search, after=place, limit=limit, newest_first=newest
    )
    lines = [json.dumps(entry_record(entry), ensure_ascii=False, sort_keys=True) + "\n" for entry in found.entries]
    headers = {"Next": cursor_of(found.next_after)} if found.next_after else {}
    return Response("".join(lines), media_type="application/x-ndjson", headers=headers)


def as_file(made: ExportedSearch, kind: ExportKind) -> StreamingResponse:
    """Send what was found, as a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{made.file_name}"', "Cache-Control": "no-store"}
    return StreamingResponse(made.pieces(), media_type=EXPORTS[kind], headers={**headers, "Rows": str(made.rows)})


@router.get(
    "/audit/entries/export",
    operation_id="export_search",
    summary="Take a search away: NDJSON, CSV or XLSX",
    response_class=StreamingResponse,
    responses={200: EXPORTED, **_answers(403)},
)
def export_search(
    tools: ToolsHere, actor: ActorHere, search: SearchHere, fmt: FormatHere = "ndjson", order: OrderHere = "oldest"
) -> StreamingResponse:
    """Every entry found that a checkpoint covers, with its index and its hash in the tree.

    Filters, number of rows and the file's SHA-256 are on record before it is sent. At most 500,000 entries, in XLSX
    50,000. No cell of a sheet begins like a formula.
    """
    who = searching.asking(tools, actor)
    return as_file(searching.export_search(tools, who, search, fmt, newest_first=order == "newest"), fmt)


@router.get("/me/entries", operation_id="my_entries", summary="What the log holds about you", responses=_answers(404))
def my_entries(tools: ToolsHere, actor: ActorHere, after: After = None, limit: Limit = 50) -> EntryPageOut:
    """Your own history: what you were permitted and refused, signed and opened."""
    return entry_page(auditing.my_entries(tools, actor, after=place_in_log(after), limit=limit))


@router.get(
    "/audit/entries/{entry_id}/receipt",
    operation_id="entry_receipt",
    summary="An entry with the proof that the log holds it",
    responses=_answers(404, 409),
)
def entry_receipt(tools: ToolsHere, actor: ActorHere, entry_id: EntryId) -> ReceiptOut:
    """For auditors, and for everybody about themselves: the number on any problem document leads here."""
    return ReceiptOut(**auditing.receipt(tools, actor, entry_id))


@router.get(
    "/audit/checkpoint",
    operation_id="log_checkpoint",
    summary="The newest signed head of the log",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "A C2SP signed note"},
        **_answers(403, 404),
    },
)
def log_checkpoint(tools: ToolsHere, actor: ActorHere) -> PlainTextResponse:
    """A C2SP checkpoint. For auditors only: its size would tell how busy the log is."""
    return PlainTextResponse(auditing.checkpoint(tools, actor))


@router.get(
    "/audit/export",
    operation_id="export_log",
    summary="The whole log, for checking without us",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "A ZIP file",
        },
        **_answers(403),
    },
)
def export_log(tools: ToolsHere, actor: ActorHere) -> StreamingResponse:
    """Tiles, checkpoint and clear values. Unpack it and run `pra audit verify`, or any C2SP implementation."""
    headers = {"Content-Disposition": 'attachment; filename="pra-log.zip"'}
    return StreamingResponse(auditing.exported_archive(tools, actor), media_type="application/zip", headers=headers)


@router.get(
    "/audit/kit",
    operation_id="audit_kit",
    summary="What is needed to check a release, or the whole log, without us",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "A ZIP file; begin with how-to-check.html",
        },
        **_answers(403, 404),
    },
)
def audit_kit(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: Annotated[ReleaseId | None, Query(description="Of which release; without it, the whole log.")] = None,
) -> StreamingResponse:
    """Entries, proofs, the head with its cosignatures, the release's seal, and a page that says how to check them.

    One of a release is for auditors of its producer, one of the whole log for auditors of the service. That it was
    given is put on record. `pra audit verify` checks it; so does the program inside it, and so does `openssl`.
    """
    pieces = kits.log_archive(tools, actor) if release_id is None else kits.release_archive(tools, actor, release_id)
    name = f"pra-kit-{release_id}.zip" if release_id else "pra-kit.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


def entry_page(found: EntryPage) -> EntryPageOut:
    """Show one page of a search."""
    return EntryPageOut(
        results=[EntryOut(**entry_record(entry)) for entry in found.entries],
        next=cursor_of(found.next_after) if found.next_after else None,
    )
