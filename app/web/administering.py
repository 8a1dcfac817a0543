"""For administrators: organisations, people and their roles, and how the service does. No way leads to a document."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import administering, health, people, posts, providers, roles, sign_in
from app.actions.tools import Actor, Tools
from app.api.organisations import OrganisationIn, ProducerIn
from app.api.people import OrganisationId, PersonId, PersonIn, RoleId, RoleIn
from app.rules.errors import Conflict, Malformed
from app.rules.facts import Role
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute, asks_elsewhere
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
EVERY_ORGANISATION = 1000
_NAME = "Enter a name"
_EMAIL = "Enter the work e-mail address that this person alone reads"
_FIELDS = {
    "name": _NAME,
    "email": _EMAIL,
    "contact": "Say where recipients can ask",
    "declaration_days": "Enter a number of days, 1 to 366",
    "warning": "Shorten this to 5,000 characters",
}
_ROLES = {
    Role.STATISTICIAN: "Statistician: prepares releases, lists and documents",
    Role.LEAD_OFFICIAL: "Lead official: approves",
    Role.HEAD_OF_PROFESSION: "Head of profession: approves, and decides on incidents",
    Role.PUBLISHER: "Publisher: confirms that pages are scheduled",
    Role.COORDINATOR: "Coordinator: answers for a department's own people",
    Role.AUDITOR: "Auditor: reads the log",
    Role.ADMINISTRATOR: "Administrator: runs the service",
}


@router.get("/admin")
@asks_elsewhere
def admin_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show what there is to administer, and what is wrong with the service."""
    return page(request, "admin.html", findings=health.see_health(tools, person))


@router.get("/admin/organisations")
def organisations_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    after: Annotated[OrganisationId | None, Query()] = None,
) -> Response:
    """Show the organisations by name, and add one."""
    return _organisations(request, tools, person, Form(), after=after)


@router.post("/admin/organisations")
def add_organisation(request: Request, tools: ToolsHere, person: PersonHere, form: FormHere) -> Response:
    """Add an organisation."""
    try:
        given = checked(OrganisationIn, {"name": form["name"]}, _FIELDS)
        added = people.add_organisation(tools, person, given.name)
    except FaultyForm as error:
        return _organisations(request, tools, person, form, faults=error.faults)
    except Conflict as error:
        return _organisations(request, tools, person, form, faults={"name": error.detail})
    return go_to(f"/admin/organisations/{added.organisation_id}")


@router.get("/admin/organisations/{organisation_id}")
def organisation_page(
    request: Request, tools: ToolsHere, person: PersonHere, organisation_id: OrganisationId
) -> Response:
    """Show an organisation with its posts, and whether it is a producer."""
    return _organisation(request, tools, person, organisation_id, Form())


@router.post("/admin/organisations/{organisation_id}/producer")
def make_producer(
    request: Request, tools: ToolsHere, person: PersonHere, organisation_id: OrganisationId, form: FormHere
) -> Response:
    """Make it a producer."""
    sent: dict[str, object] = {
        "organisation_id": organisation_id,
        "contact": form["contact"],
        "warning": form["warning"],
        "declaration_for_all": form["declaration_for_all"] == "yes",
        "declaration_days": form["declaration_days"] or "365",
    }
    try:
        given = checked(ProducerIn, sent, _FIELDS)
        people.add_producer(tools, person, **given.model_dump())
    except FaultyForm as error:
        return _organisation(request, tools, person, organisation_id, form, faults=error.faults)
    return go_to(f"/admin/organisations/{organisation_id}")


@router.get("/admin/people")
def people_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    after: Annotated[PersonId | None, Query()] = None,
) -> Response:
    """Show people by name, and find or add somebody."""
    return _people(request, tools, person, Form(), after=after)


@router.post("/admin/people")
def add_or_find(request: Request, tools: ToolsHere, person: PersonHere, form: FormHere) -> Response:
    """Add a person, or find the one with an address: it stands in no address of ours, which browsers keep."""
    if "sought" in form.fields:
        return _people(request, tools, person, Form(), email=form["sought"])
    try:
        given = checked(PersonIn, {"name": form["name"], "email": form["email"]}, _FIELDS)
        added = people.add_person(tools, person, name=given.name, email=given.email)
    except FaultyForm as error:
        return _people(request, tools, person, form, faults=error.faults)
    except (Conflict, Malformed) as error:
        return _people(request, tools, person, form, faults={"email": error.detail})
    return go_to(f"/admin/people/{added.person_id}")


