"""Credentials of programs, for administrators: which there are, when each was last used, and a secret shown once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import administering, credentials
from app.actions.credentials import NewCredential
from app.actions.tools import Actor, Tools
from app.api.organisations import ClientId, CredentialIn
from app.rules.errors import Malformed
from app.rules.facts import Role
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False)

EVERY_ORGANISATION = 1000
_WORDS = {
    "name": "Say which program it is, on one line",
    "role": "Choose what the program may do",
    "organisation_id": "Choose one of the organisations, or the whole service",
}
_ROLES = {
    Role.AUDITOR: "Reads the log, as an auditor does",
    Role.STATISTICIAN: "Prepares releases and lists of one producer, as a statistician does",
}


@router.get("/admin/credentials")
def credentials_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show which credentials there are, and make one."""
    return _credentials(request, tools, person, Form())


@router.post("/admin/credentials")
def make(request: Request, tools: ToolsHere, person: PersonHere, form: FormHere) -> Response:
    """Make a credential, and show its secret this once."""
    sent = {"name": form["name"], "role": form["role"], "organisation_id": form["organisation_id"] or None}
    try:
        given = checked(CredentialIn, sent, _WORDS)
        made = credentials.make_credential(
            tools, person, name=given.name, role=Role(given.role), organisation_id=given.organisation_id
        )
    except FaultyForm as error:
        return _credentials(request, tools, person, form, faults=error.faults)
    except Malformed as error:
        return _credentials(request, tools, person, form, faults={"organisation_id": error.detail})
    return _secret(request, made, renewed=False)


@router.post("/admin/credentials/{client_id}/secret")
def renew(request: Request, tools: ToolsHere, person: PersonHere, client_id: ClientId, _form: FormHere) -> Response:
    """Give it a new secret, and show it this once."""
    return _secret(request, credentials.renew_secret(tools, person, client_id), renewed=True)


@router.post("/admin/credentials/{client_id}/end")
def end(tools: ToolsHere, person: PersonHere, client_id: ClientId, _form: FormHere) -> Response:
    """End it; it counts no more from the program's next request on."""
    credentials.end_credential(tools, person, client_id)
    return go_to("/admin/credentials")


def _credentials(
    request: Request, tools: Tools, person: Actor, form: Form, *, faults: dict[str, str] | None = None
) -> Response:
    found = credentials.list_credentials(tools, person)
    return page(
        request,
        "admin_credentials.html",
        status=422 if faults else 200,
        standing=[one for one in found if one.row.ended_at is None],
        ended=[one for one in found if one.row.ended_at is not None],
        organisations=administering.leaf_through_organisations(tools, person, limit=EVERY_ORGANISATION),
        role_words=_ROLES,
        form=form,
        faults=faults or {},
    )


def _secret(request: Request, made: NewCredential, *, renewed: bool) -> Response:
    return page(request, "admin_credential_secret.html", made=made, renewed=renewed)
