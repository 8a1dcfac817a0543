"""A recipient's releases: what is still to do, when access begins, and what may be opened now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import own_access, people, releases, statements
from app.actions.own_access import Standing
from app.actions.releases import ReleaseView
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId, place_of, read_place
from app.rules.facts import Release, ReleaseState
from app.rules.marking import label_of
from app.rules.reasons import ReasonCode
from app.web.asking import PersonHere, ToolsHere
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 10  # whoever reads them has two minutes, and the soonest stand first
_TO_SIGN = (
    ReasonCode.DECLARATION_MISSING,
    ReasonCode.DECLARATION_LAPSED,
    ReasonCode.DECLARATION_SUPERSEDED,
    ReasonCode.DECLARATION_WITHDRAWN,
)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
After = Annotated[str | None, Query(max_length=200)]


@router.get("/releases")
def releases_page(
    request: Request, tools: ToolsHere, person: PersonHere, after: After = None, before: After = None
) -> Response:
    """Show the releases this person has to do with, the soonest first; then those that are over, the latest first."""
    ahead, more = _ahead(tools, person, after) if before is None else ([], None)
    over, earlier = _over(tools, person, before) if after is None else ([], None)
    return page(
        request,
        "releases.html",
        recalled=[
            one
            for one in statements.my_recalls(tools, person, still_open=True)
            if one.still_asked or one.view.contradicted
        ],
        ahead=ahead,
        over=over,
        next=more,
        earlier=earlier,
        further=before is not None or after is not None,
    )


@router.get("/releases/{release_id}")
def release_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show one release: before access begins, what is to do and when it begins; after that, what may be opened."""
    view = releases.read_release(tools, person, release_id)
    standing = own_access.my_standing(tools, person, release_id)
    return page(request, "release.html", **line_of(view, standing), known=people.me(tools, person))


def _ahead(tools: Tools, person: Actor, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """Give the lines of releases that are not over, and the place after them where there are more."""
    found = own_access.my_releases(tools, person, after=read_place(after), limit=ON_A_PAGE + 1)
    return [line_of(*one) for one in found[:ON_A_PAGE]], _more([view.row.release for view, _ in found])


def _over(tools: Tools, person: Actor, before: str | None) -> tuple[list[Release], str | None]:
    """Give the releases that are over, and the place after them where there are more."""
    found = releases.list_over(tools, person, after=read_place(before), limit=ON_A_PAGE + 1)
    return list(found[:ON_A_PAGE]), _more(found)


def _more(found: Sequence[Release]) -> str | None:
    if len(found) <= ON_A_PAGE:
        return None
    last = found[ON_A_PAGE - 1]
    return place_of(last.publishes_at, last.release_id)


def line_of(view: ReleaseView, standing: Standing) -> dict[str, Any]:
    """Give what pages show of one release to one person."""
    release = view.row.release
    to_sign = any(reason.code in _TO_SIGN for reason in standing.reasons)
    other = tuple(reason for reason in standing.reasons if reason.code not in (*_TO_SIGN, ReasonCode.WINDOW_NOT_OPEN))
    return {
        "view": view,
        "release": release,
        "standing": standing,
        "over": release.state in _OVER,
        "to_sign": to_sign and standing.listed and release.state not in _OVER,
        "waits": any(reason.code is ReasonCode.WINDOW_NOT_OPEN for reason in standing.reasons),
        "reasons": other,
        "label": label_of(release),
        "next_step": _next_step(view, standing, to_sign=to_sign, hindered=bool(other)),
    }


def _next_step(view: ReleaseView, standing: Standing, *, to_sign: bool, hindered: bool) -> tuple[str, str]:
    """Say in a few words what there is to do, and in which colour."""
    if view.row.release.state in _OVER:
        return view.phase.value.capitalize(), "govuk-tag--grey"
    if not standing.listed:
        return (to_translate("You prepare this") if view.staff else to_translate("Not listed now")), "govuk-tag--grey"
    if to_sign:
        return to_translate("Sign the declaration"), "govuk-tag--yellow"
    if standing.openable:
        return to_translate("Open now"), "govuk-tag--green"
    if hindered:
        return to_translate("Not yet"), "govuk-tag--grey"
    return to_translate("Wait for your time"), "govuk-tag--blue"
