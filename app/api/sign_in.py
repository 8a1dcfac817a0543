"""Signing in, out, and being a program; who one is; one's own keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from app.actions import credentials, own_keys, own_sessions, people, sign_in
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once, network_of
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out

router = APIRouter(prefix="/api/v1", tags=["sign-in"])

Address = Annotated[str, StringConstraints(min_length=3, max_length=320, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
SessionId = Annotated[str, StringConstraints(pattern=r"^ses_[0-9a-f]{24}$")]
KeyId = Annotated[str, StringConstraints(pattern=r"^key_[0-9a-f]{24}$")]
_PERSON_ID = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_JWK: dict[str, JsonValue] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
    "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
}
_SESSION_TOKEN = "pras_kq0Yb3nS7xJw2vHc5tFz8mLd1rPg4uAe6iOy9sBnKtQ"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({422, 500, 503, *statuses})}


class CodeIn(In):
    """Whose code it is to be."""

    email: Address = Field(description="Your own work address.", examples=["ana.example@department.gov.example"])


class CodeAskedOut(Out):
    """The same for every address, known to us or not."""

    code_id: str = Field(examples=["cod_1f2e3d4c5b6a798897a6b5c4"])
    expires_at: Moment


class SignInIn(In):
    """The code that arrived, and what was answered when it was asked for."""

    code_id: Annotated[str, StringConstraints(pattern=r"^cod_[0-9a-f]{24}$")] = Field(
        examples=["cod_1f2e3d4c5b6a798897a6b5c4"]
    )
    code: Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[0-9 -]+$")] = Field(
        description="Eight digits; blanks and hyphens do not matter.", examples=["1234 5678"]
    )


class PersonOut(Out):
    """A person."""

    person_id: str = Field(examples=[_PERSON_ID])
    name: str = Field(examples=["Ana Example"])
    email: str = Field(examples=["ana.example@department.gov.example"])


class SessionOut(Out):
    """A session. The token is told this once."""

    token: str = Field(description="Send it as `Authorization: Bearer …`.", examples=[_SESSION_TOKEN])
    expires_at: Moment
    person: PersonOut


class ClientIn(In):
    """A program's credential."""

    client_id: Annotated[str, StringConstraints(pattern=r"^cli_[0-9a-f]{24}$")] = Field(
        examples=["cli_0a1b2c3d4e5f60718293a4b5"]
    )
    secret: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] = Field(
        examples=["prac_h3Vd9sKq0Yb3nS7xJw2vHc5tFz8mLd1rPg4uAe6iOy9"]
    )


class TokenOut(Out):
    """A token for a program, of at most ten minutes. It carries no permission: each request asks the records."""

    token: str = Field(
        description="A compact JWS; send it as `Authorization: Bearer …`.",
        examples=["eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjbGkifQ.c2lnbmF0dXJl"],
    )
    expires_at: Moment


class HeldRoleOut(Out):
    """A role, and where; no organisation means the whole service."""

    role: str = Field(examples=["statistician"])
    organisation_id: str | None = Field(examples=["org_4d3c2b1a0f9e8d7c6b5a4938"])
    organisation: str | None = Field(examples=["Office for Example Statistics"])
    producer_id: str | None = Field(
        description="The producer that the organisation is; null where it is none.",
        examples=["prd_1a2b3c4d5e6f708192a3b4c5"],
    )


class MeOut(Out):
    """What the records know of whoever asks."""

    person: PersonOut | None = Field(description="Null for a program.")
    name: str = Field(examples=["Ana Example"])
    roles: list[HeldRoleOut]
    fresh_until: Moment | None = Field(description="Until when acts that need a fresh sign-in are possible.")
    expires_at: Moment | None = Field(description="When the session ends by itself.")


class JwkIn(In):
    """A public key on the curve P-256 as a JWK (RFC 7517). A private one is refused, and must then be thrown away."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",  # what may stand in a JWK is for the keys room to say, in words that help
        json_schema_extra={"examples": [_JWK]},
    )


class KeyOut(Out):
    """A key of one's own."""

    key_id: str = Field(examples=["key_8f7e6d5c4b3a29180716f5e4"])
    jwk: dict[str, str] = Field(description="In its normal form; `kid` is its RFC 7638 thumbprint.", examples=[_JWK])
    registered_at: Moment
    ended_at: Moment | None


class KeysOut(Out):
    """Every key one has registered, the earliest first."""

    results: list[KeyOut]
    next: Literal[None] = Field(None, description="All of them stand on one page.")


class OwnSessionOut(Out):
    """A session of one's own, without its token."""

    session_id: str = Field(examples=["ses_2b3c4d5e6f708192a3b4c5d6"])
    how: str = Field(description="How you proved who you are.", examples=["one-time code by e-mail"])
    began_at: Moment
    expires_at: Moment
    here: bool = Field(description="It is the one that asks.", examples=[True])


class OwnSessionsOut(Out):
    """One's own sessions, the latest first."""

    results: list[OwnSessionOut]
    next: Literal[None] = Field(None, description="All of them stand on one page.")


