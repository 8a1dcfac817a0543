"""How far letters came, for the producer's people; and what GOV.UK Notify tells of them by itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ConfigDict, Field, StringConstraints

from app.actions import deliveries, receipts
from app.actions.deliveries import Example, LetterRow, LetterText
from app.api.asking import BEARER, ActorHere, ToolsHere, bearer_of
from app.api.organisations import ProducerId
from app.api.people import PersonId
from app.api.places import AfterHere, LimitHere, ReleaseId, place_of, read_place
from app.api.schemas import PROBLEM_RESPONSES, TEXT_PATTERN, In, MomentOut, Out
from app.rules.deliveries import STATE_WORDS, DeliveryState, Doubt, state_of
from app.rules.lettertexts import title_of
from app.rules.mailanswers import Became

router = APIRouter(prefix="/api/v1", tags=["letters"])

_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_STATUSES = {
    "delivered": Became.DELIVERED,
    "permanent-failure": Became.BOUNCED,
    "temporary-failure": Became.DELAYED,
    "technical-failure": Became.FAILED,
}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 422, 500, 503, *statuses})}


class LetterOut(Out):
    """One letter and how far it came. Its words are not told."""

    notice_id: str = Field(examples=["not_0a1b2c3d4e5f60718293a4b5"])
    kind: str = Field(examples=["release_moved"])
    about: str = Field(
        description="What it is, in plain words.",
        examples=["a release has a new time, is postponed, cancelled or published"],
    )
    release_id: str | None = Field(examples=[_RELEASE])
    person_id: str | None = Field(
        description="Null where it is for an address that is no person’s.", examples=[_PERSON]
    )
    name: str = Field(examples=["Ana Example"])
    state: DeliveryState
    said: str = Field(description="The state in plain words.", examples=["Handed over to the mail system"])
    queued_at: MomentOut
    sent_at: MomentOut | None = Field(description="When the mail system took it.")
    delivered_at: MomentOut | None = Field(description="When the reader’s own mail system was said to have it.")
    came_back_at: MomentOut | None
    doubt: Doubt = Field(description="Whether it may have gone twice; empty where it did not.", examples=[""])
    text_version: int | None = Field(
        description="Which version of its text it has; null for one from before texts were numbered.", examples=[1]
    )


class LettersOut(Out):
    """Letters, the newest first."""

    results: list[LetterOut]
    next: str | None = Field(description="Send it as `after` for the next page; null on the last.", examples=[None])


class ComeBackOut(Out):
    """Somebody on the list to whom letters come back."""

    person_id: str = Field(examples=[_PERSON])
    name: str = Field(examples=["Ana Example"])
    since: MomentOut


class ReleaseLettersOut(LettersOut):
    """The letters about a release, the newest first, and to whom of its newest list letters come back."""

    come_back: list[ComeBackOut]


class ExampleOut(Out):
    """A letter as it goes out, written from made-up facts."""

    case: str = Field(
        description="When it is written like this; empty where there is one case alone.", examples=["it is postponed"]
    )
    subject: str = Field(examples=["Example index, February 2026: postponed"])
    body: str = Field(
        description="Plain text. Where a code comes in as the letter goes, `{secret}` stands.",
        examples=["“Example index, February 2026” has been postponed. No new time is set yet; you will be told."],
    )


class LetterTextOut(Out):
    """One text that goes out by letter."""

    kind: str = Field(examples=["release_moved"])
    about: str = Field(
        description="What it is, in plain words.",
        examples=["a release has a new time, is postponed, cancelled or published"],
    )
    reader: str = Field(description="Who gets it.", examples=["people on the list"])
    version: int = Field(
        ge=1, description="Raised whenever its words change; it stands with every letter.", examples=[1]
    )
    examples: list[ExampleOut]


class LetterTextsOut(Out):
    """Every text, by kind."""

    results: list[LetterTextOut]
    next: Literal[None] = Field(None, description="All of them stand on one page.")


class ReceiptIn(In):
    """What GOV.UK Notify sends about one letter. Further members are taken and not looked at."""

    model_config = ConfigDict(strict=True, extra="ignore")

    reference: Annotated[str, StringConstraints(max_length=200, pattern=TEXT_PATTERN)] | None = Field(
        None, description="What we handed it over by.", examples=["not_0a1b2c3d4e5f60718293a4b5"]
    )
    status: Annotated[str, StringConstraints(max_length=60, pattern=TEXT_PATTERN)] = Field(
        description="`delivered`, `permanent-failure`, `temporary-failure` or `technical-failure`.",
        examples=["delivered"],
    )


def from_notify(request: Request, tools: ToolsHere, _declared: Annotated[Any, Depends(BEARER)] = None) -> None:
    """Stop unless the token that was agreed with the mail service is presented, whatever else is sent.

    Raises:
        NotSignedIn: It is not, or none was agreed.
    """
    receipts.demand_agreed(tools, bearer_of(request))


@router.get(
    "/releases/{release_id}/letters",
    operation_id="list_letters_of_release",
    summary="See how far each letter about a release came",
    responses=_answers(403, 404),
)
def list_letters_of_release(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, limit: LimitHere = 50, after: AfterHere = None
) -> ReleaseLettersOut:
    """For those who work for its producer, and for auditors. Letters about incidents and codes are not among them."""
    found = deliveries.letters_of_release(tools, actor, release_id, before=read_place(after), limit=limit + 1)
    shown, more = _cut(found.letters, limit)
    back = [ComeBackOut(person_id=one.person_id, name=one.name, since=since) for one, since in found.troubles]
    return ReleaseLettersOut(results=shown, next=more, come_back=back)


@router.get(
    "/producers/{producer_id}/letters",
    operation_id="list_letters_of_producer",
    summary="See how far letters about a producer’s releases came",
    responses=_answers(403, 404),
)
def list_letters_of_producer(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    person_id: Annotated[PersonId | None, Query(description="Only those to this person.")] = None,
    undelivered: Annotated[bool, Query(description="Only those that came back or could not be sent.")] = False,
    limit: LimitHere = 50,
    after: AfterHere = None,
) -> LettersOut:
    """For those who work for the producer, and for auditors; of one person, or of everybody."""
    found = deliveries.letters_of_producer(
        tools,
        actor,
        producer_id,
        person_id=person_id,
        undelivered=undelivered,
        before=read_place(after),
        limit=limit + 1,
    )
    shown, more = _cut(found, limit)
    return LettersOut(results=shown, next=more)


@router.get(
    "/letter-texts",
    operation_id="list_letter_texts",
    summary="Read the words of every letter this service writes",
    responses=_answers(404),
)
def list_letter_texts(actor: ActorHere) -> LetterTextsOut:
    """Each written from made-up facts, with the number of its version. For everybody who has a role."""
    return LetterTextsOut(results=[_text(*one) for one in deliveries.list_texts(actor)])


@router.post(
    "/mail/receipts",
    operation_id="take_receipt",
    summary="Take what GOV.UK Notify tells of a letter",
    status_code=204,
    dependencies=[Depends(from_notify)],
    responses=_answers(),
)
def take_receipt(tools: ToolsHere, body: ReceiptIn) -> None:
    """For GOV.UK Notify alone, by the bearer token agreed with it. Whatever letter it names, the answer is the same."""
    became = _STATUSES.get(body.status)
    if became is not None:
        receipts.take_receipt(tools, reference=body.reference, became=became, code=f"notify {body.status}")


def _cut(found: tuple[LetterRow, ...], limit: int) -> tuple[list[LetterOut], str | None]:
    last = found[limit - 1] if len(found) > limit else None
    return [_out(one) for one in found[:limit]], place_of(last.track.queued_at, last.notice_id) if last else None


def _text(kind: str, text: LetterText, examples: tuple[Example, ...]) -> LetterTextOut:
    written = [ExampleOut(case=one.case, subject=one.subject, body=one.body) for one in examples]
    return LetterTextOut(kind=kind, about=text.title, reader=text.reader, version=text.version, examples=written)


def _out(letter: LetterRow) -> LetterOut:
    state = state_of(letter.track)
    return LetterOut(
        notice_id=letter.notice_id,
        kind=letter.kind,
        about=title_of(letter.kind),
        release_id=letter.release_id,
        person_id=letter.person_id,
        name=letter.name,
        state=state,
        said=STATE_WORDS[state],
        queued_at=letter.track.queued_at,
        sent_at=letter.track.sent_at,
        delivered_at=letter.track.delivered_at,
        came_back_at=letter.track.bounced_at,
        doubt=letter.doubt,
        text_version=letter.text_version,
    )
