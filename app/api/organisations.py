"""Organisations, producers, and the credentials of programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import credentials, people, posts
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.people import Name, OrganisationId, PostId, PostOut, Unit, post_out
from app.api.places import LimitHere
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out, Paragraphs
from app.rules.facts import Role

router = APIRouter(prefix="/api/v1", tags=["organisations"])

ProducerId = Annotated[str, StringConstraints(pattern=r"^prd_[0-9a-f]{24}$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^cli_[0-9a-f]{24}$")]
ProgramRole = Literal["auditor", "statistician"]
_ORGANISATION = "org_4d3c2b1a0f9e8d7c6b5a4938"
_PRODUCER = "prd_3e4f5a6b7c8d9e0f1a2b3c4d"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class OrganisationIn(In):
    """A body that produces statistics, or receives them."""

    name: Name = Field(examples=["Department for Examples"])


class OrganisationOut(Out):
    """An organisation."""

    organisation_id: str = Field(examples=[_ORGANISATION])
    name: str = Field(examples=["Department for Examples"])


class PostUnitIn(In):
    """In which unit of its organisation the post is."""

    unit: Unit = Field(description="Empty takes it off.", examples=["Private Office"])


class OrganisationsOut(Out):
    """One page of organisations, by name."""

    results: list[OrganisationOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


class ProducerIn(In):
    """An organisation that publishes official statistics, and its policy."""

    organisation_id: OrganisationId = Field(examples=[_ORGANISATION])
    declaration_for_all: bool = Field(True, description="Ask for a declaration even where no Order does.")
    declaration_days: int = Field(365, ge=1, le=366, description="How long a declaration counts.")
    contact: Line = Field(examples=["Release desk, 01632 960000"])
    warning: Paragraphs = Field(
        "", description="Shown beside every document.", examples=["Official: sensitive until published."]
    )


class ProducerOut(Out):
    """A producer and its policy."""

    producer_id: str = Field(examples=[_PRODUCER])
    organisation_id: str = Field(examples=[_ORGANISATION])
    name: str = Field(examples=["Office for Example Statistics"])
    declaration_for_all: bool
    declaration_days: int = Field(examples=[365])
    contact: str = Field(examples=["Release desk, 01632 960000"])
    warning: str = Field(examples=["Official: sensitive until published."])


class CredentialIn(In):
    """What a program is called and may do. Without an organisation: in the whole service."""

    name: Name = Field(examples=["Nightly log check"])
    role: ProgramRole = Field(examples=["auditor"])
    organisation_id: OrganisationId | None = Field(None, examples=[_ORGANISATION])


class CredentialOut(Out):
    """A program's credential, without its secret."""

    client_id: str = Field(examples=["cli_0a1b2c3d4e5f60718293a4b5"])
    name: str = Field(examples=["Nightly log check"])
    role: ProgramRole
    organisation_id: str | None = Field(examples=[_ORGANISATION])


class CredentialSeenOut(CredentialOut):
    """A credential, ended or not, and when it was last used."""

    made_at: Moment
    last_used_at: Moment | None = Field(description="The last act on record by it; null before the first.")
    ended_at: Moment | None


class CredentialsOut(Out):
    """Every credential, the newest first; those that have ended come last."""

    results: list[CredentialSeenOut]
    next: str | None = Field(None, description="Always null: there are few.")


class NewCredentialOut(CredentialOut):
    """A credential that was made. The secret is told this once."""

    secret: str = Field(examples=["prac_h3Vd9sKq0Yb3nS7xJw2vHc5tFz8mLd1rPg4uAe6iOy9"])


@router.post(
    "/organisations",
    operation_id="add_organisation",
    summary="Add an organisation",
    status_code=201,
    response_model=OrganisationOut,
    responses=_answers(403, 409),
)
def add_organisation(
    request: Request, tools: ToolsHere, actor: ActorHere, body: OrganisationIn, key: IdempotencyKey = None
) -> JSONResponse:
    """For administrators."""

    def act(once: Any) -> OrganisationOut:
        added = people.add_organisation(once, actor, body.name)
        return OrganisationOut(organisation_id=added.organisation_id, name=added.name)

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/organisations",
    operation_id="list_organisations",
    summary="Leaf through organisations, by name",
    responses=_answers(403),
)
def list_organisations(
    tools: ToolsHere,
    actor: ActorHere,
    limit: LimitHere = 50,
    after: Annotated[OrganisationId | None, Query(description="`next` of the page before.")] = None,
) -> OrganisationsOut:
    """For whoever has a role."""
    page = people.list_organisations(tools, actor, limit=limit + 1, after=after)
    more = page[limit - 1].organisation_id if len(page) > limit else None
    shown = [OrganisationOut(organisation_id=card.organisation_id, name=card.name) for card in page[:limit]]
    return OrganisationsOut(results=shown, next=more)


