"""What everybody may know: the releases that are announced, and what producers publish of who had access before."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import public_access, public_news
from app.api.organisations import ProducerId
from app.rules.facts import Order
from app.web.asking import ToolsHere
from app.web.language import to_translate
from app.web.public_routes import PublicPageRoute
from app.web.shell import public_page

public = APIRouter(include_in_schema=False, route_class=PublicPageRoute)

_PLACES = {
    Order.UK: to_translate("the United Kingdom"),
    Order.SCOTLAND: to_translate("Scotland"),
    Order.WALES: to_translate("Wales"),
    Order.NORTHERN_IRELAND: to_translate("Northern Ireland"),
}


@public.get("/calendar")
def calendar_page(request: Request, tools: ToolsHere) -> Response:
    """List what is announced and still to come. Everybody is sent the same page in a language."""
    found = public_news.read_coming(tools)
    producers = sorted({(one.producer.name, one.producer.producer_id) for one in found})
    return public_page(request, "calendar.html", found=found, producers=producers, limit=public_news.COMING_LIMIT)


@public.get("/public-lists")
def publishing_page(request: Request, tools: ToolsHere) -> Response:
    """List the producers that have published who had access before publication."""
    return public_page(request, "public_lists.html", producers=public_access.list_publishing(tools))


@public.get("/public-lists/{producer_id}")
def access_page(
    request: Request,
    tools: ToolsHere,
    producer_id: ProducerId,
    year: Annotated[int | None, Query(ge=1900, le=9999)] = None,
) -> Response:
    """Show what one producer has published: its arrangements, its lists of statistics, its lists of posts of a year."""
    found = public_access.read_public_access(tools, producer_id, year)
    return public_page(request, "public_lists_of.html", found=found, places=_PLACES)
