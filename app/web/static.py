"""The few files that pages load: read once, named in addresses by what is in them, and kept by browsers."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from app.rules.errors import NotFound
from app.web.page_route import PageRoute

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {
    path.name: (path.read_bytes(), _KINDS[path.suffix])
    for path in sorted((Path(__file__).parent / "assets").iterdir())
    if path.suffix in _KINDS
}


def address_of(name: str) -> str:
    """Give the address of a file, which changes with what is in it."""
    return f"/static/{name}?{hashlib.sha256(_FILES[name][0]).hexdigest()[:8]}"


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """Give one of the files; nothing here is anybody's secret."""
    if name not in _FILES:
        raise NotFound("There is no such file.")
    content, kind = _FILES[name]
    return Response(content, media_type=kind, headers={"Cache-Control": "public, max-age=3600"})
