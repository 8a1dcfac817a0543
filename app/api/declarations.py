"""Declarations: the words, the signing, the receipt, and the keys with which anybody can verify them."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import Field, StringConstraints

from app.actions import declarations, signatures
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.places import AfterHere, DeclarationId, LimitHere, ReleaseId, place_of, read_place
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out
from app.rules.facts import DeclarationScope
from app.rules.signatures import DeclarationState

router = APIRouter(tags=["declarations"])

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Scope = Annotated[DeclarationScope, Field(strict=False)]
_SHA256 = "b3cf0a5d2b8f8d1a4f5e6c7d8091a2b3c4d5e6f708192a3b4c5d6e7f80910a1b"
_JWS = "eyJhbGciOiJFUzI1NiJ9.eyJ0eXBlIjoicHJhLWRlY2xhcmF0aW9uLzEifQ.c2lnbmF0dXJl"
_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "alg": "ES256",
    "kid": "ZgWnvA2oRzJbFbKcNnR2hX8m3pJ2JrJm3lYy5h0qJ0s",
    "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
    "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
}
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_DECLARATION = "dcl_0a1b2c3d4e5f60718293a4b5"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class UndertakingOut(Out):
    """The words that you would have to sign today, for this release or for the whole series it belongs to."""

    release_id: str = Field(examples=[_RELEASE])
    release_title: str = Field(examples=["Labour market statistics: July 2016"])
    scope: DeclarationScope = Field(description="What you would sign for.", examples=["release"])
    for_series: bool = Field(description="You may ask for the words for the whole series, and sign those.")
    ground_letter: str = Field(description="The Order's own ground of your access, where it is named.", examples=["a"])
    version: str = Field(examples=["uk-2026-1"])
    text: str = Field(description="Read it whole. Its hash is what you sign.", examples=["DECLARATION ON …"])
    sha256: str = Field(examples=[_SHA256])
    list_version: int = Field(examples=[1])
    counts_for_days: int = Field(examples=[365])


class SignIn(In):
    """Signing: the words you read, your name as you type it, and that you agree."""

    undertaking_sha256: Sha256 = Field(examples=[_SHA256])
    typed_name: Line = Field(
        description="Your own name; capitals and blanks do not matter.", examples=["Robin Example"]
    )
    agreed: bool = Field(description="True when the box was ticked.", examples=[True])
    scope: Scope = Field(
        DeclarationScope.RELEASE, description="As you asked for the words: this release, or its series."
    )


class SignedIn(In):
    """A declaration that you signed with your own registered key."""

    jws: Annotated[
        str, StringConstraints(max_length=16384, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")
    ] = Field(description="Compact JWS over exactly the bytes of the prepared statement.", examples=[_JWS])


class DeclarationOut(Out):
    """A signed declaration. ``jws`` verifies with any JOSE library, offline."""

    declaration_id: str = Field(examples=[_DECLARATION])
    person_id: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    release_id: str = Field(description="What it covers, or where the series was signed for.", examples=[_RELEASE])
    scope: DeclarationScope
    series_id: str | None = Field(description="Set when it covers a whole series.", examples=[None])
    undertaking_version: str = Field(examples=["uk-2026-1"])
    undertaking_sha256: str = Field(examples=[_SHA256])
    list_version: int = Field(examples=[1])
    signed_at: Moment
    lapses_at: Moment
    withdrawn_at: Moment | None
    how: Literal["sealed_by_service", "own_key"]
    jws: str = Field(examples=[_JWS])


class DeclarationPageOut(Out):
    """Declarations, newest first."""

    results: list[DeclarationOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class MyDeclarationOut(DeclarationOut):
    """Something you have signed, and how it stands now."""

    state: DeclarationState = Field(examples=["in_force"])
    why: str = Field(examples=["It counts until Wednesday 10 March 2027, 9:30am (UK time), unless the words change."])


class MyDeclarationPageOut(Out):
    """Everything you have signed, newest first."""

    results: list[MyDeclarationOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class StatementOut(Out):
    """What to sign with your own key: these bytes, under this header."""

    declaration_id: str = Field(examples=[_DECLARATION])
    payload: str = Field(description="The canonical bytes, base64url without padding.", examples=["eyJ0eXBlIjoi…"])
    header: dict[str, str] = Field(
        description="The protected header; put the RFC 7638 thumbprint of your key in the place of `kid`.",
        examples=[{"alg": "ES256", "kid": "<thumbprint>", "typ": "pra-declaration+jws"}],
    )
    expires_at: Moment


class JwkSetOut(Out):
    """Public keys of the service for declarations, the current one first."""

    keys: list[dict[str, str]] = Field(examples=[[_JWK]])


@router.get(
    "/releases/{release_id}/undertaking",
    operation_id="get_undertaking",
    summary="The words you would have to sign today",
    responses=_answers(409),
)
def get_undertaking(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    scope: Annotated[DeclarationScope, Query(description="For this release, or for its series.")] = (
        DeclarationScope.RELEASE
    ),
) -> UndertakingOut:
    """Show the words that you would have to sign for a release today. Only people on its list have any to sign."""
    asked = declarations.undertaking_for(tools, actor, release_id, scope=scope)
    return UndertakingOut(
        release_id=asked.release.release_id,
        release_title=asked.release.title,
        scope=asked.words.scope,
        for_series=asked.for_series,
        ground_letter=asked.words.ground_letter,
        version=asked.words.version,
        text=asked.words.text,
        sha256=asked.words.sha256,
        list_version=asked.list_version,
        counts_for_days=asked.days,
    )


@router.post(
    "/releases/{release_id}/declarations",
    operation_id="sign_declaration",
    summary="Sign by typing your name",
    status_code=201,
    response_model=DeclarationOut,
    responses=_answers(403, 409),
)
def sign_declaration(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: SignIn,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Sign by typing your name; the service seals it. Needs a fresh sign-in."""
    return create_once(
        request,
        tools,
        actor,
        idempotency_key,
        body,
        lambda claimed: _out(
            declarations.sign_declaration(
                claimed,
                actor,
                release_id,
                undertaking_sha256=body.undertaking_sha256,
                typed_name=body.typed_name,
                agreed=body.agreed,
                scope=body.scope,
            )
        ),
    )


