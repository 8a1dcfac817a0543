"""What a producer must publish about access, on a page: its lists of statistics, and the statement of its arrangements.

A list of statistics is computed, looked at, and published as it was looked at.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import annual_lists, arrangements, calendar, owed, producer_settings, public_access
from app.actions.tools import Actor, Tools
from app.api.annual_lists import AnnualListIn
from app.api.arrangements import ArrangementsIn
from app.api.duties import DutyId
from app.api.organisations import ProducerId
from app.rules.errors import Code, Conflict, Malformed, NotFound
from app.rules.facts import Role
from app.rules.owed import OwedState
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_day
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.registering import ORDERS
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
_STATES = {
    OwedState.DONE: ("Published", "govuk-tag--green"),
    OwedState.AHEAD: ("Not due yet", "govuk-tag--grey"),
    OwedState.DUE: ("Due", "govuk-tag--yellow"),
    OwedState.OVERDUE: ("Overdue", "govuk-tag--red"),
    OwedState.PUBLISHED_LATE: ("Published late", "govuk-tag--orange"),
}
_WORDS = {
    "order": "Choose an Order from the list",
    "from_on": "Enter the first day, like 1 1 2026",
    "to_on": "Enter the last day, like 31 12 2026",
    "statement": "Write the statement, in up to 40,000 characters",
    "role_words": "Describe the role in up to 10,000 characters, or leave it empty",
}
_FIELDS = {name: f"{name}-day" for name in ("from_on", "to_on")}
_WHERE = {"from": "from_on-day", "to": "to_on-day"}  # as the rule of periods names what is wrong
_CHANGED = "The list has changed since you looked at it. This is what it is now. Nothing was published."


@router.get("/producer/publications")
def producers_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show for whom this person may see what is to be published; where it is one producer, show that."""
    found = calendar.list_calendars(tools, person)
    if not found:
        raise NotFound("")
    if len(found) == 1:
        return go_to(f"/producer/publications/{found[0][0]}")
    return page(request, "publications_of.html", producers=found)


@router.get("/producer/publications/{producer_id}")
def publications_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    after: Annotated[DutyId | None, Query()] = None,
) -> Response:
    """Show what a producer must publish and what it has published; of many duties, so many on a page."""
    return _publications(request, tools, person, producer_id, Form(), after=after)


@router.post("/producer/publications/{producer_id}/annual-list")
def annual_list(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Show the list of statistics of a period, or publish it as it was looked at."""
    sent: dict[str, object] = {"order": form["order"], "from_on": form["from_on"], "to_on": form["to_on"]}
    for name in _FIELDS:
        with suppress(ValueError):
            sent[name] = typed_day(form, name) or sent[name]
    try:
        given = checked(AnnualListIn, sent, _WORDS)
        asked: dict[str, Any] = {"order": given.order, "from_on": given.from_on, "to_on": given.to_on}
        if not form["sha256"]:
            return _preview(request, tools, person, producer_id, asked)

        def publish(once: Tools) -> str:
            annual_lists.publish_annual_list(once, person, producer_id, **asked, shown=form["sha256"])
            return f"/producer/publications/{producer_id}"

        try:
            return go_once(tools, person, form, request.url.path, publish)
        except Conflict as error:
            if error.code is not Code.CHANGED_MEANWHILE:
                raise
        return _preview(request, tools, person, producer_id, asked, changed=_CHANGED)
    except FaultyForm as error:
        faults = {_FIELDS.get(name, name): words for name, words in error.faults.items()}
        return _publications(request, tools, person, producer_id, form, faults=faults)
    except Malformed as error:
        where = next((str(one["where"]) for one in error.extra.get("errors", [])), "")
        faults = {_WHERE.get(where, "order"): error.detail}
        return _publications(request, tools, person, producer_id, _by_parts(form), faults=faults)


@router.post("/producer/publications/{producer_id}/arrangements")
def publish_arrangements(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Publish a new version of the statement of arrangements."""
    producer_settings.demand_role(tools, person, producer_id, Role.HEAD_OF_PROFESSION)
    try:
        given = checked(ArrangementsIn, {name: form[name] for name in ("statement", "role_words")}, _WORDS)

        def publish(once: Tools) -> str:
            arrangements.publish_arrangements(
                once, person, producer_id, statement=given.statement, role_words=given.role_words
            )
            return f"/producer/publications/{producer_id}"

        return go_once(tools, person, form, request.url.path, publish)
    except FaultyForm as error:
        return _publications(request, tools, person, producer_id, form, faults=error.faults)
    except Malformed as error:
        return _publications(request, tools, person, producer_id, form, faults={"statement": error.detail})


def _by_parts(form: Form) -> Form:
    """Give a form that carries whole days as one in which they were typed, so that they stand in its fields."""
    parts = {
        f"{name}-{part}": value.lstrip("0")
        for name in _FIELDS
        if form[name]
        for part, value in zip(("year", "month", "day"), form[name].split("-"), strict=False)
    }
    return Form({**form.fields, **parts})


def _publications(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
    after: str | None = None,
) -> Response:
    producer = owed.producer_owing(tools, person, producer_id)
    public, stated = public_access.newest_statement(tools, producer_id)
    if stated is not None:  # it stands in its form, unless something else was typed there
        form = Form({"statement": stated.statement, "role_words": stated.role_words, **form.fields})
    owing = owed.list_owed_by_producer(tools, person, producer_id, limit=ON_A_PAGE, after=after)
    return page(
        request,
        "publications.html",
        status=422 if faults else 200,
        producer=producer,
        owed=owing.found,
        after=after,
        next=owing.next,
        states=_STATES,
        public=public,
        stated=stated,
        orders=[{"value": order.value, "text": words} for order, words in ORDERS.items()],
        publishes=person.has(producer.organisation_id, Role.HEAD_OF_PROFESSION),
        form=form,
        faults=faults or {},
        once=fresh_key(tools),
    )


def _preview(
    request: Request, tools: Tools, person: Actor, producer_id: str, asked: dict[str, Any], *, changed: str = ""
) -> Response:
    producer = owed.producer_owing(tools, person, producer_id)
    found = annual_lists.preview_annual_list(tools, person, producer_id, **asked)
    return page(
        request,
        "annual_list.html",
        found=found,
        changed=changed,
        order=ORDERS[found.order],
        publishes=person.has(producer.organisation_id, Role.HEAD_OF_PROFESSION),
        once=fresh_key(tools),
    )
