"""Openings: the one way to a document. A POST opens, the copy is fetched with that, a POST shows its passphrase."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from app.actions import copies, openings, own_networks
from app.api.asking import ActorHere, IdempotencyKey, ToolsHere, create_once
from app.api.places import AfterHere, DocumentId, LimitHere, OpeningId, ReleaseId, place_of, read_place
from app.api.ranges import read_wanted
from app.api.schemas import PROBLEM_RESPONSES, In, Moment, Out
from app.api.sending import begun, headers_of

router = APIRouter(prefix="/api/v1", tags=["openings"])

_OPENING = "opn_1234567890abcdef12345678"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class OpeningIn(In):
    """Opening: what you say of what you were told. Needed under the Scottish and the Welsh Order only."""

    acknowledged: bool = Field(
        False,
        description="You have read on what ground and on which conditions you are given access, as the release shows.",
        examples=[True],
    )
    copy_as: Literal["age"] | None = Field(
        None,
        description="`age`: your copy is sealed to the age key you have registered, and needs no passphrase. Left out, "
        "the copy is locked with a passphrase that is shown once.",
        examples=["age"],
    )


class OpeningOut(Out):
    """One act of opening one document, and what became of its copy."""

    opening_id: str = Field(examples=[_OPENING])
    number: str = Field(description="Stands in the mark on the copy.", examples=["K7F3-9QXM"])
    document_id: str = Field(examples=["doc_77aa88bb99cc00dd11ee22ff"])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    person_id: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    opened_at: Moment
    expires_at: Moment
    window_opened_at: Moment
    copy_format: Literal["pdf", "docx", "xlsx", "pptx", "zip", "age"] = Field(
        description="Office formats are encrypted as Office does it; a ZIP with AES-256; `age` to your own key.",
        examples=["pdf"],
    )
    age_key_id: str | None = Field(
        None, description="The key of yours that the copy is sealed to; null where a passphrase opens it."
    )
    warning_version: int | None = Field(
        None, description="Of the producer's warning that the copy carries; null in openings older than versions."
    )
    marking_sha256: str | None = Field(
        None, description="SHA-256 of the words on the copy that say how it is to be treated."
    )
    revealed_at: Moment | None
    stopped_at: Moment | None
    stopped_reason: str | None
    outcome: Literal["unfetched", "running", "part", "completed", "aborted", "stopped", "unknown"] = Field(
        description="Of the latest fetch. `completed` also when it was the last of several parts without a gap."
    )
    sent_bytes: int = Field(
        description="Handed to the network by all fetches together; never less than what arrived.", examples=[204800]
    )
    copy_sha256: str | None
    networks_asked_at: Moment | None = Field(
        None, description="When you were asked whether you used it from another network; null where nothing is asked."
    )
    networks_answer: Literal["mine", "not_mine"] | None = Field(None, description="What you answered.")
    content: str = Field(description="Where the copy is fetched.", examples=[f"/api/v1/openings/{_OPENING}/content"])


class OpeningPageOut(Out):
    """Openings, newest first."""

    results: list[OpeningOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class RevealOut(Out):
    """The passphrase of one copy. It is shown this once and never again."""

    opening_id: str = Field(examples=[_OPENING])
    number: str = Field(examples=["K7F3-9QXM"])
    passphrase: str = Field(examples=["tabon-merik-solat-bidur-famel-gorit"])
    revealed_at: Moment


@router.post(
    "/documents/{document_id}/openings",
    operation_id="open_document",
    summary="Open a document",
    status_code=201,
    response_model=OpeningOut,
    responses=_answers(403, 409),
)
def open_document(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    document_id: DocumentId,
    body: OpeningIn | None = None,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Open a document. The rule is asked at this instant, and its decision is in the log before you are answered.

    Under the Scottish and the Welsh Order the body says that you have read your ground and your conditions.
    """
    said = body is not None and body.acknowledged
    own_key = body is not None and body.copy_as == "age"
    return create_once(
        request,
        tools,
        actor,
        idempotency_key,
        body,
        lambda claimed: _out(
            openings.open_document(claimed, actor, document_id, acknowledged=said, for_own_key=own_key)
        ),
        before_replay=lambda: openings.may_repeat(tools, actor, document_id, acknowledged=said),
    )


@router.get("/openings/{opening_id}", operation_id="get_opening", summary="One of your openings", responses=_answers())
def get_opening(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId) -> OpeningOut:
    """Give one of your own openings. Reading this is never an access."""
    return _out(openings.get_opening(tools, actor, opening_id))


_COPY = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in copies.SERVED_AS}
_COPY_HEADERS: dict[str, Any] = {
    name: {"description": text, "schema": {"type": "string"}}
    for name, text in {
        "Accept-Ranges": "`bytes` where parts of this copy can be fetched; `none` where it is made anew each time.",
        "ETag": "Names the bytes of this copy; not sent where it is made anew each time.",
        "Content-Disposition": "The name to save it under.",
    }.items()
}
RangeHere = Annotated[
    str | None,
    Header(
        alias="Range",
        description="One range of bytes, to go on where the line broke. Anything else is answered with the whole copy; "
        "so is a range without `If-Range` where the part you hold may be of another copy.",
        examples=["bytes=1048576-"],
    ),
]
IfRangeHere = Annotated[
    str | None,
    Header(
        alias="If-Range",
        description="The `ETag` of the copy you have a part of: send it with every `Range`. If it is another copy by "
        "now, you get all of it.",
        examples=['"1f0c6a8be2d94c53a7b0d6f2e81c9a34"'],
    ),
]


