"""For administrators: by which organisations' own sign-in people come in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import administering, provider_sign_in, providers
from app.actions.tools import Actor, Tools
from app.api.providers import ProviderIn
from app.rules.errors import Conflict, Malformed
from app.web.administering import EVERY_ORGANISATION
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ProviderHere = Annotated[str, Path(pattern=r"^idp_[0-9a-f]{24}$")]
_WORDS = {
    "organisation_id": "Choose whose people it signs in",
    "issuer": "Enter the provider's address, beginning with https://",
    "client_id": "Enter the name by which the provider knows this service",
    "secret": "Enter the secret as the provider gave it, without blanks",
    "domains": "Enter at least one domain of e-mail addresses, like department.gov.uk",
    "acr": "Enter values without commas, separated by blanks",
    "amr": "Enter values without commas, separated by blanks",
}


@router.get("/admin/providers")
def providers_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show every provider, and propose one."""
    return _shown(request, tools, person, Form())


@router.post("/admin/providers")
def propose(request: Request, tools: ToolsHere, person: PersonHere, form: FormHere) -> Response:
    """Propose a provider."""
    sent = {
        **{name: form[name] for name in ("organisation_id", "issuer", "client_id", "secret")},
        **{name: form[name].replace(",", " ").split() for name in ("domains", "acr", "amr")},
        "required": form.ticked("required"),
    }
    try:
        given = checked(ProviderIn, sent, _WORDS)
        providers.propose_provider(
            tools,
            person,
            organisation_id=given.organisation_id,
            issuer=given.issuer,
            client_id=given.client_id,
            secret=given.secret,
            domains=tuple(given.domains),
            required=given.required,
            acr=tuple(given.acr),
            amr=tuple(given.amr),
        )
    except FaultyForm as error:
        return _shown(request, tools, person, form, faults=error.faults)
    except Malformed as error:
        field = next((fault["where"] for fault in error.extra.get("errors", ())), "body.issuer")
        return _shown(request, tools, person, form, faults={field.removeprefix("body."): error.detail})
    return go_to("/admin/providers")


@router.post("/admin/providers/{provider_id}/approval")
def approve(
    request: Request, tools: ToolsHere, person: PersonHere, provider_id: ProviderHere, _form: FormHere
) -> Response:
    """Approve what another administrator proposed."""
    try:
        providers.approve_provider(tools, person, provider_id)
    except Conflict as error:
        return _shown(request, tools, person, Form(), faults={"standing": error.detail})
    return go_to("/admin/providers")


@router.post("/admin/providers/{provider_id}/required")
def require(tools: ToolsHere, person: PersonHere, provider_id: ProviderHere, form: FormHere) -> Response:
    """Let its people have codes by e-mail too, or not."""
    providers.change_provider(tools, person, provider_id, required=form.ticked("required"))
    return go_to("/admin/providers")


@router.post("/admin/providers/{provider_id}/end")
def end(tools: ToolsHere, person: PersonHere, provider_id: ProviderHere, _form: FormHere) -> Response:
    """End a provider."""
    providers.end_provider(tools, person, provider_id)
    return go_to("/admin/providers")


def _shown(
    request: Request, tools: Tools, person: Actor, form: Form, *, faults: dict[str, str] | None = None
) -> Response:
    known = providers.list_providers(tools, person)
    return page(
        request,
        "admin_providers.html",
        status=422 if faults else 200,
        standing=[one for one in known if one.ended_at is None],
        ended=[one for one in known if one.ended_at is not None],
        way_back={one.provider_id: provider_sign_in.way_back(tools, one.provider_id) for one in known},
        organisations=administering.leaf_through_organisations(tools, person, limit=EVERY_ORGANISATION),
        form=form,
        faults=faults or {},
    )
