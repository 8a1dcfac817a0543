"""A producer's own words beside those of the Order, in the declaration that recipients sign."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from app.actions import producer_words
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.organisations import ProducerId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs
from app.rules.facts import Order

router = APIRouter(prefix="/api/v1", tags=["declarations"])

_WORDS = "Treat the figures as Official Sensitive. Keep your copy on your department's own machine."


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class WordsIn(In):
    """What the producer adds to the words of one Order, from now on."""

    order: Annotated[Order, Field(strict=False)] = Field(examples=["uk"])
    words: Paragraphs = Field(description="Empty to add nothing any more.", examples=[_WORDS])


class WordsOut(Out):
    """One version of a producer's own words. Each is kept."""

    words_id: str = Field(examples=["wrd_2b3c4d5e6f708192a3b4c5d6"])
    producer_id: str = Field(examples=["prd_1a2b3c4d5e6f708192a3b4c5"])
    order: Order
    version: int = Field(description="The producer's warning is version 0; these begin at 1.", examples=[1])
    words: str = Field(examples=[_WORDS])
    from_at: Moment
    made_by: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])


class WordsListOut(Out):
    """Every version, by Order, the newest first."""

    results: list[WordsOut]
    next: str | None = Field(None, description="Always null: words change seldom.")


@router.get(
    "/producers/{producer_id}/undertaking-words",
    operation_id="list_undertaking_words",
    summary="Every version of a producer's own words",
    responses=_answers(403),
)
def list_undertaking_words(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> WordsListOut:
    """For the producer's staff and its auditors. While an Order has none, the producer's warning stands there."""
    return WordsListOut(results=[_out(row) for row in producer_words.list_words(tools, actor, producer_id)])


@router.post(
    "/producers/{producer_id}/undertaking-words",
    operation_id="give_undertaking_words",
    summary="Give a producer's own words a new version",
    status_code=201,
    response_model=WordsOut,
    responses=_answers(403, 409),
)
def give_undertaking_words(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    body: WordsIn,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """For the head of profession. Declarations of the old words count no more, and everybody concerned is told so."""
    return create_once(
        request,
        tools,
        actor,
        idempotency_key,
        body,
        lambda claimed: _out(producer_words.give_words(claimed, actor, producer_id, order=body.order, text=body.words)),
    )


def _out(row: producer_words.WordsRow) -> WordsOut:
    return WordsOut(
        words_id=row.words_id,
        producer_id=row.producer_id,
        order=row.order,
        version=row.words.version,
        words=row.words.text,
        from_at=row.from_at,
        made_by=row.made_by,
    )
