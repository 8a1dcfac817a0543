"""Destroying the key of a recalled document, by the head of profession, when another recalled it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import destroying, documents, people
from app.actions.documents import DocumentRow
from app.actions.tools import Actor, Tools
from app.api.documents import DestroyKeyIn
from app.api.places import DocumentId
from app.rules.errors import Code, NotFound, Refused
from app.rules.facts import DocumentState, Role
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.producing import revision_of, staffed
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WORDS = {"reason": "Say why, in up to 5,000 characters"}


@router.get("/documents/{document_id}/key-destruction")
def before_destruction(request: Request, tools: ToolsHere, person: PersonHere, document_id: DocumentId) -> Response:
    """Show what is lost with the key, before it is destroyed."""
    return _before(request, tools, person, document_id, Form())


@router.post("/documents/{document_id}/key-destruction")
def destroy(
    request: Request, tools: ToolsHere, person: PersonHere, document_id: DocumentId, form: FormHere
) -> Response:
    """Destroy the key: nobody opens the document any more, here or from a backup."""
    try:
        given = checked(DestroyKeyIn, {"reason": form["reason"]}, _WORDS)
    except FaultyForm as error:
        return _before(request, tools, person, document_id, form, faults=error.faults)
    try:
        row = destroying.destroy_document_key(
            tools, person, document_id, reason=given.reason, revision=revision_of(form)
        )
    except Refused as error:
        if error.code is not Code.FRESH_SIGN_IN_REQUIRED:
            raise
        return _before(request, tools, person, document_id, form, status=403)
    return go_to(f"/producer/releases/{row.card.release_id}/documents")


def destroys(person: Actor, row: DocumentRow, organisation_id: str) -> bool:
    """Say whether this person may destroy the key of a document, as far as their role and the document go."""
    return (
        row.card.state is DocumentState.RECALLED
        and row.key_destroyed_at is None
        and person.has(organisation_id, Role.HEAD_OF_PROFESSION)
    )


def _before(
    request: Request,
    tools: Tools,
    person: Actor,
    document_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    row = documents.get_document(tools, person, document_id)
    view = staffed(tools, person, row.card.release_id)
    if not destroys(person, row, view.row.organisation_id):
        raise NotFound("")
    shown = {
        "row": row,
        "release": view.row.release,
        "own_recall": row.recalled_by == person.actor_id,
        "known": people.me(tools, person),
        "form": form,
        "faults": faults or {},
    }
    return page(request, "destroying.html", status=422 if faults else status, **shown)
