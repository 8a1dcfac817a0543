"""What everybody may be told of releases, the newest first: announced, moved, published, and the like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions.tools import NOTHING_THERE, Tools
from app.records import organisations, public_news
from app.records.public_news import NewsPlace
from app.rules.errors import NotFound
from app.rules.facts import Release
from app.rules.publicnews import News, news_of

COMING_LIMIT = 200


@dataclass(frozen=True, slots=True)
class NewsPage:
    """A page of news.

    Attributes:
        producer_name: Whose news it is; empty for all producers together.
        news: The newest first.
        next: Instant and id of its last piece of news, never of anything that is none; None on the last page.
    """

    producer_name: str
    news: tuple[News, ...]
    next: tuple[datetime, str] | None


def read_news(
    tools: Tools, *, producer_id: str | None = None, after: tuple[datetime, str] | None = None, limit: int = 50
) -> NewsPage:
    """Give a page of what everybody may know of releases.

    Args:
        tools: The tools.
        producer_id: Of one producer only.
        after: Instant and id that the page before ended with.
        limit: How many at most.

    Raises:
        NotFound: There is no such producer, or it has announced nothing yet; the two are never told apart.

    Source:
        Code 2018 T3.1; Code 2018 T3.2
    """
    with tools.reading() as connection:
        name = organisations.get_producer(connection, producer_id).name if producer_id else ""
        found = _newest(connection, producer_id, after, limit + 1)
        if producer_id and not found and (after is None or not _newest(connection, producer_id, None, 1)):
            raise NotFound(NOTHING_THERE)
    told = found[:limit]
    return NewsPage(name, told, (told[-1].at, told[-1].ident) if len(found) > limit else None)


def read_coming(tools: Tools) -> tuple[Release, ...]:
    """Give the releases that are announced and still to be published, of all producers, the next one first.

    Source:
        Code 2018 T3.1
    """
    with tools.reading() as connection:
        return public_news.coming(connection, limit=COMING_LIMIT)


def _newest(
    connection: Connection, producer_id: str | None, after: tuple[datetime, str] | None, limit: int
) -> tuple[News, ...]:
    """Give so much news, the newest first. A place whose thing is no news neither counts nor ends a page."""
    told: list[News] = []
    while True:
        wanted = limit - len(told)
        places = public_news.newest(connection, producer_id=producer_id, after=after, limit=wanted)
        told += _told(connection, places)
        if len(places) < wanted or len(told) == limit:
            return tuple(told)
        after = (places[-1].at, places[-1].ident)


def _told(connection: Connection, places: tuple[NewsPlace, ...]) -> tuple[News, ...]:
    """Give the news that stands at these places, in their order. What the rule does not call news is left out."""
    found = public_news.announced(connection, {one.release_id for one in places})
    news = {
        (one.at, one.ident): one
        for each in found.values()
        for one in news_of(each.entry, each.listings, each.contingency)
    }
    return tuple(news[place.at, place.ident] for place in places if (place.at, place.ident) in news)
