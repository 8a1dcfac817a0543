"""A producer's incidents: all of them, and one with its facts, its clock, its links and what can be decided on it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import breach_registers, breaches, citing, incident_clock, linking, report_versions
from app.actions.breaches import IncidentCard
from app.actions.drafting import CHANGERS, READERS
from app.actions.tools import Actor, Tools
from app.api.incident_links import LinkIn
from app.api.incident_schemas import HeadToldIn, IncidentChangeIn, IncidentId
from app.api.incidents import incident_cursor, incident_place
from app.rules.causes import CAUSE_WORDS
from app.rules.engaged import BY_LABEL
from app.rules.errors import Malformed, NotFound
from app.rules.facts import LONDON, Role, london_date
from app.rules.incidents import KIND_WORDS, NEXT, IncidentKind, IncidentState
from app.rules.involved import people_involved
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, read_clock, typed_day, uk_instant
from app.web.page_route import PageRoute
from app.web.producing import revision_of
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
Chosen = Annotated[str, Query(max_length=60)]
STATE_WORDS = {
    IncidentState.OPEN: "Open",
    IncidentState.UNDER_REVIEW: "Under review",
    IncidentState.REPORTED: "Reported",
    IncidentState.CLOSED_NO_BREACH: "Closed as no breach",
    IncidentState.ACTIONS_TRACKED: "Corrective actions are followed",
    IncidentState.COMPLETED: "Completed",
}
_WORDS = {
    "state": "Choose what becomes of it",
    "note": "Say why, in up to 5,000 characters",
    "kind": "Choose what sort of incident it is",
    "how": "Say how they were told, in up to 5,000 characters",
    "told_at": "Enter the day and the time, like 10 3 2026 and 2:05pm, or leave both empty for now",
    "reason": "Say why, in up to 5,000 characters",
    "linked": "Choose whether the two belong together",
    "earlier": "Enter the number of an earlier incident of the same producer",
}
_CAME_TWICE_OR_NEVER = (
    "On that day the clocks changed, and this time came twice or never. Enter the nearest one that came once, and put "
    "the exact one into the words below"
)


@router.get("/producer/incidents")
def incidents_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    state: Chosen = "",
    kind: Chosen = "",
    sort: Chosen = "",
    producer: Chosen = "",
    after: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Show the incidents this person may see, newest first, narrowed as they choose."""
    demand_reader(person)
    chosen_state = next((one for one in IncidentState if one.value == state), None)
    chosen_kind = next((one for one in IncidentKind if one.value == kind), None)
    producers = breach_registers.list_registers(tools, person)
    found = breaches.list_incidents(
        tools,
        person,
        state=chosen_state,
        unfinished=state == "unfinished",
        kind=chosen_kind,
        near_miss={"near_miss": True, "breach": False}.get(sort),
        producer_id=next((one for one, _ in producers if one == producer), None),
        before=incident_place(after),
        limit=ON_A_PAGE,
    )
    chosen = {"state": state, "kind": kind, "sort": sort, "producer": producer}
    return page(
        request,
        "incidents.html",
        found=found.incidents,
        clocks=incident_clock.clocks(tools, found.incidents),
        next=incident_cursor(found.next_before) if found.next_before else None,
        chosen=chosen,
        query="".join(f"&{name}={value}" for name, value in chosen.items() if value.replace("_", "").isalnum()),
        producers=producers,
        kinds=KIND_WORDS,
        states=STATE_WORDS,
    )


@router.get("/producer/incidents/{incident_id}")
def incident_page(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId) -> Response:
    """Show one incident."""
    return _incident(request, tools, person, incident_id, Form())


@router.post("/producer/incidents/{incident_id}/state")
def move(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere) -> Response:
    """Take an incident further."""
    try:
        given = checked(IncidentChangeIn, {"state": form["state"], "note": form["note"]}, _WORDS)
        breaches.change_incident(
            tools, person, incident_id, revision=revision_of(form), state=given.state, note=given.note
        )
    except FaultyForm as error:
        return _incident(request, tools, person, incident_id, form, faults=error.faults)
    except Malformed as error:
        return _incident(request, tools, person, incident_id, form, faults={"note": error.detail})
    return go_to(f"/producer/incidents/{incident_id}")


