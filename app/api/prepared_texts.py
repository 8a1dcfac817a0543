"""Texts prepared for the day of a release. No answer but that of a reading or a taking has a word of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from app.actions import prepared_texts, text_readings
from app.actions.prepared_texts import TextDraft, TextView
from app.actions.text_readings import TextShown
from app.actions.tools import Tools
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.places import ReleaseId
from app.api.schemas import (
    PROBLEM_RESPONSES,
    TEXT_PATTERN,
    In,
    Line,
    Moment,
    MomentOut,
    Out,
    Paragraphs,
    ReasonOut,
)
from app.rules.preparedtexts import TextKind
from app.rules.textstandings import Hold, TextState

router = APIRouter(prefix="/api/v1", tags=["prepared texts"])

PreparedTextId = Annotated[str, StringConstraints(pattern=r"^txt_[0-9a-f]{24}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=5000, strip_whitespace=True, pattern=TEXT_PATTERN)]
OwnerId = Annotated[str, StringConstraints(pattern=r"^per_[0-9a-f]{24}$")]
Channel = Annotated[Line, StringConstraints(max_length=100)]
_TEXT = "txt_0a1b2c3d4e5f60718293a4b5"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_WORDS = "The claimant count for May is out now, with tables by region: https://stats.gov.example/claimant-count"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 404, 422, 500, 503, *statuses})}


class TextChangeIn(In):
    """A text as it is to be from now on."""

    words: Words = Field(
        description="A tweet has at most 280 letters, a press line 1,000, a briefing e-mail 5,000.", examples=[_WORDS]
    )
    channel: Channel = Field(description="Where it is to be sent. Give no figure.", examples=["The office's account"])
    owner_id: OwnerId = Field(
        description="Who is given it when publication is confirmed, and sends it.", examples=[_PERSON]
    )
    ready_from_at: Moment | None = Field(
        None,
        description="Not before this, even if publication is confirmed. Refused when it lies before the time set.",
        examples=["2026-06-16T08:35:00Z"],
    )


class TextIn(TextChangeIn):
    """A text for the day of a release."""

    kind: TextKind = Field(strict=False, description="What it is to become.", examples=["tweet"])


class TextReasonIn(In):
    """Why it is withdrawn, or can still go out."""

    reason: Paragraphs = Field(description="Kept with the text. Give no figure.", examples=["The date moved alone."])


class ReadingIn(In):
    """Which words are wanted."""

    version: int | None = Field(None, ge=1, le=1_000_000, description="Left out: the newest.", examples=[1])


class TextVersionOut(Out):
    """One version of a text."""

    version: int = Field(examples=[1])
    written_at: MomentOut
    written_by: str = Field(examples=[_PERSON])


class PreparedTextOut(Out):
    """How a text stands; none of its words."""

    prepared_text_id: str = Field(examples=[_TEXT])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    rehearsal: bool
    kind: TextKind
    channel: str = Field(examples=["The office's account"])
    owner_id: str = Field(examples=[_PERSON])
    state: TextState = Field(
        description="`held`: the head of profession decides. `barred`: the release is cancelled, and it can never be "
        "released. `ready`: publication is confirmed, and its owner can take it."
    )
    holds: list[Hold] = Field(description="What holds it.")
    reasons: list[ReasonOut] = Field(description="Why its owner is not given it now.")
    version: int = Field(examples=[1])
    versions: list[TextVersionOut]
    prepared_at: MomentOut
    ready_from_at: MomentOut | None = None
    decided_at: MomentOut | None = Field(None, description="When the head of profession last let it stand.")
    decided_by: str | None = Field(None, examples=[_PERSON])
    decided_reason: str = Field(examples=[""])
    withdrawn_at: MomentOut | None = None
    withdrawn_by: str | None = Field(None, examples=[None])
    withdrawn_reason: str = Field(examples=[""])
    released_at: MomentOut | None = Field(None, description="When its owner was told that it is ready.")
    taken_at: MomentOut | None = None
    taken_by: str | None = Field(None, examples=[None])
    revision: int = Field(examples=[1])


class PreparedTextsOut(Out):
    """The texts of a release, the first written first."""

    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    results: list[PreparedTextOut]
    next: str | None = Field(None, description="Always null: there are few.")


class WordsOut(Out):
    """The words of one version of a text."""

    prepared_text_id: str = Field(examples=[_TEXT])
    version: int = Field(examples=[1])
    kind: TextKind
    channel: str = Field(examples=["The office's account"])
    words: str = Field(examples=[_WORDS])


@router.get(
    "/releases/{release_id}/prepared-texts",
    operation_id="list_prepared_texts",
    summary="See which texts are prepared for the day",
    responses=_answers(),
)
def list_prepared_texts(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> PreparedTextsOut:
    """For those who prepare them, and auditors; whoever only owns one sees it once it is ready. No word is in it."""
    found = prepared_texts.list_texts(tools, actor, release_id)
    return PreparedTextsOut(release_id=release_id, results=[text_out(one) for one in found.views])


@router.post(
    "/releases/{release_id}/prepared-texts",
    operation_id="write_prepared_text",
    summary="Write a text for the day of a release",
    status_code=201,
    response_model=PreparedTextOut,
    responses=_answers(409),
)
def write_prepared_text(
    request: Request,
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    body: TextIn,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Seal it until publication is confirmed. By a named person who produces or publishes the statistics.

    It is refused when it is set to go before the time of publication. Nothing is ever posted by the service.
    """

    def act(once: Tools) -> PreparedTextOut:
        return text_out(prepared_texts.write_text(once, actor, release_id, body.kind, draft_of(body)))

    # What makes a repeat the same request is kept as a hash; of a few words one without a key could be guessed.
    unlike = body.model_copy(update={"words": tools.keys.keyed_hash("prepared_text", body.words)})
    return create_once(request, tools, actor, key, unlike, act, revision_of=lambda made: int(made.revision))


