"""Who is behind, what must be there before a release, and the publishing team's word that its page is scheduled."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import deliveries, page_confirmations, readiness
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId, place_of, read_place
from app.api.readiness import PageConfirmationId, PageConfirmationIn, WithdrawalIn
from app.rules.errors import Code, Malformed
from app.rules.facts import london_date
from app.rules.readiness import AHEAD_OF
from app.rules.readinessletters import WORDS
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_instant
from app.web.page_route import PageRoute
from app.web.releases import After
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
_LIGHTS = {
    "late": ("Late", "govuk-tag--red"),
    "to_do_now": ("To do now", "govuk-tag--yellow"),
    "on_track": ("On track", "govuk-tag--green"),
}
_STANDINGS = {
    "done": ("Done", "govuk-tag--green"),
    "not_yet": ("Not yet asked", "govuk-tag--grey"),
    "missing": ("To do now", "govuk-tag--yellow"),
    "late": ("Late", "govuk-tag--red"),
}
_STAGES = {
    "week": "A week before",
    "two_days": "Two working days before",
    "day_before": "The working day before",
    "day": "On the day",
}
_ENDED = {
    "withdrawn": "withdrawn",
    "replaced": "replaced by a newer one",
    "moved": "fallen, because the release was moved",
    "documents_changed": "fallen, because the documents changed",
}
_FAULTS = {
    "publishes_at": "Enter the day and the time for which the page is scheduled, like 24 3 2026 and 9:30",
    "page_url": "Enter the address at which the page will stand, beginning with https://",
    "scheduled_by": "Enter the post or team that scheduled it",
    "seen": "Say how you saw that it is scheduled",
}


@router.get("/producer/readiness")
def behind(request: Request, tools: ToolsHere, person: PersonHere, after: After = None) -> Response:
    """Show the releases to come by day, each with whether it is on track, and what of it is asked for or late."""
    found = readiness.list_own(tools, person, after=read_place(after), limit=ON_A_PAGE + 1)
    last = found[ON_A_PAGE - 1].row.release if len(found) > ON_A_PAGE else None
    shown = [one for one in found[:ON_A_PAGE] if one.row.release.state in AHEAD_OF]
    days = [(on, list(those)) for on, those in groupby(shown, lambda one: london_date(one.row.release.publishes_at))]
    counts = {name: sum(1 for one in shown if one.light.value == name) for name in _LIGHTS}
    more = place_of(last.publishes_at, last.release_id) if last else None
    return page(request, "behind.html", days=days, counts=counts, lights=_LIGHTS, words=WORDS, next=more)


@router.get("/producer/releases/{release_id}/readiness")
def checklist(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show what must be there before one release, by its days."""
    view = readiness.read_readiness(tools, person, release_id)
    stages = [(_STAGES[stage.value], list(those)) for stage, those in groupby(view.lines, lambda line: line.stage)]
    return page(
        request,
        "readiness.html",
        view=view,
        release=view.row.release,
        stages=stages,
        light=_LIGHTS[view.light.value],
        standings=_STANDINGS,
        words=WORDS,
        troubles=deliveries.troubles_of_release(tools, person, release_id),
    )


@router.get("/producer/pages")
def pages(request: Request, tools: ToolsHere, person: PersonHere, after: After = None) -> Response:
    """Show the publishing team the pages of the releases to come: for when, and whether they are confirmed."""
    found = page_confirmations.list_pages(tools, person, after=read_place(after), limit=ON_A_PAGE + 1)
    last = found[ON_A_PAGE - 1].row.release if len(found) > ON_A_PAGE else None
    shown = [one for one in found[:ON_A_PAGE] if one.row.release.state in AHEAD_OF]
    more = place_of(last.publishes_at, last.release_id) if last else None
    return page(request, "pages.html", pages=shown, next=more)


@router.get("/producer/releases/{release_id}/page")
def public_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show whether the page of a release is confirmed as scheduled, and ask for the word of whoever may give it."""
    return _shown(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/page")
def confirm(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Put the word on record; another time than the release's is refused, and both are told."""
    try:
        said = _said(form)
        page_confirmations.confirm_page(
            tools,
            person,
            release_id,
            publishes_at=said.publishes_at,
            page_url=said.page_url,
            scheduled_by=said.scheduled_by,
            seen=said.seen,
        )
    except FaultyForm as error:
        return _shown(request, tools, person, release_id, form, faults=error.faults)
    except Malformed as error:
        field = "publishes_at" if error.code is Code.PAGE_TIME_DIFFERS else "page_url"
        return _shown(request, tools, person, release_id, form, faults={field: error.detail})
    return go_to(f"/producer/releases/{release_id}/page")


@router.post("/producer/releases/{release_id}/page/{page_confirmation_id}/withdrawal")
def withdraw(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    page_confirmation_id: PageConfirmationId,
    form: FormHere,
) -> Response:
    """Take the word back, with a reason."""
    words = {"reason": "Say why it is withdrawn, in up to 5,000 characters"}
    try:
        given = checked(WithdrawalIn, {"reason": form["reason"]}, words)
        if not given.reason:
            raise FaultyForm(words)
    except FaultyForm as error:
        return _shown(request, tools, person, release_id, form, faults=error.faults)
    said = page_confirmations.withdraw_page(tools, person, page_confirmation_id, reason=given.reason)
    return go_to(f"/producer/releases/{said.release_id}/page")


def _said(form: Form) -> PageConfirmationIn:
    sent: dict[str, object] = {name: form[name] for name in ("page_url", "scheduled_by", "seen")}
    faults = {name: _FAULTS[name] for name in sent if not form[name]}
    at = typed_instant(form, "publishes_on", "clock")
    if at is None:
        faults["publishes_at"] = _FAULTS["publishes_at"]
    if faults:
        raise FaultyForm(faults)
    return checked(PageConfirmationIn, {**sent, "publishes_at": at}, _FAULTS)


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    view = page_confirmations.read_page(tools, person, release_id)
    shown = {"view": view, "release": view.row.release, "form": form, "faults": faults or {}, "ended": _ENDED}
    return page(request, "page.html", status=422 if faults else 200, **shown)
