"""The alarms of a release on a page: what was found, who was called, and who says that they have it in hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import alarms
from app.actions.tools import Actor, Tools
from app.api.alarms import AcknowledgeIn
from app.api.places import ReleaseId
from app.rules.alarms import AlarmKind
from app.rules.errors import Code, OutOfOrder
from app.rules.facts import PRODUCING
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.producing import staffed
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

AlarmId = Annotated[str, Path(pattern=r"^alm_[0-9a-f]{24}$")]
_KINDS = {
    AlarmKind.NOT_CONFIRMED: "Publication is not confirmed",
    AlarmKind.EARLY: "Seen in public before its time",
}
_SHORTER = "Shorten this to 5,000 characters"


@router.get("/producer/releases/{release_id}/alarms")
def alarms_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show every alarm of a release, the newest first."""
    return _shown(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/alarms/{alarm_id}/acknowledgement")
def acknowledge(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, alarm_id: AlarmId, form: FormHere
) -> Response:
    """Say that this person has an alarm in hand."""
    staffed(tools, person, release_id)
    field = f"note-{alarm_id}"
    try:
        given = checked(AcknowledgeIn, {"note": form[field]}, {})
        alarms.acknowledge_alarm(tools, person, release_id, alarm_id, note=given.note)
    except FaultyForm:
        return _shown(request, tools, person, release_id, form, faults={field: _SHORTER})
    except OutOfOrder as error:
        if error.code is not Code.ALREADY_ENDED:
            raise
        return _shown(request, tools, person, release_id, Form(), notice=f"{error.detail} Nothing was done.")
    return go_to(f"/producer/releases/{release_id}/alarms")


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
    notice: str = "",
) -> Response:
    view = staffed(tools, person, release_id)
    producer_id = view.row.release.producer.producer_id
    return page(
        request,
        "alarms.html",
        status=422 if faults else 200,
        release=view.row.release,
        producer_id=producer_id,
        alarms=alarms.list_alarms(tools, person, release_id),
        kinds=_KINDS,
        staff=alarms.see_roster(tools, person, producer_id).staff,
        answers=person.has(view.row.organisation_id, *PRODUCING),
        form=form,
        faults=faults or {},
        notice=notice,
    )
