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
        next: Instant and id that the page ended with; None on the last one.
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
        places = public_news.newest(connection, producer_id=producer_id, after=after, limit=limit + 1)
        told = _told(connection, places[:limit])
        if producer_id and not told and (after is None or not _anything(connection, producer_id)):
            raise NotFound(NOTHING_THERE)
    last = places[limit - 1] if len(places) > limit else None
    return NewsPage(name, told, (last.at, last.ident) if last else None)


def read_coming(tools: Tools) -> tuple[Release, ...]:
    """Give the releases that are announced and still to be published, of all producers, the next one first.

    Source:
        Code 2018 T3.1
    """
    with tools.reading() as connection:
        return public_news.coming(connection, limit=COMING_LIMIT)


def _told(connection: Connection, places: tuple[NewsPlace, ...]) -> tuple[News, ...]:
    """Give the news that stands at these places, in their order. What the rule does not call news is left out."""
    found = public_news.announced(connection, {one.release_id for one in places})
    news = {
        (one.at, one.ident): one
        for each in found.values()
        for one in news_of(each.entry, each.listings, each.contingency)
    }
    return tuple(news[place.at, place.ident] for place in places if (place.at, place.ident) in news)


def _anything(connection: Connection, producer_id: str) -> bool:
    return bool(_told(connection, public_news.newest(connection, producer_id=producer_id, after=None, limit=1)))
