"""A producer's suspensions, and its record of past failures, on pages; begun and put on record without an incident."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.actions import failures, found_people, producer_settings, suspensions
from app.actions.found_people import FoundPerson
from app.actions.tools import Actor, Tools
from app.api.failures import FailureId, FailureIn, FailureWithdrawalIn
from app.api.organisations import ProducerId
from app.api.suspension_schemas import SuspensionIn
from app.rules.errors import Malformed
from app.rules.reinstatement import conditions_text
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_day
from app.web.incident_people import ORDERS, subject_value, subject_words
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producer_settings import Done
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
SuspensionId = Annotated[str, Path(pattern=r"^sus_[0-9a-f]{24}$")]
_UNKNOWN = "Nobody on record has this address. Enter their whole work e-mail address"
_WORDS = {
    "subject": "Choose who or what is to be suspended",
    "reason": "Say why, in up to 5,000 characters",
    "conditions": "Shorten this to 5,000 characters",
    "what": "Say what happened, in up to 5,000 characters",
    "occurred_on": "Enter the day on which it happened, like 9 3 2026",
    "order": "Choose the Order under which the access was given",
}
_DONE = {
    "recorded": "The failure is on record, and the person is told.",
    "withdrawn": "The failure is withdrawn, and the person is told.",
}


@router.get("/producer/producers/{producer_id}/suspensions")
def suspensions_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    after: Annotated[SuspensionId | None, Query()] = None,
) -> Response:
    """Show whom a producer keeps away, or kept."""
    return _suspensions(request, tools, person, producer_id, Form(), after=after)


@router.post("/producer/producers/{producer_id}/suspensions")
def suspend(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Look for somebody by their address; or, once they are found, suspend them, a post, a unit or an organisation."""
    found, faults = _found(tools, person, producer_id, form)
    if faults or found is None or not form.ticked("found"):
        return _suspensions(request, tools, person, producer_id, form, found=found, faults=faults)
    subject = next((one for one in found.subjects if subject_value(one) == form["subject"]), None)
    faults = {} if subject else {"subject": _WORDS["subject"]}
    if not form["reason"]:
        faults["reason"] = _WORDS["reason"]
    sent: dict[str, Any] = {
        "subject_id": subject.subject_id if subject else found.person.person_id,
        "unit": subject.name if subject and subject.kind == "unit" else "",
        "reason": form["reason"],
        "conditions": form["conditions"],
        "needs_training": form.ticked("needs_training"),
        "needs_reapplication": form.ticked("needs_reapplication"),
    }
    try:
        given = checked(SuspensionIn, sent, _WORDS)
        if faults or subject is None:
            raise FaultyForm(faults)
        kind = subject.kind

        def begin(once: Tools) -> str:
            begun = suspensions.begin_suspension(once, person, producer_id, subject_kind=kind, **given.model_dump())
            return f"/producer/suspensions/{begun.suspension.suspension_id}"

        return go_once(tools, person, form, request.url.path, begin)
    except FaultyForm as error:
        wrong = {**faults, **error.faults}
        return _suspensions(request, tools, person, producer_id, form, found=found, faults=wrong)
    except Malformed as error:
        fault = {"subject": error.detail}
        return _suspensions(request, tools, person, producer_id, form, found=found, faults=fault)


@router.get("/producer/failures/{producer_id}")
def failures_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    after: Annotated[FailureId | None, Query()] = None,
    done: Done = "",
) -> Response:
    """Show a producer's record of past failures."""
    return _failures(request, tools, person, producer_id, Form(), after=after, done=_DONE.get(done, ""))


