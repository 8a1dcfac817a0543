"""What everybody may know of releases as an Atom feed: of one producer, and of all."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.actions import public_news
from app.actions.public_news import NewsPage
from app.actions.tools import Tools
from app.api.asking import ToolsHere
from app.api.atom import Feed, FeedEntry, write_feed
from app.api.organisations import ProducerId
from app.api.places import AfterHere, place_of, read_place
from app.api.public_answers import PUBLIC_RESPONSES, PublicRoute
from app.api.sheets import BODY
from app.rules.publicnews import TITLES, News, NewsKind, authority_of, news_tag, sentence

public = APIRouter(prefix="/api/v1", tags=["calendar"], route_class=PublicRoute)

MEDIA_TYPE = "application/atom+xml"
ALL = "/api/v1/public-news.atom"
_ATOM: dict[int | str, dict[str, Any]] = {200: {"description": "RFC 4287, UTF-8", "content": {MEDIA_TYPE: BODY}}}
LimitHere = Annotated[int, Query(ge=1, le=100, description="How many entries at most.")]


@public.get(
    "/public-news.atom",
    operation_id="get_public_news",
    summary="Follow what every producer announces, moves and publishes",
    response_class=Response,
    responses={**_ATOM, **PUBLIC_RESPONSES},
)
def get_public_news(tools: ToolsHere, limit: LimitHere = 50, after: AfterHere = None) -> Response:
    """Open to everybody. The newest first; `rel="next"` leads to what came before (RFC 5005). Nothing planned."""
    return _feed(tools, public_news.read_news(tools, after=read_place(after), limit=limit), ALL, limit, after)


@public.get(
    "/producers/{producer_id}/public-news.atom",
    operation_id="get_public_news_of_producer",
    summary="Follow what a producer announces, moves and publishes",
    response_class=Response,
    responses={**_ATOM, **PUBLIC_RESPONSES},
)
def get_public_news_of_producer(
    tools: ToolsHere, producer_id: ProducerId, limit: LimitHere = 50, after: AfterHere = None
) -> Response:
    """Open to everybody, once the producer has announced something. The newest first; nothing planned is in it."""
    page = public_news.read_news(tools, producer_id=producer_id, after=read_place(after), limit=limit)
    return _feed(tools, page, f"/api/v1/producers/{producer_id}/public-news.atom", limit, after)


def _feed(tools: Tools, page: NewsPage, path: str, limit: int, after: str | None) -> Response:
    where = f"{tools.policy.public_address}{path}"
    sized = "" if limit == 50 else f"limit={limit}"
    first = f"{where}?{sized}" if sized else where
    placed = "&".join(part for part in (sized, f"after={after}" if after else "") if part)
    feed = Feed(
        ident=f"tag:{authority_of(tools.policy.origin)},2008-12-01:{path.removeprefix('/api/v1/')}",
        title=f"{page.producer_name or 'Official statistics'}: releases and their publication",
        author=page.producer_name or "Producers of official statistics",
        updated=max((one.at for one in page.news), default=None),
        itself=f"{where}?{placed}" if placed else where,
        first=first,
        following=f"{first}{'&' if sized else '?'}after={place_of(*page.next)}" if page.next else None,
        entries=tuple(_entry(tools, one) for one in page.news),
    )
    return Response(write_feed(feed), media_type=f"{MEDIA_TYPE}; charset=utf-8")


def _entry(tools: Tools, news: News) -> FeedEntry:
    release = news.release
    return FeedEntry(
        ident=news_tag(tools.policy.origin, news),
        title=f"{TITLES[news.kind]}: {release.title}",
        author=release.producer.name,
        updated=news.at,
        category=news.kind.value,
        text=f"{release.producer.name}. {sentence(news)}",
        link=_link(tools, news),
    )


def _link(tools: Tools, news: News) -> str | None:
    """Say where more of it can be read by everybody."""
    ours, release_id = tools.policy.public_address, news.release.release_id
    if news.kind is NewsKind.LIST_PUBLISHED:
        return f"{ours}/api/v1/releases/{release_id}/public-list.html"
    if news.kind in (NewsKind.PAGE_OPENED, NewsKind.PAGE_WITHDRAWN):
        return f"{ours}/published/{release_id}"
    return news.release.public_url
