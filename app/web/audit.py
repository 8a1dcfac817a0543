"""An auditor's pages: the log searched, what was found, one entry with its proof, and searches kept under a name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from app.actions import saved_searches, searching
from app.actions.saved_searches import SavedSearch
from app.actions.tools import Actor, Tools
from app.api.audit import FormatHere, as_file
from app.api.log_filters import SearchIn, cursor_of, place_in_log
from app.api.saved_searches import SavedSearchChangeIn, SavedSearchIn
from app.audit.asked import Place, Search
from app.audit.entries import EntryKind, Outcome
from app.audit.reading import entry_record
from app.rules.errors import Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Role
from app.rules.own_view import in_words
from app.rules.reasons import utc
from app.rules.workingdays import start_of
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_day
from app.web.page_route import PageRoute
from app.web.producing import revision_of
from app.web.shell import ENVIRONMENT, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
SavedSearchId = Annotated[str, Path(pattern=r"^svs_[0-9a-f]{24}$")]
EntryId = Annotated[str, Path(pattern=r"^ent_[0-9a-f]{24}$")]
After = Annotated[str | None, Query(max_length=200)]
FIELDS = (
    *("person", "release_id", "kind", "outcome", "from_on", "until_on", "document_id", "series_id", "post_id"),
    *("organisation_id", "producer_id", "reason", "source", "actor_id", "network", "order"),
)
_NO_DAY = "no day"
_OF_NOBODY = "per_" + "0" * 24
_ID = "Enter an identifier as it stands in an entry, with its first three letters"
_WORDS = {
    **dict.fromkeys(("release_id", "document_id", "series_id", "post_id", "organisation_id", "producer_id"), _ID),
    "person_id": "Enter an e-mail address, or an identifier that begins with per_",
    "actor_id": "Enter an identifier, or one of the words rule, operator and nobody",
    "kind": "Choose what happened from the list",
    "outcome": "Choose an outcome from the list",
    "reason": "Enter a reason’s code, such as window_not_open",
    "source": "Enter a clause in up to 300 characters",
    "network": "Enter the 64 digits that an entry discloses",
    "name": "Enter a name in up to 100 characters",
}


@router.get("/audit")
def audit_page(request: Request, tools: ToolsHere, person: PersonHere, after: After = None) -> Response:
    """Show the form of a search; and what is found, once it was sent."""
    _demand_auditor(person)
    form = _with_days(request.query_params)
    saved = saved_searches.list_searches(tools, person, limit=100)
    shown: dict[str, Any] = {"form": form, "faults": {}, "saved": saved}
    if not any(form[name] for name in FIELDS) and after is None:
        return _page(request, **shown)
    try:
        search = _asked(tools, form)
        return _found(request, tools, person, search, after, newest=form["order"] != "oldest", **shown)
    except FaultyForm as error:
        return _page(request, status=422, **{**shown, "faults": error.faults})


@router.get("/audit/export")
def export_found(request: Request, tools: ToolsHere, person: PersonHere, fmt: FormatHere = "csv") -> Response:
    """Give what a search finds, as a file to keep."""
    _demand_auditor(person)
    form = _with_days(request.query_params)
    try:
        search = _asked(tools, form)
    except FaultyForm:
        raise NotFound("") from None
    who, newest = searching.asking(tools, person), form["order"] != "oldest"
    return as_file(searching.export_search(tools, who, search, fmt, newest_first=newest), fmt)


@router.get("/audit/entries/{entry_id}")
def entry_page(request: Request, tools: ToolsHere, person: PersonHere, entry_id: EntryId) -> Response:
    """Show one entry in words, and its proof as it was just checked."""
    _demand_auditor(person)
    shown = searching.show_entry(tools, searching.asking(tools, person), entry_id)
    one, leaf_hash = shown.logged, entry_record(shown.logged)["leaf_hash"]
    said = [(name, _told(name, value)) for name, value in one.said.items()]
    given = {"one": one, "said": said, "words": in_words(one.kind), "leaf_hash": leaf_hash}
    return page(request, "audit_entry.html", shown=shown, **given)


@router.post("/audit/searches")
def save_search(request: Request, tools: ToolsHere, person: PersonHere, form: FormHere) -> Response:
    """Keep the search that was made under a name."""
    _demand_auditor(person)
    try:
        search = _asked(tools, form)
        _demand_findable(tools, person, form, search)
        sent = {"name": form["name"], "search": {}, "shared": form.ticked("shared")}
        given = checked(SavedSearchIn, sent, _WORDS)
        made = saved_searches.save_search(
            tools, person, search, name=given.name, shared=given.shared, newest_first=form["order"] != "oldest"
        )
    except FaultyForm as error:
        return _again(request, tools, person, form, error.faults)
    except (Conflict, Malformed, OutOfOrder) as error:
        return _again(request, tools, person, form, {"name": error.detail})
    return RedirectResponse(f"/audit/searches/{made.saved_search_id}", 303)


@router.get("/audit/searches/{saved_search_id}")
def saved_page(
    request: Request, tools: ToolsHere, person: PersonHere, saved_search_id: SavedSearchId, after: After = None
) -> Response:
    """Run a saved search; the reading is on record with its name."""
    _demand_auditor(person)
    return _run(request, tools, person, saved_searches.get_search(tools, person, saved_search_id), after, {})


@router.get("/audit/searches/{saved_search_id}/export")
def export_saved(
    tools: ToolsHere, person: PersonHere, saved_search_id: SavedSearchId, fmt: FormatHere = "csv"
) -> Response:
    """Give what a saved search finds, as a file to keep."""
    _demand_auditor(person)
    saved = saved_searches.get_search(tools, person, saved_search_id)
    who, search = searching.asking(tools, person), Search.from_given(saved.filters)
    made = searching.export_search(tools, who, search, fmt, newest_first=saved.newest_first, saved=saved)
    return as_file(made, fmt)


@router.post("/audit/searches/{saved_search_id}/change")
def change_search(
    request: Request, tools: ToolsHere, person: PersonHere, saved_search_id: SavedSearchId, form: FormHere
) -> Response:
    """Name a saved search anew, and share it or not."""
    _demand_auditor(person)
    try:
        given = checked(SavedSearchChangeIn, {"name": form["name"], "shared": form.ticked("shared")}, _WORDS)
        saved_searches.change_search(
            tools, person, saved_search_id, name=given.name, shared=given.shared, revision=revision_of(form)
        )
    except (FaultyForm, Conflict) as error:
        faults = error.faults if isinstance(error, FaultyForm) else {"name": error.detail}
        return _run(request, tools, person, saved_searches.get_search(tools, person, saved_search_id), None, faults)
    return RedirectResponse(f"/audit/searches/{saved_search_id}", 303)


@router.post("/audit/searches/{saved_search_id}/deletion")
def forget_search(tools: ToolsHere, person: PersonHere, saved_search_id: SavedSearchId, form: FormHere) -> Response:  # noqa: ARG001  # deliberate: reading it is what checks the form's token
    """Delete a saved search."""
    _demand_auditor(person)
    saved_searches.forget_search(tools, person, saved_search_id)
    return RedirectResponse("/audit", 303)


def _run(
    request: Request, tools: Tools, person: Actor, saved: SavedSearch, after: str | None, faults: dict[str, str]
) -> Response:
    search = Search.from_given(saved.filters)
    status = 422 if faults else 200
    shown: dict[str, Any] = {"form": Form(), "faults": faults, "saved": (), "running": saved, "status": status}
    return _found(request, tools, person, search, after, newest=saved.newest_first, kept=saved, **shown)


def _found(
    request: Request,
    tools: Tools,
    person: Actor,
    search: Search,
    after: str | None,
    *,
    newest: bool,
    kept: SavedSearch | None = None,
    **shown: Any,
) -> Response:
    form: Form = shown["form"]
    query = urlencode({name: form[name] for name in FIELDS if form[name]})
    who = searching.asking(tools, person)
    try:
        found = searching.search_log(
            tools, who, search, after=_place(after), limit=ON_A_PAGE, newest_first=newest, saved=kept
        )
    except Malformed:
        faults = {"until_on-day": "Enter a last day that does not lie before the first"}
        return _page(request, **{**shown, "status": 422, "faults": faults})
    more = cursor_of(found.next_after) if found.next_after else None
    return _page(request, entries=found.entries, next=more, query=query, **shown)


def _place(after: str | None) -> Place | None:
    try:
        return place_in_log(after)
    except Malformed:
        raise NotFound("") from None


def _again(request: Request, tools: Tools, person: Actor, form: Form, faults: dict[str, str]) -> Response:
    kept = saved_searches.list_searches(tools, person, limit=100)
    return _page(request, status=422, form=_with_days(form.fields), faults=faults, saved=kept, saving=True)


def _page(request: Request, **shown: Any) -> Response:
    status, form = shown.pop("status", 200), shown["form"]
    plain = form["kind"] in _KINDS_BY_VALUE and "kind" not in shown["faults"]
    given = {
        "choice_of_kind": _choice_of_kind(form["kind"]) if plain else None,
        "kinds": tuple(_KINDS_BY_VALUE.values()),
        "outcomes": _OUTCOMES,
        "fields": FIELDS,
        "in_words": in_words,
    }
    return page(request, "audit.html", status=status, **given, **shown)


@lru_cache(maxsize=300)
def _choice_of_kind(value: str) -> Markup:
    """Write the choice among all kinds, of which there are some two hundred: the same for whoever chose this one."""
    written = ENVIRONMENT.get_template("audit_kinds.html").render(kinds=tuple(_KINDS_BY_VALUE.values()), value=value)
    return Markup(written)  # noqa: S704  # deliberate: the template has escaped it


_ANY = {"value": "", "text": "Any"}
_KINDS = sorted(
    ({"value": kind.value, "text": in_words(kind.value)} for kind in EntryKind), key=lambda one: one["text"]
)
_KINDS_BY_VALUE = {one["value"]: one for one in (_ANY, *_KINDS)}
_OUTCOMES = (_ANY, *({"value": outcome.value, "text": outcome.value.capitalize()} for outcome in Outcome))


def _demand_findable(tools: Tools, person: Actor, form: Form, search: Search) -> None:
    """Stop where a search to be kept names an address of whom the auditor may see nothing.

    It makes no difference whether the address is known here: that, too, is nothing for whoever may not see it. The look
    is on record, as every other is.

    Raises:
        FaultyForm: It does.
    """
    if "@" not in form["person"]:
        return
    who, whom = searching.asking(tools, person), Search(person_id=search.person_id)
    if not searching.search_log(tools, who, whom, limit=1).entries:
        raise FaultyForm({"person": "Nothing that you may see is about this address. Enter another, or an identifier"})


def _asked(tools: Tools, form: Form) -> Search:
    """Read the form's filters; of an address that nobody has, an identifier that nobody has either.

    So what is asked of it goes the way of every other search, onto the record too.

    Raises:
        FaultyForm: Some cannot be taken.
    """
    whom: str | None = form["person"]
    if whom and "@" in whom:
        whom = searching.person_of(tools, whom) or _OF_NOBODY
    faults: dict[str, str] = {}
    sent: dict[str, object] = {"person_id": whom or None, **_days(form, faults)}
    sent |= {name: form[name] for name in SearchIn.model_fields if name != "person_id" and form[name]}
    sent = {name: value for name, value in sent.items() if value is not None}
    try:
        search = checked(SearchIn, sent, _WORDS).search()
    except FaultyForm as error:
        faults |= {"person" if name == "person_id" else name: said for name, said in error.faults.items()}
    if faults:
        raise FaultyForm(faults)
    return search


def _told(name: str, value: Any) -> Any:
    """Give an instant that an entry says as one, to be shown in UK time."""
    if not name.endswith("_at") or not isinstance(value, str):
        return value
    try:
        return utc(datetime.fromisoformat(value))
    except ValueError:
        return value


def _days(form: Form, faults: dict[str, str]) -> Mapping[str, object]:
    """Read the days, in UK time: from the beginning of the first to the end of the last."""
    found: dict[str, object] = {}
    for field, name, days in (("from_on", "from_at", 0), ("until_on", "until_at", 1)):
        if not form[field]:
            continue
        try:
            day = date.fromisoformat(form[field])
            if not 2000 <= day.year <= 2099:
                raise ValueError(day)
        except ValueError:
            faults[f"{field}-day"] = "Enter a day, like 10 3 2026"
        else:
            found[name] = start_of(day + timedelta(days=days))
    return found


def _with_days(sent: Mapping[str, str]) -> Form:
    """Give what was asked, each day both in three fields, as it is typed, and in one, as addresses have it.

    What is typed goes first; an address with a day in it, kept or made here, fills the fields.
    """
    fields = dict(sent)
    for name in ("from_on", "until_on"):
        try:
            typed = typed_day(Form(fields), name)
        except ValueError:
            fields[name] = _NO_DAY
            continue
        if typed:
            fields[name] = typed
        elif name in fields:
            fields |= _parts(name, fields[name])
    return Form(fields)


def _parts(name: str, day: str) -> dict[str, str]:
    try:
        read = date.fromisoformat(day.strip())
    except ValueError:
        return {}
    return {f"{name}-day": str(read.day), f"{name}-month": str(read.month), f"{name}-year": str(read.year)}


def _demand_auditor(person: Actor) -> None:
    """Stop for whoever audits nothing: for them there is no such page.

    Raises:
        NotFound: They are no auditor.
    """
    if not any(held.role is Role.AUDITOR for held in person.roles):
        raise NotFound("")
