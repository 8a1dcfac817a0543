"""Tracing a stray copy to the opening it came from: by the file, as a raw stream, or by the number in its mark."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field, StringConstraints

from app.actions import tracing
from app.actions.tracing import Trace, TracedLead
from app.api.asking import ActorHere, ToolsHere
from app.api.schemas import PROBLEM_RESPONSES, In, MomentOut, Out
from app.api.sheets import media_type_of
from app.api.streams import from_the_loop, hops
from app.rules.errors import Code, Mistake
from app.rules.tracing import SameDocument

router = APIRouter(prefix="/api/v1", tags=["tracing"])

TRACES_AT_ONCE = 2  # each may hold a whole file in memory
NAME_LETTERS = 400
_ENTRY = "ent_0f1e2d3c4b5a69788796a5b4"
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_BODY = {"schema": {"type": "string", "format": "binary"}}
_traces: RunVar[CapacityLimiter] = RunVar("traces")


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 422, 500, 503, *statuses})}


class NumberIn(In):
    """A number read off a page, a screen or a photograph."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "K7F3-9QXM"}, {"number": "k7f3 9?xm", "open_incident": True}]}
    )

    number: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        description="As it was read: in capitals or not, with or without its hyphen, `?` for a letter that is unclear.",
        examples=["K7F3-9QXM"],
    )
    open_incident: bool = Field(
        False, description="Put what is found on record as an unauthorised disclosure.", examples=[False]
    )


class TracedPersonOut(Out):
    """Who opened it."""

    person_id: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    name: str = Field(examples=["Ash Alder"])


class TracedDocumentOut(Out):
    """What was opened."""

    document_id: str = Field(examples=["doc_77aa88bb99cc00dd11ee22ff"])
    file_name: str = Field(examples=["labour-market-2016-07.pdf"])
    version: int = Field(examples=[1])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    release_title: str = Field(examples=["Labour market statistics, July 2016"])


class ProofOut(Out):
    """An entry of the log that proves what became of the opening, and where its receipt is."""

    entry_id: str = Field(examples=[_ENTRY])
    receipt: str = Field(description="Auditors fetch it.", examples=[f"/api/v1/audit/entries/{_ENTRY}/receipt"])


class LeadOut(Out):
    """An opening that the copy may have come from."""

    confidence: Literal["certain", "very_likely", "likely", "possible"] = Field(
        description="How sure it is that the copy is that of this opening; never, that its holder passed it on."
    )
    found_by: list[Literal["whole_copy", "mark", "file_name", "typed", "look_alike", "one_letter_off", "document"]]
    why: list[str] = Field(examples=[["Its number K7F3-9QXM stands in the file: page 1, page 2."]])
    opening_id: str = Field(examples=["opn_1234567890abcdef12345678"])
    number: str = Field(examples=["K7F3-9QXM"])
    opened_at: MomentOut
    post: str = Field(examples=["Chief Economic Adviser"])
    organisation: str = Field(examples=["Example Treasury"])
    person: TracedPersonOut
    document: TracedDocumentOut
    fetched_at: MomentOut | None = Field(description="When its copy was first fetched; null when it never was.")
    outcome: str = Field(description="Of the latest fetch, as an opening has it.", examples=["completed"])
    revealed_at: MomentOut | None = Field(description="When the passphrase was shown; null when it never was.")
    proofs: list[ProofOut]


class SameDocumentOut(Out):
    """A document that the file is, byte for byte."""

    document_id: str = Field(examples=["doc_77aa88bb99cc00dd11ee22ff"])
    file_name: str = Field(examples=["claimants.csv"])
    opened: int = Field(description="How many openings of it there are.", examples=[2])
    carried_bare: bool = Field(
        description="Copies hold it as it is, beside their mark; otherwise no copy has these bytes.", examples=[True]
    )


class TraceOut(Out):
    """What a trace came to; no leads where nothing was found, or nothing that you may see."""

    traced_at: MomentOut
    file_sha256: str | None = Field(examples=["b3cf0a5d2b8f8d1a4f5e6c7d8091a2b3c4d5e6f708192a3b4c5d6e7f80910a1b"])
    number: str | None = Field(description="As it was understood.", examples=[None])
    leads: list[LeadOut] = Field(description="The surest first.")
    same_documents: list[SameDocumentOut]
    disagree: bool = Field(description="What was found cannot all be true; trust none of it by itself.")
    missed: list[str] = Field(
        description="What of the file could not be looked into.", examples=[["the PDF, which is encrypted"]]
    )
    words: list[str] = Field(
        description="What must be said of the whole.",
        examples=[["This says whose copy it was, not who passed it on."]],
    )
    incident_id: str | None = Field(
        description="The incident that was opened, or that stood on record for this copy.", examples=[None]
    )
    entry_id: str = Field(description="This trace's own entry in the log.", examples=[_ENTRY])


