"""What is coming out, for everybody: the releases that are announced, and where to follow them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import public_news
from app.web.asking import ToolsHere
from app.web.public_routes import PublicPageRoute
from app.web.shell import public_page

public = APIRouter(include_in_schema=False, route_class=PublicPageRoute)


@public.get("/calendar")
def calendar_page(request: Request, tools: ToolsHere) -> Response:
    """List what is announced and still to come. Everybody is sent the same page in a language."""
    found = public_news.read_coming(tools)
    producers = sorted({(one.producer.name, one.producer.producer_id) for one in found})
    return public_page(request, "calendar.html", found=found, producers=producers, limit=public_news.COMING_LIMIT)
