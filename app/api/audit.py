"""The log, for auditors: filters, pages, receipts with proofs, the checkpoint, and the whole of it as an archive."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from pydantic import Field, StringConstraints

from app.actions import auditing, kits
from app.api.asking import ActorHere, ToolsHere
from app.api.schemas import PROBLEM_RESPONSES, Moment, Out
from app.audit.entries import EntryKind, Outcome
from app.audit.reading import Wanted
from app.rules.errors import Malformed

router = APIRouter(tags=["audit"])


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 422, 500, 503, *statuses)}


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
    disclosed: dict[str, DisclosedOut] = Field(examples=[_DISCLOSED])


class EntryPageOut(Out):
    """One page of entries, oldest first."""

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


ReleaseId = Annotated[str, StringConstraints(pattern=r"^rel_[0-9a-f]{24}$")]
PersonId = Annotated[str, StringConstraints(pattern=r"^per_[0-9a-f]{24}$")]
DocumentId = Annotated[str, StringConstraints(pattern=r"^doc_[0-9a-f]{24}$")]
EntryId = Annotated[str, StringConstraints(pattern=r"^ent_[0-9a-f]{24}$")]
After = Annotated[str | None, Query(max_length=60, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get(
    "/audit/entries",
    operation_id="list_entries",
    summary="Read the log, by release, person, document, kind, outcome and time",
    responses=_answers(403),
)
def list_entries(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: Annotated[ReleaseId | None, Query()] = None,
    person_id: Annotated[PersonId | None, Query()] = None,
    document_id: Annotated[DocumentId | None, Query()] = None,
    kind: Annotated[EntryKind | None, Query()] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    from_at: Annotated[Moment | None, Query(description="First instant; mind to escape a plus sign.")] = None,
    until_at: Annotated[Moment | None, Query(description="The instant before which.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> EntryPageOut:
    """Auditors see the entries of their producer, or all; the reading itself is put on record."""
    wanted = Wanted(
        release_id=release_id,
        person_id=person_id,
        document_id=document_id,
        kind=kind.value if kind else None,
        outcome=outcome.value if outcome else None,
        from_at=from_at,
        until_at=until_at,
    )
    return _page(auditing.list_entries(tools, actor, wanted, after=place_in_log(after), limit=limit))


@router.get(
    "/audit/entries.ndjson",
    operation_id="export_entries",
    summary="One page of the log as NDJSON",
    response_class=Response,
    responses={
        200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}, "description": "One entry a line"},
        **_answers(403),
    },
)
def export_entries(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: Annotated[ReleaseId | None, Query()] = None,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> Response:
    """As above, one entry a line; the `Next` header says where to go on."""
    found = auditing.list_entries(tools, actor, Wanted(release_id=release_id), after=place_in_log(after), limit=limit)
    lines = [
        json.dumps(auditing.entry_record(entry), ensure_ascii=False, sort_keys=True) + "\n" for entry in found.entries
    ]
    headers = {"Next": cursor_of(found.next_after)} if found.next_after else {}
    return Response("".join(lines), media_type="application/x-ndjson", headers=headers)


@router.get("/me/entries", operation_id="my_entries", summary="What the log holds about you", responses=_answers(404))
def my_entries(tools: ToolsHere, actor: ActorHere, after: After = None, limit: Limit = 50) -> EntryPageOut:
    """Your own history: what you were permitted and refused, signed and opened."""
    return _page(auditing.my_entries(tools, actor, after=place_in_log(after), limit=limit))


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


def _page(found: auditing.EntryPage) -> EntryPageOut:
    return EntryPageOut(
        results=[EntryOut(**auditing.entry_record(entry)) for entry in found.entries],
        next=cursor_of(found.next_after) if found.next_after else None,
    )


def cursor_of(arrival: int) -> str:
    """Write where a page of the log ended, as its ``next``."""
    return base64.urlsafe_b64encode(f"entries:{arrival}".encode()).decode().rstrip("=")


def place_in_log(cursor: str | None) -> int:
    """Read a ``next`` of the log that came back as ``after``; 0 where there is none."""
    if cursor is None:
        return 0
    try:
        name, _, arrival = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(":")
        if name == "entries" and arrival.isdecimal() and len(arrival) < 19:
            return int(arrival)
    except (binascii.Error, ValueError):
        pass
    raise Malformed("`after` is not a place this service gave.", errors=[{"where": "query.after", "what": "not ours"}])
