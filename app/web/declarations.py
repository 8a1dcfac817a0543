"""The declaration: the words in full, and the signing; what somebody has signed, and its receipt."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import declarations, people, signatures
from app.actions.tools import Actor, Tools
from app.api.declaration_schemas import SignIn
from app.api.places import DeclarationId, ReleaseId
from app.rules.errors import Code, Malformed
from app.rules.facts import DeclarationScope
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WORDS = {
    "undertaking_sha256": to_translate("Read the words again: they have changed since you opened this page"),
    "typed_name": to_translate("Type your name as it stands here"),
    "agreed": to_translate("Tick the box if you agree"),
}


@router.get("/releases/{release_id}/declaration")
def declaration_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    scope: DeclarationScope = DeclarationScope.RELEASE,
) -> Response:
    """Show the words that this person would sign today, and where to sign them."""
    return _shown(request, tools, person, release_id, scope)


@router.post("/releases/{release_id}/declaration")
def sign(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Sign by typing one's name and ticking the box."""
    scope = DeclarationScope.SERIES if form["scope"] == "series" else DeclarationScope.RELEASE
    try:
        given = _signature(form, scope)
        signed = declarations.sign_declaration(
            tools,
            person,
            release_id,
            undertaking_sha256=given.undertaking_sha256,
            typed_name=given.typed_name,
            agreed=given.agreed,
            scope=scope,
        )
    except FaultyForm as error:
        return _shown(request, tools, person, release_id, scope, typed=form["typed_name"], faults=error.faults)
    except Malformed as error:
        if error.code is not Code.DECLARATION_NOT_VALID:
            raise
        faults = {"typed_name": error.detail}
        return _shown(request, tools, person, release_id, scope, typed=form["typed_name"], faults=faults)
    return go_to(f"/declarations/{signed.declaration.declaration_id}?signed=yes")


@router.get("/declarations/{declaration_id}")
def receipt_page(
    request: Request, tools: ToolsHere, person: PersonHere, declaration_id: DeclarationId, signed: str = ""
) -> Response:
    """Show what was signed, with the receipt to keep."""
    row, receipt = signatures.get_declaration(tools, person, declaration_id)
    return page(request, "signed.html", row=row, receipt=receipt, just_signed=signed == "yes")


@router.post("/declarations/{declaration_id}/withdrawal")
def withdraw(tools: ToolsHere, person: PersonHere, declaration_id: DeclarationId, _form: FormHere) -> Response:
    """Withdraw a declaration: it no longer counts."""
    declarations.withdraw_declaration(tools, person, declaration_id)
    return go_to(f"/declarations/{declaration_id}")


def _signature(form: Form, scope: DeclarationScope) -> SignIn:
    sent: dict[str, object] = {
        "undertaking_sha256": form["undertaking_sha256"],
        "typed_name": form["typed_name"],
        "agreed": form.ticked("agreed"),
        "scope": scope.value,
    }
    if not form.ticked("agreed"):
        typed = {} if form["typed_name"] else {"typed_name": _WORDS["typed_name"]}
        raise FaultyForm({**typed, "agreed": _WORDS["agreed"]})
    return checked(SignIn, sent, _WORDS)


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    scope: DeclarationScope,
    *,
    typed: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    asked = declarations.undertaking_for(tools, person, release_id, scope=scope)
    known = people.me(tools, person)
    shown = {"asked": asked, "scope": scope.value, "known": known, "typed": typed, "faults": faults or {}}
    return page(request, "declaration.html", status=422 if faults else 200, **shown)
