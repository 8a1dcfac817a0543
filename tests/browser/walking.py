"""Somebody at a real browser, who looks where they are after every step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from app.actions import notices
from tests.browser.serving import fill, pictures, serious
from tests.story import Reader, Story
from tests.world import session_of


@dataclass
class Town:
    """The story, where it is served, and the browser."""

    story: Story
    address: str
    browser: Any


class Walk:
    """One person at one browser."""

    def __init__(self, town: Town, name: str, viewport: dict[str, int], *, scripts: bool) -> None:
        self.town, self.name, self.wide, self.scripts = town, name, viewport["width"], scripts
        self.context = town.browser.new_context(
            viewport=viewport, base_url=town.address, java_script_enabled=scripts, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.seen = 0

    def _heard(self, message: Any) -> None:
        # A refusal's status is no fault of a page; a policy that stops something of ours is.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def looks(self, what: str) -> None:
        """See that nothing on this page stands in anybody's way, and take a picture."""
        self.seen += 1
        self.page.screenshot(path=pictures() / f"{self.name}-{self.seen:02d}-{what}.png", full_page=True)
        assert not self.scripts or serious(self.page) == [], what  # axe is a script itself
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.wide, f"{what} is too wide"
        assert self.page.title() != ""

    def link(self, name: str) -> Any:
        return self.page.get_by_role("link", name=name).first

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name)

    def signed_in_as(self, reader: Reader | str) -> None:
        """Have the session of somebody who signed in just now."""
        token = session_of(self.town.story.tools, self.town.story.id_of(reader)).headers["Authorization"][7:]
        place = self.town.address.replace("http:", "https:")  # the cookie is for a secure place, as loopback is
        self.context.add_cookies(
            [{"name": "__Host-pra_session", "value": token, "url": place, "secure": True, "httpOnly": True}]
        )

    def signs_in(self, reader: Reader) -> None:
        """Sign in with the code that is mailed, from the page that asks for it."""
        fill(self.page, self.page.locator("#email"), reader.email)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        notices.send_due(self.town.story.tools)
        letters = self.town.story.service.mailbag.to(reader.email)
        codes = [re.search(r"\b(\d{8})\b", letter.body) for letter in letters if "code" in letter.subject]
        assert codes[-1] is not None
        self.looks("code")
        fill(self.page, self.page.locator("#code"), codes[-1][1])
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
