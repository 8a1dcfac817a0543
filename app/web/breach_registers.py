"""A producer's register of breaches on a page, with its downloads, and the figures of a year."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.actions import breach_registers
from app.api.sheets import MEDIA_TYPES
from app.rules.breachregister import HEADINGS
from app.rules.errors import NotFound
from app.web.asking import PersonHere, ToolsHere
from app.web.incidents import demand_reader
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ProducerId = Annotated[str, Path(pattern=r"^prd_[0-9a-f]{24}$")]
Chosen = Annotated[str, Query(max_length=20)]
ON_A_PAGE = 50
After = Annotated[int, Query(ge=0, le=2**31 - 1)]
_SORTS = {"near_miss": True, "breach": False}


@router.get("/producer/breaches/{producer_id}")
def register_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    year: Chosen = "",
    sort: Chosen = "",
    after: After = 0,
) -> Response:
    """Show the register, narrowed as somebody chose, from the incident after one on; that it was taken is on record."""
    demand_reader(person)
    chosen = _year(year)
    # The figures first: that the register was taken is put on record, and after that the log is looked through again.
    figures = breach_registers.read_return(tools, person, producer_id, year=chosen)[1] if chosen else None
    found = breach_registers.read_register(
        tools, person, producer_id, year=chosen, near_miss=_SORTS.get(sort), fmt="html"
    )
    further = [(one, cells) for one, cells in zip(found.incidents, found.rows, strict=True) if one.number > after]
    shown = further[:ON_A_PAGE]
    return page(
        request,
        "breaches.html",
        producer_id=producer_id,
        name=found.producer_name,
        found=shown,
        next=shown[-1][0].number if len(further) > len(shown) else None,
        figures=figures,
        year=chosen or "",
        sort=sort if sort in _SORTS else "",
        faults={"year": "Enter a year, like 2026, or leave it empty"} if year and not chosen else {},
        typed=year,
    )


@router.get("/producer/breaches/{producer_id}/{name}")
def register_file(
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    name: Annotated[str, Path(max_length=20)],
    year: Chosen = "",
    sort: Chosen = "",
) -> Response:
    """Give the register as a sheet: ``breaches.csv``, ``breaches.xlsx`` or ``breaches.ods``."""
    demand_reader(person)
    kind = name.removeprefix("breaches.")
    if kind not in MEDIA_TYPES or not name.startswith("breaches."):
        raise NotFound("")
    found = breach_registers.read_register(
        tools, person, producer_id, year=_year(year), near_miss=_SORTS.get(sort), fmt=kind
    )
    content = tools.write_sheet([HEADINGS, *found.rows], kind=kind, title="Breaches")
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, MEDIA_TYPES[kind] + ("; charset=utf-8" if kind == "csv" else ""))


def _year(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    return number if 2000 <= number <= 2100 else None
