"""Texts prepared for the day of a release: written here, sealed, and copied from here once publication is confirmed."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import prepared_texts, text_readings
from app.actions.prepared_texts import TextView
from app.actions.releases import PREPARERS
from app.actions.text_readings import TextShown
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId
from app.api.prepared_texts import PreparedTextId, TextChangeIn, TextIn, TextReasonIn, draft_of
from app.rules.errors import Code, Malformed, Refused
from app.rules.facts import Role, london_date
from app.rules.marking import marking
from app.rules.preparedtexts import KIND_WORDS, LONGEST
from app.rules.reasons import ReasonCode, instant_text
from app.rules.rehearsals import PREFIX
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, uk_clock
from app.web.page_route import PageRoute
from app.web.producing import revision_of
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WORDS = {
    "kind": "Choose what it is to become",
    "words": "Write the text, in up to 5,000 letters",
    "channel": "Say where it is to be sent, in up to 100 letters",
    "owner_id": "Choose who is given it, and sends it",
    "ready_from_at": "Enter a time on the day of publication, like 9:45am, or leave it out",
}
_REASON = {"reason": "Say why, in up to 5,000 letters"}
_STATES = {
    "prepared": ("Sealed", "govuk-tag--blue"),
    "held": ("Held", "govuk-tag--red"),
    "barred": ("Never to be sent", "govuk-tag--red"),
    "ready": ("Ready to send", "govuk-tag--green"),
    "taken": ("Taken to be sent", "govuk-tag--grey"),
    "withdrawn": ("Withdrawn", "govuk-tag--grey"),
}
_OF_REASON = {ReasonCode.FOOTING_MISSING: "owner_id", ReasonCode.TEXT_SET_EARLY: "ready_from_at"}


@router.get("/producer/releases/{release_id}/texts")
def texts_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show how the texts of a release stand; none of their words."""
    found = prepared_texts.list_texts(tools, person, release_id)
    inside = person.has(found.release.organisation_id, *PREPARERS, Role.AUDITOR)
    shown: dict[str, Any] = {"views": found.views, "may_write": found.may_write, "inside": inside}
    release = found.release.release
    return page(request, "texts.html", release=release, states=_STATES, kinds=KIND_WORDS, **shown)


