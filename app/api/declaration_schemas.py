"""Declarations as JSON: what goes in and what comes out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.actions.declarations import DeclarationRow
from app.actions.signatures import Told
from app.api.places import place_of
from app.api.schemas import In, Line, Moment, Out
from app.rules.facts import DeclarationScope
from app.rules.signatures import DeclarationState

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


def declaration_out(row: DeclarationRow) -> DeclarationOut:
    """Write a declaration."""
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


def declaration_page(found: tuple[DeclarationRow, ...], limit: int) -> DeclarationPageOut:
    """Write a page of declarations.

    Args:
        found: Newest first.
        limit: How many were asked for.
    """
    last = found[-1].declaration if len(found) == limit else None
    return DeclarationPageOut(
        results=[declaration_out(row) for row in found],
        next=place_of(last.signed_at, last.declaration_id) if last else None,
    )


def my_declaration_page(found: tuple[Told, ...], limit: int) -> MyDeclarationPageOut:
    """Write a page of somebody's own declarations.

    Args:
        found: From ``my_declarations``.
        limit: How many were asked for.
    """
    last = found[-1].row.declaration if len(found) == limit else None
    return MyDeclarationPageOut(
        results=[
            MyDeclarationOut(**declaration_out(told.row).model_dump(), state=told.state, why=told.why) for told in found
        ],
        next=place_of(last.signed_at, last.declaration_id) if last else None,
    )
