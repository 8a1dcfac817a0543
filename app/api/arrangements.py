"""The statement of a producer's arrangements, open to everybody, and what the producer must publish altogether."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import Field, StringConstraints

from app.actions import arrangements, owed
from app.actions.arrangements import ArrangementsRow
from app.actions.owed import Owed
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.public_answers import PUBLIC_RESPONSES, PublicRoute
from app.api.public_pages import page
from app.api.schemas import PROBLEM_RESPONSES, TEXT_PATTERN, In, Moment, Out
from app.rules.facts import Order, london_text
from app.rules.owed import OwedKind, OwedState

router = APIRouter(prefix="/api/v1", tags=["publishing"])
public = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=PublicRoute)

Statement = Annotated[
    str, StringConstraints(min_length=1, max_length=40_000, strip_whitespace=True, pattern=TEXT_PATTERN)
]
RoleWords = Annotated[str, StringConstraints(max_length=10_000, strip_whitespace=True, pattern=TEXT_PATTERN)]
VersionHere = Annotated[
    int | None, Query(ge=1, le=100_000, description="Which version; the newest where none is named.")
]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class ArrangementsIn(In):
    """A new version of the statement, as plain text."""

    statement: Statement = Field(examples=["Access is granted by the head of profession, for each release anew."])
    role_words: RoleWords = Field(
        "",
        description="The role of the Head of Profession, or of the senior statisticians, where appropriate.",
        examples=["The Head of Profession for Statistics approves every list and answers for it."],
    )


class ArrangementsOut(Out):
    """One version of the statement, as it was published."""

    producer_id: str = Field(examples=["prd_3e4f5a6b7c8d9e0f1a2b3c4d"])
    producer: str = Field(examples=["Office for Example Statistics"])
    version: int = Field(examples=[1])
    statement: str = Field(examples=["Access is granted by the head of profession, for each release anew."])
    role_words: str = Field(examples=["The Head of Profession for Statistics approves every list."])
    sha256: str = Field(
        description="Of statement and role_words as canonical JSON.",
        examples=["b3cf0a5d2b8f8d1a4f5e6c7d8091a2b3c4d5e6f708192a3b4c5d6e7f80910a1b"],
    )
    published_at: Moment


class ArrangementsListOut(Out):
    """Every version, the newest first."""

    results: list[ArrangementsOut]


class OwedOut(Out):
    """One thing that is to be published."""

    kind: OwedKind
    order: Order | None = Field(examples=["uk"])
    source: str = Field(description="The clause that asks for it.", examples=["SI 2008/2998 Sch. para 9(c)"])
    state: OwedState
    what: str = Field(examples=["Version 2 of the statement of arrangements is published."])
    due_on: date | None = Field(examples=["2027-01-01"])
    release_id: str | None = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])


class OwedListOut(Out):
    """Everything that a producer must publish, and how each stands."""

    results: list[OwedOut]


@router.get(
    "/producers/{producer_id}/publications",
    operation_id="list_publications",
    summary="See what a producer must publish, and how it stands",
    responses=_answers(403),
)
def list_publications(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> OwedListOut:
    """Lists of posts, annual lists, the statement of arrangements, and what is owed because of a grant."""
    return OwedListOut(results=[_owed_out(found) for found in owed.list_owed(tools, actor, producer_id)])


@router.post(
    "/producers/{producer_id}/arrangements",
    operation_id="publish_arrangements",
    summary="Publish a new version of the statement of arrangements",
    status_code=201,
    response_model=ArrangementsOut,
    responses=_answers(403, 409),
)
def publish_arrangements(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: ArrangementsIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """For the head of profession. Every version stays public."""

    def act(once: Tools) -> ArrangementsOut:
        made = arrangements.publish_arrangements(
            once, actor, producer_id, statement=body.statement, role_words=body.role_words
        )
        return _out(made)

    return create_once(request, tools, actor, key, body, act)


@public.get(
    "/producers/{producer_id}/arrangements",
    operation_id="list_arrangements",
    summary="See every version of a producer's statement of arrangements",
    responses=PUBLIC_RESPONSES,
)
def list_arrangements(tools: ToolsHere, producer_id: ProducerId) -> ArrangementsListOut:
    """Open to everybody. Until the first is published there is nothing here."""
    return ArrangementsListOut(results=[_out(row) for row in arrangements.list_arrangements(tools, producer_id)])


@public.get(
    "/producers/{producer_id}/arrangements.json",
    operation_id="get_arrangements_json",
    summary="Read a statement of arrangements as JSON",
    responses=PUBLIC_RESPONSES,
)
def get_arrangements_json(tools: ToolsHere, producer_id: ProducerId, version: VersionHere = None) -> ArrangementsOut:
    """Open to everybody."""
    return _out(arrangements.read_arrangements(tools, producer_id, version))


@public.get(
    "/producers/{producer_id}/arrangements.txt",
    operation_id="get_arrangements_text",
    summary="Read a statement of arrangements as plain text",
    response_class=PlainTextResponse,
    responses=PUBLIC_RESPONSES,
)
def get_arrangements_text(tools: ToolsHere, producer_id: ProducerId, version: VersionHere = None) -> PlainTextResponse:
    """Open to everybody."""
    row = arrangements.read_arrangements(tools, producer_id, version)
    return PlainTextResponse("\n\n".join([_title(row), *_said(row)]) + "\n")


@public.get(
    "/producers/{producer_id}/arrangements.html",
    operation_id="get_arrangements_html",
    summary="Read a statement of arrangements as a page",
    response_class=HTMLResponse,
    responses=PUBLIC_RESPONSES,
)
def get_arrangements_html(tools: ToolsHere, producer_id: ProducerId, version: VersionHere = None) -> HTMLResponse:
    """Open to everybody."""
    row = arrangements.read_arrangements(tools, producer_id, version)
    return HTMLResponse(page(_title(row), _said(row)))


def _title(row: ArrangementsRow) -> str:
    return f"Arrangements for pre-release access: {row.producer_name}"


def _said(row: ArrangementsRow) -> list[str]:
    said = [text for part in (row.statement, row.role_words) for text in part.split("\n\n") if text.strip()]
    return [*said, f"Version {row.version}, published on {london_text(row.published_at)}."]


def _out(row: ArrangementsRow) -> ArrangementsOut:
    return ArrangementsOut(
        producer_id=row.producer_id,
        producer=row.producer_name,
        version=row.version,
        statement=row.statement,
        role_words=row.role_words,
        sha256=row.sha256,
        published_at=row.published_at,
    )


def _owed_out(found: Owed) -> OwedOut:
    return OwedOut(
        kind=found.kind,
        order=found.order,
        source=found.source,
        state=found.state,
        what=found.what,
        due_on=found.due_on,
        release_id=found.release_id,
    )
