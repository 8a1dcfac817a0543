"""DOOR: HTML. For now the landing page and its style sheet; the pages proper come with their own issue."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)
_HERE = Path(__file__).parent


@router.get("/")
def landing() -> HTMLResponse:
    """Say what this is and where the API documentation lies."""
    return HTMLResponse((_HERE / "templates" / "landing.html").read_text("utf-8"))


@router.get("/static/plain.css")
def plain_style() -> Response:
    """Give the one style sheet."""
    style = (_HERE / "static" / "plain.css").read_text("utf-8")
    return Response(style, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


WEB_ROUTERS = (router,)
