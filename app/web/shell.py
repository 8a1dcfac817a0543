"""Pages are written here: the templates, what each of them is given, and the headers a page carries."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment

from app.actions.tools import Actor, Tools
from app.actions.tracing import TRACERS
from app.rules.facts import PRODUCING, Role
from app.web import cookies, language
from app.web.language import ENGLISH, IN_WELSH, WELSH, to_translate
from app.web.saying import FILTERS, GLOBALS, bodies, body
from app.web.static import address_of
from app.web.templating import new_environment

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def _environment() -> Environment:
    made = new_environment()
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(body, bodies, newstyle=True)  # type: ignore[attr-defined]  # untyped: by its extension
    made.filters.update(FILTERS)
    made.globals.update(address_of=address_of, **GLOBALS)
    return made


ENVIRONMENT = _environment()


def page(request: Request, template: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """Write a page.

    Args:
        request: Whose answer it is; says who is signed in.
        template: Its file in ``templates``.
        status: Of the answer.
        shown: What the template is given.
    """
    tools: Tools = request.app.state.tools
    actor: Actor | None = getattr(request.state, "actor", None)
    chosen = language.chosen(request)
    spoken = chosen or ENGLISH
    text = ENVIRONMENT.get_template(template).render(
        {
            "actor": actor,
            "doors": _doors(request, actor, spoken),
            "form_token": partial(cookies.form_token, request, tools),
            "path": request.url.path,
            "language": spoken,
            "body_language": spoken if template in IN_WELSH else ENGLISH,
            "is_chosen": chosen is not None,
            "in_english": language.way_to(request, ENGLISH),
            "in_welsh": language.way_to(request, WELSH),
            **shown,
        }
    )
    response = HTMLResponse(text, status, {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"})
    cookies.keep_visit(request, response)
    language.keep_choice(request, response)
    return response


def public_page(request: Request, template: str, **shown: Any) -> HTMLResponse:
    """Write a page that is the same for everybody: no one is signed in to it, and others may keep it for a while.

    It is in Welsh where its address says so, and never for a cookie, which those who keep it know nothing of.

    Args:
        request: What was asked; whose it is makes no difference.
        template: Its file in ``templates``.
        shown: What the template is given.
    """
    spoken = language.by_address(request) or ENGLISH
    carried = f"?{language.QUERY}={spoken}" if spoken != ENGLISH else ""
    doors = [{**door, "href": door["href"] + carried} for door in _doors(request, None, spoken)]
    text = ENVIRONMENT.get_template(template).render(
        {
            "doors": doors,
            "path": request.url.path,
            "language": spoken,
            "body_language": spoken if template in IN_WELSH else ENGLISH,
            "in_english": f"?{language.QUERY}={ENGLISH}",
            "in_welsh": f"?{language.QUERY}={WELSH}",
            "is_chosen": True,
            "carried": carried,
            "has_addresses": True,
            **shown,
        }
    )
    return HTMLResponse(text, 200, {"Content-Security-Policy": PAGE_POLICY})


def _doors(request: Request, actor: Actor | None, spoken: str) -> list[dict[str, Any]]:
    """Give the links of the navigation: those that lead somewhere for this person."""
    if actor is None:
        links = [("/sign-in", to_translate("Sign in")), ("/report", to_translate("Report a concern"))]
    else:
        links = [
            ("/releases", to_translate("Releases")),
            *_work(actor),
            ("/account", to_translate("Your account")),
            ("/report", to_translate("I should not have this")),
        ]
    here = request.url.path
    return [{"href": href, "text": language.translated(text, spoken), "current": here == href} for href, text in links]


def _work(actor: Actor) -> list[tuple[str, str]]:
    """Give the links to what somebody does here beyond reading."""
    administers = actor.has(None, Role.ADMINISTRATOR)
    offered = (
        (_prepares(actor), "/producer", to_translate("Prepare")),
        (_prepares(actor) or administers, "/producer/incidents", to_translate("Incidents")),
        (_prepares(actor), "/producer/readiness", to_translate("Readiness")),
        (_holds(actor, Role.PUBLISHER), "/producer/pages", to_translate("Pages")),
        (_holds(actor, Role.COORDINATOR), "/coordinator", to_translate("Your people")),
        (_holds(actor, *TRACERS), "/trace", to_translate("Trace a copy")),
        (administers, "/admin", to_translate("Administer")),
        (_holds(actor, Role.AUDITOR), "/audit", to_translate("Search the log")),
    )
    return [(href, text) for is_theirs, href, text in offered if is_theirs]


def _holds(actor: Actor, *roles: Role) -> bool:
    return any(held.role in roles for held in actor.roles)


def _prepares(actor: Actor) -> bool:
    return _holds(actor, *PRODUCING, Role.AUDITOR)


def archive_response(content: bytes, name: str) -> Response:
    """Answer with a ZIP that nobody keeps on the way."""
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, "application/zip")
