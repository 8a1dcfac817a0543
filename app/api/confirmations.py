"""Whether the people on a list still hold their posts: asked of coordinators, answered by them, seen by preparers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import confirmations, reminding
from app.actions.confirmations import ConfirmationRow, CoordinatorView, GrantRow, Question
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.lists import GrantId, ListId
from app.api.people import Day, Name, OrganisationId
from app.api.places import AfterHere, LimitHere, place_of, read_place
from app.api.release_schemas import ProducerId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, MomentOut, Out, Paragraphs
from app.api.sign_in import Address
from app.rules.confirmations import Change, ConfirmationState, Wanted
from app.rules.facts import GrantClass

router = APIRouter(prefix="/api/v1", tags=["lists"])

ConfirmationId = Annotated[str, StringConstraints(pattern=r"^cnf_[0-9a-f]{24}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_ROWS = "3f1c0d7be84a6a2d5b9e11c0ffee00aa3f1c0d7be84a6a2d5b9e11c0ffee00aa"
_ID = "cnf_0f1e2d3c4b5a69788796a5b4"
_GRANT = "grt_44556677889900aabbccddee"
_ORGANISATION = "org_4d3c2b1a0f9e8d7c6b5a4938"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class AskingIn(In):
    """Which receiving organisation is asked."""

    organisation_id: OrganisationId | None = Field(
        None, description="One organisation on the list; left out: all of them.", examples=[_ORGANISATION]
    )


class ChangeIn(In):
    """What is wrong with one row."""

    grant_id: GrantId = Field(description="The row, as you read it.", examples=[_GRANT])
    what: Annotated[Wanted, Field(strict=False)] = Field(
        description="`left_post`: the holder has left. `no_longer_needs`: the post needs no access any more. "
        "`other_holder`: somebody else holds the post.",
        examples=["left_post"],
    )
    name: Name | None = Field(None, description="Of the new holder.", examples=["Robin Example"])
    email: Address | None = Field(
        None, description="Of the new holder; their own.", examples=["robin.example@department.gov.example"]
    )
    since_on: Day | None = Field(None, description="The first day on which it is so.")

    def change(self) -> Change:
        """Give it as a fact."""
        return Change(self.grant_id, self.what, self.name or "", self.email or "", self.since_on)


class AnswerIn(In):
    """A coordinator's answer for their own organisation."""

    answer: Literal["confirmed", "changes_wanted"] = Field(
        description="`confirmed`, or `changes_wanted` with the changes.", examples=["confirmed"]
    )
    rows_sha256: Sha256 = Field(description="As it stood beside the rows you read.", examples=[_ROWS])
    changes: list[ChangeIn] = Field(default_factory=list, max_length=500)
    note: Paragraphs = Field("", examples=["Ring us on the day before if anything moves."])


class ChangeOut(Out):
    """What a coordinator wants changed."""

    grant_id: str = Field(examples=[_GRANT])
    what: Wanted
    name: str = Field(examples=["Robin Example"])
    email: str = Field(examples=["robin.example@department.gov.example"])
    since_on: date | None


class ConfirmationOut(Out):
    """One organisation's question on one version of a list, and its answer."""

    confirmation_id: str = Field(examples=[_ID])
    list_id: str = Field(examples=["lst_8899aabbccddeeff00112233"])
    release: str = Field(description="Its title.", examples=["UK labour market statistics: March 2026"])
    organisation_id: str = Field(examples=[_ORGANISATION])
    organisation: str = Field(examples=["Department for Examples"])
    state: ConfirmationState
    asked_at: Moment
    reminded_at: Moment | None
    escalated_at: Moment | None
    answered_at: Moment | None
    answered_by: str | None = Field(description="Name of the coordinator who answered.", examples=["Co Example"])
    changes: list[ChangeOut]
    note: str = Field(examples=[""])