@router.head(
    "/openings/{opening_id}/content",
    operation_id="describe_copy",
    summary="What fetching your copy would answer",
    response_class=Response,
    responses={200: {"description": "The headers of your copy.", "headers": _COPY_HEADERS}, **_answers(403, 409)},
)
def describe_copy(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId) -> Response:
    """Give the headers of your copy without its bytes. This is never an access, and nothing is put on record."""
    return Response(headers=headers_of(copies.describe(tools, actor, opening_id)))


@router.get(
    "/openings/{opening_id}/content",
    operation_id="fetch_copy",
    summary="Fetch your copy",
    response_class=Response,
    responses={
        200: {
            "description": "Your own copy: marked, and encrypted under the passphrase shown once, or to your own key.",
            "headers": _COPY_HEADERS,
            "content": _COPY,
        },
        206: {
            "description": "The part of your copy that you asked for.",
            "headers": {
                **_COPY_HEADERS,
                "Content-Range": {
                    "description": "Which bytes these are, and of how many: `bytes 1048576-5368709119/5368709120`.",
                    "schema": {"type": "string"},
                },
            },
            "content": _COPY,
        },
        **_answers(403, 409, 416),
    },
)
async def fetch_copy(
    tools: ToolsHere,
    actor: ActorHere,
    opening_id: OpeningId,
    request: Request,
    _range: RangeHere = None,
    _if_range: IfRangeHere = None,
) -> Response:
    """Fetch your copy with your opening, or the rest of it. The rule is asked again, and again while the copy runs.

    Each fetch is on record with the bytes it was for. While one is on the way, another is refused; but one with a
    `Range` takes its place, since whoever sends that has lost the line.
    """
    begin = partial(copies.begin, tools, actor, opening_id, read_wanted(request.headers))
    return await begun(begin, tools.workshop.most_within)


@router.post(
    "/openings/{opening_id}/reveal",
    operation_id="reveal_passphrase",
    summary="Show the passphrase, once",
    responses=_answers(403, 409),
)
def reveal_passphrase(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId) -> RevealOut:
    """Show the passphrase of your copy, once, after a fresh sign-in. A second request raises an incident.

    A copy that is sealed to your own age key has none.
    """
    shown = openings.reveal(tools, actor, opening_id)
    return RevealOut(
        opening_id=shown.opening_id, number=shown.number, passphrase=shown.passphrase, revealed_at=shown.revealed_at
    )


class NetworksIn(In):
    """Whether you used this opening from all the networks it was used from."""

    all_mine: bool = Field(description="False ends the opening at once and tells the producer.", examples=[True])


@router.post(
    "/openings/{opening_id}/networks",
    operation_id="answer_about_networks",
    summary="Say whether it was you, from several networks",
    responses=_answers(403, 409),
)
def answer_about_networks(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId, body: NetworksIn) -> OpeningOut:
    """You are asked by letter when your opening was used from another network than before.

    That all of them were yours needs a fresh sign-in; that they were not needs none.
    """
    return _out(own_networks.answer_about_networks(tools, actor, opening_id, all_mine=body.all_mine))


@router.post(
    "/openings/{opening_id}/stop", operation_id="stop_opening", summary="End your opening", responses=_answers(409)
)
def stop_opening(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId) -> OpeningOut:
    """End your opening: “I am done”. Nothing more can be fetched with it."""
    return _out(openings.stop_opening(tools, actor, opening_id))


@router.get("/me/openings", operation_id="my_openings", summary="What you have opened", responses=_answers())
def my_openings(tools: ToolsHere, actor: ActorHere, after: AfterHere = None, limit: LimitHere = 50) -> OpeningPageOut:
    """Everything you have opened, newest first."""
    return _page(openings.my_openings(tools, actor, after=read_place(after), limit=limit), limit)


@router.get(
    "/releases/{release_id}/openings",
    operation_id="list_openings",
    summary="Who has opened what of a release",
    responses=_answers(),
)
def list_openings(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, after: AfterHere = None, limit: LimitHere = 50
) -> OpeningPageOut:
    """Who has opened what of a release, for those who prepare it or audit it."""
    return _page(openings.openings_of_release(tools, actor, release_id, after=read_place(after), limit=limit), limit)


def _out(row: openings.OpeningRow) -> OpeningOut:
    return OpeningOut.model_validate(
        {
            "opening_id": row.opening_id,
            "number": row.number,
            "document_id": row.document_id,
            "release_id": row.release_id,
            "person_id": row.person_id,
            "opened_at": row.opened_at,
            "expires_at": row.expires_at,
            "window_opened_at": row.window_opened_at,
            "copy_format": row.copy_format,
            "age_key_id": row.age_key_id,
            "revealed_at": row.revealed_at,
            "stopped_at": row.stopped_at,
            "stopped_reason": row.stopped_reason,
            "outcome": row.outcome,
            "sent_bytes": row.sent_bytes,
            "copy_sha256": row.copy_sha256,
            "networks_asked_at": row.networks_asked_at,
            "networks_answer": row.networks_answer,
            "content": f"/api/v1/openings/{row.opening_id}/content",
        }
    )


def _page(found: tuple[openings.OpeningRow, ...], limit: int) -> OpeningPageOut:
    last = found[-1] if len(found) == limit else None
    return OpeningPageOut(
        results=[_out(row) for row in found], next=place_of(last.opened_at, last.opening_id) if last else None
    )