@router.get(
    "/releases/{release_id}/prepared-texts/{prepared_text_id}",
    operation_id="get_prepared_text",
    summary="See how a text stands",
    responses=_answers(),
)
def get_prepared_text(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, prepared_text_id: PreparedTextId, response: Response
) -> PreparedTextOut:
    """Its kind, owner, versions, and what holds it; no word of it."""
    return _tagged(response, prepared_texts.read_text(tools, actor, release_id, prepared_text_id))


@router.put(
    "/releases/{release_id}/prepared-texts/{prepared_text_id}",
    operation_id="change_prepared_text",
    summary="Write a text anew",
    responses=_answers(409, 412, 428),
)
def change_prepared_text(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    revision: RevisionHere,
    body: TextChangeIn,
    response: Response,
) -> PreparedTextOut:
    """As its next version; the earlier ones stay, sealed. What holds it goes on to hold it."""
    changed = prepared_texts.change_text(tools, actor, release_id, prepared_text_id, draft_of(body), revision=revision)
    return _tagged(response, changed)


@router.post(
    "/releases/{release_id}/prepared-texts/{prepared_text_id}/withdrawal",
    operation_id="withdraw_prepared_text",
    summary="Withdraw a text",
    responses=_answers(409, 412, 428),
)
def withdraw_prepared_text(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    revision: RevisionHere,
    body: TextReasonIn,
    response: Response,
) -> PreparedTextOut:
    """Nobody is given it any more. By whoever may prepare one, with a reason."""
    withdrawn = prepared_texts.withdraw_text(
        tools, actor, release_id, prepared_text_id, reason=body.reason, revision=revision
    )
    return _tagged(response, withdrawn)


@router.post(
    "/releases/{release_id}/prepared-texts/{prepared_text_id}/decision",
    operation_id="keep_prepared_text",
    summary="Let a held text stand",
    responses=_answers(409, 412, 428),
)
def keep_prepared_text(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    revision: RevisionHere,
    body: TextReasonIn,
    response: Response,
) -> PreparedTextOut:
    """By the head of profession, when the release was moved or came late. It goes out once publication is confirmed."""
    kept = prepared_texts.keep_text(tools, actor, release_id, prepared_text_id, reason=body.reason, revision=revision)
    return _tagged(response, kept)


@router.post(
    "/releases/{release_id}/prepared-texts/{prepared_text_id}/reading",
    operation_id="read_prepared_text",
    summary="See the words of a text",
    responses=_answers(),
)
def read_prepared_text(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    body: ReadingIn,
    response: Response,
) -> WordsOut:
    """For those who prepare them, each time on record. A POST, so that no link that is followed shows anything."""
    response.headers["Cache-Control"] = "no-store"
    return _words(text_readings.read_words(tools, actor, release_id, prepared_text_id, version=body.version))


@router.post(
    "/releases/{release_id}/prepared-texts/{prepared_text_id}/taking",
    operation_id="take_prepared_text",
    summary="Take a text to send it",
    responses=_answers(409),
)
def take_prepared_text(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, prepared_text_id: PreparedTextId, response: Response
) -> WordsOut:
    """Once, when publication is confirmed: by its owner, or by whoever answers for the release in the owner's stead."""
    response.headers["Cache-Control"] = "no-store"
    return _words(text_readings.take_text(tools, actor, release_id, prepared_text_id))


def draft_of(body: TextChangeIn) -> TextDraft:
    """Give what somebody writes, as the action takes it."""
    return TextDraft(body.words, body.channel, body.owner_id, body.ready_from_at)


def text_out(view: TextView) -> PreparedTextOut:
    """Give how a text stands, as the API tells it."""
    row, text = view.row, view.row.text
    return PreparedTextOut(
        prepared_text_id=text.text_id,
        release_id=text.release_id,
        rehearsal=view.release.release.rehearsal,
        kind=text.kind,
        channel=text.channel,
        owner_id=text.owner_id,
        state=view.standing.state,
        holds=list(view.standing.holds),
        reasons=[ReasonOut.model_validate(reason.as_record()) for reason in view.standing.reasons],
        version=text.version,
        versions=[
            TextVersionOut(version=one.version, written_at=one.written_at, written_by=one.written_by)
            for one in view.versions
        ],
        prepared_at=text.prepared_at,
        ready_from_at=text.ready_from_at,
        decided_at=text.decided_at,
        decided_by=row.decided_by,
        decided_reason=row.decided_reason,
        withdrawn_at=text.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_reason=row.withdrawn_reason,
        released_at=text.released_at,
        taken_at=text.taken_at,
        taken_by=text.taken_by,
        revision=text.revision,
    )


def _tagged(response: Response, view: TextView) -> PreparedTextOut:
    etag(response, view.row.text.revision)
    return text_out(view)


def _words(shown: TextShown) -> WordsOut:
    text = shown.view.row.text
    return WordsOut(
        prepared_text_id=text.text_id,
        version=shown.version,
        kind=text.kind,
        channel=text.channel,
        words=shown.words,
    )