class ConfirmationsOut(Out):
    """One page of questions to your organisations, the newest first."""

    results: list[ConfirmationOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


class SeatOut(Out):
    """A row of your own organisation."""

    grant_id: str = Field(examples=[_GRANT])
    post_title: str = Field(examples=["Chief Economic Adviser"])
    seat: int = Field(description="1 for the first holder of the post, 2 for the second.", examples=[1])
    holder_name: str = Field(description="Empty while nobody is named.", examples=["Robin Example"])
    grant_class: GrantClass
    ground: str = Field(examples=["Answers questions on the figures in the hour after publication."])
    held_from_on: date | None = Field(description="Since when, as far as is on record.")


class AskedOut(ConfirmationOut):
    """A question with the rows it is about. For coordinators of that organisation only."""

    producer: str = Field(examples=["Office for Example Statistics"])
    publishes_at: MomentOut
    contact: str = Field(examples=["Release desk, 01632 960000"])
    rows: list[SeatOut]
    rows_sha256: str = Field(description="Send it with your answer.", examples=[_ROWS])
    answerable: bool = Field(description="False once a newer version has taken the list's place, or it is over.")


class StateOut(Out):
    """How one receiving organisation stands with one version of a list."""

    organisation_id: str = Field(examples=[_ORGANISATION])
    organisation: str = Field(examples=["Department for Examples"])
    rows_count: int = Field(examples=[4])
    coordinators_count: int = Field(description="0: nobody can answer.", examples=[1])
    state: str = Field(description="not_asked, asked, confirmed or changes_wanted", examples=["asked"])
    current: bool = Field(description="There is an answer, and it covers the rows as they are now.")
    confirmation: ConfirmationOut | None


class StatesOut(Out):
    """Every organisation on the list, and how many of them are still open."""

    results: list[StateOut]
    open_count: int = Field(description="How many have not answered about the rows as they are now.", examples=[1])


class ConfirmationPolicyIn(In):
    """When coordinators are asked by themselves."""

    confirm_days: int = Field(description="How many days before publication.", ge=1, le=60, examples=[7])


class ConfirmationPolicyOut(Out):
    """When coordinators are asked by themselves."""

    producer_id: str = Field(examples=["prd_3e4f5a6b7c8d9e0f1a2b3c4d"])
    confirm_days: int = Field(examples=[7])


@router.put(
    "/producers/{producer_id}/confirmation-policy",
    operation_id="set_confirmation_policy",
    summary="Say how many days before publication coordinators are asked",
    responses=_answers(403, 404),
)
def set_confirmation_policy(
    tools: ToolsHere, actor: ActorHere, producer_id: ProducerId, body: ConfirmationPolicyIn
) -> ConfirmationPolicyOut:
    """For the head of profession. Seven days where nothing else is said."""
    days = reminding.set_confirmation_policy(tools, actor, producer_id, confirm_days=body.confirm_days)
    return ConfirmationPolicyOut(producer_id=producer_id, confirm_days=days)


@router.post(
    "/lists/{list_id}/confirmations",
    operation_id="ask_coordinators",
    summary="Ask the receiving organisations whether their people still hold their posts",
    status_code=201,
    response_model=StatesOut,
    responses=_answers(403, 404, 409),
)
def ask_coordinators(
    request: Request, tools: ToolsHere, actor: ActorHere, list_id: ListId, body: AskingIn, key: IdempotencyKey = None
) -> JSONResponse:
    """About the newest draft, or else the list in force. They are asked by themselves before publication anyway."""

    def act(once: Tools) -> StatesOut:
        return _states(confirmations.ask_list(once, actor, list_id, organisation_id=body.organisation_id))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/lists/{list_id}/confirmations",
    operation_id="read_confirmations",
    summary="See how each receiving organisation stands with a list",
    responses=_answers(403, 404),
)
def read_confirmations(tools: ToolsHere, actor: ActorHere, list_id: ListId) -> StatesOut:
    """For those who prepare the list and for auditors; with the open ones, and what is wanted."""
    return _states(confirmations.read_state(tools, actor, list_id))


