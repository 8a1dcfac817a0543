"""A version of a list as a sheet to keep, to mend and to import again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.actions import exporting
from app.actions.exporting import SheetKind
from app.api.asking import ActorHere, ToolsHere
from app.api.lists import ListId
from app.api.schemas import PROBLEM_RESPONSES
from app.api.sheets import MEDIA_TYPES, SHEETS

router = APIRouter(prefix="/api/v1", tags=["lists"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The sheet; CSV is UTF-8 with its mark", "content": SHEETS},
    **{status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 422, 500, 503)},
}


@router.get(
    "/lists/{list_id}/export",
    operation_id="export_list",
    summary="Take one version of a list away as a sheet",
    response_class=Response,
    responses=_ANSWERS,
)
def export_list(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    kind: Annotated[SheetKind, Query(alias="format", description="csv, xlsx or ods")] = "csv",
) -> Response:
    """With its holders, for those who prepare it and for auditors. It imports again; that it was taken is logged."""
    sheet = exporting.export_list(tools, actor, list_id, kind)
    headers = {"Content-Disposition": f'attachment; filename="{sheet.file_name}"'}
    media_type = MEDIA_TYPES[sheet.kind] + ("; charset=utf-8" if sheet.kind == "csv" else "")
    return Response(sheet.content, media_type=media_type, headers=headers)
