"""With the producer's site down: the head of profession's decision, and the public page that it makes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import contingency, public_documents
from app.actions.tools import Actor, Tools
from app.api.contingency import ContingencyIn, WithdrawalIn
from app.api.places import ReleaseId
from app.rules.contingency import CONFIRMATION
from app.rules.errors import Code, Malformed, Refused
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.producing import revision_of
from app.web.public_routes import MadePublicPageRoute
from app.web.shell import page, public_page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)
public = APIRouter(include_in_schema=False, route_class=MadePublicPageRoute)

_WORDS = {
    "reason": "Say why, in up to 5,000 characters",
    "confirmation": f"Type “{CONFIRMATION}” to confirm",
}


@router.get("/producer/releases/{release_id}/contingency")
def contingency_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show what the decision would do and what stands against it; once it is made, how it stands."""
    return _shown(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/contingency")
def decide(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Make the final documents public here, to everybody at once."""
    sent: dict[str, object] = {name: form[name] for name in _WORDS}
    empty = {name: words for name, words in _WORDS.items() if not form[name]}
    try:
        if empty:
            raise FaultyForm(empty)
        given = checked(ContingencyIn, sent, _WORDS)
        contingency.release_to_everyone(
            tools,
            person,
            release_id,
            reason=given.reason,
            confirmation=given.confirmation,
            revision=revision_of(form),
        )
    except FaultyForm as error:
        return _shown(request, tools, person, release_id, form, faults=error.faults)
    except Malformed as error:
        faults = {one["where"]: _WORDS[one["where"]] for one in error.extra.get("errors", ()) if one["where"] in _WORDS}
        return _shown(request, tools, person, release_id, form, faults=faults or {"reason": error.detail})
    except Refused as error:
        if error.code is not Code.FRESH_SIGN_IN_REQUIRED:
            raise
        return _shown(request, tools, person, release_id, form, stale=True)  # with what was typed, to be copied
    return go_to(f"/producer/releases/{release_id}/contingency")


@router.post("/producer/releases/{release_id}/contingency/withdrawal")
def withdraw(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Take the documents off the public page again."""
    try:
        given = checked(WithdrawalIn, {"reason": form["reason"]}, _WORDS)
        if not given.reason:
            raise FaultyForm({"reason": _WORDS["reason"]})
    except FaultyForm as error:
        return _shown(request, tools, person, release_id, form, faults=error.faults)
    contingency.withdraw(tools, person, release_id, reason=given.reason, revision=revision_of(form))
    return go_to(f"/producer/releases/{release_id}/contingency")


@public.get("/published")
def published_page(request: Request, tools: ToolsHere) -> Response:
    """List what this service has made public. Everybody is sent the same page."""
    return public_page(request, "published_list.html", found=public_documents.list_public(tools))


@public.get("/published/{release_id}")
def published_release_page(request: Request, tools: ToolsHere, release_id: ReleaseId) -> Response:
    """Give a release's documents to everybody; once they are withdrawn, say where the statistics are."""
    one = public_documents.read_public(tools, release_id)
    return public_page(request, "published.html", one=one, release=one.release)


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
    stale: bool = False,
) -> Response:
    view = contingency.read_contingency(tools, person, release_id)
    shown = {
        "view": view,
        "release": view.release.release,
        "row": view.row,
        "public": contingency.public_page(tools, release_id),
        "confirmation": CONFIRMATION,
        "form": form,
        "faults": faults or {},
        "stale": stale,
    }
    status = 403 if stale else 422 if faults else 200
    return page(request, "contingency.html", status=status, **shown)
