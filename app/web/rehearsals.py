"""Rehearsing the day of a release: begun on a page by the head of profession, and what came of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import eligibility, rehearsal_reports, rehearsing
from app.actions.rehearsal_reports import RehearsalReport
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId, place_of, read_place
from app.api.rehearsals import RehearsalIn
from app.rules.errors import Malformed, NotFound
from app.rules.facts import Role
from app.rules.incidents import KIND_WORDS, IncidentKind
from app.rules.rehearsals import no_day_of
from app.rules.window import window_of
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producing import staffed
from app.web.releases import After
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
_MINUTES = "Enter how many minutes it takes until publication, from 2 to 1,440"


@router.get("/producer/releases/{release_id}/rehearsal")
def rehearsal_page(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, after: After = None
) -> Response:
    """Show how the day of a release was rehearsed, and begin another rehearsal."""
    return _shown(request, tools, person, release_id, Form(), after=after)


@router.post("/producer/releases/{release_id}/rehearsal")
def begin(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Begin one."""
    staffed(tools, person, release_id)
    try:
        sent = {"minutes": form["minutes"], "tells_people": form.ticked("tells_people")}
        given = checked(RehearsalIn, sent, {"minutes": _MINUTES})

        def act(once: Tools) -> str:
            made = rehearsing.begin_rehearsal(
                once, person, release_id, minutes=given.minutes, tells_people=given.tells_people
            )
            return f"/producer/releases/{made.release.release_id}/rehearsal-report"

        return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        faults = error.faults
    except Malformed as error:
        faults = {"minutes": error.detail}
    rehearsing.demand_rehearsable(tools, person, release_id)  # else there is no field to enter it in
    return _shown(request, tools, person, release_id, form, faults=faults)


@router.get("/producer/releases/{release_id}/rehearsal-report")
def report_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show what came of a rehearsal so far."""
    found = rehearsal_reports.report_rehearsal(tools, person, release_id)
    return page(
        request,
        "rehearsal_report.html",
        found=found,
        release=found.row.release,
        counts=_counts(found),
        incidents=[KIND_WORDS[IncidentKind(kind)] for kind in found.incidents],
        span=_span,
    )


def _counts(found: RehearsalReport) -> dict[str, int]:
    return {
        "listed": len(found.people),
        "signed": sum(one.signed_at is not None for one in found.people),
        "opened": sum(one.opened_at is not None for one in found.people),
        "revealed": sum(one.revealed_at is not None for one in found.people),
    }


def _span(seconds: int) -> str:
    """Say how long something took, to the second: ``1 minute and 35 seconds``."""
    hours, rest = divmod(abs(seconds), 3600)
    parts = [(hours, "hour"), (rest // 60, "minute"), (rest % 60, "second")]
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " and ".join(said[:2]) or "0 seconds"


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    *,
    after: str | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    view = staffed(tools, person, release_id)
    release = view.row.release
    if release.rehearsal:
        raise NotFound("")  # nobody rehearses a rehearsal
    found = rehearsal_reports.list_rehearsals(tools, person, release_id, after=read_place(after), limit=ON_A_PAGE + 1)
    last = found[ON_A_PAGE - 1] if len(found) > ON_A_PAGE else None
    in_force = eligibility.list_in_force(tools, person, release_id)
    return page(
        request,
        "rehearsal.html",
        status=422 if faults else 200,
        release=release,
        found=found[:ON_A_PAGE],
        next=place_of(last.begun_at, last.release_id) if last else None,
        no_day=no_day_of(release),
        window=window_of(release).refusal is None,
        listed=in_force is not None,
        own=in_force is not None and person.person_id in {row.grant.person_id for row in in_force.rows},
        decides=person.has(view.row.organisation_id, Role.HEAD_OF_PROFESSION),
        form=Form({"minutes": "30", **form.fields}),
        faults=faults or {},
        once=fresh_key(tools),
    )
