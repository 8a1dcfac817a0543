"""An organisation's posts: who holds each, will hold it and held it; begun, handed over and ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import holders, people, posts
from app.actions.tools import Actor, Tools
from app.api.holdings import HandoverIn
from app.api.organisations import PostUnitIn
from app.api.people import HoldingEndIn, HoldingId, HoldingIn, OrganisationId, PostId, PostIn
from app.rules.errors import Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import PREPARING, Role
from app.web.addressed import whoever_has
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
_FIRST = "Enter the first day, like 2 3 2026"
_LAST = "Enter the last day, like 31 8 2026"
_UNIT = "Shorten this to 200 characters, on one line"


@router.get("/posts")
def organisations_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    after: Annotated[OrganisationId | None, Query()] = None,
) -> Response:
    """Show the organisations by name, to choose one of."""
    found = people.list_organisations(tools, person, limit=ON_A_PAGE + 1, after=after)
    more = found[ON_A_PAGE - 1].organisation_id if len(found) > ON_A_PAGE else None
    return page(request, "posts.html", organisations=found[:ON_A_PAGE], next=more, prepares=sees_posts(person))


@router.get("/posts/of/{organisation_id}")
def posts_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    organisation_id: OrganisationId,
    after: Annotated[PostId | None, Query()] = None,
) -> Response:
    """Show the posts of an organisation by title, with those who hold them now, and add one."""
    return _posts(request, tools, person, organisation_id, Form(), after=after)


@router.post("/posts/of/{organisation_id}")
def add(
    request: Request, tools: ToolsHere, person: PersonHere, organisation_id: OrganisationId, form: FormHere
) -> Response:
    """Add a post."""
    sent = {"organisation_id": organisation_id, "title": form["title"], "unit": form["unit"]}
    try:
        given = checked(PostIn, sent, {"title": "Enter the title as it is published", "unit": _UNIT})
        added = posts.add_post(tools, person, organisation_id=organisation_id, title=given.title, unit=given.unit)
    except FaultyForm as error:
        return _posts(request, tools, person, organisation_id, form, faults=error.faults)
    except Conflict as error:
        return _posts(request, tools, person, organisation_id, form, faults={"title": error.detail})
    return go_to(f"/posts/{added.post_id}")


@router.get("/posts/{post_id}")
def post_page(request: Request, tools: ToolsHere, person: PersonHere, post_id: PostId) -> Response:
    """Show a post with its holders, past ones too."""
    return _post(request, tools, person, post_id, Form())


@router.post("/posts/{post_id}/unit")
def correct_unit(request: Request, tools: ToolsHere, person: PersonHere, post_id: PostId, form: FormHere) -> Response:
    """Record in which unit the post is."""
    try:
        given = checked(PostUnitIn, {"unit": form["unit"]}, {"unit": _UNIT})
        posts.correct_unit(tools, person, post_id, unit=given.unit)
    except FaultyForm as error:
        return _post(request, tools, person, post_id, form, faults=error.faults)
    except (Malformed, Conflict, OutOfOrder) as error:
        return _post(request, tools, person, post_id, form, faults={"unit": error.detail})
    return go_to(f"/posts/{post_id}")


@router.post("/posts/{post_id}/holdings")
def begin(request: Request, tools: ToolsHere, person: PersonHere, post_id: PostId, form: FormHere) -> Response:
    """Put on record that somebody holds the post."""
    holders.see_post(tools, person, post_id)  # nobody is added for a post that is not there
    try:
        days = {"from_on": _day(form, "first_on", _FIRST), "until_on": _day(form, "last_on", _LAST, wanted=False)}
        _demand_order(days["from_on"], days["until_on"])
        sent = {"person_id": whoever_has(tools, person, form), **days}
        given = _checked_days(HoldingIn, sent)
        posts.begin_holding(tools, person, post_id=post_id, **given.model_dump())
    except FaultyForm as error:
        return _post(request, tools, person, post_id, form, faults=error.faults)
    except Malformed as error:
        return _post(request, tools, person, post_id, form, faults={"last_on": error.detail})
    except Conflict as error:
        return _post(request, tools, person, post_id, form, faults={"first_on": error.detail})
    return go_to(f"/posts/{post_id}")


@router.get("/posts/{post_id}/holdings/{holding_id}")
def holding_page(
    request: Request, tools: ToolsHere, person: PersonHere, post_id: PostId, holding_id: HoldingId
) -> Response:
    """Show one holding, to end it or hand it over."""
    return _holding(request, tools, person, post_id, holding_id, Form())


@router.post("/posts/{post_id}/holdings/{holding_id}/end")
def end(
    request: Request, tools: ToolsHere, person: PersonHere, post_id: PostId, holding_id: HoldingId, form: FormHere
) -> Response:
    """Say when they stop holding it."""
    try:
        given = _checked_days(HoldingEndIn, {"until_on": _day(form, "last_on", _LAST)})
        posts.end_holding(tools, person, holding_id, until_on=given.until_on)
    except FaultyForm as error:
        return _holding(request, tools, person, post_id, holding_id, form, faults=error.faults)
    except (Malformed, OutOfOrder) as error:
        return _holding(request, tools, person, post_id, holding_id, form, faults={"last_on": error.detail})
    return go_to(f"/posts/{post_id}")


@router.post("/posts/{post_id}/holdings/{holding_id}/handover")
def hand_over(
    request: Request, tools: ToolsHere, person: PersonHere, post_id: PostId, holding_id: HoldingId, form: FormHere
) -> Response:
    """Say who takes it over."""
    try:
        first_on = _day(form, "first_on", _FIRST)
        # Nobody is added for a holding that is none of this person's business.
        _found(tools, person, post_id, holding_id)
        given = _checked_days(HandoverIn, {"person_id": whoever_has(tools, person, form), "from_on": first_on})
        posts.hand_over(tools, person, holding_id, person_id=given.person_id, from_on=given.from_on)
    except FaultyForm as error:
        return _holding(request, tools, person, post_id, holding_id, form, faults=error.faults)
    except (Malformed, OutOfOrder, Conflict) as error:
        named = [str(one["where"]) for one in error.extra.get("errors", ())]
        field = "email" if named == ["body.person_id"] else "first_on"
        return _holding(request, tools, person, post_id, holding_id, form, faults={field: error.detail})
    return go_to(f"/posts/{post_id}")


def sees_posts(person: Actor) -> bool:
    """Say whether a post's own page is there for somebody: they prepare lists somewhere, or run the service."""
    return any(held.role in PREPARING for held in person.roles)


