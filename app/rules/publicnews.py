"""What everybody may be told of a release: that it is announced, moved, postponed, cancelled, published, and the like.

The public feed and the webhooks both tell what stands here and nothing else. A release that was never announced has no
news, whatever is done with it; sign-off, documents and lists before they are published are never news.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.contingency import Contingency
from app.rules.facts import Release, london_text
from app.rules.feeds import CalendarEntry, Moved, public_moves
from app.rules.lifecycle import Move


class NewsKind(StrEnum):
    """What became known; also the type of a webhook's message."""

    ANNOUNCED = "release.announced"
    DATE_CHANGED = "release.date_changed"
    POSTPONED = "release.postponed"
    CANCELLED = "release.cancelled"
    PUBLISHED = "release.published"
    LIST_PUBLISHED = "list_of_posts.published"
    PAGE_OPENED = "contingency_page.opened"
    PAGE_WITHDRAWN = "contingency_page.withdrawn"


@dataclass(frozen=True, slots=True)
class Listing:
    """One publishing of the list of posts of a release. ``at`` aware, UTC."""

    public_list_id: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """One thing that everybody may know.

    Attributes:
        ident: Of the move, the published list or the decision that it tells of.
        release: As it stands now.
        at: When it became known. Aware, UTC.
        publishes_at: The time set for publication as it was told then. Aware, UTC.
        earlier_publishes_at: The time set before; None where that was never told. Aware, UTC.
    """

    kind: NewsKind
    ident: str
    release: Release
    at: datetime
    publishes_at: datetime
    earlier_publishes_at: datetime | None = None


_OF_MOVES = {
    Move.RESCHEDULE.value: NewsKind.DATE_CHANGED,
    Move.POSTPONE.value: NewsKind.POSTPONED,
    Move.CANCEL.value: NewsKind.CANCELLED,
    Move.DECLARE_PUBLISHED.value: NewsKind.PUBLISHED,
}
TITLES = {
    NewsKind.ANNOUNCED: "Announced",
    NewsKind.DATE_CHANGED: "Date changed",
    NewsKind.POSTPONED: "Postponed",
    NewsKind.CANCELLED: "Cancelled",
    NewsKind.PUBLISHED: "Published",
    NewsKind.LIST_PUBLISHED: "List of posts with pre-release access published",
    NewsKind.PAGE_OPENED: "Documents given here",
    NewsKind.PAGE_WITHDRAWN: "Documents no longer given here",
}


def news_of(
    entry: CalendarEntry, listings: Iterable[Listing] = (), contingency: tuple[str, Contingency] | None = None
) -> tuple[News, ...]:
    """Give everything that everybody may know of a release, the oldest first; nothing before it is announced.

    Args:
        entry: The release with all its moves.
        listings: Each publishing of its list of posts.
        contingency: The decision that made it public here, with its id.

    Source:
        Code 2018 T3.1; Code 2018 T3.2
    """
    moves = public_moves(entry)
    if moves is None:
        return ()
    told = [one for place, move in enumerate(moves) if (one := _of_move(entry.release, move, first=place == 0))]
    told += [_beside(entry, moves, NewsKind.LIST_PUBLISHED, one.public_list_id, one.at) for one in listings]
    if contingency is not None:
        ident, decision = contingency
        told.append(_beside(entry, moves, NewsKind.PAGE_OPENED, ident, decision.released_at))
        if decision.withdrawn_at is not None:
            told.append(_beside(entry, moves, NewsKind.PAGE_WITHDRAWN, ident, decision.withdrawn_at))
    return tuple(sorted(told, key=lambda one: (one.at, one.ident)))


def sentence(news: News) -> str:
    """Say in a sentence what became known."""
    on = london_text(news.publishes_at)
    match news.kind:
        case NewsKind.ANNOUNCED:
            return f"To be published {on}."
        case NewsKind.DATE_CHANGED:
            before = f" It was set for {london_text(news.earlier_publishes_at)}." if news.earlier_publishes_at else ""
            return f"Now to be published {on}.{before}"
        case NewsKind.POSTPONED:
            return f"Postponed. It was set for {on}; the new time will be announced."
        case NewsKind.CANCELLED:
            return f"Cancelled. It was set for {on}."
        case NewsKind.PUBLISHED:
            return f"Published {london_text(news.release.published_at or news.at)}."
        case NewsKind.LIST_PUBLISHED:
            return "The posts with access before publication are published. No person is named."
        case NewsKind.PAGE_OPENED:
            return "The producer’s own site was down, and everybody can have the documents from this service."
        case NewsKind.PAGE_WITHDRAWN:
            return "This service no longer gives the documents; the producer’s own site does."


def _of_move(release: Release, move: Moved, *, first: bool) -> News | None:
    kind = NewsKind.ANNOUNCED if first else _OF_MOVES.get(move.move)
    if kind is None:
        return None
    earlier = move.from_publishes_at if kind is NewsKind.DATE_CHANGED else None
    return News(kind, move.move_id, release, move.at, move.to_publishes_at, earlier)


def _beside(entry: CalendarEntry, moves: tuple[Moved, ...], kind: NewsKind, ident: str, at: datetime) -> News:
    told = [one.to_publishes_at for one in moves if one.at <= at]
    return News(kind, ident, entry.release, at, told[-1] if told else entry.release.publishes_at)


def news_tag(origin: str, news: News) -> str:
    """Name one piece of news for ever: the same in the feed and in a webhook's message.

    Args:
        origin: The service's own name, as its log has it.
        news: The news.

    Returns:
        A ``tag:`` URI.

    Source:
        RFC 4151 section 2.1
    """
    return f"tag:{authority_of(origin)},{news.at:%Y-%m-%d}:{news.kind.value}/{news.ident}"


def authority_of(origin: str) -> str:
    """Give the host's name in the service's own name.

    Args:
        origin: The service's own name, as its log has it.
    """
    return origin.partition("/")[0].partition(":")[0].lower()
