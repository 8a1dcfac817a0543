"""Every router, in the order in which the documentation shows them."""

from __future__ import annotations

from app.api import (
    audit,
    declarations,
    documentation,
    documents,
    incidents,
    landing,
    lists,
    openings,
    organisations,
    people,
    public_lists,
    releases,
    sign_in,
    window,
)

API_ROUTERS = (
    sign_in.router,
    window.router,
    releases.router,
    lists.router,
    public_lists.router,
    declarations.router,
    documents.router,
    openings.router,
    audit.router,
    incidents.router,
    people.router,
    organisations.router,
)
ROOT_ROUTERS = (landing.router, documentation.router)
