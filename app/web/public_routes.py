"""Routes of pages that are the same for everybody: in each language one page, kept as one."""

from __future__ import annotations

from app.api.public_answers import MadePublicRoute, PublicRoute
from app.web.language import WELSH


class PublicPageRoute(PublicRoute):
    """A page for everybody, in English at its bare address and in Welsh with ``lang=cy``."""

    languages = (WELSH,)


class MadePublicPageRoute(MadePublicRoute):
    """Such a page of what this service has made public itself."""

    languages = (WELSH,)
