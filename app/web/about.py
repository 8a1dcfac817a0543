"""Pages that anybody may read: the start, the accessibility statement, the cookies."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.web.asking import VisitorHere
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/")
def landing(request: Request, _visitor: VisitorHere) -> Response:
    """Say what this is and where to begin."""
    return page(request, "landing.html")


@router.get("/accessibility")
def accessibility(request: Request, _visitor: VisitorHere) -> Response:
    """Say how accessible the pages are, and what to do where they are not."""
    return page(request, "accessibility.html")


@router.get("/cookies")
def cookies_page(request: Request, _visitor: VisitorHere) -> Response:
    """Say which cookies there are and what for."""
    return page(request, "cookies.html")
