"""Who caused an incident, as a person says, and what follows for them: failures on record, and suspensions."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import breaches, causing, failures, suspensions
from app.actions.causing import Aftermath, Subject
from app.actions.tools import Actor, Tools
from app.api.failures import FailureId, FailureIn, FailureWithdrawalIn
from app.api.incident_schemas import IncidentChangeIn, IncidentId
from app.api.suspension_schemas import SuspensionIn
from app.rules.errors import Malformed, NotFound
from app.rules.facts import Order, Person
from app.rules.failures import clause_for_all
from app.rules.reinstatement import conditions_text
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_day
from app.web.incidents import decides, involves
from app.web.page_route import PageRoute
from app.web.producing import revision_of
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ORDERS = {
    Order.UK: "The UK Order of 2008",
    Order.SCOTLAND: "The Scottish Order of 2008",
    Order.WALES: "The Welsh Order of 2009",
    Order.NORTHERN_IRELAND: "The Northern Ireland Order of 2009",
}
_WORDS = {
    "person_id": "Choose one of the people named",
    "reason": "Say why, in up to 5,000 characters",
    "what": "Say what happened, in up to 5,000 characters",
    "occurred_on": "Enter the day on which it happened, like 9 3 2026",
    "order": "Choose the Order under which the access was given",
    "subject": "Choose who or what is to be suspended",
    "conditions": "Shorten this to 5,000 characters",
}
_FIELDS = {"person_id": "failed_id", "occurred_on": "occurred_on-day"}
_UNKNOWN = "Nobody on record has this address"


@router.get("/producer/incidents/{incident_id}/people")
def people_page(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId) -> Response:
    """Show who is named as having caused it, and what followed."""
    return _shown(request, person, causing.see_aftermath(tools, person, incident_id), Form({}), {})


@router.post("/producer/incidents/{incident_id}/people")
def look(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere) -> Response:
    """Look for somebody else by their address, which thus stands in no address of ours: those are kept by browsers."""
    email = form["email"]
    faults: dict[str, str] = {}
    try:
        seen = causing.see_aftermath(tools, person, incident_id, email=email)
    except Malformed as error:
        faults = {"email": error.detail}
        seen = causing.see_aftermath(tools, person, incident_id)
    if email.strip() and not faults and seen.sought is None and _decides(person, seen):
        faults = {"email": _UNKNOWN}
    return _shown(request, person, seen, Form({"email": email}), faults)


@router.post("/producer/incidents/{incident_id}/people/named")
def name(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere) -> Response:
    """Name somebody as having caused it."""
    seen = _asked(tools, person, incident_id, form)
    known = {one.person_id for one in _nameable(seen)}
    faults = {} if form["person_id"] in known else {"person_id": _WORDS["person_id"]}
    return _named(request, tools, person, seen, form, [*seen.card.caused_by, form["person_id"]], faults)


@router.post("/producer/incidents/{incident_id}/people/struck")
def strike(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere) -> Response:
    """Name somebody no more."""
    seen = _asked(tools, person, incident_id, form)
    left = [one for one in seen.card.caused_by if one != form["struck_id"]]
    faults = {} if len(left) < len(seen.card.caused_by) else {"struck_id": _WORDS["person_id"]}
    return _named(request, tools, person, seen, form, left, faults, "struck_reason")


@router.post("/producer/incidents/{incident_id}/failures")
def record(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere) -> Response:
    """Put on record that somebody failed to keep to the terms of their access."""
    seen = _asked(tools, person, incident_id, form)
    sent: dict[str, object] = {
        "person_id": form["failed_id"],
        "what": form["what"],
        "occurred_on": _day(form),
        "incident_id": incident_id,
        **({} if seen.order else {"order": form["order"]}),
    }
    faults = {} if form["what"] else {"what": _WORDS["what"]}
    if form["failed_id"] not in {one.person_id for one in _around(seen)}:
        faults["failed_id"] = _WORDS["person_id"]
    try:
        given = checked(FailureIn, sent, _WORDS)
    except FaultyForm as error:
        faults = {_FIELDS.get(at, at): said for at, said in error.faults.items()} | faults
    if faults:
        return _shown(request, person, seen, form, faults)
    try:
        failures.record_failure(tools, person, seen.card.producer_id or "", **given.model_dump())
    except Malformed as error:
        return _shown(request, person, seen, form, {_field_of(error, "what"): error.detail})
    return go_to(f"/producer/incidents/{incident_id}/people")


@router.post("/producer/incidents/{incident_id}/failures/{failure_id}/withdrawal")
def withdraw(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    incident_id: IncidentId,
    failure_id: FailureId,
    form: FormHere,
) -> Response:
    """Withdraw a failure that should not be on record."""
    seen, field = _asked(tools, person, incident_id, form), f"why-{failure_id}"
    if failure_id not in {one.failure_id for one in seen.failures}:
        raise NotFound("")
    try:
        given = checked(FailureWithdrawalIn, {"reason": form[field]}, _WORDS)
        failures.withdraw_failure(tools, person, failure_id, reason=given.reason)
    except (FaultyForm, Malformed):
        return _shown(request, person, seen, form, {field: _WORDS["reason"]})
    return go_to(f"/producer/incidents/{incident_id}/people")


@router.post("/producer/incidents/{incident_id}/suspensions")
def suspend(
    request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere
) -> Response:
    """Suspend somebody, a post, a unit or an organisation because of it."""
    seen = _asked(tools, person, incident_id, form)
    subject = next((one for one in seen.subjects if subject_value(one) == form["subject"]), None)
    faults = {} if subject else {"subject": _WORDS["subject"]}
    if not form["suspend_reason"]:
        faults["suspend_reason"] = _WORDS["reason"]
    sent: dict[str, Any] = {
        "subject_id": subject.subject_id if subject else "",
        "unit": subject.name if subject and subject.kind == "unit" else "",
        "reason": form["suspend_reason"],
        "conditions": form["conditions"],
        "needs_training": form.ticked("needs_training"),
        "needs_reapplication": form.ticked("needs_reapplication"),
        "incident_id": incident_id,
        "corrective_action_ids": [
            one.corrective_action_id for one in seen.actions if form.ticked(f"action-{one.corrective_action_id}")
        ],
    }
    try:
        given = checked(SuspensionIn, sent, {})
    except FaultyForm as error:
        wrong = {"reason": ("suspend_reason", "reason"), "conditions": ("conditions", "conditions")}
        faults = {wrong[at][0]: _WORDS[wrong[at][1]] for at in error.faults if at in wrong} | faults
    if faults or subject is None:
        return _shown(request, person, seen, form, faults)
    try:
        begun = suspensions.begin_suspension(
            tools, person, seen.card.producer_id or "", subject_kind=subject.kind, **given.model_dump()
        )
    except Malformed as error:
        return _shown(request, person, seen, form, {"subject": error.detail})
    return go_to(f"/producer/suspensions/{begun.suspension.suspension_id}")


def _asked(tools: Tools, person: Actor, incident_id: str, form: Form) -> Aftermath:
    """Give the incident for a form of its page. An address that is none by now leads to nobody."""
    try:
        return causing.see_aftermath(tools, person, incident_id, email=form["email"])
    except Malformed:
        return causing.see_aftermath(tools, person, incident_id)


def _named(
    request: Request,
    tools: Tools,
    person: Actor,
    seen: Aftermath,
    form: Form,
    caused_by: list[str],
    faults: dict[str, str],
    why: str = "reason",
) -> Response:
    if not form[why]:
        faults[why] = _WORDS["reason"]
    if faults:
        return _shown(request, person, seen, form, faults)
    try:
        given = checked(IncidentChangeIn, {"caused_by": caused_by, "note": form[why]}, {})
        breaches.change_incident(
            tools,
            person,
            seen.card.incident_id,
            revision=revision_of(form),
            caused_by=given.caused_by,
            note=given.note,
        )
    except FaultyForm:
        return _shown(request, person, seen, form, {why: _WORDS["reason"]})
    except Malformed as error:
        return _shown(request, person, seen, form, {why: error.detail})
    return go_to(f"/producer/incidents/{seen.card.incident_id}/people")


def _day(form: Form) -> str:
    """Read the day on which it happened; empty where it is none, which the check refuses."""
    try:
        return typed_day(form, "occurred_on")
    except ValueError:
        return ""


def _decides(person: Actor, seen: Aftermath) -> bool:
    return decides(person, seen.card)


def _around(seen: Aftermath) -> list[Person]:
    """Give everybody whom the page speaks of, each once."""
    sought = [seen.sought] if seen.sought else []
    return list(dict.fromkeys([one for _, one in seen.named if one] + [*seen.told_of, *sought]))


def _nameable(seen: Aftermath) -> list[Person]:
    return [one for one in _around(seen) if one.person_id not in seen.card.caused_by]


def subject_value(subject: Subject) -> str:
    """Give who or what could be suspended as the value of a choice."""
    return f"{subject.kind}:{subject.subject_id}:{subject.name if subject.kind == 'unit' else ''}"


def subject_words(subject: Subject) -> str:
    """Say who or what could be suspended."""
    return {
        "person": f"{subject.name}, in whatever post",
        "post": f"The post of {subject.name}, {subject.organisation}, whoever holds it",
        "unit": f"Every post of the unit {subject.name}, {subject.organisation}",
        "organisation": f"Every post of {subject.name}",
    }[subject.kind]


def _field_of(error: Malformed, otherwise: str) -> str:
    named = [str(one["where"]).removeprefix("body.") for one in error.extra.get("errors", ())]
    found = next((one for one in named if one in ("what", "occurred_on", "order")), otherwise)
    return _FIELDS.get(found, found)


def _shown(request: Request, person: Actor, seen: Aftermath, form: Form, faults: dict[str, str]) -> Response:
    of_producer = seen.card.producer_id is not None
    may_decide = _decides(person, seen) and not involves(person, seen.card)
    return page(
        request,
        "incident_people.html",
        status=422 if faults else 200,
        seen=seen,
        card=seen.card,
        must=clause_for_all(seen.order) if seen.order else None,
        involves=involves(person, seen.card),
        may_name=may_decide,
        may_act=may_decide and of_producer,
        nameable=[(one.person_id, f"{one.name}, {one.email}") for one in _nameable(seen)],
        around=[(one.person_id, f"{one.name}, {one.email}") for one in _around(seen)],
        subjects=[(subject_value(one), subject_words(one)) for one in seen.subjects],
        orders=ORDERS,
        needs=conditions_text,
        form=form,
        faults=faults,
    )
