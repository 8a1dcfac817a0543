"""How long records are kept, on pages: the period, what may be destroyed and by whose word, and legal holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import erasing, held_records, producer_settings, retention
from app.actions.tools import Actor, Tools
from app.api.holds import HoldEndIn, HoldIn
from app.api.organisations import ProducerId
from app.api.places import ErasureId, HoldId, ReleaseId
from app.api.retention import ErasuresIn, RetentionIn
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import Role
from app.rules.retention import DAYS_AFTER_HOLD, DAYS_TO_APPROVE, LEAST_YEARS, destroyed_from, kept_by
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.erasures import STATES
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producer_settings import Done
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
_WHY = "Say why, in up to 2,000 characters and without names"
_WORDS = {
    "years": f"Enter a number of years from {LEAST_YEARS} to 100",
    "release_ids": "Choose at least one release",
    "reason": _WHY,
}
_DONE = {
    "period": "The period is set.",
    "proposed": f"It is proposed. Nothing goes until a second person approves it, within {DAYS_TO_APPROVE} days.",
    "destroyed": "The records are destroyed.",
    "withdrawn": "The proposal is withdrawn. Nothing is destroyed.",
}
_HOLDS_DONE = {
    "begun": "The records are held. Nothing of them is destroyed while the hold stands.",
    "proposed": f"Its end is proposed. It stands until a second person confirms that, within {DAYS_TO_APPROVE} days.",
    "ended": "The hold has ended.",
}
_HOLD_ENDS = "This hold has ended, or its end is proposed already. Nothing was done."
_STATES = {**STATES, "done": ("Destroyed", "govuk-tag--red")}


@router.get("/producer/retention/{producer_id}")
def retention_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    after: Annotated[ReleaseId | None, Query()] = None,
    done: Done = "",
) -> Response:
    """Show how long a producer's records are kept, what may be destroyed, and what was."""
    return _retention(request, tools, person, producer_id, None, after=after, done=_DONE.get(done, ""))


