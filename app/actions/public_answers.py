"""What everybody may read: how often one network may ask, and for how long an answer may be given again."""

from __future__ import annotations

import math

from app.actions.tools import Tools
from app.rules.errors import ClockWrong, TooManyTries
from app.rules.freshness import AT_PUBLICATION_SECONDS, fresh_seconds


def demand_patience(tools: Tools, *, network: str, made_public: bool = False, choosing: bool = False) -> None:
    """Stop a network that asks for what is public more often than anybody could read. Asks no store.

    Args:
        network: Network address that asks, as text; only its keyed hash is kept, for a minute.
        made_public: It asks for what this service has made public itself. That is counted apart, and more of it may be
            asked for: hundreds of readers of one department may stand behind one address.
        choosing: It chooses, such as a page or a version, so that what is kept for everybody does not do. That is
            counted once more, and less of it may be asked for.

    Raises:
        TooManyTries: With how long to wait.
    """
    policy, asked_by = tools.policy, tools.keys.keyed_hash("network", network)
    limit = policy.public_requests_per_network_per_minute
    if made_public:
        limit, asked_by = policy.made_public_requests_per_network_per_minute, f"made public: {asked_by}"
    _count(tools, asked_by, limit, "requests")
    if choosing:
        limit, asked_by = policy.public_choices_per_network_per_minute, f"choosing: {asked_by}"
        _count(tools, asked_by, limit, "requests for pages or versions")


def _count(tools: Tools, asked_by: str, limit: int, what: str) -> None:
    seconds = math.ceil(tools.crowd.wait_seconds(asked_by, tools.clock.monotonic_seconds(), limit))
    if seconds > 0:
        raise TooManyTries(
            f"More than {limit} {what} came from your network within a minute. Wait {seconds} seconds, then go on. "
            "What you have been sent holds for as long as its Cache-Control says.",
            retry_after_seconds=seconds,
        )


def seconds_fresh(tools: Tools) -> int:
    """Say for how many seconds an answer made now may be given again; the fewest while the clock is in doubt."""
    try:
        return fresh_seconds(tools.clock.now())
    except ClockWrong:
        return AT_PUBLICATION_SECONDS
