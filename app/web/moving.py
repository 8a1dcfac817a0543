"""A release is moved, postponed or cancelled on a page: first what would follow, then the act itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import foreseeing, moves
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId
from app.api.release_schemas import ReasonIn, ReschedulingIn
from app.rules.errors import Code, Malformed
from app.rules.facts import Release
from app.rules.lifecycle import TABLE, WHO, Move
from app.rules.publication import is_standard
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_instant
from app.web.page_route import PageRoute
from app.web.producing import revision_of, staffed
from app.web.registering import NOT_STANDARD, WHEN
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_DAY = "publishes_on-day"
_REASON = "Say why, in up to 5,000 letters"
_ACTS = {
    Move.RESCHEDULE: ("Set another time", "Earlier or later"),
    Move.POSTPONE: ("Postpone it", "The time is taken back, and no new one is set yet"),
    Move.CANCEL: ("Cancel it", "For good; it can be registered anew"),
    Move.REOPEN: ("Take the sign-off back", "The time stays; its documents can change, and it is signed off again"),
}
_HEADINGS = {
    Move.RESCHEDULE: "Set another time: what follows",
    Move.POSTPONE: "Postpone it: what follows",
    Move.CANCEL: "Cancel it: what follows",
    Move.REOPEN: "Take the sign-off back: what follows",
}
_BUTTONS = {
    Move.RESCHEDULE: "Set the new time",
    Move.POSTPONE: "Postpone it",
    Move.CANCEL: "Cancel it",
    Move.REOPEN: "Take the sign-off back",
}
_CARRIED = ("move", "publishes_on-day", "publishes_on-month", "publishes_on-year", "clock", "time_exemption", "reason")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was filled in; the time and what allows it only where a new one is set."""

    move: Move
    reason: str
    publishes_at: datetime | None = None
    time_exemption: str = ""


@router.get("/producer/releases/{release_id}/move")
def moving_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Ask what is to be done, and why."""
    return _asked(request, tools, person, release_id, None)


@router.post("/producer/releases/{release_id}/move/check")
def check(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Show what would follow. Nothing is done yet."""
    try:
        wanted = _wanted(form)
        seen = foreseeing.foresee_move(
            tools,
            person,
            release_id,
            wanted.move,
            publishes_at=wanted.publishes_at,
            time_exemption=wanted.time_exemption,
        )
    except FaultyForm as error:
        return _asked(request, tools, person, release_id, form, faults=error.faults)
    except Malformed as error:
        return _asked(request, tools, person, release_id, form, faults=_faults(error))
    return page(
        request,
        "moving_check.html",
        seen=seen,
        release=seen.row.release,
        earlier=seen.after.publishes_at < seen.row.release.publishes_at,
        heading=_HEADINGS[wanted.move],
        button=_BUTTONS[wanted.move],
        carried=[(name, form[name]) for name in _CARRIED if form[name]],
        reason=wanted.reason,
    )


@router.post("/producer/releases/{release_id}/move")
def move(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Do it, as it was shown."""
    try:
        _act(tools, person, release_id, _wanted(form), revision_of(form))
    except FaultyForm as error:
        return _asked(request, tools, person, release_id, form, faults=error.faults)
    except Malformed as error:
        return _asked(request, tools, person, release_id, form, faults=_faults(error))
    return go_to(f"/producer/releases/{release_id}")


def _act(tools: Tools, person: Actor, release_id: str, wanted: _Wanted, revision: int) -> None:
    if wanted.move is Move.RESCHEDULE and wanted.publishes_at is not None:
        moves.reschedule_release(
            tools,
            person,
            release_id,
            revision=revision,
            publishes_at=wanted.publishes_at,
            reason=wanted.reason,
            time_exemption=wanted.time_exemption,
        )
        return
    act = {
        Move.POSTPONE: moves.postpone_release,
        Move.CANCEL: moves.cancel_release,
        Move.REOPEN: moves.reopen_release,
    }[wanted.move]
    act(tools, person, release_id, revision=revision, reason=wanted.reason)


def _wanted(form: Form) -> _Wanted:
    """Read what is to be done.

    Raises:
        FaultyForm: Something is missing, or cannot be taken; by field.
    """
    chosen = next((one for one in _ACTS if one.value == form["move"]), None)
    faults = {} if chosen else {"move": "Choose what is to be done"}
    at = typed_instant(form, "publishes_on", "clock") if chosen is Move.RESCHEDULE else None
    if chosen is Move.RESCHEDULE and at is None:
        faults[_DAY] = WHEN
    elif at is not None and not is_standard(at) and not form["time_exemption"]:
        faults["time_exemption"] = NOT_STANDARD
    if not form["reason"]:
        faults["reason"] = _REASON
    if faults or chosen is None:
        raise FaultyForm(faults)
    words = {"reason": _REASON, "publishes_at": WHEN, "time_exemption": "Shorten this to 5,000 letters"}
    if at is None:
        return _Wanted(chosen, checked(ReasonIn, {"reason": form["reason"]}, words).reason)
    sent: dict[str, object] = {name: form[name] for name in ("reason", "time_exemption")}
    try:
        given = checked(ReschedulingIn, {**sent, "publishes_at": at}, words)
    except FaultyForm as error:
        raise FaultyForm({_field(name): said for name, said in error.faults.items()}) from None
    return _Wanted(chosen, given.reason, given.publishes_at, given.time_exemption or "")


def _field(name: str) -> str:
    return _DAY if name == "publishes_at" else name


def _faults(error: Malformed) -> dict[str, str]:
    if error.code is Code.NO_CHANGE:
        return {_DAY: "This is the time already set. Enter the new one"}
    return {_field(str(one["where"])): str(one["what"]) for one in error.extra.get("errors", ())} or {
        "move": error.detail
    }


def _asked(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form | None,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    view = staffed(tools, person, release_id)
    mine = [one for one in _possible(view.row.release) if person.has(view.row.organisation_id, *WHO[one])]
    return page(
        request,
        "moving.html",
        status=422 if faults else 200,
        release=view.row.release,
        possible=bool(_possible(view.row.release)),
        acts=[{"value": one.value, "text": _ACTS[one][0], "hint": {"text": _ACTS[one][1]}} for one in mine],
        sets_time=Move.RESCHEDULE in mine,
        form=form or Form({"clock": "9:30am", "time_exemption": view.row.time_exemption}),
        faults=faults or {},
    )


def _possible(release: Release) -> list[Move]:
    return [one for one in _ACTS if TABLE[release.state, one] is not None]
