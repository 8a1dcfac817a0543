"""DOOR: HTML. Every router of the pages; each page parses, calls an action and renders, and decides nothing."""

from __future__ import annotations

from app.web import (
    about,
    account,
    age_keys,
    contingency,
    declarations,
    deputies,
    diagnoses,
    documents,
    lists,
    openings,
    producing,
    recalls,
    releases,
    reporting,
    sign_in,
    static,
    tracing,
)

WEB_ROUTERS = (
    openings.router,
    diagnoses.router,
    releases.router,
    declarations.router,
    deputies.router,
    producing.router,
    documents.router,
    lists.router,
    recalls.router,
    contingency.router,
    contingency.public,
    sign_in.router,
    account.router,
    age_keys.router,
    tracing.router,
    reporting.router,
    about.router,
    static.router,
)
