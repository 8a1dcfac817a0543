"""Declarations: the words, the signing, the receipt, and the keys with which anybody can verify them."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from app.actions import declarations, signatures
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.declaration_schemas import (
    DeclarationOut,
    DeclarationPageOut,
    JwkSetOut,
    MyDeclarationPageOut,
    SignedIn,
    SignIn,
    StatementOut,
    UndertakingOut,
    declaration_out,
    declaration_page,
    my_declaration_page,
)
from app.api.places import AfterHere, DeclarationId, LimitHere, ReleaseId, read_place
from app.api.schemas import PROBLEM_RESPONSES
from app.rules.facts import DeclarationScope

router = APIRouter(prefix="/api/v1", tags=["declarations"])


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


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
        lambda claimed: declaration_out(
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
        lambda claimed: declaration_out(
            declarations.sign_declaration_with_key(claimed, actor, release_id, jws=body.jws)
        ),
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
    found = signatures.declarations_of_release(tools, actor, release_id, after=read_place(after), limit=limit)
    return declaration_page(found, limit)


@router.get("/me/declarations", operation_id="my_declarations", summary="What you have signed", responses=_answers())
def my_declarations(
    tools: ToolsHere, actor: ActorHere, after: AfterHere = None, limit: LimitHere = 50
) -> MyDeclarationPageOut:
    """Everything you have signed, newest first: whether it counts now, and why not."""
    return my_declaration_page(signatures.my_declarations(tools, actor, after=read_place(after), limit=limit), limit)


@router.get(
    "/declarations/{declaration_id}",
    operation_id="get_declaration",
    summary="One of your declarations",
    responses=_answers(),
)
def get_declaration(tools: ToolsHere, actor: ActorHere, declaration_id: DeclarationId) -> DeclarationOut:
    """Give one of your own declarations."""
    row, _ = signatures.get_declaration(tools, actor, declaration_id)
    return declaration_out(row)


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
    _, receipt = signatures.get_declaration(tools, actor, declaration_id)
    return PlainTextResponse(receipt)


@router.post(
    "/declarations/{declaration_id}/withdrawal",
    operation_id="withdraw_declaration",
    summary="Withdraw your declaration",
    responses=_answers(409),
)
def withdraw_declaration(tools: ToolsHere, actor: ActorHere, declaration_id: DeclarationId) -> DeclarationOut:
    """Withdraw your declaration: it no longer counts, from now on."""
    return declaration_out(declarations.withdraw_declaration(tools, actor, declaration_id))


@router.get(
    "/keys/declarations/jwks.json",
    operation_id="declaration_keys",
    summary="Public keys that verify declarations",
    responses={500: PROBLEM_RESPONSES[500]},
)
def declaration_keys(tools: ToolsHere) -> JwkSetOut:
    """Public keys with which sealed declarations verify offline; needs no sign-in."""
    return JwkSetOut(**declarations.published_keys(tools))
