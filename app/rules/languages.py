"""What letters say of Welsh, to those who read statistics that the Welsh Order governs."""

from __future__ import annotations

from app.rules.facts import Order, Release

_OFFER = (
    "Cewch ddefnyddio’r gwasanaeth hwn yn Gymraeg: dewiswch “Cymraeg” ar frig unrhyw dudalen.\n"
    "You can use this service in Welsh: choose “Cymraeg” at the top of any page."
)


def offer_of_welsh(release: Release) -> str:
    """Offer the pages in Welsh, in both languages; empty where another Order governs the release.

    It says nothing of the law, which has no Welsh wording here.
    """
    return _OFFER if release.order is Order.WALES else ""