@router.post(
    "/trace",
    operation_id="trace_copy",
    summary="Trace a stray copy to the opening it came from",
    responses=_answers(413, 415),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The file itself, decrypted where you can; not a form. It is never stored.",
            "content": {"application/octet-stream": _BODY, "application/pdf": _BODY, "text/csv": _BODY},
        }
    },
)
async def trace_copy(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    file_name: Annotated[
        str,
        Query(
            max_length=NAME_LETTERS,
            description="The name it was found under; copies carry their number in it.",
            examples=["RESTRICTED K7F3-9QXM claimants.csv.zip"],
        ),
    ] = "",
    open_incident: Annotated[
        bool,
        Query(
            description="Put what is found on record as an unauthorised disclosure, once for each file.",
            examples=[False],
        ),
    ] = False,
) -> TraceOut:
    """For auditors, lead officials and heads of profession; staff of a producer trace to openings of its own releases.

    Looked for are the copy itself, the numbers in its marks and its name, and the document without a mark. Each answer
    says how sure it is and why. The trace is on record; the file is not.
    """
    if media_type_of(request) in _FORMS:
        raise Mistake("Send the file itself as the body, not a form.", code=Code.UNSUPPORTED_MEDIA_TYPE)
    chunks = from_the_loop(hops(request))
    act = partial(tracing.trace_file, tools, actor, file_name, chunks, open_incident=open_incident)
    return _out(await anyio.to_thread.run_sync(act, limiter=trace_limiter()))


@router.post(
    "/trace/number",
    operation_id="trace_number",
    summary="Trace a number that was read off a page or a photograph",
    responses=_answers(),
)
def trace_number(tools: ToolsHere, actor: ActorHere, body: NumberIn) -> TraceOut:
    """Letters that no number has are read as those that look like them; numbers that differ in one letter come last."""
    return _out(tracing.trace_number(tools, actor, body.number, open_incident=body.open_incident))


def trace_limiter() -> CapacityLimiter:
    """Give what bounds how many trace at once; of the event loop that asks."""
    try:
        return _traces.get()
    except LookupError:
        limiter = CapacityLimiter(TRACES_AT_ONCE)
        _traces.set(limiter)
        return limiter


def _out(trace: Trace) -> TraceOut:
    return TraceOut(
        traced_at=trace.traced_at,
        file_sha256=trace.file_sha256 or None,
        number=trace.number or None,
        leads=[_lead(one) for one in trace.leads],
        same_documents=[_same(one) for one in trace.same],
        disagree=trace.disagree,
        missed=list(trace.missed),
        words=list(trace.words),
        incident_id=trace.incident_id,
        entry_id=trace.entry_id,
    )


def _lead(one: TracedLead) -> LeadOut:
    opening, lead = one.opening, one.lead
    return LeadOut(
        confidence=lead.confidence.value,
        found_by=[means.value for means in lead.means],
        why=list(lead.why),
        opening_id=opening.opening_id,
        number=opening.number,
        opened_at=opening.opened_at,
        post=opening.post_title,
        organisation=opening.organisation,
        person=TracedPersonOut(person_id=opening.person_id, name=opening.person_name),
        document=TracedDocumentOut(
            document_id=opening.document_id,
            file_name=opening.file_name,
            version=opening.version,
            release_id=opening.release_id,
            release_title=opening.release_title,
        ),
        fetched_at=opening.started_at,
        outcome=opening.outcome,
        revealed_at=opening.revealed_at,
        proofs=[
            ProofOut(entry_id=entry_id, receipt=f"/api/v1/audit/entries/{entry_id}/receipt")
            for entry_id in one.entry_ids
        ],
    )


def _same(one: SameDocument) -> SameDocumentOut:
    return SameDocumentOut(
        document_id=one.document_id, file_name=one.file_name, opened=one.opened, carried_bare=one.carried_bare
    )
