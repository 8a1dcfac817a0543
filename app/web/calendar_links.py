"""Private addresses of a producer's calendar on a page: who has one, made and told once, and ended."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import calendar_links, producer_settings
from app.actions.calendar_links import NewLink
from app.actions.tools import Actor, Tools
from app.api.calendar_links import CalendarLinkIn, LinkId
from app.api.organisations import ProducerId
from app.rules.errors import Code, Conflict, Malformed, NotFound
from app.rules.facts import Role
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producer_settings import Done
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SHOWN = 50
_MAKERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_WORDS = {"name": "Say who is to have it, on one line of up to 300 letters"}
_SHOWN_BEFORE = (
    "This form has been sent before, and the address was shown then. Where nobody copied it, end it and make another. "
    "Nothing was done twice."
)
_DONE = {"ended": "The address has ended. It shows nothing any more."}


@router.get("/producer/calendars/{producer_id}/links")
def links_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, done: Done = ""
) -> Response:
    """Show who has a private address of the calendar."""
    return _links(request, tools, person, producer_id, Form(), done=_DONE.get(done, ""))


@router.post("/producer/calendars/{producer_id}/links")
def make(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere) -> Response:
    """Make an address, and show it this once. The page loaded again makes no other, which would count unseen.

    Raises:
        Conflict: The form was sent before.
    """
    producer_settings.demand_role(tools, person, producer_id, *_MAKERS)
    shown: list[NewLink] = []
    try:
        given = checked(CalendarLinkIn, {"name": form["name"]}, _WORDS)

        def act(once: Tools) -> str:
            shown.append(calendar_links.make_link(once, person, producer_id, name=given.name))
            return f"/producer/calendars/{producer_id}/links"

        go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        return _links(request, tools, person, producer_id, form, faults=error.faults)
    except Malformed as error:
        return _links(request, tools, person, producer_id, form, faults={"name": error.detail})
    if not shown:
        raise Conflict(_SHOWN_BEFORE, code=Code.IDEMPOTENCY_KEY_REUSED)
    made = shown[0]
    where = f"{tools.policy.public_address}/api/v1/linked-calendars/{made.token}"
    return page(
        request,
        "calendar_link.html",
        producer=producer_settings.read_producer(tools, person, producer_id),
        link=made.link,
        calendar=f"{where}/calendar.ics",
        sheet=f"{where}/calendar.csv",
    )


@router.post("/producer/calendars/{producer_id}/links/{link_id}/end")
def end(tools: ToolsHere, person: PersonHere, producer_id: ProducerId, link_id: LinkId, _form: FormHere) -> Response:
    """End an address."""
    if link_id not in {one.link_id for one in calendar_links.list_links(tools, person, producer_id)}:
        raise NotFound("")
    calendar_links.end_link(tools, person, link_id)
    return go_to(f"/producer/calendars/{producer_id}/links?done=ended")


def _links(
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
    found = calendar_links.list_links(tools, person, producer_id)
    standing = [one for one in found if one.ended_at is None]
    ended = [one for one in found if one.ended_at is not None][:SHOWN]
    did = {who for one in (*standing, *ended) for who in (one.made_by, one.ended_by)}
    return page(
        request,
        "calendar_links.html",
        status=422 if faults else 200,
        producer=producer,
        standing=standing,
        ended=ended,
        names=producer_settings.names_of(tools, person, producer_id, did),
        makes=person.has(producer.organisation_id, *_MAKERS),
        form=form,
        faults=faults or {},
        done=done,
        once=fresh_key(tools),
    )
