"""DOOR: HTML. Every router of the pages; each page parses, calls an action and renders, and decides nothing."""

from __future__ import annotations

from app.web import (
    about,
    account,
    declarations,
    deputies,
    lists,
    openings,
    producing,
    recalls,
    releases,
    reporting,
    sign_in,
    static,
)

WEB_ROUTERS = (
    openings.router,
    releases.router,
    declarations.router,
    deputies.router,
    producing.router,
    lists.router,
    recalls.router,
    sign_in.router,
    account.router,
    reporting.router,
    about.router,
    static.router,
)