@router.get(
    "/confirmations",
    operation_id="list_confirmations",
    summary="Leaf through the questions to your organisation",
    responses=_answers(),
)
def list_confirmations(
    tools: ToolsHere, actor: ActorHere, limit: LimitHere = 50, after: AfterHere = None
) -> ConfirmationsOut:
    """For coordinators; everybody else has none."""
    page = confirmations.list_asked(tools, actor, limit=limit + 1, after=read_place(after))
    more = place_of(page[limit - 1].asked_at, page[limit - 1].confirmation_id) if len(page) > limit else None
    return ConfirmationsOut(results=[_confirmation(row) for row in page[:limit]], next=more)


@router.get(
    "/confirmations/{confirmation_id}",
    operation_id="read_confirmation",
    summary="See a question with your organisation's rows",
    responses=_answers(404),
)
def read_confirmation(tools: ToolsHere, actor: ActorHere, confirmation_id: ConfirmationId) -> AskedOut:
    """For coordinators of that organisation. Nothing else of the release is shown."""
    return _asked(confirmations.read_asked(tools, actor, confirmation_id))


@router.post(
    "/confirmations/{confirmation_id}/answer",
    operation_id="answer_confirmation",
    summary="Answer for your organisation",
    responses=_answers(404, 409, 412),
)
def answer_confirmation(
    tools: ToolsHere, actor: ActorHere, confirmation_id: ConfirmationId, body: AnswerIn
) -> AskedOut:
    """The list does not change by it. Whoever is said to have left is paused at once, if the list in force has them."""
    view = confirmations.answer(
        tools,
        actor,
        confirmation_id,
        state=ConfirmationState(body.answer),
        sha256=body.rows_sha256,
        changes=[one.change() for one in body.changes],
        note=body.note,
    )
    return _asked(view)


def _confirmation(row: ConfirmationRow) -> ConfirmationOut:
    return ConfirmationOut(**_members(row))


def _members(row: ConfirmationRow) -> dict[str, Any]:
    return {
        "confirmation_id": row.confirmation_id,
        "list_id": row.list_id,
        "release": row.release_title,
        "organisation_id": row.organisation_id,
        "organisation": row.organisation,
        "state": row.state,
        "asked_at": row.asked_at,
        "reminded_at": row.reminded_at,
        "escalated_at": row.escalated_at,
        "answered_at": row.answered_at,
        "answered_by": row.answered_by_name or None,
        "changes": [_change(one) for one in row.changes],
        "note": row.note,
    }


def _change(one: Change) -> ChangeOut:
    return ChangeOut(grant_id=one.grant_id, what=one.what, name=one.name, email=one.email, since_on=one.since_on)


def _asked(view: CoordinatorView) -> AskedOut:
    release = view.release.release
    return AskedOut(
        **_members(view.row),
        producer=release.producer.name,
        publishes_at=release.publishes_at,
        contact=view.release.contact,
        rows=[_seat(one) for one in view.rows],
        rows_sha256=view.sha256,
        answerable=view.answerable,
    )


def _seat(row: GrantRow) -> SeatOut:
    return SeatOut(
        grant_id=row.grant.grant_id,
        post_title=row.grant.post_title,
        seat=row.grant.seat,
        holder_name=row.holder_name,
        grant_class=row.grant.grant_class,
        ground=row.grant.ground,
        held_from_on=row.grant.held_from_on,
    )


def _states(questions: tuple[Question, ...]) -> StatesOut:
    return StatesOut(
        results=[_state(one) for one in questions], open_count=sum(not one.is_current for one in questions)
    )


def _state(one: Question) -> StateOut:
    return StateOut(
        organisation_id=one.organisation_id,
        organisation=one.organisation,
        rows_count=len(one.rows),
        coordinators_count=len(one.coordinators),
        state=one.row.state.value if one.row else "not_asked",
        current=one.is_current,
        confirmation=_confirmation(one.row) if one.row else None,
    )
