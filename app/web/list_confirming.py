"""How each receiving organisation stands with a list: asked, confirmed, what it wants changed; and asking them now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import confirmations, eligibility
from app.actions.confirmations import Question
from app.api.confirmations import AskingIn
from app.rules.confirmations import WANTED_WORDS, ConfirmationState
from app.rules.facts import ListState
from app.web.asking import FaultyForm, FormHere, PersonHere, ToolsHere, checked, not_ours
from app.web.list_rows import may_ask
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ListId = Annotated[str, Path(pattern=r"^lst_[0-9a-f]{24}$")]
_NOT_ASKED = ("Not asked", "govuk-tag--grey")
_OUTDATED = ("Answered, changed since", "govuk-tag--yellow")
_STATES = {
    ConfirmationState.ASKED: ("Asked", "govuk-tag--yellow"),
    ConfirmationState.CONFIRMED: ("Confirmed", "govuk-tag--green"),
    ConfirmationState.CHANGES_WANTED: ("Changes wanted", "govuk-tag--red"),
}


def standing_of(one: Question) -> tuple[str, str]:
    """Say in words, with the colour of its tag, how one organisation stands with its rows as they are now."""
    if one.row is None:
        return _NOT_ASKED
    if one.row.state is not ConfirmationState.ASKED and not one.is_current:
        return _OUTDATED
    return _STATES[one.row.state]


@router.get("/lists/{list_id}/confirmations")
def confirmations_page(request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId) -> Response:
    """Show every organisation on the list with its rows, its answer, and what it wants changed."""
    questions = confirmations.read_state(tools, person, list_id)
    view = eligibility.read_list(tools, person, list_id)
    return page(
        request,
        "list_confirmations.html",
        view=view,
        release=view.release.release,
        questions=[(one, *standing_of(one)) for one in questions],
        open_count=sum(not one.is_current for one in questions),
        unasked=any(one.can_be_asked for one in questions),
        unaskable=sum(not one.is_current and not one.coordinators for one in questions),
        wanted=WANTED_WORDS,
        asks=may_ask(person, view) and view.row.eligibility_list.state is not ListState.SUPERSEDED,
    )


@router.post("/lists/{list_id}/confirmations")
def ask(tools: ToolsHere, person: PersonHere, list_id: ListId, form: FormHere) -> Response:
    """Ask one organisation, or all of them; whoever was asked about the same rows already is not asked again."""
    try:
        wanted = checked(AskingIn, {"organisation_id": form["organisation_id"] or None}, {})
    except FaultyForm:
        raise not_ours() from None
    confirmations.ask_list(tools, person, list_id, organisation_id=wanted.organisation_id)
    return go_to(f"/lists/{list_id}/confirmations")