@router.get("/producer/incidents/{incident_id}/correction")
def correction_page(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId) -> Response:
    """Show what the rule proposed, to be put right."""
    return _correction(request, tools, person, incident_id, None)


@router.post("/producer/incidents/{incident_id}/correction")
def correct(
    request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere
) -> Response:
    """Put right what the rule proposed, with a reason."""
    card = breaches.get_incident(tools, person, incident_id)
    sent: dict[str, object] = {
        "kind": form["kind"],
        "near_miss": form["near_miss"] == "yes",
        "causes": [one.value for one in CAUSE_WORDS if form.ticked(f"cause-{one.value}")],
        "note": form["reason"],
    }
    if form.ticked("confirm") or card.practices is not None:
        sent["practices"] = [one for place, one in enumerate(BY_LABEL) if form.ticked(f"practice-{place}")]
    if not form["reason"]:
        return _correction(request, tools, person, incident_id, form, faults={"reason": _WORDS["reason"]})
    try:
        given = checked(IncidentChangeIn, sent, {**_WORDS, "note": _WORDS["note"]})
        breaches.change_incident(
            tools,
            person,
            incident_id,
            revision=revision_of(form),
            kind=given.kind,
            near_miss=given.near_miss,
            causes=given.causes,
            practices=given.practices,
            note=given.note,
        )
    except FaultyForm as error:
        faults = {"reason" if name == "note" else name: said for name, said in error.faults.items()}
        return _correction(request, tools, person, incident_id, form, faults=faults)
    except Malformed as error:
        return _correction(request, tools, person, incident_id, form, faults={"reason": error.detail})
    return go_to(f"/producer/incidents/{incident_id}")


@router.post("/producer/incidents/{incident_id}/telling")
def telling(
    request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere
) -> Response:
    """Put on record that the head of profession was told."""
    try:
        given = checked(HeadToldIn, {"how": form["how"]}, _WORDS)
        at = typed_instant(form, "told")
        incident_clock.record_told(tools, person, incident_id, told_at=at, how=given.how)
    except FaultyForm as error:
        return _incident(request, tools, person, incident_id, form, faults=error.faults)
    except Malformed as error:
        return _incident(request, tools, person, incident_id, form, faults={"how": error.detail})
    return go_to(f"/producer/incidents/{incident_id}")


@router.post("/producer/incidents/{incident_id}/links")
def correct_link(
    request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere
) -> Response:
    """Link an earlier incident, or strike a link out."""
    card = breaches.get_incident(tools, person, incident_id)
    earlier = _numbered(tools, person, card, form["earlier"])
    faults = {} if earlier else {"earlier": _WORDS["earlier"]}
    if form["linked"] not in ("yes", "no"):
        faults["linked"] = _WORDS["linked"]
    try:
        given = checked(LinkIn, {"linked": form["linked"] == "yes", "reason": form["link_reason"]}, _WORDS)
    except FaultyForm:
        faults["link_reason"] = _WORDS["reason"]
    if faults or earlier is None:
        return _incident(request, tools, person, incident_id, form, faults=faults)
    try:
        linking.correct_link(tools, person, incident_id, earlier, linked=given.linked, reason=given.reason)
    except Malformed as error:
        return _incident(request, tools, person, incident_id, form, faults={"earlier": error.detail})
    return go_to(f"/producer/incidents/{incident_id}")


def demand_reader(person: Actor) -> None:
    """Stop for whoever sees incidents nowhere: for them there is no such page.

    Raises:
        NotFound: They neither prepare releases, answer for them, audit nor run the service.
    """
    if not any(held.role in READERS for held in person.roles) and not person.has(None, Role.ADMINISTRATOR):
        raise NotFound("")


