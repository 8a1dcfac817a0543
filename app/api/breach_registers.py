"""A producer's register of breaches, as JSON, a sheet or a page; and the figures of one year."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import ConfigDict, Field

from app.actions import breach_registers
from app.api.asking import ActorHere, ToolsHere
from app.api.duties import ProducerId
from app.api.public_pages import TableShown, page
from app.api.schemas import PROBLEM_RESPONSES, MomentOut, Out
from app.api.sheets import MEDIA_TYPES, SHEETS
from app.rules.breachregister import HEADINGS, RegisteredIncident
from app.rules.causes import Cause
from app.rules.incidents import IncidentKind, IncidentState
from app.rules.links import LinkGround

router = APIRouter(prefix="/api/v1", tags=["incidents"])

Year = Annotated[int, Field(ge=2000, le=2100)]


def _answers() -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 422, 500, 503)}


class LinkedOut(Out):
    """An earlier incident that belongs with this one."""

    incident_id: str = Field(examples=["inc_4e0c1d2e3a4b59687786f5e3"])
    number: int = Field(examples=[7])
    occurred_at: MomentOut
    grounds: list[LinkGround] = Field(examples=[["series", "cause", "producer"]])


class RegisteredOut(Out):
    """One incident of the register."""

    incident_id: str = Field(examples=["inc_5f0c1d2e3a4b59687786f5e4"])
    number: int = Field(examples=[12])
    release_id: str | None = Field(examples=["rel_0f1e2d3c4b5a69788796a5b4"])
    statistics: str = Field(examples=["Labour market, March 2026"])
    series: str = Field(examples=["Labour market"])
    kind: IncidentKind
    near_miss: bool
    state: IncidentState
    occurred_at: MomentOut
    opened_at: MomentOut = Field(description="When it came to notice.")
    practices: list[str] = Field(examples=[["T3.4", "SI 2008/2998 Sch. para 4"]])
    practices_confirmed: bool = Field(description="Whether a person confirmed or corrected them.")
    causes: list[Cause] = Field(examples=[["step_missed"]])
    minutes_to_notice: int = Field(examples=[7])
    minutes_to_contain: int | None = Field(
        description="To publication where it was late, to the first recall otherwise; null where no end is on record.",
        examples=[12],
    )
    head_told_at: MomentOut | None = Field(description="When the head of profession was told, as on record.")
    signed_at: MomentOut | None = Field(description="When its report was first signed off.")
    submitted_at: MomentOut | None
    submitted_to: str = Field(examples=["National Statistician"])
    linked: list[LinkedOut] = Field(
        description="Earlier incidents of the same series, team or cause, or linked by a person; newest first."
    )


class RegisterOut(Out):
    """The register, in the order of the incidents' numbers."""

    producer: str = Field(examples=["Office for Example Statistics"])
    results: list[RegisteredOut]


