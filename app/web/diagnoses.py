"""“It does not open”: what is wrong with the window, the passphrase as typed, or the file, said to whom it belongs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import diagnosing, openings, people
from app.actions.diagnosing import Diagnosis
from app.actions.tools import Actor, Tools
from app.api.diagnoses import DiagnosisIn
from app.api.places import OpeningId
from app.rules.errors import Code, Refused
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WORDS = {
    "passphrase": to_translate("Type the passphrase as you typed it there, in up to 200 characters"),
    "size_bytes": to_translate("Enter the length in bytes as a whole number, like 131072"),
    "sha256": to_translate("Enter the SHA-256 of the file: 64 digits and letters from a to f"),
}


@router.get("/openings/{opening_id}/diagnosis")
def ask_page(request: Request, tools: ToolsHere, person: PersonHere, opening_id: OpeningId) -> Response:
    """Show what can be told of a copy that does not open."""
    return _asked(request, tools, person, opening_id, Form())


@router.post("/openings/{opening_id}/diagnosis")
def diagnose(request: Request, tools: ToolsHere, person: PersonHere, opening_id: OpeningId, form: FormHere) -> Response:
    """Say what is wrong. What was typed goes on no record, and is not written into the page again."""
    openings.get_opening(tools, person, opening_id)  # nobody else is told what is wrong with theirs
    sent: dict[str, object] = {
        "passphrase": form["passphrase"] or None,
        "size_bytes": "".join(form["size_bytes"].replace(",", "").split()) or None,
        "sha256": "".join(form["sha256"].split()) or None,
    }
    try:
        given = checked(DiagnosisIn, sent, _WORDS)
        found = diagnosing.diagnose(
            tools, person, opening_id, diagnosing.Told(given.passphrase, given.size_bytes, given.sha256)
        )
    except FaultyForm as error:
        return _asked(request, tools, person, opening_id, form, faults=error.faults)
    except Refused as error:
        if error.code is not Code.FRESH_SIGN_IN_REQUIRED:
            raise
        return _asked(request, tools, person, opening_id, Form(), status=403)
    return _asked(request, tools, person, opening_id, form, found=found)


def _asked(
    request: Request,
    tools: Tools,
    person: Actor,
    opening_id: str,
    form: Form,
    *,
    found: Diagnosis | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    shown = {
        "opening": openings.get_opening(tools, person, opening_id),
        "known": people.me(tools, person),
        "found": found,
        "form": form,
        "faults": faults or {},
    }
    return page(request, "diagnosis.html", status=422 if faults else status, **shown)
