"""A problem as a page: the same value that the API renders as RFC 9457, in plain words, with what puts it right."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from app.api.problems import PROBLEMS
from app.rules.errors import Broken, Busy, Code, NotFound, NotSignedIn, PraError, Refused, TooManyTries
from app.web import language
from app.web.asking import the_visitor
from app.web.shell import page


def wants_page(request: Request) -> bool:
    """Say whether it is a person's browser that asks, for one of the pages."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def problem_page(request: Request, error: PraError, receipt: str | None) -> Response:
    """Show an error to a person. Somebody who has not signed in is taken there first, wherever they wanted to go.

    Args:
        request: What was asked.
        error: What happened.
        receipt: The id of the entry that records it.
    """
    reading = request.method in ("GET", "HEAD")
    if any(fault["where"].startswith("path.") for fault in error.extra.get("errors", ())):
        error = NotFound("")  # a link that lost its end leads nowhere; nobody need hear of identifiers
    if error.code is Code.NOT_SIGNED_IN and reading:
        there = RedirectResponse(_sign_in(request), 303, {"Cache-Control": "no-store"})
        language.keep_choice(request, there)
        return there
    row, hidden = PROBLEMS[error.code], isinstance(error, Broken)
    if not hasattr(request.state, "actor") and not hidden:
        the_visitor(request)  # so that the page has the right doors
    again = error.code is Code.FRESH_SIGN_IN_REQUIRED or isinstance(error, NotSignedIn)
    told = row.meaning if hidden or isinstance(error, NotFound) or not error.detail else error.detail
    answer = page(
        request,
        "problem.html",
        status=row.status,
        row=row,
        detail=told,
        reasons=error.reasons if isinstance(error, Refused) else (),
        errors=[] if hidden else error.extra.get("errors", []),
        receipt=receipt,
        sign_in_again=_sign_in(request) if again else None,
    )
    if isinstance(error, TooManyTries | Busy):
        answer.headers["Retry-After"] = str(error.extra.get("retry_after_seconds", 60))
    if error.code is Code.NOT_SIGNED_IN:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _sign_in(request: Request) -> str:
    """Give the way to sign in and come back; after a form or a sign-in, to the releases, as nothing is sent twice."""
    if request.method not in ("GET", "HEAD") or request.url.path.startswith("/sign-in/"):
        return "/sign-in?then=%2Freleases"
    asked = language.query_without_choice(request)
    query = f"?{asked}" if asked else ""
    return f"/sign-in?then={quote(request.url.path + query, safe='')}"