class ReturnOut(Out):
    """The figures of one calendar year. A breach that was closed as no breach is in none of them.

    Near misses are counted by themselves, also once they are closed as no breach: that is how most of them end.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "producer": "Office for Example Statistics",
                    "year": 2026,
                    "breaches": 2,
                    "near_misses": 5,
                    "by_kind": {"late_publication": 1, "onward_sharing": 1},
                    "by_practice": {"SI 2008/2998 Sch. para 6(1)": 1, "T3.3": 1, "T3.4": 1, "T3.6": 1},
                    "by_cause": {"step_missed": 1},
                    "by_state": {"reported": 2},
                    "on_time": 38,
                    "early": 0,
                    "late": 1,
                    "not_yet": 0,
                    "notice_minutes": 4.0,
                    "contain_minutes": 90.5,
                    "submitted": 2,
                }
            ]
        }
    )

    producer: str
    year: int
    breaches: int
    near_misses: int
    by_kind: dict[str, int]
    by_practice: dict[str, int]
    by_cause: dict[str, int]
    by_state: dict[str, int]
    on_time: int = Field(description="Releases public at the time set, or less than a minute after.")
    early: int
    late: int
    not_yet: int = Field(description="Releases whose time has passed and that are not public.")
    notice_minutes: float | None = Field(description="Median from occurrence to record.")
    contain_minutes: float | None = Field(description="Median from occurrence to its end, where one is on record.")
    submitted: int = Field(description="Breaches of which a report was submitted.")


class RegisterOfOut(Out):
    """A producer whose register you may take."""

    producer_id: str = Field(examples=["prd_9a8b7c6d5e4f30211203f4e5"])
    producer: str = Field(examples=["Office for Example Statistics"])


class RegistersOut(Out):
    """Every producer whose register you may take, by name."""

    results: list[RegisterOfOut]


@router.get(
    "/breach-registers",
    operation_id="list_breach_registers",
    summary="The producers whose registers of breaches you may take",
    responses={status: PROBLEM_RESPONSES[status] for status in (401, 422, 500, 503)},
)
def list_breach_registers(tools: ToolsHere, actor: ActorHere) -> RegistersOut:
    """Those for which you prepare releases, answer or audit; none for anybody else."""
    found = breach_registers.list_registers(tools, actor)
    return RegistersOut(results=[RegisterOfOut(producer_id=one, producer=name) for one, name in found])


@router.get(
    "/producers/{producer_id}/breaches",
    operation_id="get_breach_register",
    summary="The register of a producer's breaches",
    response_class=Response,
    responses={
        200: {
            "model": RegisterOut,
            "description": "The register, as JSON, CSV, XLSX, ODS or HTML",
            "content": {**SHEETS, "text/html": {"schema": {"type": "string"}}},
        },
        **_answers(),
    },
)
def get_breach_register(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    year: Annotated[Year | None, Query(description="In which it occurred, by London day; left out: all.")] = None,
    near_miss: Annotated[bool | None, Query(description="Near misses only, or all others only.")] = None,
    fmt: Annotated[Literal["json", "csv", "xlsx", "ods", "html"], Query(alias="format")] = "json",
) -> Response:
    """For those who prepare releases and for auditors. Nobody is named in it; that it was taken is logged."""
    found = breach_registers.read_register(tools, actor, producer_id, year=year, near_miss=near_miss, fmt=fmt)
    headers = {"Cache-Control": "no-store"}
    if fmt == "json":
        told = RegisterOut(producer=found.producer_name, results=list(map(_out, found.incidents)))
        return JSONResponse(told.model_dump(mode="json"), 200, headers)
    title = f"Register of breaches: {found.producer_name}"
    rows = found.rows
    if fmt == "html":
        words = [["" if cell is None else str(cell) for cell in row] for row in rows]
        shown = page(
            title, ["Practices that nobody has confirmed are proposals."], [TableShown(title, HEADINGS, words)]
        )
        return Response(shown, 200, headers, "text/html; charset=utf-8")
    content = tools.write_sheet([HEADINGS, *rows], kind=fmt, title="Breaches")
    headers["Content-Disposition"] = f'attachment; filename="breaches.{fmt}"'
    return Response(content, 200, headers, MEDIA_TYPES[fmt] + ("; charset=utf-8" if fmt == "csv" else ""))


@router.get(
    "/producers/{producer_id}/breach-return",
    operation_id="get_breach_return",
    summary="The figures of one year: breaches, and publication on time",
    responses=_answers(),
)
def get_breach_return(
    tools: ToolsHere,
    actor: ActorHere,
    producer_id: ProducerId,
    year: Annotated[Year, Query(description="The calendar year, by London day.", examples=[2026])],
) -> ReturnOut:
    """By kind, practice, cause and state, with the medians of the minutes to notice and to contain. Counts only."""
    name, figures = breach_registers.read_return(tools, actor, producer_id, year=year)
    return ReturnOut(producer=name, **{name: getattr(figures, name) for name in figures.__slots__})


def _out(one: RegisteredIncident) -> RegisteredOut:
    return RegisteredOut(
        incident_id=one.incident_id,
        number=one.number,
        release_id=one.release.release_id if one.release else None,
        statistics=one.release.title if one.release else "",
        series=one.series_title,
        kind=one.kind,
        near_miss=one.near_miss,
        state=IncidentState(one.state),
        occurred_at=one.occurred_at,
        opened_at=one.opened_at,
        practices=list(one.labels),
        practices_confirmed=one.practices is not None,
        causes=list(one.causes),
        minutes_to_notice=one.minutes_to_notice,
        minutes_to_contain=one.minutes_to_contain,
        head_told_at=one.head_told_at,
        signed_at=one.signed_at,
        submitted_at=one.submitted_at,
        submitted_to=one.submitted_to,
        linked=[
            LinkedOut(
                incident_id=link.earlier.incident_id,
                number=link.earlier.number,
                occurred_at=link.earlier.occurred_at,
                grounds=list(link.grounds),
            )
            for link in one.linked
        ],
    )
