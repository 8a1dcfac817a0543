"""The four cookies there are, and the token that ties a form to one of them.

The session's cookie carries the same opaque token that the API gives out. Whoever has not signed in yet gets a visit's
cookie where a form is shown; it says nothing and is gone after signing in, so that no session can be fixed beforehand.
Whoever signs in through their organisation has for those minutes a third one, to which that sign-in is bound.
Whoever chooses a language has that choice in a fourth, which says nothing else.
"""

from __future__ import annotations

import hmac
import re
import secrets

from fastapi import Request
from starlette.responses import Response

from app.actions.people import SESSION_PREFIX, TOKEN_LIMIT
from app.actions.tools import Tools

SESSION = "__Host-pra_session"
VISIT = "__Host-pra_visit"
PROVIDER = "__Host-pra_provider"
LANGUAGE = "__Host-pra_language"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
TOKEN_FIELD = "form_token"


def session_token(request: Request) -> str | None:
    """Give the session's token that came with a request; a program's token is none."""
    token = request.cookies.get(SESSION, "")
    return token if token.startswith(SESSION_PREFIX) and len(token) <= TOKEN_LIMIT else None


def form_token(request: Request, tools: Tools) -> str:
    """Give the token for the forms of a page, and remember that a visit's cookie is needed where there is none yet.

    Source:
        OWASP ASVS 5.0.0 V3.5.1
    """
    anchor = _anchor(request)
    if anchor is None:
        anchor = request.state.new_visit = secrets.token_urlsafe(32)
    return _bound(tools, anchor)


def is_ours(request: Request, tools: Tools, sent: str) -> bool:
    """Say whether a form's token was given to whoever sends it.

    Returns:
        False also where they have no cookie of ours.
    """
    anchor = _anchor(request)
    return anchor is not None and hmac.compare_digest(_bound(tools, anchor).encode(), sent.encode("utf-8", "replace"))


def begin(response: Response, token: str) -> None:
    """Put a new session's token into its cookie, and end the visit's."""
    _set(response, SESSION, token)
    response.delete_cookie(VISIT, path="/", secure=True, httponly=True, samesite="lax")


def provider_secret(request: Request) -> str:
    """Give what this browser holds of a sign-in through its organisation; empty where it holds nothing of ours."""
    held = request.cookies.get(PROVIDER, "")
    return held if _SECRET.fullmatch(held) else ""


def hold_provider_secret(response: Response, value: str, *, seconds: int) -> None:
    """Have the browser hold what a sign-in through its organisation is bound to.

    Args:
        value: From ``provider_secret``, or ``new_provider_secret`` where it holds nothing.
        seconds: How long such a sign-in may take.
    """
    # Lax: the way back from the provider is a link on another site, and it must come along.
    response.set_cookie(PROVIDER, value, path="/", secure=True, httponly=True, samesite="lax", max_age=seconds)


def new_provider_secret() -> str:
    """Make what a browser is to hold: 256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


def language(request: Request) -> str:
    """Give the language that was chosen earlier, as the browser holds it; empty where none was."""
    return request.cookies.get(LANGUAGE, "")


def keep_language(response: Response, value: str) -> None:
    """Have the browser hold a language that was chosen, until it is closed."""
    _set(response, LANGUAGE, value)


def end(response: Response) -> None:
    """Take the session's cookie back."""
    response.delete_cookie(SESSION, path="/", secure=True, httponly=True, samesite="lax")


def keep_visit(request: Request, response: Response) -> None:
    """Set the visit's cookie where the page that was just written needs one."""
    made = getattr(request.state, "new_visit", None)
    if made is not None:
        _set(response, VISIT, made)


def _set(response: Response, name: str, value: str) -> None:
    # Lax: whoever follows the link in a letter is signed in already. Every change needs the form's token besides.
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="lax")


def _anchor(request: Request) -> str | None:
    return session_token(request) or request.cookies.get(VISIT) or getattr(request.state, "new_visit", None)


def _bound(tools: Tools, anchor: str) -> str:
    bound: str = tools.keys.keyed_hash("page_form", anchor)
    return bound
