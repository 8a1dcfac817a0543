"""Opening a document: marking and warning first, then the copy and, apart from it, its passphrase.

Each step is a form that is sent: a link that is followed, by whoever or whatever, opens and shows nothing.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import documents, openings, own_age_keys, own_networks, people, releases
from app.actions.tools import Actor, Tools
from app.api import openings as copies_sent
from app.api.places import DocumentId, OpeningId
from app.rules.acknowledgement import is_asked
from app.rules.marking import marking
from app.rules.recalls import DOCUMENT_RECALLED
from app.web.asking import FormHere, PersonHere, ToolsHere
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_TICK = to_translate("Tick the box to say that you have read this")


@router.get("/documents/{document_id}/open")
def before_opening(request: Request, tools: ToolsHere, person: PersonHere, document_id: DocumentId) -> Response:
    """Show the marking and what binds the reader. Looking at this is not opening."""
    return _before(request, tools, person, document_id)


@router.post("/documents/{document_id}/open")
def open_document(
    request: Request, tools: ToolsHere, person: PersonHere, document_id: DocumentId, form: FormHere
) -> Response:
    """Open the document: the rule is asked, and its decision is on record before anything is shown."""
    if not form.ticked("acknowledged"):
        return _before(request, tools, person, document_id, faults={"acknowledged": _TICK})
    own_key = form.ticked("own_key")
    opened = openings.open_document(tools, person, document_id, acknowledged=True, for_own_key=own_key)
    return go_to(f"/openings/{opened.opening_id}")


@router.get("/openings/{opening_id}")
def opening_page(request: Request, tools: ToolsHere, person: PersonHere, opening_id: OpeningId) -> Response:
    """Show one's own opening: how its copy is fetched and where its passphrase is shown."""
    opening = openings.get_opening(tools, person, opening_id)
    view = releases.read_release(tools, person, opening.release_id)
    known = people.me(tools, person)
    ended = opening.stopped_at is not None or known.at >= opening.expires_at
    recalled = opening.stopped_reason == DOCUMENT_RECALLED
    return page(request, "opening.html", opening=opening, view=view, known=known, ended=ended, recalled=recalled)


@router.post("/openings/{opening_id}/copy")
async def fetch_copy(
    request: Request, tools: ToolsHere, person: PersonHere, opening_id: OpeningId, _form: FormHere
) -> Response:
    """Send the copy."""
    return await copies_sent.fetch_copy(tools, person, opening_id, request)


@router.post("/openings/{opening_id}/passphrase")
def reveal(request: Request, tools: ToolsHere, person: PersonHere, opening_id: OpeningId, _form: FormHere) -> Response:
    """Show the passphrase, this once."""
    return page(request, "passphrase.html", shown=openings.reveal(tools, person, opening_id))


@router.post("/openings/{opening_id}/end")
def end_opening(tools: ToolsHere, person: PersonHere, opening_id: OpeningId, _form: FormHere) -> Response:
    """End one's own opening."""
    openings.stop_opening(tools, person, opening_id)
    return go_to(f"/openings/{opening_id}")


@router.post("/openings/{opening_id}/networks")
def answer_about_networks(tools: ToolsHere, person: PersonHere, opening_id: OpeningId, form: FormHere) -> Response:
    """Say whether all networks that one's own opening was used from were one's own; anything but yes is no."""
    own_networks.answer_about_networks(tools, person, opening_id, all_mine=form["answer"] == "mine")
    return go_to(f"/openings/{opening_id}")


def _before(
    request: Request, tools: Tools, person: Actor, document_id: str, *, faults: dict[str, str] | None = None
) -> Response:
    row = documents.get_document(tools, person, document_id)
    view = releases.read_release(tools, person, row.card.release_id)
    release = view.row.release
    return page(
        request,
        "open.html",
        status=422 if faults else 200,
        row=row,
        view=view,
        release=release,
        mark=marking(release, view.row.contact),
        informed=is_asked(release),
        own_key=any(key.ended_at is None for key in own_age_keys.list_age_keys(tools, person)),
        faults=faults or {},
    )
