"""A release's documents: uploaded as they stream in, fixed by a second person, and taken back."""

from __future__ import annotations

from functools import partial

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import documents, recalls
from app.actions.documents import Arriving
from app.actions.releases import PREPARERS
from app.actions.tools import Actor, Tools
from app.api.documents import FixIn, RecallIn
from app.api.places import DocumentId, ReleaseId
from app.api.streams import from_the_loop, upload_limiter
from app.rules.errors import Code, Conflict, Malformed, NotFound
from app.rules.facts import DocumentState, ReleaseState, Role
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, ask_again_who, checked
from app.web.destroying import destroys
from app.web.files import FileFormHere
from app.web.page_route import PageRoute
from app.web.producing import revision_of, staffed
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_RECALLERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
STANDING = (DocumentState.DRAFT, DocumentState.FINAL)
_WORDS = {"sha256": "Enter the SHA-256 of your own file: 64 digits and letters from a to f"}
_WHY = {"reason": "Say why, in up to 5,000 characters: everybody who was served reads it"}
# Browsers guess a type from what is installed where they run; what the file is, its name and its bytes say.
_UNGUESSED = "application/octet-stream"


@router.get("/producer/releases/{release_id}/documents")
def documents_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show the documents of a release, upload one, and fix a draft by its hash."""
    return _documents(request, tools, person, release_id)


@router.post("/producer/releases/{release_id}/documents")
async def upload(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FileFormHere
) -> Response:
    """Take a document; it is sealed as it arrives."""
    act = partial(_upload, request, tools, person, release_id, form)
    return await anyio.to_thread.run_sync(act, limiter=upload_limiter())


@router.post("/documents/{document_id}/fixing")
def fix(request: Request, tools: ToolsHere, person: PersonHere, document_id: DocumentId, form: FormHere) -> Response:
    """Fix a draft as final form, by a second person who states the hash of their own file."""
    row = documents.get_document(tools, person, document_id)
    try:
        given = checked(FixIn, {"sha256": "".join(form["sha256"].split())}, _WORDS)
        documents.fix_document(tools, person, document_id, sha256=given.sha256, revision=revision_of(form))
    except FaultyForm as error:
        said = error.faults["sha256"]
    except Conflict as error:
        if error.code is not Code.HASH_DIFFERS:
            raise
        said = error.detail
    else:
        return go_to(f"/producer/releases/{row.card.release_id}/documents")
    faults = {f"sha256-{document_id}": said}
    return _documents(request, tools, person, row.card.release_id, faults=faults)


@router.get("/documents/{document_id}/recall")
def before_recall(request: Request, tools: ToolsHere, person: PersonHere, document_id: DocumentId) -> Response:
    """Show what a recall does, before it is done."""
    return _before_recall(request, tools, person, document_id, Form())


@router.post("/documents/{document_id}/recall")
def recall(request: Request, tools: ToolsHere, person: PersonHere, document_id: DocumentId, form: FormHere) -> Response:
    """Take one document back: nobody opens it any more, and everybody served is asked what they did with it."""
    try:
        given = checked(RecallIn, {"reason": form["reason"]}, _WHY)
    except FaultyForm as error:
        return _before_recall(request, tools, person, document_id, form, faults=error.faults)
    row = documents.recall_document(tools, person, document_id, reason=given.reason, revision=revision_of(form))
    return go_to(f"/producer/releases/{row.card.release_id}/recalls")


@router.get("/producer/releases/{release_id}/recall")
def before_recall_of_all(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show what a recall of everything does, before it is done."""
    return _before_recall_of_all(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/recall")
def recall_all(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere
) -> Response:
    """Take everything of a release back, or only the copies that were read too early."""
    faults = {} if form["what"] in ("all", "copies") else {"what": "Choose what is taken back"}
    try:
        given = checked(RecallIn, {"reason": form["reason"]}, _WHY)
    except FaultyForm as error:
        faults |= error.faults
    if faults:
        return _before_recall_of_all(request, tools, person, release_id, form, faults=faults)
    recalls.recall_release(tools, person, release_id, reason=given.reason, copies_only=form["what"] == "copies")
    return go_to(f"/producer/releases/{release_id}/recalls")


def _upload(request: Request, tools: Tools, person: Actor, release_id: str, sent: FileFormHere) -> Response:
    staffed(tools, person, release_id)
    said = {name: sent.form[name] for name in ("replaces_id", "note")}
    if not sent.name:
        return _documents(request, tools, person, release_id, faults={"file": "Choose a file"}, said=said)
    arriving = Arriving(
        file_name=sent.name,
        media_type=_UNGUESSED,
        chunks=from_the_loop(sent.chunks),
        replaces_id=said["replaces_id"] or None,
        note=said["note"],
    )
    try:
        # The bytes may have taken long: whoever was signed out or lost their role meanwhile puts nothing on record.
        documents.upload_document(tools, person, release_id, arriving, ask_again=lambda: ask_again_who(request))
    except Malformed as error:
        where = "note" if error.code is Code.REASON_REQUIRED else "file"
        return _documents(request, tools, person, release_id, faults={where: error.detail}, said=said)
    return go_to(f"/producer/releases/{release_id}/documents")


def _documents(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    *,
    faults: dict[str, str] | None = None,
    said: dict[str, str] | None = None,
) -> Response:
    view = staffed(tools, person, release_id)
    release = view.row.release
    rows = documents.list_documents(tools, person, release_id)
    shown = {
        "view": view,
        "release": release,
        "documents": rows,
        "destroyable": {one.card.document_id for one in rows if destroys(person, one, view.row.organisation_id)},
        "uploads": person.has(view.row.organisation_id, *PREPARERS) and release.state not in _OVER,
        "recalls": person.has(view.row.organisation_id, *_RECALLERS),
        "standing": STANDING,
        "faults": faults or {},
        "said": said or {},
    }
    return page(request, "documents.html", status=422 if faults else 200, **shown)


def _before_recall(
    request: Request, tools: Tools, person: Actor, document_id: str, form: Form, *, faults: dict[str, str] | None = None
) -> Response:
    row = documents.get_document(tools, person, document_id)
    view = staffed(tools, person, row.card.release_id)
    if not person.has(view.row.organisation_id, *_RECALLERS):
        raise NotFound("")
    shown = {"row": row, "release": view.row.release, "offered": 0, "form": form, "faults": faults or {}}
    return page(request, "recalling.html", status=422 if faults else 200, **shown)


def _before_recall_of_all(
    request: Request, tools: Tools, person: Actor, release_id: str, form: Form, *, faults: dict[str, str] | None = None
) -> Response:
    view = staffed(tools, person, release_id)
    if not person.has(view.row.organisation_id, *_RECALLERS):
        raise NotFound("")
    offered = recalls.recalls_of_release(tools, person, release_id).offered_people
    shown = {"row": None, "release": view.row.release, "offered": offered, "form": form, "faults": faults or {}}
    return page(request, "recalling.html", status=422 if faults else 200, **shown)
