"""One version of a list as a sheet to keep, to mend and to import again; that it was taken is on record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from app.actions import exporting
from app.actions.exporting import SheetKind
from app.api.sheets import MEDIA_TYPES
from app.web.asking import PersonHere, ToolsHere
from app.web.page_route import PageRoute

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ListId = Annotated[str, Path(pattern=r"^lst_[0-9a-f]{24}$")]


@router.get("/lists/{list_id}/sheet/{kind}")
def sheet(tools: ToolsHere, person: PersonHere, list_id: ListId, kind: SheetKind) -> Response:
    """Give the version, holders and all, to those who prepare it and to auditors."""
    found = exporting.export_list(tools, person, list_id, kind)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{found.file_name}"'}
    media_type = MEDIA_TYPES[found.kind] + ("; charset=utf-8" if found.kind == "csv" else "")
    return Response(found.content, 200, headers, media_type)
