"""A person's own view: what they are listed for, the receipts of what they opened, and their history in words."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from app.actions import auditing, own_view
from app.actions.own_view import OpeningReceipts, OwnRelease
from app.api.asking import ActorHere, ToolsHere
from app.api.audit import ReceiptOut
from app.api.log_filters import After, Limit, cursor_of, place_in_log
from app.api.places import AfterHere, LimitHere, place_of, read_place
from app.api.schemas import PROBLEM_RESPONSES, Moment, MomentOut, Out
from app.audit.reading import entry_record
from app.rules.facts import london_text
from app.rules.own_view import Task, in_words
from app.rules.rehearsals import heading_of
from app.rules.reportparts import receipt_address

router = APIRouter(prefix="/api/v1", tags=["your own view"])

_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_DOCUMENT = "doc_77aa88bb99cc00dd11ee22ff"
_OPENING = "opn_1234567890abcdef12345678"
_ENTRY = "ent_0f1e2d3c4b5a69788796a5b4"
_TUESDAY, _MONDAY = "Tuesday 10 March 2026, 9:30am (UK time)", "Monday 9 March 2026, 9:30am (UK time)"


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class ToDoOut(Out):
    """One thing that you have still to do yourself."""

    task: Task
    words: str = Field(examples=["You have not signed the declaration for this release. Read and sign it."])


class WaitsForOut(Out):
    """Something else that stands against your reading now, as a refusal would tell it."""

    code: str = Field(examples=["window_not_open"])
    detail: str = Field(examples=["The window has not opened yet."])
    remedy: str = Field(examples=["Wait until it opens."])
    until: MomentOut | None


class OpenableOut(Out):
    """A document that you may open now, with a POST to ``open``."""

    document_id: str = Field(examples=[_DOCUMENT])
    file_name: str = Field(examples=["labour-market-2016-07.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    open: str = Field(examples=[f"/api/v1/documents/{_DOCUMENT}/openings"])


class OwnReleaseOut(Out):
    """A release that you are on the list for."""

    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=["Claimant count"])
    producer: str = Field(examples=["Office for Example Statistics"])
    contact: str = Field(examples=["Release desk, 01632 960000"])
    posts: list[str] = Field(description="By which you are listed.", examples=[["Private Secretary, Example Treasury"]])
    phase: str = Field(
        description="planned, announced, final, open, overdue, published, postponed or cancelled", examples=["open"]
    )
    publishes_at: Moment = Field(description="The time set; for a postponed release, the time it had.")
    publishes_at_london: str = Field(examples=[_TUESDAY])
    opens_at: MomentOut | None = Field(description="When your own window opens; null when there is none.")
    opens_at_london: str | None = Field(examples=[_MONDAY])
    published_at: Moment | None
    rehearsal: bool
    heading: str = Field(description="Heads whatever is told of a rehearsal; empty for a real release.", examples=[""])
    to_do: list[ToDoOut]
    waits_for: list[WaitsForOut] = Field(description="Empty when something can be opened now.")
    open_now: list[OpenableOut]


class OwnReleasePageOut(Out):
    """What you are on the list for, by the time set. A page can be shorter than asked for, or empty."""

    results: list[OwnReleaseOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class OwnReceiptOut(Out):
    """One entry about your opening, and the proof that the log holds it."""

    entry_id: str = Field(examples=[_ENTRY])
    kind: str = Field(examples=["access_decided"])
    outcome: str = Field(examples=["permitted"])
    at: Moment
    uk_time: str = Field(examples=[_MONDAY])
    words: str = Field(examples=["Access was asked for"])
    receipt: ReceiptOut | None = Field(description="Null until a checkpoint covers it; that takes a second or two.")


class OpeningReceiptsOut(Out):
    """One of your openings, with everything the log holds about it, oldest first."""

    opening_id: str = Field(examples=[_OPENING])
    number: str = Field(examples=["K7F3-9QXM"])
    release_id: str = Field(examples=[_RELEASE])
    document_id: str = Field(examples=[_DOCUMENT])
    opened_at: Moment
    receipts: list[OwnReceiptOut]


class ReceiptPageOut(Out):
    """Your openings, newest first."""

    results: list[OpeningReceiptsOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class HistoryLineOut(Out):
    """One thing that the log holds about you, in words."""

    entry_id: str = Field(examples=[_ENTRY])
    at: str = Field(examples=["2026-03-09T09:30:00.000Z"])
    kind: str = Field(examples=["access_decided"])
    outcome: str = Field(examples=["permitted"])
    words: str = Field(examples=["Access was asked for"])
    release_id: str | None = Field(examples=[_RELEASE])
    document_id: str | None = Field(examples=[_DOCUMENT])
    receipt: str = Field(description="Where its proof can be had.", examples=[receipt_address(_ENTRY)])


class OwnHistoryOut(Out):
    """Your history, oldest first. A page can be shorter than asked for."""

    results: list[HistoryLineOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


@router.get("/me/releases", operation_id="my_releases", summary="What you are on the list for", responses=_answers())
def my_releases(
    tools: ToolsHere,
    actor: ActorHere,
    due_from: Annotated[Moment | None, Query(description="First instant of the time set for publication.")] = None,
    after: AfterHere = None,
    limit: LimitHere = 50,
) -> OwnReleasePageOut:
    """When each opens in UK time, what you have still to do, and what you may open now. Never an access."""
    found = own_view.my_releases(tools, actor, due_from=due_from, after=read_place(after), limit=limit)
    return OwnReleasePageOut(
        results=[_release(one) for one in found.shown], next=place_of(*found.next_after) if found.next_after else None
    )


@router.get(
    "/me/receipts", operation_id="my_receipts", summary="Receipts of what you opened, with proofs", responses=_answers()
)
def my_receipts(
    tools: ToolsHere,
    actor: ActorHere,
    after: AfterHere = None,
    limit: Annotated[int, Query(ge=1, le=20, description="How many openings at most.")] = 20,
) -> ReceiptPageOut:
    """Each receipt verifies without this service: `pra audit verify-receipt`, or any C2SP implementation."""
    found = own_view.my_receipts(tools, actor, after=read_place(after), limit=limit)
    last = found[-1].opening if len(found) == limit else None
    return ReceiptPageOut(
        results=[_receipts(one) for one in found],
        next=place_of(last.opened_at, last.opening_id) if last else None,
    )


@router.get("/me/history", operation_id="my_history", summary="Your history in words", responses=_answers())
def my_history(tools: ToolsHere, actor: ActorHere, after: After = None, limit: Limit = 50) -> OwnHistoryOut:
    """Everything that the log holds about you and that you may see; `me/entries` gives the same as it stands there."""
    found = auditing.my_entries(tools, actor, after=place_in_log(after), limit=limit)
    return OwnHistoryOut(
        results=[_line(entry_record(one)) for one in found.entries],
        next=cursor_of(found.next_after) if found.next_after else None,
    )


def _release(one: OwnRelease) -> OwnReleaseOut:
    release = one.row.release
    return OwnReleaseOut(
        release_id=release.release_id,
        title=release.title,
        producer=release.producer.name,
        contact=one.row.contact,
        posts=list(one.posts),
        phase=one.phase.value,
        publishes_at=release.publishes_at,
        publishes_at_london=london_text(release.publishes_at),
        opens_at=one.opens_at,
        opens_at_london=london_text(one.opens_at) if one.opens_at else None,
        published_at=release.published_at,
        rehearsal=release.rehearsal,
        heading=heading_of(release),
        to_do=[ToDoOut(task=each.task, words=each.words) for each in one.to_do],
        waits_for=[
            WaitsForOut(code=each.code.value, detail=each.detail, remedy=each.remedy, until=each.until)
            for each in one.waits_for
        ],
        open_now=[
            OpenableOut(
                document_id=each.card.document_id,
                file_name=each.card.file_name,
                media_type=each.card.media_type,
                open=f"/api/v1/documents/{each.card.document_id}/openings",
            )
            for each in one.openable
        ],
    )


def _receipts(one: OpeningReceipts) -> OpeningReceiptsOut:
    return OpeningReceiptsOut(
        opening_id=one.opening.opening_id,
        number=one.opening.number,
        release_id=one.opening.release_id,
        document_id=one.opening.document_id,
        opened_at=one.opening.opened_at,
        receipts=[
            OwnReceiptOut(
                entry_id=each.entry_id,
                kind=each.kind,
                outcome=each.outcome,
                at=each.at,
                uk_time=london_text(each.at),
                words=in_words(each.kind),
                receipt=ReceiptOut(**each.receipt) if each.receipt else None,
            )
            for each in one.receipts
        ],
    )


def _line(record: dict[str, Any]) -> HistoryLineOut:
    leaf = record["leaf"]
    return HistoryLineOut(
        entry_id=record["entry_id"],
        at=leaf["at"],
        kind=leaf["kind"],
        outcome=leaf["outcome"],
        words=in_words(leaf["kind"]),
        release_id=leaf.get("release_id"),
        document_id=leaf.get("document_id"),
        receipt=receipt_address(record["entry_id"]),
    )
