"""Facts found wrong later: a declaration, an approval, a time in a post, a deputy's paper, the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import wrong_facts
from app.actions.tools import Actor, Tools
from app.actions.wrong_facts import WrongFactRow
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.deputies import DeputyId
from app.api.lists import ListId
from app.api.organisations import ProducerId
from app.api.people import Day, PersonId, PostId
from app.api.places import DeclarationId, LimitHere
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out, Paragraphs
from app.rules.errors import Malformed
from app.rules.wrongfacts import WrongKind

router = APIRouter(prefix="/api/v1", tags=["wrong facts"])

WrongFactId = Annotated[str, StringConstraints(pattern=r"^wrg_[0-9a-f]{24}$")]
_PRODUCER = "prd_3e4f5a6b7c8d9e0f1a2b3c4d"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_POST = "pst_5e4d3c2b1a0f9e8d7c6b5a49"
_DECLARATION = "dcl_7c6b5a4938271605f4e3d2c1"
_LIST = "lst_2b1a0f9e8d7c6b5a49382716"
_DEPUTY = "dep_8d7c6b5a4938271605f4e3d2"
_WRONG = "wrg_1605f4e3d2c1b0a9f8e7d6c5"
_HOW = "The named person was abroad on that day; an assistant signed with their mailbox open."


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class WrongFactIn(In):
    """What was found wrong, and how. What it is about is said in its own way for each kind, and nothing else with it.

    `declaration`: `declaration_id`. `approval`: `list_id`. `deputy`: `deputy_id`. `holding`: `producer_id`, `post_id`
    and `person_id`, and the days. `clock`: `from_at` and `until_at`, and how fast it was where that is known.
    """

    kind: Annotated[WrongKind, Field(strict=False)] = Field(examples=["declaration"])
    reason: Paragraphs = Field(description="How it was found; kept sealed in the log.", examples=[_HOW])
    declaration_id: DeclarationId | None = Field(None, description="Never counted.", examples=[_DECLARATION])
    list_id: ListId | None = Field(None, description="Should never have been approved.", examples=[_LIST])
    deputy_id: DeputyId | None = Field(None, description="The request was approved wrongly.", examples=[_DEPUTY])
    producer_id: ProducerId | None = Field(None, description="Whose releases it concerns.", examples=[_PRODUCER])
    post_id: PostId | None = Field(None, description="Which post was not held.", examples=[_POST])
    person_id: PersonId | None = Field(None, description="Who did not hold it.", examples=[_PERSON])
    from_on: Day | None = Field(None, description="First London day; leave it out where it has no beginning.")
    until_on: Day | None = Field(None, description="Last London day; leave it out while it goes on.")
    from_at: Moment | None = Field(None, description="From when, as the clock showed it.")
    until_at: Moment | None = Field(None, description="Until when, as the clock showed it; not in the future.")
    fast_seconds: int | None = Field(
        None,
        ge=-31_622_400,
        le=31_622_400,
        description="How far ahead of the truth it stood, negative when behind; leave it out where nobody knows.",
        examples=[1080],
    )


# What says what each kind is about, and what may be said besides.
_ABOUT: dict[WrongKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    WrongKind.DECLARATION: (("declaration_id",), ()),
    WrongKind.APPROVAL: (("list_id",), ()),
    WrongKind.DEPUTY: (("deputy_id",), ()),
    WrongKind.HOLDING: (("producer_id", "post_id", "person_id"), ("from_on", "until_on")),
    WrongKind.CLOCK: (("from_at", "until_at"), ("fast_seconds",)),
}
_ACTS: dict[WrongKind, Callable[..., WrongFactRow]] = {
    WrongKind.DECLARATION: wrong_facts.find_declaration_wrong,
    WrongKind.APPROVAL: wrong_facts.find_approval_wrong,
    WrongKind.DEPUTY: wrong_facts.find_deputy_wrong,
    WrongKind.HOLDING: wrong_facts.find_holding_wrong,
    WrongKind.CLOCK: wrong_facts.find_clock_wrong,
}


class WrongFactWithdrawalIn(In):
    """Why it was right after all."""

    reason: Paragraphs = Field(examples=["The travel record was of another person of that name."])


class WrongFactOut(Out):
    """Something found wrong. The rule counts it while it is not withdrawn: for now, and for what was opened."""

    wrong_fact_id: str = Field(examples=[_WRONG])
    kind: WrongKind
    producer_id: str | None = Field(description="Null for the clock, which is everybody's.", examples=[_PRODUCER])
    release_id: str | None = Field(examples=["rel_1a2b3c4d5e6f708192a3b4c5"])
    person_id: str | None = Field(examples=[_PERSON])
    subject_id: str | None = Field(
        description="The declaration, version of a list, post or request for a deputy.", examples=[_DECLARATION]
    )
    from_on: date | None = Field(examples=["2026-03-02"])
    until_on: date | None = Field(examples=["2026-03-09"])
    from_at: Moment | None
    until_at: Moment | None
    fast_seconds: int | None = Field(examples=[1080])
    reason: str = Field(examples=[_HOW])
    recorded_at: Moment
    recorded_by: str = Field(examples=["per_0f1e2d3c4b5a69788796a5b4"])
    withdrawn_at: Moment | None
    withdrawn_reason: str = Field(examples=[""])


class WrongFactsOut(Out):
    """One page of facts found wrong, the first recorded first."""

    results: list[WrongFactOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


@router.post(
    "/wrong-facts",
    operation_id="record_wrong_fact",
    summary="Put on record that a fact was found wrong",
    status_code=201,
    response_model=WrongFactOut,
    responses=_answers(403, 404, 409),
)
def record_wrong_fact(
    request: Request, tools: ToolsHere, actor: ActorHere, body: WrongFactIn, key: IdempotencyKey = None
) -> JSONResponse:
    """Every opening that rested on it is judged again within a minute or so; an incident opens for what does not stand.

    For lead officials and heads of profession; an approval for the head of profession alone; the clock for
    administrators, and auditors of the whole service.
    """
    return create_once(request, tools, actor, key, body, lambda once: _out(_found(once, actor, body)))


@router.get(
    "/producers/{producer_id}/wrong-facts",
    operation_id="list_wrong_facts",
    summary="See what was found wrong of a producer's records",
    responses=_answers(403, 404),
)
def list_wrong_facts(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    limit: LimitHere = 50,
    after: Annotated[WrongFactId | None, Query(description="`next` of the page before.")] = None,
) -> WrongFactsOut:
    """For those with a role in it; withdrawn ones too, the first recorded first."""
    return _page(wrong_facts.list_wrong_facts(tools, actor, producer_id, limit=limit + 1, after=after), limit)


@router.get(
    "/wrong-facts",
    operation_id="list_wrong_clock",
    summary="See when the clock was found wrong",
    responses=_answers(403),
)
def list_wrong_clock(
    tools: ToolsHere,
    actor: ActorHere,
    limit: LimitHere = 50,
    after: Annotated[WrongFactId | None, Query(description="`next` of the page before.")] = None,
) -> WrongFactsOut:
    """For everybody with a role; withdrawn ones too, the first recorded first."""
    return _page(wrong_facts.list_wrong_facts(tools, actor, None, limit=limit + 1, after=after), limit)


@router.post(
    "/wrong-facts/{wrong_fact_id}/withdrawal",
    operation_id="withdraw_wrong_fact",
    summary="Say that what was found wrong was right after all",
    responses=_answers(403, 404, 409),
)
def withdraw_wrong_fact(
    tools: ToolsHere, actor: ActorHere, wrong_fact_id: WrongFactId, body: WrongFactWithdrawalIn
) -> WrongFactOut:
    """The incidents that rested on it say so from then on; nothing is taken out of them."""
    return _out(wrong_facts.withdraw_wrong_fact(tools, actor, wrong_fact_id, reason=body.reason))


def _found(tools: Tools, actor: Actor, body: WrongFactIn) -> WrongFactRow:
    """Put it on record as its kind is.

    Raises:
        Malformed: Something is missing that says what it is about, or something is said that is of another kind.
    """
    needed, besides = _ABOUT[body.kind]
    told = {name: one for name, one in body.model_dump(exclude={"kind", "reason"}).items() if one is not None}
    missing = [(name, "is missing") for name in needed if name not in told]
    strange = [(name, f"is not for “{body.kind.value}”") for name in told if name not in (*needed, *besides)]
    if missing or strange:
        raise Malformed(
            f"What was found wrong does not fit its kind. “{body.kind.value}” needs {', '.join(needed)}.",
            errors=[{"where": f"body.{name}", "what": what} for name, what in (*missing, *strange)],
        )
    subject = () if body.kind is WrongKind.CLOCK else (told.pop(needed[0]),)
    return _ACTS[body.kind](tools, actor, *subject, reason=body.reason, **told)


def _page(rows: list[WrongFactRow], limit: int) -> WrongFactsOut:
    more = rows[limit - 1].wrong_fact_id if len(rows) > limit else None
    return WrongFactsOut(results=[_out(row) for row in rows[:limit]], next=more)


def _out(row: WrongFactRow) -> WrongFactOut:
    told = {name: getattr(row, name) for name in WrongFactOut.model_fields}
    return WrongFactOut(**told)
