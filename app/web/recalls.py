"""A recall: what somebody states they did with their copy, and the producer's board of all who are asked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.actions import documents, people, recalls, releases, statements
from app.actions.recalls import DecisionAbout
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId, place_of, read_place
from app.api.recall_schemas import RecallClosingIn, RecallId, StatementDecisionIn, StatementIn
from app.rules.errors import Code, Malformed, Refused
from app.rules.facts import Role
from app.rules.statements import Did, Statement
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.documents import STANDING
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.producing import revision_of
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
_RECALLERS = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
After = Annotated[str | None, Query(max_length=200)]
PersonId = Annotated[str, Path(pattern=r"^per_[0-9a-f]{24}$")]

DID = {
    Did.NOT_OPENED: to_translate("I did not open it"),
    Did.OPENED_AND_DELETED: to_translate("I opened it, and have deleted every copy"),
    Did.OPENED_AND_KEPT: to_translate("I opened it, and a copy still exists"),
}
_WORDS = {
    "did": to_translate("Choose what you did with it"),
    "kept_where": to_translate("Say where the copy is, in up to 1,000 characters"),
    "forwarded_to": to_translate("Say to whom you passed it on, in up to 1,000 characters"),
    "note": to_translate("Shorten what you add to 1,000 characters"),
    "typed_name": to_translate("Type your name as it stands here"),
    "agreed": to_translate("Tick the box if what you state is true"),
}
_TYPED = ("did", "kept_where", "forwarded_to", "note", "typed_name")


@router.get("/recalls")
def my_recalls_page(request: Request, tools: ToolsHere, person: PersonHere, after: After = None) -> Response:
    """Show the recalls about which this person is or was asked, newest first."""
    found = statements.my_recalls(tools, person, after=read_place(after), limit=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    last = shown[-1].row if len(found) > ON_A_PAGE else None
    more = place_of(last.begun_at, last.recall_id) if last else None
    return page(request, "my_recalls.html", asked=shown, next=more)


@router.get("/recalls/{recall_id}")
def statement_page(request: Request, tools: ToolsHere, person: PersonHere, recall_id: RecallId) -> Response:
    """Show what this person is asked about one recall, what they stated, and where to state it."""
    return _asked(request, tools, person, recall_id, Form())


@router.post("/recalls/{recall_id}")
def give_statement(
    request: Request, tools: ToolsHere, person: PersonHere, recall_id: RecallId, form: FormHere
) -> Response:
    """State what one did with what was recalled."""
    statements.my_recall(tools, person, recall_id)  # nobody else is told what is wrong with theirs
    try:
        given = _statement(form)
        stated = Statement(Did(given.did), given.printed, given.kept_where, given.forwarded_to, given.note)
        statements.give_statement(tools, person, recall_id, stated, typed_name=given.typed_name, agreed=given.agreed)
    except FaultyForm as error:
        return _asked(request, tools, person, recall_id, form, faults=error.faults)
    except Malformed as error:
        faults = {fault["where"]: fault["what"] for fault in error.extra.get("errors", ())}
        return _asked(request, tools, person, recall_id, form, faults=faults or {"did": error.detail})
    except Refused as error:
        if error.code is not Code.FRESH_SIGN_IN_REQUIRED:
            raise
        return _asked(request, tools, person, recall_id, form, status=403)  # with what was typed, to be copied
    return go_to(f"/recalls/{recall_id}")


@router.get("/producer/releases/{release_id}/recalls")
def recalls_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show every recall of a release, and how far each has come."""
    found = recalls.recalls_of_release(tools, person, release_id)
    view = releases.read_release(tools, person, release_id)
    may = person.has(view.row.organisation_id, *_RECALLERS) and any(
        row.card.state in STANDING for row in documents.list_documents(tools, person, release_id)
    )
    return page(request, "recalls.html", found=found, release=view.row.release, recalls=may)


@router.get("/producer/recalls/{recall_id}")
def board_page(request: Request, tools: ToolsHere, person: PersonHere, recall_id: RecallId) -> Response:
    """Show what everyone who is asked states beside what the log knows."""
    return _board(request, tools, person, recall_id, Form())


@router.post("/producer/recalls/{recall_id}/people/{person_id}/decision")
def decide(
    request: Request, tools: ToolsHere, person: PersonHere, recall_id: RecallId, person_id: PersonId, form: FormHere
) -> Response:
    """Decide on a missing statement, or on one that the log contradicts."""
    field = f"reason-{person_id}"
    sent: dict[str, object] = {"about": form["about"], "reason": form[field]}
    try:
        given = checked(StatementDecisionIn, sent, {"reason": "Say why, in up to 5,000 characters"})
    except FaultyForm as error:
        faults = {field: error.faults.get("reason", "Load the page again, and decide anew")}
        return _board(request, tools, person, recall_id, form, faults=faults)
    about = DecisionAbout(given.about)
    recalls.decide_statement(tools, person, recall_id, person_id, about=about, reason=given.reason)
    return go_to(f"/producer/recalls/{recall_id}")


@router.post("/producer/recalls/{recall_id}/closing")
def close(request: Request, tools: ToolsHere, person: PersonHere, recall_id: RecallId, form: FormHere) -> Response:
    """Close a recall for which nothing is lacking."""
    try:
        given = checked(RecallClosingIn, {"note": form["note"]}, {"note": "Say what came of it"})
    except FaultyForm as error:
        return _board(request, tools, person, recall_id, form, faults=error.faults)
    recalls.close_recall(tools, person, recall_id, note=given.note, revision=revision_of(form))
    return go_to(f"/producer/recalls/{recall_id}")


def _statement(form: Form) -> StatementIn:
    sent: dict[str, object] = {name: form[name] for name in _TYPED}
    sent |= {name: form.ticked(name) for name in ("printed", "agreed")}
    faults: dict[str, str] = {}
    try:
        given = checked(StatementIn, sent, _WORDS)
    except FaultyForm as error:
        faults = error.faults
    if not form.ticked("agreed"):
        faults["agreed"] = _WORDS["agreed"]
    if faults:
        raise FaultyForm(faults)
    return given


def _asked(
    request: Request,
    tools: Tools,
    person: Actor,
    recall_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    asked = statements.my_recall(tools, person, recall_id)
    choices: list[dict[str, Any]] = [
        {"value": did.value, "text": text, "checked": form["did"] == did.value} for did, text in DID.items()
    ]
    shown = {"asked": asked, "known": people.me(tools, person), "choices": choices, "did_words": DID, "form": form}
    typed = [(name, form[name]) for name in ("kept_where", "forwarded_to", "note") if form[name]]
    shown |= {"typed": typed, "faults": faults or {}}
    return page(request, "statement.html", status=422 if faults else status, **shown)


def _board(
    request: Request,
    tools: Tools,
    person: Actor,
    recall_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    recall = recalls.get_recall(tools, person, recall_id)
    view = releases.read_release(tools, person, recall.row.release_id)
    lacking = {one["where"]: one["what"] for one in recall.lacks}
    shown = {
        "recall": recall,
        "release": view.row.release,
        "lacking": [(one, lacking[one.asked.person_id]) for one in recall.people if one.asked.person_id in lacking],
        "decides": person.has(view.row.organisation_id, *_RECALLERS),
        "form": form,
        "faults": faults or {},
    }
    return page(request, "recall.html", status=422 if faults else 200, **shown)