@router.post(
    "/sign-in/codes",
    operation_id="ask_for_code",
    summary="Ask for a one-time code by e-mail",
    status_code=202,
    responses=_answers(403, 429),
)
def ask_for_code(request: Request, tools: ToolsHere, body: CodeIn) -> CodeAskedOut:
    """The answer is the same for a whole domain. The code works once, for ten minutes; a newer one replaces it.

    Of a domain whose organisation asks for its own sign-in no code goes to anybody.
    """
    asked = sign_in.ask_for_code(tools, body.email, network=network_of(request))
    return CodeAskedOut(code_id=asked.code_id, expires_at=asked.expires_at)


@router.post(
    "/sign-in/sessions",
    operation_id="begin_session",
    summary="Sign in with the code that arrived",
    status_code=201,
    responses=_answers(401, 429),
)
def begin_session(request: Request, tools: ToolsHere, body: SignInIn) -> SessionOut:
    """After five wrong tries a code is dead. A code that was used, replaced or is too old gives the same answer."""
    begun = sign_in.sign_in(tools, body.code_id, body.code, network=network_of(request))
    person = PersonOut(person_id=begun.person.person_id, name=begun.person.name, email=begun.person.email)
    return SessionOut(token=begun.token, expires_at=begun.expires_at, person=person)


@router.delete(
    "/sign-in/session",
    operation_id="sign_out",
    summary="Sign out",
    status_code=204,
    response_class=Response,
    responses=_answers(401, 409),
)
def sign_out(tools: ToolsHere, actor: ActorHere) -> Response:
    """The session ends at once."""
    sign_in.sign_out(tools, actor)
    return Response(status_code=204)


@router.post(
    "/sign-in/tokens",
    operation_id="issue_token",
    summary="Exchange a program's credential for a token",
    status_code=201,
    responses=_answers(401, 429),
)
def issue_token(request: Request, tools: ToolsHere, body: ClientIn) -> TokenOut:
    """For programs only: such a token can never open a document, sign or approve."""
    issued = credentials.issue_token(tools, body.client_id, body.secret, network=network_of(request))
    return TokenOut(token=issued.token, expires_at=issued.expires_at)


@router.get("/me", operation_id="read_me", summary="See who you are here", responses=_answers(401))
def read_me(tools: ToolsHere, actor: ActorHere) -> MeOut:
    """Name, roles as they stand at this moment, and how long this session lasts."""
    known = people.me(tools, actor)
    person = known.person
    return MeOut(
        person=PersonOut(person_id=person.person_id, name=person.name, email=person.email) if person else None,
        name=known.name,
        roles=[
            HeldRoleOut(
                role=seen.held.role.value,
                organisation_id=seen.held.organisation_id,
                organisation=seen.organisation,
                producer_id=seen.producer_id,
            )
            for seen in known.roles
        ],
        fresh_until=known.fresh_until,
        expires_at=known.expires_at,
    )


@router.get(
    "/me/sessions", operation_id="list_sessions", summary="See where you are signed in", responses=_answers(401, 404)
)
def list_sessions(tools: ToolsHere, actor: ActorHere) -> OwnSessionsOut:
    """Those that stand now. If one is not yours, end it and tell the producer."""
    return OwnSessionsOut(
        results=[
            OwnSessionOut(
                session_id=row.session_id,
                how=row.how,
                began_at=row.authenticated_at,
                expires_at=row.expires_at,
                here=row.session_id == actor.session_id,
            )
            for row in own_sessions.my_sessions(tools, actor)
        ],
        next=None,
    )


@router.delete(
    "/me/sessions/{session_id}",
    operation_id="end_session",
    summary="End a session of your own",
    status_code=204,
    response_class=Response,
    responses=_answers(401, 404),
)
def end_session(tools: ToolsHere, actor: ActorHere, session_id: SessionId) -> Response:
    """It ends at once, wherever it is open."""
    own_sessions.end_session(tools, actor, session_id)
    return Response(status_code=204)


@router.post(
    "/me/keys",
    operation_id="register_key",
    summary="Register a public key of your own",
    status_code=201,
    response_model=KeyOut,
    responses=_answers(401, 403, 404, 409),
)
def register_key(
    request: Request, tools: ToolsHere, actor: ActorHere, body: JwkIn, key: IdempotencyKey = None
) -> JSONResponse:
    """Needs a sign-in within the last minutes. With such a key you can sign declarations yourself."""
    sent = body.model_dump()
    return create_once(request, tools, actor, key, body, lambda once: _key(own_keys.register_key(once, actor, sent)))


@router.get("/me/keys", operation_id="list_keys", summary="See your own keys", responses=_answers(401, 404))
def list_keys(tools: ToolsHere, actor: ActorHere) -> KeysOut:
    """Those ended too: what was signed with them stays verifiable."""
    return KeysOut(results=[_key(row) for row in own_keys.list_keys(tools, actor)], next=None)


@router.delete(
    "/me/keys/{key_id}",
    operation_id="end_key",
    summary="End a key of your own",
    status_code=204,
    response_class=Response,
    responses=_answers(401, 404, 409),
)
def end_key(tools: ToolsHere, actor: ActorHere, key_id: KeyId) -> Response:
    """Nothing more can be signed with it."""
    own_keys.end_key(tools, actor, key_id)
    return Response(status_code=204)


def _key(row: own_keys.KeyRow) -> KeyOut:
    return KeyOut(key_id=row.key_id, jwk=row.jwk, registered_at=row.registered_at, ended_at=row.ended_at)
