"""“I should not have this”, and whatever else should not have happened: with a sign-in, or without."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import concerns, releases
from app.actions.tools import Actor, Tools
from app.api.asking import network_of
from app.api.incident_schemas import ConcernIn, ReportIn
from app.rules.errors import NotSignedIn
from app.rules.incidents import IncidentKind
from app.web.asking import FaultyForm, Form, FormHere, ToolsHere, VisitorHere, checked
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

KINDS = {
    IncidentKind.RECEIVED_IN_ERROR: to_translate("I have, or can open, something that I should not have"),
    IncidentKind.INDICATION_GIVEN: to_translate("Somebody gave a hint of what the statistics will say"),
    IncidentKind.ONWARD_SHARING: to_translate("Somebody passed the statistics on"),
    IncidentKind.UNAUTHORISED_DISCLOSURE: to_translate(
        "The statistics were disclosed to somebody who may not have them"
    ),
    IncidentKind.WRONG_ATTACHMENT: to_translate("The wrong document was sent"),
    IncidentKind.EARLY_PUBLICATION: to_translate("The statistics were public too early"),
    IncidentKind.OTHER: to_translate("Something else"),
}
_WORDS = {
    "kind": to_translate("Choose what happened"),
    "statement": to_translate("Say what happened, in up to 5,000 characters"),
    "contact": to_translate("Enter an address or number at which you can be asked, or leave it empty"),
    "mark_number": to_translate("Enter the number as it stands in the mark, like K7F3-9QXM, or leave it empty"),
    "release_id": to_translate("Choose the release, or that you do not know it"),
}


@router.get("/report")
def report_page(
    request: Request, tools: ToolsHere, visitor: VisitorHere, release: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Ask what happened."""
    chosen = {"release_id": release, "kind": IncidentKind.RECEIVED_IN_ERROR.value} if release else {}
    return _asked(request, tools, visitor, Form(chosen))


@router.post("/report")
def report(request: Request, tools: ToolsHere, visitor: VisitorHere, form: FormHere) -> Response:
    """Put it on record. Whoever should not have something loses their own access to it at once."""
    try:
        if visitor is None and (form["kind"] or form["release_id"] or form["mark_number"]):
            # Written while signed in: as a stranger's report it would stop nothing and name no release.
            raise NotSignedIn(
                to_translate(
                    "Your sign-in has ended, so nothing was put on record. Sign in, go back to what you wrote, and "
                    "send it again."
                )
            )
        if visitor is None:
            given = checked(ConcernIn, _sent(form, "statement", "contact"), _WORDS)
            concerns.report_wrongful_release(
                tools, text=given.statement, contact=given.contact or "", network=network_of(request)
            )
            return page(request, "reported.html")
        said = checked(ReportIn, _sent(form, "kind", "statement", "release_id", "mark_number"), _WORDS)
    except FaultyForm as error:
        return _asked(request, tools, visitor, form, faults=error.faults)
    made = concerns.report_concern(
        tools,
        visitor,
        kind=IncidentKind(said.kind),
        text=said.statement,
        release_id=said.release_id,
        mark_number=said.mark_number,
    )
    return page(request, "reported.html", made=made)


def _sent(form: Form, *names: str) -> dict[str, object]:
    # What may be left empty is then not sent at all; what may not is found missing by its own name.
    needed = ("kind", "statement")
    return {name: form[name] for name in names if form[name] or name in needed}


def _asked(
    request: Request, tools: Tools, visitor: Actor | None, form: Form, *, faults: dict[str, str] | None = None
) -> Response:
    known: list[dict[str, Any]] = []
    if visitor is not None:
        soonest = releases.list_titles(tools, visitor, limit=50, over=False)
        latest = releases.list_titles(tools, visitor, limit=50, over=True)
        known = [{"value": release_id, "text": title} for release_id, title in (*soonest, *latest)]
    kinds = [{"value": kind.value, "text": text} for kind, text in KINDS.items()]
    shown = {"form": form, "kinds": kinds, "known": known, "faults": faults or {}}
    return page(request, "report.html", status=422 if faults else 200, **shown)
