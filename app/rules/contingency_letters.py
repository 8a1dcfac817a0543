"""What is written to those who answer for a release about making it public here, and about taking it off again."""

from __future__ import annotations

from datetime import datetime

from app.rules.facts import Release, london_text


def contingency_offer(where: str) -> str:
    """Say what the head of profession can do while the producer's site is down.

    Args:
        where: The address of the page on which it is decided.
    """
    return (
        "If your own site is down, the head of profession can make the final documents public on this service's own "
        f"page, to everybody at once, by one decision: {where}"
    )


def site_back_body(release: Release, public_at: datetime, where: str) -> str:
    """Write to those who answer for a release made public here that their own site shows it again.

    Args:
        release: The release.
        public_at: When the watch saw it there. Aware.
        where: The address of the page on which it is withdrawn here.
    """
    told = (
        (
            f"The watch saw “{release.title}” on your own site at {london_text(public_at)}. It is still on this "
            "service's public page as well."
        ),
        f"Look at your site yourself, from outside your own network. If it holds, take the documents off here: {where}",
        "Nothing is taken off by itself. Once it is, the page here says where the statistics are.",
    )
    return "\n\n".join(told) + "\n"
