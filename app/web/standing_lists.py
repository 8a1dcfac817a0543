"""The series of a producer on pages, and the standing list of each: taken from a list in force, changed line by line.

It grants nothing by itself: a new release's list begins from it, waits for each holder to be confirmed, and is approved
for its own release.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.actions import standing
from app.actions.lists import PREPARERS
from app.actions.standing import StandingRow, StandingView
from app.actions.tools import Actor, Tools, require_revision
from app.api.organisations import ProducerId
from app.api.series import StandingIn
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Grant, GrantClass, Role
from app.rules.mailboxes import normalise_address
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.list_terms import WORDS, added, filled, holder_of
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.posts import sees_posts
from app.web.producing import revision_of
from app.web.shell import page
from app.web.sign_in import go_to
from app.web.standing_terms import as_it_stands, changed, choices

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
_MEANWHILE = (
    "Somebody changed it first: this standing list is not what you were shown. Nothing was done. What you typed is "
    "kept below. Look at how the list stands now, then send it again."
)
_TAKE = "Choose the list that it is taken from"
SeriesId = Annotated[str, Path(pattern=r"^ser_[0-9a-f]{24}$")]
LineId = Annotated[str, Path(pattern=r"^stg_[0-9a-f]{24}$")]


@router.get("/producer/calendars/{producer_id}/series")
def series_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    after: Annotated[str | None, Query(pattern=r"^ser_[0-9a-f]{24}$")] = None,
) -> Response:
    """Show the series of a producer by title."""
    producer, found = standing.see_series(tools, person, producer_id, limit=ON_A_PAGE + 1, after=after)
    more = found[ON_A_PAGE - 1].series_id if len(found) > ON_A_PAGE else None
    return page(request, "series.html", producer=producer, found=found[:ON_A_PAGE], next=more)


@router.get("/producer/series/{series_id}")
def standing_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    series_id: SeriesId,
    listed: Annotated[str, Query(alias="list", pattern=r"^(lst_[0-9a-f]{24})?$")] = "",
) -> Response:
    """Show the standing list of a series; the head of profession takes one."""
    return _shown(request, tools, person, series_id, Form({"list_id": listed}))


@router.post("/producer/series/{series_id}/standing-list")
def take(request: Request, tools: ToolsHere, person: PersonHere, series_id: SeriesId, form: FormHere) -> Response:
    """Take a list in force in the place of the standing list there was; once for each form that was given out."""
    here = f"/producer/series/{series_id}"

    def act(once: Tools) -> str:
        given = checked(StandingIn, {"list_id": form["list_id"]}, {"list_id": _TAKE})
        standing.take_standing(once, person, series_id, given.list_id, revision=revision_of(form))
        return here

    try:
        return go_once(tools, person, form, f"{here}/standing-list", act)
    except FaultyForm as error:
        return _shown(request, tools, person, series_id, form, error.faults)
    except OutOfOrder as error:
        return _shown(request, tools, person, series_id, form, {"list_id": error.detail})


@router.get("/producer/series/{series_id}/lines/new")
def new_line(request: Request, tools: ToolsHere, person: PersonHere, series_id: SeriesId) -> Response:
    """Ask for a line."""
    blank = Form({"grant_class": GrantClass.ELIGIBLE_PERSON.value})
    return _line(request, tools, person, series_id, None, blank)


@router.post("/producer/series/{series_id}/lines/new")
def add_line(request: Request, tools: ToolsHere, person: PersonHere, series_id: SeriesId, form: FormHere) -> Response:
    """Add a line, with its holder where one is named; once for each form that was given out."""
    here = f"/producer/series/{series_id}"

    def act(once: Tools) -> str:
        given, holder = added(form)
        standing.add_standing_grant(
            once,
            person,
            series_id,
            given.grant(),
            revision=revision_of(form),
            holder=holder.holder() if holder else None,
        )
        return here

    try:
        return go_once(tools, person, form, f"{here}/lines/new", act)
    except (FaultyForm, Malformed, Conflict) as error:
        return _again(request, tools, person, series_id, None, form, error)


@router.get("/producer/series/{series_id}/lines/{line_id}")
def line_page(request: Request, tools: ToolsHere, person: PersonHere, series_id: SeriesId, line_id: LineId) -> Response:
    """Show a line with everything that can be changed of it."""
    return _line(request, tools, person, series_id, line_id, Form())


@router.post("/producer/series/{series_id}/lines/{line_id}")
def change_line(
    request: Request, tools: ToolsHere, person: PersonHere, series_id: SeriesId, line_id: LineId, form: FormHere
) -> Response:
    """Change the terms of a line."""
    view = _editable(tools, person, series_id)
    try:
        require_revision(view.series.standing_revision, revision_of(form))  # the line may be gone with what changed
        change = changed(form, _row_of(view, line_id))
        if change.model_fields_set:
            standing.change_standing_grant(tools, person, series_id, line_id, change.change, revision=revision_of(form))
    except (FaultyForm, Malformed, Conflict) as error:
        return _again(request, tools, person, series_id, line_id, form, error)
    return go_to(f"/producer/series/{series_id}")


@router.post("/producer/series/{series_id}/lines/{line_id}/holder")
def name_holder(
    request: Request, tools: ToolsHere, person: PersonHere, series_id: SeriesId, line_id: LineId, form: FormHere
) -> Response:
    """Name the one person who holds the post from now on."""
    try:
        holder = holder_of(form)
        if holder is None:
            raise FaultyForm({"email": WORDS["email"]})
        there = [one for one in _editable(tools, person, series_id).rows if one.grant.grant_id == line_id]
        same = normalise_address(holder.email) in [one.holder_email for one in there]
        if same and holder.held_from_on is None:
            return go_to(f"/producer/series/{series_id}")  # as it stands: no change, and no hand in it
        standing.change_standing_grant(
            tools, person, series_id, line_id, _as_it_is, revision=revision_of(form), holder=holder.holder()
        )
    except (FaultyForm, Malformed, Conflict) as error:
        return _again(request, tools, person, series_id, line_id, form, error)
    return go_to(f"/producer/series/{series_id}")


@router.post("/producer/series/{series_id}/lines/{line_id}/removal")
def remove_line(tools: ToolsHere, person: PersonHere, series_id: SeriesId, line_id: LineId, form: FormHere) -> Response:
    """Take a line off."""
    standing.remove_standing_grant(tools, person, series_id, line_id, revision=revision_of(form))
    return go_to(f"/producer/series/{series_id}")


def _as_it_is(grant: Grant) -> Grant:
    return grant


def _again(
    request: Request,
    tools: Tools,
    person: Actor,
    series_id: str,
    line_id: str | None,
    form: Form,
    error: FaultyForm | Malformed | Conflict,
) -> Response:
    """Show a line again with what was typed: what is wrong beside its field, or what somebody else changed meanwhile.

    Raises:
        Conflict: The line was taken off meanwhile, so that there is nothing to show.
    """
    if not isinstance(error, Conflict) or error.code is Code.ALREADY_EXISTS:
        return _line(request, tools, person, series_id, line_id, form, _faults(error))
    if error.code is not Code.CHANGED_MEANWHILE:
        raise error
    there = {one.grant.grant_id for one in _editable(tools, person, series_id).rows}
    if line_id is not None and line_id not in there:
        raise error
    typed = Form({name: value for name, value in form.fields.items() if name != "revision"})  # it goes on from now
    return _line(request, tools, person, series_id, line_id, typed, notice=_MEANWHILE)


def _faults(error: FaultyForm | Malformed | Conflict) -> dict[str, str]:
    """Say beside which field what was refused belongs."""
    if isinstance(error, FaultyForm):
        return error.faults
    if isinstance(error, Conflict):
        return {"email": error.detail}
    where = {str(one["where"]).rpartition(".")[2] for one in error.extra.get("errors", ())}
    return {
        next((name for name in ("name", "email", "post_title", "grant_class") if name in where), "ground"): error.detail
    }


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    series_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    view = standing.read_standing(tools, person, series_id)
    takes = person.has(view.producer.organisation_id, Role.HEAD_OF_PROFESSION)
    named = "" if faults else form["list_id"]
    return page(
        request,
        "standing.html",
        status=422 if faults else 200,
        view=view,
        series=view.series,
        edits=_may_edit(person, view),
        takeable=standing.list_takeable(tools, person, series_id, named=named) if takes else (),
        takes=takes,
        mine=person.actor_id in view.series.standing_edited_by,
        sees_posts=sees_posts(person),
        once=fresh_key(tools),
        form=form,
        faults=faults or {},
    )


def _line(
    request: Request,
    tools: Tools,
    person: Actor,
    series_id: str,
    line_id: str | None,
    form: Form,
    faults: dict[str, str] | None = None,
    *,
    notice: str = "",
) -> Response:
    view = _editable(tools, person, series_id)
    row = _row_of(view, line_id) if line_id is not None else None
    before = filled(row) if row is not None else {}
    return page(
        request,
        "standing_line.html",
        status=412 if notice else 422 if faults else 200,
        notice=notice,
        stands=as_it_stands(form, row) if notice and row is not None else (),
        view=view,
        series=view.series,
        row=row,
        choices=choices(view, row),
        once=fresh_key(tools),
        form=Form({**before, **form.fields}),
        faults=faults or {},
    )


def _may_edit(person: Actor, view: StandingView) -> bool:
    return view.series.standing_from_list_id is not None and person.has(view.producer.organisation_id, *PREPARERS)


def _editable(tools: Tools, person: Actor, series_id: str) -> StandingView:
    """Give a standing list to whoever may change it; for others, and where there is none, there is no such page."""
    view = standing.read_standing(tools, person, series_id)
    if not _may_edit(person, view):
        raise NotFound("")
    return view


def _row_of(view: StandingView, line_id: str) -> StandingRow:
    for one in view.rows:
        if one.grant.grant_id == line_id:
            return one
    raise NotFound("")