def _day(form: Form, name: str, fault: str, *, wanted: bool = True) -> str | None:
    """Read a day that was typed in three fields; None where none is and none is wanted.

    Raises:
        FaultyForm: It is no day.
    """
    typed = [form[f"{name}-{part}"] for part in ("year", "month", "day")]
    if not wanted and not any(typed):
        return None
    try:
        return date(*(int(part) for part in typed)).isoformat()
    except (ValueError, OverflowError):
        raise FaultyForm({name: fault}) from None


def _demand_order(first_on: str | None, last_on: str | None) -> None:
    if first_on and last_on and last_on < first_on:
        raise FaultyForm({"last_on": "The last day lies before the first"})


def _checked_days(model: Any, sent: dict[str, Any]) -> Any:
    """Check days against what the API takes; what is wrong is told by the fields of the form."""
    far = "Enter a day between the years 1950 and 2100"
    try:
        return checked(model, sent, {"from_on": far, "until_on": far})
    except FaultyForm as error:
        fields = {"from_on": "first_on", "until_on": "last_on"}
        raise FaultyForm({fields.get(name, name): said for name, said in error.faults.items()}) from None


def _found(tools: Tools, person: Actor, post_id: str, holding_id: str) -> tuple[holders.PostFile, holders.Held, date]:
    """Give a holding on its post.

    Raises:
        NotFound: There is none, or none that this person may see.
    """
    seen, today = holders.see_post(tools, person, post_id)
    for one in seen.held:
        if one.holding.holding_id == holding_id:
            return seen, one, today
    raise NotFound("")


def _posts(
    request: Request,
    tools: Tools,
    person: Actor,
    organisation_id: str,
    form: Form,
    *,
    after: str | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    card, found, today = holders.see_posts(tools, person, organisation_id, limit=ON_A_PAGE + 1, after=after)
    return page(
        request,
        "posts_of.html",
        status=422 if faults else 200,
        card=card,
        files=found[:ON_A_PAGE],
        next=found[ON_A_PAGE - 1].post.post_id if len(found) > ON_A_PAGE else None,
        today=today,
        prepares=sees_posts(person),
        administers=person.has(None, Role.ADMINISTRATOR),
        form=form,
        faults=faults or {},
    )


def _post(
    request: Request,
    tools: Tools,
    person: Actor,
    post_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    seen, today = holders.see_post(tools, person, post_id)
    past = [one for one in seen.held if one.holding.held_until_on is not None and one.holding.held_until_on < today]
    return page(
        request,
        "post.html",
        status=422 if faults else 200,
        post=seen.post,
        seen=seen,
        held=[one for one in seen.held if one not in past],
        past=past[::-1],
        today=today,
        administers=person.has(None, Role.ADMINISTRATOR),
        form=form,
        faults=faults or {},
    )


def _holding(
    request: Request,
    tools: Tools,
    person: Actor,
    post_id: str,
    holding_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    seen, one, today = _found(tools, person, post_id, holding_id)
    over = one.holding.held_until_on is not None and one.holding.held_until_on < today
    return page(
        request,
        "holding.html",
        status=422 if faults else 200,
        post=seen.post,
        one=one,
        over=over,
        yesterday=today - timedelta(days=1),
        form=form,
        faults=faults or {},
    )
