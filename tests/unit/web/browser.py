"""Somebody at the pages without a browser: one cookie jar kept by hand, since the cookies are for https alone."""

from __future__ import annotations

import html
import re
from http.cookies import SimpleCookie
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient


class Visitor:
    """Keeps cookies, follows nothing, and fills forms with the token that the page before gave."""

    def __init__(self, client: TestClient, token: str = "") -> None:
        self.client = client
        self.cookies = {"__Host-pra_session": token} if token else {}
        self.last = Response(200, text="")

    def asks(self, method: str, path: str, **sent: Any) -> Response:
        """Send one request as a browser would."""
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Accept": "text/html", **({"Cookie": jar} if jar else {}), **sent.pop("headers", {})}
        self.last = self.client.request(method, path, headers=headers, follow_redirects=False, **sent)
        self.client.cookies.clear()
        for line in self.last.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return self.last

    def looks(self, path: str) -> str:
        """Look at a page that must be there; gives what a person reads on it."""
        answer = self.asks("GET", path)
        assert answer.status_code == 200, (answer.status_code, words(answer))
        return words(answer)

    def sends(self, path: str, **fields: str) -> Response:
        """Send a form of the page that was looked at last."""
        return self.asks("POST", path, data={"form_token": self.token, **fields})

    @property
    def token(self) -> str:
        """The token in the page that was looked at last."""
        found = re.search(r'name="form_token" value="(\w+)"', self.last.text)
        assert found is not None, "the page has no form"
        return found[1]

    def field(self, name: str) -> str:
        """A hidden field of the page that was looked at last."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.last.text)
        assert found is not None, name
        return html.unescape(found[1])


def by_day(name: str, day: str) -> dict[str, str]:
    """The three fields of a day as they are sent: each part of ``2026-03-09``, or of what is no day."""
    parts = [*day.split("-"), "", ""][:3]
    return {f"{name}-{part}": text.lstrip("0") for part, text in zip(("year", "month", "day"), parts, strict=True)}


def words(answer: Response) -> str:
    """What a person reads on a page, in one line."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", f"<main{main}")).split())


def unquoted(answer: Response) -> str:
    """What a person reads on a page, but for the receipt, which is each refusal's own."""
    return re.sub(r"ent_[0-9a-f]{24}", "ent_…", words(answer))