@router.get("/admin/people/{person_id}")
def person_page(request: Request, tools: ToolsHere, person: PersonHere, person_id: PersonId) -> Response:
    """Show a person with their roles and posts."""
    return _person(request, tools, person, person_id, Form())


@router.post("/admin/people/{person_id}/roles")
def give_role(request: Request, tools: ToolsHere, person: PersonHere, person_id: PersonId, form: FormHere) -> Response:
    """Give them a role."""
    sent = {"person_id": person_id, "role": form["role"], "organisation_id": form["organisation_id"] or None}
    words = {"role": "Choose a role", "organisation_id": "Choose where"}
    try:
        given = checked(RoleIn, sent, words)
        roles.give_role(
            tools, person, person_id=person_id, role=Role(given.role), organisation_id=given.organisation_id
        )
    except FaultyForm as error:
        return _person(request, tools, person, person_id, form, faults=error.faults)
    except Malformed as error:
        return _person(request, tools, person, person_id, form, faults={"organisation_id": error.detail})
    except Conflict as error:
        return _person(request, tools, person, person_id, form, faults={"role": error.detail})
    return go_to(f"/admin/people/{person_id}")


@router.post("/admin/people/{person_id}/roles/{role_id}/end")
def end_role(tools: ToolsHere, person: PersonHere, person_id: PersonId, role_id: RoleId, _form: FormHere) -> Response:
    """End a role; it counts no more from their next request on."""
    roles.end_role(tools, person, role_id)
    return go_to(f"/admin/people/{person_id}")


@router.post("/admin/people/{person_id}/sign-out")
def end_sessions(tools: ToolsHere, person: PersonHere, person_id: PersonId, _form: FormHere) -> Response:
    """End every session of theirs, e.g. when a machine was lost."""
    sign_in.end_sessions_of(tools, person, person_id)
    return go_to("/sign-in" if person_id == person.person_id else f"/admin/people/{person_id}")


@router.post("/admin/people/{person_id}/provider-accounts")
def unbind(tools: ToolsHere, person: PersonHere, person_id: PersonId, _form: FormHere) -> Response:
    """Take away the accounts of their organisation's sign-in, when those were made anew."""
    providers.unbind_accounts(tools, person, person_id)
    return go_to(f"/admin/people/{person_id}")


def _organisations(
    request: Request,
    tools: Tools,
    person: Actor,
    form: Form,
    *,
    after: str | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    found = administering.leaf_through_organisations(tools, person, limit=ON_A_PAGE + 1, after=after)
    more = found[ON_A_PAGE - 1].organisation_id if len(found) > ON_A_PAGE else None
    return page(
        request,
        "admin_organisations.html",
        status=422 if faults else 200,
        organisations=found[:ON_A_PAGE],
        next=more,
        form=form,
        faults=faults or {},
    )


def _organisation(
    request: Request,
    tools: Tools,
    person: Actor,
    organisation_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    card, producer = administering.see_organisation(tools, person, organisation_id)
    return page(
        request,
        "admin_organisation.html",
        status=422 if faults else 200,
        card=card,
        producer=producer,
        posts=posts.list_posts(tools, person, organisation_id=organisation_id, limit=500),
        form=form,
        faults=faults or {},
    )


def _people(
    request: Request,
    tools: Tools,
    person: Actor,
    form: Form,
    *,
    email: str = "",
    after: str | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    faults = faults or {}
    found = people.list_people(tools, person, limit=ON_A_PAGE + 1, after=after)
    if email.strip():
        try:
            only = people.find_person(tools, person, email)
            found = [only] if only else []
        except Malformed as error:
            found, faults = [], {"sought": error.detail}
    return page(
        request,
        "admin_people.html",
        status=422 if faults else 200,
        people=found[:ON_A_PAGE],
        next=found[ON_A_PAGE - 1].person_id if len(found) > ON_A_PAGE else None,
        email=email,
        form=form,
        faults=faults,
    )


def _person(
    request: Request,
    tools: Tools,
    person: Actor,
    person_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    seen = administering.see_person(tools, person, person_id)
    known = administering.leaf_through_organisations(tools, person, limit=EVERY_ORGANISATION)
    return page(
        request,
        "admin_person.html",
        status=422 if faults else 200,
        who=seen.person,
        roles=seen.roles,
        held=seen.held,
        organisations=known,
        names={one.organisation_id: one.name for one in known},
        role_words=_ROLES,
        form=form,
        faults=faults or {},
    )