def decides(person: Actor, card: IncidentCard) -> bool:
    """Say whether somebody may decide on an incident: the action asks again."""
    if card.organisation_id is None:
        return person.has(None, Role.ADMINISTRATOR)
    return person.has(card.organisation_id, *CHANGERS)


def involves(person: Actor, card: IncidentCard) -> bool:
    """Say whether an incident is about what somebody did themselves."""
    return person.actor_id in people_involved(card.facts, card.caused_by)


def typed_instant(form: Form, name: str) -> datetime | None:
    """Read a day and a time in UK time; None where both are empty.

    Args:
        form: What was sent.
        name: Its fields are ``name_on-day`` and so on, and ``name_time``.

    Raises:
        FaultyForm: They are no such instant, or came twice or never on that day.
    """
    field, time = f"{name}_on-day", form[f"{name}_time"]
    try:
        on = typed_day(form, f"{name}_on")
        if not on and not time:
            return None
        found = uk_instant(datetime.combine(date.fromisoformat(on), read_clock(time), LONDON))
    except (ValueError, OverflowError):
        raise FaultyForm({field: _WORDS["told_at"]}) from None
    if found is None:
        raise FaultyForm({field: _CAME_TWICE_OR_NEVER})
    return found


def _numbered(tools: Tools, person: Actor, card: IncidentCard, number: str) -> str | None:
    if not (number.isascii() and number.isdecimal() and len(number) < 9):
        return None
    found = breaches.list_incidents(tools, person, producer_id=card.producer_id, before=int(number) + 1, limit=1)
    return next((one.incident_id for one in found.incidents if one.number == int(number)), None)


def _incident(
    request: Request,
    tools: Tools,
    person: Actor,
    incident_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    card = breaches.get_incident(tools, person, incident_id)
    clock = incident_clock.clocks(tools, (card,)).get(incident_id)
    shown: dict[str, Any] = {
        "card": card,
        "clock": clock,
        "links": linking.list_links(tools, person, incident_id),
        "versions": report_versions.list_versions(tools, person, incident_id),
        "decides": decides(person, card),
        "involves": involves(person, card),
        "is_head": card.organisation_id is not None and person.has(card.organisation_id, Role.HEAD_OF_PROFESSION),
        "steps": [one for one in IncidentState if one in NEXT[card.state]],
        "states": STATE_WORDS,
        "kind_words": KIND_WORDS,
        "cause_words": CAUSE_WORDS,
        "citable": citing.practices_of(tools, person, incident_id),
        "today": london_date(clock.at) if clock else None,
        "form": form,
        "faults": faults or {},
    }
    return page(request, "incident.html", status=422 if faults else 200, **shown)


def _correction(
    request: Request,
    tools: Tools,
    person: Actor,
    incident_id: str,
    form: Form | None,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    card = breaches.get_incident(tools, person, incident_id)
    if not decides(person, card) or involves(person, card):
        raise NotFound("")
    citable = citing.practices_of(tools, person, incident_id)
    kind = form["kind"] if form else card.kind.value
    cited = {one.label: one.cited for one in citable.known}
    stands = {one.label for one in citable.stands}
    shown: dict[str, Any] = {
        "card": card,
        "kinds": [
            {"value": one.value, "text": words, "selected": one.value == kind} for one, words in KIND_WORDS.items()
        ],
        "near_miss": form["near_miss"] == "yes" if form else card.near_miss,
        "causes": [
            (one.value, words, form.ticked(f"cause-{one.value}") if form else one in card.causes)
            for one, words in CAUSE_WORDS.items()
        ],
        "practices": [
            (place, cited[label], form.ticked(f"practice-{place}") if form else label in stands)
            for place, label in enumerate(BY_LABEL)
            if label in cited
        ],
        "confirmed": citable.confirmed,
        "form": form or Form(),
        "faults": faults or {},
    }
    return page(request, "incident_correction.html", status=422 if faults else 200, **shown)
