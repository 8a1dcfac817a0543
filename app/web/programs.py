"""Credentials of programs, for administrators: which there are, when each was last used, and a secret shown once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import administering, credentials
from app.actions.credentials import NewCredential
from app.actions.tools import Actor, Tools
from app.api.organisations import ClientId, CredentialIn
from app.rules.errors import Code, Conflict, Malformed
from app.rules.facts import Role
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PLACE = "/admin/credentials"
EVERY_ORGANISATION = 1000
_SHOWN_BEFORE = (
    "This form has been sent before, and the secret was shown then. Where nobody copied it, give the credential a new "
    "one under Programs’ credentials. Nothing was done twice."
)
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
        return _shown_once(
            request,
            tools,
            person,
            form,
            PLACE,
            lambda once: credentials.make_credential(
                once, person, name=given.name, role=Role(given.role), organisation_id=given.organisation_id
            ),
        )
    except FaultyForm as error:
        return _credentials(request, tools, person, form, faults=error.faults)
    except Malformed as error:
        return _credentials(request, tools, person, form, faults={"organisation_id": error.detail})


@router.post("/admin/credentials/{client_id}/secret")
def renew(request: Request, tools: ToolsHere, person: PersonHere, client_id: ClientId, form: FormHere) -> Response:
    """Give it a new secret, and show it this once."""
    where = f"{PLACE}/{client_id}/secret"
    return _shown_once(
        request,
        tools,
        person,
        form,
        where,
        lambda once: credentials.renew_secret(once, person, client_id),
        renewed=True,
    )


@router.post("/admin/credentials/{client_id}/end")
def end(tools: ToolsHere, person: PersonHere, client_id: ClientId, _form: FormHere) -> Response:
    """End it; it counts no more from the program's next request on."""
    credentials.end_credential(tools, person, client_id)
    return go_to(PLACE)


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
        fresh=partial(fresh_key, tools),
    )


def _shown_once(
    request: Request,
    tools: Tools,
    person: Actor,
    form: Form,
    where: str,
    act: Callable[[Tools], NewCredential],
    *,
    renewed: bool = False,
) -> Response:
    """Make a secret and show it. The page loaded again makes no other: that would break a program just configured.

    Raises:
        Conflict: The form was sent before.
    """
    made: list[NewCredential] = []

    def make_it(once: Tools) -> str:
        made.append(act(once))
        return PLACE

    go_once(tools, person, form, where, make_it)
    if not made:
        raise Conflict(_SHOWN_BEFORE, code=Code.IDEMPOTENCY_KEY_REUSED)
    return page(request, "admin_credential_secret.html", made=made[0], renewed=renewed)
