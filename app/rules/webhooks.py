"""What is sent to systems that want to be told at once, and when it is sent again or no more.

A message holds ids, instants and links, and nothing that is not public: whoever reads it asks for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.rules.canonical import canonical_json
from app.rules.errors import Malformed
from app.rules.probes import Trouble
from app.rules.publicnews import News, NewsKind
from app.rules.reasons import instant_text, utc
from app.rules.watchplans import host_of

TRIAL = "webhook.test"
"""The type of a message that tells nothing, sent to see that it arrives."""

_WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 7200, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
TRIES = len(_WAITS) + 1
"""How often one message is sent at most, over a little more than three days."""
LONGEST_ASKED = timedelta(hours=1)
STOPS_AFTER = timedelta(days=3)
WAITS_FOR_EARLIER = timedelta(hours=1)
"""For so long news waits for what came before it about the same release; then late is worse than out of order."""
OLD_SECRET = timedelta(hours=24)
"""For so long after a new secret messages are signed with the one before it too."""
_GONE = 410


class StoppedBecause(StrEnum):
    """Why nothing is sent to a webhook any more."""

    FAILING = "failing"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class PostAnswer:
    """What came of sending a message: ``status`` or ``trouble``, or neither where it could not be signed.

    Attributes:
        retry_after_seconds: For how long the receiver asks to be left alone; 0 where it says nothing.
    """

    status: int | None = None
    trouble: Trouble | None = None
    retry_after_seconds: int = 0

    @property
    def taken(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == _GONE


def check_address(url: str) -> str:
    """Give the host of an address to which messages may be sent.

    Args:
        url: As it was typed.

    Returns:
        Its name in small letters, with ``:port`` where that is not 443.

    Raises:
        Malformed: It is not https, or names its host by a number.
    """
    host = host_of(url)
    if host is None or "#" in url:
        what = "is not an https address with a host's name, such as https://hooks.department.gov.example/pra"
        raise Malformed(f"“{url}” {what}. Nothing was changed.", errors=[{"where": "url", "what": what}])
    return host


def message_of(news: News, *, tag: str, sequence: int, links: dict[str, str]) -> str:
    """Write what a webhook is sent of one piece of news; the same letters each time it is sent.

    Args:
        news: The news.
        tag: Its name in the feed.
        sequence: Counts what this webhook is sent of this release, from 1.
        links: Where more can be read, by name.

    Source:
        Standard Webhooks 1.0.0
    """
    told: dict[str, Any] = {
        "news_id": tag,
        "producer_id": news.release.producer.producer_id,
        "release_id": news.release.release_id,
        "sequence": sequence,
        "publishes_at": instant_text(news.publishes_at),
        "links": links,
    }
    if news.kind is NewsKind.PUBLISHED and news.release.published_at is not None:
        told["published_at"] = instant_text(news.release.published_at)
    return _message(news.kind.value, news.at, told)


def trial_message(webhook_id: str, producer_id: str, at: datetime) -> str:
    """Write the message that only shows that messages arrive."""
    return _message(TRIAL, at, {"webhook_id": webhook_id, "producer_id": producer_id})


def _message(kind: str, at: datetime, told: dict[str, Any]) -> str:
    return canonical_json({"type": kind, "timestamp": instant_text(at), "data": told}).decode()


def again_at(delivery_id: str, tries: int, answer: PostAnswer, at: datetime) -> datetime | None:
    """Say when a message is sent again that was not taken; None when it was sent often enough.

    The waits grow; each is longer by up to a tenth, by the message's own id, so that many do not come back at once.

    Args:
        delivery_id: The message.
        tries: How often it was sent, this time included.
        answer: What came of it.
        at: Now. Aware.

    Returns:
        Aware, UTC.

    Source:
        Standard Webhooks 1.0.0
    """
    if tries >= TRIES:
        return None
    wait = _WAITS[tries - 1]
    spread = wait * (int(delivery_id[-4:], 16) / 0xFFFF) / 10
    asked = min(timedelta(seconds=answer.retry_after_seconds), LONGEST_ASKED)
    return utc(at) + max(wait + spread, asked)


def stops(failing_since: datetime, answer: PostAnswer, at: datetime) -> StoppedBecause | None:
    """Say whether nothing more is to be sent to a webhook, and why.

    Args:
        failing_since: Since when nothing was taken. Aware.
        answer: What came of the last message.
        at: Now. Aware.

    Source:
        Standard Webhooks 1.0.0
    """
    if answer.gone:
        return StoppedBecause.GONE
    return StoppedBecause.FAILING if utc(at) - utc(failing_since) >= STOPS_AFTER else None