@router.get("/producer/releases/{release_id}/texts/new")
def new_text(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Ask for a text."""
    return _writing(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/texts/new")
def write(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Seal a text until publication is confirmed."""
    try:
        given = checked(TextIn, _sent(tools, person, release_id, form, "kind"), _WORDS)
        view = prepared_texts.write_text(tools, person, release_id, given.kind, draft_of(given))
    except (FaultyForm, Malformed, Refused) as error:
        return _writing(request, tools, person, release_id, form, faults=_faults(error))
    return go_to(f"/producer/releases/{release_id}/texts/{view.row.text.text_id}")


@router.get("/producer/releases/{release_id}/texts/{prepared_text_id}")
def text_page(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, prepared_text_id: PreparedTextId
) -> Response:
    """Show how one text stands; none of its words."""
    return _shown(request, prepared_texts.read_text(tools, person, release_id, prepared_text_id))


@router.post("/producer/releases/{release_id}/texts/{prepared_text_id}/reading")
def read(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    _form: FormHere,
) -> Response:
    """Show the newest words, on record, and let those who may write them anew."""
    shown = text_readings.read_words(tools, person, release_id, prepared_text_id)
    return _words(request, tools, person, shown)


@router.post("/producer/releases/{release_id}/texts/{prepared_text_id}/change")
def change(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    form: FormHere,
) -> Response:
    """Keep what was written as the next version."""
    try:
        given = checked(TextChangeIn, _sent(tools, person, release_id, form), _WORDS)
        prepared_texts.change_text(
            tools, person, release_id, prepared_text_id, draft_of(given), revision=revision_of(form)
        )
    except (FaultyForm, Malformed, Refused) as error:
        faults, view = _faults(error), prepared_texts.read_text(tools, person, release_id, prepared_text_id)
        if not view.may_change:
            raise
        typed = TextShown(view, view.row.text.version, form["words"])
        return _words(request, tools, person, typed, form=form, faults=faults)
    return go_to(f"/producer/releases/{release_id}/texts/{prepared_text_id}")


@router.post("/producer/releases/{release_id}/texts/{prepared_text_id}/withdrawal")
def withdraw(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    form: FormHere,
) -> Response:
    """Withdraw a text."""
    return _decided(request, tools, person, release_id, prepared_text_id, form, "withdrawal")


@router.post("/producer/releases/{release_id}/texts/{prepared_text_id}/decision")
def keep(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    form: FormHere,
) -> Response:
    """Let a held text stand."""
    return _decided(request, tools, person, release_id, prepared_text_id, form, "decision")


@router.post("/producer/releases/{release_id}/texts/{prepared_text_id}/taking")
def take(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    prepared_text_id: PreparedTextId,
    _form: FormHere,
) -> Response:
    """Give the text to whoever sends it, this once."""
    shown = text_readings.take_text(tools, person, release_id, prepared_text_id)
    return page(request, "text_taken.html", shown=shown, release=shown.view.release.release, kinds=KIND_WORDS)


def _decided(
    request: Request, tools: Tools, person: Actor, release_id: str, text_id: str, form: Form, what: str
) -> Response:
    act = prepared_texts.keep_text if what == "decision" else prepared_texts.withdraw_text
    try:
        given = checked(TextReasonIn, {"reason": form["reason"]}, _REASON)
        if not given.reason:
            raise FaultyForm(_REASON)
    except FaultyForm as error:
        view = prepared_texts.read_text(tools, person, release_id, text_id)
        faults = {f"{what}_reason": error.faults["reason"]}
        return _shown(request, view, status=422, form=form, faults=faults)
    act(tools, person, release_id, text_id, reason=given.reason, revision=revision_of(form))
    return go_to(f"/producer/releases/{release_id}/texts/{text_id}")


def _sent(tools: Tools, person: Actor, release_id: str, form: Form, *more: str) -> dict[str, object]:
    """Read what was typed; a time means one on the day of publication."""
    sent: dict[str, object] = {name: form[name] for name in (*more, "words", "channel", "owner_id")}
    faults = {name: _WORDS[name] for name in sent if not form[name]}
    if form["ready_from_at"]:
        found = prepared_texts.list_texts(tools, person, release_id)
        at = uk_clock(london_date(found.release.release.publishes_at), form["ready_from_at"])
        if at is None:
            faults["ready_from_at"] = _WORDS["ready_from_at"]
        else:
            sent["ready_from_at"] = instant_text(at)
    if faults:
        raise FaultyForm(faults)
    return sent


def _faults(error: Exception) -> dict[str, str]:
    """Say by field what was wrong; whatever is no field's fault is raised on."""
    if isinstance(error, FaultyForm):
        return error.faults
    if isinstance(error, Malformed):
        found = {one["where"]: one["what"] for one in error.extra.get("errors", ()) if one["where"] in _WORDS}
    elif isinstance(error, Refused) and error.code is Code.TEXT_REFUSED:
        told = [(_OF_REASON.get(one.code), f"{one.detail} {one.remedy} From {one.source}.") for one in error.reasons]
        found = {field: words for field, words in told if field is not None}
    else:
        found = {}
    if not found:
        raise error
    return found


def _writing(
    request: Request, tools: Tools, person: Actor, release_id: str, form: Form, *, faults: dict[str, str] | None = None
) -> Response:
    owners = prepared_texts.list_owners(tools, person, release_id)
    found = prepared_texts.list_texts(tools, person, release_id)
    shown = {"release": found.release.release, "owners": owners, "form": form, "faults": faults or {}, "prefix": PREFIX}
    status = 422 if faults else 200
    return page(request, "text_new.html", status=status, kinds=KIND_WORDS, longest=LONGEST, **shown)


def _shown(
    request: Request,
    view: TextView,
    *,
    status: int = 200,
    form: Form | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    shown: dict[str, Any] = {"view": view, "text": view.row.text, "release": view.release.release}
    state = _STATES[view.standing.state.value]
    return page(
        request, "text.html", status=status, state=state, kinds=KIND_WORDS, form=form, faults=faults or {}, **shown
    )


def _words(
    request: Request,
    tools: Tools,
    person: Actor,
    shown: TextShown,
    *,
    form: Form | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    view = shown.view
    return page(
        request,
        "text_words.html",
        status=422 if faults else 200,
        shown=shown,
        view=view,
        text=view.row.text,
        release=view.release.release,
        mark=marking(view.release.release, view.release.contact),
        owners=prepared_texts.list_owners(tools, person, view.row.text.release_id) if view.may_change else (),
        kinds=KIND_WORDS,
        longest=LONGEST,
        form=form,
        faults=faults or {},
    )
