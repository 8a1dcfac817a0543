"""A draft of an eligibility list begins: from the list in force, the standing list, an earlier release, or empty."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import deriving
from app.actions.deriving import Sources
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId
from app.web.asking import Form, FormHere, PersonHere, ToolsHere
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

IN_FORCE, STANDING, EMPTY = "in_force", "standing", "empty"


@router.get("/producer/releases/{release_id}/list")
def beginning_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Ask from what the draft is to begin; the draft itself where there is one."""
    sources = deriving.read_sources(tools, person, release_id)
    if sources.draft is not None:
        return go_to(f"/lists/{sources.draft.eligibility_list.list_id}")
    return _asked(request, tools, sources, {})


@router.post("/producer/releases/{release_id}/list")
def begin(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Begin it, once for each form that was given out."""
    sources = deriving.read_sources(tools, person, release_id)
    if form["source"] not in {one["value"] for one in _choices(sources)}:
        return _asked(request, tools, sources, {"source": "Choose from what it begins"})
    where = f"/producer/releases/{release_id}/list"
    return go_once(tools, person, form, where, lambda once: _begin(once, person, release_id, form))


def _begin(tools: Tools, person: Actor, release_id: str, form: Form) -> str:
    source = form["source"]
    other = None if source in (IN_FORCE, STANDING, EMPTY) else source
    made = deriving.derive_list(tools, person, release_id, from_release_id=other, from_series=source == STANDING)
    return f"/lists/{made.row.eligibility_list.list_id}"


def _choices(sources: Sources) -> list[dict[str, object]]:
    """Give what the draft can begin from, the likeliest first."""
    found: list[dict[str, object]] = []
    if sources.in_force is not None:
        listed = sources.in_force.eligibility_list
        found.append(_choice(IN_FORCE, f"A copy of version {listed.version}, which is in force", len(listed.grants)))
    if sources.standing_of is not None:
        found.append(_choice(STANDING, f"The standing list of “{sources.standing_of}”"))
    found += [_choice(one.release_id, f"The list of {one.title}", one.grants_count) for one in sources.earlier]
    if sources.in_force is None:
        found.append(_choice(EMPTY, "Empty: I add each row"))
    return found


def _choice(value: str, text: str, rows: int | None = None) -> dict[str, object]:
    counted = None if rows is None else {"text": f"{rows} {'row' if rows == 1 else 'rows'}"}
    return {"value": value, "text": text, "hint": counted}


def _asked(request: Request, tools: Tools, sources: Sources, faults: dict[str, str]) -> Response:
    return page(
        request,
        "list_begin.html",
        status=422 if faults else 200,
        release=sources.release.release,
        choices=_choices(sources),
        standing=sources.standing_of is not None,
        once=fresh_key(tools),
        faults=faults,
    )
