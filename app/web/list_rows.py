"""One row of a draft list on a page: added, changed, given its holder, confirmed, taken off."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import eligibility
from app.actions.lists import GrantRow, ListView
from app.actions.releases import PREPARERS
from app.actions.tools import Actor, Tools
from app.rules.errors import Code, Conflict, Malformed, NotFound
from app.rules.facts import GrantClass, ListState, ReleaseState
from app.rules.window import limit_text
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere
from app.web.list_terms import INFORMED, WORDS, added, changed, choices, filled, holder_of
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producing import revision_of
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ListId = Annotated[str, Path(pattern=r"^lst_[0-9a-f]{24}$")]
GrantId = Annotated[str, Path(pattern=r"^grt_[0-9a-f]{24}$")]
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)


def may_edit(person: Actor, view: ListView) -> bool:
    """Say whether somebody may change a version: they prepare its release, it is a draft, and the release not over."""
    return may_ask(person, view) and view.row.eligibility_list.state is ListState.DRAFT


def may_ask(person: Actor, view: ListView) -> bool:
    """Say whether somebody may ask about a list: they prepare its release, and the release is not over."""
    prepares = person.has(view.release.organisation_id, *PREPARERS)
    return prepares and view.release.release.state not in _OVER


@router.get("/lists/{list_id}/rows/new")
def new_row(request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId) -> Response:
    """Ask for a row."""
    return _shown(request, tools, person, list_id, None, Form({"grant_class": GrantClass.ELIGIBLE_PERSON.value}))


@router.post("/lists/{list_id}/rows/new")
def add_row(request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, form: FormHere) -> Response:
    """Add a row, with its holder where one is named; once for each form that was given out."""

    def act(once: Tools) -> str:
        given, holder = added(form)
        eligibility.add_grant(
            once,
            person,
            list_id,
            given.grant(),
            revision=revision_of(form),
            holder=holder.holder() if holder else None,
        )
        return f"/lists/{list_id}"

    try:
        return go_once(tools, person, form, f"/lists/{list_id}/rows/new", act)
    except (FaultyForm, Malformed, Conflict) as error:
        return _shown(request, tools, person, list_id, None, form, _faults(error))


@router.get("/lists/{list_id}/rows/{grant_id}")
def row_page(request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId) -> Response:
    """Show a row with everything that can be changed of it."""
    return _shown(request, tools, person, list_id, grant_id, Form())


@router.post("/lists/{list_id}/rows/{grant_id}")
def change_row(
    request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId, form: FormHere
) -> Response:
    """Change the terms of a row, or the title of its post."""
    try:
        change = changed(form, _row_of(_editable(tools, person, list_id), grant_id))
        if change.model_fields_set:
            eligibility.change_grant(
                tools, person, list_id, grant_id, change.change, revision=revision_of(form), one_post=change.one_post
            )
    except (FaultyForm, Malformed) as error:
        return _shown(request, tools, person, list_id, grant_id, form, _faults(error))
    return go_to(f"/lists/{list_id}")


@router.post("/lists/{list_id}/rows/{grant_id}/holder")
def name_holder(
    request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId, form: FormHere
) -> Response:
    """Name the one person who holds the post."""
    try:
        holder = holder_of(form)
        if holder is None:
            raise FaultyForm({"email": WORDS["email"]})
        eligibility.name_holder(tools, person, list_id, grant_id, holder.holder(), revision=revision_of(form))
    except (FaultyForm, Malformed, Conflict) as error:
        return _shown(request, tools, person, list_id, grant_id, form, _faults(error))
    return go_to(f"/lists/{list_id}")


@router.post("/lists/{list_id}/rows/{grant_id}/confirmation")
def confirm_holder(
    tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId, form: FormHere
) -> Response:
    """Confirm that the person named still holds the post and needs access."""
    eligibility.confirm_holder(tools, person, list_id, grant_id, revision=revision_of(form))
    return go_to(f"/lists/{list_id}")


@router.post("/lists/{list_id}/rows/{grant_id}/removal")
def remove_row(tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId, form: FormHere) -> Response:
    """Take a row off the draft."""
    eligibility.remove_grant(tools, person, list_id, grant_id, revision=revision_of(form))
    return go_to(f"/lists/{list_id}")


def _faults(error: FaultyForm | Malformed | Conflict) -> dict[str, str]:
    """Say beside which field what was refused belongs.

    Raises:
        Conflict: Somebody changed the draft meanwhile, which is no field's fault.
    """
    if isinstance(error, FaultyForm):
        return error.faults
    if isinstance(error, Conflict):
        if error.code is not Code.ALREADY_EXISTS:
            raise error
        return {"email": error.detail}
    where = {str(one["where"]).rpartition(".")[2] for one in error.extra.get("errors", ())}
    if "board_informed_at" in where:
        return {INFORMED: "The Board cannot have been informed in the future"}
    return {next((name for name in ("name", "email") if name in where), "post_title"): error.detail}


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    list_id: str,
    grant_id: str | None,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    view = _editable(tools, person, list_id)
    row = _row_of(view, grant_id) if grant_id is not None else None
    release = view.release.release
    before = filled(row) if row is not None else {}
    return page(
        request,
        "list_row.html",
        status=422 if faults else 200,
        view=view,
        release=release,
        row=row,
        limit=limit_text(release),
        choices=choices(release, view, row),
        once=fresh_key(tools),
        form=Form({**before, **form.fields}),
        faults=faults or {},
    )


def _editable(tools: Tools, person: Actor, list_id: str) -> ListView:
    """Give a version to whoever may change it; for others, and of what no longer changes, there is no such page."""
    view = eligibility.read_list(tools, person, list_id)
    if not may_edit(person, view):
        raise NotFound("")
    return view


def _row_of(view: ListView, grant_id: str) -> GrantRow:
    for one in view.row.rows:
        if one.grant.grant_id == grant_id:
            return one
    raise NotFound("")