@router.post("/producer/failures/{producer_id}")
def record(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere) -> Response:
    """Look for somebody by their address; or, once they are found, put on record in what they failed."""
    found, faults = _found(tools, person, producer_id, form)
    if faults or found is None or not form.ticked("found"):
        return _failures(request, tools, person, producer_id, form, found=found, faults=faults)
    faults = {} if form["what"] else {"what": _WORDS["what"]}
    sent: dict[str, object] = {
        "person_id": found.person.person_id,
        "what": form["what"],
        "occurred_on": _day(form),
        "order": form["order"],
    }
    try:
        given = checked(FailureIn, sent, _WORDS)
        if faults:
            raise FaultyForm(faults)

        def put(once: Tools) -> str:
            failures.record_failure(once, person, producer_id, **given.model_dump())
            return f"/producer/failures/{producer_id}?done=recorded"

        return go_once(tools, person, form, request.url.path, put)
    except FaultyForm as error:
        wrong = {"occurred_on-day" if name == "occurred_on" else name: said for name, said in error.faults.items()}
        return _failures(request, tools, person, producer_id, form, found=found, faults={**faults, **wrong})
    except Malformed as error:  # what is left is a day that has not come yet
        fault = {"occurred_on-day": error.detail}
        return _failures(request, tools, person, producer_id, form, found=found, faults=fault)


@router.post("/producer/failures/{producer_id}/{failure_id}/withdrawal")
def withdraw(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    failure_id: FailureId,
    form: FormHere,
) -> Response:
    """Withdraw a failure that should not be on record."""
    failures.demand_withdrawable(tools, person, producer_id, failure_id)
    field = f"why-{failure_id}"
    try:
        given = checked(FailureWithdrawalIn, {"reason": form[field]}, _WORDS)
        failures.withdraw_failure(tools, person, failure_id, reason=given.reason)
    except (FaultyForm, Malformed):
        return _failures(request, tools, person, producer_id, form, faults={field: _WORDS["reason"]})
    return go_to(f"/producer/failures/{producer_id}?done=withdrawn")


def _found(tools: Tools, person: Actor, producer_id: str, form: Form) -> tuple[FoundPerson | None, dict[str, str]]:
    """Give whoever has the address that was typed, or what is wrong with it."""
    try:
        found = found_people.find_person(tools, person, producer_id, form["email"])
    except Malformed as error:
        return None, {"email": error.detail if form["email"] else _UNKNOWN}
    return found, {} if found else {"email": _UNKNOWN}


def _day(form: Form) -> str:
    """Read the day on which it happened; empty where it is none, which the check refuses."""
    try:
        return typed_day(form, "occurred_on")
    except ValueError:
        return ""


def _suspensions(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    after: str | None = None,
    found: FoundPerson | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    producer = producer_settings.read_producer(tools, person, producer_id)
    rows = suspensions.list_suspensions(tools, person, producer_id, limit=ON_A_PAGE + 1, after=after)
    return page(
        request,
        "suspensions.html",
        status=422 if faults else 200,
        producer=producer,
        rows=rows[:ON_A_PAGE],
        next=rows[ON_A_PAGE - 1].suspension.suspension_id if len(rows) > ON_A_PAGE else None,
        needs=conditions_text,
        decides=person.has(producer.organisation_id, *suspensions.DECIDING),
        found=found,
        subjects=[(subject_value(one), subject_words(one)) for one in found.subjects] if found else [],
        form=form,
        faults=faults or {},
        once=fresh_key(tools),
    )


def _failures(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    after: str | None = None,
    found: FoundPerson | None = None,
    done: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    producer = producer_settings.read_producer(tools, person, producer_id)
    after = after or form["after"] or None
    rows = failures.list_failures(tools, person, producer_id, limit=ON_A_PAGE + 1, after=after)
    return page(
        request,
        "failures.html",
        status=422 if faults else 200,
        producer=producer,
        rows=rows[:ON_A_PAGE],
        next=rows[ON_A_PAGE - 1].failure_id if len(rows) > ON_A_PAGE else None,
        after=after or "",
        orders=[{"value": order.value, "text": words} for order, words in ORDERS.items()],
        order_words=ORDERS,
        decides=person.has(producer.organisation_id, *failures.DECIDING),
        found=found,
        form=form,
        faults=faults or {},
        done=done,
        once=fresh_key(tools),
    )