@router.post(
    "/producers",
    operation_id="add_producer",
    summary="Make an organisation a producer",
    status_code=201,
    response_model=ProducerOut,
    responses=_answers(403, 404, 409),
)
def add_producer(
    request: Request, tools: ToolsHere, actor: ActorHere, body: ProducerIn, key: IdempotencyKey = None
) -> JSONResponse:
    """For administrators."""

    def act(once: Any) -> ProducerOut:
        return _producer(people.add_producer(once, actor, **body.model_dump()))

    return create_once(request, tools, actor, key, body, act)


@router.get("/producers/{producer_id}", operation_id="read_producer", summary="See a producer", responses=_answers(404))
def read_producer(tools: ToolsHere, actor: ActorHere, producer_id: ProducerId) -> ProducerOut:
    """For those with a role in it, and for administrators."""
    return _producer(people.get_producer(tools, actor, producer_id))


@router.post(
    "/credentials",
    operation_id="make_credential",
    summary="Make a credential for a program",
    status_code=201,
    responses=_answers(403, 404),
)
def make_credential(tools: ToolsHere, actor: ActorHere, body: CredentialIn) -> NewCredentialOut:
    """For administrators. The secret is told this once, and never kept, so a repeat makes another credential."""
    made = credentials.make_credential(
        tools, actor, name=body.name, role=Role(body.role), organisation_id=body.organisation_id
    )
    return NewCredentialOut(
        client_id=made.client_id,
        name=made.name,
        role=body.role,
        organisation_id=made.organisation_id,
        secret=made.secret,
    )


@router.get(
    "/credentials",
    operation_id="list_credentials",
    summary="See programs' credentials, and when each was last used",
    responses=_answers(403),
)
def list_credentials(tools: ToolsHere, actor: ActorHere) -> CredentialsOut:
    """For administrators. No secret is among it: none is kept."""
    return CredentialsOut(
        results=[
            CredentialSeenOut(
                client_id=one.row.client_id,
                name=one.row.name,
                role=_program_role(one.row.role),
                organisation_id=one.row.organisation_id,
                made_at=one.row.made_at,
                last_used_at=one.last_used_at,
                ended_at=one.row.ended_at,
            )
            for one in credentials.list_credentials(tools, actor)
        ]
    )


@router.post(
    "/credentials/{client_id}/secret",
    operation_id="renew_credential_secret",
    summary="Give a program's credential a new secret",
    status_code=201,
    responses=_answers(403, 404, 409),
)
def renew_credential_secret(tools: ToolsHere, actor: ActorHere, client_id: ClientId) -> NewCredentialOut:
    """For administrators. It is told this once, and the one before is taken no more. A token runs out by itself."""
    renewed = credentials.renew_secret(tools, actor, client_id)
    return NewCredentialOut(
        client_id=client_id,
        name=renewed.name,
        role=_program_role(renewed.role),
        organisation_id=renewed.organisation_id,
        secret=renewed.secret,
    )


@router.post(
    "/credentials/{client_id}/end",
    operation_id="end_credential",
    summary="End a program's credential",
    responses=_answers(403, 404, 409),
)
def end_credential(tools: ToolsHere, actor: ActorHere, client_id: ClientId) -> CredentialOut:
    """For administrators. Tokens made from it count no more from the next request on."""
    ended = credentials.end_credential(tools, actor, client_id)
    role = _program_role(ended.role)
    return CredentialOut(client_id=ended.client_id, name=ended.name, role=role, organisation_id=ended.organisation_id)


def _program_role(role: Role) -> ProgramRole:
    return "auditor" if role is Role.AUDITOR else "statistician"


def _producer(card: people.ProducerCard) -> ProducerOut:
    return ProducerOut(
        producer_id=card.producer_id,
        organisation_id=card.organisation_id,
        name=card.name,
        declaration_for_all=card.declaration_for_all,
        declaration_days=card.declaration_days,
        contact=card.contact,
        warning=card.warning,
    )


@router.patch(
    "/posts/{post_id}",
    operation_id="correct_unit",
    summary="Record or correct in which unit a post is",
    tags=["people"],
    responses=_answers(403, 404, 409),
)
def correct_unit(tools: ToolsHere, actor: ActorHere, post_id: PostId, body: PostUnitIn) -> PostOut:
    """For administrators and those who prepare lists. A unit is not published; its suspension covers the post."""
    return post_out(posts.correct_unit(tools, actor, post_id, unit=body.unit))
