"""One version of an eligibility list: who is on it and why, what it changes, and its approval by a second person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import approval, confirmations, eligibility, submitting
from app.actions.lists import ListView
from app.actions.tools import Actor, Tools
from app.api.list_schemas import SubmissionIn
from app.rules.errors import Code, Malformed, Refused
from app.rules.facts import ListState, ReleaseState, Role
from app.rules.reasons import ReasonCode
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.grants import may_decide
from app.web.list_confirming import standing_of
from app.web.list_rows import may_edit
from app.web.list_words import change_lines, growth_line
from app.web.page_route import PageRoute
from app.web.posts import sees_posts
from app.web.producing import revision_of
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WORDS = {"growth_reason": "Shorten this to 5,000 letters"}
_FIELD_OF = {
    ReasonCode.LIST_FROZEN: "override_reason",
    ReasonCode.FAILURES_NOT_CONSIDERED: "failures_considered",
}
ListId = Annotated[str, Path(pattern=r"^lst_[0-9a-f]{24}$")]


@router.get("/lists/{list_id}")
def list_page(request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId) -> Response:
    """Show a version with what an approver has to weigh: differences, growth, past failures, what stands against it."""
    return _shown(request, tools, person, list_id, Form())


@router.post("/lists/{list_id}/submission")
def submit(request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, form: FormHere) -> Response:
    """Send a draft for approval, with why it is longer than the one before it."""
    try:
        given = checked(SubmissionIn, {"growth_reason": form["growth_reason"]}, _WORDS)
        submitting.submit_list(tools, person, list_id, revision=revision_of(form), growth_reason=given.growth_reason)
    except FaultyForm as error:
        return _shown(request, tools, person, list_id, form, error.faults)
    except Malformed as error:
        return _shown(request, tools, person, list_id, form, {"growth_reason": error.detail})
    return go_to(f"/lists/{list_id}")


@router.post("/lists/{list_id}/approval")
def approve(request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, form: FormHere) -> Response:
    """Approve a draft, by a second person."""
    try:
        approval.approve_list(
            tools,
            person,
            list_id,
            revision=revision_of(form),
            override_reason=form["override_reason"],
            failures_considered=form["failures_considered"],
        )
    except Refused as error:
        if error.code not in (Code.LIST_NOT_SOUND, Code.LIST_FROZEN):
            raise
        return _shown(request, tools, person, list_id, form, _lacking(error), receipt=error.extra.get("receipt"))
    return go_to(f"/lists/{list_id}")


def _lacking(error: Refused) -> dict[str, str]:
    """Say beside which field, or above them all, each thing belongs that the approval lacks."""
    faults: dict[str, str] = {}
    for reason in error.reasons:
        field = _FIELD_OF.get(reason.code, "lacking")
        said = f"{reason.detail} {reason.remedy}"
        faults[field] = f"{faults[field]} {said}" if field in faults else said
    return faults


def _can_become_standing(view: ListView) -> bool:
    """Say whether the page of the series offers this version as its standing list, when a link names it."""
    release = view.release.release
    counts = not release.rehearsal and release.state is not ReleaseState.CANCELLED
    return view.row.eligibility_list.state is ListState.APPROVED and counts and bool(view.row.rows)


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    list_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
    *,
    receipt: str | None = None,
) -> Response:
    view = eligibility.read_list(tools, person, list_id)
    questions = confirmations.read_state(tools, person, list_id)
    changes = eligibility.read_difference(tools, person, list_id)
    heads = person.has(view.release.organisation_id, Role.HEAD_OF_PROFESSION)
    return page(
        request,
        "list.html",
        status=422 if faults else 200,
        view=view,
        changes=changes,
        lines=change_lines(changes),
        growth=growth_line(view),
        edits=may_edit(person, view),
        sees_posts=sees_posts(person),
        takes=heads and _can_become_standing(view),
        approves=heads,
        decides=heads and may_decide(view),
        said={row.grant.grant_id: standing_of(one)[0] for one in questions for row in one.rows},
        waiting=sum(not one.is_current for one in questions),
        organisations=len(questions),
        form=form,
        faults=faults or {},
        receipt=receipt,
    )
