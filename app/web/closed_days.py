"""Days that a count of working days leaves out, on a page: a producer's own, by two persons, and bank holidays."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import closed_days, producer_settings
from app.actions.closed_days import ClosedDayRow
from app.actions.tools import Actor, Tools
from app.api.closed_days import ClosedDayId, ClosedDayIn, ClosedDayWithdrawIn
from app.api.organisations import ProducerId
from app.rules.errors import Code, Conflict, Malformed, OutOfOrder
from app.rules.facts import london_date
from app.rules.workingdays import Part
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_day
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producer_settings import Done
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
PARTS = {
    Part.ENGLAND_AND_WALES: "England and Wales",
    Part.SCOTLAND: "Scotland",
    Part.NORTHERN_IRELAND: "Northern Ireland",
}
_DONE = {
    "proposed": "The day is proposed. It counts as closed once a second person has approved it.",
    "approved": "The day is approved. It is left out from now on, and those whose window moved are told.",
    "withdrawn": "The day is withdrawn. It counts again from now on.",
}
_WORDS = {
    "day": "Enter the day, like 15 6 2026",
    "name": "Say what the day is, in up to 200 characters",
    "reason": "Say why it is left out, in up to 200 characters",
}
_WHY = "Say why it counts again, in up to 200 characters"
_WHICH = "Choose one of the days"
_NOTHING_STANDS = "No closed day stands here any more that could be withdrawn. Nothing was done."
_FIRST_YEAR, _LAST_YEAR = 2000, 2100

Year = Annotated[int | None, Query(ge=_FIRST_YEAR, le=_LAST_YEAR)]


@router.get("/producer/closed-days/{producer_id}")
def days_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    after: Annotated[ClosedDayId | None, Query()] = None,
    year: Year = None,
    done: Done = "",
) -> Response:
    """Show a producer's own closed days, and the bank holidays of a year."""
    return _days(request, tools, person, producer_id, Form(), after=after, year=year, done=_DONE.get(done, ""))


@router.post("/producer/closed-days/{producer_id}")
def propose(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Propose a day; it counts once a second person has approved it."""
    producer_settings.demand_role(tools, person, producer_id, *closed_days.DECIDING)
    sent: dict[str, object] = {"day": "", "name": form["name"], "reason": form["reason"]}
    with suppress(ValueError):  # the check refuses a day that is none beside its field
        sent["day"] = typed_day(form, "day")
    try:
        given = checked(ClosedDayIn, sent, _WORDS)

        def add(once: Tools) -> str:
            closed_days.add_closed_day(once, person, producer_id, **given.model_dump())
            return f"/producer/closed-days/{producer_id}?done=proposed"

        return go_once(tools, person, form, request.url.path, add)
    except FaultyForm as error:
        faults = {"day-day" if name == "day" else name: words for name, words in error.faults.items()}
        return _days(request, tools, person, producer_id, form, faults=faults)
    except Malformed as error:
        return _days(request, tools, person, producer_id, form, faults={"day-day": error.detail})
    except Conflict as error:
        if error.code is not Code.ALREADY_EXISTS:
            raise
        return _days(request, tools, person, producer_id, form, faults={"day-day": error.detail})


@router.post("/producer/closed-days/{producer_id}/withdrawal")
def withdraw(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Withdraw a day, approved or not; it counts again."""
    producer_settings.demand_role(tools, person, producer_id, *closed_days.DECIDING)
    faults = {} if form["closed_day_id"] else {"closed_day_id": _WHICH}
    try:
        given = checked(ClosedDayWithdrawIn, {"reason": form["why"]}, {"reason": _WHY})
    except FaultyForm as error:
        faults["why"] = error.faults["reason"]
    if faults:
        return _days(request, tools, person, producer_id, form, faults=faults)
    closed_days.withdraw_closed_day(tools, person, producer_id, form["closed_day_id"], reason=given.reason)
    return go_to(f"/producer/closed-days/{producer_id}?done=withdrawn")


@router.post("/producer/closed-days/{producer_id}/{closed_day_id}/approval")
def approve(
    tools: ToolsHere, person: PersonHere, producer_id: ProducerId, closed_day_id: ClosedDayId, _form: FormHere
) -> Response:
    """Approve a day as the second person."""
    closed_days.approve_closed_day(tools, person, producer_id, closed_day_id)
    return go_to(f"/producer/closed-days/{producer_id}?done=approved")


def _days(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    after: str | None = None,
    year: int | None = None,
    done: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    producer = producer_settings.read_producer(tools, person, producer_id)
    after = after or form["after"] or None
    found = closed_days.list_closed_days(tools, person, producer_id, limit=ON_A_PAGE + 1, after=after)
    shown = found[:ON_A_PAGE]
    year = year or london_date(tools.clock.now()).year
    standing = [one for one in shown if one.withdrawn_at is None]
    if faults and "closed_day_id" in faults and not standing:
        raise OutOfOrder(_NOTHING_STANDS)
    holidays = closed_days.list_bank_holidays(tools, year)
    did = {who for one in shown for who in (one.added_by, one.approved_by, one.withdrawn_by)}
    return page(
        request,
        "closed_days.html",
        status=422 if faults else 200,
        producer=producer,
        waiting=[one for one in shown if one.approved_at is None and one.withdrawn_at is None],
        others=[one for one in shown if one.approved_at is not None or one.withdrawn_at is not None],
        standing=standing,
        after=after or "",
        next=shown[-1].closed_day_id if len(found) > ON_A_PAGE else None,
        names=producer_settings.names_of(tools, person, producer_id, did),
        holidays=_by_day(holidays),
        year=year,
        years=(max(year - 1, _FIRST_YEAR), min(year + 1, _LAST_YEAR)),
        decides=person.has(producer.organisation_id, *closed_days.DECIDING),
        form=form,
        faults=faults or {},
        done=done,
        once=fresh_key(tools),
    )


def _by_day(holidays: tuple[ClosedDayRow, ...]) -> list[tuple[date, str, str]]:
    """Give each bank holiday once: its day, what it is for, and in which parts of the United Kingdom it is one."""
    return [
        (day, name, ", ".join(PARTS[one.part] for one in those if one.part))
        for (day, name), those in groupby(holidays, key=lambda one: (one.day, one.name))
    ]
