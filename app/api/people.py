"""People, posts, who holds them, and roles."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BeforeValidator, Field, StringConstraints

from app.actions import people, posts, roles, sign_in
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.places import LimitHere
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out
from app.api.sign_in import Address, PersonOut
from app.rules.facts import Person, Role

router = APIRouter(prefix="/api/v1", tags=["people"])

PersonId = Annotated[str, StringConstraints(pattern=r"^per_[0-9a-f]{24}$")]
PostId = Annotated[str, StringConstraints(pattern=r"^pst_[0-9a-f]{24}$")]
HoldingId = Annotated[str, StringConstraints(pattern=r"^hld_[0-9a-f]{24}$")]
RoleId = Annotated[str, StringConstraints(pattern=r"^rol_[0-9a-f]{24}$")]
OrganisationId = Annotated[str, StringConstraints(pattern=r"^org_[0-9a-f]{24}$")]
Name = Annotated[Line, StringConstraints(max_length=200)]
Unit = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
RoleName = Literal[
    "statistician", "lead_official", "head_of_profession", "coordinator", "auditor", "administrator", "publisher"
]
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_POST = "pst_2b3c4d5e6f708192a3b4c5d6"
_HOLDING = "hld_6c5b4a39281706f5e4d3c2b1"
_ORGANISATION = "org_4d3c2b1a0f9e8d7c6b5a4938"


def _day(sent: object) -> object:
    # Left to itself the framework would also take a number of seconds, or an instant, for a day.
    if not isinstance(sent, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", sent, re.ASCII):
        raise ValueError("a day is written as YYYY-MM-DD")
    if not "1950-01-01" <= sent <= "2100-12-31":
        raise ValueError("a day between the years 1950 and 2100 is expected")
    return sent


Day = Annotated[date, Field(strict=False, examples=["2026-03-01"]), BeforeValidator(_day)]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class PersonIn(In):
    """A human, with the address that they alone read."""

    name: Name = Field(examples=["Ana Example"])
    email: Address = Field(
        description="No group, team or office mailbox.", examples=["ana.example@department.gov.example"]
    )


class PeopleOut(Out):
    """One page of people."""

    results: list[PersonOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


class HoldingOut(Out):
    """A person holds a post, from the first to the last London day, both included."""

    holding_id: str = Field(examples=[_HOLDING])
    post_id: str = Field(examples=[_POST])
    person_id: str = Field(examples=[_PERSON])
    from_on: date = Field(examples=["2026-03-01"])
    until_on: date | None = Field(examples=["2026-12-31"])


class RoleOut(Out):
    """A role that was given."""

    role_id: str = Field(examples=["rol_7a6b5c4d3e2f10192837465a"])
    person_id: str = Field(examples=[_PERSON])
    role: RoleName
    organisation_id: str | None = Field(examples=[_ORGANISATION])
    from_at: Moment
    ended_at: Moment | None


class PersonCardOut(PersonOut):
    """A person, with their roles and the posts they hold and held."""

    roles: list[RoleOut]
    holdings: list[HoldingOut]


class PostIn(In):
    """A post in an organisation."""

    organisation_id: OrganisationId = Field(examples=[_ORGANISATION])
    title: Line = Field(examples=["Private Secretary to the Minister"])
    unit: Unit = Field("", examples=["Private Office"])


class PostOut(Out):
    """A post. Published lists name posts; who holds them is not told here."""

    post_id: str = Field(examples=[_POST])
    organisation_id: str = Field(examples=[_ORGANISATION])
    organisation: str = Field(examples=["Department for Examples"])
    title: str = Field(examples=["Private Secretary to the Minister"])
    unit: str = Field(examples=["Private Office"])


class PostsOut(Out):
    """One page of posts, by title."""

    results: list[PostOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


class HoldingIn(In):
    """Who holds the post, and on which London days."""

    person_id: PersonId = Field(examples=[_PERSON])
    from_on: Day
    until_on: Day | None = None


class HoldingEndIn(In):
    """The last London day."""

    until_on: Day


class RoleIn(In):
    """Who gets which role, where. Without an organisation: the whole service, for administrators and auditors only."""

    person_id: PersonId = Field(examples=[_PERSON])
    role: RoleName = Field(examples=["statistician"])
    organisation_id: OrganisationId | None = Field(None, examples=[_ORGANISATION])


@router.post(
    "/people",
    operation_id="add_person",
    summary="Add a person",
    status_code=201,
    response_model=PersonOut,
    responses=_answers(403, 409),
)
def add_person(
    request: Request, tools: ToolsHere, actor: ActorHere, body: PersonIn, key: IdempotencyKey = None
) -> JSONResponse:
    """For administrators and those who prepare lists. Shared mailboxes are refused, and nobody can overrule that."""

    def act(once: Any) -> PersonOut:
        return _person(people.add_person(once, actor, name=body.name, email=body.email))

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/people",
    operation_id="find_people",
    summary="Find a person by exact address; administrators can leaf through all",
    responses=_answers(403),
)
def find_people(
    tools: ToolsHere,
    actor: ActorHere,
    email: Annotated[str | None, Query(min_length=3, max_length=320, description="The whole address.")] = None,
    limit: LimitHere = 50,
    after: Annotated[PersonId | None, Query(description="`next` of the page before.")] = None,
) -> PeopleOut:
    """With an address: that person, or nobody. Without one: a page of everybody, by name, for administrators only."""
    if email is not None:
        found = people.find_person(tools, actor, email)
        return PeopleOut(results=[_person(found)] if found else [], next=None)
    page = people.list_people(tools, actor, limit=limit + 1, after=after)
    more = page[limit - 1].person_id if len(page) > limit else None
    return PeopleOut(results=[_person(person) for person in page[:limit]], next=more)


@router.get("/people/{person_id}", operation_id="read_person", summary="See a person", responses=_answers(404))
def read_person(tools: ToolsHere, actor: ActorHere, person_id: PersonId) -> PersonCardOut:
    """For that person, for administrators, and for those who prepare lists."""
    person, given, held = people.get_person(tools, actor, person_id)
    return PersonCardOut(
        person_id=person.person_id,
        name=person.name,
        email=person.email,
        roles=[_role(row) for row in given],
        holdings=[holding_out(row) for row in held],
    )


@router.delete(
    "/people/{person_id}/sessions",
    operation_id="end_sessions",
    summary="End every session of a person",
    status_code=204,
    response_class=Response,
    responses=_answers(403, 404),
)
def end_sessions(tools: ToolsHere, actor: ActorHere, person_id: PersonId) -> Response:
    """For administrators, e.g. when a machine was lost. The person can sign in again."""
    sign_in.end_sessions_of(tools, actor, person_id)
    return Response(status_code=204)


@router.post(
    "/posts",
    operation_id="add_post",
    summary="Add a post",
    status_code=201,
    response_model=PostOut,
    responses=_answers(403, 404, 409),
)
def add_post(
    request: Request, tools: ToolsHere, actor: ActorHere, body: PostIn, key: IdempotencyKey = None
) -> JSONResponse:
    """For administrators and those who prepare lists."""

    def act(once: Any) -> PostOut:
        card = posts.add_post(once, actor, organisation_id=body.organisation_id, title=body.title, unit=body.unit)
        return post_out(card)

    return create_once(request, tools, actor, key, body, act)


@router.get("/posts", operation_id="list_posts", summary="Leaf through posts, by title", responses=_answers(403))
def list_posts(
    tools: ToolsHere,
    actor: ActorHere,
    organisation_id: Annotated[OrganisationId | None, Query()] = None,
    limit: LimitHere = 50,
    after: Annotated[PostId | None, Query(description="`next` of the page before.")] = None,
) -> PostsOut:
    """For whoever has a role. Of one organisation, or of all."""
    page = posts.list_posts(tools, actor, organisation_id=organisation_id, limit=limit + 1, after=after)
    more = page[limit - 1].post_id if len(page) > limit else None
    return PostsOut(results=[post_out(card) for card in page[:limit]], next=more)


@router.post(
    "/posts/{post_id}/holdings",
    operation_id="begin_holding",
    summary="Say who holds a post",
    status_code=201,
    response_model=HoldingOut,
    responses=_answers(403, 404, 409),
)
def begin_holding(
    request: Request, tools: ToolsHere, actor: ActorHere, post_id: PostId, body: HoldingIn, key: IdempotencyKey = None
) -> JSONResponse:
    """Two people may hold one post: a job share, or a handover."""

    def act(once: Any) -> HoldingOut:
        begun = posts.begin_holding(
            once, actor, post_id=post_id, person_id=body.person_id, from_on=body.from_on, until_on=body.until_on
        )
        return holding_out(begun)

    return create_once(request, tools, actor, key, body, act)


@router.post(
    "/holdings/{holding_id}/end",
    operation_id="end_holding",
    summary="Say when a person stops holding a post",
    responses=_answers(403, 404, 409),
)
def end_holding(tools: ToolsHere, actor: ActorHere, holding_id: HoldingId, body: HoldingEndIn) -> HoldingOut:
    """An end can be brought forward, never put off. Access for the post stops after that London day."""
    return holding_out(posts.end_holding(tools, actor, holding_id, until_on=body.until_on))


@router.post(
    "/roles",
    operation_id="give_role",
    summary="Give somebody a role",
    status_code=201,
    response_model=RoleOut,
    responses=_answers(403, 404, 409),
)
def give_role(
    request: Request, tools: ToolsHere, actor: ActorHere, body: RoleIn, key: IdempotencyKey = None
) -> JSONResponse:
    """For administrators, and never to themselves. An administrator cannot also prepare or approve lists."""

    def act(once: Any) -> RoleOut:
        role = Role(body.role)
        return _role(
            roles.give_role(once, actor, person_id=body.person_id, role=role, organisation_id=body.organisation_id)
        )

    return create_once(request, tools, actor, key, body, act)


@router.post("/roles/{role_id}/end", operation_id="end_role", summary="End a role", responses=_answers(403, 404, 409))
def end_role(tools: ToolsHere, actor: ActorHere, role_id: RoleId) -> RoleOut:
    """For administrators. It counts no more from the person's next request on."""
    return _role(roles.end_role(tools, actor, role_id))


def _person(person: Person) -> PersonOut:
    return PersonOut(person_id=person.person_id, name=person.name, email=person.email)


def post_out(card: posts.PostCard) -> PostOut:
    """Give a post as it is told."""
    return PostOut(
        post_id=card.post_id,
        organisation_id=card.organisation_id,
        organisation=card.organisation,
        title=card.title,
        unit=card.unit,
    )


def holding_out(row: posts.Holding) -> HoldingOut:
    """Give a holding as it is told."""
    return HoldingOut(
        holding_id=row.holding_id,
        post_id=row.post_id,
        person_id=row.person_id,
        from_on=row.held_from_on,
        until_on=row.held_until_on,
    )


def _role(row: roles.RoleRow) -> RoleOut:
    return RoleOut(
        role_id=row.role_id,
        person_id=row.person_id,
        role=row.role.value,
        organisation_id=row.organisation_id,
        from_at=row.from_at,
        ended_at=row.ended_at,
    )
