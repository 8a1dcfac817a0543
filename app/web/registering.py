"""A release is registered on a page, in the words in which people say it: a day, a time, an Order, a class."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import releases
from app.actions.tools import Actor, Tools
from app.api.organisations import ProducerId
from app.api.release_schemas import ReleaseIn
from app.rules.errors import Malformed, NotFound
from app.rules.facts import Order, Sensitivity
from app.rules.publication import is_standard
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_instant
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.words import plain

router = APIRouter(include_in_schema=False, route_class=PageRoute)

WHEN = "Enter the day and the time, like 24 3 2027 and 9:30am"
NOT_STANDARD = "The Code of Practice asks for 9:30am on a weekday. Say what allows another time"
ORDERS = {
    Order.UK: "United Kingdom (SI 2008/2998)",
    Order.SCOTLAND: "Scotland (SSI 2008/399)",
    Order.WALES: "Wales (WSI 2009/2818)",
    Order.NORTHERN_IRELAND: "Northern Ireland (SR 2009/71)",
}
CLASSES = {
    Sensitivity.ORDINARY: ("Ordinary", ""),
    Sensitivity.MARKET_SENSITIVE: ("Market sensitive", ""),
    Sensitivity.ECONOMIC: ("Economic", "Under the Order for Scotland only"),
    Sensitivity.EXCEPTED: (
        "Excepted: gross domestic product or retail sales",
        "Under the Order for Scotland only, which allows no access before publication",
    ),
}
_DAY = "publishes_on-day"
_WORDS = {
    "title": "Enter a title, on one line of up to 300 letters",
    "order": "Choose the Order that governs these statistics",
    "sensitivity": "Choose a class",
    "series": "Name the series on one line of up to 300 letters",
    "public_url": "Enter the whole address of the page, beginning with https://, or leave it empty",
    "time_exemption": "Say what allows another time, in up to 5,000 letters",
    "lead_official_id": "Choose who answers for it from the list, or leave it open",
}


@router.get("/producer/new-release")
def registering_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer: Annotated[ProducerId | None, Query()] = None
) -> Response:
    """Ask for a release; first for which producer, where this person prepares for several."""
    mine = releases.list_registering(tools, person)
    if producer is None and len(mine) == 1:
        producer = mine[0][0]
    if producer is not None:
        return _asked(request, tools, person, producer, Form())
    if not mine:
        raise NotFound("")
    return page(request, "register_for.html", producers=mine)


@router.post("/producer/producers/{producer_id}/releases")
def register(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Register it, once for each form that was given out."""
    try:
        given = _given(producer_id, form)
        where = f"/producer/producers/{producer_id}/releases"
        return go_once(tools, person, form, where, lambda once: _register(once, person, given))
    except FaultyForm as error:
        return _asked(request, tools, person, producer_id, form, faults=error.faults)
    except Malformed as error:
        return _asked(request, tools, person, producer_id, form, faults=_faults(error))


def _register(tools: Tools, person: Actor, given: ReleaseIn) -> str:
    row = releases.register_release(tools, person, **{name: getattr(given, name) for name in ReleaseIn.model_fields})
    return f"/producer/releases/{row.release.release_id}"


def _given(producer_id: str, form: Form) -> ReleaseIn:
    """Read what was filled in, as the API would be sent it.

    Raises:
        FaultyForm: Something is missing, or cannot be taken; by field.
    """
    faults = {name: _WORDS[name] for name in ("title", "order", "sensitivity") if not form[name]}
    at = typed_instant(form, "publishes_on", "clock")
    if at is None:
        faults[_DAY] = WHEN
    elif not is_standard(at) and not form["time_exemption"]:
        faults["time_exemption"] = NOT_STANDARD
    if form["new_series"] and form["series"]:
        faults["new_series"] = "Choose a series of the list or name a new one, not both"
    sent: dict[str, object] = {
        "producer_id": producer_id,
        "title": form["title"],
        "order": form["order"],
        "sensitivity": form["sensitivity"],
        "publishes_at": at,
        "also_market_sensitive": form.ticked("also_market_sensitive"),
        "series": form["new_series"] or form["series"] or None,
        "public_url": form["public_url"] or None,
        "time_exemption": form["time_exemption"],
        "lead_official_id": form["lead_official_id"] or None,
        "rehearsal": form.ticked("rehearsal"),
    }
    try:
        given = checked(ReleaseIn, sent, {**_WORDS, "publishes_at": WHEN})
    except FaultyForm as error:
        faults = {_named(form, name): words for name, words in error.faults.items() if words} | faults
    if faults:
        raise FaultyForm({name: faults[name] for name in _in_turn(faults)})
    return given


def _named(form: Form, name: str) -> str:
    """Give the field of our page that holds what the API calls by this name."""
    if name == "series" and form["new_series"]:
        return "new_series"
    return _DAY if name == "publishes_at" else name


def _in_turn(faults: dict[str, str]) -> list[str]:
    """Give the fields that are wrong in the order in which they stand on the page."""
    turn = ("title", "series", "new_series", "order", "sensitivity", "also_market_sensitive", _DAY, "time_exemption")
    return sorted(faults, key=lambda name: turn.index(name) if name in turn else len(turn))


def _faults(error: Malformed) -> dict[str, str]:
    """Say beside which field what the rule refused belongs."""
    found = {str(one["where"]): str(one["what"]) for one in error.extra.get("errors", ())}
    return {_DAY if name == "publishes_at" else name: plain(what) for name, what in found.items()} or {
        "title": error.detail
    }


def _asked(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    return page(
        request,
        "register.html",
        status=422 if faults else 200,
        choices=releases.read_choices(tools, person, producer_id),
        orders=[{"value": order.value, "text": words} for order, words in ORDERS.items()],
        classes=[
            {"value": one.value, "text": words, "hint": {"text": hint} if hint else None}
            for one, (words, hint) in CLASSES.items()
        ],
        once=fresh_key(tools),
        form=form,
        faults=faults or {},
    )