@router.post("/producer/retention/{producer_id}/period")
def set_period(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Set the producer's own period."""
    producer_settings.demand_role(tools, person, producer_id, Role.HEAD_OF_PROFESSION)
    try:
        given = checked(RetentionIn, {"years": form["years"]}, _WORDS)
        retention.set_retention(tools, person, producer_id, years=given.years)
    except FaultyForm as error:
        return _retention(request, tools, person, producer_id, form, faults=error.faults)
    except Malformed as error:
        return _retention(request, tools, person, producer_id, form, faults={"years": error.detail})
    return go_to(f"/producer/retention/{producer_id}?done=period")


@router.post("/producer/retention/{producer_id}/erasures")
def propose(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Propose to destroy the records of the releases that were ticked."""
    producer_settings.demand_role(tools, person, producer_id, *retention.HOLDING)
    chosen = [name for name, value in form.fields.items() if name.startswith("rel_") and value == "yes"]
    try:
        given = checked(ErasuresIn, {"release_ids": chosen, "reason": form["reason"]}, _WORDS)

        def act(once: Tools) -> str:
            ids = tuple(given.release_ids)
            erasing.propose_erasure(once, person, producer_id, release_ids=ids, reason=given.reason)
            return f"/producer/retention/{producer_id}?done=proposed"

        return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        return _retention(request, tools, person, producer_id, form, faults=error.faults)
    except Refused as error:
        if error.code is not Code.FRESH_SIGN_IN_REQUIRED:
            raise
        return _retention(request, tools, person, producer_id, form, stale=True)


@router.post("/producer/erasures/{erasure_id}/approval")
def approve(tools: ToolsHere, person: PersonHere, erasure_id: ErasureId, _form: FormHere) -> Response:
    """Approve, as the second person, and destroy."""
    done = erasing.approve_erasure(tools, person, erasure_id)
    return go_to(
        f"/producer/retention/{done[0].producer_id}?done=destroyed" if done[0].producer_id else "/admin/erasures"
    )


@router.post("/producer/erasures/{erasure_id}/withdrawal")
def withdraw(tools: ToolsHere, person: PersonHere, erasure_id: ErasureId, _form: FormHere) -> Response:
    """Withdraw a proposal to destroy records."""
    row = erasing.withdraw_erasure(tools, person, erasure_id)
    return go_to(f"/producer/retention/{row.producer_id}?done=withdrawn" if row.producer_id else "/admin/erasures")


@router.get("/producer/legal-holds/{producer_id}")
def holds_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    release_id: Annotated[ReleaseId | None, Query()] = None,
    done: Done = "",
) -> Response:
    """Show what holds a producer's records, and begin a hold on all of them, or on those of one release."""
    shown = Form({"release_id": release_id or ""})
    return _holds(request, tools, person, producer_id, shown, done=_HOLDS_DONE.get(done, ""))


@router.post("/producer/legal-holds/{producer_id}")
def begin_hold(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Hold records, so that they are not destroyed."""
    producer_settings.demand_role(tools, person, producer_id, *retention.HOLDING)
    try:
        given = checked(HoldIn, {"release_id": form["release_id"] or None, "reason": form["reason"]}, _WORDS)

        def act(once: Tools) -> str:
            retention.begin_hold(once, person, producer_id, reason=given.reason, release_id=given.release_id)
            return f"/producer/legal-holds/{producer_id}?done=begun"

        return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        if "release_id" in error.faults:
            raise NotFound("") from None
        return _holds(request, tools, person, producer_id, form, faults=error.faults)
    except OutOfOrder as error:
        return _holds(request, tools, person, producer_id, form, faults={"reason": error.detail})


@router.post("/producer/legal-holds/{producer_id}/{hold_id}/end")
def propose_end(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, hold_id: HoldId, form: FormHere
) -> Response:
    """Propose to end a hold; it stands until a second person confirms that."""
    hold = held_records.see_hold(tools, person, producer_id, hold_id)
    producer_settings.demand_role(tools, person, producer_id, *retention.HOLDING)
    field = f"why-{hold_id}"
    try:
        given = checked(HoldEndIn, {"reason": form[field]}, _WORDS)
        retention.propose_end(tools, person, hold_id, reason=given.reason)
    except FaultyForm as error:
        if hold.row.ended_at is not None or hold.waits_until is not None:  # there is no field to say it in
            raise OutOfOrder(_HOLD_ENDS) from None
        return _holds(request, tools, person, producer_id, form, faults={field: error.faults["reason"]})
    return go_to(f"/producer/legal-holds/{producer_id}?done=proposed")


@router.post("/producer/legal-holds/{producer_id}/{hold_id}/confirmation")
def end_hold(
    tools: ToolsHere, person: PersonHere, producer_id: ProducerId, hold_id: HoldId, _form: FormHere
) -> Response:
    """Confirm, as the second person, that a hold ends."""
    held_records.see_hold(tools, person, producer_id, hold_id)
    retention.end_hold(tools, person, hold_id)
    return go_to(f"/producer/legal-holds/{producer_id}?done=ended")


def _retention(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form | None,
    *,
    after: str | None = None,
    done: str = "",
    stale: bool = False,
    faults: dict[str, str] | None = None,
) -> Response:
    producer = producer_settings.read_producer(tools, person, producer_id)
    after = after or (form["after"] if form else "") or None
    years, found = retention.read_retention(tools, person, producer_id, limit=ON_A_PAGE + 1, after=after)
    proposed, decided = held_records.see_erasures(tools, person, producer_id, limit=ON_A_PAGE)
    waiting = {release_id for one in proposed for release_id in one.row.release_ids}
    shown = found[:ON_A_PAGE]
    return page(
        request,
        "retention.html",
        status=422 if faults else 403 if stale else 200,
        producer=producer,
        years=years,
        due=[one for one in shown if not one.reasons and one.kept.release.release_id not in waiting],
        kept=[(one, kept_by(one.kept.release.order), destroyed_from(one.kept)) for one in shown if one.reasons],
        next=shown[-1].kept.release.release_id if len(found) > ON_A_PAGE else None,
        after=after or "",
        proposed=proposed,
        decided=decided,
        states=_STATES,
        least=LEAST_YEARS,
        days=DAYS_TO_APPROVE,
        days_after_hold=DAYS_AFTER_HOLD,
        proposes=person.has(producer.organisation_id, *retention.HOLDING),
        heads=person.has(producer.organisation_id, Role.HEAD_OF_PROFESSION),
        form=Form({"years": str(years), **(form.fields if form else {})}),
        faults=faults or {},
        stale=stale,
        done=done,
        once=fresh_key(tools),
    )


def _holds(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    done: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    producer = producer_settings.read_producer(tools, person, producer_id)
    found = held_records.see_holds(tools, person, producer_id)
    release_id = form["release_id"]
    return page(
        request,
        "legal_holds.html",
        status=422 if faults else 200,
        producer=producer,
        standing=[one for one in found if one.row.ended_at is None],
        ended=[one for one in found if one.row.ended_at is not None][:ON_A_PAGE],
        title=held_records.title_of(tools, person, producer_id, release_id) if release_id else "",
        holds=person.has(producer.organisation_id, *retention.HOLDING),
        days=DAYS_TO_APPROVE,
        days_after_hold=DAYS_AFTER_HOLD,
        form=form,
        faults=faults or {},
        done=done,
        once=fresh_key(tools),
    )
