"""The sign-in providers of organisations, for administrators."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field, StringConstraints

from app.actions import provider_sign_in, providers
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.people import OrganisationId, PersonId
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out

router = APIRouter(prefix="/api/v1", tags=["sign-in providers"])

ProviderId = Annotated[str, StringConstraints(pattern=r"^idp_[0-9a-f]{24}$")]
Secret = Annotated[str, StringConstraints(max_length=500, pattern=r"^[\x21-\x7e]*$")]
Method = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
_PROVIDER = "idp_5e4d3c2b1a0f9e8d7c6b5a49"
_ORGANISATION = "org_4d3c2b1a0f9e8d7c6b5a4938"
_ISSUER = "https://login.department.gov.example"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 422, 500, 503, *statuses})}


class ProviderIn(In):
    """An organisation's OpenID Connect provider, and what is asked of it."""

    organisation_id: OrganisationId = Field(examples=[_ORGANISATION])
    issuer: Annotated[str, StringConstraints(max_length=500, pattern=r"^[\x21-\x7e]+$")] = Field(
        description="HTTPS, letter by letter as the provider describes itself.", examples=[_ISSUER]
    )
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")] = Field(
        description="As whom the provider knows this service.", examples=["pra-gatekeeper"]
    )
    secret: Secret = Field(
        "",
        description="What it gave this service to prove that; empty for none. Kept encrypted, and never told again.",
        examples=["a-secret-of-the-provider"],
    )
    domains: list[Annotated[str, StringConstraints(min_length=1, max_length=254)]] = Field(
        min_length=1,
        max_length=50,
        description="Of the e-mail addresses that it answers for.",
        examples=[["department.gov.example"]],
    )
    required: bool = Field(False, description="People of these domains get no codes by e-mail.")
    acr: list[Method] = Field([], max_length=20, description="One of these must have been used; empty asks for none.")
    amr: list[Method] = Field([], max_length=20, description="All of these must have been used.", examples=[["mfa"]])


class ProviderChangeIn(In):
    """What can be changed of a provider; for anything else propose another one."""

    required: bool | None = Field(None, description="Null leaves it.", examples=[True])
    secret: Annotated[Secret, StringConstraints(min_length=1)] | None = Field(
        None, description="The new one; null leaves it.", examples=["another-secret-of-the-provider"]
    )


class ProviderOut(Out):
    """A provider, without its secret."""

    provider_id: str = Field(examples=[_PROVIDER])
    organisation_id: str = Field(examples=[_ORGANISATION])
    organisation: str = Field(examples=["Department for Examples"])
    issuer: str = Field(examples=[_ISSUER])
    client_id: str = Field(examples=["pra-gatekeeper"])
    redirect_uri: str = Field(
        description="Register this with the provider, letter by letter.",
        examples=[f"https://pra.example.gov.example/sign-in/from/{_PROVIDER}"],
    )
    domains: list[str] = Field(examples=[["department.gov.example"]])
    required: bool
    acr: list[str] = Field(examples=[["phr"]])
    amr: list[str] = Field(examples=[["mfa"]])
    state: Literal["proposed", "standing", "ended"]
    made_at: Moment
    approved_at: Moment | None
    ended_at: Moment | None


class ProvidersOut(Out):
    """Every provider, by its organisation's name."""

    results: list[ProviderOut]
    next: Literal[None] = Field(None, description="All of them stand on one page.")


@router.post(
    "/sign-in-providers",
    operation_id="propose_provider",
    summary="Propose an organisation's sign-in provider",
    status_code=201,
    response_model=ProviderOut,
    responses=_answers(404, 409),
)
def propose_provider(
    request: Request, tools: ToolsHere, actor: ActorHere, body: ProviderIn, key: IdempotencyKey = None
) -> JSONResponse:
    """For administrators. It answers for nobody until another administrator, or the operator, approves it."""

    def act(once: Any) -> ProviderOut:
        proposed = providers.propose_provider(
            once,
            actor,
            organisation_id=body.organisation_id,
            issuer=body.issuer,
            client_id=body.client_id,
            secret=body.secret,
            domains=tuple(body.domains),
            required=body.required,
            acr=tuple(body.acr),
            amr=tuple(body.amr),
        )
        return _provider(once, proposed)

    return create_once(request, tools, actor, key, body, act)


@router.get(
    "/sign-in-providers",
    operation_id="list_providers",
    summary="See the sign-in providers",
    responses=_answers(),
)
def list_providers(tools: ToolsHere, actor: ActorHere) -> ProvidersOut:
    """For administrators. Those proposed and those ended too."""
    return ProvidersOut(results=[_provider(tools, one) for one in providers.list_providers(tools, actor)], next=None)


@router.post(
    "/sign-in-providers/{provider_id}/approve",
    operation_id="approve_provider",
    summary="Approve a proposed sign-in provider",
    responses=_answers(404, 409),
)
def approve_provider(tools: ToolsHere, actor: ActorHere, provider_id: ProviderId) -> ProviderOut:
    """For another administrator than the one who proposed it, who was one already then, with a fresh sign-in.

    From now on it signs people in, and every administrator is told by letter.
    """
    return _provider(tools, providers.approve_provider(tools, actor, provider_id))


@router.patch(
    "/sign-in-providers/{provider_id}",
    operation_id="change_provider",
    summary="Say whether a sign-in provider is the only way, or give its new secret",
    responses=_answers(404, 409),
)
def change_provider(tools: ToolsHere, actor: ActorHere, provider_id: ProviderId, body: ProviderChangeIn) -> ProviderOut:
    """For administrators, with a fresh sign-in; all of them are told by letter.

    For another issuer, client or domain propose another provider, and end this one.
    """
    changed = providers.change_provider(tools, actor, provider_id, required=body.required, secret=body.secret)
    return _provider(tools, changed)


@router.post(
    "/sign-in-providers/{provider_id}/end",
    operation_id="end_provider",
    summary="End a sign-in provider",
    responses=_answers(404, 409),
)
def end_provider(tools: ToolsHere, actor: ActorHere, provider_id: ProviderId) -> ProviderOut:
    """For administrators. Nobody signs in by it any more: sessions that it opened end, and its accounts are unbound."""
    return _provider(tools, providers.end_provider(tools, actor, provider_id))


@router.delete(
    "/people/{person_id}/provider-accounts",
    operation_id="unbind_accounts",
    summary="Take away the provider accounts that a person is bound to",
    status_code=204,
    response_class=Response,
    responses=_answers(404),
)
def unbind_accounts(tools: ToolsHere, actor: ActorHere, person_id: PersonId) -> Response:
    """For administrators, with a fresh sign-in, when somebody's account was made anew; all of them are told by letter.

    The next sign-in binds by the verified address. Sessions by the accounts end.
    """
    providers.unbind_accounts(tools, actor, person_id)
    return Response(status_code=204)


def _provider(tools: Any, one: providers.SignInProvider) -> ProviderOut:
    return ProviderOut(
        provider_id=one.provider_id,
        organisation_id=one.organisation_id,
        organisation=one.organisation,
        issuer=one.issuer,
        client_id=one.client_id,
        redirect_uri=provider_sign_in.way_back(tools, one.provider_id),
        domains=list(one.domains),
        required=one.required,
        acr=list(one.acr),
        amr=list(one.amr),
        state="ended" if one.ended_at else "standing" if one.approved_at else "proposed",
        made_at=one.made_at,
        approved_at=one.approved_at,
        ended_at=one.ended_at,
    )
