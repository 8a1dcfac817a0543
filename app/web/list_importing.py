"""A sheet becomes a draft of a list: chosen once, looked at row by row, and imported as it was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import deriving, importing
from app.actions.deriving import Sources
from app.actions.importing import SheetKind
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId
from app.api.schemas import In, Line
from app.rules.errors import Code, Conflict, Malformed
from app.rules.facts import GrantClass
from app.rules.granting import classes_of
from app.rules.importing import Defaults
from app.rules.lacking import CLASS_WORDS
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, not_ours
from app.web.carrying import carried, is_another, kind_of, read_file, uncarried
from app.web.files import FileForm, FileFormHere
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_KINDS: dict[str, SheetKind] = {"csv": "csv", "xlsx": "xlsx", "ods": "ods"}
_CHANGED = (
    "Somebody changed the list meanwhile, or another file was chosen. This is how it stands now. Look at it again."
)


class _GroundIn(In):
    ground: Line | None = None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet as it was chosen, and what holds for its rows."""

    content: bytes
    kind: SheetKind
    defaults: Defaults
    complete: bool


@router.get("/producer/releases/{release_id}/list/import")
def importing_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Ask for a sheet."""
    return _asked(request, deriving.read_sources(tools, person, release_id), Form())


@router.post("/producer/releases/{release_id}/list/sheet")
async def try_sheet(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FileFormHere
) -> Response:
    """Show what a sheet would do, row by row. Nothing is done yet, unless it is the one that was looked at before."""
    content = await read_file(form, tools.policy.sheet_limit_bytes)
    act = partial(_tried, request, tools, person, release_id, form, content)
    return await anyio.to_thread.run_sync(act)


@router.post("/producer/releases/{release_id}/list/import")
def import_sheet(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere
) -> Response:
    """Import the sheet that was looked at, once for each page that showed it."""
    sources = deriving.read_sources(tools, person, release_id)
    try:
        sheet = _sheet(form, uncarried(form), _KINDS[form["kind"]])
    except (KeyError, FaultyForm):  # nothing that a page of ours would send
        raise not_ours() from None
    return _go(request, tools, person, sources, form, sheet)


def _tried(request: Request, tools: Tools, person: Actor, release_id: str, sent: FileForm, content: bytes) -> Response:
    sources = deriving.read_sources(tools, person, release_id)
    form = sent.form
    kind = _KINDS.get(kind_of(sent))
    try:
        if kind is None:
            what = "Choose a file whose name ends in .csv, .xlsx or .ods" if sent.name else "Choose a file"
            raise FaultyForm({"file": what})
        sheet = _sheet(form, content, kind)
        if not form["looked_at"]:
            return _planned(request, tools, person, sources, sheet)
        if is_another(form, content):
            return _planned(request, tools, person, sources, sheet, notice=_CHANGED)
        return _go(request, tools, person, sources, form, sheet)
    except FaultyForm as error:
        return _asked(request, sources, form, error.faults)
    except Malformed as error:
        return _asked(request, sources, form, {"file": error.detail})


def _go(request: Request, tools: Tools, person: Actor, sources: Sources, form: Form, sheet: _Sheet) -> Response:
    """Import it, unless the version that it would follow is another one by now."""
    release_id = sources.release.release.release_id

    def act(once: Tools) -> str:
        made = _import(once, person, release_id, sheet, dry_run=False, follows=form["follows"])
        return f"/lists/{made.listed.eligibility_list.list_id}" if made.listed else f"/producer/releases/{release_id}"

    try:
        return go_once(tools, person, form, f"/producer/releases/{release_id}/list/import", act)
    except Conflict as error:
        if error.code is not Code.CHANGED_MEANWHILE:
            raise
        now = deriving.read_sources(tools, person, release_id)
        return _planned(request, tools, person, now, sheet, notice=_CHANGED)
    except Malformed as error:
        if error.code is not Code.IMPORT_REJECTED:
            raise
        return _planned(request, tools, person, sources, sheet)  # what it names has changed since it was looked at


def _sheet(form: Form, content: bytes, kind: SheetKind) -> _Sheet:
    words = {"ground": "Say it on one line of up to 300 letters, or leave it empty"}
    ground = checked(_GroundIn, {"ground": form["ground"] or None}, words).ground
    chosen = next((one for one in GrantClass if one.value == form["grant_class"]), GrantClass.ELIGIBLE_PERSON)
    return _Sheet(content, kind, Defaults(ground or "", chosen), complete=not form.ticked("additions"))


def _import(
    tools: Tools, person: Actor, release_id: str, sheet: _Sheet, *, dry_run: bool, follows: str | None = None
) -> importing.Imported:
    return importing.import_list(
        tools,
        person,
        release_id,
        sheet.content,
        sheet.kind,
        dry_run=dry_run,
        complete=sheet.complete,
        defaults=sheet.defaults,
        replace_draft=True,  # but none other than the one that was shown
        follows=follows,
    )


def _planned(
    request: Request, tools: Tools, person: Actor, sources: Sources, sheet: _Sheet, *, notice: str = ""
) -> Response:
    plan = _import(tools, person, sources.release.release.release_id, sheet, dry_run=True).plan
    return page(
        request,
        "list_planned.html",
        release=sources.release.release,
        draft=sources.draft,
        plan=plan,
        adds=[one for one in plan.rows if not one.listed],
        stays=[one for one in plan.rows if one.listed],
        notice=notice,
        kept={
            "kind": sheet.kind,
            "ground": sheet.defaults.ground,
            "grant_class": sheet.defaults.grant_class.value,
            "additions": "" if sheet.complete else "yes",
            "follows": importing.following(sources.draft or sources.in_force),
            "once": fresh_key(tools),
        },
        **carried(sheet.content),
    )


def _asked(request: Request, sources: Sources, form: Form, faults: dict[str, str] | None = None) -> Response:
    release = sources.release.release
    known = classes_of(release.order)
    return page(
        request,
        "list_import.html",
        status=422 if faults else 200,
        release=release,
        draft=sources.draft,
        classes=[{"value": one.value, "text": CLASS_WORDS[one]} for one in GrantClass if one in known],
        form=form,
        faults=faults or {},
    )
