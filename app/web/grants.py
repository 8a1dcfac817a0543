"""One grant of the list in force, decided on: paused, resumed, or extended exceptionally by the head of profession."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import deputies, eligibility, pausing
from app.actions.lists import GrantRow, ListView
from app.actions.tools import Actor, Tools
from app.api.list_schemas import DecisionIn, ExtensionIn, ResumptionIn
from app.rules.deputies import DeputyState
from app.rules.errors import Code, Malformed, NotFound, Refused
from app.rules.facts import ListState, Order, ReleaseState, Role
from app.rules.lacking import CLASS_WORDS
from app.rules.reasons import ReasonCode
from app.rules.window import limit_text, opens_at_for
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_instant
from app.web.list_terms import minutes
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ListId = Annotated[str, Path(pattern=r"^lst_[0-9a-f]{24}$")]
GrantId = Annotated[str, Path(pattern=r"^grt_[0-9a-f]{24}$")]
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
_INFORMED = "board_informed_on-day"
_BOARD = "Enter the day and the time at which the Board was informed, like 24 3 2027 and 4:00pm"
_WORDS = {
    "reason": "Say why, in up to 5,000 characters",
    "reasons": "Give the reasons in up to 5,000 characters",
    "asked_minutes": "Enter hours, like 48 or 48:30, up to 62 days; or leave it empty",
    "failures_considered": "Shorten this to 5,000 characters",
    "board_informed_at": _BOARD,
}
_FIELD_OF = {
    ReasonCode.BOARD_NOT_INFORMED: _INFORMED,
    ReasonCode.FAILURES_NOT_CONSIDERED: "extend_considered",
}
_ALONE = "Only the person responsible grants access ({})."
_NECESSARY = "The person responsible grants access only so far as they consider it necessary ({})."
_PAUSED_BY = {
    Order.UK: _ALONE.format("SI 2008/2998 Sch. para 2"),
    Order.SCOTLAND: _NECESSARY.format("SSI 2008/399 Sch. para 2(1)"),
    Order.WALES: _NECESSARY.format("WSI 2009/2818 Sch. para 1(1)"),
    Order.NORTHERN_IRELAND: _ALONE.format("SR 2009/71 Sch. para 2"),
}
_PUBLISHED_WORDS = "In the words in which they are published. Name posts, not people"
_REASONS_GO = {
    Order.WALES: "The Statistics Board is told of them (WSI 2009/2818 Sch. para 4(4)). Name posts, not people",
}
_BALANCED = (
    "In exceptional circumstances only, and if in your opinion the public benefit significantly outweighs the "
    "detriment to public trust ({}). The reasons are published, and the Statistics Board is informed ({})."
)
_EXTENDED_BY = {
    Order.UK: _BALANCED.format("SI 2008/2998 Sch. para 5(1)(a)", "SI 2008/2998 Sch. para 5(4)"),
    Order.SCOTLAND: "Where that is necessary for the purpose of the access (SSI 2008/399 Sch. para 4(3)).",
    Order.WALES: (
        "Where you consider earlier access necessary for its purpose, and the public interest significantly better "
        "served by it (WSI 2009/2818 Sch. para 4(3))."
    ),
    Order.NORTHERN_IRELAND: _BALANCED.format("SR 2009/71 Sch. para 5(1)(a)", "SR 2009/71 Sch. para 5(4)"),
}
_BOARD_FIRST = (Order.UK, Order.NORTHERN_IRELAND)


def may_decide(view: ListView) -> bool:
    """Say whether grants of a version can be decided on: it is in force, and the release not over."""
    return view.row.eligibility_list.state is ListState.APPROVED and view.release.release.state not in _OVER


@router.get("/lists/{list_id}/grants/{grant_id}")
def grant_page(request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId) -> Response:
    """Show how one grant stands, and what can be decided about it."""
    return _shown(request, tools, person, list_id, grant_id, Form())


@router.post("/lists/{list_id}/grants/{grant_id}/pause")
def pause(
    request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId, form: FormHere
) -> Response:
    """Let the grant wait for a decision."""
    _looked_at(tools, person, list_id, grant_id)
    try:
        given = checked(DecisionIn, {"reason": form["pause_reason"]}, _WORDS)
        pausing.pause_grant(tools, person, grant_id, reason=given.reason)
    except (FaultyForm, Malformed):
        faults = {"pause_reason": _WORDS["reason"]}
        return _shown(request, tools, person, list_id, grant_id, form, faults)
    return go_to(f"/lists/{list_id}/grants/{grant_id}")


@router.post("/lists/{list_id}/grants/{grant_id}/resumption")
def resume(
    request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId, form: FormHere
) -> Response:
    """Let the paused grant serve again."""
    _looked_at(tools, person, list_id, grant_id)
    sent = {"reason": form["resume_reason"], "failures_considered": form["resume_considered"]}
    try:
        given = checked(ResumptionIn, sent, _WORDS)
        pausing.resume_grant(
            tools, person, grant_id, reason=given.reason, failures_considered=given.failures_considered
        )
    except FaultyForm as error:
        names = {"reason": "resume_reason", "failures_considered": "resume_considered"}
        faults = {names[name]: said for name, said in error.faults.items()}
        return _shown(request, tools, person, list_id, grant_id, form, faults)
    except Malformed:
        return _shown(request, tools, person, list_id, grant_id, form, {"resume_reason": _WORDS["reason"]})
    except Refused as error:
        faults = {"resume_considered": " ".join(_lacking(error).values())}
        return _shown(request, tools, person, list_id, grant_id, form, faults)
    return go_to(f"/lists/{list_id}/grants/{grant_id}")


@router.post("/lists/{list_id}/grants/{grant_id}/extension")
def extend(
    request: Request, tools: ToolsHere, person: PersonHere, list_id: ListId, grant_id: GrantId, form: FormHere
) -> Response:
    """Extend the grant exceptionally, which makes a new version of the list; leads to the grant on it."""
    _looked_at(tools, person, list_id, grant_id)
    try:
        given = checked(ExtensionIn, _extension(form), _WORDS)

        def act(once: Tools) -> str:
            made = pausing.extend_grant(
                once,
                person,
                grant_id,
                reasons=given.reasons,
                board_informed_at=given.board_informed_at,
                asked_minutes=given.asked_minutes,
                failures_considered=given.failures_considered,
            )
            return f"/lists/{made.list_id}/grants/{made.grant.grant_id}"

        return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        names = {"failures_considered": "extend_considered", "board_informed_at": _INFORMED}
        faults = {names.get(name, name): said for name, said in error.faults.items()}
    except Malformed as error:
        faults = _malformed(error)
    except Refused as error:
        faults = _lacking(error)
    return _shown(request, tools, person, list_id, grant_id, form, faults)


def _extension(form: Form) -> dict[str, object]:
    """Give an extension as the API would be sent it.

    Raises:
        FaultyForm: The reasons are missing, or a span or an instant cannot be read; by field.
    """
    faults: dict[str, str] = {}
    sent: dict[str, object] = {"reasons": form["reasons"], "failures_considered": form["extend_considered"]}
    if not form["reasons"]:
        faults["reasons"] = _WORDS["reasons"]
    sent["board_informed_at"] = _informed_at(form)
    parts = [f"board_informed_on-{part}" for part in ("day", "month", "year")]
    if sent["board_informed_at"] is None and any(form[name] for name in (*parts, "board_informed_clock")):
        faults[_INFORMED] = _BOARD
    try:
        sent["asked_minutes"] = minutes(form["asked_minutes"])
    except ValueError as error:
        faults["asked_minutes"] = str(error)
    if faults:
        raise FaultyForm(faults)
    return sent


def _informed_at(form: Form) -> datetime | None:
    return typed_instant(form, "board_informed_on", "board_informed_clock")


def _malformed(error: Malformed) -> dict[str, str]:
    """Say beside which field it belongs that an extension cannot be taken."""
    where = next((str(one["where"]).rpartition(".")[2] for one in error.extra.get("errors", ())), "asked_minutes")
    if where == "board_informed_at":
        return {_INFORMED: "The Board cannot have been informed in the future"}
    return {"reasons" if where == "reason" else where: error.detail}


def _lacking(error: Refused) -> dict[str, str]:
    """Say beside which field each thing belongs that a decision lacks.

    Raises:
        Refused: It is refused for something that no field of the form can put right.
    """
    if error.code is not Code.LIST_NOT_SOUND:
        raise error
    faults: dict[str, str] = {}
    for reason in error.reasons:
        field = _FIELD_OF.get(reason.code, "reasons")
        said = f"{reason.detail} {reason.remedy}"
        faults[field] = f"{faults[field]} {said}" if field in faults else said
    return faults


def _looked_at(tools: Tools, person: Actor, list_id: str, grant_id: str) -> tuple[ListView, GrantRow]:
    """Give a version and one grant on it.

    Raises:
        NotFound: There is none, or they may not know of it.
    """
    view = eligibility.read_list(tools, person, list_id)
    for one in view.row.rows:
        if one.grant.grant_id == grant_id:
            return view, one
    raise NotFound("")


def _stand_ins(tools: Tools, person: Actor, release_id: str, row: GrantRow) -> list[str]:
    """Give who stands in for the holder of a paused grant; once it is resumed, both have access."""
    if not row.grant.paused_reason:
        return []
    asked = deputies.list_deputies(tools, person, release_id)
    return [one.name for one in asked if one.state is DeputyState.APPROVED and one.for_person_id == row.grant.person_id]


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    list_id: str,
    grant_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    view, row = _looked_at(tools, person, list_id, grant_id)
    release = view.release.release
    decides = person.has(view.release.organisation_id, Role.HEAD_OF_PROFESSION)
    timed = release.state not in (*_OVER, ReleaseState.POSTPONED)
    shown: dict[str, Any] = {
        "view": view,
        "release": release,
        "row": row,
        "footing": CLASS_WORDS[row.grant.grant_class],
        "opens_at": opens_at_for(release, row.grant) if timed else None,
        "timed": timed,
        "limit": limit_text(release),
        "failures": [one for one in view.failures if one.person_id == row.grant.person_id],
        "in_force": view.row.eligibility_list.state is ListState.APPROVED,
        "decides": decides and may_decide(view),
        "is_own": person.person_id is not None and person.person_id == row.grant.person_id,
        "paused_by": _PAUSED_BY[release.order],
        "extended_by": _EXTENDED_BY[release.order],
        "reasons_go": _REASONS_GO.get(release.order, _PUBLISHED_WORDS),
        "stand_ins": _stand_ins(tools, person, release.release_id, row),
        "board_first": release.order in _BOARD_FIRST,
    }
    faults = faults or {}
    return page(
        request, "grant.html", status=422 if faults else 200, form=form, faults=faults, once=fresh_key(tools), **shown
    )
