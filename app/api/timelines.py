"""The timeline of a window: as JSON, as a picture, or as a page with the picture and the tables behind it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import ConfigDict, Field

from app.actions import timelines
from app.api import drawings
from app.api.asking import ActorHere, ToolsHere
from app.api.places import ReleaseId
from app.api.public_pages import TableShown, page
from app.api.schemas import PROBLEM_RESPONSES, MomentOut, Out
from app.rules import timelinelayout
from app.rules.timeaxis import short_text
from app.rules.timeline import Row, Timeline
from app.rules.timelinewords import described, heading, table_of

router = APIRouter(prefix="/api/v1", tags=["audit"])

HAPPENED_HEADS = ("Number", "When (UK time)", "What happened", "Entry")
_TEXT = {"schema": {"type": "string"}}


class SpanOut(Out):
    """From an instant up to another, which it excludes."""

    from_at: MomentOut
    until_at: MomentOut


class OpenedOut(Out):
    """One opening, and what became of the copy."""

    at: MomentOut
    number: str = Field(examples=["K7F3-9QXM"])
    became: str = Field(
        description="unfetched, running, part, completed, aborted, stopped or unknown.", examples=["completed"]
    )
    ended_at: MomentOut | None = Field(description="When the latest sending of the copy ended.")
    revealed_at: MomentOut | None = Field(description="When the passphrase was shown.")
    entry_id: str = Field(examples=["ent_0f1e2d3c4b5a69788796a5b4"])


class RefusedOut(Out):
    """One refusal."""

    at: MomentOut
    codes: list[str] = Field(examples=[["window_not_open"]])
    entry_id: str = Field(examples=["ent_1e2d3c4b5a69788796a5b4c3"])


class StatedOut(Out):
    """One statement about a recall."""

    at: MomentOut
    did: str = Field(examples=["opened_and_deleted"])
    entry_id: str = Field(examples=["ent_2d3c4b5a69788796a5b4c3d2"])


class RowOut(Out):
    """One person, as the posts they are listed by; or everybody who is on no list, together, as number 0."""

    number: int = Field(ge=0, examples=[1])
    post: str = Field(examples=["Private Secretary, Example Treasury"])
    name: str | None = Field(description="Only where names were asked for.", examples=[None])
    listed: bool = Field(description="On the list in force now.")
    window: list[SpanOut] = Field(description="When their window was open, by the Order and the list.")
    kept_out: list[SpanOut] = Field(description="When, within that, their grant was paused or they were suspended.")
    opened: list[OpenedOut]
    refused: list[RefusedOut]
    stated: list[StatedOut]


class HappenedOut(Out):
    """Something that happened to the release."""

    number: int = Field(ge=1, examples=[3])
    at: MomentOut
    kind: str = Field(examples=["release_moved"])
    text: str = Field(examples=["The release was declared published."])
    entry_id: str = Field(examples=["ent_3c4b5a69788796a5b4c3d2e1"])


class TimelineOut(Out):
    """The timeline of a release's window, as the log and the records tell it at this instant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "release_id": "rel_5f3a9c1e7b2d4a6088c9d1e2",
                    "title": "Labour market, March 2026",
                    "producer": "Office for Example Statistics",
                    "rehearsal": False,
                    "state": "published",
                    "at": "2026-03-10T11:00:00+00:00",
                    "publishes_at": "2026-03-10T09:30:00+00:00",
                    "published_at": "2026-03-10T09:30:04+00:00",
                    "opened_at": "2026-03-09T09:30:00+00:00",
                    "described": "The first window opened on Monday 9 March 2026, 9:30am (UK time). …",
                    "rows": [],
                    "happened": [],
                }
            ]
        }
    )

    release_id: str
    title: str
    producer: str
    rehearsal: bool
    state: str
    at: MomentOut = Field(description="As of when.")
    publishes_at: MomentOut
    published_at: MomentOut | None
    opened_at: MomentOut | None = Field(description="When the first window opened.")
    described: str = Field(description="What the picture shows, in whole sentences.")
    rows: list[RowOut]
    happened: list[HappenedOut]


@router.get(
    "/audit/releases/{release_id}/timeline",
    operation_id="get_timeline",
    summary="The timeline of a window: who opened when, and what happened meanwhile",
    response_class=Response,
    responses={
        200: {
            "model": TimelineOut,
            "description": "The timeline, as JSON, as an SVG picture, or as a page",
            "content": {drawings.SVG: _TEXT, "text/html": _TEXT},
        },
        **{status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 422, 500, 503)},
    },
)
def get_timeline(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    names: Annotated[bool, Query(description="Put names beside posts. That you chose to is logged.")] = False,
    fmt: Annotated[Literal["json", "svg", "html"], Query(alias="format")] = "json",
) -> Response:
    """For auditors, and for those who prepare the release. Posts rather than names; that it was read is logged."""
    told = timelines.read_timeline(tools, actor, release_id, fmt=fmt, with_names=names)
    headers = {"Cache-Control": "no-store"}
    if fmt == "json":
        return JSONResponse(_out(told).model_dump(mode="json"), 200, headers)
    if fmt == "svg":
        headers["Content-Disposition"] = f'inline; filename="timeline-{release_id}.svg"'
        return Response(picture(told), 200, headers, drawings.SVG)
    return Response(_page(told), 200, headers, "text/html; charset=utf-8")


def picture(told: Timeline) -> bytes:
    """Write the whole of a timeline as one SVG file."""
    return drawings.alone(timelinelayout.whole(told))


def _page(told: Timeline) -> str:
    shown = [drawings.written(one, f"timeline-{place}") for place, one in enumerate(timelinelayout.pages(told), 1)]
    tables = [
        TableShown("Who did what", *table_of(told)),
        TableShown("What happened to the release", HAPPENED_HEADS, happened_cells(told)),
    ]
    return page(heading(told), [described(told)], tables, pictures=shown)


def happened_cells(told: Timeline) -> list[list[str]]:
    """Give the rows of the table of what happened to the release."""
    return [[str(one.number), short_text(one.at), one.text, one.entry_id] for one in told.happened]


def _out(told: Timeline) -> TimelineOut:
    release = told.release
    return TimelineOut(
        release_id=release.release_id,
        title=release.title,
        producer=release.producer.name,
        rehearsal=release.rehearsal,
        state=release.state.value,
        at=told.at,
        publishes_at=release.publishes_at,
        published_at=release.published_at,
        opened_at=told.opens_at,
        described=described(told),
        rows=[_row(row) for row in told.every_row],
        happened=[HappenedOut(**_members(one)) for one in told.happened],
    )


def _row(row: Row) -> RowOut:
    return RowOut(
        number=row.number,
        post=row.post,
        name=row.name or None,
        listed=row.listed,
        window=[SpanOut(**_members(one)) for one in row.spans],
        kept_out=[SpanOut(**_members(one)) for one in row.shut],
        opened=[OpenedOut(**_members(one)) for one in row.opened],
        refused=[RefusedOut(at=one.at, codes=list(one.codes), entry_id=one.entry_id) for one in row.refused],
        stated=[StatedOut(**_members(one)) for one in row.stated],
    )


def _members(fact: Any) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__slots__}
