"""What a producer owes the Statistics Board or the public because of its grants: what is owed, and that it is done."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import calendar, duties, owed, producer_settings
from app.actions.duties import SETTLING
from app.actions.tools import Actor, Tools
from app.api.duties import DutyDoneIn, DutyId, ProducerId
from app.rules.duties import DutyKind
from app.rules.errors import Malformed, NotFound, OutOfOrder
from app.rules.toldwords import told_parts
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_instant
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
KINDS = {
    DutyKind.NOTIFY_BOARD.value: "Inform the Statistics Board of a grant",
    DutyKind.PUBLISH_INCREASE.value: "Publish that the maximum period was increased",
    DutyKind.PUBLISH_REASONS.value: "Publish the reasons for an exceptional grant",
}
_WORDS = {
    "done_at": "Enter the day and the time at which it was done, like 9 3 2026 and 4:00pm",
    "how": "Say how it was done, such as by which letter or on which page, in up to 5,000 characters",
}
_FIELDS = {"done_at": "done_on-day"}


@router.get("/producer/duties")
def producers_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show for which producers this person may see what is owed; where it is one, show that."""
    found = calendar.list_calendars(tools, person)
    if not found:
        raise NotFound("")
    if len(found) == 1:
        return go_to(f"/producer/duties/{found[0][0]}")
    return page(request, "duties_of.html", producers=found)


@router.get("/producer/duties/{producer_id}")
def duties_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    show: Literal["owed", "done"] = "owed",
    after: Annotated[DutyId | None, Query()] = None,
) -> Response:
    """Show what is owed still, or what was done; the first raised first."""
    producer = owed.producer_owing(tools, person, producer_id)
    is_done = show == "done"
    found = duties.list_duties(tools, person, producer_id, done=is_done, limit=ON_A_PAGE + 1, after=after)
    shown = found[:ON_A_PAGE]
    return page(
        request,
        "duties.html",
        producer=producer,
        found=shown,
        show=show,
        kinds=KINDS,
        next=shown[-1].duty_id if len(found) > ON_A_PAGE else None,
    )


@router.get("/producer/duties/{producer_id}/{duty_id}")
def duty_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, duty_id: DutyId
) -> Response:
    """Show what must be told or published, by which clause, and say that it was."""
    return _shown(request, tools, person, producer_id, duty_id, Form())


@router.post("/producer/duties/{producer_id}/{duty_id}")
def settle(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, duty_id: DutyId, form: FormHere
) -> Response:
    """Say when and how it was done."""
    duties.see_duty(tools, person, producer_id, duty_id)
    producer_settings.demand_role(tools, person, producer_id, *SETTLING)
    done_at = typed_instant(form, "done_on", "done_clock")
    faults = {} if done_at else {"done_at": _WORDS["done_at"]}
    try:
        if not form["how"]:
            raise FaultyForm({"how": _WORDS["how"]})
        given = checked(DutyDoneIn, {"done_at": done_at, "how": form["how"]}, _WORDS)
        duties.settle_duty(tools, person, duty_id, done_at=given.done_at, how=given.how)
    except FaultyForm as error:
        faults |= error.faults
    except Malformed as error:
        where = next((str(one["where"]) for one in error.extra.get("errors", ())), "how")
        faults = {where: error.detail}
    except OutOfOrder:
        faults = {}  # somebody else said so meanwhile: the page shows when and how
    if faults:
        faults = {_FIELDS.get(name, name): said for name, said in faults.items()}
        return _shown(request, tools, person, producer_id, duty_id, form, faults)
    return go_to(f"/producer/duties/{producer_id}/{duty_id}")


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    duty_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    seen = duties.see_duty(tools, person, producer_id, duty_id)
    return page(
        request,
        "duty.html",
        status=422 if faults else 200,
        producer=seen.producer,
        row=seen.row,
        done_by=seen.done_by,
        kind=KINDS[seen.row.kind],
        particulars=told_parts(seen.row.particulars),
        settles=person.has(seen.producer.organisation_id, *SETTLING),
        form=form,
        faults=faults or {},
    )