@router.post(
    "/releases/{release_id}/declarations/statement",
    operation_id="prepare_declaration",
    summary="The exact bytes to sign with your own key",
    responses=_answers(403, 409),
)
def prepare_declaration(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, body: SignIn) -> StatementOut:
    """Write the exact bytes to sign with your own registered key, good for ten minutes. Needs a fresh sign-in."""
    prepared = declarations.prepare_declaration(
        tools,
        actor,
        release_id,
        undertaking_sha256=body.undertaking_sha256,
        typed_name=body.typed_name,
        agreed=body.agreed,
        scope=body.scope,
    )
    return StatementOut(
        declaration_id=prepared.declaration_id,
        payload=base64.urlsafe_b64encode(prepared.payload).decode().rstrip("="),
        header={"alg": "ES256", "kid": "<RFC 7638 thumbprint of your key>", "typ": "pra-declaration+jws"},
        expires_at=prepared.expires_at,
    )


@router.post(
    "/releases/{release_id}/declarations/signed",
    operation_id="sign_declaration_with_key",
    summary="Hand in a declaration signed with your own key",
    status_code=201,
    response_model=DeclarationOut,
    responses=_answers(403, 409),
)
def sign_declaration_with_key(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: SignedIn,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Hand in a declaration signed with your own registered key. Needs a fresh sign-in."""
    return create_once(
        request,
        tools,
        actor,
        idempotency_key,
        body,
        lambda claimed: _out(declarations.sign_declaration_with_key(claimed, actor, release_id, jws=body.jws)),
    )


@router.get(
    "/releases/{release_id}/declarations",
    operation_id="list_declarations",
    summary="Who has signed for a release",
    responses=_answers(),
)
def list_declarations(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, after: AfterHere = None, limit: LimitHere = 50
) -> DeclarationPageOut:
    """Who has signed for a release, for those who prepare it or audit it."""
    found = declarations.declarations_of_release(tools, actor, release_id, after=read_place(after), limit=limit)
    return _page(found, limit)


@router.get("/me/declarations", operation_id="my_declarations", summary="What you have signed", responses=_answers())
def my_declarations(
    tools: ToolsHere, actor: ActorHere, after: AfterHere = None, limit: LimitHere = 50
) -> MyDeclarationPageOut:
    """Everything you have signed, newest first: whether it counts now, and why not."""
    found = signatures.my_declarations(tools, actor, after=read_place(after), limit=limit)
    last = found[-1].row.declaration if len(found) == limit else None
    return MyDeclarationPageOut(
        results=[
            MyDeclarationOut.model_validate({**_out(told.row).model_dump(), "state": told.state, "why": told.why})
            for told in found
        ],
        next=place_of(last.signed_at, last.declaration_id) if last else None,
    )


@router.get(
    "/declarations/{declaration_id}",
    operation_id="get_declaration",
    summary="One of your declarations",
    responses=_answers(),
)
def get_declaration(tools: ToolsHere, actor: ActorHere, declaration_id: DeclarationId) -> DeclarationOut:
    """Give one of your own declarations."""
    row, _ = declarations.get_declaration(tools, actor, declaration_id)
    return _out(row)


@router.get(
    "/declarations/{declaration_id}/receipt",
    operation_id="declaration_receipt",
    summary="The receipt to keep",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "The receipt"},
        **_answers(),
    },
)
def declaration_receipt(tools: ToolsHere, actor: ActorHere, declaration_id: DeclarationId) -> PlainTextResponse:
    """Give the receipt to keep: what you signed, when, until when it counts, and the words."""
    _, receipt = declarations.get_declaration(tools, actor, declaration_id)
    return PlainTextResponse(receipt)


@router.post(
    "/declarations/{declaration_id}/withdrawal",
    operation_id="withdraw_declaration",
    summary="Withdraw your declaration",
    responses=_answers(409),
)
def withdraw_declaration(tools: ToolsHere, actor: ActorHere, declaration_id: DeclarationId) -> DeclarationOut:
    """Withdraw your declaration: it no longer counts, from now on."""
    return _out(declarations.withdraw_declaration(tools, actor, declaration_id))


@router.get(
    "/keys/declarations/jwks.json",
    operation_id="declaration_keys",
    summary="Public keys that verify declarations",
    responses={500: PROBLEM_RESPONSES[500]},
)
def declaration_keys(tools: ToolsHere) -> JwkSetOut:
    """Public keys with which sealed declarations verify offline; needs no sign-in."""
    return JwkSetOut(**declarations.published_keys(tools))


def _out(row: declarations.DeclarationRow) -> DeclarationOut:
    signed = row.declaration
    return DeclarationOut(
        declaration_id=signed.declaration_id,
        person_id=signed.person_id,
        release_id=row.release_id,
        scope=signed.scope,
        series_id=row.series_id,
        undertaking_version=row.undertaking_version,
        undertaking_sha256=signed.undertaking_sha256,
        list_version=signed.list_version,
        signed_at=signed.signed_at,
        lapses_at=signed.lapses_at,
        withdrawn_at=signed.withdrawn_at,
        how="own_key" if row.how == "own_key" else "sealed_by_service",
        jws=row.jws,
    )


def _page(found: tuple[declarations.DeclarationRow, ...], limit: int) -> DeclarationPageOut:
    last = found[-1].declaration if len(found) == limit else None
    return DeclarationPageOut(
        results=[_out(row) for row in found],
        next=place_of(last.signed_at, last.declaration_id) if last else None,
    )
