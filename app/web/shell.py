"""Pages are written here: the templates, what each of them is given, and the headers a page carries."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader

from app.actions.tools import Actor, Tools
from app.actions.tracing import TRACERS
from app.rules.facts import PRODUCING, Role
from app.web import cookies
from app.web.static import address_of
from app.web.words import FILTERS, countdown

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def _environment() -> Environment:
    loader = ChoiceLoader(
        [
            PackageLoader("app.web"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    # The macros of govuk-frontend-jinja look into what they were not given, and mind their blanks.
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # no template changes while the service runs, so none is looked for on the disk again
    )
    made.filters.update(FILTERS)
    made.globals.update(address_of=address_of, countdown=countdown)
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
    text = ENVIRONMENT.get_template(template).render(
        {
            "actor": actor,
            "doors": _doors(request, actor),
            "form_token": partial(cookies.form_token, request, tools),
            "path": request.url.path,
            **shown,
        }
    )
    response = HTMLResponse(text, status, {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"})
    cookies.keep_visit(request, response)
    return response


def public_page(request: Request, template: str, **shown: Any) -> HTMLResponse:
    """Write a page that is the same for everybody: no one is signed in to it, and others may keep it for a while.

    Args:
        request: What was asked; whose it is makes no difference.
        template: Its file in ``templates``.
        shown: What the template is given.
    """
    text = ENVIRONMENT.get_template(template).render(
        {"doors": _doors(request, None), "path": request.url.path, **shown}
    )
    return HTMLResponse(text, 200, {"Content-Security-Policy": PAGE_POLICY})


def _doors(request: Request, actor: Actor | None) -> list[dict[str, Any]]:
    """Give the links of the navigation: those that lead somewhere for this person."""
    if actor is None:
        links = [("/sign-in", "Sign in"), ("/report", "Report a concern")]
    else:
        work = [("/producer", "Prepare")] if _prepares(actor) else []
        work += (
            [("/producer/incidents", "Incidents")] if _prepares(actor) or actor.has(None, Role.ADMINISTRATOR) else []
        )
        work += [("/producer/readiness", "Readiness")] if _prepares(actor) else []
        work += [("/producer/pages", "Pages")] if any(held.role is Role.PUBLISHER for held in actor.roles) else []
        work += [("/coordinator", "Your people")] if any(held.role is Role.COORDINATOR for held in actor.roles) else []
        work += [("/trace", "Trace a copy")] if any(held.role in TRACERS for held in actor.roles) else []
        work += [("/admin", "Administer")] if actor.has(None, Role.ADMINISTRATOR) else []
        work += [("/audit", "Search the log")] if any(held.role is Role.AUDITOR for held in actor.roles) else []
        links = [("/releases", "Releases"), *work, ("/account", "Your account"), ("/report", "I should not have this")]
    here = request.url.path
    return [{"href": href, "text": text, "current": here == href} for href, text in links]


def _prepares(actor: Actor) -> bool:
    return any(held.role in PRODUCING or held.role is Role.AUDITOR for held in actor.roles)
