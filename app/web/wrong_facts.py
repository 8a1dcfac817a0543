"""Facts found wrong, on pages: chosen from what a release's openings rest on, typed to be confirmed, and withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import wrong_choices, wrong_facts
from app.actions.tools import Actor, Tools
from app.actions.wrong_choices import Choosing
from app.api.duties import ProducerId
from app.api.places import ReleaseId
from app.api.wrong_facts import WrongFactId, WrongFactIn, WrongFactWithdrawalIn
from app.rules.errors import Malformed
from app.rules.wrongfacts import WRONG_WORDS, WrongKind
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_day
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

CONFIRMATION = "Found wrong"
"""What is typed: everything that rests on the fact is judged anew, and people may lose access at once."""
ON_A_PAGE = 50
_WORDS = {
    "subject": "Choose what was found wrong",
    "reason": "Say how it was found, in up to 5,000 characters",
    "from_on-day": "Enter a day like 2 3 2026, or leave it empty",
    "until_on-day": "Enter a day like 9 3 2026, or leave it empty",
    "confirmation": f"Type “{CONFIRMATION}” to confirm",
}
_DAYS = {"from_on": "from_on-day", "until_on": "until_on-day"}
_ACTS: dict[WrongKind, Callable[..., Any]] = {
    WrongKind.DECLARATION: wrong_facts.find_declaration_wrong,
    WrongKind.APPROVAL: wrong_facts.find_approval_wrong,
    WrongKind.DEPUTY: wrong_facts.find_deputy_wrong,
}


@router.get("/producer/releases/{release_id}/found-wrong")
def choosing_page(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, kind: WrongKind | None = None
) -> Response:
    """Show which kinds of fact can be found wrong, then those of one kind that the release's openings rest on."""
    return _choosing(request, tools, person, release_id, kind, Form())


@router.post("/producer/releases/{release_id}/found-wrong")
def record(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    form: FormHere,
    kind: WrongKind | None = None,
) -> Response:
    """Put on record that a fact was found wrong."""
    if kind is None:
        return _choosing(request, tools, person, release_id, None, Form())
    found = wrong_choices.choose(tools, person, release_id, kind)
    try:
        _recorded(tools, person, found, kind, form)
    except FaultyForm as error:
        return _choosing(request, tools, person, release_id, kind, form, faults=error.faults)
    except Malformed as error:
        named = [str(one["where"]).removeprefix("body.") for one in error.extra.get("errors", [])]
        field = next((_DAYS.get(one, one) for one in named if _DAYS.get(one, one) in _WORDS), "reason")
        return _choosing(request, tools, person, release_id, kind, form, faults={field: error.detail})
    return go_to(f"/producer/found-wrong/{found.release.release.producer.producer_id}")


@router.get("/producer/found-wrong/{producer_id}")
def on_record_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    after: Annotated[WrongFactId | None, Query()] = None,
) -> Response:
    """Show what was found wrong of a producer's records, withdrawn or not."""
    return _on_record(request, tools, person, producer_id, Form(), after=after)


@router.post("/producer/found-wrong/{producer_id}/{wrong_fact_id}/withdrawal")
def withdraw(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    wrong_fact_id: WrongFactId,
    form: FormHere,
) -> Response:
    """Say that what had been found wrong was right after all."""
    wrong_choices.demand_withdrawable(tools, person, producer_id, wrong_fact_id)
    field = f"reason-{wrong_fact_id}"
    words = "Say why it was right after all, in up to 5,000 characters"
    try:
        given = checked(WrongFactWithdrawalIn, {"reason": form[field]}, {"reason": words})
        if not given.reason:
            raise FaultyForm({"reason": words})
        wrong_facts.withdraw_wrong_fact(tools, person, wrong_fact_id, reason=given.reason)
    except FaultyForm:
        return _on_record(request, tools, person, producer_id, form, faults={field: words})
    return go_to(f"/producer/found-wrong/{producer_id}")


def _recorded(tools: Tools, person: Actor, found: Choosing, kind: WrongKind, form: Form) -> None:
    """Put it on record, as the API would.

    Raises:
        FaultyForm: Something was not chosen or typed, or not as it must be.
    """
    offered = {f"{one.subject_id} {one.person_id or ''}".strip(): one for one in found.choices}
    chosen = offered.get(form["subject"])
    faults = {} if chosen else {"subject": _WORDS["subject"]}
    days: dict[str, str | None] = {}
    for name, field in _DAYS.items() if kind is WrongKind.HOLDING else ():
        try:
            days[name] = typed_day(form, name) or None
        except ValueError:
            faults[field] = _WORDS[field]
    try:
        words = {**_WORDS, **{name: _WORDS[field] for name, field in _DAYS.items()}}
        given = checked(WrongFactIn, {"kind": kind.value, "reason": form["reason"], **days}, words)
    except FaultyForm as error:
        faults |= {_DAYS.get(name, name): said for name, said in error.faults.items()}
    if not form["reason"]:
        faults["reason"] = _WORDS["reason"]
    if form["confirmation"].casefold() != CONFIRMATION.casefold():
        faults["confirmation"] = _WORDS["confirmation"]
    if faults or chosen is None:
        raise FaultyForm({name: faults[name] for name in _WORDS if name in faults})
    if kind is WrongKind.HOLDING:
        wrong_facts.find_holding_wrong(
            tools,
            person,
            found.release.release.producer.producer_id,
            post_id=chosen.subject_id,
            person_id=chosen.person_id or "",
            reason=given.reason,
            from_on=given.from_on,
            until_on=given.until_on,
        )
        return
    _ACTS[kind](tools, person, chosen.subject_id, reason=given.reason)


def _choosing(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    kind: WrongKind | None,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    found = wrong_choices.choose(tools, person, release_id, kind)
    return page(
        request,
        "found_wrong.html",
        status=422 if faults else 200,
        found=found,
        release=found.release.release,
        kind=kind.value if kind else "",
        kinds={one.value for one in found.kinds},
        confirmation=CONFIRMATION,
        form=form,
        faults=faults or {},
    )


def _on_record(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    after: str | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    seen = wrong_choices.read_on_record(tools, person, producer_id, limit=ON_A_PAGE + 1, after=after)
    shown = seen.found[:ON_A_PAGE]
    return page(
        request,
        "found_wrong_record.html",
        status=422 if faults else 200,
        seen=seen,
        shown=shown,
        next=shown[-1].row.wrong_fact_id if len(seen.found) > ON_A_PAGE else "",
        words=WRONG_WORDS,
        form=form,
        faults=faults or {},
    )
